//! Orders over HTTP: transfer, retirement, loss, replacement.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::due;
use super::orders::{self, KINDS, Opening, Order, STATES, Stepping};
use super::store::orders::{self as store, Wanted};
use crate::app::App;
use crate::error::{Problem, Result};
use crate::field;
use crate::http::extract::{Body, Page, Path, Query, limit};
use crate::people::{Actor, Permission};

#[derive(Deserialize, IntoParams)]
pub struct OrderQuery {
    /// transfer, retirement, loss, replacement
    pub kind: Option<String>,
    pub state: Option<String>,
    pub device: Option<String>,
    /// true: not closed yet.
    pub open: Option<bool>,
    /// true: those the asker can take further.
    pub waiting: Option<bool>,
    pub cursor: Option<String>,
    pub limit: Option<i64>,
}

/// Newest first.
#[utoipa::path(get, path = "/api/device-orders", tag = "equipment", params(OrderQuery),
    responses((status = 200, body = Page<Order>)))]
pub async fn orders(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<OrderQuery>,
) -> Result<axum::Json<Page<Order>>> {
    actor.may(Permission::DeviceList)?;
    field::filter("kind", query.kind.as_deref(), &KINDS)?;
    field::filter("state", query.state.as_deref(), &STATES)?;
    let (limit, agency) = (limit(query.limit), actor.agency_filter());
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let (kind, state) = (filled(&query.kind), filled(&query.state));
    let wanted = Wanted {
        agency: agency.as_deref(),
        kind: kind.as_deref(),
        state: state.as_deref(),
        device: query.device.as_deref(),
        open: query.open.unwrap_or(false),
        waiting: query.waiting.unwrap_or(false).then(|| due::waiting(&actor)),
        after: field::cursor_by_id(query.cursor.as_deref())?,
        most: limit + 1,
        ..Wanted::default()
    };
    let found = store::list(&mut app.db.read().await?, &wanted).await?;
    Ok(axum::Json(Page::cut(found, limit as usize, |order| order.id.clone())))
}

#[utoipa::path(post, path = "/api/device-orders", tag = "equipment", request_body = Opening,
    responses((status = 201, body = Order), (status = 409), (status = 422)))]
pub async fn open_order(State(app): State<App>, actor: Actor, Body(body): Body<Opening>) -> Result<Response> {
    let order = orders::open(&app, &actor, app.now(), &body).await?;
    Ok((StatusCode::CREATED, axum::Json(order)).into_response())
}

#[utoipa::path(get, path = "/api/device-orders/{id}", tag = "equipment", params(("id" = String, Path)),
    responses((status = 200, body = Order), (status = 404)))]
pub async fn order(State(app): State<App>, actor: Actor, Path(id): Path<String>) -> Result<axum::Json<Order>> {
    actor.may(Permission::DeviceList)?;
    let found = store::one(&mut app.db.read().await?, actor.agency_filter().as_deref(), &id).await?;
    found.ok_or_else(Problem::not_found).map(axum::Json)
}

#[utoipa::path(post, path = "/api/device-orders/{id}/steps", tag = "equipment", params(("id" = String, Path)),
    request_body = Stepping,
    responses((status = 200, body = Order), (status = 404), (status = 409), (status = 422)))]
pub async fn step_order(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    Body(body): Body<Stepping>,
) -> Result<axum::Json<Order>> {
    orders::step(&app, &actor, app.now(), &id, &body).await.map(axum::Json)
}
