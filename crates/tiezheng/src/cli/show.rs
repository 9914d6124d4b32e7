//! What commands print. Sentences come from `locales`; a reader of English sets LANG=en…

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use comfy_table::{Cell, CellAlignment, Table};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::error::Problem;
use crate::ingest::card::shown;
use crate::ingest::run::{Progress, Report};
use crate::locale::text;
use crate::remind::{self, digest::Digest};

/// Chinese unless the terminal says English.
pub fn language() -> &'static str {
    let set =
        ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    if set.is_some_and(|value| value.starts_with("en")) { "en" } else { "zh-CN" }
}

pub fn say(key: &str, params: Value) -> String {
    text(language(), key, params.as_object().unwrap_or(&Map::new()))
}

/// A line for people. Names of files and folders are somebody else's: what would steer a terminal is shown, not sent.
pub fn out(line: impl std::fmt::Display) {
    print(visible(&line.to_string()));
}

/// Whoever closes the pipe early (`head`) has read enough.
fn print(line: String) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// The same beside the answer, on standard error.
pub fn err(line: impl std::fmt::Display) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr().lock(), "{}", visible(&line.to_string()));
}

/// Control characters as `\u{1b}`, line breaks of our own as they are.
fn visible(text: &str) -> String {
    let hidden = |c: char| c != '\n' && crate::field::is_hidden(c);
    text.chars().map(|c| if hidden(c) { c.escape_unicode().to_string() } else { c.to_string() }).collect()
}

