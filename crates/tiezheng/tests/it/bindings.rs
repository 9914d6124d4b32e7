//! Which regulation binds whom: units and their days (VAL-07), joint operations (VAL-08), repealed texts (VAL-06), and the
//! day whose law governs (VAL-01).

use serde_json::{Value, json};

use crate::cards::{at, name, put};
use crate::client::Client;
use crate::postgres;
use crate::site::{PASSWORD, Pair, Site, both, wait_for};

const HOUR_MS: i64 = 3_600_000;

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// A legal day, so many days ago.
fn day(ago: i64) -> String {
    tiezheng_rules::time::legal_day(now_ms() - ago * 24 * HOUR_MS).to_string()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn binding(unit: &str, from: String, decided_on: String) -> Value {
    json!({"unit_id": unit, "effective_on": from, "decided_on": decided_on, "document": "榕城管〔2026〕9号", "decided_by": "周涛"})
}

fn bind(client: &Client, profile: &str, body: &Value) -> crate::client::Answer {
    client.post(&format!("/api/regulations/{profile}/units"), body)
}

fn activity(unit: &str, began_ms: i64) -> Value {
    json!({"title": "巡查", "occasion": "inspection", "began_ms": began_ms, "ended_ms": began_ms + HOUR_MS, "unit_id": unit})
}

fn applied(client: &Client, activity: &str) -> String {
    let told = client.get(&format!("/api/activities/{activity}")).is(200).json();
    told["applies"]["profile"].as_str().unwrap_or("none").to_owned()
}

/// Seals one file that a device of an agency made at a moment; its id.
fn sealed(site: &Site, agency: &str, device: &str, at: jiff::Timestamp) -> String {
    let card = site.path(&format!("card-{agency}-{}", at.as_millisecond()));
    put(&card, &name("P99999", device, at, 1, "MP4"), format!("{agency} {device} {at}").as_bytes());
    let card = card.to_str().expect("UTF-8");
    let report = site.cli(&["ingest", "--agency", agency, card, "--json"]).good().json();
    report["files"][0]["recording"].as_str().unwrap_or_else(|| panic!("{report}")).to_owned()
}

/// Agencies on other regulations, each with a unit, an officer, a custodian, a legal office and a camera since 2019.
fn more(site: &Site) {
    let agencies = [("cfd", "caofeidian-amr", "D2600201"), ("zw", "zhongwei", "D2600301")];
    let person = |agency: &str, role: &str| {
        let account = format!("{agency}-{role}");
        json!({"id": account, "agency": agency, "unit": format!("{agency}-a"), "name": account, "roles": [role],
            "account": account, "password": PASSWORD})
    };
    let people =
        |(agency, ..): &(&str, &str, &str)| ["officer", "custodian", "legal_office"].map(|role| person(agency, role));
    let fixture = json!({
        "format": "tiezheng-fixture/1",
        "agencies": agencies.map(|(id, profile, _)| json!({"id": id, "name": id, "profile": profile})),
        "units": agencies.map(|(id, ..)| json!({"id": format!("{id}-a"), "agency": id, "parent": null, "name": "稽查局"})),
        "people": agencies.iter().flat_map(people).collect::<Vec<_>>(),
        "devices": agencies.map(|(id, _, serial)| json!({"id": format!("{id}-cam"), "agency": id, "unit": format!("{id}-a"),
            "kind": "body_worn_camera", "serial_no": serial})),
        "custody": agencies.map(|(id, ..)| json!({"device": format!("{id}-cam"), "holder": format!("{id}-officer"),
            "from": "2019-01-01", "to": null})),
    });
    let path = site.path("more.json");
    std::fs::write(&path, fixture.to_string()).expect("fixture");
    site.cli(&["load", path.to_str().expect("UTF-8")]).good();
}

/// The units of a regulation's page with what binds them today.
fn bound_today(client: &Client, unit: &str) -> Option<String> {
    let told = client.get("/api/regulations/fuzhou-urban/units").is(200).json();
    let unit = list(&told["units"]).iter().find(|row| row["unit"]["id"] == unit).unwrap_or_else(|| panic!("{told}"));
    let today = list(&unit["bound"]).iter().find(|bound| bound["state"] == "now");
    today.and_then(|bound| bound["profile"].as_str()).map(str::to_owned)
}

/// VAL-07: "A new unit cannot open activities until bound".
#[test]
fn val_07_a_new_unit_opens_no_activity_until_it_is_bound() {
    both(|site| {
        site.serve();
        let (legal, custodian) = (site.token("legal_office"), site.token("custodian"));
        let told = legal.get("/api/regulations/fuzhou-urban/units").is(200).json();
        assert_eq!((&told["articles"], &told["may_bind"]), (&json!(["第四条第一款"]), &json!(true)));
        assert!(list(&told["names"]).contains(&json!("市城管支队")), "{told}");
        assert_eq!(custodian.get("/api/regulations/fuzhou-urban/units").is(200).json()["may_bind"], false);

        let unit = json!({"agency_id": "fz", "parent_id": "fz-dd", "name": "三中队", "kind": "squad"});
        let unit = site.token("security_admin").post("/api/units", &unit).is(201).json();
        let unit = unit["id"].as_str().expect("id");
        let open = |ago: i64| custodian.post("/api/activities", &activity(unit, now_ms() - ago * 24 * HOUR_MS));
        let refused = open(0).is(422).json();
        assert_eq!(
            (&refused["code"], &refused["articles"][0]["article"], &refused["params"]["unit"]),
            (&json!("activity.unit_unbound"), &json!("第四条第一款"), &json!("三中队")),
            "although its parent is bound: {refused}"
        );
        assert_eq!(bound_today(&legal, unit), None);
        // A first binding may lie in the past: nothing was judged before it.
        bind(&legal, "fuzhou-urban", &binding(unit, day(10), day(0))).is(201);
        assert_eq!(bound_today(&legal, unit).as_deref(), Some("fuzhou-urban"));
        let made = open(0).is(201).json();
        assert_eq!(applied(&custodian, made["id"].as_str().expect("id")), "fuzhou-urban");
        assert_eq!(open(12).is(422).code(), "activity.unit_unbound", "before its first day");
        site.kill();
        site.cli(&["admin", "token", "--account", "root"]).good();
        site.assert_clean();
    });
}

/// VAL-07 with PRV-16: the service life of a device is that of its unit's regulation, not of its agency's.
#[test]
fn val_07_devices_are_renewed_by_the_regulation_of_their_unit() {
    both(|site| {
        site.serve();
        let (legal, custodian) = (site.token("legal_office"), site.token("custodian"));
        let unit = json!({"agency_id": "fz", "parent_id": "fz-dd", "name": "三中队", "kind": "squad"});
        let unit = site.token("security_admin").post("/api/units", &unit).is(201).json();
        let unit = unit["id"].as_str().expect("id").to_owned();
        for (serial, unit) in [("L-1", unit.as_str()), ("L-2", "fz-dd")] {
            let worn = json!({"unit_id": unit, "acquired_on": "2015-01-05", "in_use_on": "2015-01-06"});
            custodian.post("/api/devices", &crate::equipment::camera(serial, worn)).is(201);
        }
        let due = |on: &str| -> Vec<Value> {
            let found = custodian.get(&format!("/api/devices?due=renewal&on={on}")).items();
            found.iter().map(|device| device["serial_no"].clone()).collect()
        };
        let today = day(0);
        assert_eq!(due(&today), Vec::<Value>::new(), "福州 sets no service life");
        bind(&legal, "zhongwei", &binding(&unit, day(10), today.clone())).is(201);
        assert_eq!(due(&today), [json!("L-1")]);
        assert_eq!(due(&day(11)), Vec::<Value>::new(), "before it was bound");
        let told = custodian.get("/api/workbench").is(200).json();
        assert_eq!(told["equipment"]["renewal_due"], 1, "{told}");
    });
}

/// VAL-07: "re-binding keeps older activities with the older profile".
#[test]
fn val_07_bound_anew_what_was_done_before_keeps_its_regulation() {
    both(|site| {
        site.serve();
        let (legal, custodian) = (site.token("legal_office"), site.token("custodian"));
        let made = |began: i64| {
            let told = custodian.post("/api/activities", &activity("fz-zd1", began)).is(201).json();
            told["id"].as_str().expect("id").to_owned()
        };
        let older = made(now_ms() - 72 * HOUR_MS);
        let newer = made(now_ms() - 2 * HOUR_MS);
        let recordings = [(72, "fuzhou-urban"), (26, "dalian-ftz")].map(|(hours, profile)| {
            let at = jiff::Timestamp::from_millisecond(now_ms() - hours * HOUR_MS).expect("instant");
            (sealed(site, "fz", "D2600101", at), profile)
        });
        let profile = |id: &str| site.row(&format!("select profile from recording_index where recording_id = '{id}'"));
        for (recording, _) in &recordings {
            assert_eq!(profile(recording), "fuzhou-urban");
        }
        assert_eq!(applied(&custodian, &newer), "fuzhou-urban");
        // From the day before yesterday's midnight on, decided then: the recording of 26 hours ago is judged again.
        let two_days = binding("fz-zd1", day(2), day(2));
        let answer = bind(&legal, "dalian-ftz", &two_days).is(201).json();
        let bound = list(&answer["bound"]);
        assert_eq!((bound.len(), &bound[0]["to"], &bound[0]["from"]), (2, &json!(day(3)), &Value::Null), "{answer}");
        for (recording, expected) in &recordings {
            wait_for("the verdicts", || (profile(recording) == *expected).then_some(()));
            let told = custodian.get(&format!("/api/recordings/{recording}")).is(200).json();
            assert_eq!(told["applies"]["profile"], *expected);
            assert_eq!(told["verdict"]["articles"][0]["profile"], *expected, "{}", told["verdict"]);
        }
        assert_eq!(
            (applied(&custodian, &older), applied(&custodian, &newer)),
            ("fuzhou-urban".into(), "dalian-ftz".into())
        );
        assert_eq!(applied(&custodian, "act-1"), "fuzhou-urban");
        // The agency follows both now: it can decide about either, and each page counts what is its own.
        let laws = legal.get("/api/regulations").items();
        let followed = |id: &str| laws.iter().find(|law| law["id"] == id).map(|law| law["followed"].clone());
        assert_eq!((followed("dalian-ftz"), followed("zhongwei")), (Some(json!(true)), Some(json!(false))));
        for (id, figures) in [("fuzhou-urban", [1, 2]), ("dalian-ftz", [1, 1]), ("zhongwei", [0, 0])] {
            let told = custodian.get(&format!("/api/regulations/{id}/compliance")).is(200).json();
            let figure =
                |key: &str| list(&told["figures"]).iter().find(|one| one["key"] == key).cloned().unwrap_or_default();
            assert_eq!(
                [&figure("recordings")["value"], &figure("activities")["value"]],
                figures.map(Value::from).each_ref(),
                "{id}"
            );
            let listed = figure("recordings")["link"].as_str().expect("link").to_owned();
            assert_eq!(custodian.get(&format!("/api{listed}")).items().len(), figures[0], "{listed}");
        }

        for (profile, body, status, code) in [
            ("dalian-ftz", binding("fz-zd1", day(2), day(2)), 422, "regulation.binding_overlap"),
            ("dalian-ftz", binding("fz-zd1", day(4), day(4)), 422, "regulation.binding_overlap"),
            ("dalian-ftz", binding("fz-zd1", day(1), day(0)), 422, "regulation.retroactive"),
            ("dalian-ftz", binding("fz-zd1", day(-2), day(-1)), 422, "regulation.decided_in_future"),
            ("dalian-ftz", binding("dl-a", day(0), day(0)), 422, "field.unknown_reference"),
            ("dalian-ftz", binding("nobody", day(0), day(0)), 422, "field.unknown_reference"),
            ("dalian-ftz", binding("fz-zd1", "soon".into(), day(0)), 422, "field.date"),
            ("zhongwei-2017", binding("fz-zd1", day(0), day(0)), 422, "regulation.repealed"),
            ("nowhere", binding("fz-zd1", day(0), day(0)), 404, "not_found"),
        ] {
            let answer = bind(&legal, profile, &body);
            assert_eq!((answer.status, answer.code()), (status, code.to_owned()), "{profile} {body}");
        }
        assert_eq!(bind(&custodian, "dalian-ftz", &two_days).is(403).code(), "permission.denied");
        site.kill();
        site.cli(&["admin", "token", "--account", "root"]).good();
        site.assert_clean();
        site.tamper(
            "update unit_regulation set profile = 'zhongwei' where profile = 'dalian-ftz' and unit_id = 'fz-zd1'",
        );
        assert_eq!(site.verify().0, Some(1), "who would be bound otherwise is named");
        site.tamper(
            "update unit_regulation set profile = 'dalian-ftz' where profile = 'zhongwei' and unit_id = 'fz-zd1'",
        );
        rebuilt(site);
    });
}

/// Bindings come back from the log.
fn rebuilt(site: &mut Site) {
    let rows = |site: &Site| {
        site.rows("select unit_id, profile, cast(from_ms as text), cast(to_ms as text), document from unit_regulation order by 1, 3")
    };
    let before = rows(site);
    assert_eq!(before.len(), 5);
    match site.pair {
        Pair::SqliteFolder => {
            for ending in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(site.data().join(format!("tiezheng.db{ending}")));
            }
        }
        Pair::PostgresS3 => site.database = Some(postgres::cluster().database()),
    }
    let report = site.cli(&["admin", "rebuild", "--json"]).good().json();
    assert_eq!((&report["lost"], rows(site)), (&json!([]), before), "{report:#}");
}

