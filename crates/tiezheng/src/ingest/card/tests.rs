use proptest::prelude::*;

use super::{template::Template, *};

fn of(paths: &[&str]) -> Card {
    let listing: Vec<Entry> = paths.iter().map(|path| Entry::new(path, 1_000_000)).collect();
    read(&shipped(), &listing)
}

/// `profile time[-end] officer device seq mark codes`, `-` where unknown; the time device-local.
fn line(item: &Item) -> String {
    let local = |ms: Option<i64>| {
        let at = ms.and_then(|ms| jiff::Timestamp::from_millisecond(ms + 8 * 3_600_000).ok());
        at.map(|at| at.strftime("%y%m%d.%H%M%S").to_string())
    };
    let day = item.name_day.map(|day| day.strftime("%y%m%d").to_string());
    let text = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    format!(
        "{} {}{} {} {} {}{} {}",
        text(item.read_by.clone()),
        text(local(item.name_time_ms).or(day)),
        item.name_end_ms.map(|end| format!("-{}", text(local(Some(end))))).unwrap_or_default(),
        text(item.officer_code.clone()),
        text(item.device_code.clone()),
        text(item.seq.map(|seq| seq.to_string())),
        if item.key_mark { " KEY" } else { "" },
        item.codes.join("+"),
    )
    .trim_end()
    .to_owned()
}

#[track_caller]
fn check(path: &str, expected: &str) {
    let card = of(&[path]);
    let item = card.items.first().unwrap_or_else(|| panic!("{path} is not an item: {card:?}"));
    assert_eq!(line(item), expected, "{path}");
}

#[test]
fn officer_device_time_number_and_mark_are_found_in_any_order() {
    let whole = "law-enforcement 260301.150102 P10023 D2600101 1 KEY P10023+D2600101";
    check("P10023_D2600101_20260301150102_0001IMP.MP4", whole);
    let swapped = "law-enforcement 260301.150102 P10023 D2600101 1 KEY D2600101+P10023";
    check("DCIM/100MEDIA/D2600101@P10023@20260301_150102@0001[IMP].mp4", swapped);
    check("0001-20260301150102-P10023-D2600101-IMP.mp4", whole);
    check("20260301-150102_0001_IMP_D2600101_P10023.avi", swapped);
    check("IMP 0001 D2600101 2026-03-01 15-01-02 P10023.MP4", swapped);
    check(
        "p10023#d2600101#20260301T150102#1!.mp4",
        "law-enforcement 260301.150102 p10023 d2600101 1 KEY p10023+d2600101",
    );
    check(
        "DSJK1230456_010234_20260301150102_0001.mp4",
        "law-enforcement 260301.150102 010234 DSJK1230456 1 DSJK1230456+010234",
    );
    check("张伟_20260301150102_0007.mp4", "law-enforcement 260301.150102 张伟 - 7 张伟");
    check(
        "20260301_P10023_D2600101_150102.mp4",
        "law-enforcement 260301.150102 P10023 D2600101 - P10023+D2600101+150102",
    );
    check("P10023_20260301150102_20260301151002.mp4", "law-enforcement 260301.150102-260301.151002 P10023 - - P10023");
}

#[test]
fn a_code_that_could_be_either_is_left_to_the_registry() {
    // Two codes of six digits: the profile cannot tell two officers apart; the registry can.
    check("010234_AB1234_20260301150102.mp4", "law-enforcement 260301.150102 010234 AB1234 - 010234+AB1234");
    // Neither number stands beside the date, so either may be the time of day.
    check("010234_150102_D2600101_20260301.mp4", "law-enforcement 260301 - D2600101 - 010234+150102+D2600101");
}

