//! Worked examples: each case of `cases.toml` is asked, and its answer compared.

use serde_json::Value;

use crate::calendar::Calendar;
use crate::explain::{Answer, explain};
use crate::fault::Fault;
use crate::law::{Case, Law};
use crate::parse::span_of_text;
use crate::vocab::Question;

/// Asks every worked example of every version of `law` and returns those that came out differently.
/// `stack` is the law with its bases; `files` are the texts the faults are placed in.
#[must_use]
pub fn run_cases(stack: &[&Law], law: &Law, calendar: &Calendar, files: &[(&str, &str)]) -> Vec<Fault> {
    let cases = law.versions.iter().flat_map(|version| &version.cases);
    cases.filter_map(|case| run(stack, case, calendar).err().map(|fault| placed(fault, case, files))).collect()
}

fn placed(mut fault: Fault, case: &Case, files: &[(&str, &str)]) -> Fault {
    let place = files
        .iter()
        .filter(|(path, _)| path.ends_with("cases.toml"))
        .find_map(|(path, text)| Some((path, text, span_of_text(text, "name", &case.name, 0)?)));
    if let Some((path, text, span)) = place {
        fault.file = (*path).to_owned();
        fault = fault.at(text, Some(span));
    }
    fault
}

fn run(stack: &[&Law], case: &Case, calendar: &Calendar) -> Result<(), Fault> {
    let wrong = |what: &str, expected: &Value, found: &Value| {
        Fault::new("", "case_failed")
            .with("name", &case.name)
            .with("what", what)
            .with("expected", expected)
            .with("found", found)
    };
    let question =
        Question::from_code(&case.ask).ok_or_else(|| Fault::new("", "unknown_word").with("found", &case.ask))?;
    let answer = explain(question, stack, Value::Object(case.facts.clone()), calendar);
    let answer = match (answer, &case.refused) {
        (Ok(answer), None) => answer,
        (Err(faults), Some(code)) if faults.iter().any(|fault| fault.code == *code) => {
            return Ok(());
        }
        (Err(faults), expected) => {
            let found: Vec<&str> = faults.iter().map(|fault| fault.code.as_str()).collect();
            return Err(wrong("refused", &expected.clone().into(), &found.into()));
        }
        (Ok(_), Some(code)) => return Err(wrong("refused", &code.as_str().into(), &Value::Null)),
    };
    for (path, expected) in &case.expect {
        let found = at(&answer.verdict, path);
        if found != *expected {
            return Err(wrong(path, expected, &found));
        }
    }
    because(case, &answer).map_err(|(expected, found)| wrong("because", &expected, &found))?;
    match case.default {
        Some(expected) if expected != answer.default => Err(wrong("default", &expected.into(), &answer.default.into())),
        _ => Ok(()),
    }
}

/// The value at a dotted path, `needs.0.required`; `Null` where there is none. `field.len` counts, `field.none`
/// says whether it is empty.
fn at(value: &Value, path: &str) -> Value {
    let mut value = value;
    for step in path.split('.') {
        if step == "len" {
            return value.as_array().map_or(Value::Null, |items| items.len().into());
        }
        if step == "none" {
            return value.is_null().into();
        }
        let next = match step.parse::<usize>() {
            Ok(nth) => value.get(nth),
            Err(_) => value.get(step),
        };
        let Some(next) = next else { return Value::Null };
        value = next;
    }
    value.clone()
}

/// Exactly these articles, in any order.
fn because(case: &Case, answer: &Answer) -> Result<(), (Value, Value)> {
    let Some(expected) = &case.because else {
        return Ok(());
    };
    let mut expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    let mut found: Vec<&str> = answer.articles.iter().map(|cited| cited.article.as_str()).collect();
    expected.sort_unstable();
    found.sort_unstable();
    if expected == found { Ok(()) } else { Err((expected.into(), found.into())) }
}
