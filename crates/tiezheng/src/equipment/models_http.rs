//! Models and upkeep plans over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tiezheng_rules::time::legal_day;

use super::due::{self, UpkeepPlan};
use super::law::Adopted;
use super::models::{self, Model, NewDeclaration, NewModel};
use super::store::models as store;
use crate::app::App;
use crate::error::Result;
use crate::http::extract::{Body, Page, Path};
use crate::people::{self, Actor, Permission};

/// Every model with the technical items of today's regulation.
#[utoipa::path(get, path = "/api/device-models", tag = "equipment", responses((status = 200, body = Page<Model>)))]
pub async fn models(State(app): State<App>, actor: Actor) -> Result<axum::Json<Page<Model>>> {
    actor.may(Permission::DeviceList)?;
    let mut tx = app.db.read().await?;
    let mut found = Vec::new();
    for agency in people::store::agencies(&mut tx, actor.agency_filter().as_deref()).await? {
        let laws = Adopted::by(&mut tx, &agency.id).await?.on(&app, legal_day(app.now()));
        found.extend(models::list(&mut tx, &laws, &agency.id).await?);
    }
    Ok(axum::Json(Page::whole(found)))
}

#[utoipa::path(post, path = "/api/device-models", tag = "equipment", request_body = NewModel,
    responses((status = 201, body = Model), (status = 409), (status = 422)))]
pub async fn add_model(State(app): State<App>, actor: Actor, Body(body): Body<NewModel>) -> Result<Response> {
    let model = models::add(&app, &actor, app.now(), &body).await?;
    Ok((StatusCode::CREATED, axum::Json(model)).into_response())
}

#[utoipa::path(post, path = "/api/device-models/{id}/declarations", tag = "equipment",
    params(("id" = String, Path)), request_body = NewDeclaration,
    responses((status = 201, body = Model), (status = 404), (status = 422)))]
pub async fn declare(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    Body(body): Body<NewDeclaration>,
) -> Result<Response> {
    let model = models::declare(&app, &actor, app.now(), &id, &body).await?;
    Ok((StatusCode::CREATED, axum::Json(model)).into_response())
}

/// 维护计划 of the asker's agency.
#[utoipa::path(get, path = "/api/upkeep-plans", tag = "equipment", responses((status = 200, body = Page<UpkeepPlan>)))]
pub async fn upkeep_plans(State(app): State<App>, actor: Actor) -> Result<axum::Json<Page<UpkeepPlan>>> {
    actor.may(Permission::DeviceList)?;
    let Some(agency) = actor.agency.as_deref() else { return Ok(axum::Json(Page::whole(Vec::new()))) };
    let found = store::plans(&mut app.db.read().await?, agency).await?;
    Ok(axum::Json(Page::whole(found)))
}

#[utoipa::path(put, path = "/api/upkeep-plans", tag = "equipment", request_body = UpkeepPlan,
    responses((status = 200, body = Page<UpkeepPlan>), (status = 422)))]
pub async fn put_plan(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<UpkeepPlan>,
) -> Result<axum::Json<Page<UpkeepPlan>>> {
    due::plan(&app, &actor, app.now(), &body).await.map(|plans| axum::Json(Page::whole(plans)))
}
