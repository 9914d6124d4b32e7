//! `cargo xtask test`: everything CI runs, on a fresh clone as on a warm one. Every step runs, also
//! after a failure; the last line counts them all.

use std::fs;
use std::ops::AddAssign;
use std::time::{Duration, Instant};

use crate::run::{Step, cargo, root};
use crate::{tools, web};

/// Tests that ran. A step that is no test runner counts as one.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Count {
    passed: u64,
    failed: u64,
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Count) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

fn one(passed: bool) -> Count {
    Count { passed: u64::from(passed), failed: u64::from(!passed) }
}

/// A runner that broke before or after its tests, or that found none to run, is itself a failure.
fn ran(ended_well: bool, count: Count) -> Count {
    if ended_well != (count.failed == 0) || count == Count::default() {
        return Count { failed: count.failed.max(1), ..count };
    }
    count
}

pub fn all() -> bool {
    let began = Instant::now();
    let mut sheet = Vec::new();
    let mut step = |name: &'static str, work: &mut dyn FnMut() -> Count| {
        let began = Instant::now();
        let count = work();
        sheet.push((name, count, began.elapsed()));
    };

    step("packages", &mut || one(tools::setup()));
    step("python", &mut || one(tools::python()));
    step("web install", &mut || one(web::install()));
    step("web check", &mut || one(npm(&["run", "--silent", "check"])));
    step("web test", &mut vitest);
    step("web build", &mut || one(npm(&["run", "--silent", "build"])));
    step("rustfmt", &mut || one(cargo(&["fmt", "--all", "--check"]).run()));
    step("clippy", &mut || {
        let args = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
        one(cargo(&args).run())
    });
    step("rust test", &mut rust);
    step("end to end", &mut playwright);

    let mut total = Count::default();
    println!();
    for (name, count, took) in &sheet {
        total += *count;
        let Count { passed, failed } = count;
        println!("{name:<12} {passed:>5} passed {failed:>4} failed {:>8}", short(*took));
    }
    println!("{:<12} {:>32}", "all", short(began.elapsed()));
    println!("{} passed, {} failed", total.passed, total.failed);
    total.failed == 0
}

fn short(took: Duration) -> String {
    format!("{}:{:02}", took.as_secs() / 60, took.as_secs() % 60)
}

fn npm(args: &[&str]) -> bool {
    Step::new("npm", args).dir("web").env("CI", "true").run()
}

/// Where a runner of the web leaves its figures; a stale file must not speak for this run.
fn report(name: &str) -> std::path::PathBuf {
    let path = root().join("target").join(name);
    let _ = fs::create_dir_all(root().join("target"));
    let _ = fs::remove_file(&path);
    path
}

fn vitest() -> Count {
    let path = report("vitest.json");
    let ended_well = Step::new("npx", &["--no-install", "vitest", "run"])
        .arg("--reporter=default")
        .arg("--reporter=json")
        .arg(format!("--outputFile.json={}", path.display()))
        .dir("web")
        .env("CI", "true")
        .run();
    ran(ended_well, of_vitest(&fs::read_to_string(path).unwrap_or_default()))
}

fn playwright() -> Count {
    let path = report("playwright.json");
    if !cargo(&["build", "-p", "tiezheng"]).run() {
        return one(false);
    }
    let ended_well = Step::new("npx", &["--no-install", "playwright", "test"])
        .arg("--reporter=list,json")
        .dir("web")
        .env("CI", "true")
        .env("PLAYWRIGHT_JSON_OUTPUT_NAME", path.display().to_string())
        .env("TIEZHENG_BIN", target().join("debug/tiezheng").display().to_string())
        .run();
    ran(ended_well, of_playwright(&fs::read_to_string(path).unwrap_or_default()))
}

fn target() -> std::path::PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// The workspace, with nextest where it is installed. One build profile for all of it.
fn rust() -> Count {
    let Some(postgres) = tools::Postgres::start() else {
        return one(false);
    };
    let with_env = |step: Step| {
        step.env("CI", "true")
            .env("TIEZHENG_TEST_POSTGRES", postgres.url.clone())
            .env("RUST_BACKTRACE", "1")
            .run_and_keep()
    };
    if !tools::nextest() {
        let args = ["test", "--workspace", "--no-fail-fast"];
        let (ended_well, said) = with_env(cargo(&args));
        return ran(ended_well, of_libtest(&said));
    }
    let args = ["nextest", "run", "--workspace", "--no-fail-fast"];
    let (ended_well, said) = with_env(cargo(&args));
    let mut count = ran(ended_well, of_nextest(&said));
    // Examples in documentation: nextest leaves them out.
    let (ended_well, said) = with_env(cargo(&["test", "--workspace", "--doc", "--no-fail-fast"]));
    let examples = of_libtest(&said);
    count += match ended_well && examples == Count::default() {
        true => examples,
        false => ran(ended_well, examples),
    };
    count
}

