//! The edge: routes, who is asking, in which language, and problem documents. Translates; decides nothing.

pub mod extract;
pub mod open;
mod pages;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::Problem;
use crate::{activities, audit, documents, equipment, ingest, people, recordings, regulations, sheet, supervision};

/// Every route with its description. The table of contents of the server.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(open::about))
        .routes(routes!(open::locale))
        .routes(routes!(open::healthz))
        .routes(routes!(open::readyz))
        .routes(routes!(open::metrics))
        .routes(routes!(open::checkpoint))
        .routes(routes!(open::tile))
        .routes(routes!(people::http::open_session, people::http::read_session, people::http::close_session))
        .routes(routes!(people::http::change_password))
        .routes(routes!(people::http::activate))
        .routes(routes!(people::grants_http::accounts))
        .routes(routes!(people::grants_http::change_account))
        .routes(routes!(people::grants_http::ask))
        .routes(routes!(people::grants_http::grants))
        .routes(routes!(people::grants_http::confirm))
        .routes(routes!(people::grants_http::refuse))
        .routes(routes!(people::http::agencies))
        .routes(routes!(people::http::units, people::http::add_unit))
        .routes(routes!(people::http::officers, people::http::add_officer))
        .routes(routes!(people::handover::http::change_officer))
        .routes(routes!(people::handover::http::holdings))
        .routes(routes!(people::handover::http::list, people::handover::http::open))
        .routes(routes!(people::handover::http::read))
        .routes(routes!(people::handover::http::sign))
        .routes(routes!(people::handover::http::withdraw))
        .routes(routes!(people::responsibility::http::list, people::responsibility::http::designate))
        .routes(routes!(people::responsibility::http::end))
        .routes(routes!(people::responsibility::http::gaps))
        .routes(routes!(equipment::http::devices, equipment::http::add_device))
        .routes(routes!(equipment::http::device_facets))
        .routes(routes!(equipment::http::device, equipment::http::correct_device))
        .routes(routes!(equipment::http::scan))
        .routes(routes!(equipment::http::act))
        .routes(routes!(equipment::http::ledger))
        .routes(routes!(equipment::models_http::models, equipment::models_http::add_model))
        .routes(routes!(equipment::models_http::declare))
        .routes(routes!(equipment::models_http::upkeep_plans, equipment::models_http::put_plan))
        .routes(routes!(equipment::orders_http::orders, equipment::orders_http::open_order))
        .routes(routes!(equipment::orders_http::order))
        .routes(routes!(equipment::orders_http::step_order))
        .routes(routes!(equipment::provision::http::sufficiency))
        .routes(routes!(equipment::provision::records_http::readiness))
        .routes(routes!(equipment::provision::http::statements, equipment::provision::http::state))
        .routes(routes!(equipment::provision::http::plans, equipment::provision::http::propose))
        .routes(routes!(equipment::provision::http::approve))
        .routes(routes!(equipment::provision::http::deviations, equipment::provision::http::deviate))
        .routes(routes!(equipment::provision::records_http::sites, equipment::provision::records_http::add_site))
        .routes(routes!(equipment::provision::records_http::outages, equipment::provision::records_http::add_outage))
        .routes(routes!(
            equipment::provision::records_http::standards,
            equipment::provision::records_http::add_standard
        ))
        .routes(routes!(
            equipment::provision::records_http::purchases,
            equipment::provision::records_http::add_purchase
        ))
        .routes(routes!(equipment::provision::records_http::accept_purchase))
        .routes(routes!(equipment::provision::records_http::budgets, equipment::provision::records_http::add_budget))
        .routes(routes!(activities::http::list, activities::http::add))
        .routes(routes!(activities::http::detail))
        .routes(routes!(activities::http::exempt))
        .routes(routes!(documents::http::print, documents::http::list))
        .routes(routes!(documents::http::document))
        .routes(routes!(sheet::http::export))
        .routes(routes!(sheet::http::preview_devices))
        .routes(routes!(sheet::http::import_devices))
        .routes(routes!(sheet::http::preview_people))
        .routes(routes!(sheet::http::import_people))
        .routes(routes!(recordings::http::list))
        .routes(routes!(recordings::http::facets))
        .routes(routes!(recordings::http::detail))
        .routes(routes!(recordings::http::index))
        .routes(routes!(recordings::http::extend))
        .routes(routes!(recordings::http::custody))
        .routes(routes!(recordings::http::receipt))
        .routes(routes!(recordings::http::receipt_pdf))
        .routes(routes!(recordings::http::verify))
        .routes(routes!(recordings::viewing::open))
        .routes(routes!(recordings::viewing::stream))
        .routes(routes!(recordings::viewing::derived))
        .routes(routes!(recordings::http::preview))
        .routes(routes!(ingest::tus::options, ingest::tus::create))
        .routes(routes!(ingest::tus::head, ingest::tus::patch, ingest::tus::remove, ingest::tus::overridden))
        .routes(routes!(ingest::tus::outcome))
        .routes(routes!(ingest::http::list))
        .routes(routes!(ingest::http::detail))
        .routes(routes!(supervision::http::workbench))
        .routes(routes!(supervision::http::integrity_runs, supervision::http::run_integrity))
        .routes(routes!(regulations::http::list))
        .routes(routes!(regulations::http::detail))
        .routes(routes!(regulations::http::resolve))
        .routes(routes!(regulations::http::confirm))
        .routes(routes!(regulations::http::carry_on))
        .routes(routes!(regulations::http::units, regulations::http::bind))
        .routes(routes!(regulations::http::supply))
        .routes(routes!(regulations::http::appoint))
        .routes(routes!(regulations::http::entrust))
        .routes(routes!(regulations::http::approve))
        .routes(routes!(regulations::http::withdraw))
        .routes(routes!(regulations::http::attach))
        .routes(routes!(regulations::http::official))
        .routes(routes!(regulations::http::compliance))
        .routes(routes!(regulations::http::explain))
        .routes(routes!(audit::http::list))
        .routes(routes!(audit::http::proof))
}

