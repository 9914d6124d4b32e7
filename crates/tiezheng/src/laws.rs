//! The regulations of this installation: the five that are shipped and what the agency keeps in `DATA/regulations`.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tiezheng_rules::defaults::Defaults;
use tiezheng_rules::time::{When, acted_at, legal_day};
use tiezheng_rules::upload::BreachKind;
use tiezheng_rules::{
    Calendar, Fault, Force, Law, UploadFacts, UploadState, check_overlays, shipped, stack, upload_status,
};
use utoipa::ToSchema;

use crate::error::{Problem, Result};
use crate::recordings::extension::Extension;
use crate::regulations::{Decision, adoption, in_force};

/// A folder of regulations holds a handful of small files; more is somebody else's folder.
const FILES_MOST: usize = 200;

pub struct Laws {
    all: Vec<Law>,
    calendar: Calendar,
}

/// Why regulations could not be read: a file, or mistakes in one (with its text, to show the line).
pub enum Unread {
    File(PathBuf, std::io::Error),
    Faults(Vec<Fault>, Option<String>),
}

/// When something was recorded, within which activity, and when it came in: what its law is found by, and its hand-in
/// judged from.
#[derive(Clone, Debug)]
pub struct Handed {
    pub began_ms: Option<i64>,
    pub ended_ms: i64,
    /// Begin and end of its activity. An end before the recording's has not been told right, and is left out.
    pub activity: Option<(i64, Option<i64>)>,
    /// Our last byte.
    pub received_ms: i64,
    /// 延期 and 同意, as entered for it.
    pub extension: Option<Extension>,
}

impl Handed {
    /// The moment whose law governs.
    pub fn at_ms(&self) -> i64 {
        acted_at(self.activity.map(|(began, _)| began), self.began_ms, self.ended_ms)
    }

    /// The day of the act.
    pub fn day(&self) -> Date {
        legal_day(self.at_ms())
    }

    pub fn activity_ended_ms(&self) -> Option<i64> {
        self.activity.and_then(|(_, ended)| ended).filter(|end| *end >= self.ended_ms)
    }

    pub fn facts(&self) -> UploadFacts {
        let mut facts = UploadFacts::ended(self.ended_ms);
        facts.recorded_from = self.began_ms.map(When);
        facts.activity_began = self.activity.map(|(began, _)| When(began));
        facts.activity_ended = self.activity_ended_ms().map(When);
        if let Some(extension) = &self.extension {
            extension.tell(&mut facts);
        }
        facts
    }
}

/// 移交: was the recording handed in in time, and by which articles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HandIn {
    /// on_time, extended, late, internal_deviation (late while no regulation bound), pending, no_rule
    pub status: String,
    pub due_ms: Option<i64>,
    #[schema(value_type = Vec<Object>)]
    pub articles: Vec<serde_json::Value>,
    /// Part of the answer is ours and not the text's.
    pub default: bool,
    /// The regulation had lapsed at the time of the act: the verdict is internal practice, not law.
    pub lapsed: bool,
    /// What became of an extension: none, granted, awaiting_return, too_late, excluded …
    pub extension: String,
}

impl Laws {
    /// Reads every folder below `DATA/regulations`; a wrong one refuses to start and says where it is wrong.
    pub fn open(data: &Path) -> Result<Laws> {
        Ok(Laws { all: read(Some(data))?, calendar: shipped::calendar().clone() })
    }

    pub fn knows(&self, profile: &str) -> bool {
        self.get(profile).is_some()
    }

    pub fn ids(&self) -> Vec<&str> {
        self.all.iter().map(|law| law.id.as_str()).collect()
    }

    pub fn all(&self) -> &[Law] {
        &self.all
    }

    pub fn get(&self, profile: &str) -> Option<&Law> {
        self.all.iter().find(|law| law.id == profile)
    }

    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// A regulation with what it builds on, base first; empty where it is not known here.
    pub fn stack(&self, profile: &str) -> Vec<&Law> {
        stack(&self.all, profile).unwrap_or_default()
    }

