//! Regulations as an agency uses them: read, confirmed, read otherwise by a decision, carried on, and all of it proven.

use std::path::Path;

use serde_json::{Value, json};

use crate::cards::{name, put};
use crate::client::Client;
use crate::postgres;
use crate::site::{Pair, Site, both, wait_for};

pub const HOUR_MS: i64 = 3_600_000;
pub const PDF: &[u8] = b"%PDF-1.7\nthe official text as the agency has it\n%%EOF\n";

pub fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

pub fn instant(ms: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(ms).expect("instant")
}

/// A legal day, so many days ago.
pub fn day(ago: i64) -> String {
    tiezheng_rules::time::legal_day(now_ms() - ago * 24 * HOUR_MS).to_string()
}

pub fn found<'a>(items: &'a [Value], key: &str, is: &str) -> &'a Value {
    items.iter().find(|item| item[key] == is).unwrap_or_else(|| panic!("no {is}: {items:?}"))
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub fn reading(resolution: &str, reading: &str) -> Value {
    json!({"resolution": resolution, "reading": reading, "decision_no": "榕城管〔2026〕8号", "decided_by": "周涛",
        "decided_on": day(3), "reason": "以活动为单位移交"})
}

/// Entered by one, approved by another: only then it counts.
pub fn decided(site: &Site, path: &str, body: &Value) -> Value {
    let made = site.token("custodian").post(&format!("/api/regulations/{path}"), body).is(201).json();
    assert_eq!(made["state"], "pending", "{made}");
    approved(site, &made)
}

pub fn approved(site: &Site, made: &Value) -> Value {
    let (profile, id) = (made["profile"].as_str().expect("profile"), made["id"].as_str().expect("id"));
    let path = format!("/api/regulations/{profile}/decisions/{id}/approve");
    site.token("legal_office").post(&path, &json!({})).is(200).json()
}

pub fn attach(client: &Client, name: &str, bytes: &[u8]) -> crate::client::Answer {
    let path = format!("/api/regulations/fuzhou-urban/files?name={name}");
    client.send("POST", &path, &[("content-type", "application/octet-stream")], Some(bytes))
}

/// 25.5 hours ago recorded, 23.5 hours ago the activity ended: late or in time, as one reads 第十七条.
pub fn recorded_yesterday(site: &Site) -> String {
    let ended = now_ms() - 47 * HOUR_MS / 2;
    let activity = json!({"title": "夜市巡查", "occasion": "inspection", "began_ms": ended - 4 * HOUR_MS, "ended_ms": ended,
        "officers": ["officer"], "devices": ["cam-1"], "unit_id": "fz-zd1"});
    site.token("custodian").post("/api/activities", &activity).is(201);
    let card = site.path("card");
    put(&card, &name("P10023", "D2600101", instant(ended - 2 * HOUR_MS), 1, "MP4"), b"a recording of yesterday");
    let report = site.ingest(&card, &[]);
    report["files"][0]["recording"].as_str().expect("sealed").to_owned()
}

pub fn hand_in(client: &Client, recording: &str) -> String {
    let told = client.get(&format!("/api/recordings/{recording}")).is(200).json();
    told["verdict"]["status"].as_str().unwrap_or("").to_owned()
}

#[test]
fn the_list_says_what_is_in_force() {
    both(|site| {
        site.serve();
        for account in ["officer", "legal_office", "judicial_bureau", "system_admin"] {
            let laws = site.token(account).get("/api/regulations").items();
            assert_eq!(laws.len(), 5);
            for id in ["caofeidian-amr", "mingshan-hrss", "fuzhou-urban", "dalian-ftz"] {
                let law = found(&laws, "id", id);
                assert_eq!((&law["state"], &law["binding"]), (&json!("in_force_unconfirmed"), &json!(true)), "{id}");
                assert!(list(&law["banners"]).contains(&json!("unconfirmed")), "{law}");
            }
            let lapsed = found(&laws, "id", "zhongwei");
            let told = (&lapsed["state"], &lapsed["binding"], &lapsed["lapsed_since"], &lapsed["force"]);
            assert_eq!(told, (&json!("expired"), &json!(false), &json!("2026-05-07"), &json!("lapsed")));
            assert_eq!(found(&laws, "id", "dalian-ftz")["nature"], "trial");
            let followed = found(&laws, "id", "fuzhou-urban")["followed"].as_bool();
            assert_eq!(followed, Some(["officer", "legal_office"].contains(&account)), "{account}");
        }
    });
}

