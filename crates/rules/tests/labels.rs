//! Every code of this crate has its words in both languages.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value};

fn locale(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).expect("locale")
}

fn zh() -> Map<String, Value> {
    locale(include_str!("../../../locales/rules.zh-CN.json"))
}

fn en() -> Map<String, Value> {
    locale(include_str!("../../../locales/rules.en.json"))
}

/// The source of this crate, file by file.
fn sources() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = std::fs::read_dir(folder).expect("src");
    let rust = files.filter_map(|file| {
        let path = file.expect("entry").path();
        path.extension().is_some_and(|ext| ext == "rs").then(|| std::fs::read_to_string(path).expect("source"))
    });
    rust.collect()
}

/// Every string right after `before` in the source.
fn quoted_after(before: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for source in sources() {
        for piece in source.split(before).skip(1) {
            let code: String =
                piece.chars().take_while(|c| c.is_ascii_lowercase() || matches!(c, '_' | '.' | '0'..='9')).collect();
            if !code.is_empty() {
                found.insert(code);
            }
        }
    }
    found
}

#[track_caller]
fn labelled(prefix: &str, codes: &BTreeSet<String>, least: usize) {
    assert!(codes.len() >= least, "only {} codes found under {prefix}", codes.len());
    let (zh, en) = (zh(), en());
    for code in codes {
        let key = format!("{prefix}.{code}");
        assert!(zh.contains_key(&key) && en.contains_key(&key), "{key} has no label");
    }
}

#[test]
fn every_fact_an_answer_turns_on_has_its_name() {
    let mut facts = quoted_after("change(\"");
    facts.extend(["conflict", "sudden_incident", "suspected_unlawful", "serious_violation"].map(str::to_owned));
    labelled("rules.fact", &facts, 30);
}

#[test]
fn both_languages_have_the_same_keys_and_parameters() {
    let (zh, en) = (zh(), en());
    assert_eq!(zh.keys().collect::<Vec<_>>(), en.keys().collect::<Vec<_>>());
    let parameters = |value: &Value| -> BTreeSet<String> {
        let text = value.as_str().expect("text");
        text.split('{').skip(1).filter_map(|piece| piece.split_once('}')).map(|(name, _)| name.to_owned()).collect()
    };
    for (key, value) in &zh {
        assert_eq!(parameters(value), parameters(&en[key]), "{key}");
        assert!(!value.as_str().expect("text").is_empty(), "{key}");
    }
}

#[test]
fn every_fault_has_a_sentence() {
    let mut codes = quoted_after("Fault::new(file, \"");
    codes.extend(quoted_after("Fault::new(\"\", \""));
    codes.extend(quoted_after("Fault::new(path, \""));
    codes.extend(quoted_after("custom(\"@"));
    codes.extend(quoted_after("format!(\"@"));
    codes.extend(quoted_after("wrong(\"day").iter().map(|rest| format!("day{rest}")));
    labelled("rules.fault", &codes, 30);
}

#[test]
fn every_default_note_and_refusal_has_a_label() {
    labelled("rules.default", &quoted_after("own(\""), 25);
    labelled("rules.note", &quoted_after("note(\""), 5);
    let mut refusals = BTreeSet::new();
    for room in [
        "approver",
        "provision",
        "service_life",
        "pre_check",
        "occasion",
        "hearing",
        "exemption",
        "paper",
        "interruption",
        "disposal",
        "extraction",
        "secrecy",
        "sampling",
        "violation",
        "consequence",
        "profile",
    ] {
        let owned: BTreeSet<String> = quoted_after("own(\"").into_iter().collect();
        let codes = quoted_after(&format!("\"{room}."));
        let codes = codes.into_iter().map(|code| format!("{room}.{code}"));
        refusals
            .extend(codes.filter(|code| !owned.contains(code) || zh().contains_key(&format!("rules.refused.{code}"))));
    }
    refusals.remove("provision.basis");
    labelled("rules.refused", &refusals, 40);
}

#[test]
fn every_word_of_the_vocabulary_has_a_label() {
    let (zh, en) = (zh(), en());
    let mut words = 0;
    for source in sources() {
        for block in source.split("vocab! {").skip(1) {
            let block = block.split("\n}\n").next().unwrap_or_default();
            let name = block
                .lines()
                .map(str::trim)
                .find(|line| !line.is_empty() && !line.starts_with("///"))
                .and_then(|line| line.split(' ').next())
                .unwrap_or_default();
            if name.is_empty() || name == "Question" || !name.starts_with(|c: char| c.is_ascii_uppercase()) {
                continue;
            }
            for code in block.split("= \"").skip(1).filter_map(|piece| piece.split('"').next()) {
                let key = format!("rules.word.{name}.{code}");
                assert!(zh.contains_key(&key) && en.contains_key(&key), "{key} has no label");
                words += 1;
            }
        }
    }
    assert!(words > 250, "only {words} words found");
}

#[test]
fn every_part_of_a_verdict_has_a_label() {
    use tiezheng_rules::shipped::{calendar, shipped};
    use tiezheng_rules::{Question, explain};

    fn keys(value: &Value, out: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                for (key, value) in map.iter().filter(|(key, _)| *key != "cited") {
                    out.insert(key.clone());
                    keys(value, out);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| keys(item, out)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for law in shipped() {
        for case in law.versions.iter().flat_map(|version| &version.cases) {
            let question = Question::from_code(&case.ask).expect("question");
            let facts = Value::Object(case.facts.clone());
            if let Ok(answer) = explain(question, &[law], facts, calendar()) {
                keys(&answer.verdict, &mut found);
            }
        }
    }
    labelled("rules.verdict", &found, 100);
}
