//! The remark of an invoice: plate, place, stay and order of each line, and the sample mark.
//!
//! The element for parking inside `SpecificInformation` is not published, so the facts of the
//! stay stand here. Times are Beijing's, to the minute (the tax platforms' form for parking).

use chrono_tz::Tz;
use vocabulary::Timestamp;

use super::{Charge, SAMPLE_MARK};
use crate::text::local;

pub(super) const BEIJING: Tz = Tz::Asia__Shanghai;

pub(super) fn remark(charges: &[Charge]) -> String {
    let mut remark = SAMPLE_MARK.to_owned();
    for charge in charges {
        remark.push('；');
        if let Some(plate) = &charge.plate {
            remark.push_str(plate);
            remark.push(' ');
        }
        let (from, to) = (minute(charge.stay.start_at()), minute(charge.stay.end_at()));
        let (place, order) = (&charge.place, &charge.order);
        remark.push_str(&format!("{place} {from}至{to} 订单号{order}"));
    }
    remark
}

fn minute(at: Timestamp) -> String {
    local(at, BEIJING).format("%Y-%m-%d %H:%M").to_string()
}
