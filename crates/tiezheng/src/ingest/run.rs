//! A folder or card, sealed file by file: `tiezheng ingest`, `tiezheng dock` and the station.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use serde::Serialize;
use serde_json::json;
use tiezheng_media::{Examination, FileSource};
use tiezheng_vault::{Digested, Digests};
use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;

use super::store::{self, IngestFile, NewIngest};
use super::{Incoming, Outcome, SMALL, card, enter, gps, offered_again, prepare};
use crate::app::{App, new_id};
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::equipment::{self, store::Origin};
use crate::error::{Problem, Result};
use crate::people::{self, Actor};
use crate::recordings::{self, Described};

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

/// One file of the card, ready to be read. It is opened by handle below `root`, never through a link.
#[derive(Clone)]
struct Task {
    root: Arc<PathBuf>,
    entry: card::Entry,
    incoming: Incoming,
}

impl Task {
    fn bytes(&self) -> u64 {
        self.entry.bytes
    }

    fn open(&self) -> Result<File> {
        card::open(&self.root, &self.entry).map_err(|error| gone(&self.entry.path, error))
    }

    /// Only to erase it, after its inode was compared with the file that was read.
    fn path(&self) -> PathBuf {
        use std::os::unix::ffi::OsStringExt;
        let raw = self.entry.raw().unwrap_or_default();
        self.root.join(std::ffi::OsString::from_vec(raw))
    }
}

/// How a file looked when it was opened: it must look the same when its last byte was read, and when it is erased.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: (i64, i64),
    inode: u64,
}

impl Stamp {
    fn of(file: &std::fs::Metadata) -> Stamp {
        Stamp { bytes: file.len(), modified: (file.mtime(), file.mtime_nsec()), inode: file.ino() }
    }
}

struct Done {
    task: Task,
    outcome: Result<Outcome>,
    stamp: Option<Stamp>,
}

/// Everything the lanes share.
struct Lanes {
    app: App,
    actor: Actor,
    progress: Arc<Progress>,
    /// Digests being sealed in this very run: two equal files on one card are one recording.
    under_way: Mutex<HashSet<[u8; 32]>>,
    free: Arc<Semaphore>,
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

    let done = seal_all(app, actor, tasks, progress).await;
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

/// What the operator says of all files must be in the register: a slip of the keyboard would leave them to nobody.
async fn known_to(app: &App, request: &Request) -> Result<()> {
    let (device, officer) = (request.device.as_deref(), request.officer.as_deref());
    let found =
        equipment::store::resolve(&mut app.db.read().await?, &request.agency, device, officer, app.now()).await?;
    let unknown = |code: &str, value: &str| {
        Problem::refused(404, code).with("value", value).with("agency", request.agency.as_str())
    };
    match (device, officer) {
        (Some(device), _) if found.device.is_none() => Err(unknown("ingest.unknown_device", device)),
        (_, Some(officer)) if found.officer.is_none() => Err(unknown("ingest.unknown_officer", officer)),
        _ => Ok(()),
    }
}

/// A card is never the installation, lies in it or holds it: its keys would be sealed, and cleared away.
fn not_ourselves(app: &App, root: &Path) -> Result<()> {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (root, data) = (real(root), real(&app.data));
    let staged = root.starts_with(data.join("demo-cards"));
    if !staged && (root.starts_with(&data) || data.starts_with(&root)) {
        return Err(Problem::refused(422, "card.is_installation").with("path", root.display().to_string()));
    }
    Ok(())
}

/// A card as listed and understood.
struct Looked {
    card: card::Card,
    problems: Vec<(String, &'static str)>,
    drift_ms: Option<i64>,
}

/// Reads the listing, understands the names, and the clock marker if a docking device wrote one.
async fn look(app: &App, root: &Path) -> Result<Looked> {
    let (root, own, now) = (root.to_owned(), app.data.join("cards"), app.now());
    blocking(move || {
        let profiles = card::with_own(&own_profiles(&own)?).map_err(|(file, fault)| {
            Problem::refused(422, "card.profile").with("file", file).with("detail", fault.to_string())
        })?;
        let listing = card::list(&root).map_err(|error| {
            let code = if root.is_file() { "card.is_file" } else { "card.unreadable" };
            Problem::refused(404, code).with("path", root.display().to_string()).because(error)
        })?;
        let card = card::read(&profiles, &listing.entries);
        let marker = card.clock_marker.and_then(|at| card::open(&root, &card.items[at].entry).ok());
        let drift_ms = marker.and_then(|file| {
            let mut text = Vec::new();
            file.take(1 << 16).read_to_end(&mut text).ok()?;
            card::drift::from_marker(&text, jiff::tz::Offset::constant(8), now).ok()
        });
        Ok(Looked { card, problems: listing.problems, drift_ms })
    })
    .await
}

/// An agency's own card profiles: `DATA/cards/*.toml`.
fn own_profiles(folder: &Path) -> Result<Vec<(String, String)>> {
    let mut own = Vec::new();
    if folder.is_dir() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "toml") {
                own.push((path.display().to_string(), std::fs::read_to_string(&path)?));
            }
        }
    }
    Ok(own)
}

