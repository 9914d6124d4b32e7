//! Broken folders: each mistake is reported with its file, its line and what is allowed, and both
//! languages have a sentence and a cure for it.

use serde_json::Value;
use tiezheng_rules::fault::render;
use tiezheng_rules::parse::parse_calendar_year;
use tiezheng_rules::shipped::{calendar, shipped};
use tiezheng_rules::skeleton::skeleton;
use tiezheng_rules::{Fault, Law, check_overlays, run_cases};

const CHECKLIST: &str = r#"
[meta]
profile = "office"
title_zh = "清单"
title_en = "List"
basis = "第二条"
row_count = 1
item_count = 1

[[row]]
id = "B1"
no = 1
scene_zh = "检查"
scene_en = "Inspection"
level = "must"
article = "第二条"
item = [{ id = "B1.1", zh = "出示证件", en = "Credentials" }]
"#;

fn folder() -> Vec<(String, String)> {
    let mut files = skeleton("office");
    files.push(("office/checklist.toml".to_owned(), CHECKLIST.to_owned()));
    files
}

fn parse(files: &[(String, String)]) -> Result<Law, Vec<Fault>> {
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    Law::parse(&files)
}

fn locale(language: &str) -> Value {
    let text = match language {
        "zh" => include_str!("../../../locales/rules.zh-CN.json"),
        _ => include_str!("../../../locales/rules.en.json"),
    };
    serde_json::from_str(text).expect("locale")
}

/// Both languages say what is wrong and how to cure it, with every parameter filled in.
#[track_caller]
fn sentences(fault: &Fault) {
    for language in ["zh", "en"] {
        let locale = locale(language);
        let say = |key: &str| locale.get(key).and_then(Value::as_str).map(str::to_owned);
        let shown = render(fault, None, &say);
        assert!(say(&fault.key()).is_some(), "{language}: no sentence for {}", fault.code);
        assert!(say(&format!("{}.cure", fault.key())).is_some(), "{language}: no cure for {}", fault.code);
        let unfilled = shown.split('{').skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
        assert!(!unfilled, "{language}: unfilled parameter in {shown}");
    }
}

/// Replaces `from` by `to` in one file; the fault must name that file, the line where the
/// replacement (or, with `at`, that text) stands, and the code.
#[track_caller]
fn broken(file: &str, from: &str, to: &str, at: &str, code: &str) -> Fault {
    let mut files = folder();
    let path = format!("office/{file}");
    let (_, text) = files.iter_mut().find(|(name, _)| *name == path).expect("file");
    assert!(text.contains(from), "{file} has no {from}");
    *text = text.replacen(from, to, 1);
    let line = text.lines().position(|line| line.contains(at)).map(|line| line + 1);
    let text = text.clone();
    let faults = parse(&files).expect_err("a mistake");
    let fault = faults.iter().find(|fault| fault.code == code);
    let fault = fault.unwrap_or_else(|| panic!("{code} expected, found {faults:#?}")).clone();
    assert_eq!((fault.file.as_str(), Some(fault.line)), (path.as_str(), line), "{text}");
    sentences(&fault);
    fault
}

#[test]
fn the_skeleton_loads_and_its_examples_hold() {
    let files = folder();
    let law = parse(&files).expect("loads");
    let texts: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert_eq!(run_cases(&[&law], &law, calendar(), &texts), []);
}

#[test]
fn words_and_keys() {
    let fault = broken("rules.toml", "destinations =", "destination =", "destination =", "unknown_key");
    assert_eq!(fault.params["nearest"], "destinations");
    let fault = broken("rules.toml", "ground = \"evidence\"", "ground = \"evidense\"", "evidense", "unknown_word");
    assert_eq!(fault.params["nearest"], "evidence");
    broken("rules.toml", "custodian = ", "keeper = ", "keeper", "unknown_word");
    broken("rules.toml", "[[approval]]", "[[aproval]]", "[[aproval]]", "unknown_key");
    broken(
        "rules.toml",
        "nature = \"measure\"",
        "nature = \"measure\"\nnature = \"trial\"",
        "\"trial\"",
        "duplicate_key",
    );
    broken("rules.toml", "short = \"某某局\"", "short = \"某某局", "short =", "syntax");
    broken("cases.toml", "ask = \"retention\"", "ask = \"retension\"", "retension", "unknown_word");
}

