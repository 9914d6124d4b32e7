//! 条款落实情况: article by article what answers it, how far that is built, and today's figures.

use jiff::civil::Date;
use serde::Serialize;
use tiezheng_rules::Law;
use tiezheng_rules::law::Version;
use tiezheng_rules::time::legal_day;
use utoipa::ToSchema;

use super::store;
use super::view::{Answered, answered};
use crate::app::App;
use crate::db::Tx;
use crate::equipment::due::{self, DUES};
use crate::error::Result;
use crate::people::{Actor, Permission, Scope};
use crate::recordings;

/// One count, as far as whoever asks may see it.
#[derive(Serialize, ToSchema)]
pub struct Figure {
    pub key: String,
    pub value: i64,
    /// Address of the page that lists what was counted.
    pub link: Option<String>,
    /// The same of recordings made when every regulation had expired: internal practice, never added to `value`.
    pub lapsed: Option<i64>,
    pub lapsed_link: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct ArticleAnswered {
    pub no: String,
    pub cite: String,
    pub cite_en: String,
    pub zh: String,
    pub en: String,
    /// built, partly, verdict_only, not_yet: the least of what answers it; no_software; absent
    pub state: String,
    pub answers: Vec<Answered>,
    pub no_software_zh: Option<String>,
    pub no_software_en: Option<String>,
}

/// How many articles and items stand how.
#[derive(Default, Serialize, ToSchema)]
pub struct Totals {
    pub built: u32,
    pub partly: u32,
    pub verdict_only: u32,
    pub not_yet: u32,
    pub no_software: u32,
    pub absent: u32,
}

#[derive(Serialize, ToSchema)]
pub struct Compliance {
    pub id: String,
    pub version: String,
    pub at_ms: i64,
    /// Last day of force of an expired text: figures after it stand in `lapsed`.
    #[schema(value_type = Option<String>)]
    pub split_on: Option<Date>,
    pub totals: Totals,
    pub articles: Vec<ArticleAnswered>,
    pub figures: Vec<Figure>,
}

/// Before the name of what devices are due for: `devices_due_renewal`.
const DUE: &str = "devices_due_";
/// From least to most.
const STATES: [&str; 4] = ["not_yet", "verdict_only", "partly", "built"];

pub fn articles(version: &Version) -> (Vec<ArticleAnswered>, Totals) {
    let mut totals = Totals::default();
    let articles = version.articles.iter().map(|article| {
        let answers: Vec<Answered> = article.answers.iter().map(|id| answered(id)).collect();
        let least = answers.iter().filter_map(|one| STATES.iter().position(|state| *state == one.state)).min();
        let state = match (article.absent, least) {
            (true, _) => "absent",
            (false, Some(least)) => STATES[least],
            (false, None) => "no_software",
        };
        *match state {
            "built" => &mut totals.built,
            "partly" => &mut totals.partly,
            "verdict_only" => &mut totals.verdict_only,
            "not_yet" => &mut totals.not_yet,
            "absent" => &mut totals.absent,
            _ => &mut totals.no_software,
        } += 1;
        ArticleAnswered {
            no: article.no.clone(),
            cite: article.cite.clone(),
            cite_en: tiezheng_rules::cite::english(&article.cite, &article.no),
            zh: article.zh.clone(),
            en: article.en.clone(),
            state: state.into(),
            answers,
            no_software_zh: article.no_software_zh.clone(),
            no_software_en: article.no_software_en.clone(),
        }
    });
    (articles.collect(), totals)
}

/// Where a count's things are listed: recordings as far as these regulations bind them.
fn link(key: &str, profiles: &[&str]) -> Option<String> {
    let place = place(key)?;
    let ends = if place.contains('?') { '&' } else { '?' };
    Some(match place.starts_with("/recordings") {
        true => format!("{place}{ends}profile={}", profiles.join(",")),
        false => place,
    })
}

fn place(key: &str) -> Option<String> {
    if let Some(due) = key.strip_prefix(DUE) {
        return DUES.contains(&due).then(|| format!("/equipment?due={due}"));
    }
    let found = match key {
        "recordings" => "/recordings",
        "hand_in_on_time" => "/recordings?hand_in=on_time",
        "hand_in_extended" => "/recordings?hand_in=extended",
        "hand_in_late" => "/recordings?hand_in=late",
        "hand_in_deviation" => "/recordings?hand_in=internal_deviation",
        "hand_in_pending" => "/recordings?hand_in=pending",
        "unlinked" => "/recordings?flag=unlinked",
        "broken" => "/recordings?flag=broken",
        "gaps" => "/recordings?flag=gap",
        "drift" => "/recordings?flag=drift",
        "time_unknown" => "/recordings?flag=time_unknown",
        "remuxed" => "/recordings?flag=remuxed",
        "no_officer" => "/recordings?flag=no_officer",
        "devices" | "devices_held" => "/equipment",
        "custodians" => "/people",
        "activities" | "activities_unrecorded" => "/activities",
        "viewings" => "/audit?act=recording.viewed",
        "cards_cleared" => "/audit?act=card.cleared",
        "integrity_runs" | "integrity_findings" => "/supervision",
        _ => return None,
    };
    Some(found.to_owned())
}

/// Today's counts: recordings and activities that these regulations bind, as far as their reader sees them; the rest of
/// the agency.
async fn figures(tx: &mut Tx, app: &App, actor: &Actor, now: i64, profiles: &[&str]) -> Result<Vec<Figure>> {
    let (mut found, agency) = (Vec::new(), actor.agency_filter());
    let scope = actor.scope();
    if actor.has(Permission::RecordingList) && scope != Scope::Nothing {
        let before = recordings::store::tally(tx, &scope, profiles, false).await?;
        let after = recordings::store::tally(tx, &scope, profiles, true).await?;
        found.extend(before.into_iter().zip(after).map(|((key, value), (_, lapsed))| {
            let listed = |lapsed: bool| {
                let link = link(key, profiles)?;
                Some(format!("{link}{}lapsed={lapsed}", if link.contains('?') { '&' } else { '?' }))
            };
            let (all, after) = (link(key, profiles), (lapsed > 0).then(|| listed(true)).flatten());
            let link = if after.is_some() { listed(false) } else { all };
            Figure { key: key.into(), value, link, lapsed: Some(lapsed), lapsed_link: after }
        }));
    }
    let counts = store::counts(tx, agency.as_deref(), now, profiles).await?;
    let due = due::counted(tx, app, agency.as_deref(), legal_day(now)).await?;
    let due = DUES.iter().zip(due).map(|(due, count)| (format!("{DUE}{due}"), count));
    let counts = counts.into_iter().map(|(key, count)| (key.to_owned(), count));
    found.extend(counts.chain(due).map(|(key, value)| Figure {
        link: link(&key, profiles),
        key,
        value,
        lapsed: None,
        lapsed_link: None,
    }));
    Ok(found)
}

pub async fn compliance(tx: &mut Tx, app: &App, actor: &Actor, law: &Law, version: &Version) -> Result<Compliance> {
    let (now, (articles, totals)) = (app.now(), articles(version));
    Ok(Compliance {
        id: law.id.clone(),
        version: version.rules.version.clone(),
        at_ms: now,
        split_on: law.ends(version).filter(|ends| *ends < legal_day(now)),
        totals,
        articles,
        figures: figures(tx, app, actor, now, &app.laws.resting_on(&law.id)).await?,
    })
}

#[cfg(test)]
mod tests {
    use tiezheng_rules::shipped;

    use super::*;

    #[test]
    fn every_requirement_of_every_article_is_known_and_its_figures_lead_somewhere() {
        for law in shipped::shipped() {
            for article in &law.versions[0].articles {
                for id in &article.answers {
                    assert!(shipped::requirements().iter().any(|known| known.id == *id), "{} {id}", law.id);
                }
            }
        }
        for requirement in shipped::requirements() {
            for figure in &requirement.figures {
                assert!(figure == "unindexed" || link(figure, &[]).is_some(), "{} {figure}", requirement.id);
            }
            let shown = ["built", "partly"].contains(&requirement.state.code());
            assert!(shown || requirement.page.is_none() || !requirement.figures.is_empty(), "{}", requirement.id);
        }
    }

    #[test]
    fn every_provision_is_counted_once() {
        let mut all = 0;
        for law in shipped::shipped() {
            let (articles, t) = articles(&law.versions[0]);
            let sum = t.built + t.partly + t.verdict_only + t.not_yet + t.no_software + t.absent;
            assert_eq!(articles.len(), sum as usize, "{}", law.id);
            assert!(t.not_yet > 0, "{}: nothing is missing? say so only when it is true", law.id);
            all += articles.len();
        }
        assert!(all >= 294, "{all}");
    }
}