#[test]
fn common_layouts_are_read() {
    check("DCIM/100ANDRO/VID_20260301_150102.mp4", "android 260301.150102 - - -");
    check("DCIM/101ANDRO/IMG_20260301_150102_2.jpg", "android 260301.150102 - - 2");
    check("DCIM/Camera/VID_20260301_150102_HDR.mp4", "android 260301.150102 - - -");
    check("2026_0301_150102_0001.MP4", "dash-cam 260301.150102 - - 1");
    check("CARDV/EMR/2026_0301_150102_0001.MP4", "dash-cam 260301.150102 - - 1 KEY");
    check("Normal/FILE260301-150102F.MP4", "- - - - - FILE260301");
    check("20260301/150102.mp4", "dated-folders 260301.150102 - - -");
    check("2026-03-01/D2600101/REC0007.mp4", "dated-folders 260301 - D2600101 7 D2600101");
    check("20260301/录像12.mp4", "dated-folders 260301 - - 12");
    check("20260301_150102/REC0001.WAV", "dated-folders 260301.150102 - - 1");
    check("RECORD/REC0001.WAV", "voice-recorder - - - 1");
    check("VOICE/R20260301_150102.MP3", "voice-recorder 260301.150102 - - -");
    check("RECORD/20260301150102-20260301151002.mp3", "voice-recorder 260301.150102-260301.151002 - - -");
    check("DCIM/100CANON/IMG_0001.JPG", "still-camera - - - 1");
    check("anything/at all.mp4", "- - - - -");
    check("notes.docx", "- - - - -");
    check("DCIM/100ANDRO/VID_20260231_150102.mp4", "- - - - - 20260231+150102");
}

#[test]
fn where_a_time_comes_from_is_said() {
    let from = |path: &str| of(&[path]).items[0].time_from;
    assert_eq!(from("DCIM/100ANDRO/VID_20260301_150102.mp4"), Some(TimeFrom::Name));
    assert_eq!(from("20260301/150102.mp4"), Some(TimeFrom::NameAndFolder));
    assert_eq!(from("20260301_150102/REC0001.WAV"), Some(TimeFrom::Folder));
    assert_eq!(from("20260301/REC0001.WAV"), None);
}

#[test]
fn only_small_files_of_harmless_names_are_ignored_and_they_are_listed() {
    let listing = [
        Entry::new("DCIM/100CANON/MVI_0001.THM", 9_000),
        Entry::new("DCIM/100CANON/MVI_0002.THM", 900_000_000),
        Entry::new("System Volume Information/WPSettings.dat", 12),
        Entry::new("System Volume Information/hidden.mp4", 12),
        Entry::new("$RECYCLE.BIN/S-1-5/R1.mp4", 12),
        Entry::new("Thumbs.db", 20_480),
        Entry::new("unknown.bin", 0),
    ];
    let card = read(&shipped(), &listing);
    let ignored: Vec<_> = card.ignored.iter().map(|(path, reason)| format!("{path} {reason}")).collect();
    assert_eq!(
        ignored,
        [
            "DCIM/100CANON/MVI_0001.THM thumbnail",
            "System Volume Information/WPSettings.dat system",
            "Thumbs.db thumbnail"
        ]
    );
    assert_eq!(card.items.len(), 4);
    assert_eq!(card.items[0].entry.path, "DCIM/100CANON/MVI_0002.THM");
    assert_eq!(card.items[3].role, Role::Other);
}

#[test]
fn tracks_go_with_their_recordings() {
    let card = of(&[
        "DCIM/a_1.mp4",
        "DCIM/a_1.NMEA",
        "DCIM/b.mp4",
        "GPS/b.gpx",
        "DCIM/c.mp4.xml",
        "DCIM/c.mp4",
        "config.xml",
        "20260301/150102.mp4",
        "20260301/160102.mp4",
        "GPS/20260301.gpx",
    ]);
    let sidecars: Vec<_> = card.items.iter().map(|item| item.sidecars.clone()).collect();
    assert_eq!(sidecars, [vec![1], vec![], vec![3], vec![], vec![], vec![4], vec![], vec![9], vec![9], vec![]]);
    assert_eq!(
        (card.items[1].role, card.items[6].role, card.items[9].role),
        (Role::Sidecar, Role::Other, Role::Sidecar)
    );
}

#[test]
fn parts_of_one_capture_and_missing_numbers_are_found_from_the_names() {
    let name = |minute: u32, seq: u32| format!("D2600101_P10023_2026030115{minute:02}00_{seq:04}.mp4");
    let paths = [name(0, 101), name(5, 102), name(10, 103), name(30, 105), name(50, 106)];
    let card = of(&paths.each_ref().map(String::as_str));
    let parts: Vec<_> =
        card.items.iter().map(|item| item.part_of.map(|part| (part.first, part.no, part.count))).collect();
    assert_eq!(parts, [Some((0, 1, 3)), Some((0, 2, 3)), Some((0, 3, 3)), None, None]);
    assert_eq!(card.missing.len(), 1);
    assert_eq!(card.missing[0].numbers, [104]);
}

