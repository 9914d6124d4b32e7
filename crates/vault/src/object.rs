//! The sealed object, byte by byte (`docs/design/vault.md`):
//!
//! ```text
//! header   0 "TZOBJECT"  8 version=1  9 suite  10 log2 of the segment size (16)  11 log2 of the leaf
//!            size (20)  12 object id(16)  28 nonce prefix(7)  35 zero  36 length of the whole object
//!            u64, 0 = to the end of the segment  44 zero(4)                                 = 48 bytes
//! payload  STREAM: 64 KiB of plaintext each ‖ tag(16); nonce = prefix ‖ number u32 ‖ 1 if last else 0;
//!            associated data = header. An empty file has one empty segment.
//! trailer  one message; nonce = prefix ‖ 0 u32 ‖ 2; associated data = header ‖ footer
//! footer   0 length of the payload as stored u64  8 length of the trailer as stored u32  12 "TZND" = 16
//! ```
//! Trailer, decrypted: size u64, SHA-256, SM3, tree root, number of leaves u32, the leaves (1 MiB each),
//! length of the description u32, description. Integers are big-endian.

use crate::envelope::array;
use crate::error::{Error, Result};
use crate::suite::{Cipher, LEAF, LEAF_LOG2, NONCE, Suite, TAG, random};
use std::ops::Range;
use uuid::Uuid;

pub const HEADER: usize = 48;
pub const FOOTER: usize = 16;
pub const CHUNK: usize = 1 << CHUNK_LOG2;
const CHUNK_LOG2: u8 = 16;
pub const SEALED_CHUNK: usize = CHUNK + TAG;
const MAGIC: &[u8; 8] = b"TZOBJECT";
const END: &[u8; 4] = b"TZND";
/// 16 TiB: 2^28 of the 2^32 STREAM segments, half a gibibyte of leaves.
pub const SIZE_MAX: u64 = 1 << 44;
pub const DESCRIPTION_MAX: usize = 16 << 20;

/// What is known of a file once its last byte has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digests {
    pub size: u64,
    pub sha256: [u8; 32],
    pub sm3: [u8; 32],
    /// RFC 6962 root over 1 MiB leaves, with the hash of the object's suite.
    pub tree: [u8; 32],
}

impl Digests {
    /// `{"sha256": hex, "size": n, "sm3": hex, "tree": hex}`, the form receipts carry.
    pub fn to_value(&self) -> serde_json::Value {
        serde_json::json!({
            "sha256": hex::encode(self.sha256),
            "size": self.size,
            "sm3": hex::encode(self.sm3),
            "tree": hex::encode(self.tree),
        })
    }

    pub fn from_value(value: &serde_json::Value) -> Option<Digests> {
        let digest = |name: &str| {
            let mut out = [0; 32];
            hex::decode_to_slice(value.get(name)?.as_str()?, &mut out).ok()?;
            Some(out)
        };
        let size = value.get("size")?.as_u64()?;
        Some(Digests { size, sha256: digest("sha256")?, sm3: digest("sm3")?, tree: digest("tree")? })
    }
}

/// The contents of a trailer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trailer {
    pub digests: Digests,
    pub leaves: Vec<[u8; 32]>,
    pub description: Vec<u8>,
}

impl Trailer {
    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(112 + 32 * self.leaves.len() + self.description.len());
        out.extend_from_slice(&self.digests.size.to_be_bytes());
        out.extend_from_slice(&self.digests.sha256);
        out.extend_from_slice(&self.digests.sm3);
        out.extend_from_slice(&self.digests.tree);
        out.extend_from_slice(&(self.leaves.len() as u32).to_be_bytes());
        out.extend_from_slice(self.leaves.as_flattened());
        out.extend_from_slice(&(self.description.len() as u32).to_be_bytes());
        out.extend_from_slice(&self.description);
        out
    }

    fn decode(bytes: &[u8]) -> Option<Trailer> {
        let (fixed, rest) = bytes.split_first_chunk::<108>()?;
        let size = u64::from_be_bytes(array(&fixed[..8]));
        let count = u32::from_be_bytes(array(&fixed[104..])) as usize;
        let leaf_bytes = count.checked_mul(32).filter(|len| *len <= rest.len())?;
        let (leaves, rest) = rest.split_at(leaf_bytes);
        let (len, description) = rest.split_first_chunk::<4>()?;
        let consistent =
            count as u64 == size.div_ceil(LEAF as u64) && u32::from_be_bytes(*len) as usize == description.len();
        consistent.then(|| Trailer {
            digests: Digests {
                size,
                sha256: array(&fixed[8..40]),
                sm3: array(&fixed[40..72]),
                tree: array(&fixed[72..104]),
            },
            leaves: leaves.as_chunks::<32>().0.to_vec(),
            description: description.to_vec(),
        })
    }
}

pub(crate) fn payload_len(size: u64) -> u64 {
    size + size.div_ceil(CHUNK as u64).max(1) * TAG as u64
}