#[test]
fn articles() {
    let fault = broken(
        "rules.toml",
        "role = \"unit_head\"\narticle = \"第四条\"",
        "role = \"unit_head\"",
        "[[approval]]",
        "missing_key",
    );
    assert_eq!(fault.params["key"], "article");
    broken("rules.toml", "article = \"第四条\"", "article = \"第九条\"", "第九条", "unknown_article");
    broken("rules.toml", "article = \"第四条\"", "article = []", "article = []", "article_empty");
    let fault = broken("articles.toml", "no = \"2\"\n", "no = \"1\" # again\n", "# again", "duplicate_article");
    assert_eq!(fault.params["article"], "1");
    let fault = broken("rules.toml", "article = \"第四条\"", "article = \"第4条\"", "第4条", "unknown_article");
    assert_eq!(fault.params["allowed"], "第四条");
    let fault = broken("articles.toml", "cite = \"第四条\"", "cite = \"第四条（一）\"", "第四条（一）", "cite_form");
    assert_eq!(fault.params["allowed"], "第四条第（一）项");
    broken("articles.toml", "cite = \"第四条\"", "cite = \"第四条之\"", "第四条之", "cite_form");
    broken(
        "articles.toml",
        "cite = \"第三条\"",
        "cite = \"第四条第二款\"",
        "cite = \"第四条\"",
        "cite_without_paragraph",
    );
    broken("articles.toml", "answers = [\"MGT-24\"]", "", "no = \"4\"", "article_unanswered");
    broken("articles.toml", "zh = \"24小时内移交\"", "zh = \" \"", "no = \"2\"", "article_without_line");
    broken("cases.toml", "because = [\"第三条\"]", "because = [\"第三十条\"]", "第三十条", "unknown_article");
}

#[test]
fn numbers_units_and_dates() {
    let within = "within = { hours = 24 }";
    let fault = broken("rules.toml", within, "within = { weeks = 1 }", "weeks", "unit");
    assert!(fault.params["allowed"].contains("working_days"));
    broken("rules.toml", within, "within = { hours = 24, days = 1 }", "hours = 24,", "unit");
    broken("rules.toml", within, "within = { hours = 0 }", "hours = 0", "number_range");
    broken("rules.toml", within, "within = { hours = -24 }", "hours = -24", "number_range");
    broken("rules.toml", within, "within = 24", "within = 24", "wrong_type");
    broken("rules.toml", "keep = { years = 1 }", "keep = \"for ever\"", "for ever", "unit");
    broken("rules.toml", "in_force_on = \"2026-01-01\"", "in_force_on = \"2026-13-01\"", "2026-13-01", "date");
    broken(
        "rules.toml",
        "# expires_on = \"2031-01-01\"",
        "expires_on = \"2025-01-01\"",
        "2025-01-01",
        "dates_reversed",
    );
    broken(
        "rules.toml",
        "in_force_source = \"stated\"",
        "in_force_source = \"unknown\"",
        "in_force_source",
        "date_source",
    );
}

#[test]
fn names_and_doubles() {
    broken("rules.toml", "id = \"office\"", "id = \"Office One\"", "Office One", "bad_id");
    broken("rules.toml", "ground = \"evidence\"", "ground = \"any\" # twice", "# twice", "duplicate_ground");
    let exemption = "[[exemption]]\nreason = \"urgent\"\narticle = \"第二条\"\n[[exemption]]\nreason = \"urgent\" # twice\narticle = \"第二条\"\n[[approval]]";
    broken("rules.toml", "[[approval]]", exemption, "# twice", "duplicate_reason");
    let notification =
        "[notification]\nphrase = \"请配合 \"\ndevice_word = \"设备\"\narticle = \"第二条\"\n[[approval]]";
    broken("rules.toml", "[[approval]]", notification, "phrase", "phrase_edges");
    let life = "[service_life]\nminimum_years = 3\narticle = \"第二条\"\nearly_article = \"第二条\"\n[[service_life.range]]\nkinds = [\"camcorder\"]\nfrom_years = 8\nto_years = 5\narticle = \"第二条\"\n[[approval]]";
    broken("rules.toml", "[[approval]]", life, "to_years", "range_reversed");
    let occasion = "[[occasion]]\noccasions = [\"inspection\"]\nlevel = \"must\"\nrow = \"B7\"\narticle = \"第二条\"\n[[approval]]";
    broken("rules.toml", "[[approval]]", occasion, "B7", "unknown_row");
}

