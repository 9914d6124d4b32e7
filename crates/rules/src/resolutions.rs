//! 解释性配置: where a text is ambiguous, what was found and how we read it. Shown with every verdict
//! that rests on it; changeable with a decision number where a setting exists.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::data::Rules;
use crate::fault::Fault;
use crate::terms::Within;

/// One ambiguity and its resolution, in `regulations/resolutions.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolution {
    /// Catalogue number, `T-05`.
    pub id: String,
    /// Profiles it concerns; empty for all.
    #[serde(default)]
    pub profiles: Vec<String>,
    pub finding_zh: String,
    pub finding_en: String,
    pub reading_zh: String,
    pub reading_en: String,
    /// Dotted key of the own default an agency can change.
    #[serde(default)]
    pub setting: Option<String>,
    /// Values that key takes.
    #[serde(default)]
    pub choices: Vec<String>,
    /// Or the least and the most, where it takes a number.
    #[serde(default)]
    pub number: Option<[i64; 2]>,
    /// What answers it where no rule can: the room that does.
    #[serde(default)]
    pub elsewhere: Option<String>,
    /// Provisions it touches, by regulation: `17`, `8(5)`, `R10`; a number stands for its items too.
    #[serde(default)]
    pub articles: BTreeMap<String, Vec<String>>,
}

impl Resolution {
    #[must_use]
    pub fn concerns(&self, profile: &str) -> bool {
        self.profiles.is_empty() || self.profiles.iter().any(|other| other == profile)
    }

    /// Whether it touches a provision of a regulation.
    #[must_use]
    pub fn touches(&self, profile: &str, no: &str) -> bool {
        let numbers = self.articles.get(profile).into_iter().flatten();
        numbers.into_iter().any(|number| {
            let rest = no.strip_prefix(number.as_str());
            rest.is_some_and(|rest| number.ends_with(')') || !rest.starts_with(|c: char| c.is_ascii_digit()))
        })
    }

    /// The key of the setting and the value it would take, where this version leaves the reading open and the reading is
    /// one of those offered. The text's own word is nothing to choose.
    ///
    /// # Errors
    /// `resolution_without_choice`, `reading_not_offered` (with `allowed`).
    pub fn reading(&self, rules: &Rules, wanted: &str) -> Result<(&str, Value), Fault> {
        let open = self.setting.as_deref().filter(|setting| is_open(rules, setting));
        let Some(setting) = open else {
            return Err(Fault::new("", "resolution_without_choice").with("resolution", &self.id));
        };
        let value = match self.number {
            Some([least, most]) => wanted.parse::<i64>().ok().filter(|n| (least..=most).contains(n)).map(Value::from),
            None => self.choices.iter().find(|choice| *choice == wanted).map(|choice| match choice.as_str() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                word => Value::from(word),
            }),
        };
        let allowed = match self.number {
            Some([least, most]) => format!("{least}–{most}"),
            None => self.choices.join(", "),
        };
        let refused = Fault::new("", "reading_not_offered").with("resolution", &self.id).with("found", wanted);
        value.map(|value| (setting, value)).ok_or(refused.with("allowed", allowed))
    }
}

/// Whether a version leaves to the agency what a setting decides.
fn is_open(rules: &Rules, setting: &str) -> bool {
    match setting {
        "upload.clock_start" => rules.upload.as_ref().is_some_and(|upload| upload.clock_start.is_none()),
        "upload.first_moment_min_hours" => {
            rules.upload.as_ref().is_some_and(|upload| upload.within == Within::FirstMoment)
        }
        _ => true,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    resolution: Vec<Resolution>,
}

/// Reads a list of resolutions.
///
/// # Errors
/// What is wrong in the file, with its place.
pub fn parse_resolutions(file: &str, text: &str) -> Result<Vec<Resolution>, Vec<crate::Fault>> {
    let mut faults = Vec::new();
    match crate::parse::typed::<File>(file, text, &mut faults) {
        Some(file) => Ok(file.resolution),
        None => Err(faults),
    }
}