/// Length of a whole sealed object.
pub(crate) fn sealed_len(size: u64, description: usize) -> u64 {
    let trailer = 112 + 32 * size.div_ceil(LEAF as u64) + description as u64 + TAG as u64;
    HEADER as u64 + payload_len(size) + trailer + FOOTER as u64
}

/// Encrypts one object front to back.
pub(crate) struct Sealer {
    pub object: Uuid,
    pub suite: Suite,
    pub key: Vec<u8>,
    header: [u8; HEADER],
    cipher: Cipher,
    counter: u32,
    /// Plaintext not yet encrypted: a segment is sealed only when more follows or at the end.
    tail: Vec<u8>,
    payload: u64,
}

impl Sealer {
    /// `length`: of the whole sealed object if it is known (packs), else 0. Appends the header.
    pub fn begin(suite: Suite, length: u64, out: &mut Vec<u8>) -> Sealer {
        let object = Uuid::now_v7();
        let key = random::<32>()[..suite.key_len()].to_vec();
        let mut header = [0; HEADER];
        header[..8].copy_from_slice(MAGIC);
        header[8..12].copy_from_slice(&[1, suite as u8, CHUNK_LOG2, LEAF_LOG2]);
        header[12..28].copy_from_slice(object.as_bytes());
        header[28..35].copy_from_slice(&random::<7>());
        header[36..44].copy_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&header);
        let cipher = Cipher::new(suite, &key).expect("the key was made for the suite");
        Sealer { object, suite, key, header, cipher, counter: 0, tail: Vec::new(), payload: 0 }
    }

    pub fn push(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        out.reserve(bytes.len() + self.tail.len() + TAG * (bytes.len() / CHUNK + 2));
        while !bytes.is_empty() {
            if self.tail.len() == CHUNK {
                let tail = std::mem::take(&mut self.tail);
                self.seal_chunk(&tail, 0, out);
                self.tail = tail;
                self.tail.clear();
            }
            if self.tail.is_empty() && bytes.len() > CHUNK {
                let (chunk, rest) = bytes.split_at(CHUNK);
                self.seal_chunk(chunk, 0, out);
                bytes = rest;
                continue;
            }
            let take = bytes.len().min(CHUNK - self.tail.len());
            self.tail.extend_from_slice(&bytes[..take]);
            bytes = &bytes[take..];
        }
    }

    /// The last segment of the payload; nothing may be pushed afterwards.
    pub fn end_payload(&mut self, out: &mut Vec<u8>) {
        let tail = std::mem::take(&mut self.tail);
        self.seal_chunk(&tail, 1, out);
    }

    /// Trailer and footer.
    pub fn end(&self, trailer: &Trailer, out: &mut Vec<u8>) {
        let plain = trailer.encode();
        let footer = footer(self.payload, (plain.len() + TAG) as u32);
        let aad = [&self.header[..], &footer].concat();
        self.cipher.seal(nonce(&self.header, 0, 2), &aad, &plain, out);
        out.extend_from_slice(&footer);
    }

    fn seal_chunk(&mut self, plain: &[u8], last: u8, out: &mut Vec<u8>) {
        self.cipher.seal(nonce(&self.header, self.counter, last), &self.header, plain, out);
        self.counter += 1; // SIZE_MAX keeps it far from 2^32
        self.payload += (plain.len() + TAG) as u64;
    }
}

fn footer(payload: u64, trailer: u32) -> [u8; FOOTER] {
    let mut footer = [0; FOOTER];
    footer[..8].copy_from_slice(&payload.to_be_bytes());
    footer[8..12].copy_from_slice(&trailer.to_be_bytes());
    footer[12..].copy_from_slice(END);
    footer
}

fn nonce(header: &[u8; HEADER], counter: u32, flag: u8) -> [u8; NONCE] {
    let mut nonce = [0; NONCE];
    nonce[..7].copy_from_slice(&header[28..35]);
    nonce[7..11].copy_from_slice(&counter.to_be_bytes());
    nonce[11] = flag;
    nonce
}

/// Decrypts the parts of one object. Offsets in errors count from the beginning of the segment file.
pub(crate) struct Opener {
    pub segment: Uuid,
    pub object: Uuid,
    /// Where the object begins in its segment.
    pub offset: u64,
    pub length: u64,
    header: [u8; HEADER],
    suite: Suite,
    cipher: Cipher,
}

/// Where footer and trailer say the parts lie, relative to the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts {
    pub payload: u64,
    pub trailer: u32,
    footer: [u8; FOOTER],
}

