//! Picture size and profile from H.264, HEVC and MPEG-2 sequence headers (ITU-T H.264 7.3.2.1, H.265 7.3.2.2, H.262).

use crate::bits::Bits;

#[derive(Debug, PartialEq)]
pub(crate) struct Picture {
    pub codec: &'static str,
    pub codec_string: Option<String>,
    pub width: u32,
    pub height: u32,
    /// Frames a second, as the header says: always in MPEG-1 and 2, sometimes in H.264.
    pub fps: Option<f64>,
}

/// Bytes of a NAL unit without emulation prevention, bounded: parameter sets are short.
fn payload(nal: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut zeros = 0;
    for byte in nal.iter().take(1024) {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        plain.push(*byte);
    }
    plain
}

/// H.264 sequence parameter set, beginning with the NAL header.
pub(crate) fn h264(nal: &[u8]) -> Option<Picture> {
    let plain = payload(nal);
    let mut bits = Bits::new(plain.get(1..)?);
    let (profile, compatible, level) = (bits.take(8)?, bits.take(8)?, bits.take(8)?);
    bits.golomb()?; // id
    let mut chroma = 1;
    if matches!(profile, 100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128 | 138 | 139 | 134 | 135) {
        chroma = bits.golomb()?;
        if chroma == 3 {
            bits.bit()?;
        }
        bits.golomb()?; // bit depths
        bits.golomb()?;
        bits.bit()?;
        if bits.bit()? == 1 {
            for list in 0..if chroma == 3 { 12 } else { 8 } {
                if bits.bit()? == 1 {
                    skip_scaling_list(&mut bits, if list < 6 { 16 } else { 64 })?;
                }
            }
        }
    }
    bits.golomb()?;
    match bits.golomb()? {
        0 => {
            bits.golomb()?;
        }
        1 => {
            bits.bit()?;
            bits.signed_golomb()?;
            bits.signed_golomb()?;
            for _ in 0..bits.golomb()?.min(255) {
                bits.signed_golomb()?;
            }
        }
        _ => {}
    }
    bits.golomb()?;
    bits.bit()?;
    let blocks_wide = bits.golomb()?;
    let blocks_high = bits.golomb()?;
    let frames_only = bits.bit()?;
    if frames_only == 0 {
        bits.bit()?;
    }
    bits.bit()?;
    let crop = if bits.bit()? == 1 { [bits.golomb()?, bits.golomb()?, bits.golomb()?, bits.golomb()?] } else { [0; 4] };
    let (unit_x, unit_y) = match chroma {
        1 => (2, 2),
        2 => (2, 1),
        _ => (1, 1),
    };
    let field = 2 - frames_only;
    let width = cropped(blocks_wide.checked_add(1)?.checked_mul(16)?, crop[0], crop[1], unit_x)?;
    let height = cropped(blocks_high.checked_add(1)?.checked_mul(16 * field)?, crop[2], crop[3], unit_y * field)?;
    let codec_string = Some(format!("avc1.{profile:02x}{compatible:02x}{level:02x}"));
    Some(Picture { codec: "h264", codec_string, width, height, fps: h264_rate(&mut bits) })
}

/// Video usability information (Annex E): frames a second, if timing is given.
fn h264_rate(bits: &mut Bits) -> Option<f64> {
    if bits.bit()? == 0 {
        return None;
    }
    if bits.bit()? == 1 && bits.take(8)? == 255 {
        bits.skip(32)?;
    }
    if bits.bit()? == 1 {
        bits.bit()?;
    }
    if bits.bit()? == 1 {
        bits.skip(4)?;
        if bits.bit()? == 1 {
            bits.skip(24)?;
        }
    }
    if bits.bit()? == 1 {
        bits.golomb()?;
        bits.golomb()?;
    }
    if bits.bit()? == 0 {
        return None;
    }
    let (units, scale) = (bits.take(32)?, bits.take(32)?);
    let fps = f64::from(scale) / (2.0 * f64::from(units));
    (0.01..1000.0).contains(&fps).then_some(crate::timeline::rounded(fps))
}

fn cropped(size: u32, before: u32, after: u32, unit: u32) -> Option<u32> {
    let size = size.checked_sub(before.checked_add(after)?.checked_mul(unit)?)?;
    (1..=65_536).contains(&size).then_some(size)
}

fn skip_scaling_list(bits: &mut Bits, size: u32) -> Option<()> {
    let (mut last, mut next) = (8i32, 8i32);
    for _ in 0..size {
        if next != 0 {
            next = last.checked_add(bits.signed_golomb()?)?.checked_add(256)?.rem_euclid(256);
        }
        last = if next == 0 { last } else { next };
    }
    Some(())
}

