//! MGT-32 at its edges: who has nothing, who has no account, what moves meanwhile, and who answers for the unit itself.

use serde_json::{Value, json};

use super::{designate, now};
use crate::client::{Answer, Client};
use crate::equipment::orders::{id_of, open as order, step};
use crate::equipment::{act, back, device, out_to};
use crate::site::{Site, both};

const STROKES: &str = "M10 20l30 4l5 -20";

fn hand_over(leader: &Client, body: &Value) -> String {
    leader.post("/api/handovers", body).is(201).json()["id"].as_str().expect("id").to_owned()
}

fn sign(client: &Client, id: &str, party: &str, name: &str) -> Answer {
    let body = json!({"party": party, "signature": {"name": name, "strokes": STROKES}});
    client.post(&format!("/api/handovers/{id}/sign"), &body)
}

/// All three at the leader's desk.
fn signed(leader: &Client, id: &str, person: &str, successor: &str) -> Value {
    sign(leader, id, "person", person).is(200);
    sign(leader, id, "successor", successor).is(200);
    sign(leader, id, "unit_head", "周涛").is(200).json()
}

fn leave(site: &Site, person: &str) -> Answer {
    site.sign_in("security_admin").write("PATCH", &format!("/api/officers/{person}"), &json!({"active": false}))
}

/// Who holds nothing may hand over all the same; he may go without, be disabled and come back.
#[test]
fn mgt_32_with_empty_hands() {
    both(|site| {
        let people = json!({"format": "tiezheng-fixture/1", "people": [
            {"id": "plain", "agency": "fz", "unit": "fz-zd1", "name": "无账号"}]});
        std::fs::write(site.path("plain.json"), people.to_string()).expect("fixture");
        site.cli(&["load", site.path("plain.json").to_str().expect("UTF-8")]).good();
        site.serve();
        let (leader, security) = (site.sign_in("leader"), site.sign_in("security_admin"));
        let id = hand_over(&leader, &json!({"person_id": "officer2", "successor_id": "officer"}));
        assert_eq!(
            leave(site, "officer2").is(409).code(),
            "handover.open",
            "an open one binds, also with an empty list"
        );
        let done = signed(&leader, &id, "欧阳娜", "张伟");
        assert_eq!((&done["state"], &done["list"]["devices"]), (&json!("done"), &json!([])));
        leave(site, "officer2").is(204);
        assert_eq!(
            site.nobody()
                .post("/api/session", &json!({"account": "officer2", "password": crate::site::PASSWORD}))
                .status,
            401
        );
        security.write("PATCH", "/api/officers/officer2", &json!({"active": true})).is(204);
        let disable = |disabled: bool| security.write("PUT", "/api/accounts/officer2", &json!({"disabled": disabled}));
        disable(true).is(204);
        disable(false).is(204);
        // Somebody without an account holds a camera like anybody else.
        let custodian = site.token("custodian");
        act(&custodian, "check_out", "cam-2", out_to("plain")).is(200);
        assert_eq!(leave(site, "plain").is(409).json()["params"]["devices"], "D2600102");
        let id = hand_over(&leader, &json!({"person_id": "plain", "successor_id": "officer2"}));
        signed(&leader, &id, "无账号", "欧阳娜");
        assert_eq!(device(&leader, "cam-2")["holder"]["id"], "officer2");
        leave(site, "plain").is(204);
        site.kill();
        site.assert_clean();
    });
}

/// A listed device that is given back and moved to another unit meanwhile stays there; one that went out to him after the
/// list was made is to be given back.
#[test]
fn mgt_32_a_device_moved_meanwhile() {
    both(|site| {
        site.serve();
        let (leader, custodian) = (site.sign_in("leader"), site.token("custodian"));
        let id = hand_over(&leader, &json!({"person_id": "officer", "successor_id": "officer2"}));
        act(&custodian, "return", "cam-1", back()).is(200);
        let moving = id_of(order(&custodian, "transfer", "cam-1", json!({"to_unit_id": "fz-zd2"})));
        step(&site.token("unit_head"), &moving, "confirm", json!({})).is(200);
        step(&site.token("unit_head2"), &moving, "confirm", json!({})).is(200);
        act(&custodian, "check_out", "cam-2", out_to("officer")).is(200);
        sign(&leader, &id, "person", "张伟").is(200);
        sign(&leader, &id, "successor", "欧阳娜").is(200);
        let refused = sign(&leader, &id, "unit_head", "周涛").is(409).json();
        assert_eq!(
            (&refused["code"], &refused["params"]["devices"]),
            (&json!("handover.devices_held"), &json!("D2600102"))
        );
        act(&custodian, "return", "cam-2", back()).is(200);
        let done = sign(&leader, &id, "unit_head", "周涛").is(200).json();
        assert_eq!(done["discrepancies"][0]["changes"][0]["change"], "gone");
        let moved = device(&leader, "cam-1");
        assert_eq!((&moved["unit"]["id"], &moved["holder"]), (&json!("fz-zd2"), &Value::Null));
        // Printable, as it was listed (PRV-20's paper of the post).
        let printed = leader.post("/api/documents", &json!({"form": "handover", "subjects": ["officer"]})).is(201);
        let pdf = leader.get(&printed.header("location")).is(200);
        assert!(pdf.body.starts_with(b"%PDF"));
        site.kill();
        site.assert_clean();
    });
}

