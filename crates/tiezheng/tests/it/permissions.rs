//! Who may do what, asked of the running server: every operation of its own description, by every role and by nobody.
//!
//! `permissions.txt` is the picture. A new route without a line makes this fail; `UPDATE_EXPECT=1` draws it anew.

use std::fmt::Write;

use expect_test::expect_file;
use serde_json::{Value, json};

use tiezheng::audit::disclosure;
use tiezheng_vault::commitment;

use crate::cards::{at, name, put};
use crate::client::{Answer, Client};
use crate::site::{PASSWORD, Site, both};

const ROLES: [&str; 9] = [
    "officer",
    "custodian",
    "unit_head",
    "leader",
    "legal_office",
    "judicial_bureau",
    "system_admin",
    "security_admin",
    "audit_admin",
];

/// `(method, path)` of all operations, in the order of the description.
pub fn operations(description: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (path, item) in description["paths"].as_object().expect("paths") {
        for method in ["get", "head", "post", "put", "patch", "delete", "options"] {
            if item.get(method).is_some() {
                found.push((method.to_uppercase(), path.clone()));
            }
        }
    }
    found
}

/// What each operation is asked with: a request that only its rights can refuse.
fn ask(client: &Client, role: &str, recording: &Value, method: &str, path: &str) -> Answer {
    let id = recording["id"].as_str().expect("id");
    let write = |body: Value| client.write(method, path, &body);
    let upload = || {
        let headers = [("tus-resumable", "1.0.0"), ("upload-length", "4")];
        let made = client.send("POST", "/api/uploads", &headers, None);
        if made.status == 201 { made.header("location") } else { "/api/uploads/none".to_owned() }
    };
    let view = || {
        let opened = client.post(&format!("/api/recordings/{id}/views"), &json!({}));
        serde_json::from_slice::<Value>(&opened.body).ok().and_then(|view| view["view"].as_str().map(str::to_owned))
    };
    match (method, path) {
        ("POST", "/api/session") => write(json!({"account": "root", "password": PASSWORD})),
        ("POST", "/api/session/password") => write(json!({"old": PASSWORD, "new": "another-password-2"})),
        ("POST", "/api/session/activation") => {
            write(json!({"account": "nobody", "codes": ["A", "B"], "password": "another-password-2"}))
        }
        ("PUT", "/api/accounts/{account}") => client.write(method, "/api/accounts/none", &json!({"disabled": true})),
        ("POST", "/api/accounts/{account}/grants") => client.post("/api/accounts/none/grants", &json!({"roles": []})),
        ("POST", "/api/grants/{id}/confirm") => client.post("/api/grants/none/confirm", &json!({})),
        ("POST", "/api/units") => {
            write(json!({"agency_id": "fz", "parent_id": null, "name": "新设中队", "kind": "squad"}))
        }
        ("POST", "/api/officers") => write(json!({"agency_id": "fz", "unit_id": "fz-zd1", "name": "新人"})),
        ("PATCH", "/api/officers/{id}") => client.write(method, "/api/officers/none", &json!({"active": true})),
        ("POST", "/api/responsibilities") => {
            let unit = if role == "leader" { "fz-dd" } else { "fz-zd1" };
            write(json!({"unit_id": unit, "duty": "archiving", "person_id": "officer"}))
        }
        ("POST", "/api/responsibilities/{id}/end") => client.post("/api/responsibilities/none/end", &json!({})),
        ("POST", path) if crate::duty::body(path).is_some() => {
            client.post(&path.replace("{id}", "fz-zd1"), &crate::duty::body(path).expect("body"))
        }
        ("GET", "/api/sufficiency" | "/api/readiness" | "/api/office-standards" | "/api/provision-deviations") => {
            client.get(&format!("{path}?agency=fz"))
        }
        ("GET", "/api/budgets") => client.get("/api/budgets?year=2026&agency=fz"),
        ("GET", "/api/units/{id}/statements") => client.get("/api/units/fz-zd1/statements"),
        ("POST", _) if path.contains("/import") => {
            let path = path.replace("{digest}", "none") + "?agency=fz";
            client.send(method, &path, &[], Some("姓名,种类,序列号\n新人,执法仪,N-1\n".as_bytes()))
        }
        ("GET", "/api/exports/{list}") => client.get("/api/exports/devices"),
        ("POST", "/api/documents") => write(json!({"form": "provision"})),
        ("GET", "/api/documents/{id}") => client.get("/api/documents/none"),
        ("POST", "/api/devices") => write(crate::equipment::camera(&format!("S-{role}"), json!({"unit_id": "fz-zd1"}))),
        ("POST", "/api/devices/acts") => {
            write(json!({"act": "fault", "devices": [{"id": "cam-1"}], "detail": {"fault": "不能开机"}}))
        }
        ("POST", "/api/device-models") => {
            write(json!({"kind": "body_worn_camera", "maker": "某厂", "name": format!("M-{role}")}))
        }
        ("POST", "/api/device-models/{id}/declarations") => {
            client.post("/api/device-models/none/declarations", &json!({"item": "tech.image", "declared": "yes"}))
        }
        ("PUT", "/api/upkeep-plans") => write(json!({"kind": "camcorder", "interval_days": 90})),
        ("POST", "/api/device-orders") => {
            write(json!({"kind": "transfer", "device_id": "cam-2", "to_unit_id": "fz-zd1", "reason": "调整"}))
        }
        ("POST", "/api/device-orders/{id}/steps") => {
            client.post("/api/device-orders/none/steps", &json!({"step": "confirm"}))
        }
        ("GET", "/api/devices/scan") => client.get("/api/devices/scan?code=D2600101&act=fault"),
        ("PATCH", "/api/devices/{id}") => {
            let device = crate::equipment::camera("D2600102", json!({}));
            client.write(method, "/api/devices/cam-2", &json!({"device": device, "reason": "补录价格"}))
        }
        ("GET", "/api/devices/{id}") => client.get("/api/devices/cam-1"),
        ("POST", "/api/activities") => {
            write(json!({"title": "巡查", "occasion": "inspection", "began_ms": 1_780_000_000_000_i64}))
        }
        ("GET", "/api/activities/{id}") => client.get("/api/activities/act-1"),
        ("POST", "/api/activities/{id}/exemption") => {
            client.post("/api/activities/act-1/exemption", &json!({"reason": "urgent", "facts": "突发"}))
        }
        ("PUT", "/api/recordings/{id}/extension") => client.write("PUT", &path.replace("{id}", "none"), &json!({})),
        ("PUT", "/api/recordings/{id}/index") => {
            client.write("PUT", &path.replace("{id}", id), &json!({"title": "新题名"}))
        }
        ("POST", "/api/integrity/runs") => write(json!({"depth": "presence"})),
        ("GET", "/api/events/{id}/proof") => {
            let event = recording["event"].as_str().expect("event");
            client.get(&path.replace("{id}", event))
        }
        ("POST", "/api/recordings/{id}/views") => client.post(&path.replace("{id}", id), &json!({})),
        ("POST", _) if path.starts_with("/api/recordings/{id}/") => client.post(&path.replace("{id}", id), &json!({})),
        (_, _) if path.starts_with("/api/recordings/{id}") => client.send(method, &path.replace("{id}", id), &[], None),
        ("GET", "/api/views/{view}/stream") => client.get(&path.replace("{view}", &view().unwrap_or("none".into()))),
        ("GET", "/api/views/{view}/{part}") => {
            client.get(&path.replace("{view}", &view().unwrap_or("none".into())).replace("{part}", "poster"))
        }
        ("POST", "/api/regulations/{id}/files") => {
            let path = path.replace("{id}", "fuzhou-urban") + "?name=official.pdf";
            client.send(method, &path, &[], Some(b"%PDF-1.7"))
        }
        ("POST", "/api/regulations/{id}/explain") => {
            let facts = json!({"recorded_on": "2026-03-02"});
            client.post(&path.replace("{id}", "fuzhou-urban"), &json!({"question": "retention", "facts": facts}))
        }
        ("POST", "/api/regulations/{id}/units") => {
            let body = json!({"unit_id": "fz-zd2", "effective_on": "2199-01-01", "document": "通知", "decided_by": "周涛",
                "decided_on": "2026-03-02"});
            client.post(&path.replace("{id}", "fuzhou-urban"), &body)
        }
        (_, _) if path.starts_with("/api/regulations/{id}/decisions/") => {
            let path = path.replace("{id}", "fuzhou-urban").replace("{decision}", "none");
            client.send(method, &path, &[], None)
        }
        ("POST", _)
            if ["continuations", "annexes", "approvers", "delegations"].iter().any(|last| path.ends_with(last)) =>
        {
            client.post(&path.replace("{id}", "nowhere"), &json!({}))
        }
        ("POST", _) if path.starts_with("/api/regulations/{id}/") => {
            let body = json!({"resolution": "T-13", "reading": "activity_end", "published_on": "2019-06-01",
                "decision_no": "1", "decided_by": "周涛",
                "decided_on": "2026-03-02", "reason": "以活动为单位"});
            client.post(&path.replace("{id}", "fuzhou-urban"), &body)
        }
        (_, _) if path.starts_with("/api/regulations/{id}") => {
            client.get(&path.replace("{id}", "fuzhou-urban").replace("{file}", "none"))
        }
        ("POST", "/api/uploads") => {
            client.send(method, path, &[("tus-resumable", "1.0.0"), ("upload-length", "4")], None)
        }
        ("PATCH", "/api/uploads/{id}") => {
            let headers = [
                ("tus-resumable", "1.0.0"),
                ("content-type", "application/offset+octet-stream"),
                ("upload-offset", "0"),
            ];
            client.send(method, &upload(), &headers, Some(b"12"))
        }
        ("POST", "/api/uploads/{id}") => {
            let instead = ("x-http-method-override", "HEAD");
            client.send(method, &upload(), &[("tus-resumable", "1.0.0"), instead], Some(b""))
        }
        (_, _) if path.starts_with("/api/uploads/{id}") => {
            let url = path.replace("/api/uploads/{id}", &upload());
            client.send(method, &url, &[("tus-resumable", "1.0.0")], None)
        }
        ("GET", "/api/ingests/{id}") => {
            client.get(&path.replace("{id}", recording["ingest"].as_str().expect("ingest")))
        }
        ("GET", "/api/locales/{language}") => client.get("/api/locales/en"),
        ("GET", "/log/tile/{*path}" | "/log/tile/{path}") => client.get("/log/tile/0/000.p/1"),
        _ => client.send(method, path, &[], None),
    }
}

