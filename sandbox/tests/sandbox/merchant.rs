//! A merchant's program: signs requests, checks every answer's signature, opens notifications.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private, Public};
use openssl::sign::{Signer, Verifier};
use openssl::symm::{Cipher, decrypt_aead};
use reqwest::Method;
use serde_json::Value;

use crate::receiver::Received;

/// What `DIR/merchant` holds.
pub(crate) struct Merchant {
    pub(crate) key: PKey<Private>,
    pub(crate) serial: String,
    pub(crate) apiv3_key: String,
    pub(crate) platform_key: PKey<Public>,
    pub(crate) platform_key_id: String,
    pub(crate) app: Value,
    /// One client for all requests of a test: making one reads the system's certificates.
    pub(crate) http: reqwest::Client,
}

/// An answer whose signature held.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Merchant {
    pub(crate) fn read(data: &Path) -> Merchant {
        let text = |name: &str| {
            std::fs::read_to_string(data.join("merchant").join(name)).expect("the file was made")
        };
        let platform_key = text("platform_public_key.pem");
        Merchant {
            key: PKey::private_key_from_pem(text("merchant_key.pem").as_bytes()).expect("PEM"),
            serial: text("merchant_serial.txt"),
            apiv3_key: text("apiv3_key.txt"),
            platform_key: PKey::public_key_from_pem(platform_key.as_bytes()).expect("PEM"),
            platform_key_id: text("platform_public_key_id.txt"),
            app: serde_json::from_str(&text("app.json")).expect("JSON"),
            http: reqwest::Client::new(),
        }
    }

    /// A field of `app.json`.
    pub(crate) fn app(&self, field: &str) -> &str {
        self.app[field].as_str().expect("app.json has it")
    }

    pub(crate) fn sign(&self, message: &str) -> String {
        let mut signer = Signer::new(MessageDigest::sha256(), &self.key).expect("an RSA key");
        BASE64.encode(signer.sign_oneshot_to_vec(message.as_bytes()).expect("it signs"))
    }

    pub(crate) fn authorization(&self, method: &str, path: &str, body: &str, at_s: u64) -> String {
        let nonce = "7F3A1C02";
        let signature = self.sign(&format!("{method}\n{path}\n{at_s}\n{nonce}\n{body}\n"));
        format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{}\",nonce_str=\"{nonce}\",signature=\"{signature}\",\
             timestamp=\"{at_s}\",serial_no=\"{}\"",
            self.app("mchid"),
            self.serial
        )
    }

    /// A rightly signed request; the answer's signature must hold.
    pub(crate) async fn call(
        &self,
        base: &str,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Answer {
        let body = body.map(Value::to_string).unwrap_or_default();
        let authorization = self.authorization(method.as_str(), path, &body, now_s());
        self.send(base, method, path, &authorization, body).await
    }

    pub(crate) async fn send(
        &self,
        base: &str,
        method: Method,
        path: &str,
        authorization: &str,
        body: String,
    ) -> Answer {
        let answer = self
            .http
            .request(method, format!("{base}{path}"))
            .header("authorization", authorization)
            .header("accept", "application/json")
            .header("content-type", "application/json")
            .header("user-agent", "bowei-test")
            .body(body)
            .send()
            .await
            .expect("the sandbox answers");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.expect("a body");
        assert!(self.holds(&headers, &text), "the signature of {status} {text} does not hold");
        let body = if text.is_empty() { Value::Null } else { parse(&text) };
        Answer { status, headers, body }
    }

    /// Whether the platform signed these headers and this body.
    pub(crate) fn holds(&self, headers: &HeaderMap, body: &str) -> bool {
        let header = |name: &str| headers[name].to_str().expect("ASCII");
        assert_eq!(header("wechatpay-signature-type"), "WECHATPAY2-SHA256-RSA2048");
        let (at, nonce) = (header("wechatpay-timestamp"), header("wechatpay-nonce"));
        let age_s = now_s().abs_diff(at.parse().expect("seconds"));
        assert!(age_s <= 5, "signatures carry machine time, not city time");
        let Ok(signature) = BASE64.decode(header("wechatpay-signature")) else { return false };
        let message = format!("{at}\n{nonce}\n{body}\n");
        let mut verifier =
            Verifier::new(MessageDigest::sha256(), &self.platform_key).expect("an RSA key");
        verifier.verify_oneshot(&signature, message.as_bytes()).unwrap_or(false)
    }

    /// What a rightly signed notification tells.
    pub(crate) fn open(&self, received: &Received) -> Value {
        assert!(self.holds(&received.headers, &received.body), "a notification is signed");
        assert_eq!(received.headers["wechatpay-serial"], *self.platform_key_id);
        self.unseal(&parse(&received.body)["resource"])
    }

    pub(crate) fn unseal(&self, resource: &Value) -> Value {
        parse(&self.unseal_text(resource))
    }

    pub(crate) fn unseal_text(&self, resource: &Value) -> String {
        let field = |name: &str| resource[name].as_str().expect("a resource has it");
        assert_eq!(field("algorithm"), "AEAD_AES_256_GCM");
        assert_eq!(field("nonce").len(), 12);
        let sealed = BASE64.decode(field("ciphertext")).expect("base64");
        let (text, tag) = sealed.split_at(sealed.len() - 16);
        let (key, nonce) = (self.apiv3_key.as_bytes(), field("nonce").as_bytes());
        let aad = field("associated_data").as_bytes();
        let opened = decrypt_aead(Cipher::aes_256_gcm(), key, Some(nonce), aad, text, tag);
        String::from_utf8(opened.expect("the tag holds")).expect("UTF-8")
    }
}

pub(crate) fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

pub(crate) fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
