//! 入库凭证: what the agency hands to whoever gave it the recording. It binds the agency to one
//! entry of the log; the paper alone is enough to demand the proof later.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use typst::foundations::Datetime;

use crate::fonts::Fonts;
use crate::{Error, bad, qr, text};

/// Labels the form prints, in the order in which they stand on it.
pub(crate) const LABELS: &[&str] = &[
    "subject",
    "title",
    "number",
    "issued",
    "section_recording",
    "agency",
    "unit",
    "file_name",
    "recording",
    "bytes",
    "device",
    "officer",
    "section_times",
    "device_began",
    "began",
    "received",
    "section_digests",
    "sha256",
    "sm3",
    "tree",
    "section_log",
    "log_index",
    "checkpoint_size",
    "checkpoint_origin",
    "checkpoint_root",
    "section_verify",
    "verify_intro",
    "verify_step_1",
    "verify_step_2",
    "verify_step_3",
    "proof_reference",
    "handed_over_by",
    "custodian",
    "signed_on",
    "agency_seal",
    "none",
    "statement",
    "page",
];

/// Labels are our own texts; one longer than this is a mistake.
const LABEL_CHARS_MAX: usize = 400;

/// Data of the form. Unknown fields are refused. `Serialize` is for callers who build it typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    pub lang: Lang,
    /// Texts in that language, exactly the keys of `Form::labels`.
    pub labels: BTreeMap<String, String>,
    /// When this paper was made, UTC ms. Also the date of the document.
    pub issued_ms: i64,
    /// Number of this paper in the agency's own counting.
    pub number: String,
    pub agency: String,
    pub unit: Option<String>,
    /// Identifier of the recording.
    pub recording: String,
    /// As the device wrote it.
    pub file_name: String,
    pub device: Option<String>,
    pub officer: Option<String>,
    /// The three instants of a recording, UTC ms: claimed by the device, corrected by the drift
    /// measured when it was docked, last byte received.
    pub device_began_ms: Option<i64>,
    pub began_ms: Option<i64>,
    pub received_ms: i64,
    pub bytes: u64,
    /// 64 lower-case hexadecimal digits each. `tree` is the root over leaves of 1 MiB.
    pub sha256: String,
    pub sm3: String,
    pub tree: String,
    pub log_index: u64,
    pub checkpoint: Checkpoint,
    /// Short text that finds the proof; printed and encoded as QR code. At most 300 bytes.
    pub proof_reference: String,
}

/// The signed state of the log under which the entry is proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    pub origin: String,
    pub size: u64,
    /// As in the signed note: base64, or hexadecimal.
    pub root: String,
}

/// Decides hyphenation and the language declared by the document; the labels decide what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lang {
    #[serde(rename = "zh-CN")]
    Chinese,
    #[serde(rename = "en")]
    English,
}

impl Lang {
    pub(crate) fn short(self) -> &'static str {
        match self {
            Lang::Chinese => "zh",
            Lang::English => "en",
        }
    }
}

/// What the template gets: texts that only need to be placed.
pub(crate) struct Page {
    pub json: Value,
    pub issued: Datetime,
    /// Stable identifier of this paper.
    pub ident: String,
}

pub(crate) fn page(data: &Value, fonts: &Fonts) -> Result<Page, Error> {
    let receipt = Receipt::deserialize(data).map_err(|why| bad(why.to_string()))?;
    let labels = labels(&receipt.labels, LABELS, fonts)?;
    for (field, digest) in [("sha256", &receipt.sha256), ("sm3", &receipt.sm3), ("tree", &receipt.tree)] {
        hex64(field, digest)?;
    }
    if receipt.log_index >= receipt.checkpoint.size {
        return Err(bad("checkpoint.size"));
    }
    let root = &receipt.checkpoint.root;
    if root.is_empty() || root.len() > 128 || !root.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(bad("checkpoint.root"));
    }

    let value = |raw: &str| text::legible(raw.trim(), |c| fonts.shows(c));
    let optional = |raw: &Option<String>| raw.as_deref().map_or_else(String::new, value);
    let instant = |field: &str, ms: Option<i64>| match ms {
        Some(ms) => text::beijing(ms).ok_or_else(|| bad(field)),
        None => Ok(String::new()),
    };
    let json = json!({
        "lang": receipt.lang.short(),
        "labels": labels,
        "issued": instant("issued_ms", Some(receipt.issued_ms))?,
        "number": value(&receipt.number),
        "agency": value(&receipt.agency),
        "unit": optional(&receipt.unit),
        "recording": value(&receipt.recording),
        "file_name": value(&receipt.file_name),
        "device": optional(&receipt.device),
        "officer": optional(&receipt.officer),
        "device_began": instant("device_began_ms", receipt.device_began_ms)?,
        "began": instant("began_ms", receipt.began_ms)?,
        "received": instant("received_ms", Some(receipt.received_ms))?,
        "bytes": text::size(receipt.bytes),
        "sha256": receipt.sha256,
        "sm3": receipt.sm3,
        "tree": receipt.tree,
        "log_index": text::grouped(receipt.log_index),
        "checkpoint_size": text::grouped(receipt.checkpoint.size),
        "checkpoint_origin": value(&receipt.checkpoint.origin),
        "checkpoint_root": receipt.checkpoint.root,
        "proof_reference": value(&receipt.proof_reference),
        "qr": qr::svg(&receipt.proof_reference).ok_or_else(|| bad("proof_reference"))?,
    });
    Ok(Page {
        json,
        issued: text::document_date(receipt.issued_ms).ok_or_else(|| bad("issued_ms"))?,
        ident: format!("receipt:{}:{}", receipt.checkpoint.origin, receipt.number),
    })
}

/// All of them, no other: a form with a hole in it must not leave the house.
pub(crate) fn labels(
    given: &BTreeMap<String, String>,
    keys: &[&str],
    fonts: &Fonts,
) -> Result<BTreeMap<String, String>, Error> {
    if let Some(unknown) = given.keys().find(|key| !keys.contains(&key.as_str())) {
        return Err(bad(format!("labels.{unknown}")));
    }
    keys.iter()
        .map(|key| {
            let text = given
                .get(*key)
                .filter(|text| !text.trim().is_empty() && text.chars().count() <= LABEL_CHARS_MAX)
                .filter(|text| text.chars().all(|c| fonts.shows(c)))
                .ok_or_else(|| bad(format!("labels.{key}")))?;
            Ok(((*key).to_owned(), text.clone()))
        })
        .collect()
}

pub(crate) fn hex64(field: &str, digest: &str) -> Result<(), Error> {
    let lower_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if digest.len() == 64 && digest.bytes().all(lower_hex) { Ok(()) } else { Err(bad(field)) }
}
