//! Every worked example of every regulation folder, through the same door as the command line.

use std::collections::BTreeSet;

use tiezheng_rules::shipped::{FOLDERS, calendar, resolutions, shipped};
use tiezheng_rules::vocab::Question;
use tiezheng_rules::{Law, run_cases};

#[test]
fn all_come_out_as_written() {
    let mut wrong = Vec::new();
    for (law, files) in shipped().iter().zip(FOLDERS) {
        wrong.extend(run_cases(&[law], law, calendar(), files));
    }
    let shown: Vec<String> = wrong
        .iter()
        .map(|fault| {
            let say = |name: &str| fault.params.get(name).cloned().unwrap_or_default();
            format!(
                "{}:{} {} [{}]: expected {} found {}",
                fault.file,
                fault.line,
                say("name"),
                say("what"),
                say("expected"),
                say("found")
            )
        })
        .collect();
    assert!(shown.is_empty(), "{} wrong:\n{}", shown.len(), shown.join("\n"));
}

fn cases(law: &Law) -> impl Iterator<Item = &tiezheng_rules::law::Case> {
    law.versions.iter().flat_map(|version| &version.cases)
}

#[test]
fn every_question_is_exampled_in_every_regulation() {
    for law in shipped() {
        let asked: BTreeSet<&str> = cases(law).map(|case| case.ask.as_str()).collect();
        let missing: Vec<&str> =
            Question::ALL.iter().map(|question| question.code()).filter(|code| !asked.contains(code)).collect();
        assert!(missing.is_empty(), "{}: no example for {missing:?}", law.id);
    }
}

#[test]
fn every_ambiguity_has_a_reading_and_an_example_or_a_room() {
    let exampled: BTreeSet<&str> =
        shipped().iter().flat_map(cases).flat_map(|case| &case.trap).map(String::as_str).collect();
    for number in 1..=72 {
        let id = format!("T-{number:02}");
        let resolution = resolutions().iter().find(|resolution| resolution.id == id);
        let resolution = resolution.unwrap_or_else(|| panic!("{id} has no resolution"));
        assert!(
            exampled.contains(id.as_str()) || resolution.elsewhere.is_some(),
            "{id} has neither a worked example nor a place that answers it"
        );
    }
}