/// A site with one sealed file of the officer of the first unit; the recording with its event and run.
fn with_recording(site: &mut Site) -> Value {
    let card = site.path("card");
    put(&card, &name("P10023", "D2600101", at("2026-03-02T08:30:00+08:00"), 1, "MP4"), b"a recording of the officer");
    let report = site.ingest(&card, &[]);
    let id = report["files"][0]["recording"].clone();
    let event = site.row("select event_id from recording");
    json!({"id": id, "event": event, "ingest": report["ingest"]})
}

#[test]
fn every_operation_for_every_role() {
    let picture = expect_file!["permissions.txt"];
    both(|site| {
        let recording = with_recording(site);
        site.serve();
        let mut people: Vec<(&str, Client)> = ROLES.iter().map(|role| (*role, site.token(role))).collect();
        people.push(("nobody", site.nobody()));
        let description = site.nobody().get("/api/openapi.json").is(200).json();
        let mut drawn = String::new();
        for (method, path) in operations(&description) {
            write!(drawn, "{:<40}", format!("{method} {path}")).expect("text");
            for (role, client) in &people {
                let answer = ask(client, role, &recording, &method, &path);
                let status = answer.status;
                assert!(
                    ![400, 405, 412, 415, 422].contains(&status),
                    "{role} {}: ask it properly: {}",
                    answer.asked,
                    answer.text()
                );
                assert!(status < 500, "{role} {}: {}", answer.asked, answer.text());
                // Signed in and told to sign in, or unknown and told what it lacks, would be the wrong refusal.
                // Refused for its code, not for who asks: that is open to everybody.
                let asked_in = answer.code() == "session.code_wrong";
                match *role {
                    "nobody" => assert_ne!(status, 403, "{}", answer.asked),
                    _ if asked_in => {}
                    _ => assert_ne!(status, 401, "{role} {}", answer.asked),
                }
                let may = asked_in || status != 401 && status != 403;
                write!(drawn, "  {role} {}", if may { '✔' } else { '✘' }).expect("text");
            }
            drawn.push('\n');
        }
        picture.assert_eq(&drawn);
    });
}

