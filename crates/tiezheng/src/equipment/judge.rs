//! 能否办理: whether an act may be done to a device, by its state, its orders, who asks, and what comes with it.

use serde_json::Value as Json;
use tiezheng_rules::pre_check::Checkout;

use super::acts::{Asked, CLOCKS_MS, Note, within};
use super::detail::{Detail, given, required};
use super::law::{Laws, cited};
use super::life::{self, Line};
use super::store::steps;
use super::{Device, models};
use crate::db::Tx;
use crate::error::{Problem, Result};
use crate::field;
use crate::people::{Actor, Permission};

/// Whether the state of a device lets it be done at all: what a scan asks before anything is filled in.
pub(super) fn lawful(actor: &Actor, line: &Line, laws: &Laws<'_>, device: &Device) -> Result<()> {
    if let Some((code, requirement)) = life::against(line, &device.status) {
        let problem = life::refusal(code, line.act, &device.status)
            .with("holder", device.holder.as_ref().map(|holder| holder.name.as_str()))
            .with("since_ms", device.held_since_ms);
        return Err(laws.refuse(problem, requirement));
    }
    if let Some((kind, requirement)) = life::order_against(line, &device.open_orders) {
        let problem = life::refusal("device.order_open", line.act, &device.status).with("order", kind);
        return Err(laws.refuse(problem, requirement));
    }
    if by_user(actor, line, device) {
        return Ok(());
    }
    match actor.has(Permission::DeviceManage) {
        true => within(actor, device.unit_id()),
        false => Err(Problem::refused(403, "device.not_yours").with("act", line.act)),
    }
}

/// 任何执法人员 reports a fault at once; whatever else users do, they do with what they hold themselves.
pub(super) fn by_user(actor: &Actor, line: &Line, device: &Device) -> bool {
    let holds = actor.person.is_some() && device.holder.as_ref().map(|holder| &holder.id) == actor.person.as_ref();
    line.may == Permission::DeviceUse && (line.act == "fault" || holds)
}

/// Whether this act may be done to this device with these details; what is to be remarked if it is.
pub(super) async fn judge(tx: &mut Tx, asked: &Asked<'_>, device: &Device, detail: &Detail) -> Result<Vec<Note>> {
    let (act, laws) = (asked.line.act, asked.laws);
    lawful(asked.actor, asked.line, laws, device)?;
    let last = steps::last(tx, &device.id).await?.map_or(0, |step| step.at_ms);
    if asked.at_ms < last.max(device.held_since_ms.unwrap_or(0)) {
        return Err(Problem::invalid("at_ms", "device.before_last_step").with("last_ms", last));
    }
    let mut notes = Vec::new();
    let mut note = |code: &str, articles: Vec<Json>| {
        notes.push(Note { device: device.id.clone(), code: code.into(), articles });
    };
    let inspected = || {
        required("condition", detail.condition.as_deref())?;
        if detail.data_handed_in.is_none() && detail.files_left.is_none() {
            return Err(Problem::invalid("data_handed_in", "field.required"));
        }
        Ok(())
    };
    match act {
        "issue" => {
            let Some(unit) = asked.unit else { return Err(Problem::invalid("unit_id", "field.required")) };
            within(asked.actor, Some(unit))?;
            signed(asked)?;
            if let Some(articles) = proven(tx, asked, device, detail).await? {
                note("device.went_out_unproven", articles);
            }
        }
        "check_out" => {
            if asked.person.is_none() {
                return Err(Problem::invalid("person_id", "field.required"));
            }
            let verdict = laws.pre_check(detail.results()?, given(detail.urgent_reason.as_deref()));
            let words = |items: &[tiezheng_rules::vocab::PreCheckItem]| {
                items.iter().map(|item| item.code()).collect::<Vec<_>>().join(", ")
            };
            if let Some(code) = &verdict.verdict.refused {
                let mut problem = Problem::refused(422, code).with("act", act);
                problem = problem.with("missing", words(&verdict.verdict.missing));
                problem = problem.with("failed", words(&verdict.verdict.failed));
                problem.articles = cited(&verdict);
                return Err(problem);
            }
            if verdict.verdict.checkout == Checkout::Override {
                note("pre_check.override", cited(&verdict));
            }
            if device.status == "in_store"
                && let Some(articles) = proven(tx, asked, device, detail).await?
            {
                note("device.went_out_unproven", articles);
            }
        }
        "return" => {
            if device.status == "stopped" && device.holder.is_none() {
                return Err(laws.refuse(life::refusal("device.not_out", act, &device.status), "PRV-20"));
            }
            inspected()?;
            signed(asked)?;
        }
        "found" => inspected()?,
        "fault" => {
            required("fault", detail.fault.as_deref())?;
            if detail.unauthorised_disassembly == Some(true) {
                note("unauthorised_disassembly", laws.cites("PRV-25"));
            }
        }
        "send_repair" => required("firm", detail.firm.as_deref())?,
        "repaired" => {
            required("result", detail.result.as_deref())?;
            field::word("result", detail.result.as_deref().unwrap_or_default(), &["repaired", "irreparable"])?;
        }
        "resume" => required("reason", detail.reason.as_deref())?,
        "upkeep" => {
            if detail.works.as_ref().is_none_or(Vec::is_empty) {
                return Err(Problem::invalid("works", "field.required"));
            }
        }
        "substandard" => {
            required("cause", detail.cause.as_deref())?;
            required("reason", detail.reason.as_deref())?;
            if device.open_orders.iter().any(|open| open == "replacement") {
                let problem = life::refusal("device.order_exists", act, &device.status).with("order", "replacement");
                return Err(laws.refuse(problem, "PRV-15"));
            }
        }
        _ => {
            // damaged, lost, stolen
            required("circumstances", detail.circumstances.as_deref())?;
            if detail.happened_ms.is_some_and(|happened| happened > asked.at_ms + CLOCKS_MS) {
                return Err(Problem::invalid("happened_ms", "field.in_future").with("found", detail.happened_ms));
            }
            if act != "damaged" && detail.recordings_at_risk.is_none() {
                let problem = Problem::invalid("recordings_at_risk", "device.recordings_at_risk");
                return Err(laws.refuse(problem, "PRV-26"));
            }
            let late_ms = i64::from(laws.defaults().device.late_report_hours) * 3_600_000;
            if detail.happened_ms.is_some_and(|happened| asked.at_ms - happened > late_ms) {
                note("device.reported_late", laws.cites("PRV-26"));
            }
        }
    }
    Ok(notes)
}

/// 技术要求: a model with an item undeclared or not fulfilled goes out with a reason only. The articles of what is open.
async fn proven(tx: &mut Tx, asked: &Asked<'_>, device: &Device, detail: &Detail) -> Result<Option<Vec<Json>>> {
    let open = models::unproven(tx, asked.laws, device).await?;
    if open.is_empty() {
        return Ok(None);
    }
    let items: Vec<&str> = open.iter().map(|(item, _)| item.as_str()).collect();
    let articles = open.iter().flat_map(|(_, articles)| articles.clone()).collect();
    if given(detail.reason.as_deref()) {
        return Ok(Some(articles));
    }
    let mut problem = Problem::invalid("reason", "device.model_unproven").with("items", items.join(", "));
    problem = problem.with("model", device.model.as_str());
    problem.articles = articles;
    Err(problem)
}

fn signed(asked: &Asked<'_>) -> Result<()> {
    if asked.signed {
        return Ok(());
    }
    Err(asked.laws.refuse(Problem::invalid("signature", "device.signature_required"), "PRV-20"))
}
