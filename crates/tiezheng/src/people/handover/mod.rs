//! 交接: what somebody who leaves a post hands over, to whom, signed by both and, last, by their head.
//!
//! The list is made when it is opened and stays as it is; what has changed since is told beside it. With the head's
//! signature the devices and duties go where the list says. Nobody's post is closed while anything of it is left.

pub mod http;
pub mod standing;
pub mod store;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use tiezheng_rules::accountability::{AccountabilityFacts, Standing, accountability};
use tiezheng_rules::time::{When, legal_day};
use tiezheng_rules::vocab::Violation;
use utoipa::ToSchema;

use super::responsibility;
use super::responsibility::store as duties;
use super::store::{self as people, Named, accounts};
use super::{Actor, Permission};
use crate::app::{App, new_id};
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::db::owner::must_belong;
use crate::equipment::detail::Signature;
use crate::equipment::law::{Adopted, Laws};
use crate::equipment::store::devices;
use crate::equipment::store::steps::{self, NewStep};
use crate::error::{Problem, Result};
use crate::field;
use standing::{Change, HandoverList};

/// Who signs, the head last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    Person,
    Successor,
    UnitHead,
}

pub const PARTIES: [Party; 3] = [Party::Person, Party::Successor, Party::UnitHead];
pub const STATES: [&str; 3] = ["open", "done", "withdrawn"];

impl Party {
    pub fn word(self) -> &'static str {
        match self {
            Party::Person => "person",
            Party::Successor => "successor",
            Party::UnitHead => "unit_head",
        }
    }
}

/// A signature, and by whose account it was entered: the signer's own, or the head's at whose desk it was drawn.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PartySigned {
    pub name: String,
    pub at_ms: i64,
    pub typed: bool,
    pub strokes: Option<String>,
    pub account: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Signatures {
    pub person: Option<PartySigned>,
    pub successor: Option<PartySigned>,
    pub unit_head: Option<PartySigned>,
}

impl Signatures {
    pub fn of(&self, party: Party) -> Option<&PartySigned> {
        match party {
            Party::Person => self.person.as_ref(),
            Party::Successor => self.successor.as_ref(),
            Party::UnitHead => self.unit_head.as_ref(),
        }
    }
}

/// 不符: what a signer remarked, and what was no longer as listed when he signed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Discrepancy {
    /// person, successor, unit_head
    pub party: String,
    pub at_ms: i64,
    pub text: Option<String>,
    pub changes: Vec<Change>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Handover {
    pub id: String,
    pub agency_id: String,
    /// Of the post when it was opened.
    pub unit: Option<Named>,
    pub person: Named,
    pub successor: Named,
    pub head: Named,
    /// Where the person goes; null: leaves.
    pub to_unit: Option<Named>,
    /// Day from which the transfer holds.
    pub effective_on: String,
    pub reason: Option<String>,
    pub document: Option<String>,
    /// As it was when it was opened. In a list of handovers its recordings are counted, not named.
    pub list: HandoverList,
    /// open, done, withdrawn
    pub state: String,
    /// Who has not signed yet: person, successor, unit_head.
    pub missing: Vec<String>,
    pub signatures: Signatures,
    pub discrepancies: Vec<Discrepancy>,
    pub opened_by: Option<Named>,
    pub opened_ms: i64,
    /// When the post was first to be closed all the same.
    pub tried_ms: Option<i64>,
    pub closed_ms: Option<i64>,
    /// The transfer holds already, and not everybody has signed.
    pub overdue: bool,
    /// 未交接: the regulation knows it as a violation, a person decides whether it is one.
    pub candidate: bool,
    /// Articles that ask for a handover; none: it is our own default.
    #[schema(value_type = Vec<Object>)]
    pub articles: Vec<Json>,
}

impl Handover {
    fn is_of(&self, party: Party) -> &Named {
        match party {
            Party::Person => &self.person,
            Party::Successor => &self.successor,
            Party::UnitHead => &self.head,
        }
    }

    /// Judged by the regulation that binds its unit today.
    fn judged(mut self, app: &App, adopted: &Adopted, now: i64) -> Handover {
        let laws = adopted.of_unit(app, self.unit.as_ref().map(|unit| unit.id.as_str()), legal_day(now));
        let begun = self.effective_on <= legal_day(now).to_string();
        self.overdue = self.state == "open" && begun;
        self.candidate = self.state == "open" && (begun || self.tried_ms.is_some()) && is_violation(&laws, now);
        self.articles = laws.cites("MGT-32");
        self
    }

