//! One table out: as a workbook, or comma separated. No text a person or device wrote is ever a formula.

use rust_xlsxwriter::{Format as Style, Workbook, XlsxError};

use crate::error::{Problem, Result};
use crate::field;

/// A cell of a workbook holds 32,767 characters.
const CHARS_MOST: usize = 32_767;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Xlsx,
    Csv,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    Text(String),
    Number(f64),
}

impl Format {
    /// # Errors
    /// `field.not_allowed`.
    pub fn parse(name: &str) -> Result<Format> {
        field::word("format", name, &["xlsx", "csv"])?;
        Ok(if name == "csv" { Format::Csv } else { Format::Xlsx })
    }

    pub fn name(self) -> &'static str {
        match self {
            Format::Xlsx => "xlsx",
            Format::Csv => "csv",
        }
    }

    pub fn mime(self) -> &'static str {
        match self {
            Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Format::Csv => "text/csv; charset=utf-8",
        }
    }
}

/// The bytes of a table.
pub fn table(format: Format, name: &str, headings: &[String], rows: &[Vec<Field>]) -> Result<Vec<u8>> {
    match format {
        Format::Xlsx => workbook(name, headings, rows).map_err(|error| Problem::internal(error.to_string())),
        Format::Csv => comma_separated(headings, rows).map_err(|error| Problem::internal(error.to_string())),
    }
}

fn workbook(name: &str, headings: &[String], rows: &[Vec<Field>]) -> std::result::Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let mut sheet = book.new_worksheet_with_constant_memory()?;
    sheet.set_name(name)?.set_freeze_panes(1, 0)?;
    let bold = Style::new().set_bold();
    for (column, heading) in (0_u16..).zip(headings) {
        sheet.set_column_width(column, 18)?.write_string_with_format(0, column, heading, &bold)?;
    }
    for (row, fields) in (1_u32..).zip(rows) {
        for (column, value) in (0_u16..).zip(fields) {
            match value {
                // A text cell is never a formula.
                Field::Text(text) if text.is_empty() => continue,
                Field::Text(text) => {
                    sheet.write_string(row, column, text.chars().take(CHARS_MOST).collect::<String>())?
                }
                Field::Number(number) => sheet.write_number(row, column, *number)?,
            };
        }
    }
    book.push_worksheet(sheet);
    book.save_to_buffer()
}

/// With the mark by which spreadsheets know UTF-8.
fn comma_separated(headings: &[String], rows: &[Vec<Field>]) -> std::result::Result<Vec<u8>, csv::Error> {
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(b"\xef\xbb\xbf".to_vec());
    out.write_record(headings)?;
    for fields in rows {
        out.write_record(fields.iter().map(|value| match value {
            Field::Text(text) => harmless(text),
            Field::Number(number) => number.to_string(),
        }))?;
    }
    out.into_inner().map_err(|error| csv::Error::from(std::io::Error::other(error.to_string())))
}

/// A text that a spreadsheet would calculate gets an apostrophe before it: that shows it as it is.
fn harmless(text: &str) -> String {
    let starts = |c: char| {
        matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}')
    };
    // What is blank to a spreadsheet hides nothing.
    match text.trim_start_matches([' ', '\u{3000}', '\u{feff}']).starts_with(starts) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    fn text(text: &str) -> Field {
        Field::Text(text.to_owned())
    }

    #[test]
    fn what_is_written_reads_back() {
        let headings = ["名称".to_owned(), "原值".to_owned()];
        let rows = [
            vec![text("现场,\"一\"\n二"), Field::Number(3200.5)],
            vec![text(""), Field::Number(-1.0)],
            vec![text("=1+1"), text("")],
        ];
        for format in [Format::Xlsx, Format::Csv] {
            let bytes = table(format, "设备", &headings, &rows).unwrap();
            let grid = read::read(&bytes).unwrap().remove(0);
            let shown: Vec<Vec<String>> =
                grid.rows.iter().map(|(_, row)| row.iter().map(super::super::cell::Cell::shown).collect()).collect();
            let formula = if format == Format::Csv { "'=1+1" } else { "=1+1" };
            assert_eq!(shown, [vec!["名称", "原值"], vec!["现场,\"一\" 二", "3200.5"], vec!["", "-1"], vec![formula]]);
        }
    }

    #[test]
    fn no_text_is_a_formula() {
        for (given, expected) in [
            ("=cmd|'/c calc'!A1", "'=cmd|'/c calc'!A1"),
            ("+86 591", "'+86 591"),
            ("-", "'-"),
            ("@SUM(1)", "'@SUM(1)"),
            ("\t=1", "'\t=1"),
            (" =1", "' =1"),
            ("＝1", "'＝1"),
            ("张伟", "张伟"),
            ("a=1", "a=1"),
            ("", ""),
        ] {
            assert_eq!(harmless(given), expected);
        }
    }

    #[test]
    fn other_formats_are_named() {
        assert_eq!(Format::parse("pdf").unwrap_err().code, "field.not_allowed");
        for format in [Format::Xlsx, Format::Csv] {
            assert_eq!(Format::parse(format.name()).unwrap(), format);
        }
    }
}
