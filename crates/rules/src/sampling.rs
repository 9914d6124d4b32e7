//! 抽查: what a sampling sheet asks, how many recordings are drawn, who may not check.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::law::Law;
use crate::verdict::{Basis, Cited, Verdict, applied};
use crate::vocab::SamplingItem;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SamplingFacts {
    #[serde(deserialize_with = "crate::time::day")]
    pub on: Date,
    /// Recordings of the unit in the period.
    #[serde(default)]
    pub population: u64,
    /// The share the agency has decided, in percent; "一定比例" in the text gives none.
    #[serde(default)]
    pub rate_percent: Option<u32>,
    /// The checker belongs to the checked unit.
    #[serde(default)]
    pub checker_from_unit: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SheetItem {
    pub item: SamplingItem,
    pub cited: Vec<Cited>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// The text orders sampling; otherwise it is offered.
    pub required: bool,
    pub items: Vec<SheetItem>,
    /// How many to draw, rounded up.
    pub draw: Option<u64>,
    pub counts_in_assessment: bool,
    /// `sampling.rate_required`, `sampling.rate_out_of_range`, `sampling.own_unit`.
    pub refused: Option<String>,
}

/// 抽查 under the regulations in force on a day.
#[must_use]
pub fn sampling(laws: &[&Law], facts: &SamplingFacts) -> Verdict<Sampling> {
    let mut basis = Basis::default();
    let mut answer =
        Sampling { required: false, items: Vec::new(), draw: None, counts_in_assessment: false, refused: None };
    let mut rate = facts.rate_percent;
    for applied in applied(laws, facts.on) {
        let rules = &applied.version.rules;
        if let Some(rule) = &rules.sampling {
            answer.required = true;
            answer.counts_in_assessment |= rule.counts_in_assessment;
            rate = rate.max(rule.rate_percent);
            basis.cite(&applied, &rule.article);
            for item in &rule.items {
                basis.cite(&applied, &item.article);
                let cited = item.article.0.iter().map(|cite| applied.cited(cite)).collect();
                answer.items.push(SheetItem { item: item.item, cited });
            }
        } else if let Some(conduct) = rules.statements.iter().find(|item| item.key == "conduct") {
            // No sampling in the text; conduct is graded wherever a rule of conduct stands.
            basis.cite(&applied, &conduct.article);
            let cited = conduct.article.0.iter().map(|cite| applied.cited(cite)).collect();
            answer.items.push(SheetItem { item: SamplingItem::WordingConduct, cited });
        }
    }
    basis.own("sampling.rate_decided");
    match rate {
        None => {
            answer.refused = Some("sampling.rate_required".to_owned());
            basis.change("rate_percent", "?", "draw");
        }
        Some(percent) if !(1..=100).contains(&percent) => {
            answer.refused = Some("sampling.rate_out_of_range".to_owned());
        }
        Some(percent) => {
            let drawn = (u128::from(facts.population) * u128::from(percent)).div_ceil(100);
            answer.draw = u64::try_from(drawn).ok();
        }
    }
    if facts.checker_from_unit {
        answer.refused = Some("sampling.own_unit".to_owned());
        basis.change("checker_from_unit", "false", "draw");
    }
    basis.verdict(answer)
}
