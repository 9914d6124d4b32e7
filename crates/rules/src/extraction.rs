//! 提取: copying a recording out as evidence, with its explanatory document and disc.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::approver::{Approval, ApprovalState, ApproverFacts, approver};
use crate::law::Law;
use crate::time::When;
use crate::verdict::{Basis, Verdict, applied};
use crate::vocab::{Act, Field, Role, vocab};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtractionFacts {
    pub on: When,
    /// Fields of the explanatory document that are filled in.
    #[serde(default)]
    pub fields_given: BTreeSet<Field>,
    /// The approval this regulation asks for has been given.
    #[serde(default)]
    pub approved: bool,
    /// Approver configured where the text names none.
    #[serde(default)]
    pub configured: Option<Role>,
}

vocab! {
    DiscDuty { Required = "required", Optional = "optional" }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Extraction {
    /// What the explanatory document must say; "等" leaves room for more.
    pub fields: Vec<Field>,
    pub missing: Vec<Field>,
    /// The document is a duty of the text, not our offer.
    pub document_required: bool,
    pub disc: DiscDuty,
    pub approval: Approval,
    /// `extraction.field_missing`, `extraction.approval_missing`, `approver.unconfigured`.
    pub refused: Option<String>,
}

/// Field set offered where the text prescribes no document.
const OFFERED: &[Field] = &[Field::Maker, Field::Extractor, Field::ExtractionTime];

/// 提取 under the regulations in force then.
#[must_use]
pub fn extraction(laws: &[&Law], facts: &ExtractionFacts) -> Verdict<Extraction> {
    let mut basis = Basis::default();
    let mut fields: Vec<Field> = Vec::new();
    let mut disc = DiscDuty::Optional;
    for applied in applied(laws, facts.on.day()) {
        let Some(rule) = &applied.version.rules.extraction else {
            continue;
        };
        basis.cite(&applied, &rule.article);
        let new: Vec<Field> = rule.fields.iter().copied().filter(|field| !fields.contains(field)).collect();
        fields.extend(new);
        if rule.disc {
            disc = DiscDuty::Required;
        }
    }
    let document_required = !fields.is_empty();
    if !document_required {
        basis.own("extraction.offered_document");
        fields = OFFERED.to_vec();
    }
    let asked = ApproverFacts { configured: facts.configured, ..ApproverFacts::new(facts.on.0, Act::Extract) };
    let approval = extract_approval(laws, &asked, &mut basis);
    let missing: Vec<Field> = fields.iter().copied().filter(|field| !facts.fields_given.contains(field)).collect();
    let refused = match () {
        () if approval.state == ApprovalState::Refused => approval.refused.clone(),
        () if approval.state == ApprovalState::Needed && !facts.approved => {
            basis.change("approved", "true", "allowed");
            Some("extraction.approval_missing".to_owned())
        }
        () if !missing.is_empty() => Some("extraction.field_missing".to_owned()),
        () => None,
    };
    for field in &missing {
        basis.change("fields_given", field.code(), "allowed");
    }
    basis.verdict(Extraction { fields, missing, document_required, disc, approval, refused })
}

/// Who lets an extraction happen. A text that orders evidence copies and names nobody is read with
/// its rule on viewing (明山 第十七条 with 第十八条).
fn extract_approval(laws: &[&Law], facts: &ApproverFacts, basis: &mut Basis) -> Approval {
    let extract = approver(laws, facts);
    let (verdict, as_view) = match extract.verdict.state {
        ApprovalState::Refused => {
            let view = approver(laws, &ApproverFacts { act: Act::View, ..facts.clone() });
            (view, true)
        }
        _ => (extract, false),
    };
    let (approval, joined) = verdict.split();
    basis.join(joined);
    if as_view {
        basis.own("extraction.approver_of_viewing");
    }
    approval
}
