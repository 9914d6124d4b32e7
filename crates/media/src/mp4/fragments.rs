//! `moof`: runs of samples in fragmented files.

use super::boxes::{self, BoxHead, Table};
use super::movie::{Extends, Movie};
use crate::bytes::{be32, be64};
use crate::reader::{Outcome, Reader};

/// One sample of a run, as much as is known of it.
pub(super) struct Run {
    /// Index into the movie's tracks.
    pub track: usize,
    /// Decode time of the first sample, in the track's scale; absent: the run follows the last one.
    pub begin: Option<i64>,
    pub duration: u32,
    pub size: u32,
    pub count: u64,
    /// Offset of the composition time.
    pub shift: i32,
    pub offset: u64,
    pub sync: bool,
}

struct Fragment {
    track: usize,
    begin: Option<i64>,
    base: u64,
    duration: u32,
    size: u32,
    flags: u32,
}

const NOT_SYNC: u32 = 0x1_0000;

/// Calls `each` for every run of like samples of the fragment at `moof`, in file order.
pub(super) fn runs(reader: &mut Reader, movie: &Movie, moof: &BoxHead, each: &mut dyn FnMut(Run)) -> Outcome<()> {
    let mut at = moof.body;
    // Without an explicit base, data follow those of the track fragment before.
    let mut data_end = moof.at;
    while let Some(traf) = boxes::next(reader, at, moof.end)? {
        if &traf.kind == b"traf" {
            track_fragment(reader, movie, moof, &traf, &mut data_end, each)?;
        }
        at = traf.end;
    }
    Ok(())
}

fn track_fragment(
    reader: &mut Reader,
    movie: &Movie,
    moof: &BoxHead,
    traf: &BoxHead,
    data_end: &mut u64,
    each: &mut dyn FnMut(Run),
) -> Outcome<()> {
    let mut fragment: Option<Fragment> = None;
    let mut at = traf.body;
    while let Some(head) = boxes::next(reader, at, traf.end)? {
        match (&head.kind, &mut fragment) {
            (b"tfhd", _) => fragment = fragment_header(reader, movie, moof, &head, *data_end)?,
            (b"tfdt", Some(fragment)) => {
                let length = head.body_len().min(16) as usize;
                let bytes = reader.some(head.body, length)?;
                let begin = if bytes.first() == Some(&1) { be64(bytes, 4) } else { be32(bytes, 4).map(u64::from) };
                fragment.begin = begin.and_then(|ticks| i64::try_from(ticks).ok());
            }
            (b"trun", Some(fragment)) => track_run(reader, fragment, &head, data_end, each)?,
            _ => {}
        }
        at = head.end;
    }
    Ok(())
}

fn fragment_header(
    reader: &mut Reader,
    movie: &Movie,
    moof: &BoxHead,
    head: &BoxHead,
    data_end: u64,
) -> Outcome<Option<Fragment>> {
    let length = head.body_len().min(64) as usize;
    let bytes = reader.some(head.body, length)?;
    let flags = be32(bytes, 0).unwrap_or(0) & 0xff_ffff;
    let Some(id) = be32(bytes, 4) else {
        return Ok(None);
    };
    let Some(track) = movie.tracks.iter().position(|trak| trak.id == id) else {
        return Ok(None);
    };
    let defaults = movie.extends.iter().find(|row| row.track_id == id).copied();
    let defaults = defaults.unwrap_or(Extends { track_id: id, duration: 0, size: 0, flags: 0 });

    let mut at = 8;
    let mut field = |flag: u32, length: usize| {
        let present = flags & flag != 0;
        let from = at;
        at += if present { length } else { 0 };
        present.then_some(from)
    };
    let base = field(0x1, 8).and_then(|at| be64(bytes, at));
    field(0x2, 4);
    let duration = field(0x8, 4).and_then(|at| be32(bytes, at));
    let size = field(0x10, 4).and_then(|at| be32(bytes, at));
    let sample_flags = field(0x20, 4).and_then(|at| be32(bytes, at));
    let implied = if flags & 0x2_0000 != 0 { moof.at } else { data_end };
    Ok(Some(Fragment {
        track,
        begin: None,
        base: base.unwrap_or(implied),
        duration: duration.unwrap_or(defaults.duration),
        size: size.unwrap_or(defaults.size),
        flags: sample_flags.unwrap_or(defaults.flags),
    }))
}

fn track_run(
    reader: &mut Reader,
    fragment: &mut Fragment,
    head: &BoxHead,
    data_end: &mut u64,
    each: &mut dyn FnMut(Run),
) -> Outcome<()> {
    let length = head.body_len().min(16) as usize;
    let bytes = reader.some(head.body, length)?;
    let flags = be32(bytes, 0).unwrap_or(0) & 0xff_ffff;
    let declared = u64::from(be32(bytes, 4).unwrap_or(0));
    let mut rows_at = 8;
    let mut offset = *data_end;
    if flags & 0x1 != 0 {
        let shift = i64::from(be32(bytes, rows_at as usize).unwrap_or(0).cast_signed());
        offset = fragment.base.saturating_add_signed(shift);
        rows_at += 4;
    }
    let first_flags = (flags & 0x4 != 0).then(|| be32(bytes, rows_at as usize)).flatten();
    rows_at += if flags & 0x4 != 0 { 4 } else { 0 };

    let mut run = Run {
        track: fragment.track,
        begin: fragment.begin.take(),
        duration: fragment.duration,
        size: fragment.size,
        count: 1,
        shift: 0,
        offset,
        sync: first_flags.unwrap_or(fragment.flags) & NOT_SYNC == 0,
    };
    let columns = [0x100, 0x200, 0x400, 0x800].map(|flag| flags & flag != 0);
    let row = 4 * columns.iter().filter(|present| **present).count();
    if row == 0 {
        // All samples alike: one step however many there are. Only the first may be a key frame.
        run.count = declared;
        *data_end = offset.saturating_add(u64::from(run.size).saturating_mul(declared));
        each(run);
        return Ok(());
    }
    let rows = declared.min(head.end.saturating_sub(head.body + rows_at) / row as u64);
    let table = Table { at: head.body + rows_at, rows, declared };
    let mut first = true;
    let mut take = |row: &[u8]| {
        let mut at = 0;
        let mut column = |present: bool| {
            let value = if present { be32(row, at) } else { None };
            at += if present { 4 } else { 0 };
            value
        };
        let duration = column(columns[0]).unwrap_or(fragment.duration);
        let size = column(columns[1]).unwrap_or(fragment.size);
        let own_flags = column(columns[2]);
        let shift = column(columns[3]).unwrap_or(0).cast_signed();
        let sample_flags = if first { own_flags.or(first_flags) } else { own_flags };
        let sync = sample_flags.unwrap_or(fragment.flags) & NOT_SYNC == 0;
        let begin = if first { run.begin } else { None };
        each(Run { track: run.track, begin, duration, size, count: 1, shift, offset, sync });
        offset = offset.saturating_add(u64::from(size));
        first = false;
        true
    };
    match row {
        4 => table.rows(reader, |row: [u8; 4]| take(&row))?,
        8 => table.rows(reader, |row: [u8; 8]| take(&row))?,
        12 => table.rows(reader, |row: [u8; 12]| take(&row))?,
        _ => table.rows(reader, |row: [u8; 16]| take(&row))?,
    }
    *data_end = offset;
    Ok(())
}
