//! The schema: `schema.sql` is always the whole present one; each later change is also a numbered step.

use crate::args;
use crate::db::{Db, Tx};
use crate::error::{Problem, Result};

pub(super) const SCHEMA: &str = include_str!("schema.sql");

/// The version that `schema.sql` describes. Raised together with a step in `STEPS`.
pub const VERSION: i64 = 1;

/// `(version reached, statements)`: none yet, the first published schema is version 1.
const STEPS: &[(i64, &str)] = &[];

impl Db {
    /// Brings an empty or older database to the present schema. Repeatable; refuses a database newer than this program.
    pub async fn prepare(&self) -> Result<()> {
        let mut tx = self.begin().await?;
        tx.lock(0x5449_0001).await?;
        let found = if table_exists(&mut tx, "meta").await? {
            tx.number("select cast(value as bigint) from meta where key = 'schema'", args![]).await?
        } else {
            for statement in statements(tx.is_postgres()) {
                tx.exec(statement, args![]).await?;
            }
            tx.exec("insert into meta (key, value) values ('schema', $1)", args![VERSION.to_string()]).await?;
            VERSION
        };
        if found > VERSION {
            return Err(Problem::refused(409, "database.newer").with("found", found).with("known", VERSION));
        }
        for (version, sql) in STEPS.iter().filter(|(version, _)| *version > found) {
            for statement in split(&dialect(sql, tx.is_postgres())) {
                tx.exec(statement, args![]).await?;
            }
            tx.exec("update meta set value = $1 where key = 'schema'", args![version.to_string()]).await?;
        }
        tx.commit().await
    }

    /// Whether somebody has prepared this database already.
    pub async fn is_prepared(&self) -> Result<bool> {
        table_exists(&mut self.read().await?, "meta").await
    }
}

async fn table_exists(tx: &mut Tx, name: &str) -> Result<bool> {
    let sql = if tx.is_postgres() {
        "select count(*) from information_schema.tables where table_schema = current_schema() and table_name = $1"
    } else {
        "select count(*) from sqlite_master where type = 'table' and name = $1"
    };
    Ok(tx.number(sql, args![name]).await? > 0)
}

fn statements(postgres: bool) -> Vec<String> {
    split(&dialect(SCHEMA, postgres))
}

/// One text, two spellings: the four column types, and the full-text table, which is the engine's own.
fn dialect(sql: &str, postgres: bool) -> String {
    let (id, bytes, int, real, end) = if postgres {
        ("text collate \"C\"", "bytea", "bigint", "double precision", ")")
    } else {
        ("text", "blob", "integer", "real", ") strict")
    };
    let mut out = String::with_capacity(sql.len());
    let mut keep = true;
    for line in sql.lines() {
        match line.trim() {
            "-- only postgres" => keep = postgres,
            "-- only sqlite" => keep = !postgres,
            "-- both" => keep = true,
            _ if !keep => {}
            ");" => out.push_str(&format!("{end};\n")),
            _ => {
                let code = line.split("--").next().unwrap_or("");
                let words = code.replace(" ID", &format!(" {id}")).replace(" BYTES", &format!(" {bytes}"));
                out.push_str(&words.replace(" INT", &format!(" {int}")).replace(" REAL", &format!(" {real}")));
                out.push('\n');
            }
        }
    }
    out
}

fn split(sql: &str) -> Vec<String> {
    sql.split(';').map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect()
}

/// `(table, column, class)` of every column, read from the comments of `schema.sql`: public, personal, secret, evidence.
#[cfg(test)]
pub fn columns() -> Vec<(String, String, Option<String>)> {
    let mut table = String::new();
    let mut found = Vec::new();
    for line in SCHEMA.lines() {
        let text = line.trim();
        if let Some(rest) = text.strip_prefix("create table ") {
            table = rest.trim_end_matches(" (").to_owned();
        } else if line.starts_with("  ") && !text.starts_with("--") && !text.is_empty() {
            let name = text.split_whitespace().next().unwrap_or("");
            if ["primary", "unique", "check", "foreign"].iter().any(|word| name.starts_with(word)) {
                continue;
            }
            let class = text.split("-- ").nth(1).and_then(|c| c.split([':', ' ']).next()).map(str::to_owned);
            found.push((table.clone(), name.to_owned(), class));
        } else if text == ");" {
            table.clear();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_column_says_how_it_is_protected() {
        for (table, column, class) in super::columns() {
            let class = class.unwrap_or_default();
            assert!(
                ["public", "personal", "secret", "evidence"].contains(&class.as_str()),
                "{table}.{column} needs a comment that starts with its class, found '{class}'"
            );
        }
    }
}
