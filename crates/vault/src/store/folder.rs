//! The folder store: plain files, mode 0600, written as [`crate::durable`] says.

use super::{Incoming, Listed, Store};
use crate::durable::{Disk, is_temporary};
use crate::error::{Error, Result};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use std::fs::{self, File};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Unfinished segments lie here, inside the store so that a rename stays within one file system.
const INCOMING: &str = "incoming";

#[derive(Clone)]
pub(super) struct Folder {
    root: PathBuf,
    disk: Disk,
}

impl Folder {
    pub fn new(root: PathBuf, disk: Disk) -> Folder {
        Folder { root, disk }
    }

    /// Runs file work on a blocking thread.
    async fn blocking<T: Send + 'static>(
        &self,
        path: &str,
        work: impl FnOnce(&Disk, &Path) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (disk, path) = (self.disk.clone(), self.root.join(path));
        tokio::task::spawn_blocking(move || work(&disk, &path)).await.map_err(Error::worker)?
    }
}

#[async_trait]
impl Store for Folder {
    async fn begin(&self, path: &str) -> Result<Box<dyn Incoming>> {
        let goal = self.root.join(path);
        let name = format!("{INCOMING}/.{}.tmp", uuid::Uuid::new_v4().simple());
        self.blocking(&name, move |disk, temporary| {
            disk.create_dirs(temporary.parent().unwrap_or(Path::new(".")))?;
            let file = disk.create(temporary)?;
            let (disk, temporary) = (disk.clone(), temporary.to_path_buf());
            let incoming = IncomingFile { disk, temporary, goal, file: Some(file) };
            Ok(Box::new(incoming) as Box<dyn Incoming>)
        })
        .await
    }

    async fn put(&self, path: &str, bytes: Bytes) -> Result<()> {
        self.blocking(path, move |disk, path| disk.replace(path, &bytes)).await
    }

    /// The caller holds the lock.
    async fn swap(&self, path: &str, old: Option<&[u8]>, new: Bytes) -> Result<bool> {
        if self.get(path).await?.as_deref() != old {
            return Ok(false);
        }
        self.put(path, new).await.map(|()| true)
    }

    async fn get(&self, path: &str) -> Result<Option<Bytes>> {
        self.blocking(path, |disk, path| Ok(disk.read(path)?.map(Bytes::from))).await
    }

    async fn range(&self, path: &str, range: Range<u64>) -> Result<Option<Bytes>> {
        self.blocking(path, move |disk, path| {
            let Some(file) = disk.open(path)? else {
                return Ok(None);
            };
            let read = || {
                let end = range.end.min(file.metadata()?.len());
                let mut bytes = vec![0; end.saturating_sub(range.start) as usize];
                file.read_exact_at(&mut bytes, range.start)?;
                Ok(bytes)
            };
            read().map(|bytes| Some(bytes.into())).map_err(|error| Error::io("read", path, error))
        })
        .await
    }

    async fn size(&self, path: &str) -> Result<Option<u64>> {
        self.blocking(path, |_, path| match fs::metadata(path) {
            Ok(meta) => Ok(Some(meta.len())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io("look up", path, error)),
        })
        .await
    }

    async fn delete(&self, path: &str) -> Result<()> {
        self.blocking(path, |disk, path| {
            if !path.exists() {
                return Ok(());
            }
            disk.remove(path)?;
            disk.sync_dir(path.parent().unwrap_or(Path::new(".")))
        })
        .await
    }

