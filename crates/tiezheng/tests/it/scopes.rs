//! 越权: what each route of 配备, 人员, 表格 and 文书 answers to somebody of another agency or another unit. Nothing of the
//! others, not even a name, is in an answer.

use serde_json::{Value, json};

use crate::client::{Client, quoted};
use crate::equipment::orders::{id_of, open as order};
use crate::equipment::{act, back, camera, register};
use crate::site::{PASSWORD, Site, both};

/// Rows of 福州's first squad, by what they are.
struct Rows {
    device: String,
    order: String,
    model: String,
    plan: String,
    purchase: String,
    place: String,
    duty: String,
    handover: String,
    paper: String,
}

fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

fn rows(site: &Site) -> Rows {
    let (leader, custodian) = (site.token("leader"), site.token("custodian"));
    let squad = |path: &str| {
        let mut body = crate::duty::body(path).expect("a body");
        body["unit_id"] = json!("fz-zd1");
        id(&leader.post(path, &body).is(201).json())
    };
    let device = register(&custodian, &camera("SECRET-1", json!({"unit_id": "fz-zd1"})));
    let duty = json!({"unit_id": "fz-zd1", "duty": "archiving", "person_id": "officer"});
    let model = json!({"kind": "body_worn_camera", "maker": "某厂", "name": "密型"});
    let paper = json!({"form": "device_labels", "subjects": [device]});
    Rows {
        order: id_of(order(&custodian, "transfer", &device, json!({"to_unit_id": "fz-dd"}))),
        model: id(&custodian.post("/api/device-models", &model).is(201).json()),
        plan: squad("/api/provision-plans"),
        purchase: squad("/api/purchases"),
        place: squad("/api/recording-sites"),
        duty: id(&leader.post("/api/responsibilities", &duty).is(201).json()),
        handover: id(&leader
            .post("/api/handovers", &crate::duty::body("/api/handovers").expect("a body"))
            .is(201)
            .json()),
        paper: id(&custodian.post("/api/documents", &paper).is(201).json()),
        device,
    }
}

