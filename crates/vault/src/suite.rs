//! Digests and ciphers, all in one small place: faster kernels go here and nowhere else.
//!
//! Suite 1 is AES-256-GCM with SHA-256 leaves, suite 2 is SM4-GCM with SM3 leaves (国密). Both keep
//! the flat SHA-256 and SM3 digests, since those are what anybody can recompute.

use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aead::{AeadInOut, KeyInit, consts::U12};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::{digest, hmac};
use sm3::Digest as _;

pub const TAG: usize = 16;
pub const NONCE: usize = 12;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suite {
    /// AES-256-GCM, SHA-256 leaves.
    Aes = 1,
    /// SM4-GCM, SM3 leaves.
    Sm = 2,
}

impl Suite {
    pub fn from_byte(byte: u8) -> Option<Suite> {
        match byte {
            1 => Some(Suite::Aes),
            2 => Some(Suite::Sm),
            _ => None,
        }
    }

    /// Bytes of a key of this suite.
    pub fn key_len(self) -> usize {
        match self {
            Suite::Aes => 32,
            Suite::Sm => 16,
        }
    }

    /// RFC 6962 leaf hash: H(0x00 ‖ data).
    pub fn leaf(self, data: &[u8]) -> [u8; 32] {
        match self {
            Suite::Aes => sha256_of(&[&[0], data]),
            Suite::Sm => sm3_of(&[&[0], data]),
        }
    }

    /// RFC 6962 node hash: H(0x01 ‖ left ‖ right).
    pub fn node(self, left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
        match self {
            Suite::Aes => sha256_of(&[&[1], left, right]),
            Suite::Sm => sm3_of(&[&[1], left, right]),
        }
    }

    /// RFC 6962 tree hash of leaf hashes; of nothing, the hash of the empty string.
    pub fn tree(self, leaves: &[[u8; 32]]) -> [u8; 32] {
        match leaves {
            [] if self == Suite::Aes => sha256_of(&[]),
            [] => sm3_of(&[]),
            [one] => *one,
            many => {
                let split = many.len().next_power_of_two() / 2;
                self.node(&self.tree(&many[..split]), &self.tree(&many[split..]))
            }
        }
    }
}

/// An authenticated cipher under one key. A nonce is used once; `object.rs` sees to it.
pub enum Cipher {
    Aes(LessSafeKey),
    Sm(Box<aes_gcm::AesGcm<sm4::Sm4, U12>>),
}

impl Cipher {
    /// `None` if the key does not have the suite's length.
    pub fn new(suite: Suite, key: &[u8]) -> Option<Cipher> {
        match suite {
            Suite::Aes => Some(Cipher::Aes(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?))),
            Suite::Sm => Some(Cipher::Sm(Box::new(aes_gcm::AesGcm::new_from_slice(key).ok()?))),
        }
    }

    /// Appends ciphertext and tag of `plain` to `out`.
    pub fn seal(&self, nonce: [u8; NONCE], aad: &[u8], plain: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(plain);
        // Both calls fail only for lengths beyond the GCM limit of 64 GiB, which no caller reaches.
        let tag: [u8; TAG] = match self {
            Cipher::Aes(key) => key
                .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut out[start..])
                .expect("message within the limit of GCM")
                .as_ref()
                .try_into()
                .expect("a GCM tag has 16 bytes"),
            Cipher::Sm(key) => key
                .encrypt_inout_detached(&nonce.into(), aad, InOutBuf::from(&mut out[start..]))
                .expect("message within the limit of GCM")
                .into(),
        };
        out.extend_from_slice(&tag);
    }

    /// Decrypts ciphertext ‖ tag into `out` (exactly 16 bytes shorter); false if anything differs.
    pub fn open(&self, nonce: [u8; NONCE], aad: &[u8], sealed: &[u8], out: &mut [u8]) -> bool {
        if sealed.len() < TAG || out.len() != sealed.len() - TAG {
            return false;
        }
        let (body, tag) = sealed.split_at(sealed.len() - TAG);
        match self {
            Cipher::Aes(key) => {
                key.open_separate_gather(Nonce::assume_unique_for_key(nonce), Aad::from(aad), body, tag, out).is_ok()
            }
            Cipher::Sm(key) => {
                let tag: [u8; TAG] = tag.try_into().expect("split at 16");
                let ok = InOutBuf::new(body, out)
                    .is_ok_and(|both| key.decrypt_inout_detached(&nonce.into(), aad, both, &tag.into()).is_ok());
                if !ok {
                    out.fill(0); // never hand out unauthenticated plaintext
                }
                ok
            }
        }
    }
}

/// Streaming SHA-256.
#[derive(Clone)]
pub struct Sha256(digest::Context);

impl Default for Sha256 {
    fn default() -> Self {
        Sha256(digest::Context::new(&digest::SHA256))
    }
}

impl Sha256 {
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub fn finish(self) -> [u8; 32] {
        self.0.finish().as_ref().try_into().expect("SHA-256 has 32 bytes")
    }
}

/// Streaming SM3 (GB/T 32905).
#[derive(Clone, Default)]
pub struct Sm3(sm3::Sm3);

impl Sm3 {
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

/// The leaf digests of a stream: one RFC 6962 leaf for each [`LEAF`] bytes.
pub struct Leaves {
    suite: Suite,
    open: Option<LeafHash>,
    filled: usize,
    done: Vec<[u8; 32]>,
}

/// Bytes under one leaf digest of an object.
pub const LEAF: usize = 1 << LEAF_LOG2;
pub const LEAF_LOG2: u8 = 20;

enum LeafHash {
    Sha(Sha256),
    Sm(Sm3),
}

impl Leaves {
    pub fn new(suite: Suite) -> Leaves {
        Leaves { suite, open: None, filled: 0, done: Vec::new() }
    }

    pub fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let take = bytes.len().min(LEAF - self.filled);
            let suite = self.suite;
            let open = self.open.get_or_insert_with(|| LeafHash::begin(suite));
            match open {
                LeafHash::Sha(hash) => hash.update(&bytes[..take]),
                LeafHash::Sm(hash) => hash.update(&bytes[..take]),
            }
            self.filled += take;
            bytes = &bytes[take..];
            if self.filled == LEAF {
                self.close();
            }
        }
    }

    pub fn finish(mut self) -> Vec<[u8; 32]> {
        self.close();
        self.done
    }

    fn close(&mut self) {
        match self.open.take() {
            Some(LeafHash::Sha(hash)) => self.done.push(hash.finish()),
            Some(LeafHash::Sm(hash)) => self.done.push(hash.finish()),
            None => {}
        }
        self.filled = 0;
    }
}

impl LeafHash {
    fn begin(suite: Suite) -> LeafHash {
        match suite {
            Suite::Aes => {
                let mut hash = Sha256::default();
                hash.update(&[0]);
                LeafHash::Sha(hash)
            }
            Suite::Sm => {
                let mut hash = Sm3::default();
                hash.update(&[0]);
                LeafHash::Sm(hash)
            }
        }
    }
}

/// SHA-256 of the parts one after the other.
pub fn sha256_of(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::default();
    parts.iter().for_each(|part| hash.update(part));
    hash.finish()
}

/// SM3 of the parts one after the other.
pub fn sm3_of(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sm3::default();
    parts.iter().for_each(|part| hash.update(part));
    hash.finish()
}

pub fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message);
    tag.as_ref().try_into().expect("HMAC-SHA-256 has 32 bytes")
}

/// Random bytes of the operating system. Without them nothing may be sealed, so this stops the process.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}
