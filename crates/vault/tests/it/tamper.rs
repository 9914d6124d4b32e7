//! Flip any byte of a small store, and verification names the thing it belongs to.

use crate::house::*;
use std::path::Path;
use tiezheng_vault::Place;
use tiezheng_vault::verify::{self, Claim, Depth, Options};

struct Small {
    house: House,
    claims: Vec<Claim>,
}

async fn small() -> Small {
    let house = folder().await;
    let vault = &house.vault;
    let alone = seal(vault, b"alone", "alone").await.unwrap();
    let packed = pack(vault, &[("first", b"one".into()), ("second", b"".into())]).await.unwrap();
    let claims = vec![claim("alone", &alone), claim("first", &packed[0]), claim("second", &packed[1])];
    vault.log().extend(0, &leaves(0..2), NOW_MS).await.unwrap();
    vault.log().extend(2, &leaves(2..3), NOW_MS).await.unwrap();
    Small { house, claims }
}

/// Who must be named when byte `at` of `path` is altered: subjects of findings.
fn expected(small: &Small, path: &str, at: usize) -> Vec<String> {
    let holds = |place: &Place, at: usize| {
        path.ends_with(&place.segment) && (place.offset..place.offset + place.length).contains(&(at as u64))
    };
    let claims = small.claims.iter();
    match path.split('/').next() {
        Some("segments") => claims.filter(|c| holds(&c.place, at)).map(|c| c.what.clone()).collect(),
        Some("envelopes") => claims.filter(|c| path.ends_with(&c.place.segment)).map(|c| c.what.clone()).collect(),
        _ => vec![path.to_string()],
    }
}

async fn subjects(small: &Small, path: &str) -> Vec<String> {
    let options = Options { unclaimed_before_ms: None, ..Options::default() };
    let report = match path.starts_with("log/") {
        true => verify::log(&small.house.vault, &options).await.unwrap(),
        false => check_with(&small.house.vault, &small.claims, Depth::Digest, &options).await,
    };
    let mut subjects: Vec<String> = report.findings.into_iter().map(|finding| finding.subject).collect();
    subjects.sort();
    subjects.dedup();
    subjects
}

#[tokio::test]
async fn every_byte_of_every_file() {
    let small = small().await;
    let root = small.house.store_dir();
    let mut flipped = 0;
    for file in files(&root) {
        let path = file.to_str().unwrap().to_string();
        if path == "vault.txt" || path == "log/.lock" {
            continue; // the marker is checked on opening; the lock file is empty
        }
        let good = std::fs::read(root.join(&file)).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1 << (at % 8);
            std::fs::write(root.join(&file), &bad).unwrap();
            assert_eq!(subjects(&small, &path).await, expected(&small, &path, at), "byte {at} of {path}");
            flipped += 1;
        }
        std::fs::write(root.join(&file), &good).unwrap();
        assert_eq!(subjects(&small, &path).await, Vec::<String>::new(), "restored {path}");
    }
    assert!(flipped > 1500, "{flipped}");
}

#[tokio::test]
async fn every_file_cut_lengthened_or_gone() {
    let small = small().await;
    let root = small.house.store_dir();
    for file in files(&root) {
        let path = file.to_str().unwrap().to_string();
        if path == "vault.txt" || path == "log/.lock" {
            continue;
        }
        let good = std::fs::read(root.join(&file)).unwrap();
        let shorter = &good[..good.len() - 1];
        let longer = [&good[..], b"x"].concat();
        // Cut by one byte, only the last object of a pack suffers.
        let last = expected(&small, &path, good.len() - 1);
        let all: Vec<String> = match path.starts_with("segments") {
            true => expected(&small, &path.replace("segments", "envelopes"), 0),
            false => last.clone(),
        };
        for (content, named) in
            [(Some(shorter), last), (Some(&longer), all.clone()), (Some(b""), all.clone()), (None, all)]
        {
            match content {
                Some(content) => std::fs::write(root.join(&file), content).unwrap(),
                None => std::fs::remove_file(root.join(&file)).unwrap(),
            }
            let mut found = subjects(&small, &path).await;
            if path == "log/tile/0/000.p/2" || path == "log/tile/entries/000.p/2" {
                continue; // superseded: nobody misses it once it is gone
            }
            found.sort();
            assert_eq!(found, named, "{path} with {:?} bytes", content.map(<[u8]>::len));
        }
        std::fs::write(root.join(&file), &good).unwrap();
    }
}

