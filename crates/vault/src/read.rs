//! Reading sealed objects: the trailer once, then any range, decrypting only the segments it touches.

use crate::envelope::{self, Envelope};
use crate::error::{Error, Result};
use crate::object::{Digests, FOOTER, HEADER, Opener, SEALED_CHUNK, Trailer};
use crate::store::Store;
use crate::suite::{LEAF, TAG};
use crate::verify::Limiter;
use crate::{Place, Vault};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use std::io;
use std::ops::Range;
use std::sync::Arc;
use uuid::Uuid;

/// An opened object; cheap to clone, so a player's many range requests can share one.
#[derive(Clone)]
pub struct ObjectReader(Arc<Inner>);

struct Inner {
    store: Arc<dyn Store>,
    path: String,
    opener: Opener,
    trailer: Trailer,
}

/// Footer and trailer of most objects lie within the last 64 KiB: one read for both.
const TAIL: u64 = 64 << 10;
/// Plaintext a stream decrypts at a time; it reads one such piece ahead.
const PIECE: u64 = 1 << 20;

impl Vault {
    /// Opens a sealed object. Its trailer is decrypted and checked, its payload when it is read.
    pub async fn read(&self, at: &Place) -> Result<ObjectReader> {
        let envelope = self.envelope(at.segment_id()?).await?;
        let index = entry_at(&envelope, at)?;
        self.open_object(&envelope, index).await
    }

    /// Whether segment, envelope and the object's entry are there, in full length. Reads no payload.
    pub async fn has(&self, at: &Place) -> Result<bool> {
        let envelope = match self.envelope(at.segment_id()?).await {
            Ok(envelope) => envelope,
            Err(Error::EnvelopeMissing { .. }) => return Ok(false),
            Err(error) => return Err(error),
        };
        if entry_at(&envelope, at).is_err() {
            return Ok(false);
        }
        let size = self.store().size(&envelope::path("segments", envelope.segment)).await?;
        Ok(size == Some(envelope.segment_length))
    }

    pub(crate) async fn envelope(&self, segment: Uuid) -> Result<Envelope> {
        let bytes = self.store().get(&envelope::path("envelopes", segment)).await?;
        let bytes = bytes.ok_or_else(|| Error::EnvelopeMissing { segment: segment.to_string() })?;
        envelope::open(&bytes, segment, &self.0.keys)
    }

    pub(crate) async fn open_object(&self, envelope: &Envelope, index: usize) -> Result<ObjectReader> {
        let entry = &envelope.entries[index];
        let (segment, object) = (envelope.segment, entry.object);
        let store = self.store().clone();
        let path = envelope::path("segments", segment);
        let exact = async |range: Range<u64>| {
            let place = entry.offset + range.start..entry.offset + range.end;
            read_exact(&*store, &path, place, segment, object).await
        };
        let smallest = (HEADER + FOOTER + 2 * TAG) as u64;
        if entry.length < smallest {
            return Err(Error::EnvelopeCorrupt { segment: segment.to_string(), detail: "places" });
        }
        let tail_from = entry.length.saturating_sub(TAIL);
        let tail = exact(tail_from..entry.length).await?;
        let header = if tail_from == 0 { tail.slice(..HEADER) } else { exact(0..HEADER as u64).await? };
        let place = (segment, object, entry.offset, entry.length);
        let opener = Opener::new(place, entry.suite, &envelope.key(index)?, &header)?;
        let parts = opener.parts(&tail[tail.len() - FOOTER..])?;
        let from = HEADER as u64 + parts.payload;
        let to = from + u64::from(parts.trailer);
        let sealed = if from >= tail_from {
            tail.slice((from - tail_from) as usize..(to - tail_from) as usize)
        } else {
            exact(from..to).await?
        };
        let trailer = opener.trailer(&parts, &sealed)?;
        Ok(ObjectReader(Arc::new(Inner { store, path, opener, trailer })))
    }
}

/// The number of the entry that is exactly at this place.
pub(crate) fn entry_at(envelope: &Envelope, at: &Place) -> Result<usize> {
    let object = at.object_id()?;
    let found =
        envelope.entries.iter().position(|e| e.object == object && e.offset == at.offset && e.length == at.length);
    found.ok_or_else(|| Error::ObjectMissing { segment: at.segment.clone(), object: at.object.clone() })
}

