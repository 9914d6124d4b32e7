//! 审批: whose word a late hand-in, a look, a copy, an extraction or a hand-over outside needs.

use serde::{Deserialize, Serialize};

use crate::data::ApprovalRule;
use crate::law::{Applied, Law};
use crate::time::When;
use crate::verdict::{Basis, Verdict, applied};
use crate::vocab::{Act, Field, Role, vocab};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApproverFacts {
    /// When the act (the request) is made.
    pub on: When,
    pub act: Act,
    /// For provision outside: who receives it.
    #[serde(default)]
    pub recipient: Option<Recipient>,
    /// It is handed over as evidence.
    #[serde(default)]
    pub as_evidence: bool,
    #[serde(default)]
    pub purpose: Option<Purpose>,
    /// The requester holds the role that would approve.
    #[serde(default)]
    pub requester_is_approver: bool,
    /// Approver the agency has configured for acts where the text names none.
    #[serde(default)]
    pub configured: Option<Role>,
    /// A delegation with document and period.
    #[serde(default)]
    pub delegate: Option<Delegate>,
}

impl ApproverFacts {
    #[must_use]
    pub fn new(on_ms: i64, act: Act) -> ApproverFacts {
        ApproverFacts {
            on: When(on_ms),
            act,
            recipient: None,
            as_evidence: false,
            purpose: None,
            requester_is_approver: false,
            configured: None,
            delegate: None,
        }
    }
}

vocab! {
    Recipient {
        DecidingBody = "deciding_body",
        ReviewBody = "review_body",
        Court = "court",
        Party = "party",
        Other = "other",
    }
}

