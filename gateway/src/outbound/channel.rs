//! A way that money takes: how it is asked for, what became of it, how it goes back.
//!
//! Three implementations: WeChat Pay, where a provider answers; cash, where a person has done or will do it,
//! and prepaid balances: there the answer stands in our own tables. Reached from jobs only. Every call may be repeated with
//! the same parameters: it asks for one payment and one refund, whatever was lost on the way.

use std::pin::Pin;

use anyhow::Result;
use billing::payment::TradeState;
use billing::refund::{RefundStatus, Way};
use vocabulary::{Fen, Timestamp};

/// What a channel will answer.
pub(crate) type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// The channel understood and refused; `code` is its own. Asking again changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayRefusal {
    pub code: String,
}

/// By which door of a channel a payment is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// Inside WeChat, by this payer.
    Jsapi { openid: String },
    /// Whoever scans the code.
    Native,
    /// From a browser at this address.
    H5 { client_ip: String },
}

/// What has to be paid.
#[derive(Debug)]
pub(crate) struct Demand<'a> {
    pub(crate) out_trade_no: &'a str,
    pub(crate) description: &'a str,
    pub(crate) amount: Fen,
    pub(crate) door: &'a Door,
    /// City time.
    pub(crate) expires_at_ms: i64,
}

/// What has to go back.
#[derive(Debug)]
pub(crate) struct RefundDemand<'a> {
    pub(crate) out_refund_no: &'a str,
    pub(crate) transaction_id: &'a str,
    pub(crate) amount: Fen,
    /// What was paid.
    pub(crate) total: Fen,
    /// As the payer reads it.
    pub(crate) reason: &'a str,
}

/// How a channel's word came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// It reported by itself: a hint, which a question confirms where it does not fit.
    Reported,
    /// It answered our question: its last word.
    Answered,
}

/// A channel's verified word about one payment.
#[derive(Clone, Debug)]
pub struct ProviderWord {
    pub said: Said,
    pub out_trade_no: String,
    pub trade_state: TradeState,
    pub transaction_id: Option<String>,
    pub amount: Fen,
    /// City time.
    pub success_at: Option<Timestamp>,
}

/// A channel's verified word about one refund.
#[derive(Clone, Debug)]
pub struct RefundWord {
    pub out_refund_no: String,
    /// The channel's number.
    pub refund_id: Option<String>,
    pub status: RefundStatus,
    pub amount: Fen,
    /// City time.
    pub success_at: Option<Timestamp>,
}

/// What a channel reports by itself.
#[derive(Clone, Debug)]
pub enum Report {
    Payment(ProviderWord),
    Refund(RefundWord),
    /// Of a kind that nobody here asked for.
    Other,
}

/// One way that money takes.
pub(crate) trait Channel: Send + Sync {
    /// The name in stored rows and interfaces.
    fn name(&self) -> &'static str;

    /// Whether refunds go back by themselves.
    fn way(&self) -> Way;

    /// Makes a payment ready; the same demand again gives a fresh handle for the payer.
    fn prepare<'a>(
        &'a self,
        demand: &'a Demand<'a>,
        now_ms: i64,
    ) -> Answer<'a, Result<String, PayRefusal>>;

    /// Asks what became of a payment; `None` if the channel never heard of it.
    fn ask<'a>(&'a self, out_trade_no: &'a str, now_ms: i64) -> Answer<'a, Option<ProviderWord>>;

    /// Closes a payment that nobody made in time.
    fn close<'a>(
        &'a self,
        out_trade_no: &'a str,
        now_ms: i64,
    ) -> Answer<'a, Result<(), PayRefusal>>;

    /// Hands a refund in.
    fn give_back<'a>(
        &'a self,
        demand: &'a RefundDemand<'a>,
        now_ms: i64,
    ) -> Answer<'a, Result<RefundWord, PayRefusal>>;

    /// Asks what became of a refund; `None` if the channel never heard of it.
    fn ask_refund<'a>(
        &'a self,
        out_refund_no: &'a str,
        now_ms: i64,
    ) -> Answer<'a, Option<RefundWord>>;
}