#[test]
fn every_article_says_what_answers_it() {
    both(|site| {
        site.serve();
        let client = site.token("officer");
        let mut provisions = 0;
        for law in client.get("/api/regulations").items() {
            let id = law["id"].as_str().expect("id");
            let detail = client.get(&format!("/api/regulations/{id}")).is(200).json();
            let articles = list(&detail["versions"][0]["articles"]);
            provisions += articles.len();
            for article in articles {
                let answered = !list(&article["answers"]).is_empty();
                let explained = article["no_software_zh"].is_string() && article["no_software_en"].is_string();
                assert!(answered || explained, "{id} {article}");
            }
            let upload =
                articles.iter().find(|article| list(&article["parameters"]).iter().any(|p| p["path"] == "upload"));
            assert!(upload.is_some(), "{id}: some article carries the hand-in");
            let compliance = client.get(&format!("/api/regulations/{id}/compliance")).is(200).json();
            assert_eq!(list(&compliance["articles"]).len(), articles.len(), "{id}");
            let totals = compliance["totals"].as_object().expect("totals");
            assert_eq!(totals.values().filter_map(Value::as_u64).sum::<u64>(), articles.len() as u64, "{id}");
        }
        assert!(provisions >= 294, "{provisions}");
        let fuzhou = client.get("/api/regulations/fuzhou-urban").is(200).json();
        let article = found(list(&fuzhou["versions"][0]["articles"]), "no", "17a");
        assert!(list(&article["resolutions"]).contains(&json!("T-13")), "{article}");
        let clock = found(list(&fuzhou["resolutions"]), "id", "T-13");
        assert_eq!(
            (&clock["offered"], &clock["value"]),
            (&json!(["recording_end", "activity_end"]), &json!("recording_end"))
        );
        // 中卫 says itself from when: nothing is left to choose.
        let zhongwei = client.get("/api/regulations/zhongwei").is(200).json();
        assert_eq!(found(list(&zhongwei["resolutions"]), "id", "T-13")["offered"], json!([]));
        client.get("/api/regulations/nowhere").is(404);
        client.get("/api/regulations/nowhere/compliance").is(404);
    });
}

