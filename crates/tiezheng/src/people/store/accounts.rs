//! Rows of account, account_role, account_grant, session, token and wrong_password.

use crate::args;
use crate::db::{Row, Tx};
use crate::error::Result;
use crate::people::Role;

pub struct Account {
    pub account: String,
    pub name: String,
    pub person: Option<String>,
    pub agency: Option<String>,
    pub password: Option<String>,
    /// Digest of both halves of the activation code, and until when it is good.
    pub activation: Option<Vec<u8>>,
    pub activation_until_ms: Option<i64>,
    pub disabled: bool,
    /// Where its reminders go, and in which language they are.
    pub email: Option<String>,
    pub language: Option<String>,
    /// Its person is neither transferred nor retired.
    pub active: bool,
}

impl Account {
    pub fn usable(&self) -> bool {
        self.active && !self.disabled
    }
}

pub async fn account(tx: &mut Tx, account: &str) -> Result<Option<Account>> {
    let sql = "select a.account, a.name, a.person_id, a.agency_id, a.password, a.activation, a.activation_until_ms,
                 a.disabled, a.email, a.language, coalesce(p.active, 1) as active
               from account a left join person p on p.id = a.person_id where a.account = $1";
    let Some(row) = tx.row(sql, args![account]).await? else { return Ok(None) };
    Ok(Some(Account {
        account: row.get("account")?,
        name: row.get("name")?,
        person: row.get("person_id")?,
        agency: row.get("agency_id")?,
        password: row.get("password")?,
        activation: row.get("activation")?,
        activation_until_ms: row.get("activation_until_ms")?,
        disabled: row.get("disabled")?,
        email: row.get("email")?,
        language: row.get("language")?,
        active: row.get("active")?,
    }))
}

/// An account's line in the list of accounts.
pub struct Line {
    pub account: String,
    pub name: String,
    pub person: Option<String>,
    pub agency: Option<String>,
    pub disabled: bool,
    pub email: Option<String>,
    pub language: Option<String>,
    pub activated: bool,
    pub waiting: bool,
}

/// By name of the account, after `after`.
pub async fn accounts(tx: &mut Tx, agency: Option<&str>, after: Option<&str>, most: i64) -> Result<Vec<Line>> {
    let sql = "select a.account, a.name, a.person_id, a.agency_id, a.disabled, a.email, a.language,
                 cast(case when a.password is null then 0 else 1 end as bigint) as activated,
                 cast(case when g.id is null then 0 else 1 end as bigint) as waiting
               from account a left join account_grant g on g.account = a.account
               where ($1 is null or a.agency_id = $1) and ($2 is null or a.account > $2) order by a.account limit $3";
    let args = args![agency.map(str::to_owned), after.map(str::to_owned), most];
    let line = |row: &Row| {
        Ok(Line {
            account: row.get("account")?,
            name: row.get("name")?,
            person: row.get("person_id")?,
            agency: row.get("agency_id")?,
            disabled: row.get("disabled")?,
            email: row.get("email")?,
            language: row.get("language")?,
            activated: row.get("activated")?,
            waiting: row.get("waiting")?,
        })
    };
    tx.rows(sql, args).await?.iter().map(line).collect()
}

pub async fn of_person(tx: &mut Tx, person: &str) -> Result<Vec<String>> {
    let sql = "select account from account where person_id = $1 order by account";
    tx.rows(sql, args![person]).await?.iter().map(|row| row.get("account")).collect()
}

pub async fn roles(tx: &mut Tx, account: &str) -> Result<Vec<Role>> {
    let rows = tx.rows("select role from account_role where account = $1 order by role", args![account]).await?;
    let names = rows.iter().map(|row| row.get::<String>("role")).collect::<Result<Vec<_>>>()?;
    Ok(names.iter().filter_map(|name| Role::parse(name)).collect())
}

/// Makes the row or brings it in line; a password that is there stays.
pub async fn put(
    tx: &mut Tx,
    (account, name): (&str, &str),
    person: Option<&str>,
    agency: Option<&str>,
    password: Option<String>,
    now: i64,
) -> Result<()> {
    tx.exec(
        "insert into account (account, person_id, agency_id, name, password, created_ms)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (account) do update set person_id = excluded.person_id, agency_id = excluded.agency_id,
           name = excluded.name, password = coalesce(account.password, excluded.password)",
        args![account, person.map(str::to_owned), agency.map(str::to_owned), name, password, now],
    )
    .await
    .map(drop)
}

