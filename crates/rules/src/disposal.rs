//! 处置: whether a recording may at all be put on a disposal plan. Off by default; nothing is ever
//! disposed of by reaching a date, and never because a regulation has expired.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::law::{Force, Law};
use crate::retention::{CaseTerm, HoldReason, Keeping, RetentionFacts, retention};
use crate::verdict::{Verdict, applied};
use crate::vocab::{Ground, vocab};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisposalFacts {
    /// Today.
    #[serde(deserialize_with = "crate::time::day")]
    pub on: Date,
    #[serde(deserialize_with = "crate::time::day")]
    pub recorded_on: Date,
    #[serde(default)]
    pub grounds: BTreeSet<Ground>,
    #[serde(default = "yes")]
    pub classified: bool,
    #[serde(default)]
    pub case_term: Option<CaseTerm>,
    #[serde(default)]
    pub rows: BTreeSet<String>,
    /// The recorded legal basis, which no local text gives. Whether disposal is enabled is a setting.
    #[serde(default)]
    pub legal_basis: Option<String>,
    #[serde(default)]
    pub legal_hold: bool,
    #[serde(default)]
    pub complaint_hold: bool,
    #[serde(default)]
    pub open_violation: bool,
    /// Different people who have approved this recording's disposal.
    #[serde(default)]
    pub approvers: u32,
    /// Somebody gives the expiry of the regulation as the ground.
    #[serde(default)]
    pub because_expired: bool,
}

fn yes() -> bool {
    true
}

vocab! {
    DisposalState {
        /// Two people have decided; the plan may run after its cooling-off.
        Approved = "approved",
        /// Past its floor and free of holds: may be put before two people.
        Eligible = "eligible",
        Refused = "refused",
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Disposal {
    pub state: DisposalState,
    /// Every reason against it, all at once.
    pub refused: Vec<String>,
    pub eligible_from: Option<Date>,
    pub keep: Keeping,
    pub approvals_missing: u32,
}

/// 处置 of one recording on a day.
#[must_use]
pub fn disposal(laws: &[&Law], facts: &DisposalFacts) -> Verdict<Disposal> {
    let kept = RetentionFacts {
        recorded_on: facts.recorded_on,
        acted_on: None,
        grounds: facts.grounds.clone(),
        classified: facts.classified,
        case_term: facts.case_term,
        rows: facts.rows.clone(),
        case_closed_on: None,
        ground_given_on: None,
        disc_checked_on: None,
    };
    let retention = retention(laws, &kept, &Calendar::default());
    let (kept, mut basis) = retention.split();
    basis.would_change.clear();
    basis.own("disposal.enabled");
    let lapsed =
        applied(laws, facts.on).iter().any(|applied| matches!(applied.force, Force::Lapsed | Force::Continued));
    if lapsed {
        basis.note("expiry_disposes_of_nothing", None);
    }
    let governing = applied(laws, facts.on);
    let enabled = !governing.is_empty() && governing.iter().all(|applied| applied.law.defaults.disposal.enabled);
    let running = kept.eligible_from.is_some_and(|day| facts.on < day);
    let no_basis = facts.legal_basis.as_deref().is_none_or(|basis| basis.trim().is_empty());
    let against: Vec<&str> = [
        (!enabled, "disposal.disabled"),
        (enabled && no_basis, "disposal.legal_basis_required"),
        (facts.because_expired, "disposal.expiry_is_no_ground"),
        (kept.keep == Keeping::Forever, "disposal.permanent"),
        (kept.keep == Keeping::LongTerm, "disposal.long_term"),
        (kept.hold == Some(HoldReason::Unclassified), "disposal.unclassified"),
        (kept.hold == Some(HoldReason::NoRule), "disposal.unclassified"),
        (kept.hold == Some(HoldReason::CaseTermMissing), "disposal.case_term_missing"),
        (running, "disposal.floor_running"),
        (evidence_running(facts), "disposal.evidence"),
        (facts.legal_hold, "disposal.legal_hold"),
        (facts.complaint_hold, "disposal.complaint_hold"),
        (facts.open_violation, "disposal.open_violation"),
    ]
    .into_iter()
    .filter(|(against, _)| *against)
    .map(|(_, code)| code)
    .collect();
    if let Some(day) = kept.eligible_from.filter(|_| running) {
        basis.change("on", day, "eligible");
    }
    for code in &against {
        basis.change(code.trim_start_matches("disposal."), "false", "eligible");
    }
    let approvals_missing = 2_u32.saturating_sub(facts.approvers);
    let state = match (against.is_empty(), approvals_missing) {
        (false, _) => DisposalState::Refused,
        (true, 0) => DisposalState::Approved,
        (true, _) => DisposalState::Eligible,
    };
    basis.verdict(Disposal {
        state,
        refused: against.into_iter().map(str::to_owned).collect(),
        eligible_from: kept.eligible_from,
        keep: kept.keep,
        approvals_missing,
    })
}

/// Evidence goes with its case file: while that file's term is unset or running it stays.
fn evidence_running(facts: &DisposalFacts) -> bool {
    let evidence = [Ground::Evidence, Ground::DecisionEvidence, Ground::MajorCaseEvidence];
    let is_evidence = evidence.iter().any(|ground| facts.grounds.contains(ground));
    is_evidence
        && match facts.case_term {
            Some(CaseTerm::Until(day)) => facts.on <= day,
            Some(CaseTerm::Permanent) | None => true,
        }
}
