//! Rows of device: as lists show them, locked for an act, written.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use super::named;
use crate::args;
use crate::db::{Row, Tx, Value, placeholders};
use crate::equipment::Device;
use crate::error::Result;
use crate::people::store::Named;

/// A device on its way into the register, from a page or a file.
#[derive(Clone, Default)]
pub struct NewDevice {
    pub id: String,
    pub agency: String,
    pub unit: Option<String>,
    pub kind: String,
    pub maker: String,
    pub model: String,
    pub description: Option<String>,
    pub serial_no: String,
    pub asset_no: Option<String>,
    pub capacity_gb: Option<i64>,
    pub capabilities: Vec<String>,
    pub accessories: Vec<String>,
    pub acquired_on: Option<String>,
    pub price_fen: Option<i64>,
    pub in_use_on: Option<String>,
    pub purpose: Option<String>,
    pub purchase: Option<String>,
    pub status: String,
}

fn json_list(list: &[String]) -> String {
    serde_json::to_string(list).unwrap_or_default()
}

/// A register from a file often tells less than we know: what it leaves out stays.
pub async fn put(tx: &mut Tx, device: &NewDevice) -> Result<()> {
    tx.exec(
        "insert into device (id, agency_id, unit_id, kind, maker, model, description, serial_no, asset_no, capacity_gb,
           capabilities, accessories, acquired_on, price_fen, in_use_on, purpose, purchase_id, status, revision)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 0)
         on conflict (id) do update set unit_id = excluded.unit_id, kind = excluded.kind,
           maker = case when excluded.maker = '' then device.maker else excluded.maker end,
           model = excluded.model, description = coalesce(excluded.description, device.description),
           serial_no = excluded.serial_no, asset_no = coalesce(excluded.asset_no, device.asset_no),
           capacity_gb = coalesce(excluded.capacity_gb, device.capacity_gb),
           capabilities = case when excluded.capabilities = '[]' then device.capabilities else excluded.capabilities end,
           accessories = case when excluded.accessories = '[]' then device.accessories else excluded.accessories end,
           acquired_on = coalesce(excluded.acquired_on, device.acquired_on),
           price_fen = coalesce(excluded.price_fen, device.price_fen),
           in_use_on = coalesce(excluded.in_use_on, device.in_use_on),
           purpose = coalesce(excluded.purpose, device.purpose),
           purchase_id = coalesce(excluded.purchase_id, device.purchase_id)",
        args![
            device.id.as_str(),
            device.agency.as_str(),
            device.unit.clone(),
            device.kind.as_str(),
            device.maker.as_str(),
            device.model.as_str(),
            device.description.clone(),
            device.serial_no.as_str(),
            device.asset_no.clone(),
            device.capacity_gb,
            json_list(&device.capabilities),
            json_list(&device.accessories),
            device.acquired_on.clone(),
            device.price_fen,
            device.in_use_on.clone(),
            device.purpose.clone(),
            device.purchase.clone(),
            device.status.as_str()
        ],
    )
    .await
    .map(drop)
}

/// What people may correct, as it is to be from now on.
pub async fn correct(tx: &mut Tx, device: &NewDevice) -> Result<()> {
    tx.exec(
        "update device set maker = $2, model = $3, description = $4, serial_no = $5, asset_no = $6, capacity_gb = $7,
           capabilities = $8, accessories = $9, acquired_on = $10, price_fen = $11, in_use_on = $12, purpose = $13,
           purchase_id = $14, kind = $15 where id = $1",
        args![
            device.id.as_str(),
            device.maker.as_str(),
            device.model.as_str(),
            device.description.clone(),
            device.serial_no.as_str(),
            device.asset_no.clone(),
            device.capacity_gb,
            json_list(&device.capabilities),
            json_list(&device.accessories),
            device.acquired_on.clone(),
            device.price_fen,
            device.in_use_on.clone(),
            device.purpose.clone(),
            device.purchase.clone(),
            device.kind.as_str()
        ],
    )
    .await
    .map(drop)
}

