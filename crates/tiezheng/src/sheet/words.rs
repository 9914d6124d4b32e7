//! The dictionary of `words.toml`: what columns and kinds are called in real ledgers.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::cell::fold;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    pub ignored: Vec<String>,
    pub totals: Vec<String>,
    pub device: BTreeMap<String, Vec<String>>,
    pub device_fallback: BTreeMap<String, Vec<String>>,
    pub person: BTreeMap<String, Vec<String>>,
    pub person_fallback: BTreeMap<String, Vec<String>>,
    pub kind: BTreeMap<String, Vec<String>>,
    pub price: Price,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    pub marks: Vec<String>,
    pub wan: Vec<String>,
}

pub static WORDS: LazyLock<Words> =
    LazyLock::new(|| toml::from_str(include_str!("words.toml")).expect("our own words.toml"));

/// A heading or a word as the dictionary has it: half width, small, without blanks, marks and what stands in brackets.
pub fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_u32;
    for c in fold(text).chars() {
        match c {
            '(' | '[' | '\u{3010}' => depth += 1,
            ')' | ']' | '\u{3011}' => depth = depth.saturating_sub(1),
            '*' | ':' => {}
            c if depth > 0 || c.is_whitespace() => {}
            c => out.extend(c.to_lowercase()),
        }
    }
    out
}

/// The kind a word names: wholly, or as the longest part of it.
pub fn kind(text: &str) -> Option<&'static str> {
    let text = plain(text);
    let all = || WORDS.kind.iter().flat_map(|(kind, words)| words.iter().map(move |word| (kind.as_str(), word)));
    let whole = all().find(|(_, word)| **word == text);
    whole
        .or_else(|| all().filter(|(_, word)| text.contains(*word)).max_by_key(|(_, word)| word.chars().count()))
        .map(|found| found.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dictionary_is_plain_and_names_what_there_is() {
        let lists = WORDS.device.values().chain(WORDS.person.values()).chain(WORDS.kind.values());
        for word in lists.flatten().chain(&WORDS.ignored).chain(&WORDS.totals) {
            assert_eq!(*word, plain(word));
        }
        for kind in crate::equipment::KINDS {
            assert!(WORDS.kind.contains_key(kind), "{kind}");
        }
        assert_eq!(WORDS.kind.len(), crate::equipment::KINDS.len());
    }

    #[test]
    fn kinds_in_the_words_of_offices() {
        for (text, expected) in [
            ("执法记录仪", Some("body_worn_camera")),
            (" 4G 执法记录仪（红外）", Some("body_worn_camera")),
            ("单警执法视音频记录仪", Some("body_worn_camera")),
            ("ＰＤＡ", Some("handheld_terminal")),
            ("数码摄像机", Some("camcorder")),
            ("数码相机", Some("still_camera")),
            ("监控摄像头", Some("fixed_cctv")),
            ("执法记录仪数据采集站", Some("collection_storage_device")),
            ("录音笔", Some("audio_recorder")),
            ("其它", Some("other")),
            ("无人机", None),
            ("", None),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
    }

    #[test]
    fn headings_lose_what_is_not_a_word() {
        for (heading, expected) in
            [("＊ 序 列 号：", "序列号"), ("原值（元）", "原值"), ("S/N", "s/n"), ("型\n号", "型号"), ("((", "")]
        {
            assert_eq!(plain(heading), expected);
        }
    }
}
