//! Tables in and out over HTTP.

use axum::body::Body as Raw;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use super::export::{self, Column};
use super::import::{Imported, Preview};
use super::read::BYTES_MOST;
use super::write::{self, Format};
use crate::app::{App, sha256};
use crate::audit::{self, Act};
use crate::equipment::provision::{self, records_http};
use crate::equipment::{models_http, orders_http};
use crate::error::{Problem, Result};
use crate::http::extract::{Page, Path, Query, language};
use crate::people::{Actor, Permission};
use crate::people::{handover, responsibility};
use crate::{activities, documents, equipment, locale, people, recordings};

#[derive(Deserialize, IntoParams, ToSchema)]
pub struct Exported {
    /// xlsx or csv
    #[serde(default = "xlsx")]
    pub format: String,
}

fn xlsx() -> String {
    "xlsx".to_owned()
}

/// 导出: a whole list (devices, officers, activities, recordings, orders, models, documents, handovers, responsibilities,
/// sufficiency, plans, purchases, sites, budgets of a year) as a workbook or comma separated, under the rights and filters of
/// the list itself, which are given as there. The export is an event.
#[utoipa::path(get, path = "/api/exports/{list}", tag = "sheet", params(("list" = String, Path), Exported),
    responses((status = 200, body = Vec<u8>, content_type = "text/csv"), (status = 422)))]
pub async fn export(
    State(app): State<App>,
    actor: Actor,
    headers: HeaderMap,
    Path(list): Path<String>,
    Query(exported): Query<Exported>,
    uri: axum::http::Uri,
) -> Result<Response> {
    let format = Format::parse(&exported.format)?;
    let language = language(&headers);
    let filter = uri.query().unwrap_or("");
    let (mut items, mut cursor) = (Vec::new(), None);
    // Page by page: what changes meanwhile may be seen or not, nothing is seen twice.
    let columns = loop {
        let (state, actor, at) = (State(app.clone()), actor.clone(), cursor.as_deref());
        let (columns, (found, next)) = match list.as_str() {
            "devices" => (export::DEVICES, told(equipment::http::devices(state, actor, asked(filter, at)?).await?.0)?),
            "officers" => (export::PEOPLE, told(people::http::officers(state, actor, asked(filter, at)?).await?.0)?),
            "activities" => {
                (export::ACTIVITIES, told(activities::http::list(state, actor, asked(filter, at)?).await?.0)?)
            }
            "recordings" => {
                (export::RECORDINGS, told(recordings::http::list(state, actor, asked(filter, at)?).await?.0)?)
            }
            "orders" => (export::ORDERS, told(orders_http::orders(state, actor, asked(filter, at)?).await?.0)?),
            "models" => (export::MODELS, told(models_http::models(state, actor).await?.0)?),
            "documents" => (export::DOCUMENTS, told(documents::http::list(state, actor, asked(filter, at)?).await?.0)?),
            "handovers" => (export::HANDOVERS, told(handover::http::list(state, actor, asked(filter, at)?).await?.0)?),
            "responsibilities" => {
                (export::RESPONSIBILITIES, told(responsibility::http::list(state, actor, asked(filter, at)?).await?.0)?)
            }
            "sufficiency" => {
                let found = provision::http::sufficiency(state, actor, asked(filter, None)?).await?.0;
                (export::SUFFICIENCY, by_line(told(Page::whole(found.units))?, "needs"))
            }
            "plans" => {
                let found = provision::http::plans(state, actor, asked(filter, at)?).await?.0;
                (export::PLANS, by_line(told(found)?, "lines"))
            }
            "purchases" => {
                let found = records_http::purchases(state, actor, asked(filter, at)?).await?.0;
                (export::PURCHASES, by_line(told(found)?, "lines"))
            }
            "sites" => (export::SITES, told(records_http::sites(state, actor, asked(filter, at)?).await?.0)?),
            "budgets" => {
                let found = records_http::budgets(state, actor, asked(filter, None)?).await?.0;
                (export::BUDGETS, told(Page::whole(found.units))?)
            }
            _ => return Err(Problem::not_found()),
        };
        items.extend(found);
        if items.len() > export::ROWS_MOST {
            return Err(Problem::refused(422, "export.too_many").with("most", export::ROWS_MOST));
        }
        match next {
            Some(next) => cursor = Some(next),
            None => break columns,
        }
    };
    let count = items.len();
    let bytes = made(format, list.clone(), columns, items, language).await?;
    let mut tx = app.db.begin().await?;
    let digest = hex::encode(sha256(&bytes));
    let detail = json!({"list": list, "format": format.name(), "rows": count, "sha256": digest, "filter": filter});
    audit::record(&mut tx, &actor, app.now(), Act::ListExported, actor.agency.as_deref(), None, detail).await?;
    tx.commit().await?;
    app.events.notify_one();
    let name = format!("attachment; filename=\"{list}.{}\"", format.name());
    Ok(([(header::CONTENT_TYPE, format.mime().to_owned()), (header::CONTENT_DISPOSITION, name)], bytes).into_response())
}

async fn made(
    format: Format,
    list: String,
    columns: &'static [Column],
    items: Vec<Value>,
    language: &'static str,
) -> Result<Vec<u8>> {
    let write = move || {
        let rows: Vec<_> = items.iter().map(|item| export::row(columns, item, language)).collect();
        let name = locale::text(language, &format!("sheet.list.{list}"), &Map::new());
        write::table(format, &name, &export::headings(columns, language), &rows)
    };
    tokio::task::spawn_blocking(write).await.map_err(|error| Problem::internal(error.to_string()))?
}

