//! 调拨、报废、损失、更换: what needs more than one hand, as an order with steps.
//!
//! Nobody is two of its hands: who asks does not decide, who decides does not carry out, the two sides of a transfer are
//! two people, nobody decides about his own loss. Everything told of an order stays in it, in order. Here is what all
//! orders have in common; what each kind asks is told in `transfer`, `retirement` and `loss`.

mod loss;
mod retirement;
mod transfer;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use tiezheng_rules::time::legal_day;
use utoipa::ToSchema;

use super::Device;
use super::acts::{seen, within};
use super::detail::given;
use super::law::{Adopted, Laws};
use super::life;
use super::register::past_day;
use super::store::devices;
use super::store::orders::{self, NewOrder};
use super::store::steps::{self, NewStep};
use crate::app::{App, new_id};
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::error::{Problem, Result};
use crate::field::{self, CODE_MOST, NAME_MOST, REASON_MOST, TITLE_MOST};
use crate::people::store::Named;
use crate::people::{Actor, Permission};

pub const KINDS: [&str; 4] = ["transfer", "retirement", "loss", "replacement"];
pub const STATES: [&str; 6] = ["open", "confirmed", "decided", "done", "withdrawn", "refused"];

#[derive(Clone, Serialize, ToSchema)]
pub struct Order {
    pub id: String,
    pub agency_id: String,
    /// transfer, retirement, loss, replacement
    pub kind: String,
    /// open, confirmed, decided, done, withdrawn, refused
    pub state: String,
    /// Id and serial number.
    pub device: Named,
    /// Whose the device was when it was opened.
    pub unit: Option<Named>,
    pub to_unit: Option<Named>,
    /// Its steps, oldest first: `{step, by, name, at_ms, …}`.
    #[schema(value_type = Vec<Object>)]
    pub told: Vec<Json>,
    pub opened_ms: i64,
    pub closed_ms: Option<i64>,
}

/// One step: from which states, to which, by whom, for which requirement.
struct Line {
    kind: &'static str,
    step: &'static str,
    from: &'static [&'static str],
    to: &'static str,
    may: Permission,
    serves: &'static str,
}

use Permission::{DeviceDecide as Decide, DeviceManage as Manage};

const fn line(
    (kind, step): (&'static str, &'static str),
    from: &'static [&'static str],
    to: &'static str,
    may: Permission,
    serves: &'static str,
) -> Line {
    Line { kind, step, from, to, may, serves }
}

const TABLE: &[Line] = &[
    line(("transfer", "confirm"), &["open", "confirmed"], "confirmed", Decide, "PRV-21"),
    line(("transfer", "refuse"), &["open", "confirmed"], "refused", Decide, "PRV-21"),
    line(("transfer", "withdraw"), &["open", "confirmed"], "withdrawn", Manage, "PRV-21"),
    line(("retirement", "decide"), &["open"], "decided", Decide, "PRV-17"),
    line(("retirement", "execute"), &["decided"], "done", Manage, "PRV-17"),
    line(("retirement", "withdraw"), &["open", "decided"], "withdrawn", Manage, "PRV-17"),
    line(("loss", "find"), &["open"], "confirmed", Decide, "PRV-26"),
    line(("loss", "decide"), &["confirmed"], "decided", Decide, "PRV-26"),
    line(("loss", "pay"), &["decided"], "done", Manage, "PRV-26"),
    line(("replacement", "replace"), &["open"], "done", Manage, "PRV-15"),
    line(("replacement", "decide"), &["open"], "done", Decide, "PRV-15"),
];

/// 调拨单、报废审批. Loss and replacement are opened by the acts lost, stolen, damaged and substandard.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// transfer, retirement
    pub kind: String,
    pub device_id: String,
    pub revision: Option<i64>,
    /// Of a transfer always; of a retirement where the service life asks for it.
    pub reason: Option<String>,
    pub document: Option<String>,
    /// Of a transfer.
    pub to_unit_id: Option<String>,
    /// Of a retirement: destroy, device_sealed.
    pub method: Option<String>,
    /// usable, worn, damaged, unusable
    pub condition: Option<String>,
    /// What shows that it is damaged or unusable.
    pub evidence: Option<String>,
    /// handed_in, wiped, removed, unreadable
    pub media: Option<String>,
    /// Who looked at the media and what was found; needed where they are unreadable.
    pub media_statement: Option<String>,
    /// Day of the paper; left out: today.
    pub on: Option<String>,
}

