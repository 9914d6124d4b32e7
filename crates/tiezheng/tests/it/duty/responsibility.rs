//! PRV-22 and PRV-23: who answers, what nobody answers for, and whose acts are accepted.

use serde_json::{Value, json};

use super::{DAY_MS, agency, designate, now};
use crate::client::{Answer, Client};
use crate::site::both;

/// `unit duty -> who is told` of every gap.
fn gaps(client: &Client) -> Vec<String> {
    let name = |value: &Value| value["id"].as_str().unwrap_or("-").to_owned();
    let line = |gap: &Value| {
        let body = if gap["body"] == true { "*" } else { "" };
        format!("{} {}{body} -> {}", name(&gap["unit"]), gap["duty"].as_str().expect("duty"), name(&gap["told"]))
    };
    client.get("/api/responsibilities/gaps").items().iter().map(line).collect()
}

/// PRV-22: a unit whose head goes is named the same day, and the superior is told.
#[test]
fn prv_22_a_vacancy_is_told_to_the_superior() {
    both(|site| {
        agency(site, "zhongwei", &[("top", None), ("sub", Some("top"))], json!({}));
        site.serve();
        let leader = site.sign_in("ag-leader");
        for (unit, duty, person) in [
            ("top", "first_responsible", "ag-leader"),
            ("sub", "first_responsible", "ag-unit_head"),
            ("top", "device_upkeep", "ag-custodian"),
            ("top", "archiving", "ag-custodian"),
        ] {
            designate(&leader, &json!({"unit_id": unit, "duty": duty, "person_id": person})).is(201);
        }
        assert_eq!(gaps(&leader), Vec::<String>::new());
        let held = leader.get("/api/responsibilities?unit=sub&duty=first_responsible").items();
        let id = held[0]["id"].as_str().expect("id");
        leader.post(&format!("/api/responsibilities/{id}/end"), &json!({"reason": "调离"})).is(204);
        assert_eq!(gaps(&leader), ["sub first_responsible -> ag-leader"]);
        let counted = leader.get("/api/workbench").is(200).json()["equipment"]["responsibility_gaps"].clone();
        assert_eq!(counted, json!(1), "the figure opens that list");
        let gap = leader.get("/api/responsibilities/gaps").items().remove(0);
        assert!(gap["since_ms"].is_i64() && gap["articles"][0]["article"] == "第十条第一款", "{gap}");
        let again = leader.post(&format!("/api/responsibilities/{id}/end"), &json!({})).is(409);
        assert_eq!(again.code(), "responsibility.ended");
        // Nobody above either: the alert has no person any more, but is there.
        let top = leader.get("/api/responsibilities?unit=top&duty=first_responsible").items();
        let id = top[0]["id"].as_str().expect("id");
        leader.post(&format!("/api/responsibilities/{id}/end"), &json!({})).is(204);
        assert_eq!(gaps(&leader), ["sub first_responsible -> -", "top first_responsible -> -"]);
        site.kill();
        site.assert_clean();
    });
}

/// PRV-22: 福州 names no person; the unit answers and is asked for one.
#[test]
fn prv_22_fuzhou_asks_for_a_person() {
    both(|site| {
        agency(site, "fuzhou-urban", &[("top", None)], json!({}));
        site.serve();
        let head = site.sign_in("ag-unit_head");
        let expected = ["first_responsible*", "device_upkeep", "recording_custody", "oversight*"];
        assert_eq!(gaps(&head), expected.map(|duty| format!("top {duty} -> -")));
    });
}

