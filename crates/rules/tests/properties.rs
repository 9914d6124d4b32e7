//! What holds for every fact sheet: more grounds never shorten a term, no deadline precedes its start,
//! no verdict without an article or an explicit "none", a new version never changes an older verdict.

use std::sync::LazyLock;

use jiff::civil::Date;
use proptest::prelude::*;
use serde_json::{Value, json};
use tiezheng_rules::law::Force;
use tiezheng_rules::retention::{CaseTerm, KeepUntil, Keeping};
use tiezheng_rules::shipped::{FOLDERS, calendar, shipped};
use tiezheng_rules::time::{When, plus_days};
use tiezheng_rules::vocab::{Circumstance, Ground, Question};
use tiezheng_rules::{Law, Retention, RetentionFacts, UploadFacts, explain, retention, upload_deadline};

fn day() -> impl Strategy<Value = Date> {
    (0_i64..4_000).prop_map(|days| plus_days(Date::constant(2019, 6, 1), days))
}

fn grounds() -> impl Strategy<Value = Vec<Ground>> {
    prop::sample::subsequence(Ground::ALL, 0..=Ground::ALL.len())
}

fn instant() -> impl Strategy<Value = i64> {
    1_559_000_000_000_i64..1_900_000_000_000
}

fn law() -> impl Strategy<Value = &'static Law> {
    prop::sample::select(shipped().iter().collect::<Vec<_>>())
}

/// The length of a verdict's term, for comparison.
fn length(answer: &Retention) -> KeepUntil {
    match (answer.keep, answer.until) {
        (_, Some(day)) => KeepUntil::Day(day),
        (Keeping::Forever, _) => KeepUntil::Forever,
        (Keeping::LongTerm, _) => KeepUntil::LongTerm,
        _ => KeepUntil::Hold,
    }
}