    /// As a list shows it.
    fn brief(mut self) -> Handover {
        self.list.recordings.clear();
        let Signatures { person, successor, unit_head } = &mut self.signatures;
        for signed in [person, successor, unit_head].into_iter().flatten() {
            signed.strokes = None;
        }
        self
    }
}

/// Whether a missing handover is an accountability item of the regulation in force. The others have none: there it is
/// our own default, and only an alert.
fn is_violation(laws: &Laws<'_>, now: i64) -> bool {
    let facts = AccountabilityFacts {
        on: When(now),
        violation: Some(Violation::HandoverMissing),
        duty: None,
        linked_consequence: false,
        consequences: false,
        serious_consequences: false,
        bad_influence: false,
        serious_violation: false,
        suspected_unlawful: false,
        valid_evidence: false,
        heard: false,
        step: None,
    };
    accountability(&laws.all(), &facts).verdict.standing == Standing::Confirmable
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHandover {
    pub person_id: String,
    pub successor_id: String,
    /// Who signs last; left out: whoever opens it.
    pub head_id: Option<String>,
    /// Where the person goes; left out: leaves.
    pub to_unit_id: Option<String>,
    /// Day from which the transfer holds; left out: today.
    pub effective_on: Option<String>,
    pub reason: Option<String>,
    pub document: Option<String>,
    /// Devices to be given back before the head signs; the others go to the successor.
    #[serde(default)]
    pub give_back: Vec<String>,
    /// Designations that end; the others go to the successor.
    #[serde(default)]
    pub end_duties: Vec<String>,
}

/// 发起交接. The list is made here.
///
/// # Errors
/// `permission.unit`, `handover.exists`, `handover.same_person`, `handover.head`, `field.unknown_reference`.
pub async fn open(tx: &mut Tx, app: &App, actor: &Actor, now: i64, body: NewHandover) -> Result<Handover> {
    actor.may(Permission::HandoverManage)?;
    let agency = actor.own_agency()?.to_owned();
    let unknown =
        |name: &str, id: &str| Problem::invalid(name, "field.unknown_reference").with("value", field::short(id));
    let head =
        body.head_id.clone().or(actor.person.clone()).ok_or_else(|| Problem::invalid("head_id", "field.required"))?;
    people::lock_people(tx, &[&body.person_id, &body.successor_id, &head]).await?;
    let mut found = Vec::new();
    for (name, id) in [("person_id", &body.person_id), ("successor_id", &body.successor_id), ("head_id", &head)] {
        found.push(steps::officer(tx, &agency, id).await?.ok_or_else(|| unknown(name, id))?);
    }
    let unit = found[0].1.clone();
    if !unit.as_deref().map_or(actor.unit.is_none() || super::responsibility::leads(actor), |unit| actor.reaches(unit))
    {
        return Err(Problem::refused(403, "permission.unit"));
    }
    if body.person_id == body.successor_id || head == body.person_id || head == body.successor_id {
        let field = if body.person_id == body.successor_id { "successor_id" } else { "head_id" };
        return Err(Problem::invalid(field, "handover.same_person"));
    }
    if let Some(to) = &body.to_unit_id {
        must_belong(tx, &agency, "unit", "to_unit_id", &[to]).await?;
        if unit.as_ref() == Some(to) {
            return Err(Problem::invalid("to_unit_id", "order.same_unit"));
        }
    }
    let effective_on = day(body.effective_on.as_deref())?.unwrap_or_else(|| legal_day(now).to_string());
    if let Some(other) = store::open_of(tx, &body.person_id).await? {
        return Err(Problem::refused(409, "handover.exists").with("id", other.id).with("name", other.person.name));
    }
    let since_ms = store::done_of(tx, &body.person_id).await?.map_or(0, |done| done.opened_ms);
    let mut list = standing::held(tx, &agency, &body.person_id, since_ms, now).await?;
    for device in list.devices.iter_mut().filter(|device| body.give_back.contains(&device.id)) {
        device.then = "return".into();
    }
    for duty in list.duties.iter_mut().filter(|duty| body.end_duties.contains(&duty.id)) {
        duty.then = "end".into();
    }
    let listed =
        |id: &&String| list.devices.iter().any(|one| one.id == **id) || list.duties.iter().any(|one| one.id == **id);
    if let Some(id) = body.give_back.iter().chain(&body.end_duties).find(|id| !listed(id)) {
        return Err(unknown(if body.give_back.contains(id) { "give_back" } else { "end_duties" }, id));
    }
    may_head(tx, &head, unit.as_deref(), &list).await?;
    let id = new_id(now);
    let new = store::NewHandover {
        id: &id,
        agency: &agency,
        unit: unit.as_deref(),
        person: &body.person_id,
        successor: &body.successor_id,
        head: &head,
        to_unit: body.to_unit_id.as_deref(),
        effective_on: &effective_on,
        reason: field::optional("reason", body.reason.as_deref(), field::REASON_MOST)?,
        document: field::optional("document", body.document.as_deref(), field::TITLE_MOST)?,
        list: &list,
        opened_by: actor.account.as_deref().unwrap_or_default(),
        opened_ms: now,
    };
    store::insert(tx, &new).await?;
    let detail = json!({
        "unit": unit, "person": body.person_id, "successor": body.successor_id, "head": head, "to_unit": body.to_unit_id,
        "effective_on": effective_on, "items": list.items(), "reason": new.reason,
    });
    audit::record(tx, actor, now, Act::HandoverOpened, Some(&agency), Some(&id), detail).await?;
    one(tx, app, &id, now).await
}

/// A day, past or to come.
fn day(text: Option<&str>) -> Result<Option<String>> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let wrong = || Problem::invalid("effective_on", "field.date").with("found", field::short(text));
    let day: jiff::civil::Date = text.parse().map_err(|_| wrong())?;
    if text.len() != 10 || !(2000..2200).contains(&day.year()) {
        return Err(wrong());
    }
    Ok(Some(text.to_owned()))
}

