//! Integers at offsets of a slice; `None` where the slice is too short.

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

pub(crate) fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_be_bytes)
}

pub(crate) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_be_bytes)
}

pub(crate) fn be64(bytes: &[u8], at: usize) -> Option<u64> {
    array(bytes, at).map(u64::from_be_bytes)
}

pub(crate) fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

pub(crate) fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

pub(crate) fn le64(bytes: &[u8], at: usize) -> Option<u64> {
    array(bytes, at).map(u64::from_le_bytes)
}

pub(crate) fn four(bytes: &[u8], at: usize) -> Option<[u8; 4]> {
    array(bytes, at)
}

pub(crate) fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}

/// Text from a recording as it may be shown: one line, no control characters, bounded.
pub(crate) fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let bounded = &bytes[..end.min(crate::limits::TEXT_CHARS_MAX * 4)];
    String::from_utf8_lossy(bounded)
        .chars()
        .filter(|character| !character.is_control())
        .take(crate::limits::TEXT_CHARS_MAX)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// A four-character code as text; other bytes as `\xNN`.
pub(crate) fn fourcc(code: [u8; 4]) -> String {
    let mut name = String::new();
    for byte in code {
        match byte {
            b'\\' | 0..=0x1f | 0x7f.. => name.push_str(&format!("\\x{byte:02x}")),
            _ => name.push(char::from(byte)),
        }
    }
    name.trim_end().to_owned()
}