/// Everything that can be asked about these rows: method, path, body.
fn asked(rows: &Rows) -> Vec<(&'static str, String, Value)> {
    let Rows { device, order, model, plan, purchase, place, duty, handover, paper } = rows;
    let none = Value::Null;
    let acts = |name: &str, more: Value| {
        let mut body = json!({"act": name, "devices": [{"id": device}]});
        body.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
        ("POST", "/api/devices/acts".to_owned(), body)
    };
    vec![
        ("GET", format!("/api/devices/{device}"), none.clone()),
        ("GET", format!("/api/devices/scan?code={device}"), none.clone()),
        ("GET", "/api/devices/scan?code=SECRET-1".to_owned(), none.clone()),
        ("GET", format!("/api/device-orders/{order}"), none.clone()),
        ("GET", format!("/api/documents/{paper}"), none.clone()),
        ("GET", format!("/api/handovers/{handover}"), none.clone()),
        ("GET", "/api/officers/officer/holdings".to_owned(), none.clone()),
        ("GET", "/api/units/fz-zd1/statements".to_owned(), none.clone()),
        ("GET", format!("/api/recording-sites/{place}/outages"), none),
        ("PATCH", format!("/api/devices/{device}"), json!({"device": camera("SECRET-1", json!({})), "reason": "改"})),
        acts("upkeep", json!({"detail": {"works": ["清洁"]}})),
        acts("substandard", json!({"detail": {"cause": "age", "reason": "老化"}})),
        acts("lost", json!({"detail": {"circumstances": "遗失", "recordings_at_risk": []}})),
        (
            "POST",
            "/api/device-orders".to_owned(),
            json!({"kind": "retirement", "device_id": device, "method": "destroy",
            "condition": "unusable", "evidence": "x", "media": "wiped"}),
        ),
        ("POST", format!("/api/device-orders/{order}/steps"), json!({"step": "withdraw", "reason": "x"})),
        ("POST", format!("/api/device-orders/{order}/steps"), json!({"step": "confirm"})),
        ("POST", format!("/api/device-models/{model}/declarations"), json!({"item": "tech.image", "declared": "yes"})),
        ("POST", "/api/documents".to_owned(), json!({"form": "device_labels", "subjects": [device]})),
        ("POST", "/api/documents".to_owned(), json!({"form": "handover", "subjects": ["officer"]})),
        ("POST", "/api/documents".to_owned(), json!({"form": "provision", "subjects": ["fz-zd1"]})),
        (
            "POST",
            "/api/units/fz-zd1/statements".to_owned(),
            crate::duty::body("/api/units/{id}/statements").expect("a body"),
        ),
        ("POST", "/api/provision-plans".to_owned(), crate::duty::body("/api/provision-plans").expect("a body")),
        ("POST", format!("/api/provision-plans/{plan}/approve"), json!({})),
        (
            "POST",
            "/api/provision-deviations".to_owned(),
            crate::duty::body("/api/provision-deviations").expect("a body"),
        ),
        ("POST", "/api/recording-sites".to_owned(), crate::duty::body("/api/recording-sites").expect("a body")),
        ("POST", format!("/api/recording-sites/{place}/outages"), json!({"reason": "断电"})),
        ("POST", "/api/purchases".to_owned(), crate::duty::body("/api/purchases").expect("a body")),
        (
            "POST",
            format!("/api/purchases/{purchase}/acceptance"),
            json!({"accepted_on": "2026-03-02", "accepted_by": "x",
            "lines": [{"passed": 1, "failed": 0}]}),
        ),
        ("POST", "/api/budgets".to_owned(), crate::duty::body("/api/budgets").expect("a body")),
        (
            "POST",
            "/api/responsibilities".to_owned(),
            json!({"unit_id": "fz-zd1", "duty": "archiving", "person_id": "officer"}),
        ),
        ("POST", format!("/api/responsibilities/{duty}/end"), json!({"reason": "x"})),
        ("POST", "/api/handovers".to_owned(), json!({"person_id": "unit_head", "successor_id": "officer"})),
        (
            "POST",
            format!("/api/handovers/{handover}/sign"),
            json!({"party": "successor", "signature": {"name": "欧阳娜"}}),
        ),
        ("POST", format!("/api/handovers/{handover}/withdraw"), json!({"reason": "x"})),
    ]
}

/// Lists, with the filters that name the others' rows.
const LISTS: [&str; 14] = [
    "/api/devices?unit=fz-zd1",
    "/api/devices?q=SECRET",
    "/api/devices/facets?q=SECRET",
    "/api/devices/ledger?person=officer",
    "/api/device-orders",
    "/api/device-models",
    "/api/documents",
    "/api/handovers",
    "/api/responsibilities?unit=fz-zd1",
    "/api/responsibilities/gaps",
    "/api/provision-plans",
    "/api/purchases",
    "/api/recording-sites",
    "/api/exports/devices?format=csv&unit=fz-zd1",
];

/// What is 福州's own.
const SECRETS: [&str; 9] = ["SECRET-1", "密型", "D2600101", "张伟", "欧阳娜", "赵强", "一中队", "王芳", "某公司"];

fn leaks(text: &str) -> Vec<&'static str> {
    SECRETS.into_iter().filter(|secret| text.contains(secret)).collect()
}

fn more_people(site: &Site, people: Value) {
    let path = site.path("scopes.json");
    let fixture = json!({"format": "tiezheng-fixture/1", "people": people});
    std::fs::write(&path, fixture.to_string()).expect("fixture");
    site.cli(&["load", path.to_str().expect("UTF-8")]).good();
}

fn person(id: &str, agency: &str, unit: &str, role: &str) -> Value {
    json!({"id": id, "agency": agency, "unit": unit, "name": id, "roles": [role], "account": id, "password": PASSWORD})
}

