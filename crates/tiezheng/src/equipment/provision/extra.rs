//! Fixed sites and the general office standard of a unit: what is owed or allowed beside devices by head-count.

use std::collections::BTreeSet;

use jiff::Span;
use jiff::civil::Date;
use serde_json::{Value, json};
use tiezheng_rules::provisioning::Site;
use tiezheng_rules::time::{When, day_begins_ms};
use tiezheng_rules::vocab::{DeviceKind, ExemptionReason, UnitClass};
use tiezheng_rules::{ExemptionFacts, Law, exemption, provisioning};

use super::facts::{Counted, Data};
use super::store::sites::RecordingSite;
use super::store::{Deviation, money::OfficeStandard};
use super::sufficiency::{HazardUses, SiteState, SpecialNeed, StandardLine, StandardState};
use crate::equipment::law::cited;

/// Which class of unit owes a site for which purpose.
const OWED: [(UnitClass, &str); 4] = [
    (UnitClass::LicensingUnit, "licensing"),
    (UnitClass::HearingHost, "hearing"),
    (UnitClass::ApprovalWindow, "approval_window"),
    (UnitClass::CaseHandlingPlace, "case_handling_place"),
];

/// 特殊功能: what each unit counted here has stated it needs, and the devices there that have it. The article where the text
/// speaks of it; where none does, the need is the unit's own word.
pub fn special(laws: &[&Law], data: &Data, counted: &Counted) -> Vec<SpecialNeed> {
    let mut articles: Vec<Value> = Vec::new();
    for applied in laws.iter().filter_map(|law| law.on(counted.facts.on)) {
        let statement = applied.version.rules.statements.iter().find(|one| one.key == "tech.special");
        articles.extend(statement.iter().flat_map(|one| &one.article.0).map(|cite| json!(applied.cited(cite))));
    }
    let mut stated: Vec<String> = counted.units.iter().flat_map(|unit| data.special_needs(unit)).collect();
    stated.sort();
    stated.dedup();
    let one = |need: String| {
        let there = counted.units.iter().flat_map(|unit| data.capable.get(unit).into_iter().flatten());
        let device_ids: Vec<String> =
            there.filter(|(_, capabilities)| capabilities.contains(&need)).map(|(id, _)| id.clone()).collect();
        SpecialNeed { gap: device_ids.is_empty(), device_ids, need, articles: articles.clone() }
    };
    stated.into_iter().map(one).collect()
}

/// 危险场所无合规设备: how often the unit gave that as its reason not to record; repeated (`exemption.hazard_repeat_uses`), a
/// compliant device is to be provided (PRV-13). `None`: never, or its regulation knows no such reason.
pub fn hazard(laws: &[&Law], data: &Data, counted: &Counted) -> Option<HazardUses> {
    let (on, months) = (counted.facts.on, laws.last()?.defaults.exemption.hazard_repeat_months);
    let counts = |day: &Date| *day <= on && day.checked_add(Span::new().months(months)).is_ok_and(|ends| ends > on);
    let given = counted.units.iter().flat_map(|unit| data.hazards.get(unit).into_iter().flatten());
    let mut days: Vec<Date> = given.copied().filter(counts).collect();
    let uses = u32::try_from(days.len()).unwrap_or(u32::MAX);
    days.pop()?; // the use that is asked about; the others went before
    let facts = ExemptionFacts {
        on: When(day_begins_ms(on)),
        occasions: BTreeSet::new(),
        reason: Some(ExemptionReason::HazardNoCompliantDevice),
        facts_given: true,
        document: None,
        activity_ended: None,
        author_is_recipient: false,
        received: false,
        signed_off: false,
        hazard_uses: days,
    };
    let verdict = exemption(laws, &facts);
    let known = verdict.verdict.accepted == Some(true);
    let repeated = verdict.verdict.hazard_repeated;
    known.then(|| HazardUses { uses, months, repeated, articles: cited(&verdict) })
}

