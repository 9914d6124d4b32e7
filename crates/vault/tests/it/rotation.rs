//! Changing keys touches envelopes only, can stop anywhere, and the old key goes last.

use crate::house::*;
use std::sync::Arc;
use tiezheng_vault::suite::Suite;
use tiezheng_vault::verify::{self, Depth, Options};
use tiezheng_vault::{Disk, Error, Fault, Faults, Keys, Vault};

#[tokio::test]
async fn rotates_from_aes_to_sm4_and_forgets_the_old_key() {
    for (store, house) in houses().await {
        let vault = &house.vault;
        let old = vault.keys().current_kek();
        let a = seal(vault, b"old", "a").await.unwrap();
        let packed = pack(vault, &[("b", b"bb".into()), ("c", b"cc".into())]).await.unwrap();
        vault.log().extend(0, &leaves(0..300), NOW_MS).await.unwrap();
        let new = vault.keys().rotate(Suite::Sm).unwrap();
        assert_eq!(vault.keys().kek_ids(), [old.clone(), new.clone()]);
        let d = seal(vault, &bytes(200_000, 1), "d").await.unwrap();
        assert_eq!(vault.retire_keys().await.unwrap(), Vec::<String>::new(), "still wraps files");

        let mut steps = 0;
        let report = vault.rewrap(|_| steps += 1).await.unwrap();
        // three envelopes and two private bundles; the one sealed since is looked at only
        assert_eq!((report.checked, report.rewrapped, steps), (5, 4, 5), "{store}");
        assert_eq!(report.failed, []);
        assert_eq!(vault.rewrap(|_| ()).await.unwrap().rewrapped, 0);
        assert_eq!(vault.retire_keys().await.unwrap(), [old]);
        assert_eq!(vault.keys().kek_ids(), [new]);

        let vault = house.reopened().await;
        let claims = [claim("a", &a), claim("b", &packed[0]), claim("c", &packed[1]), claim("d", &d)];
        let report = check(&vault, &claims, Depth::Digest).await;
        assert_eq!((found(&report), report.checked), (vec![], 4), "{store}");
        let report = verify::log(&vault, &Options { every_digest: true, ..Options::default() }).await.unwrap();
        assert_eq!((found(&report), report.checked), (vec![], 300));
        vault.log().extend(300, &leaves(300..301), NOW_MS).await.unwrap();
        assert_eq!(vault.log().private(0).await.unwrap(), leaf(0));
    }
}

#[tokio::test]
async fn goes_on_after_the_power_went() {
    let house = folder().await;
    let mut claims = Vec::new();
    for n in 0..6 {
        let sealed = seal(&house.vault, &bytes(10, n), "x").await.unwrap();
        claims.push(claim(&n.to_string(), &sealed));
    }
    house.vault.log().extend(0, &leaves(0..3), NOW_MS).await.unwrap();
    house.vault.keys().rotate(Suite::Aes).unwrap();
    for n in (0..100).step_by(7) {
        let faults = Arc::new(Faults::default());
        let keys = Keys::open_with(&house.keys_dir(), Disk::with_faults(faults.clone())).unwrap();
        let vault = Vault::open(&house.location, keys).await.unwrap();
        faults.arm(n, Fault::PowerCut);
        let report = vault.rewrap(|_| ()).await;
        let went_through = report.as_ref().is_ok_and(|report| report.failed.is_empty());
        assert!(went_through || faults.struck(), "{report:?}");
        let report = check(&house.reopened().await, &claims, Depth::Digest).await;
        assert_eq!(found(&report), Vec::<String>::new(), "power cut at call {n}");
    }
    let vault = house.reopened().await;
    assert_eq!(vault.rewrap(|_| ()).await.unwrap().failed, []);
    assert_eq!(vault.retire_keys().await.unwrap().len(), 1);
}

#[tokio::test]
async fn another_process_learns_of_the_new_key() {
    let house = folder().await;
    let elsewhere = house.reopened().await;
    house.vault.keys().rotate(Suite::Aes).unwrap();
    let sealed = seal(&house.vault, b"x", "x").await.unwrap();
    assert_eq!(elsewhere.read(&sealed.place).await.unwrap().read_at(0, 9).await.unwrap(), "x");
    let kek = house.keys_dir().join(format!("kek/{}.key", house.vault.keys().current_kek()));
    std::fs::remove_file(kek).unwrap();
    let lost = Keys::open(&house.keys_dir()).err();
    assert!(matches!(lost, Some(Error::KeyMissing { .. })), "{lost:?}");
}
