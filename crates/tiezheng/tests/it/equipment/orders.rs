//! 调拨、报废、损失、更换: orders with more than one hand.

use serde_json::{Value, json};

use super::{act, articles, back, camera, cites, device, issue_to, more_agencies, out_to, register, status};
use crate::cards::{at, name, put};
use crate::client::{Answer, Client};
use crate::site::both;

pub fn open(client: &Client, kind: &str, device: &str, more: Value) -> Answer {
    let mut body = json!({"kind": kind, "device_id": device, "reason": "无法修复"});
    body.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
    client.post("/api/device-orders", &body)
}

pub fn step(client: &Client, order: &str, step: &str, more: Value) -> Answer {
    let mut body = json!({"step": step});
    body.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
    client.post(&format!("/api/device-orders/{order}/steps"), &body)
}

pub fn id_of(answer: Answer) -> String {
    answer.is(201).json()["id"].as_str().expect("id").to_owned()
}

/// The open order of a kind of a device.
pub fn order(client: &Client, device: &str, kind: &str) -> Value {
    client.get(&format!("/api/device-orders?device={device}&kind={kind}&open=true")).items().remove(0)
}

fn waiting(client: &Client) -> usize {
    client.get("/api/device-orders?waiting=true").items().len()
}

/// PRV-21: both sides confirm; not while it is out, not with recordings on it; what it recorded stays where it was.
#[test]
fn prv_21_transfer_needs_both_sides() {
    both(|site| {
        let more = json!({"format": "tiezheng-fixture/1",
            "units": [{"id": "dl-b", "agency": "dl", "name": "工作组", "kind": "group"}],
            "people": [
                {"id": "head-a", "agency": "dl", "unit": "dl-a", "name": "甲", "roles": ["unit_head"], "account": "head-a"},
                {"id": "head-b", "agency": "dl", "unit": "dl-b", "name": "乙", "roles": ["unit_head"], "account": "head-b"},
                {"id": "dl-keeper", "agency": "dl", "name": "丁", "roles": ["custodian"], "account": "dl-keeper"},
                {"id": "dl-leader", "agency": "dl", "unit": "dl-a", "name": "丙", "roles": ["leader"], "account": "dl-leader"}]});
        std::fs::write(site.path("groups.json"), more.to_string()).expect("fixture");
        site.cli(&["load", site.path("groups.json").to_str().expect("UTF-8")]).good();
        site.serve();
        let custodian = site.token("dl-custodian");
        let transfer = |more: Value| {
            let mut body = json!({"to_unit_id": "dl-b", "reason": "任务调整"});
            body.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
            open(&custodian, "transfer", "cam-3", body)
        };
        // cam-3 is in an officer's hands.
        let out = transfer(json!({})).is(409);
        assert_eq!(out.code(), "device.already_out");
        assert!(cites(&out, "dalian-ftz 第十条"), "{:?}", articles(&out));
        let left = json!({"detail": {"condition": "good", "files_left": 1}, "signature": {"name": "卫东"}});
        act(&custodian, "return", "cam-3", left).is(200);
        let full = transfer(json!({})).is(409);
        assert_eq!((full.code().as_str(), &full.json()["params"]["files"]), ("device.not_ingested", &json!(1)));
        site.kill();
        let card = site.path("card");
        put(&card, &name("P1", "D2600103", at("2026-03-02T08:30:00+08:00"), 1, "MP4"), b"a recording of group a");
        site.cli(&["ingest", "--agency", "dl", card.to_str().expect("UTF-8"), "--json"]).good();
        let recorded = "select unit_id from recording_index where device_id = 'cam-3'";
        assert_eq!(site.row(recorded), "dl-a");
        site.serve();
        let (custodian, a, b) = (site.token("dl-custodian"), site.token("head-a"), site.token("head-b"));
        let transfer = |more: Value| {
            let mut body = json!({"to_unit_id": "dl-b", "reason": "任务调整"});
            body.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
            open(&custodian, "transfer", "cam-3", body)
        };
        assert_eq!(transfer(json!({"to_unit_id": "dl-a"})).is(422).code(), "order.same_unit");
        let id = id_of(transfer(json!({})));
        assert_eq!(transfer(json!({})).is(409).code(), "device.order_exists");
        assert_eq!((waiting(&a), waiting(&b), waiting(&custodian)), (1, 1, 0));
        // Nothing goes out meanwhile.
        let stopped = act(&custodian, "check_out", "cam-3", out_to("dl-officer")).is(409);
        assert_eq!(stopped.code(), "device.order_open");
        assert_eq!(step(&custodian, &id, "confirm", json!({})).is(403).code(), "permission.denied");
        assert_eq!(step(&a, &id, "execute", json!({})).is(422).code(), "field.not_allowed");
        assert_eq!(step(&a, &id, "confirm", json!({})).is(200).json()["state"], "confirmed");
        assert_eq!(step(&a, &id, "confirm", json!({})).is(409).code(), "order.side_confirmed");
        assert_eq!((waiting(&a), waiting(&b)), (0, 1));
        // A leader stands above both sides, and is one of them only.
        let leader = site.token("dl-leader");
        assert_eq!(step(&leader, &id, "confirm", json!({})).is(422).code(), "field.required");
        assert_eq!(device(&custodian, "cam-3")["unit"]["id"], "dl-a");
        assert_eq!(step(&b, &id, "confirm", json!({})).is(200).json()["state"], "done");
        let moved = device(&custodian, "cam-3");
        assert_eq!((&moved["unit"]["id"], &moved["status"]), (&json!("dl-b"), &json!("issued")));
        assert_eq!(site.row(recorded), "dl-a", "what it recorded stays with the group that recorded it");
        assert_eq!(step(&b, &id, "refuse", json!({"reason": "不同意"})).is(409).code(), "order.not_lawful");
        // The same person is not both sides; a refusal ends it.
        let keeper = site.token("dl-keeper");
        assert_eq!(
            open(&custodian, "transfer", "cam-3", json!({"to_unit_id": "dl-a"})).is(403).code(),
            "device.other_unit",
            "it is the other group's now"
        );
        let again = id_of(open(&keeper, "transfer", "cam-3", json!({"to_unit_id": "dl-a", "reason": "调回"})));
        step(&leader, &again, "confirm", json!({"side": "from"})).is(200);
        assert_eq!(step(&leader, &again, "confirm", json!({"side": "to"})).is(409).code(), "order.same_person");
        assert_eq!(step(&a, &again, "refuse", json!({"reason": "不需要"})).is(200).json()["state"], "refused");
        let third = id_of(open(&keeper, "transfer", "cam-3", json!({"to_unit_id": "dl-a", "reason": "调回"})));
        assert_eq!(step(&keeper, &third, "withdraw", json!({"reason": "误填"})).is(200).json()["state"], "withdrawn");
        site.kill();
        site.assert_clean();
    });
}

