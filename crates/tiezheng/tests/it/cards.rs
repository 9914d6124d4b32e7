//! Cards as cameras leave them: real media, and files of chosen bytes.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jiff::Timestamp;
use jiff::tz::Offset;

/// Numbers that look random and come back with the same seed (xorshift64*).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn roll(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// 0..most
    pub fn below(&mut self, most: u64) -> u64 {
        self.roll() % most.max(1)
    }

    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count + 8);
        while bytes.len() < count {
            bytes.extend(self.roll().to_le_bytes());
        }
        bytes.truncate(count);
        bytes
    }
}

/// Writes `card/path`, folders included.
pub fn put(card: &Path, path: &str, bytes: &[u8]) -> PathBuf {
    let path = card.join(path);
    std::fs::create_dir_all(path.parent().expect("below the card")).expect("folder");
    std::fs::write(&path, bytes).expect("file of the card");
    path
}

/// `20260302083000` on the device's clock, China time.
pub fn stamp(at: Timestamp) -> String {
    Offset::constant(8).to_datetime(at).strftime("%Y%m%d%H%M%S").to_string()
}

/// A moment by its text with offset.
pub fn at(text: &str) -> Timestamp {
    text.parse().expect("instant")
}

/// What a body-worn camera calls a file: officer, device, time, number.
pub fn name(officer: &str, device: &str, at: Timestamp, number: u32, ending: &str) -> String {
    format!("DCIM/{officer}_{device}_{}_{number:04}.{ending}", stamp(at))
}

/// Three seconds of real H.264 and AAC in MP4. `hue` makes one differ from the other.
///
/// # Panics
/// When ffmpeg is not installed; the message says how to install it.
pub fn movie(hue: u32) -> Vec<u8> {
    let dir = tempfile::tempdir().expect("temporary folder");
    let path = dir.path().join("movie.mp4");
    let picture = format!("testsrc=duration=3:size=320x240:rate=10,hue=h={hue}");
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-f", "lavfi", "-i", &picture, "-f", "lavfi", "-i", "sine=frequency=440:duration=3"]);
    ffmpeg.args(["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "10", "-c:a", "aac"]);
    let status = ffmpeg.arg(&path).stdin(Stdio::null()).status();
    assert!(status.is_ok_and(|status| status.success()), "no ffmpeg: run scripts/install-packages.sh");
    std::fs::read(path).expect("movie")
}

/// All files below a folder, relative, sorted.
pub fn files(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(path),
                _ => found.push(path.strip_prefix(root).expect("below").to_string_lossy().into_owned()),
            }
        }
    }
    found.sort();
    found
}
