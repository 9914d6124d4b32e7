//! The facts of a unit on a day, out of rows that were read in a handful of statements for a whole agency.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::civil::Date;
use tiezheng_rules::ProvisioningFacts;
use tiezheng_rules::time::{day_begins_ms, legal_day};
use tiezheng_rules::vocab::{DeviceKind, ExemptionReason, UnitClass};

use super::statement::{HeadCount, Roster, Squad};
use super::store::{self, Statement};
use crate::activities::store as activities;
use crate::db::Tx;
use crate::error::Result;
use crate::people::store::{self as people, Unit};

/// Further back than any regulation's count of them reaches: two years.
const HAZARD_MS: i64 = 731 * 86_400_000;

/// Everything that the sufficiency of an agency rests on.
pub struct Data {
    pub units: Vec<Unit>,
    /// Latest on the day, by unit and key.
    pub statements: HashMap<String, HashMap<String, Statement>>,
    /// Active persons with a certificate, by unit.
    pub officers: HashMap<String, Vec<String>>,
    /// Usable devices, by unit: `(id, kind)`.
    pub devices: HashMap<String, Vec<(String, DeviceKind)>>,
    /// What usable devices can do beside recording, by unit: `(id, capabilities)`.
    pub capable: HashMap<String, Vec<(String, Vec<String>)>>,
    pub plans: HashMap<String, store::Plan>,
    pub deviations: Vec<store::Deviation>,
    pub sites: Vec<store::sites::RecordingSite>,
    pub standards: Vec<store::money::OfficeStandard>,
    /// Days on which a unit did not record since it had no device fit for the danger, oldest first.
    pub hazards: HashMap<String, Vec<Date>>,
    /// Ids of devices above the price their standard allows.
    pub too_dear: HashSet<String>,
}

/// Reads it all: a fixed number of statements, however large the agency is.
pub async fn gather(tx: &mut Tx, agency: &str, on: Date) -> Result<Data> {
    let mut hazards: HashMap<String, Vec<Date>> = HashMap::new();
    let reason = ExemptionReason::HazardNoCompliantDevice.code();
    for (unit, at_ms) in activities::exempted(tx, agency, reason, day_begins_ms(on) - HAZARD_MS).await? {
        hazards.entry(unit).or_default().push(legal_day(at_ms));
    }
    let on = on.to_string();
    let mut statements: HashMap<String, HashMap<String, Statement>> = HashMap::new();
    for one in store::statements(tx, agency, None, &on).await? {
        statements.entry(one.unit.clone()).or_default().insert(one.key.clone(), one);
    }
    let mut devices: HashMap<String, Vec<(String, DeviceKind)>> = HashMap::new();
    for (unit, id, kind) in store::usable(tx, agency).await? {
        if let Some(kind) = DeviceKind::from_code(&kind) {
            devices.entry(unit).or_default().push((id, kind));
        }
    }
    let mut capable: HashMap<String, Vec<(String, Vec<String>)>> = HashMap::new();
    for (unit, id, words) in store::capable(tx, agency).await? {
        capable.entry(unit).or_default().push((id, words));
    }
    Ok(Data {
        capable,
        units: people::units(tx, Some(agency)).await?,
        officers: store::officers(tx, agency).await?,
        plans: store::plans_in_force(tx, agency).await?,
        deviations: store::deviations(tx, agency, (None, None), Some(&on), i64::MAX).await?,
        sites: store::sites::sites(tx, Some(agency), None, None).await?,
        standards: store::money::standards(tx, agency, true).await?,
        too_dear: store::money::too_dear(tx, agency).await?,
        statements,
        devices,
        hazards,
    })
}

/// The value of a statement; one that no longer reads as it must is as good as none.
fn value<T: serde::de::DeserializeOwned>(stated: Option<&HashMap<String, Statement>>, key: &str) -> Option<T> {
    serde_json::from_value(stated?.get(key)?.value.clone()).ok()
}

/// Who is counted in a unit and those it answers for.
#[derive(Default)]
pub struct Heads {
    pub officers: BTreeSet<String>,
    pub supervision: BTreeSet<String>,
    /// Stated as numbers only.
    more: [u32; 3],
    /// Somebody stated a roster or a number.
    pub stated: bool,
}

impl Heads {
    fn add(&mut self, data: &Data, unit: &str) {
        let stated: Option<HeadCount> = value(data.statements.get(unit), "head_count");
        self.stated |= stated.is_some();
        let stated = stated.unwrap_or_default();
        match stated.officers {
            Some(Roster::Number(number)) => self.more[0] = self.more[0].saturating_add(number),
            Some(Roster::People(ids)) => self.officers.extend(ids),
            None => self.officers.extend(data.officers.get(unit).into_iter().flatten().cloned()),
        }
        match stated.supervision_officers {
            Some(Roster::Number(number)) => self.more[1] = self.more[1].saturating_add(number),
            Some(Roster::People(ids)) => self.supervision.extend(ids),
            None => {}
        }
        self.more[2] = self.more[2].saturating_add(stated.both_roles.unwrap_or(0));
    }

