//! 技术要求、维护、闲置: what falls due, and the figures of the workbench.

use serde_json::{Value, json};

use super::{act, articles, back, camera, day, device, issue_to, more_agencies, out_to, register};
use crate::cards::{name, put};
use crate::client::Client;
use crate::site::both;

fn due(client: &Client, due: &str) -> Vec<String> {
    let found = client.get(&format!("/api/devices?due={due}&limit=200")).items();
    found.iter().map(|device| device["serial_no"].as_str().expect("serial").to_owned()).collect()
}

/// PRV-12: a model with an item undeclared or not fulfilled goes out with a reason only; a sheet without numbers says so.
#[test]
fn prv_12_conformity_of_models() {
    both(|site| {
        more_agencies(site);
        site.serve();
        let client = site.token("zw-custodian");
        let id = register(&client, &camera("M-1", json!({"unit_id": "zw-u"})));
        let model = client.get("/api/device-models").items().remove(0);
        assert_eq!((&model["name"], &model["devices"], &model["proven"]), (&json!("K7"), &json!(1), &json!(false)));
        let items: Vec<&str> =
            model["items"].as_array().expect("items").iter().map(|item| item["item"].as_str().expect("key")).collect();
        assert_eq!(items, ["tech.image", "tech.battery_storage", "tech.processor", "tech.integrity"]);
        let path = format!("/api/device-models/{}/declarations", model["id"].as_str().expect("id"));
        let declare = |item: &str, declared: &str, sheet: Value| {
            client.post(&path, &json!({"item": item, "declared": declared, "evidence": "检测报告", "sheet": sheet}))
        };
        let words = json!({"document": "技术规格表", "version": "1", "thresholds": {"image": "清晰"}});
        let shown = declare("tech.image", "yes", words).is(201).json();
        assert_eq!(shown["items"][0]["declaration"]["qualitative_only"], true);
        let numbers = json!({"document": "技术规格表", "version": "2", "thresholds": {"battery_hours": "8"}});
        let shown = declare("tech.battery_storage", "yes", numbers).is(201).json();
        assert_eq!(shown["items"][1]["declaration"]["qualitative_only"], false);
        declare("tech.processor", "yes", Value::Null).is(201);
        // 第六条（四） is still open.
        let refused = act(&client, "issue", &id, issue_to("zw-u")).is(422);
        assert_eq!(
            (refused.code().as_str(), &refused.json()["params"]["items"]),
            ("device.model_unproven", &json!("tech.integrity"))
        );
        assert_eq!(articles(&refused), ["zhongwei 第六条第一款第（四）项"]);
        declare("tech.integrity", "partly", Value::Null).is(201);
        act(&client, "issue", &id, issue_to("zw-u")).is(422);
        let mut reasoned = issue_to("zw-u");
        reasoned["detail"] = json!({"reason": "等待固件升级"});
        let done = act(&client, "issue", &id, reasoned).is(200).json();
        assert_eq!(done["notes"][0]["code"], "device.went_out_unproven");
        assert_eq!(declare("tech.integrity", "yes", Value::Null).is(201).json()["proven"], true);
        let other = register(&client, &camera("M-2", json!({"unit_id": "zw-u"})));
        act(&client, "issue", &other, issue_to("zw-u")).is(200);
        for (body, code) in [
            (json!({"item": "tech.beauty", "declared": "yes"}), "field.not_allowed"),
            (json!({"item": "tech.image", "declared": "perhaps"}), "field.not_allowed"),
            (json!({"item": "tech.image", "declared": "yes", "on": "2999-01-01"}), "field.in_future"),
        ] {
            assert_eq!(client.post(&path, &body).is(422).code(), code);
        }
        let twice =
            client.post("/api/device-models", &json!({"kind": "body_worn_camera", "maker": "某厂", "name": "K7"}));
        assert_eq!(twice.is(409).code(), "device_model.duplicate");
        // 福州 asks for no technical item: its devices go out as they are.
        let custodian = site.token("custodian");
        let id = register(&custodian, &camera("M-3", json!({"unit_id": "fz-zd1"})));
        act(&custodian, "issue", &id, issue_to("fz-zd1")).is(200);
    });
}

