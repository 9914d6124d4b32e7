//! Two at once: one wins, the other is told what stands in the way, and nothing is half done. On PostgreSQL both really run
//! at the same time.

use std::sync::Barrier;

use serde_json::{Value, json};

use super::{agency, body, designate, devices, now, officers};
use crate::client::{Answer, Client};
use crate::equipment::{act, camera, device, out_to, register};
use crate::site::both;

/// Asks all of these at the same moment; the answers in their order.
fn at_once<T: Sync>(asked: &[T], ask: impl Fn(&T) -> Answer + Sync) -> Vec<Answer> {
    let together = Barrier::new(asked.len());
    std::thread::scope(|scope| {
        let (ask, together) = (&ask, &together);
        let all: Vec<_> = asked
            .iter()
            .map(|one| {
                scope.spawn(move || {
                    together.wait();
                    ask(one)
                })
            })
            .collect();
        all.into_iter().map(|one| one.join().expect("answered")).collect()
    })
}

/// How each was answered, the best first: `201`, `409 handover.exists` …
fn told(answers: &[Answer]) -> Vec<String> {
    let mut told: Vec<String> =
        answers.iter().map(|one| format!("{} {}", one.status, one.code()).trim().to_owned()).collect();
    told.sort();
    told
}

/// MGT-32: two handovers of one person, and of two people to each other.
#[test]
fn mgt_32_two_handovers_of_one_person() {
    both(|site| {
        site.serve();
        let leader = site.sign_in("leader");
        for _ in 0..4 {
            let one = body("/api/handovers").expect("a body");
            let answers = at_once(&[one.clone(), one], |one| leader.post("/api/handovers", one));
            assert_eq!(told(&answers), ["201", "409 handover.exists"]);
            let other = json!({"person_id": "officer2", "successor_id": "officer"});
            leader.post("/api/handovers", &other).is(201);
            for open in leader.get("/api/handovers?state=open").items() {
                let id = open["id"].as_str().expect("id").to_owned();
                let answers = at_once(&["甲", "乙"], |reason| {
                    leader.post(&format!("/api/handovers/{id}/withdraw"), &json!({"reason": reason}))
                });
                assert_eq!(told(&answers), ["200", "409 handover.closed"]);
            }
            let pair = [("officer", "officer2"), ("officer2", "officer")];
            let answers = at_once(&pair, |(person, successor)| {
                leader.post("/api/handovers", &json!({"person_id": person, "successor_id": successor}))
            });
            assert_eq!(told(&answers), ["201", "201"]);
            for open in answers {
                let id = open.json()["id"].as_str().expect("id").to_owned();
                leader.post(&format!("/api/handovers/{id}/withdraw"), &json!({"reason": "误开"})).is(200);
            }
        }
        site.kill();
        site.assert_clean();
    });
}

/// MGT-32: a post is closed while its holder is given a camera: one of the two is refused.
#[test]
fn mgt_32_a_camera_for_somebody_who_leaves() {
    both(|site| {
        site.serve();
        let (custodian, security) = (site.token("custodian"), site.token("security_admin"));
        for round in 0..4 {
            let id = register(&custodian, &camera(&format!("S-{round}"), json!({"unit_id": "fz-zd2"})));
            let answers = at_once(&[true, false], |leaves| match leaves {
                true => security.write("PATCH", "/api/officers/officer2", &json!({"active": false})),
                false => act(&custodian, "check_out", &id, out_to("officer2")),
            });
            let (left, out) = (&answers[0], &answers[1]);
            let expected = if left.status == 204 { (204, 422, "field.unknown_reference") } else { (409, 200, "") };
            assert_eq!((left.status, out.status, out.code().as_str()), expected, "{} {}", left.text(), out.text());
            let held = device(&custodian, &id)["holder"].clone();
            assert_eq!(held.is_null(), left.status == 204);
            if left.status == 204 {
                security.write("PATCH", "/api/officers/officer2", &json!({"active": true})).is(204);
            } else {
                act(&custodian, "return", &id, crate::equipment::back()).is(200);
            }
        }
        site.kill();
        site.assert_clean();
    });
}

