//! What is refused, with which status and which code; the sentences stand in `locales/`.

mod files;
mod input;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::cards::{files, put};
use crate::site::{PASSWORD, Pair, Site, both, finish, program, told, wait_for};

/// `(method, path, body)` as a role asks it, and what it must be answered.
type Line = (&'static str, &'static str, &'static str, Value, u16, &'static str);

fn table() -> Vec<Line> {
    let none = Value::Null;
    let missing = "/api/recordings/00000000-0000-7000-8000-000000000000";
    let index: &'static str = "/api/recordings/00000000-0000-7000-8000-000000000000/index";
    let long = "字".repeat(501);
    vec![
        ("nobody", "GET", "/api/recordings", none.clone(), 401, "session.required"),
        ("nobody", "POST", "/api/session", json!({"account": "officer", "password": "wrong"}), 401, "session.wrong"),
        (
            "nobody",
            "POST",
            "/api/session",
            json!({"account": "nobody-at-all", "password": "wrong"}),
            401,
            "session.wrong",
        ),
        ("nobody", "POST", "/api/session", json!({"account": "officer"}), 422, "request.field"),
        (
            "nobody",
            "POST",
            "/api/session",
            json!({"account": "a", "password": "b", "admin": true}),
            422,
            "request.field",
        ),
        ("audit_admin", "GET", "/api/recordings", none.clone(), 403, "permission.denied"),
        ("custodian", "GET", missing, none.clone(), 404, "not_found"),
        ("custodian", "GET", "/api/nothing", none.clone(), 404, "not_found"),
        ("custodian", "DELETE", "/api/recordings", none.clone(), 405, "request.method"),
        ("custodian", "GET", "/api/recordings?from=yesterday", none.clone(), 400, "request.query"),
        ("custodian", "GET", "/api/recordings?cursor=x~y", none.clone(), 422, "request.cursor"),
        ("custodian", "PUT", index, json!({"title": "x"}), 404, "not_found"),
        ("custodian", "PUT", index, json!({"sha256": "x"}), 422, "request.field"),
        ("custodian", "PUT", "/index", json!({"title": long}), 422, "field.too_long"),
        ("custodian", "PUT", "/index", json!({"officer_id": "officer2"}), 422, "field.required"),
        (
            "custodian",
            "PUT",
            "/index",
            json!({"officer_id": "nobody", "reason": "更正"}),
            422,
            "field.unknown_reference",
        ),
        ("custodian", "PUT", "/index", json!({"activity_id": "nothing"}), 422, "field.unknown_reference"),
        (
            "custodian",
            "POST",
            "/api/session/password",
            json!({"old": "wrong", "new": "long enough"}),
            422,
            "password.wrong",
        ),
        (
            "custodian",
            "POST",
            "/api/session/password",
            json!({"old": PASSWORD, "new": "short"}),
            422,
            "password.too_short",
        ),
        ("custodian", "POST", "/api/integrity/runs", json!({"depth": "deep"}), 422, "integrity.depth"),
        (
            "custodian",
            "POST",
            "/api/devices",
            crate::equipment::camera("1", json!({"kind": "drone"})),
            422,
            "device.kind",
        ),
        ("custodian", "POST", "/api/devices", crate::equipment::camera(" ", json!({})), 422, "field.required"),
        (
            "custodian",
            "POST",
            "/api/devices",
            crate::equipment::camera("D2600101", json!({"maker": ""})),
            409,
            "device.serial.duplicate",
        ),
        (
            "custodian",
            "POST",
            "/api/devices",
            crate::equipment::camera("9", json!({"unit_id": "no-unit"})),
            422,
            "field.unknown_reference",
        ),
        (
            "custodian",
            "POST",
            "/api/activities",
            json!({"title": "x".repeat(1_100_000), "occasion": "inspection", "began_ms": 1_780_000_000_000_i64}),
            422,
            "field.too_long",
        ),
        (
            "custodian",
            "POST",
            "/api/activities",
            json!({"title": " ", "occasion": "inspection", "began_ms": 1_780_000_000_000_i64}),
            422,
            "field.required",
        ),
        (
            "custodian",
            "POST",
            "/api/activities",
            json!({"title": "t", "occasion": "inspection", "began_ms": 1_780_000_000_000_i64, "ended_ms": 1_770_000_000_000_i64}),
            422,
            "activity.ends_before_it_begins",
        ),
        (
            "security_admin",
            "POST",
            "/api/units",
            json!({"agency_id": "fz", "name": "", "kind": "squad"}),
            422,
            "field.required",
        ),
        ("security_admin", "POST", "/api/units", json!({"name": "x", "kind": "squad"}), 422, "field.required"),
        (
            "security_admin",
            "POST",
            "/api/units",
            json!({"agency_id": "fz", "parent_id": "dl-a", "name": "x", "kind": "squad"}),
            422,
            "unit.unknown",
        ),
        (
            "security_admin",
            "POST",
            "/api/officers",
            json!({"agency_id": "no-agency", "name": "x"}),
            422,
            "database.unknown_reference",
        ),
        (
            "security_admin",
            "POST",
            "/api/officers",
            json!({"agency_id": "fz", "name": "x", "roles": ["king"]}),
            422,
            "role.unknown",
        ),
        (
            "security_admin",
            "POST",
            "/api/officers",
            json!({"agency_id": "fz", "name": "x", "account": "officer"}),
            422,
            "account.taken",
        ),
        (
            "security_admin",
            "POST",
            "/api/officers",
            json!({"agency_id": "fz", "name": "x", "account": "a b"}),
            422,
            "account.name",
        ),
        (
            "security_admin",
            "POST",
            "/api/officers",
            json!({"agency_id": "fz", "name": "x", "account": "new", "roles": ["officer", "audit_admin"]}),
            422,
            "role.incompatible",
        ),
    ]
}

