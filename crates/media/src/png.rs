//! PNG: chunks (ISO/IEC 15948). Checksums are not verified: a digest over the whole original does more.

use crate::bytes::{be16, be32, text};
use crate::limits::WINDOW_BYTES_MIN;
use crate::reader::{Outcome, Reader};
use crate::report::{Examination, Oddity, Track, TrackKind, Trouble};

pub(crate) fn examine(reader: &mut Reader, x: &mut Examination) -> Outcome<()> {
    let len = reader.len();
    let mut at = 8;
    let mut media = false;
    while at < len {
        reader.step()?;
        let head = reader.some(at, 8)?;
        let (Some(size), Some(kind)) = (be32(head, 0), crate::bytes::four(head, 4)) else {
            break;
        };
        if !kind.iter().all(u8::is_ascii_alphabetic) {
            x.trouble(Trouble::Malformed { at });
            return Ok(());
        }
        media |= &kind == b"IDAT";
        let end = at + 12 + u64::from(size);
        if end > len {
            x.truncated(Some(end - len));
            break;
        }
        let body = reader.some(at + 8, (size as usize).min(WINDOW_BYTES_MIN))?;
        match &kind {
            b"IHDR" if x.tracks.is_empty() => {
                let mut track = Track::new(TrackKind::Image, "png");
                (track.width, track.height) = (be32(body, 0), be32(body, 4));
                x.tracks.push(track);
            }
            b"tIME" => {
                let field = |at: usize| body.get(at).map_or(0, |byte| i64::from(*byte));
                let year = i64::from(be16(body, 0).unwrap_or(0));
                x.created_ms = crate::time::civil(year, field(2), field(3), field(4), field(5), field(6));
            }
            b"tEXt" if body.starts_with(b"Software\0") => x.tool(&text(&body[9..])),
            b"eXIf" => {
                let body = body.to_vec();
                crate::exif::read(x, &body);
            }
            b"IEND" => {
                if len > end {
                    x.note(Oddity::TrailingGarbage { bytes: len - end });
                }
                if !media {
                    x.note(Oddity::NoMedia);
                }
                return Ok(());
            }
            _ => {}
        }
        at = end;
    }
    x.truncated(None);
    if !media {
        x.trouble(Trouble::Truncated { missing_bytes: None });
    }
    Ok(())
}
