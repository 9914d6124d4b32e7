//! Going through the whole store: rebuild, crash remains, key rotation.

use crate::envelope;
use crate::error::{Error, Result};
use crate::read::entry_at;
use crate::{Digests, Place, Vault, id};
use futures_util::{Stream, StreamExt, stream};
use std::collections::BTreeMap;
use tokio::sync::mpsc;
use uuid::Uuid;

/// A sealed object as it describes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub place: Place,
    pub digests: Digests,
    pub described: Vec<u8>,
}

/// How far a rewrapping has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rewrapped {
    pub checked: u64,
    pub rewrapped: u64,
    /// Path and error code of each file that could not be rewrapped; its key must be kept.
    pub failed: Vec<(String, &'static str)>,
}

impl Vault {
    /// Every object of every segment, with its trailer decrypted: what a catalogue is rebuilt from.
    /// Damage comes as an error item, and the scan goes on.
    pub fn scan(&self) -> impl Stream<Item = Result<Found>> + Send + Unpin + 'static + use<> {
        let (to, from) = mpsc::channel(16);
        let vault = self.clone();
        tokio::spawn(async move {
            let mut segments = vault.store().list("segments");
            while let Some(listed) = segments.next().await {
                let found = match listed {
                    Ok(file) => match segment_of(&file.path) {
                        Some(segment) => vault.scan_segment(segment, &to).await,
                        None => Ok(()), // a temporary or foreign file; `verify::store` names it
                    },
                    Err(error) => Err(error),
                };
                if let Err(error) = found
                    && to.send(Err(error)).await.is_err()
                {
                    return; // nobody listens any more
                }
            }
        });
        stream::unfold(from, |mut from| async move { Some((from.recv().await?, from)) }).boxed()
    }

    async fn scan_segment(&self, segment: Uuid, to: &mpsc::Sender<Result<Found>>) -> Result<()> {
        let envelope = self.envelope(segment).await?;
        for index in 0..envelope.entries.len() {
            let found = self.open_object(&envelope, index).await.map(|reader| Found {
                place: reader.place(),
                digests: *reader.digests(),
                described: reader.described().to_vec(),
            });
            if to.send(found).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Removes an object the caller has proved to be unclaimed, which only a crash between sealing and
    /// cataloguing leaves. The last object of a segment takes the segment with it; from a pack only its
    /// key goes, so that the others stay where they are.
    pub async fn remove_unclaimed(&self, at: &Place) -> Result<()> {
        let _guard = self.0.envelopes.lock().await;
        let segment = at.segment_id()?;
        let path = envelope::path("envelopes", segment);
        let envelope = self.envelope(segment).await?;
        let index = entry_at(&envelope, at)?;
        if envelope.entries.len() == 1 {
            // The segment goes first: what a crash leaves then is a lone envelope.
            self.store().delete(&envelope::path("segments", segment)).await?;
            return self.store().delete(&path).await;
        }
        let bytes = envelope.without(index, &self.0.keys.current())?;
        self.store().put(&path, bytes.into()).await
    }

    /// The same for a whole segment, however far its sealing came before the crash; also when it left nothing.
    pub async fn remove_unclaimed_segment(&self, segment: Uuid) -> Result<()> {
        let _guard = self.0.envelopes.lock().await;
        self.store().delete(&envelope::path("segments", segment)).await?;
        self.store().delete(&envelope::path("envelopes", segment)).await
    }

    /// Removes temporary files that crashes left behind, older than `before_ms` (ms since 1970). How many.
    /// A lone envelope is left alone: its segment may yet come back from a backup.
    pub async fn sweep(&self, before_ms: i64) -> Result<u64> {
        self.store().sweep(before_ms).await
    }

    /// After [`crate::Keys::rotate`]: wraps every data key with the current key-encryption key. Payloads
    /// stay as they are. May be interrupted and run again; what is done already is only looked at.
    pub async fn rewrap(&self, mut progress: impl FnMut(&Rewrapped)) -> Result<Rewrapped> {
        self.0.keys.reload()?;
        let mut report = Rewrapped::default();
        for dir in ["envelopes", "log/private"] {
            let mut files = self.store().list(dir);
            while let Some(file) = files.next().await {
                let path = file?.path;
                match self.rewrap_file(&path).await {
                    Ok(changed) => report.rewrapped += u64::from(changed),
                    Err(error @ (Error::NoSpace { .. } | Error::KeyMissing { .. })) => {
                        return Err(error);
                    }
                    Err(error) => report.failed.push((path, error.code())),
                }
                report.checked += 1;
                progress(&report);
            }
        }
        Ok(report)
    }

    async fn rewrap_file(&self, path: &str) -> Result<bool> {
        if path.starts_with("log/") {
            return self.log().rewrap(path).await;
        }
        let Some(segment) = segment_of(path) else {
            return Ok(false);
        };
        let _guard = self.0.envelopes.lock().await;
        let envelope = self.envelope(segment).await?;
        let current = self.0.keys.current();
        if envelope.kek == current.id {
            return Ok(false);
        }
        self.store().put(path, envelope.rewrapped(&current)?.into()).await?;
        Ok(true)
    }

    /// Destroys every key-encryption key that wraps nothing any more, after looking at every file.
    /// The ids of the destroyed ones.
    pub async fn retire_keys(&self) -> Result<Vec<String>> {
        let mut uses: BTreeMap<Uuid, u64> = BTreeMap::new();
        let mut files = self.store().list("envelopes").chain(self.store().list("log/private"));
        while let Some(file) = files.next().await {
            let path = file?.path;
            let kek = if path.starts_with("log/") {
                self.log().kek_of(&path).await?
            } else {
                match segment_of(&path) {
                    Some(segment) => Some(self.envelope(segment).await?.kek),
                    None => None,
                }
            };
            if let Some(kek) = kek {
                *uses.entry(kek).or_default() += 1;
            }
        }
        let mut retired = Vec::new();
        for text in self.0.keys.kek_ids() {
            let kek = id(&text)?;
            if text != self.0.keys.current_kek() && !uses.contains_key(&kek) {
                self.0.keys.destroy(kek)?;
                retired.push(text);
            }
        }
        Ok(retired)
    }
}

/// The segment a path in `segments/` or `envelopes/` stands for, if it is spelled as we spell it.
pub(crate) fn segment_of(path: &str) -> Option<Uuid> {
    let (kind, rest) = path.split_once('/')?;
    let segment = id(rest.split_once('/')?.1).ok()?;
    (envelope::path(kind, segment) == path).then_some(segment)
}
