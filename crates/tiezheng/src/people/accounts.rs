//! 账号: making and changing them, passwords and tokens. Each change is an event with all its values, and ends what it must.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use serde_json::{Value, json};

use super::store::accounts as store;
use super::{Actor, Role};
use crate::app::{App, new_id, sha256};
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::error::{Problem, Result};
use crate::field;
use crate::locale::LANGUAGES;

/// A new account. `password` is plain; it is hashed here.
pub struct NewAccount<'a> {
    pub account: &'a str,
    pub name: &'a str,
    pub person: Option<&'a str>,
    pub agency: Option<&'a str>,
    pub roles: &'a [Role],
    pub password: Option<&'a str>,
}

/// 三员分立: nobody sees content and administers, or administers and audits. Our own default: the regulations ask for
/// separate people only where they name approver and custodian.
///
/// # Errors
/// `role.incompatible` with the two roles.
pub fn apart(roles: &[Role]) -> Result<()> {
    let kind = |role: &Role| match role {
        Role::SystemAdmin | Role::SecurityAdmin => 1,
        Role::AuditAdmin => 2,
        _ => 0,
    };
    let Some((first, rest)) = roles.split_first() else { return Ok(()) };
    match rest.iter().find(|role| kind(role) != kind(first)) {
        Some(other) => Err(incompatible(*first, *other)),
        None => Ok(()),
    }
}

pub fn incompatible(one: Role, other: Role) -> Problem {
    Problem::invalid("roles", "role.incompatible").with("one", one.name()).with("other", other.name())
}

/// Makes an account, or brings an existing one in line (roles, person). An existing password stays; an account without
/// one, as a rebuilt catalogue has them, is given `password`.
///
/// Its roles hold at once: for whoever has the machine's console, and for accounts that have no role yet. Everybody else
/// asks ([`super::grants`]).
pub async fn put_account(tx: &mut Tx, actor: &Actor, now: i64, new: &NewAccount<'_>) -> Result<()> {
    if new.account.is_empty() || new.account.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Problem::invalid("account", "account.name"));
    }
    let mut roles = new.roles.to_vec();
    roles.sort_by_key(|role| role.name());
    roles.dedup();
    let mut held = roles.clone();
    for other in store::of_person(tx, new.person.unwrap_or("")).await? {
        if other != new.account {
            held.extend(store::roles(tx, &other).await?);
        }
    }
    apart(&held)?;
    let before = match store::account(tx, new.account).await? {
        Some(before) => Some(told(tx, before).await?),
        None => None,
    };
    let had_password = before.as_ref().is_some_and(|(account, _)| account.password.is_some());
    let hash = match new.password {
        Some(password) if !had_password => Some(hash_password(password)?),
        _ => None,
    };
    let given = before.is_some() && hash.is_some();
    // Nothing is written that changes nothing: every write is followed by the event that tells it.
    let same = before.as_ref().is_some_and(|(account, _)| {
        (&*account.name, account.person.as_deref(), account.agency.as_deref()) == (new.name, new.person, new.agency)
    });
    if !same || given {
        store::put(tx, (new.account, new.name), new.person, new.agency, hash, now).await?;
    }
    if store::roles(tx, new.account).await? != roles {
        store::set_roles(tx, new.account, &roles).await?;
    }
    let Some((_, before)) = before else {
        let made = told_now(tx, new.account).await?;
        return audit::record(tx, actor, now, Act::AccountMade, new.agency, Some(new.account), made).await;
    };
    changed(tx, actor, now, new.account, &before).await?;
    if given {
        let detail = json!({"account": new.account, "by": "console"});
        audit::record(tx, actor, now, Act::PasswordChanged, new.agency, Some(new.account), detail).await?;
    }
    Ok(())
}

/// What events tell of an account: all but its secrets.
async fn told(tx: &mut Tx, account: store::Account) -> Result<(store::Account, Value)> {
    let roles: Vec<_> = store::roles(tx, &account.account).await?.iter().map(|role| role.name()).collect();
    let detail = json!({
        "account": account.account, "name": account.name, "person": account.person, "agency": account.agency,
        "roles": roles, "disabled": account.disabled, "email": account.email, "language": account.language,
    });
    Ok((account, detail))
}

pub(super) async fn told_now(tx: &mut Tx, account: &str) -> Result<Value> {
    let found = store::account(tx, account).await?.ok_or_else(Problem::not_found)?;
    told(tx, found).await.map(|(_, detail)| detail)
}

/// Tells what has become of an account, where anything has; unless only its name is another, whoever is signed in by it
/// has to sign in again, and its tokens end: nobody keeps what a former post allowed.
pub(super) async fn changed(tx: &mut Tx, actor: &Actor, now: i64, account: &str, before: &Value) -> Result<()> {
    let after = told_now(tx, account).await?;
    if after == *before {
        return Ok(());
    }
    if ["person", "agency", "roles", "disabled"].iter().any(|key| after[key] != before[key]) {
        end_all(tx, actor, now, account).await?;
    }
    let agency = after["agency"].as_str().map(str::to_owned);
    audit::record(tx, actor, now, Act::AccountChanged, agency.as_deref(), Some(account), after).await
}

