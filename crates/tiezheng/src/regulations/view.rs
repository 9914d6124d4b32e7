//! What the pages show of a regulation: its state, its articles, what rests on them, and the readings an agency can choose.

use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;
use tiezheng_rules::law::Version;
use tiezheng_rules::requirements::Requirement;
use tiezheng_rules::resolutions::Resolution;
use tiezheng_rules::time::legal_day;
use tiezheng_rules::vocab::Act;
use tiezheng_rules::{ApproverFacts, Law, approver, report, shipped, validity};
use utoipa::ToSchema;

use super::store::OfficialFile;
use super::{Decision, adoption};

/// A regulation in the list.
#[derive(Serialize, ToSchema)]
pub struct Regulation {
    pub id: String,
    pub title: String,
    pub title_en: String,
    pub short: String,
    /// The version that governs today.
    pub version: String,
    /// measure, interim, trial
    pub nature: String,
    /// pending, in_force, in_force_unconfirmed, expired, superseded
    pub state: String,
    /// in_force, in_force_unconfirmed, extended, continued, lapsed, before
    pub force: String,
    /// Whether its articles may be cited as binding for an act of today.
    pub binding: bool,
    #[schema(value_type = Option<String>)]
    pub in_force_on: Option<Date>,
    /// stated, assumed, unknown
    pub in_force_source: String,
    /// Last day of force, inclusive.
    #[schema(value_type = Option<String>)]
    pub expires_on: Option<Date>,
    /// First day after its expiry.
    #[schema(value_type = Option<String>)]
    pub lapsed_since: Option<Date>,
    /// unconfirmed, lapsed, continued, trial, interim, expiring, publication_date_missing, date_assumed
    pub banners: Vec<String>,
    /// The regulation it builds on, for a department's own measures.
    pub base: Option<String>,
    /// The agency of whoever asks works by it.
    pub followed: bool,
    /// The last confirmation of its force.
    pub confirmed: Option<Decision>,
}

/// A requirement and how far the product answers it.
#[derive(Clone, Serialize, ToSchema)]
pub struct Answered {
    /// MGT-03
    pub id: String,
    pub zh: String,
    pub en: String,
    /// built, partly, verdict_only (the rule answers, no room keeps the records), not_yet
    pub state: String,
    pub page: Option<String>,
    /// Keys of the figures of the compliance page.
    pub figures: Vec<String>,
}

/// A value of `rules.toml` that rests on an article.
#[derive(Serialize, ToSchema)]
pub struct Parameter {
    /// upload, retention.2 …
    pub path: String,
    #[schema(value_type = Object)]
    pub value: Value,
}

