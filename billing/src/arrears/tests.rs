//! The policy that comes with the program, by hand: told at once, reminded after 7 days, in writing after
//! 30 more; 08:00 to 21:00, once a day, three times in seven days.

use vocabulary::{Fen, Interval, Plate, Timestamp};

use super::*;
use crate::policy::BUILT_IN_POLICY;
use crate::text::Language;

fn at(text: &str) -> Timestamp {
    let rfc3339 = format!("{}:00+08:00", text.replace(' ', "T"));
    Timestamp::parse(&rfc3339).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn policy() -> Policy {
    Policy::parse(BUILT_IN_POLICY).unwrap()
}

fn running(steps_taken: u32, step_taken_at: Option<&str>) -> Arrears {
    Arrears {
        state: ArrearsState::Running,
        since: at("2026-09-15 00:00"),
        steps_taken,
        step_taken_at: step_taken_at.map(at),
    }
}

fn check(arrears: Arrears, reach: (&[Channel], &[&str]), now: &str, expected: &str) {
    let policy = policy();
    let contacted: Vec<Timestamp> = reach.1.iter().map(|t| at(t)).collect();
    let reach = Reach { channels: reach.0, failed: &[], contacted: &contacted };
    let found = match next(&policy, &arrears, None, &reach, at(now)) {
        Next::Notify { step, rule, channel } => {
            format!("{step} {} by {}", rule.name, channel.name())
        }
        Next::Wait(until) => format!("wait {}", until.ms().saturating_sub(at(now).ms()) / 60_000),
        other => format!("{other:?}"),
    };
    assert_eq!(found, expected, "{arrears:?} at {now}");
}

#[test]
fn a_step_waits_for_its_time_its_hours_and_its_caps() {
    let (both, sms) = (&[Channel::Subscription, Channel::Sms][..], &[Channel::Sms][..]);
    let told = running(0, None);
    let reminder = running(1, Some("2026-09-15 10:00"));
    for (arrears, reach, now, expected) in [
        (told, (both, &[][..]), "2026-09-15 10:00", "0 told by subscription"),
        (told, (sms, &[]), "2026-09-15 10:00", "0 told by sms"),
        // Who cannot be reached gets a slip at the vehicle, at any hour.
        (told, (&[], &[]), "2026-09-15 23:00", "0 told by slip"),
        (told, (sms, &[]), "2026-09-15 07:59", "wait 1"),
        (told, (sms, &[]), "2026-09-15 08:00", "0 told by sms"),
        (told, (sms, &[]), "2026-09-15 20:59", "0 told by sms"),
        (told, (sms, &[]), "2026-09-15 21:00", "wait 660"),
        // Contacted today for another order: tomorrow at eight.
        (told, (sms, &["2026-09-15 08:30"]), "2026-09-15 10:00", "wait 1320"),
        // Three times within seven days: the first day whose week holds two of them is the 20th.
        (
            told,
            (sms, &["2026-09-13 09:00", "2026-09-14 09:00", "2026-09-15 09:00"]),
            "2026-09-16 10:00",
            "wait 5640",
        ),
        (reminder, (sms, &[]), "2026-09-22 09:59", "wait 1"),
        (reminder, (sms, &[]), "2026-09-22 10:00", "1 reminder by sms"),
        (reminder, (&[], &[]), "2026-09-22 10:00", "Unreachable { step: 1 }"),
        (running(3, Some("2026-10-30 10:00")), (sms, &[]), "2026-11-30 10:00", "List"),
        (reminder, (sms, &[]), "2029-09-15 23:59", "wait 481"),
        (reminder, (sms, &[]), "2029-09-16 00:00", "Lapse"),
    ] {
        check(arrears, reach, now, expected);
    }
}

#[test]
fn a_way_that_failed_is_not_tried_again_for_the_same_step() {
    let policy = policy();
    for (failed, expected) in [
        (&[Channel::Sms][..], Some(Channel::Slip)),
        (&[Channel::Slip], Some(Channel::Sms)),
        (&[Channel::Sms, Channel::Slip], None),
    ] {
        let reach = Reach { channels: &[Channel::Sms], failed, contacted: &[] };
        let found = match next(&policy, &running(0, None), None, &reach, at("2026-09-15 10:00")) {
            Next::Notify { channel, .. } => Some(channel),
            Next::Unreachable { step: 0 } => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(found, expected, "{failed:?}");
    }
}

#[test]
fn time_alone_takes_no_step() {
    let (policy, arrears) = (policy(), running(0, None));
    let reach = Reach { channels: &[Channel::Sms], failed: &[], contacted: &[] };
    let pending = Some(Pending { step: 0 });
    for now in ["2026-09-15 10:00", "2026-12-15 10:00", "2029-09-15 10:00"] {
        assert_eq!(next(&policy, &arrears, pending, &reach, at(now)), Next::Nothing, "{now}");
    }
    let taken = step_taken(&arrears, 0, at("2026-09-16 09:00"));
    assert_eq!((taken.steps_taken, taken.step_taken_at), (1, Some(at("2026-09-16 09:00"))));
    // The delivery of an earlier notice, said again, takes no further step.
    assert_eq!(step_taken(&taken, 0, at("2026-09-17 09:00")), taken);
    assert_eq!(step_taken(&taken, 2, at("2026-09-17 09:00")), taken);
}

#[test]
fn an_appeal_pauses_it_and_nothing_else_brings_it_back() {
    use ArrearsState::{Detached, Lapsed, Listed, Paused, Running, Settled, WrittenOff};
    let policy = policy();
    let reach = Reach { channels: &[Channel::Sms], failed: &[], contacted: &[] };
    for (state, when_paused, when_resumed) in [
        (Running, Paused, Running),
        (Listed, Paused, Listed),
        (Paused, Paused, Running),
        (Settled, Settled, Settled),
        (Detached, Detached, Detached),
        (WrittenOff, WrittenOff, WrittenOff),
        (Lapsed, Lapsed, Lapsed),
    ] {
        assert_eq!((paused(state), resumed(state)), (when_paused, when_resumed), "{state:?}");
        let arrears = Arrears { state, ..running(0, None) };
        let found = next(&policy, &arrears, None, &reach, at("2026-09-20 10:00"));
        assert_eq!(found == Next::Nothing, state != Running, "{state:?}");
    }
}

#[test]
fn the_limitation_ends_with_the_corresponding_day() {
    let policy = policy();
    let version = &policy.versions[0];
    for (since, expected) in [
        ("2026-09-15 10:00", "2029-09-16 00:00"),
        ("2026-09-15 23:59", "2029-09-16 00:00"),
        // 2031 has no 29 February.
        ("2028-02-29 12:00", "2031-03-01 00:00"),
    ] {
        assert_eq!(limitation(&policy, version, at(since)), at(expected), "{since}");
    }
}

#[test]
fn a_contact_keeps_to_the_hours_the_day_and_every_week_around_it() {
    let policy = policy();
    let version = &policy.versions[0];
    let days = ["2026-09-12 10:00", "2026-09-18 10:00", "2026-09-20 20:00"];
    for (contacted, when, allowed) in [
        (&[][..], "2026-09-15 07:59", false),
        (&[], "2026-09-15 08:00", true),
        (&[], "2026-09-15 20:59", true),
        (&[], "2026-09-15 21:00", false),
        (&["2026-09-15 20:00"], "2026-09-15 10:00", false),
        (&["2026-09-14 20:00"], "2026-09-15 10:00", true),
        // From the 14th to the 20th there are two beside it, from the 12th to the 18th, too: each week has room.
        (&days, "2026-09-15 10:00", true),
        // With the 19th the week to the 20th has three already.
        (&["2026-09-18 10:00", "2026-09-19 10:00", "2026-09-20 20:00"], "2026-09-15 10:00", false),
        (&["2026-09-18 10:00", "2026-09-19 10:00", "2026-09-20 20:00"], "2026-09-24 10:00", false),
        (&["2026-09-18 10:00", "2026-09-19 10:00", "2026-09-20 20:00"], "2026-09-25 10:00", true),
    ] {
        let contacted: Vec<Timestamp> = contacted.iter().map(|t| at(t)).collect();
        assert_eq!(may_contact(&policy, version, &contacted, at(when)), allowed, "{when}");
    }
}

#[test]
fn before_any_policy_nobody_is_dunned() {
    let yaml = BUILT_IN_POLICY.replace("\"2020-01-01\"", "\"2027-01-01\"");
    let policy = Policy::parse(&yaml).unwrap();
    let reach = Reach { channels: &[Channel::Sms], failed: &[], contacted: &[] };
    let found = next(&policy, &running(0, None), None, &reach, at("2026-09-20 10:00"));
    assert_eq!(found, Next::Nothing);
}

#[test]
fn a_notice_says_what_where_how_much_and_what_follows_and_masks_the_plate() {
    let policy = policy();
    let plate = Plate::parse("甘D12345").unwrap();
    let facts = NoticeFacts {
        operator: "白银停车",
        place: "人民路 BY0012",
        stay: Interval::new(at("2026-09-15 08:00"), at("2026-09-15 10:05")),
        plate: Some(&plate),
        owed: Fen(300),
        pay_at: "https://example.cn/a",
        zone: policy.time_zone,
    };
    let step = &policy.versions[0].arrears.steps[0];
    assert_eq!(
        notice_text(&facts, step, Language::Chinese),
        "【白银停车】车辆甘D·1***5于2026-09-15 08:00–10:05在人民路 BY0012停放，应缴3.00元尚未缴纳。缴费及申诉：https://example.cn/a。如对费用有异议，可在小程序内申诉；逾期未缴的，将再次提醒。"
    );
    for language in [Language::Chinese, Language::English] {
        let text = notice_text(&facts, step, language);
        assert!(!text.contains("12345") && text.contains("3.00"), "{text}");
    }
}
