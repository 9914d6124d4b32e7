//! Where in a grid the heading stands, which column is what, and which rows are entries. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use utoipa::ToSchema;

use super::cell::Cell;
use super::read::Grid;
use super::words::{WORDS, plain};
use crate::error::Problem;
use crate::field;

/// A title, an explanation and the name of who filled it in may stand above the heading.
const HEADING_WITHIN: usize = 30;

/// What a file is to be read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Devices,
    People,
}

/// A column of the file and what it was taken for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Column {
    /// Counted from 1.
    pub column: usize,
    pub heading: String,
    /// Null: nothing is read from it.
    pub field: Option<String>,
}

/// A row that is no entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LeftOut {
    pub row: usize,
    /// heading, total, note
    pub why: String,
    pub text: String,
}

#[derive(Clone, Debug, Default)]
pub struct Entry {
    pub row: usize,
    pub cells: BTreeMap<&'static str, Cell>,
}

#[derive(Clone, Debug, Default)]
pub struct Table {
    pub sheet: String,
    pub heading_row: usize,
    pub columns: Vec<Column>,
    pub entries: Vec<Entry>,
    pub left_out: Vec<LeftOut>,
    /// Fields whose heading counts in ten thousand yuan.
    pub in_wan: BTreeSet<&'static str>,
}

type Fields = BTreeMap<String, Vec<String>>;

impl Kind {
    fn fields(self) -> (&'static Fields, &'static Fields) {
        match self {
            Kind::Devices => (&WORDS.device, &WORDS.device_fallback),
            Kind::People => (&WORDS.person, &WORDS.person_fallback),
        }
    }

    /// Without these columns nothing can be read.
    fn required(self) -> &'static [&'static str] {
        match self {
            Kind::Devices => &["kind", "serial_no"],
            Kind::People => &["name"],
        }
    }
}

impl Entry {
    pub fn cell(&self, field: &str) -> &Cell {
        self.cells.get(field).unwrap_or(&Cell::Empty)
    }
}

/// The sheet whose heading knows most columns, as entries.
///
/// # Errors
/// `import.no_heading`, with the columns that must be there and the words they may have; `import.empty`.
pub fn find(grids: &[Grid], kind: Kind) -> Result<Table, Problem> {
    let best = grids.iter().flat_map(|grid| {
        let rows = grid.rows.iter().take(HEADING_WITHIN).enumerate();
        rows.map(move |(at, (_, cells))| (fields_of(cells, kind), grid, at))
    });
    let best = best.filter(|(fields, ..)| fields.len() >= kind.required().len());
    let best = best.reduce(|best, next| {
        // Of equals the first, but where groups of columns share a name above, the row right below has the names themselves.
        let (below, texts) =
            (next.2 == best.2 + 1, |at: usize, grid: &Grid| grid.rows.get(at).map(|row| row.1.clone()));
        let names = below && std::ptr::eq(best.1, next.1) && texts(best.2, best.1) != texts(next.2, next.1);
        let better = next.0.len() > best.0.len() || (names && next.0.len() == best.0.len());
        if better { next } else { best }
    });
    let missing = |found: &BTreeMap<usize, &'static str>| {
        let found: Vec<&str> = found.values().copied().collect();
        kind.required().iter().copied().find(|field| !found.contains(field))
    };
    let (fields, grid, at) = match best {
        Some(found) if missing(&found.0).is_none() => found,
        other => {
            let field = other.and_then(|found| missing(&found.0)).unwrap_or(kind.required()[0]);
            let words = kind.fields().0[field].iter().take(6).cloned().collect::<Vec<_>>().join(", ");
            return Err(Problem::refused(422, "import.no_heading").with("field", field).with("words", words));
        }
    };
    let table = entries(grid, at, &fields, kind);
    if table.entries.is_empty() { Err(Problem::refused(422, "import.empty")) } else { Ok(table) }
}

/// Which column holds which field, by the best word of each.
fn fields_of(cells: &[Cell], kind: Kind) -> BTreeMap<usize, &'static str> {
    let headings: Vec<String> = cells.iter().map(|cell| plain(&cell.shown())).collect();
    let (words, fallback) = kind.fields();
    let mut found: BTreeMap<usize, &'static str> = BTreeMap::new();
    let place = |found: &BTreeMap<usize, &'static str>, words: &[String]| {
        let mut places = words.iter().filter_map(|word| headings.iter().position(|heading| heading == word));
        places.find(|at| !found.contains_key(at))
    };
    // What must be there chooses first: a lone column of names tells the kind, not a description.
    let required = kind.required().iter().copied();
    let others = words.keys().map(String::as_str).filter(|field| !kind.required().contains(field));
    for field in required.chain(others) {
        if let Some(at) = place(&found, &words[field]) {
            found.insert(at, field);
        }
    }
    for (field, words) in fallback {
        if !found.values().any(|known| known == field)
            && let Some(at) = words.iter().find_map(|word| headings.iter().position(|heading| heading == word))
        {
            found.insert(at, field);
        }
    }
    found
}

fn entries(grid: &Grid, at: usize, fields: &BTreeMap<usize, &'static str>, kind: Kind) -> Table {
    let (heading_row, heading) = &grid.rows[at];
    let shown = |cells: &[Cell]| cells.iter().map(Cell::shown).collect::<Vec<_>>();
    let headings = shown(heading);
    let named = headings.iter().enumerate().filter(|(_, heading)| !heading.is_empty());
    let columns = named.map(|(at, heading)| Column {
        column: at + 1,
        heading: field::short(heading),
        field: fields.get(&at).map(|field| (*field).to_owned()),
    });
    let wan = |at: &usize| WORDS.price.wan.iter().any(|word| headings[*at].contains(word.as_str()));
    let mut table = Table {
        sheet: grid.name.clone(),
        heading_row: *heading_row,
        columns: columns.collect(),
        in_wan: fields.iter().filter(|(at, _)| wan(at)).map(|(_, field)| *field).collect(),
        ..Table::default()
    };
    for (row, cells) in &grid.rows[at + 1..] {
        let texts = shown(cells);
        let mut distinct: Vec<&String> = texts.iter().filter(|text| !text.is_empty()).collect();
        let first = distinct.first().map(|text| plain(text)).unwrap_or_default();
        distinct.dedup();
        let cell = |field: &str| fields.iter().find(|(_, known)| **known == field).and_then(|(at, _)| cells.get(*at));
        let has = |field: &str| cell(field).is_some_and(|cell| !cell.is_empty());
        let why = if texts == headings {
            Some("heading")
        } else if WORDS.totals.iter().any(|word| first.starts_with(word.as_str())) {
            Some("total")
        } else if distinct.len() < 2 && !(kind == Kind::People && has("name"))
            || !kind.required().iter().any(|field| has(field))
        {
            // Who filled it in, or a remark below the table: nothing of an entry stands there.
            Some("note")
        } else {
            None
        };
        match why {
            Some(why) => table.left_out.push(LeftOut {
                row: *row,
                why: why.to_owned(),
                text: field::short(&distinct.iter().map(|text| text.as_str()).collect::<Vec<_>>().join(" ")),
            }),
            None => {
                let cells = fields.iter().map(|(at, field)| (*field, cells.get(*at).cloned().unwrap_or_default()));
                table.entries.push(Entry { row: *row, cells: cells.collect() });
            }
        }
    }
    table
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
