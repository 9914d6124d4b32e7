//! 授权: what a security administrator wants an account to be able to do, and the second person who confirms it.
//!
//! Neither of the two gets into the account: the code with which its owner sets a password has two halves, and each of
//! them is shown one. What only takes away holds at once. The regulations are silent on this; it is our own default
//! (requirements: separation of duties, no administrator sees content).

use serde_json::{Value, json};

use super::accounts::{apart, changed, incompatible, told_now};
use super::store::accounts::{self as store, Account, Grant};
use super::{Actor, Role};
use crate::app::{new_id, sha256};
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::error::{Problem, Result};

/// How long an owner has to set a password, once it is confirmed.
const ACTIVATION_MS: i64 = 7 * 86_400_000;

/// Most that are shown at one time.
pub const GRANTS_MOST: i64 = 500;

/// What came of asking. `grant`: waits for its second person. `code`: the asker's half, shown once.
#[derive(Default)]
pub struct Asked {
    pub grant: Option<String>,
    pub code: Option<String>,
}

/// The account, if the actor administers it and it is not the actor's own.
///
/// # Errors
/// `not_found`, `grant.own`.
pub(super) async fn of_another(tx: &mut Tx, actor: &Actor, account: &str) -> Result<Account> {
    let found = store::account(tx, account).await?.ok_or_else(Problem::not_found)?;
    if actor.agency.is_some() && actor.agency != found.agency {
        return Err(Problem::not_found());
    }
    if actor.account.as_deref() == Some(account) || actor.person.is_some() && actor.person == found.person {
        return Err(own());
    }
    Ok(found)
}

fn own() -> Problem {
    Problem::refused(403, "grant.own")
}

/// 申请授权: `roles` are all the account is to have; `renew`: its owner is to set a password anew. Takes the place of what
/// waits for the same account.
///
/// # Errors
/// `role.incompatible`, `grant.own`, `grant.nothing`.
pub async fn ask(tx: &mut Tx, actor: &Actor, now: i64, account: &str, roles: &[Role], renew: bool) -> Result<Asked> {
    let found = of_another(tx, actor, account).await?;
    let mut wanted: Vec<Role> = Vec::new();
    wanted.extend(super::permission::ROLES.into_iter().filter(|role| roles.contains(role)));
    apart(&wanted)?;
    if let ([one, other, ..], true) = (&*wanted, wanted.contains(&Role::SecurityAdmin)) {
        return Err(incompatible(*one, *other)); // three administrators, three people
    }
    let renew = renew || found.password.is_none();
    let held = store::roles(tx, account).await?;
    let adds = wanted.iter().any(|role| !held.contains(role));
    let takes = held.iter().any(|role| !wanted.contains(role));
    if !adds && !takes && !renew {
        return Err(Problem::refused(409, "grant.nothing"));
    }
    for waiting in store::grants(tx, None, None, Some(account), 1).await? {
        close(tx, actor, now, &waiting, Act::GrantRefused, json!({"reason": "replaced"})).await?;
    }
    // The auditor is not silenced by those he watches: taking his role waits as well.
    let silences = held.contains(&Role::AuditAdmin) && !wanted.contains(&Role::AuditAdmin);
    if !adds && !renew && !silences {
        apply(tx, actor, now, account, &wanted).await?;
        return Ok(Asked::default());
    }
    let code = renew.then(new_code);
    let grant = Grant {
        id: new_id(now),
        account: account.to_owned(),
        name: found.name,
        person: found.person,
        agency: found.agency,
        roles: wanted,
        renew,
        code: code.as_deref().map(|code| half(code).to_vec()),
        asked_by: actor.account.clone().unwrap_or_default(),
        asked_by_name: actor.name.clone(),
        asked_ms: now,
    };
    store::insert_grant(tx, &grant).await?;
    audit::record(tx, actor, now, Act::GrantAsked, grant.agency.as_deref(), Some(account), told(&grant)).await?;
    Ok(Asked { grant: Some(grant.id), code })
}

fn told(grant: &Grant) -> Value {
    let roles: Vec<_> = grant.roles.iter().map(|role| role.name()).collect();
    json!({
        "grant": grant.id, "account": grant.account, "roles": roles, "renew": grant.renew, "asked_by": grant.asked_by,
    })
}

async fn apply(tx: &mut Tx, actor: &Actor, now: i64, account: &str, roles: &[Role]) -> Result<()> {
    let before = told_now(tx, account).await?;
    let held = store::roles(tx, account).await?;
    if held.len() == roles.len() && held.iter().all(|role| roles.contains(role)) {
        return Ok(()); // nothing is written that no event tells
    }
    store::set_roles(tx, account, roles).await?;
    changed(tx, actor, now, account, &before).await
}

