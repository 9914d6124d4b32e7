//! 模拟: what a changed regulation would change for recordings that exist, row by row. An edit alone lets nothing go: a
//! term that would become shorter stays as it was until somebody has looked.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::approver::{ApproverFacts, approver};
use crate::batch::{
    CASE_TERM_MISSING, Columns, Compiled, FOREVER, HOLD, LONG_TERM, NO_DEADLINE, NONE_MS, NOT_RECEIVED, UNCLASSIFIED,
    day_number, ground_bit, keep_until_day,
};
use crate::calendar::Calendar;
use crate::law::Law;
use crate::retention::{RetentionFacts, retention};
use crate::time::{When, legal_day};
use crate::upload::{UploadFacts, upload_status};
use crate::verdict::Cited;
use crate::vocab::{Act, Ground, vocab};

/// What the catalogue knows of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub recorded_to_ms: i64,
    pub received_ms: i64,
    /// When the act was done whose law governs ([`crate::time::acted_at`]).
    pub acted_ms: i64,
    pub activity_ended_ms: Option<i64>,
    /// Empty: nobody has classified it, and it is held.
    pub grounds: BTreeSet<Ground>,
}

vocab! {
    /// What of a recording's standing differs.
    What {
        Deadline = "deadline",
        HandIn = "hand_in",
        Retention = "retention",
    }
}

/// One difference of one recording.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    pub what: What,
    /// For people and machines: a time, a state, a day or a kind of term.
    pub before: String,
    pub after: String,
    pub articles_before: Vec<String>,
    pub articles_after: Vec<String>,
    /// 需复核: the term would become shorter. The longer one holds until somebody has looked.
    pub review: bool,
}

/// How many recordings differ alike: what, from which articles to which, in which direction.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Group {
    pub what: What,
    pub before: String,
    pub after: String,
    pub articles_before: Vec<String>,
    pub articles_after: Vec<String>,
    pub review: bool,
}

/// An approver who would be somebody else.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Approver {
    pub act: Act,
    pub before: String,
    pub after: String,
    pub articles_before: Vec<String>,
    pub articles_after: Vec<String>,
}

/// The same rows under two stacks of regulations. Rows of one batch share the readings of their days.
pub struct Comparison<'a> {
    before: Side<'a>,
    after: Side<'a>,
    calendar: &'a Calendar,
    pub groups: BTreeMap<Group, u64>,
}

struct Side<'a> {
    laws: Vec<&'a Law>,
    /// One regulation alone is judged by columns; a stack row by row, since its rules count together.
    compiled: Option<Compiled>,
}

