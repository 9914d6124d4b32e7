//! Handovers over HTTP, and what they let happen to a person.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::standing::{self, Change, HandoverList};
use super::{Handover, NewHandover, Party, STATES, Signing, store};
use crate::app::App;
use crate::audit::{self, Act};
use crate::db::owner::must_belong;
use crate::equipment::law::Adopted;
use crate::error::{Problem, Result};
use crate::field;
use crate::http::extract::{Body, Page, Path, Query, limit};
use crate::people::store::{self as people, Named};
use crate::people::{Actor, Permission, accounts};

#[derive(Deserialize, IntoParams)]
pub struct HandoverQuery {
    /// open, done, withdrawn
    pub state: Option<String>,
    /// Whose post it was.
    pub person: Option<String>,
    /// true: only those that wait for the reader's signature.
    pub waiting: Option<bool>,
    pub cursor: Option<String>,
    pub limit: Option<i64>,
}

/// 交接: what concerns the reader, and what is of his units, newest first.
#[utoipa::path(get, path = "/api/handovers", tag = "people", params(HandoverQuery), operation_id = "handovers",
    responses((status = 200, body = Page<Handover>)))]
pub async fn list(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<HandoverQuery>,
) -> Result<axum::Json<Page<Handover>>> {
    actor.may(Permission::HandoverList)?;
    field::filter("state", query.state.as_deref(), &STATES)?;
    let (now, most, scope) = (app.now(), limit(query.limit), actor.scope());
    let waiting = query.waiting.unwrap_or(false);
    let wanted = store::Wanted {
        scope: Some(&scope),
        own: actor.person.as_deref(),
        person: query.person.as_deref(),
        state: query.state.as_deref().filter(|state| !state.is_empty()),
        waiting_for: waiting.then(|| actor.person.as_deref().unwrap_or_default()),
        before: field::cursor_by_id(query.cursor.as_deref())?,
        most: most + 1,
        ..Default::default()
    };
    let mut tx = app.db.read().await?;
    let (mut adopted, mut found) = (HashMap::new(), Vec::new());
    for one in store::list(&mut tx, &wanted).await? {
        if !adopted.contains_key(&one.agency_id) {
            adopted.insert(one.agency_id.clone(), Adopted::by(&mut tx, &one.agency_id).await?);
        }
        let Some(own) = adopted.get(&one.agency_id) else { continue };
        found.push(one.judged(&app, own, now).brief());
    }
    Ok(axum::Json(Page::cut(found, most as usize, |one| one.id.clone())))
}

/// A handover with what is no longer as it was listed, and as whom the reader may sign.
#[derive(Serialize, ToSchema)]
pub struct HandoverDetail {
    #[serde(flatten)]
    pub handover: Handover,
    /// Since the list was made; of a closed one they stand in its discrepancies.
    pub changes: Vec<Change>,
    /// person, successor, unit_head
    pub may_sign: Vec<String>,
    pub may_withdraw: bool,
}

async fn detailed(app: &App, actor: &Actor, handover: Handover) -> Result<axum::Json<HandoverDetail>> {
    let changes = super::changes(&mut app.db.read().await?, &handover, app.now()).await?;
    let may_sign = super::may_sign(actor, &handover).into_iter().map(|party| party.word().to_owned()).collect();
    let reaches = handover.unit.as_ref().is_none_or(|unit| actor.reaches(&unit.id));
    let other = actor.person.as_ref() != Some(&handover.is_of(Party::Person).id);
    let may_withdraw = handover.state == "open" && actor.has(Permission::HandoverManage) && reaches && other;
    Ok(axum::Json(HandoverDetail { handover, changes, may_sign, may_withdraw }))
}

#[utoipa::path(get, path = "/api/handovers/{id}", tag = "people", params(("id" = String, Path)),
    operation_id = "handover", responses((status = 200, body = HandoverDetail)))]
pub async fn read(State(app): State<App>, actor: Actor, Path(id): Path<String>) -> Result<axum::Json<HandoverDetail>> {
    actor.may(Permission::HandoverList)?;
    let found = super::visible(&mut app.db.read().await?, &app, &actor, &id, app.now()).await?;
    detailed(&app, &actor, found).await
}

/// 发起交接: a unit head for the own unit and below, the leader for all of the agency.
#[utoipa::path(post, path = "/api/handovers", tag = "people", request_body = NewHandover, operation_id = "open_handover",
    responses((status = 201, body = Handover), (status = 409), (status = 422)))]
pub async fn open(State(app): State<App>, actor: Actor, Body(body): Body<NewHandover>) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let made = super::open(&mut tx, &app, &actor, app.now(), body).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok((StatusCode::CREATED, axum::Json(made)).into_response())
}

/// 签字: one's own, or at the head's desk by hand. The head's is the last and completes it.
#[utoipa::path(post, path = "/api/handovers/{id}/sign", tag = "people", params(("id" = String, Path)),
    request_body = Signing, operation_id = "sign_handover",
    responses((status = 200, body = HandoverDetail), (status = 409), (status = 422)))]
pub async fn sign(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    Body(body): Body<Signing>,
) -> Result<axum::Json<HandoverDetail>> {
    let mut tx = app.db.begin().await?;
    let signed = super::sign(&mut tx, &app, &actor, app.now(), &id, &body).await?;
    tx.commit().await?;
    app.events.notify_one();
    detailed(&app, &actor, signed).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    pub reason: String,
}

