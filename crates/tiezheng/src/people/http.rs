//! Sessions, agencies, units and officers over HTTP.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::permission::TABLE;
use super::store::{self, Agency, Named, Officer, Unit};
use super::{NewAccount, Permission, Role, grants, put_account, sessions};
use crate::app::{App, new_id};
use crate::audit::{self, Act};
use crate::error::{Problem, Result};
use crate::http::extract::{Address, Body, COOKIE, Page, Query, limit, session_secret};
use crate::people::Actor;

#[derive(Serialize, ToSchema)]
pub struct Me {
    pub account: String,
    pub name: String,
    pub officer_id: Option<String>,
    pub agency: Option<Agency>,
    pub unit: Option<Named>,
    pub roles: Vec<String>,
    pub permissions: Vec<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    pub account: String,
    pub password: String,
}

async fn me(app: &App, actor: &Actor) -> Result<Me> {
    let mut tx = app.db.read().await?;
    let agency = match &actor.agency {
        Some(id) => store::agencies(&mut tx, Some(id)).await?.pop(),
        None => None,
    };
    let unit = match (&actor.unit, &actor.agency) {
        (Some(id), Some(agency)) => {
            let units = store::units(&mut tx, Some(agency)).await?;
            units.into_iter().find(|unit| unit.id == *id).map(|unit| Named { id: unit.id, name: unit.name })
        }
        _ => None,
    };
    Ok(Me {
        account: actor.account.clone().unwrap_or_default(),
        name: actor.name.clone(),
        officer_id: actor.person.clone(),
        agency,
        unit,
        roles: actor.roles.iter().map(|role| role.name().to_owned()).collect(),
        permissions: TABLE.iter().filter(|line| actor.has(line.0)).map(|line| line.1.to_owned()).collect(),
    })
}

/// 登录
#[utoipa::path(post, path = "/api/session", tag = "session", request_body = SignIn,
    responses((status = 200, body = Me), (status = 401), (status = 429)))]
pub async fn open_session(
    State(app): State<App>,
    Address(address): Address,
    headers: HeaderMap,
    Body(body): Body<SignIn>,
) -> Result<Response> {
    let opened = sessions::sign_in(&app, body.account.trim(), &body.password, &address).await?;
    let secure = if headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https") { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200{secure}", opened.secret);
    let me = me(&app, &opened.actor).await?;
    Ok(([(header::SET_COOKIE, cookie)], axum::Json(me)).into_response())
}

#[utoipa::path(get, path = "/api/session", tag = "session", responses((status = 200, body = Me), (status = 401)))]
pub async fn read_session(State(app): State<App>, actor: Actor) -> Result<axum::Json<Me>> {
    me(&app, &actor).await.map(axum::Json)
}

/// 退出
#[utoipa::path(delete, path = "/api/session", tag = "session", responses((status = 204)))]
pub async fn close_session(State(app): State<App>, headers: HeaderMap, actor: Actor) -> Result<Response> {
    if let Some(secret) = session_secret(&headers) {
        sessions::sign_out(&app, &actor, &secret).await?;
        app.events.notify_one();
    }
    let gone = format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, gone)]).into_response())
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    pub old: String,
    pub new: String,
}

#[utoipa::path(post, path = "/api/session/password", tag = "session", request_body = NewPassword,
    responses((status = 204), (status = 422), (status = 429)))]
pub async fn change_password(
    State(app): State<App>,
    actor: Actor,
    Address(address): Address,
    headers: HeaderMap,
    Body(body): Body<NewPassword>,
) -> Result<StatusCode> {
    let session = session_secret(&headers);
    sessions::change_password(&app, &actor, session.as_deref(), (&body.old, &body.new), &address).await?;
    app.events.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Activation {
    pub account: String,
    /// The half that the security administrator was shown, and the one that the confirmer was; either first.
    pub codes: [String; 2],
    /// One's own.
    pub password: String,
}

/// 启用账号: the owner sets a password and can sign in from then on.
#[utoipa::path(post, path = "/api/session/activation", tag = "session", request_body = Activation,
    responses((status = 204), (status = 401), (status = 422), (status = 429)))]
pub async fn activate(
    State(app): State<App>,
    Address(address): Address,
    Body(body): Body<Activation>,
) -> Result<StatusCode> {
    sessions::activate(&app, body.account.trim(), &body.codes, &body.password, &address).await?;
    app.events.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(get, path = "/api/agencies", tag = "people", responses((status = 200, body = Page<Agency>)))]
pub async fn agencies(State(app): State<App>, actor: Actor) -> Result<axum::Json<Page<Agency>>> {
    actor.may(Permission::PeopleList)?;
    let mut tx = app.db.read().await?;
    Ok(axum::Json(Page::whole(store::agencies(&mut tx, actor.agency_filter().as_deref()).await?)))
}

impl Actor {
    /// The only agency this actor may look into; `None`: all of them.
    pub fn agency_filter(&self) -> Option<String> {
        if self.roles.contains(&Role::JudicialBureau) { None } else { self.agency.clone() }
    }
}

#[derive(Deserialize, IntoParams)]
pub struct UnitQuery {
    pub agency: Option<String>,
}

