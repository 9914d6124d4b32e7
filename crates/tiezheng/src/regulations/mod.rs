//! 规定: the regulations an agency works by, what it has decided about them, and how far each article is answered.
//!
//! A decision (解释性配置, 效力确认, 继续适用) is appended and never changed: it is the detail of its event, so that it
//! can be rebuilt from the log. A fact is judged by the decisions effective on its day.

pub mod compliance;
pub mod file;
pub mod http;
pub mod simulate;
pub mod store;
pub mod view;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tiezheng_rules::law::{Adoption, Confirmation, Continuation, ContinuationKind, Setting};
use tiezheng_rules::time::{day_begins_ms, legal_day};
use tiezheng_rules::validity::may_activate;
use tiezheng_rules::{Law, shipped};
use utoipa::ToSchema;

use crate::app::App;
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::error::{Problem, Result};
use crate::people::{Actor, Permission};
use crate::{field, jobs, people};

/// What was decided: the detail of its event, word for word.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Told {
    pub profile: String,
    /// reading, confirmation, continuation
    pub kind: String,
    /// T-05 …, for a reading.
    pub resolution: Option<String>,
    /// The key the reading sets, and its value.
    pub setting: Option<String>,
    #[schema(value_type = Option<Object>)]
    pub value: Option<Value>,
    /// Day of publication, entered with the confirmation of a text in force "from publication".
    pub published_on: Option<String>,
    /// SHA-256 of the attached official text that was compared.
    pub file: Option<String>,
    /// successor, extension, own_measures, leadership_decision
    pub continuation: Option<String>,
    pub document: Option<String>,
    pub decision_no: Option<String>,
    pub decided_by: String,
    /// 2026-11-20
    pub decided_on: String,
    /// First day it holds for, never before the day of the decision.
    pub effective_on: String,
    pub reason: Option<String>,
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
}

/// What a caller brings; `decide` completes it.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub struct NewDecision {
    pub resolution: Option<String>,
    pub reading: Option<String>,
    pub published_on: Option<String>,
    pub file: Option<String>,
    pub continuation: Option<String>,
    pub document: Option<String>,
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
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Reading => "reading",
            Kind::Confirmation => "confirmation",
            Kind::Continuation => "continuation",
        }
    }
}

/// The decisions of an agency as the rules take them, on a day.
pub fn adoption(decisions: &[Decision], profile: &str, day: Date) -> Adoption {
    let mut adoption = Adoption::default();
    let mut told: Vec<&Decision> = decisions.iter().filter(|decision| decision.told.profile == profile).collect();
    // The latest effective day wins; on one day, what was entered last.
    told.sort_by_key(|decision| (&decision.told.effective_on, decision.at_ms, &decision.id));
    for decision in told {
        let told = &decision.told;
        let (Some(decided), Some(effective)) = (date(&told.decided_on), date(&told.effective_on)) else { continue };
        let decision_no = told.decision_no.clone().unwrap_or_default();
        match told.kind.as_str() {
            "reading" if effective <= day => {
                if let (Some(key), Some(value)) = (&told.setting, &told.value) {
                    adoption.settings.insert(key.clone(), Setting { value: value.clone(), decision_no });
                }
            }
            "confirmation" => {
                adoption.confirmations.push(Confirmation { on: decided, by: told.decided_by.clone() });
                adoption.published_on = told.published_on.as_deref().and_then(date).or(adoption.published_on);
            }
            "continuation" => {
                if let Some(kind) = told.continuation.as_deref().and_then(ContinuationKind::from_code) {
                    let document = told.document.clone().unwrap_or_default();
                    let (from, recorded_on, retroactive) = (effective, decided, false);
                    let approver = Some(told.decided_by.clone());
                    let continuation = Continuation { kind, document, from, recorded_on, retroactive, approver };
                    adoption.continuations.push(continuation);
                }
            }
            _ => {}
        }
    }
    adoption
}

fn date(text: &str) -> Option<Date> {
    text.parse().ok()
}

