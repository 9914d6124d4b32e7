//! AVI, with and without index, OpenDML included. Time in AVI is a count of chunks; an empty chunk is a lost picture.

use crate::bytes::{le32, text};
use crate::codec;
use crate::limits::{GAPS_MAX, LENGTHS_DIFFER_MS, TRACKS_MAX};
use crate::reader::{Fault, Outcome, Reader};
use crate::report::{Examination, Oddity, Track, TrackKind, Trouble};
use crate::riff::{self, Chunk};
use crate::timeline::{Timeline, rounded};

struct Stream {
    track: Track,
    scale: u32,
    rate: u32,
    /// Bytes of one unit; 0: a chunk is a unit.
    unit_bytes: u32,
    length: u32,
    chunks: u64,
    bytes: u64,
    timeline: Timeline,
}

#[derive(Default)]
struct Layout {
    streams: Vec<Stream>,
    movies: Vec<(u64, u64)>,
    index: Option<Chunk>,
    opendml: bool,
}

pub(crate) fn examine(reader: &mut Reader, x: &mut Examination) -> Outcome<()> {
    let mut layout = Layout::default();
    let walked = riffs(reader, x, &mut layout);
    let counted = walked.and_then(|()| count(reader, x, &mut layout));
    for stream in &mut layout.streams {
        stream.timeline.finish();
        conclude_stream(x, stream);
    }
    x.duration_ms = x.tracks.iter().filter_map(|track| track.duration_ms).max();
    if let (Some(shortest_ms), Some(longest_ms)) = (x.tracks.iter().filter_map(|t| t.duration_ms).min(), x.duration_ms)
        && longest_ms - shortest_ms > LENGTHS_DIFFER_MS
    {
        x.note(Oddity::TrackLengthsDiffer { shortest_ms, longest_ms });
    }
    if layout.streams.is_empty() {
        x.trouble(if x.is_truncated() { Trouble::Truncated { missing_bytes: None } } else { Trouble::NoIndex });
    } else if layout.streams.iter().all(|stream| stream.chunks == 0) {
        x.note(Oddity::NoMedia);
    }
    counted
}

fn riffs(reader: &mut Reader, x: &mut Examination, layout: &mut Layout) -> Outcome<()> {
    let len = reader.len();
    let mut at = 0;
    while let Some(riff) = riff::next(reader, at, len)? {
        let form: [u8; 4] = reader.array(riff.body).unwrap_or_default();
        if &riff.id != b"RIFF" || !matches!(&form, b"AVI " | b"AVIX") {
            x.note(Oddity::TrailingGarbage { bytes: len - at });
            return Ok(());
        }
        layout.opendml |= &form == b"AVIX";
        if riff.beyond > 0 {
            x.truncated(Some(riff.beyond));
        }
        let end = if riff.size == 0 { len } else { riff.end };
        if riff.size == 0 {
            x.note(Oddity::UnfinishedHeader);
        }
        inside(reader, x, layout, riff.body + 4, end)?;
        at = if riff.size == 0 { len } else { riff.next_at() };
    }
    if at < len {
        x.truncated(None);
    }
    Ok(())
}

fn inside(reader: &mut Reader, x: &mut Examination, layout: &mut Layout, mut at: u64, end: u64) -> Outcome<()> {
    while let Some(chunk) = riff::next(reader, at, end)? {
        let list: [u8; 4] = if &chunk.id == b"LIST" { reader.array(chunk.body).unwrap_or_default() } else { [0; 4] };
        match (&chunk.id, &list) {
            (_, b"hdrl") => headers(reader, x, layout, chunk.body + 4, chunk.end)?,
            (_, b"INFO") => riff::info(reader, x, chunk.body + 4, chunk.end)?,
            (_, b"movi") if chunk.size <= 4 && chunk.body + 4 < end => {
                // The length was to be filled in at the end, which never came.
                x.note(Oddity::UnfinishedHeader);
                layout.movies.push((chunk.body + 4, end));
                return Ok(());
            }
            (_, b"movi") => layout.movies.push((chunk.body + 4, chunk.end)),
            (b"idx1", _) => layout.index = Some(chunk),
            (b"IDIT", _) => created(reader, x, &chunk)?,
            _ => {}
        }
        if chunk.beyond > 0 {
            x.truncated(Some(chunk.beyond));
        }
        at = chunk.next_at();
    }
    Ok(())
}

