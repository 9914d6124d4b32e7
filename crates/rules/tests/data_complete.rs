//! What the shipped data promise: every provision answered, every value with its article, the
//! calendar whole, the phrases exact.

use std::collections::{BTreeMap, BTreeSet};

use tiezheng_rules::Cite;
use tiezheng_rules::calendar::YearStatus;
use tiezheng_rules::defaults::Defaults;
use tiezheng_rules::shipped::{CALENDAR, FOLDERS, calendar, law, resolutions, shipped};

const PROVISIONS: &str = include_str!("data/provisions.txt");

/// Requirements of the catalogue by area.
const REQUIREMENTS: &[(&str, u32)] = &[("PRV", 26), ("USE", 26), ("MGT", 32), ("SUP", 20), ("VAL", 9)];

#[test]
fn every_provision_of_the_five_texts_is_answered_or_explained() {
    let mut walked = 0;
    for line in PROVISIONS.lines().filter(|line| !line.starts_with('#')) {
        let (profile, provisions) = line.split_once(": ").expect("profile: provisions");
        let version = &law(profile).expect("profile").versions[0];
        for no in provisions.split(' ') {
            let article = version.articles.iter().find(|article| article.no == no);
            let article = article.unwrap_or_else(|| panic!("{profile} {no} is missing"));
            let explained = article.no_software_zh.is_some() && article.no_software_en.is_some();
            assert!(!article.answers.is_empty() || explained, "{profile} {no} is unanswered");
            walked += 1;
        }
        assert_eq!(version.articles.len(), provisions.split(' ').count(), "{profile}");
    }
    assert_eq!(walked, 294);
}

#[test]
fn every_requirement_is_a_real_one_and_all_but_two_are_asked_for() {
    let known: BTreeSet<String> =
        REQUIREMENTS.iter().flat_map(|(area, count)| (1..=*count).map(move |no| format!("{area}-{no:02}"))).collect();
    let answers: BTreeSet<String> = shipped()
        .iter()
        .flat_map(|law| &law.versions[0].articles)
        .flat_map(|article| article.answers.clone())
        .collect();
    assert_eq!(answers.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new());
    // Two requirements are our own and rest on no single article.
    assert_eq!(known.difference(&answers).collect::<Vec<_>>(), ["SUP-20", "VAL-09"]);
}

#[test]
fn article_numbers_are_those_of_the_texts() {
    let numbers = |profile: &str| -> BTreeSet<u32> {
        let articles = &law(profile).expect("profile").versions[0].articles;
        let number = |no: &str| no.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok();
        articles.iter().filter(|article| !article.absent).filter_map(|article| number(&article.no)).collect()
    };
    let without_three: BTreeSet<u32> = (1..=23).filter(|no| *no != 3).collect();
    assert_eq!(numbers("caofeidian-amr"), without_three);
    assert_eq!(numbers("mingshan-hrss"), (1..=21).collect());
    assert_eq!(numbers("fuzhou-urban"), (1..=24).collect());
    assert_eq!(numbers("dalian-ftz"), (1..=26).collect());
    assert_eq!(numbers("zhongwei"), (1..=20).collect());
}

#[test]
fn citations_name_the_article_the_paragraph_and_the_item_of_their_number() {
    for law in shipped() {
        for article in &law.versions[0].articles {
            let Some(cite) = Cite::parse(&article.cite) else {
                assert!(article.no.starts_with('R') || article.no == "notice", "{} {}", law.id, article.no);
                continue;
            };
            let mut number = format!("{}", cite.article);
            if let Some((_, paragraph)) = article.no.split_once('¶') {
                assert_eq!(paragraph, cite.paragraph.to_string(), "{} {}", law.id, article.no);
                number += &format!("¶{paragraph}");
            }
            if cite.item > 0 {
                number += &format!("({})", cite.item);
            }
            if cite.point > 0 {
                number += &cite.point.to_string();
            }
            let no = article.no.trim_end_matches(|c: char| c.is_ascii_lowercase());
            assert_eq!(no, number, "{} {}", law.id, article.cite);
        }
    }
}

