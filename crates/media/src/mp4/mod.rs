//! MP4, MOV, 3GP: only `moov` and `moof` are read, never the media (one short look for an encoder's mark excepted).

mod boxes;
mod entry;
mod fragments;
mod keyframes;
mod movie;
mod tags;

pub use keyframes::{Keyframe, keyframes};

use crate::bytes::be32;
use crate::limits::{FRAGMENTS_MAX, LENGTHS_DIFFER_MS, TABLE_BYTES_MAX};
use crate::reader::{Fault, Outcome, Reader};
use crate::report::{Container, Examination, Gap, GapKind, Oddity, TrackKind, Trouble};
use crate::timeline::Timeline;
use boxes::BoxHead;
use movie::{Movie, Trak, to_ms};

const KNOWN_AT_TOP: [&[u8; 4]; 16] = [
    b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"moof", b"mfra", b"sidx", b"ssix", b"styp", b"emsg",
    b"uuid", b"meta", b"pnot", b"udta",
];

/// The top of the file: where things lie.
#[derive(Default)]
struct Layout {
    brand: [u8; 4],
    moov: Option<BoxHead>,
    moofs: Vec<BoxHead>,
    media_boxes: u64,
    media_before_moov: bool,
}

pub(crate) fn examine(reader: &mut Reader, x: &mut Examination) -> Outcome<()> {
    reader.allow(TABLE_BYTES_MAX);
    let mut layout = Layout::default();
    let walked = walk(reader, x, &mut layout);
    let quicktime = &layout.brand == b"qt  " || layout.brand == [0; 4];
    x.container = if quicktime { Container::Mov } else { Container::Mp4 };
    if matches!(&layout.brand, b"heic" | b"heix" | b"mif1" | b"avif" | b"crx ") {
        x.container = Container::Unknown;
        let format = crate::bytes::fourcc(layout.brand);
        x.trouble(Trouble::Unsupported { format });
        return Ok(());
    }
    match (layout.moov, walked) {
        (Some(moov), walked) => {
            if layout.media_before_moov && layout.moofs.is_empty() {
                x.note(Oddity::MoovAtEnd);
            }
            let movie = movie::read(reader, x, &moov, quicktime)?;
            let assembled = assemble(reader, x, &layout, &movie);
            walked.and(assembled)
        }
        (None, Ok(()) | Err(Fault::End)) => {
            x.trouble(Trouble::NoIndex);
            Ok(())
        }
        (None, walked) => walked,
    }
}

fn walk(reader: &mut Reader, x: &mut Examination, layout: &mut Layout) -> Outcome<()> {
    let len = reader.len();
    let mut at = 0;
    loop {
        let complete = layout.moov.is_some() && layout.media_boxes > 0;
        let head = match boxes::next(reader, at, len) {
            Ok(Some(head)) => head,
            Ok(None) => break,
            Err(Fault::Malformed { .. }) if complete => {
                x.note(Oddity::TrailingGarbage { bytes: len - at });
                return Ok(());
            }
            Err(fault) => return Err(fault),
        };
        let known = KNOWN_AT_TOP.contains(&&head.kind);
        if !known && complete && (head.beyond > 0 || head.open) {
            x.note(Oddity::TrailingGarbage { bytes: len - at });
            return Ok(());
        }
        match &head.kind {
            b"ftyp" if layout.brand == [0; 4] => layout.brand = reader.array(head.body).unwrap_or_default(),
            b"moov" if layout.moov.is_none() => {
                layout.moov = Some(head);
                layout.media_before_moov = layout.media_boxes > 0;
            }
            b"mdat" => layout.media_boxes += 1,
            b"moof" if layout.moofs.len() >= FRAGMENTS_MAX => {
                return Err(Fault::Limit("fragments"));
            }
            b"moof" => layout.moofs.push(head),
            _ => {}
        }
        if head.beyond > 0 {
            x.truncated(Some(head.beyond));
            return Ok(());
        }
        at = head.end;
    }
    if at < len {
        // Fewer than eight bytes: a cut box head, or padding after a whole file.
        let complete = layout.moov.is_some() && layout.media_boxes > 0 && layout.moofs.is_empty();
        if complete { x.note(Oddity::TrailingGarbage { bytes: len - at }) } else { x.truncated(None) }
    }
    Ok(())
}

