//! `tiezheng rules`: the regulations asked, shown and checked from the command line. Nothing here decides: facts go to
//! `tiezheng-rules`, answers come back with their articles.

use std::path::{Path, PathBuf};

use comfy_table::Table;
use serde_json::{Value, json};
use tiezheng_rules::explain::{facts_from_json, facts_from_toml};
use tiezheng_rules::fault::render;
use tiezheng_rules::law::Version;
use tiezheng_rules::{Fault, Law, Question, explain, report, shipped, stack, time, words};

use super::show;
use crate::app::Overrides;
use crate::error::{Problem, Result};
use crate::laws::{self, Unread, files, parsed};

#[derive(clap::Subcommand)]
pub enum Command {
    /// 各部规定及其效力 · the regulations and their state
    List {
        #[command(flatten)]
        from: From,
        /// the day asked about; today when missing
        #[arg(long, value_name = "YYYY-MM-DD")]
        on: Option<jiff::civil::Date>,
        #[arg(long)]
        json: bool,
    },
    /// 条款及其落实 · the articles of a regulation and what rests on them
    Show {
        id: String,
        /// 15, 15(3) or 第十五条第（三）项
        #[arg(long)]
        article: Option<String>,
        #[command(flatten)]
        from: From,
        #[arg(long)]
        json: bool,
    },
    /// 按事实作答 · a question answered from a fact sheet (TOML or JSON), with its articles
    Explain {
        #[arg(value_parser = question)]
        question: Question,
        #[arg(long, value_name = "ID")]
        profile: String,
        #[arg(long, value_name = "FILE")]
        facts: PathBuf,
        #[command(flatten)]
        from: From,
        #[arg(long)]
        json: bool,
    },
    /// 检查一部规定 · an agency's own folder: what is wrong, where, and the cure
    Check {
        dir: PathBuf,
        #[command(flatten)]
        from: From,
        #[arg(long)]
        json: bool,
    },
    /// 新写一部规定 · a commented folder to start from
    New {
        id: String,
        /// made below this folder
        #[arg(long, value_name = "DIR", default_value = ".")]
        to: PathBuf,
    },
    /// 比较两部规定或两个版本 · values that differ; ID, ID@VERSION or a folder
    Diff {
        before: String,
        after: String,
        #[command(flatten)]
        from: From,
        #[arg(long)]
        json: bool,
    },
    /// 模拟改动 · a changed regulation against the catalogue: which recordings would stand differently
    Simulate(super::simulate::Arguments),
}

#[derive(clap::Args)]
pub struct From {
    /// also the regulations kept in this installation
    #[arg(long, value_name = "DIR", env = "TIEZHENG_DATA")]
    data: Option<PathBuf>,
}

fn question(code: &str) -> std::result::Result<Question, String> {
    let allowed: Vec<&str> = Question::ALL.iter().map(|question| question.code()).collect();
    Question::from_code(code).ok_or_else(|| allowed.join(" "))
}

/// `Ok(false)`: something was found wrong, and has been said.
pub async fn run(command: Command, overrides: &Overrides) -> Result<bool> {
    let done = match command {
        Command::List { from, on, json } => laws(&from).and_then(|laws| list(&laws, on, json)),
        Command::Show { id, article, from, json } => {
            laws(&from).and_then(|laws| shown(version(&laws, &id)?, article.as_deref(), json))
        }
        Command::Explain { question, profile, facts, from, json } => {
            return match laws(&from).and_then(|laws| answered(&laws, question, &profile, &facts, json)) {
                Err(Failure::Faults(faults, file)) => Ok(wrong(&faults, file.as_deref(), json)),
                Err(Failure::Problem(problem)) => Err(problem),
                Ok(done) => Ok(done),
            };
        }
        Command::Check { dir, from, json } => laws(&from).and_then(|laws| check(&laws, &dir, json)),
        Command::New { id, to } => new(&id, &to),
        Command::Simulate(arguments) => super::simulate::run(&arguments, overrides).await,
        Command::Diff { before, after, from, json } => laws(&from).and_then(|laws| diff(&laws, &before, &after, json)),
    };
    match done {
        Ok(done) => Ok(done),
        Err(Failure::Faults(faults, file)) => Ok(wrong(&faults, file.as_deref(), false)),
        Err(Failure::Problem(problem)) => Err(problem),
    }
}

/// What stops a command: a refusal of ours, or mistakes in somebody's file (with its text, to show the line).
pub(super) enum Failure {
    Problem(Problem),
    Faults(Vec<Fault>, Option<String>),
}

impl std::convert::From<Problem> for Failure {
    fn from(problem: Problem) -> Failure {
        Failure::Problem(problem)
    }
}

pub(super) type Done<T> = std::result::Result<T, Failure>;

impl std::convert::From<Unread> for Failure {
    fn from(unread: Unread) -> Failure {
        match unread {
            Unread::Faults(faults, text) => Failure::Faults(faults, text),
            file => Failure::Problem(file.into()),
        }
    }
}

pub(super) fn unreadable(path: &Path, error: std::io::Error) -> Failure {
    Unread::File(path.to_owned(), error).into()
}

/// The shipped regulations, and those of an installation in place of or beside them.
fn laws(from: &From) -> Done<Vec<Law>> {
    Ok(laws::read(from.data.as_deref())?)
}

fn borrowed(files: &[(String, String)]) -> Vec<(&str, &str)> {
    files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect()
}

pub(super) fn label(key: &str) -> String {
    show::say(key, json!({}))
}

fn english() -> bool {
    show::language() == "en"
}

fn found(key: &str) -> Option<String> {
    let text = label(key);
    (text != key).then_some(text)
}

