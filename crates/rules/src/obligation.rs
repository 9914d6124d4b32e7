//! 记录义务: which occasions must, should or may be recorded, and what the checklist asks for.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::checklist::{Gate, Row};
use crate::data::{Continuity, ContinuityScope, Coverage, OccasionRule};
use crate::law::{Applied, Law};
use crate::terms::Cites;
use crate::time::When;
use crate::verdict::{Basis, Cited, Verdict, applied};
use crate::vocab::{ExemptionReason, Level, Occasion, Threshold, Violation, vocab};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObligationFacts {
    /// When the activity took place.
    pub on: When,
    pub occasions: BTreeSet<Occasion>,
    /// Words for an occasion whose article is open or truncated.
    #[serde(default)]
    pub named: bool,
    /// The activity has a recording, or the officer has chosen not to record.
    #[serde(default)]
    pub recorded: Option<bool>,
    /// A reason for not recording is on record.
    #[serde(default)]
    pub reason_given: bool,
    /// An accepted exemption.
    #[serde(default)]
    pub exempt: bool,
    /// Petition, complaint or media storm linked to the activity.
    #[serde(default)]
    pub linked_consequence: bool,
    /// For hearings: when the presider permitted recording, and when recording began.
    #[serde(default)]
    pub permitted_at: Option<When>,
    #[serde(default)]
    pub recording_from: Option<When>,
    /// Devices taken along, each by another officer; unknown when missing.
    #[serde(default)]
    pub devices: Option<u32>,
    /// One of the officers is named to move around and record the whole.
    #[serde(default)]
    pub roving_recorder: bool,
}

/// One occasion under one article.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OccasionLevel {
    pub occasion: Occasion,
    pub level: Level,
    pub row: Option<String>,
    pub inferred: bool,
    /// By fixed surveillance.
    pub by_cctv: bool,
    pub cited: Vec<Cited>,
}

/// A checklist row to be worked through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowDue {
    pub id: String,
    pub level: Level,
    /// Items asked in any case.
    pub items: Vec<String>,
    /// Items asked only when their condition is true.
    pub conditional: Vec<String>,
    pub gate: Option<Gate>,
}

/// 重点内容: an item to be marked on the recording and checked in sampling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FocusDue {
    /// What it is stands in the line of this article.
    pub cited: Vec<Cited>,
    /// Content the agency has supplied for it, in the words of the document.
    pub lines: Vec<String>,
    /// 未提供: the document that says what it is, while nobody has supplied it.
    pub missing: Option<String>,
}

vocab! {
    /// What the screen proposes.
    Proposal {
        Record = "record",
        /// Record or not, with one line of reason.
        Choose = "choose",
        Free = "free",
    }
}

vocab! {
    /// What an activity without recording is.
    Unrecorded {
        /// Nothing is missing.
        None = "none",
        /// Ask for a choice and its reason.
        Alert = "alert",
        /// Explained lawfully.
        Explained = "explained",
        /// A suspected breach after the hand-in deadline.
        Suspected = "suspected",
        /// Expired regulation: practice not followed.
        InternalDeviation = "internal_deviation",
    }
}

/// 双人携带.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Carry {
    pub devices_min: u32,
    pub too_few: bool,
    pub roving_recorder_missing: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Obligation {
    /// The strongest level of all occasions.
    pub level: Level,
    pub occasions: Vec<OccasionLevel>,
    pub rows: Vec<RowDue>,
    /// The general sheet of the regulation, beside the rows.
    pub focus: Vec<FocusDue>,
    pub proposal: Proposal,
    /// The recording is expected without gap.
    pub continuous: bool,
    pub coverage: Option<Coverage>,
    /// Reasons for not recording the regulation knows.
    pub exemptions: Vec<ExemptionReason>,
    pub unrecorded: Unrecorded,
    /// Milliseconds recorded before the presider's permission.
    pub before_permission_ms: Option<i64>,
    /// Where several must carry a device, and it is known how many did: whether that is enough.
    pub carry: Option<Carry>,
    /// `occasion.required`, `occasion.name_required`, `hearing.permission_missing`.
    pub refused: Option<String>,
}

/// 记录义务 of an activity; of stacked regulations the strongest level counts.
#[must_use]
pub fn obligation(laws: &[&Law], facts: &ObligationFacts) -> Verdict<Obligation> {
    let mut basis = Basis::default();
    let mut answer = Obligation {
        level: Level::None,
        occasions: Vec::new(),
        rows: Vec::new(),
        focus: Vec::new(),
        proposal: Proposal::Free,
        continuous: false,
        coverage: None,
        exemptions: Vec::new(),
        unrecorded: Unrecorded::None,
        before_permission_ms: None,
        carry: None,
        refused: facts.occasions.is_empty().then(|| "occasion.required".to_owned()),
    };
    let governing = applied(laws, facts.on.day());
    for applied in &governing {
        one(applied, facts, &mut answer, &mut basis);
    }
    answer.level = answer.occasions.iter().map(|item| item.level).max().unwrap_or(Level::None);
    answer.proposal = proposal(&answer, facts, &mut basis);
    answer.unrecorded = unrecorded(&answer, facts, &governing, &mut basis);
    basis.verdict(answer)
}

