//! 固定记录场所: where something is recorded by fixed cameras, whose they are, and when they were out.

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::store::sites::{self as store, Outage, RecordingSite};
use super::{ONE_AT_A_TIME, own_unit};
use crate::app::new_id;
use crate::audit::{self, Act};
use crate::db::Tx;
use crate::error::{Problem, Result};
use crate::field;
use crate::people::store::Named;
use crate::people::{Actor, Permission};

/// Purposes, each with the class of unit that owes such a site.
pub const PURPOSES: [&str; 4] = ["licensing", "hearing", "approval_window", "case_handling_place"];

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSite {
    pub unit_id: String,
    pub purpose: String,
    pub place: String,
    /// Ids of the unit's own fixed cameras there; none where an outside body has them.
    #[serde(default)]
    pub cameras: Vec<String>,
    pub operator: Option<String>,
    pub coverage: Option<String>,
    pub retention_days: Option<i64>,
}

/// # Errors
/// `site.camera` for what is no fixed camera of the agency; `field.*`.
pub async fn register(tx: &mut Tx, actor: &Actor, now: i64, new: NewSite) -> Result<RecordingSite> {
    actor.may(Permission::ProvisionPropose)?;
    let agency = own_unit(tx, actor, &new.unit_id).await?.to_owned();
    field::word("purpose", &new.purpose, &PURPOSES)?;
    if !new.cameras.is_empty() {
        let known = store::fixed_cameras(tx, &agency).await?;
        if let Some(other) = new.cameras.iter().find(|id| !known.contains(id)) {
            return Err(Problem::invalid("cameras", "site.camera").with("value", field::short(other)));
        }
    }
    if new.retention_days.is_some_and(|days| !(0..=100_000).contains(&days)) {
        return Err(Problem::invalid("retention_days", "provision.quantity").with("most", 100_000));
    }
    let site = RecordingSite {
        id: new_id(now),
        unit: Named { id: new.unit_id, name: String::new() },
        purpose: new.purpose,
        place: field::text("place", &new.place, field::TITLE_MOST)?,
        cameras: new.cameras,
        operator: field::optional("operator", new.operator.as_deref(), field::NAME_MOST)?,
        coverage: field::optional("coverage", new.coverage.as_deref(), field::NAME_MOST)?,
        retention_days: new.retention_days,
        since_ms: now,
        out_since_ms: None,
        out_reason: None,
    };
    store::insert_site(tx, &agency, &site).await?;
    let detail = json!({"unit": site.unit.id, "purpose": site.purpose, "place": site.place, "cameras": site.cameras,
        "operator": site.operator, "coverage": site.coverage, "retention_days": site.retention_days});
    audit::record(tx, actor, now, Act::SiteMade, Some(&agency), Some(&site.id), detail).await?;
    store::sites(tx, Some(&agency), None, Some(&site.id)).await?.pop().ok_or_else(Problem::not_found)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOutage {
    /// Now when missing.
    pub from_ms: Option<i64>,
    /// Missing: it goes on. Given while one goes on: that one ends.
    pub to_ms: Option<i64>,
    #[serde(default)]
    pub reason: String,
}

/// Notes an outage of a site of one's units, or the end of the one that goes on.
///
/// # Errors
/// `site.out_already`, `responsibility.ends_before_it_begins`.
pub async fn outage(tx: &mut Tx, actor: &Actor, now: i64, site: &str, new: NewOutage) -> Result<Vec<Outage>> {
    actor.may(Permission::ProvisionPropose)?;
    let agency = actor.own_agency()?;
    tx.lock(ONE_AT_A_TIME).await?;
    let found = store::sites(tx, Some(agency), None, Some(site)).await?.pop().ok_or_else(Problem::not_found)?;
    own_unit(tx, actor, &found.unit.id).await?;
    let open = store::outages(tx, site).await?.into_iter().find(|outage| outage.to_ms.is_none());
    let to_ms = new.to_ms.map(|ms| field::time("to_ms", ms)).transpose()?;
    let from_ms = match (&open, to_ms) {
        (Some(open), Some(_)) => open.from_ms,
        (Some(open), None) => return Err(Problem::refused(409, "site.out_already").with("from_ms", open.from_ms)),
        (None, _) => field::time("from_ms", new.from_ms.unwrap_or(now))?,
    };
    if to_ms.is_some_and(|to| to <= from_ms) {
        return Err(Problem::invalid("to_ms", "responsibility.ends_before_it_begins"));
    }
    let reason = match &open {
        Some(open) => open.reason.clone(),
        None => field::text("reason", &new.reason, field::REASON_MOST)?,
    };
    match (&open, to_ms) {
        (Some(open), Some(to)) => store::end_outage(tx, &open.id, to).await?,
        _ => {
            store::insert_outage(tx, site, &Outage { id: new_id(now), from_ms, to_ms, reason: reason.clone() }).await?
        }
    }
    let detail = json!({"unit": found.unit.id, "from_ms": from_ms, "to_ms": to_ms, "reason": reason});
    audit::record(tx, actor, now, Act::SiteOut, Some(agency), Some(site), detail).await?;
    store::outages(tx, site).await
}
