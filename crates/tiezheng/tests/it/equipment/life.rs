//! 领用、归还、报修: what is done with devices, by one and by many at once.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{act, articles, back, camera, checked, cites, device, issue_to, more_agencies, out_to, register, status};
use crate::site::both;

/// PRV-20: issue, check-out and return; a second check-out is refused; the ledger knows the holder of any moment.
#[test]
fn prv_20_issue_check_out_and_return() {
    both(|site| {
        site.serve();
        let custodian = site.token("custodian");
        let id = register(&custodian, &camera("S-1", json!({})));
        // 签名 at issue and at return.
        let unsigned = act(&custodian, "issue", &id, json!({"unit_id": "fz-zd1"})).is(422);
        assert_eq!(unsigned.code(), "device.signature_required");
        assert_eq!(articles(&unsigned), ["fuzhou-urban 第九条第二款"]);
        act(&custodian, "issue", &id, issue_to("fz-zd1")).is(200);
        assert!(device(&custodian, &id)["in_use_on"].is_string(), "the service life runs from the first issue");
        assert_eq!(
            act(&custodian, "check_out", &id, json!({"detail": {"checks": checked()}})).is(422).code(),
            "field.required"
        );
        act(&custodian, "check_out", &id, out_to("officer")).is(200);
        assert_eq!(device(&custodian, &id)["holder"]["id"], "officer");

        let second = act(&custodian, "check_out", &id, out_to("officer2")).is(409);
        assert_eq!(
            (second.code().as_str(), &second.json()["params"]["holder"]),
            ("device.already_out", &json!("张伟"))
        );
        assert_eq!(articles(&second), ["fuzhou-urban 第九条第二款"]);

        let unsigned =
            act(&custodian, "return", &id, json!({"detail": {"condition": "good", "data_handed_in": true}})).is(422);
        assert_eq!(unsigned.code(), "device.signature_required");
        let unseen = act(&custodian, "return", &id, json!({"signature": {"name": "张伟"}})).is(422);
        assert_eq!(
            (unseen.code().as_str(), &unseen.json()["params"]["field"]),
            ("field.required", &json!("condition"))
        );
        // The officer gives back his own, and nobody else's.
        let stranger = site.token("officer2");
        assert_eq!(act(&stranger, "return", &id, back()).is(403).code(), "device.not_yours");
        let own = site.token("officer");
        let done = act(&own, "return", &id, back()).is(200).json();
        assert_eq!((&done["devices"][0]["status"], &done["devices"][0]["holder"]), (&json!("issued"), &Value::Null));

        act(&custodian, "check_out", &id, out_to("officer2")).is(200);
        let ledger = custodian.get(&format!("/api/devices/ledger?device={id}")).items();
        assert_eq!(ledger.len(), 2);
        for held in &ledger {
            let at = held["from_ms"].as_i64().expect("from");
            let then = custodian.get(&format!("/api/devices/ledger?device={id}&at_ms={at}")).items();
            assert_eq!((then.len(), &then[0]["holder"]), (1, &held["holder"]));
        }
        let before = ledger[1]["from_ms"].as_i64().expect("from") - 1;
        assert!(custodian.get(&format!("/api/devices/ledger?device={id}&at_ms={before}")).items().is_empty());
        let signed = &device(&custodian, &id)["history"][3]["signature"];
        assert_eq!((&signed["name"], &signed["typed"]), (&json!("张伟"), &json!(true)));
        site.kill();
        site.assert_clean();
    });
}