/// PRV-24: with an interval of 90 days, day 98 raises an alert; recording the work resets it.
#[test]
fn prv_24_upkeep_falls_due() {
    both(|site| {
        site.serve();
        let custodian = site.token("custodian");
        let plan = json!({"kind": "body_worn_camera", "interval_days": 90, "works": ["清洁", "电池", "功能测试"]});
        custodian.write("PUT", "/api/upkeep-plans", &plan).is(200);
        assert_eq!(custodian.get("/api/upkeep-plans").items()[0]["interval_days"], 90);
        assert_eq!(
            custodian
                .write("PUT", "/api/upkeep-plans", &json!({"kind": "body_worn_camera", "interval_days": 0}))
                .is(422)
                .code(),
            "field.number"
        );
        let used = |serial: &str, days: i64| {
            let since = day(&custodian, -days);
            register(&custodian, &camera(serial, json!({"unit_id": "fz-zd1", "in_use_on": since})))
        };
        used("day-97", 97);
        let id = used("day-98", 98);
        assert_eq!(due(&custodian, "upkeep"), ["day-98"]);
        let workbench = || custodian.get("/api/workbench").is(200).json()["equipment"]["upkeep_due"].clone();
        assert_eq!(workbench(), 1);
        assert_eq!(act(&custodian, "upkeep", &id, json!({})).is(422).code(), "field.required");
        act(&custodian, "upkeep", &id, json!({"detail": {"works": ["清洁"], "result": "良好"}})).is(200);
        assert_eq!((due(&custodian, "upkeep"), workbench()), (Vec::<String>::new(), json!(0)));
        let later = day(&custodian, 98);
        let found = custodian.get(&format!("/api/devices?due=upkeep&on={later}")).items();
        assert_eq!(found.len(), 2, "ninety-eight days later it is due again");
    });
}

/// PRV-14: what was in no activity for half a year is on the idle list. PRV-20: what is not back a day after its shift is
/// on the list of returns.
#[test]
fn prv_14_idle_and_prv_20_not_returned() {
    both(|site| {
        site.serve();
        let custodian = site.token("custodian");
        let used = |serial: &str, days: i64| {
            let since = day(&custodian, -days);
            register(&custodian, &camera(serial, json!({"unit_id": "fz-zd1", "in_use_on": since})))
        };
        used("day-180", 180);
        used("day-181", 181);
        let busy = used("busy", 400);
        let now = custodian.get("/api/about").is(200).json()["now_ms"].as_i64().expect("now");
        let activity =
            json!({"title": "巡查", "occasion": "inspection", "began_ms": now - 86_400_000, "devices": [busy]});
        custodian.post("/api/activities", &activity).is(201);
        let idle: Vec<String> = due(&custodian, "idle").into_iter().filter(|serial| !serial.starts_with('D')).collect();
        assert_eq!(idle, ["day-181"]);

        let out = |id: &str, hours: i64| {
            let mut body = out_to("officer");
            body["detail"]["due_ms"] = json!(now - hours * 3_600_000);
            act(&custodian, "check_out", id, body).is(200);
        };
        let (late, fair) = (used("late", 1), used("fair", 1));
        out(&late, 25);
        out(&fair, 23);
        assert_eq!(due(&custodian, "return"), ["late"]);
        let counts = custodian.get("/api/workbench").is(200).json()["equipment"].clone();
        assert_eq!((&counts["to_return"], &counts["idle"]), (&json!(1), &json!(3)), "{counts}");
        act(&custodian, "return", &late, back()).is(200);
        assert!(due(&custodian, "return").is_empty());
        assert_eq!(custodian.get("/api/devices?due=holidays").is(422).code(), "field.not_allowed");
        assert!(device(&custodian, &late)["due_ms"].is_null());
        // Whoever sees all agencies asks each by its own regulation; who administers the machine has no orders.
        let bureau = site.token("judicial_bureau");
        assert!(due(&bureau, "idle").len() >= 3, "of all agencies");
        assert_eq!(
            bureau.get("/api/workbench").is(200).json()["equipment"]["idle"],
            0,
            "nothing of it is its own to look after"
        );
        assert!(site.token("audit_admin").get("/api/workbench").is(200).json()["equipment"].is_null());
    });
}

/// 工作台: somebody counts what he holds, who administers or decides what is its units' besides, nobody what is another's;
/// and each figure opens as many.
#[test]
fn everybody_counts_what_he_looks_after() {
    both(|site| {
        site.serve();
        let custodian = site.token("custodian");
        let put = |serial: &str, unit: Option<&str>, holder: Option<&str>| {
            let id = register(&custodian, &camera(serial, json!({"unit_id": unit})));
            let Some(unit) = unit else { return };
            act(&custodian, "issue", &id, issue_to(unit)).is(200);
            if let Some(holder) = holder {
                act(&custodian, "check_out", &id, out_to(holder)).is(200);
            }
        };
        put("Q-1", Some("fz-zd1"), None);
        put("Q-2", Some("fz-zd2"), Some("officer2"));
        put("Q-3", Some("fz-dd"), Some("officer"));
        for (account, own) in [
            ("custodian", "D2600101 D2600102 Q-1 Q-2 Q-3"),
            ("leader", "D2600101 D2600102 Q-1 Q-2 Q-3"),
            ("unit_head", "D2600101 Q-1"),
            ("unit_head2", "D2600102 Q-2"),
            ("officer", "D2600101 Q-3"),
            ("officer2", "Q-2"),
            ("legal_office", ""),
            ("dl-officer", "D2600103"),
        ] {
            let client = site.token(account);
            let mut found = due(&client, "undocked&mine=true");
            found.sort_unstable();
            assert_eq!(found.join(" "), own, "{account}");
            let told = client.get("/api/workbench").is(200).json();
            assert_eq!(told["equipment"]["undocked"], found.len(), "{account} {told}");
        }
        // Without a due: all that is his, in whatever state.
        assert_eq!(site.token("unit_head").get("/api/devices?mine=true").items().len(), 2);
    });
}

