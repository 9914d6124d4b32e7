//! 效力: who puts a regulation in force, what becomes of it after its last day, what an agency adds to it, and what an
//! extension does to a deadline. VAL-01, VAL-02, VAL-04, MGT-04, MGT-05 as an agency meets them.

use serde_json::{Value, json};

use crate::cards::{at, name, put};
use crate::client::Client;
use crate::regulations::{
    HOUR_MS, PDF, approved, attach, copy, day, decided, found, hand_in, instant, list, now_ms, reading,
    recorded_yesterday,
};
use crate::site::{PASSWORD, Site, both, fixture_json, wait_for};

/// The first agency and its units on another regulation, from the outset, with one more custodian.
fn on(site: &Site, profile: &str) {
    let mut fixture = fixture_json();
    fixture["agencies"][0]["profile"] = profile.into();
    let own = list(&fixture["units"]).iter().filter(|unit| unit["agency"] == "fz");
    let bound: Vec<Value> =
        own.map(|unit| json!({"unit": unit["id"], "profile": profile, "from": "1970-01-01"})).collect();
    fixture["unit_regulations"] = bound.into();
    let second = json!({"id": "custodian2", "agency": "fz", "unit": "fz-dd", "name": "何静", "roles": ["custodian"],
        "account": "custodian2", "password": PASSWORD, "certificate_no": "CERT-custodian2"});
    fixture["people"].as_array_mut().expect("people").push(second);
    std::fs::write(site.path("on.json"), fixture.to_string()).expect("fixture");
    site.cli(&["load", site.path("on.json").to_str().expect("UTF-8")]).good();
}

/// Seals one file whose device claimed this time.
fn recorded(site: &Site, number: u32, began: jiff::Timestamp) -> String {
    let card = site.path(&format!("card-{number}"));
    put(&card, &name("P10023", "D2600101", began, number, "MP4"), format!("recording {number}").as_bytes());
    site.ingest(&card, &[])["files"][0]["recording"].as_str().expect("sealed").to_owned()
}

fn verdict(client: &Client, recording: &str) -> Value {
    client.get(&format!("/api/recordings/{recording}")).is(200).json()["verdict"].clone()
}

fn explained(client: &Client, profile: &str, question: &str, facts: Value) -> Value {
    let asked = json!({"question": question, "facts": facts});
    client.post(&format!("/api/regulations/{profile}/explain"), &asked).is(200).json()["answer"].clone()
}

fn law(client: &Client, id: &str) -> Value {
    found(&client.get("/api/regulations").items(), "id", id).clone()
}

/// Each line is refused with this status and code.
fn refused(client: &Client, lines: &[(&str, Value, u16, &str)]) {
    for (path, body, status, code) in lines {
        let answer = client.post(&format!("/api/regulations/{path}"), body);
        assert_eq!((answer.status, answer.code().as_str()), (*status, *code), "{path} {body}: {}", answer.text());
    }
}

fn with(mut body: Value, key: &str, value: impl Into<Value>) -> Value {
    body[key] = value.into();
    body
}

