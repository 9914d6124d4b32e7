//! kill -9 at random moments of a hand-in: nothing is promised that is not kept, nothing is lost, nothing comes twice.
//!
//! `TIEZHENG_CRASH_SEED` repeats a run; the seed is printed at its start.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::cards::{Dice, files, put};
use crate::site::{Pair, Site};

fn seed() -> u64 {
    let given = std::env::var("TIEZHENG_CRASH_SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or_else(|| jiff::Timestamp::now().as_nanosecond() as u64);
    eprintln!("TIEZHENG_CRASH_SEED={seed}");
    seed
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(tiezheng::app::sha256(bytes))
}

/// Digests of everything whose leaf lies under a signed checkpoint: what may be gone from the card.
fn proven(site: &Site) -> BTreeSet<String> {
    let checkpoint = std::fs::read_to_string(site.store().join("log/checkpoint")).expect("checkpoint");
    let size: u64 = checkpoint.lines().nth(1).and_then(|line| line.parse().ok()).expect("size");
    let sha256 = site.hex("r.sha256");
    let sql = format!("select {sha256} from recording r join event e on e.id = r.event_id where e.log_index < {size}");
    site.rows(&sql).into_iter().collect()
}

/// Every receipt written so far, by nothing but itself and the log's key.
fn receipts_hold(folder: &Path, key: &str) -> usize {
    // What was not whole when the run was killed still has its other name: nobody was given it.
    let found: Vec<String> = files(folder).into_iter().filter(|name| !name.ends_with(".part")).collect();
    for name in &found {
        let bytes = std::fs::read(folder.join(name)).expect("receipt");
        let receipt = tiezheng_vault::receipt::Receipt::parse(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        receipt.verify(Some(key)).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    found.len()
}

fn killed(site: &mut Site, times: u64) {
    let mut dice = Dice::new(seed());
    let (card, receipts) = (site.path("card"), site.path("receipts"));
    let key = site.cli(&["admin", "verifier"]).good().out.trim().to_owned();
    let mut put_in = BTreeSet::new();
    let mut longest = Duration::from_millis(400);
    let mut cut = 0;
    for round in 0..times {
        for number in 0..1 + dice.below(3) {
            // Small files share a segment; now and then one that has its own.
            let size = if dice.below(16) == 0 { 8 << 20 } else { dice.below(20_000) as usize };
            let bytes = [&dice.bytes(size)[..], format!("{round} {number}").as_bytes()].concat();
            put_in.insert(digest(&bytes));
            put(&card, &format!("DCIM/{round:03}_{number}.mp4"), &bytes);
        }
        let mut args =
            vec!["ingest", "--agency", "fz", card.to_str().expect("UTF-8"), "--json", "--receipts", "receipts"];
        if dice.below(4) > 0 {
            args.push("--clear");
        }
        let began = Instant::now();
        let mut child = site.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        let moment = Duration::from_micros(dice.below(u64::try_from(longest.as_micros()).expect("short")));
        while began.elapsed() < moment && child.try_wait().expect("child").is_none() {
            std::thread::sleep(Duration::from_micros(200));
        }
        if child.try_wait().expect("child").is_none() {
            child.kill().expect("killed");
            cut += 1;
        } else {
            longest = (longest + began.elapsed()) / 2;
        }
        child.wait().expect("it is over");

        let on_card: BTreeSet<String> = files(&card)
            .iter()
            .map(|path| digest(&std::fs::read(card.join(path)).expect("file of the card")))
            .collect();
        let gone: Vec<_> = put_in.difference(&on_card).cloned().collect();
        if !gone.is_empty() {
            let proven = proven(site);
            let lost: Vec<_> = gone.iter().filter(|digest| !proven.contains(*digest)).collect();
            assert!(lost.is_empty(), "round {round}: erased without a receipt: {lost:?}");
        }
        if round % 20 == 19 {
            receipts_hold(&receipts, &key);
            // Nothing runs between two hand-ins that would write an event into the log: the next one does.
            let (_, report) = site.verify();
            let found = report["findings"].as_array().expect("findings");
            assert!(found.iter().all(|finding| finding["code"] == "event.waiting"), "round {round}: {report:#}");
        }
    }
    assert!(cut > times / 4, "only {cut} of {times} hand-ins were cut off");
    let report = site.ingest(&card, &["--clear", "--receipts", "receipts"]);
    assert_eq!(report["failed"], 0, "{report:#}");
    assert_eq!(files(&card), Vec::<String>::new(), "the last hand-in leaves nothing");
    assert!(receipts_hold(&receipts, &key) > 0);
    let sealed = site.rows(&format!("select {} from recording", site.hex("sha256")));
    assert_eq!(sealed.len(), put_in.len(), "each exactly once");
    assert_eq!(sealed.into_iter().collect::<BTreeSet<_>>(), put_in);
    assert_eq!(proven(site), put_in);
    let report = site.assert_clean();
    // What the runs that were killed left in the vault went with the next one.
    let remains = report["remains"].as_array().expect("remains");
    assert!(remains.iter().all(|remain| remain["code"] != "vault.unclaimed"), "{report:#}");
    let claimed: BTreeSet<String> = site.rows("select segment from recording").into_iter().collect();
    let segments = files(&site.store()).into_iter().filter(|path| path.starts_with("segments/"));
    let lying: BTreeSet<String> = segments
        .filter_map(|path| path.rsplit('/').next().map(str::to_owned))
        .filter(|name| name.len() == 36)
        .collect();
    assert_eq!(lying, claimed);
    assert!(files(&site.path("data/staging")).is_empty());
}

#[test]
fn two_hundred_kills_on_sqlite_and_a_folder() {
    killed(&mut Site::new(Pair::SqliteFolder), 200);
}

#[test]
fn twenty_kills_on_postgresql_and_s3() {
    killed(&mut Site::new(Pair::PostgresS3), 20);
}

/// What lies sealed without a row is told and is no alarm: nobody was promised anything.
#[test]
fn a_hand_in_cut_off_behind_the_sealing_is_no_alarm() {
    let mut site = Site::new(Pair::SqliteFolder);
    let card = site.path("card");
    put(&card, "DCIM/one.mp4", b"sealed, and then the power went");
    let log = site.data().join("store/log");
    let aside = site.path("aside");
    let copy = |from: &Path, to: &Path| {
        let done = std::process::Command::new("cp").args(["-a"]).arg(from).arg(to).status();
        assert!(done.is_ok_and(|status| status.success()));
    };
    let database = site.copy_database();
    copy(&log, &aside);
    let seen = std::fs::read(site.data().join("keys/log.seen")).expect("seen");
    site.ingest(&card, &[]);
    site.put_database(&database);
    std::fs::remove_dir_all(&log).expect("removed");
    copy(&aside, &log);
    std::fs::write(site.data().join("keys/log.seen"), seen).expect("seen");
    for path in files(&site.data().join("store/segments")) {
        let old = std::time::SystemTime::now() - Duration::from_secs(3_600);
        let file = std::fs::File::options().append(true).open(site.data().join("store/segments").join(path));
        file.and_then(|file| file.set_modified(old)).expect("an hour ago");
    }
    let report = site.assert_clean();
    assert_eq!(report["remains"][0]["code"], "vault.unclaimed", "{report:#}");
    let again = site.ingest(&card, &["--clear"]);
    assert_eq!((&again["sealed"], &again["cleared"]), (&1.into(), &1.into()), "{again:#}");
    site.assert_clean();
}

/// A disk that takes no more: said so, nothing erased, and the next run goes on.
#[test]
fn a_full_disk_loses_nothing() {
    let site = Site::new(Pair::SqliteFolder);
    let card = site.path("card");
    put(&card, "DCIM/big.avi", &Dice::new(1).bytes(12 << 20));
    put(&card, "DCIM/small.mp4", &Dice::new(2).bytes(5_000));
    // No file may grow beyond 4 MiB: the first write behind that fails, as on a full disk.
    let mut shell = std::process::Command::new("sh");
    let tool = site.command(&["ingest", "--agency", "fz", card.to_str().expect("UTF-8"), "--json", "--clear"]);
    shell
        .args(["-c", "trap '' XFSZ; ulimit -f 8192; exec \"$0\" \"$@\""])
        .arg(tool.get_program())
        .args(tool.get_args());
    for (name, value) in tool.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let done = crate::site::finish(shell);
    let report = done.json();
    assert_eq!(
        (done.code, report["failed"].as_u64(), report["sealed"].as_u64()),
        (Some(1), Some(1), Some(1)),
        "{report:#}"
    );
    assert_eq!(files(&card), ["DCIM/big.avi"], "what was not sealed stays");
    site.assert_clean();
    let again = site.ingest(&card, &["--clear"]);
    assert_eq!((again["sealed"].as_u64(), again["cleared"].as_u64()), (Some(1), Some(1)), "{again:#}");
    assert_eq!(files(&site.data().join("store")).iter().filter(|path| path.starts_with("segments/")).count(), 2);
    site.assert_clean();
}
