//! 配备情况统计表 out of the sufficiency: what each unit must have by which article, has, plans and lacks.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use tiezheng_rules::time::legal_day;

use super::fill::{Filled, Row, put, word};
use crate::app::App;
use crate::db::Tx;
use crate::equipment::acts;
use crate::equipment::provision::sufficiency::{self, Item, UnitNeed, UnitSufficiency};
use crate::equipment::store::devices;
use crate::error::{Problem, Result};
use crate::laws::Laws;
use crate::locale;
use crate::people::{Actor, store};

/// Units of `subjects`, or all within reach and what is counted over the whole agency.
pub async fn fill(
    tx: &mut Tx,
    app: &App,
    actor: &Actor,
    subjects: &[String],
    (language, now): (&str, i64),
    filled: &mut Filled,
) -> Result<()> {
    let agency = actor.own_agency()?;
    let known = store::units(tx, Some(agency)).await?;
    for id in subjects {
        let unit = known.iter().find(|unit| unit.id == *id).ok_or_else(|| {
            Problem::invalid("subjects", "field.unknown_reference").with("value", crate::field::short(id))
        })?;
        acts::within(actor, Some(&unit.id))?;
    }
    let today = legal_day(now);
    let mut found = sufficiency::of_agency(tx, &app.laws, agency, today, now).await?;
    if subjects.is_empty() {
        found.units.retain(|unit| acts::within(actor, Some(&unit.unit.id)).is_ok());
        filled.unit_id = actor.unit.clone();
    } else {
        found.units.retain(|unit| unit.covers.iter().any(|covered| subjects.contains(covered)));
        found.agency = None;
    }
    if let [unit] = found.units.as_slice()
        && found.agency.is_none()
    {
        (filled.unit, filled.unit_id) = (unit.unit.name.clone(), Some(unit.unit.id.clone()));
    }
    if let Some(whole) = &mut found.agency {
        let named = serde_json::json!({"agency": filled.agency});
        whole.unit.name = sentence(language, "whole", &named);
    }
    let have = devices::counted(tx, agency).await?;
    let units = || found.agency.iter().chain(&found.units);
    let cited: BTreeSet<(&str, &str)> = units().flat_map(articles).filter_map(law).collect();
    let titles: BTreeSet<String> =
        cited.iter().filter_map(|(profile, version)| title(&app.laws, profile, version)).collect();
    let rows: Vec<Row> = units().flat_map(|unit| of_unit(unit, &have, titles.len() > 1, &app.laws, language)).collect();
    if rows.len() > tiezheng_paper::ROWS_MAX {
        return Err(Problem::invalid("subjects", "document.subjects").with("most", tiezheng_paper::ROWS_MAX));
    }
    put(&mut filled.fields, "reference_day", found.on.clone());
    put(&mut filled.fields, "profile", titles.into_iter().collect::<Vec<_>>().join(&word(language, "list", "comma")));
    filled.tables.insert("rows".into(), rows);
    Ok(())
}

fn articles(unit: &UnitSufficiency) -> impl Iterator<Item = &Value> {
    let needs = unit.needs.iter().flat_map(|need| &need.items).map(|item: &Item| &item.article);
    needs.chain(unit.plan.iter().flat_map(|plan| &plan.articles)).chain(&unit.articles)
}

fn law(cited: &Value) -> Option<(&str, &str)> {
    Some((cited["profile"].as_str()?, cited["version"].as_str()?))
}

fn title(laws: &Laws, profile: &str, version: &str) -> Option<String> {
    let versions = &laws.get(profile)?.versions;
    versions.iter().find(|one| one.rules.version == version).map(|one| one.rules.title.clone())
}

