//! Rows of a fixture file, and how the file is read.

use std::io::Read;
use std::path::Path;

use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tiezheng_rules::time::{day_begins_ms, day_ends_ms};

use crate::equipment::life;
use crate::equipment::store::NewDevice;
use crate::error::{Problem, Result};

/// Largest file, bytes: a city's registers have a tenth of it.
const FILE_MOST: u64 = 64 << 20;
/// Largest row, bytes: what is told of it in one event must fit into the log.
const ROW_MOST: usize = 512 << 10;
const FORMAT: &str = "tiezheng-fixture/1";

#[derive(Deserialize, Serialize, Default)]
pub struct Fixture {
    pub format: String,
    #[serde(default)]
    pub agencies: Vec<Agency>,
    #[serde(default)]
    pub units: Vec<Unit>,
    #[serde(default)]
    pub unit_regulations: Vec<UnitRegulation>,
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

#[derive(Deserialize, Serialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct Agency {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) short_name: Option<String>,
    pub(super) profile: String,
}

#[derive(Deserialize, Serialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    pub(super) id: String,
    pub(super) agency: String,
    pub(super) parent: Option<String>,
    pub(super) name: String,
    #[serde(default = "unit_kind")]
    pub(super) kind: String,
}

/// 适用: one regulation of a unit. A unit with none, here or in the database, gets its agency's from the outset.
#[derive(Deserialize, Serialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct UnitRegulation {
    pub(super) unit: String,
    pub(super) profile: String,
    /// First and last day; no last day: still.
    pub(super) from: String,
    pub(super) to: Option<String>,
    pub(super) document: Option<String>,
    pub(super) decided_by: Option<String>,
}

impl UnitRegulation {
    /// The first moment and the first one after. The file is checked already.
    pub(super) fn span(&self) -> Result<(i64, Option<i64>)> {
        let after = |to: &String| day("to", to).map(day_ends_ms);
        Ok((day_begins_ms(day("from", &self.from)?), self.to.as_ref().map(after).transpose()?))
    }
}

/// A day, and no instant.
pub(super) fn day(field: &str, text: &str) -> Result<Date> {
    let day = text.parse::<Date>().ok().filter(|_| text.len() == 10);
    let problem = || Problem::invalid(field, "fixture.day").with("text", crate::field::short(text));
    day.ok_or_else(problem)
}

fn unit_kind() -> String {
    "unit".into()
}

#[derive(Deserialize, Serialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub(super) id: String,
    /// Null only for those above all agencies and for IT administrators.
    pub(super) agency: Option<String>,
    pub(super) unit: Option<String>,
    pub(super) name: String,
    pub(super) certificate_no: Option<String>,
    #[serde(default)]
    pub(super) roles: Vec<String>,
    pub(super) account: Option<String>,
    #[serde(skip_serializing)]
    pub(super) password: Option<String>,
    #[serde(default = "yes")]
    pub(super) active: bool,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize, Serialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct Device {
    pub(super) id: String,
    pub(super) agency: String,
    pub(super) unit: Option<String>,
    pub(super) kind: String,
    #[serde(default)]
    pub(super) maker: String,
    #[serde(default)]
    pub(super) model: String,
    pub(super) description: Option<String>,
    pub(super) serial_no: String,
    pub(super) asset_no: Option<String>,
    pub(super) capacity_gb: Option<i64>,
    #[serde(default)]
    pub(super) capabilities: Vec<String>,
    #[serde(default)]
    pub(super) accessories: Vec<String>,
    pub(super) acquired_on: Option<String>,
    pub(super) price_fen: Option<i64>,
    pub(super) in_use_on: Option<String>,
    pub(super) purpose: Option<String>,
    #[serde(default = "in_use")]
    pub(super) status: String,
}

impl Device {
    pub(super) fn row(&self) -> NewDevice {
        NewDevice {
            id: self.id.clone(),
            agency: self.agency.clone(),
            unit: self.unit.clone(),
            kind: self.kind.clone(),
            maker: self.maker.trim().to_owned(),
            model: self.model.clone(),
            description: self.description.clone(),
            serial_no: self.serial_no.clone(),
            asset_no: self.asset_no.clone(),
            capacity_gb: self.capacity_gb,
            capabilities: self.capabilities.clone(),
            accessories: self.accessories.clone(),
            acquired_on: self.acquired_on.clone(),
            price_fen: self.price_fen,
            in_use_on: self.in_use_on.clone(),
            purpose: self.purpose.clone(),
            purchase: None,
            status: life::of_file(&self.status, false).to_owned(),
        }
    }
}

fn in_use() -> String {
    "in_use".into()
}

#[derive(Deserialize, Serialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct Custody {
    pub(super) device: String,
    pub(super) holder: String,
    pub(super) from: String,
    pub(super) to: Option<String>,
}

#[derive(Deserialize, Serialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct Name {
    pub(super) agency: String,
    pub(super) kind: String,
    pub(super) code: String,
    pub(super) id: String,
    pub(super) from: String,
    pub(super) to: Option<String>,
}

#[derive(Deserialize, Serialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub(super) id: String,
    pub(super) agency: String,
    pub(super) number: String,
    pub(super) title: String,
    pub(super) closed_on: Option<String>,
}