/// Faults as a good compiler prints them; `false` for the exit code.
fn wrong(faults: &[Fault], text: Option<&str>, json: bool) -> bool {
    if json {
        show::json(&json!({"faults": faults}));
    } else {
        faults.iter().for_each(|fault| show::err(render(fault, text, &found)));
    }
    false
}

fn list(laws: &[Law], on: Option<jiff::civil::Date>, json: bool) -> Done<bool> {
    // The command line is an edge: here the clock is read.
    let on = on.unwrap_or_else(|| time::legal_day(jiff::Timestamp::now().as_millisecond()));
    let rows = report::list(laws, on);
    if json {
        show::json(&rows);
        return Ok(true);
    }
    let mut table = Table::new();
    table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
    let headings = ["profile", "version", "title", "state", "in_force_on", "expires_on", "banners"];
    table.set_header(headings.iter().map(|key| label(&format!("rules.verdict.{key}"))));
    for row in rows {
        let day = |day: Option<jiff::civil::Date>| day.map_or_else(|| "—".to_owned(), |day| day.to_string());
        let banners: Vec<String> = row.banners.iter().map(|code| label(&format!("rules.banner.{code}"))).collect();
        let state = label(&format!("rules.word.State.{}", row.state.code()));
        let (begins, ends) = (day(row.in_force_on), day(row.expires_on));
        table.add_row([row.profile, row.version, row.title, state, begins, ends, banners.join("\n")]);
    }
    show::out(table);
    Ok(true)
}

/// A version by `ID` (the latest) or `ID@VERSION`.
pub(super) fn version<'a>(laws: &'a [Law], name: &str) -> Done<&'a Version> {
    let (id, wanted) = name.split_once('@').map_or((name, None), |(id, version)| (id, Some(version)));
    let mut versions = laws.iter().filter(|law| law.id == id).flat_map(|law| &law.versions);
    versions.rfind(|version| wanted.is_none_or(|wanted| version.rules.version == wanted)).ok_or_else(|| {
        let known: Vec<&str> = laws.iter().map(|law| law.id.as_str()).collect();
        let fault = Fault::new("", "unknown_profile").with("found", name).with("allowed", known.join(", "));
        Failure::Faults(vec![fault], None)
    })
}

fn shown(version: &Version, article: Option<&str>, json: bool) -> Done<bool> {
    let articles = report::show(version, article);
    if json {
        let rules = article.is_none().then_some(&version.rules);
        show::json(
            &json!({"id": version.rules.id, "version": version.rules.version, "rules": rules, "articles": articles}),
        );
        return Ok(!articles.is_empty());
    }
    let rules = &version.rules;
    show::out(format!("{} ({})", if english() { &rules.title_en } else { &rules.title }, rules.version));
    for article in &articles {
        show::out(words::article(article, english(), &found).trim_end());
    }
    Ok(!articles.is_empty())
}

fn answered(laws: &[Law], question: Question, profile: &str, facts: &Path, json: bool) -> Done<bool> {
    let laws = stack(laws, profile).map_err(|fault| Failure::Faults(vec![fault], None))?;
    let file = facts.display().to_string();
    let text = std::fs::read_to_string(facts).map_err(|error| unreadable(facts, error))?;
    let read = if text.trim_start().starts_with('{') { facts_from_json } else { facts_from_toml };
    let named = |faults: Vec<Fault>| {
        Failure::Faults(faults.into_iter().map(|fault| fault.located(&file, &text)).collect(), Some(text.clone()))
    };
    let sheet: Value = read(&file, &text).map_err(named)?;
    let answer = explain(question, &laws, sheet, shipped::calendar()).map_err(named)?;
    if json {
        show::json(&answer);
    } else {
        show::out(words::answer(question, &answer, &laws, english(), &found).trim_end());
    }
    Ok(true)
}

fn check(laws: &[Law], dir: &Path, json: bool) -> Done<bool> {
    let files = files(dir)?;
    let checked = report::check(&borrowed(&files), laws, shipped::calendar());
    if json {
        show::json(&checked);
    } else {
        for fault in &checked.faults {
            let text = files.iter().find(|(path, _)| *path == fault.file).map(|(_, text)| text.as_str());
            show::err(render(fault, text, &found));
        }
        if checked.faults.is_empty() {
            let figures = json!({"id": checked.id, "articles": checked.articles, "examples": checked.examples});
            show::out(show::say("rules.check.good", figures));
        }
    }
    Ok(checked.faults.is_empty())
}

fn new(id: &str, to: &Path) -> Done<bool> {
    let files = tiezheng_rules::skeleton::skeleton(id);
    // An id that would not load, or would lead out of the folder, is refused before anything is written.
    parsed(&files)?;
    let folder = to.join(id);
    std::fs::create_dir(&folder).map_err(|error| unreadable(&folder, error))?;
    for (path, text) in &files {
        let path = to.join(path);
        std::fs::write(&path, text).map_err(|error| unreadable(&path, error))?;
        show::out(path.display());
    }
    Ok(true)
}

fn diff(laws: &[Law], before: &str, after: &str, json: bool) -> Done<bool> {
    let mut own: Vec<Law> = Vec::new();
    for name in [before, after] {
        if Path::new(name).is_dir() {
            own.push(Law { id: name.to_owned(), ..parsed(&files(Path::new(name))?)? });
        }
    }
    own.extend(laws.iter().cloned());
    let changed = tiezheng_rules::diff(version(&own, before)?, version(&own, after)?);
    if json {
        show::json(&changed);
        return Ok(true);
    }
    show::out(words::changes(&changed, english(), &found).trim_end());
    Ok(true)
}
