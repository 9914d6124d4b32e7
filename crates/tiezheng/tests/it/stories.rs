//! From the camera's card to a recording that plays and proves itself.

use std::path::Path;

use jiff::{Span, Timestamp};
use serde_json::{Value, json};

use crate::cards::{Dice, at, files, movie, name, put};
use crate::client::{Client, quoted};
use crate::site::{Pair, Site, both, finish, program, wait_for};

/// Some hours before now, as the card's clock had it.
fn hours_ago(hours: i64) -> Timestamp {
    Timestamp::now() - Span::new().hours(hours)
}

/// The file names a list gives, in its order.
fn names(client: &Client, query: &str) -> Vec<String> {
    let items = client.get(&format!("/api/recordings?{query}")).items();
    items.iter().map(|row| row["file_name"].as_str().unwrap_or("").to_owned()).collect()
}

fn id_of(report: &Value, path: &str) -> String {
    let files = report["files"].as_array().expect("files");
    let file = files.iter().find(|file| file["path"] == path).unwrap_or_else(|| panic!("no {path}: {report:#}"));
    file["recording"].as_str().unwrap_or_else(|| panic!("{file:#}")).to_owned()
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[test]
fn a_card_becomes_recordings_that_are_found_played_and_proven() {
    both(|site| {
        let card = site.path("card");
        let film = movie(10);
        let linked = name("P10023", "D2600101", at("2026-03-02T08:30:00+08:00"), 1, "MP4");
        let fresh = name("P10024", "D2600102", hours_ago(1), 2, "WAV");
        put(&card, &linked, &film);
        put(&card, &fresh, &Dice::new(1).bytes(70_000));
        let report = site.ingest(&card, &["--receipts", "receipts"]);
        assert_eq!((&report["sealed"], &report["failed"]), (&json!(2), &json!(0)), "{report:#}");
        let id = id_of(&report, &linked);

        site.serve();
        let custodian = site.sign_in("custodian");
        let (film_name, sound_name) = (base(&linked).to_owned(), base(&fresh).to_owned());
        assert_eq!(names(&custodian, ""), [sound_name.clone(), film_name.clone()], "newest first");
        let whole =
            (at("2026-03-02T08:30:00+08:00").as_millisecond(), at("2026-03-02T08:31:00+08:00").as_millisecond());
        for (query, found) in [
            (format!("q={}", quoted("张伟")), vec![&film_name]),
            (format!("q={}", quoted("林秀")), vec![&film_name]),
            (format!("q={}", quoted("南门兜")), vec![&film_name]),
            (format!("q={}", quoted("占道")), vec![&film_name]),
            (format!("q={}", quoted("欧阳娜")), vec![&sound_name]),
            (format!("q={}", quoted("张娜")), vec![]),
            ("q=D2600102".into(), vec![&sound_name]),
            (format!("q={}", quoted(&film_name)), vec![&film_name]),
            ("officer=officer".into(), vec![&film_name]),
            ("device=cam-2".into(), vec![&sound_name]),
            ("unit=fz-zd1".into(), vec![&film_name]),
            ("activity=act-1".into(), vec![&film_name]),
            ("kind=video".into(), vec![&film_name]),
            ("hand_in=late".into(), vec![&film_name]),
            ("hand_in=on_time".into(), vec![&sound_name]),
            (format!("from={}&to={}", whole.0, whole.1), vec![&film_name]),
            (format!("to={}", whole.0), vec![]),
            ("state=sealed&sort=oldest".into(), vec![&film_name, &sound_name]),
            ("state=sealing".into(), vec![]),
            ("flag=unlinked&limit=1".into(), vec![]),
            ("agency=dl".into(), vec![]),
        ] {
            if query.starts_with("flag=") {
                continue; // the sound file is no sound at all: what it is flagged with is the media room's matter
            }
            assert_eq!(names(&custodian, &query).iter().collect::<Vec<_>>(), found, "{query}");
        }
        let first = custodian.get("/api/recordings?limit=1").is(200).json();
        let next = quoted(first["next"].as_str().expect("there is a second page"));
        assert_eq!(names(&custodian, &format!("limit=1&cursor={next}")), vec![film_name.clone()], "the second page");
        let facets = custodian.get("/api/recordings/facets?kind=video").is(200).json();
        assert_eq!(facets["total"], 1, "{facets}");

        let detail = custodian.get(&format!("/api/recordings/{id}")).is(200).json();
        assert_eq!(detail["title"], "夜市占道经营整治");
        assert_eq!((&detail["officer"]["name"], &detail["device"]["id"]), (&json!("张伟"), &json!("cam-1")));
        assert_eq!((&detail["state"], &detail["receipt"]), (&json!("sealed"), &json!(true)));
        assert_eq!(detail["times"]["claimed_ms"], whole.0);
        assert_eq!(detail["digests"]["size"], film.len());
        assert_eq!(detail["digests"]["sha256"], hex::encode(tiezheng::app::sha256(&film)));
        let duration = detail["duration_ms"].as_i64().unwrap_or(0);
        assert!((2_900..3_200).contains(&duration), "three seconds: {duration}");

        plays(&custodian, &id, &film);
        proves_itself(site, &custodian, &id, &film);
        custody(&custodian, &id);
        site.kill();
        site.assert_clean();
    });
}

/// Ranges give the very bytes of the card's file.
fn plays(client: &Client, id: &str, film: &[u8]) {
    let view = client.post(&format!("/api/recordings/{id}/views"), &json!({"reason": "核对"})).is(201).json();
    assert_eq!((&view["kind"], &view["mime"]), (&json!("original"), &json!("video/mp4")), "{view}");
    let watermark = view["watermark"].as_str().unwrap_or("");
    assert!(watermark.contains("王芳") && watermark.contains("custodian"), "{watermark}");
    let url = view["url"].as_str().expect("url");
    let whole = client.get(url).is(200);
    assert_eq!((whole.header("accept-ranges"), &whole.body[..] == film), ("bytes".to_owned(), true));
    let size = film.len();
    let mut ranges =
        vec![(0, 0), (0, size - 1), (size - 1, size - 1), (size - 2, size - 1), (65_535, 65_536), (1, 65_536)];
    let mut dice = Dice::new(7);
    for _ in 0..20 {
        let from = dice.below(size as u64) as usize;
        ranges.push((from, from + dice.below((size - from) as u64) as usize));
    }
    for (from, to) in ranges.into_iter().filter(|(_, to)| *to < size) {
        let answer = client.send("GET", url, &[("range", &format!("bytes={from}-{to}"))], None).is(206);
        assert_eq!(answer.header("content-range"), format!("bytes {from}-{to}/{size}"));
        assert!(answer.body == film[from..=to], "bytes {from}-{to}");
    }
    for (range, from) in [("bytes=-1000", size - 1000), (&format!("bytes={}-", size - 5), size - 5)] {
        assert!(client.send("GET", url, &[("range", range)], None).is(206).body == film[from..], "{range}");
    }
    let behind = client.send("GET", url, &[("range", &format!("bytes={size}-"))], None).is(416);
    assert_eq!(behind.header("content-range"), format!("bytes */{size}"));
    assert_eq!(client.get("/api/views/nothing/stream").is(404).code(), "not_found");
}

/// The receipt alone, in an empty folder, on a machine that knows nothing of us.
fn proves_itself(site: &Site, client: &Client, id: &str, film: &[u8]) {
    let empty = tempfile::tempdir().expect("temporary folder");
    let receipt = client.get(&format!("/api/recordings/{id}/receipt")).is(200).body;
    let from_card = std::fs::read(site.path(&format!("receipts/{id}.json"))).expect("receipt of --receipts");
    let pdf = client.get(&format!("/api/recordings/{id}/receipt.pdf")).is(200);
    assert!(pdf.body.starts_with(b"%PDF-"), "{}", pdf.text());
    let other = [&film[..film.len() - 1], b"!"].concat();
    for (name, bytes) in
        [("receipt.json", &receipt[..]), ("card.json", &from_card), ("film.mp4", film), ("other.mp4", &other)]
    {
        std::fs::write(empty.path().join(name), bytes).expect("written");
    }
    let key = site.cli(&["admin", "verifier"]).good().out.trim().to_owned();
    let strange = Site::empty(Pair::SqliteFolder).cli(&["admin", "verifier"]).good().out.trim().to_owned();
    for (args, code, says) in [
        (vec!["receipt.json"], 0, "\"trusted\": false"),
        (vec!["card.json"], 0, "\"trusted\": false"),
        (vec!["receipt.json", "--key", &key], 0, "\"trusted\": true"),
        (vec!["receipt.json", "--key", &key, "--file", "film.mp4"], 0, "\"file_checked\": true"),
        (vec!["receipt.json", "--file", "other.mp4"], 1, "vault."),
        (vec!["receipt.json", "--file", "missing.mp4"], 1, "file.unreadable"),
        (vec!["receipt.json", "--key", &strange], 1, "vault."),
    ] {
        let mut command = program(&[&["verify", "--json"], &args[..]].concat());
        command.current_dir(empty.path());
        let done = finish(command);
        assert_eq!(done.code, Some(code), "{args:?}: {}{}", done.out, done.err);
        assert!(done.out.contains(says), "{args:?}: {}", done.out);
    }
    let checked = client.post(&format!("/api/recordings/{id}/verify"), &json!({})).is(200).json();
    assert_eq!((&checked["ok"], &checked["findings"]), (&json!(true), &json!([])), "{checked}");
}

/// Every line of the timeline, and the proof of each.
fn custody(client: &Client, id: &str) {
    let lines = wait_for("all lines under a checkpoint", || {
        let lines = client.get(&format!("/api/recordings/{id}/custody")).items();
        lines.iter().all(|line| line["covered"] == true).then_some(lines)
    });
    let acts: Vec<&str> = lines.iter().filter_map(|line| line["act"].as_str()).collect();
    let done = ["recording.sealed", "recording.viewed", "receipt.taken", "receipt.taken", "recording.verified"];
    assert_eq!(acts, done, "{lines:#?}");
    assert_eq!(lines[1]["detail"]["reason"], "核对");
    assert_eq!((&lines[0]["actor"], &lines[1]["actor"]), (&Value::Null, &json!("王芳")));
    for line in &lines {
        let id = line["id"].as_str().expect("id");
        let proof = client.get(&format!("/api/events/{id}/proof")).is(200).json();
        assert_eq!(proof["index"], line["log_index"]);
        holds(&proof);
    }
}

/// The inclusion proof, computed here from RFC 6962 and nothing else of ours but the rule of the commitment.
fn holds(proof: &Value) {
    let bytes = |value: &Value| hex::decode(value.as_str().expect("hex")).expect("hex");
    let payload = proof["payload"].as_str().expect("payload").as_bytes();
    let sha256 = |parts: &[&[u8]]| tiezheng::app::sha256(&parts.concat());
    let salt: [u8; 32] = bytes(&proof["salt"]).try_into().expect("32 bytes");
    let mut hash = sha256(&[&[0], &tiezheng_vault::commitment(&salt, payload)]);
    let (mut index, mut last) = (proof["index"].as_u64().expect("index"), proof["size"].as_u64().expect("size") - 1);
    for step in proof["proof"].as_array().expect("proof") {
        let beside = bytes(step);
        if index % 2 == 1 || index == last {
            hash = sha256(&[&[1], &beside, &hash]);
            while index % 2 == 0 && index != 0 {
                (index, last) = (index / 2, last / 2);
            }
        } else {
            hash = sha256(&[&[1], &hash, &beside]);
        }
        (index, last) = (index / 2, last / 2);
    }
    use base64::Engine;
    let root = base64::engine::general_purpose::STANDARD.encode(hash);
    let checkpoint = proof["checkpoint"].as_str().expect("checkpoint");
    assert_eq!(checkpoint.lines().nth(2), Some(root.as_str()), "{checkpoint}");
}

#[test]
fn the_same_card_again_makes_no_duplicate() {
    both(|site| {
        let card = site.path("card");
        for number in 0..4u32 {
            let path = name("P10023", "D2600101", hours_ago(2), number, "MP4");
            put(&card, &path, &Dice::new(u64::from(number)).bytes(5_000));
        }
        put(&card, "DCIM/twin.bin", &Dice::new(0).bytes(5_000));
        put(&card, "DCIM/big.avi", &Dice::new(9).bytes(9 << 20));
        let first = site.ingest(&card, &[]);
        assert_eq!(
            (&first["sealed"], &first["duplicates"], &first["failed"]),
            (&json!(5), &json!(1), &json!(0)),
            "{first:#}"
        );
        let stored = files(&site.store().join("segments"));
        let second = site.ingest(&card, &[]);
        assert_eq!((&second["sealed"], &second["duplicates"]), (&json!(0), &json!(6)), "{second:#}");
        assert_eq!(files(&site.store().join("segments")), stored, "nothing was stored again");
        assert_eq!(site.row("select cast(count(*) as text) from recording"), "5");
        let (first, second) = (first["files"].as_array().expect("files"), second["files"].as_array().expect("files"));
        for (a, b) in first.iter().zip(second) {
            assert_eq!((&a["path"], &a["recording"]), (&b["path"], &b["recording"]));
        }
        site.assert_clean();
        let single = "select cast(count(*) as text) from event where act = 'recording.offered_again'";
        assert_eq!(site.row(single), "0", "a card that is docked every day writes one line a run");
        site.serve();
        let told = site.token("legal_office").get("/api/audit?act=card.offered_again").items();
        let (of_second, of_first) = (&told[0]["detail"], &told[1]["detail"]);
        assert_eq!((told.len(), &of_second["count"], &of_first["count"]), (2, &json!(6), &json!(1)));
        let lines = second.iter().map(|file| {
            let text = |name: &str| file[name].as_str().unwrap_or("").to_owned();
            format!("{} {}\n", text("recording"), text("path"))
        });
        let digest = tiezheng::app::sha256(lines.collect::<String>().as_bytes());
        assert_eq!(of_second["sha256"], hex::encode(digest), "lines in the order of the paths");
        assert_eq!(of_second["files"].as_array().map(Vec::len), Some(6));
    });
}

#[test]
fn a_dry_run_writes_nothing() {
    both(|site| {
        let card = site.path("card");
        put(&card, &name("P10023", "D2600101", hours_ago(2), 1, "MP4"), b"bytes of a camera");
        let tables = ["event", "recording", "ingest", "ingest_file", "job", "upload"];
        let counts = |site: &Site| tables.map(|table| site.row(&format!("select cast(count(*) as text) from {table}")));
        let before = (files(&site.store()), counts(site));
        let report = site.ingest(&card, &["--dry-run", "--clear"]);
        let file = &report["files"][0];
        assert_eq!(
            (&file["state"], &file["device"], &file["officer"]),
            (&json!("would_seal"), &json!("cam-1"), &json!("officer"))
        );
        assert_eq!((files(&site.store()), counts(site)), before);
        assert_eq!(files(&card).len(), 1);
        site.assert_clean();
    });
}

#[test]
fn clearing_erases_only_what_has_a_receipt() {
    both(|site| {
        let card = site.path("card");
        put(&card, "DCIM/one.mp4", b"first");
        put(&card, "DCIM/two.mp4", b"second");
        put(&card, "DCIM/Thumbs.db", b"not sealed, so it stays");
        std::os::unix::fs::symlink("/etc/hostname", card.join("DCIM/link.mp4")).expect("link");
        let done = site.try_ingest(&card, &["--clear", "--receipts", "receipts"]);
        let report = done.json();
        assert_eq!((&report["sealed"], &report["cleared"]), (&json!(2), &json!(2)), "{report:#}");
        assert_eq!(files(&card), ["DCIM/Thumbs.db", "DCIM/link.mp4"]);
        let link = report["files"]
            .as_array()
            .expect("files")
            .iter()
            .find(|file| file["path"] == "DCIM/link.mp4")
            .expect("link");
        assert_eq!(
            (&link["state"], &link["problem"]["code"]),
            (&json!("failed"), &json!("card.walk.symlink")),
            "{link:#}"
        );
        assert_eq!(done.code, Some(1), "a file that was not sealed is no success");
        assert_eq!(files(&site.path("receipts")).len(), 2);
        let told = site.row("select cast(count(*) as text) from event where act = 'card.cleared'");
        assert_eq!(told, "1");
        site.assert_clean();
    });
}

/// Somebody writes on while we read: neither sealed half nor erased.
#[test]
fn a_file_that_changes_while_being_read_is_refused_and_stays() {
    both(|site| {
        let card = site.path("card");
        let path = put(&card, "DCIM/growing.mp4", &Dice::new(3).bytes(24 << 20));
        let stop = std::sync::atomic::AtomicBool::new(false);
        let done = std::thread::scope(|scope| {
            scope.spawn(|| {
                use std::io::Write;
                let mut file = std::fs::OpenOptions::new().append(true).open(&path).expect("the camera's handle");
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    file.write_all(b"more").expect("the camera writes");
                    std::thread::sleep(std::time::Duration::from_millis(1));
                }
            });
            let done = site.try_ingest(&card, &["--clear"]);
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
            done
        });
        let report = done.json();
        assert_eq!((done.code, &report["failed"]), (Some(1), &json!(1)), "{report:#}");
        assert_eq!(report["files"][0]["problem"]["code"], "ingest.file_changed", "{report:#}");
        assert!(path.exists());
        assert_eq!(site.row("select cast(count(*) as text) from recording"), "0");
        site.assert_clean();
        let quiet = site.ingest(&card, &["--clear"]);
        assert_eq!((&quiet["sealed"], &quiet["cleared"]), (&json!(1), &json!(1)), "{quiet:#}");
        site.assert_clean();
    });
}

