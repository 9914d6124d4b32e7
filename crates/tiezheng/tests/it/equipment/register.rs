//! 登记: what a register takes, what it refuses, and what its history keeps.

use serde_json::{Value, json};

use super::{act, articles, camera, cites, device, issue_to, more_agencies, register};
use crate::site::both;

/// PRV-01: one device of each kind; a serial number only once; no other kinds; a history in order.
#[test]
fn prv_01_one_register_of_all_kinds() {
    both(|site| {
        site.serve();
        let custodian = site.token("custodian");
        for kind in [
            "still_camera",
            "audio_recorder",
            "camcorder",
            "body_worn_camera",
            "handheld_terminal",
            "fixed_cctv",
            "collection_storage_device",
        ] {
            let id = register(&custodian, &camera(&format!("S-{kind}"), json!({"kind": kind})));
            assert_eq!(device(&custodian, &id)["kind"], kind);
        }
        let drone = camera("S-drone", json!({"kind": "drone"}));
        assert_eq!(custodian.post("/api/devices", &drone).is(422).code(), "device.kind");
        let other = camera("S-drone", json!({"kind": "other"}));
        assert_eq!(custodian.post("/api/devices", &other).is(422).code(), "device.description_required");
        register(&custodian, &camera("S-drone", json!({"kind": "other", "description": "无人机"})));

        let again = custodian.post("/api/devices", &camera("S-camcorder", json!({}))).is(409);
        assert_eq!(again.code(), "device.serial.duplicate");
        // Another maker may use the same number; then a scan cannot tell which is meant.
        register(&custodian, &camera("S-camcorder", json!({"maker": "另一厂"})));
        let scan = custodian.get("/api/devices/scan?code=S-camcorder").is(409);
        assert_eq!(scan.code(), "device.ambiguous_code");
        assert_eq!(custodian.get("/api/devices/scan?code=S-none").is(404).code(), "device.unknown_code");

        for (missing, code) in
            [("price_fen", "field.required"), ("acquired_on", "field.required"), ("serial_no", "request.field")]
        {
            let mut body = camera("S-9", json!({}));
            body.as_object_mut().expect("object").remove(missing);
            assert_eq!(custodian.post("/api/devices", &body).is(422).code(), code, "{missing}");
        }
        for (more, code) in [
            (json!({"acquired_on": "2999-01-01"}), "field.in_future"),
            (json!({"acquired_on": "2025-02-30"}), "field.date"),
            (json!({"price_fen": -1}), "field.number"),
            (json!({"capabilities": ["x_ray"]}), "field.not_allowed"),
            (json!({"accessories": vec!["夹子"; 101]}), "field.too_many"),
            (json!({"unit_id": "dl-a"}), "field.unknown_reference"),
        ] {
            assert_eq!(custodian.post("/api/devices", &camera("S-9", more.clone())).is(422).code(), code, "{more}");
        }
        let own = camera("S-10", json!({"asset_no": "ZC-1", "capabilities": ["gps", "explosion_proof", "gps"]}));
        let id = register(&custodian, &own);
        assert_eq!(device(&custodian, &id)["capabilities"], json!(["explosion_proof", "gps"]));
        let taken = custodian.post("/api/devices", &camera("S-11", json!({"asset_no": "ZC-1"}))).is(409);
        assert_eq!(taken.code(), "device.asset_no.duplicate");
        site.kill();
        site.assert_clean();
    });
}

