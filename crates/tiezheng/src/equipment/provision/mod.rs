//! 配备: what each unit must have, has, plans and lacks. What is owed is asked of `rules::provisioning`; here stand the facts
//! it is asked with and the records the regulations want kept.

pub mod extra;
pub mod facts;
pub mod http;
pub mod money;
pub mod plan;
pub mod readiness;
pub mod records_http;
pub mod site;
pub mod statement;
pub mod store;
pub mod sufficiency;

use jiff::civil::Date;
use tiezheng_rules::time::legal_day;
use tiezheng_rules::vocab::DeviceKind;

use crate::db::Tx;
use crate::db::owner::must_belong;
use crate::error::{Problem, Result};
use crate::field;
use crate::people::Actor;

/// One at a time carries a record further of which there is one: a version, an approval, an acceptance, an outage.
const ONE_AT_A_TIME: i64 = 0x6f6e_6561;

/// A unit of the actor's agency within reach; the agency.
///
/// # Errors
/// `agency.none`, `field.unknown_reference`, `permission.unit`.
pub async fn own_unit<'a>(tx: &mut Tx, actor: &'a Actor, unit: &str) -> Result<&'a str> {
    let agency = actor.own_agency()?;
    must_belong(tx, agency, "unit", "unit_id", &[unit]).await?;
    if actor.reaches(unit) { Ok(agency) } else { Err(Problem::refused(403, "permission.unit")) }
}

/// A unit that the actor stands above: the leader above all, a head above those below the own one.
///
/// # Errors
/// As [`own_unit`].
pub async fn unit_below<'a>(tx: &mut Tx, actor: &'a Actor, unit: &str) -> Result<&'a str> {
    let agency = own_unit(tx, actor, unit).await?;
    let own = actor.unit.as_deref() == Some(unit) && !actor.roles.contains(&crate::people::Role::Leader);
    if own { Err(Problem::refused(403, "permission.unit")) } else { Ok(agency) }
}

/// `2026-11-20`.
///
/// # Errors
/// `field.date`.
pub fn day(name: &str, text: &str) -> Result<Date> {
    let found = field::short(text);
    text.parse().map_err(|_| Problem::invalid(name, "field.date").with("found", found))
}

/// A day that has been.
///
/// # Errors
/// `field.date`, `field.in_future`.
pub fn past_day(name: &str, text: &str, now: i64) -> Result<Date> {
    let found = day(name, text)?;
    if found > legal_day(now) {
        return Err(Problem::invalid(name, "field.in_future").with("found", field::short(text)));
    }
    Ok(found)
}

/// A kind of device.
///
/// # Errors
/// `field.not_allowed`.
pub fn kind(name: &str, word: &str) -> Result<()> {
    let kinds: Vec<&str> = DeviceKind::ALL.iter().map(|kind| kind.code()).collect();
    field::word(name, word, &kinds)
}
