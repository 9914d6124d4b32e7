//! Boxes of ISO/IEC 14496-12: heads only; nothing is taken into memory here.

use crate::reader::{Fault, Outcome, Reader};

#[derive(Clone, Copy, Debug)]
pub(crate) struct BoxHead {
    pub kind: [u8; 4],
    pub at: u64,
    pub body: u64,
    /// End within the limit it was read under.
    pub end: u64,
    /// Bytes the box claims beyond that limit.
    pub beyond: u64,
    /// The size was written as 0: "to the end of the file".
    pub open: bool,
}

impl BoxHead {
    pub fn body_len(&self) -> u64 {
        self.end.saturating_sub(self.body)
    }
}

/// The box at `at`, or `None` where fewer than eight bytes are left before `limit`.
pub(crate) fn next(reader: &mut Reader, at: u64, limit: u64) -> Outcome<Option<BoxHead>> {
    let limit = limit.min(reader.len());
    if at.saturating_add(8) > limit {
        return Ok(None);
    }
    reader.step()?;
    let head: [u8; 8] = reader.array(at)?;
    let size = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
    let kind = [head[4], head[5], head[6], head[7]];
    let (header, size) = match size {
        0 => (8, limit - at),
        1 => (16, if at + 16 > limit { u64::MAX } else { u64::from_be_bytes(reader.array(at + 8)?) }),
        size => (8, u64::from(size)),
    };
    if size < header {
        return Err(Fault::Malformed { at });
    }
    let declared_end = at.saturating_add(size);
    Ok(Some(BoxHead {
        kind,
        at,
        body: (at + header).min(limit),
        end: declared_end.min(limit),
        beyond: declared_end.saturating_sub(limit),
        open: head[..4] == [0; 4],
    }))
}

/// Rows of a table box: where they lie and how many really do.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Table {
    pub at: u64,
    pub rows: u64,
    /// Rows the header promises.
    pub declared: u64,
}

impl Table {
    /// A full box whose body is version, flags, `skip` bytes, a row count and rows of `row` bytes.
    pub fn read(reader: &mut Reader, head: &BoxHead, skip: u64, row: u64) -> Outcome<Table> {
        let at = head.body + 4 + skip;
        if at + 4 > head.end {
            return Err(if head.beyond > 0 { Fault::End } else { Fault::Malformed { at: head.at } });
        }
        let declared = u64::from(u32::from_be_bytes(reader.array(at)?));
        let room = head.end.saturating_sub(at + 4) / row.max(1);
        Ok(Table { at: at + 4, rows: declared.min(room), declared })
    }

    /// Calls `each` for every row of `N` bytes, reading some thousand rows at a time. `each` says whether to go on.
    pub fn rows<const N: usize>(&self, reader: &mut Reader, mut each: impl FnMut([u8; N]) -> bool) -> Outcome<()> {
        const PIECE_BYTES: usize = 32 << 10;
        let rows_a_piece = (PIECE_BYTES / N) as u64;
        let mut done = 0;
        while done < self.rows {
            let rows = rows_a_piece.min(self.rows - done);
            let piece = reader.get(self.at + done * N as u64, rows as usize * N)?;
            for row in piece.as_chunks::<N>().0 {
                if !each(*row) {
                    return Ok(());
                }
            }
            done += rows;
        }
        Ok(())
    }
}