/// One step further. Which fields are needed is the step's affair; what is given is kept.
#[derive(Clone, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Stepping {
    /// confirm, refuse, withdraw; decide, execute; find, pay; replace
    pub step: String,
    /// Of a transfer, for whoever stands above both: from, to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side: Option<String>,
    /// Of a decision about a retirement; left out: yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approve: Option<bool>,
    /// Day of the paper; left out: today.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seal_no: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// 保管不善或使用不当
    #[serde(skip_serializing_if = "Option::is_none")]
    pub misuse: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub during_enforcement: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compensation_fen: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_fen: Option<i64>,
    /// The device that replaces this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replacing_id: Option<String>,
}

fn told(actor: &Actor, now: i64, step: &str, more: Json) -> Json {
    let mut told = json!({"step": step, "by": actor.account, "name": actor.name, "at_ms": now});
    if let (Some(told), Some(more)) = (told.as_object_mut(), more.as_object()) {
        told.extend(more.iter().filter(|(name, _)| *name != "step").map(|(name, value)| (name.clone(), value.clone())));
    }
    told
}

/// Opens an order of a kind that people open.
pub async fn open(app: &App, actor: &Actor, now: i64, body: &Opening) -> Result<Order> {
    actor.may(Permission::DeviceManage)?;
    field::word("kind", &body.kind, &KINDS[..2])?;
    for (name, text, most) in [
        ("reason", &body.reason, REASON_MOST),
        ("document", &body.document, TITLE_MOST),
        ("evidence", &body.evidence, REASON_MOST),
        ("media_statement", &body.media_statement, REASON_MOST),
    ] {
        field::optional(name, text.as_deref(), most)?;
    }
    let agency = actor.own_agency()?.to_owned();
    let mut tx = app.db.begin().await?;
    let ids = [body.device_id.clone()];
    let device = devices::locked(&mut tx, &agency, &ids).await?.pop().ok_or_else(Problem::not_found)?;
    within(actor, device.unit_id())?;
    seen(&mut tx, &device, body.revision).await?;
    let today = legal_day(now).to_string();
    let on = past_day("on", body.on.as_deref(), &today)?.unwrap_or(today);
    not_before("on", &on, device.in_use_on.as_deref().or(device.acquired_on.as_deref()))?;
    let day = on.parse().unwrap_or_else(|_| legal_day(now));
    let laws = Adopted::by(&mut tx, &agency).await?.of_unit(app, device.unit_id(), day);
    if device.open_orders.contains(&body.kind) {
        return Err(Problem::refused(409, "device.order_exists").with("order", body.kind.as_str()));
    }
    // Two at once would have its old unit's head decide about what is another's, or move what is to be destroyed.
    let across = if body.kind == "transfer" { ("retirement", "PRV-17") } else { ("transfer", "PRV-21") };
    if device.open_orders.iter().any(|open| open == across.0) {
        let problem = life::refusal("device.order_open", &body.kind, &device.status).with("order", across.0);
        return Err(laws.refuse(problem, across.1));
    }
    let more = match body.kind.as_str() {
        "transfer" => transfer::asked(&mut tx, &laws, &device, body, &on).await?,
        _ => retirement::asked(&mut tx, &laws, &device, body, &on).await?,
    };
    let id = new_id(now);
    let order = NewOrder {
        id: &id,
        agency: &agency,
        kind: &body.kind,
        device: &device.id,
        unit: device.unit_id(),
        to_unit: body.to_unit_id.as_deref().filter(|_| body.kind == "transfer"),
        told: told(actor, now, "open", more),
        opened_ms: now,
    };
    orders::open(&mut tx, &order).await?;
    finish(app, tx, actor, now, &agency, &id, "open").await
}

/// The order that an act brings with it: loss, or replacement. One of a kind is enough.
pub(super) async fn open_by_act(
    tx: &mut Tx,
    actor: &Actor,
    now: i64,
    device: &Device,
    act: &str,
    detail: &Json,
) -> Result<()> {
    let kind = if act == "substandard" { "replacement" } else { "loss" };
    if device.open_orders.iter().any(|open| open == kind) {
        return Ok(());
    }
    let mut told = told(actor, now, "open", detail.clone());
    told["act"] = json!(act);
    told["price_fen"] = json!(device.price_fen);
    told["holder"] = json!(device.holder);
    let order = NewOrder {
        id: &new_id(now),
        agency: &device.agency_id,
        kind,
        device: &device.id,
        unit: device.unit_id(),
        to_unit: None,
        told,
        opened_ms: now,
    };
    orders::open(tx, &order).await
}

