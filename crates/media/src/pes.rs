//! PES packets of MPEG-TS and MPEG-PS (ISO/IEC 13818-1 2.4.3.6), and what their elementary streams say of themselves.

use crate::limits::{PROBE_BYTES, PROBE_BYTES_MAX};
use crate::report::{Track, TrackKind};
use crate::timeline::Timeline;
use crate::{mpegaudio, sps, tool};

/// Ticks a second of PTS and DTS.
pub(crate) const CLOCK: u64 = 90_000;
const WRAP: i64 = 1 << 33;
/// Sound whose frames say what they are.
const HEADED: [&str; 5] = ["aac", "mp1", "mp2", "mp3", "unknown"];

/// Decode time (or the presentation time, where they are equal), presentation time, and where the payload begins.
#[derive(Debug, PartialEq)]
pub(crate) struct Head {
    pub time: Option<i64>,
    pub shown: Option<i64>,
    pub payload: usize,
}

/// `bytes` begin with the start code 00 00 01. MPEG-2 form, or MPEG-1 with its stuffing.
pub(crate) fn head(bytes: &[u8]) -> Option<Head> {
    if bytes.get(..3)? != [0, 0, 1] {
        return None;
    }
    let stream = *bytes.get(3)?;
    if matches!(stream, 0xbc | 0xbe | 0xbf | 0xf0..=0xf2 | 0xf8 | 0xff) {
        return Some(Head { time: None, shown: None, payload: 6 });
    }
    let flags = *bytes.get(6)?;
    if flags & 0xc0 == 0x80 {
        let times = *bytes.get(7)? >> 6;
        let payload = 9 + usize::from(*bytes.get(8)?);
        let time = match times {
            2 => stamp(bytes, 9),
            3 => stamp(bytes, 14),
            _ => None,
        };
        let shown = if times >= 2 { stamp(bytes, 9) } else { None };
        return Some(Head { time, shown, payload });
    }
    let mut at = 6;
    while at < 22 && *bytes.get(at)? == 0xff {
        at += 1;
    }
    if *bytes.get(at)? & 0xc0 == 0x40 {
        at += 2;
    }
    match *bytes.get(at)? >> 4 {
        2 => Some(Head { time: stamp(bytes, at), shown: stamp(bytes, at), payload: at + 5 }),
        3 => Some(Head { time: stamp(bytes, at + 5), shown: stamp(bytes, at), payload: at + 10 }),
        _ => Some(Head { time: None, shown: None, payload: at + 1 }),
    }
}

/// 33 bits in five bytes with marker bits.
fn stamp(bytes: &[u8], at: usize) -> Option<i64> {
    let b: [u8; 5] = bytes.get(at..at + 5)?.try_into().ok()?;
    if b[0] & 1 == 0 || b[2] & 1 == 0 || b[4] & 1 == 0 {
        return None;
    }
    let [a, b, c, d, e] = b.map(i64::from);
    Some((a >> 1 & 7) << 30 | b << 22 | (c >> 1) << 15 | d << 7 | e >> 1)
}

/// One elementary stream while it passes by.
pub(crate) struct Stream {
    pub track: Track,
    pub timeline: Timeline,
    /// The last stamp, counted on over the 33-bit wrap.
    last: Option<i64>,
    /// When the first packet is shown.
    first_shown: Option<i64>,
    pub packets: u64,
    /// Payload of the packets before, and of the present one.
    bytes_before: u64,
    bytes_now: u64,
    probe: Vec<u8>,
    probed: usize,
    known: bool,
    /// Frames a second as the sequence header says.
    coded_fps: Option<f64>,
    pub tool: Option<String>,
}

impl Stream {
    pub fn new(index: u32, kind: TrackKind, codec: &str) -> Stream {
        let known = kind == TrackKind::Other || (kind == TrackKind::Audio && !HEADED.contains(&codec));
        Stream {
            track: Track::new(kind, codec),
            timeline: Timeline::new(index, CLOCK),
            last: None,
            first_shown: None,
            packets: 0,
            bytes_before: 0,
            bytes_now: 0,
            probe: Vec::new(),
            probed: 0,
            known,
            coded_fps: None,
            tool: None,
        }
    }

