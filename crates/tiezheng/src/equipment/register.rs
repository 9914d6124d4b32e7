//! 登记: a device enters the register, or what stands there about it is corrected.

use serde::{Deserialize, Serialize};
use serde_json::json;
use tiezheng_rules::time::legal_day;
use tiezheng_rules::vocab::Responsibility as Duty;
use utoipa::ToSchema;

use super::detail::texts;
use super::law::Adopted;
use super::store::devices::{self, NewDevice};
use super::store::models;
use super::store::steps::{self, NewStep};
use super::{CAPABILITIES, Device, KINDS, acts};
use crate::app::{App, new_id};
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::db::owner::must_belong;
use crate::error::{Problem, Result};
use crate::field::{self, CODE_MOST, NAME_MOST, REASON_MOST, TITLE_MOST};
use crate::people::{Actor, Permission, responsibility};

/// One at a time looks whether a number is taken.
pub(super) const REGISTERING: i64 = 0x6765_6172;
const PRICE_MOST: i64 = 1_000_000_000_000;

/// 登记一台设备. Purpose, day and price of acquisition must be told (requirements PRV-01, PRV-14).
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    pub kind: String,
    #[serde(default)]
    pub maker: String,
    pub model: String,
    /// What it is, of kind other.
    pub description: Option<String>,
    pub serial_no: String,
    pub asset_no: Option<String>,
    pub unit_id: Option<String>,
    pub capacity_gb: Option<i64>,
    /// explosion_proof, ir_night_vision, gps, wireless_upload, wide_angle, loop_recording, file_encryption
    #[serde(default)]
    pub capabilities: Vec<String>,
    #[serde(default)]
    pub accessories: Vec<String>,
    /// Day, `2026-03-02`.
    pub acquired_on: Option<String>,
    pub price_fen: Option<i64>,
    /// Left out: the day it is first issued or checked out.
    pub in_use_on: Option<String>,
    /// 执法用途
    pub purpose: Option<String>,
    pub purchase_id: Option<String>,
}

/// 更正: the whole of what can be corrected, as it is to be, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    pub device: Registration,
    pub reason: String,
    pub revision: Option<i64>,
}

/// Everything wrong about a registration as such: what other rows say of it is asked later.
pub fn checked(body: &Registration, today: &str) -> Result<NewDevice> {
    if !KINDS.contains(&body.kind.as_str()) {
        return Err(Problem::invalid("kind", "device.kind").with("allowed", KINDS.join(", ")));
    }
    let description = field::optional("description", body.description.as_deref(), TITLE_MOST)?;
    if body.kind == "other" && description.is_none() {
        return Err(Problem::invalid("description", "device.description_required"));
    }
    let Some(purpose) = field::optional("purpose", body.purpose.as_deref(), TITLE_MOST)? else {
        return Err(Problem::invalid("purpose", "device.purpose.required"));
    };
    let acquired_on = past_day("acquired_on", body.acquired_on.as_deref(), today)?;
    let in_use_on = past_day("in_use_on", body.in_use_on.as_deref(), today)?;
    if in_use_on.is_some() && in_use_on < acquired_on {
        return Err(Problem::invalid("in_use_on", "device.used_before_acquired").with("acquired_on", acquired_on));
    }
    let required = |name| Problem::invalid(name, "field.required");
    let price = body.price_fen.ok_or_else(|| required("price_fen"))?;
    for (name, number, most) in [("price_fen", Some(price), PRICE_MOST), ("capacity_gb", body.capacity_gb, 1_000_000)] {
        if number.is_some_and(|number| !(0..=most).contains(&number)) {
            return Err(Problem::invalid(name, "field.number").with("least", 0).with("most", most));
        }
    }
    for word in &body.capabilities {
        field::word("capabilities", word, &CAPABILITIES)?;
    }
    texts("accessories", &body.accessories)?;
    let mut capabilities = body.capabilities.clone();
    capabilities.sort_unstable();
    capabilities.dedup();
    Ok(NewDevice {
        unit: body.unit_id.clone(),
        kind: body.kind.clone(),
        maker: field::optional("maker", Some(&body.maker), NAME_MOST)?.unwrap_or_default(),
        model: field::optional("model", Some(&body.model), NAME_MOST)?.unwrap_or_default(),
        description,
        serial_no: field::text("serial_no", &body.serial_no, CODE_MOST)?,
        asset_no: field::optional("asset_no", body.asset_no.as_deref(), CODE_MOST)?,
        capacity_gb: body.capacity_gb,
        capabilities,
        accessories: body.accessories.clone(),
        acquired_on: Some(acquired_on.ok_or_else(|| required("acquired_on"))?),
        price_fen: Some(price),
        in_use_on,
        purpose: Some(purpose),
        purchase: field::optional("purchase_id", body.purchase_id.as_deref(), CODE_MOST)?,
        ..NewDevice::default()
    })
}

/// A day that has been, `2026-03-02`.
///
/// # Errors
/// `field.date`, `field.in_future`.
pub fn past_day(name: &str, text: Option<&str>, today: &str) -> Result<Option<String>> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    if text.len() != 10 || !text.is_ascii() || text.parse::<jiff::civil::Date>().is_err() {
        return Err(Problem::invalid(name, "field.date").with("found", field::short(text)));
    }
    if text > today {
        return Err(Problem::invalid(name, "field.in_future").with("found", text));
    }
    Ok(Some(text.to_owned()))
}

