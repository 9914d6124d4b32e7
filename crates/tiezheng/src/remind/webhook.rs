//! 接口推送: each message as JSON to one address of the operator's, signed so that the receiver can check who sent it and when.

use std::path::PathBuf;
use std::time::Duration;

use aws_lc_rs::hmac;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::digest::Digest;
use super::mail::is_here;
use crate::app::{App, sha256};
use crate::error::{Problem, Result};

/// `[reminders.webhook]`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `https://…`; `http://` to this machine only.
    pub url: String,
    /// The key of the signature: `TIEZHENG_WEBHOOK_SECRET`, else the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<PathBuf>,
}

const SECRET: &str = "TIEZHENG_WEBHOOK_SECRET";
/// Shorter keys are guessed.
const SECRET_LEAST: usize = 16;
const ANSWER_MOST: Duration = Duration::from_secs(20);

impl Settings {
    pub fn check(&self) -> Result<()> {
        self.url().map(drop)
    }

    fn url(&self) -> Result<reqwest::Url> {
        // Told without what it may hold of a token.
        let wrong = || Problem::refused(422, "config.reminders_webhook");
        let url = reqwest::Url::parse(&self.url).map_err(|_| wrong())?;
        let host = url.host_str().unwrap_or("").trim_matches(['[', ']']);
        let safe = url.scheme() == "https" || url.scheme() == "http" && is_here(host);
        if safe && url.username().is_empty() && url.password().is_none() { Ok(url) } else { Err(wrong()) }
    }
}

pub struct Webhook {
    client: reqwest::Client,
    url: reqwest::Url,
    secret: String,
    origin: String,
}

impl Webhook {
    /// # Errors
    /// `config.reminders_secret`, `config.reminders_key`.
    pub fn new(app: &App, settings: &Settings) -> Result<Webhook> {
        let secret = super::secret(&app.data, SECRET, settings.secret_file.as_ref())?.unwrap_or_default();
        if secret.len() < SECRET_LEAST {
            return Err(Problem::refused(422, "config.reminders_key").with("least", SECRET_LEAST));
        }
        // It goes where the operator said, and nowhere an answer points to.
        let client = reqwest::Client::builder()
            .timeout(ANSWER_MOST)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Problem::internal(error.to_string()))?;
        Ok(Webhook { client, url: settings.url()?, secret, origin: app.config.origin.clone() })
    }

    /// `Tiezheng-Timestamp`: seconds since 1970. `Tiezheng-Signature`: `v1=` and HMAC-SHA-256 over timestamp, `.` and body, hex.
    pub async fn send(&self, digest: &Digest, now: i64) -> Result<()> {
        let id = sha256(format!("{}\n{}\n{}", self.origin, digest.day, digest.account).as_bytes());
        let body = json!({
            "format": "tiezheng-reminder/1", "id": hex::encode(&id[..16]), "day": digest.day, "account": digest.account,
            "language": digest.language, "subject": digest.subject, "text": digest.text, "url": digest.url,
            "lines": digest.lines,
        })
        .to_string();
        let timestamp = now.div_euclid(1000).to_string();
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.as_bytes());
        let tag = hmac::sign(&key, format!("{timestamp}.{body}").as_bytes());
        let request = self
            .client
            .post(self.url.clone())
            .header("content-type", "application/json")
            .header("tiezheng-timestamp", timestamp)
            .header("tiezheng-signature", format!("v1={}", hex::encode(tag)))
            .body(body);
        let failed = |detail: String| Problem::refused(502, "remind.webhook").with("detail", detail);
        // The address may hold a token of the receiver's: errors do not tell it.
        let answer = request.send().await.map_err(|error| failed(error.without_url().to_string()))?;
        if answer.status().is_success() { Ok(()) } else { Err(failed(answer.status().to_string())) }
    }
}
