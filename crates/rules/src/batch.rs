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
/// So many different dated terms have a table; further ones are counted row by row.
const TERMS: usize = 4;

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

/// The rows, column by column. The first four are needed and the shortest of them counts; the others
/// may be shorter or empty, and what they lack is missing.
#[derive(Debug, Clone, Copy)]
pub struct Columns<'a> {
    /// Index of the regulation in the slice given to [`Compiled::new`].
    pub profile: &'a [u8],
    pub recorded_to_ms: &'a [i64],
    /// Our last byte, or [`NOT_RECEIVED`].
    pub received_ms: &'a [i64],
    /// Bits of [`ground_bit`], and [`UNCLASSIFIED`].
    pub grounds: &'a [u32],
    /// End of the activity (of the day's last one, where the regulation counts from there), or
    /// [`NONE_MS`].
    pub activity_ended_ms: &'a [i64],
    /// A granted extension's deadline, or [`NONE_MS`].
    pub extended_due_ms: &'a [i64],
    /// Last day of the case file's term, [`CASE_TERM_MISSING`] or [`CASE_TERM_PERMANENT`].
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
    /// The different dated terms of all regulations.
    terms: Vec<Keep>,
    /// Last day by first day, for the first terms side by side: one line of cache for a row.
    table: Vec<[i32; TERMS]>,
}

/// The rules of one version, for acts before `before_ms`: numbers and masks only, so that a row is
/// judged without branching on what its regulation happens to say.
#[derive(Debug, Clone)]
struct Segment {
    before_ms: i64,
    /// All ones where the clock starts at the end of the activity, not of the recording.
    from_activity: i64,
    /// The period in milliseconds; for "first moment" the least one.
    after_ms: i64,
    /// All ones where the period also runs to the end of the legal day.
    to_day_end: i64,
    due: Due,
    /// Grounds that bring each of the first dated terms.
    dated: [u32; TERMS],
    /// And further ones.
    more: Vec<(u32, Keep)>,
    case_file: u32,
    long_term: u32,
    forever: u32,
    /// Any rule at all; without one the row is held.
    ruled: u32,
}

#[derive(Debug, Clone)]
enum Due {
    None,
    Elapsed,
    /// End of a later day, by start day.
    Table(Vec<i64>),
}

impl Compiled {
    /// Compiles regulations; the position of a law is its number in the profile column.
    #[must_use]
    pub fn new(laws: &[&Law], calendar: &Calendar) -> Compiled {
        let mut compiled = Compiled { profiles: Vec::new(), terms: Vec::new(), table: Vec::new() };
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
        let from_activity = matches!(clock, Some(ClockStart::ActivityEnd | ClockStart::DayEnd));
        let mut segment = Segment {
            before_ms,
            from_activity: -i64::from(from_activity),
            after_ms: 0,
            to_day_end: 0,
            due: Due::None,
            dated: [0; TERMS],
            more: Vec::new(),
            case_file: 0,
            long_term: 0,
            forever: 0,
            ruled: 0,
        };
        if let Some(rule) = &rules.upload {
            let ends = |days: &dyn Fn(Date) -> Date| table_days().map(|day| day_ends_ms(days(day))).collect();
            segment.due = match rule.within {
                Within::Hours(hours) => {
                    segment.after_ms = i64::from(hours) * HOUR_MS;
                    Due::Elapsed
                }
                Within::FirstMoment => {
                    segment.after_ms = i64::from(defaults.first_moment_min_hours) * HOUR_MS;
                    segment.to_day_end = -1;
                    Due::Elapsed
                }
                Within::Days(days) => Due::Table(ends(&|day| plus_days(day, i64::from(days)))),
                Within::WorkingDays(days) => Due::Table(ends(&|day| calendar.working_days_after(day, days).0)),
            };
        }
        for rule in &rules.retention {
            let mask = mask_of(rule.ground);
            segment.ruled |= mask;
            match rule.keep {
                Keep::CaseFile => segment.case_file |= mask,
                Keep::LongTerm => segment.long_term |= mask,
                Keep::Forever => segment.forever |= mask,
                dated => match self.term(dated) {
                    Some(place) => segment.dated[place] |= mask,
                    None => segment.more.push((mask, dated)),
                },
            }
        }
        segment
    }

    /// The place of a dated term in the table, filled in once; `None` when the table is full.
    fn term(&mut self, keep: Keep) -> Option<usize> {
        if let Some(place) = self.terms.iter().position(|other| *other == keep) {
            return Some(place);
        }
        let place = self.terms.len();
        if place == TERMS {
            return None;
        }
        self.terms.push(keep);
        self.table.resize(TABLE_DAYS, [i32::MIN; TERMS]);
        self.table.iter_mut().zip(table_days()).for_each(|(line, day)| line[place] = last_day(keep, day));
        Some(place)
    }