pub fn retiring(more: Value) -> Value {
    let mut body = json!({"method": "destroy", "condition": "unusable", "evidence": "检测报告", "media": "wiped"});
    body.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
    body
}

/// PRV-17: not with files that are nowhere else, not without a decision and a witness; and what is sealed away stays.
#[test]
fn prv_17_retirement_by_decision_and_with_nothing_left() {
    both(|site| {
        site.serve();
        let custodian = site.token("custodian");
        let left = json!({"detail": {"condition": "unusable", "files_left": 2}, "signature": {"name": "张伟"}});
        act(&custodian, "return", "cam-1", left).is(200);
        let full = open(&custodian, "retirement", "cam-1", retiring(json!({}))).is(409);
        assert_eq!((full.code().as_str(), &full.json()["params"]["files"]), ("device.not_ingested", &json!(2)));
        site.kill();
        let card = site.path("card");
        for n in 1..3 {
            let path = name("P10023", "D2600101", at("2026-03-02T08:30:00+08:00"), n, "MP4");
            put(&card, &path, format!("file {n}").as_bytes());
        }
        assert_eq!(site.ingest(&card, &[])["failed"], 0);
        site.serve();
        let (custodian, head) = (site.token("custodian"), site.token("unit_head"));
        for (more, field, code) in [
            (json!({"method": null}), "method", "field.required"),
            (json!({"method": "sell"}), "method", "field.not_allowed"),
            (json!({"media": null}), "media", "field.required"),
            (json!({"media": "unreadable"}), "media_statement", "device.media_statement_required"),
            (json!({"on": "2999-01-01"}), "on", "field.in_future"),
        ] {
            let refused = open(&custodian, "retirement", "cam-1", retiring(more)).is(422);
            assert_eq!((refused.code().as_str(), &refused.json()["params"]["field"]), (code, &json!(field)));
        }
        assert_eq!(open(&head, "retirement", "cam-1", retiring(json!({}))).is(403).code(), "permission.denied");
        let id = id_of(open(&custodian, "retirement", "cam-1", retiring(json!({}))));
        let witness = json!({"witness": "赵强"});
        assert_eq!(step(&custodian, &id, "execute", witness.clone()).is(409).code(), "order.not_lawful");
        assert_eq!(step(&head, &id, "decide", json!({})).is(422).code(), "field.required");
        assert_eq!(site.token("unit_head2").get("/api/device-orders?waiting=true").items().len(), 0);
        let stranger = step(&site.token("unit_head2"), &id, "decide", json!({"document": "1号"})).is(403);
        assert_eq!(stranger.code(), "device.other_unit");
        step(&head, &id, "decide", json!({"document": "榕城管〔2026〕1号"})).is(200);
        assert_eq!(step(&custodian, &id, "execute", json!({})).is(422).code(), "field.required");
        assert_eq!(step(&custodian, &id, "execute", json!({"witness": "王芳"})).is(422).code(), "order.same_person");
        assert_eq!(step(&custodian, &id, "execute", witness.clone()).is(200).json()["state"], "done");
        assert_eq!(status(&custodian, "cam-1"), "destroyed");
        assert_eq!(act(&custodian, "check_out", "cam-1", out_to("officer")).is(409).code(), "device.destroyed");

        // 封存: the seal's number and place; nobody gets it again.
        let id = register(&custodian, &camera("S-9", json!({"unit_id": "fz-zd1"})));
        let sealing = retiring(
            json!({"method": "device_sealed", "media": "unreadable", "media_statement": "存储卡损坏，已由王芳检查"}),
        );
        let order = id_of(open(&custodian, "retirement", &id, sealing.clone()));
        step(&head, &order, "decide", json!({"document": "2号"})).is(200);
        assert_eq!(step(&custodian, &order, "execute", witness.clone()).is(422).code(), "field.required");
        step(&custodian, &order, "execute", json!({"witness": "赵强", "seal_no": "F-001", "place": "保密柜"})).is(200);
        for lawless in ["issue", "check_out"] {
            let mut body = out_to("officer");
            body["unit_id"] = json!("fz-zd1");
            assert_eq!(act(&custodian, lawless, &id, body).is(409).code(), "device.sealed");
        }
        assert_eq!(open(&custodian, "retirement", &id, sealing).is(409).code(), "device.sealed");
        // A refusal says why; whoever asks does not decide.
        let id = register(&custodian, &camera("S-10", json!({"unit_id": "fz-zd1"})));
        let order = id_of(open(&custodian, "retirement", &id, retiring(json!({}))));
        let refused = step(&head, &order, "decide", json!({"document": "3号", "approve": false, "reason": "尚可使用"}));
        assert_eq!(refused.is(200).json()["state"], "refused");
        site.kill();
        site.assert_clean();
    });
}