fn upload_facts() -> impl Strategy<Value = UploadFacts> {
    let maybe = || prop::option::of(instant().prop_map(When));
    let circumstance = prop::option::of(prop::sample::select(Circumstance::ALL));
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    (instant(), maybe(), maybe(), circumstance, (maybe(), maybe(), maybe(), maybe()), flags).prop_map(
        |(to, activity_ended, day_ended, circumstance, times, flags)| UploadFacts {
            activity_ended,
            day_ended,
            circumstance,
            could_not_hand_in: flags.0,
            declared_at: times.0,
            expected_return: times.1,
            returned_at: times.2,
            consent_at: times.3,
            conflict: flags.1,
            sudden_incident: flags.2,
            ..UploadFacts::ended(to)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn more_grounds_never_shorten_a_term(law in law(), on in day(), few in grounds(), more in grounds()) {
        let mut facts = RetentionFacts::of(on, few);
        facts.case_term = Some(CaseTerm::Until(plus_days(on, 900)));
        let before = retention(&[law], &facts, calendar()).verdict;
        facts.grounds.extend(more);
        let after = retention(&[law], &facts, calendar()).verdict;
        // A hold for want of any rule ends when the recording is classified: it was never a term.
        prop_assert!(before.keep == Keeping::Hold || length(&after) >= length(&before));
        prop_assert!(after.floor >= before.floor);
        prop_assert!(after.reasons.len() >= before.reasons.len());
    }

    #[test]
    fn several_regulations_keep_at_least_as_long_as_each(on in day(), grounds in grounds()) {
        let mut facts = RetentionFacts::of(on, grounds);
        facts.case_term = Some(CaseTerm::Until(plus_days(on, 900)));
        let stack: Vec<&Law> = shipped().iter().collect();
        let all = retention(&stack, &facts, calendar()).verdict;
        for law in shipped() {
            let one = retention(&[law], &facts, calendar()).verdict;
            prop_assert!(one.keep == Keeping::Hold || length(&all) >= length(&one));
        }
    }

    #[test]
    fn a_floor_never_ends_before_the_recording(law in law(), on in day(), grounds in grounds()) {
        let answer = retention(&[law], &RetentionFacts::of(on, grounds), calendar()).verdict;
        prop_assert!(answer.until.is_none_or(|until| until > on));
        prop_assert!(answer.eligible_from.is_none_or(|from| Some(from) > answer.until));
    }

    #[test]
    fn a_deadline_never_precedes_its_start(law in law(), facts in upload_facts()) {
        let verdict = upload_deadline(&[law], &facts, calendar());
        let before = law.on(facts.acted_at().day()).is_some_and(|applied| applied.force == Force::Before);
        prop_assert_eq!(verdict.verdict.is_none(), before, "all five know a deadline, and none before it began (VAL-06)");
        let Some(deadline) = verdict.verdict else { return Ok(()) };
        prop_assert!(deadline.due_ms > deadline.clock_start_ms);
        prop_assert!(deadline.due_ms > facts.recorded_to.0);
        prop_assert!(deadline.due_ms >= deadline.base_due_ms);
        prop_assert!(!verdict.articles.is_empty() || verdict.no_article.is_some());
    }

    #[test]
    fn the_earliest_of_several_deadlines_binds(facts in upload_facts()) {
        let stack: Vec<&Law> = shipped().iter().collect();
        let all = upload_deadline(&stack, &facts, calendar()).verdict.expect("deadline");
        for law in shipped() {
            let one = upload_deadline(&[law], &facts, calendar()).verdict;
            prop_assert!(one.is_none_or(|one| all.due_ms <= one.due_ms));
        }
    }

    #[test]
    fn a_new_version_changes_nothing_dated_before_it(nth in 0..5_usize, on in day(), grounds in grounds(), facts in upload_facts()) {
        let begins = Date::constant(2027, 3, 1);
        let (old, new) = (&shipped()[nth], &SUCCESSORS[nth]);
        prop_assume!(on < begins && facts.acted_at().day() < begins);
        let asked = RetentionFacts::of(on, grounds);
        prop_assert_eq!(retention(&[old], &asked, calendar()), retention(&[new], &asked, calendar()));
        prop_assert_eq!(upload_deadline(&[old], &facts, calendar()), upload_deadline(&[new], &facts, calendar()));
    }

    #[test]
    fn any_numbers_are_survived(law in law(), a in any::<i64>(), b in any::<i64>(), c in any::<i64>()) {
        let facts = json!({ "recorded_to": a, "activity_ended": b, "returned_at": c, "consent_at": b, "circumstance": "remote_area", "received_at": c, "now": a });
        prop_assert!(explain(Question::UploadDeadline, &[law], facts, calendar()).is_ok());
    }

    #[test]
    fn any_text_is_a_folder_or_a_list_of_mistakes(text in "\\PC{0,200}") {
        prop_assert!(Law::parse(&[("rules.toml", &text), ("articles.toml", &text)]).is_err());
    }
}

static SUCCESSORS: LazyLock<Vec<Law>> =
    LazyLock::new(|| (0..5).map(|nth| successor(nth, Date::constant(2027, 3, 1))).collect());

/// The same regulation with a second version from a day on, twice as strict.
fn successor(nth: usize, begins: Date) -> Law {
    let files = FOLDERS[nth];
    let mut all: Vec<(String, String)> =
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    for (path, text) in files.iter().filter(|(path, _)| !path.ends_with("cases.toml")) {
        let text = match path.ends_with("rules.toml") {
            true => later(text, begins),
            false => (*text).to_owned(),
        };
        let (folder, name) = path.split_once('/').expect("folder");
        all.push((format!("{folder}/2/{name}"), text));
    }
    let files: Vec<(&str, &str)> = all.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    Law::parse(&files).expect("a successor loads")
}

fn later(text: &str, begins: Date) -> String {
    let kept = text.lines().filter(|line| {
        !["version =", "in_force_on =", "in_force_source =", "expires_on ="].iter().any(|key| line.starts_with(key))
    });
    let rest: Vec<&str> = kept.collect();
    format!("version = \"2\"\nin_force_on = \"{begins}\"\nin_force_source = \"stated\"\n{}", rest.join("\n"))
        .replace("hours = 24", "hours = 12")
        .replace("{ years = 1 }", "{ years = 4 }")
        .replace("{ years = 2 }", "{ years = 4 }")
}

#[test]
fn a_successor_governs_from_its_first_day() {
    let begins = Date::constant(2027, 3, 1);
    for (nth, old) in shipped().iter().enumerate() {
        let new = successor(nth, begins);
        let version = |day: Date| new.on(day).expect("governed").version.rules.version.clone();
        assert_eq!(version(plus_days(begins, -1)), "1", "{}", old.id);
        assert_eq!(version(begins), "2", "{}", old.id);
        let asked = RetentionFacts::of(begins, [Ground::GuidanceOnly]);
        assert_eq!(
            retention(&[&new], &asked, calendar()).verdict.until,
            Some(Date::constant(2031, 3, 1)),
            "{}",
            old.id
        );
    }
}

#[test]
fn no_verdict_without_an_article_or_a_word_why() {
    let on = "2025-11-20";
    let facts = |question: Question| -> Value {
        match question {
            Question::UploadDeadline => json!({ "recorded_to": on }),
            Question::Retention => json!({ "recorded_on": on }),
            Question::Disposal => json!({ "on": on, "recorded_on": "2020-01-01" }),
            Question::Approver => json!({ "on": on, "act": "publication" }),
            Question::ServiceLife => {
                json!({ "kind": "camcorder", "in_use_since": "2020-01-01", "on": on })
            }
            Question::Provisioning => json!({ "on": on, "classes": ["office"] }),
            Question::Obligation => json!({ "on": on, "occasions": ["petition"] }),
            Question::Accountability => json!({ "on": on, "violation": "lending" }),
            _ => json!({ "on": on }),
        }
    };
    for law in shipped() {
        for question in Question::ALL.iter().copied() {
            for year in ["2018", "2025", "2026-12"] {
                let text = facts(question)
                    .to_string()
                    .replace("2025-11", &if year.len() > 4 { year.to_owned() } else { format!("{year}-11") });
                let facts = serde_json::from_str(&text).expect("facts");
                let answer = explain(question, &[law], facts, calendar()).expect("an answer");
                let version = &law.versions[0];
                assert_eq!(answer.articles.is_empty(), answer.no_article.is_some(), "{} {question:?}", law.id);
                for cited in answer.articles.iter().chain(&answer.reference) {
                    let exists = version.articles.iter().any(|article| article.cite == cited.article);
                    assert!(exists && !cited.no.is_empty(), "{cited:?}");
                }
            }
        }
    }
}