#[test]
fn val_01_a_decision_takes_two_persons() {
    both(|site| {
        on(site, "fuzhou-urban");
        site.serve();
        let recording = recorded_yesterday(site);
        let (first, legal, officer) = (site.token("custodian"), site.token("legal_office"), site.token("officer"));
        let enter = |client: &Client| {
            let path = "/api/regulations/fuzhou-urban/resolutions";
            client.post(path, &reading("T-13", "activity_end")).is(201).json()
        };
        let path =
            |made: &Value| format!("/api/regulations/fuzhou-urban/decisions/{}", made["id"].as_str().expect("id"));
        let approve = |client: &Client, made: &Value| client.post(&format!("{}/approve", path(made)), &json!({}));
        let withdraw = |client: &Client, made: &Value| client.send("DELETE", &path(made), &[], None);
        let waiting = |client: &Client| client.get("/api/workbench").is(200).json()["decisions"].clone();

        let made = enter(&first);
        assert_eq!((&made["state"], &made["settled_by"]), (&json!("pending"), &Value::Null));
        let detail = officer.get("/api/regulations/fuzhou-urban").is(200).json();
        assert_eq!(found(list(&detail["resolutions"]), "id", "T-13")["value"], "recording_end", "nothing holds yet");
        assert_eq!(hand_in(&officer, &recording), "late");
        assert_eq!((waiting(&legal), waiting(&first)), (json!(1), json!(0)));
        assert_eq!(approve(&first, &made).is(403).code(), "permission.denied");
        assert_eq!(approve(&site.token("dl-custodian"), &made).is(403).code(), "permission.denied");
        assert_eq!(withdraw(&site.token("custodian2"), &made).is(403).code(), "regulation.not_yours");
        withdraw(&first, &made).is(204);
        assert_eq!(withdraw(&first, &made).is(409).code(), "regulation.settled");
        assert_eq!(approve(&legal, &made).is(409).code(), "regulation.settled");

        let own = enter(&legal);
        assert_eq!(approve(&legal, &own).is(403).code(), "regulation.own_decision");
        assert_eq!(waiting(&legal), 0);
        withdraw(&legal, &own).is(204);
        let refused = enter(&first);
        withdraw(&legal, &refused).is(204);
        assert_eq!(hand_in(&officer, &recording), "late");
        let detail = officer.get("/api/regulations/fuzhou-urban").is(200).json();
        let states: Vec<&Value> = list(&detail["history"]).iter().map(|one| &one["state"]).collect();
        assert_eq!(states, ["withdrawn", "withdrawn", "withdrawn"], "what was withdrawn stays in the history");

        let made = enter(&first);
        assert_eq!(approve(&legal, &made).is(200).json()["state"], "effective");
        wait_for("the verdict", || (hand_in(&officer, &recording) == "on_time").then_some(()));
        legal.post("/api/regulations/fuzhou-urban/decisions/none/approve", &json!({})).is(404);
        site.kill();
        site.cli(&["admin", "token", "--account", "root"]).good();
        site.assert_clean();
        // An approval nobody gave, behind the product's back.
        site.tamper("update regulation_decision set settles = null where told like '%\"approved\"%'");
        assert_eq!(site.verify().1["findings"][0]["code"], "regulation.altered");
    });
}

#[test]
fn val_01_the_version_is_chosen_by_the_time_of_the_act() {
    both(|site| {
        on(site, "zhongwei");
        site.serve();
        let custodian = site.token("custodian");
        for (began, ended) in [
            ("2026-05-06T22:00:00+08:00", "2026-05-06T23:59:00+08:00"),
            ("2026-05-07T00:00:00+08:00", "2026-05-07T01:00:00+08:00"),
        ] {
            let activity = json!({"title": "夜查", "occasion": "inspection", "began_ms": at(began).as_millisecond(),
                "ended_ms": at(ended).as_millisecond(), "officers": ["officer"], "devices": ["cam-1"],
                "unit_id": "fz-zd1"});
            custodian.post("/api/activities", &activity).is(201);
        }
        let last = recorded(site, 1, at("2026-05-06T23:30:00+08:00"));
        let first = recorded(site, 2, at("2026-05-07T00:10:00+08:00"));
        let told = |id: &str| {
            let told = verdict(&custodian, id);
            (told["lapsed"].clone(), told["status"].clone(), told["articles"][0]["version"].clone())
        };
        assert_eq!(told(&last), (json!(false), json!("late"), json!("1")));
        assert_eq!(told(&first), (json!(true), json!("internal_deviation"), json!("1")));
        // The same to the minute, where no activity says more.
        for (number, began, lapsed) in [(3, "2026-05-06T15:59:00Z", false), (4, "2026-05-06T16:00:00Z", true)] {
            let card = site.path(&format!("card-{number}"));
            put(&card, &name("P10024", "D2600102", at(began), number, "MP4"), format!("{number}").as_bytes());
            let sealed = site.ingest(&card, &[])["files"][0]["recording"].as_str().expect("sealed").to_owned();
            assert_eq!(told(&sealed).0, json!(lapsed), "{began}");
        }
    });
}