pub async fn set_roles(tx: &mut Tx, account: &str, roles: &[Role]) -> Result<()> {
    tx.exec("delete from account_role where account = $1", args![account]).await?;
    for role in roles {
        let sql = "insert into account_role (account, role) values ($1, $2) on conflict (account, role) do nothing";
        tx.exec(sql, args![account, role.name()]).await?;
    }
    Ok(())
}

pub async fn set_disabled(tx: &mut Tx, account: &str, disabled: bool) -> Result<()> {
    tx.exec("update account set disabled = $1 where account = $2", args![disabled, account]).await.map(drop)
}

pub async fn set_contact(tx: &mut Tx, account: &str, email: Option<String>, language: Option<String>) -> Result<()> {
    tx.exec("update account set email = $1, language = $2 where account = $3", args![email, language, account])
        .await
        .map(drop)
}

/// A password of the owner's own; what could set one is used up.
pub async fn set_password(tx: &mut Tx, account: &str, hash: &str) -> Result<()> {
    let sql = "update account set password = $1, activation = null, activation_until_ms = null where account = $2";
    tx.exec(sql, args![hash, account]).await.map(drop)
}

pub async fn set_activation(tx: &mut Tx, account: &str, code: &[u8; 32], until_ms: i64) -> Result<()> {
    let sql = "update account set activation = $1, activation_until_ms = $2 where account = $3";
    tx.exec(sql, args![code, until_ms, account]).await.map(drop)
}

/// A grant that waits for its second person.
pub struct Grant {
    pub id: String,
    pub account: String,
    pub name: String,
    pub person: Option<String>,
    pub agency: Option<String>,
    pub roles: Vec<Role>,
    pub renew: bool,
    pub code: Option<Vec<u8>>,
    pub asked_by: String,
    pub asked_by_name: String,
    pub asked_ms: i64,
}

pub async fn insert_grant(tx: &mut Tx, grant: &Grant) -> Result<()> {
    let roles: Vec<_> = grant.roles.iter().map(|role| role.name()).collect();
    tx.exec(
        "insert into account_grant (id, account, agency_id, roles, renew, code, asked_by, asked_ms)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![
            grant.id.as_str(),
            grant.account.as_str(),
            grant.agency.clone(),
            serde_json::to_string(&roles)?,
            grant.renew,
            grant.code.clone(),
            grant.asked_by.as_str(),
            grant.asked_ms
        ],
    )
    .await
    .map(drop)
}

/// `true`: it was waiting until now. Of two who decide at once, one finds it gone.
pub async fn remove_grant(tx: &mut Tx, id: &str) -> Result<bool> {
    Ok(tx.exec("delete from account_grant where id = $1", args![id]).await? > 0)
}

/// Oldest first. `id`, `account`: only that one.
pub async fn grants(
    tx: &mut Tx,
    agency: Option<&str>,
    id: Option<&str>,
    account: Option<&str>,
    most: i64,
) -> Result<Vec<Grant>> {
    let sql = "select g.id, g.account, a.name, a.person_id, g.agency_id, g.roles, g.renew, g.code, g.asked_by,
                 coalesce(b.name, g.asked_by) as asked_by_name, g.asked_ms
               from account_grant g join account a on a.account = g.account left join account b on b.account = g.asked_by
               where ($1 is null or g.agency_id = $1) and ($2 is null or g.id = $2) and ($3 is null or g.account = $3)
               order by g.id limit $4";
    let args = args![agency.map(str::to_owned), id.map(str::to_owned), account.map(str::to_owned), most];
    let grant = |row: &Row| {
        let roles: Vec<String> = serde_json::from_str(&row.get::<String>("roles")?)?;
        Ok(Grant {
            id: row.get("id")?,
            account: row.get("account")?,
            name: row.get("name")?,
            person: row.get("person_id")?,
            agency: row.get("agency_id")?,
            roles: roles.iter().filter_map(|role| Role::parse(role)).collect(),
            renew: row.get("renew")?,
            code: row.get("code")?,
            asked_by: row.get("asked_by")?,
            asked_by_name: row.get("asked_by_name")?,
            asked_ms: row.get("asked_ms")?,
        })
    };
    tx.rows(sql, args).await?.iter().map(grant).collect()
}

/// Until when one of the keys is locked; `None`: none is.
pub async fn locked(tx: &mut Tx, keys: &[(String, i64)], now: i64) -> Result<Option<i64>> {
    let mut until = None;
    for (key, _) in keys {
        let sql = "select locked_until_ms from wrong_password where key = $1 and locked_until_ms > $2";
        if let Some(row) = tx.row(sql, args![key, now]).await? {
            until = until.max(row.get::<Option<i64>>("locked_until_ms")?);
        }
    }
    Ok(until)
}

