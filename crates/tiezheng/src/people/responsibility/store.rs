//! Rows of responsibility.

use serde::Serialize;
use tiezheng_rules::vocab::Responsibility as Duty;
use utoipa::ToSchema;

use super::Wanted;
use crate::args;
use crate::db::{Row, Tx};
use crate::equipment::store::named;
use crate::error::Result;
use crate::people::store::Named;

/// 指定
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Designation {
    pub id: String,
    pub unit: Named,
    /// first_responsible, device_upkeep, device_register, recording_custody, archiving, oversight
    pub duty: String,
    pub person: Option<Named>,
    /// The body that holds it, in place of a person.
    pub linked_unit: Option<Named>,
    pub deputy: Option<Named>,
    pub post: Option<String>,
    pub document: Option<String>,
    pub from_ms: i64,
    pub to_ms: Option<i64>,
    /// Its person was transferred or has retired: nobody holds it, though it was not ended.
    pub gone: bool,
}

impl Designation {
    pub fn is(&self, duty: Duty) -> bool {
        self.duty == duty.code()
    }

    pub fn holds(&self, now: i64) -> bool {
        !self.gone && self.from_ms <= now && self.to_ms.is_none_or(|to| to > now)
    }

    pub fn is_of_person(&self, person: Option<&str>) -> bool {
        let is = |one: &Option<Named>| one.as_ref().map(|one| &*one.id) == person;
        person.is_some() && (is(&self.person) || is(&self.deputy))
    }

    pub fn holder(&self) -> &str {
        self.person.as_ref().or(self.linked_unit.as_ref()).map_or("", |one| &one.name)
    }
}

pub async fn insert(tx: &mut Tx, id: &str, agency: &str, new: &Wanted) -> Result<()> {
    tx.exec(
        "insert into responsibility (id, agency_id, unit_id, duty, person_id, linked_unit_id, deputy_id, post, document,
           from_ms, to_ms) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        args![
            id,
            agency,
            new.unit.as_str(),
            new.duty.as_str(),
            new.person.clone(),
            new.linked_unit.clone(),
            new.deputy.clone(),
            new.post.clone(),
            new.document.clone(),
            new.from_ms,
            new.to_ms
        ],
    )
    .await
    .map(drop)
}

pub async fn set_end(tx: &mut Tx, id: &str, to_ms: i64) -> Result<()> {
    tx.exec("update responsibility set to_ms = $1 where id = $2", args![to_ms, id]).await.map(drop)
}

pub async fn set_deputy(tx: &mut Tx, id: &str, deputy: Option<&str>) -> Result<()> {
    let sql = "update responsibility set deputy_id = $1 where id = $2";
    tx.exec(sql, args![deputy.map(str::to_owned), id]).await.map(drop)
}

const SELECT: &str = "select r.id, r.unit_id, u.name as unit_name, r.duty, r.person_id, p.name as person_name,
    r.linked_unit_id, l.name as linked_name, r.deputy_id, d.name as deputy_name, r.post, r.document, r.from_ms, r.to_ms,
    coalesce(p.active, 1) as active
  from responsibility r join unit u on u.id = r.unit_id left join person p on p.id = r.person_id
  left join unit l on l.id = r.linked_unit_id left join person d on d.id = r.deputy_id";

fn read(row: &Row) -> Result<Designation> {
    Ok(Designation {
        id: row.get("id")?,
        unit: Named { id: row.get("unit_id")?, name: row.get("unit_name")? },
        duty: row.get("duty")?,
        person: named(row, "person_id", "person_name")?,
        linked_unit: named(row, "linked_unit_id", "linked_name")?,
        deputy: named(row, "deputy_id", "deputy_name")?,
        post: row.get("post")?,
        document: row.get("document")?,
        from_ms: row.get("from_ms")?,
        to_ms: row.get("to_ms")?,
        gone: !row.get::<bool>("active")?,
    })
}

pub async fn one(tx: &mut Tx, agency: &str, id: &str) -> Result<Option<Designation>> {
    let sql = format!("{SELECT} where r.agency_id = $1 and r.id = $2");
    tx.row(sql, args![agency, id]).await?.as_ref().map(read).transpose()
}