/// 第一责任人 hands over like anybody; his deputies stay. PRV-22: an end is not put later than it was.
#[test]
fn mgt_32_who_answers_for_the_unit_leaves() {
    both(|site| {
        site.serve();
        let leader = site.sign_in("leader");
        let at = now(&leader);
        let first =
            json!({"unit_id": "fz-zd1", "duty": "first_responsible", "person_id": "unit_head", "deputy_id": "officer"});
        let first = designate(&leader, &first).is(201).json();
        assert_eq!(leave(site, "unit_head").is(409).json()["params"]["duties"], 1);
        let id = hand_over(&leader, &json!({"person_id": "unit_head", "successor_id": "unit_head2"}));
        signed(&leader, &id, "赵强", "孙敏");
        let held = leader.get(&format!("/api/responsibilities?unit=fz-zd1&at_ms={}", now(&leader))).items();
        let told = (held.len(), &held[0]["person"]["id"], &held[0]["deputy"]["id"]);
        assert_eq!(told, (1, &json!("unit_head2"), &json!("officer")));
        leave(site, "unit_head").is(204);

        // Two in turn: the first one's end is not moved into the other's time.
        let turn = |person: &str, from: i64, to: Value| json!({"unit_id": "fz-zd2", "duty": "first_responsible", "person_id": person, "from_ms": from, "to_ms": to});
        let day = super::DAY_MS;
        let early = designate(&leader, &turn("unit_head2", at, json!(at + day))).is(201).json();
        designate(&leader, &turn("officer2", at + day, Value::Null)).is(201);
        let path = format!("/api/responsibilities/{}/end", early["id"].as_str().expect("id"));
        let longer = leader.post(&path, &json!({"to_ms": at + 30 * day})).is(422);
        assert_eq!(longer.code(), "responsibility.ends_already");
        leader.post(&path, &json!({"to_ms": at + day / 2})).is(204);
        assert!(first["id"].is_string());
        site.kill();
        site.assert_clean();
    });
}

/// The same signer three times, a signer who has gone, one signature twice.
#[test]
fn mgt_32_three_signatures_are_three_people() {
    both(|site| {
        site.serve();
        let leader = site.sign_in("leader");
        for (person, successor, head) in
            [("officer", "officer", "leader"), ("officer", "leader", "leader"), ("leader", "officer", "leader")]
        {
            let body = json!({"person_id": person, "successor_id": successor, "head_id": head});
            assert_eq!(leader.post("/api/handovers", &body).is(422).code(), "handover.same_person", "{body}");
        }
        let id = hand_over(&leader, &json!({"person_id": "officer", "successor_id": "officer2"}));
        for (party, name) in [("successor", "张伟"), ("unit_head", "张伟"), ("person", "周涛")] {
            assert_eq!(sign(&leader, &id, party, name).is(422).code(), "handover.name_differs", "{party}");
        }
        // Whoever disagrees says so beside his signature, or does not sign; then only its head can take it back.
        let officer = site.sign_in("officer");
        let body = json!({"party": "person", "signature": {"name": "张伟"}, "discrepancy": "缺一块电池"});
        let signed = officer.post(&format!("/api/handovers/{id}/sign"), &body).is(200).json();
        assert_eq!(signed["discrepancies"][0]["text"], "缺一块电池");
        let withdraw =
            |client: &Client| client.post(&format!("/api/handovers/{id}/withdraw"), &json!({"reason": "拒签"}));
        assert_eq!(withdraw(&officer).is(403).code(), "permission.denied");
        assert_eq!(withdraw(&site.sign_in("unit_head2")).is(404).code(), "not_found");
        withdraw(&leader).is(200);
        hand_over(&leader, &json!({"person_id": "officer", "successor_id": "officer2"}));
    });
}