/// PRV-16: what comes to the end of its range by the end of a year, at the latest price paid for the kind; each figure opens
/// as many devices.
#[test]
fn prv_16_what_a_year_asks_to_renew_and_what_it_costs() {
    both(|site| {
        more_agencies(site);
        site.serve();
        let client = site.token("zw-custodian");
        for (serial, kind, bought, price) in [
            ("R-1", "body_worn_camera", "2021-12-31", 300_000), // to the last day of 2026
            ("R-2", "body_worn_camera", "2022-01-01", 320_000),
            ("R-3", "body_worn_camera", "2018-03-01", 330_000),
            ("R-4", "camcorder", "2010-03-01", 700_000),
        ] {
            let more = json!({"kind": kind, "unit_id": "zw-u", "acquired_on": bought, "in_use_on": bought,
                "price_fen": price});
            register(&client, &camera(serial, more));
        }
        let asked = |year: &str| client.get(&format!("/api/readiness{year}")).is(200).json();
        for (year, renewal, until) in [
            ("?year=2026", json!([["body_worn_camera", 2, 640_000], ["camcorder", 1, 700_000]]), "2027-01-01"),
            ("?year=2027", json!([["body_worn_camera", 3, 960_000], ["camcorder", 1, 700_000]]), "2028-01-01"),
        ] {
            let told = asked(year);
            let lines = told["renewal"].as_array().expect("renewal").iter();
            let lines: Value =
                lines.map(|line| json!([line["kind"], line["devices"], line["cost_fen"]])).collect::<Vec<_>>().into();
            assert_eq!((&lines, &told["on"]), (&renewal, &json!(until)), "{year}");
            let opened = due(&client, &format!("renewal&on={until}&kind=body_worn_camera"));
            assert_eq!(renewal[0][1], opened.len(), "{year} {opened:?}");
        }
        assert_eq!(
            asked("")["units"],
            json!([{"unit": {"id": "zw-u", "name": "执法科"}, "kept": 4, "usable": 4, "working": 0}])
        );
        for year in ["?year=1999", "?year=2200"] {
            assert_eq!(client.get(&format!("/api/readiness{year}")).is(422).code(), "field.number");
        }
        // 曹妃甸 sets no service life.
        assert_eq!(site.token("cf-custodian").get("/api/readiness").is(200).json()["renewal"], json!([]));
    });
}

/// 在用率: a device counts as working once its card was handed in; stopped it is kept and not usable, lost it is not kept.
#[test]
fn the_share_of_devices_that_truly_work() {
    both(|site| {
        let below = site.path("media");
        let file = name("P10023", "D2600101", jiff::Timestamp::now(), 1, "MP4");
        put(&below.join("CAM007"), &file, b"docked");
        let below = below.to_str().expect("UTF-8").to_owned();
        site.cli(&["dock", "--agency", "fz", "--below", &below, "--once", "--json"]).good();
        site.serve();
        let custodian = site.token("custodian");
        register(&custodian, &camera("W-1", json!({"kind": "fixed_cctv", "unit_id": "fz-zd1"}))); // nobody carries it
        let stopped = register(&custodian, &camera("W-2", json!({"unit_id": "fz-zd2"})));
        act(&custodian, "fault", &stopped, json!({"detail": {"fault": "不能开机"}})).is(200);
        register(&custodian, &camera("W-3", json!({})));
        let told = custodian.get("/api/readiness").is(200).json();
        let unit = |id: &str, name: &str, of: [i64; 3]| {
            let unit = if id.is_empty() { Value::Null } else { json!({"id": id, "name": name}) };
            json!({"unit": unit, "kept": of[0], "usable": of[1], "working": of[2]})
        };
        let mut units = told["units"].as_array().expect("units").clone();
        units.sort_by_key(|unit| unit["unit"]["id"].to_string());
        let expected =
            [unit("fz-zd1", "一中队", [1, 1, 1]), unit("fz-zd2", "二中队", [2, 1, 0]), unit("", "", [1, 1, 0])];
        assert_eq!(units, expected);
        assert_eq!((&told["undocked"], &told["idle"]), (&json!(1), &json!(3)), "{told}");
    });
}
