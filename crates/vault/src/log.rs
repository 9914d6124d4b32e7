//! The log: an RFC 6962 tree in the C2SP `tlog-tiles` layout with a signed checkpoint. An entry is a
//! 32-byte commitment, so nothing in the public files tells whom or what it is about.
//!
//! One process extends the log at a time: a lock file sees to it in a folder; over S3 the caller's
//! database must. Readers need no lock: a file below the checkpoint never changes.

use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::note::{CheckpointText, Note, Verifier};
use crate::proof::{self, Hash};
use crate::store::Store;
use crate::suite::hmac_sha256;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use tokio::sync::Mutex;
use uuid::Uuid;

pub(crate) mod private;
pub(crate) mod tiles;

use tiles::{Edge, Kind, Name, WIDTH};

/// Payload of one entry: far more than an event needs.
const PAYLOAD_MAX: usize = 1 << 20;
/// Files written at the same time.
const AT_ONCE: usize = 8;

/// What an entry commits to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    pub payload: Vec<u8>,
    /// Random and secret: without it nobody can try out what the payload might be.
    pub salt: [u8; 32],
}

/// HMAC-SHA-256 with the salt as key. Hiding, since the salt has 256 random bits; binding, since HMAC
/// with keys of one fixed length collides only where SHA-256 does.
pub fn commitment(salt: &[u8; 32], payload: &[u8]) -> [u8; 32] {
    hmac_sha256(salt, payload)
}

/// A checkpoint whose signature has been verified with our key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    pub origin: String,
    pub size: u64,
    pub root: Hash,
    /// The whole signed note.
    pub note: String,
    /// When it was signed, ms since 1970, by the clock of the signer.
    pub signed_ms: Option<i64>,
}

pub struct Log {
    store: Arc<dyn Store>,
    keys: Keys,
    /// What the next `extend` needs; emptied when one fails.
    tail: Mutex<Option<Tail>>,
}

/// The right end of the log, as the checkpoint of `edge.size` entries has it.
#[derive(Clone, Default)]
struct Tail {
    edge: Edge,
    root: Hash,
    /// Entries and leaves of the last bundle that is not full.
    entries: Vec<Hash>,
    leaves: Vec<Leaf>,
}

impl Log {
    /// The public key of the log, C2SP form.
    pub fn verifier(&self) -> String {
        self.keys.log_verifier()
    }

    pub(crate) fn new(store: Arc<dyn Store>, keys: Keys) -> Log {
        Log { store, keys, tail: Mutex::new(None) }
    }

    /// The newest checkpoint; `None` before the first. Refuses one that is not ours, or that is older than
    /// or differs from what these keys have signed before.
    pub async fn checkpoint(&self) -> Result<Option<Checkpoint>> {
        // In this order: `log.seen` is written after the checkpoint, so it is never the newer of the two.
        let seen = self.keys.seen()?;
        let found = self.store.get("log/checkpoint").await?;
        let verifier = self.keys.verifier();
        let found = found.map(|bytes| read_checkpoint(&bytes, verifier)).transpose()?;
        let Some(seen) = seen.filter(|seen| !seen.is_empty()) else { return Ok(found) };
        let seen = read_checkpoint(&seen, verifier)?;
        match &found {
            Some(found) if found.size == seen.size && found.root != seen.root => {
                Err(Error::LogForked { size: seen.size })
            }
            Some(now) if now.size >= seen.size => Ok(found),
            _ => {
                let size = found.map_or(0, |found| found.size);
                Err(Error::LogRolledBack { size, seen: seen.size })
            }
        }
    }

