use serde_json::{Value, json};

use super::*;
use crate::load::parse;

fn known() -> Known {
    let owned = |table, id: &str, agency: &str| ((table, id.to_owned()), agency.to_owned());
    Known {
        profiles: vec!["fuzhou-urban".into()],
        agencies: ["fz", "dl"].map(str::to_owned).into(),
        owners: HashMap::from([
            owned("unit", "fz-1", "fz"),
            owned("unit", "fz-2", "fz"),
            owned("unit", "dl-1", "dl"),
            owned("person", "zhang", "fz"),
            owned("person", "wei", "dl"),
            owned("device", "cam-1", "fz"),
            owned("device", "cam-3", "dl"),
        ]),
        parents: HashMap::from([("fz-1".into(), None), ("fz-2".into(), Some("fz-1".into())), ("dl-1".into(), None)]),
        bound: vec![("fz-2".into(), instant("2025-01-01").unwrap(), Some(instant("2026-01-01").unwrap()))],
        custody: vec![("cam-1".into(), instant("2026-01-01").unwrap(), Some(instant("2026-02-01").unwrap()))],
        accounts: HashMap::from([("zhang".into(), Some("zhang".into())), ("root".into(), None)]),
    }
}

/// `path code` of every problem, in the order of the file.
fn found(section: &str, rows: Value) -> Vec<String> {
    let text = json!({"format": "tiezheng-fixture/1", section: rows}).to_string();
    let problems = match parse(text.as_bytes()) {
        Ok(fixture) => check(&fixture, &known()),
        Err(problem) => problem.problems.into_vec(),
    };
    problems.iter().map(|p| format!("{} {}", p.params["path"].as_str().unwrap(), p.code)).collect()
}

fn unit(id: &str, parent: Option<&str>) -> Value {
    json!({"id": id, "agency": "fz", "parent": parent, "name": "中队"})
}

fn law(unit: &str, from: &str, to: Option<&str>) -> Value {
    json!({"unit": unit, "profile": "fuzhou-urban", "from": from, "to": to})
}

fn act(unit: &str, began: &str) -> Value {
    json!({"id": format!("{unit}-{began}"), "agency": "fz", "unit": unit, "title": "巡查", "occasion": "inspection",
        "began": began})
}

fn person(more: Value) -> Value {
    let mut row = json!({"id": "new", "agency": "fz", "name": "新人"});
    row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    row
}

fn held(from: &str, to: Option<&str>) -> Value {
    json!({"device": "cam-1", "holder": "zhang", "from": from, "to": to})
}

#[test]
fn the_demo_has_no_problem() {
    let text = crate::demo::fixture::fixture(1_780_000_000_000).to_string();
    let profiles = tiezheng_rules::shipped::shipped().iter().map(|law| law.id.clone()).collect();
    let problems = check(&parse(text.as_bytes()).unwrap(), &Known { profiles, ..Known::default() });
    assert!(problems.is_empty(), "{problems:?}");
}