#[test]
fn val_01_an_undated_text_is_not_activated_without_its_day() {
    both(|site| {
        on(site, "mingshan-hrss");
        site.serve();
        let (custodian, officer) = (site.token("custodian"), site.token("officer"));
        let confirmation = json!({"decided_by": "周涛", "decided_on": day(1)});
        let path = "mingshan-hrss/confirmations";
        refused(
            &custodian,
            &[
                (path, confirmation.clone(), 422, "regulation.publication_date"),
                (path, with(confirmation.clone(), "published_on", day(-1)), 422, "regulation.decided_in_future"),
                (path, with(confirmation.clone(), "version", "9"), 422, "field.unknown_reference"),
            ],
        );
        let made = custodian
            .post(&format!("/api/regulations/{path}"), &with(confirmation, "published_on", "2019-06-01"))
            .is(201)
            .json();
        let state = |client: &Client| law(client, "mingshan-hrss")["state"].clone();
        assert_eq!(state(&officer), "in_force_unconfirmed");
        approved(site, &made);
        assert_eq!(state(&officer), "in_force");
    });
}

#[test]
fn val_01_versions_do_not_overlap() {
    both(|site| {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../regulations/fuzhou-urban");
        for (version, before, from) in [("2", "1", 60), ("3", "2", 30)] {
            let folder = site.data().join("regulations/fuzhou-urban").join(version);
            copy(&root, &folder);
            let text = std::fs::read_to_string(folder.join("rules.toml")).expect("rules");
            let begins = format!("version = \"{version}\"\nin_force_on = \"{}\"\nsupersedes = \"{before}\"", day(from));
            let text = text.replacen("version = \"1\"", &begins, 1);
            let text = text.replace("in_force_source = \"unknown\"", "in_force_source = \"stated\"");
            std::fs::write(folder.join("rules.toml"), text).expect("rules");
            std::fs::remove_file(folder.join("cases.toml")).expect("cases of the old text");
        }
        site.serve();
        let path = "fuzhou-urban/confirmations";
        let confirm = |version: &str| json!({"decided_by": "周涛", "decided_on": day(5), "published_on": "2019-06-01", "version": version});
        decided(site, path, &confirm("2"));
        refused(&site.token("custodian"), &[(path, confirm("3"), 422, "regulation.overlap")]);
        decided(site, path, &with(with(confirm("3"), "decided_on", day(2)), "effective_on", day(2)));
        let detail = site.token("officer").get("/api/regulations/fuzhou-urban").is(200).json();
        let days: Vec<&Value> = list(&detail["versions"]).iter().map(|one| &one["in_force_on"]).collect();
        assert_eq!(days, [&json!("2019-06-01"), &json!(day(5)), &json!(day(2))], "never before it was put in force");
    });
}