#[utoipa::path(get, path = "/api/units", tag = "people", params(UnitQuery), responses((status = 200, body = Page<Unit>)))]
pub async fn units(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<UnitQuery>,
) -> Result<axum::Json<Page<Unit>>> {
    actor.may(Permission::PeopleList)?;
    let agency = actor.agency_filter().or(query.agency);
    let mut tx = app.db.read().await?;
    Ok(axum::Json(Page::whole(store::units(&mut tx, agency.as_deref()).await?)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUnit {
    pub agency_id: Option<String>,
    pub parent_id: Option<String>,
    pub name: String,
    pub kind: String,
}

#[utoipa::path(post, path = "/api/units", tag = "people", request_body = NewUnit, responses((status = 201, body = Unit)))]
pub async fn add_unit(State(app): State<App>, actor: Actor, Body(body): Body<NewUnit>) -> Result<Response> {
    actor.may(Permission::PeopleManage)?;
    let now = app.now();
    let agency_id = target_agency(&actor, body.agency_id)?;
    if body.name.trim().is_empty() {
        return Err(Problem::invalid("name", "field.required"));
    }
    let unit = Unit { id: new_id(now), agency_id, parent_id: body.parent_id, name: body.name, kind: body.kind };
    let mut tx = app.db.begin().await?;
    if let Some(parent) = &unit.parent_id {
        let known = store::units(&mut tx, Some(&unit.agency_id)).await?;
        if !known.iter().any(|unit| unit.id == *parent) {
            return Err(Problem::invalid("parent_id", "unit.unknown"));
        }
    }
    store::put_unit(&mut tx, &unit).await?;
    let detail = json!({"name": unit.name, "kind": unit.kind, "parent": unit.parent_id});
    audit::record(&mut tx, &actor, now, Act::UnitMade, Some(&unit.agency_id), Some(&unit.id), detail).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok((StatusCode::CREATED, axum::Json(unit)).into_response())
}

/// Those above all agencies must say which one; the others have only their own.
pub fn target_agency(actor: &Actor, asked: Option<String>) -> Result<String> {
    match (&actor.agency, asked) {
        (Some(own), Some(asked)) if *own != asked => Err(Problem::not_found()),
        (Some(own), _) => Ok(own.clone()),
        (None, Some(asked)) => Ok(asked),
        (None, None) => Err(Problem::invalid("agency_id", "field.required")),
    }
}

#[derive(Deserialize, IntoParams)]
pub struct OfficerQuery {
    pub unit: Option<String>,
    pub q: Option<String>,
    pub cursor: Option<String>,
    pub limit: Option<i64>,
}

#[utoipa::path(get, path = "/api/officers", tag = "people", params(OfficerQuery),
    responses((status = 200, body = Page<Officer>)))]
pub async fn officers(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<OfficerQuery>,
) -> Result<axum::Json<Page<Officer>>> {
    actor.may(Permission::PeopleList)?;
    let (limit, agency) = (limit(query.limit), actor.agency_filter());
    let mut tx = app.db.read().await?;
    let (unit, q, cursor) = (query.unit.as_deref(), query.q.as_deref(), query.cursor.as_deref());
    let found = store::officers(&mut tx, agency.as_deref(), unit, q, cursor, limit + 1).await?;
    Ok(axum::Json(Page::cut(found, limit as usize, |officer| officer.id.clone())))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOfficer {
    pub agency_id: Option<String>,
    pub unit_id: Option<String>,
    pub name: String,
    pub certificate_no: Option<String>,
    /// With an account the officer can sign in, once somebody else has confirmed its roles.
    pub account: Option<String>,
    #[serde(default)]
    pub roles: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub struct OfficerMade {
    pub id: String,
    pub name: String,
    /// What waits for its second person; null without an account.
    pub grant: Option<String>,
    /// One half of the code with which the officer sets a password; shown here and never again.
    pub code: Option<String>,
}

pub(super) fn parse_roles(names: &[String]) -> Result<Vec<Role>> {
    let unknown = |name: &str| Problem::invalid("roles", "role.unknown").with("role", name);
    names.iter().map(|name| Role::parse(name).ok_or_else(|| unknown(name))).collect()
}

#[utoipa::path(post, path = "/api/officers", tag = "people", request_body = NewOfficer,
    responses((status = 201, body = OfficerMade), (status = 422)))]
pub async fn add_officer(State(app): State<App>, actor: Actor, Body(body): Body<NewOfficer>) -> Result<Response> {
    actor.may(Permission::PeopleManage)?;
    let now = app.now();
    let agency = target_agency(&actor, body.agency_id)?;
    if body.name.trim().is_empty() {
        return Err(Problem::invalid("name", "field.required"));
    }
    let roles = parse_roles(&body.roles)?;
    let id = new_id(now);
    let mut tx = app.db.begin().await?;
    let person = store::Person {
        id: &id,
        agency: &agency,
        unit: body.unit_id.as_deref(),
        name: body.name.trim(),
        certificate_no: body.certificate_no.as_deref(),
        active: true,
    };
    store::put_person(&mut tx, &person).await?;
    let detail = json!({"name": person.name, "unit": body.unit_id, "certificate_no": body.certificate_no});
    audit::record(&mut tx, &actor, now, Act::PersonMade, Some(&agency), Some(&id), detail).await?;
    let mut asked = grants::Asked::default();
    if let Some(account) = &body.account {
        if store::accounts::account(&mut tx, account).await?.is_some() {
            return Err(Problem::invalid("account", "account.taken"));
        }
        let (name, person, agency) = (person.name, Some(&*id), Some(&*agency));
        let new = NewAccount { account, name, person, agency, roles: &[], password: None };
        put_account(&mut tx, &actor, now, &new).await?;
        asked = grants::ask(&mut tx, &actor, now, account, &roles, true).await?;
    }
    tx.commit().await?;
    app.events.notify_one();
    let made = OfficerMade { name: person.name.to_owned(), id: id.clone(), grant: asked.grant, code: asked.code };
    Ok((StatusCode::CREATED, axum::Json(made)).into_response())
}