/// Whether somebody can be the head of this handover: with an account that decides for the unit, and, where the post heads
/// a unit, from above it.
async fn may_head(tx: &mut Tx, head: &str, unit: Option<&str>, list: &HandoverList) -> Result<()> {
    for account in accounts::of_person(tx, head).await? {
        let Some(actor) = people::actor(tx, &account).await? else { continue };
        let reaches = unit.is_none_or(|unit| actor.reaches(unit));
        let duties =
            list.duties.iter().all(|duty| responsibility::within_reach(&actor, &duty.unit.id, &duty.duty).is_ok());
        if actor.has(Permission::HandoverManage) && reaches && duties {
            return Ok(());
        }
    }
    Err(Problem::invalid("head_id", "handover.head"))
}

/// One handover as the regulation of today sees it.
pub async fn one(tx: &mut Tx, app: &App, id: &str, now: i64) -> Result<Handover> {
    let wanted = store::Wanted { id: Some(id), most: 1, ..Default::default() };
    let found = store::list(tx, &wanted).await?.pop().ok_or_else(Problem::not_found)?;
    let adopted = Adopted::by(tx, &found.agency_id).await?;
    Ok(found.judged(app, &adopted, now))
}

/// What has changed since the list was made, while it is open.
pub async fn changes(tx: &mut Tx, handover: &Handover, now: i64) -> Result<Vec<Change>> {
    if handover.state != "open" {
        return Ok(Vec::new());
    }
    let since_ms = store::done_of(tx, &handover.person.id).await?.map_or(0, |done| done.opened_ms);
    let held = standing::held(tx, &handover.agency_id, &handover.person.id, since_ms, now).await?;
    Ok(handover.list.changes(&held))
}

