//! 领用、归还、报修、维护……: an act on one device or many, all of them or none.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use tiezheng_rules::time::legal_day;
use utoipa::ToSchema;

use super::detail::{Detail, Signature};
use super::judge::{by_user, judge};
use super::law::{Adopted, Laws};
use super::life::{self, Line};
use super::store::devices;
use super::store::steps::{self, NewStep};
use super::{Device, orders};
use crate::app::App;
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::db::owner::must_belong;
use crate::error::{Problem, Result};
use crate::field;
use crate::people::store::Named;
use crate::people::{self, Actor, Permission, Role, responsibility};

/// Devices of one bulk act.
const DEVICES_MOST: usize = 500;
/// Clocks of a browser and of the server differ a little.
pub(super) const CLOCKS_MS: i64 = 120_000;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Acts {
    /// issue, check_out, return, fault, send_repair, repaired, resume, upkeep, substandard, damaged, lost, stolen, found
    pub act: String,
    pub devices: Vec<Acted>,
    /// Who receives it (check_out), or gave it back.
    pub person_id: Option<String>,
    /// Whose it becomes (issue).
    pub unit_id: Option<String>,
    /// When it was done; left out: now.
    pub at_ms: Option<i64>,
    #[serde(default)]
    pub detail: Detail,
    pub signature: Option<Signature>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Acted {
    pub id: String,
    /// As it was seen: refused where somebody has changed the device since.
    pub revision: Option<i64>,
    /// Laid over the details of all.
    pub detail: Option<Detail>,
}

/// What came of it.
#[derive(Serialize, ToSchema)]
pub struct Done {
    pub devices: Vec<Device>,
    pub notes: Vec<Note>,
}

/// A remark that refuses nothing: a deviation on record, a suspected violation.
#[derive(Serialize, ToSchema)]
pub struct Note {
    pub device: String,
    pub code: String,
    #[schema(value_type = Vec<Object>)]
    pub articles: Vec<Json>,
}

/// Everything an act is judged by that is not the device's.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub actor: &'a Actor,
    pub line: &'static Line,
    pub laws: &'a Laws<'a>,
    pub at_ms: i64,
    pub person: Option<&'a (Named, Option<String>)>,
    pub unit: Option<&'a str>,
    pub signed: bool,
}

