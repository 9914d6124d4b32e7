//! PRV-07, PRV-11, PRV-18, PRV-19: fixed sites, the office standard, funding and purchases.

use serde_json::{Value, json};

use super::{agency, devices, of_unit, state};
use crate::equipment::camera;
use crate::site::both;

fn codes(unit: &Value) -> Vec<&str> {
    unit["alerts"].as_array().expect("alerts").iter().map(|alert| alert["code"].as_str().expect("code")).collect()
}

/// PRV-07: a hearing room without a camera is incomplete; with one it is not. Outages are noted and ended.
#[test]
fn prv_07_a_hearing_room_needs_place_and_equipment() {
    both(|site| {
        let cameras = devices("cctv", "top", "fixed_cctv", 1);
        agency(site, "caofeidian-amr", &[("top", None)], json!({"devices": cameras}));
        site.serve();
        let head = site.sign_in("ag-unit_head");
        state(&head, "top", json!([{"key": "classes", "value": ["hearing_host"]}])).is(201);
        let shown = |expected: bool| {
            let unit = of_unit(&head, "top");
            assert_eq!(unit["sites"][0]["complete"], expected, "{unit:#}");
            assert_eq!(codes(&unit).contains(&"provision.site_incomplete"), !expected);
            assert_eq!(unit["sites"][0]["articles"][0]["no"], "6(4)");
        };
        shown(false);
        let room =
            |cameras: Value| json!({"unit_id": "top", "purpose": "hearing", "place": "听证室", "cameras": cameras});
        head.post("/api/recording-sites", &room(json!([]))).is(201);
        shown(false);
        assert_eq!(head.post("/api/recording-sites", &room(json!(["cam-1"]))).is(422).code(), "site.camera");
        let made = head.post("/api/recording-sites", &room(json!(["cctv-1"]))).is(201).json();
        shown(true);
        let path = format!("/api/recording-sites/{}/outages", made["id"].as_str().expect("id"));
        head.post(&path, &json!({"reason": "断电", "from_ms": 1_780_000_000_000_i64})).is(201);
        assert_eq!(head.post(&path, &json!({"reason": "断电"})).is(409).code(), "site.out_already");
        let listed = head.get("/api/recording-sites").items();
        assert!(listed.iter().any(|site| site["out_reason"] == "断电"), "{listed:?}");
        let early = head.post(&path, &json!({"to_ms": 1_770_000_000_000_i64})).is(422);
        assert_eq!(early.code(), "responsibility.ends_before_it_begins");
        let outages = head.post(&path, &json!({"to_ms": 1_780_000_100_000_i64})).is(201).json();
        assert_eq!(outages[0]["to_ms"], 1_780_000_100_000_i64);
        assert_eq!(head.get(&path).items().len(), 1);
        head.post("/api/recording-sites/none/outages", &json!({"reason": "断电"})).is(404);
        site.kill();
        site.assert_clean();
    });
}

/// PRV-07: a window of 福州 is the service centre's: accepted without own cameras, told while nobody is on record.
#[test]
fn prv_07_a_window_is_the_service_centres() {
    both(|site| {
        agency(site, "fuzhou-urban", &[("top", None)], json!({}));
        site.serve();
        let head = site.sign_in("ag-unit_head");
        state(&head, "top", json!([{"key": "classes", "value": ["approval_window"]}])).is(201);
        for (operator, complete) in [(Value::Null, false), (json!("市行政服务中心"), true)] {
            let window =
                json!({"unit_id": "top", "purpose": "approval_window", "place": "大厅3号窗口", "operator": operator});
            head.post("/api/recording-sites", &window).is(201);
            let unit = of_unit(&head, "top");
            let shown = &unit["sites"][0];
            assert_eq!((&shown["complete"], &shown["operator_missing"]), (&json!(complete), &json!(!complete)));
        }
        let wrong = json!({"unit_id": "top", "purpose": "kitchen", "place": "x"});
        assert_eq!(head.post("/api/recording-sites", &wrong).is(422).code(), "field.not_allowed");
    });
}

