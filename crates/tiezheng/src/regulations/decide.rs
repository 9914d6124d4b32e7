//! 决定: entered by one, put in force by another (requirements VAL-01: profile administrator and legal office). Until the
//! second person has approved it, a decision has no effect on any verdict.

use jiff::civil::Date;
use serde_json::Value;
use tiezheng_rules::law::ContinuationKind;
use tiezheng_rules::time::legal_day;
use tiezheng_rules::validity::may_activate;
use tiezheng_rules::vocab::{Act as Asked, Role as Titled};
use tiezheng_rules::{Law, shipped};

use super::store;
use super::{Decision, Kind, NewDecision, Told, adoption, day_of, followed};
use crate::app::App;
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::error::{Problem, Result};
use crate::people::store::accounts;
use crate::people::{Actor, Permission};
use crate::{field, jobs};

/// Lines of a supplied list, and characters of one.
const LINES_MOST: usize = 500;

/// Enters a decision: checked and appended with its event. It waits for its second person.
///
/// # Errors
/// What is wrong with it, and `regulation.not_followed`.
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
    let decisions = store::decisions(&mut tx, &agency).await?;
    let told = checked(&mut tx, &agency, law, &decisions, now, kind, wanted).await?;
    let decision = append(&mut tx, actor, now, &agency, told).await?;
    fits(law, &decisions, &decision, legal_day(now))?;
    tx.commit().await?;
    app.events.notify_one();
    Ok(decision)
}

async fn append(tx: &mut Tx, actor: &Actor, now: i64, agency: &str, told: Told) -> Result<Decision> {
    let detail = serde_json::to_value(&told)?;
    let event = audit::event(actor, now, act(&told.kind), Some(agency), Some(&told.profile), detail)?;
    let mut decision = Decision::entered(event.id.clone(), told, now, actor.account.clone());
    decision.by = actor.account.as_ref().map(|_| actor.name.clone());
    audit::store::insert(tx, &event).await?;
    store::put_decision(tx, agency, &decision).await?;
    Ok(decision)
}

/// The act by which a row of the table came to be.
pub fn act(kind: &str) -> Act {
    match kind {
        "approved" => Act::RegulationApproved,
        "withdrawn" => Act::RegulationWithdrawn,
        _ => Act::RegulationDecided,
    }
}

/// A decision of one's own agency that still waits.
async fn waiting(app: &App, tx: &mut Tx, actor: &Actor, profile: &str, id: &str) -> Result<(Vec<Decision>, usize)> {
    app.laws.get(profile).ok_or_else(Problem::not_found)?;
    let decisions = store::decisions(tx, actor.own_agency()?).await?;
    let found = decisions.iter().position(|one| one.id == id && one.told.profile == profile);
    let at = found.ok_or_else(Problem::not_found)?;
    if decisions[at].state != "pending" {
        return Err(Problem::refused(409, "regulation.settled"));
    }
    Ok((decisions, at))
}

/// Not what one entered oneself, by whichever account.
pub async fn is_own(tx: &mut Tx, actor: &Actor, decision: &Decision) -> Result<bool> {
    let Some(account) = decision.account.as_deref() else { return Ok(false) };
    if actor.account.as_deref() == Some(account) {
        return Ok(true);
    }
    let by = accounts::account(tx, account).await?.and_then(|account| account.person);
    Ok(by.is_some() && by == actor.person)
}

/// 批准: the second person puts a decision in force; what rests on it is judged again in the background.
///
/// # Errors
/// `regulation.settled`, `regulation.own_decision`, and what has come in its way since it was entered.
pub async fn approve(app: &App, actor: &Actor, now: i64, profile: &str, id: &str) -> Result<Decision> {
    actor.may(Permission::RegulationApprove)?;
    let mut tx = app.db.begin().await?;
    let (decisions, at) = waiting(app, &mut tx, actor, profile, id).await?;
    let mut decision = decisions[at].clone();
    if is_own(&mut tx, actor, &decision).await? {
        return Err(Problem::refused(403, "regulation.own_decision"));
    }
    let law = app.laws.get(profile).ok_or_else(Problem::not_found)?;
    fits(law, &decisions, &decision, legal_day(now))?;
    settle(&mut tx, actor, now, &mut decision, "approved").await?;
    tx.commit().await?;
    app.events.notify_one();
    jobs::wanted(app, "regulation", &decision.id).await?;
    Ok(decision)
}

/// 撤回 or 不予批准: by who entered it, or by who would have approved it. It never has an effect.
pub async fn withdraw(app: &App, actor: &Actor, now: i64, profile: &str, id: &str) -> Result<()> {
    if !actor.has(Permission::RegulationApprove) {
        actor.may(Permission::RegulationDecide)?;
    }
    let mut tx = app.db.begin().await?;
    let (decisions, at) = waiting(app, &mut tx, actor, profile, id).await?;
    let mut decision = decisions[at].clone();
    if !actor.has(Permission::RegulationApprove) && !is_own(&mut tx, actor, &decision).await? {
        return Err(Problem::refused(403, "regulation.not_yours"));
    }
    settle(&mut tx, actor, now, &mut decision, "withdrawn").await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok(())
}

