//! PRV-02 to PRV-06 and PRV-08 to PRV-10: what a unit must have, has, plans and lacks, asked over HTTP.

use serde_json::{Value, json};

use super::{agency, devices, of_unit, officers, state};
use crate::client::Client;
use crate::documents;
use crate::site::{Site, both};

/// `required have short_by over_by shortage` of a need.
fn need(unit: &Value, key: &str) -> String {
    let needs = unit["needs"].as_array().expect("needs");
    let need = needs.iter().find(|need| need["key"] == key).unwrap_or_else(|| panic!("{key}: {unit:#}"));
    let words = ["required", "have", "short_by", "over_by"].map(|name| need[name].to_string());
    format!("{} {}", words.join(" "), need["shortage"].as_str().expect("shortage"))
}

/// Codes of a unit's alerts, with the need.
fn alerts(unit: &Value) -> Vec<String> {
    let line = |alert: &Value| {
        let need = alert["need"].as_str().map(|need| format!(" {need}")).unwrap_or_default();
        format!("{}{need}", alert["code"].as_str().expect("code"))
    };
    unit["alerts"].as_array().expect("alerts").iter().map(line).collect()
}

/// An agency of one unit `top` with so many officers and devices, `(kind, count)`; its head and its leader.
fn one_unit(site: &mut Site, profile: &str, people: usize, stock: &[(&str, usize)]) -> (Client, Client) {
    let devices: Vec<Value> = stock.iter().flat_map(|(kind, count)| devices(kind, "top", kind, *count)).collect();
    agency(site, profile, &[("top", None)], json!({"people": officers("p", "top", people), "devices": devices}));
    site.serve();
    (site.sign_in("ag-unit_head"), site.sign_in("ag-leader"))
}

fn classes(words: &[&str]) -> Value {
    json!([{"key": "classes", "value": words}])
}

/// PRV-02: no plan is told as no plan, and an approved one is held against the stock.
#[test]
fn prv_02_plan_rule_and_stock() {
    both(|site| {
        let (head, leader) = one_unit(site, "dalian-ftz", 3, &[("body_worn_camera", 3)]);
        let unit = of_unit(&head, "top");
        assert_eq!((&unit["no_plan"], &unit["plan"], &unit["needs"]), (&json!(true), &Value::Null, &json!([])));
        assert_eq!(alerts(&unit), ["provision.no_plan"]);
        let line = |purpose: &str| json!({"unit_id": "top", "lines": [{"kind": "body_worn_camera", "quantity": 4, "purpose": purpose, "reason": "夜查"}]});
        let refused = head.post("/api/provision-plans", &line(" ")).is(422).json();
        assert_eq!(
            (&refused["code"], &refused["params"]["field"]),
            (&json!("field.required"), &json!("lines[0].purpose"))
        );
        let plan = head.post("/api/provision-plans", &line("现场检查")).is(201).json();
        let path = format!("/api/provision-plans/{}/approve", plan["id"].as_str().expect("id"));
        assert_eq!(of_unit(&head, "top")["no_plan"], true, "proposed is not approved");
        assert_eq!(head.post(&path, &json!({})).is(403).code(), "permission.unit");
        let approved = leader.post(&path, &json!({})).is(200).json();
        let who = json!([{"id": "ag-unit_head", "name": "ag-unit_head"}, {"id": "ag-leader", "name": "ag-leader"}]);
        assert_eq!(json!([approved["proposed_by"], approved["approved_by"]]), who);
        assert_eq!(leader.post(&path, &json!({})).is(409).code(), "plan.decided");
        let unit = of_unit(&head, "top");
        let line = &unit["plan"]["lines"][0];
        assert_eq!((&line["quantity"], &line["have"], &line["short_by"]), (&json!(4), &json!(3), &json!(1)));
        let basis = &unit["plan"]["articles"][0];
        assert_eq!((&basis["profile"], &basis["no"]), (&json!("dalian-ftz"), &json!("6")));
        assert_eq!(alerts(&unit), ["provision.plan_short body_worn_camera"]);
        // The next version takes the place of the last; nobody approves the own one.
        let own = json!({"unit_id": "top", "lines": [{"kind": "camcorder", "quantity": 1, "purpose": "听证"}]});
        let own = leader.post("/api/provision-plans", &own).is(201).json();
        assert_eq!(own["version"], 2);
        let path = format!("/api/provision-plans/{}/approve", own["id"].as_str().expect("id"));
        assert_eq!(leader.post(&path, &json!({})).is(403).code(), "plan.own");
        assert_eq!(of_unit(&head, "top")["plan"]["version"], 1);
        site.kill();
        site.assert_clean();
    });
}

