//! Every reading that is offered can be taken, touches provisions that exist, and changes nothing but its own setting.

use std::collections::BTreeMap;

use tiezheng_rules::law::{Adoption, Setting};
use tiezheng_rules::resolutions::Resolution;
use tiezheng_rules::shipped::{resolutions, shipped};
use tiezheng_rules::{Law, Question, explain, shipped as data};

/// Everything a resolution offers a regulation.
fn offered(found: &Resolution) -> Vec<String> {
    match found.number {
        Some([least, most]) => (least..=most).map(|n| n.to_string()).collect(),
        None => found.choices.clone(),
    }
}

fn read_as(law: &Law, key: &str, value: &serde_json::Value) -> Law {
    let setting = Setting { value: value.clone(), decision_no: "8号".into() };
    let adoption = Adoption { settings: BTreeMap::from([(key.to_owned(), setting)]), ..Adoption::default() };
    law.clone().adopted(adoption).unwrap_or_else(|faults| panic!("{} {key} {value}: {faults:?}", law.id))
}

#[test]
fn every_offered_reading_is_one_the_defaults_take() {
    let mut taken = 0;
    for law in shipped() {
        for found in resolutions().iter().filter(|found| found.concerns(&law.id)) {
            for reading in offered(found) {
                let Ok((key, value)) = found.reading(&law.versions[0].rules, &reading) else { continue };
                let adopted = read_as(law, key, &value);
                let shown = serde_json::to_value(&adopted.defaults).expect("defaults");
                let (group, field) = key.split_once('.').expect("dotted");
                assert_eq!(shown[group][field], value, "{} {}", law.id, found.id);
                taken += 1;
            }
        }
    }
    assert!(taken > 100, "{taken}");
}

#[test]
fn what_is_not_offered_is_refused() {
    let code = |profile: &str, id: &str, reading: &str| {
        let law = data::law(profile).expect("shipped");
        let found = resolutions().iter().find(|found| found.id == id).expect("resolution");
        found.reading(&law.versions[0].rules, reading).map(|_| ()).map_err(|fault| fault.code)
    };
    for (profile, id, reading, expected) in [
        ("caofeidian-amr", "T-05", "cap", Ok(())),
        ("caofeidian-amr", "T-05", "ceiling", Err("reading_not_offered")),
        ("caofeidian-amr", "T-01", "renumber", Err("resolution_without_choice")),
        ("fuzhou-urban", "T-13", "activity_end", Ok(())),
        ("fuzhou-urban", "T-13", "day_end", Err("reading_not_offered")),
        ("zhongwei", "T-13", "recording_end", Err("resolution_without_choice")),
        ("dalian-ftz", "T-14", "4", Ok(())),
        ("dalian-ftz", "T-14", "25", Err("reading_not_offered")),
        ("dalian-ftz", "T-14", "-1", Err("reading_not_offered")),
        ("dalian-ftz", "T-14", "two", Err("reading_not_offered")),
        ("dalian-ftz", "T-53", "1", Ok(())),
        ("dalian-ftz", "T-53", "3", Err("reading_not_offered")),
        ("fuzhou-urban", "T-19", "true", Ok(())),
        ("fuzhou-urban", "T-19", "", Err("reading_not_offered")),
    ] {
        assert_eq!(code(profile, id, reading), expected.map_err(str::to_owned), "{profile} {id} {reading}");
    }
}

#[test]
fn a_reading_changes_the_verdict_that_rests_on_it() {
    let ask = |law: &Law, question, facts| explain(question, &[law], facts, data::calendar()).expect("answer").verdict;
    let fuzhou = data::law("fuzhou-urban").expect("shipped");
    let facts = serde_json::json!({
        "recorded_to": "2026-11-10T10:00:00+08:00", "activity_ended": "2026-11-10T12:00:00+08:00",
    });
    let due = |law: &Law| ask(law, Question::UploadDeadline, facts.clone())["due"].clone();
    assert_eq!(due(fuzhou), "2026-11-11T10:00:00+08:00");
    assert_eq!(due(&read_as(fuzhou, "upload.clock_start", &"activity_end".into())), "2026-11-11T12:00:00+08:00");
    let dalian = data::law("dalian-ftz").expect("shipped");
    let facts = serde_json::json!({"recorded_to": "2026-11-10T23:00:00+08:00"});
    let due = |law: &Law| ask(law, Question::UploadDeadline, facts.clone())["due"].clone();
    assert_eq!(due(dalian), "2026-11-11T01:00:00+08:00");
    assert_eq!(due(&read_as(dalian, "upload.first_moment_min_hours", &4.into())), "2026-11-11T03:00:00+08:00");
}

#[test]
fn every_provision_a_resolution_touches_exists() {
    let mut touched = 0;
    for found in resolutions() {
        for (profile, numbers) in &found.articles {
            let law = data::law(profile).unwrap_or_else(|| panic!("{} {profile}", found.id));
            for number in numbers {
                let one =
                    Resolution { articles: BTreeMap::from([(profile.clone(), vec![number.clone()])]), ..found.clone() };
                let here = law.versions[0].articles.iter().filter(|article| one.touches(profile, &article.no)).count();
                assert!(here > 0, "{} {profile} {number}", found.id);
                touched += here;
            }
        }
    }
    assert!(touched > 100, "{touched}");
    let five = Resolution {
        articles: BTreeMap::from([("x".to_owned(), vec!["5".to_owned(), "19(3)".to_owned()])]),
        ..resolutions()[0].clone()
    };
    for (no, touches) in
        [("5a", true), ("5(2)1", true), ("50", false), ("19(3)6", true), ("19(2)", false), ("19a", false)]
    {
        assert_eq!(five.touches("x", no), touches, "{no}");
    }
}