fn one(applied: &Applied, facts: &ObligationFacts, answer: &mut Obligation, basis: &mut Basis) {
    let rules = &applied.version.rules;
    let excluded = excluded_rows(applied, facts);
    for occasion in &facts.occasions {
        let matching = rules.occasions.iter().filter(|rule| rule.occasions.contains(occasion));
        let mut found = false;
        for rule in matching {
            found = true;
            if rule.row.as_ref().is_some_and(|row| excluded.contains(row)) {
                continue;
            }
            if let Some(condition) = rule.only_if.filter(|condition| !facts.occasions.contains(condition)) {
                basis.change("occasions", condition.code(), rule.level.code());
                continue;
            }
            listed(applied, rule, *occasion, facts, answer, basis);
        }
        if !found {
            fallback(applied, *occasion, answer, basis);
        }
    }
    if let Some(continuity) = &rules.continuity {
        continuous(applied, continuity, facts, answer, basis);
    }
    for rule in &rules.focus {
        let lines = rule.document.as_ref().and_then(|title| applied.version.supplied.get(title)).cloned();
        let lines = lines.unwrap_or_default();
        let missing = rule.document.clone().filter(|_| lines.is_empty());
        if let Some(title) = &missing {
            basis.note("document_missing", Some(title.clone()));
        }
        let cited = rule.article.0.iter().map(|cite| applied.cited(cite)).collect();
        answer.focus.push(FocusDue { cited, lines, missing });
    }
    if let (Some(rule), Some(devices)) = (&rules.carry, facts.devices) {
        basis.cite(applied, &rule.article);
        basis.own("carry.devices_min");
        let least = applied.law.defaults.carry.devices_min;
        let devices_min = answer.carry.as_ref().map_or(least, |other| other.devices_min.max(least));
        let roving_recorder_missing = rule.roving_recorder && !facts.roving_recorder;
        answer.carry = Some(Carry { devices_min, too_few: devices < devices_min, roving_recorder_missing });
        basis.change("devices", devices_min, "carried");
    }
    for exemption in &rules.exemptions {
        let whole = exemption.not_for == Some(Level::MustFull)
            && answer.occasions.iter().any(|item| item.level == Level::MustFull);
        if !whole && !answer.exemptions.contains(&exemption.reason) {
            answer.exemptions.push(exemption.reason);
        }
    }
}

/// Rows taken out because another row's case is given (row 10 yields to rows 3, 4 and 5).
fn excluded_rows(applied: &Applied, facts: &ObligationFacts) -> BTreeSet<String> {
    let Some(checklist) = &applied.version.checklist else {
        return BTreeSet::new();
    };
    let given: BTreeSet<&str> = applied
        .version
        .rules
        .occasions
        .iter()
        .filter(|rule| rule.occasions.iter().any(|occasion| facts.occasions.contains(occasion)))
        .filter_map(|rule| rule.row.as_deref())
        .collect();
    let yields = |row: &&Row| {
        checklist.rows.iter().any(|other| row.not_where_rows.contains(&other.no) && given.contains(other.id.as_str()))
    };
    checklist.rows.iter().filter(yields).map(|row| row.id.clone()).collect()
}

fn listed(
    applied: &Applied,
    rule: &OccasionRule,
    occasion: Occasion,
    facts: &ObligationFacts,
    answer: &mut Obligation,
    basis: &mut Basis,
) {
    basis.cite(applied, &rule.article);
    if rule.name_it && !facts.named {
        answer.refused = Some("occasion.name_required".to_owned());
        basis.change("named", "true", rule.level.code());
    }
    answer.occasions.push(OccasionLevel {
        occasion,
        level: rule.level,
        row: rule.row.clone(),
        inferred: rule.inferred,
        by_cctv: rule.by_cctv,
        cited: rule.article.0.iter().map(|cite| applied.cited(cite)).collect(),
    });
    let row = rule.row.as_ref().and_then(|id| applied.version.checklist.as_ref()?.row(id));
    if let Some(row) = row {
        gate(row, facts, answer, basis);
        push_row(row, answer);
    }
}

fn gate(row: &Row, facts: &ObligationFacts, answer: &mut Obligation, basis: &mut Basis) {
    if row.start_gate.is_none() {
        return;
    }
    match (facts.permitted_at, facts.recording_from) {
        (None, Some(_)) => {
            answer.refused = Some("hearing.permission_missing".to_owned());
            basis.change("permitted_at", "?", "allowed");
        }
        (Some(permitted), Some(began)) => {
            answer.before_permission_ms = Some((permitted.0 - began.0).max(0));
        }
        _ => {}
    }
}

