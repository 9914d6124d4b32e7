//! Files made to hurt: each must end quickly, within its limits, and say something true.

use tiezheng_media::{Container, Examination, Oddity, Playable, Trouble, keyframes};

use crate::made::{is_truncated, look, oddity_codes};

fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32 + 8).to_be_bytes()[..], kind, body].concat()
}

fn full(kind: &[u8; 4], words: &[u32]) -> Vec<u8> {
    let body: Vec<u8> = [0u32]
        .iter()
        .chain(words)
        .flat_map(|word| word.to_be_bytes())
        .collect();
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

fn trouble_code(x: &Examination) -> String {
    serde_json::to_value(&x.trouble).expect("JSON")["code"]
        .as_str()
        .unwrap_or("none")
        .to_owned()
}

#[test]
fn nothing_and_next_to_nothing() {
    let x = look(b"");
    assert_eq!(
        (x.trouble.clone(), oddity_codes(&x), x.playable),
        (
            Some(Trouble::Empty),
            vec!["empty".to_owned()],
            Playable::None
        )
    );
    for byte in 0..=255 {
        let x = look(&[byte]);
        assert_eq!(
            (x.container, x.trouble),
            (Container::Unknown, Some(Trouble::UnknownFormat)),
            "{byte}"
        );
    }
}

#[test]
fn foreign_formats_are_named_not_guessed() {
    for (bytes, expected) in [
        (&b"FLV\x01\x05\0\0\0\x09"[..], "unsupported"),
        (b"OggS\0\x02", "unsupported"),
        (b"%PDF-1.7 and so on", "unsupported"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "unsupported"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "unsupported"),
        (b"#!AMR\n", "unsupported"),
        (b"DHAV\xfd\0\0\0", "unsupported"),
        (b"once upon a time there was a text", "unknown_format"),
        (&[0; 10_000], "unknown_format"),
        (&[0xff; 10_000], "unknown_format"),
    ] {
        let x = look(bytes);
        assert_eq!(trouble_code(&x), expected, "{bytes:?}");
        assert_eq!(
            (x.container, x.playable, x.mime.as_str()),
            (
                Container::Unknown,
                Playable::None,
                "application/octet-stream"
            )
        );
    }
}

#[test]
fn boxes_of_impossible_sizes() {
    let whole = movie(&[full(b"stts", &[1, 10, 40]), full(b"stsz", &[4, 10])]);
    let sized = |size: [u8; 4], kind: &[u8; 4]| [&size[..], kind, &[0; 8]].concat();
    for (name, bytes, expected) in [
        ("whole", whole.clone(), "none"),
        (
            "smaller than its head",
            [ftyp(), sized([0, 0, 0, 7], b"moov")].concat(),
            "malformed",
        ),
        (
            "one byte",
            [ftyp(), sized([0, 0, 0, 1], b"moov")].concat(),
            "malformed",
        ),
        (
            "beyond the file",
            [ftyp(), sized([0x7f, 0xff, 0xff, 0xff], b"moov")].concat(),
            "none",
        ),
        (
            "no index",
            [ftyp(), boxed(b"mdat", &[0; 64])].concat(),
            "no_index",
        ),
        (
            "64 bits of size",
            [
                ftyp(),
                [&[0, 0, 0, 1][..], b"mdat", &[0xff; 8], &[0; 50]].concat(),
            ]
            .concat(),
            "no_index",
        ),
        (
            "open media",
            [ftyp(), sized([0; 4], b"mdat")].concat(),
            "no_index",
        ),
        (
            "index inside itself",
            [ftyp(), boxed(b"moov", &boxed(b"moov", &whole))].concat(),
            "none",
        ),
    ] {
        let x = look(&bytes);
        assert_eq!(trouble_code(&x), expected, "{name}: {x:?}");
    }
    assert!(is_truncated(&look(
        &[ftyp(), sized([0x7f, 0xff, 0xff, 0xff], b"moov")].concat()
    )));
}

#[test]
fn boxes_nested_ten_thousand_deep() {
    for kind in [
        b"moov", b"trak", b"udta", b"meta", b"moof", b"wave", b"stbl",
    ] {
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
        (
            "box over its parent",
            vec![[&[0, 0, 0xff, 0xff][..], b"stts", &[0; 16]].concat()],
            "malformed",
        ),
        (
            "four thousand million samples",
            vec![full(b"stts", &[1, all, all]), full(b"stsz", &[4, all])],
            "none",
        ),
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
            vec![
                full(b"stsc", &[1, 1, 0, 1]),
                full(b"stco", &[3, 0, 0, 0]),
                full(b"stsz", &[1, all]),
            ],
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
    let x = look(&movie(&[
        full(b"stts", &[1, 2, 40]),
        full(b"stsz", &[4, 2]),
        full(b"stco", &[1, 1_000_000]),
    ]));
    assert!(is_truncated(&x), "{x:?}");
}

#[test]
fn a_fragment_of_four_thousand_million_samples() {
    let movie = movie(&[]);
    let tfhd = boxed(b"tfhd", &[0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 3, 0xe8]);
    let trun = boxed(b"trun", &[0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    let with_columns = boxed(
        b"trun",
        &[0, 0, 0x0f, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1],
    );
    let moof = boxed(
        b"moof",
        &boxed(b"traf", &[tfhd, trun, with_columns].concat()),
    );
    let x = look(&[&movie[..], &moof, &moof].concat());
    assert_eq!(x.gaps, []);
    assert!(x.duration_ms.is_some());
}

#[test]
fn an_edit_list_of_a_million_cuts() {
    let rows: Vec<u32> = std::iter::once(1_000_000)
        .chain((0..3_000_000).map(|word| word % 3))
        .collect();
    let elst = boxed(b"edts", &full(b"elst", &rows));
    let plain = movie(&[full(b"stts", &[1, 10, 40]), full(b"stsz", &[4, 10])]);
    let at = plain
        .windows(4)
        .position(|word| word == b"mdia")
        .expect("mdia")
        - 4;
    let mut bytes = [&plain[..at], &elst, &plain[at..]].concat();
    for kind in [b"trak", b"moov"] {
        let at = bytes
            .windows(4)
            .position(|word| word == kind)
            .expect("a box")
            - 4;
        let size =
            u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four")) + elst.len() as u32;
        bytes[at..at + 4].copy_from_slice(&size.to_be_bytes());
    }
    let x = look(&bytes);
    let entries = x.oddities.iter().find_map(|oddity| match oddity {
        Oddity::EditList { entries, .. } => Some(*entries),
        _ => None,
    });
    assert_eq!(entries, Some(4096));
}

#[test]
fn every_gap_is_reported_until_the_limit_and_then_it_is_said() {
    // 40 ms is usual; then a picture a second.
    for (seconds, reported, limited) in [
        (999, 999, false),
        (1000, 1000, false),
        (1001, 1000, true),
        (u32::MAX / 2, 1000, true),
    ] {
        let x = look(&movie(&[
            full(b"stts", &[3, 100, 40, seconds, 1000, 1, 40]),
            full(b"stsz", &[4, 10]),
        ]));
        assert_eq!(x.gaps.len(), reported, "{seconds}");
        assert_eq!(
            x.oddities.contains(&Oddity::GapsLimited { reported: 1000 }),
            limited,
            "{seconds}"
        );
    }
}

#[test]
fn garbage_behind_a_whole_file_is_told_from_a_cut() {
    let whole = movie(&[full(b"stts", &[1, 10, 40]), full(b"stsz", &[4, 10])]);
    for garbage in [
        &[0u8; 100][..],
        b"a maker's own trailer of some length",
        &[0xff; 33],
        b"abc",
    ] {
        let x = look(&[&whole[..], garbage].concat());
        assert!(
            oddity_codes(&x).contains(&"trailing_garbage".to_owned()),
            "{garbage:?}: {x:?}"
        );
        assert!(!is_truncated(&x) && x.trouble.is_none(), "{garbage:?}");
    }
}

#[test]
fn unknown_lengths_nested_for_ever() {
    let mut bytes = vec![0x1a, 0x45, 0xdf, 0xa3, 0x80];
    for _ in 0..50_000 {
        bytes.extend([0x18, 0x53, 0x80, 0x67, 0xff]);
        bytes.extend([0x1f, 0x43, 0xb6, 0x75, 0xff]);
    }
    let x = look(&bytes);
    assert_eq!(
        (x.container, trouble_code(&x).as_str()),
        (Container::Matroska, "no_index")
    );
}

#[test]
fn riff_lists_nested_for_ever() {
    let mut bytes = b"RIFF\xff\xff\xff\x7fAVI ".to_vec();
    for _ in 0..50_000 {
        bytes.extend(b"LIST\xff\xff\xff\x7fmovi");
    }
    let x = look(&bytes);
    assert_eq!(x.container, Container::Avi);
    assert!(is_truncated(&x));
}

#[test]
fn sync_bytes_and_nothing_else() {
    let x = look(&[0x47; 188 * 50]);
    assert_eq!(
        (x.container, trouble_code(&x).as_str()),
        (Container::MpegTs, "no_index")
    );
    assert_eq!(x.playable, Playable::None);
}

#[test]
fn packs_and_nothing_else() {
    let pack = [0, 0, 1, 0xba, 0x44, 0, 4, 0, 4, 1, 0, 0, 3, 0xf8];
    let x = look(&pack.repeat(5000));
    assert_eq!(
        (x.container, trouble_code(&x).as_str()),
        (Container::MpegPs, "no_index")
    );
}

#[test]
fn wav_lengths_that_are_not_true() {
    let wav = |riff: u32, data: u32, bytes: usize| {
        let fmt = [
            &[1u8, 0, 1, 0][..],
            &8000u32.to_le_bytes(),
            &16000u32.to_le_bytes(),
            &[2, 0, 16, 0],
        ]
        .concat();
        let head = [
            b"RIFF",
            &riff.to_le_bytes()[..],
            b"WAVEfmt ",
            &16u32.to_le_bytes(),
            &fmt,
        ]
        .concat();
        [&head[..], b"data", &data.to_le_bytes(), &vec![0; bytes]].concat()
    };
    for (name, bytes, duration_ms, codes) in [
        ("true", wav(36 + 16000, 16000, 16000), 1000, vec![]),
        (
            "never closed",
            wav(0, 0, 16000),
            1000,
            vec!["unfinished_header"],
        ),
        (
            "streamed",
            wav(u32::MAX, u32::MAX, 16000),
            1000,
            vec!["unfinished_header"],
        ),
        ("cut", wav(36 + 16000, 16000, 8000), 500, vec!["truncated"]),
        (
            "something behind",
            wav(36 + 8000, 8000, 16000),
            500,
            vec!["trailing_garbage"],
        ),
        ("no sound", wav(36, 0, 0), 0, vec!["no_media"]),
    ] {
        let x = look(&bytes);
        assert_eq!(
            (x.duration_ms, oddity_codes(&x)),
            (
                Some(duration_ms),
                codes.iter().map(|code| (*code).to_owned()).collect()
            ),
            "{name}"
        );
    }
}

#[test]
fn an_avi_that_was_never_closed_still_counts_its_pictures() {
    let studio = crate::made::Studio::new();
    let whole = studio.make("a.avi", &crate::made::arguments("{V} -c:v mjpeg"));
    let index = whole
        .windows(4)
        .rposition(|id| id == b"idx1")
        .expect("an index");
    let movi = whole.windows(4).position(|id| id == b"movi").expect("movi") - 4;
    let mut open = whole[..index].to_vec();
    open[4..8].fill(0);
    open[movi..movi + 4].fill(0);
    let x = look(&open);
    assert_eq!(
        oddity_codes(&x),
        ["missing_index", "remuxed", "unfinished_header"]
    );
    assert_eq!((x.duration_ms, x.tracks[0].samples), (Some(2000), Some(50)));
}

#[test]
fn damage_in_the_middle_is_counted_and_passed_over() {
    let studio = crate::made::Studio::new();
    for (name, pattern) in [
        ("a.ts", "{V} {H}"),
        ("a.mpg", "{V} -c:v mpeg2video"),
        ("a.mp3", "{A}"),
        ("a.aac", "{A}"),
        ("a.mkv", "{V} {H} -cluster_time_limit 200"),
    ] {
        let mut bytes = studio.make(name, &crate::made::arguments(pattern));
        let middle = bytes.len() / 2;
        bytes[middle..middle + 3000].fill(0);
        let x = look(&bytes);
        assert!(
            oddity_codes(&x).contains(&"damaged".to_owned()),
            "{name}: {:?}",
            x.oddities
        );
        assert!(
            x.duration_ms.is_some_and(|ms| ms > 1500),
            "{name}: {:?}",
            x.duration_ms
        );
    }
}

#[test]
fn lost_transport_packets_are_counted() {
    let studio = crate::made::Studio::new();
    let bytes = studio.make("a.ts", &crate::made::arguments("{V} {H}"));
    let from = 188 * 60;
    let x = look(&[&bytes[..from], &bytes[from + 188 * 3..]].concat());
    assert!(
        x.oddities.contains(&Oddity::LostPackets { count: 3 }),
        "{:?}",
        x.oddities
    );
}