/// Another agency's, another unit's and another officer's recording answers like one that never was.
#[test]
fn what_one_may_not_see_does_not_exist() {
    both(|site| {
        let recording = with_recording(site);
        let id = recording["id"].as_str().expect("id").to_owned();
        let event = recording["event"].as_str().expect("event").to_owned();
        site.serve();
        let (missing, none) = ("00000000-0000-7000-8000-000000000000", json!({}));
        for account in ["officer2", "unit_head2", "dl-officer", "dl-custodian"] {
            let client = site.token(account);
            let officer = account.contains("officer");
            let asks: Vec<(&str, &str, Value)> = vec![
                ("GET", "/api/recordings/{id}", none.clone()),
                ("GET", "/api/recordings/{id}/custody", none.clone()),
                ("GET", "/api/recordings/{id}/receipt", none.clone()),
                ("GET", "/api/recordings/{id}/receipt.pdf", none.clone()),
                ("POST", "/api/recordings/{id}/views", json!({"reason": "x"})),
                ("POST", "/api/recordings/{id}/preview", none.clone()),
                ("POST", "/api/recordings/{id}/verify", none.clone()),
                ("PUT", "/api/recordings/{id}/index", json!({"title": "x"})),
            ];
            for (method, path, body) in asks {
                if officer && path.ends_with("/verify") || account.starts_with("unit_head") && path.ends_with("/index")
                {
                    continue; // refused by role already
                }
                let send = |id: &str| {
                    let path = path.replace("{id}", id);
                    if method == "GET" { client.get(&path) } else { client.write(method, &path, &body) }
                };
                let (theirs, never) = (send(&id), send(missing));
                assert_eq!((theirs.status, theirs.code()), (404, "not_found".to_owned()), "{account} {method} {path}");
                assert_eq!(theirs.body, never.body, "{account} {method} {path}");
            }
            let proof = client.get(&format!("/api/events/{event}/proof"));
            assert_eq!(
                (proof.status, proof.body),
                (404, client.get(&format!("/api/events/{missing}/proof")).body),
                "{account}"
            );
            assert_eq!(client.get("/api/recordings").items(), Vec::<Value>::new(), "{account}");
            assert_eq!(client.get("/api/recordings/facets").is(200).json()["total"], 0, "{account}");
        }
        assert_eq!(
            site.row(&format!("select cast(count(*) as text) from event where subject = '{id}'")),
            "1",
            "no look left a mark"
        );
        let run = recording["ingest"].as_str().expect("ingest");
        let stranger = site.token("dl-custodian");
        let theirs = stranger.get(&format!("/api/ingests/{run}")).is(404);
        assert_eq!(theirs.body, stranger.get(&format!("/api/ingests/{missing}")).is(404).body);
    });
}

