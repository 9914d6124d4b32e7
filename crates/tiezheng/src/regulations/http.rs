//! Regulations over HTTP.

use axum::body::Body as Raw;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tiezheng_rules::law::Version;
use tiezheng_rules::time::legal_day;
use tiezheng_rules::{Law, Question, words};
use utoipa::{IntoParams, ToSchema};

use super::binding::{self, Addressees, NewBinding, Register, UnitBound};
use super::compliance::{self, Compliance};
use super::file::{self, New};
use super::store::{self, OfficialFile};
use super::view::{self, Regulation, RegulationDetail};
use super::{Decision, Kind, NewDecision, decide};
use crate::app::App;
use crate::error::{Problem, Result};
use crate::http::extract::{Body, Page, Path, Query, language};
use crate::people::{Actor, Permission};

/// The regulations of an actor's agency and its units, and what it has decided; nothing for those above all agencies.
async fn adopted(app: &App, actor: &Actor) -> Result<(Vec<String>, Vec<Decision>)> {
    let Some(agency) = actor.agency.as_deref() else { return Ok((Vec::new(), Vec::new())) };
    let mut tx = app.db.read().await?;
    let register = Register::of(&mut tx, agency).await?;
    let profiles = register.profiles().into_iter().map(str::to_owned).collect();
    Ok((profiles, store::decisions(&mut tx, agency).await?))
}

fn follows(app: &App, profiles: &[String], law: &Law) -> bool {
    let profiles: Vec<&str> = profiles.iter().map(String::as_str).collect();
    super::follows(&app.laws, &profiles, &law.id)
}

#[utoipa::path(get, path = "/api/regulations", tag = "regulations",
    responses((status = 200, body = Page<Regulation>)))]
pub async fn list(State(app): State<App>, actor: Actor) -> Result<axum::Json<Page<Regulation>>> {
    actor.may(Permission::RegulationRead)?;
    let (profiles, decisions) = adopted(&app, &actor).await?;
    let today = legal_day(app.now());
    let found = app.laws.all().iter().map(|law| view::head(law, &decisions, follows(&app, &profiles, law), today));
    Ok(axum::Json(Page::whole(found.collect())))
}

/// A regulation: versions, articles with what rests on them, ambiguities, decisions, official texts.
#[utoipa::path(get, path = "/api/regulations/{id}", tag = "regulations", params(("id" = String, Path)),
    responses((status = 200, body = RegulationDetail)))]
pub async fn detail(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<axum::Json<RegulationDetail>> {
    actor.may(Permission::RegulationRead)?;
    let law = app.laws.get(&id).ok_or_else(Problem::not_found)?;
    let (profiles, decisions) = adopted(&app, &actor).await?;
    let today = legal_day(app.now());
    let followed = follows(&app, &profiles, law);
    let files = match actor.agency.as_deref() {
        Some(agency) => store::files(&mut app.db.read().await?, agency, &id).await?,
        None => Vec::new(),
    };
    let as_today = crate::laws::as_adopted(law, &decisions, today);
    Ok(axum::Json(RegulationDetail {
        head: view::head(law, &decisions, followed, today),
        versions: view::versions(law, &as_today),
        resolutions: view::resolutions(law, &decisions, today),
        approvers: view::approvers(&as_today, app.now()),
        files,
        may_decide: followed && actor.has(Permission::RegulationDecide),
        may_approve: followed && actor.has(Permission::RegulationApprove),
        history: decisions.into_iter().filter(|decision| decision.told.profile == id).collect(),
    }))
}

/// 解释性配置: another of the offered readings of an ambiguity, by a numbered decision.
#[utoipa::path(post, path = "/api/regulations/{id}/resolutions", tag = "regulations", params(("id" = String, Path)),
    request_body = NewDecision, responses((status = 201, body = Decision), (status = 422)))]
pub async fn resolve(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    Body(body): Body<NewDecision>,
) -> Result<Response> {
    decided(&app, &actor, &id, Kind::Reading, body).await
}

/// 效力确认: that the text is in force, compared with an attached official text where one is named. Holds for a year.
#[utoipa::path(post, path = "/api/regulations/{id}/confirmations", tag = "regulations", params(("id" = String, Path)),
    request_body = NewDecision, responses((status = 201, body = Decision), (status = 422)))]
pub async fn confirm(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    Body(body): Body<NewDecision>,
) -> Result<Response> {
    decided(&app, &actor, &id, Kind::Confirmation, body).await
}

/// What carries an expired regulation on: successor, extension, own measures, or a decision of the leadership.
#[utoipa::path(post, path = "/api/regulations/{id}/continuations", tag = "regulations", params(("id" = String, Path)),
    request_body = NewDecision, responses((status = 201, body = Decision), (status = 422)))]
pub async fn carry_on(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    Body(body): Body<NewDecision>,
) -> Result<Response> {
    decided(&app, &actor, &id, Kind::Continuation, body).await
}

