//! A second verifier, written in Python against the specifications only, must agree.

use crate::house::*;
use std::path::{Path, PathBuf};
use std::process::Command;
use tiezheng_vault::note::{Kind, Signer};

fn verifier(args: &[&str]) -> (bool, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verifier.py");
    let output = Command::new("python3").arg(script).args(args).output().expect("python3 runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text)
}

struct Published {
    house: House,
    vkey: String,
    log: PathBuf,
    old: PathBuf,
    receipt: PathBuf,
    file: PathBuf,
}

async fn published() -> Published {
    let house = folder().await;
    let vault = &house.vault;
    let witness = Signer::from_seed("witness.test", Kind::Cosignature, [5; 32]).unwrap();
    vault.log().extend(0, &leaves(0..260), NOW_MS).await.unwrap();
    let log = house.store_dir().join("log");
    let at = |name: &str| house.dir.path().join(name);
    let (old, receipt, file) = (at("old"), at("receipt.json"), at("file"));
    std::fs::copy(log.join("checkpoint"), &old).unwrap();
    let plain = bytes(100_000, 1);
    std::fs::write(&file, &plain).unwrap();
    let sealed = seal(vault, &plain, "现场").await.unwrap();
    let event = serde_json::json!({"digests": sealed.digests.to_value(), "who": "某人 \u{1f}\"\\"});
    let payload = tiezheng_vault::canonical::to_bytes(&event).unwrap();
    let leaf = tiezheng_vault::Leaf { payload, salt: [3; 32] };
    let checkpoint = vault.log().extend(260, &[leaf], NOW_MS).await.unwrap();
    vault.log().extend(261, &leaves(261..700), NOW_MS).await.unwrap();
    let mut note = tiezheng_vault::note::Note::parse(checkpoint.note.as_bytes()).unwrap();
    note.text = tiezheng_vault::note::Note::parse(vault.log().checkpoint().await.unwrap().unwrap().note.as_bytes())
        .unwrap()
        .text;
    note.signatures.clear();
    witness.sign(&mut note, 1_767_225_601);
    vault.log().add_cosignature(&note.to_text(), witness.verifier()).await.unwrap();
    let issued = vault.log().receipt(260, &[witness.verifier().clone()]).await.unwrap();
    std::fs::write(&receipt, issued.to_bytes().unwrap()).unwrap();
    let vkey = vault.keys().log_verifier();
    Published { house, vkey, log, old, receipt, file }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test]
async fn agrees_on_log_history_and_receipt() {
    let p = published().await;
    for args in [
        &["log", text(&p.log), &p.vkey][..],
        &["history", text(&p.log), &p.vkey, text(&p.old)],
        &["receipt", text(&p.receipt)],
        &["receipt", text(&p.receipt), "--vkey", &p.vkey, "--file", text(&p.file)],
    ] {
        let (ok, said) = verifier(args);
        assert!(ok, "{args:?}: {said}");
    }
}

#[tokio::test]
async fn rejects_what_was_tampered_with() {
    let p = published().await;
    let rejects = |args: &[&str], what: &str| {
        let (ok, said) = verifier(args);
        assert!(!ok && said.contains("REJECTED"), "{what}: {said}");
    };
    for file in ["checkpoint", "tile/0/000", "tile/0/002.p/188", "tile/1/000.p/2", "tile/entries/001"] {
        let path = p.log.join(file);
        let good = std::fs::read(&path).unwrap();
        let mut bad = good.clone();
        bad[good.len() / 2] ^= 1;
        std::fs::write(&path, &bad).unwrap();
        rejects(&["log", text(&p.log), &p.vkey], file);
        std::fs::remove_file(&path).unwrap();
        rejects(&["log", text(&p.log), &p.vkey], file);
        std::fs::write(&path, &good).unwrap();
    }
    let other = folder().await.vault.keys().log_verifier();
    rejects(&["log", text(&p.log), &other], "another key");
    rejects(&["receipt", text(&p.receipt), "--vkey", &other], "another key");
    rejects(&["receipt", text(&p.receipt), "--file", text(&p.old)], "another file");

    let good = std::fs::read(&p.receipt).unwrap();
    for at in (0..good.len()).step_by(good.len() / 12) {
        let mut bad = good.clone();
        bad[at] ^= 4;
        std::fs::write(&p.receipt, &bad).unwrap();
        rejects(&["receipt", text(&p.receipt)], &format!("byte {at} of the receipt"));
    }

    // A history that was rewritten and signed again: the old checkpoint is not part of it.
    std::fs::remove_dir_all(&p.log).unwrap();
    p.house.vault.keys().forget_seen().unwrap();
    p.house.reopened().await.log().extend(0, &leaves(1..701), NOW_MS).await.unwrap();
    let (ok, said) = verifier(&["log", text(&p.log), &p.vkey]);
    assert!(ok, "consistent in itself: {said}");
    rejects(&["history", text(&p.log), &p.vkey, text(&p.old)], "rewritten history");
}
