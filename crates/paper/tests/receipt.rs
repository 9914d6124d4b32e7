//! 入库凭证 as people get it: rendered with the real fonts, read back with poppler and zbar.

mod read_back;

use std::path::Path;

use read_back::{pages, program, right_edge, words, write};
use serde_json::{Value, json};
use tiezheng_paper::{Error, Form, Receipt, render};

const CHINESE: &str = include_str!("data/receipt.zh-CN.json");
const ENGLISH: &str = include_str!("data/receipt.en.json");

fn sample(text: &str) -> Value {
    serde_json::from_str(text).expect("sample data are JSON")
}

fn printed(data: &Value) -> Vec<u8> {
    render(Form::Receipt, data, None).unwrap_or_else(|why| panic!("{why}"))
}

#[test]
fn the_form_says_everything_and_declares_what_it_is() {
    for text in [CHINESE, ENGLISH] {
        let data = sample(text);
        let pdf = printed(&data);
        let words = words(&pdf);
        for field in ["number", "agency", "file_name", "recording", "sha256", "sm3", "tree"] {
            let value = data[field].as_str().expect("text").replace(' ', "");
            assert!(words.contains(&value), "{field} {value} in {words}");
        }
        for value in [
            "2026-05-0616:12:33+08:00",
            "2026-05-0608:11:50.480+08:00",
            "2026-05-0616:10:01.237+08:00",
            "1,572,864,001B(1.46GiB)",
            "41,237",
            "41,240",
            "tiezheng.example/haizhou-lingang",
            "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
            "tiezhengverifyreceipt.json",
        ] {
            assert!(words.contains(value), "{value} in {words}");
        }
        for key in Form::Receipt.labels().iter().filter(|key| **key != "page" && **key != "none") {
            let label = data["labels"][key].as_str().expect("label").replace(' ', "");
            // Steps may be wrapped beside the code, where the text of both columns interleaves.
            let start: String = label.chars().take(6).collect();
            assert!(words.contains(&start), "{key} {label} in {words}");
        }
        assert_eq!(pages(&pdf), 1);

        let fonts = program(&pdf, "pdffonts", &[], &[]);
        let rows: Vec<&str> = fonts.lines().skip(2).collect();
        assert!(!rows.is_empty(), "{fonts}");
        for row in rows {
            // Name, type, encoding, then: embedded, subset, Unicode map.
            assert!(row.contains(" yes yes yes "), "{fonts}");
            assert!(row.contains("Noto"), "{fonts}");
        }

        let raw = String::from_utf8_lossy(&pdf);
        assert!(raw.contains("pdfaid:part>2<") && raw.contains("pdfaid:conformance>B<"));
        let info = program(&pdf, "pdfinfo", &["-isodates"], &[]);
        assert!(info.contains("2026-05-06T08:12:33Z"), "{info}");

        // Equal data, equal bytes.
        assert!(printed(&data) == pdf);
    }
}

#[test]
fn the_code_reads_back_as_the_reference() {
    let data = sample(CHINESE);
    let dir = tempfile::tempdir().expect("temporary folder");
    write(dir.path(), &printed(&data));
    let run = |program: &str, args: &[&str]| read_back::run(program, args, dir.path());
    run("pdftoppm", &["-r", "150", "-png", "form.pdf", "page"]);
    let read = run("zbarimg", &["--quiet", "--raw", "page-1.png"]);
    assert_eq!(read.trim(), data["proof_reference"]);
}

