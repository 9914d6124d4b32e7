//! `tiezheng rules simulate`: as a table, as JSON, and as a workbook for those who decide. Recordings are written as they
//! are found, so that a million of them need no memory.

use std::path::{Path, PathBuf};

use comfy_table::Table;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};
use serde_json::json;
use tiezheng_rules::Law;
use tiezheng_rules::simulate::Difference;

use super::rules::{Done, Failure, label, unreadable, version};
use super::{Data, show};
use crate::app::{App, Clock, Overrides};
use crate::error::Problem;
use crate::laws::{files, parsed};
use crate::regulations::simulate::{Changed, Line, simulate};

/// Rows of a sheet, its heading included: the format's own limit.
const SHEET_ROWS: u32 = 1_048_576;
/// Recordings named in the table; all of them are in the JSON and in the workbook.
const SHOWN_MOST: usize = 20;
const COLUMNS: [&str; 9] =
    ["agency", "recording", "file_name", "title", "what", "before", "after", "articles_before", "articles_after"];

#[derive(clap::Args)]
pub struct Arguments {
    /// the changed regulation: its folder, or the ID of another one
    changed: String,
    /// which regulation of the installation it stands for; the one of its own ID when missing
    #[arg(long, value_name = "ID")]
    against: Option<String>,
    /// also as a workbook
    #[arg(long, value_name = "FILE")]
    xlsx: Option<PathBuf>,
    #[command(flatten)]
    data: Data,
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: &Arguments, overrides: &Overrides) -> Done<bool> {
    let app = App::open(&arguments.data.data, overrides, Clock::default()).await?;
    let changed = changed(&app, &arguments.changed)?;
    let against = arguments.against.clone().unwrap_or_else(|| changed.id.clone());
    let mut book = match &arguments.xlsx {
        Some(path) => Some(Book::new(path).map_err(|error| Failure::Problem(unwritten(path, &error)))?),
        None => None,
    };
    let (mut shown, mut found, mut first) = (Vec::new(), 0, true);
    if arguments.json {
        show::out("{\"recordings\":[");
    }
    let told = simulate(&app, changed, &against, |line| {
        found += line.differences.len();
        if let Some(book) = &mut book {
            book.line(line).map_err(|error| unwritten(&book.path, &error))?;
        }
        if arguments.json {
            if !std::mem::take(&mut first) {
                show::out(",");
            }
            show::json(line);
        } else if shown.len() < SHOWN_MOST {
            shown.extend(line.differences.iter().map(|difference| cells(line, difference)));
        }
        Ok(())
    })
    .await?;
    if let Some(book) = book {
        let path = book.path.clone();
        book.close(&told).map_err(|error| Failure::Problem(unwritten(&path, &error)))?;
    }
    if arguments.json {
        show::out(format!("],\"agencies\":{}}}", serde_json::to_string(&told).map_err(Problem::from)?));
    } else {
        table(&told, &shown, found);
    }
    Ok(true)
}

/// A folder, or a regulation of the installation by `ID` or `ID@VERSION` (that version alone).
fn changed(app: &App, name: &str) -> Done<Law> {
    if Path::new(name).is_dir() {
        return Ok(parsed(&files(Path::new(name))?)?);
    }
    if let Some(law) = app.laws.get(name) {
        return Ok(law.clone());
    }
    let version = version(app.laws.all(), name)?.clone();
    let law = app.laws.get(&version.rules.id).cloned();
    let law = law.ok_or_else(|| unreadable(Path::new(name), std::io::ErrorKind::NotFound.into()))?;
    Ok(Law { versions: vec![version], ..law })
}

fn unwritten(path: &Path, error: &XlsxError) -> Problem {
    Problem::refused(422, "simulate.xlsx").with("path", path.display().to_string()).because(error)
}

fn heading(key: &str) -> String {
    label(&format!("rules.simulate.{key}"))
}

/// A code as a word where there is one; times, days and shifts stay as they are.
fn word(code: &str) -> String {
    let key = format!("rules.simulate.{code}");
    let text = label(&key);
    if text == key { code.to_owned() } else { text }
}

fn cells(line: &Line, difference: &Difference) -> [String; 9] {
    let what = word(difference.what.code());
    [
        line.agency.to_owned(),
        line.recording.to_owned(),
        line.file_name.to_owned(),
        line.title.unwrap_or_default().to_owned(),
        if difference.review { format!("{what} · {}", word("review")) } else { what },
        word(&difference.before),
        word(&difference.after),
        difference.articles_before.join(" "),
        difference.articles_after.join(" "),
    ]
}

