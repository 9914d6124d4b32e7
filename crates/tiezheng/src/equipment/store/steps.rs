//! Rows of device_step and device_custody: what became of a device, and who held it.

use std::collections::HashMap;

use serde_json::Value as Json;

use super::named;
use crate::args;
use crate::db::{Tx, Value, placeholders};
use crate::equipment::{Device, Held, OnDevice, Step};
use crate::error::Result;
use crate::people::Actor;
use crate::people::store::Named;

/// One step on its way into the history.
#[derive(Default)]
pub struct NewStep<'a> {
    pub device: &'a str,
    pub revision: i64,
    pub act: &'a str,
    pub from: Option<&'a str>,
    pub to: &'a str,
    pub at_ms: i64,
    pub noted_ms: i64,
    pub account: Option<&'a str>,
    pub person: Option<&'a str>,
    pub unit: Option<&'a str>,
    pub detail: Json,
    pub signature: Option<Json>,
}

impl<'a> NewStep<'a> {
    /// The next step of a device, done and written down now; state and unit stay unless it says otherwise.
    pub fn after(device: &'a Device, act: &'a str, actor: &'a Actor, now: i64) -> NewStep<'a> {
        NewStep {
            device: &device.id,
            revision: device.revision + 1,
            act,
            from: Some(&device.status),
            to: &device.status,
            at_ms: now,
            noted_ms: now,
            account: actor.account.as_deref(),
            unit: device.unit_id(),
            ..NewStep::default()
        }
    }
}

/// Writes a step and brings the device in line with it. Both, with the event, or neither.
pub async fn put(tx: &mut Tx, step: &NewStep<'_>) -> Result<()> {
    tx.exec(
        "insert into device_step (device_id, revision, act, from_status, to_status, at_ms, noted_ms, account, person_id,
           unit_id, detail, signature) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        args![
            step.device,
            step.revision,
            step.act,
            step.from.map(str::to_owned),
            step.to,
            step.at_ms,
            step.noted_ms,
            step.account.map(str::to_owned),
            step.person.map(str::to_owned),
            step.unit.map(str::to_owned),
            step.detail.to_string(),
            step.signature.as_ref().map(Json::to_string)
        ],
    )
    .await?;
    let sql = "update device set revision = $1, status = $2, unit_id = $3 where id = $4";
    tx.exec(sql, args![step.revision, step.to, step.unit.map(str::to_owned), step.device]).await.map(drop)
}

pub async fn in_use_from(tx: &mut Tx, device: &str, day: &str) -> Result<()> {
    let sql = "update device set in_use_on = $1 where id = $2 and in_use_on is null";
    tx.exec(sql, args![day, device]).await.map(drop)
}

pub async fn looked_after(tx: &mut Tx, device: &str, at_ms: i64) -> Result<()> {
    tx.exec("update device set upkeep_ms = $1 where id = $2", args![at_ms, device]).await.map(drop)
}

/// The history of a device, oldest first.
pub async fn history(tx: &mut Tx, device: &str) -> Result<Vec<Step>> {
    steps(tx, "s.device_id = $1 order by s.revision limit 2000", device).await
}

pub async fn last(tx: &mut Tx, device: &str) -> Result<Option<Step>> {
    Ok(steps(tx, "s.device_id = $1 order by s.revision desc limit 1", device).await?.pop())
}

async fn steps(tx: &mut Tx, which: &str, device: &str) -> Result<Vec<Step>> {
    let sql = format!(
        "select s.revision, s.act, s.from_status, s.to_status, s.at_ms, s.noted_ms, s.detail, s.signature,
           s.account as by_id, a.name as by_name, p.id as person_id, p.name as person_name, u.id as unit_id,
           u.name as unit_name
         from device_step s left join account a on a.account = s.account left join person p on p.id = s.person_id
         left join unit u on u.id = s.unit_id where {which}"
    );
    let read = |row: &crate::db::Row| {
        let json = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok());
        Ok(Step {
            revision: row.get("revision")?,
            act: row.get("act")?,
            from_status: row.get("from_status")?,
            to_status: row.get("to_status")?,
            at_ms: row.get("at_ms")?,
            noted_ms: row.get("noted_ms")?,
            by: named(row, "by_id", "by_name")?,
            person: named(row, "person_id", "person_name")?,
            unit: named(row, "unit_id", "unit_name")?,
            detail: json(Some(row.get("detail")?)).unwrap_or_default(),
            signature: json(row.get("signature")?),
        })
    };
    tx.rows(sql, args![device]).await?.iter().map(read).collect()
}

/// A period of custody as a file tells it.
pub async fn put_custody(tx: &mut Tx, device: &str, holder: &str, from_ms: i64, to_ms: Option<i64>) -> Result<()> {
    tx.exec(
        "insert into device_custody (device_id, holder_id, from_ms, to_ms) values ($1, $2, $3, $4)
         on conflict (device_id, from_ms) do update set holder_id = excluded.holder_id, to_ms = excluded.to_ms",
        args![device, holder, from_ms, to_ms],
    )
    .await
    .map(drop)
}

pub async fn take(tx: &mut Tx, device: &str, holder: &str, from_ms: i64, due_ms: Option<i64>) -> Result<()> {
    let sql = "insert into device_custody (device_id, holder_id, from_ms, due_ms) values ($1, $2, $3, $4)";
    tx.exec(sql, args![device, holder, from_ms, due_ms]).await.map(drop)
}

/// Ends whatever custody is still open.
pub async fn give_back(tx: &mut Tx, device: &str, to_ms: i64) -> Result<()> {
    let sql = "update device_custody set to_ms = $1 where device_id = $2 and to_ms is null";
    tx.exec(sql, args![to_ms, device]).await.map(drop)
}

