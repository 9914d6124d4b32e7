//! Leaving, backing up, restoring, rebuilding, and the witness outside.

mod refused;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::cards::{Dice, at, name, put};
use crate::postgres;
use crate::site::{Done, Pair, Site, both, finish, program, told};

/// Five files, one of them with a name no shell likes, one empty.
fn sealed(site: &Site) {
    let card = site.path("card");
    for number in 0..3u32 {
        let path = name("P10023", "D2600101", at("2026-03-02T08:30:00+08:00"), number, "MP4");
        put(&card, &path, &Dice::new(u64::from(number)).bytes(1_000 + number as usize * 37));
    }
    put(&card, "DCIM/empty.mp4", b"");
    put(&card, "DCIM/现场 100%$HOME~.avi", &Dice::new(77).bytes(9 << 20));
    assert_eq!(site.ingest(&card, &[])["sealed"], 5);
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn verify(target: &Path, more: &[&str]) -> (Option<i32>, Value) {
    let done = finish(program(&[&["verify", text(target), "--json"], more].concat()));
    (done.code, done.json())
}

/// Codes and subjects of what `verify` names.
fn named(target: &Path) -> (Option<i32>, Vec<(String, String)>) {
    let (code, report) = verify(target, &[]);
    let word = |finding: &Value, key: &str| finding[key].as_str().unwrap_or("").to_owned();
    let findings = report["findings"].as_array().expect("findings");
    (code, findings.iter().map(|finding| (word(finding, "code"), word(finding, "subject"))).collect())
}

#[track_caller]
fn refused(done: Done, code: &str) {
    assert_eq!((done.code, told(&done.err).as_str()), (Some(1), code), "{}{}", done.out, done.err);
}

fn files(below: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(below).expect("folder") {
        let path = entry.expect("entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn an_export_needs_nobody_to_be_checked() {
    both(|site| {
        sealed(site);
        let out = site.path("out");
        let export =
            |to: &Path, more: &[&str]| site.cli(&[&["export", "--all", "--json", "--to", text(to)], more].concat());
        let report = export(&out, &[]).good().json();
        let bags = report["bags"].as_array().expect("bags");
        let figures: Vec<_> =
            bags.iter().map(|bag| (&bag["agency"], &bag["recordings"], &bag["files"], &bag["kept"])).collect();
        assert_eq!(
            figures,
            [(&json!("dl"), &json!(0), &json!(0), &json!(0)), (&json!("fz"), &json!(5), &json!(20), &json!(0))]
        );
        for manifest in ["manifest-sha256.txt", "tagmanifest-sha256.txt"] {
            let mut check = Command::new("sha256sum");
            let done = finish_in(check.args(["--strict", "--quiet", "-c", manifest]), &out.join("fz"));
            assert_eq!((done.code, done.out.as_str()), (Some(0), ""), "{}", done.err);
        }
        let key = site.cli(&["admin", "verifier"]).good().out;
        let (code, checked) = verify(&out, &["--key", key.trim()]);
        assert_eq!(
            (code, &checked["recordings"], &checked["bags"], &checked["trusted"]),
            (Some(0), &json!(5), &json!(2), &json!(true))
        );
        assert_eq!(verify(&out.join("fz"), &["--depth", "size"]).0, Some(0));
        let other = "other.example+98fd9d0e+Af/tA1rCYMQPMbRBLSzo+bIMhUg3ZhWlQSLFuz3jKt8N";
        assert_eq!(verify(&out, &["--key", other]).0, Some(1));
        // Again: nothing is written twice, and what nobody exports goes.
        put(&out, "fz/data/2020-01/stray/file", b"?");
        let again = export(&out, &["--agency", "fz"]).good().json();
        assert_eq!((&again["bags"][0]["kept"], again["bags"].as_array().map(Vec::len)), (&json!(5), Some(1)));
        assert_eq!(named(&out.join("fz")), (Some(0), vec![]));
        put(&site.path("full"), "something", b"of somebody");
        refused(export(&site.path("full"), &[]), "export.foreign_target");
        refused(export(&site.path("new"), &["--agency", "nobody"]), "export.no_agency");
        assert!(!site.path("new").exists());
    });
}

fn finish_in(command: &mut Command, folder: &Path) -> Done {
    let out = command.current_dir(folder).output().expect("a standard tool");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Done { code: out.status.code(), out: text(&out.stdout), err: text(&out.stderr) }
}

#[test]
fn whatever_is_altered_in_an_export_is_named() {
    let site = Site::new(Pair::SqliteFolder);
    let card = site.path("card");
    put(&card, &name("P10023", "D2600101", at("2026-03-02T08:30:00+08:00"), 1, "MP4"), &Dice::new(1).bytes(1_000));
    site.ingest(&card, &[]);
    let out = site.path("out");
    site.cli(&["export", "--all", "--agency", "fz", "--to", text(&out)]).good();
    let bag = out.join("fz");
    assert_eq!(named(&bag), (Some(0), vec![]));
    let mut dice = Dice::new(2026);
    for path in files(&bag) {
        let subject = text(path.strip_prefix(&bag).expect("below the bag")).to_owned();
        let good = std::fs::read(&path).expect("file");
        for _ in 0..4 {
            let (byte, bit) = (dice.below(good.len() as u64) as usize, dice.below(8));
            let mut bad = good.clone();
            bad[byte] ^= 1 << bit;
            std::fs::write(&path, bad).expect("altered");
            let (code, found) = named(&bag);
            // A digest altered in the last manifest of all speaks against the file it is of, and names the manifest beside.
            let told = found.iter().any(|(_, about)| *about == subject)
                || subject == "tagmanifest-sha256.txt" && !found.is_empty();
            assert!(code == Some(1) && told, "byte {byte} bit {bit} of {subject}: {found:?}");
        }
        std::fs::remove_file(&path).expect("removed");
        let (code, found) = named(&bag);
        assert!(code == Some(1) && found.iter().any(|(_, about)| *about == subject), "{subject} removed: {found:?}");
        std::fs::write(&path, good).expect("put back");
    }
    put(&bag, "data/2026-03/more.mp4", b"more");
    assert!(named(&bag).1.contains(&("bag.unlisted".into(), "data/2026-03/more.mp4".into())));
    std::fs::remove_file(bag.join("data/2026-03/more.mp4")).expect("removed");
    assert_eq!(named(&bag), (Some(0), vec![]));
}

#[test]
fn a_forger_who_mends_the_manifests_meets_the_receipt() {
    let site = Site::new(Pair::SqliteFolder);
    let card = site.path("card");
    put(&card, &name("P10023", "D2600101", at("2026-03-02T08:30:00+08:00"), 1, "MP4"), b"what happened");
    site.ingest(&card, &[]);
    let out = site.path("out");
    site.cli(&["export", "--all", "--agency", "fz", "--to", text(&out)]).good();
    let bag = out.join("fz");
    let original = files(&bag.join("data"))
        .into_iter()
        .find(|path| path.extension().is_some_and(|e| e == "MP4"))
        .expect("original");
    let sha = |path: &Path| {
        let done = finish_in(Command::new("sha256sum").arg(text(path)), &bag);
        done.out.split(' ').next().expect("digest").to_owned()
    };
    let swap = |file: &str, old: &str, new: &str| {
        let text = std::fs::read_to_string(bag.join(file)).expect(file);
        assert!(text.contains(old), "{file}");
        std::fs::write(bag.join(file), text.replace(old, new)).expect(file);
    };
    let (old, old_manifest) = (sha(&original), sha(&bag.join("manifest-sha256.txt")));
    std::fs::write(&original, b"what HAPPENED").expect("forged");
    swap("manifest-sha256.txt", &old, &sha(&original));
    swap("tagmanifest-sha256.txt", &old_manifest, &sha(&bag.join("manifest-sha256.txt")));
    let done = finish_in(
        Command::new("sha256sum").args(["--quiet", "-c", "manifest-sha256.txt", "tagmanifest-sha256.txt"]),
        &bag,
    );
    assert_eq!(done.code, Some(0), "the manifests alone are satisfied");
    let codes: Vec<String> = named(&bag).1.into_iter().map(|(code, _)| code).collect();
    assert!(codes.contains(&"bag.not_what_was_sealed".into()), "{codes:?}");
}

#[test]
fn a_backup_of_a_running_server_is_restored() {
    let mut site = Site::new(Pair::SqliteFolder);
    sealed(&site);
    site.serve();
    let to = site.path("backup");
    let backup = |more: &[&str]| site.cli(&[&["backup", "--json", "--to", text(&to)], more].concat());
    let first = backup(&[]).good().json();
    assert_eq!((&first["with_keys"], &first["kept"]), (&json!(false), &first["kept"]));
    assert!(!to.join("keys").exists());
    put(&site.path("card"), "DCIM/later.mp4", b"later");
    site.ingest(&site.path("card"), &[]);
    let second = backup(&[]).good().json();
    let moved = |done: &Value| done["linked"].as_u64().unwrap_or(0) + done["copied"].as_u64().unwrap_or(0);
    assert!(moved(&second) > 0 && moved(&second) < moved(&first), "{first} {second}");

    let data = site.path("restored");
    let restore = |more: &[&str]| {
        finish(program(&[&["restore", "--from", text(&to), "--data", text(&data), "--json"], more].concat()))
    };
    refused(restore(&[]), "restore.no_keys");
    let keys = site.data().join("keys");
    // The backup's own event was signed after it: these keys know of one entry more.
    refused(restore(&["--keys", text(&keys)]), "restore.older_than_keys");
    assert!(!data.exists());
    site.kill();
    let third = site.cli(&["backup", "--with-keys", "--to", text(&to), "--json"]).good().json();
    assert_eq!(third["with_keys"], true);
    let restored = finish(program(&["restore", "--from", text(&to), "--data", text(&data), "--json"])).good().json();
    assert_eq!(
        (&restored["lost_entries"], &restored["verified"]["recordings"]),
        (&json!(0), &json!(6)),
        "{restored:#}"
    );
    let (code, report) = verify(&data, &[]);
    assert_eq!((code, &report["findings"]), (Some(0), &json!([])));
    site.assert_clean();
    let again = finish(program(&["restore", "--from", text(&to), "--data", text(&data)]));
    refused(again, "restore.target_in_use");
    let other = site.path("other");
    let lossy =
        ["restore", "--from", text(&to), "--data", text(&other), "--keys", text(&keys), "--accept-loss", "--json"];
    let lossy = finish(program(&lossy)).good().json();
    assert_eq!(lossy["lost_entries"], 1);
    assert_eq!(verify(&other, &[]).0, Some(0));
}

#[test]
fn what_cannot_be_backed_up_or_restored_is_refused() {
    let site = Site::new(Pair::SqliteFolder);
    let backup = |to: &Path| site.cli(&["backup", "--to", text(to)]);
    refused(backup(&site.data().join("inside")), "backup.inside_data");
    refused(backup(&put(&site.path("a"), "file", b"")), "backup.not_a_folder");
    refused(backup(&site.path("a")), "backup.foreign_target");
    let from = site.path("a");
    refused(finish(program(&["restore", "--from", text(&from), "--data", text(&site.path("b"))])), "restore.no_backup");
    backup(&site.path("good")).good();
    let stranger = Site::new(Pair::SqliteFolder);
    refused(stranger.cli(&["backup", "--to", text(&site.path("good"))]), "backup.foreign_target");
    let (from, keys) = (site.path("good"), stranger.data().join("keys"));
    let done =
        finish(program(&["restore", "--from", text(&from), "--data", text(&site.path("b")), "--keys", text(&keys)]));
    refused(done, "restore.other_keys");
    let postgres = Site::new(Pair::PostgresS3);
    refused(postgres.cli(&["backup", "--to", text(&postgres.path("b"))]), "backup.not_embedded");
}

#[test]
fn a_catalogue_is_rebuilt_from_storage_and_keys() {
    both(|site| {
        sealed(site);
        site.serve();
        let custodian = site.sign_in("custodian");
        let wanted = format!("/api/recordings?q={}", crate::client::quoted("D2600101"));
        let before = custodian.get(&wanted).is(200).items();
        assert_eq!(before.len(), 3);
        let id = before[0]["id"].as_str().expect("id").to_owned();
        let change = json!({"title": "夜间巡查复核", "place": "南门兜", "key_mark": true});
        custodian.write("PUT", &format!("/api/recordings/{id}/index"), &change).is(200);
        let before = custodian.get(&wanted).is(200).items();
        site.kill();
        // Gives every waiting event its leaf: what had none yet would be gone with the database.
        site.cli(&["admin", "token", "--account", "root"]).good();
        site.assert_clean();
        refused(site.cli(&["admin", "rebuild"]), "rebuild.database_in_use");

        match site.pair {
            Pair::SqliteFolder => {
                for ending in ["", "-wal", "-shm"] {
                    let _ = std::fs::remove_file(site.data().join(format!("tiezheng.db{ending}")));
                }
            }
            Pair::PostgresS3 => site.database = Some(postgres::cluster().database()),
        }
        let report = site.cli(&["admin", "rebuild", "--json"]).good().json();
        let told =
            (&report["recordings"], &report["indexed"], &report["tokens"], &report["lost"], &report["placeholders"]);
        assert_eq!(told, (&json!(5), &json!(1), &json!(1), &json!([]), &json!({})), "{report:#}");
        site.assert_clean();
        // Passwords were in no log: loading the people again gives them back.
        site.cli(&["load", text(&site.path("fixture.json"))]).good();
        site.serve();
        let custodian = site.sign_in("custodian");
        assert_eq!(custodian.get(&wanted).is(200).items(), before);
        let titled = format!("/api/recordings?q={}", crate::client::quoted("巡查复核"));
        assert_eq!(custodian.get(&titled).is(200).items().len(), 1);
        site.kill();
        site.assert_clean();
    });
}

/// `witness watch --once` of this log: exit code and what it said.
fn look(dir: &Path, log: &str, key: &str) -> (Option<i32>, Value) {
    let done =
        finish(program(&["witness", "watch", "--dir", text(dir), "--log", log, "--key", key, "--once", "--json"]));
    (done.code, done.json())
}

#[test]
fn a_witness_cosigns_what_goes_on_and_nothing_else() {
    let mut site = Site::new(Pair::SqliteFolder);
    sealed(&site);
    let (dir, backup) = (site.path("witness"), site.path("backup"));
    let init = finish(program(&["witness", "init", "--dir", text(&dir), "--name", "sfj.example/witness"]));
    let witness = init.good().out.trim().to_owned();
    refused(finish(program(&["witness", "init", "--dir", text(&dir), "--name", "again"])), "witness.exists");
    let key = site.cli(&["admin", "verifier"]).good().out.trim().to_owned();
    site.cli(&["backup", "--with-keys", "--to", text(&backup)]).good();
    let log = site.store().join("log");
    let (code, first) = look(&dir, text(&log), &key);
    assert_eq!((code, &first["state"]), (Some(0), &json!("first")));

    // The cosignature comes home; receipts carry it, also when the log has grown since.
    let cosigned = first["cosigned"].as_str().expect("path").to_owned();
    refused(site.cli(&["admin", "add-cosignature", &cosigned]), "witness.untrusted");
    let config = site.data().join("tiezheng.toml");
    let good = std::fs::read_to_string(&config).expect("configuration");
    std::fs::write(&config, good.replace("witnesses = []", &format!("witnesses = [\"{key}\"]")))
        .expect("configuration");
    refused(site.cli(&["admin", "verifier"]), "config.witness"); // the log's own key is no witness
    std::fs::write(&config, good.replace("witnesses = []", &format!("witnesses = [\"{witness}\"]")))
        .expect("configuration");
    let attached = site.cli(&["admin", "add-cosignature", &cosigned, "--json"]).good().json();
    assert_eq!((&attached["witnesses"], &attached["newest"]), (&json!(["sfj.example/witness"]), &json!(true)));
    site.ingest(&site.path("card"), &["--receipts", "receipts"]);
    for receipt in files(&site.path("receipts")) {
        let told: Value = serde_json::from_slice(&std::fs::read(&receipt).expect("receipt")).expect("JSON");
        assert_eq!((&told["witnesses"], verify(&receipt, &["--key", &key]).0), (&json!([witness]), Some(0)));
    }

    // Over the network, grown and unchanged.
    site.serve();
    let public = format!("{}/log", site.url());
    assert_eq!(look(&dir, &public, &key).1["state"], "grown");
    assert_eq!(look(&dir, &public, &key).1["state"], "same");
    assert_eq!(look(&dir, &format!("{}/log/nothing", site.url()), &key).1["code"], "witness.no_checkpoint");
    site.kill();

    // Somebody puts yesterday's copy back: rolled back. Then works on with it past the old size: forked.
    let forged = site.path("forged");
    finish(program(&["restore", "--from", text(&backup), "--data", text(&forged)])).good();
    let kept = std::fs::read(&cosigned).expect("cosigned");
    for (code, more) in [("witness.rolled_back", 0), ("witness.forked", 12)] {
        for _ in 0..more {
            let mut token = program(&["admin", "token", "--account", "root"]);
            token.env("TIEZHENG_DATA", &forged);
            finish(token).good();
        }
        let (exit, told) = look(&dir, text(&forged.join("store/log")), &key);
        assert_eq!((exit, &told["code"]), (Some(1), &json!(code)), "{told}");
        let evidence = told["params"]["evidence"].as_str().expect("evidence");
        for side in ["before", "found"] {
            let note = std::fs::read_to_string(format!("{evidence}-{side}.txt")).expect("kept as evidence");
            assert!(note.starts_with(key.split('+').next().expect("origin")), "{note}");
        }
    }
    assert_eq!(std::fs::read(&cosigned).expect("cosigned"), kept, "nothing was cosigned");
    // The honest log is still vouched for.
    assert_eq!(look(&dir, text(&log), &key).1["state"], "same");
    // A log that withholds a tile, or shows another one, is not.
    let tile = files(&log.join("tile/0")).pop().expect("tile");
    let good = std::fs::read(&tile).expect("tile");
    std::fs::remove_file(&tile).expect("withheld");
    assert_eq!(look(&dir, text(&log), &key).1["code"], "witness.tile_missing");
    let mut bad = good.clone();
    bad[5] ^= 1;
    std::fs::write(&tile, bad).expect("altered");
    assert_eq!(look(&dir, text(&log), &key).1["code"], "witness.tiles_differ");
}