/// One step of an order on its way, and all it is judged by.
struct Step<'a> {
    actor: &'a Actor,
    laws: &'a Laws<'a>,
    line: &'static Line,
    device: &'a Device,
    order: &'a Order,
    body: &'a Stepping,
}

/// One step of an order.
pub async fn step(app: &App, actor: &Actor, now: i64, id: &str, body: &Stepping) -> Result<Order> {
    actor.may(Permission::DeviceList)?;
    let mut tx = app.db.begin().await?;
    let order = orders::one(&mut tx, actor.agency.as_deref(), id).await?.ok_or_else(Problem::not_found)?;
    let Some(line) = TABLE.iter().find(|line| line.kind == order.kind && line.step == body.step) else {
        let steps: Vec<&str> = TABLE.iter().filter(|line| line.kind == order.kind).map(|line| line.step).collect();
        return field::word("step", &body.step, &steps).map(|()| order);
    };
    actor.may(line.may)?;
    let agency = actor.own_agency()?.to_owned();
    let ids = [order.device.id.clone()];
    let device = devices::locked(&mut tx, &agency, &ids).await?.pop().ok_or_else(Problem::not_found)?;
    // Read again behind the lock: whoever came second sees what the first one made of it.
    let order = orders::one(&mut tx, Some(&agency), id).await?.ok_or_else(Problem::not_found)?;
    let today = legal_day(now).to_string();
    let on = past_day("on", body.on.as_deref(), &today)?.unwrap_or(today);
    not_before("on", &on, order.told[0]["on"].as_str())?;
    let day = on.parse().unwrap_or_else(|_| legal_day(now));
    let laws = Adopted::by(&mut tx, &agency).await?.of_unit(app, device.unit_id(), day);
    if !line.from.contains(&order.state.as_str()) {
        let problem =
            Problem::refused(409, "order.not_lawful").with("step", line.step).with("state", order.state.as_str());
        return Err(laws.refuse(problem, line.serves));
    }
    checked(body)?;
    if line.kind != "transfer" || line.step == "withdraw" {
        within(actor, order.unit.as_ref().map(|unit| unit.id.as_str()))?;
    }
    let mut more = serde_json::to_value(body)?;
    more["on"] = json!(on);
    let step = Step { actor, laws: &laws, line, device: &device, order: &order, body };
    let state = match (line.kind, line.step) {
        ("transfer", "confirm") => transfer::confirm(&mut tx, &step, &mut more).await?,
        ("transfer", "refuse") => transfer::refuse(&step)?,
        ("retirement", "decide") => retirement::decide(&mut tx, &step, &mut more).await?,
        ("retirement", "execute") => retirement::execute(&mut tx, &step).await?,
        ("loss", "find") => loss::find(&step, &mut more)?,
        ("loss", "decide") => loss::decide(&step)?,
        ("loss", "pay") => loss::pay(&step)?,
        ("replacement", "replace") => replace(&mut tx, &step).await?,
        ("replacement", "decide") => {
            required(given(body.reason.as_deref()), "reason")?;
            required(given(body.document.as_deref()), "document")?;
            line.to
        }
        _ => {
            required(given(body.reason.as_deref()), "reason")?; // withdraw
            line.to
        }
    };
    let closed = matches!(state, "done" | "withdrawn" | "refused").then_some(now);
    orders::go_on(&mut tx, &order, told(actor, now, line.step, more), state, closed).await?;
    if state == "done" {
        carry_out(&mut tx, actor, now, &device, &order, body).await?;
    }
    finish(app, tx, actor, now, &agency, id, line.step).await
}