/// Who held what: of one device, of one person, or both; at a moment, or ever. Newest first.
pub async fn ledger(
    tx: &mut Tx,
    agency: Option<&str>,
    device: Option<&str>,
    person: Option<&str>,
    at_ms: Option<i64>,
    most: i64,
) -> Result<Vec<Held>> {
    let sql =
        "select c.from_ms, c.to_ms, c.due_ms, d.id as device_id, d.serial_no, p.id as holder_id, p.name as holder_name
               from device_custody c join device d on d.id = c.device_id join person p on p.id = c.holder_id
               where ($1 is null or d.agency_id = $1) and ($2 is null or c.device_id = $2)
                 and ($3 is null or c.holder_id = $3)
                 and ($4 is null or (c.from_ms <= $4 and (c.to_ms is null or c.to_ms > $4)))
               order by c.from_ms desc, c.device_id limit $5";
    let text = |text: Option<&str>| text.map(str::to_owned);
    let rows = tx.rows(sql, args![text(agency), text(device), text(person), at_ms, most]).await?;
    let read = |row: &crate::db::Row| {
        Ok(Held {
            device: Named { id: row.get("device_id")?, name: row.get("serial_no")? },
            holder: Named { id: row.get("holder_id")?, name: row.get("holder_name")? },
            from_ms: row.get("from_ms")?,
            to_ms: row.get("to_ms")?,
            due_ms: row.get("due_ms")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Name of somebody of this agency who is still in office.
pub async fn officer(tx: &mut Tx, agency: &str, person: &str) -> Result<Option<(Named, Option<String>)>> {
    let sql = "select id, name, unit_id from person where id = $1 and agency_id = $2 and active = 1";
    let row = tx.row(sql, args![person, agency]).await?;
    row.map(|row| Ok((Named { id: row.get("id")?, name: row.get("name")? }, row.get("unit_id")?))).transpose()
}

/// How a device stands before a file is brought in line with it.
pub struct Standing {
    pub status: String,
    /// 0: it was not here before.
    pub revision: i64,
    pub held: bool,
    /// Whose it was after its last step.
    pub told_unit: Option<String>,
}

impl Standing {
    pub fn usable(&self) -> bool {
        matches!(self.status.as_str(), "in_store" | "issued" | "checked_out" | "stopped" | "in_repair")
    }
}

pub async fn standing(tx: &mut Tx, ids: &[&str]) -> Result<HashMap<String, Standing>> {
    let mut found = HashMap::new();
    for some in ids.chunks(500) {
        let sql = format!(
            "select d.id, d.status, d.revision, s.unit_id,
               (select count(*) from device_custody c where c.device_id = d.id and c.to_ms is null) as held
             from device d left join device_step s on s.device_id = d.id and s.revision = d.revision
             where d.id in ({})",
            placeholders(1, some.len())
        );
        for row in tx.rows(sql, some.iter().map(|id| Value::from(*id)).collect()).await? {
            let standing = Standing {
                status: row.get("status")?,
                revision: row.get("revision")?,
                held: row.get("held")?,
                told_unit: row.get("unit_id")?,
            };
            found.insert(row.get("id")?, standing);
        }
    }
    Ok(found)
}

/// 未导出的记录: what is known of files that are on the device only. The last word counts: somebody's statement (at a
/// return, with a fault), until as many recordings of the device have come in as were counted, or it was docked after a
/// statement without a count; then what the last docking itself left behind.
pub async fn on_device(tx: &mut Tx, device: &Device) -> Result<Option<OnDevice>> {
    let stated = history(tx, &device.id).await?.into_iter().rev().find_map(|step| {
        let files = step.detail["files_left"].as_i64();
        let handed_in = step.detail["data_handed_in"].as_bool();
        (files.is_some() || handed_in.is_some()).then_some((step.at_ms, files, handed_in))
    });
    if let Some((since_ms, files, handed_in)) = stated {
        let files = files.filter(|_| handed_in != Some(true)).filter(|files| *files > 0);
        let open = match (files, handed_in) {
            (Some(files), _) => received(tx, &device.id, since_ms).await? < files,
            (None, Some(false)) => device.last_docked_ms.is_none_or(|docked| docked <= since_ms),
            _ => false,
        };
        if open {
            return Ok(Some(OnDevice { files, since_ms, known_from: "stated".into() }));
        }
    }
    docking(tx, device).await
}

async fn received(tx: &mut Tx, device: &str, since_ms: i64) -> Result<i64> {
    let sql = "select count(*) from recording_index where device_id = $1 and received_ms >= $2";
    tx.number(sql, args![device, since_ms]).await
}

/// The run that docked this device last: still under way, or with files it could not take.
async fn docking(tx: &mut Tx, device: &Device) -> Result<Option<OnDevice>> {
    let sql =
        "select payload from event where subject = $1 and act = 'device.docked' order by at_ms desc, id desc limit 1";
    let Some(row) = tx.row(sql, args![device.id.as_str()]).await? else { return Ok(None) };
    let told: Json = serde_json::from_slice(&row.get::<Vec<u8>>("payload")?).unwrap_or_default();
    let Some(run) = told["detail"]["ingest"].as_str() else { return Ok(None) };
    let Some(row) = tx.row("select began_ms, state from ingest where id = $1", args![run]).await? else {
        return Ok(None);
    };
    let since_ms: i64 = row.get("began_ms")?;
    if row.get::<String>("state")? == "running" {
        return Ok(Some(OnDevice { files: None, since_ms, known_from: "running".into() }));
    }
    let failed = "select count(*) from ingest_file where ingest_id = $1 and state = 'failed'";
    let files = tx.number(failed, args![run]).await?;
    Ok((files > 0).then(|| OnDevice { files: Some(files), since_ms, known_from: "failed".into() }))
}
