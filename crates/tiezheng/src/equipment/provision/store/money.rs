//! Rows of office_standard, purchase and budget_year.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::args;
use crate::db::{Row, Tx};
use crate::error::Result;
use crate::people::store::Named;

/// 通用办公设备配置标准: most of a kind in a unit, and its highest price.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OfficeStandard {
    pub id: String,
    pub document: String,
    pub version: String,
    pub kind: String,
    /// Most in each unit.
    pub quantity: i64,
    /// Highest price of one, fen; null: none set.
    pub price_fen: Option<i64>,
    pub at_ms: i64,
}

pub async fn insert_standard(tx: &mut Tx, agency: &str, new: &OfficeStandard) -> Result<()> {
    tx.exec(
        "insert into office_standard (id, agency_id, document, version, kind, quantity, price_fen, at_ms)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![
            new.id.as_str(),
            agency,
            new.document.as_str(),
            new.version.as_str(),
            new.kind.as_str(),
            new.quantity,
            new.price_fen,
            new.at_ms
        ],
    )
    .await
    .map(drop)
}

/// The latest of each kind, or all that were ever entered, newest first.
pub async fn standards(tx: &mut Tx, agency: &str, latest: bool) -> Result<Vec<OfficeStandard>> {
    let sql = "select s.id, s.document, s.version, s.kind, s.quantity, s.price_fen, s.at_ms from office_standard s
               where s.agency_id = $1 and ($2 = 0 or not exists (select 1 from office_standard n
                 where n.agency_id = s.agency_id and n.kind = s.kind and n.id > s.id)) order by s.id desc limit 2000";
    let one = |row: &Row| {
        Ok(OfficeStandard {
            id: row.get("id")?,
            document: row.get("document")?,
            version: row.get("version")?,
            kind: row.get("kind")?,
            quantity: row.get("quantity")?,
            price_fen: row.get("price_fen")?,
            at_ms: row.get("at_ms")?,
        })
    };
    tx.rows(sql, args![agency, latest]).await?.iter().map(one).collect()
}

/// One kind of a purchase, with its acceptance test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PurchaseLine {
    pub kind: String,
    #[serde(default)]
    pub model: Option<String>,
    pub quantity: u32,
    /// Of one, fen.
    pub price_fen: i64,
    /// Null until the acceptance test.
    #[serde(default)]
    pub passed: Option<u32>,
    #[serde(default)]
    pub failed: Option<u32>,
    #[serde(default)]
    pub defects: Option<String>,
    #[serde(default)]
    pub follow_up: Option<String>,
}

/// 采购
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Purchase {
    pub id: String,
    pub unit: Named,
    pub supplier: String,
    pub contract: String,
    /// 2026-03-02
    pub bought_on: String,
    pub lines: Vec<PurchaseLine>,
    /// Day of the acceptance test; null: none on record.
    pub accepted_on: Option<String>,
    pub accepted_by: Option<String>,
    /// What the unit that supervises the purchase found.
    pub findings: Option<String>,
    /// Passed the test.
    pub usable: u32,
    /// Failed it and went back.
    pub returned: u32,
    /// Ids of devices of it that are in use though no acceptance is on record.
    pub in_use_untested: Vec<String>,
}

pub async fn put_purchase(tx: &mut Tx, agency: &str, one: &Purchase) -> Result<()> {
    tx.exec(
        "insert into purchase (id, agency_id, unit_id, supplier, contract, bought_on, lines, accepted_on, accepted_by, findings)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (id) do update set lines = excluded.lines, accepted_on = excluded.accepted_on,
           accepted_by = excluded.accepted_by, findings = excluded.findings",
        args![
            one.id.as_str(),
            agency,
            one.unit.id.as_str(),
            one.supplier.as_str(),
            one.contract.as_str(),
            one.bought_on.as_str(),
            serde_json::to_string(&one.lines)?,
            one.accepted_on.clone(),
            one.accepted_by.clone(),
            one.findings.clone()
        ],
    )
    .await
    .map(drop)
}

/// Newest first; one of them where an id is given.
pub async fn purchases(
    tx: &mut Tx,
    agency: Option<&str>,
    id: Option<&str>,
    before: Option<&str>,
    most: i64,
) -> Result<Vec<Purchase>> {
    let sql =
        "select p.id, p.unit_id, u.name as unit_name, p.supplier, p.contract, p.bought_on, p.lines, p.accepted_on,
                 p.accepted_by, p.findings from purchase p join unit u on u.id = p.unit_id
               where ($1 is null or p.agency_id = $1) and ($2 is null or p.id = $2) and ($3 is null or p.id < $3)
               order by p.id desc limit $4";
    let text = |text: Option<&str>| text.map(str::to_owned);
    let mut found = Vec::new();
    for row in tx.rows(sql, args![text(agency), text(id), text(before), most]).await? {
        let lines: Vec<PurchaseLine> = serde_json::from_str(&row.get::<String>("lines")?)?;
        let sum = |of: fn(&PurchaseLine) -> Option<u32>| lines.iter().filter_map(of).fold(0_u32, u32::saturating_add);
        found.push(Purchase {
            id: row.get("id")?,
            unit: Named { id: row.get("unit_id")?, name: row.get("unit_name")? },
            supplier: row.get("supplier")?,
            contract: row.get("contract")?,
            bought_on: row.get("bought_on")?,
            accepted_on: row.get("accepted_on")?,
            accepted_by: row.get("accepted_by")?,
            findings: row.get("findings")?,
            usable: sum(|line| line.passed),
            returned: sum(|line| line.failed),
            in_use_untested: Vec::new(),
            lines,
        });
    }
    Ok(found)
}

