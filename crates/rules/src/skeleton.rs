//! `tiezheng rules new`: a commented folder to start an agency's own regulation from.

/// The files of a new regulation, by path and text. They load as they are; every value in them is an
/// example to be replaced by the text's own, with its article.
#[must_use]
pub fn skeleton(id: &str) -> Vec<(String, String)> {
    [("rules.toml", RULES), ("articles.toml", ARTICLES), ("cases.toml", CASES)]
        .into_iter()
        .map(|(name, text)| (format!("{id}/{name}"), text.replace("{id}", id)))
        .collect()
}

const RULES: &str = include_str!("skeleton/rules.toml");
const ARTICLES: &str = include_str!("skeleton/articles.toml");
const CASES: &str = include_str!("skeleton/cases.toml");