    /// Decode and presentation stamp of a packet.
    pub fn time(&mut self, stamp: i64, shown: i64) {
        self.first_shown.get_or_insert(shown);
        let stamp = match self.last {
            None => stamp,
            Some(last) => {
                // The counter wraps every 26.5 h: the nearest reading is the right one.
                let delta = (stamp - last).rem_euclid(WRAP);
                last.saturating_add(if delta > WRAP / 2 { delta - WRAP } else { delta })
            }
        };
        self.last = Some(stamp);
        self.packets += 1;
        self.timeline.at(stamp);
    }

    /// The scan goes on elsewhere: the next stamp is not compared with the last.
    pub fn skip(&mut self, stamp: i64) {
        if let Some(last) = self.last {
            let delta = (stamp - last).rem_euclid(WRAP);
            self.last = Some(last.saturating_add(delta));
            self.timeline.skip_to(last.saturating_add(delta));
        }
    }

    pub fn wants_payload(&self) -> bool {
        !self.known && self.probed < PROBE_BYTES_MAX
    }

    /// Streams of private type that call themselves video or audio in each packet are taken at their word.
    pub fn identify(&mut self, stream_id: u8) {
        if self.track.kind == TrackKind::Other && self.packets == 0 {
            self.track.kind = match stream_id {
                0xc0..=0xdf => TrackKind::Audio,
                0xe0..=0xef => TrackKind::Video,
                _ => return,
            };
            "unknown".clone_into(&mut self.track.codec);
            self.known = false;
        }
    }

    /// The last packet may hold less than the others: its share of the usual interval, by its bytes.
    fn end(&mut self) {
        let before = self.packets.saturating_sub(1);
        if let (TrackKind::Audio, Some(usual), Some(mean)) =
            (self.track.kind, self.timeline.usual(), self.bytes_before.checked_div(before))
        {
            let share = (self.bytes_now as f64 / mean.max(1) as f64).min(1.0);
            self.timeline.last_ticks = Some((usual as f64 * share) as i64);
        }
    }

    /// A new packet begins: what was gathered of the last one is looked at.
    pub fn packet_begins(&mut self) {
        self.bytes_before += std::mem::take(&mut self.bytes_now);
        if self.wants_payload() && !self.probe.is_empty() {
            self.look();
            self.probe.clear();
        }
    }

    pub fn payload(&mut self, bytes: &[u8]) {
        self.bytes_now += bytes.len() as u64;
        if self.wants_payload() && self.probe.len() < PROBE_BYTES {
            let room = PROBE_BYTES - self.probe.len();
            let taken = &bytes[..bytes.len().min(room)];
            self.probe.extend_from_slice(taken);
            self.probed += taken.len().max(1);
        }
    }

    pub fn look(&mut self) {
        match self.track.kind {
            TrackKind::Video => {
                let codec = Some(self.track.codec.as_str()).filter(|codec| *codec != "unknown");
                self.tool = self.tool.take().or_else(|| tool::encoder_mark(&self.probe));
                if let Some(picture) = sps::in_stream(&self.probe, codec) {
                    picture.codec.clone_into(&mut self.track.codec);
                    self.track.codec_string = picture.codec_string;
                    self.coded_fps = picture.fps;
                    (self.track.width, self.track.height) = (Some(picture.width), Some(picture.height));
                    self.known = true;
                }
            }
            TrackKind::Audio => {
                if let Some(frame) = mpegaudio::frame(&self.probe) {
                    frame.codec.clone_into(&mut self.track.codec);
                    self.track.sample_rate = Some(frame.rate);
                    self.track.channels = Some(frame.channels).filter(|channels| *channels > 0);
                    if frame.codec == "aac" {
                        self.track.codec_string = Some(format!("mp4a.40.{}", frame.object));
                    }
                    self.known = true;
                }
            }
            _ => {}
        }
    }
}