/// PRV-07: a place where 中卫 handles cases is recorded as a whole, so it has equipment of its own; more than one may.
#[test]
fn prv_07_a_case_handling_place_needs_equipment() {
    both(|site| {
        let cameras = devices("cctv", "top", "fixed_cctv", 1);
        agency(site, "zhongwei", &[("top", None)], json!({"devices": cameras}));
        site.serve();
        let head = site.sign_in("ag-unit_head");
        let place = |cameras: Value| {
            let body =
                json!({"unit_id": "top", "purpose": "case_handling_place", "place": "询问室", "cameras": cameras});
            head.post("/api/recording-sites", &body).is(201);
        };
        place(json!([]));
        assert_eq!(of_unit(&head, "top")["sites"], json!([]), "owed by whoever says that cases are handled there");
        state(&head, "top", json!([{"key": "classes", "value": ["case_handling_place"]}])).is(201);
        let shown = |complete: bool| {
            let unit = of_unit(&head, "top");
            let place = &unit["sites"][0];
            let keys = (&place["key"], &place["complete"], &place["operator_missing"]);
            assert_eq!(keys, (&json!("site.case_handling_place"), &json!(complete), &json!(false)), "{unit:#}");
            // The text has expired (第二十条): its article is practice, told apart from law.
            assert_eq!(codes(&unit).contains(&"provision.site_incomplete"), !complete);
        };
        shown(false);
        place(json!(["cctv-1"]));
        shown(true);
    });
}

/// PRV-13: a need that no device of the unit can meet is a gap; a device that can, broken or not in the unit, ends it only
/// where it lies.
#[test]
fn prv_13_a_need_without_a_capable_device_is_a_gap() {
    both(|site| {
        let mut cameras = devices("plain", "top", "body_worn_camera", 1);
        cameras.extend(devices("other", "sub", "body_worn_camera", 1));
        cameras[1]["capabilities"] = json!(["explosion_proof"]);
        agency(site, "caofeidian-amr", &[("top", None), ("sub", Some("top"))], json!({"devices": cameras}));
        site.serve();
        let (head, custodian) = (site.sign_in("ag-unit_head"), site.sign_in("ag-custodian"));
        let need = json!([{"key": "special_need", "value": ["explosion_proof"]}, {"key": "classes", "value": ["enforcement_body"]}]);
        for unit in ["top", "sub"] {
            state(&head, unit, need.clone()).is(201);
        }
        let told = |unit: &str| -> String {
            let found = of_unit(&head, unit);
            let special = &found["special"][0];
            assert_eq!(
                (&special["need"], &special["articles"][0]["article"]),
                (&json!("explosion_proof"), &json!("第七条第二款"))
            );
            assert_eq!(codes(&found).contains(&"provision.special_missing"), special["gap"] == true, "{found:#}");
            format!("{} {}", special["gap"], special["device_ids"])
        };
        assert_eq!((told("top"), told("sub")), ("true []".into(), "false [\"other-1\"]".into()));
        let body = camera("EX-1", json!({"unit_id": "top", "capabilities": ["gps", "explosion_proof"]}));
        let id = crate::equipment::register(&custodian, &body);
        assert_eq!(told("top"), format!("false [\"{id}\"]"));
        let lost = json!({"detail": {"circumstances": "坠入井中", "recordings_at_risk": []}});
        crate::equipment::act(&custodian, "lost", &id, lost).is(200);
        assert_eq!(told("top"), "true []");
    });
}

