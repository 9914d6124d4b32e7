//! Hand-in runs over HTTP.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::store::{self, Ingest, IngestFile};
use crate::app::App;
use crate::error::Result;
use crate::field;
use crate::http::extract::{Page, Path, Query, limit};
use crate::people::{Actor, Permission, Role};

#[derive(Deserialize, IntoParams)]
pub struct IngestQuery {
    pub cursor: Option<String>,
    pub limit: Option<i64>,
}

/// Officers see their own hand-ins, custodians their agency's.
fn only_mine(actor: &Actor) -> Option<&str> {
    let only_officer = actor.roles.iter().all(|role| *role == Role::Officer);
    actor.account.as_deref().filter(|_| only_officer)
}

#[utoipa::path(get, path = "/api/ingests", tag = "ingest", params(IngestQuery), responses((status = 200, body = Page<Ingest>)))]
pub async fn list(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<IngestQuery>,
) -> Result<axum::Json<Page<Ingest>>> {
    actor.may(Permission::IngestList)?;
    let (limit, agency) = (limit(query.limit), actor.agency_filter());
    let mut tx = app.db.read().await?;
    let before = field::cursor_by_id(query.cursor.as_deref())?;
    let mut found = store::list(&mut tx, agency.as_deref(), only_mine(&actor), before, limit + 1).await?;
    if !actor.sees_content() {
        found.iter_mut().for_each(withhold);
    }
    Ok(axum::Json(Page::cut(found, limit as usize, |ingest| ingest.id.clone())))
}

/// Who administers and sees no content is not told the path of a card either: people name cards.
fn withhold(ingest: &mut Ingest) {
    ingest.station = None;
}

/// One file of a run.
#[derive(Serialize, ToSchema)]
pub struct IngestItem {
    /// As on the card; null where the reader must not see content.
    pub path: Option<String>,
    pub bytes: i64,
    /// sealed, duplicate, failed, ignored, cleared
    pub state: String,
    pub recording_id: Option<String>,
    pub code: Option<String>,
    /// Null like `path`.
    #[schema(value_type = Option<Object>)]
    pub params: Option<Value>,
}

#[derive(Serialize, ToSchema)]
pub struct IngestDetail {
    #[serde(flatten)]
    pub ingest: Ingest,
    pub items: Vec<IngestItem>,
}

#[utoipa::path(get, path = "/api/ingests/{id}", tag = "ingest", params(("id" = String, Path)),
    responses((status = 200, body = IngestDetail), (status = 404)))]
pub async fn detail(State(app): State<App>, actor: Actor, Path(id): Path<String>) -> Result<axum::Json<IngestDetail>> {
    actor.may(Permission::IngestList)?;
    let mut tx = app.db.read().await?;
    let mut ingest = store::one(&mut tx, actor.agency_filter().as_deref(), &id).await?;
    let files = store::files(&mut tx, &id, 10_000).await?;
    let content = actor.sees_content();
    if !content {
        withhold(&mut ingest);
    }
    let item = |file: IngestFile| IngestItem {
        path: content.then_some(file.path),
        bytes: file.bytes,
        state: file.state,
        recording_id: file.recording_id,
        code: file.code,
        params: file.params.filter(|_| content),
    };
    let items = files.into_iter().map(item).collect();
    Ok(axum::Json(IngestDetail { ingest, items }))
}