/// HEVC sequence parameter set, beginning with the two-byte NAL header.
pub(crate) fn hevc(nal: &[u8]) -> Option<Picture> {
    let plain = payload(nal);
    let mut bits = Bits::new(plain.get(2..)?);
    bits.take(4)?;
    let sub_layers = bits.take(3)?;
    bits.bit()?;
    let profile_tier_level: [u8; 12] = plain.get(3..15)?.try_into().ok()?;
    bits.skip(96)?;
    let present: Vec<(u32, u32)> =
        (0..sub_layers).map(|_| Some((bits.bit()?, bits.bit()?))).collect::<Option<Vec<_>>>()?;
    if sub_layers > 0 {
        bits.skip(2 * (8 - sub_layers as usize))?;
    }
    for (profile, level) in present {
        bits.skip(88 * profile as usize + 8 * level as usize)?;
    }
    bits.golomb()?;
    let chroma = bits.golomb()?;
    if chroma == 3 {
        bits.bit()?;
    }
    let (width, height) = (bits.golomb()?, bits.golomb()?);
    let crop = if bits.bit()? == 1 { [bits.golomb()?, bits.golomb()?, bits.golomb()?, bits.golomb()?] } else { [0; 4] };
    let (unit_x, unit_y) = match chroma {
        1 => (2, 2),
        2 => (2, 1),
        _ => (1, 1),
    };
    Some(Picture {
        codec: "hevc",
        codec_string: Some(hevc_string("hvc1", &profile_tier_level)),
        width: cropped(width, crop[0], crop[1], unit_x)?,
        height: cropped(height, crop[2], crop[3], unit_y)?,
        fps: None,
    })
}

/// RFC 6381 string of ISO/IEC 14496-15 Annex E from the twelve bytes of general profile, tier and level.
pub(crate) fn hevc_string(entry: &str, general: &[u8; 12]) -> String {
    let space = ["", "A", "B", "C"][usize::from(general[0] >> 6)];
    let tier = if general[0] & 0x20 == 0 { 'L' } else { 'H' };
    let compatible = u32::from_be_bytes([general[1], general[2], general[3], general[4]]).reverse_bits();
    let mut name = format!("{entry}.{space}{}.{compatible:x}.{tier}{}", general[0] & 0x1f, general[11]);
    let constraints = &general[5..11];
    let used = constraints.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    for byte in &constraints[..used] {
        name.push_str(&format!(".{byte:x}"));
    }
    name
}

/// The first sequence header in a stretch of an elementary stream (start codes 00 00 01).
pub(crate) fn in_stream(stream: &[u8], codec: Option<&str>) -> Option<Picture> {
    let mut at = 0;
    while let Some(found) = stream.get(at..).and_then(|rest| rest.windows(3).position(|code| code == [0, 0, 1])) {
        at += found + 3;
        let unit = &stream[at..];
        let &head = unit.first()?;
        let picture = match codec {
            Some("h264") if head & 0x1f == 7 => h264(unit),
            Some("hevc") if head >> 1 & 0x3f == 33 => hevc(unit),
            Some("mpeg2" | "mpeg1") if head == 0xb3 => mpeg2(unit),
            None if head == 0xb3 => mpeg2(unit),
            None if matches!(head, 0x67 | 0x47 | 0x27) => h264(unit),
            None if head == 0x42 && unit.get(1) == Some(&1) => hevc(unit),
            _ => None,
        };
        if picture.is_some() {
            return picture;
        }
    }
    None
}

fn mpeg2(unit: &[u8]) -> Option<Picture> {
    let &[_, a, b, c, rate, ..] = unit else {
        return None;
    };
    let width = u32::from(a) << 4 | u32::from(b >> 4);
    let height = u32::from(b & 15) << 8 | u32::from(c);
    // A sequence extension follows in MPEG-2 and is absent in MPEG-1.
    let extended = unit.get(..unit.len().min(256))?.windows(4).any(|code| code == [0, 0, 1, 0xb5]);
    let codec = if extended { "mpeg2" } else { "mpeg1" };
    const RATES: [f64; 8] = [23.976, 24.0, 25.0, 29.97, 30.0, 50.0, 59.94, 60.0];
    let fps = usize::from(rate & 15).checked_sub(1).and_then(|index| RATES.get(index)).copied();
    (width > 0 && height > 0).then_some(Picture { fps, codec, codec_string: None, width, height })
}