/// PRV-13 with USE-08: after three activities within twelve months that were not recorded for want of a device fit for the
/// danger, the head is alerted; an older one, another reason and another unit's do not count.
#[test]
fn prv_13_the_third_hazard_exemption_alerts_the_head() {
    both(|site| {
        agency(site, "caofeidian-amr", &[("top", None), ("sub", Some("top"))], json!({}));
        site.serve();
        let (head, custodian) = (site.sign_in("ag-unit_head"), site.sign_in("ag-custodian"));
        for unit in ["top", "sub"] {
            state(&head, unit, json!([{"key": "classes", "value": ["enforcement_body"]}])).is(201);
        }
        let named = json!({"unit_id": "top", "duty": "first_responsible", "person_id": "ag-unit_head"});
        site.sign_in("ag-leader").post("/api/responsibilities", &named).is(201);
        let now = head.get("/api/about").is(200).json()["now_ms"].as_i64().expect("now");
        let exempt = |unit: &str, days_ago: i64, reason: &str| {
            let began = now - days_ago * super::DAY_MS;
            let made = json!({"title": "巡查", "occasion": "inspection", "unit_id": unit, "began_ms": began});
            let id = custodian.post("/api/activities", &made).is(201).json()["id"].as_str().expect("id").to_owned();
            let path = format!("/api/activities/{id}/exemption");
            custodian.post(&path, &json!({"reason": reason, "facts": "储罐区内禁止带入非防爆设备"})).is(201);
            id
        };
        let told = || {
            let found = of_unit(&head, "top");
            let alerted = codes(&found).contains(&"provision.hazard_repeated");
            assert_eq!(found["hazard"]["repeated"].as_bool().unwrap_or(false), alerted, "{found:#}");
            format!("{} {alerted}", found["hazard"]["uses"])
        };
        const HAZARD: &str = "hazard_no_compliant_device";
        assert_eq!(told(), "null false");
        for (unit, days_ago, reason, expected) in [
            ("top", 400, HAZARD, "null false"),
            ("top", 300, HAZARD, "1 false"),
            ("sub", 3, HAZARD, "1 false"),
            ("top", 100, HAZARD, "2 false"),
            ("top", 50, "urgent", "2 false"),
            ("top", 2, HAZARD, "3 true"),
        ] {
            exempt(unit, days_ago, reason);
            assert_eq!(told(), expected, "{unit} {days_ago} {reason}");
        }
        let found = of_unit(&head, "top");
        let alert = found["alerts"].as_array().expect("alerts").iter();
        let alert = alert.clone().find(|alert| alert["code"] == "provision.hazard_repeated").expect("alert");
        assert_eq!(found["hazard"]["articles"][0]["article"], "第九条第一款第（一）项", "{alert}");
        assert_eq!(alert["told"]["id"], "ag-unit_head", "{alert}");
        let id = exempt("top", 1, HAZARD);
        let shown = head.get(&format!("/api/activities/{id}")).is(200).json();
        assert_eq!(
            (&shown["exemption"]["recorded"]["reason"], &shown["exemption"]["recorded"]["by"]),
            (&json!(HAZARD), &json!("ag-custodian"))
        );
        site.kill();
        site.assert_clean();
    });
}