/// PRV-20: what stands in the way of a check-out: the check the regulation asks for, the state, another unit's custodian,
/// a moment before the last step or still to come.
#[test]
fn prv_20_what_stands_in_the_way() {
    both(|site| {
        more_agencies(site);
        site.serve();
        // 使用前检查: who asks for it, and what is answered.
        for (agency, required, article) in
            [("zw", true, "zhongwei 第十二条"), ("ms", true, "mingshan-hrss 第七条"), ("cf", false, "")]
        {
            let client = site.token(&format!("{agency}-custodian"));
            let id = register(
                &client,
                &camera("P-1", json!({"unit_id": format!("{agency}-u"), "model": "无要求", "kind": "camcorder"})),
            );
            let person = format!("{agency}-officer");
            let bare = json!({"person_id": person});
            if !required {
                act(&client, "check_out", &id, bare).is(200);
                continue;
            }
            let missing = act(&client, "check_out", &id, bare).is(422);
            assert_eq!(missing.code(), "pre_check.missing", "{agency}");
            assert!(cites(&missing, article), "{:?}", articles(&missing));
            let mut failed = checked();
            failed["battery"] = json!(false);
            let failed =
                act(&client, "check_out", &id, json!({"person_id": person, "detail": {"checks": failed}})).is(422);
            assert_eq!(failed.code(), "pre_check.failed", "{agency}");
            let urgent = json!({"person_id": person, "detail": {"urgent_reason": "突发事件"}});
            let done = act(&client, "check_out", &id, urgent).is(200).json();
            assert_eq!(done["notes"][0]["code"], "pre_check.override");
        }
        let custodian = site.token("custodian");
        let id = register(&custodian, &camera("S-1", json!({"unit_id": "fz-zd1"})));
        let now = custodian.get("/api/about").is(200).json()["now_ms"].as_i64().expect("now");
        for (more, field, code) in [
            (json!({"at_ms": now + 86_400_000}), "at_ms", "field.in_future"),
            (json!({"at_ms": now - 86_400_000}), "at_ms", "device.before_last_step"),
            (json!({"person_id": "dl-officer"}), "person_id", "field.unknown_reference"),
            (json!({"act": "fly"}), "act", "field.not_allowed"),
            (json!({"detail": {"checks": {"lens": true}}}), "checks", "field.not_allowed"),
            (json!({"detail": {"checks": checked(), "battery_percent": 101}}), "battery_percent", "field.number"),
            (json!({"devices": []}), "devices", "field.required"),
            (json!({"devices": [{"id": id}, {"id": id}]}), "devices", "device.twice"),
            (json!({"devices": vec![json!({"id": id}); 501]}), "devices", "field.too_many"),
            (json!({"signature": {"name": "张", "strokes": "M".repeat(20_001)}}), "signature", "field.too_long"),
        ] {
            let mut body = out_to("officer");
            body.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
            let refused = act(&custodian, "check_out", &id, body).is(422);
            assert_eq!((refused.code().as_str(), &refused.json()["params"]["field"]), (code, &json!(field)), "{more}");
        }
        assert_eq!(act(&custodian, "check_out", "none", out_to("officer")).is(404).code(), "not_found");
        assert_eq!(act(&custodian, "check_out", "cam-3", out_to("officer")).is(404).code(), "not_found");
        assert_eq!(act(&custodian, "repaired", &id, json!({})).is(409).code(), "device.not_lawful");
        // A custodian of one squad leaves the other one's devices alone.
        let squad = json!({"format": "tiezheng-fixture/1", "people": [{"id": "keeper", "agency": "fz", "unit": "fz-zd2",
            "name": "林", "roles": ["custodian"], "account": "keeper"}]});
        std::fs::write(site.path("squad.json"), squad.to_string()).expect("fixture");
        site.cli(&["load", site.path("squad.json").to_str().expect("UTF-8")]).good();
        assert_eq!(act(&site.token("keeper"), "check_out", &id, out_to("officer")).is(403).code(), "device.other_unit");
        let scan = custodian.get(&format!("/api/devices/scan?code=tiezheng:device:{id}&act=check_out")).is(200).json();
        assert_eq!((&scan["lawful"], &scan["device"]["id"]), (&json!(true), &json!(id)));
        act(&custodian, "check_out", &id, out_to("officer")).is(200);
        let scan = custodian.get("/api/devices/scan?code=S-1&act=check_out").is(200).json();
        assert_eq!((&scan["lawful"], &scan["problem"]["code"]), (&json!(false), &json!("device.already_out")));
    });
}

