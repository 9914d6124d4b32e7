//! Responsibilities over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::store::{self, Designation, Filter};
use super::{Gap, Wanted};
use crate::app::App;
use crate::error::Result;
use crate::field;
use crate::http::extract::{Body, Page, Path, Query, limit};
use crate::people::{Actor, Permission};

#[derive(Deserialize, IntoParams)]
pub struct ResponsibilityQuery {
    pub unit: Option<String>,
    pub duty: Option<String>,
    pub person: Option<String>,
    /// Only those that held at this moment; all, ended ones too, when missing.
    pub at_ms: Option<i64>,
    pub cursor: Option<String>,
    pub limit: Option<i64>,
}

/// 责任分工: who answers or answered for what, newest first.
#[utoipa::path(get, path = "/api/responsibilities", tag = "people", params(ResponsibilityQuery),
    operation_id = "responsibilities", responses((status = 200, body = Page<Designation>)))]
pub async fn list(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<ResponsibilityQuery>,
) -> Result<axum::Json<Page<Designation>>> {
    actor.may(Permission::ResponsibilityList)?;
    let (most, agency) = (limit(query.limit), actor.agency_filter());
    let filter = Filter {
        agency: agency.as_deref(),
        unit: query.unit.as_deref(),
        duty: query.duty.as_deref().filter(|duty| !duty.is_empty()),
        person: query.person.as_deref(),
        at_ms: query.at_ms,
        before: field::cursor_by_id(query.cursor.as_deref())?,
        most: most + 1,
    };
    let found = store::list(&mut app.db.read().await?, &filter).await?;
    Ok(axum::Json(Page::cut(found, most as usize, |one| one.id.clone())))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDesignation {
    pub unit_id: String,
    pub duty: String,
    /// Who holds it; or `linked_unit_id`, the body that does.
    pub person_id: Option<String>,
    pub linked_unit_id: Option<String>,
    pub deputy_id: Option<String>,
    pub post: Option<String>,
    pub document: Option<String>,
    /// Now when missing.
    pub from_ms: Option<i64>,
    pub to_ms: Option<i64>,
}

/// 指定专人: a unit head within the own unit and below, the leader in all of the agency.
#[utoipa::path(post, path = "/api/responsibilities", tag = "people", operation_id = "designate",
    request_body = NewDesignation,
    responses((status = 201, body = Designation), (status = 409), (status = 422)))]
pub async fn designate(State(app): State<App>, actor: Actor, Body(body): Body<NewDesignation>) -> Result<Response> {
    let now = app.now();
    let wanted = Wanted {
        unit: body.unit_id,
        duty: body.duty,
        person: body.person_id,
        linked_unit: body.linked_unit_id,
        deputy: body.deputy_id,
        post: body.post,
        document: body.document,
        from_ms: body.from_ms.unwrap_or(now),
        to_ms: body.to_ms,
    };
    let mut tx = app.db.begin().await?;
    let made = super::designate(&mut tx, &actor, now, wanted).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok((StatusCode::CREATED, axum::Json(made)).into_response())
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndDesignation {
    /// Now when missing.
    pub to_ms: Option<i64>,
    pub reason: Option<String>,
}

/// 终止指定.
#[utoipa::path(post, path = "/api/responsibilities/{id}/end", tag = "people", params(("id" = String, Path)),
    operation_id = "end_designation", request_body = EndDesignation,
    responses((status = 204), (status = 409), (status = 422)))]
pub async fn end(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    Body(body): Body<EndDesignation>,
) -> Result<StatusCode> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    super::end(&mut tx, &actor, now, &id, body.to_ms.unwrap_or(now), body.reason.as_deref()).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, IntoParams)]
pub struct GapQuery {
    /// For those above all agencies; everybody else has only the own one.
    pub agency: Option<String>,
}

/// 空缺: duties that the regulation demands and nobody holds today, each with who is told.
#[utoipa::path(get, path = "/api/responsibilities/gaps", tag = "people", params(GapQuery),
    operation_id = "responsibility_gaps", responses((status = 200, body = Page<Gap>)))]
pub async fn gaps(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<GapQuery>,
) -> Result<axum::Json<Page<Gap>>> {
    actor.may(Permission::ResponsibilityList)?;
    let mut tx = app.db.read().await?;
    let found = match actor.agency_filter().or(query.agency).or(actor.agency.clone()) {
        Some(agency) => super::gaps(&mut tx, &app.laws, &actor, &agency, app.now()).await?,
        None => Vec::new(),
    };
    Ok(axum::Json(Page::whole(found)))
}