#[test]
fn registers() {
    let device = |more: Value| {
        let mut row = json!({"id": "new", "agency": "fz", "kind": "other", "serial_no": "S"});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    for (section, rows, expected) in [
        (
            "agencies",
            json!([{"id": "", "name": " ", "profile": "nowhere"}]),
            vec![
                "agencies[0].id field.required",
                "agencies[0].name field.required",
                "agencies[0].profile fixture.profile",
            ],
        ),
        ("unit_regulations", json!([law("fz-1", "2026-01-01", None), law("fz-2", "2026-01-01", None)]), vec![]),
        (
            "unit_regulations",
            json!([law("nobody", "2026-01-01", None), law("fz-1", "2026-01-01T08:00:00+08:00", Some("yesterday"))]),
            vec![
                "unit_regulations[0].unit fixture.unknown",
                "unit_regulations[1].from fixture.day",
                "unit_regulations[1].to fixture.day",
            ],
        ),
        (
            "unit_regulations",
            json!([{"unit": "fz-1", "profile": "zhongwei-2017", "from": "2026-02-01", "to": "2026-01-31"}]),
            vec!["unit_regulations[0].profile fixture.profile", "unit_regulations[0].to fixture.period"],
        ),
        (
            "unit_regulations",
            json!([
                law("fz-1", "2024-01-01", Some("2025-01-01")),
                law("fz-1", "2025-01-01", None),
                law("fz-2", "2025-06-01", None),
                law("fz-2", "2025-06-01", None),
            ]),
            vec![
                "unit_regulations[3].from fixture.duplicate",
                "unit_regulations[1].from fixture.unit_overlap",
                "unit_regulations[3].from fixture.unit_overlap",
            ],
        ),
        (
            "activities",
            json!([act("fz-1", "2026-03-01"), act("fz-2", "2025-12-31"), act("fz-2", "2026-01-01")]),
            vec!["activities[2].unit activity.unit_unbound"],
        ),
        ("units", json!([unit("a", None), unit("a", None)]), vec!["units[1].id fixture.duplicate"]),
        ("units", json!([unit("a", Some("a"))]), vec!["units[0].parent fixture.unit_circle"]),
        (
            "units",
            json!([unit("a", Some("b")), unit("b", Some("a"))]),
            vec!["units[0].parent fixture.unit_circle", "units[1].parent fixture.unit_circle"],
        ),
        ("units", json!([unit("fz-1", Some("fz-2"))]), vec!["units[0].parent fixture.unit_circle"]),
        ("units", json!([unit("a", Some("b")), unit("b", Some("fz-2"))]), vec![]),
        ("units", json!([unit("a", Some("dl-1"))]), vec!["units[0].parent fixture.other_agency"]),
        ("units", json!([unit("dl-1", None)]), vec!["units[0].agency fixture.moved"]),
        ("units", json!([{"id": "a", "agency": "none", "name": "x"}]), vec!["units[0].agency fixture.unknown"]),
        ("people", json!([person(json!({"id": "wei"}))]), vec!["people[0].agency fixture.moved"]),
        ("people", json!([person(json!({"unit": "dl-1"}))]), vec!["people[0].unit fixture.other_agency"]),
        ("people", json!([person(json!({"roles": ["king"]}))]), vec!["people[0].roles role.unknown"]),
        ("people", json!([person(json!({"name": "a\u{1b}[31m"}))]), vec!["people[0].name field.control"]),
        (
            "people",
            json!([person(json!({"roles": ["officer", "audit_admin"]}))]),
            vec!["people[0].roles role.incompatible"],
        ),
        ("people", json!([person(json!({"account": "zhang"}))]), vec!["people[0].account fixture.account_taken"]),
        ("people", json!([person(json!({"account": "root"}))]), vec![]),
        (
            "people",
            json!([person(json!({"agency": null, "roles": ["officer"]}))]),
            vec!["people[0].agency field.required", "people[0].account field.required"],
        ),
        ("people", json!([person(json!({"agency": null, "roles": ["audit_admin"], "account": "a"}))]), vec![]),
        (
            "people",
            json!([person(json!({"salary": 1})), person(json!({"active": "yes"}))]),
            vec!["people[0] fixture.row", "people[1] fixture.row"],
        ),
        ("devices", json!([device(json!({"status": "broken"}))]), vec!["devices[0].status field.not_allowed"]),
        ("devices", json!([device(json!({"kind": "drone"}))]), vec!["devices[0].kind device.kind"]),
        (
            "devices",
            json!([device(json!({})), device(json!({"id": "b"}))]),
            vec!["devices[1].serial_no fixture.duplicate"],
        ),
        ("devices", json!([device(json!({"id": "cam-3"}))]), vec!["devices[0].agency fixture.moved"]),
        (
            "devices",
            json!([device(json!({"serial_no": "9".repeat(101)}))]),
            vec!["devices[0].serial_no field.too_long"],
        ),
    ] {
        assert_eq!(found(section, rows.clone()), expected, "{section} {rows}");
    }
}

#[test]
fn times_and_what_is_referred_to() {
    let name =
        |kind: &str, id: &str| json!({"agency": "fz", "kind": kind, "code": "P1", "id": id, "from": "2026-01-01"});
    let act = |more: Value| {
        let mut row = json!({"id": "a", "agency": "fz", "title": "t", "occasion": "inspection", "began": "2026-01-02"});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    for (section, rows, expected) in [
        ("custody", json!([held("May", None)]), vec!["custody[0].from fixture.time"]),
        ("custody", json!([held("1900-01-01", None)]), vec!["custody[0].from field.time"]),
        ("custody", json!([held("2026-03-01", Some("2026-02-28"))]), vec!["custody[0].to fixture.period"]),
        ("custody", json!([held("2026-01-15", None)]), vec!["custody[0].from fixture.overlap"]),
        (
            "custody",
            json!([held("2026-01-01", None), held("2026-01-15", None)]),
            vec!["custody[1].from fixture.overlap"],
        ),
        ("custody", json!([held("2026-03-01", None), held("2026-02-01", Some("2026-03-01"))]), vec![]),
        ("custody", json!([held("2025-12-01", None)]), vec!["custody[0].from fixture.overlap"]),
        (
            "custody",
            json!([held("2026-03-01", None), held("2026-03-01", None)]),
            vec!["custody[1].from fixture.duplicate"],
        ),
        (
            "custody",
            json!([{"device": "none", "holder": "zhang", "from": "2026-03-01"}]),
            vec!["custody[0].device fixture.unknown"],
        ),
        (
            "custody",
            json!([{"device": "cam-1", "holder": "wei", "from": "2026-03-01"}]),
            vec!["custody[0].holder fixture.other_agency"],
        ),
        ("names", json!([name("officer", "zhang")]), vec![]),
        ("names", json!([name("officer", "cam-1")]), vec!["names[0].id fixture.unknown"]),
        ("names", json!([name("camera", "cam-1")]), vec!["names[0].kind field.not_allowed"]),
        ("activities", json!([act(json!({"occasion": "party"}))]), vec!["activities[0].occasion field.not_allowed"]),
        ("activities", json!([act(json!({"grounds": ["party"]}))]), vec!["activities[0].grounds field.not_allowed"]),
        ("activities", json!([act(json!({"ended": "2026-01-01"}))]), vec!["activities[0].ended fixture.period"]),
        (
            "activities",
            json!([act(json!({"officers": ["zhang", "zhang"]}))]),
            vec!["activities[0].officers fixture.twice"],
        ),
        (
            "activities",
            json!([act(json!({"officers": ["wei"], "devices": ["cam-3"], "case": "c"}))]),
            vec![
                "activities[0].case fixture.unknown",
                "activities[0].officers fixture.other_agency",
                "activities[0].devices fixture.other_agency",
            ],
        ),
        (
            "holidays",
            json!([{"date": "2026-10-01T00:00:00+08:00", "working": false}]),
            vec!["holidays[0].date fixture.day"],
        ),
        ("holidays", json!([{"date": "2026-02-30", "working": false}]), vec!["holidays[0].date fixture.day"]),
    ] {
        assert_eq!(found(section, rows.clone()), expected, "{section} {rows}");
    }
}
