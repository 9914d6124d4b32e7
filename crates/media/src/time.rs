//! Dates as containers write them, to milliseconds since 1970. No zone is ever guessed.

/// Seconds between 1904-01-01, where QuickTime counts from, and 1970-01-01.
const SECONDS_1904_TO_1970: i64 = 2_082_844_800;
/// Milliseconds between 1970 and 2001-01-01, where Matroska counts from.
const MS_1970_TO_2001: i64 = 978_307_200_000;

/// `None` for 0, which means "not set".
pub(crate) fn quicktime(seconds: u64) -> Option<i64> {
    let seconds = i64::try_from(seconds).ok().filter(|seconds| *seconds != 0)?;
    seconds.checked_sub(SECONDS_1904_TO_1970)?.checked_mul(1000)
}

pub(crate) fn matroska(nanoseconds: i64) -> Option<i64> {
    (nanoseconds / 1_000_000).checked_add(MS_1970_TO_2001)
}

/// Proleptic Gregorian; `None` for a date or time that does not exist.
pub(crate) fn civil(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_in_month = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    let in_range = (1..=9999).contains(&year)
        && (1..=days_in_month).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second);
    if !in_range {
        return None;
    }
    let shifted = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468;
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1000)
}

/// `2026:03:10 12:34:56`, `2026-03-10T12:34:56`, `2026-03-10`, `Tue Mar 10 12:34:56 2026`: a wall clock without zone.
pub(crate) fn wall_clock(text: &str) -> Option<i64> {
    let text: String = text.trim_matches(['\0', ' ', '\n', '\r']).chars().take(40).collect();
    let month_named = text.split_whitespace().nth(1).and_then(month);
    let numbers: Vec<i64> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .filter_map(|p| p.parse().ok())
        .collect();
    match (month_named, numbers.as_slice()) {
        (Some(month), [day, hour, minute, second, year, ..]) => civil(*year, month, *day, *hour, *minute, *second),
        (None, [year, month, day, hour, minute, second, ..]) => civil(*year, *month, *day, *hour, *minute, *second),
        (None, [year, month, day]) => civil(*year, *month, *day, 0, 0, 0),
        _ => None,
    }
}

fn month(name: &str) -> Option<i64> {
    const NAMES: &str = "janfebmaraprmayjunjulaugsepoctnovdec";
    let name = name.to_ascii_lowercase();
    let at = (name.len() == 3).then(|| NAMES.find(&name)).flatten()?;
    (at % 3 == 0).then_some(at as i64 / 3 + 1)
}

/// `+08:00`, `-05:30`, `Z`, in minutes.
pub(crate) fn zone_minutes(text: &str) -> Option<i64> {
    let text = text.trim_matches(['\0', ' ']);
    if text == "Z" {
        return Some(0);
    }
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let digits: Vec<i64> = text.get(1..)?.split(':').filter_map(|part| part.parse().ok()).collect();
    match digits.as_slice() {
        [hours @ 0..=14, minutes @ 0..=59] => Some(sign * (hours * 60 + minutes)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_clocks_are_read_as_written() {
        for (text, expected) in [
            ("1970:01:01 00:00:00", Some(0)),
            ("2000-02-29T12:00:00", Some(951_825_600_000)),
            ("Tue Mar 10 12:34:56 2026\n\0", Some(1_773_146_096_000)),
            ("2026-03-10", Some(1_773_100_800_000)),
            ("2026:02:29 00:00:00", None),
            ("2026:13:01 00:00:00", None),
            ("0000:00:00 00:00:00", None),
            ("99999999999999999999:01:01 00:00:00", None),
            ("", None),
        ] {
            assert_eq!(wall_clock(text), expected, "{text:?}");
        }
    }

    #[test]
    fn zones_are_minutes() {
        for (text, expected) in
            [("+08:00", Some(480)), ("-05:30", Some(-330)), ("Z", Some(0)), ("8", None), ("+99:00", None)]
        {
            assert_eq!(zone_minutes(text), expected, "{text:?}");
        }
    }

    #[test]
    fn container_epochs() {
        assert_eq!(quicktime(0), None);
        assert_eq!(quicktime(2_082_844_801), Some(1000));
        assert_eq!(matroska(0), Some(978_307_200_000));
        assert_eq!(quicktime(u64::MAX), None);
    }
}