vocab! {
    Purpose {
        WorkNeed = "work_need",
        LitigationRelated = "litigation_related",
        Supervision = "supervision",
        CaseAnalysis = "case_analysis",
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegate {
    pub document: String,
    pub from: jiff::civil::Date,
    pub to: jiff::civil::Date,
}

vocab! {
    ApprovalState {
        /// This role approves.
        Needed = "needed",
        /// The text asks for no approval of this act.
        NotNeeded = "not_needed",
        /// A standing mandate and a register entry take the place of case-by-case approval.
        Mandate = "mandate",
        /// Nobody is named and nobody configured: refused until the agency decides.
        Refused = "refused",
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Approval {
    pub state: ApprovalState,
    pub role: Option<Role>,
    /// The role's title in the regulation.
    pub title: Option<String>,
    /// Further roles a stacked regulation asks for; all must approve.
    pub also: Vec<Role>,
    /// `approver.unconfigured` and the like.
    pub refused: Option<String>,
    /// The approver asked for himself: the next superior decides.
    pub next_superior: bool,
    /// A delegate may act in this period; both names are shown.
    pub delegated: bool,
    /// Who acts for the approver, where the agency has recorded it.
    pub delegate: Option<String>,
    /// Who carries it out and keeps the register.
    pub handled_by: Option<Role>,
    pub one_hand: bool,
    pub register_fields: Vec<Field>,
    /// Register first, then play.
    pub register_before: bool,
}

/// 审批人 of an act, resolved to the role the regulation names. Where it names nobody the agency's
/// configured role counts, and where there is none the act is refused.
#[must_use]
pub fn approver(laws: &[&Law], facts: &ApproverFacts) -> Verdict<Approval> {
    let mut basis = Basis::default();
    let mut answers: Vec<Approval> = Vec::new();
    for applied in applied(laws, facts.on.day()) {
        answers.push(one(&applied, facts, &mut basis));
    }
    let strictest = |approval: &Approval| match approval.state {
        ApprovalState::Refused => 3,
        ApprovalState::Needed => 2,
        ApprovalState::Mandate => 1,
        ApprovalState::NotNeeded => 0,
    };
    answers.sort_by_key(|approval| std::cmp::Reverse(strictest(approval)));
    let mut answers = answers.into_iter();
    let mut first = answers.next().unwrap_or_else(|| refused("approver.no_regulation"));
    for other in answers {
        if let Some(role) = other.role.filter(|role| Some(*role) != first.role) {
            first.also.push(role);
        }
        first.register_before |= other.register_before;
        first.one_hand |= other.one_hand;
        for field in other.register_fields {
            if !first.register_fields.contains(&field) {
                first.register_fields.push(field);
            }
        }
    }
    basis.verdict(first)
}

fn refused(code: &str) -> Approval {
    Approval {
        state: ApprovalState::Refused,
        role: None,
        title: None,
        also: Vec::new(),
        refused: Some(code.to_owned()),
        next_superior: false,
        delegated: false,
        delegate: None,
        handled_by: None,
        one_hand: false,
        register_fields: Vec::new(),
        register_before: true,
    }
}

fn one(applied: &Applied, facts: &ApproverFacts, basis: &mut Basis) -> Approval {
    let rules = &applied.version.rules;
    let rule = rules.approvals.iter().find(|rule| rule.act == facts.act);
    let mut approval = match rule {
        Some(rule) => ruled(applied, rule, facts, basis),
        None => silent(applied, facts, basis),
    };
    approval.title = approval.role.and_then(|role| rules.roles.get(&role).cloned());
    if approval.state == ApprovalState::Needed {
        if facts.requester_is_approver {
            basis.own("approver.never_oneself");
            approval.next_superior = true;
        }
        approval.delegated = facts.delegate.as_ref().is_some_and(|delegate| {
            let day = facts.on.day();
            delegate.from <= day && day <= delegate.to && !delegate.document.trim().is_empty()
        });
        let recorded = applied.law.adoption.delegations.iter().rev().find(|one| {
            let day = facts.on.day();
            one.act == facts.act && one.from <= day && day <= one.until
        });
        approval.delegated |= recorded.is_some();
        approval.delegate = recorded.map(|one| one.delegate.clone());
    }
    let look = matches!(
        facts.act,
        Act::View | Act::Copy | Act::Extract | Act::SupervisoryView | Act::SupervisoryExtract | Act::ExternalProvision
    );
    if look {
        register(applied, &mut approval, basis);
    }
    approval
}

fn ruled(applied: &Applied, rule: &ApprovalRule, facts: &ApproverFacts, basis: &mut Basis) -> Approval {
    basis.cite(applied, &rule.article);
    let mut approval = Approval { register_before: false, ..refused("approver.unconfigured") };
    let to_a_body = matches!(facts.recipient, Some(Recipient::DecidingBody | Recipient::ReviewBody | Recipient::Court));
    if rule.evidence_excepted && facts.as_evidence && to_a_body {
        approval.state = ApprovalState::NotNeeded;
        approval.refused = None;
        basis.change("as_evidence", "false", "needed");
        return approval;
    }
    if rule.evidence_excepted {
        basis.change("as_evidence", "true", "not_needed");
    }
    if let Some(mandate) = rule.mandate {
        approval.state = ApprovalState::Mandate;
        approval.role = Some(mandate);
        approval.refused = None;
        basis.own("supervision.mandate_and_register");
        return approval;
    }
    named(applied, rule.role, facts, approval, basis)
}

/// The text does not speak of this act. Looking and copying are never free: the agency's configured
/// approver decides. Everything an enforcement agency might publish needs a word of its own.
fn silent(applied: &Applied, facts: &ApproverFacts, basis: &mut Basis) -> Approval {
    let approval = Approval { register_before: false, ..refused("approver.unconfigured") };
    match facts.act {
        Act::LateUpload => Approval { state: ApprovalState::NotNeeded, refused: None, ..approval },
        Act::SupervisoryView | Act::SupervisoryExtract => {
            // No right of supervision in the text: an ordinary request.
            basis.own("supervision.ordinary_request");
            let act = if facts.act == Act::SupervisoryView { Act::View } else { Act::Extract };
            let rule = applied.version.rules.approvals.iter().find(|rule| rule.act == act);
            match rule {
                Some(rule) => ruled(applied, rule, facts, basis),
                None => named(applied, None, facts, approval, basis),
            }
        }
        _ => named(applied, None, facts, approval, basis),
    }
}

fn named(
    applied: &Applied,
    role: Option<Role>,
    facts: &ApproverFacts,
    mut approval: Approval,
    basis: &mut Basis,
) -> Approval {
    let configured = facts.configured.or_else(|| applied.law.adoption.approvers.get(&facts.act).copied());
    approval.role = role.or_else(|| {
        basis.own("approver.configured");
        configured
    });
    if approval.role.is_some() {
        approval.state = ApprovalState::Needed;
        approval.refused = None;
    } else {
        basis.change("configured", "?", "needed");
    }
    approval
}

fn register(applied: &Applied, approval: &mut Approval, basis: &mut Basis) {
    match &applied.version.rules.register {
        Some(rule) => {
            basis.cite(applied, &rule.article);
            approval.handled_by = Some(rule.handled_by);
            approval.one_hand = rule.one_hand;
            approval.register_fields = rule.fields.clone();
            approval.register_before = rule.before_viewing;
        }
        None => basis.own("register.before_play"),
    }
    if !approval.register_before {
        basis.own("register.before_play");
        approval.register_before = true;
    }
}
