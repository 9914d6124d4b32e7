//! 时间戳: the ways cameras write a date and a time into names. Device-local; the profile's clock turns them into UTC.

use jiff::{
    civil::{Date, DateTime, Time},
    tz::Offset,
};

/// Years a camera may claim. A reset clock says 1970, 1980 or 2000; a code such as 99991231 is no date.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2099;
/// What may stand between the fields of a date or of a time, and between the two.
const INNER: &[u8] = b"-_.:";
const BETWEEN: &[u8] = b"-_. T@";

/// Milliseconds since 1970 UTC of a device-local civil time; `None` outside jiff's range.
pub fn utc_ms(offset: Offset, local: DateTime) -> Option<i64> {
    offset.to_timestamp(local).ok().map(|instant| instant.as_millisecond())
}

fn number(bytes: &[u8]) -> Option<i16> {
    let plain = !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit);
    plain.then(|| bytes.iter().fold(0, |sum, digit| sum * 10 + i16::from(digit - b'0')))
}

fn ymd(bytes: &[u8], year: usize, month: usize, day: usize) -> Option<Date> {
    let year = number(bytes.get(year..year + 4)?)?;
    let month = number(bytes.get(month..month + 2)?)?;
    let day = number(bytes.get(day..day + 2)?)?;
    YEARS.contains(&year).then_some(())?;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Every date that begins at the start of `bytes`, with its length: `20260301`, `2026-03-01`, `2026_0301`.
pub fn dates(bytes: &[u8]) -> Vec<(usize, Date)> {
    let mark = |at: usize| bytes.get(at).filter(|byte| INNER.contains(byte));
    let mut found = Vec::new();
    if let (Some(first), Some(second)) = (mark(4), mark(7))
        && first == second
        && let Some(date) = ymd(bytes, 0, 5, 8)
    {
        found.push((10, date));
    }
    if mark(4).is_some()
        && let Some(date) = ymd(bytes, 0, 5, 7)
    {
        found.push((9, date));
    }
    if let Some(date) = ymd(bytes, 0, 4, 6) {
        found.push((8, date));
    }
    found
}

/// Every time of day that begins at the start of `bytes`: `150102`, `15-01-02`. No leap second, no hour 24.
pub fn times(bytes: &[u8]) -> Vec<(usize, Time)> {
    let field = |at: usize| number(bytes.get(at..at + 2)?).and_then(|value| i8::try_from(value).ok());
    let clock = |minute: usize, second: usize| Time::new(field(0)?, field(minute)?, field(second)?, 0).ok();
    let mark = |at: usize| bytes.get(at).filter(|byte| INNER.contains(byte));
    let mut found = Vec::new();
    if let (Some(first), Some(second)) = (mark(2), mark(5))
        && first == second
        && let Some(time) = clock(3, 6)
    {
        found.push((8, time));
    }
    if let Some(time) = clock(2, 4) {
        found.push((6, time));
    }
    found
}

/// Every date with time that begins at the start of `bytes`: `20260301150102`, `2026-03-01_15.01.02`, `20260301T150102`.
pub fn stamps(bytes: &[u8]) -> Vec<(usize, DateTime)> {
    let mut found = Vec::new();
    for (date_len, date) in dates(bytes) {
        let gap = usize::from(bytes.get(date_len).is_some_and(|byte| BETWEEN.contains(byte)));
        for (time_len, time) in times(&bytes[date_len + gap..]) {
            found.push((date_len + gap + time_len, date.to_datetime(time)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(usize, &str)>) {
        let found = stamps(text.as_bytes()).into_iter().next();
        let shown = found.map(|(len, at)| (len, at.to_string()));
        assert_eq!(shown, expected.map(|(len, at)| (len, at.to_owned())), "{text}");
    }

    #[test]
    fn stamps_are_read_in_every_spelling() {
        check("20260301150102", Some((14, "2026-03-01T15:01:02")));
        check("20260301_150102_0001", Some((15, "2026-03-01T15:01:02")));
        check("2026-03-01 15-01-02", Some((19, "2026-03-01T15:01:02")));
        check("2026_0301_150102", Some((16, "2026-03-01T15:01:02")));
        check("2026.03.01T15.01.02", Some((19, "2026-03-01T15:01:02")));
        check("20240229T235959", Some((15, "2024-02-29T23:59:59")));
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for text in [
            "20260229150102",
            "20261301150102",
            "20260301240000",
            "20260301150160",
            "99991231235959",
            "2026030115010",
            "",
            "2026-03_01 150102",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn the_device_clock_is_turned_into_utc() {
        let (_, local) = stamps(b"20260301150102")[0];
        assert_eq!(utc_ms(Offset::constant(8), local), Some(1_772_348_462_000));
    }
}
