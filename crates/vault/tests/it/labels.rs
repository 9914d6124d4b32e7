//! Every code this crate can give has a sentence in both languages, with the same parameters.

use crate::house::files;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn labels(language: &str) -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../locales");
    let text = std::fs::read_to_string(root.join(format!("vault.{language}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Everything between `open` and `close`.
fn between<'a>(text: &'a str, open: &'a str, close: char) -> impl Iterator<Item = &'a str> {
    text.split(open).skip(1).filter_map(move |rest| rest.split_once(close)).map(|(inside, _)| inside)
}

#[test]
fn both_languages_have_every_code() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut codes = BTreeSet::new();
    for file in files(&source) {
        let text = std::fs::read_to_string(source.join(file)).unwrap();
        codes.extend(between(&text, "\"vault.", '"').map(|code| format!("vault.{code}")));
    }
    codes.remove("vault.txt"); // the marker's name
    assert!(codes.len() > 35, "{codes:?}");
    let (zh, en) = (labels("zh-CN"), labels("en"));
    assert_eq!(zh.keys().collect::<Vec<_>>(), codes.iter().collect::<Vec<_>>());
    assert_eq!(en.keys().collect::<Vec<_>>(), codes.iter().collect::<Vec<_>>());
    for (code, text) in &zh {
        let params = |text: &str| between(text, "{", '}').map(str::to_string).collect::<BTreeSet<_>>();
        assert_eq!(params(text), params(&en[code]), "{code}");
    }
}
