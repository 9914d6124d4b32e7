//! What comes with an act: inspection, circumstances, who signed. Checked here, kept in the step as it was given.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tiezheng_rules::vocab::PreCheckItem;
use utoipa::ToSchema;

use crate::error::{Problem, Result};
use crate::field::{self, CODE_MOST, NAME_MOST, REASON_MOST, TITLE_MOST};

/// How a device looked to whoever took it back.
pub const CONDITIONS: [&str; 4] = ["good", "worn", "damaged", "unusable"];
/// Why a device no longer meets what is asked of it.
pub const CAUSES: [&str; 3] = ["failed_conformity", "age", "repeated_faults"];
const LIST_MOST: usize = 100;
/// A drawn signature, characters.
const STROKES_MOST: usize = 20_000;

/// Details of an act. Which are needed is the act's affair; what is given is kept.
#[derive(Clone, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Detail {
    /// 使用前检查: result of each item looked at.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub checks: BTreeMap<String, bool>,
    /// Why the check had to be left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urgent_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub battery_percent: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_minutes: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_error_ms: Option<i64>,
    /// good, worn, damaged, unusable
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appearance: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accessories: Option<Vec<String>>,
    /// 资料已移交: nothing is left on it that is not in the vault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_handed_in: Option<bool>,
    /// Files that are on it only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files_left: Option<i64>,
    /// End of the shift it is taken for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_ms: Option<i64>,
    /// Of a return: in_store or issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// 故障.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// 擅自拆装、更换 was found or reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unauthorised_disassembly: Option<bool>,
    /// Who repairs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub firm: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_fen: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<Vec<String>>,
    /// Of a repair: repaired or irreparable; of upkeep: in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// What was done for its upkeep.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub works: Option<Vec<String>>,
    /// failed_conformity, age, repeated_faults
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// When and where it was lost, stolen or damaged, and how.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub happened_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub circumstances: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub police_report_no: Option<String>,
    /// Recordings that may be lost with it; an empty list says: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recordings_at_risk: Option<Vec<String>>,
}

/// Whoever received or gave back a device, by his own hand.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    pub name: String,
    /// A drawn signature, as an SVG path; without it the name was typed.
    pub strokes: Option<String>,
}

impl Detail {
    /// # Errors
    /// `field.*` of the first field that cannot be.
    pub fn checked(&self) -> Result<()> {
        for (name, text, most) in [
            ("urgent_reason", &self.urgent_reason, REASON_MOST),
            ("appearance", &self.appearance, TITLE_MOST),
            ("reason", &self.reason, REASON_MOST),
            ("document", &self.document, TITLE_MOST),
            ("fault", &self.fault, REASON_MOST),
            ("firm", &self.firm, NAME_MOST),
            ("result", &self.result, TITLE_MOST),
            ("place", &self.place, TITLE_MOST),
            ("circumstances", &self.circumstances, REASON_MOST),
            ("police_report_no", &self.police_report_no, CODE_MOST),
        ] {
            field::optional(name, text.as_deref(), most)?;
        }
        for (name, list) in [
            ("accessories", &self.accessories),
            ("parts", &self.parts),
            ("works", &self.works),
            ("recordings_at_risk", &self.recordings_at_risk),
        ] {
            texts(name, list.as_deref().unwrap_or_default())?;
        }
        for (name, number, most) in [
            ("battery_percent", self.battery_percent, 100),
            ("free_minutes", self.free_minutes, 10_000_000),
            ("files_left", self.files_left, 1_000_000),
            ("cost_fen", self.cost_fen, 1_000_000_000_000),
        ] {
            if number.is_some_and(|number| !(0..=most).contains(&number)) {
                return Err(Problem::invalid(name, "field.number").with("least", 0).with("most", most));
            }
        }
        field::filter("condition", self.condition.as_deref(), &CONDITIONS)?;
        field::filter("cause", self.cause.as_deref(), &CAUSES)?;
        field::filter("to", self.to.as_deref(), &["in_store", "issued"])?;
        for at in [("due_ms", self.due_ms), ("happened_ms", self.happened_ms)] {
            at.1.map(|ms| field::time(at.0, ms)).transpose()?;
        }
        self.results().map(drop)
    }

    /// The items of the pre-use check by their words.
    pub fn results(&self) -> Result<BTreeMap<PreCheckItem, bool>> {
        let word = |(word, good): (&String, &bool)| match PreCheckItem::from_code(word) {
            Some(item) => Ok((item, *good)),
            None => {
                let allowed: Vec<&str> = PreCheckItem::ALL.iter().map(|item| item.code()).collect();
                field::word("checks", word, &allowed).map(|()| (PreCheckItem::NoFault, *good))
            }
        };
        self.checks.iter().map(word).collect()
    }

    /// The common details of a bulk act with those of one device laid over them.
    pub fn with(&self, own: Option<&Detail>) -> Detail {
        let (Ok(mut all), Some(Ok(own))) = (serde_json::to_value(self), own.map(serde_json::to_value)) else {
            return self.clone();
        };
        if let (Some(all), Some(own)) = (all.as_object_mut(), own.as_object()) {
            all.extend(own.clone());
        }
        serde_json::from_value(all).unwrap_or_else(|_| self.clone())
    }
}

/// A list of short texts.
pub fn texts(name: &str, list: &[String]) -> Result<()> {
    if list.len() > LIST_MOST {
        return Err(Problem::invalid(name, "field.too_many").with("most", LIST_MOST));
    }
    list.iter().try_for_each(|text| field::text(name, text, TITLE_MOST).map(drop))
}

/// Whether a text was given at all.
pub fn given(text: Option<&str>) -> bool {
    text.is_some_and(|text| !text.trim().is_empty())
}

pub fn required(name: &str, text: Option<&str>) -> Result<()> {
    if given(text) { Ok(()) } else { Err(Problem::invalid(name, "field.required")) }
}

impl Signature {
    pub fn told(&self, now: i64) -> Result<serde_json::Value> {
        let name = field::text("signature", &self.name, NAME_MOST)?;
        if self.strokes.as_ref().is_some_and(|strokes| strokes.len() > STROKES_MOST || !strokes.is_ascii()) {
            return Err(Problem::invalid("signature", "field.too_long").with("most", STROKES_MOST));
        }
        Ok(serde_json::json!({"name": name, "at_ms": now, "typed": self.strokes.is_none(), "strokes": self.strokes}))
    }
}
