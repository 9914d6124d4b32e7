//! 工作交接清单: what somebody leaves, as the handover lists it; without one, as it stands today.

use super::fill::{Filled, Row, put, signed_by, word};
use crate::db::Tx;
use crate::equipment::acts;
use crate::error::{Problem, Result};
use crate::people::handover::standing::{self, HandoverList};
use crate::people::handover::{Handover, PartySigned, store as handovers};
use crate::people::{Actor, store};

pub async fn fill(
    tx: &mut Tx,
    actor: &Actor,
    subjects: &[String],
    (language, now): (&str, i64),
    filled: &mut Filled,
) -> Result<()> {
    let agency = actor.own_agency()?;
    let id = subjects.first().map(String::as_str).unwrap_or_default();
    let unknown = || Problem::invalid("subjects", "field.unknown_reference").with("value", crate::field::short(id));
    let person = store::standing(tx, agency).await?.into_iter().find(|person| person.id == id).ok_or_else(unknown)?;
    let mut found = handovers::open_of(tx, id).await?;
    if found.is_none() {
        found = handovers::done_of(tx, id).await?;
    }
    // Of the post that is handed over, not of the one he went to.
    let unit = match &found {
        Some(handover) => handover.unit.clone(),
        None => {
            let units = store::units(tx, Some(agency)).await?.into_iter();
            let own = units.into_iter().find(|unit| Some(&unit.id) == person.unit.as_ref());
            own.map(|unit| store::Named { id: unit.id, name: unit.name })
        }
    };
    acts::within(actor, unit.as_ref().map(|unit| unit.id.as_str()))?;
    if let Some(unit) = unit {
        (filled.unit, filled.unit_id) = (unit.name, Some(unit.id));
    }
    put(&mut filled.fields, "leaver", person.name);
    let list = match found {
        Some(handover) => {
            told(&handover, language, &mut filled.fields);
            handover.list
        }
        None => standing::held(tx, agency, id, 0, now).await?,
    };
    filled.tables.insert("devices".into(), list.devices.iter().map(|device| device_row(device, language)).collect());
    filled.tables.insert("items".into(), items(&list, language));
    Ok(())
}

fn told(handover: &Handover, language: &str, fields: &mut Row) {
    put(fields, "successor", handover.successor.name.clone());
    put(fields, "witness", handover.head.name.clone());
    put(fields, "handover_on", handover.effective_on.clone());
    put(fields, "reason", handover.reason.clone().unwrap_or_default());
    let signed = |signed: &Option<PartySigned>| {
        signed.as_ref().map(|signed| signed_by(&signed.name, Some(signed.at_ms))).unwrap_or_default()
    };
    put(fields, "leaver_signed", signed(&handover.signatures.person));
    put(fields, "successor_signed", signed(&handover.signatures.successor));
    put(fields, "witness_signed", signed(&handover.signatures.unit_head));
    let changed = |what: &str, name: &str, change: &str| {
        format!("{} {name} {}", word(language, "sheet.item", what), word(language, "sheet.change", change))
    };
    let differs = handover.discrepancies.iter().flat_map(|one| {
        let changes = one.changes.iter().map(|change| changed(&change.what, &change.name, &change.change));
        one.text.clone().into_iter().chain(changes)
    });
    put(fields, "discrepancies", differs.collect::<Vec<_>>().join(&word(language, "sheet", "semicolon")));
}

fn device_row(device: &standing::HandedDevice, language: &str) -> Row {
    let mut row = Row::new();
    put(&mut row, "asset_no", device.asset_no.clone().unwrap_or_default());
    put(&mut row, "device", [word(language, "equipment.kind", &device.kind), device.model.clone()].join(" "));
    put(&mut row, "serial_no", device.name.clone());
    put(&mut row, "condition", word(language, "equipment.status", &device.status));
    row
}

/// Recordings beyond those named are one line with their number.
fn items(list: &HandoverList, language: &str) -> Vec<Row> {
    let line = |kind: &str, item: String, quantity: i64, remark: String| {
        let mut row = Row::new();
        put(&mut row, "item_kind", word(language, "sheet.item", kind));
        put(&mut row, "item", item);
        put(&mut row, "quantity", quantity.to_string());
        put(&mut row, "remark", remark);
        row
    };
    let mut rows: Vec<Row> =
        list.recordings.iter().map(|one| line("recording", one.name.clone(), 1, one.id.clone())).collect();
    let left = list.recordings_total - i64::try_from(list.recordings.len()).unwrap_or(i64::MAX);
    if left > 0 {
        rows.push(line("recording", word(language, "sheet", "others"), left, String::new()));
    }
    rows.extend(list.tasks.iter().map(|one| {
        line("task", format!("{} {}", word(language, "sheet.task", &one.kind), one.name), 1, String::new())
    }));
    let duty = |one: &standing::HandedDuty| {
        let deputy = if one.deputy { word(language, "sheet", "deputy") } else { String::new() };
        line("duty", format!("{} {}", one.unit.name, word(language, "rules.word.Responsibility", &one.duty)), 1, deputy)
    };
    rows.extend(list.duties.iter().map(duty));
    rows
}