#[test]
fn a_decided_reading_is_applied_kept_and_rebuilt() {
    both(|site| {
        site.serve();
        let recording = recorded_yesterday(site);
        let (legal, officer) = (site.token("legal_office"), site.token("officer"));
        assert_eq!(hand_in(&officer, &recording), "late");
        let path = "fuzhou-urban/resolutions";
        let made = decided(site, path, &reading("T-13", "activity_end"));
        assert_eq!(
            (&made["state"], &made["account"], &made["settled_by"]),
            (&json!("effective"), &json!("custodian"), &json!("legal_office"))
        );
        assert!(made["by"] == "王芳" && made["settled_name"].is_string(), "people by name: {made:#}");
        assert_eq!((&made["setting"], &made["value"]), (&json!("upload.clock_start"), &json!("activity_end")));
        wait_for("the verdict", || (hand_in(&officer, &recording) == "on_time").then_some(()));
        let card = site.path("again");
        let second = name("P10023", "D2600101", instant(now_ms() - 51 * HOUR_MS / 2), 2, "MP4");
        put(&card, &second, b"another recording of yesterday");
        let later = site.ingest(&card, &[])["files"][0]["recording"].as_str().expect("sealed").to_owned();
        assert_eq!(hand_in(&officer, &later), "on_time", "new ones are judged by it too");
        // Read back the other way from tomorrow on: what was done until then stays as it was judged.
        let mut back = reading("T-13", "recording_end");
        back["decided_on"] = day(0).into();
        back["effective_on"] = day(-1).into();
        decided(site, path, &back);
        let detail = officer.get("/api/regulations/fuzhou-urban").is(200).json();
        assert_eq!(list(&detail["history"]).len(), 2);
        let clock = found(list(&detail["resolutions"]), "id", "T-13");
        assert_eq!((&clock["value"], &clock["default"]), (&json!("activity_end"), &json!("recording_end")));
        assert_eq!(clock["decided"]["id"], made["id"]);
        // Another agency reads as it did.
        let theirs = site.token("dl-officer").get("/api/regulations/fuzhou-urban").is(200).json();
        assert_eq!((list(&theirs["history"]).len(), &theirs["may_decide"]), (0, &json!(false)));

        let file = attach(&legal, "official.pdf", PDF).is(201).json();
        assert_eq!(
            attach(&legal, "official-2.pdf", PDF).is(200).json()["id"],
            file["id"],
            "the same bytes, the same file"
        );
        let official = format!("/api/regulations/fuzhou-urban/files/{}", file["id"].as_str().expect("id"));
        let bytes = officer.get(&official).is(200);
        assert_eq!((bytes.body.as_slice(), bytes.header("content-type").as_str()), (PDF, "application/pdf"));
        assert!(bytes.header("content-disposition").starts_with("attachment"));
        site.token("dl-officer").get(&official).is(404);
        let confirm = "fuzhou-urban/confirmations";
        let mut confirmation =
            json!({"decided_by": "周涛", "decided_on": day(0), "file": file["sha256"], "published_on": "2019-06-01"});
        decided(site, confirm, &confirmation);
        let state = |client: &Client| {
            let laws = client.get("/api/regulations").items();
            let law = found(&laws, "id", "fuzhou-urban").clone();
            (law["state"].as_str().unwrap_or("").to_owned(), law["confirmed"]["decided_by"].as_str().map(str::to_owned))
        };
        assert_eq!(state(&officer), ("in_force".into(), Some("周涛".into())));
        assert_eq!(state(&site.token("dl-officer")), ("in_force_unconfirmed".into(), None));
        confirmation["file"] = "00".into();
        let path = format!("/api/regulations/{confirm}");
        assert_eq!(legal.post(&path, &confirmation).is(422).code(), "field.unknown_reference");

        site.kill();
        // Gives every waiting event its leaf.
        site.cli(&["admin", "token", "--account", "root"]).good();
        site.assert_clean();
        tampered(site);
        rebuilt(site);
        site.serve();
        assert_eq!(state(&site.token("officer")), ("in_force".into(), Some("周涛".into())));
    });
}

/// What the database is made to say behind the product's back is named.
fn tampered(site: &Site) {
    for (change, back) in [
        (
            "update regulation_decision set told = replace(told, '\"activity_end\"', '\"recording_end\"') where told like '%\"activity_end\"%'",
            None,
        ),
        ("update regulation_file set version = '2'", Some("update regulation_file set version = '1'")),
        ("update regulation_decision set at_ms = at_ms + 1", Some("update regulation_decision set at_ms = at_ms - 1")),
    ] {
        let first = site.row("select event_id from regulation_decision order by event_id");
        let told = site.row(&format!("select told from regulation_decision where event_id = '{first}'"));
        site.tamper(change);
        let (code, report) = site.verify();
        assert_eq!(code, Some(1), "{change}");
        assert!(list(&report["findings"]).iter().all(|f| f["code"] == "regulation.altered"), "{change}: {report}");
        assert!(!list(&report["findings"]).is_empty(), "{change}");
        match back {
            Some(back) => site.tamper(back),
            None => site.tamper(&format!("update regulation_decision set told = '{told}' where event_id = '{first}'")),
        }
        site.assert_clean();
    }
}

