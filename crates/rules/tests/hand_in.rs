//! 移交期限: the numbers of MGT-03 to MGT-06 and what hostile or odd facts do to them.

use tiezheng_rules::shipped::{calendar, law};
use tiezheng_rules::time::{When, shanghai_text};
use tiezheng_rules::upload::{BreachKind, ExtensionState, UploadState};
use tiezheng_rules::vocab::Circumstance;
use tiezheng_rules::{UploadFacts, upload_deadline, upload_status};

fn at(text: &str) -> i64 {
    serde_json::from_value::<When>(text.into()).expect("time").0
}

fn facts(ended: &str) -> UploadFacts {
    UploadFacts::ended(at(ended))
}

#[track_caller]
fn check(profile: &str, facts: &UploadFacts, due: &str, extension: ExtensionState, articles: &[&str]) {
    let law = law(profile).expect("profile");
    let verdict = upload_deadline(&[law], facts, calendar());
    let deadline = verdict.verdict.expect("a deadline");
    assert_eq!(shanghai_text(deadline.due_ms), due);
    assert_eq!(deadline.extension, extension);
    let cited: Vec<&str> = verdict.articles.iter().map(|cited| cited.article.as_str()).collect();
    assert_eq!(cited, articles);
}

#[test]
fn limits_are_inclusive() {
    let law = law("caofeidian-amr").expect("profile");
    let state = |received: &str| {
        let facts = facts("2026-11-20T10:00:00+08:00");
        let status = upload_status(&[law], &facts, calendar(), Some(at(received)), i64::MAX).verdict;
        (status.state, status.late_by_ms, status.breach)
    };
    assert_eq!(state("2026-11-21T10:00:00+08:00"), (UploadState::OnTime, 0, None));
    assert_eq!(state("2026-11-21T10:00:01+08:00"), (UploadState::Late, 1000, Some(BreachKind::Suspected)));
}

#[test]
fn zhongwei_counts_from_the_end_of_the_activity_and_lapses_the_day_after() {
    let ended = Some(When(at("2026-05-06T11:30:00+08:00")));
    for file in ["2026-05-06T09:00:00+08:00", "2026-05-06T11:00:00+08:00"] {
        let facts = UploadFacts { activity_ended: ended, ..facts(file) };
        check("zhongwei", &facts, "2026-05-07T11:30:00+08:00", ExtensionState::None, &["第十四条第一款"]);
    }
    let facts = facts("2026-11-20T10:00:00+08:00");
    check("zhongwei", &facts, "2026-11-21T10:00:00+08:00", ExtensionState::None, &["第二十条"]);
    let law = law("zhongwei").expect("profile");
    let status = upload_status(&[law], &facts, calendar(), None, at("2026-11-22T10:00:00+08:00"));
    assert_eq!(status.verdict.breach, Some(BreachKind::InternalDeviation));
    assert!(status.default);
    assert_eq!(status.reference[0].article, "第十四条第一款");
}

#[test]
fn mingshan_extends_from_the_return() {
    let plain = facts("2026-11-20T18:00:00+08:00");
    check("mingshan-hrss", &plain, "2026-11-21T18:00:00+08:00", ExtensionState::None, &["第十五条"]);
    let remote = UploadFacts {
        circumstance: Some(Circumstance::RemoteArea),
        returned_at: Some(When(at("2026-11-22T09:30:00+08:00"))),
        ..plain.clone()
    };
    check("mingshan-hrss", &remote, "2026-11-23T09:30:00+08:00", ExtensionState::Granted, &["第十五条"]);
    let declared_late = UploadFacts { declared_at: Some(When(at("2026-11-21T18:00:01+08:00"))), ..remote.clone() };
    check("mingshan-hrss", &declared_late, "2026-11-21T18:00:00+08:00", ExtensionState::TooLate, &["第十五条"]);
    let no_return = UploadFacts { returned_at: None, ..remote.clone() };
    check("mingshan-hrss", &no_return, "2026-11-21T18:00:00+08:00", ExtensionState::ReturnMissing, &["第十五条"]);
    let expected = UploadFacts { expected_return: Some(When(at("2026-11-22T12:00:00+08:00"))), ..no_return };
    check("mingshan-hrss", &expected, "2026-11-23T12:00:00+08:00", ExtensionState::AwaitingReturn, &["第十五条"]);
    let special = UploadFacts { circumstance: Some(Circumstance::Special), ..remote };
    check("mingshan-hrss", &special, "2026-11-21T18:00:00+08:00", ExtensionState::CircumstanceNotNamed, &["第十五条"]);
}