/// The OpenAPI description, as `/api/openapi.json` gives it.
pub fn description() -> utoipa::openapi::OpenApi {
    let mut description = routes().into_openapi();
    description.info.title = "Tiezheng".into();
    description.info.version = env!("CARGO_PKG_VERSION").into();
    description.info.description = Some("Custody of audio-visual recordings of administrative enforcement".into());
    description.info.license = None;
    // The generator would name its own author here.
    description.info.contact = None;
    for (path, item) in &mut description.paths.paths {
        let methods = [&mut item.get, &mut item.head, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        for operation in methods.into_iter().flatten() {
            complete(path, operation);
        }
    }
    description
}

/// Says once for all operations what holds for all: a name that is unique among the rooms, the two refusals of whoever
/// is not signed in or has no right, and that what is not there and what one may not see are answered alike.
fn complete(path: &str, operation: &mut utoipa::openapi::path::Operation) {
    if let (Some(room), Some(name)) = (operation.tags.as_ref().and_then(|tags| tags.first()), &operation.operation_id) {
        operation.operation_id = Some(format!("{room}_{name}"));
    }
    let open = !path.starts_with("/api/") || ["/api/about", "/api/locales/{language}"].contains(&path);
    let asked: &[&str] = if open { &[] } else { &["401", "403"] };
    let named: &[&str] = if path.contains('{') { &["404"] } else { &[] };
    for status in asked.iter().chain(named) {
        let refusal = utoipa::openapi::Response::new("");
        operation.responses.responses.entry((*status).into()).or_insert_with(|| refusal.into());
    }
}

pub fn router(app: App) -> Router {
    let (routes, _) = routes().split_for_parts();
    let header = |name: &'static str, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(HeaderName::from_static(name), HeaderValue::from_static(value))
    };
    routes
        .route("/api/openapi.json", axum::routing::get(|| async { axum::Json(description()) }))
        .fallback(pages::page)
        .layer(middleware::from_fn_with_state(app.clone(), guard))
        .layer(DefaultBodyLimit::max(2 << 20))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            extract::respond(&Problem::internal("panic"), "zh-CN")
        }))
        .layer(tower_http::compression::CompressionLayer::new().compress_when(Small))
        .layer(header("x-content-type-options", "nosniff"))
        .layer(header("referrer-policy", "same-origin"))
        .layer(header("x-frame-options", "DENY"))
        .layer(header(
            "content-security-policy",
            "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; \
             worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
        ))
        .with_state(app)
}

