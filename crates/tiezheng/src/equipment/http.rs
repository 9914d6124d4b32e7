//! Devices over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tiezheng_rules::time::legal_day;
use utoipa::{IntoParams, ToSchema};

use super::acts::{self, Acts, Done};
use super::law::{Adopted, Retiring};
use super::models;
use super::orders::Order;
use super::register::{self, Correction, Registration};
use super::store::devices::{self, Due, Wanted};
use super::store::{self, orders, steps};
use super::{Device, Held, KINDS, OnDevice, Step, due, judge, life};
use crate::app::App;
use crate::db::Tx;
use crate::error::{Problem, Result};
use crate::field;
use crate::http::extract::{Body, Page, Path, Query, language, limit};
use crate::people::store::Named;
use crate::people::{Actor, Permission};

#[derive(Deserialize, IntoParams)]
pub struct DeviceQuery {
    pub unit: Option<String>,
    pub kind: Option<String>,
    pub status: Option<String>,
    /// Id of the person who holds it now.
    pub holder: Option<String>,
    /// Part of a serial number, asset number, maker, model or holder's name.
    pub q: Option<String>,
    /// return, upkeep, renewal, replacement, replacement_overdue, idle, undocked
    pub due: Option<String>,
    /// Due as of this day; left out: today.
    pub on: Option<String>,
    /// true: only what the reader looks after, as the workbench counts it.
    pub mine: Option<bool>,
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
    field::filter("status", query.status.as_deref(), &life::STATUSES)?;
    let (limit, agency) = (limit(query.limit), actor.agency_filter());
    let mut tx = app.db.read().await?;
    let wanted = Wanted {
        status: filled(&query.status),
        after: query.cursor.as_deref(),
        most: limit + 1,
        ..filtered(&mut tx, &app, &actor, agency.as_deref(), &query).await?
    };
    let found = devices::list(&mut tx, &wanted).await?;
    Ok(axum::Json(Page::cut(found, limit as usize, |device| device.id.clone())))
}

fn filled(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

/// The filters that a list and its counts share.
async fn filtered<'a>(
    tx: &mut Tx,
    app: &App,
    actor: &Actor,
    agency: Option<&'a str>,
    query: &'a DeviceQuery,
) -> Result<Wanted<'a>> {
    field::filter("kind", query.kind.as_deref(), &KINDS)?;
    Ok(Wanted {
        agency,
        unit: query.unit.as_deref(),
        kind: filled(&query.kind),
        holder: filled(&query.holder),
        q: query.q.as_deref(),
        due: due_of(tx, app, actor, query).await?,
        ..Wanted::default()
    })
}

/// What the devices asked for are due for, and whose they are.
async fn due_of(tx: &mut Tx, app: &App, actor: &Actor, query: &DeviceQuery) -> Result<Option<Due>> {
    field::filter("due", query.due.as_deref(), &due::DUES)?;
    let (day, agency) = (day(app, query.on.as_deref())?, actor.agency_filter());
    let mine = query.mine.unwrap_or(false).then(|| due::mine(actor));
    let due = match filled(&query.due) {
        Some(asked) => due::among(tx, app, agency.as_deref(), &[asked], day).await?.pop(),
        None => None,
    };
    Ok(match (due, mine) {
        (Some(due), Some(mine)) => Some(due.and(&mine)),
        (due, mine) => due.or(mine),
    })
}

/// A day of a query; left out: today.
fn day(app: &App, on: Option<&str>) -> Result<Date> {
    let Some(text) = on.filter(|text| !text.is_empty()) else { return Ok(legal_day(app.now())) };
    let wrong = || Problem::invalid("on", "field.date").with("found", field::short(text));
    text.parse::<Date>().ok().filter(|day| (2000..2200).contains(&day.year())).ok_or_else(wrong)
}

/// How many devices a filter finds, in each state.
#[derive(Serialize, ToSchema)]
pub struct DeviceFacets {
    pub total: i64,
    #[schema(value_type = Object)]
    pub by_status: std::collections::BTreeMap<String, i64>,
}