fn push_row(row: &Row, answer: &mut Obligation) {
    if answer.rows.iter().any(|due| due.id == row.id) {
        return;
    }
    let (conditional, plain): (Vec<_>, Vec<_>) =
        row.items.iter().partition(|item| item.when_zh.is_some() || item.when_en.is_some());
    let ids = |items: Vec<&crate::checklist::Item>| items.iter().map(|item| item.id.clone()).collect();
    answer.rows.push(RowDue {
        id: row.id.clone(),
        level: row.level,
        items: ids(plain),
        conditional: ids(conditional),
        gate: row.start_gate,
    });
}

/// An occasion no rule names falls to the checklist's last row, where there is one.
fn fallback(applied: &Applied, occasion: Occasion, answer: &mut Obligation, basis: &mut Basis) {
    let row = applied.version.checklist.as_ref().and_then(|checklist| checklist.fallback());
    let (level, cites) = match row {
        Some(row) => {
            let cites = Cites(vec![row.cite()]);
            basis.cite(applied, &cites);
            push_row(row, answer);
            (row.level, cites)
        }
        None => (Level::None, Cites::default()),
    };
    answer.occasions.push(OccasionLevel {
        occasion,
        level,
        row: row.map(|row| row.id.clone()),
        inferred: row.is_some(),
        by_cctv: false,
        cited: cites.0.iter().map(|cite| applied.cited(cite)).collect(),
    });
}

fn continuous(
    applied: &Applied,
    rule: &Continuity,
    facts: &ObligationFacts,
    answer: &mut Obligation,
    basis: &mut Basis,
) {
    let whole = answer.occasions.iter().any(|item| item.level == Level::MustFull);
    let expected = match rule.applies_to {
        ContinuityScope::All | ContinuityScope::Recorded => true,
        ContinuityScope::DisputeProne => facts.occasions.contains(&Occasion::DisputeProne),
        ContinuityScope::PerChecklistRow => !answer.rows.is_empty(),
        ContinuityScope::MustFull => whole,
    };
    if expected {
        basis.cite(applied, &rule.article);
        answer.continuous = true;
        answer.coverage = Some(rule.coverage);
    } else if rule.applies_to == ContinuityScope::DisputeProne {
        basis.change("occasions", Occasion::DisputeProne.code(), "continuous");
    }
}

fn proposal(answer: &Obligation, facts: &ObligationFacts, basis: &mut Basis) -> Proposal {
    let level = answer.level;
    let incident =
        facts.occasions.contains(&Occasion::SuddenIncident) || facts.occasions.contains(&Occasion::MassIncident);
    match level {
        Level::Must | Level::MustFull => Proposal::Record,
        Level::Focus => {
            basis.own("obligation.propose_focus");
            Proposal::Record
        }
        Level::Circumstances if incident => {
            basis.own("obligation.propose_incident");
            Proposal::Record
        }
        Level::Circumstances | Level::AsNeeded => Proposal::Choose,
        // The place has its cameras by duty (曹妃甸 第六条第（四）项); that they run is our proposal.
        Level::None if answer.occasions.iter().any(|item| item.by_cctv) => {
            basis.own("obligation.propose_fixed_site");
            Proposal::Record
        }
        Level::None => Proposal::Free,
    }
}

fn unrecorded(answer: &Obligation, facts: &ObligationFacts, governing: &[Applied], basis: &mut Basis) -> Unrecorded {
    let binding = governing.iter().any(|applied| applied.force.binding());
    // What fixed cameras record is not the officer's to hand in: its absence is asked after, and no breach of his.
    let (by_cctv, own): (Vec<&OccasionLevel>, Vec<&OccasionLevel>) =
        answer.occasions.iter().partition(|item| item.by_cctv);
    let level = own.iter().map(|item| item.level).max().unwrap_or(Level::None);
    if facts.recorded == Some(true) || (level == Level::None && by_cctv.is_empty()) {
        return Unrecorded::None;
    }
    if facts.exempt {
        return Unrecorded::Explained;
    }
    let suspected = if binding { Unrecorded::Suspected } else { Unrecorded::InternalDeviation };
    match (level, facts.recorded) {
        (Level::Must | Level::MustFull, _) => {
            basis.change("recorded", "true", "none");
            basis.change("exempt", "true", "explained");
            suspected
        }
        // A discretionary choice becomes a candidate only when its consequence has occurred.
        (Level::Circumstances, Some(false)) if facts.linked_consequence && governing.iter().any(answers_for) => {
            suspected
        }
        (_, Some(false)) if facts.reason_given => Unrecorded::Explained,
        _ => Unrecorded::Alert,
    }
}

/// Whether the regulation holds somebody to account for not recording once a consequence has followed.
fn answers_for(applied: &Applied) -> bool {
    let items = &applied.version.rules.accountability;
    items.iter().any(|item| item.violation == Violation::NotRecorded && item.threshold == Threshold::LinkedConsequence)
}
