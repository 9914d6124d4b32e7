//! MPEG transport streams in packets of 188, 192 (M2TS) or 204 bytes: every packet's head is looked at.

use crate::bytes::{be16, find};
use crate::limits::{SCAN_BYTES_MAX, TAIL_BYTES, TRACKS_MAX};
use crate::pes::{self, Stream};
use crate::reader::{Outcome, Reader};
use crate::report::{Examination, Oddity, TrackKind, Trouble};

const SYNC: u8 = 0x47;
const PIDS: usize = 8192;
const NO_PAYLOAD: u16 = 0x1fff;
const SDT_PID: u16 = 0x11;

/// How packets lie: where the first begins, how far apart, and how many bytes precede the sync byte in each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Packets {
    pub at: usize,
    pub stride: usize,
    pub prefix: usize,
}

/// Five sync bytes at one distance, or as many as a shorter file can hold.
pub(crate) fn packets(head: &[u8], len: u64) -> Option<Packets> {
    [(188, 0), (192, 4), (204, 0)].into_iter().find_map(|(stride, prefix)| {
        (0..stride).find_map(|at| {
            let possible = (head.len().checked_sub(at + prefix)?).div_ceil(stride).min(5);
            let syncs = (0..possible).all(|index| head.get(at + prefix + index * stride) == Some(&SYNC));
            // A file of fewer packets must begin with one.
            let enough = possible == 5 || (at == 0 && possible > 0 && len >= stride as u64);
            (syncs && enough).then_some(Packets { at, stride, prefix })
        })
    })
}

struct Scan {
    /// What a PID carries: 0 nothing known, 1 program map, 2 and up a stream.
    pids: Vec<u8>,
    counters: Vec<u8>,
    streams: Vec<Stream>,
    mapped: bool,
    lost: u64,
    damaged: u64,
    packets: u64,
    /// After a leap over the middle: stamps are taken up anew.
    leapt: Vec<bool>,
    tool: bool,
}

const UNSEEN: u8 = 0xff;

pub(crate) fn examine(reader: &mut Reader, x: &mut Examination) -> Outcome<()> {
    let len = reader.len();
    let Some(layout) = packets(reader.some(0, 4096)?, len) else {
        x.trouble(Trouble::Malformed { at: 0 });
        return Ok(());
    };
    let mut scan = Scan {
        pids: vec![0; PIDS],
        counters: vec![UNSEEN; PIDS],
        streams: Vec::new(),
        mapped: false,
        lost: 0,
        damaged: layout.at as u64,
        packets: 0,
        leapt: Vec::new(),
        tool: false,
    };
    // One more window than the limit would fault in the middle of the tail.
    let whole = len <= SCAN_BYTES_MAX - TAIL_BYTES;
    let head_end = if whole { len } else { SCAN_BYTES_MAX - 2 * TAIL_BYTES };
    let mut scanned = scan.run(reader, x, layout, layout.at as u64, head_end);
    if !whole && scanned.is_ok() {
        x.note(Oddity::ScanLimited { scanned_bytes: head_end + TAIL_BYTES });
        scan.counters.fill(UNSEEN);
        scan.leapt = vec![true; scan.streams.len()];
        let stride = layout.stride as u64;
        let tail = len - TAIL_BYTES;
        let tail = tail - (tail - layout.at as u64) % stride;
        scanned = scan.run(reader, x, layout, tail, len);
    }
    if scan.lost > 0 {
        x.note(Oddity::LostPackets { count: scan.lost });
    }
    if scan.damaged > 0 {
        x.note(Oddity::Damaged { bytes: scan.damaged });
    }
    if scan.tool {
        x.tool("FFmpeg");
    }
    if !scan.mapped {
        x.trouble(Trouble::NoIndex);
    }
    if scan.streams.iter().all(|stream| stream.packets == 0) {
        x.note(Oddity::NoMedia);
    }
    pes::conclude(x, scan.streams);
    scanned
}

impl Scan {
    fn run(&mut self, reader: &mut Reader, x: &mut Examination, layout: Packets, mut at: u64, end: u64) -> Outcome<()> {
        let stride = layout.stride;
        while at < end {
            let packet = reader.some(at, stride)?;
            if packet.len() < layout.prefix + 188 {
                if !packet.is_empty() {
                    x.truncated(Some((layout.prefix + 188 - packet.len()) as u64));
                }
                return Ok(());
            }
            if packet[layout.prefix] != SYNC {
                let skipped = resync(reader, at, layout)?;
                self.damaged += skipped;
                at += skipped;
                continue;
            }
            let packet: &[u8; 188] = match packet[layout.prefix..].first_chunk() {
                Some(packet) => packet,
                None => return Ok(()),
            };
            self.packets += 1;
            self.packet(packet);
            at += stride as u64;
        }
        Ok(())
    }

