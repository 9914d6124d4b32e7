//! What has to be on the machine: Debian packages, the tests' own Python, their PostgreSQL.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::run::{Step, root};

/// True: all packages are here now. Otherwise the exact command has been printed.
pub fn setup() -> bool {
    Step::new("scripts/install-packages.sh", &[]).run()
}

/// The tests' Python with a tus client and a calendar, in `target/python`.
pub fn python() -> bool {
    Step::new("scripts/install-python.sh", &[]).run()
}

/// Whether `cargo nextest` is here. It is used when it is, and never required.
pub fn nextest() -> bool {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    Command::new(cargo)
        .args(["nextest", "--version"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// One PostgreSQL for the whole run: nextest gives every test a process of its own, and a cluster
/// for each would cost more than the tests. It ends when this is dropped, or when we are killed.
pub struct Postgres {
    pub url: String,
    script: Child,
}

impl Postgres {
    /// None: it did not start, and the script has said why.
    pub fn start() -> Option<Postgres> {
        let mut script = Command::new(root().join("scripts/postgres.sh"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let mut url = String::new();
        BufReader::new(script.stdout.take()?).read_line(&mut url).ok()?;
        let url = url.trim().to_owned();
        if url.is_empty() {
            let _ = script.wait();
            return None;
        }
        Some(Postgres { url, script })
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.script.stdin.take());
        let _ = self.script.wait();
    }
}