/// One act on all these devices, or on none.
///
/// # Errors
/// Of one device its own problem; of several `device.acts_refused` with the problem of each that stands in the way.
pub async fn perform(app: &App, actor: &Actor, now: i64, body: &Acts) -> Result<Done> {
    field::word("act", &body.act, &life::acts())?;
    let line = life::line(&body.act).ok_or_else(Problem::not_found)?;
    actor.may(line.may)?;
    let agency = actor.own_agency()?.to_owned();
    let ids = listed(&body.devices)?;
    let at_ms = moment(body.at_ms, now)?;
    let signature = body.signature.as_ref().map(|signature| signature.told(now)).transpose()?;
    let mut tx = app.db.begin().await?;
    let (adopted, day) = (Adopted::by(&mut tx, &agency).await?, legal_day(at_ms));
    let agencys = adopted.on(app, day);
    let person = match &body.person_id {
        Some(id) => {
            let unknown = || Problem::invalid("person_id", "field.unknown_reference").with("value", field::short(id));
            people::store::lock_people(&mut tx, &[id]).await?;
            Some(steps::officer(&mut tx, &agency, id).await?.ok_or_else(unknown)?)
        }
        None => None,
    };
    let unit: Vec<&str> = body.unit_id.iter().map(String::as_str).collect();
    must_belong(&mut tx, &agency, "unit", "unit_id", &unit).await?;
    let found = devices::locked(&mut tx, &agency, &ids).await?;
    let units: BTreeSet<Option<&str>> = found.iter().map(Device::unit_id).collect();
    let laws: BTreeMap<_, _> = units.into_iter().map(|unit| (unit, adopted.of_unit(app, unit, day))).collect();
    let asked = Asked {
        actor,
        line,
        laws: &agencys,
        at_ms,
        person: person.as_ref(),
        unit: body.unit_id.as_deref(),
        signed: signature.is_some(),
    };
    let mut units = BTreeMap::new();
    let (mut lawful, mut problems, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    for one in &body.devices {
        let Some(device) = found.iter().find(|device| device.id == one.id) else {
            problems.push(Problem::not_found().with("device", field::short(&one.id)));
            continue;
        };
        let asked = Asked { laws: laws.get(&device.unit_id()).unwrap_or(&agencys), ..asked };
        let detail = body.detail.with(one.detail.as_ref());
        let judged = async {
            detail.checked()?;
            seen(&mut tx, device, one.revision).await?;
            designated(&mut tx, app, &asked, now, device, &mut units).await?;
            judge(&mut tx, &asked, device, &detail).await
        };
        match judged.await {
            Ok(own) => {
                notes.extend(own);
                lawful.push((device, detail));
            }
            Err(problem) if problem.status >= 500 => return Err(problem),
            Err(problem) => problems.push(about(problem, device)),
        }
    }
    refuse(problems, body.devices.len())?;
    for (device, detail) in lawful {
        carry_out(&mut tx, &asked, now, device, &detail, signature.clone()).await?;
    }
    let wanted = devices::Wanted { ids: Some(&ids), most: ids.len() as i64, ..devices::Wanted::default() };
    let after = devices::list(&mut tx, &wanted).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok(Done { devices: after, notes })
}

/// 专人: whoever administers devices is designated for it, once anybody is; asked once for each unit.
async fn designated(
    tx: &mut Tx,
    app: &App,
    asked: &Asked<'_>,
    now: i64,
    device: &Device,
    units: &mut BTreeMap<Option<String>, Option<Problem>>,
) -> Result<()> {
    let duty = life::duty(asked.line.act).filter(|_| asked.actor.has(Permission::DeviceManage));
    let duty = duty.filter(|_| !by_user(asked.actor, asked.line, device));
    let Some(duty) = duty else { return Ok(()) };
    let unit = asked.unit.or(device.unit_id()).map(str::to_owned);
    if !units.contains_key(&unit) {
        let told = responsibility::must_hold(tx, &app.laws, asked.actor, unit.as_deref(), duty, now).await;
        units.insert(unit.clone(), told.err());
    }
    match units.get(&unit) {
        Some(Some(problem)) => Err(problem.clone()),
        _ => Ok(()),
    }
}

fn listed(devices: &[Acted]) -> Result<Vec<String>> {
    let ids: Vec<String> = devices.iter().map(|one| one.id.clone()).collect();
    if ids.is_empty() {
        return Err(Problem::invalid("devices", "field.required"));
    }
    if ids.len() > DEVICES_MOST {
        return Err(Problem::invalid("devices", "field.too_many").with("most", DEVICES_MOST));
    }
    match ids.iter().enumerate().find(|(n, id)| ids[..*n].contains(id)) {
        Some((_, twice)) => Err(Problem::invalid("devices", "device.twice").with("device", field::short(twice))),
        None => Ok(ids),
    }
}

/// When it was done: now, or earlier where it is written down later.
pub(super) fn moment(at_ms: Option<i64>, now: i64) -> Result<i64> {
    let at_ms = field::time("at_ms", at_ms.unwrap_or(now))?;
    if at_ms > now + CLOCKS_MS {
        return Err(Problem::invalid("at_ms", "field.in_future").with("found", at_ms));
    }
    Ok(at_ms.min(now))
}

/// A problem as one of a list names its device.
pub(super) fn about(problem: Problem, device: &Device) -> Problem {
    problem.with("device", device.id.as_str()).with("serial_no", device.serial_no.as_str())
}

/// One device's problem is the answer; those of many are listed.
fn refuse(mut problems: Vec<Problem>, asked: usize) -> Result<()> {
    match problems.len() {
        0 => Ok(()),
        1 if asked == 1 => Err(problems.remove(0)),
        wrong => {
            let status = if problems.iter().all(|problem| problem.status == 409) { 409 } else { 422 };
            let mut all = Problem::refused(status, "device.acts_refused").with("asked", asked).with("wrong", wrong);
            all.problems = problems.into();
            Err(all)
        }
    }
}

/// 越权: a custodian of a unit acts on what is its own, or lies in no unit's hands.
pub fn within(actor: &Actor, unit: Option<&str>) -> Result<()> {
    match unit {
        Some(unit) if !everywhere(actor) && !actor.units.iter().any(|own| own == unit) => {
            Err(Problem::refused(403, "device.other_unit"))
        }
        _ => Ok(()),
    }
}

/// Who belongs to no unit, or leads the agency, acts in all of it.
pub(super) fn everywhere(actor: &Actor) -> bool {
    actor.unit.is_none() || actor.roles.contains(&Role::Leader)
}

/// Two at once: who saw an older state is told what has become of it and by whom.
pub(super) async fn seen(tx: &mut Tx, device: &Device, revision: Option<i64>) -> Result<()> {
    if revision.is_none_or(|seen| seen == device.revision) {
        return Ok(());
    }
    let last = steps::last(tx, &device.id).await?;
    let by = last.as_ref().and_then(|step| step.by.as_ref()).map(|by| by.name.clone());
    Err(Problem::refused(409, "device.changed")
        .with("by", by)
        .with("at_ms", last.as_ref().map(|step| step.at_ms))
        .with("act", last.map(|step| step.act))
        .with("status", device.status.as_str())
        .with("revision", device.revision))
}

/// Where a lawful act leads.
fn leads_to<'a>(line: &'a Line, device: &'a Device, detail: &'a Detail) -> &'a str {
    let broken = matches!(detail.condition.as_deref(), Some("damaged" | "unusable"));
    match (line.act, device.status.as_str()) {
        ("return" | "found", "stopped") => "stopped",
        ("return" | "found", _) if broken => "stopped",
        ("return", "issued") => "in_store",
        ("return", _) if device.unit.is_none() => "in_store",
        ("return", _) => detail.to.as_deref().unwrap_or("issued"),
        ("repaired", _) if detail.result.as_deref() == Some("irreparable") => "stopped",
        ("repaired", _) => "in_store",
        (_, status) => line.to.unwrap_or(status),
    }
}

