//! EXIF (CIPA DC-008): device, program, moment and place of a picture.

use crate::report::{Examination, GpsPoint};

struct Tiff<'a> {
    bytes: &'a [u8],
    little: bool,
}

/// One field of a directory: tag, type, count, and where its value lies.
struct Field {
    tag: u16,
    kind: u16,
    count: u32,
    at: usize,
}

const FIELDS_MAX: u16 = 512;

impl Tiff<'_> {
    fn u16(&self, at: usize) -> Option<u16> {
        let value = crate::bytes::be16(self.bytes, at)?;
        Some(if self.little { value.swap_bytes() } else { value })
    }

    fn u32(&self, at: usize) -> Option<u32> {
        let value = crate::bytes::be32(self.bytes, at)?;
        Some(if self.little { value.swap_bytes() } else { value })
    }

    fn fields(&self, directory: usize) -> Vec<Field> {
        let count = self.u16(directory).unwrap_or(0).min(FIELDS_MAX);
        (0..usize::from(count)).map_while(|index| self.field(directory.checked_add(2 + index * 12)?)).collect()
    }

    fn field(&self, at: usize) -> Option<Field> {
        let (tag, kind, count) = (self.u16(at)?, self.u16(at + 2)?, self.u32(at + 4)?);
        let unit = match kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            5 | 10 | 12 => 8,
            _ => 4,
        };
        let inline = u64::from(count) * unit <= 4;
        let place = if inline { at + 8 } else { self.u32(at + 8)? as usize };
        Some(Field { tag, kind, count, at: place })
    }

    fn text(&self, field: &Field) -> Option<String> {
        let end = field.at.checked_add(field.count.min(256) as usize)?.min(self.bytes.len());
        let value = crate::bytes::text(self.bytes.get(field.at..end)?);
        (field.kind == 2 && !value.is_empty()).then_some(value)
    }

    fn rational(&self, at: usize) -> Option<f64> {
        let (numerator, denominator) = (self.u32(at)?, self.u32(at.checked_add(4)?)?);
        (denominator != 0).then(|| f64::from(numerator) / f64::from(denominator))
    }

    /// Degrees, minutes, seconds.
    fn degrees(&self, field: &Field) -> Option<f64> {
        let part = |index: usize| self.rational(field.at.checked_add(index * 8)?);
        Some(part(0)? + part(1)? / 60.0 + part(2)? / 3600.0)
    }
}

/// `bytes` begin with the TIFF header.
pub(crate) fn read(x: &mut Examination, bytes: &[u8]) {
    let little = match bytes.get(..4) {
        Some(b"II*\0") => true,
        Some(b"MM\0*") => false,
        _ => return,
    };
    let tiff = Tiff { bytes, little };
    let Some(first) = tiff.u32(4) else { return };
    let mut changed = None;
    for field in tiff.fields(first as usize) {
        match field.tag {
            0x010f => x.device().make = tiff.text(&field),
            0x0110 => x.device().model = tiff.text(&field),
            0x0131 => {
                if let Some(value) = tiff.text(&field) {
                    x.tool(&value);
                    x.device().software = Some(value);
                }
            }
            0x0132 => changed = tiff.text(&field),
            0x8769 => moment(x, &tiff, &field),
            0x8825 => place(x, &tiff, &field),
            _ => {}
        }
    }
    if x.created_ms.is_none() {
        x.created_ms = changed.and_then(|text| crate::time::wall_clock(&text));
        x.created_is_local = x.created_ms.is_some();
    }
}

fn moment(x: &mut Examination, tiff: &Tiff, pointer: &Field) {
    let Some(directory) = tiff.u32(pointer.at) else {
        return;
    };
    let fields = tiff.fields(directory as usize);
    let value = |tag| fields.iter().find(|field| field.tag == tag).and_then(|field| tiff.text(field));
    let Some(wall) = value(0x9003).and_then(|text| crate::time::wall_clock(&text)) else {
        return;
    };
    let thousandths = value(0x9291).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let thousandths: i64 = thousandths.map_or(0, |digits| format!("{digits:0<3.3}").parse().unwrap_or(0));
    let zone = value(0x9011).and_then(|text| crate::time::zone_minutes(&text));
    x.created_ms = Some(wall + thousandths - zone.unwrap_or(0) * 60_000);
    x.created_is_local = zone.is_none();
}

fn place(x: &mut Examination, tiff: &Tiff, pointer: &Field) {
    let Some(directory) = tiff.u32(pointer.at) else {
        return;
    };
    let fields = tiff.fields(directory as usize);
    let find = |tag| fields.iter().find(|field| field.tag == tag);
    let degrees = |tag, reference, negative: &str| {
        let value = tiff.degrees(find(tag)?)?;
        let sign = if tiff.text(find(reference)?)? == negative { -1.0 } else { 1.0 };
        Some(value * sign)
    };
    if let (Some(latitude), Some(longitude)) = (degrees(2, 1, "S"), degrees(4, 3, "W"))
        && (-90.0..=90.0).contains(&latitude)
        && (-180.0..=180.0).contains(&longitude)
    {
        x.gps.truncate(crate::limits::GPS_POINTS_MAX - 1);
        x.gps.push(GpsPoint { latitude, longitude });
    }
}
