//! Rows of reminder: what was sent to whom on a day.

use std::collections::HashSet;

use serde::Serialize;
use serde_json::{Value, json};

use super::{ATTEMPTS_MOST, CLAIM_MS};
use crate::app::App;
use crate::args;
use crate::error::Result;

/// A message that could not be sent up to now.
#[derive(Debug, Serialize)]
pub struct Failure {
    pub account: String,
    pub attempts: i64,
    /// `{code, params}`.
    pub problem: Value,
}

/// The accounts that have been sent theirs.
pub async fn sent(app: &App, day: &str, channel: &str) -> Result<HashSet<String>> {
    let sql = "select account from reminder where day = $1 and channel = $2 and state = 'sent'";
    let rows = app.db.read().await?.rows(sql, args![day, channel]).await?;
    rows.iter().map(|row| row.get("account")).collect()
}

/// `true`: it is this run's to send. Of two who ask at once, one gets it.
pub async fn claim(app: &App, account: &str, day: &str, channel: &str, now: i64) -> Result<bool> {
    let mut tx = app.db.begin().await?;
    let claimed = tx
        .exec(
            "insert into reminder (account, day, channel, state, attempts, at_ms) values ($1, $2, $3, 'sending', 1, $4)
             on conflict (account, day, channel) do update set state = 'sending', attempts = reminder.attempts + 1,
               at_ms = excluded.at_ms
             where reminder.attempts < $5
               and (reminder.state = 'failed' or (reminder.state = 'sending' and reminder.at_ms < $6))",
            args![account, day, channel, now, ATTEMPTS_MOST, now - CLAIM_MS],
        )
        .await?;
    tx.commit().await?;
    Ok(claimed > 0)
}

/// Notes what became of what was claimed.
pub async fn settle(app: &App, account: &str, day: &str, channel: &str, now: i64, done: &Result<()>) -> Result<()> {
    let problem =
        done.as_ref().err().map(|problem| json!({"code": problem.code, "params": problem.params}).to_string());
    let state = if problem.is_some() { "failed" } else { "sent" };
    let mut tx = app.db.begin().await?;
    tx.exec(
        "update reminder set state = $4, at_ms = $5, problem = $6 where account = $1 and day = $2 and channel = $3",
        args![account, day, channel, state, now, problem],
    )
    .await?;
    tx.commit().await
}

/// How many have failed and not been sent since, and some of them by name.
pub async fn failures(app: &App, day: &str, channel: &str, most: i64) -> Result<(i64, Vec<Failure>)> {
    let mut tx = app.db.read().await?;
    let sql = "select count(*) from reminder where day = $1 and channel = $2 and state = 'failed'";
    let count = tx.number(sql, args![day, channel]).await?;
    let sql = "select account, attempts, problem from reminder where day = $1 and channel = $2 and state = 'failed'
               order by account limit $3";
    let rows = tx.rows(sql, args![day, channel, most]).await?;
    let failures = rows.iter().map(|row| {
        let problem: Option<String> = row.get("problem")?;
        let problem = serde_json::from_str(&problem.unwrap_or_default()).unwrap_or_default();
        Ok(Failure { account: row.get("account")?, attempts: row.get("attempts")?, problem })
    });
    Ok((count, failures.collect::<Result<_>>()?))
}

/// Forgets to whom was sent before this day.
pub async fn forget(app: &App, before: &str) -> Result<()> {
    let mut tx = app.db.begin().await?;
    tx.exec("delete from reminder where day < $1", args![before]).await?;
    tx.commit().await
}
