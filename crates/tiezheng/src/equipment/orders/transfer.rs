//! 调拨: both sides confirm, and what the device recorded stays with the unit that recorded it.

use serde_json::{Value as Json, json};

use super::{Opening, Order, Step, Stepping, nothing_on_it, required};
use crate::db::Tx;
use crate::db::owner::must_belong;
use crate::equipment::Device;
use crate::equipment::acts::within;
use crate::equipment::detail::given;
use crate::equipment::law::Laws;
use crate::error::{Problem, Result};
use crate::people::Actor;
use crate::people::store::Named;

pub async fn asked(tx: &mut Tx, laws: &Laws<'_>, device: &Device, body: &Opening, on: &str) -> Result<Json> {
    required(given(body.reason.as_deref()), "reason")?;
    let to = body.to_unit_id.as_deref().ok_or_else(|| Problem::invalid("to_unit_id", "field.required"))?;
    must_belong(tx, &device.agency_id, "unit", "to_unit_id", &[to]).await?;
    if device.unit_id() == Some(to) {
        return Err(Problem::invalid("to_unit_id", "order.same_unit"));
    }
    nothing_on_it(tx, laws, device, "PRV-21").await?;
    Ok(json!({"reason": body.reason, "document": body.document, "on": on}))
}

/// The second side's is the last.
pub async fn confirm(tx: &mut Tx, step: &Step<'_>, more: &mut Json) -> Result<&'static str> {
    more["side"] = json!(side(step.actor, step.order, step.body)?);
    more["confirmed_by"] = json!(step.actor.account);
    if step.order.state != "confirmed" {
        return Ok(step.line.to);
    }
    nothing_on_it(tx, step.laws, step.device, step.line.serves).await?;
    Ok("done")
}

/// By either side.
pub fn refuse(step: &Step<'_>) -> Result<&'static str> {
    let as_side = |word: &str| side(step.actor, step.order, &Stepping { side: Some(word.into()), ..step.body.clone() });
    as_side("from").or_else(|_| as_side("to"))?;
    required(given(step.body.reason.as_deref()), "reason")?;
    Ok(step.line.to)
}

/// For which side of a transfer somebody confirms: that of his own units, or, who stands above both, the one he names. Who
/// has confirmed one side does not confirm the other.
fn side(actor: &Actor, order: &Order, body: &Stepping) -> Result<String> {
    let own = |unit: &Option<Named>| within(actor, unit.as_ref().map(|unit| unit.id.as_str())).is_ok();
    let mine: Vec<&str> = [("from", &order.unit), ("to", &order.to_unit)]
        .into_iter()
        .filter(|(_, unit)| own(unit))
        .map(|(side, _)| side)
        .collect();
    let side = match (&mine[..], body.side.as_deref()) {
        ([], _) => return Err(Problem::refused(403, "device.other_unit")),
        ([only], None) => only,
        (_, Some(named)) if mine.contains(&named) => named,
        (_, Some(_)) => return Err(Problem::refused(403, "device.other_unit")),
        _ => return Err(Problem::invalid("side", "field.required")),
    };
    let confirmed = |told: &&Json| told["step"] == "confirm";
    if order.told.iter().filter(confirmed).any(|told| told["side"] == side) {
        return Err(Problem::refused(409, "order.side_confirmed").with("side", side));
    }
    if order.told.iter().filter(confirmed).any(|told| told["by"] == json!(actor.account)) {
        return Err(Problem::refused(409, "order.same_person"));
    }
    Ok(side.to_owned())
}
