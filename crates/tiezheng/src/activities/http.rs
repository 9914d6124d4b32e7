//! Activities over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::store::{self, Activity};
use crate::app::{App, new_id};
use crate::audit::{self, Act};
use crate::db::owner::must_belong;
use crate::error::{Problem, Result};
use crate::field;
use crate::http::extract::{Body, Page, Query, limit};
use crate::people::store::Named;
use crate::people::{Actor, Permission, Scope};

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
    let units = match (actor.scope(), query.unit) {
        (Scope::Units { units, .. }, Some(unit)) if !units.contains(&unit) => return Err(Problem::not_found()),
        (_, Some(unit)) => Some(vec![unit]),
        (Scope::Units { units, .. }, None) => Some(units),
        _ => None,
    };
    let before = field::cursor_by_time(query.cursor.as_deref())?;
    let before = before.as_ref().map(|(ms, id)| (*ms, id.as_str()));
    let range = (query.from.unwrap_or(0), query.to.unwrap_or(i64::MAX));
    let agency = actor.agency_filter();
    let mut tx = app.db.read().await?;
    let found = store::list(&mut tx, agency.as_deref(), units.as_deref(), range, before, limit + 1).await?;
    Ok(axum::Json(Page::cut(found, limit as usize, |activity| format!("{}~{}", activity.began_ms, activity.id))))
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
    pub unit_id: Option<String>,
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
    let activity = store::NewActivity {
        id: &id,
        agency: &agency,
        unit: body.unit_id.as_deref().or(actor.unit.as_deref()),
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
    };
    store::put(&mut tx, &activity).await?;
    let detail = json!({
        "title": activity.title, "occasion": activity.occasion, "unit": activity.unit, "place": activity.place,
        "party": activity.party, "began_ms": activity.began_ms, "ended_ms": activity.ended_ms,
        "officers": activity.officers, "devices": activity.devices,
    });
    audit::record(&mut tx, &actor, now, Act::ActivityMade, Some(&agency), Some(&id), detail).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok((StatusCode::CREATED, axum::Json(Named { id, name: title })).into_response())
}

fn once_each(ids: &[String]) -> Vec<String> {
    ids.iter().collect::<std::collections::BTreeSet<_>>().into_iter().cloned().collect()
}