impl Opener {
    /// Checks what of the header can be checked without its tag; the first decryption does the rest.
    pub fn new(
        (segment, object, offset, length): (Uuid, Uuid, u64, u64),
        suite: Suite,
        key: &[u8],
        header: &[u8],
    ) -> Result<Opener> {
        let wrong = |at: usize| Error::ObjectCorrupt {
            segment: segment.to_string(),
            object: object.to_string(),
            offset: offset + at as u64,
            part: "header",
        };
        let header: [u8; HEADER] = header.try_into().map_err(|_| wrong(0))?;
        let mut expected = header;
        expected[..8].copy_from_slice(MAGIC);
        expected[8..12].copy_from_slice(&[1, suite as u8, CHUNK_LOG2, LEAF_LOG2]);
        expected[12..28].copy_from_slice(object.as_bytes());
        expected[35] = 0;
        let stored_length = u64::from_be_bytes(array(&header[36..44]));
        if stored_length != 0 {
            expected[36..44].copy_from_slice(&length.to_be_bytes());
        }
        expected[44..].fill(0);
        if let Some(at) = (0..HEADER).find(|i| header[*i] != expected[*i]) {
            return Err(wrong(at));
        }
        let cipher = Cipher::new(suite, key).ok_or_else(|| wrong(0))?;
        Ok(Opener { segment, object, offset, length, header, suite, cipher })
    }

    pub fn suite(&self) -> Suite {
        self.suite
    }

    pub fn corrupt(&self, at: u64, part: &'static str) -> Error {
        Error::ObjectCorrupt {
            segment: self.segment.to_string(),
            object: self.object.to_string(),
            offset: self.offset + at,
            part,
        }
    }

    /// Reads the last 16 bytes of the object.
    pub fn parts(&self, footer: &[u8]) -> Result<Parts> {
        let wrong = || self.corrupt(self.length.saturating_sub(FOOTER as u64), "footer");
        let footer: [u8; FOOTER] = footer.try_into().map_err(|_| wrong())?;
        let payload = u64::from_be_bytes(array(&footer[..8]));
        let trailer = u32::from_be_bytes(array(&footer[8..12]));
        let whole = (HEADER + FOOTER) as u64 + u64::from(trailer);
        if &footer[12..] != END || payload.checked_add(whole) != Some(self.length) {
            return Err(wrong());
        }
        Ok(Parts { payload, trailer, footer })
    }

    pub fn trailer(&self, parts: &Parts, sealed: &[u8]) -> Result<Trailer> {
        let wrong = || self.corrupt(HEADER as u64 + parts.payload, "trailer");
        let mut plain = vec![0; sealed.len().saturating_sub(TAG)];
        let aad = [&self.header[..], &parts.footer].concat();
        if !self.cipher.open(nonce(&self.header, 0, 2), &aad, sealed, &mut plain) {
            return Err(wrong());
        }
        let trailer = Trailer::decode(&plain).ok_or_else(wrong)?;
        if payload_len(trailer.digests.size) != parts.payload {
            return Err(wrong());
        }
        Ok(trailer)
    }

    /// The bytes of the object, relative to its beginning, that hold the segments under `range` of the
    /// plaintext, and the number of the first segment.
    pub fn sealed_range(size: u64, range: &Range<u64>) -> (Range<u64>, u32) {
        let first = range.start / CHUNK as u64;
        let last = range.end.max(1).div_ceil(CHUNK as u64).max(first + 1);
        let end = (last * SEALED_CHUNK as u64).min(payload_len(size));
        let start = first * SEALED_CHUNK as u64;
        ((HEADER as u64 + start)..(HEADER as u64 + end), first as u32)
    }

    /// Decrypts whole segments beginning with number `first`. On damage: the error of the first bad one.
    pub fn payload(&self, size: u64, first: u32, sealed: &[u8]) -> Result<Vec<u8>> {
        let end = sealed.len() % SEALED_CHUNK;
        if sealed.is_empty() || end != 0 && end <= TAG && size != 0 {
            return Err(self.corrupt(HEADER as u64 + u64::from(first) * SEALED_CHUNK as u64, "payload"));
        }
        let chunks = sealed.len().div_ceil(SEALED_CHUNK);
        let mut plain = vec![0; sealed.len().saturating_sub(chunks * TAG)];
        let last = (size.div_ceil(CHUNK as u64).max(1) - 1) as u32;
        for (i, (sealed, plain)) in sealed.chunks(SEALED_CHUNK).zip(chunks_or_one(&mut plain)).enumerate() {
            let number = first + i as u32;
            let flag = u8::from(number == last);
            if !self.cipher.open(nonce(&self.header, number, flag), &self.header, sealed, plain) {
                return Err(self.corrupt(HEADER as u64 + u64::from(number) * SEALED_CHUNK as u64, "payload"));
            }
        }
        Ok(plain)
    }
}

/// The one segment of an empty file has no plaintext; `chunks_mut` would yield none.
fn chunks_or_one(plain: &mut [u8]) -> impl Iterator<Item = &mut [u8]> {
    let empty = plain.is_empty().then(<&mut [u8]>::default);
    empty.into_iter().chain(plain.chunks_mut(CHUNK))
}