/// 补充附件: a document the text names, its file attached before, and what it lists where a rule waits for it.
#[utoipa::path(post, path = "/api/regulations/{id}/annexes", tag = "regulations", params(("id" = String, Path)),
    request_body = NewDecision, responses((status = 201, body = Decision), (status = 422)))]
pub async fn supply(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    Body(body): Body<NewDecision>,
) -> Result<Response> {
    decided(&app, &actor, &id, Kind::Annex, body).await
}

/// 审批人: the role that approves an act for which the text names nobody.
#[utoipa::path(post, path = "/api/regulations/{id}/approvers", tag = "regulations", params(("id" = String, Path)),
    request_body = NewDecision, responses((status = 201, body = Decision), (status = 422)))]
pub async fn appoint(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    Body(body): Body<NewDecision>,
) -> Result<Response> {
    decided(&app, &actor, &id, Kind::Approver, body).await
}

/// 授权代行: who acts for the approver of an act, by document and for a period.
#[utoipa::path(post, path = "/api/regulations/{id}/delegations", tag = "regulations", params(("id" = String, Path)),
    request_body = NewDecision, responses((status = 201, body = Decision), (status = 422)))]
pub async fn entrust(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    Body(body): Body<NewDecision>,
) -> Result<Response> {
    decided(&app, &actor, &id, Kind::Delegation, body).await
}

/// 批准: the second person puts a decision in force. Never by who entered it.
#[utoipa::path(post, path = "/api/regulations/{id}/decisions/{decision}/approve", tag = "regulations",
    params(("id" = String, Path), ("decision" = String, Path)),
    responses((status = 200, body = Decision), (status = 404), (status = 409), (status = 422)))]
pub async fn approve(
    State(app): State<App>,
    actor: Actor,
    Path((id, decision)): Path<(String, String)>,
) -> Result<axum::Json<Decision>> {
    decide::approve(&app, &actor, app.now(), &id, &decision).await.map(axum::Json)
}

/// 撤回 by who entered it, or 不予批准.
#[utoipa::path(delete, path = "/api/regulations/{id}/decisions/{decision}", tag = "regulations",
    params(("id" = String, Path), ("decision" = String, Path)),
    responses((status = 204), (status = 404), (status = 409)))]
pub async fn withdraw(
    State(app): State<App>,
    actor: Actor,
    Path((id, decision)): Path<(String, String)>,
) -> Result<StatusCode> {
    decide::withdraw(&app, &actor, app.now(), &id, &decision).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn decided(app: &App, actor: &Actor, id: &str, kind: Kind, body: NewDecision) -> Result<Response> {
    let decision = decide::decide(app, actor, app.now(), id, kind, body).await?;
    Ok((StatusCode::CREATED, axum::Json(decision)).into_response())
}

/// 适用单位: whom the text names, and every unit with what binds it and ever did.
#[utoipa::path(get, path = "/api/regulations/{id}/units", tag = "regulations", params(("id" = String, Path)),
    responses((status = 200, body = Addressees)))]
pub async fn units(State(app): State<App>, actor: Actor, Path(id): Path<String>) -> Result<axum::Json<Addressees>> {
    binding::addressees(&app, &actor, &id).await.map(axum::Json)
}

/// Binds a unit from a day on. What bound it until then ends, and still governs what was begun before.
#[utoipa::path(post, path = "/api/regulations/{id}/units", tag = "regulations", params(("id" = String, Path)),
    request_body = NewBinding, responses((status = 201, body = UnitBound), (status = 422)))]
pub async fn bind(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    Body(body): Body<NewBinding>,
) -> Result<Response> {
    let made = binding::bind(&app, &actor, app.now(), &id, body).await?;
    Ok((StatusCode::CREATED, axum::Json(made)).into_response())
}

#[derive(Deserialize, IntoParams)]
pub struct Named {
    /// File name for people.
    pub name: String,
    /// The version it is the text of; the latest when missing.
    pub version: Option<String>,
}

/// Attaches the official text, PDF or OFD, at most 32 MiB. The same bytes again: 200 and the file that is there.
#[utoipa::path(post, path = "/api/regulations/{id}/files", tag = "regulations", params(("id" = String, Path), Named),
    request_body(content = Vec<u8>, content_type = "application/pdf"),
    responses((status = 201, body = OfficialFile), (status = 200, body = OfficialFile), (status = 413), (status = 422)))]
pub async fn attach(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    Query(named): Query<Named>,
    body: Raw,
) -> Result<Response> {
    // Asked before the body is read: nobody sends 32 MiB to be refused.
    actor.may(Permission::RegulationDecide)?;
    let most = file::BYTES_MOST;
    let bytes = axum::body::to_bytes(body, most)
        .await
        .map_err(|error| Problem::refused(413, "regulation.file_too_large").with("most", most).because(error))?;
    let new = New { name: named.name, version: named.version, bytes };
    let (file, made) = file::attach(&app, &actor, app.now(), &id, new).await?;
    let status = if made { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, axum::Json(file)).into_response())
}