/// Counts under the filters of the list; the state itself and the place in the list do not count.
#[utoipa::path(get, path = "/api/devices/facets", tag = "equipment", params(DeviceQuery),
    responses((status = 200, body = DeviceFacets)))]
pub async fn device_facets(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<DeviceQuery>,
) -> Result<axum::Json<DeviceFacets>> {
    actor.may(Permission::DeviceList)?;
    let agency = actor.agency_filter();
    let mut tx = app.db.read().await?;
    let wanted = filtered(&mut tx, &app, &actor, agency.as_deref(), &query).await?;
    let by_status = devices::by_status(&mut tx, &wanted).await?;
    Ok(axum::Json(DeviceFacets { total: by_status.values().sum(), by_status }))
}

#[utoipa::path(post, path = "/api/devices", tag = "equipment", request_body = Registration,
    responses((status = 201, body = Named), (status = 409), (status = 422)))]
pub async fn add_device(State(app): State<App>, actor: Actor, Body(body): Body<Registration>) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let id = register::register(&mut tx, &app, &actor, app.now(), &body).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok((StatusCode::CREATED, axum::Json(Named { id, name: body.serial_no.trim().to_owned() })).into_response())
}

#[derive(Deserialize, IntoParams)]
pub struct DayQuery {
    /// The day on which the service life is judged; left out: today.
    pub on: Option<String>,
}

/// A device with everything that is known of it.
#[derive(Serialize, ToSchema)]
pub struct DeviceDetail {
    #[serde(flatten)]
    pub device: Device,
    /// Acts that this reader could do with it now, in the order of the table.
    pub lawful: Vec<String>,
    /// 使用年限: the verdict with its articles; null where nobody has told since when it is used.
    #[schema(value_type = Option<Object>)]
    pub life: Option<Json>,
    /// Recordings known to be on it only.
    pub on_device: Option<OnDevice>,
    /// Oldest first.
    pub history: Vec<Step>,
    /// Who held it when, newest first.
    pub custody: Vec<Held>,
    /// Newest first, closed ones too.
    pub orders: Vec<Order>,
    /// Technical items of the regulation that nobody has declared fulfilled of its model.
    pub unproven: Vec<String>,
}

#[utoipa::path(get, path = "/api/devices/{id}", tag = "equipment", params(("id" = String, Path), DayQuery),
    responses((status = 200, body = DeviceDetail), (status = 404)))]
pub async fn device(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    Query(query): Query<DayQuery>,
) -> Result<axum::Json<DeviceDetail>> {
    actor.may(Permission::DeviceList)?;
    let mut tx = app.db.read().await?;
    let agency = actor.agency_filter();
    let device = devices::one(&mut tx, agency.as_deref(), &id).await?.ok_or_else(Problem::not_found)?;
    let day = day(&app, query.on.as_deref())?;
    let laws = Adopted::by(&mut tx, &device.agency_id).await?.of_unit(&app, device.unit_id(), day);
    let life = laws.life(&device, &Retiring::default()).map(serde_json::to_value).transpose()?;
    let may = |line: &&life::Line| actor.has(line.may) && judge::lawful(&actor, line, &laws, &device).is_ok();
    let lawful = life::TABLE.iter().filter(may).map(|line| line.act.to_owned()).collect();
    Ok(axum::Json(DeviceDetail {
        lawful,
        life,
        on_device: steps::on_device(&mut tx, &device).await?,
        history: steps::history(&mut tx, &id).await?,
        orders: orders::list(&mut tx, &orders::Wanted { device: Some(&id), most: 200, ..Default::default() }).await?,
        unproven: models::unproven(&mut tx, &laws, &device).await?.into_iter().map(|(item, _)| item).collect(),
        custody: steps::ledger(&mut tx, agency.as_deref(), Some(&id), None, None, 500).await?,
        device,
    }))
}

#[utoipa::path(patch, path = "/api/devices/{id}", tag = "equipment", params(("id" = String, Path)),
    request_body = Correction,
    responses((status = 200, body = Device), (status = 404), (status = 409), (status = 422)))]
