//! A tariff in plain words: what each key of the language says, and that defaults stay silent where
//! they change nothing.

use billing::plain_words::{PlainWords, Topic, plain_words};

use crate::cases::tariff;

const HEAD: &str = "format: bowei-tariff/1\nid: example\ntitle: example\ntime_zone: Asia/Shanghai\n\
    calendar: china\nversions:\n  - version: 1\n    valid_from: 2020-01-01\n    authority: a\n    \
    document: d\n    superior_rule: s\n    sign_version: s\n";
const CLASS: &str = "vehicle_classes: { small: small }\n";
/// One priced window by day, and a free night.
const DAY: &str = "windows: [{ name: 日间, from: \"07:00\", to: \"21:00\", \
    charge: [{ unit_minutes: 60, price: 2.00 }] }]\notherwise: free\n";

fn words(terms: &str, street: Option<&str>) -> PlainWords {
    let classes = if terms.contains("vehicle_classes") { "" } else { CLASS };
    let terms: String =
        format!("{classes}{terms}").lines().map(|line| format!("    {line}\n")).collect();
    let tariff = tariff(&format!("{HEAD}{terms}"));
    plain_words(&tariff, &tariff.versions[0], street).expect("the street is spoken of")
}

/// All sentences, in order.
fn sentences(terms: &str) -> Vec<(String, String)> {
    let words = words(terms, None);
    let groups = words.groups.into_iter().flat_map(|group| group.sentences);
    groups.chain(words.everyone).map(|s| (s.text.chinese, s.text.english)).collect()
}

/// The sentences of these terms are the ones expected, and no others.
#[track_caller]
fn check(terms: &str, expected: &[(&str, &str)]) {
    let found = sentences(terms);
    let found: Vec<(&str, &str)> = found.iter().map(|(z, e)| (z.as_str(), e.as_str())).collect();
    assert_eq!(found, expected, "{terms}");
}

/// Beside the rates of `DAY` and how time counts, these terms say this.
#[track_caller]
fn adds(terms: &str, chinese: &str, english: &str) {
    let plain = sentences(DAY);
    let mut found = sentences(&format!("{DAY}{terms}"));
    found.retain(|sentence| !plain.contains(sentence));
    assert_eq!(found, [(chinese.to_owned(), english.to_owned())], "{terms}");
}

fn tiers(charge: &str) -> String {
    format!(
        "windows:\n  - name: 全日\n    from: \"00:00\"\n    to: \"24:00\"\n    charge: {charge}\n"
    )
}

#[test]
fn rates_say_units_tiers_and_rounding() {
    for (charge, chinese, english) in [
        (
            "[{ unit_minutes: 30, price: 1.50 }]",
            "全日（全天）：每30分钟1.50元；不足30分钟按30分钟计。",
            "At any time: 1.50 yuan per 30 minutes; less than 30 minutes counts as 30 minutes.",
        ),
        (
            "[{ unit_minutes: 60, price: 0.005, rounding: per_minute }]",
            "全日（全天）：每小时0.005元；不足1小时的部分按分钟折算，不足1分钟按1分钟计。",
            "At any time: 0.005 yuan per hour; less than 1 hour is paid by the minutes begun.",
        ),
        (
            "[{ unit_minutes: 60, price: 3, rounding: down }]",
            "全日（全天）：每小时3元；不足1小时的部分不收费。",
            "At any time: 3 yuan per hour; less than 1 hour is free.",
        ),
        (
            "[{ unit_minutes: 60, price: 3, tolerance_minutes: 15 }]",
            "全日（全天）：每小时3元；不足1小时的部分，不超过15分钟不收费，超过的按1小时计。",
            "At any time: 3 yuan per hour; of less than 1 hour, up to 15 minutes is free, more \
             counts as 1 hour.",
        ),
        (
            "[{ unit_minutes: 60, price: 3, tolerance_minutes: 15, tolerance_at_the_end: excluded }]",
            "全日（全天）：每小时3元；不足1小时的部分，不满15分钟不收费，满15分钟的按1小时计。",
            "At any time: 3 yuan per hour; of less than 1 hour, under 15 minutes is free, more \
             counts as 1 hour.",
        ),
        (
            "[{ unit_minutes: 10, price: 6, price_for_minutes: 60 }]",
            "全日（全天）：每小时6元（以10分钟为单位）；不足10分钟按10分钟计。",
            "At any time: 6 yuan per hour in units of 10 minutes; less than 10 minutes counts as 10 \
             minutes.",
        ),
        ("[{ per: visit, price: 5 }]", "全日（全天）：每次5元。", "At any time: 5 yuan per visit."),
        (
            "[{ per: window, price: 5 }]",
            "全日（全天）：每个时段5元。",
            "At any time: 5 yuan for the whole of these hours.",
        ),
        ("free", "全日（全天）：免费。", "At any time: free."),
        ("not_permitted", "全日（全天）：禁止停车。", "At any time: no parking."),
    ] {
        check(&tiers(charge), &[(chinese, english)]);
    }
}

