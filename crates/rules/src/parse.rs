//! Reading a regulation folder: text in, a [`Law`] or all its mistakes out. No file is opened here.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::calendar::{CalendarYear, YearStatus};
use crate::checklist::Checklist;
use crate::cite::Cite;
use crate::data::Rules;
use crate::defaults::Defaults;
use crate::fault::{Fault, from_message};
use crate::law::{Adoption, Article, Case, Law, Source, Version};
use crate::vocab::Question;

/// Files larger than this are refused unread.
const FILE_BYTES_MAX: usize = 4 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ArticlesFile {
    article: Vec<Article>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CasesFile {
    case: Vec<Case>,
}

/// The four files of one version, as they came.
#[derive(Default)]
struct Folder<'a> {
    rules: Option<(&'a str, &'a str)>,
    articles: Option<(&'a str, &'a str)>,
    checklist: Option<(&'a str, &'a str)>,
    cases: Option<(&'a str, &'a str)>,
}

impl Law {
    /// Reads a regulation. Files of one version share a directory: `rules.toml` and `articles.toml`
    /// are needed, `checklist.toml` and `cases.toml` are welcome; a further version lies in a
    /// subdirectory of its own.
    ///
    /// # Errors
    /// All mistakes found, each with file, line and column.
    pub fn parse(files: &[(&str, &str)]) -> Result<Law, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut versions = Vec::new();
        for (directory, folder) in folders(files, &mut faults) {
            if let Some(version) = version(&directory, &folder, &mut faults) {
                versions.push(version);
            }
        }
        versions.sort_by_key(|version| version.rules.in_force_on);
        if versions.is_empty() && faults.is_empty() {
            faults.push(Fault::new("rules.toml", "missing_file"));
        }
        check_versions(&versions, &mut faults);
        match versions.first().map(|version| version.rules.id.clone()) {
            Some(id) if faults.is_empty() => {
                Ok(Law { id, versions, adoption: Adoption::default(), defaults: Defaults::shipped() })
            }
            _ => Err(faults),
        }
    }
}

fn folders<'a>(files: &[(&'a str, &'a str)], faults: &mut Vec<Fault>) -> BTreeMap<String, Folder<'a>> {
    let mut folders: BTreeMap<String, Folder> = BTreeMap::new();
    for (path, text) in files {
        let (directory, name) = path.rsplit_once(['/', '\\']).unwrap_or(("", path));
        let folder = folders.entry(directory.to_owned()).or_default();
        let slot = match name {
            "rules.toml" => &mut folder.rules,
            "articles.toml" => &mut folder.articles,
            "checklist.toml" => &mut folder.checklist,
            "cases.toml" => &mut folder.cases,
            _ => {
                faults.push(
                    Fault::new(path, "unknown_file")
                        .with("allowed", "rules.toml, articles.toml, checklist.toml, cases.toml"),
                );
                continue;
            }
        };
        if text.len() > FILE_BYTES_MAX {
            faults.push(Fault::new(path, "file_too_large").with("allowed", "4 MiB"));
        } else {
            *slot = Some((path, text));
        }
    }
    folders
}

fn version(directory: &str, folder: &Folder, faults: &mut Vec<Fault>) -> Option<Version> {
    let place = |name: &str| match directory {
        "" => name.to_owned(),
        directory => format!("{directory}/{name}"),
    };
    let Some((rules_file, rules_text)) = folder.rules else {
        faults.push(Fault::new(&place("rules.toml"), "missing_file"));
        return None;
    };
    let Some((articles_file, articles_text)) = folder.articles else {
        faults.push(Fault::new(&place("articles.toml"), "missing_file"));
        return None;
    };
    // Each file reports its own mistake; one broken file does not hide another.
    let rules = typed::<Rules>(rules_file, rules_text, faults);
    let articles = typed::<ArticlesFile>(articles_file, articles_text, faults);
    let checklist = folder.checklist.map(|(file, text)| (file, text, typed::<Checklist>(file, text, faults)));
    let cases = folder.cases.map(|(file, text)| (file, text, typed::<CasesFile>(file, text, faults)));

    let articles = articles?.article;
    check_articles(articles_file, articles_text, &articles, faults);
    check_forms(articles_file, articles_text, &articles, faults);
    let known: BTreeSet<&str> =
        articles.iter().filter(|article| !article.absent).map(|article| article.cite.as_str()).collect();
    check_cites(rules_file, rules_text, &known, faults);
    if let Some((file, text, Some(checklist))) = &checklist {
        checklist.check(file, text, &known, faults);
    }
    if let Some((file, text, Some(cases))) = &cases {
        check_cases(file, text, &cases.case, &known, faults);
    }
    let rules = rules?;
    check_rules(rules_file, rules_text, &rules, checklist.as_ref().and_then(|(_, _, list)| list.as_ref()), faults);
    Some(Version {
        rules,
        articles,
        checklist: checklist.and_then(|(_, _, list)| list),
        cases: cases.and_then(|(_, _, cases)| cases).map_or_else(Vec::new, |cases| cases.case),
        supplied: BTreeMap::new(),
        source: Source { file: rules_file.to_owned(), text: rules_text.to_owned() },
    })
}

