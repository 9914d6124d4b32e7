//! 配备 forms as the office knows them. A form is data: which fields, tables, opinions and
//! signatures stand on it, in which order; `forms/form.typ` draws them all.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::fonts::Fonts;
use crate::receipt::{Lang, Page, hex64, labels};
use crate::shapes::{Part, Shape};
use crate::{Error, bad, text};

/// Rows of one table. A longer list is several papers.
pub const ROWS_MAX: usize = 2_000;

/// Data of every form but the receipt and the labels. Unknown fields are refused; what is missing
/// stays empty for the pen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filled {
    pub lang: Lang,
    /// Texts in that language, exactly the keys of `Form::labels`.
    pub labels: BTreeMap<String, String>,
    /// When this paper was made, UTC ms. Also the date of the document.
    pub issued_ms: i64,
    /// Number of this paper in the agency's own counting.
    pub number: String,
    pub agency: String,
    #[serde(default)]
    pub unit: String,
    /// SHA-256 of what the form was filled with, 64 lower-case hexadecimal digits.
    pub digest: String,
    /// Values of single fields, opinions and signatures by key.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// Rows of tables by the table's key, each by the column's key.
    #[serde(default)]
    pub tables: BTreeMap<String, Vec<BTreeMap<String, String>>>,
}

/// Labels that stand on every form of [`Shape`].
const COMMON: &[&str] = &["title", "number", "issued", "unit", "digest", "page", "none"];

/// Where somebody signs by hand, the day is written beside it.
const PEN_DATE: &str = "pen_date";

/// Keys of `labels`, each once.
pub(crate) fn keys(shape: &Shape) -> Vec<&'static str> {
    let mut keys: Vec<&'static str> = COMMON.to_vec();
    for part in shape.parts {
        match part {
            Part::Section(key) | Part::Note(key) => keys.push(key),
            Part::Pairs(cells) => keys.extend(cells.iter().map(|cell| cell.key)),
            Part::Passage { key, signer: None, .. } => keys.push(key),
            Part::Passage { key, signer: Some(signer), .. } => keys.extend([*key, *signer, PEN_DATE]),
            Part::Table { columns, .. } => keys.extend(columns.iter().map(|column| column.key).chain(["row_no"])),
            Part::Signatures(signers) => keys.extend(signers.iter().chain([&PEN_DATE])),
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    keys.retain(|key| seen.insert(*key));
    keys
}

/// Keys that `fields` may hold.
pub(crate) fn fields(shape: &Shape) -> Vec<&'static str> {
    let mut keys = Vec::new();
    for part in shape.parts {
        match part {
            Part::Pairs(cells) => keys.extend(cells.iter().map(|cell| cell.key)),
            Part::Passage { key, signer, .. } => keys.extend([*key].into_iter().chain(*signer)),
            Part::Signatures(signers) => keys.extend(*signers),
            Part::Section(_) | Part::Note(_) | Part::Table { .. } => {}
        }
    }
    keys
}

/// Tables of a form with their columns.
pub(crate) fn tables(shape: &Shape) -> Vec<(&'static str, Vec<&'static str>)> {
    let table = |part: &Part| match part {
        Part::Table { key, columns, .. } => Some((*key, columns.iter().map(|column| column.key).collect())),
        _ => None,
    };
    shape.parts.iter().filter_map(table).collect()
}

pub(crate) fn page(data: &Value, shape: &Shape, name: &str, fonts: &Fonts) -> Result<Page, Error> {
    let filled = Filled::deserialize(data).map_err(|why| bad(why.to_string()))?;
    let labels = labels(&filled.labels, &keys(shape), fonts)?;
    hex64("digest", &filled.digest)?;
    known(&filled, shape)?;
    let shows = |c: char| fonts.shows(c);
    let value = |raw: &str| text::legible(raw.trim(), shows);
    let field = |key: &str| filled.fields.get(key).map(String::as_str).unwrap_or_default();
    let pair = |key: &str| json!({"label": labels[key], "value": value(field(key))});
    let part = |part: &Part| match part {
        Part::Section(key) => json!({"is": "section", "label": labels[*key]}),
        Part::Note(key) => json!({"is": "note", "label": labels[*key]}),
        Part::Pairs(cells) => {
            let cells = cells
                .iter()
                .map(|cell| json!({"label": labels[cell.key], "value": value(field(cell.key)), "wide": cell.wide}));
            json!({"is": "pairs", "cells": cells.collect::<Vec<_>>()})
        }
        Part::Passage { key, height_mm, signer } => json!({
            "is": "passage", "label": labels[*key], "lines": text::passage(field(key), shows), "height_mm": height_mm,
            "signer": signer.map(pair),
        }),
        Part::Signatures(signers) => {
            json!({"is": "signatures", "cells": signers.iter().map(|key| pair(key)).collect::<Vec<_>>()})
        }
        Part::Table { key, columns, blank } => {
            let rows = filled.tables.get(*key).map(Vec::as_slice).unwrap_or_default();
            let cell = |row: &BTreeMap<String, String>, key: &str| {
                text::cell(row.get(key).map_or("", |raw| raw.trim()), shows)
            };
            let mut cells: Vec<Vec<String>> =
                rows.iter().map(|row| columns.iter().map(|column| cell(row, column.key)).collect()).collect();
            let counted = cells.len();
            cells.resize(counted.max(*blank), vec![String::new(); columns.len()]);
            let columns = columns
                .iter()
                .map(|column| json!({"label": labels[column.key], "width": column.width, "left": column.left}));
            json!({"is": "table", "columns": columns.collect::<Vec<_>>(), "rows": cells, "counted": counted})
        }
    };
    let issued = text::beijing(filled.issued_ms).ok_or_else(|| bad("issued_ms"))?;
    let json = json!({
        "lang": filled.lang.short(),
        "labels": labels,
        "landscape": shape.landscape,
        "agency": value(&filled.agency),
        "unit": value(&filled.unit),
        "number": value(&filled.number),
        "issued": issued[..10],
        "digest": filled.digest,
        "parts": shape.parts.iter().map(part).collect::<Vec<_>>(),
    });
    Ok(Page {
        json,
        issued: text::document_date(filled.issued_ms).ok_or_else(|| bad("issued_ms"))?,
        ident: format!("{name}:{}:{}", filled.agency, filled.number),
    })
}

/// A value without a place on the form would be lost silently.
fn known(filled: &Filled, shape: &Shape) -> Result<(), Error> {
    let (fields, tables) = (fields(shape), tables(shape));
    if let Some(unknown) = filled.fields.keys().find(|key| !fields.contains(&key.as_str())) {
        return Err(bad(format!("fields.{unknown}")));
    }
    for (key, rows) in &filled.tables {
        let Some((_, columns)) = tables.iter().find(|(table, _)| table == key) else {
            return Err(bad(format!("tables.{key}")));
        };
        if rows.len() > ROWS_MAX {
            return Err(bad(format!("tables.{key}")));
        }
        let unknown = rows.iter().flat_map(BTreeMap::keys).find(|column| !columns.contains(&column.as_str()));
        if let Some(unknown) = unknown {
            return Err(bad(format!("tables.{key}.{unknown}")));
        }
    }
    Ok(())
}
