//! Answers of the single verdicts for every day and every byte of grounds, written down once.

use jiff::civil::Date;

use super::{
    DAYS, FOREVER, LONG_TERM, NO_DEADLINE, NONE_MS, TERMS, UNCLASSIFIED, day_of_number, ground_bit, number_of_day,
};
use crate::calendar::Calendar;
use crate::data::Rules;
use crate::terms::{Keep, Within};
use crate::time::{anniversary, day_ends_ms, plus_days};
use crate::vocab::Ground;

fn table_days() -> impl Iterator<Item = Date> {
    (0_i32..).take(DAYS).map(day_of_number)
}

/// The place of a table among others of its kind, each kept once.
pub(super) fn place_of<T: PartialEq>(tables: &mut Vec<T>, table: Vec<T>) -> usize {
    let places = tables.len() / DAYS;
    tables.chunks_exact(DAYS).position(|other| other == table).unwrap_or_else(|| {
        tables.extend(table);
        places
    })
}

/// End of the last day of a period counted in days. One counted in hours has none.
pub(super) fn due_by_day(within: Option<Within>, calendar: &Calendar) -> Vec<i64> {
    let ends = |last: &dyn Fn(Date) -> Date| table_days().map(|day| day_ends_ms(last(day))).collect();
    match within {
        None => vec![NO_DEADLINE; DAYS],
        Some(Within::Hours(_)) => vec![NONE_MS; DAYS],
        Some(Within::FirstMoment) => ends(&|day| day),
        Some(Within::Days(days)) => ends(&|day| plus_days(day, i64::from(days))),
        Some(Within::WorkingDays(days)) => ends(&|day| calendar.working_days_after(day, days).0),
    }
}

/// Last day of a term. The case file's is a column.
pub(super) fn until_by_day(keep: Keep) -> Vec<i32> {
    let last = |last: &dyn Fn(Date) -> Date| table_days().map(|day| number_of_day(last(day))).collect();
    match keep {
        Keep::Days(days) => last(&|day| plus_days(day, i64::from(days))),
        Keep::Months(months) => last(&|day| anniversary(day, 0, months)),
        Keep::Years(years) => last(&|day| anniversary(day, years, 0)),
        Keep::CaseFile => vec![i32::MIN; DAYS],
        Keep::LongTerm => vec![LONG_TERM; DAYS],
        Keep::Forever => vec![FOREVER; DAYS],
    }
}

/// The terms that some grounds bring into play, and whether nobody has classified.
pub(super) fn bits_of(rules: &Rules, keeps: &[Keep], grounds: u32) -> u8 {
    let brought = |nth: &usize| {
        let mut rules = rules.retention.iter().filter(|rule| rule.keep == keeps[*nth]);
        rules.any(|rule| rule.ground == Ground::Any || grounds & mask_of(rule.ground) != 0)
    };
    let unclassified = u8::from(grounds & UNCLASSIFIED != 0) << TERMS;
    (0..keeps.len()).filter(brought).fold(unclassified, |bits, nth| bits | 1 << nth)
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
