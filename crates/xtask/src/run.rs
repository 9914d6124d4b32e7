//! Running programs: always from the root of the repository, never with a standard input.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

/// The folder that holds Cargo.toml, `web/` and all the rest.
pub fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().nth(2).unwrap_or(own)
}

pub fn cargo(args: &[&str]) -> Step {
    let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    Step::new(&program, args)
}

/// One program with its arguments.
pub struct Step {
    program: String,
    args: Vec<String>,
    dir: PathBuf,
    env: Vec<(String, String)>,
}

impl Step {
    pub fn new(program: &str, args: &[&str]) -> Step {
        // A path in the repository is meant from its root, wherever the step runs.
        let program = match program.contains('/') {
            true => root().join(program).display().to_string(),
            false => program.to_owned(),
        };
        Step {
            program,
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            dir: root().to_owned(),
            env: Vec::new(),
        }
    }

    pub fn arg(mut self, arg: impl Into<String>) -> Step {
        self.args.push(arg.into());
        self
    }

    /// Folder below the root.
    pub fn dir(mut self, dir: &str) -> Step {
        self.dir = root().join(dir);
        self
    }

    pub fn env(mut self, name: &str, value: impl Into<String>) -> Step {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    /// Runs it in front of the user. False: it failed, or is not there (said on standard error).
    pub fn run(self) -> bool {
        self.say();
        match self.command().status() {
            Ok(status) => status.success(),
            Err(why) => self.absent(&why),
        }
    }

    /// Like [`Step::run`], and keeps what it wrote, standard output and error as they came.
    pub fn run_and_keep(self) -> (bool, String) {
        self.say();
        let mut command = self.command();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(why) => return (self.absent(&why), String::new()),
        };
        let out = child.stdout.take().map(|out| copied(out, std::io::stdout()));
        let err = child.stderr.take().map(|err| copied(err, std::io::stderr()));
        let ended_well = child.wait().is_ok_and(|status| status.success());
        let kept = [out, err].into_iter().flatten().map(|copy| copy.join().unwrap_or_default()).collect();
        (ended_well, kept)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .current_dir(&self.dir)
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    fn say(&self) {
        let program = Path::new(&self.program).file_name().unwrap_or_default();
        eprintln!("\n$ {} {}", program.display(), self.args.join(" "));
    }

    fn absent(&self, why: &std::io::Error) -> bool {
        eprintln!("xtask: {}: {why}", self.program);
        false
    }
}

/// Copies line by line to `to` while keeping all of it.
fn copied(from: impl Read + Send + 'static, mut to: impl Write + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut kept = String::new();
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        while matches!(from.read_until(b'\n', &mut line), Ok(n) if n > 0) {
            // A closed pipe on our side must not stop the tests.
            let _ = to.write_all(&line).and_then(|()| to.flush());
            kept.push_str(&String::from_utf8_lossy(&line));
            line.clear();
        }
        kept
    })
}
