//! 重建编目: a new database from the store and the keys alone. The log's private bundles hold every event with its salt;
//! every sealed object names its event and carries its examination.
//!
//! Registers and lists come back as the events told every row last, which is what `verify` holds them against.
//!
//! One transaction: a crash leaves an empty database, and the command is run again. What only the database held is gone
//! and is said to be: passwords, machine tokens, sessions, the lists of ingest runs and of checks, uploads under way, jobs.

mod registers;

use std::collections::BTreeMap;
use std::path::Path;

use futures_util::StreamExt;
use serde::Serialize;
use serde_json::{Map, Value, json};
use tiezheng_media::Examination;
use tiezheng_vault::{Found, Keys, commitment};

use super::store;
use crate::app::{self, App, Clock, Config, Overrides};
use crate::audit::{self, Act, Event};
use crate::db::Tx;
use crate::db::rows;
use crate::db::told::Told;
use crate::equipment::store::Origin;
use crate::error::{Problem, Result};
use crate::ingest::{self, Incoming, gps};
use crate::recordings::{self, Described, Recording};
use crate::regulations;
use crate::supervision::rows::Images;

#[derive(Serialize, Debug, Default)]
pub struct Report {
    pub events: u64,
    pub recordings: u64,
    pub derivatives: u64,
    /// Overlays of the catalogue that were replayed.
    pub indexed: u64,
    /// Rows made by their id alone, since no event tells their name: fill them in with `tiezheng load`.
    pub placeholders: BTreeMap<&'static str, Vec<String>>,
    /// Accounts that exist again but have no password: `tiezheng admin account`, or `load` with passwords.
    pub accounts: u64,
    /// Machine tokens that have to be made anew.
    pub tokens: u64,
    /// What could not be brought back, each with its reason.
    pub lost: Vec<Lost>,
    /// Official texts of regulations.
    pub files: u64,
    /// Objects of the store that no recording needs: what crashes leave.
    pub unclaimed: u64,
}

#[derive(Serialize, Debug)]
pub struct Lost {
    pub subject: String,
    pub code: String,
    pub params: Map<String, Value>,
}

/// Rebuilds into an empty database; refuses any other.
pub async fn rebuild(data: &Path, overrides: &Overrides, clock: Clock) -> Result<Report> {
    let now = clock.now();
    prepare(data, overrides, now).await?;
    let app = App::open(data, overrides, clock).await?;
    let mut rebuilding = Rebuilding {
        app: &app,
        report: Report::default(),
        missing: BTreeMap::new(),
        told: Told::new().await?,
        images: Images::default(),
        decided: Vec::new(),
    };
    {
        let _turn = app.exclusive().await?;
        let mut tx = app.db.begin().await?;
        rebuilding.events(&mut tx).await?;
        rebuilding.registers(&mut tx).await?;
        rebuilding.decisions(&mut tx).await?;
        rebuilding.originals(&mut tx).await?;
        rebuilding.beside_recordings(&mut tx).await?;
        rebuilding.placeholders(&mut tx).await?;
        rebuilding.tell(&mut tx, app.now()).await?;
        tx.commit().await?;
    }
    let report = rebuilding.report;
    audit::sequence(&app).await?;
    Ok(report)
}

/// Configuration (made from the keys where it is gone too), schema, and the two rows everything else needs.
async fn prepare(data: &Path, overrides: &Overrides, now: i64) -> Result<()> {
    let keys = Keys::open(&data.join("keys"))?;
    let made = !Config::path(data).exists();
    let config = if made {
        Config {
            origin: keys.origin().to_owned(),
            database: overrides.database.clone().unwrap_or_else(|| "sqlite".into()),
            store: overrides.store.clone().unwrap_or_else(|| "folder".into()),
            witnesses: Vec::new(),
            public_url: None,
            proxies: Vec::new(),
            uploads: app::Uploads::default(),
            reminders: None,
        }
    } else {
        Config::read(data, overrides)?
    };
    let db = config.database(data).await?;
    db.prepare().await?;
    let mut tx = db.begin().await?;
    if !store::is_empty(&mut tx).await? {
        return Err(Problem::refused(409, "rebuild.database_in_use"));
    }
    store::found(&mut tx, &app::new_id(now)).await?;
    tx.commit().await?;
    db.close().await;
    std::fs::create_dir_all(data.join("staging"))?;
    if made {
        let text = toml::to_string(&config).map_err(|error| Problem::internal(error.to_string()))?;
        super::put(&Config::path(data), text.as_bytes())?;
    }
    Ok(())
}

