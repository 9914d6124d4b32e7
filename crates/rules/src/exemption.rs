//! 不记录的情形: which reasons a regulation accepts for which occasion, and the paper owed afterwards.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::data::{ExemptionRule, PaperRule};
use crate::law::{Applied, Law};
use crate::time::{HOUR_MS, When, anniversary};
use crate::verdict::{Basis, Verdict, applied};
use crate::vocab::{ExemptionReason, Hazard, Level, Occasion, Role};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExemptionFacts {
    pub on: When,
    #[serde(default)]
    pub occasions: BTreeSet<Occasion>,
    #[serde(default)]
    pub reason: Option<ExemptionReason>,
    /// The facts behind the reason are described.
    #[serde(default = "yes")]
    pub facts_given: bool,
    /// Number of the written record that is said to suffice.
    #[serde(default)]
    pub document: Option<String>,
    #[serde(default)]
    pub activity_ended: Option<When>,
    /// The author of the paper is its recipient.
    #[serde(default)]
    pub author_is_recipient: bool,
    /// The paper has been received (and signed off, where that is demanded).
    #[serde(default)]
    pub received: bool,
    #[serde(default)]
    pub signed_off: bool,
    /// Days on which the unit used the hazard exemption before.
    #[serde(default)]
    pub hazard_uses: Vec<Date>,
}

fn yes() -> bool {
    true
}

/// 工作记录: reason and basis, from whom, to whom, until when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Paper {
    pub by: Role,
    pub to: Role,
    pub to_title: Option<String>,
    pub sign_off: bool,
    pub kept_for_inspection: bool,
    /// "及时" has no number; this one is ours.
    pub due: Option<When>,
    pub open: bool,
    /// `paper.author_is_recipient`.
    pub refused: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exemption {
    /// Reasons to offer; never one preselected.
    pub offered: Vec<ExemptionReason>,
    /// Which danger the hazard reason speaks of.
    pub hazard: Option<Hazard>,
    /// Whether the reason given is accepted; `None` when none was given.
    pub accepted: Option<bool>,
    /// `exemption.not_in_profile`, `exemption.not_allowed_for_art8`, `exemption.facts_required`,
    /// `exemption.document_required`.
    pub refused: Option<String>,
    pub papers: Vec<Paper>,
    /// The hazard exemption is used so often that a compliant device should be provided: alert the unit head.
    pub hazard_repeated: bool,
}

/// 不记录 of an activity. Of stacked regulations only reasons all of them know are offered.
#[must_use]
pub fn exemption(laws: &[&Law], facts: &ExemptionFacts) -> Verdict<Exemption> {
    let mut basis = Basis::default();
    let mut answer = Exemption {
        offered: Vec::new(),
        hazard: None,
        accepted: None,
        refused: None,
        papers: Vec::new(),
        hazard_repeated: false,
    };
    let mut first = true;
    for applied in applied(laws, facts.on.day()) {
        let rules = &applied.version.rules;
        if rules.exemptions.is_empty() && rules.base.is_some() {
            continue; // an overlay that adds nothing here
        }
        let whole = whole_process(&applied, facts);
        let known: Vec<ExemptionReason> = rules
            .exemptions
            .iter()
            .filter(|rule| !(whole && rule.not_for == Some(Level::MustFull)))
            .map(|rule| rule.reason)
            .collect();
        match first {
            true => answer.offered = known,
            false => answer.offered.retain(|reason| known.contains(reason)),
        }
        first = false;
        judge(&applied, facts, whole, &mut answer, &mut basis);
        // A reason the text does not have excuses nothing: then there is nothing to write a paper about.
        let excusable =
            !matches!(answer.refused.as_deref(), Some("exemption.not_in_profile" | "exemption.not_allowed_for_art8"));
        if let (Some(paper), Some(_), true) = (&rules.exemption_paper, facts.reason, excusable) {
            answer.papers.push(owed(&applied, paper, facts, &mut basis));
        }
    }
    answer.accepted = facts.reason.map(|_| answer.refused.is_none());
    basis.verdict(answer)
}

