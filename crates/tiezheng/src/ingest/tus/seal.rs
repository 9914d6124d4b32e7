//! A complete upload becomes a recording. Nothing that was received whole is ever refused or thrown away: what goes
//! wrong in here is ours to mend, the bytes stay staged, and it is tried again until it succeeds.

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde_json::{Value, json};
use tiezheng_media::{Examination, Source};
use tokio::sync::Semaphore;

use super::join::{release, sources};
use super::staged::{self, Pieces};
use crate::app::{App, new_id};
use crate::db::Tx;
use crate::equipment::store::{Origin, resolve};
use crate::error::{Problem, Result};
use crate::ingest::store::{self, IngestFile, NewIngest, Upload};
use crate::ingest::{Incoming, Outcome, card, enter, offered_again, prepare, tell};
use crate::people::{self, Actor, Role};
use crate::recordings::{self, Described};

/// Uploads sealed at a time; the others wait their turn, so that a flood of them takes no more memory.
static LANES: LazyLock<Semaphore> = LazyLock::new(|| {
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    Semaphore::new(processors.clamp(2, 8))
});
const PAUSE: Duration = Duration::from_secs(2);
const PAUSE_MOST: Duration = Duration::from_secs(600);
const BLOCK: usize = 1 << 20;
/// Codes of a name that are looked up.
const CODES_MOST: usize = 8;

/// Uploads this process is sealing or about to.
fn under_way() -> MutexGuard<'static, HashSet<String>> {
    static UNDER_WAY: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Seals in the background what has its last byte; the outcome is asked for. Asking twice changes nothing.
pub fn begin_if_complete(app: &App, upload: &Upload) {
    if upload.state == "sealing" && under_way().insert(upload.id.clone()) {
        let (app, id) = (app.clone(), upload.id.clone());
        tokio::spawn(async move {
            // A task of its own, so that a panic in there does not keep the upload from being tried again.
            let inner = (app.clone(), id.clone());
            let _ = tokio::spawn(async move { until_done(&inner.0, &inner.1).await }).await;
            under_way().remove(&id);
        });
    }
}

async fn until_done(app: &App, id: &str) {
    let mut pause = PAUSE;
    while let Err(problem) = once(app, id).await {
        if problem.status != 423 {
            tracing::error!(%problem, upload = id, "an upload could not be sealed yet");
            // Also to be seen by who waits for the outcome, if the database can take it.
            let _ = hold_up(app, id, &problem).await;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE_MOST);
    }
    app.events.notify_one();
}

async fn hold_up(app: &App, id: &str, problem: &Problem) -> Result<()> {
    let problem = json!({"code": problem.code, "params": problem.params});
    let mut tx = app.db.begin().await?;
    store::move_upload(&mut tx, id, "sealing", "sealing", None, Some(problem)).await?;
    tx.commit().await
}

/// One attempt. Repeatable: whatever a crash left undone the next one does.
async fn once(app: &App, id: &str) -> Result<()> {
    let _lane = LANES.acquire().await;
    let Some(upload) = store::upload(&mut app.db.read().await?, id).await? else { return Ok(()) };
    let ids = sources(&upload);
    if upload.state == "sealing" {
        // Held until the outcome stands: no other process that shares the folder seals it as well.
        let _lock = staged::locked(app, &ids[0])?;
        let pieces = Pieces::open(app, &ids)?;
        if pieces.len() != upload.received {
            return Err(Problem::refused(500, "upload.staged_missing").with("upload", id).with("bytes", pieces.len()));
        }
        if let Some(segment) = staged::noted_segment(app, id) {
            app.vault.remove_unclaimed_segment(segment).await?; // had it been catalogued, the upload were sealed
        }
        seal(app, &upload, pieces).await?;
    }
    // The staged bytes go only when the outcome stands: until then they are all there is.
    for id in ids.iter().chain([&upload.id]) {
        staged::remove(app, id).await;
    }
    Ok(())
}

/// The uploader as of now; one whose account was closed meanwhile is still who handed it in.
async fn uploader(tx: &mut Tx, upload: &Upload) -> Result<Actor> {
    let nobody = || Actor {
        account: Some(upload.account.clone()),
        name: upload.account.clone(),
        agency: Some(upload.agency.clone()),
        ..Actor::default()
    };
    Ok(people::store::actor(tx, &upload.account).await?.unwrap_or_else(nobody))
}

