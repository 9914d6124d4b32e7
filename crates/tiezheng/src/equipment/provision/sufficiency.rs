//! 配备充足情况: unit by unit what is owed, by which reading and article, what is there, what is lacking and who is told.
//!
//! Nothing is computed here that the rules compute: figures are counted, verdicts are asked, both are shown together.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};
use tiezheng_rules::data::Scope;
use tiezheng_rules::provisioning::{Need, ProvisionItem, Shortage};
use tiezheng_rules::vocab::DeviceKind;
use tiezheng_rules::{Law, Verdict, provisioning};
use utoipa::ToSchema;

use super::extra;
use super::facts::{self, Counted, Data};
use super::store::{Deviation, Plan};
use crate::db::Tx;
use crate::equipment::law::Adopted;
use crate::error::Result;
use crate::laws::Laws;
use crate::people::responsibility::{self, Tree};
use crate::people::store::{Named, Unit};

#[derive(Serialize, ToSchema)]
pub struct Sufficiency {
    /// Reference day of head-count, classes and plans.
    pub on: String,
    /// What is counted over the whole agency, where its regulation has such a rule.
    pub agency: Option<UnitSufficiency>,
    pub units: Vec<UnitSufficiency>,
}

#[derive(Serialize, ToSchema)]
pub struct UnitSufficiency {
    pub unit: Named,
    pub first_responsible: Option<Named>,
    /// Ids of the units whose people and devices are counted here: itself, and those below without a class or plan.
    pub covers: Vec<String>,
    pub classes: Vec<String>,
    /// Officers counted, and who they are; a stated number has no names.
    pub officers: u32,
    pub supervision_officers: u32,
    pub officer_ids: Vec<String>,
    pub supervision_officer_ids: Vec<String>,
    /// The head-count is stated and not the roster of certificates.
    pub stated: bool,
    pub needs: Vec<UnitNeed>,
    /// Fixed recording sites it owes, by purpose.
    pub sites: Vec<SiteState>,
    /// What its devices must be able to do, as stated.
    pub special: Vec<SpecialNeed>,
    /// How often it did not record for want of a device fit for the danger.
    pub hazard: Option<HazardUses>,
    /// Equipment under the general office standard, where the regulation refers to one.
    pub standard: Option<StandardState>,
    pub plan: Option<PlanState>,
    /// The regulation wants provision by need and no plan was approved: not the same as lacking nothing.
    pub no_plan: bool,
    /// `provision.class_missing`, `provision.need_required`
    pub refused: Option<String>,
    /// The unit's statement whether conditions allow one each, with its reason and day.
    #[schema(value_type = Option<Object>)]
    pub conditions: Option<Value>,
    pub alerts: Vec<Alert>,
    #[schema(value_type = Vec<Object>)]
    pub articles: Vec<Value>,
    #[schema(value_type = Vec<Object>)]
    pub reference: Vec<Value>,
    pub defaults: Vec<String>,
    pub lapsed: bool,
}

/// What binds for kinds that count together.
#[derive(Serialize, ToSchema)]
pub struct UnitNeed {
    /// `body_worn_camera+handheld_terminal`
    pub key: String,
    pub kinds: Vec<String>,
    pub required: u32,
    pub have: u32,
    pub short_by: u32,
    pub over_by: u32,
    /// none, violation, deviation, alert, reminder
    pub shortage: String,
    pub target: Option<u32>,
    pub target_gap: u32,
    pub target_shortage: String,
    pub device_ids: Vec<String>,
    /// Every rule behind it, with both readings where they differ.
    pub items: Vec<Item>,
    pub deviation: Option<Deviation>,
}

#[derive(Serialize, ToSchema)]
pub struct Item {
    pub class: String,
    pub required: u32,
    /// At least so many, where the wording can be read as floor or cap.
    pub floor_reading: Option<u32>,
    /// At most so many.
    pub cap_reading: Option<u32>,
    pub target: bool,
    pub firm: bool,
    #[schema(value_type = Object)]
    pub article: Value,
}

/// 危险场所无合规设备而未录音像, in so many months up to the day.
#[derive(Serialize, ToSchema)]
pub struct HazardUses {
    pub uses: u32,
    pub months: u32,
    /// So often that a compliant device is to be provided: the head is alerted.
    pub repeated: bool,
    #[schema(value_type = Vec<Object>)]
    pub articles: Vec<Value>,
}

