//! The same messages as CBOR (RFC 8949): the same fields with the same meaning, turned into what
//! the JSON would have been.
//!
//! `at` may be a text as in JSON, a text with tag 0, seconds since 1970 with tag 1 (whole or with
//! decimals), or a plain whole number of milliseconds since 1970. `signed` and `mac` may be byte
//! strings. Nothing is allocated by a length that the sender only claims.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ciborium::Value as Cbor;
use vocabulary::Timestamp;

use crate::envelope::Refused;
use crate::envelope::fields::bad;
use crate::json::Json;
use crate::reject::Reject;

/// Deepest nesting; a batch of readings with flags has 3, tags count.
const DEPTH: usize = 16;

/// "What follows is CBOR" (RFC 8949, 3.4.6).
const SELF_DESCRIBED: u64 = 55_799;

pub(super) fn parse(payload: &[u8]) -> Result<Json<'static>, Refused> {
    let malformed = |detail: String| Refused::new(Reject::MalformedCbor, detail);
    let mut rest = payload;
    let item: Cbor = ciborium::de::from_reader_with_recursion_limit(&mut rest, DEPTH)
        .map_err(|error| malformed(error.to_string()))?;
    if !rest.is_empty() {
        return Err(malformed(format!("{} bytes after the item", rest.len())));
    }
    match item {
        Cbor::Tag(SELF_DESCRIBED, item) => json(*item, "the message"),
        item => json(item, "the message"),
    }
}

/// `field` is the name under which the item stands.
fn json(item: Cbor, field: &str) -> Result<Json<'static>, Refused> {
    match item {
        Cbor::Null => Ok(Json::Null),
        Cbor::Bool(it) => Ok(Json::Bool(it)),
        Cbor::Text(text) => Ok(Json::Text(text.into())),
        Cbor::Integer(number) if field == "at" => instant_ms(i128::from(number)),
        Cbor::Integer(number) => integer(i128::from(number), field),
        Cbor::Float(number) => {
            let number = Some(number).filter(|number| number.is_finite());
            number.map(Json::Decimal).ok_or_else(|| bad(field, "a finite number"))
        }
        Cbor::Bytes(bytes) if field == "signed" => Ok(Json::Text(STANDARD.encode(bytes).into())),
        Cbor::Bytes(bytes) if field == "mac" => Ok(Json::Text(hex::encode(bytes).into())),
        Cbor::Tag(0, inner) if field == "at" => match *inner {
            Cbor::Text(text) => Ok(Json::Text(text.into())),
            _ => Err(bad(field, "a text under its tag 0")),
        },
        Cbor::Tag(1, inner) if field == "at" => instant_s(&inner),
        Cbor::Array(items) => items
            .into_iter()
            .map(|item| json(item, field))
            .collect::<Result<Vec<_>, _>>()
            .map(Json::List),
        Cbor::Map(entries) => object(entries, field),
        _ => Err(bad(field, "of a kind that JSON has")),
    }
}

fn object(entries: Vec<(Cbor, Cbor)>, field: &str) -> Result<Json<'static>, Refused> {
    let mut object = Vec::new();
    for (name, item) in entries {
        let Cbor::Text(name) = name else { return Err(bad(field, "a map with texts as keys")) };
        let value = json(item, &name)?;
        object.push((name.into(), value));
    }
    Ok(Json::Object(object))
}

fn integer(number: i128, field: &str) -> Result<Json<'static>, Refused> {
    let fits =
        i64::try_from(number).map(Json::Whole).or_else(|_| u64::try_from(number).map(Json::Large));
    fits.map_err(|_| bad(field, "a number of 64 bits"))
}

fn instant_s(seconds: &Cbor) -> Result<Json<'static>, Refused> {
    match seconds {
        Cbor::Integer(seconds) => instant_ms(i128::from(*seconds).saturating_mul(1000)),
        Cbor::Float(seconds) if seconds.abs() < 1e12 => instant_ms(whole_ms(*seconds)),
        _ => Err(bad("at", "a number under its tag 1")),
    }
}

/// What is finer than a millisecond is cut off, as in a text.
#[expect(clippy::cast_possible_truncation, reason = "the caller keeps it within 1e12 s")]
fn whole_ms(seconds: f64) -> i128 {
    // Half a microsecond makes up for what a double cannot hold of a decimal fraction.
    (seconds * 1000.0 + 0.0005).floor() as i128
}

fn instant_ms(ms: i128) -> Result<Json<'static>, Refused> {
    let at = i64::try_from(ms).ok().map(Timestamp::from_ms).filter(|at| i128::from(at.ms()) == ms);
    at.map(|at| Json::Text(at.to_string().into()))
        .ok_or_else(|| bad("at", "an instant from 1900 to 9999"))
}
