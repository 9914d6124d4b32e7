//! Three depths, what each finds; what nobody claims; going on where a run stopped.

use crate::house::*;
use std::sync::{Arc, Mutex};
use tiezheng_vault::verify::{self, Claim, Depth, Options, Progress};
use tiezheng_vault::{Digests, Error, Place};

fn segment(house: &House, place: &Place, kind: &str) -> std::path::PathBuf {
    let id = &place.segment;
    house.store_dir().join(format!("{kind}/{}/{id}", &id[id.len() - 2..]))
}

#[tokio::test]
async fn each_depth_finds_what_it_costs() {
    let house = folder().await;
    let sealed = seal(&house.vault, &bytes(200_000, 1), "a").await.unwrap();
    let claims = [claim("a", &sealed)];
    let path = segment(&house, &sealed.place, "segments");
    let envelope = segment(&house, &sealed.place, "envelopes");
    let (good, good_envelope) = (std::fs::read(&path).unwrap(), std::fs::read(&envelope).unwrap());
    let mut flipped = good.clone();
    flipped[150_000] ^= 1;
    let none: [&str; 0] = [];
    let (cut, corrupt) = (["vault.segment_length a"], ["vault.object_corrupt a"]);
    for (content, presence, size, digest) in [
        (Some(&good[..]), &none[..], &none[..], &none[..]),
        (Some(&flipped), &none, &none, &corrupt),
        (Some(&good[..100_000]), &none, &cut, &corrupt),
        (None, &["vault.segment_missing a"], &["vault.segment_missing a"], &["vault.segment_missing a"]),
    ] {
        match content {
            Some(bytes) => std::fs::write(&path, bytes).unwrap(),
            None => std::fs::remove_file(&path).unwrap(),
        }
        for (depth, expected) in [(Depth::Presence, presence), (Depth::Size, size), (Depth::Digest, digest)] {
            assert_eq!(found(&check(&house.vault, &claims, depth).await), expected, "{depth:?}");
        }
    }
    std::fs::write(&path, &flipped).unwrap();
    let report = check(&house.vault, &claims, Depth::Digest).await;
    // 48 bytes of header, then segments of 65,552 bytes: byte 150,000 lies in the third
    assert_eq!(report.findings[0].params["offset"], (48 + 2 * 65_552).to_string());
    assert_eq!(report.findings[0].params["object"], sealed.place.object);
    std::fs::write(&path, &good).unwrap();

    std::fs::remove_file(&envelope).unwrap();
    let missing = ["vault.envelope_missing a"];
    for depth in [Depth::Presence, Depth::Size, Depth::Digest] {
        assert_eq!(found(&check(&house.vault, &claims, depth).await), missing, "{depth:?}");
    }
    std::fs::write(&envelope, &good_envelope).unwrap();
    let options = Options { every_digest: true, ..Options::default() };
    assert_eq!(found(&check_with(&house.vault, &claims, Depth::Digest, &options).await), none);
}

/// A row of the database was altered: the sealed digests are the true ones.
#[tokio::test]
async fn claims_that_are_not_true() {
    let house = folder().await;
    let sealed = seal(&house.vault, b"file", "a").await.unwrap();
    let good = claim("a", &sealed);
    let digests = |change: fn(&mut Digests)| {
        let mut claim = good.clone();
        change(&mut claim.digests);
        claim
    };
    let place = |place: Place| Claim { place, ..good.clone() };
    for (bad, expected) in [
        (digests(|d| d.size += 1), "vault.digest_differs a"),
        (digests(|d| d.sha256[0] ^= 1), "vault.digest_differs a"),
        (digests(|d| d.sm3[9] ^= 1), "vault.digest_differs a"),
        (digests(|d| d.tree[31] ^= 1), "vault.digest_differs a"),
        (place(Place { offset: 1, ..good.place.clone() }), "vault.object_missing a"),
        (place(Place { length: 1, ..good.place.clone() }), "vault.object_missing a"),
        (place(Place { segment: "x".into(), ..good.place.clone() }), "vault.bad_place a"),
    ] {
        let options = Options { unclaimed_before_ms: None, ..Options::default() };
        let report = check_with(&house.vault, &[bad], Depth::Digest, &options).await;
        assert_eq!(found(&report), [expected]);
    }
}

