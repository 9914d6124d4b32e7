//! `udta` and `meta`: tool, device and place, as QuickTime and iTunes write them.

use super::boxes;
use crate::bytes::{be32, text};
use crate::limits::GPS_POINTS_MAX;
use crate::reader::{Outcome, Reader};
use crate::report::{Examination, GpsPoint};

const VALUE_BYTES_MAX: u64 = 4096;

/// Children of `udta`: text atoms and a `meta`.
pub(super) fn user_data(reader: &mut Reader, x: &mut Examination, mut at: u64, end: u64) -> Outcome<()> {
    while let Some(head) = boxes::next(reader, at, end)? {
        if &head.kind == b"meta" {
            meta(reader, x, head.body, head.end)?;
        } else if head.kind[0] == 0xa9 {
            let length = head.body_len().min(VALUE_BYTES_MAX) as usize;
            let body = reader.some(head.body, length)?;
            // Length and language, then the text.
            let value = text(body.get(4..).unwrap_or(&[]));
            take(x, &head.kind, &value);
        }
        at = head.end;
    }
    Ok(())
}

/// `meta`: a full box in ISO files, a plain one in QuickTime; `keys` name the items of `ilst`, or the items name themselves.
pub(super) fn meta(reader: &mut Reader, x: &mut Examination, body: u64, end: u64) -> Outcome<()> {
    let full = reader.some(body, 8)?.get(4..8) != Some(b"hdlr");
    let mut at = if full { body + 4 } else { body };
    let mut keys: Vec<String> = Vec::new();
    while let Some(head) = boxes::next(reader, at, end)? {
        match &head.kind {
            b"keys" => keys = key_names(reader, head.body, head.end)?,
            b"ilst" => items(reader, x, head.body, head.end, &keys)?,
            _ => {}
        }
        at = head.end;
    }
    Ok(())
}

fn key_names(reader: &mut Reader, body: u64, end: u64) -> Outcome<Vec<String>> {
    let mut names = Vec::new();
    let mut at = body + 8;
    while names.len() < 256
        && let Some(head) = boxes::next(reader, at, end)?
    {
        let length = head.body_len().min(VALUE_BYTES_MAX) as usize;
        names.push(text(reader.some(head.body, length)?));
        at = head.end;
    }
    Ok(names)
}

fn items(reader: &mut Reader, x: &mut Examination, mut at: u64, end: u64, keys: &[String]) -> Outcome<()> {
    while let Some(item) = boxes::next(reader, at, end)? {
        if let Some(data) = boxes::next(reader, item.body, item.end)?
            && &data.kind == b"data"
        {
            let length = data.body_len().min(VALUE_BYTES_MAX) as usize;
            let body = reader.some(data.body, length)?;
            let value = if be32(body, 0) == Some(1) { text(body.get(8..).unwrap_or(&[])) } else { String::new() };
            let index = u32::from_be_bytes(item.kind) as usize;
            match index.checked_sub(1).and_then(|index| keys.get(index)).map(String::as_str) {
                Some("com.apple.quicktime.make") => take(x, b"\xa9mak", &value),
                Some("com.apple.quicktime.model") => take(x, b"\xa9mod", &value),
                Some("com.apple.quicktime.software" | "encoder") => take(x, b"\xa9swr", &value),
                Some("com.apple.quicktime.location.ISO6709") => take(x, b"\xa9xyz", &value),
                _ => take(x, &item.kind, &value),
            }
        }
        at = item.end;
    }
    Ok(())
}

fn take(x: &mut Examination, kind: &[u8; 4], value: &str) {
    if value.is_empty() {
        return;
    }
    match kind {
        b"\xa9too" | b"\xa9swr" | b"\xa9enc" | b"\xa9TSZ" => {
            x.tool(value);
            x.device().software.get_or_insert_with(|| value.to_owned());
        }
        b"\xa9mak" => x.device().make = Some(value.to_owned()),
        b"\xa9mod" => x.device().model = Some(value.to_owned()),
        b"\xa9xyz" if x.gps.len() < GPS_POINTS_MAX => x.gps.extend(iso6709(value)),
        _ => {}
    }
}

/// `+39.9042+116.4074+044/` (ISO 6709, degrees).
fn iso6709(value: &str) -> Option<GpsPoint> {
    let longitude_at = value.get(1..)?.find(['+', '-'])? + 1;
    let rest = &value[longitude_at..];
    let longitude_end = rest.get(1..)?.find(['+', '-', '/']).map_or(rest.len(), |end| end + 1);
    let latitude: f64 = value[..longitude_at].parse().ok()?;
    let longitude: f64 = rest[..longitude_end].parse().ok()?;
    let on_earth = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
    on_earth.then_some(GpsPoint { latitude, longitude })
}
