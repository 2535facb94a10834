//! The outside services: WeChat Pay, WeChat login, the tax platform, the treasury's, a mail server; and cash and
//! prepaid balances, which are channels like WeChat Pay.
//!
//! Reached only from jobs, so that a failed call is repeated and nothing is lost; the one exception
//! is the sign-in, where the driver waits for the answer and nothing is stored before it.

mod balance;
mod cash;
mod channel;
mod credentials;
mod finance;
pub(crate) mod issuer;
mod mail;
mod notice;
mod paid_here;
mod signed;
mod tax;
mod wechat_login;
mod wechat_pay;
mod wechat_signature;
mod wechat_trust;

use std::time::Duration;

pub use balance::Balance;
pub use cash::Cash;
pub(crate) use channel::{Channel, Demand, Door, RefundDemand};
pub use channel::{PayRefusal, ProviderWord, RefundWord, Report, Said};
pub use finance::FinancePlatform;
pub use mail::Mailer;
pub(crate) use mail::{Attachment, Letter, mail_address};
pub use notice::{Announced, LogChannel, NoticeChannel, Outbox};
pub use tax::TaxPlatform;
pub use wechat_login::WechatLogin;
pub(crate) use wechat_pay::{Fee, ParkingState, Vehicle};
pub use wechat_pay::{PayParams, TradeBill, WechatPay};

/// How long an outside service may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

fn client() -> anyhow::Result<reqwest::Client> {
    Ok(reqwest::Client::builder().timeout(ANSWER_WITHIN).user_agent("bowei-gateway").build()?)
}
