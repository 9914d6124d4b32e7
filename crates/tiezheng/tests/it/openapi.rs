//! The description that outsiders script against: complete, and the same as the pages were made from.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::site::{finish, program};

fn description() -> (String, Value) {
    let text = finish(program(&["openapi"])).good().out;
    let parsed = serde_json::from_str(&text).expect("JSON");
    (text, parsed)
}

fn each(description: &Value, mut look: impl FnMut(&str, &Value)) {
    for (path, item) in description["paths"].as_object().expect("paths") {
        for method in ["get", "head", "post", "put", "patch", "delete", "options"] {
            if let Some(operation) = item.get(method) {
                look(&format!("{} {path}", method.to_uppercase()), operation);
            }
        }
    }
}

#[test]
fn every_operation_is_named_and_tells_what_it_answers() {
    let (_, description) = description();
    let mut ids = BTreeSet::new();
    each(&description, |operation, described| {
        let id = described["operationId"].as_str().unwrap_or("");
        assert!(!id.is_empty(), "{operation} has no operationId");
        assert!(ids.insert(id.to_owned()), "{operation}: operationId {id} is taken");
        let tags = described["tags"].as_array().map_or(0, Vec::len);
        assert_eq!(tags, 1, "{operation} belongs to one room");
        let answers = described["responses"].as_object().expect("responses");
        assert!(answers.keys().any(|status| status.starts_with('2')), "{operation} tells no success");
        // A path with a variable part may name something that is not there.
        if operation.contains('{') {
            assert!(answers.contains_key("404"), "{operation} does not tell of 404");
        }
        if described.get("requestBody").is_some() {
            let refused = answers.keys().any(|status| status.starts_with('4'));
            assert!(refused, "{operation} takes a body and tells no refusal");
        }
    });
    assert!(ids.len() > 40, "{ids:?}");
}

/// The pages' types are generated from `web/openapi.json`; `UPDATE=1` writes it.
#[test]
fn the_committed_description_is_the_present_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/openapi.json");
    let (text, present) = description();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &text).expect("written");
    }
    let committed = std::fs::read(&path).expect("web/openapi.json");
    let committed: Value = serde_json::from_slice(&committed).expect("JSON");
    assert!(
        committed == present,
        "web/openapi.json is not the present description: UPDATE=1 cargo nextest run --test it openapi"
    );
}
