//! 规定: the regulations an agency works by, what it has decided about them, and how far each article is answered.
//!
//! A decision (解释性配置, 效力确认, 继续适用, 附件, 审批人, 授权代行) is appended and never changed: it is the detail of its
//! event, so that it can be rebuilt from the log. It counts once a second person has approved it; a fact is judged by the
//! decisions effective on its day.

pub mod applies;
pub mod binding;
pub mod compliance;
pub mod decide;
pub mod file;
pub mod http;
pub mod simulate;
pub mod store;
pub mod view;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tiezheng_rules::law::{Adoption, Annex, Confirmation, Continuation, ContinuationKind, Delegation, Setting};
use tiezheng_rules::time::{day_begins_ms, legal_day};
use tiezheng_rules::vocab::{Act as Asked, Role as Titled};
use tiezheng_rules::{Force, Law, validity};
use utoipa::ToSchema;

use crate::app::App;
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::error::{Problem, Result};
use crate::laws::Laws;
use crate::people::{Actor, Permission, Role};
use binding::Register;

/// What was decided: the detail of its event, word for word.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Told {
    pub profile: String,
    /// reading, confirmation, continuation, annex, approver, delegation; approved and withdrawn of an earlier one
    pub kind: String,
    /// T-05 …, for a reading.
    pub resolution: Option<String>,
    /// The key the reading sets, and its value.
    pub setting: Option<String>,
    #[schema(value_type = Option<Object>)]
    pub value: Option<Value>,
    /// Day of publication, entered with the confirmation of a text in force "from publication".
    pub published_on: Option<String>,
    /// The version that is put in force, for the confirmation of a later one.
    pub version: Option<String>,
    /// SHA-256 of the attached official file that was compared, carries the text on, or is the annex.
    pub file: Option<String>,
    /// successor, extension, own_measures, leadership_decision
    pub continuation: Option<String>,
    /// A continuation that reaches back before the day it was entered, by an explicit tick.
    pub retroactive: bool,
    /// Last day of a continuation or a delegation.
    pub until: Option<String>,
    pub document: Option<String>,
    /// What an annex lists, line by line.
    pub lines: Vec<String>,
    /// late_upload, view, copy …: the act an approver or a delegate decides.
    pub act: Option<String>,
    /// The role that approves it.
    pub role: Option<String>,
    /// Who acts for whom the text or the agency names.
    pub delegate: Option<String>,
    /// The decision that is approved or withdrawn.
    pub settles: Option<String>,
    pub decision_no: Option<String>,
    pub decided_by: String,
    /// 2026-11-20
    pub decided_on: String,
    /// First day it holds for, never before the day of the decision.
    pub effective_on: String,
    pub reason: Option<String>,
}

impl Told {
    fn about(profile: &str) -> Told {
        Told { profile: profile.to_owned(), ..Told::default() }
    }
}

/// 决定: appended, never changed.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Decision {
    /// Its event.
    pub id: String,
    #[serde(flatten)]
    pub told: Told,
    pub at_ms: i64,
    /// Who entered it.
    pub account: Option<String>,
    /// What that person is called.
    pub by: Option<String>,
    /// pending: without effect until a second person has approved it; effective; withdrawn
    pub state: String,
    /// Who approved or withdrew it.
    pub settled_by: Option<String>,
    pub settled_name: Option<String>,
    pub settled_ms: Option<i64>,
}

impl Decision {
    pub fn entered(id: String, told: Told, at_ms: i64, account: Option<String>) -> Decision {
        Decision {
            id,
            told,
            at_ms,
            account,
            by: None,
            state: "pending".into(),
            settled_by: None,
            settled_name: None,
            settled_ms: None,
        }
    }

    /// Takes over what a later row says of this one.
    pub fn settle(&mut self, by: &Decision) {
        self.state = if by.told.kind == "approved" { "effective".into() } else { by.told.kind.clone() };
        (self.settled_by, self.settled_name) = (by.account.clone(), by.by.clone());
        self.settled_ms = Some(by.at_ms);
    }
}

/// What a caller brings; `decide` completes it.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub struct NewDecision {
    pub resolution: Option<String>,
    pub reading: Option<String>,
    pub published_on: Option<String>,
    /// A later version that is to be put in force.
    pub version: Option<String>,
    pub file: Option<String>,
    pub continuation: Option<String>,
    pub retroactive: bool,
    pub until: Option<String>,
    pub document: Option<String>,
    pub lines: Vec<String>,
    pub act: Option<String>,
    pub role: Option<String>,
    pub delegate: Option<String>,
    pub decision_no: Option<String>,
    pub decided_by: String,
    pub decided_on: String,
    /// The day of the decision when missing.
    pub effective_on: Option<String>,
    pub reason: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Reading,
    Confirmation,
    Continuation,
    Annex,
    Approver,
    Delegation,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Reading => "reading",
            Kind::Confirmation => "confirmation",
            Kind::Continuation => "continuation",
            Kind::Annex => "annex",
            Kind::Approver => "approver",
            Kind::Delegation => "delegation",
        }
    }
}