#[derive(Serialize, ToSchema)]
pub struct ArticleShown {
    /// Catalogue number: 15(3)
    pub no: String,
    /// As a lawyer cites it: 第十五条第（三）项
    pub cite: String,
    /// For readers of English: Art. 15(3)
    pub cite_en: String,
    pub zh: String,
    pub en: String,
    pub answers: Vec<Answered>,
    /// Why no software is needed, where nothing answers it.
    pub no_software_zh: Option<String>,
    pub no_software_en: Option<String>,
    /// The text itself skips the number.
    pub absent: bool,
    pub parameters: Vec<Parameter>,
    /// Ids of the ambiguities that touch it.
    pub resolutions: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub struct VersionShown {
    pub version: String,
    pub title: String,
    #[schema(value_type = Option<String>)]
    pub in_force_on: Option<Date>,
    #[schema(value_type = Option<String>)]
    pub expires_on: Option<Date>,
    pub supersedes: Option<String>,
    /// The agency has put it in force, or it is the first; without effect otherwise.
    pub activated: bool,
    pub validity_articles: Vec<String>,
    /// Texts it names, and whether they came with it.
    pub documents: Vec<DocumentShown>,
    pub repeals: Vec<DocumentShown>,
    pub articles: Vec<ArticleShown>,
}

#[derive(Serialize, ToSchema)]
pub struct DocumentShown {
    pub title: String,
    pub supplied: bool,
    pub articles: Vec<String>,
    /// A rule waits for its content: supplied line by line.
    pub awaited: bool,
    /// The content the agency has supplied.
    pub lines: Vec<String>,
}

/// 解释性配置: an ambiguity, how we read it, and what else is offered.
#[derive(Serialize, ToSchema)]
pub struct ResolutionShown {
    /// T-05
    pub id: String,
    pub finding_zh: String,
    pub finding_en: String,
    pub reading_zh: String,
    pub reading_en: String,
    /// Provisions of this regulation it touches.
    pub articles: Vec<String>,
    /// The room that answers it where no rule can.
    pub elsewhere: Option<String>,
    pub setting: Option<String>,
    /// What holds today, and what is shipped (系统默认).
    #[schema(value_type = Option<Object>)]
    pub value: Option<Value>,
    #[schema(value_type = Option<Object>)]
    pub default: Option<Value>,
    /// Readings to choose from; empty where the text leaves none open.
    pub offered: Vec<String>,
    /// Or the least and the most of a number.
    pub number: Option<Vec<i64>>,
    /// The decision that holds today.
    pub decided: Option<Decision>,
}

#[derive(Serialize, ToSchema)]
pub struct RegulationDetail {
    #[serde(flatten)]
    pub head: Regulation,
    /// Newest last.
    pub versions: Vec<VersionShown>,
    pub resolutions: Vec<ResolutionShown>,
    /// Whose word an act needs today.
    pub approvers: Vec<ApproverShown>,
    /// Every decision about it, oldest first; nothing is ever taken away.
    pub history: Vec<Decision>,
    pub files: Vec<OfficialFile>,
    /// Whoever asks may decide about it.
    pub may_decide: bool,
    /// Whoever asks may be the second person of decisions somebody else has entered.
    pub may_approve: bool,
}

/// 审批人 of an act: named by the text, appointed by the agency, or nobody, and then the act is refused.
#[derive(Serialize, ToSchema)]
pub struct ApproverShown {
    /// late_upload, view, copy, extract, external_provision …
    pub act: String,
    /// needed, not_needed, mandate, refused
    pub state: String,
    pub role: Option<String>,
    /// The role's title in the text.
    pub title: Option<String>,
    /// Appointed by the agency, where the text names nobody.
    pub appointed: bool,
    /// Who acts for it today.
    pub delegate: Option<String>,
    #[schema(value_type = Vec<Object>)]
    pub articles: Vec<tiezheng_rules::Cited>,
}

pub fn head(law: &Law, decisions: &[Decision], followed: bool, today: Date) -> Regulation {
    let law = crate::laws::as_adopted(law, decisions, today);
    let state = validity(&law, today).verdict;
    let version = law.on(today).map(|applied| applied.version).or(law.versions.last());
    let rules = version.map(|version| &version.rules);
    let text = |of: fn(&tiezheng_rules::data::Rules) -> &str| rules.map(of).unwrap_or_default().to_owned();
    let effective = |d: &&Decision| d.told.profile == law.id && d.state == "effective";
    let confirmations = decisions.iter().filter(effective).filter(|d| d.told.kind == "confirmation");
    Regulation {
        id: law.id.clone(),
        title: text(|rules| &rules.title),
        title_en: text(|rules| &rules.title_en),
        short: text(|rules| &rules.short),
        version: text(|rules| &rules.version),
        nature: text(|rules| rules.nature.code()),
        state: state.as_ref().map_or("pending", |state| state.state.code()).into(),
        force: state.as_ref().map_or("before", |state| state.force.code()).into(),
        binding: state.as_ref().is_some_and(|state| state.binding),
        in_force_on: text_of(&law, version).and_then(|version| law.begins(version)),
        in_force_source: text(|rules| rules.in_force_source.code()),
        expires_on: version.and_then(|version| law.ends(version)),
        lapsed_since: state.as_ref().and_then(|state| state.lapsed_since),
        banners: state.map(|state| state.banners).unwrap_or_default(),
        base: rules.and_then(|rules| rules.base.clone()),
        followed,
        confirmed: confirmations.max_by_key(|decision| &decision.told.decided_on).cloned(),
    }
}

/// The version of the text itself behind one that an annex of the agency has made.
fn text_of<'a>(law: &'a Law, version: Option<&'a Version>) -> Option<&'a Version> {
    let (name, _) = version?.rules.version.split_once('+').unwrap_or((&version?.rules.version, ""));
    law.versions.iter().find(|other| other.rules.version == name).or(version)
}

/// Every version: those in force as the agency has adopted them, and those it has not put in force.
pub fn versions(law: &Law, adopted: &Law) -> Vec<VersionShown> {
    let idle = law.versions.iter().filter(|version| !adopted.versions.iter().any(|other| names_alike(version, other)));
    let mut shown: Vec<VersionShown> = adopted.versions.iter().map(|one| version(adopted, one, true)).collect();
    shown.extend(idle.map(|one| version(law, one, false)));
    shown
}

fn names_alike(one: &Version, other: &Version) -> bool {
    one.rules.version == other.rules.version
}

/// Every act and whose word it needs, as `approver` answers for an ordinary request.
pub fn approvers(law: &Law, now: i64) -> Vec<ApproverShown> {
    let acts = Act::ALL.iter();
    acts.map(|act| {
        let answer = approver(&[law], &ApproverFacts::new(now, *act));
        let approval = answer.verdict;
        let named = law.on(legal_day(now)).is_some_and(|applied| {
            let rules = &applied.version.rules.approvals;
            rules.iter().any(|rule| rule.act == *act && rule.role.or(rule.mandate).is_some())
        });
        ApproverShown {
            act: act.code().into(),
            state: approval.state.code().into(),
            appointed: approval.role.is_some() && !named && law.adoption.approvers.contains_key(act),
            role: approval.role.map(|role| role.code().into()),
            title: approval.title,
            delegate: approval.delegate,
            articles: if answer.lapsed { answer.reference } else { answer.articles },
        }
    })
    .collect()
}

fn version(law: &Law, version: &Version, activated: bool) -> VersionShown {
    let rules = &version.rules;
    let document = |title: &String, supplied: bool, articles: &tiezheng_rules::terms::Cites| DocumentShown {
        title: title.clone(),
        supplied,
        articles: articles.0.clone(),
        awaited: law.waits_for(title),
        lines: version.supplied.get(title).cloned().unwrap_or_default(),
    };
    VersionShown {
        version: rules.version.clone(),
        title: rules.title.clone(),
        in_force_on: law.begins(version),
        expires_on: law.ends(version),
        supersedes: rules.supersedes.clone(),
        activated,
        validity_articles: rules.validity_article.0.clone(),
        documents: rules.documents.iter().map(|one| document(&one.title, one.supplied, &one.article)).collect(),
        repeals: rules.repeals.iter().map(|one| document(&one.title, one.supplied, &one.article)).collect(),
        articles: articles(law, version),
    }
}

fn articles(law: &Law, version: &Version) -> Vec<ArticleShown> {
    let shown = report::show(version, None).into_iter().zip(&version.articles);
    shown
        .map(|(shown, article)| ArticleShown {
            resolutions: touching(law, &shown.no).map(|found| found.id.clone()).collect(),
            answers: shown.answers.iter().map(|id| answered(id)).collect(),
            absent: article.absent,
            parameters: shown.values.into_iter().map(|(path, value)| Parameter { path, value }).collect(),
            no: shown.no,
            cite: shown.cite,
            cite_en: shown.cite_en,
            zh: shown.zh,
            en: shown.en,
            no_software_zh: shown.no_software_zh,
            no_software_en: shown.no_software_en,
        })
        .collect()
}

fn touching<'a>(law: &'a Law, no: &'a str) -> impl Iterator<Item = &'static Resolution> + 'a {
    let concerning = shipped::resolutions().iter().filter(|found| found.concerns(&law.id));
    concerning.filter(move |found| found.touches(&law.id, no))
}

