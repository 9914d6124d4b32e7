//! 延期: why a recording may be handed in later than its regulation says, declared by who was on scene, and the consent
//! where one is needed (明山 第十五条, 福州 第十七条, 大连 第十八条). Whether it counts is for the rules to say.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tiezheng_rules::data::ExtensionRule;
use tiezheng_rules::time::When;
use tiezheng_rules::upload::UploadFacts;
use tiezheng_rules::vocab::Circumstance;
use utoipa::ToSchema;

use super::store;
use crate::app::App;
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::error::{Problem, Result};
use crate::laws::Handed;
use crate::people::{Actor, Permission, Role};
use crate::regulations::store::HandedIn;
use crate::{field, regulations};

/// All that is entered; the same again takes the place of what was entered before, and both stay in the history.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Extension {
    /// special, continuous_work, away_from_base, remote_area
    pub circumstance: String,
    /// What happened, in words.
    pub reason: String,
    /// When it was declared, or asked for. UTC milliseconds, like all times here.
    pub declared_ms: i64,
    /// When the head of the unit consented, who that was, and the paper that shows it.
    pub consent_ms: Option<i64>,
    pub consent_by: Option<String>,
    pub document: Option<String>,
    /// Return to the unit, for periods that run from it.
    pub expected_return_ms: Option<i64>,
    pub returned_ms: Option<i64>,
    /// 现场发生纠纷冲突, 突发事件: never extended where the text excludes them.
    pub conflict: bool,
    pub sudden_incident: bool,
}

/// An extension as it was entered.
#[derive(Debug, Serialize, ToSchema)]
pub struct Entered {
    #[serde(flatten)]
    pub extension: Extension,
    pub account: String,
    /// What that person is called.
    pub by: Option<String>,
    pub at_ms: i64,
}

impl Extension {
    /// Adds what was declared to the facts of a hand-in.
    pub fn tell(&self, facts: &mut UploadFacts) {
        facts.described = !self.reason.trim().is_empty();
        facts.circumstance = Circumstance::from_code(&self.circumstance);
        facts.declared_at = Some(When(self.declared_ms));
        facts.consent_at = self.consent_ms.map(When);
        facts.expected_return = self.expected_return_ms.map(When);
        facts.returned_at = self.returned_ms.map(When);
        (facts.conflict, facts.sudden_incident) = (self.conflict, self.sudden_incident);
    }

    fn checked(self, now: i64) -> Result<Extension> {
        let circumstances: Vec<&str> = Circumstance::ALL.iter().map(|one| one.code()).collect();
        field::word("circumstance", &self.circumstance, &circumstances)?;
        let past = |name: &str, at: Option<i64>| match at {
            Some(at) if at > now => Err(Problem::invalid(name, "extension.in_future")),
            Some(at) => field::time(name, at).map(drop),
            None => Ok(()),
        };
        past("declared_ms", Some(self.declared_ms))?;
        past("consent_ms", self.consent_ms)?;
        past("returned_ms", self.returned_ms)?;
        self.expected_return_ms.map_or(Ok(0), |at| field::time("expected_return_ms", at))?;
        let consented = self.consent_ms.is_some();
        let named = |name: &str, text: &Option<String>, most| match consented {
            true => field::text(name, text.as_deref().unwrap_or(""), most).map(Some),
            false => Ok(None),
        };
        Ok(Extension {
            reason: field::text("reason", &self.reason, field::REASON_MOST)?,
            consent_by: named("consent_by", &self.consent_by, field::NAME_MOST)?,
            document: named("document", &self.document, field::CODE_MOST)?,
            ..self
        })
    }
}

/// Enters 延期 for a recording and judges its hand-in again. Consent that came too late is kept and changes nothing;
/// a conflict that becomes known afterwards takes a granted extension back.
///
/// # Errors
/// What is wrong with it; `upload.extension.…` where the regulation knows no such extension; `extension.own` and
/// `extension.not_yours` where consent is not this person's to enter.
pub async fn declare(app: &App, actor: &Actor, now: i64, id: &str, wanted: Extension) -> Result<()> {
    actor.may(Permission::RecordingExtend)?;
    let mut tx = app.db.begin().await?;
    let row = store::row(&mut tx, &actor.scope(), id).await?.ok_or_else(Problem::not_found)?;
    let wanted = wanted.checked(now)?;
    if wanted.consent_ms.is_some() {
        let entrusted = actor.roles.iter().any(|role| matches!(role, Role::Custodian | Role::UnitHead));
        let own = row.officer.as_ref().is_some_and(|officer| actor.person.as_deref() == Some(&officer.id));
        match (entrusted, own) {
            (false, _) => return Err(Problem::refused(403, "extension.not_yours")),
            (true, true) => return Err(Problem::refused(403, "extension.own")),
            _ => {}
        }
    }
    let found = regulations::store::one_handed_in(&mut tx, id).await?;
    let HandedIn { handed, profile, .. } = found.ok_or_else(|| Problem::refused(422, "extension.no_time"))?;
    let (before, profile) = (handed.extension.clone(), profile.as_deref());
    let handed = Handed { extension: Some(wanted.clone()), ..handed };
    let decisions = regulations::store::decisions(&mut tx, &row.agency.id).await?;
    let verdict = app.laws.hand_in(profile, &decisions, &handed);
    let revoked = verdict.extension == "excluded" && before.is_some_and(|old| !old.conflict && !old.sudden_incident);
    let refused = ["not_provided", "circumstance_not_named", "consent_missing", "return_missing", "excluded", "none"];
    if refused.contains(&&*verdict.extension) && !revoked {
        let state = if verdict.extension == "none" { "not_provided" } else { &verdict.extension };
        let mut problem = Problem::refused(422, &format!("upload.extension.{state}"));
        problem.articles = verdict.articles;
        return Err(problem);
    }
    let lapsed = app.laws.lapsed(profile, &decisions, handed.day());
    store::put_extension(&mut tx, id, &wanted, actor.account.as_deref().unwrap_or("system"), now).await?;
    regulations::store::put_hand_in(&mut tx, id, profile, &verdict, lapsed).await?;
    let detail: Value = serde_json::to_value(&wanted)?;
    audit::record(&mut tx, actor, now, Act::RecordingExtended, Some(&row.agency.id), Some(id), detail).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok(())
}

/// The extension that the regulations of that day know, if any: what a form has to ask.
pub async fn offered(app: &App, tx: &mut Tx, agency: &str, one: &HandedIn) -> Result<Option<ExtensionRule>> {
    let decisions = regulations::store::decisions(tx, agency).await?;
    let day = one.handed.day();
    let laws = app.laws.adopted(one.profile.as_deref().unwrap_or(""), &decisions, day);
    let applied = laws.iter().filter_map(|law| law.on(day));
    let mut rules = applied.filter_map(|applied| applied.version.rules.upload.clone());
    Ok(rules.find_map(|rule| rule.extension))
}
