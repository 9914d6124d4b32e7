//! A short film of chosen key frames: what the strip and the poster are made of.
//!
//! Of an MP4 only its index and the chosen frames are read, a few megabytes of gigabytes, and ffmpeg decodes these and
//! nothing else. Their sample description is taken over as the device wrote it, so every codec an MP4 can hold will do.

use tiezheng_media::{Keyframe, Source};

/// A hundred key frames of 4K are some 100 MB; what is above is no film for us.
const FRAMES_BYTES_MAX: u64 = 256 << 20;
const DESCRIPTION_BYTES_MAX: u64 = 1 << 20;
/// Boxes looked at on one level before we take it for nonsense.
const BOXES_MAX: usize = 100_000;

/// Which key frames stand for a recording: `count` of them, `interval_ms` apart.
#[derive(Debug, PartialEq, Eq)]
pub struct Choice {
    pub interval_ms: u64,
    pub frames: Vec<Keyframe>,
}

/// For each interval the last key frame that has begun by its middle. At most `most` intervals, none shorter than two
/// seconds, and not more than there are key frames.
pub fn choose(frames: &[Keyframe], duration_ms: u64, most: u64) -> Option<Choice> {
    let mut frames = frames.to_vec();
    frames.sort_by_key(|frame| frame.time_ms);
    let last = frames.last()?;
    let duration_ms = duration_ms.max(last.time_ms + 1);
    let count = super::recipes::pictures(duration_ms, most).min(frames.len() as u64);
    let interval_ms = duration_ms.div_ceil(count);
    let chosen = (0..count).map(|i| {
        let middle = i * interval_ms + interval_ms / 2;
        let after = frames.partition_point(|frame| frame.time_ms <= middle);
        frames[after.saturating_sub(1)]
    });
    Some(Choice { interval_ms, frames: chosen.collect() })
}

/// The film as an MP4 of its own. `None` where the recording is no MP4, or not one we can take frames from.
pub fn film(source: &mut dyn Source, choice: &Choice) -> Option<Vec<u8>> {
    let bytes: u64 = choice.frames.iter().map(|frame| u64::from(frame.size)).sum();
    if bytes == 0 || bytes > FRAMES_BYTES_MAX || choice.frames.iter().any(|frame| frame.size == 0) {
        return None;
    }
    let track = video_track(source)?;
    let mut film = header(&track, choice)?;
    for frame in &choice.frames {
        film.extend(read(source, frame.offset, u64::from(frame.size))?);
    }
    Some(film)
}

struct Track {
    description: Vec<u8>,
    /// How the picture is turned, and its size: the end of `tkhd`.
    shape: Vec<u8>,
}

fn video_track(source: &mut dyn Source) -> Option<Track> {
    let len = source.len();
    let moov = within(source, 0..len, b"moov")?.into_iter().next()?;
    for trak in within(source, moov, b"trak")? {
        let find = |source: &mut dyn Source, path: &[&[u8; 4]]| {
            let mut range = trak.clone();
            for name in path {
                range = within(source, range, name)?.into_iter().next()?;
            }
            Some(range)
        };
        let Some(handler) = find(source, &[b"mdia", b"hdlr"]) else { continue };
        if read(source, handler.start + 8, 4).as_deref() != Some(b"vide") {
            continue;
        }
        let head = find(source, &[b"tkhd"])?;
        let shape = read(source, head.end.checked_sub(44)?, 44)?;
        let stsd = find(source, &[b"mdia", b"minf", b"stbl", b"stsd"])?;
        let length = stsd.end - stsd.start;
        if length > DESCRIPTION_BYTES_MAX || head.end - head.start < 84 {
            return None;
        }
        return Some(Track { description: read(source, stsd.start, length)?, shape });
    }
    None
}

/// The insides of all boxes of this name in a range.
fn within(source: &mut dyn Source, range: std::ops::Range<u64>, name: &[u8; 4]) -> Option<Vec<std::ops::Range<u64>>> {
    let (mut at, mut found) = (range.start, Vec::new());
    for _ in 0..BOXES_MAX {
        let Some(head) = read(source, at, 8).filter(|_| at + 8 <= range.end) else { break };
        let short = u64::from(u32::from_be_bytes(head[..4].try_into().ok()?));
        let (skip, length) = match short {
            0 => (8, range.end - at),
            1 => (16, u64::from_be_bytes(read(source, at + 8, 8)?.try_into().ok()?)),
            length => (8, length),
        };
        let end = at.checked_add(length)?;
        if length < skip || end > range.end {
            break;
        }
        if &head[4..] == name {
            found.push(at + skip..end);
        }
        at = end;
    }
    Some(found)
}

fn read(source: &mut dyn Source, offset: u64, length: u64) -> Option<Vec<u8>> {
    if offset.checked_add(length)? > source.len() {
        return None;
    }
    let mut bytes = vec![0; usize::try_from(length).ok()?];
    let mut have = 0;
    while have < bytes.len() {
        match source.read_at(offset + have as u64, &mut bytes[have..]) {
            Ok(count @ 1..) => have += count,
            _ => return None,
        }
    }
    Some(bytes)
}

