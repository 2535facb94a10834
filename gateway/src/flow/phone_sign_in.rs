//! Signing in by a code sent to a phone: for drivers in a browser, where no WeChat answers for them.
//!
//! A code is six digits, holds five minutes, works once, and is dead after five wrong tries; a number gets one
//! a minute. Without a provider of text messages there is none but the sandbox's, which is shown instead of
//! sent. Machine time.

use rand::Rng;
use sha2::{Digest, Sha256};
use store::{Lane, PhoneCodeRow};
use uuid::Uuid;

use super::sign_in::{Session, open_driver_session};
use super::{Outcome, Refusal};
use crate::app::App;

const CODE_VALID_MS: i64 = 5 * 60_000;
/// A number gets a new code after this.
const AGAIN_MS: i64 = 60_000;
const TRIES: i64 = 5;

/// What the account of a phone is kept under, where WeChat's accounts have their openid. No openid has a colon.
const PHONE: &str = "phone:";

/// A code on its way.
#[derive(Debug)]
pub struct SentCode {
    pub expires_at_ms: i64,
    /// When the number gets another one.
    pub again_at_ms: i64,
    /// The code itself: in a sandbox only, where no message is sent.
    pub sandbox_code: Option<String>,
}

/// Whether an account's openid is a phone and none of WeChat's.
#[must_use]
pub fn is_phone(openid: &str) -> bool {
    openid.starts_with(PHONE)
}

/// Sends a code to a number.
///
/// # Errors
/// `phone_codes_unavailable` without a way to send one, `phone_malformed`, `phone_code_too_often`.
pub async fn send_code(app: &App, typed: &str) -> Outcome<SentCode> {
    if !app.config.wechat.sandbox {
        let detail = "no provider of text messages is set up: sign in through WeChat";
        return Err(Refusal::refused("phone_codes_unavailable", detail));
    }
    let phone = phone(typed)?;
    let now = app.clock.machine_now_ms();
    let mut tx = app.store.begin(Lane::Command).await?;
    if let Some(earlier) = tx.phone_code(&phone).await? {
        let after_ms = earlier.asked_at + AGAIN_MS - now;
        if after_ms > 0 {
            return Err(Refusal::TooOften { code: "phone_code_too_often", after_ms });
        }
    }
    let code = format!("{:06}", rand::rng().random_range(0..1_000_000_u32));
    let (asked_at, expires_at) = (now, now + CODE_VALID_MS);
    let row = PhoneCodeRow { code_hash: hash(&phone, &code), asked_at, expires_at, tries: 0 };
    tx.put_phone_code(&phone, &row).await?;
    tx.commit().await?;
    Ok(SentCode {
        expires_at_ms: expires_at,
        again_at_ms: now + AGAIN_MS,
        sandbox_code: Some(code),
    })
}

/// Signs a driver in by the code that their phone got. Wrong tries are counted even though nothing else happens.
///
/// # Errors
/// `phone_malformed`; `phone_code_wrong` for a code that is wrong, expired, used, or tried too often.
pub async fn sign_in_by_phone(app: &App, typed: &str, code: &str) -> Outcome<Session> {
    let phone = phone(typed)?;
    let mut tx = app.store.begin(Lane::Command).await?;
    let sent = tx.phone_code(&phone).await?;
    let holds = |row: &PhoneCodeRow| {
        row.expires_at > app.clock.machine_now_ms()
            && row.tries < TRIES
            && row.code_hash == hash(&phone, code.trim())
    };
    if !sent.as_ref().is_some_and(holds) {
        tx.count_phone_try(&phone).await?;
        tx.commit().await?;
        let detail = "the code is wrong or does not hold any more".to_owned();
        return Err(Refusal::Unknown { code: "phone_code_wrong", detail });
    }
    tx.drop_phone_code(&phone).await?;
    let (name, now) = (format!("{PHONE}{phone}"), app.clock.city_now().ms());
    let account = tx.put_account(Uuid::now_v7(), &name, now).await?;
    let session = open_driver_session(app, &mut tx, account).await?;
    tx.commit().await?;
    Ok(session)
}

/// A mainland number in normal form.
pub(crate) fn phone(typed: &str) -> Outcome<String> {
    let text: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let digits = text.strip_prefix("+86").unwrap_or(&text);
    if digits.len() == 11
        && digits.starts_with('1')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Ok(digits.to_owned());
    }
    Err(Refusal::refused("phone_malformed", "a number has 11 digits and begins with 1"))
}

fn hash(phone: &str, code: &str) -> Vec<u8> {
    Sha256::digest(format!("{phone}/{code}").as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_in_its_usual_forms() {
        for (typed, expected) in [
            ("138 1234-5678", Some("13812345678")),
            ("+8613812345678", Some("13812345678")),
            ("23812345678", None),
            ("1381234567", None),
            ("138123456789", None),
            ("", None),
        ] {
            assert_eq!(phone(typed).ok().as_deref(), expected, "{typed}");
        }
    }

    #[test]
    fn an_account_of_a_phone_is_told_from_one_of_wechat() {
        assert!(is_phone("phone:13812345678"));
        assert!(!is_phone("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"));
    }
}
