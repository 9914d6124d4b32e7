//! 演示数据: five fictional agencies with half a year of activity, as a fixture that `tiezheng load` takes.
//!
//! Everything is counted back from local midnight of `anchor_ms`, so the same day gives the same data, and media made
//! this morning is still right this afternoon. People and words stand in `story.toml`.

use jiff::{Timestamp, civil::Weekday, tz::Offset};
use serde_json::{Value, json};

mod story;

use story::Above;
pub use story::{Agency, Device, Person, Scene, Seed, Style, story};

/// Printed at start and shown on the demo's sign-in page; the demo is not a place for secrets.
pub const PASSWORD: &str = "tiezheng-demo-2026";
pub const FORMAT: &str = "tiezheng-fixture/1";

/// How far back the demo reaches, and how many activities each agency had in that time: the first few spread over the
/// half year, the others close together, so that the month just past looks like one at work.
pub const DAYS: i64 = 182;
/// Days before the anchor on which devices were first in somebody's hands.
pub const REACH: i64 = DAYS + 30;
const ACTIVITIES: usize = 12;
const LONG_AGO: usize = 4;
const LATELY: i64 = 28;
const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;
const CLOCK: Offset = Offset::constant(8);

/// One activity, before it becomes JSON or recordings.
pub struct Activity {
    pub id: String,
    pub agency: &'static Agency,
    pub scene: &'static Scene,
    pub title: String,
    pub place: &'static str,
    pub party: &'static str,
    pub began_ms: i64,
    pub ended_ms: i64,
    pub device: &'static Device,
    /// The device's holder first, then the second officer.
    pub officers: [&'static Person; 2],
    /// The agency's third activity is recorded in several parts of one capture.
    pub in_parts: bool,
    /// 联合执法编号 of the one that two agencies did together, each on its own regulation.
    pub joint_no: Option<String>,
}

/// Which activity of which agencies was done together: at the same time, for the same party.
const JOINT: (usize, [&str; 2]) = (10, ["cfd", "dl"]);

/// Local midnight of the anchor's day.
pub fn midnight(anchor_ms: i64) -> i64 {
    let local = i64::from(CLOCK.seconds()) * 1000;
    (anchor_ms + local).div_euclid(DAY_MS) * DAY_MS - local
}

/// All activities, oldest first.
pub fn activities(anchor_ms: i64) -> Vec<Activity> {
    let midnight = midnight(anchor_ms);
    let mut all: Vec<Activity> = story()
        .agency
        .iter()
        .enumerate()
        .flat_map(|(n, agency)| (0..ACTIVITIES).map(move |i| activity(midnight, n, agency, i)))
        .collect();
    all.sort_by(|a, b| (a.began_ms, &a.id).cmp(&(b.began_ms, &b.id)));
    all
}

fn activity(midnight: i64, n: usize, agency: &'static Agency, i: usize) -> Activity {
    let joint = i == JOINT.0 && JOINT.1.contains(&agency.id.as_str());
    let n = if joint { 0 } else { n };
    let mut seed = Seed((n * 1_000 + i) as u64);
    let age = age(i) - seed.below(3) as i64;
    let day = working_day(midnight - age.max(1) * DAY_MS);
    let began_ms = day + (9 * 60 + seed.below(6 * 60) as i64) * MINUTE_MS;
    let recording: Vec<&Device> = agency.devices.iter().filter(|device| device.style != Style::None).collect();
    let in_parts = i == 2;
    let device = if in_parts { recording[0] } else { recording[i % recording.len()] };
    let holder = holder(agency, device, midnight, began_ms);
    let others: Vec<&Person> =
        agency.people.iter().filter(|person| is_officer(person) && person.id != holder.id).collect();
    let scene = &story().scene[(i + n) % story().scene.len()];
    let parties = if joint { &story().agency[n].parties } else { &agency.parties };
    let party = &parties[(i + n) % parties.len()];
    Activity {
        id: format!("{}-a{:03}", agency.id, i + 1),
        agency,
        scene,
        title: format!("{party}{}", scene.title),
        place: &agency.places[i % agency.places.len()],
        party,
        began_ms,
        ended_ms: began_ms + (40 + seed.below(60) as i64) * MINUTE_MS,
        device,
        officers: [holder, others[i % others.len()]],
        in_parts,
        joint_no: joint.then(|| format!("联执〔{}〕1号", CLOCK.to_datetime(at(began_ms)).year())),
    }
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Days before the anchor of an agency's `i`-th activity.
fn age(i: usize) -> i64 {
    match i.checked_sub(LONG_AGO) {
        None => DAYS - (DAYS - LATELY) * i as i64 / LONG_AGO as i64,
        Some(lately) => LATELY - LATELY * lately as i64 / (ACTIVITIES - LONG_AGO) as i64,
    }
}

fn is_officer(person: &Person) -> bool {
    person.roles.iter().any(|role| role == "officer")
}

/// The last weekday on or before `day` (a local midnight).
fn working_day(day: i64) -> i64 {
    let weekday = Timestamp::from_millisecond(day).map(|at| CLOCK.to_datetime(at).weekday());
    match weekday {
        Ok(Weekday::Saturday) => day - DAY_MS,
        Ok(Weekday::Sunday) => day - 2 * DAY_MS,
        _ => day,
    }
}

/// When each holder had the device: equal shares of the half year, the last one open.
fn terms(device: &Device, midnight: i64) -> impl Iterator<Item = (&str, i64, Option<i64>)> {
    let first = midnight - REACH * DAY_MS;
    let share = REACH / device.holders.len().max(1) as i64 * DAY_MS;
    let last = device.holders.len().saturating_sub(1);
    device.holders.iter().enumerate().map(move |(i, holder)| {
        let from = first + share * i as i64;
        (holder.as_str(), from, (i < last).then_some(from + share))
    })
}

fn holder(agency: &'static Agency, device: &'static Device, midnight: i64, at_ms: i64) -> &'static Person {
    let id = terms(device, midnight)
        .find(|(_, from, to)| *from <= at_ms && to.is_none_or(|to| at_ms < to))
        .map(|(id, _, _)| id);
    agency.people.iter().find(|person| Some(person.id.as_str()) == id).unwrap_or(&agency.people[0])
}

/// The fixture for `tiezheng load`. Deterministic for a day.
pub fn fixture(anchor_ms: i64) -> Value {
    let midnight = midnight(anchor_ms);
    let activities = activities(anchor_ms);
    let agencies = &story().agency;
    let each =
        |rows: &dyn Fn(&'static Agency) -> Vec<Value>| -> Vec<Value> { agencies.iter().flat_map(rows).collect() };
    json!({
        "format": FORMAT,
        "agencies": each(&|a| vec![json!({ "id": a.id, "name": a.name, "short_name": a.short, "profile": a.profile })]),
        "units": each(&|a| a.units.iter().map(|unit| unit_row(a, unit)).collect()),
        "unit_regulations": each(&|a| a.units.iter().map(|unit| bound_row(a, unit)).collect()),
        "people": each(&|a| a.people.iter().map(|person| person_row(a, person)).collect())
            .into_iter().chain(story().above.iter().map(above_row)).collect::<Vec<_>>(),
        "devices": each(&|a| a.devices.iter().map(|device| device_row(a, device, midnight)).collect()),
        "custody": each(&|a| a.devices.iter().flat_map(|device| custody_rows(a, device, midnight)).collect()),
        "names": each(&|a| name_rows(a, midnight)),
        "cases": activities.iter().filter(|a| a.scene.case).map(case_row).collect::<Vec<_>>(),
        "activities": activities.iter().map(activity_row).collect::<Vec<_>>(),
        "holidays": [],
    })
}

/// Accounts to print and to show on the sign-in page: (account, name, roles, agency).
pub fn accounts() -> Vec<(&'static str, &'static str, &'static [String], Option<&'static str>)> {
    let own = story().agency.iter().flat_map(|agency| {
        let people = agency.people.iter();
        people.map(|person| (&*person.account, &*person.name, &*person.roles, Some(&*agency.name)))
    });
    let above = story().above.iter().map(|person| (&*person.account, &*person.name, &*person.roles, None));
    own.chain(above).collect()
}

fn id(agency: &Agency, own: &str) -> String {
    format!("{}-{own}", agency.id)
}

/// The id a device has in the fixture.
pub fn device_id(activity: &Activity) -> String {
    id(activity.agency, &activity.device.id)
}

/// The id of the activity's first officer in the fixture.
pub fn officer_id(activity: &Activity) -> String {
    id(activity.agency, &activity.officers[0].id)
}

fn unit_row(agency: &Agency, [own, parent, name, kind]: &[String; 4]) -> Value {
    let parent = (!parent.is_empty()).then(|| id(agency, parent));
    json!({ "id": id(agency, own), "agency": agency.id, "parent": parent, "name": name, "kind": kind })
}

/// Every unit works by the regulation of its agency.
fn bound_row(agency: &Agency, [own, ..]: &[String; 4]) -> Value {
    let leader = agency.people.iter().find(|person| person.roles.iter().any(|role| role == "leader"));
    json!({
        "unit": id(agency, own), "profile": agency.profile, "from": "2018-01-01", "to": null,
        "document": format!("{}〔2018〕1号", agency.short), "decided_by": leader.map(|person| &person.name),
    })
}

fn person_row(agency: &Agency, person: &Person) -> Value {
    json!({
        "id": id(agency, &person.id), "agency": agency.id, "unit": id(agency, &person.unit), "name": person.name,
        "certificate_no": format!("DEMO-{}-{}", agency.id.to_uppercase(), person.id), "roles": person.roles,
        "account": person.account, "password": PASSWORD, "active": true,
    })
}

fn above_row(person: &Above) -> Value {
    json!({
        "id": person.account, "agency": null, "unit": null, "name": person.name, "certificate_no": null,
        "roles": person.roles, "account": person.account, "password": PASSWORD, "active": true,
    })
}

fn device_row(agency: &Agency, device: &Device, midnight: i64) -> Value {
    let day = |days: i64| rfc3339(midnight - days * DAY_MS)[..10].to_owned();
    let (price_fen, capacity_gb, capabilities) = match device.kind.as_str() {
        "body_worn_camera" => (268_000, Some(64), json!(["gps", "ir_night_vision", "loop_recording"])),
        "handheld_terminal" => (356_000, Some(128), json!(["gps", "wireless_upload", "file_encryption"])),
        "camcorder" => (512_000, Some(128), json!(["wide_angle"])),
        "still_camera" => (420_000, Some(64), json!([])),
        "audio_recorder" => (68_000, Some(32), json!([])),
        _ => (1_280_000, None, json!([])),
    };
    // Bought one after the other over three years.
    let age = 220 + device.id.bytes().map(i64::from).sum::<i64>() * 37 % 900;
    json!({
        "maker": "示例电子", "capacity_gb": capacity_gb, "capabilities": capabilities, "accessories": ["充电器", "数据线"],
        "acquired_on": day(age + 20), "in_use_on": day(age), "price_fen": price_fen, "purpose": "现场执法记录",
        "id": id(agency, &device.id), "agency": agency.id, "unit": id(agency, &device.unit), "kind": device.kind,
        "model": device.model, "serial_no": device.serial,
        "asset_no": format!("ZC-{}-{}", agency.id.to_uppercase(), device.id.to_uppercase()), "status": "in_use",
    })
}

fn custody_rows(agency: &Agency, device: &Device, midnight: i64) -> Vec<Value> {
    let rows = terms(device, midnight).map(|(holder, from, to)| {
        json!({ "device": id(agency, &device.id), "holder": id(agency, holder), "from": rfc3339(from), "to": to.map(rfc3339) })
    });
    rows.collect()
}

fn name_rows(agency: &Agency, midnight: i64) -> Vec<Value> {
    let from = rfc3339(midnight - REACH * DAY_MS);
    let row = |kind: &str, code: &str, own: &str| json!({ "agency": agency.id, "kind": kind, "code": code, "id": id(agency, own), "from": from, "to": null });
    let people = agency.people.iter().map(|person| row("officer", &person.code, &person.id));
    people.chain(agency.devices.iter().map(|device| row("device", &device.serial, &device.id))).collect()
}

fn case_id(activity: &Activity) -> Option<String> {
    activity.scene.case.then(|| activity.id.replace("-a", "-c"))
}

fn case_row(activity: &Activity) -> Value {
    json!({
        "id": case_id(activity), "agency": activity.agency.id, "number": format!("DEMO-{}", activity.id.to_uppercase()),
        "title": activity.title, "closed_on": null,
    })
}

fn activity_row(activity: &Activity) -> Value {
    let officers: Vec<String> = activity.officers.iter().map(|person| id(activity.agency, &person.id)).collect();
    json!({
        "id": activity.id, "agency": activity.agency.id, "unit": id(activity.agency, &activity.officers[0].unit),
        "title": activity.title, "occasion": activity.scene.occasion, "place": activity.place, "party": activity.party,
        "began": rfc3339(activity.began_ms), "ended": rfc3339(activity.ended_ms), "officers": officers,
        "devices": [device_id(activity)], "case": case_id(activity), "grounds": activity.scene.grounds,
        "joint_no": activity.joint_no,
    })
}

/// Device-local time, `2026-05-01T08:00:00+08:00`.
fn rfc3339(ms: i64) -> String {
    at(ms).display_with_offset(CLOCK).to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const NOW: i64 = 1_795_230_000_000; // 2026-11-21, morning

    fn ids(rows: &Value) -> BTreeSet<&str> {
        rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect()
    }

    #[test]
    fn the_same_day_gives_the_same_fixture_and_another_day_moves_it() {
        assert_eq!(fixture(NOW), fixture(NOW + 3_600_000));
        assert_ne!(fixture(NOW), fixture(NOW + DAY_MS));
    }

    #[test]
    fn five_agencies_one_on_each_regulation() {
        let profiles: Vec<&str> = story().agency.iter().map(|agency| agency.profile.as_str()).collect();
        assert_eq!(profiles, ["caofeidian-amr", "mingshan-hrss", "fuzhou-urban", "dalian-ftz", "zhongwei"]);
        for real in ["曹妃甸", "明山", "福州", "大连", "中卫", "唐山", "本溪", "自贸"] {
            assert!(!include_str!("story.toml").contains(real), "{real} is a real place");
        }
    }

    #[test]
    fn every_reference_is_there() {
        let fixture = fixture(NOW);
        let (units, people, devices) = (ids(&fixture["units"]), ids(&fixture["people"]), ids(&fixture["devices"]));
        let cases = ids(&fixture["cases"]);
        let rows = |name: &str| fixture[name].as_array().unwrap().iter();
        let known = |set: &BTreeSet<&str>, id: &Value| id.is_null() || set.contains(id.as_str().unwrap());
        assert!(rows("units").all(|row| known(&units, &row["parent"])));
        assert!(rows("people").all(|row| known(&units, &row["unit"])));
        assert!(rows("devices").all(|row| known(&units, &row["unit"])));
        assert!(rows("custody").all(|row| known(&devices, &row["device"]) && known(&people, &row["holder"])));
        assert!(rows("names").all(|row| known(&devices, &row["id"]) || known(&people, &row["id"])));
        for row in rows("activities") {
            assert!(known(&units, &row["unit"]) && known(&cases, &row["case"]), "{row}");
            assert!(row["officers"].as_array().unwrap().iter().all(|id| known(&people, id)), "{row}");
            assert!(row["devices"].as_array().unwrap().iter().all(|id| known(&devices, id)), "{row}");
        }
        assert_eq!((people.len(), devices.len()), (44, 37));
        let accounts: BTreeSet<_> = accounts().into_iter().map(|(account, ..)| account).collect();
        assert_eq!(accounts.len(), 44, "an account is one person's");
    }

    #[test]
    fn activities_fill_the_half_year_and_lie_in_the_past() {
        let activities = activities(NOW);
        assert_eq!(activities.len(), 60);
        assert!(activities.iter().all(|a| a.began_ms < a.ended_ms && a.ended_ms < midnight(NOW)));
        assert!(activities[0].began_ms < NOW - 150 * DAY_MS, "{}", activities[0].began_ms);
        for agency in &story().agency {
            let own = activities.iter().filter(|a| a.agency.id == agency.id);
            let days: BTreeSet<_> = own.map(|a| a.began_ms / DAY_MS).filter(|day| *day > NOW / DAY_MS - 30).collect();
            assert!(days.len() >= 6, "{}: days of the last month: {days:?}", agency.id);
        }
        let joint: Vec<_> = activities.iter().filter(|a| a.joint_no.is_some()).collect();
        let told = |a: &&Activity| (a.began_ms, a.ended_ms, a.party, a.joint_no.clone());
        assert_eq!((joint.len(), told(&joint[0])), (2, told(&joint[1])), "two agencies at one place");
        let used: BTreeSet<_> = activities.iter().map(|a| &a.scene.occasion).collect();
        assert_eq!(used.len(), story().scene.len());
    }
}