/// 中卫 after its last day: practice goes on, is called so, counted apart, and carried on only by two persons.
#[test]
fn val_02_an_expired_regulation() {
    both(|site| {
        on(site, "zhongwei");
        let old = recorded(site, 1, at("2025-06-01T09:00:00+08:00"));
        recorded(site, 2, at("2026-03-02T09:00:00+08:00"));
        let today = recorded(site, 3, instant(now_ms() - 47 * HOUR_MS));
        site.serve();
        let client = site.token("unit_head");
        assert!(list(&law(&client, "zhongwei")["banners"]).contains(&json!("lapsed")));
        for (account, shown) in
            [("unit_head", 1), ("legal_office", 1), ("custodian", 1), ("officer", 0), ("system_admin", 0)]
        {
            let told = site.token(account).get("/api/workbench").is(200).json();
            let notices = list(&told["notices"]);
            assert_eq!(notices.len(), shown, "{account} {notices:?}");
            assert!(notices.iter().all(|one| (&one["code"], &one["day"]) == (&json!("lapsed"), &json!("2026-05-07"))));
        }
        // What was kept stays kept; nothing is let go by the expiry, and nothing is founded on it.
        let kept = json!({"recorded_on": "2025-06-01", "grounds": ["any"]});
        let kept = explained(&client, "zhongwei", "retention", kept);
        assert_eq!(kept["verdict"]["floor"], "2027-06-01", "{kept}");
        let facts = json!({"on": "2027-06-02", "recorded_on": "2025-06-01", "grounds": ["any"],
            "legal_basis": "x", "approvers": 2, "because_expired": true});
        let disposal = explained(&client, "zhongwei", "disposal", facts);
        let refused = json!(["disposal.disabled", "disposal.expiry_is_no_ground"]);
        assert_eq!(disposal["verdict"]["refused"], refused, "{disposal}");
        for (on, told) in [("2026-11-20", json!("profile.expired")), ("2026-05-06", Value::Null)] {
            let cited = explained(&client, "zhongwei", "validity", json!({"on": on, "cite": true}));
            assert_eq!(cited["verdict"]["refused"], told, "{on}");
        }

        assert_eq!(hand_in(&client, &old), "late");
        let late = verdict(&client, &today);
        assert_eq!((&late["status"], &late["lapsed"]), (&json!("internal_deviation"), &json!(true)), "{late}");
        let report = || client.get("/api/regulations/zhongwei/compliance").is(200).json();
        let figure = |report: &Value, key: &str| {
            let found = found(list(&report["figures"]), "key", key);
            (found["value"].as_i64(), found["lapsed"].as_i64())
        };
        let split = report();
        assert_eq!(split["split_on"], "2026-05-06");
        assert_eq!(figure(&split, "recordings"), (Some(2), Some(1)), "{split}");
        assert_eq!(figure(&split, "hand_in_late"), (Some(2), Some(0)));
        assert_eq!(figure(&split, "hand_in_deviation"), (Some(0), Some(1)));
        assert_eq!(figure(&split, "devices"), (Some(2), None), "what is no recording has no day");
        for (filter, count) in [("hand_in=internal_deviation", 1), ("lapsed=true", 1), ("hand_in=late&lapsed=false", 2)]
        {
            assert_eq!(client.get(&format!("/api/recordings?{filter}")).items().len(), count, "{filter}");
        }
        let bench = client.get("/api/workbench").is(200).json();
        assert_eq!((&bench["late_30d"], &bench["deviations_30d"]), (&json!(0), &json!(1)));
        let last = list(&bench["trend"]).last().expect("today").clone();
        assert_eq!((&last["late"], &last["deviations"]), (&json!(2), &json!(1)), "{last}");
        carried_on(site, &client, &today);
        let split = report();
        assert_eq!((&split["split_on"], figure(&split, "recordings")), (&json!("2026-05-06"), (Some(3), Some(0))));
        assert_eq!(figure(&split, "hand_in_late"), (Some(3), Some(0)), "an extension of the text binds again");
    });
}

/// The document, its day, the new last day; reaching back only with a tick.
fn carried_on(site: &Site, client: &Client, today: &str) {
    let custodian = site.token("custodian");
    let body = json!({"continuation": "extension", "document": "卫政发〔2026〕12号", "decision_no": "12号",
        "decided_by": "市人民政府", "decided_on": day(3), "effective_on": day(0), "until": day(-400)});
    let path = "zhongwei/continuations";
    refused(
        &custodian,
        &[
            (path, with(body.clone(), "effective_on", day(1)), 422, "regulation.retroactive_tick"),
            (
                path,
                with(with(body.clone(), "effective_on", "2026-05-06"), "retroactive", true),
                422,
                "regulation.not_expired",
            ),
            (path, with(body.clone(), "until", day(1)), 422, "regulation.until"),
            (path, with(body.clone(), "document", " "), 422, "field.required"),
            (path, with(body.clone(), "continuation", "custom"), 422, "regulation.continuation"),
        ],
    );
    let force = || law(client, "zhongwei")["force"].clone();
    let made = custodian.post(&format!("/api/regulations/{path}"), &body).is(201).json();
    assert_eq!(force(), "lapsed", "not before the second person");
    approved(site, &made);
    assert_eq!(force(), "extended");
    assert_eq!(client.get("/api/workbench").is(200).json()["notices"], json!([]));
    assert_eq!(hand_in(client, today), "internal_deviation", "the gap is not filled by itself");
    decided(site, path, &with(with(body, "effective_on", "2026-05-07"), "retroactive", true));
    wait_for("the verdict", || (hand_in(client, today) == "late").then_some(()));
}

