//! 设备台账导入: a ledger as an office has it, registered whole or not at all.

use std::collections::HashMap;

use bytes::Bytes;
use serde_json::json;
use tiezheng_rules::time::legal_day;

use super::register::{self, Registration};
use super::store::devices;
use super::{KINDS, acts};
use crate::app::App;
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::error::{Problem, Result};
use crate::field;
use crate::people::Actor;
use crate::people::store;
use crate::sheet::import::{Imported, Plan, Planned, Seen, Units, parsed, values};
use crate::sheet::table::{Entry, Kind, Table};
use crate::sheet::words;

/// One ledger at a time looks which numbers are taken.
const IMPORTING: i64 = 0x6c65_6467;

/// What the register has: devices by maker and serial number, and by asset number.
#[derive(Default)]
pub struct Known {
    serials: HashMap<(String, String), String>,
    assets: HashMap<String, String>,
}

impl Known {
    pub fn new(numbers: Vec<devices::Numbers>) -> Known {
        let mut known = Known::default();
        for one in numbers {
            if let Some(asset_no) = one.asset_no {
                known.assets.insert(asset_no, one.id.clone());
            }
            known.serials.insert((one.maker, one.serial_no), one.id);
        }
        known
    }
}

/// Every row with what it would register and what is wrong with it. `purpose` is that of rows which tell none. Pure.
pub fn plan(
    table: &Table,
    known: &Known,
    units: &Units,
    purpose: Option<&str>,
    today: &str,
) -> Vec<Planned<Registration>> {
    let (mut serials, mut assets) = (Seen::default(), Seen::default());
    let row = |entry: &Entry| {
        let mut problems = Vec::new();
        let new = registration(entry, table, units, purpose, &mut problems);
        if let Err(problem) = register::checked(&new, today)
            && !problems.iter().any(|known| known.params.get("field") == problem.params.get("field"))
        {
            problems.push(problem);
        }
        let serial = (new.maker.clone(), new.serial_no.clone());
        if let Some(device) = known.serials.get(&serial) {
            let problem = Problem::invalid("serial_no", "device.serial.duplicate");
            problems.push(problem.with("serial_no", new.serial_no.as_str()).with("device", device.as_str()));
        }
        if !new.serial_no.is_empty() {
            problems.extend(serials.again(serial, "serial_no", &new.serial_no, entry.row));
        }
        if let Some(asset_no) = &new.asset_no {
            if let Some(device) = known.assets.get(asset_no) {
                let problem = Problem::invalid("asset_no", "device.asset_no.duplicate");
                problems.push(problem.with("asset_no", asset_no.as_str()).with("device", device.as_str()));
            }
            problems.extend(assets.again(asset_no.clone(), "asset_no", asset_no, entry.row));
        }
        Planned { row: entry.row, values: values(entry), new: Some(new), problems }
    };
    table.entries.iter().map(row).collect()
}

