//! `GET /v3/certificates`: the platform's certificates, sealed with the merchant's APIv3 key; and
//! `POST /sandbox/certificates`, which lets them change.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::error::ErrorStack;
use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::sign::seal;
use crate::app::App;
use crate::clock::beijing;
use crate::keys::certificates::{Certificates, Certified};

/// What the tester does with the certificates.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    /// A new one is published; the old one signs.
    Publish,
    /// The newest one signs.
    Sign,
    /// Those before it are withdrawn.
    Withdraw,
    /// Notifications are signed with a certificate from now on.
    NoticesByCertificate,
    /// They are signed with the platform's public key's partner again.
    NoticesByPublicKey,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    step: Step,
}

pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<Value>, Refusal> {
    app.blocking(|app| {
        let published = app.memory().certificates.published().to_vec();
        let sealed: Result<Vec<Value>, ErrorStack> =
            published.iter().map(|one| sealed(app, one)).collect();
        Ok(Json(json!({"data": sealed?})))
    })
    .await
    .map_err(|error: ErrorStack| Refusal::System(error.to_string()))
}

pub(super) async fn change(
    State(app): State<Arc<App>>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let change: Change =
        serde_json::from_slice(&body).map_err(|error| Refusal::Malformed(error.to_string()))?;
    app.blocking(move |app| {
        let machine_ms = app.now().machine_ms;
        let certificates = &mut app.memory().certificates;
        let done = match change.step {
            Step::Publish => certificates.publish(machine_ms),
            Step::Sign => certificates.sign_with_newest(),
            Step::Withdraw => certificates.withdraw_old(),
            Step::NoticesByCertificate => {
                certificates.for_notices = true;
                Ok(())
            }
            Step::NoticesByPublicKey => {
                certificates.for_notices = false;
                Ok(())
            }
        };
        done.map_err(|error| Refusal::System(format!("{error:#}")))?;
        Ok(Json(shown(certificates)))
    })
    .await
}

fn shown(certificates: &Certificates) -> Value {
    let published: Vec<String> = certificates.published().iter().map(Certified::serial).collect();
    json!({"published": published, "signing": certificates.signing().serial()})
}

fn sealed(app: &App, one: &Certified) -> Result<Value, ErrorStack> {
    let pem = one.certificate.to_pem()?;
    Ok(json!({
        "serial_no": one.serial(),
        "effective_time": beijing(unix_ms(one.certificate.not_before())?),
        "expire_time": beijing(unix_ms(one.certificate.not_after())?),
        "encrypt_certificate": seal(&app.keys.merchant.apiv3_key, "certificate", &pem)?,
    }))
}

fn unix_ms(time: &Asn1TimeRef) -> Result<i64, ErrorStack> {
    let since = Asn1Time::from_unix(0)?.diff(time)?;
    Ok((i64::from(since.days) * 86_400 + i64::from(since.secs)) * 1000)
}