/// Stream types of ISO/IEC 13818-1 table 2-34, and those GB/T 28181 adds.
pub(crate) fn stream_type(code: u8) -> (TrackKind, &'static str) {
    match code {
        0x01 => (TrackKind::Video, "mpeg1"),
        0x02 => (TrackKind::Video, "mpeg2"),
        0x10 => (TrackKind::Video, "mpeg4"),
        0x1b => (TrackKind::Video, "h264"),
        0x24 => (TrackKind::Video, "hevc"),
        0x80 => (TrackKind::Video, "svac"),
        0x03 | 0x04 => (TrackKind::Audio, "mp2"),
        0x0f => (TrackKind::Audio, "aac"),
        0x11 => (TrackKind::Audio, "aac_latm"),
        0x81 => (TrackKind::Audio, "ac3"),
        0x90 => (TrackKind::Audio, "pcm_alaw"),
        0x91 => (TrackKind::Audio, "pcm_mulaw"),
        0x92 => (TrackKind::Audio, "g722"),
        0x93 => (TrackKind::Audio, "g723"),
        0x99 => (TrackKind::Audio, "g729"),
        0x9b => (TrackKind::Audio, "svac_audio"),
        _ => (TrackKind::Other, "private"),
    }
}

/// Puts the streams into the examination: tracks, breaks, lengths.
pub(crate) fn conclude(x: &mut crate::report::Examination, streams: Vec<Stream>) {
    use crate::limits::{GAPS_MAX, LENGTHS_DIFFER_MS};
    use crate::report::Oddity;
    let media = |kind| matches!(kind, TrackKind::Video | TrackKind::Audio);
    let begin =
        streams.iter().filter(|s| media(s.track.kind)).filter_map(|stream| stream.first_shown).min().unwrap_or(0);
    let mut lengths = Vec::new();
    let mut end_ms = 0;
    for mut stream in streams {
        if stream.wants_payload() {
            stream.look();
        }
        // Tracks begin within seconds of each other; a wider distance is a wrap between them.
        let late = stream.first_shown.unwrap_or(begin).saturating_sub(begin);
        let late = if late.saturating_abs() > WRAP / 2 { late.rem_euclid(WRAP) - WRAP } else { late };
        stream.timeline.offset_ms = late.max(0) / 90;
        stream.timeline.finish();
        stream.end();
        let mut track = stream.track;
        if stream.packets > 0 {
            let elapsed_ms = stream.timeline.elapsed_ms();
            track.duration_ms = Some(elapsed_ms);
            if media(track.kind) {
                lengths.push(elapsed_ms);
                end_ms = end_ms.max(elapsed_ms.saturating_add_signed(stream.timeline.offset_ms));
            }
        }
        if track.kind == TrackKind::Video {
            // A packet may hold several pictures; then only the header knows the rate, and nobody the number.
            let seen = stream.timeline.fps();
            let several = stream.coded_fps.filter(|coded| seen.is_none_or(|seen| *coded > seen * 1.5));
            track.fps = several.or(seen);
            track.samples = Some(stream.packets).filter(|_| several.is_none());
        }
        if let Some(tool) = &stream.tool {
            x.tool(tool);
        }
        let room = GAPS_MAX.saturating_sub(x.gaps.len());
        x.gaps.extend(stream.timeline.gaps.iter().take(room));
        if stream.timeline.gaps_dropped || stream.timeline.gaps.len() > room {
            x.note(Oddity::GapsLimited { reported: x.gaps.len() as u32 });
        }
        x.tracks.push(track);
    }
    x.duration_ms = Some(end_ms).filter(|ms| *ms > 0);
    if let (Some(&shortest_ms), Some(&longest_ms)) = (lengths.iter().min(), lengths.iter().max())
        && longest_ms - shortest_ms > LENGTHS_DIFFER_MS
    {
        x.note(Oddity::TrackLengthsDiffer { shortest_ms, longest_ms });
    }
}
