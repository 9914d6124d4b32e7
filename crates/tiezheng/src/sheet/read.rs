//! Bytes of a file to a grid of cells, within limits: XLSX, or CSV in UTF-8, UTF-16 or the national encoding.
//!
//! What a small file unpacks to is counted before anything reads it, and cells are counted while they are read: neither
//! a packed bomb nor one cell in the last corner costs more than the limits say.

use std::io::{Cursor, Read};

use calamine::{DataRef, Reader, SheetVisible, Xlsx};

use super::cell::Cell;
use crate::error::Problem;

pub const BYTES_MOST: usize = 10 << 20;
const UNPACKED_MOST: u64 = 64 << 20;
const PARTS_MOST: usize = 1_000;
const SHEETS_MOST: usize = 20;
pub const ROWS_MOST: usize = 5_000;
const COLUMNS_MOST: usize = 200;
/// Text of one sheet, bytes: a million cells may share one long string.
const TEXT_MOST: usize = 16 << 20;

/// A sheet: its rows in order, each with its number as the program shows it, empty ones left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grid {
    pub name: String,
    pub rows: Vec<(usize, Vec<Cell>)>,
}

fn too_large(what: &str, most: usize) -> Problem {
    Problem::refused(422, "import.too_large").with("what", what).with("most", most)
}

fn unreadable(why: impl std::fmt::Display) -> Problem {
    Problem::refused(422, "import.unreadable").because(why)
}

/// Every sheet of a file that is shown; a CSV file has one without a name.
///
/// # Errors
/// `import.too_large`, `import.old_excel`, `import.unreadable`, `import.kind`.
pub fn read(bytes: &[u8]) -> Result<Vec<Grid>, Problem> {
    if bytes.len() > BYTES_MOST {
        return Err(too_large("bytes", BYTES_MOST));
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return workbook(bytes);
    }
    // The compound file of Excel 97, WPS and of workbooks under a password.
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(Problem::refused(422, "import.old_excel"));
    }
    let text = decoded(bytes).ok_or_else(|| Problem::refused(422, "import.kind"))?;
    Ok(vec![comma_separated(&text)?])
}

fn workbook(bytes: &[u8]) -> Result<Vec<Grid>, Problem> {
    unpacked(bytes, UNPACKED_MOST)?;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let late = if book.has_1904_epoch() { 1_462.0 } else { 0.0 };
    // What a program hides from whoever looks at the file is not what he sends: often last year's copy.
    let shown = book.sheets_metadata().iter().filter(|sheet| sheet.visible == SheetVisible::Visible);
    let names: Vec<String> = shown.map(|sheet| sheet.name.clone()).collect();
    if names.len() > SHEETS_MOST {
        return Err(too_large("sheets", SHEETS_MOST));
    }
    let mut grids = Vec::new();
    for name in names {
        // A chart has no cells.
        let merged = book.merge_cells_by_sheet_name(&name).unwrap_or_default();
        let Ok(mut cells) = book.worksheet_cells_reader(&name) else { continue };
        let mut sheet = Sheet::default();
        while let Some(cell) = cells.next_cell().map_err(unreadable)? {
            let (row, column) = cell.get_position();
            let value = match cell.get_value() {
                DataRef::Empty | DataRef::Error(_) => continue,
                DataRef::Int(number) => Cell::Number(*number as f64),
                DataRef::Float(number) => Cell::Number(*number),
                DataRef::String(text) => Cell::Text(text.clone()),
                DataRef::SharedString(text) => Cell::Text((*text).to_owned()),
                DataRef::Bool(value) => Cell::Text(value.to_string()),
                DataRef::DateTime(at) => {
                    let cell = Cell::Number(at.as_f64() + late);
                    cell.day().ok().flatten().map_or(cell, Cell::Day)
                }
                DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cell::Text(text.clone()),
            };
            sheet.put(row as usize, column as usize, value)?;
        }
        for area in merged {
            sheet.spread(area.start, area.end)?;
        }
        grids.push(sheet.grid(name));
    }
    Ok(grids)
}