/// Step, state, custody, order and event of one device.
async fn carry_out(
    tx: &mut Tx,
    asked: &Asked<'_>,
    now: i64,
    device: &Device,
    detail: &Detail,
    signature: Option<Json>,
) -> Result<()> {
    let (act, at_ms) = (asked.line.act, asked.at_ms);
    let to = leads_to(asked.line, device, detail);
    let holder = device.holder.as_ref().map(|holder| holder.id.as_str());
    let person = asked.person.map(|(person, _)| person.id.as_str()).or(holder);
    let unit = match act {
        "issue" => asked.unit,
        "check_out" => device.unit_id().or(asked.person.and_then(|(_, unit)| unit.as_deref())),
        _ => device.unit_id(),
    };
    let detail_told = serde_json::to_value(detail)?;
    let next = NewStep::after(device, act, asked.actor, now);
    let step = NewStep { to, at_ms, person, unit, detail: detail_told, signature, ..next };
    steps::put(tx, &step).await?;
    if act == "return" || life::ends_custody(to) {
        steps::give_back(tx, &device.id, at_ms).await?;
    }
    if let ("check_out", Some(person)) = (act, person) {
        steps::give_back(tx, &device.id, at_ms).await?;
        steps::take(tx, &device.id, person, at_ms, detail.due_ms).await?;
    }
    if matches!(act, "issue" | "check_out") {
        steps::in_use_from(tx, &device.id, &legal_day(at_ms).to_string()).await?;
    }
    if act == "upkeep" {
        steps::looked_after(tx, &device.id, at_ms).await?;
    }
    if matches!(act, "substandard" | "damaged" | "lost" | "stolen") {
        orders::open_by_act(tx, asked.actor, now, device, act, &step.detail).await?;
    }
    let told = json!({
        "act": act, "from": device.status, "to": to, "revision": step.revision, "unit": unit, "person": person,
    });
    audit::record(tx, asked.actor, now, Act::DeviceActed, Some(&device.agency_id), Some(&device.id), told).await
}
