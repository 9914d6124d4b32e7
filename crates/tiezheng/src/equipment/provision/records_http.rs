//! Fixed sites, office standards, purchases and budgets over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tiezheng_rules::time::legal_day;
use utoipa::IntoParams;

use super::http::{PageQuery, agency_of};
use super::money::{self, Acceptance, BudgetSheet, NewBudget, NewPurchase, NewStandard};
use super::readiness::Readiness;
use super::site::{self, NewOutage, NewSite};
use super::store::money::{Budget, OfficeStandard, Purchase, standards as store_standards};
use super::store::sites::{self as site_store, Outage, RecordingSite};
use crate::app::App;
use crate::error::{Problem, Result};
use crate::field;
use crate::http::extract::{Body, Page, Path, Query, limit};
use crate::people::{Actor, Permission};

#[derive(Deserialize, IntoParams)]
pub struct SiteQuery {
    pub unit: Option<String>,
}

/// 固定记录场所, each with the outage that goes on.
#[utoipa::path(get, path = "/api/recording-sites", tag = "equipment", params(SiteQuery),
    responses((status = 200, body = Page<RecordingSite>)))]
pub async fn sites(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<SiteQuery>,
) -> Result<axum::Json<Page<RecordingSite>>> {
    actor.may(Permission::ProvisionList)?;
    let mut tx = app.db.read().await?;
    let agency = actor.agency_filter();
    let found = site_store::sites(&mut tx, agency.as_deref(), query.unit.as_deref(), None).await?;
    Ok(axum::Json(Page::whole(found)))
}

/// 中断 of a site, newest first.
#[utoipa::path(get, path = "/api/recording-sites/{id}/outages", tag = "equipment", params(("id" = String, Path)),
    responses((status = 200, body = Page<Outage>)))]
pub async fn outages(State(app): State<App>, actor: Actor, Path(id): Path<String>) -> Result<axum::Json<Page<Outage>>> {
    actor.may(Permission::ProvisionList)?;
    let mut tx = app.db.read().await?;
    let site = site_store::sites(&mut tx, actor.agency_filter().as_deref(), None, Some(&id)).await?.pop();
    let site = site.ok_or_else(Problem::not_found)?;
    Ok(axum::Json(Page::whole(site_store::outages(&mut tx, &site.id).await?)))
}

#[derive(Deserialize, IntoParams)]
pub struct StandardQuery {
    pub agency: Option<String>,
}

/// 通用办公设备配置标准, all that were entered, newest first; the latest of a kind counts.
#[utoipa::path(get, path = "/api/office-standards", tag = "equipment", params(StandardQuery),
    responses((status = 200, body = Page<OfficeStandard>)))]
pub async fn standards(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<StandardQuery>,
) -> Result<axum::Json<Page<OfficeStandard>>> {
    actor.may(Permission::ProvisionList)?;
    let agency = agency_of(&actor, query.agency)?;
    Ok(axum::Json(Page::whole(store_standards(&mut app.db.read().await?, &agency, false).await?)))
}

/// 采购, newest first.
#[utoipa::path(get, path = "/api/purchases", tag = "equipment", params(PageQuery),
    responses((status = 200, body = Page<Purchase>)))]
pub async fn purchases(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<PageQuery>,
) -> Result<axum::Json<Page<Purchase>>> {
    actor.may(Permission::ProvisionList)?;
    let (most, agency) = (limit(query.limit), actor.agency_filter());
    let before = field::cursor_by_id(query.cursor.as_deref())?;
    let found = money::listed(&mut app.db.read().await?, agency.as_deref(), None, before, most + 1).await?;
    Ok(axum::Json(Page::cut(found, most as usize, |one| one.id.clone())))
}

#[derive(Deserialize, IntoParams)]
pub struct BudgetQuery {
    pub agency: Option<String>,
    pub year: i64,
}

/// 年度经费表: need, approved and spent of each unit, and what its firm deficits would cost.
#[utoipa::path(get, path = "/api/budgets", tag = "equipment", params(BudgetQuery),
    responses((status = 200, body = BudgetSheet)))]
