//! Sufficiency, statements, plans and deviations over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tiezheng_rules::time::legal_day;
use utoipa::IntoParams;

use super::plan::{self, NewDeviation, NewPlanBody};
use super::statement::{self, NewStatements};
use super::store::{self, Deviation, Plan, Statement};
use super::sufficiency::{self as room, Sufficiency};
use crate::app::App;
use crate::error::{Problem, Result};
use crate::field;
use crate::http::extract::{Body, Page, Path, Query, limit};
use crate::people::{Actor, Permission};

/// The agency a list is about: the reader's own, or the one named by those above all.
pub fn agency_of(actor: &Actor, asked: Option<String>) -> Result<String> {
    actor.agency_filter().or(asked).or(actor.agency.clone()).ok_or_else(|| Problem::invalid("agency", "field.required"))
}

#[derive(Deserialize, IntoParams)]
pub struct SufficiencyQuery {
    /// For those above all agencies.
    pub agency: Option<String>,
    /// Only this unit.
    pub unit: Option<String>,
    /// `2026-11-20`; today when missing. Classes, needs, plans and deviations of that day; people and devices of today.
    pub on: Option<String>,
}

/// 配备充足情况: what each unit must have and has, with both readings, the articles and the ids behind each figure.
#[utoipa::path(get, path = "/api/sufficiency", tag = "equipment", params(SufficiencyQuery),
    responses((status = 200, body = Sufficiency), (status = 422)))]
pub async fn sufficiency(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<SufficiencyQuery>,
) -> Result<axum::Json<Sufficiency>> {
    actor.may(Permission::ProvisionList)?;
    let agency = agency_of(&actor, query.agency)?;
    let now = app.now();
    let on = query.on.as_deref().map_or(Ok(legal_day(now)), |text| super::day("on", text))?;
    let mut found = room::of_agency(&mut app.db.read().await?, &app.laws, &agency, on, now).await?;
    if let Some(unit) = query.unit.as_deref() {
        found.units.retain(|one| one.covers.iter().any(|covered| covered == unit));
    }
    Ok(axum::Json(found))
}

#[derive(Deserialize, IntoParams)]
pub struct PageQuery {
    pub cursor: Option<String>,
    pub limit: Option<i64>,
}

/// 单位声明, newest first.
#[utoipa::path(get, path = "/api/units/{id}/statements", tag = "equipment", params(("id" = String, Path), PageQuery),
    responses((status = 200, body = Page<Statement>)))]
pub async fn statements(
    State(app): State<App>,
    actor: Actor,
    Path(unit): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<axum::Json<Page<Statement>>> {
    actor.may(Permission::ProvisionList)?;
    let most = limit(query.limit);
    let before = field::cursor_by_id(query.cursor.as_deref())?;
    let mut tx = app.db.read().await?;
    let units = crate::people::store::units(&mut tx, actor.agency_filter().as_deref()).await?;
    let unit = units.into_iter().find(|one| one.id == unit).ok_or_else(Problem::not_found)?;
    let found = store::stated(&mut tx, &unit.agency_id, &unit.id, before, most + 1).await?;
    Ok(axum::Json(Page::cut(found, most as usize, |one| one.id.clone())))
}

/// 声明 of a unit within reach: classes with their criteria, squads, stated need, whether conditions allow, head-count.
#[utoipa::path(post, path = "/api/units/{id}/statements", tag = "equipment", params(("id" = String, Path)),
    request_body = NewStatements, responses((status = 201, body = Vec<Statement>), (status = 422)))]
pub async fn state(
    State(app): State<App>,
    actor: Actor,
    Path(unit): Path<String>,
    Body(body): Body<NewStatements>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let made = statement::state(&mut tx, &app.laws, &actor, app.now(), &unit, body).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok((StatusCode::CREATED, axum::Json(made)).into_response())
}

#[derive(Deserialize, IntoParams)]
pub struct PlanQuery {
    pub unit: Option<String>,
    /// proposed, approved, replaced
    pub state: Option<String>,
    pub cursor: Option<String>,
    pub limit: Option<i64>,
}

/// 配备方案, newest first.
#[utoipa::path(get, path = "/api/provision-plans", tag = "equipment", params(PlanQuery),
    responses((status = 200, body = Page<Plan>)))]
pub async fn plans(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<PlanQuery>,
) -> Result<axum::Json<Page<Plan>>> {
    actor.may(Permission::ProvisionList)?;
    field::filter("state", query.state.as_deref(), &["proposed", "approved", "replaced"])?;
    let (most, agency) = (limit(query.limit), actor.agency_filter());
    let before = field::cursor_by_id(query.cursor.as_deref())?;
    let wanted = (query.unit.as_deref(), query.state.as_deref().filter(|state| !state.is_empty()));
    let found = store::plans::plans(&mut app.db.read().await?, agency.as_deref(), wanted, before, most + 1).await?;
    Ok(axum::Json(Page::cut(found, most as usize, |one| one.id.clone())))
}

#[utoipa::path(post, path = "/api/provision-plans", tag = "equipment", request_body = NewPlanBody,
    responses((status = 201, body = Plan), (status = 422)))]
pub async fn propose(State(app): State<App>, actor: Actor, Body(body): Body<NewPlanBody>) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let made = plan::propose(&mut tx, &actor, app.now(), body).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok((StatusCode::CREATED, axum::Json(made)).into_response())
}

/// 批准方案, by somebody above the unit who did not propose it.
#[utoipa::path(post, path = "/api/provision-plans/{id}/approve", tag = "equipment", params(("id" = String, Path)),
    operation_id = "approve_plan", responses((status = 200, body = Plan), (status = 409)))]
pub async fn approve(State(app): State<App>, actor: Actor, Path(id): Path<String>) -> Result<axum::Json<Plan>> {
    let mut tx = app.db.begin().await?;
    let plan = plan::approve(&mut tx, &actor, app.now(), &id).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok(axum::Json(plan))
}

#[derive(Deserialize, IntoParams)]
pub struct DeviationQuery {
    pub agency: Option<String>,
    pub unit: Option<String>,
    pub cursor: Option<String>,
    pub limit: Option<i64>,
}

/// 情况说明, newest first, those that are over too.
#[utoipa::path(get, path = "/api/provision-deviations", tag = "equipment", params(DeviationQuery),
    responses((status = 200, body = Page<Deviation>)))]
pub async fn deviations(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<DeviationQuery>,
) -> Result<axum::Json<Page<Deviation>>> {
    actor.may(Permission::ProvisionList)?;
    let (most, agency) = (limit(query.limit), agency_of(&actor, query.agency)?);
    let before = field::cursor_by_id(query.cursor.as_deref())?;
    let mut tx = app.db.read().await?;
    let found = store::deviations(&mut tx, &agency, (query.unit.as_deref(), before), None, most + 1).await?;
    Ok(axum::Json(Page::cut(found, most as usize, |one| one.id.clone())))
}

#[utoipa::path(post, path = "/api/provision-deviations", tag = "equipment", request_body = NewDeviation,
    responses((status = 201, body = Deviation), (status = 422)))]
pub async fn deviate(State(app): State<App>, actor: Actor, Body(body): Body<NewDeviation>) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let made = plan::deviate(&mut tx, &app.laws, &actor, app.now(), body).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok((StatusCode::CREATED, axum::Json(made)).into_response())
}
