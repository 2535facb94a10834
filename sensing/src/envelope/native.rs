//! Bowei's own messages, JSON or CBOR: one reading or a batch of them, numbered by the device.
//!
//! A reading's hash is over what it says, in one fixed form, so the same reading alone, in a batch,
//! or with its fields in another order is the same. How well it was heard is not part of that: a
//! reading sent again was heard again. Unknown fields are ignored.

mod cbor;
mod signed;

use serde::Serialize;
use serde_json::Map;
use vocabulary::{DeviceId, Timestamp};

use super::fields::{Fields, bad, missing};
use super::{Refused, hash, is_plausible};
use crate::json::Json;
use crate::read::BATCH_LIMIT;
use crate::reading::{DeviceProfile, Kind, RESET_CAUSES, Reading, ReadingId, Report, TimeSource};
use crate::reject::Reject;

/// Most flags in one reading.
const FLAGS_LIMIT: usize = 16;

/// What the hash is taken over.
#[derive(Serialize)]
struct Said<'a> {
    at_ms: Option<i64>,
    report: &'a Report,
}

/// Whether a text can be a native device's id: 1 to 64 letters, digits, `_`, `.`, `:`, `-`.
pub(crate) fn is_device_id(text: &str) -> bool {
    is_word(text, 64, b"_.:-")
}

/// What the bytes hold: CBOR where the first byte is that of a CBOR list, map or tag, else JSON.
/// No JSON text begins with such a byte.
pub(crate) fn parse(payload: &[u8]) -> Result<Json<'_>, Refused> {
    match payload.first() {
        None => Err(Refused::new(Reject::NoPayload, "the message is empty")),
        Some(0x80..=0xdf) => cbor::parse(payload),
        Some(_) => Json::parse(payload)
            .map_err(|error| Refused::new(Reject::MalformedJson, error.to_string())),
    }
}

/// Reads a message that came on this topic, signed or not.
pub(crate) fn read(
    message: &Json<'_>,
    topic: &str,
    profile: &DeviceProfile,
    received_at: Timestamp,
) -> Result<Vec<Reading>, Refused> {
    match signed::open(message, topic, profile.mac_key.as_ref())? {
        Some(inner) => readings(&parse(&inner)?, profile.device, received_at),
        None => readings(message, profile.device, received_at),
    }
}

/// Reads an object or a list of objects.
fn readings(
    message: &Json<'_>,
    device: DeviceId,
    received_at: Timestamp,
) -> Result<Vec<Reading>, Refused> {
    let Json::List(batch) = message else {
        return Ok(vec![read_one(message, device, received_at)?]);
    };
    if batch.is_empty() {
        return Err(Refused::new(Reject::NoPayload, "the batch is empty"));
    }
    if batch.len() > BATCH_LIMIT {
        let detail = format!("{} readings; at most {BATCH_LIMIT} are read", batch.len());
        return Err(Refused::new(Reject::BatchTooLarge, detail));
    }
    let readings = batch.iter().enumerate();
    readings
        .map(|(i, one)| {
            read_one(one, device, received_at)
                .map_err(|why| Refused::new(why.reason, format!("reading {i}: {}", why.detail)))
        })
        .collect()
}

fn read_one(one: &Json<'_>, device: DeviceId, received_at: Timestamp) -> Result<Reading, Refused> {
    let fields = Fields::of(one)?;
    let epoch = fields.text("boot_id")?.ok_or_else(|| missing("boot_id"))?;
    if !is_word(epoch, 32, b"_-") {
        return Err(bad("boot_id", "1 to 32 letters, digits, _ or -"));
    }
    let number = fields.count("seq", i64::MAX)?.ok_or_else(|| missing("seq"))?;
    let report = report(fields)?;
    let device_at = fields.instant("at")?;
    let (observed_at, time_source) = match device_at.filter(|at| is_plausible(*at, received_at)) {
        Some(at) => (at, TimeSource::Device),
        None => (received_at, TimeSource::Received),
    };
    let rssi_dbm = fields.number("rssi_dbm", -200.0, 50.0)?;
    Ok(Reading {
        id: ReadingId { device, epoch: epoch.to_owned(), number, part: 0 },
        payload_hash: hash_of(device_at, &report)?,
        observed_at,
        earliest_at: None,
        time_source,
        device_at,
        network_at: None,
        received_at,
        rssi_dbm: rssi_dbm.map(super::fields::whole),
        snr_db: None,
        report,
    })
}

fn report(fields: Fields<'_>) -> Result<Report, Refused> {
    let kind = fields.text("kind")?.ok_or_else(|| missing("kind"))?;
    let kind = Kind::from_name(kind)
        .filter(|kind| *kind != Kind::Info)
        .ok_or_else(|| bad("kind", "one of occupied, vacant, heartbeat, start_up, fault"))?;
    let battery_pct = fields.count("battery_pct", 100)?;
    let battery_mv = fields.count("battery_mv", u32::MAX.into())?;
    let reset_cause = fields.text("reset_cause")?;
    if reset_cause.is_some_and(|cause| !RESET_CAUSES.contains(&cause)) {
        return Err(bad("reset_cause", &format!("one of {}", RESET_CAUSES.join(", "))));
    }
    let firmware = fields.text("firmware")?;
    if firmware.is_some_and(|firmware| !is_word(firmware, 32, b"_.+-")) {
        return Err(bad("firmware", "1 to 32 letters, digits, _, ., + or -"));
    }
    Ok(Report {
        kind,
        occupied: occupied(kind, fields.boolean("occupied")?)?,
        battery_pct: battery_pct.and_then(|pct| u8::try_from(pct).ok()),
        battery_mv: battery_mv.and_then(|mv| u32::try_from(mv).ok()),
        temperature_c: fields.number("temperature_c", -100.0, 200.0)?,
        firmware: firmware.map(str::to_owned),
        reset_cause: reset_cause.map(str::to_owned),
        flags: flags(fields)?,
        extra: Map::new(),
    })
}

/// A change says by its kind what the bay is; a heartbeat must say it.
fn occupied(kind: Kind, said: Option<bool>) -> Result<Option<bool>, Refused> {
    match (kind, said) {
        (Kind::Occupied, Some(false)) => Err(bad("occupied", "true, as the kind says")),
        (Kind::Vacant, Some(true)) => Err(bad("occupied", "false, as the kind says")),
        (Kind::Heartbeat, None) => Err(missing("occupied")),
        (Kind::Occupied, _) => Ok(Some(true)),
        (Kind::Vacant, _) => Ok(Some(false)),
        (_, said) => Ok(said),
    }
}

fn flags(fields: Fields<'_>) -> Result<Vec<String>, Refused> {
    let list = fields.list("flags")?;
    if list.len() > FLAGS_LIMIT {
        return Err(bad("flags", &format!("a list of at most {FLAGS_LIMIT}")));
    }
    let words = list.iter().map(|flag| match flag.as_str() {
        Some(word) if is_word(word, 32, b"_") && word == word.to_ascii_lowercase() => {
            Ok(word.to_owned())
        }
        _ => Err(bad("flags", "a list of words in snake_case")),
    });
    words.collect()
}

fn hash_of(at: Option<Timestamp>, report: &Report) -> Result<[u8; 32], Refused> {
    let said = Said { at_ms: at.map(Timestamp::ms), report };
    let canonical = serde_json::to_vec(&said)
        .map_err(|error| Refused::new(Reject::BadField, error.to_string()))?;
    Ok(hash(&[&canonical]))
}

fn is_word(text: &str, longest: usize, others: &[u8]) -> bool {
    (1..=longest).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || others.contains(&b))
}