fn rebuilt(site: &mut Site) {
    let rows = |site: &Site| {
        let mut all = site.rows("select event_id, agency_id, profile, told from regulation_decision order by event_id");
        all.extend(
            site.rows("select event_id, agency_id, profile, version, name, mime, segment, object from regulation_file"),
        );
        all.extend(site.rows("select recording_id, hand_in, cast(due_ms as text) from recording_index order by 1"));
        all
    };
    let before = rows(site);
    assert!(before.len() >= 6, "{before:?}");
    match site.pair {
        Pair::SqliteFolder => {
            for ending in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(site.data().join(format!("tiezheng.db{ending}")));
            }
        }
        Pair::PostgresS3 => site.database = Some(postgres::cluster().database()),
    }
    let report = site.cli(&["admin", "rebuild", "--json"]).good().json();
    assert_eq!((&report["lost"], &report["files"]), (&json!([]), &json!(1)), "{report:#}");
    assert_eq!(rows(site), before);
    site.assert_clean();
    site.cli(&["load", site.path("fixture.json").to_str().expect("UTF-8")]).good();
}

#[test]
fn figures_are_those_one_may_see() {
    both(|site| {
        site.serve();
        recorded_yesterday(site);
        let figure = |account: &str, key: &str| {
            let told = site.token(account).get("/api/regulations/fuzhou-urban/compliance").is(200).json();
            list(&told["figures"]).iter().find(|figure| figure["key"] == key).map(|figure| figure["value"].clone())
        };
        for (account, recordings, late) in [
            ("officer", Some(1), Some(1)),
            ("officer2", Some(0), Some(0)),
            ("custodian", Some(1), Some(1)),
            ("judicial_bureau", Some(1), Some(1)),
            ("dl-officer", Some(0), Some(0)),
            ("system_admin", None, None),
        ] {
            assert_eq!(figure(account, "recordings"), recordings.map(Value::from), "{account}");
            assert_eq!(figure(account, "hand_in_late"), late.map(Value::from), "{account}");
        }
        assert_eq!(figure("custodian", "devices"), Some(2.into()));
        assert_eq!(figure("dl-officer", "devices"), Some(1.into()));
        assert_eq!(figure("system_admin", "devices"), Some(3.into()));
    });
}