/// 福州 第十四条（五）: empty until the agency's own list is supplied, and nothing invented.
#[test]
fn val_04_a_missing_annex() {
    both(|site| {
        on(site, "fuzhou-urban");
        site.serve();
        let (client, custodian) = (site.token("officer"), site.token("custodian"));
        let title = "福州市城市管理委员会行政执法音像记录清单";
        let missing = |client: &Client| {
            let answer = explained(client, "fuzhou-urban", "validity", json!({"on": day(0)}));
            list(&answer["verdict"]["documents_missing"]).len()
        };
        assert_eq!(missing(&client), 5);
        let focus = |client: &Client, on: String| {
            let facts = json!({"on": format!("{on}T12:00:00+08:00"), "occasions": ["inspection"]});
            let answer = explained(client, "fuzhou-urban", "obligation", facts);
            let focus = list(&answer["verdict"]["focus"]).to_vec();
            assert_eq!(focus.len(), 5, "{answer}");
            focus[4].clone()
        };
        let before = focus(&client, day(0));
        assert_eq!((&before["missing"], &before["lines"]), (&json!(title), &json!([])), "{before}");
        assert_eq!(before["cited"][0]["article"], "第十四条第（五）项");

        let file = attach(&custodian, "list.pdf", PDF).is(201).json();
        let body = json!({"document": title, "file": file["sha256"], "lines": ["占道经营现场全景", " ", "暂扣物品清点"],
            "decided_by": "委办公室", "decided_on": day(1)});
        let path = "fuzhou-urban/annexes";
        let standard = "市级行政事业单位通用办公设备配置标准";
        refused(
            &custodian,
            &[
                (path, with(body.clone(), "lines", json!([])), 422, "regulation.annex_lines"),
                (path, with(body.clone(), "document", "别的清单"), 422, "field.not_allowed"),
                (path, with(body.clone(), "document", standard), 422, "regulation.annex_no_rule"),
                (path, with(body.clone(), "file", Value::Null), 422, "field.required"),
                (path, with(body.clone(), "file", "00"), 422, "field.unknown_reference"),
                (path, with(body.clone(), "lines", json!(vec!["x"; 501])), 422, "regulation.annex_too_long"),
                (path, with(body.clone(), "lines", json!(["x".repeat(201)])), 422, "field.too_long"),
            ],
        );
        let made = custodian.post(&format!("/api/regulations/{path}"), &body).is(201).json();
        assert_eq!((missing(&client), focus(&client, day(0))), (5, before.clone()), "not before the second person");
        approved(site, &made);
        let after = focus(&client, day(0));
        assert_eq!((&after["missing"], &after["lines"]), (&Value::Null, &json!(["占道经营现场全景", "暂扣物品清点"])));
        let version = format!("1+{}", day(1));
        assert_eq!(after["cited"][0]["version"], version.as_str(), "a version of the agency's own");
        assert_eq!(focus(&client, day(2)), before, "what was done before is judged without it");
        assert_eq!(missing(&client), 4);
        // A document on which no rule waits is only kept.
        let kept = with(with(body, "document", standard), "lines", json!([]));
        decided(site, path, &kept);
        assert_eq!(missing(&client), 3);
        let detail = client.get("/api/regulations/fuzhou-urban").is(200).json();
        let versions: Vec<&Value> = list(&detail["versions"]).iter().map(|one| &one["version"]).collect();
        assert_eq!(versions, ["1", version.as_str()]);
        let supplied = found(list(&detail["versions"][1]["documents"]), "title", title);
        assert_eq!((&supplied["supplied"], list(&supplied["lines"]).len()), (&json!(true), 2));
        // Other agencies read the text as it is.
        let theirs = site.token("dl-officer").get("/api/regulations/fuzhou-urban").is(200).json();
        assert_eq!(list(&theirs["versions"]).len(), 1);
    });
}

