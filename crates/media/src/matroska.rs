//! Matroska and WebM (RFC 9559). Elements are walked flat: a master's head is stepped into, never recursed into.

use crate::bytes::text;
use crate::codec;
use crate::ebml::{self, float, unsigned};
use crate::limits::{GAPS_MAX, LENGTHS_DIFFER_MS, TRACKS_MAX, WINDOW_BYTES_MAX};
use crate::reader::{Fault, Outcome, Reader};
use crate::report::{Container, Examination, Oddity, Track, TrackKind, Trouble};
use crate::timeline::{Reorder, Timeline};

const EBML: u32 = 0x1a45_dfa3;
const SEGMENT: u32 = 0x1853_8067;
const INFO: u32 = 0x1549_a966;
const TRACKS: u32 = 0x1654_ae6b;
const CLUSTER: u32 = 0x1f43_b675;
const CUES: u32 = 0x1c53_bb6b;
const SEEK_HEAD: u32 = 0x114d_9b74;
const TAGS: u32 = 0x1254_c367;
const CHAPTERS: u32 = 0x1043_a770;
const ATTACHMENTS: u32 = 0x1941_a469;
const CLUSTER_TIME: u32 = 0xe7;
const SIMPLE_BLOCK: u32 = 0xa3;
const BLOCK_GROUP: u32 = 0xa0;
const BLOCK: u32 = 0xa1;

/// What may stand inside a block group or cluster beside blocks.
const PASSED_OVER: [u32; 14] =
    [0xab, 0xa7, 0x5854, 0x9b, 0xfb, 0xfa, 0xa4, 0x75a1, 0x75a2, 0xec, 0xbf, 0xaf, 0x8e, 0xfd];

struct Stream {
    number: u64,
    track: Track,
    frame_ns: Option<u64>,
    timeline: Timeline,
    reorder: Reorder,
    samples: u64,
}

struct File {
    /// Nanoseconds of one tick.
    tick_ns: u64,
    duration_ticks: Option<f64>,
    streams: Vec<Stream>,
    cluster_ticks: u64,
    clusters: u64,
    cues: bool,
    segment_end: Option<u64>,
    damaged: u64,
}

pub(crate) fn examine(reader: &mut Reader, x: &mut Examination) -> Outcome<()> {
    let webm = crate::sniff::is_webm(reader.some(0, 4096)?);
    x.container = if webm { Container::Webm } else { Container::Matroska };
    let mut file = File {
        tick_ns: 1_000_000,
        duration_ticks: None,
        streams: Vec::new(),
        cluster_ticks: 0,
        clusters: 0,
        cues: false,
        segment_end: None,
        damaged: 0,
    };
    let walked = walk(reader, x, &mut file);
    let walked = match walked {
        Err(Fault::End) => {
            x.truncated(None);
            Ok(())
        }
        Err(Fault::Limit("bytes" | "steps")) if file.clusters > 0 => {
            x.note(Oddity::ScanLimited { scanned_bytes: reader.bytes_read() });
            Ok(())
        }
        walked => walked,
    };
    conclude(x, file);
    walked
}

fn walk(reader: &mut Reader, x: &mut Examination, file: &mut File) -> Outcome<()> {
    let len = reader.len();
    let mut at = 0;
    while at < len {
        if file.segment_end == Some(at) {
            file.segment_end = None;
            if reader.some(at, 4)? != EBML.to_be_bytes() {
                x.note(Oddity::TrailingGarbage { bytes: len - at });
                return Ok(());
            }
        }
        let element = match ebml::next(reader, at) {
            Ok(element) => element,
            Err(Fault::Malformed { .. }) => {
                at += resync(reader, at, file)?;
                continue;
            }
            Err(fault) => return Err(fault),
        };
        match element.id {
            SEGMENT => {
                file.segment_end = element.end();
                match element.end() {
                    Some(end) if end > len => x.truncated(Some(end - len)),
                    None => x.note(Oddity::UnfinishedHeader),
                    _ => {}
                }
                at = element.body;
                continue;
            }
            CLUSTER => {
                file.clusters += 1;
                if let Some(end) = element.end().filter(|end| *end > len) {
                    x.truncated(Some(end - len));
                }
                at = element.body;
                continue;
            }
            BLOCK_GROUP => {
                at = element.body;
                continue;
            }
            _ => {}
        }
        let Some(end) = element.end() else {
            // Only segments and clusters may be of unknown length.
            at += resync(reader, at, file)?;
            continue;
        };
        let known = matches!(
            element.id,
            EBML | INFO
                | TRACKS
                | CUES
                | SEEK_HEAD
                | TAGS
                | CHAPTERS
                | ATTACHMENTS
                | CLUSTER_TIME
                | SIMPLE_BLOCK
                | BLOCK
        ) || PASSED_OVER.contains(&element.id)
            || element.id == 0xec;
        if !known && (end > len || file.clusters > 0) {
            at += resync(reader, at, file)?;
            continue;
        }
        if end > len {
            x.truncated(Some(end - len));
            if matches!(element.id, INFO | TRACKS) {
                x.trouble(Trouble::Truncated { missing_bytes: Some(end - len) });
            }
            return Ok(());
        }
        inside(reader, x, file, &element, end)?;
        at = end;
    }
    Ok(())
}