#[test]
fn what_may_not_be_decided_is_refused() {
    both(|site| {
        site.serve();
        let legal = site.token("legal_office");
        let with = |key: &str, value: Value| {
            let mut body = reading("T-13", "activity_end");
            body[key] = value;
            body
        };
        for (path, body, status, code) in [
            (
                "fuzhou-urban/resolutions",
                with("reading", "return_to_unit".into()),
                422,
                "regulation.reading_not_offered",
            ),
            ("fuzhou-urban/resolutions", with("resolution", "T-99".into()), 422, "regulation.resolution_unknown"),
            ("fuzhou-urban/resolutions", with("resolution", "T-05".into()), 422, "regulation.resolution_unknown"),
            (
                "fuzhou-urban/resolutions",
                with("resolution", "T-15".into()),
                422,
                "regulation.resolution_without_choice",
            ),
            ("fuzhou-urban/resolutions", with("resolution", "T-45".into()), 422, "regulation.reading_not_offered"),
            ("fuzhou-urban/resolutions", with("decision_no", " ".into()), 422, "field.required"),
            ("fuzhou-urban/resolutions", with("reason", Value::Null), 422, "field.required"),
            ("fuzhou-urban/resolutions", with("decided_by", "".into()), 422, "field.required"),
            ("fuzhou-urban/resolutions", with("reason", "字".repeat(1001).into()), 422, "field.too_long"),
            ("fuzhou-urban/resolutions", with("decided_on", "yesterday".into()), 422, "field.date"),
            ("fuzhou-urban/resolutions", with("decided_on", day(-2).into()), 422, "regulation.decided_in_future"),
            ("fuzhou-urban/resolutions", with("effective_on", day(9).into()), 422, "regulation.retroactive"),
            ("fuzhou-urban/resolutions", with("account", "x".into()), 422, "request.field"),
            ("dalian-ftz/resolutions", with("resolution", "T-53".into()), 422, "regulation.not_followed"),
            ("nowhere/resolutions", with("reason", "x".into()), 404, "not_found"),
            (
                "fuzhou-urban/confirmations",
                json!({"decided_by": "周涛", "decided_on": day(0)}),
                422,
                "regulation.publication_date",
            ),
            ("fuzhou-urban/continuations", with("document", "会议纪要".into()), 422, "regulation.continuation"),
            ("fuzhou-urban/explain", json!({"question": "guilt", "facts": {}}), 422, "regulation.question"),
            ("fuzhou-urban/explain", json!({"question": "retention", "facts": {"when": 1}}), 422, "regulation.facts"),
        ] {
            let answer = legal.post(&format!("/api/regulations/{path}"), &body);
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{path} {body}: {}", answer.text());
        }
        for (bytes, status, code) in [
            (&b"<html>"[..], 422, "regulation.file_kind"),
            (b"", 422, "regulation.file_kind"),
            (&vec![b' '; (32 << 20) + 1], 413, "regulation.file_too_large"),
        ] {
            let answer = attach(&legal, "text.pdf", bytes);
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{} bytes", bytes.len());
        }
        assert_eq!(attach(&legal, "%20", PDF).is(422).code(), "field.required");
        assert_eq!(attach(&site.token("officer"), "a.pdf", PDF).is(403).code(), "permission.denied");
        let marks = "select cast(count(*) as text) from event where act like 'regulation.%'";
        assert_eq!(site.row(marks), "0", "what was refused left nothing");
    });
}

/// The sixth regulation, as an agency would write it, works without a line of Rust.
#[test]
fn an_agencys_own_regulation() {
    let sixth = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules/tests/data/sixth");
    both(|site| {
        let folder = site.data().join("regulations/sixth");
        copy(&sixth, &folder);
        let text = std::fs::read_to_string(folder.join("rules.toml")).expect("rules");
        let id = text.lines().find_map(|line| line.strip_prefix("id = \"")).expect("id").split('"').next().expect("id");
        let fixture = json!({"format": "tiezheng-fixture/1",
            "agencies": [{"id": "fz", "name": "榕江市城市管理局", "short_name": "榕江城管", "profile": id}],
            "unit_regulations": [{"unit": "fz-zd1", "profile": id, "from": "1970-01-01"}]});
        std::fs::write(site.path("sixth.json"), fixture.to_string()).expect("fixture");
        site.cli(&["load", site.path("sixth.json").to_str().expect("UTF-8")]).good();
        site.serve();
        let client = site.token("officer");
        let laws = client.get("/api/regulations").items();
        assert_eq!((laws.len(), &found(&laws, "id", id)["followed"]), (6, &json!(true)));
        // 25.5 hours are in time where 48 are given.
        let recording = recorded_yesterday(site);
        assert_eq!(hand_in(&client, &recording), "on_time");
        let facts = json!({"recorded_to": "2026-11-10T10:00:00+08:00"});
        let asked = json!({"question": "upload-deadline", "facts": facts});
        let answer = client.post(&format!("/api/regulations/{id}/explain"), &asked).is(200).json();
        assert_eq!(answer["answer"]["verdict"]["due"], "2026-11-12T10:00:00+08:00", "{answer}");
        std::fs::write(site.path("facts.json"), facts.to_string()).expect("facts");
        let data = site.data();
        let told = site
            .cli(&[
                "rules",
                "explain",
                "upload-deadline",
                "--profile",
                id,
                "--facts",
                "facts.json",
                "--data",
                data.to_str().expect("UTF-8"),
                "--json",
            ])
            .good()
            .json();
        assert_eq!(told, answer["answer"], "the command line and the API answer alike");
        site.kill();
        // A mistake in it stops the server and names the file.
        std::fs::write(folder.join("rules.toml"), text.replace("[upload]", "[uploads]")).expect("rules");
        let done = site.cli(&["verify", data.to_str().expect("UTF-8")]);
        assert_eq!((done.code, crate::site::told(&done.err).as_str()), (Some(1), "regulation.invalid"), "{}", done.err);
    });
}