/// Whether an occasion of the activity must be recorded as a whole process.
fn whole_process(applied: &Applied, facts: &ExemptionFacts) -> bool {
    applied
        .version
        .rules
        .occasions
        .iter()
        .any(|rule| rule.level == Level::MustFull && rule.occasions.iter().any(|item| facts.occasions.contains(item)))
}

fn judge(applied: &Applied, facts: &ExemptionFacts, whole: bool, answer: &mut Exemption, basis: &mut Basis) {
    let rules = &applied.version.rules;
    let hazard = rules.exemptions.iter().find_map(|rule| rule.hazard);
    answer.hazard = answer.hazard.or(hazard);
    let Some(reason) = facts.reason else {
        for rule in &rules.exemptions {
            basis.cite(applied, &rule.article);
        }
        return;
    };
    let Some(rule) = rules.exemptions.iter().find(|rule| rule.reason == reason) else {
        // Refused because the list does not have it: the list is the basis.
        for rule in &rules.exemptions {
            basis.cite(applied, &rule.article);
            basis.change("reason", rule.reason.code(), "accepted");
        }
        answer.refused = Some("exemption.not_in_profile".to_owned());
        return;
    };
    basis.cite(applied, &rule.article);
    if reason == ExemptionReason::HazardNoCompliantDevice {
        answer.hazard_repeated |= hazard_repeated(applied, facts, basis);
    }
    if let Some(code) = refusal(rule, facts, whole) {
        if code == "exemption.not_allowed_for_art8" {
            let whole = rules.occasions.iter().filter(|rule| rule.level == Level::MustFull);
            whole.for_each(|rule| basis.cite(applied, &rule.article));
        }
        answer.refused = Some(code.to_owned());
    }
}

/// Whether this use and those of the months before it are too many; both numbers are ours.
fn hazard_repeated(applied: &Applied, facts: &ExemptionFacts, basis: &mut Basis) -> bool {
    basis.own("exemption.hazard_repeat_uses");
    basis.own("exemption.hazard_repeat_months");
    let defaults = &applied.law.defaults.exemption;
    let on = facts.on.day();
    let counts = |day: &&Date| **day <= on && anniversary(**day, 0, defaults.hazard_repeat_months) > on;
    let earlier = facts.hazard_uses.iter().filter(counts).count();
    u32::try_from(earlier).unwrap_or(u32::MAX).saturating_add(1) >= defaults.hazard_repeat_uses
}

fn refusal(rule: &ExemptionRule, facts: &ExemptionFacts, whole: bool) -> Option<&'static str> {
    let document = facts.document.as_deref().is_some_and(|document| !document.trim().is_empty());
    match () {
        () if whole && rule.not_for == Some(Level::MustFull) => Some("exemption.not_allowed_for_art8"),
        () if !facts.facts_given => Some("exemption.facts_required"),
        () if rule.needs_document && !document => Some("exemption.document_required"),
        () => None,
    }
}

fn owed(applied: &Applied, rule: &PaperRule, facts: &ExemptionFacts, basis: &mut Basis) -> Paper {
    basis.cite(applied, &rule.article);
    basis.own("non_recording.paper_due_hours");
    let hours = i64::from(applied.law.defaults.non_recording.paper_due_hours);
    let title = rule.to_title.clone().or_else(|| applied.version.rules.roles.get(&rule.to).cloned());
    let done = facts.received && (facts.signed_off || !rule.sign_off);
    Paper {
        by: rule.by,
        to: rule.to,
        to_title: title,
        sign_off: rule.sign_off,
        kept_for_inspection: rule.kept_for_inspection,
        due: facts.activity_ended.map(|ended| When(ended.0.saturating_add(hours * HOUR_MS))),
        open: !done,
        refused: facts.author_is_recipient.then(|| "paper.author_is_recipient".to_owned()),
    }
}
