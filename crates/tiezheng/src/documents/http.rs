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

/// Number of a paper, percent-encoded.
const NUMBER: &str = "x-document-number";

/// 打印文书: fills a form of 配备 from the register, gives it a number and seals it. 200 where the same paper was printed this
/// day already and nothing on it has changed. The PDF is at `location`.
#[utoipa::path(post, path = "/api/documents", tag = "documents", request_body = NewDocument,
    responses((status = 201, body = Document), (status = 200, body = Document), (status = 409), (status = 422),
        (status = 503)))]
pub async fn print(
    State(app): State<App>,
    actor: Actor,
    headers: HeaderMap,
    Body(new): Body<NewDocument>,
) -> Result<Response> {
    let (document, made) = super::print(&app, &actor, app.now(), language(&headers), new).await?;
    let status = if made { StatusCode::CREATED } else { StatusCode::OK };
    let location = [(header::LOCATION, format!("/api/documents/{}", document.id))];
    Ok((status, location, axum::Json(document)).into_response())
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

/// Whose papers an actor may see: his own and those of his units, of his agency, or of all.
fn visible(actor: &Actor) -> store::Wanted<'_> {
    let units = match actor.scope() {
        Scope::Units { .. } => Some((actor.units.as_slice(), actor.account.as_deref())),
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
