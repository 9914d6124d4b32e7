//! 逐行核验: every row of the registers and lists against what the events told of it last.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};

use super::verify::{Finding, finding};
use crate::audit;
use crate::db::rows::{Table, digest, tables};
use crate::db::told::{Told, lines};
use crate::db::{Tx, Value as Cell};
use crate::error::Result;

const PAGE: i64 = 500;
/// Of one table so many rows are named, the rest is counted.
const NAMED_MOST: u64 = 1_000;

/// A row that is not as the events told it.
pub struct Difference {
    pub table: &'static Table,
    /// `row.altered`, `row.missing`, `row.unexplained`
    pub code: &'static str,
    /// As told: see `shown`.
    pub key: String,
    pub column: Option<String>,
}

/// All of them, as findings.
pub async fn findings(tx: &mut Tx, told: &mut Told) -> Result<Vec<Finding>> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let mut findings = Vec::new();
    for Difference { table, code, key, column } in compare(tx, told, NAMED_MOST).await? {
        let key = shown(&key);
        let mut params = json!({"table": table.name, "key": key});
        if let Some(column) = column {
            params["column"] = column.into();
        }
        *counts.entry(&table.name).or_default() += 1;
        findings.push(finding(code, format!("{} {key}", table.name), params));
    }
    for (table, count) in counts.into_iter().filter(|(_, count)| *count >= NAMED_MOST) {
        findings.push(finding("row.more", table, json!({"table": table, "count": count})));
    }
    Ok(findings)
}

/// The values of a key, as told, with blanks between.
pub fn shown(key: &str) -> String {
    let values: Vec<Value> = serde_json::from_str(key).unwrap_or_default();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    values.iter().map(text).collect::<Vec<_>>().join(" ")
}

/// Compares all tables in the caller's view of the database, which is the one its events were read in. Of each table,
/// the first `most` differences.
pub async fn compare(tx: &mut Tx, told: &mut Told, most: u64) -> Result<Vec<Difference>> {
    let (mut all, mut images) = (Vec::new(), Images::default());
    for table in tables() {
        let mut found = Found { table, most, differences: Vec::new() };
        let explained = present(tx, told, &mut images, &mut found).await?;
        if !table.ends && told.count(&table.name).await? != explained {
            missing(tx, told, &mut found).await?;
        }
        all.append(&mut found.differences);
    }
    Ok(all)
}

/// What is found in one table.
struct Found {
    table: &'static Table,
    most: u64,
    differences: Vec<Difference>,
}

impl Found {
    fn is_full(&self) -> bool {
        self.differences.len() as u64 >= self.most
    }

    fn add(&mut self, code: &'static str, key: &str, column: Option<String>) {
        if !self.is_full() {
            self.differences.push(Difference { table: self.table, code, key: key.to_owned(), column });
        }
    }
}

/// Every row that is there; returns how many of them some event tells of.
async fn present(tx: &mut Tx, told: &mut Told, images: &mut Images, found: &mut Found) -> Result<u64> {
    let (table, mut explained) = (found.table, 0);
    let mut after: Vec<Cell> = Vec::new();
    loop {
        let (page, last) = table.page(tx, &after, PAGE).await?;
        let keys: Vec<&str> = page.iter().map(|image| image.key.as_str()).collect();
        let known = told.of(&table.name, &keys).await?;
        explained += known.len() as u64;
        for image in &page {
            let Some(last) = known.get(&image.key) else {
                found.add("row.unexplained", &image.key, None);
                continue;
            };
            if last.digest != digest(&image.row)? && !found.is_full() {
                let told = images.row(tx, table, &image.key, &last.event).await?;
                let column = table.differs(&told.unwrap_or_default(), &image.row);
                found.add("row.altered", &image.key, column.map(str::to_owned));
            }
        }
        if (page.len() as i64) < PAGE {
            return Ok(explained);
        }
        after = last;
    }
}

/// Rows that should be there and are not.
async fn missing(tx: &mut Tx, told: &mut Told, found: &mut Found) -> Result<()> {
    let mut after = String::new();
    loop {
        let page = told.page(&found.table.name, &after, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = last.clone();
        let keys: Vec<&str> = page.iter().map(|(key, _)| key.as_str()).collect();
        let there = found.table.among(tx, &keys).await?;
        for key in keys.into_iter().filter(|key| !there.contains(*key)) {
            found.add("row.missing", key, None);
        }
    }
}

/// Rows as events tell them. One event tells of many, so the last one read is kept.
#[derive(Default)]
pub struct Images {
    event: String,
    rows: HashMap<(String, String), Map<String, Value>>,
}

impl Images {
    pub async fn row(
        &mut self,
        tx: &mut Tx,
        table: &Table,
        key: &str,
        event: &str,
    ) -> Result<Option<Map<String, Value>>> {
        if self.event != event {
            let found = audit::store::by_id(tx, event).await?;
            let lines = found.map(|event| lines(&event.payload)).unwrap_or_default();
            self.rows = lines.into_iter().filter_map(|line| Some(((line.table, line.key), line.row?))).collect();
            event.clone_into(&mut self.event);
        }
        Ok(self.rows.get(&(table.name.clone(), key.to_owned())).cloned())
    }
}
