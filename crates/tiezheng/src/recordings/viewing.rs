//! 调看: a look at a recording is opened first, and leaves its mark; the bytes come through the look that was opened.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tiezheng_media::Playable;
use tiezheng_vault::{ObjectReader, Place};
use utoipa::ToSchema;

use super::store;
use crate::app::{App, new_id};
use crate::audit::{self, Act};
use crate::error::{Problem, Result};
use crate::field;
use crate::http::extract::{Body as JsonBody, Path};
use crate::people::{Actor, Permission};

/// A look stays open for a working day: long recordings are watched with breaks.
const OPEN_MS: i64 = 8 * 3_600_000;
/// So long the bytes of a look are found without asking catalogue and vault again.
const IN_USE_MS: i64 = 15_000;
/// Looks in use at once; each holds its object's leaf digests, 32 bytes a MiB.
const IN_USE_MOST: usize = 256;

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    pub reason: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct View {
    pub view: String,
    /// Where the player finds the bytes; ranges are answered.
    pub url: Option<String>,
    pub mime: Option<String>,
    /// original, preview, none (not made yet)
    pub kind: String,
    pub poster_url: Option<String>,
    #[schema(value_type = Object)]
    pub strip: Option<Value>,
    pub waveform_url: Option<String>,
    /// Who looks and when: shown over the picture.
    pub watermark: String,
}

/// Opens a look at a recording.
#[utoipa::path(post, path = "/api/recordings/{id}/views", tag = "recordings", params(("id" = String, Path)),
    request_body = Reason, responses((status = 201, body = View), (status = 404)))]
pub async fn open(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<Reason>,
) -> Result<Response> {
    actor.may(Permission::RecordingPlay)?;
    let reason = field::optional("reason", body.reason.as_deref(), field::REASON_MOST)?;
    let now = app.now();
    let mut tx = app.db.read().await?;
    let row = store::row(&mut tx, &actor.scope(), &id).await?.ok_or_else(Problem::not_found)?;
    let recording = store::evidence(&mut tx, &id).await?;
    let derivatives = store::derivatives(&mut tx, &id).await?;
    drop(tx);
    let native = recording.examined().is_some_and(|examined| examined.playable == Playable::Native);
    let has = |kind: &str| derivatives.iter().find(|derivative| derivative.kind == kind);
    let (kind, mime) = if native && actor.has(Permission::RecordingPlayOriginal) {
        ("original", Some(recording.mime.clone()))
    } else if let Some(preview) = has("preview") {
        ("preview", Some(preview.mime.clone()))
    } else {
        ("none", None)
    };
    let view = new_id(now);
    let account = actor.account.clone().unwrap_or_default();
    let mut tx = app.db.begin().await?;
    let look =
        store::Look { recording: id.clone(), account: account.clone(), kind: kind.into(), expires_ms: now + OPEN_MS };
    store::put_look(&mut tx, &view, &look, now).await?;
    let detail = json!({"kind": kind, "reason": reason, "view": view});
    audit::record(&mut tx, &actor, now, Act::RecordingViewed, Some(&row.agency.id), Some(&id), detail).await?;
    tx.commit().await?;
    app.events.notify_one();
    if kind == "none" {
        // After the look is noted: a preview of what browsers play is made only once somebody needed it.
        crate::jobs::again(&app, "preview", &id).await?;
    }
    let url = |part: &str| format!("/api/views/{view}/{part}");
    let strip = has("strip").map(|strip| {
        let mut facts = strip.facts.clone();
        facts["url"] = url("strip").into();
        facts
    });
    let opened = View {
        url: mime.is_some().then(|| url("stream")),
        mime,
        kind: kind.into(),
        poster_url: has("poster").map(|_| url("poster")),
        strip,
        waveform_url: has("waveform").map(|_| url("waveform")),
        watermark: format!("{} · {account} · {}", actor.name, super::form::china_time(now)),
        view: view.clone(),
    };
    Ok((StatusCode::CREATED, axum::Json(opened)).into_response())
}

/// Looks in use. A player asks for many ranges a second; opening the object anew for each costs more than the bytes.
///
/// Who is asking is found out for every single one. A look that ended, or an object that was destroyed, is gone after
/// [`IN_USE_MS`] at the latest.
#[derive(Default)]
pub struct InUse(Mutex<HashMap<String, Bytes>>);

