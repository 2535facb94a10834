//! Reading JSON objects field by field, with refusals that name the field.
//!
//! `null` is the same as absent.

use std::fmt::Display;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use vocabulary::Timestamp;

use super::{Radio, Refused};
use crate::json::Json;
use crate::reject::Reject;

/// An object and how to name it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    object: &'a Json<'a>,
}

impl<'a> Fields<'a> {
    /// The fields of the message itself.
    pub(super) fn of(value: &'a Json<'a>) -> Result<Self, Refused> {
        let object = Some(value).filter(|value| value.is_object());
        Ok(Fields { object: object.ok_or_else(|| bad("the message", "an object"))? })
    }

    fn get(self, name: &str) -> Option<&'a Json<'a>> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    fn typed<T>(
        self,
        name: &str,
        what: impl Display,
        read: impl Fn(&'a Json<'a>) -> Option<T>,
    ) -> Result<Option<T>, Refused> {
        let refused = || bad(name, &what.to_string());
        self.get(name).map(|value| read(value).ok_or_else(refused)).transpose()
    }

    pub(super) fn object(self, name: &str) -> Result<Option<Fields<'a>>, Refused> {
        self.typed(name, "an object", |v| v.is_object().then_some(Fields { object: v }))
    }

    pub(super) fn text(self, name: &str) -> Result<Option<&'a str>, Refused> {
        self.typed(name, "a text", Json::as_str)
    }

    pub(super) fn boolean(self, name: &str) -> Result<Option<bool>, Refused> {
        self.typed(name, "true or false", Json::as_bool)
    }

    pub(super) fn number(self, name: &str, from: f64, to: f64) -> Result<Option<f64>, Refused> {
        let what = format_args!("a number from {from} to {to}");
        self.typed(name, what, |v| v.as_f64().filter(|n| (from..=to).contains(n)))
    }

    /// A whole number from 0 to `most`.
    pub(super) fn count(self, name: &str, most: i64) -> Result<Option<i64>, Refused> {
        let what = format_args!("a whole number from 0 to {most}");
        self.typed(name, what, |v| v.as_i64().filter(|n| (0..=most).contains(n)))
    }

    pub(super) fn instant(self, name: &str) -> Result<Option<Timestamp>, Refused> {
        self.typed(name, "an RFC 3339 instant", |v| Timestamp::parse(v.as_str()?).ok())
    }

    /// A frame, base64 with padding, and its port, 1 to 255. An uplink without a frame (it carries
    /// commands of the network itself, or acknowledges one) has no bytes, and no port: 0.
    pub(super) fn frame(self, bytes: &str, port: &str) -> Result<(Vec<u8>, u8), Refused> {
        let content = self.typed(bytes, "base64", |v| STANDARD.decode(v.as_str()?).ok())?;
        let Some(content) = content.filter(|content| !content.is_empty()) else {
            return Ok((Vec::new(), 0));
        };
        let from = self.typed(port, "a port from 0 to 255", |v| u8::try_from(v.as_i64()?).ok())?;
        // Port 0 carries commands of the network itself, never a device's frame.
        from.filter(|from| *from > 0).map(|from| (content, from)).ok_or_else(|| missing(port))
    }

    /// `digits` hexadecimal digits, given in lower case.
    pub(super) fn hex(self, name: &str, digits: usize) -> Result<Option<String>, Refused> {
        self.typed(name, format_args!("{digits} hexadecimal digits"), |v| {
            v.as_str().filter(|text| is_hex(text, digits)).map(str::to_ascii_lowercase)
        })
    }

    pub(super) fn list(self, name: &str) -> Result<&'a [Json<'a>], Refused> {
        let list = self.typed(name, "a list", Json::as_list)?;
        Ok(list.unwrap_or_default())
    }
}

pub(super) fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| b.is_ascii_hexdigit())
}

pub(super) fn missing(name: &str) -> Refused {
    Refused::new(Reject::MissingField, format!("{name} is missing"))
}

pub(super) fn bad(name: &str, what: &str) -> Refused {
    Refused::new(Reject::BadField, format!("{name} is not {what}"))
}

/// The strongest of the gateways that heard a frame. What they report is for people who look after
/// the radio; nonsense in it is left out and refuses nothing.
pub(super) fn strongest(gateways: &[Json<'_>]) -> Radio {
    let number = |gateway: &Json<'_>, name: &str| {
        gateway.get(name).and_then(Json::as_f64).filter(|n| n.abs() <= 1000.0)
    };
    let heard = gateways.iter().filter_map(|g| Some((number(g, "rssi")?, g)));
    match heard.max_by(|(a, _), (b, _)| a.total_cmp(b)) {
        Some((rssi, gateway)) => {
            Radio { rssi_dbm: Some(whole(rssi)), snr_db: number(gateway, "snr") }
        }
        None => Radio::default(),
    }
}

/// A whole percentage of a number from 0 to 100.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
pub(super) fn percent(number: f64) -> u8 {
    number.round().clamp(0.0, 100.0) as u8
}

#[expect(clippy::cast_possible_truncation, reason = "the caller keeps it within 1000")]
pub(super) fn whole(number: f64) -> i32 {
    number.round() as i32
}