/// PRV-22: a unit gets one first responsible person, also when two are named at the same moment; PRV-02: a plan one version
/// and one approval; PRV-19: a purchase one acceptance; PRV-07: a site one outage; PRV-12: a model one row.
#[test]
fn prv_22_records_of_which_there_is_one() {
    both(|site| {
        let people = json!({"people": officers("p", "top", 2), "devices": devices("cctv", "top", "fixed_cctv", 1)});
        agency(site, "zhongwei", &[("top", None), ("sub", Some("top"))], people);
        site.serve();
        let (leader, head, custodian) =
            (site.sign_in("ag-leader"), site.sign_in("ag-unit_head"), site.sign_in("ag-custodian"));
        for round in 0..3 {
            let answers = at_once(&["p-1", "p-2"], |person| {
                designate(&leader, &json!({"unit_id": "sub", "duty": "first_responsible", "person_id": person}))
            });
            assert_eq!(told(&answers), ["201", "409 responsibility.held"]);
            let made = answers.iter().find(|one| one.status == 201).expect("one").json();
            let end = format!("/api/responsibilities/{}/end", made["id"].as_str().expect("id"));
            let answers = at_once(&[(), ()], |()| leader.post(&end, &json!({"reason": "调离"})));
            assert_eq!(told(&answers), ["204", "409 responsibility.ended"]);

            let line = json!({"unit_id": "sub", "lines": [{"kind": "camcorder", "quantity": 1, "purpose": "检查"}]});
            let answers = at_once(&[(), ()], |()| custodian.post("/api/provision-plans", &line));
            assert_eq!(told(&answers), ["201", "201"]);
            let mut plans: Vec<Value> = answers.iter().map(Answer::json).collect();
            plans.sort_by_key(|plan| plan["version"].as_i64());
            assert_eq!(plans[0]["version"].as_i64().map(|n| n + 1), plans[1]["version"].as_i64());
            let approve = format!("/api/provision-plans/{}/approve", plans[1]["id"].as_str().expect("id"));
            let answers = at_once(&[&leader, &head], |client| client.post(&approve, &json!({})));
            assert_eq!(told(&answers), ["200", "409 plan.decided"]);

            let lines = json!([{"kind": "camcorder", "quantity": 1, "price_fen": 1}]);
            let bought = json!({"unit_id": "sub", "supplier": "某公司", "contract": "HT", "bought_on": "2026-03-02", "lines": lines});
            let bought = head.post("/api/purchases", &bought).is(201).json();
            let accept = format!("/api/purchases/{}/acceptance", bought["id"].as_str().expect("id"));
            let answers = at_once(&["甲", "乙"], |by| {
                let lines = json!([{"passed": 1, "failed": 0}]);
                head.post(&accept, &json!({"accepted_on": "2026-03-02", "accepted_by": by, "lines": lines}))
            });
            assert_eq!(told(&answers), ["201", "409 purchase.accepted"]);

            let place = json!({"unit_id": "sub", "purpose": "hearing", "place": "听证室"});
            let place = head.post("/api/recording-sites", &place).is(201).json();
            let out = format!("/api/recording-sites/{}/outages", place["id"].as_str().expect("id"));
            let answers = at_once(&["断电", "断网"], |reason| head.post(&out, &json!({"reason": reason})));
            assert_eq!(told(&answers), ["201", "409 site.out_already"]);

            let model = json!({"kind": "body_worn_camera", "maker": "某厂", "name": format!("K{round}")});
            let answers = at_once(&[(), ()], |()| custodian.post("/api/device-models", &model));
            assert_eq!(told(&answers), ["201", "409 device_model.duplicate"]);
        }
        assert!(now(&leader) > 0);
        site.kill();
        site.assert_clean();
    });
}

/// PRV-01: the same serial number registered twice at once, and the same ledger taken over twice at once.
#[test]
fn prv_01_the_same_device_twice_at_once() {
    both(|site| {
        site.serve();
        let custodian = site.token("custodian");
        let ledger = "种类,品牌,序列号,原价,购置日期,单位,用途\n执法仪,某厂,L-1,3200,2024-1-5,一中队,现场检查\n录音笔,某厂,L-2,320,2024-1-5,,检查\n";
        let send = |client: &Client, path: &str| {
            client.send("POST", path, &[("content-type", "application/octet-stream")], Some(ledger.as_bytes()))
        };
        let digest =
            send(&custodian, "/api/devices/import").is(200).json()["digest"].as_str().expect("digest").to_owned();
        let path = format!("/api/devices/import/{digest}");
        let answers = at_once(&[(), ()], |()| send(&custodian, &path));
        assert_eq!(told(&answers), ["201", "422 import.refused"]);
        assert_eq!(custodian.get("/api/devices?q=L-").items().len(), 2);
        let answers = at_once(&[(), ()], |()| custodian.post("/api/devices", &camera("S-1", json!({}))));
        assert_eq!(told(&answers), ["201", "409 device.serial.duplicate"]);
        site.kill();
        site.assert_clean();
    });
}
