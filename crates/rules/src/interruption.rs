//! 中断: accepted causes, the spoken explanation, and what is owed when recording cannot go on.

use serde::{Deserialize, Serialize};

use crate::data::{CannotContinue, InterruptionRule};
use crate::law::{Applied, Law};
use crate::time::{HOUR_MS, When};
use crate::verdict::{Basis, Verdict, applied};
use crate::vocab::{InterruptionCause, Role};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InterruptionFacts {
    pub on: When,
    #[serde(default)]
    pub cause: Option<InterruptionCause>,
    /// The cause is put into words.
    #[serde(default)]
    pub described: bool,
    /// The spoken explanation is marked in the recording.
    #[serde(default)]
    pub explained: bool,
    /// Recording could not be taken up again.
    #[serde(default)]
    pub cannot_continue: bool,
    #[serde(default)]
    pub stopped_at: Option<When>,
    #[serde(default)]
    pub activity_ended: Option<When>,
    /// Another device went on recording, or why not is on record.
    #[serde(default)]
    pub replacement_used: bool,
    /// What stopped is a fixed site's recording.
    #[serde(default)]
    pub fixed_site: bool,
}

/// What is owed when recording cannot continue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StopDuties {
    pub report_to: Role,
    pub report_to_title: Option<String>,
    /// "立即" has no number; this one is ours.
    pub report_due: Option<When>,
    pub written_due: Option<When>,
    pub replacement_device: bool,
    pub kept_for_inspection: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interruption {
    /// The regulation forbids interruption in so many words.
    pub banned: bool,
    pub causes: Vec<InterruptionCause>,
    pub accepted: Option<bool>,
    /// A spoken explanation is owed on restart, and not yet marked.
    pub explanation_owed: bool,
    /// Unexplained after this, a gap is a suspected breach.
    pub explain_due: Option<When>,
    /// When an outage of a fixed site is told, if it lasts; counted in office hours by whoever knows them.
    pub outage_alert_at: Option<When>,
    pub stop: Vec<StopDuties>,
    /// `interruption.cause_as_other`, `interruption.describe_cause`,
    /// `interruption.replacement_reason_required`.
    pub refused: Option<String>,
}

const NO_REPLACEMENT: &str = "interruption.replacement_reason_required";

/// 中断 of a recording under the regulations in force then.
#[must_use]
pub fn interruption(laws: &[&Law], facts: &InterruptionFacts) -> Verdict<Interruption> {
    let mut basis = Basis::default();
    let mut answer = Interruption {
        banned: false,
        causes: Vec::new(),
        accepted: None,
        explanation_owed: false,
        explain_due: None,
        outage_alert_at: None,
        stop: Vec::new(),
        refused: None,
    };
    for applied in applied(laws, facts.on.day()) {
        let Some(rule) = &applied.version.rules.interruption else {
            continue;
        };
        basis.cite(&applied, &rule.article);
        one(&applied, rule, facts, &mut answer, &mut basis);
    }
    // A reason for using no replacement is owed besides; it does not make the cause a wrong one.
    let cause_refused = answer.refused.as_deref().is_some_and(|code| code != NO_REPLACEMENT);
    answer.accepted = facts.cause.map(|_| !cause_refused);
    basis.verdict(answer)
}

fn one(
    applied: &Applied,
    rule: &InterruptionRule,
    facts: &InterruptionFacts,
    answer: &mut Interruption,
    basis: &mut Basis,
) {
    answer.banned |= rule.banned;
    match answer.causes.is_empty() {
        true => answer.causes.clone_from(&rule.causes),
        false => answer.causes.retain(|cause| rule.causes.contains(cause)),
    }
    answer.explanation_owed |= rule.voice_explanation && !facts.explained && !facts.cannot_continue;
    if rule.voice_explanation && !facts.cannot_continue {
        basis.change("explained", !facts.explained, "explanation_owed");
    }
    periods(applied, rule, facts, answer, basis);
    match facts.cause {
        Some(InterruptionCause::OtherObjective) if !facts.described => {
            answer.refused = Some("interruption.describe_cause".to_owned());
        }
        // Not on the list: only as another objective cause, in words.
        Some(cause) if cause != InterruptionCause::OtherObjective && !rule.causes.contains(&cause) => {
            answer.refused = Some("interruption.cause_as_other".to_owned());
            basis.change("cause", InterruptionCause::OtherObjective.code(), "accepted");
        }
        _ => {}
    }
    if let Some(stop) = rule.cannot_continue.as_ref().filter(|_| facts.cannot_continue) {
        basis.cite(applied, &stop.article);
        answer.stop.push(duties(applied, stop, facts, basis));
        if stop.replacement_device && !facts.replacement_used {
            answer.refused.get_or_insert_with(|| NO_REPLACEMENT.to_owned());
            basis.change("replacement_used", "true", "accepted");
        }
    }
}

/// Our own periods: until when a gap may be explained, and after what an outage is told. The shortest of a stack counts.
fn periods(
    applied: &Applied,
    rule: &InterruptionRule,
    facts: &InterruptionFacts,
    answer: &mut Interruption,
    basis: &mut Basis,
) {
    let defaults = &applied.law.defaults;
    let sooner = |old: Option<When>, new: i64| Some(When(old.map_or(new, |old| old.0.min(new))));
    if rule.voice_explanation && !facts.explained && !facts.cannot_continue {
        basis.own("continuity.explain_due_days");
        let days = i64::from(defaults.continuity.explain_due_days);
        answer.explain_due = sooner(answer.explain_due, facts.on.0.saturating_add(days * 24 * HOUR_MS));
    }
    if let (true, Some(stopped)) = (facts.fixed_site, facts.stopped_at) {
        basis.own("fixed_site.outage_alert_hours");
        let hours = i64::from(defaults.fixed_site.outage_alert_hours);
        answer.outage_alert_at = sooner(answer.outage_alert_at, stopped.0.saturating_add(hours * HOUR_MS));
    }
}

fn duties(applied: &Applied, rule: &CannotContinue, facts: &InterruptionFacts, basis: &mut Basis) -> StopDuties {
    basis.own("interrupt.report_due_hours");
    basis.own("interrupt.written_due_hours");
    let defaults = &applied.law.defaults.interrupt;
    let after = |at: Option<When>, hours: u32| at.map(|at| When(at.0.saturating_add(i64::from(hours) * HOUR_MS)));
    StopDuties {
        report_to: rule.report_to,
        report_to_title: applied.version.rules.roles.get(&rule.report_to).cloned(),
        report_due: after(facts.stopped_at, defaults.report_due_hours),
        written_due: after(facts.activity_ended, defaults.written_due_hours).filter(|_| rule.written_explanation),
        replacement_device: rule.replacement_device,
        kept_for_inspection: rule.kept_for_inspection,
    }
}
