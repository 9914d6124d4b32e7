//! What anybody may ask: who we are, our texts, our health, and the public log.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::Path;
use crate::app::App;
use crate::args;
use crate::error::{Problem, Result};

#[derive(Serialize, ToSchema)]
pub struct About {
    pub product: &'static str,
    pub version: &'static str,
    pub now_ms: i64,
    /// The demo's accounts and their common password; null on a real installation.
    #[schema(value_type = Object)]
    pub demo: Option<serde_json::Value>,
    /// Name and verifier key of the log, in C2SP note-key form.
    pub log_verifier: String,
}

#[utoipa::path(get, path = "/api/about", tag = "open", responses((status = 200, body = About)))]
pub async fn about(State(app): State<App>) -> axum::Json<About> {
    axum::Json(About {
        product: "铁证 Tiezheng",
        version: env!("CARGO_PKG_VERSION"),
        now_ms: app.now(),
        demo: app.demo.get().cloned(),
        log_verifier: app.keys.log_verifier(),
    })
}

#[utoipa::path(get, path = "/api/locales/{language}", tag = "open", params(("language" = String, Path)),
    responses((status = 200, body = Object)))]
pub async fn locale(Path(language): Path<String>) -> Result<Response> {
    let texts = crate::locale::texts(&language).ok_or_else(Problem::not_found)?;
    Ok(axum::Json(texts).into_response())
}

/// The process runs.
#[utoipa::path(get, path = "/healthz", tag = "open", responses((status = 200, body = String)))]
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Database, store and log answer, and the log goes on.
#[utoipa::path(get, path = "/readyz", tag = "open", responses((status = 200, body = String), (status = 503)))]
pub async fn readyz(State(app): State<App>) -> Result<&'static str> {
    let mut tx = app.db.read().await?;
    let published = crate::audit::store::head(&mut tx).await?.published;
    let longer_than = crate::supervision::verify::WAIT_MOST_MS;
    let (count, oldest) = crate::audit::store::kept_waiting(&mut tx, published, longer_than).await?;
    if count > 0 {
        return Err(Problem::refused(503, "log.standing_still").with("count", count).with("oldest_ms", oldest));
    }
    app.vault.log().checkpoint().await?;
    Ok("ready\n")
}

/// Prometheus text.
#[utoipa::path(get, path = "/metrics", tag = "open", responses((status = 200, body = String)))]
pub async fn metrics(State(app): State<App>) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let mut text = String::new();
    for (name, help, sql) in [
        ("tiezheng_recordings", "Sealed recordings", "select count(*) from recording"),
        (
            "tiezheng_recording_bytes",
            "Bytes of sealed recordings",
            "select cast(coalesce(sum(bytes), 0) as bigint) from recording",
        ),
        ("tiezheng_log_leaves", "Leaves under a signed checkpoint", "select published from log_head"),
        (
            "tiezheng_log_waiting",
            "Events without a leaf",
            "select count(*) from event where log_index is null or log_index >= (select published from log_head)",
        ),
        ("tiezheng_jobs_waiting", "Jobs not done", "select count(*) from job where state in ('waiting', 'running')"),
        (
            "tiezheng_reminders_failed",
            "Reminders of the latest day that could not be sent up to now",
            "select count(*) from reminder where state = 'failed' and day = (select max(day) from reminder)",
        ),
        ("tiezheng_uploads_open", "Uploads under way", "select count(*) from upload where state = 'receiving'"),
    ] {
        let value = tx.number(sql, args![]).await?;
        text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n"));
    }
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

/// The newest signed checkpoint (C2SP tlog-checkpoint).
#[utoipa::path(get, path = "/log/checkpoint", tag = "log", responses((status = 200, body = String), (status = 404)))]
pub async fn checkpoint(State(app): State<App>) -> Result<Response> {
    let found = app.vault.log().tile("checkpoint").await?.ok_or_else(Problem::not_found)?;
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    Ok((headers, found).into_response())
}

/// A tile or an entry bundle (C2SP tlog-tiles).
#[utoipa::path(get, path = "/log/tile/{*path}", tag = "log", params(("path" = String, Path)),
    responses((status = 200, body = Vec<u8>), (status = 404)))]
pub async fn tile(State(app): State<App>, Path(path): Path<String>) -> Result<Response> {
    let found = app.vault.log().tile(&format!("tile/{path}")).await?.ok_or_else(Problem::not_found)?;
    let kind = "application/octet-stream";
    let cache = "public, max-age=31536000, immutable";
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache)], found).into_response())
}
