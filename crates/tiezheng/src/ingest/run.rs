//! A folder or card, sealed file by file: `tiezheng ingest`, `tiezheng dock` and the station.

mod file;
mod lanes;
mod plan;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;
use serde_json::json;

use self::file::{Stamp, Task};
use self::lanes::{Done, seal_all};
use self::plan::{Looked, known_to, look, not_ourselves, plan};
use super::store::{self, IngestFile, NewIngest};
use super::{Outcome, card, remains};
use crate::app::{App, new_id};
use crate::audit::{self, Act};
use crate::equipment;
use crate::error::{Problem, Result};
use crate::people::{self, Actor};
use crate::recordings;

pub struct Request {
    pub agency: String,
    pub root: PathBuf,
    /// Erase a file from the card once its receipt can be given.
    pub clear: bool,
    pub dry_run: bool,
    /// card, command
    pub source: &'static str,
    /// Device clock minus station clock, if a person or the station measured it.
    pub drift_ms: Option<i64>,
    /// Device and officer for files whose names say nothing.
    pub device: Option<String>,
    pub officer: Option<String>,
}

/// What a run did, file by file. `--json` prints exactly this.
#[derive(Serialize)]
pub struct Report {
    pub ingest: Option<String>,
    pub profile: Option<String>,
    pub sealed: u64,
    pub duplicates: u64,
    pub failed: u64,
    pub ignored: u64,
    pub cleared: u64,
    pub bytes: u64,
    pub log_size: Option<u64>,
    pub files: Vec<FileReport>,
}

#[derive(Serialize, Clone)]
pub struct FileReport {
    pub path: String,
    pub bytes: u64,
    /// sealed, duplicate, failed, ignored, would_seal
    pub state: String,
    pub cleared: bool,
    pub recording: Option<String>,
    pub sha256: Option<String>,
    pub sm3: Option<String>,
    pub log_index: Option<u64>,
    pub device: Option<String>,
    pub officer: Option<String>,
    pub began_ms: Option<i64>,
    pub problem: Option<serde_json::Value>,
}

/// Shared with whoever draws a progress bar.
#[derive(Default)]
pub struct Progress {
    pub total_bytes: AtomicU64,
    pub done_bytes: AtomicU64,
    pub total_files: AtomicU64,
    pub done_files: AtomicU64,
}