/// Of two who settle one decision at a time the database takes the first: `settles` is unique.
async fn settle(tx: &mut Tx, actor: &Actor, now: i64, decision: &mut Decision, kind: &str) -> Result<()> {
    let told =
        Told { kind: kind.to_owned(), settles: Some(decision.id.clone()), ..Told::about(&decision.told.profile) };
    let settled = append(tx, actor, now, actor.own_agency()?, told).await.map_err(|problem| match &*problem.code {
        "database.duplicate" => Problem::refused(409, "regulation.settled"),
        _ => problem,
    })?;
    decision.settle(&settled);
    Ok(())
}

fn optional_day(name: &str, text: Option<&str>) -> Result<Option<Date>> {
    text.filter(|text| !text.is_empty()).map(|text| day_of(name, text)).transpose()
}

async fn checked(
    tx: &mut Tx,
    agency: &str,
    law: &Law,
    decisions: &[Decision],
    now: i64,
    kind: Kind,
    wanted: NewDecision,
) -> Result<Told> {
    let told = |name, text: Option<&str>, most, needed: bool| match needed {
        true => field::text(name, text.unwrap_or(""), most).map(Some),
        false => field::optional(name, text, most),
    };
    let numbered = !matches!(kind, Kind::Confirmation | Kind::Annex);
    let titled = matches!(kind, Kind::Continuation | Kind::Annex | Kind::Delegation);
    let today = legal_day(now);
    let decided_on = day_of("decided_on", &wanted.decided_on)?;
    // A decision changes nothing that was done before it was taken. What carries an expired text on may, with a tick of
    // its own: then not the paper's day counts but the day it is entered, or a gap would be filled without a word.
    let least = if kind == Kind::Continuation { today } else { decided_on };
    let effective_on = optional_day("effective_on", wanted.effective_on.as_deref())?.unwrap_or(least);
    let mut told = Told {
        kind: kind.name().into(),
        decision_no: told("decision_no", wanted.decision_no.as_deref(), field::CODE_MOST, numbered)?,
        reason: told("reason", wanted.reason.as_deref(), field::REASON_MOST, kind == Kind::Reading)?,
        document: told("document", wanted.document.as_deref(), field::TITLE_MOST, titled)?,
        decided_by: field::text("decided_by", &wanted.decided_by, field::NAME_MOST)?,
        decided_on: decided_on.to_string(),
        effective_on: effective_on.to_string(),
        ..Told::about(&law.id)
    };
    if decided_on > today {
        return Err(Problem::invalid("decided_on", "regulation.decided_in_future"));
    }
    told.retroactive = wanted.retroactive && kind == Kind::Continuation;
    if effective_on < least && !told.retroactive {
        let code = if kind == Kind::Continuation { "regulation.retroactive_tick" } else { "regulation.retroactive" };
        return Err(Problem::invalid("effective_on", code).with("least", least.to_string()));
    }
    if let Some(sha256) = wanted.file.filter(|file| !file.is_empty()) {
        if !store::files(tx, agency, &law.id).await?.iter().any(|file| file.sha256 == sha256) {
            return Err(Problem::invalid("file", "field.unknown_reference").with("value", field::short(&sha256)));
        }
        told.file = Some(sha256);
    }
    match kind {
        Kind::Reading => {
            let (id, reading) = (wanted.resolution.unwrap_or_default(), wanted.reading.unwrap_or_default());
            let (setting, value) = chosen(law, &id, &reading)?;
            (told.resolution, told.setting, told.value) = (Some(id), Some(setting), Some(value));
        }
        Kind::Confirmation => {
            let published_on = optional_day("published_on", wanted.published_on.as_deref())?;
            if published_on.is_some_and(|published| published > today) {
                return Err(Problem::invalid("published_on", "regulation.decided_in_future"));
            }
            told.published_on = published_on.map(|day| day.to_string());
            let version = wanted.version.filter(|version| !version.is_empty());
            if let Some(version) = version.as_deref()
                && !law.versions.iter().any(|other| other.rules.version == version)
            {
                return Err(Problem::invalid("version", "field.unknown_reference").with("value", field::short(version)));
            }
            // The first version counts by itself: it is confirmed, not put in force.
            let first = law.versions.first().map(|first| &first.rules.version);
            told.version = version.filter(|version| Some(version) != first);
        }
        Kind::Continuation => {
            let found = wanted.continuation.unwrap_or_default();
            if ContinuationKind::from_code(&found).is_none() {
                let allowed: Vec<&str> = ContinuationKind::ALL.iter().map(|kind| kind.code()).collect();
                let problem = Problem::invalid("continuation", "regulation.continuation");
                return Err(problem.with("allowed", allowed.join(", ")));
            }
            let adopted = crate::laws::as_adopted(law, decisions, today);
            let ends = adopted.versions.last().and_then(|version| adopted.ends(version));
            let Some(ends) = ends else { return Err(Problem::invalid("continuation", "regulation.no_expiry")) };
            if effective_on <= ends {
                return Err(Problem::invalid("effective_on", "regulation.not_expired").with("ends", ends.to_string()));
            }
            told.continuation = Some(found);
            told.until = until(wanted.until.as_deref(), effective_on, false)?;
        }
        Kind::Annex => {
            told.lines = supplied(law, told.document.as_deref().unwrap_or(""), wanted.lines)?;
            if told.file.is_none() {
                return Err(Problem::invalid("file", "field.required"));
            }
        }
        Kind::Approver => {
            let act = asked(wanted.act.as_deref())?;
            unnamed(law, act)?;
            let role = wanted.role.unwrap_or_default();
            let allowed: Vec<&str> = Titled::ALL.iter().map(|role| role.code()).collect();
            field::word("role", &role, &allowed)?;
            (told.act, told.role) = (Some(act.code().into()), Some(role));
        }
        Kind::Delegation => {
            told.act = Some(asked(wanted.act.as_deref())?.code().into());
            told.delegate = Some(field::text("delegate", wanted.delegate.as_deref().unwrap_or(""), field::NAME_MOST)?);
            told.until = until(wanted.until.as_deref(), effective_on, true)?;
        }
    }
    Ok(told)
}

