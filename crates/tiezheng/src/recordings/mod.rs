//! 音像记录: what was sealed, how it is found, who looked at it, and what proves it.

pub mod confine;
pub mod extension;
pub mod form;
pub mod http;
pub mod preview;
pub mod store;
pub mod text;
pub mod viewing;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tiezheng_media::Examination;
use tiezheng_vault::receipt::Receipt;
use tiezheng_vault::{Digests, Leaf, Place};

use crate::app::App;
use crate::audit::{self, Act, Event};
use crate::error::{Problem, Result};
use crate::field;
use crate::people::Actor;

/// One sealed file: the evidence columns, every one of them committed to by the sealing event.
#[derive(Clone, Debug)]
pub struct Recording {
    pub id: String,
    pub agency: String,
    pub ingest: Option<String>,
    pub event: String,
    pub file_name: String,
    pub source_path: String,
    pub raw_name_hex: Option<String>,
    pub kind: String,
    pub container: String,
    pub mime: String,
    pub bytes: i64,
    pub sha256: [u8; 32],
    pub sm3: [u8; 32],
    pub tree: [u8; 32],
    pub place: Place,
    pub claimed_ms: Option<i64>,
    pub time_source: String,
    pub drift_ms: Option<i64>,
    pub received_ms: i64,
    pub duration_ms: Option<i64>,
    pub device: Option<String>,
    pub officer: Option<String>,
    pub examination: String,
}

impl Recording {
    /// What the sealing event says in `detail`: everything that must never change, in integers and text only.
    pub fn sealed_facts(&self) -> Value {
        json!({
            "agency": self.agency, "file_name": self.file_name, "source_path": self.source_path,
            "raw_name_hex": self.raw_name_hex, "kind": self.kind, "container": self.container, "mime": self.mime,
            "bytes": self.bytes, "sha256": hex::encode(self.sha256), "sm3": hex::encode(self.sm3),
            "tree": hex::encode(self.tree), "claimed_ms": self.claimed_ms, "time_source": self.time_source,
            "drift_ms": self.drift_ms, "received_ms": self.received_ms, "duration_ms": self.duration_ms,
            "device": self.device, "officer": self.officer,
            "examination_sha256": hex::encode(crate::app::sha256(self.examination.as_bytes())),
        })
    }

    /// The first column that no longer tells what was sealed.
    pub fn mismatch(&self, event: &Event) -> Option<String> {
        if event.act != Act::RecordingSealed.name() || event.subject.as_deref() != Some(&self.id) {
            return Some("event_id".into());
        }
        let told = event.detail();
        let facts = self.sealed_facts();
        let facts = facts.as_object()?;
        facts.iter().find(|(key, value)| told.get(*key) != Some(value)).map(|(key, _)| key.clone())
    }

    pub fn digests(&self) -> Digests {
        Digests { size: self.bytes.unsigned_abs(), sha256: self.sha256, sm3: self.sm3, tree: self.tree }
    }

    /// When it began, corrected by the drift; `None` where the device claimed no time.
    pub fn began_ms(&self) -> Option<i64> {
        self.claimed_ms.map(|claimed| claimed - self.drift_ms.unwrap_or(0))
    }

    pub fn examined(&self) -> Option<Examination> {
        serde_json::from_str(&self.examination).ok()
    }
}

/// What a sealed object's trailer carries, so that the catalogue can be rebuilt from storage and key alone.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Described {
    pub event: Value,
    pub salt: String,
    pub examination: String,
    /// What the card told beside the bytes; absent on objects sealed before it was kept.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub found: Option<FoundOnCard>,
    /// Why a derivative exists; absent on originals.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub derived_from: Option<String>,
}

/// What lists and maps need and only the card could tell. Text where JSON would have fractions.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoundOnCard {
    pub unit: Option<String>,
    pub key_mark: bool,
    pub capture: Option<String>,
    pub part_no: Option<i64>,
    /// JSON list of GPS points; empty text for none.
    pub track: String,
}

/// A longer track stays out of the object: it is in the sidecar, which is sealed too.
const TRACK_BYTES_MAX: usize = 1 << 20;