/// Swapping whole files, each authentic in itself.
#[tokio::test]
async fn authentic_files_in_the_wrong_place() {
    let small = small().await;
    let root = small.house.store_dir();
    let swap = |a: &Path, b: &Path| {
        let (x, y) = (std::fs::read(root.join(a)).unwrap(), std::fs::read(root.join(b)).unwrap());
        std::fs::write(root.join(a), y).unwrap();
        std::fs::write(root.join(b), x).unwrap();
    };
    for kind in ["segments", "envelopes"] {
        let found: Vec<_> = files(&root).into_iter().filter(|f| f.starts_with(kind)).collect();
        assert_eq!(found.len(), 2);
        swap(&found[0], &found[1]);
        assert_eq!(subjects(&small, kind).await, ["alone", "first", "second"]);
        swap(&found[0], &found[1]);
        assert_eq!(subjects(&small, kind).await, Vec::<String>::new());
    }
    // An older checkpoint of ours with its own, authentic partial bundle.
    let old = small.house.dir.path().join("old");
    std::fs::copy(root.join("log/checkpoint"), &old).unwrap();
    small.house.vault.log().extend(3, &leaves(3..4), NOW_MS).await.unwrap();
    std::fs::copy(&old, root.join("log/checkpoint")).unwrap();
    let report = verify::log(&small.house.vault, &Options::default()).await.unwrap();
    assert!(found(&report).contains(&"vault.log_rolled_back log/checkpoint".to_string()), "{report:?}");
}

/// An insider without keys rewrites entry, leaf hash and all tiles above, consistently.
#[tokio::test]
async fn a_consistent_forgery_meets_the_checkpoint() {
    let small = small().await;
    let root = small.house.store_dir();
    let entries = root.join("log/tile/entries/000.p/3");
    let mut bytes = std::fs::read(&entries).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&entries, &bytes).unwrap();
    let leaves: Vec<[u8; 32]> = bytes.chunks(34).map(|entry| tiezheng_vault::proof::leaf(&entry[2..])).collect();
    std::fs::write(root.join("log/tile/0/000.p/3"), leaves.concat()).unwrap();
    let named = ["log/tile/0/000.p/3", "log/tile/entries/000.p/3"];
    assert_eq!(subjects(&small, "log/").await, named);
    // Without the private bundle the tree itself still contradicts the signature.
    std::fs::remove_file(root.join("log/private/000.p/3")).unwrap();
    let report = verify::log(&small.house.vault, &Options::default()).await.unwrap();
    assert!(found(&report).contains(&"vault.log_root_differs log/checkpoint".to_string()), "{report:?}");
}

/// A full log of two levels: every tile counts.
#[tokio::test]
async fn every_tile_of_a_larger_log() {
    let house = folder().await;
    house.vault.log().extend(0, &leaves(0..600), NOW_MS).await.unwrap();
    let log = house.store_dir().join("log");
    for file in files(&log) {
        let path = file.to_str().unwrap();
        if path == ".lock" {
            continue;
        }
        let good = std::fs::read(log.join(&file)).unwrap();
        for at in [0, good.len() / 3, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            std::fs::write(log.join(&file), &bad).unwrap();
            let report = verify::log(&house.vault, &Options::default()).await.unwrap();
            let named: Vec<_> = report.findings.iter().map(|f| f.subject.as_str()).collect();
            assert_eq!(named, [format!("log/{path}")], "byte {at} of {path}");
        }
        std::fs::remove_file(log.join(&file)).unwrap();
        let report = verify::log(&house.vault, &Options::default()).await.unwrap();
        assert!(report.findings.iter().any(|f| f.subject == format!("log/{path}")), "{path} gone: {report:?}");
        std::fs::write(log.join(&file), &good).unwrap();
    }
    let report = verify::log(&house.vault, &Options::default()).await.unwrap();
    assert_eq!(found(&report), Vec::<String>::new());
}