/// Which device, whose, when: one task a file.
async fn plan(
    app: &App,
    request: &Request,
    agency: &people::store::Agency,
    ingest: Option<&str>,
    looked: &Looked,
) -> Result<Vec<Task>> {
    let (now, items) = (app.now(), &looked.card.items);
    let ids: Vec<String> = items.iter().map(|_| new_id(now)).collect();
    let root = Arc::new(request.root.clone());
    let mut tx = app.db.read().await?;
    let mut tasks = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let codes =
            Codes { device: item.device_code.as_deref(), officer: item.officer_code.as_deref(), any: &item.codes };
        let when = item.name_time_ms.unwrap_or(now);
        let mut origin = resolve(&mut tx, request, &agency.id, &codes, when).await?;
        origin.drift_ms = request.drift_ms.or(looked.drift_ms).or(origin.drift_ms);
        let shown = item.entry.path.clone();
        // A folder's time is when its session began: too coarse to be the file's own.
        let named = item.name_time_ms.filter(|_| item.time_from != Some(card::TimeFrom::Folder));
        let incoming = Incoming {
            id: ids[at].clone(),
            agency: agency.id.clone(),
            profile: agency.profile.clone(),
            ingest: ingest.map(str::to_owned),
            file_name: shown.rsplit('/').next().unwrap_or(&shown).to_owned(),
            source_path: shown,
            raw_name_hex: item.entry.raw_hex.clone(),
            name_time_ms: named,
            sidecar: item.role == card::Role::Sidecar,
            origin,
            key_mark: item.key_mark,
            capture: item.part_of.map(|part| ids[part.first].clone()),
            part_no: item.part_of.map(|part| i64::from(part.no)),
            track: item.sidecars.iter().flat_map(|&beside| read_track(&root, &items[beside].entry)).collect(),
        };
        tasks.push(Task { root: root.clone(), entry: item.entry.clone(), incoming });
    }
    Ok(tasks)
}

/// What a name says about whose recording it is. `any`: codes of which the name does not tell what they stand for.
struct Codes<'a> {
    device: Option<&'a str>,
    officer: Option<&'a str>,
    any: &'a [String],
}

/// The registry decides: first what the name says outright, then every other code, then what the operator gave.
async fn resolve(tx: &mut Tx, request: &Request, agency: &str, codes: &Codes<'_>, when: i64) -> Result<Origin> {
    let find = equipment::store::resolve;
    let mut found = find(tx, agency, codes.device, codes.officer, when).await?;
    for code in codes.any.iter().take(8) {
        if found.device.is_none() {
            let device = find(tx, agency, Some(code), None, when).await?;
            if device.device.is_some() {
                found = Origin { officer: found.officer.clone().or(device.officer.clone()), ..device };
                continue;
            }
        }
        if codes.officer.is_none() {
            let officer = find(tx, agency, None, Some(code), when).await?;
            if officer.officer.is_some() {
                found.officer = officer.officer;
                found.unit = officer.unit.or(found.unit);
            }
        }
    }
    if found.device.is_none() && found.officer.is_none() {
        found = find(tx, agency, request.device.as_deref(), request.officer.as_deref(), when).await?;
    }
    Ok(found)
}

/// GPS points beside a recording. A broken track loses the map, never the recording.
fn read_track(root: &Path, entry: &card::Entry) -> Vec<gps::Point> {
    const SIDECAR_MOST: u64 = 32 << 20;
    let mut text = Vec::new();
    match card::open(root, entry).and_then(|file| file.take(SIDECAR_MOST).read_to_end(&mut text)) {
        Ok(_) => gps::parse(&text, jiff::tz::Offset::constant(8)).points,
        Err(_) => Vec::new(),
    }
}

