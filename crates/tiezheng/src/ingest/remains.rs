//! 残留: what a run that was cut off between the vault and the catalogue left in the vault.
//!
//! A run notes durably where it is about to put objects (`DATA/staging/<run>.segments`), and holds a lock on that note as
//! long as it lives. The next run takes up the notes that nobody holds: segments of which no recording knows were never
//! promised to anybody, and are removed before the same files are sealed again.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde_json::json;
use uuid::Uuid;

use super::store;
use crate::app::App;
use crate::audit::{self, Act};
use crate::error::Result;
use crate::people::Actor;

const ENDING: &str = ".segments";

/// The note of a run under way.
pub struct Note {
    file: File,
    path: PathBuf,
}

impl Note {
    pub fn begin(app: &App, run: &str) -> io::Result<Note> {
        let path = app.staging().join(format!("{run}{ENDING}"));
        let file = File::options().append(true).create_new(true).mode(0o600).open(&path)?;
        flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        File::open(app.staging())?.sync_all()?;
        Ok(Note { file, path })
    }

    /// Before the segment is written. One line, one write: lanes that note side by side do not mix.
    pub fn add(&self, segment: Uuid) -> io::Result<()> {
        (&self.file).write_all(format!("{segment}\n").as_bytes())?;
        self.file.sync_data()
    }

    /// Everything that was sealed is in the catalogue. Crash before here: the next run finds a note of which nothing is
    /// left to do.
    pub fn end(self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Removes what runs left that were cut off on this machine. Those under way, here or in another process, hold their note.
pub async fn remove(app: &App, actor: &Actor) -> Result<()> {
    for entry in std::fs::read_dir(app.staging())? {
        let path = entry?.path();
        let run = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(ENDING));
        let Some(run) = run.map(str::to_owned) else { continue };
        let Some((_held, text)) = taken_up(&path) else { continue };
        let mut removed = Vec::new();
        // Half a line is one of which nothing was sealed yet.
        for segment in text.lines().filter_map(|line| Uuid::try_parse(line).ok()) {
            let name = segment.to_string();
            if !store::holds(&mut app.db.read().await?, &name).await? {
                app.vault.remove_unclaimed_segment(segment).await?;
                removed.push(name);
            }
        }
        if !removed.is_empty() {
            tracing::info!(run, segments = removed.len(), "what a run that was cut off left is removed");
            let mut tx = app.db.begin().await?;
            let detail = json!({"segments": removed});
            audit::record(&mut tx, actor, app.now(), Act::RemainsRemoved, None, Some(&run), detail).await?;
            tx.commit().await?;
        }
        // Crash before here: the same again, with nothing left to remove.
        std::fs::remove_file(&path)?;
    }
    Ok(())
}

/// The note of a run that has ended, and its lock. `None`: the run lives, or another one has taken it up.
fn taken_up(path: &Path) -> Option<(File, String)> {
    let file = File::open(path).ok()?;
    flock(&file, FlockOperation::NonBlockingLockExclusive).ok()?;
    let text = std::fs::read_to_string(path).ok()?;
    Some((file, text))
}
