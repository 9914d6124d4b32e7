//! Verification.
use crate::{Digests, Place};
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    Presence,
    Size,
    Digest,
}
#[derive(Debug, Clone)]
pub struct Claim {
    pub what: String,
    pub place: Place,
    pub digests: Digests,
}
