//! 配备: how many devices a unit owes, by which reading, and what it is short of.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::data::{Amount, Provision, Scope};
use crate::defaults::{Reading, Rounding};
use crate::law::{Applied, Law};
use crate::verdict::{Basis, Cited, Verdict, applied};
use crate::vocab::{DeviceKind, UnitClass, vocab};

/// Facts about larger rosters than this are a slip of the pen.
pub const HEAD_COUNT_MAX: u32 = 1_000_000;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvisioningFacts {
    /// Reference date of the head-count.
    #[serde(deserialize_with = "crate::time::day")]
    pub on: Date,
    pub classes: BTreeSet<UnitClass>,
    /// Officers on the roster.
    #[serde(default)]
    pub officers: u32,
    #[serde(default)]
    pub supervision_officers: u32,
    /// Persons in both lists; each is counted once.
    #[serde(default)]
    pub both_roles: u32,
    /// Members of each on-scene squad.
    #[serde(default)]
    pub squads: Vec<u32>,
    /// Need stated by a unit that provides itself as needed.
    #[serde(default)]
    pub stated_need: Option<u32>,
    /// The unit's statement whether conditions allow one device each.
    #[serde(default)]
    pub conditions_allow: Option<bool>,
    #[serde(default)]
    pub stock: BTreeMap<DeviceKind, u32>,
    /// Fixed recording place, where the unit needs one.
    #[serde(default)]
    pub site: Option<Site>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    pub place: bool,
    pub cameras: u32,
    /// An outside body that installs and keeps the cameras.
    #[serde(default)]
    pub operator: Option<String>,
}

vocab! {
    /// What a shortage is.
    Shortage {
        None = "none",
        /// Firm duty: a suspected breach of the unit, an alert to its oversight.
        Violation = "violation",
        /// In principle: allowed with reason and approver, never blocked.
        Deviation = "deviation",
        Alert = "alert",
        Reminder = "reminder",
    }
}

/// One rule applied to the unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProvisionItem {
    pub unit: UnitClass,
    pub kinds: Vec<DeviceKind>,
    pub required: u32,
    /// Both readings of "不少于N名一台", where they differ: at least / at most.
    pub floor_reading: Option<u32>,
    pub cap_reading: Option<u32>,
    pub target: bool,
    pub firm: bool,
    pub cited: Cited,
}

/// What binds for kinds that count together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Need {
    pub kinds: Vec<DeviceKind>,
    /// The largest of all rules for these kinds.
    pub required: u32,
    pub have: u32,
    pub short_by: u32,
    /// Above the cap, where the agency reads the ratio as a cap.
    pub over_by: u32,
    pub shortage: Shortage,
    pub target: Option<u32>,
    pub target_gap: u32,
    pub target_shortage: Shortage,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provisioning {
    pub needs: Vec<Need>,
    pub items: Vec<ProvisionItem>,
    /// A fixed site is owed, and whether it is complete.
    pub site_required: bool,
    pub site_complete: Option<bool>,
    /// `provision.need_required`, `provision.class_missing`, `provision.facts_out_of_range`.
    pub refused: Option<String>,
    /// The text gives no number: the unit's approved plan counts.
    pub by_plan: bool,
}

/// 配备要求 of a unit. A unit fitting two classes owes the larger number.
#[must_use]
pub fn provisioning(laws: &[&Law], facts: &ProvisioningFacts) -> Verdict<Provisioning> {
    let mut basis = Basis::default();
    let mut answer = Provisioning {
        needs: Vec::new(),
        items: Vec::new(),
        site_required: false,
        site_complete: None,
        refused: None,
        by_plan: false,
    };
    let largest = facts.squads.iter().copied().chain([facts.officers, facts.supervision_officers]).max();
    if largest.unwrap_or(0) > HEAD_COUNT_MAX || facts.squads.len() > 100_000 {
        answer.refused = Some("provision.facts_out_of_range".to_owned());
        basis.own("provision.range");
        return basis.verdict(answer);
    }
    for applied in applied(laws, facts.on) {
        let rules = &applied.version.rules;
        let mut matched = false;
        for rule in rules.provisions.iter().filter(|rule| facts.classes.contains(&rule.unit)) {
            matched = true;
            basis.cite(&applied, &rule.article);
            rule_applied(&applied, rule, facts, &mut answer, &mut basis);
        }
        if matched {
            continue;
        }
        if let Some(statement) = rules.statements.iter().find(|item| item.key == "provision.basis") {
            basis.cite(&applied, &statement.article);
        }
        answer.by_plan = rules.provisions.is_empty();
        if !answer.by_plan {
            answer.refused = Some("provision.class_missing".to_owned());
            for rule in &rules.provisions {
                basis.change("classes", rule.unit.code(), "required");
            }
        }
    }
    answer.needs = needs(&answer.items, facts);
    basis.verdict(answer)
}