/// A fixed recording site that is owed.
#[derive(Serialize, ToSchema)]
pub struct SiteState {
    /// `site.hearing`
    pub key: String,
    pub purpose: String,
    /// There is a place, with equipment of its own that works or of an outside body.
    pub complete: bool,
    /// An outside body has the cameras and is not on record.
    pub operator_missing: bool,
    pub site_ids: Vec<String>,
    pub deviation: Option<Deviation>,
    #[schema(value_type = Vec<Object>)]
    pub articles: Vec<Value>,
}

/// 特殊执法需要: a capability, and who there has it.
#[derive(Serialize, ToSchema)]
pub struct SpecialNeed {
    /// explosion_proof, ir_night_vision …
    pub need: String,
    /// No usable device of the unit has it.
    pub gap: bool,
    pub device_ids: Vec<String>,
    #[schema(value_type = Vec<Object>)]
    pub articles: Vec<Value>,
}

/// 通用办公设备配置标准 against what is there.
#[derive(Serialize, ToSchema)]
pub struct StandardState {
    /// `standard.missing`: not checked, since none was entered; else null.
    pub not_checked: Option<String>,
    pub lines: Vec<StandardLine>,
    #[schema(value_type = Vec<Object>)]
    pub articles: Vec<Value>,
}

#[derive(Serialize, ToSchema)]
pub struct StandardLine {
    /// `standard.camcorder`
    pub key: String,
    pub kind: String,
    pub document: String,
    pub version: String,
    pub limit: i64,
    pub have: i64,
    pub over_by: i64,
    /// Those beyond the limit, the newest.
    pub device_ids: Vec<String>,
    /// Those that cost more than the standard allows.
    pub too_dear: Vec<String>,
    pub deviation: Option<Deviation>,
}

impl StandardLine {
    fn exceeds(&self) -> bool {
        self.over_by > 0 || !self.too_dear.is_empty()
    }
}

/// An approved plan against what is there.
#[derive(Serialize, ToSchema)]
pub struct PlanState {
    pub id: String,
    pub version: i64,
    pub lines: Vec<PlanLineState>,
    #[schema(value_type = Vec<Object>)]
    pub articles: Vec<Value>,
}

#[derive(Serialize, ToSchema)]
pub struct PlanLineState {
    pub kind: String,
    pub purpose: String,
    pub quantity: u32,
    pub have: u32,
    pub short_by: u32,
}

#[derive(Serialize, ToSchema)]
pub struct Alert {
    /// provision.short, .firm_short, .over, .target, .class_missing, .need_required, .no_plan, .plan_short …
    pub code: String,
    /// The need it is about.
    pub need: Option<String>,
    /// The first responsible person of the unit, or of the next one above.
    pub told: Option<Named>,
    /// The office that watches over the unit, of a firm duty.
    pub oversight: Option<Named>,
}

/// All units of an agency on a day; a fixed number of statements, however many there are.
pub async fn of_agency(tx: &mut Tx, laws: &Laws, agency: &str, on: Date, now: i64) -> Result<Sufficiency> {
    let adopted = Adopted::by(tx, agency).await?;
    let mut data = facts::gather(tx, agency, on).await?;
    let units = std::mem::take(&mut data.units);
    let tree = Tree::new(units.clone(), responsibility::store::all(tx, agency, None).await?, now);
    data.units = units;
    let own = adopted.stack(laws, None, on);
    let own: Vec<&Law> = own.iter().map(AsRef::as_ref).collect();
    let units = each(laws, &adopted, &data, &tree, on);
    Ok(Sufficiency { on: on.to_string(), agency: whole(&own, &data, on), units })
}

/// Each unit by the regulation that binds it.
fn each(laws: &Laws, adopted: &Adopted, data: &Data, tree: &Tree, on: Date) -> Vec<UnitSufficiency> {
    let mut covered: HashMap<&str, Vec<String>> = HashMap::new();
    for (unit, by) in data.answering() {
        covered.entry(by).or_default().push(unit.to_owned());
    }
    let mut stacks = BTreeMap::new();
    for unit in &data.units {
        let stack = || adopted.stack(laws, Some(&unit.id), on);
        stacks.entry(adopted.profile(Some(&unit.id), on)).or_insert_with(stack);
    }
    let answering = data.units.iter().filter_map(|unit| Some((unit, covered.remove(unit.id.as_str())?)));
    let one = |(unit, mut covers): (&Unit, Vec<String>)| {
        covers.sort();
        let own = stacks.get(adopted.profile(Some(&unit.id), on));
        let own: Vec<&Law> = own.into_iter().flatten().map(AsRef::as_ref).collect();
        of_unit(&own, data, tree, unit, data.counted(&unit.id, covers, on))
    };
    answering.map(one).collect()
}

