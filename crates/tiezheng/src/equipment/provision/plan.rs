//! 配备方案 and 情况说明: what a unit wants to have and why; which shortage is allowed, by whom, until when.

use serde_json::json;
use tiezheng_rules::time::legal_day;
use utoipa::ToSchema;

use super::store::plans::{self as store, Deviation, NewPlan, Plan, PlanLine};
use super::{ONE_AT_A_TIME, day, kind, own_unit, sufficiency, unit_below};
use crate::app::new_id;
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::error::{Problem, Result};
use crate::field;
use crate::laws::Laws;
use crate::people::store::Named;
use crate::people::{Actor, Permission};

const LINES_MOST: usize = 100;
const QUANTITY_MOST: u32 = 100_000;

#[derive(serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlanBody {
    pub unit_id: String,
    pub lines: Vec<PlanLine>,
}

/// 提出: the next version of a unit's plan; a proposal that still waits is replaced.
///
/// # Errors
/// `field.required` for a line without purpose, named as `lines[0].purpose`.
pub async fn propose(tx: &mut Tx, actor: &Actor, now: i64, new: NewPlanBody) -> Result<Plan> {
    actor.may(Permission::ProvisionPropose)?;
    let agency = own_unit(tx, actor, &new.unit_id).await?.to_owned();
    if new.lines.is_empty() || new.lines.len() > LINES_MOST {
        return Err(Problem::invalid("lines", "field.required"));
    }
    let mut lines = Vec::new();
    for (n, line) in new.lines.into_iter().enumerate() {
        let name = |field: &str| format!("lines[{n}].{field}");
        kind(&name("kind"), &line.kind)?;
        if line.quantity > QUANTITY_MOST {
            return Err(Problem::invalid(&name("quantity"), "provision.quantity").with("most", QUANTITY_MOST));
        }
        lines.push(PlanLine {
            purpose: field::text(&name("purpose"), &line.purpose, field::REASON_MOST)?,
            reason: field::optional(&name("reason"), line.reason.as_deref(), field::REASON_MOST)?,
            ..line
        });
    }
    let id = new_id(now);
    tx.lock(ONE_AT_A_TIME).await?;
    store::replace_waiting(tx, &new.unit_id).await?;
    let version = store::last_version(tx, &new.unit_id).await? + 1;
    let (unit, account) = (&new.unit_id, actor.account.as_deref().unwrap_or(""));
    store::insert_plan(tx, &NewPlan { id: &id, agency: &agency, unit, version, lines: &lines, account, now }).await?;
    let detail = json!({"unit": unit, "version": version, "lines": lines});
    audit::record(tx, actor, now, Act::PlanProposed, Some(&agency), Some(&id), detail).await?;
    store::one_plan(tx, &agency, &id).await?.ok_or_else(Problem::not_found)
}

/// 批准, by somebody above the unit who is not its proposer.
///
/// # Errors
/// `not_found`, `plan.decided`, `plan.own`, `permission.unit`.
pub async fn approve(tx: &mut Tx, actor: &Actor, now: i64, id: &str) -> Result<Plan> {
    actor.may(Permission::ProvisionApprove)?;
    let agency = actor.own_agency()?;
    tx.lock(ONE_AT_A_TIME).await?;
    let plan = store::one_plan(tx, agency, id).await?.ok_or_else(Problem::not_found)?;
    unit_below(tx, actor, &plan.unit.id).await?;
    if plan.state != "proposed" {
        return Err(Problem::refused(409, "plan.decided").with("state", plan.state));
    }
    let account = actor.account.as_deref().unwrap_or("");
    if plan.proposed_by.id == account {
        return Err(Problem::refused(403, "plan.own"));
    }
    store::approve(tx, &plan, account, now).await?;
    let detail = json!({"unit": plan.unit.id, "version": plan.version});
    audit::record(tx, actor, now, Act::PlanApproved, Some(agency), Some(id), detail).await?;
    store::one_plan(tx, agency, id).await?.ok_or_else(Problem::not_found)
}

#[derive(serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDeviation {
    pub unit_id: String,
    /// `key` of the need in GET /api/sufficiency.
    pub need: String,
    pub reason: String,
    pub document: Option<String>,
    /// Last day, inclusive.
    pub until_day: Option<String>,
}

/// Allows a shortage or an excess, by somebody above the unit: who enters it is its approver.
///
/// # Errors
/// `deviation.nothing` where the unit lacks nothing of the kind, `deviation.firm` with the article of a duty that knows no
/// exception.
pub async fn deviate(tx: &mut Tx, laws: &Laws, actor: &Actor, now: i64, new: NewDeviation) -> Result<Deviation> {
    actor.may(Permission::ProvisionApprove)?;
    let agency = unit_below(tx, actor, &new.unit_id).await?.to_owned();
    let reason = field::text("reason", &new.reason, field::REASON_MOST)?;
    let document = field::optional("document", new.document.as_deref(), field::TITLE_MOST)?;
    let until = new.until_day.as_deref().map(|text| day("until_day", text)).transpose()?;
    let today = legal_day(now);
    if until.is_some_and(|until| until < today) {
        return Err(Problem::invalid("until_day", "deviation.over").with("least", today.to_string()));
    }
    let all = sufficiency::of_agency(tx, laws, &agency, today, now).await?;
    let unit = all.units.iter().find(|one| one.unit.id == new.unit_id);
    let nothing = || Problem::invalid("need", "deviation.nothing").with("need", field::short(&new.need));
    let (firm, articles) = unit.and_then(|unit| unit.lacking(&new.need)).ok_or_else(nothing)?;
    if firm {
        return Err(Problem { articles, ..Problem::refused(422, "deviation.firm") });
    }
    let deviation = Deviation {
        id: new_id(now),
        unit: crate::people::store::Named {
            id: new.unit_id.clone(),
            name: unit.map_or("", |one| &one.unit.name).into(),
        },
        need: new.need,
        reason,
        approver: Named { id: actor.account.clone().unwrap_or_default(), name: actor.name.clone() },
        document,
        until_day: until.map(|until| until.to_string()),
        at_ms: now,
    };
    store::insert_deviation(tx, &agency, &deviation).await?;
    let detail = json!({
        "unit": deviation.unit.id, "need": deviation.need, "reason": deviation.reason, "document": deviation.document,
        "until_day": deviation.until_day,
    });
    audit::record(tx, actor, now, Act::DeviationApproved, Some(&agency), Some(&deviation.id), detail).await?;
    Ok(deviation)
}