#[test]
fn tiers_follow_one_another_and_may_start_again() {
    let adds_up = ("一次停车的时长连续累计。", "The time of a stay adds up.");
    check(
        &tiers(
            "[{ lasts_minutes: 120, unit_minutes: 120, price: 2 }, { unit_minutes: 60, price: 1 }]",
        ),
        &[
            (
                "全日（全天）：首2小时2元，之后每小时1元；不足一个计费单位按一个计费单位计。",
                "At any time: first 2 hours 2 yuan; then 1 yuan per hour; less than a unit counts as \
                 a unit.",
            ),
            adds_up,
        ],
    );
    let again = tiers(
        "[{ lasts_minutes: 360, unit_minutes: 30, price: 2 }, { lasts_minutes: 360, unit_minutes: 360, price: 0 }]",
    );
    check(
        &format!("{again}    after_last_tier: starts_again\n"),
        &[
            (
                "全日（全天）：首6小时内每30分钟2元，之后6小时免费；不足30分钟按30分钟计；\
                 累计满12小时后重新从头计算。",
                "At any time: first 6 hours 2 yuan per 30 minutes; next 6 hours free; less than 30 \
                 minutes counts as 30 minutes; after 12 hours it starts again.",
            ),
            adds_up,
        ],
    );
}

#[test]
fn days_and_seasons_are_named_and_the_first_window_that_fits_is_said_to_hold() {
    for (days, chinese, english) in [
        ("days: [mon..fri]", "周一至周五", "Mondays to Fridays"),
        ("days: [sat, sun]", "周六、周日", "Saturdays, Sundays"),
        ("except: [sun]", "每天（周日除外）", "Daily (except Sundays)"),
        (
            "season: { first: 06-01, last: 09-30 }",
            "6月1日至9月30日，每天",
            "1 Jun to 30 Sep, Daily",
        ),
        (
            "season: { first: 11-01, last: 02-29 }",
            "11月1日至次年2月29日，每天",
            "1 Nov to 29 Feb, Daily",
        ),
        ("days: [\"holiday:春节\"]", "春节", "Holiday 春节"),
        ("days: [statutory]", "法定节日当天", "Statutory holidays themselves"),
        ("days: [\"before:holiday:春节\"]", "春节的前一天", "The day before: Holiday 春节"),
        ("days: [12-24]", "12月24日", "24 Dec"),
        ("days: [2026-12-24]", "2026年12月24日", "2026-12-24"),
    ] {
        let window = format!(
            "windows: [{{ name: 甲, from: \"08:00\", to: \"20:00:01\", {days}, charge: free }}]\n\
             otherwise: [{{ unit_minutes: 60, price: 1 }}]\n"
        );
        let found = sentences(&window);
        assert_eq!(found[0].0, format!("甲（{chinese}08:00至20:00:01）：免费。"), "{days}");
        assert_eq!(found[0].1, format!("{english} 08:00–20:00:01: free."), "{days}");
    }
    let over = "windows:\n  - { name: 假日, from: \"00:00\", to: \"24:00\", days: [holiday], charge: free }\n  \
        - { name: 夜间, from: \"21:00\", to: \"07:00\", charge: free }\n\
        otherwise: [{ unit_minutes: 60, price: 1 }]\n";
    let found = sentences(over);
    let order = "同一时间适用多条的，以排在前面的为准。";
    assert_eq!(found[1].0, "夜间（每天21:00至次日07:00）：免费。");
    assert!(found.iter().any(|(zh, _)| zh == order), "{found:?}");
    assert!(!sentences(DAY).iter().any(|(zh, _)| zh == order));
    // A window that lies wholly under another for every day is not spoken of.
    let hidden = "windows:\n  - { name: 甲, from: \"00:00\", to: \"24:00\", charge: free }\n\
        otherwise: [{ unit_minutes: 60, price: 1 }]\n";
    check(hidden, &[("甲（全天）：免费。", "At any time: free.")]);
}

