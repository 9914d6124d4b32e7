//! Sealing: one read of the source, all digests while the bytes pass, then durable, read back, checked.
//!
//! A writer feeds three lanes side by side (SM3 · SHA-256 and leaves · encryption and writing), each a
//! task that does its work on blocking threads and holds none while the source is slow. Between them lie
//! at most [`AHEAD`] batches of 1 MiB, shared and not copied.

use crate::envelope::{self, NewEntry};
use crate::error::{Error, Result};
use crate::object::{DESCRIPTION_MAX, Digests, SIZE_MAX, Sealer, Trailer, sealed_len};
use crate::store::Incoming;
use crate::suite::{Leaves, Sha256, Sm3, Suite};
use crate::{PACK_FULL, Place, Sealed, Vault};
use bytes::Bytes;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};
use uuid::Uuid;

const BATCH: usize = 1 << 20;
/// A source of tiny pieces is batched by number too.
const BATCH_PIECES: usize = 1 << 12;
const AHEAD: usize = 3;

type Batch = Arc<Vec<Bytes>>;

/// A stage of the pipeline: what is sent to it, and its state once the sender is dropped.
struct Lane<S> {
    to: mpsc::Sender<Batch>,
    /// `None` once its result has been taken.
    end: Option<JoinHandle<Result<S>>>,
}

impl<S: Send + 'static> Lane<S> {
    fn hashing(mut state: S, update: fn(&mut S, &[u8])) -> Lane<S> {
        let (to, mut from) = mpsc::channel::<Batch>(AHEAD);
        let end = tokio::spawn(async move {
            while let Some(batch) = from.recv().await {
                let work = move || {
                    batch.iter().for_each(|bytes| update(&mut state, bytes));
                    state
                };
                state = spawn_blocking(work).await.map_err(Error::worker)?;
            }
            Ok(state)
        });
        Lane { to, end: Some(end) }
    }

    async fn finish(self) -> Result<S> {
        let Lane { to, end } = self;
        drop(to);
        match end {
            Some(end) => end.await.map_err(Error::worker)?,
            None => Err(stopped()),
        }
    }

    /// Why a lane no longer receives.
    async fn failure(&mut self) -> Error {
        match self.end.take() {
            Some(end) => match end.await {
                Ok(result) => result.err().unwrap_or_else(stopped),
                Err(error) => Error::worker(error),
            },
            None => stopped(),
        }
    }
}

fn stopped() -> Error {
    Error::Internal { detail: "writing to a file that failed before".into() }
}

/// Encrypts and hands the ciphertext to the store.
struct Sealing {
    sealer: Sealer,
    incoming: Box<dyn Incoming>,
    written: u64,
}

impl Sealing {
    fn lane(mut self) -> Lane<Sealing> {
        let (to, mut from) = mpsc::channel::<Batch>(AHEAD);
        let end = tokio::spawn(async move {
            while let Some(batch) = from.recv().await {
                let mut sealer = self.sealer;
                let work = move || {
                    let mut out = Vec::new();
                    batch.iter().for_each(|bytes| sealer.push(bytes, &mut out));
                    (sealer, out)
                };
                let (sealer, out) = spawn_blocking(work).await.map_err(Error::worker)?;
                self.sealer = sealer;
                self.put(out).await?;
            }
            let mut out = Vec::new();
            self.sealer.end_payload(&mut out);
            self.put(out).await?;
            Ok(self)
        });
        Lane { to, end: Some(end) }
    }

    async fn put(&mut self, bytes: Vec<u8>) -> Result<()> {
        self.written += bytes.len() as u64;
        self.incoming.write(bytes.into()).await
    }
}

/// Takes the bytes of one file, in order. Dropping it leaves nothing behind.
pub struct SealWriter {
    vault: Vault,
    segment: Uuid,
    size: u64,
    batch: Vec<Bytes>,
    batched: usize,
    sm3: Lane<Sm3>,
    sha: Lane<(Sha256, Leaves)>,
    sealing: Lane<Sealing>,
}

