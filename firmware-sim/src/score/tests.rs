//! Scores of small histories, worked out by hand. The tariff is the demo's: by day (07–21) 30 free
//! minutes that a longer stay loses, ¥2 for the first two hours, ¥1 for each further hour begun.

use super::*;

/// 2026-09-15 is a Tuesday; `hhmm` is Beijing's time.
fn at(hhmm: &str) -> String {
    format!("2026-09-15T{hhmm}:00+08:00")
}

fn interval(text: &str) -> (String, String) {
    let (from, to) = text.split_once('-').unwrap();
    (at(from), at(to))
}

fn truth(stays: &[&str], faults: &[(&str, &str)]) -> Truth {
    let mut lines = format!(
        "{{\"fact\":\"simulated\",\"from\":\"{}\",\"until\":\"{}\",\"seed\":1,\"scenario\":\"s\",\"bays\":2}}\n",
        at("08:00"),
        at("18:00")
    );
    for (visit, text) in stays.iter().enumerate() {
        let (from, to) = interval(text);
        lines += &format!(
            "{{\"fact\":\"stay\",\"bay_code\":\"B1\",\"visit\":{visit},\"plate\":\"p\",\"vehicle\":\"small\",\
             \"arrived_at\":\"{from}\",\"left_at\":\"{to}\",\"reported_arrived_at\":\"{from}\",\"reported_left_at\":\"{to}\"}}\n"
        );
    }
    for (kind, text) in faults {
        let (from, to) = interval(text);
        lines += &format!(
            "{{\"fact\":\"fault\",\"device\":\"d\",\"bay_code\":\"B1\",\"kind\":\"{kind}\",\"from\":\"{from}\",\"to\":\"{to}\"}}\n"
        );
    }
    Truth::read(lines.as_bytes()).unwrap()
}

/// Each stay: when, and its doubts with their reasons.
fn published(list: &[(&str, &[(&str, &str)])]) -> Vec<PublishedStay> {
    let mut lines = String::new();
    for (number, (text, doubts)) in list.iter().enumerate() {
        let (from, to) = interval(text);
        let doubts: Vec<String> = doubts
            .iter()
            .map(|(text, reason)| {
                let (from, to) = interval(text);
                format!("{{\"from\":\"{from}\",\"to\":\"{to}\",\"reason\":\"{reason}\"}}")
            })
            .collect();
        lines += &format!(
            "{{\"bay_code\":\"B1\",\"stay_id\":\"s{number}\",\"state\":\"left\",\"arrived_at\":\"{from}\",\
             \"left_at\":\"{to}\",\"arrived_earliest_at\":\"{from}\",\"left_latest_at\":\"{to}\",\"doubts\":[{}]}}\n",
            doubts.join(",")
        );
    }
    stays(lines.as_bytes()).unwrap()
}

fn scored(truth: &Truth, stays: &[PublishedStay]) -> Score {
    let tariff = billing::tariff::parse(billing::DEMO_TARIFF).unwrap();
    let (minimum_ms, until) = (USUAL_MINIMUM_MS, truth.until);
    score(&Comparison { truth, stays, tariff: &tariff, minimum_ms, until }).unwrap()
}

