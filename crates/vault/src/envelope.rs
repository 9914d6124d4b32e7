//! Envelopes: for each object of a segment its place and its wrapped data key.
//!
//! ```text
//! header  0 "TZENVLP1"  8 version=1  9 suite of the wrapping  10 zero(2)  12 count u32
//!        16 segment id(16)  32 segment length u64  40 key-encryption key id(16)              = 56 bytes
//! entry   0 object id(16)  16 offset u64  24 length u64  32 suite of the object  33 zero(3)
//!        36 nonce(12)  48 wrapped data key(32 or 16)  tag(16)
//! seal    nonce(12) tag(16): GCM of nothing, with all bytes before it as associated data
//! ```
//! Integers are big-endian. Each entry's key is wrapped with header ‖ entry number u32 ‖ the entry's
//! first 36 bytes as associated data.

use crate::error::{Error, Result};
use crate::keys::{Kek, Keys};
use crate::suite::{NONCE, Suite, TAG};
use std::sync::Arc;
use uuid::Uuid;

const MAGIC: &[u8; 8] = b"TZENVLP1";
const HEADER: usize = 56;
const CLEAR: usize = 36;
const SEAL: usize = NONCE + TAG;
/// Objects in one envelope: far more than a full pack of empty files needs.
const ENTRIES_MAX: usize = 1 << 20;

pub(crate) struct NewEntry {
    pub object: Uuid,
    pub offset: u64,
    pub length: u64,
    pub suite: Suite,
    pub key: Vec<u8>,
}

/// A checked envelope; keys are unwrapped one at a time.
pub(crate) struct Envelope {
    pub segment: Uuid,
    pub segment_length: u64,
    pub kek: Uuid,
    pub entries: Vec<Entry>,
    header: [u8; HEADER],
    wrapping: Arc<Kek>,
}

pub(crate) struct Entry {
    pub object: Uuid,
    pub offset: u64,
    pub length: u64,
    pub suite: Suite,
    clear: [u8; CLEAR],
    wrapped: Vec<u8>,
}

/// `envelopes/<xx>/<uuid>`, `segments/<xx>/<uuid>`: xx are the last two hex digits.
pub(crate) fn path(kind: &str, segment: Uuid) -> String {
    let id = segment.to_string();
    format!("{kind}/{}/{id}", &id[id.len() - 2..])
}

pub(crate) fn encode(segment: Uuid, segment_length: u64, entries: &[NewEntry], kek: &Kek) -> Vec<u8> {
    let header = header(segment, segment_length, entries.len() as u32, kek);
    let mut out = header.to_vec();
    for (i, entry) in entries.iter().enumerate() {
        let clear = clear(entry);
        out.extend_from_slice(&clear);
        out.extend_from_slice(&kek.wrap(&aad(&header, i, &clear), &entry.key));
    }
    let seal = kek.wrap(&out, &[]);
    out.extend_from_slice(&seal);
    out
}

fn header(segment: Uuid, segment_length: u64, count: u32, kek: &Kek) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..8].copy_from_slice(MAGIC);
    header[8] = 1;
    header[9] = kek.suite as u8;
    header[12..16].copy_from_slice(&count.to_be_bytes());
    header[16..32].copy_from_slice(segment.as_bytes());
    header[32..40].copy_from_slice(&segment_length.to_be_bytes());
    header[40..56].copy_from_slice(kek.id.as_bytes());
    header
}

fn clear(entry: &NewEntry) -> [u8; CLEAR] {
    let mut clear = [0; CLEAR];
    clear[..16].copy_from_slice(entry.object.as_bytes());
    clear[16..24].copy_from_slice(&entry.offset.to_be_bytes());
    clear[24..32].copy_from_slice(&entry.length.to_be_bytes());
    clear[32] = entry.suite as u8;
    clear
}

fn aad(header: &[u8; HEADER], index: usize, clear: &[u8; CLEAR]) -> Vec<u8> {
    [&header[..], &(index as u32).to_be_bytes(), clear].concat()
}

