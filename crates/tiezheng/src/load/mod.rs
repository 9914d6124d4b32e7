//! `tiezheng load`: agencies, units, people, devices, custody, activities, cases and holidays from one JSON file.
//!
//! Repeatable: rows are brought in line by id. All or nothing: what is wrong is listed with its section and row, and
//! nothing is loaded.

mod check;
mod rows;
mod store;

use std::collections::HashMap;

use serde_json::json;

use crate::activities;
use crate::app::App;
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::equipment;
use crate::error::Result;
use crate::people::{self, Actor, NewAccount, Role};
use crate::regulations::{self, store::units::Span};

pub use rows::{Fixture, parse, read};
use rows::{Person, instant};

pub async fn load(app: &App, actor: &Actor, fixture: &Fixture) -> Result<serde_json::Value> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let (report, bound) = put_all(app, &mut tx, actor, now, fixture).await?;
    audit::record(&mut tx, actor, now, Act::FixtureLoaded, None, None, report.clone()).await?;
    tx.commit().await?;
    for (unit, from_ms) in bound {
        regulations::binding::judge_wanted(app, &unit, from_ms).await?;
    }
    audit::sequence(app).await?;
    Ok(report)
}

/// The rows written so far, as events: all of them but passwords.
async fn tell(tx: &mut Tx, actor: &Actor, now: i64, section: &str) -> Result<()> {
    if !tx.has_to_tell() {
        return Ok(());
    }
    audit::record(tx, actor, now, Act::RegistryLoaded, None, None, json!({"section": section})).await
}

/// Brings all rows in line, in an order in which each finds what it refers to; none of them if one is wrong.
async fn put_all(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    now: i64,
    fixture: &Fixture,
) -> Result<(serde_json::Value, Bound)> {
    let profiles = app.laws.ids().into_iter().map(str::to_owned).collect();
    rows::refuse(check::check(fixture, &store::known(tx, profiles, fixture).await?))?;
    let posts = store::posts(tx, fixture).await?;
    let bound = put_people(tx, actor, now, fixture).await?;
    put_equipment(tx, actor, now, fixture).await?;
    tell(tx, actor, now, "equipment").await?;
    handed_over(app, tx, now, fixture, &posts).await?;
    for case in &fixture.cases {
        let closed = case.closed_on.as_deref().map(instant).transpose()?;
        activities::store::put_case(tx, &case.id, &case.agency, &case.number, &case.title, closed).await?;
    }
    for activity in &fixture.activities {
        let row = activities::store::NewActivity {
            id: &activity.id,
            agency: &activity.agency,
            unit: activity.unit.as_deref(),
            case: activity.case.as_deref(),
            title: &activity.title,
            occasion: &activity.occasion,
            place: activity.place.as_deref(),
            party: activity.party.as_deref(),
            began_ms: instant(&activity.began)?,
            ended_ms: activity.ended.as_deref().map(instant).transpose()?,
            officers: &activity.officers,
            devices: &activity.devices,
            grounds: &json!(activity.grounds).to_string(),
            joint_no: activity.joint_no.as_deref(),
        };
        activities::store::put(tx, &row).await?;
    }
    for holiday in &fixture.holidays {
        store::put_holiday(tx, holiday).await?;
    }
    tell(tx, actor, now, "activities").await?;
    let report = json!({
        "agencies": fixture.agencies.len(), "units": fixture.units.len(),
        "unit_regulations": fixture.unit_regulations.len(), "people": fixture.people.len(),
        "devices": fixture.devices.len(), "custody": fixture.custody.len(), "names": fixture.names.len(),
        "cases": fixture.cases.len(), "activities": fixture.activities.len(), "holidays": fixture.holidays.len(),
    });
    Ok((report, bound))
}

/// 交接: whom the file moves or retires has handed over his post, unless it is the file that takes everything from him.
async fn handed_over(
    app: &App,
    tx: &mut Tx,
    now: i64,
    fixture: &Fixture,
    posts: &HashMap<String, Option<String>>,
) -> Result<()> {
    let mut problems = Vec::new();
    for (n, person) in fixture.people.iter().enumerate() {
        let Some(unit) = posts.get(&person.id) else { continue };
        let field = if person.active { "unit" } else { "active" };
        if person.active && (unit.is_none() || *unit == person.unit) {
            continue;
        }
        match people::handover::may_leave(tx, app, &person.id, now).await {
            Err(problem) if problem.status >= 500 => return Err(problem),
            left => problems.extend(left.err().map(|problem| rows::at(problem, "people", n, field))),
        }
    }
    rows::refuse(problems)
}

/// Units that are bound otherwise than before, each from when on.
type Bound = Vec<(String, i64)>;

