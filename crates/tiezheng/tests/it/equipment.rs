//! 配备: the life of a device, from the register to its end. Each check names the requirement it keeps (PRV-…).

mod due;
mod hands;
mod life;
pub mod orders;
mod register;
mod values;

use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::site::{PASSWORD, Site};

/// A body-worn camera as it is registered, with other fields laid over.
pub fn camera(serial_no: &str, more: Value) -> Value {
    let mut body = json!({
        "kind": "body_worn_camera", "maker": "某厂", "model": "K7", "serial_no": serial_no, "acquired_on": "2025-01-06",
        "price_fen": 320_000, "purpose": "现场检查",
    });
    body.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
    body
}

/// One more agency on each of the other regulations: `zw`, `cf`, with one unit, a custodian, a head and an officer each.
fn more_agencies(site: &Site) {
    let mut fixture = json!({"format": "tiezheng-fixture/1", "agencies": [], "units": [], "people": []});
    for (id, profile) in [("zw", "zhongwei"), ("cf", "caofeidian-amr"), ("ms", "mingshan-hrss")] {
        let mut put = |section: &str, row: Value| fixture[section].as_array_mut().expect("list").push(row);
        put("agencies", json!({"id": id, "name": format!("{id} 机关"), "profile": profile}));
        put("units", json!({"id": format!("{id}-u"), "agency": id, "name": "执法科", "kind": "office"}));
        for role in ["officer", "custodian", "unit_head"] {
            let account = format!("{id}-{role}");
            put(
                "people",
                json!({"id": account, "agency": id, "unit": format!("{id}-u"), "name": format!("{id}{role}"),
                "roles": [role], "account": account, "password": PASSWORD}),
            );
        }
    }
    let path = site.path("more.json");
    std::fs::write(&path, fixture.to_string()).expect("fixture");
    site.cli(&["load", path.to_str().expect("UTF-8")]).good();
}

/// Registers a device and gives its id.
#[track_caller]
pub fn register(client: &Client, body: &Value) -> String {
    let made = client.post("/api/devices", body).is(201).json();
    made["id"].as_str().expect("id").to_owned()
}

/// One act on one device, with more laid over the request.
pub fn act(client: &Client, act: &str, device: &str, more: Value) -> Answer {
    let mut body = json!({"act": act, "devices": [{"id": device}]});
    body.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
    client.post("/api/devices/acts", &body)
}

pub fn device(client: &Client, id: &str) -> Value {
    client.get(&format!("/api/devices/{id}")).is(200).json()
}

fn status(client: &Client, id: &str) -> String {
    device(client, id)["status"].as_str().expect("status").to_owned()
}

/// 使用前检查, all good: what 福州, 大连 and 明山 ask, and 中卫's one item more.
fn checked() -> Value {
    json!({"no_fault": true, "battery": true, "storage": true, "date_time": true, "works_normally": true})
}

pub fn issue_to(unit: &str) -> Value {
    json!({"unit_id": unit, "signature": {"name": "赵强"}})
}

pub fn out_to(person: &str) -> Value {
    json!({"person_id": person, "detail": {"checks": checked()}})
}

pub fn back() -> Value {
    json!({"detail": {"condition": "good", "data_handed_in": true}, "signature": {"name": "张伟"}})
}

/// A day so many days from today.
fn day(client: &Client, days: i64) -> String {
    let now = client.get("/api/about").is(200).json()["now_ms"].as_i64().expect("now");
    tiezheng_rules::time::plus_days(tiezheng_rules::time::legal_day(now), days).to_string()
}

/// The articles of a refusal, as a lawyer cites them.
fn articles(answer: &Answer) -> Vec<String> {
    let document = answer.json();
    let cited = document["articles"].as_array().cloned().unwrap_or_default();
    cited
        .iter()
        .map(|cited| format!("{} {}", cited["profile"].as_str().unwrap(), cited["article"].as_str().unwrap()))
        .collect()
}

/// Whether an article of this regulation is cited, whichever of its paragraphs.
fn cites(answer: &Answer, article: &str) -> bool {
    articles(answer).iter().any(|cited| cited.starts_with(article))
}

/// At least one row in every table of this room, for the tests that look at every row.
pub fn lived_in(site: &Site, custodian: &Client) {
    let id = register(custodian, &camera("L-1", json!({"unit_id": "fz-zd1"})));
    act(custodian, "issue", &id, issue_to("fz-zd1")).is(200);
    act(custodian, "check_out", &id, out_to("officer")).is(200);
    act(custodian, "substandard", &id, json!({"detail": {"cause": "age", "reason": "老化"}})).is(200);
    let plan = json!({"kind": "body_worn_camera", "interval_days": 90, "works": ["清洁"]});
    custodian.write("PUT", "/api/upkeep-plans", &plan).is(200);
    // 福州 asks for no technical item; 中卫 does.
    more_agencies(site);
    let other = site.token("zw-custodian");
    register(&other, &camera("L-2", json!({"unit_id": "zw-u"})));
    let model = other.get("/api/device-models").items()[0]["id"].as_str().expect("id").to_owned();
    let declared = json!({"item": "tech.image", "declared": "yes", "evidence": "检测报告"});
    other.post(&format!("/api/device-models/{model}/declarations"), &declared).is(201);
}
