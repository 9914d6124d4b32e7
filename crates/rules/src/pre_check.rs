//! 使用前检查: what must be looked at before a device goes out, and whether it may.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::law::Law;
use crate::time::{HOUR_MS, When};
use crate::verdict::{Basis, Verdict, applied};
use crate::vocab::{PreCheckItem, vocab};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreCheckFacts {
    #[serde(deserialize_with = "crate::time::day")]
    pub on: Date,
    /// Result of each item looked at: fine or not.
    #[serde(default)]
    pub results: BTreeMap<PreCheckItem, bool>,
    /// Urgent, with a reason on record.
    #[serde(default)]
    pub urgent_with_reason: bool,
    /// Device clock minus true time, seconds.
    #[serde(default)]
    pub drift_seconds: Option<i64>,
    /// End of the shift the device goes out for.
    #[serde(default)]
    pub shift_ends: Option<When>,
}

vocab! {
    /// 时钟偏差.
    ClockState {
        Fine = "fine",
        /// Off enough to tell somebody.
        Warn = "warn",
        /// So far off that the custodian confirms before deadlines are computed.
        Confirm = "confirm",
    }
}

vocab! {
    Checkout {
        Allowed = "allowed",
        /// Allowed for urgency; the missing check stays on record.
        Override = "override",
        Refused = "refused",
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PreCheck {
    /// The regulation demands the check; otherwise it is offered.
    pub required: bool,
    pub items: Vec<PreCheckItem>,
    pub missing: Vec<PreCheckItem>,
    pub failed: Vec<PreCheckItem>,
    pub checkout: Checkout,
    pub clock: Option<ClockState>,
    /// Latest return of the device.
    pub return_due: Option<When>,
    /// `pre_check.missing` or `pre_check.failed`.
    pub refused: Option<String>,
}

/// Items offered where the text asks for none.
const OFFERED: &[PreCheckItem] =
    &[PreCheckItem::NoFault, PreCheckItem::Battery, PreCheckItem::Storage, PreCheckItem::DateTime];

/// 使用前检查 under the regulations in force on a day.
#[must_use]
pub fn pre_check(laws: &[&Law], facts: &PreCheckFacts) -> Verdict<PreCheck> {
    let mut basis = Basis::default();
    let mut items: Vec<PreCheckItem> = Vec::new();
    for applied in applied(laws, facts.on) {
        let Some(rule) = &applied.version.rules.pre_check else {
            continue;
        };
        basis.cite(&applied, &rule.article);
        items.extend(rule.items.iter().filter(|item| !items.contains(item)).collect::<Vec<_>>());
    }
    let (clock, return_due) = (clock(laws, facts, &mut basis), return_due(laws, facts, &mut basis));
    let required = !items.is_empty();
    if !required {
        basis.own("pre_check.offered");
        items = OFFERED.to_vec();
    }
    let missing: Vec<_> = items.iter().copied().filter(|item| !facts.results.contains_key(item)).collect();
    let failed: Vec<_> = items.iter().copied().filter(|item| facts.results.get(item) == Some(&false)).collect();
    let refused = match (required, failed.is_empty(), missing.is_empty()) {
        (true, false, _) => Some("pre_check.failed"),
        (true, true, false) => Some("pre_check.missing"),
        _ => None,
    };
    let checkout = match refused {
        None => Checkout::Allowed,
        Some("pre_check.missing") if facts.urgent_with_reason => Checkout::Override,
        Some(_) => Checkout::Refused,
    };
    for item in missing.iter().chain(&failed) {
        basis.change(item.code(), "true", "allowed");
    }
    let refused = refused.filter(|_| checkout == Checkout::Refused).map(str::to_owned);
    basis.verdict(PreCheck { required, items, missing, failed, checkout, clock, return_due, refused })
}

/// How far off the device's clock is: the strictest numbers of the stack, which are ours.
fn clock(laws: &[&Law], facts: &PreCheckFacts, basis: &mut Basis) -> Option<ClockState> {
    let off = facts.drift_seconds?.unsigned_abs();
    let clocks = || applied(laws, facts.on).into_iter().map(|applied| &applied.law.defaults.clock);
    let warn = clocks().map(|clock| u64::from(clock.warn_seconds)).min()?;
    let confirm = clocks().map(|clock| u64::from(clock.confirm_minutes) * 60).min()?;
    basis.own("clock.warn_seconds");
    basis.own("clock.confirm_minutes");
    Some(match off {
        off if off > confirm => ClockState::Confirm,
        off if off > warn => ClockState::Warn,
        _ => ClockState::Fine,
    })
}

fn return_due(laws: &[&Law], facts: &PreCheckFacts, basis: &mut Basis) -> Option<When> {
    let ends = facts.shift_ends?;
    let hours =
        applied(laws, facts.on).into_iter().map(|applied| applied.law.defaults.checkout.return_grace_hours).min()?;
    basis.own("checkout.return_grace_hours");
    Some(When(ends.0.saturating_add(i64::from(hours) * HOUR_MS)))
}