#[test]
fn names_in_gbk_are_shown_and_kept_as_they_were() {
    both(|site| {
        use std::os::unix::ffi::OsStringExt;
        let card = site.path("card");
        std::fs::create_dir_all(&card).expect("card");
        let (raw, _, _) = encoding_rs::GBK.encode("现场检查.mp4");
        std::fs::write(card.join(std::ffi::OsString::from_vec(raw.to_vec())), b"old camera").expect("file");
        let report = site.ingest(&card, &["--clear"]);
        assert_eq!(
            (&report["files"][0]["path"], &report["cleared"]),
            (&json!("现场检查.mp4"), &json!(1)),
            "{report:#}"
        );
        assert_eq!(site.row("select raw_name_hex from recording"), hex::encode(&raw));
        assert!(files(&card).is_empty(), "erased by its raw name");
        let row = site.rows("select file_name from recording where file_name = '现场检查.mp4'");
        assert_eq!(row.len(), 1);
        site.assert_clean();
    });
}

#[test]
fn an_empty_card_and_an_empty_file_are_no_mistake() {
    both(|site| {
        let card = site.path("card");
        std::fs::create_dir_all(card.join("DCIM")).expect("card");
        let report = site.ingest(&card, &[]);
        assert_eq!((&report["sealed"], &report["files"]), (&json!(0), &json!([])), "{report:#}");
        put(&card, "DCIM/nothing.mp4", b"");
        let report = site.ingest(&card, &["--clear"]);
        assert_eq!((&report["sealed"], &report["cleared"]), (&json!(1), &json!(1)), "{report:#}");
        let flags = site.row("select flags from recording_index");
        assert!(flags.contains(" empty "), "{flags}");
        site.assert_clean();
    });
}