fn until(text: Option<&str>, from: Date, needed: bool) -> Result<Option<String>> {
    let until = optional_day("until", text)?;
    if until.is_none() && needed {
        return Err(Problem::invalid("until", "field.required"));
    }
    if until.is_some_and(|until| until < from) {
        return Err(Problem::invalid("until", "regulation.until").with("least", from.to_string()));
    }
    Ok(until.map(|day| day.to_string()))
}

fn asked(act: Option<&str>) -> Result<Asked> {
    let found = act.unwrap_or("");
    let allowed: Vec<&str> = Asked::ALL.iter().map(|act| act.code()).collect();
    field::word("act", found, &allowed)?;
    Asked::from_code(found).ok_or_else(|| Problem::invalid("act", "field.required"))
}

/// Whom the text names, an agency does not replace.
fn unnamed(law: &Law, act: Asked) -> Result<()> {
    let rules = law.versions.last().map(|version| &version.rules.approvals);
    let named = rules.into_iter().flatten().find(|rule| rule.act == act && (rule.role.or(rule.mandate)).is_some());
    let Some(rule) = named else { return Ok(()) };
    let role = rule.role.or(rule.mandate).map_or("", |role| role.code());
    let article = rule.article.0.first().cloned().unwrap_or_default();
    Err(Problem::invalid("act", "regulation.approver_named").with("role", role).with("article", article))
}

/// The content of a document the text names and nobody has supplied, line by line.
fn supplied(law: &Law, title: &str, lines: Vec<String>) -> Result<Vec<String>> {
    let documents = law.versions.iter().flat_map(|version| &version.rules.documents);
    let named: Vec<&str> =
        documents.filter(|document| !document.supplied).map(|document| document.title.as_str()).collect();
    field::word("document", title, &named)?;
    let mut told = Vec::new();
    for line in lines.iter().filter(|line| !line.trim().is_empty()) {
        told.push(field::text("lines", line, field::TITLE_MOST)?);
    }
    if told.len() > LINES_MOST {
        return Err(Problem::invalid("lines", "regulation.annex_too_long").with("most", LINES_MOST));
    }
    match (law.waits_for(title), told.is_empty()) {
        (true, true) => Err(Problem::invalid("lines", "regulation.annex_lines")),
        (false, false) => Err(Problem::invalid("lines", "regulation.annex_no_rule")),
        _ => Ok(told),
    }
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

/// The regulation takes this decision beside all that is in force: it has a first day once confirmed, and no two of its
/// versions begin on one day.
fn fits(law: &Law, decisions: &[Decision], one: &Decision, today: Date) -> Result<()> {
    let mut all: Vec<Decision> = decisions.iter().filter(|other| other.id != one.id).cloned().collect();
    // As if it were approved: what reaches back asks for somebody who did.
    all.push(Decision { state: "effective".into(), settled_by: one.account.clone(), ..one.clone() });
    let law = super::in_force(law, &all);
    let adopted = law.adopted(adoption(&all, &one.told.profile, today));
    // Readings are offered by our own data, and a test holds every one of them against the defaults' types.
    let adopted = adopted.map_err(|faults| Problem::internal(format!("{faults:?}")))?;
    if one.told.kind == "confirmation" && may_activate(&adopted).is_err() {
        return Err(Problem::invalid("published_on", "regulation.publication_date"));
    }
    if let Some((earlier, later)) = adopted.overlap() {
        let begins = adopted.begins(later).map(|day| day.to_string()).unwrap_or_default();
        let problem = Problem::invalid("effective_on", "regulation.overlap").with("begins", begins);
        return Err(problem
            .with("earlier", earlier.rules.version.as_str())
            .with("later", later.rules.version.as_str()));
    }
    Ok(())
}