/// The summary of an agency as rows: figures, groups, approvers.
fn summary(told: &Changed) -> Vec<[String; 5]> {
    let figure = |key: &str, value: u64| [word(key), String::new(), String::new(), String::new(), value.to_string()];
    let mut rows = vec![
        figure("recordings", told.recordings),
        figure("undated", told.undated),
        figure("changed", told.changed),
        figure("review", told.review),
        figure("held", told.held),
    ];
    rows.extend(told.groups.iter().map(|counted| {
        let group = &counted.group;
        let what = word(group.what.code());
        let what = if group.review { format!("{what} · {}", word("review")) } else { what };
        let side = |value: &str| word(value);
        let articles = [group.articles_before.join(" "), group.articles_after.join(" ")].join(" → ");
        [what, side(&group.before), side(&group.after), articles, counted.recordings.to_string()]
    }));
    rows.extend(told.approvers.iter().map(|one| {
        let role = |codes: &str| {
            let named = codes.split('+').map(|code| {
                let key = format!("rules.word.Role.{code}");
                let text = label(&key);
                if text == key { label(&format!("rules.word.ApprovalState.{code}")) } else { text }
            });
            named.collect::<Vec<_>>().join(" + ")
        };
        let what = format!("{} · {}", word("approver"), label(&format!("rules.word.Act.{}", one.act.code())));
        let articles = [one.articles_before.join(" "), one.articles_after.join(" ")].join(" → ");
        [what, role(&one.before), role(&one.after), articles, String::new()]
    }));
    rows
}

const SUMMARY: [&str; 5] = ["what", "before", "after", "articles", "count"];

fn table(all: &[Changed], shown: &[[String; 9]], found: usize) {
    for told in all {
        show::out(format!("{} ({})", told.name, told.agency));
        let mut table = Table::new();
        table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
        table.set_header(SUMMARY.map(heading));
        table.add_rows(summary(told));
        show::out(&table);
    }
    if all.is_empty() {
        show::out(heading("nobody"));
    }
    if !shown.is_empty() {
        let mut table = Table::new();
        table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
        table.set_header(COLUMNS.map(heading));
        table.add_rows(shown);
        show::out(&table);
    }
    if found > shown.len() {
        show::out(show::say("rules.simulate.more", json!({"shown": shown.len(), "all": found})));
    }
}

/// A workbook that is written row by row; a sheet that is full is followed by the next.
struct Book {
    path: PathBuf,
    book: Workbook,
    sheet: Worksheet,
    row: u32,
    full: Vec<Worksheet>,
}

impl Book {
    fn new(path: &Path) -> std::result::Result<Book, XlsxError> {
        let mut book = Workbook::new();
        let sheet = sheet(&mut book, 1)?;
        Ok(Book { path: path.to_owned(), book, sheet, row: 1, full: Vec::new() })
    }

    fn line(&mut self, line: &Line) -> std::result::Result<(), XlsxError> {
        for difference in line.differences {
            if self.row == SHEET_ROWS {
                let next = sheet(&mut self.book, self.full.len() + 2)?;
                self.full.push(std::mem::replace(&mut self.sheet, next));
                self.row = 1;
            }
            for (column, cell) in (0_u16..).zip(cells(line, difference)) {
                // A text cell is never a formula, whatever a file is called.
                self.sheet.write_string(self.row, column, cut(cell))?;
            }
            self.row += 1;
        }
        Ok(())
    }

    fn close(mut self, told: &[Changed]) -> std::result::Result<(), XlsxError> {
        let mut first = self.book.new_worksheet_with_constant_memory()?;
        first.set_name(heading("summary"))?;
        let bold = Format::new().set_bold();
        for (column, key) in (1_u16..).zip(SUMMARY) {
            first.write_string_with_format(0, column, heading(key), &bold)?;
        }
        first.write_string_with_format(0, 0, heading("agency"), &bold)?;
        let rows = told.iter().flat_map(|one| summary(one).into_iter().map(move |row| (&one.agency, row)));
        for (row, (agency, cells)) in (1_u32..).zip(rows) {
            first.write_string(row, 0, agency)?;
            for (column, cell) in (1_u16..).zip(cells) {
                match cell.parse::<u32>() {
                    Ok(number) if column == 5 => first.write_number(row, column, number)?,
                    _ => first.write_string(row, column, cut(cell))?,
                };
            }
        }
        self.book.push_worksheet(first);
        for sheet in self.full.into_iter().chain([self.sheet]) {
            self.book.push_worksheet(sheet);
        }
        self.book.save(&self.path)
    }
}

fn sheet(book: &mut Workbook, number: usize) -> std::result::Result<Worksheet, XlsxError> {
    let mut sheet = book.new_worksheet_with_constant_memory()?;
    sheet.set_name(format!("{} {number}", heading("sheet")))?;
    let bold = Format::new().set_bold();
    for (column, key) in (0_u16..).zip(COLUMNS) {
        sheet.write_string_with_format(0, column, heading(key), &bold)?;
    }
    Ok(sheet)
}

/// A cell holds 32,767 characters.
fn cut(text: String) -> String {
    if text.len() <= 32_767 { text } else { text.chars().take(32_767).collect() }
}