#[test]
fn money_is_compared_stay_by_stay() {
    type Stays<'a> = &'a [(&'a str, &'a [(&'a str, &'a str)])];
    // True stays, published stays; true, billed, above, below in fen, and the cause of the last.
    type Row<'a> = (&'a [&'a str], Stays<'a>, i64, i64, i64, &'a [(&'a str, i64)]);
    let rows: [Row<'_>; 9] = [
        (&["09:00-10:00"], &[("09:00-10:00", &[])], 200, 200, 0, &[]),
        (&["09:00-11:30"], &[], 300, 0, 0, &[("missed", 300)]),
        (&["09:00-11:30"], &[("09:00-10:30", &[])], 300, 200, 0, &[("edges", 100)]),
        (&["09:00-11:00"], &[("09:00-11:01", &[])], 200, 300, 100, &[]),
        (
            &["09:00-13:00"],
            &[("09:00-13:00", &[("11:00-12:00", "silence")])],
            400,
            300,
            0,
            &[("silence", 100)],
        ),
        // Somebody who was not there pays.
        (&[], &[("09:00-10:00", &[])], 0, 200, 200, &[]),
        // Two vehicles seen as one: the longer one's driver pays for both.
        (
            &["09:00-12:00", "12:05-13:00"],
            &[("09:00-13:00", &[])],
            500,
            400,
            100,
            &[("merged", 200)],
        ),
        // One vehicle seen as two: 1 h and 2 h 55 min cost 2 + 3, more than 3 h 55 min cost.
        (&["09:00-13:00"], &[("09:00-10:00", &[]), ("10:05-13:00", &[])], 400, 500, 100, &[]),
        (&["09:00-09:20"], &[("09:00-09:20", &[])], 0, 0, 0, &[]),
    ];
    for (truths, stays, true_fen, billed_fen, above_fen, below) in rows {
        let score = scored(&truth(truths, &[]), &published(stays));
        assert_eq!(
            (score.true_fen, score.billed_fen),
            (true_fen, billed_fen),
            "{truths:?} {stays:?}"
        );
        assert_eq!(score.above_fen, above_fen, "{truths:?} {stays:?}");
        assert_eq!(score.bills_above > 0, above_fen > 0);
        let below: BTreeMap<String, i64> = below.iter().map(|(c, f)| ((*c).into(), *f)).collect();
        assert_eq!(score.below_fen, below, "{truths:?} {stays:?}");
    }
}

#[test]
fn a_bill_above_the_true_one_is_told_with_the_faults_of_its_time() {
    let truth = truth(&["09:00-11:00"], &[("loss", "10:00-10:20"), ("silent", "12:00-13:00")]);
    let score = scored(&truth, &published(&[("09:00-11:01", &[])]));
    assert_eq!(score.above.len(), 1);
    let above = &score.above[0];
    assert_eq!((above.bay_code.as_str(), above.billed_fen, above.true_fen), ("B1", 300, 200));
    assert_eq!(
        (above.faults.as_slice(), above.stays.as_slice()),
        (&["loss".to_owned()][..], &["s0".to_owned()][..])
    );
}

#[test]
fn detection_counts_found_and_right_stays() {
    let truth = truth(&["09:00-10:00", "11:00-12:00", "13:00-14:00", "15:00-16:00"], &[]);
    // One found, one found in two parts, one missed, one found; and a phantom.
    let published = published(&[
        ("09:00-10:00", &[]),
        ("11:00-11:20", &[]),
        ("11:30-12:00", &[]),
        ("14:20-14:40", &[]),
        ("15:02-15:59", &[]),
    ]);
    let score = scored(&truth, &published);
    assert_eq!((score.true_stays, score.found, score.published_stays, score.right), (4, 3, 5, 3));
    assert!((score.recall - 0.75).abs() < 1e-9 && (score.precision - 0.6).abs() < 1e-9);
    // Arrivals off by 0, 30 min (11:30 is the longer part's) and 2 min; departures by 0, 0, 1 min.
    let Percentiles { p50, p90, max, .. } = score.arrival_error_s;
    assert_eq!((p50, p90, max), (120.0, 1_800.0, 1_800.0));
    assert_eq!((score.departure_error_s.p50, score.departure_error_s.max), (0.0, 60.0));
}

#[test]
fn a_stay_belongs_to_whom_it_bills_rather_than_to_whom_it_may_have_been() {
    // The second vehicle's arrival was missed: it may have been there since 09:10.
    let truth = truth(&["09:00-11:00", "11:10-12:00"], &[]);
    let mut published = published(&[("09:00-09:10", &[]), ("11:20-12:00", &[])]);
    published[1].arrived_earliest_at = Some(Timestamp::parse(&at("09:10")).unwrap());
    let score = scored(&truth, &published);
    assert_eq!((score.found, score.right, score.bills_above), (2, 2, 0));
}