/// Needs first, then what only a plan asks for, then kinds that are there and nobody asks for.
fn of_unit(
    unit: &UnitSufficiency,
    have: &[(String, String, i64)],
    several_laws: bool,
    laws: &Laws,
    language: &str,
) -> Vec<Row> {
    let basis = |cited: &mut dyn Iterator<Item = &Value>| {
        let mut named: Vec<String> = Vec::new();
        for one in cited {
            let article = one["article"].as_str().unwrap_or_default();
            let of = law(one).filter(|_| several_laws).and_then(|(profile, version)| title(laws, profile, version));
            let text = of.map_or_else(|| article.to_owned(), |title| format!("{title} {article}"));
            if !named.contains(&text) {
                named.push(text);
            }
        }
        named.join(&word(language, "list", "comma"))
    };
    let line = |kinds: &[String]| {
        let kinds: Vec<String> = kinds.iter().map(|kind| word(language, "equipment.kind", kind)).collect();
        let mut row = Row::new();
        put(&mut row, "unit_name", unit.unit.name.clone());
        put(&mut row, "head_count", unit.officers.to_string());
        put(&mut row, "kind", kinds.join(&word(language, "list", "comma")));
        row
    };
    let lines = unit.plan.iter().flat_map(|plan| &plan.lines);
    let mut rows = Vec::new();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for need in &unit.needs {
        let mut row = line(&need.kinds);
        put(&mut row, "required", need.required.to_string());
        put(&mut row, "other_reading", other_reading(need));
        let planned: Vec<u32> =
            lines.clone().filter(|line| need.kinds.contains(&line.kind)).map(|line| line.quantity).collect();
        if !planned.is_empty() {
            put(&mut row, "planned", planned.iter().sum::<u32>().to_string());
        }
        for (key, number) in [("have", need.have), ("short_by", need.short_by), ("over_by", need.over_by)] {
            put(&mut row, key, number.to_string());
        }
        put(&mut row, "basis", basis(&mut need.items.iter().map(|item| &item.article)));
        put(&mut row, "remark", remark(need, language));
        told.extend(need.kinds.iter().map(String::as_str));
        rows.push(row);
    }
    for planned in lines.clone().filter(|line| !told.contains(line.kind.as_str())) {
        let mut row = line(std::slice::from_ref(&planned.kind));
        for (key, number) in [("planned", planned.quantity), ("have", planned.have), ("short_by", planned.short_by)] {
            put(&mut row, key, number.to_string());
        }
        put(&mut row, "basis", basis(&mut unit.plan.iter().flat_map(|plan| &plan.articles)));
        put(&mut row, "remark", planned.purpose.clone());
        rows.push(row);
    }
    told.extend(lines.map(|line| line.kind.as_str()));
    let mut others: BTreeMap<&str, i64> = BTreeMap::new();
    for (_, kind, count) in
        have.iter().filter(|(of, kind, _)| unit.covers.contains(of) && !told.contains(kind.as_str()))
    {
        *others.entry(kind).or_default() += count;
    }
    for (kind, count) in others {
        let mut row = line(&[kind.to_owned()]);
        put(&mut row, "have", count.to_string());
        rows.push(row);
    }
    let notes = [unit.stated.then_some("stated"), unit.no_plan.then_some("no_plan"), refusal(unit)];
    let notes: Vec<String> = notes.into_iter().flatten().map(|code| word(language, "sheet.provision", code)).collect();
    if rows.is_empty() && (unit.officers > 0 || unit.refused.is_some()) {
        rows.push(line(&[]));
    }
    if let Some(first) = rows.first_mut().filter(|_| !notes.is_empty()) {
        let known = first.remove("remark").into_iter().chain(notes).collect::<Vec<_>>();
        put(first, "remark", known.join(&word(language, "sheet", "semicolon")));
    }
    rows
}

fn refusal(unit: &UnitSufficiency) -> Option<&str> {
    unit.refused.as_deref().and_then(|code| code.strip_prefix("provision."))
}

/// What it would be, were the wording read the other way.
fn other_reading(need: &UnitNeed) -> String {
    let both = need.items.iter().flat_map(|item| [item.floor_reading, item.cap_reading]).flatten();
    let others: BTreeSet<u32> = both.filter(|number| *number != need.required).collect();
    others.iter().map(u32::to_string).collect::<Vec<_>>().join(" / ")
}

fn remark(need: &UnitNeed, language: &str) -> String {
    let target = need.target.filter(|_| need.target_gap > 0);
    let target = target
        .map(|target| sentence(language, "target", &serde_json::json!({"target": target, "gap": need.target_gap})));
    let deviation = need.deviation.as_ref().map(|one| {
        let document = one.document.as_deref().unwrap_or_default();
        let params = serde_json::json!({"approver": one.approver.name, "reason": one.reason, "document": document});
        sentence(language, "deviation", &params)
    });
    target.into_iter().chain(deviation).collect::<Vec<_>>().join(&word(language, "sheet", "semicolon"))
}

fn sentence(language: &str, key: &str, params: &Value) -> String {
    locale::text(language, &format!("sheet.provision.{key}"), params.as_object().unwrap_or(&Map::new()))
}