/// A file whose digests are known and of which nothing is kept yet.
pub struct Pending {
    vault: Vault,
    segment: Uuid,
    digests: Digests,
    leaves: Vec<[u8; 32]>,
    sealing: Sealing,
}

impl Vault {
    /// Begins sealing one file that will lie alone in its segment.
    pub async fn start(&self) -> Result<SealWriter> {
        let segment = Uuid::now_v7();
        let suite = self.0.keys.suite();
        let incoming = self.store().begin(&envelope::path("segments", segment)).await?;
        let mut head = Vec::new();
        let sealer = Sealer::begin(suite, 0, &mut head);
        let mut sealing = Sealing { sealer, incoming, written: 0 };
        sealing.put(head).await?;
        let sha = (Sha256::default(), Leaves::new(suite));
        Ok(SealWriter {
            vault: self.clone(),
            segment,
            size: 0,
            batch: Vec::new(),
            batched: 0,
            sm3: Lane::hashing(Sm3::default(), |sm3, bytes| sm3.update(bytes)),
            sha: Lane::hashing(sha, |(sha, leaves), bytes| {
                sha.update(bytes);
                leaves.update(bytes);
            }),
            sealing: sealing.lane(),
        })
    }

    /// All digests of a small file, on this thread: some 3 ms a MiB. For callers that are on a blocking thread already.
    pub fn digested(&self, bytes: Bytes) -> Result<Digested> {
        if bytes.len() > PACK_FULL {
            let (size, limit) = (bytes.len() as u64, PACK_FULL as u64);
            return Err(Error::TooLarge { what: "packed file", size, limit });
        }
        let suite = self.0.keys.suite();
        let mut leaves = Leaves::new(suite);
        leaves.update(&bytes);
        let leaves = leaves.finish();
        let digests = Digests {
            size: bytes.len() as u64,
            sha256: crate::suite::sha256_of(&[&bytes]),
            sm3: crate::suite::sm3_of(&[&bytes]),
            tree: suite.tree(&leaves),
        };
        Ok(Digested { digests, bytes, leaves, suite })
    }

    /// Begins a pack of small files.
    pub fn packer(&self) -> Packer {
        Packer {
            vault: self.clone(),
            segment: Uuid::now_v7(),
            bytes: Vec::new(),
            entries: Vec::new(),
            sealed: Vec::new(),
            trailers: Vec::new(),
        }
    }
}

impl SealWriter {
    /// The next bytes of the file. An error (a full disk) ends the writer: drop it and start again.
    pub async fn write(&mut self, bytes: Bytes) -> Result<()> {
        self.size += bytes.len() as u64;
        if self.size > SIZE_MAX {
            return Err(Error::TooLarge { what: "file", size: self.size, limit: SIZE_MAX });
        }
        if bytes.is_empty() {
            return Ok(());
        }
        self.batched += bytes.len();
        self.batch.push(bytes);
        if self.batched >= BATCH || self.batch.len() >= BATCH_PIECES {
            self.send().await?;
        }
        Ok(())
    }

    pub fn size_so_far(&self) -> u64 {
        self.size
    }

    async fn send(&mut self) -> Result<()> {
        self.batched = 0;
        let batch = Arc::new(std::mem::take(&mut self.batch));
        let sent = futures_util::future::join3(
            self.sm3.to.send(batch.clone()),
            self.sha.to.send(batch.clone()),
            self.sealing.to.send(batch),
        )
        .await;
        if sent.0.is_ok() && sent.1.is_ok() && sent.2.is_ok() {
            return Ok(());
        }
        // The lane that writes is the one that can fail; its error is the one that matters.
        Err(self.sealing.failure().await)
    }

