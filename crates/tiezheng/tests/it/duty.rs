//! 配备、责任: what units must have and have, and who answers for it. Every test names its requirement.

mod at_once;
mod handover;
mod leaving;
mod records;
mod responsibility;
mod sufficiency;

use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::site::{PASSWORD, Site};

pub const DAY_MS: i64 = 86_400_000;

/// A fixture of one agency `ag` under a regulation: its units, `(id, parent)`, and an account of each role in the first.
pub fn agency(site: &mut Site, profile: &str, units: &[(&str, Option<&str>)], more: Value) {
    let top = units[0].0;
    let person = |id: &str, role: &str, unit: &str| json!({"id": id, "agency": "ag", "unit": unit, "name": id, "roles": [role], "account": id, "password": PASSWORD});
    let mut people: Vec<Value> = ["custodian", "unit_head", "leader", "legal_office"]
        .iter()
        .map(|role| person(&format!("ag-{role}"), role, top))
        .collect();
    let mut fixture = json!({
        "format": "tiezheng-fixture/1",
        "agencies": [{"id": "ag", "name": "某机关", "short_name": "某机关", "profile": profile}],
        "units": units.iter().map(|(id, parent)| json!({"id": id, "agency": "ag", "parent": parent, "name": id, "kind": "unit"}))
            .collect::<Vec<_>>(),
    });
    for (section, rows) in more.as_object().expect("sections") {
        match section.as_str() {
            "people" => people.extend(rows.as_array().expect("rows").iter().cloned()),
            _ => fixture[section] = rows.clone(),
        }
    }
    fixture["people"] = people.into();
    let path = site.path("agency.json");
    std::fs::write(&path, fixture.to_string()).expect("fixture");
    site.cli(&["load", path.to_str().expect("UTF-8")]).good();
}

/// Officers of a unit, `prefix-1` …, with certificates.
pub fn officers(prefix: &str, unit: &str, count: usize) -> Vec<Value> {
    (1..=count)
        .map(|n| {
            let id = format!("{prefix}-{n}");
            json!({"id": id, "agency": "ag", "unit": unit, "name": id, "certificate_no": format!("C-{id}")})
        })
        .collect()
}

/// Devices of a unit, `prefix-1` ….
pub fn devices(prefix: &str, unit: &str, kind: &str, count: usize) -> Vec<Value> {
    (1..=count)
        .map(|n| {
            let id = format!("{prefix}-{n}");
            json!({"id": id, "agency": "ag", "unit": unit, "kind": kind, "model": "K7", "serial_no": id})
        })
        .collect()
}

/// The server's time, as its pages are told it.
pub fn now(client: &Client) -> i64 {
    client.get("/api/workbench").is(200).json()["now_ms"].as_i64().expect("time")
}

/// A row in every table of this room, in the agency of the common fixture.
pub fn one_of_each(site: &Site) {
    let leader = site.sign_in("leader");
    let body =
        json!({"unit_id": "fz-zd1", "duty": "first_responsible", "person_id": "unit_head", "deputy_id": "officer"});
    leader.post("/api/responsibilities", &body).is(201);
    state(&leader, "fz-zd1", json!([{"key": "classes", "value": ["onsite_unit"]}])).is(201);
    let lines = json!({"unit_id": "fz-zd1", "lines": [{"kind": "body_worn_camera", "quantity": 9, "purpose": "巡查"}]});
    let plan = site.sign_in("unit_head").post("/api/provision-plans", &lines).is(201).json();
    let id = plan["id"].as_str().expect("id");
    leader.post(&format!("/api/provision-plans/{id}/approve"), &json!({})).is(200);
    for path in ["/api/recording-sites", "/api/office-standards", "/api/purchases", "/api/budgets"] {
        let made = leader.post(path, &self::body(path).expect("a route of this room")).is(201).json();
        if path == "/api/recording-sites" {
            let id = made["id"].as_str().expect("id");
            leader.post(&format!("{path}/{id}/outages"), &json!({"reason": "断电"})).is(201);
        }
    }
    leader.post("/api/handovers", &json!({"person_id": "officer2", "successor_id": "officer"})).is(201);
    // More cameras than the standard allows, with a reason.
    leader.post("/api/provision-deviations", &self::body("/api/provision-deviations").expect("a body")).is(201);
}

/// 声明 of a unit, with a reason.
pub fn state(client: &Client, unit: &str, statements: Value) -> Answer {
    let body = json!({"statements": statements, "reason": "核定", "document": "〔2026〕3号"});
    client.post(&format!("/api/units/{unit}/statements"), &body)
}

/// 指定.
pub fn designate(client: &Client, body: &Value) -> Answer {
    client.post("/api/responsibilities", body)
}

/// What the sufficiency says of a unit.
pub fn of_unit(client: &Client, unit: &str) -> Value {
    let found = client.get("/api/sufficiency").is(200).json();
    let units = found["units"].as_array().expect("units").clone();
    units.into_iter().find(|one| one["unit"]["id"] == unit).unwrap_or_else(|| panic!("{unit}: {found:#}"))
}

/// What a write to one of this room's routes is asked with; `None`: it is another room's.
pub fn body(path: &str) -> Option<Value> {
    Some(match path {
        "/api/units/{id}/statements" => {
            json!({"statements": [{"key": "conditions_allow", "value": false}], "reason": "经费"})
        }
        "/api/provision-plans" => {
            json!({"unit_id": "fz-zd1", "lines": [{"kind": "camcorder", "quantity": 1, "purpose": "现场检查"}]})
        }
        "/api/provision-plans/{id}/approve" | "/api/purchases/{id}/acceptance" => {
            json!({"accepted_on": "2026-03-02", "accepted_by": "王芳", "lines": []})
        }
        "/api/provision-deviations" => {
            json!({"unit_id": "fz-zd1", "need": "standard.body_worn_camera", "reason": "大型活动"})
        }
        "/api/recording-sites" => {
            json!({"unit_id": "fz-zd1", "purpose": "approval_window", "place": "大厅3号窗口", "operator": "市行政服务中心"})
        }
        "/api/recording-sites/{id}/outages" => json!({"reason": "断电"}),
        "/api/office-standards" => {
            json!({"document": "标准", "version": "2026", "kind": "body_worn_camera", "quantity": 0})
        }
        "/api/purchases" => {
            json!({"unit_id": "fz-zd1", "supplier": "某公司", "contract": "HT-1", "bought_on": "2026-03-02",
            "lines": [{"kind": "camcorder", "quantity": 1, "price_fen": 300_000}]})
        }
        "/api/budgets" => {
            json!({"unit_id": "fz-zd1", "year": 2026, "need_fen": 100, "approved_fen": 50, "document": "〔2026〕1号"})
        }
        "/api/handovers" => json!({"person_id": "officer", "successor_id": "officer2"}),
        "/api/handovers/{id}/sign" => json!({"party": "person", "signature": {"name": "张伟"}}),
        "/api/handovers/{id}/withdraw" => json!({"reason": "误开"}),
        _ => return None,
    })
}
