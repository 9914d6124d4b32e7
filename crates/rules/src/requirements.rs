//! What answers a requirement in this product today, said honestly: `regulations/requirements.toml`.

use serde::{Deserialize, Serialize};

use crate::vocab::vocab;

vocab! {
    Built {
        Built = "built",
        Partly = "partly",
        /// The rule answers; no room keeps the records it would need.
        VerdictOnly = "verdict_only",
        NotYet = "not_yet",
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// `MGT-03`.
    pub id: String,
    pub zh: String,
    pub en: String,
    pub state: Built,
    /// Address of the page, where there is one.
    #[serde(default)]
    pub page: Option<String>,
    /// Keys of the counts that tell how it stands today.
    #[serde(default)]
    pub figures: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    requirement: Vec<Requirement>,
}

/// Reads the list.
///
/// # Errors
/// What is wrong in the file, with its place.
pub fn parse_requirements(file: &str, text: &str) -> Result<Vec<Requirement>, Vec<crate::Fault>> {
    let mut faults = Vec::new();
    match crate::parse::typed::<File>(file, text, &mut faults) {
        Some(file) => Ok(file.requirement),
        None => Err(faults),
    }
}