/// 更换: by a device of the agency that can be used.
async fn replace(tx: &mut Tx, step: &Step<'_>) -> Result<&'static str> {
    let id = step.body.replacing_id.as_deref().unwrap_or_default();
    required(!id.is_empty(), "replacing_id")?;
    let unknown = || Problem::invalid("replacing_id", "field.unknown_reference").with("value", field::short(id));
    let other = devices::one(tx, Some(&step.order.agency_id), id).await?.ok_or_else(unknown)?;
    if other.id == step.device.id {
        return Err(Problem::invalid("replacing_id", "order.same_device"));
    }
    if !life::USABLE.contains(&other.status.as_str()) {
        return Err(Problem::invalid("replacing_id", "order.unusable").with("status", other.status));
    }
    Ok(step.line.to)
}

/// A paper is not older than what it is about.
fn not_before(field: &str, day: &str, least: Option<&str>) -> Result<()> {
    match least {
        Some(least) if day < least => Err(Problem::invalid(field, "order.day_too_early").with("least", least)),
        _ => Ok(()),
    }
}

/// No open check-out, not at its end already, and no recording on it that is not in the vault.
async fn nothing_on_it(tx: &mut Tx, laws: &Laws<'_>, device: &Device, requirement: &str) -> Result<()> {
    let code = match device.status.as_str() {
        "checked_out" => Some("device.already_out"),
        "device_sealed" => Some("device.sealed"),
        "destroyed" => Some("device.destroyed"),
        "lost" | "stolen" => Some("device.missing"),
        _ if device.holder.is_some() => Some("device.already_out"),
        _ => None,
    };
    if let Some(code) = code {
        let holder = device.holder.as_ref().map(|holder| holder.name.as_str());
        return Err(laws.refuse(life::refusal(code, requirement, &device.status).with("holder", holder), requirement));
    }
    match steps::on_device(tx, device).await? {
        Some(left) => {
            let problem = Problem::refused(409, "device.not_ingested").with("files", left.files);
            Err(laws.refuse(problem.with("known_from", left.known_from).with("since_ms", left.since_ms), requirement))
        }
        None => Ok(()),
    }
}

/// What a finished order does to its device: transfer and retirement are steps of its history.
async fn carry_out(
    tx: &mut Tx,
    actor: &Actor,
    now: i64,
    device: &Device,
    order: &Order,
    body: &Stepping,
) -> Result<()> {
    let own = device.unit_id();
    let method = order.told[0]["method"].as_str();
    let (act, to, unit) = match (order.kind.as_str(), method) {
        ("transfer", _) => ("transfer", device.status.as_str(), order.to_unit.as_ref().map(|unit| unit.id.as_str())),
        ("retirement", Some("device_sealed")) => ("device_sealed", "device_sealed", own),
        ("retirement", _) => ("destroyed", "destroyed", own),
        _ => return Ok(()),
    };
    let detail = json!({"order": order.id, "witness": body.witness, "seal_no": body.seal_no, "place": body.place});
    let step = NewStep { to, unit, detail, ..NewStep::after(device, act, actor, now) };
    steps::put(tx, &step).await
}

async fn finish(app: &App, mut tx: Tx, actor: &Actor, now: i64, agency: &str, id: &str, step: &str) -> Result<Order> {
    let order = orders::one(&mut tx, Some(agency), id).await?.ok_or_else(Problem::not_found)?;
    let detail = json!({"order": id, "kind": order.kind, "step": step, "state": order.state});
    audit::record(&mut tx, actor, now, Act::DeviceOrdered, Some(agency), Some(&order.device.id), detail).await?;
    tx.commit().await?;
    app.events.notify_one();
    Ok(order)
}

/// 申请、决定、执行 are different people.
fn another_hand(actor: &Actor, order: &Order, step: &str) -> Result<()> {
    match order.told.iter().any(|told| told["step"] == step && told["by"] == json!(actor.account)) {
        true => Err(Problem::refused(409, "order.same_person")),
        false => Ok(()),
    }
}

fn required(there: bool, field: &str) -> Result<()> {
    if there { Ok(()) } else { Err(Problem::invalid(field, "field.required")) }
}

fn checked(body: &Stepping) -> Result<()> {
    for (name, text, most) in [
        ("document", &body.document, TITLE_MOST),
        ("reason", &body.reason, REASON_MOST),
        ("witness", &body.witness, NAME_MOST),
        ("seal_no", &body.seal_no, CODE_MOST),
        ("place", &body.place, TITLE_MOST),
    ] {
        field::optional(name, text.as_deref(), most)?;
    }
    for (name, number) in [("compensation_fen", body.compensation_fen), ("amount_fen", body.amount_fen)] {
        if number.is_some_and(|number| !(0..=1_000_000_000_000).contains(&number)) {
            return Err(Problem::invalid(name, "field.number").with("least", 0).with("most", 1_000_000_000_000_i64));
        }
    }
    field::filter("side", body.side.as_deref(), &["from", "to"])
}