/// Whom a number belongs to already, other than this device: its id.
pub async fn taken(tx: &mut Tx, agency: &str, maker: &str, serial_no: &str, not: &str) -> Result<Option<String>> {
    let sql = "select id from device where agency_id = $1 and maker = $2 and serial_no = $3 and id <> $4";
    tx.row(sql, args![agency, maker, serial_no, not]).await?.map(|row| row.get("id")).transpose()
}

pub async fn asset_no_taken(tx: &mut Tx, agency: &str, asset_no: &str, not: &str) -> Result<Option<String>> {
    let sql = "select id from device where agency_id = $1 and asset_no = $2 and id <> $3 order by id limit 1";
    tx.row(sql, args![agency, asset_no, not]).await?.map(|row| row.get("id")).transpose()
}

/// The numbers of a device of the register, as far as a ledger is held against them.
pub struct Numbers {
    pub id: String,
    pub maker: String,
    pub serial_no: String,
    pub asset_no: Option<String>,
}

/// The numbers of every device of an agency.
pub async fn numbers(tx: &mut Tx, agency: &str) -> Result<Vec<Numbers>> {
    let sql = "select id, maker, serial_no, asset_no from device where agency_id = $1 order by id";
    let numbers = |row: &Row| {
        Ok(Numbers {
            id: row.get("id")?,
            maker: row.get("maker")?,
            serial_no: row.get("serial_no")?,
            asset_no: row.get("asset_no")?,
        })
    };
    tx.rows(sql, args![agency]).await?.iter().map(numbers).collect()
}

/// How many usable devices each unit has of each kind: `(unit, kind, count)`.
pub async fn counted(tx: &mut Tx, agency: &str) -> Result<Vec<(String, String, i64)>> {
    let sql = "select unit_id, kind, count(*) as devices from device
               where agency_id = $1 and unit_id is not null and status in ('in_store', 'issued', 'checked_out')
               group by unit_id, kind order by unit_id, kind";
    let counted = |row: &Row| Ok((row.get("unit_id")?, row.get("kind")?, row.get("devices")?));
    tx.rows(sql, args![agency]).await?.iter().map(counted).collect()
}

#[derive(Default)]
pub struct Wanted<'a> {
    pub agency: Option<&'a str>,
    pub unit: Option<&'a str>,
    pub kind: Option<&'a str>,
    pub status: Option<&'a str>,
    pub holder: Option<&'a str>,
    pub q: Option<&'a str>,
    pub ids: Option<&'a [String]>,
    /// Further conditions on `d`, with their own arguments.
    pub due: Option<Due>,
    pub after: Option<&'a str>,
    pub most: i64,
}

/// What a device is due for, as a condition: `?` stands for each argument in turn.
#[derive(Clone)]
pub struct Due {
    pub sql: String,
    pub args: Vec<Value>,
}

impl Due {
    pub fn new(sql: &str, args: Vec<Value>) -> Due {
        Due { sql: sql.to_owned(), args }
    }

    pub fn and(mut self, other: &Due) -> Due {
        self.sql = format!("({}) and ({})", self.sql, other.sql);
        self.args.extend(other.args.iter().cloned());
        self
    }

    /// The condition in a statement that has these arguments so far.
    fn numbered(&self, args: &mut Vec<Value>) -> String {
        let (mut sql, mut given) = (String::new(), self.args.iter());
        for (n, part) in self.sql.split('?').enumerate() {
            if n > 0 {
                args.extend(given.next().cloned());
                sql += &format!("${}", args.len());
            }
            sql += part;
        }
        sql
    }
}

const COLUMNS: &str = "d.id, d.agency_id, d.kind, d.maker, d.model, d.description, d.serial_no, d.asset_no, d.status,
  d.revision, d.purpose, d.capacity_gb, d.capabilities, d.accessories, d.acquired_on, d.price_fen, d.in_use_on,
  d.purchase_id, d.upkeep_ms, d.last_docked_ms, d.drift_ms, u.id as unit_id, u.name as unit_name, p.id as holder_id,
  p.name as holder_name, c.from_ms as held_since_ms, c.due_ms,
  (select string_agg(o.kind, ' ') from device_order o where o.device_id = d.id and o.closed_ms is null) as open_orders";