async fn put_people(tx: &mut Tx, actor: &Actor, now: i64, fixture: &Fixture) -> Result<Bound> {
    let mut bound = Bound::new();
    for agency in &fixture.agencies {
        let row = people::store::Agency {
            id: agency.id.clone(),
            name: agency.name.clone(),
            short_name: agency.short_name.clone().unwrap_or_else(|| agency.name.clone()),
            profile: agency.profile.clone(),
        };
        people::store::put_agency(tx, &row, now).await?;
    }
    // Parents may stand after their children in the file: rows first, the tree after.
    for unit in &fixture.units {
        let row = people::store::Unit {
            id: unit.id.clone(),
            agency_id: unit.agency.clone(),
            parent_id: None,
            name: unit.name.clone(),
            kind: unit.kind.clone(),
        };
        people::store::put_unit(tx, &row).await?;
    }
    for unit in &fixture.units {
        if let Some(parent) = &unit.parent {
            store::put_parent(tx, &unit.id, parent).await?;
        }
    }
    for row in &fixture.unit_regulations {
        let (from_ms, to_ms) = row.span()?;
        let (profile, document) = (row.profile.clone(), row.document.clone());
        let span = Span { profile, from_ms, to_ms, document, decided_by: row.decided_by.clone() };
        let before = regulations::store::units::of_unit(tx, &row.unit).await?;
        if !before.contains(&span) {
            regulations::store::units::put(tx, &row.unit, &span).await?;
            bound.push((row.unit.clone(), from_ms));
        }
    }
    for unit in &fixture.units {
        regulations::binding::put_default(tx, &unit.id, &unit.agency).await?;
    }
    tell(tx, actor, now, "units").await?;
    for (n, person) in fixture.people.iter().enumerate() {
        // Names and passwords of accounts are judged where accounts are made.
        let wrong = |problem| rows::at(problem, "people", n, "account");
        put_person(tx, actor, now, person).await.map_err(wrong)?;
    }
    tell(tx, actor, now, "people").await?;
    Ok(bound)
}

async fn put_equipment(tx: &mut Tx, actor: &Actor, now: i64, fixture: &Fixture) -> Result<()> {
    for (n, device) in fixture.devices.iter().enumerate() {
        let wrong = |problem| rows::at(problem, "devices", n, "serial_no");
        equipment::store::put(tx, &device.row()).await.map_err(wrong)?;
    }
    for custody in &fixture.custody {
        let (from, to) = (instant(&custody.from)?, custody.to.as_deref().map(instant).transpose()?);
        equipment::store::put_custody(tx, &custody.device, &custody.holder, from, to).await?;
    }
    for name in &fixture.names {
        let row = equipment::store::NameCode {
            agency: &name.agency,
            kind: &name.kind,
            code: &name.code,
            target: &name.id,
            from_ms: instant(&name.from)?,
            to_ms: name.to.as_deref().map(instant).transpose()?,
        };
        equipment::store::put_code(tx, &row).await?;
    }
    settle(tx, actor, now, fixture).await
}

/// 状态: what the file says of each device, told by whether somebody holds it, as a step of its history. "In use" is any
/// state in which a device of ours can be used: what was done with it here since stands.
async fn settle(tx: &mut Tx, actor: &Actor, now: i64, fixture: &Fixture) -> Result<()> {
    let ids: Vec<&str> = fixture.devices.iter().map(|device| device.id.as_str()).collect();
    let known = equipment::store::steps::standing(tx, &ids).await?;
    for device in &fixture.devices {
        let Some(stands) = known.get(&device.id) else { continue };
        let kept = device.status == "in_use" && stands.revision > 0 && stands.usable();
        let to = match kept {
            true => stands.status.as_str(),
            false => equipment::life::of_file(&device.status, stands.held),
        };
        if stands.revision > 0 && to == stands.status && device.unit == stands.told_unit {
            continue;
        }
        let step = equipment::store::steps::NewStep {
            device: &device.id,
            revision: stands.revision + 1,
            act: "load",
            from: (stands.revision > 0).then_some(stands.status.as_str()),
            to,
            at_ms: now,
            noted_ms: now,
            account: actor.account.as_deref(),
            unit: device.unit.as_deref(),
            detail: json!({}),
            ..Default::default()
        };
        equipment::store::steps::put(tx, &step).await?;
    }
    Ok(())
}

async fn put_person(tx: &mut Tx, actor: &Actor, now: i64, person: &Person) -> Result<()> {
    let mut roles: Vec<Role> = Vec::new();
    for role in person.roles.iter().filter_map(|name| Role::parse(name)) {
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    if let Some(agency) = &person.agency {
        let row = people::store::Person {
            id: &person.id,
            agency,
            unit: person.unit.as_deref(),
            name: &person.name,
            certificate_no: person.certificate_no.as_deref(),
            active: person.active,
        };
        people::store::put_person(tx, &row).await?;
        if !person.active {
            people::accounts::end_of_person(tx, actor, now, &person.id).await?;
        }
    }
    if let Some(account) = &person.account {
        let new = NewAccount {
            account,
            name: &person.name,
            person: person.agency.is_some().then_some(person.id.as_str()),
            agency: person.agency.as_deref(),
            roles: &roles,
            password: person.password.as_deref(),
        };
        people::put_account(tx, actor, now, &new).await?;
    }
    Ok(())
}
