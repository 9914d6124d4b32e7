//! 配备、责任: what units must have and have, and who answers for it. Every test names its requirement.

mod responsibility;

use serde_json::{Value, json};

use crate::client::Client;
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
}
