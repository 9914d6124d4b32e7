//! Many rows at once: hand-in deadlines and retention over columns, by the same rules as
//! [`crate::upload`] and [`crate::retention`], compiled to masks and tables. A test holds both ways
//! against each other.
//!
//! What needs a person's word in each case (an extension) is not re-decided here: a granted extension
//! comes in as its own deadline, and the later of the two counts.

use jiff::civil::Date;

use crate::calendar::Calendar;
use crate::law::{Applied, Law};
use crate::retention::{KeepUntil, RetentionFacts, retention};
use crate::terms::{Keep, Within};
use crate::time::{DAY_MS, HOUR_MS, day_begins_ms, day_ends_ms, legal_day, plus_days};
use crate::vocab::{ClockStart, Ground};

/// A day without end, in the order of [`KeepUntil`].
pub const HOLD: i32 = i32::MAX - 2;
pub const LONG_TERM: i32 = i32::MAX - 1;
pub const FOREVER: i32 = i32::MAX;
/// No deadline at all.
pub const NO_DEADLINE: i64 = i64::MAX;
/// Missing instant: no activity end, no extension.
pub const NONE_MS: i64 = i64::MIN;
/// Not handed in.
pub const NOT_RECEIVED: i64 = i64::MAX;
/// Bit of the grounds column: nobody has classified the recording.
pub const UNCLASSIFIED: u32 = 1 << 31;
/// Case term column: not set / permanent.
pub const CASE_TERM_MISSING: i32 = i32::MIN;
pub const CASE_TERM_PERMANENT: i32 = i32::MAX;

/// Days since 1970 of the tables: 1990 to 2110. Other days take the slow way.
const TABLE_FROM: i32 = 7_305;
const TABLE_DAYS: usize = 43_830;
const SHANGHAI_MS: i64 = 8 * HOUR_MS;

/// The bit of a ground in the grounds column.
#[must_use]
pub fn ground_bit(ground: Ground) -> u32 {
    let place = Ground::ALL.iter().position(|other| *other == ground).unwrap_or_default();
    1 << u32::try_from(place).unwrap_or_default()
}

/// The legal day of an instant as days since 1970.
#[must_use]
pub fn day_number(ms: i64) -> i32 {
    let day = ms.saturating_add(SHANGHAI_MS).div_euclid(DAY_MS);
    i32::try_from(day.clamp(-1_000_000, 10_000_000)).unwrap_or_default()
}

/// The day of a number.
#[must_use]
pub fn day_of_number(number: i32) -> Date {
    plus_days(Date::constant(1970, 1, 1), i64::from(number))
}

fn number_of_day(day: Date) -> i32 {
    day_number(day_begins_ms(day))
}

/// The rows, column by column; all of the same length (the shortest counts).
#[derive(Debug, Clone, Copy)]
pub struct Columns<'a> {
    /// Index of the regulation in the slice given to [`Compiled::new`].
    pub profile: &'a [u8],
    pub recorded_to_ms: &'a [i64],
    /// End of the activity (of the day's last one, where the regulation counts from there).
    pub activity_ended_ms: &'a [i64],
    pub received_ms: &'a [i64],
    /// A granted extension's deadline, or [`NONE_MS`].
    pub extended_due_ms: &'a [i64],
    /// Bits of [`ground_bit`], and [`UNCLASSIFIED`].
    pub grounds: &'a [u32],
    /// Last day of the case file's term.
    pub case_until_day: &'a [i32],
}

/// Results, row by row.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Evaluated {
    /// UTC milliseconds, inclusive; [`NO_DEADLINE`] where no regulation speaks of it.
    pub due_ms: Vec<i64>,
    /// Last day of the term as days since 1970, or [`HOLD`], [`LONG_TERM`], [`FOREVER`].
    pub keep_until_day: Vec<i32>,
}

/// How many, for one regulation.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    pub rows: u64,
    pub on_time: u64,
    pub extended: u64,
    pub late: u64,
    pub open: u64,
    pub held: u64,
    pub long_term: u64,
    pub forever: u64,
    /// Past its last day: a disposal decision could be considered.
    pub eligible: u64,
}

