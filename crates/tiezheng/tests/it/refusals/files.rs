//! Files and cards that are wrong, and how a command says so.

use serde_json::{Value, json};

use crate::cards::put;
use crate::site::{Site, both, told};

fn load(site: &Site, more: Value) -> crate::site::Done {
    let mut fixture = json!({"format": "tiezheng-fixture/1"});
    fixture.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
    std::fs::write(site.path("more.json"), fixture.to_string()).expect("written");
    site.cli(&["load", "more.json", "--json"])
}

/// What the rows and events are, to see that nothing was half-done.
fn registers(site: &Site) -> Vec<String> {
    let counted = [
        "agency",
        "unit",
        "person",
        "account",
        "device",
        "device_custody",
        "name_code",
        "activity",
        "holiday",
        "event",
    ];
    let count = |table: &&str| site.row(&format!("select cast(count(*) as text) from {table}"));
    let people = site.rows("select id || agency_id || coalesce(unit_id, '') || name from person order by id");
    counted.iter().map(count).chain(people).collect()
}

#[test]
fn every_problem_of_a_fixture_is_listed_and_nothing_loaded() {
    both(|site| {
        let before = registers(site);
        let done = load(
            site,
            json!({
                "agencies": [{"id": "new", "name": "新机关", "profile": "fuzhou-urban"}, {"id": "x", "name": "x", "profile": "nowhere"}],
                "units": [
                    {"id": "fz-dd", "agency": "fz", "parent": "fz-zd1", "name": "执法大队"},
                    {"id": "dl-a", "agency": "fz", "name": "执法局"},
                ],
                "people": [
                    {"id": "officer", "agency": "dl", "unit": "dl-a", "name": "张伟", "roles": ["officer"], "account": "officer"},
                    {"id": "p", "agency": "fz", "name": "", "roles": ["king"]},
                ],
                "devices": [{"id": "d", "agency": "fz", "kind": "other", "serial_no": "1", "status": "eaten"}],
                "custody": [
                    {"device": "cam-1", "holder": "officer2", "from": "2026-01-01"},
                    {"device": "cam-2", "holder": "officer2", "from": "2026-03-01", "to": "2026-02-01"},
                ],
                "names": [{"agency": "fz", "kind": "camera", "code": "1", "id": "cam-1", "from": "2026-01-01"}],
                "holidays": [{"date": "2026-10-01T00:00:00+08:00", "working": false}],
            }),
        );
        assert_eq!(done.code, Some(1), "{}{}", done.out, done.err);
        let error = &done.json()["error"];
        assert_eq!((&error["code"], &error["params"]["count"]), (&json!("fixture.refused"), &json!(11)), "{error:#}");
        let listed: Vec<String> = error["problems"]
            .as_array()
            .expect("problems")
            .iter()
            .map(|one| {
                assert!(one["message"].as_str().is_some_and(|text| !text.contains(['{', '}'])), "{one}");
                let params = &one["params"];
                format!(
                    "{} {} {}",
                    params["row"],
                    params["path"].as_str().unwrap_or(""),
                    one["code"].as_str().unwrap_or("")
                )
            })
            .collect();
        assert_eq!(
            listed,
            [
                "2 agencies[1].profile fixture.profile",
                "1 units[0].parent fixture.unit_circle",
                "2 units[1].agency fixture.moved",
                "1 people[0].agency fixture.moved",
                "2 people[1].name field.required",
                "2 people[1].roles role.unknown",
                "1 devices[0].status field.not_allowed",
                "2 custody[1].to fixture.period",
                "1 custody[0].from fixture.overlap",
                "1 names[0].kind field.not_allowed",
                "1 holidays[0].date fixture.day",
            ]
        );
        assert_eq!(told(&done.err), "fixture.refused", "and people read it on standard error");
        assert!(done.err.contains("people[1].roles") && done.err.contains("没有角色“king”"), "{}", done.err);
        assert_eq!(registers(site), before, "nothing was loaded");
    });
}

