//! Private bundles: what the log's entries commit to, encrypted, so that the history can be rebuilt from
//! the store and the keys alone. Parallel to the entry bundles.
//!
//! ```text
//! header  0 "TZPRIVAT"  8 version=1  9 suite  10 zero(2)  12 count u32  16 bundle number u64
//!        24 key-encryption key id(16)                                                     = 40 bytes
//! then    nonce(12) wrapped data key(32 or 16) tag(16); nonce(12) sealed leaves tag(16)
//! ```
//! Both with the header as associated data. A leaf: salt(32), length u32, payload.

use super::Leaf;
use crate::envelope::array;
use crate::keys::{Kek, Keys};
use crate::suite::{Cipher, NONCE, Suite, TAG, random};
use uuid::Uuid;

const MAGIC: &[u8; 8] = b"TZPRIVAT";
const HEADER: usize = 40;

fn header(index: u64, count: u32, kek: &Kek, suite: Suite) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..8].copy_from_slice(MAGIC);
    header[8] = 1;
    header[9] = suite as u8;
    header[12..16].copy_from_slice(&count.to_be_bytes());
    header[16..24].copy_from_slice(&index.to_be_bytes());
    header[24..].copy_from_slice(kek.id.as_bytes());
    header
}

pub fn encode(index: u64, leaves: &[Leaf], kek: &Kek) -> Vec<u8> {
    let suite = kek.suite;
    let header = header(index, leaves.len() as u32, kek, suite);
    let key = &random::<32>()[..suite.key_len()];
    let mut plain = Vec::new();
    for leaf in leaves {
        plain.extend_from_slice(&leaf.salt);
        plain.extend_from_slice(&(leaf.payload.len() as u32).to_be_bytes());
        plain.extend_from_slice(&leaf.payload);
    }
    let mut out = header.to_vec();
    out.extend_from_slice(&kek.wrap(&header, key));
    let nonce = random::<NONCE>();
    out.extend_from_slice(&nonce);
    let cipher = Cipher::new(suite, key).expect("the key was made for the suite");
    cipher.seal(nonce, &header, &plain, &mut out);
    out
}

/// The key-encryption key a bundle names, unverified.
pub fn kek_of(bytes: &[u8]) -> Option<Uuid> {
    Some(Uuid::from_bytes(array(bytes.get(24..HEADER)?)))
}

/// The leaves, or what is wrong.
pub fn open(bytes: &[u8], index: u64, keys: &Keys) -> Result<Vec<Leaf>, &'static str> {
    let Some((head, rest)) = bytes.split_first_chunk::<HEADER>() else {
        return Err("too short");
    };
    let kek = keys.kek(Uuid::from_bytes(array(&head[24..]))).map_err(|_| "unknown key")?;
    let suite = Suite::from_byte(head[9]).ok_or("suite")?;
    let count = u32::from_be_bytes(array(&head[12..16]));
    if *head != header(index, count, &kek, suite) {
        return Err("header");
    }
    let wrapped = NONCE + suite.key_len() + TAG;
    if rest.len() < wrapped + NONCE + TAG {
        return Err("too short");
    }
    let (wrapped, sealed) = rest.split_at(wrapped);
    let key = kek.unwrap(head, wrapped).ok_or("wrapped key")?;
    let cipher = Cipher::new(suite, &key).ok_or("wrapped key")?;
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or("too short")?;
    let mut plain = vec![0; sealed.len() - TAG];
    if !cipher.open(*nonce, head, sealed, &mut plain) {
        return Err("content");
    }
    leaves(&plain, count).ok_or("content")
}

fn leaves(mut plain: &[u8], count: u32) -> Option<Vec<Leaf>> {
    let mut out = Vec::new();
    for _ in 0..count {
        let (salt, rest) = plain.split_first_chunk::<32>()?;
        let (len, rest) = rest.split_first_chunk::<4>()?;
        let (payload, rest) = rest.split_at_checked(u32::from_be_bytes(*len) as usize)?;
        out.push(Leaf { payload: payload.to_vec(), salt: *salt });
        plain = rest;
    }
    plain.is_empty().then_some(out)
}