/// A changed regulation against the catalogue: what moves, by which article, and that nothing is let go by an edit.
#[test]
fn a_changed_regulation_is_tried_before_it_holds() {
    both(|site| {
        let mut fixture = crate::site::fixture_json();
        fixture["activities"][0]["grounds"] = json!(["mass_incident"]);
        std::fs::write(site.path("grounds.json"), fixture.to_string()).expect("fixture");
        site.cli(&["load", site.path("grounds.json").to_str().expect("UTF-8")]).good();
        let card = site.path("old");
        put(
            &card,
            &name("P10023", "D2600101", crate::cards::at("2026-03-02T08:30:00+08:00"), 1, "MP4"),
            b"an incident",
        );
        site.ingest(&card, &[]);
        site.serve();
        let yesterday = recorded_yesterday(site);
        site.kill();
        let standing = "select recording_id, hand_in, cast(due_ms as text), verdict from recording_index order by 1";
        let before = site.rows(standing);

        let folder = site.path("changed");
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../regulations/fuzhou-urban"), &folder);
        let rules = std::fs::read_to_string(folder.join("rules.toml")).expect("rules");
        let incident = "ground = \"mass_incident\"\nkeep = \"forever\"";
        assert!(rules.contains(incident) && rules.contains("within = { hours = 24 }"), "the text moved");
        let rules = rules.replace(incident, "ground = \"mass_incident\"\nkeep = { days = 30 }");
        let rules = rules.replacen("within = { hours = 24 }", "within = { hours = 48 }", 1);
        std::fs::write(folder.join("rules.toml"), rules).expect("rules");
        std::fs::remove_file(folder.join("cases.toml")).expect("cases of the old text");
        let folder = folder.to_str().expect("UTF-8").to_owned();
        let told = site.cli(&["rules", "simulate", &folder, "--json"]).good().json();
        let agency = &told["agencies"][0];
        let figures = ["recordings", "undated", "changed", "review", "held"].map(|key| agency[key].as_u64());
        assert_eq!(
            (&agency["agency"], figures),
            (&json!("fz"), [Some(2), Some(0), Some(2), Some(1), Some(1)]),
            "{told:#}"
        );
        let group = |what: &str| found(list(&agency["groups"]), "what", what).clone();
        let deadline = group("deadline");
        assert_eq!((&deadline["after"], &deadline["recordings"]), (&json!("+24 h"), &json!(2)), "{told:#}");
        assert_eq!(
            (&deadline["articles_before"], &deadline["articles_after"]),
            (&json!(["第十七条"]), &json!(["第十七条"]))
        );
        let handed = group("hand_in");
        assert_eq!(
            (&handed["before"], &handed["after"], &handed["recordings"]),
            (&json!("late"), &json!("on_time"), &json!(1))
        );
        let kept = group("retention");
        assert_eq!(
            (&kept["before"], &kept["after"], &kept["review"]),
            (&json!("forever"), &json!("shorter"), &json!(true))
        );
        assert_eq!(kept["articles_after"], json!(["第十九条第（三）项第2目"]));
        let line = found(list(&told["recordings"]), "recording", &yesterday);
        assert_eq!(list(&line["differences"]).len(), 2, "unclassified: its term is held before and after: {line}");

        let book = site.path("result.xlsx");
        let shown = site.cli(&["rules", "simulate", &folder, "--xlsx", book.to_str().expect("UTF-8")]).good();
        assert!(shown.out.contains("第十七条") && shown.out.contains("需复核"), "{}", shown.out);
        assert!(std::fs::read(&book).expect("workbook").starts_with(b"PK"));
        assert_eq!(site.rows(standing), before, "a simulation writes nothing");
        // Another regulation altogether, in place of the agency's own.
        let other = site.cli(&["rules", "simulate", "dalian-ftz", "--against", "fuzhou-urban", "--json"]).good().json();
        assert!(!list(&other["agencies"][0]["approvers"]).is_empty(), "{other:#}");
        let same = site.cli(&["rules", "simulate", "fuzhou-urban", "--json"]).good().json();
        assert_eq!((&same["recordings"], &same["agencies"][0]["changed"]), (&json!([]), &json!(0)));
        for (arguments, code) in [
            (vec!["dalian-ftz", "--against", "nowhere"], "regulation.unknown"),
            (vec!["dalian-ftz", "--against", "fuzhou-urban", "--xlsx", "no/such/folder/x.xlsx"], "simulate.xlsx"),
        ] {
            let done = site.cli(&[&["rules", "simulate"], arguments.as_slice()].concat());
            assert_eq!((done.code, crate::site::told(&done.err).as_str()), (Some(1), code), "{}", done.err);
        }
    });
}

