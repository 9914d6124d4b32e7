//! Rows of device, device_custody and name_code.

use serde::Serialize;
use utoipa::ToSchema;

use crate::args;
use crate::db::{Row, Tx};
use crate::error::Result;
use crate::people::store::Named;

/// A device in use that was not docked for so long is asked after.
pub const IDLE_MS: i64 = 30 * 86_400_000;

/// The kinds of requirements §1.3.
pub const KINDS: [&str; 8] = [
    "body_worn_camera",
    "handheld_terminal",
    "still_camera",
    "camcorder",
    "audio_recorder",
    "fixed_cctv",
    "collection_storage_device",
    "other",
];

/// The states of requirements PRV-01, and three words of those who keep no store.
pub const STATUSES: [&str; 10] =
    ["in_use", "in_store", "issued", "in_repair", "stopped", "device_sealed", "retired", "destroyed", "lost", "stolen"];

#[derive(Serialize, ToSchema)]
pub struct Device {
    pub id: String,
    pub agency_id: String,
    pub kind: String,
    pub model: String,
    pub serial_no: String,
    pub asset_no: Option<String>,
    pub status: String,
    pub unit: Option<Named>,
    /// Who holds it now.
    pub holder: Option<Named>,
    pub last_docked_ms: Option<i64>,
    /// Device clock minus true time when it was last measured, milliseconds.
    pub drift_ms: Option<i64>,
}

pub struct NewDevice<'a> {
    pub id: &'a str,
    pub agency: &'a str,
    pub unit: Option<&'a str>,
    pub kind: &'a str,
    pub model: &'a str,
    pub serial_no: &'a str,
    pub asset_no: Option<&'a str>,
    pub status: &'a str,
}

/// What a name on a card, or an upload's metadata, resolved to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    pub device: Option<String>,
    pub officer: Option<String>,
    pub unit: Option<String>,
    pub drift_ms: Option<i64>,
}

pub async fn put(tx: &mut Tx, device: &NewDevice<'_>) -> Result<()> {
    tx.exec(
        "insert into device (id, agency_id, unit_id, kind, model, serial_no, asset_no, status)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (id) do update set unit_id = excluded.unit_id, kind = excluded.kind, model = excluded.model,
           serial_no = excluded.serial_no, asset_no = excluded.asset_no, status = excluded.status",
        args![
            device.id,
            device.agency,
            device.unit.map(str::to_owned),
            device.kind,
            device.model,
            device.serial_no,
            device.asset_no.map(str::to_owned),
            device.status
        ],
    )
    .await
    .map(drop)
}

pub async fn put_custody(tx: &mut Tx, device: &str, holder: &str, from_ms: i64, to_ms: Option<i64>) -> Result<()> {
    tx.exec(
        "insert into device_custody (device_id, holder_id, from_ms, to_ms) values ($1, $2, $3, $4)
         on conflict (device_id, from_ms) do update set holder_id = excluded.holder_id, to_ms = excluded.to_ms",
        args![device, holder, from_ms, to_ms],
    )
    .await
    .map(drop)
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
                let sql = "select id from device where agency_id = $1 and (id = $2 or serial_no = $2 or asset_no = $2)
                           order by id limit 1";
                tx.row(sql, args![agency, code]).await?.map(|row| row.get("id")).transpose()?
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

async fn coded(tx: &mut Tx, agency: &str, kind: &str, code: &str, at_ms: i64) -> Result<Option<String>> {
    let sql = "select target_id from name_code where agency_id = $1 and kind = $2 and code = $3
                 and from_ms <= $4 and (to_ms is null or to_ms > $4) order by from_ms desc limit 1";
    tx.row(sql, args![agency, kind, code, at_ms]).await?.map(|row| row.get("target_id")).transpose()
}

pub struct Wanted<'a> {
    pub agency: Option<&'a str>,
    pub unit: Option<&'a str>,
    pub kind: Option<&'a str>,
    pub q: Option<&'a str>,
    /// Only those in use and not docked since then.
    pub docked_before: Option<i64>,
    pub after: Option<&'a str>,
    pub most: i64,
}

pub async fn list(tx: &mut Tx, wanted: &Wanted<'_>, now: i64) -> Result<Vec<Device>> {
    let sql = "select d.id, d.agency_id, d.kind, d.model, d.serial_no, d.asset_no, d.status, d.last_docked_ms, d.drift_ms,
                      u.id as unit_id, u.name as unit_name, p.id as holder_id, p.name as holder_name
               from device d left join unit u on u.id = d.unit_id
               left join device_custody c on c.device_id = d.id and c.from_ms <= $6 and (c.to_ms is null or c.to_ms > $6)
               left join person p on p.id = c.holder_id
               where ($1 is null or d.agency_id = $1) and ($2 is null or d.unit_id = $2) and ($3 is null or d.kind = $3)
                 and ($4 is null or d.serial_no like $4 or d.asset_no like $4 or d.model like $4 or p.name like $4)
                 and ($5 is null or d.id > $5)
                 and ($8 is null or (d.status = 'in_use' and (d.last_docked_ms is null or d.last_docked_ms < $8)))
               order by d.id limit $7";
    let like = wanted.q.map(|q| format!("%{}%", q.replace(['%', '_'], "")));
    let args = args![
        wanted.agency.map(str::to_owned),
        wanted.unit.map(str::to_owned),
        wanted.kind.map(str::to_owned),
        like,
        wanted.after.map(str::to_owned),
        now,
        wanted.most,
        wanted.docked_before
    ];
    tx.rows(sql, args).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Device> {
    Ok(Device {
        id: row.get("id")?,
        agency_id: row.get("agency_id")?,
        kind: row.get("kind")?,
        model: row.get("model")?,
        serial_no: row.get("serial_no")?,
        asset_no: row.get("asset_no")?,
        status: row.get("status")?,
        unit: named(row, "unit_id", "unit_name")?,
        holder: named(row, "holder_id", "holder_name")?,
        last_docked_ms: row.get("last_docked_ms")?,
        drift_ms: row.get("drift_ms")?,
    })
}

/// `{id, name}` from two columns of a left join.
pub fn named(row: &Row, id: &str, name: &str) -> Result<Option<Named>> {
    let (id, name) = (row.get::<Option<String>>(id)?, row.get::<Option<String>>(name)?);
    Ok(id.map(|id| Named { name: name.unwrap_or_else(|| id.clone()), id }))
}
