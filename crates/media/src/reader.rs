//! Bounded reading: one window over the source, a budget of bytes and steps.

use std::io::ErrorKind;

use crate::limits::{HOP_BYTES, SCAN_BYTES_MAX, STEPS_MAX, WINDOW_BYTES_MAX, WINDOW_BYTES_MIN};
use crate::source::Source;

/// Why reading stopped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    /// The recording ends before what its headers promise.
    End,
    /// A limit of [`crate::limits`] was reached.
    Limit(&'static str),
    /// The source refused to give bytes.
    Unreadable { at: u64 },
    /// The bytes contradict their format.
    Malformed { at: u64 },
}

pub(crate) type Outcome<T> = Result<T, Fault>;

pub(crate) struct Reader<'a> {
    source: &'a mut dyn Source,
    len: u64,
    window: Vec<u8>,
    window_at: u64,
    fill: usize,
    bytes_left: u64,
    steps_left: u64,
}

impl<'a> Reader<'a> {
    pub fn new(source: &'a mut dyn Source) -> Reader<'a> {
        let len = source.len();
        Reader {
            source,
            len,
            window: Vec::new(),
            window_at: 0,
            fill: WINDOW_BYTES_MIN,
            bytes_left: SCAN_BYTES_MAX,
            steps_left: STEPS_MAX,
        }
    }

    pub fn len(&self) -> u64 {
        self.len
    }

    /// Lowers the bytes that may still be read.
    pub fn allow(&mut self, bytes: u64) {
        self.bytes_left = self.bytes_left.min(bytes);
    }

    pub fn bytes_read(&self) -> u64 {
        SCAN_BYTES_MAX.saturating_sub(self.bytes_left)
    }

    /// Counts one header looked at.
    pub fn step(&mut self) -> Outcome<()> {
        self.steps_left = self.steps_left.checked_sub(1).ok_or(Fault::Limit("steps"))?;
        Ok(())
    }

    /// Exactly `len` bytes at `at`.
    pub fn get(&mut self, at: u64, len: usize) -> Outcome<&[u8]> {
        let bytes = self.some(at, len)?;
        if bytes.len() < len { Err(Fault::End) } else { Ok(bytes) }
    }

    pub fn array<const N: usize>(&mut self, at: u64) -> Outcome<[u8; N]> {
        self.get(at, N)?.try_into().map_err(|_| Fault::End)
    }

    /// Up to `len` bytes at `at`, fewer only where the recording ends.
    pub fn some(&mut self, at: u64, len: usize) -> Outcome<&[u8]> {
        if len > WINDOW_BYTES_MAX {
            return Err(Fault::Limit("window"));
        }
        let wanted = self.len.saturating_sub(at).min(len as u64) as usize;
        let end = at.saturating_add(wanted as u64);
        if at < self.window_at || end > self.window_at + self.window.len() as u64 {
            self.refill(at, wanted)?;
        }
        let start = (at - self.window_at) as usize;
        let stop = (start + wanted).min(self.window.len());
        Ok(self.window.get(start..stop).unwrap_or(&[]))
    }

    /// From `at` to wherever the window ends, but at least `min` bytes unless the recording ends. For searches: going on
    /// by a few bytes costs no new read.
    pub fn stretch(&mut self, at: u64, min: usize) -> Outcome<&[u8]> {
        self.some(at, min)?;
        let start = at.saturating_sub(self.window_at) as usize;
        Ok(self.window.get(start..).unwrap_or(&[]))
    }

    fn refill(&mut self, at: u64, wanted: usize) -> Outcome<()> {
        let window_end = self.window_at + self.window.len() as u64;
        // Reading on in order takes ever larger pieces; hopping takes the smallest.
        let onward = at >= self.window_at && at <= window_end.saturating_add(HOP_BYTES);
        self.fill = if onward { (self.fill * 2).min(WINDOW_BYTES_MAX) } else { WINDOW_BYTES_MIN };
        let size = (self.len - at.min(self.len)).min(self.fill.max(wanted) as u64);
        self.bytes_left = self.bytes_left.checked_sub(size).ok_or(Fault::Limit("bytes"))?;

        self.window.clear();
        self.window.resize(size as usize, 0);
        self.window_at = at;
        let mut filled = 0;
        while filled < self.window.len() {
            match self.source.read_at(at + filled as u64, &mut self.window[filled..]) {
                Ok(0) => break,
                Ok(count) => filled = (filled + count).min(self.window.len()),
                Err(error) if error.kind() == ErrorKind::Interrupted => self.step()?,
                Err(_) => {
                    self.window.clear();
                    return Err(Fault::Unreadable { at });
                }
            }
        }
        self.window.truncate(filled);
        Ok(())
    }
}
