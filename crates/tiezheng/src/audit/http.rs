//! The history over HTTP, and the proof of each of its lines.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::{disclosure, store};
use crate::app::App;
use crate::error::{Problem, Result};
use crate::field;
use crate::http::extract::{Page, Path, Query, limit};
use crate::people::{Actor, Permission};
use crate::recordings;
use crate::recordings::http::{CustodyLine, lines};

#[derive(Deserialize, IntoParams)]
pub struct AuditQuery {
    pub act: Option<String>,
    /// An account.
    pub actor: Option<String>,
    pub from: Option<i64>,
    pub to: Option<i64>,
    pub cursor: Option<String>,
    pub limit: Option<i64>,
}

/// 审计日志, newest first.
#[utoipa::path(get, path = "/api/audit", tag = "audit", params(AuditQuery), responses((status = 200, body = Page<CustodyLine>)))]
pub async fn list(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<AuditQuery>,
) -> Result<axum::Json<Page<CustodyLine>>> {
    actor.may(Permission::AuditList)?;
    let limit = limit(query.limit);
    let range = (query.from.unwrap_or(0), query.to.unwrap_or(i64::MAX));
    let agency = actor.agency_filter();
    let acts: Vec<&str> = super::Act::ALL.iter().map(|act| act.name()).collect();
    field::filter("act", query.act.as_deref(), &acts)?;
    let (act, by) = (query.act.as_deref().filter(|act| !act.is_empty()), query.actor.as_deref());
    let before = field::cursor_by_id(query.cursor.as_deref())?;
    let mut tx = app.db.read().await?;
    let events = store::page(&mut tx, agency.as_deref(), act, by, range, before, limit + 1).await?;
    drop(tx);
    let lines = lines(&app, &actor, events).await?;
    Ok(axum::Json(Page::cut(lines, limit as usize, |line| line.id.clone())))
}

/// Everything needed to check one line against the signed log, in a browser or by hand.
#[derive(Serialize, ToSchema)]
pub struct Proof {
    /// The committed payload; null where it tells of content that the reader must not see.
    #[schema(value_type = Option<Object>)]
    pub event: Option<Value>,
    /// The very bytes the salt commits to (canonical JSON), as text. Null like `event`.
    pub payload: Option<String>,
    /// Null like `event`: with it, what is withheld could be guessed at.
    pub salt: Option<String>,
    /// The commitment itself, hex: HMAC-SHA256 of the payload under the salt. The leaf is its hash.
    pub entry: String,
    pub index: u64,
    pub size: u64,
    /// RFC 6962 inclusion path, hex.
    pub proof: Vec<String>,
    /// Signed note.
    pub checkpoint: String,
    pub vkey: String,
}

/// The proof of one event. Whoever may see the thing it was done to, or the history, may have it.
#[utoipa::path(get, path = "/api/events/{id}/proof", tag = "audit", params(("id" = String, Path)),
    responses((status = 200, body = Proof), (status = 404), (status = 409)))]
pub async fn proof(State(app): State<App>, actor: Actor, Path(id): Path<String>) -> Result<axum::Json<Proof>> {
    let mut tx = app.db.read().await?;
    let event = store::by_id(&mut tx, &id).await?.ok_or_else(Problem::not_found)?;
    let by_history = actor.has(Permission::AuditList)
        && actor.agency_filter().is_none_or(|agency| event.agency.as_deref() == Some(agency.as_str()));
    let by_thing = match (&event.subject, actor.has(Permission::RecordingList)) {
        (Some(subject), true) => recordings::store::row(&mut tx, &actor.scope(), subject).await?.is_some(),
        _ => false,
    };
    drop(tx);
    if !by_history && !by_thing {
        return Err(Problem::not_found());
    }
    let receipt = recordings::receipt(&app, &event).await?;
    let told = disclosure::whole(&actor, &event);
    Ok(axum::Json(Proof {
        event: told.then(|| receipt.event.clone()),
        payload: told.then(|| String::from_utf8_lossy(&event.payload).into_owned()),
        salt: told.then(|| hex::encode(event.salt)),
        entry: hex::encode(tiezheng_vault::commitment(&event.salt, &event.payload)),
        index: receipt.index,
        size: tiezheng_vault::receipt::checkpoint_text(&receipt)?.size,
        proof: receipt.proof.iter().map(hex::encode).collect(),
        checkpoint: receipt.checkpoint.clone(),
        vkey: receipt.vkey.clone(),
    }))
}
