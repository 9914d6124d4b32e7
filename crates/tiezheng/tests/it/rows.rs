//! Every value of every row that matters: changed, deleted or added behind the product's back, `verify` names the row and
//! the column. What the product itself does is explained by its events.

use serde_json::{Value, json};
use tiezheng::db::rows::{Table, tables};

use crate::cards::{Dice, at, movie, name, put};
use crate::site::{PASSWORD, Site, both, wait_for};

const GPX: &str = r#"<gpx><trk><trkseg><trkpt lat="26.08" lon="119.30"><time>2026-03-02T00:31:00Z</time></trkpt>
<trkpt lat="26.09" lon="119.31"><time>2026-03-02T00:31:10Z</time></trkpt></trkseg></trk></gpx>"#;

/// Everything people and programs do: at least one row in every compared table.
fn lived_in(site: &mut Site) {
    let card = site.path("card");
    let film = name("P10023", "D2600101", at("2026-03-02T08:30:00+08:00"), 1, "MP4");
    put(&card, &film, &movie(40));
    put(&card, &film.replace(".MP4", ".gpx"), GPX.as_bytes());
    for number in 2..5u32 {
        let path = name("P10023", "D2600101", at("2026-03-02T08:40:00+08:00"), number, "MP4");
        put(&card, &path, &Dice::new(u64::from(number)).bytes(1_000));
    }
    assert_eq!(site.ingest(&card, &[])["failed"], 0);
    site.cli(&["load", site.path("fixture.json").to_str().expect("UTF-8")]).good();
    site.serve();
    let custodian = site.sign_in("custodian");
    let found = custodian.get("/api/recordings?kind=video&q=D2600101").is(200).items();
    let id = found.last().expect("a recording")["id"].as_str().expect("id").to_owned();
    let index = format!("/api/recordings/{id}/index");
    for change in [
        json!({"title": "夜间巡查复核", "key_mark": true}),
        json!({"officer_id": "officer2", "reason": "补正"}),
        json!({"title": ""}),
    ] {
        custodian.write("PUT", &index, &change).is(200);
    }
    let extension = json!({"circumstance": "special", "reason": "连续执法", "declared_ms": 1_772_420_000_000i64,
        "consent_ms": 1_772_430_000_000i64, "consent_by": "赵强", "document": "延〔2026〕1号"});
    custodian.write("PUT", &format!("/api/recordings/{id}/extension"), &extension).is(200);
    let made = custodian
        .post(
            "/api/activities",
            &json!({"title": "复查", "occasion": "inspection", "began_ms": 1_772_000_000_000i64,
        "officers": ["officer2"], "devices": ["cam-2"]}),
        )
        .is(201)
        .json();
    let path = format!("/api/activities/{}/exemption", made["id"].as_str().expect("id"));
    custodian.post(&path, &json!({"reason": "urgent", "facts": "突发", "document": "1号"})).is(201);
    custodian.post("/api/devices", &crate::equipment::camera("S-1", json!({"unit_id": "fz-zd1"}))).is(201);
    crate::equipment::lived_in(site, &custodian);
    custodian.post("/api/documents", &json!({"form": "provision"})).is(201);
    custodian.post(&format!("/api/recordings/{id}/views"), &json!({"reason": "核对"})).is(201);
    custodian.post(&format!("/api/recordings/{id}/preview"), &json!({})).is(202);
    let body = json!({"old": PASSWORD, "new": "another-password-2"});
    site.sign_in("officer2").post("/api/session/password", &body).is(204);
    crate::duty::one_of_each(site);
    site.token("custodian");
    let security = site.sign_in("security_admin");
    security.post("/api/accounts/officer2/grants", &json!({"roles": ["officer"], "renew": true})).is(201);
    security.write("PUT", "/api/accounts/unit_head2", &json!({"disabled": true})).is(204);
    let checks = site.sign_in("legal_office");
    checks.post("/api/integrity/runs", &json!({"depth": "presence"})).is(202);
    wait_for("the end of the check", || {
        let run = checks.get("/api/integrity/runs").is(200).items().remove(0);
        assert_ne!(run["state"], "findings", "a running server is no reason for alarm: {run:#}");
        (run["state"] == "clean").then_some(())
    });
    wait_for("the preview", || (site.rows("select kind from derivative").len() > 1).then_some(()));
    site.kill();
    // Gives every waiting event its leaf.
    site.token("custodian");
    site.assert_clean();
}