/// PRV-23: acts count during the designation only; a unit without a custodian of recordings is listed.
#[test]
fn prv_23_only_the_designated_issue() {
    both(|site| {
        agency(site, "caofeidian-amr", &[("top", None), ("sub", Some("top"))], json!({}));
        site.serve();
        let (head, custodian) = (site.sign_in("ag-unit_head"), site.sign_in("ag-custodian"));
        let today = now(&head);
        let mut serial = 0;
        let mut register = |unit: &str| -> Answer {
            serial += 1;
            let body = crate::equipment::camera(&format!("S{serial}"), json!({"unit_id": unit}));
            custodian.post("/api/devices", &body)
        };
        let device = register("sub").is(201).json()["id"].as_str().expect("id").to_owned(); // nobody was ever designated: the role is enough
        let body = |from: i64, to: Value, person: &str| json!({"unit_id": "top", "duty": "device_register", "person_id": person, "from_ms": from, "to_ms": to});
        designate(&head, &body(today - 10 * DAY_MS, json!(today - DAY_MS), "ag-custodian")).is(201);
        for unit in ["top", "sub"] {
            let refused = register(unit).is(403).json();
            assert_eq!(refused["code"], "duty.not_designated");
            assert_eq!(refused["articles"][0]["article"], "第十二条", "{refused}");
        }
        let issue = || crate::equipment::act(&custodian, "issue", &device, crate::equipment::issue_to("sub"));
        assert_eq!(issue().is(403).code(), "duty.not_designated", "ended yesterday");
        let other = designate(&head, &body(today - DAY_MS, Value::Null, "ag-legal_office")).is(201).json();
        let refused = register("sub").is(403).json();
        assert_eq!(refused["params"]["holders"], "ag-legal_office");
        // As deputy, or as a member of a designated body, one may.
        let id = other["id"].as_str().expect("id");
        head.post(&format!("/api/responsibilities/{id}/end"), &json!({})).is(204);
        let deputy = json!({"unit_id": "sub", "duty": "device_register", "person_id": "ag-legal_office", "deputy_id": "ag-custodian"});
        let deputy = designate(&head, &deputy).is(201).json();
        register("sub").is(201);
        register("top").is(403);
        let id = deputy["id"].as_str().expect("id");
        head.post(&format!("/api/responsibilities/{id}/end"), &json!({})).is(204);
        register("sub").is(403);
        designate(&head, &json!({"unit_id": "sub", "duty": "device_register", "linked_unit_id": "top"})).is(201);
        register("sub").is(201);
        let listed = gaps(&head);
        assert!(listed.contains(&"sub recording_custody -> -".to_owned()), "{listed:?}");
        assert!(!listed.contains(&"sub device_register -> -".to_owned()), "{listed:?}");
        site.kill();
        site.assert_clean();
    });
}

/// `(who, body, status, code)`
#[test]
fn prv_23_what_is_refused() {
    both(|site| {
        let people = json!([
            {"id": "gone", "agency": "ag", "unit": "sub", "name": "已调离", "active": false},
            {"id": "sub-head", "agency": "ag", "unit": "sub", "name": "组长", "roles": ["unit_head"], "account": "sub-head",
             "password": crate::site::PASSWORD},
        ]);
        agency(site, "zhongwei", &[("top", None), ("sub", Some("top"))], json!({"people": people}));
        site.serve();
        let (leader, head) = (site.sign_in("ag-leader"), site.sign_in("sub-head"));
        let to = |unit: &str, duty: &str, person: &str| json!({"unit_id": unit, "duty": duty, "person_id": person});
        designate(&leader, &to("top", "first_responsible", "ag-leader")).is(201);
        for (client, body, status, code) in [
            (&head, to("top", "archiving", "sub-head"), 403, "permission.unit"),
            (&head, to("sub", "first_responsible", "sub-head"), 403, "permission.unit"),
            (&head, to("sub", "sweeping", "sub-head"), 422, "field.not_allowed"),
            (&head, to("sub", "archiving", "gone"), 422, "field.unknown_reference"),
            (&head, to("sub", "archiving", "dl-officer"), 422, "field.unknown_reference"),
            (&head, to("dl-a", "archiving", "sub-head"), 422, "field.unknown_reference"),
            (&head, json!({"unit_id": "sub", "duty": "archiving"}), 422, "responsibility.holder"),
            (
                &head,
                json!({"unit_id": "sub", "duty": "archiving", "person_id": "sub-head", "linked_unit_id": "top"}),
                422,
                "responsibility.holder",
            ),
            (
                &leader,
                json!({"unit_id": "sub", "duty": "first_responsible", "linked_unit_id": "top"}),
                422,
                "responsibility.holder",
            ),
            (&leader, to("top", "first_responsible", "ag-unit_head"), 409, "responsibility.held"),
            (
                &head,
                json!({"unit_id": "sub", "duty": "archiving", "person_id": "sub-head", "from_ms": 1_780_000_000_000_i64,
                    "to_ms": 1_770_000_000_000_i64}),
                422,
                "responsibility.ends_before_it_begins",
            ),
        ] {
            let answer = designate(client, &body);
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{body}: {}", answer.text());
        }
        assert_eq!(
            site.sign_in("custodian").get("/api/responsibilities").items(),
            Vec::<Value>::new(),
            "another agency"
        );
    });
}