    /// One directory at a time, so that a store of millions of files needs no list of them all.
    fn list(&self, dir: &str) -> BoxStream<'static, Result<Listed>> {
        let (root, start) = (self.root.clone(), vec![dir.to_string()]);
        let walk = stream::try_unfold((root, start), |(root, mut open)| async move {
            let Some(dir) = open.pop() else {
                return Ok::<_, Error>(None);
            };
            let base = root.clone();
            let (files, dirs) =
                tokio::task::spawn_blocking(move || entries(&base, &dir)).await.map_err(Error::worker)??;
            open.extend(dirs.into_iter().rev());
            Ok(Some((files, (root, open))))
        });
        walk.flat_map(|page| match page {
            Ok(files) => stream::iter(files).map(Ok).left_stream(),
            Err(error) => stream::iter([Err(error)]).right_stream(),
        })
        .boxed()
    }

    async fn forget_cached(&self, path: &str) {
        let advise = self.blocking(path, |_, path| {
            if let Ok(file) = File::open(path) {
                let _ = rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed);
            }
            Ok(())
        });
        let _ = advise.await; // an optimisation of the check, never an error
    }

    async fn sweep(&self, before_ms: i64) -> Result<u64> {
        let mut swept = 0;
        for dir in [INCOMING, "segments", "envelopes", "log"] {
            let mut files = self.list(dir);
            while let Some(file) = files.next().await {
                let file = file?;
                let name = file.path.rsplit('/').next().unwrap_or_default();
                if is_temporary(name) && file.modified_ms < before_ms {
                    self.delete(&file.path).await?;
                    swept += 1;
                }
            }
        }
        Ok(swept)
    }

    async fn lock(&self, path: &str) -> Result<Option<File>> {
        self.blocking(path, |disk, path| {
            disk.create_dirs(path.parent().unwrap_or(Path::new(".")))?;
            let file = fs::OpenOptions::new().create(true).truncate(false).write(true).open(path);
            let file = file.map_err(|error| Error::io("lock", path, error))?;
            match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => Ok(Some(file)),
                Err(rustix::io::Errno::WOULDBLOCK) => Err(Error::LogBusy),
                Err(error) => Err(Error::io("lock", path, error.into())),
            }
        })
        .await
    }

    async fn free_bytes(&self) -> Option<u64> {
        let look = self.blocking("", |_, root| Ok(rustix::fs::statvfs(root).ok()));
        let stat = look.await.ok()??;
        Some(stat.f_bavail.saturating_mul(stat.f_frsize))
    }
}

/// The files of one directory and the directories below it, both by name.
fn entries(root: &Path, dir: &str) -> Result<(Vec<Listed>, Vec<String>)> {
    let place = root.join(dir);
    let wrong = |error| Error::io("list", &place, error);
    let (mut files, mut dirs) = (Vec::new(), Vec::new());
    let read = match fs::read_dir(&place) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((files, dirs)),
        other => other.map_err(wrong)?,
    };
    for entry in read {
        let entry = entry.map_err(wrong)?;
        let path = format!("{dir}/{}", entry.file_name().to_string_lossy());
        match entry.metadata() {
            Ok(meta) if meta.is_dir() => dirs.push(path),
            Ok(meta) => {
                let modified = meta.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
                let modified_ms = modified.map_or(0, |age| age.as_millis() as i64);
                files.push(Listed { path, size: meta.len(), modified_ms });
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {} // renamed while we looked
            Err(error) => return Err(wrong(error)),
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    dirs.sort();
    Ok((files, dirs))
}

struct IncomingFile {
    disk: Disk,
    temporary: PathBuf,
    goal: PathBuf,
    /// `None` while a blocking thread has it and after publishing.
    file: Option<File>,
}

impl IncomingFile {
    async fn with_file(
        &mut self,
        work: impl FnOnce(&Disk, &mut File, &Path) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        let gone = || Error::Internal { detail: "incoming file was given up".into() };
        let mut file = self.file.take().ok_or_else(gone)?;
        let (disk, path) = (self.disk.clone(), self.temporary.clone());
        let (file, result) = tokio::task::spawn_blocking(move || {
            let result = work(&disk, &mut file, &path);
            (file, result)
        })
        .await
        .map_err(Error::worker)?;
        self.file = Some(file);
        result
    }
}

#[async_trait]
impl Incoming for IncomingFile {
    async fn write(&mut self, bytes: Bytes) -> Result<()> {
        self.with_file(move |disk, file, path| disk.write(file, path, &bytes)).await
    }

    async fn sync(&mut self) -> Result<()> {
        self.with_file(|disk, file, path| disk.sync(file, path)).await
    }

    async fn publish(mut self: Box<Self>) -> Result<()> {
        let goal = self.goal.clone();
        self.with_file(move |disk, _, temporary| {
            let dir = goal.parent().unwrap_or(Path::new("."));
            disk.create_dirs(dir)?;
            disk.rename_new(temporary, &goal)?;
            disk.sync_dir(dir)
        })
        .await?;
        self.temporary = PathBuf::new(); // nothing left to remove
        Ok(())
    }

    async fn abort(self: Box<Self>) {}
}

impl Drop for IncomingFile {
    fn drop(&mut self) {
        if !self.temporary.as_os_str().is_empty() {
            let _ = self.disk.remove(&self.temporary); // what stays is found by `sweep`
        }
    }
}
