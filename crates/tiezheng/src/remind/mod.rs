//! 到期提醒: one message a day and channel to each account that has something due: by mail, to a webhook, as configured.
//!
//! A message is claimed in its row before it is sent, so that a second node, a restart or a second run does not send it
//! again. Killed between the server's "taken" and our note of it, it is sent once more, under the same Message-ID (mail) and
//! `id` (webhook), by which a receiver knows it.

pub mod digest;
mod mail;
mod store;
mod webhook;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use tiezheng_rules::time::{day_begins_ms, legal_day};

use self::digest::Digest;
pub use self::store::Failure;
use crate::app::App;
use crate::audit::{self, Act};
use crate::error::{Problem, Result};
use crate::people::Actor;

/// `[reminders]` of `tiezheng.toml`. Where messages go is the operator's to say: no route changes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `08:30`, in China: when `serve` sends. Left out: only `tiezheng remind` does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<mail::Settings>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<webhook::Settings>,
}

impl Settings {
    /// # Errors
    /// `config.reminders_*`: what is missing or cannot be meant.
    pub fn check(&self, public_url: Option<&str>) -> Result<()> {
        if public_url.is_none() {
            return Err(Problem::refused(422, "config.reminders_url"));
        }
        if self.mail.is_none() && self.webhook.is_none() {
            return Err(Problem::refused(422, "config.reminders_channel"));
        }
        self.at_ms()?;
        self.mail.as_ref().map_or(Ok(()), mail::Settings::check)?;
        self.webhook.as_ref().map_or(Ok(()), webhook::Settings::check)
    }

    /// Since midnight.
    fn at_ms(&self) -> Result<Option<i64>> {
        let Some(at) = &self.at else { return Ok(None) };
        let time = jiff::civil::Time::strptime("%H:%M", at)
            .map_err(|_| Problem::refused(422, "config.reminders_at").with("at", at.as_str()))?;
        Ok(Some((i64::from(time.hour()) * 60 + i64::from(time.minute())) * 60_000))
    }
}

/// From the environment, else from a file (relative to the data folder). It stands in no database and no log.
///
/// # Errors
/// `config.reminders_secret`: the file cannot be read.
fn secret(data: &Path, name: &str, file: Option<&PathBuf>) -> Result<Option<String>> {
    if let Some(secret) = std::env::var(name).ok().filter(|secret| !secret.is_empty()) {
        return Ok(Some(secret));
    }
    let Some(file) = file else { return Ok(None) };
    let text = std::fs::read_to_string(data.join(file)).map_err(|error| {
        let problem = Problem::refused(422, "config.reminders_secret").with("path", file.display().to_string());
        problem.with("detail", error.to_string())
    })?;
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()).filter(|secret| !secret.is_empty()))
}

enum Channel {
    Mail(mail::Mail),
    Webhook(webhook::Webhook),
}

impl Channel {
    fn all(app: &App, settings: &Settings) -> Result<Vec<Channel>> {
        let mut found = Vec::new();
        if let Some(mail) = &settings.mail {
            found.push(Channel::Mail(mail::Mail::new(app, mail)?));
        }
        if let Some(webhook) = &settings.webhook {
            found.push(Channel::Webhook(webhook::Webhook::new(app, webhook)?));
        }
        Ok(found)
    }

    fn name(&self) -> &'static str {
        match self {
            Channel::Mail(_) => "mail",
            Channel::Webhook(_) => "webhook",
        }
    }

    fn reaches(&self, digest: &Digest) -> bool {
        matches!(self, Channel::Webhook(_)) || digest.email.is_some()
    }

    async fn send(&self, digest: &Digest, now: i64) -> Result<()> {
        let sent = async {
            match self {
                Channel::Mail(mail) => mail.send(digest, now).await,
                Channel::Webhook(webhook) => webhook.send(digest, now).await,
            }
        };
        let code = match self {
            Channel::Mail(_) => "remind.mail",
            Channel::Webhook(_) => "remind.webhook",
        };
        let late = |_| Err(Problem::refused(504, code).with("detail", format!("{} s", SEND_MOST.as_secs())));
        tokio::time::timeout(SEND_MOST, sent).await.unwrap_or_else(late)
    }
}

/// For one message, whatever the other side does.
const SEND_MOST: Duration = Duration::from_secs(60);
/// Failures one after the other by which a channel counts as down: what is left waits for the next run.
const DOWN_AFTER: usize = 3;
/// Attempts for one message on its day.
const ATTEMPTS_MOST: i64 = 5;
/// How long a claim holds: longer than [`SEND_MOST`]. Whoever claimed and did not come back has died.
const CLAIM_MS: i64 = 10 * 60_000;
const DAY_MS: i64 = 86_400_000;
/// Days for which it is kept to whom was sent.
const KEPT_DAYS: i64 = 31;
/// Failures told by name.
const FAILURES_MOST: i64 = 20;

