//! Accounts and their grants over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::http::parse_roles;
use super::store::accounts as store;
use super::{Actor, Permission, Role, accounts as room, grants as granting};
use crate::app::App;
use crate::error::Result;
use crate::http::extract::{Body, Page, Path, Query, limit};

#[derive(Serialize, ToSchema)]
pub struct Account {
    pub account: String,
    pub name: String,
    pub officer_id: Option<String>,
    pub agency_id: Option<String>,
    pub roles: Vec<String>,
    pub disabled: bool,
    /// Where its reminders go; null: nowhere.
    pub email: Option<String>,
    /// Of what is sent to it: zh-CN, en; null: zh-CN.
    pub language: Option<String>,
    /// Its owner has set a password.
    pub activated: bool,
    /// A grant waits for its second person.
    pub waiting: bool,
}

fn names(roles: &[Role]) -> Vec<String> {
    roles.iter().map(|role| role.name().to_owned()).collect()
}

#[derive(Deserialize, IntoParams)]
pub struct AccountQuery {
    pub cursor: Option<String>,
    pub limit: Option<i64>,
}

/// 账号: who may sign in, and as what.
#[utoipa::path(get, path = "/api/accounts", tag = "people", params(AccountQuery),
    responses((status = 200, body = Page<Account>)))]
pub async fn accounts(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<AccountQuery>,
) -> Result<axum::Json<Page<Account>>> {
    actor.may(Permission::AccountList)?;
    let limit = limit(query.limit);
    let mut tx = app.db.read().await?;
    let mut found = Vec::new();
    for line in store::accounts(&mut tx, granting::reach(&actor), query.cursor.as_deref(), limit + 1).await? {
        found.push(Account {
            roles: names(&store::roles(&mut tx, &line.account).await?),
            account: line.account,
            name: line.name,
            officer_id: line.person,
            agency_id: line.agency,
            disabled: line.disabled,
            email: line.email,
            language: line.language,
            activated: line.activated,
            waiting: line.waiting,
        });
    }
    Ok(axum::Json(Page::cut(found, limit as usize, |account| account.account.clone())))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChange {
    pub disabled: Option<bool>,
    /// Where its reminders go; an empty text: nowhere.
    pub email: Option<String>,
    /// Of what is sent to it: zh-CN, en.
    pub language: Option<String>,
}

/// 停用 or 恢复使用, and where reminders go; what is left out stays. Disabling ends all sessions and tokens.
#[utoipa::path(put, path = "/api/accounts/{account}", tag = "people", params(("account" = String, Path)),
    request_body = AccountChange, responses((status = 204), (status = 404), (status = 409)))]
pub async fn change_account(
    State(app): State<App>,
    actor: Actor,
    Path(account): Path<String>,
    Body(body): Body<AccountChange>,
) -> Result<StatusCode> {
    actor.may(Permission::PeopleManage)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    if let Some(disabled) = body.disabled
        && let Err(problem) = room::set_disabled(&mut tx, &app, &actor, now, &account, disabled).await
    {
        drop(tx);
        return super::handover::note_evaded(&app, &actor, now, &problem).await.and(Err(problem));
    }
    let contact = (body.email.as_deref(), body.language.as_deref());
    room::set_contact(&mut tx, &actor, now, &account, contact).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGrant {
    /// All the account is to have.
    pub roles: Vec<String>,
    /// Its owner is to set a password anew.
    #[serde(default)]
    pub renew: bool,
}

#[derive(Serialize, ToSchema)]
pub struct Asked {
    /// What waits for its second person; null: only taken away, which holds at once.
    pub grant: Option<String>,
    /// The asker's half of the code with which the owner sets a password; shown here and never again.
    pub code: Option<String>,
}

/// 申请授权. What adds a role or renews a password waits for a second person.
#[utoipa::path(post, path = "/api/accounts/{account}/grants", tag = "people", params(("account" = String, Path)),
    request_body = NewGrant, responses((status = 201, body = Asked), (status = 404), (status = 409), (status = 422)))]
pub async fn ask(
    State(app): State<App>,
    actor: Actor,
    Path(account): Path<String>,
    Body(body): Body<NewGrant>,
) -> Result<Response> {
    actor.may(Permission::PeopleManage)?;
    let roles = parse_roles(&body.roles)?;
    let mut tx = app.db.begin().await?;
    let asked = granting::ask(&mut tx, &actor, app.now(), &account, &roles, body.renew).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok((StatusCode::CREATED, axum::Json(Asked { grant: asked.grant, code: asked.code })).into_response())
}

#[derive(Serialize, ToSchema)]
pub struct Grant {
    pub id: String,
    pub account: String,
    pub name: String,
    pub agency_id: Option<String>,
    /// What it has now.
    pub held: Vec<String>,
    /// What it would have.
    pub roles: Vec<String>,
    /// Its owner would set a password anew.
    pub renew: bool,
    pub asked_by: String,
    pub asked_ms: i64,
    /// Whether the reader may be the second person.
    pub may_confirm: bool,
}

fn takes_part(actor: &Actor) -> Result<()> {
    if actor.has(Permission::PeopleManage) { Ok(()) } else { actor.may(Permission::GrantConfirm) }
}

/// 待确认的授权, oldest first.
#[utoipa::path(get, path = "/api/grants", tag = "people", responses((status = 200, body = Page<Grant>)))]
pub async fn grants(State(app): State<App>, actor: Actor) -> Result<axum::Json<Page<Grant>>> {
    takes_part(&actor)?;
    let confirms = actor.has(Permission::GrantConfirm);
    let mut tx = app.db.read().await?;
    let mut found = Vec::new();
    for grant in store::grants(&mut tx, granting::reach(&actor), None, None, granting::GRANTS_MOST).await? {
        found.push(Grant {
            may_confirm: confirms && granting::may_confirm(&actor, &grant),
            held: names(&store::roles(&mut tx, &grant.account).await?),
            roles: names(&grant.roles),
            id: grant.id,
            account: grant.account,
            name: grant.name,
            agency_id: grant.agency,
            renew: grant.renew,
            asked_by: grant.asked_by_name,
            asked_ms: grant.asked_ms,
        });
    }
    Ok(axum::Json(Page::whole(found)))
}

#[derive(Serialize, ToSchema)]
pub struct Confirmed {
    /// The confirmer's half of the code, shown here and never again; null where no password is to be set.
    pub code: Option<String>,
}

/// 确认授权, by the agency's leader or the audit administrator; never by who asked, never for oneself.
#[utoipa::path(post, path = "/api/grants/{id}/confirm", tag = "people", params(("id" = String, Path)),
    responses((status = 200, body = Confirmed), (status = 404)))]
pub async fn confirm(State(app): State<App>, actor: Actor, Path(id): Path<String>) -> Result<axum::Json<Confirmed>> {
    actor.may(Permission::GrantConfirm)?;
    let mut tx = app.db.begin().await?;
    let code = granting::confirm(&mut tx, &actor, app.now(), &id).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok(axum::Json(Confirmed { code }))
}

/// 不予授权, or taken back by who asked.
#[utoipa::path(delete, path = "/api/grants/{id}", tag = "people", params(("id" = String, Path)),
    responses((status = 204), (status = 404)))]
pub async fn refuse(State(app): State<App>, actor: Actor, Path(id): Path<String>) -> Result<StatusCode> {
    takes_part(&actor)?;
    let mut tx = app.db.begin().await?;
    granting::refuse(&mut tx, &actor, app.now(), &id).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok(StatusCode::NO_CONTENT)
}
