//! 会话: signing in, staying signed in, and setting a password of one's own.

use serde_json::json;

use super::Actor;
use super::accounts::{end_all, hash_password, new_secret, password_matches};
use super::grants;
use super::store::{self as people, accounts as store};
use crate::app::{App, sha256};
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::error::{Problem, Result};

/// Idle and absolute limits of a session.
const SESSION_MS: i64 = 12 * 3_600_000;
const IDLE_MS: i64 = 2 * 3_600_000;

/// Wrong passwords within [`WINDOW_MS`] before an address is kept out for as long: for one account, and for all together
/// (many officers may stand behind one address). Other addresses are not touched: locking somebody out from afar is none.
const WRONG_MOST: i64 = 5;
const WRONG_MOST_ADDRESS: i64 = 50;
const WINDOW_MS: i64 = 15 * 60_000;

/// What wrong passwords are counted under, and how many each takes: the account as asked for from this address, then the
/// address. The account need not exist, and answers are the same.
fn counted(account: &str, address: &str) -> [(String, i64); 2] {
    let digest = |text: String| hex::encode(sha256(text.as_bytes()));
    [(digest(format!("{address}\n{account}")), WRONG_MOST), (digest(address.to_owned()), WRONG_MOST_ADDRESS)]
}

fn locked(until_ms: i64) -> Problem {
    Problem::refused(429, "session.locked").with("until_ms", until_ms)
}

/// The account of this name. What cannot be one is not asked for: PostgreSQL takes no NUL.
async fn named(tx: &mut Tx, account: &str) -> Result<Option<store::Account>> {
    if account.contains('\0') { Ok(None) } else { store::account(tx, account).await }
}

/// The outcome of a sign-in: the secret for the cookie, shown once.
pub struct Opened {
    pub secret: String,
    pub actor: Actor,
}

/// 登录. Unknown names and wrong passwords answer alike, take alike long, and are counted alike.
pub async fn sign_in(app: &App, account: &str, password: &str, address: &str) -> Result<Opened> {
    let now = app.now();
    let keys = counted(account, address);
    let mut tx = unlocked(app, &keys, now).await?;
    let found = named(&mut tx, account).await?;
    drop(tx);
    // A digest of nothing, so that unknown names take as long as known ones.
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let hash = found.as_ref().and_then(|found| found.password.clone()).unwrap_or_else(|| NOBODY.into());
    let password = password.to_owned();
    let matches = tokio::task::spawn_blocking(move || password_matches(&hash, &password))
        .await
        .map_err(|error| Problem::internal(error.to_string()))?;
    let mut tx = app.db.begin().await?;
    let known = match found {
        Some(found) if matches && found.usable() => found,
        found => return refuse(app, tx, now, found, &keys, address, "session.wrong").await,
    };
    clear(&mut tx, &keys, now).await?;
    let secret = new_secret();
    store::insert_session(&mut tx, &sha256(secret.as_bytes()), account, now, now + SESSION_MS).await?;
    let actor = people::actor(&mut tx, account).await?.ok_or_else(|| Problem::refused(401, "session.wrong"))?;
    let agency = known.agency.as_deref();
    audit::record(&mut tx, &actor, now, Act::SignedIn, agency, Some(account), json!({"from": address})).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok(Opened { secret, actor })
}

/// Refused while too many wrong passwords are counted; else the view in which that was asked.
async fn unlocked(app: &App, keys: &[(String, i64); 2], now: i64) -> Result<Tx> {
    let mut tx = app.db.read().await?;
    store::locked(&mut tx, keys, now).await?.map_or(Ok(tx), |until| Err(locked(until)))
}

/// Counted by the database, one after the other, so that guessing in parallel gains nothing. An event for unknown names
/// too, without the name: people type their passwords there.
async fn refuse<T>(
    app: &App,
    mut tx: Tx,
    now: i64,
    found: Option<store::Account>,
    keys: &[(String, i64)],
    address: &str,
    code: &str,
) -> Result<T> {
    let locked = store::count_wrong(&mut tx, keys, now, WINDOW_MS).await?;
    let account = found.as_ref().map(|found| found.account.clone());
    let agency = found.as_ref().and_then(|found| found.agency.as_deref());
    let someone = Actor { account: account.clone(), ..Actor::default() };
    let detail = json!({"locked": locked, "from": address});
    audit::record(&mut tx, &someone, now, Act::SignInRefused, agency, account.as_deref(), detail).await?;
    tx.commit().await?;
    app.events.notify_one();
    Err(Problem::refused(401, code))
}

