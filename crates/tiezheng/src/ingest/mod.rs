//! 移交入库: a file becomes a sealed recording with a receipt.
//!
//! The order, and what a crash at each step means:
//! 1. bytes staged or still on the card: nothing promised, the next run starts over;
//! 2. digests while the bytes pass, encrypted, durable, read back (the vault): an object without a row: the next
//!    run removes it (`remains`) and seals the file again;
//! 3. catalogue row and sealing event in one transaction: the recording exists, its leaf is still to come;
//! 4. leaf and checkpoint (the sequencer): from here on a receipt can be given and the device may be cleared.

pub mod card;
pub mod dock;
pub mod gps;
pub mod http;
pub mod remains;
pub mod run;
pub mod store;
pub mod tus;

use serde_json::json;
use tiezheng_media::{Examination, Kind, Oddity};
use tiezheng_rules::defaults::Defaults;
use tiezheng_rules::time::legal_day;
use tiezheng_vault::{Digests, Place};

use crate::activities;
use crate::app::App;
use crate::audit::{self, Act, Event};
use crate::db::Tx;
use crate::equipment::store::Origin;
use crate::error::Result;
use crate::laws::Handed;
use crate::people::Actor;
use crate::recordings::store::Index;
use crate::recordings::{self, Recording};
use crate::regulations::{self, binding};

/// Files below this size share a segment.
pub const SMALL: u64 = 8 << 20;

/// One file on its way in: all that is known before its bytes are read.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Id of the recording to be.
    pub id: String,
    pub agency: String,
    pub ingest: Option<String>,
    pub file_name: String,
    pub source_path: String,
    pub raw_name_hex: Option<String>,
    /// What the file's name says, UTC milliseconds of the device's own clock.
    pub name_time_ms: Option<i64>,
    pub sidecar: bool,
    pub origin: Origin,
    pub key_mark: bool,
    pub capture: Option<String>,
    pub part_no: Option<i64>,
    pub track: Vec<gps::Point>,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Sealed {
        recording: String,
    },
    /// The same bytes are in the vault already: linked, not stored again (MGT-01).
    Duplicate {
        recording: String,
    },
}

impl Outcome {
    pub fn recording(&self) -> &str {
        match self {
            Outcome::Sealed { recording } | Outcome::Duplicate { recording } => recording,
        }
    }
}

/// The device's claim about when it began, and where that claim comes from.
fn claimed(incoming: &Incoming, examined: &Examination) -> (Option<i64>, &'static str) {
    const CHINA_MS: i64 = 8 * 3_600_000;
    match (incoming.name_time_ms, examined.created_ms) {
        (Some(ms), _) => (Some(ms), "name"),
        (None, Some(ms)) if examined.created_is_local => (Some(ms - CHINA_MS), "container"),
        (None, Some(ms)) => (Some(ms), "container"),
        (None, None) => (None, "none"),
    }
}

/// The recording and its sealing event, before it is known where the vault will put it.
pub fn prepare(
    actor: &Actor,
    incoming: &Incoming,
    examined: &Examination,
    digests: &Digests,
    received_ms: i64,
) -> Result<(Recording, Event)> {
    let (claimed_ms, time_source) = claimed(incoming, examined);
    let kind = if incoming.sidecar { "sidecar".to_owned() } else { word(&examined.kind) };
    let mut recording = Recording {
        id: incoming.id.clone(),
        agency: incoming.agency.clone(),
        ingest: incoming.ingest.clone(),
        event: String::new(),
        file_name: incoming.file_name.clone(),
        source_path: incoming.source_path.clone(),
        raw_name_hex: incoming.raw_name_hex.clone(),
        kind,
        container: word(&examined.container),
        mime: examined.mime.clone(),
        bytes: i64::try_from(digests.size).unwrap_or(i64::MAX),
        sha256: digests.sha256,
        sm3: digests.sm3,
        tree: digests.tree,
        place: Place { segment: String::new(), offset: 0, length: 0, object: String::new() },
        claimed_ms,
        time_source: time_source.to_owned(),
        drift_ms: incoming.origin.drift_ms,
        received_ms,
        duration_ms: examined.duration_ms.and_then(|ms| i64::try_from(ms).ok()),
        device: incoming.origin.device.clone(),
        officer: incoming.origin.officer.clone(),
        examination: serde_json::to_string(examined).unwrap_or_else(|_| "{}".into()),
    };
    let facts = recording.sealed_facts();
    let (agency, id) = (recording.agency.clone(), recording.id.clone());
    let event = audit::event(actor, received_ms, Act::RecordingSealed, Some(&agency), Some(&id), facts)?;
    recording.event = event.id.clone();
    Ok((recording, event))
}

/// The name serde gives a unit variant: what stands in the database.
fn word<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_else(|| "unknown".into())
}

/// Enters a sealed object into the catalogue: row, index, text and event in the caller's transaction, which `tell` ends.
pub async fn enter(
    app: &App,
    tx: &mut Tx,
    incoming: &Incoming,
    examined: &Examination,
    recording: &Recording,
    event: &Event,
) -> Result<()> {
    audit::store::insert(tx, event).await?;
    catalogue(app, tx, incoming, examined, recording).await
}

