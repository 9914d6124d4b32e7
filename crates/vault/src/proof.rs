//! RFC 6962 / RFC 9162 Merkle proofs over SHA-256. Pure.

use crate::error::{Error, Result};
use crate::suite::Suite;

pub type Hash = [u8; 32];

/// Leaf hash of a log entry.
pub fn leaf(entry: &[u8]) -> Hash {
    Suite::Aes.leaf(entry)
}

pub fn node(left: &Hash, right: &Hash) -> Hash {
    Suite::Aes.node(left, right)
}

/// Root over leaf hashes.
pub fn root(leaves: &[Hash]) -> Hash {
    Suite::Aes.tree(leaves)
}

fn refuse<T>(detail: &'static str) -> Result<T> {
    Err(Error::Proof { detail })
}

/// RFC 9162 §2.1.3.2: `leaf_hash` is entry `index` of the tree of `size` entries with this root.
pub fn verify_inclusion(index: u64, size: u64, leaf_hash: &Hash, proof: &[Hash], root: &Hash) -> Result<()> {
    if index >= size {
        return refuse("index beyond the tree");
    }
    let (mut f, mut s) = (index, size - 1);
    let mut hash = *leaf_hash;
    for sibling in proof {
        if s == 0 {
            return refuse("too long");
        }
        if f & 1 == 1 || f == s {
            hash = node(sibling, &hash);
            while f & 1 == 0 && f != 0 {
                (f, s) = (f >> 1, s >> 1);
            }
        } else {
            hash = node(&hash, sibling);
        }
        (f, s) = (f >> 1, s >> 1);
    }
    if s != 0 {
        return refuse("too short");
    }
    if hash != *root { refuse("root differs") } else { Ok(()) }
}

/// RFC 9162 §2.1.4.2: the tree of `new` entries begins with the very entries of the tree of `old`.
pub fn verify_consistency(old: u64, new: u64, proof: &[Hash], old_root: &Hash, new_root: &Hash) -> Result<()> {
    if old > new {
        return refuse("the old tree is larger");
    }
    if old == new || old == 0 {
        if !proof.is_empty() {
            return refuse("too long");
        }
        let (want, have) = if old == 0 { (root(&[]), *old_root) } else { (*old_root, *new_root) };
        return if want == have { Ok(()) } else { refuse("root differs") };
    }
    let mut path = proof.iter();
    let mut next = || path.next().ok_or(Error::Proof { detail: "too short" });
    let (mut f, mut s) = (old - 1, new - 1);
    while f & 1 == 1 {
        (f, s) = (f >> 1, s >> 1);
    }
    // An old tree that is a complete subtree of the new one is its own first node.
    let first = if old.is_power_of_two() { *old_root } else { *next()? };
    let (mut from_old, mut from_new) = (first, first);
    while s != 0 {
        if f & 1 == 1 || f == s {
            let sibling = next()?;
            from_old = node(sibling, &from_old);
            from_new = node(sibling, &from_new);
            while f & 1 == 0 && f != 0 {
                (f, s) = (f >> 1, s >> 1);
            }
        } else {
            from_new = node(&from_new, next()?);
        }
        (f, s) = (f >> 1, s >> 1);
    }
    if path.next().is_some() {
        return refuse("too long");
    }
    if from_old != *old_root || from_new != *new_root { refuse("root differs") } else { Ok(()) }
}

/// The ranges `[from, to)` of leaves whose roots make up the inclusion proof, in its order.
pub fn inclusion_ranges(index: u64, size: u64) -> Vec<(u64, u64)> {
    let (mut from, mut to) = (0, size);
    let mut path = Vec::new();
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            path.push((middle, to));
            to = middle;
        } else {
            path.push((from, middle));
            from = middle;
        }
    }
    path.reverse();
    path
}

/// The same for the consistency proof between trees of `old` and `new` entries, 0 < old < new.
pub fn consistency_ranges(old: u64, new: u64) -> Vec<(u64, u64)> {
    let (mut from, mut to) = (0, new);
    let mut path = Vec::new();
    while to != old {
        let middle = from + split(to - from);
        if old <= middle {
            path.push((middle, to));
            to = middle;
        } else {
            path.push((from, middle));
            from = middle;
        }
    }
    if from != 0 {
        path.push((from, to)); // the old tree's last node; at from == 0 it is the old root itself
    }
    path.reverse();
    path
}

/// The complete subtrees `(height, index)` that make up `[from, to)`, left to right. `from` is where
/// a subtree of a proof or a tree begins.
pub fn nodes(mut from: u64, to: u64) -> Vec<(u32, u64)> {
    let mut out = Vec::new();
    while from < to {
        let height = (to - from).ilog2();
        out.push((height, from >> height));
        from += 1 << height;
    }
    out
}

/// Folds the hashes of [`nodes`] into the root of their range; of nothing, the empty tree's.
pub fn fold(nodes: &[Hash]) -> Hash {
    match nodes.split_last() {
        None => root(&[]),
        Some((last, rest)) => rest.iter().rev().fold(*last, |right, left| node(left, &right)),
    }
}

/// The largest power of two smaller than `n`, for n ≥ 2.
fn split(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}
