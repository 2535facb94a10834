//! Against a street whose truth is known: nothing is billed at which no vehicle was there.
//!
//! A device reports every change and a heartbeat 20 minutes after its last word; messages are lost
//! one by one or in outages, come late and in another order; the device restarts; its clock is
//! right, wrong by a minute or by years, set anew, or absent.

mod gateway_clocks;

use proptest::prelude::*;
use sensing::{Kind, Observation, Policy, ReadingId, Setup, Span, TimeSource, fold};
use vocabulary::Interval;

use crate::world::{device, second};

const HEARTBEAT_S: i64 = 1200;
/// Nothing is sent later than this after the end of the story.
const LATEST_S: i64 = 30 * 86_400;

#[derive(Clone, Copy, Debug)]
enum Clock {
    /// Off by so many seconds from the start on; positive: ahead.
    Off(i64),
    /// Off by that, until it is set right at some message.
    SetRight(i64, usize),
    Absent,
    /// The radio network dates; its clocks are apart by so much.
    Network(i64),
}

#[derive(Clone, Debug)]
struct Story {
    device: u128,
    /// Vacant for so long, then occupied for so long.
    stays: Vec<(i64, i64)>,
    restarts: Vec<i64>,
    /// By message: lost, or how late it comes.
    air: Vec<Option<i64>>,
    /// Messages of this stretch come only at its end.
    outage: Option<(i64, i64)>,
    clock: Clock,
    /// What the device says of the bay when it starts.
    start_up_knows: [bool; 4],
}

struct Message {
    at_s: i64,
    epoch: usize,
    number: i64,
    kind: Kind,
    occupied: Option<bool>,
}

impl Story {
    fn presences(&self) -> Vec<(i64, i64)> {
        let mut at_s = 0;
        let mut presences = Vec::new();
        for (vacant_s, occupied_s) in &self.stays {
            presences.push((at_s + vacant_s, at_s + vacant_s + occupied_s));
            at_s += vacant_s + occupied_s;
        }
        presences
    }

    fn end_s(&self) -> i64 {
        self.presences().last().map_or(0, |(_, left_s)| left_s + 2 * HEARTBEAT_S)
    }

    /// Everything the device says, in order.
    fn messages(&self) -> Vec<Message> {
        let mut events: Vec<(i64, Kind)> = Vec::new();
        for (arrived_s, left_s) in self.presences() {
            events.extend([(arrived_s, Kind::Occupied), (left_s, Kind::Vacant)]);
        }
        events.extend(self.restarts.iter().map(|at_s| (*at_s, Kind::StartUp)));
        events.extend([(0, Kind::StartUp), (self.end_s(), Kind::Info)]);
        events.sort_by_key(|(at_s, kind)| (*at_s, *kind));
        let mut messages: Vec<Message> = Vec::new();
        let (mut epoch, mut number, mut occupied, mut spoke_s) = (0, 0, false, 0);
        for (at_s, kind) in events {
            while spoke_s + HEARTBEAT_S < at_s {
                spoke_s += HEARTBEAT_S;
                let (kind, occupied) = (Kind::Heartbeat, Some(occupied));
                messages.push(Message { at_s: spoke_s, epoch, number, kind, occupied });
                number += 1;
            }
            let says = match kind {
                Kind::StartUp => {
                    (epoch, number) = (epoch + 1, 0);
                    Some(occupied).filter(|_| self.start_up_knows[epoch % 4])
                }
                Kind::Info => None,
                _ => {
                    occupied = kind == Kind::Occupied;
                    Some(occupied)
                }
            };
            messages.push(Message { at_s, epoch, number, kind, occupied: says });
            (number, spoke_s) = (number + 1, at_s);
        }
        messages
    }

    /// What of it was stored.
    fn observations(&self) -> Vec<Observation> {
        let air = self.air.iter().cycle();
        let heard = self.messages().into_iter().zip(air).enumerate();
        heard.filter_map(|(n, (m, late_s))| Some(self.observation(n, &m, (*late_s)?))).collect()
    }

    fn observation(&self, n: usize, m: &Message, late_s: i64) -> Observation {
        let out = self.outage.filter(|(from_s, to_s)| (*from_s..*to_s).contains(&m.at_s));
        let received_at = second(out.map_or(m.at_s, |(_, to_s)| to_s) + late_s);
        let off_s = match self.clock {
            Clock::Off(off_s) => Some(off_s),
            Clock::SetRight(off_s, at) => Some(if n < at { off_s } else { 0 }),
            Clock::Absent | Clock::Network(_) => None,
        };
        let device_at = off_s.map(|off_s| second(m.at_s + off_s));
        let apart_s = match self.clock {
            Clock::Network(apart_s) => Some(apart_s),
            _ => None,
        };
        let dated_at = apart_s.map(|apart_s| second(m.at_s + apart_s));
        let time_source = match (dated_at, device_at) {
            (Some(_), _) => TimeSource::Network,
            (None, Some(_)) => TimeSource::Device,
            (None, None) => TimeSource::Received,
        };
        Observation {
            id: ReadingId {
                device: device(self.device),
                epoch: format!("e{}", m.epoch),
                number: m.number,
                part: 0,
            },
            observed_at: dated_at.or(device_at).unwrap_or(received_at),
            earliest_at: apart_s.filter(|s| *s > 30).map(|_| second(m.at_s - 5)),
            time_source,
            device_at,
            network_at: dated_at,
            received_at,
            kind: m.kind,
            occupied: m.occupied,
        }
    }
}

