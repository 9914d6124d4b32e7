//! 保存期限: the numbers of MGT-13 to MGT-16 and MGT-20.

use jiff::civil::Date;
use tiezheng_rules::retention::{CaseTerm, HoldReason, Keeping};
use tiezheng_rules::shipped::{calendar, law};
use tiezheng_rules::vocab::Ground;
use tiezheng_rules::{Retention, RetentionFacts, Verdict, retention};

fn day(text: &str) -> Date {
    text.parse().expect("date")
}

fn ask(profile: &str, facts: &RetentionFacts) -> Verdict<Retention> {
    retention(&[law(profile).expect("profile")], facts, calendar())
}

#[track_caller]
fn check(profile: &str, recorded_on: &str, grounds: &[Ground], keep: Keeping, until: Option<&str>, articles: &[&str]) {
    let verdict = ask(profile, &RetentionFacts::of(day(recorded_on), grounds.iter().copied()));
    assert_eq!(verdict.verdict.keep, keep, "{profile} {grounds:?}");
    assert_eq!(verdict.verdict.until, until.map(day));
    let cited: Vec<&str> = verdict.articles.iter().map(|cited| cited.article.as_str()).collect();
    assert_eq!(cited, articles);
}

#[test]
fn floors_end_with_the_anniversary_day() {
    check("caofeidian-amr", "2025-11-20", &[], Keeping::Years, Some("2026-11-20"), &["第十七条"]);
    check("mingshan-hrss", "2025-11-20", &[], Keeping::Years, Some("2026-11-20"), &["第十六条"]);
    check("dalian-ftz", "2025-11-20", &[], Keeping::Years, Some("2027-11-20"), &["第十九条"]);
    check("zhongwei", "2025-11-20", &[], Keeping::Years, Some("2027-11-20"), &["第十五条"]);
    check("zhongwei", "2024-02-29", &[], Keeping::Years, Some("2026-03-01"), &["第十五条"]);
    let facts = RetentionFacts::of(day("2025-11-20"), []);
    assert_eq!(ask("caofeidian-amr", &facts).verdict.eligible_from, Some(day("2026-11-21")));
}

#[test]
fn fuzhou_knows_a_term_and_six_permanent_grounds() {
    let one = &["第十九条第（一）项"];
    check("fuzhou-urban", "2025-11-20", &[Ground::GuidanceOnly], Keeping::Years, Some("2027-11-20"), one);
    check("fuzhou-urban", "2025-11-20", &[], Keeping::Hold, None, &[]);
    check(
        "fuzhou-urban",
        "2025-11-20",
        &[Ground::GuidanceOnly, Ground::Complaint],
        Keeping::Forever,
        None,
        &["第十九条第（一）项", "第十九条第（三）项第4目"],
    );
    check(
        "fuzhou-urban",
        "2025-11-20",
        &[Ground::DecisionEvidence],
        Keeping::Forever,
        None,
        &["第十九条第（三）项第1目"],
    );
}

#[test]
fn zhongwei_keeps_ordinary_evidence_with_the_case_and_major_evidence_for_good() {
    check(
        "zhongwei",
        "2025-03-01",
        &[Ground::MajorCaseEvidence],
        Keeping::Forever,
        None,
        &["第十五条", "第十四条第二款", "第十五条第（一）项"],
    );
    check(
        "zhongwei",
        "2025-03-01",
        &[Ground::MassIncident],
        Keeping::Forever,
        None,
        &["第十五条", "第十五条第（三）项"],
    );
    check("zhongwei", "2025-03-01", &[Ground::SuddenIncident], Keeping::Years, Some("2027-03-01"), &["第十五条"]);
    let mut facts = RetentionFacts::of(day("2025-03-01"), [Ground::Evidence]);
    assert_eq!(ask("zhongwei", &facts).verdict.hold, Some(HoldReason::CaseTermMissing));
    facts.case_term = Some(CaseTerm::Until(day("2026-01-01")));
    assert_eq!(ask("zhongwei", &facts).verdict.until, Some(day("2027-03-01")));
    facts.case_term = Some(CaseTerm::Until(day("2035-01-01")));
    assert_eq!(ask("zhongwei", &facts).verdict.until, Some(day("2035-01-01")));
}

#[test]
fn a_case_term_never_undercuts_the_floor() {
    let mut facts = RetentionFacts::of(day("2025-11-20"), [Ground::Evidence]);
    facts.case_term = Some(CaseTerm::Until(day("2026-02-20")));
    assert_eq!(ask("caofeidian-amr", &facts).verdict.until, Some(day("2026-11-20")));
    facts.case_term = Some(CaseTerm::Permanent);
    assert_eq!(ask("caofeidian-amr", &facts).verdict.keep, Keeping::Forever);
    assert_eq!(ask("caofeidian-amr", &facts).verdict.until, None);
}

#[test]
fn dalian_keeps_abuse_long_term_on_disc() {
    let verdict = ask("dalian-ftz", &RetentionFacts::of(day("2025-11-20"), [Ground::Abuse])).verdict;
    assert_eq!((verdict.keep, verdict.until, verdict.disc), (Keeping::LongTerm, None, true));
}

#[test]
fn what_nobody_has_classified_is_held() {
    let mut facts = RetentionFacts::of(day("2025-11-20"), []);
    facts.classified = false;
    let verdict = ask("caofeidian-amr", &facts);
    assert_eq!(verdict.verdict.hold, Some(HoldReason::Unclassified));
    assert_eq!(verdict.verdict.floor, Some(day("2026-11-20")));
    assert!(verdict.default);
}

#[test]
fn an_expired_regulation_goes_on_protecting() {
    // Made while it was in force: its articles still bind, for good.
    check("zhongwei", "2025-06-01", &[], Keeping::Years, Some("2027-06-01"), &["第十五条"]);
    // Made afterwards, and before it: kept as practice, nothing cited as binding but the validity clause.
    check("zhongwei", "2026-06-01", &[], Keeping::Years, Some("2028-06-01"), &["第二十条"]);
    check("zhongwei", "2020-06-01", &[], Keeping::Years, Some("2022-06-01"), &[]);
}