/// 登记 of one device, in the caller's transaction.
pub async fn register(tx: &mut Tx, app: &App, actor: &Actor, now: i64, body: &Registration) -> Result<String> {
    actor.may(Permission::DeviceManage)?;
    let agency = actor.own_agency()?.to_owned();
    let day = legal_day(now);
    let laws = Adopted::by(tx, &agency).await?.of_unit(app, body.unit_id.as_deref(), day);
    let mut new = checked(body, &day.to_string()).map_err(|problem| match problem.code.as_str() {
        "device.purpose.required" => laws.refuse(problem, "PRV-14"),
        "device.kind" | "device.description_required" => laws.refuse(problem, "PRV-01"),
        _ => problem,
    })?;
    known(tx, &agency, &new).await?;
    acts::within(actor, new.unit.as_deref())?;
    responsibility::must_hold(tx, &app.laws, actor, new.unit.as_deref(), Duty::DeviceRegister, now).await?;
    (new.id, new.agency, new.status) = (new_id(now), agency, "in_store".into());
    only_one(tx, &new).await?;
    devices::put(tx, &new).await?;
    if matches!(new.kind.as_str(), "body_worn_camera" | "handheld_terminal") && !new.model.is_empty() {
        models::put(tx, &new_id(now), &new.agency, &new.kind, &new.maker, &new.model, now).await?;
    }
    let step = NewStep {
        device: &new.id,
        revision: 1,
        act: "register",
        to: "in_store",
        at_ms: now,
        noted_ms: now,
        account: actor.account.as_deref(),
        unit: new.unit.as_deref(),
        detail: json!({}),
        ..NewStep::default()
    };
    steps::put(tx, &step).await?;
    let detail = json!({
        "kind": new.kind, "model": new.model, "serial_no": new.serial_no, "asset_no": new.asset_no,
        "unit": new.unit, "status": new.status,
    });
    audit::record(tx, actor, now, Act::DeviceMade, Some(&new.agency), Some(&new.id), detail).await?;
    Ok(new.id)
}

/// The unit and the purchase it names are the agency's.
async fn known(tx: &mut Tx, agency: &str, new: &NewDevice) -> Result<()> {
    for (table, field, id) in [("unit", "unit_id", &new.unit), ("purchase", "purchase_id", &new.purchase)] {
        let id: Vec<&str> = id.iter().map(String::as_str).collect();
        must_belong(tx, agency, table, field, &id).await?;
    }
    Ok(())
}

/// 出厂编号、资产编号 are one device's.
async fn only_one(tx: &mut Tx, new: &NewDevice) -> Result<()> {
    tx.lock(REGISTERING).await?;
    if let Some(other) = devices::taken(tx, &new.agency, &new.maker, &new.serial_no, &new.id).await? {
        let problem = Problem::refused(409, "device.serial.duplicate").with("field", "serial_no");
        return Err(problem.with("serial_no", new.serial_no.as_str()).with("device", other));
    }
    if let Some(asset_no) = &new.asset_no
        && let Some(other) = devices::asset_no_taken(tx, &new.agency, asset_no, &new.id).await?
    {
        let problem = Problem::refused(409, "device.asset_no.duplicate").with("field", "asset_no");
        return Err(problem.with("asset_no", asset_no.as_str()).with("device", other));
    }
    Ok(())
}

/// 更正: state, unit and holder stay; they change by acts only.
pub async fn correct(app: &App, actor: &Actor, now: i64, id: &str, body: &Correction) -> Result<Device> {
    actor.may(Permission::DeviceManage)?;
    let agency = actor.own_agency()?.to_owned();
    let reason = field::text("reason", &body.reason, REASON_MOST)?;
    let mut new = checked(&body.device, &legal_day(now).to_string())?;
    let mut tx = app.db.begin().await?;
    let ids = [id.to_owned()];
    let before = devices::locked(&mut tx, &agency, &ids).await?.pop().ok_or_else(Problem::not_found)?;
    acts::within(actor, before.unit_id())?;
    responsibility::must_hold(&mut tx, &app.laws, actor, before.unit_id(), Duty::DeviceRegister, now).await?;
    acts::seen(&mut tx, &before, body.revision).await?;
    if new.unit.is_some() && new.unit.as_deref() != before.unit_id() {
        return Err(Problem::invalid("unit_id", "device.unit_by_act"));
    }
    known(&mut tx, &agency, &new).await?;
    (new.id, new.agency) = (id.to_owned(), agency.clone());
    only_one(&mut tx, &new).await?;
    devices::correct(&mut tx, &new).await?;
    let after = devices::one(&mut tx, Some(&agency), id).await?.ok_or_else(Problem::not_found)?;
    let changed = differences(&before, &after)?;
    if changed.is_empty() {
        return Ok(before); // nothing was corrected: no step, and the transaction is given up
    }
    let step = NewStep {
        detail: json!({"reason": reason, "changed": changed}),
        ..NewStep::after(&before, "correct", actor, now)
    };
    steps::put(&mut tx, &step).await?;
    let fields: Vec<&String> = changed.keys().collect();
    let detail = json!({"act": "correct", "revision": step.revision, "fields": fields});
    audit::record(&mut tx, actor, now, Act::DeviceCorrected, Some(&agency), Some(id), detail).await?;
    let after = devices::one(&mut tx, Some(&agency), id).await?.ok_or_else(Problem::not_found)?;
    tx.commit().await?;
    app.events.notify_one();
    Ok(after)
}

/// `{field: [before, after]}`.
fn differences(before: &Device, after: &Device) -> Result<serde_json::Map<String, serde_json::Value>> {
    let (before, after) = (serde_json::to_value(before)?, serde_json::to_value(after)?);
    let fields = after.as_object().into_iter().flatten();
    let changed = fields.filter(|(name, value)| before[name.as_str()] != **value);
    Ok(changed.map(|(name, value)| (name.clone(), json!([before[name.as_str()], value]))).collect())
}