impl<'a> Side<'a> {
    fn new(laws: Vec<&'a Law>, calendar: &Calendar) -> Side<'a> {
        let compiled = (laws.len() == 1).then(|| Compiled::new(&laws, calendar));
        Side { laws, compiled }
    }

    /// Last moment of the hand-in and last day of the term, by the numbers of [`crate::batch`].
    fn judge(&self, rows: &[Row], calendar: &Calendar) -> Vec<(i64, i32)> {
        let Some(compiled) = &self.compiled else {
            return rows.iter().map(|row| self.single(row, calendar)).collect();
        };
        let column = |of: &dyn Fn(&Row) -> i64| rows.iter().map(of).collect::<Vec<i64>>();
        let profile = vec![0; rows.len()];
        let grounds: Vec<u32> = rows.iter().map(|row| mask(&row.grounds)).collect();
        let case_until = vec![CASE_TERM_MISSING; rows.len()];
        let judged = compiled.evaluate(&Columns {
            profile: &profile,
            recorded_to_ms: &column(&|row| row.recorded_to_ms),
            received_ms: &column(&|row| row.received_ms),
            grounds: &grounds,
            acted_ms: &column(&|row| row.acted_ms),
            activity_ended_ms: &column(&|row| row.activity_ended_ms.unwrap_or(NONE_MS)),
            extended_due_ms: &[],
            case_until_day: &case_until,
        });
        judged.due_ms.into_iter().zip(judged.keep_until_day).collect()
    }

    fn single(&self, row: &Row, calendar: &Calendar) -> (i64, i32) {
        let status = upload_status(&self.laws, &upload_facts(row), calendar, received(row), row.received_ms);
        let due = status.verdict.deadline.map_or(NO_DEADLINE, |deadline| deadline.due_ms);
        (due, keep_until_day(&self.laws, &retention_facts(row)))
    }

    fn due_articles(&self, row: &Row, calendar: &Calendar) -> Vec<String> {
        let status = upload_status(&self.laws, &upload_facts(row), calendar, received(row), row.received_ms);
        cites(if status.lapsed { &status.reference } else { &status.articles })
    }

    /// The articles of the longest terms, which are the ones that decide.
    fn keep_articles(&self, row: &Row) -> Vec<String> {
        let verdict = retention(&self.laws, &retention_facts(row), &Calendar::default()).verdict;
        let longest = verdict.reasons.iter().map(|reason| reason.until).max();
        let deciding = verdict.reasons.iter().filter(|reason| Some(reason.until) == longest);
        let found: BTreeSet<String> = deciding.map(|reason| reason.cited.article.clone()).collect();
        found.into_iter().collect()
    }
}

fn received(row: &Row) -> Option<i64> {
    (row.received_ms != NOT_RECEIVED).then_some(row.received_ms)
}

fn mask(grounds: &BTreeSet<Ground>) -> u32 {
    let unclassified = if grounds.is_empty() { UNCLASSIFIED } else { 0 };
    grounds.iter().fold(unclassified, |mask, ground| mask | ground_bit(*ground))
}

fn upload_facts(row: &Row) -> UploadFacts {
    let mut facts = UploadFacts::ended(row.recorded_to_ms);
    facts.activity_began = Some(When(row.acted_ms));
    facts.activity_ended = row.activity_ended_ms.map(When);
    facts
}

fn retention_facts(row: &Row) -> RetentionFacts {
    let mut facts = RetentionFacts::of(legal_day(row.recorded_to_ms), row.grounds.iter().copied());
    facts.acted_on = Some(legal_day(row.acted_ms));
    facts.classified = !row.grounds.is_empty();
    facts
}

fn cites(cited: &[Cited]) -> Vec<String> {
    let found: BTreeSet<String> = cited.iter().map(|cited| cited.article.clone()).collect();
    found.into_iter().collect()
}

impl<'a> Comparison<'a> {
    #[must_use]
    pub fn new(before: Vec<&'a Law>, after: Vec<&'a Law>, calendar: &'a Calendar) -> Comparison<'a> {
        let (before, after) = (Side::new(before, calendar), Side::new(after, calendar));
        Comparison { before, after, calendar, groups: BTreeMap::new() }
    }

    /// What differs of each row, as of `now_ms`; empty for those that stay as they are. Counts by group as it goes.
    pub fn compare(&mut self, rows: &[Row], now_ms: i64) -> Vec<Vec<Difference>> {
        let before = self.before.judge(rows, self.calendar);
        let after = self.after.judge(rows, self.calendar);
        let judged = rows.iter().zip(before.into_iter().zip(after));
        judged.map(|(row, (before, after))| self.row(row, before, after, now_ms)).collect()
    }

    fn row(&mut self, row: &Row, before: (i64, i32), after: (i64, i32), now_ms: i64) -> Vec<Difference> {
        let mut found = Vec::new();
        if before.0 != after.0 {
            let articles = (self.before.due_articles(row, self.calendar), self.after.due_articles(row, self.calendar));
            let change = shift(before.0, after.0);
            self.note(&mut found, What::Deadline, (instant(before.0), instant(after.0)), change, &articles, false);
            let (was, is) = (standing(row, before.0, now_ms), standing(row, after.0, now_ms));
            if was != is {
                let told = (was.to_owned(), is.to_owned());
                self.note(&mut found, What::HandIn, told.clone(), told, &articles, false);
            }
        }
        if before.1 != after.1 {
            let articles = (self.before.keep_articles(row), self.after.keep_articles(row));
            let review = after.1 < before.1;
            let change = (kind(before.1).to_owned(), if review { "shorter" } else { "longer" }.to_owned());
            self.note(&mut found, What::Retention, (term(before.1), term(after.1)), change, &articles, review);
        }
        found
    }

    fn note(
        &mut self,
        found: &mut Vec<Difference>,
        what: What,
        told: (String, String),
        grouped: (String, String),
        articles: &(Vec<String>, Vec<String>),
        review: bool,
    ) {
        let (articles_before, articles_after) = articles.clone();
        let group = Group {
            what,
            before: grouped.0,
            after: grouped.1,
            articles_before: articles_before.clone(),
            articles_after: articles_after.clone(),
            review,
        };
        *self.groups.entry(group).or_default() += 1;
        let (before, after) = told;
        found.push(Difference { what, before, after, articles_before, articles_after, review });
    }

    /// Acts that somebody else would approve, from `now_ms` on.
    #[must_use]
    pub fn approvers(&self, now_ms: i64) -> Vec<Approver> {
        let told = |laws: &[&Law], act| {
            let answer = approver(laws, &ApproverFacts::new(now_ms, act));
            let role = answer.verdict.role.map(|role| role.code().to_owned());
            let also = answer.verdict.also.iter().map(|role| role.code().to_owned());
            let roles: Vec<String> = role.into_iter().chain(also).collect();
            let shown = if roles.is_empty() { answer.verdict.state.code().to_owned() } else { roles.join("+") };
            (shown, cites(if answer.lapsed { &answer.reference } else { &answer.articles }))
        };
        let both = Act::ALL.iter().map(|act| (*act, told(&self.before.laws, *act), told(&self.after.laws, *act)));
        both.filter(|(_, before, after)| before.0 != after.0)
            .map(|(act, (before, articles_before), (after, articles_after))| Approver {
                act,
                before,
                after,
                articles_before,
                articles_after,
            })
            .collect()
    }
}

/// By how many hours the deadline moves, for counting alike ones together.
fn shift(before: i64, after: i64) -> (String, String) {
    match (before, after) {
        (NO_DEADLINE, _) => ("none".into(), "some".into()),
        (_, NO_DEADLINE) => ("some".into(), "none".into()),
        (before, after) => ("0 h".into(), format!("{:+} h", (after - before).div_euclid(crate::time::HOUR_MS))),
    }
}

fn standing(row: &Row, due: i64, now_ms: i64) -> &'static str {
    match (due, row.received_ms) {
        (NO_DEADLINE, _) => "no_deadline",
        (due, NOT_RECEIVED) if due < now_ms => "late",
        (_, NOT_RECEIVED) => "open",
        (due, received) if due < received => "late",
        _ => "on_time",
    }
}

fn instant(ms: i64) -> String {
    if ms == NO_DEADLINE { "none".to_owned() } else { crate::time::shanghai_text(ms) }
}

fn kind(day: i32) -> &'static str {
    match day {
        HOLD => "hold",
        LONG_TERM => "long_term",
        FOREVER => "forever",
        _ => "day",
    }
}

fn term(day: i32) -> String {
    match kind(day) {
        "day" => crate::batch::day_of_number(day).to_string(),
        kind => kind.to_owned(),
    }
}

/// Whether the shorter term would have run out by a day: what an edit alone would have let go.
#[must_use]
pub fn would_have_ended(difference: &Difference, now_ms: i64) -> bool {
    let today = crate::batch::day_of_number(day_number(now_ms));
    difference.review && difference.after.parse::<jiff::civil::Date>().is_ok_and(|day| day < today)
}
