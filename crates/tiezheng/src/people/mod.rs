//! 人员: agencies, units, officers, accounts; who may do what, and whose recordings they see.

pub mod http;
pub mod permission;
pub mod store;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use serde::Serialize;
use serde_json::json;

use crate::app::{App, new_id, sha256};
use crate::args;
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::error::{Problem, Result};
pub use permission::{Permission, Role};

/// 会话 idle and absolute limits, and the lockout after wrong passwords.
const SESSION_MS: i64 = 12 * 3_600_000;
const IDLE_MS: i64 = 2 * 3_600_000;
const WRONG_MOST: i64 = 5;
const LOCK_MS: i64 = 15 * 60_000;

/// Who is acting: a signed-in person, a machine token, the command line or the system itself.
#[derive(Clone, Debug, Default)]
pub struct Actor {
    pub account: Option<String>,
    pub name: String,
    pub person: Option<String>,
    pub agency: Option<String>,
    pub unit: Option<String>,
    pub roles: Vec<Role>,
    /// Ids of the actor's unit and all below it.
    pub units: Vec<String>,
}

/// Whose recordings an actor sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Scope {
    Nothing,
    Own { person: String, agency: String },
    Units { agency: String, units: Vec<String> },
    Agency(String),
    All,
}

impl Actor {
    /// The system itself, or somebody at the machine's console: sees and may do everything a command offers.
    pub fn system() -> Actor {
        Actor { name: "system".into(), ..Actor::default() }
    }

    pub fn may(&self, permission: Permission) -> Result<()> {
        if self.has(permission) {
            return Ok(());
        }
        Err(Problem::refused(403, "permission.denied").with("permission", permission.name()))
    }

    pub fn has(&self, permission: Permission) -> bool {
        self.roles.iter().any(|role| role.may(permission))
    }

    /// The widest view any of the actor's roles gives. IT administrators see no content.
    pub fn scope(&self) -> Scope {
        let has = |role| self.roles.contains(&role);
        let Some(agency) = self.agency.clone() else {
            return if has(Role::JudicialBureau) { Scope::All } else { Scope::Nothing };
        };
        if has(Role::JudicialBureau) {
            Scope::All
        } else if has(Role::Leader) || has(Role::LegalOffice) {
            Scope::Agency(agency)
        } else if has(Role::Custodian) || has(Role::UnitHead) {
            match self.unit {
                Some(_) => Scope::Units { agency, units: self.units.clone() },
                None => Scope::Agency(agency),
            }
        } else if let (true, Some(person)) = (has(Role::Officer), self.person.clone()) {
            Scope::Own { person, agency }
        } else {
            Scope::Nothing
        }
    }

