//! MP4 built by hand: impossible sizes, promises not kept, edit lists, tags.

use tiezheng_media::{Oddity, keyframes};

use crate::made::{is_truncated, look, oddity_codes, trouble_code};

fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32 + 8).to_be_bytes()[..], kind, body].concat()
}

fn full(kind: &[u8; 4], words: &[u32]) -> Vec<u8> {
    let body: Vec<u8> = [0u32].iter().chain(words).flat_map(|word| word.to_be_bytes()).collect();
    boxed(kind, &body)
}

fn ftyp() -> Vec<u8> {
    boxed(b"ftyp", b"isom\0\0\0\0")
}

/// A file whose one video track has the given sample table boxes.
fn movie(tables: &[Vec<u8>]) -> Vec<u8> {
    let entry = boxed(b"mjpg", &[0; 78]);
    let stsd = boxed(b"stsd", &[&[0, 0, 0, 0, 0, 0, 0, 1][..], &entry].concat());
    let stbl = boxed(b"stbl", &[&[stsd][..], tables].concat().concat());
    let hdlr = full(b"hdlr", &[0, u32::from_be_bytes(*b"vide"), 0, 0, 0]);
    let mdhd = full(b"mdhd", &[0, 0, 1000, 0, 0]);
    let mdia = boxed(b"mdia", &[mdhd, hdlr, boxed(b"minf", &stbl)].concat());
    let trak = boxed(b"trak", &[full(b"tkhd", &[0, 0, 1]), mdia].concat());
    let moov = boxed(b"moov", &[full(b"mvhd", &[0, 0, 1000, 0]), trak].concat());
    [ftyp(), boxed(b"mdat", &[0; 64]), moov].concat()
}

#[test]
fn boxes_of_impossible_sizes() {
    let whole = movie(&[full(b"stts", &[1, 10, 40]), full(b"stsz", &[4, 10])]);
    let sized = |size: [u8; 4], kind: &[u8; 4]| [&size[..], kind, &[0; 8]].concat();
    for (name, bytes, expected) in [
        ("whole", whole.clone(), "none"),
        ("smaller than its head", [ftyp(), sized([0, 0, 0, 7], b"moov")].concat(), "malformed"),
        ("one byte", [ftyp(), sized([0, 0, 0, 1], b"moov")].concat(), "malformed"),
        ("beyond the file", [ftyp(), sized([0x7f, 0xff, 0xff, 0xff], b"moov")].concat(), "none"),
        ("no index", [ftyp(), boxed(b"mdat", &[0; 64])].concat(), "no_index"),
        ("64 bits of size", [ftyp(), [&[0, 0, 0, 1][..], b"mdat", &[0xff; 8], &[0; 50]].concat()].concat(), "no_index"),
        ("open media", [ftyp(), sized([0; 4], b"mdat")].concat(), "no_index"),
        ("index inside itself", [ftyp(), boxed(b"moov", &boxed(b"moov", &whole))].concat(), "none"),
    ] {
        let x = look(&bytes);
        assert_eq!(trouble_code(&x), expected, "{name}: {x:?}");
    }
    assert!(is_truncated(&look(&[ftyp(), sized([0x7f, 0xff, 0xff, 0xff], b"moov")].concat())));
}

#[test]
fn boxes_nested_ten_thousand_deep() {
    for kind in [b"moov", b"trak", b"udta", b"meta", b"moof", b"wave", b"stbl"] {
        let mut nest = Vec::new();
        for depth in 0..10_000u32 {
            nest.extend(((10_000 - depth) * 8).to_be_bytes());
            nest.extend(kind);
        }
        let x = look(&[ftyp(), boxed(b"moov", &nest), boxed(b"mdat", &[0; 8])].concat());
        assert!(x.tracks.len() <= 64);
    }
}

#[test]
fn tables_that_promise_more_than_they_hold() {
    let all = u32::MAX;
    for (name, tables, expected) in [
        ("stts rows", vec![full(b"stts", &[all, 1, 40])], "malformed"),
        ("stsz rows", vec![full(b"stsz", &[0, all])], "malformed"),
        ("stss rows", vec![full(b"stss", &[all])], "malformed"),
        ("no rows at all", vec![boxed(b"stts", &[])], "malformed"),
        ("box over its parent", vec![[&[0, 0, 0xff, 0xff][..], b"stts", &[0; 16]].concat()], "malformed"),
        ("four thousand million samples", vec![full(b"stts", &[1, all, all]), full(b"stsz", &[4, all])], "none"),
        (
            "and every one in one chunk",
            vec![
                full(b"stts", &[2, all, all, all, 0]),
                full(b"stsz", &[1, all]),
                full(b"stsc", &[1, 1, all, 1]),
                full(b"stco", &[1, 0]),
            ],
            "none",
        ),
        (
            "chunks of nothing",
            vec![full(b"stsc", &[1, 1, 0, 1]), full(b"stco", &[3, 0, 0, 0]), full(b"stsz", &[1, all])],
            "none",
        ),
    ] {
        let bytes = movie(&tables);
        assert_eq!(trouble_code(&look(&bytes)), expected, "{name}");
        assert!(keyframes(&mut &bytes[..]).len() <= 200_000, "{name}");
    }
}

#[test]
fn an_index_that_points_behind_the_end() {
    let x = look(&movie(&[full(b"stts", &[1, 2, 40]), full(b"stsz", &[4, 2]), full(b"stco", &[1, 1_000_000])]));
    assert!(is_truncated(&x), "{x:?}");
}