/// Deserializes one file, or notes its first mistake.
pub(crate) fn typed<T: DeserializeOwned>(file: &str, text: &str, faults: &mut Vec<Fault>) -> Option<T> {
    match toml::from_str(text) {
        Ok(value) => Some(value),
        Err(error) => {
            let mut fault = from_message(file, error.message()).at(text, error.span());
            if let Some(found) = error.span().and_then(|span| text.get(span)).filter(|_| fault.code == "date") {
                fault = fault.with("found", found);
            }
            faults.push(fault);
            None
        }
    }
}

/// Walks every value of a document with the key it stands under.
pub(crate) fn walk(text: &str, visit: &mut dyn FnMut(&str, &Spanned<DeValue<'_>>)) {
    fn table(table: &DeTable<'_>, visit: &mut dyn FnMut(&str, &Spanned<DeValue<'_>>)) {
        for (key, value) in table {
            value_of(key.get_ref(), value, visit);
        }
    }
    fn value_of(key: &str, value: &Spanned<DeValue<'_>>, visit: &mut dyn FnMut(&str, &Spanned<DeValue<'_>>)) {
        visit(key, value);
        match value.get_ref() {
            DeValue::Table(inner) => table(inner, visit),
            DeValue::Array(items) => {
                for item in items.iter() {
                    value_of(key, item, visit);
                }
            }
            _ => {}
        }
    }
    if let Ok(document) = DeTable::parse(text) {
        table(document.get_ref(), visit);
    }
}

