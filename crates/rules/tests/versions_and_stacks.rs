//! 版本与叠加: which text governs a day, and what several texts at once say (VAL-01 to VAL-08).

use jiff::civil::Date;
use serde_json::json;
use tiezheng_rules::law::{Adoption, Confirmation, Force, Setting};
use tiezheng_rules::shipped::{calendar, law, shipped};
use tiezheng_rules::skeleton::skeleton;
use tiezheng_rules::vocab::{Nature, Question};
use tiezheng_rules::{Law, diff, explain, notification, stack, validity};

fn day(text: &str) -> Date {
    text.parse().expect("date")
}

#[test]
fn the_five_on_the_day_of_writing() {
    let table: Vec<String> = shipped()
        .iter()
        .map(|law| {
            let state = validity(law, day("2026-11-20")).verdict.expect("a state");
            format!(
                "{} {} {}",
                law.id,
                state.state.code(),
                state.lapsed_since.map_or(String::new(), |day| day.to_string())
            )
        })
        .collect();
    assert_eq!(
        table,
        [
            "caofeidian-amr in_force_unconfirmed ",
            "mingshan-hrss in_force_unconfirmed ",
            "fuzhou-urban in_force_unconfirmed ",
            "dalian-ftz in_force_unconfirmed ",
            "zhongwei expired 2026-05-07",
        ]
    );
}

#[test]
fn zhongwei_lapses_at_midnight() {
    let zhongwei = law("zhongwei").expect("law");
    let force = |text: &str| zhongwei.on(day(text)).expect("governed").force;
    assert_eq!(force("2021-05-05"), Force::Before);
    assert_eq!(force("2021-05-06"), Force::InForce);
    assert_eq!(force("2026-05-06"), Force::InForce);
    assert_eq!(force("2026-05-07"), Force::Lapsed);
}

#[test]
fn a_text_in_force_from_publication_is_before_its_publication_not_in_force() {
    let published = Adoption { published_on: Some(day("2018-06-01")), ..Adoption::default() };
    let law = law("mingshan-hrss").expect("law").clone().adopted(published).expect("adopted");
    assert_eq!(law.on(day("2018-05-31")).expect("governed").force, Force::Before);
    assert_eq!(law.on(day("2018-06-01")).expect("governed").force, Force::Unconfirmed);
}

#[test]
fn trial_and_interim_are_shown() {
    let nature = |id: &str| law(id).expect("law").versions[0].rules.nature;
    assert_eq!(nature("dalian-ftz"), Nature::Trial);
    assert_eq!(nature("mingshan-hrss"), Nature::Interim);
}

#[test]
fn a_confirmation_lasts_a_year() {
    let confirmed = Adoption {
        confirmations: vec![Confirmation { on: day("2026-01-10"), by: "法制科".to_owned() }],
        ..Adoption::default()
    };
    let law = law("dalian-ftz").expect("law").clone().adopted(confirmed).expect("adopted");
    let force = |text: &str| law.on(day(text)).expect("governed").force;
    assert_eq!(force("2026-01-09"), Force::Unconfirmed);
    assert_eq!(force("2026-01-10"), Force::InForce);
    assert_eq!(force("2027-01-09"), Force::InForce);
    assert_eq!(force("2027-01-10"), Force::Unconfirmed);
}

#[test]
fn settings_need_a_decision_a_key_and_a_right_value() {
    let refused = |key: &str, value: serde_json::Value, decision: &str| {
        let setting = Setting { value, decision_no: decision.to_owned() };
        let adoption = Adoption { settings: [(key.to_owned(), setting)].into(), ..Adoption::default() };
        let faults = law("fuzhou-urban").expect("law").clone().adopted(adoption).err();
        faults.map(|faults| faults[0].code.clone())
    };
    assert_eq!(refused("upload.clock_start", json!("activity_end"), "5号"), None);
    assert_eq!(refused("upload.clock_start", json!("activity_end"), " ").as_deref(), Some("setting_without_decision"));
    assert_eq!(refused("upload.clock", json!("activity_end"), "5号").as_deref(), Some("unknown_setting"));
    assert_eq!(refused("upload.clock_start", json!("noon"), "5号").as_deref(), Some("unknown_word"));
    assert_eq!(refused("disposal.enabled", json!("yes"), "5号").as_deref(), Some("wrong_type"));
}

