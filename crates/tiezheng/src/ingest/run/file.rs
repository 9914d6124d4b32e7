//! One file of a card: opened by handle, read once, and still the same when it is sealed and when it is erased.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use tiezheng_media::Examination;

use crate::error::{Problem, Result};
use crate::ingest::{Incoming, SMALL, card};

/// One file of the card, ready to be read. It is opened by handle below `root`, never through a link.
#[derive(Clone)]
pub(super) struct Task {
    pub root: Arc<PathBuf>,
    pub entry: card::Entry,
    pub incoming: Incoming,
}

impl Task {
    pub(super) fn bytes(&self) -> u64 {
        self.entry.bytes
    }

    pub(super) fn open(&self) -> Result<File> {
        card::open(&self.root, &self.entry).map_err(|error| gone(&self.entry.path, error))
    }

    /// Only to erase it, after its inode was compared with the file that was read.
    pub(super) fn path(&self) -> PathBuf {
        use std::os::unix::ffi::OsStringExt;
        let raw = self.entry.raw().unwrap_or_default();
        self.root.join(std::ffi::OsString::from_vec(raw))
    }
}

/// How a file looked when it was opened: it must look the same when its last byte was read, and when it is erased.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    bytes: u64,
    modified: (i64, i64),
    inode: u64,
}

impl Stamp {
    pub(super) fn of(file: &std::fs::Metadata) -> Stamp {
        Stamp { bytes: file.len(), modified: (file.mtime(), file.mtime_nsec()), inode: file.ino() }
    }
}

pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal(error.to_string()))?
}

pub(super) fn gone(path: &str, error: std::io::Error) -> Problem {
    Problem::refused(422, "ingest.file_unreadable").with("path", path).with("detail", error.to_string())
}

pub(super) fn stamp_of(task: &Task, file: &File) -> Result<Stamp> {
    file.metadata().map(|found| Stamp::of(&found)).map_err(|error| gone(&task.entry.path, error))
}

pub(super) fn read_blocks(mut file: File, send: &tokio::sync::mpsc::Sender<std::io::Result<Bytes>>) {
    const BLOCK: usize = 1 << 20;
    loop {
        let mut block = Vec::with_capacity(BLOCK);
        match (&mut file).take(BLOCK as u64).read_to_end(&mut block) {
            Ok(0) => return,
            Ok(_) => {
                if send.blocking_send(Ok(Bytes::from(block))).is_err() {
                    return;
                }
            }
            Err(error) => return drop(send.blocking_send(Err(error))),
        }
    }
}

pub(super) fn hash_file(mut file: File) -> std::io::Result<[u8; 32]> {
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    let mut block = vec![0u8; 1 << 20];
    loop {
        let n = file.read(&mut block)?;
        if n == 0 {
            break;
        }
        context.update(&block[..n]);
    }
    let mut digest = [0u8; 32];
    digest.copy_from_slice(context.finish().as_ref());
    Ok(digest)
}

pub(super) fn read_small(task: &Task) -> Result<(Vec<u8>, Stamp, Examination)> {
    let mut file = task.open()?;
    let before = stamp_of(task, &file)?;
    let mut bytes = Vec::with_capacity(usize::try_from(before.bytes.min(SMALL)).unwrap_or(0));
    (&mut file).take(SMALL * 2).read_to_end(&mut bytes).map_err(|error| gone(&task.entry.path, error))?;
    if before != stamp_of(task, &file)? || bytes.len() as u64 != before.bytes {
        return Err(changed(task));
    }
    let mut source: &[u8] = &bytes;
    let examined = tiezheng_media::examine(&mut source);
    Ok((bytes, before, examined))
}

fn changed(task: &Task) -> Problem {
    Problem::refused(409, "ingest.file_changed").with("path", task.entry.path.as_str())
}

/// Size, time and inode are as they were, and we read as many bytes as the file has.
pub(super) async fn unchanged(task: &Task, before: Stamp, read: u64) -> Result<()> {
    let task = task.clone();
    blocking(move || {
        let now = stamp_of(&task, &task.open()?)?;
        if now == before && read == before.bytes { Ok(()) } else { Err(changed(&task)) }
    })
    .await
}