fn rule_applied(
    applied: &Applied,
    rule: &Provision,
    facts: &ProvisioningFacts,
    answer: &mut Provisioning,
    basis: &mut Basis,
) {
    let cited = applied.cited(rule.article.0.first().map_or("", String::as_str));
    let mut item = ProvisionItem {
        unit: rule.unit,
        kinds: rule.kinds.clone(),
        required: 0,
        floor_reading: None,
        cap_reading: None,
        target: rule.target,
        firm: rule.firm,
        cited,
    };
    let squads = u32::try_from(facts.squads.len()).unwrap_or(u32::MAX);
    let members: u32 = facts.squads.iter().fold(0, |sum, members| sum.saturating_add(*members));
    let persons = match rule.scope {
        Scope::Agency => facts.officers.saturating_add(facts.supervision_officers).saturating_sub(facts.both_roles),
        Scope::Squad => members,
        Scope::Unit | Scope::Department => facts.officers.max(members),
    };
    match rule.amount {
        Amount::Count(count) if rule.scope == Scope::Squad => item.required = count.saturating_mul(squads),
        Amount::Count(count) => item.required = count,
        Amount::OnePer(share) => item.required = share_of(applied, persons, share, basis),
        Amount::OnePerAtLeast(share) => {
            let share = share.max(1);
            let (floor, cap) = (share_of(applied, persons, share, basis), persons / share);
            if floor != cap {
                basis.own("provision.cfd_reading");
                (item.floor_reading, item.cap_reading) = (Some(floor), Some(cap));
            }
            item.required = match applied.law.defaults.provision.cfd_reading {
                Reading::Floor => floor,
                Reading::Cap => cap,
            };
            basis.change("officers", persons + 1, "required");
        }
        Amount::StatedNeed(_) => match facts.stated_need {
            Some(need) => item.required = need,
            None => {
                answer.refused = Some("provision.need_required".to_owned());
                basis.change("stated_need", "?", "required");
            }
        },
        Amount::Site(_) => {
            answer.site_required = true;
            let complete = facts.site.as_ref().is_some_and(|site| {
                let outside = rule.unit == UnitClass::ApprovalWindow && site.operator.is_some();
                site.place && (site.cameras > 0 || outside)
            });
            answer.site_complete = Some(answer.site_complete.unwrap_or(true) && complete);
            return;
        }
    }
    answer.items.push(item);
}

/// Devices for so many persons at one for `share`. Where it does not divide, the rounding is ours.
fn share_of(applied: &Applied, persons: u32, share: u32, basis: &mut Basis) -> u32 {
    let share = share.max(1);
    if !persons.is_multiple_of(share) {
        basis.own("provision.rounding");
    }
    match applied.law.defaults.provision.rounding {
        Rounding::Ceil => persons.div_ceil(share),
        Rounding::Floor => persons / share,
        Rounding::Nearest => (persons + share / 2) / share,
    }
}

fn needs(items: &[ProvisionItem], facts: &ProvisioningFacts) -> Vec<Need> {
    let mut groups: Vec<&Vec<DeviceKind>> = Vec::new();
    for item in items {
        if !groups.contains(&&item.kinds) {
            groups.push(&item.kinds);
        }
    }
    groups.into_iter().map(|kinds| need(kinds, items, facts)).collect()
}

fn need(kinds: &[DeviceKind], items: &[ProvisionItem], facts: &ProvisioningFacts) -> Need {
    let of = |target: bool| items.iter().filter(move |item| item.kinds == kinds && item.target == target);
    let required = of(false).map(|item| item.required).max().unwrap_or(0);
    let target = of(true).map(|item| item.required).max();
    let have =
        kinds.iter().filter_map(|kind| facts.stock.get(kind)).fold(0_u32, |sum, count| sum.saturating_add(*count));
    // The firmness of a rule counts only where that rule itself is not met.
    let firm = of(false).any(|item| item.firm && item.required > have);
    let shortage = match (have < required, firm) {
        (false, _) => Shortage::None,
        (true, true) => Shortage::Violation,
        (true, false) => Shortage::Deviation,
    };
    let cap = of(false).filter(|item| Some(item.required) == item.cap_reading).map(|item| item.required).max();
    let target_gap = target.unwrap_or(0).saturating_sub(have);
    let target_shortage = match (target_gap, facts.conditions_allow) {
        (0, _) | (_, Some(false)) => Shortage::None,
        (_, Some(true)) => Shortage::Alert,
        (_, None) => Shortage::Reminder,
    };
    Need {
        kinds: kinds.to_vec(),
        required,
        have,
        short_by: required.saturating_sub(have),
        over_by: cap.map_or(0, |cap| have.saturating_sub(cap)),
        shortage,
        target,
        target_gap,
        target_shortage,
    }
}