/// Articles of several paragraphs, with how many: read off the five texts.
const PARAGRAPHS: &[(&str, &[(u32, u32)])] = &[
    ("caofeidian-amr", &[(5, 2), (7, 2), (9, 2)]),
    ("mingshan-hrss", &[(2, 2), (5, 2), (10, 2), (11, 2)]),
    ("fuzhou-urban", &[(4, 3), (6, 2), (8, 2), (9, 2), (13, 2), (21, 3)]),
    ("dalian-ftz", &[(18, 2)]),
    ("zhongwei", &[(6, 2), (10, 2), (12, 3), (14, 2), (16, 3)]),
];

#[test]
fn every_paragraph_of_the_texts_is_cited_and_no_other() {
    for (profile, wanted) in PARAGRAPHS {
        let mut found: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for cite in law(profile).expect("profile").versions[0].articles.iter().filter_map(|a| Cite::parse(&a.cite)) {
            if cite.paragraph > 0 {
                found.entry(cite.article).or_default().insert(cite.paragraph);
            }
        }
        let wanted: BTreeMap<u32, BTreeSet<u32>> =
            wanted.iter().map(|(no, most)| (*no, (1..=*most).collect())).collect();
        assert_eq!(found, wanted, "{profile}");
    }
}

#[test]
fn mandated_phrases_are_exact_to_the_byte() {
    let phrase = |profile: &str| {
        law(profile).expect("profile").versions[0].rules.notification.as_ref().and_then(|rule| rule.phrase.as_deref())
    };
    let caofeidian = "为保护您的合法权益，监督我们的执法行为，本次执法过程录音录像";
    assert_eq!(phrase("caofeidian-amr"), Some(caofeidian));
    assert_eq!(phrase("mingshan-hrss"), Some(caofeidian.replace("过程", "全程").as_str()));
    assert_eq!(
        phrase("fuzhou-urban"),
        Some(caofeidian.replace("过程", "全程").replace("我们的执法", "我们执法").as_str())
    );
    assert_eq!(phrase("dalian-ftz"), None);
    assert_eq!(phrase("zhongwei"), None);
}

#[test]
fn dalians_checklist_is_whole() {
    let version = &law("dalian-ftz").expect("profile").versions[0];
    let checklist = version.checklist.as_ref().expect("checklist");
    let items: Vec<usize> = checklist.rows.iter().map(|row| row.items.len()).collect();
    assert_eq!(items, [11, 8, 6, 2, 2, 6, 7, 5, 11, 5, 2, 2, 2, 2, 2, 3, 1]);
    assert_eq!(items.iter().sum::<usize>(), 77);
    // Every row is reached from an occasion of the rules.
    let reached: BTreeSet<&str> = version.rules.occasions.iter().filter_map(|rule| rule.row.as_deref()).collect();
    assert_eq!(reached.len(), 17);
}

#[test]
fn calendar_years_are_whole_and_the_unannounced_one_says_so() {
    let years: Vec<i16> = calendar().years().map(|year| year.year).collect();
    assert_eq!(years, (2019..=2027).collect::<Vec<_>>());
    for year in calendar().years() {
        let announced = year.status == YearStatus::Announced;
        assert_eq!(announced, year.year < 2027, "{}", year.year);
        assert_eq!(announced, !year.notices.is_empty(), "{}", year.year);
        // 11 statutory days until 2024, 13 from 2025; moved days make the weekdays off 17 to 19.
        assert!(!announced || (17..=19).contains(&year.off.len()), "{}", year.year);
    }
    assert_eq!(CALENDAR.len(), 9);
}

#[test]
fn every_folder_is_kept_in_its_own_profile() {
    for (law, files) in shipped().iter().zip(FOLDERS) {
        assert!(files.iter().all(|(path, _)| path.starts_with(&format!("{}/", law.id))), "{}", law.id);
    }
}

#[test]
fn settings_named_by_readings_exist() {
    let defaults = serde_json::to_value(Defaults::shipped()).expect("json");
    for resolution in resolutions() {
        let Some(setting) = &resolution.setting else {
            continue;
        };
        let pointer = format!("/{}", setting.replace('.', "/"));
        assert!(defaults.pointer(&pointer).is_some(), "{} names {setting}", resolution.id);
    }
    for resolution in resolutions() {
        for profile in &resolution.profiles {
            assert!(law(profile).is_some(), "{}", resolution.id);
        }
    }
}
