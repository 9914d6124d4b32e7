//! USE-17: breaks between packets, where they are and how long; and that none is seen where there is none.

use tiezheng_media::{Examination, GapKind, TrackKind};

use crate::made::{self, SOUND, Studio, VIDEO, look};

/// Three seconds are missing after the first second of the picture.
const HOLE: &str = "-vf setpts=PTS+gte(N\\,25)*3/TB -fps_mode passthrough";

/// Breaks of the first track of `kind` as (kind, at ms, length ms), times to the nearest 10 ms.
fn breaks(x: &Examination, kind: TrackKind) -> Vec<(GapKind, u64, u64)> {
    let near = |ms: u64| (ms + 5) / 10 * 10;
    x.gaps
        .iter()
        .filter(|gap| x.tracks[gap.track as usize].kind == kind)
        .map(|gap| (gap.kind, near(gap.at_ms), near(gap.length_ms)))
        .collect()
}

#[test]
fn a_hole_in_the_picture_is_found_in_every_container_that_keeps_time() {
    for name in ["h.ts", "h.mp4", "h.mov", "h.mkv", "h.mpg", "h.avi"] {
        let codec = match name {
            "h.mpg" => "-c:v mpeg2video",
            "h.avi" => "-c:v mjpeg",
            _ => made::H264,
        };
        let x = look(&Studio::new().make(name, &format!("{VIDEO} {HOLE} {codec}")));
        let found = breaks(&x, TrackKind::Video);
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        let (kind, at, length) = found[0];
        assert_eq!(kind, GapKind::Gap, "{name}");
        // Reordering and several pictures in a packet blur the place by some frames, never the length by a second.
        assert!(at.abs_diff(1000) <= 130 && length.abs_diff(3000) <= 90, "{name}: {found:?}");
        assert!(x.duration_ms.is_some_and(|ms| ms.abs_diff(5000) <= 130), "{name}: {:?}", x.duration_ms);
    }
}

#[test]
fn a_hole_in_both_tracks_is_reported_for_each() {
    let pattern = format!("{VIDEO} {SOUND} {HOLE} -af asetpts=PTS+gte(T\\,1)*3/TB {} -bf 0 -c:a aac", made::H264);
    let x = look(&Studio::new().make("both.ts", &pattern));
    assert_eq!(breaks(&x, TrackKind::Video), [(GapKind::Gap, 1000, 3000)]);
    let sound = breaks(&x, TrackKind::Audio);
    assert!(sound.len() == 1 && sound[0].2.abs_diff(3000) <= 400, "{sound:?}");
}

#[test]
fn a_lost_fragment_is_a_gap() {
    let studio = Studio::new();
    let fragments = "-movflags +frag_keyframe+empty_moov+default_base_moof -map 0:v";
    let bytes = studio.make("f.mp4", &format!("{VIDEO} {} {fragments}", made::H264.replace("-g 25", "-g 10")));
    let boxes = top_boxes(&bytes);
    let moofs: Vec<usize> = boxes.iter().filter(|(kind, _, _)| kind == b"moof").map(|(_, at, _)| *at).collect();
    assert_eq!(moofs.len(), 5);
    // The second and third of five fragments of 400 ms.
    let lost: Vec<u8> = [&bytes[..moofs[1]], &bytes[moofs[3]..]].concat();
    assert_eq!(breaks(&look(&lost), TrackKind::Video), [(GapKind::Gap, 400, 800)]);
    assert_eq!(breaks(&look(&bytes), TrackKind::Video), []);
    // The fragments in another order: time goes back.
    let swapped: Vec<u8> = [&bytes[..moofs[1]], &bytes[moofs[3]..moofs[4]], &bytes[moofs[1]..moofs[3]]].concat();
    let kinds: Vec<GapKind> = look(&swapped).gaps.iter().map(|gap| gap.kind).collect();
    assert_eq!(kinds, [GapKind::Gap, GapKind::Backwards]);
}

fn top_boxes(bytes: &[u8]) -> Vec<([u8; 4], usize, usize)> {
    let mut boxes = Vec::new();
    let mut at = 0;
    while at + 8 <= bytes.len() {
        let size = u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four")) as usize;
        boxes.push((bytes[at + 4..at + 8].try_into().expect("four"), at, size));
        at += size;
    }
    boxes
}

#[test]
fn two_recordings_joined_step_backwards() {
    for name in ["a.ts", "a.mpg"] {
        let codec = if name == "a.ts" { made::H264 } else { "-c:v mpeg2video" };
        let bytes = Studio::new().make(name, &format!("{VIDEO} {codec}"));
        let x = look(&[&bytes[..], &bytes].concat());
        let found = breaks(&x, TrackKind::Video);
        assert!(
            matches!(found[..], [(GapKind::Backwards, at, length)] if at.abs_diff(2000) <= 50 && length.abs_diff(2000) <= 150),
            "{name}: {found:?}"
        );
        assert!(x.duration_ms.is_some_and(|ms| ms.abs_diff(4000) <= 100), "{name}: {:?}", x.duration_ms);
    }
}

#[test]
fn a_clock_step_of_hours_is_a_jump_and_no_length() {
    let pattern = format!("{VIDEO} -vf setpts=PTS+gte(N\\,25)*7200/TB -fps_mode passthrough {} -bf 0", made::H264);
    let x = look(&Studio::new().make("jump.ts", &pattern));
    assert_eq!(breaks(&x, TrackKind::Video), [(GapKind::Jump, 1000, 7_200_000)]);
    assert!(x.duration_ms.is_some_and(|ms| ms.abs_diff(2000) <= 100), "{:?}", x.duration_ms);
}

#[test]
fn the_wrap_of_the_clock_is_no_break() {
    // 2^33 ticks of 90 kHz are 95443.7 s: the second half lies beyond.
    let x = look(&Studio::new().make("wrap.ts", &format!("{VIDEO} {} -output_ts_offset 95442.7", made::H264)));
    assert_eq!(breaks(&x, TrackKind::Video), []);
    assert!(x.duration_ms.is_some_and(|ms| ms.abs_diff(2000) <= 60), "{:?}", x.duration_ms);
}

#[test]
fn a_slow_camera_has_no_breaks() {
    for name in ["slow.mp4", "slow.ts", "slow.mkv", "slow.avi"] {
        let input = "-f lavfi -i testsrc=size=320x180:rate=1/2:duration=20";
        let x =
            look(&Studio::new().make(name, &format!("{input} -c:v libx264 -preset ultrafast -pix_fmt yuv420p -bf 0")));
        assert_eq!(x.gaps, [], "{name}");
        assert_eq!(x.tracks[0].fps, Some(0.5), "{name}");
    }
}
