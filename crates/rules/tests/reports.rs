//! What `rules list`, `show`, `explain` and `check` say.

use serde_json::{Value, json};
use tiezheng_rules::report::{check, list, show};
use tiezheng_rules::shipped::{FOLDERS, calendar, law, shipped};
use tiezheng_rules::skeleton::skeleton;
use tiezheng_rules::{Question, diff, explain, words};

fn say(language: &str) -> impl Fn(&str) -> Option<String> {
    let text = match language {
        "zh" => include_str!("../../../locales/rules.zh-CN.json"),
        _ => include_str!("../../../locales/rules.en.json"),
    };
    let locale: Value = serde_json::from_str(text).expect("locale");
    move |key| locale.get(key).and_then(Value::as_str).map(str::to_owned)
}

#[test]
fn the_list_shows_five_with_their_state() {
    let rows = list(shipped(), "2026-11-20".parse().expect("day"));
    let states: Vec<(&str, &str)> = rows.iter().map(|row| (row.profile.as_str(), row.state.code())).collect();
    assert_eq!(states.len(), 5);
    assert_eq!(states[4], ("zhongwei", "expired"));
    assert_eq!(rows.iter().filter(|row| row.banners.contains(&"unconfirmed".to_owned())).count(), 4);
}

#[test]
fn an_article_is_shown_with_its_items_and_the_values_resting_on_it() {
    let version = &law("zhongwei").expect("law").versions[0];
    let numbers = |number| show(version, Some(number)).into_iter().map(|article| article.no).collect::<Vec<_>>();
    assert_eq!(numbers("15"), ["15a", "15(1)", "15(2)", "15(3)", "15(4)"]);
    assert_eq!(numbers("1"), ["1"]);
    assert_eq!(numbers("15(3)"), ["15(3)"]);
    assert_eq!(numbers("第十五条第（三）项"), ["15(3)"]);
    assert_eq!(numbers("99"), Vec::<String>::new());
    let floor = &show(version, Some("15a"))[0];
    assert!(floor.values.values().any(|value| value["keep"] == json!({ "years": 2 })));
}

#[test]
fn an_answer_in_words_names_verdict_article_and_change() {
    let zhongwei = law("zhongwei").expect("law");
    let facts = json!({ "recorded_on": "2025-06-01" });
    let answer = explain(Question::Retention, &[zhongwei], facts, calendar()).expect("answer");
    let chinese = words::answer(Question::Retention, &answer, &[zhongwei], false, &say("zh"));
    assert!(chinese.contains("保存至: 2027-06-01"), "{chinese}");
    assert!(chinese.contains("《中卫市行政执法音像记录设备配备使用管理办法》第十五条 "), "{chinese}");
    assert!(chinese.contains("若 保存事由 为 群体性事件"), "{chinese}");
    let english = words::answer(Question::Retention, &answer, &[zhongwei], true, &say("en"));
    assert!(english.contains("Kept until: 2027-06-01"), "{english}");
}

#[test]
fn every_rule_and_every_difference_is_told_in_words() {
    let machine = |text: &str| text.contains(['{', '"', '_']);
    let latest = || shipped().iter().map(|law| law.versions.last().expect("version"));
    for (language, english) in [("zh", false), ("en", true)] {
        let say = say(language);
        for version in latest() {
            for shown in show(version, None) {
                let told = words::article(&shown, english, &say);
                assert!(!machine(&told), "{}: {told}", version.rules.id);
                assert!(
                    english || !told.lines().skip(1).any(|line| line.trim().starts_with(|c: char| c.is_ascii())),
                    "{told}"
                );
            }
            for other in latest() {
                let told = words::changes(&diff(version, other), english, &say);
                let raw: Vec<&str> = told.lines().filter(|line| machine(line)).collect();
                assert!(raw.is_empty(), "{} and {}: {raw:#?}", version.rules.id, other.rules.id);
            }
        }
    }
    let [fuzhou, zhongwei] =
        ["fuzhou-urban", "zhongwei"].map(|id| law(id).expect("law").versions.last().expect("version"));
    let told = words::changes(&diff(fuzhou, zhongwei), true, &say("en"));
    assert!(told.contains("Approval [Copy] · By whom: Head of the enforcement unit → —\n"), "{told}");
    assert!(
        told.contains("Accountability [Loss of a device] · Threshold: Consequences → Serious consequences\n"),
        "{told}"
    );
    assert_eq!(words::changes(&diff(fuzhou, fuzhou), false, &say("zh")), "");
}

#[test]
fn money_is_read_in_yuan() {
    let zhongwei = law("zhongwei").expect("law");
    let facts = json!({"kind": "body_worn_camera", "in_use_since": "2024-01-01", "on": "2026-01-01",
        "loss": {"misuse": true, "during_enforcement": true, "price_fen": 200_005}});
    let answer = explain(Question::ServiceLife, &[zhongwei], facts, calendar()).expect("answer");
    let told = words::answer(Question::ServiceLife, &answer, &[zhongwei], false, &say("zh"));
    assert!(told.contains("提议赔偿（元）: 2000.05"), "{told}");
}

#[test]
fn an_agencys_folder_is_checked_with_its_examples() {
    let files = skeleton("office");
    let texts: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let checked = check(&texts, shipped(), calendar());
    assert_eq!((checked.faults.len(), checked.examples, checked.articles), (0, 2, 5));
    for files in FOLDERS {
        assert_eq!(check(files, shipped(), calendar()).faults, []);
    }
    assert!(!check(&texts[..1], shipped(), calendar()).faults.is_empty());
}