/// VAL-08: "Joint operation DLN + CFD: two recordings, two profiles, one shared activity number".
#[test]
fn val_08_in_a_joint_operation_each_recording_keeps_the_regulation_of_who_made_it() {
    both(|site| {
        more(site);
        site.serve();
        let began = at("2026-03-02T09:00:00+08:00");
        let agencies = [
            ("dl", "dl-a", "cam-3", "D2600103", "dalian-ftz"),
            ("cfd", "cfd-a", "cfd-cam", "D2600201", "caofeidian-amr"),
        ];
        let mut told = Vec::new();
        for (agency, unit, device, serial, profile) in agencies {
            let client = site.token(&format!("{agency}-custodian"));
            let mut body = activity(unit, began.as_millisecond());
            body["joint_no"] = "联执〔2026〕1号".into();
            body["devices"] = json!([device]);
            body["title"] = json!(format!("{agency}的秘密行动"));
            let made = client.post("/api/activities", &body).is(201).json();
            let recording = sealed(site, agency, serial, began + jiff::SignedDuration::from_mins(10));
            told.push((client, made["id"].as_str().expect("id").to_owned(), recording, profile));
        }
        for (this, other) in [(0, 1), (1, 0)] {
            let ((client, activity, recording, profile), (.., theirs)) = (&told[this], &told[other]);
            for path in [format!("/api/activities/{activity}"), format!("/api/recordings/{recording}")] {
                let answer = client.get(&path).is(200);
                assert!(
                    !answer.text().contains(&format!("{}的秘密行动", agencies[other].0)),
                    "nothing of theirs is told"
                );
                let shown = answer.json();
                assert_eq!(
                    (&shown["joint_no"], &shown["applies"]["profile"]),
                    (&json!("联执〔2026〕1号"), &json!(profile))
                );
                let also = list(&shown["also"]);
                assert_eq!((also.len(), &also[0]["profile"]), (1, &json!(theirs)), "{path}");
                for applies in also.iter().chain([&shown["applies"]]) {
                    let cfd = applies["profile"] == "caofeidian-amr";
                    let phrase = cfd.then_some("为保护您的合法权益，监督我们的执法行为，本次执法过程录音录像");
                    let limit = if cfd { json!({"hours": 24}) } else { json!("first_moment") };
                    assert_eq!(
                        (&applies["phrase"], &applies["notify"], &applies["hand_in"]),
                        (&json!(phrase), &json!(true), &limit)
                    );
                    assert!(!list(&applies["articles"]).is_empty(), "{applies}");
                }
            }
            let verdict = client.get(&format!("/api/recordings/{recording}")).json()["verdict"].clone();
            assert_eq!(verdict["articles"][0]["profile"], *profile);
            // The other's activity and recording stay theirs.
            client.get(&format!("/api/activities/{}", told[other].1)).is(404);
            client.get(&format!("/api/recordings/{}", told[other].2)).is(404);
        }
        // Without a number there is nobody else.
        let alone = site.token("custodian").get("/api/activities/act-1").is(200).json();
        assert_eq!((&alone["joint_no"], &alone["also"]), (&Value::Null, &json!([])));
    });
}