#[test]
fn an_overlay_stacks_on_its_base_and_the_strictest_wins() {
    let mut files = skeleton("traffic");
    files[0].1 = files[0]
        .1
        .replace("# base = \"zhongwei\"", "base = \"zhongwei\"")
        .replace("hours = 24", "hours = 12")
        .replace("keep = { years = 1 }", "keep = { years = 3 }");
    let texts: Vec<(&str, &str)> = files
        .iter()
        .filter(|(path, _)| !path.ends_with("cases.toml"))
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let mut laws: Vec<Law> = shipped().to_vec();
    laws.push(Law::parse(&texts).expect("overlay"));
    let both = stack(&laws, "traffic").expect("stack");
    assert_eq!(both.iter().map(|law| law.id.as_str()).collect::<Vec<_>>(), ["zhongwei", "traffic"]);
    let ask = |question, facts| explain(question, &both, facts, calendar()).expect("answer");
    let due = ask(Question::UploadDeadline, json!({ "recorded_to": "2026-03-01T10:00:00+08:00" }));
    assert_eq!(due.verdict["due"], "2026-03-01T22:00:00+08:00");
    let kept = ask(Question::Retention, json!({ "recorded_on": "2026-03-01" }));
    assert_eq!(kept.verdict["until"], "2029-03-01");
    let cited: Vec<String> = kept.articles.iter().map(|cited| format!("{} {}", cited.profile, cited.article)).collect();
    assert_eq!(cited, ["zhongwei 第十五条", "traffic 第三条"]);
    let view = ask(Question::Approver, json!({ "on": "2026-03-01", "act": "view", "configured": "department_head" }));
    assert_eq!(view.verdict["state"], "needed");
    assert_eq!(view.verdict["also"], json!(["unit_head"]));
    assert_eq!(stack(&laws, "nobody").expect_err("unknown").code, "unknown_profile");
}

#[test]
fn two_regulations_at_once_show_both_phrases() {
    let laws = [law("caofeidian-amr").expect("law"), law("dalian-ftz").expect("law")];
    let told = notification(&laws, day("2026-11-20"));
    assert!(told.verdict.phrase.expect("phrase").ends_with("本次执法过程录音录像"));
    assert_eq!(told.articles.len(), 2);
    let laws = [law("caofeidian-amr").expect("law"), law("fuzhou-urban").expect("law")];
    assert_eq!(notification(&laws, day("2026-11-20")).verdict.also.len(), 1);
}

#[test]
fn differences_are_named_by_what_they_are_about() {
    let version = |id: &str| &law(id).expect("law").versions[0];
    assert_eq!(diff(version("zhongwei"), version("zhongwei")), []);
    let changed = diff(version("mingshan-hrss"), version("dalian-ftz"));
    let floor = changed.iter().find(|changed| changed.path == "retention[any].keep.years").expect("the floor");
    assert_eq!((floor.before.clone(), floor.after.clone()), (Some(json!(1)), Some(json!(2))));
    assert!(changed.iter().any(|changed| changed.path == "upload.within.hours" && changed.after.is_none()));
}

#[test]
fn facts_are_read_strictly() {
    let zhongwei = law("zhongwei").expect("law");
    let code =
        |question, facts| explain(question, &[zhongwei], facts, calendar()).err().map(|faults| faults[0].code.clone());
    assert_eq!(code(Question::Retention, json!({})).as_deref(), Some("missing_key"));
    assert_eq!(code(Question::Retention, json!({ "recorded_on": "yesterday" })).as_deref(), Some("time"));
    assert_eq!(
        code(Question::Retention, json!({ "recorded_on": "2025-11-20", "grounds": ["war"] })).as_deref(),
        Some("unknown_word")
    );
    assert_eq!(code(Question::Validity, json!({ "on": "2025-11-20", "x": 1 })).as_deref(), Some("unknown_key"));
    assert_eq!(
        code(Question::Sampling, json!({ "on": "2025-11-20", "population": -1 })).as_deref(),
        Some("wrong_type")
    );
    assert_eq!(code(Question::Retention, json!([])).as_deref(), Some("wrong_type"));
    assert_eq!(code(Question::Retention, json!({ "recorded_on": "2025-11-20T23:30:00+00:00" })), None);
}

