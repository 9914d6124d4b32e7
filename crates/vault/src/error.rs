//! Everything that can go wrong, each with a stable code. The English here is for logs; sentences
//! for people live in `locales/vault.*.json` under [`Error::code`], filled with [`Error::params`].

use std::collections::BTreeMap;
use std::io;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{op} {path}: {source}")]
    Io { op: &'static str, path: String, source: io::Error },
    #[error("no space left while writing {path}")]
    NoSpace { path: String },
    #[error("object store: {op} {path}: {detail}")]
    Store { op: &'static str, path: String, detail: String },
    #[error("{text:?} is not a folder or s3://BUCKET[/prefix][?endpoint=…&region=…]")]
    Location { text: String },
    #[error("{location} is not a vault")]
    NotAVault { location: String },
    #[error("{location} belongs to another vault: its marker names {found}")]
    OtherVault { location: String, found: String },

    #[error("{path} already holds keys")]
    KeysExist { path: String },
    #[error("key file {path}: {detail}")]
    KeyFile { path: String, detail: &'static str },
    #[error("key-encryption key {kek} is not in the key directory")]
    KeyMissing { kek: String },
    #[error("key-encryption key {kek} still wraps {uses} files")]
    KeyInUse { kek: String, uses: u64 },

    #[error("{text:?} does not name a place in the vault")]
    BadPlace { text: String },
    #[error("segment {segment} is missing")]
    SegmentMissing { segment: String },
    #[error("segment {segment} has {found} bytes instead of {expected}")]
    SegmentLength { segment: String, expected: u64, found: u64 },
    #[error("envelope of segment {segment} is missing")]
    EnvelopeMissing { segment: String },
    #[error("envelope of segment {segment} is corrupt: {detail}")]
    EnvelopeCorrupt { segment: String, detail: &'static str },
    #[error("object {object} is not in segment {segment} at this place")]
    ObjectMissing { segment: String, object: String },
    #[error("object {object} in segment {segment} is corrupt at byte {offset}: {part}")]
    ObjectCorrupt { segment: String, object: String, offset: u64, part: &'static str },
    #[error("object {object} does not have the digests expected of it: {digest}")]
    DigestDiffers { segment: String, object: String, digest: &'static str },
    #[error("segment {segment} read back differently from what was written")]
    ReadBack { segment: String },
    #[error("{what} of {size} bytes is larger than {limit}")]
    TooLarge { what: &'static str, size: u64, limit: u64 },
    #[error("range {from}..{to} lies outside an object of {size} bytes")]
    OutOfRange { from: u64, to: u64, size: u64 },

    #[error("no claim {what} to go on behind")]
    ResumeUnknown { what: String },

    #[error("the log's checkpoint is not valid: {detail}")]
    CheckpointBad { detail: &'static str },
    #[error("the log holds {size} entries but {seen} have been signed before")]
    LogRolledBack { size: u64, seen: u64 },
    #[error("the log has {size} entries, and the key directory has no memory of any")]
    LogSeenMissing { size: u64 },
    #[error("the log's tree of {size} entries is not the one signed before")]
    LogForked { size: u64 },
    #[error("log file {path} is missing")]
    TileMissing { path: String },
    #[error("log file {path} is corrupt: {detail}")]
    TileCorrupt { path: String, detail: &'static str },
    #[error("log entry {index} is not in a log of {size} entries")]
    LogOutOfRange { index: u64, size: u64 },
    #[error("entries from {first} do not follow a log of {size} entries")]
    LogGap { first: u64, size: u64 },
    #[error("log entry {index} was logged with other content")]
    LogEntryDiffers { index: u64 },
    #[error("another process is extending the log")]
    LogBusy,

    #[error("proof: {detail}")]
    Proof { detail: &'static str },
    #[error("signed note: {detail}")]
    Note { detail: &'static str },
    #[error("JSON is not canonical: {detail}")]
    NotCanonical { detail: &'static str },
    #[error("receipt: {detail}")]
    Receipt { detail: &'static str },

    #[error("a worker of the vault stopped unexpectedly: {detail}")]
    Internal { detail: String },
}

impl Error {
    pub fn code(&self) -> &'static str {
        match self {
            Error::Io { .. } => "vault.io",
            Error::NoSpace { .. } => "vault.no_space",
            Error::Store { .. } => "vault.store",
            Error::Location { .. } => "vault.location",
            Error::NotAVault { .. } => "vault.not_a_vault",
            Error::OtherVault { .. } => "vault.other_vault",
            Error::KeysExist { .. } => "vault.keys_exist",
            Error::KeyFile { .. } => "vault.key_file",
            Error::KeyMissing { .. } => "vault.key_missing",
            Error::KeyInUse { .. } => "vault.key_in_use",
            Error::BadPlace { .. } => "vault.bad_place",
            Error::SegmentMissing { .. } => "vault.segment_missing",
            Error::SegmentLength { .. } => "vault.segment_length",
            Error::EnvelopeMissing { .. } => "vault.envelope_missing",
            Error::EnvelopeCorrupt { .. } => "vault.envelope_corrupt",
            Error::ObjectMissing { .. } => "vault.object_missing",
            Error::ObjectCorrupt { .. } => "vault.object_corrupt",
            Error::DigestDiffers { .. } => "vault.digest_differs",
            Error::ReadBack { .. } => "vault.read_back",
            Error::TooLarge { .. } => "vault.too_large",
            Error::OutOfRange { .. } => "vault.out_of_range",
            Error::ResumeUnknown { .. } => "vault.resume_unknown",
            Error::CheckpointBad { .. } => "vault.checkpoint_bad",
            Error::LogRolledBack { .. } => "vault.log_rolled_back",
            Error::LogSeenMissing { .. } => "vault.log_seen_missing",
            Error::LogForked { .. } => "vault.log_forked",
            Error::TileMissing { .. } => "vault.tile_missing",
            Error::TileCorrupt { .. } => "vault.tile_corrupt",
            Error::LogOutOfRange { .. } => "vault.log_out_of_range",
            Error::LogGap { .. } => "vault.log_gap",
            Error::LogEntryDiffers { .. } => "vault.log_entry_differs",
            Error::LogBusy => "vault.log_busy",
            Error::Proof { .. } => "vault.proof",
            Error::Note { .. } => "vault.note",
            Error::NotCanonical { .. } => "vault.not_canonical",
            Error::Receipt { .. } => "vault.receipt",
            Error::Internal { .. } => "vault.internal",
        }
    }

    /// The names and values a sentence for people may use, in the order of their names.
    pub fn params(&self) -> BTreeMap<&'static str, String> {
        let pairs: Vec<(&'static str, String)> = match self {
            Error::Io { op, path, source } => {
                vec![("op", op.to_string()), ("path", path.clone()), ("detail", source.to_string())]
            }
            Error::NoSpace { path } | Error::KeysExist { path } | Error::TileMissing { path } => {
                vec![("path", path.clone())]
            }
            Error::Store { op, path, detail } => {
                vec![("op", op.to_string()), ("path", path.clone()), ("detail", detail.clone())]
            }
            Error::Location { text } | Error::BadPlace { text } => vec![("text", text.clone())],
            Error::NotAVault { location } => vec![("location", location.clone())],
            Error::OtherVault { location, found } => {
                vec![("location", location.clone()), ("found", found.clone())]
            }
            Error::KeyFile { path, detail } | Error::TileCorrupt { path, detail } => {
                vec![("path", path.clone()), ("detail", detail.to_string())]
            }
            Error::KeyMissing { kek } => vec![("kek", kek.clone())],
            Error::KeyInUse { kek, uses } => vec![("kek", kek.clone()), ("uses", uses.to_string())],
            Error::SegmentMissing { segment } | Error::EnvelopeMissing { segment } | Error::ReadBack { segment } => {
                vec![("segment", segment.clone())]
            }
            Error::SegmentLength { segment, expected, found } => {
                vec![("segment", segment.clone()), ("expected", expected.to_string()), ("found", found.to_string())]
            }
            Error::EnvelopeCorrupt { segment, detail } => {
                vec![("segment", segment.clone()), ("detail", detail.to_string())]
            }
            Error::ObjectMissing { segment, object } => {
                vec![("segment", segment.clone()), ("object", object.clone())]
            }
            Error::ObjectCorrupt { segment, object, offset, part } => vec![
                ("segment", segment.clone()),
                ("object", object.clone()),
                ("offset", offset.to_string()),
                ("part", part.to_string()),
            ],
            Error::DigestDiffers { segment, object, digest } => {
                vec![("segment", segment.clone()), ("object", object.clone()), ("digest", digest.to_string())]
            }
            Error::TooLarge { what, size, limit } => {
                vec![("what", what.to_string()), ("size", size.to_string()), ("limit", limit.to_string())]
            }
            Error::OutOfRange { from, to, size } => {
                vec![("from", from.to_string()), ("to", to.to_string()), ("size", size.to_string())]
            }
            Error::LogRolledBack { size, seen } => {
                vec![("size", size.to_string()), ("seen", seen.to_string())]
            }
            Error::LogSeenMissing { size } => vec![("size", size.to_string())],
            Error::ResumeUnknown { what } => vec![("what", what.clone())],
            Error::LogForked { size } => vec![("size", size.to_string())],
            Error::LogOutOfRange { index, size } => {
                vec![("index", index.to_string()), ("size", size.to_string())]
            }
            Error::LogGap { first, size } => {
                vec![("first", first.to_string()), ("size", size.to_string())]
            }
            Error::LogEntryDiffers { index } => vec![("index", index.to_string())],
            Error::LogBusy => vec![],
            Error::CheckpointBad { detail }
            | Error::Proof { detail }
            | Error::Note { detail }
            | Error::NotCanonical { detail }
            | Error::Receipt { detail } => vec![("detail", detail.to_string())],
            Error::Internal { detail } => vec![("detail", detail.clone())],
        };
        pairs.into_iter().collect()
    }

    /// Turns an operating-system error into ours, so that a full disk is told apart from the rest.
    pub(crate) fn io(op: &'static str, path: &std::path::Path, source: io::Error) -> Error {
        let path = path.display().to_string();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::NoSpace { path },
            _ => Error::Io { op, path, source },
        }
    }

    pub(crate) fn worker(error: tokio::task::JoinError) -> Error {
        Error::Internal { detail: error.to_string() }
    }
}
