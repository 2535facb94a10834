//! The lease data of a line: parking is the lease of ground to the tax platforms.
//!
//! They ask for place, address, whether the ground crosses cities, the period to the minute and the
//! plate. The element for it inside `SpecificInformation` is not published, so the document has it
//! in its remark, and the platform gets it in the fields of its own interface.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use vocabulary::{Interval, Timestamp};

use crate::text::local;

pub(crate) const BEIJING: Tz = Tz::Asia__Shanghai;
const MINUTE_MS: i64 = 60_000;

/// Where leased ground lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// 省, or a municipality.
    pub province: String,
    /// 市.
    pub city: String,
    /// 区 or 县.
    pub district: String,
    /// The address within the district.
    pub address: String,
    /// 跨地（市）标志: whether the ground reaches into another city.
    #[serde(default)]
    pub cross_city: bool,
}

/// What was leased, when, and to which vehicle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lease {
    /// Street or zone, or the name of a pass, as the driver knows it.
    pub place: String,
    /// Where that is; without it, the platform is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<Site>,
    /// When the vehicle stood there, or how long the pass holds.
    pub period: Interval,
    /// The plate, if the driver wants it on the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plate: Option<String>,
}

impl Site {
    /// 省-市-区, as tax platforms take it: `甘肃省-白银市-白银区`.
    #[must_use]
    pub fn region(&self) -> String {
        format!("{}-{}-{}", self.province, self.city, self.district)
    }

    /// The whole address in one text: `甘肃省白银市白银区人民路`.
    #[must_use]
    pub fn full_address(&self) -> String {
        // A municipality is province and city at once.
        let city = if self.city == self.province { "" } else { &self.city };
        format!("{}{city}{}{}", self.province, self.district, self.address)
    }

    /// `是` or `否`.
    #[must_use]
    pub fn cross_city_text(&self) -> &'static str {
        if self.cross_city { "是" } else { "否" }
    }
}

impl Lease {
    /// First and last minute in Beijing, `2026-09-15 08:00`: the minutes that hold the whole period.
    #[must_use]
    pub fn minutes(&self) -> (String, String) {
        let to = self.period.end_at();
        let over = to.ms().rem_euclid(MINUTE_MS);
        let rest = if over == 0 { 0 } else { MINUTE_MS.saturating_sub(over) };
        (minute(self.period.start_at()), minute(to.plus_ms(rest)))
    }
}

fn minute(at: Timestamp) -> String {
    local(at, BEIJING).format("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(from: &str, to: &str) -> Lease {
        let at = |text| Timestamp::parse(text).unwrap();
        let period = Interval::new(at(from), at(to)).unwrap();
        Lease { place: "示例路".to_owned(), site: None, period, plate: None }
    }

    #[test]
    fn the_minutes_hold_the_whole_period() {
        for (from, to, minutes) in [
            ("08:00:00", "09:00:00", ("08:00", "09:00")),
            ("08:00:59.999", "09:00:00.001", ("08:00", "09:01")),
            ("08:00:10", "08:00:50", ("08:00", "08:01")),
            ("08:00:00", "08:00:00", ("08:00", "08:00")),
            ("08:00:00", "23:59:30", ("08:00", "00:00")),
        ] {
            let day = |time: &str| format!("2026-09-15T{time}+08:00");
            let (first, last) = lease(&day(from), &day(to)).minutes();
            assert_eq!((&first[11..], &last[11..]), minutes, "{from} to {to}");
        }
        let (_, last) = lease("2026-09-15T08:00:00+08:00", "2026-09-15T23:59:30+08:00").minutes();
        assert_eq!(last, "2026-09-16 00:00");
    }

    #[test]
    fn a_municipality_is_named_once() {
        let site = |province: &str, city: &str, district: &str| Site {
            province: province.to_owned(),
            city: city.to_owned(),
            district: district.to_owned(),
            address: "人民路1号".to_owned(),
            cross_city: false,
        };
        let baiyin = site("甘肃省", "白银市", "白银区");
        assert_eq!(baiyin.region(), "甘肃省-白银市-白银区");
        assert_eq!(baiyin.full_address(), "甘肃省白银市白银区人民路1号");
        let beijing = site("北京市", "北京市", "海淀区");
        assert_eq!(beijing.full_address(), "北京市海淀区人民路1号");
        assert_eq!(beijing.cross_city_text(), "否");
    }
}
