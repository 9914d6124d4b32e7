//! House rules that a machine can keep.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// `(path below src, text)` of the product's sources, without the tests at a file's end and without test files.
fn sources() -> Vec<(String, String)> {
    let src = root().join("src");
    let paths = crate::cards::files(&src).into_iter().filter(|path| path.ends_with(".rs") && !path.contains("tests"));
    paths
        .map(|path| {
            let text = std::fs::read_to_string(src.join(&path)).expect("source");
            let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or("").to_owned();
            (path, code)
        })
        .collect()
}

/// Code lines with their number: comments and doc comments left out.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(n, line)| (n + 1, line)).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

fn offenders(wrong: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in sources() {
        found.extend(
            code(&text).filter(|(_, line)| wrong(&path, line)).map(|(n, line)| format!("{path}:{n}: {}", line.trim())),
        );
    }
    found
}

#[test]
fn tidy_there_are_sources() {
    assert!(sources().len() > 40);
}

/// SQL lives behind the one door and in each room's store.
#[test]
fn tidy_sql_is_in_stores() {
    let keyword = |line: &str| {
        let Some(at) = line.find('"') else { return false };
        let text = line[at + 1..].trim_start();
        ["select ", "insert into ", "update ", "delete from "].iter().any(|word| text.starts_with(word))
    };
    let home = |path: &str| path.starts_with("db/") || path.ends_with("store.rs") || path.contains("/store/");
    // Rows that belong to no room: the making of an installation, health figures, the job table itself.
    let own = ["app.rs", "http/open.rs", "jobs.rs"];
    // Still to be moved into their rooms' stores; none may be added.
    let debt = ["people/mod.rs", "supervision/verify.rs"];
    let found = offenders(|path, line| keyword(line) && !home(path) && !own.contains(&path) && !debt.contains(&path));
    assert_eq!(found, Vec::<String>::new());
}

/// Sentences for people stand in `locales/`. The command line's own help is written where clap reads it.
#[test]
fn tidy_no_sentences_in_code() {
    let chinese = |line: &str| {
        let literals = line.split('"').skip(1).step_by(2);
        literals.into_iter().any(|text| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)))
    };
    // The demo's people and places are data, a track's column names a format, and the product's name is a name.
    let data = |path: &str| path.starts_with("demo/") || path == "ingest/gps.rs";
    let name = "product: \"铁证 Tiezheng\"";
    let found =
        offenders(|path, line| chinese(line) && !data(path) && !path.starts_with("cli/") && !line.contains(name));
    assert_eq!(found, Vec::<String>::new());
}

/// `now` is handed on; only the edge asks the clock.
#[test]
fn tidy_only_the_edge_asks_the_clock() {
    // The command line is an edge, the demo sets the clock, and stored files bear the machine's own time, whatever the
    // demo's clock says.
    let edge = ["app.rs", "cli/rules.rs", "demo/mod.rs", "ingest/tus/seal.rs", "supervision/verify.rs"];
    let found = offenders(|path, line| {
        let asks = ["Timestamp::now()", "SystemTime::now()", "Zoned::now()"].iter().any(|call| line.contains(call));
        asks && !edge.contains(&path)
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn tidy_no_paths_of_a_machine() {
    let found =
        offenders(|_, line| ["\"/work", "\"/home/", "\"/root", "\"/farm"].iter().any(|path| line.contains(path)));
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn tidy_no_file_is_a_warehouse() {
    let folders = [root().join("src"), root().join("tests")];
    let long = folders.iter().flat_map(|folder| {
        let files = crate::cards::files(folder).into_iter().filter(|path| path.ends_with(".rs"));
        files.filter_map(|path| {
            let lines = std::fs::read_to_string(folder.join(&path)).expect("source").lines().count();
            (lines > 600).then(|| format!("{path}: {lines} lines"))
        })
    });
    assert_eq!(long.collect::<Vec<String>>(), Vec::<String>::new());
}
