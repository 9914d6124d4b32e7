//! EBML elements (RFC 8794): heads only.

use crate::reader::{Fault, Outcome, Reader};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Element {
    pub id: u32,
    pub body: u64,
    /// `None`: length unknown, written by a recorder that never came back to fill it in.
    pub size: Option<u64>,
}

impl Element {
    pub fn end(&self) -> Option<u64> {
        self.size.map(|size| self.body.saturating_add(size))
    }
}

pub(crate) fn next(reader: &mut Reader, at: u64) -> Outcome<Element> {
    reader.step()?;
    let head = reader.some(at, 12)?;
    let (id, size, length) = parse(head).ok_or(if head.len() < 12 { Fault::End } else { Fault::Malformed { at } })?;
    Ok(Element { id, body: at + length as u64, size })
}

/// Children of an element in memory: id and body, cut where the bytes end.
pub(crate) fn children(mut bytes: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    std::iter::from_fn(move || {
        let (id, size, length) = parse(bytes)?;
        let rest = bytes.get(length..)?;
        let size = usize::try_from(size?).unwrap_or(usize::MAX).min(rest.len());
        bytes = &rest[size..];
        Some((id, &rest[..size]))
    })
}

/// Id with its marker, size, length of both.
fn parse(head: &[u8]) -> Option<(u32, Option<u64>, usize)> {
    let id_length = head.first()?.leading_zeros() as usize + 1;
    if id_length > 4 {
        return None;
    }
    let id = head.get(..id_length)?.iter().fold(0u32, |id, byte| id << 8 | u32::from(*byte));
    let (size, size_length) = vint(head.get(id_length..)?)?;
    Some((id, size, id_length + size_length))
}

/// A number of 1 to 8 bytes; `None` inside where all its bits are ones ("unknown").
pub(crate) fn vint(bytes: &[u8]) -> Option<(Option<u64>, usize)> {
    let length = bytes.first()?.leading_zeros() as usize + 1;
    if length > 8 {
        return None;
    }
    let value = bytes.get(..length)?.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
    let ones = (1u64 << (7 * length)) - 1;
    let value = value & ones;
    Some(((value != ones).then_some(value), length))
}

pub(crate) fn unsigned(body: &[u8]) -> Option<u64> {
    (body.len() <= 8).then(|| body.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

pub(crate) fn float(body: &[u8]) -> Option<f64> {
    match body.len() {
        4 => Some(f64::from(f32::from_be_bytes(body.try_into().ok()?))),
        8 => Some(f64::from_be_bytes(body.try_into().ok()?)),
        _ => None,
    }
    .filter(|value| value.is_finite())
}
