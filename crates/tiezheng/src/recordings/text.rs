//! Full text in character bigrams. 张伟明 becomes 张伟 伟明 明: every two neighbours, and the last one alone, so that one
//! character finds by prefix, two and more by phrase. Most Chinese names have two characters: trigrams find none of them.

/// The terms of some fields, in order; a gap between fields keeps phrases from reaching across.
pub fn terms(fields: &[&str]) -> Vec<String> {
    let mut terms = Vec::new();
    for field in fields {
        if !terms.is_empty() {
            terms.push("zzz".to_owned());
        }
        for run in runs(field) {
            match run {
                Run::Word(word) => terms.push(word),
                Run::Han(characters) => {
                    for at in 0..characters.len() {
                        terms.push(characters[at..characters.len().min(at + 2)].iter().collect());
                    }
                }
            }
        }
    }
    // A hostile text must not make an index entry of megabytes.
    terms.truncate(4096);
    terms
}

/// What a reader typed, as phrases that must all be found. Each phrase is a list of terms; the last one of a word or of a
/// single character stands for everything it begins.
pub struct Phrase {
    pub terms: Vec<String>,
    pub open: bool,
}

pub fn phrases(query: &str) -> Vec<Phrase> {
    let mut phrases = Vec::new();
    for run in runs(query).into_iter().take(16) {
        match run {
            Run::Word(word) => phrases.push(Phrase { terms: vec![word], open: true }),
            Run::Han(characters) if characters.len() == 1 => {
                phrases.push(Phrase { terms: vec![characters[0].to_string()], open: true });
            }
            Run::Han(characters) => {
                let terms = characters.windows(2).take(64).map(|pair| pair.iter().collect()).collect();
                phrases.push(Phrase { terms, open: false });
            }
        }
    }
    phrases
}

/// The query in SQLite's FTS5 language; `None` when nothing can be searched for.
pub fn fts5(query: &str) -> Option<String> {
    let parts: Vec<String> = phrases(query)
        .iter()
        .map(|phrase| format!("\"{}\"{}", phrase.terms.join(" "), if phrase.open { "*" } else { "" }))
        .collect();
    (!parts.is_empty()).then(|| parts.join(" AND "))
}

/// The query in PostgreSQL's tsquery language.
pub fn tsquery(query: &str) -> Option<String> {
    let parts: Vec<String> = phrases(query)
        .iter()
        .map(|phrase| {
            let open = if phrase.open { ":*" } else { "" };
            let terms: Vec<String> = phrase.terms.iter().map(|term| format!("'{term}'{open}")).collect();
            format!("({})", terms.join(" <-> "))
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join(" & "))
}

/// The terms as a tsvector literal with positions (1 to 16,383, PostgreSQL's largest).
pub fn tsvector(terms: &[String]) -> String {
    let placed = terms.iter().enumerate().take(16_383).map(|(at, term)| format!("'{term}':{}", at + 1));
    placed.collect::<Vec<_>>().join(" ")
}

enum Run {
    Word(String),
    Han(Vec<char>),
}

/// Letters and digits make words, everything from the CJK blocks makes runs of characters, the rest separates.
fn runs(text: &str) -> Vec<Run> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut han = Vec::new();
    for character in text.chars().map(half_width).flat_map(char::to_lowercase) {
        if is_han(character) {
            push_word(&mut found, &mut word);
            han.push(character);
        } else {
            push_han(&mut found, &mut han);
            if character.is_alphanumeric() {
                word.push(character);
            } else {
                push_word(&mut found, &mut word);
            }
        }
    }
    push_word(&mut found, &mut word);
    push_han(&mut found, &mut han);
    found
}

fn push_word(found: &mut Vec<Run>, word: &mut String) {
    if !word.is_empty() {
        found.push(Run::Word(word.chars().take(64).collect()));
        word.clear();
    }
}

fn push_han(found: &mut Vec<Run>, han: &mut Vec<char>) {
    if !han.is_empty() {
        found.push(Run::Han(std::mem::take(han)));
    }
}

/// Full-width digits and letters, as typed with a Chinese keyboard, mean the plain ones.
fn half_width(character: char) -> char {
    match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(character as u32 - 0xfee0).unwrap_or(character),
        other => other,
    }
}

fn is_han(character: char) -> bool {
    matches!(character,
        '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_become_bigrams_and_words() {
        for (fields, expected) in [
            (vec!["张伟"], "张伟 伟"),
            (vec!["张伟明"], "张伟 伟明 明"),
            (vec!["查封DSJ-X8现场"], "查封 封 dsj x8 现场 场"),
            (vec!["张伟", "李娜"], "张伟 伟 zzz 李娜 娜"),
            (vec!["ＡＢ１２"], "ab12"),
            (vec![""], ""),
            (vec!["'; drop table--"], "drop table"),
        ] {
            assert_eq!(terms(&fields).join(" "), expected, "{fields:?}");
        }
    }

    #[test]
    fn queries_speak_each_engines_language() {
        for (query, sqlite, postgres) in [
            ("张伟", "\"张伟\"", "('张伟')"),
            ("某某商店", "\"某某 某商 商店\"", "('某某' <-> '某商' <-> '商店')"),
            ("张", "\"张\"*", "('张':*)"),
            ("张伟 dsj", "\"张伟\" AND \"dsj\"*", "('张伟') & ('dsj':*)"),
        ] {
            assert_eq!(fts5(query).unwrap(), sqlite);
            assert_eq!(tsquery(query).unwrap(), postgres);
        }
        for nothing in ["", "   ", "\"*'()", "———"] {
            assert!(fts5(nothing).is_none() && tsquery(nothing).is_none(), "{nothing}");
        }
    }
}