    /// Deadline with and without extension, and the last day of the term.
    #[inline]
    fn row(&self, columns: &Columns, nth: usize) -> (i64, i64, i32) {
        let recorded = columns.recorded_to_ms[nth];
        let activity = columns.activity_ended_ms.get(nth).copied().unwrap_or(NONE_MS);
        let acted = if activity == NONE_MS { recorded } else { activity };
        let Some(segments) = self.profiles.get(usize::from(columns.profile[nth])) else {
            return (NO_DEADLINE, NO_DEADLINE, HOLD);
        };
        let governing = |ms: i64| segments.iter().find(|segment| ms < segment.before_ms);
        let base = governing(acted).map_or(NO_DEADLINE, |segment| due(segment, recorded, acted));
        let extended = columns.extended_due_ms.get(nth).copied().unwrap_or(NONE_MS);
        let case_until = columns.case_until_day.get(nth).copied().unwrap_or(CASE_TERM_MISSING);
        let keep =
            governing(recorded).map_or(HOLD, |segment| self.keep(segment, recorded, columns.grounds[nth], case_until));
        // A missing extension is the least of all instants.
        (base.max(extended), base, keep)
    }

    #[inline]
    fn keep(&self, segment: &Segment, recorded: i64, grounds: u32, case_until: i32) -> i32 {
        let day = day_number(recorded);
        let slot = usize::try_from(day - TABLE_FROM).unwrap_or(usize::MAX);
        // `any` is bit 0 and every row has it; the top bit is no ground.
        let matched = grounds & !UNCLASSIFIED | 1;
        let chosen = |mask: u32, until: i32| if matched & mask == 0 { i32::MIN } else { until };
        let mut longest = i32::MIN;
        let line = self.table.get(slot).copied().unwrap_or_else(|| self.line(day));
        for (mask, until) in segment.dated.iter().zip(line) {
            longest = longest.max(chosen(*mask, until));
        }
        for (mask, keep) in &segment.more {
            longest = longest.max(chosen(*mask, last_day(*keep, day_of_number(day))));
        }
        let case_until = if case_until == CASE_TERM_MISSING { HOLD } else { case_until };
        longest = longest
            .max(chosen(segment.case_file, case_until))
            .max(chosen(segment.long_term, LONG_TERM))
            .max(chosen(segment.forever, FOREVER));
        let unruled = matched & segment.ruled == 0;
        let unclassified = grounds & UNCLASSIFIED != 0 && longest < LONG_TERM;
        if unruled | unclassified { HOLD } else { longest }
    }

    /// A line of the table for a day outside it.
    #[cold]
    fn line(&self, day: i32) -> [i32; TERMS] {
        let mut line = [i32::MIN; TERMS];
        line.iter_mut().zip(&self.terms).for_each(|(until, keep)| *until = last_day(*keep, day_of_number(day)));
        line
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
        // One addition a row: by regulation, by state of the hand-in (4), by kind of term (5).
        let mut counts = vec![[0_u64; 20]; self.profiles.len()];
        for nth in range {
            let (due, base, keep) = self.row(columns, nth);
            let received = columns.received_ms[nth];
            let open = received == NOT_RECEIVED;
            let late = due < if open { now_ms } else { received };
            // 0 late, 1 open, 2 on time, 3 extended; without a branch, since no order of rows predicts it.
            let state = usize::from(!late) * (1 + usize::from(!open) + usize::from(!open & (received > base)));
            let term = usize::from(keep >= HOLD) + usize::from(keep >= LONG_TERM) + usize::from(keep == FOREVER);
            let term = term + 4 * usize::from(keep < today);
            if let Some(counts) = counts.get_mut(usize::from(columns.profile[nth])) {
                counts[state * 5 + term] += 1;
            }
        }
        counts.iter().map(tally_of).collect()
    }
}

fn tally_of(counts: &[u64; 20]) -> Tally {
    let state = |state: usize| counts[state * 5..state * 5 + 5].iter().sum::<u64>();
    let term = |term: usize| (0..4).map(|state| counts[state * 5 + term]).sum::<u64>();
    Tally {
        rows: counts.iter().sum(),
        late: state(0),
        open: state(1),
        on_time: state(2),
        extended: state(3),
        held: term(1),
        long_term: term(2),
        forever: term(3),
        eligible: term(4),
    }
}

impl Columns<'_> {
    #[must_use]
    pub fn len(&self) -> usize {
        [self.profile.len(), self.recorded_to_ms.len(), self.received_ms.len(), self.grounds.len()]
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

#[inline]
fn due(segment: &Segment, recorded: i64, acted: i64) -> i64 {
    let start = recorded.max(acted & segment.from_activity | recorded & !segment.from_activity);
    match &segment.due {
        Due::Elapsed => {
            let end = (i64::from(day_number(start)) + 1) * DAY_MS - SHANGHAI_MS;
            let elapsed = start.saturating_add(segment.after_ms);
            elapsed.max(end & segment.to_day_end | elapsed & !segment.to_day_end)
        }
        Due::None => NO_DEADLINE,
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
