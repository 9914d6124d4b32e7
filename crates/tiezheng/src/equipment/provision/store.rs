//! Rows of unit_statement, and the figures behind sufficiency; [`plans`] has plans and deviations, [`sites`] fixed sites,
//! [`money`] standards, purchases and budgets.

pub mod money;
pub mod plans;
pub mod sites;

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::args;
use crate::db::{Row, Tx};
use crate::equipment::store::devices::words;
use crate::error::Result;
pub use plans::{Deviation, Plan, deviations, plans_in_force};

/// States in which a device counts as stock: it can be used, today or after a repair.
const USABLE: &str = "status not in ('destroyed', 'device_sealed', 'retired', 'lost', 'stolen')";

/// 单位声明
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Statement {
    pub id: String,
    #[serde(skip)]
    pub unit: String,
    pub key: String,
    #[schema(value_type = Object)]
    pub value: Json,
    pub from_day: String,
    pub reason: String,
    pub document: Option<String>,
    pub approver: Option<String>,
    /// Who entered it.
    pub account: Option<String>,
    pub at_ms: i64,
}

pub async fn insert_statement(tx: &mut Tx, agency: &str, one: &Statement) -> Result<()> {
    tx.exec(
        "insert into unit_statement (id, agency_id, unit_id, key, value, from_day, reason, document, approver, account, at_ms)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        args![
            one.id.as_str(),
            agency,
            one.unit.as_str(),
            one.key.as_str(),
            one.value.to_string(),
            one.from_day.as_str(),
            one.reason.as_str(),
            one.document.clone(),
            one.approver.clone(),
            one.account.clone(),
            one.at_ms
        ],
    )
    .await
    .map(drop)
}

const STATEMENT: &str =
    "s.id, s.unit_id, s.key, s.value, s.from_day, s.reason, s.document, s.approver, s.account, s.at_ms";

fn statement(row: &Row) -> Result<Statement> {
    Ok(Statement {
        id: row.get("id")?,
        unit: row.get("unit_id")?,
        key: row.get("key")?,
        value: serde_json::from_str(&row.get::<String>("value")?)?,
        from_day: row.get("from_day")?,
        reason: row.get("reason")?,
        document: row.get("document")?,
        approver: row.get("approver")?,
        account: row.get("account")?,
        at_ms: row.get("at_ms")?,
    })
}

/// The latest of each key on a day, of one unit or of all of the agency. Of one day, what was entered last.
pub async fn statements(tx: &mut Tx, agency: &str, unit: Option<&str>, on: &str) -> Result<Vec<Statement>> {
    let sql = format!(
        "select {STATEMENT} from unit_statement s
         where s.agency_id = $1 and ($2 is null or s.unit_id = $2) and s.from_day <= $3 and not exists (
           select 1 from unit_statement n where n.agency_id = $1 and n.unit_id = s.unit_id and n.key = s.key
             and n.from_day <= $3 and (n.from_day > s.from_day or (n.from_day = s.from_day and n.id > s.id)))
         order by s.unit_id, s.key"
    );
    tx.rows(sql, args![agency, unit.map(str::to_owned), on]).await?.iter().map(statement).collect()
}

/// All a unit ever stated, newest first.
pub async fn stated(tx: &mut Tx, agency: &str, unit: &str, before: Option<&str>, most: i64) -> Result<Vec<Statement>> {
    let sql = format!(
        "select {STATEMENT} from unit_statement s
         where s.agency_id = $1 and s.unit_id = $2 and ($3 is null or s.id < $3) order by s.id desc limit $4"
    );
    tx.rows(sql, args![agency, unit, before.map(str::to_owned), most]).await?.iter().map(statement).collect()
}

/// Active persons with a certificate (T-62), by unit.
pub async fn officers(tx: &mut Tx, agency: &str) -> Result<HashMap<String, Vec<String>>> {
    let sql = "select id, unit_id from person where agency_id = $1 and active = 1 and unit_id is not null
                 and certificate_no is not null and certificate_no <> '' order by id";
    let mut found: HashMap<String, Vec<String>> = HashMap::new();
    for row in tx.rows(sql, args![agency]).await? {
        found.entry(row.get("unit_id")?).or_default().push(row.get("id")?);
    }
    Ok(found)
}

/// `(unit, id, capabilities)` of every usable device that can do more than record.
pub async fn capable(tx: &mut Tx, agency: &str) -> Result<Vec<(String, String, Vec<String>)>> {
    let sql = format!(
        "select coalesce(unit_id, '') as unit_id, id, capabilities from device
         where agency_id = $1 and capabilities <> '[]' and {USABLE} order by id"
    );
    let rows = tx.rows(sql, args![agency]).await?;
    rows.iter().map(|row| Ok((row.get("unit_id")?, row.get("id")?, words(row, "capabilities")?))).collect()
}

/// `(unit, id, kind)` of every usable device; those of no unit under the empty one. Oldest first.
pub async fn usable(tx: &mut Tx, agency: &str) -> Result<Vec<(String, String, String)>> {
    let sql = format!(
        "select coalesce(unit_id, '') as unit_id, id, kind from device where agency_id = $1 and {USABLE} order by id"
    );
    let rows = tx.rows(sql, args![agency]).await?;
    rows.iter().map(|row| Ok((row.get("unit_id")?, row.get("id")?, row.get("kind")?))).collect()
}
