//! Instants are UTC milliseconds; legal days are Asia/Shanghai, which is a fixed +08:00.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{Span, Timestamp};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub const HOUR_MS: i64 = 3_600_000;
pub const DAY_MS: i64 = 24 * HOUR_MS;
const SHANGHAI_MS: i64 = 8 * HOUR_MS;

/// Instants outside these are clamped, so that no outside number can overflow a date: 1900 to 9000.
const MIN_MS: i64 = -2_208_988_800_000;
const MAX_MS: i64 = 221_845_392_000_000;

pub(crate) fn clamp(ms: i64) -> i64 {
    ms.clamp(MIN_MS, MAX_MS)
}

/// The legal day (Asia/Shanghai) on which an instant lies.
#[must_use]
pub fn legal_day(ms: i64) -> Date {
    Timestamp::from_millisecond(clamp(ms))
        .map(|at| Offset::constant(8).to_datetime(at).date())
        .unwrap_or(Date::constant(1900, 1, 1))
}

/// 00:00 of a legal day, UTC milliseconds.
#[must_use]
pub fn day_begins_ms(day: Date) -> i64 {
    let epoch = Date::constant(1970, 1, 1);
    let days = epoch.until(day).map_or(0, |span| i64::from(span.get_days()));
    days * DAY_MS - SHANGHAI_MS
}

/// 24:00 of a legal day, which is 00:00 of the next one, UTC milliseconds.
#[must_use]
pub fn day_ends_ms(day: Date) -> i64 {
    day_begins_ms(day) + DAY_MS
}

/// A later day; the last representable day when it would overflow.
#[must_use]
pub fn plus_days(day: Date, days: i64) -> Date {
    let days = days.clamp(-3_000_000, 3_000_000);
    day.saturating_add(Span::new().days(days))
}

/// The same month and day `years` later; 29 February rolls to 1 March, never back to the 28th:
/// a floor is not shortened by the calendar.
#[must_use]
pub fn anniversary(day: Date, years: u32, months: u32) -> Date {
    let years = i64::from(years.min(5_000));
    let months = i64::from(months.min(60_000));
    let later = day.saturating_add(Span::new().years(years).months(months));
    if later.day() < day.day() { plus_days(later, 1) } else { later }
}

/// 行为之时: the moment whose law governs an act (VAL-01), whatever is asked about it: the begin of its activity; of a
/// recording without one its own begin, or its end where only that is known. Never the day of handing in or asking.
#[must_use]
pub fn acted_at(activity_began: Option<i64>, recorded_from: Option<i64>, recorded_to: i64) -> i64 {
    activity_began.or(recorded_from).unwrap_or(recorded_to)
}

/// An instant as facts give it: RFC 3339 (an offset-less time is Shanghai time) or UTC milliseconds.
/// Written as RFC 3339 with +08:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct When(pub i64);

impl When {
    #[must_use]
    pub fn day(self) -> Date {
        legal_day(self.0)
    }
}

/// An instant as text with the legal offset, `2026-11-20T10:00:00+08:00`.
#[must_use]
pub fn shanghai_text(ms: i64) -> String {
    Timestamp::from_millisecond(clamp(ms))
        .map_or_else(|_| String::new(), |at| at.display_with_offset(Offset::constant(8)).to_string())
}

/// Reads a day from a date or from a time, whose legal day then counts.
///
/// # Errors
/// Neither a date nor a time.
pub fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.trim().parse::<Date>() {
        Ok(day) if text.trim().len() <= 10 => Ok(day),
        _ => parse_when(&text).map(legal_day).ok_or_else(|| de::Error::custom(format!("@time|found={text}"))),
    }
}

/// The same for a day that may be missing.
///
/// # Errors
/// Neither a date nor a time.
pub fn maybe_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    day(deserializer).map(Some)
}

fn parse_when(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.as_millisecond());
    }
    if let Ok(local) = text.parse::<jiff::civil::DateTime>() {
        return Offset::constant(8).to_timestamp(local).ok().map(Timestamp::as_millisecond);
    }
    None
}

impl Serialize for When {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&shanghai_text(self.0))
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<When, D::Error> {
        struct WhenVisitor;
        impl Visitor<'_> for WhenVisitor {
            type Value = When;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an RFC 3339 time or UTC milliseconds")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<When, E> {
                let ms = parse_when(text).ok_or_else(|| E::custom(format!("@time|found={text}")))?;
                Ok(When(clamp(ms)))
            }
            fn visit_i64<E: de::Error>(self, ms: i64) -> Result<When, E> {
                Ok(When(clamp(ms)))
            }
            fn visit_u64<E: de::Error>(self, ms: u64) -> Result<When, E> {
                Ok(When(clamp(i64::try_from(ms).unwrap_or(i64::MAX))))
            }
        }
        deserializer.deserialize_any(WhenVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anniversaries_never_shorten_a_floor() {
        let check = |from: &str, years, months, want: &str| {
            let from: Date = from.parse().expect("date");
            assert_eq!(anniversary(from, years, months).to_string(), want, "{from}");
        };
        check("2024-02-29", 1, 0, "2025-03-01");
        check("2024-02-29", 4, 0, "2028-02-29");
        check("2025-11-20", 2, 0, "2027-11-20");
        check("2025-08-31", 0, 6, "2026-03-01");
    }

    #[test]
    fn a_day_has_its_borders_in_shanghai() {
        let day: Date = "2026-11-20".parse().expect("date");
        assert_eq!(shanghai_text(day_begins_ms(day)), "2026-11-20T00:00:00+08:00");
        assert_eq!(legal_day(day_begins_ms(day) - 1).to_string(), "2026-11-19");
        assert_eq!(legal_day(day_ends_ms(day) - 1).to_string(), "2026-11-20");
    }

    #[test]
    fn any_number_is_some_day() {
        assert_eq!(legal_day(i64::MIN).to_string(), "1900-01-01");
        assert_eq!(legal_day(i64::MAX).year(), 9000);
        assert_eq!(plus_days(legal_day(0), i64::MAX).year(), 9999);
    }

    #[test]
    fn times_are_read_with_and_without_offset() {
        let read = |text: &str| serde_json::from_str::<When>(text).map(|when| when.0);
        assert_eq!(read("\"1970-01-01T08:00:00+08:00\"").ok(), Some(0));
        assert_eq!(read("\"1970-01-01T08:00\"").ok(), Some(0));
        assert_eq!(read("1500").ok(), Some(1500));
        assert!(read("\"tomorrow\"").is_err());
    }
}