/// The place of the first value under `key` that satisfies `is`.
pub(crate) fn span_where(text: &str, key: &str, is: &dyn Fn(&DeValue<'_>) -> bool) -> Option<Range<usize>> {
    let mut found = None;
    walk(text, &mut |at, value| {
        if found.is_none() && at == key && is(value.get_ref()) {
            found = Some(value.span());
        }
    });
    found
}

/// The place of the `nth` (from 0) string value `is` under `key`.
pub(crate) fn span_of_text(text: &str, key: &str, is: &str, nth: usize) -> Option<Range<usize>> {
    let mut seen = 0;
    let mut found = None;
    walk(text, &mut |at, value| {
        if at == key && value.get_ref().as_str() == Some(is) {
            if seen == nth {
                found = Some(value.span());
            }
            seen += 1;
        }
    });
    found
}

fn check_articles(file: &str, text: &str, articles: &[Article], faults: &mut Vec<Fault>) {
    let mut seen = BTreeSet::new();
    for article in articles {
        let at = |fault: Fault, nth| fault.at(text, span_of_text(text, "no", &article.no, nth));
        if !seen.insert(&article.no) {
            faults.push(at(Fault::new(file, "duplicate_article").with("article", &article.no), 1));
        }
        let explained = article.no_software_zh.is_some() && article.no_software_en.is_some();
        if article.answers.is_empty() && !explained {
            faults.push(at(Fault::new(file, "article_unanswered").with("article", &article.no), 0));
        }
        if article.zh.trim().is_empty() || article.en.trim().is_empty() {
            faults.push(at(Fault::new(file, "article_without_line").with("article", &article.no), 0));
        }
    }
}

/// Citations have the official form, and where an article has paragraphs every provision of it names its own.
fn check_forms(file: &str, text: &str, articles: &[Article], faults: &mut Vec<Fault>) {
    let cites: Vec<Option<Cite>> = articles.iter().map(|article| Cite::parse(&article.cite)).collect();
    for (article, cite) in articles.iter().zip(&cites) {
        let at = |fault: Fault| {
            let span = span_of_text(text, "cite", &article.cite, 0);
            fault.with("article", &article.cite).at(text, span)
        };
        let looks_like_one = article.cite.starts_with('第') && article.cite.contains('条');
        let official = cite.map(|cite| cite.to_string());
        if official.as_ref().map_or(looks_like_one, |official| *official != article.cite) {
            let official = official.unwrap_or_else(|| "第九条、第九条第二款、第九条第（一）项".to_owned());
            faults.push(at(Fault::new(file, "cite_form").with("allowed", official)));
        }
        let beside = |other: &Cite| {
            cite.is_some_and(|cite| {
                (cite.article, cite.inserted) == (other.article, other.inserted) && cite.paragraph == 0
            })
        };
        if cites.iter().flatten().any(|other| other.paragraph > 0 && beside(other)) {
            faults.push(at(Fault::new(file, "cite_without_paragraph")));
        }
    }
}

/// Every `article`, `early_article` and `validity_article` of `rules.toml` exists in `articles.toml`.
fn check_cites(file: &str, text: &str, known: &BTreeSet<&str>, faults: &mut Vec<Fault>) {
    walk(text, &mut |key, value| {
        if !matches!(key, "article" | "early_article" | "validity_article") {
            return;
        }
        let Some(cite) = value.get_ref().as_str() else {
            return;
        };
        if !known.contains(cite) {
            faults.push(unknown_article(file, cite, known).at(text, Some(value.span())));
        }
    });
}

/// With what stands in its place: the same provision in the official form, else those of the same article.
fn unknown_article(file: &str, cite: &str, known: &BTreeSet<&str>) -> Fault {
    let official = Cite::parse(cite).map_or_else(|| cite.to_owned(), |cite| cite.to_string());
    let article = official.split_inclusive('条').next().unwrap_or_default();
    let near: Vec<&str> = match known.get(official.as_str()) {
        Some(meant) => vec![meant],
        None => known.iter().copied().filter(|other| other.starts_with(article)).take(5).collect(),
    };
    Fault::new(file, "unknown_article").with("article", cite).with("allowed", near.join("、"))
}

fn check_cases(file: &str, text: &str, cases: &[Case], known: &BTreeSet<&str>, faults: &mut Vec<Fault>) {
    for case in cases {
        if Question::from_code(&case.ask).is_none() {
            let allowed: Vec<&str> = Question::ALL.iter().map(|question| question.code()).collect();
            let fault = Fault::new(file, "unknown_word").with("found", &case.ask);
            let fault = fault.with("allowed", allowed.join(", "));
            faults.push(fault.at(text, span_of_text(text, "ask", &case.ask, 0)));
        }
        for cite in case.because.iter().flatten().filter(|cite| !known.contains(cite.as_str())) {
            faults.push(unknown_article(file, cite, known).at(text, span_of_text(text, "because", cite, 0)));
        }
    }
}

fn check_rules(file: &str, text: &str, rules: &Rules, checklist: Option<&Checklist>, faults: &mut Vec<Fault>) {
    let at = |fault: Fault, key: &str| fault.at(text, span_where(text, key, &|_| true));
    if let (Some(begins), Some(ends)) = (rules.in_force_on, rules.expires_on)
        && ends < begins
    {
        let fault = Fault::new(file, "dates_reversed").with("begins", begins).with("ends", ends);
        faults.push(at(fault, "expires_on"));
    }
    let dated = rules.in_force_source != crate::vocab::DateSource::Unknown;
    if dated != rules.in_force_on.is_some() {
        faults
            .push(at(Fault::new(file, "date_source").with("source", rules.in_force_source.code()), "in_force_source"));
    }
    let plain = !rules.id.is_empty()
        && rules.id.len() <= 64
        && rules.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !plain {
        faults.push(at(Fault::new(file, "bad_id").with("found", &rules.id), "id"));
    }
    for (nth, rule) in rules.occasions.iter().enumerate() {
        let Some(row) = &rule.row else { continue };
        if checklist.is_none_or(|list| list.row(row).is_none()) {
            let _ = nth;
            let fault = Fault::new(file, "unknown_row").with("row", row);
            faults.push(fault.at(text, span_of_text(text, "row", row, 0)));
        }
    }
    for title in rules.focus.iter().filter_map(|rule| rule.document.as_ref()) {
        if !rules.documents.iter().any(|document| document.title == *title) {
            let allowed: Vec<&str> = rules.documents.iter().map(|document| document.title.as_str()).collect();
            let fault = Fault::new(file, "unknown_document").with("found", title);
            faults.push(fault.with("allowed", allowed.join(", ")).at(text, span_of_text(text, "document", title, 0)));
        }
    }
    let mut grounds = BTreeSet::new();
    for rule in &rules.retention {
        if !grounds.insert(rule.ground) {
            let fault = Fault::new(file, "duplicate_ground").with("ground", rule.ground.code());
            faults.push(fault.at(text, span_of_text(text, "ground", rule.ground.code(), 1)));
        }
    }
    let mut reasons = BTreeSet::new();
    for rule in &rules.exemptions {
        if !reasons.insert(rule.reason) {
            let fault = Fault::new(file, "duplicate_reason").with("reason", rule.reason.code());
            faults.push(fault.at(text, span_of_text(text, "reason", rule.reason.code(), 1)));
        }
    }
    for range in rules.service_life.iter().flat_map(|life| &life.ranges) {
        if range.to_years < range.from_years {
            let fault = Fault::new(file, "range_reversed");
            let fault = fault.with("from", range.from_years).with("to", range.to_years);
            faults.push(at(fault, "to_years"));
        }
    }
    if rules
        .notification
        .as_ref()
        .is_some_and(|rule| rule.phrase.as_deref().is_some_and(|phrase| phrase.trim() != phrase || phrase.is_empty()))
    {
        faults.push(at(Fault::new(file, "phrase_edges"), "phrase"));
    }
}

/// Versions of one regulation share its id, have different names and do not overlap.
fn check_versions(versions: &[Version], faults: &mut Vec<Fault>) {
    let Some(first) = versions.first() else {
        return;
    };
    for version in &versions[1..] {
        let (file, text) = (&version.source.file, &version.source.text);
        let at = |fault: Fault, key: &str| fault.at(text, span_where(text, key, &|_| true));
        if version.rules.id != first.rules.id {
            let fault = Fault::new(file, "other_id").with("found", &version.rules.id);
            faults.push(at(fault.with("allowed", &first.rules.id), "id"));
        }
    }
    for pair in versions.windows(2) {
        let [earlier, later] = pair else { continue };
        let (file, text) = (&later.source.file, &later.source.text);
        let at = |fault: Fault, key: &str| fault.at(text, span_where(text, key, &|_| true));
        if earlier.rules.version == later.rules.version {
            faults.push(at(Fault::new(file, "duplicate_version").with("found", &later.rules.version), "version"));
        }
        let ended = later.rules.supersedes.as_deref() == Some(earlier.rules.version.as_str());
        let overlap = match (earlier.rules.expires_on, later.rules.in_force_on) {
            (Some(ends), Some(begins)) => ends >= begins && !ended,
            (_, None) => true,
            (None, Some(begins)) => earlier.rules.in_force_on == Some(begins),
        };
        if overlap {
            let day = |day: Option<jiff::civil::Date>| day.map_or_else(|| "—".to_owned(), |day| day.to_string());
            let fault = Fault::new(file, "overlap")
                .with("earlier", &earlier.rules.version)
                .with("ends", day(earlier.rules.expires_on))
                .with("later", &later.rules.version)
                .with("begins", day(later.rules.in_force_on));
            faults.push(at(fault, "in_force_on"));
        }
    }
}

/// Reads one calendar file.
///
/// # Errors
/// What is wrong in it: a day of another year, a weekend marked off, a weekday marked worked, days in
/// a year that is not announced.
pub fn parse_calendar_year(file: &str, text: &str) -> Result<CalendarYear, Vec<Fault>> {
    use jiff::civil::Weekday::{Saturday, Sunday};
    let mut faults = Vec::new();
    let Some(year) = typed::<CalendarYear>(file, text, &mut faults) else {
        return Err(faults);
    };
    let mut wrong = |code: &str, key: &str, day: jiff::civil::Date| {
        let span = span_of_text(text, key, &day.to_string(), 0);
        faults.push(Fault::new(file, code).with("day", day).with("year", year.year).at(text, span));
    };
    for (key, days, on_weekend) in [("off", &year.off, false), ("worked", &year.worked, true)] {
        for day in days {
            if year.status == YearStatus::NotAnnounced {
                wrong("day_not_announced", key, *day);
            } else if day.year() != year.year {
                wrong("day_of_other_year", key, *day);
            } else if matches!(day.weekday(), Saturday | Sunday) != on_weekend {
                wrong("day_needless", key, *day);
            }
        }
    }
    if faults.is_empty() { Ok(year) } else { Err(faults) }
}
