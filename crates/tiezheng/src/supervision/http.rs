//! Workbench, integrity checks and regulations over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::store::{self, IntegrityRun};
use super::verify;
use crate::app::App;
use crate::audit;
use crate::equipment::due::Counts;
use crate::error::{Problem, Result};
use crate::field;
use crate::http::extract::{Body, Page, Query, limit};
use crate::people::{Actor, Permission, Scope, grants};
use crate::recordings::store::{self as recordings, RecordingRow, Wanted};
use crate::regulations::{self, Notice};

const DAY_MS: i64 = 86_400_000;

/// Figures of the first page. Each has the filters under which its recordings are listed.
#[derive(Serialize, ToSchema)]
pub struct Workbench {
    pub now_ms: i64,
    #[schema(value_type = Object)]
    pub today: Value,
    #[schema(value_type = Object)]
    pub totals: Value,
    pub late_30d: i64,
    /// Late by the practice of an expired regulation; never added to `late_30d`.
    pub deviations_30d: i64,
    pub broken: i64,
    pub gaps: i64,
    pub unlinked: i64,
    pub time_unknown: i64,
    /// 设备待办; null for whoever has nothing to do with devices.
    pub equipment: Option<Counts>,
    /// Grants that wait for this reader's confirmation.
    pub grants: i64,
    /// Decisions about regulations that wait for this reader as second person.
    pub decisions: i64,
    /// Regulations that have expired or are about to.
    pub notices: Vec<Notice>,
    #[schema(value_type = Object)]
    pub storage: Value,
    #[schema(value_type = Object)]
    pub log: Value,
    #[schema(value_type = Vec<Object>)]
    pub trend: Vec<Value>,
    pub recent: Vec<RecordingRow>,
}

#[utoipa::path(get, path = "/api/workbench", tag = "supervision", responses((status = 200, body = Workbench)))]
pub async fn workbench(State(app): State<App>, actor: Actor) -> Result<axum::Json<Workbench>> {
    actor.may(Permission::WorkbenchRead)?;
    let (now, scope) = (app.now(), actor.scope());
    // Administrators see the machine's figures, not the recordings'.
    let agency = actor.agency_filter();
    let content = actor.has(Permission::RecordingList) && scope != Scope::Nothing;
    let mut tx = app.db.read().await?;
    let mut count = async |wanted: Wanted| -> Result<Value> {
        if content { recordings::facets(&mut tx, &scope, &wanted).await } else { Ok(json!({})) }
    };
    let midnight = (now + 8 * 3_600_000).div_euclid(DAY_MS) * DAY_MS - 8 * 3_600_000;
    let totals = count(Wanted::default()).await?;
    let flag = |name: &str| Wanted { flag: Some(name.into()), ..Wanted::default() };
    let handed = |hand_in: &str| {
        let (hand_in, from) = (Some(hand_in.to_owned()), Some(now - 30 * DAY_MS));
        Wanted { hand_in, from, ..Wanted::default() }
    };
    let late = count(handed("late")).await?;
    let deviations = count(handed("internal_deviation")).await?;
    let broken = count(flag("broken")).await?;
    let gaps = count(flag("gap")).await?;
    let unlinked = count(flag("unlinked")).await?;
    let time_unknown = count(flag("time_unknown")).await?;
    let total = |facets: &Value| facets["total"].as_i64().unwrap_or(0);
    let recent = Wanted::default();
    let recent = if content { recordings::list(&mut tx, &scope, &recent, 8).await? } else { Vec::new() };
    let trend = if content { store::trend(&mut tx, agency.as_deref(), now, 30).await? } else { Vec::new() };
    let today = store::received_since(&mut tx, agency.as_deref(), midnight).await?;
    let equipment = crate::equipment::due::counts(&mut tx, &app, &actor, now).await?;
    let grants = grants::to_confirm(&mut tx, &actor).await?;
    let (decisions, notices) = regulations::wants(&app, &mut tx, &actor, now).await?;
    let used = store::bytes_stored(&mut tx, agency.as_deref()).await?;
    let head = audit::store::head(&mut tx).await?;
    let pending = audit::store::waiting(&mut tx).await?;
    drop(tx);
    Ok(axum::Json(Workbench {
        now_ms: now,
        today,
        totals: json!({"recordings": total(&totals), "bytes": totals["bytes"].as_i64().unwrap_or(0), "by_kind": totals["by_kind"]}),
        late_30d: total(&late),
        deviations_30d: total(&deviations),
        broken: total(&broken),
        gaps: total(&gaps),
        unlinked: total(&unlinked),
        time_unknown: total(&time_unknown),
        equipment,
        grants,
        decisions,
        notices,
        storage: json!({"used_bytes": used, "free_bytes": app.vault.free_bytes().await}),
        log: json!({"size": head.published, "checkpoint_ms": head.published_ms, "pending": pending}),
        trend,
        recent,
    }))
}

#[derive(Deserialize, IntoParams)]
pub struct RunQuery {
    pub cursor: Option<String>,
    pub limit: Option<i64>,
}

#[utoipa::path(get, path = "/api/integrity/runs", tag = "supervision", params(RunQuery),
    responses((status = 200, body = Page<IntegrityRun>)))]
pub async fn integrity_runs(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<RunQuery>,
) -> Result<axum::Json<Page<IntegrityRun>>> {
    actor.may(Permission::IntegrityList)?;
    let limit = limit(query.limit);
    let before = field::cursor_by_id(query.cursor.as_deref())?;
    let found = store::runs(&mut app.db.read().await?, before, limit + 1).await?;
    Ok(axum::Json(Page::cut(found, limit as usize, |run| run.id.clone())))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRun {
    /// presence, size, digest
    pub depth: String,
}

#[derive(Serialize, ToSchema)]
pub struct Started {
    pub id: String,
}

#[utoipa::path(post, path = "/api/integrity/runs", tag = "supervision", request_body = NewRun,
    responses((status = 202, body = Started), (status = 422)))]
pub async fn run_integrity(State(app): State<App>, actor: Actor, Body(body): Body<NewRun>) -> Result<Response> {
    actor.may(Permission::IntegrityRun)?;
    let depth = verify::parse_depth(&body.depth)
        .ok_or_else(|| Problem::invalid("depth", "integrity.depth").with("allowed", "presence, size, digest"))?;
    let id = super::start_run(&app, &actor, depth).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(Started { id })).into_response())
}