/// The decisions of an agency as the rules take them, on a day: those a second person has approved.
pub fn adoption(decisions: &[Decision], profile: &str, day: Date) -> Adoption {
    let mut adoption = Adoption::default();
    let of = |decision: &&Decision| decision.told.profile == profile && decision.state == "effective";
    let mut all: Vec<&Decision> = decisions.iter().filter(of).collect();
    // The latest effective day wins; on one day, what was entered last.
    all.sort_by_key(|decision| (&decision.told.effective_on, decision.at_ms, &decision.id));
    for Decision { told, at_ms, settled_by, .. } in all {
        let (Some(decided), Some(from)) = (date(&told.decided_on), date(&told.effective_on)) else { continue };
        let decision_no = told.decision_no.clone().unwrap_or_default();
        let document = told.document.clone().unwrap_or_default();
        let act = told.act.as_deref().and_then(Asked::from_code);
        let until = told.until.as_deref().and_then(date);
        match (told.kind.as_str(), act) {
            ("reading", _) if from <= day => {
                if let (Some(key), Some(value)) = (&told.setting, &told.value) {
                    adoption.settings.insert(key.clone(), Setting { value: value.clone(), decision_no });
                }
            }
            ("confirmation", _) => {
                adoption.confirmations.push(Confirmation { on: decided, by: told.decided_by.clone() });
                adoption.published_on = told.published_on.as_deref().and_then(date).or(adoption.published_on);
                // What was put in force once stays so: confirming it again moves no day.
                if let Some(version) = &told.version {
                    adoption.activated.entry(version.clone()).or_insert(from);
                }
            }
            ("continuation", _) => {
                if let Some(kind) = told.continuation.as_deref().and_then(ContinuationKind::from_code) {
                    adoption.continuations.push(Continuation {
                        kind,
                        document,
                        from,
                        recorded_on: legal_day(*at_ms),
                        until,
                        retroactive: told.retroactive,
                        approver: settled_by.clone(),
                    });
                }
            }
            ("annex", _) => adoption.annexes.push(Annex { document, from, lines: told.lines.clone() }),
            ("approver", Some(act)) if from <= day => {
                adoption.approvers.extend(told.role.as_deref().and_then(Titled::from_code).map(|role| (act, role)));
            }
            ("delegation", Some(act)) => {
                let delegate = told.delegate.clone().unwrap_or_default();
                let until = until.unwrap_or(from);
                adoption.delegations.push(Delegation { act, delegate, document, from, until });
            }
            _ => {}
        }
    }
    adoption
}

/// A regulation without the later versions that the agency has not put in force.
pub fn in_force(law: &Law, decisions: &[Decision]) -> Law {
    let activated = adoption(decisions, &law.id, Date::MAX).activated;
    let mut law = law.clone();
    let first = law.versions.first().map(|version| version.rules.version.clone());
    law.versions.retain(|version| {
        let name = &version.rules.version;
        first.as_ref() == Some(name) || activated.contains_key(name)
    });
    law
}

fn date(text: &str) -> Option<Date> {
    text.parse().ok()
}

/// An agency decides about what it follows: the regulations of its units and those they build on.
async fn followed(app: &App, tx: &mut Tx, agency: &str, profile: &str) -> Result<()> {
    let register = Register::of(tx, agency).await?;
    if follows(&app.laws, &register.profiles(), profile) {
        return Ok(());
    }
    Err(Problem::refused(422, "regulation.not_followed").with("profile", profile))
}

fn follows(laws: &Laws, profiles: &[&str], profile: &str) -> bool {
    profiles.iter().any(|own| laws.stack(own).iter().any(|law| law.id == profile))
}

/// A day of a body.
fn day_of(name: &str, text: &str) -> Result<Date> {
    let found: String = text.chars().take(40).collect();
    date(text).ok_or_else(|| Problem::invalid(name, "field.date").with("found", found))
}

/// 提示: what unit heads, the legal office and those who keep the regulation must know of it (requirements §2.2).
#[derive(Debug, Serialize, ToSchema)]
pub struct Notice {
    pub regulation: String,
    pub title: String,
    pub title_en: String,
    /// lapsed: expired, and nothing recorded that carries it on; expiring: within the days of a warning
    pub code: String,
    /// First day after the expiry, or its last day of force.
    #[schema(value_type = String)]
    pub day: Date,
}