/// VAL-06: "A 2020 recording imported for ZWE shows predecessor "text not supplied"; retention applies ZWE 15 as protective
/// default".
#[test]
fn val_06_a_recording_of_2020_cites_the_text_of_its_time() {
    both(|site| {
        more(site);
        let recording = sealed(site, "zw", "D2600301", at("2020-06-01T10:00:00+08:00"));
        site.serve();
        let (custodian, legal) = (site.token("zw-custodian"), site.token("zw-legal_office"));
        let shown = custodian.get(&format!("/api/recordings/{recording}")).is(200).json();
        let (verdict, applies, kept) = (&shown["verdict"], &shown["applies"], &shown["kept"]);
        assert_eq!(
            (&verdict["status"], &verdict["due_ms"], &verdict["articles"]),
            (&json!("no_rule"), &Value::Null, &json!([]))
        );
        assert_eq!(
            (&applies["profile"], &applies["force"], &applies["binding"]),
            (&json!("zhongwei"), &json!("before"), &json!(false))
        );
        let predecessor = &applies["predecessor"];
        assert_eq!(
            (&predecessor["number"], &predecessor["supplied"], &predecessor["repealed_on"]),
            (&json!("卫政发〔2017〕113号"), &json!(false), &json!("2021-05-06"))
        );
        assert_eq!((&applies["hand_in"], &applies["phrase"]), (&Value::Null, &Value::Null));
        assert_eq!((&kept["floor"], &kept["default"]), (&json!("2022-06-01"), &json!(true)), "{kept}");
        assert!(list(&kept["articles"]).iter().any(|cited| cited["article"] == "第十五条"), "{kept}");

        let refused = bind(&legal, "zhongwei-2017", &binding("zw-a", day(0), day(0))).is(422).json();
        assert_eq!(
            (&refused["code"], &refused["articles"][0]["article"]),
            (&json!("regulation.repealed"), &json!("第二十条"))
        );
        let old = activity("zw-a", at("2020-06-01T09:00:00+08:00").as_millisecond());
        let refused = custodian.post("/api/activities", &old).is(422).json();
        assert_eq!(
            (&refused["code"], &refused["articles"][0]["article"], &refused["params"]["number"]),
            (&json!("activity.regulation_repealed"), &json!("第二十条"), &json!("卫政发〔2017〕113号"))
        );
        // The present text lapsed, and nobody stops working for that (requirements 2.2).
        let made = custodian.post("/api/activities", &activity("zw-a", now_ms() - 2 * HOUR_MS)).is(201).json();
        assert_eq!(applied(&custodian, made["id"].as_str().expect("id")), "zhongwei");
    });
}

