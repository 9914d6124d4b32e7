//! 不录音像: that an activity was not recorded, for a reason its regulation knows (USE-08), and how often a unit gave the
//! reason that it has no device fit for the danger (PRV-13). The paper that is owed for it is USE-09's.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tiezheng_rules::time::When;
use tiezheng_rules::vocab::{ExemptionReason, Occasion};
use tiezheng_rules::{ExemptionFacts, Law, exemption};
use utoipa::ToSchema;

use super::store::{self, Activity};
use crate::app::App;
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::equipment::law::cited;
use crate::error::{Problem, Result};
use crate::field;
use crate::people::Actor;
use crate::regulations::{self, binding};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewExemption {
    /// hazard_no_compliant_device, secret_or_privacy, urgent, objective_cause, written_record_sufficient
    pub reason: String,
    pub facts: String,
    /// Number of the written record, where the regulation demands one.
    pub document: Option<String>,
}

/// 不录音像 as it was entered.
#[derive(Serialize, ToSchema)]
pub struct Recorded {
    pub reason: String,
    pub facts: String,
    pub document: Option<String>,
    /// Name of who entered it.
    pub by: Option<String>,
    pub at_ms: i64,
}

/// What the regulation of an activity knows of reasons not to record it.
#[derive(Serialize, ToSchema)]
pub struct Exempt {
    /// Reasons that may be given; never one preselected.
    pub offered: Vec<String>,
    /// Which danger the first of them speaks of: dangerous_area, explosion_area, dark_underground
    pub hazard: Option<String>,
    pub recorded: Option<Recorded>,
    #[schema(value_type = Vec<Object>)]
    pub articles: Vec<Value>,
    pub lapsed: bool,
}

fn facts(activity: &Activity, reason: Option<ExemptionReason>, document: Option<String>) -> ExemptionFacts {
    ExemptionFacts {
        on: When(activity.began_ms),
        occasions: Occasion::from_code(&activity.occasion).into_iter().collect(),
        reason,
        facts_given: true,
        document,
        activity_ended: activity.ended_ms.map(When),
        author_is_recipient: false,
        received: false,
        signed_off: false,
        hazard_uses: Vec::new(),
    }
}

pub async fn of(tx: &mut Tx, app: &App, activity: &Activity) -> Result<Exempt> {
    let recorded = store::exemption(tx, &activity.id).await?;
    let reason = recorded.as_ref().and_then(|one| ExemptionReason::from_code(&one.reason));
    let facts = facts(activity, reason, recorded.as_ref().and_then(|one| one.document.clone()));
    let verdict = asked(tx, app, activity, &facts).await?;
    Ok(Exempt {
        offered: verdict.verdict.offered.iter().map(|reason| reason.code().to_owned()).collect(),
        hazard: verdict.verdict.hazard.map(|hazard| hazard.code().to_owned()),
        articles: cited(&verdict),
        lapsed: verdict.lapsed,
        recorded,
    })
}

async fn asked(
    tx: &mut Tx,
    app: &App,
    activity: &Activity,
    facts: &ExemptionFacts,
) -> Result<tiezheng_rules::Verdict<tiezheng_rules::Exemption>> {
    let unit = activity.unit.as_ref().map(|unit| unit.id.as_str());
    let profile = binding::profile_of(tx, &activity.agency_id, unit, activity.began_ms).await?;
    let decisions = regulations::store::decisions(tx, &activity.agency_id).await?;
    let laws = app.laws.adopted(profile.as_deref().unwrap_or(""), &decisions, facts.on.day());
    let laws: Vec<&Law> = laws.iter().map(AsRef::as_ref).collect();
    Ok(exemption(&laws, facts))
}

/// Enters it, once. Errors: `exemption.exists`, and what the regulation refuses, with its articles:
/// `exemption.not_in_profile`, `exemption.not_allowed_for_art8`, `exemption.document_required`.
pub async fn enter(
    tx: &mut Tx,
    app: &App,
    actor: &Actor,
    now: i64,
    activity: &Activity,
    new: NewExemption,
) -> Result<()> {
    let reasons: Vec<&str> = ExemptionReason::ALL.iter().map(|reason| reason.code()).collect();
    field::word("reason", &new.reason, &reasons)?;
    let told = field::text("facts", &new.facts, field::REASON_MOST)?;
    let document = field::optional("document", new.document.as_deref(), field::TITLE_MOST)?;
    let facts = facts(activity, ExemptionReason::from_code(&new.reason), document.clone());
    let verdict = asked(tx, app, activity, &facts).await?;
    if let Some(code) = &verdict.verdict.refused {
        let mut problem = Problem::refused(422, code);
        problem.articles = cited(&verdict);
        return Err(problem);
    }
    if !store::put_exemption(tx, &activity.id, &new.reason, &told, document.as_deref(), actor, now).await? {
        return Err(Problem::refused(409, "exemption.exists"));
    }
    let detail = json!({"reason": new.reason, "facts": told, "document": document});
    audit::record(tx, actor, now, Act::ActivityExempted, Some(&activity.agency_id), Some(&activity.id), detail).await
}