/// What a row says, as far as it can be read; what cannot is told and left empty.
fn registration(
    entry: &Entry,
    table: &Table,
    units: &Units,
    purpose: Option<&str>,
    problems: &mut Vec<Problem>,
) -> Registration {
    let mut keep = |field: &str, problem: Problem| problems.push(problem.with("field", field));
    let mut code = |field: &str| entry.cell(field).code().map_err(|problem| keep(field, problem)).unwrap_or_default();
    let given = |text: String| Some(text).filter(|text| !text.is_empty());
    let (serial_no, asset_no, maker) = (code("serial_no"), given(code("asset_no")), code("maker"));
    let (model, description, unit) = (code("model"), given(code("description")), code("unit"));
    let purpose = given(code("purpose")).or_else(|| purpose.map(str::to_owned));
    let accessories = code("accessories");
    let mut day = |field: &str| {
        let day = entry.cell(field).day().map_err(|problem| keep(field, problem)).unwrap_or_default();
        day.map(|day| day.to_string())
    };
    let (acquired_on, in_use_on) = (day("acquired_on"), day("in_use_on"));
    let price = entry.cell("price").price(table.in_wan.contains("price"));
    let price_fen = price.map_err(|problem| keep("price_fen", problem)).unwrap_or_default();
    let capacity = entry.cell("capacity_gb").gigabytes();
    let capacity_gb = capacity.map_err(|problem| keep("capacity_gb", problem)).unwrap_or_default();
    let named = entry.cell("kind").shown();
    let kind = words::kind(&named).unwrap_or_else(|| {
        if named.is_empty() {
            keep("kind", Problem::refused(422, "field.required"));
        } else {
            let allowed: Vec<&str> =
                KINDS.iter().filter_map(|kind| Some(words::WORDS.kind.get(*kind)?.first()?.as_str())).collect();
            let problem = Problem::refused(422, "import.kind_unknown").with("value", field::short(&named));
            keep("kind", problem.with("allowed", allowed.join(", ")));
        }
        ""
    });
    let unit_id = units.find(&unit).map_err(|problem| keep("unit", problem)).unwrap_or_default();
    let parts = accessories.split(['\u{3001}', ',', ';', '/']).map(|part| part.trim().to_owned());
    Registration {
        kind: kind.to_owned(),
        maker,
        model,
        // A column of names is not what the device is called; only kind other needs one.
        description: description.filter(|_| kind == "other"),
        serial_no,
        asset_no,
        unit_id,
        capacity_gb,
        capabilities: Vec::new(),
        accessories: parts.filter(|part| !part.is_empty()).collect(),
        acquired_on,
        price_fen,
        in_use_on,
        purpose,
        purchase_id: None,
    }
}

/// What a file would register, held against the register.
pub async fn read(
    app: &App,
    actor: &Actor,
    now: i64,
    purpose: Option<&str>,
    bytes: Bytes,
) -> Result<Plan<Registration>> {
    let table = parsed(bytes.clone(), Kind::Devices).await?;
    planned(&mut app.db.read().await?, actor, now, purpose, table, &bytes).await
}

async fn planned(
    tx: &mut Tx,
    actor: &Actor,
    now: i64,
    purpose: Option<&str>,
    table: Table,
    bytes: &[u8],
) -> Result<Plan<Registration>> {
    let agency = actor.own_agency()?;
    let purpose = field::optional("purpose", purpose, field::TITLE_MOST)?;
    let units = Units::new(&store::units(tx, Some(agency)).await?);
    let known = Known::new(devices::numbers(tx, agency).await?);
    let mut rows = plan(&table, &known, &units, purpose.as_deref(), &legal_day(now).to_string());
    for row in &mut rows {
        let unit = row.new.as_ref().and_then(|new| new.unit_id.as_deref());
        row.problems.extend(acts::within(actor, unit).err());
    }
    Plan::new(table, rows, agency, bytes)
}