#[test]
fn the_profile_that_reads_most_names_is_the_cards() {
    let card = of(&["DCIM/100ANDRO/VID_20260301_150102.mp4", "2026_0301_150102_0001.MP4", "2026_0301_150202_0002.MP4"]);
    assert_eq!(card.profile.as_deref(), Some("dash-cam"));
    assert_eq!(card.items[0].read_by.as_deref(), Some("android"), "a name of another maker is read all the same");
    assert_eq!((of(&["a", "b"]).profile, of(&[]).profile), (None, None));
}

#[test]
fn a_clock_marker_in_the_root_is_found_and_sealed() {
    assert_eq!(of(&["DCIM/a.mp4", "TIME.TXT"]).clock_marker, Some(1));
    assert_eq!(of(&["DCIM/TIME.TXT"]).clock_marker, None);
}

#[test]
fn hostile_paths_are_refused_or_stay_labels() {
    let card = of(&["../../etc/passwd", "/etc/passwd", "a//b", "a/./b", "", "a\0b", "ok\u{202e}4pm.exe\n"]);
    assert_eq!(card.refused.len(), 6);
    assert_eq!(card.items.len(), 1);
    assert_eq!(shown(&card.items[0].entry.path), "ok\\u{202e}4pm.exe\\u{a}");
    let deep = format!("{}x.mp4", "d/".repeat(10_000));
    let wide = format!("{}.mp4", "20260301150102_".repeat(300));
    let card = of(&[&deep, &wide]);
    let sealed: Vec<_> = card.items.iter().chain(&[]).map(|item| item.read_by.is_none()).collect();
    assert_eq!((sealed, card.refused.len()), (vec![true], 1));
}

#[test]
fn a_full_card_is_read_in_one_pass() {
    let listing: Vec<Entry> = (0..16_384)
        .map(|n| Entry::new(&format!("DCIM/100MEDIA/P10023_D2600101_20260301{:06}_{n:05}.mp4", n % 240_000), 1))
        .collect();
    let card = read(&shipped(), &listing);
    assert_eq!(card.items.len(), 16_384);
    assert_eq!(card.profile.as_deref(), Some("law-enforcement"));
}

fn name_like() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        "[0-9]{1,14}",
        "[A-Z]{0,3}[0-9]{1,8}",
        "20260[1-9]0[1-9]",
        "1[0-9][0-5][0-9][0-5][0-9]",
        "IMP|!|F|\\[IMP\\]",
        "\\PC{0,6}",
        "DCIM|RO|EMR|100ANDRO|REC|VID",
    ];
    let separator = prop_oneof![Just("_"), Just("-"), Just("/"), Just("."), Just(" "), Just("")];
    prop::collection::vec((token, separator), 0..14)
        .prop_map(|parts| parts.into_iter().map(|(token, separator)| token + separator).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Nothing gets lost, nothing appears twice, nothing panics, and the same card always reads the same.
    #[test]
    fn every_entry_is_accounted_for(paths in prop::collection::vec(name_like(), 0..12)) {
        let listing: Vec<Entry> = paths.iter().map(|path| Entry::new(path, 7)).collect();
        let card = read(&shipped(), &listing);
        let mut seen: Vec<&str> = card.items.iter().map(|item| item.entry.path.as_str()).collect();
        seen.extend(card.ignored.iter().map(|(path, _)| path.as_str()));
        seen.extend(card.refused.iter().map(|(path, _)| path.as_str()));
        seen.sort_unstable();
        let mut given: Vec<&str> = paths.iter().map(String::as_str).collect();
        given.sort_unstable();
        prop_assert_eq!(seen, given);
        for item in &card.items {
            prop_assert!(item.sidecars.iter().all(|at| *at < card.items.len()));
            prop_assert!(item.part_of.is_none_or(|part| part.no >= 1 && part.no <= part.count));
        }
        prop_assert_eq!(format!("{:?}", read(&shipped(), &listing)), format!("{card:?}"));
    }

    #[test]
    fn any_bytes_make_an_entry_that_keeps_them(raw in prop::collection::vec(any::<u8>(), 0..64)) {
        prop_assert_eq!(Entry::from_raw(&raw, 0).raw(), Some(raw));
    }

    #[test]
    fn any_text_is_a_profile_or_an_error(text in "\\PC{0,200}") {
        let _ = Profile::parse(&text);
        let _ = Template::parse(&text).map(|template| template.read(&template::Words::default(), &text));
    }

    #[test]
    fn any_marker_is_a_drift_or_an_error(text in "\\PC{0,200}", now in any::<i64>()) {
        let _ = drift::from_marker(text.as_bytes(), jiff::tz::Offset::constant(8), now);
    }
}