/// After the right password: what was wrong before is forgotten, unless that locked the account meanwhile. The count of
/// the address stays: signing in oneself between guesses would else open the way for more.
async fn clear(tx: &mut Tx, keys: &[(String, i64); 2], now: i64) -> Result<()> {
    store::forget_wrong(tx, &keys[0].0, now).await?;
    store::locked(tx, keys, now).await?.map_or(Ok(()), |until| Err(locked(until)))
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
    let actor = people::actor(&mut tx, &session.account).await?;
    drop(tx);
    if session.seen_ms + 60_000 < now {
        let mut tx = app.db.begin().await?;
        store::touch_session(&mut tx, &digest, now).await?;
        tx.commit().await?;
    }
    Ok(actor)
}

/// The actor behind a machine token.
pub async fn by_token(app: &App, secret: &str) -> Result<Option<Actor>> {
    let mut tx = app.db.read().await?;
    match store::token_account(&mut tx, &sha256(secret.as_bytes()), app.now()).await? {
        Some(account) => people::actor(&mut tx, &account).await,
        None => Ok(None),
    }
}

pub async fn sign_out(app: &App, actor: &Actor, secret: &str) -> Result<()> {
    let mut tx = app.db.begin().await?;
    store::end_session(&mut tx, &sha256(secret.as_bytes())).await?;
    let (account, agency) = (actor.account.as_deref(), actor.agency.as_deref());
    audit::record(&mut tx, actor, app.now(), Act::SignedOut, agency, account, json!({})).await?;
    tx.commit().await
}

/// Changes one's own password; every other session of the account ends, the one it is changed in goes on. Tokens, which
/// no password opened, stay. Wrong old passwords are counted as at the sign-in: a stolen session finds none out.
pub async fn change_password(
    app: &App,
    actor: &Actor,
    session: Option<&str>,
    (old, new): (&str, &str),
    address: &str,
) -> Result<()> {
    let now = app.now();
    let account = actor.account.as_deref().ok_or_else(|| Problem::refused(401, "session.required"))?;
    let keys = counted(account, address);
    let mut tx = app.db.read().await?;
    if let Some(until) = store::locked(&mut tx, &keys, now).await? {
        return Err(locked(until));
    }
    let found = store::account(&mut tx, account).await?.ok_or_else(Problem::not_found)?;
    drop(tx);
    let (hash, old, new) = (found.password.unwrap_or_default(), old.to_owned(), new.to_owned());
    let (right, hash) = tokio::task::spawn_blocking(move || (password_matches(&hash, &old), hash_password(&new)))
        .await
        .map_err(|error| Problem::internal(error.to_string()))?;
    let mut tx = app.db.begin().await?;
    if !right {
        store::count_wrong(&mut tx, &keys, now, WINDOW_MS).await?;
        tx.commit().await?;
        return Err(Problem::invalid("old", "password.wrong"));
    }
    clear(&mut tx, &keys, now).await?;
    store::set_password(&mut tx, account, &hash?).await?;
    store::end_sessions(&mut tx, account, session.map(|secret| sha256(secret.as_bytes())).as_ref()).await?;
    let detail = json!({"account": account, "by": "owner"});
    audit::record(&mut tx, actor, now, Act::PasswordChanged, actor.agency.as_deref(), Some(account), detail).await?;
    tx.commit().await
}

/// 启用: the owner sets a password with the two halves of a code, one from each of the two who granted (either first).
/// Whoever was signed in by the account, or held a token of it, no longer is.
pub async fn activate(app: &App, account: &str, codes: &[String; 2], password: &str, address: &str) -> Result<()> {
    let now = app.now();
    let keys = counted(account, address);
    drop(unlocked(app, &keys, now).await?);
    // Before anything is told of the code, and for unknown accounts too.
    let password = password.to_owned();
    let hash = tokio::task::spawn_blocking(move || hash_password(&password))
        .await
        .map_err(|error| Problem::internal(error.to_string()))??;
    let right = |found: &store::Account| {
        let good = found.activation_until_ms.is_some_and(|until| until > now) && found.usable();
        let code = found.activation.as_deref();
        good && (code == Some(&grants::whole(&codes[0], &codes[1]))
            || code == Some(&grants::whole(&codes[1], &codes[0])))
    };
    // Read where it is written: of two who bring the code at once, one finds it used.
    let mut tx = app.db.begin().await?;
    let known = match named(&mut tx, account).await? {
        Some(found) if right(&found) => found,
        found => return refuse(app, tx, now, found, &keys, address, "session.code_wrong").await,
    };
    clear(&mut tx, &keys, now).await?;
    store::set_password(&mut tx, account, &hash).await?;
    let owner = Actor { account: Some(account.to_owned()), ..Actor::default() };
    let detail = json!({"account": account, "by": "activation"});
    let agency = known.agency.as_deref();
    end_all(&mut tx, &owner, now, account).await?;
    audit::record(&mut tx, &owner, now, Act::PasswordChanged, agency, Some(account), detail).await?;
    tx.commit().await
}