/// Where the bytes of a look come from.
#[derive(Clone)]
struct Bytes {
    account: Option<String>,
    until_ms: i64,
    reader: ObjectReader,
    mime: String,
    tag: String,
}

impl InUse {
    fn get(&self, view: &str, actor: &Actor, now: i64) -> Option<Bytes> {
        let looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        looks.get(view).filter(|bytes| bytes.account == actor.account && now < bytes.until_ms).cloned()
    }

    fn put(&self, view: &str, bytes: &Bytes, now: i64) {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if looks.len() >= IN_USE_MOST {
            looks.retain(|_, bytes| now < bytes.until_ms);
        }
        if looks.len() < IN_USE_MOST {
            looks.insert(view.to_owned(), bytes.clone());
        }
    }
}

/// A look belongs to whoever opened it, and ends.
async fn opened(app: &App, actor: &Actor, view: &str) -> Result<store::Look> {
    actor.may(Permission::RecordingPlay)?;
    let look = store::look(&mut app.db.read().await?, view).await?;
    let now = app.now();
    look.filter(|look| Some(&look.account) == actor.account.as_ref() && look.expires_ms > now)
        .ok_or_else(Problem::not_found)
}

/// The bytes of an opened look: the original where the browser can play it and the role may, else the preview.
#[utoipa::path(get, path = "/api/views/{view}/stream", tag = "recordings", params(("view" = String, Path)),
    responses((status = 200), (status = 206), (status = 404), (status = 416)))]
pub async fn stream(
    State(app): State<App>,
    actor: Actor,
    Path(view): Path<String>,
    headers: HeaderMap,
) -> Result<Response> {
    actor.may(Permission::RecordingPlay)?;
    let now = app.now();
    if let Some(bytes) = app.looks.get(&view, &actor, now) {
        return send(&bytes, &headers);
    }
    let opened = opened(&app, &actor, &view).await?;
    let mut bytes = if opened.kind == "original" {
        let recording = store::evidence(&mut app.db.read().await?, &opened.recording).await?;
        bytes_of(&app, &recording.place, recording.mime, &recording.sha256).await?
    } else {
        derivative(&app, &opened.recording, "preview").await?
    };
    bytes.account = actor.account;
    bytes.until_ms = opened.expires_ms.min(now + IN_USE_MS);
    app.looks.put(&view, &bytes, now);
    send(&bytes, &headers)
}

/// Poster, strip or waveform of an opened look.
#[utoipa::path(get, path = "/api/views/{view}/{part}", tag = "recordings",
    params(("view" = String, Path), ("part" = String, Path)), responses((status = 200), (status = 404)))]
pub async fn derived(
    State(app): State<App>,
    actor: Actor,
    Path((view, part)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response> {
    let opened = opened(&app, &actor, &view).await?;
    if !["poster", "strip", "waveform"].contains(&part.as_str()) {
        return Err(Problem::not_found());
    }
    send(&derivative(&app, &opened.recording, &part).await?, &headers)
}

async fn derivative(app: &App, recording: &str, kind: &str) -> Result<Bytes> {
    let derivatives = store::derivatives(&mut app.db.read().await?, recording).await?;
    let found = derivatives.into_iter().find(|derivative| derivative.kind == kind).ok_or_else(Problem::not_found)?;
    bytes_of(app, &found.place, found.mime, &found.digests.sha256).await
}

async fn bytes_of(app: &App, place: &Place, mime: String, sha256: &[u8; 32]) -> Result<Bytes> {
    let reader = app.vault.read(place).await?;
    Ok(Bytes { account: None, until_ms: 0, reader, mime, tag: hex::encode(sha256) })
}

/// Plaintext of a sealed object, whole or by range. Only the touched segments are decrypted.
fn send(bytes: &Bytes, headers: &HeaderMap) -> Result<Response> {
    let Bytes { reader, mime, tag, .. } = bytes;
    let size = reader.size();
    let asked = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let range = match asked.map(|asked| parse_range(asked, size)) {
        None | Some(Asked::Whole) => None,
        Some(Asked::Part(range)) => Some(range),
        Some(Asked::Outside) => {
            let unsatisfied = [(header::CONTENT_RANGE, format!("bytes */{size}"))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, unsatisfied).into_response());
        }
    };
    let wanted = range.clone().unwrap_or(0..size);
    let mut response = Response::builder()
        .status(if range.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK })
        .header(header::CONTENT_TYPE, mime.as_str())
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::CONTENT_LENGTH, wanted.end - wanted.start)
        .header(header::ETAG, format!("\"{tag}\""))
        .header(header::CACHE_CONTROL, "private, no-store")
        .header(header::CONTENT_DISPOSITION, "inline");
    if range.is_some() {
        let told = format!("bytes {}-{}/{size}", wanted.start, wanted.end - 1);
        response = response.header(header::CONTENT_RANGE, told);
    }
    let body = Body::from_stream(reader.stream(wanted));
    response.body(body).map_err(|error| Problem::internal(error.to_string()))
}

