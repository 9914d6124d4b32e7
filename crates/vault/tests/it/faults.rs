//! Whatever single call fails, at whatever call the power goes: every receipt given still verifies, and
//! doing it again completes.

use crate::house::*;
use futures_util::TryStreamExt;
use std::path::Path;
use std::sync::Arc;
use tiezheng_vault::receipt::Receipt;
use tiezheng_vault::verify::{self, Claim, Depth, Options};
use tiezheng_vault::{Disk, Fault, Faults, Keys, Leaf, Location, Result, Sealed, Vault, canonical};

/// What an application keeps in its own, durable database.
#[derive(Default)]
struct Catalogue {
    claims: Vec<Claim>,
    events: Vec<Leaf>,
    receipts: Vec<(String, Receipt)>,
}

impl Catalogue {
    fn insert(&mut self, what: &str, sealed: &Sealed) {
        let event = serde_json::json!({"digests": sealed.digests.to_value(), "what": what});
        self.events.push(Leaf { payload: canonical::to_bytes(&event).unwrap(), salt: [self.events.len() as u8; 32] });
        self.claims.push(claim(what, sealed));
    }

    fn has(&self, what: &str) -> bool {
        self.claims.iter().any(|claim| claim.what == what)
    }
}

const ALONE: [(&str, usize); 2] = [("alone", 70_000), ("empty", 0)];
const PACKED: [(&str, usize); 3] = [("one", 10), ("two", 0), ("three", 66_000)];

fn content(what: &str) -> Vec<u8> {
    let mut all = ALONE.iter().chain(&PACKED);
    bytes(all.find(|(name, _)| *name == what).unwrap().1, 8)
}

/// The product in small: keys, vault, sealing, logging, receipts. Every step may be the last.
async fn work(dir: &Path, disk: Disk, catalogue: &mut Catalogue) -> Result<()> {
    let keys_dir = dir.join("keys");
    let suite = tiezheng_vault::suite::Suite::Aes;
    let keys = match keys_dir.join("log.key").exists() {
        true => Keys::open_with(&keys_dir, disk)?,
        false => Keys::create_with(&keys_dir, ORIGIN, suite, disk)?,
    };
    let vault = Vault::create(&Location::Folder(dir.join("store")), keys).await?;
    for (what, _) in ALONE {
        if !catalogue.has(what) {
            let sealed = seal(&vault, &content(what), what).await?;
            catalogue.insert(what, &sealed);
        }
        vault.log().extend(0, &catalogue.events, NOW_MS).await?;
    }
    let missing: Vec<&str> = PACKED.iter().map(|(what, _)| *what).filter(|what| !catalogue.has(what)).collect();
    let files: Vec<(&str, Vec<u8>)> = missing.iter().map(|what| (*what, content(what))).collect();
    for (what, sealed) in missing.iter().zip(pack(&vault, &files).await?) {
        catalogue.insert(what, &sealed);
    }
    vault.log().extend(0, &catalogue.events, NOW_MS).await?;
    for (index, claim) in catalogue.claims.iter().enumerate().skip(catalogue.receipts.len()) {
        let receipt = vault.log().receipt(index as u64, &[]).await?;
        catalogue.receipts.push((claim.what.clone(), receipt));
    }
    Ok(())
}

/// After the fault, as a new process finds things.
async fn recovered(dir: &Path, mut catalogue: Catalogue, context: &str) {
    for (what, receipt) in &catalogue.receipts {
        receipt.verify(None).unwrap();
        receipt.check_file(&content(what)[..]).unwrap();
    }
    work(dir, Disk::default(), &mut catalogue).await.unwrap_or_else(|error| panic!("{context}: {error}"));
    assert_eq!(catalogue.receipts.len(), ALONE.len() + PACKED.len());
    let vault =
        Vault::open(&Location::Folder(dir.join("store")), Keys::open(&dir.join("keys")).unwrap()).await.unwrap();
    // Whole segments nobody was told of are the only thing a crash may leave, and they can be cleared.
    let found_all: Vec<_> = vault.scan().try_collect().await.unwrap_or_else(|error| panic!("{context}: {error}"));
    for found in found_all {
        if !catalogue.claims.iter().any(|claim| claim.place == found.place) {
            vault.remove_unclaimed(&found.place).await.unwrap();
        }
    }
    let report = check(&vault, &catalogue.claims, Depth::Digest).await;
    assert_eq!((found(&report), report.checked), (vec![], 5), "{context}");
    let report = verify::log(&vault, &Options::default()).await.unwrap();
    assert_eq!((found(&report), report.checked), (vec![], 5), "{context}");
    vault.sweep(i64::MAX).await.unwrap();
    let report = check(&vault, &catalogue.claims, Depth::Presence).await;
    assert!(report.remains.iter().all(|remain| remain.code == "vault.envelope_alone"), "{context}: {report:?}");
    for (index, (what, receipt)) in catalogue.receipts.iter().enumerate() {
        receipt.verify(Some(&vault.keys().log_verifier())).unwrap();
        receipt.check_file(&content(what)[..]).unwrap();
        assert_eq!(vault.log().private(index as u64).await.unwrap(), catalogue.events[index]);
        let reader = vault.read(&catalogue.claims[index].place).await.unwrap();
        assert_eq!(reader.read_at(0, usize::MAX).await.unwrap(), content(what));
    }
}

