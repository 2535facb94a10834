//! The same street behind radio gateways whose clocks are wrong, and a server that tells no time: from the
//! messages as ChirpStack hands them on to what is charged.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use sensing::{Heard, Kind, Observation, read_message};
use serde_json::json;

use super::{Clock, Message, Slack, Story, any_story, nothing_is_charged_by};
use crate::world::{everybody_is, second};

/// The morning on which the story begins: real clocks do not count from 1970.
const BEGIN_S: i64 = 1_789_430_400;

/// What a gateway's clock is off by, in seconds: right, a minute, hours, days, years.
fn any_clock() -> impl Strategy<Value = i64> {
    let years = 50 * 365 * 86_400;
    prop_oneof![
        4 => Just(0_i64),
        1 => 60_i64..280,
        1 => 320_i64..90_000,
        1 => Just(years),
        1 => -90_000_i64..-60,
        1 => -30 * 86_400_i64..-9 * 86_400,
        1 => Just(-years),
    ]
}

/// The frame of a Milesight VS34x.
fn frame(message: &Message) -> Vec<u8> {
    let head: &[u8] = match message.kind {
        Kind::Heartbeat | Kind::Info => &[0x01, 0x75, 0x64],
        Kind::StartUp => &[0xff, 0x0b, 0xff],
        _ => &[],
    };
    let state = message.occupied.map(|occupied| [0x03, 0x00, u8::from(occupied)]);
    head.iter().copied().chain(state.into_iter().flatten()).collect()
}

/// The message as it was heard by a gateway whose clock is off, and came so late; put back into the story's
/// own time.
fn heard(message: &Message, off_s: i64, late_s: i64) -> Observation {
    let eui = "24e124000000cafe";
    let at = second(BEGIN_S + message.at_s + off_s);
    let payload = json!({
        "time": at, "deviceInfo": {"devEui": eui}, "devAddr": format!("{:08x}", message.epoch),
        "fCnt": message.number, "fPort": 85, "data": STANDARD.encode(frame(message)),
        "rxInfo": [{"rssi": -90}],
    });
    let topic = format!("application/1/device/{eui}/event/up");
    let came = second(BEGIN_S + message.at_s + late_s);
    let find = everybody_is("milesight-vs34x");
    let heard = read_message(&topic, payload.to_string().as_bytes(), came, &find);
    let [reading] = heard.map(Heard::readings).expect("a good frame").try_into().expect("one");
    let mut o = Observation::of(&reading);
    for time in [&mut o.observed_at, &mut o.received_at] {
        *time = time.plus_ms(-BEGIN_S * 1000);
    }
    for time in [&mut o.earliest_at, &mut o.network_at].into_iter().flatten() {
        *time = time.plus_ms(-BEGIN_S * 1000);
    }
    o
}

proptest! {
    #[test]
    fn by_the_clocks_of_gateways_nothing_is_charged_of_an_empty_bay(
        story in any_story(Just(Clock::Absent)),
        clocks in prop::collection::vec(any_clock(), 1..30),
    ) {
        let story = Story { outage: None, ..story };
        let messages = story.messages().into_iter().zip(story.air.iter().cycle());
        let observations: Vec<Observation> = messages
            .zip(clocks.iter().cycle())
            .filter_map(|((m, late_s), off_s)| Some(heard(&m, *off_s, (*late_s)?)))
            .collect();
        // Where no clock tells, a departure may seem later by the delay of its message.
        nothing_is_charged_by(&observations, &story, &Slack { late_s: 20, gap_s: 80 })?;
    }
}
