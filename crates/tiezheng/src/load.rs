//! `tiezheng load`: agencies, units, people, devices, custody, activities, cases and holidays from one JSON file.
//!
//! Repeatable: rows are brought in line by id. All or nothing: a wrong line refuses the whole file and names its path.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::activities;
use crate::app::App;
use crate::args;
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::equipment;
use crate::error::{Problem, Result};
use crate::people::{self, Actor, NewAccount, Role};

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fixture {
    pub format: String,
    #[serde(default)]
    pub agencies: Vec<Agency>,
    #[serde(default)]
    pub units: Vec<Unit>,
    #[serde(default)]
    pub people: Vec<Person>,
    #[serde(default)]
    pub devices: Vec<Device>,
    #[serde(default)]
    pub custody: Vec<Custody>,
    #[serde(default)]
    pub names: Vec<Name>,
    #[serde(default)]
    pub cases: Vec<Case>,
    #[serde(default)]
    pub activities: Vec<Activity>,
    #[serde(default)]
    pub holidays: Vec<Holiday>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Agency {
    id: String,
    name: String,
    short_name: Option<String>,
    profile: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    id: String,
    agency: String,
    parent: Option<String>,
    name: String,
    #[serde(default = "unit_kind")]
    kind: String,
}

fn unit_kind() -> String {
    "unit".into()
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    id: String,
    /// Null only for those above all agencies and for IT administrators.
    agency: Option<String>,
    unit: Option<String>,
    name: String,
    certificate_no: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
    account: Option<String>,
    #[serde(skip_serializing)]
    password: Option<String>,
    #[serde(default = "yes")]
    active: bool,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    id: String,
    agency: String,
    unit: Option<String>,
    kind: String,
    #[serde(default)]
    model: String,
    serial_no: String,
    asset_no: Option<String>,
    #[serde(default = "in_use")]
    status: String,
}

fn in_use() -> String {
    "in_use".into()
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Custody {
    device: String,
    holder: String,
    from: String,
    to: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    agency: String,
    kind: String,
    code: String,
    id: String,
    from: String,
    to: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    id: String,
    agency: String,
    number: String,
    title: String,
    closed_on: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    id: String,
    agency: String,
    unit: Option<String>,
    title: String,
    occasion: String,
    place: Option<String>,
    party: Option<String>,
    began: String,
    ended: Option<String>,
    #[serde(default)]
    officers: Vec<String>,
    #[serde(default)]
    devices: Vec<String>,
    case: Option<String>,
    #[serde(default)]
    grounds: Vec<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    date: String,
    working: bool,
    note: Option<String>,
}

/// Reads a fixture; errors name line and column.
pub fn parse(text: &[u8]) -> Result<Fixture> {
    let fixture: Fixture = serde_json::from_slice(text)
        .map_err(|error| Problem::refused(422, "fixture.invalid").with("detail", error.to_string()))?;
    if fixture.format != "tiezheng-fixture/1" {
        return Err(Problem::refused(422, "fixture.format").with("format", fixture.format));
    }
    Ok(fixture)
}

/// An instant with its offset (`2026-05-01T08:00:00+08:00`), or a day, which begins at midnight in Asia/Shanghai.
pub fn instant(text: &str, path: &str) -> Result<i64> {
    let full = if text.len() == 10 { format!("{text}T00:00:00+08:00") } else { text.to_owned() };
    full.parse::<jiff::Timestamp>()
        .map(jiff::Timestamp::as_millisecond)
        .map_err(|error| Problem::refused(422, "fixture.time").with("path", path).with("text", text).because(error))
}

pub async fn load(app: &App, actor: &Actor, fixture: &Fixture) -> Result<serde_json::Value> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let report = put_all(app, &mut tx, actor, now, fixture).await?;
    audit::record(&mut tx, actor, now, Act::FixtureLoaded, None, None, report.clone()).await?;
    record_rows(&mut tx, actor, now, fixture).await?;
    tx.commit().await?;
    audit::sequence(app).await?;
    Ok(report)
}

/// Rows of one event, in bytes of JSON: the log takes a megabyte.
const ROWS_BYTES: usize = 256 << 10;
const ROW_BYTES_MAX: usize = 512 << 10;

/// What was loaded, as events: all of it but passwords, so that the registers can be rebuilt from the log.
async fn record_rows(tx: &mut Tx, actor: &Actor, now: i64, fixture: &Fixture) -> Result<()> {
    let told = serde_json::to_value(fixture)?;
    for (section, rows) in told.as_object().into_iter().flatten() {
        let mut waiting: Vec<&serde_json::Value> = Vec::new();
        let mut bytes = 0;
        for (n, row) in rows.as_array().into_iter().flatten().enumerate() {
            let length = row.to_string().len();
            if length > ROW_BYTES_MAX {
                let path = format!("{section}[{n}]");
                return Err(Problem::refused(422, "fixture.row_too_large").with("path", path).with("bytes", length));
            }
            if bytes + length > ROWS_BYTES {
                let detail = json!({"section": section, "rows": std::mem::take(&mut waiting)});
                audit::record(tx, actor, now, Act::RegistryLoaded, None, None, detail).await?;
                bytes = 0;
            }
            waiting.push(row);
            bytes += length;
        }
        if !waiting.is_empty() {
            let detail = json!({"section": section, "rows": waiting});
            audit::record(tx, actor, now, Act::RegistryLoaded, None, None, detail).await?;
        }
    }
    Ok(())
}

/// Brings all rows in line, in an order in which each finds what it refers to.
pub(crate) async fn put_all(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    now: i64,
    fixture: &Fixture,
) -> Result<serde_json::Value> {
    for (n, agency) in fixture.agencies.iter().enumerate() {
        let path = format!("agencies[{n}]");
        if !app.laws.knows(&agency.profile) {
            return Err(Problem::refused(422, "fixture.profile")
                .with("path", format!("{path}.profile"))
                .with("profile", agency.profile.as_str())
                .with("known", app.laws.ids().join(", ")));
        }
        let row = people::store::Agency {
            id: agency.id.clone(),
            name: agency.name.clone(),
            short_name: agency.short_name.clone().unwrap_or_else(|| agency.name.clone()),
            profile: agency.profile.clone(),
        };
        people::store::put_agency(tx, &row, now).await.map_err(at(&path))?;
    }
    // Parents may stand after their children in the file: rows first, the tree after.
    for (n, unit) in fixture.units.iter().enumerate() {
        let row = |parent_id| people::store::Unit {
            id: unit.id.clone(),
            agency_id: unit.agency.clone(),
            parent_id,
            name: unit.name.clone(),
            kind: unit.kind.clone(),
        };
        people::store::put_unit(tx, &row(None)).await.map_err(at(&format!("units[{n}]")))?;
    }
    for (n, unit) in fixture.units.iter().enumerate().filter(|(_, unit)| unit.parent.is_some()) {
        let sql = "update unit set parent_id = $1 where id = $2";
        tx.exec(sql, args![unit.parent.clone(), unit.id.as_str()]).await.map_err(at(&format!("units[{n}].parent")))?;
    }
    for (n, person) in fixture.people.iter().enumerate() {
        put_person(tx, actor, now, person).await.map_err(at(&format!("people[{n}]")))?;
    }
    for (n, device) in fixture.devices.iter().enumerate() {
        let path = format!("devices[{n}]");
        if !equipment::store::KINDS.contains(&device.kind.as_str()) {
            let allowed = equipment::store::KINDS.join(", ");
            return Err(Problem::invalid("kind", "device.kind").with("allowed", allowed).with("path", path));
        }
        let row = equipment::store::NewDevice {
            id: &device.id,
            agency: &device.agency,
            unit: device.unit.as_deref(),
            kind: &device.kind,
            model: &device.model,
            serial_no: &device.serial_no,
            asset_no: device.asset_no.as_deref(),
            status: &device.status,
        };
        equipment::store::put(tx, &row).await.map_err(at(&path))?;
    }
    for (n, custody) in fixture.custody.iter().enumerate() {
        let path = format!("custody[{n}]");
        let to = custody.to.as_deref().map(|to| instant(to, &format!("{path}.to"))).transpose()?;
        let from = instant(&custody.from, &format!("{path}.from"))?;
        equipment::store::put_custody(tx, &custody.device, &custody.holder, from, to).await.map_err(at(&path))?;
    }
    for (n, name) in fixture.names.iter().enumerate() {
        let path = format!("names[{n}]");
        let row = equipment::store::NameCode {
            agency: &name.agency,
            kind: &name.kind,
            code: &name.code,
            target: &name.id,
            from_ms: instant(&name.from, &format!("{path}.from"))?,
            to_ms: name.to.as_deref().map(|to| instant(to, &format!("{path}.to"))).transpose()?,
        };
        equipment::store::put_code(tx, &row).await.map_err(at(&path))?;
    }
    for (n, case) in fixture.cases.iter().enumerate() {
        let path = format!("cases[{n}]");
        let closed = case.closed_on.as_deref().map(|day| instant(day, &format!("{path}.closed_on"))).transpose()?;
        activities::store::put_case(tx, &case.id, &case.agency, &case.number, &case.title, closed)
            .await
            .map_err(at(&path))?;
    }
    for (n, activity) in fixture.activities.iter().enumerate() {
        let path = format!("activities[{n}]");
        let row = activities::store::NewActivity {
            id: &activity.id,
            agency: &activity.agency,
            unit: activity.unit.as_deref(),
            case: activity.case.as_deref(),
            title: &activity.title,
            occasion: &activity.occasion,
            place: activity.place.as_deref(),
            party: activity.party.as_deref(),
            began_ms: instant(&activity.began, &format!("{path}.began"))?,
            ended_ms: activity.ended.as_deref().map(|to| instant(to, &format!("{path}.ended"))).transpose()?,
            officers: &activity.officers,
            devices: &activity.devices,
            grounds: &json!(activity.grounds).to_string(),
        };
        activities::store::put(tx, &row).await.map_err(at(&path))?;
    }
    for (n, holiday) in fixture.holidays.iter().enumerate() {
        instant(&holiday.date, &format!("holidays[{n}].date"))?;
        tx.exec(
            "insert into holiday (day, working, note) values ($1, $2, $3)
             on conflict (day) do update set working = excluded.working, note = excluded.note",
            args![holiday.date.as_str(), holiday.working, holiday.note.clone()],
        )
        .await?;
    }
    Ok(json!({
        "agencies": fixture.agencies.len(), "units": fixture.units.len(), "people": fixture.people.len(),
        "devices": fixture.devices.len(), "custody": fixture.custody.len(), "names": fixture.names.len(),
        "cases": fixture.cases.len(), "activities": fixture.activities.len(), "holidays": fixture.holidays.len(),
    }))
}

impl Fixture {
    /// The sections that the events of one load have told.
    pub(crate) fn of_sections(mut sections: serde_json::Map<String, serde_json::Value>) -> Result<Fixture> {
        sections.insert("format".into(), "tiezheng-fixture/1".into());
        let invalid =
            |error: serde_json::Error| Problem::refused(422, "fixture.invalid").with("detail", error.to_string());
        serde_json::from_value(sections.into()).map_err(invalid)
    }

    /// Takes the accounts out of the people, since their passwords are not told.
    pub(crate) fn take_accounts(&mut self) -> Vec<TakenAccount> {
        let taken = |person: &mut Person| {
            let account = person.account.take()?;
            Some(TakenAccount {
                account,
                person: person.agency.is_some().then(|| person.id.clone()),
                name: person.name.clone(),
                agency: person.agency.clone(),
                roles: person.roles.clone(),
            })
        };
        self.people.iter_mut().filter_map(taken).collect()
    }
}

/// What a fixture says of somebody's account.
pub(crate) struct TakenAccount {
    pub account: String,
    pub person: Option<String>,
    pub name: String,
    pub agency: Option<String>,
    pub roles: Vec<String>,
}

async fn put_person(tx: &mut Tx, actor: &Actor, now: i64, person: &Person) -> Result<()> {
    let mut roles = Vec::new();
    for name in &person.roles {
        roles.push(Role::parse(name).ok_or_else(|| Problem::refused(422, "role.unknown").with("role", name.as_str()))?);
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

/// Adds where in the file it went wrong.
fn at(path: &str) -> impl FnOnce(Problem) -> Problem {
    let path = path.to_owned();
    move |problem| problem.with("path", path)
}