/// As whom this actor may sign next: his own part, or, for the head at his desk, that of the two others.
pub fn may_sign(actor: &Actor, handover: &Handover) -> Vec<Party> {
    let is = |party: Party| actor.person.as_ref() == Some(&handover.is_of(party).id);
    let heads = is(Party::UnitHead) && actor.has(Permission::HandoverManage);
    let may = |party: &Party| match party {
        Party::UnitHead => heads,
        party => heads || is(*party),
    };
    let open = handover.state == "open";
    PARTIES.into_iter().filter(|party| open && handover.signatures.of(*party).is_none() && may(party)).collect()
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Signing {
    /// person, successor, unit_head
    pub party: String,
    pub signature: Signature,
    /// 不符或遗留: what is not as the list says.
    pub discrepancy: Option<String>,
}

/// 签字. The head's completes it.
///
/// # Errors
/// `handover.closed`, `handover.signed`, `handover.not_yours`, `handover.by_hand`, `handover.name_differs`,
/// `handover.head_signs_last`, `handover.devices_held`, `handover.successor_gone`.
pub async fn sign(tx: &mut Tx, app: &App, actor: &Actor, now: i64, id: &str, body: &Signing) -> Result<Handover> {
    actor.may(Permission::HandoverList)?;
    field::word("party", &body.party, &PARTIES.map(Party::word))?;
    let party = PARTIES.into_iter().find(|party| party.word() == body.party).unwrap_or(Party::Person);
    store::lock(tx, id).await?;
    let found = visible(tx, app, actor, id, now).await?;
    if found.state != "open" {
        return Err(Problem::refused(409, "handover.closed").with("state", found.state));
    }
    if found.signatures.of(party).is_some() {
        return Err(Problem::refused(409, "handover.signed").with("name", found.is_of(party).name.as_str()));
    }
    if !may_sign(actor, &found).contains(&party) {
        return Err(Problem::refused(403, "handover.not_yours").with("name", found.is_of(party).name.as_str()));
    }
    let signer = found.is_of(party);
    let own = actor.person.as_ref() == Some(&signer.id);
    // At somebody else's desk a name that anybody can type is no signature.
    if !own && body.signature.strokes.as_deref().is_none_or(|strokes| strokes.trim().is_empty()) {
        return Err(Problem::invalid("signature", "handover.by_hand").with("name", signer.name.as_str()));
    }
    if body.signature.name.trim() != signer.name {
        return Err(Problem::invalid("signature", "handover.name_differs").with("name", signer.name.as_str()));
    }
    if party == Party::UnitHead && found.missing.len() > 1 {
        return Err(Problem::refused(409, "handover.head_signs_last"));
    }
    let text = field::optional("discrepancy", body.discrepancy.as_deref(), field::REASON_MOST)?;
    let changes = changes(tx, &found, now).await?;
    let mut signature = body.signature.told(now)?;
    signature["account"] = json!(actor.account);
    let detail = json!({"party": party.word(), "own_account": own, "changes": changes.len(), "text": text});
    let mut remarks = found.discrepancies.clone();
    if text.is_some() || !changes.is_empty() {
        remarks.push(Discrepancy { party: party.word().into(), at_ms: now, text, changes });
    }
    store::sign(tx, id, party, &signature, &remarks).await?;
    audit::record(tx, actor, now, Act::HandoverSigned, Some(&found.agency_id), Some(id), detail).await?;
    if party == Party::UnitHead {
        complete(tx, actor, now, &found).await?;
    }
    one(tx, app, id, now).await
}

/// Devices and duties go where the list says.
async fn complete(tx: &mut Tx, actor: &Actor, now: i64, handover: &Handover) -> Result<()> {
    let (agency, person, successor) = (&handover.agency_id, &handover.person.id, &handover.successor.id);
    people::lock_people(tx, &[person, successor]).await?;
    if steps::officer(tx, agency, successor).await?.is_none() {
        return Err(Problem::refused(409, "handover.successor_gone").with("name", handover.successor.name.as_str()));
    }
    let held = standing::held(tx, agency, person, now, now).await?;
    let goes = |id: &str| handover.list.devices.iter().any(|one| one.id == id && one.then == "successor");
    let kept: Vec<&str> = held.devices.iter().filter(|one| !goes(&one.id)).map(|one| one.name.as_str()).collect();
    if !kept.is_empty() {
        let problem = Problem::refused(409, "handover.devices_held").with("name", handover.person.name.as_str());
        return Err(problem.with("devices", kept.join("、")));
    }
    let ids: Vec<String> = held.devices.iter().map(|one| one.id.clone()).collect();
    if !ids.is_empty() {
        for device in devices::locked(tx, agency, &ids).await? {
            let step = NewStep {
                person: Some(successor),
                detail: json!({"handover": handover.id, "from": person}),
                signature: handover.signatures.successor.as_ref().map(|signed| json!(signed)),
                ..NewStep::after(&device, "handover", actor, now)
            };
            steps::put(tx, &step).await?;
            steps::give_back(tx, &device.id, now).await?;
            steps::take(tx, &device.id, successor, now, device.due_ms).await?;
            let told = json!({
                "act": "handover", "from": device.status, "to": device.status, "revision": step.revision,
                "unit": step.unit, "person": successor,
            });
            audit::record(tx, actor, now, Act::DeviceActed, Some(agency), Some(&device.id), told).await?;
        }
    }
    let mut passed = 0;
    for duty in &handover.list.duties {
        let heir = (duty.then == "successor").then_some(successor.as_str());
        if let Some(made) = duties::one(tx, agency, &duty.id).await? {
            passed += usize::from(responsibility::hand_on(tx, actor, now, made, person, heir).await?);
        }
    }
    store::close(tx, &handover.id, "done", now).await?;
    let detail = json!({"person": person, "successor": successor, "devices": ids.len(), "duties": passed});
    audit::record(tx, actor, now, Act::HandoverDone, Some(agency), Some(&handover.id), detail).await
}

/// 撤回: opened by mistake, or with somebody who cannot take over. Nothing was handed over.
pub async fn withdraw(tx: &mut Tx, app: &App, actor: &Actor, now: i64, id: &str, reason: &str) -> Result<Handover> {
    actor.may(Permission::HandoverManage)?;
    store::lock(tx, id).await?;
    let found = visible(tx, app, actor, id, now).await?;
    if found.state != "open" {
        return Err(Problem::refused(409, "handover.closed").with("state", found.state));
    }
    let own = actor.person.as_ref() == Some(&found.person.id);
    if own || !found.unit.as_ref().is_none_or(|unit| actor.reaches(&unit.id)) {
        return Err(Problem::refused(403, "permission.unit"));
    }
    let reason = field::text("reason", reason, field::REASON_MOST)?;
    store::close(tx, id, "withdrawn", now).await?;
    let detail = json!({"person": found.person.id, "reason": reason});
    audit::record(tx, actor, now, Act::HandoverWithdrawn, Some(&found.agency_id), Some(id), detail).await?;
    one(tx, app, id, now).await
}

/// The one this actor may see: what concerns himself, and what of his units his roles show him.
pub async fn visible(tx: &mut Tx, app: &App, actor: &Actor, id: &str, now: i64) -> Result<Handover> {
    let scope = actor.scope();
    let wanted = store::Wanted {
        scope: Some(&scope),
        own: actor.person.as_deref(),
        id: Some(id),
        most: 1,
        ..Default::default()
    };
    if store::list(tx, &wanted).await?.is_empty() {
        return Err(Problem::not_found());
    }
    one(tx, app, id, now).await
}

/// Whether somebody's post may be closed: account disabled, moved to another unit, retired. What was handed over once is
/// no longer his; who holds nothing has nothing to hand over.
///
/// # Errors
/// `handover.open` with who has not signed; `handover.missing` with what is left. With the articles that ask for it where
/// there are any, else `own`: it is our own default.
pub async fn may_leave(tx: &mut Tx, app: &App, person: &str, now: i64) -> Result<()> {
    let Some(whose) = people::person(tx, person).await? else { return Ok(()) };
    let open = store::open_of(tx, person).await?;
    let since_ms = store::done_of(tx, person).await?.map_or(0, |done| done.opened_ms);
    let left = standing::held(tx, &whose.agency_id, person, since_ms, now).await?;
    if open.is_none() && left.is_empty() {
        return Ok(());
    }
    let serials: Vec<&str> = left.devices.iter().map(|one| one.name.as_str()).collect();
    let code = if open.is_some() { "handover.open" } else { "handover.missing" };
    let mut problem = Problem::refused(409, code)
        .with("name", whose.name)
        .with("devices", if serials.is_empty() { "—".to_owned() } else { serials.join("、") })
        .with("recordings", left.recordings_total)
        .with("tasks", left.tasks.len())
        .with("duties", left.duties.len());
    if let Some(open) = open {
        problem = problem.with("id", open.id).with("missing", open.missing.len());
    }
    let laws = Adopted::by(tx, &whose.agency_id).await?.of_unit(app, whose.unit.as_deref(), legal_day(now));
    problem = laws.refuse(problem, "MGT-32");
    if is_violation(&laws, now) {
        problem = problem.with("violation", Violation::HandoverMissing.code());
    }
    let own = problem.articles.is_empty();
    Err(problem.with("own", own))
}

/// Somebody was to close a post whose handover is open: refused, and kept. Under a regulation that knows it as a violation
/// the handover is a candidate from then on.
pub async fn note_evaded(app: &App, actor: &Actor, now: i64, problem: &Problem) -> Result<()> {
    let (true, Some(id)) = (problem.code == "handover.open", problem.params.get("id").and_then(Json::as_str)) else {
        return Ok(());
    };
    let mut tx = app.db.begin().await?;
    let found = one(&mut tx, app, id, now).await?;
    if store::evaded(&mut tx, id, now).await? {
        let detail = json!({"person": found.person.id});
        audit::record(&mut tx, actor, now, Act::HandoverEvaded, Some(&found.agency_id), Some(id), detail).await?;
    }
    tx.commit().await?;
    app.events.notify_one();
    Ok(())
}
