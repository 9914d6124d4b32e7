//! The forms of 配备 as people get them, in the words of `locales/`: rendered with the real fonts, read back with poppler
//! and zbar.

mod read_back;

use std::collections::BTreeMap;

use read_back::{pages, program, right_edge, words, write};
use serde_json::{Map, Value, json};
use tiezheng_paper::{Error, Filled, Form, ON_A_SHEET, ROWS_MAX, STICKERS_MAX, Stickers, render};

const CHINESE: &str = include_str!("../../../locales/paper.zh-CN.json");
const ENGLISH: &str = include_str!("../../../locales/paper.en.json");
const DIGEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// All forms that are filled in by field and table.
fn forms() -> impl Iterator<Item = Form> {
    Form::ALL.into_iter().filter(|form| !form.fields().is_empty() || !form.tables().is_empty())
}

fn labels(form: Form, text: &str) -> Map<String, Value> {
    let texts: BTreeMap<String, String> = serde_json::from_str(text).expect("locale");
    let label = |key: &str| {
        let own = texts.get(&format!("paper.{}.{key}", form.name()));
        own.or_else(|| texts.get(&format!("paper.form.{key}"))).unwrap_or_else(|| panic!("{} {key}", form.name()))
    };
    form.labels().into_iter().map(|key| (key.to_owned(), label(key).as_str().into())).collect()
}

/// A form with nothing filled in.
fn empty(form: Form) -> Value {
    json!({
        "lang": "zh-CN", "labels": labels(form, CHINESE), "issued_ms": 1_778_055_153_000_i64, "number": "榕江城管-2026-0012",
        "agency": "榕江市城市管理局", "unit": "执法大队一中队", "digest": DIGEST,
    })
}

/// The same with a value in every place, and as many rows in every table.
fn filled(form: Form, rows: usize, value: impl Fn(&str) -> String) -> Value {
    let mut data = empty(form);
    for key in form.fields() {
        data["fields"][key] = value(key).into();
    }
    for (table, columns) in form.tables() {
        let row = |n: usize| columns.iter().map(move |key| ((*key).to_owned(), format!("{key}{n}").into()));
        data["tables"][table] = (1..=rows).map(|n| Value::Object(row(n).collect())).collect();
    }
    data
}

#[track_caller]
fn printed(form: Form, data: &Value) -> Vec<u8> {
    render(form, data, None).unwrap_or_else(|why| panic!("{}: {why}", form.name()))
}

/// Millimetres of the right margin, less what an em dash may hang over.
fn edge_max(form: Form) -> f64 {
    let landscape = [Form::DeviceIssue, Form::DeviceCheck, Form::Provision].contains(&form);
    let (width, margin) = if landscape { (297.0, 14.0) } else { (210.0, 18.0) };
    (width - margin + 0.1) / 25.4 * 72.0
}

#[test]
fn every_form_says_all_it_was_given_in_embedded_fonts() {
    for form in forms() {
        for (lang, text) in [("zh-CN", CHINESE), ("en", ENGLISH)] {
            let mut data = filled(form, 2, |key| format!("{key}=值"));
            data["lang"] = lang.into();
            data["labels"] = labels(form, text).into();
            let pdf = printed(form, &data);
            let words = words(&pdf);
            let has = |text: &str| {
                let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
                assert!(words.contains(&text), "{} {lang}: {text} in {words}", form.name());
            };
            form.fields().into_iter().for_each(|key| has(&format!("{key}=值")));
            has("榕江城管-2026-0012");
            has(DIGEST);
            assert!(pages(&pdf) <= 2, "{} {lang}", form.name());
            assert!(right_edge(&pdf) <= edge_max(form), "{} {lang}: {}", form.name(), right_edge(&pdf));
            let fonts = program(&pdf, "pdffonts", &[], &[]);
            let faces: Vec<&str> = fonts.lines().skip(2).collect();
            assert!(!faces.is_empty() && faces.iter().all(|face| face.contains(" yes yes yes ")), "{fonts}");
            assert!(String::from_utf8_lossy(&pdf).contains("pdfaid:part>2<"));
            assert!(printed(form, &data) == pdf, "equal data, equal bytes");
        }
    }
}

