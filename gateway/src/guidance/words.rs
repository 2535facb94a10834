//! What a driver on the way is told, in words. Knows no state: says what it is given.

use super::{Goal, Offer, Why};
use crate::lang::Lang;

/// What happened, in the driver's language.
#[must_use]
pub fn told(why: Why, bay: &Goal, offer: Option<&Offer>, lang: Lang) -> String {
    match lang {
        Lang::Zh => in_chinese(why, bay, offer),
        Lang::En => in_english(why, bay, offer),
    }
}

fn in_chinese(why: Why, bay: &Goal, offer: Option<&Offer>) -> String {
    let (street, code) = (&bay.street, &bay.code);
    let lost = match why {
        Why::Opened => return format!("前往{street} {code}"),
        Why::Rerouted => return "路线已更新".to_owned(),
        Why::FreeAgain => return format!("{code} 又空出来了，继续前往"),
        Why::Accepted | Why::Changed => return format!("改去{street} {code}"),
        Why::Declined => return format!("不再推荐其他泊位；{code} 空出来时会告诉您"),
        Why::Arrived => return format!("已到达 {code}"),
        Why::Claimed => return format!("已在 {code} 登记停车"),
        Why::Left => return "引导已结束".to_owned(),
        Why::Silent => return "长时间没有联系，引导已结束".to_owned(),
        Why::Expired => return "引导时间已满，已结束".to_owned(),
        Why::Taken => format!("{code} 已被占用"),
        Why::Unknown => format!("{code} 的传感器没有消息，不能确定是否空闲"),
        Why::Closed => format!("{code} 已停用"),
        Why::NotPermitted => format!("{code} 现在不允许停放本车"),
        Why::Reported => format!("已记下 {code} 不能停"),
        Why::OfferGone => "刚才推荐的泊位也没有了".to_owned(),
    };
    let Some(offer) = offer else { return format!("{lost}。附近暂时没有空闲泊位") };
    let Goal { street, code, .. } = &offer.bay;
    let longer = match minutes(offer.more_s) {
        Some(more) if more > 0 => format!("，多 {more} 分钟"),
        Some(less) if less < 0 => format!("，少 {} 分钟", -less),
        Some(_) => "，用时差不多".to_owned(),
        None => String::new(),
    };
    format!("{lost}。可改去{street} {code}{longer}")
}

fn in_english(why: Why, bay: &Goal, offer: Option<&Offer>) -> String {
    let (street, code) = (&bay.street, &bay.code);
    let lost = match why {
        Why::Opened => return format!("On the way to {code}, {street}"),
        Why::Rerouted => return "The route has changed".to_owned(),
        Why::FreeAgain => return format!("{code} is free again: drive on"),
        Why::Accepted | Why::Changed => return format!("Now to {code}, {street}"),
        Why::Declined => {
            return format!("No other bay is offered; you are told when {code} is free");
        }
        Why::Arrived => return format!("You have arrived at {code}"),
        Why::Claimed => return format!("Parked at {code}"),
        Why::Left => return "Guidance has ended".to_owned(),
        Why::Silent => return "Guidance has ended: nothing was heard for long".to_owned(),
        Why::Expired => return "Guidance has ended: its time is over".to_owned(),
        Why::Taken => format!("{code} is taken"),
        Why::Unknown => format!("The sensor of {code} is silent: nobody knows whether it is free"),
        Why::Closed => format!("{code} is out of service"),
        Why::NotPermitted => format!("{code} may not be used by this vehicle now"),
        Why::Reported => format!("Noted that {code} cannot be used"),
        Why::OfferGone => "The bay just offered is gone, too".to_owned(),
    };
    let Some(offer) = offer else { return format!("{lost}. No other bay is free nearby") };
    let Goal { street, code, .. } = &offer.bay;
    let longer = match minutes(offer.more_s) {
        Some(more) if more > 0 => format!(", {more} min more"),
        Some(less) if less < 0 => format!(", {} min less", -less),
        Some(_) => ", as long as before".to_owned(),
        None => String::new(),
    };
    format!("{lost}. Go to {code}, {street}{longer}")
}

/// Whole minutes; nobody counts half ones.
#[expect(clippy::cast_possible_truncation, reason = "a cast saturates")]
fn minutes(more_s: Option<f64>) -> Option<i64> {
    more_s.map(|seconds| (seconds / 60.0).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;
    use vocabulary::{BayCode, BayId, Point};

    fn goal(code: &str, street: &str) -> Goal {
        Goal {
            id: BayId(Uuid::nil()),
            code: BayCode::parse(code).unwrap(),
            street: street.into(),
            at: Point::new(104.17, 36.55).unwrap(),
        }
    }

    #[test]
    fn an_offer_says_what_happened_where_to_go_and_how_much_longer_it_takes() {
        let bay = goal("BY0012", "人民路");
        let check = |why, more_s, zh: &str, en: &str| {
            let bay_offered = goal("BY0040", "五一街");
            let offer = Offer { offer_id: 1, reason: why, bay: bay_offered, more_s };
            assert_eq!(told(why, &bay, Some(&offer), Lang::Zh), zh);
            assert_eq!(told(why, &bay, Some(&offer), Lang::En), en);
        };
        check(
            Why::Taken,
            Some(65.0),
            "BY0012 已被占用。可改去五一街 BY0040，多 1 分钟",
            "BY0012 is taken. Go to BY0040, 五一街, 1 min more",
        );
        check(
            Why::Reported,
            Some(-95.0),
            "已记下 BY0012 不能停。可改去五一街 BY0040，少 2 分钟",
            "Noted that BY0012 cannot be used. Go to BY0040, 五一街, 2 min less",
        );
        check(
            Why::OfferGone,
            Some(-20.0),
            "刚才推荐的泊位也没有了。可改去五一街 BY0040，用时差不多",
            "The bay just offered is gone, too. Go to BY0040, 五一街, as long as before",
        );
        check(
            Why::Closed,
            None,
            "BY0012 已停用。可改去五一街 BY0040",
            "BY0012 is out of service. Go to BY0040, 五一街",
        );
        check(
            Why::NotPermitted,
            Some(29.0),
            "BY0012 现在不允许停放本车。可改去五一街 BY0040，用时差不多",
            "BY0012 may not be used by this vehicle now. Go to BY0040, 五一街, as long as before",
        );
        assert_eq!(
            told(Why::Unknown, &bay, None, Lang::Zh),
            "BY0012 的传感器没有消息，不能确定是否空闲。附近暂时没有空闲泊位"
        );
        assert_eq!(told(Why::Opened, &bay, None, Lang::Zh), "前往人民路 BY0012");
    }
}
