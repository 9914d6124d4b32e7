//! Sample entries (`stsd`): codec, picture size, sound format.

use crate::bytes::{be16, be32, be64, four};
use crate::codec;
use crate::report::{Track, TrackKind};

/// `entry` is one sample entry with its head. `quicktime`: sound versions 1 and 2 have longer headers there.
pub(super) fn read(kind: TrackKind, entry: &[u8], quicktime: bool) -> Option<Track> {
    let code = four(entry, 4)?;
    let mut track = Track::new(kind, codec::from_fourcc(code));
    let body = entry.get(8..)?;
    let children = match kind {
        TrackKind::Video => {
            track.width = be16(body, 24).map(u32::from).filter(|width| *width > 0);
            track.height = be16(body, 26).map(u32::from).filter(|height| *height > 0);
            78
        }
        TrackKind::Audio => sound(&mut track, body, quicktime)?,
        _ => return Some(track),
    };
    configuration(&mut track, code, body.get(children..).unwrap_or(&[]), 2);
    if track.codec == "opus" {
        track.codec_string = Some("opus".to_owned());
    }
    Some(track)
}

/// Fills rate and channels; returns where the child boxes begin.
fn sound(track: &mut Track, body: &[u8], quicktime: bool) -> Option<usize> {
    let version = be16(body, 8)?;
    track.channels = be16(body, 16).map(u32::from).filter(|channels| *channels > 0);
    track.sample_rate = be32(body, 24).map(|rate| rate >> 16).filter(|rate| *rate > 0);
    Some(match version {
        1 if quicktime => 44,
        2 if quicktime => {
            let rate = be64(body, 32).map(f64::from_bits).filter(|rate| (1.0..1e7).contains(rate));
            track.sample_rate = rate.map(|rate| rate as u32);
            track.channels = be32(body, 40).filter(|channels| (1..=1024).contains(channels));
            64
        }
        _ => 28,
    })
}

fn configuration(track: &mut Track, entry: [u8; 4], mut boxes: &[u8], depth: u32) {
    while let (Some(size), Some(kind)) = (be32(boxes, 0), four(boxes, 4)) {
        let size = (size as usize).min(boxes.len());
        if size < 8 {
            return;
        }
        let body = &boxes[8..size];
        match &kind {
            b"avcC" => codec::avc_config(track, body),
            b"hvcC" => codec::hevc_config(track, body, if &entry == b"hev1" { "hev1" } else { "hvc1" }),
            b"av1C" => codec::av1_config(track, body),
            b"vpcC" => codec::vp9_config(track, body.get(4..).unwrap_or(&[])),
            b"esds" => {
                codec::elementary_descriptor(track, body.get(4..).unwrap_or(&[]));
            }
            b"wave" if depth > 0 => configuration(track, entry, body, depth - 1),
            _ => {}
        }
        boxes = &boxes[size..];
    }
}
