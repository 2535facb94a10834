//! Tax items and paid orders, where rounding bites.

use billing::invoice::{Charge, Site, TaxCategory, TaxItem, demo_tax_items};
use vocabulary::{Fen, Interval, Timestamp};

use super::{FIRST_MS, moment};
use crate::dice::Dice;

const MINUTE_MS: i64 = 60_000;
/// Most orders of one document.
const MOST: u64 = 100;

/// What parking is by Chinese law, at one or two of the rates that were seen.
pub(super) fn items(dice: &mut Dice) -> Vec<TaxItem> {
    let demo = demo_tax_items().remove(0);
    let mut item = || TaxItem {
        rate_bp: *dice.one_of(&[900, 900, 900, 500, 300, 100, 600, 0]),
        ..demo.clone()
    };
    vec![item(), item()]
}

/// Standard, zero and exempt may stand together; what is out of scope stands alone.
pub(super) fn items_abroad(dice: &mut Dice) -> Vec<TaxItem> {
    let item = |rate_bp: u32, category: Option<TaxCategory>, reason: Option<&str>| TaxItem {
        code: String::new(),
        short_name: String::new(),
        name: "Parking".to_owned(),
        rate_bp,
        category,
        exemption_reason: reason.map(str::to_owned),
        ..demo_tax_items().remove(0)
    };
    let out_of_scope = || {
        let reason = "Charge of a public authority, not subject to VAT";
        item(0, Some(TaxCategory::OutOfScope), Some(reason))
    };
    if dice.below(5) == 0 {
        return vec![out_of_scope()];
    }
    let exempt = item(0, Some(TaxCategory::Exempt), Some("Exempt by national law"));
    let mut items = vec![item(*dice.one_of(&[1900, 2000, 2100, 2550, 700, 850, 500]), None, None)];
    match dice.below(4) {
        0 => items.push(exempt),
        1 => items.push(item(0, Some(TaxCategory::Zero), None)),
        2 => items.push(item(*dice.one_of(&[1000, 600, 405]), None, None)),
        _ => {}
    }
    items
}

/// Mostly a few orders, sometimes as many as there may be.
pub(super) fn charges(dice: &mut Dice, items: &[TaxItem]) -> Vec<Charge> {
    let count = match dice.below(10) {
        0 => MOST,
        1 | 2 => 1 + dice.below(MOST),
        _ => 1 + dice.below(5),
    };
    (1..=count).map(|number| charge(dice, items, number)).collect()
}

fn charge(dice: &mut Dice, items: &[TaxItem], number: u64) -> Charge {
    let left = amount(dice);
    let refunded = if dice.below(4) == 0 { amount(dice) } else { Fen::ZERO };
    let invoiced = if dice.below(8) == 0 { amount(dice) } else { Fen::ZERO };
    Charge {
        order: format!("P-{number:03}-{:08x}", dice.below(1 << 32)),
        plate: (dice.below(4) > 0).then(|| format!("甘D{:05}", dice.below(100_000))),
        place: (*dice.one_of(&["示例路", "示例路（甲段）", "A & B street <north>", "北“一”环"]))
            .to_owned(),
        site: (dice.below(3) == 0).then(|| site(dice)),
        stay: stay(dice),
        tax_item: (!items.is_empty()).then(|| dice.one_of(items).clone()),
        paid: Fen(left.0 + refunded.0 + invoiced.0),
        refunded,
        invoiced,
    }
}

/// One fen, a few, an ordinary fee, a pass of a year.
fn amount(dice: &mut Dice) -> Fen {
    let most = *dice.one_of(&[1, 10, 100, 3_000, 3_000, 10_000, 1_000_000, 10_000_000]);
    Fen(1 + i64::try_from(dice.below(most)).unwrap_or(0))
}

fn stay(dice: &mut Dice) -> Interval {
    let from = moment(dice).plus_ms(i64::try_from(dice.below(3_600_000)).unwrap_or(0));
    let minutes = i64::try_from(1 + dice.below(3 * 24 * 60)).unwrap_or(1);
    let to = from.plus_ms(minutes * MINUTE_MS);
    let first = Timestamp::from_ms(FIRST_MS);
    Interval::new(from, to).unwrap_or_else(|| Interval::new(first, first).expect("no time"))
}

fn site(dice: &mut Dice) -> Site {
    Site {
        province: "甘肃省".to_owned(),
        city: "白银市".to_owned(),
        district: (*dice.one_of(&["白银区", "平川区", "景泰县"])).to_owned(),
        address: format!("示例路{}号", 1 + dice.below(300)),
        cross_city: dice.below(10) == 0,
    }
}