fn of_unit(laws: &[&Law], data: &Data, tree: &Tree, unit: &Unit, counted: Counted) -> UnitSufficiency {
    let verdict = provisioning(laws, &counted.facts);
    let mut shown = shown(Named { id: unit.id.clone(), name: unit.name.clone() }, &counted, &verdict, data);
    shown.first_responsible = tree.first(&unit.id).cloned();
    shown.conditions = data.statements.get(&unit.id).and_then(|stated| stated.get("conditions_allow")).map(
        |one| json!({"allow": one.value, "reason": one.reason, "from_day": one.from_day, "document": one.document}),
    );
    let plan = data.plans.get(&unit.id);
    shown.plan = plan.map(|plan| compared(laws, plan, &counted));
    // A regulation without numbers goes by the plan alone; one with numbers wants it where it speaks of need.
    let wanted = verdict.verdict.by_plan || !basis(laws, counted.facts.on).is_empty();
    shown.no_plan = wanted && plan.is_none();
    shown.sites = extra::sites(laws, data, &counted);
    shown.special = extra::special(laws, data, &counted);
    shown.hazard = extra::hazard(laws, data, &counted);
    shown.standard = extra::standard(laws, data, &counted);
    alerts(&mut shown, tree, unit);
    shown
}

/// What the whole agency owes, each person counted once; nothing where its regulation counts by unit only.
fn whole(laws: &[&Law], data: &Data, on: Date) -> Option<UnitSufficiency> {
    let rules = laws.iter().filter_map(|law| law.on(on)).flat_map(|applied| &applied.version.rules.provisions);
    if !rules.into_iter().any(|rule| rule.scope == Scope::Agency) {
        return None;
    }
    let counted = data.counted_agency(on);
    let verdict = provisioning(laws, &counted.facts);
    Some(shown(Named { id: String::new(), name: String::new() }, &counted, &verdict, data))
}

/// The statement by which a regulation wants provision by need.
fn basis(laws: &[&Law], on: Date) -> Vec<Value> {
    let mut found = Vec::new();
    for applied in laws.iter().filter_map(|law| law.on(on)) {
        let statement = applied.version.rules.statements.iter().find(|one| one.key == "provision.basis");
        found.extend(statement.iter().flat_map(|one| &one.article.0).map(|cite| json!(applied.cited(cite))));
    }
    found
}

fn compared(laws: &[&Law], plan: &Plan, counted: &Counted) -> PlanState {
    let line = |line: &super::store::plans::PlanLine| {
        let kind = DeviceKind::from_code(&line.kind);
        let have = kind.and_then(|kind| counted.facts.stock.get(&kind)).copied().unwrap_or(0);
        let short_by = line.quantity.saturating_sub(have);
        PlanLineState {
            kind: line.kind.clone(),
            purpose: line.purpose.clone(),
            quantity: line.quantity,
            have,
            short_by,
        }
    };
    let articles = basis(laws, counted.facts.on);
    PlanState { id: plan.id.clone(), version: plan.version, lines: plan.lines.iter().map(line).collect(), articles }
}

fn shown(
    unit: Named,
    counted: &Counted,
    verdict: &Verdict<tiezheng_rules::Provisioning>,
    data: &Data,
) -> UnitSufficiency {
    let told = |list: &[tiezheng_rules::Cited]| list.iter().map(|cited| json!(cited)).collect();
    let items = &verdict.verdict.items;
    let need = |need: &Need| shown_need(need, items, &unit, counted, data);
    UnitSufficiency {
        first_responsible: None,
        covers: counted.units.clone(),
        classes: counted.facts.classes.iter().map(|class| class.code().to_owned()).collect(),
        officers: counted.facts.officers,
        supervision_officers: counted.facts.supervision_officers,
        officer_ids: counted.heads.officers.iter().cloned().collect(),
        supervision_officer_ids: counted.heads.supervision.iter().cloned().collect(),
        stated: counted.heads.stated,
        needs: verdict.verdict.needs.iter().map(need).collect(),
        sites: Vec::new(),
        special: Vec::new(),
        hazard: None,
        standard: None,
        plan: None,
        no_plan: false,
        refused: verdict.verdict.refused.clone(),
        conditions: None,
        alerts: Vec::new(),
        articles: told(&verdict.articles),
        reference: told(&verdict.reference),
        defaults: verdict.defaults.clone(),
        lapsed: verdict.lapsed,
        unit,
    }
}