/// Regulations turned into masks and tables.
#[derive(Debug, Clone)]
pub struct Compiled {
    profiles: Vec<Vec<Segment>>,
    /// Dated terms: last day by first day, one table for each different length.
    tables: Vec<(Keep, Vec<i32>)>,
}

/// The rules of one version, for acts before `before_ms`.
#[derive(Debug, Clone)]
struct Segment {
    before_ms: i64,
    /// The clock starts at the end of the activity, not of the recording.
    from_activity: bool,
    due: Due,
    /// Grounds and the term they bring; every row matches `any`.
    terms: Vec<(u32, Term)>,
    /// Any rule at all; without one the row is held.
    ruled: u32,
}

#[derive(Debug, Clone)]
enum Due {
    None,
    After(i64),
    /// End of the legal day, and at least so long after the start.
    DayEnd(i64),
    /// End of a later day, by start day.
    Table(Vec<i64>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Term {
    Table(usize),
    CaseFile,
    Fixed(i32),
}

impl Compiled {
    /// Compiles regulations; the position of a law is its number in the profile column.
    #[must_use]
    pub fn new(laws: &[&Law], calendar: &Calendar) -> Compiled {
        let mut compiled = Compiled { profiles: Vec::new(), tables: Vec::new() };
        for law in laws {
            let segments = compiled.segments(law, calendar);
            compiled.profiles.push(segments);
        }
        compiled
    }

    /// One segment for each version; days before the first and after the last fall to them.
    fn segments(&mut self, law: &Law, calendar: &Calendar) -> Vec<Segment> {
        let mut segments = Vec::new();
        for (nth, version) in law.versions.iter().enumerate() {
            let next = law.versions.get(nth + 1).and_then(|next| law.begins(next));
            let before_ms = next.map_or(i64::MAX, day_begins_ms);
            let day = law.begins(version).unwrap_or(Date::constant(1970, 1, 1));
            let Some(applied) = law.on(day) else { continue };
            segments.push(self.segment(Applied { version, ..applied }, before_ms, calendar));
        }
        segments
    }

    fn segment(&mut self, applied: Applied, before_ms: i64, calendar: &Calendar) -> Segment {
        let rules = &applied.version.rules;
        let defaults = &applied.law.defaults.upload;
        let clock = rules.upload.as_ref().map(|rule| rule.clock_start.unwrap_or(defaults.clock_start));
        let due = rules.upload.as_ref().map_or(Due::None, |rule| match rule.within {
            Within::Hours(hours) => Due::After(i64::from(hours) * HOUR_MS),
            Within::FirstMoment => Due::DayEnd(i64::from(defaults.first_moment_min_hours) * HOUR_MS),
            Within::Days(days) => {
                Due::Table(table_days().map(|day| day_ends_ms(plus_days(day, i64::from(days)))).collect())
            }
            Within::WorkingDays(days) => {
                Due::Table(table_days().map(|day| day_ends_ms(calendar.working_days_after(day, days).0)).collect())
            }
        });
        let mut terms: Vec<(u32, Term)> = Vec::new();
        for rule in &rules.retention {
            let term = match rule.keep {
                Keep::CaseFile => Term::CaseFile,
                Keep::LongTerm => Term::Fixed(LONG_TERM),
                Keep::Forever => Term::Fixed(FOREVER),
                dated => Term::Table(self.table(dated)),
            };
            let mask = mask_of(rule.ground);
            match terms.iter_mut().find(|(_, other)| *other == term) {
                Some((grounds, _)) => *grounds |= mask,
                None => terms.push((mask, term)),
            }
        }
        Segment {
            before_ms,
            from_activity: matches!(clock, Some(ClockStart::ActivityEnd | ClockStart::DayEnd)),
            due,
            ruled: terms.iter().fold(0, |all, (mask, _)| all | mask),
            terms,
        }
    }

    /// The table of a dated term, made once.
    fn table(&mut self, keep: Keep) -> usize {
        if let Some(nth) = self.tables.iter().position(|(other, _)| *other == keep) {
            return nth;
        }
        self.tables.push((keep, table_days().map(|day| last_day(keep, day)).collect()));
        self.tables.len() - 1
    }

    fn row(&self, columns: &Columns, nth: usize) -> (i64, i64, i32) {
        let recorded = columns.recorded_to_ms[nth];
        let activity = columns.activity_ended_ms[nth];
        let acted = if activity == NONE_MS { recorded } else { activity };
        let Some(segments) = self.profiles.get(usize::from(columns.profile[nth])) else {
            return (NO_DEADLINE, NO_DEADLINE, HOLD);
        };
        let governing = |ms: i64| segments.iter().find(|segment| ms < segment.before_ms);
        let base = governing(acted).map_or(NO_DEADLINE, |segment| due(segment, recorded, acted));
        let extended = columns.extended_due_ms[nth];
        let due = if extended == NONE_MS { base } else { base.max(extended) };
        let keep = governing(recorded)
            .map_or(HOLD, |segment| self.keep(segment, recorded, columns.grounds[nth], columns.case_until_day[nth]));
        (due, base, keep)
    }

    fn keep(&self, segment: &Segment, recorded: i64, grounds: u32, case_until: i32) -> i32 {
        let day = day_number(recorded);
        let slot = usize::try_from(day - TABLE_FROM).unwrap_or(usize::MAX);
        // `any` is bit 0 and every row has it.
        let grounds_or_any = grounds | 1;
        let mut longest = i32::MIN;
        for (mask, term) in &segment.terms {
            let until = match *term {
                Term::Fixed(until) => until,
                Term::Table(table) => {
                    let (keep, table) = &self.tables[table];
                    table.get(slot).copied().unwrap_or_else(|| last_day(*keep, day_of_number(day)))
                }
                Term::CaseFile => match case_until {
                    CASE_TERM_MISSING => HOLD,
                    CASE_TERM_PERMANENT => FOREVER,
                    day => day,
                },
            };
            if grounds_or_any & mask != 0 {
                longest = longest.max(until);
            }
        }
        let unruled = grounds_or_any & segment.ruled == 0;
        let unclassified = grounds & UNCLASSIFIED != 0 && longest < LONG_TERM;
        if unruled || unclassified { HOLD } else { longest }
    }

    /// Deadlines and terms of every row.
    #[must_use]
    pub fn evaluate(&self, columns: &Columns) -> Evaluated {
        let rows = columns.len();
        let mut out = Evaluated { due_ms: Vec::with_capacity(rows), keep_until_day: Vec::with_capacity(rows) };
        for nth in 0..rows {
            let (due, _, keep) = self.row(columns, nth);
            out.due_ms.push(due);
            out.keep_until_day.push(keep);
        }
        out
    }

    /// Counts for each regulation, as of `now_ms`, on so many threads.
    #[must_use]
    pub fn tally(&self, columns: &Columns, now_ms: i64, threads: usize) -> Vec<Tally> {
        let rows = columns.len();
        let threads = threads.clamp(1, 64);
        let share = rows.div_ceil(threads).max(1);
        let parts: Vec<Vec<Tally>> = std::thread::scope(|scope| {
            let parts: Vec<_> = (0..threads)
                .map(|part| {
                    let range = (part * share).min(rows)..((part + 1) * share).min(rows);
                    scope.spawn(move || self.count(columns, range, now_ms))
                })
                .collect();
            // A panic in a part is a bug of ours; counts without it would be wrong figures.
            parts.into_iter().map(|part| part.join().expect("counting does not panic")).collect()
        });
        let mut all = vec![Tally::default(); self.profiles.len()];
        for part in parts {
            all.iter_mut().zip(part).for_each(|(sum, part)| sum.add(&part));
        }
        all
    }

    fn count(&self, columns: &Columns, range: std::ops::Range<usize>, now_ms: i64) -> Vec<Tally> {
        let today = day_number(now_ms);
        let mut tallies = vec![Tally::default(); self.profiles.len()];
        for nth in range {
            let Some(tally) = tallies.get_mut(usize::from(columns.profile[nth])) else { continue };
            let (due, base, keep) = self.row(columns, nth);
            let received = columns.received_ms[nth];
            let handed_in = received != NOT_RECEIVED;
            let late = due < if handed_in { received } else { now_ms };
            tally.rows += 1;
            tally.late += u64::from(late);
            tally.open += u64::from(!handed_in && !late);
            tally.extended += u64::from(handed_in && !late && received > base);
            tally.on_time += u64::from(handed_in && received <= base);
            tally.held += u64::from(keep == HOLD);
            tally.long_term += u64::from(keep == LONG_TERM);
            tally.forever += u64::from(keep == FOREVER);
            tally.eligible += u64::from(keep < today);
        }
        tallies
    }
}

impl Columns<'_> {
    #[must_use]
    pub fn len(&self) -> usize {
        [
            self.profile.len(),
            self.recorded_to_ms.len(),
            self.activity_ended_ms.len(),
            self.received_ms.len(),
            self.extended_due_ms.len(),
            self.grounds.len(),
            self.case_until_day.len(),
        ]
        .into_iter()
        .min()
        .unwrap_or(0)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Tally {
    fn add(&mut self, other: &Tally) {
        self.rows += other.rows;
        self.on_time += other.on_time;
        self.extended += other.extended;
        self.late += other.late;
        self.open += other.open;
        self.held += other.held;
        self.long_term += other.long_term;
        self.forever += other.forever;
        self.eligible += other.eligible;
    }
}

fn table_days() -> impl Iterator<Item = Date> {
    (0..TABLE_DAYS).map(|slot| day_of_number(TABLE_FROM + i32::try_from(slot).unwrap_or_default()))
}

fn due(segment: &Segment, recorded: i64, acted: i64) -> i64 {
    let start = if segment.from_activity { acted.max(recorded) } else { recorded };
    match &segment.due {
        Due::None => NO_DEADLINE,
        Due::After(ms) => start.saturating_add(*ms),
        Due::DayEnd(least) => {
            let end = (i64::from(day_number(start)) + 1) * DAY_MS - SHANGHAI_MS;
            end.max(start.saturating_add(*least))
        }
        Due::Table(table) => {
            let slot = usize::try_from(day_number(start) - TABLE_FROM).unwrap_or(usize::MAX);
            // Outside the table nobody has a calendar: the day itself, at its end.
            table.get(slot).copied().unwrap_or_else(|| day_ends_ms(legal_day(start)))
        }
    }
}

/// Grounds that bring a rule into play, implied ones included: those of [`crate::retention`].
fn mask_of(ground: Ground) -> u32 {
    let implied: &[Ground] = match ground {
        Ground::SuddenIncident => &[Ground::MajorSuddenIncident],
        Ground::Evidence => &[Ground::DecisionEvidence, Ground::MajorCaseEvidence],
        _ => &[],
    };
    implied.iter().fold(ground_bit(ground), |mask, ground| mask | ground_bit(*ground))
}

fn last_day(keep: Keep, day: Date) -> i32 {
    let until = match keep {
        Keep::Days(days) => plus_days(day, i64::from(days)),
        Keep::Months(months) => crate::time::anniversary(day, 0, months),
        Keep::Years(years) => crate::time::anniversary(day, years, 0),
        Keep::CaseFile | Keep::LongTerm | Keep::Forever => return HOLD,
    };
    number_of_day(until)
}

/// The same answer from [`retention`], for comparison and for single rows.
#[must_use]
pub fn keep_until_day(laws: &[&Law], facts: &RetentionFacts) -> i32 {
    let answer = retention(laws, facts).verdict;
    match (answer.until, answer.keep) {
        (Some(day), _) => number_of_day(day),
        (None, crate::retention::Keeping::Forever) => FOREVER,
        (None, crate::retention::Keeping::LongTerm) => LONG_TERM,
        (None, _) => HOLD,
    }
}

/// The order of day numbers is the order of terms.
#[must_use]
pub fn until_of(number: i32) -> KeepUntil {
    match number {
        FOREVER => KeepUntil::Forever,
        LONG_TERM => KeepUntil::LongTerm,
        HOLD => KeepUntil::Hold,
        number => KeepUntil::Day(day_of_number(number)),
    }
}