/// Counts what the parts of the archive unpack to, without keeping it.
fn unpacked(bytes: &[u8], most: u64) -> Result<(), Problem> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(unreadable)?;
    if archive.len() > PARTS_MOST {
        return Err(too_large("parts", PARTS_MOST));
    }
    let mut left = most;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(unreadable)?;
        let read = std::io::copy(&mut part.take(left + 1), &mut std::io::sink()).map_err(unreadable)?;
        left =
            left.checked_sub(read).ok_or_else(|| too_large("unpacked", usize::try_from(most).unwrap_or(usize::MAX)))?;
    }
    Ok(())
}

/// UTF-8 or UTF-16 by their marks, else UTF-8 where it is valid, else GB 18030, which holds GBK. None: not a text.
fn decoded(bytes: &[u8]) -> Option<String> {
    let text = match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, mark)) => encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned(),
        None => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => {
                let (text, wrong) = encoding_rs::GB18030.decode_without_bom_handling(bytes);
                if wrong {
                    return None;
                }
                text.into_owned()
            }
        },
    };
    (!text.contains('\0')).then_some(text)
}

fn comma_separated(text: &str) -> Result<Grid, Problem> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut sheet = Sheet::default();
    let mut next = 0;
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        let row = next + blank_lines(text.as_bytes(), record.position().map_or(0, csv::Position::byte));
        next = row + 1;
        for (column, text) in record.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
            // A program that must keep leading zeros writes ="00471".
            let text = text.strip_prefix("=\"").and_then(|text| text.strip_suffix('"')).unwrap_or(text);
            sheet.put(row, column, Cell::Text(text.to_owned()))?;
        }
    }
    Ok(sheet.grid(String::new()))
}

/// Lines of nothing from `at`, where the reader went on: it skips them, a spreadsheet numbers them.
fn blank_lines(text: &[u8], at: u64) -> usize {
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    let ends = text.iter().enumerate().skip(at).take_while(|(_, byte)| matches!(byte, b'\r' | b'\n'));
    // Behind a carriage return a line feed ends no other line.
    ends.filter(|(at, byte)| **byte == b'\r' || *at == 0 || text[at - 1] != b'\r').count()
}

/// The mark that most lines of the beginning have most of.
fn delimiter(text: &str) -> u8 {
    let lines: Vec<&str> = text.lines().take(30).collect();
    let count = |mark: u8| lines.iter().map(|line| line.bytes().filter(|byte| *byte == mark).count()).sum::<usize>();
    b",\t;".iter().copied().rev().max_by_key(|mark| count(*mark)).unwrap_or(b',')
}

/// Cells as they come; `rows` has holes.
#[derive(Default)]
struct Sheet {
    rows: std::collections::BTreeMap<usize, Vec<Cell>>,
    text: usize,
}

impl Sheet {
    fn put(&mut self, row: usize, column: usize, cell: Cell) -> Result<(), Problem> {
        if cell.is_empty() {
            return Ok(());
        }
        if let Cell::Text(text) = &cell {
            self.text += text.len();
        }
        if self.text > TEXT_MOST {
            return Err(too_large("text", TEXT_MOST));
        }
        if column >= COLUMNS_MOST {
            return Err(too_large("columns", COLUMNS_MOST));
        }
        let cells = self.rows.entry(row).or_default();
        if cells.len() <= column {
            cells.resize(column + 1, Cell::Empty);
        }
        cells[column] = cell;
        if self.rows.len() > ROWS_MOST { Err(too_large("rows", ROWS_MOST)) } else { Ok(()) }
    }

    /// What stands in the first cell of a merged area stands in all of it, as far as there are rows.
    fn spread(&mut self, start: (u32, u32), end: (u32, u32)) -> Result<(), Problem> {
        let (first, last) = (start.0 as usize, end.0 as usize);
        let columns = start.1 as usize..=(end.1 as usize).min(COLUMNS_MOST - 1);
        let value = self.rows.get(&first).and_then(|cells| cells.get(start.1 as usize)).cloned().unwrap_or_default();
        if first > last || value.is_empty() {
            return Ok(());
        }
        let rows: Vec<usize> = self.rows.range(first..=last).map(|(row, _)| *row).collect();
        for row in rows {
            for column in columns.clone() {
                let there = self.rows.get(&row).and_then(|cells| cells.get(column));
                if there.is_none_or(Cell::is_empty) {
                    self.put(row, column, value.clone())?;
                }
            }
        }
        Ok(())
    }

    fn grid(self, name: String) -> Grid {
        Grid { name, rows: self.rows.into_iter().map(|(row, cells)| (row + 1, cells)).collect() }
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