/// What nobody but those who see content may read anywhere: names of files and cards, titles, places, people, reasons. The
/// first seven stand in what the legal office reads below.
const CONTENT: [&str; 11] = [
    "P10023",
    "20260302",
    "/card",
    "某巷占道举报",
    "匿名举报人",
    "某巷口",
    "举报人要求查看",
    "夜市占道经营整治",
    "林秀",
    "南门兜",
    "CERT-officer",
];

/// Administrators ask every operation that reads, after a day on which everything was done once.
#[test]
fn no_administrator_is_told_content() {
    both(|site| {
        let recording = with_recording(site);
        site.serve();
        let custodian = site.sign_in("custodian");
        for role in ROLES.iter().take(3) {
            let client = site.token(role);
            for (method, path) in operations(&site.nobody().get("/api/openapi.json").is(200).json()) {
                if !path.starts_with("/api/session") {
                    ask(&client, role, &recording, &method, &path);
                }
            }
        }
        let id = recording["id"].as_str().expect("id");
        let index = json!({"title": "某巷占道举报", "party": "匿名举报人", "place": "某巷口"});
        custodian.write("PUT", &format!("/api/recordings/{id}/index"), &index).is(200);
        custodian.post(&format!("/api/recordings/{id}/views"), &json!({"reason": "举报人要求查看"})).is(201);

        // Who sees content is told all of it, so that what follows cannot pass by there being nothing.
        let told = |client: &Client| -> String {
            let read = |path: &str| ask(client, "reader", &recording, "GET", path).text();
            ["/api/audit", "/api/ingests", "/api/ingests/{id}", "/api/events/{id}/proof"].map(read).concat()
                + &client.get("/api/audit?limit=200").text()
        };
        let legal = told(&site.token("legal_office"));
        for word in &CONTENT[..7] {
            assert!(legal.contains(word), "{word}: {legal}");
        }
        for role in ["system_admin", "security_admin", "audit_admin"] {
            let client = site.token(role);
            let mut all = told(&client);
            for (method, path) in operations(&site.nobody().get("/api/openapi.json").is(200).json()) {
                if method == "GET" && !path.starts_with("/api/officers") && !path.starts_with("/api/locales") {
                    all += &ask(&client, role, &recording, &method, &path).text();
                }
            }
            for word in CONTENT {
                assert!(!all.contains(word), "{role} reads {word}: {all}");
            }
        }
        every_key_is_declared(site);
        a_withheld_line_proves_itself(site, recording["event"].as_str().expect("event"));
    });
}

