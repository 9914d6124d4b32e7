//! 责任: which violations a regulation knows, above which threshold, and what may follow. Software
//! never pronounces guilt: it says whether a human may.

use serde::{Deserialize, Serialize};

use crate::data::{AccountabilityRule, Consequences, Finding, Step};
use crate::law::{Applied, Law};
use crate::time::When;
use crate::verdict::{Basis, Cited, Verdict, applied};
use crate::vocab::{Duty, Threshold, Violation, vocab};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountabilityFacts {
    /// When the act was done.
    pub on: When,
    #[serde(default)]
    pub violation: Option<Violation>,
    /// A breached duty that has no item of its own.
    #[serde(default)]
    pub duty: Option<Duty>,
    /// Findings a human has made and recorded.
    #[serde(default)]
    pub linked_consequence: bool,
    #[serde(default)]
    pub consequences: bool,
    #[serde(default)]
    pub serious_consequences: bool,
    #[serde(default)]
    pub bad_influence: bool,
    #[serde(default)]
    pub serious_violation: bool,
    #[serde(default)]
    pub suspected_unlawful: bool,
    #[serde(default)]
    pub valid_evidence: bool,
    /// The person concerned has been heard.
    #[serde(default)]
    pub heard: bool,
    /// The consequence somebody wants to record.
    #[serde(default)]
    pub step: Option<Step>,
}

