//! `moov`: tracks, their tables' places, edit lists. Tables are not read here.

use super::boxes::{self, BoxHead, Table};
use super::{entry, tags};
use crate::bytes::{be16, be32, be64};
use crate::limits::{EDITS_MAX, TRACKS_MAX, WINDOW_BYTES_MIN};
use crate::reader::{Fault, Outcome, Reader};
use crate::report::{Examination, Track, TrackKind, Trouble};

#[derive(Default)]
pub(super) struct Movie {
    pub scale: u32,
    pub tracks: Vec<Trak>,
    /// Defaults for fragments: track, duration, flags.
    pub extends: Vec<Extends>,
    pub fragmented: bool,
}

#[derive(Clone, Copy)]
pub(super) struct Extends {
    pub track_id: u32,
    pub duration: u32,
    pub size: u32,
    pub flags: u32,
}

#[derive(Default)]
pub(super) struct Trak {
    pub id: u32,
    pub scale: u32,
    /// Media duration in the track's own scale; 0 unknown.
    pub duration: u64,
    pub handler: [u8; 4],
    pub track: Option<Track>,
    pub stts: Table,
    pub ctts: Table,
    pub stss: Option<Table>,
    pub stsc: Table,
    pub chunks: Table,
    pub chunks_64: bool,
    pub sizes: Table,
    /// Size of every sample; 0: sizes differ and stand in the table.
    pub size_of_all: u32,
    pub edits: Vec<Edit>,
}

/// One row of an edit list: duration in the movie's scale; media time in the track's, -1 for nothing.
#[derive(Clone, Copy)]
pub(super) struct Edit {
    pub duration: u64,
    pub media_time: i64,
    pub plain_speed: bool,
}

impl Trak {
    pub fn kind(&self) -> TrackKind {
        match &self.handler {
            b"vide" => TrackKind::Video,
            b"soun" => TrackKind::Audio,
            _ => TrackKind::Other,
        }
    }

    pub fn samples(&self) -> u64 {
        if self.size_of_all > 0 { self.sizes.declared } else { self.sizes.rows }
    }
}

pub(super) fn read(reader: &mut Reader, x: &mut Examination, moov: &BoxHead, quicktime: bool) -> Outcome<Movie> {
    let mut movie = Movie::default();
    let outcome = read_into(&mut movie, reader, x, moov, quicktime);
    // What was understood before the fault is still worth showing.
    match outcome {
        Err(Fault::End) if moov.beyond > 0 => {
            x.truncated(Some(moov.beyond));
            x.trouble(Trouble::Truncated { missing_bytes: Some(moov.beyond) });
        }
        Err(Fault::End) => x.trouble(Trouble::Malformed { at: moov.at }),
        Err(Fault::Malformed { at }) => x.trouble(Trouble::Malformed { at }),
        Err(fault) => return Err(fault),
        Ok(()) => {}
    }
    Ok(movie)
}

fn read_into(
    movie: &mut Movie,
    reader: &mut Reader,
    x: &mut Examination,
    moov: &BoxHead,
    quicktime: bool,
) -> Outcome<()> {
    let mut at = moov.body;
    while let Some(head) = boxes::next(reader, at, moov.end)? {
        match &head.kind {
            b"mvhd" => movie_header(movie, reader, x, &head)?,
            b"trak" if movie.tracks.len() < TRACKS_MAX => {
                movie.tracks.push(Trak::default());
                if let Some(trak) = movie.tracks.last_mut() {
                    track(trak, reader, x, &head, quicktime)?;
                }
            }
            b"trak" => return Err(Fault::Limit("tracks")),
            b"mvex" => {
                movie.fragmented = true;
                extends(movie, reader, &head)?;
            }
            b"udta" => tags::user_data(reader, x, head.body, head.end)?,
            b"meta" => tags::meta(reader, x, head.body, head.end)?,
            b"cmov" => x.trouble(Trouble::Unsupported { format: "cmov".to_owned() }),
            _ => {}
        }
        ended(&head)?;
        at = head.end;
    }
    Ok(())
}

