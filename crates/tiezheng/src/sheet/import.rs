//! 导入: what a file would make, row by row, and the digest that ties what is applied to what was seen.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::cell::fold;
use super::table::{Column, Entry, Kind, LeftOut, Table};
use super::{read, table};
use crate::app::sha256;
use crate::error::{Problem, Result};
use crate::field;
use crate::people::store::Unit;

/// A row as it would be entered, or what is wrong with it.
#[derive(Debug)]
pub struct Planned<T> {
    pub row: usize,
    /// As read, by field: what people compare with their file.
    pub values: Map<String, Value>,
    /// What would be entered.
    pub new: Option<T>,
    pub problems: Vec<Problem>,
}

/// What a file says and what it would make.
pub struct Plan<T> {
    pub table: Table,
    pub rows: Vec<Planned<T>>,
    /// Of the file, the agency and everything that would be entered.
    pub digest: String,
}

#[derive(Serialize, ToSchema)]
pub struct Preview {
    /// Hand it back to have exactly this applied.
    pub digest: String,
    pub sheet: String,
    pub heading_row: usize,
    pub columns: Vec<Column>,
    pub left_out: Vec<LeftOut>,
    pub rows: Vec<PreviewRow>,
    pub good: usize,
    /// Rows with problems: as long as there is one, nothing is applied.
    pub bad: usize,
}

#[derive(Serialize, ToSchema)]
pub struct PreviewRow {
    /// As the program that wrote the file numbers it.
    pub row: usize,
    /// As read from the file, by field.
    #[schema(value_type = Object)]
    pub values: Value,
    /// As it would be entered: kinds, days, prices and units as the register has them.
    #[schema(value_type = Object)]
    pub new: Value,
    #[schema(value_type = Vec<Object>)]
    pub problems: Vec<Value>,
}

#[derive(Serialize, ToSchema)]
pub struct Imported {
    pub made: usize,
    pub digest: String,
}

/// The entries of a file. Reading is work for a thread of its own: files of strangers are slow, or panic their reader.
pub async fn parsed(bytes: Bytes, kind: Kind) -> Result<Table> {
    let read = tokio::task::spawn_blocking(move || table::find(&read::read(&bytes)?, kind));
    read.await.map_err(|error| Problem::refused(422, "import.unreadable").because(error))?
}

impl<T: Serialize> Plan<T> {
    pub fn new(table: Table, rows: Vec<Planned<T>>, agency: &str, bytes: &[u8]) -> Result<Plan<T>> {
        let new: Vec<Value> =
            rows.iter().map(|row| Ok(json!([row.row, serde_json::to_value(&row.new)?]))).collect::<Result<_>>()?;
        let told = json!({"file": hex::encode(sha256(bytes)), "agency": agency, "rows": new});
        let digest = hex::encode(sha256(&tiezheng_vault::canonical::to_bytes(&told)?));
        Ok(Plan { table, rows, digest })
    }

    pub fn preview(self, language: &str) -> Preview {
        let bad = self.rows.iter().filter(|row| !row.problems.is_empty()).count();
        let row = |row: &Planned<T>| PreviewRow {
            row: row.row,
            values: Value::Object(row.values.clone()),
            new: serde_json::to_value(&row.new).unwrap_or_default(),
            problems: row.problems.iter().map(|problem| problem.document(language)).collect(),
        };
        Preview {
            good: self.rows.len() - bad,
            bad,
            rows: self.rows.iter().map(row).collect(),
            digest: self.digest,
            sheet: self.table.sheet,
            heading_row: self.table.heading_row,
            columns: self.table.columns,
            left_out: self.table.left_out,
        }
    }

    /// All rows, if they are what somebody has seen under this digest and nothing is wrong with any of them.
    ///
    /// # Errors
    /// `import.changed`; `import.refused` with every problem and its row.
    pub fn agreed(self, digest: &str) -> Result<(Vec<T>, String)> {
        if digest != self.digest {
            return Err(Problem::refused(409, "import.changed"));
        }
        let problems: Vec<Problem> = self
            .rows
            .iter()
            .flat_map(|row| row.problems.iter().map(|problem| problem.clone().with("row", row.row)))
            .collect();
        if !problems.is_empty() {
            let problem = Problem::refused(422, "import.refused").with("count", problems.len());
            return Err(Problem { problems: problems.into(), ..problem });
        }
        Ok((self.rows.into_iter().filter_map(|row| row.new).collect(), self.digest))
    }
}

/// What was read of an entry, as text by field.
pub fn values(entry: &Entry) -> Map<String, Value> {
    let shown = entry.cells.iter().filter(|(_, cell)| !cell.is_empty());
    shown.map(|(field, cell)| ((*field).to_owned(), field::short(&cell.shown()).into())).collect()
}

/// What stands in more than one row of a file: the first keeps it, each other one is told of it.
#[derive(Default)]
pub struct Seen<K>(HashMap<K, usize>);

impl<K: Eq + Hash> Seen<K> {
    pub fn again(&mut self, key: K, field: &str, value: &str, row: usize) -> Option<Problem> {
        if let Some(first) = self.0.get(&key) {
            let problem = Problem::invalid(field, "import.duplicate_in_file").with("value", field::short(value));
            return Some(problem.with("first", *first));
        }
        self.0.insert(key, row);
        None
    }
}

/// Units by what a file may call them: id or name.
pub struct Units(BTreeMap<String, Vec<String>>);

impl Units {
    pub fn new(units: &[Unit]) -> Units {
        let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for unit in units {
            for name in [fold(&unit.name), unit.id.clone()] {
                let ids = by_name.entry(name).or_default();
                if !ids.contains(&unit.id) {
                    ids.push(unit.id.clone());
                }
            }
        }
        Units(by_name)
    }

    /// # Errors
    /// `import.unit_unknown`, `import.unit_ambiguous`.
    pub fn find(&self, name: &str) -> Result<Option<String>> {
        if name.is_empty() {
            return Ok(None);
        }
        match self.0.get(name).map(Vec::as_slice) {
            Some([id]) => Ok(Some(id.clone())),
            Some(_) => Err(Problem::invalid("unit", "import.unit_ambiguous").with("value", field::short(name))),
            None => Err(Problem::invalid("unit", "import.unit_unknown").with("value", field::short(name))),
        }
    }
}
