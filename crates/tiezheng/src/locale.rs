//! Sentences for people: `locales/*.json`, flat keys, both languages complete (a test proves it).

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};

#[derive(rust_embed::RustEmbed)]
#[folder = "../../locales"]
struct Files;

pub const LANGUAGES: [&str; 2] = ["zh-CN", "en"];

static TEXTS: LazyLock<HashMap<&'static str, HashMap<String, String>>> =
    LazyLock::new(|| LANGUAGES.into_iter().map(|language| (language, read(language))).collect());

fn read(language: &str) -> HashMap<String, String> {
    let ending = format!("{language}.json");
    let mut texts = HashMap::new();
    for name in Files::iter().filter(|name| name.ends_with(&ending)) {
        let file = Files::get(&name).map(|file| file.data).unwrap_or_default();
        let found: HashMap<String, String> = serde_json::from_slice(&file).unwrap_or_default();
        texts.extend(found);
    }
    texts
}

/// Every text of one language.
pub fn texts(language: &str) -> Option<&'static HashMap<String, String>> {
    TEXTS.get(language)
}

/// The sentence under `key` with `{name}` filled in; the key itself where there is none. `{name|words}`: codes with commas
/// between them, each told by its text under `words.`.
pub fn text(language: &str, key: &str, params: &Map<String, Value>) -> String {
    let Some(found) = TEXTS.get(language).and_then(|texts| texts.get(key)) else {
        return key.to_owned();
    };
    let (mut sentence, mut rest) = (String::new(), found.as_str());
    // In one pass: a file may be called `{path}`.
    while let Some((before, after)) = rest.split_once('{') {
        sentence += before;
        let filled = |(name, behind): (&str, &'static str)| {
            let (name, words) = name.split_once('|').unwrap_or((name, ""));
            Some((params.get(name)?, words.to_owned(), behind))
        };
        match after.split_once('}').and_then(filled) {
            Some((value, words, behind)) => {
                let shown = match value {
                    Value::String(text) => text.clone(),
                    Value::Null => "—".to_owned(), // not known
                    other => other.to_string(),
                };
                sentence += &if words.is_empty() { shown } else { in_words(language, &words, &shown) };
                rest = behind;
            }
            None => {
                sentence.push('{');
                rest = after;
            }
        }
    }
    sentence + rest
}

/// `battery, storage` as people say it; a code without a text stays.
fn in_words(language: &str, words: &str, codes: &str) -> String {
    let texts = TEXTS.get(language);
    let word = |code: &str| {
        texts.and_then(|texts| texts.get(&format!("{words}.{code}"))).map_or(code.to_owned(), String::clone)
    };
    let comma = if language == "en" { ", " } else { "、" };
    codes.split(", ").map(word).collect::<Vec<_>>().join(comma)
}

/// `zh-CN` unless the reader prefers English.
pub fn choose(accept_language: Option<&str>) -> &'static str {
    let wanted = accept_language.unwrap_or("").to_ascii_lowercase();
    let english = wanted.find("en").unwrap_or(usize::MAX);
    let chinese = wanted.find("zh").unwrap_or(usize::MAX);
    if english < chinese { "en" } else { "zh-CN" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_keys() {
        let keys = |language| {
            let mut keys: Vec<_> = texts(language).unwrap().keys().cloned().collect();
            keys.sort();
            keys
        };
        assert_eq!(keys("zh-CN"), keys("en"));
        for name in Files::iter() {
            let file = Files::get(&name).unwrap();
            serde_json::from_slice::<HashMap<String, String>>(&file.data).unwrap_or_else(|e| panic!("{name}: {e}"));
        }
    }

    #[test]
    fn the_words_a_sentence_asks_for_are_there() {
        for language in LANGUAGES {
            let texts = texts(language).unwrap();
            let asked = texts.values().flat_map(|text| text.split('{').skip(1)).filter_map(|rest| rest.split_once('}'));
            for words in asked.filter_map(|(name, _)| Some(name.split_once('|')?.1)) {
                let prefix = format!("{words}.");
                assert!(texts.keys().any(|key| key.starts_with(&prefix)), "{language} {words}");
            }
        }
    }

    #[test]
    fn states_and_acts_are_told_in_words() {
        for (key, params, expected) in [
            (
                "device.not_lawful",
                serde_json::json!({"status": "in_store", "act": "return"}),
                "设备现为“在库”，不能办理“归还”。请先办理前一步。",
            ),
            (
                "order.not_lawful",
                serde_json::json!({"state": "done", "step": "execute"}),
                "单据现为“已办结”，不能办理“执行”。请查看最新情况。",
            ),
            (
                "device.not_ingested",
                serde_json::json!({"files": null}),
                "设备上还有未入库的记录（文件数：—）。请先导出入库，再办理。",
            ),
            ("field.required", serde_json::json!({"field": "witness"}), "“见证人”必须填写。"),
        ] {
            assert_eq!(text("zh-CN", key, params.as_object().unwrap()), expected);
        }
    }

    #[test]
    fn codes_are_told_in_words() {
        for (language, missing, expected) in [
            ("zh-CN", "battery, storage", "使用前检查未做完：电量充足、存储充足。请补做；紧急时写明理由。"),
            (
                "en",
                "no_such_item",
                "The pre-use check is not complete: no_such_item. Complete it; if it is urgent, give the reason.",
            ),
        ] {
            let params = Map::from_iter([("missing".to_owned(), Value::from(missing))]);
            assert_eq!(text(language, "pre_check.missing", &params), expected);
        }
    }

    #[test]
    fn the_reader_chooses() {
        let cases = [
            (None, "zh-CN"),
            (Some("en-US,en"), "en"),
            (Some("zh-CN,zh;q=0.9,en;q=0.8"), "zh-CN"),
            (Some("fr"), "zh-CN"),
        ];
        for (header, expected) in cases {
            assert_eq!(choose(header), expected, "{header:?}");
        }
    }
}