/// VAL-01: the begin of the activity decides, for the hand-in and for the term alike.
#[test]
fn val_01_an_activity_over_midnight_keeps_the_regulation_it_began_under() {
    both(|site| {
        more(site);
        site.serve();
        let client = site.token("zw-custodian");
        let began = at("2026-05-06T23:59:00+08:00").as_millisecond();
        let mut body = activity("zw-a", began);
        body["devices"] = json!(["zw-cam"]);
        client.post("/api/activities", &body).is(201);
        for (made, force, lapsed) in
            [("2026-05-07T00:10:00+08:00", "in_force", false), ("2026-05-07T03:00:00+08:00", "lapsed", true)]
        {
            let recording = sealed(site, "zw", "D2600301", at(made));
            let shown = client.get(&format!("/api/recordings/{recording}")).is(200).json();
            let told = (&shown["applies"]["force"], &shown["verdict"]["lapsed"], &shown["kept"]["default"]);
            assert_eq!((told.0, told.1), (&json!(force), &json!(lapsed)), "{made}");
            assert_eq!(shown["kept"]["floor"], "2028-05-07", "a term is counted from the recording");
        }
    });
}

/// A load file knows what bound a unit when: what is sealed already is judged by it.
#[test]
fn val_07_a_load_file_binds_units_day_by_day() {
    both(|site| {
        more(site);
        let recording = sealed(site, "zw", "D2600301", at("2020-06-01T10:00:00+08:00"));
        let row = format!("select profile || ' ' || hand_in from recording_index where recording_id = '{recording}'");
        assert_eq!(site.row(&row), "zhongwei no_rule");
        let load = |rows: Value| {
            let path = site.path("bound.json");
            let fixture = json!({"format": "tiezheng-fixture/1", "unit_regulations": rows});
            std::fs::write(&path, fixture.to_string()).expect("fixture");
            site.cli(&["load", path.to_str().expect("UTF-8"), "--json"])
        };
        let early = json!({"unit": "zw-a", "profile": "caofeidian-amr", "from": "1970-01-01", "to": "2020-12-31"});
        let late = json!({"unit": "zw-a", "profile": "zhongwei", "from": "2021-01-01", "document": "通知"});
        let overlapping = json!({"unit": "zw-a", "profile": "zhongwei", "from": "2020-12-31"});
        assert_eq!(load(json!([early.clone(), overlapping])).code, Some(1));
        assert_eq!(load(json!([early, late])).good().json()["unit_regulations"], 2);
        site.serve();
        wait_for("the verdict", || (site.row(&row) == "caofeidian-amr late").then_some(()));
        site.kill();
        site.cli(&["admin", "token", "--account", "root"]).good();
        site.assert_clean();
    });
}
