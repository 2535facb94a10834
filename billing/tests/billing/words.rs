//! Capital figures against a second way of writing them.

use billing::invoice::amount_in_words;
use proptest::prelude::*;
use vocabulary::Fen;

/// As it is said aloud: the largest unit first, what remains after it.
fn say(amount: u64) -> String {
    let units = [(8, '亿'), (4, '万'), (3, '仟'), (2, '佰'), (1, '拾')];
    for (power, unit) in units {
        let size = 10_u64.pow(power);
        let (count, rest) = (amount / size, amount % size);
        if count == 0 {
            continue;
        }
        // Of 壹万亿 the four digits before 亿 are 0.
        let skips_a_digit = rest > 0 && (rest < size / 10 || count % 10_000 == 0);
        let then = if rest == 0 { String::new() } else { say(rest) };
        return format!("{}{unit}{}{then}", say(count), if skips_a_digit { "零" } else { "" });
    }
    let digits = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];
    digits[usize::try_from(amount).expect("below ten")].to_owned()
}

fn by_saying(fen: i64) -> String {
    let amount = fen.unsigned_abs();
    let (yuan, jiao, rest) = (amount / 100, amount / 10 % 10, amount % 10);
    let sign = if fen < 0 { "（负数）" } else { "" };
    let small = match (jiao, rest) {
        (0, 0) => "整".to_owned(),
        (jiao, 0) => format!("{}角整", say(jiao)),
        (0, rest) if yuan > 0 => format!("零{}分", say(rest)),
        (0, rest) => format!("{}分", say(rest)),
        (jiao, rest) => format!("{}角{}分", say(jiao), say(rest)),
    };
    let whole = if yuan > 0 || amount == 0 { format!("{}圆", say(yuan)) } else { String::new() };
    format!("{sign}{whole}{small}")
}

fn check(fen: i64) {
    assert_eq!(amount_in_words(Fen(fen)), by_saying(fen), "{fen}");
}

#[test]
fn every_amount_up_to_a_thousand_yuan_is_written_alike_in_two_ways() {
    for fen in -1_000..=100_000 {
        check(fen);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn any_amount_is_written_alike_in_two_ways(
        digits in 0..10_u32,
        fen in 0..10_i64.pow(13),
        zeros in proptest::collection::vec(0..14_u32, 0..8),
    ) {
        // Zeros are where the rules are hard: strike some digits out.
        let mut amount = fen / 10_i64.pow(digits);
        for place in zeros {
            let unit = 10_i64.pow(place);
            amount -= amount / unit % 10 * unit;
        }
        check(amount);
        check(-amount);
    }

    #[test]
    fn even_an_amount_that_no_invoice_has_is_written(fen in any::<i64>()) {
        check(fen);
    }
}
