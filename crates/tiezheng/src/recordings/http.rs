//! Recordings over HTTP: lists, detail, custody, receipts.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use tiezheng_rules::time::acted_at;
use utoipa::ToSchema;

use super::extension::{self, Entered, Extension};
use super::store::{self, RecordingRow, Wanted};
use super::{IndexChange, preview};
use crate::activities;
use crate::app::App;
use crate::audit::{self, Act, Event};
use crate::error::{Problem, Result};
use crate::http::extract::{Body, Page, Path, Query, language, limit};
use crate::locale;
use crate::people::{Actor, Permission};
use crate::regulations;
use crate::regulations::applies::{self, Applies, Kept, Who};

#[utoipa::path(get, path = "/api/recordings", tag = "recordings", params(Wanted),
    responses((status = 200, body = Page<RecordingRow>)))]
pub async fn list(
    State(app): State<App>,
    actor: Actor,
    Query(wanted): Query<Wanted>,
) -> Result<axum::Json<Page<RecordingRow>>> {
    actor.may(Permission::RecordingList)?;
    wanted.check()?;
    let limit = limit(wanted.limit);
    let found = store::list(&mut app.db.read().await?, &actor.scope(), &wanted, limit + 1).await?;
    Ok(axum::Json(Page::cut(found, limit as usize, store::cursor)))
}

/// How many there are under the same filters, by kind and by hand-in verdict.
#[utoipa::path(get, path = "/api/recordings/facets", tag = "recordings", params(Wanted),
    responses((status = 200, body = Object)))]
pub async fn facets(State(app): State<App>, actor: Actor, Query(wanted): Query<Wanted>) -> Result<axum::Json<Value>> {
    actor.may(Permission::RecordingList)?;
    wanted.check()?;
    store::facets(&mut app.db.read().await?, &actor.scope(), &wanted).await.map(axum::Json)
}

