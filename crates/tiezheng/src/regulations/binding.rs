//! 适用单位: which regulation binds a unit, from which day on (VAL-07), and what of it concerns whoever acts (VAL-06, VAL-08).
//!
//! Every unit is bound by a row of its own. A new one has none and opens no activity until somebody has decided. Bound
//! anew from a day on, it keeps the older regulation for what it began before: the act decides, never today.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tiezheng_rules::law::Applied;
use tiezheng_rules::time::{day_begins_ms, legal_day, plus_days};
use tiezheng_rules::validity::{predecessor, repealed};
use utoipa::ToSchema;

use super::day_of;
use super::store::units::{self, Span};
use crate::app::App;
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::db::owner::must_belong;
use crate::error::{Problem, Result};
use crate::laws::Laws;
use crate::people::store::Unit;
use crate::people::{Actor, Permission};
use crate::{field, jobs, people};

/// 自始: the first day of a binding that nobody dates. Earlier than any recording.
pub const OUTSET: Date = Date::constant(1970, 1, 1);

/// 适用: one regulation of a unit, for a while.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Bound {
    pub profile: String,
    /// First day; null: from the outset.
    pub from: Option<String>,
    /// Last day; null: still.
    pub to: Option<String>,
    pub document: Option<String>,
    pub decided_by: Option<String>,
    /// past, now, later
    pub state: String,
}

/// A unit with everything that ever bound it, oldest first; nothing: it cannot open an activity.
#[derive(Serialize, ToSchema)]
pub struct UnitBound {
    pub unit: Unit,
    pub bound: Vec<Bound>,
}

/// 适用对象: whom a text names, and the units with what binds them.
#[derive(Serialize, ToSchema)]
pub struct Addressees {
    /// As the text has them.
    pub names: Vec<String>,
    pub articles: Vec<String>,
    pub units: Vec<UnitBound>,
    /// Whoever asks may bind units of the own agency.
    pub may_bind: bool,
}

/// What a caller brings to bind a unit.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBinding {
    pub unit_id: String,
    /// What it rests on.
    pub document: String,
    pub decided_by: String,
    /// Never after today.
    pub decided_on: String,
    /// First day it binds: the day of the decision when missing, and not before it where the unit was bound already.
    pub effective_on: Option<String>,
}

fn bound(span: &Span, now: i64) -> Bound {
    let from = legal_day(span.from_ms);
    Bound {
        profile: span.profile.clone(),
        from: (from > OUTSET).then(|| from.to_string()),
        to: span.to_ms.map(|to| legal_day(to - 1).to_string()),
        document: span.document.clone(),
        decided_by: span.decided_by.clone(),
        state: if now < span.from_ms {
            "later"
        } else if span.holds(now) {
            "now"
        } else {
            "past"
        }
        .to_owned(),
    }
}

/// The units whoever asks may know of, with what binds them, and whom the text of a regulation names.
pub async fn addressees(app: &App, actor: &Actor, profile: &str) -> Result<Addressees> {
    actor.may(Permission::RegulationRead)?;
    let law = app.laws.get(profile).ok_or_else(Problem::not_found)?;
    let (now, agency) = (app.now(), actor.agency_filter());
    let mut tx = app.db.read().await?;
    let mut spans = units::of_agency(&mut tx, agency.as_deref()).await?;
    let all = people::store::units(&mut tx, agency.as_deref()).await?.into_iter();
    let named = law.on(legal_day(now)).and_then(|applied| applied.version.rules.addressees.as_ref());
    Ok(Addressees {
        names: named.map(|named| named.names.clone()).unwrap_or_default(),
        articles: named.map(|named| named.article.0.clone()).unwrap_or_default(),
        units: all
            .map(|unit| {
                let own = spans.remove(&unit.id).unwrap_or_default();
                UnitBound { unit, bound: own.iter().map(|span| bound(span, now)).collect() }
            })
            .collect(),
        may_bind: actor.agency.is_some() && actor.has(Permission::RegulationApprove),
    })
}

