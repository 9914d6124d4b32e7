//! 备份与恢复 of the embedded pair (SQLite and a folder), while the server runs.
//!
//! Order: with the sequencer held still, log and database are copied, so that both tell of the same leaves; then the
//! sealed segments, which are write-once: what came in meanwhile is extra, never missing. Repeating a backup copies
//! only what is new. Nothing sealed is ever removed from a backup by a backup.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::json;
use tiezheng_vault::Keys;
use tiezheng_vault::note::{CheckpointText, Note};
use tiezheng_vault::verify::Depth;

use super::{put, store, sync, walk};
use crate::app::{App, Clock, Config, Overrides};
use crate::audit::{self, Act};
use crate::db::Db;
use crate::error::{Problem, Result};
use crate::people::Actor;
use crate::supervision::verify::{self, Report};

const FORMAT: &str = "tiezheng-backup/1";
/// Written last: a folder without it is no backup.
const MARKER: &str = "tiezheng-backup.json";
/// Written first: whose backup this is going to be.
const OWNER: &str = ".backup-of";
/// In a folder being restored into; removed last.
const RESTORING: &str = ".restoring";

/// What a backup says of itself.
#[derive(Serialize, Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Marker {
    pub format: String,
    pub origin: String,
    pub vkey: String,
    pub at_ms: i64,
    pub log_size: u64,
    pub with_keys: bool,
}

#[derive(Serialize, Debug)]
pub struct Done {
    pub to: PathBuf,
    pub log_size: u64,
    pub with_keys: bool,
    /// Files of the store: copied now, linked now (same disk: no protection against its death), there already.
    pub copied: u64,
    pub linked: u64,
    pub kept: u64,
    pub bytes: u64,
}

/// Copies everything. `keys`: also the key directory; without it a backup opens nothing, and keys are kept apart.
pub async fn backup(app: &App, actor: &Actor, to: &Path, keys: bool) -> Result<Done> {
    if app.db.is_postgres() || app.config.store != "folder" {
        return Err(Problem::refused(422, "backup.not_embedded"));
    }
    claim(app, to)?;
    audit::sequence(app).await?;
    let mut done = Done { to: to.to_owned(), log_size: 0, with_keys: keys, copied: 0, linked: 0, kept: 0, bytes: 0 };
    let source = app.data.join("store");
    {
        let _still = app.exclusive().await?;
        let checkpoint = app.vault.log().checkpoint().await?;
        done.log_size = checkpoint.map_or(0, |checkpoint| checkpoint.size);
        let (from, into) = (source.join("log"), to.join("store/log"));
        done = blocking(move || mirror(&from, &into, done)).await?;
        let fresh = to.join(".tiezheng.db.part");
        remove(&fresh)?;
        store::snapshot(&app.db, &fresh).await?;
        File::open(&fresh)?.sync_all()?;
        fs::rename(&fresh, to.join("tiezheng.db"))?;
        if keys {
            private(&to.join("keys"))?;
            let (from, into) = (app.data.join("keys"), to.join("keys"));
            blocking(move || copy_all(&from, &into)).await?;
        }
    }
    let into = to.join("store");
    done = blocking(move || mirror(&source, &into, done)).await?;
    for name in ["regulations", "cards"] {
        let (from, into) = (app.data.join(name), to.join(name));
        blocking(move || copy_all(&from, &into)).await?;
    }
    for name in ["tiezheng.toml", "witnessed"] {
        if app.data.join(name).is_file() {
            put(&to.join(name), &fs::read(app.data.join(name))?)?;
        }
    }
    let marker = Marker {
        format: FORMAT.into(),
        origin: app.keys.origin().into(),
        vkey: app.keys.log_verifier(),
        at_ms: app.now(),
        log_size: done.log_size,
        with_keys: to.join("keys/log.key").exists(),
    };
    done.with_keys = marker.with_keys;
    rustix::fs::syncfs(File::open(to)?).map_err(std::io::Error::from)?;
    put(&to.join(MARKER), &serde_json::to_vec_pretty(&marker)?)?;
    let mut tx = app.db.begin().await?;
    let detail = json!({"to": to.display().to_string(), "log_size": done.log_size, "with_keys": done.with_keys});
    audit::record(&mut tx, actor, app.now(), Act::BackupMade, None, None, detail).await?;
    tx.commit().await?;
    audit::sequence(app).await?;
    Ok(done)
}