/// 撤回交接.
#[utoipa::path(post, path = "/api/handovers/{id}/withdraw", tag = "people", params(("id" = String, Path)),
    request_body = Withdrawal, operation_id = "withdraw_handover",
    responses((status = 200, body = HandoverDetail), (status = 409), (status = 422)))]
pub async fn withdraw(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    Body(body): Body<Withdrawal>,
) -> Result<axum::Json<HandoverDetail>> {
    let mut tx = app.db.begin().await?;
    let done = super::withdraw(&mut tx, &app, &actor, app.now(), &id, &body.reason).await?;
    tx.commit().await?;
    app.events.notify_one();
    detailed(&app, &actor, done).await
}

/// What somebody holds in his post today, and how far its handover is.
#[derive(Serialize, ToSchema)]
pub struct Holdings {
    pub person: Named,
    pub unit: Option<Named>,
    pub active: bool,
    pub list: HandoverList,
    pub open: Option<Handover>,
    /// The last one done.
    pub last: Option<Handover>,
}

#[utoipa::path(get, path = "/api/officers/{id}/holdings", tag = "people", params(("id" = String, Path)),
    operation_id = "holdings", responses((status = 200, body = Holdings)))]
pub async fn holdings(State(app): State<App>, actor: Actor, Path(id): Path<String>) -> Result<axum::Json<Holdings>> {
    actor.may(Permission::HandoverList)?;
    let mut tx = app.db.read().await?;
    let person = of_reach(people::person(&mut tx, &id).await?, &actor)?;
    let (open, last) = (store::open_of(&mut tx, &id).await?, store::done_of(&mut tx, &id).await?);
    let since_ms = last.as_ref().map_or(0, |done| done.opened_ms);
    let list = standing::held(&mut tx, &person.agency_id, &id, since_ms, app.now()).await?;
    let (adopted, now) = (Adopted::by(&mut tx, &person.agency_id).await?, app.now());
    let shown = |one: Handover| one.judged(&app, &adopted, now).brief();
    let (open, last) = (open.map(shown), last.map(shown));
    let units = people::units(&mut tx, Some(&person.agency_id)).await?;
    let unit = units.into_iter().find(|unit| person.unit.as_ref() == Some(&unit.id));
    Ok(axum::Json(Holdings {
        person: Named { id: person.id, name: person.name },
        unit: unit.map(|unit| Named { id: unit.id, name: unit.name }),
        active: person.active,
        list,
        open,
        last,
    }))
}

/// Somebody of the reader's scope, or himself; else as if there were no such person.
fn of_reach(person: Option<people::PersonRow>, actor: &Actor) -> Result<people::PersonRow> {
    use crate::people::Scope;
    let person = person.ok_or_else(Problem::not_found)?;
    let within = match actor.scope() {
        Scope::All => true,
        Scope::Agency(agency) => agency == person.agency_id,
        Scope::Units { agency, units } => {
            agency == person.agency_id && person.unit.as_ref().is_some_and(|unit| units.contains(unit))
        }
        Scope::Own { .. } | Scope::Nothing => false,
    };
    if within || actor.person.as_ref() == Some(&person.id) { Ok(person) } else { Err(Problem::not_found()) }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonChange {
    /// 调动: another unit of the agency.
    pub unit_id: Option<String>,
    /// false: 离岗, has left or retired; true: is back.
    pub active: Option<bool>,
}

/// 调动、离岗: refused while anything of the post is left (`handover.open`, `handover.missing`).
#[utoipa::path(patch, path = "/api/officers/{id}", tag = "people", params(("id" = String, Path)),
    request_body = PersonChange, operation_id = "change_officer",
    responses((status = 204), (status = 409), (status = 422)))]
pub async fn change_officer(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    Body(body): Body<PersonChange>,
) -> Result<StatusCode> {
    actor.may(Permission::PeopleManage)?;
    let now = app.now();
    match changed(&app, &actor, now, &id, &body).await {
        Err(problem) => super::note_evaded(&app, &actor, now, &problem).await.and(Err(problem)),
        Ok(()) => Ok(StatusCode::NO_CONTENT),
    }
}

async fn changed(app: &App, actor: &Actor, now: i64, id: &str, body: &PersonChange) -> Result<()> {
    let mut tx = app.db.begin().await?;
    people::lock_people(&mut tx, &[id]).await?;
    let person = people::person(&mut tx, id).await?.ok_or_else(Problem::not_found)?;
    if actor.agency.as_ref().is_some_and(|own| *own != person.agency_id) {
        return Err(Problem::not_found());
    }
    if let Some(unit) = &body.unit_id {
        must_belong(&mut tx, &person.agency_id, "unit", "unit_id", &[unit]).await?;
    }
    let unit = body.unit_id.clone().or(person.unit.clone());
    let active = body.active.unwrap_or(person.active);
    if (&unit, active) == (&person.unit, person.active) {
        return Ok(());
    }
    let leaves = person.active && (!active || person.unit.is_some() && unit != person.unit);
    if leaves {
        super::may_leave(&mut tx, app, id, now).await?;
    }
    people::set_post(&mut tx, id, unit.as_deref(), active).await?;
    let detail = json!({"unit": unit, "from_unit": person.unit, "active": active});
    audit::record(&mut tx, actor, now, Act::PersonChanged, Some(&person.agency_id), Some(id), detail).await?;
    if leaves {
        accounts::end_of_person(&mut tx, actor, now, id).await?;
    }
    tx.commit().await?;
    app.events.notify_one();
    Ok(())
}