    /// The same as an agency has adopted it on a day: its decisions of that day applied.
    pub fn adopted(&self, profile: &str, decisions: &[Decision], day: Date) -> Vec<Cow<'_, Law>> {
        let adopt = |law| as_adopted(law, decisions, day);
        self.stack(profile).into_iter().map(adopt).collect()
    }

    /// The regulations that say something where one of them says it: itself, and those that build on it.
    pub fn resting_on(&self, profile: &str) -> Vec<&str> {
        let rests = |id: &&str| self.stack(id).iter().any(|law| law.id == profile);
        self.ids().into_iter().filter(rests).collect()
    }

    /// 系统默认 as an agency has changed them by a day; ours where its regulation is not known here.
    pub fn defaults(&self, profile: Option<&str>, decisions: &[Decision], day: Date) -> Defaults {
        self.adopted(profile.unwrap_or(""), decisions, day)
            .pop()
            .map_or_else(Defaults::shipped, |law| law.into_owned().defaults)
    }

    /// 移交期限 of a recording: by the version in force, and the readings decided, on the day of the act.
    /// Nobody was bound by anything: no rule.
    pub fn hand_in(&self, profile: Option<&str>, decisions: &[Decision], handed: &Handed) -> HandIn {
        let laws = self.adopted(profile.unwrap_or(""), decisions, handed.day());
        let laws: Vec<&Law> = laws.iter().map(Cow::as_ref).collect();
        let received_ms = handed.received_ms;
        let verdict = upload_status(&laws, &handed.facts(), &self.calendar, Some(received_ms), received_ms);
        let status = match (verdict.verdict.state, verdict.verdict.breach) {
            (UploadState::Late, Some(BreachKind::InternalDeviation)) => "internal_deviation",
            (UploadState::OnTime, _) => "on_time",
            (UploadState::Extended, _) => "extended",
            (UploadState::Late, _) => "late",
            (UploadState::Open | UploadState::AwaitingReturn, _) => "pending",
            (UploadState::NoDeadline, _) => "no_rule",
        };
        // A lapsed text is followed as practice: its articles are shown, as reference only (requirements §2.2).
        let cited = if verdict.lapsed { &verdict.reference } else { &verdict.articles };
        let deadline = verdict.verdict.deadline.as_ref();
        HandIn {
            status: status.into(),
            due_ms: deadline.map(|deadline| deadline.due_ms),
            lapsed: verdict.lapsed,
            articles: cited.iter().filter_map(|cited| serde_json::to_value(cited).ok()).collect(),
            default: verdict.default,
            extension: deadline.map_or("none", |deadline| deadline.extension.code()).into(),
        }
    }

    /// Whether all that governed a day had expired: figures of such days stand apart (requirements §2.2).
    pub fn lapsed(&self, profile: Option<&str>, decisions: &[Decision], day: Date) -> bool {
        let laws = self.adopted(profile.unwrap_or(""), decisions, day);
        let forces: Vec<Force> = laws.iter().filter_map(|law| law.on(day)).map(|applied| applied.force).collect();
        let expired = |force: &Force| matches!(force, Force::Lapsed | Force::Continued);
        forces.iter().any(expired) && !forces.iter().any(|force| force.binding())
    }
}

/// One regulation with the decisions of a day. One that no longer fits (its text was replaced) leaves the text as it is.
pub fn as_adopted<'a>(law: &'a Law, decisions: &[Decision], day: Date) -> Cow<'a, Law> {
    if law.versions.len() < 2 && !decisions.iter().any(|decision| decision.told.profile == law.id) {
        return Cow::Borrowed(law);
    }
    match in_force(law, decisions).adopted(adoption(decisions, &law.id, day)) {
        Ok(adopted) => Cow::Owned(adopted),
        Err(faults) => {
            tracing::error!(profile = law.id, ?faults, "decisions about a regulation do not fit it any more");
            Cow::Borrowed(law)
        }
    }
}

/// The shipped regulations, and those of an installation in place of or beside them.
///
/// A folder that has only subfolders adds versions to the shipped regulation of its name.
///
/// # Errors
/// What cannot be read, every mistake of a folder, and what is wrong among them: bases, cycles, loosening.
pub fn read(data: Option<&Path>) -> std::result::Result<Vec<Law>, Unread> {
    let mut laws = shipped::shipped().to_vec();
    let Some(folder) = data.map(|data| data.join("regulations")).filter(|folder| folder.is_dir()) else {
        return Ok(laws);
    };
    let unreadable = |error| Unread::File(folder.clone(), error);
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    for path in folders {
        let mut files = files(&path)?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if !path.join("rules.toml").is_file() {
            files.extend(shipped_files(&name));
        }
        let law = parsed(&files)?;
        laws.retain(|other| other.id != law.id);
        laws.push(law);
    }
    let faults = check_overlays(&laws);
    if faults.is_empty() { Ok(laws) } else { Err(Unread::Faults(faults, None)) }
}

fn shipped_files(id: &str) -> Vec<(String, String)> {
    let own = |files: &&&[(&str, &str)]| files.iter().all(|(path, _)| path.split('/').next() == Some(id));
    let files = shipped::FOLDERS.iter().find(own).into_iter().flat_map(|files| files.iter());
    files.map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

/// The `.toml` files of a regulation's folder and of the folders of its later versions.
///
/// # Errors
/// What cannot be read.
pub fn files(dir: &Path) -> std::result::Result<Vec<(String, String)>, Unread> {
    let mut found = Vec::new();
    let mut folders = vec![(dir.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let unreadable = |error| Unread::File(folder.clone(), error);
        for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.is_dir() && depth == 0 {
                folders.push((path, 1));
            } else if path.extension().is_some_and(|ending| ending == "toml") && found.len() < FILES_MOST {
                let text = std::fs::read_to_string(&path).map_err(|error| Unread::File(path.clone(), error))?;
                found.push((path.display().to_string(), text));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// One regulation out of its files.
///
/// # Errors
/// All its mistakes, with the text of the first one's file.
pub fn parsed(files: &[(String, String)]) -> std::result::Result<Law, Unread> {
    let borrowed: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    Law::parse(&borrowed).map_err(|faults| {
        let text = faults.first().and_then(|fault| files.iter().find(|(path, _)| *path == fault.file));
        Unread::Faults(faults.clone(), text.map(|(_, text)| text.clone()))
    })
}

impl From<Unread> for Problem {
    fn from(unread: Unread) -> Problem {
        match unread {
            Unread::File(path, error) => {
                Problem::refused(404, "file.unreadable").with("path", path.display().to_string()).because(error)
            }
            Unread::Faults(faults, _) => {
                let file = faults.first().map(|fault| fault.file.clone()).unwrap_or_default();
                let folder = Path::new(&file).parent().map(|folder| folder.display().to_string()).unwrap_or_default();
                Problem::refused(422, "regulation.invalid")
                    .with("folder", folder)
                    .with("faults", serde_json::to_value(&faults).unwrap_or_default())
            }
        }
    }
}
