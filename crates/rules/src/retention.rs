//! 保存期限: at least until when a recording is kept, and on which grounds.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::data::RetentionRule;
use crate::law::{Applied, Law};
use crate::terms::{Cites, Keep, Within};
use crate::time::{anniversary, plus_days};
use crate::verdict::{Basis, Cited, Verdict, applied};
use crate::vocab::{Ground, vocab};

/// What must be known of a recording to say how long it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionFacts {
    /// Day the recording ended, from which its term runs.
    #[serde(deserialize_with = "crate::time::day")]
    pub recorded_on: Date,
    /// Day of the act, whose law governs; the day of the recording when missing.
    #[serde(default, deserialize_with = "crate::time::maybe_day")]
    pub acted_on: Option<Date>,
    #[serde(default)]
    pub grounds: BTreeSet<Ground>,
    /// Somebody has looked at it and given its grounds, even if there are none.
    #[serde(default = "yes")]
    pub classified: bool,
    /// Term of the case file, once it is set.
    #[serde(default)]
    pub case_term: Option<CaseTerm>,
    /// Checklist rows it shows, where the list has a storage term of its own.
    #[serde(default)]
    pub rows: BTreeSet<String>,
    /// Day the case was closed: filing is due a period after it, where the text says so.
    #[serde(default, deserialize_with = "crate::time::maybe_day")]
    pub case_closed_on: Option<Date>,
    /// Day its ground was given: where a disc is owed, it is due a period after it.
    #[serde(default, deserialize_with = "crate::time::maybe_day")]
    pub ground_given_on: Option<Date>,
    /// Day its disc was burned or last checked.
    #[serde(default, deserialize_with = "crate::time::maybe_day")]
    pub disc_checked_on: Option<Date>,
}

fn yes() -> bool {
    true
}

impl RetentionFacts {
    #[must_use]
    pub fn of(recorded_on: Date, grounds: impl IntoIterator<Item = Ground>) -> RetentionFacts {
        RetentionFacts {
            recorded_on,
            acted_on: None,
            grounds: grounds.into_iter().collect(),
            classified: true,
            case_term: None,
            rows: BTreeSet::new(),
            case_closed_on: None,
            ground_given_on: None,
            disc_checked_on: None,
        }
    }
}

/// 案卷保存期限.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CaseTerm {
    /// Last day of the case file's term.
    Until(Date),
    Permanent,
}

/// Until when, ordered from shortest to longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeepUntil {
    /// At least to the end of this day.
    Day(Date),
    /// Nobody can say yet (unclassified, case term missing, text silent): kept.
    Hold,
    LongTerm,
    Forever,
}

vocab! {
    /// Why a recording is held rather than given a term.
    HoldReason {
        Unclassified = "unclassified",
        CaseTermMissing = "case_term_missing",
        NoRule = "no_rule",
    }
}

/// One applicable rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    pub ground: Ground,
    /// Checklist row the term comes from, where it is not an article.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub row: Option<String>,
    pub keep: Keeping,
    pub until: KeepUntil,
    pub cited: Cited,
    pub disc: bool,
}

