//! Forms read back with poppler and zbar; `scripts/install-packages.sh` installs both.

use std::path::{Path, PathBuf};
use std::process::Command;

pub fn write(dir: &Path, pdf: &[u8]) -> PathBuf {
    let path = dir.join("form.pdf");
    std::fs::write(&path, pdf).expect("form written");
    path
}

/// What a program says, run in a folder.
pub fn run(program: &str, args: &[&str], dir: &Path) -> String {
    let out = Command::new(program)
        .args(args)
        .current_dir(dir)
        .output()
        .unwrap_or_else(|why| panic!("{program}: {why}; run scripts/install-packages.sh"));
    assert!(out.status.success(), "{program}: {out:?}");
    String::from_utf8(out.stdout).expect("UTF-8")
}

/// What a program says of the form.
pub fn program(pdf: &[u8], program: &str, before: &[&str], after: &[&str]) -> String {
    let dir = tempfile::tempdir().expect("temporary folder");
    let path = write(dir.path(), pdf);
    run(program, &[before, &[path.to_str().expect("UTF-8")], after].concat(), dir.path())
}

/// All text of the form without its white space.
pub fn words(pdf: &[u8]) -> String {
    program(pdf, "pdftotext", &["-layout"], &["-"]).chars().filter(|c| !c.is_whitespace()).collect()
}

pub fn pages(pdf: &[u8]) -> usize {
    let info = program(pdf, "pdfinfo", &[], &[]);
    let line = info.lines().find_map(|line| line.strip_prefix("Pages:"));
    line.and_then(|n| n.trim().parse().ok()).expect("Pages:")
}

/// Points from the left edge of the paper to the end of the word that reaches farthest.
pub fn right_edge(pdf: &[u8]) -> f64 {
    program(pdf, "pdftotext", &["-bbox"], &["-"])
        .split("xMax=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next()?.parse().ok())
        .fold(0.0, f64::max)
}
