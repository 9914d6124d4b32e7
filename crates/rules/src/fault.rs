//! What is wrong in a regulation folder or a fact sheet: a code and its parameters, with file, line
//! and column. The sentence and the cure are in `locales/rules.*.json` under `rules.fault.<code>`.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Path as given to the parser; empty for facts that came without a file.
    pub file: String,
    /// From 1; 0 when the place is the whole file.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// Stable code, e.g. `unknown_key`.
    pub code: String,
    /// What is wrong and what is allowed, by name, for the sentence of this code.
    pub params: BTreeMap<String, String>,
}

impl Fault {
    #[must_use]
    pub fn new(file: &str, code: &str) -> Fault {
        Fault { file: file.to_owned(), line: 0, column: 0, code: code.to_owned(), params: BTreeMap::new() }
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Fault {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }

    /// The same fault at a byte range of its file's text.
    #[must_use]
    pub fn at(mut self, text: &str, span: Option<Range<usize>>) -> Fault {
        if let Some(span) = span {
            let start = floor_boundary(text, span.start);
            let before = &text[..start];
            self.line = before.matches('\n').count() + 1;
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            self.column = text[line_start..start].chars().count() + 1;
        }
        self
    }

    /// The same fault of a fact sheet, at the first line that holds the key or value it is about.
    #[must_use]
    pub fn located(mut self, file: &str, text: &str) -> Fault {
        if self.file.is_empty() {
            self.file = file.to_owned();
        }
        let about = self.params.get("key").or_else(|| self.params.get("found"));
        let at = about.filter(|about| !about.is_empty()).and_then(|about| text.find(about.as_str()));
        match at {
            Some(at) if self.line == 0 => self.at(text, Some(at..at)),
            _ => self,
        }
    }

    /// The key of this fault's sentence.
    #[must_use]
    pub fn key(&self) -> String {
        format!("rules.fault.{}", self.code)
    }
}

fn floor_boundary(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A serde message turned into code and parameters. Our own messages begin with `@code|name=value`;
/// the library's are recognised by their fixed beginnings, and anything else is `syntax`.
pub(crate) fn from_message(file: &str, message: &str) -> Fault {
    let first = message.lines().next().unwrap_or_default();
    if let Some(own) = first.strip_prefix('@') {
        let own = own.split(" at line ").next().unwrap_or(own);
        let mut parts = own.split('|');
        let mut fault = Fault::new(file, parts.next().unwrap_or("syntax"));
        for part in parts {
            if let Some((name, value)) = part.split_once('=') {
                fault = fault.with(name, value);
            }
        }
        return fault;
    }
    let quoted: Vec<&str> = first.split('`').skip(1).step_by(2).collect();
    let found = quoted.first().copied().unwrap_or_default();
    let allowed = quoted.get(1..).unwrap_or_default();
    let listed = |fault: Fault| {
        let fault = fault.with("allowed", allowed.join(", "));
        match nearest(found, allowed) {
            Some(word) => fault.with("nearest", word),
            None => fault,
        }
    };
    if first.starts_with("unknown field") {
        listed(Fault::new(file, "unknown_key").with("key", found))
    } else if first.starts_with("unknown variant") {
        listed(Fault::new(file, "unknown_word").with("found", found))
    } else if first.starts_with("missing field") {
        Fault::new(file, "missing_key").with("key", found)
    } else if first.starts_with("duplicate key") || first.starts_with("duplicate field") {
        Fault::new(file, "duplicate_key").with("key", found)
    } else if first.starts_with("invalid type") || first.starts_with("invalid value") {
        let (what, expected) = first.split_once(", expected ").unwrap_or((first, ""));
        let found = what.split_once(": ").map_or(what, |(_, found)| found);
        let expected = expected.split(" at line ").next().unwrap_or(expected);
        Fault::new(file, "wrong_type").with("found", found).with("allowed", expected)
    } else if first.contains("failed to parse") || first.contains("parameter '") {
        // Days are the only values this crate leaves to another parser.
        Fault::new(file, "date").with("found", first)
    } else {
        Fault::new(file, "syntax").with("found", first)
    }
}

/// The allowed word nearest to what was written, if it is near enough to be a slip.
fn nearest<'a>(found: &str, allowed: &[&'a str]) -> Option<&'a str> {
    let limit = (found.chars().count() / 3).max(1);
    allowed
        .iter()
        .map(|word| (distance(found, word), *word))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, word)| word)
}

/// Edit distance; both words are cut at 64 characters.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(64).collect();
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (corner + usize::from(left != right)).min(above + 1).min(row[j] + 1);
            corner = above;
        }
    }
    row[b.len()]
}

/// A fault as a compiler would print it: place, sentence, the line itself with a caret, the cure.
/// `say` looks up a locale key (`rules.fault.<code>`, `….cure`) and fills in the parameters.
#[must_use]
pub fn render(fault: &Fault, text: Option<&str>, say: &dyn Fn(&str) -> Option<String>) -> String {
    let fill = |key: &str| {
        say(key).map(|sentence| {
            fault
                .params
                .iter()
                .fold(sentence, |sentence, (name, value)| sentence.replace(&format!("{{{name}}}"), value))
        })
    };
    let mut out = format!("{}: {}\n", fault.code, fill(&fault.key()).unwrap_or_default());
    match (fault.file.is_empty(), fault.line) {
        (true, _) => {}
        (_, 0) => out.push_str(&format!("  --> {}\n", fault.file)),
        (_, line) => out.push_str(&format!("  --> {}:{line}:{}\n", fault.file, fault.column)),
    }
    let line = text.and_then(|text| text.lines().nth(fault.line.wrapping_sub(1)));
    if let Some(line) = line {
        let number = fault.line.to_string();
        let margin = " ".repeat(number.len());
        // Wide characters take two columns on a terminal.
        let indent: usize =
            line.chars().take(fault.column.saturating_sub(1)).map(|c| 1 + usize::from(c > '\u{2e7f}')).sum();
        out.push_str(&format!("{margin} |\n{number} | {line}\n{margin} | {}^\n", " ".repeat(indent)));
    }
    if let Some(near) = fault.params.get("nearest") {
        out.push_str(&format!("  = {}\n", say("rules.fault.nearest").unwrap_or_default().replace("{nearest}", near)));
    }
    if let Some(cure) = fill(&format!("{}.cure", fault.key())) {
        out.push_str(&format!("  = {cure}\n"));
    }
    out
}
