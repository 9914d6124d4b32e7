//! Files made to hurt: each must end quickly, within its limits, and say something true.

use tiezheng_media::{Container, Oddity, Playable, Trouble};

use crate::made::{is_truncated, look, oddity_codes, trouble_code};

#[test]
fn nothing_and_next_to_nothing() {
    let x = look(b"");
    assert_eq!(
        (x.trouble.clone(), oddity_codes(&x), x.playable),
        (Some(Trouble::Empty), vec!["empty".to_owned()], Playable::None)
    );
    for byte in 0..=255 {
        let x = look(&[byte]);
        assert_eq!((x.container, x.trouble), (Container::Unknown, Some(Trouble::UnknownFormat)), "{byte}");
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
            (Container::Unknown, Playable::None, "application/octet-stream")
        );
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
    assert_eq!((x.container, trouble_code(&x).as_str()), (Container::Matroska, "no_index"));
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
    assert_eq!((x.container, trouble_code(&x).as_str()), (Container::MpegTs, "no_index"));
    assert_eq!(x.playable, Playable::None);
}

#[test]
fn packs_and_nothing_else() {
    let pack = [0, 0, 1, 0xba, 0x44, 0, 4, 0, 4, 1, 0, 0, 3, 0xf8];
    let x = look(&pack.repeat(5000));
    assert_eq!((x.container, trouble_code(&x).as_str()), (Container::MpegPs, "no_index"));
}

#[test]
fn wav_lengths_that_are_not_true() {
    let wav = |riff: u32, data: u32, bytes: usize| {
        let fmt = [&[1u8, 0, 1, 0][..], &8000u32.to_le_bytes(), &16000u32.to_le_bytes(), &[2, 0, 16, 0]].concat();
        let head = [b"RIFF", &riff.to_le_bytes()[..], b"WAVEfmt ", &16u32.to_le_bytes(), &fmt].concat();
        [&head[..], b"data", &data.to_le_bytes(), &vec![0; bytes]].concat()
    };
    for (name, bytes, duration_ms, codes) in [
        ("true", wav(36 + 16000, 16000, 16000), 1000, vec![]),
        ("never closed", wav(0, 0, 16000), 1000, vec!["unfinished_header"]),
        ("streamed", wav(u32::MAX, u32::MAX, 16000), 1000, vec!["unfinished_header"]),
        ("cut", wav(36 + 16000, 16000, 8000), 500, vec!["truncated"]),
        ("something behind", wav(36 + 8000, 8000, 16000), 500, vec!["trailing_garbage"]),
        ("no sound", wav(36, 0, 0), 0, vec!["no_media"]),
    ] {
        let x = look(&bytes);
        assert_eq!(
            (x.duration_ms, oddity_codes(&x)),
            (Some(duration_ms), codes.iter().map(|code| (*code).to_owned()).collect()),
            "{name}"
        );
    }
}

#[test]
fn an_avi_that_was_never_closed_still_counts_its_pictures() {
    let studio = crate::made::Studio::new();
    let whole = studio.make("a.avi", &crate::made::arguments("{V} -c:v mjpeg"));
    let index = whole.windows(4).rposition(|id| id == b"idx1").expect("an index");
    let movi = whole.windows(4).position(|id| id == b"movi").expect("movi") - 4;
    let mut open = whole[..index].to_vec();
    open[4..8].fill(0);
    open[movi..movi + 4].fill(0);
    let x = look(&open);
    assert_eq!(oddity_codes(&x), ["missing_index", "remuxed", "unfinished_header"]);
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
        assert!(oddity_codes(&x).contains(&"damaged".to_owned()), "{name}: {:?}", x.oddities);
        assert!(x.duration_ms.is_some_and(|ms| ms > 1500), "{name}: {:?}", x.duration_ms);
    }
}

#[test]
fn lost_transport_packets_are_counted() {
    let studio = crate::made::Studio::new();
    let bytes = studio.make("a.ts", &crate::made::arguments("{V} {H}"));
    let from = 188 * 60;
    let x = look(&[&bytes[..from], &bytes[from + 188 * 3..]].concat());
    assert!(x.oddities.contains(&Oddity::LostPackets { count: 3 }), "{:?}", x.oddities);
}