/// Of an agency, oldest first; of one person where one is named (as holder or deputy).
pub async fn all(tx: &mut Tx, agency: &str, person: Option<&str>) -> Result<Vec<Designation>> {
    let sql = format!(
        "{SELECT} where r.agency_id = $1 and ($2 is null or r.person_id = $2 or r.deputy_id = $2)
         order by r.from_ms, r.id limit 50000"
    );
    tx.rows(sql, args![agency, person.map(str::to_owned)]).await?.iter().map(read).collect()
}

/// A list: filters, newest first, after a cursor.
pub struct Filter<'a> {
    pub agency: Option<&'a str>,
    pub unit: Option<&'a str>,
    pub duty: Option<&'a str>,
    pub person: Option<&'a str>,
    /// Only those that hold at this moment.
    pub at_ms: Option<i64>,
    pub before: Option<&'a str>,
    pub most: i64,
}

pub async fn list(tx: &mut Tx, filter: &Filter<'_>) -> Result<Vec<Designation>> {
    let sql = format!(
        "{SELECT} where ($1 is null or r.agency_id = $1) and ($2 is null or r.unit_id = $2) and ($3 is null or r.duty = $3)
           and ($4 is null or r.person_id = $4 or r.deputy_id = $4)
           and ($5 is null or (r.from_ms <= $5 and (r.to_ms is null or r.to_ms > $5)))
           and ($6 is null or r.id < $6) order by r.id desc limit $7"
    );
    let text = |text: Option<&str>| text.map(str::to_owned);
    let args = args![
        text(filter.agency),
        text(filter.unit),
        text(filter.duty),
        text(filter.person),
        filter.at_ms,
        text(filter.before),
        filter.most
    ];
    tx.rows(sql, args).await?.iter().map(read).collect()
}

/// Every designation of a duty for a unit or one above it (`None`: for the topmost units) that had begun by now.
pub async fn ever_made(
    tx: &mut Tx,
    agency: &str,
    unit: Option<&str>,
    duty: &str,
    now: i64,
) -> Result<Vec<Designation>> {
    let sql = format!(
        "with recursive above (id, parent_id) as (
           select id, parent_id from unit where agency_id = $1 and (id = $2 or ($2 is null and parent_id is null))
           union select u.id, u.parent_id from unit u join above a on u.id = a.parent_id
         ) {SELECT} where r.agency_id = $1 and r.duty = $3 and r.from_ms <= $4 and r.unit_id in (select id from above)
         order by r.from_ms desc, r.id desc limit 500"
    );
    let args = args![agency, unit.map(str::to_owned), duty, now];
    tx.rows(sql, args).await?.iter().map(read).collect()
}

/// A unit and those above it. `union` ends the walk even where somebody made a circle.
pub async fn above(tx: &mut Tx, unit: &str) -> Result<Vec<String>> {
    let sql = "with recursive above (id, parent_id) as (
                 select id, parent_id from unit where id = $1
                 union select u.id, u.parent_id from unit u join above a on u.id = a.parent_id
               ) select id from above";
    tx.rows(sql, args![unit]).await?.iter().map(|row| row.get("id")).collect()
}

pub struct Other {
    pub id: String,
    pub holder: String,
}

/// One of the same unit and duty whose time overlaps: of anybody where there may be only one, else of the same holder.
pub async fn overlapping(tx: &mut Tx, new: &Wanted, only_one: bool) -> Result<Option<Other>> {
    let sql = format!(
        "{SELECT} where r.unit_id = $1 and r.duty = $2 and (r.to_ms is null or r.to_ms > $3)
           and ($4 is null or r.from_ms < $4)
           and ($5 = 1 or r.person_id = $6 or r.linked_unit_id = $7) and coalesce(p.active, 1) = 1
         order by r.from_ms limit 1"
    );
    let args = args![
        new.unit.as_str(),
        new.duty.as_str(),
        new.from_ms,
        new.to_ms,
        only_one,
        new.person.clone(),
        new.linked_unit.clone()
    ];
    let found = tx.row(sql, args).await?.as_ref().map(read).transpose()?;
    Ok(found.map(|one| Other { holder: one.holder().to_owned(), id: one.id }))
}

/// Whether somebody is of this agency and still there.
pub async fn is_active(tx: &mut Tx, agency: &str, person: &str) -> Result<bool> {
    let sql = "select count(*) from person where id = $1 and agency_id = $2 and active = 1";
    Ok(tx.number(sql, args![person, agency]).await? > 0)
}