pub async fn correct_device(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    Body(body): Body<Correction>,
) -> Result<axum::Json<Device>> {
    register::correct(&app, &actor, app.now(), &id, &body).await.map(axum::Json)
}

#[derive(Deserialize, IntoParams)]
pub struct ScanQuery {
    /// Asset number, serial number, id, or what our own label holds: `tiezheng:device:<id>`.
    pub code: String,
    /// What is to be done with it.
    pub act: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct Scanned {
    pub device: Device,
    /// Whether the act could be done as far as the device's own state goes; null: none was asked for.
    pub lawful: Option<bool>,
    /// The problem document the act would be answered with.
    #[schema(value_type = Option<Object>)]
    pub problem: Option<Json>,
}

#[utoipa::path(get, path = "/api/devices/scan", tag = "equipment", params(ScanQuery),
    responses((status = 200, body = Scanned), (status = 404), (status = 409), (status = 422)))]
pub async fn scan(
    State(app): State<App>,
    actor: Actor,
    headers: axum::http::HeaderMap,
    Query(query): Query<ScanQuery>,
) -> Result<axum::Json<Scanned>> {
    actor.may(Permission::DeviceList)?;
    let agency = actor.agency_filter();
    let code = field::text("code", &query.code, field::CODE_MOST)?;
    let own = code.strip_prefix("tiezheng:device:").unwrap_or(&code);
    let line = match query.act.as_deref().filter(|act| !act.is_empty()) {
        None => None,
        Some(act) => field::word("act", act, &life::acts()).map(|()| life::line(act))?,
    };
    let mut tx = app.db.read().await?;
    let id = match &store::by_number(&mut tx, agency.as_deref(), own).await?[..] {
        [] => return Err(Problem::refused(404, "device.unknown_code").with("code", field::short(&code))),
        [only] => only.clone(),
        _ => return Err(Problem::refused(409, "device.ambiguous_code").with("code", field::short(&code))),
    };
    let device = devices::one(&mut tx, agency.as_deref(), &id).await?.ok_or_else(Problem::not_found)?;
    let adopted = Adopted::by(&mut tx, &device.agency_id).await?;
    let laws = adopted.of_unit(&app, device.unit_id(), legal_day(app.now()));
    let judged = line.map(|line| actor.may(line.may).and_then(|()| judge::lawful(&actor, line, &laws, &device)));
    let problem = judged.as_ref().and_then(|judged| judged.as_ref().err());
    let problem = problem.map(|problem| acts::about(problem.clone(), &device).document(language(&headers)));
    Ok(axum::Json(Scanned { lawful: judged.map(|judged| judged.is_ok()), problem, device }))
}

#[utoipa::path(post, path = "/api/devices/acts", tag = "equipment", request_body = Acts,
    responses((status = 200, body = Done), (status = 409), (status = 422)))]
pub async fn act(State(app): State<App>, actor: Actor, Body(body): Body<Acts>) -> Result<axum::Json<Done>> {
    acts::perform(&app, &actor, app.now(), &body).await.map(axum::Json)
}

#[derive(Deserialize, IntoParams)]
pub struct LedgerQuery {
    pub device: Option<String>,
    pub person: Option<String>,
    /// Who held what at this moment; left out: ever.
    pub at_ms: Option<i64>,
}

/// 领用台账: who held which device when, newest first.
#[utoipa::path(get, path = "/api/devices/ledger", tag = "equipment", params(LedgerQuery),
    responses((status = 200, body = Page<Held>)))]
pub async fn ledger(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<LedgerQuery>,
) -> Result<axum::Json<Page<Held>>> {
    actor.may(Permission::DeviceList)?;
    let (agency, device, person) = (actor.agency_filter(), query.device.as_deref(), query.person.as_deref());
    let mut tx = app.db.read().await?;
    let found = steps::ledger(&mut tx, agency.as_deref(), device, person, query.at_ms, 1000).await?;
    Ok(axum::Json(Page { items: found, next: None, total: None }))
}