#[test]
fn a_mistake_in_a_fact_sheet_is_placed() {
    let text = "recorded_on = \"2025-11-20\"\nclasified = false\n";
    let facts = tiezheng_rules::explain::facts_from_toml("f.toml", text).expect("toml");
    let zhongwei = law("zhongwei").expect("law");
    let faults = explain(Question::Retention, &[zhongwei], facts, calendar()).expect_err("a slip");
    let fault = faults[0].clone().located("f.toml", text);
    assert_eq!((fault.file.as_str(), fault.line, fault.column), ("f.toml", 2, 1));
    assert_eq!(fault.params["nearest"], "classified");
    let faults = tiezheng_rules::explain::facts_from_json("f.json", "{\n  \"on\": }").expect_err("syntax");
    assert_eq!((faults[0].code.as_str(), faults[0].line), ("syntax", 2));
    let sheet = tiezheng_rules::explain::facts_from_toml("f.toml", "on = 2026-11-20").expect("a TOML date");
    assert_eq!(sheet, json!({ "on": "2026-11-20" }));
}

/// 附件: content of a document makes a version from its day on; without content only the document is marked.
#[test]
fn a_supplied_annex_is_a_version_of_its_own() {
    use tiezheng_rules::law::Annex;
    use tiezheng_rules::{ObligationFacts, obligation};
    let fuzhou = law("fuzhou-urban").expect("shipped");
    let list = "福州市城市管理委员会行政执法音像记录清单";
    let annex = |document: &str, from: &str, lines: &[&str]| Annex {
        document: document.to_owned(),
        from: day(from),
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
    };
    let adopted =
        |annexes: Vec<Annex>| fuzhou.clone().adopted(Adoption { annexes, ..Adoption::default() }).expect("adopted");
    let fifth = |law: &Law, on: &str| {
        let facts: ObligationFacts = serde_json::from_value(
            serde_json::json!({"on": format!("{on}T10:00:00+08:00"), "occasions": ["inspection"]}),
        )
        .expect("facts");
        let focus = obligation(&[law], &facts).verdict.focus;
        assert_eq!(focus.len(), 5);
        (focus[4].lines.len(), focus[4].missing.is_none(), focus[4].cited[0].version.clone())
    };
    assert_eq!(fifth(fuzhou, "2026-11-20"), (0, false, "1".into()));
    let law = adopted(vec![annex(list, "2026-11-01", &["a", "b"]), annex(list, "2026-12-01", &["c"])]);
    for (on, lines, version) in [
        ("2026-10-31", 0, "1"),
        ("2026-11-01", 2, "1+2026-11-01"),
        ("2026-11-30", 2, "1+2026-11-01"),
        ("2026-12-01", 1, "1+2026-12-01"),
    ] {
        assert_eq!(fifth(&law, on), (lines, lines > 0, version.into()), "{on}");
    }
    assert!(law.overlap().is_none() && fuzhou.waits_for(list) && !fuzhou.waits_for("x"));
    let standard = "市级行政事业单位通用办公设备配置标准";
    let kept = adopted(vec![annex(standard, "2026-11-01", &[])]);
    assert_eq!(kept.versions.len(), 1);
    let missing = |law: &Law| validity(law, day("2026-11-20")).verdict.expect("state").documents_missing.len();
    assert_eq!((missing(fuzhou), missing(&kept), missing(&law)), (5, 4, 4));
    // Content of several documents on one day is one version.
    let both = adopted(vec![annex(list, "2026-11-01", &["a"]), annex(list, "2026-11-01", &["b", "c"])]);
    assert_eq!((both.versions.len(), fifth(&both, "2026-11-02").0), (2, 2));
}

/// What carries an expired text on ends with its own last day.
#[test]
fn a_continuation_has_a_last_day() {
    use tiezheng_rules::law::{Continuation, ContinuationKind};
    let continuation = Continuation {
        kind: ContinuationKind::Extension,
        document: "d".into(),
        from: day("2026-11-01"),
        recorded_on: day("2026-10-20"),
        until: Some(day("2027-10-31")),
        retroactive: false,
        approver: None,
    };
    let adoption = Adoption { continuations: vec![continuation], ..Adoption::default() };
    let law = self::law("zhongwei").expect("shipped").clone().adopted(adoption).expect("adopted");
    for (on, force) in
        [("2026-10-31", "lapsed"), ("2026-11-01", "extended"), ("2027-10-31", "extended"), ("2027-11-01", "lapsed")]
    {
        assert_eq!(law.on(day(on)).expect("a version").force.code(), force, "{on}");
    }
}