/// PRV-03: seven officers, both readings; six with two are enough under both; another reading takes a decision.
#[test]
fn prv_03_the_ratio_and_both_its_readings() {
    both(|site| {
        let (head, leader) = one_unit(site, "caofeidian-amr", 7, &[("body_worn_camera", 2), ("handheld_terminal", 9)]);
        assert_eq!(of_unit(&head, "top")["refused"], "provision.class_missing");
        state(&head, "top", classes(&["enforcement_body"])).is(201);
        let unit = of_unit(&head, "top");
        assert_eq!(need(&unit, "body_worn_camera"), "3 2 1 0 deviation", "terminals do not count (PRV-05)");
        let shown = &unit["needs"][0];
        let item = &shown["items"][0];
        assert_eq!((&item["floor_reading"], &item["cap_reading"]), (&json!(3), &json!(2)));
        assert_eq!(item["article"]["article"], "第六条第（一）项");
        assert_eq!(shown["device_ids"].as_array().map(Vec::len), Some(2));
        assert_eq!(unit["officer_ids"].as_array().map(Vec::len), Some(7), "{unit}");
        assert!(alerts(&unit).contains(&"provision.short body_worn_camera".to_owned()));

        // A shortage in principle is allowed with reason and approver, from above.
        let deviation =
            json!({"unit_id": "top", "need": "body_worn_camera", "reason": "采购中", "until_day": "2030-01-01"});
        assert_eq!(head.post("/api/provision-deviations", &deviation).is(403).code(), "permission.unit");
        leader.post("/api/provision-deviations", &deviation).is(201);
        let shown = of_unit(&head, "top")["needs"][0]["deviation"].clone();
        assert_eq!((&shown["approver"]["name"], &shown["reason"]), (&json!("ag-leader"), &json!("采购中")));
        let printed = documents::print(&leader, json!({"form": "provision", "subjects": ["top"]})).is(201);
        let text = documents::said(&leader, &printed);
        assert!(text.contains("采购中（ag") && text.contains("-leader批准"), "{text}"); // the cell breaks its line
        for (changed, code) in [
            (json!({"need": "audio_recorders"}), "deviation.nothing"),
            (json!({"until_day": "2020-01-01"}), "deviation.over"),
            (json!({"until_day": "soon"}), "field.date"),
            (json!({"reason": " "}), "field.required"),
        ] {
            let mut body = deviation.clone();
            body.as_object_mut().expect("object").extend(changed.as_object().expect("object").clone());
            assert_eq!(leader.post("/api/provision-deviations", &body).is(422).code(), code);
        }
        // Six are served by two under both readings.
        state(&head, "top", json!([{"key": "head_count", "value": {"officers": 6}}])).is(201);
        let unit = of_unit(&head, "top");
        assert_eq!(need(&unit, "body_worn_camera"), "2 2 0 0 none");
        assert_eq!((&unit["needs"][0]["items"][0]["floor_reading"], &unit["stated"]), (&Value::Null, &json!(true)));

        let legal = site.sign_in("ag-legal_office");
        let reading = json!({"resolution": "T-05", "reading": "cap", "decided_by": "周涛", "decided_on": "2026-03-02",
            "reason": "厉行节约"});
        let path = "/api/regulations/caofeidian-amr/resolutions";
        let refused = legal.post(path, &reading).is(422).json();
        assert_eq!((&refused["code"], &refused["params"]["field"]), (&json!("field.required"), &json!("decision_no")));
        let mut numbered = reading.clone();
        numbered["decision_no"] = json!("〔2026〕7号");
        let entered = site.sign_in("ag-custodian").post(path, &numbered).is(201).json();
        let id = entered["id"].as_str().expect("id");
        legal.post(&format!("/api/regulations/caofeidian-amr/decisions/{id}/approve"), &json!({})).is(200);
        state(&head, "top", json!([{"key": "head_count", "value": {"officers": 5}}])).is(201);
        assert_eq!(need(&of_unit(&head, "top"), "body_worn_camera"), "1 2 0 1 none", "above the cap");
        assert!(alerts(&of_unit(&head, "top")).contains(&"provision.over body_worn_camera".to_owned()));
        site.kill();
        site.assert_clean();
    });
}