#[derive(Serialize, ToSchema)]
pub struct Times {
    /// What the device wrote, UTC milliseconds.
    pub claimed_ms: Option<i64>,
    /// name, container, none
    pub source: String,
    /// Device clock minus true time when docked.
    pub drift_ms: Option<i64>,
    /// Claimed minus drift.
    pub corrected_ms: Option<i64>,
    /// Our last byte.
    pub received_ms: i64,
    pub sealed_ms: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub struct Detail {
    #[serde(flatten)]
    pub row: RecordingRow,
    pub source_path: String,
    pub raw_name_hex: Option<String>,
    pub mime: String,
    pub times: Times,
    /// sha256, sm3, tree (Merkle root over 1 MiB leaves), size
    #[schema(value_type = Object)]
    pub digests: Value,
    #[schema(value_type = Object)]
    pub examination: Value,
    pub parts: Vec<RecordingRow>,
    #[schema(value_type = Vec<Object>)]
    pub gps: Value,
    #[schema(value_type = Object)]
    pub preview: Value,
    /// Whether a receipt can be had now.
    pub receipt: bool,
    /// 联合执法编号 of its activity.
    pub joint_no: Option<String>,
    /// The regulation it goes by: that of the unit that made it, at the time of the act.
    pub applies: Applies,
    /// Those of the other units of a joint operation.
    pub also: Vec<Applies>,
    /// 保存期限; null where no time was claimed to count from.
    pub kept: Option<Kept>,
    /// 延期 as entered.
    pub extension: Option<Entered>,
    /// What its regulation offers: circumstances, whose consent, from when, what is excluded.
    #[schema(value_type = Option<Object>)]
    pub extends: Option<Value>,
}

async fn shown(app: &App, actor: &Actor, id: &str) -> Result<Detail> {
    let mut tx = app.db.read().await?;
    let row = store::row(&mut tx, &actor.scope(), id).await?.ok_or_else(Problem::not_found)?;
    let recording = store::evidence(&mut tx, id).await?;
    let parts = match &row.capture {
        Some(capture) => store::parts(&mut tx, &actor.scope(), capture).await?,
        None => Vec::new(),
    };
    let event = audit::store::by_id(&mut tx, &recording.event).await?;
    let preview = preview::state(&mut tx, &recording).await?;
    let activity = match &row.activity_id {
        Some(activity) => activities::store::acted(&mut tx, activity).await?,
        None => None,
    };
    let handed_in = regulations::store::one_handed_in(&mut tx, id).await?;
    let began = activity.as_ref().map(|activity| activity.began_ms);
    let at_ms = handed_in.as_ref().map(|one| one.handed.at_ms());
    let at_ms = at_ms.unwrap_or_else(|| acted_at(began, recording.began_ms(), recording.received_ms));
    let unit = row.unit.as_ref().map(|unit| unit.id.as_str());
    let unit = unit.or(activity.as_ref().and_then(|activity| activity.unit.as_deref()));
    let who = Who { agency: &row.agency.id, unit, at_ms };
    let applies = applies::to(app, &mut tx, &who).await?;
    let joint_no = activity.as_ref().and_then(|activity| activity.joint_no.clone());
    let also = applies::also(app, &mut tx, joint_no.as_deref(), row.activity_id.as_deref().unwrap_or("")).await?;
    let grounds = activity.as_ref().map(|activity| activity.grounds.as_str());
    let extends = match &handed_in {
        Some(one) => extension::offered(app, &mut tx, &row.agency.id, one).await?,
        None => None,
    };
    let kept = match handed_in.as_ref().map(|one| one.handed.ended_ms).or(row.ended_ms) {
        Some(ended) => Some(applies::kept(app, &mut tx, &who, ended, grounds).await?),
        None => None,
    };
    Ok(Detail {
        joint_no,
        applies,
        also,
        kept,
        receipt: row.state == "sealed",
        extension: store::extension(&mut tx, id).await?,
        extends: extends.map(serde_json::to_value).transpose()?,
        times: Times {
            claimed_ms: recording.claimed_ms,
            source: recording.time_source.clone(),
            drift_ms: recording.drift_ms,
            corrected_ms: recording.began_ms(),
            received_ms: recording.received_ms,
            sealed_ms: event.map(|event| event.at_ms),
        },
        digests: json!({
            "size": recording.bytes, "sha256": hex::encode(recording.sha256), "sm3": hex::encode(recording.sm3),
            "tree": hex::encode(recording.tree),
        }),
        examination: serde_json::from_str(&recording.examination).unwrap_or(Value::Null),
        gps: store::track(&mut tx, id).await?,
        preview: serde_json::to_value(preview)?,
        parts,
        source_path: recording.source_path,
        raw_name_hex: recording.raw_name_hex,
        mime: recording.mime,
        row,
    })
}

#[utoipa::path(get, path = "/api/recordings/{id}", tag = "recordings", params(("id" = String, Path)),
    responses((status = 200, body = Detail), (status = 404)))]
pub async fn detail(State(app): State<App>, actor: Actor, Path(id): Path<String>) -> Result<axum::Json<Detail>> {
    actor.may(Permission::RecordingList)?;
    shown(&app, &actor, &id).await.map(axum::Json)
}

/// 编目: title, place, party, event type, key mark, officer; an overlay, the sealed facts stay.
#[utoipa::path(put, path = "/api/recordings/{id}/index", tag = "recordings", params(("id" = String, Path)),
    request_body = IndexChange, responses((status = 200, body = Detail), (status = 404), (status = 422)))]
pub async fn index(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    Body(change): Body<IndexChange>,
) -> Result<axum::Json<Detail>> {
    actor.may(Permission::RecordingIndex)?;
    super::index(&app, &actor, &id, &change).await?;
    shown(&app, &actor, &id).await.map(axum::Json)
}

/// 延期: why it is handed in later, and who consented. Takes the place of what was entered before.
#[utoipa::path(put, path = "/api/recordings/{id}/extension", tag = "recordings", params(("id" = String, Path)),
    request_body = Extension, responses((status = 200, body = Detail), (status = 404), (status = 422)))]
