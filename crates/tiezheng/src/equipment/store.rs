//! Rows of the equipment room: here codes in file names and what docking asks and tells; below, a folder each for the
//! devices themselves, their history and their orders.

pub mod devices;
pub mod models;
pub mod orders;
pub mod steps;

use crate::args;
use crate::db::{Row, Tx};
use crate::error::Result;
use crate::people::store::Named;
pub use devices::{NewDevice, put};
pub use steps::put_custody;

/// What a name on a card, or an upload's metadata, resolved to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    pub device: Option<String>,
    pub officer: Option<String>,
    pub unit: Option<String>,
    pub drift_ms: Option<i64>,
}

pub struct NameCode<'a> {
    pub agency: &'a str,
    pub kind: &'a str,
    pub code: &'a str,
    pub target: &'a str,
    pub from_ms: i64,
    pub to_ms: Option<i64>,
}

pub async fn put_code(tx: &mut Tx, code: &NameCode<'_>) -> Result<()> {
    tx.exec(
        "insert into name_code (agency_id, kind, code, target_id, from_ms, to_ms) values ($1, $2, $3, $4, $5, $6)
         on conflict (agency_id, kind, code, from_ms)
         do update set target_id = excluded.target_id, to_ms = excluded.to_ms",
        args![code.agency, code.kind, code.code, code.target, code.from_ms, code.to_ms],
    )
    .await
    .map(drop)
}

pub async fn note_docked(tx: &mut Tx, device: &str, now: i64, drift_ms: Option<i64>) -> Result<()> {
    tx.exec("update device set last_docked_ms = $1 where id = $2", args![now, device]).await?;
    if drift_ms.is_some() {
        tx.exec("update device set drift_ms = $1, drift_at_ms = $2 where id = $3", args![drift_ms, now, device])
            .await?;
    }
    Ok(())
}

/// Finds device, officer and unit behind the codes of a file name at a moment (`None`: now is good enough).
///
/// A device code is a registered code valid then, or a serial number, asset number or id; likewise an officer's. With a
/// device but no officer, whoever held the device then is taken.
pub async fn resolve(
    tx: &mut Tx,
    agency: &str,
    device_code: Option<&str>,
    officer_code: Option<&str>,
    at_ms: i64,
) -> Result<Origin> {
    let mut origin = Origin::default();
    if let Some(code) = device_code {
        origin.device = match coded(tx, agency, "device", code, at_ms).await? {
            Some(id) => Some(id),
            None => {
                // Two makers may use one number: then nobody can tell whose it is, and a person must.
                match &by_number(tx, Some(agency), code).await?[..] {
                    [only] => Some(only.clone()),
                    _ => None,
                }
            }
        };
    }
    if let Some(code) = officer_code {
        origin.officer = match coded(tx, agency, "officer", code, at_ms).await? {
            Some(id) => Some(id),
            None => {
                let sql = "select id from person where agency_id = $1 and (id = $2 or certificate_no = $2)
                           order by id limit 1";
                tx.row(sql, args![agency, code]).await?.map(|row| row.get("id")).transpose()?
            }
        };
    }
    if let (Some(device), None) = (&origin.device, &origin.officer) {
        let sql = "select holder_id from device_custody
                   where device_id = $1 and from_ms <= $2 and (to_ms is null or to_ms > $2)
                   order by from_ms desc limit 1";
        origin.officer = tx.row(sql, args![device.as_str(), at_ms]).await?.map(|r| r.get("holder_id")).transpose()?;
    }
    if let Some(device) = &origin.device {
        let row = tx.row("select unit_id, drift_ms from device where id = $1", args![device.as_str()]).await?;
        if let Some(row) = row {
            origin.unit = row.get("unit_id")?;
            origin.drift_ms = row.get("drift_ms")?;
        }
    }
    if let Some(officer) = &origin.officer {
        let row = tx.row("select unit_id from person where id = $1", args![officer.as_str()]).await?;
        origin.unit = row.map(|row| row.get("unit_id")).transpose()?.flatten().or(origin.unit);
    }
    Ok(origin)
}

/// Ids of the devices that have this id, serial number or asset number: the id's own first, two at most.
pub async fn by_number(tx: &mut Tx, agency: Option<&str>, code: &str) -> Result<Vec<String>> {
    let sql = "select id, cast(case when id = $2 then 0 else 1 end as bigint) as rank from device
               where ($1 is null or agency_id = $1) and (id = $2 or serial_no = $2 or asset_no = $2)
               order by rank, id limit 2";
    let rows = tx.rows(sql, args![agency.map(str::to_owned), code]).await?;
    let exact = rows.first().map(|row| row.get::<i64>("rank")).transpose()? == Some(0);
    rows.iter().take(if exact { 1 } else { 2 }).map(|row| row.get("id")).collect()
}

async fn coded(tx: &mut Tx, agency: &str, kind: &str, code: &str, at_ms: i64) -> Result<Option<String>> {
    let sql = "select target_id from name_code where agency_id = $1 and kind = $2 and code = $3
                 and from_ms <= $4 and (to_ms is null or to_ms > $4) order by from_ms desc limit 1";
    tx.row(sql, args![agency, kind, code, at_ms]).await?.map(|row| row.get("target_id")).transpose()
}

/// `{id, name}` from two columns of a left join.
pub fn named(row: &Row, id: &str, name: &str) -> Result<Option<Named>> {
    let (id, name) = (row.get::<Option<String>>(id)?, row.get::<Option<String>>(name)?);
    Ok(id.map(|id| Named { name: name.unwrap_or_else(|| id.clone()), id }))
}