/// `code table key [column]` of every finding about a row, sorted; that there is any ends the command with 1.
fn named(site: &Site) -> Vec<String> {
    let data = site.data();
    let done = site.cli(&["verify", data.to_str().expect("UTF-8"), "--depth", "presence", "--json"]);
    let report = done.json();
    let line = |finding: &Value| {
        let params = &finding["params"];
        let words = [&finding["code"], &params["table"], &params["key"], &params["column"]];
        words.iter().filter_map(|word| word.as_str()).collect::<Vec<_>>().join(" ")
    };
    let mut found: Vec<String> = report["findings"].as_array().expect("findings").iter().map(line).collect();
    assert_eq!(done.code, Some(i32::from(!found.is_empty())), "{report:#}");
    found.retain(|line| line.starts_with("row."));
    found.sort();
    found
}

fn keys(table: &Table) -> String {
    table.names().filter(|(_, in_key)| *in_key).map(|(name, _)| name).collect::<Vec<_>>().join(", ")
}

/// The first row of a table.
fn first(table: &Table) -> String {
    let keys = keys(table);
    format!("({keys}) = (select {keys} from {} order by {keys} limit 1)", table.name)
}

/// The key of the first row as it is told.
fn key_told(site: &Site, table: &Table) -> String {
    let one = |name: &str| match name {
        "digest" => site.hex(name),
        _ => format!("cast({name} as text)"),
    };
    let keys = table.names().filter(|(_, in_key)| *in_key).map(|(name, _)| one(name)).collect::<Vec<_>>().join(", ");
    let key = site.row(&format!("select {keys} from {} where {}", table.name, first(table)));
    if table.name == "session" {
        return hex::encode(tiezheng::app::sha256(&hex::decode(key).expect("hex")));
    }
    key.replace('|', " ")
}

/// Another value for a column: one more, one letter more, other bytes.
fn other(site: &Site, table: &Table, column: &str, salt: u8) -> String {
    let schema = include_str!("../../src/db/schema.sql");
    let (_, rest) = schema.split_once(&format!("create table {} (\n", table.name)).expect("table");
    let line = rest.lines().find(|line| line.trim().starts_with(&format!("{column} "))).expect("column");
    match line.trim().split([' ', ',']).nth(1) {
        Some("INT") => format!("coalesce({column}, 0) + {salt}"),
        Some("BYTES") => site.bytes(&hex::encode([salt; 32])),
        // Of two words the database itself allows.
        _ if (table.name.as_str(), column) == ("name_code", "kind") => "'device'".into(),
        _ => format!("coalesce({column}, '') || 'x{salt}'"),
    }
}

#[test]
fn whatever_is_changed_in_a_row_is_named() {
    both(|site| {
        lived_in(site);
        let good = site.copy_database();
        let told: Vec<(&Table, String)> = tables().iter().map(|table| (table, key_told(site, table))).collect();
        let widest = tables().iter().map(|table| table.names().count()).max().expect("tables");
        // One column of each table at a time.
        for nth in 0..widest {
            site.put_database(&good);
            let (mut sql, mut expected) = (Vec::new(), Vec::new());
            for (table, key) in &told {
                let Some((column, in_key)) = table.names().nth(nth) else { continue };
                let value = other(site, table, column, 1);
                sql.push(format!("update {} set {column} = {value} where {}", table.name, first(table)));
                match in_key {
                    true => expected.push(format!("row.unexplained {}", table.name)),
                    false => expected.push(format!("row.altered {} {key} {column}", table.name)),
                }
                if in_key && !table.ends {
                    expected.push(format!("row.missing {} {key}", table.name));
                }
            }
            site.tamper(&sql.join(";\n"));
            let found = named(site);
            for line in &expected {
                assert!(found.iter().any(|found| found.starts_with(line)), "{line}: {found:#?}\n{sql:#?}");
            }
            assert_eq!(found.len(), expected.len(), "{found:#?}\n{expected:#?}");
        }
        // A row of each table gone, then one more in each.
        site.put_database(&good);
        let sql: Vec<String> =
            told.iter().map(|(table, _)| format!("delete from {} where {}", table.name, first(table))).collect();
        site.tamper(&sql.join(";\n"));
        let mut expected: Vec<String> = told
            .iter()
            .filter(|(table, _)| !table.ends)
            .map(|(table, key)| format!("row.missing {} {key}", table.name))
            .collect();
        expected.sort();
        assert_eq!(named(site), expected);

        site.put_database(&good);
        let sql: Vec<String> = told
            .iter()
            .map(|(table, _)| {
                let mut names: Vec<&str> = table.names().map(|(name, _)| name).collect();
                names.extend((table.name == "session").then_some("seen_ms")); // nobody compares it, and it must be there
                let values: Vec<String> = names.iter().map(|name| other(site, table, name, 2)).collect();
                format!(
                    "insert into {0} ({1}) select {2} from {0} where {3}",
                    table.name,
                    names.join(", "),
                    values.join(", "),
                    first(table)
                )
            })
            .collect();
        site.tamper(&sql.join(";\n"));
        let found = named(site);
        let expected: Vec<String> = told.iter().map(|(table, _)| format!("row.unexplained {}", table.name)).collect();
        for line in &expected {
            assert!(found.iter().any(|found| found.starts_with(&format!("{line} "))), "{line}: {found:#?}");
        }
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        site.put_database(&good);
        site.assert_clean();
    });
}