/// A requirement by its id; one we do not know (an agency's own) is not answered yet.
pub fn answered(id: &str) -> Answered {
    let found = shipped::requirements().iter().find(|requirement| requirement.id == id);
    let text = |of: fn(&Requirement) -> &str| found.map_or(id, of).to_owned();
    Answered {
        id: id.to_owned(),
        zh: text(|found| &found.zh),
        en: text(|found| &found.en),
        state: found.map_or("not_yet", |found| found.state.code()).to_owned(),
        page: found.and_then(|found| found.page.clone()),
        figures: found.map(|found| found.figures.clone()).unwrap_or_default(),
    }
}

pub fn resolutions(law: &Law, decisions: &[Decision], today: Date) -> Vec<ResolutionShown> {
    let settings = adoption(decisions, &law.id, today).settings;
    let adopted = crate::laws::as_adopted(law, decisions, today);
    let of = |law: &Law, key: &str| {
        let tree = serde_json::to_value(&law.defaults).unwrap_or_default();
        key.split_once('.').and_then(|(group, field)| Some(tree.get(group)?.get(field)?.clone()))
    };
    let rules = law.versions.last().map(|version| &version.rules);
    let concerning = shipped::resolutions().iter().filter(|found| found.concerns(&law.id));
    concerning
        .map(|found| {
            let opens = |choice: &&String| rules.is_some_and(|rules| found.reading(rules, choice).is_ok());
            let number = found
                .number
                .filter(|[least, _]| rules.is_some_and(|rules| found.reading(rules, &least.to_string()).is_ok()));
            let held = found.setting.as_ref().filter(|key| settings.contains_key(*key));
            let about =
                |decision: &&Decision| decision.told.profile == law.id && decision.told.setting.as_ref() == held;
            let in_effect = |decision: &&Decision| {
                let from = super::date(&decision.told.effective_on);
                decision.state == "effective" && from.is_some_and(|day| day <= today)
            };
            let latest =
                |decision: &&Decision| (decision.told.effective_on.clone(), decision.at_ms, decision.id.clone());
            ResolutionShown {
                id: found.id.clone(),
                finding_zh: found.finding_zh.clone(),
                finding_en: found.finding_en.clone(),
                reading_zh: found.reading_zh.clone(),
                reading_en: found.reading_en.clone(),
                articles: found.articles.get(&law.id).cloned().unwrap_or_default(),
                elsewhere: found.elsewhere.clone(),
                setting: found.setting.clone(),
                value: found.setting.as_deref().and_then(|key| of(&adopted, key)),
                default: found.setting.as_deref().and_then(|key| of(law, key)),
                offered: found.choices.iter().filter(opens).cloned().collect(),
                number: number.map(|range| range.to_vec()),
                decided: held
                    .and_then(|_| decisions.iter().filter(about).filter(in_effect).max_by_key(latest))
                    .cloned(),
            }
        })
        .collect()
}
