//! Many rows at once: hand-in deadlines and retention over columns, by the same rules as
//! [`crate::upload`] and [`crate::retention`], compiled to tables. A test holds both ways against each other.
//!
//! What needs a person's word in each case (an extension) is not re-decided here: a granted extension
//! comes in as its own deadline, and the later of the two counts.

mod tables;

use jiff::civil::Date;

use self::tables::{bits_of, due_by_day, place_of, until_by_day};
use crate::calendar::Calendar;
use crate::data::Rules;
use crate::law::Law;
use crate::retention::{CaseTerm, KeepUntil, RetentionFacts, retention};
use crate::terms::{Keep, Within};
use crate::time::{DAY_MS, HOUR_MS, When, clamp, day_begins_ms, legal_day, plus_days};
use crate::upload::{UploadFacts, upload_deadline};
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

/// Days of every table: from 1970 to 2149.
const DAYS: usize = 1 << 16;
const SHANGHAI_MS: i64 = 8 * HOUR_MS;
/// A version may have so many different terms: bits of a byte, of which the last says that nobody has classified.
const TERMS: usize = 7;
/// In place of a version: its rows are judged alone.
const ONE_BY_ONE: u8 = u8::MAX;

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
    /// When the act was done whose law governs ([`crate::time::acted_at`]), or [`NONE_MS`]: the end of the recording.
    pub acted_ms: &'a [i64],
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

/// Regulations turned into tables, so that a row is judged by looking things up and never by asking what its
/// regulation happens to say. A row that the tables cannot hold is judged by the single verdicts themselves.
#[derive(Debug, Clone)]
pub struct Compiled {
    laws: Vec<Law>,
    calendar: Calendar,
    versions: Vec<Version>,
    /// Place of the version that governs, by law and day.
    governing: Vec<u8>,
    /// Earliest deadline, by [`Version::due`] and the day on which the clock starts.
    due_ms: Vec<i64>,
    /// Last day of a term, by [`Term::until`] and its first day.
    until_day: Vec<i32>,
}

/// One version of one regulation.
#[derive(Debug, Clone)]
struct Version {
    /// Where the clock starts at the activity's end: the end of time. Else its beginning, before any activity.
    activity_until_ms: i64,
    /// The deadline is so long after the start, or where the table says, whichever is later.
    after_ms: i64,
    due: usize,
    /// What each byte of the grounds brings into play: a bit for each different term of the version.
    brings: [[u8; 256]; 4],
    /// What all bits together come to.
    terms: [Term; 256],
}

/// The longest of several terms.
#[derive(Debug, Clone, Copy, Default)]
struct Term {
    until: u16,
    /// The case file's own term is among them.
    case_file: bool,
}

#[derive(Debug, Clone, Copy)]
struct Judged {
    due: i64,
    /// Without an extension.
    base: i64,
    keep: i32,
}

impl Compiled {
    /// Compiles regulations; the position of a law is its number in the profile column.
    #[must_use]
    pub fn new(laws: &[&Law], calendar: &Calendar) -> Compiled {
        let mut compiled = Compiled {
            laws: laws.iter().copied().cloned().collect(),
            calendar: calendar.clone(),
            versions: Vec::new(),
            governing: Vec::new(),
            due_ms: Vec::new(),
            until_day: Vec::new(),
        };
        for law in laws {
            // As [`Law::on`]: the last version that has begun, and before all of them the first without its duty.
            let places: Vec<u8> = law.versions.iter().map(|version| compiled.version(law, &version.rules)).collect();
            let before = places.first().map_or(ONE_BY_ONE, |first| compiled.without_duty(*first));
            let mut governing = vec![before; DAYS];
            for (version, place) in law.versions.iter().zip(places) {
                let begins = law.begins(version).map_or(0, number_of_day);
                let begins = usize::try_from(begins).unwrap_or(0).min(DAYS);
                governing[begins..].fill(place);
            }
            compiled.governing.extend(governing);
        }
        compiled
    }

