//! Whatever is altered, deleted or put back: `verify` ends with 1 and names the very thing; undone, it is clean again.

use std::path::PathBuf;

use serde_json::Value;

use crate::cards::{Dice, at, files, name, put};
use crate::site::{Copied, Pair, Site, both, finish, program};

/// Twenty files: packed ones, one of several segments of ciphertext, an empty one.
fn sealed(site: &Site) {
    let card = site.path("card");
    for number in 0..18u32 {
        let path = name("P10023", "D2600101", at("2026-03-02T08:30:00+08:00"), number, "MP4");
        put(&card, &path, &Dice::new(u64::from(number)).bytes(1_000 + number as usize * 37));
    }
    put(&card, "DCIM/empty.mp4", b"");
    put(&card, "DCIM/big.avi", &Dice::new(77).bytes(8 << 20));
    let report = site.ingest(&card, &["--receipts", "receipts"]);
    assert_eq!(report["sealed"], 20, "{report:#}");
    site.assert_clean();
}

/// `code subject [column]` of every finding, sorted. Those of single rows have tests of their own: `rows`.
fn named(site: &Site) -> Vec<String> {
    let (code, report) = site.verify();
    let mut found: Vec<String> = report["findings"].as_array().expect("findings").iter().map(line).collect();
    assert_eq!(code, Some(i32::from(!found.is_empty())), "{report:#}");
    found.retain(|line| !line.starts_with("row."));
    found.sort();
    found
}

fn line(finding: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let column = text(&finding["params"]["column"]);
    [text(&finding["code"]), text(&finding["subject"]), column]
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A database put aside, and what each change to it must be called.
struct Rows<'a> {
    site: &'a mut Site,
    good: Copied,
}

impl Rows<'_> {
    fn of(site: &mut Site) -> Rows<'_> {
        let good = site.copy_database();
        Rows { site, good }
    }

    #[track_caller]
    fn case(&mut self, sql: &str, expected: &[String]) {
        self.site.put_database(&self.good);
        self.site.tamper(sql);
        let mut expected = expected.to_vec();
        expected.sort();
        assert_eq!(named(self.site), expected, "{sql}");
    }

    fn undone(self) {
        self.site.put_database(&self.good);
        self.site.assert_clean();
    }
}

/// `(column, declared type, class)` of a table, as `schema.sql` says.
fn columns(table: &str) -> Vec<(String, String, String)> {
    let schema = include_str!("../../src/db/schema.sql");
    let (_, rest) = schema.split_once(&format!("create table {table} (\n")).expect("table");
    let (body, _) = rest.split_once("\n);").expect("end of the table");
    let column = |line: &str| {
        let (code, comment) = line.trim().split_once("-- ")?;
        let mut words = code.split_whitespace();
        let (name, kind) = (words.next()?, words.next()?);
        let class = comment.split([':', ' ']).next()?;
        Some((name.to_owned(), kind.trim_end_matches(',').to_owned(), class.to_owned()))
    };
    body.lines().filter_map(column).collect()
}

/// The least change of one column of one row: a bit, one more, one letter more.
fn change(site: &Site, table: &str, column: &str, kind: &str, id: &str) -> String {
    let value = match kind {
        "INT" => format!("coalesce({column}, 0) + 1"),
        "BYTES" => {
            let old = site.row(&format!("select {} from {table} where id = '{id}'", site.hex(column)));
            let mut bytes = hex::decode(old).expect("hex");
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x10;
            site.bytes(&hex::encode(bytes))
        }
        _ => format!("coalesce({column}, '') || 'x'"),
    };
    format!("update {table} set {column} = {value} where id = '{id}'")
}

