//! What events have told last of every row: a table of digests in a private file of SQLite's own, which is gone when this
//! is dropped. About a hundred bytes a row, whatever a row holds, so that millions of recordings need no memory.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value as Json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row as _, SqliteConnection};

use super::placeholders;
use super::rows::{self, digest};
use crate::error::Result;

pub struct Told {
    db: SqliteConnection,
    /// Not written yet, the newest word on each row; `None`: gone.
    waiting: BTreeMap<(String, String), Option<Last>>,
}

/// The last word on a row.
#[derive(Clone)]
pub struct Last {
    pub digest: Vec<u8>,
    /// Id of the event that has it.
    pub event: String,
}

/// A row an event tells of; without `row` it is gone.
pub struct Line {
    pub table: String,
    pub key: String,
    pub row: Option<Map<String, Json>>,
}

/// The rows that an event's payload tells of.
pub fn lines(payload: &[u8]) -> Vec<Line> {
    let Ok(Json::Object(mut told)) = serde_json::from_slice::<Json>(payload) else { return Vec::new() };
    let Some(Json::Array(rows)) = told.remove("rows") else { return Vec::new() };
    let line = |mut line: Json| {
        let table = line["table"].as_str()?.to_owned();
        let key = line["key"].as_array().map(|key| Json::from(key.clone()).to_string())?;
        let row = match line["row"].take() {
            Json::Object(row) => Some(row),
            _ => None,
        };
        Some(Line { table, key, row })
    };
    rows.into_iter().filter_map(line).collect()
}

/// Rows written at a time.
const BATCH: usize = 4_000;
const ROWS_AT_ONCE: usize = 250;

impl Told {
    pub async fn new() -> Result<Told> {
        // No name: SQLite makes a file of its own in the folder for temporary files and removes it at once.
        let options = SqliteConnectOptions::new()
            .filename("")
            .journal_mode(SqliteJournalMode::Off)
            .synchronous(SqliteSynchronous::Off);
        let mut db = options.connect().await?;
        let sql =
            "create table told (tab text, key text, digest blob, event text, primary key (tab, key)) without rowid";
        sqlx::query(sql).execute(&mut db).await?;
        Ok(Told { db, waiting: BTreeMap::new() })
    }

    pub async fn note(&mut self, table: &str, key: String, last: Option<Last>) -> Result<()> {
        self.waiting.insert((table.to_owned(), key), last);
        if self.waiting.len() >= BATCH { self.write().await } else { Ok(()) }
    }

    /// Takes over what an event tells of rows. Events come in the order of the log.
    pub async fn event(&mut self, id: &str, payload: &[u8]) -> Result<()> {
        for line in lines(payload).into_iter().filter(|line| rows::table(&line.table).is_some()) {
            let last = match line.row {
                Some(row) => Some(Last { digest: digest(&row)?.to_vec(), event: id.to_owned() }),
                None => None,
            };
            self.note(&line.table, line.key, last).await?;
        }
        Ok(())
    }

    async fn write(&mut self) -> Result<()> {
        let mut tx = self.db.begin().await?;
        let (mut there, mut gone) = (Vec::new(), Vec::new());
        for ((table, key), last) in std::mem::take(&mut self.waiting) {
            match last {
                Some(last) => there.push((table, key, last)),
                None => gone.push((table, key)),
            }
        }
        for some in there.chunks(ROWS_AT_ONCE) {
            let values = vec!["(?, ?, ?, ?)"; some.len()].join(", ");
            let sql = format!("insert or replace into told (tab, key, digest, event) values {values}");
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for (table, key, last) in some {
                query = query.bind(table).bind(key).bind(&last.digest).bind(&last.event);
            }
            query.execute(&mut *tx).await?;
        }
        for (table, key) in &gone {
            let sql = "delete from told where tab = ? and key = ?";
            sqlx::query(sql).bind(table).bind(key).execute(&mut *tx).await?;
        }
        Ok(tx.commit().await?)
    }

    /// The last word on each of these rows, as far as there is one.
    pub async fn of(&mut self, table: &str, keys: &[&str]) -> Result<HashMap<String, Last>> {
        self.write().await?;
        let mut found = HashMap::new();
        for some in keys.chunks(ROWS_AT_ONCE) {
            let those = placeholders(2, some.len());
            let sql = format!("select key, digest, event from told where tab = $1 and key in ({those})");
            let mut query = sqlx::query(AssertSqlSafe(sql)).bind(table);
            for key in some {
                query = query.bind(*key);
            }
            for row in query.fetch_all(&mut self.db).await? {
                found
                    .insert(row.try_get("key")?, Last { digest: row.try_get("digest")?, event: row.try_get("event")? });
            }
        }
        Ok(found)
    }

    pub async fn count(&mut self, table: &str) -> Result<u64> {
        self.write().await?;
        let query = sqlx::query("select count(*) from told where tab = ?").bind(table);
        Ok(query.fetch_one(&mut self.db).await?.try_get::<i64, _>(0)?.unsigned_abs())
    }

    /// Keys behind `after`, each with the event that has its row.
    pub async fn page(&mut self, table: &str, after: &str, most: i64) -> Result<Vec<(String, String)>> {
        self.write().await?;
        let sql = "select key, event from told where tab = ? and key > ? order by key limit ?";
        let rows = sqlx::query(sql).bind(table).bind(after).bind(most).fetch_all(&mut self.db).await?;
        rows.iter().map(|row| Ok((row.try_get("key")?, row.try_get("event")?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[tokio::test]
    async fn the_last_word_counts() {
        let mut told = Told::new().await.unwrap();
        let say = |name: &str| json!({"table": "holiday", "key": [name], "row": {"day": name, "note": "x"}});
        let gone = |name: &str| json!({"table": "holiday", "key": [name]});
        for (event, rows) in [
            ("1", json!([say("a"), say("b"), say("c")])),
            ("2", json!([gone("b"), gone("z")])),
            ("3", json!([say("c"), {"table": "nothing", "key": ["a"], "row": {}}])),
            ("4", json!("no list")),
        ] {
            told.event(event, json!({"rows": rows}).to_string().as_bytes()).await.unwrap();
        }
        told.event("5", b"no JSON").await.unwrap();
        let page = |after: &str, event: &str| (format!("[\"{after}\"]"), event.to_owned());
        assert_eq!(told.page("holiday", "", 10).await.unwrap(), [page("a", "1"), page("c", "3")]);
        assert_eq!(told.page("holiday", "[\"a\"]", 10).await.unwrap(), [page("c", "3")]);
        assert_eq!((told.count("holiday").await.unwrap(), told.count("nothing").await.unwrap()), (2, 0));
        let found = told.of("holiday", &["[\"a\"]", "[\"b\"]"]).await.unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), ["[\"a\"]"]);
    }
}
