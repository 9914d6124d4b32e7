//! MP3 and ADTS AAC: frame after frame. They carry no time stamps, so breaks in time cannot be seen.

use crate::bytes::{be32, find, text};
use crate::codec::aac_rate;
use crate::reader::{Fault, Outcome, Reader};
use crate::report::{Container, Examination, Oddity, Track, TrackKind, Trouble};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frame {
    pub codec: &'static str,
    pub bytes: u32,
    pub samples: u32,
    pub rate: u32,
    pub channels: u32,
    /// MPEG-4 audio object type of ADTS.
    pub object: u32,
}

impl Frame {
    /// Frames of one recording keep codec and rate.
    fn like(&self, other: &Frame) -> bool {
        self.codec == other.codec && self.rate == other.rate
    }
}

/// A frame header: MPEG audio (ISO/IEC 11172-3 2.4.1.3) or ADTS (ISO/IEC 13818-7 6.2).
pub(crate) fn frame(bytes: &[u8]) -> Option<Frame> {
    let head: [u8; 4] = bytes.get(..4)?.try_into().ok()?;
    if head[0] != 0xff {
        return None;
    }
    if head[1] & 0xf6 == 0xf0 { adts(bytes) } else { mpeg(head) }
}

fn mpeg(head: [u8; 4]) -> Option<Frame> {
    const V1_L1: [u32; 14] = [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448];
    const V1_L2: [u32; 14] = [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384];
    const V1_L3: [u32; 14] = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    const V2_L1: [u32; 14] = [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256];
    const V2_L23: [u32; 14] = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    if head[1] & 0xe0 != 0xe0 {
        return None;
    }
    let (version, layer) = (head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3));
    if version == 1 || layer == 4 {
        return None;
    }
    let first = version == 3;
    let kbits = match (first, layer) {
        (true, 1) => V1_L1,
        (true, 2) => V1_L2,
        (true, _) => V1_L3,
        (false, 1) => V2_L1,
        (false, _) => V2_L23,
    };
    let kbits = *kbits.get(usize::from(head[2] >> 4).checked_sub(1)?)?;
    let rate = *[44_100u32, 48_000, 32_000].get(usize::from(head[2] >> 2 & 3))?;
    let rate = match version {
        3 => rate,
        2 => rate / 2,
        _ => rate / 4,
    };
    let padding = u32::from(head[2] >> 1 & 1);
    let (samples, bytes) = match (layer, first) {
        (1, _) => (384, (12 * kbits * 1000 / rate + padding) * 4),
        (2, _) | (3, true) => (1152, 144 * kbits * 1000 / rate + padding),
        _ => (576, 72 * kbits * 1000 / rate + padding),
    };
    let codec = ["mp1", "mp2", "mp3"][usize::from(layer) - 1];
    let channels = if head[3] >> 6 == 3 { 1 } else { 2 };
    Some(Frame { codec, bytes, samples, rate, channels, object: 0 })
}

fn adts(bytes: &[u8]) -> Option<Frame> {
    let head: [u8; 7] = bytes.get(..7)?.try_into().ok()?;
    let rate = aac_rate(u32::from(head[2] >> 2 & 15))?;
    let channels = u32::from(head[2] & 1) << 2 | u32::from(head[3] >> 6);
    let length = u32::from(head[3] & 3) << 11 | u32::from(head[4]) << 3 | u32::from(head[5] >> 5);
    let blocks = u32::from(head[6] & 3) + 1;
    let object = u32::from(head[2] >> 6) + 1;
    let channels = if channels == 7 { 8 } else { channels };
    (length >= 7).then_some(Frame { codec: "aac", bytes: length, samples: 1024 * blocks, rate, channels, object })
}

/// Length of ID3v2 tags at the start.
fn id3_end(reader: &mut Reader) -> Outcome<u64> {
    let mut at = 0u64;
    for _ in 0..4 {
        let head = reader.some(at, 10)?;
        if head.len() < 10 || !head.starts_with(b"ID3") {
            break;
        }
        let size = head[6..10].iter().fold(0u64, |size, byte| size << 7 | u64::from(byte & 0x7f));
        at += 10 + size + if head[5] & 0x10 != 0 { 10 } else { 0 };
    }
    Ok(at)
}

/// MP3 or AAC, if three frames follow one another, or all there are.
pub(crate) fn sniff(reader: &mut Reader) -> Outcome<Option<Container>> {
    let begin = id3_end(reader)?;
    let Some(first) = frame(reader.some(begin, 8)?) else {
        return Ok((begin > 0).then_some(Container::Mp3));
    };
    let mut at = begin;
    for _ in 0..3 {
        if at >= reader.len() && at > begin {
            break;
        }
        match frame(reader.some(at, 8)?) {
            Some(next) if next.like(&first) => at += u64::from(next.bytes.max(1)),
            _ if at > begin && at + 8 > reader.len() => break,
            _ => return Ok((begin > 0).then_some(Container::Mp3)),
        }
    }
    Ok(Some(if first.codec == "aac" { Container::Aac } else { Container::Mp3 }))
}

