//! What the regulation of an agency says about a device: asked of the rules, never decided here.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Value as Json, json};
use tiezheng_rules::defaults::Defaults;
use tiezheng_rules::pre_check::{PreCheck, PreCheckFacts, pre_check};
use tiezheng_rules::service_life::{Loss, ServiceLife, ServiceLifeFacts, service_life};
use tiezheng_rules::time::day_begins_ms;
use tiezheng_rules::vocab::{DeviceKind, PreCheckItem};
use tiezheng_rules::{Law, Verdict};

use super::Device;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Problem, Result};
use crate::regulations::binding::Register;
use crate::regulations::{self, Decision};

/// The regulations that bind an agency and its units, and what it has decided about them.
pub struct Adopted {
    register: Register,
    decisions: Vec<Decision>,
}

impl Adopted {
    pub async fn by(tx: &mut Tx, agency: &str) -> Result<Adopted> {
        let register = Register::of(tx, agency).await?;
        Ok(Adopted { register, decisions: regulations::store::decisions(tx, agency).await? })
    }

    /// What an agency itself goes by on a day, base first; none where it follows no regulation we know.
    pub fn on<'a>(&self, app: &'a App, day: Date) -> Laws<'a> {
        self.of_unit(app, None, day)
    }

    /// What one of its units goes by.
    pub fn of_unit<'a>(&self, app: &'a App, unit: Option<&str>, day: Date) -> Laws<'a> {
        Laws { laws: self.stack(&app.laws, unit, day), day }
    }

    /// The regulations that bind units of it on a day, besides its own.
    pub fn others<'a>(&self, app: &'a App, day: Date) -> Vec<(String, Laws<'a>)> {
        let own = self.profile(None, day);
        let bound = self.register.binding(day_begins_ms(day)).into_iter().filter(|profile| *profile != own);
        let laws = |profile: &str| Laws { laws: app.laws.adopted(profile, &self.decisions, day), day };
        bound.map(|profile| (profile.to_owned(), laws(profile))).collect()
    }

    /// The same without the day. Devices and needs of a unit that nothing binds yet are the agency's.
    pub fn stack<'a>(&self, laws: &'a crate::laws::Laws, unit: Option<&str>, day: Date) -> Vec<Cow<'a, Law>> {
        laws.adopted(self.profile(unit, day), &self.decisions, day)
    }

    pub fn profile(&self, unit: Option<&str>, day: Date) -> &str {
        let at_ms = day_begins_ms(day);
        self.register.profile(unit, at_ms).or_else(|| self.register.profile(None, at_ms)).unwrap_or("")
    }
}

/// The laws of one day.
pub struct Laws<'a> {
    laws: Vec<Cow<'a, Law>>,
    pub day: Date,
}

impl Laws<'_> {
    pub fn all(&self) -> Vec<&Law> {
        self.laws.iter().map(Cow::as_ref).collect()
    }

    /// The articles in force that answer a requirement; those of a lapsed text are marked, they are practice only.
    pub fn cites(&self, requirement: &str) -> Vec<Json> {
        let mut found: Vec<Json> = Vec::new();
        for applied in self.laws.iter().filter_map(|law| law.on(self.day)) {
            let articles = applied.version.articles.iter();
            for article in articles.filter(|article| article.answers.iter().any(|answer| answer == requirement)) {
                let mut cited = json!(applied.cited(&article.cite));
                if !applied.force.binding() {
                    cited["lapsed"] = json!(true);
                }
                if !found.contains(&cited) {
                    found.push(cited);
                }
            }
        }
        found
    }

    pub fn refuse(&self, mut problem: Problem, requirement: &str) -> Problem {
        problem.articles = self.cites(requirement);
        problem
    }

    /// Our own values, as the agency has changed them.
    pub fn defaults(&self) -> Defaults {
        self.laws.last().map_or_else(Defaults::shipped, |law| law.defaults.clone())
    }

    /// Last day of the range of a device of this kind that came into use on the day of these laws.
    pub fn range_until(&self, kind: &str, since: Date) -> Option<Date> {
        let facts = ServiceLifeFacts {
            kind: DeviceKind::from_code(kind)?,
            in_use_since: since,
            on: self.day,
            damaged: false,
            approved: false,
            reason_given: false,
            loss: None,
            last_used_on: None,
            substandard_since: None,
            maintenance_due: None,
        };
        service_life(&self.all(), &facts).verdict.range_until
    }

    /// 使用前检查, as far as it was done.
    pub fn pre_check(&self, results: BTreeMap<PreCheckItem, bool>, urgent_with_reason: bool) -> Verdict<PreCheck> {
        pre_check(
            &self.all(),
            &PreCheckFacts { on: self.day, results, urgent_with_reason, drift_seconds: None, shift_ends: None },
        )
    }

    /// 使用年限 on the day of these laws; `None` where nobody has told since when the device is used.
    pub fn life(&self, device: &Device, asked: &Retiring) -> Option<Verdict<ServiceLife>> {
        let since = device.in_use_on.as_deref().or(device.acquired_on.as_deref()).and_then(|day| day.parse().ok());
        let facts = ServiceLifeFacts {
            kind: DeviceKind::from_code(&device.kind)?,
            // What a lost one cost is owed however long it was used.
            in_use_since: since.or(asked.loss.is_some().then_some(self.day))?,
            on: self.day,
            damaged: asked.damaged,
            approved: asked.approved,
            reason_given: asked.reason_given,
            loss: asked.loss.clone(),
            last_used_on: None,
            substandard_since: None,
            maintenance_due: None,
        };
        Some(service_life(&self.all(), &facts))
    }

    /// The technical items a body-worn camera or handheld terminal is held against: keys of the text's statements, with
    /// their articles; empty where the text has none.
    pub fn technical_items(&self, kind: &str) -> Vec<(String, Vec<Json>)> {
        if !matches!(kind, "body_worn_camera" | "handheld_terminal") {
            return Vec::new();
        }
        let mut found = Vec::new();
        for applied in self.laws.iter().filter_map(|law| law.on(self.day)) {
            for statement in &applied.version.rules.statements {
                let technical = statement.key.starts_with("tech.") && statement.key != "tech.special";
                if technical && !found.iter().any(|(key, _)| *key == statement.key) {
                    let cites = statement.article.0.iter().map(|cite| json!(applied.cited(cite))).collect();
                    found.push((statement.key.clone(), cites));
                }
            }
        }
        found
    }
}

/// What is on record about a device that is to be retired, or was lost.
#[derive(Clone, Default)]
pub struct Retiring {
    pub damaged: bool,
    pub approved: bool,
    pub reason_given: bool,
    pub loss: Option<Loss>,
}

/// What a verdict rests on, as problems and pages cite it.
pub fn cited<T>(verdict: &Verdict<T>) -> Vec<Json> {
    let cited = if verdict.lapsed { &verdict.reference } else { &verdict.articles };
    cited.iter().map(|cited| json!(cited)).collect()
}
