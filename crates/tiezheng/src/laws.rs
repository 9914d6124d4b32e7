//! The regulations of this installation: the five that are shipped and what the agency keeps in `DATA/regulations`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tiezheng_rules::time::When;
use tiezheng_rules::{Calendar, Law, UploadFacts, UploadState, upload_status};
use utoipa::ToSchema;

use crate::error::{Problem, Result};

pub struct Laws {
    by_id: BTreeMap<String, Law>,
    calendar: Calendar,
}

/// 移交: was the recording handed in in time, and by which articles.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HandIn {
    /// on_time, extended, late, pending, no_rule
    pub status: String,
    pub due_ms: Option<i64>,
    #[schema(value_type = Vec<Object>)]
    pub articles: Vec<serde_json::Value>,
    /// Part of the answer is ours and not the text's.
    pub default: bool,
    /// The regulation had lapsed at the time of the act: the verdict is internal practice, not law.
    pub lapsed: bool,
}

impl Laws {
    /// Reads every folder below `DATA/regulations`; a wrong one refuses to start and says where it is wrong.
    pub fn open(data: &Path) -> Result<Laws> {
        let mut by_id: BTreeMap<String, Law> =
            tiezheng_rules::shipped::shipped().iter().map(|law| (law.id.clone(), law.clone())).collect();
        let folder = data.join("regulations");
        if folder.is_dir() {
            for entry in std::fs::read_dir(&folder)? {
                let entry = entry?;
                if !entry.file_type()?.is_dir() {
                    continue;
                }
                let law = read_folder(&entry.path())?;
                by_id.insert(law.id.clone(), law);
            }
        }
        Ok(Laws { by_id, calendar: tiezheng_rules::shipped::calendar().clone() })
    }

    pub fn knows(&self, profile: &str) -> bool {
        self.by_id.contains_key(profile)
    }

    pub fn ids(&self) -> Vec<&str> {
        self.by_id.keys().map(String::as_str).collect()
    }

    pub fn all(&self) -> impl Iterator<Item = &Law> {
        self.by_id.values()
    }

    pub fn get(&self, profile: &str) -> Option<&Law> {
        self.by_id.get(profile)
    }

    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// 移交期限 of a recording that ended at `ended_ms` and whose last byte came at `received_ms`.
    pub fn hand_in(&self, profile: &str, ended_ms: i64, activity_ended_ms: Option<i64>, received_ms: i64) -> HandIn {
        let laws: Vec<&Law> = self.by_id.get(profile).into_iter().collect();
        let mut facts = UploadFacts::ended(ended_ms);
        facts.activity_ended = activity_ended_ms.filter(|end| *end >= ended_ms).map(When);
        let verdict = upload_status(&laws, &facts, &self.calendar, Some(received_ms), received_ms);
        let status = match verdict.verdict.state {
            UploadState::OnTime => "on_time",
            UploadState::Extended => "extended",
            UploadState::Late => "late",
            UploadState::Open | UploadState::AwaitingReturn => "pending",
            UploadState::NoDeadline => "no_rule",
        };
        // A lapsed text is followed as practice: its articles are shown, as reference only (requirements §2.2).
        let cited = if verdict.lapsed { &verdict.reference } else { &verdict.articles };
        HandIn {
            status: status.into(),
            due_ms: verdict.verdict.deadline.as_ref().map(|deadline| deadline.due_ms),
            lapsed: verdict.lapsed,
            articles: cited.iter().filter_map(|cited| serde_json::to_value(cited).ok()).collect(),
            default: verdict.default,
        }
    }
}

fn read_folder(folder: &Path) -> Result<Law> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            files.push((path.display().to_string(), std::fs::read_to_string(&path)?));
        }
    }
    let borrowed: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    Law::parse(&borrowed).map_err(|faults| {
        Problem::refused(422, "regulation.invalid")
            .with("folder", folder.display().to_string())
            .with("faults", serde_json::to_value(&faults).unwrap_or_default())
    })
}
