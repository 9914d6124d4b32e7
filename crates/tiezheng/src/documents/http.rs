//! Printed forms over HTTP.

use axum::body::Body as Raw;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tiezheng_paper::Form;
use utoipa::IntoParams;

use super::{Document, NewDocument, store};
use crate::app::App;
use crate::error::{Problem, Result};
use crate::field;
use crate::http::extract::{Body, Page, Path, Query, language, limit};
use crate::people::{Actor, Permission, Scope};

/// Number and id of a paper that has just been printed; the PDF is the body.
const NUMBER: &str = "x-document-number";

/// 打印文书: prints a form of 配备 from the register, gives it a number and seals it. The answer is the PDF; `location` says
/// where it can be had again, `x-document-number` its number (percent-encoded).
#[utoipa::path(post, path = "/api/documents", tag = "documents", request_body = NewDocument,
    responses((status = 201, body = Vec<u8>, content_type = "application/pdf"), (status = 409), (status = 422),
        (status = 503)))]
pub async fn print(
    State(app): State<App>,
    actor: Actor,
    headers: HeaderMap,
    Body(new): Body<NewDocument>,
) -> Result<Response> {
    let (document, pdf) = super::print(&app, &actor, app.now(), language(&headers), new).await?;
    let headers = [
        (header::CONTENT_TYPE.as_str(), "application/pdf".to_owned()),
        (header::CONTENT_DISPOSITION.as_str(), format!("inline; filename=\"{}.pdf\"", document.id)),
        (header::LOCATION.as_str(), format!("/api/documents/{}", document.id)),
        (header::ETAG.as_str(), format!("\"{}\"", document.sha256)),
        (NUMBER, percent_encoded(&document.number)),
    ];
    Ok((StatusCode::CREATED, headers, pdf).into_response())
}

/// A header holds ASCII only.
fn percent_encoded(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    text.bytes().map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[derive(Deserialize, IntoParams)]
pub struct DocumentQuery {
    pub form: Option<String>,
    pub cursor: Option<String>,
    pub limit: Option<i64>,
}

/// Whose papers an actor may see: those of his units, of his agency, or of all.
fn visible(actor: &Actor) -> store::Wanted<'_> {
    let units = match actor.scope() {
        Scope::Units { .. } => Some(actor.units.as_slice()),
        _ => None,
    };
    store::Wanted { agency: actor.agency.as_deref(), units, ..store::Wanted::default() }
}

/// 已打印的文书, newest first.
#[utoipa::path(get, path = "/api/documents", tag = "documents", params(DocumentQuery),
    responses((status = 200, body = Page<Document>)))]
pub async fn list(
    State(app): State<App>,
    actor: Actor,
    Query(query): Query<DocumentQuery>,
) -> Result<axum::Json<Page<Document>>> {
    actor.may(Permission::DocumentList)?;
    let names: Vec<&str> = Form::ALL.iter().map(|form| form.name()).collect();
    field::filter("form", query.form.as_deref(), &names)?;
    let before = field::cursor_by_id(query.cursor.as_deref())?;
    let limit = limit(query.limit);
    let wanted = store::Wanted { form: query.form.as_deref().filter(|form| !form.is_empty()), ..visible(&actor) };
    let found = store::list(&mut app.db.read().await?, &wanted, before, limit + 1).await?;
    Ok(axum::Json(Page::cut(found, limit as usize, |document| document.id.clone())))
}

/// The PDF as it was printed.
#[utoipa::path(get, path = "/api/documents/{id}", tag = "documents", params(("id" = String, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "application/pdf")))]
pub async fn document(State(app): State<App>, actor: Actor, Path(id): Path<String>) -> Result<Response> {
    actor.may(Permission::DocumentList)?;
    let wanted = store::Wanted { id: Some(&id), ..visible(&actor) };
    let found = store::one(&mut app.db.read().await?, &wanted).await?;
    let (found, place) = found.ok_or_else(Problem::not_found)?;
    let reader = app.vault.read(&place).await?;
    Response::builder()
        .header(header::CONTENT_TYPE, "application/pdf")
        .header(header::CONTENT_LENGTH, reader.size())
        .header(header::ETAG, format!("\"{}\"", found.sha256))
        .header(header::CONTENT_DISPOSITION, format!("inline; filename=\"{id}.pdf\""))
        .header(NUMBER, percent_encoded(&found.number))
        .body(Raw::from_stream(reader.stream(0..reader.size())))
        .map_err(|error| Problem::internal(error.to_string()))
}