struct Rebuilding<'a> {
    app: &'a App,
    report: Report,
    /// Commitments of log entries whose private bundle cannot be read: an object may still hold the event.
    missing: BTreeMap<[u8; 32], u64>,
    /// What the events have told of every row last.
    told: Told,
    images: Images,
    /// What agencies have decided about their regulations: few.
    decided: Vec<Event>,
}

/// What a scan has found: an original that the log knows, one it does not, or what a row tells of.
enum Held {
    Original {
        found: Found,
        event: Box<Event>,
        described: Box<Described>,
    },
    /// A derivative or a printed form: its row stands in the events.
    Told {
        object: String,
        table: &'static str,
        key: String,
    },
    /// The official text of a regulation.
    Attached {
        found: Found,
        told: Value,
    },
}

impl Rebuilding<'_> {
    fn lose(&mut self, subject: impl Into<String>, problem: Problem) {
        self.report.lost.push(Lost { subject: subject.into(), code: problem.code, params: problem.params });
    }

    fn made_up(&mut self, what: &'static str, id: &str) {
        self.report.placeholders.entry(what).or_default().push(id.to_owned());
    }

    /// Every leaf of the log, in order: the event itself, and what it says about people and things.
    async fn events(&mut self, tx: &mut Tx) -> Result<()> {
        let log = self.app.vault.log();
        let Some(checkpoint) = log.checkpoint().await? else { return Ok(()) };
        let mut index = 0;
        while index < checkpoint.size {
            match log.private_from(index).await {
                Ok(leaves) => {
                    for leaf in leaves.into_iter().take((checkpoint.size - index) as usize) {
                        let event = event_of(leaf.payload, leaf.salt, Some(index))?;
                        audit::store::insert(tx, &event).await?;
                        self.report.events += 1;
                        self.report.indexed += u64::from(event.act == Act::RecordingIndexed.name());
                        self.told.event(&event.id, &event.payload).await?;
                        let acts = [Act::RegulationDecided, Act::RegulationApproved, Act::RegulationWithdrawn];
                        self.decided.extend(acts.iter().any(|act| event.act == act.name()).then_some(event));
                        index += 1;
                    }
                }
                // A broken bundle hides up to 256 events; the objects may still tell of the sealings among them.
                Err(error) => {
                    let next = (index / super::tiles::WIDTH + 1) * super::tiles::WIDTH;
                    for at in index..next.min(checkpoint.size) {
                        self.missing.insert(log.entry(at).await?, at);
                    }
                    let to = next.min(checkpoint.size) - 1;
                    self.lose(format!("events {index}–{to}"), Problem::from(error));
                    index = next;
                }
            }
        }
        store::set_head(tx, checkpoint.size, Some(&checkpoint.note), checkpoint.signed_ms).await
    }

    /// Originals the log knows, then those it does not: a crash between sealing and its leaf leaves one, and unless the
    /// same bytes were sealed again it is kept.
    async fn originals(&mut self, tx: &mut Tx) -> Result<()> {
        let mut unlogged = Vec::new();
        let mut objects = self.app.vault.scan();
        while let Some(found) = objects.next().await {
            let found = match found {
                Ok(found) => found,
                Err(error) => {
                    let params = error.params();
                    let subject = params.get("segment").map_or("store".into(), |segment| format!("segment {segment}"));
                    self.lose(subject, Problem::from(error));
                    continue;
                }
            };
            match self.held(tx, found).await? {
                Some(Held::Original { found, event, described }) if event.log_index.is_some() => {
                    self.original(tx, &found, &event, &described).await?;
                }
                Some(Held::Attached { found, told }) => {
                    match regulations::file::rebuilt(tx, &told, &found.digests, &found.place).await? {
                        true => self.report.files += 1,
                        false => self.report.unclaimed += 1,
                    }
                }
                Some(Held::Original { found, event, described }) => unlogged.push((found, event, described)),
                Some(Held::Told { object, table, key }) => self.told_of(tx, &object, table, &key).await?,
                None => {}
            }
        }
        for (found, event, described) in unlogged {
            let agency = event.agency.clone().unwrap_or_default();
            if recordings::store::same_bytes(tx, &agency, &found.digests.sha256).await?.is_some() {
                self.report.unclaimed += 1;
                continue;
            }
            self.agency(tx, &agency, event.at_ms).await?;
            audit::store::insert(tx, &event).await?;
            self.original(tx, &found, &event, &described).await?;
        }
        Ok(())
    }

    /// What an object says it is. `None`: nothing of ours, and named as lost.
    async fn held(&mut self, tx: &mut Tx, found: Found) -> Result<Option<Held>> {
        let subject = format!("object {}", found.place.object);
        if let Ok(Value::Object(told)) = serde_json::from_slice::<Value>(&found.described) {
            let text = |key: &str| told.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
            if told.contains_key("derived_from") {
                let key = json!([text("derived_from"), text("kind")]).to_string();
                return Ok(Some(Held::Told { object: found.place.object, table: "derivative", key }));
            }
            if told.contains_key("document") {
                let key = json!([text("document")]).to_string();
                return Ok(Some(Held::Told { object: found.place.object, table: "document", key }));
            }
            if told.contains_key("regulation") {
                return Ok(Some(Held::Attached { found, told: told.into() }));
            }
        }
        let Ok(described) = serde_json::from_slice::<Described>(&found.described) else {
            self.lose(subject, Problem::refused(422, "rebuild.undescribed"));
            return Ok(None);
        };
        let salt = hex::decode(&described.salt).ok().and_then(|salt| <[u8; 32]>::try_from(salt).ok());
        let payload = tiezheng_vault::canonical::to_bytes(&described.event).ok();
        let (Some(salt), Some(payload)) = (salt, payload) else {
            self.lose(subject, Problem::refused(422, "rebuild.undescribed"));
            return Ok(None);
        };
        let mut event = event_of(payload, salt, None)?;
        if let Some(logged) = audit::store::by_id(tx, &event.id).await? {
            event.log_index = logged.log_index;
        } else if let Some(index) = self.missing.remove(&commitment(&event.salt, &event.payload)) {
            event.log_index = i64::try_from(index).ok();
            audit::store::insert(tx, &event).await?;
            self.report.events += 1;
        }
        Ok(Some(Held::Original { found, event: Box::new(event), described: Box::new(described) }))
    }

    async fn original(&mut self, tx: &mut Tx, found: &Found, event: &Event, described: &Described) -> Result<()> {
        let subject = format!("object {}", found.place.object);
        let Some(recording) = recording_of(found, event, described) else {
            self.lose(subject, Problem::refused(422, "rebuild.not_what_was_sealed"));
            return Ok(());
        };
        if store::knows(tx, "recording", &recording.id).await?
            || recordings::store::same_bytes(tx, &recording.agency, &recording.sha256).await?.is_some()
        {
            self.report.unclaimed += 1; // sealed twice by a race; the other one counts
            return Ok(());
        }
        let examined: Examination = match serde_json::from_str(&recording.examination) {
            Ok(examined) => examined,
            Err(error) => {
                self.lose(subject, Problem::refused(422, "rebuild.undescribed").because(error));
                return Ok(());
            }
        };
        self.agency(tx, &recording.agency, event.at_ms).await?;
        self.report.recordings += 1;
        if self.as_told(tx, &recording, described).await? {
            return Ok(());
        }
        // Nothing but its sealing is known: found in the lists as if it were handed in now.
        let on_card = described.found.as_ref();
        let unit = match on_card.and_then(|found| found.unit.as_deref()) {
            Some(unit) if store::knows(tx, "unit", unit).await? => Some(unit.to_owned()),
            _ => None,
        };
        let track = on_card.map_or("", |found| &found.track);
        let incoming = Incoming {
            id: recording.id.clone(),
            agency: recording.agency.clone(),
            ingest: None,
            file_name: recording.file_name.clone(),
            source_path: recording.source_path.clone(),
            raw_name_hex: recording.raw_name_hex.clone(),
            name_time_ms: None,
            sidecar: recording.kind == "sidecar",
            origin: Origin {
                device: recording.device.clone(),
                officer: recording.officer.clone(),
                unit,
                drift_ms: recording.drift_ms,
            },
            key_mark: on_card.is_some_and(|found| found.key_mark),
            capture: on_card.and_then(|found| found.capture.clone()),
            part_no: on_card.and_then(|found| found.part_no),
            track: serde_json::from_str::<Vec<gps::Point>>(track).unwrap_or_default(),
        };
        ingest::catalogue(self.app, tx, &incoming, &examined, &recording).await
    }

    /// The recording as it stood in the lists, if an event tells how; its track is in the object.
    async fn as_told(&mut self, tx: &mut Tx, recording: &Recording, described: &Described) -> Result<bool> {
        let key = json!([recording.id]).to_string();
        let last = self.told.of("recording_index", &[&key]).await?.remove(&key);
        let (Some(last), Some(table)) = (last, rows::table("recording_index")) else { return Ok(false) };
        let Some(row) = self.images.row(tx, table, &key, &last.event).await? else { return Ok(false) };
        recordings::store::insert_evidence(tx, recording).await?;
        table.restore(tx, &row).await?;
        recordings::store::put_text(tx, &recording.id).await?;
        if let Some(track) = described.found.as_ref().map(|found| &found.track).filter(|track| !track.is_empty()) {
            recordings::store::put_track(tx, &recording.id, track).await?;
        }
        Ok(true)
    }

    /// Previews and printed forms come back as events tell them; objects of which none does are nobody's.
    async fn told_of(&mut self, tx: &mut Tx, object: &str, table: &str, key: &str) -> Result<()> {
        let last = self.told.of(table, &[key]).await?.remove(key);
        let row = match (last, rows::table(table)) {
            (Some(last), Some(table)) => self.images.row(tx, table, key, &last.event).await?,
            _ => None,
        };
        let its_own = row.is_some_and(|row| row.get("object").and_then(Value::as_str) == Some(object));
        self.report.unclaimed += u64::from(!its_own);
        Ok(())
    }
}

