//! 逐行对照: which rows are held against what events tell, and how a row is told.
//!
//! Whatever a transaction writes into such a table is noted here, and the next event of the transaction tells what became
//! of it (`rows` of its payload): `verify` holds the rows against that, a rebuild restores them from it. A transaction
//! that wrote without telling is refused at its end. A new table or column is compared unless it is named below.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::{Map, Value as Json, json};
use tiezheng_vault::canonical;

use super::{Row, SCHEMA, Tx, Value};
use crate::app::sha256;
use crate::error::{Problem, Result};

/// `(table, columns or *, why no event tells them)`.
pub const LEFT_OUT: &[(&str, &str, &str)] = &[
    ("meta", "*", "notes of the machine about itself"),
    ("event", "*", "held against its leaf in the log"),
    ("log_head", "*", "held against the log itself"),
    ("recording", "*", "held against the event that sealed it; its place against the object, which names that event"),
    ("regulation_decision", "*", "its key is its event: held against it by regulations::store::altered"),
    ("regulation_file", "*", "as regulation_decision; its place is held against the object"),
    ("recording_text", "*", "search terms of what recording_index and the registers say; written anew from them"),
    ("ingest", "*", "how far a run came; what it sealed, docked and cleared has events of its own"),
    ("ingest_file", "*", "as ingest"),
    ("upload", "*", "under way; what comes of it is a sealed recording"),
    ("reminder", "*", "under way; what was sent is told in figures by reminders.sent"),
    ("job", "*", "under way; what comes of it is a derivative"),
    ("wrong_password", "*", "counted at each attempt, and each attempt is an event"),
    ("session", "seen_ms", "moves with every click"),
];

/// Told by their digest, beside all secrets: long, and kept elsewhere.
const LONG: &[(&str, &str)] = &[("recording_track", "points"), ("integrity_run", "findings")];

/// Rows asked for in one statement.
const AT_ONCE: usize = 100;

/// Rows that end by themselves, without an event.
const ENDING: &[&str] = &["session"];

/// A compared table.
#[derive(Debug)]
pub struct Table {
    pub name: String,
    /// Without those left out.
    columns: Vec<Column>,
    /// Names of the columns that no event tells.
    left_out: Vec<String>,
    pub ends: bool,
}

#[derive(Debug)]
struct Column {
    name: String,
    kind: Kind,
    in_key: bool,
    required: bool,
    /// Only its digest is told.
    hidden: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Int,
    Text,
    Bytes,
}

/// A row as an event tells it.
pub struct Image {
    /// JSON list of the key's values, as told.
    pub key: String,
    pub row: Map<String, Json>,
}

/// Every compared table, in an order in which each finds what it refers to.
pub fn tables() -> &'static [Table] {
    static TABLES: LazyLock<Vec<Table>> = LazyLock::new(read);
    &TABLES
}

pub fn table(name: &str) -> Option<&'static Table> {
    tables().iter().find(|table| table.name == name)
}

/// The tables of `schema.sql`: columns and their classes, keys as declared.
fn read() -> Vec<Table> {
    let (mut found, mut table): (Vec<Table>, Option<Table>) = (Vec::new(), None);
    for line in SCHEMA.lines() {
        let text = line.trim();
        if let Some(rest) = text.strip_prefix("create table ") {
            let name = rest.trim_end_matches(" (").to_owned();
            let ends = ENDING.contains(&name.as_str());
            table = Some(Table { name, columns: Vec::new(), left_out: Vec::new(), ends });
        } else if text == ");" {
            found.extend(table.take().filter(|table| !is_left_out(&table.name, "*")));
        } else if let Some(table) = &mut table
            && !text.starts_with("--")
        {
            read_line(table, text);
        }
    }
    found
}