/// Big files each in a lane of their own, small ones packed together; as many lanes as processors, at least two.
///
/// Files whose twin is being sealed in another lane come a second time, when the twin is a known recording.
async fn seal_all(app: &App, actor: &Actor, tasks: Vec<Task>, progress: Arc<Progress>) -> Vec<Done> {
    let first = seal_once(app, actor, tasks, progress.clone()).await;
    let is_twin = |done: &Done| done.outcome.as_ref().is_err_and(|problem| problem.code == "ingest.twin_under_way");
    let (twins, mut done): (Vec<Done>, Vec<Done>) = first.into_iter().partition(is_twin);
    let twins = twins.into_iter().map(|done| done.task).collect::<Vec<_>>();
    if !twins.is_empty() {
        done.extend(seal_once(app, actor, twins, progress).await);
    }
    done
}

async fn seal_once(app: &App, actor: &Actor, tasks: Vec<Task>, progress: Arc<Progress>) -> Vec<Done> {
    let lanes = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
    let shared = Arc::new(Lanes {
        app: app.clone(),
        actor: actor.clone(),
        progress,
        under_way: Mutex::default(),
        free: Arc::new(Semaphore::new(lanes)),
    });
    let (small, big): (Vec<Task>, Vec<Task>) = tasks.into_iter().partition(|task| task.bytes() < SMALL);
    let mut running = JoinSet::new();
    for task in big {
        let lanes = shared.clone();
        running.spawn(async move {
            let _lane = lanes.free.clone().acquire_owned().await;
            vec![seal_big(&lanes, task).await]
        });
    }
    for pack in packs(small) {
        let lanes = shared.clone();
        running.spawn(async move {
            let _lane = lanes.free.clone().acquire_owned().await;
            seal_pack(&lanes, pack).await
        });
    }
    let mut done = Vec::new();
    while let Some(finished) = running.join_next().await {
        match finished {
            Ok(some) => done.extend(some),
            // A lane that panicked has sealed nothing that is not in the catalogue; its files are simply not reported.
            Err(error) => tracing::error!(%error, "a lane stopped"),
        }
        app.events.notify_one();
    }
    done
}

/// Groups of about 48 MiB, so that a pack fills one segment.
fn packs(small: Vec<Task>) -> Vec<Vec<Task>> {
    const PACK_BYTES: u64 = 48 << 20;
    const PACK_FILES: usize = 1024;
    let mut packs: Vec<Vec<Task>> = Vec::new();
    let mut bytes = u64::MAX;
    for task in small {
        if bytes.saturating_add(task.bytes()) > PACK_BYTES || packs.last().is_none_or(|pack| pack.len() >= PACK_FILES) {
            packs.push(Vec::new());
            bytes = 0;
        }
        bytes += task.bytes();
        if let Some(pack) = packs.last_mut() {
            pack.push(task);
        }
    }
    packs
}

async fn seal_big(lanes: &Lanes, task: Task) -> Done {
    let mut stamp = None;
    let outcome = seal_stream(lanes, &task, &mut stamp).await;
    lanes.progress.done_files.fetch_add(1, Ordering::Relaxed);
    Done { task, outcome, stamp }
}

async fn seal_stream(lanes: &Lanes, task: &Task, stamp: &mut Option<Stamp>) -> Result<Outcome> {
    let app = &lanes.app;
    let (before, examined) = blocking({
        let task = task.clone();
        move || {
            let file = task.open()?;
            let before = stamp_of(&task, &file)?;
            let mut source = FileSource::new(file).map_err(|error| gone(&task.entry.path, error))?;
            Ok((before, tiezheng_media::examine(&mut source)))
        }
    })
    .await?;
    if let Some(known) = known_already(lanes, task).await? {
        *stamp = Some(before);
        lanes.progress.done_bytes.fetch_add(task.bytes(), Ordering::Relaxed);
        return offered_again(app, &lanes.actor, &task.incoming.agency, &known, &task.incoming.source_path).await;
    }
    let mut writer = app.vault.start().await?;
    let (send, mut receive) = tokio::sync::mpsc::channel::<std::io::Result<Bytes>>(4);
    let file = task.open()?;
    let reader = tokio::task::spawn_blocking(move || read_blocks(file, &send));
    while let Some(block) = receive.recv().await {
        let block = match block {
            Ok(block) => block,
            Err(error) => {
                writer.abandon().await;
                return Err(gone(&task.entry.path, error));
            }
        };
        lanes.progress.done_bytes.fetch_add(block.len() as u64, Ordering::Relaxed);
        writer.write(block).await?;
    }
    reader.await.map_err(|error| Problem::internal(error.to_string()))?;
    let (digests, pending) = writer.digest().await?;
    let received_ms = app.now();
    if let Err(problem) = unchanged(task, before, digests.size).await {
        pending.abandon().await;
        return Err(problem);
    }
    *stamp = Some(before);
    if let Some(known) = claim(lanes, &task.incoming.agency, &digests.sha256).await? {
        pending.abandon().await;
        return offered_again(app, &lanes.actor, &task.incoming.agency, &known, &task.incoming.source_path).await;
    }
    let (mut recording, event) = prepare(&lanes.actor, &task.incoming, &examined, &digests, received_ms)?;
    let described = Described::of(&recording, &event, &task.incoming)?;
    let sealed = pending.seal(move |_| described).await?;
    recording.place = sealed.place;
    let mut tx = app.db.begin().await?;
    let entered = enter(app, &mut tx, &task.incoming, &examined, &recording, &event).await;
    match entered {
        Ok(()) => {
            tx.commit().await?;
            Ok(Outcome::Sealed { recording: recording.id })
        }
        // Somebody else sealed the same bytes meanwhile: theirs counts, ours was never promised to anybody.
        Err(problem) if problem.code == "database.duplicate" => {
            drop(tx);
            let mut tx = app.db.read().await?;
            let known = recordings::store::same_bytes(&mut tx, &recording.agency, &recording.sha256).await?;
            let known = known.ok_or(problem)?;
            drop(tx);
            app.vault.remove_unclaimed(&recording.place).await?;
            offered_again(app, &lanes.actor, &recording.agency, &known, &recording.source_path).await
        }
        Err(problem) => Err(problem),
    }
}

