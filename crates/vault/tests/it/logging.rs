//! The log: tiles as the specification has them, proofs that verify, calls that can be repeated.

use crate::house::*;
use tiezheng_vault::note::{Kind, Note, Signer};
use tiezheng_vault::verify::{self, Options};
use tiezheng_vault::{Error, Leaf, commitment, proof};

fn code<T>(result: Result<T, Error>) -> Option<&'static str> {
    result.err().map(|error| error.code())
}

#[tokio::test]
async fn grows_in_uneven_steps_and_proves_everything() {
    for (store, house) in houses().await {
        let vault = &house.vault;
        assert_eq!(vault.log().checkpoint().await.unwrap(), None);
        let sizes: &[u64] = if store == "s3" { &[0, 1, 257] } else { &[0, 1, 2, 255, 256, 257, 600, 1025] };
        let mut size = 0;
        let mut checkpoints = Vec::new();
        for &next in sizes {
            let checkpoint = vault.log().extend(size, &leaves(size..next), NOW_MS).await.unwrap();
            assert_eq!((checkpoint.size, checkpoint.signed_ms), (next, Some(NOW_MS)));
            assert_eq!(checkpoint.origin, ORIGIN);
            size = next;
            checkpoints.push(checkpoint);
        }
        let hashes: Vec<_> =
            leaves(0..size).iter().map(|leaf| proof::leaf(&commitment(&leaf.salt, &leaf.payload))).collect();
        let log = house.reopened().await;
        let log = log.log();
        for checkpoint in &checkpoints {
            let root = proof::root(&hashes[..checkpoint.size as usize]);
            assert_eq!(checkpoint.root, root, "{store} {}", checkpoint.size);
            for index in [0, 1, 200, 255, 256, 511, 512, 1024].into_iter().filter(|i| *i < checkpoint.size) {
                let path = log.inclusion(index, checkpoint.size).await.unwrap();
                let leaf = &hashes[index as usize];
                proof::verify_inclusion(index, checkpoint.size, leaf, &path, &root).unwrap();
            }
            for old in &checkpoints {
                if old.size <= checkpoint.size {
                    let path = log.consistency(old.size, checkpoint.size).await.unwrap();
                    proof::verify_consistency(old.size, checkpoint.size, &path, &old.root, &root).unwrap();
                }
            }
        }
        assert_eq!(log.private(size - 1).await.unwrap(), leaf(size - 1));
        let first = leaf(0);
        assert_eq!(log.entry(0).await.unwrap(), commitment(&first.salt, &first.payload));
        assert_eq!(code(log.entry(size).await), Some("vault.log_out_of_range"));
        assert_eq!(code(log.private(size).await), Some("vault.log_out_of_range"));
        assert_eq!(code(log.inclusion(size, size).await), Some("vault.log_out_of_range"));
        assert_eq!(code(log.inclusion(0, size + 1).await), Some("vault.log_out_of_range"));
        assert_eq!(code(log.consistency(2, 1).await), Some("vault.log_out_of_range"));
        let report = verify::log(&house.reopened().await, &Options::default()).await.unwrap();
        assert_eq!((found(&report), report.checked), (vec![], size), "{store}");
        assert_eq!(report.remains, [], "{store}");
    }
}

#[tokio::test]
async fn a_call_can_be_repeated_but_never_changed() {
    let house = folder().await;
    let log = house.vault.log();
    let first = log.extend(0, &leaves(0..5), NOW_MS).await.unwrap();
    assert_eq!(log.extend(0, &leaves(0..5), NOW_MS + 1).await.unwrap(), first);
    assert_eq!(log.extend(2, &leaves(2..4), NOW_MS + 1).await.unwrap(), first);
    assert_eq!(log.extend(3, &leaves(3..9), NOW_MS).await.unwrap().size, 9);
    assert_eq!(code(log.extend(10, &leaves(10..11), NOW_MS).await), Some("vault.log_gap"));
    let other = Leaf { payload: b"{}".into(), ..leaf(4) };
    let differs = log.extend(4, &[other], NOW_MS).await;
    assert!(matches!(differs, Err(Error::LogEntryDiffers { index: 4 })));
    let huge = Leaf { payload: vec![0; (1 << 20) + 1], salt: [0; 32] };
    assert_eq!(code(log.extend(9, &[huge], NOW_MS).await), Some("vault.too_large"));
    assert_eq!(log.checkpoint().await.unwrap().unwrap().size, 9);
}