/// Tells how so many recordings stand in the lists: after `enter`, in the same transaction.
pub async fn tell(tx: &mut Tx, actor: &Actor, now: i64, agency: &str, recordings: usize) -> Result<()> {
    let detail = json!({"recordings": recordings});
    audit::record(tx, actor, now, Act::RecordingCatalogued, Some(agency), None, detail).await
}

/// The rows of a sealed object whose event stands already: what `enter` and a rebuild share.
pub async fn catalogue(
    app: &App,
    tx: &mut Tx,
    incoming: &Incoming,
    examined: &Examination,
    recording: &Recording,
) -> Result<()> {
    let began = recording.began_ms();
    let ended = began.map(|began| began + recording.duration_ms.unwrap_or(0));
    let (officer, device) = (recording.officer.as_deref(), recording.device.as_deref());
    let activity = match began {
        Some(at) if !incoming.sidecar => activities::store::during(tx, &recording.agency, officer, device, at).await?,
        _ => None,
    };
    let decisions = regulations::store::decisions(tx, &recording.agency).await?;
    let mut handed = Handed {
        began_ms: began,
        ended_ms: ended.unwrap_or(recording.received_ms),
        activity: activity.as_ref().map(|activity| (activity.began_ms, activity.ended_ms)),
        received_ms: recording.received_ms,
        extension: None,
    };
    if let Some(capture) = incoming.capture.as_deref() {
        recordings::store::capture_so_far(tx, capture).await?.widen(&mut handed);
    }
    let unit = incoming.origin.unit.as_ref().or(activity.as_ref().and_then(|activity| activity.unit.as_ref()));
    let profile = binding::profile_of(tx, &recording.agency, unit.map(String::as_str), handed.at_ms()).await?;
    let judged = ended.is_some() && !incoming.sidecar;
    let hand_in = judged.then(|| app.laws.hand_in(profile.as_deref(), &decisions, &handed));
    let due_ms = hand_in.as_ref().and_then(|hand_in| hand_in.due_ms);
    let day = legal_day(began.unwrap_or(recording.received_ms));
    let own = app.laws.defaults(profile.as_deref(), &decisions, day);
    let index = Index {
        unit: incoming.origin.unit.clone(),
        ended_ms: ended,
        title: activity.as_ref().map(|activity| activity.title.clone()),
        place: activity.as_ref().and_then(|activity| activity.place.clone()),
        party: activity.as_ref().and_then(|activity| activity.party.clone()),
        event_type: activity.as_ref().map(|activity| activity.occasion.clone()),
        key_mark: incoming.key_mark,
        flags: flags(incoming, examined, recording, activity.is_some(), &own),
        capture: incoming.capture.clone(),
        part_no: incoming.part_no,
        activity: activity.map(|activity| activity.id),
        hand_in,
        lapsed: app.laws.lapsed(profile.as_deref(), &decisions, handed.day()),
        profile,
    };
    recordings::store::insert(tx, recording, &index).await?;
    if let (Some(capture), Some(due_ms)) = (&incoming.capture, due_ms) {
        regulations::judge_capture(app, tx, &decisions, capture, due_ms).await?;
    }
    if !incoming.track.is_empty() {
        let points = serde_json::to_string(&incoming.track)?;
        recordings::store::put_track(tx, &recording.id, &points).await?;
    }
    Ok(())
}

/// What a custodian should look at: the words that [`flags`] gives, explained in `locales`.
pub const FLAGS: [&str; 10] =
    ["broken", "empty", "gap", "remuxed", "time_unknown", "time_ahead", "drift", "no_device", "no_officer", "unlinked"];

fn flags(
    incoming: &Incoming,
    examined: &Examination,
    recording: &Recording,
    linked: bool,
    own: &Defaults,
) -> Vec<String> {
    if incoming.sidecar {
        return Vec::new();
    }
    let gap_ms = u64::from(own.continuity.split_tolerance_seconds) * 1_000;
    let drift_ms = i64::from(own.clock.warn_seconds) * 1_000;
    let odd = |wanted: fn(&Oddity) -> bool| examined.oddities.iter().any(wanted);
    let holds = [
        examined.trouble.is_some() || odd(|o| matches!(o, Oddity::Truncated { .. })),
        recording.bytes == 0,
        examined.gaps.iter().any(|gap| gap.length_ms >= gap_ms),
        odd(|o| matches!(o, Oddity::Remuxed { .. })),
        recording.claimed_ms.is_none(),
        recording.began_ms().is_some_and(|began| began > recording.received_ms + drift_ms),
        recording.drift_ms.is_some_and(|drift| drift.abs() > drift_ms),
        recording.device.is_none(),
        recording.officer.is_none(),
        !linked && matches!(examined.kind, Kind::Video | Kind::Audio | Kind::Image),
    ];
    FLAGS.iter().zip(holds).filter(|(_, holds)| *holds).map(|(name, _)| (*name).to_owned()).collect()
}

/// Notes that bytes already in the vault were offered again, and answers with the recording they are.
pub async fn offered_again(
    app: &App,
    actor: &Actor,
    agency: &str,
    recording: &str,
    source_path: &str,
) -> Result<Outcome> {
    let mut tx = app.db.begin().await?;
    let detail = json!({"source_path": source_path});
    audit::record(&mut tx, actor, app.now(), Act::RecordingOfferedAgain, Some(agency), Some(recording), detail).await?;
    tx.commit().await?;
    Ok(Outcome::Duplicate { recording: recording.to_owned() })
}
