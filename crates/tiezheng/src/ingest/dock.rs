//! `tiezheng dock`: watches for cards being put in and hands each one in as soon as it is mounted.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::run::{Progress, Report, Request, run};
use crate::app::App;
use crate::error::Result;
use crate::people::Actor;

pub struct Watch {
    pub agency: String,
    /// Folders below which cards appear, such as /media.
    pub below: Vec<PathBuf>,
    pub clear: bool,
    /// Stop after the cards that are there now.
    pub once: bool,
}

/// Mount points below the watched folders, and the watched folders' own subfolders where nothing is mounted there
/// (a docking station may present a card as a plain folder).
pub fn cards(mounts: &str, below: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for line in mounts.lines() {
        // mountinfo: id parent major:minor root MOUNT-POINT options …
        let Some(point) = line.split(' ').nth(4).map(unescape) else { continue };
        let point = PathBuf::from(point);
        if below.iter().any(|folder| point.starts_with(folder) && point != *folder) {
            found.push(point);
        }
    }
    found.sort();
    found.dedup();
    found
}

/// mountinfo writes blanks as `\040`.
fn unescape(text: &str) -> String {
    let mut out = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let code = bytes.get(at + 1..at + 4).and_then(|d| std::str::from_utf8(d).ok());
        match code.and_then(|d| u8::from_str_radix(d, 8).ok()) {
            Some(byte) if bytes[at] == b'\\' => {
                out.push(byte);
                at += 4;
            }
            _ => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn present(watch: &Watch) -> Vec<PathBuf> {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let mut found = cards(&mounts, &watch.below);
    for folder in &watch.below {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|e| e.path());
        let plain: Vec<PathBuf> = folders.filter(|path| !found.iter().any(|card| card.starts_with(path))).collect();
        found.extend(plain);
    }
    found.sort();
    found.dedup();
    found
}

/// Calls `tell` for every card handed in. Ends only with `once`, or when the process is told to stop.
pub async fn dock(
    app: &App,
    actor: &Actor,
    watch: &Watch,
    progress: impl Fn(&Path) -> Arc<Progress>,
    mut tell: impl FnMut(&Path, &Result<Report>),
) -> Result<()> {
    let mut seen: HashSet<PathBuf> = HashSet::new();
    loop {
        let now = present(watch);
        // A card that was taken out may come back with new recordings.
        seen.retain(|card| now.contains(card));
        for card in now {
            if !seen.insert(card.clone()) {
                continue;
            }
            let request = Request {
                agency: watch.agency.clone(),
                root: card.clone(),
                clear: watch.clear,
                dry_run: false,
                source: "card",
                drift_ms: None,
                device: None,
                officer: None,
            };
            let done = run(app, actor, &request, progress(&card)).await;
            tell(&card, &done);
        }
        if watch.once {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_mounts_below_the_watched_folders_are_cards() {
        let mounts = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n\
                      40 22 8:17 / /media/user/CAM\\040007 rw - vfat /dev/sdb1 rw\n\
                      41 22 8:33 / /media rw - tmpfs tmpfs rw\n\
                      42 22 8:49 / /mnt/other rw - vfat /dev/sdc1 rw\n\
                      broken line\n";
        assert_eq!(cards(mounts, &[PathBuf::from("/media")]), [PathBuf::from("/media/user/CAM 007")]);
        assert!(cards("", &[PathBuf::from("/media")]).is_empty());
    }
}