    /// Ends the file: all digests are known, nothing is kept yet. A duplicate is recognised here.
    pub async fn digest(mut self) -> Result<(Digests, Pending)> {
        if !self.batch.is_empty() {
            self.send().await?;
        }
        let SealWriter { vault, segment, size, sm3, sha, sealing, .. } = self;
        let (sm3, sha, sealing) = tokio::join!(sm3.finish(), sha.finish(), sealing.finish());
        let ((sha, leaves), sealing) = (sha?, sealing?);
        let leaves = leaves.finish();
        let tree = sealing.sealer.suite.tree(&leaves);
        let digests = Digests { size, sha256: sha.finish(), sm3: sm3?.finish(), tree };
        Ok((digests, Pending { vault, segment, digests, leaves, sealing }))
    }

    /// Ends the file and seals it: `describe` writes the text that is kept with it, sealed.
    pub async fn finish(self, describe: impl FnOnce(&Digests) -> Vec<u8>) -> Result<Sealed> {
        self.digest().await?.1.seal(describe).await
    }

    pub async fn abandon(self) {
        let SealWriter { sm3, sha, sealing, .. } = self;
        drop((sm3, sha));
        if let Ok(sealing) = sealing.finish().await {
            sealing.incoming.abort().await;
        }
    }
}

impl Pending {
    pub fn digests(&self) -> &Digests {
        &self.digests
    }

    /// Where it will lie: who notes this first can have what a crash leaves removed by
    /// [`Vault::remove_unclaimed_segment`].
    pub fn segment(&self) -> Uuid {
        self.segment
    }

    pub async fn seal(self, describe: impl FnOnce(&Digests) -> Vec<u8>) -> Result<Sealed> {
        let description = described(describe(&self.digests))?;
        let Pending { vault, segment, digests, leaves, mut sealing } = self;
        let trailer = Trailer { digests, leaves, description };
        let mut out = Vec::new();
        sealing.sealer.end(&trailer, &mut out);
        sealing.put(out).await?;
        let Sealing { sealer, incoming, written } = sealing;
        let entry =
            NewEntry { object: sealer.object, offset: 0, length: written, suite: sealer.suite, key: sealer.key };
        let places = keep(&vault, segment, incoming, written, &[entry], &[trailer]).await?;
        Ok(Sealed { place: places.into_iter().next().expect("one entry, one place"), digests })
    }

    pub async fn abandon(self) {
        self.sealing.incoming.abort().await;
    }
}

fn described(text: Vec<u8>) -> Result<Vec<u8>> {
    if text.len() > DESCRIPTION_MAX {
        let (size, limit) = (text.len() as u64, DESCRIPTION_MAX as u64);
        return Err(Error::TooLarge { what: "description", size, limit });
    }
    Ok(text)
}

/// The order that makes a segment safe. Nobody has been promised anything before it returns.
pub(crate) async fn keep(
    vault: &Vault,
    segment: Uuid,
    mut incoming: Box<dyn Incoming>,
    length: u64,
    entries: &[NewEntry],
    trailers: &[Trailer],
) -> Result<Vec<Place>> {
    let store = vault.store();
    // Crash before or in here: a temporary file, removed by `sweep`; the source is sealed again.
    incoming.sync().await?;
    // Crash after here: a lone envelope of some hundred bytes, which harms nobody. The envelope comes
    // first, so that a visible segment without envelope is never a crash but damage.
    let kek = vault.0.keys.current();
    let sealed = Bytes::from(envelope::encode(segment, length, entries, &kek));
    let envelope_path = envelope::path("envelopes", segment);
    store.put(&envelope_path, sealed.clone()).await?;
    // Crash after here: a whole segment nobody claims; `scan` finds it with its description, and the
    // caller claims it (its event is in the description) or removes it with `remove_unclaimed`.
    let segment_path = envelope::path("segments", segment);
    if let Err(error) = incoming.publish().await {
        let _ = store.delete(&segment_path).await; // the directory sync may have failed after the rename
        let _ = store.delete(&envelope_path).await;
        return Err(error);
    }
    store.forget_cached(&segment_path).await;
    if let Err(error) = read_back(vault, segment, trailers).await {
        let _ = store.delete(&segment_path).await; // what stays is found as unclaimed
        let _ = store.delete(&envelope_path).await;
        return Err(match error {
            Error::Io { .. } | Error::NoSpace { .. } | Error::Store { .. } => error,
            _ => Error::ReadBack { segment: segment.to_string() },
        });
    }
    let place = |entry: &NewEntry| Place {
        segment: segment.to_string(),
        offset: entry.offset,
        length: entry.length,
        object: entry.object.to_string(),
    };
    Ok(entries.iter().map(place).collect())
}