pub async fn extend(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    Body(body): Body<Extension>,
) -> Result<axum::Json<Detail>> {
    extension::declare(&app, &actor, app.now(), &id, body).await?;
    shown(&app, &actor, &id).await.map(axum::Json)
}

/// One line of a custody timeline.
#[derive(Serialize, ToSchema)]
pub struct CustodyLine {
    pub id: String,
    pub at_ms: i64,
    pub act: String,
    pub actor: Option<String>,
    /// Id of what it was done to.
    pub subject: Option<String>,
    #[schema(value_type = Object)]
    pub detail: Value,
    /// Keys of the detail that tell of content, which the reader must not see; the leaf commits to them all the same.
    pub withheld: Vec<String>,
    pub log_index: Option<i64>,
    /// Its leaf lies under the newest signed checkpoint.
    pub covered: bool,
}

pub async fn lines(app: &App, reader: &Actor, events: Vec<Event>) -> Result<Vec<CustodyLine>> {
    let mut tx = app.db.read().await?;
    let published = audit::store::head(&mut tx).await?.published;
    let mut lines = Vec::new();
    for event in events {
        let actor = match &event.actor {
            Some(account) => Some(audit::store::name_of(&mut tx, account).await?),
            None => None,
        };
        let (detail, withheld) = audit::disclosure::disclosed(reader, &event);
        lines.push(CustodyLine {
            detail: Value::Object(detail),
            withheld,
            covered: event.log_index.is_some_and(|index| index.unsigned_abs() < published),
            id: event.id,
            at_ms: event.at_ms,
            act: event.act,
            actor,
            subject: event.subject,
            log_index: event.log_index,
        });
    }
    Ok(lines)
}

/// 保管链: everything that was done to this recording, oldest first.
#[utoipa::path(get, path = "/api/recordings/{id}/custody", tag = "recordings", params(("id" = String, Path)),
    responses((status = 200, body = Page<CustodyLine>), (status = 404)))]
pub async fn custody(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<axum::Json<Page<CustodyLine>>> {
    actor.may(Permission::RecordingList)?;
    let mut tx = app.db.read().await?;
    store::row(&mut tx, &actor.scope(), &id).await?.ok_or_else(Problem::not_found)?;
    let events = audit::store::of_subject(&mut tx, &id, 2_000).await?;
    drop(tx);
    Ok(axum::Json(Page::whole(lines(&app, &actor, events).await?)))
}

async fn sealing(app: &App, actor: &Actor, id: &str) -> Result<(RecordingRow, super::Recording, Event)> {
    actor.may(Permission::ReceiptRead)?;
    let mut tx = app.db.read().await?;
    let row = store::row(&mut tx, &actor.scope(), id).await?.ok_or_else(Problem::not_found)?;
    let recording = store::evidence(&mut tx, id).await?;
    let missing = || Problem::refused(500, "event.missing").with("event", recording.event.as_str());
    let event = audit::store::by_id(&mut tx, &recording.event).await?.ok_or_else(missing)?;
    Ok((row, recording, event))
}

async fn note_taken(app: &App, actor: &Actor, row: &RecordingRow, form: &str) -> Result<()> {
    let mut tx = app.db.begin().await?;
    let (agency, id) = (Some(row.agency.id.as_str()), Some(row.id.as_str()));
    audit::record(&mut tx, actor, app.now(), Act::ReceiptTaken, agency, id, json!({"form": form})).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok(())
}

/// 凭证: proves itself with `tiezheng verify`, without this server.
#[utoipa::path(get, path = "/api/recordings/{id}/receipt", tag = "recordings", params(("id" = String, Path)),
    responses((status = 200, body = Object), (status = 404), (status = 409)))]