/// `ftyp`, `moov` and the head of `mdat`: one track in milliseconds, each frame `interval_ms` long, all in one chunk.
fn header(track: &Track, choice: &Choice) -> Option<Vec<u8>> {
    let interval = u32::try_from(choice.interval_ms).ok()?;
    let count = u32::try_from(choice.frames.len()).ok()?;
    let duration = interval.checked_mul(count)?;
    let bytes: u32 = choice.frames.iter().map(|frame| frame.size).sum();
    let ints = |values: &[u32]| values.iter().flat_map(|value| value.to_be_bytes()).collect::<Vec<u8>>();
    let unit = ints(&[0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000]);
    let mvhd =
        [ints(&[0, 0, 0, 1000, duration, 0x1_0000, 0x100_0000, 0, 0]), unit, ints(&[0, 0, 0, 0, 0, 0, 2])].concat();
    let tkhd = [ints(&[3, 0, 0, 1, 0, duration, 0, 0, 0, 0]), track.shape.clone()].concat();
    let mdhd = ints(&[0, 0, 0, 1000, duration, 0x55c4_0000]);
    let hdlr = [ints(&[0, 0]), b"vide".to_vec(), ints(&[0, 0, 0]), vec![0]].concat();
    let url = part(b"url ", &ints(&[1]));
    let dref = part(b"dref", &[ints(&[0, 1]), url].concat());
    let sizes: Vec<u32> = choice.frames.iter().map(|frame| frame.size).collect();
    let moov = |first: u32| {
        let stbl = [
            part(b"stsd", &track.description),
            part(b"stts", &ints(&[0, 1, count, interval])),
            part(b"stsc", &ints(&[0, 1, 1, count, 1])),
            part(b"stsz", &[ints(&[0, 0, count]), ints(&sizes)].concat()),
            part(b"stco", &ints(&[0, 1, first])),
        ]
        .concat();
        let minf = [part(b"vmhd", &ints(&[1, 0, 0])), part(b"dinf", &dref), part(b"stbl", &stbl)].concat();
        let mdia = [part(b"mdhd", &mdhd), part(b"hdlr", &hdlr), part(b"minf", &minf)].concat();
        let trak = [part(b"tkhd", &tkhd), part(b"mdia", &mdia)].concat();
        part(b"moov", &[part(b"mvhd", &mvhd), part(b"trak", &trak)].concat())
    };
    let ftyp = part(b"ftyp", b"isom\0\0\x02\0isommp41");
    let before = u32::try_from(ftyp.len() + moov(0).len() + 8).ok()?;
    Some([ftyp, moov(before), (bytes + 8).to_be_bytes().to_vec(), b"mdat".to_vec()].concat())
}

fn part(name: &[u8; 4], inside: &[u8]) -> Vec<u8> {
    // Everything but the sample description is ours and small; the description is limited above.
    let length = u32::try_from(inside.len() + 8).unwrap_or(0);
    [&length.to_be_bytes()[..], name, inside].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every(ms: u64, count: u64) -> Vec<Keyframe> {
        (0..count).map(|i| Keyframe { time_ms: i * ms, offset: i, size: 1 }).collect()
    }

    #[test]
    fn key_frames_are_chosen_evenly() {
        for (ms, count, duration, interval, times) in [
            (2000, 5, 10_000, 2000, &[0, 2000, 4000, 6000, 8000][..]),
            (1000, 10, 10_000, 2000, &[1000, 3000, 5000, 7000, 9000]),
            (10_000, 1, 10_000, 10_000, &[0]),
            (60_000, 60, 3_600_000, 900_000, &[420_000, 1_320_000, 2_220_000, 3_120_000]),
            // Nobody knows how long it is: as long as its key frames say.
            (1000, 3, 0, 1001, &[0, 1000]),
        ] {
            let most = if duration > 100_000 { 4 } else { 100 };
            let chosen = choose(&every(ms, count), duration, most).unwrap();
            let told: Vec<u64> = chosen.frames.iter().map(|frame| frame.time_ms).collect();
            assert_eq!((chosen.interval_ms, told.as_slice()), (interval, times), "{count} every {ms} of {duration}");
        }
        assert_eq!(choose(&[], 10_000, 100), None);
    }

    #[test]
    fn nonsense_is_no_film() {
        let frames = Choice { interval_ms: 1000, frames: vec![Keyframe { time_ms: 0, offset: 0, size: 4 }] };
        let huge = [&u32::MAX.to_be_bytes()[..], b"moov"].concat();
        let endless = [0u8, 0, 0, 0].into_iter().chain(*b"moov").collect::<Vec<u8>>();
        let loops = [0u8, 0, 0, 4].into_iter().chain(*b"moov").collect::<Vec<u8>>();
        for bytes in [Vec::new(), b"not an mp4 at all".to_vec(), huge, endless, loops] {
            assert_eq!(film(&mut bytes.as_slice(), &frames), None, "{bytes:?}");
        }
        let empty = Choice { interval_ms: 1000, frames: vec![Keyframe { time_ms: 0, offset: 0, size: 0 }] };
        assert_eq!(film(&mut &b"x"[..], &empty), None);
    }
}
