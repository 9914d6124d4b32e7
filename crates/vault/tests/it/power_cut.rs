//! A process that is killed at random moments: what it had given out is kept, the next one goes on.

use crate::house::*;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use tiezheng_vault::receipt::Receipt;
use tiezheng_vault::verify::{self, Depth, Options};
use tiezheng_vault::{Error, Keys, Leaf, Location, Place, Vault, canonical};

const DIR: &str = "TIEZHENG_VAULT_TEST_KILLED_DIR";
const ROUNDS: u64 = 6;

async fn open(dir: &Path) -> Vault {
    let keys_dir = dir.join("keys");
    let keys = Keys::open(&keys_dir).or_else(|_| Keys::create(&keys_dir, ORIGIN)).unwrap();
    Vault::create(&Location::Folder(dir.join("store")), keys).await.unwrap()
}

/// Seals, logs and gives out receipts, one `place TAB receipt` a line, until `rounds` are done.
async fn work(dir: &Path, rounds: u64, mut out: impl Write) {
    let vault = open(dir).await;
    for n in 0..rounds {
        let plain = bytes(50_000 * (n as usize % 4), n);
        let sealed = seal(&vault, &plain, "x").await.unwrap();
        let size = vault.log().checkpoint().await.unwrap().map_or(0, |checkpoint| checkpoint.size);
        let event = serde_json::json!({"digests": sealed.digests.to_value(), "n": n});
        let leaf = Leaf { payload: canonical::to_bytes(&event).unwrap(), salt: [1; 32] };
        vault.log().extend(size, &[leaf], NOW_MS).await.unwrap();
        let receipt = vault.log().receipt(size, &[]).await.unwrap().to_bytes().unwrap();
        let place = serde_json::to_string(&sealed.place).unwrap();
        write!(out, "{place}\t{}", String::from_utf8(receipt).unwrap()).unwrap();
        out.flush().unwrap();
    }
}

/// The lines given out so far hold, and the vault goes on.
async fn check_lines(dir: &Path, lines: &[String]) {
    let vault = open(dir).await;
    for line in lines {
        let (place, receipt) = line.split_once('\t').unwrap();
        let place: Place = serde_json::from_str(place).unwrap();
        let receipt = Receipt::parse(format!("{receipt}\n").as_bytes()).unwrap();
        let verified = receipt.verify(Some(&vault.keys().log_verifier())).unwrap();
        let reader = vault.read(&place).await.unwrap();
        receipt.check_file(&reader.read_at(0, usize::MAX).await.unwrap()[..]).unwrap();
        let logged = vault.log().private(verified.index).await.unwrap();
        assert_eq!(logged.payload, canonical::to_bytes(&receipt.event).unwrap());
    }
    let options = Options { unclaimed_before_ms: None, ..Options::default() };
    let claims = futures_util::stream::iter(Vec::<Result<verify::Claim, Error>>::new());
    let report = verify::store(&vault, claims, Depth::Digest, &options).await.unwrap();
    assert_eq!(found(&report), Vec::<String>::new());
    let report = verify::log(&vault, &Options::default()).await.unwrap();
    assert_eq!(found(&report), Vec::<String>::new());
    assert!(report.checked >= lines.len() as u64);
}

/// Run by `killed_at_random_moments` in a process of its own; by itself it does the same work unharmed.
#[tokio::test]
async fn unharmed() {
    if let Some(dir) = std::env::var_os(DIR) {
        let mut out = std::fs::OpenOptions::new().append(true).open(Path::new(&dir).join("out")).unwrap();
        return work(Path::new(&dir), u64::MAX, &mut out).await;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut out = Vec::new();
    work(dir.path(), 3, &mut out).await;
    let lines: Vec<String> = BufReader::new(&out[..]).lines().map(Result::unwrap).collect();
    assert_eq!(lines.len(), 3);
    check_lines(dir.path(), &lines).await;
}

#[tokio::test]
async fn killed_at_random_moments() {
    let seed = u64::from(std::process::id());
    println!("seed {seed}");
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    std::fs::write(&out, "").unwrap();
    let moments = bytes(ROUNDS as usize, seed);
    let mut before = 0;
    for moment in moments {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "power_cut::unharmed", "--nocapture"])
            .env(DIR, dir.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // The first receipt of this round, then a random moment more, so that every round gets somewhere.
        for _ in 0..2_000 {
            if std::fs::read_to_string(&out).unwrap().lines().count() > before {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(u64::from(moment) / 2)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        let text = std::fs::read_to_string(&out).unwrap();
        let whole = &text[..text.rfind('\n').map_or(0, |at| at + 1)];
        std::fs::write(&out, whole).unwrap(); // a line cut off was not given out
        let lines: Vec<String> = whole.lines().map(str::to_string).collect();
        assert!(lines.len() > before, "seed {seed}: the child did nothing");
        before = lines.len();
        check_lines(dir.path(), &lines).await;
    }
}
