//! WAV, RF64 and Broadcast Wave.

use crate::bytes::{le32, le64, text};
use crate::codec;
use crate::reader::{Outcome, Reader};
use crate::report::{Examination, Oddity, Track, TrackKind, Trouble};
use crate::riff;

const UNKNOWN_SIZE: u32 = u32::MAX;

pub(crate) fn examine(reader: &mut Reader, x: &mut Examination) -> Outcome<()> {
    let len = reader.len();
    let Some(riff) = riff::next(reader, 0, len)? else {
        x.trouble(Trouble::Truncated { missing_bytes: None });
        return Ok(());
    };
    let mut rates = None;
    let mut data_bytes = None;
    let mut frames = None;
    let mut size_64: Option<(u64, u64)> = None;
    let mut at = 12;
    while let Some(chunk) = riff::next(reader, at, len)? {
        let body_len = (chunk.end - chunk.body).min(4096) as usize;
        match &chunk.id {
            b"ds64" => {
                let body = reader.some(chunk.body, body_len)?;
                size_64 = le64(body, 0).zip(le64(body, 8));
            }
            b"fmt " => {
                let mut track = Track::new(TrackKind::Audio, "unknown");
                rates = codec::wave_format(&mut track, reader.some(chunk.body, body_len)?);
                x.tracks.push(track);
            }
            b"fact" => frames = le32(reader.some(chunk.body, body_len)?, 0).filter(|frames| *frames > 0),
            b"bext" => created(x, reader.some(chunk.body, body_len)?),
            b"LIST" if reader.some(chunk.body, 4)? == b"INFO" => riff::info(reader, x, chunk.body + 4, chunk.end)?,
            b"data" => {
                let rest = len - chunk.body;
                let declared = match (chunk.size, size_64) {
                    (UNKNOWN_SIZE, Some((_, data))) => data,
                    (size, _) => u64::from(size),
                };
                let open = (chunk.size == 0 && rest > 0 && riff.size <= 36)
                    || (chunk.size == UNKNOWN_SIZE && size_64.is_none());
                if open {
                    x.note(Oddity::UnfinishedHeader);
                } else if declared > rest {
                    x.truncated(Some(declared - rest));
                }
                let held = if open { rest } else { declared.min(rest) };
                data_bytes = Some(held);
                at = chunk.body + held + (held & 1);
                if at >= written_end(&riff, size_64).unwrap_or(len) {
                    break;
                }
                continue;
            }
            _ if chunk.beyond > 0 => {
                if data_bytes.is_none() {
                    x.truncated(Some(chunk.beyond))
                } else {
                    break;
                }
            }
            _ => {}
        }
        at = chunk.next_at();
        if x.tracks.len() > 1 {
            x.tracks.truncate(1);
        }
    }
    let written_end = written_end(&riff, size_64).unwrap_or(0);
    if written_end > len {
        x.truncated(Some(written_end - len));
    }
    let end = at.max(written_end);
    if data_bytes.is_some() && len > end + 1 {
        x.note(Oddity::TrailingGarbage { bytes: len - end });
    }
    conclude(x, rates, data_bytes, frames);
    Ok(())
}

/// Where the file says it ends, if it was ever closed.
fn written_end(riff: &riff::Chunk, size_64: Option<(u64, u64)>) -> Option<u64> {
    match (riff.size, size_64) {
        (UNKNOWN_SIZE, Some((size, _))) => Some(size.saturating_add(8)),
        (0 | UNKNOWN_SIZE, _) => None,
        (size, _) => Some(u64::from(size) + 8),
    }
}

fn conclude(x: &mut Examination, rates: Option<(u32, u16)>, data_bytes: Option<u64>, frames: Option<u32>) {
    let (Some(track), Some((bytes_a_second, block))) = (x.tracks.first_mut(), rates) else {
        x.trouble(if x.is_truncated() { Trouble::Truncated { missing_bytes: None } } else { Trouble::NoIndex });
        return;
    };
    let Some(data_bytes) = data_bytes else {
        x.note(Oddity::NoMedia);
        x.truncated(None);
        return;
    };
    let ms = |units: u64, rate: u32| (u128::from(units) * 1000).checked_div(u128::from(rate)).map(|ms| ms as u64);
    track.samples = data_bytes.checked_div(u64::from(block));
    track.duration_ms = ms(data_bytes, bytes_a_second);
    // Of coded sound the header's byte rate is often wrong, its count of frames seldom.
    if let (Some(frames), Some(rate), false) =
        (frames, track.sample_rate, matches!(track.codec.as_str(), "pcm" | "pcm_float"))
    {
        track.samples = Some(u64::from(frames));
        track.duration_ms = ms(u64::from(frames), rate);
    }
    x.duration_ms = track.duration_ms;
    if data_bytes == 0 {
        x.note(Oddity::NoMedia);
    }
}

/// Broadcast Wave (EBU Tech 3285): date and time of origin, without zone.
fn created(x: &mut Examination, body: &[u8]) {
    let origin = text(body.get(320..338).unwrap_or(&[]));
    let (Some(day), Some(time)) = (origin.get(..10), origin.get(10..)) else {
        return;
    };
    x.created_ms = crate::time::wall_clock(&format!("{day} {time}"));
    x.created_is_local = x.created_ms.is_some();
}