/// Ends all sessions and tokens of an account.
pub(super) async fn end_all(tx: &mut Tx, actor: &Actor, now: i64, account: &str) -> Result<()> {
    store::end_sessions(tx, account, None).await?;
    for token in store::revoke_tokens(tx, account, now).await? {
        audit::record(tx, actor, now, Act::TokenRevoked, None, Some(&token), json!({"account": account})).await?;
    }
    Ok(())
}

/// 停用 and its undoing. The auditor is not silenced by those he watches: his role is to be taken first, by two.
/// Nor is the account of somebody who has not handed over his post; what it may do can be taken from it at once.
pub async fn set_disabled(
    tx: &mut Tx,
    app: &App,
    actor: &Actor,
    now: i64,
    account: &str,
    disabled: bool,
) -> Result<()> {
    let found = super::grants::of_another(tx, actor, account).await?;
    if disabled && store::roles(tx, account).await?.contains(&Role::AuditAdmin) {
        return Err(Problem::refused(403, "account.auditor").with("account", account));
    }
    let before = told_now(tx, account).await?;
    if before["disabled"] == disabled {
        return Ok(()); // nothing is written that no event tells
    }
    if let (true, Some(person)) = (disabled, &found.person) {
        super::store::lock_people(tx, &[person]).await?;
        super::handover::may_leave(tx, app, person, now).await?;
    }
    store::set_disabled(tx, account, disabled).await?;
    changed(tx, actor, now, account, &before).await
}

/// 提醒发往何处. `None` leaves as it is, an empty text takes away.
///
/// # Errors
/// `not_found`, `grant.own`, `field.email`, `field.not_allowed`.
pub async fn set_contact(
    tx: &mut Tx,
    actor: &Actor,
    now: i64,
    account: &str,
    (email, language): (Option<&str>, Option<&str>),
) -> Result<()> {
    let found = super::grants::of_another(tx, actor, account).await?;
    field::filter("language", language, &LANGUAGES)?;
    let wanted_email = email.map_or(Ok(found.email.clone()), |email| field::email("email", email))?;
    let given = |language: &str| Some(language.to_owned()).filter(|language| !language.is_empty());
    let wanted_language = language.map_or(found.language.clone(), given);
    if (&wanted_email, &wanted_language) == (&found.email, &found.language) {
        return Ok(()); // nothing is written that no event tells
    }
    let before = told_now(tx, account).await?;
    store::set_contact(tx, account, wanted_email, wanted_language).await?;
    changed(tx, actor, now, account, &before).await
}

/// A person who is transferred or retired is no longer signed in anywhere.
pub async fn end_of_person(tx: &mut Tx, actor: &Actor, now: i64, person: &str) -> Result<()> {
    for account in store::of_person(tx, person).await? {
        end_all(tx, actor, now, &account).await?;
    }
    Ok(())
}

const DAY_MS: i64 = 86_400_000;
/// Longest life of a token that has an end, days: ten years.
const TOKEN_DAYS_MOST: i64 = 3_650;

/// When a token of so many days ends.
///
/// # Errors
/// `token.days`: not 1 to [`TOKEN_DAYS_MOST`].
pub fn token_end(now: i64, days: i64) -> Result<i64> {
    if !(1..=TOKEN_DAYS_MOST).contains(&days) {
        return Err(Problem::invalid("days", "token.days")
            .with("most", TOKEN_DAYS_MOST)
            .with("days", days.to_string()));
    }
    Ok(now + days * DAY_MS)
}

/// A new machine token for an account. The secret is returned once and kept only as a digest.
pub async fn make_token(
    tx: &mut Tx,
    actor: &Actor,
    now: i64,
    account: &str,
    label: &str,
    expires_ms: Option<i64>,
) -> Result<(String, String)> {
    if store::account(tx, account).await?.is_none() {
        return Err(Problem::refused(404, "account.unknown").with("account", account));
    }
    let (id, secret) = (new_id(now), format!("tz_{}", new_secret()));
    store::insert_token(tx, (&id, &sha256(secret.as_bytes())), account, label, now, expires_ms).await?;
    let detail = json!({"account": account, "label": label, "expires_ms": expires_ms});
    audit::record(tx, actor, now, Act::TokenMade, None, Some(&id), detail).await?;
    Ok((id, secret))
}

/// argon2id with the crate's present recommended cost.
pub fn hash_password(password: &str) -> Result<String> {
    if password.chars().count() < 8 {
        return Err(Problem::refused(422, "password.too_short").with("least", 8));
    }
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| Problem::internal(error.to_string()))
}

pub(super) fn password_matches(hash: &str, password: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// 256 random bits as text.
pub(super) fn new_secret() -> String {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    hex::encode(bytes)
}
