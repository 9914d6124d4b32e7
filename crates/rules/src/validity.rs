//! 效力: in force, unconfirmed, expired; trial and interim texts; what is missing; what to warn of.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::data::Repeal;
use crate::law::{Applied, Force, Law, Version};
use crate::time::plus_days;
use crate::verdict::{Basis, Verdict};
use crate::vocab::{DateSource, Nature, vocab};

vocab! {
    /// State of a version on a day.
    State {
        /// Its first day is not known or not reached.
        Pending = "pending",
        InForce = "in_force",
        /// 效力待确认.
        InForceUnconfirmed = "in_force_unconfirmed",
        Expired = "expired",
        Superseded = "superseded",
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Validity {
    pub profile: String,
    pub version: String,
    pub title: String,
    pub state: State,
    pub force: Force,
    /// Whether its articles may be cited as binding for an act of that day.
    pub binding: bool,
    pub nature: Nature,
    pub in_force_on: Option<Date>,
    pub in_force_source: DateSource,
    /// Last day of force, inclusive.
    pub expires_on: Option<Date>,
    /// First day after the expiry, for lapsed regulations.
    pub lapsed_since: Option<Date>,
    /// Days after the last day of force.
    pub days_since_expiry: Option<i32>,
    /// Codes of banners to show: `unconfirmed`, `lapsed`, `trial`, `interim`, `expiring`,
    /// `publication_date_missing`, `date_assumed`.
    pub banners: Vec<String>,
    /// The smallest warning threshold reached before the expiry, in days.
    pub warning_days: Option<u32>,
    /// Documents the text needs and nobody has supplied.
    pub documents_missing: Vec<String>,
}

/// 效力 of one regulation on a day.
#[must_use]
pub fn validity(law: &Law, on: Date) -> Verdict<Option<Validity>> {
    let mut basis = Basis::default();
    let Some(applied) = law.on(on) else {
        return basis.verdict(None);
    };
    let version = applied.version;
    for cite in &version.rules.validity_article.0 {
        basis.articles.push(applied.cited(cite));
    }
    let ends = law.ends(version);
    let expired = ends.is_some_and(|ends| ends < on);
    let warning_days = warning(law, ends, on);
    let banners = banners(law, version, applied.force, warning_days);
    if banners.iter().any(|banner| banner == "unconfirmed") {
        basis.own("profile.force_confirm_days");
        basis.change("confirmed_on", on, "in_force");
    }
    if expired {
        basis.own("profile.lapsed");
        basis.change("continuation", "?", "extended");
    }
    if warning_days.is_some() {
        basis.own("profile.expiry_warning_days");
    }
    let documents = version.rules.documents.iter().filter(|document| !document.supplied);
    basis.verdict(Some(Validity {
        profile: law.id.clone(),
        version: version.rules.version.clone(),
        title: version.rules.title.clone(),
        state: state(applied.force, expired),
        force: applied.force,
        binding: applied.force.binding(),
        nature: version.rules.nature,
        in_force_on: law.begins(version),
        in_force_source: version.rules.in_force_source,
        expires_on: ends,
        lapsed_since: ends.filter(|_| expired).map(|day| plus_days(day, 1)),
        days_since_expiry: ends.filter(|_| expired).map(|day| days_between(day, on)),
        banners,
        warning_days,
        documents_missing: documents.map(|document| document.title.clone()).collect(),
    }))
}

fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

fn state(force: Force, expired: bool) -> State {
    match force {
        _ if expired => State::Expired,
        Force::Before => State::Pending,
        Force::Unconfirmed => State::InForceUnconfirmed,
        _ => State::InForce,
    }
}

/// The smallest threshold (180, 90, 30 days) already reached before the last day.
fn warning(law: &Law, ends: Option<Date>, on: Date) -> Option<u32> {
    let left = days_between(on, ends?);
    let left = u32::try_from(left).ok()?;
    law.defaults.profile.expiry_warning_days.iter().copied().filter(|days| left <= *days).min()
}

fn banners(law: &Law, version: &Version, force: Force, warning: Option<u32>) -> Vec<String> {
    let rules = &version.rules;
    // Also of a version the agency's own annex has made: the text it completes has no day yet.
    let undated = law.versions.iter().any(|version| law.begins(version).is_none());
    let missing_date = rules.in_force_source == DateSource::Unknown && undated;
    [
        (force == Force::Lapsed, "lapsed"),
        (force == Force::Continued, "continued"),
        (force == Force::Unconfirmed, "unconfirmed"),
        (rules.nature == Nature::Trial, "trial"),
        (rules.nature == Nature::Interim, "interim"),
        (warning.is_some(), "expiring"),
        (missing_date, "publication_date_missing"),
        (rules.in_force_source == DateSource::Assumed, "date_assumed"),
    ]
    .into_iter()
    .filter(|(shown, _)| *shown)
    .map(|(_, code)| code.to_owned())
    .collect()
}

/// Whether a regulation may be activated: a text in force "from publication" needs the date of it.
///
/// # Errors
/// `profile.publication_date_required`.
pub fn may_activate(law: &Law) -> Result<(), &'static str> {
    match law.versions.iter().any(|version| law.begins(version).is_none()) {
        true => Err("profile.publication_date_required"),
        false => Ok(()),
    }
}

/// 已废止: the text that repealed a regulation by a day, and what it says of it (VAL-06).
#[must_use]
pub fn repealed<'a>(laws: &'a [Law], id: &str, on: Date) -> Option<(Applied<'a>, &'a Repeal)> {
    let all = laws.iter().flat_map(|law| law.versions.iter().map(move |version| (law, version)));
    let said = all.flat_map(|(law, version)| version.rules.repeals.iter().map(move |repeal| (law, version, repeal)));
    said.filter(|(_, _, repeal)| repeal.id.as_deref() == Some(id) && repeal.on <= on)
        .map(|(law, version, repeal)| (Applied { law, version, force: Force::InForce }, repeal))
        .next()
}

/// 前身: the text that governed a day before a regulation, where it tells of one.
#[must_use]
pub fn predecessor(law: &Law, on: Date) -> Option<&Repeal> {
    let applied = law.on(on).filter(|applied| applied.force == Force::Before)?;
    applied.version.rules.repeals.iter().find(|repeal| on < repeal.on)
}

/// Whether a regulation may be chosen as the basis of a new act on a day.
///
/// # Errors
/// `profile.expired` or `profile.not_yet_in_force`.
pub fn may_cite(law: &Law, on: Date) -> Result<(), &'static str> {
    match law.on(on).map(|applied| applied.force) {
        Some(force) if force.binding() => Ok(()),
        Some(Force::Before) | None => Err("profile.not_yet_in_force"),
        Some(_) => Err("profile.expired"),
    }
}
