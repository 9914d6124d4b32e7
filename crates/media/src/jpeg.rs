//! JPEG: segments, size, EXIF, and whether the picture is there to its end.

use crate::bytes::{be16, find, text};
use crate::reader::{Outcome, Reader};
use crate::report::{Examination, Oddity, Track, TrackKind, Trouble};

pub(crate) fn examine(reader: &mut Reader, x: &mut Examination) -> Outcome<()> {
    let len = reader.len();
    let mut at = 2;
    let mut scanned = false;
    loop {
        reader.step()?;
        let Some([marker_head, marker]) = reader.some(at, 2)?.first_chunk::<2>().copied() else {
            cut(x, scanned, None);
            return Ok(());
        };
        match (marker_head, marker) {
            (0xff, 0xff) => at += 1,
            (0xff, 0xd9) => {
                if len > at + 2 {
                    x.note(Oddity::TrailingGarbage { bytes: len - at - 2 });
                }
                if !scanned {
                    x.note(Oddity::NoMedia);
                }
                return Ok(());
            }
            (0xff, 0x01 | 0xd0..=0xd8) => at += 2,
            (0xff, 0xc0..=0xfe) => {
                let Some(length) = be16(reader.some(at + 2, 2)?, 0) else {
                    cut(x, scanned, None);
                    return Ok(());
                };
                if length < 2 {
                    x.trouble(Trouble::Malformed { at });
                    return Ok(());
                }
                let end = at + 2 + u64::from(length);
                if end > len {
                    cut(x, scanned, Some(end - len));
                    return Ok(());
                }
                segment(x, marker, reader.get(at + 4, usize::from(length) - 2)?);
                at = end;
                if marker == 0xda {
                    scanned = true;
                    at = entropy_end(reader, at)?;
                }
            }
            _ => {
                x.trouble(Trouble::Malformed { at });
                return Ok(());
            }
        }
    }
}

/// The file ends before the picture does.
fn cut(x: &mut Examination, scanned: bool, missing_bytes: Option<u64>) {
    x.truncated(missing_bytes);
    if !scanned {
        x.trouble(Trouble::Truncated { missing_bytes });
    }
}

/// Coded data end at the first marker that is neither stuffing nor a restart.
fn entropy_end(reader: &mut Reader, mut at: u64) -> Outcome<u64> {
    loop {
        let piece = reader.stretch(at, 2)?;
        if piece.len() < 2 {
            return Ok(at + piece.len() as u64);
        }
        let marker = piece.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7 | 0xff));
        match marker {
            Some(found) => return Ok(at + found as u64),
            None => at += piece.len() as u64 - 1,
        }
    }
}

fn segment(x: &mut Examination, marker: u8, body: &[u8]) {
    match marker {
        0xc4 | 0xc8 | 0xcc => {}
        0xc0..=0xcf if x.tracks.is_empty() => {
            let mut track = Track::new(TrackKind::Image, "jpeg");
            track.height = be16(body, 1).map(u32::from).filter(|height| *height > 0);
            track.width = be16(body, 3).map(u32::from).filter(|width| *width > 0);
            x.tracks.push(track);
        }
        0xe1 if body.starts_with(b"Exif\0\0") => crate::exif::read(x, &body[6..]),
        0xe1 => {
            // XMP: only the name of the program.
            if let Some(at) = find(body, b"CreatorTool") {
                let rest = body.get(at + 12..).unwrap_or(&[]);
                let value = rest.split(|byte| matches!(byte, b'<' | b'"' | b'\'')).find(|part| part.len() > 2);
                x.tool(&text(value.unwrap_or(&[])));
            }
        }
        0xed if body.starts_with(b"Photoshop") => x.tool("Adobe Photoshop"),
        0xfe => x.tool(&text(body)),
        _ => {}
    }
}