    /// Extends the log by `leaves`, the first of which has index `first`. Leaves below the log's size must
    /// be the very ones that are there, so a call can be repeated after a crash. `now_ms` enters the
    /// checkpoint. Without leaves, and without a checkpoint, signs the empty tree.
    pub async fn extend(&self, first: u64, leaves: &[Leaf], now_ms: i64) -> Result<Checkpoint> {
        if let Some(leaf) = leaves.iter().find(|leaf| leaf.payload.len() > PAYLOAD_MAX) {
            let (size, limit) = (leaf.payload.len() as u64, PAYLOAD_MAX as u64);
            return Err(Error::TooLarge { what: "log payload", size, limit });
        }
        let mut cached = self.tail.lock().await;
        let _lock = self.store.lock("log/.lock").await?;
        let before = self.checkpoint().await?;
        let tail = match (cached.take(), &before) {
            (Some(tail), Some(before)) if tail.edge.size == before.size && tail.root == before.root => tail,
            (_, Some(before)) => self.read_tail(before).await?,
            (_, None) => Tail { root: proof::root(&[]), ..Tail::default() },
        };
        let size = tail.edge.size;
        if first > size {
            return Err(Error::LogGap { first, size });
        }
        let known = leaves.len().min((size - first) as usize);
        self.compare(first, &leaves[..known]).await?;
        let (tail, files) = extended(tail, &leaves[known..], &self.keys);
        if let Some(before) = &before
            && before.size == tail.edge.size
        {
            *cached = Some(tail);
            return Ok(before.clone());
        }
        // Crash in here: files beyond the checkpoint, which nobody reads; the next run writes them anew.
        self.write_all(files).await?;
        // Crash after here: the entries are logged. The next run finds them there and goes on behind them.
        let checkpoint = self.sign(&tail, now_ms)?;
        self.publish(before.as_ref(), &checkpoint).await?;
        // Crash after here: the key directory remembers an older checkpoint, which is a lower bound still.
        self.keys.remember(&checkpoint.note)?;
        // Crash in here: superseded partial bundles stay; the verifier checks them like any other.
        self.prune(size, checkpoint.size).await;
        *cached = Some(tail);
        Ok(checkpoint)
    }

    /// Only over the checkpoint that was extended: a second sequencer, or the late write of a first one,
    /// comes to nothing.
    async fn publish(&self, before: Option<&Checkpoint>, after: &Checkpoint) -> Result<()> {
        let old = before.map(|before| before.note.as_bytes());
        let new = Bytes::from(after.note.clone());
        match self.store.swap("log/checkpoint", old, new).await? {
            true => Ok(()),
            false => Err(Error::LogBusy),
        }
    }

    fn sign(&self, tail: &Tail, now_ms: i64) -> Result<Checkpoint> {
        let text = CheckpointText {
            origin: self.keys.origin().into(),
            size: tail.edge.size,
            root: tail.root,
            extensions: vec![format!("time {now_ms}")],
        };
        let mut note = Note::unsigned(text.to_text());
        self.keys.sign(&mut note);
        read_checkpoint(note.to_text().as_bytes(), self.keys.verifier()) // checked before it is published
    }

    async fn compare(&self, first: u64, leaves: &[Leaf]) -> Result<()> {
        for (index, leaf) in (first..).zip(leaves) {
            if self.entry(index).await? != commitment(&leaf.salt, &leaf.payload) {
                return Err(Error::LogEntryDiffers { index });
            }
        }
        Ok(())
    }

    async fn write_all(&self, files: Vec<(Name, Bytes)>) -> Result<()> {
        let put =
            |(name, bytes): (Name, Bytes)| async move { self.store.put(&format!("log/{}", name.path()), bytes).await };
        stream::iter(files).map(put).buffer_unordered(AT_ONCE).try_collect::<()>().await
    }

    /// Removes partial files that fuller ones have superseded. Public ones only when their tile is full:
    /// somebody may be reading at an older size. Failing to remove is no failure.
    async fn prune(&self, old: u64, new: u64) {
        let mut gone: Vec<String> = Vec::new();
        if !old.is_multiple_of(WIDTH) {
            gone.push(Name::holding(Kind::Private, old - 1, old).path());
        }
        for level in 0..3 {
            let (had, has) = (old >> (8 * level), new >> (8 * level));
            if had / WIDTH == has / WIDTH {
                continue;
            }
            let bundles: &[Kind] = if level == 0 { &[Kind::Entries, Kind::Private] } else { &[] };
            for kind in bundles.iter().chain([&Kind::Tile(level)]) {
                let full = Name { kind: *kind, index: had / WIDTH, width: WIDTH };
                let mut partial = self.store.list(&format!("log/{}.p", full.path()));
                while let Some(Ok(file)) = partial.next().await {
                    gone.extend(file.path.strip_prefix("log/").map(str::to_string));
                }
            }
        }
        stream::iter(gone)
            .for_each_concurrent(AT_ONCE, |path| async move {
                let _ = self.store.delete(&format!("log/{path}")).await;
            })
            .await;
    }

