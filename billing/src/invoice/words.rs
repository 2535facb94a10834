//! An amount of money in Chinese capital figures (大写), as invoices write it.
//!
//! Rules: 《会计基础工作规范》 art. 52 (整 after 圆 and after 角, none after 分) and 《支付结算办法》
//! annex 1 (零). Where annex 1 leaves a 零 to choice (no whole yuan or no ten thousands, but jiao or
//! thousands follow) none is written, as tax platforms do. 圆, not 元.

use vocabulary::Fen;

const DIGITS: [&str; 10] = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];
const PLACES: [&str; 4] = ["仟", "佰", "拾", ""];
/// Units of the groups of four digits. The rules know 万 and 亿: 10^12 is 万亿, 10^16 亿亿.
const GROUPS: [&str; 5] = ["亿", "万", "亿", "万", ""];
/// The group that counts 亿: its unit stands even where its own four digits are 0.
const HUNDRED_MILLIONS: usize = 2;

/// `壹拾贰圆零伍分`; below 0 with `（负数）` in front.
#[must_use]
pub fn amount_in_words(amount: Fen) -> String {
    let fen = amount.0.unsigned_abs();
    let (yuan, jiao, fen) = (fen / 100, fen / 10 % 10, fen % 10);
    let mut words = String::new();
    if amount < Fen::ZERO {
        words.push_str("（负数）");
    }
    if yuan > 0 || (jiao == 0 && fen == 0) {
        words.push_str(&whole_yuan(yuan));
        words.push('圆');
    }
    if jiao > 0 {
        words.push_str(digit(jiao));
        words.push('角');
    } else if fen > 0 && yuan > 0 {
        words.push('零');
    }
    if fen > 0 {
        words.push_str(digit(fen));
        words.push('分');
    } else {
        words.push('整');
    }
    words
}

fn digit(value: u64) -> &'static str {
    usize::try_from(value).ok().and_then(|v| DIGITS.get(v)).copied().unwrap_or_default()
}

fn whole_yuan(yuan: u64) -> String {
    if yuan == 0 {
        return DIGITS[0].to_owned();
    }
    let digits = format!("{yuan:020}");
    let mut words = String::new();
    let mut group_missing = false;
    for (place, (group, unit)) in digits.as_bytes().chunks(4).zip(GROUPS).enumerate() {
        // A zero stands where digits are missing between two that are written.
        let mut gap = group_missing;
        let before = words.len();
        for (byte, digit_place) in group.iter().zip(PLACES) {
            if *byte == b'0' {
                gap = true;
                continue;
            }
            if gap && !words.is_empty() {
                words.push_str(DIGITS[0]);
            }
            gap = false;
            words.push_str(digit(u64::from(byte.saturating_sub(b'0'))));
            words.push_str(digit_place);
        }
        group_missing = words.len() == before;
        if !group_missing || (place == HUNDRED_MILLIONS && before > 0) {
            words.push_str(unit);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_in_capital_figures() {
        for (yuan, words) in [
            // Real and published invoices.
            ("2.12", "贰圆壹角贰分"),
            ("39.54", "叁拾玖圆伍角肆分"),
            ("500.00", "伍佰圆整"),
            ("-500.00", "（负数）伍佰圆整"),
            ("130864.19", "壹拾叁万零捌佰陆拾肆圆壹角玖分"),
            // Examples of 《支付结算办法》 annex 1.
            ("1409.50", "壹仟肆佰零玖圆伍角整"),
            ("6007.14", "陆仟零柒圆壹角肆分"),
            ("1680.32", "壹仟陆佰捌拾圆叁角贰分"),
            ("107000.53", "壹拾万柒仟圆伍角叁分"),
            ("16409.02", "壹万陆仟肆佰零玖圆零贰分"),
            ("325.04", "叁佰贰拾伍圆零肆分"),
            // By the rules, by hand.
            ("0.00", "零圆整"),
            ("0.05", "伍分"),
            ("0.50", "伍角整"),
            ("0.55", "伍角伍分"),
            ("1.00", "壹圆整"),
            ("10.00", "壹拾圆整"),
            ("10.05", "壹拾圆零伍分"),
            ("105.00", "壹佰零伍圆整"),
            ("1005.00", "壹仟零伍圆整"),
            ("10000.00", "壹万圆整"),
            ("10005.00", "壹万零伍圆整"),
            ("100000.00", "壹拾万圆整"),
            ("10050000.00", "壹仟零伍万圆整"),
            ("100000005.00", "壹亿零伍圆整"),
            ("28000003720.02", "贰佰捌拾亿零叁仟柒佰贰拾圆零贰分"),
            ("100050000.00", "壹亿零伍万圆整"),
            ("1000000000000.00", "壹万亿圆整"),
            ("1000000000005.00", "壹万亿零伍圆整"),
            ("1000000010000.00", "壹万亿零壹万圆整"),
            ("1000100000000.00", "壹万零壹亿圆整"),
            ("1234500000000.00", "壹万贰仟叁佰肆拾伍亿圆整"),
            ("9000020000300.07", "玖万亿零贰仟万零叁佰圆零柒分"),
            ("10000000000000000.00", "壹亿亿圆整"),
            ("10000000100000000.00", "壹亿零壹亿圆整"),
            ("10001000000000000.00", "壹亿零壹万亿圆整"),
            // The most and the least that an amount can be.
            (
                "92233720368547758.07",
                "玖亿贰仟贰佰叁拾叁万柒仟贰佰零叁亿陆仟捌佰伍拾肆万柒仟柒佰伍拾捌圆零柒分",
            ),
            (
                "-92233720368547758.08",
                "（负数）玖亿贰仟贰佰叁拾叁万柒仟贰佰零叁亿陆仟捌佰伍拾肆万柒仟柒佰伍拾捌圆零捌分",
            ),
            ("-0.01", "（负数）壹分"),
        ] {
            assert_eq!(amount_in_words(Fen::parse_yuan(yuan).unwrap()), words, "{yuan}");
        }
    }
}
