//! Receipts: proof that an event is in the log, verifiable with nothing but the receipt, and better with a
//! public key learnt some other way. Canonical JSON with a final newline; see `docs/design/log.md`.

use crate::error::{Error, Result};
use crate::log::{Checkpoint, Log, commitment, read_checkpoint};
use crate::note::{CheckpointText, Note, Verifier};
use crate::proof::{self, Hash};
use crate::suite::{Sha256, Sm3};
use crate::{Digests, canonical};
use serde_json::{Map, Value, json};
use std::io::Read;

pub const FORMAT: &str = "tiezheng-receipt/1";
const RECEIPT_BYTES_MAX: usize = 4 << 20;

#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// What happened. Its canonical bytes are the payload of the log entry.
    pub event: Value,
    pub salt: [u8; 32],
    pub index: u64,
    /// Inclusion proof of the entry in the tree of the checkpoint.
    pub proof: Vec<Hash>,
    /// Signed note; every signature in it must be of `vkey` or one of `witnesses`.
    pub checkpoint: String,
    /// Public key of the log, C2SP form.
    pub vkey: String,
    /// Public keys of the witnesses that cosigned.
    pub witnesses: Vec<String>,
}

/// What a valid receipt proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub origin: String,
    pub index: u64,
    pub size: u64,
    pub root: Hash,
    pub signed_ms: Option<i64>,
    /// Whether the log's key is the one the caller trusts; else the receipt vouches only for itself.
    pub trusted: bool,
    /// Name and time (seconds since 1970) of each witness.
    pub witnesses: Vec<(String, u64)>,
}

fn refuse<T>(detail: &'static str) -> Result<T> {
    Err(Error::Receipt { detail })
}

impl Receipt {
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = canonical::to_bytes(&json!({
            "checkpoint": self.checkpoint,
            "event": self.event,
            "format": FORMAT,
            "index": self.index,
            "proof": self.proof.iter().map(hex::encode).collect::<Vec<_>>(),
            "salt": hex::encode(self.salt),
            "vkey": self.vkey,
            "witnesses": self.witnesses,
        }))?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Refuses every byte [`Receipt::to_bytes`] would not have written.
    pub fn parse(bytes: &[u8]) -> Result<Receipt> {
        if bytes.len() > RECEIPT_BYTES_MAX {
            return refuse("too large");
        }
        let Some(body) = bytes.strip_suffix(b"\n") else {
            return refuse("no final newline");
        };
        let Value::Object(mut members) = canonical::parse(body)? else {
            return refuse("not an object");
        };
        let format = members.remove("format");
        if format.as_ref().and_then(Value::as_str) != Some(FORMAT) {
            return refuse("not of the format tiezheng-receipt/1");
        }
        let receipt = Receipt {
            event: members.remove("event").ok_or(Error::Receipt { detail: "no event" })?,
            salt: hash(&text(&mut members, "salt")?)?,
            index: match members.remove("index").as_ref().and_then(Value::as_u64) {
                Some(index) => index,
                None => return refuse("index"),
            },
            proof: texts(&mut members, "proof")?.iter().map(|hex| hash(hex)).collect::<Result<_>>()?,
            checkpoint: text(&mut members, "checkpoint")?,
            vkey: text(&mut members, "vkey")?,
            witnesses: texts(&mut members, "witnesses")?,
        };
        // Also catches members nobody knows, upper-case hex and the like.
        if receipt.to_bytes()? != bytes {
            return refuse("another spelling");
        }
        Ok(receipt)
    }

    /// Checks everything a receipt claims. `trusted`: the log's vkey learnt from elsewhere; a receipt of
    /// another key is then refused.
    pub fn verify(&self, trusted: Option<&str>) -> Result<Verified> {
        if trusted.is_some_and(|trusted| trusted.trim() != self.vkey) {
            return refuse("signed by another key than the trusted one");
        }
        let verifier: Verifier = self.vkey.parse()?;
        let checkpoint = read_checkpoint(self.checkpoint.as_bytes(), &verifier)?;
        let note = Note::parse(self.checkpoint.as_bytes())?;
        let mut witnesses = Vec::new();
        for vkey in &self.witnesses {
            let witness: Verifier = vkey.parse()?;
            match witness.verify(&note)? {
                Some(time) => witnesses.push((witness.name().to_string(), time)),
                None => return refuse("a witness key that does not cosign"),
            }
        }
        // One signature for each key: nothing unverified may stand in a receipt.
        if note.signatures.len() != 1 + witnesses.len() || note.to_text() != self.checkpoint {
            return refuse("signatures nobody vouches for");
        }
        let entry = commitment(&self.salt, &canonical::to_bytes(&self.event)?);
        let Checkpoint { origin, size, root, signed_ms, .. } = checkpoint;
        proof::verify_inclusion(self.index, size, &proof::leaf(&entry), &self.proof, &root)?;
        let trusted = trusted.is_some();
        Ok(Verified { origin, index: self.index, size, root, signed_ms, trusted, witnesses })
    }