/// A child that claims more than its parent has: its parent was cut, or lies.
fn ended(head: &BoxHead) -> Outcome<()> {
    if head.beyond > 0 { Err(Fault::End) } else { Ok(()) }
}

fn body<'a>(reader: &'a mut Reader, head: &BoxHead) -> Outcome<&'a [u8]> {
    let length = head.body_len().min(WINDOW_BYTES_MIN as u64) as usize;
    reader.some(head.body, length)
}

fn movie_header(movie: &mut Movie, reader: &mut Reader, x: &mut Examination, head: &BoxHead) -> Outcome<()> {
    let bytes = body(reader, head)?;
    let wide = bytes.first() == Some(&1);
    let (created, scale, duration) = if wide {
        (be64(bytes, 4), be32(bytes, 20), be64(bytes, 24))
    } else {
        (be32(bytes, 4).map(u64::from), be32(bytes, 12), be32(bytes, 16).map(u64::from))
    };
    x.created_ms = created.and_then(crate::time::quicktime);
    movie.scale = scale.unwrap_or(0);
    x.duration_ms = known(duration, wide).and_then(|ticks| to_ms(ticks, movie.scale));
    Ok(())
}

/// A duration of 0 or all ones means "not known".
fn known(duration: Option<u64>, wide: bool) -> Option<u64> {
    let unknown = if wide { u64::MAX } else { u64::from(u32::MAX) };
    duration.filter(|ticks| *ticks != 0 && *ticks != unknown)
}

pub(super) fn to_ms(ticks: u64, scale: u32) -> Option<u64> {
    let ms = (u128::from(ticks) * 1000 + u128::from(scale / 2)).checked_div(u128::from(scale))?;
    u64::try_from(ms).ok()
}

fn track(trak: &mut Trak, reader: &mut Reader, x: &mut Examination, parent: &BoxHead, quicktime: bool) -> Outcome<()> {
    let mut at = parent.body;
    while let Some(head) = boxes::next(reader, at, parent.end)? {
        match &head.kind {
            b"tkhd" => {
                let bytes = body(reader, &head)?;
                trak.id = be32(bytes, if bytes.first() == Some(&1) { 20 } else { 12 }).unwrap_or(0);
            }
            b"edts" => {
                if let Some(list) = boxes::next(reader, head.body, head.end)?
                    && &list.kind == b"elst"
                {
                    edits(trak, reader, &list)?;
                }
            }
            b"mdia" => media(trak, reader, &head, quicktime)?,
            b"udta" => tags::user_data(reader, x, head.body, head.end)?,
            b"meta" => tags::meta(reader, x, head.body, head.end)?,
            _ => {}
        }
        ended(&head)?;
        at = head.end;
    }
    Ok(())
}

fn edits(trak: &mut Trak, reader: &mut Reader, head: &BoxHead) -> Outcome<()> {
    let wide = body(reader, head)?.first() == Some(&1);
    let mut table = Table::read(reader, head, 0, if wide { 20 } else { 12 })?;
    table.rows = table.rows.min(EDITS_MAX.saturating_sub(trak.edits.len()) as u64);
    let list = &mut trak.edits;
    if wide {
        table.rows(reader, |row: [u8; 20]| {
            let media_time = be64(&row, 8).unwrap_or(0).cast_signed();
            list.push(Edit {
                duration: be64(&row, 0).unwrap_or(0),
                media_time,
                plain_speed: row[16..] == [0, 1, 0, 0],
            });
            true
        })
    } else {
        table.rows(reader, |row: [u8; 12]| {
            let media_time = i64::from(be32(&row, 4).unwrap_or(0).cast_signed());
            let duration = u64::from(be32(&row, 0).unwrap_or(0));
            list.push(Edit { duration, media_time, plain_speed: row[8..] == [0, 1, 0, 0] });
            true
        })
    }
}