fn read_line(table: &mut Table, text: &str) {
    let (code, comment) = text.split_once("-- ").unwrap_or((text, ""));
    if let Some(key) = code.trim().strip_prefix("primary key (") {
        let names: Vec<&str> = key.trim_end_matches([')', ',']).split(", ").collect();
        for column in &mut table.columns {
            column.in_key = names.contains(&column.name.as_str());
        }
        return;
    }
    let mut words = code.split_whitespace();
    let (Some(name), Some(kind)) = (words.next(), words.next()) else { return };
    let kind = match kind.trim_end_matches(',') {
        "ID" | "TEXT" => Kind::Text,
        "INT" => Kind::Int,
        "BYTES" => Kind::Bytes,
        _ => return,
    };
    if is_left_out(&table.name, name) {
        return table.left_out.push(name.to_owned());
    }
    table.columns.push(Column {
        name: name.to_owned(),
        kind,
        in_key: code.contains(" primary key"),
        required: code.contains(" not null") || code.contains(" primary key"),
        hidden: comment.starts_with("secret") || LONG.contains(&(table.name.as_str(), name)),
    });
}

fn is_left_out(table: &str, column: &str) -> bool {
    LEFT_OUT.iter().any(|(of, columns, _)| *of == table && columns.split(' ').any(|name| name == column))
}

/// The compared table that a statement writes into, unless it only touches columns that are left out.
pub(super) fn written(sql: &str) -> Option<&'static Table> {
    let mut words = sql.split_whitespace();
    let (verb, second) = (words.next()?, words.next()?);
    match (verb, second) {
        ("insert", "into") => table(words.next()?),
        ("delete", "from") => table(words.next()?).filter(|table| !table.ends),
        ("update", name) => {
            let table = table(name)?;
            let (_, set) = sql.split_once(" set ")?;
            let set = set.split("where").next().unwrap_or("").split(',');
            let mut names = set.map(|one| one.split('=').next().unwrap_or("").trim());
            let quiet = names.all(|name| table.left_out.iter().any(|left| left == name));
            (!quiet).then_some(table)
        }
        _ => None,
    }
}

