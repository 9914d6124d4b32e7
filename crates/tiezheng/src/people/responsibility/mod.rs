//! 责任分工: who answers for what in a unit, and what nobody answers for.
//!
//! The regulation says which duties must have a holder (`rules::responsibilities`). A designation at a unit holds for all
//! units below it, except the first responsible person, of whom every unit has its own.

pub mod http;
pub mod store;

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Value, json};
use tiezheng_rules::responsibility::Demanded;
use tiezheng_rules::time::legal_day;
use tiezheng_rules::vocab::Responsibility as Duty;
use tiezheng_rules::{Law, responsibilities};
use utoipa::ToSchema;

use super::store::{self as people, Named, Unit};
use super::{Actor, Permission};
use crate::app::new_id;
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::db::owner::must_belong;
use crate::error::{Problem, Result};
use crate::field;
use crate::laws::Laws;
use crate::regulations::{self, Decision, binding};
pub use store::Designation;

/// One at a time looks who holds a duty already.
const DESIGNATING: i64 = 0x6475_7479;

/// What a caller asks for.
pub struct Wanted {
    pub unit: String,
    pub duty: String,
    pub person: Option<String>,
    pub linked_unit: Option<String>,
    pub deputy: Option<String>,
    pub post: Option<String>,
    pub document: Option<String>,
    pub from_ms: i64,
    pub to_ms: Option<i64>,
}

/// 指定: from now on, where somebody was ever designated for a duty, only designated persons do its acts.
///
/// # Errors
/// `permission.unit`, `responsibility.holder`, `responsibility.held` (a unit has one first responsible person at a time).
pub async fn designate(tx: &mut Tx, actor: &Actor, now: i64, wanted: Wanted) -> Result<Designation> {
    actor.may(Permission::ResponsibilityDesignate)?;
    let agency = actor.own_agency()?.to_owned();
    let words: Vec<&str> = Duty::ALL.iter().map(|duty| duty.code()).collect();
    field::word("duty", &wanted.duty, &words)?;
    let first = wanted.duty == Duty::FirstResponsible.code();
    tx.lock(DESIGNATING).await?;
    must_belong(tx, &agency, "unit", "unit_id", &[&wanted.unit]).await?;
    within_reach(actor, &wanted.unit, &wanted.duty)?;
    // A body may hold every duty but the first: that one is a person's.
    if wanted.person.is_some() == wanted.linked_unit.is_some() || first && wanted.person.is_none() {
        return Err(Problem::invalid("person_id", "responsibility.holder"));
    }
    for (name, person) in [("person_id", &wanted.person), ("deputy_id", &wanted.deputy)] {
        if let Some(person) = person
            && !store::is_active(tx, &agency, person).await?
        {
            return Err(Problem::invalid(name, "field.unknown_reference").with("value", field::short(person)));
        }
    }
    if let Some(linked) = &wanted.linked_unit {
        must_belong(tx, &agency, "unit", "linked_unit_id", &[linked]).await?;
    }
    let from_ms = field::time("from_ms", wanted.from_ms)?;
    let to_ms = wanted.to_ms.map(|ms| field::time("to_ms", ms)).transpose()?;
    if to_ms.is_some_and(|to| to <= from_ms) {
        return Err(Problem::invalid("to_ms", "responsibility.ends_before_it_begins"));
    }
    let new = Wanted {
        post: field::optional("post", wanted.post.as_deref(), field::NAME_MOST)?,
        document: field::optional("document", wanted.document.as_deref(), field::TITLE_MOST)?,
        from_ms,
        to_ms,
        ..wanted
    };
    if let Some(other) = store::overlapping(tx, &new, first).await? {
        return Err(Problem::refused(409, "responsibility.held").with("id", other.id).with("holder", other.holder));
    }
    let id = put(tx, actor, now, &agency, &new).await?;
    store::one(tx, &agency, &id).await?.ok_or_else(Problem::not_found)
}

/// Row and event of a designation; its id.
async fn put(tx: &mut Tx, actor: &Actor, now: i64, agency: &str, new: &Wanted) -> Result<String> {
    let id = new_id(now);
    store::insert(tx, &id, agency, new).await?;
    let detail = json!({
        "unit": new.unit, "duty": new.duty, "person": new.person, "linked_unit": new.linked_unit,
        "deputy": new.deputy, "post": new.post, "document": new.document, "from_ms": new.from_ms, "to_ms": new.to_ms,
    });
    audit::record(tx, actor, now, Act::DutyDesignated, Some(agency), Some(&id), detail).await?;
    Ok(id)
}