/// Counts a wrong password under each key; at the `most`th within the window the key is locked. `true`: one is now.
pub async fn count_wrong(tx: &mut Tx, keys: &[(String, i64)], now: i64, window_ms: i64) -> Result<bool> {
    // Forgotten once it matters no more: the table is as long as the wrong passwords of one window.
    let sql = "delete from wrong_password where since_ms <= $1 and (locked_until_ms is null or locked_until_ms <= $2)";
    tx.exec(sql, args![now - window_ms, now]).await?;
    let mut locked = false;
    for (key, most) in keys {
        tx.exec(
            "insert into wrong_password (key, failed, since_ms) values ($1, 1, $2)
             on conflict (key) do update set failed = wrong_password.failed + 1",
            args![key, now],
        )
        .await?;
        let sql =
            "update wrong_password set failed = 0, since_ms = $1, locked_until_ms = $2 where key = $3 and failed >= $4";
        locked |= tx.exec(sql, args![now, now + window_ms, key, *most]).await? > 0;
    }
    Ok(locked)
}

/// Forgets the wrong passwords under a key, unless it was locked while the right one was being checked.
pub async fn forget_wrong(tx: &mut Tx, key: &str, now: i64) -> Result<()> {
    let sql = "delete from wrong_password where key = $1 and (locked_until_ms is null or locked_until_ms <= $2)";
    tx.exec(sql, args![key, now]).await.map(drop)
}

pub struct Session {
    pub account: String,
    pub seen_ms: i64,
    pub expires_ms: i64,
}

pub async fn insert_session(tx: &mut Tx, digest: &[u8; 32], account: &str, now: i64, expires_ms: i64) -> Result<()> {
    // Sessions that ended long ago go with the next sign-in.
    tx.exec("delete from session where expires_ms < $1", args![now]).await?;
    tx.exec(
        "insert into session (digest, account, created_ms, seen_ms, expires_ms) values ($1, $2, $3, $3, $4)",
        args![digest, account, now, expires_ms],
    )
    .await
    .map(drop)
}

pub async fn session(tx: &mut Tx, digest: &[u8; 32]) -> Result<Option<Session>> {
    let sql = "select account, seen_ms, expires_ms from session where digest = $1";
    let Some(row) = tx.row(sql, args![digest]).await? else { return Ok(None) };
    Ok(Some(Session { account: row.get("account")?, seen_ms: row.get("seen_ms")?, expires_ms: row.get("expires_ms")? }))
}

pub async fn touch_session(tx: &mut Tx, digest: &[u8; 32], now: i64) -> Result<()> {
    tx.exec("update session set seen_ms = $1 where digest = $2", args![now, digest]).await.map(drop)
}

pub async fn end_session(tx: &mut Tx, digest: &[u8; 32]) -> Result<()> {
    tx.exec("delete from session where digest = $1", args![digest]).await.map(drop)
}

/// All sessions of an account but the one that is kept.
pub async fn end_sessions(tx: &mut Tx, account: &str, keep: Option<&[u8; 32]>) -> Result<()> {
    // No session has an empty digest.
    let keep = keep.map_or_else(Vec::new, |digest| digest.to_vec());
    tx.exec("delete from session where account = $1 and digest <> $2", args![account, keep]).await.map(drop)
}

pub async fn insert_token(
    tx: &mut Tx,
    (id, digest): (&str, &[u8; 32]),
    account: &str,
    label: &str,
    now: i64,
    expires_ms: Option<i64>,
) -> Result<()> {
    tx.exec(
        "insert into token (id, digest, account, label, created_ms, expires_ms) values ($1, $2, $3, $4, $5, $6)",
        args![id, digest, account, label, now, expires_ms],
    )
    .await
    .map(drop)
}

pub async fn token_account(tx: &mut Tx, digest: &[u8; 32], now: i64) -> Result<Option<String>> {
    let sql = "select account from token
               where digest = $1 and revoked_ms is null and (expires_ms is null or expires_ms > $2)";
    tx.row(sql, args![digest, now]).await?.map(|row| row.get("account")).transpose()
}

/// Revokes every token of an account; the ids of those that were good until now.
pub async fn revoke_tokens(tx: &mut Tx, account: &str, now: i64) -> Result<Vec<String>> {
    let rows = tx.rows("select id from token where account = $1 and revoked_ms is null order by id", args![account]);
    let ids = rows.await?.iter().map(|row| row.get("id")).collect::<Result<Vec<String>>>()?;
    for id in &ids {
        tx.exec("update token set revoked_ms = $1 where id = $2", args![now, id]).await?;
    }
    Ok(ids)
}
