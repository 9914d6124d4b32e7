//! tus 1.0 at `/api/uploads`: creation, creation-with-upload, creation-defer-length, termination, expiration,
//! concatenation, and checksum with sha256 and sm3. Here the protocol; [`receive`] takes the bytes, [`join`] makes final
//! uploads of partial ones, [`seal`] turns a complete upload into a recording.
//!
//! States of an upload: receiving → sealing → sealed or duplicate; a part of a concatenation: receiving → joined →
//! removed; given up or expired: removed.

mod headers;
mod join;
mod receive;
mod room;
mod seal;
mod staged;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use self::headers::{check_version, metadata, metadata_header, number, text};
use super::store::{self, Upload};
use crate::app::{App, new_id};
use crate::error::{Problem, Result};
use crate::http::extract::Path;
use crate::people::{Actor, Permission};

pub use seal::{recover, sweep};

const VERSION: &str = "1.0.0";
const EXTENSIONS: &str =
    "creation,creation-with-upload,creation-defer-length,termination,expiration,concatenation,checksum";
/// Largest upload: 1 TiB.
const LENGTH_MOST: u64 = 1 << 40;
/// An upload nobody goes on with is removed after this.
const EXPIRES_MS: i64 = 7 * 86_400_000;
const CONTENT_TYPE: &str = "application/offset+octet-stream";

/// Who asks, or why nobody does: a refusal of ours carries the protocol's headers too.
type Asking = std::result::Result<Actor, Problem>;

/// What tus offers here. Open to everybody.
#[utoipa::path(options, path = "/api/uploads", tag = "ingest", responses((status = 204)))]
pub async fn options() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    put(&mut response, "tus-resumable", VERSION);
    put(&mut response, "tus-version", VERSION);
    put(&mut response, "tus-extension", EXTENSIONS);
    put(&mut response, "tus-max-size", &LENGTH_MOST.to_string());
    put(&mut response, "tus-checksum-algorithm", headers::ALGORITHMS);
    response
}

fn put(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Every answer names the version, refusals too; a refused version is told which one is meant.
fn answer(done: Result<Response>) -> Response {
    let mut response = done.unwrap_or_else(IntoResponse::into_response);
    put(&mut response, "tus-resumable", VERSION);
    if response.status() == StatusCode::PRECONDITION_FAILED {
        put(&mut response, "tus-version", VERSION);
    }
    response
}

/// An upload of this account with the offset its client was told; anybody else's does not exist.
async fn mine(app: &App, actor: &Actor, id: &str) -> Result<Upload> {
    actor.may(Permission::UploadCreate)?;
    let mut found = store::upload(&mut app.db.read().await?, id).await?.ok_or_else(Problem::not_found)?;
    if Some(&found.account) != actor.account.as_ref() {
        return Err(Problem::not_found());
    }
    found.received = staged::ahead(app, &found).map_or(found.received, |ahead| ahead.told);
    Ok(found)
}

fn gone() -> Problem {
    Problem::refused(410, "upload.gone")
}

fn is_over(upload: &Upload, now: i64) -> bool {
    upload.state == "removed" || (upload.state == "receiving" && upload.expires_ms <= now)
}

/// The same, for going on with: refused when it is over.
async fn open_upload(app: &App, actor: &Actor, id: &str) -> Result<Upload> {
    let found = mine(app, actor, id).await?;
    if is_over(&found, app.now()) { Err(gone()) } else { Ok(found) }
}

fn describe(response: &mut Response, upload: &Upload) {
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
    } else if !upload.concat.is_empty() {
        put(response, "upload-concat", &format!("final;{}", upload.concat.join(" ")));
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

fn http_date(ms: i64) -> String {
    let stamp = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    stamp.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Begins an upload; with a body, receives its first bytes at once.
#[utoipa::path(post, path = "/api/uploads", tag = "ingest", request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 201), (status = 400), (status = 403), (status = 412), (status = 413), (status = 429), (status = 460), (status = 507)))]
pub async fn create(State(app): State<App>, actor: Asking, headers: HeaderMap, body: Body) -> Response {
    answer(created(&app, actor, &headers, body).await)
}

async fn created(app: &App, actor: Asking, headers: &HeaderMap, body: Body) -> Result<Response> {
    check_version(headers)?;
    let actor = actor?;
    actor.may(Permission::UploadCreate)?;
    let now = app.now();
    let mut upload = Upload {
        id: new_id(now),
        agency: actor.own_agency()?.to_owned(),
        account: actor.account.clone().unwrap_or_default(),
        length: number(headers, "upload-length")?,
        received: 0,
        part: false,
        concat: Vec::new(),
        metadata: metadata(text(headers, "upload-metadata")?)?.into(),
        created_ms: now,
        expires_ms: now + EXPIRES_MS,
        state: "receiving".into(),
        recording: None,
        problem: None,
    };
    seal::may_claim(app, &actor, &upload).await?;
    match text(headers, "upload-concat")? {
        None => {}
        Some("partial") => upload.part = true,
        Some(list) => return join::join(app, &actor, upload, list).await.map(|upload| begun(&upload)),
    }
    match (upload.length, text(headers, "upload-defer-length")?) {
        (Some(length), None) if length > LENGTH_MOST => {
            return Err(Problem::refused(413, "upload.too_large").with("most", LENGTH_MOST));
        }
        (Some(_), None) | (None, Some("1")) => {}
        _ => return Err(Problem::refused(400, "upload.header").with("header", "upload-length")),
    }
    let with_bytes = text(headers, "content-type")? == Some(CONTENT_TYPE);
    let wanted = receive::Wanted { offset: 0, length: None, checksum: headers::checksum(headers)? };
    if upload.length == Some(0) && !upload.part {
        upload.state = "sealing".into(); // there is no byte to wait for
    }
    let mut tx = app.db.begin().await?;
    room::may_begin(app, &mut tx, &upload).await?;
    store::insert_upload(&mut tx, &upload).await?;
    tx.commit().await?;
    if with_bytes && upload.state == "receiving" {
        match receive::receive(app, &upload.id, wanted, body).await {
            Ok(received) => upload = received,
            Err(problem) => {
                // Its address was not told to anybody yet: nobody could go on with it.
                give_up(app, &upload.id).await?;
                return Err(problem);
            }
        }
    }
    seal::begin_if_complete(app, &upload);
    Ok(begun(&upload))
}

fn begun(upload: &Upload) -> Response {
    let mut response = StatusCode::CREATED.into_response();
    describe(&mut response, upload);
    put(&mut response, "location", &format!("/api/uploads/{}", upload.id));
    response
}

/// `false` when it can no longer be given up.
async fn give_up(app: &App, id: &str) -> Result<bool> {
    let mut tx = app.db.begin().await?;
    let problem = json!({"code": "upload.gone", "params": {}});
    let moved = store::move_upload(&mut tx, id, "receiving", "removed", None, Some(problem)).await?;
    tx.commit().await?;
    if moved {
        staged::remove(app, id).await;
    }
    Ok(moved)
}

/// How far an upload has come.
#[utoipa::path(head, path = "/api/uploads/{id}", tag = "ingest", params(("id" = String, Path)),
    responses((status = 200), (status = 404), (status = 410), (status = 412)))]
pub async fn head(State(app): State<App>, actor: Asking, Path(id): Path<String>, headers: HeaderMap) -> Response {
    answer(found(&app, actor, &id, &headers).await)
}

async fn found(app: &App, actor: Asking, id: &str, headers: &HeaderMap) -> Result<Response> {
    check_version(headers)?;
    let upload = open_upload(app, &actor?, id).await?;
    let mut response = StatusCode::OK.into_response();
    describe(&mut response, &upload);
    let metadata = metadata_header(&upload.metadata);
    if !metadata.is_empty() {
        put(&mut response, "upload-metadata", &metadata);
    }
    Ok(response)
}

/// More bytes at the present offset.
#[utoipa::path(patch, path = "/api/uploads/{id}", tag = "ingest", params(("id" = String, Path)),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 204), (status = 400), (status = 403), (status = 404), (status = 409), (status = 410), (status = 412),
        (status = 413), (status = 415), (status = 423), (status = 460), (status = 507)))]