/// The same log by one call and by many, by one process and by several, has the same root.
#[tokio::test]
async fn the_way_of_growing_leaves_no_trace() {
    let (one, many) = (folder().await, folder().await);
    let whole = one.vault.log().extend(0, &leaves(0..700), NOW_MS).await.unwrap();
    for from in (0..700).step_by(70) {
        let vault = many.reopened().await;
        vault.log().extend(from, &leaves(from..from + 70), NOW_MS).await.unwrap();
    }
    assert_eq!(many.vault.log().checkpoint().await.unwrap().unwrap().root, whole.root);
    // Both processes may hold a stale view of the tail; each looks before it writes.
    let (a, b) = (one.reopened().await, one.reopened().await);
    a.log().extend(700, &leaves(700..701), NOW_MS).await.unwrap();
    b.log().extend(701, &leaves(701..702), NOW_MS).await.unwrap();
    a.log().extend(702, &leaves(702..703), NOW_MS).await.unwrap();
    let report = verify::log(&one.vault, &Options::default()).await.unwrap();
    assert_eq!((found(&report), report.checked), (vec![], 703));
}

/// Two sequencers at once: each succeeds or is told to come again, and nothing is signed twice.
#[tokio::test]
async fn two_at_once_do_no_harm() {
    for (store, house) in houses().await {
        let (a, b) = (house.reopened().await, house.reopened().await);
        for round in 0..10 {
            let (some, more) = (leaves(0..5 + 7 * round), leaves(0..9 + 7 * round));
            let (x, y) = tokio::join!(a.log().extend(0, &some, NOW_MS), b.log().extend(0, &more, NOW_MS));
            for result in [x, y] {
                assert!(result.is_ok() || code(result) == Some("vault.log_busy"), "{store}");
            }
        }
        let done = a.log().extend(0, &leaves(0..80), NOW_MS).await.unwrap();
        assert_eq!(done.size, 80);
        let report = verify::log(&b, &Options::default()).await.unwrap();
        assert_eq!((found(&report), report.checked), (vec![], 80), "{store}");
    }
}

#[tokio::test]
async fn public_paths_only() {
    let house = folder().await;
    house.vault.log().extend(0, &leaves(0..300), NOW_MS).await.unwrap();
    for (path, there) in [
        ("checkpoint", true),
        ("tile/0/000", true),
        ("tile/0/001.p/44", true),
        ("tile/1/000.p/1", true),
        ("tile/entries/000", true),
        ("tile/entries/001.p/44", true),
        ("tile/0/002", false),
        ("tile/0/x001/000", false),
        ("tile/0/000.p/0", false),
        ("tile/0/000.p/256", false),
        ("tile/0/0", false),
        ("tile/00/000", false),
        ("tile/6/000", false),
        ("tile/0/../0/000", false),
        ("private/000", false),
        ("../vault.txt", false),
        (".lock", false),
        ("", false),
    ] {
        let found = house.vault.log().tile(path).await.unwrap();
        assert_eq!(found.is_some(), there, "{path}");
    }
}

#[tokio::test]
async fn a_log_that_became_shorter_is_noticed_and_never_signed_over() {
    let house = folder().await;
    let vault = &house.vault;
    let path = house.store_dir().join("log/checkpoint");
    vault.log().extend(0, &leaves(0..3), NOW_MS).await.unwrap();
    let old = std::fs::read(&path).unwrap();
    vault.log().extend(3, &leaves(3..5), NOW_MS).await.unwrap();
    std::fs::write(&path, &old).unwrap();
    assert_eq!(code(vault.log().checkpoint().await), Some("vault.log_rolled_back"));
    let over = vault.log().extend(3, &leaves(3..4), NOW_MS).await;
    assert_eq!(code(over), Some("vault.log_rolled_back"));
    std::fs::remove_file(&path).unwrap();
    assert_eq!(code(vault.log().extend(0, &leaves(0..9), NOW_MS).await), Some("vault.log_rolled_back"));
    let report = verify::log(vault, &Options::default()).await.unwrap();
    assert_eq!(found(&report), ["vault.checkpoint_missing log/checkpoint", "vault.log_rolled_back log/checkpoint"]);
    // People decide to accept what an older backup has.
    std::fs::write(&path, &old).unwrap();
    vault.keys().forget_seen().unwrap();
    assert_eq!(vault.log().checkpoint().await.unwrap().unwrap().size, 3);
}