#[test]
fn a_bill_is_that_of_whom_it_charges_rather_than_of_whom_its_doubts_may_be() {
    // Two vehicles in one stay: charged is the first alone, the second was there longer.
    let truth = truth(&["09:00-11:30", "11:40-16:00"], &[]);
    let doubts: &[(&str, &str)] = &[("11:00-16:00", "which_vehicle")];
    let score = scored(&truth, &published(&[("09:00-16:00", doubts)]));
    // The first owes 3 and pays 2 for two hours; the second owes 5 and pays nothing.
    assert_eq!((score.true_fen, score.billed_fen, score.bills_above), (800, 200, 0));
    let below = [("merged".to_owned(), 500), ("which_vehicle".to_owned(), 100)];
    assert_eq!(score.below_fen, BTreeMap::from(below));
}

#[test]
fn shares_are_of_the_time_of_all_bays_and_overlaps_count_once() {
    let truth = truth(
        &["09:00-13:00"],
        &[("loss", "09:00-10:00"), ("silent", "09:30-11:00"), ("frozen", "17:00-19:00")],
    );
    let doubts: &[(&str, &str)] = &[("09:00-10:00", "silence"), ("09:30-10:30", "clock")];
    let score = scored(&truth, &published(&[("09:00-13:00", doubts)]));
    // Two bays from 08 to 18: 20 hours. Faults: 09:00–11:00 and 17:00–18:00, doubts: 1.5 hours.
    assert!((score.faulty_permille - 150.0).abs() < 1e-9);
    assert!((score.doubtful_permille - 75.0).abs() < 1e-9);
    assert!((score.doubtful_of_stays_permille - 375.0).abs() < 1e-9);
    assert_eq!(score.doubt_h["clock"], 1.0);
    assert_eq!((score.fault_h["silent"], score.fault_h["frozen"]), (1.5, 1.0));
}

#[test]
fn a_score_keeps_its_promises_or_names_the_broken_ones() {
    type Stays<'a> = &'a [(&'a str, &'a [(&'a str, &'a str)])];
    // True stays, published stays; what is broken of the fair and of the exact expectation.
    type Row<'a> = (&'a [&'a str], Stays<'a>, &'a [Breach], &'a [Breach]);
    let rows: [Row<'_>; 5] = [
        (&["09:00-10:00"], &[("09:00-10:00", &[])], &[], &[]),
        // ¥2 not charged; 1 h of doubt in 20 h of bays.
        (
            &["09:00-10:00"],
            &[("09:00-10:00", &[("09:00-10:00", "clock")])],
            &[Breach::Doubt { doubtful: 50.0, faulty: 0.0 }],
            &[Breach::Difference(200)],
        ),
        // 6 minutes of doubt are half a percentage point, and the rest costs the same.
        (&["09:00-10:00"], &[("09:00-10:00", &[("09:00-09:06", "clock")])], &[], &[]),
        // A free stay that was missed costs nothing and is missed all the same.
        (&["09:00-09:20"], &[], &[], &[Breach::Detection { missed: 1, wrong: 0 }]),
        (
            &["09:00-11:00"],
            &[("09:00-11:01", &[])],
            &[Breach::Above { bills: 1, fen: 100 }],
            &[Breach::Difference(100)],
        ),
    ];
    for (truths, stays, fair, exact) in rows {
        let score = scored(&truth(truths, &[]), &published(stays));
        assert_eq!(score.breaches(Expectation::Fair), fair, "{truths:?} {stays:?}");
        assert_eq!(score.breaches(Expectation::Exact), exact, "{truths:?} {stays:?}");
    }
}

#[test]
fn malformed_lines_are_named() {
    let stay = r#"{"bay_code":"1","stay_id":"a","state":"left","arrived_at":"2026-09-15T00:00:00Z","left_at":"2026-09-14T00:00:00Z"}"#;
    for (text, why) in [
        ("{\n", "line 1:"),
        ("\n[]\n", "line 2:"),
        (stay, "line 1: the stay ends before it begins"),
    ] {
        let refused = stays(text.as_bytes()).unwrap_err().to_string();
        assert!(refused.starts_with(why), "{text}: {refused}");
    }
    assert!(matches!(Truth::read(&b""[..]), Err(ReadFailure::NoBeginning)));
    let void = stay.replace("left\"", "void\"");
    assert_eq!(stays(void.as_bytes()).unwrap(), []);
}
