//! Hand-in runs over HTTP, and the sealing of completed uploads.



use axum::extract::State;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tiezheng_media::FileSource;
use tokio::io::AsyncReadExt;
use utoipa::{IntoParams, ToSchema};

use super::store::{self, Ingest, IngestFile, NewIngest, Upload};
use super::{Incoming, Outcome, card, enter, offered_again, prepare};
use crate::app::{App, new_id};
use crate::equipment;
use crate::error::{Problem, Result};
use crate::http::extract::{Page, Path, Query, limit};
use crate::people::{self, Actor, Permission, Role};
use crate::recordings::{self, Described};

#[derive(Deserialize, IntoParams)]
pub struct IngestQuery {
    pub cursor: Option<String>,
    pub limit: Option<i64>,
}

/// Officers see their own hand-ins, custodians their agency's.
fn only_mine(actor: &Actor) -> Option<&str> {
    let only_officer = actor.roles.iter().all(|role| *role == Role::Officer);
    actor.account.as_deref().filter(|_| only_officer)
}

#[utoipa::path(get, path = "/api/ingests", tag = "ingest", params(IngestQuery), responses((status = 200, body = Page<Ingest>)))]
pub async fn list(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<IngestQuery>,
) -> Result<axum::Json<Page<Ingest>>> {
    actor.may(Permission::IngestList)?;
    let (limit, agency) = (limit(query.limit), actor.agency_filter());
    let mut tx = app.db.read().await?;
    let found = store::list(&mut tx, agency.as_deref(), only_mine(&actor), query.cursor.as_deref(), limit + 1).await?;
    Ok(axum::Json(Page::cut(found, limit as usize, |ingest| ingest.id.clone())))
}

#[derive(Serialize, ToSchema)]
pub struct IngestDetail {
    #[serde(flatten)]
    pub ingest: Ingest,
    pub items: Vec<IngestFile>,
}

#[utoipa::path(get, path = "/api/ingests/{id}", tag = "ingest", params(("id" = String, Path)),
    responses((status = 200, body = IngestDetail), (status = 404)))]
pub async fn detail(State(app): State<App>, actor: Actor, Path(id): Path<String>) -> Result<axum::Json<IngestDetail>> {
    actor.may(Permission::IngestList)?;
    let mut tx = app.db.read().await?;
    let ingest = store::one(&mut tx, actor.agency_filter().as_deref(), &id).await?;
    let items = store::files(&mut tx, &id, 10_000).await?;
    Ok(axum::Json(IngestDetail { ingest, items }))
}

/// Seals a completed upload and notes what became of it. Repeatable: run again after a crash it finds the recording.
pub async fn seal_upload(app: &App, actor: &Actor, upload: &Upload) {
    let sealed = seal(app, actor, upload).await;
    if let Err(problem) = note_outcome(app, upload, &sealed).await {
        tracing::error!(%problem, upload = upload.id, "the outcome of an upload could not be noted");
        return;
    }
    // The staged bytes go only when the outcome stands: until then they are all there is.
    let _ = tokio::fs::remove_file(app.staging().join(&upload.id)).await;
    app.events.notify_one();
}

async fn note_outcome(app: &App, upload: &Upload, sealed: &Result<Outcome>) -> Result<()> {
    let (state, recording, problem) = match sealed {
        Ok(Outcome::Sealed { recording }) => ("sealed", Some(recording.as_str()), None),
        Ok(Outcome::Duplicate { recording }) => ("duplicate", Some(recording.as_str()), None),
        Err(problem) if problem.status >= 500 => {
            // Ours to mend (disk full, database away): the bytes stay staged and the next start tries again.
            return Err(Problem::refused(problem.status, &problem.code).because(problem));
        }
        Err(problem) => ("refused", None, Some(json!({"code": problem.code, "params": problem.params}))),
    };
    let mut tx = app.db.begin().await?;
    let file = IngestFile {
        path: file_name(upload),
        bytes: upload.received as i64,
        state: if state == "refused" { "failed" } else { state }.into(),
        recording_id: recording.map(str::to_owned),
        code: problem.as_ref().and_then(|p| p["code"].as_str()).map(str::to_owned),
        params: problem.as_ref().map(|p| p["params"].clone()),
    };
    let (id, account) = (upload.id.as_str(), Some(upload.account.as_str()));
    let ingest = NewIngest { id, agency: &upload.agency, account, source: "upload", station: None, began_ms: upload.created_ms };
    if store::one(&mut tx, None, id).await.is_err() {
        store::begin(&mut tx, &ingest).await?;
    }
    store::put_file(&mut tx, id, &file).await?;
    store::end(&mut tx, id, app.now(), if state == "refused" { "failed" } else { "done" }).await?;
    store::move_upload(&mut tx, id, "sealing", state, recording, problem).await?;
    tx.commit().await
}

