//! MPEG program streams, as fixed cameras and GB/T 28181 platforms write them: every packet's head is looked at.

use crate::bytes::be16;
use crate::limits::{SCAN_BYTES_MAX, TRACKS_MAX};
use crate::pes::{self, Stream};
use crate::reader::{Fault, Outcome, Reader};
use crate::report::{Examination, Oddity, TrackKind, Trouble};

#[derive(Default)]
struct Scan {
    /// Stream id -> index into streams.
    ids: Vec<(u8, usize)>,
    streams: Vec<Stream>,
    /// Types from the program stream map.
    types: Vec<(u8, u8)>,
    damaged: u64,
}

/// Longest packet head that is read: MPEG-2 PES with all its fields.
const HEAD_BYTES: usize = 64;

pub(crate) fn examine(reader: &mut Reader, x: &mut Examination) -> Outcome<()> {
    let mut scan = Scan::default();
    let begin = first_pack(reader)?;
    if begin > 0 && reader.some(0, 4)? != b"IMKH" {
        scan.damaged = begin;
    }
    let scanned = match scan.run(reader, x, begin) {
        Err(Fault::Limit(_)) => {
            x.note(Oddity::ScanLimited { scanned_bytes: reader.bytes_read().min(SCAN_BYTES_MAX) });
            Ok(())
        }
        scanned => scanned,
    };
    if scan.damaged > 0 {
        x.note(Oddity::Damaged { bytes: scan.damaged });
    }
    if scan.streams.iter().all(|stream| stream.packets == 0) {
        x.note(Oddity::NoMedia);
        x.trouble(if x.is_truncated() { Trouble::Truncated { missing_bytes: None } } else { Trouble::NoIndex });
    }
    pes::conclude(x, scan.streams);
    scanned
}

/// A maker's own header may precede the first pack.
fn first_pack(reader: &mut Reader) -> Outcome<u64> {
    let head = reader.some(0, 4096)?;
    Ok(head.windows(4).position(|code| code == [0, 0, 1, 0xba]).unwrap_or(0) as u64)
}

impl Scan {
    fn run(&mut self, reader: &mut Reader, x: &mut Examination, mut at: u64) -> Outcome<()> {
        let len = reader.len();
        while at < len {
            reader.step()?;
            let head = reader.some(at, HEAD_BYTES)?;
            if head.len() < 4 {
                x.truncated(None);
                return Ok(());
            }
            let next = match head {
                [0, 0, 1, 0xb9, ..] => at + 4,
                [0, 0, 1, 0xba, ..] => match pack_length(head) {
                    Some(length) => at + length,
                    None if (head.len() as u64) < 14 => len + 1,
                    None => at + self.resync(reader, at)?,
                },
                [0, 0, 1, 0xbb..=0xff, ..] => match be16(head, 4) {
                    Some(length) => {
                        let end = at + 6 + u64::from(length);
                        let id = head[3];
                        if end <= len {
                            self.packet(reader, at, id, usize::from(length) + 6)?;
                        }
                        end
                    }
                    None => len + 1,
                },
                _ if head.len() < HEAD_BYTES && head.iter().all(|byte| matches!(byte, 0 | 0xff)) => {
                    return Ok(());
                }
                _ => at + self.resync(reader, at)?,
            };
            if next > len {
                x.truncated(Some(next - len));
                return Ok(());
            }
            at = next;
        }
        Ok(())
    }

    fn packet(&mut self, reader: &mut Reader, at: u64, id: u8, length: usize) -> Outcome<()> {
        if id == 0xbc {
            let map = reader.get(at, length)?.to_vec();
            self.map(&map);
            return Ok(());
        }
        if !matches!(id, 0xbd | 0xc0..=0xef) {
            return Ok(());
        }
        let Some(index) = self.index(id) else {
            return Ok(());
        };
        let wanted = if self.streams[index].wants_payload() { length } else { length.min(HEAD_BYTES) };
        let bytes = reader.get(at, wanted)?;
        let Some(head) = pes::head(bytes) else {
            return Ok(());
        };
        let stream = &mut self.streams[index];
        if let Some(time) = head.time {
            stream.packet_begins();
            stream.time(time, head.shown.unwrap_or(time));
        }
        stream.payload(bytes.get(head.payload..).unwrap_or(&[]));
        Ok(())
    }

    fn index(&mut self, id: u8) -> Option<usize> {
        if let Some((_, index)) = self.ids.iter().find(|(known, _)| *known == id) {
            return Some(*index);
        }
        if self.streams.len() >= TRACKS_MAX {
            return None;
        }
        let by_map = self.types.iter().find(|(known, _)| *known == id).map(|(_, code)| pes::stream_type(*code));
        let (kind, codec) = by_map.unwrap_or(match id {
            0xe0..=0xef => (TrackKind::Video, "unknown"),
            0xc0..=0xdf => (TrackKind::Audio, "unknown"),
            _ => (TrackKind::Other, "private"),
        });
        let index = self.streams.len();
        self.streams.push(Stream::new(index as u32, kind, codec));
        self.ids.push((id, index));
        Some(index)
    }

    /// Program stream map (2.5.4): types by stream id.
    fn map(&mut self, body: &[u8]) {
        let info = usize::from(be16(body, 8).unwrap_or(0));
        let mut at = 12 + info;
        while let Some(&[code, id, high, low]) = body.get(at..).and_then(|rest| rest.first_chunk())
            && at + 4 <= body.len().saturating_sub(4)
        {
            if self.types.len() < 256 && !self.types.contains(&(id, code)) {
                self.types.push((id, code));
            }
            at += 4 + usize::from(u16::from_be_bytes([high, low]));
        }
    }

    /// Distance to the next pack or packet.
    fn resync(&mut self, reader: &mut Reader, at: u64) -> Outcome<u64> {
        let rest = reader.stretch(at + 1, 64)?;
        let code = |w: &[u8]| w[..3] == [0, 0, 1] && matches!(w[3], 0xba | 0xbb | 0xbd | 0xc0..=0xef);
        let skipped = 1 + rest.windows(4).position(code).unwrap_or(rest.len().saturating_sub(3).max(1)) as u64;
        self.damaged += skipped;
        Ok(skipped)
    }
}

/// Pack header: 14 bytes and stuffing in MPEG-2, 12 in MPEG-1.
fn pack_length(head: &[u8]) -> Option<u64> {
    match *head.get(4)? {
        mark if mark & 0xc0 == 0x40 => Some(14 + u64::from(*head.get(13)? & 7)),
        mark if mark & 0xf0 == 0x20 && head.len() >= 12 => Some(12),
        _ => None,
    }
}
