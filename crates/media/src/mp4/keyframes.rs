//! Key frames of the first video track, for the strip of thumbnails: time, place and size of each.

use serde::{Deserialize, Serialize};

use super::movie::Trak;
use super::{Layout, boxes::Table, fragments, movie, walk};
use crate::bytes::{be32, be64};
use crate::limits::{KEYFRAMES_MAX, TABLE_BYTES_MAX, TABLE_HELD_BYTES_MAX};
use crate::reader::{Fault, Outcome, Reader};
use crate::report::{Container, Examination, TrackKind};
use crate::source::Source;
use crate::timeline::ticks_to_ms;

/// `time_ms` is the presentation time, edit list applied; `offset` and `size` are where its bytes lie in the file.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keyframe {
    pub time_ms: u64,
    pub offset: u64,
    pub size: u32,
}

/// At most 200,000, in decode order; empty for what is not an MP4 with a readable index.
pub fn keyframes(source: &mut dyn Source) -> Vec<Keyframe> {
    let mut reader = Reader::new(source);
    reader.allow(TABLE_BYTES_MAX);
    let mut found = Vec::new();
    // A fault ends the list; what was read before it is right.
    let _ = collect(&mut reader, &mut found);
    let len = reader.len();
    found.retain(|frame| frame.offset.saturating_add(u64::from(frame.size)) <= len);
    found
}

fn collect(reader: &mut Reader, found: &mut Vec<Keyframe>) -> Outcome<()> {
    let mut x = Examination::of(Container::Mp4);
    let mut layout = Layout::default();
    walk(reader, &mut x, &mut layout)?;
    let Some(moov) = layout.moov else {
        return Ok(());
    };
    let movie = movie::read(reader, &mut x, &moov, &layout.brand == b"qt  ")?;
    let Some(index) = movie.tracks.iter().position(|trak| trak.kind() == TrackKind::Video) else {
        return Ok(());
    };
    let trak = &movie.tracks[index];
    let shift_ms = super::start_offset_ms(trak, movie.scale);
    let mut push = |ticks: i64, offset: u64, size: u32| {
        let ms = i64::try_from(ticks_to_ms(ticks, i64::from(trak.scale))).unwrap_or(i64::MAX).saturating_add(shift_ms);
        let room = found.len() < KEYFRAMES_MAX;
        if room {
            found.push(Keyframe { time_ms: u64::try_from(ms).unwrap_or(0), offset, size });
        }
        room
    };
    from_tables(reader, trak, &mut push)?;

    let mut end = 0i64;
    for moof in &layout.moofs {
        fragments::runs(reader, &movie, moof, &mut |run| {
            if run.track != index {
                return;
            }
            let begin = run.begin.unwrap_or(end);
            if run.sync && run.count > 0 {
                push(begin.saturating_add(i64::from(run.shift)), run.offset, run.size);
            }
            let count = i64::try_from(run.count).unwrap_or(i64::MAX);
            end = begin.saturating_add(i64::from(run.duration).saturating_mul(count));
        })?;
    }
    Ok(())
}

/// A table in memory, with a place in it.
struct Held {
    bytes: Vec<u8>,
    row: usize,
}

fn hold(reader: &mut Reader, table: &Table, row: usize) -> Outcome<Held> {
    let length = table.rows.saturating_mul(row as u64);
    if length > TABLE_HELD_BYTES_MAX {
        return Err(Fault::Limit("table"));
    }
    let mut bytes = Vec::with_capacity(length as usize);
    while (bytes.len() as u64) < length {
        let piece = (length as usize - bytes.len()).min(64 << 10);
        let at = table.at + bytes.len() as u64;
        bytes.extend_from_slice(reader.get(at, piece)?);
    }
    Ok(Held { bytes, row })
}

impl Held {
    fn cell(&self, row: usize, column: usize) -> Option<u32> {
        let at = row.checked_mul(self.row)?.checked_add(column * 4)?;
        be32(&self.bytes, at)
    }
}

/// Rows of (count, value), read along the samples.
struct Along {
    held: Held,
    row: usize,
    left: u32,
}

impl Along {
    fn next(&mut self) -> Option<u32> {
        while self.left == 0 {
            self.left = self.held.cell(self.row, 0)?;
            self.row += 1;
        }
        self.left -= 1;
        self.held.cell(self.row - 1, 1)
    }
}

fn from_tables(reader: &mut Reader, trak: &Trak, push: &mut dyn FnMut(i64, u64, u32) -> bool) -> Outcome<()> {
    let mut durations = Along { held: hold(reader, &trak.stts, 8)?, row: 0, left: 0 };
    let mut shifts = Along { held: hold(reader, &trak.ctts, 8)?, row: 0, left: 0 };
    let sync = trak.stss.as_ref().map(|table| hold(reader, table, 4)).transpose()?;
    let sizes = if trak.size_of_all == 0 { Some(hold(reader, &trak.sizes, 4)?) } else { None };
    let chunks = hold(reader, &trak.chunks, if trak.chunks_64 { 8 } else { 4 })?;
    let layout = hold(reader, &trak.stsc, 12)?;
    let samples_max = trak.samples().min(TABLE_HELD_BYTES_MAX / 4);

    let (mut time, mut chunk, mut layout_row, mut sync_row) = (0i64, 0usize, 0usize, 0usize);
    let mut offset = 0u64;
    let mut left_in_chunk = 0u32;
    for sample in 0..samples_max {
        while left_in_chunk == 0 {
            // Rows say from which chunk on (counted from 1) so many samples lie in each.
            while layout.cell(layout_row + 1, 0).is_some_and(|first| first as usize <= chunk + 1) {
                layout_row += 1;
            }
            let Some(count) = layout.cell(layout_row, 1) else {
                return Ok(());
            };
            let place =
                if trak.chunks_64 { be64(&chunks.bytes, chunk * 8) } else { chunks.cell(chunk, 0).map(u64::from) };
            let Some(place) = place else { return Ok(()) };
            (left_in_chunk, offset) = (count, place);
            chunk += 1;
        }
        let size = match &sizes {
            Some(sizes) => sizes.cell(sample as usize, 0).unwrap_or(0),
            None => trak.size_of_all,
        };
        let shift = shifts.next().unwrap_or(0).cast_signed();
        let is_sync = match &sync {
            Some(list) => {
                while list.cell(sync_row, 0).is_some_and(|number| u64::from(number) < sample + 1) {
                    sync_row += 1;
                }
                list.cell(sync_row, 0).is_some_and(|number| u64::from(number) == sample + 1)
            }
            None => true,
        };
        if is_sync && !push(time.saturating_add(i64::from(shift)), offset, size) {
            return Ok(());
        }
        time = time.saturating_add(i64::from(durations.next().unwrap_or(0)));
        offset = offset.saturating_add(u64::from(size));
        left_in_chunk -= 1;
    }
    Ok(())
}