    /// Reads the right edge and checks that it has the checkpoint's root.
    async fn read_tail(&self, at: &Checkpoint) -> Result<Tail> {
        let mut edge = Edge { size: at.size, levels: Vec::new() };
        for level in tiles::levels(at.size) {
            let things = at.size >> (8 * u32::from(level));
            let tile = if things.is_multiple_of(WIDTH) {
                Vec::new()
            } else {
                self.hashes(Name::holding(Kind::Tile(level), things, at.size)).await?
            };
            edge.levels.push(tile);
        }
        if edge.root() != at.root {
            let path = Name::holding(Kind::Tile(0), at.size - 1, at.size).path();
            return Err(Error::TileCorrupt { path, detail: "the checkpoint has another root" });
        }
        let mut tail = Tail { edge, root: at.root, ..Tail::default() };
        if !at.size.is_multiple_of(WIDTH) {
            let entries = Name::holding(Kind::Entries, at.size, at.size);
            tail.entries = self.entries(entries).await?;
            if !tail.entries.iter().map(|entry| proof::leaf(entry)).eq(tail.edge.levels[0].iter().copied()) {
                return Err(corrupt(&entries, "entry"));
            }
            let private = Name::holding(Kind::Private, at.size, at.size);
            tail.leaves = self.leaves(private).await?;
            let opened = tail.leaves.iter().map(|leaf| commitment(&leaf.salt, &leaf.payload));
            if !opened.eq(tail.entries.iter().copied()) {
                return Err(corrupt(&private, "does not open its commitment"));
            }
        }
        Ok(tail)
    }

    /// Proof that entry `index` is in the tree of `size` entries.
    pub async fn inclusion(&self, index: u64, size: u64) -> Result<Vec<Hash>> {
        let now = self.size().await?;
        if index >= size || size > now {
            return Err(Error::LogOutOfRange { index, size: size.min(now) });
        }
        self.roots(&proof::inclusion_ranges(index, size), now).await
    }

    /// Proof that the tree of `new` entries begins with that of `old`.
    pub async fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>> {
        let now = self.size().await?;
        if old > new || new > now {
            return Err(Error::LogOutOfRange { index: old, size: new.min(now) });
        }
        if old == 0 || old == new {
            return Ok(Vec::new());
        }
        self.roots(&proof::consistency_ranges(old, new), now).await
    }

    async fn size(&self) -> Result<u64> {
        Ok(self.checkpoint().await?.map_or(0, |checkpoint| checkpoint.size))
    }

