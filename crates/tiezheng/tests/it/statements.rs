//! How many statements a page asks of the database: as many for a city as for a village.

use serde_json::{Value, json};

use crate::client::Client;
use crate::duty::{agency, devices, officers, state};
use crate::site::{PAIRS, Pair, Site};

/// Pages of people and equipment.
const ASKED: [&str; 9] = [
    "/api/devices?limit=200",
    "/api/devices?q=p-1&status=issued",
    "/api/devices?due=upkeep",
    "/api/devices?due=idle",
    "/api/devices/facets",
    "/api/sufficiency",
    "/api/responsibilities/gaps",
    "/api/officers?limit=200",
    "/api/workbench",
];

/// An agency of so many units, each with a class, a first responsible person, three officers and so many devices.
fn agency_of(pair: Pair, units: usize, each: usize) -> (Site, Client) {
    let mut site = Site::empty(pair);
    let names: Vec<String> = (0..units).map(|n| format!("u{n}")).collect();
    let tree: Vec<(&str, Option<&str>)> =
        names.iter().enumerate().map(|(n, id)| (id.as_str(), (n > 0).then_some("u0"))).collect();
    let people: Vec<Value> = names.iter().flat_map(|unit| officers(&format!("p-{unit}"), unit, 3)).collect();
    let stock: Vec<Value> =
        names.iter().flat_map(|unit| devices(&format!("d-{unit}"), unit, "body_worn_camera", each)).collect();
    let held = |device: &Value| {
        let holder = format!("p-{}-1", device["unit"].as_str().expect("unit"));
        json!({"device": device["id"], "holder": holder, "from": "2026-01-01T08:00:00+08:00", "to": null})
    };
    let custody: Vec<Value> = stock.iter().map(held).collect();
    agency(&mut site, "caofeidian-amr", &tree, json!({"people": people, "devices": stock, "custody": custody}));
    site.log = "error,sqlx::query=debug";
    site.serve();
    let leader = site.sign_in("ag-leader");
    for unit in &names {
        state(&leader, unit, json!([{"key": "classes", "value": ["enforcement_body"]}])).is(201);
        let head = json!({"unit_id": unit, "duty": "first_responsible", "person_id": format!("p-{unit}-1")});
        leader.post("/api/responsibilities", &head).is(201);
    }
    (site, leader)
}

/// What the server asks by itself at any time: jobs, uploads, the log. And the session, which tells when it was seen.
const OWN: [&str; 6] = [" event", " job", " log_head", " upload", " session", "advisory"];

/// The questions of one answer, in their order.
fn statements((site, client): &(Site, Client), path: &str) -> Vec<String> {
    let said = || std::fs::read_to_string(site.path("server.log")).expect("log of the server");
    let before = said().len();
    client.get(path).is(200);
    let asked = |line: &&str| {
        let reads = line.contains("\"select ") || line.contains("\"with ");
        reads && !OWN.iter().any(|own| line.contains(own))
    };
    said()[before..].lines().filter(asked).map(str::to_owned).collect()
}

#[test]
fn a_page_asks_as_much_of_thirty_units_as_of_three() {
    for pair in PAIRS {
        let (few, many) = (agency_of(pair, 3, 3), agency_of(pair, 30, 7));
        for path in ASKED {
            let (few, many) = (statements(&few, path), statements(&many, path));
            assert!(few.len() > 1, "{path}: nothing was seen to be asked");
            assert_eq!(many.len(), few.len(), "{path} on {pair:?}: {few:#?}\n{many:#?}");
        }
    }
}