/// The row goes, the event stays.
async fn close(tx: &mut Tx, actor: &Actor, now: i64, grant: &Grant, act: Act, more: Value) -> Result<()> {
    if !store::remove_grant(tx, &grant.id).await? {
        return Err(Problem::not_found());
    }
    let mut detail = told(grant);
    if let (Value::Object(detail), Value::Object(more)) = (&mut detail, more) {
        detail.extend(more);
    }
    audit::record(tx, actor, now, act, grant.agency.as_deref(), Some(&grant.account), detail).await
}

/// A waiting grant within the actor's reach: of one's own agency, or any for those above all agencies.
async fn waiting(tx: &mut Tx, actor: &Actor, id: &str) -> Result<Grant> {
    store::grants(tx, reach(actor), Some(id), None, 1).await?.pop().ok_or_else(Problem::not_found)
}

/// The only agency whose accounts the actor has to do with; `None`: all. A leader always has one.
pub fn reach(actor: &Actor) -> Option<&str> {
    let above = actor.roles.iter().any(|role| matches!(role, Role::SecurityAdmin | Role::AuditAdmin));
    actor.agency.as_deref().or((!above).then_some(""))
}

/// May this actor be the second person?
pub fn may_confirm(actor: &Actor, grant: &Grant) -> bool {
    second(actor, grant).is_ok()
}

/// Not for oneself and not what one asked for; and what opens every agency is for nobody of a single one.
fn second(actor: &Actor, grant: &Grant) -> Result<()> {
    let account = actor.account.as_deref();
    let same_person = actor.person.is_some() && actor.person == grant.person;
    if account == Some(&grant.account) || account == Some(&grant.asked_by) || same_person {
        return Err(own());
    }
    if grant.roles.contains(&Role::JudicialBureau) && reach(actor).is_some() {
        return Err(Problem::refused(403, "grant.above"));
    }
    Ok(())
}

/// 确认授权. From here on the roles hold. `Some`: the second half of the code, shown once.
///
/// # Errors
/// `not_found` (also when somebody else has decided), `grant.own`, `grant.above`.
pub async fn confirm(tx: &mut Tx, actor: &Actor, now: i64, id: &str) -> Result<Option<String>> {
    let grant = waiting(tx, actor, id).await?;
    second(actor, &grant)?;
    apart(&grant.roles)?;
    let code = match grant.code.as_deref().filter(|_| grant.renew) {
        Some(first) => {
            let code = new_code();
            let whole = sha256(&[first, &half(&code)].concat());
            store::set_activation(tx, &grant.account, &whole, now + ACTIVATION_MS).await?;
            Some(code)
        }
        None => None,
    };
    close(tx, actor, now, &grant, Act::GrantConfirmed, json!({})).await?;
    apply(tx, actor, now, &grant.account, &grant.roles).await?;
    Ok(code)
}

/// How many wait for this actor.
pub async fn to_confirm(tx: &mut Tx, actor: &Actor) -> Result<i64> {
    if !actor.has(super::Permission::GrantConfirm) {
        return Ok(0);
    }
    let waiting = store::grants(tx, reach(actor), None, None, GRANTS_MOST).await?;
    Ok(waiting.iter().map(|grant| i64::from(may_confirm(actor, grant))).sum())
}

/// 不予授权, or taken back by who asked.
pub async fn refuse(tx: &mut Tx, actor: &Actor, now: i64, id: &str) -> Result<()> {
    let grant = waiting(tx, actor, id).await?;
    if actor.account.as_deref() != Some(&grant.asked_by) {
        second(actor, &grant)?;
    }
    close(tx, actor, now, &grant, Act::GrantRefused, json!({})).await
}

/// Letters and digits that are not mistaken for one another.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Sixty random bits for a hand to copy: `7K2M-91QX-ZB4T`.
fn new_code() -> String {
    let mut bytes = [0u8; 12];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    let letters: Vec<char> = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// Digest of one half, however it was typed.
fn half(code: &str) -> [u8; 32] {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    sha256(plain.as_bytes())
}

/// Digest of both halves: what an account keeps.
pub(super) fn whole(first: &str, second: &str) -> [u8; 32] {
    sha256(&[half(first), half(second)].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_copied_by_hand() {
        let code = new_code();
        assert!(code.len() == 14 && code != new_code(), "{code}");
        assert!(code.bytes().all(|c| c == b'-' || LETTERS.contains(&c)), "{code}");
        for typed in [code.to_lowercase(), code.replace('-', " "), format!("  {}\n", code.replace('-', ""))] {
            assert_eq!(half(&typed), half(&code), "{typed:?}");
        }
        assert_ne!(whole("A", "B"), whole("B", "A"));
    }
}