/// PRV-04: the larger figure of two classes; a pure office seldom on site needs one.
#[test]
fn prv_04_offices_seldom_on_site() {
    both(|site| {
        let (head, _) = one_unit(site, "caofeidian-amr", 4, &[]);
        for (words, expected) in [
            (vec!["licensing_unit", "low_onsite_office"], "2 0 2 0 deviation"),
            (vec!["low_onsite_office"], "1 0 1 0 deviation"),
        ] {
            state(&head, "top", classes(&words)).is(201);
            assert_eq!(need(&of_unit(&head, "top"), "body_worn_camera"), expected, "{words:?}");
        }
        let told = head.get("/api/units/top/statements").items();
        assert_eq!(
            (told.len(), &told[0]["value"], &told[0]["document"]),
            (2, &json!(["low_onsite_office"]), &json!("〔2026〕3号"))
        );
    });
}

/// PRV-05: over the whole bureau, each person once; terminals and cameras are counted apart.
#[test]
fn prv_05_terminals_of_the_bureau() {
    both(|site| {
        let units = [("top", None), ("a", Some("top")), ("b", Some("top"))];
        let mut people = officers("a", "a", 15);
        people.extend(officers("b", "b", 5));
        people.extend([1, 2].map(|n| json!({"id": format!("s-{n}"), "agency": "ag", "unit": "b", "name": "监督"})));
        let devices = devices("t", "a", "handheld_terminal", 7);
        agency(site, "caofeidian-amr", &units, json!({"people": people, "devices": devices}));
        site.serve();
        let head = site.sign_in("ag-unit_head");
        let roster = json!([{"key": "head_count", "value": {"supervision_officers": ["s-1", "s-2", "b-1"]}}]);
        state(&head, "b", roster).is(201);
        state(&head, "a", classes(&["enforcement_body"])).is(201);
        let found = head.get("/api/sufficiency").is(200).json();
        let whole = &found["agency"];
        assert_eq!((&whole["officers"], &whole["supervision_officers"]), (&json!(20), &json!(3)));
        assert_eq!(need(whole, "handheld_terminal"), "8 7 1 0 deviation");
        assert_eq!(whole["needs"][0]["items"][0]["article"]["article"], "第六条第（五）项");
        assert_eq!(whole["needs"][0]["device_ids"].as_array().map(Vec::len), Some(7));
        assert_eq!(need(&of_unit(&head, "a"), "body_worn_camera"), "5 0 5 0 deviation", "terminals never reduce it");
    });
}

