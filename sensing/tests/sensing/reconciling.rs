//! The identity of stays when their spans change.

use proptest::prelude::*;
use sensing::{
    Doubt, DoubtReason, Edge, PublishedStay, ReadingId, Revision, Span, StayState, reconcile,
};
use vocabulary::{Interval, StayId};

use crate::world::{device, second, stay};

/// `0-100`, `0-` while it is there, `!` for a pass-by, `?` for a doubt. Opened by the reading whose
/// number is the arrival, unless `#n` says otherwise.
fn span(text: &str) -> Span {
    let (text, number) = text.split_once('#').map_or((text, None), |(t, n)| (t, Some(n)));
    let doubts = if text.contains('?') { vec![doubt()] } else { Vec::new() };
    let (arrived, left) = text.trim_end_matches(['!', '?']).split_once('-').expect("a dash");
    let arrived: i64 = arrived.parse().expect("a second");
    let left: Option<i64> = left.parse().ok();
    let id = |number| ReadingId { device: device(1), epoch: "boot".to_owned(), number, part: 0 };
    Span {
        arrived: Edge::at(second(arrived)),
        left: left.map(|at| Edge::at(second(at))),
        doubts,
        brief: text.contains('!'),
        first: id(number.map_or(arrived, |n| n.parse().expect("a number"))),
        last: left.map(id),
    }
}

fn doubt() -> Doubt {
    let interval = Interval::new(second(1), second(2)).expect("forwards");
    Doubt { interval, reason: DoubtReason::Silence }
}

/// `1 left 0-100`: id, state, span.
fn published(text: &str) -> Vec<PublishedStay> {
    let one = |text: &str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        PublishedStay {
            id: stay(words[0].parse().expect("an id")),
            span: span(words[2]),
            state: StayState::from_name(words[1]).expect("a state"),
            revision: 3,
        }
    };
    text.split(',').filter(|t| !t.trim().is_empty()).map(one).collect()
}

fn spans(text: &str) -> Vec<Span> {
    text.split(',').map(str::trim).filter(|t| !t.is_empty()).map(span).collect()
}

/// New ids are 101, 102, …
pub(crate) fn minting() -> impl FnMut() -> StayId {
    let mut last = 100;
    move || {
        last += 1;
        stay(last)
    }
}

