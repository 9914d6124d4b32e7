//! What the register knows of a form's fields and rows.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use tiezheng_paper::{Form, Sticker};

use super::{NewDocument, handover, orders, statistics};
use crate::app::App;
use crate::db::Tx;
use crate::equipment::store::{devices, steps};
use crate::equipment::{Device, Step, acts};
use crate::error::{Problem, Result};
use crate::locale;
use crate::people::{Actor, store};
use crate::recordings::form::china_time;

/// Devices of one paper: a ledger of more is several papers.
pub const SUBJECTS_MOST: usize = 200;
/// Milliseconds of a year, for the years a device was used.
const YEAR_DAYS: f64 = 365.2425;

pub(super) type Row = BTreeMap<String, String>;

/// A form without its number.
#[derive(Default)]
pub struct Filled {
    pub agency: String,
    pub short_name: String,
    pub unit: String,
    pub unit_id: Option<String>,
    pub fields: Row,
    pub tables: BTreeMap<String, Vec<Row>>,
    pub labels: Vec<Sticker>,
}

/// A device and what became of it, oldest step first.
pub(super) struct Known {
    pub device: Device,
    steps: Vec<Step>,
}

pub async fn filled(
    tx: &mut Tx,
    app: &App,
    actor: &Actor,
    form: Form,
    new: &NewDocument,
    language: &str,
    now: i64,
) -> Result<Filled> {
    let agency = actor.own_agency()?;
    let found = store::agencies(tx, Some(agency)).await?.pop().ok_or_else(Problem::not_found)?;
    let mut filled = Filled { agency: found.name, short_name: found.short_name, ..Filled::default() };
    match form {
        Form::Handover => handover::fill(tx, actor, &new.subjects, (language, now), &mut filled).await?,
        Form::Provision => statistics::fill(tx, app, actor, &new.subjects, (language, now), &mut filled).await?,
        _ => {
            let with_steps = form != Form::DeviceLabels;
            let known = devices_of(tx, actor, agency, &new.subjects, with_steps).await?;
            of_one_unit(&mut filled, known.iter().map(|known| known.device.unit.as_ref()));
            of_devices(form, &known, language, &mut filled);
            match (form, known.first()) {
                (Form::DeviceTransfer, _) => orders::transfer(tx, &known, language, &mut filled).await?,
                (Form::DeviceRetirement, _) => orders::retirement(tx, &known, (language, now), &mut filled).await?,
                (Form::DeviceLoss, Some(known)) => orders::loss(tx, known, language, &mut filled).await?,
                _ => {}
            }
        }
    }
    Ok(filled)
}

/// The devices of a paper, in the order in which they were asked for.
async fn devices_of(tx: &mut Tx, actor: &Actor, agency: &str, ids: &[String], with_steps: bool) -> Result<Vec<Known>> {
    let wanted =
        devices::Wanted { agency: Some(agency), ids: Some(ids), most: ids.len() as i64, ..devices::Wanted::default() };
    let mut found: BTreeMap<String, Device> =
        devices::list(tx, &wanted).await?.into_iter().map(|device| (device.id.clone(), device)).collect();
    let mut known = Vec::new();
    for id in ids {
        let unknown = || Problem::invalid("subjects", "field.unknown_reference").with("value", crate::field::short(id));
        let device = found.remove(id).ok_or_else(unknown)?;
        acts::within(actor, device.unit_id())?;
        let steps = if with_steps { steps::history(tx, id).await? } else { Vec::new() };
        known.push(Known { device, steps });
    }
    Ok(known)
}

/// The unit of a paper, where all it is about is one unit's.
fn of_one_unit<'a>(filled: &mut Filled, mut units: impl Iterator<Item = Option<&'a store::Named>>) {
    let Some(Some(first)) = units.next() else { return };
    if units.all(|unit| unit.is_some_and(|unit| unit.id == first.id)) {
        (filled.unit, filled.unit_id) = (first.name.clone(), Some(first.id.clone()));
    }
}

fn of_devices(form: Form, known: &[Known], language: &str, filled: &mut Filled) {
    let rows = |row: &dyn Fn(&Known) -> Row| known.iter().map(row).collect::<Vec<Row>>();
    let table = |name: &str, rows: Vec<Row>| BTreeMap::from([(name.to_owned(), rows)]);
    let first = known.first();
    match form {
        Form::DeviceLabels => filled.labels = known.iter().map(|known| sticker(&known.device, language)).collect(),
        Form::DeviceIssue => filled.tables = table("devices", rows(&|known| issued(known, language))),
        Form::DeviceCheck => filled.tables = table("checks", rows(&|known| checked(known, language))),
        Form::DeviceRepair => filled.fields = first.map(|known| repaired(known, language)).unwrap_or_default(),
        Form::DeviceLoss => filled.fields = first.map(|known| lost(known, language)).unwrap_or_default(),
        _ => {}
    }
}

