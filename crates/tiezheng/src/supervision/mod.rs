//! 监督: is everything there and unchanged, and what wants looking at today.

pub mod http;
pub mod rows;
pub mod store;
pub mod verify;

use serde_json::json;

use crate::app::{App, new_id};
use crate::audit::{self, Act};
use crate::error::Result;
use crate::people::Actor;

/// Starts an integrity check in the background; its progress is in its row.
pub async fn start_run(app: &App, actor: &Actor, depth: tiezheng_vault::verify::Depth) -> Result<String> {
    let now = app.now();
    let id = new_id(now);
    let mut tx = app.db.begin().await?;
    store::begin_run(&mut tx, &id, actor.account.as_deref(), verify::depth_name(depth), now).await?;
    let detail = json!({"depth": verify::depth_name(depth)});
    audit::record(&mut tx, actor, now, Act::IntegrityBegun, None, Some(&id), detail).await?;
    tx.commit().await?;
    let (app, actor, run) = (app.clone(), actor.clone(), id.clone());
    tokio::spawn(async move {
        if let Err(problem) = check(&app, &actor, &run, depth).await {
            tracing::error!(%problem, run, "an integrity check could not be finished");
            let _ = failed(&app, &actor, &run, depth).await;
        }
    });
    Ok(id)
}

async fn check(app: &App, actor: &Actor, run: &str, depth: tiezheng_vault::verify::Depth) -> Result<()> {
    let report = verify::installation(app, depth, &verify::Options::default()).await?;
    let state = if report.findings.is_empty() { "clean" } else { "findings" };
    // A page shows some; the command shows all.
    let shown: Vec<_> = report.findings.iter().take(200).collect();
    let findings = serde_json::to_string(&shown)?;
    let mut tx = app.db.begin().await?;
    store::end_run(&mut tx, run, app.now(), state, report.checked, report.bytes, &findings).await?;
    let detail =
        json!({"depth": verify::depth_name(depth), "checked": report.checked, "findings": report.findings.len()});
    audit::record(&mut tx, actor, app.now(), Act::IntegrityChecked, None, Some(run), detail).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok(())
}

async fn failed(app: &App, actor: &Actor, run: &str, depth: tiezheng_vault::verify::Depth) -> Result<()> {
    let mut tx = app.db.begin().await?;
    store::end_run(&mut tx, run, app.now(), "failed", 0, 0, "[]").await?;
    let detail = json!({"depth": verify::depth_name(depth), "failed": true});
    audit::record(&mut tx, actor, app.now(), Act::IntegrityChecked, None, Some(run), detail).await?;
    tx.commit().await
}
