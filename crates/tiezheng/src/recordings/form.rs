//! What the printed receipt says: labels from `locales`, figures from the recording and its proof.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use tiezheng_paper::Form;
use tiezheng_vault::receipt::{Receipt, checkpoint_text};

use super::Recording;
use super::store::RecordingRow;
use crate::error::Result;
use crate::locale::text;

/// Date and time of an instant in Asia/Shanghai, to the second.
pub fn china_time(ms: i64) -> String {
    let stamp = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    stamp.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8))).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Input of the form `Form::Receipt`.
pub fn receipt(
    language: &str,
    row: &RecordingRow,
    recording: &Recording,
    receipt: &Receipt,
    now: i64,
) -> Result<Value> {
    let labels: Map<String, Value> = Form::Receipt
        .labels()
        .iter()
        .map(|label| ((*label).to_owned(), text(language, &format!("paper.receipt.{label}"), &Map::new()).into()))
        .collect();
    let checkpoint = checkpoint_text(receipt)?;
    let day = &china_time(recording.received_ms)[..10].replace('-', "");
    Ok(json!({
        "lang": language,
        "labels": labels,
        "issued_ms": now,
        "number": format!("RK-{day}-{}", receipt.index),
        "agency": row.agency.name,
        "unit": row.unit.as_ref().map(|unit| &unit.name),
        "recording": recording.id,
        "file_name": recording.file_name,
        "device": row.device.as_ref().map(|device| &device.name),
        "officer": row.officer.as_ref().map(|officer| &officer.name),
        "device_began_ms": recording.claimed_ms,
        "began_ms": recording.began_ms(),
        "received_ms": recording.received_ms,
        "bytes": recording.bytes,
        "sha256": hex::encode(recording.sha256),
        "sm3": hex::encode(recording.sm3),
        "tree": hex::encode(recording.tree),
        "log_index": receipt.index,
        "checkpoint": {
            "origin": checkpoint.origin, "size": checkpoint.size, "root": STANDARD.encode(checkpoint.root),
        },
        "proof_reference": format!("tiezheng:1:{}:{}:{}", checkpoint.origin, receipt.index, hex::encode(recording.sha256)),
    }))
}
