//! The whole way: ingested, previewed by the job, sealed, shown. With a real vault, database and ffmpeg.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::{Kind, State, make, reason, stands, state};
use crate::app::{self, App, Clock, Overrides, new_id};
use crate::args;
use crate::ingest::run;
use crate::jobs;
use crate::people::Actor;
use crate::recordings::store as catalogue;

const PICTURE: &[&str] = &["-f", "lavfi", "-i", "testsrc2=s=320x180:r=5:d=5"];
const SOUND: &[&str] = &["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=8000:duration=5"];

struct House {
    _folder: tempfile::TempDir,
    app: App,
}

impl House {
    /// An installation with one agency, and everything on its card ingested.
    async fn with(card: impl FnOnce(&Path)) -> House {
        let folder = tempfile::tempdir().unwrap();
        let (data, root) = (folder.path().join("data"), folder.path().join("card"));
        std::fs::create_dir(&root).unwrap();
        card(&root);
        app::init(&data, &Overrides::default(), Clock::default().now()).await.unwrap();
        let app = App::open(&data, &Overrides::default(), Clock::default()).await.unwrap();
        let mut tx = app.db.begin().await.unwrap();
        let sql =
            "insert into agency (id, name, short_name, profile, created_ms) values ('a', 'a', 'a', 'zhongwei', 0)";
        tx.exec(sql, args![]).await.unwrap();
        tx.told_already();
        tx.commit().await.unwrap();
        let request = run::Request {
            agency: "a".into(),
            root,
            clear: false,
            dry_run: false,
            source: "command",
            drift_ms: None,
            device: None,
            officer: None,
        };
        let report = run::run(&app, &Actor::system(), &request, Arc::default()).await.unwrap();
        assert_eq!(report.failed, 0);
        House { _folder: folder, app }
    }

    async fn id(&self, name: &str) -> String {
        let sql = "select id from recording where file_name = $1";
        let row = self.app.db.read().await.unwrap().row(sql, args![name]).await.unwrap();
        row.unwrap_or_else(|| panic!("{name} was not ingested")).get("id").unwrap()
    }

    /// Asks for it and does every job that waits.
    async fn ask(&self, id: &str) {
        jobs::again(&self.app, "preview", id).await.unwrap();
        while jobs::one(&self.app).await.unwrap() {}
    }

    async fn kinds(&self, id: &str) -> Vec<String> {
        let derivatives = catalogue::derivatives(&mut self.app.db.read().await.unwrap(), id).await.unwrap();
        derivatives.into_iter().map(|derivative| derivative.kind).collect()
    }

    async fn state(&self, id: &str) -> (String, Option<String>) {
        let mut tx = self.app.db.read().await.unwrap();
        let recording = catalogue::evidence(&mut tx, id).await.unwrap();
        let State { state, reason } = state(&mut tx, &recording).await.unwrap();
        (state.to_owned(), reason)
    }

    async fn events(&self) -> i64 {
        let sql = "select count(*) from event where act = 'derivative.made'";
        self.app.db.read().await.unwrap().number(sql, args![]).await.unwrap()
    }
}

fn record(path: &Path, args: &[&[&str]]) {
    let made = Command::new("ffmpeg").args(["-v", "error", "-y"]).args(args.concat()).arg(path).status().unwrap();
    assert!(made.success(), "{path:?}");
}