/// Somebody of another agency, of whatever role: refused, or as if there were nothing; and no name.
#[test]
fn another_agency_sees_and_does_nothing() {
    both(|site| {
        let roles = ["officer", "custodian", "unit_head", "leader", "legal_office"];
        let people: Vec<Value> = roles.iter().map(|role| person(&format!("o-{role}"), "dl", "dl-a", role)).collect();
        more_people(site, people.into());
        site.serve();
        let rows = rows(site);
        for role in roles {
            let stranger = site.token(&format!("o-{role}"));
            for (method, path, body) in asked(&rows) {
                let answer = match body {
                    Value::Null => stranger.get(&path),
                    body => stranger.write(method, &path, &body),
                };
                assert!(
                    matches!(answer.status, 403 | 404 | 422),
                    "{role} {method} {path}: {} {}",
                    answer.status,
                    answer.text()
                );
                // What he asked with is no secret to him.
                let text = answer.text().replace("SECRET-1", if path.contains("SECRET-1") { "" } else { "SECRET-1" });
                assert_eq!(leaks(&text), Vec::<&str>::new(), "{role} {method} {path}: {text}");
            }
            for path in LISTS {
                let answer = stranger.get(path);
                assert!(matches!(answer.status, 200 | 403), "{role} {path}: {}", answer.text());
                assert_eq!(leaks(&answer.text()), Vec::<&str>::new(), "{role} {path}: {}", answer.text());
            }
        }
        // Into another agency's unit: as if it were not there.
        let custodian = site.token("o-custodian");
        for unit in ["fz-zd1", "一中队"] {
            let ledger = format!("种类,序列号,原价,购置日期,单位,用途\n执法仪,X-1,1,2024-1-5,{unit},检查\n");
            let body = Some(ledger.as_bytes());
            let seen =
                custodian.send("POST", "/api/devices/import", &[("content-type", "application/octet-stream")], body);
            assert_eq!(seen.is(200).json()["rows"][0]["problems"][0]["code"], "import.unit_unknown", "{unit}");
        }
        // The same number in another agency is another device.
        register(&custodian, &camera("SECRET-1", json!({"unit_id": "dl-a"})));
        site.kill();
        site.assert_clean();
    });
}

/// Somebody of another unit of the same agency: the register is read by all of it; nothing of the other unit is changed, and
/// its papers and handovers are not seen.
#[test]
fn another_unit_changes_nothing() {
    both(|site| {
        let roles = ["officer", "custodian", "unit_head"];
        let people: Vec<Value> = roles.iter().map(|role| person(&format!("n-{role}"), "fz", "fz-zd2", role)).collect();
        more_people(site, people.into());
        site.serve();
        let rows = rows(site);
        let readable = ["/api/devices/", "/api/device-orders/", "/api/recording-sites/", "/api/units/"];
        for role in roles {
            let neighbour = site.token(&format!("n-{role}"));
            for (method, path, body) in asked(&rows) {
                let read = body == Value::Null;
                let answer = if read { neighbour.get(&path) } else { neighbour.write(method, &path, &body) };
                if read && readable.iter().any(|start| path.starts_with(start)) {
                    assert!(matches!(answer.status, 200 | 403), "{role} {method} {path}: {}", answer.text());
                    continue;
                }
                // A model is the agency's, not a unit's.
                if path.starts_with("/api/device-models/") {
                    continue;
                }
                assert!(
                    matches!(answer.status, 403 | 404),
                    "{role} {method} {path}: {} {}",
                    answer.status,
                    answer.text()
                );
            }
            for (path, nothing) in [("/api/documents", "密型"), ("/api/handovers", "张伟")] {
                let answer = neighbour.get(path);
                assert!(!answer.text().contains(nothing), "{role} {path}: {}", answer.text());
            }
        }
        let neighbour: Client = site.token("n-custodian");
        let ledger = format!("种类,序列号,原价,购置日期,单位,用途\n执法仪,X-1,1,2024-1-5,{},检查\n", "一中队");
        let seen = neighbour.send("POST", "/api/devices/import", &[], Some(ledger.as_bytes())).is(200).json();
        assert_eq!(seen["rows"][0]["problems"][0]["code"], "device.other_unit");
        let digest = seen["digest"].as_str().expect("digest");
        let applied = neighbour.send("POST", &format!("/api/devices/import/{digest}"), &[], Some(ledger.as_bytes()));
        assert_eq!(applied.is(422).code(), "import.refused");
        assert!(neighbour.get(&format!("/api/devices?q={}", quoted("X-1"))).items().is_empty());
        act(&site.token("custodian"), "return", "cam-1", back()).is(200);
    });
}
