//! Runs a foreign program on hostile bytes: as a child that can reach nothing but what it was handed.
//!
//! The child starts as ourselves (`tiezheng confined-child …`), takes every right away from itself and then becomes the
//! program: no unsafe code between fork and exec, and nothing of the server's memory. What is left to it: the system's
//! programs and libraries to read, its standard input to read, its standard output to write. No other file, no network,
//! no second process, no signal to anybody, limits on time, memory, file size and open files.

mod child;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::File;
use std::os::unix::process::{CommandExt, ExitStatusExt};
#[cfg(not(test))]
use std::path::Path;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Once, OnceLock};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt;

pub use child::child_main;

/// What one run may use up.
#[derive(Clone, Debug)]
pub struct Limits {
    /// By the clock on the wall; then the child is killed.
    pub wall: Duration,
    /// Of all its threads together.
    pub cpu_seconds: u64,
    /// Address space.
    pub memory_bytes: u64,
    /// The longest file it may write.
    pub file_bytes: u64,
    pub open_files: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            wall: Duration::from_secs(60),
            cpu_seconds: 60,
            memory_bytes: 4 << 30,
            file_bytes: 64 << 20,
            open_files: 64,
        }
    }
}

/// How a run ended. `complaint` is the end of what it wrote to standard error, at most 4 KiB.
#[derive(Debug)]
pub struct Ended {
    pub end: End,
    pub complaint: String,
}

#[derive(Debug, PartialEq, Eq)]
pub enum End {
    Done,
    /// It gave up by itself.
    Failed(i32),
    /// The program is not there, or may not be run.
    NoProgram,
    /// By the kernel: 24 SIGXCPU, 25 SIGXFSZ, 11 SIGSEGV …
    Killed(i32),
    TimedOut,
}

/// Everything the child must know, as its one argument.
#[derive(Serialize, Deserialize)]
struct Spec {
    program: OsString,
    args: Vec<OsString>,
    cpu_seconds: u64,
    memory_bytes: u64,
    file_bytes: u64,
    open_files: u64,
}

const CHILD: &str = "confined-child";
const NO_PROGRAM: i32 = 127;
/// Before what the child says about its own confinement on standard error.
const NOTICE: &str = "tiezheng-confined: ";
const COMPLAINT_BYTES: usize = 4096;

/// The program as a confined child. The caller gives it its standard streams, and [`run`] kills it in time.
pub fn command(program: &str, args: &[OsString], limits: &Limits) -> Command {
    let spec = Spec {
        program: program.into(),
        args: args.to_vec(),
        cpu_seconds: limits.cpu_seconds,
        memory_bytes: limits.memory_bytes,
        file_bytes: limits.file_bytes,
        open_files: limits.open_files,
    };
    // Texts and integers always have a JSON form.
    let spec = serde_json::to_string(&spec).unwrap_or_default();
    let mut command = ourselves(&spec);
    command
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("LANG", "C.UTF-8")
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0);
    command
}

static EXECUTABLE: OnceLock<PathBuf> = OnceLock::new();

/// Where the product runs inside another executable (integration tests), which one starts confined children.
pub fn started_by(tiezheng: PathBuf) {
    let _ = EXECUTABLE.set(tiezheng);
}

/// The first thing `main` does: `tiezheng confined-child SPEC` becomes the child and never returns.
pub fn child_if_asked() {
    let mut args = std::env::args_os().skip(1);
    if let (Some(word), Some(spec), None) = (args.next(), args.next(), args.next())
        && word == CHILD
        && let Some(spec) = spec.to_str()
    {
        child_main(spec)
    }
}

/// This very executable, also after it was replaced on disk.
#[cfg(not(test))]
fn ourselves(spec: &str) -> Command {
    let mut command = Command::new(EXECUTABLE.get().map_or(Path::new("/proc/self/exe"), PathBuf::as_path));
    command.args([CHILD, spec]);
    command
}

/// Under test this executable is the test harness: a test of that name becomes the child.
#[cfg(test)]
fn ourselves(spec: &str) -> Command {
    tests::ourselves(spec)
}

/// Runs the program to its end or its time limit. `input` becomes its standard input, `output` its standard output.
///
/// Dropped before its end, it kills the child.
///
/// # Errors
/// Only where no child could be started at all.
pub async fn run(
    program: &str,
    args: &[OsString],
    limits: &Limits,
    input: Option<File>,
    output: Option<File>,
) -> std::io::Result<Ended> {
    let mut command = command(program, args, limits);
    if let Some(input) = input {
        command.stdin(input);
    }
    if let Some(output) = output {
        command.stdout(output);
    }
    let mut child = tokio::process::Command::from(command).kill_on_drop(true).spawn()?;
    let group = child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()));
    let stderr = child.stderr.take();
    let work = async {
        let complaint = match stderr {
            Some(stderr) => last_of(stderr).await,
            None => String::new(),
        };
        (child.wait().await, complaint)
    };
    let Ok((status, complaint)) = tokio::time::timeout(limits.wall, work).await else {
        if let Some(group) = group {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = child.wait().await;
        return Ok(Ended { end: End::TimedOut, complaint: String::new() });
    };
    let status = status?;
    let end = match (status.code(), status.signal()) {
        (Some(0), _) => End::Done,
        (Some(NO_PROGRAM), _) => End::NoProgram,
        (Some(code), _) => End::Failed(code),
        (None, signal) => End::Killed(signal.unwrap_or(0)),
    };
    Ok(Ended { end, complaint: without_notices(&complaint) })
}

/// Reads to the end, keeps the last bytes.
async fn last_of(mut stderr: tokio::process::ChildStderr) -> String {
    let mut kept: VecDeque<u8> = VecDeque::new();
    let mut piece = [0u8; 4096];
    while let Ok(count @ 1..) = stderr.read(&mut piece).await {
        kept.extend(&piece[..count]);
        kept.drain(..kept.len().saturating_sub(COMPLAINT_BYTES));
    }
    String::from_utf8_lossy(kept.make_contiguous()).into_owned()
}

/// Takes out what the child says about its confinement, and puts it into the log once.
fn without_notices(complaint: &str) -> String {
    static SAID: Once = Once::new();
    let (notices, rest): (Vec<&str>, Vec<&str>) = complaint.lines().partition(|line| line.starts_with(NOTICE));
    if !notices.is_empty() {
        let missing = notices.join("; ").replace(NOTICE, "");
        SAID.call_once(|| {
            tracing::warn!(missing, "previews are made with less protection: the kernel lacks a part of it")
        });
    }
    rest.join("\n")
}