/// Sum of all `test result: ok. 5 passed; 0 failed; …`.
fn of_libtest(said: &str) -> Count {
    let mut count = Count::default();
    for line in said.lines().filter(|line| line.starts_with("test result: ")) {
        count += Count { passed: number_before(line, " passed"), failed: number_before(line, " failed") };
    }
    count
}

/// `Summary [  1.2s] 12 tests run: 9 passed (1 slow), 2 failed, 1 timed out, 3 skipped`.
fn of_nextest(said: &str) -> Count {
    let line = said.lines().rev().find(|line| line.trim_start().starts_with("Summary [") && line.contains(" run: "));
    let Some(line) = line else {
        return Count::default();
    };
    let passed = number_before(line, " passed");
    let failed = [" failed", " timed out", " exec failed"].iter().map(|word| number_before(line, word)).sum();
    Count { passed, failed }
}

/// The JSON report of vitest: totals at its top level.
fn of_vitest(json: &str) -> Count {
    Count {
        passed: number_after(json, "\"numPassedTests\":"),
        failed: number_after(json, "\"numFailedTests\":") + number_after(json, "\"numFailedTestSuites\":").min(1),
    }
}

/// The JSON report of Playwright: `stats` at its end. A test that passed on the second try is counted as failed.
fn of_playwright(json: &str) -> Count {
    let stats = json.rfind("\"stats\":").map_or("", |at| &json[at..]);
    Count {
        passed: number_after(stats, "\"expected\":"),
        failed: number_after(stats, "\"unexpected\":") + number_after(stats, "\"flaky\":"),
    }
}

/// The number that ends right before `word`; 0 where there is none.
fn number_before(line: &str, word: &str) -> u64 {
    let digits = line.match_indices(word).find_map(|(at, _)| {
        let head = &line[..at];
        let from = head.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |before| before + 1);
        head[from..].parse().ok()
    });
    digits.unwrap_or(0)
}

/// The number that follows `key`, spaces allowed between; 0 where there is none.
fn number_after(json: &str, key: &str) -> u64 {
    let Some(at) = json.find(key) else { return 0 };
    let rest = json[at + key.len()..].trim_start();
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().unwrap_or(0)
}

#[cfg(test)]
mod checks {
    use super::*;

    fn count(passed: u64, failed: u64) -> Count {
        Count { passed, failed }
    }

    #[test]
    fn libtest_is_summed_over_binaries() {
        let said = "running 2 tests\ntest result: ok. 5 passed; 0 failed; 0 ignored\n\
                    test result: FAILED. 1 passed; 2 failed; 0 ignored\n";
        assert_eq!(of_libtest(said), count(6, 2));
        assert_eq!(of_libtest("error: could not compile"), count(0, 0));
    }

    #[test]
    fn nextest_is_read_from_its_summary() {
        let check = |line: &str, expected: Count| assert_eq!(of_nextest(line), expected);
        check("     Summary [   4.310s] 12 tests run: 12 passed, 0 skipped", count(12, 0));
        check("     Summary [ 4s] 12 tests run: 9 passed (1 slow), 2 failed, 1 timed out, 3 skipped", count(9, 3));
        check("     Summary [ 4s] 1/12 tests run: 0 passed, 1 failed, 0 skipped", count(0, 1));
        check("error: could not compile `x`", count(0, 0));
    }

    #[test]
    fn reports_of_the_web_are_read() {
        let vitest = r#"{"numTotalTestSuites":2,"numFailedTestSuites":0,"numPassedTests":31,"numFailedTests":0}"#;
        assert_eq!(of_vitest(vitest), count(31, 0));
        let broken = r#"{"numFailedTestSuites": 3, "numPassedTests": 2, "numFailedTests": 0}"#;
        assert_eq!(of_vitest(broken), count(2, 1));
        let playwright = "{\"suites\":[{\"expected\": 99}],\n \"stats\": {\n \"expected\": 7,\n \"skipped\": 0,\n \"unexpected\": 1,\n \"flaky\": 1\n}}";
        assert_eq!(of_playwright(playwright), count(7, 2));
        assert_eq!(of_playwright(""), count(0, 0));
    }

    #[test]
    fn a_runner_that_broke_is_a_failure() {
        let check = |ended_well: bool, found: Count, counted: Count| {
            assert_eq!(ran(ended_well, found), counted);
        };
        check(true, count(3, 0), count(3, 0));
        check(false, count(3, 1), count(3, 1));
        check(false, count(3, 0), count(3, 1)); // did not compile in part
        check(true, count(0, 0), count(0, 1)); // nothing ran
        check(false, count(0, 0), count(0, 1));
        check(true, count(3, 2), count(3, 2));
    }
}