    /// Roots of ranges of leaves, out of the tiles of the log of `size` entries.
    async fn roots(&self, ranges: &[(u64, u64)], size: u64) -> Result<Vec<Hash>> {
        let mut read: HashMap<Name, Vec<Hash>> = HashMap::new();
        let mut roots = Vec::with_capacity(ranges.len());
        for &(from, to) in ranges {
            let mut hashes = Vec::new();
            for (height, index) in proof::nodes(from, to) {
                let (level, within) = ((height / 8) as u8, height % 8);
                let start = index << within;
                let name = Name::holding(Kind::Tile(level), start, size);
                let tile = match read.entry(name) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(new) => new.insert(self.hashes(name).await?),
                };
                let at = (start % WIDTH) as usize;
                hashes.push(tiles::subtree(&tile[at..at + (1 << within)]));
            }
            roots.push(proof::fold(&hashes));
        }
        Ok(roots)
    }

    /// The commitment at `index`.
    pub async fn entry(&self, index: u64) -> Result<Hash> {
        let size = self.below(index).await?;
        let name = Name::holding(Kind::Entries, index, size);
        Ok(self.entries(name).await?[(index % WIDTH) as usize])
    }

    /// What the entry at `index` commits to, decrypted.
    pub async fn private(&self, index: u64) -> Result<Leaf> {
        let mut size = self.below(index).await?;
        let mut name = Name::holding(Kind::Private, index, size);
        let mut leaves = self.leaves(name).await;
        if matches!(leaves, Err(Error::TileMissing { .. })) {
            // The log grew between two reads, and a fuller bundle has taken the place of this one.
            size = self.below(index).await?;
            name = Name::holding(Kind::Private, index, size);
            leaves = self.leaves(name).await;
        }
        let leaf = leaves?.swap_remove((index % WIDTH) as usize);
        if self.entry(index).await? != commitment(&leaf.salt, &leaf.payload) {
            return Err(corrupt(&name, "does not open its commitment"));
        }
        Ok(leaf)
    }

    /// The leaves from `index` to the end of its bundle, each held against its entry: how a whole history is read
    /// from the store and the keys alone, 256 entries at a time.
    pub async fn private_from(&self, index: u64) -> Result<Vec<Leaf>> {
        let size = self.below(index).await?;
        let name = Name::holding(Kind::Private, index, size);
        let leaves = self.leaves(name).await?;
        let entries = self.entries(Name::holding(Kind::Entries, index, size)).await?;
        if leaves.iter().zip(&entries).any(|(leaf, entry)| commitment(&leaf.salt, &leaf.payload) != *entry) {
            return Err(corrupt(&name, "does not open its commitment"));
        }
        Ok(leaves.into_iter().skip((index % WIDTH) as usize).collect())
    }

    async fn below(&self, index: u64) -> Result<u64> {
        match self.size().await? {
            size if index < size => Ok(size),
            size => Err(Error::LogOutOfRange { index, size }),
        }
    }

    /// A public file of the log by its path below `/log/`: `checkpoint` or `tile/…`. `None` if there is
    /// none, or if the path is anything else.
    pub async fn tile(&self, path: &str) -> Result<Option<Bytes>> {
        let public = path == "checkpoint" || Name::parse(path).is_some_and(|name| !matches!(name.kind, Kind::Private));
        if !public {
            return Ok(None);
        }
        self.store.get(&format!("log/{path}")).await
    }

    /// Adds the cosignature of a witness to the published checkpoint. `line` is a note of the same text
    /// with the witness's signature; `witness` its vkey.
    pub async fn add_cosignature(&self, note: &str, witness: &Verifier) -> Result<Checkpoint> {
        let _tail = self.tail.lock().await;
        let _lock = self.store.lock("log/.lock").await?;
        let before = self.checkpoint().await?.ok_or(Error::CheckpointBad { detail: "missing" })?;
        let mut ours = Note::parse(before.note.as_bytes())?;
        let theirs = Note::parse(note.as_bytes())?;
        if ours.text != theirs.text {
            return Err(Error::Note { detail: "not the newest checkpoint" });
        }
        witness.verify(&theirs)?;
        let of_witness = |s: &&crate::note::Signature| s.name == witness.name() && s.key_id == witness.key_id();
        let Some(signature) = theirs.signatures.iter().find(of_witness) else {
            return Err(Error::Note { detail: "no signature of this key" });
        };
        ours.signatures.retain(|s| !of_witness(&s));
        ours.signatures.push(signature.clone());
        let text = ours.to_text();
        let checkpoint = read_checkpoint(text.as_bytes(), self.keys.verifier())?;
        self.publish(Some(&before), &checkpoint).await?;
        Ok(checkpoint)
    }

    /// A partial tile may have been superseded by the full one while we looked.
    async fn file(&self, name: Name) -> Result<Bytes> {
        let full = Name { width: WIDTH, ..name };
        for candidate in [name, full] {
            if let Some(bytes) = self.store.get(&format!("log/{}", candidate.path())).await? {
                return Ok(bytes);
            }
        }
        Err(Error::TileMissing { path: name.path() })
    }

    async fn hashes(&self, name: Name) -> Result<Vec<Hash>> {
        parse_tile(&self.file(name).await?, name)
    }

    async fn entries(&self, name: Name) -> Result<Vec<Hash>> {
        parse_entries(&self.file(name).await?, name)
    }

    async fn leaves(&self, name: Name) -> Result<Vec<Leaf>> {
        let bytes = self.file(name).await?;
        let mut leaves = private::open(&bytes, name.index, &self.keys).map_err(|detail| corrupt(&name, detail))?;
        if (leaves.len() as u64) < name.width {
            return Err(corrupt(&name, "too few leaves"));
        }
        leaves.truncate(name.width as usize);
        Ok(leaves)
    }

    pub(crate) async fn kek_of(&self, path: &str) -> Result<Option<Uuid>> {
        let Some(Kind::Private) = path.strip_prefix("log/").and_then(Name::parse).map(|n| n.kind) else {
            return Ok(None);
        };
        Ok(self.store.get(path).await?.and_then(|bytes| private::kek_of(&bytes)))
    }

    pub(crate) async fn rewrap(&self, path: &str) -> Result<bool> {
        let Some(name) = path.strip_prefix("log/").and_then(Name::parse) else {
            return Ok(false);
        };
        let _tail = self.tail.lock().await;
        let _lock = self.store.lock("log/.lock").await?;
        let Some(bytes) = self.store.get(path).await? else {
            return Ok(false);
        }; // pruned meanwhile
        let current = self.keys.current();
        if private::kek_of(&bytes) == Some(current.id) {
            return Ok(false);
        }
        let leaves = private::open(&bytes, name.index, &self.keys).map_err(|detail| corrupt(&name, detail))?;
        self.store.put(path, private::encode(name.index, &leaves, &current).into()).await?;
        Ok(true)
    }
}