/// PRV-25: a fault stops the device at once; until the administrator has it repaired or resumes it, nobody gets it.
#[test]
fn prv_25_a_fault_stops_the_device() {
    both(|site| {
        site.serve();
        let (custodian, officer) = (site.token("custodian"), site.token("officer2"));
        let id = register(&custodian, &camera("S-1", json!({"unit_id": "fz-zd1"})));
        act(&custodian, "check_out", &id, out_to("officer")).is(200);
        assert_eq!(act(&officer, "fault", &id, json!({})).is(422).code(), "field.required");
        let fault = json!({"detail": {"fault": "录像中断", "files_left": 2, "unauthorised_disassembly": true}});
        let done = act(&officer, "fault", &id, fault).is(200).json();
        assert_eq!(
            (&done["devices"][0]["status"], &done["notes"][0]["code"]),
            (&json!("stopped"), &json!("unauthorised_disassembly"))
        );
        assert_eq!(device(&custodian, &id)["on_device"]["files"], 2);
        for lawless in ["issue", "check_out"] {
            let mut body = out_to("officer");
            body["unit_id"] = json!("fz-zd1");
            let refused = act(&custodian, lawless, &id, body).is(409);
            assert_eq!(refused.code(), "device.stopped", "{lawless}");
            assert_eq!(articles(&refused), ["fuzhou-urban 第九条第一款"]);
        }
        // Only the administrator goes on from here.
        for (step, more) in [
            ("send_repair", json!({"detail": {"firm": "维修站"}})),
            ("repaired", json!({"detail": {"result": "repaired"}})),
            ("resume", json!({"detail": {"reason": "误报"}})),
        ] {
            assert_eq!(act(&officer, step, &id, more).is(403).code(), "permission.denied", "{step}");
        }
        // Stopped, and still in the officer's hands until he brings it.
        act(&site.token("officer"), "return", &id, back()).is(200);
        assert_eq!(status(&custodian, &id), "stopped");
        assert_eq!(act(&custodian, "return", &id, back()).is(409).code(), "device.not_out");
        act(&custodian, "send_repair", &id, json!({"detail": {"firm": "维修站"}})).is(200);
        assert_eq!(act(&custodian, "check_out", &id, out_to("officer")).is(409).code(), "device.in_repair");
        let repaired = json!({"detail": {"result": "repaired", "cost_fen": 12_000, "parts": ["电池"]}});
        act(&custodian, "repaired", &id, repaired).is(200);
        assert_eq!(status(&custodian, &id), "in_store");
        act(&custodian, "fault", &id, json!({"detail": {"fault": "误触"}})).is(200);
        act(&custodian, "resume", &id, json!({"detail": {"reason": "复测正常"}})).is(200);
        act(&custodian, "check_out", &id, out_to("officer")).is(200);
    });
}