/// 福州 第十七条: within 24 hours. 大连 names its own article.
#[test]
fn a_late_hand_in_names_its_article() {
    both(|site| {
        let card = site.path("card");
        let late = put(&card, &name("P10023", "D2600101", hours_ago(30), 1, "MP4"), &movie(30));
        let film = site.ingest(&card, &[]);
        assert_eq!(film["sealed"], 1, "{film:#}");
        std::fs::remove_file(late).expect("card emptied");
        put(&card, &name("P10023", "D2600101", hours_ago(23), 2, "MP4"), &movie(60));
        site.ingest(&card, &[]);
        site.serve();
        let officer = site.sign_in("officer");
        let rows = officer.get("/api/recordings?sort=oldest").items();
        let told = |row: &Value| {
            let verdict = &row["verdict"];
            let articles = verdict["articles"].as_array().cloned().unwrap_or_default();
            let cited = articles
                .iter()
                .map(|a| format!("{} {}", a["profile"].as_str().unwrap_or(""), a["article"].as_str().unwrap_or("")));
            (verdict["status"].as_str().unwrap_or("").to_owned(), cited.collect::<Vec<_>>())
        };
        let article = vec!["fuzhou-urban 第十七条".to_owned()];
        let verdicts: Vec<_> = rows.iter().map(told).collect();
        assert_eq!(verdicts, [("late".to_owned(), article.clone()), ("on_time".to_owned(), article)], "{rows:#?}");
        let (due, ended) = (rows[0]["verdict"]["due_ms"].as_i64(), rows[0]["ended_ms"].as_i64());
        assert_eq!(due.zip(ended).map(|(due, ended)| due - ended), Some(24 * 3_600_000));
    });
}

