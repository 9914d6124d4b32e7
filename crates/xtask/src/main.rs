//! `cargo xtask …`: one command for each thing done to this repository. Depends on std alone, so
//! that it builds in a second on a fresh machine.

mod run;
mod tests;
mod tools;
mod web;

use std::process::ExitCode;

use run::{Step, cargo};

const USAGE: &str = "\
usage: cargo xtask COMMAND

  setup                    install missing Debian packages (as root), or print the command
  web                      npm ci when package-lock.json changed, then build web/dist
  build [--release]        web, then the executable
  check                    rustfmt, clippy, TypeScript, ESLint, tidiness
  test                     all that CI runs; ends `N passed, N failed`
  demo [--release] [ARGS]  build all and serve the demo from ./demo-data on 127.0.0.1:8620
  bench [ARGS]             bench/run: what is measured against whom, as a table
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match args.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", [].as_slice()),
    };
    let done = match command {
        "setup" => tools::setup(),
        "web" => web::build(),
        "build" => build(rest),
        "check" => check(),
        "test" => tests::all(),
        "demo" => demo(rest),
        "bench" => bench(rest),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            true
        }
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    if done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn build(args: &[String]) -> bool {
    let mut step = cargo(&["build", "-p", "tiezheng"]);
    step = match args {
        [] => step,
        [flag] if flag == "--release" => step.arg("--release"),
        _ => {
            eprint!("{USAGE}");
            return false;
        }
    };
    web::build() && step.run()
}

/// What can be said without running the product; each failure is shown, not only the first.
fn check() -> bool {
    let steps = [
        Step::new("npm", &["run", "--silent", "check"]).dir("web"),
        cargo(&["fmt", "--all", "--check"]),
        cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
        cargo(&["test", "-p", "tiezheng", "--test", "it", "tidy"]),
    ];
    let failed = steps.into_iter().map(Step::run).filter(|passed| !passed);
    web::install() && failed.count() == 0
}

/// Built with the dev profile: its digests and ciphers are optimised all the same, and from nothing
/// it is ready in half the time of a release build.
fn demo(args: &[String]) -> bool {
    if !tools::setup() {
        eprintln!("xtask: going on without; the demo says what it cannot do");
    }
    let release = args.iter().any(|arg| arg == "--release");
    let mut step = cargo(&["run", "-p", "tiezheng"]);
    if release {
        step = step.arg("--release");
    }
    step = step.arg("--").arg("demo");
    for (flag, value) in [("--data", "./demo-data"), ("--listen", "127.0.0.1:8620")] {
        if !args.iter().any(|arg| arg == flag) {
            step = step.arg(flag).arg(value);
        }
    }
    for arg in args.iter().filter(|arg| *arg != "--release" && *arg != "--") {
        step = step.arg(arg);
    }
    web::build() && step.run()
}

fn bench(args: &[String]) -> bool {
    let mut step = Step::new("bench/run", &[]);
    for arg in args {
        step = step.arg(arg);
    }
    step.run()
}