/// An empty folder, or an earlier backup of this installation, outside the data folder.
fn claim(app: &App, to: &Path) -> Result<()> {
    if to.is_file() {
        return Err(Problem::refused(422, "backup.not_a_folder").with("to", to.display().to_string()));
    }
    let foreign = || Problem::refused(409, "backup.foreign_target").with("to", to.display().to_string());
    match read_marker(to) {
        Ok(marker) if marker.vkey == app.keys.log_verifier() => {}
        Ok(_) => return Err(foreign()),
        Err(_) if super::is_empty(to)? => {}
        // A run that was cut off had said whose it is.
        Err(_) if fs::read(to.join(OWNER)).is_ok_and(|owner| owner == app.keys.log_verifier().as_bytes()) => {}
        Err(_) => return Err(foreign()),
    }
    private(to)?;
    put(&to.join(OWNER), app.keys.log_verifier().as_bytes())?;
    let inside = fs::canonicalize(to)?.starts_with(fs::canonicalize(&app.data)?);
    if inside { Err(Problem::refused(422, "backup.inside_data").with("to", to.display().to_string())) } else { Ok(()) }
}

fn read_marker(folder: &Path) -> Result<Marker> {
    let none = || Problem::refused(404, "restore.no_backup").with("from", folder.display().to_string());
    let bytes = fs::read(folder.join(MARKER)).map_err(|error| none().because(error))?;
    let marker: Marker = serde_json::from_slice(&bytes).map_err(|error| none().because(error))?;
    if marker.format == FORMAT { Ok(marker) } else { Err(none()) }
}

/// What the store holds beside finished files: being written, or somebody's lock.
fn passing(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path.starts_with("incoming/") || name.starts_with('.')
}

/// Brings `to` in line with `from`. A file that has been there with this size and time is kept. Within one file system
/// it is linked: the store replaces files and never rewrites them, so a link stays what it was.
fn mirror(from: &Path, to: &Path, mut done: Done) -> Result<Done> {
    walk(from, &mut |path, found| {
        if passing(path) {
            return Ok(());
        }
        let (source, target) = (from.join(path), to.join(path));
        if fs::metadata(&target).is_ok_and(|there| {
            there.len() == found.len() && there.modified().ok() == found.modified().ok() && there.modified().is_ok()
        }) {
            done.kept += 1;
            return Ok(());
        }
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        let part = super::part(&target);
        remove(&part)?;
        match fs::hard_link(&source, &part) {
            Ok(()) => done.linked += 1,
            // Another file system, or one without links. A file that is gone by now was superseded or disposed of.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(_) => {
                copy(&source, &part, found)?;
                done.copied += 1;
                done.bytes += found.len();
            }
        }
        Ok(fs::rename(&part, &target)?)
    })?;
    Ok(done)
}

fn copy(source: &Path, target: &Path, found: &fs::Metadata) -> Result<()> {
    fs::copy(source, target)?;
    let file = File::options().write(true).open(target)?;
    if let Ok(modified) = found.modified() {
        file.set_modified(modified)?;
    }
    Ok(file.sync_all()?)
}

/// A folder with real copies of every file of another; what is not there is no folder.
fn copy_all(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(to)?;
    walk(from, &mut |path, found| {
        if passing(path) {
            return Ok(());
        }
        let target = to.join(path);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        let part = super::part(&target);
        copy(&from.join(path), &part, found)?;
        fs::rename(&part, &target)?;
        sync(target.parent().unwrap_or(to))
    })
}

#[derive(Serialize, Debug)]
pub struct Restored {
    pub data: PathBuf,
    pub backup_at_ms: i64,
    pub log_size: u64,
    /// Entries the keys have signed and the backup does not hold: what happened after it.
    pub lost_entries: u64,
    pub verified: Report,
}

