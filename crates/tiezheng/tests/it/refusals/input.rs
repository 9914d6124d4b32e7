//! Bodies, queries and headers that are wrong.

use serde_json::{Value, json};

use crate::cards::put;
use crate::site::both;

const SOON_MS: i64 = 1_780_000_000_000;

fn activity(more: Value) -> Value {
    let mut body = json!({"title": "巡查", "occasion": "inspection", "began_ms": SOON_MS});
    body.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
    body
}

/// Invariant 10: what is another agency's answers like what never was, and nothing is written.
#[test]
fn what_is_another_agencys_cannot_be_referred_to() {
    both(|site| {
        site.serve();
        let client = site.token("dl-custodian");
        let events = site.row("select cast(count(*) as text) from event");
        let device = |unit: &str| crate::equipment::camera("X1", json!({"unit_id": unit}));
        for (path, field, theirs, never) in [
            (
                "/api/activities",
                "officers",
                activity(json!({"officers": ["officer"]})),
                activity(json!({"officers": ["none"]})),
            ),
            (
                "/api/activities",
                "devices",
                activity(json!({"devices": ["cam-1"]})),
                activity(json!({"devices": ["none"]})),
            ),
            (
                "/api/activities",
                "unit_id",
                activity(json!({"unit_id": "fz-zd1"})),
                activity(json!({"unit_id": "none"})),
            ),
            ("/api/devices", "unit_id", device("fz-zd1"), device("none")),
        ] {
            let (theirs, never) = (client.post(path, &theirs).is(422), client.post(path, &never).is(422));
            assert_eq!(theirs.code(), "field.unknown_reference", "{path} {field}");
            assert_eq!(theirs.json()["params"]["field"], field);
            let blind = |answer: Value| {
                let quoted = format!("“{}”", answer["params"]["value"].as_str().expect("value"));
                (answer["code"].clone(), answer["title"].as_str().unwrap_or("").replace(&quoted, "…"))
            };
            assert_eq!(blind(theirs.json()), blind(never.json()), "{path} {field}");
        }
        assert_eq!(site.row("select cast(count(*) as text) from event"), events, "nothing was written");
        client.post("/api/activities", &activity(json!({"officers": ["dl-officer", "dl-officer"]}))).is(201);
    });
}

#[test]
fn fields_of_bodies() {
    both(|site| {
        let card = site.path("card");
        put(&card, "DCIM/one.mp4", b"one");
        let sealed = site.ingest(&card, &[]);
        let id = sealed["files"][0]["recording"].as_str().expect("sealed").to_owned();
        let (index, views) = (format!("/api/recordings/{id}/index"), format!("/api/recordings/{id}/views"));
        site.serve();
        let client = site.token("custodian");
        let long = "字".repeat(1001);
        let device = |serial: &str, model: &str| crate::equipment::camera(serial, json!({"model": model}));
        for (method, path, body, field, code) in [
            ("POST", "/api/activities", activity(json!({"occasion": "party"})), "occasion", "field.not_allowed"),
            ("POST", "/api/activities", activity(json!({"occasion": ""})), "occasion", "field.not_allowed"),
            ("POST", "/api/activities", activity(json!({"title": "字".repeat(201)})), "title", "field.too_long"),
            ("POST", "/api/activities", activity(json!({"title": "a\u{202e}b"})), "title", "field.control"),
            ("POST", "/api/activities", activity(json!({"place": "a\u{7}"})), "place", "field.control"),
            ("POST", "/api/activities", activity(json!({"party": long})), "party", "field.too_long"),
            ("POST", "/api/activities", activity(json!({"began_ms": i64::MAX})), "began_ms", "field.time"),
            ("POST", "/api/activities", activity(json!({"began_ms": i64::MIN})), "began_ms", "field.time"),
            ("POST", "/api/activities", activity(json!({"began_ms": 0})), "began_ms", "field.time"),
            ("POST", "/api/activities", activity(json!({"ended_ms": i64::MAX})), "ended_ms", "field.time"),
            ("POST", "/api/devices", device("\u{1b}[2J", ""), "serial_no", "field.control"),
            ("POST", "/api/devices", device(&"9".repeat(101), ""), "serial_no", "field.too_long"),
            ("POST", "/api/devices", device("9", &"m".repeat(101)), "model", "field.too_long"),
            ("PUT", &index, json!({"title": "字".repeat(201)}), "title", "field.too_long"),
            ("PUT", &index, json!({"place": "a\u{0}"}), "place", "field.control"),
            ("PUT", &index, json!({"event_type": "party"}), "event_type", "field.not_allowed"),
            ("PUT", &index, json!({"title": "t", "reason": long}), "reason", "field.too_long"),
            ("POST", &views, json!({"reason": long}), "reason", "field.too_long"),
        ] {
            let answer = client.write(method, path, &body).is(422);
            assert_eq!(
                (answer.code().as_str(), &answer.json()["params"]["field"]),
                (code, &json!(field)),
                "{path} {body}"
            );
        }
        let refused = client.post("/api/activities", &activity(json!({"occasion": "party"}))).json();
        assert!(refused["params"]["allowed"].as_str().is_some_and(|all| all.contains("service_lien")), "{refused}");
        client.post("/api/activities", &activity(json!({"title": "  夜间\n巡查 ", "place": " "}))).is(201);
        assert_eq!(site.row("select title from activity where id <> 'act-1'"), "夜间 巡查", "trimmed, on one line");
    });
}