/// Decisions that wait for this actor as second person, and what must be known of the regulations of the agency.
pub async fn wants(app: &App, tx: &mut Tx, actor: &Actor, now: i64) -> Result<(i64, Vec<Notice>)> {
    let told = |role: &Role| matches!(role, Role::Custodian | Role::UnitHead | Role::Leader | Role::LegalOffice);
    let Some(agency) = actor.agency.as_deref().filter(|_| actor.roles.iter().any(told)) else {
        return Ok((0, Vec::new()));
    };
    let decisions = store::decisions(tx, agency).await?;
    let mut waiting = 0;
    if actor.has(Permission::RegulationApprove) {
        for decision in decisions.iter().filter(|decision| decision.state == "pending") {
            waiting += i64::from(!decide::is_own(tx, actor, decision).await?);
        }
    }
    let today = legal_day(now);
    let register = Register::of(tx, agency).await?;
    let adopted = |profile| app.laws.adopted(profile, &decisions, today);
    let mut laws: Vec<_> = register.binding(now).into_iter().flat_map(adopted).collect();
    laws.sort_by(|one, other| one.id.cmp(&other.id));
    laws.dedup_by(|one, other| one.id == other.id);
    let found = laws.iter().filter_map(|law| {
        let state = validity(law, today).verdict?;
        let (code, day) = match (state.force, state.lapsed_since, state.warning_days, state.expires_on) {
            (Force::Lapsed, Some(since), ..) => ("lapsed", since),
            (_, _, Some(_), Some(ends)) => ("expiring", ends),
            _ => return None,
        };
        let rules = law.versions.last().map(|version| &version.rules)?;
        let (title, title_en) = (rules.title.clone(), rules.title_en.clone());
        Some(Notice { regulation: law.id.clone(), title, title_en, code: code.into(), day })
    });
    Ok((waiting, found.collect()))
}

/// A capture in parts is one recording that ends with its last part (§6 T-13): when a part moves its limit to `due_ms`, the
/// others are judged again in the transaction that enters the part.
pub async fn judge_capture(app: &App, tx: &mut Tx, decisions: &[Decision], capture: &str, due_ms: i64) -> Result<()> {
    for row in store::parts_judged_otherwise(tx, capture, due_ms).await? {
        let profile = row.profile.as_deref();
        let verdict = app.laws.hand_in(profile, decisions, &row.handed);
        if row.verdict.as_ref() != Some(&verdict) {
            let lapsed = app.laws.lapsed(profile, decisions, row.handed.day());
            store::put_hand_in(tx, &row.recording, profile, &verdict, lapsed).await?;
        }
    }
    Ok(())
}

/// The job behind an approved decision: hand-in verdicts of recordings it can touch, judged again page by page. Repeatable.
pub async fn judge_again(app: &App, decision: &str) -> Result<()> {
    let Some((agency, from)) = store::reach(&mut app.db.read().await?, decision).await? else { return Ok(()) };
    let from = date(&from).map_or(0, day_begins_ms);
    judge_from(app, &agency, None, from, json!({"decision": decision})).await
}

/// Judges the recordings of an agency, or of one of its units, from a moment on again, page by page. Repeatable.
async fn judge_from(app: &App, agency: &str, unit: Option<&str>, from: i64, why: Value) -> Result<()> {
    const PAGE: i64 = 500;
    let mut after = String::new();
    loop {
        let mut tx = app.db.begin().await?;
        let register = Register::of(&mut tx, agency).await?;
        let decisions = store::decisions(&mut tx, agency).await?;
        let page = store::handed_in(&mut tx, agency, unit, from, &after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.recording.clone();
        for row in page {
            // A decision binds nobody anew: only a new binding moves a recording to another regulation.
            let profile = match unit {
                Some(_) => register.profile(row.unit.as_deref(), row.handed.at_ms()),
                None => row.profile.as_deref(),
            };
            let verdict = app.laws.hand_in(profile, &decisions, &row.handed);
            if row.verdict.as_ref() != Some(&verdict) || row.profile.as_deref() != profile {
                let lapsed = app.laws.lapsed(profile, &decisions, row.handed.day());
                store::put_hand_in(&mut tx, &row.recording, profile, &verdict, lapsed).await?;
            }
        }
        if tx.has_to_tell() {
            let act = Act::RecordingCatalogued;
            audit::record(&mut tx, &Actor::system(), app.now(), act, Some(agency), None, why.clone()).await?;
        }
        tx.commit().await?;
    }
}
