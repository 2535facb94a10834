//! The words of a bill, as a driver reads them.

use billing::text::{Language, line_text};
use billing::{Calendars, DEMO_TARIFF, price};

use crate::cases::{case, tariff};

fn check(stay: (&str, &str), doubts: &[(&str, &str)], chinese: &[&str], english: &[&str]) {
    let demo = tariff(DEMO_TARIFF);
    let bill = price(&demo, &Calendars::none(), &case(&[stay], doubts)).expect("in force");
    for (language, expected) in [(Language::Chinese, chinese), (Language::English, english)] {
        let texts: Vec<_> =
            bill.lines.iter().map(|line| line_text(line, &demo, 1, language)).collect();
        assert_eq!(texts, expected);
    }
}

#[test]
fn every_rule_has_words_in_two_languages() {
    check(
        ("2026-09-15 18:00:00", "2026-09-16 13:30:00"),
        &[],
        &[
            "2026-09-15 18:00–20:00 计时收费第1档：1个单位（每120分钟）× 2.00元 = 2.00元",
            "2026-09-15 20:00–21:00 计时收费第2档：1个单位（每60分钟）× 1.00元 = 1.00元",
            "2026-09-15 21:00–2026-09-16 07:00 免费时段，不收费",
            "2026-09-16 07:00–09:00 计时收费第1档：1个单位（每120分钟）× 2.00元 = 2.00元",
            "2026-09-16 09:00–13:30 计时收费第2档：5个单位（每60分钟）× 1.00元 = 5.00元",
            "2026-09-16 07:00–13:30 时段封顶5.00元，减2.00元",
        ],
        &[
            "2026-09-15 18:00–20:00 tier 1: 1 × 120 min at 2.00 yuan = 2.00 yuan",
            "2026-09-15 20:00–21:00 tier 2: 1 × 60 min at 1.00 yuan = 1.00 yuan",
            "2026-09-15 21:00–2026-09-16 07:00 free hours, no charge",
            "2026-09-16 07:00–09:00 tier 1: 1 × 120 min at 2.00 yuan = 2.00 yuan",
            "2026-09-16 09:00–13:30 tier 2: 5 × 60 min at 1.00 yuan = 5.00 yuan",
            "2026-09-16 07:00–13:30 capped at 5.00 yuan for these hours: less 2.00 yuan",
        ],
    );
    check(
        ("2026-09-15 08:00:00", "2026-09-15 08:10:05"),
        &[],
        &["2026-09-15 08:00:00–08:10:05 免费时长内，不收费"],
        &["2026-09-15 08:00:00–08:10:05 within the free minutes, no charge"],
    );
    // The unit of 2 h goes on after the doubt: nothing more is due for it.
    check(
        ("2026-09-15 08:00:00", "2026-09-15 10:00:00"),
        &[("2026-09-15 09:00:00", "2026-09-15 09:15:00")],
        &[
            "2026-09-15 08:00–09:00 计时收费第1档：1个单位（每120分钟）× 2.00元 = 2.00元",
            "2026-09-15 09:00–09:15 车位检测数据存疑，不收费、不计时",
            "2026-09-15 09:15–10:00 计时收费第1档：计费单位已计入前段或未满，0.00元",
        ],
        &[
            "2026-09-15 08:00–09:00 tier 1: 1 × 120 min at 2.00 yuan = 2.00 yuan",
            "2026-09-15 09:00–09:15 sensor data in doubt: not charged, time not counted",
            "2026-09-15 09:15–10:00 tier 1: unit already counted or not complete, 0.00 yuan",
        ],
    );
}