/// Enters a decision: checked, appended with its event, and what rests on it judged again in the background.
pub async fn decide(
    app: &App,
    actor: &Actor,
    now: i64,
    profile: &str,
    kind: Kind,
    wanted: NewDecision,
) -> Result<Decision> {
    actor.may(Permission::RegulationDecide)?;
    let law = app.laws.get(profile).ok_or_else(Problem::not_found)?;
    let agency = actor.own_agency()?.to_owned();
    let mut tx = app.db.begin().await?;
    followed(app, &mut tx, &agency, profile).await?;
    let told = checked(&mut tx, &agency, law, now, kind, wanted).await?;
    let mut decisions = store::decisions(&mut tx, &agency).await?;
    let detail = serde_json::to_value(&told)?;
    let event = audit::event(actor, now, Act::RegulationDecided, Some(&agency), Some(profile), detail)?;
    let decision = Decision { id: event.id.clone(), told, at_ms: now, account: actor.account.clone() };
    decisions.push(decision.clone());
    fits(law, &decisions, legal_day(now), kind)?;
    audit::store::insert(&mut tx, &event).await?;
    store::put_decision(&mut tx, &agency, &decision).await?;
    tx.commit().await?;
    app.events.notify_one();
    if decision.told.setting.as_deref().is_some_and(|key| key.starts_with("upload.")) {
        jobs::wanted(app, "regulation", &decision.id).await?;
    }
    Ok(decision)
}

/// An agency decides about what it follows: its own regulation and those it builds on.
async fn followed(app: &App, tx: &mut Tx, agency: &str, profile: &str) -> Result<()> {
    let own = people::store::agencies(tx, Some(agency)).await?.pop().map(|agency| agency.profile).unwrap_or_default();
    if app.laws.stack(&own).iter().any(|law| law.id == profile) {
        return Ok(());
    }
    Err(Problem::refused(422, "regulation.not_followed").with("profile", profile))
}

async fn checked(tx: &mut Tx, agency: &str, law: &Law, now: i64, kind: Kind, wanted: NewDecision) -> Result<Told> {
    let day = |name: &str, text: &str| {
        let found: String = text.chars().take(40).collect();
        date(text).ok_or_else(|| Problem::invalid(name, "field.date").with("found", found))
    };
    let told = |name, text: Option<&str>, most, needed: bool| match needed {
        true => field::text(name, text.unwrap_or(""), most).map(Some),
        false => field::optional(name, text, most),
    };
    let decision_no = told("decision_no", wanted.decision_no.as_deref(), field::CODE_MOST, kind != Kind::Confirmation)?;
    let reason = told("reason", wanted.reason.as_deref(), field::REASON_MOST, kind == Kind::Reading)?;
    let document = told("document", wanted.document.as_deref(), field::TITLE_MOST, kind == Kind::Continuation)?;
    let decided_by = field::text("decided_by", &wanted.decided_by, field::NAME_MOST)?;
    let decided_on = day("decided_on", &wanted.decided_on)?;
    let effective_on = wanted.effective_on.as_deref().map_or(Ok(decided_on), |text| day("effective_on", text))?;
    if decided_on > legal_day(now) {
        return Err(Problem::invalid("decided_on", "regulation.decided_in_future"));
    }
    // A decision changes nothing that was done before it was taken.
    if effective_on < decided_on {
        return Err(Problem::invalid("effective_on", "regulation.retroactive").with("least", decided_on.to_string()));
    }
    let mut told = Told {
        profile: law.id.clone(),
        kind: kind.name().into(),
        resolution: None,
        setting: None,
        value: None,
        published_on: None,
        file: None,
        continuation: None,
        document,
        decision_no,
        decided_by,
        decided_on: decided_on.to_string(),
        effective_on: effective_on.to_string(),
        reason,
    };
    match kind {
        Kind::Reading => {
            let (id, reading) = (wanted.resolution.unwrap_or_default(), wanted.reading.unwrap_or_default());
            let (setting, value) = chosen(law, &id, &reading)?;
            (told.resolution, told.setting, told.value) = (Some(id), Some(setting), Some(value));
        }
        Kind::Confirmation => {
            told.published_on = wanted
                .published_on
                .as_deref()
                .map(|text| day("published_on", text))
                .transpose()?
                .map(|d| d.to_string());
            if let Some(sha256) = wanted.file {
                if !store::files(tx, agency, &law.id).await?.iter().any(|file| file.sha256 == sha256) {
                    return Err(
                        Problem::invalid("file", "field.unknown_reference").with("value", field::short(&sha256))
                    );
                }
                told.file = Some(sha256);
            }
        }
        Kind::Continuation => {
            let found = wanted.continuation.unwrap_or_default();
            if ContinuationKind::from_code(&found).is_none() {
                let allowed: Vec<&str> = ContinuationKind::ALL.iter().map(|kind| kind.code()).collect();
                let problem = Problem::invalid("continuation", "regulation.continuation");
                return Err(problem.with("allowed", allowed.join(", ")));
            }
            told.continuation = Some(found);
        }
    }
    Ok(told)
}