/// Whom the text names, it names; for the rest the agency appoints somebody, or the act is refused.
#[test]
fn an_approver_is_named_appointed_or_missing() {
    both(|site| {
        on(site, "zhongwei");
        site.serve();
        let client = site.token("officer");
        let approver = |act: &str| {
            let detail = client.get("/api/regulations/zhongwei").is(200).json();
            let found = found(list(&detail["approvers"]), "act", act).clone();
            (found["state"].clone(), found["role"].clone(), found["delegate"].clone())
        };
        assert_eq!(approver("view"), (json!("refused"), Value::Null, Value::Null));
        let body = json!({"act": "view", "role": "unit_head", "decision_no": "3号", "decided_by": "周涛", "decided_on": day(1)});
        let delegation = json!({"act": "view", "delegate": "李敏", "document": "委托书〔2026〕2号", "decision_no": "4号",
            "decided_by": "周涛", "decided_on": day(1), "until": day(-30)});
        refused(
            &site.token("custodian"),
            &[
                ("zhongwei/approvers", with(body.clone(), "role", "king"), 422, "field.not_allowed"),
                ("zhongwei/approvers", with(body.clone(), "act", "guess"), 422, "field.not_allowed"),
                ("zhongwei/delegations", with(delegation.clone(), "until", Value::Null), 422, "field.required"),
                ("zhongwei/delegations", with(delegation.clone(), "delegate", ""), 422, "field.required"),
                ("zhongwei/delegations", with(delegation.clone(), "until", day(2)), 422, "regulation.until"),
            ],
        );
        decided(site, "zhongwei/approvers", &body);
        assert_eq!(approver("view"), (json!("needed"), json!("unit_head"), Value::Null));
        decided(site, "zhongwei/delegations", &delegation);
        assert_eq!(approver("view"), (json!("needed"), json!("unit_head"), json!("李敏")));
        let asked = json!({"act": "view", "on": format!("{}T12:00:00+08:00", day(0))});
        let answer = explained(&client, "zhongwei", "approver", asked);
        assert_eq!((&answer["verdict"]["role"], &answer["verdict"]["delegate"]), (&json!("unit_head"), &json!("李敏")));
        on(site, "fuzhou-urban");
        let custodian = site.token("custodian");
        refused(&custodian, &[("fuzhou-urban/approvers", body, 422, "regulation.approver_named")]);
        let expiry = json!({"continuation": "extension", "document": "d", "decision_no": "1", "decided_by": "周涛",
            "decided_on": day(0)});
        refused(&custodian, &[("fuzhou-urban/continuations", expiry, 422, "regulation.no_expiry")]);
    });
}

/// Puts an extension; `Ok` with the verdict or the code of the refusal.
fn extend(client: &Client, recording: &str, body: &Value) -> Result<Value, String> {
    let answer = client.write("PUT", &format!("/api/recordings/{recording}/extension"), body);
    if answer.status == 200 { Ok(answer.json()["verdict"].clone()) } else { Err(answer.code()) }
}

