//! A regulation with its versions in time, and which of them governs a day.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::checklist::Checklist;
use crate::data::Rules;
use crate::defaults::Defaults;
use crate::time::plus_days;
use crate::vocab::{Act, Role, vocab};

/// One regulation: all its versions, and what the agency has decided about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Law {
    pub id: String,
    /// By first day of force; a version without a date comes first. Never empty after parsing.
    pub versions: Vec<Version>,
    pub adoption: Adoption,
    pub defaults: Defaults,
}

/// One version: its values, its articles, its checklist and its worked examples.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    pub rules: Rules,
    pub articles: Vec<Article>,
    pub checklist: Option<Checklist>,
    pub cases: Vec<Case>,
    /// Content of documents the agency has supplied, by title.
    pub supplied: BTreeMap<String, Vec<String>>,
    /// Where `rules.toml` came from, for faults found later.
    pub source: Source,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Source {
    pub file: String,
    pub text: String,
}

/// One article, item or sentence: number, one line in our own words, and what answers it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Article {
    /// Catalogue number: `15(3)`, `9¶2`, `12a` (first sentence), `R7` (checklist row).
    pub no: String,
    /// As a lawyer cites it: `第十五条第（三）项`. Sentences of one paragraph share a citation.
    pub cite: String,
    pub zh: String,
    pub en: String,
    /// Requirements that answer it.
    #[serde(default)]
    pub answers: Vec<String>,
    /// Why no software is needed, where nothing answers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_software_zh: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_software_en: Option<String>,
    /// The number is skipped in the text itself.
    #[serde(default)]
    pub absent: bool,
}

/// A worked example a lawyer can read; one test runs them all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    /// One of the questions, e.g. `upload-deadline`.
    pub ask: String,
    #[serde(default)]
    pub facts: serde_json::Map<String, serde_json::Value>,
    /// Every key given here must be in the verdict with this value.
    #[serde(default)]
    pub expect: serde_json::Map<String, serde_json::Value>,
    /// The articles the verdict rests on, all of them and no other.
    #[serde(default)]
    pub because: Option<Vec<String>>,
    #[serde(default)]
    pub default: Option<bool>,
    /// The question must be refused with this fault code.
    #[serde(default)]
    pub refused: Option<String>,
    /// Ambiguities of the text (T-01 …) and requirements this case is about.
    #[serde(default)]
    pub trap: Vec<String>,
    #[serde(default)]
    pub requirement: Vec<String>,
}

/// 启用设置: what an agency has decided and recorded about one regulation. Data of the agency, not
/// of the text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Adoption {
    /// Day of publication of a text that is in force "from publication".
    pub published_on: Option<Date>,
    /// Who confirmed that the text is in force, and when.
    pub confirmations: Vec<Confirmation>,
    /// What carries the rules on after their expiry.
    pub continuations: Vec<Continuation>,
    /// Approvers of acts for which the text names nobody.
    pub approvers: BTreeMap<Act, Role>,
    /// Who may act for those the text or the agency names, and until when.
    pub delegations: Vec<Delegation>,
    /// Own defaults and readings changed by the agency, by dotted key.
    pub settings: BTreeMap<String, Setting>,
    /// 启用: the day from which a later version counts, never before its own first day.
    pub activated: BTreeMap<String, Date>,
    /// Documents the text names and the agency has supplied.
    pub annexes: Vec<Annex>,
}

/// 授权代行: somebody acts for the approver of an act, by document and for a period (both days inclusive).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegation {
    pub act: Act,
    pub delegate: String,
    pub document: String,
    pub from: Date,
    pub until: Date,
}

/// 附件: a document the text names, supplied by the agency. With content it makes a version of the agency's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Annex {
    /// Its title, as the text names it.
    pub document: String,
    pub from: Date,
    /// What it lists, line by line, in its own words; empty where no rule waits for its content.
    #[serde(default)]
    pub lines: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    pub on: Date,
    pub by: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Continuation {
    pub kind: ContinuationKind,
    pub document: String,
    pub from: Date,
    pub recorded_on: Date,
    /// Last day, inclusive; none: until something else is decided.
    #[serde(default)]
    pub until: Option<Date>,
    /// A retroactive start needs this tick and an approver.
    #[serde(default)]
    pub retroactive: bool,
    #[serde(default)]
    pub approver: Option<String>,
}

vocab! {
    ContinuationKind {
        Successor = "successor",
        Extension = "extension",
        OwnMeasures = "own_measures",
        LeadershipDecision = "leadership_decision",
    }
}

/// A changed setting; without the number of the decision it is not accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    pub value: serde_json::Value,
    pub decision_no: String,
}