async fn at_every_call(fault: Fault) {
    let mut n = 0;
    loop {
        let dir = tempdir();
        let faults = Arc::new(Faults::default());
        faults.arm(n, fault);
        let mut catalogue = Catalogue::default();
        let result = work(dir.path(), Disk::with_faults(faults.clone()), &mut catalogue).await;
        let struck = faults.struck();
        if let (Err(error), true) = (&result, struck && fault != Fault::PowerCut) {
            let code = if fault == Fault::NoSpace { "vault.no_space" } else { "vault.io" };
            assert_eq!(error.code(), code, "{fault:?} at call {n}: {error}");
        }
        recovered(dir.path(), catalogue, &format!("{fault:?} at call {n}")).await;
        if !struck {
            break;
        }
        n += 1;
    }
    assert!(n > 100, "only {n} calls were tried");
}

#[tokio::test]
async fn an_error_at_every_call() {
    at_every_call(Fault::Io).await;
}

#[tokio::test]
async fn a_full_disk_at_every_call() {
    at_every_call(Fault::NoSpace).await;
}

#[tokio::test]
async fn a_power_cut_at_every_call() {
    at_every_call(Fault::PowerCut).await;
}

/// A full disk while a large file streams in: the writer says so, and asking it again is no panic.
#[tokio::test]
async fn a_writer_that_failed_stays_failed() {
    let dir = tempdir();
    let faults = Arc::new(Faults::default());
    let keys_dir = dir.path().join("keys");
    Keys::create(&keys_dir, ORIGIN).unwrap();
    let keys = Keys::open_with(&keys_dir, Disk::with_faults(faults.clone())).unwrap();
    let location = Location::Folder(dir.path().join("store"));
    let vault = Vault::create(&location, keys).await.unwrap();
    for ending in 0..3 {
        let mut writer = vault.start().await.unwrap();
        faults.arm(2, Fault::NoSpace);
        let mut codes = Vec::new();
        for n in 0..20 {
            if let Err(error) = writer.write(bytes(1 << 20, n).into()).await {
                codes.push(error.code());
            }
        }
        assert_eq!(codes[..2], ["vault.no_space", "vault.internal"]);
        match ending {
            0 => writer.abandon().await,
            1 => assert!(writer.digest().await.is_err()),
            _ => drop(writer),
        }
    }
    assert_eq!(check(&vault, &[], Depth::Presence).await.findings, []);
    for file in crate::house::files(&dir.path().join("store")) {
        assert!(!file.to_string_lossy().contains("incoming/"), "{file:?} stayed");
    }
}

/// A controller that silently flips a bit: reading back notices before anybody is told "sealed".
#[tokio::test]
async fn a_garbled_write_is_never_called_sealed() {
    let dir = tempdir();
    let faults = Arc::new(Faults::default());
    let keys_dir = dir.path().join("keys");
    Keys::create(&keys_dir, ORIGIN).unwrap();
    let keys = Keys::open_with(&keys_dir, Disk::with_faults(faults.clone())).unwrap();
    let location = Location::Folder(dir.path().join("store"));
    let vault = Vault::create(&location, keys).await.unwrap();
    let mut n = 0;
    loop {
        faults.arm(n, Fault::Garble);
        let alone = seal(&vault, &bytes(300_000, n), "alone").await;
        let struck = faults.struck();
        if !struck {
            assert!(alone.is_ok() && n > 5, "no write was garbled after call {n}");
            vault.remove_unclaimed(&alone.unwrap().place).await.unwrap();
            break;
        }
        assert_eq!(alone.unwrap_err().code(), "vault.read_back", "garbled from call {n} on");
        faults.arm(n.min(2), Fault::Garble);
        let packed = pack(&vault, &[("a", b"aa".into()), ("b", b"bb".into())]).await;
        assert_eq!(packed.unwrap_err().code(), "vault.read_back");
        n += 1;
    }
    faults.disarm();
    let report = check(&vault, &[], Depth::Digest).await;
    assert_eq!((report.findings, report.remains), (vec![], vec![]));
}