pub async fn patch(
    State(app): State<App>,
    actor: Asking,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    answer(patched(&app, actor, &id, &headers, body).await)
}

async fn patched(app: &App, actor: Asking, id: &str, headers: &HeaderMap, body: Body) -> Result<Response> {
    check_version(headers)?;
    let upload = open_upload(app, &actor?, id).await?;
    if text(headers, "content-type")? != Some(CONTENT_TYPE) {
        return Err(Problem::refused(415, "upload.content_type"));
    }
    if upload.state != "receiving" {
        return Err(Problem::refused(403, "upload.closed"));
    }
    let offset = number(headers, "upload-offset")?
        .ok_or_else(|| Problem::refused(400, "upload.header").with("header", "upload-offset"))?;
    let length = number(headers, "upload-length")?;
    let wanted = receive::Wanted { offset, length, checksum: headers::checksum(headers)? };
    let upload = receive::receive(app, id, wanted, body).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    describe(&mut response, &upload);
    Ok(response)
}

/// Gives an upload up.
#[utoipa::path(delete, path = "/api/uploads/{id}", tag = "ingest", params(("id" = String, Path)),
    responses((status = 204), (status = 403), (status = 404), (status = 410), (status = 412)))]
pub async fn remove(State(app): State<App>, actor: Asking, Path(id): Path<String>, headers: HeaderMap) -> Response {
    answer(removed(&app, actor, &id, &headers).await)
}

async fn removed(app: &App, actor: Asking, id: &str, headers: &HeaderMap) -> Result<Response> {
    check_version(headers)?;
    let upload = open_upload(app, &actor?, id).await?;
    if !give_up(app, &upload.id).await? {
        return Err(Problem::refused(403, "upload.closed"));
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// For clients behind what lets only GET and POST through: the method stands in `X-HTTP-Method-Override`.
#[utoipa::path(post, path = "/api/uploads/{id}", tag = "ingest", params(("id" = String, Path)),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 204), (status = 200), (status = 400), (status = 403), (status = 404), (status = 405), (status = 409), (status = 410),
        (status = 412), (status = 413), (status = 415), (status = 423), (status = 460), (status = 507)))]
pub async fn overridden(
    State(app): State<App>,
    actor: Asking,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let method = headers.get("x-http-method-override").map_or(&b""[..], HeaderValue::as_bytes);
    let done = match method {
        b"PATCH" => patched(&app, actor, &id, &headers, body).await,
        b"DELETE" => removed(&app, actor, &id, &headers).await,
        b"HEAD" => found(&app, actor, &id, &headers).await,
        _ => match actor.and_then(|actor| actor.may(Permission::UploadCreate)) {
            Ok(()) => Err(Problem::refused(405, "request.method")),
            Err(problem) => Err(problem),
        },
    };
    answer(done)
}

/// What became of a completed upload.
#[derive(Serialize, ToSchema)]
pub struct UploadOutcome {
    /// receiving, joined, sealing, sealed, duplicate, removed
    pub state: String,
    pub recording_id: Option<String>,
    /// Why it was removed; while it is sealing, what holds it up. It is tried again until it succeeds.
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
