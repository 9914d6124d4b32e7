//! 年限与在用: what comes to the end of its service life by the end of a year and what renewing it costs, and how much of the
//! fleet truly works.

use jiff::civil::Date;
use serde::Serialize;
use tiezheng_rules::time::legal_day;
use utoipa::ToSchema;

use super::store;
use crate::app::App;
use crate::db::Tx;
use crate::equipment::store::devices;
pub use crate::equipment::store::devices::Working;
use crate::equipment::{due, undocked_ms};
use crate::error::Result;

/// 年限与在用 of an agency.
#[derive(Serialize, ToSchema)]
pub struct Readiness {
    pub year: i64,
    /// The devices behind `renewal` are those the register finds under `due=renewal` on this day: the first after the year.
    #[schema(value_type = String)]
    pub on: Date,
    /// By kind, in the order of their codes. Empty also where no regulation of the agency sets a service life.
    pub renewal: Vec<Renewal>,
    /// Cameras, terminals and recorders, unit by unit; `unit` null: in no unit's hands.
    pub units: Vec<Working>,
    /// 闲置 and 未采集, under `due=idle` and `due=undocked`.
    pub idle: i64,
    pub undocked: i64,
}

/// Devices of a kind whose range ends by the end of the year.
#[derive(Serialize, ToSchema)]
pub struct Renewal {
    pub kind: String,
    pub devices: i64,
    /// At the latest price paid for the kind; null: no price is known.
    pub cost_fen: Option<i64>,
}

/// PRV-14, PRV-16. `year` within 2000 and 2199.
pub async fn readiness(tx: &mut Tx, app: &App, agency: &str, year: i16) -> Result<Readiness> {
    let (now, on) = (app.now(), Date::constant(year + 1, 1, 1));
    let due = due::among(tx, app, Some(agency), &["renewal"], on).await?.remove(0);
    let prices = store::money::latest_prices(tx, agency).await?;
    let renewal = devices::by_kind(tx, agency, due).await?.into_iter().map(|(kind, devices)| Renewal {
        cost_fen: prices.get(&kind).map(|price| price.saturating_mul(devices)),
        kind,
        devices,
    });
    let renewal = renewal.collect();
    let dues = due::among(tx, app, Some(agency), &["idle", "undocked"], legal_day(now)).await?;
    let counts = devices::counts(tx, Some(agency), &dues).await?;
    let units = devices::working(tx, agency, now - undocked_ms()).await?;
    Ok(Readiness { year: year.into(), on, renewal, units, idle: counts[0], undocked: counts[1] })
}
