//! Rows of agency, unit and person; [`accounts`] has those of who may sign in.

pub mod accounts;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::args;
use crate::db::{Tx, Value, placeholders};
use crate::error::Result;
use crate::people::Actor;

#[derive(Serialize, ToSchema)]
pub struct Agency {
    pub id: String,
    pub name: String,
    pub short_name: String,
    pub profile: String,
}

#[derive(Clone, Serialize, ToSchema)]
pub struct Unit {
    pub id: String,
    pub agency_id: String,
    pub parent_id: Option<String>,
    pub name: String,
    pub kind: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub struct Named {
    pub id: String,
    pub name: String,
}

#[derive(Serialize, ToSchema)]
pub struct Officer {
    pub id: String,
    pub name: String,
    pub certificate_no: Option<String>,
    pub unit: Option<Named>,
    pub agency_id: String,
    pub account: Option<String>,
    pub roles: Vec<String>,
    pub active: bool,
}

/// The account with its roles, its person and the units below its own. `None` when disabled or unknown, or when its person
/// was transferred or has retired.
pub async fn actor(tx: &mut Tx, account: &str) -> Result<Option<Actor>> {
    let sql = "select a.name, a.person_id, a.agency_id, p.unit_id from account a
               left join person p on p.id = a.person_id where a.account = $1 and a.disabled = 0 and coalesce(p.active, 1) = 1";
    let Some(row) = tx.row(sql, args![account]).await? else { return Ok(None) };
    let unit: Option<String> = row.get("unit_id")?;
    let roles = accounts::roles(tx, account).await?;
    let units = match &unit {
        Some(unit) => units_below(tx, unit).await?,
        None => Vec::new(),
    };
    Ok(Some(Actor {
        account: Some(account.to_owned()),
        name: row.get("name")?,
        person: row.get("person_id")?,
        agency: row.get("agency_id")?,
        unit,
        roles,
        units,
    }))
}

/// A unit and everything below it. `union` ends the walk even where somebody made a circle.
pub async fn units_below(tx: &mut Tx, unit: &str) -> Result<Vec<String>> {
    let sql = "with recursive below (id) as (
                 select id from unit where id = $1
                 union select u.id from unit u join below b on u.parent_id = b.id
               ) select id from below";
    tx.rows(sql, args![unit]).await?.iter().map(|row| row.get("id")).collect()
}

/// `None`: all agencies.
pub async fn agencies(tx: &mut Tx, only: Option<&str>) -> Result<Vec<Agency>> {
    let sql = "select id, name, short_name, profile from agency where $1 is null or id = $1 order by id";
    let rows = tx.rows(sql, args![only.map(str::to_owned)]).await?;
    rows.iter()
        .map(|row| {
            Ok(Agency {
                id: row.get("id")?,
                name: row.get("name")?,
                short_name: row.get("short_name")?,
                profile: row.get("profile")?,
            })
        })
        .collect()
}

pub async fn units(tx: &mut Tx, agency: Option<&str>) -> Result<Vec<Unit>> {
    let sql = "select id, agency_id, parent_id, name, kind from unit where $1 is null or agency_id = $1 order by id";
    let rows = tx.rows(sql, args![agency.map(str::to_owned)]).await?;
    rows.iter()
        .map(|row| {
            Ok(Unit {
                id: row.get("id")?,
                agency_id: row.get("agency_id")?,
                parent_id: row.get("parent_id")?,
                name: row.get("name")?,
                kind: row.get("kind")?,
            })
        })
        .collect()
}

/// Officers by name, after the id `after`. `q` is part of a name, a certificate number or an account.
pub async fn officers(
    tx: &mut Tx,
    agency: Option<&str>,
    unit: Option<&str>,
    q: Option<&str>,
    after: Option<&str>,
    most: i64,
) -> Result<Vec<Officer>> {
    let sql = "select p.id, p.name, p.certificate_no, p.agency_id, p.active, u.id as unit_id, u.name as unit_name,
                      a.account
               from person p left join unit u on u.id = p.unit_id left join account a on a.person_id = p.id
               where ($1 is null or p.agency_id = $1) and ($2 is null or p.unit_id = $2)
                 and ($3 is null or p.name like $3 or p.certificate_no like $3 or a.account like $3)
                 and ($4 is null or p.id > $4)
               order by p.id limit $5";
    let like = q.map(|q| format!("%{}%", q.replace(['%', '_'], "")));
    let args = args![agency.map(str::to_owned), unit.map(str::to_owned), like, after.map(str::to_owned), most];
    let mut found = Vec::new();
    for row in tx.rows(sql, args).await? {
        let account: Option<String> = row.get("account")?;
        let roles = match &account {
            Some(account) => accounts::roles(tx, account).await?,
            None => Vec::new(),
        };
        let unit = match (row.get::<Option<String>>("unit_id")?, row.get::<Option<String>>("unit_name")?) {
            (Some(id), Some(name)) => Some(Named { id, name }),
            _ => None,
        };
        found.push(Officer {
            id: row.get("id")?,
            name: row.get("name")?,
            certificate_no: row.get("certificate_no")?,
            unit,
            agency_id: row.get("agency_id")?,
            account,
            roles: roles.iter().map(|role| role.name().to_owned()).collect(),
            active: row.get("active")?,
        });
    }
    Ok(found)
}