/// Officers hand in for themselves, custodians for everybody of their units, or of the agency when they have none.
fn may_hand_in_for(uploader: &Actor, officer: &str, unit: Option<&str>) -> bool {
    uploader.person.as_deref() == Some(officer)
        || uploader.roles.contains(&Role::Custodian)
            && (uploader.unit.is_none() || unit.is_some_and(|unit| uploader.units.iter().any(|own| own == unit)))
}

fn told<'a>(upload: &'a Upload, key: &str) -> Option<&'a str> {
    upload.metadata.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Refuses before the first byte what names somebody else as the recording officer. Somebody unknown in this agency is
/// no reason to refuse: the recording is sealed and a custodian finds it among those without officer.
pub async fn may_claim(app: &App, actor: &Actor, upload: &Upload) -> Result<()> {
    let Some(code) = told(upload, "officer") else { return Ok(()) };
    let found = resolve(&mut app.db.read().await?, &upload.agency, None, Some(code), upload.created_ms).await?;
    match found.officer {
        Some(officer) if !may_hand_in_for(actor, &officer, found.unit.as_deref()) => {
            Err(Problem::refused(403, "upload.officer_not_yours").with("officer", code))
        }
        _ => Ok(()),
    }
}

fn file_name(upload: &Upload) -> String {
    let told = told(upload, "filename").or(told(upload, "name")).unwrap_or("");
    match told.rsplit(['/', '\\']).next().unwrap_or("").trim() {
        "" => upload.id.clone(),
        name => card::shown(name),
    }
}

/// An upload is read like a card with one file: the same names, the same registry.
async fn describe(tx: &mut Tx, uploader: &Actor, upload: &Upload, now: i64) -> Result<Incoming> {
    let name = file_name(upload);
    let read = card::read(&card::shipped(), &[card::Entry::new(&name, upload.received)]);
    let item = read.items.first();
    let device = told(upload, "device").or(item.and_then(|item| item.device_code.as_deref()));
    let officer = told(upload, "officer").or(item.and_then(|item| item.officer_code.as_deref()));
    let name_time_ms = item.and_then(|item| item.name_time_ms);
    let when = name_time_ms.unwrap_or(upload.created_ms);
    let mut origin = resolve(tx, &upload.agency, device, officer, when).await?;
    for code in item.into_iter().flat_map(|item| &item.codes).take(CODES_MOST) {
        complete(tx, &mut origin, &upload.agency, (device.is_none(), officer.is_none()), code, when).await?;
    }
    match &origin.officer {
        // A name is easily changed before an upload: whom it may not concern it does not, and a custodian decides.
        Some(found) if !may_hand_in_for(uploader, found, origin.unit.as_deref()) => {
            (origin.officer, origin.unit) = (None, uploader.unit.clone().or(origin.unit));
        }
        None if officer.is_none() && uploader.roles.contains(&Role::Officer) => {
            origin.officer = uploader.person.clone();
            origin.unit = uploader.unit.clone().or(origin.unit);
        }
        _ => origin.unit = origin.unit.or(uploader.unit.clone()),
    }
    Ok(Incoming {
        id: new_id(now),
        agency: upload.agency.clone(),
        ingest: Some(upload.id.clone()),
        source_path: told(upload, "path").map_or_else(|| name.clone(), card::shown),
        file_name: name,
        raw_name_hex: None,
        name_time_ms,
        sidecar: false,
        origin,
        key_mark: item.is_some_and(|item| item.key_mark),
        capture: None,
        part_no: None,
        track: Vec::new(),
    })
}

/// A code of which the name does not tell what it stands for: the registry decides, where nothing better was told.
async fn complete(
    tx: &mut Tx,
    origin: &mut Origin,
    agency: &str,
    (no_device, no_officer): (bool, bool),
    code: &str,
    when: i64,
) -> Result<()> {
    if no_device && origin.device.is_none() {
        let device = resolve(tx, agency, Some(code), None, when).await?;
        if device.device.is_some() {
            *origin = Origin { officer: origin.officer.take().or(device.officer.clone()), ..device };
            return Ok(());
        }
    }
    if no_officer {
        let officer = resolve(tx, agency, None, Some(code), when).await?;
        if officer.officer.is_some() {
            (origin.officer, origin.unit) = (officer.officer, officer.unit.or(origin.unit.take()));
        }
    }
    Ok(())
}