/// A filter that is not understood must not show more than was asked for.
#[test]
fn filters_and_cursors_of_lists() {
    both(|site| {
        site.serve();
        let (client, auditor) = (site.token("custodian"), site.token("legal_office"));
        for (path, code, value) in [
            ("/api/recordings?sort=best", "field.not_allowed", "best"),
            ("/api/recordings?kind=film", "field.not_allowed", "film"),
            ("/api/recordings?state=lost", "field.not_allowed", "lost"),
            ("/api/recordings?hand_in=soon", "field.not_allowed", "soon"),
            ("/api/recordings?flag=%25", "field.not_allowed", "%"),
            ("/api/recordings/facets?flag=Gap", "field.not_allowed", "Gap"),
            ("/api/recordings?cursor=nonsense", "request.cursor", "nonsense"),
            ("/api/recordings?cursor=", "request.cursor", ""),
            ("/api/activities?cursor=12", "request.cursor", "12"),
            ("/api/activities?cursor=x~y", "request.cursor", "x~y"),
            ("/api/devices?kind=drone", "field.not_allowed", "drone"),
            ("/api/ingests?cursor=x", "request.cursor", "x"),
            ("/api/integrity/runs?cursor=x", "request.cursor", "x"),
            ("/api/audit?act=recording.eaten", "field.not_allowed", "recording.eaten"),
            ("/api/audit?cursor=x", "request.cursor", "x"),
        ] {
            let answer = if path.starts_with("/api/audit") { auditor.get(path) } else { client.get(path) }.is(422);
            assert_eq!((answer.code().as_str(), &answer.json()["params"]["value"]), (code, &json!(value)), "{path}");
        }
        for path in
            ["/api/recordings?sort=&kind=&flag=&hand_in=&state=", "/api/devices?kind=", "/api/recordings?flag=unlinked"]
        {
            client.get(path).is(200);
        }
        auditor.get("/api/audit?act=fixture.loaded").is(200);
    });
}

/// What a request says of proxies is not believed; `public_url` is.
#[test]
fn only_the_configured_address_is_ours() {
    both(|site| {
        let write = |site: &crate::site::Site, headers: &[(&str, &str)]| {
            let headers = [&[("content-type", "application/json")], headers].concat();
            site.token("custodian").send("POST", "/api/activities", &headers, Some(b"{}"))
        };
        let forged = [("origin", "https://evil.example"), ("x-forwarded-host", "evil.example")];
        let proxied = [("origin", "https://tz.example")];
        site.serve();
        for headers in [&forged[..], &proxied] {
            assert_eq!(write(site, headers).is(403).code(), "request.cross_site");
        }
        let own = site.url().to_owned();
        assert_eq!(write(site, &[("origin", &own)]).is(422).code(), "request.field", "the very host that was asked");
        let config = site.data().join("tiezheng.toml");
        let text = std::fs::read_to_string(&config).expect("configuration");
        std::fs::write(&config, format!("public_url = \"https://tz.example\"\n{text}")).expect("written");
        site.serve();
        assert_eq!(write(site, &forged).is(403).code(), "request.cross_site");
        assert_eq!(write(site, &proxied).is(422).code(), "request.field");
    });
}