fn media(trak: &mut Trak, reader: &mut Reader, parent: &BoxHead, quicktime: bool) -> Outcome<()> {
    let mut at = parent.body;
    while let Some(head) = boxes::next(reader, at, parent.end)? {
        match &head.kind {
            b"mdhd" => {
                let bytes = body(reader, &head)?;
                let wide = bytes.first() == Some(&1);
                trak.scale = be32(bytes, if wide { 20 } else { 12 }).unwrap_or(0);
                let duration = if wide { be64(bytes, 24) } else { be32(bytes, 16).map(u64::from) };
                trak.duration = known(duration, wide).unwrap_or(0);
            }
            b"hdlr" => trak.handler = crate::bytes::four(body(reader, &head)?, 8).unwrap_or_default(),
            b"minf" => {
                let mut inner = head.body;
                while let Some(child) = boxes::next(reader, inner, head.end)? {
                    if &child.kind == b"stbl" {
                        sample_table(trak, reader, &child, quicktime)?;
                    }
                    ended(&child)?;
                    inner = child.end;
                }
            }
            _ => {}
        }
        ended(&head)?;
        at = head.end;
    }
    Ok(())
}

fn sample_table(trak: &mut Trak, reader: &mut Reader, parent: &BoxHead, quicktime: bool) -> Outcome<()> {
    let mut at = parent.body;
    while let Some(head) = boxes::next(reader, at, parent.end)? {
        match &head.kind {
            b"stsd" => description(trak, reader, &head, quicktime)?,
            b"stts" => trak.stts = whole(reader, &head, 0, 8)?,
            b"ctts" => trak.ctts = whole(reader, &head, 0, 8)?,
            b"stss" => trak.stss = Some(whole(reader, &head, 0, 4)?),
            b"stsc" => trak.stsc = whole(reader, &head, 0, 12)?,
            b"stco" => trak.chunks = whole(reader, &head, 0, 4)?,
            b"co64" => {
                trak.chunks = whole(reader, &head, 0, 8)?;
                trak.chunks_64 = true;
            }
            b"stsz" => {
                trak.size_of_all = be32(body(reader, &head)?, 4).unwrap_or(0);
                trak.sizes = Table::read(reader, &head, 4, 4)?;
                if trak.size_of_all == 0 && trak.sizes.rows < trak.sizes.declared {
                    return Err(if head.beyond > 0 { Fault::End } else { Fault::Malformed { at: head.at } });
                }
            }
            _ => {}
        }
        ended(&head)?;
        at = head.end;
    }
    Ok(())
}

/// A table that holds every row it declares.
fn whole(reader: &mut Reader, head: &BoxHead, skip: u64, row: u64) -> Outcome<Table> {
    let table = Table::read(reader, head, skip, row)?;
    if table.rows == table.declared {
        return Ok(table);
    }
    Err(if head.beyond > 0 { Fault::End } else { Fault::Malformed { at: head.at } })
}

fn description(trak: &mut Trak, reader: &mut Reader, head: &BoxHead, quicktime: bool) -> Outcome<()> {
    let length = head.body_len().min(crate::limits::WINDOW_BYTES_MAX as u64) as usize;
    let kind = trak.kind();
    let bytes = reader.some(head.body, length)?;
    // Only the first entry: a second one would be another format in mid-recording, which no camera writes.
    let entry = bytes.get(8..).unwrap_or(&[]);
    let size = be32(entry, 0).map_or(0, |size| (size as usize).min(entry.len()));
    trak.track = entry::read(kind, &entry[..size], quicktime);
    // Sound of version 1 in files that do not say they are QuickTime.
    if !quicktime
        && kind == TrackKind::Audio
        && be16(entry, 16) == Some(1)
        && entry.get(44 + 12..44 + 16) == Some(b"wave")
    {
        trak.track = entry::read(kind, &entry[..size], true);
    }
    Ok(())
}

fn extends(movie: &mut Movie, reader: &mut Reader, parent: &BoxHead) -> Outcome<()> {
    let mut at = parent.body;
    while let Some(head) = boxes::next(reader, at, parent.end)? {
        if &head.kind == b"trex" && movie.extends.len() < TRACKS_MAX {
            let bytes = body(reader, &head)?;
            let field = |at| be32(bytes, at).unwrap_or(0);
            let row = Extends { track_id: field(4), duration: field(12), size: field(16), flags: field(20) };
            movie.extends.push(row);
        }
        at = head.end;
    }
    Ok(())
}