pub(crate) fn examine(reader: &mut Reader, x: &mut Examination) -> Outcome<()> {
    let begin = id3_end(reader)?;
    if begin > 0 {
        encoder_of_tag(reader, x, begin)?;
    }
    let mut count = Count::default();
    let counted = frames(reader, x, begin, &mut count);
    if count.damaged > 0 {
        x.note(Oddity::Damaged { bytes: count.damaged });
    }
    let Some(first) = count.first else {
        x.note(Oddity::NoMedia);
        let missing_bytes = begin.checked_sub(reader.len()).filter(|missing| *missing > 0);
        x.truncated(missing_bytes);
        x.trouble(Trouble::Truncated { missing_bytes });
        return counted;
    };
    let mut track = Track::new(TrackKind::Audio, first.codec);
    track.sample_rate = Some(first.rate);
    track.channels = Some(first.channels).filter(|channels| *channels > 0);
    track.samples = Some(count.frames);
    track.codec_string = match first.codec {
        "aac" => Some(format!("mp4a.40.{}", first.object)),
        "mp3" => Some("mp3".to_owned()),
        _ => None,
    };
    track.duration_ms = Some(count.samples.saturating_mul(1000) / u64::from(first.rate));
    x.duration_ms = track.duration_ms;
    x.tracks.push(track);
    if let Some((frames, bytes)) = count.declared
        && frames > count.frames + 1
    {
        x.truncated(bytes.map(|bytes| (begin + bytes).saturating_sub(reader.len())).filter(|missing| *missing > 0));
    }
    match counted {
        Err(Fault::Limit(_)) => {
            x.note(Oddity::ScanLimited { scanned_bytes: reader.bytes_read() });
            Ok(())
        }
        counted => counted,
    }
}

#[derive(Default)]
struct Count {
    first: Option<Frame>,
    frames: u64,
    samples: u64,
    damaged: u64,
    /// Frames and bytes the first frame promises (Xing, VBRI).
    declared: Option<(u64, Option<u64>)>,
}

fn frames(reader: &mut Reader, x: &mut Examination, mut at: u64, count: &mut Count) -> Outcome<()> {
    let len = reader.len();
    while at < len {
        reader.step()?;
        let head = reader.some(at, 8)?;
        if head.starts_with(b"TAG") && len - at == 128 {
            return Ok(());
        }
        if head == b"APETAGEX" {
            let footer = reader.some(at, 16)?;
            let size = crate::bytes::le32(footer, 12).unwrap_or(0);
            at = at.saturating_add(u64::from(size)).saturating_add(32);
            continue;
        }
        match frame(head).filter(|found| count.first.is_none_or(|first| found.like(&first))) {
            Some(found) => {
                let end = at + u64::from(found.bytes.max(1));
                if end > len {
                    x.truncated(Some(end - len));
                    return Ok(());
                }
                // The frame that holds the promise holds no sound.
                let silent = count.first.is_none();
                if count.first.is_none() {
                    count.first = Some(found);
                    count.declared = declared(reader.some(at, found.bytes.min(4096) as usize)?, x);
                }
                if !(silent && count.declared.is_some()) {
                    count.frames += 1;
                    count.samples += u64::from(found.samples);
                }
                at = end;
            }
            None if len - at < 8 && count.first.is_some() => {
                x.truncated(None);
                return Ok(());
            }
            None => {
                let skipped = resync(reader, at, count.first)?;
                count.damaged += skipped;
                at += skipped;
            }
        }
    }
    Ok(())
}

/// Distance to the next frame that another one follows.
fn resync(reader: &mut Reader, at: u64, like: Option<Frame>) -> Outcome<u64> {
    let rest = reader.stretch(at, 16 << 10)?;
    let found = (1..rest.len()).find(|&from| {
        let Some(next) = frame(&rest[from..]) else {
            return false;
        };
        let follows = rest
            .get(from + next.bytes as usize..)
            .is_none_or(|after| after.len() < 8 || frame(after).is_some_and(|f| f.like(&next)));
        like.is_none_or(|first| first.like(&next)) && follows
    });
    Ok(found.unwrap_or(rest.len()).max(1) as u64)
}

/// Frames and bytes promised by a Xing, Info or VBRI header in the first frame.
fn declared(first: &[u8], x: &mut Examination) -> Option<(u64, Option<u64>)> {
    let near = &first[..first.len().min(64)];
    if let Some(at) = find(near, b"Xing").or_else(|| find(near, b"Info")) {
        let flags = be32(first, at + 4)?;
        let encoder = text(first.get(at + 120..(at + 129).min(first.len())).unwrap_or(&[]));
        x.tool(&encoder);
        let frames = (flags & 1 != 0).then(|| be32(first, at + 8)).flatten();
        let bytes = (flags & 3 == 3).then(|| be32(first, at + 12)).flatten();
        return Some((u64::from(frames.unwrap_or(0)), bytes.map(u64::from)));
    }
    let at = find(near, b"VBRI")?;
    Some((u64::from(be32(first, at + 14)?), be32(first, at + 10).map(u64::from)))
}

/// `TSSE`: the program that wrote the tag.
fn encoder_of_tag(reader: &mut Reader, x: &mut Examination, end: u64) -> Outcome<()> {
    let tag = reader.some(0, end.min(4096) as usize)?;
    if let Some(at) = find(tag, b"TSSE") {
        let length = be32(tag, at + 4).unwrap_or(0).min(256) as usize;
        let value = text(tag.get(at + 11..).map_or(&[], |rest| &rest[..rest.len().min(length.saturating_sub(1))]));
        x.tool(&value);
    }
    Ok(())
}