fn assemble(reader: &mut Reader, x: &mut Examination, layout: &Layout, movie: &Movie) -> Outcome<()> {
    let mut timelines: Vec<Timeline> =
        (0u32..).zip(&movie.tracks).map(|(index, trak)| Timeline::new(index, u64::from(trak.scale))).collect();
    let mut ends: Vec<i64> = vec![0; movie.tracks.len()];
    let timed = times(reader, layout, movie, &mut timelines, &mut ends);

    for (trak, timeline) in movie.tracks.iter().zip(&mut timelines) {
        timeline.finish();
        describe(x, movie, trak, timeline);
    }
    lengths(x, movie, &timelines);
    if layout.media_boxes == 0 || x.tracks.iter().all(|track| track.samples.unwrap_or(0) == 0) {
        x.note(Oddity::NoMedia);
    }
    timed?;
    beyond_end(reader, x, movie)?;
    encoder_mark(reader, x, movie)
}

/// Feeds every track's decode times to its timeline: `stts` first, then fragments.
fn times(
    reader: &mut Reader,
    layout: &Layout,
    movie: &Movie,
    timelines: &mut [Timeline],
    ends: &mut [i64],
) -> Outcome<()> {
    for ((trak, timeline), end) in movie.tracks.iter().zip(&mut *timelines).zip(&mut *ends) {
        timeline.offset_ms = start_offset_ms(trak, movie.scale);
        trak.stts.rows(reader, |row: [u8; 8]| {
            let (count, ticks) = (be32(&row, 0).unwrap_or(0), i64::from(be32(&row, 4).unwrap_or(0)));
            timeline.run(*end, ticks, u64::from(count));
            *end = end.saturating_add(ticks.saturating_mul(i64::from(count)));
            true
        })?;
    }
    for moof in &layout.moofs {
        fragments::runs(reader, movie, moof, &mut |run| {
            let (Some(timeline), Some(end)) = (timelines.get_mut(run.track), ends.get_mut(run.track)) else {
                return;
            };
            let begin = run.begin.unwrap_or(*end);
            let ticks = i64::from(run.duration);
            timeline.run(begin, ticks, run.count);
            let count = i64::try_from(run.count).unwrap_or(i64::MAX);
            *end = begin.saturating_add(ticks.saturating_mul(count));
        })?;
    }
    Ok(())
}

/// When the first decoded sample is shown, relative to the start of the recording.
fn start_offset_ms(trak: &Trak, movie_scale: u32) -> i64 {
    let delay: u64 =
        trak.edits.iter().take_while(|edit| edit.media_time < 0).map(|edit| edit.duration).fold(0, u64::saturating_add);
    let delay = to_ms(delay, movie_scale).and_then(|ms| i64::try_from(ms).ok()).unwrap_or(0);
    let skipped = trak.edits.iter().find(|edit| edit.media_time >= 0).map_or(0, |edit| edit.media_time.cast_unsigned());
    let skipped = to_ms(skipped, trak.scale).and_then(|ms| i64::try_from(ms).ok()).unwrap_or(0);
    delay.saturating_sub(skipped)
}

fn describe(x: &mut Examination, movie: &Movie, trak: &Trak, timeline: &Timeline) {
    let Some(mut track) = trak.track.clone() else {
        let mut track = crate::report::Track::new(trak.kind(), "unknown");
        track.samples = Some(trak.samples());
        x.tracks.push(track);
        return;
    };
    let index = x.tracks.len() as u32;
    let media_ms = to_ms(trak.duration, trak.scale).filter(|ms| *ms > 0);
    let fragment_samples = timeline.samples.saturating_sub(trak.samples());
    let media_ms = if movie.fragmented || media_ms.is_none() { Some(timeline.elapsed_ms()) } else { media_ms };
    let (shown_ms, real_edits) = shown(trak, movie.scale);
    track.duration_ms = if shown_ms > 0 && !movie.fragmented { Some(shown_ms) } else { media_ms };
    track.samples = Some(trak.samples().saturating_add(if movie.fragmented { fragment_samples } else { 0 }));
    if track.kind == TrackKind::Video {
        track.fps = timeline.fps();
    }
    let hidden_ms = if shown_ms > 0 && !movie.fragmented { media_ms.unwrap_or(0).saturating_sub(shown_ms) } else { 0 };
    let odd_speed = trak.edits.iter().any(|edit| !edit.plain_speed);
    if real_edits > 1 || odd_speed || hidden_ms >= crate::limits::GAP_MS_MIN {
        x.note(Oddity::EditList { track: index, entries: trak.edits.len() as u32, hidden_ms });
    }
    empty_edits(x, trak, movie.scale, index);
    x.gaps.extend(&timeline.gaps);
    if timeline.gaps_dropped {
        x.note(Oddity::GapsLimited { reported: timeline.gaps.len() as u32 });
    }
    x.tracks.push(track);
}

