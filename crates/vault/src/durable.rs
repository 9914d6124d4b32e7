//! Every write of the folder store and of the key directory goes through here, call by call, so that
//! tests can make any single one fail or cut the power at it ([`Faults`]).
//!
//! A whole file: create a new temporary file, write, fdatasync, rename, fsync the directory. The gap
//! that remains: a disk that acknowledges fdatasync without having written.

use crate::error::{Error, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use crate::faults::Faults;

#[derive(Clone, Default)]
pub struct Disk {
    faults: Option<Arc<Faults>>,
}

impl Disk {
    pub fn with_faults(faults: Arc<Faults>) -> Disk {
        Disk { faults: Some(faults) }
    }

    /// Runs one system call, unless a test has it fail.
    fn call<T>(&self, op: &'static str, path: &Path, run: impl FnOnce() -> io::Result<T>) -> Result<T> {
        if let Some(faults) = &self.faults {
            faults.before(op, path).map_err(|error| Error::io(op, path, error))?;
        }
        run().map_err(|error| Error::io(op, path, error))
    }

    fn note(&self, note: impl FnOnce(&Faults)) {
        if let Some(faults) = &self.faults {
            note(faults);
        }
    }

    /// A new file, readable by nobody but us; fails if it exists.
    pub fn create(&self, path: &Path) -> Result<File> {
        let file =
            self.call("create", path, || OpenOptions::new().write(true).create_new(true).mode(0o600).open(path))?;
        self.note(|faults| faults.created(path));
        Ok(file)
    }

    pub fn write(&self, file: &mut File, path: &Path, bytes: &[u8]) -> Result<()> {
        self.note(|faults| faults.wrote(path));
        let garbled = self.faults.as_ref().and_then(|faults| faults.garbled(bytes));
        let bytes = garbled.as_deref().unwrap_or(bytes);
        self.call("write", path, || file.write_all(bytes))
    }

    pub fn sync(&self, file: &File, path: &Path) -> Result<()> {
        self.call("sync", path, || file.sync_data())?;
        self.note(|faults| faults.synced(path));
        Ok(())
    }

    /// Replaces `to` if it exists.
    pub fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        let before = self.faults.as_ref().and_then(|_| fs::read(to).ok());
        self.call("rename", to, || fs::rename(from, to))?;
        self.note(|faults| faults.renamed(from, to, before));
        Ok(())
    }

    /// Fails if `to` exists: what has been sealed is never replaced.
    pub fn rename_new(&self, from: &Path, to: &Path) -> Result<()> {
        self.call("rename", to, || {
            use rustix::fs::{CWD, RenameFlags, renameat_with};
            match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
                // Some network file systems lack the flag; names are random, so a look suffices.
                Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
                    if to.try_exists()? {
                        return Err(io::ErrorKind::AlreadyExists.into());
                    }
                    fs::rename(from, to)
                }
                other => Ok(other?),
            }
        })?;
        self.note(|faults| faults.renamed(from, to, None));
        Ok(())
    }

    pub fn sync_dir(&self, dir: &Path) -> Result<()> {
        self.call("sync directory", dir, || File::open(dir)?.sync_all())?;
        self.note(|faults| faults.synced_dir(dir));
        Ok(())
    }

    /// Creates the directory and the missing ones above it, each durable in its parent.
    pub fn create_dirs(&self, dir: &Path) -> Result<()> {
        if dir.is_dir() {
            return Ok(());
        }
        let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty());
        if let Some(parent) = parent {
            self.create_dirs(parent)?;
        }
        self.call("create directory", dir, || match fs::create_dir(dir) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && dir.is_dir() => Ok(()),
            other => other,
        })?;
        self.sync_dir(parent.unwrap_or(Path::new(".")))
    }

    /// Removes a file; one that is not there is removed already.
    pub fn remove(&self, path: &Path) -> Result<()> {
        self.call("remove", path, || match fs::remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        })
    }

    pub fn read(&self, path: &Path) -> Result<Option<Vec<u8>>> {
        self.call("read", path, || absent(fs::read(path)))
    }

    pub fn open(&self, path: &Path) -> Result<Option<File>> {
        self.call("open", path, || absent(File::open(path)))
    }

    /// Makes `path` hold exactly `bytes`: after this returns they survive a power cut, and whenever
    /// the power goes the file holds either all of the old bytes or all of the new ones.
    pub fn replace(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let dir = path.parent().unwrap_or(Path::new("."));
        self.create_dirs(dir)?;
        let temporary = temporary_beside(path);
        let written = self
            .create(&temporary)
            .and_then(|mut file| {
                self.write(&mut file, &temporary, bytes)?;
                self.sync(&file, &temporary)
            })
            .and_then(|()| self.rename(&temporary, path));
        if let Err(error) = written {
            let _ = self.remove(&temporary); // best effort: `sweep` finds what stays
            return Err(error);
        }
        self.sync_dir(dir)
    }
}

/// `.NAME.RANDOM.tmp`, in the same directory so that the rename stays within one file system.
fn temporary_beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.tmp", uuid::Uuid::new_v4().simple()))
}

/// Whether a name is one of our temporary files, left by a crash.
pub fn is_temporary(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(".tmp")
}

fn absent<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_not_replaced_and_what_is_not_may_be() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        let disk = Disk::default();
        disk.replace(&from, b"new").unwrap();
        disk.replace(&to, b"old").unwrap();
        assert_eq!(disk.rename_new(&from, &to).unwrap_err().code(), "vault.io");
        assert_eq!(disk.read(&to).unwrap().as_deref(), Some(&b"old"[..]));
        disk.rename(&from, &to).unwrap();
        assert_eq!(disk.read(&to).unwrap().as_deref(), Some(&b"new"[..]));
        assert_eq!(disk.read(&from).unwrap(), None);
        disk.rename_new(&to, &from).unwrap();
    }
}