/// The bytes of an attached official text, as they were received.
#[utoipa::path(get, path = "/api/regulations/{id}/files/{file}", tag = "regulations",
    params(("id" = String, Path), ("file" = String, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "application/pdf")))]
pub async fn official(
    State(app): State<App>,
    actor: Actor,
    Path((id, file)): Path<(String, String)>,
) -> Result<Response> {
    actor.may(Permission::RegulationRead)?;
    let agency = actor.agency.as_deref().ok_or_else(Problem::not_found)?;
    let found = store::file(&mut app.db.read().await?, agency, &id, &file).await?;
    let (found, place) = found.ok_or_else(Problem::not_found)?;
    let reader = app.vault.read(&place).await?;
    let ending = if found.mime == "application/pdf" { "pdf" } else { "ofd" };
    Response::builder()
        .header(header::CONTENT_TYPE, found.mime.as_str())
        .header(header::CONTENT_LENGTH, reader.size())
        .header(header::ETAG, format!("\"{}\"", found.sha256))
        // Never shown inside the pages: what an agency uploads is not ours to run.
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{id}.{ending}\""))
        .body(Raw::from_stream(reader.stream(0..reader.size())))
        .map_err(|error| Problem::internal(error.to_string()))
}

/// The version that governs today.
fn governing(law: &Law, now: i64) -> Result<&Version> {
    let applied = law.on(legal_day(now)).map(|applied| applied.version);
    applied.or(law.versions.last()).ok_or_else(Problem::not_found)
}

/// 条款落实情况: article by article what answers it, how far it is built, and today's figures.
#[utoipa::path(get, path = "/api/regulations/{id}/compliance", tag = "regulations", params(("id" = String, Path)),
    responses((status = 200, body = Compliance)))]
pub async fn compliance(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<axum::Json<Compliance>> {
    actor.may(Permission::RegulationRead)?;
    let law = app.laws.get(&id).ok_or_else(Problem::not_found)?;
    let (_, decisions) = adopted(&app, &actor).await?;
    let law = crate::laws::as_adopted(law, &decisions, legal_day(app.now()));
    let version = governing(&law, app.now())?;
    let mut tx = app.db.read().await?;
    compliance::compliance(&mut tx, &app, &actor, &law, version).await.map(axum::Json)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// upload-deadline, retention, approver …: the questions of `tiezheng rules explain`.
    pub question: String,
    /// The fact sheet of that question.
    #[schema(value_type = Object)]
    pub facts: Value,
}

#[derive(Serialize, ToSchema)]
pub struct Explained {
    /// Verdict, articles, what of it is ours, what would change it.
    #[schema(value_type = Object)]
    pub answer: Value,
    /// The same in the words of the reader's language.
    pub words: String,
}

/// 按事实作答: a question answered from facts, with its articles. Changes nothing and leaves no mark.
#[utoipa::path(post, path = "/api/regulations/{id}/explain", tag = "regulations", params(("id" = String, Path)),
    request_body = Asked, responses((status = 200, body = Explained), (status = 422)))]
pub async fn explain(
    State(app): State<App>,
    actor: Actor,
    headers: axum::http::HeaderMap,
    Path(id): Path<String>,
    Body(asked): Body<Asked>,
) -> Result<axum::Json<Explained>> {
    actor.may(Permission::RegulationRead)?;
    app.laws.get(&id).ok_or_else(Problem::not_found)?;
    let question = Question::from_code(&asked.question).ok_or_else(|| {
        let allowed: Vec<&str> = Question::ALL.iter().map(|question| question.code()).collect();
        Problem::invalid("question", "regulation.question").with("allowed", allowed.join(", "))
    })?;
    let (_, decisions) = adopted(&app, &actor).await?;
    let day = day_of(&asked.facts).unwrap_or_else(|| legal_day(app.now()));
    let laws = app.laws.adopted(&id, &decisions, day);
    let laws: Vec<&Law> = laws.iter().map(AsRef::as_ref).collect();
    let answer = tiezheng_rules::explain(question, &laws, asked.facts, app.laws.calendar()).map_err(|faults| {
        Problem::invalid("facts", "regulation.facts").with("faults", serde_json::to_value(&faults).unwrap_or_default())
    })?;
    let language = language(&headers);
    let say = |key: &str| crate::locale::texts(language).and_then(|texts| texts.get(key)).cloned();
    let words = words::answer(question, &answer, &laws, language == "en", &say);
    Ok(axum::Json(Explained { answer: serde_json::to_value(&answer)?, words }))
}

/// The day a fact sheet is about, under whichever name its question has for it.
fn day_of(facts: &Value) -> Option<jiff::civil::Date> {
    let told = |key: &str| facts.get(key).cloned();
    let instant = ["activity_began", "recorded_from", "recorded_to"].iter().find_map(|key| told(key));
    let instant = instant.and_then(|value| serde_json::from_value::<tiezheng_rules::time::When>(value).ok());
    let day = ["acted_on", "recorded_on", "on"].iter().find_map(|key| told(key)?.as_str()?.parse().ok());
    instant.map(|at| legal_day(at.0)).or(day)
}