/// The row of an event: its columns repeat its payload.
fn event_of(payload: Vec<u8>, salt: [u8; 32], index: Option<u64>) -> Result<Event> {
    let subject = || index.map_or("object".to_owned(), |index| format!("event {index}"));
    let unreadable = || Problem::refused(422, "rebuild.event_unreadable").with("subject", subject());
    let told: Value = serde_json::from_slice(&payload).map_err(|error| unreadable().because(error))?;
    let text = |key: &str| told[key].as_str().map(str::to_owned);
    Ok(Event {
        id: text("id").ok_or_else(unreadable)?,
        at_ms: told["at_ms"].as_i64().ok_or_else(unreadable)?,
        agency: text("agency"),
        actor: text("actor"),
        act: text("act").ok_or_else(unreadable)?,
        subject: text("subject"),
        payload,
        salt,
        log_index: index.and_then(|index| i64::try_from(index).ok()),
    })
}

/// The evidence columns out of the sealing event; `None` unless every one of them is what the event tells.
fn recording_of(found: &Found, event: &Event, described: &Described) -> Option<Recording> {
    let detail = event.detail();
    let text = |key: &str| detail.get(key).and_then(Value::as_str).map(str::to_owned);
    let number = |key: &str| detail.get(key).and_then(Value::as_i64);
    let recording = Recording {
        id: event.subject.clone()?,
        agency: text("agency")?,
        ingest: None,
        event: event.id.clone(),
        file_name: text("file_name")?,
        source_path: text("source_path")?,
        raw_name_hex: text("raw_name_hex"),
        kind: text("kind")?,
        container: text("container")?,
        mime: text("mime")?,
        bytes: i64::try_from(found.digests.size).ok()?,
        sha256: found.digests.sha256,
        sm3: found.digests.sm3,
        tree: found.digests.tree,
        place: found.place.clone(),
        claimed_ms: number("claimed_ms"),
        time_source: text("time_source")?,
        drift_ms: number("drift_ms"),
        received_ms: number("received_ms")?,
        duration_ms: number("duration_ms"),
        device: text("device"),
        officer: text("officer"),
        examination: described.examination.clone(),
    };
    recording.mismatch(event).is_none().then_some(recording)
}
