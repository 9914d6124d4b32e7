//! Sealing the files of a card side by side: big ones each in a lane of their own, small ones packed together.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tiezheng_media::{Examination, FileSource};
use tiezheng_vault::{Digested, Digests};
use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;

use super::Progress;
use super::file::{Stamp, Task, blocking, gone, hash_file, read_blocks, read_small, stamp_of, unchanged};
use crate::app::App;
use crate::audit;
use crate::error::{Problem, Result};
use crate::ingest::remains::Note;
use crate::ingest::tell;
use crate::ingest::{Outcome, SMALL, enter, prepare, store};
use crate::people::Actor;
use crate::recordings::{self, Described};

pub(super) struct Done {
    pub task: Task,
    pub outcome: Result<Outcome>,
    pub stamp: Option<Stamp>,
}

/// Everything the lanes share.
struct Lanes {
    app: App,
    actor: Actor,
    progress: Arc<Progress>,
    /// Where segments are noted before they are written.
    note: Arc<Note>,
    /// Digests being sealed in this very run: two equal files on one card are one recording.
    under_way: Mutex<HashSet<[u8; 32]>>,
    free: Arc<Semaphore>,
}

/// Big files each in a lane of their own, small ones packed together; as many lanes as processors, at least two.
///
/// Files whose twin is being sealed in another lane come a second time, when the twin is a known recording.
pub(super) async fn seal_all(
    app: &App,
    actor: &Actor,
    tasks: Vec<Task>,
    progress: Arc<Progress>,
    note: Arc<Note>,
) -> Vec<Done> {
    let first = seal_once(app, actor, tasks, progress.clone(), note.clone()).await;
    let is_twin = |done: &Done| done.outcome.as_ref().is_err_and(|problem| problem.code == "ingest.twin_under_way");
    let (twins, mut done): (Vec<Done>, Vec<Done>) = first.into_iter().partition(is_twin);
    let twins = twins.into_iter().map(|done| done.task).collect::<Vec<_>>();
    if !twins.is_empty() {
        done.extend(seal_once(app, actor, twins, progress, note).await);
    }
    done
}

async fn seal_once(app: &App, actor: &Actor, tasks: Vec<Task>, progress: Arc<Progress>, note: Arc<Note>) -> Vec<Done> {
    let lanes = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
    let shared = Arc::new(Lanes {
        app: app.clone(),
        actor: actor.clone(),
        progress,
        note,
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
        return Ok(Outcome::Duplicate { recording: known });
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
        return Ok(Outcome::Duplicate { recording: known });
    }
    let (mut recording, event) = prepare(&lanes.actor, &task.incoming, &examined, &digests, received_ms)?;
    let described = Described::of(&recording, &event, &task.incoming)?;
    lanes.note.add(pending.segment())?;
    let sealed = pending.seal(move |_| described).await?;
    recording.place = sealed.place;
    let mut tx = app.db.begin().await?;
    let entered = enter(app, &mut tx, &task.incoming, &examined, &recording, &event).await;
    match entered {
        Ok(()) => {
            tell(&mut tx, &lanes.actor, app.now(), &recording.agency, 1).await?;
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
            Ok(Outcome::Duplicate { recording: known })
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
    let flushed = match lanes.note.add(packer.segment()) {
        Ok(()) => packer.flush().await.map_err(Problem::from),
        Err(error) => Err(Problem::from(error)),
    };
    match flushed {
        Ok(sealed) => {
            for ((_, part), sealed) in packed.iter_mut().zip(sealed) {
                part.recording.place = sealed.place;
            }
            done.extend(enter_pack(lanes, packed).await);
        }
        Err(problem) => {
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
        return Ok(Packed::Known(Outcome::Duplicate { recording: known }, stamp));
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
        let agency = packed.first().map_or("", |(_, part)| &part.recording.agency);
        tell(&mut tx, &lanes.actor, app.now(), agency, packed.len()).await?;
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
            tell(&mut tx, &lanes.actor, app.now(), &part.recording.agency, 1).await?;
            tx.commit().await?;
            Ok(Outcome::Sealed { recording: part.recording.id.clone() })
        }
        Err(problem) if problem.code == "database.duplicate" => {
            drop(tx);
            let (agency, sha256) = (&part.recording.agency, &part.recording.sha256);
            let known = recordings::store::same_bytes(&mut app.db.read().await?, agency, sha256).await?;
            let known = known.ok_or(problem)?;
            Ok(Outcome::Duplicate { recording: known })
        }
        Err(problem) => Err(problem),
    }
}