#[test]
fn what_others_have_written_stays_literal_and_bounded() {
    let hostile = [
        "#panic() #evil[ *_ $x$ @ref <a> `r` // /* = - + \\u{41} #sys.inputs",
        "\"); #import \"/etc/passwd\"; ~--- ''\" https://example.org/x",
    ];
    for text in hostile {
        let mut data = sample(CHINESE);
        for field in ["file_name", "agency", "unit", "device", "officer", "number"] {
            data[field] = json!(text);
        }
        let pdf = printed(&data);
        let expected: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        assert!(words(&pdf).contains(&expected), "{expected}\n{}", words(&pdf));
    }

    // Overrides, controls, private use, characters without a glyph: shown by number.
    let mut data = sample(CHINESE);
    data["file_name"] = json!("a\u{202e}4pm.exe\u{0}\n\u{e000}\u{10ffff}😀\u{fdd0}ก");
    let words_shown = words(&printed(&data));
    assert!(
        words_shown.contains("a\\u{202E}4pm.exe\\u{0}\\u{A}\\u{E000}\\u{10FFFF}\\u{1F600}\\u{FDD0}\\u{E01}"),
        "{words_shown}"
    );

    for huge in ["字", "W", "\u{202e}", "W i", "é", "｛"] {
        let mut data = sample(CHINESE);
        for field in ["file_name", "device", "officer", "unit"] {
            data[field] = json!(huge.repeat(10_000));
        }
        let pdf = printed(&data);
        assert!(pages(&pdf) <= 3, "{huge}");
        assert!(right_edge(&pdf) <= 595.3 - 21.0 / 25.4 * 72.0, "{huge}");
    }
}

#[test]
fn empty_fields_say_that_nothing_is_recorded() {
    let mut data = sample(CHINESE);
    for field in ["number", "agency", "file_name", "recording"] {
        data[field] = json!("");
    }
    for field in ["unit", "device", "officer", "device_began_ms", "began_ms"] {
        data[field] = Value::Null;
    }
    data["bytes"] = json!(0);
    let pdf = printed(&data);
    let none = data["labels"]["none"].as_str().expect("label");
    assert_eq!(words(&pdf).matches(none).count(), 10);
    assert_eq!(pages(&pdf), 1);
}

#[test]
fn data_that_do_not_fit_are_refused_by_name() {
    let check = |field: &str, value: Value, named: &str| {
        let mut data = sample(CHINESE);
        match field.split_once('.') {
            Some((outer, inner)) => data[outer][inner] = value,
            None => data[field] = value,
        }
        match render(Form::Receipt, &data, None) {
            Err(why @ Error::BadData { .. }) => {
                assert_eq!(why.code(), "paper.bad_data");
                assert!(why.to_string().contains(named), "{why}");
            }
            other => panic!("{field}: {:?}", other.map(|pdf| pdf.len())),
        }
    };
    check("surprise", json!(1), "surprise");
    check("lang", json!("fr"), "fr");
    check("sha256", json!("00"), "sha256");
    check("sm3", json!("Z".repeat(64)), "sm3");
    check("tree", json!(""), "tree");
    check("bytes", json!(-1), "u64");
    check("received_ms", Value::Null, "i64");
    check("received_ms", json!(i64::MAX), "received_ms");
    check("began_ms", json!(i64::MIN), "began_ms");
    check("issued_ms", json!(-99_999_999_999_999i64), "issued_ms");
    check("checkpoint.size", json!(41_237), "checkpoint.size");
    check("checkpoint.root", json!(""), "checkpoint.root");
    check("checkpoint.root", json!("#".repeat(129)), "checkpoint.root");
    check("proof_reference", json!(""), "proof_reference");
    check("proof_reference", json!("x".repeat(301)), "proof_reference");
    check("labels.title", json!(" "), "labels.title");
    check("labels.title", json!("x".repeat(401)), "labels.title");
    check("labels.title", json!("😀"), "labels.title");
    check("labels.other", json!("x"), "labels.other");

    let missing = json!({});
    assert!(matches!(render(Form::Receipt, &missing, None), Err(Error::BadData { .. })));
}

#[test]
fn without_fonts_nothing_is_printed() {
    let empty = tempfile::tempdir().expect("temporary folder");
    std::fs::write(empty.path().join("broken.ttf"), b"not a font").expect("written");
    for dir in [empty.path(), Path::new("/nowhere")] {
        let why = render(Form::Receipt, &sample(CHINESE), Some(dir)).expect_err("no fonts");
        assert_eq!(why.code(), "paper.fonts_missing");
        assert!(why.to_string().contains(&dir.display().to_string()), "{why}");
    }
}

#[test]
fn typed_data_are_the_same_data() {
    let typed: Receipt = serde_json::from_str(CHINESE).expect("sample fits");
    assert_eq!(serde_json::to_value(typed).expect("JSON"), sample(CHINESE));
}