/// Lengths at which something may go wrong: within the merge gap, about the heartbeat, long.
fn length_s() -> impl Strategy<Value = i64> {
    prop_oneof![1_i64..180, 600_i64..2000, 1100_i64..1300, 2000_i64..20_000]
}

fn any_air() -> impl Strategy<Value = Vec<Option<i64>>> {
    let message = |heard: f64| prop::option::weighted(heard, 0_i64..20);
    (0.5_f64..1.0).prop_flat_map(move |heard| prop::collection::vec(message(heard), 40..80))
}

fn any_story(clock: impl Strategy<Value = Clock>) -> impl Strategy<Value = Story> {
    let outage = (0_i64..40_000, 0_i64..30_000).prop_map(|(from_s, s)| (from_s, from_s + s));
    (
        prop::collection::vec((length_s(), length_s()), 1..8),
        prop::collection::vec(1_i64..60_000, 0..3),
        any_air(),
        prop::option::of(outage),
        clock,
        any::<[bool; 4]>(),
    )
        .prop_map(|(stays, restarts, air, outage, clock, start_up_knows)| {
            let mut story =
                Story { device: 1, stays, restarts, air, outage, clock, start_up_knows };
            let end_s = story.end_s();
            story.restarts.retain(|at_s| *at_s < end_s);
            story
        })
}

/// What of the span is charged.
fn charged(span: &Span) -> Vec<Interval> {
    let doubts: Vec<Interval> = span.doubts.iter().map(|d| d.interval).collect();
    span.billable().map(|whole| whole.without(&doubts)).unwrap_or_default()
}

/// How exactly the story can be known.
struct Slack {
    /// Departures may seem so much later.
    late_s: i64,
    /// Vacancies may seem so much shorter, and so be taken for flapping.
    gap_s: i64,
}

/// Everything charged lies within a true presence; vacancies shorter than the merge gap do not count.
/// A span charges for one vehicle, and a vehicle is charged in one span.
fn nothing_is_charged_of_an_empty_bay(story: &Story, slack: &Slack) -> Result<(), TestCaseError> {
    nothing_is_charged_by(&story.observations(), story, slack)
}

fn nothing_is_charged_by(
    observations: &[Observation],
    story: &Story,
    slack: &Slack,
) -> Result<(), TestCaseError> {
    let policy = Policy::default();
    let (_, spans) = fold(&policy, &Setup::default(), observations);
    let truth = vehicles(story, slack);
    for span in &spans {
        let charged_to = truth.iter().filter(|presence| shares(span, presence)).count();
        prop_assert!(charged_to <= 1, "{} of {:?} pay for {:?}", charged_to, truth, span);
    }
    // Who was away for nearly the merge gap may seem to have been away for longer.
    for presence in vehicles(story, &Slack { late_s: 0, gap_s: -slack.gap_s }) {
        let paid = spans.iter().filter(|span| shares(span, &presence)).count();
        prop_assert!(paid <= 1, "{} pays {} times: {:?}", part_text(presence), paid, spans);
    }
    for span in &spans {
        for part in charged(span) {
            let stolen: i64 = part.without(&truth).iter().map(|i| i.length_ms()).sum();
            prop_assert_eq!(stolen, 0, "{} of {:?} in {:?}", part_text(part), truth, span);
        }
    }
    Ok(())
}

/// The true presences; who is away for less than the merge gap has not left.
fn vehicles(story: &Story, slack: &Slack) -> Vec<Interval> {
    let mut truth: Vec<Interval> = Vec::new();
    for (arrived_s, left_s) in story.presences() {
        let mut arrived_at = second(arrived_s);
        if let Some(last) = truth.last().copied()
            && arrived_at.since_ms(last.end_at())
                < Policy::default().merge_gap_ms + slack.gap_s * 1000
        {
            truth.pop();
            arrived_at = last.start_at();
        }
        truth.extend(Interval::new(arrived_at, second(left_s + slack.late_s)));
    }
    truth
}

