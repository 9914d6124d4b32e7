//! What handlers receive: the actor, checked JSON, query and path, each refused as a problem document.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::Problem;
use crate::people::{self, Actor};

pub const COOKIE: &str = "tiezheng_session";

/// The language of a request: the `lang` cookie set by the pages, else `Accept-Language`.
pub fn language(headers: &HeaderMap) -> &'static str {
    match cookie(headers, "tiezheng_lang").as_deref() {
        Some("en") => "en",
        Some("zh-CN") => "zh-CN",
        _ => crate::locale::choose(headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok())),
    }
}

/// A problem as a response. The problem itself rides along, so that the edge can put it into the reader's language.
pub fn respond(problem: &Problem, language: &str) -> Response {
    if problem.status >= 500 {
        tracing::error!(%problem, "failed");
    }
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = serde_json::to_vec(&problem.document(language)).unwrap_or_default();
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if problem.status == 401 {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

fn cookie(headers: &HeaderMap, wanted: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| value.to_owned())
}

pub fn session_secret(headers: &HeaderMap) -> Option<String> {
    cookie(headers, COOKIE)
}

pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ").map(str::trim)
}

impl FromRequestParts<App> for Actor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Actor, Problem> {
        let found = match (bearer(&parts.headers), session_secret(&parts.headers)) {
            (Some(token), _) => people::sessions::by_token(app, token).await?,
            (None, Some(secret)) => people::sessions::by_session(app, &secret).await?,
            (None, None) => None,
        };
        found.ok_or_else(|| Problem::refused(401, "session.required"))
    }
}

/// Where a request comes from, as far as wrong passwords are counted by it: an IPv4 address, or the network of an IPv6 one,
/// since whoever has one of its addresses has them all.
pub struct Address(pub String);

impl FromRequestParts<App> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Address, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let told = parts.headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let told: Vec<&str> = told.flat_map(|line| line.split(',')).collect();
        Ok(Address(network(origin(peer.unwrap_or(Ipv4Addr::UNSPECIFIED.into()), &told, &app.proxies))))
    }
}

/// The nearest address that is no proxy of ours. A proxy on this machine, or one that the configuration names, is believed
/// when it says whom it asks for; nobody else is.
fn origin(peer: IpAddr, told: &[&str], proxies: &[IpAddr]) -> IpAddr {
    let mut nearest = peer.to_canonical();
    for address in told.iter().rev() {
        if !nearest.is_loopback() && !proxies.contains(&nearest) {
            break;
        }
        let Ok(next) = address.trim().parse::<IpAddr>() else { break };
        nearest = next.to_canonical();
    }
    nearest
}

fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// A JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        match axum::Json::<T>::from_request(request, app).await {
            Ok(axum::Json(body)) => Ok(Body(body)),
            Err(JsonRejection::JsonDataError(error)) => {
                Err(Problem::refused(422, "request.field").with("detail", error.body_text()))
            }
            Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(Problem::refused(413, "request.too_large"))
            }
            Err(error) => Err(Problem::refused(400, "request.json").with("detail", error.body_text())),
        }
    }
}

/// The query string.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        axum::extract::Query::<T>::from_request_parts(parts, app)
            .await
            .map(|query| Query(query.0))
            .map_err(|error: QueryRejection| Problem::refused(400, "request.query").with("detail", error.body_text()))
    }
}

/// The variable parts of the path.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        axum::extract::Path::<T>::from_request_parts(parts, app)
            .await
            .map(|path| Path(path.0))
            .map_err(|_: PathRejection| Problem::not_found())
    }
}

/// A page of a list. `next` is the cursor of the following page; `total` is given where it is cheap to know.
#[derive(Serialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
    pub total: Option<i64>,
}

impl<T> Page<T> {
    pub fn whole(items: Vec<T>) -> Page<T> {
        let total = Some(items.len() as i64);
        Page { items, next: None, total }
    }

    /// From one row more than asked for: that one only tells that there is a next page.
    pub fn cut(mut items: Vec<T>, limit: usize, cursor: impl Fn(&T) -> String) -> Page<T> {
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(cursor) } else { None };
        Page { items, next, total: None }
    }
}

/// `limit` of a query within 1..=200, 50 unless told.
pub fn limit(asked: Option<i64>) -> i64 {
    asked.unwrap_or(50).clamp(1, 200)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_request_comes_from() {
        let proxies = ["10.0.0.5".parse().unwrap()];
        let cases: &[(&str, &[&str], &str)] = &[
            ("192.0.2.7", &[], "192.0.2.7"),
            ("192.0.2.7", &["198.51.100.1"], "192.0.2.7"), // a stranger may say what he likes
            ("127.0.0.1", &[], "127.0.0.1"),
            ("127.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("::ffff:127.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("127.0.0.1", &["203.0.113.9", " 198.51.100.1"], "198.51.100.1"), // the first one he wrote himself
            ("10.0.0.5", &["203.0.113.9", "127.0.0.1"], "203.0.113.9"),
            ("10.0.0.5", &["nonsense"], "10.0.0.5"),
            ("10.0.0.6", &["203.0.113.9"], "10.0.0.6"),
            ("2001:db8:1:2:3:4:5:6", &[], "2001:db8:1:2::/64"),
            ("::1", &["2001:db8:1:2::9"], "2001:db8:1:2::/64"),
        ];
        for (peer, told, expected) in cases {
            assert_eq!(network(origin(peer.parse().unwrap(), told, &proxies)), *expected, "{peer} {told:?}");
        }
    }
}
