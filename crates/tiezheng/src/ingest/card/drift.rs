//! 时钟误差: how far a device's clock is off when it is docked.
//!
//! Nothing on a card proves it by itself: the newest file name against now only says when the device last recorded.
//! So drift is measured from an explicit source alone: a marker that a docking device wrote with both clocks side by
//! side, or what the operator read off the device and typed in. Without either it stays unknown, never zero.

use jiff::{civil::DateTime, tz::Offset};

use super::when;

/// Names of the marker, in the root of the card, either case.
pub const MARKERS: &[&str] = &["time.txt", "time.xml"];
const MARKER_BYTES_MAX: usize = 4 * 1024;
/// A marker older than this was written at an earlier docking.
const MARKER_AGE_MS_MAX: i64 = 24 * 3_600_000;

/// Positive = the device runs fast. Corrected time = claimed − drift.
pub fn drift_ms(device_clock_ms: i64, station_clock_ms: i64) -> i64 {
    device_clock_ms.saturating_sub(station_clock_ms)
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum MarkerError {
    #[error("card.marker.too_large")]
    TooLarge,
    /// Not both clocks in it: one alone says nothing about the other.
    #[error("card.marker.incomplete")]
    Incomplete,
    /// Written more than a day away from `now`: it tells of another docking.
    #[error("card.marker.stale")]
    Stale,
}

/// Drift from a marker's text: `device=2026-03-01 15:01:02` and `station=2026-03-01 15:00:32`, or the same two names
/// as XML attributes or elements. Zoneless times are read with `clock`.
pub fn from_marker(text: &[u8], clock: Offset, now_ms: i64) -> Result<i64, MarkerError> {
    if text.len() > MARKER_BYTES_MAX {
        return Err(MarkerError::TooLarge);
    }
    let text = String::from_utf8_lossy(text).to_ascii_lowercase();
    let of = |name| value(&text, name).and_then(|value| instant(value, clock));
    let (Some(device), Some(station)) = (of("device"), of("station")) else {
        return Err(MarkerError::Incomplete);
    };
    let fresh = now_ms.checked_sub(station).and_then(i64::checked_abs).is_some_and(|age| age <= MARKER_AGE_MS_MAX);
    if fresh { Ok(drift_ms(device, station)) } else { Err(MarkerError::Stale) }
}

/// What stands after `name`: `name=…`, `name: …`, `name="…"`, `<name>…`.
fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let rest = text.match_indices(name).find_map(|(at, _)| {
        let rest = text[at + name.len()..].trim_start_matches(' ');
        rest.starts_with(['=', ':', '>']).then(|| rest[1..].trim_start_matches([' ', '"', '\'']))
    })?;
    Some(rest.split(['\n', '\r', '"', '\'', '<', ',', ';']).next().unwrap_or(rest).trim())
}

/// RFC 3339, or a civil time read with `clock`. Also used for the operator's `--device-clock`.
pub fn instant(text: &str, clock: Offset) -> Option<i64> {
    let text = text.trim();
    if let Ok(at) = text.to_ascii_uppercase().parse::<jiff::Timestamp>() {
        return Some(at.as_millisecond());
    }
    let civil: Option<DateTime> = text.parse().ok();
    let stamp = || when::stamps(text.as_bytes()).into_iter().find(|(len, _)| *len == text.len()).map(|(_, at)| at);
    when::utc_ms(clock, civil.or_else(stamp)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_772_348_432_000; // 2026-03-01T15:00:32+08:00

    #[track_caller]
    fn check(text: &str, expected: Result<i64, MarkerError>) {
        assert_eq!(from_marker(text.as_bytes(), Offset::constant(8), NOW), expected, "{text}");
    }

    #[test]
    fn both_clocks_side_by_side_give_the_drift() {
        check("device=2026-03-01 15:01:02\nstation=2026-03-01 15:00:32\n", Ok(30_000));
        check("DEVICE: 2026-03-01T15:00:02+08:00\r\nSTATION: 2026-03-01T07:00:32Z\r\n", Ok(-30_000));
        check(r#"<time device="20260301150102" station="20260301150032"/>"#, Ok(30_000));
        check("<t><device>2026-03-01 15:01:02</device><station>2026-03-01 15:00:32</station></t>", Ok(30_000));
    }

    #[test]
    fn anything_less_is_no_measurement() {
        check("2026-03-01 15:01:02", Err(MarkerError::Incomplete));
        check("device=2026-03-01 15:01:02", Err(MarkerError::Incomplete));
        check("device=yesterday\nstation=2026-03-01 15:00:32", Err(MarkerError::Incomplete));
        check("", Err(MarkerError::Incomplete));
        check("device=2026-02-01 15:01:02\nstation=2026-02-01 15:00:32", Err(MarkerError::Stale));
        check(&" ".repeat(MARKER_BYTES_MAX + 1), Err(MarkerError::TooLarge));
    }

    #[test]
    fn extremes_saturate() {
        assert_eq!(drift_ms(i64::MAX, i64::MIN), i64::MAX);
    }
}
