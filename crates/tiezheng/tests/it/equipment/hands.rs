//! 谁的手: orders and acts that somebody tries who is not the one to do it, and orders that would cross each other.

use serde_json::{Value, json};

use super::orders::{id_of, open, order, retiring, step};
use super::{act, back, camera, device, more_agencies, out_to, register, status};
use crate::site::{Site, both};

/// A custodian of the second squad.
fn keeper(site: &Site) {
    let squad = json!({"format": "tiezheng-fixture/1", "people": [{"id": "keeper", "agency": "fz", "unit": "fz-zd2",
        "name": "林", "roles": ["custodian"], "account": "keeper"}]});
    std::fs::write(site.path("squad.json"), squad.to_string()).expect("fixture");
    site.cli(&["load", site.path("squad.json").to_str().expect("UTF-8")]).good();
}

/// PRV-21: a transfer is taken back by the side that gives, not by a custodian of a third unit.
#[test]
fn prv_21_only_the_giving_side_withdraws() {
    both(|site| {
        keeper(site);
        site.serve();
        let (custodian, keeper) = (site.token("custodian"), site.token("keeper"));
        let id = register(&custodian, &camera("S-1", json!({"unit_id": "fz-zd1"})));
        let order = id_of(open(&custodian, "transfer", &id, json!({"to_unit_id": "fz-dd"})));
        let refused = step(&keeper, &order, "withdraw", json!({"reason": "误填"})).is(403);
        assert_eq!(refused.code(), "device.other_unit");
        assert_eq!(
            step(&custodian, &order, "withdraw", json!({"reason": "误填"})).is(200).json()["state"],
            "withdrawn"
        );
    });
}

/// PRV-17, PRV-21: a device that is to be retired is not moved meanwhile, nor the other way round: its old unit's head would
/// decide about what is another's.
#[test]
fn prv_17_and_prv_21_do_not_cross() {
    both(|site| {
        site.serve();
        let custodian = site.token("custodian");
        let to = json!({"to_unit_id": "fz-zd2"});
        for (serial, first, second) in [
            ("S-1", ("retirement", retiring(json!({}))), ("transfer", to.clone())),
            ("S-2", ("transfer", to.clone()), ("retirement", retiring(json!({})))),
        ] {
            let id = register(&custodian, &camera(serial, json!({"unit_id": "fz-zd1"})));
            let order = id_of(open(&custodian, first.0, &id, first.1));
            let refused = open(&custodian, second.0, &id, second.1.clone()).is(409);
            assert_eq!(
                (refused.code().as_str(), &refused.json()["params"]["order"]),
                ("device.order_open", &json!(first.0))
            );
            step(&custodian, &order, "withdraw", json!({"reason": "误填"})).is(200);
            open(&custodian, second.0, &id, second.1).is(201);
        }
    });
}

/// PRV-16, PRV-17: a paper is not dated back to before the device was in use, when no minimum bound anybody; nor is a decision
/// older than what it decides.
#[test]
fn prv_16_no_paper_from_before_its_time() {
    both(|site| {
        more_agencies(site);
        site.serve();
        let (client, head) = (site.token("zw-custodian"), site.token("zw-unit_head"));
        let worn = json!({"unit_id": "zw-u", "acquired_on": "2022-01-05", "in_use_on": "2022-01-10"});
        let id = register(&client, &camera("S-1", worn));
        let retire = |on: &str, condition: &str| {
            open(&client, "retirement", &id, retiring(json!({"on": on, "condition": condition})))
        };
        let early = retire("2021-05-05", "usable").is(422);
        assert_eq!(
            (early.code().as_str(), &early.json()["params"]["least"]),
            ("order.day_too_early", &json!("2022-01-10"))
        );
        let order = id_of(retire("2024-12-01", "damaged"));
        let earlier = json!({"document": "1号", "on": "2024-11-30"});
        assert_eq!(step(&head, &order, "decide", earlier).is(422).code(), "order.day_too_early");
        step(&head, &order, "decide", json!({"document": "1号", "on": "2024-12-01"})).is(200);
    });
}

/// PRV-26: whoever lost it does not find whether he was careless, nor what he pays.
#[test]
fn prv_26_nobody_decides_about_his_own_loss() {
    both(|site| {
        site.serve();
        let (custodian, head, leader) = (site.token("custodian"), site.token("unit_head"), site.token("leader"));
        let id = register(&custodian, &camera("S-1", json!({"unit_id": "fz-zd1"})));
        act(&custodian, "check_out", &id, out_to("unit_head")).is(200);
        let lost = json!({"detail": {"circumstances": "遗失", "recordings_at_risk": []}});
        act(&head, "lost", &id, lost.clone()).is(200);
        let order = order(&custodian, &id, "loss")["id"].as_str().expect("id").to_owned();
        let finding = json!({"misuse": false, "during_enforcement": true, "reason": "不可抗力"});
        assert_eq!(step(&head, &order, "find", finding.clone()).is(409).code(), "order.same_person");
        step(&leader, &order, "find", finding.clone()).is(200);
        let nothing = json!({"compensation_fen": 0, "document": "1号"});
        assert_eq!(step(&head, &order, "decide", nothing.clone()).is(409).code(), "order.same_person");
        step(&leader, &order, "decide", nothing).is(200);
        // Reported by somebody else, it is his loss all the same.
        let id = register(&custodian, &camera("S-2", json!({"unit_id": "fz-zd1"})));
        act(&custodian, "check_out", &id, out_to("unit_head")).is(200);
        act(&custodian, "lost", &id, lost).is(200);
        let order = super::orders::order(&custodian, &id, "loss")["id"].as_str().expect("id").to_owned();
        assert_eq!(step(&head, &order, "find", finding).is(409).code(), "order.same_person");
        site.kill();
        site.assert_clean();
    });
}