#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Whole,
    Part(Range<u64>),
    Outside,
}

/// One byte range (RFC 9110 §14.2); several ranges, other units and nonsense are answered with the whole.
fn parse_range(header: &str, size: u64) -> Asked {
    let Some((from, to)) = header.strip_prefix("bytes=").and_then(|spec| spec.split_once('-')) else {
        return Asked::Whole;
    };
    let range = match (from.trim().parse::<u64>(), to.trim().parse::<u64>()) {
        (Ok(from), Ok(to)) if from <= to => from..to.saturating_add(1).min(size),
        (Ok(from), Err(_)) if to.trim().is_empty() => from..size,
        (Err(_), Ok(last)) if from.trim().is_empty() => size.saturating_sub(last)..size,
        _ => return Asked::Whole,
    };
    if range.start >= size || range.is_empty() { Asked::Outside } else { Asked::Part(range) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        for (header, size, expected) in [
            ("bytes=0-99", 1000, Asked::Part(0..100)),
            ("bytes=900-", 1000, Asked::Part(900..1000)),
            ("bytes=-100", 1000, Asked::Part(900..1000)),
            ("bytes=-5000", 1000, Asked::Part(0..1000)),
            ("bytes=0-18446744073709551615", 1000, Asked::Part(0..1000)),
            ("bytes=1000-", 1000, Asked::Outside),
            ("bytes=-0", 1000, Asked::Outside),
            ("bytes=0-", 0, Asked::Outside),
            ("bytes=5-2", 1000, Asked::Whole),
            ("bytes=0-1,5-6", 1000, Asked::Whole),
            ("lines=0-1", 1000, Asked::Whole),
            ("bytes=a-b", 1000, Asked::Whole),
        ] {
            assert_eq!(parse_range(header, size), expected, "{header}");
        }
    }

    async fn sealed_bytes(folder: &std::path::Path) -> Bytes {
        let keys = tiezheng_vault::Keys::create(&folder.join("keys"), "test").unwrap();
        let store = tiezheng_vault::Location::Folder(folder.join("store"));
        let vault = tiezheng_vault::Vault::create(&store, keys).await.unwrap();
        let mut pack = vault.packer();
        pack.add("picture".into(), |_| Vec::new()).await.unwrap();
        let sealed = pack.flush().await.unwrap().remove(0);
        let reader = vault.read(&sealed.place).await.unwrap();
        Bytes { account: Some("li".into()), until_ms: 1000, reader, mime: "image/jpeg".into(), tag: String::new() }
    }

    #[tokio::test]
    async fn a_look_in_use_stays_its_owners_and_ends() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = sealed_bytes(folder.path()).await;
        let looks = InUse::default();
        looks.put("one", &bytes, 0);
        for (view, account, now, found) in [
            ("one", Some("li"), 0, true),
            ("one", Some("li"), 999, true),
            ("one", Some("li"), 1000, false),
            ("one", Some("wang"), 0, false),
            ("one", None, 0, false),
            ("two", Some("li"), 0, false),
        ] {
            let actor = Actor { account: account.map(str::to_owned), ..Actor::default() };
            assert_eq!(looks.get(view, &actor, now).is_some(), found, "{view} {account:?} {now}");
        }
    }

    #[tokio::test]
    async fn only_so_many_looks_are_kept_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = sealed_bytes(folder.path()).await;
        let (looks, actor) = (InUse::default(), Actor { account: Some("li".into()), ..Actor::default() });
        for n in 0..=IN_USE_MOST {
            looks.put(&n.to_string(), &bytes, 0);
        }
        assert!(looks.get("0", &actor, 0).is_some());
        assert!(looks.get(&IN_USE_MOST.to_string(), &actor, 0).is_none(), "one too many is opened anew each time");
        looks.put("late", &Bytes { until_ms: 2000, ..bytes }, 1000);
        assert!(looks.get("late", &actor, 1000).is_some(), "those that ended make room");
    }
}