/// 福州 第十七条: two working days with the unit head's consent, given in time, and never with a conflict on scene.
#[test]
fn mgt_05_consent_to_a_later_hand_in() {
    both(|site| {
        site.serve();
        let recording = recorded_yesterday(site);
        let ended = now_ms() - 51 * HOUR_MS / 2;
        let (head, officer) = (site.token("unit_head"), site.token("officer"));
        assert_eq!(hand_in(&officer, &recording), "late");
        let body = json!({"circumstance": "special", "reason": "连续执法至次日", "declared_ms": ended + HOUR_MS,
            "consent_ms": ended + 2 * HOUR_MS, "consent_by": "赵强", "document": "延〔2026〕7号"});
        let without = json!({"circumstance": "special", "reason": "连续执法", "declared_ms": ended + HOUR_MS});
        for (client, body, code) in [
            (&officer, body.clone(), "extension.not_yours"),
            (&officer, without, "upload.extension.consent_missing"),
            (&head, with(body.clone(), "conflict", true), "upload.extension.excluded"),
            (&head, with(body.clone(), "circumstance", "rain"), "field.not_allowed"),
            (&head, with(body.clone(), "document", Value::Null), "field.required"),
            (&head, with(body.clone(), "consent_by", " "), "field.required"),
            (&head, with(body.clone(), "reason", ""), "field.required"),
            (&head, with(body.clone(), "consent_ms", now_ms() + HOUR_MS), "extension.in_future"),
            (&head, with(body.clone(), "declared_ms", 5), "field.time"),
            (&site.token("unit_head2"), body.clone(), "not_found"),
            (&site.token("leader"), body.clone(), "permission.denied"),
        ] {
            assert_eq!(extend(client, &recording, &body), Err(code.to_owned()), "{body}");
        }
        assert_eq!(site.row("select cast(count(*) as text) from hand_in_extension"), "0");
        let told = extend(&head, &recording, &with(body.clone(), "consent_ms", ended + 25 * HOUR_MS)).expect("kept");
        assert_eq!((&told["status"], &told["extension"]), (&json!("late"), &json!("too_late")), "kept, without effect");
        let told = extend(&head, &recording, &body).expect("granted");
        assert_eq!((&told["status"], &told["extension"]), (&json!("extended"), &json!("granted")), "{told}");
        let shown = officer.get(&format!("/api/recordings/{recording}")).is(200).json();
        assert_eq!(
            (&shown["extension"]["consent_by"], &shown["extension"]["account"]),
            (&json!("赵强"), &json!("unit_head"))
        );
        assert_eq!(shown["extends"]["consent"], "unit_head");
        // A reading that is changed afterwards judges it again with what was consented.
        decided(site, "fuzhou-urban/resolutions", &reading("T-13", "activity_end"));
        wait_for("the verdict", || (hand_in(&officer, &recording) == "on_time").then_some(()));
        let told = extend(&head, &recording, &with(body, "conflict", true)).expect("revoked");
        assert_eq!(told["extension"], "excluded", "{told}");
        let acts = site.rows("select act from event where act = 'recording.extended'");
        assert_eq!(acts.len(), 3);

        let change = json!({"officer_id": "unit_head", "reason": "补正"});
        site.token("custodian").write("PUT", &format!("/api/recordings/{recording}/index"), &change).is(200);
        let own = json!({"circumstance": "special", "reason": "r", "declared_ms": ended, "consent_ms": ended,
            "consent_by": "赵强", "document": "d"});
        assert_eq!(extend(&head, &recording, &own), Err("extension.own".into()));
        let card = site.path("undated");
        put(&card, "DCIM/P10023.MP4", b"without a time");
        let undated = site.ingest(&card, &[])["files"][0]["recording"].as_str().expect("sealed").to_owned();
        assert_eq!(extend(&site.token("custodian"), &undated, &own), Err("extension.no_time".into()));
        site.kill();
        site.cli(&["admin", "token", "--account", "root"]).good();
        site.assert_clean();
    });
}

/// 明山 第十五条: 24 hours from the return, without anybody's consent; 中卫 knows nothing of the kind.
#[test]
fn mgt_04_an_extension_from_the_return() {
    both(|site| {
        on(site, "mingshan-hrss");
        site.serve();
        let recording = recorded_yesterday(site);
        let ended = now_ms() - 51 * HOUR_MS / 2;
        let officer = site.token("officer");
        let body = json!({"circumstance": "remote_area", "reason": "偏远乡镇无网络", "declared_ms": ended + HOUR_MS});
        assert_eq!(extend(&officer, &recording, &body), Err("upload.extension.return_missing".into()));
        let other = with(with(body.clone(), "circumstance", "special"), "returned_ms", ended);
        assert_eq!(extend(&officer, &recording, &other), Err("upload.extension.circumstance_not_named".into()));
        let late = with(with(body.clone(), "declared_ms", ended + 25 * HOUR_MS), "returned_ms", now_ms() - HOUR_MS);
        assert_eq!(extend(&officer, &recording, &late).expect("kept")["status"], "late", "declared after the 24 hours");
        let returned = now_ms() - 2 * HOUR_MS;
        let told = extend(&officer, &recording, &with(body.clone(), "returned_ms", returned)).expect("granted");
        assert_eq!((&told["status"], &told["due_ms"]), (&json!("extended"), &json!(returned + 24 * HOUR_MS)), "{told}");
        on(site, "zhongwei");
        let judged_by = "select profile from recording_index";
        wait_for("the new binding", || (site.row(judged_by) == "zhongwei").then_some(()));
        let body = with(body, "returned_ms", returned);
        assert_eq!(extend(&officer, &recording, &body), Err("upload.extension.not_provided".into()));
    });
}