fn created(reader: &mut Reader, x: &mut Examination, chunk: &Chunk) -> Outcome<()> {
    let value = text(reader.some(chunk.body, (chunk.end - chunk.body).min(64) as usize)?);
    if let Some(created) = crate::time::wall_clock(&value) {
        (x.created_ms, x.created_is_local) = (Some(created), true);
    }
    Ok(())
}

fn headers(reader: &mut Reader, x: &mut Examination, layout: &mut Layout, mut at: u64, end: u64) -> Outcome<()> {
    while let Some(chunk) = riff::next(reader, at, end)? {
        match &chunk.id {
            b"LIST" if reader.some(chunk.body, 4)? == b"strl" => {
                if layout.streams.len() >= TRACKS_MAX {
                    return Err(Fault::Limit("tracks"));
                }
                let index = layout.streams.len() as u32;
                layout.streams.extend(stream(reader, index, chunk.body + 4, chunk.end)?);
            }
            b"IDIT" => created(reader, x, &chunk)?,
            _ => {}
        }
        at = chunk.next_at();
    }
    Ok(())
}

fn stream(reader: &mut Reader, index: u32, mut at: u64, end: u64) -> Outcome<Option<Stream>> {
    let mut stream: Option<Stream> = None;
    while let Some(chunk) = riff::next(reader, at, end)? {
        let body = reader.some(chunk.body, (chunk.end - chunk.body).min(1024) as usize)?;
        match (&chunk.id, &mut stream) {
            (b"strh", None) => stream = stream_header(index, body),
            (b"strf", Some(stream)) => match stream.track.kind {
                TrackKind::Video => {
                    codec::bitmap_header(&mut stream.track, body);
                }
                TrackKind::Audio => {
                    codec::wave_format(&mut stream.track, body);
                }
                _ => {}
            },
            _ => {}
        }
        at = chunk.next_at();
    }
    Ok(stream)
}

fn stream_header(index: u32, body: &[u8]) -> Option<Stream> {
    let kind = match body.get(..4)? {
        b"vids" | b"iavs" => TrackKind::Video,
        b"auds" => TrackKind::Audio,
        _ => TrackKind::Other,
    };
    let (scale, rate) = (le32(body, 20)?, le32(body, 24)?);
    Some(Stream {
        track: Track::new(kind, codec::from_fourcc(crate::bytes::four(body, 4)?)),
        scale,
        rate,
        unit_bytes: if kind == TrackKind::Video { 0 } else { le32(body, 44).unwrap_or(0) },
        length: le32(body, 32).unwrap_or(0),
        chunks: 0,
        bytes: 0,
        timeline: Timeline::new(index, u64::from(rate)),
    })
}

fn count(reader: &mut Reader, x: &mut Examination, layout: &mut Layout) -> Outcome<()> {
    let media = layout.movies.iter().any(|(body, end)| end > body);
    match layout.index {
        Some(index) if index.beyond == 0 && !layout.opendml && index.end > index.body => {
            return from_index(reader, &index, &mut layout.streams);
        }
        Some(_) => {}
        None if media => x.note(Oddity::MissingIndex),
        None => {}
    }
    let mut damaged = 0;
    let mut outcome = Ok(());
    for (body, end) in layout.movies.clone() {
        outcome = from_chunks(reader, x, &mut layout.streams, body, end, &mut damaged);
        if outcome.is_err() {
            break;
        }
    }
    if damaged > 0 {
        x.note(Oddity::Damaged { bytes: damaged });
    }
    match outcome {
        Err(Fault::Limit(_)) => {
            x.note(Oddity::ScanLimited { scanned_bytes: reader.bytes_read() });
            Ok(())
        }
        outcome => outcome,
    }
}