fn inside(reader: &mut Reader, x: &mut Examination, file: &mut File, element: &ebml::Element, end: u64) -> Outcome<()> {
    let length = end - element.body;
    match element.id {
        INFO | TRACKS if length > WINDOW_BYTES_MAX as u64 => return Err(Fault::Limit("header")),
        INFO => info(x, file, reader.get(element.body, length as usize)?),
        TRACKS => tracks(x, file, reader.get(element.body, length as usize)?)?,
        CUES => file.cues = true,
        CLUSTER_TIME => file.cluster_ticks = unsigned(reader.get(element.body, length.min(9) as usize)?).unwrap_or(0),
        SIMPLE_BLOCK | BLOCK => block(file, reader.get(element.body, length.min(16) as usize)?),
        _ => {}
    }
    Ok(())
}

/// Distance to the next cluster: what cannot be read is passed over and counted.
fn resync(reader: &mut Reader, at: u64, file: &mut File) -> Outcome<u64> {
    let rest = reader.stretch(at + 1, 64)?;
    let next = rest.windows(4).position(|id| id == CLUSTER.to_be_bytes());
    let skipped = 1 + next.unwrap_or(rest.len().saturating_sub(3).max(1)) as u64;
    file.damaged += skipped;
    Ok(skipped)
}

fn info(x: &mut Examination, file: &mut File, body: &[u8]) {
    for (id, value) in ebml::children(body) {
        match id {
            0x2a_d7b1 => {
                file.tick_ns = unsigned(value).filter(|ns| (1..=1_000_000_000).contains(ns)).unwrap_or(1_000_000)
            }
            0x4489 => file.duration_ticks = float(value).filter(|ticks| *ticks > 0.0),
            0x4461 => x.created_ms = unsigned(value).and_then(|ns| crate::time::matroska(ns.cast_signed())),
            0x4d80 | 0x5741 => {
                let program = text(value);
                x.tool(&program);
                x.device().software = Some(program);
            }
            _ => {}
        }
    }
}

fn tracks(x: &mut Examination, file: &mut File, body: &[u8]) -> Outcome<()> {
    if !file.streams.is_empty() {
        return Ok(());
    }
    for (_, entry) in ebml::children(body).filter(|(id, _)| *id == 0xae) {
        if file.streams.len() >= TRACKS_MAX {
            return Err(Fault::Limit("tracks"));
        }
        let stream = stream(file.streams.len() as u32, entry);
        if let Some(name) = ebml::children(entry).find(|(id, _)| *id == 0x0053_6e86) {
            x.tool(&text(name.1));
        }
        file.streams.push(stream);
    }
    Ok(())
}

fn stream(index: u32, entry: &[u8]) -> Stream {
    let value = |wanted| ebml::children(entry).find(|(id, _)| *id == wanted).map(|(_, body)| body);
    let kind = match value(0x83).and_then(unsigned) {
        Some(1) => TrackKind::Video,
        Some(2) => TrackKind::Audio,
        _ => TrackKind::Other,
    };
    let mut track = Track::new(kind, codec::from_matroska(&text(value(0x86).unwrap_or(&[]))));
    for (id, field) in ebml::children(value(0xe0).unwrap_or(&[])) {
        let number = unsigned(field).and_then(|number| u32::try_from(number).ok()).filter(|number| *number > 0);
        match id {
            0xb0 => track.width = number,
            0xba => track.height = number,
            _ => {}
        }
    }
    for (id, field) in ebml::children(value(0xe1).unwrap_or(&[])) {
        match id {
            0xb5 => track.sample_rate = float(field).filter(|rate| (1.0..1e7).contains(rate)).map(|rate| rate as u32),
            0x9f => track.channels = unsigned(field).and_then(|count| u32::try_from(count).ok()),
            _ => {}
        }
    }
    codec::matroska_private(&mut track, value(0x63a2).unwrap_or(&[]));
    Stream {
        number: value(0xd7).and_then(unsigned).unwrap_or(0),
        track,
        frame_ns: value(0x0023_e383).and_then(unsigned).filter(|ns| *ns > 0),
        timeline: Timeline::new(index, 1_000_000_000),
        reorder: Reorder::default(),
        samples: 0,
    }
}