/// A successor in a folder of its own: what was done before it stays judged by the text of its time.
#[test]
fn a_successor_leaves_history_alone() {
    both(|site| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../regulations/fuzhou-urban");
        let successor = site.data().join("regulations/fuzhou-urban/2");
        copy(&root, &successor);
        let text = std::fs::read_to_string(successor.join("rules.toml")).expect("rules");
        let begins = format!("version = \"2\"\nin_force_on = \"{}\"\nsupersedes = \"1\"", day(4));
        let text = text.replacen("version = \"1\"", &begins, 1);
        let text = text.replace("in_force_source = \"unknown\"", "in_force_source = \"stated\"");
        let text = text.replacen("within = { hours = 24 }", "within = { hours = 48 }", 1);
        std::fs::write(successor.join("rules.toml"), text).expect("rules");
        std::fs::remove_file(successor.join("cases.toml")).expect("cases of the old text");
        let card = site.path("old");
        put(
            &card,
            &name("P10023", "D2600101", crate::cards::at("2026-03-02T08:30:00+08:00"), 1, "MP4"),
            b"of its time",
        );
        let old = site.ingest(&card, &[])["files"][0]["recording"].as_str().expect("sealed").to_owned();
        site.serve();
        let new = recorded_yesterday(site);
        let client = site.token("officer");
        let version = |id: &str| {
            let told = client.get(&format!("/api/recordings/{id}")).is(200).json();
            (told["verdict"]["status"].clone(), told["verdict"]["articles"][0]["version"].clone())
        };
        // Loaded is not in force: that takes a decision of two persons.
        assert_eq!((version(&old), version(&new)), ((json!("late"), json!("1")), (json!("late"), json!("1"))));
        let detail = client.get("/api/regulations/fuzhou-urban").is(200).json();
        assert_eq!((&detail["version"], &detail["versions"][1]["activated"]), (&json!("1"), &json!(false)));
        let confirmation =
            json!({"decided_by": "周涛", "decided_on": day(4), "published_on": "2019-06-01", "version": "2"});
        decided(site, "fuzhou-urban/confirmations", &confirmation);
        wait_for("the verdict", || (version(&new) == (json!("on_time"), json!("2"))).then_some(()));
        assert_eq!(version(&old), (json!("late"), json!("1")));
        let detail = client.get("/api/regulations/fuzhou-urban").is(200).json();
        let versions: Vec<&Value> = list(&detail["versions"]).iter().map(|one| &one["version"]).collect();
        assert_eq!(versions, ["1", "2"]);
        assert_eq!(detail["version"], "2");
    });
}