/// Opens everything again from the store alone: envelope, headers, trailers, every payload segment.
/// The tags prove that what lies there is what passed through the digests.
async fn read_back(vault: &Vault, segment: Uuid, trailers: &[Trailer]) -> Result<()> {
    let envelope = vault.envelope(segment).await?;
    let differs = || Error::ReadBack { segment: segment.to_string() };
    if envelope.entries.len() != trailers.len() {
        return Err(differs());
    }
    for (index, trailer) in trailers.iter().enumerate() {
        let reader = vault.open_object(&envelope, index).await?;
        if reader.trailer() != trailer {
            return Err(differs());
        }
        reader.authenticate().await?;
    }
    Ok(())
}

/// Small files on their way into one segment.
pub struct Packer {
    vault: Vault,
    segment: Uuid,
    bytes: Vec<u8>,
    entries: Vec<NewEntry>,
    sealed: Vec<Digests>,
    trailers: Vec<Trailer>,
}

/// A small file with its digests, not yet in a pack.
pub struct Digested {
    pub digests: Digests,
    bytes: Bytes,
    leaves: Vec<[u8; 32]>,
    suite: Suite,
}

impl Packer {
    /// Computes the digests only, so that a duplicate is recognised before anything is kept.
    pub async fn digest(&self, bytes: Bytes) -> Result<Digested> {
        let vault = self.vault.clone();
        spawn_blocking(move || vault.digested(bytes)).await.map_err(Error::worker)?
    }

    /// Puts a file into the pack. It is kept only once [`Packer::flush`] has returned.
    pub async fn add(&mut self, bytes: Bytes, describe: impl FnOnce(&Digests) -> Vec<u8>) -> Result<()> {
        let digested = self.digest(bytes).await?;
        self.add_digested(digested, describe)
    }

    pub fn add_digested(&mut self, file: Digested, describe: impl FnOnce(&Digests) -> Vec<u8>) -> Result<()> {
        let Digested { digests, bytes, leaves, suite } = file;
        let description = described(describe(&digests))?;
        let offset = self.bytes.len() as u64;
        let length = sealed_len(digests.size, description.len());
        // At some 10 GB/s a file of 8 MiB takes a millisecond.
        let mut sealer = Sealer::begin(suite, length, &mut self.bytes);
        sealer.push(&bytes, &mut self.bytes);
        sealer.end_payload(&mut self.bytes);
        let trailer = Trailer { digests, leaves, description };
        sealer.end(&trailer, &mut self.bytes);
        assert_eq!(self.bytes.len() as u64, offset + length, "the length in the header is the true one");
        self.entries.push(NewEntry { object: sealer.object, offset, length, suite, key: sealer.key });
        self.sealed.push(digests);
        self.trailers.push(trailer);
        Ok(())
    }

    /// Where it will lie, as [`Pending::segment`].
    pub fn segment(&self) -> Uuid {
        self.segment
    }

    pub fn is_full(&self) -> bool {
        self.bytes.len() >= PACK_FULL
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Writes the pack as one segment: durable, read back. The files in the order they were added.
    pub async fn flush(self) -> Result<Vec<Sealed>> {
        let Packer { vault, segment, bytes, entries, sealed, trailers } = self;
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let length = bytes.len() as u64;
        let mut incoming = vault.store().begin(&envelope::path("segments", segment)).await?;
        incoming.write(bytes.into()).await?;
        let places = keep(&vault, segment, incoming, length, &entries, &trailers).await?;
        Ok(places.into_iter().zip(sealed).map(|(place, digests)| Sealed { place, digests }).collect())
    }
}
