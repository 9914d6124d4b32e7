//! Whatever goes in comes out, whole or in any part, on both stores and in both suites.

use crate::house::*;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use proptest::prelude::*;
use std::io::{Read, Seek, SeekFrom};
use tiezheng_vault::suite::{Suite, sha256_of, sm3_of};
use tiezheng_vault::verify::Depth;
use tiezheng_vault::{Disk, Error, Keys, Location, Place, Vault};

const CHUNK: usize = 1 << 16;
const MIB: usize = 1 << 20;

#[tokio::test]
async fn files_of_all_sizes_on_both_stores() {
    for (store, house) in houses().await {
        let vault = &house.vault;
        for size in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, MIB, MIB + 1, 3 * MIB + 17] {
            let plain = bytes(size, 1);
            let sealed = seal(vault, &plain, "a").await.unwrap();
            let digests = sealed.digests;
            assert_eq!(digests.size, size as u64, "{store}");
            assert_eq!((digests.sha256, digests.sm3), (sha256_of(&[&plain]), sm3_of(&[&plain])));
            let leaves: Vec<_> = plain.chunks(MIB).map(|leaf| Suite::Aes.leaf(leaf)).collect();
            assert_eq!(digests.tree, Suite::Aes.tree(&leaves), "{store} {size}");

            let reader = house.reopened().await.read(&sealed.place).await.unwrap();
            assert_eq!(reader.digests(), &digests);
            assert_eq!(reader.described(), describe("a")(&digests));
            assert_eq!(reader.place(), sealed.place);
            assert_eq!(reader.read_at(0, usize::MAX).await.unwrap(), plain, "{store} {size}");
            let pieces: Vec<Bytes> = reader.stream(0..u64::MAX).try_collect().await.unwrap();
            assert_eq!(pieces.concat(), plain);
            assert!(vault.has(&sealed.place).await.unwrap());
        }
    }
}

/// Large enough for several parts of an S3 upload.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_on_both_stores() {
    for (store, house) in houses().await {
        let plain = bytes(20 * MIB + 5, 2);
        let mut writer = house.vault.start().await.unwrap();
        for piece in Bytes::from(plain.clone()).chunks(3 * MIB) {
            writer.write(Bytes::copy_from_slice(piece)).await.unwrap();
        }
        assert_eq!(writer.size_so_far(), plain.len() as u64);
        let sealed = writer.finish(describe("large")).await.unwrap();
        let reader = house.vault.read(&sealed.place).await.unwrap();
        let at = 13 * MIB - 3;
        assert_eq!(reader.read_at(at as u64, 9 * MIB).await.unwrap(), plain[at..], "{store}");
        let report = check(&house.vault, &[claim("large", &sealed)], Depth::Digest).await;
        assert_eq!((found(&report), report.bytes), (vec![], plain.len() as u64), "{store}");
    }
}

#[tokio::test]
async fn packs_keep_their_order() {
    for (store, house) in houses().await {
        let files: Vec<(&str, Vec<u8>)> = [("a", 0), ("b", 1), ("c", 200_000), ("d", CHUNK), ("e", 2 * MIB + 1)]
            .map(|(name, size)| (name, bytes(size, 3)))
            .into();
        let sealed = pack(&house.vault, &files).await.unwrap();
        assert_eq!(sealed.len(), files.len());
        for (sealed, (name, plain)) in sealed.iter().zip(&files) {
            let reader = house.vault.read(&sealed.place).await.unwrap();
            assert_eq!(reader.read_at(0, plain.len()).await.unwrap(), plain, "{store} {name}");
            assert_eq!(reader.described(), describe(name)(&sealed.digests));
        }
        assert!(house.vault.packer().flush().await.unwrap().is_empty());
        let claims: Vec<_> = sealed.iter().map(|s| claim(&s.place.object, s)).collect();
        assert_eq!(found(&check(&house.vault, &claims, Depth::Digest).await), Vec::<String>::new());

        // The catalogue comes back from storage and key alone.
        let scanned: Vec<_> = house.reopened().await.scan().try_collect().await.unwrap();
        let scanned: Vec<_> = scanned.into_iter().map(|f| (f.place, f.digests, f.described)).collect();
        let names = files.iter().map(|(name, _)| name);
        let expected: Vec<_> = sealed
            .iter()
            .zip(names)
            .map(|(s, name)| (s.place.clone(), s.digests, describe(name)(&s.digests)))
            .collect();
        assert_eq!(scanned, expected, "{store}");
    }
}