/// `(purchase, device)` of every device in use that came with a purchase for which no acceptance is on record.
pub async fn in_use_untested(tx: &mut Tx, agency: Option<&str>) -> Result<Vec<(String, String)>> {
    let sql = "select d.purchase_id, d.id from device d join purchase p on p.id = d.purchase_id
               where ($1 is null or d.agency_id = $1) and d.status in ('issued', 'checked_out') and p.accepted_on is null
               order by d.id limit 20000";
    let rows = tx.rows(sql, args![agency.map(str::to_owned)]).await?;
    rows.iter().map(|row| Ok((row.get("purchase_id")?, row.get("id")?))).collect()
}

/// An asset bought in the year, at its original price.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Spent {
    pub device: String,
    pub kind: String,
    pub price_fen: i64,
}

/// What each unit acquired in a year; under the empty unit what lies in the agency's own store.
pub async fn bought(tx: &mut Tx, agency: &str, year: i64) -> Result<Vec<(Named, Spent)>> {
    let sql = "select coalesce(d.unit_id, '') as unit_id, coalesce(u.name, '') as unit_name, d.id, d.kind, d.price_fen
               from device d left join unit u on u.id = d.unit_id
               where d.agency_id = $1 and d.price_fen is not null and d.acquired_on >= $2 and d.acquired_on <= $3
               order by d.id";
    let rows = tx.rows(sql, args![agency, format!("{year}-01-01"), format!("{year}-12-31")]).await?;
    let one = |row: &Row| {
        let spent = Spent { device: row.get("id")?, kind: row.get("kind")?, price_fen: row.get("price_fen")? };
        Ok((Named { id: row.get("unit_id")?, name: row.get("unit_name")? }, spent))
    };
    rows.iter().map(one).collect()
}

/// What was paid last for one of each kind.
pub async fn latest_prices(tx: &mut Tx, agency: &str) -> Result<std::collections::HashMap<String, i64>> {
    let sql = "select d.kind, max(d.price_fen) as price_fen from device d join (
                 select kind, max(acquired_on) as day from device where agency_id = $1 and price_fen is not null group by kind
               ) l on l.kind = d.kind and l.day = d.acquired_on where d.agency_id = $1 group by d.kind";
    tx.rows(sql, args![agency]).await?.iter().map(|row| Ok((row.get("kind")?, row.get("price_fen")?))).collect()
}

/// Ids of usable devices that cost more than the standard of their kind allows.
pub async fn too_dear(tx: &mut Tx, agency: &str) -> Result<std::collections::HashSet<String>> {
    let sql = "select d.id from device d join office_standard s on s.agency_id = d.agency_id and s.kind = d.kind
               where d.agency_id = $1 and d.price_fen > s.price_fen and not exists (select 1 from office_standard n
                 where n.agency_id = s.agency_id and n.kind = s.kind and n.id > s.id)";
    tx.rows(sql, args![agency]).await?.iter().map(|row| row.get("id")).collect()
}

/// 预算
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Budget {
    pub id: String,
    pub unit: Named,
    pub year: i64,
    /// What the unit asked for, fen.
    pub need_fen: i64,
    pub approved_fen: i64,
    pub document: String,
    pub at_ms: i64,
}

pub async fn insert_budget(tx: &mut Tx, agency: &str, new: &Budget) -> Result<()> {
    tx.exec(
        "insert into budget_year (id, agency_id, unit_id, year, need_fen, approved_fen, document, at_ms)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![
            new.id.as_str(),
            agency,
            new.unit.id.as_str(),
            new.year,
            new.need_fen,
            new.approved_fen,
            new.document.as_str(),
            new.at_ms
        ],
    )
    .await
    .map(drop)
}

/// Of a year, the latest of each unit.
pub async fn budgets(tx: &mut Tx, agency: &str, year: i64) -> Result<Vec<Budget>> {
    let sql = "select b.id, b.unit_id, u.name as unit_name, b.year, b.need_fen, b.approved_fen, b.document, b.at_ms
               from budget_year b join unit u on u.id = b.unit_id where b.agency_id = $1 and b.year = $2
                 and not exists (select 1 from budget_year n where n.agency_id = $1 and n.year = $2 and n.unit_id = b.unit_id
                   and n.id > b.id)
               order by b.unit_id";
    let one = |row: &Row| {
        Ok(Budget {
            id: row.get("id")?,
            unit: Named { id: row.get("unit_id")?, name: row.get("unit_name")? },
            year: row.get("year")?,
            need_fen: row.get("need_fen")?,
            approved_fen: row.get("approved_fen")?,
            document: row.get("document")?,
            at_ms: row.get("at_ms")?,
        })
    };
    tx.rows(sql, args![agency, year]).await?.iter().map(one).collect()
}