#[test]
fn checklists() {
    broken("checklist.toml", "row_count = 1", "row_count = 2", "row_count", "checklist_counts");
    broken("checklist.toml", "article = \"第二条\"", "article = \"第二十条\"", "id = \"B1\"", "unknown_article");
    broken(
        "checklist.toml",
        "article = \"第二条\"",
        "article = \"第二条\"\ncells = { method = { zh = \"录像\", en = \"Video\" } }",
        "id = \"B1\"",
        "unknown_column",
    );
    let again = "Credentials\" }]\n[[row]]\nid = \"B1\" # again\nno = 2\nscene_zh = \"x\"\nscene_en = \"x\"\nlevel = \"must\"\narticle = \"第二条\"\n";
    broken("checklist.toml", "Credentials\" }]\n", again, "# again", "duplicate_row");
}

#[test]
fn files() {
    let mut files = folder();
    files.retain(|(path, _)| !path.ends_with("articles.toml"));
    let faults = parse(&files).expect_err("missing");
    assert_eq!((faults[0].code.as_str(), faults[0].file.as_str()), ("missing_file", "office/articles.toml"));
    sentences(&faults[0]);
    files.push(("office/rulez.toml".to_owned(), String::new()));
    let faults = parse(&files).expect_err("unknown");
    assert!(faults.iter().any(|fault| fault.code == "unknown_file" && fault.file == "office/rulez.toml"));
    faults.iter().for_each(sentences);
    let faults = Law::parse(&[]).expect_err("nothing");
    assert_eq!(faults[0].code, "missing_file");
    let huge = "#".repeat((4 << 20) + 1);
    let faults = Law::parse(&[("rules.toml", &huge)]).expect_err("huge");
    assert!(faults.iter().any(|fault| fault.code == "file_too_large"));
    faults.iter().for_each(sentences);
}

#[test]
fn a_wrong_example_names_what_came_out() {
    let mut files = folder();
    let cases = files.iter_mut().find(|(path, _)| path.ends_with("cases.toml")).expect("cases");
    cases.1 = cases.1.replace("2027-11-20", "2028-11-20");
    let law = parse(&files).expect("loads");
    let texts: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let faults = run_cases(&[&law], &law, calendar(), &texts);
    assert_eq!(faults.len(), 1);
    assert_eq!((faults[0].code.as_str(), faults[0].file.as_str()), ("case_failed", "office/cases.toml"));
    assert_eq!(faults[0].params["expected"], "\"2028-11-20\"");
    assert_eq!(faults[0].params["found"], "\"2027-11-20\"");
    assert!(faults[0].line > 0);
    sentences(&faults[0]);
}

/// A second version of the skeleton, changed by `edit`.
fn with_second(edit: impl Fn(String) -> String) -> Result<Law, Vec<Fault>> {
    let mut files = folder();
    for (path, text) in skeleton("office") {
        let text = match path.ends_with("rules.toml") {
            true => edit(text.replace("version = \"1\"", "version = \"2\"")),
            false => text,
        };
        files.push((path.replace("office/", "office/2/"), text));
    }
    parse(&files)
}

#[track_caller]
fn second(edit: impl Fn(String) -> String, code: &str) {
    let faults = with_second(edit).expect_err("a mistake");
    let fault = faults.iter().find(|fault| fault.code == code);
    let fault = fault.unwrap_or_else(|| panic!("{code} expected, found {faults:?}"));
    assert_eq!(fault.file, "office/2/rules.toml");
    assert!(fault.line > 0);
    sentences(fault);
}