/// JSON, scripts and pages are compressed; media never (they are compressed already, and ranges must stay exact).
#[derive(Clone, Copy)]
struct Small;
impl tower_http::compression::predicate::Predicate for Small {
    fn should_compress<B: axum::body::HttpBody>(&self, response: &axum::http::Response<B>) -> bool {
        let kind = response.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
        ["application/json", "application/problem+json", "text/", "application/javascript", "image/svg"]
            .iter()
            .any(|wanted| kind.starts_with(wanted))
            && response.status() != StatusCode::PARTIAL_CONTENT
    }
}

/// Refuses writes that another site's page sends with our cookie. Browsers say where a request comes from
/// (`Sec-Fetch-Site`, else `Origin`); scripts send neither and carry no cookie of somebody else. What a request says of
/// proxies before us is not believed: behind one that changes `Host`, `public_url` tells where our pages come from.
async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !safe && is_cross_site(&request, app.config.public_url.as_deref()) {
        let problem = Problem::refused(403, "request.cross_site");
        return extract::respond(&problem, extract::language(request.headers()));
    }
    let path = request.uri().path().to_owned();
    let language = extract::language(request.headers());
    let mut response = next.run(request).await;
    if let (Some(Shown(problem)), "en") = (response.extensions().get::<Shown>().cloned(), language) {
        let kept = response.headers().clone();
        response = extract::respond(&problem, language);
        for (name, value) in kept.iter().filter(|(name, _)| **name != header::CONTENT_LENGTH) {
            response.headers_mut().insert(name.clone(), value.clone());
        }
    }
    // The framework's own short answers become problem documents too.
    let plain =
        response.headers().get(header::CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let status = response.status();
    if path.starts_with("/api/")
        && plain
        && (status == StatusCode::METHOD_NOT_ALLOWED || status == StatusCode::PAYLOAD_TOO_LARGE)
    {
        let code = if status == StatusCode::METHOD_NOT_ALLOWED { "request.method" } else { "request.too_large" };
        response = extract::respond(&Problem::refused(status.as_u16(), code), language);
    }
    if path.starts_with("/api/") {
        response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    response
}

fn is_cross_site(request: &Request, public_url: Option<&str>) -> bool {
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site != "same-origin" && site != "none",
        (None, Some(origin)) if public_url == Some(origin) => false,
        (None, Some(origin)) => {
            let host = text("host").unwrap_or("");
            origin.split_once("://").is_none_or(|(_, authority)| authority != host)
        }
        (None, None) => false,
    }
}

/// Serves until told to stop; then lets requests under way finish.
pub async fn serve(app: App, listener: tokio::net::TcpListener) -> anyhow::Result<()> {
    tokio::spawn(audit::sequencer(app.clone()));
    tokio::spawn(crate::jobs::worker(app.clone()));
    tokio::spawn(crate::remind::daily(app.clone()));
    let stop = async {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
            .expect("signals can be listened to");
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        // A player that holds its connection open must not hold us back for ever.
        tokio::spawn(async {
            tokio::time::sleep(Duration::from_secs(10)).await;
            std::process::exit(0);
        });
    };
    axum::serve(listener, router(app).into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(stop)
        .await?;
    Ok(())
}

impl IntoResponse for Problem {
    /// In Chinese; `guard` puts it into the reader's language, since it alone sees the request.
    fn into_response(self) -> Response {
        let mut response = extract::respond(&self, "zh-CN");
        response.extensions_mut().insert(Shown(std::sync::Arc::new(self)));
        response
    }
}

/// Rides in a response's extensions from the handler to `guard`.
#[derive(Clone)]
struct Shown(std::sync::Arc<Problem>);