#[test]
fn every_column_of_an_event() {
    both(|site| {
        sealed(site);
        let mut rows = Rows::of(site);
        // One that a column may be null in, and one that seals a recording.
        for act in ["fixture.loaded", "recording.sealed"] {
            let row = rows.site.row(&format!(
                "select id || '|' || cast(log_index as text) || '|' || coalesce(subject, '') from event
                 where act = '{act}' order by log_index limit 1"
            ));
            let parts: Vec<&str> = row.split('|').collect();
            let (id, index, recording) = (parts[0], parts[1], parts[2]);
            let sealing = act == "recording.sealed";
            for (column, kind, _) in
                columns("event").into_iter().filter(|column| column.0 != "log_index" && column.0 != "queued_ms")
            {
                let what = if column == "salt" { "payload" } else { &column };
                let mut expected = vec![format!("event.altered event {index} {what}")];
                match column.as_str() {
                    // One bit of the payload may also break its JSON; the leaf says so in any case.
                    "payload" => {
                        rows.site.put_database(&rows.good);
                        rows.site.tamper(&change(rows.site, "event", &column, &kind, id));
                        let found = named(rows.site);
                        assert!(found.contains(&expected[0]), "{found:?}");
                        continue;
                    }
                    "id" if sealing => expected.push(format!("recording.event_missing recording {recording}")),
                    "act" if sealing => expected.push(format!("recording.altered recording {recording} event_id")),
                    "subject" if sealing => {
                        expected.push(format!("recording.altered recording {recording} event_id"));
                        expected.push(format!("recording.missing recording {recording}x"));
                    }
                    _ => {}
                }
                let sql = change(rows.site, "event", &column, &kind, id);
                rows.case(&sql, &expected);
            }
        }
        rows.undone();
    });
}

#[test]
fn the_place_of_an_event_in_the_log() {
    both(|site| {
        sealed(site);
        let mut rows = Rows::of(site);
        let size: u64 = rows.site.row("select cast(numbered as text) from log_head").parse().expect("number");
        let last = size - 1;
        rows.case("update event set log_index = null where log_index = 3", &["event.missing event 3".into()]);
        rows.case(
            &format!("update event set log_index = {} where log_index = 3", size + 50),
            &["event.missing event 3".into(), "log.head_behind log_head".into()],
        );
        rows.case(
            "update event set log_index = -4 where log_index = 3",
            &["event.index event".into(), "event.missing event 3".into()],
        );
        rows.case(
            "update event set log_index = -1 where log_index = 3; update event set log_index = 3 where log_index = 4;
             update event set log_index = 4 where log_index = -1",
            &["event.altered event 3 payload".into(), "event.altered event 4 payload".into()],
        );
        rows.case("delete from event where log_index = 0", &["event.missing event 0".into()]);
        let (behind, gone) = ("database.behind event".to_owned(), "recording.event_missing recording ");
        let sealing = |site: &Site, from: u64| -> Vec<String> {
            let sql = format!("select subject from event where log_index >= {from} and act = 'recording.sealed'");
            site.rows(&sql).iter().map(|id| format!("{gone}{id}")).collect()
        };
        rows.site.put_database(&rows.good);
        for from in [last, last - 2] {
            let mut expected = vec![behind.clone()];
            expected.extend(sealing(rows.site, from));
            expected.push(match from == last {
                true => format!("event.missing event {last}"),
                false => format!("event.missing events {from}–{last}"),
            });
            rows.case(&format!("delete from event where log_index >= {from}"), &expected);
            rows.site.put_database(&rows.good);
        }
        rows.case("delete from log_head", &["log.head_behind log_head".into()]);
        rows.case("update log_head set numbered = numbered - 1", &["log.head_behind log_head".into()]);
        rows.undone();
    });
}

#[test]
fn every_column_of_a_recording() {
    both(|site| {
        sealed(site);
        let rows = Rows::of(site);
        let id = rows.site.row("select id from recording where source_path like '%_0005.MP4'");
        let small = format!("recording {id}");
        for (column, kind, class) in columns("recording") {
            if class != "evidence" {
                continue;
            }
            let told = match column.as_str() {
                "agency_id" => "agency",
                "device_id" => "device",
                "officer_id" => "officer",
                "examination" => "examination_sha256",
                other => other,
            };
            let sql = change(rows.site, "recording", &column, &kind, &id);
            rows.site.put_database(&rows.good);
            rows.site.tamper(&sql);
            let found = named(rows.site);
            let expected = match column.as_str() {
                "id" => format!("recording.altered {small}x event_id"),
                "event_id" => format!("recording.event_missing {small}"),
                _ => format!("recording.altered {small} {told}"),
            };
            assert!(found.contains(&expected), "{sql}: {found:?}");
            assert!(found.iter().all(|line| line.contains(&small)), "only {id} is named: {found:?}");
        }
        rows.undone();
    });
}