#[derive(Deserialize, Serialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    pub(super) id: String,
    pub(super) agency: String,
    pub(super) unit: Option<String>,
    pub(super) title: String,
    pub(super) occasion: String,
    pub(super) place: Option<String>,
    pub(super) party: Option<String>,
    pub(super) began: String,
    pub(super) ended: Option<String>,
    #[serde(default)]
    pub(super) officers: Vec<String>,
    #[serde(default)]
    pub(super) devices: Vec<String>,
    pub(super) case: Option<String>,
    #[serde(default)]
    pub(super) grounds: Vec<String>,
    pub(super) joint_no: Option<String>,
}

#[derive(Deserialize, Serialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    pub(super) date: String,
    pub(super) working: bool,
    pub(super) note: Option<String>,
}

/// The file as its sections, each row still text: so that every row that is wrong can be named.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sections<'a> {
    format: String,
    #[serde(borrow, default)]
    agencies: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    units: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    unit_regulations: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    people: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    devices: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    custody: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    names: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    cases: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    activities: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    holidays: Vec<&'a RawValue>,
}

/// The bytes of a fixture file, if they are few enough.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let unreadable = |error: std::io::Error| {
        Problem::refused(404, "file.unreadable").with("path", path.display().to_string()).because(error)
    };
    let mut text = Vec::new();
    std::fs::File::open(path).and_then(|file| file.take(FILE_MOST + 1).read_to_end(&mut text)).map_err(unreadable)?;
    if text.len() as u64 > FILE_MOST {
        return Err(Problem::refused(413, "fixture.too_large")
            .with("path", path.display().to_string())
            .with("most", FILE_MOST));
    }
    Ok(text)
}

/// Reads a fixture.
///
/// # Errors
/// `fixture.invalid` with line and column where it is no such JSON; else every row that has a wrong shape.
pub fn parse(text: &[u8]) -> Result<Fixture> {
    // Editors on Windows put a mark before the first byte.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let sections: Sections = serde_json::from_slice(text)
        .map_err(|error| Problem::refused(422, "fixture.invalid").with("detail", error.to_string()))?;
    if sections.format != FORMAT {
        return Err(Problem::refused(422, "fixture.format").with("format", crate::field::short(&sections.format)));
    }
    let mut problems = Vec::new();
    let fixture = Fixture {
        format: sections.format,
        agencies: rows("agencies", &sections.agencies, &mut problems),
        units: rows("units", &sections.units, &mut problems),
        unit_regulations: rows("unit_regulations", &sections.unit_regulations, &mut problems),
        people: rows("people", &sections.people, &mut problems),
        devices: rows("devices", &sections.devices, &mut problems),
        custody: rows("custody", &sections.custody, &mut problems),
        names: rows("names", &sections.names, &mut problems),
        cases: rows("cases", &sections.cases, &mut problems),
        activities: rows("activities", &sections.activities, &mut problems),
        holidays: rows("holidays", &sections.holidays, &mut problems),
    };
    refuse(problems).map(|()| fixture)
}

fn rows<T: DeserializeOwned>(section: &str, texts: &[&RawValue], problems: &mut Vec<Problem>) -> Vec<T> {
    let mut rows = Vec::with_capacity(texts.len());
    for (n, text) in texts.iter().enumerate() {
        let bytes = text.get().len();
        if bytes > ROW_MOST {
            let problem = Problem::refused(422, "fixture.row_too_large").with("bytes", bytes).with("most", ROW_MOST);
            problems.push(at(problem, section, n, ""));
            continue;
        }
        match serde_json::from_str(text.get()) {
            Ok(row) => rows.push(row),
            Err(error) => {
                // The place it names is counted from the row's own beginning: misleading in a file.
                let told = error.to_string();
                let detail = told.split(" at line ").next().unwrap_or("");
                problems.push(at(Problem::refused(422, "fixture.row").with("detail", detail), section, n, ""));
            }
        }
    }
    rows
}

/// Adds where in the file it is: the section, the row counted from one, and the path.
pub(super) fn at(problem: Problem, section: &str, n: usize, field: &str) -> Problem {
    let dot = if field.is_empty() { "" } else { "." };
    problem.with("section", section).with("row", n + 1).with("path", format!("{section}[{n}]{dot}{field}"))
}

/// All problems as one refusal.
pub(super) fn refuse(problems: Vec<Problem>) -> Result<()> {
    if problems.is_empty() {
        return Ok(());
    }
    let count = problems.len();
    Err(Problem { problems: problems.into(), ..Problem::refused(422, "fixture.refused").with("count", count) })
}

/// An instant with its offset (`2026-05-01T08:00:00+08:00`), or a day, which begins at midnight in Asia/Shanghai.
pub(super) fn instant(text: &str) -> Result<i64> {
    let full = if text.len() == 10 { format!("{text}T00:00:00+08:00") } else { text.to_owned() };
    full.parse::<jiff::Timestamp>()
        .map(jiff::Timestamp::as_millisecond)
        .map_err(|error| Problem::refused(422, "fixture.time").with("text", crate::field::short(text)).because(error))
}
