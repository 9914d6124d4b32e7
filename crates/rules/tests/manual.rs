//! The manual of fact sheets is true: its examples are answered, and every key the questions take is in it.

use std::collections::BTreeSet;

use tiezheng_rules::explain::facts_from_toml;
use tiezheng_rules::shipped::{calendar, law};
use tiezheng_rules::{Question, explain};

const MANUALS: [&str; 2] =
    [include_str!("../../../docs/manual/zh/rules-facts.md"), include_str!("../../../docs/manual/en/rules-facts.md")];

/// The chapter of a question: from its heading to the next.
fn chapter(manual: &str, question: Question) -> &str {
    let heading = format!("## `{}` ", question.code());
    let chapter = manual.split("\n## ").find(|chapter| format!("## {chapter}").starts_with(&heading));
    chapter.unwrap_or_else(|| panic!("no chapter for {}", question.code()))
}

#[test]
fn every_example_is_answered() {
    for manual in MANUALS {
        for question in Question::ALL.iter().copied() {
            let chapter = chapter(manual, question);
            let example = chapter.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("example");
            let profile = example.lines().next().and_then(|line| line.strip_prefix("# --profile ")).expect("profile");
            let facts = facts_from_toml("example", example).expect("TOML");
            let law = law(profile).expect("profile");
            explain(question, &[law], facts, calendar()).unwrap_or_else(|faults| panic!("{question:?}: {faults:?}"));
        }
    }
}

#[test]
fn every_key_a_question_takes_is_described_and_no_other() {
    for manual in MANUALS {
        for question in Question::ALL.iter().copied() {
            let described: BTreeSet<String> = chapter(manual, question)
                .lines()
                .filter_map(|line| line.strip_prefix("| `")?.split('`').next().map(str::to_owned))
                .collect();
            let mut taken = keys(question);
            if question == Question::UploadDeadline {
                taken.extend(["received_at".to_owned(), "now".to_owned()]);
            }
            assert_eq!(described, taken, "{}", question.code());
        }
    }
}

/// The keys a question takes, as its own refusal of an unknown one lists them.
fn keys(question: Question) -> BTreeSet<String> {
    let facts = serde_json::json!({ "no such key": 1 });
    let faults = explain(question, &[law("zhongwei").expect("law")], facts, calendar()).expect_err("unknown key");
    let allowed = &faults[0].params["allowed"];
    let listed: BTreeSet<String> = allowed.split(", ").map(str::to_owned).collect();
    assert!(!allowed.is_empty(), "{faults:?}");
    listed
}