fn file_name(upload: &Upload) -> String {
    let told = upload.metadata.get("filename").or_else(|| upload.metadata.get("name")).and_then(Value::as_str);
    let name = told.unwrap_or("").rsplit(['/', '\\']).next().unwrap_or("").trim().to_owned();
    if name.is_empty() { upload.id.clone() } else { card::shown(&name) }
}

/// An upload is read like a card with one file: the same names, the same registry.
async fn describe(app: &App, upload: &Upload) -> Result<Incoming> {
    let mut tx = app.db.read().await?;
    let agency = people::store::agencies(&mut tx, Some(&upload.agency)).await?.pop().ok_or_else(Problem::not_found)?;
    let name = file_name(upload);
    let profiles = card::shipped();
    let read = card::read(&profiles, &[card::Entry::new(&name, upload.received)]);
    let item = read.items.first();
    let told = |key: &str| upload.metadata.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let device = told("device").or(item.and_then(|item| item.device_code.as_deref()));
    let mut officer = told("officer").or(item.and_then(|item| item.officer_code.as_deref()));
    let uploader = people::store::actor(&mut tx, &upload.account).await?.unwrap_or_default();
    if device.is_none() && officer.is_none() && uploader.roles.contains(&Role::Officer) {
        officer = uploader.person.as_deref();
    }
    let name_time_ms = item.and_then(|item| item.name_time_ms);
    let when = name_time_ms.unwrap_or(upload.created_ms);
    let mut origin = equipment::store::resolve(&mut tx, &upload.agency, device, officer, when).await?;
    origin.unit = origin.unit.or(uploader.unit);
    Ok(Incoming {
        id: new_id(app.now()),
        agency: agency.id,
        profile: agency.profile,
        ingest: Some(upload.id.clone()),
        source_path: told("path").map_or_else(|| name.clone(), card::shown),
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

async fn seal(app: &App, actor: &Actor, upload: &Upload) -> Result<Outcome> {
    let incoming = describe(app, upload).await?;
    begin_run(app, upload).await?;
    let path = app.staging().join(&upload.id);
    let examining = path.clone();
    let examined = tokio::task::spawn_blocking(move || {
        let mut source = FileSource::new(std::fs::File::open(examining)?)?;
        std::io::Result::Ok(tiezheng_media::examine(&mut source))
    })
    .await
    .map_err(|error| Problem::internal(error.to_string()))??;
    let mut file = tokio::fs::File::open(&path).await?;
    let mut writer = app.vault.start().await?;
    loop {
        let mut block = Vec::with_capacity(1 << 20);
        if (&mut file).take(1 << 20).read_to_end(&mut block).await? == 0 {
            break;
        }
        writer.write(Bytes::from(block)).await?;
    }
    let (digests, pending) = writer.digest().await?;
    if digests.size != upload.received {
        pending.abandon().await;
        return Err(Problem::internal("a staged upload is shorter than what was received"));
    }
    let known = recordings::store::same_bytes(&mut app.db.read().await?, &upload.agency, &digests.sha256).await?;
    if let Some(known) = known {
        pending.abandon().await;
        return offered_again(app, actor, &upload.agency, &known, &incoming.source_path).await;
    }
    // The hand-in ends with our last byte, not with the end of sealing.
    let (mut recording, event) = prepare(actor, &incoming, &examined, &digests, app.now())?;
    let described = Described::of(&recording, &event, &incoming)?;
    recording.place = pending.seal(move |_| described).await?.place;
    let mut tx = app.db.begin().await?;
    match enter(app, &mut tx, &incoming, &examined, &recording, &event).await {
        Ok(()) => {
            tx.commit().await?;
            crate::jobs::wanted(app, "preview", &recording.id).await?;
            Ok(Outcome::Sealed { recording: recording.id })
        }
        Err(problem) if problem.code == "database.duplicate" => {
            drop(tx);
            let mut tx = app.db.read().await?;
            let known = recordings::store::same_bytes(&mut tx, &upload.agency, &digests.sha256).await?.ok_or(problem)?;
            drop(tx);
            app.vault.remove_unclaimed(&recording.place).await?;
            offered_again(app, actor, &upload.agency, &known, &incoming.source_path).await
        }
        Err(problem) => Err(problem),
    }
}

/// The recording names its run, so the run's row comes first.
async fn begin_run(app: &App, upload: &Upload) -> Result<()> {
    let mut tx = app.db.begin().await?;
    if store::one(&mut tx, None, &upload.id).await.is_err() {
        let account = Some(upload.account.as_str());
        let (id, agency) = (upload.id.as_str(), upload.agency.as_str());
        let ingest = NewIngest { id, agency, account, source: "upload", station: None, began_ms: upload.created_ms };
        store::begin(&mut tx, &ingest).await?;
    }
    tx.commit().await
}
