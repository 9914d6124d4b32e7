//! A regulation this crate has never heard of, loaded from its folder alone.

use tiezheng_rules::shipped::calendar;
use tiezheng_rules::{Law, run_cases};

const FILES: &[(&str, &str)] = &[
    ("sixth/rules.toml", include_str!("data/sixth/rules.toml")),
    ("sixth/articles.toml", include_str!("data/sixth/articles.toml")),
    ("sixth/checklist.toml", include_str!("data/sixth/checklist.toml")),
    ("sixth/cases.toml", include_str!("data/sixth/cases.toml")),
];

#[test]
fn loads_and_answers_rightly() {
    let law = Law::parse(FILES).expect("loads");
    assert_eq!(run_cases(&[&law], &law, calendar(), FILES), []);
    assert_eq!(law.versions[0].cases.len(), 12);
}

#[test]
fn keeps_its_own_columns() {
    let law = Law::parse(FILES).expect("loads");
    let checklist = law.versions[0].checklist.as_ref().expect("checklist");
    let columns: Vec<&str> = checklist.columns.iter().map(|column| column.key.as_str()).collect();
    assert_eq!(columns, ["method", "department", "term"]);
    assert_eq!(checklist.rows[1].cells["term"].zh, "十年");
}