    fn packet(&mut self, packet: &[u8; 188]) {
        let begins = packet[1] & 0x40 != 0;
        let errored = packet[1] & 0x80 != 0;
        let pid = u16::from(packet[1] & 0x1f) << 8 | u16::from(packet[2]);
        if pid == NO_PAYLOAD || errored {
            self.lost += u64::from(errored);
            return;
        }
        let adaptation = packet[3] & 0x20 != 0;
        let has_payload = packet[3] & 0x10 != 0;
        let length = usize::from(packet[4]);
        let discontinuity = adaptation && length > 0 && packet[5] & 0x80 != 0;
        self.count(pid, packet[3] & 15, has_payload, discontinuity);
        let role = self.pids[usize::from(pid)];
        if discontinuity && role >= 2 {
            // A new time base holds for the whole program.
            self.streams.iter_mut().for_each(|stream| stream.timeline.declare_break());
        }
        if !has_payload {
            return;
        }
        let Some(payload) = packet.get(if adaptation { 5 + length } else { 4 }..) else {
            return;
        };
        match (pid, role) {
            (0, _) if begins => self.programs(payload),
            (SDT_PID, _) if begins && !self.tool => self.tool = find(payload, b"FFmpeg").is_some(),
            (_, 1) if begins => self.program(payload),
            (_, role) if role >= 2 => self.elementary(usize::from(role) - 2, payload, begins),
            _ => {}
        }
    }

    /// Continuity counters (2.4.3.3): each packet with payload counts on by one; one repetition is allowed.
    fn count(&mut self, pid: u16, counter: u8, has_payload: bool, discontinuity: bool) {
        let last = &mut self.counters[usize::from(pid)];
        if has_payload {
            let follows = *last == UNSEEN || counter == (*last + 1) & 15 || counter == *last;
            if !follows && !discontinuity {
                self.lost += u64::from(counter.wrapping_sub(*last + 1) & 15);
            }
            *last = counter;
        }
    }

    /// Program association: which PIDs carry program maps.
    fn programs(&mut self, payload: &[u8]) {
        let Some(section) = section(payload, 0) else {
            return;
        };
        for program in section.get(5..).unwrap_or(&[]).as_chunks::<4>().0 {
            let pid = usize::from(u16::from_be_bytes([program[2], program[3]]) & 0x1fff);
            if program[..2] != [0, 0] && self.pids[pid] == 0 {
                self.pids[pid] = 1;
            }
        }
    }

    /// Program map: streams and their types.
    fn program(&mut self, payload: &[u8]) {
        let Some(section) = section(payload, 2) else {
            return;
        };
        self.mapped = true;
        let info = usize::from(be16(section, 7).unwrap_or(0) & 0xfff);
        let mut at = 9 + info;
        while let Some(&[code, high, low, info_high, info_low]) = section.get(at..).and_then(|rest| rest.first_chunk())
        {
            let pid = usize::from(u16::from_be_bytes([high, low]) & 0x1fff);
            let length = usize::from(u16::from_be_bytes([info_high, info_low]) & 0xfff);
            let descriptors = section.get(at + 5..).map_or(&[][..], |rest| &rest[..length.min(rest.len())]);
            if self.pids[pid] == 0 && self.streams.len() < TRACKS_MAX {
                let (kind, codec) = typed(code, descriptors);
                self.pids[pid] = self.streams.len() as u8 + 2;
                self.streams.push(Stream::new(self.streams.len() as u32, kind, codec));
                self.leapt.push(false);
            }
            at += 5 + length;
        }
    }

    fn elementary(&mut self, index: usize, payload: &[u8], begins: bool) {
        let Some(stream) = self.streams.get_mut(index) else {
            return;
        };
        if begins {
            stream.packet_begins();
            stream.identify(payload.get(3).copied().unwrap_or(0));
            let Some(head) = pes::head(payload) else {
                return;
            };
            if let Some(time) = head.time {
                if let Some(leapt) = self.leapt.get_mut(index).filter(|leapt| **leapt) {
                    *leapt = false;
                    stream.skip(time);
                }
                stream.time(time, head.shown.unwrap_or(time));
            }
            stream.payload(payload.get(head.payload..).unwrap_or(&[]));
        } else {
            stream.payload(payload);
        }
    }
}

/// Distance to the next place where two packets follow one another.
fn resync(reader: &mut Reader, at: u64, layout: Packets) -> Outcome<u64> {
    let rest = reader.stretch(at, 4 << 10)?;
    let sync = |from: usize| rest.get(from + layout.prefix) == Some(&SYNC);
    let last = rest.len().saturating_sub(layout.stride + layout.prefix);
    let found = (1..last).find(|&from| sync(from) && sync(from + layout.stride));
    Ok(found.unwrap_or(last).max(1) as u64)
}

/// A table section that lies whole within one packet, from after its length to before its checksum.
fn section(payload: &[u8], table: u8) -> Option<&[u8]> {
    let begin = 1 + usize::from(*payload.first()?);
    let section = payload.get(begin..)?;
    if *section.first()? != table {
        return None;
    }
    let length = usize::from(be16(section, 1)? & 0xfff);
    let end = (3 + length).min(section.len());
    section.get(3..end.checked_sub(4)?)
}

/// Private streams say in a descriptor what they are.
fn typed(code: u8, mut descriptors: &[u8]) -> (TrackKind, &'static str) {
    let by_type = pes::stream_type(code);
    while let (0x06, Some(&[tag, length])) = (code, descriptors.first_chunk()) {
        let body = descriptors.get(2..).map_or(&[][..], |rest| &rest[..usize::from(length).min(rest.len())]);
        match (tag, body) {
            (0x05, b"Opus") => return (TrackKind::Audio, "opus"),
            (0x05, b"HEVC") => return (TrackKind::Video, "hevc"),
            (0x05, b"AC-3") | (0x6a, _) => return (TrackKind::Audio, "ac3"),
            _ => descriptors = descriptors.get(2 + body.len()..).unwrap_or(&[]),
        }
    }
    by_type
}