/// USE-08: only the reasons of the regulation are offered and taken, each refusal with its article; entered once.
#[test]
fn use_08_only_the_reasons_of_the_regulation() {
    for (profile, occasion, offered, refused) in [
        ("fuzhou-urban", "inspection", 3, [("hazard_no_compliant_device", "exemption.not_in_profile")].as_slice()),
        ("caofeidian-amr", "inspection", 4, &[("written_record_sufficient", "exemption.not_in_profile")]),
        ("mingshan-hrss", "inspection", 4, &[]),
        ("dalian-ftz", "inspection", 4, &[]),
        ("zhongwei", "inspection", 1, &[("written_record_sufficient", "exemption.document_required")]),
        ("zhongwei", "seizure", 0, &[("written_record_sufficient", "exemption.not_allowed_for_art8")]),
    ] {
        both(|site| {
            agency(site, profile, &[("top", None)], json!({}));
            site.serve();
            let custodian = site.sign_in("ag-custodian");
            let made = json!({"title": "巡查", "occasion": occasion, "began_ms": 1_770_000_000_000_i64});
            let id = custodian.post("/api/activities", &made).is(201).json()["id"].as_str().expect("id").to_owned();
            let exempt = || custodian.get(&format!("/api/activities/{id}")).is(200).json()["exemption"].clone();
            let reasons = exempt()["offered"].as_array().expect("offered").clone();
            assert_eq!(reasons.len(), offered, "{profile} {occasion} {reasons:?}");
            let path = format!("/api/activities/{id}/exemption");
            let send = |reason: &str, facts: &str, document: Value| {
                custodian.post(&path, &json!({"reason": reason, "facts": facts, "document": document}))
            };
            for (reason, code) in refused {
                let answer = send(reason, "现场情况", Value::Null).is(422);
                assert_eq!(answer.code(), *code, "{profile} {occasion}");
                assert!(!answer.json()["articles"].as_array().expect("articles").is_empty(), "{profile} {occasion}");
            }
            assert_eq!(send("urgent", " ", Value::Null).is(422).code(), "field.required");
            assert_eq!(send("raining", "下雨", Value::Null).is(422).code(), "field.not_allowed");
            if let Some(reason) = reasons.first().and_then(Value::as_str) {
                send(reason, "现场情况", json!("检查笔录1号")).is(201);
                assert_eq!(send(reason, "现场情况", json!("检查笔录2号")).is(409).code(), "exemption.exists");
                assert_eq!(exempt()["recorded"]["document"], "检查笔录1号");
            }
        });
    }
}

/// PRV-11: nothing is pretended without a standard; with a limit of two the third camcorder is flagged; so is a price.
#[test]
fn prv_11_the_office_standard() {
    both(|site| {
        let camcorders = devices("v", "top", "camcorder", 3);
        agency(site, "fuzhou-urban", &[("top", None)], json!({"devices": camcorders}));
        site.serve();
        let head = site.sign_in("ag-unit_head");
        let unit = of_unit(&head, "top");
        assert_eq!(
            (&unit["standard"]["not_checked"], &unit["standard"]["lines"]),
            (&json!("standard.missing"), &json!([]))
        );
        assert!(codes(&unit).contains(&"provision.standard_missing"));
        let standard = |quantity: u32| json!({"document": "配置标准", "version": "2025", "kind": "camcorder", "quantity": quantity, "price_fen": 500_000});
        head.post("/api/office-standards", &standard(2)).is(201);
        let unit = of_unit(&head, "top");
        let line = &unit["standard"]["lines"][0];
        assert_eq!((&line["limit"], &line["over_by"], &line["device_ids"]), (&json!(2), &json!(1), &json!(["v-3"])));
        assert_eq!(unit["standard"]["articles"][0]["no"], "5(2)2");
        assert!(codes(&unit).contains(&"provision.standard_over"));
        let dear = json!({"kind": "camcorder", "unit_id": "top", "price_fen": 900_000});
        let dear = site.sign_in("ag-custodian").post("/api/devices", &camera("V-dear", dear)).is(201).json();
        head.post("/api/office-standards", &standard(9)).is(201);
        let line = of_unit(&head, "top")["standard"]["lines"][0].clone();
        assert_eq!((&line["over_by"], &line["too_dear"]), (&json!(0), &json!([dear["id"]])));
        assert_eq!(head.get("/api/office-standards").items().len(), 2);
    });
}