/// Registers all of a file that was seen under this digest, in one transaction.
///
/// # Errors
/// As [`Plan::agreed`], and those of reading and of registering.
pub async fn apply(
    app: &App,
    actor: &Actor,
    now: i64,
    purpose: Option<&str>,
    digest: &str,
    bytes: Bytes,
) -> Result<Imported> {
    let table = parsed(bytes.clone(), Kind::Devices).await?;
    let mut tx = app.db.begin().await?;
    tx.lock(IMPORTING).await?;
    let (new, digest) = planned(&mut tx, actor, now, purpose, table, &bytes).await?.agreed(digest)?;
    for registration in &new {
        register::register(&mut tx, app, actor, now, registration).await?;
    }
    let agency = actor.own_agency()?;
    let detail = json!({"list": "devices", "rows": new.len(), "digest": digest});
    audit::record(&mut tx, actor, now, Act::ListImported, Some(agency), None, detail).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok(Imported { made: new.len(), digest })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::store::Unit;
    use crate::sheet::read;
    use crate::sheet::table::find;

    fn planned(text: &str, purpose: Option<&str>) -> Vec<Planned<Registration>> {
        let unit = Unit {
            id: "u1".into(),
            agency_id: "fz".into(),
            parent_id: None,
            name: "一中队".into(),
            kind: "squad".into(),
        };
        let there = devices::Numbers {
            id: "d1".into(),
            maker: "海康".into(),
            serial_no: "A1".into(),
            asset_no: Some("Z1".into()),
        };
        let table = find(&read::read(text.as_bytes()).unwrap(), Kind::Devices).unwrap();
        plan(&table, &Known::new(vec![there]), &Units::new(&[unit]), purpose, "2026-05-06")
    }

    #[test]
    fn a_ledger_of_an_office() {
        let text = "榕江市城市管理局装备台账,,,,,,,,\n\
            序号,资产名称,品牌,型号,出厂编号,资产编号,原值（万元）,购置时间,使用部门,配件,用途\n\
            1,４Ｇ执法记录仪,海康,DSJ-A9,Ａ２,Z2,0.32,2024年1月5日,一中队,充电座、背夹,现场检查\n\
            合计,,,,,,0.32,,,,\n";
        let rows = planned(text, None);
        assert_eq!(rows.len(), 1);
        assert!(rows[0].problems.is_empty(), "{:?}", rows[0].problems);
        let new = rows[0].new.as_ref().unwrap();
        assert_eq!(
            (new.kind.as_str(), new.serial_no.as_str(), new.price_fen),
            ("body_worn_camera", "A2", Some(320_000))
        );
        assert_eq!((new.acquired_on.as_deref(), new.unit_id.as_deref()), (Some("2024-01-05"), Some("u1")));
        assert_eq!((new.maker.as_str(), new.model.as_str()), ("海康", "DSJ-A9"));
        assert_eq!(new.accessories, ["充电座", "背夹"]);
    }

    #[test]
    fn each_row_with_its_problem() {
        let row = |fields: &str, purpose: Option<&str>| {
            let rows = planned(&format!("种类,品牌,序列号,资产编号,原价,购置日期,单位,容量,名称\n{fields}\n"), purpose);
            let codes = |row: &Planned<Registration>| {
                let told =
                    |problem: &Problem| format!("{} {}", problem.params["field"].as_str().unwrap_or(""), problem.code);
                row.problems.iter().map(told).collect::<Vec<_>>().join(", ")
            };
            rows.iter().map(codes).collect::<Vec<_>>().join(" | ")
        };
        let own = Some("现场检查");
        for (fields, purpose, expected) in [
            ("执法仪,,B1,,3200,2024-1-5,一中队,64G,", own, ""),
            ("执法仪,,B1,,3200,2024-1-5,一中队,64G,", None, "purpose device.purpose.required"),
            ("无人机,,B1,,3200,2024-1-5,,,", own, "kind import.kind_unknown"),
            ("其他,,B1,,3200,2024-1-5,,,无人机", own, ""),
            ("其他,,B1,,3200,2024-1-5,,,", own, "description device.description_required"),
            (",,B1,,3200,2024-1-5,,,", own, "kind field.required"),
            ("执法仪,,,Z9,3200,2024-1-5,,,", own, "serial_no field.required"),
            ("执法仪,海康,A1,,3200,2024-1-5,,,", own, "serial_no device.serial.duplicate"),
            ("执法仪,大华,A1,,3200,2024-1-5,,,", own, ""),
            ("执法仪,,B1,Z1,3200,2024-1-5,,,", own, "asset_no device.asset_no.duplicate"),
            ("执法仪,,B1,,,2024-1-5,,,", own, "price_fen field.required"),
            ("执法仪,,B1,,三千,2024-1-5,,,", own, "price_fen import.price"),
            ("执法仪,,B1,,3200,,,,", own, "acquired_on field.required"),
            ("执法仪,,B1,,3200,去年,,,", own, "acquired_on import.date"),
            ("执法仪,,B1,,3200,2026-05-07,,,", own, "acquired_on field.in_future"),
            ("执法仪,,B1,,3200,2024-1-5,三中队,,", own, "unit import.unit_unknown"),
            ("执法仪,,B1,,3200,2024-1-5,,很大,", own, "capacity_gb import.capacity"),
            (
                "执法仪,,B1,Z5,3200,2024-1-5,,,\n录音笔,,B1,Z5,100,2024-1-5,,,",
                own,
                " | serial_no import.duplicate_in_file, asset_no import.duplicate_in_file",
            ),
        ] {
            assert_eq!(row(fields, purpose), expected, "{fields}");
        }
    }
}
