//! 移交期限: until when a recording must be handed in, and whether it was.

use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::data::{ExtensionRule, UploadRule};
use crate::law::{Applied, Force, Law};
use crate::terms::Within;
use crate::time::{HOUR_MS, When, acted_at, day_ends_ms, legal_day, plus_days};
use crate::verdict::{Basis, Verdict, applied};
use crate::vocab::{Circumstance, ClockStart, Exclusion, Role, vocab};

/// What must be known of a recording to say until when it is handed in. Times are drift-corrected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UploadFacts {
    #[serde(default)]
    pub recorded_from: Option<When>,
    /// End of the recording; of a device-split series, of its last part.
    pub recorded_to: When,
    /// Begin of the enforcement activity it belongs to: its law governs the hand-in.
    #[serde(default)]
    pub activity_began: Option<When>,
    /// End of the enforcement activity it belongs to.
    #[serde(default)]
    pub activity_ended: Option<When>,
    /// End of the officer's last activity of that day; the activity's end when missing.
    #[serde(default)]
    pub day_ended: Option<When>,
    /// Declared reason for a later hand-in.
    #[serde(default)]
    pub circumstance: Option<Circumstance>,
    /// The circumstance is put into words.
    #[serde(default)]
    pub described: bool,
    /// "确实不能及时移交"; assumed where a circumstance is declared.
    #[serde(default = "yes")]
    pub could_not_hand_in: bool,
    /// When it was declared; in time when missing.
    #[serde(default)]
    pub declared_at: Option<When>,
    #[serde(default)]
    pub expected_return: Option<When>,
    #[serde(default)]
    pub returned_at: Option<When>,
    /// When the person the regulation names consented.
    #[serde(default)]
    pub consent_at: Option<When>,
    /// 现场发生纠纷冲突.
    #[serde(default)]
    pub conflict: bool,
    /// 突发事件.
    #[serde(default)]
    pub sudden_incident: bool,
}

fn yes() -> bool {
    true
}

impl UploadFacts {
    /// A recording of which only its end is known.
    #[must_use]
    pub fn ended(recorded_to_ms: i64) -> UploadFacts {
        UploadFacts {
            recorded_from: None,
            recorded_to: When(recorded_to_ms),
            activity_began: None,
            activity_ended: None,
            day_ended: None,
            circumstance: None,
            described: false,
            could_not_hand_in: true,
            declared_at: None,
            expected_return: None,
            returned_at: None,
            consent_at: None,
            conflict: false,
            sudden_incident: false,
        }
    }

    /// The moment whose law governs: the act itself, never the hand-in.
    #[must_use]
    pub fn acted_at(&self) -> When {
        let ms = |at: When| at.0;
        When(acted_at(self.activity_began.map(ms), self.recorded_from.map(ms), self.recorded_to.0))
    }
}

vocab! {
    /// What became of the extension.
    ExtensionState {
        /// Neither asked for nor provided.
        None = "none",
        Granted = "granted",
        /// Granted, and the officer has not returned yet: the date is provisional.
        AwaitingReturn = "awaiting_return",
        /// Asked for, and this regulation knows none.
        NotProvided = "not_provided",
        /// Another circumstance than the ones the article names.
        CircumstanceNotNamed = "circumstance_not_named",
        /// "特殊情况" says nothing by itself: it must be described.
        Undescribed = "undescribed",
        ConsentMissing = "consent_missing",
        /// Consent or declaration came after the base period had run out: kept on record, no effect.
        TooLate = "too_late",
        /// Conflict or sudden incident: never extended.
        Excluded = "excluded",
        /// Neither an expected nor an actual return is known.
        ReturnMissing = "return_missing",
        /// Handing in was possible.
        WasPossible = "was_possible",
    }
}

/// 移交期限.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deadline {
    /// Inclusive: complete at this very millisecond is on time. UTC milliseconds.
    pub due_ms: i64,
    pub due: When,
    /// The deadline without any extension.
    pub base_due_ms: i64,
    pub clock_start: ClockStart,
    pub clock_start_ms: i64,
    pub extension: ExtensionState,
    /// When to remind, both times ours.
    pub reminders: Vec<When>,
    /// Whose consent the extension needs, where it needs one.
    pub consent_of: Option<Role>,
    /// `upload.extension.excluded` and the like, when an extension asked for was refused.
    pub refused: Option<String>,
}

/// 移交期限: for every regulation of the stack its own deadline; the earliest binds, all are cited.
/// No regulation speaks of hand-in, or none had begun: `None`, and nobody can be late.
#[must_use]
pub fn upload_deadline(laws: &[&Law], facts: &UploadFacts, calendar: &Calendar) -> Verdict<Option<Deadline>> {
    let mut basis = Basis::default();
    let mut earliest: Option<Deadline> = None;
    for applied in applied(laws, facts.acted_at().day()) {
        let Some(rule) = &applied.version.rules.upload else {
            continue;
        };
        // A duty that nobody had yet; what the earlier text said is not ours to guess (VAL-06).
        if applied.force == Force::Before {
            basis.not_yet(&applied);
            continue;
        }
        let mut own = Basis::default();
        let mut deadline = one(&applied, rule, facts, calendar, &mut own);
        basis.join(own);
        deadline.reminders = reminders(&applied, &deadline);
        if earliest.as_ref().is_none_or(|other| deadline.due_ms < other.due_ms) {
            earliest = Some(deadline);
        }
    }
    basis.verdict(earliest)
}

