//! Fault injection for the folder store: make the n-th system call fail, or cut the power at it.
//! Compiled always, costs one branch when off.
//!
//! A power cut also takes back what was never made durable: bytes written since the last fdatasync
//! (half of them stay, as on a real disk) and renames whose directory was not synced. After it every
//! call fails, as in a process that is gone.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// EIO, once.
    Io,
    /// ENOSPC, once.
    NoSpace,
    /// One bit of the next write is flipped on its way to the disk, and nobody says so.
    Garble,
    /// The process and all that is not yet durable is gone.
    PowerCut,
}

#[derive(Default)]
pub struct Faults(Mutex<State>);

#[derive(Default)]
struct State {
    calls: u64,
    armed: Option<(u64, Fault)>,
    dead: bool,
    volatile: Vec<Volatile>,
}

enum Volatile {
    Bytes { path: PathBuf },
    Name { from: Option<PathBuf>, to: PathBuf, before: Option<Vec<u8>> },
}

impl Faults {
    /// The fault strikes at the `n`-th call from now, counting from 0.
    pub fn arm(&self, n: u64, fault: Fault) {
        let mut state = self.state();
        state.armed = Some((state.calls + n, fault));
    }

    pub fn disarm(&self) {
        self.state().armed = None;
    }

    /// Calls made so far, reads included.
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    /// Whether the armed fault has struck.
    pub fn struck(&self) -> bool {
        let state = self.state();
        state.dead || state.armed.is_none()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub(crate) fn before(&self, _op: &'static str, _path: &Path) -> io::Result<()> {
        let mut state = self.state();
        if state.dead {
            return Err(io::Error::other("the power is off"));
        }
        let call = state.calls;
        state.calls += 1;
        let Some((at, fault)) = state.armed else {
            return Ok(());
        };
        if call < at || fault == Fault::Garble {
            return Ok(());
        }
        state.armed = None;
        match fault {
            Fault::Io => Err(io::Error::from_raw_os_error(rustix::io::Errno::IO.raw_os_error())),
            Fault::NoSpace => Err(io::Error::from_raw_os_error(rustix::io::Errno::NOSPC.raw_os_error())),
            Fault::Garble => Ok(()),
            Fault::PowerCut => {
                state.dead = true;
                state.lose_volatile();
                Err(io::Error::other("the power is off"))
            }
        }
    }

    /// What is written instead of `bytes`, if this is the write to be garbled.
    pub(crate) fn garbled(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut state = self.state();
        let due = matches!(state.armed, Some((at, Fault::Garble)) if state.calls >= at);
        if !due || bytes.is_empty() {
            return None;
        }
        state.armed = None;
        let mut garbled = bytes.to_vec();
        garbled[bytes.len() / 2] ^= 1;
        Some(garbled)
    }

    pub(crate) fn created(&self, path: &Path) {
        self.state().volatile.push(Volatile::Name { from: None, to: path.into(), before: None });
    }

    pub(crate) fn wrote(&self, path: &Path) {
        self.state().volatile.push(Volatile::Bytes { path: path.into() });
    }

    pub(crate) fn synced(&self, synced: &Path) {
        self.state().volatile.retain(|v| !matches!(v, Volatile::Bytes { path } if path == synced));
    }

    pub(crate) fn renamed(&self, from: &Path, to: &Path, before: Option<Vec<u8>>) {
        let mut state = self.state();
        for volatile in &mut state.volatile {
            if let Volatile::Bytes { path } = volatile
                && path == from
            {
                *path = to.into();
            }
        }
        // The temporary name never mattered: only whether the new name is durable.
        state.volatile.retain(|v| !matches!(v, Volatile::Name { from: None, to, .. } if to == from));
        state.volatile.push(Volatile::Name { from: Some(from.into()), to: to.into(), before });
    }

    pub(crate) fn synced_dir(&self, dir: &Path) {
        self.state().volatile.retain(|v| !matches!(v, Volatile::Name { to, .. } if to.parent() == Some(dir)));
    }
}

impl State {
    fn lose_volatile(&mut self) {
        for volatile in self.volatile.drain(..).rev() {
            // Best effort: a file that is gone has nothing left to lose.
            let _ = match volatile {
                Volatile::Bytes { path } => fs::metadata(&path)
                    .and_then(|meta| OpenOptions::new().write(true).open(&path)?.set_len(meta.len() / 2)),
                Volatile::Name { from, to, before } => match (from, before) {
                    (_, Some(bytes)) => fs::write(&to, bytes),
                    (Some(from), None) => fs::rename(&to, &from),
                    (None, None) => fs::remove_file(&to),
                },
            };
        }
    }
}
