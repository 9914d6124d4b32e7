//! C2SP `signed-note`, `tlog-checkpoint` and `tlog-cosignature` with Ed25519. Pure.

use crate::error::{Error, Result};
use crate::suite::sha256_of;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::fmt::Write as _;
use std::str::FromStr;

const NOTE_BYTES_MAX: usize = 1 << 20;
const SIGNATURES_MAX: usize = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Signs the text of a note (algorithm byte 0x01).
    Note = 0x01,
    /// Signs a checkpoint with the time it was seen: `cosignature/v1` (0x04), what a witness gives.
    Cosignature = 0x04,
}

/// A public key: `NAME+HASH+BASE64`, the form called vkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    kind: Kind,
    public: [u8; 32],
}

/// A private key: `PRIVATE+KEY+NAME+HASH+BASE64`.
pub struct Signer {
    verifier: Verifier,
    seed: [u8; 32],
    pair: Ed25519KeyPair,
}

/// A parsed note; nothing in it is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// With its final newline; this is what is signed.
    pub text: String,
    pub signatures: Vec<Signature>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    pub name: String,
    pub key_id: [u8; 4],
    pub bytes: Vec<u8>,
}

/// The text of a checkpoint: origin, size, root hash, extension lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointText {
    pub origin: String,
    pub size: u64,
    pub root: [u8; 32],
    pub extensions: Vec<String>,
}

fn refuse<T>(detail: &'static str) -> Result<T> {
    Err(Error::Note { detail })
}

impl Verifier {
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    pub fn key_id(&self) -> [u8; 4] {
        let hash = sha256_of(&[self.name.as_bytes(), b"\n", &[self.kind as u8], &self.public]);
        [hash[0], hash[1], hash[2], hash[3]]
    }

    /// Whether `note` carries a valid signature of this key. For a witness: the second it signed at.
    pub fn verify(&self, note: &Note) -> Result<Option<u64>> {
        let ours = |s: &&Signature| s.name == self.name && s.key_id == self.key_id();
        match note.signatures.iter().find(ours) {
            Some(signature) => self.verify_one(&note.text, signature),
            None => refuse("no signature of this key"),
        }
    }

    fn verify_one(&self, text: &str, signature: &Signature) -> Result<Option<u64>> {
        let key = UnparsedPublicKey::new(&ED25519, &self.public);
        let (message, bytes, time) = match self.kind {
            Kind::Note => (text.to_string(), &signature.bytes[..], None),
            Kind::Cosignature => {
                let Some((time, bytes)) = signature.bytes.split_first_chunk::<8>() else {
                    return refuse("cosignature too short");
                };
                let time = u64::from_be_bytes(*time);
                (cosigned(text, time), bytes, Some(time))
            }
        };
        match key.verify(message.as_bytes(), bytes) {
            Ok(()) => Ok(time),
            Err(_) => refuse("signature does not verify"),
        }
    }
}

impl FromStr for Verifier {
    type Err = Error;

    fn from_str(text: &str) -> Result<Verifier> {
        let (name, hash, kind, public) = key_parts(text)?;
        let verifier = Verifier { name, kind, public };
        if hex::encode(verifier.key_id()) != hash {
            return refuse("key hash does not match");
        }
        Ok(verifier)
    }
}

impl std::fmt::Display for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let id = hex::encode(self.key_id());
        write!(f, "{}+{id}+{}", self.name, encoded_key(self.kind, &self.public))
    }
}

impl Signer {
    pub fn from_seed(name: &str, kind: Kind, seed: [u8; 32]) -> Result<Signer> {
        if !is_name(name) {
            return refuse("a key name is one word without a plus sign");
        }
        let pair =
            Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| Error::Note { detail: "not an Ed25519 seed" })?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| Error::Note { detail: "key" })?;
        Ok(Signer { verifier: Verifier { name: name.into(), kind, public }, seed, pair })
    }

    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// The private key in text form; belongs into a file of mode 0600 and nowhere else.
    pub fn secret_text(&self) -> String {
        let id = hex::encode(self.verifier.key_id());
        let key = encoded_key(self.verifier.kind, &self.seed);
        format!("PRIVATE+KEY+{}+{id}+{key}", self.verifier.name)
    }

    /// Adds our signature. `time_s` (seconds since 1970) enters a cosignature and is ignored otherwise.
    pub fn sign(&self, note: &mut Note, time_s: u64) {
        let bytes = match self.verifier.kind {
            Kind::Note => self.pair.sign(note.text.as_bytes()).as_ref().to_vec(),
            Kind::Cosignature => {
                let signature = self.pair.sign(cosigned(&note.text, time_s).as_bytes());
                [&time_s.to_be_bytes(), signature.as_ref()].concat()
            }
        };
        let key_id = self.verifier.key_id();
        note.signatures.push(Signature { name: self.verifier.name.clone(), key_id, bytes });
    }
}

impl FromStr for Signer {
    type Err = Error;