/// PRV-06: nine units, eight recorders: the ninth is named.
#[test]
fn prv_06_the_unit_without_a_recorder() {
    both(|site| {
        let names: Vec<String> = (1..=9).map(|n| format!("office-{n}")).collect();
        let mut units: Vec<(&str, Option<&str>)> = vec![("top", None)];
        units.extend(names.iter().map(|name| (name.as_str(), Some("top"))));
        let recorders: Vec<Value> =
            names.iter().take(8).flat_map(|name| devices(&format!("rec-{name}"), name, "audio_recorder", 1)).collect();
        agency(site, "caofeidian-amr", &units, json!({"devices": recorders}));
        site.serve();
        let head = site.sign_in("ag-unit_head");
        for name in &names {
            state(&head, name, classes(&["office"])).is(201);
        }
        let found = head.get("/api/sufficiency").is(200).json();
        let short = |unit: &&Value| alerts(unit).contains(&"provision.short audio_recorder".to_owned());
        let lacking: Vec<&Value> = found["units"].as_array().expect("units").iter().filter(short).collect();
        assert_eq!(lacking.iter().map(|unit| &unit["unit"]["id"]).collect::<Vec<_>>(), ["office-9"]);
        assert_eq!(need(lacking[0], "audio_recorder"), "1 0 1 0 deviation");
    });
}

/// PRV-08: `(squads, required)`; below it is a suspected breach, told to the linked office, and no deviation excuses it.
#[test]
fn prv_08_squads() {
    both(|site| {
        let (head, leader) = one_unit(site, "fuzhou-urban", 0, &[]);
        for (sizes, required) in [(vec![3], 2), (vec![2], 2), (vec![7], 4), (vec![2, 2, 2, 2], 8)] {
            let squads: Vec<Value> =
                sizes.iter().enumerate().map(|(n, size)| json!({"name": format!("{n}分队"), "count": size})).collect();
            let both =
                json!([{"key": "classes", "value": ["onsite_unit", "squad"]}, {"key": "squads", "value": squads}]);
            state(&head, "top", both).is(201);
            let unit = of_unit(&head, "top");
            assert_eq!(need(&unit, "body_worn_camera"), format!("{required} 0 {required} 0 violation"), "{sizes:?}");
        }
        let oversight = json!({"unit_id": "top", "duty": "oversight", "person_id": "ag-legal_office"});
        leader.post("/api/responsibilities", &oversight).is(201);
        let unit = of_unit(&head, "top");
        let alert = &unit["alerts"][0];
        assert_eq!(
            (&alert["code"], &alert["oversight"]["id"]),
            (&json!("provision.firm_short"), &json!("ag-legal_office"))
        );
        let deviation = json!({"unit_id": "top", "need": "body_worn_camera", "reason": "经费不足"});
        let refused = leader.post("/api/provision-deviations", &deviation).is(422).json();
        assert_eq!(refused["code"], "deviation.firm");
        assert!(refused["articles"].to_string().contains("第五条第"), "{refused}");
    });
}

/// PRV-09: seven with four cameras; "not yet" is a gap of three and no breach, "allowed" an alert, silence a reminder.
#[test]
fn prv_09_one_for_each_member() {
    both(|site| {
        let (head, _) = one_unit(site, "fuzhou-urban", 0, &[("body_worn_camera", 4)]);
        let squads = json!([{"key": "classes", "value": ["squad"]}, {"key": "squads", "value": [{"name": "一分队", "count": 7}]}]);
        state(&head, "top", squads).is(201);
        for (allowed, shortage, alerted) in
            [(None, "reminder", false), (Some(false), "none", false), (Some(true), "alert", true)]
        {
            if let Some(allowed) = allowed {
                state(&head, "top", json!([{"key": "conditions_allow", "value": allowed}])).is(201);
            }
            let unit = of_unit(&head, "top");
            let shown = &unit["needs"][0];
            assert_eq!(need(&unit, "body_worn_camera"), "4 4 0 0 none");
            assert_eq!(
                (&shown["target"], &shown["target_gap"], &shown["target_shortage"]),
                (&json!(7), &json!(3), &json!(shortage))
            );
            assert_eq!(alerts(&unit).contains(&"provision.target body_worn_camera".to_owned()), alerted, "{allowed:?}");
        }
        assert_eq!(of_unit(&head, "top")["conditions"]["reason"], "核定");
    });
}