pub async fn budgets(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<BudgetQuery>,
) -> Result<axum::Json<BudgetSheet>> {
    actor.may(Permission::ProvisionList)?;
    let agency = agency_of(&actor, query.agency)?;
    money::sheet(&mut app.db.read().await?, &app.laws, &agency, query.year, app.now()).await.map(axum::Json)
}

#[derive(Deserialize, IntoParams)]
pub struct YearQuery {
    /// For those above all agencies.
    pub agency: Option<String>,
    /// This year when missing.
    pub year: Option<i16>,
}

/// 年限与在用: renewals due by the end of a year with their cost; how many devices of each unit truly work.
#[utoipa::path(get, path = "/api/readiness", tag = "equipment", params(YearQuery),
    responses((status = 200, body = Readiness), (status = 422)))]
pub async fn readiness(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<YearQuery>,
) -> Result<axum::Json<Readiness>> {
    actor.may(Permission::ProvisionList)?;
    let agency = agency_of(&actor, query.agency)?;
    let year = query.year.unwrap_or_else(|| legal_day(app.now()).year());
    if !(2000..2200).contains(&year) {
        return Err(Problem::invalid("year", "field.number").with("least", 2000).with("most", 2199));
    }
    super::readiness::readiness(&mut app.db.read().await?, &app, &agency, year).await.map(axum::Json)
}

/// Registers a site.
#[utoipa::path(post, path = "/api/recording-sites", tag = "equipment",
    request_body = NewSite, responses((status = 201, body = RecordingSite), (status = 409), (status = 422)))]
pub async fn add_site(State(app): State<App>, actor: Actor, Body(body): Body<NewSite>) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let made = site::register(&mut tx, &actor, app.now(), body).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok((StatusCode::CREATED, axum::Json(made)).into_response())
}

/// Notes an outage, or the end of the one that goes on.
#[utoipa::path(post, path = "/api/recording-sites/{id}/outages", tag = "equipment", params(("id" = String, Path)),
    request_body = NewOutage, responses((status = 201, body = Vec<Outage>), (status = 409), (status = 422)))]
pub async fn add_outage(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    Body(body): Body<NewOutage>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let made = site::outage(&mut tx, &actor, app.now(), &id, body).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok((StatusCode::CREATED, axum::Json(made)).into_response())
}

/// Enters a line of the standard.
#[utoipa::path(post, path = "/api/office-standards", tag = "equipment",
    request_body = NewStandard, responses((status = 201, body = OfficeStandard), (status = 409), (status = 422)))]
pub async fn add_standard(State(app): State<App>, actor: Actor, Body(body): Body<NewStandard>) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let made = money::standard(&mut tx, &actor, app.now(), body).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok((StatusCode::CREATED, axum::Json(made)).into_response())
}

/// Registers a purchase.
#[utoipa::path(post, path = "/api/purchases", tag = "equipment",
    request_body = NewPurchase, responses((status = 201, body = Purchase), (status = 409), (status = 422)))]
pub async fn add_purchase(State(app): State<App>, actor: Actor, Body(body): Body<NewPurchase>) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let made = money::purchase(&mut tx, &actor, app.now(), body).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok((StatusCode::CREATED, axum::Json(made)).into_response())
}

/// 验收: what passed, what failed and went back.
#[utoipa::path(post, path = "/api/purchases/{id}/acceptance", tag = "equipment", params(("id" = String, Path)),
    request_body = Acceptance, responses((status = 201, body = Purchase), (status = 409), (status = 422)))]
pub async fn accept_purchase(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    Body(body): Body<Acceptance>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let made = money::accept(&mut tx, &actor, app.now(), &id, body).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok((StatusCode::CREATED, axum::Json(made)).into_response())
}

/// Enters need and approved amount of a unit and year; the latest counts.
#[utoipa::path(post, path = "/api/budgets", tag = "equipment",
    request_body = NewBudget, responses((status = 201, body = Budget), (status = 409), (status = 422)))]
pub async fn add_budget(State(app): State<App>, actor: Actor, Body(body): Body<NewBudget>) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let made = money::budget(&mut tx, &actor, app.now(), body).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok((StatusCode::CREATED, axum::Json(made)).into_response())
}
