//! tus 1.0 at `/api/uploads`: creation, creation-with-upload, creation-defer-length, termination, expiration,
//! concatenation, and checksum with sha256 and sm3.
//!
//! Bytes lie in `DATA/staging/<id>` until they are sealed. `upload.received` counts only bytes that are durable there:
//! after a kill -9 or a power cut the file is cut back to it and the client goes on from there. A PATCH with a checksum
//! counts only as a whole.

use std::path::PathBuf;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt;
use serde::Serialize;
use serde_json::{Map, Value, json};
use sm3::Digest as _;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};
use utoipa::ToSchema;

use super::store::{self, Upload};
use crate::app::{App, new_id};
use crate::error::{Problem, Result};
use crate::http::extract::Path;
use crate::people::{Actor, Permission};

const VERSION: &str = "1.0.0";
const EXTENSIONS: &str =
    "creation,creation-with-upload,creation-defer-length,termination,expiration,concatenation,checksum";
/// Largest upload: 1 TiB.
const LENGTH_MOST: u64 = 1 << 40;
/// An upload nobody goes on with is removed after this.
const EXPIRES_MS: i64 = 7 * 86_400_000;
/// How often received bytes are made durable while they stream in.
const SYNC_EVERY: u64 = 16 << 20;
const METADATA_MOST: usize = 8 << 10;

#[utoipa::path(options, path = "/api/uploads", tag = "ingest", responses((status = 204)))]
pub async fn options() -> Response {
    let headers = [
        ("tus-resumable", VERSION.to_owned()),
        ("tus-version", VERSION.to_owned()),
        ("tus-extension", EXTENSIONS.to_owned()),
        ("tus-max-size", LENGTH_MOST.to_string()),
        ("tus-checksum-algorithm", "sha256,sm3".to_owned()),
    ];
    let mut response = StatusCode::NO_CONTENT.into_response();
    for (name, value) in headers {
        put(&mut response, name, &value);
    }
    response
}

fn put(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
}

fn number(headers: &HeaderMap, name: &str) -> Result<Option<u64>> {
    match text(headers, name) {
        None => Ok(None),
        Some(value) if value.len() <= 19 && value.bytes().all(|b| b.is_ascii_digit()) && !value.is_empty() => {
            value.parse().map(Some).map_err(|_| Problem::refused(400, "upload.header").with("header", name))
        }
        Some(_) => Err(Problem::refused(400, "upload.header").with("header", name)),
    }
}

fn check_version(headers: &HeaderMap) -> Result<()> {
    match text(headers, "tus-resumable") {
        Some(VERSION) => Ok(()),
        _ => Err(Problem::refused(412, "upload.version").with("version", VERSION)),
    }
}

/// `key base64,key base64,key`: names to texts. Unknown names are kept, they belong to the client.
fn parse_metadata(header: Option<&str>) -> Result<Map<String, Value>> {
    let wrong = || Problem::refused(400, "upload.metadata");
    let header = header.unwrap_or("");
    if header.len() > METADATA_MOST {
        return Err(wrong());
    }
    let mut found = Map::new();
    for pair in header.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once(' ').unwrap_or((pair, ""));
        let bytes = STANDARD.decode(value.trim()).map_err(|_| wrong())?;
        let value = String::from_utf8(bytes).map_err(|_| wrong())?;
        if found.insert(name.to_owned(), value.into()).is_some() {
            return Err(wrong());
        }
    }
    Ok(found)
}

fn staged(app: &App, id: &str) -> PathBuf {
    app.staging().join(id)
}

/// An upload of this account; anybody else's does not exist.
async fn mine(app: &App, actor: &Actor, id: &str) -> Result<Upload> {
    actor.may(Permission::UploadCreate)?;
    let found = store::upload(&mut app.db.read().await?, id).await?.ok_or_else(Problem::not_found)?;
    if Some(&found.account) != actor.account.as_ref() {
        return Err(Problem::not_found());
    }
    Ok(found)
}

/// The same, for going on with: refused when it is over.
async fn open_upload(app: &App, actor: &Actor, id: &str) -> Result<Upload> {
    let found = mine(app, actor, id).await?;
    if found.state == "removed" || (found.state == "receiving" && found.expires_ms <= app.now()) {
        return Err(Problem::refused(410, "upload.gone"));
    }
    Ok(found)
}