#[test]
fn a_fragment_of_four_thousand_million_samples() {
    let movie = movie(&[]);
    let tfhd = boxed(b"tfhd", &[0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 3, 0xe8]);
    let trun = boxed(b"trun", &[0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    let with_columns = boxed(b"trun", &[0, 0, 0x0f, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1]);
    let moof = boxed(b"moof", &boxed(b"traf", &[tfhd, trun, with_columns].concat()));
    let x = look(&[&movie[..], &moof, &moof].concat());
    assert_eq!(x.gaps, []);
    assert!(x.duration_ms.is_some());
}

#[test]
fn programs_are_recognised_and_devices_are_not() {
    let quicktime = |text: &str| {
        let body = [&(text.len() as u16).to_be_bytes()[..], &[0, 0], text.as_bytes()].concat();
        boxed(b"udta", &boxed(b"\xa9swr", &body))
    };
    let itunes = |text: &str| {
        let data = boxed(b"data", &[&[0, 0, 0, 1, 0, 0, 0, 0][..], text.as_bytes()].concat());
        let ilst = boxed(b"ilst", &boxed(b"\xa9too", &data));
        boxed(b"udta", &boxed(b"meta", &[&[0; 4][..], &full(b"hdlr", &[0; 5]), &ilst].concat()))
    };
    for (program, expected) in [
        ("HandBrake 1.7.3 2024020400", true),
        ("Adobe Premiere Pro 2024", true),
        ("剪映专业版", true),
        ("Lavf58.76.100", true),
        ("BWC-1 firmware 2.0", false),
        ("", false),
    ] {
        for tags in [quicktime(program), itunes(program)] {
            let moov = boxed(b"moov", &[full(b"mvhd", &[0, 0, 1000, 0]), tags].concat());
            let x = look(&[ftyp(), boxed(b"mdat", &[0; 8]), moov].concat());
            let found = x.oddities.contains(&Oddity::Remuxed { tool: program.to_owned() });
            assert_eq!(found, expected, "{program}: {x:?}");
            let software = x.device.and_then(|device| device.software);
            assert_eq!(software.unwrap_or_default(), program);
        }
    }
}

/// The movie with an edit list of (duration, media time) in its one track.
fn edited(plain: &[u8], rows: &[(u32, u32)]) -> Vec<u8> {
    let words = rows.iter().flat_map(|(duration, media_time)| [*duration, *media_time, 0x1_0000]);
    let words: Vec<u32> = std::iter::once(rows.len() as u32).chain(words).collect();
    let elst = boxed(b"edts", &full(b"elst", &words));
    let at = plain.windows(4).position(|word| word == b"mdia").expect("mdia") - 4;
    let mut bytes = [&plain[..at], &elst, &plain[at..]].concat();
    for kind in [b"trak", b"moov"] {
        let at = bytes.windows(4).position(|word| word == kind).expect("a box") - 4;
        let size = u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four")) + elst.len() as u32;
        bytes[at..at + 4].copy_from_slice(&size.to_be_bytes());
    }
    bytes
}

#[test]
fn an_edit_list_of_a_million_cuts() {
    let plain = movie(&[full(b"stts", &[1, 10, 40]), full(b"stsz", &[4, 10])]);
    let x = look(&edited(&plain, &vec![(1, 2); 1_000_000]));
    let entries = x.oddities.iter().find_map(|oddity| match oddity {
        Oddity::EditList { entries, .. } => Some(*entries),
        _ => None,
    });
    assert_eq!(entries, Some(4096));
}

#[test]
fn an_empty_edit_between_two_others_is_a_gap() {
    const NOTHING: u32 = u32::MAX;
    let plain = movie(&[full(b"stts", &[1, 100, 40]), full(b"stsz", &[4, 100])]);
    for (rows, expected) in [
        (&[(2000, 0), (5000, NOTHING), (2000, 2000)][..], &[(2000, 5000)][..]),
        (&[(2000, 0), (499, NOTHING), (2000, 2000)], &[]),
        // A late start is no break.
        (&[(5000, NOTHING), (4000, 0)], &[]),
    ] {
        let gaps: Vec<(u64, u64)> =
            look(&edited(&plain, rows)).gaps.iter().map(|gap| (gap.at_ms, gap.length_ms)).collect();
        assert_eq!(gaps, expected, "{rows:?}");
    }
}

#[test]
fn every_gap_is_reported_until_the_limit_and_then_it_is_said() {
    // 40 ms is usual; then a picture a second.
    for (seconds, reported, limited) in
        [(999, 999, false), (1000, 1000, false), (1001, 1000, true), (u32::MAX / 2, 1000, true)]
    {
        let x = look(&movie(&[full(b"stts", &[3, 100, 40, seconds, 1000, 1, 40]), full(b"stsz", &[4, 10])]));
        assert_eq!(x.gaps.len(), reported, "{seconds}");
        assert_eq!(x.oddities.contains(&Oddity::GapsLimited { reported: 1000 }), limited, "{seconds}");
    }
}

#[test]
fn garbage_behind_a_whole_file_is_told_from_a_cut() {
    let whole = movie(&[full(b"stts", &[1, 10, 40]), full(b"stsz", &[4, 10])]);
    for garbage in [&[0u8; 100][..], b"a maker's own trailer of some length", &[0xff; 33], b"abc"] {
        let x = look(&[&whole[..], garbage].concat());
        assert!(oddity_codes(&x).contains(&"trailing_garbage".to_owned()), "{garbage:?}: {x:?}");
        assert!(!is_truncated(&x) && x.trouble.is_none(), "{garbage:?}");
    }
}