pub(crate) fn corrupt(name: &Name, detail: &'static str) -> Error {
    Error::TileCorrupt { path: name.path(), detail }
}

/// At least `name.width` hashes; a fuller file is cut to it.
pub(crate) fn parse_tile(bytes: &[u8], name: Name) -> Result<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    if !rest.is_empty() || (hashes.len() as u64) < name.width || hashes.len() as u64 > WIDTH {
        return Err(corrupt(&name, "length"));
    }
    Ok(hashes[..name.width as usize].to_vec())
}

pub(crate) fn parse_entries(bytes: &[u8], name: Name) -> Result<Vec<Hash>> {
    let (entries, rest) = bytes.as_chunks::<34>();
    if !rest.is_empty() || (entries.len() as u64) < name.width || entries.len() as u64 > WIDTH {
        return Err(corrupt(&name, "length"));
    }
    let entry = |entry: &[u8; 34]| match entry.split_first_chunk::<2>() {
        Some(([0, 32], hash)) => hash.try_into().map_err(|_| corrupt(&name, "entry")),
        _ => Err(corrupt(&name, "entry")),
    };
    entries[..name.width as usize].iter().map(entry).collect()
}

/// Verifies the signature, then the text.
pub(crate) fn read_checkpoint(bytes: &[u8], verifier: &Verifier) -> Result<Checkpoint> {
    let bad = |error| match error {
        Error::Note { detail } => Error::CheckpointBad { detail },
        other => other,
    };
    let note = Note::parse(bytes).map_err(bad)?;
    verifier.verify(&note).map_err(bad)?;
    let text = CheckpointText::parse(&note.text).map_err(bad)?;
    if text.origin != verifier.name() {
        return Err(Error::CheckpointBad { detail: "another origin" });
    }
    if text.size == 0 && text.root != proof::root(&[]) {
        return Err(Error::CheckpointBad { detail: "root of the empty tree" });
    }
    let signed_ms = text.signed_ms();
    Ok(Checkpoint { origin: text.origin, size: text.size, root: text.root, note: note.to_text(), signed_ms })
}

/// Pure: the tail behind `leaves`, and every file that has to be written for it.
fn extended(mut tail: Tail, leaves: &[Leaf], keys: &Keys) -> (Tail, Vec<(Name, Bytes)>) {
    let mut files: Vec<(Name, Bytes)> = Vec::new();
    let kek = keys.current();
    for leaf in leaves {
        let entry = commitment(&leaf.salt, &leaf.payload);
        tail.entries.push(entry);
        tail.leaves.push(leaf.clone());
        tail.edge.push(proof::leaf(&entry), |name, hashes| files.push((name, tile_bytes(hashes))));
        if tail.entries.len() == WIDTH as usize {
            files.extend(bundles(&tail, &kek));
            tail.entries.clear();
            tail.leaves.clear();
        }
    }
    if !leaves.is_empty() {
        if !tail.entries.is_empty() {
            files.extend(bundles(&tail, &kek));
        }
        files.extend(tail.edge.partial().map(|(name, hashes)| (name, tile_bytes(hashes))));
    }
    tail.root = tail.edge.root();
    (tail, files)
}

fn tile_bytes(hashes: &[Hash]) -> Bytes {
    Bytes::copy_from_slice(hashes.as_flattened())
}

/// The entry bundle and the private bundle at the end of the log.
fn bundles(tail: &Tail, kek: &crate::keys::Kek) -> [(Name, Bytes); 2] {
    let width = tail.entries.len() as u64;
    let index = (tail.edge.size - 1) / WIDTH;
    let entries: Vec<u8> = tail.entries.iter().flat_map(|entry| [&[0, 32][..], entry].concat()).collect();
    let private = private::encode(index, &tail.leaves, kek);
    [
        (Name { kind: Kind::Entries, index, width }, entries.into()),
        (Name { kind: Kind::Private, index, width }, private.into()),
    ]
}
