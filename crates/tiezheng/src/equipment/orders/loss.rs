//! 丢失、被盗、损坏: found out, decided and paid. 原价 is proposed where the text provides for it; a human decides.

use serde_json::{Value as Json, json};
use tiezheng_rules::service_life::Loss;

use super::{Order, Step, another_hand, required};
use crate::equipment::detail::given;
use crate::equipment::law::Retiring;
use crate::error::{Problem, Result};
use crate::people::Actor;

/// 认定: whether it was lost through carelessness, and what the text would have paid.
pub fn find(step: &Step<'_>, more: &mut Json) -> Result<&'static str> {
    not_his_own(step.actor, step.order)?;
    let (misuse, during_enforcement) = (step.body.misuse, step.body.during_enforcement);
    required(misuse.is_some(), "misuse")?;
    required(during_enforcement.is_some(), "during_enforcement")?;
    required(given(step.body.reason.as_deref()), "reason")?;
    // Without a price nothing is proposed; with one it is never depreciated.
    let loss = step.device.price_fen.and_then(|price| u64::try_from(price).ok()).map(|price_fen| Loss {
        price_fen,
        misuse: misuse == Some(true),
        during_enforcement: during_enforcement == Some(true),
    });
    let verdict = step.laws.life(step.device, &Retiring { loss, ..Retiring::default() });
    more["proposal_fen"] = json!(verdict.and_then(|verdict| verdict.verdict.compensation_fen));
    more["articles"] = json!(step.laws.cites(step.line.serves));
    Ok(step.line.to)
}

/// Nothing to pay: nothing to wait for.
pub fn decide(step: &Step<'_>) -> Result<&'static str> {
    not_his_own(step.actor, step.order)?;
    required(step.body.compensation_fen.is_some(), "compensation_fen")?;
    required(given(step.body.document.as_deref()), "document")?;
    Ok(if step.body.compensation_fen == Some(0) { "done" } else { step.line.to })
}

/// Another sum than was decided is paid for a reason.
pub fn pay(step: &Step<'_>) -> Result<&'static str> {
    required(step.body.amount_fen.is_some(), "amount_fen")?;
    let decided = step.order.told.iter().rev().find(|told| told["step"] == "decide");
    let as_decided = decided.is_some_and(|told| told["compensation_fen"] == json!(step.body.amount_fen));
    required(as_decided || given(step.body.reason.as_deref()), "reason")?;
    Ok(step.line.to)
}

/// Nobody finds or decides about what he lost himself, whoever reported it.
fn not_his_own(actor: &Actor, order: &Order) -> Result<()> {
    another_hand(actor, order, "open")?;
    match actor.person.is_some() && order.told[0]["holder"]["id"] == json!(actor.person) {
        true => Err(Problem::refused(409, "order.same_person")),
        false => Ok(()),
    }
}