/// What one run did.
#[derive(Debug, Serialize)]
pub struct Report {
    pub day: String,
    /// Accounts with something due.
    pub due: usize,
    pub channels: Vec<Told>,
}

#[derive(Debug, Default, Serialize)]
pub struct Told {
    pub channel: &'static str,
    /// By this run.
    pub sent: usize,
    /// Sent earlier on this day, or in the hands of another run.
    pub already: usize,
    /// Tried today and not sent up to now.
    pub failed: i64,
    /// Not tried, because the channel is down.
    pub unsent: usize,
    /// Something is due, and there is no address.
    pub no_address: usize,
    pub failures: Vec<Failure>,
}

impl Report {
    pub fn is_whole(&self) -> bool {
        self.channels.iter().all(|told| told.failed == 0 && told.unsent == 0)
    }
}

/// Everything due today, account by account.
///
/// # Errors
/// `remind.not_configured`.
pub async fn due(app: &App, now: i64) -> Result<Vec<Digest>> {
    let (_, url) = configured(app)?;
    digest::all(&mut app.db.read().await?, app, url, now).await
}

fn configured(app: &App) -> Result<(&Settings, &str)> {
    let both = app.config.reminders.as_ref().zip(app.config.public_url.as_deref());
    both.ok_or_else(|| Problem::refused(422, "remind.not_configured"))
}

/// Sends to each account what is due, unless it was sent today.
///
/// # Errors
/// Of the configuration and the database; what could not be sent is in the report.
pub async fn run(app: &App, now: i64) -> Result<Report> {
    let channels = Channel::all(app, configured(app)?.0)?;
    let digests = due(app, now).await?;
    let day = legal_day(now).to_string();
    store::forget(app, &legal_day(now - KEPT_DAYS * DAY_MS).to_string()).await?;
    let mut report = Report { day, due: digests.len(), channels: Vec::new() };
    for channel in &channels {
        report.channels.push(send_all(app, channel, &report.day, &digests).await?);
    }
    app.events.notify_one();
    Ok(report)
}

async fn send_all(app: &App, channel: &Channel, day: &str, digests: &[Digest]) -> Result<Told> {
    let name = channel.name();
    let sent = store::sent(app, day, name).await?;
    let mut told = Told { channel: name, ..Told::default() };
    let (mut tried, mut in_a_row) = (0, 0);
    for digest in digests {
        if !channel.reaches(digest) {
            told.no_address += 1;
        } else if sent.contains(&digest.account) {
            told.already += 1;
        } else if in_a_row == DOWN_AFTER {
            told.unsent += 1;
        } else if !store::claim(app, &digest.account, day, name, app.now()).await? {
            told.already += 1; // by another run; or given up, and then it is among the failed
        } else {
            // A crash from here on: the claim runs out, and a later run of this day sends.
            let done = channel.send(digest, app.now()).await;
            tried += 1;
            match &done {
                Ok(()) => (told.sent, in_a_row) = (told.sent + 1, 0),
                Err(problem) => {
                    in_a_row += 1;
                    tracing::warn!(%problem, channel = name, "a reminder could not be sent");
                }
            }
            store::settle(app, &digest.account, day, name, app.now(), &done).await?;
        }
    }
    (told.failed, told.failures) = store::failures(app, day, name, FAILURES_MOST).await?;
    if tried > 0 {
        let detail = json!({
            "channel": name, "day": day, "sent": told.sent, "failed": told.failed, "unsent": told.unsent,
            "no_address": told.no_address,
        });
        let mut tx = app.db.begin().await?;
        audit::record(&mut tx, &Actor::system(), app.now(), Act::RemindersSent, None, None, detail).await?;
        tx.commit().await?;
    }
    Ok(told)
}

/// Runs in every server that is told when: each day from that time on, once; what failed is tried again, ever later.
pub async fn daily(app: App) {
    let Some(at) = app.config.reminders.as_ref().and_then(|settings| settings.at_ms().ok().flatten()) else { return };
    let (mut day, mut tries, mut wait_ms) = (None, 0, 0);
    loop {
        let now = app.now();
        if day != Some(legal_day(now)) {
            (day, tries, wait_ms) = (Some(legal_day(now)), 0, 0);
        }
        if now >= day_begins_ms(legal_day(now)) + at && now >= wait_ms && tries < ATTEMPTS_MOST {
            tries += 1;
            match run(&app, now).await {
                Ok(report) if report.is_whole() => tries = ATTEMPTS_MOST,
                Ok(_) => {}
                Err(problem) => tracing::error!(%problem, "reminders could not be sent"),
            }
            wait_ms = app.now() + tries * 5 * 60_000;
        }
        tokio::time::sleep(Duration::from_secs(20)).await;
    }
}