#[tokio::test]
async fn a_pack_says_when_it_is_full() {
    let house = folder().await;
    let mut packer = house.vault.packer();
    assert!(packer.is_empty() && !packer.is_full());
    for n in 0..8 {
        packer.add(bytes(8 * MIB, n).into(), describe("x")).await.unwrap();
    }
    assert!(packer.is_full() && packer.len() == 8);
    let too_large = packer.digest(vec![0; (64 << 20) + 1].into()).await;
    assert!(matches!(too_large, Err(Error::TooLarge { .. })));
}

#[tokio::test]
async fn what_is_given_up_leaves_nothing() {
    for (store, house) in houses().await {
        // s3s-fs keeps notes of its own about every object it ever had.
        let kept = || -> Vec<_> {
            files(house.dir.path()).into_iter().filter(|f| !f.to_string_lossy().starts_with('.')).collect()
        };
        let before = kept();
        let mut writer = house.vault.start().await.unwrap();
        writer.write(bytes(100_000, 1).into()).await.unwrap();
        writer.abandon().await;
        let mut writer = house.vault.start().await.unwrap();
        writer.write(bytes(100_000, 1).into()).await.unwrap();
        let (digests, pending) = writer.digest().await.unwrap();
        assert_eq!(digests.sha256, sha256_of(&[&bytes(100_000, 1)]));
        assert_eq!(pending.digests(), &digests);
        pending.abandon().await;
        let too_long = seal(&house.vault, b"x", "").await.unwrap(); // something to compare with
        house.vault.remove_unclaimed(&too_long.place).await.unwrap();
        let described = house.vault.start().await.unwrap().finish(|_| vec![0; (16 << 20) + 1]).await;
        assert!(matches!(described, Err(Error::TooLarge { .. })), "{store}");
        assert_eq!(kept(), before, "{store}");
    }
}

#[tokio::test]
async fn unclaimed_objects_can_be_removed_one_by_one() {
    for (store, house) in houses().await {
        let vault = &house.vault;
        let alone = seal(vault, b"alone", "alone").await.unwrap();
        let packed = pack(vault, &[("a", b"aa".into()), ("b", b"bb".into())]).await.unwrap();
        vault.remove_unclaimed(&alone.place).await.unwrap();
        vault.remove_unclaimed(&packed[0].place).await.unwrap();
        assert!(!vault.has(&alone.place).await.unwrap(), "{store}");
        assert!(!vault.has(&packed[0].place).await.unwrap());
        let gone = vault.read(&packed[0].place).await.err().map(|e| e.code());
        assert_eq!(gone, Some("vault.object_missing"));
        let again = vault.remove_unclaimed(&packed[0].place).await.err().map(|e| e.code());
        assert_eq!(again, Some("vault.object_missing"));
        let kept = vault.read(&packed[1].place).await.unwrap();
        assert_eq!(kept.read_at(0, 9).await.unwrap(), "bb");
        let report = check(vault, &[claim("b", &packed[1])], Depth::Digest).await;
        assert_eq!(found(&report), Vec::<String>::new());
    }
}

#[tokio::test]
async fn places_that_are_refused() {
    let house = folder().await;
    let good = seal(&house.vault, b"x", "x").await.unwrap().place;
    let id = uuid::Uuid::now_v7().to_string();
    for (place, code) in [
        (Place { segment: "../../etc/passwd".into(), ..good.clone() }, "vault.bad_place"),
        (Place { segment: good.segment.to_uppercase(), ..good.clone() }, "vault.bad_place"),
        (Place { object: String::new(), ..good.clone() }, "vault.bad_place"),
        (Place { segment: id.clone(), ..good.clone() }, "vault.envelope_missing"),
        (Place { object: id, ..good.clone() }, "vault.object_missing"),
        (Place { offset: 1, ..good.clone() }, "vault.object_missing"),
        (Place { length: u64::MAX, ..good.clone() }, "vault.object_missing"),
    ] {
        let refused = house.vault.read(&place).await.err().map(|error| error.code());
        assert_eq!(refused, Some(code), "{place:?}");
    }
    let reader = house.vault.read(&good).await.unwrap();
    assert!(matches!(reader.read_at(2, 1).await, Err(Error::OutOfRange { .. })));
    assert_eq!(reader.read_at(1, 1).await.unwrap(), "");
    let backwards = reader.stream(std::ops::Range { start: 1, end: 0 }).next().await;
    assert!(matches!(backwards, Some(Err(Error::OutOfRange { .. }))));
}