/// Somebody of the register, as far as a roster is held against it.
pub struct Standing {
    pub id: String,
    pub name: String,
    pub unit: Option<String>,
    pub certificate_no: Option<String>,
}

/// Everybody an agency has, also those who have left: a certificate stays theirs.
pub async fn standing(tx: &mut Tx, agency: &str) -> Result<Vec<Standing>> {
    let sql = "select id, name, unit_id, certificate_no from person where agency_id = $1 order by id";
    let standing = |row: &crate::db::Row| {
        Ok(Standing {
            id: row.get("id")?,
            name: row.get("name")?,
            unit: row.get("unit_id")?,
            certificate_no: row.get("certificate_no")?,
        })
    };
    tx.rows(sql, args![agency]).await?.iter().map(standing).collect()
}

/// How many officers in office with a certificate each unit has.
pub async fn heads(tx: &mut Tx, agency: &str) -> Result<std::collections::HashMap<String, i64>> {
    let sql = "select unit_id, count(*) as people from person
               where agency_id = $1 and active = 1 and certificate_no is not null and unit_id is not null group by unit_id";
    tx.rows(sql, args![agency]).await?.iter().map(|row| Ok((row.get("unit_id")?, row.get("people")?))).collect()
}

pub async fn put_agency(tx: &mut Tx, agency: &Agency, now: i64) -> Result<()> {
    tx.exec(
        "insert into agency (id, name, short_name, profile, created_ms) values ($1, $2, $3, $4, $5)
         on conflict (id) do update set name = excluded.name, short_name = excluded.short_name,
           profile = excluded.profile",
        args![agency.id.as_str(), agency.name.as_str(), agency.short_name.as_str(), agency.profile.as_str(), now],
    )
    .await
    .map(drop)
}

pub async fn put_unit(tx: &mut Tx, unit: &Unit) -> Result<()> {
    tx.exec(
        "insert into unit (id, agency_id, parent_id, name, kind) values ($1, $2, $3, $4, $5)
         on conflict (id) do update set parent_id = excluded.parent_id, name = excluded.name, kind = excluded.kind",
        args![
            unit.id.as_str(),
            unit.agency_id.as_str(),
            unit.parent_id.clone(),
            unit.name.as_str(),
            unit.kind.as_str()
        ],
    )
    .await
    .map(drop)
}

pub struct Person<'a> {
    pub id: &'a str,
    pub agency: &'a str,
    pub unit: Option<&'a str>,
    pub name: &'a str,
    pub certificate_no: Option<&'a str>,
    pub active: bool,
}

pub async fn put_person(tx: &mut Tx, person: &Person<'_>) -> Result<()> {
    tx.exec(
        "insert into person (id, agency_id, unit_id, name, certificate_no, active) values ($1, $2, $3, $4, $5, $6)
         on conflict (id) do update set unit_id = excluded.unit_id, name = excluded.name,
           certificate_no = excluded.certificate_no, active = excluded.active",
        args![
            person.id,
            person.agency,
            person.unit.map(str::to_owned),
            person.name,
            person.certificate_no.map(str::to_owned),
            person.active
        ],
    )
    .await
    .map(drop)
}

/// Whose row a person's is, and where he stands.
pub struct PersonRow {
    pub id: String,
    pub agency_id: String,
    pub unit: Option<String>,
    pub name: String,
    pub active: bool,
}

pub async fn person(tx: &mut Tx, id: &str) -> Result<Option<PersonRow>> {
    let sql = "select id, agency_id, unit_id, name, active from person where id = $1";
    let Some(row) = tx.row(sql, args![id]).await? else { return Ok(None) };
    Ok(Some(PersonRow {
        id: row.get("id")?,
        agency_id: row.get("agency_id")?,
        unit: row.get("unit_id")?,
        name: row.get("name")?,
        active: row.get("active")?,
    }))
}

/// Whose post this transaction rests on or ends: nobody goes while he is given something. Always before devices are locked.
pub async fn lock_people(tx: &mut Tx, ids: &[&str]) -> Result<()> {
    let sql =
        format!("select id from person where id in ({}) order by id{}", placeholders(1, ids.len()), tx.for_update());
    tx.rows(sql, ids.iter().map(|id| Value::from(*id)).collect()).await.map(drop)
}

/// 调动、离岗: where somebody stands from now on.
pub async fn set_post(tx: &mut Tx, id: &str, unit: Option<&str>, active: bool) -> Result<()> {
    let sql = "update person set unit_id = $1, active = $2 where id = $3";
    tx.exec(sql, args![unit.map(str::to_owned), active, id]).await.map(drop)
}
