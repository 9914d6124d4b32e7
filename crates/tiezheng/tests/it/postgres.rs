//! A real PostgreSQL for the tests: one cluster for the process, a fresh database for each test.
//!
//! `cargo xtask test` starts one cluster for all processes and names it in `TIEZHENG_TEST_POSTGRES`;
//! without that, the first test that asks starts one by `scripts/postgres.sh`, which stops it when
//! this process is gone, however it went.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/postgres.sh");

/// A running server. `url` is its maintenance database: work in one of [`Cluster::database`].
pub struct Cluster {
    pub url: String,
    /// None when somebody else started it.
    script: Option<(Child, ChildStdin)>,
}

/// The cluster of this process.
pub fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(start)
}

/// The cluster named in the environment, or a new one.
///
/// # Panics
/// When PostgreSQL is not installed; the message says how to install it.
pub fn start() -> Cluster {
    if let Ok(url) = std::env::var("TIEZHENG_TEST_POSTGRES") {
        return Cluster { url, script: None };
    }
    let mut script =
        Command::new(SCRIPT).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("scripts/postgres.sh runs");
    let stdin = script.stdin.take().expect("piped");
    let mut url = String::new();
    BufReader::new(script.stdout.take().expect("piped")).read_line(&mut url).expect("scripts/postgres.sh answers");
    assert!(!url.trim().is_empty(), "no PostgreSQL: run scripts/install-packages.sh");
    Cluster { url: url.trim().to_owned(), script: Some((script, stdin)) }
}

impl Cluster {
    /// An empty database, dropped with the value.
    pub fn database(&'static self) -> Database {
        self.create("template0")
    }

    /// A copy of one made before, migrations and rows included: quicker than migrating again.
    /// Nobody may be connected to `other` meanwhile.
    pub fn copy_of(&'static self, other: &Database) -> Database {
        self.create(&other.name)
    }

    fn create(&'static self, template: &str) -> Database {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let made = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{made}", std::process::id());
        self.psql(&format!(r#"create database "{name}" template "{template}""#));
        let (server, _) = self.url.rsplit_once('/').expect("URL with a database");
        Database { url: format!("{server}/{name}"), name, cluster: self }
    }

    /// Runs statements in the maintenance database.
    fn psql(&self, sql: &str) {
        psql(&self.url, sql);
    }
}

/// Runs statements and returns what they print, one row a line, columns by `|`. For tests that look
/// at, or tamper with, rows behind the product's back.
pub fn psql(url: &str, sql: &str) -> String {
    let out = Command::new(newest("psql"))
        .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url])
        .args(["-c", sql])
        .stdin(Stdio::null())
        .output()
        .expect("psql runs");
    let complaint = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{sql}: {complaint}");
    String::from_utf8(out.stdout).expect("UTF-8")
}

/// Debian keeps each version's programs in a folder of its own.
fn newest(program: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    versions
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter_map(|dir| Some((version(&dir)?, dir.join("bin").join(program))))
        .filter(|(_, path)| path.exists())
        .max()
        .map_or_else(|| PathBuf::from(program), |(_, path)| path)
}

fn version(dir: &Path) -> Option<u32> {
    dir.file_name()?.to_str()?.parse().ok()
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some((mut script, stdin)) = self.script.take() {
            drop(stdin);
            script.wait().expect("scripts/postgres.sh ends");
        }
    }
}

/// One test's own database.
pub struct Database {
    pub url: String,
    name: String,
    cluster: &'static Cluster,
}

impl Drop for Database {
    fn drop(&mut self) {
        // Not by `psql`: a panic here, while a test fails, would hide why it failed.
        let _ = Command::new(newest("psql"))
            .args(["-X", "-q", "-d", &self.cluster.url, "-c"])
            .arg(format!(r#"drop database if exists "{}" with (force)"#, self.name))
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}
