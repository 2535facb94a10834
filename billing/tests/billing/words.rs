//! Capital figures against a second way of writing them.

use billing::invoice::amount_in_words;
use proptest::prelude::*;
use vocabulary::Fen;

/// Writes every digit with its place, then strikes out what is not said aloud.
fn by_striking_out(fen: i64) -> String {
    let amount = fen.unsigned_abs();
    let places: Vec<char> = "分角圆拾佰仟万拾佰仟亿拾佰仟兆拾佰仟京".chars().collect();
    let mut words = String::new();
    for (place, digit) in amount.to_string().bytes().rev().enumerate() {
        let digit = "零壹贰叁肆伍陆柒捌玖".chars().nth(usize::from(digit - b'0'));
        words.insert(0, places[place]);
        words.insert(0, digit.expect("a decimal digit"));
    }
    let strike = [
        ("零仟", "零"),
        ("零佰", "零"),
        ("零拾", "零"),
        ("零角", "零"),
        ("零分", ""),
        ("零零", "零"),
        ("零京", "京"),
        ("零兆", "兆"),
        ("零亿", "亿"),
        ("零万", "万"),
        ("零圆", "圆"),
        ("京兆", "京零"),
        ("兆亿", "兆零"),
        ("亿万", "亿零"),
        ("零零", "零"),
        ("零万", "零"),
        ("零圆", "圆"),
    ];
    for _ in 0..12 {
        for (from, to) in strike {
            words = words.replace(from, to);
        }
    }
    let mut words = words.trim_start_matches(['圆', '零']).trim_end_matches('零').to_owned();
    if amount < 100 && amount > 0 {
        words = words.replace('圆', "");
    }
    if words.is_empty() {
        words = "零圆".to_owned();
    }
    if !words.ends_with('分') {
        words.push('整');
    }
    format!("{}{words}", if fen < 0 { "（负数）" } else { "" })
}

fn check(fen: i64) {
    assert_eq!(amount_in_words(Fen(fen)), by_striking_out(fen), "{fen}");
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
}