/// PRV-10: seven officers under A and B, class C by its own need; cameras and terminals together.
#[test]
fn prv_10_classes() {
    both(|site| {
        let (head, _) = one_unit(site, "zhongwei", 7, &[("body_worn_camera", 2), ("handheld_terminal", 2)]);
        let key = "body_worn_camera+handheld_terminal";
        assert!(alerts(&of_unit(&head, "top")).contains(&"provision.class_missing".to_owned()));
        for (class, expected) in [("class_a", "4 4 0 0 none"), ("class_b", "3 4 0 0 none")] {
            state(&head, "top", classes(&[class])).is(201);
            assert_eq!(need(&of_unit(&head, "top"), key), expected, "{class}");
        }
        let refused = state(&head, "top", classes(&["class_c"])).is(422).json();
        assert_eq!(refused["code"], "provision.need_required");
        assert_eq!(need(&of_unit(&head, "top"), key), "3 4 0 0 none", "what was refused left nothing");
        let stated = json!([{"key": "classes", "value": ["class_c"]}, {"key": "stated_need", "value": 1}]);
        state(&head, "top", stated).is(201);
        let unit = of_unit(&head, "top");
        assert_eq!(need(&unit, key), "1 4 0 0 none");
        assert_eq!(unit["lapsed"], true, "after 2026-05-06 it is practice, not law");
        state(
            &head,
            "top",
            json!([{"key": "classes", "value": ["class_a"]}, {"key": "head_count", "value": {"officers": 8}}]),
        )
        .is(201);
        assert_eq!(need(&of_unit(&head, "top"), key), "4 4 0 0 none");
        site.kill();
        site.assert_clean();
    });
}

/// Values of a wrong shape, other agencies' people and units, roles that may not.
#[test]
fn prv_10_what_is_refused() {
    both(|site| {
        let (head, _) = one_unit(site, "zhongwei", 0, &[]);
        for (key, value, code) in [
            ("classes", json!(["class_d"]), "provision.value"),
            ("classes", json!("class_a"), "provision.value"),
            ("squads", json!([{"count": 2}]), "provision.value"),
            ("squads", json!([{"name": "甲", "members": ["dl-officer"]}]), "field.unknown_reference"),
            ("squads", json!([{"name": "甲", "count": 4_000_000}]), "provision.value"),
            ("stated_need", json!(-1), "provision.value"),
            ("stated_need", json!(1e9), "provision.value"),
            ("conditions_allow", json!("yes"), "provision.value"),
            ("special_need", json!([1]), "provision.value"),
            ("head_count", json!({"officers": "many"}), "provision.value"),
            ("head_count", json!({"cooks": 1}), "provision.value"),
            ("shoe_size", json!(43), "field.not_allowed"),
        ] {
            let refused = state(&head, "top", json!([{"key": key, "value": value}]));
            assert_eq!((refused.status, refused.code().as_str()), (422, code), "{key}: {}", refused.text());
        }
        state(&head, "dl-a", classes(&["class_a"])).is(422);
        state(&site.sign_in("ag-legal_office"), "top", classes(&["class_a"])).is(403);
        let other = site.sign_in("custodian");
        assert_eq!(other.get("/api/units/top/statements").is(404).code(), "not_found");
        let found = other.get("/api/sufficiency?unit=top&agency=ag").is(200).json();
        assert_eq!(found["units"], json!([]), "{found}");
        assert_eq!(head.get("/api/sufficiency?on=later").is(422).code(), "field.date");
        let plan = json!({"unit_id": "top", "lines": [{"kind": "other", "quantity": 1_000_000, "purpose": "x"}]});
        assert_eq!(head.post("/api/provision-plans", &plan).is(422).code(), "provision.quantity");
    });
}
