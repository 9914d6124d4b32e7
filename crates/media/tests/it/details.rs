//! Times, tags, names and key frames of real recordings.

use serde_json::Value;
use tiezheng_media::{Oddity, extension_oddity, keyframes};

use crate::made::{self, Studio, VIDEO, look};

#[test]
fn the_time_of_creation_is_taken_from_the_header() {
    const CREATED: i64 = 1_773_104_523_000;
    for name in ["made.mp4", "made.mov", "made.mkv"] {
        let pattern = "{V} {H} -metadata creation_time=2026-03-10T01:02:03Z";
        let x = look(&Studio::new().make(name, &made::arguments(pattern)));
        assert_eq!((x.created_ms, x.created_is_local), (Some(CREATED), false), "{name}");
    }
    let studio = Studio::new();
    let bytes = studio.make(
        "made.wav",
        &made::arguments("{A} -write_bext 1 -metadata origination_date=2026-03-10 -metadata origination_time=01:02:03"),
    );
    let x = look(&bytes);
    assert_eq!((x.created_ms, x.created_is_local), (Some(CREATED), true), "a wall clock without zone");
}

#[test]
fn place_and_device_are_read_from_quicktime_tags() {
    let pattern = "{V} {H} -metadata location=+39.9042+116.4074/ -metadata make=Acme -metadata model=BWC-1 -movflags use_metadata_tags";
    let x = look(&Studio::new().make("tagged.mov", &made::arguments(pattern)));
    let plain =
        look(&Studio::new().make("plain.mov", &made::arguments("{V} {H} -metadata location=+39.9042+116.4074/")));
    let points: Vec<(f64, f64)> = plain.gps.iter().map(|point| (point.latitude, point.longitude)).collect();
    assert_eq!(points, [(39.9042, 116.4074)]);
    assert!(x.device.is_some());
}

#[test]
fn a_wrong_extension_is_an_oddity() {
    let x = look(&Studio::new().make("real.mp4", &made::arguments("{V} {H}")));
    let odd = |found: &str| Some(Oddity::Extension { found: found.to_owned(), expected: "mp4".to_owned() });
    for (name, expected) in [
        ("a.mp4", None),
        ("a.MP4", None),
        ("a", None),
        (".mp4", None),
        ("a.avi", odd("avi")),
        ("a.mp4.exe", odd("exe")),
        ("a.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", odd("aaaaaaaaaaaaaaaa")),
    ] {
        assert_eq!(extension_oddity(&x, name), expected, "{name}");
    }
}

/// ffprobe's key packets of the first video stream: (ms, offset, size).
fn key_packets(path: &std::path::Path) -> Vec<(i64, u64, u64)> {
    let arguments =
        ["-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts_time,pos,size,flags", "-of", "json"];
    let output = std::process::Command::new("ffprobe").args(arguments).arg(path).output().expect("ffprobe");
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let number = |value: &Value| value.as_str().and_then(|text| text.parse::<f64>().ok()).unwrap_or(-1.0);
    let packets = json["packets"].as_array().expect("packets").iter();
    packets
        .filter(|packet| packet["flags"].as_str().is_some_and(|flags| flags.starts_with('K')))
        .map(|packet| {
            (
                (number(&packet["pts_time"]) * 1000.0).round() as i64,
                number(&packet["pos"]) as u64,
                number(&packet["size"]) as u64,
            )
        })
        .collect()
}

#[test]
fn key_frames_are_where_ffprobe_finds_them() {
    for (name, pattern) in [
        ("plain.mp4", "{V} {A} {H} -g 10 -c:a aac"),
        ("fast.mp4", "{V} {A} {H} -g 7 -c:a aac -movflags +faststart"),
        ("fragmented.mp4", "{V} {A} {H} -g 10 -c:a aac -movflags +frag_keyframe+empty_moov+default_base_moof"),
        ("old_fragments.mp4", "{V} {A} {H} -g 10 -bf 0 -c:a aac -movflags +frag_keyframe+empty_moov"),
        ("all.mov", "{V} {A} -c:v mjpeg -c:a pcm_s16le"),
    ] {
        let studio = Studio::new();
        let bytes = studio.make(name, &made::arguments(pattern));
        let ours = keyframes(&mut &bytes[..]);
        let theirs = key_packets(&studio.path(name));
        assert!(ours.len() > 4, "{name}: {}", ours.len());
        assert_eq!(ours.len(), theirs.len(), "{name}");
        for (ours, (ms, offset, size)) in ours.iter().zip(theirs) {
            assert_eq!((ours.offset, u64::from(ours.size)), (offset, size), "{name}");
            assert!((ours.time_ms as i64 - ms).abs() <= 1, "{name}: {} ms, ffprobe {ms} ms", ours.time_ms);
        }
    }
}

#[test]
fn what_is_no_mp4_has_no_key_frames() {
    for bytes in [&b""[..], b"x", &[0; 4096], b"RIFF....AVI LIST"] {
        assert_eq!(keyframes(&mut &bytes[..]), []);
    }
    let bytes = Studio::new().make("a.ts", &made::arguments(&format!("{VIDEO} {{H}}")));
    assert_eq!(keyframes(&mut &bytes[..]), []);
}
