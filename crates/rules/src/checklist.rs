//! 音像记录清单: rows of what must be on a recording. The columns are the agency's own.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::parse::span_of_text;
use crate::terms::Keep;
use crate::vocab::Level;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checklist {
    pub meta: Meta,
    /// Columns other than the ordinary ones (place, start, content, end, remark).
    #[serde(default, rename = "column")]
    pub columns: Vec<Column>,
    #[serde(rename = "row")]
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meta {
    pub profile: String,
    pub title_zh: String,
    pub title_en: String,
    pub basis: String,
    pub row_count: usize,
    pub item_count: usize,
    /// Whatever matches no row falls to this one.
    #[serde(default)]
    pub fallback_row: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    pub key: String,
    pub zh: String,
    pub en: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    pub zh: String,
    pub en: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    pub id: String,
    pub no: usize,
    pub scene_zh: String,
    pub scene_en: String,
    #[serde(default)]
    pub place_zh: Option<String>,
    #[serde(default)]
    pub place_en: Option<String>,
    #[serde(default)]
    pub start_zh: Option<String>,
    #[serde(default)]
    pub start_en: Option<String>,
    #[serde(default)]
    pub end_zh: Option<String>,
    #[serde(default)]
    pub end_en: Option<String>,
    pub level: Level,
    #[serde(default)]
    pub remark_zh: Option<String>,
    /// Citation of the row; `附件第<no>行` where missing.
    #[serde(default)]
    pub article: Option<String>,
    /// The row's own storage term, where the list has such a column.
    #[serde(default)]
    pub keep: Option<Keep>,
    /// Cells of the agency's own columns.
    #[serde(default)]
    pub cells: BTreeMap<String, Text>,
    /// Rows whose case takes this one out.
    #[serde(default)]
    pub not_where_rows: Vec<usize>,
    #[serde(default)]
    pub not_where_zh: Option<String>,
    #[serde(default)]
    pub not_where_en: Option<String>,
    /// Recording may not start before this permission.
    #[serde(default)]
    pub start_gate: Option<Gate>,
    #[serde(default)]
    pub items_numbered_in_source: Option<bool>,
    #[serde(default, rename = "item")]
    pub items: Vec<Item>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    HearingPresiderPermission,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub id: String,
    pub zh: String,
    pub en: String,
    #[serde(default)]
    pub codes: Vec<String>,
    /// Asked only when this is so.
    #[serde(default)]
    pub when_zh: Option<String>,
    #[serde(default)]
    pub when_en: Option<String>,
}

impl Row {
    #[must_use]
    pub fn cite(&self) -> String {
        self.article.clone().unwrap_or_else(|| format!("附件第{}行", self.no))
    }
}

impl Checklist {
    #[must_use]
    pub fn row(&self, id: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.id == id)
    }

    #[must_use]
    pub fn fallback(&self) -> Option<&Row> {
        let no = self.meta.fallback_row?;
        self.rows.iter().find(|row| row.no == no)
    }

    /// Counts as declared, ids once, every cell in a declared column, every row citable.
    pub(crate) fn check(&self, file: &str, text: &str, known: &BTreeSet<&str>, faults: &mut Vec<Fault>) {
        let items: usize = self.rows.iter().map(|row| row.items.len()).sum();
        if self.rows.len() != self.meta.row_count || items != self.meta.item_count {
            let fault = Fault::new(file, "checklist_counts")
                .with("rows", self.rows.len())
                .with("items", items)
                .with("allowed", format!("{} / {}", self.meta.row_count, self.meta.item_count));
            faults.push(fault.at(text, crate::parse::span_where(text, "row_count", &|_| true)));
        }
        let columns: BTreeSet<&str> = self.columns.iter().map(|column| column.key.as_str()).collect();
        let mut ids = BTreeSet::new();
        for row in &self.rows {
            let at = |fault: Fault, nth| fault.at(text, span_of_text(text, "id", &row.id, nth));
            if !ids.insert(row.id.as_str()) {
                faults.push(at(Fault::new(file, "duplicate_row").with("row", &row.id), 1));
            }
            if !known.contains(row.cite().as_str()) {
                let fault = Fault::new(file, "unknown_article").with("article", row.cite());
                faults.push(at(fault.with("allowed", ""), 0));
            }
            for column in row.cells.keys().filter(|column| !columns.contains(column.as_str())) {
                let allowed: Vec<&str> = columns.iter().copied().collect();
                let fault = Fault::new(file, "unknown_column").with("column", column);
                faults.push(at(fault.with("allowed", allowed.join(", ")).with("row", &row.id), 0));
            }
        }
    }
}