fn one(applied: &Applied, rule: &UploadRule, facts: &UploadFacts, calendar: &Calendar, basis: &mut Basis) -> Deadline {
    basis.cite(applied, &rule.article);
    let (clock_start, start) = clock(applied, rule.clock_start, facts, basis);
    let base_due = due(applied, rule.within, start, calendar, basis);
    let mut deadline = Deadline {
        due_ms: base_due,
        due: When(base_due),
        base_due_ms: base_due,
        clock_start,
        clock_start_ms: start,
        extension: ExtensionState::None,
        reminders: Vec::new(),
        consent_of: rule.extension.as_ref().and_then(|extension| extension.consent),
        refused: None,
    };
    let asked = facts.circumstance.is_some() || facts.consent_at.is_some();
    let Some(extension) = &rule.extension else {
        if asked {
            deadline.extension = ExtensionState::NotProvided;
            deadline.refused = Some("upload.extension.not_provided".to_owned());
        }
        return deadline;
    };
    hint(extension, asked, facts, basis);
    if asked {
        basis.cite(applied, &extension.article);
        match extended(applied, extension, facts, start, base_due, calendar, basis) {
            Ok((state, extended_due)) => {
                // An extension never shortens the base period.
                deadline.due_ms = extended_due.max(base_due);
                deadline.extension = state;
            }
            Err(state) => {
                deadline.extension = state;
                deadline.refused = Some(format!("upload.extension.{}", state.code()));
            }
        }
        deadline.due = When(deadline.due_ms);
    }
    deadline
}

/// At a share of the period, and some hours before its end. No `own`: a reminder is no part of the deadline.
fn reminders(applied: &Applied, deadline: &Deadline) -> Vec<When> {
    let defaults = &applied.law.defaults.upload;
    let period = deadline.due_ms.saturating_sub(deadline.clock_start_ms);
    let share = deadline.clock_start_ms + period / 100 * i64::from(defaults.reminder_percent.min(100));
    let last = deadline.due_ms - i64::from(defaults.reminder_hours_before) * HOUR_MS;
    let mut times: Vec<When> = [share, last].into_iter().filter(|at| *at > deadline.clock_start_ms).map(When).collect();
    times.sort_unstable_by_key(|at| at.0);
    times
}

/// From when the period runs. A missing fact falls back to the earlier event, which is the stricter.
fn clock(applied: &Applied, stated: Option<ClockStart>, facts: &UploadFacts, basis: &mut Basis) -> (ClockStart, i64) {
    let clock_start = stated.unwrap_or_else(|| {
        basis.own("upload.clock_start");
        applied.law.defaults.upload.clock_start
    });
    let start = match clock_start {
        ClockStart::RecordingEnd | ClockStart::Return => facts.recorded_to,
        ClockStart::ActivityEnd => facts.activity_ended.unwrap_or_else(|| {
            basis.change("activity_ended", "?", "later");
            facts.recorded_to
        }),
        ClockStart::DayEnd => facts.day_ended.or(facts.activity_ended).unwrap_or(facts.recorded_to),
    };
    // No deadline precedes the recording it is about, whatever the facts claim.
    let start = match clock_start {
        ClockStart::ActivityEnd | ClockStart::DayEnd => start.max(facts.recorded_to),
        _ => start,
    };
    (clock_start, start.0)
}

fn due(applied: &Applied, within: Within, start: i64, calendar: &Calendar, basis: &mut Basis) -> i64 {
    match within {
        Within::Hours(hours) => start + i64::from(hours) * HOUR_MS,
        // The day it starts on is not counted; the last day runs to 24:00.
        Within::Days(days) => day_ends_ms(plus_days(legal_day(start), i64::from(days))),
        Within::WorkingDays(days) => {
            basis.own("upload.working_day_count");
            let (day, known) = calendar.working_days_after(legal_day(start), days);
            if !known {
                basis.own("calendar.missing");
                basis.note("calendar_missing", Some(day.year().to_string()));
            }
            day_ends_ms(day)
        }
        Within::FirstMoment => {
            basis.own("upload.first_moment");
            let least = i64::from(applied.law.defaults.upload.first_moment_min_hours) * HOUR_MS;
            day_ends_ms(legal_day(start)).max(start + least)
        }
    }
}