/// A document for machines. JSON leaves the controls above 0x7e as they are; a terminal does not.
pub fn json(value: &impl serde::Serialize) {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let hidden = |c: char| c != '\n' && crate::field::is_hidden(c);
    let shown = |c: char| if hidden(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    print(text.chars().map(shown).collect());
}

/// Most problems of one file that are written out; the number of all is said.
const PROBLEMS_MOST: usize = 200;

/// In both languages, Chinese first: whoever reads it must know what to do.
pub fn problem(problem: &Problem) {
    for language in crate::locale::LANGUAGES {
        err(text(language, &problem.code, &problem.params));
        for one in problem.problems.iter().take(PROBLEMS_MOST) {
            let mut place = one.params.clone();
            place.insert("what".into(), text(language, &one.code, &one.params).into());
            err(text(language, "problem.at", &place));
        }
    }
    err(format!("[{problem}]"));
}

/// The same for machines, on standard output.
pub fn problem_json(problem: &Problem) {
    let told = |one: &Problem| json!({"code": one.code, "params": one.params, "message": text(language(), &one.code, &one.params)});
    let mut error = told(problem);
    if !problem.problems.is_empty() {
        error["problems"] = problem.problems.iter().map(told).collect();
    }
    json(&json!({"error": error}));
}

pub fn initialised(data: &Path, admin: &str, vkey: &str) {
    out(say("cli.initialised", json!({"data": data.display().to_string(), "admin": admin})));
    out(vkey);
}

pub fn serving(address: SocketAddr) {
    err(say("cli.serving", json!({"url": format!("http://{address}")})));
}

pub fn demo(app: &App, listen: SocketAddr) {
    let Some(demo) = app.demo.get() else { return };
    out(say("cli.demo", json!({"url": format!("http://{listen}"), "password": demo["password"]})));
    let mut table = table(&["cli.account", "cli.name", "cli.role", "cli.agency"]);
    for account in demo["accounts"].as_array().into_iter().flatten() {
        let field = |name: &str| account[name].as_str().unwrap_or("").to_owned();
        let role = text(language(), &format!("role.{}", field("role")), &Map::new());
        table.add_row([field("account"), field("name"), role, field("agency")]);
    }
    out(table);
}

pub fn loaded(report: &Value) {
    for (name, count) in report.as_object().into_iter().flatten() {
        if count.as_u64() != Some(0) {
            out(format!("{:>7}  {}", count.to_string(), say(&format!("cli.loaded.{name}"), json!({}))));
        }
    }
}

fn table(headings: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(headings.iter().map(|key| say(key, json!({}))));
    table
}

/// 12.3 MiB
pub fn bytes(count: u64) -> String {
    indicatif::BinaryBytes(count).to_string()
}

pub fn report(report: &Report) {
    let mut table = table(&["cli.file", "cli.size", "cli.state", "cli.device", "cli.leaf"]);
    for file in report.files.iter().take(200) {
        let mut state = say(&format!("cli.state.{}", file.state), json!({}));
        if file.cleared {
            state += &say("cli.state.and_cleared", json!({}));
        }
        if let Some(problem) = &file.problem {
            let mut params = problem["params"].as_object().cloned().unwrap_or_default();
            for value in params.values_mut() {
                *value = value.as_str().map_or(value.clone(), |text| shown(text).into());
            }
            let params = &params;
            state = format!("{state}\n{}", text(language(), problem["code"].as_str().unwrap_or(""), params));
        }
        table.add_row([
            Cell::new(shown(&file.path)),
            Cell::new(bytes(file.bytes)).set_alignment(CellAlignment::Right),
            Cell::new(state),
            Cell::new(file.device.as_deref().unwrap_or("—")),
            Cell::new(file.log_index.map_or("—".into(), |index| index.to_string())).set_alignment(CellAlignment::Right),
        ]);
    }
    out(table);
    if report.files.len() > 200 {
        out(say("cli.more_files", json!({"count": report.files.len() - 200})));
    }
    out(summary(report));
}

fn summary(report: &Report) -> String {
    let figures = json!({
        "sealed": report.sealed, "duplicates": report.duplicates, "failed": report.failed, "ignored": report.ignored,
        "cleared": report.cleared, "bytes": bytes(report.bytes), "log_size": report.log_size.unwrap_or(0),
    });
    say(if report.ingest.is_some() { "cli.ingested" } else { "cli.would_ingest" }, figures)
}

pub fn card(card: &Path, report: &Report) {
    out(format!("{}  {}", card.display(), summary(report)));
}

/// A message as it would be sent.
pub fn reminder(digest: &Digest) {
    out(format!(
        "{} <{}>\n{}\n\n{}",
        digest.account,
        digest.email.as_deref().unwrap_or(""),
        digest.subject,
        digest.text
    ));
}

pub fn reminded(report: &remind::Report) {
    for told in &report.channels {
        let figures = json!({
            "channel": told.channel, "day": report.day, "due": report.due, "sent": told.sent, "already": told.already,
            "failed": told.failed, "unsent": told.unsent, "no_address": told.no_address,
        });
        out(say("cli.reminded", figures));
        for failure in &told.failures {
            let code = failure.problem["code"].as_str().unwrap_or("");
            out(format!("  {}  {}", failure.account, say(code, failure.problem["params"].clone())));
        }
    }
}

/// A progress bar with rate and remaining time; nothing when nobody watches.
pub struct Bar {
    bar: ProgressBar,
    stop: tokio::sync::oneshot::Sender<()>,
    task: tokio::task::JoinHandle<()>,
}

pub fn bar(progress: Arc<Progress>) -> Bar {
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
    let style = "{bar:32} {binary_bytes}/{binary_total_bytes}  {binary_bytes_per_sec}  {eta}  {msg}";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    let (stop, mut stopped) = tokio::sync::oneshot::channel();
    let drawn = bar.clone();
    let task = tokio::spawn(async move {
        loop {
            drawn.set_length(progress.total_bytes.load(Ordering::Relaxed));
            drawn.set_position(progress.done_bytes.load(Ordering::Relaxed));
            let (done, all) =
                (progress.done_files.load(Ordering::Relaxed), progress.total_files.load(Ordering::Relaxed));
            drawn.set_message(format!("{done}/{all}"));
            tokio::select! {
                _ = tokio::time::sleep(Duration::from_millis(150)) => {}
                _ = &mut stopped => return,
            }
        }
    });
    Bar { bar, stop, task }
}

impl Bar {
    pub async fn finish(self) {
        let _ = self.stop.send(());
        let _ = self.task.await;
        self.bar.finish_and_clear();
    }
}
