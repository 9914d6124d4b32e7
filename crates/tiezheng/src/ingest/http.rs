//! Hand-in runs over HTTP.

use axum::extract::State;
use serde::{Deserialize, Serialize};
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
    let found = store::list(&mut tx, agency.as_deref(), only_mine(&actor), before, limit + 1).await?;
    Ok(axum::Json(Page::cut(found, limit as usize, |ingest| ingest.id.clone())))
}

#[derive(Serialize, ToSchema)]
pub struct IngestDetail {
    #[serde(flatten)]
    pub ingest: Ingest,
    pub items: Vec<IngestFile>,
}

#[utoipa::path(get, path = "/api/ingests/{id}", tag = "ingest", params(("id" = String, Path)),
    responses((status = 200, body = IngestDetail), (status = 404)))]
pub async fn detail(State(app): State<App>, actor: Actor, Path(id): Path<String>) -> Result<axum::Json<IngestDetail>> {
    actor.may(Permission::IngestList)?;
    let mut tx = app.db.read().await?;
    let ingest = store::one(&mut tx, actor.agency_filter().as_deref(), &id).await?;
    let items = store::files(&mut tx, &id, 10_000).await?;
    Ok(axum::Json(IngestDetail { ingest, items }))
}