/// What would still lengthen the period.
fn hint(extension: &ExtensionRule, asked: bool, facts: &UploadFacts, basis: &mut Basis) {
    if facts.conflict || facts.sudden_incident {
        return;
    }
    if !asked && extension.consent.is_some() {
        basis.change("consent_at", "before base_due", "extended");
    } else if !asked {
        for circumstance in &extension.circumstances {
            basis.change("circumstance", circumstance.code(), "extended");
        }
    }
    for exclusion in &extension.excluded {
        if asked {
            basis.change(exclusion.code(), "true", "excluded");
        }
    }
}

fn extended(
    applied: &Applied,
    rule: &ExtensionRule,
    facts: &UploadFacts,
    start: i64,
    base_due: i64,
    calendar: &Calendar,
    basis: &mut Basis,
) -> Result<(ExtensionState, i64), ExtensionState> {
    let happened = |exclusion: &Exclusion| match exclusion {
        Exclusion::Conflict => facts.conflict,
        Exclusion::SuddenIncident => facts.sudden_incident,
    };
    if rule.excluded.iter().any(happened) {
        return Err(ExtensionState::Excluded);
    }
    // Also where somebody consents: he consents to a special circumstance.
    if !facts.circumstance.as_ref().is_some_and(|circumstance| rule.circumstances.contains(circumstance)) {
        return Err(ExtensionState::CircumstanceNotNamed);
    }
    if !facts.described && facts.circumstance.is_some_and(|circumstance| rule.described.contains(&circumstance)) {
        basis.change("described", "true", "extended");
        return Err(ExtensionState::Undescribed);
    }
    if rule.consent.is_some() {
        match facts.consent_at {
            None => return Err(ExtensionState::ConsentMissing),
            Some(at) if at.0 > base_due => return Err(ExtensionState::TooLate),
            Some(_) => {}
        }
    }
    if !facts.could_not_hand_in {
        return Err(ExtensionState::WasPossible);
    }
    if facts.declared_at.is_some_and(|at| at.0 > base_due) {
        return Err(ExtensionState::TooLate);
    }
    if rule.clock_start != Some(ClockStart::Return) {
        return Ok((ExtensionState::Granted, due(applied, rule.within, start, calendar, basis)));
    }
    match (facts.returned_at, facts.expected_return) {
        (Some(returned), _) => Ok((ExtensionState::Granted, due(applied, rule.within, returned.0, calendar, basis))),
        (None, Some(expected)) => {
            basis.change("returned_at", "?", "due");
            Ok((ExtensionState::AwaitingReturn, due(applied, rule.within, expected.0, calendar, basis)))
        }
        (None, None) => Err(ExtensionState::ReturnMissing),
    }
}

vocab! {
    UploadState {
        /// Not handed in, and still in time.
        Open = "open",
        OnTime = "on_time",
        /// In time thanks to an extension.
        Extended = "extended",
        Late = "late",
        /// Expected back by now, return not recorded: ask, do not accuse.
        AwaitingReturn = "awaiting_return",
        /// No regulation speaks of hand-in.
        NoDeadline = "no_deadline",
    }
}

vocab! {
    /// How a lateness is written down.
    BreachKind {
        /// A suspected breach; a human confirms or dismisses it.
        Suspected = "suspected",
        /// The regulation has expired: practice was not followed, no article was breached.
        InternalDeviation = "internal_deviation",
    }
}

/// Whether a recording was handed in on time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UploadStatus {
    pub state: UploadState,
    pub deadline: Option<Deadline>,
    /// Milliseconds past the deadline; 0 when not late.
    pub late_by_ms: i64,
    pub breach: Option<BreachKind>,
}

/// Classifies a hand-in: `received_ms` is our last byte, `now_ms` counts while it is still missing.
#[must_use]
pub fn upload_status(
    laws: &[&Law],
    facts: &UploadFacts,
    calendar: &Calendar,
    received_ms: Option<i64>,
    now_ms: i64,
) -> Verdict<UploadStatus> {
    let binding = applied(laws, facts.acted_at().day())
        .iter()
        .any(|applied| applied.force.binding() && applied.version.rules.upload.is_some());
    upload_deadline(laws, facts, calendar).map(|deadline| {
        let Some(deadline) = deadline else {
            let state = UploadState::NoDeadline;
            return UploadStatus { state, deadline: None, late_by_ms: 0, breach: None };
        };
        let late_by_ms = received_ms.unwrap_or(now_ms).saturating_sub(deadline.due_ms).max(0);
        let state = match (received_ms, late_by_ms) {
            (_, 1..) if deadline.extension == ExtensionState::AwaitingReturn => UploadState::AwaitingReturn,
            (_, 1..) => UploadState::Late,
            (None, _) => UploadState::Open,
            (Some(at), _) if at > deadline.base_due_ms => UploadState::Extended,
            (Some(_), _) => UploadState::OnTime,
        };
        let breach = (state == UploadState::Late).then_some(if binding {
            BreachKind::Suspected
        } else {
            BreachKind::InternalDeviation
        });
        UploadStatus { state, deadline: Some(deadline), late_by_ms, breach }
    })
}