const JOINED: &str = "device d left join unit u on u.id = d.unit_id
  left join device_custody c on c.device_id = d.id and c.to_ms is null
  left join person p on p.id = c.holder_id";

/// The conditions of a question and their arguments.
fn conditions(wanted: &Wanted<'_>) -> (String, Vec<Value>) {
    let (mut found, mut args) = (Vec::new(), Vec::new());
    for (column, value) in [
        ("d.agency_id =", wanted.agency),
        ("d.unit_id =", wanted.unit),
        ("d.kind =", wanted.kind),
        ("d.status =", wanted.status),
        ("c.holder_id =", wanted.holder),
        ("d.id >", wanted.after),
    ] {
        if let Some(value) = value {
            args.push(Value::from(value));
            found.push(format!("{column} ${}", args.len()));
        }
    }
    if let Some(q) = wanted.q.map(str::trim).filter(|q| !q.is_empty()) {
        args.push(Value::from(format!("%{}%", q.replace(['%', '_'], ""))));
        let n = args.len();
        let columns = ["d.serial_no", "d.asset_no", "d.maker", "d.model", "p.name"];
        let like: Vec<String> = columns.iter().map(|column| format!("{column} like ${n}")).collect();
        found.push(format!("({})", like.join(" or ")));
    }
    if let Some(ids) = wanted.ids {
        found.push(format!("d.id in ({})", placeholders(args.len() + 1, ids.len())));
        args.extend(ids.iter().map(Value::from));
    }
    if let Some(due) = &wanted.due {
        let sql = due.numbered(&mut args);
        found.push(format!("({sql})"));
    }
    let sql = if found.is_empty() { String::new() } else { format!("where {}", found.join(" and ")) };
    (sql, args)
}

pub async fn list(tx: &mut Tx, wanted: &Wanted<'_>) -> Result<Vec<Device>> {
    if wanted.ids.is_some_and(<[String]>::is_empty) {
        return Ok(Vec::new());
    }
    let (conditions, mut args) = conditions(wanted);
    args.push(Value::from(wanted.most));
    let sql = format!("select {COLUMNS} from {JOINED} {conditions} order by d.id limit ${}", args.len());
    tx.rows(sql, args).await?.iter().map(read).collect()
}

/// How many devices of an agency meet each condition, in one walk through them.
pub async fn counts(tx: &mut Tx, agency: Option<&str>, dues: &[Due]) -> Result<Vec<i64>> {
    let (among, mut args) = conditions(&Wanted { agency, ..Wanted::default() });
    let each = dues.iter().map(|due| format!("count(*) filter (where {})", due.numbered(&mut args)));
    let sql = format!("select {} from {JOINED} {among}", each.collect::<Vec<_>>().join(", "));
    let Some(row) = tx.row(sql, args).await? else { return Ok(vec![0; dues.len()]) };
    (0..dues.len()).map(|at| row.nth(at)).collect()
}

/// How many devices of an agency meet a condition, kind by kind.
pub async fn by_kind(tx: &mut Tx, agency: &str, due: Due) -> Result<Vec<(String, i64)>> {
    let (among, args) = conditions(&Wanted { agency: Some(agency), due: Some(due), ..Wanted::default() });
    let sql = format!("select d.kind, count(*) as n from {JOINED} {among} group by d.kind order by d.kind");
    tx.rows(sql, args).await?.iter().map(|row| Ok((row.get("kind")?, row.get("n")?))).collect()
}

/// What a unit keeps and what of it truly works.
#[derive(Serialize, ToSchema)]
pub struct Working {
    pub unit: Option<Named>,
    /// 在册: all that are not retired, sealed away, lost or stolen.
    pub kept: i64,
    /// 可用: those neither stopped nor in repair.
    pub usable: i64,
    /// 在用: those of them that handed recordings in within the thirty days before.
    pub working: i64,
}