/// What a clerk prints to fill in by hand fits on one sheet, with all its labels and no data.
#[test]
fn an_empty_form_is_one_page_for_the_pen() {
    for form in forms() {
        let pdf = printed(form, &empty(form));
        assert_eq!(pages(&pdf), 1, "{}", form.name());
        let words = words(&pdf);
        let labels = labels(form, CHINESE);
        for (key, label) in labels.iter().filter(|(key, _)| !["none", "page"].contains(&key.as_str())) {
            let label: String = label.as_str().expect("label").chars().filter(|c| !c.is_whitespace()).collect();
            // Labels of narrow columns are wrapped between two columns.
            let start: String = label.chars().take(2).collect();
            assert!(words.contains(&start), "{} {key} {label} in {words}", form.name());
        }
    }
}

#[test]
fn long_lists_repeat_their_head_and_lose_no_row() {
    for form in forms().filter(|form| !form.tables().is_empty()) {
        let pdf = printed(form, &filled(form, 200, |_| String::new()));
        let text = program(&pdf, "pdftotext", &["-layout"], &["-"]);
        let count = pages(&pdf);
        assert!((5..40).contains(&count), "{}: {count} pages", form.name());
        assert!(text.contains(&format!("第 {count} 页，共 {count} 页")) || text.contains(&format!("共 {count} 页")));
        let title = labels(form, CHINESE)["row_no"].as_str().expect("label").to_owned();
        // A table that ends in the middle of a page leaves the last pages to opinions and signatures.
        assert!(text.matches(&title).count() + 1 >= count, "{}: {count}", form.name());
        let words = words(&pdf);
        for (_, columns) in form.tables() {
            let last = columns.last().expect("columns");
            assert!(words.contains("200") && words.contains(&last.chars().take(3).collect::<String>()));
        }
        assert!(right_edge(&pdf) <= edge_max(form), "{}", form.name());
    }
}

#[test]
fn what_others_have_written_stays_literal_and_inside_the_paper() {
    let hostile = "#panic() *_ $x$ @a <a> \"); #import \"/etc/passwd\"";
    for form in forms() {
        let words = words(&printed(form, &filled(form, 0, |_| hostile.to_owned())));
        // Between two columns the pieces of wrapped lines interleave.
        for piece in ["#panic()", "#import"] {
            assert_eq!(words.matches(piece).count(), form.fields().len(), "{words}");
        }
        for huge in ["字", "W", "\u{202e}", "{", "。"] {
            let mut data = filled(form, 1, |_| huge.repeat(10_000));
            for (table, columns) in form.tables() {
                for column in columns {
                    data["tables"][table][0][column] = huge.repeat(60).into();
                }
            }
            let pdf = printed(form, &data);
            assert!(pages(&pdf) <= 30, "{} {huge}: {}", form.name(), pages(&pdf));
            // Marks that may not begin a line hang over the margin, never over the paper.
            assert!(right_edge(&pdf) <= edge_max(form) + 14.0, "{} {huge}: {}", form.name(), right_edge(&pdf));
        }
    }
}

#[test]
fn data_that_do_not_fit_are_refused_by_name() {
    let check = |form: Form, change: &dyn Fn(&mut Value), named: &str| {
        let mut data = if form == Form::DeviceLabels { stickers(1) } else { filled(form, 1, |key| key.to_owned()) };
        change(&mut data);
        match render(form, &data, None) {
            Err(why @ Error::BadData { .. }) => assert!(why.to_string().contains(named), "{why}"),
            other => panic!("{named}: {:?}", other.map(|pdf| pdf.len())),
        }
    };
    let repair = Form::DeviceRepair;
    check(repair, &|data| data["surprise"] = 1.into(), "surprise");
    check(repair, &|data| data["fields"]["colour"] = "red".into(), "fields.colour");
    check(repair, &|data| data["fields"]["fault"] = 1.into(), "string");
    check(repair, &|data| data["tables"]["devices"] = json!([]), "tables.devices");
    check(repair, &|data| data["digest"] = "00".into(), "digest");
    check(repair, &|data| data["issued_ms"] = i64::MAX.into(), "issued_ms");
    check(repair, &|data| data["labels"]["other"] = "x".into(), "labels.other");
    check(repair, &|data| data["labels"]["fault"] = " ".into(), "labels.fault");
    let issue = Form::DeviceIssue;
    check(issue, &|data| data["tables"]["devices"][0]["colour"] = "red".into(), "tables.devices.colour");
    check(issue, &|data| data["tables"]["devices"] = vec![json!({}); ROWS_MAX + 1].into(), "tables.devices");
    let stickers = Form::DeviceLabels;
    check(stickers, &|data| data["devices"] = json!([]), "devices");
    check(stickers, &|data| data["devices"] = vec![data["devices"][0].clone(); STICKERS_MAX + 1].into(), "devices");
    check(stickers, &|data| data["devices"][0]["id"] = "".into(), "devices.id");
    check(stickers, &|data| data["devices"][0]["id"] = "x".repeat(400).into(), "devices.id");
    check(stickers, &|data| data["skip"] = ON_A_SHEET.into(), "skip");
}

