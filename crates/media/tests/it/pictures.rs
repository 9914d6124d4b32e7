//! EXIF and the like, from pictures built by hand.

use tiezheng_media::{Examination, Oddity, Playable};

use crate::made::{look, oddity_codes};

/// A TIFF of one directory with an EXIF and a GPS directory: (tag, text) and rationals.
fn tiff(main: &[(u16, &str)], exif: &[(u16, &str)], gps: Option<[(u32, u32); 6]>) -> Vec<u8> {
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    let mut tail: Vec<u8> = Vec::new();
    let count = main.len() + 1 + usize::from(gps.is_some());
    let main_end = 8 + 2 + count * 12;
    let exif_end = main_end + 2 + exif.len() * 12;
    let gps_end = exif_end + if gps.is_some() { 2 + 4 * 12 } else { 0 };
    let mut field = |bytes: &mut Vec<u8>, tag: u16, text: &str| {
        let value = [text.as_bytes(), b"\0"].concat();
        bytes.extend(tag.to_le_bytes());
        bytes.extend(2u16.to_le_bytes());
        bytes.extend((value.len() as u32).to_le_bytes());
        bytes.extend(((gps_end + tail.len()) as u32).to_le_bytes());
        tail.extend(value);
    };
    let pointer = |bytes: &mut Vec<u8>, tag: u16, kind: u16, count: u32, value: u32| {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    };
    bytes.extend((count as u16).to_le_bytes());
    main.iter().for_each(|(tag, text)| field(&mut bytes, *tag, text));
    pointer(&mut bytes, 0x8769, 4, 1, main_end as u32);
    if gps.is_some() {
        pointer(&mut bytes, 0x8825, 4, 1, exif_end as u32);
    }
    bytes.extend((exif.len() as u16).to_le_bytes());
    exif.iter().for_each(|(tag, text)| field(&mut bytes, *tag, text));
    let rationals_at = gps_end + tail.len();
    if let Some(gps) = gps {
        bytes.extend(4u16.to_le_bytes());
        pointer(&mut bytes, 1, 2, 2, u32::from(b'N'));
        pointer(&mut bytes, 2, 5, 3, rationals_at as u32);
        pointer(&mut bytes, 3, 2, 2, u32::from(b'W'));
        pointer(&mut bytes, 4, 5, 3, rationals_at as u32 + 24);
        for (over, under) in gps {
            tail.extend(over.to_le_bytes());
            tail.extend(under.to_le_bytes());
        }
    }
    [bytes, tail].concat()
}

fn jpeg(tiff: &[u8]) -> Vec<u8> {
    let app1 = [&[0xff, 0xe1][..], &(tiff.len() as u16 + 8).to_be_bytes(), b"Exif\0\0", tiff].concat();
    let sof = [0xff, 0xc0, 0, 11, 8, 0, 90, 0, 160, 1, 1, 0x11, 0];
    let scan = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 1, 2, 0xff, 0, 3, 0xff, 0xd0, 4, 0xff, 0xd9];
    [&[0xff, 0xd8][..], &app1, &sof, &scan].concat()
}

fn picture(main: &[(u16, &str)], exif: &[(u16, &str)]) -> Examination {
    look(&jpeg(&tiff(main, exif, None)))
}

#[test]
fn the_moment_is_local_unless_a_zone_is_written() {
    const UTC: i64 = 1_773_104_523_000;
    const HOUR: i64 = 3_600_000;
    for (exif, expected) in [
        (&[(0x9003u16, "2026:03:10 01:02:03")][..], (Some(UTC), true)),
        (&[(0x9003, "2026:03:10 09:02:03"), (0x9011, "+08:00")], (Some(UTC), false)),
        (&[(0x9003, "2026:03:10 01:02:03"), (0x9291, "2500")], (Some(UTC + 250), true)),
        (&[(0x9003, "    :  :     :  :  ")], (None, false)),
        (&[(0x9003, "2026:02:30 01:02:03")], (None, false)),
        (&[], (None, false)),
    ] {
        let x = picture(&[], exif);
        assert_eq!((x.created_ms, x.created_is_local), expected, "{exif:?}");
    }
    let changed = picture(&[(0x0132, "2026:03:10 02:02:03")], &[]);
    assert_eq!((changed.created_ms, changed.created_is_local), (Some(UTC + HOUR), true));
}

#[test]
fn device_program_and_size() {
    let x = picture(&[(0x010f, "Acme"), (0x0110, "BWC-1"), (0x0131, "Adobe Photoshop 25.0")], &[]);
    let device = x.device.clone().expect("a device");
    assert_eq!((device.make.as_deref(), device.model.as_deref()), (Some("Acme"), Some("BWC-1")));
    assert_eq!(x.oddities, [Oddity::Remuxed { tool: "Adobe Photoshop 25.0".to_owned() }]);
    assert_eq!((x.tracks[0].width, x.tracks[0].height, x.playable), (Some(160), Some(90), Playable::Native));
    let firmware = picture(&[(0x0131, "BWC firmware 1.2")], &[]);
    assert_eq!(firmware.oddities, []);
}

#[test]
fn the_place_is_degrees_minutes_seconds() {
    let x = look(&jpeg(&tiff(&[], &[], Some([(39, 1), (30, 1), (3600, 100), (116, 1), (0, 1), (0, 1)]))));
    let points: Vec<(f64, f64)> = x.gps.iter().map(|point| (point.latitude, point.longitude)).collect();
    assert_eq!(points, [(39.51, -116.0)]);
    let nowhere = look(&jpeg(&tiff(&[], &[], Some([(39, 0), (0, 1), (0, 1), (999, 1), (0, 1), (0, 1)]))));
    assert_eq!(nowhere.gps, []);
}

#[test]
fn directories_that_point_at_themselves_or_away() {
    let good = tiff(&[(0x010f, "Acme")], &[(0x9003, "2026:03:10 01:02:03")], None);
    for at in 4..good.len() {
        for value in [0u8, 8, 0x7f, 0xff] {
            let mut bad = good.clone();
            bad[at] = value;
            let x = look(&jpeg(&bad));
            assert_eq!((x.tracks[0].width, x.trouble), (Some(160), None), "{at} {value}");
        }
    }
}

#[test]
fn what_follows_a_picture_is_noticed() {
    let whole = jpeg(&tiff(&[], &[], None));
    let x = look(&[&whole[..], b"hidden"].concat());
    assert_eq!(x.oddities, [Oddity::TrailingGarbage { bytes: 6 }]);
    assert_eq!(oddity_codes(&look(&whole)), Vec::<String>::new());
    assert_eq!(oddity_codes(&look(&whole[..whole.len() - 1])), ["truncated"]);
}