#[test]
fn the_place_of_a_recording_in_the_store() {
    both(|site| {
        sealed(site);
        let rows = Rows::of(site);
        let id = rows.site.row("select id from recording where source_path like '%_0005.MP4'");
        let other = rows.site.row("select segment from recording where source_path = 'DCIM/big.avi'");
        for change in [
            format!("segment = '{other}'"),
            "segment = 'nowhere'".into(),
            "segment = '../../keys/log.key'".into(),
            "segment_offset = segment_offset + 1".into(),
            "segment_offset = -1".into(),
            "segment_length = segment_length - 1".into(),
            "segment_length = segment_length + 1".into(),
            "object = object || 'x'".into(),
            "object = (select min(object) from recording)".into(),
        ] {
            rows.site.put_database(&rows.good);
            rows.site.tamper(&format!("update recording set {change} where id = '{id}'"));
            let found = named(rows.site);
            assert!(found.iter().any(|line| line.ends_with(&format!(" recording {id}"))), "{change}: {found:?}");
        }
        rows.undone();
    });
}

#[test]
fn a_deleted_row() {
    both(|site| {
        sealed(site);
        let mut rows = Rows::of(site);
        let row = rows.site.row(
            "select r.id || '|' || cast(e.log_index as text) from recording r join event e on e.id = r.event_id
             where r.source_path like '%_0005.MP4'",
        );
        let (id, index) = row.split_once('|').expect("two columns");
        let gone = format!("recording.missing recording {id}");
        rows.case(&format!("delete from recording where id = '{id}'"), std::slice::from_ref(&gone));
        let everywhere =
            format!("delete from recording_index where recording_id = '{id}'; delete from recording where id = '{id}'");
        rows.case(&everywhere, &[gone]);
        rows.case(
            &format!("delete from event where subject = '{id}'"),
            &[format!("event.missing event {index}"), format!("recording.event_missing recording {id}")],
        );
        rows.case(
            &format!("{everywhere}; delete from event where subject = '{id}'"),
            &[format!("event.missing event {index}")],
        );
        rows.undone();
    });
}

/// The database of yesterday, the store of yesterday, both of yesterday.
#[test]
fn yesterdays_copy() {
    both(|site| {
        let known = site.row("select cast(numbered as text) from log_head");
        let yesterday = (site.copy_database(), snapshot(site));
        sealed(site);
        let today = (site.copy_database(), snapshot(site));
        let size: u64 = site.row("select cast(numbered as text) from log_head").parse().expect("number");

        site.put_database(&yesterday.0);
        let found = named(site);
        let missing = format!("event.missing events {known}–{}", size - 1);
        for expected in ["database.behind event".to_owned(), missing, "log.head_behind log_head".into()] {
            assert!(found.contains(&expected), "{found:?}");
        }
        let card = site.path("card");
        put(&card, "DCIM/new.mp4", b"handed in on top of an old copy");
        let refused = site.try_ingest(&card, &["--clear"]);
        assert_eq!(
            (refused.code, crate::site::told(&refused.err)),
            (Some(1), "log.database_behind".to_owned()),
            "{}",
            refused.err
        );
        assert!(card.join("DCIM/new.mp4").exists(), "nothing is erased without a receipt");

        site.put_database(&today.0);
        put_back(site, &yesterday.1);
        let found = named(site);
        assert!(found.iter().any(|line| line.starts_with("vault.log_rolled_back log/checkpoint")), "{found:?}");
        assert!(found.iter().any(|line| line.starts_with("vault.segment_missing recording ")), "{found:?}");

        site.put_database(&yesterday.0);
        assert_eq!(named(site), ["vault.log_rolled_back log/checkpoint"], "only the machine's own memory knows");

        site.put_database(&today.0);
        put_back(site, &today.1);
        site.assert_clean();
    });
}

/// Every file of the store that is the vault's: what an S3 server notes beside them is its own affair.
fn snapshot(site: &Site) -> Vec<(String, Vec<u8>)> {
    let ours = |path: &String| ["segments/", "envelopes/", "log/"].iter().any(|folder| path.starts_with(folder));
    let root = site.store();
    let found = files(&root).into_iter().filter(ours).filter(|path| path != "log/.lock");
    found
        .map(|path| {
            let bytes = std::fs::read(root.join(&path)).expect("stored file");
            (path, bytes)
        })
        .collect()
}