#[test]
fn over_http() {
    both(|site| {
        let card = site.path("card");
        put(&card, "DCIM/one.mp4", b"one");
        let sealed = site.ingest(&card, &[]);
        let id = sealed["files"][0]["recording"].as_str().expect("sealed").to_owned();
        site.serve();
        for (who, method, path, body, status, code) in table() {
            let client = if who == "nobody" { site.nobody() } else { site.token(who) };
            let path = if path == "/index" { format!("/api/recordings/{id}/index") } else { path.to_owned() };
            let answer = match body {
                Value::Null => client.send(method, &path, &[], None),
                ref body => client.write(method, &path, body),
            };
            let asked = format!("{who} {method} {path} {body}");
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{asked}: {}", answer.text());
            assert_eq!(answer.header("content-type"), "application/problem+json", "{asked}");
        }
        odd_requests(site);
        site.tamper(&format!("update event set log_index = 100000 where subject = '{id}'"));
        let waiting = site.token("custodian").get(&format!("/api/recordings/{id}/receipt")).is(409);
        assert_eq!(waiting.code(), "receipt.waiting", "no receipt before its leaf is under a checkpoint");
        let events = site.row("select cast(count(*) as text) from event where act = 'recording.indexed'");
        assert_eq!(events, "0", "what was refused left nothing");
    });
}

