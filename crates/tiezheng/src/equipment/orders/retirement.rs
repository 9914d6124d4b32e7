//! 报废: by decision, with nothing left on it, and never before its time without a reason.

use serde_json::{Value as Json, json};
use tiezheng_rules::service_life::Retirement;

use super::{Opening, Step, another_hand, nothing_on_it, required};
use crate::db::Tx;
use crate::equipment::Device;
use crate::equipment::detail::given;
use crate::equipment::law::{Laws, Retiring, cited};
use crate::error::{Problem, Result};
use crate::field;

const METHODS: [&str; 2] = ["destroy", "device_sealed"];
const CONDITIONS: [&str; 4] = ["usable", "worn", "damaged", "unusable"];
/// What became of the media in it: all handed in, wiped after that, taken out and kept, or no longer readable.
const MEDIA: [&str; 4] = ["handed_in", "wiped", "removed", "unreadable"];

/// 报废前: it is here, nothing is left on it, what became of its media is told, and the service life allows it.
pub async fn asked(tx: &mut Tx, laws: &Laws<'_>, device: &Device, body: &Opening, on: &str) -> Result<Json> {
    for (name, word, allowed) in [
        ("method", &body.method, &METHODS[..]),
        ("condition", &body.condition, &CONDITIONS[..]),
        ("media", &body.media, &MEDIA[..]),
    ] {
        let word = word.as_deref().filter(|word| !word.is_empty());
        field::word(name, word.ok_or_else(|| Problem::invalid(name, "field.required"))?, allowed)?;
    }
    if body.media.as_deref() == Some("unreadable") && !given(body.media_statement.as_deref()) {
        return Err(laws.refuse(Problem::invalid("media_statement", "device.media_statement_required"), "PRV-17"));
    }
    nothing_on_it(tx, laws, device, "PRV-17").await?;
    let told = json!({
        "reason": body.reason, "document": body.document, "method": body.method, "condition": body.condition,
        "evidence": body.evidence, "media": body.media, "media_statement": body.media_statement, "on": on,
    });
    allowed_by_life(laws, device, &told)?;
    Ok(told)
}

pub async fn decide(tx: &mut Tx, step: &Step<'_>, more: &mut Json) -> Result<&'static str> {
    another_hand(step.actor, step.order, "open")?;
    required(given(step.body.document.as_deref()), "document")?;
    if step.body.approve == Some(false) {
        required(given(step.body.reason.as_deref()), "reason")?;
        return Ok("refused");
    }
    nothing_on_it(tx, step.laws, step.device, step.line.serves).await?;
    more["verdict"] = allowed_by_life(step.laws, step.device, &step.order.told[0])?;
    Ok(step.line.to)
}

/// 执行: before a witness; what is sealed away has its seal and its place.
pub async fn execute(tx: &mut Tx, step: &Step<'_>) -> Result<&'static str> {
    another_hand(step.actor, step.order, "decide")?;
    let witness = step.body.witness.as_deref();
    required(given(witness), "witness")?;
    if witness.map(str::trim) == Some(step.actor.name.as_str()) {
        return Err(step.laws.refuse(Problem::invalid("witness", "order.same_person"), step.line.serves));
    }
    if step.order.told[0]["method"] == "device_sealed" {
        required(given(step.body.seal_no.as_deref()), "seal_no")?;
        required(given(step.body.place.as_deref()), "place")?;
    }
    nothing_on_it(tx, step.laws, step.device, step.line.serves).await?;
    Ok(step.line.to)
}

/// 使用年限 about a retirement, with what is on record of it. The articles and whether it deviates, if it may be.
fn allowed_by_life(laws: &Laws<'_>, device: &Device, opened: &Json) -> Result<Json> {
    let broken = matches!(opened["condition"].as_str(), Some("damaged" | "unusable"));
    let asked = Retiring {
        damaged: broken && given(opened["evidence"].as_str()),
        // The one who decides is the approver: the order cannot be carried out without him.
        approved: true,
        reason_given: given(opened["reason"].as_str()),
        loss: None,
    };
    let Some(verdict) = laws.life(device, &asked) else { return Ok(json!({})) };
    if let (Retirement::Refused, Some(code)) = (verdict.verdict.retire, &verdict.verdict.refused) {
        let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string());
        let mut problem = Problem::refused(422, code).with("minimum_until", day(verdict.verdict.minimum_until));
        problem = problem.with("range_from", day(verdict.verdict.range_from));
        problem.articles = cited(&verdict);
        return Err(problem);
    }
    Ok(json!({"life": verdict.verdict.stage, "retire": verdict.verdict.retire, "articles": cited(&verdict)}))
}