/// The setting and value of a reading, where the ambiguity concerns this regulation and offers it.
fn chosen(law: &Law, resolution: &str, reading: &str) -> Result<(String, Value)> {
    let unknown = || Problem::invalid("resolution", "regulation.resolution_unknown").with("found", resolution);
    let found = shipped::resolutions().iter().find(|other| other.id == resolution && other.concerns(&law.id));
    let (found, version) = found.zip(law.versions.last()).ok_or_else(unknown)?;
    found.reading(&version.rules, reading).map(|(key, value)| (key.to_owned(), value)).map_err(|fault| {
        let problem = Problem::invalid("reading", &format!("regulation.{}", fault.code));
        fault.params.into_iter().fold(problem, |problem, (name, value)| problem.with(&name, value))
    })
}

/// The regulation takes all decisions together, and a confirmed one has its first day.
fn fits(law: &Law, decisions: &[Decision], today: Date, kind: Kind) -> Result<()> {
    let adopted = law.clone().adopted(adoption(decisions, &law.id, today));
    // Readings are offered by our own data, and a test holds every one of them against the defaults' types.
    let adopted = adopted.map_err(|faults| Problem::internal(format!("{faults:?}")))?;
    if kind == Kind::Confirmation && may_activate(&adopted).is_err() {
        return Err(Problem::invalid("published_on", "regulation.publication_date"));
    }
    Ok(())
}

/// The job behind a changed reading: hand-in verdicts of recordings it can touch, judged again page by page. Repeatable.
pub async fn judge_again(app: &App, decision: &str) -> Result<()> {
    const PAGE: i64 = 500;
    let Some((agency, from)) = store::reach(&mut app.db.read().await?, decision).await? else { return Ok(()) };
    let from = date(&from).map_or(0, day_begins_ms);
    let mut after = String::new();
    loop {
        let mut tx = app.db.begin().await?;
        let profile = people::store::agencies(&mut tx, Some(&agency)).await?.pop().map(|agency| agency.profile);
        let decisions = store::decisions(&mut tx, &agency).await?;
        let page = store::handed_in(&mut tx, &agency, from, &after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.recording.clone();
        for row in page {
            let profile = profile.as_deref().unwrap_or("");
            let verdict = app.laws.hand_in(profile, &decisions, row.ended_ms, row.activity_ended_ms, row.received_ms);
            if row.verdict.as_ref() != Some(&verdict) {
                store::put_hand_in(&mut tx, &row.recording, &verdict).await?;
            }
        }
        if tx.has_to_tell() {
            let (act, detail) = (Act::RecordingCatalogued, json!({"decision": decision}));
            audit::record(&mut tx, &Actor::system(), app.now(), act, Some(&agency), None, detail).await?;
        }
        tx.commit().await?;
    }
}