pub async fn run(app: &App, actor: &Actor, request: &Request, progress: Arc<Progress>) -> Result<Report> {
    let agency = people::store::agencies(&mut app.db.read().await?, Some(&request.agency)).await?.pop();
    let agency =
        agency.ok_or_else(|| Problem::refused(404, "agency.unknown").with("agency", request.agency.as_str()))?;
    not_ourselves(app, &request.root)?;
    known_to(app, request).await?;
    let looked = look(app, &request.root).await?;
    let ingest = (!request.dry_run).then(|| new_id(app.now()));
    let tasks = plan(app, request, &agency, ingest.as_deref(), &looked).await?;
    progress.total_files.store(tasks.len() as u64, Ordering::Relaxed);
    progress.total_bytes.store(tasks.iter().map(Task::bytes).sum(), Ordering::Relaxed);
    let mut files = passed_over(&looked);
    let Some(ingest) = ingest else {
        files.extend(tasks.iter().map(|task| report_of(task, "would_seal")));
        return Ok(sum(None, looked.card.profile, files, None));
    };
    remains::remove(app, actor).await?;
    let note = Arc::new(remains::Note::begin(app, &ingest)?);
    let drift_ms = request.drift_ms.or(looked.drift_ms);
    let mut tx = app.db.begin().await?;
    let station = request.root.display().to_string();
    store::begin(
        &mut tx,
        &NewIngest {
            id: &ingest,
            agency: &agency.id,
            account: actor.account.as_deref(),
            source: request.source,
            station: Some(&station),
            began_ms: app.now(),
        },
    )
    .await?;
    let devices: HashSet<String> = tasks.iter().filter_map(|task| task.incoming.origin.device.clone()).collect();
    for device in &devices {
        equipment::store::note_docked(&mut tx, device, app.now(), drift_ms).await?;
        let detail = json!({"ingest": ingest, "drift_ms": drift_ms, "station": station});
        audit::record(&mut tx, actor, app.now(), Act::DeviceDocked, Some(&agency.id), Some(device), detail).await?;
    }
    tx.commit().await?;

    let done = seal_all(app, actor, tasks, progress, note.clone()).await;
    if let Some(note) = Arc::into_inner(note) {
        note.end();
    }
    note_offered_again(app, actor, &agency.id, &ingest, &done).await?;
    let checkpoint = audit::sequence(app).await?;
    let mut stamps = HashMap::new();
    for one in done {
        let mut file = report_of(&one.task, "failed");
        match one.outcome {
            Ok(outcome) => {
                file.recording = Some(outcome.recording().to_owned());
                file.state = if matches!(outcome, Outcome::Sealed { .. }) { "sealed" } else { "duplicate" }.into();
                if let Some(stamp) = one.stamp {
                    stamps.insert(file.path.clone(), (one.task.path(), stamp));
                }
            }
            Err(problem) => file.problem = Some(json!({"code": problem.code, "params": problem.params})),
        }
        files.push(file);
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    finish(app, &ingest, &mut files).await?;
    if request.clear {
        clear(app, actor, &agency.id, &ingest, &mut files, &stamps).await?;
    }
    let report = sum(Some(ingest.clone()), looked.card.profile, files, checkpoint.map(|checkpoint| checkpoint.size));
    let mut tx = app.db.begin().await?;
    for file in &report.files {
        store::put_file(&mut tx, &ingest, &row_of(file)).await?;
    }
    store::end(&mut tx, &ingest, app.now(), if report.failed > 0 { "failed" } else { "done" }).await?;
    tx.commit().await?;
    audit::sequence(app).await?;
    Ok(report)
}

/// Of the files offered again, most that are listed in their event; more are told by number and digest only.
const LISTED_BYTES_MOST: usize = 512 << 10;

/// Notes once for the whole run which bytes were in the vault already: a card that is docked every day would else write
/// thousands of lines a day. The digest is SHA-256 over the lines `RECORDING PATH`, in the order of the paths.
async fn note_offered_again(app: &App, actor: &Actor, agency: &str, ingest: &str, done: &[Done]) -> Result<()> {
    let mut again: Vec<(&str, &str)> = Vec::new();
    for one in done {
        if let Ok(Outcome::Duplicate { recording }) = &one.outcome {
            again.push((&one.task.incoming.source_path, recording));
        }
    }
    if again.is_empty() {
        return Ok(());
    }
    again.sort_unstable();
    let lines: String = again.iter().map(|(path, recording)| format!("{recording} {path}\n")).collect();
    let listed = lines.len() <= LISTED_BYTES_MOST;
    let files =
        listed.then(|| again.iter().map(|(path, id)| json!({"path": path, "recording": id})).collect::<Vec<_>>());
    let digest = hex::encode(crate::app::sha256(lines.as_bytes()));
    let detail = json!({"count": again.len(), "sha256": digest, "files": files});
    let mut tx = app.db.begin().await?;
    audit::record(&mut tx, actor, app.now(), Act::CardOfferedAgain, Some(agency), Some(ingest), detail).await?;
    tx.commit().await
}

/// Adds digests and log indices to what was sealed.
async fn finish(app: &App, ingest: &str, files: &mut [FileReport]) -> Result<()> {
    let mut tx = app.db.read().await?;
    for file in files.iter_mut() {
        let Some(id) = &file.recording else { continue };
        let recording = recordings::store::evidence(&mut tx, id).await?;
        file.sha256 = Some(hex::encode(recording.sha256));
        file.sm3 = Some(hex::encode(recording.sm3));
        file.began_ms = recording.began_ms();
        let event = audit::store::by_id(&mut tx, &recording.event).await?;
        file.log_index = event.and_then(|event| event.log_index).map(i64::unsigned_abs);
    }
    tracing::debug!(ingest, files = files.len(), "sealed");
    Ok(())
}

/// 清除: erases what has a receipt, and only while it is still the file that was read (MGT-08).
async fn clear(
    app: &App,
    actor: &Actor,
    agency: &str,
    ingest: &str,
    files: &mut [FileReport],
    stamps: &HashMap<String, (PathBuf, Stamp)>,
) -> Result<()> {
    let size = app.vault.log().checkpoint().await?.map_or(0, |checkpoint| checkpoint.size);
    let mut cleared = Vec::new();
    for file in files.iter_mut() {
        let (Some(index), Some((path, stamp))) = (file.log_index, stamps.get(&file.path)) else { continue };
        if index >= size {
            continue;
        }
        let same = std::fs::symlink_metadata(path).is_ok_and(|now| Stamp::of(&now) == *stamp);
        if !same {
            file.problem = Some(json!({"code": "ingest.file_changed", "params": {"path": file.path}}));
            continue;
        }
        match std::fs::remove_file(path) {
            Ok(()) => {
                file.cleared = true;
                cleared.push(json!({"path": file.path, "recording": file.recording, "log_index": index}));
            }
            Err(error) => {
                file.problem = Some(json!({"code": "card.not_cleared", "params": {"detail": error.to_string()}}))
            }
        }
    }
    if !cleared.is_empty() {
        let mut tx = app.db.begin().await?;
        // An event of the log is bounded: a card of ten thousand photos takes several.
        for some in cleared.chunks(1_000) {
            let detail = json!({"files": some});
            audit::record(&mut tx, actor, app.now(), Act::CardCleared, Some(agency), Some(ingest), detail).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

fn sum(ingest: Option<String>, profile: Option<String>, files: Vec<FileReport>, log_size: Option<u64>) -> Report {
    let count = |state: &str| files.iter().filter(|file| file.state == state).count() as u64;
    Report {
        ingest,
        profile,
        sealed: count("sealed"),
        duplicates: count("duplicate"),
        failed: count("failed"),
        ignored: count("ignored"),
        cleared: files.iter().filter(|file| file.cleared).count() as u64,
        bytes: files.iter().filter(|file| file.state == "sealed").map(|file| file.bytes).sum(),
        log_size,
        files,
    }
}

fn report_of(task: &Task, state: &str) -> FileReport {
    FileReport {
        path: task.incoming.source_path.clone(),
        bytes: task.bytes(),
        state: state.into(),
        cleared: false,
        recording: None,
        sha256: None,
        sm3: None,
        log_index: None,
        device: task.incoming.origin.device.clone(),
        officer: task.incoming.origin.officer.clone(),
        began_ms: task.incoming.name_time_ms,
        problem: None,
    }
}

/// Everything on the card that is not sealed, each with its reason.
fn passed_over(looked: &Looked) -> Vec<FileReport> {
    let ignored = looked.card.ignored.iter().map(|(path, reason)| (path, reason.as_str(), "ignored"));
    let refused = looked.card.refused.iter().chain(&looked.problems).map(|(path, code)| (path, *code, "failed"));
    let report = |(path, code, state): (&String, &str, &str)| FileReport {
        path: card::shown(path),
        bytes: 0,
        state: state.into(),
        cleared: false,
        recording: None,
        sha256: None,
        sm3: None,
        log_index: None,
        device: None,
        officer: None,
        began_ms: None,
        problem: Some(json!({"code": code, "params": {"path": path}})),
    };
    ignored.chain(refused).map(report).collect()
}

fn row_of(file: &FileReport) -> IngestFile {
    let problem = file.problem.as_ref();
    IngestFile {
        path: file.path.clone(),
        bytes: i64::try_from(file.bytes).unwrap_or(i64::MAX),
        state: if file.cleared { "cleared".into() } else { file.state.clone() },
        recording_id: file.recording.clone(),
        code: problem.and_then(|problem| problem["code"].as_str()).map(str::to_owned),
        params: problem.map(|problem| problem["params"].clone()),
    }
}
