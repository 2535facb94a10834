//! Why a message gives no readings. Every refusal has a stable code and says what was wrong.

use crate::reading::Network;

/// The reason for a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reject {
    /// The topic belongs to no network that is known.
    UnknownTopic,
    /// Longer than `PAYLOAD_LIMIT`.
    PayloadTooLarge,
    /// More readings than `BATCH_LIMIT` in one message.
    BatchTooLarge,
    /// Not JSON.
    MalformedJson,
    /// Not CBOR, or not one item of it.
    MalformedCbor,
    /// The device is known to sign, and this is not signed.
    MissingMac,
    /// The signature is not that of this device's key.
    BadMac,
    /// A field that must be there is not.
    MissingField,
    /// A field holds something that it cannot hold.
    BadField,
    /// A message of the network about something that is not the device's business with us.
    NotAnUplink,
    /// A test uplink that nobody's sensor sent; it was understood.
    Simulated,
    /// A message, or a batch, with nothing in it.
    NoPayload,
    /// Observed more than `OLDEST_MS` before it came.
    TooOld,
    /// No device of that key is registered.
    UnknownDevice,
    /// The device is registered with a type that no codec knows.
    UnknownDeviceType,
    /// The codec knows no such port, command or channel.
    UnknownFrame,
    /// The port is known, the bytes do not fit its layout.
    BadFrame,
}

/// A message that gave no readings, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {detail}", reason.code())]
pub struct Rejected {
    pub reason: Reject,
    pub network: Option<Network>,
    /// The key of the device, as far as the message told it.
    pub device_key: Option<String>,
    /// For people, in English; may change.
    pub detail: String,
}

impl Reject {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Reject::UnknownTopic => "unknown_topic",
            Reject::PayloadTooLarge => "payload_too_large",
            Reject::BatchTooLarge => "batch_too_large",
            Reject::MalformedJson => "malformed_json",
            Reject::MalformedCbor => "malformed_cbor",
            Reject::MissingMac => "missing_mac",
            Reject::BadMac => "bad_mac",
            Reject::MissingField => "missing_field",
            Reject::BadField => "bad_field",
            Reject::NotAnUplink => "not_an_uplink",
            Reject::Simulated => "simulated",
            Reject::NoPayload => "no_payload",
            Reject::TooOld => "too_old",
            Reject::UnknownDevice => "unknown_device",
            Reject::UnknownDeviceType => "unknown_device_type",
            Reject::UnknownFrame => "unknown_frame",
            Reject::BadFrame => "bad_frame",
        }
    }
}