/// 适用: binds a unit from a day on; what bound it until then ends the day before. Recordings it touches are judged again
/// in the background. One person does it, so it takes one of those whose word puts a decision in force.
pub async fn bind(app: &App, actor: &Actor, now: i64, profile: &str, wanted: NewBinding) -> Result<UnitBound> {
    actor.may(Permission::RegulationApprove)?;
    let agency = actor.own_agency()?.to_owned();
    let decided_on = day_of("decided_on", &wanted.decided_on)?;
    let from = wanted.effective_on.as_deref().map_or(Ok(decided_on), |text| day_of("effective_on", text))?;
    may_be_chosen(&app.laws, profile, from)?;
    let document = field::text("document", &wanted.document, field::TITLE_MOST)?;
    let decided_by = field::text("decided_by", &wanted.decided_by, field::NAME_MOST)?;
    if decided_on > legal_day(now) {
        return Err(Problem::invalid("decided_on", "regulation.decided_in_future"));
    }
    let mut tx = app.db.begin().await?;
    must_belong(&mut tx, &agency, "unit", "unit_id", &[&wanted.unit_id]).await?;
    let before = units::of_unit(&mut tx, &wanted.unit_id).await?;
    let (from_ms, last) = (day_begins_ms(from), before.last());
    // What was done before a decision stays as it was; a unit that nothing bound has nothing to lose.
    if last.is_some() && from < decided_on {
        return Err(Problem::invalid("effective_on", "regulation.retroactive").with("least", decided_on.to_string()));
    }
    if let Some(last) = last.filter(|last| from_ms <= last.from_ms || last.to_ms.is_some_and(|to| from_ms < to)) {
        let least = last.to_ms.map_or_else(|| plus_days(legal_day(last.from_ms), 1), legal_day);
        return Err(Problem::invalid("effective_on", "regulation.binding_overlap").with("least", least.to_string()));
    }
    if let Some(last) = last.filter(|last| last.to_ms.is_none()) {
        units::end(&mut tx, &wanted.unit_id, last.from_ms, from_ms).await?;
    }
    let span = Span {
        profile: profile.to_owned(),
        from_ms,
        to_ms: None,
        document: Some(document),
        decided_by: Some(decided_by),
    };
    units::put(&mut tx, &wanted.unit_id, &span).await?;
    let detail = json!({
        "unit": wanted.unit_id, "profile": profile, "document": span.document, "decided_by": span.decided_by,
        "decided_on": decided_on.to_string(), "effective_on": from.to_string(),
        "before": last.map(|last| last.profile.clone()),
    });
    audit::record(&mut tx, actor, now, Act::UnitBound, Some(&agency), Some(&wanted.unit_id), detail).await?;
    let spans = units::of_unit(&mut tx, &wanted.unit_id).await?;
    let unit = people::store::units(&mut tx, Some(&agency)).await?.into_iter().find(|unit| unit.id == wanted.unit_id);
    tx.commit().await?;
    app.events.notify_one();
    judge_wanted(app, &wanted.unit_id, from_ms).await?;
    let unit = unit.ok_or_else(Problem::not_found)?;
    Ok(UnitBound { unit, bound: spans.iter().map(|span| bound(span, now)).collect() })
}

/// A regulation that is known, and not repealed by the day (VAL-06).
fn may_be_chosen(laws: &Laws, profile: &str, day: Date) -> Result<()> {
    if let Some((by, repeal)) = repealed(laws.all(), profile, day) {
        let problem = Problem::refused(422, "regulation.repealed").with("title", repeal.title.as_str());
        let problem = problem.with("number", repeal.number.as_str()).with("on", repeal.on.to_string());
        return Err(citing(problem, &by, &repeal.article.0));
    }
    if laws.knows(profile) { Ok(()) } else { Err(Problem::not_found()) }
}

fn citing(mut problem: Problem, applied: &Applied, articles: &[String]) -> Problem {
    let cited = articles.iter().map(|cite| applied.cited(cite));
    problem.articles = cited.filter_map(|cited| serde_json::to_value(cited).ok()).collect();
    problem
}

/// Refuses an activity of a unit that nothing binds on its day, or only a text that is repealed.
///
/// # Errors
/// `activity.unit_unbound`, citing whom the agency's own regulation addresses; `activity.regulation_repealed`, citing
/// the article that repealed it.
pub async fn may_open(tx: &mut Tx, laws: &Laws, agency: &str, unit: &str, began_ms: i64) -> Result<()> {
    let day = legal_day(began_ms);
    let Some(profile) = units::bound(tx, unit, began_ms).await? else {
        let name = people::store::units(tx, Some(agency)).await?.into_iter().find(|other| other.id == unit);
        let problem = Problem::invalid("unit_id", "activity.unit_unbound").with("day", day.to_string());
        let problem = problem.with("unit", name.map_or_else(|| unit.to_owned(), |unit| unit.name));
        let own = of_agency(tx, agency).await?;
        let own = own.as_deref().and_then(|profile| laws.get(profile));
        let Some(applied) = own.and_then(|law| law.on(day)) else { return Err(problem) };
        let named = applied.version.rules.addressees.as_ref().map(|named| named.article.0.as_slice());
        return Err(citing(problem, &applied, named.unwrap_or_default()));
    };
    let refused = |title: &str, number: &str, on: Date| {
        let problem = Problem::invalid("unit_id", "activity.regulation_repealed").with("title", title);
        problem.with("number", number).with("on", on.to_string()).with("day", day.to_string())
    };
    if let Some((by, repeal)) = repealed(laws.all(), &profile, day) {
        return Err(citing(refused(&repeal.title, &repeal.number, repeal.on), &by, &repeal.article.0));
    }
    let law = laws.get(&profile);
    if let Some((law, repeal)) = law.and_then(|law| predecessor(law, day).map(|repeal| (law, repeal))) {
        let problem = refused(&repeal.title, &repeal.number, repeal.on);
        return Err(match law.on(repeal.on) {
            Some(by) => citing(problem, &by, &repeal.article.0),
            None => problem,
        });
    }
    Ok(())
}

