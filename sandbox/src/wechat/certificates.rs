//! `GET /v3/certificates`: the platform certificate, sealed with the merchant's APIv3 key.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::error::ErrorStack;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::sign::seal;
use crate::app::App;
use crate::clock::beijing;
use crate::keys::Platform;

pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<Value>, Refusal> {
    app.blocking(|app| sealed(app).map(Json))
        .await
        .map_err(|error| Refusal::System(error.to_string()))
}

/// The certificate's serial number as WeChat Pay writes it: upper-case hexadecimal.
pub(super) fn serial(platform: &Platform) -> String {
    let number = platform.certificate.serial_number().to_bn().and_then(|n| n.to_hex_str());
    number.expect("a certificate that was read has a serial number").to_string()
}

fn sealed(app: &App) -> Result<Value, ErrorStack> {
    let platform = &app.keys.platform;
    let pem = platform.certificate.to_pem()?;
    Ok(json!({"data": [{
        "serial_no": serial(platform),
        "effective_time": beijing(unix_ms(platform.certificate.not_before())?),
        "expire_time": beijing(unix_ms(platform.certificate.not_after())?),
        "encrypt_certificate": seal(&app.keys.merchant.apiv3_key, "certificate", &pem)?,
    }]}))
}

fn unix_ms(time: &Asn1TimeRef) -> Result<i64, ErrorStack> {
    let since = Asn1Time::from_unix(0)?.diff(time)?;
    Ok((i64::from(since.days) * 86_400 + i64::from(since.secs)) * 1000)
}