const X265: &[&str] = &["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error"];
const X264: &[&str] = &["-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-pix_fmt", "yuv420p"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recording_gets_what_it_needs_once() {
    let house =
        House::with(|card| record(&card.join("scene.mkv"), &[PICTURE, SOUND, X265, &["-c:a", "pcm_s16le"]])).await;
    let id = house.id("scene.mkv").await;
    let before = catalogue::evidence(&mut house.app.db.read().await.unwrap(), &id).await.unwrap();
    house.ask(&id).await;
    assert_eq!(house.kinds(&id).await, ["poster", "preview", "strip", "waveform"]);
    assert_eq!(house.state(&id).await, ("ready".into(), None));
    assert_eq!(house.events().await, 4);

    // Sealed objects that name their original, and read back as they were entered.
    let mut tx = house.app.db.read().await.unwrap();
    for derivative in catalogue::derivatives(&mut tx, &id).await.unwrap() {
        let object = house.app.vault.read(&derivative.place).await.unwrap();
        let described: Json = serde_json::from_slice(object.described()).unwrap();
        assert_eq!(described["derived_from"], json!(id));
        assert_eq!(described["kind"], json!(derivative.kind));
        assert_eq!(*object.digests(), derivative.digests);
    }
    let original = house.app.vault.read(&before.place).await.unwrap();
    assert_eq!(original.digests().sha256, before.sha256);
    drop(tx);

    // Again, and after one was lost: nothing twice, only what is missing.
    house.ask(&id).await;
    assert_eq!(house.events().await, 4);
    let mut tx = house.app.db.begin().await.unwrap();
    tx.exec("delete from derivative where kind in ('strip', 'waveform')", args![]).await.unwrap();
    tx.told_already();
    tx.commit().await.unwrap();
    make(&house.app, house.app.now(), &id).await.unwrap();
    assert_eq!(house.kinds(&id).await, ["poster", "preview", "strip", "waveform"]);
    assert_eq!(house.events().await, 6);
    assert_eq!(std::fs::read_dir(house.app.staging()).unwrap().count(), 0, "plaintext was left behind");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_officer_who_may_not_have_the_original_gets_a_preview() {
    let house = House::with(|card| record(&card.join("scene.mp4"), &[PICTURE, X264])).await;
    let id = house.id("scene.mp4").await;
    house.ask(&id).await;
    assert_eq!(house.kinds(&id).await, ["poster", "strip"], "nothing is transcoded that a browser can play");
    assert_eq!(house.state(&id).await.0, "not_needed");
    let mut tx = house.app.db.begin().await.unwrap();
    let sql = "insert into viewing (id, recording_id, account, kind, opened_ms, expires_ms) values ($1, $2, 'o', 'none', 0, 0)";
    tx.exec(sql, args![new_id(0), id.as_str()]).await.unwrap();
    tx.told_already();
    tx.commit().await.unwrap();
    assert_eq!(house.state(&id).await.0, "none");
    house.ask(&id).await;
    assert_eq!(house.kinds(&id).await, ["poster", "preview", "strip"]);
    assert_eq!(house.state(&id).await.0, "ready");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_made_is_told() {
    let house = House::with(|card| {
        let path = card.join("noise.mp4");
        record(&path, &[PICTURE, X265]);
        let mut bytes = std::fs::read(&path).unwrap();
        let place = |name: &[u8]| bytes.windows(4).position(|window| window == name).unwrap();
        let (from, to) = (place(b"mdat") + 4, place(b"moov") - 4);
        bytes[from..to].fill(0xa5);
        std::fs::write(&path, bytes).unwrap();
        std::fs::write(card.join("empty.mp4"), b"").unwrap();
    })
    .await;
    let id = house.id("noise.mp4").await;
    let problem = make(&house.app, house.app.now(), &id).await.unwrap_err();
    assert_eq!(problem.code, "preview.failed", "{problem}");
    house.ask(&id).await;
    let (state, reason) = house.state(&id).await;
    assert_eq!(state, "failed");
    assert!(matches!(reason.as_deref(), Some("failed_broken" | "failed_nothing")), "{reason:?}");
    assert_eq!(house.events().await, 0);

    let id = house.id("empty.mp4").await;
    house.ask(&id).await;
    assert_eq!(house.state(&id).await, ("not_needed".into(), None));
}

#[test]
fn where_a_preview_stands() {
    let needs = examined("needs_preview");
    let (native, nothing) = (examined("native"), examined("none"));
    let failed = |problem: &str| Some(("failed".to_owned(), Some(problem.to_owned())));
    let job = |state: &str| Some((state.to_owned(), None));
    for (examined, ready, asked, job, state, reason) in [
        (&needs, true, false, job("running"), "ready", None),
        (&needs, false, false, None, "none", None),
        (&needs, false, false, job("waiting"), "queued", None),
        (&needs, false, false, job("running"), "running", None),
        (&needs, false, false, job("done"), "none", None),
        (&needs, false, false, failed(r#"{"code":"preview.ffmpeg_missing"}"#), "failed", Some("ffmpeg_missing")),
        (
            &needs,
            false,
            false,
            failed(r#"{"code":"preview.failed","params":{"why":"memory"}}"#),
            "failed",
            Some("failed_memory"),
        ),
        (&needs, false, false, failed(r#"{"code":"vault.corrupt"}"#), "failed", Some("interrupted")),
        (&needs, false, false, failed("not json"), "failed", Some("interrupted")),
        (&native, false, false, job("running"), "not_needed", None),
        (&native, false, true, job("running"), "running", None),
        (&nothing, false, true, job("done"), "not_needed", None),
    ] {
        let expected = State { state, reason: reason.map(str::to_owned) };
        assert_eq!(stands(Some(examined), ready, asked, job.clone()), expected, "{job:?}");
    }
    assert_eq!(stands(None, false, true, None).state, "not_needed");
}

fn examined(playable: &str) -> tiezheng_media::Examination {
    let mut told = serde_json::to_value(tiezheng_media::examine(&mut &b""[..])).unwrap();
    told["playable"] = json!(playable);
    serde_json::from_value(told).unwrap()
}

#[test]
fn every_reason_has_its_words() {
    let whys = ["broken", "unsupported", "nothing", "memory", "too_large", "crashed"];
    let told = whys.map(|why| reason(Some(&json!({"code": "preview.failed", "params": {"why": why}}).to_string())));
    let others = ["ffmpeg_missing", "timeout", "interrupted", "mark", "failed"].map(str::to_owned);
    for language in crate::locale::LANGUAGES {
        for key in told.iter().chain(&others) {
            let key = format!("preview.{key}");
            assert_ne!(crate::locale::text(language, &key, &serde_json::Map::new()), key, "{language}");
        }
    }
    assert_eq!(super::recipes::KINDS.map(Kind::name), ["preview", "poster", "strip", "waveform"]);
}
