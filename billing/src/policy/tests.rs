//! The policy that comes with the program is read; what must not be in one is refused by name.

use vocabulary::{Fen, Timestamp};

use super::*;

#[test]
fn the_policy_that_comes_with_the_program_is_read() {
    let policy = Policy::parse(BUILT_IN_POLICY).unwrap();
    let version = policy.at(Timestamp::parse("2026-09-15T00:00:00Z").unwrap()).unwrap();
    assert_eq!((version.number, version.manager_above), (1, Fen(50_000)));
    let days = |kind: &str, source: &str| version.case_rule(kind, source).map(|rule| rule.close);
    assert_eq!(days("appeal", "driver"), Some(Allowance::WorkingDays(5)));
    assert_eq!(days("reconciliation", "system"), Some(Allowance::WorkingDays(3)));
    assert_eq!(days("bill_differs", "12345"), Some(Allowance::WorkingDays(5)));
    assert_eq!(days("bill_differs", "system"), Some(Allowance::WorkingDays(10)));
    assert_eq!(version.arrears.refuse_bay, None);
    assert_eq!(version.arrears.report_credit, None);
    assert!(policy.at(Timestamp::parse("2019-12-31T15:59:59Z").unwrap()).is_none());
    assert!(policy.at(Timestamp::parse("2019-12-31T16:00:00Z").unwrap()).is_some());
}

#[test]
fn what_must_not_be_in_a_policy_is_refused_by_name() {
    for (from, to, named) in [
        ("      refuse_bay: false", "      surcharge: {percent_a_day: 1}", "surcharge"),
        ("refuse_bay: false", "refuse_bay: true", "refuse_bay: name the decree"),
        ("report_credit: false", "report_credit: true", "report_credit: name the decree"),
        ("from: \"08:00\", to: \"21:00\"", "from: \"21:00\", to: \"08:00\"", "contact"),
        ("most_a_day: 1", "most_a_day: 0", "contact"),
        ("channels: [subscription, sms, slip]", "channels: []", "steps[0].channels"),
        ("channels: [subscription, sms, slip]", "channels: [pigeon]", "pigeon is no channel"),
        ("name: reminder", "name: told", "steps[1].name"),
        ("after: 7 days", "after: soon", "`5 working days`"),
        ("limitation_years: 3", "limitation_years: 0", "limitation_years"),
        ("body: （示例）经营单位", "body: \" \"", "name the body and the document"),
        ("time_zone: Asia/Shanghai", "time_zone: Asia/Baiyin", "Asia/Baiyin"),
        ("08:30-12:00", "12:00-08:30", "working_hours"),
        ("14:30-18:00", "11:30-18:00", "working_hours"),
    ] {
        assert!(BUILT_IN_POLICY.contains(from), "{from}");
        let refused = Policy::parse(&BUILT_IN_POLICY.replace(from, to)).unwrap_err();
        assert!(refused.to_string().contains(named), "{to}: {refused}");
    }
    let decree = "refuse_bay: true\n      refuse_bay_decree: {body: 市政府, document: 〔2026〕1号}";
    let with = Policy::parse(&BUILT_IN_POLICY.replace("refuse_bay: false", decree)).unwrap();
    let named = with.versions[0].arrears.refuse_bay.clone().unwrap();
    assert_eq!(named.body, "市政府");
}