fn describe(response: &mut Response, upload: &Upload) {
    put(response, "tus-resumable", VERSION);
    put(response, "upload-offset", &upload.received.to_string());
    match upload.length {
        Some(length) => put(response, "upload-length", &length.to_string()),
        None => put(response, "upload-defer-length", "1"),
    }
    if upload.state == "receiving" {
        put(response, "upload-expires", &http_date(upload.expires_ms));
    }
    if upload.part {
        put(response, "upload-concat", "partial");
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

fn http_date(ms: i64) -> String {
    let stamp = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    stamp.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Begins an upload; with a body, receives its first bytes at once.
#[utoipa::path(post, path = "/api/uploads", tag = "ingest", request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 201), (status = 400), (status = 412), (status = 413)))]
pub async fn create(State(app): State<App>, actor: Actor, headers: HeaderMap, body: Body) -> Result<Response> {
    actor.may(Permission::UploadCreate)?;
    check_version(&headers)?;
    let agency = actor.own_agency()?.to_owned();
    let now = app.now();
    let metadata = parse_metadata(text(&headers, "upload-metadata"))?;
    let mut upload = Upload {
        id: new_id(now),
        agency,
        account: actor.account.clone().unwrap_or_default(),
        length: number(&headers, "upload-length")?,
        received: 0,
        part: false,
        concat: Vec::new(),
        metadata: metadata.into(),
        created_ms: now,
        expires_ms: now + EXPIRES_MS,
        state: "receiving".into(),
        recording: None,
        problem: None,
    };
    match text(&headers, "upload-concat") {
        None => {}
        Some("partial") => upload.part = true,
        Some(list) => return concatenate(&app, &actor, upload, list).await,
    }
    match (upload.length, text(&headers, "upload-defer-length")) {
        (Some(length), None) if length > LENGTH_MOST => {
            return Err(Problem::refused(413, "upload.too_large").with("most", LENGTH_MOST));
        }
        (Some(_), None) | (None, Some("1")) => {}
        _ => return Err(Problem::refused(400, "upload.header").with("header", "upload-length")),
    }
    tokio::fs::File::create_new(staged(&app, &upload.id)).await?;
    let mut tx = app.db.begin().await?;
    store::insert_upload(&mut tx, &upload).await?;
    tx.commit().await?;
    if text(&headers, "content-type") == Some("application/offset+octet-stream") {
        upload = receive(&app, upload, &headers, body).await?;
    }
    completed(&app, &actor, &mut upload).await?;
    Ok(created(&upload))
}

fn created(upload: &Upload) -> Response {
    let mut response = StatusCode::CREATED.into_response();
    describe(&mut response, upload);
    put(&mut response, "location", &format!("/api/uploads/{}", upload.id));
    response
}

/// A final upload made of partial ones, in the order given.
async fn concatenate(app: &App, actor: &Actor, mut upload: Upload, list: &str) -> Result<Response> {
    let wrong = |code| Problem::refused(400, code);
    let urls = list.strip_prefix("final;").ok_or_else(|| wrong("upload.concat"))?;
    let mut length = 0u64;
    for url in urls.split_whitespace() {
        let id = url.rsplit('/').next().unwrap_or("");
        let part = open_upload(app, actor, id).await?;
        if !part.part || part.length != Some(part.received) || upload.concat.contains(&part.id) {
            return Err(wrong("upload.concat_unfinished").with("part", part.id));
        }
        length += part.received;
        upload.concat.push(part.id);
    }
    if upload.concat.is_empty() || upload.concat.len() > 64 || length > LENGTH_MOST {
        return Err(wrong("upload.concat"));
    }
    upload.length = Some(length);
    // The parts are copied behind each other, so that a final upload is one staged file like any other.
    let mut target = tokio::fs::File::create_new(staged(app, &upload.id)).await?;
    for part in &upload.concat {
        let mut source = tokio::fs::File::open(staged(app, part)).await?;
        tokio::io::copy(&mut source, &mut target).await?;
    }
    target.sync_all().await?;
    upload.received = length;
    let mut tx = app.db.begin().await?;
    store::insert_upload(&mut tx, &upload).await?;
    for part in &upload.concat {
        store::move_upload(&mut tx, part, "receiving", "removed", None, None).await?;
    }
    tx.commit().await?;
    for part in &upload.concat {
        let _ = tokio::fs::remove_file(staged(app, part)).await;
    }
    completed(app, actor, &mut upload).await?;
    let mut response = created(&upload);
    put(&mut response, "upload-concat", list);
    Ok(response)
}

/// How far an upload has come.
#[utoipa::path(head, path = "/api/uploads/{id}", tag = "ingest", params(("id" = String, Path)),
    responses((status = 200), (status = 404), (status = 410)))]
pub async fn head(State(app): State<App>, actor: Actor, Path(id): Path<String>) -> Result<Response> {
    let upload = open_upload(&app, &actor, &id).await?;
    let mut response = StatusCode::OK.into_response();
    describe(&mut response, &upload);
    let pairs = upload.metadata.as_object().into_iter().flatten();
    let metadata: Vec<String> =
        pairs.map(|(name, value)| format!("{name} {}", STANDARD.encode(value.as_str().unwrap_or("")))).collect();
    if !metadata.is_empty() {
        put(&mut response, "upload-metadata", &metadata.join(","));
    }
    Ok(response)
}

/// More bytes at the present offset.
#[utoipa::path(patch, path = "/api/uploads/{id}", tag = "ingest", params(("id" = String, Path)),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 204), (status = 409), (status = 410), (status = 415), (status = 460)))]
pub async fn patch(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response> {
    check_version(&headers)?;
    let mut upload = open_upload(&app, &actor, &id).await?;
    if text(&headers, "content-type") != Some("application/offset+octet-stream") {
        return Err(Problem::refused(415, "upload.content_type"));
    }
    if upload.state != "receiving" || !upload.concat.is_empty() {
        return Err(Problem::refused(403, "upload.closed"));
    }
    let offset = number(&headers, "upload-offset")?;
    if offset != Some(upload.received) {
        return Err(Problem::refused(409, "upload.offset").with("offset", upload.received));
    }
    match (upload.length, number(&headers, "upload-length")?) {
        (None, Some(length)) if length >= upload.received && length <= LENGTH_MOST => upload.length = Some(length),
        (Some(known), Some(told)) if known != told => return Err(Problem::refused(400, "upload.length")),
        (None, Some(_)) => return Err(Problem::refused(413, "upload.too_large").with("most", LENGTH_MOST)),
        _ => {}
    }
    let mut upload = receive(&app, upload, &headers, body).await?;
    completed(&app, &actor, &mut upload).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    describe(&mut response, &upload);
    Ok(response)
}

enum Checksum {
    Sha256(aws_lc_rs::digest::Context),
    Sm3(Box<sm3::Sm3>),
}

impl Checksum {
    /// `algorithm base64`
    fn parse(header: &str) -> Result<(Checksum, Vec<u8>)> {
        let wrong = || Problem::refused(400, "upload.checksum_algorithm").with("allowed", "sha256, sm3");
        let (algorithm, digest) = header.split_once(' ').ok_or_else(wrong)?;
        let digest = STANDARD.decode(digest.trim()).map_err(|_| wrong())?;
        match algorithm {
            "sha256" => Ok((Checksum::Sha256(aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256)), digest)),
            "sm3" => Ok((Checksum::Sm3(Box::default()), digest)),
            _ => Err(wrong()),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Checksum::Sha256(context) => context.update(bytes),
            Checksum::Sm3(context) => context.update(bytes),
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Checksum::Sha256(context) => context.finish().as_ref().to_vec(),
            Checksum::Sm3(context) => context.finalize().to_vec(),
        }
    }
}

/// Streams the body behind what is staged. What arrived before a broken connection stays, unless it had a checksum.
async fn receive(app: &App, mut upload: Upload, headers: &HeaderMap, body: Body) -> Result<Upload> {
    let mut checksum = text(headers, "upload-checksum").map(Checksum::parse).transpose()?;
    let file = tokio::fs::OpenOptions::new().write(true).open(staged(app, &upload.id)).await;
    let mut file = file.map_err(|_| Problem::refused(410, "upload.gone"))?;
    let _lock = only_writer(&file)?;
    // Bytes behind the durable offset are from a connection that broke before they counted.
    file.set_len(upload.received).await?;
    file.seek(std::io::SeekFrom::Start(upload.received)).await?;
    let began = upload.received;
    let (mut at, mut synced) = (began, began);
    let mut stream = body.into_data_stream();
    let mut broken = None;
    while let Some(block) = stream.next().await {
        let block = match block {
            Ok(block) => block,
            Err(error) => {
                broken = Some(error);
                break;
            }
        };
        if at + block.len() as u64 > upload.length.unwrap_or(LENGTH_MOST) {
            file.set_len(began).await?;
            return Err(Problem::refused(413, "upload.too_long").with("length", upload.length.unwrap_or(LENGTH_MOST)));
        }
        if let Some((checksum, _)) = &mut checksum {
            checksum.update(&block);
        }
        file.write_all(&block).await?;
        at += block.len() as u64;
        if checksum.is_none() && at - synced >= SYNC_EVERY {
            file.flush().await?;
            file.sync_data().await?;
            note(app, &upload, at).await?;
            synced = at;
        }
    }
    file.flush().await?;
    if let Some((checksum, wanted)) = checksum {
        if broken.is_some() || checksum.finish() != wanted {
            file.set_len(began).await?;
            let code = if broken.is_some() { "upload.broken" } else { "upload.checksum" };
            return Err(Problem::refused(if broken.is_some() { 400 } else { 460 }, code).with("offset", began));
        }
    }
    file.sync_data().await?;
    note(app, &upload, at).await?;
    upload.received = at;
    match broken {
        Some(error) => Err(Problem::refused(400, "upload.broken").with("offset", at).because(error)),
        None => Ok(upload),
    }
}

async fn note(app: &App, upload: &Upload, received: u64) -> Result<()> {
    let mut tx = app.db.begin().await?;
    store::set_received(&mut tx, &upload.id, received, upload.length).await?;
    tx.commit().await
}

/// Two connections must not write the same upload: the later one is told to come again.
fn only_writer(file: &tokio::fs::File) -> Result<rustix::fd::OwnedFd> {
    use std::os::fd::AsFd;
    let lock = file.as_fd().try_clone_to_owned()?;
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive)
        .map_err(|_| Problem::refused(423, "upload.locked"))?;
    Ok(lock)
}

