//! RIFF chunks, shared by AVI and WAV.

use crate::reader::{Outcome, Reader};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunk {
    pub id: [u8; 4],
    pub body: u64,
    /// Length as written.
    pub size: u32,
    /// End of the body within the limit.
    pub end: u64,
    /// Bytes claimed beyond the limit.
    pub beyond: u64,
}

impl Chunk {
    /// Where the next chunk begins: bodies are padded to an even length.
    pub fn next_at(&self) -> u64 {
        self.end.saturating_add(u64::from(self.size & 1))
    }
}

pub(crate) fn next(reader: &mut Reader, at: u64, limit: u64) -> Outcome<Option<Chunk>> {
    let limit = limit.min(reader.len());
    if at.saturating_add(8) > limit {
        return Ok(None);
    }
    reader.step()?;
    let head: [u8; 8] = reader.array(at)?;
    let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
    let body = at + 8;
    let end = body.saturating_add(u64::from(size));
    let id = [head[0], head[1], head[2], head[3]];
    Ok(Some(Chunk { id, body, size, end: end.min(limit), beyond: end.saturating_sub(limit) }))
}

/// `LIST INFO`: the program, and the day.
pub(crate) fn info(reader: &mut Reader, x: &mut crate::report::Examination, mut at: u64, end: u64) -> Outcome<()> {
    while let Some(chunk) = next(reader, at, end)? {
        let length = (chunk.end - chunk.body).min(256) as usize;
        let value = crate::bytes::text(reader.some(chunk.body, length)?);
        match &chunk.id {
            b"ISFT" if !value.is_empty() => {
                x.tool(&value);
                x.device().software = Some(value);
            }
            b"ICRD" => {
                if let Some(created) = crate::time::wall_clock(&value).filter(|_| x.created_ms.is_none()) {
                    (x.created_ms, x.created_is_local) = (Some(created), true);
                }
            }
            _ => {}
        }
        at = chunk.next_at();
    }
    Ok(())
}