#[test]
fn a_table_filled_with_strangers_is_named_a_thousand_times() {
    both(|site| {
        site.tamper(
            "insert into holiday (day, working) with recursive n (i) as (select 1 union all select i + 1 from n where i < 1001)
             select 'day ' || cast(i as text), 1 from n",
        );
        let found = named(site);
        let strangers = found.iter().filter(|line| line.starts_with("row.unexplained holiday day ")).count();
        assert_eq!((found.len(), strangers, found.contains(&"row.more holiday".to_owned())), (1_001, 1_000, true));
    });
}

/// An event of which the log never heard is a finding once it has waited a minute, and the server says it is not ready.
#[test]
fn an_event_kept_waiting_is_named() {
    both(|site| {
        let waiting = |site: &Site| -> Vec<Value> {
            let (_, report) = site.verify();
            let found = report["findings"].as_array().expect("findings").clone();
            found.into_iter().filter(|finding| finding["code"] == "event.waiting").collect()
        };
        // As long as it is younger than a minute, nobody is alarmed.
        site.tamper("update event set log_index = null where log_index = (select max(log_index) from event)");
        assert_eq!(waiting(site), Vec::<Value>::new());
        site.tamper("update event set queued_ms = queued_ms - 120000 where log_index is null");
        let found = waiting(site);
        assert_eq!((found.len(), &found[0]["params"]["count"]), (1, &json!(1)), "{found:#?}");
        assert_eq!(site.verify().0, Some(1));
        // A database put back to an earlier day stops the sequencer, and so the server is not ready.
        site.tamper("update log_head set numbered = numbered - 1, published = published - 1");
        site.serve();
        let answer = site.nobody().get("/readyz").is(503);
        assert_eq!(answer.code(), "log.standing_still");
    });
}

#[test]
fn the_machines_own_memory_of_the_log() {
    both(|site| {
        let keys = site.data().join("keys");
        let seen = keys.join("log.seen");
        let good = std::fs::read(&seen).expect("log.seen");
        std::fs::remove_file(&seen).expect("removed");
        let (code, report) = site.verify();
        assert_eq!((code, &report["findings"][0]["code"]), (Some(1), &json!("vault.log_seen_missing")), "{report:#}");
        std::fs::write(&seen, good).expect("put back");
        site.assert_clean();
        // The key others are given must be that of the log.
        let vkey = keys.join("log.vkey");
        let good = std::fs::read_to_string(&vkey).expect("log.vkey");
        for bad in [
            good.replace('+', "-"),
            String::new(),
            "other.example+98fd9d0e+Af/tA1rCYMQPMbRBLSzo+bIMhUg3ZhWlQSLFuz3jKt8N\n".into(),
        ] {
            std::fs::write(&vkey, bad).expect("altered");
            let done = site.cli(&["admin", "verifier"]);
            assert_eq!((done.code, crate::site::told(&done.err).as_str()), (Some(1), "vault.key_file"), "{}", done.err);
        }
        std::fs::write(&vkey, good).expect("put back");
        site.assert_clean();
    });
}
