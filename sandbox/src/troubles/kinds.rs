//! Each thing that can go wrong, by the names that the switches take.

use serde::{Deserialize, Serialize};

/// Notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NotifyTrouble {
    Normal,
    /// Not sent; each due attempt counts as failed.
    Off,
    /// Lost on the way for good: counted as taken, never sent.
    Lost,
    /// Sent first after `notify_late_ms`.
    Late,
    /// Those that are owed later are sent earlier.
    OutOfOrder,
    /// Every attempt is sent twice.
    Twice,
    /// A signature that does not hold, marked `WECHATPAY/SIGNTEST/` like WeChat Pay's own probes.
    WrongSignature,
    /// Such a probe goes before each right one.
    Probe,
    /// A signature of another text, without any mark.
    ForgedSignature,
    /// Rightly signed, ten minutes ago.
    StaleSignature,
    /// One fen more than was paid, rightly signed.
    WrongAmount,
    /// Of another merchant, rightly signed.
    WrongMerchant,
}

/// Answers of WeChat Pay, WeChat login and the tax platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HttpTrouble {
    Normal,
    /// 500 SYSTEM_ERROR, nothing done.
    Error500,
    /// 429 FREQUENCY_LIMITED, nothing done.
    FrequencyLimited,
    /// 500 SYSTEM_ERROR, although everything was done.
    AnswerLost,
    /// Everything done, and something in between answers 502 with nothing in it.
    BrokenOff,
    /// Done at once, answered after `slow_ms`.
    Slow,
    /// The signature of WeChat Pay's answers does not hold.
    WrongSignature,
    /// It holds, and is ten minutes old.
    StaleSignature,
}

/// Where answers are troubled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HttpOn {
    All,
    /// Placing, querying and closing orders.
    Orders,
    Refunds,
    Bills,
    /// Pay after parking.
    Parking,
    Certificates,
    /// The tax platform and the treasury's.
    Tax,
}

impl HttpOn {
    /// Whether a route is among them.
    pub(super) fn covers(self, path: &str) -> bool {
        let within = match self {
            HttpOn::All => "/",
            HttpOn::Tax => return path.starts_with("/tax/") || path.starts_with("/finance/"),
            HttpOn::Orders => "/v3/pay/",
            HttpOn::Refunds => "/v3/refund/",
            HttpOn::Bills => "/v3/bill",
            HttpOn::Parking => "/v3/vehicle/",
            HttpOn::Certificates => "/v3/certificates",
        };
        path.starts_with(within)
    }
}

/// The payer at the cashier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PayTrouble {
    Normal,
    /// The payer's bank refuses: PAYERROR.
    PayError,
    /// The payer stays at the password: USERPAYING.
    UserPaying,
}

/// What becomes of refunds asked for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefundTrouble {
    Normal,
    /// Taken, then ABNORMAL: the payer's account takes nothing.
    Abnormal,
    /// Taken, then CLOSED.
    Closed,
    /// Taken, then PROCESSING for ever.
    Stuck,
    /// Refused: the merchant's balance does not suffice.
    NotEnough,
    /// Refused for good: the payer's account is gone or blocked.
    AccountAbnormal,
}

/// The trade bill of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BillTrouble {
    Normal,
    /// Not made yet: STATEMENT_CREATING, whatever the hour.
    Late,
    /// The hash that is told is that of another text.
    WrongHash,
    /// The download breaks off in the middle.
    Truncated,
    /// The text itself ends before its summary; its hash is right.
    CutOff,
}

/// What becomes of fees for pay-after-parking accepted now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ParkingTrouble {
    Normal,
    /// Accepted, then PAY_FAIL.
    PayFail,
    /// Accepted for ever.
    Stuck,
    /// WeChat Pay advances the money (`bank_type` BPA), and the payer has not paid it back.
    Advanced,
}

/// What becomes of documents asked for now, at the tax platform and the treasury's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TaxTrouble {
    Normal,
    /// Accepted, then rejected with a reason.
    Reject,
    /// Accepted, then `issuing` for ever.
    Stuck,
    /// Issued with a number, and the signature fails for good.
    SignFailed,
    /// Issued, and its document comes only after `tax_late_ms`.
    DocumentLate,
    /// Made void at the platform, as paper is.
    Void,
}

/// The seller's login at the tax bureau.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TaxLogin {
    Ok,
    /// 403 LOGIN_LOST to everything, nothing done, until a person signs in again.
    Lost,
}

/// What becomes of confirmation forms for red invoices applied for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RedTrouble {
    Normal,
    /// The buyer has used the invoice and must confirm.
    Used,
    /// The buyer refuses.
    Refused,
}
