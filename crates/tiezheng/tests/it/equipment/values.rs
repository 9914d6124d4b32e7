//! 日期与金额: days that cannot be, sums that cannot be, and the edges of both.

use serde_json::{Value, json};

use super::{act, camera, day, device, more_agencies, out_to, register};
use crate::client::Client;
use crate::duty::body;
use crate::site::both;

fn over(mut body: Value, more: &Value) -> Value {
    body.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
    body
}

/// `(field, code)` of a refusal.
#[track_caller]
fn refused(client: &Client, path: &str, body: &Value) -> (String, String) {
    let answer = client.post(path, body).is(422);
    let field = answer.json()["params"]["field"].as_str().unwrap_or("").to_owned();
    (field, answer.code())
}

/// PRV-01: days and prices of a device.
#[test]
fn prv_01_days_and_prices() {
    both(|site| {
        site.serve();
        let custodian = site.token("custodian");
        let (today, tomorrow) = (day(&custodian, 0), day(&custodian, 1));
        for (more, field, code) in [
            (json!({"acquired_on": "2023-02-29"}), "acquired_on", "field.date"),
            (json!({"acquired_on": "2024-2-9"}), "acquired_on", "field.date"),
            (json!({"acquired_on": tomorrow}), "acquired_on", "field.in_future"),
            (json!({"in_use_on": tomorrow}), "in_use_on", "field.in_future"),
            (json!({"in_use_on": "2025-01-05"}), "in_use_on", "device.used_before_acquired"),
            (json!({"price_fen": 1_000_000_000_001_i64}), "price_fen", "field.number"),
            (json!({"price_fen": 3200.5}), "price_fen", "request.field"),
            (json!({"price_fen": 1e30}), "price_fen", "request.field"),
            (json!({"price_fen": "3200"}), "price_fen", "request.field"),
            (json!({"purchase_id": "nothing"}), "purchase_id", "field.unknown_reference"),
        ] {
            let body = camera("S-1", more.clone());
            let (named, found) = refused(&custodian, "/api/devices", &body);
            assert_eq!(found, code, "{more}");
            assert!(named == field || code == "request.field", "{more}: {named}");
        }
        let id = register(
            &custodian,
            &camera(
                "S-1",
                json!({"acquired_on": "2024-02-29", "in_use_on": "2024-02-29",
            "price_fen": 0}),
            ),
        );
        assert_eq!(device(&custodian, &id)["price_fen"], 0, "a gift");
        register(&custodian, &camera("S-2", json!({"acquired_on": today, "in_use_on": today})));
        let correction = json!({"device": camera("S-1", json!({"acquired_on": "2024-02-29", "in_use_on": "2024-02-28"})),
            "reason": "误填"});
        let wrong = custodian.write("PATCH", &format!("/api/devices/{id}"), &correction).is(422);
        assert_eq!(wrong.code(), "device.used_before_acquired");
    });
}

/// PRV-26: what has not happened yet is not reported; PRV-25: what a repair costs.
#[test]
fn prv_26_nothing_is_lost_tomorrow() {
    both(|site| {
        site.serve();
        let custodian = site.token("custodian");
        let id = register(&custodian, &camera("S-1", json!({"unit_id": "fz-zd1"})));
        act(&custodian, "check_out", &id, out_to("officer")).is(200);
        let now = custodian.get("/api/about").is(200).json()["now_ms"].as_i64().expect("now");
        for act_ in ["lost", "damaged"] {
            let detail = json!({"circumstances": "遗失", "recordings_at_risk": [], "happened_ms": now + 86_400_000});
            let early = act(&custodian, act_, &id, json!({"detail": detail})).is(422);
            assert_eq!(
                (early.code().as_str(), &early.json()["params"]["field"]),
                ("field.in_future", &json!("happened_ms")),
                "{act_}"
            );
        }
        for cost in [json!(-1), json!(1_000_000_000_001_i64)] {
            let detail = json!({"fault": "黑屏", "cost_fen": cost});
            assert_eq!(act(&custodian, "fault", &id, json!({"detail": detail})).is(422).code(), "field.number");
        }
    });
}

/// PRV-16: the list of what is to be renewed and the verdict agree at the end of February, too: a range that began on a 29th
/// ends on 1 March, and one that ends on the 28th is over on a 29th.
#[test]
fn prv_16_the_end_of_february() {
    both(|site| {
        more_agencies(site);
        site.serve();
        let client = site.token("zw-custodian");
        for (serial, since, last, past) in [
            ("F-1", "2023-02-28", "2028-02-28", "2028-02-29"),
            ("F-2", "2024-02-29", "2029-03-01", "2029-03-02"),
            ("F-3", "2023-03-01", "2028-03-01", "2028-03-02"),
        ] {
            let worn = json!({"unit_id": "zw-u", "acquired_on": "2023-01-05", "in_use_on": since});
            let id = register(&client, &camera(serial, worn));
            let stage = |on: &str| {
                client.get(&format!("/api/devices/{id}?on={on}")).is(200).json()["life"]["verdict"]["stage"].clone()
            };
            assert_eq!((stage(last), stage(past)), (json!("in_range"), json!("past_range")), "{serial}");
            let due = |on: &str| client.get(&format!("/api/devices?due=renewal&q={serial}&on={on}")).items().len();
            assert_eq!((due(last), due(past)), (0, 1), "{serial}");
        }
    });
}

/// PRV-18, PRV-19: sums, numbers and days of budgets and purchases.
#[test]
fn prv_19_days_and_sums_of_purchases() {
    both(|site| {
        site.serve();
        let leader = site.token("leader");
        let tomorrow = day(&leader, 1);
        let purchase = body("/api/purchases").expect("a body");
        let line = |more: Value| json!({"lines": [over(purchase["lines"][0].clone(), &more)]});
        for (more, code) in [
            (line(json!({"price_fen": -1})), "provision.quantity"),
            (line(json!({"price_fen": 100_000_000_000_001_i64})), "provision.quantity"),
            (line(json!({"quantity": 0})), "provision.quantity"),
            (line(json!({"quantity": 4_000_000_000_u32})), "provision.quantity"),
            (line(json!({"quantity": -1})), "request.field"),
            (json!({"bought_on": tomorrow}), "field.in_future"),
            (json!({"bought_on": "2023-02-29"}), "field.date"),
        ] {
            let (_, found) = refused(&leader, "/api/purchases", &over(purchase.clone(), &more));
            assert_eq!(found, code, "{more}");
        }
        let made = leader.post("/api/purchases", &purchase).is(201).json();
        let path = format!("/api/purchases/{}/acceptance", made["id"].as_str().expect("id"));
        let tested =
            |on: &str| json!({"accepted_on": on, "accepted_by": "王芳", "lines": [{"passed": 1, "failed": 0}]});
        assert_eq!(refused(&leader, &path, &tested(&tomorrow)).1, "field.in_future");
        assert_eq!(refused(&leader, &path, &tested("2026-03-01")).1, "purchase.accepted_before_bought");
        leader.post(&path, &tested("2026-03-02")).is(201);
        let budget = body("/api/budgets").expect("a body");
        for (more, code) in [
            (json!({"need_fen": -1}), "provision.quantity"),
            (json!({"approved_fen": 100_000_000_000_001_i64}), "provision.quantity"),
            (json!({"approved_fen": 0.5}), "request.field"),
            (json!({"year": 0}), "field.time"),
        ] {
            assert_eq!(refused(&leader, "/api/budgets", &over(budget.clone(), &more)).1, code, "{more}");
        }
    });
}