/// Whether something of the presence is charged in the span.
fn shares(span: &Span, presence: &Interval) -> bool {
    let shared = |part: Interval| part.overlap(*presence).is_some_and(|both| !both.is_empty());
    charged(span).into_iter().any(shared)
}

fn part_text(part: Interval) -> String {
    format!("{}..{}", part.start_at(), part.end_at())
}

proptest! {
    #[test]
    fn with_a_right_clock_nothing_is_charged_of_an_empty_bay(
        story in any_story(Just(Clock::Off(0)))
    ) {
        nothing_is_charged_of_an_empty_bay(&story, &Slack { late_s: 0, gap_s: 0 })?;
    }

    #[test]
    fn with_a_wrong_clock_nothing_is_charged_of_an_empty_bay(
        story in any_story(prop_oneof![
            (3600_i64 * 2..LATEST_S).prop_map(|s| Clock::Off(-s)),
            (3600_i64..LATEST_S).prop_map(Clock::Off),
            Just(Clock::Off(-50 * 365 * 86_400)),
            ((7200_i64..LATEST_S), 0_usize..20).prop_map(|(s, at)| Clock::SetRight(-s, at)),
            ((3600_i64..LATEST_S), 0_usize..20).prop_map(|(s, at)| Clock::SetRight(s, at)),
        ])
    ) {
        // A clock that is set while its messages wait or are lost leaves no trace of what it was;
        // nor can it be told that one is ahead by as much as everything from it came late.
        let story = match story.clock {
            Clock::SetRight(..) => {
                let air = story.air.iter().map(|late_s| Some(late_s.unwrap_or(0))).collect();
                Story { outage: None, air, ..story }
            }
            Clock::Off(1..) => Story { outage: None, ..story },
            _ => story,
        };
        // Offsets are known to a minute and the delay of a message.
        nothing_is_charged_of_an_empty_bay(&story, &Slack { late_s: 0, gap_s: 80 })?;
    }

    #[test]
    fn without_a_clock_nothing_is_charged_of_an_empty_bay_but_the_delay_of_a_message(
        story in any_story(Just(Clock::Absent))
    ) {
        let story = Story { outage: None, ..story };
        nothing_is_charged_of_an_empty_bay(&story, &Slack { late_s: 20, gap_s: 20 })?;
    }

    #[test]
    fn by_the_networks_date_nothing_is_charged_of_an_empty_bay(
        story in any_story(prop_oneof![Just(0_i64), 31_i64..600].prop_map(Clock::Network))
    ) {
        let story = Story { outage: None, ..story };
        let apart_s = match story.clock {
            Clock::Network(apart_s) => apart_s,
            _ => 0,
        };
        nothing_is_charged_of_an_empty_bay(&story, &Slack { late_s: 0, gap_s: apart_s + 5 })?;
    }

    #[test]
    fn with_two_devices_nothing_is_charged_of_an_empty_bay(
        story in any_story(Just(Clock::Off(0))),
        other in any_story(Just(Clock::Off(0))),
    ) {
        let end_s = story.end_s();
        let restarts = other.restarts.iter().copied().filter(|at_s| *at_s < end_s).collect();
        let other = Story { device: 2, stays: story.stays.clone(), restarts, ..other };
        let mut observations = story.observations();
        observations.extend(other.observations());
        nothing_is_charged_by(&observations, &story, &Slack { late_s: 0, gap_s: 0 })?;
    }

    /// Nothing lost, nothing late: everything is charged, to the second.
    #[test]
    fn without_faults_everything_is_charged(story in any_story(Just(Clock::Off(0)))) {
        let policy = Policy::default();
        // A vacancy of less than two minutes may be one more flap of a sensor that flaps.
        let apart = |(vacant_s, s): (i64, i64)| {
            (if (60..120).contains(&vacant_s) { vacant_s + 60 } else { vacant_s }, s)
        };
        let stays = story.stays.into_iter().map(apart).collect();
        let (restarts, air) = (Vec::new(), vec![Some(0)]);
        let story = Story { stays, restarts, outage: None, air, ..story };
        let (_, spans) = fold(&policy, &Setup::default(), &story.observations());
        let mut truth: Vec<(i64, i64)> = Vec::new();
        for (arrived_s, left_s) in story.presences() {
            match truth.last_mut() {
                Some(last) if (arrived_s - last.1) * 1000 < policy.merge_gap_ms => last.1 = left_s,
                _ => truth.push((arrived_s, left_s)),
            }
        }
        truth.retain(|(arrived_s, left_s)| (left_s - arrived_s) * 1000 >= policy.minimum_stay_ms);
        let got: Vec<(i64, i64)> = spans
            .iter()
            .flat_map(charged)
            .map(|i| (i.start_at().ms() / 1000, i.end_at().ms() / 1000))
            .collect();
        prop_assert_eq!(got, truth);
    }
}