/// Devices of an office: names as long as they are in real life, one of hostile length.
fn stickers(count: usize) -> Value {
    let device = |n: usize| {
        json!({
            "id": format!("0196a3f2-7c1e-7d43-9a51-{n:012x}"), "asset_no": format!("RJCG-JLY-2026-{n:04}"),
            "model": if n == 2 { "超".repeat(500) } else { "执法记录仪 DSJ-A9 4G高清红外夜视版".to_owned() },
            "unit": if n == 3 { "" } else { "榕江市城市管理综合行政执法大队第一中队" },
        })
    };
    json!({
        "lang": "zh-CN", "labels": labels(Form::DeviceLabels, CHINESE), "issued_ms": 1_778_055_153_000_i64,
        "number": "榕江城管-2026-0013", "agency": "榕江市城市管理局", "devices": (1..=count).map(device).collect::<Vec<_>>(),
    })
}

#[test]
fn labels_read_back_as_the_devices_they_stick_on() {
    let data = stickers(30);
    let pdf = printed(Form::DeviceLabels, &data);
    assert_eq!(pages(&pdf), 2);
    let dir = tempfile::tempdir().expect("temporary folder");
    let path = write(dir.path(), &pdf);
    let run = |program: &str, args: &[&str]| read_back::run(program, args, dir.path());
    run("pdftoppm", &["-r", "200", "-png", path.to_str().expect("UTF-8"), "page"]);
    let read = run("zbarimg", &["--quiet", "--raw", "page-1.png", "page-2.png"]);
    let mut read: Vec<&str> = read.lines().collect();
    read.sort_unstable();
    let expected: Vec<String> = (1..=30).map(|n| format!("tiezheng:device:0196a3f2-7c1e-7d43-9a51-{n:012x}")).collect();
    assert_eq!(read, expected);
    assert!(words(&pdf).contains("RJCG-JLY-2026-0030"));

    // A sheet that has been begun: 4 and 23 places used.
    for (skip, count) in [(0, 24), (4, 20), (23, 1)] {
        let mut data = stickers(count);
        data["skip"] = skip.into();
        assert_eq!(pages(&printed(Form::DeviceLabels, &data)), 1, "{skip} and {count}");
        data["skip"] = (skip + 1).min(ON_A_SHEET - 1).into();
        assert_eq!(pages(&printed(Form::DeviceLabels, &data)), if skip == 23 { 1 } else { 2 }, "{skip}");
    }
}

#[test]
fn names_are_stable_and_typed_data_are_the_same_data() {
    for form in Form::ALL {
        assert_eq!(Form::parse(form.name()), Some(form));
    }
    assert_eq!(Form::parse("drone"), None);
    for form in forms() {
        let mut data = filled(form, 1, |key| key.to_owned());
        for key in ["fields", "tables"] {
            if data.get(key).is_none() {
                data[key] = json!({});
            }
        }
        let typed: Filled = serde_json::from_value(data.clone()).expect("fits");
        assert_eq!(serde_json::to_value(typed).expect("JSON"), data);
    }
    let mut data = stickers(1);
    data["skip"] = 0.into();
    let typed: Stickers = serde_json::from_value(data.clone()).expect("fits");
    assert_eq!(serde_json::to_value(typed).expect("JSON"), data);
}
