//! Each oddity where it belongs, and not where it does not.

use tiezheng_media::{Container, Oddity, Playable};

use crate::made::{self, H264, SOUND, Studio, VIDEO, look, oddity_codes};

#[test]
fn a_copy_cut_by_an_editor_hides_what_it_left_out() {
    let studio = Studio::new();
    studio.make("whole.mp4", &format!("{VIDEO} {H264} -g 50"));
    // Copied from 1.2 s on: the pictures since the key frame at 0 s stay inside, hidden by the edit list.
    let x = look(&studio.make("cut.mp4", &format!("-ss 1.2 -i {} -c copy", studio.path("whole.mp4").display())));
    let hidden = x.oddities.iter().find_map(|oddity| match oddity {
        Oddity::EditList { track: 0, hidden_ms, .. } => Some(*hidden_ms),
        _ => None,
    });
    assert!(hidden.is_some_and(|ms| ms.abs_diff(1200) <= 100), "{:?}", x.oddities);
    assert!(x.duration_ms.is_some_and(|ms| ms.abs_diff(800) <= 100), "{:?}", x.duration_ms);
}

#[test]
fn tracks_of_different_length_are_reported_beyond_a_second() {
    let long = SOUND.replace("duration=2", "duration=4");
    for name in ["a.mp4", "a.mkv", "a.ts", "a.avi", "a.mpg"] {
        let codecs = match name {
            "a.avi" => "-c:v mjpeg -c:a pcm_s16le",
            "a.mpg" => "-c:v mpeg2video -c:a mp2",
            _ => H264,
        };
        let differ = |sound: &str| {
            let x = look(&Studio::new().make(name, &format!("{VIDEO} {sound} {codecs}")));
            oddity_codes(&x).contains(&"track_lengths_differ".to_owned())
        };
        assert!(differ(&long), "{name}: 2 s and 4 s");
        assert!(!differ(SOUND), "{name}: 2 s and 2 s");
    }
}

#[test]
fn what_a_browser_plays_as_it_is() {
    for (name, codecs, expected) in [
        ("a.mp4", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p", Playable::Native),
        ("a.mp4", "-c:v libx264 -preset ultrafast -pix_fmt yuv444p", Playable::NeedsPreview),
        ("a.mp4", "-c:v mpeg4", Playable::NeedsPreview),
        ("a.mkv", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p", Playable::NeedsPreview),
        ("a.ts", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p", Playable::NeedsPreview),
    ] {
        let bytes = Studio::new().make(name, &format!("{VIDEO} {codecs}"));
        assert_eq!(look(&bytes).playable, expected, "{name} {codecs}");
    }
    let no_index = Studio::new().make("a.mp4", &made::arguments("{V} {H}"));
    let x = look(&no_index[..no_index.len() - 100]);
    assert_eq!((x.container, x.playable), (Container::Mp4, Playable::None));
}