/// PRV-16: minimum and range of 中卫, what a retirement needs before they end, and the alert when the range is over.
#[test]
fn prv_16_service_life() {
    both(|site| {
        more_agencies(site);
        site.serve();
        let client = site.token("zw-custodian");
        let worn = json!({"unit_id": "zw-u", "acquired_on": "2022-01-05", "in_use_on": "2022-01-10"});
        let id = register(&client, &camera("C-1", worn));
        let life = device(&client, &id)["life"]["verdict"].clone();
        let days = ["minimum_until", "range_from", "range_until"].map(|key| life[key].clone());
        assert_eq!(days, [json!("2025-01-10"), json!("2025-01-10"), json!("2027-01-10")]);
        let on = |day: &str| {
            client.get(&format!("/api/devices/{id}?on={day}")).is(200).json()["life"]["verdict"]["stage"].clone()
        };
        assert_eq!(
            (on("2025-01-09"), on("2027-01-10"), on("2027-01-11")),
            (json!("within_minimum"), json!("in_range"), json!("past_range"))
        );
        let due = |day: &str| client.get(&format!("/api/devices?due=renewal&on={day}")).items().len();
        assert_eq!((due("2027-01-10"), due("2027-01-11")), (0, 1));

        let early = |more: Value| {
            let mut body = retiring(json!({"on": "2024-12-01", "condition": "usable", "evidence": null}));
            body.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
            open(&client, "retirement", &id, body)
        };
        let refused = early(json!({})).is(422);
        assert_eq!(
            (refused.code().as_str(), &refused.json()["params"]["minimum_until"]),
            ("service_life.minimum", &json!("2025-01-10"))
        );
        assert!(cites(&refused, "zhongwei 第十一条"), "{:?}", articles(&refused));
        assert_eq!(early(json!({"condition": "damaged"})).is(422).code(), "service_life.minimum", "no evidence");
        let order = id_of(early(json!({"condition": "damaged", "evidence": "检测报告"})));
        let head = site.token("zw-unit_head");
        let decided = step(&head, &order, "decide", json!({"document": "1号", "on": "2024-12-01"})).is(200).json();
        assert_eq!(decided["told"][1]["verdict"]["retire"], "deviation");

        let still =
            json!({"kind": "still_camera", "unit_id": "zw-u", "acquired_on": "2019-01-05", "in_use_on": "2019-01-10"});
        let id = register(&client, &camera("C-2", still));
        let mut body = retiring(json!({"on": "2024-01-10", "condition": "usable"}));
        body["kind"] = json!("retirement");
        body["device_id"] = json!(id);
        assert_eq!(client.post("/api/device-orders", &body).is(422).code(), "service_life.reason_required");
        body["reason"] = json!("镜头老化");
        client.post("/api/device-orders", &body).is(201);
    });
}