    fn counts(&self) -> [u32; 3] {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let both = self.officers.intersection(&self.supervision).count();
        [
            count(self.officers.len()).saturating_add(self.more[0]),
            count(self.supervision.len()).saturating_add(self.more[1]),
            count(both).saturating_add(self.more[2]),
        ]
    }
}

/// A unit's facts, and whom and what they were counted from.
pub struct Counted {
    pub facts: ProvisioningFacts,
    pub heads: Heads,
    /// The unit and those below it that it answers for.
    pub units: Vec<String>,
}

fn classes(data: &Data, unit: &str) -> BTreeSet<UnitClass> {
    value(data.statements.get(unit), "classes").unwrap_or_default()
}

impl Data {
    /// Which unit answers for each: itself where it has a class (other than of the whole bureau) or a plan of its own, else
    /// the nearest one above that has; where none has, itself.
    pub fn answering(&self) -> HashMap<&str, &str> {
        let parents: HashMap<&str, Option<&str>> =
            self.units.iter().map(|unit| (unit.id.as_str(), unit.parent_id.as_deref())).collect();
        let answers = |unit: &str| {
            self.plans.contains_key(unit) || classes(self, unit).iter().any(|class| *class != UnitClass::Bureau)
        };
        let mut found = HashMap::new();
        for unit in &self.units {
            let (mut at, mut steps) = (Some(unit.id.as_str()), 0);
            while let Some(unit) = at.filter(|unit| !answers(unit) && steps < 100) {
                at = parents.get(unit).copied().flatten();
                steps += 1;
            }
            found.insert(unit.id.as_str(), at.filter(|_| steps < 100).unwrap_or(&unit.id));
        }
        found
    }

    /// The facts of a unit with all it answers for.
    pub fn counted(&self, unit: &str, units: Vec<String>, on: Date) -> Counted {
        let stated: Vec<Statement> = self.statements.get(unit).into_iter().flat_map(HashMap::values).cloned().collect();
        let mut facts = stated_facts(&stated, on);
        self.count(&mut facts, units)
    }

    /// The facts of the agency as a whole, each person once.
    pub fn counted_agency(&self, on: Date) -> Counted {
        let mut facts = stated_facts(&[], on);
        facts.classes = BTreeSet::from([UnitClass::Bureau]);
        // Devices of no unit lie under the empty id.
        let units = self.units.iter().map(|unit| unit.id.clone()).chain([String::new()]);
        self.count(&mut facts, units.collect())
    }

    fn count(&self, facts: &mut ProvisioningFacts, units: Vec<String>) -> Counted {
        let mut heads = Heads::default();
        for unit in &units {
            heads.add(self, unit);
            facts.squads.extend(self.squads(unit).iter().map(Squad::size));
            for (_, kind) in self.devices.get(unit).into_iter().flatten() {
                *facts.stock.entry(*kind).or_default() += 1;
            }
        }
        [facts.officers, facts.supervision_officers, facts.both_roles] = heads.counts();
        Counted { facts: facts.clone(), heads, units }
    }

    /// 特殊执法需要 a unit has stated: capabilities its devices must have.
    pub fn special_needs(&self, unit: &str) -> Vec<String> {
        value(self.statements.get(unit), "special_need").unwrap_or_default()
    }

    pub fn squads(&self, unit: &str) -> Vec<Squad> {
        value(self.statements.get(unit), "squads").unwrap_or_default()
    }

    /// Ids of the usable devices of these kinds in these units.
    pub fn ids(&self, units: &[String], kinds: &[DeviceKind]) -> Vec<String> {
        let of = |unit: &String| self.devices.get(unit).into_iter().flatten();
        units.iter().flat_map(of).filter(|(_, kind)| kinds.contains(kind)).map(|(id, _)| id.clone()).collect()
    }
}

/// What a unit's own statements say, with nothing counted yet.
pub fn stated(statements: &[Statement], on: Date) -> ProvisioningFacts {
    let mut facts = stated_facts(statements, on);
    let found = statements.iter().find(|one| one.key == "squads");
    let squads: Vec<Squad> = found.and_then(|one| serde_json::from_value(one.value.clone()).ok()).unwrap_or_default();
    facts.squads = squads.iter().map(Squad::size).collect();
    facts
}

fn stated_facts(statements: &[Statement], on: Date) -> ProvisioningFacts {
    let found = |key: &str| statements.iter().find(|one| one.key == key).map(|one| one.value.clone());
    ProvisioningFacts {
        on,
        classes: found("classes").and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default(),
        officers: 0,
        supervision_officers: 0,
        both_roles: 0,
        squads: Vec::new(),
        stated_need: found("stated_need").and_then(|value| value.as_u64()).and_then(|need| u32::try_from(need).ok()),
        conditions_allow: found("conditions_allow").and_then(|value| value.as_bool()),
        stock: BTreeMap::new(),
        site: None,
    }
}
