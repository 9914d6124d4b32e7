//! 比较: which values two regulations, or two versions of one, give differently.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::law::Version;

/// One value that differs: its path in `rules.toml`, before and after (`None` where the text is silent).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Changed {
    pub path: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// All changed values, in the order of their paths. Lists of rules are compared by what each rule is
/// about (its ground, reason, act …), not by its position.
#[must_use]
pub fn diff(before: &Version, after: &Version) -> Vec<Changed> {
    let flat = |version: &Version| {
        let mut out = BTreeMap::new();
        let rules = serde_json::to_value(&version.rules).unwrap_or(Value::Null);
        flatten(String::new(), &rules, &mut out);
        let checklist = serde_json::to_value(&version.checklist).unwrap_or(Value::Null);
        flatten("checklist".to_owned(), &checklist, &mut out);
        out
    };
    let (before, after) = (flat(before), flat(after));
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    paths
        .into_iter()
        .filter(|path| before.get(*path) != after.get(*path))
        .map(|path| Changed { path: path.clone(), before: before.get(path).cloned(), after: after.get(path).cloned() })
        .collect()
}

/// What names a rule within its list.
const NAMES: &[&str] =
    &["ground", "reason", "act", "violation", "class", "duty", "key", "item", "unit", "occasions", "id", "title"];

fn flatten(path: String, value: &Value, out: &mut BTreeMap<String, Value>) {
    let join = |name: &str| {
        if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
    };
    match value {
        Value::Null => {}
        Value::Object(map) => map.iter().for_each(|(key, value)| flatten(join(key), value, out)),
        Value::Array(items) if items.iter().any(Value::is_object) => {
            let mut seen: BTreeMap<String, u32> = BTreeMap::new();
            for item in items {
                let name = NAMES.iter().find_map(|name| named(item.get(name)?)).unwrap_or_default();
                let times = seen.entry(name.clone()).or_default();
                *times += 1;
                let name = if *times > 1 { format!("{name}#{times}") } else { name };
                flatten(format!("{path}[{name}]"), item, out);
            }
        }
        value => {
            out.insert(path, value.clone());
        }
    }
}

/// What a rule is called by: a word, or words. A list of tables is no name.
fn named(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => items.iter().map(named).collect::<Option<Vec<_>>>().map(|words| words.join("+")),
        Value::Object(_) | Value::Null => None,
        value => Some(value.to_string()),
    }
}