pub(super) fn put(row: &mut Row, key: &str, text: String) {
    if !text.is_empty() {
        row.insert(key.to_owned(), text);
    }
}

/// A code as a word where there is one.
pub(super) fn word(language: &str, prefix: &str, code: &str) -> String {
    let key = format!("{prefix}.{code}");
    let text = locale::text(language, &key, &Map::new());
    if text == key { code.to_owned() } else { text }
}

pub(super) fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

fn minute(ms: i64) -> String {
    china_time(ms)[..16].to_owned()
}

pub(super) fn years(in_use_on: Option<&str>, now: i64) -> String {
    let began = in_use_on.and_then(|day| day.parse::<jiff::civil::Date>().ok());
    let today = china_time(now)[..10].parse::<jiff::civil::Date>().ok();
    let days = began.zip(today).and_then(|(began, today)| today.since(began).ok()).map(|span| span.get_days());
    days.filter(|days| *days >= 0).map(|days| format!("{:.1}", f64::from(days) / YEAR_DAYS)).unwrap_or_default()
}

/// What a device is called: its kind, or what it is of kind other, and maker and model.
fn called(device: &Device, language: &str) -> String {
    let kind = match &device.description {
        Some(description) if device.kind == "other" => description.clone(),
        _ => word(language, "equipment.kind", &device.kind),
    };
    [kind, device.maker.clone(), device.model.clone()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

pub(super) fn of(device: &Device, language: &str, keys: &[&str]) -> Row {
    let mut row = Row::new();
    for key in keys {
        let text = match *key {
            "asset_no" => device.asset_no.clone().unwrap_or_default(),
            "device" => called(device, language),
            "serial_no" => device.serial_no.clone(),
            "acquired_on" => device.acquired_on.clone().unwrap_or_default(),
            "in_use_on" => device.in_use_on.clone().unwrap_or_default(),
            "price" => device.price_fen.map(yuan).unwrap_or_default(),
            _ => device.holder.as_ref().map(|holder| holder.name.clone()).unwrap_or_default(),
        };
        put(&mut row, key, text);
    }
    row
}

fn sticker(device: &Device, language: &str) -> Sticker {
    Sticker {
        id: device.id.clone(),
        asset_no: device.asset_no.clone().unwrap_or_else(|| device.serial_no.clone()),
        model: called(device, language),
        unit: device.unit.as_ref().map(|unit| unit.name.clone()).unwrap_or_default(),
    }
}

/// The last step of one of these acts.
fn step<'a>(known: &'a Known, acts: &[&str]) -> Option<&'a Step> {
    known.steps.iter().rev().find(|step| acts.contains(&step.act.as_str()))
}