/// Reads all of `range` of a segment; a segment that ends before names what is cut off.
async fn read_exact(store: &dyn Store, path: &str, range: Range<u64>, segment: Uuid, object: Uuid) -> Result<Bytes> {
    let found = store.range(path, range.clone()).await?;
    let bytes = found.ok_or_else(|| Error::SegmentMissing { segment: segment.to_string() })?;
    if (bytes.len() as u64) < range.end - range.start {
        return Err(Error::ObjectCorrupt {
            segment: segment.to_string(),
            object: object.to_string(),
            offset: range.start + bytes.len() as u64,
            part: "cut off",
        });
    }
    Ok(bytes)
}

impl ObjectReader {
    /// Bytes of the plaintext.
    pub fn size(&self) -> u64 {
        self.0.trailer.digests.size
    }

    pub fn digests(&self) -> &Digests {
        &self.0.trailer.digests
    }

    /// What the caller said about the object when it was sealed.
    pub fn described(&self) -> &[u8] {
        &self.0.trailer.description
    }

    pub fn place(&self) -> Place {
        let opener = &self.0.opener;
        Place {
            segment: opener.segment.to_string(),
            offset: opener.offset,
            length: opener.length,
            object: opener.object.to_string(),
        }
    }

    pub(crate) fn trailer(&self) -> &Trailer {
        &self.0.trailer
    }

    /// `len` bytes from `offset`, fewer only at the end of the file. Decrypts whole segments of 64 KiB:
    /// for a seek at most two.
    pub async fn read_at(&self, offset: u64, len: usize) -> Result<Bytes> {
        let size = self.size();
        let end = offset.saturating_add(len as u64).min(size);
        if offset > size {
            return Err(Error::OutOfRange { from: offset, to: end, size });
        }
        if offset == end {
            return Ok(Bytes::new());
        }
        let mut out: Option<BytesMut> = None;
        let mut from = offset;
        // A huge request is decrypted piece by piece, so that no thread is held for long.
        while from < end {
            let to = (from - from % PIECE).saturating_add(4 * PIECE).min(end);
            let piece = self.piece(from..to).await?;
            match &mut out {
                None if to == end => return Ok(piece),
                None => {
                    let mut all = BytesMut::with_capacity((end - offset) as usize);
                    all.extend_from_slice(&piece);
                    out = Some(all);
                }
                Some(all) => all.extend_from_slice(&piece),
            }
            from = to;
        }
        Ok(out.unwrap_or_default().freeze())
    }

    async fn piece(&self, range: Range<u64>) -> Result<Bytes> {
        let inner = &self.0;
        let (sealed_range, first) = Opener::sealed_range(self.size(), &range);
        let sealed = self.sealed(sealed_range).await?;
        let size = self.size();
        let plain = if sealed.len() <= 2 * SEALED_CHUNK {
            inner.opener.payload(size, first, &sealed)? // some 10 µs: not worth another thread
        } else {
            let inner = inner.clone();
            tokio::task::spawn_blocking(move || inner.opener.payload(size, first, &sealed))
                .await
                .map_err(Error::worker)??
        };
        let skip = (range.start - u64::from(first) * crate::object::CHUNK as u64) as usize;
        Ok(Bytes::from(plain).slice(skip..skip + (range.end - range.start) as usize))
    }

    async fn sealed(&self, range: Range<u64>) -> Result<Bytes> {
        let Inner { store, path, opener, .. } = &*self.0;
        let place = opener.offset + range.start..opener.offset + range.end;
        read_exact(&**store, path, place, opener.segment, opener.object).await
    }

