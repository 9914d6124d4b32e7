//! What an order has to say on its paper: 移交, 报废审批, 丢失损坏. Who decided in the system stands in the text; the line for
//! the signature stays for the pen.

use serde_json::{Map, Value, json};

use super::fill::{Filled, Known, Row, done, of, put, signed_by, word, years, yuan};
use crate::db::Tx;
use crate::equipment::orders::Order;
use crate::equipment::store::orders::{self, Wanted};
use crate::equipment::store::steps;
use crate::error::Result;
use crate::locale;
use crate::people::permission::Role;
use crate::people::store::accounts;
use crate::recordings::form::china_time;

/// Orders of one kind about one device that are looked at.
const ORDERS_MOST: i64 = 20;

/// The last order of a kind about a device that has not been taken back.
async fn order(tx: &mut Tx, known: &Known, kind: &str) -> Result<Option<Order>> {
    let (agency, device) = (Some(known.device.agency_id.as_str()), Some(known.device.id.as_str()));
    let wanted = Wanted { agency, device, kind: Some(kind), most: ORDERS_MOST, ..Wanted::default() };
    let over = |order: &Order| order.state == "withdrawn" || (order.state == "refused" && kind == "transfer");
    Ok(orders::list(tx, &wanted).await?.into_iter().find(|order| !over(order)))
}

fn step<'a>(order: &'a Order, name: &str) -> Option<&'a Value> {
    order.told.iter().rev().find(|told| told["step"] == name)
}

fn string(told: &Value, key: &str) -> String {
    told[key].as_str().unwrap_or_default().trim().to_owned()
}

fn day(told: &Value) -> String {
    let noted = || told["at_ms"].as_i64().map(|ms| china_time(ms)[..10].to_owned()).unwrap_or_default();
    told["on"].as_str().map_or_else(noted, str::to_owned)
}

fn sentence(language: &str, key: &str, params: &Value) -> String {
    locale::text(language, &format!("sheet.order.{key}"), params.as_object().unwrap_or(&Map::new()))
}

/// A text with who told it in the system, and when.
fn told_by(language: &str, told: &Value, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    sentence(language, "told_by", &json!({"text": text, "name": told["name"], "day": day(told)}))
}

/// What several orders say of one field, each thing once.
fn together(fields: &mut Row, language: &str, key: &str, texts: impl Iterator<Item = String>) {
    let mut once: Vec<String> = Vec::new();
    for text in texts {
        let text = text.trim_end_matches(['。', '；', '.', ';']).to_owned(); // what follows brings its own mark
        if !text.is_empty() && !once.contains(&text) {
            once.push(text);
        }
    }
    put(fields, key, once.join(&word(language, "sheet", "semicolon")));
}

/// 移交清单: between which units, for what reason, and whether anything is still on the devices.
pub async fn transfer(tx: &mut Tx, known: &[Known], language: &str, filled: &mut Filled) -> Result<()> {
    let (mut rows, mut all, mut left) = (Vec::new(), Vec::new(), Vec::new());
    for one in known {
        let mut row = of(&one.device, language, &["asset_no", "device", "serial_no", "acquired_on", "price"]);
        put(&mut row, "accessories", one.device.accessories.join(&word(language, "list", "comma")));
        put(&mut row, "condition", done(one, &["return"], "/condition", "sheet.condition", language));
        rows.push(row);
        all.extend(order(tx, one, "transfer").await?);
        if let Some(found) = steps::on_device(tx, &one.device).await? {
            let count = found.files.map_or_else(|| word(language, "sheet", "some"), |files| files.to_string());
            let number = one.device.asset_no.clone().unwrap_or_else(|| one.device.serial_no.clone());
            left.push(sentence(language, "left_on", &json!({"device": number, "files": count})));
        }
    }
    filled.tables.insert("devices".into(), rows);
    let fields = &mut filled.fields;
    let none = || word(language, "sheet.order", "nothing_left");
    put(
        fields,
        "recordings_state",
        if left.is_empty() { none() } else { left.join(&word(language, "sheet", "semicolon")) },
    );
    let unit = filled.unit.clone();
    if all.is_empty() {
        put(fields, "from_unit", unit);
        return Ok(());
    }
    let named =
        |unit: &Option<crate::people::store::Named>| unit.as_ref().map(|unit| unit.name.clone()).unwrap_or_default();
    together(fields, language, "from_unit", all.iter().map(|order| named(&order.unit)));
    together(fields, language, "to_unit", all.iter().map(|order| named(&order.to_unit)));
    together(fields, language, "order_no", all.iter().map(|order| string(&order.told[0], "document")));
    together(fields, language, "reason", all.iter().map(|order| string(&order.told[0], "reason")));
    let closed = |order: &Order| order.closed_ms.map(|ms| china_time(ms)[..10].to_owned()).unwrap_or_default();
    together(fields, language, "transferred_on", all.iter().map(closed));
    for (key, side) in [("from_head", "from"), ("to_head", "to")] {
        let confirmed = |order: &Order| {
            let told = order.told.iter().find(|told| told["step"] == "confirm" && told["side"] == side);
            told.map(|told| signed_by(&string(told, "name"), told["at_ms"].as_i64())).unwrap_or_default()
        };
        together(fields, language, key, all.iter().map(confirmed));
    }
    Ok(())
}

