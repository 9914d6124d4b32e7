//! What the command line and the pages show of the regulations: lists, articles, checks, answers in
//! words. Data in, data or text out; who prints it decides the language.

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::calendar::Calendar;
use crate::cases::run_cases;
use crate::cite::{self, Cite};
use crate::explain::Answer;
use crate::fault::Fault;
use crate::law::{Law, Version};
use crate::overlay::{check_overlays, stack};
use crate::validity::{Validity, validity};
use crate::verdict::Cited;
use crate::vocab::Question;

/// Looks up a sentence by its key.
pub type Say<'a> = &'a dyn Fn(&str) -> Option<String>;

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

/// An answer in words: the verdict line by line, its articles with their reading, what is ours, and
/// what would change it.
#[must_use]
pub fn words(question: Question, answer: &Answer, laws: &[&Law], english: bool, say: Say) -> String {
    let label = |key: String| say(&key).unwrap_or_else(|| key.rsplit('.').next().unwrap_or_default().to_owned());
    let mut out = format!("{}\n", label(format!("rules.question.{}", question.code())));
    // Milliseconds are for machines; the same instants stand beside them as times.
    let fields = answer.verdict.as_object().into_iter().flatten();
    for (key, value) in fields.filter(|(key, _)| !key.ends_with("_ms")) {
        if let Some(shown) = shown(key, value, say) {
            out.push_str(&format!("  {}: {shown}\n", label(format!("rules.verdict.{key}"))));
        }
    }
    for (title, cites) in [("articles", &answer.articles), ("reference", &answer.reference)] {
        for cited in cites {
            let line = reading(laws, cited, english);
            out.push_str(&format!("  {}: {line}\n", label(format!("rules.answer.{title}"))));
        }
    }
    if let Some(why) = answer.no_article {
        out.push_str(&format!(
            "  {}: {}\n",
            label("rules.answer.no_article".to_owned()),
            label(format!("rules.no_article.{}", why.code()))
        ));
    }
    for key in &answer.defaults {
        let own = label(format!("rules.default.{key}"));
        out.push_str(&format!("  {}: {own}\n", label("rules.answer.default".to_owned())));
    }
    for note in &answer.notes {
        let sentence = label(format!("rules.note.{}", note.code));
        let param = note.param.as_deref().unwrap_or_default();
        out.push_str(&format!("  * {}\n", sentence.replace("{param}", param)));
    }
    for change in &answer.would_change {
        let sentence = label("rules.answer.change".to_owned())
            .replace("{fact}", &label(format!("rules.fact.{}", change.fact)))
            .replace("{to}", &word(&change.fact, &change.to, say))
            .replace("{verdict}", &word("", &change.verdict, say));
        out.push_str(&format!("  ~ {sentence}\n"));
    }
    out
}

/// An article as cited, with our reading of it.
fn reading(laws: &[&Law], cited: &Cited, english: bool) -> String {
    let law = laws.iter().find(|law| law.id == cited.profile);
    let version = law.and_then(|law| law.versions.iter().find(|version| version.rules.version == cited.version));
    let Some(version) = version else {
        return cited.article.clone();
    };
    let sentences = version.articles.iter().filter(|article| article.cite == cited.article);
    let lines: Vec<&str> =
        sentences.map(|article| if english { article.en.as_str() } else { article.zh.as_str() }).collect();
    let lines = lines.join(if english { "; " } else { "；" });
    match english {
        true => {
            format!("《{}》{} {lines}", version.rules.title_en, cite::english(&cited.article, &cited.no))
        }
        false => format!("《{}》{} {lines}", version.rules.title, cited.article),
    }
}

/// A value in words; nothing for what is empty, absent or only for machines.
fn shown(field: &str, value: &Value, say: Say) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(word(field, text, say)),
        Value::Bool(is) => say(if *is { "rules.answer.yes" } else { "rules.answer.no" }),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(items) => {
            let shown: Vec<String> = items.iter().filter_map(|item| shown(field, item, say)).collect();
            (!shown.is_empty()).then(|| shown.join("; "))
        }
        Value::Object(map) => {
            let shown: Vec<String> = map
                .iter()
                .filter(|(key, _)| key.as_str() != "cited")
                .filter_map(|(key, value)| {
                    let label = say(&format!("rules.verdict.{key}")).unwrap_or_else(|| key.clone());
                    Some(format!("{label} {}", shown(key, value, say)?))
                })
                .collect();
            (!shown.is_empty()).then(|| shown.join(", "))
        }
    }
}

/// The vocabulary of a field whose words mean something else elsewhere: no extension, no shortage, no duty.
fn kind_of(field: &str) -> Option<&'static str> {
    Some(match field {
        "shortage" | "target_shortage" => "Shortage",
        "extension" => "ExtensionState",
        "unrecorded" => "Unrecorded",
        "standing" => "Standing",
        "threshold" => "Threshold",
        "retire" => "Retirement",
        "checkout" => "Checkout",
        "clock" => "ClockState",
        "stage" => "LifeStage",
        "hold" => "HoldReason",
        "cause" | "causes" => "InterruptionCause",
        "items" | "missing" | "failed" => "PreCheckItem",
        "ground" | "grounds" => "Ground",
        "occasion" | "occasions" => "Occasion",
        "duty" => "Duty",
        "act" => "Act",
        _ => return None,
    })
}

/// The label of a code in a field, where it has one: a refusal, a word of the vocabulary, a banner.
fn word(field: &str, code: &str, say: Say) -> String {
    const KINDS: &[&str] = &[
        "Level",
        "Keeping",
        "State",
        "Force",
        "UploadState",
        "ExtensionState",
        "ApprovalState",
        "Standing",
        "Threshold",
        "Violation",
        "Role",
        "DeviceKind",
        "Occasion",
        "ExemptionReason",
        "Hazard",
        "InterruptionCause",
        "PreCheckItem",
        "ClockStart",
        "Ground",
        "Field",
        "SecrecyClass",
        "SamplingItem",
        "HoldReason",
        "Shortage",
        "LifeStage",
        "Checkout",
        "Retirement",
        "Proposal",
        "Unrecorded",
        "DiscDuty",
        "DisposalState",
        "BreachKind",
        "Nature",
        "DateSource",
        "UnitClass",
        "Circumstance",
        "Exclusion",
    ];
    if code.is_empty() || !code.is_ascii() {
        return code.to_owned();
    }
    kind_of(field)
        .and_then(|kind| say(&format!("rules.word.{kind}.{code}")))
        .or_else(|| say(&format!("rules.refused.{code}")))
        .or_else(|| KINDS.iter().find_map(|kind| say(&format!("rules.word.{kind}.{code}"))))
        .or_else(|| say(&format!("rules.banner.{code}")))
        .or_else(|| say(&format!("rules.step.{code}")))
        .unwrap_or_else(|| code.to_owned())
}