/// When the last byte is here, sealing begins in the background; the outcome is asked for.
async fn completed(app: &App, actor: &Actor, upload: &mut Upload) -> Result<()> {
    if upload.part || upload.length != Some(upload.received) || upload.state != "receiving" {
        return Ok(());
    }
    let mut tx = app.db.begin().await?;
    let moved = store::move_upload(&mut tx, &upload.id, "receiving", "sealing", None, None).await?;
    tx.commit().await?;
    if moved {
        upload.state = "sealing".into();
        let (app, actor, upload) = (app.clone(), actor.clone(), upload.clone());
        tokio::spawn(async move { super::http::seal_upload(&app, &actor, &upload).await });
    }
    Ok(())
}

/// Gives an upload up.
#[utoipa::path(delete, path = "/api/uploads/{id}", tag = "ingest", params(("id" = String, Path)),
    responses((status = 204), (status = 404), (status = 403)))]
pub async fn remove(State(app): State<App>, actor: Actor, Path(id): Path<String>, headers: HeaderMap) -> Result<Response> {
    check_version(&headers)?;
    let upload = open_upload(&app, &actor, &id).await?;
    let mut tx = app.db.begin().await?;
    if !store::move_upload(&mut tx, &upload.id, "receiving", "removed", None, None).await? {
        return Err(Problem::refused(403, "upload.closed"));
    }
    tx.commit().await?;
    let _ = tokio::fs::remove_file(staged(&app, &id)).await;
    let mut response = StatusCode::NO_CONTENT.into_response();
    put(&mut response, "tus-resumable", VERSION);
    Ok(response)
}