pub async fn receipt(State(app): State<App>, actor: Actor, Path(id): Path<String>) -> Result<Response> {
    let (row, _, event) = sealing(&app, &actor, &id).await?;
    let receipt = super::receipt(&app, &event).await?.to_bytes()?;
    note_taken(&app, &actor, &row, "json").await?;
    let name = format!("attachment; filename=\"receipt-{id}.json\"");
    Ok(([(header::CONTENT_TYPE, "application/json".to_owned()), (header::CONTENT_DISPOSITION, name)], receipt)
        .into_response())
}

/// The same as a printed form.
#[utoipa::path(get, path = "/api/recordings/{id}/receipt.pdf", tag = "recordings", params(("id" = String, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "application/pdf"), (status = 404), (status = 409)))]
pub async fn receipt_pdf(
    State(app): State<App>,
    actor: Actor,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response> {
    let (row, recording, event) = sealing(&app, &actor, &id).await?;
    let receipt = super::receipt(&app, &event).await?;
    let data = super::form::receipt(language(&headers), &row, &recording, &receipt, app.now())?;
    let pdf = tokio::task::spawn_blocking(move || tiezheng_paper::render(tiezheng_paper::Form::Receipt, &data, None))
        .await
        .map_err(|error| Problem::internal(error.to_string()))?
        .map_err(|error| Problem::refused(503, error.code()).because(&error))?;
    note_taken(&app, &actor, &row, "pdf").await?;
    let name = format!("inline; filename=\"receipt-{id}.pdf\"");
    Ok(([(header::CONTENT_TYPE, "application/pdf".to_owned()), (header::CONTENT_DISPOSITION, name)], pdf)
        .into_response())
}

#[derive(Serialize, ToSchema)]
pub struct Verified {
    pub ok: bool,
    /// What was checked: object, digests, event, row, leaf.
    pub checked: Vec<&'static str>,
    #[schema(value_type = Vec<Object>)]
    pub findings: Vec<Value>,
}

/// 核验: reads the whole sealed original again and holds everything against the log.
#[utoipa::path(post, path = "/api/recordings/{id}/verify", tag = "recordings", params(("id" = String, Path)),
    responses((status = 200, body = Verified), (status = 404)))]
pub async fn verify(
    State(app): State<App>,
    actor: Actor,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<axum::Json<Verified>> {
    actor.may(Permission::RecordingVerify)?;
    let mut tx = app.db.read().await?;
    let row = store::row(&mut tx, &actor.scope(), &id).await?.ok_or_else(Problem::not_found)?;
    drop(tx);
    let findings = crate::supervision::verify::recording(&app, &id).await?;
    let language = language(&headers);
    let findings: Vec<Value> = findings
        .iter()
        .map(|finding| {
            let title = locale::text(language, &finding.code, &finding.params);
            json!({"code": finding.code, "subject": finding.subject, "params": finding.params, "title": title})
        })
        .collect();
    let mut tx = app.db.begin().await?;
    let detail = json!({"ok": findings.is_empty(), "findings": findings.len()});
    let agency = Some(row.agency.id.as_str());
    audit::record(&mut tx, &actor, app.now(), Act::RecordingVerified, agency, Some(&id), detail).await?;
    tx.commit().await?;
    app.events.notify_one();
    let checked = vec!["object", "digests", "event", "row", "leaf"];
    Ok(axum::Json(Verified { ok: findings.is_empty(), checked, findings }))
}

/// Asks for a preview to be made.
#[utoipa::path(post, path = "/api/recordings/{id}/preview", tag = "recordings", params(("id" = String, Path)),
    responses((status = 202), (status = 404)))]
pub async fn preview(State(app): State<App>, actor: Actor, Path(id): Path<String>) -> Result<StatusCode> {
    actor.may(Permission::RecordingPlay)?;
    let mut tx = app.db.read().await?;
    store::row(&mut tx, &actor.scope(), &id).await?.ok_or_else(Problem::not_found)?;
    drop(tx);
    crate::jobs::again(&app, "preview", &id).await?;
    Ok(StatusCode::ACCEPTED)
}