/// A damaged edge is never built upon: the signature would cover the damage.
#[tokio::test]
async fn does_not_extend_what_is_not_the_signed_tree() {
    let house = folder().await;
    house.vault.log().extend(0, &leaves(0..300), NOW_MS).await.unwrap();
    let before = house.vault.log().checkpoint().await.unwrap();
    for file in ["tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/001.p/44", "private/001.p/44"] {
        let path = house.store_dir().join("log").join(file);
        let good = std::fs::read(&path).unwrap();
        let mut bad = good.clone();
        bad[3] ^= 1;
        std::fs::write(&path, &bad).unwrap();
        let fresh = house.reopened().await;
        let refused = fresh.log().extend(300, &leaves(300..301), NOW_MS).await;
        assert_eq!(code(refused), Some("vault.tile_corrupt"), "{file}");
        std::fs::remove_file(&path).unwrap();
        let refused = fresh.log().extend(300, &leaves(300..301), NOW_MS).await;
        assert_eq!(code(refused), Some("vault.tile_missing"), "{file}");
        std::fs::write(&path, &good).unwrap();
    }
    assert_eq!(house.vault.log().checkpoint().await.unwrap(), before);
}

#[tokio::test]
async fn a_fork_of_the_same_size_is_noticed() {
    let house = folder().await;
    let log = house.store_dir().join("log");
    let aside = house.dir.path().join("aside");
    house.vault.log().extend(0, &leaves(0..3), NOW_MS).await.unwrap();
    std::fs::rename(&log, &aside).unwrap();
    house.vault.keys().forget_seen().unwrap();
    house.reopened().await.log().extend(0, &leaves(1..4), NOW_MS).await.unwrap();
    std::fs::remove_dir_all(&log).unwrap();
    std::fs::rename(&aside, &log).unwrap();
    assert_eq!(code(house.vault.log().checkpoint().await), Some("vault.log_forked"));
    let report = verify::log(&house.vault, &Options::default()).await.unwrap();
    assert_eq!(found(&report), ["vault.log_forked log/checkpoint"]);
}

#[tokio::test]
async fn witnesses_cosign_the_newest_checkpoint_only() {
    let house = folder().await;
    let log = house.vault.log();
    let witness = Signer::from_seed("witness.test", Kind::Cosignature, [5; 32]).unwrap();
    let other = Signer::from_seed("other.test", Kind::Cosignature, [6; 32]).unwrap();
    let cosigned = |checkpoint: &str, by: &Signer| {
        let mut note = Note::parse(checkpoint.as_bytes()).unwrap();
        note.signatures.clear();
        by.sign(&mut note, 1_767_225_601);
        note.to_text()
    };
    let old = log.extend(0, &leaves(0..2), NOW_MS).await.unwrap();
    let new = log.extend(2, &leaves(2..4), NOW_MS).await.unwrap();
    let late = log.add_cosignature(&cosigned(&old.note, &witness), witness.verifier()).await;
    assert_eq!(code(late), Some("vault.note"));
    let stranger = log.add_cosignature(&cosigned(&new.note, &other), witness.verifier()).await;
    assert_eq!(code(stranger), Some("vault.note"));
    let note = cosigned(&new.note, &witness);
    let once = log.add_cosignature(&note, witness.verifier()).await.unwrap();
    let twice = log.add_cosignature(&note, witness.verifier()).await.unwrap();
    assert_eq!(once, twice);
    assert_eq!(log.checkpoint().await.unwrap().unwrap(), once);

    let keys = [witness.verifier().clone(), other.verifier().clone()];
    let receipt = log.receipt(1, &keys).await.unwrap();
    let verified = receipt.verify(None).unwrap();
    assert_eq!(verified.witnesses, [("witness.test".to_string(), 1_767_225_601)]);
    assert!(log.receipt(1, &[]).await.unwrap().verify(None).unwrap().witnesses.is_empty());
}