#[test]
fn fuzhou_extends_by_two_working_days_with_consent_in_time() {
    let base = facts("2026-11-20T16:00:00+08:00");
    let consent = |text: &str| Some(When(at(text)));
    let check = |facts: &UploadFacts, due, state| check("fuzhou-urban", facts, due, state, &["第十七条"]);
    let special = Some(Circumstance::Special);
    let consented = UploadFacts { consent_at: consent("2026-11-20T18:00:00+08:00"), ..base.clone() };
    check(&consented, "2026-11-21T16:00:00+08:00", ExtensionState::CircumstanceNotNamed);
    let granted = UploadFacts { circumstance: special, ..consented };
    check(&granted, "2026-11-25T00:00:00+08:00", ExtensionState::Granted);
    let conflict = UploadFacts { conflict: true, ..granted.clone() };
    check(&conflict, "2026-11-21T16:00:00+08:00", ExtensionState::Excluded);
    let sudden = UploadFacts { sudden_incident: true, ..granted.clone() };
    check(&sudden, "2026-11-21T16:00:00+08:00", ExtensionState::Excluded);
    let late = UploadFacts { circumstance: special, consent_at: consent("2026-11-21T16:00:01+08:00"), ..base.clone() };
    check(&late, "2026-11-21T16:00:00+08:00", ExtensionState::TooLate);
    // Across National Day 2026: off 1 to 7 October, worked on Saturday the 10th.
    let national = UploadFacts {
        circumstance: special,
        consent_at: consent("2026-09-30T17:00:00+08:00"),
        ..facts("2026-09-30T16:00:00+08:00")
    };
    check(&national, "2026-10-10T00:00:00+08:00", ExtensionState::Granted);
    let make_up = UploadFacts {
        circumstance: special,
        consent_at: consent("2026-10-09T17:00:00+08:00"),
        ..facts("2026-10-09T16:00:00+08:00")
    };
    check(&make_up, "2026-10-13T00:00:00+08:00", ExtensionState::Granted);
}

#[test]
fn dalian_asks_for_the_same_day() {
    let check = |facts: &UploadFacts, due, state| check("dalian-ftz", facts, due, state, &["第十八条第一款"]);
    check(&facts("2026-11-20T17:30:00+08:00"), "2026-11-21T00:00:00+08:00", ExtensionState::None);
    check(&facts("2026-11-20T23:30:00+08:00"), "2026-11-21T01:30:00+08:00", ExtensionState::None);
    let special = UploadFacts {
        circumstance: Some(Circumstance::Special),
        described: true,
        returned_at: Some(When(at("2026-11-21T08:00:00+08:00"))),
        ..facts("2026-11-20T17:30:00+08:00")
    };
    let unsaid = UploadFacts { described: false, ..special.clone() };
    check(&unsaid, "2026-11-21T00:00:00+08:00", ExtensionState::Undescribed);
    check(&special, "2026-11-22T08:00:00+08:00", ExtensionState::Granted);
}

#[test]
fn a_year_without_calendar_is_said_so() {
    let law = law("fuzhou-urban").expect("profile");
    let facts = UploadFacts {
        circumstance: Some(Circumstance::Special),
        consent_at: Some(When(at("2027-03-05T17:00:00+08:00"))),
        ..facts("2027-03-05T16:00:00+08:00")
    };
    let verdict = upload_deadline(&[law], &facts, calendar());
    assert_eq!(shanghai_text(verdict.verdict.expect("due").due_ms), "2027-03-10T00:00:00+08:00");
    assert!(verdict.default);
    assert!(verdict.notes.iter().any(|note| note.code == "calendar_missing"));
}

#[test]
fn an_extension_nobody_provides_is_refused() {
    let asked = UploadFacts { circumstance: Some(Circumstance::RemoteArea), ..facts("2026-11-20T10:00:00+08:00") };
    check("caofeidian-amr", &asked, "2026-11-21T10:00:00+08:00", ExtensionState::NotProvided, &["第十二条"]);
}

#[test]
fn of_several_regulations_the_earliest_deadline_binds_and_all_are_cited() {
    let laws = [law("caofeidian-amr").expect("law"), law("dalian-ftz").expect("law")];
    let verdict = upload_deadline(&laws, &facts("2026-11-20T17:30:00+08:00"), calendar());
    assert_eq!(shanghai_text(verdict.verdict.expect("due").due_ms), "2026-11-21T00:00:00+08:00");
    assert_eq!(verdict.articles.len(), 2);
}