async fn examined(mut pieces: Pieces) -> Result<(Pieces, Examination)> {
    let work = tokio::task::spawn_blocking(move || {
        let examined = tiezheng_media::examine(&mut pieces);
        (pieces, examined)
    });
    work.await.map_err(|error| Problem::internal(error.to_string()))
}

async fn block(mut pieces: Pieces, offset: u64) -> Result<(Pieces, Bytes)> {
    let work = tokio::task::spawn_blocking(move || {
        let mut block = vec![0; BLOCK];
        let count = pieces.read_at(offset, &mut block)?;
        block.truncate(count);
        std::io::Result::Ok((pieces, Bytes::from(block)))
    });
    Ok(work.await.map_err(|error| Problem::internal(error.to_string()))??)
}

/// When the last byte came, by the clock of this installation: that is when the hand-in ended, however long sealing took.
fn handed_in_ms(now: i64, written: Option<SystemTime>) -> i64 {
    let since = written.and_then(|written| SystemTime::now().duration_since(written).ok()).unwrap_or_default();
    now - i64::try_from(since.as_millis()).unwrap_or(0)
}

async fn seal(app: &App, upload: &Upload, pieces: Pieces) -> Result<()> {
    let mut tx = app.db.read().await?;
    let uploader = uploader(&mut tx, upload).await?;
    let incoming = describe(&mut tx, &uploader, upload, app.now()).await?;
    drop(tx);
    let (mut pieces, examined) = examined(pieces).await?;
    let mut writer = app.vault.start().await?;
    loop {
        let read;
        (pieces, read) = block(pieces, writer.size_so_far()).await?;
        if read.is_empty() {
            break;
        }
        writer.write(read).await?;
    }
    let (digests, pending) = writer.digest().await?;
    if digests.size != upload.received {
        pending.abandon().await;
        return Err(Problem::internal("a staged upload is shorter than what was received"));
    }
    let known = recordings::store::same_bytes(&mut app.db.read().await?, &upload.agency, &digests.sha256).await?;
    if let Some(known) = known {
        pending.abandon().await;
        return duplicate(app, &uploader, upload, &known, &incoming).await;
    }
    let handed_in_ms = handed_in_ms(app.now(), pieces.written);
    let (mut recording, event) = prepare(&uploader, &incoming, &examined, &digests, handed_in_ms)?;
    let described = Described::of(&recording, &event, &incoming)?;
    staged::note_segment(app, &upload.id, pending.segment())?;
    recording.place = pending.seal(move |_| described).await?.place;
    // The recording, its event and the outcome of the upload: all or none.
    let mut tx = app.db.begin().await?;
    begin_run(&mut tx, upload).await?;
    match enter(app, &mut tx, &incoming, &examined, &recording, &event).await {
        Ok(()) => {
            tell(&mut tx, &uploader, app.now(), &upload.agency, 1).await?;
            note_outcome(&mut tx, upload, &Outcome::Sealed { recording: recording.id.clone() }, app.now()).await?;
            tx.commit().await?;
            crate::jobs::wanted(app, "preview", &recording.id).await
        }
        // Somebody else sealed the same bytes meanwhile: theirs counts, ours was never promised to anybody.
        Err(problem) if problem.code == "database.duplicate" => {
            drop(tx);
            let mut tx = app.db.read().await?;
            let known =
                recordings::store::same_bytes(&mut tx, &upload.agency, &digests.sha256).await?.ok_or(problem)?;
            drop(tx);
            app.vault.remove_unclaimed(&recording.place).await?;
            duplicate(app, &uploader, upload, &known, &incoming).await
        }
        Err(problem) => Err(problem),
    }
}

async fn duplicate(app: &App, actor: &Actor, upload: &Upload, known: &str, incoming: &Incoming) -> Result<()> {
    let outcome = offered_again(app, actor, &upload.agency, known, &incoming.source_path).await?;
    let mut tx = app.db.begin().await?;
    begin_run(&mut tx, upload).await?;
    note_outcome(&mut tx, upload, &outcome, app.now()).await?;
    tx.commit().await
}

/// The recording names its run, so the run's row comes first.
async fn begin_run(tx: &mut Tx, upload: &Upload) -> Result<()> {
    let (id, agency, account) = (upload.id.as_str(), upload.agency.as_str(), Some(upload.account.as_str()));
    let run = NewIngest { id, agency, account, source: "upload", station: None, began_ms: upload.created_ms };
    store::begin(tx, &run).await
}

