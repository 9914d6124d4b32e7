//! 适用单位: what binds each unit after the file, and what of that overlaps.

use std::collections::HashMap;

use super::{Check, Known, Periods, Place};
use crate::error::Problem;
use crate::field::{self, NAME_MOST, TITLE_MOST};
use crate::load::rows::{Fixture, day};

/// A row with the same first day replaces what the database has.
pub(super) fn of<'a>(fixture: &'a Fixture, known: &'a Known) -> HashMap<&'a str, Periods> {
    let mut bound: HashMap<&str, Periods> = HashMap::new();
    for (unit, from, to) in &known.bound {
        bound.entry(unit).or_default().insert(*from, (*to, None));
    }
    for (n, row) in fixture.unit_regulations.iter().enumerate() {
        if let Ok((from, to)) = row.span() {
            bound.entry(&row.unit).or_default().insert(from, (to, Some(n)));
        }
    }
    bound
}

/// A unit of which nothing is told gets its agency's regulation, from the outset.
pub(super) fn is_unbound(bound: &HashMap<&str, Periods>, unit: &str, at_ms: i64) -> bool {
    let holds =
        |(from, (to, _)): (&i64, &(Option<i64>, Option<usize>))| *from <= at_ms && to.is_none_or(|to| at_ms < to);
    bound.get(unit).is_some_and(|periods| !periods.iter().any(holds))
}

/// Rows of this file that begin before an earlier period has ended: `(row, begin of the earlier one)`.
pub(super) fn overlaps<'a>(all: impl Iterator<Item = &'a Periods>) -> Vec<(usize, i64)> {
    let mut found = Vec::new();
    for periods in all {
        for ((from, (to, before)), (next, (_, after))) in periods.iter().zip(periods.iter().skip(1)) {
            // Of two old rows this file is not to blame.
            if let Some(n) = after.or(*before).filter(|_| to.is_none_or(|to| to > *next)) {
                found.push((n, *from));
            }
        }
    }
    found.sort_unstable();
    found
}

impl Check<'_> {
    pub(super) fn unit_regulations(&mut self) {
        let mut seen = HashMap::new();
        for (n, row) in self.fixture.unit_regulations.iter().enumerate() {
            let place = Place("unit_regulations", n);
            match self.owner("unit", &row.unit) {
                None => self.unknown(place, "unit", &row.unit),
                Some(_) => self.once(&mut seen, place, "from", (&row.unit, &row.from)),
            }
            self.profile(place, &row.profile);
            self.optional(place, "document", row.document.as_deref(), TITLE_MOST);
            self.optional(place, "decided_by", row.decided_by.as_deref(), NAME_MOST);
            let (from, to) = (row.from.as_str(), row.to.as_deref());
            self.try_(place, "from", day("from", from));
            to.map(|to| self.try_(place, "to", day("to", to)));
            if row.span().is_ok_and(|(from, to)| to.is_some_and(|to| to <= from)) {
                let problem = Problem::refused(422, "fixture.period").with("from", from).with("to", to.unwrap_or(""));
                self.wrong(place, "to", problem);
            }
        }
        for (n, from) in overlaps(of(self.fixture, self.known).values()) {
            let unit = field::short(&self.fixture.unit_regulations[n].unit);
            let since = crate::recordings::form::china_time(from);
            let problem = Problem::refused(422, "fixture.unit_overlap").with("unit", unit).with("since", since);
            self.wrong(Place("unit_regulations", n), "from", problem);
        }
    }
}
