//! Rows of device_order.

use serde_json::Value as Json;

use super::named;
use crate::args;
use crate::db::{Tx, Value, placeholders};
use crate::equipment::orders::Order;
use crate::error::Result;
use crate::people::store::Named;

pub struct NewOrder<'a> {
    pub id: &'a str,
    pub agency: &'a str,
    pub kind: &'a str,
    pub device: &'a str,
    pub unit: Option<&'a str>,
    pub to_unit: Option<&'a str>,
    pub told: Json,
    pub opened_ms: i64,
}

pub async fn open(tx: &mut Tx, order: &NewOrder<'_>) -> Result<()> {
    tx.exec(
        "insert into device_order (id, agency_id, kind, device_id, unit_id, to_unit_id, state, told, opened_ms)
         values ($1, $2, $3, $4, $5, $6, 'open', $7, $8)",
        args![
            order.id,
            order.agency,
            order.kind,
            order.device,
            order.unit.map(str::to_owned),
            order.to_unit.map(str::to_owned),
            Json::from(vec![order.told.clone()]).to_string(),
            order.opened_ms
        ],
    )
    .await
    .map(drop)
}

/// One more step told, and where it leads; `closed_ms` where that is the end.
pub async fn go_on(tx: &mut Tx, order: &Order, told: Json, state: &str, closed_ms: Option<i64>) -> Result<()> {
    let mut all = order.told.clone();
    all.push(told);
    let sql = "update device_order set told = $1, state = $2, closed_ms = $3 where id = $4";
    tx.exec(sql, args![Json::from(all).to_string(), state, closed_ms, order.id.as_str()]).await.map(drop)
}

/// What an actor can take further: who decides, and who carries out.
#[derive(Default)]
pub struct Waiting<'a> {
    pub decides: bool,
    pub manages: bool,
    /// `None`: every unit of the agency.
    pub units: Option<&'a [String]>,
    pub account: Option<&'a str>,
}

#[derive(Default)]
pub struct Wanted<'a> {
    pub agency: Option<&'a str>,
    pub id: Option<&'a str>,
    pub kind: Option<&'a str>,
    pub state: Option<&'a str>,
    pub device: Option<&'a str>,
    pub open: bool,
    pub waiting: Option<Waiting<'a>>,
    pub after: Option<&'a str>,
    pub most: i64,
}

fn conditions(wanted: &Wanted<'_>) -> (String, Vec<Value>) {
    let (mut found, mut args): (Vec<String>, Vec<Value>) = (Vec::new(), Vec::new());
    for (column, value) in [
        ("o.agency_id =", wanted.agency),
        ("o.id =", wanted.id),
        ("o.kind =", wanted.kind),
        ("o.state =", wanted.state),
        ("o.device_id =", wanted.device),
        ("o.id <", wanted.after),
    ] {
        if let Some(value) = value {
            args.push(Value::from(value));
            found.push(format!("{column} ${}", args.len()));
        }
    }
    if wanted.open || wanted.waiting.is_some() {
        found.push("o.closed_ms is null".into());
    }
    if let Some(waiting) = &wanted.waiting {
        let mut hands = Vec::new();
        if waiting.decides {
            hands.push(
                "o.kind = 'transfer' or (o.kind = 'retirement' and o.state = 'open')
                 or (o.kind = 'loss' and o.state in ('open', 'confirmed'))",
            );
        }
        if waiting.manages {
            hands.push(
                "o.kind = 'replacement' or (o.kind = 'retirement' and o.state = 'decided')
                 or (o.kind = 'loss' and o.state = 'decided')",
            );
        }
        found.push(format!("({})", if hands.is_empty() { "1 = 0".to_owned() } else { hands.join(" or ") }));
        if let Some(account) = waiting.account {
            // Whoever has confirmed one side of a transfer waits for the other side.
            args.push(Value::from(format!("%\"confirmed_by\":{}%", Json::from(account))));
            found.push(format!("not (o.kind = 'transfer' and o.told like ${})", args.len()));
        }
        if let Some(units) = waiting.units {
            let (first, count) = (args.len() + 1, units.len());
            args.extend(units.iter().map(Value::from));
            let own = if count == 0 { "null".to_owned() } else { placeholders(first, count) };
            found.push(format!("(o.unit_id is null or o.unit_id in ({own}) or o.to_unit_id in ({own}))"));
        }
    }
    let sql = if found.is_empty() { String::new() } else { format!("where {}", found.join(" and ")) };
    (sql, args)
}

/// Newest first.
pub async fn list(tx: &mut Tx, wanted: &Wanted<'_>) -> Result<Vec<Order>> {
    let (conditions, mut args) = conditions(wanted);
    args.push(Value::from(wanted.most));
    let sql = format!(
        "select o.id, o.agency_id, o.kind, o.state, o.told, o.opened_ms, o.closed_ms, d.id as device_id,
           coalesce(d.asset_no, d.serial_no) as device_name, u.id as unit_id, u.name as unit_name, t.id as to_id, t.name as to_name
         from device_order o join device d on d.id = o.device_id left join unit u on u.id = o.unit_id
         left join unit t on t.id = o.to_unit_id {conditions} order by o.id desc limit ${}",
        args.len()
    );
    let read = |row: &crate::db::Row| {
        Ok(Order {
            id: row.get("id")?,
            agency_id: row.get("agency_id")?,
            kind: row.get("kind")?,
            state: row.get("state")?,
            device: Named { id: row.get("device_id")?, name: row.get("device_name")? },
            unit: named(row, "unit_id", "unit_name")?,
            to_unit: named(row, "to_id", "to_name")?,
            told: super::devices::words(row, "told")?,
            opened_ms: row.get("opened_ms")?,
            closed_ms: row.get("closed_ms")?,
        })
    };
    tx.rows(sql, args).await?.iter().map(read).collect()
}

pub async fn count(tx: &mut Tx, wanted: &Wanted<'_>) -> Result<i64> {
    let (conditions, args) = conditions(wanted);
    tx.number(format!("select count(*) from device_order o {conditions}"), args).await
}

pub async fn one(tx: &mut Tx, agency: Option<&str>, id: &str) -> Result<Option<Order>> {
    Ok(list(tx, &Wanted { agency, id: Some(id), most: 1, ..Wanted::default() }).await?.pop())
}
