//! The one door to the database: SQLite beside the executable, or PostgreSQL.
//!
//! One SQL text serves both engines: `$1` placeholders, `on conflict (key)`, row values. Columns are text, 64-bit
//! integers, bytes and doubles only; time is UTC milliseconds. What differs stands in this file and nowhere else.

pub mod owner;
pub mod rows;
mod schema;
pub mod told;

use std::borrow::Cow;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{Arguments, AssertSqlSafe, Connection as _, Postgres, Row as _, Sqlite, Transaction};

use crate::error::{Problem, Result};

use schema::SCHEMA;
#[cfg(test)]
pub use schema::columns;

/// A connection pool to the one database of an installation. Cheap to clone.
#[derive(Clone)]
pub enum Db {
    /// Writers queue in a pool of one, so that `begin immediate` never meets a busy database inside one process.
    Sqlite {
        write: SqlitePool,
        read: SqlitePool,
    },
    Postgres(PgPool),
}

/// A transaction. Dropped without `commit`, it rolls back.
pub struct Tx {
    on: Engine,
    /// Compared rows it has written that no event tells of yet.
    touched: Vec<(&'static rows::Table, Vec<Value>)>,
}

enum Engine {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A parameter of a statement. `None` keeps its type, which PostgreSQL wants to know.
#[derive(Clone, Debug)]
pub enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    Real(Option<f64>),
}

/// A row of an answer, whichever engine gave it.
pub enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// `args![a, b]`: the parameters of one statement.
#[macro_export]
macro_rules! args {
    () => { Vec::<$crate::db::Value>::new() };
    ($($value:expr),+ $(,)?) => { vec![$($crate::db::Value::from($value)),+] };
}

macro_rules! value_from {
    ($($from:ty => $variant:ident ($value:ident) $map:expr;)+) => {$(
        impl From<$from> for Value { fn from($value: $from) -> Value { Value::$variant(Some($map)) } }
        impl From<Option<$from>> for Value {
            fn from(value: Option<$from>) -> Value { Value::$variant(value.map(|$value| $map)) }
        }
    )+};
}
value_from! {
    i64 => Int(v) v;
    u64 => Int(v) i64::try_from(v).unwrap_or(i64::MAX);
    i32 => Int(v) i64::from(v);
    bool => Int(v) i64::from(v);
    f64 => Real(v) v;
    String => Text(v) v;
    &str => Text(v) v.to_owned();
    &String => Text(v) v.clone();
    Vec<u8> => Bytes(v) v;
    &[u8] => Bytes(v) v.to_vec();
    [u8; 32] => Bytes(v) v.to_vec();
    &[u8; 32] => Bytes(v) v.to_vec();
}

impl Db {
    /// Opens the SQLite file, making it when absent.
    pub async fn sqlite(path: &Path) -> Result<Db> {
        // FULL: a receipt may be given right after a commit, so a commit must survive a power cut.
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(30));
        // SQLite rolls back by itself when the disk is full; sqlx still believes in a transaction, and every later one on
        // that connection would be refused: such a connection is closed, and a new one opened.
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(60))
            .before_acquire(|db, _| Box::pin(async move { Ok(!db.is_in_transaction()) }))
            .connect_with(options.clone())
            .await?;
        let read = SqlitePoolOptions::new()
            .max_connections(8)
            .before_acquire(|db, _| Box::pin(async move { Ok(!db.is_in_transaction()) }))
            .connect_lazy_with(options);
        Ok(Db::Sqlite { write, read })
    }

    /// Connects to PostgreSQL by its URL.
    pub async fn postgres(url: &str) -> Result<Db> {
        let options = PgConnectOptions::from_str(url)?;
        let pool = PgPoolOptions::new()
            .max_connections(16)
            .acquire_timeout(Duration::from_secs(30))
            .connect_with(options)
            .await?;
        Ok(Db::Postgres(pool))
    }

    /// A transaction that will write.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(Tx::on(match self {
            Db::Sqlite { write, .. } => Engine::Sqlite(write.begin_with("begin immediate").await?),
            Db::Postgres(pool) => Engine::Postgres(pool.begin().await?),
        }))
    }

    /// A transaction that only reads: one consistent view.
    pub async fn read(&self) -> Result<Tx> {
        Ok(Tx::on(match self {
            Db::Sqlite { read, .. } => Engine::Sqlite(read.begin().await?),
            Db::Postgres(pool) => {
                Engine::Postgres(pool.begin_with("begin isolation level repeatable read, read only").await?)
            }
        }))
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self, Db::Postgres(_))
    }

    pub async fn close(&self) {
        match self {
            Db::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    fn on(on: Engine) -> Tx {
        Tx { on, touched: Vec::new() }
    }

    /// Runs a statement; returns the number of rows it touched. Which compared rows those were is noted: the next event
    /// of this transaction tells what became of them.
    pub async fn exec(&mut self, sql: impl Into<Cow<'static, str>>, args: Vec<Value>) -> Result<u64> {
        let sql = sql.into();
        if let Some(table) = rows::written(&sql) {
            let written = self.rows(format!("{sql} returning {}", table.key_list()), args).await?;
            for row in &written {
                self.touched.push((table, table.key_of(row)?));
            }
            return Ok(written.len() as u64);
        }
        let sql = AssertSqlSafe(sql.into_owned());
        Ok(match &mut self.on {
            Engine::Sqlite(tx) => {
                sqlx::query_with(sql, sqlite_arguments(args)?).execute(&mut **tx).await?.rows_affected()
            }
            Engine::Postgres(tx) => {
                sqlx::query_with(sql, postgres_arguments(args)?).execute(&mut **tx).await?.rows_affected()
            }
        })
    }

    /// All rows of an answer. Callers bound it with `limit`.
    pub async fn rows(&mut self, sql: impl Into<Cow<'static, str>>, args: Vec<Value>) -> Result<Vec<Row>> {
        let sql = AssertSqlSafe(sql.into().into_owned());
        Ok(match &mut self.on {
            Engine::Sqlite(tx) => {
                let rows = sqlx::query_with(sql, sqlite_arguments(args)?).fetch_all(&mut **tx).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Engine::Postgres(tx) => {
                let rows = sqlx::query_with(sql, postgres_arguments(args)?).fetch_all(&mut **tx).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    pub async fn row(&mut self, sql: impl Into<Cow<'static, str>>, args: Vec<Value>) -> Result<Option<Row>> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }

    /// A single number, zero when there is no row.
    pub async fn number(&mut self, sql: impl Into<Cow<'static, str>>, args: Vec<Value>) -> Result<i64> {
        match self.row(sql, args).await? {
            Some(row) => Ok(row.nth::<Option<i64>>(0)?.unwrap_or(0)),
            None => Ok(0),
        }
    }

    /// Refused where a compared row was written and no event tells of it.
    pub async fn commit(self) -> Result<()> {
        self.all_is_told()?;
        match self.on {
            Engine::Sqlite(tx) => tx.commit().await?,
            Engine::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self.on, Engine::Postgres(_))
    }

    /// Of several numbers the greatest, and UTC milliseconds by the database's own clock: one clock for all nodes.
    pub fn greatest(&self) -> &'static str {
        if self.is_postgres() { "greatest" } else { "max" }
    }

    pub fn clock(&self) -> &'static str {
        if self.is_postgres() {
            "cast(extract(epoch from clock_timestamp()) * 1000 as bigint)"
        } else {
            "cast((julianday('now') - 2440587.5) * 86400000 as integer)"
        }
    }

    /// At the end of a `select` whose rows this transaction will change: the later of two waits, and then reads what the
    /// earlier one made of them. SQLite's writers already queue. Rows that only refer to these do not wait: no key changes.
    pub fn for_update(&self) -> &'static str {
        if self.is_postgres() { " for no key update" } else { "" }
    }

    /// Makes the later of two concurrent transactions wait here; SQLite's writers already queue.
    pub async fn lock(&mut self, key: i64) -> Result<()> {
        if self.is_postgres() {
            self.exec("select pg_advisory_xact_lock($1)", args![key]).await?;
        }
        Ok(())
    }
}

/// A type that a column can be read as.
pub trait Column: Sized {
    fn sqlite(row: &SqliteRow, at: usize) -> std::result::Result<Self, sqlx::Error>;
    fn postgres(row: &PgRow, at: usize) -> std::result::Result<Self, sqlx::Error>;
}

macro_rules! column {
    ($($type:ty),+) => {$(
        impl Column for $type {
            fn sqlite(row: &SqliteRow, at: usize) -> std::result::Result<Self, sqlx::Error> { row.try_get(at) }
            fn postgres(row: &PgRow, at: usize) -> std::result::Result<Self, sqlx::Error> { row.try_get(at) }
        }
    )+};
}
column!(i64, String, Vec<u8>, f64, Option<i64>, Option<String>, Option<Vec<u8>>, Option<f64>);

impl Column for bool {
    fn sqlite(row: &SqliteRow, at: usize) -> std::result::Result<Self, sqlx::Error> {
        i64::sqlite(row, at).map(|n| n != 0)
    }
    fn postgres(row: &PgRow, at: usize) -> std::result::Result<Self, sqlx::Error> {
        i64::postgres(row, at).map(|n| n != 0)
    }
}

impl Row {
    /// The column of this name.
    pub fn get<T: Column>(&self, name: &str) -> Result<T> {
        let missing = || Problem::internal(format!("no column {name}"));
        Ok(match self {
            Row::Sqlite(row) => T::sqlite(row, row.try_column_index(name).ok_or_else(missing)?)?,
            Row::Postgres(row) => T::postgres(row, row.try_column_index(name).ok_or_else(missing)?)?,
        })
    }

    /// The column at this place, counted from 0.
    pub fn nth<T: Column>(&self, at: usize) -> Result<T> {
        Ok(match self {
            Row::Sqlite(row) => T::sqlite(row, at)?,
            Row::Postgres(row) => T::postgres(row, at)?,
        })
    }
}

trait ColumnIndex {
    fn try_column_index(&self, name: &str) -> Option<usize>;
}
impl<R: sqlx::Row> ColumnIndex for R {
    fn try_column_index(&self, name: &str) -> Option<usize> {
        use sqlx::Column as _;
        self.columns().iter().position(|column| column.name() == name)
    }
}

fn sqlite_arguments(values: Vec<Value>) -> Result<SqliteArguments> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        match value {
            Value::Int(v) => arguments.add(v),
            Value::Text(v) => arguments.add(v),
            Value::Bytes(v) => arguments.add(v),
            Value::Real(v) => arguments.add(v),
        }
        .map_err(|error| Problem::internal(error.to_string()))?;
    }
    Ok(arguments)
}

fn postgres_arguments(values: Vec<Value>) -> Result<PgArguments> {
    let mut arguments = PgArguments::default();
    for value in values {
        match value {
            Value::Int(v) => arguments.add(v),
            // PostgreSQL text cannot hold NUL; no name or note needs one.
            Value::Text(v) => arguments.add(v.map(|text| text.replace('\0', "\u{fffd}"))),
            Value::Bytes(v) => arguments.add(v),
            Value::Real(v) => arguments.add(v),
        }
        .map_err(|error| Problem::internal(error.to_string()))?;
    }
    Ok(arguments)
}

/// `$3, $4, $5`: placeholders for a list that starts at parameter `first`.
pub fn placeholders(first: usize, count: usize) -> String {
    (first..first + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}
