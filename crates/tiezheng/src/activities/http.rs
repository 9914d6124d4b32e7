//! Activities over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::exemption::{self, Exempt, NewExemption};
use super::store::{self, Activity};
use crate::app::{App, new_id};
use crate::audit::{self, Act};
use crate::db::owner::must_belong;
use crate::error::{Problem, Result};
use crate::field;
use crate::http::extract::{Body, Page, Path, Query, limit};
use crate::people::store::Named;
use crate::people::{Actor, Permission, Scope};
use crate::regulations::applies::{self, Applies, Who};
use crate::regulations::binding;

#[derive(Deserialize, IntoParams)]
pub struct ActivityQuery {
    pub from: Option<i64>,
    pub to: Option<i64>,
    pub unit: Option<String>,
    pub cursor: Option<String>,
    pub limit: Option<i64>,
}

#[utoipa::path(get, path = "/api/activities", tag = "activities", params(ActivityQuery),
    responses((status = 200, body = Page<Activity>)))]
pub async fn list(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<ActivityQuery>,
) -> Result<axum::Json<Page<Activity>>> {
    actor.may(Permission::ActivityList)?;
    let limit = limit(query.limit);
    let units = match (own_units(&actor), query.unit) {
        (Some(units), Some(unit)) if !units.contains(&unit) => return Err(Problem::not_found()),
        (_, Some(unit)) => Some(vec![unit]),
        (units, None) => units,
    };
    let before = field::cursor_by_time(query.cursor.as_deref())?;
    let before = before.as_ref().map(|(ms, id)| (*ms, id.as_str()));
    let range = (query.from.unwrap_or(0), query.to.unwrap_or(i64::MAX));
    let agency = actor.agency_filter();
    let mut tx = app.db.read().await?;
    let found = store::list(&mut tx, agency.as_deref(), units.as_deref(), range, before, limit + 1).await?;
    Ok(axum::Json(Page::cut(found, limit as usize, |activity| format!("{}~{}", activity.began_ms, activity.id))))
}

/// The units whose activities an actor sees; `None`: all of the agency's.
fn own_units(actor: &Actor) -> Option<Vec<String>> {
    match actor.scope() {
        Scope::Units { units, .. } => Some(units),
        _ => None,
    }
}

#[derive(Serialize, ToSchema)]
pub struct ActivityDetail {
    #[serde(flatten)]
    pub activity: Activity,
    /// The regulation it goes by: its unit's on the day it began.
    pub applies: Applies,
    /// 不录音像: the reasons there are, and the one that was given.
    pub exemption: Exempt,
    /// Those of the other units of a joint operation; nothing else of theirs is told.
    pub also: Vec<Applies>,
}

#[utoipa::path(get, path = "/api/activities/{id}", tag = "activities", params(("id" = String, Path)),
    responses((status = 200, body = ActivityDetail), (status = 404)))]
pub async fn detail(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<axum::Json<ActivityDetail>> {
    actor.may(Permission::ActivityList)?;
    let (agency, units) = (actor.agency_filter(), own_units(&actor));
    let mut tx = app.db.read().await?;
    let activity =
        store::one(&mut tx, agency.as_deref(), units.as_deref(), &id).await?.ok_or_else(Problem::not_found)?;
    let unit = activity.unit.as_ref().map(|unit| unit.id.as_str());
    let who = Who { agency: &activity.agency_id, unit, at_ms: activity.began_ms };
    let applies = applies::to(&app, &mut tx, &who).await?;
    let also = applies::also(&app, &mut tx, activity.joint_no.as_deref(), &id).await?;
    let exemption = exemption::of(&mut tx, &app, &activity).await?;
    Ok(axum::Json(ActivityDetail { activity, applies, exemption, also }))
}

/// 登记不录音像: the activity was not recorded, and why. Entered once; refused with its articles where the regulation does
/// not know the reason.
#[utoipa::path(post, path = "/api/activities/{id}/exemption", tag = "activities", params(("id" = String, Path)),
    request_body = NewExemption, responses((status = 201, body = Exempt), (status = 404), (status = 409), (status = 422)))]