impl FoundOnCard {
    fn of(incoming: &crate::ingest::Incoming) -> Result<FoundOnCard> {
        let track = if incoming.track.is_empty() { String::new() } else { serde_json::to_string(&incoming.track)? };
        Ok(FoundOnCard {
            unit: incoming.origin.unit.clone(),
            key_mark: incoming.key_mark,
            capture: incoming.capture.clone(),
            part_no: incoming.part_no,
            track: if track.len() > TRACK_BYTES_MAX { String::new() } else { track },
        })
    }
}

impl Described {
    pub fn of(recording: &Recording, event: &Event, incoming: &crate::ingest::Incoming) -> Result<Vec<u8>> {
        let described = json!({
            "event": serde_json::from_slice::<Value>(&event.payload).unwrap_or_default(),
            "salt": hex::encode(event.salt),
            "examination": recording.examination,
            "found": FoundOnCard::of(incoming)?,
        });
        Ok(tiezheng_vault::canonical::to_bytes(&described)?)
    }
}

/// The receipt of an event: its payload, salt, proof and checkpoint. Only when its leaf is under a checkpoint; under the
/// newest one that a trusted witness has cosigned, if there is one that covers the leaf.
pub async fn receipt(app: &App, event: &Event) -> Result<Receipt> {
    let waiting = || Problem::refused(409, "receipt.waiting");
    let index = event.log_index.ok_or_else(waiting)?.unsigned_abs();
    let log = app.vault.log();
    let newest = log.checkpoint().await?.filter(|checkpoint| checkpoint.size > index).ok_or_else(waiting)?;
    let checkpoint = crate::custody::witness::best(app, newest, index)?;
    let proof = log.inclusion(index, checkpoint.size).await?;
    let leaf = Leaf { payload: event.payload.clone(), salt: event.salt };
    Ok(log.receipt_of(&leaf, index, proof, &checkpoint, &app.witnesses)?)
}

/// What people may say about a recording after it was sealed. `None` leaves a field as it is.
#[derive(Deserialize, utoipa::ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct IndexChange {
    pub title: Option<String>,
    pub place: Option<String>,
    pub party: Option<String>,
    pub event_type: Option<String>,
    pub key_mark: Option<bool>,
    pub officer_id: Option<String>,
    pub activity_id: Option<String>,
    pub reason: Option<String>,
}

impl IndexChange {
    /// Texts trimmed; an empty one takes the field away.
    fn checked(&self) -> Result<IndexChange> {
        let text = |field: &str, text: &Option<String>, most| match text {
            Some(text) => field::optional(field, Some(text), most).map(|text| Some(text.unwrap_or_default())),
            None => Ok(None),
        };
        field::filter("event_type", self.event_type.as_deref(), &field::occasions())?;
        let reason = field::optional("reason", self.reason.as_deref(), field::REASON_MOST)?;
        if self.officer_id.is_some() && reason.is_none() {
            return Err(Problem::invalid("reason", "field.required"));
        }
        Ok(IndexChange {
            title: text("title", &self.title, field::TITLE_MOST)?,
            place: text("place", &self.place, field::TITLE_MOST)?,
            party: text("party", &self.party, field::TITLE_MOST)?,
            event_type: self.event_type.clone(),
            key_mark: self.key_mark,
            officer_id: self.officer_id.clone(),
            activity_id: self.activity_id.clone(),
            reason,
        })
    }
}

/// 编目: an overlay with its reason; the sealed facts stay.
pub async fn index(app: &App, actor: &Actor, id: &str, change: &IndexChange) -> Result<()> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let row = store::row(&mut tx, &actor.scope(), id).await?.ok_or_else(Problem::not_found)?;
    let change = change.checked()?;
    let changed = store::change_index(&mut tx, id, &row.agency.id, &change).await?;
    let detail = json!({"changed": changed, "reason": change.reason});
    audit::record(&mut tx, actor, now, Act::RecordingIndexed, Some(&row.agency.id), Some(id), detail).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok(())
}