/// The regulation that binds whoever acted at a moment: the unit's; of what is no unit's, the agency's.
pub async fn profile_of(tx: &mut Tx, agency: &str, unit: Option<&str>, at_ms: i64) -> Result<Option<String>> {
    match unit {
        Some(unit) => units::bound(tx, unit, at_ms).await,
        None => of_agency(tx, agency).await,
    }
}

/// The agency's own. One that a rebuild knows by its id alone has none.
async fn of_agency(tx: &mut Tx, agency: &str) -> Result<Option<String>> {
    let own = people::store::agencies(tx, Some(agency)).await?.pop().map(|agency| agency.profile);
    Ok(own.filter(|profile| !profile.is_empty()))
}

/// The same for many acts of one agency, asked of the database once.
pub struct Register {
    own: Option<String>,
    units: BTreeMap<String, Vec<Span>>,
}

impl Register {
    pub async fn of(tx: &mut Tx, agency: &str) -> Result<Register> {
        let own = of_agency(tx, agency).await?;
        Ok(Register { own, units: units::of_agency(tx, Some(agency)).await? })
    }

    pub fn profile(&self, unit: Option<&str>, at_ms: i64) -> Option<&str> {
        let Some(unit) = unit else { return self.own.as_deref() };
        let span = self.units.get(unit)?.iter().find(|span| span.holds(at_ms))?;
        Some(&span.profile)
    }

    /// The regulations that bind the agency and its units at a moment.
    pub fn binding(&self, at_ms: i64) -> BTreeSet<&str> {
        let holding = self.units.values().flatten().filter(|span| span.holds(at_ms)).map(|span| span.profile.as_str());
        self.own.as_deref().into_iter().chain(holding).collect()
    }

    /// Every regulation that binds the agency or ever bound one of its units.
    pub fn profiles(&self) -> Vec<&str> {
        let bound = self.units.values().flatten().map(|span| span.profile.as_str());
        let mut all: Vec<&str> = self.own.as_deref().into_iter().chain(bound).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Asks for that job.
pub async fn judge_wanted(app: &App, unit: &str, from_ms: i64) -> Result<()> {
    jobs::again(app, "binding", &format!("{unit} {from_ms}")).await
}

/// The job behind a new binding: what the unit did from its first day on, judged again.
pub async fn judge_again(app: &App, subject: &str) -> Result<()> {
    let Some((unit, from)) = subject.rsplit_once(' ') else { return Ok(()) };
    let Ok(from) = from.parse() else { return Ok(()) };
    let owners = crate::db::owner::owners(&mut app.db.read().await?, "unit", &[unit]).await?;
    let Some(agency) = owners.get(unit) else { return Ok(()) };
    super::judge_from(app, agency, Some(unit), from, json!({"unit": unit})).await
}

/// For a unit of a load file that nothing binds: the regulation of its agency, from the outset.
pub async fn put_default(tx: &mut Tx, unit: &str, agency: &str) -> Result<()> {
    if !units::of_unit(tx, unit).await?.is_empty() {
        return Ok(());
    }
    let Some(profile) = of_agency(tx, agency).await? else { return Ok(()) };
    let from_ms = day_begins_ms(OUTSET);
    let span = Span { profile, from_ms, to_ms: None, document: None, decided_by: None };
    units::put(tx, unit, &span).await
}

/// What binds the units of an agency, in the form `tiezheng load` reads.
pub async fn register(tx: &mut Tx, agency: &str) -> Result<Vec<Value>> {
    let mut rows = Vec::new();
    for (unit, spans) in units::of_agency(tx, Some(agency)).await? {
        for span in spans {
            let to = span.to_ms.map(|to| legal_day(to - 1).to_string());
            rows.push(json!({
                "unit": unit, "profile": span.profile, "from": legal_day(span.from_ms).to_string(), "to": to,
                "document": span.document, "decided_by": span.decided_by,
            }));
        }
    }
    Ok(rows)
}