/// PRV-26: what may be lost with it must be told; 原价 is proposed where the text provides for it, for a human to decide.
#[test]
fn prv_26_loss_and_compensation() {
    both(|site| {
        more_agencies(site);
        site.serve();
        for (agency, kind, proposal) in [
            ("zw", "body_worn_camera", json!(320_000)),
            ("zw", "camcorder", Value::Null),
            ("cf", "body_worn_camera", Value::Null),
        ] {
            let (client, head) =
                (site.token(&format!("{agency}-custodian")), site.token(&format!("{agency}-unit_head")));
            let body = camera(
                &format!("L-{kind}"),
                json!({"kind": kind, "unit_id": format!("{agency}-u"), "in_use_on": "2025-01-10"}),
            );
            let id = register(&client, &body);
            let happened = client.get("/api/about").is(200).json()["now_ms"].as_i64().expect("now") - 25 * 3_600_000;
            let mut detail = json!({"circumstances": "追逐中掉落河中", "happened_ms": happened, "place": "沿河路"});
            let silent = act(&client, "lost", &id, json!({"detail": detail})).is(422);
            assert_eq!(silent.code(), "device.recordings_at_risk");
            if agency == "zw" {
                assert!(cites(&silent, "zhongwei 第十二条"), "{:?}", articles(&silent));
            }
            detail["recordings_at_risk"] = json!(["11月20日上午检查"]);
            let done = act(&client, "lost", &id, json!({"detail": detail})).is(200).json();
            assert_eq!(
                (&done["devices"][0]["status"], &done["notes"][0]["code"]),
                (&json!("lost"), &json!("device.reported_late"))
            );
            assert_eq!(
                act(&client, "upkeep", &id, json!({"detail": {"works": ["清洁"]}})).is(409).code(),
                "device.missing"
            );
            let order = order(&client, &id, "loss");
            assert_eq!(order["told"][0]["recordings_at_risk"], json!(["11月20日上午检查"]));
            let order = order["id"].as_str().expect("id").to_owned();
            assert_eq!(step(&head, &order, "decide", json!({})).is(409).code(), "order.not_lawful", "find first");
            assert_eq!(step(&head, &order, "find", json!({"misuse": true})).is(422).code(), "field.required");
            let finding = json!({"misuse": true, "during_enforcement": true, "reason": "未系挂绳"});
            assert_eq!(step(&client, &order, "find", finding.clone()).is(403).code(), "permission.denied");
            let found = step(&head, &order, "find", finding).is(200).json();
            assert_eq!(found["told"][1]["proposal_fen"], proposal, "{agency} {kind}");
            if proposal.is_null() {
                let decided =
                    step(&head, &order, "decide", json!({"compensation_fen": 0, "document": "1号"})).is(200).json();
                assert_eq!(decided["state"], "done");
            } else {
                step(&head, &order, "decide", json!({"compensation_fen": 320_000, "document": "1号"})).is(200);
                assert_eq!(step(&client, &order, "pay", json!({"amount_fen": -1})).is(422).code(), "field.number");
                assert_eq!(
                    step(&client, &order, "pay", json!({"amount_fen": 320_000})).is(200).json()["state"],
                    "done"
                );
            }
            // It turns up again: looked at before it goes back into the store.
            assert_eq!(act(&client, "found", &id, json!({})).is(422).code(), "field.required");
            act(&client, "found", &id, back()).is(200);
            assert_eq!(status(&client, &id), "in_store");
        }
        // An officer reports what he holds himself, and nobody else's.
        let custodian = site.token("custodian");
        let id = register(&custodian, &camera("S-1", json!({"unit_id": "fz-zd1"})));
        act(&custodian, "check_out", &id, out_to("officer")).is(200);
        let lost = json!({"detail": {"circumstances": "被抢", "recordings_at_risk": [], "police_report_no": "A-1"}});
        assert_eq!(act(&site.token("officer2"), "stolen", &id, lost.clone()).is(403).code(), "device.not_yours");
        act(&site.token("officer"), "stolen", &id, lost).is(200);
        let held = device(&custodian, &id);
        assert_eq!((&held["status"], &held["holder"]), (&json!("stolen"), &Value::Null));
        // 损坏 stops the device and opens a loss order, too.
        let id = register(&custodian, &camera("S-2", json!({"unit_id": "fz-zd1"})));
        act(&custodian, "damaged", &id, json!({"detail": {"circumstances": "摔坏"}})).is(200);
        assert_eq!(
            (status(&custodian, &id).as_str(), &order(&custodian, &id, "loss")["told"][0]["act"]),
            ("stopped", &json!("damaged"))
        );
    });
}

