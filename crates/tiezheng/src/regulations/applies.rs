//! 本记录适用 · 另有: the regulation an act goes by, and those of the others in a joint operation (VAL-08), each with what
//! somebody on scene must know of it.

use serde::Serialize;
use serde_json::Value;
use tiezheng_rules::law::Force;
use tiezheng_rules::time::legal_day;
use tiezheng_rules::validity::predecessor;
use tiezheng_rules::{Cited, Law, RetentionFacts, notification, retention};
use utoipa::ToSchema;

use super::{binding, store};
use crate::activities;
use crate::app::App;
use crate::db::Tx;
use crate::error::Result;
use crate::people;
use crate::people::store::Named;

/// Who acted, when, and the regulation that binds them for it.
#[derive(Serialize, ToSchema)]
pub struct Applies {
    pub agency: Named,
    pub unit: Option<Named>,
    /// The day whose text governs, 2026-03-02.
    pub on: String,
    /// Null: nothing bound the unit on that day.
    pub profile: Option<String>,
    pub title: String,
    pub title_en: String,
    pub version: String,
    /// in_force, in_force_unconfirmed, extended, continued, lapsed, before
    pub force: String,
    pub binding: bool,
    /// The text that governed that day, where this one had not begun and tells of it (废止).
    pub predecessor: Option<Predecessor>,
    /// The party is to be told that it is recorded.
    pub notify: bool,
    /// In these very words; never translated.
    pub phrase: Option<String>,
    /// The hand-in limit as the text has it: `{"hours": 24}` …; null: none, or not known.
    #[schema(value_type = Option<Object>)]
    pub hand_in: Option<Value>,
    #[schema(value_type = Vec<Object>)]
    pub articles: Vec<Value>,
}

/// 前文件: repealed, and perhaps never supplied.
#[derive(Serialize, ToSchema)]
pub struct Predecessor {
    pub title: String,
    pub number: String,
    /// The day it was repealed.
    pub repealed_on: String,
    pub supplied: bool,
}

/// 保存期限 of one recording, by the text of its act.
#[derive(Serialize, ToSchema)]
pub struct Kept {
    /// days, months, years, case_file, long_term, forever, hold
    pub keep: String,
    /// Last day of the term.
    pub until: Option<String>,
    /// unclassified, case_term_missing, no_rule
    pub hold: Option<String>,
    /// At least until this day, on whatever ground.
    pub floor: Option<String>,
    /// Part of it is ours and not the text's.
    pub default: bool,
    /// What binds, or what is followed without binding.
    #[schema(value_type = Vec<Object>)]
    pub articles: Vec<Value>,
}

fn told(cited: &[Cited]) -> Vec<Value> {
    cited.iter().filter_map(|cited| serde_json::to_value(cited).ok()).collect()
}

/// Whose act it was, and when.
pub struct Who<'a> {
    pub agency: &'a str,
    pub unit: Option<&'a str>,
    pub at_ms: i64,
}

