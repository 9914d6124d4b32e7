//! Rows of provision_plan and provision_deviation.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::args;
use crate::db::{Row, Tx};
use crate::equipment::store::named;
use crate::error::{Problem, Result};
use crate::people::store::Named;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanLine {
    pub kind: String,
    pub quantity: u32,
    /// The enforcement duty it is for.
    pub purpose: String,
    pub reason: Option<String>,
}

/// 配备方案
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Plan {
    pub id: String,
    pub unit: Named,
    /// Counted from 1 in each unit.
    pub version: i64,
    pub lines: Vec<PlanLine>,
    /// proposed, approved, replaced
    pub state: String,
    /// Account and name.
    pub proposed_by: Named,
    pub proposed_ms: i64,
    pub approved_by: Option<Named>,
    pub approved_ms: Option<i64>,
}

pub struct NewPlan<'a> {
    pub id: &'a str,
    pub agency: &'a str,
    pub unit: &'a str,
    pub version: i64,
    pub lines: &'a [PlanLine],
    pub account: &'a str,
    pub now: i64,
}

pub async fn insert_plan(tx: &mut Tx, new: &NewPlan<'_>) -> Result<()> {
    tx.exec(
        "insert into provision_plan (id, agency_id, unit_id, version, lines, state, proposed_by, proposed_ms)
         values ($1, $2, $3, $4, $5, 'proposed', $6, $7)",
        args![new.id, new.agency, new.unit, new.version, serde_json::to_string(new.lines)?, new.account, new.now],
    )
    .await
    .map(drop)
}

/// Makes a proposed plan the one in force; the one before is replaced.
pub async fn approve(tx: &mut Tx, plan: &Plan, account: &str, now: i64) -> Result<()> {
    let sql = "update provision_plan set state = 'replaced' where unit_id = $1 and state = 'approved'";
    tx.exec(sql, args![plan.unit.id.as_str()]).await?;
    let sql = "update provision_plan set state = 'approved', approved_by = $1, approved_ms = $2 where id = $3";
    tx.exec(sql, args![account, now, plan.id.as_str()]).await.map(drop)
}

/// What waits is replaced by what is proposed after it.
pub async fn replace_waiting(tx: &mut Tx, unit: &str) -> Result<()> {
    let sql = "update provision_plan set state = 'replaced' where unit_id = $1 and state = 'proposed'";
    tx.exec(sql, args![unit]).await.map(drop)
}

pub async fn last_version(tx: &mut Tx, unit: &str) -> Result<i64> {
    tx.number("select max(version) from provision_plan where unit_id = $1", args![unit]).await
}

const PLAN: &str =
    "select p.id, p.unit_id, u.name as unit_name, p.version, p.lines, p.state, p.proposed_by, p.proposed_ms,
    p.approved_by, p.approved_ms, a.name as proposed_name, b.name as approved_name
  from provision_plan p join unit u on u.id = p.unit_id left join account a on a.account = p.proposed_by
  left join account b on b.account = p.approved_by";

fn plan(row: &Row) -> Result<Plan> {
    Ok(Plan {
        id: row.get("id")?,
        unit: Named { id: row.get("unit_id")?, name: row.get("unit_name")? },
        version: row.get("version")?,
        lines: serde_json::from_str(&row.get::<String>("lines")?)?,
        state: row.get("state")?,
        proposed_by: named(row, "proposed_by", "proposed_name")?.ok_or_else(Problem::not_found)?,
        proposed_ms: row.get("proposed_ms")?,
        approved_by: named(row, "approved_by", "approved_name")?,
        approved_ms: row.get("approved_ms")?,
    })
}

/// The approved plan of each unit that has one.
pub async fn plans_in_force(tx: &mut Tx, agency: &str) -> Result<HashMap<String, Plan>> {
    let sql = format!("{PLAN} where p.agency_id = $1 and p.state = 'approved'");
    let plans = tx.rows(sql, args![agency]).await?;
    plans.iter().map(|row| plan(row).map(|plan| (plan.unit.id.clone(), plan))).collect()
}

pub async fn one_plan(tx: &mut Tx, agency: &str, id: &str) -> Result<Option<Plan>> {
    let sql = format!("{PLAN} where p.agency_id = $1 and p.id = $2");
    tx.row(sql, args![agency, id]).await?.as_ref().map(plan).transpose()
}

/// Newest first.
pub async fn plans(
    tx: &mut Tx,
    agency: Option<&str>,
    (unit, state): (Option<&str>, Option<&str>),
    before: Option<&str>,
    most: i64,
) -> Result<Vec<Plan>> {
    let sql = format!(
        "{PLAN} where ($1 is null or p.agency_id = $1) and ($2 is null or p.unit_id = $2) and ($3 is null or p.state = $3)
           and ($4 is null or p.id < $4) order by p.id desc limit $5"
    );
    let text = |text: Option<&str>| text.map(str::to_owned);
    let args = args![text(agency), text(unit), text(state), text(before), most];
    tx.rows(sql, args).await?.iter().map(plan).collect()
}

/// 情况说明: a shortage that is allowed, with reason and approver.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Deviation {
    pub id: String,
    pub unit: Named,
    /// What it is about: the kinds of a need joined by `+`, `site.hearing`, `standard.camcorder`.
    pub need: String,
    pub reason: String,
    /// Account and name of who approved it.
    pub approver: Named,
    pub document: Option<String>,
    /// Last day, inclusive; null: until taken back by the need itself.
    pub until_day: Option<String>,
    pub at_ms: i64,
}

pub async fn insert_deviation(tx: &mut Tx, agency: &str, new: &Deviation) -> Result<()> {
    tx.exec(
        "insert into provision_deviation (id, agency_id, unit_id, need, reason, approver, document, until_day, at_ms)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![
            new.id.as_str(),
            agency,
            new.unit.id.as_str(),
            new.need.as_str(),
            new.reason.as_str(),
            new.approver.id.as_str(),
            new.document.clone(),
            new.until_day.clone(),
            new.at_ms
        ],
    )
    .await
    .map(drop)
}

/// Newest first; only those that hold on a day where one is given.
pub async fn deviations(
    tx: &mut Tx,
    agency: &str,
    (unit, before): (Option<&str>, Option<&str>),
    on: Option<&str>,
    most: i64,
) -> Result<Vec<Deviation>> {
    let sql =
        "select d.id, d.unit_id, u.name as unit_name, d.need, d.reason, d.approver, a.name as approver_name, d.document,
                 d.until_day, d.at_ms
               from provision_deviation d join unit u on u.id = d.unit_id left join account a on a.account = d.approver
               where d.agency_id = $1 and ($2 is null or d.unit_id = $2) and ($3 is null or d.id < $3)
                 and ($4 is null or d.until_day is null or d.until_day >= $4) order by d.id desc limit $5";
    let text = |text: Option<&str>| text.map(str::to_owned);
    let rows = tx.rows(sql, args![agency, text(unit), text(before), text(on), most]).await?;
    let one = |row: &Row| {
        Ok(Deviation {
            id: row.get("id")?,
            unit: Named { id: row.get("unit_id")?, name: row.get("unit_name")? },
            need: row.get("need")?,
            reason: row.get("reason")?,
            approver: named(row, "approver", "approver_name")?.ok_or_else(Problem::not_found)?,
            document: row.get("document")?,
            until_day: row.get("until_day")?,
            at_ms: row.get("at_ms")?,
        })
    };
    rows.iter().map(one).collect()
}