async fn note_outcome(tx: &mut Tx, upload: &Upload, outcome: &Outcome, now: i64) -> Result<()> {
    let state = if matches!(outcome, Outcome::Sealed { .. }) { "sealed" } else { "duplicate" };
    let file = IngestFile {
        path: file_name(upload),
        bytes: i64::try_from(upload.received).unwrap_or(i64::MAX),
        state: state.into(),
        recording_id: Some(outcome.recording().to_owned()),
        code: None,
        params: None,
    };
    store::put_file(tx, &upload.id, &file).await?;
    store::end(tx, &upload.id, now, "done").await?;
    store::move_upload(tx, &upload.id, "sealing", state, Some(outcome.recording()), None).await?;
    release(tx, upload).await
}

/// At start: what the last process left behind.
pub async fn recover(app: &App) -> Result<()> {
    sweep(app).await
}

/// Regularly: goes on sealing what is complete, and removes what nobody went on with. Bytes staged on another machine
/// are that machine's to seal.
pub async fn sweep(app: &App) -> Result<()> {
    for upload in store::uploads_in(&mut app.db.read().await?, "sealing", None).await? {
        let here = |id: &String| staged::path(app, id).exists();
        if upload.received == 0 || sources(&upload).iter().any(here) {
            begin_if_complete(app, &upload);
        } else {
            tracing::warn!(upload = upload.id, "a complete upload is not staged here");
        }
    }
    let over = store::uploads_in(&mut app.db.read().await?, "receiving", Some(app.now())).await?;
    for upload in over {
        super::give_up(app, &upload.id).await?;
    }
    clear_leftovers(app).await
}

/// Staged files of uploads that are over: a crash came between the outcome and their removal. A file nobody knows may be
/// all that a database put back from a backup has lost, so it stays for an operator to look at.
async fn clear_leftovers(app: &App) -> Result<()> {
    let mut folder = tokio::fs::read_dir(app.staging()).await?;
    while let Some(entry) = folder.next_entry().await? {
        let name = entry.file_name();
        let Some(id) = name.to_str().and_then(staged::owner) else { continue };
        match store::upload(&mut app.db.read().await?, id).await? {
            Some(upload) if matches!(upload.state.as_str(), "sealed" | "duplicate" | "removed") => {
                staged::remove(app, id).await;
            }
            Some(_) => {}
            None => tracing::warn!(file = id, "a staged file belongs to no upload"),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn officers_hand_in_for_themselves_and_custodians_for_their_units() {
        let actor = |roles: &[Role], unit: Option<&str>, units: &[&str]| Actor {
            person: Some("me".into()),
            roles: roles.to_vec(),
            unit: unit.map(str::to_owned),
            units: units.iter().map(|unit| (*unit).to_owned()).collect(),
            ..Actor::default()
        };
        let officer = actor(&[Role::Officer], Some("u1"), &["u1"]);
        let custodian = actor(&[Role::Custodian], Some("u1"), &["u1", "u2"]);
        let station = actor(&[Role::Custodian], None, &[]);
        for (uploader, whose, unit, may) in [
            (&officer, "me", Some("u1"), true),
            (&officer, "me", None, true),
            (&officer, "other", Some("u1"), false),
            (&custodian, "me", None, true),
            (&custodian, "other", Some("u2"), true),
            (&custodian, "other", Some("u3"), false),
            (&custodian, "other", None, false),
            (&station, "other", Some("u3"), true),
            (&station, "other", None, true),
            (&Actor::default(), "me", Some("u1"), false),
        ] {
            assert_eq!(may_hand_in_for(uploader, whose, unit), may, "{:?} for {whose} of {unit:?}", uploader.roles);
        }
    }

    #[test]
    fn the_hand_in_ends_with_the_last_byte() {
        let ago = |seconds| SystemTime::now() - Duration::from_secs(seconds);
        assert_eq!(handed_in_ms(10_000_000, Some(ago(3600))) / 10_000, 640);
        assert_eq!(handed_in_ms(10_000_000, None), 10_000_000);
        assert_eq!(handed_in_ms(10_000_000, Some(SystemTime::now() + Duration::from_secs(60))), 10_000_000);
    }
}