/// PRV-15: substandard opens a replacement that ends with another device or a recorded decision only; still in hands after
/// thirty days it is an alert.
#[test]
fn prv_15_replacement_of_what_is_substandard() {
    both(|site| {
        site.serve();
        let (custodian, head) = (site.token("custodian"), site.token("unit_head"));
        let id = register(&custodian, &camera("S-1", json!({"unit_id": "fz-zd1"})));
        act(&custodian, "issue", &id, issue_to("fz-zd1")).is(200);
        let marking = json!({"detail": {"cause": "repeated_faults", "reason": "三次黑屏"}});
        assert_eq!(
            act(&custodian, "substandard", &id, json!({"detail": {"cause": "ugly"}})).is(422).code(),
            "field.not_allowed"
        );
        act(&custodian, "substandard", &id, marking.clone()).is(200);
        assert_eq!(act(&custodian, "substandard", &id, marking).is(409).code(), "device.order_exists");
        let order = order(&custodian, &id, "replacement")["id"].as_str().expect("id").to_owned();
        let due = |due: &str, days: i64| {
            let day = super::day(&custodian, days);
            custodian.get(&format!("/api/devices?due={due}&on={day}")).items().len()
        };
        assert_eq!((due("replacement", 0), due("replacement_overdue", 29), due("replacement_overdue", 31)), (1, 0, 1));
        assert_eq!(step(&custodian, &order, "withdraw", json!({"reason": "x"})).is(422).code(), "field.not_allowed");
        assert_eq!(step(&head, &order, "decide", json!({"reason": "暂缓"})).is(422).code(), "field.required");
        assert_eq!(
            step(&custodian, &order, "replace", json!({"replacing_id": id})).is(422).code(),
            "order.same_device"
        );
        assert_eq!(
            step(&custodian, &order, "replace", json!({"replacing_id": "cam-3"})).is(422).code(),
            "field.unknown_reference"
        );
        let other = register(&custodian, &camera("S-2", json!({"unit_id": "fz-zd1"})));
        assert_eq!(step(&custodian, &order, "replace", json!({"replacing_id": other})).is(200).json()["state"], "done");
        assert_eq!(due("replacement", 0), 0);
        act(&custodian, "substandard", &other, json!({"detail": {"cause": "age", "reason": "过期"}})).is(200);
        let second = super::orders::order(&custodian, &other, "replacement")["id"].as_str().expect("id").to_owned();
        step(&head, &second, "decide", json!({"reason": "年底统一更新", "document": "会议纪要3号"})).is(200);
        assert_eq!(due("replacement", 0), 0);
    });
}

/// PRV-21: two heads confirm at the same instant: the device moves once, and nothing is half-done.
#[test]
fn prv_21_both_sides_at_the_same_time() {
    both(|site| {
        site.serve();
        let custodian = site.token("custodian");
        let id = register(&custodian, &camera("S-1", json!({"unit_id": "fz-zd1"})));
        let order = id_of(open(&custodian, "transfer", &id, json!({"to_unit_id": "fz-zd2"})));
        let heads = [site.token("unit_head"), site.token("unit_head2")];
        std::thread::scope(|scope| {
            for head in &heads {
                scope.spawn(|| step(head, &order, "confirm", json!({})).is(200));
            }
        });
        let moved = device(&custodian, &id);
        assert_eq!((&moved["unit"]["id"], &moved["revision"]), (&json!("fz-zd2"), &json!(2)));
        site.kill();
        site.assert_clean();
    });
}
