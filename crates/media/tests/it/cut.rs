//! A recording cut anywhere (battery, card pulled, copy broken off) is examined as far as it goes and says it is cut.

use tiezheng_media::{Container, Examination, Trouble, examine, keyframes};

use crate::made::{self, Studio, everything, is_truncated, look};

fn says_so(x: &Examination) -> bool {
    x.trouble.is_some() || is_truncated(x)
}

/// Cuts that leave whole packets cannot be told from a shorter recording.
fn undetectable(container: Container, name: &str, whole: &[u8], cut: usize) -> bool {
    match container {
        Container::MpegTs => cut.is_multiple_of(if name.ends_with("m2ts") { 192 } else { 188 }),
        Container::MpegPs => whole[cut..].starts_with(&[0, 0, 1]),
        Container::Aac => whole[cut..].starts_with(&[0xff, 0xf1]),
        Container::Mp4 => {
            name.starts_with("fragmented") && matches!(whole.get(cut + 4..cut + 8), Some(b"moof" | b"mdat" | b"mfra"))
        }
        // A recorder that wrote no lengths: any whole element may have been the last.
        Container::Matroska => name.starts_with("live") && matches!(whole[cut], 0xa3 | 0x1f | 0xa0 | 0xe7),
        _ => false,
    }
}

#[test]
fn a_cut_is_noticed_wherever_it_falls() {
    let studio = Studio::new();
    for (name, container, whole) in everything(&studio) {
        let step = (whole.len() / 150).max(1);
        let near_the_ends = (0..64).chain(whole.len() - 64..whole.len());
        for cut in near_the_ends.chain((0..whole.len()).step_by(step)) {
            let x = look(&whole[..cut]);
            let excused = undetectable(container, name, &whole, cut);
            assert!(says_so(&x) || excused, "{name} cut at {cut} of {}: {x:?}", whole.len());
            keyframes(&mut &whole[..cut]);
        }
        assert!(!says_so(&look(&whole)), "{name}: the whole recording is not cut");
        still_described(name, container, &whole[..whole.len() * 4 / 5]);
    }
}

fn still_described(name: &str, container: Container, cut: &[u8]) {
    // An index at the end is lost with the end; what came before a cut is told all the same.
    let lost = ["plain.mp4", "sound.m4a", "mjpeg.mov"].contains(&name);
    let x = look(cut);
    assert_eq!(x.container, container, "{name}");
    assert_eq!(x.tracks.is_empty(), lost, "{name}");
    assert_eq!(x.trouble, lost.then_some(Trouble::NoIndex), "{name}");
}

#[test]
fn the_missing_bytes_are_counted_where_the_container_tells() {
    let studio = Studio::new();
    for name in ["fast.mp4", "mjpeg.avi", "h264.mkv", "pcm.wav", "rf64.wav"] {
        let pattern = made::ALL.iter().find(|(known, _, _)| *known == name).map(|(_, pattern, _)| *pattern);
        let whole = studio.make(name, &made::arguments(pattern.expect("a known name")));
        let x = look(&whole[..whole.len() - 1000]);
        let counted = serde_json::to_value(&x.oddities).expect("JSON").to_string();
        assert!(counted.contains("\"missing_bytes\":"), "{name}: {counted}");
    }
}

/// A card that stops answering is not a verdict on the recording.
struct Failing(Vec<u8>, u64);

impl tiezheng_media::Source for Failing {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> std::io::Result<usize> {
        if offset + buf.len() as u64 > self.1 {
            return Err(std::io::Error::other("no answer"));
        }
        (&self.0[..]).read_at(offset, buf)
    }
}

#[test]
fn storage_that_fails_is_named_as_such() {
    let studio = Studio::new();
    let whole = studio.make("a.ts", &made::arguments("{V} {H}"));
    let x = examine(&mut Failing(whole, 8192));
    assert!(matches!(x.trouble, Some(Trouble::Unreadable { .. })), "{:?}", x.trouble);
}