#[test]
fn free_minutes_say_what_becomes_of_them() {
    let paid = ("只计收费时段内的时间", "only time in charging hours counts towards them");
    let all = ("免费时段的时间也计入", "time in free hours counts towards them, too");
    let up_to = (
        "停车不超过30分钟（含）免费，超过的从停车开始起计费",
        "Up to and including 30 minutes free; longer stays pay from their start",
    );
    let stay = ("每次停车一次", "once for each stay");
    for (keys, clauses) in [
        ("", vec![up_to, paid, stay]),
        (
            ", at_the_end: excluded",
            vec![
                (
                    "停车不满30分钟免费，满30分钟的从停车开始起计费",
                    "Less than 30 minutes free; stays of 30 minutes or more pay from their start",
                ),
                paid,
                stay,
            ],
        ),
        (
            ", when_exceeded: deducted, counted_in: all_windows",
            vec![
                (
                    "前30分钟免费，从收费时长中扣除",
                    "Free: the first 30 minutes, taken off longer stays",
                ),
                all,
                stay,
            ],
        ),
        (
            ", counted_per: window",
            vec![
                up_to,
                paid,
                ("每个收费时段一次", "once in each stretch of charging hours"),
                ("每次停车分别计算", "each visit is counted by itself"),
            ],
        ),
        (
            ", counted_per: 24h, earlier_visits: once",
            vec![
                up_to,
                paid,
                ("每24小时一次", "once in 24 hours"),
                ("此期间内再次停车的不再享有", "not for a further visit in the same period"),
            ],
        ),
        (
            ", counted_per: month, earlier_visits: shared, none_beyond_minutes: 1440",
            vec![
                up_to,
                paid,
                ("每月一次", "once a month"),
                (
                    "同一车辆此期间内多次停车合并使用",
                    "shared by all visits of a vehicle in the same period",
                ),
                ("停车超过24小时的不享有", "none for stays of more than 24 hours"),
            ],
        ),
    ] {
        let join = |of: fn(&(&'static str, &'static str)) -> &'static str, between: &str| {
            clauses.iter().map(of).collect::<Vec<_>>().join(between)
        };
        let (chinese, english) = (join(|c| c.0, "；"), join(|c| c.1, "; "));
        let terms = format!("free_minutes: [{{ minutes: 30{keys} }}]\n");
        adds(&terms, &format!("{chinese}。"), &format!("{english}."));
    }
}

#[test]
fn caps_name_their_period_their_windows_and_their_visits() {
    for (cap, chinese, english) in [
        ("per: stay", "每次停车最高收费20元。", "At most 20 yuan for a stay."),
        (
            "per: window",
            "每个时段最高收费20元。",
            "At most 20 yuan for each stretch of charging hours.",
        ),
        ("per: day", "每天最高收费20元。", "At most 20 yuan each day."),
        (
            "per: 24h, visits: all",
            "自停车起每24小时最高收费20元，同一车辆多次停车合并计算。",
            "At most 20 yuan for every 24 hours from arrival, all visits of a vehicle together.",
        ),
        (
            "per: 24h, periods: complete",
            "自停车起每满24小时最高收费20元。",
            "At most 20 yuan for each full 24 hours from arrival.",
        ),
        ("per: month", "每月最高收费20元。", "At most 20 yuan for a calendar month."),
    ] {
        adds(&format!("caps: [{{ {cap}, amount: 20.00 }}]\n"), chinese, english);
    }
    adds(
        "day_starts: \"06:00\"\ncaps: [{ per: day, amount: 20.00 }]\n",
        "每天（06:00起算）最高收费20元。",
        "At most 20 yuan each day (from 06:00).",
    );
    let two = "windows:\n  - { name: 日间, from: \"06:00\", to: \"18:00\", charge: [{ unit_minutes: 60, price: 3 }] }\n  \
        - { name: 夜间, from: \"18:00\", to: \"06:00\", charge: [{ unit_minutes: 60, price: 1 }] }\n\
        caps: [{ per: window, windows: [夜间], amount: 5 }]\n";
    let found = sentences(two);
    let cap = (
        "每个时段最高收费5元（仅夜间）。".to_owned(),
        "At most 5 yuan for each stretch of charging hours (daily 18:00–06:00 the next day only)."
            .to_owned(),
    );
    assert!(found.contains(&cap), "{found:?}");
}