fn text(step: Option<&Step>, pointer: &str) -> String {
    match step.and_then(|step| step.detail.pointer(pointer)) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// The word for what the last step of these acts says there.
pub(super) fn done(known: &Known, acts: &[&str], pointer: &str, prefix: &str, language: &str) -> String {
    let code = text(step(known, acts), pointer);
    if code.is_empty() { code } else { word(language, prefix, &code) }
}

/// Who signed with the device in hand, and when; else the name of whose step it was.
fn signed(step: Option<&Step>) -> String {
    let Some(step) = step else { return String::new() };
    let signature = step.signature.as_ref().and_then(|signature| signature["name"].as_str());
    signature.map(|name| signed_by(name, Some(step.at_ms))).unwrap_or_default()
}

pub(super) fn signed_by(name: &str, at_ms: Option<i64>) -> String {
    at_ms.map_or_else(|| name.to_owned(), |at_ms| format!("{name} {}", minute(at_ms)))
}

fn by(step: Option<&Step>) -> String {
    step.and_then(|step| step.by.as_ref()).map(|by| by.name.clone()).unwrap_or_default()
}

/// The last time a device went out, and the return that followed it.
fn issued(known: &Known, language: &str) -> Row {
    let mut row = of(&known.device, language, &["asset_no", "device", "serial_no"]);
    let out = step(known, &["check_out", "issue"]);
    let back = step(known, &["return"]).filter(|back| out.is_some_and(|out| back.revision > out.revision));
    let accessories = text(out, "/accessories");
    put(
        &mut row,
        "accessories",
        if accessories.is_empty() {
            known.device.accessories.join(&word(language, "list", "comma"))
        } else {
            accessories
        },
    );
    for (at, condition, who, step) in
        [("out_at", "out_condition", "receiver", out), ("in_at", "in_condition", "returner", back)]
    {
        let Some(found) = step else { continue };
        put(&mut row, at, minute(found.at_ms));
        let code = text(step, "/condition");
        put(
            &mut row,
            condition,
            if code.is_empty() { text(step, "/appearance") } else { word(language, "sheet.condition", &code) },
        );
        // A device that goes out is signed for by whoever takes it, one that comes back by the keeper: who brought it signs
        // on the paper.
        let (taken, kept) = if who == "receiver" { (signed(step), by(step)) } else { (String::new(), signed(step)) };
        put(&mut row, who, taken);
        put(&mut row, "keeper", if kept.is_empty() { by(step) } else { kept });
    }
    row
}

/// What was looked at when it last went out.
fn checked(known: &Known, language: &str) -> Row {
    let mut row = of(&known.device, language, &["asset_no", "device"]);
    let step = step(known, &["check_out"]);
    let Some(found) = step else { return row };
    let word = |passed: bool| locale::text(language, if passed { "sheet.passed" } else { "sheet.failed" }, &Map::new());
    put(&mut row, "checked_at", minute(found.at_ms));
    let percent = text(step, "/battery_percent");
    put(&mut row, "battery", if percent.is_empty() { percent } else { format!("{percent}%") });
    let minutes = text(step, "/free_minutes");
    put(&mut row, "storage", if minutes.is_empty() { minutes } else { format!("{minutes} min") });
    let error = found.detail["clock_error_ms"].as_f64();
    put(&mut row, "clock", error.map(|ms| format!("{:+.1} s", ms / 1_000.0)).unwrap_or_default());
    put(&mut row, "appearance", text(step, "/appearance"));
    let checks: Vec<bool> =
        found.detail["checks"].as_object().into_iter().flatten().filter_map(|(_, passed)| passed.as_bool()).collect();
    // Where no figure was noted, what was found about it.
    for (column, item) in [
        ("battery", "battery"),
        ("storage", "storage"),
        ("clock", "date_time"),
        ("appearance", "no_fault"),
        ("functions", "works_normally"),
    ] {
        let found = found.detail["checks"][item].as_bool().filter(|_| !row.contains_key(column));
        put(&mut row, column, found.map(word).unwrap_or_default());
    }
    if !checks.is_empty() {
        put(&mut row, "result", word(checks.iter().all(|passed| *passed)));
    }
    if let Some(handed_in) = found.detail["data_handed_in"].as_bool() {
        let key = if handed_in { "sheet.yes" } else { "sheet.no" };
        put(&mut row, "data_handed_in", locale::text(language, key, &Map::new()));
    }
    put(&mut row, "problem", text(step, "/urgent_reason"));
    put(&mut row, "checker", signed(step));
    row
}

fn repaired(known: &Known, language: &str) -> Row {
    let mut row = of(&known.device, language, &["asset_no", "device", "serial_no", "holder"]);
    let fault = step(known, &["fault", "damaged"]);
    let after =
        |acts: &[&str]| step(known, acts).filter(|step| fault.is_none_or(|fault| step.revision > fault.revision));
    let (sent, back) = (after(&["send_repair"]), after(&["repaired"]));
    if let Some(fault) = fault {
        put(&mut row, "reported_at", minute(fault.at_ms));
        put(&mut row, "reporter", by(Some(fault)));
        let told = text(Some(fault), "/fault");
        put(&mut row, "fault", if told.is_empty() { text(Some(fault), "/circumstances") } else { told });
        put(&mut row, "recordings_state", text(Some(fault), "/recordings_at_risk"));
    }
    put(&mut row, "firm", text(sent, "/firm"));
    put(&mut row, "sent_on", sent.map(|step| china_time(step.at_ms)[..10].to_owned()).unwrap_or_default());
    put(&mut row, "returned_on", back.map(|step| china_time(step.at_ms)[..10].to_owned()).unwrap_or_default());
    put(&mut row, "cost", back.and_then(|step| step.detail["cost_fen"].as_i64()).map(yuan).unwrap_or_default());
    put(&mut row, "parts", text(back, "/parts"));
    let result = text(back, "/result");
    put(&mut row, "verdict", if result.is_empty() { result } else { word(language, "sheet.result", &result) });
    row
}

fn lost(known: &Known, language: &str) -> Row {
    let mut row = of(&known.device, language, &["asset_no", "device", "serial_no", "price", "holder"]);
    let found = step(known, &["lost", "stolen", "damaged"]);
    let Some(told) = found else { return row };
    // Nobody holds what is lost: who had it when that was told.
    if let Some(person) = &told.person {
        put(&mut row, "holder", person.name.clone());
    }
    put(&mut row, "loss_kind", word(language, "sheet.act", &told.act));
    put(&mut row, "happened_at", told.detail["happened_ms"].as_i64().map(minute).unwrap_or_default());
    put(&mut row, "reported_at", minute(told.at_ms));
    put(&mut row, "place", text(found, "/place"));
    put(&mut row, "police_no", text(found, "/police_report_no"));
    put(&mut row, "circumstances", text(found, "/circumstances"));
    let at_risk = told.detail["recordings_at_risk"].as_array();
    let none = locale::text(language, "sheet.none", &Map::new());
    let listed = |list: &Vec<Value>| if list.is_empty() { none.clone() } else { text(found, "/recordings_at_risk") };
    put(&mut row, "recordings_at_risk", at_risk.map(listed).unwrap_or_default());
    put(&mut row, "reporter_signed", signed(found));
    row
}