/// Where the keys come from and what may be lost.
pub struct Wanted<'a> {
    pub from: &'a Path,
    pub data: &'a Path,
    /// The key directory kept apart; not needed when the backup holds it.
    pub keys: Option<&'a Path>,
    /// The keys have signed more than the backup holds, and that is accepted and put on record.
    pub accept_loss: bool,
}

/// Makes a new installation out of a backup, then verifies it (depth size).
pub async fn restore(wanted: &Wanted<'_>) -> Result<Restored> {
    let Wanted { from, data, .. } = wanted;
    let marker = read_marker(from)?;
    if Config::path(data).exists() || !super::is_empty(data)? && !data.join(RESTORING).exists() {
        return Err(Problem::refused(409, "restore.target_in_use").with("data", data.display().to_string()));
    }
    let keys = match wanted.keys {
        Some(keys) => keys.to_owned(),
        None if from.join("keys/log.key").exists() => from.join("keys"),
        None => return Err(Problem::refused(422, "restore.no_keys")),
    };
    let opened = Keys::open(&keys)?;
    if opened.log_verifier() != marker.vkey {
        return Err(Problem::refused(422, "restore.other_keys").with("vkey", marker.vkey.as_str()));
    }
    let seen = seen_size(&keys);
    let lost_entries = seen.saturating_sub(marker.log_size);
    if lost_entries > 0 && !wanted.accept_loss {
        return Err(Problem::refused(409, "restore.older_than_keys")
            .with("backup", marker.log_size)
            .with("seen", seen)
            .with("lost", lost_entries));
    }
    private(data)?;
    put(&data.join(RESTORING), b"")?;
    for name in ["store", "regulations", "cards"] {
        let (from, into) = (from.join(name), data.join(name));
        blocking(move || copy_all(&from, &into)).await?;
    }
    private(&data.join("keys"))?;
    copy_all(&keys, &data.join("keys"))?;
    fs::create_dir_all(data.join("staging"))?;
    for name in ["tiezheng.db-wal", "tiezheng.db-shm"] {
        remove(&data.join(name))?;
    }
    for name in ["tiezheng.db", "witnessed"] {
        if from.join(name).is_file() {
            let found = fs::metadata(from.join(name))?;
            copy(&from.join(name), &data.join(name), &found)?;
        }
    }
    if lost_entries > 0 {
        Keys::open(&data.join("keys"))?.forget_seen()?;
    }
    let db = Db::sqlite(&data.join("tiezheng.db")).await?;
    let mut tx = db.begin().await?;
    store::drop_uploads(&mut tx).await?;
    tx.commit().await?;
    db.close().await;
    rustix::fs::syncfs(File::open(data)?).map_err(std::io::Error::from)?;
    // Last: from here on it is an installation.
    put(&Config::path(data), &fs::read(Config::path(from))?)?;
    remove(&data.join(RESTORING))?;
    let app = App::open(data, &Overrides::default(), Clock::default()).await?;
    audit::sequence(&app).await?;
    let verified = verify::installation(&app, Depth::Size, &verify::Options::default()).await?;
    let mut tx = app.db.begin().await?;
    let detail = json!({
        "backup_at_ms": marker.at_ms, "log_size": marker.log_size, "lost_entries": lost_entries,
        "findings": verified.findings.len(),
    });
    audit::record(&mut tx, &Actor::system(), app.now(), Act::BackupRestored, None, None, detail).await?;
    tx.commit().await?;
    audit::sequence(&app).await?;
    let (data, backup_at_ms, log_size) = (wanted.data.to_owned(), marker.at_ms, marker.log_size);
    Ok(Restored { data, backup_at_ms, log_size, lost_entries, verified })
}

/// Entries under the newest checkpoint these keys remember to have signed.
fn seen_size(keys: &Path) -> u64 {
    let size = || {
        let note = Note::parse(&fs::read(keys.join("log.seen")).ok()?).ok()?;
        Some(CheckpointText::parse(&note.text).ok()?.size)
    };
    size().unwrap_or(0)
}

/// A folder nobody but the service account reads.
fn private(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::create_dir_all(folder)?;
    Ok(fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?)
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal(error.to_string()))?
}