fn told<T: Serialize>(page: Page<T>) -> Result<(Vec<Value>, Option<String>)> {
    let items: serde_json::Result<Vec<Value>> = page.items.iter().map(serde_json::to_value).collect();
    Ok((items?, page.next))
}

/// One row for each line that an item has, as if the line were all it had.
fn by_line((items, next): (Vec<Value>, Option<String>), lines: &str) -> (Vec<Value>, Option<String>) {
    let rows = items.into_iter().flat_map(|mut item| {
        let taken = item[lines].take();
        let each = taken.as_array().cloned().unwrap_or_default();
        each.into_iter().map(move |line| {
            let mut row = item.clone();
            row[lines] = line;
            row
        })
    });
    (rows.collect(), next)
}

/// The query of the list with our own page marker, checked as the list itself checks it.
fn asked<Q: DeserializeOwned>(filter: &str, cursor: Option<&str>) -> Result<Query<Q>> {
    let internal = |error: &dyn std::fmt::Display| Problem::internal(error.to_string());
    let mut url = reqwest::Url::parse("http://localhost/").map_err(|error| internal(&error))?;
    url.set_query(Some(filter));
    let kept = url.query_pairs().filter(|(key, _)| !["format", "cursor", "limit"].contains(&key.as_ref()));
    let kept: Vec<(String, String)> = kept.map(|(key, value)| (key.into_owned(), value.into_owned())).collect();
    let page = [("limit", "200")].into_iter().chain(cursor.map(|at| ("cursor", at)));
    url.query_pairs_mut().clear().extend_pairs(kept).extend_pairs(page);
    let uri = url.as_str().parse().map_err(|error: axum::http::uri::InvalidUri| internal(&error))?;
    let query = axum::extract::Query::<Q>::try_from_uri(&uri);
    query
        .map(|query| Query(query.0))
        .map_err(|error| Problem::refused(400, "request.query").with("detail", error.body_text()))
}

/// The file, asked for its rights first: nobody sends 10 MiB to be refused.
async fn file(body: Raw) -> Result<Bytes> {
    let most = BYTES_MOST;
    let too_large =
        |error| Problem::refused(413, "import.too_large").with("what", "bytes").with("most", most).because(error);
    axum::body::to_bytes(body, most).await.map_err(too_large)
}

#[derive(Deserialize, IntoParams)]
pub struct Ledger {
    /// 执法用途 of the rows that tell none.
    pub purpose: Option<String>,
}

/// 试读: what a ledger of devices (XLSX or CSV) would register, row by row, and what is wrong with it. Writes nothing.
#[utoipa::path(post, path = "/api/devices/import", tag = "sheet", params(Ledger),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = Preview), (status = 413), (status = 422)))]
pub async fn preview_devices(
    State(app): State<App>,
    actor: Actor,
    headers: HeaderMap,
    Query(ledger): Query<Ledger>,
    body: Raw,
) -> Result<axum::Json<Preview>> {
    actor.may(Permission::DeviceManage)?;
    let bytes = file(body).await?;
    let plan = equipment::import::read(&app, &actor, app.now(), ledger.purpose.as_deref(), bytes).await?;
    Ok(axum::Json(plan.preview(language(&headers))))
}

/// 导入: the same file again with the digest of what was seen: all of it is registered, or nothing.
#[utoipa::path(post, path = "/api/devices/import/{digest}", tag = "sheet", params(("digest" = String, Path), Ledger),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Imported), (status = 409), (status = 413), (status = 422)))]
pub async fn import_devices(
    State(app): State<App>,
    actor: Actor,
    Path(digest): Path<String>,
    Query(ledger): Query<Ledger>,
    body: Raw,
) -> Result<Response> {
    actor.may(Permission::DeviceManage)?;
    let (bytes, purpose) = (file(body).await?, ledger.purpose.as_deref());
    let made = equipment::import::apply(&app, &actor, app.now(), purpose, &digest, bytes).await?;
    Ok((StatusCode::CREATED, axum::Json(made)).into_response())
}

#[derive(Deserialize, IntoParams)]
pub struct Roster {
    /// Of those above all agencies: whose people they are.
    pub agency: Option<String>,
}

/// 试读: what a roster of people (XLSX or CSV) would enter, row by row, and what is wrong with it. Writes nothing.
#[utoipa::path(post, path = "/api/officers/import", tag = "sheet", params(Roster),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = Preview), (status = 413), (status = 422)))]
pub async fn preview_people(
    State(app): State<App>,
    actor: Actor,
    headers: HeaderMap,
    Query(roster): Query<Roster>,
    body: Raw,
) -> Result<axum::Json<Preview>> {
    actor.may(Permission::PeopleManage)?;
    let agency = people::http::target_agency(&actor, roster.agency)?;
    let plan = people::import::read(&app, &agency, file(body).await?).await?;
    Ok(axum::Json(plan.preview(language(&headers))))
}

/// 导入: the same file again with the digest of what was seen: all of it is entered, or nothing.
#[utoipa::path(post, path = "/api/officers/import/{digest}", tag = "sheet", params(("digest" = String, Path), Roster),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Imported), (status = 409), (status = 413), (status = 422)))]
pub async fn import_people(
    State(app): State<App>,
    actor: Actor,
    Path(digest): Path<String>,
    Query(roster): Query<Roster>,
    body: Raw,
) -> Result<Response> {
    actor.may(Permission::PeopleManage)?;
    let agency = people::http::target_agency(&actor, roster.agency)?;
    let made = people::import::apply(&app, &actor, app.now(), &agency, &digest, file(body).await?).await?;
    Ok((StatusCode::CREATED, axum::Json(made)).into_response())
}
