//! Work done once, by whoever claims it first: previews now, more later. A job is claimed for a while; when its process
//! dies, the claim runs out and another one takes it.

use std::time::Duration;

use serde_json::json;

use crate::app::{App, new_id};
use crate::args;
use crate::error::{Problem, Result};

const LEASE_MS: i64 = 10 * 60_000;
const ATTEMPTS_MOST: i64 = 3;

/// Asks for work on a subject; asking again while it waits or is done changes nothing.
pub async fn wanted(app: &App, kind: &str, subject: &str) -> Result<()> {
    let mut tx = app.db.begin().await?;
    tx.exec(
        "insert into job (id, kind, subject, state, attempts, due_ms) values ($1, $2, $3, 'waiting', 0, $4)
         on conflict (kind, subject) do nothing",
        args![new_id(app.now()), kind, subject, app.now()],
    )
    .await?;
    tx.commit().await?;
    app.jobs.notify_one();
    Ok(())
}

/// Asks for it anew, also where it failed before.
pub async fn again(app: &App, kind: &str, subject: &str) -> Result<()> {
    wanted(app, kind, subject).await?;
    let mut tx = app.db.begin().await?;
    tx.exec(
        "update job set state = 'waiting', attempts = 0, due_ms = $1, problem = null
         where kind = $2 and subject = $3 and state <> 'running'",
        args![app.now(), kind, subject],
    )
    .await?;
    tx.commit().await?;
    app.jobs.notify_one();
    Ok(())
}

struct Job {
    id: String,
    kind: String,
    subject: String,
    attempts: i64,
}

/// Takes the next job, if any, for ten minutes at a time.
async fn claim(app: &App) -> Result<Option<Job>> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let skip = if tx.is_postgres() { "for update skip locked" } else { "" };
    let sql = format!(
        "select id, kind, subject, attempts from job
         where (state = 'waiting' and due_ms <= $1) or (state = 'running' and lease_ms <= $1)
         order by due_ms limit 1 {skip}"
    );
    let Some(row) = tx.row(sql, args![now]).await? else { return Ok(None) };
    let job = Job {
        id: row.get("id")?,
        kind: row.get("kind")?,
        subject: row.get("subject")?,
        attempts: row.get::<i64>("attempts")? + 1,
    };
    let sql = "update job set state = 'running', lease_ms = $1, attempts = $2 where id = $3";
    tx.exec(sql, args![now + LEASE_MS, job.attempts, job.id.as_str()]).await?;
    tx.commit().await?;
    Ok(Some(job))
}

async fn perform(app: &App, job: &Job) -> Result<()> {
    match job.kind.as_str() {
        "preview" => crate::recordings::preview::make(app, app.now(), &job.subject).await,
        "regulation" => crate::regulations::judge_again(app, &job.subject).await,
        "binding" => crate::regulations::binding::judge_again(app, &job.subject).await,
        kind => Err(Problem::internal(format!("no job of kind {kind}"))),
    }
}

async fn finish(app: &App, job: &Job, done: &Result<()>) -> Result<()> {
    let (state, due, problem) = match done {
        Ok(()) => ("done", app.now(), None),
        Err(problem) => {
            // What was refused stays refused; what failed may work a minute later.
            let again = problem.status >= 500 && job.attempts < ATTEMPTS_MOST;
            let told = json!({"code": problem.code, "params": problem.params}).to_string();
            (if again { "waiting" } else { "failed" }, app.now() + 60_000 * job.attempts, Some(told))
        }
    };
    let mut tx = app.db.begin().await?;
    let sql = "update job set state = $1, due_ms = $2, problem = $3, lease_ms = null where id = $4";
    tx.exec(sql, args![state, due, problem, job.id.as_str()]).await?;
    tx.commit().await
}

/// Renews the claim while the work goes on; ends only when that fails.
async fn keep_lease(app: &App, job: &Job) -> Result<()> {
    loop {
        tokio::time::sleep(Duration::from_millis(LEASE_MS.unsigned_abs() / 4)).await;
        let mut tx = app.db.begin().await?;
        let sql = "update job set lease_ms = $1 where id = $2 and state = 'running'";
        tx.exec(sql, args![app.now() + LEASE_MS, job.id.as_str()]).await?;
        tx.commit().await?;
    }
}

/// Does one job; `false` when there was none.
pub async fn one(app: &App) -> Result<bool> {
    let Some(job) = claim(app).await? else { return Ok(false) };
    let done = tokio::select! {
        done = perform(app, &job) => done,
        lost = keep_lease(app, &job) => lost,
    };
    if let Err(problem) = &done {
        tracing::warn!(%problem, kind = job.kind, subject = job.subject, "a job failed");
    }
    finish(app, &job, &done).await?;
    app.events.notify_one();
    Ok(true)
}

/// Runs in every server.
pub async fn worker(app: App) {
    if let Err(problem) = crate::ingest::tus::recover(&app).await {
        tracing::error!(%problem, "uploads could not be taken up again");
    }
    let mut swept = app.now();
    loop {
        match one(&app).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(problem) => tracing::error!(%problem, "jobs could not be claimed"),
        }
        if app.now() - swept > 3_600_000 {
            swept = app.now();
            if let Err(problem) = crate::ingest::tus::sweep(&app).await {
                tracing::error!(%problem, "old uploads could not be removed");
            }
            // What crashes left half written in the store; nobody writes one file for a day.
            if let Err(error) = app.vault.sweep(app.now() - 86_400_000).await {
                tracing::error!(%error, "temporary files of the store could not be removed");
            }
        }
        let _ = tokio::time::timeout(Duration::from_secs(5), app.jobs.notified()).await;
    }
}
