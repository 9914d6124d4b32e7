//! Rows of device_model, device_declaration and upkeep_plan.

use std::collections::HashMap;

use super::devices::words;
use crate::args;
use crate::db::{Row, Tx};
use crate::equipment::due::UpkeepPlan;
use crate::equipment::models::{Declaration, Model, qualitative_only};
use crate::error::Result;

/// Models of an agency, without their items.
pub async fn list(tx: &mut Tx, agency: &str) -> Result<Vec<Model>> {
    let sql = "select m.id, m.kind, m.maker, m.name, count(d.id) as devices
               from device_model m left join device d on d.agency_id = m.agency_id and d.kind = m.kind
                 and d.maker = m.maker and d.model = m.name and d.status not in ('destroyed', 'device_sealed')
               where m.agency_id = $1 group by m.id, m.kind, m.maker, m.name order by m.maker, m.name, m.id limit 2000";
    let read = |row: &Row| {
        Ok(Model {
            id: row.get("id")?,
            kind: row.get("kind")?,
            maker: row.get("maker")?,
            name: row.get("name")?,
            devices: row.get("devices")?,
            items: Vec::new(),
            proven: false,
        })
    };
    tx.rows(sql, args![agency]).await?.iter().map(read).collect()
}

pub async fn known(tx: &mut Tx, agency: &str, kind: &str, maker: &str, name: &str) -> Result<bool> {
    let sql = "select count(*) from device_model where agency_id = $1 and kind = $2 and maker = $3 and name = $4";
    Ok(tx.number(sql, args![agency, kind, maker, name]).await? > 0)
}

pub async fn put(tx: &mut Tx, id: &str, agency: &str, kind: &str, maker: &str, name: &str, now: i64) -> Result<()> {
    let sql = "insert into device_model (id, agency_id, kind, maker, name, made_ms) values ($1, $2, $3, $4, $5, $6)
               on conflict (agency_id, maker, name, kind) do nothing";
    tx.exec(sql, args![id, agency, kind, maker, name, now]).await.map(drop)
}

pub struct NewDeclaration<'a> {
    pub id: &'a str,
    pub model: &'a str,
    pub item: &'a str,
    pub declared: &'a str,
    pub evidence: Option<String>,
    pub sheet: Option<String>,
    pub declared_on: &'a str,
    pub account: Option<String>,
    pub at_ms: i64,
}

pub async fn declare(tx: &mut Tx, new: &NewDeclaration<'_>) -> Result<()> {
    tx.exec(
        "insert into device_declaration (id, model_id, item, declared, evidence, sheet, declared_on, account, at_ms)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![
            new.id,
            new.model,
            new.item,
            new.declared,
            new.evidence.clone(),
            new.sheet.clone(),
            new.declared_on,
            new.account.clone(),
            new.at_ms
        ],
    )
    .await
    .map(drop)
}

const DECLARED: &str = "select c.model_id, c.item, c.declared, c.evidence, c.sheet, c.declared_on, c.at_ms, a.name
  from device_declaration c join device_model m on m.id = c.model_id left join account a on a.account = c.account";

fn declaration(row: &Row) -> Result<Declaration> {
    let sheet: Option<String> = row.get("sheet")?;
    let sheet = sheet.and_then(|sheet| serde_json::from_str(&sheet).ok());
    Ok(Declaration {
        item: row.get("item")?,
        declared: row.get("declared")?,
        evidence: row.get("evidence")?,
        qualitative_only: qualitative_only(sheet.as_ref()),
        sheet,
        declared_on: row.get("declared_on")?,
        by: row.get("name")?,
        at_ms: row.get("at_ms")?,
    })
}

/// By model, oldest first.
pub async fn declarations(tx: &mut Tx, agency: &str) -> Result<HashMap<String, Vec<Declaration>>> {
    let sql = format!("{DECLARED} where m.agency_id = $1 order by c.at_ms, c.id");
    let mut found: HashMap<String, Vec<Declaration>> = HashMap::new();
    for row in tx.rows(sql, args![agency]).await? {
        found.entry(row.get("model_id")?).or_default().push(declaration(&row)?);
    }
    Ok(found)
}

/// Of one model, oldest first.
pub async fn of(tx: &mut Tx, agency: &str, kind: &str, maker: &str, name: &str) -> Result<Vec<Declaration>> {
    let sql = format!(
        "{DECLARED} where m.agency_id = $1 and m.kind = $2 and m.maker = $3 and m.name = $4 order by c.at_ms, c.id"
    );
    tx.rows(sql, args![agency, kind, maker, name]).await?.iter().map(declaration).collect()
}

pub async fn plans(tx: &mut Tx, agency: &str) -> Result<Vec<UpkeepPlan>> {
    let sql = "select kind, interval_days, works, document, set_ms from upkeep_plan where agency_id = $1 order by kind";
    let read = |row: &Row| {
        Ok(UpkeepPlan {
            kind: row.get("kind")?,
            interval_days: row.get("interval_days")?,
            works: words(row, "works")?,
            document: row.get("document")?,
            set_ms: row.get("set_ms")?,
        })
    };
    tx.rows(sql, args![agency]).await?.iter().map(read).collect()
}

pub async fn put_plan(tx: &mut Tx, agency: &str, plan: &UpkeepPlan) -> Result<()> {
    tx.exec(
        "insert into upkeep_plan (agency_id, kind, interval_days, works, document, set_ms) values ($1, $2, $3, $4, $5, $6)
         on conflict (agency_id, kind) do update set interval_days = excluded.interval_days, works = excluded.works,
           document = excluded.document, set_ms = excluded.set_ms",
        args![
            agency,
            plan.kind.as_str(),
            plan.interval_days,
            serde_json::to_string(&plan.works)?,
            plan.document.clone(),
            plan.set_ms
        ],
    )
    .await
    .map(drop)
}
