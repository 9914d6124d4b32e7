//! 解释性配置: where a text is ambiguous, what was found and how we read it. Shown with every verdict
//! that rests on it; changeable with a decision number where a setting exists.

use serde::{Deserialize, Serialize};

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
    /// What answers it where no rule can: the room that does.
    #[serde(default)]
    pub elsewhere: Option<String>,
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
