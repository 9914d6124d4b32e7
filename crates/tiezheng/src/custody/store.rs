//! SQL of exports, backups and rebuilding.

use std::path::Path;

use serde_json::Value as Json;
use sqlx::AssertSqlSafe;

use crate::args;
use crate::audit::Event;
use crate::db::{Db, Tx};
use crate::error::{Problem, Result};

/// A consistent copy of the SQLite database, compacted, while others go on writing. `to` must not exist.
pub async fn snapshot(db: &Db, to: &Path) -> Result<()> {
    let Db::Sqlite { read, .. } = db else {
        return Err(Problem::refused(422, "backup.not_embedded"));
    };
    let path =
        to.to_str().ok_or_else(|| Problem::refused(422, "custody.path").with("path", to.display().to_string()))?;
    // Outside a transaction, which SQLite wants; the statement sees one consistent state.
    sqlx::query(AssertSqlSafe("vacuum into ?".to_owned())).bind(path.to_owned()).execute(read).await?;
    Ok(())
}

/// Uploads under way are not in a backup: their bytes are sent again.
pub async fn drop_uploads(tx: &mut Tx) -> Result<u64> {
    tx.exec("update upload set state = 'removed' where state in ('receiving', 'sealing')", args![]).await
}

/// Ids of an agency's recordings behind `after`.
pub async fn recording_ids(tx: &mut Tx, agency: &str, after: &str, most: i64) -> Result<Vec<String>> {
    let sql = "select id from recording where agency_id = $1 and id > $2 order by id limit $3";
    tx.rows(sql, args![agency, after, most]).await?.iter().map(|row| row.get("id")).collect()
}

pub async fn totals(tx: &mut Tx, agency: &str) -> Result<(u64, u64)> {
    let sql =
        "select count(*) as n, cast(coalesce(sum(bytes), 0) as bigint) as bytes from recording where agency_id = $1";
    let row = tx.row(sql, args![agency]).await?.ok_or_else(Problem::not_found)?;
    Ok((row.get::<i64>("n")?.unsigned_abs(), row.get::<i64>("bytes")?.unsigned_abs()))
}

/// Log indices of what was done to one thing, from `from` on and below `below`.
pub async fn indices(tx: &mut Tx, subject: &str, from: u64, below: u64, most: i64) -> Result<Vec<u64>> {
    let sql = "select log_index from event where subject = $1 and log_index >= $2 and log_index < $3
               order by log_index limit $4";
    let rows = tx.rows(sql, args![subject, from, below, most]).await?;
    rows.iter().map(|row| Ok(row.get::<i64>("log_index")?.unsigned_abs())).collect()
}

/// Whether nothing has happened in this database yet.
pub async fn is_empty(tx: &mut Tx) -> Result<bool> {
    for table in ["event", "recording", "agency", "account"] {
        let sql = format!("select count(*) from (select 1 from {table} limit 1) t");
        if tx.number(sql, args![]).await? > 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

pub async fn found(tx: &mut Tx, installation: &str) -> Result<()> {
    let sql = "insert into meta (key, value) values ('installation', $1) on conflict (key) do nothing";
    tx.exec(sql, args![installation]).await?;
    let sql = "insert into log_head (id, numbered, published) values (1, 0, 0) on conflict (id) do nothing";
    tx.exec(sql, args![]).await.map(drop)
}

pub async fn set_head(tx: &mut Tx, size: u64, checkpoint: Option<&str>, published_ms: Option<i64>) -> Result<()> {
    let sql = "update log_head set numbered = $1, published = $1, checkpoint = $2, published_ms = $3 where id = 1";
    tx.exec(sql, args![size, checkpoint.map(str::to_owned), published_ms]).await.map(drop)
}

/// A row with this id in `agency`, `unit`, `person`, `device`, `activity` or `recording`.
pub async fn knows(tx: &mut Tx, table: &'static str, id: &str) -> Result<bool> {
    Ok(tx.number(format!("select count(*) from {table} where id = $1"), args![id]).await? > 0)
}

pub async fn accounts(tx: &mut Tx) -> Result<u64> {
    Ok(tx.number("select count(*) from account", args![]).await?.unsigned_abs())
}

/// From here, `undo` takes back what was written and the transaction goes on; `keep` ends that.
pub async fn mark(tx: &mut Tx) -> Result<()> {
    tx.exec("savepoint custody", args![]).await.map(drop)
}

pub async fn keep(tx: &mut Tx) -> Result<()> {
    tx.exec("release savepoint custody", args![]).await.map(drop)
}

pub async fn undo(tx: &mut Tx) -> Result<()> {
    tx.exec("rollback to savepoint custody", args![]).await.map(drop)
}

/// Numbered events of one act about one thing.
pub async fn events_about(tx: &mut Tx, act: &str, subject: &str) -> Result<Vec<Event>> {
    let sql =
        "select log_index from event where subject = $1 and act = $2 and log_index is not null order by log_index";
    let mut events = Vec::new();
    for row in tx.rows(sql, args![subject, act]).await? {
        events.extend(crate::audit::store::by_index(tx, row.get::<i64>("log_index")?.unsigned_abs()).await?);
    }
    Ok(events)
}

/// What recordings name and no register knows: `(agency, id)`.
pub async fn unknown(tx: &mut Tx, column: &'static str, table: &'static str) -> Result<Vec<(String, String)>> {
    let sql = format!(
        "select distinct agency_id, {column} as id from recording r
         where {column} is not null and not exists (select 1 from {table} t where t.id = r.{column}) order by 1, 2"
    );
    tx.rows(sql, args![]).await?.iter().map(|row| Ok((row.get("agency_id")?, row.get("id")?))).collect()
}

/// Everything an agency has entered, in the form `tiezheng load` reads. No account: those are not the agency's records.
pub async fn register(tx: &mut Tx, agency: &str) -> Result<Json> {
    let text = |sql: &'static str, columns: &'static [&'static str]| (sql, columns);
    let mut told = serde_json::Map::new();
    told.insert("format".into(), "tiezheng-fixture/1".into());
    for (section, (sql, columns)) in [
        (
            "agencies",
            text(
                "select id, name, short_name, profile from agency where id = $1",
                &["id", "name", "short_name", "profile"],
            ),
        ),
        (
            "units",
            text(
                "select id, agency_id as agency, parent_id as parent, name, kind from unit where agency_id = $1 order by id",
                &["id", "agency", "parent", "name", "kind"],
            ),
        ),
        (
            "people",
            text(
                "select id, agency_id as agency, unit_id as unit, name, certificate_no from person where agency_id = $1
                 order by id",
                &["id", "agency", "unit", "name", "certificate_no"],
            ),
        ),
        (
            "devices",
            text(
                "select id, agency_id as agency, unit_id as unit, kind, model, serial_no, asset_no, status from device
                 where agency_id = $1 order by id",
                &["id", "agency", "unit", "kind", "model", "serial_no", "asset_no", "status"],
            ),
        ),
    ] {
        let mut rows = Vec::new();
        for row in tx.rows(sql, args![agency]).await? {
            let mut one = serde_json::Map::new();
            for column in columns {
                one.insert((*column).into(), row.get::<Option<String>>(column)?.into());
            }
            rows.push(Json::Object(one));
        }
        told.insert(section.into(), rows.into());
    }
    told.insert("unit_regulations".into(), crate::regulations::binding::register(tx, agency).await?.into());
    Ok(told.into())
}
