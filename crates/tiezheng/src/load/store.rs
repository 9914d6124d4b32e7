//! What the database knows of the things a fixture speaks of, and rows that are no other room's.

use std::collections::{BTreeSet, HashMap};

use super::check::Known;
use super::rows::{Fixture, Holiday};
use crate::args;
use crate::db::owner::owners;
use crate::db::{Tx, Value, placeholders};
use crate::error::Result;

/// Ids asked after in one statement.
const ASKED_MOST: usize = 500;

pub async fn known(tx: &mut Tx, profiles: Vec<String>, fixture: &Fixture) -> Result<Known> {
    let agencies = crate::people::store::agencies(tx, None).await?;
    let mut known =
        Known { profiles, agencies: agencies.into_iter().map(|agency| agency.id).collect(), ..Known::default() };
    for (table, ids) in asked(fixture) {
        let ids: Vec<&str> = ids.into_iter().collect();
        for (id, agency) in owners(tx, table, &ids).await? {
            known.owners.insert((table, id), agency);
        }
    }
    let agencies: BTreeSet<&str> = fixture.units.iter().map(|row| row.agency.as_str()).collect();
    for agency in agencies {
        let units = crate::people::store::units(tx, Some(agency)).await?;
        known.parents.extend(units.into_iter().map(|unit| (unit.id, unit.parent_id)));
    }
    let bound = fixture.unit_regulations.iter().map(|row| row.unit.as_str());
    let bound: BTreeSet<&str> = bound.chain(fixture.activities.iter().filter_map(|row| row.unit.as_deref())).collect();
    let sql = "select unit_id, from_ms, to_ms from unit_regulation where unit_id in";
    for row in in_pieces(tx, sql, &bound).await? {
        known.bound.push((row.get("unit_id")?, row.get("from_ms")?, row.get("to_ms")?));
    }
    let devices: BTreeSet<&str> = fixture.custody.iter().map(|row| row.device.as_str()).collect();
    let sql = "select device_id, from_ms, to_ms from device_custody where device_id in";
    for row in in_pieces(tx, sql, &devices).await? {
        known.custody.push((row.get("device_id")?, row.get("from_ms")?, row.get("to_ms")?));
    }
    let accounts: BTreeSet<&str> = fixture.people.iter().filter_map(|row| row.account.as_deref()).collect();
    for row in in_pieces(tx, "select account, person_id from account where account in", &accounts).await? {
        known.accounts.insert(row.get("account")?, row.get("person_id")?);
    }
    Ok(known)
}

async fn in_pieces(tx: &mut Tx, sql: &str, ids: &BTreeSet<&str>) -> Result<Vec<crate::db::Row>> {
    let ids: Vec<&str> = ids.iter().copied().collect();
    let mut rows = Vec::new();
    for some in ids.chunks(ASKED_MOST) {
        let sql = format!("{sql} ({})", placeholders(1, some.len()));
        rows.extend(tx.rows(sql, some.iter().map(|id| Value::from(*id)).collect()).await?);
    }
    Ok(rows)
}

/// Ids by table: the file's own rows, and what they refer to.
fn asked(fixture: &Fixture) -> HashMap<&'static str, BTreeSet<&str>> {
    let mut asked: HashMap<&'static str, BTreeSet<&str>> = HashMap::new();
    let mut ask = |table, id| {
        asked.entry(table).or_default().insert(id);
    };
    fixture.units.iter().for_each(|row| {
        ask("unit", row.id.as_str());
        row.parent.iter().for_each(|id| ask("unit", id));
    });
    fixture.unit_regulations.iter().for_each(|row| ask("unit", &row.unit));
    fixture.people.iter().for_each(|row| {
        ask("person", &row.id);
        row.unit.iter().for_each(|id| ask("unit", id));
    });
    fixture.devices.iter().for_each(|row| {
        ask("device", &row.id);
        row.unit.iter().for_each(|id| ask("unit", id));
    });
    fixture.custody.iter().for_each(|row| {
        ask("device", &row.device);
        ask("person", &row.holder);
    });
    fixture.names.iter().for_each(|row| ask(if row.kind == "device" { "device" } else { "person" }, &row.id));
    fixture.cases.iter().for_each(|row| ask("case_file", &row.id));
    fixture.activities.iter().for_each(|row| {
        ask("activity", &row.id);
        row.unit.iter().for_each(|id| ask("unit", id));
        row.case.iter().for_each(|id| ask("case_file", id));
        row.officers.iter().for_each(|id| ask("person", id));
        row.devices.iter().for_each(|id| ask("device", id));
    });
    asked
}

/// Where the file's people stand now, those in office: the unit of each.
pub async fn posts(tx: &mut Tx, fixture: &Fixture) -> Result<HashMap<String, Option<String>>> {
    let ids: BTreeSet<&str> = fixture.people.iter().map(|row| row.id.as_str()).collect();
    let rows = in_pieces(tx, "select id, unit_id from person where active = 1 and id in", &ids).await?;
    rows.iter().map(|row| Ok((row.get("id")?, row.get("unit_id")?))).collect()
}

pub async fn put_parent(tx: &mut Tx, unit: &str, parent: &str) -> Result<()> {
    tx.exec("update unit set parent_id = $1 where id = $2", args![parent, unit]).await.map(drop)
}

pub async fn put_holiday(tx: &mut Tx, holiday: &Holiday) -> Result<()> {
    tx.exec(
        "insert into holiday (day, working, note) values ($1, $2, $3)
         on conflict (day) do update set working = excluded.working, note = excluded.note",
        args![holiday.date.as_str(), holiday.working, holiday.note.clone()],
    )
    .await
    .map(drop)
}