/// `Some(id)`: these bytes are in the vault. `None`: they are ours to seal, and no other lane of this run will.
async fn claim(lanes: &Lanes, agency: &str, sha256: &[u8; 32]) -> Result<Option<String>> {
    let known = recordings::store::same_bytes(&mut lanes.app.db.read().await?, agency, sha256).await?;
    if known.is_none() && !lanes.under_way.lock().await.insert(*sha256) {
        // An equal file is being sealed in another lane: it is refused now and found as a duplicate in the next run.
        return Err(Problem::refused(409, "ingest.twin_under_way"));
    }
    Ok(known)
}

/// A file that was sealed before under this name and size is only hashed, not sealed again and thrown away.
async fn known_already(lanes: &Lanes, task: &Task) -> Result<Option<String>> {
    let (agency, path) = (&task.incoming.agency, &task.incoming.source_path);
    let task_agency = agency.clone();
    let mut tx = lanes.app.db.read().await?;
    if !store::sealed_before(&mut tx, agency, path, task.bytes()).await? {
        return Ok(None);
    }
    drop(tx);
    let task = task.clone();
    let digest = blocking(move || hash_file(task.open()?).map_err(|error| gone(&task.entry.path, error))).await?;
    recordings::store::same_bytes(&mut lanes.app.db.read().await?, &task_agency, &digest).await
}

async fn seal_pack(lanes: &Lanes, tasks: Vec<Task>) -> Vec<Done> {
    let mut done = Vec::new();
    let mut packed = Vec::new();
    let mut packer = lanes.app.vault.packer();
    // The next file is read and digested while the catalogue is asked about one.
    let mut read = stream::iter(tasks).map(|task| read_ahead(lanes.app.clone(), task)).buffered(2);
    while let Some((task, small)) = read.next().await {
        match pack_one(lanes, &mut packer, &task, small).await {
            Ok(Packed::New(part)) => packed.push((task, part)),
            Ok(Packed::Known(outcome, stamp)) => done.push(Done { task, outcome: Ok(outcome), stamp: Some(stamp) }),
            Err(problem) => done.push(Done { task, outcome: Err(problem), stamp: None }),
        }
        lanes.progress.done_files.fetch_add(1, Ordering::Relaxed);
    }
    if packed.is_empty() {
        return done;
    }
    match packer.flush().await {
        Ok(sealed) => {
            for ((_, part), sealed) in packed.iter_mut().zip(sealed) {
                part.recording.place = sealed.place;
            }
            done.extend(enter_pack(lanes, packed).await);
        }
        Err(error) => {
            let problem = Problem::from(error);
            done.extend(packed.into_iter().map(|(task, _)| Done { task, outcome: Err(problem.clone()), stamp: None }));
        }
    }
    done
}

struct Part {
    recording: recordings::Recording,
    event: audit::Event,
    examined: Examination,
    stamp: Stamp,
}

enum Packed {
    New(Box<Part>),
    Known(Outcome, Stamp),
}