#[test]
fn counting_says_when_the_clock_restarts_and_what_a_unit_across_prices_costs() {
    for (keys, chinese, english) in [
        (
            "restarts: each_window",
            "每个收费时段重新计时，免费时段不计时。",
            "Each stretch of charging hours starts counting anew; free hours are not counted.",
        ),
        (
            "restarts: each_day",
            "每天重新计时，免费时段不计时。",
            "Counting starts anew each day; free hours are not counted.",
        ),
        (
            "restarts: each_24h",
            "自停车起每24小时重新计时，免费时段不计时。",
            "Counting starts anew every 24 hours from arrival; free hours are not counted.",
        ),
        (
            "restarts: after_free",
            "免费时段之后重新计时，免费时段不计时。",
            "Counting starts anew after free hours; free hours are not counted.",
        ),
    ] {
        adds(&format!("elapsed: {{ {keys} }}\n"), chinese, english);
    }
    let counted = sentences(&format!("{DAY}elapsed: {{ counted_in: all_windows }}\n"));
    assert!(
        counted.iter().any(|(zh, _)| zh == "一次停车的时长连续累计，免费时段照常计时。"),
        "{counted:?}"
    );
    let two = "windows:\n  - { name: 日间, from: \"06:00\", to: \"18:00\", charge: [{ unit_minutes: 60, price: 3 }] }\n  \
        - { name: 夜间, from: \"18:00\", to: \"06:00\", charge: [{ unit_minutes: 60, price: 1 }] }\n";
    for (choice, chinese) in [
        ("price_at_start", "一个计费单位跨不同价格时段的，按其开始时的价格计。"),
        ("lower_price", "一个计费单位跨不同价格时段的，按其中较低的价格计。"),
        ("split", "一个计费单位跨不同价格时段的，按各时段所占时间分别计。"),
        ("new_unit", "一个计费单位跨不同价格时段的，在时段交界处结束，另起一个计费单位。"),
    ] {
        let found = sentences(&format!("{two}elapsed: {{ across_prices: {choice} }}\n"));
        assert_eq!(found.iter().filter(|(zh, _)| zh == chinese).count(), 1, "{choice} {found:?}");
    }
    let short = "elapsed: { across_prices: split, short_stay: { minutes: 60, across_prices: lower_price } }\n";
    let found = sentences(&format!("{two}{short}"));
    let short = "停车不超过1小时的，一个计费单位跨不同价格时段，按其中较低的价格计。";
    assert_eq!(found.iter().filter(|(zh, _)| zh == short).count(), 1, "{found:?}");
    // With one price there is nothing to say about two.
    assert!(!sentences(DAY).iter().any(|(zh, _)| zh.contains("跨不同价格")));
}