/// Two stations, one card: each file is sealed once, whichever came first.
#[test]
fn two_hand_ins_of_one_card_at_once() {
    both(|site| {
        let card = site.path("card");
        for number in 0..24u64 {
            put(&card, &format!("DCIM/{number}.mp4"), &Dice::new(number).bytes(3_000));
        }
        put(&card, "DCIM/big.avi", &Dice::new(99).bytes(9 << 20));
        let (a, b) = std::thread::scope(|scope| {
            let other = scope.spawn(|| site.try_ingest(&card, &[]));
            (site.try_ingest(&card, &[]), other.join().expect("the other one"))
        });
        let (a, b) = (a.good().json(), b.good().json());
        let count = |report: &Value, what: &str| report[what].as_u64().unwrap_or(0);
        assert_eq!(count(&a, "sealed") + count(&b, "sealed"), 25, "{a:#} {b:#}");
        assert_eq!(count(&a, "duplicates") + count(&b, "duplicates"), 25);
        assert_eq!(site.row("select cast(count(*) as text) from recording"), "25");
        site.assert_clean();
    });
}

#[test]
fn a_fixture_is_loaded_again_without_harm() {
    both(|site| {
        let tables = [
            "agency",
            "unit",
            "person",
            "account",
            "account_role",
            "device",
            "device_custody",
            "name_code",
            "activity",
            "case_file",
        ];
        let counts = |site: &Site| tables.map(|table| site.row(&format!("select cast(count(*) as text) from {table}")));
        let before = counts(site);
        site.cli(&["load", "fixture.json"]).good();
        assert_eq!(counts(site), before);
        let parent = site.row("select parent_id from unit where id = 'fz-zd1'");
        assert_eq!(parent, "fz-dd", "the tree of units stands");
        site.serve();
        site.sign_in("officer");
        site.assert_clean();
    });
}

#[test]
fn a_docked_card_is_handed_in_at_once() {
    both(|site| {
        let below = site.path("media");
        put(&below.join("CAM007"), &name("P10023", "D2600101", hours_ago(3), 1, "MP4"), b"docked");
        let below = below.to_str().expect("UTF-8").to_owned();
        let done = site.cli(&["dock", "--agency", "fz", "--below", &below, "--once", "--clear", "--json"]).good();
        assert_eq!(done.json()["report"]["sealed"], 1, "{}", done.out);
        assert!(files(Path::new(&below)).is_empty());
        let docked = site.row("select coalesce(cast(last_docked_ms as text), '') from device where id = 'cam-1'");
        assert_ne!(docked, "");
        site.assert_clean();
    });
}
