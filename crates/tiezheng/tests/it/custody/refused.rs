//! What exports, backups, rebuilding and witnesses refuse.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use serde_json::{Value, json};
use tiezheng_vault::{Keys, Location, Vault};

use super::{files, look, refused, sealed, text};
use crate::site::{Done, Pair, Site, block_on, both, finish, program};

#[test]
fn an_original_that_is_not_what_was_sealed_is_not_exported() {
    both(|site| {
        sealed(site);
        let id = site.row("select id from recording order by id limit 1");
        site.tamper(&format!("update recording set sha256 = {} where id = '{id}'", site.bytes(&"00".repeat(32))));
        let done = site.cli(&["export", "--all", "--to", text(&site.path("out")), "--json"]);
        let report = done.json();
        assert_eq!((done.code, &report["failed"][0]["code"]), (Some(1), &json!("export.differs")), "{report:#}");
        assert_eq!(&report["failed"][0]["recording"], &json!(id));
        assert!(!files(&site.path("out")).iter().any(|path| text(path).contains(&id) && text(path).ends_with(".MP4")));
    });
}

#[test]
fn a_backup_follows_no_link_and_needs_a_name_it_can_write() {
    let site = Site::new(Pair::SqliteFolder);
    let mut odd = site.command(&["backup", "--to"]);
    odd.arg(std::ffi::OsStr::from_bytes(b"backup-\xff"));
    refused(finish(odd), "custody.path");
    std::os::unix::fs::symlink("/etc", site.store().join("elsewhere")).expect("link");
    refused(site.cli(&["backup", "--to", text(&site.path("backup"))]), "custody.not_a_file");
}

/// Seals something into the vault that no part of the product would.
fn smuggle(site: &Site, bytes: &'static str, described: &Value) {
    let described = described.to_string().into_bytes();
    block_on(async {
        let keys = Keys::open(&site.data().join("keys")).expect("keys");
        let vault = Vault::open(&Location::Folder(site.store()), keys).await.expect("vault");
        let mut packer = vault.packer();
        packer.add(bytes.into(), |_| described.clone()).await.expect("packed");
        packer.flush().await.expect("sealed");
    });
}

#[test]
fn a_rebuild_names_what_it_cannot_take_back() {
    let site = Site::new(Pair::SqliteFolder);
    sealed(&site);
    let event = |id: &str| {
        let detail = json!({"agency": "fz", "sha256": "00"});
        json!({"id": id, "at_ms": 1, "act": "recording.sealed", "agency": "fz", "subject": id, "detail": detail})
    };
    let described = |event: Value, salt: &str| json!({"event": event, "salt": salt, "examination": "{}"});
    smuggle(&site, "no description", &json!({"hello": 1}));
    smuggle(&site, "no salt", &described(event("one"), "zz"));
    smuggle(&site, "another digest", &described(event("two"), &"00".repeat(32)));
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(site.data().join(format!("tiezheng.db{ending}")));
    }
    let done = site.cli(&["admin", "rebuild", "--json"]);
    let report = done.json();
    let mut lost: Vec<&str> =
        report["lost"].as_array().expect("lost").iter().filter_map(|lost| lost["code"].as_str()).collect();
    lost.sort_unstable();
    assert_eq!(lost, ["rebuild.not_what_was_sealed", "rebuild.undescribed", "rebuild.undescribed"], "{report:#}");
    assert_eq!((done.code, &report["recordings"]), (Some(1), &json!(5)), "the others are all back");
}

fn witness(dir: &Path, name: &str) -> Done {
    finish(program(&["witness", "init", "--dir", text(dir), "--name", name]))
}

#[test]
fn a_witness_vouches_for_nothing_it_cannot_read() {
    let site = Site::new(Pair::SqliteFolder);
    let (dir, log) = (site.path("witness"), site.store().join("log"));
    let key = site.cli(&["admin", "verifier"]).good().out.trim().to_owned();
    refused(witness(&dir, "two words"), "witness.name");
    let watch = |key: &str, log: &str| {
        finish(program(&["witness", "watch", "--dir", text(&dir), "--log", log, "--key", key, "--once"]))
    };
    refused(watch(&key, text(&log)), "witness.no_key");
    witness(&dir, "sfj.example/witness").good();
    refused(watch("no key at all", text(&log)), "witness.log_key");
    refused(watch(&key, "http://127.0.0.1:1/log"), "witness.unreachable");
    let checkpoint = log.join("checkpoint");
    let size = std::fs::read_to_string(&checkpoint).expect("checkpoint").lines().nth(1).expect("size").to_owned();
    // Earlier, narrower tiles may still lie beside the one the checkpoint stands on.
    let tile = log.join(format!("tile/0/000.p/{size}"));
    for (path, code) in [(&checkpoint, "witness.checkpoint_bad"), (&tile, "witness.tile_length")] {
        let good = std::fs::read(path).expect("file of the log");
        std::fs::write(path, &good[..good.len() - 1]).expect("shortened");
        refused(watch(&key, text(&log)), code);
        std::fs::write(path, good).expect("mended");
    }
    watch(&key, text(&log)).good();
}

/// A cosignature is taken over for our own history only, and never for an older checkpoint than the one we have.
#[test]
fn a_cosignature_of_yesterday_or_of_another_history_is_not_attached() {
    let site = Site::new(Pair::SqliteFolder);
    let backup = site.path("backup");
    site.cli(&["backup", "--with-keys", "--to", text(&backup)]).good();
    let other = site.path("other");
    finish(program(&["restore", "--from", text(&backup), "--data", text(&other)])).good();
    let key = site.cli(&["admin", "verifier"]).good().out.trim().to_owned();
    let made = |name: &str| {
        let dir = site.path(name);
        let vkey = witness(&dir, "sfj.example/witness").good().out.trim().to_owned();
        (dir, vkey)
    };
    let (ours, theirs) = (made("ours"), made("theirs"));
    let config = site.data().join("tiezheng.toml");
    let good = std::fs::read_to_string(&config).expect("configuration");
    let trusted = format!("witnesses = [\"{}\", \"{}\"]", ours.1, theirs.1);
    std::fs::write(&config, good.replace("witnesses = []", &trusted)).expect("configuration");
    let token = |data: &Path| {
        let mut token = program(&["admin", "token", "--account", "root"]);
        token.env("TIEZHENG_DATA", data);
        finish(token).good();
    };
    let cosigned = |dir: &Path, data: &Path| {
        let (code, seen) = look(dir, text(&data.join("store/log")), &key);
        assert_eq!(code, Some(0), "{seen}");
        std::fs::read(seen["cosigned"].as_str().expect("path")).expect("cosigned")
    };
    let attach = |note: &[u8]| {
        std::fs::write(site.path("note"), note).expect("written");
        site.cli(&["admin", "add-cosignature", "note"])
    };
    let yesterday = cosigned(&ours.0, &site.data());
    (0..12).for_each(|_| token(&other));
    let foreign = cosigned(&theirs.0, &other);
    refused(attach(&foreign), "witness.other_history"); // longer than ours
    (0..24).for_each(|_| token(&site.data()));
    refused(attach(&foreign), "witness.other_history"); // and when it is no longer
    attach(&cosigned(&ours.0, &site.data())).good();
    refused(attach(&yesterday), "witness.older");
}
