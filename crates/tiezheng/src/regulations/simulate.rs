//! 模拟: a changed regulation against the catalogue, page by page. Nothing is written: an edit alone changes no recording.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Serialize;
use tiezheng_rules::simulate::{Approver, Comparison, Difference, Group, Row, would_have_ended};
use tiezheng_rules::time::legal_day;
use tiezheng_rules::{Law, check_overlays, stack};

use super::binding::Register;
use super::{Decision, date, store};
use crate::app::App;
use crate::error::{Problem, Result};
use crate::laws::{Unread, as_adopted};
use crate::people;

/// Rows held at once.
const PAGE: i64 = 2_000;

/// A recording that would stand differently.
#[derive(Serialize)]
pub struct Line<'a> {
    pub agency: &'a str,
    pub recording: &'a str,
    pub file_name: &'a str,
    pub title: Option<&'a str>,
    pub differences: &'a [Difference],
}

#[derive(Serialize)]
pub struct Counted {
    #[serde(flatten)]
    pub group: Group,
    pub recordings: u64,
}

/// What would change for one agency.
#[derive(Serialize)]
pub struct Changed {
    pub agency: String,
    pub name: String,
    /// The regulation that binds these recordings: the changed one, or one that builds on it.
    pub profile: String,
    /// Looked at, without those whose device claimed no time: nothing can be counted from that.
    pub recordings: u64,
    pub undated: u64,
    pub changed: u64,
    /// 需复核: their term would become shorter; the longer one holds until somebody has looked.
    pub review: u64,
    /// Of these, whose shorter term would have run out already: what the edit alone would have let go.
    pub held: u64,
    pub groups: Vec<Counted>,
    pub approvers: Vec<Approver>,
}

/// Holds `changed` in place of the regulation `against` to every recording of the agencies that follow it.
///
/// # Errors
/// An unknown regulation, and what is wrong with the changed one among the others (bases, cycles, loosening).
pub async fn simulate(
    app: &App,
    changed: Law,
    against: &str,
    mut emit: impl FnMut(&Line) -> Result<()>,
) -> Result<Vec<Changed>> {
    if !app.laws.knows(against) {
        return Err(Problem::refused(422, "regulation.unknown")
            .with("found", against)
            .with("known", app.laws.ids().join(", ")));
    }
    let changed = Law { id: against.to_owned(), ..changed };
    let mut laws: Vec<Law> = app.laws.all().iter().filter(|law| law.id != against).cloned().collect();
    laws.push(changed);
    let faults = check_overlays(&laws);
    if !faults.is_empty() {
        return Err(Unread::Faults(faults, None).into());
    }
    let mut all = Vec::new();
    for agency in people::store::agencies(&mut app.db.read().await?, None).await? {
        let register = Register::of(&mut app.db.read().await?, &agency.id).await?;
        for profile in register.profiles() {
            if app.laws.stack(profile).iter().any(|law| law.id == against) {
                all.push(of_agency(app, &laws, &agency, profile, &mut emit).await?);
            }
        }
    }
    Ok(all)
}

/// The laws of a stretch of days in which the same readings hold: as they are, and changed.
struct Stretch {
    before: Vec<Law>,
    after: Vec<Law>,
}

async fn of_agency(
    app: &App,
    laws: &[Law],
    agency: &people::store::Agency,
    profile: &str,
    emit: &mut impl FnMut(&Line) -> Result<()>,
) -> Result<Changed> {
    let now = app.now();
    let decisions = store::decisions(&mut app.db.read().await?, &agency.id).await?;
    let days = turning_days(&decisions);
    let before = app.laws.stack(profile);
    let after = stack(laws, profile).unwrap_or_default();
    let stretches: Vec<Stretch> = std::iter::once(&Date::MIN)
        .chain(&days)
        .map(|day| {
            let adopt = |law: &&Law| as_adopted(law, &decisions, *day).into_owned();
            Stretch { before: before.iter().map(adopt).collect(), after: after.iter().map(adopt).collect() }
        })
        .collect();
    let mut comparisons: Vec<Comparison> = stretches
        .iter()
        .map(|one| Comparison::new(one.before.iter().collect(), one.after.iter().collect(), app.laws.calendar()))
        .collect();
    let mut told = Changed {
        agency: agency.id.clone(),
        name: agency.name.clone(),
        profile: profile.to_owned(),
        recordings: 0,
        undated: 0,
        changed: 0,
        review: 0,
        held: 0,
        groups: Vec::new(),
        approvers: comparisons.last().map(|today| today.approvers(now)).unwrap_or_default(),
    };
    let mut after = String::new();
    loop {
        let page = store::catalogue(&mut app.db.read().await?, &agency.id, profile, &after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.recording);
        for (nth, comparison) in comparisons.iter_mut().enumerate() {
            let here = |row: &Row| {
                let day = legal_day(row.acted_ms);
                days.iter().filter(|turn| **turn <= day).count() == nth
            };
            let chosen: Vec<&store::Catalogued> =
                page.iter().filter(|one| one.row.as_ref().is_some_and(here)).collect();
            let rows: Vec<Row> = chosen.iter().filter_map(|one| one.row.clone()).collect();
            told.recordings += rows.len() as u64;
            for (one, differences) in chosen.iter().zip(comparison.compare(&rows, now)) {
                if differences.is_empty() {
                    continue;
                }
                told.changed += 1;
                told.review += u64::from(differences.iter().any(|difference| difference.review));
                told.held += u64::from(differences.iter().any(|difference| would_have_ended(difference, now)));
                emit(&Line {
                    agency: &agency.id,
                    recording: &one.recording,
                    file_name: &one.file_name,
                    title: one.title.as_deref(),
                    differences: &differences,
                })?;
            }
        }
        told.undated += page.iter().filter(|one| one.row.is_none()).count() as u64;
    }
    let mut groups: BTreeMap<Group, u64> = BTreeMap::new();
    for (group, count) in comparisons.into_iter().flat_map(|comparison| comparison.groups) {
        *groups.entry(group).or_default() += count;
    }
    told.groups = groups.into_iter().map(|(group, recordings)| Counted { group, recordings }).collect();
    Ok(told)
}

/// Days on which a reading begins to hold.
fn turning_days(decisions: &[Decision]) -> Vec<Date> {
    let readings = decisions.iter().filter(|decision| decision.told.kind == "reading");
    let days: BTreeSet<Date> = readings.filter_map(|decision| date(&decision.told.effective_on)).collect();
    days.into_iter().collect()
}