/// A department's own measures tighten what they build on; what loosens it does not load.
#[test]
fn a_departments_measures_only_tighten() {
    both(|site| {
        let folder = site.data().join("regulations/own");
        let made = site.cli(&["rules", "new", "own", "--to", site.path("").to_str().expect("UTF-8")]);
        made.good();
        copy(&site.path("own"), &folder);
        std::fs::remove_file(folder.join("cases.toml")).expect("cases of the skeleton");
        let text = std::fs::read_to_string(folder.join("rules.toml")).expect("rules");
        let text = text.replace("# base = \"zhongwei\"", "base = \"fuzhou-urban\"");
        let write = |hours: u32| {
            let text = text.replace("within = { hours = 24 }", &format!("within = {{ hours = {hours} }}"));
            let text = text.replace("keep = { years = 1 }", "keep = { years = 3 }");
            std::fs::write(folder.join("rules.toml"), text).expect("rules");
        };
        write(12);
        let fixture = json!({"format": "tiezheng-fixture/1",
            "agencies": [{"id": "fz", "name": "榕江市城市管理局", "short_name": "榕江城管", "profile": "own"}],
            "unit_regulations": [{"unit": "fz-zd1", "profile": "own", "from": "1970-01-01"}]});
        std::fs::write(site.path("own.json"), fixture.to_string()).expect("fixture");
        site.cli(&["load", site.path("own.json").to_str().expect("UTF-8")]).good();
        site.serve();
        let id = recorded_yesterday(site);
        let told = site.token("officer").get(&format!("/api/recordings/{id}")).is(200).json();
        let (due, ended) = (told["verdict"]["due_ms"].as_i64(), told["ended_ms"].as_i64());
        assert_eq!(due, ended.map(|ended| ended + 12 * HOUR_MS), "the stricter one counts: {told}");
        let profiles: Vec<&Value> = list(&told["verdict"]["articles"]).iter().map(|one| &one["profile"]).collect();
        assert!(profiles.contains(&&json!("fuzhou-urban")) && profiles.contains(&&json!("own")), "{told}");
        site.kill();
        write(36);
        let done = site.cli(&["rules", "list", "--data", site.data().to_str().expect("UTF-8")]);
        assert!(done.code == Some(1) && done.err.contains("overlay_loosens"), "{}", done.err);
        let done = site.cli(&["admin", "token", "--account", "root"]);
        assert_eq!((done.code, crate::site::told(&done.err).as_str()), (Some(1), "regulation.invalid"), "{}", done.err);
    });
}

/// Whoever reads one line and closes the pipe has read enough.
#[test]
fn a_closed_pipe_is_no_fault() {
    let site = Site::new(Pair::SqliteFolder);
    let script = r#"{ "$0" rules $1; echo $? > code; } 2>&1 | head -c 1 > /dev/null; cat code"#;
    // `check` says its faults on standard error: the second folder is no regulation.
    for (words, code) in [("show fuzhou-urban", "0"), ("diff fuzhou-urban zhongwei", "0"), ("check ./card", "1")] {
        std::fs::create_dir_all(site.path("card")).expect("folder");
        let tool = site.command(&[]);
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", script]).arg(tool.get_program()).arg(words).current_dir(site.path(""));
        let done = crate::site::finish(shell);
        assert_eq!(done.out.trim(), code, "{words}: {}", done.err);
    }
}

pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("folder");
    for entry in std::fs::read_dir(from).expect("folder") {
        let path = entry.expect("entry").path();
        std::fs::copy(&path, to.join(path.file_name().expect("name"))).expect("copied");
    }
}