/// A small file, read once: everything that is known of it before the catalogue is asked.
struct Small {
    digested: Digested,
    stamp: Stamp,
    examined: Examination,
    received_ms: i64,
}

/// One trip to a blocking thread for each file.
async fn read_ahead(app: App, task: Task) -> (Task, Result<Small>) {
    let reading = task.clone();
    let small = blocking(move || {
        let (bytes, stamp, examined) = read_small(&reading)?;
        let received_ms = app.now();
        Ok(Small { digested: app.vault.digested(bytes.into())?, stamp, examined, received_ms })
    });
    (task, small.await)
}

async fn pack_one(
    lanes: &Lanes,
    packer: &mut tiezheng_vault::Packer,
    task: &Task,
    small: Result<Small>,
) -> Result<Packed> {
    let Small { digested, stamp, examined, received_ms } = small?;
    lanes.progress.done_bytes.fetch_add(digested.digests.size, Ordering::Relaxed);
    let agency = &task.incoming.agency;
    if let Some(known) = claim(lanes, agency, &digested.digests.sha256).await? {
        let path = &task.incoming.source_path;
        return Ok(Packed::Known(offered_again(&lanes.app, &lanes.actor, agency, &known, path).await?, stamp));
    }
    let mut made = None;
    let mut describe = |digests: &Digests| -> Result<Vec<u8>> {
        let (recording, event) = prepare(&lanes.actor, &task.incoming, &examined, digests, received_ms)?;
        let described = Described::of(&recording, &event, &task.incoming)?;
        made = Some((recording, event));
        Ok(described)
    };
    packer.add_digested(digested, |digests| describe(digests).unwrap_or_default())?;
    let (recording, event) = made.ok_or_else(|| Problem::internal("a recording could not be described"))?;
    Ok(Packed::New(Box::new(Part { recording, event, examined, stamp })))
}

/// The whole pack in one transaction; if a single file spoils it, one by one.
async fn enter_pack(lanes: &Lanes, packed: Vec<(Task, Box<Part>)>) -> Vec<Done> {
    let app = &lanes.app;
    let together = async {
        let mut tx = app.db.begin().await?;
        for (task, part) in &packed {
            enter(app, &mut tx, &task.incoming, &part.examined, &part.recording, &part.event).await?;
        }
        tx.commit().await
    }
    .await;
    let mut done = Vec::new();
    for (task, part) in packed {
        let outcome = match &together {
            Ok(()) => Ok(Outcome::Sealed { recording: part.recording.id.clone() }),
            Err(_) => enter_alone(lanes, &task, &part).await,
        };
        done.push(Done { task, outcome, stamp: Some(part.stamp) });
    }
    done
}

async fn enter_alone(lanes: &Lanes, task: &Task, part: &Part) -> Result<Outcome> {
    let app = &lanes.app;
    let mut tx = app.db.begin().await?;
    match enter(app, &mut tx, &task.incoming, &part.examined, &part.recording, &part.event).await {
        Ok(()) => {
            tx.commit().await?;
            Ok(Outcome::Sealed { recording: part.recording.id.clone() })
        }
        Err(problem) if problem.code == "database.duplicate" => {
            drop(tx);
            let (agency, sha256) = (&part.recording.agency, &part.recording.sha256);
            let known = recordings::store::same_bytes(&mut app.db.read().await?, agency, sha256).await?;
            let known = known.ok_or(problem)?;
            offered_again(app, &lanes.actor, agency, &known, &task.incoming.source_path).await
        }
        Err(problem) => Err(problem),
    }
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

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal(error.to_string()))?
}

fn gone(path: &str, error: std::io::Error) -> Problem {
    Problem::refused(422, "ingest.file_unreadable").with("path", path).with("detail", error.to_string())
}

fn stamp_of(task: &Task, file: &File) -> Result<Stamp> {
    file.metadata().map(|found| Stamp::of(&found)).map_err(|error| gone(&task.entry.path, error))
}

fn read_blocks(mut file: File, send: &tokio::sync::mpsc::Sender<std::io::Result<Bytes>>) {
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

fn hash_file(mut file: File) -> std::io::Result<[u8; 32]> {
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

fn read_small(task: &Task) -> Result<(Vec<u8>, Stamp, Examination)> {
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
async fn unchanged(task: &Task, before: Stamp, read: u64) -> Result<()> {
    let task = task.clone();
    blocking(move || {
        let now = stamp_of(&task, &task.open()?)?;
        if now == before && read == before.bytes { Ok(()) } else { Err(changed(&task)) }
    })
    .await
}