/// PRV-18: need, approved and spent of each unit; what was spent is the sum of the assets' prices.
#[test]
fn prv_18_the_sheet_of_a_year() {
    both(|site| {
        agency(site, "fuzhou-urban", &[("top", None)], json!({}));
        site.serve();
        let (head, custodian) = (site.sign_in("ag-unit_head"), site.sign_in("ag-custodian"));
        for (n, price) in [(1, 120_000), (2, 150_050)] {
            let body = json!({"unit_id": "top", "price_fen": price, "acquired_on": "2025-05-06"});
            custodian.post("/api/devices", &camera(&format!("B{n}"), body)).is(201);
        }
        let budget = |year: i64, need: i64| json!({"unit_id": "top", "year": year, "need_fen": need, "approved_fen": 100_000, "document": "〔2025〕1号"});
        head.post("/api/budgets", &budget(2025, 900_000)).is(201);
        let squads =
            json!([{"key": "classes", "value": ["squad"]}, {"key": "squads", "value": [{"name": "甲", "count": 8}]}]);
        state(&head, "top", squads).is(201);
        let sheet = head.get("/api/budgets?year=2025").is(200).json();
        let line = &sheet["units"][0];
        assert_eq!((&line["need_fen"], &line["approved_fen"]), (&json!(900_000), &json!(100_000)));
        let assets = line["spent"].as_array().expect("assets");
        let sum: i64 = assets.iter().map(|one| one["price_fen"].as_i64().expect("price")).sum();
        assert_eq!((sum, &line["spent_fen"], &sheet["spent_fen"]), (270_050, &json!(270_050), &json!(270_050)));
        let csv = head.get("/api/exports/budgets?year=2025&format=csv").is(200).text();
        assert!(csv.lines().any(|line| line == "top,9000,1000,2700.5,3001,〔2025〕1号"), "{csv}");
        assert_eq!(site.sign_in("officer").get("/api/exports/budgets?year=2025").is(403).code(), "permission.denied");
        // Two of four are lacking, at the price paid last.
        assert_eq!((&line["firm_deficit_fen"], &line["alert"]), (&json!(300_100), &json!("budget.below_firm_deficit")));
        assert_eq!(head.get("/api/budgets?year=2024").is(200).json()["units"], json!([]));
        assert_eq!(head.post("/api/budgets", &budget(1026, 0)).is(422).code(), "field.time");
        assert_eq!(head.post("/api/budgets", &budget(2026, -1)).is(422).code(), "provision.quantity");
    });
}

/// PRV-19: ten bought, one failed: nine usable, one returned; what is in use before any acceptance is told.
#[test]
fn prv_19_a_batch_with_one_failure() {
    both(|site| {
        agency(site, "fuzhou-urban", &[("top", None)], json!({}));
        site.serve();
        let (head, custodian) = (site.sign_in("ag-unit_head"), site.sign_in("ag-custodian"));
        let lines = json!([{"kind": "body_worn_camera", "model": "K7", "quantity": 10, "price_fen": 120_000}]);
        let body = json!({"unit_id": "top", "supplier": "某公司", "contract": "HT-1", "bought_on": "2026-03-02", "lines": lines});
        let made = head.post("/api/purchases", &body).is(201).json();
        let id = made["id"].as_str().expect("id");
        let device = camera("P1", json!({"unit_id": "top", "purchase_id": id}));
        let device = custodian.post("/api/devices", &device).is(201).json()["id"].clone();
        let untested = || head.get("/api/purchases").items()[0]["in_use_untested"].clone();
        assert_eq!(untested(), json!([]));
        site.tamper("update device set status = 'issued' where purchase_id is not null");
        assert_eq!(untested(), json!([device]));
        let path = format!("/api/purchases/{id}/acceptance");
        let tested = |passed: u32, failed: u32, defects: Value| {
            json!({"accepted_on": "2026-03-10", "accepted_by": "王芳", "findings": "厂家换货",
                "lines": [{"passed": passed, "failed": failed, "defects": defects, "follow_up": "退货"}]})
        };
        assert_eq!(head.post(&path, &tested(9, 2, json!("黑屏"))).is(422).code(), "purchase.sum");
        assert_eq!(head.post(&path, &tested(9, 1, Value::Null)).is(422).code(), "field.required");
        let done = head.post(&path, &tested(9, 1, json!("黑屏"))).is(201).json();
        assert_eq!((&done["usable"], &done["returned"], &done["in_use_untested"]), (&json!(9), &json!(1), &json!([])));
        assert_eq!(head.post(&path, &tested(9, 1, json!("黑屏"))).is(409).code(), "purchase.accepted");
        let mut early = body.clone();
        early["lines"][0]["passed"] = json!(10);
        assert_eq!(head.post("/api/purchases", &early).is(422).code(), "purchase.accept_later");
    });
}