    /// The agency an act belongs to; refused for those who stand above all agencies.
    pub fn own_agency(&self) -> Result<&str> {
        self.agency.as_deref().ok_or_else(|| Problem::refused(422, "agency.none"))
    }
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

fn password_matches(hash: &str, password: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// The outcome of a sign-in: the secret for the cookie, shown once.
pub struct Opened {
    pub secret: String,
    pub actor: Actor,
}

/// 登录. Wrong names and wrong passwords answer alike and take alike long.
pub async fn sign_in(app: &App, account: &str, password: &str) -> Result<Opened> {
    let now = app.now();
    let wrong = || Problem::refused(401, "session.wrong");
    let found = store::account(&mut app.db.read().await?, account).await?;
    // A digest of nothing, so that unknown names take as long as known ones.
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let hash = found.as_ref().and_then(|found| found.password.clone()).unwrap_or_else(|| NOBODY.into());
    if let Some(until) = found.as_ref().and_then(|found| found.locked_until_ms).filter(|until| *until > now) {
        return Err(Problem::refused(429, "session.locked").with("until_ms", until));
    }
    let password = password.to_owned();
    let matches = tokio::task::spawn_blocking(move || password_matches(&hash, &password))
        .await
        .map_err(|error| Problem::internal(error.to_string()))?;
    let Some(found) = found else { return Err(wrong()) };
    let mut tx = app.db.begin().await?;
    let agency = found.agency.clone();
    let someone = Actor { account: Some(found.account.clone()), ..Actor::default() };
    if !matches || found.disabled {
        // Counted by the database, one after the other: guessing in parallel gains nothing.
        let locked = store::count_failure(&mut tx, account, WRONG_MOST, now + LOCK_MS).await?;
        let detail = json!({"locked": locked});
        audit::record(&mut tx, &someone, now, Act::SignInRefused, agency.as_deref(), Some(account), detail).await?;
        tx.commit().await?;
        app.events.notify_one();
        return Err(wrong());
    }
    if let Some(until) = store::clear_failures(&mut tx, account, now).await? {
        return Err(Problem::refused(429, "session.locked").with("until_ms", until));
    }
    let secret = new_secret();
    store::insert_session(&mut tx, &sha256(secret.as_bytes()), account, now, now + SESSION_MS).await?;
    let actor = store::actor(&mut tx, account).await?.ok_or_else(wrong)?;
    audit::record(&mut tx, &actor, now, Act::SignedIn, agency.as_deref(), Some(account), json!({})).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok(Opened { secret, actor })
}

/// The actor behind a session cookie; `None` when it is unknown, idle too long or over.
pub async fn by_session(app: &App, secret: &str) -> Result<Option<Actor>> {
    let now = app.now();
    let digest = sha256(secret.as_bytes());
    let mut tx = app.db.read().await?;
    let Some(session) = store::session(&mut tx, &digest).await? else { return Ok(None) };
    if session.expires_ms <= now || session.seen_ms + IDLE_MS <= now {
        return Ok(None);
    }
    let actor = store::actor(&mut tx, &session.account).await?;
    drop(tx);
    if session.seen_ms + 60_000 < now {
        let mut tx = app.db.begin().await?;
        tx.exec("update session set seen_ms = $1 where digest = $2", args![now, digest]).await?;
        tx.commit().await?;
    }
    Ok(actor)
}

/// The actor behind a machine token.
pub async fn by_token(app: &App, secret: &str) -> Result<Option<Actor>> {
    let mut tx = app.db.read().await?;
    match store::token_account(&mut tx, &sha256(secret.as_bytes()), app.now()).await? {
        Some(account) => store::actor(&mut tx, &account).await,
        None => Ok(None),
    }
}

pub async fn sign_out(app: &App, actor: &Actor, secret: &str) -> Result<()> {
    let mut tx = app.db.begin().await?;
    tx.exec("delete from session where digest = $1", args![sha256(secret.as_bytes())]).await?;
    let (account, agency) = (actor.account.as_deref(), actor.agency.as_deref());
    audit::record(&mut tx, actor, app.now(), Act::SignedOut, agency, account, json!({})).await?;
    tx.commit().await
}

/// Changes one's own password; every other session of the account ends.
pub async fn change_password(app: &App, actor: &Actor, old: &str, new: &str) -> Result<()> {
    let account = actor.account.as_deref().ok_or_else(|| Problem::refused(401, "session.required"))?;
    let found = store::account(&mut app.db.read().await?, account).await?.ok_or_else(Problem::not_found)?;
    let (hash, old, new) = (found.password.unwrap_or_default(), old.to_owned(), new.to_owned());
    let hash = tokio::task::spawn_blocking(move || {
        if !password_matches(&hash, &old) {
            return Err(Problem::invalid("old", "password.wrong"));
        }
        hash_password(&new)
    })
    .await
    .map_err(|error| Problem::internal(error.to_string()))??;
    let mut tx = app.db.begin().await?;
    tx.exec("update account set password = $1 where account = $2", args![hash, account]).await?;
    tx.exec("delete from session where account = $1", args![account]).await?;
    let agency = actor.agency.as_deref();
    audit::record(&mut tx, actor, app.now(), Act::PasswordChanged, agency, Some(account), json!({})).await?;
    tx.commit().await
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
    tx.exec(
        "insert into token (id, digest, account, label, created_ms, expires_ms) values ($1, $2, $3, $4, $5, $6)",
        args![id.as_str(), sha256(secret.as_bytes()), account, label, now, expires_ms],
    )
    .await?;
    let detail = json!({"account": account, "label": label, "expires_ms": expires_ms});
    audit::record(tx, actor, now, Act::TokenMade, None, Some(&id), detail).await?;
    Ok((id, secret))
}

/// A new account. `password` is plain; it is hashed here.
pub struct NewAccount<'a> {
    pub account: &'a str,
    pub name: &'a str,
    pub person: Option<&'a str>,
    pub agency: Option<&'a str>,
    pub roles: &'a [Role],
    pub password: Option<&'a str>,
}

/// Makes an account, or brings an existing one in line (roles, person). An existing password stays; an account without
/// one, as a rebuilt catalogue has them, is given `password`.
pub async fn put_account(tx: &mut Tx, actor: &Actor, now: i64, new: &NewAccount<'_>) -> Result<()> {
    if new.account.is_empty() || new.account.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Problem::invalid("account", "account.name"));
    }
    let before = store::account(tx, new.account).await?;
    let hash = match (&before, new.password) {
        (Some(before), Some(_)) if before.password.is_some() => None,
        (_, Some(password)) => Some(hash_password(password)?),
        (_, None) => None,
    };
    let given = before.is_some() && hash.is_some();
    tx.exec(
        "insert into account (account, person_id, agency_id, name, password, created_ms)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (account) do update set person_id = excluded.person_id, agency_id = excluded.agency_id,
           name = excluded.name, password = coalesce(account.password, excluded.password)",
        args![new.account, new.person.map(str::to_owned), new.agency.map(str::to_owned), new.name, hash, now],
    )
    .await?;
    tx.exec("delete from account_role where account = $1", args![new.account]).await?;
    for role in new.roles {
        tx.exec("insert into account_role (account, role) values ($1, $2)", args![new.account, role.name()]).await?;
    }
    if given {
        audit::record(tx, actor, now, Act::PasswordChanged, new.agency, Some(new.account), json!({})).await?;
    }
    if before.is_none() {
        let roles: Vec<_> = new.roles.iter().map(|role| role.name()).collect();
        let detail = json!({"account": new.account, "name": new.name, "person": new.person, "roles": roles});
        audit::record(tx, actor, now, Act::AccountMade, new.agency, Some(new.account), detail).await?;
    }
    Ok(())
}

/// 256 random bits as text.
fn new_secret() -> String {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    hex::encode(bytes)
}