    /// The place of a version, now compiled; [`ONE_BY_ONE`] when it is more than a byte can count.
    fn version(&mut self, law: &Law, rules: &Rules) -> u8 {
        let place = u8::try_from(self.versions.len()).unwrap_or(ONE_BY_ONE);
        let mut keeps: Vec<Keep> = Vec::new();
        for rule in &rules.retention {
            if !keeps.contains(&rule.keep) {
                keeps.push(rule.keep);
            }
        }
        if place == ONE_BY_ONE || keeps.len() > TERMS {
            return ONE_BY_ONE;
        }
        let defaults = &law.defaults.upload;
        let clock = rules.upload.as_ref().map(|rule| rule.clock_start.unwrap_or(defaults.clock_start));
        let from_activity = matches!(clock, Some(ClockStart::ActivityEnd | ClockStart::DayEnd));
        let within = rules.upload.as_ref().map(|rule| rule.within);
        let hours = match within {
            Some(Within::Hours(hours)) => hours,
            Some(Within::FirstMoment) => defaults.first_moment_min_hours,
            _ => 0,
        };
        let mut brings = [[0; 256]; 4];
        for (nth, brings) in brings.iter_mut().enumerate() {
            brings.iter_mut().zip(0_u32..).for_each(|(bits, byte)| *bits = bits_of(rules, &keeps, byte << (8 * nth)));
        }
        let due = place_of(&mut self.due_ms, due_by_day(within, &self.calendar));
        let terms = self.terms(&keeps);
        self.versions.push(Version {
            activity_until_ms: if from_activity { i64::MAX } else { i64::MIN },
            after_ms: i64::from(hours) * HOUR_MS,
            due,
            brings,
            terms,
        });
        place
    }

    /// The same terms as a version, and nothing to hand in by any time.
    fn without_duty(&mut self, place: u8) -> u8 {
        let Some(version) = self.versions.get(usize::from(place)).cloned() else { return ONE_BY_ONE };
        let Ok(place) = u8::try_from(self.versions.len()) else { return ONE_BY_ONE };
        if place == ONE_BY_ONE {
            return ONE_BY_ONE;
        }
        let due = place_of(&mut self.due_ms, due_by_day(None, &self.calendar));
        self.versions.push(Version { activity_until_ms: i64::MIN, after_ms: 0, due, ..version });
        place
    }

    /// The longest term of every choice among these.
    fn terms(&mut self, keeps: &[Keep]) -> [Term; 256] {
        let tables: Vec<Vec<i32>> = keeps.iter().map(|keep| until_by_day(*keep)).collect();
        let mut terms = [Term::default(); 256];
        // Without those that would need a term this version does not have.
        let possible = |bits: &usize| (bits & !(1 << TERMS)) >> keeps.len() == 0;
        for (bits, term) in terms.iter_mut().enumerate().filter(|(bits, _)| possible(bits)) {
            let chosen = |nth: &usize| bits & (1 << nth) != 0;
            let none = (0..TERMS).filter(chosen).count() == 0;
            // Silence of the text, or of whoever should have classified, holds what has no longer term.
            let least = if none || chosen(&TERMS) { HOLD } else { i32::MIN };
            let mut longest = vec![least; DAYS];
            for nth in (0..keeps.len()).filter(chosen) {
                longest.iter_mut().zip(&tables[nth]).for_each(|(longest, until)| *longest = (*longest).max(*until));
                term.case_file |= keeps[nth] == Keep::CaseFile;
            }
            term.until = u16::try_from(place_of(&mut self.until_day, longest)).unwrap_or_default();
        }
        terms
    }

    #[inline]
    fn governing(&self, profile: u8, day: usize) -> Option<&Version> {
        let place = self.governing.get(usize::from(profile) * DAYS + day)?;
        self.versions.get(usize::from(*place))
    }

    // Called from two loops; a call for each row costs a quarter of the time.
    #[inline(always)]
    fn judge(&self, columns: &Columns, nth: usize) -> Judged {
        let (profile, recorded) = (columns.profile[nth], columns.recorded_to_ms[nth]);
        let (acted, activity, extended, case_until) = columns.optional(nth);
        let acted = if acted == NONE_MS { recorded } else { acted };
        let ended = if activity == NONE_MS { recorded } else { activity };
        let (recorded_on, ended_on, acted_on) = (table_day(recorded), table_day(ended), table_day(acted));
        if recorded_on.max(ended_on).max(acted_on) >= DAYS {
            return self.judge_alone(columns, nth);
        }
        let Some(law) = self.governing(profile, acted_on) else { return self.judge_alone(columns, nth) };
        let start = recorded.max(ended.min(law.activity_until_ms));
        let start_on = if start == recorded { recorded_on } else { ended_on };
        let base = (start + law.after_ms).max(self.due_ms[law.due * DAYS + start_on]);

        let [a, b, c, d] = columns.grounds[nth].to_le_bytes().map(usize::from);
        let bits = law.brings[0][a] | law.brings[1][b] | law.brings[2][c] | law.brings[3][d];
        let term = law.terms[usize::from(bits)];
        let case_until = if case_until == CASE_TERM_MISSING { HOLD } else { case_until };
        let case_until = if term.case_file { case_until } else { i32::MIN };
        let keep = self.until_day[usize::from(term.until) * DAYS + recorded_on].max(case_until);
        Judged { due: base.max(extended), base, keep }
    }

