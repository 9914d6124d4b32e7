//! `schema.sql` against what both engines made of it.

use std::collections::BTreeSet;

use crate::site::{Pair, Site, both};

/// `table.column` of everything the file declares for this engine.
fn declared(pair: Pair) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let (mut table, mut keep) = (String::new(), true);
    for line in include_str!("../../src/db/schema.sql").lines() {
        match line.trim() {
            "-- only postgres" => keep = pair == Pair::PostgresS3,
            "-- only sqlite" => keep = pair == Pair::SqliteFolder,
            "-- both" => keep = true,
            _ if !keep => {}
            text if text.starts_with("create table ") => {
                table = text["create table ".len()..].trim_end_matches(" (").to_owned();
            }
            text if text.starts_with("create virtual table ") => {
                let name = text["create virtual table ".len()..].split(' ').next().unwrap_or("");
                found.insert(format!("{name}.terms"));
            }
            ");" => table.clear(),
            text if !table.is_empty() && !text.is_empty() && !text.starts_with("--") => {
                let word = text.split([' ', '(']).next().unwrap_or("");
                if !["primary", "unique", "check", "foreign"].contains(&word) {
                    found.insert(format!("{table}.{word}"));
                }
            }
            _ => {}
        }
    }
    found
}

#[test]
fn both_engines_have_what_the_schema_declares() {
    both(|site| {
        let sql = match site.pair {
            // Shadow tables of the full text are the engine's own.
            Pair::SqliteFolder => {
                "select m.name || '.' || c.name from sqlite_master m, pragma_table_info(m.name) c
                 where m.type = 'table' and m.name not like 'sqlite_%' and m.name not like 'recording_text_%'"
            }
            Pair::PostgresS3 => {
                "select table_name || '.' || column_name from information_schema.columns where table_schema = 'public'"
            }
        };
        let found: BTreeSet<String> = site.rows(sql).into_iter().collect();
        assert_eq!(found, declared(site.pair));
        assert!(found.contains("event.payload") && found.len() > 100, "{found:?}");
    });
}

/// Opening an installation again changes nothing, and one of a newer program is left alone.
#[test]
fn a_database_of_a_newer_program_is_not_touched() {
    both(|site| {
        let version = |site: &Site| site.row("select value from meta where key = 'schema'");
        let before = version(site);
        site.assert_clean();
        assert_eq!(version(site), before);
        site.tamper("update meta set value = '99' where key = 'schema'");
        let card = site.path("card");
        std::fs::create_dir(&card).expect("card");
        let done = site.try_ingest(&card, &[]);
        assert_eq!((done.code, crate::site::told(&done.err)), (Some(1), "database.newer".to_owned()), "{}", done.err);
        assert_eq!(version(site), "99");
    });
}