    /// The plaintext of `range` in pieces of about 1 MiB, one piece read ahead.
    pub fn stream(&self, range: Range<u64>) -> impl Stream<Item = Result<Bytes>> + Send + Unpin + 'static {
        let reader = self.clone();
        let size = self.size();
        let end = range.end.min(size);
        let wrong = (range.start > size || range.start > range.end).then_some(Error::OutOfRange {
            from: range.start,
            to: range.end,
            size,
        });
        let pieces = stream::unfold(range.start, move |from| async move {
            let to = (from - from % PIECE).saturating_add(PIECE).min(end);
            (from < to).then_some((from..to, to))
        });
        let pieces = pieces.map(move |piece| {
            let reader = reader.clone();
            async move { reader.read_at(piece.start, (piece.end - piece.start) as usize).await }
        });
        stream::iter(wrong.map(Err)).chain(pieces.buffered(2)).boxed()
    }

    /// Decrypts everything, so that every tag is checked; hashes nothing.
    pub(crate) async fn authenticate(&self) -> Result<()> {
        let mut pieces = self.stream(0..self.size());
        while let Some(piece) = pieces.next().await {
            piece?;
        }
        if self.size() == 0 {
            self.piece(0..0).await?; // the one empty segment has a tag too
        }
        Ok(())
    }

    /// Decrypts everything and compares it with the sealed leaf digests and their root, one read.
    /// `each` sees the plaintext in order.
    pub(crate) async fn check_all(&self, limiter: Option<&Limiter>, mut each: impl FnMut(&[u8])) -> Result<()> {
        let Inner { opener, trailer, .. } = &*self.0;
        let (suite, size) = (self.suite(), self.size());
        if suite.tree(&trailer.leaves) != trailer.digests.tree {
            return Err(opener.corrupt(HEADER as u64, "leaves"));
        }
        let leaf_starts = (0..size.div_ceil(LEAF as u64).max(1)).map(|i| i * LEAF as u64);
        let pieces = stream::iter(leaf_starts).map(|from| {
            let reader = self.clone();
            async move {
                let (range, first) = Opener::sealed_range(size, &(from..(from + LEAF as u64).min(size)));
                if let Some(limiter) = limiter {
                    limiter.take(range.end - range.start).await;
                }
                let sealed = reader.sealed(range).await?;
                let work = move || {
                    let plain = reader.0.opener.payload(size, first, &sealed)?;
                    let leaf = (from / LEAF as u64) as usize;
                    match reader.0.trailer.leaves.get(leaf) {
                        Some(digest) if suite.leaf(&plain) != *digest => {
                            let at = HEADER as u64 + u64::from(first) * SEALED_CHUNK as u64;
                            Err(reader.0.opener.corrupt(at, "leaf digest"))
                        }
                        _ => Ok(plain),
                    }
                };
                tokio::task::spawn_blocking(work).await.map_err(Error::worker)?
            }
        });
        let mut pieces = pieces.buffered(2);
        while let Some(plain) = pieces.next().await {
            each(&plain?);
        }
        Ok(())
    }

    fn suite(&self) -> crate::suite::Suite {
        self.0.opener.suite()
    }

    /// `std::io::Read` and `Seek` for blocking threads (`spawn_blocking`), never for async tasks.
    pub fn blocking(&self) -> SyncReader {
        SyncReader {
            reader: self.clone(),
            runtime: tokio::runtime::Handle::current(),
            position: 0,
            piece: Bytes::new(),
            piece_from: 0,
        }
    }
}

pub struct SyncReader {
    reader: ObjectReader,
    runtime: tokio::runtime::Handle,
    position: u64,
    piece: Bytes,
    piece_from: u64,
}

impl io::Read for SyncReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let cached = self.piece_from..self.piece_from + self.piece.len() as u64;
        if !cached.contains(&self.position) {
            if self.position >= self.reader.size() {
                return Ok(0);
            }
            let from = self.position - self.position % PIECE;
            let read = self.runtime.block_on(self.reader.read_at(from, PIECE as usize));
            self.piece = read.map_err(io::Error::other)?;
            self.piece_from = from;
        }
        let rest = &self.piece[(self.position - self.piece_from) as usize..];
        let take = rest.len().min(out.len());
        out[..take].copy_from_slice(&rest[..take]);
        self.position += take as u64;
        Ok(take)
    }
}

impl io::Seek for SyncReader {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        let position = match to {
            io::SeekFrom::Start(at) => Some(at),
            io::SeekFrom::Current(by) => self.position.checked_add_signed(by),
            io::SeekFrom::End(by) => self.reader.size().checked_add_signed(by),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