vocab! {
    /// How a regulation stands toward a day.
    Force {
        InForce = "in_force",
        /// No end date in the text and nobody has confirmed its force within a year.
        Unconfirmed = "in_force_unconfirmed",
        /// Expired; carried on by a recorded extension.
        Extended = "extended",
        /// Expired; the agency applies it by its own decision.
        Continued = "continued",
        /// Expired and nothing recorded: protective duties go on as internal practice.
        Lapsed = "lapsed",
        /// The day lies before the first version.
        Before = "before",
    }
}

impl Force {
    /// Whether articles may be cited as binding.
    #[must_use]
    pub fn binding(self) -> bool {
        matches!(self, Force::InForce | Force::Unconfirmed | Force::Extended)
    }
}

/// The version that governs a day, and how.
#[derive(Debug, Clone, Copy)]
pub struct Applied<'a> {
    pub law: &'a Law,
    pub version: &'a Version,
    pub force: Force,
}

impl Law {
    /// First day of force of a version: the text's, or the day of publication the agency entered; of a later version
    /// never before the agency has put it in force.
    #[must_use]
    pub fn begins(&self, version: &Version) -> Option<Date> {
        let begins = version.rules.in_force_on.or(self.adoption.published_on);
        begins.max(self.adoption.activated.get(&version.rules.version).copied())
    }

    /// Two versions of which the later does not begin after the earlier: both would govern the same day.
    #[must_use]
    pub fn overlap(&self) -> Option<(&Version, &Version)> {
        let pairs = self.versions.windows(2).map(|pair| (&pair[0], &pair[1]));
        pairs.into_iter().find(|(earlier, later)| {
            let (earlier, later) = (self.begins(earlier), self.begins(later));
            earlier.is_some() && later <= earlier
        })
    }

    /// Last day of force: the text's, or the day before a version that ends it.
    #[must_use]
    pub fn ends(&self, version: &Version) -> Option<Date> {
        let begins = self.begins(version);
        let successor = self
            .versions
            .iter()
            .filter(|other| other.rules.version != version.rules.version)
            .filter_map(|other| self.begins(other).map(|day| (day, other)))
            .filter(|(day, other)| {
                let ends_it = other.rules.supersedes.as_deref() == Some(version.rules.version.as_str());
                ends_it || begins.is_none_or(|begins| *day > begins)
            })
            .map(|(day, _)| plus_days(day, -1))
            .min();
        [version.rules.expires_on, successor].into_iter().flatten().min()
    }

    /// Which version governs a day. A day in a gap after an expiry is judged by the expired version
    /// in lapsed mode; a day before everything by the first version, protectively.
    #[must_use]
    pub fn on(&self, day: Date) -> Option<Applied<'_>> {
        let governing =
            self.versions.iter().rev().find(|version| self.begins(version).is_none_or(|begins| begins <= day));
        let Some(version) = governing else {
            let version = self.versions.first()?;
            return Some(Applied { law: self, version, force: Force::Before });
        };
        let force = match self.ends(version) {
            Some(ends) if ends < day => self.after_expiry(day),
            Some(_) if version.rules.expires_on.is_some() => Force::InForce,
            _ if self.confirmed_on(day) => Force::InForce,
            _ => Force::Unconfirmed,
        };
        Some(Applied { law: self, version, force })
    }

    fn after_expiry(&self, day: Date) -> Force {
        let latest = self
            .adoption
            .continuations
            .iter()
            .filter(|continuation| continuation.from <= day && continuation.until.is_none_or(|until| day <= until))
            .filter(|continuation| {
                continuation.from >= continuation.recorded_on
                    || (continuation.retroactive && continuation.approver.is_some())
            })
            .max_by_key(|continuation| continuation.from);
        match latest.map(|continuation| continuation.kind) {
            Some(ContinuationKind::Extension) => Force::Extended,
            // What binds then is the other text, once it is loaded as a version of its own.
            Some(
                ContinuationKind::Successor | ContinuationKind::OwnMeasures | ContinuationKind::LeadershipDecision,
            ) => Force::Continued,
            None => Force::Lapsed,
        }
    }

    /// Whether somebody confirmed the force of the text within the confirmation period before a day.
    #[must_use]
    pub fn confirmed_on(&self, day: Date) -> bool {
        let days = i64::from(self.defaults.profile.force_confirm_days);
        self.adoption
            .confirmations
            .iter()
            .any(|confirmation| confirmation.on <= day && day < plus_days(confirmation.on, days))
    }
}

impl Version {
    /// The catalogue number behind a citation: the shared part of all sentences so cited.
    #[must_use]
    pub fn article_no(&self, cite: &str) -> Option<&str> {
        let article = self.articles.iter().find(|article| article.cite == cite)?;
        let shared = self.articles.iter().filter(|other| other.cite == cite).count() > 1;
        Some(if shared { article.no.trim_end_matches(['a', 'b', 'c', 'd']) } else { &article.no })
    }
}