/// Devices that officers record with, unit by unit.
pub async fn working(tx: &mut Tx, agency: &str, since_ms: i64) -> Result<Vec<Working>> {
    let usable = "d.status in ('in_store', 'issued', 'checked_out')";
    let sql = format!(
        "select u.id as unit_id, u.name as unit_name, count(*) as kept, count(*) filter (where {usable}) as usable,
           count(*) filter (where {usable} and d.last_docked_ms >= $2) as working
         from device d left join unit u on u.id = d.unit_id
         where d.agency_id = $1 and d.status in ('in_store', 'issued', 'checked_out', 'stopped', 'in_repair')
           and d.kind in ('body_worn_camera', 'handheld_terminal', 'still_camera', 'camcorder', 'audio_recorder')
         group by u.id, u.name order by u.name, u.id"
    );
    let read = |row: &Row| {
        let (kept, usable, working) = (row.get("kept")?, row.get("usable")?, row.get("working")?);
        Ok(Working { unit: named(row, "unit_id", "unit_name")?, kept, usable, working })
    };
    tx.rows(sql, args![agency, since_ms]).await?.iter().map(read).collect()
}

/// How many of them are in each state.
pub async fn by_status(tx: &mut Tx, wanted: &Wanted<'_>) -> Result<BTreeMap<String, i64>> {
    let (conditions, args) = conditions(wanted);
    let sql = format!("select d.status, count(*) as n from {JOINED} {conditions} group by d.status");
    tx.rows(sql, args).await?.iter().map(|row| Ok((row.get("status")?, row.get("n")?))).collect()
}

/// One device of an agency (`None`: of any).
pub async fn one(tx: &mut Tx, agency: Option<&str>, id: &str) -> Result<Option<Device>> {
    let ids = [id.to_owned()];
    let wanted = Wanted { agency, ids: Some(&ids), most: 1, ..Wanted::default() };
    Ok(list(tx, &wanted).await?.pop())
}

/// Devices that this transaction is about to change, in the order of their ids, so that two bulk acts cannot wait for each
/// other for ever: whoever comes second waits here, and then reads what the first one left.
pub async fn locked(tx: &mut Tx, agency: &str, ids: &[String]) -> Result<Vec<Device>> {
    let mut sorted = ids.to_vec();
    sorted.sort_unstable();
    let sql = format!(
        "select id from device where agency_id = $1 and id in ({}) order by id{}",
        placeholders(2, sorted.len()),
        tx.for_update()
    );
    let args = std::iter::once(Value::from(agency)).chain(sorted.iter().map(Value::from)).collect();
    tx.rows(sql, args).await?;
    list(tx, &Wanted { agency: Some(agency), ids: Some(&sorted), most: sorted.len() as i64, ..Wanted::default() }).await
}

fn read(row: &Row) -> Result<Device> {
    let orders: Option<String> = row.get("open_orders")?;
    Ok(Device {
        id: row.get("id")?,
        agency_id: row.get("agency_id")?,
        kind: row.get("kind")?,
        maker: row.get("maker")?,
        model: row.get("model")?,
        description: row.get("description")?,
        serial_no: row.get("serial_no")?,
        asset_no: row.get("asset_no")?,
        status: row.get("status")?,
        revision: row.get("revision")?,
        unit: named(row, "unit_id", "unit_name")?,
        holder: named(row, "holder_id", "holder_name")?,
        held_since_ms: row.get("held_since_ms")?,
        due_ms: row.get("due_ms")?,
        purpose: row.get("purpose")?,
        capacity_gb: row.get("capacity_gb")?,
        capabilities: words(row, "capabilities")?,
        accessories: words(row, "accessories")?,
        acquired_on: row.get("acquired_on")?,
        price_fen: row.get("price_fen")?,
        in_use_on: row.get("in_use_on")?,
        purchase_id: row.get("purchase_id")?,
        upkeep_ms: row.get("upkeep_ms")?,
        last_docked_ms: row.get("last_docked_ms")?,
        drift_ms: row.get("drift_ms")?,
        open_orders: orders.unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
    })
}

/// A JSON column; empty where it cannot be read, which `verify` then names.
pub fn words<T: DeserializeOwned + Default>(row: &Row, column: &str) -> Result<T> {
    Ok(serde_json::from_str(&row.get::<String>(column)?).unwrap_or_default())
}