fn every_key_is_declared(site: &Site) {
    let mut acts = std::collections::BTreeSet::new();
    for row in site.rows(&format!("select {} from event", site.hex("payload"))) {
        let event: Value = serde_json::from_slice(&hex::decode(row).expect("hex")).expect("JSON");
        let act = event["act"].as_str().expect("act");
        for key in event["detail"].as_object().expect("detail").keys() {
            assert!(disclosure::open(act, key).is_some(), "declare {act}.{key} in audit/disclosure.rs");
        }
        acts.insert(act.to_owned());
    }
    assert!(acts.len() >= 15, "{acts:?}");
}

/// The auditor's commitment is the one that those who may read everything compute.
fn a_withheld_line_proves_itself(site: &Site, event: &str) {
    let proof = |role: &str| site.token(role).get(&format!("/api/events/{event}/proof")).is(200).json();
    let (whole, kept) = (proof("legal_office"), proof("audit_admin"));
    for key in ["event", "payload", "salt"] {
        assert_eq!(kept[key], Value::Null, "{key}");
        assert_ne!(whole[key], Value::Null, "{key}");
    }
    let salt = hex::decode(whole["salt"].as_str().expect("salt")).expect("hex").try_into().expect("32 bytes");
    let entry = hex::encode(commitment(&salt, whole["payload"].as_str().expect("payload").as_bytes()));
    assert_eq!((&kept["entry"], &whole["entry"]), (&json!(entry), &json!(entry)));
    assert_eq!(kept["index"], whole["index"]);
    assert!(kept["checkpoint"].as_str().is_some_and(|note| note.contains('\u{2014}')), "{kept}");
    let line = |role: &str| {
        let lines = site.token(role).get("/api/audit?act=recording.sealed").items();
        lines.into_iter().find(|line| line["id"] == event).expect("the line")
    };
    let line = line("audit_admin");
    assert_eq!(line["withheld"], json!(["file_name", "officer", "raw_name_hex", "source_path"]), "{line}");
    assert_eq!(line["detail"]["sha256"].as_str().map(str::len), Some(64), "{line}");
}
