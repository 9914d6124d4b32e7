//! Devices over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use tiezheng_rules::vocab::Responsibility as Duty;
use utoipa::{IntoParams, ToSchema};

use super::store::{self, Device, KINDS};
use crate::app::{App, new_id};
use crate::audit::{self, Act};
use crate::db::owner::must_belong;
use crate::error::{Problem, Result};
use crate::field;
use crate::http::extract::{Body, Page, Query, limit};
use crate::people::store::Named;
use crate::people::{Actor, Permission, responsibility};

#[derive(Deserialize, IntoParams)]
pub struct DeviceQuery {
    pub unit: Option<String>,
    pub kind: Option<String>,
    /// Part of a serial number, asset number, model or holder's name.
    pub q: Option<String>,
    /// true: in use, but not docked for thirty days.
    pub undocked: Option<bool>,
    pub cursor: Option<String>,
    pub limit: Option<i64>,
}

#[utoipa::path(get, path = "/api/devices", tag = "equipment", params(DeviceQuery),
    responses((status = 200, body = Page<Device>)))]
pub async fn devices(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<DeviceQuery>,
) -> Result<axum::Json<Page<Device>>> {
    actor.may(Permission::DeviceList)?;
    field::filter("kind", query.kind.as_deref(), &KINDS)?;
    let (limit, agency) = (limit(query.limit), actor.agency_filter());
    let wanted = store::Wanted {
        agency: agency.as_deref(),
        unit: query.unit.as_deref(),
        kind: query.kind.as_deref().filter(|kind| !kind.is_empty()),
        q: query.q.as_deref(),
        docked_before: query.undocked.unwrap_or(false).then_some(app.now() - store::IDLE_MS),
        after: query.cursor.as_deref(),
        most: limit + 1,
    };
    let found = store::list(&mut app.db.read().await?, &wanted, app.now()).await?;
    Ok(axum::Json(Page::cut(found, limit as usize, |device| device.id.clone())))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDevice {
    pub kind: String,
    pub model: String,
    pub serial_no: String,
    pub asset_no: Option<String>,
    pub unit_id: Option<String>,
}

#[utoipa::path(post, path = "/api/devices", tag = "equipment", request_body = NewDevice,
    responses((status = 201, body = Named), (status = 409), (status = 422)))]
pub async fn add_device(State(app): State<App>, actor: Actor, Body(body): Body<NewDevice>) -> Result<Response> {
    actor.may(Permission::DeviceManage)?;
    let agency = actor.own_agency()?.to_owned();
    if !KINDS.contains(&body.kind.as_str()) {
        return Err(Problem::invalid("kind", "device.kind").with("allowed", KINDS.join(", ")));
    }
    let serial_no = field::text("serial_no", &body.serial_no, field::CODE_MOST)?;
    let model = field::optional("model", Some(&body.model), field::NAME_MOST)?.unwrap_or_default();
    let asset_no = field::optional("asset_no", body.asset_no.as_deref(), field::CODE_MOST)?;
    let now = app.now();
    let id = new_id(now);
    let mut tx = app.db.begin().await?;
    let unit: Vec<&str> = body.unit_id.iter().map(String::as_str).collect();
    must_belong(&mut tx, &agency, "unit", "unit_id", &unit).await?;
    responsibility::must_hold(&mut tx, &app.laws, &actor, body.unit_id.as_deref(), Duty::DeviceRegister, now).await?;
    let device = store::NewDevice {
        id: &id,
        agency: &agency,
        unit: body.unit_id.as_deref(),
        kind: &body.kind,
        model: &model,
        serial_no: &serial_no,
        asset_no: asset_no.as_deref(),
        status: "in_use",
    };
    store::put(&mut tx, &device).await?;
    let detail = json!({
        "kind": device.kind, "model": device.model, "serial_no": device.serial_no, "asset_no": device.asset_no,
        "unit": device.unit, "status": device.status,
    });
    audit::record(&mut tx, &actor, now, Act::DeviceMade, Some(&agency), Some(&id), detail).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok((StatusCode::CREATED, axum::Json(Named { id, name: serial_no })).into_response())
}