impl Table {
    fn key(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.in_key)
    }

    /// Names of the columns, and whether they are part of the key.
    pub fn names(&self) -> impl Iterator<Item = (&str, bool)> {
        self.columns.iter().map(|column| (column.name.as_str(), column.in_key))
    }

    /// The columns of the key, for `returning` and `order by`.
    pub(super) fn key_list(&self) -> String {
        self.key().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn key_of(&self, row: &Row) -> Result<Vec<Value>> {
        self.key().map(|column| column.value(row)).collect()
    }

    fn list(&self) -> String {
        self.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// The key as it is told.
    fn told_key(&self, key: &[Value]) -> Vec<Json> {
        self.key().zip(key).map(|(column, value)| column.told(value)).collect()
    }

    fn image(&self, row: &Row) -> Result<Image> {
        let key = Json::Array(self.told_key(&self.key_of(row)?)).to_string();
        let told = |column: &Column| Ok((column.name.clone(), column.told(&column.value(row)?)));
        Ok(Image { key, row: self.columns.iter().map(told).collect::<Result<_>>()? })
    }

    /// The first column in which two images of one row differ.
    pub fn differs(&self, one: &Map<String, Json>, other: &Map<String, Json>) -> Option<&str> {
        let differs = |column: &&Column| one.get(&column.name) != other.get(&column.name);
        self.columns.iter().find(differs).map(|column| column.name.as_str())
    }

    /// Rows behind the key `after` in the order of the key, and the key of the last one.
    pub async fn page(&self, tx: &mut Tx, after: &[Value], most: i64) -> Result<(Vec<Image>, Vec<Value>)> {
        let (list, key) = (self.list(), self.key_list());
        let behind = match after.len() {
            0 => String::new(),
            n => format!("where ({key}) > ({})", super::placeholders(1, n)),
        };
        let sql = format!("select {list} from {} {behind} order by {key} limit {most}", self.name);
        let rows = tx.rows(sql, after.to_vec()).await?;
        let last = rows.last().map(|row| self.key_of(row)).transpose()?.unwrap_or_default();
        Ok((rows.iter().map(|row| self.image(row)).collect::<Result<_>>()?, last))
    }

    /// The rows of these keys, as far as there are any.
    async fn those(&self, tx: &mut Tx, keys: impl Iterator<Item = &Vec<Value>>) -> Result<Vec<Image>> {
        let (mut args, mut those) = (Vec::new(), Vec::new());
        for key in keys {
            let equal = |(column, value): (&Column, &Value)| {
                args.push(value.clone());
                format!("{} = ${}", column.name, args.len())
            };
            those.push(format!("({})", self.key().zip(key).map(equal).collect::<Vec<_>>().join(" and ")));
        }
        let sql = format!("select {} from {} where {}", self.list(), self.name, those.join(" or "));
        tx.rows(sql, args).await?.iter().map(|row| self.image(row)).collect()
    }

    /// Which of these keys, as told, have a row.
    pub async fn among(&self, tx: &mut Tx, keys: &[&str]) -> Result<BTreeSet<String>> {
        let mut there = BTreeSet::new();
        for some in keys.chunks(AT_ONCE) {
            let some: Vec<Vec<Value>> = some.iter().map(|key| self.key_told(key)).collect();
            there.extend(self.those(tx, some.iter()).await?.into_iter().map(|image| image.key));
        }
        Ok(there)
    }

    /// The values behind a key as told. A hidden one is none any more: no row has it.
    fn key_told(&self, key: &str) -> Vec<Value> {
        let told: Vec<Json> = serde_json::from_str(key).unwrap_or_default();
        self.key().enumerate().map(|(at, column)| column.of_told(told.get(at))).collect()
    }

    pub fn is_of_a_recording(&self) -> bool {
        self.columns.iter().any(|column| column.name == "recording_id")
    }

    /// Whether a row can be brought back from its image: a secret that must be there cannot.
    pub fn is_restorable(&self) -> bool {
        !self.columns.iter().any(|column| column.hidden && column.required)
    }

    /// Brings a row back from its image; secrets stay empty.
    pub async fn restore(&self, tx: &mut Tx, row: &Map<String, Json>) -> Result<()> {
        let columns: Vec<&Column> = self.columns.iter().filter(|column| !column.hidden).collect();
        let list = columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ");
        let values: Vec<Value> = columns.iter().map(|column| column.of_told(row.get(&column.name))).collect();
        let sql = format!(
            "insert into {} ({list}) values ({}) on conflict ({}) do nothing",
            self.name,
            super::placeholders(1, values.len()),
            self.key_list()
        );
        tx.exec(sql, values).await.map(drop)
    }

    /// Notes the row of this key, as told, as one that the next event tells of.
    pub fn touch(&'static self, tx: &mut Tx, key: &str) {
        tx.touched.push((self, self.key_told(key)));
    }
}

impl Column {
    fn value(&self, row: &Row) -> Result<Value> {
        Ok(match self.kind {
            Kind::Int => Value::Int(row.get(&self.name)?),
            Kind::Text => Value::Text(row.get(&self.name)?),
            Kind::Bytes => Value::Bytes(row.get(&self.name)?),
        })
    }

    fn told(&self, value: &Value) -> Json {
        let digest = |bytes: &[u8]| json!(hex::encode(sha256(bytes)));
        match value {
            Value::Text(Some(text)) if self.hidden => digest(text.as_bytes()),
            Value::Bytes(Some(bytes)) if self.hidden => digest(bytes),
            Value::Int(Some(number)) if self.hidden => digest(number.to_string().as_bytes()),
            Value::Text(Some(text)) => json!(text),
            Value::Bytes(Some(bytes)) => json!(hex::encode(bytes)),
            // Larger numbers are rounded by other languages, so canonical JSON has none.
            Value::Int(Some(number)) if number.unsigned_abs() < 1 << 53 => json!(number),
            Value::Int(Some(number)) => json!(number.to_string()),
            _ => Json::Null,
        }
    }

    fn of_told(&self, told: Option<&Json>) -> Value {
        let text = told.and_then(Json::as_str);
        match self.kind {
            Kind::Int => Value::Int(told.and_then(Json::as_i64).or(text.and_then(|text| text.parse().ok()))),
            Kind::Text => Value::Text(text.map(str::to_owned)),
            Kind::Bytes => Value::Bytes(text.and_then(|text| hex::decode(text).ok())),
        }
    }
}

/// What an image is recognised by.
pub fn digest(row: &Map<String, Json>) -> Result<[u8; 32]> {
    Ok(sha256(&canonical::to_bytes(&Json::Object(row.clone()))?))
}

impl Tx {
    /// What became of every row written since the last event: `{table, key, row}`, without `row` where it is gone.
    pub(crate) async fn images(&mut self) -> Result<Vec<Json>> {
        let mut touched: Vec<(&Table, BTreeMap<String, Vec<Value>>)> = Vec::new();
        for (table, key) in std::mem::take(&mut self.touched) {
            let told = Json::Array(table.told_key(&key)).to_string();
            match touched.iter_mut().find(|(known, _)| known.name == table.name) {
                Some((_, keys)) => drop(keys.insert(told, key)),
                None => touched.push((table, BTreeMap::from([(told, key)]))),
            }
        }
        let mut images = Vec::new();
        for (table, keys) in touched {
            let keys: Vec<(String, Vec<Value>)> = keys.into_iter().collect();
            for some in keys.chunks(AT_ONCE) {
                let mut found = BTreeMap::new();
                for image in table.those(self, some.iter().map(|(_, key)| key)).await? {
                    found.insert(image.key, image.row);
                }
                for (told, key) in some {
                    let mut image = json!({"table": table.name, "key": table.told_key(key)});
                    if let Some(row) = found.remove(told) {
                        image["row"] = row.into();
                    }
                    images.push(image);
                }
            }
        }
        Ok(images)
    }

    pub fn has_to_tell(&self) -> bool {
        !self.touched.is_empty()
    }

    /// Rows written for which there is no event: a rebuild's, whose events stand already.
    pub fn told_already(&mut self) {
        self.touched.clear();
    }

    /// A state change and its event commit together, or not at all.
    pub(super) fn all_is_told(&self) -> Result<()> {
        match self.touched.first() {
            None => Ok(()),
            Some((table, _)) => Err(Problem::internal(format!("a row of {} was written without an event", table.name))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_compared_or_left_out_with_a_reason() {
        for (table, column, _) in crate::db::columns() {
            let compared =
                super::table(&table).is_some_and(|known| known.columns.iter().any(|known| known.name == column));
            let left_out = is_left_out(&table, "*") || is_left_out(&table, &column);
            assert!(compared != left_out, "{table}.{column}");
        }
        for table in tables() {
            assert!(table.key().next().is_some(), "{} has no key", table.name);
        }
    }

    #[test]
    fn a_statement_tells_what_it_writes() {
        for (sql, expected) in [
            ("insert into agency (id) values ($1)", Some("agency")),
            ("update unit set parent_id = $1 where id = $2", Some("unit")),
            ("delete from account_role where account = $1", Some("account_role")),
            ("delete from session where expires_ms < $1", None),
            ("update session set seen_ms = $1 where digest = $2", None),
            ("update session set seen_ms = $1,\n  expires_ms = $2 where digest = $3", Some("session")),
            ("update wrong_password set failed = failed + 1 where key = $1", None),
            ("insert into recording (id) values ($1)", None),
            ("select id from agency", None),
            ("savepoint custody", None),
        ] {
            assert_eq!(written(sql).map(|table| table.name.as_str()), expected, "{sql}");
        }
    }

    #[test]
    fn a_secret_is_told_by_its_digest() {
        let account = table("account").unwrap();
        let password = account.columns.iter().find(|column| column.name == "password").unwrap();
        let told = password.told(&Value::Text(Some("$argon2id$…".into())));
        assert_eq!(told, json!(hex::encode(sha256("$argon2id$…".as_bytes()))));
        assert!(account.is_restorable() && !table("token").unwrap().is_restorable());
    }

    #[test]
    fn numbers_beyond_what_others_can_read_are_told_as_text() {
        let column = Column { name: "n".into(), kind: Kind::Int, in_key: false, required: true, hidden: false };
        for number in [0, -1, (1 << 53) - 1, 1 << 53, i64::MAX, i64::MIN] {
            let told = column.told(&Value::Int(Some(number)));
            assert!(canonical::to_bytes(&told).is_ok(), "{number}");
            assert!(matches!(column.of_told(Some(&told)), Value::Int(Some(back)) if back == number), "{number}");
        }
    }
}
