//! What `rules list`, `show`, `explain` and `check` say.

use serde_json::{Value, json};
use tiezheng_rules::report::{check, list, show, words};
use tiezheng_rules::shipped::{FOLDERS, calendar, law, shipped};
use tiezheng_rules::skeleton::skeleton;
use tiezheng_rules::{Question, explain};

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
    let chinese = words(Question::Retention, &answer, &[zhongwei], false, &say("zh"));
    assert!(chinese.contains("保存至: 2027-06-01"), "{chinese}");
    assert!(chinese.contains("《中卫市行政执法音像记录设备配备使用管理办法》第十五条 "), "{chinese}");
    assert!(chinese.contains("若 保存事由 为 群体性事件"), "{chinese}");
    let english = words(Question::Retention, &answer, &[zhongwei], true, &say("en"));
    assert!(english.contains("Kept until: 2027-06-01"), "{english}");
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