/// Asks the rules class by class: a unit that decides and hears owes both.
pub fn sites(laws: &[&Law], data: &Data, counted: &Counted) -> Vec<SiteState> {
    let owed = OWED.iter().filter(|(class, _)| counted.facts.classes.contains(class));
    owed.filter_map(|(class, purpose)| site(laws, data, counted, *class, purpose)).collect()
}

fn site(laws: &[&Law], data: &Data, counted: &Counted, class: UnitClass, purpose: &str) -> Option<SiteState> {
    let there: Vec<&RecordingSite> =
        data.sites.iter().filter(|site| site.purpose == purpose && counted.units.contains(&site.unit.id)).collect();
    let mut articles: Vec<Value> = Vec::new();
    let mut ask = |site: Option<Site>| {
        let mut facts = counted.facts.clone();
        (facts.classes, facts.site) = ([class].into(), site);
        let verdict = provisioning(laws, &facts);
        articles = verdict.articles.iter().map(|cited| json!(cited)).collect();
        verdict.verdict.site_required.then_some(verdict.verdict.site_complete.unwrap_or(false))
    };
    let mut complete = ask(None)?;
    for site in &there {
        complete |= ask(Some(as_fact(data, site))).unwrap_or(false);
    }
    let key = format!("site.{purpose}");
    Some(SiteState {
        complete,
        // A window's cameras are the service centre's (福州 第五条（一）): who that is must be on record.
        operator_missing: class == UnitClass::ApprovalWindow && there.iter().all(|site| site.operator.is_none()),
        site_ids: there.iter().map(|site| site.id.clone()).collect(),
        deviation: deviation(data, counted, &key),
        purpose: purpose.to_owned(),
        articles,
        key,
    })
}

/// A camera counts while it can be used.
fn as_fact(data: &Data, site: &RecordingSite) -> Site {
    let usable = |id: &&String| data.devices.values().flatten().any(|(known, _)| known == *id);
    let cameras = u32::try_from(site.cameras.iter().filter(usable).count()).unwrap_or(u32::MAX);
    Site { place: !site.place.is_empty(), cameras, operator: site.operator.clone() }
}

fn deviation(data: &Data, counted: &Counted, key: &str) -> Option<Deviation> {
    data.deviations.iter().find(|one| one.need == key && counted.units.contains(&one.unit.id)).cloned()
}

/// Where the regulation refers to the office standard: nothing is pretended while none was entered (PRV-11).
pub fn standard(laws: &[&Law], data: &Data, counted: &Counted) -> Option<StandardState> {
    let mut articles: Vec<Value> = Vec::new();
    for applied in laws.iter().filter_map(|law| law.on(counted.facts.on)) {
        let statement = applied.version.rules.statements.iter().find(|one| one.key == "other_kinds.standard");
        articles.extend(statement.iter().flat_map(|one| &one.article.0).map(|cite| json!(applied.cited(cite))));
    }
    if articles.is_empty() {
        return None;
    }
    let not_checked = data.standards.is_empty().then(|| "standard.missing".to_owned());
    let lines = data.standards.iter().filter_map(|standard| line(data, counted, standard)).collect();
    Some(StandardState { not_checked, lines, articles })
}

fn line(data: &Data, counted: &Counted, standard: &OfficeStandard) -> Option<StandardLine> {
    let ids = data.ids(&counted.units, &[DeviceKind::from_code(&standard.kind)?]);
    let have = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    let key = format!("standard.{}", standard.kind);
    let allowed = usize::try_from(standard.quantity).unwrap_or(0);
    Some(StandardLine {
        deviation: deviation(data, counted, &key),
        key,
        kind: standard.kind.clone(),
        document: standard.document.clone(),
        version: standard.version.clone(),
        limit: standard.quantity,
        have,
        too_dear: ids.iter().filter(|id| data.too_dear.contains(*id)).cloned().collect(),
        over_by: (have - standard.quantity).max(0),
        device_ids: ids.into_iter().skip(allowed).collect(),
    })
}
