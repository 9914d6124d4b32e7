//! Refusals and failures: one shape for server, command line and pages (RFC 9457 problem documents).
//!
//! A problem is a stable `code` with `params`; the sentence for people is found in `locales/` under that code.

use serde::Serialize;
use serde_json::{Map, Value, json};

pub type Result<T> = std::result::Result<T, Problem>;

/// Why something was refused or failed. `articles` names what a restricting verdict rests on.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    pub status: u16,
    pub code: String,
    pub params: Map<String, Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub articles: Vec<Value>,
    /// All that is wrong, where it is more than one thing.
    #[serde(skip_serializing_if = "<[Problem]>::is_empty")]
    pub problems: Box<[Problem]>,
    /// For the log only; never sent to anybody.
    #[serde(skip)]
    pub cause: Option<String>,
}

impl Problem {
    pub fn refused(status: u16, code: &str) -> Problem {
        Problem {
            status,
            code: code.to_owned(),
            params: Map::new(),
            articles: Vec::new(),
            problems: Box::default(),
            cause: None,
        }
    }

    /// Not visible and not existing answer alike.
    pub fn not_found() -> Problem {
        Problem::refused(404, "not_found")
    }

    pub fn internal(cause: impl Into<String>) -> Problem {
        Problem { cause: Some(cause.into()), ..Problem::refused(500, "internal") }
    }

    pub fn invalid(field: &str, code: &str) -> Problem {
        Problem::refused(422, code).with("field", field)
    }

    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Problem {
        self.params.insert(key.to_owned(), value.into());
        self
    }

    pub fn because(mut self, cause: impl std::fmt::Display) -> Problem {
        self.cause = Some(cause.to_string());
        self
    }

    /// The RFC 9457 document in one language.
    pub fn document(&self, language: &str) -> Value {
        let mut document = json!({
            "type": "about:blank",
            "status": self.status,
            "code": self.code,
            "title": crate::locale::text(language, &self.code, &self.params),
            "params": self.params,
        });
        if !self.problems.is_empty() {
            document["problems"] = self.problems.iter().map(|problem| problem.document(language)).collect();
        }
        if !self.articles.is_empty() {
            document["articles"] = Value::Array(self.articles.clone());
        }
        document
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.code)?;
        if !self.params.is_empty() {
            write!(f, " {}", Value::Object(self.params.clone()))?;
        }
        match &self.cause {
            Some(cause) => write!(f, ": {cause}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Problem {
        if let sqlx::Error::Database(database) = &error {
            // SQLITE_FULL and PostgreSQL's disk_full.
            if matches!(database.code().as_deref(), Some("13" | "53100")) {
                return Problem::refused(507, "storage.full").because(&error);
            }
            if database.is_unique_violation() {
                return Problem::refused(409, "database.duplicate").because(&error);
            }
            if database.is_foreign_key_violation() {
                return Problem::refused(422, "database.unknown_reference").because(&error);
            }
        }
        Problem::refused(503, "database.failed").because(&error)
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Problem {
        match error.kind() {
            std::io::ErrorKind::StorageFull => Problem::refused(507, "storage.full").because(&error),
            _ => Problem::refused(500, "storage.failed").with("detail", error.to_string()).because(&error),
        }
    }
}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Problem {
        Problem::internal(error.to_string())
    }
}