/// Parses and checks every byte except the wrapped keys' own (those [`Envelope::key`] checks, and the
/// seal covers them too). Offsets must follow each other without overlap inside the segment.
pub(crate) fn open(bytes: &[u8], segment: Uuid, keys: &Keys) -> Result<Envelope> {
    let wrong = |detail| Error::EnvelopeCorrupt { segment: segment.to_string(), detail };
    let Some((header, rest)) = bytes.split_first_chunk::<HEADER>() else {
        return Err(wrong("too short"));
    };
    if &header[..8] != MAGIC || header[8] != 1 {
        return Err(wrong("not an envelope of version 1"));
    }
    if rest.len() < SEAL {
        return Err(wrong("too short"));
    }
    let (body, seal) = rest.split_at(rest.len() - SEAL);
    let kek_id = Uuid::from_bytes(array(&header[40..56]));
    // A flipped bit in the key's id is told apart from a lost key only by the seal of some other key,
    // so the finding names the envelope in both cases.
    let wrapping = keys.kek(kek_id)?;
    if header[9] != wrapping.suite as u8 {
        return Err(wrong("suite"));
    }
    if wrapping.unwrap(&bytes[..HEADER + body.len()], seal).is_none() {
        return Err(wrong("seal"));
    }
    let count = u32::from_be_bytes(array(&header[12..16])) as usize;
    let segment_length = u64::from_be_bytes(array(&header[32..40]));
    if Uuid::from_bytes(array(&header[16..32])) != segment {
        return Err(wrong("belongs to another segment"));
    }
    if count > ENTRIES_MAX {
        return Err(wrong("too many entries"));
    }
    let mut entries = Vec::with_capacity(count);
    let (mut rest, mut end) = (body, 0);
    for _ in 0..count {
        let Some((clear, after)) = rest.split_first_chunk::<CLEAR>() else {
            return Err(wrong("too short"));
        };
        let Some(suite) = Suite::from_byte(clear[32]) else {
            return Err(wrong("suite"));
        };
        let wrapped = NONCE + suite.key_len() + TAG;
        if after.len() < wrapped {
            return Err(wrong("too short"));
        }
        let entry = Entry {
            object: Uuid::from_bytes(array(&clear[..16])),
            offset: u64::from_be_bytes(array(&clear[16..24])),
            length: u64::from_be_bytes(array(&clear[24..32])),
            suite,
            clear: *clear,
            wrapped: after[..wrapped].to_vec(),
        };
        if entry.offset < end || entry.offset.checked_add(entry.length).is_none_or(|e| e > segment_length) {
            return Err(wrong("places"));
        }
        end = entry.offset + entry.length;
        entries.push(entry);
        rest = &after[wrapped..];
    }
    if !rest.is_empty() {
        return Err(wrong("trailing bytes"));
    }
    Ok(Envelope { segment, segment_length, kek: kek_id, entries, header: *header, wrapping })
}

impl Envelope {
    /// The data key of entry `index`.
    pub fn key(&self, index: usize) -> Result<Vec<u8>> {
        let entry = &self.entries[index];
        let aad = aad(&self.header, index, &entry.clear);
        self.wrapping
            .unwrap(&aad, &entry.wrapped)
            .ok_or_else(|| Error::EnvelopeCorrupt { segment: self.segment.to_string(), detail: "wrapped key" })
    }

    /// The same entries under another key.
    pub fn rewrapped(&self, kek: &Kek) -> Result<Vec<u8>> {
        self.encoded_without(None, kek)
    }

    /// All entries but one, whose data key is thereby gone.
    pub fn without(&self, index: usize, kek: &Kek) -> Result<Vec<u8>> {
        self.encoded_without(Some(index), kek)
    }

    fn encoded_without(&self, index: Option<usize>, kek: &Kek) -> Result<Vec<u8>> {
        let kept = self.entries.iter().enumerate().filter(|(i, _)| Some(*i) != index);
        let entries = kept.map(|(i, entry)| {
            let Entry { object, offset, length, suite, .. } = *entry;
            Ok(NewEntry { object, offset, length, suite, key: self.key(i)? })
        });
        Ok(encode(self.segment, self.segment_length, &entries.collect::<Result<Vec<_>>>()?, kek))
    }
}

/// For slices whose length is fixed by the layout above.
pub(crate) fn array<const N: usize>(slice: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(slice);
    out
}