pub async fn exempt(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    Body(body): Body<NewExemption>,
) -> Result<Response> {
    actor.may(Permission::ActivityManage)?;
    let (agency, units) = (actor.agency_filter(), own_units(&actor));
    let mut tx = app.db.begin().await?;
    let activity =
        store::one(&mut tx, agency.as_deref(), units.as_deref(), &id).await?.ok_or_else(Problem::not_found)?;
    exemption::enter(&mut tx, &app, &actor, app.now(), &activity, body).await?;
    let entered = exemption::of(&mut tx, &app, &activity).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok((StatusCode::CREATED, axum::Json(entered)).into_response())
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewActivity {
    pub title: String,
    pub occasion: String,
    pub place: Option<String>,
    pub party: Option<String>,
    pub began_ms: i64,
    pub ended_ms: Option<i64>,
    /// One's own when missing. It must be bound by a regulation on the day it begins.
    pub unit_id: Option<String>,
    /// 联合执法编号: the number the agencies of a joint operation have agreed upon.
    pub joint_no: Option<String>,
    #[serde(default)]
    pub officers: Vec<String>,
    #[serde(default)]
    pub devices: Vec<String>,
}

#[utoipa::path(post, path = "/api/activities", tag = "activities", request_body = NewActivity,
    responses((status = 201, body = Named), (status = 422)))]
pub async fn add(State(app): State<App>, actor: Actor, Body(body): Body<NewActivity>) -> Result<Response> {
    actor.may(Permission::ActivityManage)?;
    let agency = actor.own_agency()?.to_owned();
    let title = field::text("title", &body.title, field::TITLE_MOST)?;
    field::word("occasion", &body.occasion, &field::occasions())?;
    let place = field::optional("place", body.place.as_deref(), field::TITLE_MOST)?;
    let party = field::optional("party", body.party.as_deref(), field::TITLE_MOST)?;
    let joint_no = field::optional("joint_no", body.joint_no.as_deref(), field::CODE_MOST)?;
    field::time("began_ms", body.began_ms)?;
    body.ended_ms.map(|ended| field::time("ended_ms", ended)).transpose()?;
    if body.ended_ms.is_some_and(|ended| ended < body.began_ms) {
        return Err(Problem::invalid("ended_ms", "activity.ends_before_it_begins"));
    }
    let now = app.now();
    let id = new_id(now);
    let (officers, devices) = (once_each(&body.officers), once_each(&body.devices));
    let mut tx = app.db.begin().await?;
    for (table, field, ids) in [
        ("unit", "unit_id", body.unit_id.as_slice()),
        ("person", "officers", &officers),
        ("device", "devices", &devices),
    ] {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        must_belong(&mut tx, &agency, table, field, &ids).await?;
    }
    let unit = body.unit_id.as_deref().or(actor.unit.as_deref());
    let unit = unit.ok_or_else(|| Problem::invalid("unit_id", "field.required"))?;
    binding::may_open(&mut tx, &app.laws, &agency, unit, body.began_ms).await?;
    let activity = store::NewActivity {
        id: &id,
        agency: &agency,
        unit: Some(unit),
        case: None,
        title: &title,
        occasion: &body.occasion,
        place: place.as_deref(),
        party: party.as_deref(),
        began_ms: body.began_ms,
        ended_ms: body.ended_ms,
        officers: &officers,
        devices: &devices,
        grounds: "[]",
        joint_no: joint_no.as_deref(),
    };
    store::put(&mut tx, &activity).await?;
    let detail = json!({
        "title": activity.title, "occasion": activity.occasion, "unit": activity.unit, "place": activity.place,
        "party": activity.party, "began_ms": activity.began_ms, "ended_ms": activity.ended_ms,
        "officers": activity.officers, "devices": activity.devices, "joint_no": activity.joint_no,
    });
    audit::record(&mut tx, &actor, now, Act::ActivityMade, Some(&agency), Some(&id), detail).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok((StatusCode::CREATED, axum::Json(Named { id, name: title })).into_response())
}

fn once_each(ids: &[String]) -> Vec<String> {
    ids.iter().collect::<std::collections::BTreeSet<_>>().into_iter().cloned().collect()
}