/// A head designates within the own unit and below; who heads a unit is for those above it.
pub(super) fn within_reach(actor: &Actor, unit: &str, duty: &str) -> Result<()> {
    let first = duty == Duty::FirstResponsible.code();
    if !actor.reaches(unit) || first && actor.unit.as_deref() == Some(unit) && !leads(actor) {
        return Err(Problem::refused(403, "permission.unit"));
    }
    Ok(())
}

pub(super) fn leads(actor: &Actor) -> bool {
    actor.roles.contains(&super::Role::Leader)
}

/// 终止. `to_ms` may lie in the past: then acts since were done by nobody designated, and stay as they are.
///
/// # Errors
/// `not_found`, `permission.unit`, `responsibility.ended`, `responsibility.ends_already` (an end is never put off),
/// `responsibility.ends_before_it_begins`.
pub async fn end(tx: &mut Tx, actor: &Actor, now: i64, id: &str, to_ms: i64, reason: Option<&str>) -> Result<()> {
    actor.may(Permission::ResponsibilityDesignate)?;
    let agency = actor.own_agency()?;
    tx.lock(DESIGNATING).await?;
    let found = store::one(tx, agency, id).await?.ok_or_else(Problem::not_found)?;
    within_reach(actor, &found.unit.id, &found.duty)?;
    if found.to_ms.is_some_and(|to| to <= now) {
        return Err(Problem::refused(409, "responsibility.ended"));
    }
    if found.to_ms.is_some_and(|to| to < to_ms) {
        return Err(Problem::invalid("to_ms", "responsibility.ends_already").with("ends_ms", found.to_ms));
    }
    if field::time("to_ms", to_ms)? <= found.from_ms {
        return Err(Problem::invalid("to_ms", "responsibility.ends_before_it_begins"));
    }
    let reason = field::optional("reason", reason, field::REASON_MOST)?;
    store::set_end(tx, id, to_ms).await?;
    let detail = json!({"unit": found.unit.id, "duty": found.duty, "to_ms": to_ms, "reason": reason});
    audit::record(tx, actor, now, Act::DutyEnded, Some(agency), Some(id), detail).await
}

/// 交出: what somebody held of a designation goes to an heir, or ends. `false`: he holds nothing of it any more.
pub async fn hand_on(
    tx: &mut Tx,
    actor: &Actor,
    now: i64,
    made: Designation,
    from: &str,
    heir: Option<&str>,
) -> Result<bool> {
    let is = |one: &Option<Named>| one.as_ref().is_some_and(|one| one.id == from);
    let agency = actor.own_agency()?;
    tx.lock(DESIGNATING).await?;
    if made.to_ms.is_some_and(|to| to <= now) || !(is(&made.person) || is(&made.deputy)) {
        return Ok(false);
    }
    within_reach(actor, &made.unit.id, &made.duty)?;
    let id = |one: &Option<Named>| one.as_ref().map(|one| one.id.clone());
    let heir_is_holder = heir.is_some() && id(&made.person).as_deref() == heir;
    if !is(&made.person) {
        let deputy = heir.filter(|_| !heir_is_holder);
        store::set_deputy(tx, &made.id, deputy).await?;
        let detail = json!({
            "unit": made.unit.id, "duty": made.duty, "person": id(&made.person), "linked_unit": id(&made.linked_unit),
            "deputy": deputy, "post": made.post, "document": made.document, "from_ms": made.from_ms, "to_ms": made.to_ms,
        });
        audit::record(tx, actor, now, Act::DutyDesignated, Some(agency), Some(&made.id), detail).await?;
        return Ok(true);
    }
    // One that has not begun yet never holds for who leaves before.
    store::set_end(tx, &made.id, now.max(made.from_ms)).await?;
    let detail = json!({"unit": made.unit.id, "duty": made.duty, "to_ms": now.max(made.from_ms), "reason": "handover"});
    audit::record(tx, actor, now, Act::DutyEnded, Some(agency), Some(&made.id), detail).await?;
    let Some(heir) = heir else { return Ok(true) };
    let new = Wanted {
        unit: made.unit.id.clone(),
        duty: made.duty.clone(),
        person: Some(heir.to_owned()),
        linked_unit: None,
        deputy: id(&made.deputy).filter(|deputy| deputy != heir),
        post: made.post.clone(),
        document: made.document.clone(),
        from_ms: now.max(made.from_ms),
        to_ms: made.to_ms,
    };
    // Somebody holds it beside him already, perhaps the heir himself: then it only ends.
    if store::overlapping(tx, &new, made.is(Duty::FirstResponsible)).await?.is_none() {
        put(tx, actor, now, agency, &new).await?;
    }
    Ok(true)
}

