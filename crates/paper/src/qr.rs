//! A QR code as SVG, with its quiet zone, error correction M (a receipt gets folded).

use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

/// Beyond this a code of 30 mm can no longer be read by a phone.
pub(crate) const BYTES_MAX: usize = 300;

/// None: nothing to encode, or more than [`BYTES_MAX`].
pub(crate) fn svg(text: &str) -> Option<String> {
    if text.is_empty() || text.len() > BYTES_MAX {
        return None;
    }
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    Some(code.render::<svg::Color>().module_dimensions(4, 4).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_has_bounds() {
        assert!(svg("").is_none());
        assert!(svg(&"x".repeat(BYTES_MAX + 1)).is_none());
        assert!(svg(&"证".repeat(BYTES_MAX / 3)).is_some_and(|svg| svg.starts_with("<?xml")));
    }
}