vocab! {
    /// The kind of term, for lists and labels.
    Keeping {
        Days = "days",
        Months = "months",
        Years = "years",
        CaseFile = "case_file",
        LongTerm = "long_term",
        Forever = "forever",
        Hold = "hold",
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Retention {
    /// `years`, `case_file`, `long_term`, `forever` or `hold`.
    pub keep: Keeping,
    /// Last day of the floor; `None` for everything without an end.
    pub until: Option<Date>,
    /// First day on which a disposal decision could be considered at all.
    pub eligible_from: Option<Date>,
    pub hold: Option<HoldReason>,
    /// A verified disc or similar medium is owed.
    pub disc: bool,
    /// The longest dated floor among the reasons, also when it is held.
    pub floor: Option<Date>,
    /// Last day for burning it.
    pub disc_due: Option<Date>,
    /// Day of the disc's next check.
    pub disc_check_due: Option<Date>,
    /// Last day for filing text and recordings as a case file, and the day to remind of it.
    pub filing_due: Option<Date>,
    pub filing_reminder: Option<Date>,
    pub reasons: Vec<Reason>,
}

/// 保存期限: all applicable grounds of all regulations of the stack; the longest wins and every
/// applicable article is cited. Nothing applicable, unclassified, or a case term nobody has set:
/// held. Reaching the floor disposes of nothing (see [`crate::disposal`]).
#[must_use]
pub fn retention(laws: &[&Law], facts: &RetentionFacts, calendar: &Calendar) -> Verdict<Retention> {
    let mut basis = Basis::default();
    let mut reasons = Vec::new();
    for applied in applied(laws, facts.acted_on.unwrap_or(facts.recorded_on)) {
        for rule in &applied.version.rules.retention {
            if matches(rule.ground, &facts.grounds) {
                basis.cite(&applied, &rule.article);
                reasons.push(reason(&applied, rule, facts));
            } else {
                would_change(rule, facts, &mut basis);
            }
        }
        rows(&applied, facts, &mut reasons, &mut basis);
    }
    let longest = reasons.iter().max_by_key(|reason| reason.until);
    let (mut until, mut keep) = longest.map_or((KeepUntil::Hold, Keeping::Hold), |reason| (reason.until, reason.keep));
    if until == KeepUntil::Forever {
        keep = Keeping::Forever;
    }
    let mut hold = None;
    if !facts.classified && until < KeepUntil::LongTerm {
        (until, keep, hold) = (KeepUntil::Hold, Keeping::Hold, Some(HoldReason::Unclassified));
        basis.own("retention.unclassified_hold");
        basis.change("classified", "true", "term");
    } else if longest.is_none() {
        hold = Some(HoldReason::NoRule);
        basis.own("retention.unclassified_hold");
    } else if until == KeepUntil::Hold {
        (keep, hold) = (Keeping::Hold, Some(HoldReason::CaseTermMissing));
        basis.own("retention.case_term_hold");
        basis.change("case_term", "?", "case_file");
    }
    let floor = reasons.iter().filter_map(|reason| day_of(reason.until)).max();
    let until_day = day_of(until);
    let disc = reasons.iter().any(|reason| reason.disc);
    let (disc_due, disc_check_due) = if disc { disc_care(laws, facts, &mut basis) } else { (None, None) };
    let (filing_due, filing_reminder) = filing(laws, facts, calendar, &mut basis);
    let answer = Retention {
        keep,
        until: until_day,
        eligible_from: until_day.map(|day| plus_days(day, 1)),
        hold,
        disc,
        disc_due,
        disc_check_due,
        floor,
        filing_due,
        filing_reminder,
        reasons,
    };
    basis.verdict(answer)
}

/// 光盘: by when it is burned after its ground was given, and when it is looked at next; both periods are ours.
fn disc_care(laws: &[&Law], facts: &RetentionFacts, basis: &mut Basis) -> (Option<Date>, Option<Date>) {
    let defaults = applied(laws, facts.acted_on.unwrap_or(facts.recorded_on))
        .into_iter()
        .map(|applied| &applied.law.defaults.disc);
    let (due_days, check_years): (Vec<u32>, Vec<u32>) =
        defaults.map(|disc| (disc.long_term_due_days, disc.check_interval_years)).unzip();
    let given = facts.ground_given_on.filter(|_| facts.disc_checked_on.is_none());
    let due = given.zip(due_days.into_iter().min()).map(|(day, days)| plus_days(day, i64::from(days)));
    let next = facts.disc_checked_on.zip(check_years.into_iter().min());
    let next = next.map(|(day, years)| anniversary(day, years, 0));
    if due.is_some() {
        basis.own("disc.long_term_due_days");
    }
    if next.is_some() {
        basis.own("disc.check_interval_years");
    }
    (due, next)
}

/// 归档期限: calendar days after the closing of the case, that day not counted, moved off a day of rest only where the agency
/// reads it so; and the day to remind.
fn filing(
    laws: &[&Law],
    facts: &RetentionFacts,
    calendar: &Calendar,
    basis: &mut Basis,
) -> (Option<Date>, Option<Date>) {
    let Some(closed_on) = facts.case_closed_on else { return (None, None) };
    let (mut due, mut reminder): (Option<Date>, Option<Date>) = (None, None);
    for applied in applied(laws, closed_on) {
        let Some(rule) = &applied.version.rules.filing else { continue };
        let Within::Days(days) = rule.within else { continue };
        let defaults = &applied.law.defaults.filing;
        basis.cite(&applied, &rule.article);
        basis.own("filing.roll_to_workday");
        basis.own("filing.reminder_day");
        let mut day = plus_days(closed_on, i64::from(days));
        if defaults.roll_to_workday && !calendar.day(day).working {
            let (rolled, known) = calendar.working_days_after(day, 1);
            day = rolled;
            if !known {
                basis.note("calendar_missing", Some(day.year().to_string()));
            }
        }
        let remind = plus_days(closed_on, i64::from(defaults.reminder_day));
        due = Some(due.map_or(day, |other| other.min(day)));
        reminder = Some(reminder.map_or(remind, |other| other.min(remind)));
    }
    (due, reminder)
}

fn day_of(until: KeepUntil) -> Option<Date> {
    match until {
        KeepUntil::Day(day) => Some(day),
        _ => None,
    }
}

/// A major sudden incident is also a sudden incident; every recording has ground `any`.
fn matches(ground: Ground, grounds: &BTreeSet<Ground>) -> bool {
    match ground {
        Ground::Any => true,
        Ground::SuddenIncident => {
            grounds.contains(&Ground::SuddenIncident) || grounds.contains(&Ground::MajorSuddenIncident)
        }
        Ground::Evidence => {
            // Evidence for a decision or in a major case is evidence.
            [Ground::Evidence, Ground::DecisionEvidence, Ground::MajorCaseEvidence]
                .iter()
                .any(|ground| grounds.contains(ground))
        }
        ground => grounds.contains(&ground),
    }
}

fn reason(applied: &Applied, rule: &RetentionRule, facts: &RetentionFacts) -> Reason {
    let cite = rule.article.0.last().map_or("", String::as_str);
    Reason {
        ground: rule.ground,
        row: None,
        keep: keeping(rule.keep),
        until: counted(rule.keep, facts),
        cited: applied.cited(cite),
        disc: rule.disc,
    }
}

fn rows(applied: &Applied, facts: &RetentionFacts, reasons: &mut Vec<Reason>, basis: &mut Basis) {
    let Some(checklist) = &applied.version.checklist else {
        return;
    };
    for row in checklist.rows.iter().filter(|row| facts.rows.contains(&row.id)) {
        let Some(keep) = row.keep else { continue };
        basis.cite(applied, &Cites(vec![row.cite()]));
        reasons.push(Reason {
            ground: Ground::Any,
            row: Some(row.id.clone()),
            keep: keeping(keep),
            until: counted(keep, facts),
            cited: applied.cited(&row.cite()),
            disc: false,
        });
    }
}

fn keeping(keep: Keep) -> Keeping {
    match keep {
        Keep::Days(_) => Keeping::Days,
        Keep::Months(_) => Keeping::Months,
        Keep::Years(_) => Keeping::Years,
        Keep::CaseFile => Keeping::CaseFile,
        Keep::LongTerm => Keeping::LongTerm,
        Keep::Forever => Keeping::Forever,
    }
}

/// A term counted from the end of the recording. The case file's term is its own; unset, it holds.
fn counted(keep: Keep, facts: &RetentionFacts) -> KeepUntil {
    match keep {
        Keep::Days(days) => KeepUntil::Day(plus_days(facts.recorded_on, i64::from(days))),
        Keep::Months(months) => KeepUntil::Day(anniversary(facts.recorded_on, 0, months)),
        Keep::Years(years) => KeepUntil::Day(anniversary(facts.recorded_on, years, 0)),
        Keep::CaseFile => match facts.case_term {
            Some(CaseTerm::Until(day)) => KeepUntil::Day(day),
            Some(CaseTerm::Permanent) => KeepUntil::Forever,
            None => KeepUntil::Hold,
        },
        Keep::LongTerm => KeepUntil::LongTerm,
        Keep::Forever => KeepUntil::Forever,
    }
}

/// A rule that does not apply, and the ground that would make it apply.
fn would_change(rule: &RetentionRule, facts: &RetentionFacts, basis: &mut Basis) {
    if !facts.grounds.contains(&rule.ground) {
        basis.change("grounds", rule.ground.code(), keeping(rule.keep).code());
    }
}