#[test]
fn the_other_terms_are_said_when_the_tariff_has_them() {
    for (terms, chinese, english) in [
        (
            "factors: [{ name: 新能源减半, times: 0.5, on: total }]\n",
            "新能源减半：合计金额乘以0.5。",
            "新能源减半: the sum × 0.5.",
        ),
        (
            "bays: each_pays\n",
            "占用多个泊位的，每个泊位分别收费。",
            "Each bay that a vehicle occupies pays.",
        ),
        (
            "total: { to: 0.50, rounding: down }\n",
            "合计金额以0.50元为单位，舍去零头。",
            "The sum is rounded down to a multiple of 0.50 yuan.",
        ),
        (
            "returns_within_minutes: 10\n",
            "离开后10分钟内返回的，与前次停车连续计算。",
            "Who comes back within 10 minutes continues the stay.",
        ),
        (
            "grace_to_leave_minutes: 15\n",
            "缴费后15分钟内离开的，不再收费。",
            "Who leaves within 15 minutes of paying pays nothing more.",
        ),
        (
            "time_limit: { minutes: 120 }\n",
            "限时停放2小时（只计收费时段）。",
            "Parking is limited to 2 hours (charging hours only).",
        ),
        (
            "time_limit: { minutes: 120, counted_in: all_windows, beyond: not_charged }\n",
            "限时停放2小时（含免费时段），超时部分不收费。",
            "Parking is limited to 2 hours (free hours included); time beyond it is not charged.",
        ),
        (
            "passes: [{ name: 月票, price: 300.00 }]\n",
            "月票：300元，停车不另收费。",
            "月票: 300 yuan; parking costs nothing more.",
        ),
        (
            "prepaid: { unused: returned }\n",
            "预付后提前离开的，按实际停车时间收费。",
            "Who leaves before the end of time bought in advance pays for the stay only.",
        ),
        (
            "classify: [{ class: small, plates: [blue, green], seats_to: 9 }]\n",
            "蓝牌或绿牌、9座及以下的车辆归为小型车。",
            "Vehicles with blue plates or green plates, 9 seats or fewer count as: small vehicles.",
        ),
        (
            "demand:\n  windows: [日间]\n  step: 0.50\n  lowest: 1.00\n  highest: 5.00\n  bands:\n    - { below_percent: 60, steps: -1 }\n    - { below_percent: 85, steps: 0 }\n    - { steps: 2 }\n  least_days_between_changes: 30\n",
            "单价随泊位占用率调整：0%至不足60%下调1档、60%至不足85%不变、85%及以上上调2档；每档0.50元，\
             单价不低于1元、不高于5元；两次调整至少间隔30天；按停车开始时公示的价格计费。",
            "Unit prices follow occupancy: 0 to under 60 %: 1 down, 60 to under 85 %: no change, 85 % \
             or more: 2 up; a step is 0.50 yuan, prices stay between 1 yuan and 5 yuan; at least 30 \
             days between changes; the price displayed at arrival holds.",
        ),
        (
            "demand:\n  windows: [日间]\n  step_percent: 25\n  bands_set: level\n  lowest: 1.00\n  highest: 5.00\n  bands:\n    - { below_percent: 80, steps: 0 }\n    - { steps: 2 }\n  least_days_between_changes: 0\n",
            "单价随泊位占用率调整：0%至不足80%按基准单价、80%及以上高于基准2档；每档单价的25%，单价不低于1元、\
             不高于5元；按停车开始时公示的价格计费。",
            "Unit prices follow occupancy: 0 to under 80 %: the base price, 80 % or more: 2 above the \
             base; a step is 25 % of the unit price, prices stay between 1 yuan and 5 yuan; the price \
             displayed at arrival holds.",
        ),
    ] {
        adds(terms, chinese, english);
    }
    let halved = sentences(&format!("{DAY}factors: [{{ name: 减半, times: 0.5, on: price }}]\n"));
    assert_eq!(halved[0].0, "日间（每天07:00至21:00）：每小时1元；不足1小时按1小时计。");
    assert!(halved.iter().any(|(zh, _)| zh == "减半：以上单价已乘以0.5。"), "{halved:?}");
}

#[test]
fn vehicles_that_pay_alike_are_one_group_and_what_goes_for_all_is_said_once() {
    let terms = format!(
        "vehicle_classes: {{ small: car, new_energy_small: car, large: bus }}\nexempt: [police]\n\
         streets: [inner, outer]\nfree_minutes: [{{ minutes: 30 }}]\n\
         caps: [{{ per: day, amount: {{ inner: {{ car: 20, bus: 30 }}, outer: 10 }} }}]\n{DAY}"
    );
    let inner = words(&terms, Some("inner"));
    let groups: Vec<(Vec<&str>, Vec<&str>)> = inner
        .groups
        .iter()
        .map(|group| {
            let classes = group.classes.iter().map(String::as_str).collect();
            (classes, group.sentences.iter().map(|s| s.text.chinese.as_str()).collect())
        })
        .collect();
    assert_eq!(
        groups,
        [
            (vec!["small", "new_energy_small"], vec!["每天最高收费20元。"]),
            (vec!["large"], vec!["每天最高收费30元。"]),
        ]
    );
    let topics: Vec<Topic> = inner.everyone.iter().map(|s| s.topic).collect();
    assert_eq!(topics, [Topic::Rate, Topic::Rate, Topic::Free, Topic::Counting]);
    assert_eq!(inner.exempt[0].chinese, "警车");
    assert_eq!(words(&terms, Some("outer")).groups.len(), 1);
    let tariff = tariff(&format!(
        "{HEAD}{}",
        terms.lines().map(|line| format!("    {line}\n")).collect::<String>()
    ));
    assert_eq!(plain_words(&tariff, &tariff.versions[0], Some("nowhere")), None);
}

#[test]
fn where_the_first_of_several_windows_holds_a_group_keeps_its_rates_in_order() {
    let terms = "vehicle_classes: { small: small, large: large }\nwindows:\n  \
        - { name: 假日, from: \"00:00\", to: \"24:00\", days: [holiday], charge: [{ unit_minutes: 60, price: { small: 2, large: 3 } }] }\n  \
        - { name: 平日, from: \"00:00\", to: \"24:00\", charge: [{ unit_minutes: 60, price: 1 }] }\n";
    let words = words(terms, None);
    for group in &words.groups {
        assert!(group.sentences[1].text.chinese.starts_with("平日"), "{group:?}");
    }
}