#[test]
fn versions() {
    second(|text| text, "overlap");
    second(|text| text.replace("version = \"2\"", "version = \"1\""), "duplicate_version");
    second(|text| text.replace("id = \"office\"", "id = \"other\""), "other_id");
    let later = |text: String| text.replace("2026-01-01", "2027-01-01");
    assert!(with_second(later).is_ok());
}

/// An overlay of 中卫 made from the skeleton.
fn overlay(id: &str, base: &str, edit: impl Fn(String) -> String) -> Law {
    let mut files = skeleton(id);
    files[0].1 = edit(files[0].1.replace("# base = \"zhongwei\"", &format!("base = \"{base}\"")));
    files.retain(|(path, _)| !path.ends_with("cases.toml"));
    parse(&files).expect("loads")
}

#[track_caller]
fn overlaid(laws: Vec<Law>, code: &str) -> Fault {
    let laws: Vec<Law> = shipped().iter().cloned().chain(laws).collect();
    let faults = check_overlays(&laws);
    let fault = faults.iter().find(|fault| fault.code == code);
    let fault = fault.unwrap_or_else(|| panic!("{code} expected, found {faults:?}")).clone();
    assert!(fault.line > 0 && !fault.file.is_empty());
    sentences(&fault);
    fault
}

#[test]
fn overlays_tighten_and_never_loosen() {
    let two_years = |text: String| text.replace("keep = { years = 1 }", "keep = { years = 2 }");
    let twelve = overlay("traffic", "zhongwei", |text| two_years(text).replace("hours = 24", "hours = 12"));
    let laws: Vec<Law> = shipped().iter().cloned().chain([twelve]).collect();
    assert_eq!(check_overlays(&laws), []);
    let longer = overlay("traffic", "zhongwei", |text| two_years(text).replace("hours = 24", "hours = 36"));
    assert_eq!(overlaid(vec![longer], "overlay_loosens").params["what"], "upload.within");
    let shorter = overlay("traffic", "zhongwei", |text| text);
    assert_eq!(overlaid(vec![shorter], "overlay_loosens").params["what"], "retention");
    let urgent = "[[exemption]]\nreason = \"urgent\"\narticle = \"第二条\"\n\n[[approval]]";
    let excused = overlay("traffic", "zhongwei", |text| two_years(text).replacen("[[approval]]", urgent, 1));
    assert_eq!(overlaid(vec![excused], "overlay_loosens").params["what"], "exemption");
    let seldom =
        "[[occasion]]\noccasions = [\"seizure\"]\nlevel = \"circumstances\"\narticle = \"第二条\"\n\n[[approval]]";
    let weaker = overlay("traffic", "zhongwei", |text| two_years(text).replacen("[[approval]]", seldom, 1));
    assert_eq!(overlaid(vec![weaker], "overlay_loosens").params["what"], "occasion");
}

#[test]
fn overlays_need_a_base_and_no_circle() {
    let same = |text: String| text;
    let circle = vec![overlay("one", "two", same), overlay("two", "one", same)];
    assert_eq!(overlaid(circle, "overlay_cycle").params["chain"], "one → two → one");
    overlaid(vec![overlay("one", "nowhere", same)], "overlay_base_missing");
    overlaid(vec![overlay("one", "one", same)], "overlay_cycle");
    let tight = |text: String| text.replace("keep = { years = 1 }", "keep = { years = 2 }");
    overlaid(vec![overlay("zhongwei", "zhongwei", tight)], "duplicate_profile");
}

#[test]
fn calendars() {
    let check = |text: &str, code: &str| {
        let faults = parse_calendar_year("calendar/2026.toml", text).expect_err("a mistake");
        assert_eq!(faults[0].code, code);
        assert!(faults[0].line > 0);
        sentences(&faults[0]);
    };
    check("year = 2026\nstatus = \"announced\"\noff = [\"2027-01-01\"]", "day_of_other_year");
    check("year = 2026\nstatus = \"announced\"\noff = [\"2026-01-03\"]", "day_needless");
    check("year = 2026\nstatus = \"announced\"\nworked = [\"2026-01-05\"]", "day_needless");
    check("year = 2026\nstatus = \"not_announced\"\noff = [\"2026-01-01\"]", "day_not_announced");
    check("year = 2026\nstatus = \"maybe\"", "unknown_word");
}