/// PRV-20: forty devices are taken back by one click; one that stands in the way is named, and nothing is done.
#[test]
fn prv_20_many_at_once_or_none() {
    both(|site| {
        site.serve();
        let custodian = site.token("custodian");
        let ids: Vec<String> =
            (0..40).map(|n| register(&custodian, &camera(&format!("S-{n}"), json!({"unit_id": "fz-zd1"})))).collect();
        let all = |act: &str, more: Value| {
            let devices: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
            let mut body = json!({"act": act, "devices": devices});
            body.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
            custodian.post("/api/devices/acts", &body)
        };
        act(&custodian, "check_out", &ids[7], out_to("officer2")).is(200);
        let refused = all("check_out", out_to("officer")).is(409);
        let document = refused.json();
        assert_eq!((refused.code().as_str(), &document["params"]["wrong"]), ("device.acts_refused", &json!(1)));
        let problem = &document["problems"][0];
        assert_eq!((&problem["code"], &problem["params"]["device"]), (&json!("device.already_out"), &json!(ids[7])));
        assert!(!problem["articles"].as_array().expect("articles").is_empty());
        assert_eq!(
            site.row("select cast(count(*) as text) from device where status = 'checked_out' and id not like 'cam-%'"),
            "1"
        );
        act(&custodian, "return", &ids[7], back()).is(200);
        assert_eq!(all("check_out", out_to("officer")).is(200).json()["devices"].as_array().expect("list").len(), 40);
        // Each with an inspection of its own laid over the common one.
        let mut body = back();
        let devices: Vec<Value> = ids.iter().map(|id| json!({"id": id, "detail": {"battery_percent": 40}})).collect();
        body["devices"] = json!(devices);
        let done = all("return", body).is(200).json();
        assert!(done["devices"].as_array().expect("list").iter().all(|device| device["status"] == "issued"));
        let detail = &device(&custodian, &ids[3])["history"][2]["detail"];
        assert_eq!((&detail["battery_percent"], &detail["condition"]), (&json!(40), &json!("good")));
        site.kill();
        site.assert_clean();
    });
}

/// PRV-20: two clerks act on the same device at the same time: one wins, the other is told by whom; nothing is half-done.
#[test]
fn prv_20_two_clerks_at_the_same_time() {
    both(|site| {
        site.serve();
        let custodian = site.token("custodian");
        for round in 0..4 {
            let pair: Vec<String> = (0..2)
                .map(|n| register(&custodian, &camera(&format!("S-{round}-{n}"), json!({"unit_id": "fz-zd1"}))))
                .collect();
            // Each takes both, in the other order, so that neither may wait for ever.
            let ask = |person: &str, ids: [&String; 2], seen: bool| {
                let devices: Vec<Value> = ids
                    .iter()
                    .map(|id| if seen { json!({"id": id, "revision": 1}) } else { json!({"id": id}) })
                    .collect();
                let mut body = out_to(person);
                body["act"] = json!("check_out");
                body["devices"] = json!(devices);
                body
            };
            let bodies = [
                ask("officer", [&pair[0], &pair[1]], round % 2 == 1),
                ask("officer2", [&pair[1], &pair[0]], round % 2 == 1),
            ];
            let answers: Vec<(u16, Value)> = std::thread::scope(|scope| {
                let asked: Vec<_> = bodies
                    .iter()
                    .map(|body| {
                        let client = custodian.clone();
                        scope.spawn(move || {
                            let answer = client.post("/api/devices/acts", body);
                            (answer.status, answer.json())
                        })
                    })
                    .collect();
                asked.into_iter().map(|one| one.join().expect("answered")).collect()
            });
            let won = answers.iter().position(|(status, _)| *status == 200).expect("one wins");
            let (status, lost) = &answers[1 - won];
            assert_eq!((*status, &lost["code"]), (409, &json!("device.acts_refused")), "{lost:#}");
            let problem = &lost["problems"][0];
            match round % 2 {
                0 => assert_eq!(
                    (&problem["code"], problem["params"]["holder"].is_string()),
                    (&json!("device.already_out"), true)
                ),
                _ => assert_eq!(
                    (&problem["code"], &problem["params"]["by"], &problem["params"]["act"]),
                    (&json!("device.changed"), &json!("王芳"), &json!("check_out"))
                ),
            }
            let holders: BTreeMap<String, String> = pair
                .iter()
                .map(|id| (id.clone(), device(&custodian, id)["holder"]["id"].as_str().expect("holder").to_owned()))
                .collect();
            let winner = ["officer", "officer2"][won];
            assert!(holders.values().all(|holder| holder == winner), "{holders:?}");
            assert!(pair.iter().all(|id| device(&custodian, id)["revision"] == 2));
        }
        site.kill();
        site.assert_clean();
    });
}