    /// The same from the single verdicts. A profile nobody knows has no deadline and is held.
    #[cold]
    #[inline(never)]
    fn judge_alone(&self, columns: &Columns, nth: usize) -> Judged {
        let (acted, activity, extended, case_until) = columns.optional(nth);
        let (recorded, grounds) = (clamp(columns.recorded_to_ms[nth]), columns.grounds[nth]);
        let law: Vec<&Law> = self.laws.get(usize::from(columns.profile[nth])).into_iter().collect();
        let activity_ended = (activity != NONE_MS).then_some(When(clamp(activity)));
        let acted = (acted != NONE_MS).then_some(When(clamp(acted)));
        let upload = UploadFacts { activity_began: acted, activity_ended, ..UploadFacts::ended(recorded) };
        let base = upload_deadline(&law, &upload, &self.calendar).verdict.map_or(NO_DEADLINE, |found| found.due_ms);
        let named = Ground::ALL.iter().copied().filter(|ground| grounds & ground_bit(*ground) != 0);
        let mut facts = RetentionFacts::of(legal_day(recorded), named);
        facts.acted_on = acted.map(When::day);
        facts.classified = grounds & UNCLASSIFIED == 0;
        facts.case_term = match case_until {
            CASE_TERM_MISSING => None,
            CASE_TERM_PERMANENT => Some(CaseTerm::Permanent),
            day => Some(CaseTerm::Until(day_of_number(day))),
        };
        Judged { due: base.max(extended), base, keep: keep_until_day(&law, &facts) }
    }

    /// Deadlines and terms of every row.
    #[must_use]
    pub fn evaluate(&self, columns: &Columns) -> Evaluated {
        let rows = columns.len();
        let mut out = Evaluated { due_ms: Vec::with_capacity(rows), keep_until_day: Vec::with_capacity(rows) };
        for nth in 0..rows {
            let judged = self.judge(columns, nth);
            out.due_ms.push(judged.due);
            out.keep_until_day.push(judged.keep);
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
        let mut all = vec![Tally::default(); self.laws.len()];
        for part in parts {
            all.iter_mut().zip(part).for_each(|(sum, part)| sum.add(&part));
        }
        all
    }

    fn count(&self, columns: &Columns, range: std::ops::Range<usize>, now_ms: i64) -> Vec<Tally> {
        let today = day_number(now_ms);
        // One addition a row: by regulation, by state of the hand-in (4), by kind of term (5).
        let mut counts = vec![[0_u64; 20]; self.laws.len()];
        for nth in range {
            let Judged { due, base, keep } = self.judge(columns, nth);
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

    /// The act, end of the activity, extension and case term, or what stands for a missing one.
    #[inline]
    fn optional(&self, nth: usize) -> (i64, i64, i64, i32) {
        let instant = |column: &[i64]| column.get(nth).copied().unwrap_or(NONE_MS);
        let case_until = self.case_until_day.get(nth).copied().unwrap_or(CASE_TERM_MISSING);
        (instant(self.acted_ms), instant(self.activity_ended_ms), instant(self.extended_due_ms), case_until)
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

/// Days since 1970; a day without a place in the tables is some number from [`DAYS`] on.
#[inline]
fn table_day(ms: i64) -> usize {
    usize::try_from(ms.wrapping_add(SHANGHAI_MS).cast_unsigned() / DAY_MS.cast_unsigned()).unwrap_or(usize::MAX)
}

/// The same answer from [`retention`], for comparison and for single rows.
#[must_use]
pub fn keep_until_day(laws: &[&Law], facts: &RetentionFacts) -> i32 {
    // The calendar moves filing dates only.
    let answer = retention(laws, facts, &Calendar::default()).verdict;
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