/// Whether this actor may do an act of a duty in a unit now (`None`: of the agency itself): from the first designation of
/// that duty for the unit, or one above it, on, only who is designated today, the deputy, or a member of the designated
/// body. Before any was made the role is enough, and the gap is an alert. The system and the console pass.
///
/// # Errors
/// `duty.not_designated` with who is designated today, and the article that asks for it where there is one.
pub async fn must_hold(
    tx: &mut Tx,
    laws: &Laws,
    actor: &Actor,
    unit: Option<&str>,
    duty: Duty,
    now: i64,
) -> Result<()> {
    let (Some(_), Some(agency)) = (&actor.account, actor.agency.as_deref()) else { return Ok(()) };
    let made = store::ever_made(tx, agency, unit, duty.code(), now).await?;
    let today: Vec<&Designation> = made.iter().filter(|one| one.holds(now)).collect();
    if made.is_empty() || today.iter().any(|one| one.is_of_person(actor.person.as_deref())) {
        return Ok(());
    }
    let bodies: Vec<&str> = today.iter().filter_map(|one| one.linked_unit.as_ref()).map(|unit| &*unit.id).collect();
    if let (Some(own), false) = (&actor.unit, bodies.is_empty())
        && store::above(tx, own).await?.iter().any(|unit| bodies.contains(&unit.as_str()))
    {
        return Ok(());
    }
    let holders: Vec<&str> = today.iter().map(|one| one.holder()).collect();
    let mut problem = Problem::refused(403, "duty.not_designated")
        .with("duty", duty.code())
        .with("unit", made.first().map_or("", |one| &one.unit.name))
        .with("holders", if holders.is_empty() { "—".to_owned() } else { holders.join("、") });
    let profile = binding::profile_of(tx, agency, unit, now).await?;
    let decisions = regulations::store::decisions(tx, agency).await?;
    let demanded = demanded(laws, &decisions, profile.as_deref(), now);
    problem.articles = demanded.of(duty).map(|one| json!(one.cited)).into_iter().collect();
    Err(problem)
}

/// What a regulation wants somebody to answer for today.
pub struct Demands {
    pub duties: Vec<Demanded>,
    /// It has expired: practice, not law.
    pub lapsed: bool,
}

impl Demands {
    fn of(&self, duty: Duty) -> Option<&Demanded> {
        self.duties.iter().find(|one| one.duty == duty)
    }
}

fn demanded(laws: &Laws, decisions: &[Decision], profile: Option<&str>, now: i64) -> Demands {
    let laws = laws.adopted(profile.unwrap_or(""), decisions, legal_day(now));
    let laws: Vec<&Law> = laws.iter().map(AsRef::as_ref).collect();
    let verdict = responsibilities(&laws, legal_day(now));
    Demands { lapsed: verdict.lapsed, duties: verdict.verdict }
}

/// A duty that the regulation demands and nobody holds today.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Gap {
    pub unit: Named,
    pub duty: String,
    /// In the regulation's words who it should be.
    pub title: String,
    /// The text makes the unit itself answer: the person is to be named.
    pub body: bool,
    /// When the last one ended; null: there never was one.
    pub since_ms: Option<i64>,
    /// Who is told: the first responsible person of the unit, else of the next one above; null: the leader of the agency.
    pub told: Option<Named>,
    /// The unit that person answers for.
    pub told_at: Option<Named>,
    #[schema(value_type = Vec<Object>)]
    pub articles: Vec<Value>,
    /// The regulation has expired: practice, not law.
    pub lapsed: bool,
}