/// PRV-26: 原价 is proposed whether or not it is known since when the device was used; without a price nothing is proposed;
/// another sum than was decided is paid with a reason only.
#[test]
fn prv_26_what_is_proposed_and_paid() {
    both(|site| {
        more_agencies(site);
        site.serve();
        let (client, head) = (site.token("zw-custodian"), site.token("zw-unit_head"));
        for (serial, missing, proposal) in
            [("P-1", "in_use_on = null, acquired_on = null", json!(320_000)), ("P-2", "price_fen = null", Value::Null)]
        {
            let id = register(&client, &camera(serial, json!({"unit_id": "zw-u"})));
            site.tamper(&format!("update device set {missing} where id = '{id}'"));
            let lost = json!({"detail": {"circumstances": "遗失", "recordings_at_risk": []}});
            act(&client, "lost", &id, lost).is(200);
            let order = order(&client, &id, "loss")["id"].as_str().expect("id").to_owned();
            let finding = json!({"misuse": true, "during_enforcement": true, "reason": "未系挂绳"});
            let found = step(&head, &order, "find", finding).is(200).json();
            assert_eq!(found["told"][1]["proposal_fen"], proposal, "{serial}");
            for wrong in [json!(-1), json!(1_000_000_000_001_i64)] {
                let body = json!({"compensation_fen": wrong, "document": "1号"});
                assert_eq!(step(&head, &order, "decide", body).is(422).code(), "field.number");
            }
            step(&head, &order, "decide", json!({"compensation_fen": 300_000, "document": "1号"})).is(200);
            let short = step(&client, &order, "pay", json!({"amount_fen": 1})).is(422);
            assert_eq!((short.code().as_str(), &short.json()["params"]["field"]), ("field.required", &json!("reason")));
            let paid = json!({"amount_fen": 150_000, "reason": "分期，余款由工资扣回"});
            assert_eq!(step(&client, &order, "pay", paid).is(200).json()["state"], "done");
        }
    });
}

/// PRV-15: what replaces a device can be used itself.
#[test]
fn prv_15_a_lost_device_replaces_nothing() {
    both(|site| {
        site.serve();
        let custodian = site.token("custodian");
        let [old, lost, good] =
            ["S-1", "S-2", "S-3"].map(|serial| register(&custodian, &camera(serial, json!({"unit_id": "fz-zd1"}))));
        act(&custodian, "substandard", &old, json!({"detail": {"cause": "age", "reason": "老化"}})).is(200);
        let told = json!({"detail": {"circumstances": "遗失", "recordings_at_risk": []}});
        act(&custodian, "lost", &lost, told).is(200);
        let order = order(&custodian, &old, "replacement")["id"].as_str().expect("id").to_owned();
        let refused = step(&custodian, &order, "replace", json!({"replacing_id": lost})).is(422);
        assert_eq!((refused.code().as_str(), &refused.json()["params"]["status"]), ("order.unusable", &json!("lost")));
        assert_eq!(step(&custodian, &order, "replace", json!({})).is(422).code(), "field.required");
        step(&custodian, &order, "replace", json!({"replacing_id": good})).is(200);
    });
}

/// PRV-20, PRV-25: a custodian who holds a device of another unit himself gives it back and tells its fault like any officer;
/// what is a custodian's to do stays with its unit's.
#[test]
fn prv_20_a_custodian_gives_back_what_he_holds() {
    both(|site| {
        keeper(site);
        site.serve();
        let (custodian, keeper) = (site.token("custodian"), site.token("keeper"));
        let id = register(&custodian, &camera("S-1", json!({"unit_id": "fz-zd1"})));
        let other = register(&custodian, &camera("S-2", json!({"unit_id": "fz-zd1"})));
        act(&custodian, "check_out", &id, out_to("keeper")).is(200);
        assert_eq!(
            act(&keeper, "upkeep", &id, json!({"detail": {"works": ["清洁"]}})).is(403).code(),
            "device.other_unit"
        );
        assert_eq!(act(&keeper, "lost", &other, json!({})).is(403).code(), "device.other_unit");
        act(&keeper, "fault", &other, json!({"detail": {"fault": "黑屏"}})).is(200);
        act(&keeper, "return", &id, back()).is(200);
        assert_eq!((status(&custodian, &id), &device(&custodian, &id)["holder"]), ("issued".into(), &Value::Null));
        site.kill();
        site.assert_clean();
    });
}