/// What became of a completed upload.
#[derive(Serialize, ToSchema)]
pub struct UploadOutcome {
    /// receiving, sealing, sealed, duplicate, refused, removed
    pub state: String,
    pub recording_id: Option<String>,
    #[schema(value_type = Object)]
    pub problem: Option<Value>,
}

#[utoipa::path(get, path = "/api/uploads/{id}/outcome", tag = "ingest", params(("id" = String, Path)),
    responses((status = 200, body = UploadOutcome), (status = 404)))]
pub async fn outcome(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<axum::Json<UploadOutcome>> {
    let upload = mine(&app, &actor, &id).await?;
    Ok(axum::Json(UploadOutcome { state: upload.state, recording_id: upload.recording, problem: upload.problem }))
}

/// At start: seals what was complete when the last process ended; regularly: removes what nobody went on with.
pub async fn recover(app: &App) -> Result<()> {
    let waiting = store::uploads_in(&mut app.db.read().await?, "sealing", None).await?;
    for upload in waiting {
        let actor = crate::people::store::actor(&mut app.db.read().await?, &upload.account).await?;
        super::http::seal_upload(app, &actor.unwrap_or_default(), &upload).await;
    }
    sweep(app).await
}

pub async fn sweep(app: &App) -> Result<()> {
    let over = store::uploads_in(&mut app.db.read().await?, "receiving", Some(app.now())).await?;
    for upload in over {
        let mut tx = app.db.begin().await?;
        let problem = json!({"code": "upload.gone", "params": {}});
        store::move_upload(&mut tx, &upload.id, "receiving", "removed", None, Some(problem)).await?;
        tx.commit().await?;
        let _ = tokio::fs::remove_file(staged(app, &upload.id)).await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_pairs_of_name_and_base64() {
        let found = parse_metadata(Some("filename 546w5Zy6Lm1wNA==, empty,filetype dmlkZW8vbXA0")).unwrap();
        assert_eq!(Value::from(found), json!({"filename": "现场.mp4", "empty": "", "filetype": "video/mp4"}));
        for wrong in ["filename ???", "a Yg==,a Yg==", "a //79"] {
            assert!(parse_metadata(Some(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn checksums_are_sha256_or_sm3() {
        for (header, good) in [
            ("sha256 ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", true),
            ("sm3 ZsfwRhvR5Pz7l3aN0ktzJ2dZlPL5s8sWmBGhQmIkTkc=", true),
            ("md5 kAFQmDzST7DWlj99KOF/cg==", false),
            ("sha256", false),
        ] {
            assert_eq!(Checksum::parse(header).is_ok(), good, "{header}");
        }
    }
}