/// 空缺, as far as the reader's units go.
pub async fn gaps(tx: &mut Tx, laws: &Laws, actor: &Actor, agency: &str, now: i64) -> Result<Vec<Gap>> {
    let register = binding::Register::of(tx, agency).await?;
    let decisions = regulations::store::decisions(tx, agency).await?;
    let tree = Tree::new(people::units(tx, Some(agency)).await?, store::all(tx, agency, None).await?, now);
    let (mut found, mut asked) = (Vec::new(), HashMap::new());
    for unit in tree.units.iter().filter(|unit| actor.agency.is_none() || actor.reaches(&unit.id)) {
        let profile = register.profile(Some(&unit.id), now);
        let demands = asked.entry(profile).or_insert_with(|| demanded(laws, &decisions, profile, now));
        let missing = demands.duties.iter().filter(|one| !tree.is_held(unit, one.duty));
        found.extend(missing.map(|one| tree.gap(unit, one, demands.lapsed)));
    }
    Ok(found)
}

/// The units of an agency with all designations ever made, and where each unit stands in the list.
pub struct Tree {
    pub units: Vec<Unit>,
    made: Vec<Designation>,
    at: HashMap<String, usize>,
    now: i64,
}

impl Tree {
    pub fn new(units: Vec<Unit>, made: Vec<Designation>, now: i64) -> Tree {
        let at = units.iter().enumerate().map(|(n, unit)| (unit.id.clone(), n)).collect();
        Tree { units, made, at, now }
    }

    /// A unit and those above it, nearest first. A circle somebody made ends it.
    fn upward<'a>(&'a self, unit: &'a Unit) -> Vec<&'a Unit> {
        let mut path = vec![unit];
        while let Some(parent) = path.last().and_then(|last| last.parent_id.as_deref()) {
            match self.at.get(parent).map(|at| &self.units[*at]) {
                Some(next) if !path.iter().any(|known| known.id == next.id) => path.push(next),
                _ => break,
            }
        }
        path
    }

    /// Who holds a duty today for a unit, by a designation there or above.
    fn held(&self, unit: &Unit, duty: Duty) -> Option<&Designation> {
        let held =
            |unit: &Unit| self.made.iter().find(|one| one.unit.id == unit.id && one.is(duty) && one.holds(self.now));
        self.upward(unit).into_iter().find_map(held)
    }

    fn is_held(&self, unit: &Unit, duty: Duty) -> bool {
        match duty {
            Duty::FirstResponsible => self.first(&unit.id).is_some(),
            _ => self.held(unit, duty).is_some(),
        }
    }

    /// The first responsible person of a unit today.
    pub fn first(&self, unit: &str) -> Option<&Named> {
        let first = |one: &&Designation| one.unit.id == unit && one.is(Duty::FirstResponsible) && one.holds(self.now);
        self.made.iter().find(first)?.person.as_ref()
    }

    /// Who is told of what a unit lacks: its first responsible person, else that of the next unit above which has one.
    pub fn told<'a>(&'a self, unit: &'a Unit) -> Option<(&'a Unit, &'a Named)> {
        self.upward(unit).into_iter().find_map(|at| Some((at, self.first(&at.id)?)))
    }

    /// The office or person that watches over a unit.
    pub fn oversight(&self, unit: &Unit) -> Option<&Named> {
        let held = self.held(unit, Duty::Oversight)?;
        held.linked_unit.as_ref().or(held.person.as_ref())
    }

    fn gap(&self, unit: &Unit, demanded: &Demanded, lapsed: bool) -> Gap {
        let ended = self.made.iter().filter(|one| one.unit.id == unit.id && one.is(demanded.duty));
        let since_ms = ended.filter_map(|one| one.to_ms).filter(|to| *to <= self.now).max();
        let told = self.told(unit);
        Gap {
            unit: Named { id: unit.id.clone(), name: unit.name.clone() },
            duty: demanded.duty.code().into(),
            title: demanded.title.clone(),
            body: demanded.body,
            since_ms,
            told: told.map(|(_, person)| person.clone()),
            told_at: told.map(|(at, _)| Named { id: at.id.clone(), name: at.name.clone() }),
            articles: vec![json!(demanded.cited)],
            lapsed,
        }
    }
}