/// Requests that are wrong before anybody looks at their content.
fn odd_requests(site: &Site) {
    let client = site.token("custodian");
    let json = ("content-type", "application/json");
    let answer = client.send("POST", "/api/activities", &[json], Some(b"{not json")).is(400);
    assert_eq!(answer.code(), "request.json");
    let huge = vec![b' '; 3 << 20];
    // The server may close before it has read all: then the client hears no answer, and asks again.
    let answer =
        wait_for("an answer", || client.try_send("POST", "/api/activities", &[json], Some(&huge)).ok()).is(413);
    assert_eq!(answer.code(), "request.too_large");
    for site_header in
        [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.example")]
    {
        let answer = client.send("POST", "/api/activities", &[json, site_header], Some(b"{}")).is(403);
        assert_eq!(answer.code(), "request.cross_site", "{site_header:?}");
    }
    // The judicial bureau stands above all agencies: it can hand nothing in for one.
    site.cli(&["admin", "account", "roaming", "--roles", "custodian"]).good();
    let roaming = site.token("roaming");
    let answer =
        roaming.send("POST", "/api/uploads", &[("tus-resumable", "1.0.0"), ("upload-length", "1")], None).is(422);
    assert_eq!(answer.code(), "agency.none");
    let english = client.send("GET", "/api/nothing", &[("accept-language", "en")], None).is(404).json();
    let chinese = client.get("/api/nothing").json();
    assert!(english["title"].as_str().is_some_and(str::is_ascii), "{english}");
    assert_ne!(english["title"], chinese["title"]);
}

/// Exit code 1 and the code, last on standard error.
#[test]
fn at_the_command_line() {
    both(|site| {
        let write = |name: &str, text: &str| {
            std::fs::write(site.path(name), text).expect("written");
        };
        write("broken.json", "{");
        write("section.json", r#"{"format": "tiezheng-fixture/1", "drones": []}"#);
        write("format.json", r#"{"format": "other/1"}"#);
        let before = site.row("select cast(count(*) as text) from event");
        for (args, code) in [
            (vec!["init", "--admin", "root"], "data.already_initialised"),
            (vec!["load", "missing.json"], "file.unreadable"),
            (vec!["ingest", "--agency", "fz", "--clear", "."], "card.is_installation"),
            (vec!["load", "broken.json"], "fixture.invalid"),
            (vec!["load", "section.json"], "fixture.invalid"),
            (vec!["load", "format.json"], "fixture.format"),
            (vec!["ingest", "--agency", "nobody", "."], "agency.unknown"),
            (vec!["ingest", "--agency", "fz", "no-card"], "card.unreadable"),
            (vec!["ingest", "--agency", "fz", "broken.json"], "card.is_file"),
            (vec!["ingest", "--agency", "fz", "no-card", "--device", "cam-9"], "ingest.unknown_device"),
            (vec!["ingest", "--agency", "fz", "no-card", "--device", "cam-3"], "ingest.unknown_device"),
            (vec!["ingest", "--agency", "fz", "no-card", "--officer", "nobody"], "ingest.unknown_officer"),
            (vec!["ingest", "--agency", "fz", "no-card", "--receipts", "broken.json"], "file.unwritable"),
            (vec!["init", "--admin", "root", "--data", "data/inner/deep"], "data.inside_another"),
            (vec!["init", "--admin", "root", "--data", "."], "data.not_empty"),
            (vec!["init", "--admin", "root", "--data", "/proc/tiezheng"], "data.unwritable"),
            (vec!["init", "--admin", "root", "--data", "broken.json"], "data.unwritable"),
            (vec!["verify", "nothing-here"], "verify.target"),
            (vec!["verify", "broken.json"], "vault.receipt"),
            (vec!["admin", "token", "--account", "nobody"], "account.unknown"),
            (vec!["admin", "account", "a b"], "account.name"),
            (vec!["admin", "account", "new", "--roles", "king"], "role.unknown"),
            (vec!["admin", "account", "new", "--roles", "custodian,system_admin"], "role.incompatible"),
            (vec!["admin", "account", "new", "--roles", "system_admin,audit_admin"], "role.incompatible"),
            (vec!["admin", "token", "--account", "officer", "--days=100000000000000"], "token.days"),
            (vec!["admin", "token", "--account", "officer", "--days=3651"], "token.days"),
            (vec!["admin", "token", "--account", "officer", "--days=0"], "token.days"),
            (vec!["admin", "token", "--account", "officer", "--days=-1"], "token.days"),
            (vec!["serve", "--listen", "192.0.2.1:1"], "serve.address"),
            (vec!["ingest", "--agency", "fz", ".", "--database", "mysql://x"], "config.database"),
            (vec!["ingest", "--agency", "fz", ".", "--data", "elsewhere"], "data.not_initialised"),
        ] {
            let done = site.cli(&args);
            let found = if done.err.is_empty() { done.out.clone() } else { told(&done.err) };
            assert_eq!(done.code, Some(1), "{args:?}: {}{}", done.out, done.err);
            // A receipt that does not hold is no failure of the command: it is told on standard output.
            assert!(found == code || args == ["verify", "broken.json"], "{args:?}: {found}");
        }
        assert_eq!(site.row("select cast(count(*) as text) from event"), before, "what was refused left nothing");
        for args in [
            vec!["nonsense"],
            vec![],
            vec!["ingest"],
            vec!["verify", "x", "--depth", "deep"],
            vec!["serve", "--listen", "here"],
            vec!["ingest", "--agency", "fz", ".", "--drift-ms", "-9223372036854775808"],
        ] {
            assert_eq!(site.cli(&args).code, Some(2), "{args:?}: wrong usage");
        }
        assert_eq!(site.cli(&["--version"]).code, Some(0));
    });
}

#[test]
fn before_there_is_an_installation() {
    let site = Site::bare(Pair::SqliteFolder);
    let init = |password: &str| {
        let mut command = site.command(&["init", "--admin", "root"]);
        command.env("TIEZHENG_PASSWORD", password);
        told(&finish(command).err)
    };
    assert_eq!(init(""), "init.no_password");
    assert_eq!(init("short"), "password.too_short");
    assert!(!site.data().exists(), "nothing was begun");
    let mut demo = program(&["demo", "--data", "data", "--listen", "127.0.0.1:0"]);
    site.cli(&["init", "--admin", "root"]).good();
    demo.current_dir(site.dir.path());
    assert_eq!(told(&finish(demo).err), "demo.not_a_demo");
    let config = site.data().join("tiezheng.toml");
    let good = std::fs::read_to_string(&config).expect("configuration");
    for (text, code) in [
        ("database = ".to_owned(), "config.invalid"),
        (format!("{good}\nunknown = 1\n"), "config.invalid"),
        (good.replace("proxies = []", "proxies = [\"nginx\"]"), "config.proxy"),
        (good.replace("folder", "ftp://x"), "vault.location"),
        (format!("{good}\npublic_url = \"https://tz.example/path\"\n"), "config.public_url"),
    ] {
        std::fs::write(&config, &text).expect("written");
        assert_eq!(told(&site.cli(&["admin", "verifier"]).err), code, "{text}");
    }
    std::fs::write(&config, &good).expect("written");
    let profile = put(&site.data(), "cards/own.toml", b"id = 1");
    let card = site.path("card");
    std::fs::create_dir(&card).expect("card");
    site.cli(&["load", write_agency(&site).to_str().expect("UTF-8")]).good();
    assert_eq!(told(&site.try_ingest(&card, &[]).err), "card.profile");
    std::fs::remove_file(profile).expect("removed");
    put(&site.data(), "regulations/own/rules.toml", b"title = 1");
    assert_eq!(told(&site.cli(&["admin", "verifier"]).err), "regulation.invalid");
    std::fs::remove_dir_all(site.data().join("regulations")).expect("removed");
    std::fs::write(site.data().join("tiezheng.db"), b"").expect("emptied");
    assert_eq!(told(&site.cli(&["admin", "verifier"]).err), "data.database_empty");
}

fn write_agency(site: &Site) -> std::path::PathBuf {
    let text =
        r#"{"format": "tiezheng-fixture/1", "agencies": [{"id": "fz", "name": "x", "profile": "fuzhou-urban"}]}"#;
    put(site.dir.path(), "agency.json", text.as_bytes())
}

/// Two installations must not share a database.
#[test]
fn a_database_in_use_is_not_taken() {
    let site = Site::new(Pair::PostgresS3);
    let store = site.path("other-store");
    let mut init = site.command(&["init", "--admin", "root", "--data", "other"]);
    init.args(["--store", store.to_str().expect("UTF-8")]);
    let done = finish(init);
    assert_eq!((done.code, told(&done.err)), (Some(1), "data.database_in_use".to_owned()), "{}", done.err);
}

/// Every code that a request or a command can be refused with is named by a test, here or in its room.
#[test]
fn tidy_every_refusal_is_tested() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |folder: &str| -> Vec<(String, String)> {
        let folder = root.join(folder);
        let rust = files(&folder).into_iter().filter(|path| path.ends_with(".rs"));
        rust.map(|path| {
            let text = std::fs::read_to_string(folder.join(&path)).expect("source");
            (path, text)
        })
        .collect()
    };
    let mut tests: String = read("tests").into_iter().map(|(_, text)| text).collect();
    let mut used = BTreeSet::new();
    for (path, text) in read("src") {
        let (code, tested) = text.split_once("#[cfg(test)]\nmod ").unwrap_or((&text, ""));
        if path.contains("tests") {
            tests += &text;
            continue;
        }
        tests += tested;
        for call in ["refused(", "invalid(", "finding("] {
            for rest in code.split(call).skip(1) {
                let call: String = rest.chars().take(120).take_while(|c| *c != ';').collect();
                let mut literals = call.split('"').skip(1).step_by(2);
                let shaped = |text: &&str| {
                    text.contains('.') && text.chars().all(|c| c.is_ascii_lowercase() || c == '.' || c == '_')
                };
                used.extend(literals.find(shaped).map(str::to_owned));
            }
        }
    }
    // Not to be had from outside without breaking the machine under us.
    let beyond = [
        "database.failed",        // the database server goes away
        "demo.media",             // ffmpeg goes away
        "document.busy",          // eight others at the same instant
        "export.too_many",        // a hundred thousand rows
        "event.too_large",        // every text has its own, smaller limit
        "event.salt",             // the database's own check refuses such a row
        "ingest.twin_under_way",  // taken up again within the same run, never told
        "ingest.file_unreadable", // a card pulled out; needs a device that fails
        "log.event_missing",      // met by `verify` before anything else
        "log.head_missing",
        "receipt.invalid",
        "recording.digest", // the database's own check refuses such a row
        "storage.failed",
        "storage.full",
        "vault.tile_missing", // asked for by an outsider's copy; `tamper.rs` removes every tile of ours
        "upload.locked",      // two connections at the same instant
    ];
    // Still to be tested in their rooms; none may be added.
    let debt = ["rebuild.event_unreadable"];
    let quoted = |code: &str| {
        tests.contains(&format!("\"{code}\""))
            || tests.contains(&format!("{code} "))
            || tests.contains(&format!("\"{code}"))
            || tests.contains(&format!(" {code}\""))
    };
    let untested: Vec<&String> = used
        .iter()
        .filter(|code| !beyond.contains(&code.as_str()) && !debt.contains(&code.as_str()) && !quoted(code))
        .collect();
    assert!(used.len() > 60, "{used:?}");
    assert!(untested.is_empty(), "no test names {untested:?}");
}