/// The regulation of an act. Regulations are public, and so are the names of agencies and units: nothing of what was done
/// is told here.
pub async fn to(app: &App, tx: &mut Tx, who: &Who<'_>) -> Result<Applies> {
    let profile = binding::profile_of(tx, who.agency, who.unit, who.at_ms).await?;
    let decisions = store::decisions(tx, who.agency).await?;
    let day = legal_day(who.at_ms);
    let laws = app.laws.adopted(profile.as_deref().unwrap_or(""), &decisions, day);
    let laws: Vec<&Law> = laws.iter().map(AsRef::as_ref).collect();
    let own = laws.last();
    let applied = own.and_then(|law| law.on(day));
    let rules = applied.map(|applied| &applied.version.rules);
    let before = applied.is_some_and(|applied| applied.force == Force::Before);
    let notice = notification(&laws, day);
    let duty = rules.and_then(|rules| rules.upload.as_ref()).filter(|_| !before);
    let mut articles = told(if notice.articles.is_empty() { &notice.reference } else { &notice.articles });
    if let (Some(applied), Some(duty)) = (applied, duty) {
        articles.extend(told(&duty.article.0.iter().map(|cite| applied.cited(cite)).collect::<Vec<_>>()));
    }
    let agency = people::store::agencies(tx, Some(who.agency)).await?.pop();
    let unit = match who.unit {
        Some(unit) => people::store::units(tx, Some(who.agency)).await?.into_iter().find(|other| other.id == unit),
        None => None,
    };
    Ok(Applies {
        agency: Named { id: who.agency.to_owned(), name: agency.map(|agency| agency.name).unwrap_or_default() },
        unit: unit.map(|unit| Named { id: unit.id, name: unit.name }),
        on: day.to_string(),
        profile: own.map(|law| law.id.clone()),
        title: rules.map(|rules| rules.title.clone()).unwrap_or_default(),
        title_en: rules.map(|rules| rules.title_en.clone()).unwrap_or_default(),
        version: rules.map(|rules| rules.version.clone()).unwrap_or_default(),
        force: applied.map_or("before", |applied| applied.force.code()).to_owned(),
        binding: applied.is_some_and(|applied| applied.force.binding()),
        predecessor: own.and_then(|law| predecessor(law, day)).map(|repeal| Predecessor {
            title: repeal.title.clone(),
            number: repeal.number.clone(),
            repealed_on: repeal.on.to_string(),
            supplied: repeal.supplied,
        }),
        notify: notice.verdict.duty && !before,
        phrase: notice.verdict.phrase.filter(|_| !before),
        hand_in: duty.and_then(|duty| serde_json::to_value(duty.within).ok()),
        articles,
    })
}

/// 另有: what the other units of a joint operation go by, each agency by its own regulation.
pub async fn also(app: &App, tx: &mut Tx, joint_no: Option<&str>, but: &str) -> Result<Vec<Applies>> {
    let Some(joint_no) = joint_no else { return Ok(Vec::new()) };
    let mut found: Vec<Applies> = Vec::new();
    for other in activities::store::joint(tx, joint_no, but).await? {
        let who = Who { agency: &other.agency, unit: other.unit.as_deref(), at_ms: other.began_ms };
        let applies = to(app, tx, &who).await?;
        let unit = |one: &Applies| one.unit.as_ref().map(|unit| unit.id.clone());
        if !found.iter().any(|one| one.agency.id == applies.agency.id && unit(one) == unit(&applies)) {
            found.push(applies);
        }
    }
    Ok(found)
}

/// 保存期限 of a recording that ended at a moment, by the text of the day of its act.
pub async fn kept(app: &App, tx: &mut Tx, who: &Who<'_>, ended_ms: i64, grounds: Option<&str>) -> Result<Kept> {
    let profile = binding::profile_of(tx, who.agency, who.unit, who.at_ms).await?;
    let decisions = store::decisions(tx, who.agency).await?;
    let day = legal_day(who.at_ms);
    let laws = app.laws.adopted(profile.as_deref().unwrap_or(""), &decisions, day);
    let laws: Vec<&Law> = laws.iter().map(AsRef::as_ref).collect();
    let grounds = store::grounds_of(grounds);
    let mut facts = RetentionFacts::of(legal_day(ended_ms), grounds.iter().copied());
    facts.acted_on = Some(day);
    facts.classified = !grounds.is_empty();
    let answer = retention(&laws, &facts, app.laws.calendar());
    let kept = &answer.verdict;
    Ok(Kept {
        keep: kept.keep.code().to_owned(),
        until: kept.until.map(|day| day.to_string()),
        hold: kept.hold.map(|hold| hold.code().to_owned()),
        floor: kept.floor.map(|day| day.to_string()),
        default: answer.default,
        articles: told(if answer.reference.is_empty() { &answer.articles } else { &answer.reference }),
    })
}