/// PRV-01: the history lists every change in order, tells who and when, and cannot be edited.
#[test]
fn prv_01_the_history_is_whole_and_stands() {
    both(|site| {
        site.serve();
        let custodian = site.token("custodian");
        let id = register(&custodian, &camera("S-1", json!({})));
        let path = format!("/api/devices/{id}");
        let correction =
            json!({"device": camera("S-1", json!({"price_fen": 310_000})), "reason": "发票复核", "revision": 1});
        assert_eq!(custodian.write("PATCH", &path, &correction).is(200).json()["price_fen"], 310_000);
        // Nothing new: no step. An older sight: refused. A unit: by acts only.
        let same = json!({"device": camera("S-1", json!({"price_fen": 310_000})), "reason": "再存一次"});
        assert_eq!(custodian.write("PATCH", &path, &same).is(200).json()["revision"], 2);
        assert_eq!(custodian.write("PATCH", &path, &correction).is(409).code(), "device.changed");
        let moved = json!({"device": camera("S-1", json!({"unit_id": "fz-zd1"})), "reason": "移"});
        assert_eq!(custodian.write("PATCH", &path, &moved).is(422).code(), "device.unit_by_act");
        act(&custodian, "issue", &id, issue_to("fz-zd1")).is(200);
        act(&custodian, "fault", &id, json!({"detail": {"fault": "黑屏"}})).is(200);
        let history = device(&custodian, &id)["history"].clone();
        let told: Vec<String> = history
            .as_array()
            .expect("list")
            .iter()
            .map(|step| {
                let word = |key: &str| step[key].as_str().unwrap_or("-").to_owned();
                format!(
                    "{} {} {}→{} {}",
                    step["revision"],
                    word("act"),
                    word("from_status"),
                    word("to_status"),
                    step["by"]["id"]
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "1 register -→in_store \"custodian\"",
                "2 correct in_store→in_store \"custodian\"",
                "3 issue in_store→issued \"custodian\"",
                "4 fault issued→stopped \"custodian\"",
            ]
        );
        assert_eq!(history[1]["detail"]["changed"]["price_fen"], json!([320_000, 310_000]));
        assert_eq!(history[1]["detail"]["reason"], "发票复核");
        site.kill();
        site.assert_clean();
        // There is no way to edit it through the product; behind its back it is named.
        site.tamper("update device_step set to_status = 'lost' where act = 'fault'");
        let (code, report) = site.verify();
        assert_eq!((code, &report["findings"][0]["params"]["table"]), (Some(1), &json!("device_step")), "{report:#}");
    });
}

/// PRV-14: no purpose in enforcement, no entry.
#[test]
fn prv_14_no_equipment_without_a_purpose() {
    both(|site| {
        more_agencies(site);
        site.serve();
        for (account, cited) in [("custodian", "fuzhou-urban 第六条"), ("cf-custodian", "caofeidian-amr 第五条")]
        {
            let client = site.token(account);
            for purpose in [Value::Null, json!(" ")] {
                let refused = client.post("/api/devices", &camera("P-1", json!({"purpose": purpose}))).is(422);
                assert_eq!(refused.code(), "device.purpose.required");
                assert!(cites(&refused, cited), "{:?}", articles(&refused));
            }
        }
    });
}

/// 台账: the counts beside the states follow the filters, and a device tells which acts its reader could do now.
#[test]
fn prv_01_counts_and_lawful_acts() {
    both(|site| {
        site.serve();
        let custodian = site.token("custodian");
        let counts = |query: &str| custodian.get(&format!("/api/devices/facets{query}")).is(200).json();
        let before = counts("?kind=camcorder");
        let id = register(&custodian, &camera("F-1", json!({"kind": "camcorder", "unit_id": "fz-zd1"})));
        let after = counts("?kind=camcorder");
        assert_eq!(after["total"].as_i64(), before["total"].as_i64().map(|n| n + 1));
        let listed = custodian.get("/api/devices?kind=camcorder&status=in_store").is(200).json();
        assert_eq!(after["by_status"]["in_store"].as_u64(), listed["items"].as_array().map(|items| items.len() as u64));
        assert_eq!(counts("?q=F-1&status=lost"), json!({"total": 1, "by_status": {"in_store": 1}})); // the state itself does not count
        assert_eq!(counts("?q=no-such-device"), json!({"total": 0, "by_status": {}}));
        assert_eq!(custodian.get("/api/devices/facets?kind=drone").is(422).code(), "field.not_allowed");

        let lawful = |client: &crate::client::Client| device(client, &id)["lawful"].clone();
        let in_store = ["issue", "check_out", "fault", "upkeep", "substandard", "damaged", "lost", "stolen"];
        assert_eq!(lawful(&custodian), json!(in_store));
        assert_eq!(lawful(&site.token("officer")), json!(["fault"])); // the only act upon a device not his own
        assert_eq!(lawful(&site.token("leader")), json!([]));
        act(&custodian, "issue", &id, issue_to("fz-zd1")).is(200);
        assert_eq!(lawful(&custodian)[0], "check_out");
    });
}
