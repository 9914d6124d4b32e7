//! 工作日: statutory working days by year, days moved by the State Council included.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

use crate::time::plus_days;
use crate::vocab::vocab;

vocab! {
    YearStatus {
        /// The arrangement of this year has been announced and is complete.
        Announced = "announced",
        /// Not announced when this file was written: nothing is guessed.
        NotAnnounced = "not_announced",
    }
}

/// One file `calendar/<year>.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarYear {
    pub year: i16,
    pub status: YearStatus,
    /// Numbers of the notices this year rests on.
    #[serde(default)]
    pub notices: Vec<String>,
    /// Monday-to-Friday days that are off.
    #[serde(default)]
    pub off: BTreeSet<Date>,
    /// Saturdays and Sundays that are worked (调休上班).
    #[serde(default)]
    pub worked: BTreeSet<Date>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Calendar {
    years: BTreeMap<i16, CalendarYear>,
}

/// Whether a day is worked, and whether we know it or only assume Monday to Friday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayKind {
    pub working: bool,
    pub known: bool,
}

impl Calendar {
    #[must_use]
    pub fn new(years: impl IntoIterator<Item = CalendarYear>) -> Calendar {
        Calendar { years: years.into_iter().map(|year| (year.year, year)).collect() }
    }

    /// The same calendar with one year added or replaced (an agency loads a newly announced year).
    #[must_use]
    pub fn with(mut self, year: CalendarYear) -> Calendar {
        self.years.insert(year.year, year);
        self
    }

    pub fn years(&self) -> impl Iterator<Item = &CalendarYear> {
        self.years.values()
    }

    #[must_use]
    pub fn day(&self, day: Date) -> DayKind {
        let weekday = !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        match self.years.get(&day.year()) {
            Some(year) if year.status == YearStatus::Announced => {
                DayKind { working: (weekday && !year.off.contains(&day)) || year.worked.contains(&day), known: true }
            }
            _ => DayKind { working: weekday, known: false },
        }
    }

    /// The `count`th working day after `from` (that day not counted), and whether every day on the
    /// way was known. At most a year is walked: a calendar of holidays only cannot hang us.
    #[must_use]
    pub fn working_days_after(&self, from: Date, count: u32) -> (Date, bool) {
        let (mut day, mut left, mut known) = (from, count, true);
        for _ in 0..(366 + 2 * i64::from(count.min(10_000))) {
            if left == 0 {
                break;
            }
            day = plus_days(day, 1);
            let kind = self.day(day);
            known &= kind.known;
            left -= u32::from(kind.working);
        }
        (day, known)
    }
}