fn from_index(reader: &mut Reader, index: &Chunk, streams: &mut [Stream]) -> Outcome<()> {
    const PIECE_BYTES: u64 = 32 << 10;
    let mut at = index.body;
    while at + 16 <= index.end {
        let piece = (index.end - at).min(PIECE_BYTES) / 16 * 16;
        for row in reader.get(at, piece as usize)?.as_chunks::<16>().0 {
            let size = u32::from_le_bytes([row[12], row[13], row[14], row[15]]);
            take(streams, [row[0], row[1], row[2], row[3]], u64::from(size));
        }
        at += piece;
    }
    Ok(())
}

fn from_chunks(
    reader: &mut Reader,
    x: &mut Examination,
    streams: &mut [Stream],
    mut at: u64,
    end: u64,
    damaged: &mut u64,
) -> Outcome<()> {
    while let Some(chunk) = riff::next(reader, at, end)? {
        if &chunk.id == b"LIST" {
            // `rec ` groups: their chunks are counted like any other.
            at = chunk.body + 4;
            continue;
        }
        let stream_chunk = stream_number(chunk.id).is_some();
        let other = matches!(&chunk.id, b"JUNK" | b"idx1") || chunk.id.starts_with(b"ix");
        if !stream_chunk && !other {
            let rest = reader.stretch(at + 1, 64)?;
            let next = rest.windows(4).position(|id| stream_number([id[0], id[1], id[2], id[3]]).is_some());
            let skipped = next.map_or(rest.len() as u64, |next| next as u64) + 1;
            *damaged += skipped.min(end - at);
            at += skipped;
            continue;
        }
        if chunk.beyond > 0 {
            x.truncated(Some(chunk.beyond));
            return Ok(());
        }
        take(streams, chunk.id, chunk.end - chunk.body);
        at = chunk.next_at();
    }
    Ok(())
}

/// `01wb`: the stream's number, if the code is one of a media chunk.
fn stream_number(id: [u8; 4]) -> Option<usize> {
    let media = matches!(&id[2..], b"dc" | b"db" | b"wb" | b"tx" | b"sb" | b"pc");
    let digits = id[0].is_ascii_digit() && id[1].is_ascii_digit();
    (media && digits).then(|| usize::from(id[0] - b'0') * 10 + usize::from(id[1] - b'0'))
}

fn take(streams: &mut [Stream], id: [u8; 4], bytes: u64) {
    let Some(stream) = stream_number(id).and_then(|number| streams.get_mut(number)) else {
        return;
    };
    if bytes > 0 && stream.track.kind == TrackKind::Video {
        let at = i64::try_from(stream.chunks).unwrap_or(i64::MAX).saturating_mul(i64::from(stream.scale));
        stream.timeline.at(at);
    }
    stream.chunks += 1;
    stream.bytes = stream.bytes.saturating_add(bytes);
}

fn conclude_stream(x: &mut Examination, stream: &mut Stream) {
    let counted = match stream.unit_bytes {
        0 => stream.chunks,
        unit => stream.bytes / u64::from(unit),
    };
    let units = if stream.chunks > 0 { counted } else { u64::from(stream.length) };
    let ms = (u128::from(units) * u128::from(stream.scale) * 1000).checked_div(u128::from(stream.rate));
    let track = &mut stream.track;
    track.duration_ms = ms.and_then(|ms| u64::try_from(ms).ok());
    track.samples = Some(counted);
    if track.kind == TrackKind::Video {
        track.fps = (stream.scale > 0).then(|| rounded(f64::from(stream.rate) / f64::from(stream.scale)));
    }
    let room = GAPS_MAX.saturating_sub(x.gaps.len());
    x.gaps.extend(stream.timeline.gaps.iter().take(room));
    if stream.timeline.gaps_dropped || stream.timeline.gaps.len() > room {
        x.note(Oddity::GapsLimited { reported: x.gaps.len() as u32 });
    }
    x.tracks.push(track.clone());
}