fn put_back(site: &Site, snapshot: &[(String, Vec<u8>)]) {
    let root = site.store();
    for folder in ["segments", "envelopes", "log"] {
        let _ = std::fs::remove_dir_all(root.join(folder));
    }
    for (path, bytes) in snapshot {
        put(&root, path, bytes);
    }
}

/// Whose bytes a stored file holds at `at`: subjects of which one must be named.
fn holders(site: &Site, path: &str, at: u64) -> Vec<String> {
    let segment = path.rsplit('/').next().unwrap_or("");
    let within = match path.starts_with("segments/") {
        true => format!("and segment_offset <= {at} and {at} < segment_offset + segment_length"),
        false => String::new(),
    };
    let sql = format!("select id from recording where segment like '%{segment}%' {within}");
    site.rows(&sql).iter().map(|id| format!("recording {id}")).collect()
}

#[test]
fn one_bit_anywhere_in_the_store() {
    both(|site| {
        sealed(site);
        let root = site.store();
        let mut dice = Dice::new(2026);
        let mut flipped = 0;
        for (path, good) in snapshot(site) {
            let size = good.len() as u64;
            let mut places = vec![0, size / 2, size - 1, dice.below(size)];
            if path.starts_with("segments/") {
                // Header, payload and trailer of some objects of the pack.
                places.extend((0..12).map(|_| dice.below(size)));
                places.extend([1, 40, size - 40, size.saturating_sub(200)]);
            }
            for place in places {
                let mut bad = good.clone();
                bad[place as usize] ^= 1 << dice.below(8);
                std::fs::write(root.join(&path), &bad).expect("damaged");
                let found = named(site);
                let expected = match path.starts_with("log/") {
                    true => vec![path.clone()],
                    false => holders(site, &path, place),
                };
                assert!(!expected.is_empty(), "nobody's byte {place} of {path}: {found:?}");
                for subject in &expected {
                    assert!(found.iter().any(|line| line.contains(subject)), "byte {place} of {path}: {found:?}");
                }
                flipped += 1;
            }
            std::fs::write(root.join(&path), &good).expect("restored");
        }
        assert!(flipped > 60, "{flipped}");
        site.assert_clean();
    });
}

#[test]
fn every_stored_file_gone() {
    both(|site| {
        sealed(site);
        let root = site.store();
        let size = site.row("select cast(numbered as text) from log_head");
        for (path, good) in snapshot(site) {
            std::fs::remove_file(root.join(&path)).expect("removed");
            let found = named(site);
            let superseded = path.contains(".p/") && !path.ends_with(&format!(".p/{size}"));
            let expected = match path.starts_with("log/") {
                true => vec![path.clone()],
                false => holders(site, &path.replace("segments", "envelopes"), 0),
            };
            if superseded {
                assert_eq!(found, Vec::<String>::new(), "nobody misses {path}, a fuller one has its place");
            } else {
                for subject in &expected {
                    assert!(found.iter().any(|line| line.contains(subject)), "{path} gone: {found:?}");
                }
            }
            put(&root, &path, &good);
        }
        site.assert_clean();
    });
}

/// The receipt in the custodian's hand: any bit of it, with the key known or not.
#[test]
fn one_bit_anywhere_in_a_receipt() {
    let site = &mut Site::new(Pair::SqliteFolder);
    sealed(site);
    let receipts = site.path("receipts");
    let path: PathBuf = receipts.join(&files(&receipts)[3]);
    let good = std::fs::read(&path).expect("receipt");
    let key = site.cli(&["admin", "verifier"]).good().out.trim().to_owned();
    let verify = |key: &str| finish(program(&["verify", path.to_str().expect("UTF-8"), "--key", key])).code;
    assert_eq!(verify(&key), Some(0));
    let mut dice = Dice::new(5);
    for _ in 0..200 {
        let (place, bit) = (dice.below(good.len() as u64) as usize, dice.below(8));
        let mut bad = good.clone();
        bad[place] ^= 1 << bit;
        std::fs::write(&path, &bad).expect("damaged");
        assert_eq!(verify(&key), Some(1), "bit {bit} of byte {place}: {}", String::from_utf8_lossy(&bad));
    }
    std::fs::write(&path, &good).expect("restored");
    assert_eq!(verify(&key), Some(0));
}