vocab! {
    Standing {
        /// A human may confirm it as this violation.
        Confirmable = "confirmable",
        /// A breach of a duty; not this regulation's accountability item (yet).
        Deviation = "deviation",
        /// No list in the text, or an expired regulation.
        InternalDeviation = "internal_deviation",
        /// This regulation has no such item.
        NotOffered = "not_offered",
        /// Nothing was asked: only the list is shown.
        List = "list",
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Offered {
    pub violation: Violation,
    pub threshold: Threshold,
    pub cited: Vec<Cited>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Accountability {
    pub standing: Standing,
    pub offered: Vec<Offered>,
    pub threshold: Option<Threshold>,
    /// The item that could still carry it, where the type itself is not offered.
    pub instead: Option<Violation>,
    pub steps: Vec<Step>,
    /// `violation.hear_first`, `consequence.finding_required`, `consequence.not_in_profile`.
    pub refused: Option<String>,
}

/// 责任 of an act under the regulations in force when it was done.
#[must_use]
pub fn accountability(laws: &[&Law], facts: &AccountabilityFacts) -> Verdict<Accountability> {
    let mut basis = Basis::default();
    let mut answer = Accountability {
        standing: Standing::List,
        offered: Vec::new(),
        threshold: None,
        instead: None,
        steps: Vec::new(),
        refused: None,
    };
    for applied in applied(laws, facts.on.day()) {
        one(&applied, facts, &mut answer, &mut basis);
    }
    if answer.standing == Standing::Confirmable && !facts.heard {
        basis.own("violation.hear_first");
        basis.change("heard", "true", "decision");
        // A step the text does not know stays refused however often somebody is heard.
        let unknown = answer.refused.as_deref() == Some("consequence.not_in_profile");
        answer.refused = if unknown { answer.refused } else { Some("violation.hear_first".to_owned()) };
    }
    basis.verdict(answer)
}

fn one(applied: &Applied, facts: &AccountabilityFacts, answer: &mut Accountability, basis: &mut Basis) {
    let rules = &applied.version.rules;
    let asked = facts.violation.is_some() || facts.duty.is_some();
    // Lapsed: no accountability item of the expired text is offered, whatever was done.
    let binding = applied.force.binding();
    if binding {
        for rule in &rules.accountability {
            let cited = rule.article.0.iter().map(|cite| applied.cited(cite)).collect();
            answer.offered.push(Offered { violation: rule.violation, threshold: rule.threshold, cited });
        }
    }
    if let Some(consequences) = rules.consequences.as_ref().filter(|_| binding) {
        basis.cite(applied, &consequences.article);
        answer.steps.extend(&consequences.steps);
        answer.refused = step_refused(consequences, facts, basis);
    }
    if !asked {
        return;
    }
    if !binding || rules.accountability.is_empty() {
        if !binding {
            basis.cite(applied, &applied.version.rules.validity_article);
        }
        duty(applied, facts, basis);
        basis.own("accountability.internal_deviation");
        answer.standing = answer.standing.min(Standing::InternalDeviation);
        return;
    }
    if facts.violation.is_none() {
        // A duty without an item of its own: the breached article, and at most the catch-all.
        duty(applied, facts, basis);
        answer.instead = catch_all(applied);
        answer.standing = answer.standing.min(Standing::Deviation);
        return;
    }
    let rule = rules.accountability.iter().find(|rule| Some(rule.violation) == facts.violation);
    let Some(rule) = rule else {
        answer.instead = catch_all(applied);
        answer.standing = answer.standing.min(Standing::NotOffered);
        return;
    };
    basis.cite(applied, &rule.article);
    answer.threshold = Some(rule.threshold);
    let standing = if reached(rule, facts, basis) { Standing::Confirmable } else { Standing::Deviation };
    answer.standing = answer.standing.min(standing);
}

fn duty(applied: &Applied, facts: &AccountabilityFacts, basis: &mut Basis) {
    let rules = &applied.version.rules;
    let Some(rule) = rules.deviations.iter().find(|rule| Some(rule.duty) == facts.duty) else {
        return;
    };
    basis.cite(applied, &rule.article);
}

fn catch_all(applied: &Applied) -> Option<Violation> {
    let has = applied.version.rules.accountability.iter().any(|rule| rule.violation == Violation::CatchAll);
    has.then_some(Violation::CatchAll)
}

/// Whether the findings on record reach the threshold, word by word as the text puts it.
fn reached(rule: &AccountabilityRule, facts: &AccountabilityFacts, basis: &mut Basis) -> bool {
    let findings: &[(bool, &str)] = match rule.threshold {
        Threshold::None => &[],
        Threshold::LinkedConsequence => &[(facts.linked_consequence, "linked_consequence")],
        Threshold::Consequences => &[(facts.consequences || facts.serious_consequences, "consequences")],
        Threshold::SeriousConsequences => &[(facts.serious_consequences, "serious_consequences")],
        Threshold::SeriousConsequencesAndInfluence => {
            &[(facts.serious_consequences, "serious_consequences"), (facts.bad_influence, "bad_influence")]
        }
        Threshold::SeriousViolation => &[(facts.serious_violation, "serious_violation")],
        Threshold::ValidEvidence => &[(facts.valid_evidence, "valid_evidence")],
    };
    for (found, name) in findings {
        let then = if *found { "deviation" } else { "confirmable" };
        basis.change(name, !found, then);
    }
    findings.iter().all(|(found, _)| *found)
}

/// A step beyond the first without the finding the text asks for is skipped ahead.
fn step_refused(rule: &Consequences, facts: &AccountabilityFacts, basis: &mut Basis) -> Option<String> {
    let step = facts.step?;
    if !rule.steps.contains(&step) {
        return Some("consequence.not_in_profile".to_owned());
    }
    let found = |finding: &Finding| match finding {
        Finding::SeriousViolation => (facts.serious_violation, "serious_violation"),
        Finding::SeriousConsequences => (facts.serious_consequences, "serious_consequences"),
        Finding::BadInfluence => (facts.bad_influence, "bad_influence"),
        Finding::SuspectedUnlawful => (facts.suspected_unlawful, "suspected_unlawful"),
    };
    let asked: Vec<(bool, &str)> = rule.beyond_first.iter().map(found).collect();
    if rule.steps.first() == Some(&step) || asked.is_empty() || asked.iter().any(|(found, _)| *found) {
        return None;
    }
    asked.iter().for_each(|(_, name)| basis.change(name, "true", "step"));
    Some("consequence.finding_required".to_owned())
}