fn block(file: &mut File, head: &[u8]) {
    let Some((Some(number), length)) = ebml::vint(head) else {
        return;
    };
    let Some(&[high, low, flags]) = head.get(length..length + 3).and_then(|rest| rest.first_chunk::<3>()) else {
        return;
    };
    let relative = i64::from(i16::from_be_bytes([high, low]));
    let Some(stream) = file.streams.iter_mut().find(|stream| stream.number == number) else {
        return;
    };
    let laced = if flags & 6 == 0 { 0 } else { head.get(length + 3).map_or(0, |count| u64::from(*count)) };
    stream.samples += 1 + laced;
    let ticks = i64::try_from(file.cluster_ticks).unwrap_or(i64::MAX).saturating_add(relative);
    let ns = ticks.saturating_mul(i64::try_from(file.tick_ns).unwrap_or(i64::MAX));
    stream.reorder.at(ns, &mut stream.timeline);
}

fn conclude(x: &mut Examination, file: File) {
    let begin = file.streams.iter().filter_map(|stream| stream.timeline.first()).min().unwrap_or(0);
    let mut ends = Vec::new();
    for mut stream in file.streams {
        stream.reorder.finish(&mut stream.timeline);
        let offset_ns = stream.timeline.first().unwrap_or(begin).saturating_sub(begin);
        stream.timeline.offset_ms = offset_ns / 1_000_000;
        stream.timeline.finish();
        let mut track = stream.track;
        track.samples = Some(stream.samples);
        if stream.samples > 0 {
            let elapsed_ms = stream.timeline.elapsed_ms();
            track.duration_ms = Some(elapsed_ms);
            if track.kind != TrackKind::Other {
                ends.push((elapsed_ms, elapsed_ms.saturating_add_signed(stream.timeline.offset_ms)));
            }
        }
        if track.kind == TrackKind::Video {
            let nominal = stream.frame_ns.map(|ns| (1e12 / ns as f64).round() / 1000.0);
            track.fps = stream
                .timeline
                .fps()
                .map_or(nominal, |seen| Some(nominal.filter(|n| (n - seen).abs() < 0.5).unwrap_or(seen)));
        }
        let room = GAPS_MAX.saturating_sub(x.gaps.len());
        x.gaps.extend(stream.timeline.gaps.iter().take(room));
        if stream.timeline.gaps_dropped || stream.timeline.gaps.len() > room {
            x.note(Oddity::GapsLimited { reported: x.gaps.len() as u32 });
        }
        x.tracks.push(track);
    }
    let written = file.duration_ticks.map(|ticks| (ticks * file.tick_ns as f64 / 1e6).round());
    let written = written.filter(|ms| (1.0..9e15).contains(ms)).map(|ms| ms as u64);
    x.duration_ms = written.or(ends.iter().map(|(_, end)| *end).max());
    if let (Some(shortest_ms), Some(longest_ms)) = (ends.iter().map(|e| e.0).min(), ends.iter().map(|e| e.0).max())
        && longest_ms - shortest_ms > LENGTHS_DIFFER_MS
    {
        x.note(Oddity::TrackLengthsDiffer { shortest_ms, longest_ms });
    }
    if file.damaged > 0 {
        x.note(Oddity::Damaged { bytes: file.damaged });
    }
    if x.tracks.is_empty() {
        x.trouble(if x.is_truncated() { Trouble::Truncated { missing_bytes: None } } else { Trouble::NoIndex });
    } else if file.clusters == 0 || x.tracks.iter().all(|track| track.samples == Some(0)) {
        x.note(Oddity::NoMedia);
    }
    if file.clusters > 0 && !file.cues {
        x.note(Oddity::MissingIndex);
    }
}
