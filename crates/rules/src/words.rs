//! Answers, rules and their differences in words, for whoever reads them in a terminal. Data in, text out; the caller
//! brings the language.

use serde_json::Value;

use crate::cite;
use crate::diff::Changed;
use crate::explain::Answer;
use crate::law::Law;
use crate::report::ArticleShown;
use crate::verdict::Cited;
use crate::vocab::Question;

/// Looks up a sentence by its key.
pub type Say<'a> = &'a dyn Fn(&str) -> Option<String>;

/// An answer in words: the verdict line by line, its articles with their reading, what is ours, and
/// what would change it.
#[must_use]
pub fn answer(question: Question, answered: &Answer, laws: &[&Law], english: bool, say: Say) -> String {
    let label = |key: String| say(&key).unwrap_or_else(|| key.rsplit('.').next().unwrap_or_default().to_owned());
    let mut out = format!("{}\n", label(format!("rules.question.{}", question.code())));
    // Milliseconds are for machines; the same instants stand beside them as times.
    let fields = answered.verdict.as_object().into_iter().flatten();
    for (key, value) in fields.filter(|(key, _)| !key.ends_with("_ms")) {
        if let Some(shown) = self::value(key, value, say) {
            out.push_str(&format!("  {}: {shown}\n", label(format!("rules.verdict.{key}"))));
        }
    }
    for (title, cites) in [("articles", &answered.articles), ("reference", &answered.reference)] {
        for cited in cites {
            let line = reading(laws, cited, english);
            out.push_str(&format!("  {}: {line}\n", label(format!("rules.answer.{title}"))));
        }
    }
    if let Some(why) = answered.no_article {
        out.push_str(&format!(
            "  {}: {}\n",
            label("rules.answer.no_article".to_owned()),
            label(format!("rules.no_article.{}", why.code()))
        ));
    }
    for key in &answered.defaults {
        let own = label(format!("rules.default.{key}"));
        out.push_str(&format!("  {}: {own}\n", label("rules.answer.default".to_owned())));
    }
    for note in &answered.notes {
        let sentence = label(format!("rules.note.{}", note.code));
        let param = note.param.as_deref().unwrap_or_default();
        out.push_str(&format!("  * {}\n", sentence.replace("{param}", param)));
    }
    for change in &answered.would_change {
        let sentence = label("rules.answer.change".to_owned())
            .replace("{fact}", &label(format!("rules.fact.{}", change.fact)))
            .replace("{to}", &word(&change.fact, &change.to, say))
            .replace("{verdict}", &word("", &change.verdict, say));
        out.push_str(&format!("  ~ {sentence}\n"));
    }
    out
}

/// An article: its citation, our reading, what answers it, and a line for each rule that rests on it.
#[must_use]
pub fn article(shown: &ArticleShown, english: bool, say: Say) -> String {
    let (cite, reading, why) = match english {
        true => (&shown.cite_en, &shown.en, &shown.no_software_en),
        false => (&shown.cite, &shown.zh, &shown.no_software_zh),
    };
    let answers = why.clone().unwrap_or_else(|| shown.answers.join(" "));
    let mut out = format!("{cite}  {reading}  [{answers}]\n");
    for (path, value) in &shown.values {
        // A statement is its own reading; the sentence of the other language is for its readers.
        let sentence = value.get(if english { "en" } else { "zh" }).and_then(Value::as_str);
        let line = match (sentence, value) {
            (Some(sentence), _) => sentence.to_owned(),
            (None, Value::Object(fields)) => {
                let is = fields.iter().filter(|(_, value)| **value != Value::Bool(false));
                fields_in_words(is, say)
            }
            (None, value) => self::value(path, value, say).unwrap_or_default(),
        };
        out.push_str(&format!("    {}: {line}\n", place(path, say)));
    }
    out
}

/// Fields of rules and checklists that only machines read.
const UNTOLD: &[&str] = &["key", "codes", "id", "no", "items_numbered_in_source", "item_count", "row_count"];

