//! 使用年限: how long a device must and should serve, whether it may be retired, what a loss costs.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::defaults::Defaults;
use crate::law::Law;
use crate::time::{anniversary, plus_days};
use crate::verdict::{Basis, Verdict, applied};
use crate::vocab::{DeviceKind, vocab};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceLifeFacts {
    pub kind: DeviceKind,
    #[serde(deserialize_with = "crate::time::day")]
    pub in_use_since: Date,
    #[serde(deserialize_with = "crate::time::day")]
    pub on: Date,
    /// Unusable or damaged, with evidence on file.
    #[serde(default)]
    pub damaged: bool,
    /// Somebody has approved an early retirement.
    #[serde(default)]
    pub approved: bool,
    /// A reason is on record.
    #[serde(default)]
    pub reason_given: bool,
    #[serde(default)]
    pub loss: Option<Loss>,
    /// Day of its last enforcement activity.
    #[serde(default, deserialize_with = "crate::time::maybe_day")]
    pub last_used_on: Option<Date>,
    /// Day it was marked substandard.
    #[serde(default, deserialize_with = "crate::time::maybe_day")]
    pub substandard_since: Option<Date>,
    /// Day its periodic maintenance was due.
    #[serde(default, deserialize_with = "crate::time::maybe_day")]
    pub maintenance_due: Option<Date>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loss {
    /// Original price, in fen.
    pub price_fen: u64,
    /// Through poor custody or misuse.
    pub misuse: bool,
    pub during_enforcement: bool,
}

vocab! {
    LifeStage {
        WithinMinimum = "within_minimum",
        BeforeRange = "before_range",
        InRange = "in_range",
        /// Older than the range: time to renew.
        PastRange = "past_range",
        /// A minimum, and no range for this kind.
        PastMinimum = "past_minimum",
        NoRule = "no_rule",
    }
}

vocab! {
    Retirement {
        Allowed = "allowed",
        /// Allowed with a reason and an approver.
        Deviation = "deviation",
        Refused = "refused",
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceLife {
    pub stage: LifeStage,
    pub minimum_until: Option<Date>,
    pub range_from: Option<Date>,
    /// Last day of the range.
    pub range_until: Option<Date>,
    pub retire: Retirement,
    pub refused: Option<String>,
    /// Used in no activity for so long that it is asked after.
    pub idle: Option<bool>,
    /// Substandard and still in use so long that it is asked after.
    pub replacement_overdue: Option<bool>,
    pub maintenance_overdue: Option<bool>,
    /// Proposed compensation in fen, for a human to decide; never depreciated.
    pub compensation_fen: Option<u64>,
}

/// 使用年限 of a device on a day, by the regulation in force then.
#[must_use]
pub fn service_life(laws: &[&Law], facts: &ServiceLifeFacts) -> Verdict<ServiceLife> {
    let mut basis = Basis::default();
    let mut answer = ServiceLife {
        stage: LifeStage::NoRule,
        minimum_until: None,
        range_from: None,
        range_until: None,
        retire: Retirement::Allowed,
        refused: None,
        idle: None,
        replacement_overdue: None,
        maintenance_overdue: None,
        compensation_fen: None,
    };
    care(laws, facts, &mut answer, &mut basis);
    for applied in applied(laws, facts.on) {
        let Some(rule) = &applied.version.rules.service_life else {
            continue;
        };
        basis.cite(&applied, &rule.article);
        let after = |years| anniversary(facts.in_use_since, years, 0);
        let longest = |day: Option<Date>, other: Date| Some(day.map_or(other, |day| day.max(other)));
        answer.minimum_until = longest(answer.minimum_until, after(rule.minimum_years));
        if let Some(range) = rule.ranges.iter().find(|range| range.kinds.contains(&facts.kind)) {
            basis.cite(&applied, &range.article);
            answer.range_from = longest(answer.range_from, after(range.from_years));
            answer.range_until = longest(answer.range_until, after(range.to_years));
        }
        if facts.damaged {
            basis.cite(&applied, &rule.early_article);
        }
        if let (Some(loss), Some(compensation)) = (&facts.loss, &rule.compensation) {
            let owed = compensation.kinds.contains(&facts.kind) && loss.misuse && loss.during_enforcement;
            if owed {
                basis.cite(&applied, &compensation.article);
                answer.compensation_fen = Some(loss.price_fen);
            }
        }
    }
    answer.stage = stage(&answer, facts.on);
    (answer.retire, answer.refused) = retire(answer.stage, facts, &mut basis);
    basis.verdict(answer)
}

fn stage(answer: &ServiceLife, on: Date) -> LifeStage {
    let Some(minimum) = answer.minimum_until else {
        return LifeStage::NoRule;
    };
    match (answer.range_from, answer.range_until) {
        _ if on < minimum => LifeStage::WithinMinimum,
        (Some(from), _) if on < from => LifeStage::BeforeRange,
        (_, Some(until)) if on <= until => LifeStage::InRange,
        (_, Some(_)) => LifeStage::PastRange,
        _ => LifeStage::PastMinimum,
    }
}

fn retire(stage: LifeStage, facts: &ServiceLifeFacts, basis: &mut Basis) -> (Retirement, Option<String>) {
    match stage {
        LifeStage::WithinMinimum if facts.damaged && facts.approved => (Retirement::Deviation, None),
        LifeStage::WithinMinimum => {
            basis.change("damaged", "true", "deviation");
            basis.change("approved", "true", "deviation");
            (Retirement::Refused, Some("service_life.minimum".to_owned()))
        }
        LifeStage::BeforeRange if facts.reason_given || facts.damaged => (Retirement::Deviation, None),
        LifeStage::BeforeRange => {
            basis.change("reason_given", "true", "deviation");
            (Retirement::Refused, Some("service_life.reason_required".to_owned()))
        }
        _ => (Retirement::Allowed, None),
    }
}

/// What is asked after once a period of ours is over; of several regulations the shortest counts.
fn care(laws: &[&Law], facts: &ServiceLifeFacts, answer: &mut ServiceLife, basis: &mut Basis) {
    let defaults: Vec<_> = applied(laws, facts.on).into_iter().map(|applied| &applied.law.defaults).collect();
    let mut over = |since: Option<Date>, key: &str, days: &dyn Fn(&Defaults) -> u32| {
        let days = defaults.iter().map(|defaults| days(defaults)).min()?;
        let last = plus_days(since?, i64::from(days));
        basis.own(key);
        Some(facts.on > last)
    };
    answer.idle = over(facts.last_used_on, "device.idle_days", &|own| own.device.idle_days);
    let since = facts.substandard_since;
    answer.replacement_overdue = over(since, "device.substandard_open_days", &|own| own.device.substandard_open_days);
    let due = facts.maintenance_due;
    answer.maintenance_overdue = over(due, "maintenance.overdue_grace_days", &|own| own.maintenance.overdue_grace_days);
}