#[tokio::test]
async fn vaults_and_keys_belong_together() {
    let house = folder().await;
    let other = folder().await;
    let dir = house.keys_dir();
    let keys = Keys::open(&dir).unwrap();
    let code = |result: Result<Vault, Error>| result.err().map(|error| error.code());
    assert_eq!(code(Vault::open(&other.location, keys.clone()).await), Some("vault.other_vault"));
    assert_eq!(code(Vault::create(&other.location, keys.clone()).await), Some("vault.other_vault"));
    assert_eq!(code(Vault::create(&house.location, keys.clone()).await), None);
    let nowhere = Location::Folder(house.dir.path().join("nowhere"));
    assert_eq!(code(Vault::open(&nowhere, keys).await), Some("vault.not_a_vault"));
    let again = Keys::create(&dir, ORIGIN).err().map(|error| error.code());
    assert_eq!(again, Some("vault.keys_exist"));
    let kek = files(&dir).into_iter().find(|path| path.extension().is_some_and(|e| e == "key")).unwrap();
    for (name, content, code) in [
        ("log.key", "", "vault.key_file"),
        ("kek/current", "x", "vault.key_file"),
        ("kek/current", "01890000-0000-7000-8000-000000000000\n", "vault.key_missing"),
        (kek.to_str().unwrap(), "tiezheng-kek/1\n", "vault.key_file"),
    ] {
        let path = dir.join(name);
        let before = std::fs::read(&path).unwrap();
        std::fs::write(&path, content).unwrap();
        assert_eq!(Keys::open(&dir).err().map(|error| error.code()), Some(code), "{name}");
        std::fs::write(&path, before).unwrap();
    }
    use std::os::unix::fs::PermissionsExt;
    for path in files(&dir) {
        let mode = std::fs::metadata(dir.join(&path)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{path:?}");
    }
}

#[test]
fn locations() {
    for (text, printed) in [
        ("/srv/vault", "/srv/vault"),
        ("data", "data"),
        ("s3://b", "s3://b"),
        ("s3://b/p/q/", "s3://b/p/q"),
        ("s3://b?endpoint=http://h:9/&region=cn-1", "s3://b?endpoint=http://h:9&region=cn-1"),
        ("s3://b/p?region=x", "s3://b/p?region=x"),
    ] {
        assert_eq!(Location::parse(text).unwrap().to_string(), printed);
    }
    for text in
        ["", "s3://", "s3:///p", "http://h", "s3://b/../c", "s3://b/a//b", "s3://b?x=1", "s3://b?endpoint=ftp://h"]
    {
        let error = Location::parse(text).unwrap_err();
        assert_eq!(error.code(), "vault.location", "{text}");
    }
}

/// One vault for all cases of a property: making keys and folders is the slow part.
fn with_vault(suite: Suite, run: impl AsyncFnOnce(&Vault)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let dir = tempdir();
        let keys = Keys::create_with(&dir.path().join("keys"), ORIGIN, suite, Disk::default()).unwrap();
        let vault = Vault::create(&Location::Folder(dir.path().join("store")), keys).await.unwrap();
        run(&vault).await;
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_range_of_any_file(
        sm in any::<bool>(),
        size in prop_oneof![0..300_usize, CHUNK - 20..CHUNK + 20, 2 * MIB - 9..2 * MIB + 300_000],
        ranges in prop::collection::vec((0.0..1.0_f64, 0..200_000_usize), 8),
    ) {
        let suite = if sm { Suite::Sm } else { Suite::Aes };
        with_vault(suite, async |vault| {
            let plain = bytes(size, 4);
            let sealed = seal(vault, &plain, "p").await.unwrap();
            let reader = vault.read(&sealed.place).await.unwrap();
            let mut blocking = reader.blocking();
            for (at, len) in ranges {
                let from = (at * size as f64) as usize;
                let to = (from + len).min(size);
                assert_eq!(reader.read_at(from as u64, len).await.unwrap(), &plain[from..to]);
                let pieces: Vec<Bytes> = reader.stream(from as u64..to as u64).try_collect().await.unwrap();
                assert_eq!(pieces.concat(), &plain[from..to]);
                let (back, out) = tokio::task::spawn_blocking(move || {
                    let mut out = vec![0; to - from];
                    blocking.seek(SeekFrom::Start(from as u64)).unwrap();
                    blocking.read_exact(&mut out).unwrap();
                    (blocking, out)
                }).await.unwrap();
                blocking = back;
                assert_eq!(out, &plain[from..to]);
            }
            let report = check(vault, &[claim("p", &sealed)], Depth::Digest).await;
            assert_eq!(found(&report), Vec::<String>::new());
        });
    }
}