    /// The digests the event carries in its member `digests` (form of [`Digests::to_value`]).
    pub fn digests(&self) -> Option<Digests> {
        Digests::from_value(self.event.get("digests")?)
    }

    /// Whether these are the bytes the receipt is about: size, SHA-256 and SM3, one read. Names the first
    /// that differs.
    pub fn check_file(&self, mut file: impl Read) -> Result<()> {
        let Some(expected) = self.digests() else {
            return refuse("the event names no digests");
        };
        let (mut sha, mut sm3, mut size) = (Sha256::default(), Sm3::default(), 0);
        let mut buffer = vec![0; 1 << 20];
        loop {
            let read = file.read(&mut buffer);
            let read = read.map_err(|e| Error::io("read", std::path::Path::new("file"), e))?;
            if read == 0 {
                break;
            }
            size += read as u64;
            sha.update(&buffer[..read]);
            sm3.update(&buffer[..read]);
        }
        if size != expected.size {
            return refuse("the file has another size");
        }
        if sha.finish() != expected.sha256 {
            return refuse("the file has another SHA-256");
        }
        if sm3.finish() != expected.sm3 {
            return refuse("the file has another SM3");
        }
        Ok(())
    }
}

impl Log {
    /// The receipt of entry `index`, under the newest checkpoint. Its payload must be canonical JSON.
    /// `witnesses`: vkeys whose cosignatures are kept; others are left out.
    pub async fn receipt(&self, index: u64, witnesses: &[Verifier]) -> Result<Receipt> {
        let checkpoint = self.checkpoint().await?;
        let checkpoint = checkpoint.ok_or(Error::LogOutOfRange { index, size: 0 })?;
        let leaf = self.private(index).await?;
        let proof = self.inclusion(index, checkpoint.size).await?;
        self.receipt_of(&leaf, index, proof, &checkpoint, witnesses)
    }

    /// The same for a leaf the caller already holds, out of a checkpoint and a proof it already has.
    pub fn receipt_of(
        &self,
        leaf: &crate::Leaf,
        index: u64,
        proof: Vec<Hash>,
        checkpoint: &Checkpoint,
        witnesses: &[Verifier],
    ) -> Result<Receipt> {
        let mut note = Note::parse(checkpoint.note.as_bytes())?;
        let vkey: Verifier = self.verifier().parse()?;
        let kept: Vec<&Verifier> = witnesses.iter().filter(|w| w.verify(&note).is_ok()).collect();
        let wanted = |s: &crate::note::Signature| {
            std::iter::once(&vkey).chain(kept.iter().copied()).any(|v| v.name() == s.name && v.key_id() == s.key_id)
        };
        note.signatures.retain(wanted);
        let receipt = Receipt {
            event: canonical::parse(&leaf.payload)?,
            salt: leaf.salt,
            index,
            proof,
            checkpoint: note.to_text(),
            vkey: vkey.to_string(),
            witnesses: kept.iter().map(|w| w.to_string()).collect(),
        };
        receipt.verify(Some(&receipt.vkey))?; // nothing leaves the house that does not verify
        Ok(receipt)
    }
}

/// The checkpoint a receipt carries, unverified.
pub fn checkpoint_text(receipt: &Receipt) -> Result<CheckpointText> {
    CheckpointText::parse(&Note::parse(receipt.checkpoint.as_bytes())?.text)
}

fn text(members: &mut Map<String, Value>, name: &'static str) -> Result<String> {
    match members.remove(name) {
        Some(Value::String(text)) => Ok(text),
        _ => refuse(name),
    }
}

fn texts(members: &mut Map<String, Value>, name: &'static str) -> Result<Vec<String>> {
    let Some(Value::Array(items)) = members.remove(name) else {
        return refuse(name);
    };
    let text = |item| match item {
        Value::String(text) => Ok(text),
        _ => refuse(name),
    };
    items.into_iter().map(text).collect()
}

fn hash(text: &str) -> Result<Hash> {
    let mut out = [0; 32];
    hex::decode_to_slice(text, &mut out).map_err(|_| Error::Receipt { detail: "not 32 bytes in hex" })?;
    Ok(out)
}
