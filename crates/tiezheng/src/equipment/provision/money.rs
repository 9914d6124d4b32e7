//! 经费、采购、配置标准: what was asked for, granted and spent, from whom it was bought and whether it passed, and the most an
//! office may have of ordinary equipment.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tiezheng_rules::Law;
use tiezheng_rules::time::legal_day;
use tiezheng_rules::vocab::Role;
use utoipa::ToSchema;

use super::store::money::{self as store, Budget, OfficeStandard, Purchase, PurchaseLine, Spent};
use super::sufficiency::Sufficiency;
use super::{ONE_AT_A_TIME, kind, own_unit, past_day, sufficiency};
use crate::app::new_id;
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::equipment::law::Adopted;
use crate::error::{Problem, Result};
use crate::field;
use crate::laws::Laws;
use crate::people::store::Named;
use crate::people::{Actor, Permission};

/// A thousand billion yuan in fen: more is a slip of the pen.
const FEN_MOST: i64 = 100_000_000_000_000;
const QUANTITY_MOST: u32 = 100_000;

fn fen(name: &str, fen: i64) -> Result<i64> {
    if (0..=FEN_MOST).contains(&fen) { Ok(fen) } else { Err(quantity(name, FEN_MOST)) }
}

fn quantity(name: &str, most: i64) -> Problem {
    Problem::invalid(name, "provision.quantity").with("most", most)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStandard {
    pub document: String,
    pub version: String,
    pub kind: String,
    pub quantity: i64,
    pub price_fen: Option<i64>,
}

/// Enters a line of the office standard; the latest of a kind counts.
pub async fn standard(tx: &mut Tx, actor: &Actor, now: i64, new: NewStandard) -> Result<OfficeStandard> {
    actor.may(Permission::ProvisionPropose)?;
    let agency = actor.own_agency()?;
    kind("kind", &new.kind)?;
    if !(0..=100_000).contains(&new.quantity) {
        return Err(quantity("quantity", 100_000));
    }
    let standard = OfficeStandard {
        id: new_id(now),
        document: field::text("document", &new.document, field::TITLE_MOST)?,
        version: field::text("version", &new.version, field::CODE_MOST)?,
        kind: new.kind,
        quantity: new.quantity,
        price_fen: new.price_fen.map(|price| fen("price_fen", price)).transpose()?,
        at_ms: now,
    };
    store::insert_standard(tx, agency, &standard).await?;
    let detail = json!({"document": standard.document, "version": standard.version, "kind": standard.kind,
        "quantity": standard.quantity, "price_fen": standard.price_fen});
    audit::record(tx, actor, now, Act::StandardEntered, Some(agency), Some(&standard.id), detail).await?;
    Ok(standard)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPurchase {
    pub unit_id: String,
    pub supplier: String,
    pub contract: String,
    pub bought_on: String,
    pub lines: Vec<PurchaseLine>,
}

/// 采购登记. A line may bring its acceptance along, or get it later.
pub async fn purchase(tx: &mut Tx, actor: &Actor, now: i64, new: NewPurchase) -> Result<Purchase> {
    actor.may(Permission::ProvisionPropose)?;
    let agency = own_unit(tx, actor, &new.unit_id).await?.to_owned();
    let purchase = Purchase {
        id: new_id(now),
        unit: Named { id: new.unit_id, name: String::new() },
        supplier: field::text("supplier", &new.supplier, field::NAME_MOST)?,
        contract: field::text("contract", &new.contract, field::TITLE_MOST)?,
        bought_on: past_day("bought_on", &new.bought_on, now)?.to_string(),
        lines: new.lines,
        accepted_on: None,
        accepted_by: None,
        findings: None,
        usable: 0,
        returned: 0,
        in_use_untested: Vec::new(),
    };
    if purchase.lines.is_empty() || purchase.lines.len() > 200 {
        return Err(Problem::invalid("lines", "field.required"));
    }
    for (n, line) in purchase.lines.iter().enumerate() {
        kind(&format!("lines[{n}].kind"), &line.kind)?;
        fen(&format!("lines[{n}].price_fen"), line.price_fen)?;
        if !(1..=QUANTITY_MOST).contains(&line.quantity) {
            return Err(quantity(&format!("lines[{n}].quantity"), i64::from(QUANTITY_MOST)));
        }
        if line.passed.is_some() || line.failed.is_some() {
            return Err(Problem::invalid(&format!("lines[{n}].passed"), "purchase.accept_later"));
        }
    }
    save(tx, actor, now, &agency, &purchase, Act::PurchaseMade).await
}

async fn save(tx: &mut Tx, actor: &Actor, now: i64, agency: &str, one: &Purchase, act: Act) -> Result<Purchase> {
    store::put_purchase(tx, agency, one).await?;
    let detail = json!({"unit": one.unit.id, "supplier": one.supplier, "contract": one.contract, "lines": one.lines,
        "accepted_on": one.accepted_on, "accepted_by": one.accepted_by, "findings": one.findings});
    audit::record(tx, actor, now, act, Some(agency), Some(&one.id), detail).await?;
    listed(tx, Some(agency), Some(&one.id), None, 1).await?.pop().ok_or_else(Problem::not_found)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    pub accepted_on: String,
    pub accepted_by: String,
    /// One for each line of the purchase, in its order.
    pub lines: Vec<Tested>,
    /// What the supervising unit found.
    pub findings: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Tested {
    pub passed: u32,
    pub failed: u32,
    pub defects: Option<String>,
    pub follow_up: Option<String>,
}

/// 验收: what passed and what failed adds up to what was bought; a failure says its defect.
///
/// # Errors
/// `purchase.sum` with the line, `purchase.accepted`, `not_found`.
pub async fn accept(tx: &mut Tx, actor: &Actor, now: i64, id: &str, new: Acceptance) -> Result<Purchase> {
    actor.may(Permission::ProvisionPropose)?;
    let agency = actor.own_agency()?.to_owned();
    tx.lock(ONE_AT_A_TIME).await?;
    let mut found =
        store::purchases(tx, Some(&agency), Some(id), None, 1).await?.pop().ok_or_else(Problem::not_found)?;
    own_unit(tx, actor, &found.unit.id).await?;
    if found.accepted_on.is_some() {
        return Err(Problem::refused(409, "purchase.accepted"));
    }
    if new.lines.len() != found.lines.len() {
        return Err(Problem::invalid("lines", "purchase.sum").with("line", found.lines.len()));
    }
    for (n, (line, tested)) in found.lines.iter_mut().zip(new.lines).enumerate() {
        if tested.passed.checked_add(tested.failed) != Some(line.quantity) {
            return Err(Problem::invalid("lines", "purchase.sum").with("line", n + 1));
        }
        let name = format!("lines[{n}].defects");
        let defects = field::optional(&name, tested.defects.as_deref(), field::REASON_MOST)?;
        if tested.failed > 0 && defects.is_none() {
            return Err(Problem::invalid(&name, "field.required"));
        }
        (line.passed, line.failed, line.defects) = (Some(tested.passed), Some(tested.failed), defects);
        line.follow_up = field::optional("follow_up", tested.follow_up.as_deref(), field::REASON_MOST)?;
    }
    let accepted_on = past_day("accepted_on", &new.accepted_on, now)?.to_string();
    if accepted_on < found.bought_on {
        let problem = Problem::invalid("accepted_on", "purchase.accepted_before_bought");
        return Err(problem.with("bought_on", found.bought_on));
    }
    found.accepted_on = Some(accepted_on);
    found.accepted_by = Some(field::text("accepted_by", &new.accepted_by, field::NAME_MOST)?);
    found.findings = field::optional("findings", new.findings.as_deref(), field::REASON_MOST)?;
    save(tx, actor, now, &agency, &found, Act::PurchaseAccepted).await
}

/// Purchases, each with the devices of it that are in use though no acceptance is on record.
pub async fn listed(
    tx: &mut Tx,
    agency: Option<&str>,
    id: Option<&str>,
    before: Option<&str>,
    most: i64,
) -> Result<Vec<Purchase>> {
    let mut found = store::purchases(tx, agency, id, before, most).await?;
    let in_use = store::in_use_untested(tx, agency).await?;
    for (purchase, device) in in_use {
        if let Some(one) = found.iter_mut().find(|one| one.id == purchase) {
            one.in_use_untested.push(device);
        }
    }
    Ok(found)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBudget {
    pub unit_id: String,
    pub year: i64,
    pub need_fen: i64,
    pub approved_fen: i64,
    pub document: String,
}

pub async fn budget(tx: &mut Tx, actor: &Actor, now: i64, new: NewBudget) -> Result<Budget> {
    actor.may(Permission::ProvisionApprove)?;
    let agency = own_unit(tx, actor, &new.unit_id).await?.to_owned();
    if !(2000..2200).contains(&new.year) {
        return Err(Problem::invalid("year", "field.time"));
    }
    let budget = Budget {
        id: new_id(now),
        unit: Named { id: new.unit_id, name: String::new() },
        year: new.year,
        need_fen: fen("need_fen", new.need_fen)?,
        approved_fen: fen("approved_fen", new.approved_fen)?,
        document: field::text("document", &new.document, field::TITLE_MOST)?,
        at_ms: now,
    };
    store::insert_budget(tx, &agency, &budget).await?;
    let detail = json!({"unit": budget.unit.id, "year": budget.year, "need_fen": budget.need_fen,
        "approved_fen": budget.approved_fen, "document": budget.document});
    audit::record(tx, actor, now, Act::BudgetEntered, Some(&agency), Some(&budget.id), detail).await?;
    Ok(budget)
}

/// 年度经费表
#[derive(Serialize, ToSchema)]
pub struct BudgetSheet {
    pub year: i64,
    /// Who funds, in the regulation's words; empty where it names nobody.
    pub funded_by: String,
    #[schema(value_type = Vec<Object>)]
    pub articles: Vec<Value>,
    pub units: Vec<BudgetLine>,
    pub need_fen: i64,
    pub approved_fen: i64,
    pub spent_fen: i64,
}

#[derive(Serialize, ToSchema)]
pub struct BudgetLine {
    pub unit: Named,
    pub document: Option<String>,
    pub need_fen: i64,
    pub approved_fen: i64,
    pub spent_fen: i64,
    /// What the spending is made of.
    pub spent: Vec<Spent>,
    /// Cost of what firm duties lack today, at the latest price paid for the kind; null: no price is known.
    pub firm_deficit_fen: Option<i64>,
    /// `budget.below_firm_deficit`
    pub alert: Option<String>,
}

/// Need, approved and spent of each unit in a year.
pub async fn sheet(tx: &mut Tx, laws: &Laws, agency: &str, year: i64, now: i64) -> Result<BudgetSheet> {
    let today = legal_day(now);
    let adopted = Adopted::by(tx, agency).await?.stack(laws, None, today);
    let adopted: Vec<&Law> = adopted.iter().map(AsRef::as_ref).collect();
    let sufficiency = sufficiency::of_agency(tx, laws, agency, today, now).await?;
    let budgets = store::budgets(tx, agency, year).await?;
    let mut spent: BTreeMap<String, (Named, Vec<Spent>)> = BTreeMap::new();
    for (unit, asset) in store::bought(tx, agency, year).await? {
        spent.entry(unit.id.clone()).or_insert_with(|| (unit, Vec::new())).1.push(asset);
    }
    let prices = store::latest_prices(tx, agency).await?;
    let deficits = deficits(&sufficiency, &prices);
    let mut units = Vec::new();
    for budget in &budgets {
        let spent = spent.remove(&budget.unit.id).map(|(_, spent)| spent).unwrap_or_default();
        units.push(line(budget.unit.clone(), Some(budget), spent, &deficits));
    }
    // Money spent without a budget is shown, too.
    units.extend(spent.into_values().map(|(unit, spent)| line(unit, None, spent, &deficits)));
    let (funded_by, articles) = funding(&adopted, today);
    let sum = |of: fn(&BudgetLine) -> i64| units.iter().map(of).fold(0_i64, i64::saturating_add);
    Ok(BudgetSheet {
        year,
        funded_by,
        articles,
        need_fen: sum(|line| line.need_fen),
        approved_fen: sum(|line| line.approved_fen),
        spent_fen: sum(|line| line.spent_fen),
        units,
    })
}

fn line(
    unit: Named,
    budget: Option<&Budget>,
    spent: Vec<Spent>,
    deficits: &HashMap<String, Option<i64>>,
) -> BudgetLine {
    let approved_fen = budget.map_or(0, |budget| budget.approved_fen);
    let firm_deficit_fen = deficits.get(&unit.id).copied().unwrap_or(Some(0));
    let below = budget.is_some() && firm_deficit_fen.is_some_and(|cost| cost > approved_fen);
    BudgetLine {
        document: budget.map(|budget| budget.document.clone()),
        need_fen: budget.map_or(0, |budget| budget.need_fen),
        approved_fen,
        spent_fen: spent.iter().map(|one| one.price_fen).fold(0, i64::saturating_add),
        spent,
        firm_deficit_fen,
        alert: below.then(|| "budget.below_firm_deficit".to_owned()),
        unit,
    }
}

/// What it would cost to close the firm deficits of each unit that has one.
fn deficits(sufficiency: &Sufficiency, prices: &HashMap<String, i64>) -> HashMap<String, Option<i64>> {
    let mut found = HashMap::new();
    for unit in &sufficiency.units {
        let firm = unit.needs.iter().filter(|need| need.shortage == "violation");
        let cost = |need: &sufficiency::UnitNeed| {
            let price = need.kinds.iter().filter_map(|kind| prices.get(kind)).min()?;
            Some(i64::from(need.short_by).saturating_mul(*price))
        };
        let costs: Vec<Option<i64>> = firm.map(cost).collect();
        if !costs.is_empty() {
            found.insert(unit.unit.id.clone(), costs.into_iter().sum::<Option<i64>>());
        }
    }
    found
}

/// The body that funds the equipment, and the article that says so.
fn funding(laws: &[&Law], on: jiff::civil::Date) -> (String, Vec<Value>) {
    for applied in laws.iter().filter_map(|law| law.on(on)) {
        let rules = &applied.version.rules;
        if let Some(statement) = rules.statements.iter().find(|one| one.key == "provision.budget") {
            let articles = statement.article.0.iter().map(|cite| json!(applied.cited(cite))).collect();
            return (rules.roles.get(&Role::Finance).cloned().unwrap_or_default(), articles);
        }
    }
    (String::new(), Vec::new())
}