/// What the edit list lets players see, and in how many pieces.
fn shown(trak: &Trak, movie_scale: u32) -> (u64, usize) {
    let real = trak.edits.iter().filter(|edit| edit.media_time >= 0);
    let ticks = real.clone().map(|edit| edit.duration).fold(0, u64::saturating_add);
    (to_ms(ticks, movie_scale).unwrap_or(0), real.count())
}

/// Empty edits between real ones are time without media, as the container itself says.
fn empty_edits(x: &mut Examination, trak: &Trak, movie_scale: u32, track: u32) {
    let mut at = 0u64;
    let mut begun = false;
    for edit in &trak.edits {
        let length_ms = to_ms(edit.duration, movie_scale).unwrap_or(0);
        if edit.media_time >= 0 {
            begun = true;
        } else if begun && length_ms >= crate::limits::GAP_MS_MIN && x.gaps.len() < crate::limits::GAPS_MAX {
            x.gaps.push(Gap { at_ms: to_ms(at, movie_scale).unwrap_or(0), length_ms, track, kind: GapKind::Gap });
        }
        at = at.saturating_add(edit.duration);
    }
}

fn lengths(x: &mut Examination, movie: &Movie, timelines: &[Timeline]) {
    let media = |kind| matches!(kind, TrackKind::Video | TrackKind::Audio);
    let lengths: Vec<u64> =
        x.tracks.iter().filter(|track| media(track.kind)).filter_map(|track| track.duration_ms).collect();
    let ends = x.tracks.iter().zip(timelines).zip(&movie.tracks).filter(|((track, _), _)| media(track.kind));
    let longest = ends.filter_map(|((track, _), trak)| {
        let delay: u64 = trak.edits.first().filter(|edit| edit.media_time < 0).map_or(0, |edit| edit.duration);
        Some(track.duration_ms?.saturating_add(to_ms(delay, movie.scale).unwrap_or(0)))
    });
    if let Some(longest) = longest.max().filter(|ms| *ms > 0) {
        x.duration_ms = Some(longest);
    }
    if let (Some(&shortest_ms), Some(&longest_ms)) = (lengths.iter().min(), lengths.iter().max())
        && longest_ms - shortest_ms > LENGTHS_DIFFER_MS
    {
        x.note(Oddity::TrackLengthsDiffer { shortest_ms, longest_ms });
    }
}

/// The index may promise media the file no longer has, even where no box is cut.
fn beyond_end(reader: &mut Reader, x: &mut Examination, movie: &Movie) -> Outcome<()> {
    for trak in &movie.tracks {
        if let Some(offset) = chunk_offset(reader, trak, trak.chunks.rows.wrapping_sub(1))?
            && offset >= reader.len()
        {
            x.truncated(None);
        }
    }
    Ok(())
}

fn chunk_offset(reader: &mut Reader, trak: &Trak, row: u64) -> Outcome<Option<u64>> {
    if row >= trak.chunks.rows {
        return Ok(None);
    }
    let offset = if trak.chunks_64 {
        u64::from_be_bytes(reader.array(trak.chunks.at + row * 8)?)
    } else {
        u64::from(u32::from_be_bytes(reader.array(trak.chunks.at + row * 4)?))
    };
    Ok(Some(offset))
}

/// The first bytes of the first picture: software encoders sign there, camera chips do not.
fn encoder_mark(reader: &mut Reader, x: &mut Examination, movie: &Movie) -> Outcome<()> {
    for trak in movie.tracks.iter().filter(|trak| trak.kind() == TrackKind::Video) {
        if let Some(offset) = chunk_offset(reader, trak, 0)?
            && let Some(mark) = crate::tool::encoder_mark(reader.some(offset, 4096)?)
        {
            x.tool(&mark);
        }
    }
    Ok(())
}