/// 报废审批表: method, condition and reason as asked for, what became of the media, decision and execution.
pub async fn retirement(tx: &mut Tx, known: &[Known], (language, now): (&str, i64), filled: &mut Filled) -> Result<()> {
    let (mut rows, mut all) = (Vec::new(), Vec::new());
    for one in known {
        let found = order(tx, one, "retirement").await?;
        let asked = found.as_ref().map(|order| &order.told[0]);
        let mut row = of(&one.device, language, &["asset_no", "device", "serial_no", "in_use_on", "price"]);
        put(&mut row, "used_years", years(one.device.in_use_on.as_deref(), now));
        let condition = asked.map(|told| coded(language, "sheet.condition", told, "condition")).unwrap_or_default();
        let last = || done(one, &["return", "fault", "damaged"], "/condition", "sheet.condition", language);
        put(&mut row, "condition", if condition.is_empty() { last() } else { condition });
        rows.push(row);
        all.extend(found);
    }
    filled.tables.insert("devices".into(), rows);
    let fields = &mut filled.fields;
    let asked = || all.iter().map(|order| &order.told[0]);
    together(fields, language, "applied_on", asked().map(day));
    if all.is_empty() {
        put(fields, "applied_on", china_time(now)[..10].to_owned());
    }
    together(fields, language, "method", asked().map(|told| coded(language, "sheet.method", told, "method")));
    together(fields, language, "reason", asked().flat_map(|told| [string(told, "reason"), string(told, "evidence")]));
    let media = |told: &Value| {
        let parts = [coded(language, "sheet.media", told, "media"), string(told, "media_statement")];
        let text = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(&word(
            language,
            "sheet",
            "semicolon",
        ));
        told_by(language, told, &text)
    };
    together(fields, language, "media_clearance", asked().map(media));
    let (mut unit, mut leader) = (Vec::new(), Vec::new());
    for told in all.iter().filter_map(|order| step(order, "decide")) {
        let verdict = if told["approve"] == false { "refused" } else { "agreed" };
        let text = [word(language, "sheet.order", verdict), string(told, "reason"), document(language, told)];
        let text = text.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(&word(
            language,
            "sheet",
            "semicolon",
        ));
        let leads = accounts::roles(tx, told["by"].as_str().unwrap_or_default()).await?.contains(&Role::Leader);
        (if leads { &mut leader } else { &mut unit }).push(told_by(language, told, &text));
    }
    together(fields, language, "unit_opinion", unit.into_iter());
    together(fields, language, "leader_opinion", leader.into_iter());
    let executed = || all.iter().filter_map(|order| Some((order, step(order, "execute")?)));
    together(fields, language, "executed_on", executed().map(|(_, told)| day(told)));
    together(fields, language, "seal_no", executed().map(|(_, told)| string(told, "seal_no")));
    for (order, told) in executed() {
        let sealed = order.told[0]["method"] == "device_sealed";
        put(fields, if sealed { "seal_place" } else { "place" }, string(told, "place"));
    }
    let hands = |told: &Value| {
        sentence(language, "executed", &json!({"name": told["name"], "witness": told["witness"], "day": day(told)}))
    };
    together(fields, language, "execution", executed().map(|(_, told)| hands(told)));
    Ok(())
}

fn coded(language: &str, prefix: &str, told: &Value, key: &str) -> String {
    let code = string(told, key);
    if code.is_empty() { code } else { word(language, prefix, &code) }
}

fn document(language: &str, told: &Value) -> String {
    let number = string(told, "document");
    if number.is_empty() { number } else { sentence(language, "document", &json!({"number": number})) }
}

/// 丢失损坏: who was found to be at fault, what is to be paid, and whether it was.
pub async fn loss(tx: &mut Tx, known: &Known, language: &str, filled: &mut Filled) -> Result<()> {
    let Some(order) = order(tx, known, "loss").await? else { return Ok(()) };
    let fields = &mut filled.fields;
    if let Some(told) = step(&order, "find") {
        let misuse = if told["misuse"] == true { "misuse" } else { "no_misuse" };
        let during = (told["during_enforcement"] == true).then(|| word(language, "sheet.order", "during_enforcement"));
        let texts = [Some(word(language, "sheet.order", misuse)), during, Some(string(told, "reason"))];
        let text = texts.into_iter().flatten().collect::<Vec<_>>().join(&word(language, "sheet", "semicolon"));
        put(fields, "fault_finding", told_by(language, told, &text));
        put(fields, "proposed", told["proposal_fen"].as_i64().map(yuan).unwrap_or_default());
        let articles = told["articles"].as_array().into_iter().flatten().filter_map(|cited| cited["article"].as_str());
        put(fields, "basis", articles.collect::<Vec<_>>().join(&word(language, "list", "comma")));
    }
    if let Some(told) = step(&order, "decide") {
        let fen = told["compensation_fen"].as_i64().unwrap_or(0);
        let text = if fen == 0 {
            word(language, "sheet.order", "pays_nothing")
        } else {
            sentence(language, "pays", &json!({"yuan": yuan(fen)}))
        };
        let text = [text, document(language, told)].into_iter().filter(|part| !part.is_empty());
        let text = text.collect::<Vec<_>>().join(&word(language, "sheet", "semicolon"));
        put(fields, "leader_opinion", told_by(language, told, &text));
    }
    if let Some(told) = step(&order, "pay") {
        let paid = told["amount_fen"].as_i64().map(|fen| sentence(language, "paid", &json!({"yuan": yuan(fen)})));
        put(fields, "payment", told_by(language, told, &paid.unwrap_or_default()));
    }
    Ok(())
}