#[test]
fn one_problem_of_a_fixture() {
    both(|site| {
        let before = registers(site);
        let person = |more: Value| {
            let mut row = json!({"id": "p", "agency": "fz", "name": "新人"});
            row.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
            json!({"people": [row]})
        };
        let many: Vec<String> = (0..60_000).map(|n| format!("p-{n}-no")).collect();
        let act = |more: Value| {
            let mut row =
                json!({"id": "a", "agency": "fz", "title": "t", "occasion": "inspection", "began": "2026-01-02"});
            row.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
            json!({"activities": [row]})
        };
        let twice = json!({"id": "u", "agency": "fz", "name": "u"});
        for (rows, code) in [
            (person(json!({"salary": 1})), "fixture.row"),
            (person(json!({"agency": "none"})), "fixture.unknown"),
            (person(json!({"account": "officer2"})), "fixture.account_taken"),
            (json!({"units": [twice, twice]}), "fixture.duplicate"),
            (json!({"custody": [{"device": "cam-1", "holder": "officer", "from": "May"}]}), "fixture.time"),
            (act(json!({"officers": many})), "fixture.row_too_large"),
            (act(json!({"officers": ["officer", "officer"]})), "fixture.twice"),
            (act(json!({"occasion": "party"})), "field.not_allowed"),
        ] {
            let done = load(site, rows);
            let error = &done.json()["error"];
            assert_eq!((done.code, &error["problems"][0]["code"]), (Some(1), &json!(code)), "{error:#}");
        }
        for (rows, code) in [
            (person(json!({"account": "a b"})), "account.name"),
            (
                json!({"devices": [{"id": "d", "agency": "fz", "kind": "other", "serial_no": "D2600101"}]}),
                "database.duplicate",
            ),
        ] {
            let done = load(site, rows);
            let error = &done.json()["error"];
            assert_eq!(
                (done.code, &error["code"], &error["params"]["row"]),
                (Some(1), &json!(code), &json!(1)),
                "{error:#}"
            );
        }
        let huge = std::fs::File::create(site.path("huge.json")).expect("file");
        huge.set_len((64 << 20) + 1).expect("a long file");
        assert_eq!(told(&site.cli(&["load", "huge.json"]).err), "fixture.too_large");
        assert_eq!(registers(site), before, "nothing was loaded");
        std::fs::write(site.path("mark.json"), "\u{feff}{\"format\": \"tiezheng-fixture/1\"}").expect("written");
        site.cli(&["load", "mark.json"]).good();
    });
}

/// A card's names reach neither the terminal nor its reader unseen.
#[test]
fn names_that_steer_a_terminal_are_shown_and_not_sent() {
    both(|site| {
        let card = site.path("card");
        let name = "DCIM/a\u{1b}[31m\u{9b}2J\u{202e}4pm.\n[sealed].mp4";
        put(&card, name, b"bytes");
        let path = card.to_str().expect("UTF-8");
        let said = site.cli(&["ingest", "--agency", "fz", path, "--dry-run"]).good();
        let steers = |text: &str| text.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}'));
        assert!(!steers(&said.out) && !steers(&said.err), "{said:?}", said = said.out);
        assert!(!said.out.lines().any(|line| line.starts_with("[sealed]")), "{}", said.out);
        let done = site.cli(&["ingest", "--agency", "fz", path, "--json"]).good();
        assert!(!steers(&done.out), "{:?}", done.out);
        assert_eq!(done.json()["files"][0]["path"], name, "machines are told the very name");
        let wrong = site.cli(&["ingest", "--agency", "fz", "no\u{1b}[31mcard"]);
        assert!(!steers(&wrong.err), "{:?}", wrong.err);
    });
}

/// With `--json` a refusal is a document too: the code, its parameters and the sentence.
#[test]
fn machines_are_told_in_json() {
    both(|site| {
        for (args, code) in [
            (vec!["load", "missing.json", "--json"], "file.unreadable"),
            (vec!["ingest", "--agency", "nobody", ".", "--json"], "agency.unknown"),
            (vec!["verify", "nothing-here", "--json"], "verify.target"),
            (vec!["admin", "token", "--account", "nobody", "--json"], "account.unknown"),
            (vec!["export", "--all", "--agency", "none", "--to", "out", "--json"], "export.no_agency"),
        ] {
            let done = site.cli(&args);
            let error = &done.json()["error"];
            assert_eq!((done.code, &error["code"]), (Some(1), &json!(code)), "{args:?} {}", done.out);
            assert!(
                error["params"].is_object() && error["message"].as_str().is_some_and(|text| text != code),
                "{error}"
            );
            assert_eq!(told(&done.err), code, "people still read it");
        }
        let silent = site.cli(&["load", "missing.json"]);
        assert_eq!(silent.out, "", "only when asked for");
    });
}