fn shown(revisions: &[Revision]) -> String {
    let one = |r: &Revision| {
        let heir = match r.change {
            sensing::Change::SupersededBy(heir) => format!(" by {}", heir.0.as_u128()),
            _ => String::new(),
        };
        let id = r.stay_id.0.as_u128();
        format!("{id}.{} {}{heir} {}", r.revision, r.change.name(), r.state.name())
    };
    revisions.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[test]
fn a_stay_keeps_its_id_through_every_revision() {
    for (title, before, now, expected) in [
        ("nothing", "", "", ""),
        ("arrived", "", "0-", "101.1 opened present"),
        ("arrived and left", "", "0-100", "101.1 opened left"),
        ("passed by", "", "0-20!", ""),
        ("still there", "1 present 0-", "0-", ""),
        ("left", "1 present 0-", "0-100", "1.4 left left"),
        ("unchanged", "1 left 0-100", "0-100", ""),
        ("was a pass-by", "1 present 0-", "0-20!", "1.4 voided void"),
        ("still a pass-by", "1 void 0-20!", "0-20!", ""),
        ("came back within the merge gap", "1 left 0-100", "0-", "1.4 reopened present"),
        ("a pass-by that stayed", "1 void 0-20!", "0-", "1.4 reopened present"),
        ("a pass-by that stayed and left", "1 void 0-20!", "0-100", "1.4 reopened left"),
        ("left later", "1 left 0-100", "0-120", "1.4 shifted left"),
        ("arrived earlier", "1 left 50-100", "20-100", "1.4 shifted left"),
        ("arrived later", "1 present 50-", "70-#50", "1.4 shifted present"),
        ("doubted", "1 present 0-", "0-?", "1.4 doubted present"),
        ("no longer doubted", "1 left 0-100?", "0-100", "1.4 doubted left"),
        ("vanished", "1 left 0-100", "", "1.4 voided void"),
        (
            "vanished before others",
            "1 left 0-100, 2 left 200-300",
            "0-10!#7, 200-300",
            "1.4 voided void",
        ),
        ("a void stay stays void", "1 void 0-", "", ""),
        ("a void stay stands in nobody's way", "1 void 0-", "500-", "101.1 opened present"),
        ("a superseded stay stays so", "1 superseded 0-100", "0-100", "101.1 opened left"),
    ] {
        check(title, before, now, expected);
    }
}

#[test]
fn a_split_and_a_merge_keep_the_right_id() {
    for (title, before, now, expected) in [
        (
            "split, the first part is longer",
            "1 left 0-1000",
            "0-600, 700-1000",
            "1.4 shifted left, 101.1 opened left",
        ),
        (
            "split, the second part is longer",
            "1 left 0-1000",
            "0-300, 400-1000",
            "101.1 opened left, 1.4 shifted left",
        ),
        (
            "split in halves",
            "1 left 0-1000",
            "0-500, 500-1000",
            "1.4 shifted left, 101.1 opened left",
        ),
        (
            "split of a stay going on",
            "1 present 0-",
            "0-100, 150-",
            "1.4 left left, 101.1 opened present",
        ),
        (
            "split in three",
            "1 left 0-1000",
            "0-200, 300-700, 800-1000",
            "101.1 opened left, 1.4 shifted left, 102.1 opened left",
        ),
        (
            "merge",
            "1 left 0-100, 2 left 150-600",
            "0-600",
            "2.4 superseded by 1 superseded, 1.4 shifted left",
        ),
        (
            "merge of three, going on",
            "3 present 300-, 2 left 100-200, 1 left 0-50",
            "0-",
            "2.4 superseded by 1 superseded, 3.4 superseded by 1 superseded, 1.4 reopened present",
        ),
        (
            "a pass-by merged into a stay is forgotten",
            "1 void 0-20!, 2 left 50-600",
            "0-600",
            "2.4 shifted left",
        ),
        (
            "the border between two moved",
            "1 left 0-100, 2 left 100-300",
            "0-220, 220-300#100",
            "1.4 shifted left, 2.4 shifted left",
        ),
        (
            "what is in question and has no span has vanished",
            "1 left 0-100, 2 present 100-",
            "100-",
            "1.4 voided void",
        ),
        (
            "vanished, and another one elsewhere",
            "1 left 0-100",
            "200-",
            "1.4 voided void, 101.1 opened present",
        ),
        (
            "the second turned out to be a pass-by",
            "1 left 0-100, 2 present 200-",
            "0-100, 200-210!",
            "2.4 voided void",
        ),
        (
            "both want the first, the older gets it",
            "1 left 0-100, 2 left 150-600",
            "0-400, 450-600",
            "1.4 shifted left, 2.4 shifted left",
        ),
        (
            "three become two, the middle one shared out",
            "1 left 0-200, 2 left 250-350, 3 left 400-600",
            "0-300, 310-600",
            "2.4 superseded by 1 superseded, 1.4 shifted left, 3.4 shifted left",
        ),
        (
            "two become three",
            "1 left 0-300, 2 left 310-600",
            "0-200, 250-350, 400-600",
            "1.4 shifted left, 101.1 opened left, 2.4 shifted left",
        ),
        (
            "all shifted past one another: each keeps what it shares most with",
            "1 left 0-100, 2 left 200-300",
            "90-190#7, 290-390#8",
            "1.4 shifted left, 2.4 shifted left",
        ),
        ("shifted apart", "1 left 0-100", "100-200#7", "1.4 voided void, 101.1 opened left"),
        (
            "the older one of a merge was a pass-by once",
            "1 void 0-20!, 2 left 30-600, 3 left 650-900",
            "0-900",
            "3.4 superseded by 2 superseded, 2.4 shifted left",
        ),
        ("a split off pass-by gets no id", "1 left 0-1000", "0-900, 970-1000!", "1.4 shifted left"),
        ("split into pass-bys", "1 left 0-100", "0-20!, 85-100!#85", "1.4 voided void"),
        (
            "a pass-by is nobody's heir",
            "1 left 0-100, 2 left 200-300",
            "0-100, 210-230!#210",
            "2.4 voided void",
        ),
        (
            "void and live change places",
            "1 void 0-20!, 2 left 100-600",
            "0-90, 100-110!",
            "1.4 reopened left, 2.4 voided void",
        ),
        (
            "a void one comes back beside a live one",
            "1 void 0-20!, 2 left 100-600",
            "0-80, 100-600",
            "1.4 reopened left",
        ),
        (
            "a void one shares least and comes last",
            "1 void 0-500, 2 left 510-600",
            "0-600",
            "2.4 shifted left",
        ),
        (
            "a vanished one comes back as another",
            "1 superseded 0-100, 2 left 0-300",
            "0-100, 200-300",
            "2.4 shifted left, 101.1 opened left",
        ),
        (
            "it had not left, and the next one never came",
            "1 left 0-100, 2 present 200-",
            "0-",
            "2.4 superseded by 1 superseded, 1.4 reopened present",
        ),
        (
            "it left, and the next one is there",
            "1 present 0-",
            "0-100, 200-",
            "1.4 left left, 101.1 opened present",
        ),
        (
            "the arrival moved before a vanished one",
            "1 left 0-50, 2 left 100-300",
            "60-300#60",
            "1.4 voided void, 2.4 shifted left",
        ),
    ] {
        check(title, before, now, expected);
    }
}

fn check(title: &str, before: &str, now: &str, expected: &str) {
    let (before, now) = (published(before), spans(now));
    let revisions = reconcile(&before, &now, &mut minting());
    assert_eq!(shown(&revisions), expected, "{title}");
    let after = apply(before, &revisions);
    assert_eq!(reconcile(&after, &now, &mut minting()), [], "{title}, again");
}

pub(crate) fn apply(mut stays: Vec<PublishedStay>, revisions: &[Revision]) -> Vec<PublishedStay> {
    for r in revisions {
        stays.retain(|s| s.id != r.stay_id);
        let (id, span) = (r.stay_id, r.span.clone());
        stays.push(PublishedStay { id, span, state: r.state, revision: r.revision });
    }
    stays
}

/// Spans of one bay: in order, apart, only the last one open.
pub(crate) fn any_spans() -> impl Strategy<Value = Vec<Span>> {
    let cuts = prop::collection::btree_set(0_i64..60, 0..14);
    (cuts, any::<bool>()).prop_map(|(cuts, open)| {
        let cuts: Vec<i64> = cuts.into_iter().collect();
        let closed = |pair: &[i64]| {
            let brief = if pair[1] - pair[0] < 2 { "!" } else { "" };
            span(&format!("{}-{}{brief}", pair[0], pair[1]))
        };
        let pairs = cuts.chunks_exact(2);
        let last = pairs.remainder().first().filter(|_| open).map(|at| span(&format!("{at}-")));
        pairs.map(closed).chain(last).collect()
    })
}

proptest! {
    #[test]
    fn every_span_is_one_stay_and_nothing_else_is(history in prop::collection::vec(any_spans(), 1..5)) {
        let mut mint = minting();
        let mut stays: Vec<PublishedStay> = Vec::new();
        for now in history {
            let revisions = reconcile(&stays, &now, &mut mint);
            stays = apply(stays, &revisions);
            let mut live: Vec<Span> = stays
                .iter()
                .filter(|s| matches!(s.state, StayState::Present | StayState::Left))
                .map(|s| s.span.clone())
                .collect();
            live.sort_by_key(|s| s.arrived.latest_at);
            let expected: Vec<Span> = now.iter().filter(|s| !s.brief).cloned().collect();
            prop_assert_eq!(live, expected);
            prop_assert_eq!(reconcile(&stays, &now, &mut mint), Vec::new());
        }
    }
}