/// What differs between two versions, rule by rule: `place: before → after`.
#[must_use]
pub fn changes(changed: &[Changed], english: bool, say: Say) -> String {
    let other = if english { ["zh", "title"] } else { ["en", "title_en"] };
    let ours = |field: &str, path: &str| {
        field != other[0] && !field.ends_with(&format!("_{}", other[0])) && path != other[1] && !UNTOLD.contains(&field)
    };
    let mut out = String::new();
    for change in changed {
        let field = segments(&change.path).last().map_or("", |(name, _)| *name);
        if !ours(field, &change.path) {
            continue;
        }
        let side = |side: &Option<Value>| side.as_ref().and_then(|side| value(field, side, say));
        let [before, after] = [&change.before, &change.after].map(|of| side(of).unwrap_or_else(|| "—".to_owned()));
        let place = place(&change.path, say);
        // What a rule is named by is said once.
        if ![&before, &after].iter().any(|side| place.contains(&format!(" [{side}]"))) {
            out.push_str(&format!("{place}: {before} → {after}\n"));
        }
    }
    out
}

/// `approval[copy].role` as its segments: `(approval, Some(copy))`, `(role, None)`.
fn segments(path: &str) -> Vec<(&str, Option<&str>)> {
    let mut depth = 0;
    let parts = path.split(|c: char| {
        depth += i32::from(c == '[') - i32::from(c == ']');
        c == '.' && depth == 0
    });
    let whole = parts.map(|part| (part, part.strip_suffix(']').and_then(|part| part.split_once('['))));
    whole.map(|(part, named)| named.map_or((part, None), |(name, of)| (name, Some(of)))).collect()
}

/// Where a value stands, in words; places of a list go unsaid.
fn place(path: &str, say: Say) -> String {
    let segments = segments(path);
    let said = segments.iter().filter(|(name, _)| name.parse::<usize>().is_err()).map(|(name, of)| {
        let label = label(name, say);
        of.map_or(label.clone(), |of| {
            let (of, nth) = of.split_once('#').map_or((of, String::new()), |(of, nth)| (of, format!(" {nth}")));
            let known: Vec<String> = of.split('+').map(|of| word(name, of, say)).collect();
            format!("{label} [{}{nth}]", known.join("; "))
        })
    });
    said.collect::<Vec<_>>().join(" · ")
}

/// The name of a field: of a rule, a verdict or a fact.
fn label(name: &str, say: Say) -> String {
    let keys = ["rules.path", "rules.verdict", "rules.fact", "rules.word.Role"];
    keys.iter().find_map(|key| say(&format!("{key}.{name}"))).unwrap_or_else(|| name.to_owned())
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
fn value(field: &str, value: &Value, say: Say) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(word(field, text, say)),
        Value::Bool(is) => say(if *is { "rules.answer.yes" } else { "rules.answer.no" }),
        Value::Number(number) => Some(match number.as_i64() {
            // Money is kept in fen and read in yuan.
            Some(fen) if field.ends_with("_fen") => format!("{}.{:02}", fen / 100, fen % 100),
            _ => number.to_string(),
        }),
        Value::Array(items) => {
            let shown: Vec<String> = items.iter().filter_map(|item| self::value(field, item, say)).collect();
            (!shown.is_empty()).then(|| shown.join("; "))
        }
        Value::Object(fields) => Some(fields_in_words(fields.iter(), say)).filter(|text| !text.is_empty()),
    }
}

fn fields_in_words<'a>(fields: impl Iterator<Item = (&'a String, &'a Value)>, say: Say) -> String {
    // Who is cited stands beside; a key is for machines.
    let said = fields.filter(|(name, _)| !["cited", "article", "key"].contains(&name.as_str()));
    let said = said.filter_map(|(name, of)| Some(format!("{} {}", label(name, say), value(name, of, say)?)));
    said.collect::<Vec<_>>().join(", ")
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
        "Act",
        "Destination",
        "Responsibility",
        "Duty",
        "Within",
        "Scope",
        "Span",
        "Statement",
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
        .or_else(|| say(&format!("rules.fact.{code}")))
        .unwrap_or_else(|| code.to_owned())
}