#[tokio::test]
async fn what_nobody_claims_is_named() {
    let house = folder().await;
    let alone = seal(&house.vault, b"alone", "a").await.unwrap();
    let packed = pack(&house.vault, &[("b", b"b".into()), ("c", b"c".into())]).await.unwrap();
    let [a, b] = [claim("a", &alone), claim("b", &packed[0])];
    let path = |place: &Place| segment(&house, place, "segments");
    let relative = |place: &Place| path(place).strip_prefix(house.store_dir()).unwrap().to_str().unwrap().to_string();
    let report = check(&house.vault, &[a.clone(), b.clone()], Depth::Digest).await;
    assert_eq!(found(&report), [format!("vault.unclaimed {}", relative(&packed[1].place))]);
    assert_eq!(report.findings[0].params["object"], packed[1].place.object);
    let report = check(&house.vault, &[], Depth::Size).await;
    assert_eq!(report.findings.len(), 3);
    let options = Options { unclaimed_before_ms: Some(0), ..Options::default() };
    assert_eq!(found(&check_with(&house.vault, &[], Depth::Size, &options).await), Vec::<String>::new());

    // Foreign files are named; what a crash leaves is not an alarm.
    std::fs::write(house.store_dir().join("segments/stray"), "x").unwrap();
    std::fs::write(house.store_dir().join("envelopes/.x.tmp"), "x").unwrap();
    std::fs::remove_file(path(&packed[0].place)).unwrap();
    let report = check(&house.vault, &[a], Depth::Presence).await;
    assert_eq!(found(&report), ["vault.stray_file segments/stray"]);
    let remains: Vec<&str> = report.remains.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(remains, ["vault.temporary", "vault.envelope_alone"]);
    assert_eq!(house.vault.sweep(0).await.unwrap(), 0);
    assert_eq!(house.vault.sweep(i64::MAX).await.unwrap(), 1);
}

#[tokio::test]
async fn goes_on_where_a_run_stopped() {
    let house = folder().await;
    let mut claims = Vec::new();
    for n in 0..6_u64 {
        claims.push(claim(&n.to_string(), &seal(&house.vault, &bytes(10, n), "x").await.unwrap()));
    }
    let packed = pack(&house.vault, &[("6", b"b".into()), ("7", b"c".into())]).await.unwrap();
    claims.extend(packed.iter().zip(["6", "7"]).map(|(sealed, what)| claim(what, sealed)));
    let seen: Arc<Mutex<Vec<Progress>>> = Arc::default();
    let into = seen.clone();
    let progress = Arc::new(move |at: &Progress| into.lock().unwrap().push(at.clone()));
    let options = Options { threads: 3, progress: Some(progress), ..Options::default() };
    let report = check_with(&house.vault, &claims, Depth::Digest, &options).await;
    assert_eq!((report.checked, report.bytes), (8, 62));
    let seen: Vec<(u64, String)> = seen.lock().unwrap().iter().map(|p| (p.checked, p.at.clone())).collect();
    let expected = [(1, "0"), (2, "1"), (3, "2"), (4, "3"), (5, "4"), (6, "5"), (8, "7")];
    assert_eq!(seen, expected.map(|(n, at)| (n, at.to_string())));
    for (from, left) in [("0", 7), ("5", 2), ("6", 1), ("7", 0)] {
        let options = Options { resume_from: Some(from.into()), ..Options::default() };
        let report = check_with(&house.vault, &claims, Depth::Digest, &options).await;
        assert_eq!((found(&report), report.checked), (vec![], left), "from {from}");
    }
}

#[tokio::test]
async fn going_on_behind_nothing_is_an_error() {
    let house = folder().await;
    let sealed = seal(&house.vault, b"x", "x").await.unwrap();
    let claims = futures_util::stream::iter([Ok::<_, Error>(claim("a", &sealed))]);
    let options = Options { resume_from: Some("b".into()), ..Options::default() };
    let refused = verify::store(&house.vault, claims, Depth::Size, &options).await;
    assert_eq!(refused.unwrap_err().code(), "vault.resume_unknown");
}

/// Slow enough to be measured without measuring: paused time advances only by what is waited for.
#[tokio::test(start_paused = true)]
async fn keeps_to_the_rate() {
    let house = folder().await;
    let sealed = seal(&house.vault, &bytes(3 << 20, 1), "x").await.unwrap();
    let before = tokio::time::Instant::now();
    let options = Options { rate_bytes_per_s: Some(1 << 20), ..Options::default() };
    let report = check_with(&house.vault, &[claim("x", &sealed)], Depth::Digest, &options).await;
    assert_eq!(found(&report), Vec::<String>::new());
    // The first MiB is free, the second and third wait for those before.
    assert!(before.elapsed().as_secs() >= 2, "{:?}", before.elapsed());
}