    fn from_str(text: &str) -> Result<Signer> {
        let Some(rest) = text.strip_prefix("PRIVATE+KEY+") else {
            return refuse("not a private key");
        };
        let (name, hash, kind, seed) = key_parts(rest)?;
        let signer = Signer::from_seed(&name, kind, seed)?;
        if hex::encode(signer.verifier.key_id()) != hash {
            return refuse("key hash does not match");
        }
        Ok(signer)
    }
}

/// `name+hash+base64(kind ‖ 32 bytes)`; base64 itself may contain plus signs.
fn key_parts(text: &str) -> Result<(String, String, Kind, [u8; 32])> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(hash), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return refuse("a key has three parts");
    };
    let bytes = BASE64.decode(key).map_err(|_| Error::Note { detail: "key is not base64" })?;
    let Some((kind, Ok(key))) = bytes.split_first().map(|(kind, key)| (kind, <[u8; 32]>::try_from(key))) else {
        return refuse("an Ed25519 key has 33 bytes");
    };
    let kind = match kind {
        0x01 => Kind::Note,
        0x04 => Kind::Cosignature,
        _ => return refuse("unknown kind of key"),
    };
    if !is_name(name) {
        return refuse("a key name is one word without a plus sign");
    }
    Ok((name.into(), hash.into(), kind, key))
}

fn encoded_key(kind: Kind, key: &[u8; 32]) -> String {
    BASE64.encode([&[kind as u8][..], key].concat())
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 255 && !name.chars().any(|c| c.is_whitespace() || c == '+' || c < ' ')
}

fn cosigned(text: &str, time_s: u64) -> String {
    format!("cosignature/v1\ntime {time_s}\n{text}")
}

impl Note {
    /// An unsigned note around `text`, which ends in a newline.
    pub fn unsigned(text: String) -> Note {
        Note { text, signatures: Vec::new() }
    }

    pub fn parse(bytes: &[u8]) -> Result<Note> {
        if bytes.len() > NOTE_BYTES_MAX {
            return refuse("too large");
        }
        let Ok(whole) = std::str::from_utf8(bytes) else {
            return refuse("not UTF-8");
        };
        if whole.chars().any(|c| c < ' ' && c != '\n') {
            return refuse("control character");
        }
        let Some(split) = whole.rfind("\n\n") else {
            return refuse("no signatures");
        };
        let (text, rest) = (&whole[..=split], &whole[split + 2..]);
        let Some(lines) = rest.strip_suffix('\n') else {
            return refuse("no final newline");
        };
        let signatures = lines.split('\n').map(signature_line).collect::<Result<Vec<_>>>()?;
        if signatures.len() > SIGNATURES_MAX {
            return refuse("too many signatures");
        }
        Ok(Note { text: text.into(), signatures })
    }

    pub fn to_text(&self) -> String {
        let mut out = format!("{}\n", self.text);
        for signature in &self.signatures {
            let line = BASE64.encode([&signature.key_id[..], &signature.bytes].concat());
            let _ = writeln!(out, "— {} {line}", signature.name); // writing to a String cannot fail
        }
        out
    }
}

fn signature_line(line: &str) -> Result<Signature> {
    let Some((name, encoded)) = line.strip_prefix("— ").and_then(|rest| rest.split_once(' ')) else {
        return refuse("malformed signature line");
    };
    let bytes = BASE64.decode(encoded).map_err(|_| Error::Note { detail: "signature is not base64" })?;
    match bytes.split_first_chunk::<4>() {
        Some((key_id, rest)) if is_name(name) && !rest.is_empty() => {
            Ok(Signature { name: name.into(), key_id: *key_id, bytes: rest.to_vec() })
        }
        _ => refuse("malformed signature line"),
    }
}

impl CheckpointText {
    pub fn parse(text: &str) -> Result<CheckpointText> {
        let Some(body) = text.strip_suffix('\n') else {
            return refuse("no final newline");
        };
        let mut lines = body.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return refuse("a checkpoint has three lines");
        };
        let (Ok(number), Ok(hash)) = (size.parse::<u64>(), BASE64.decode(root)) else {
            return refuse("malformed size or root");
        };
        let Ok(root) = <[u8; 32]>::try_from(hash) else {
            return refuse("a root has 32 bytes");
        };
        let extensions: Vec<String> = lines.map(str::to_string).collect();
        let checkpoint = CheckpointText { origin: origin.into(), size: number, root, extensions };
        if origin.is_empty() || checkpoint.extensions.iter().any(String::is_empty) {
            return refuse("empty line");
        }
        if checkpoint.to_text() != text {
            return refuse("another spelling"); // leading zeros, a plus sign
        }
        Ok(checkpoint)
    }

    pub fn to_text(&self) -> String {
        let mut out = format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(self.root));
        for line in &self.extensions {
            out.push_str(line);
            out.push('\n');
        }
        out
    }

    /// The value of our extension line `time MS`: when the checkpoint was signed, by our own clock.
    pub fn signed_ms(&self) -> Option<i64> {
        self.extensions.iter().find_map(|line| line.strip_prefix("time ")?.parse().ok())
    }
}