fn shown_need(need: &Need, items: &[ProvisionItem], unit: &Named, counted: &Counted, data: &Data) -> UnitNeed {
    let kinds: Vec<String> = need.kinds.iter().map(|kind| kind.code().to_owned()).collect();
    let key = kinds.join("+");
    let items = items.iter().filter(|item| item.kinds == need.kinds).map(|item| Item {
        class: item.unit.code().into(),
        required: item.required,
        floor_reading: item.floor_reading,
        cap_reading: item.cap_reading,
        target: item.target,
        firm: item.firm,
        article: json!(item.cited),
    });
    UnitNeed {
        required: need.required,
        have: need.have,
        short_by: need.short_by,
        over_by: need.over_by,
        shortage: need.shortage.code().into(),
        target: need.target,
        target_gap: need.target_gap,
        target_shortage: need.target_shortage.code().into(),
        device_ids: data.ids(&counted.units, &need.kinds),
        items: items.collect(),
        deviation: data.deviations.iter().find(|one| one.unit.id == unit.id && one.need == key).cloned(),
        kinds,
        key,
    }
}

fn alerts(shown: &mut UnitSufficiency, tree: &Tree, unit: &Unit) {
    let told = tree.told(unit).map(|(_, person)| person.clone());
    let oversight = tree.oversight(unit).cloned();
    let mut found = Vec::new();
    let mut alert = |code: &str, need: Option<&str>, firm: bool| {
        let oversight = oversight.clone().filter(|_| firm);
        found.push(Alert {
            code: format!("provision.{code}"),
            need: need.map(str::to_owned),
            told: told.clone(),
            oversight,
        });
    };
    for need in &shown.needs {
        let firm = need.shortage == Shortage::Violation.code();
        match (need.short_by, need.over_by) {
            (1.., _) => alert(if firm { "firm_short" } else { "short" }, Some(&need.key), firm),
            (_, 1..) => alert("over", Some(&need.key), false),
            _ => {}
        }
        if need.target_shortage == Shortage::Alert.code() {
            alert("target", Some(&need.key), false);
        }
    }
    if let Some(refused) = shown.refused.as_deref().and_then(|code| code.strip_prefix("provision.")) {
        alert(refused, None, false);
    }
    if shown.no_plan {
        alert("no_plan", None, false);
    }
    let lines = shown.plan.iter().flat_map(|plan| &plan.lines);
    for line in lines.filter(|line| line.short_by > 0) {
        alert("plan_short", Some(&line.kind), false);
    }
    for site in &shown.sites {
        let deviated = site.deviation.is_some();
        match (site.complete, site.operator_missing) {
            (false, _) if !deviated => alert("site_incomplete", Some(&site.key), false),
            (_, true) => alert("operator_missing", Some(&site.key), false),
            _ => {}
        }
    }
    for special in shown.special.iter().filter(|special| special.gap) {
        alert("special_missing", Some(&special.need), false);
    }
    if shown.hazard.as_ref().is_some_and(|hazard| hazard.repeated) {
        alert("hazard_repeated", None, false);
    }
    if let Some(standard) = &shown.standard {
        let over = standard.lines.iter().filter(|line| line.exceeds() && line.deviation.is_none());
        over.for_each(|line| alert("standard_over", Some(&line.key), false));
        if standard.not_checked.is_some() {
            alert("standard_missing", None, false);
        }
    }
    shown.alerts = found;
}

impl UnitSufficiency {
    /// Whether the unit lacks or exceeds something of this key: firm or not, and the articles.
    pub fn lacking(&self, key: &str) -> Option<(bool, Vec<Value>)> {
        if let Some(site) = self.sites.iter().find(|site| site.key == key && !site.complete) {
            return Some((false, site.articles.clone()));
        }
        if let Some(standard) = &self.standard
            && standard.lines.iter().any(|line| line.key == key && line.exceeds())
        {
            return Some((false, standard.articles.clone()));
        }
        let need = self.needs.iter().find(|need| need.key == key)?;
        if need.short_by == 0 && need.over_by == 0 && need.target_gap == 0 {
            return None;
        }
        let firm = need.shortage == Shortage::Violation.code();
        Some((firm, need.items.iter().map(|item| item.article.clone()).collect()))
    }
}
