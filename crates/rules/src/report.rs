//! What the command line and the pages show of the regulations: lists, articles, checks. Data in, data out.

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::calendar::Calendar;
use crate::cases::run_cases;
use crate::cite::{self, Cite};
use crate::fault::Fault;
use crate::law::{Law, Version};
use crate::overlay::{check_overlays, stack};
use crate::validity::{Validity, validity};

/// `rules list`: every regulation with its state on a day.
#[must_use]
pub fn list(laws: &[Law], on: Date) -> Vec<Validity> {
    laws.iter().filter_map(|law| validity(law, on).verdict).collect()
}

/// An article with everything in `rules.toml` that rests on it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ArticleShown {
    pub no: String,
    pub cite: String,
    /// For readers of English: `Art. 9 ¶2`.
    pub cite_en: String,
    pub zh: String,
    pub en: String,
    pub answers: Vec<String>,
    pub no_software_zh: Option<String>,
    pub no_software_en: Option<String>,
    /// The values that name this article, by their path.
    pub values: Map<String, Value>,
}

/// `rules show`: the articles of a version; `number` picks one article with its items (`15`, `第十五条`), one item
/// (`15(3)`, `第十五条第（三）项`) or one paragraph (`9¶2`, `第九条第二款`).
#[must_use]
pub fn show(version: &Version, number: Option<&str>) -> Vec<ArticleShown> {
    let asked = number.and_then(Cite::parse);
    let wanted = |no: &str, cite: &str| match (number, asked) {
        (None, _) => true,
        (Some(_), Some(asked)) => Cite::parse(cite).is_some_and(|cite| asked.holds(&cite)),
        (Some(number), None) => {
            let rest = no.strip_prefix(number);
            cite == number || rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
        }
    };
    let rules = serde_json::to_value(&version.rules).unwrap_or(Value::Null);
    let articles = version.articles.iter().filter(|article| wanted(&article.no, &article.cite));
    articles
        .map(|article| ArticleShown {
            no: article.no.clone(),
            cite: article.cite.clone(),
            cite_en: cite::english(&article.cite, &article.no),
            zh: article.zh.clone(),
            en: article.en.clone(),
            answers: article.answers.clone(),
            no_software_zh: article.no_software_zh.clone(),
            no_software_en: article.no_software_en.clone(),
            values: values_of(&rules, &article.cite),
        })
        .collect()
}

/// Every table of the rules that cites an article.
fn values_of(rules: &Value, cite: &str) -> Map<String, Value> {
    fn walk(path: &str, value: &Value, cite: &str, out: &mut Map<String, Value>) {
        let cites = |value: &Value| {
            let articles = value.get("article").and_then(Value::as_array);
            articles.is_some_and(|articles| articles.iter().any(|article| article == cite))
        };
        if cites(value) {
            out.insert(path.to_owned(), value.clone());
            return;
        }
        let at = |name: &str| {
            if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
        };
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| walk(&at(key), value, cite, out)),
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(nth, value)| walk(&at(&nth.to_string()), value, cite, out));
            }
            _ => {}
        }
    }
    let mut out = Map::new();
    walk("", rules, cite, &mut out);
    out
}

/// `rules check`: what was read, and everything wrong with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Checked {
    pub id: Option<String>,
    pub versions: usize,
    pub articles: usize,
    pub examples: usize,
    pub faults: Vec<Fault>,
}

/// Reads an agency's folder, holds it against the regulations it may build on, and asks its worked
/// examples.
#[must_use]
pub fn check(files: &[(&str, &str)], others: &[Law], calendar: &Calendar) -> Checked {
    let law = match Law::parse(files) {
        Ok(law) => law,
        Err(faults) => {
            return Checked { id: None, versions: 0, articles: 0, examples: 0, faults };
        }
    };
    let id = law.id.clone();
    let mut laws: Vec<Law> = others.iter().filter(|other| other.id != id).cloned().collect();
    laws.push(law.clone());
    let mut faults = check_overlays(&laws);
    if let Ok(stack) = stack(&laws, &id) {
        faults.extend(run_cases(&stack, &law, calendar, files));
    }
    Checked {
        id: Some(id),
        versions: law.versions.len(),
        articles: law.versions.iter().map(|version| version.articles.len()).sum(),
        examples: law.versions.iter().map(|version| version.cases.len()).sum(),
        faults,
    }
}
