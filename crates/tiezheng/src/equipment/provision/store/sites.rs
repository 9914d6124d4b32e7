//! Rows of recording_site and site_outage.

use serde::Serialize;
use utoipa::ToSchema;

use crate::args;
use crate::db::{Row, Tx};
use crate::error::Result;
use crate::people::store::Named;

/// 固定记录场所
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecordingSite {
    pub id: String,
    pub unit: Named,
    /// licensing, hearing, approval_window, case_handling_place
    pub purpose: String,
    pub place: String,
    /// Ids of the unit's own fixed cameras there.
    pub cameras: Vec<String>,
    /// An outside body that installs and keeps the cameras.
    pub operator: Option<String>,
    /// `08:30-17:30`
    pub coverage: Option<String>,
    /// How long that body keeps its recordings, days.
    pub retention_days: Option<i64>,
    pub since_ms: i64,
    /// Begin of an outage that has not ended.
    pub out_since_ms: Option<i64>,
    pub out_reason: Option<String>,
}

pub async fn insert_site(tx: &mut Tx, agency: &str, site: &RecordingSite) -> Result<()> {
    tx.exec(
        "insert into recording_site (id, agency_id, unit_id, purpose, place, cameras, operator, coverage, retention_days,
           since_ms) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        args![
            site.id.as_str(),
            agency,
            site.unit.id.as_str(),
            site.purpose.as_str(),
            site.place.as_str(),
            serde_json::to_string(&site.cameras)?,
            site.operator.clone(),
            site.coverage.clone(),
            site.retention_days,
            site.since_ms
        ],
    )
    .await
    .map(drop)
}

fn site(row: &Row) -> Result<RecordingSite> {
    Ok(RecordingSite {
        id: row.get("id")?,
        unit: Named { id: row.get("unit_id")?, name: row.get("unit_name")? },
        purpose: row.get("purpose")?,
        place: row.get("place")?,
        cameras: serde_json::from_str(&row.get::<String>("cameras")?)?,
        operator: row.get("operator")?,
        coverage: row.get("coverage")?,
        retention_days: row.get("retention_days")?,
        since_ms: row.get("since_ms")?,
        out_since_ms: row.get("out_since_ms")?,
        out_reason: row.get("out_reason")?,
    })
}

/// Those of an agency, one of them where an id is given, each with the outage that has not ended.
pub async fn sites(
    tx: &mut Tx,
    agency: Option<&str>,
    unit: Option<&str>,
    id: Option<&str>,
) -> Result<Vec<RecordingSite>> {
    let sql = "select s.id, s.unit_id, u.name as unit_name, s.purpose, s.place, s.cameras, s.operator, s.coverage,
                 s.retention_days, s.since_ms, o.from_ms as out_since_ms, o.reason as out_reason
               from recording_site s join unit u on u.id = s.unit_id
               left join site_outage o on o.site_id = s.id and o.to_ms is null
               where ($1 is null or s.agency_id = $1) and ($2 is null or s.unit_id = $2) and ($3 is null or s.id = $3)
               order by s.id limit 20000";
    let text = |text: Option<&str>| text.map(str::to_owned);
    tx.rows(sql, args![text(agency), text(unit), text(id)]).await?.iter().map(site).collect()
}

/// 中断
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Outage {
    pub id: String,
    pub from_ms: i64,
    pub to_ms: Option<i64>,
    pub reason: String,
}

pub async fn outages(tx: &mut Tx, site: &str) -> Result<Vec<Outage>> {
    let sql = "select id, from_ms, to_ms, reason from site_outage where site_id = $1 order by from_ms desc limit 500";
    let one = |row: &Row| {
        Ok(Outage {
            id: row.get("id")?,
            from_ms: row.get("from_ms")?,
            to_ms: row.get("to_ms")?,
            reason: row.get("reason")?,
        })
    };
    tx.rows(sql, args![site]).await?.iter().map(one).collect()
}

pub async fn insert_outage(tx: &mut Tx, site: &str, outage: &Outage) -> Result<()> {
    let sql = "insert into site_outage (id, site_id, from_ms, to_ms, reason) values ($1, $2, $3, $4, $5)";
    let (id, reason) = (outage.id.as_str(), outage.reason.as_str());
    tx.exec(sql, args![id, site, outage.from_ms, outage.to_ms, reason]).await.map(drop)
}

pub async fn end_outage(tx: &mut Tx, id: &str, to_ms: i64) -> Result<()> {
    tx.exec("update site_outage set to_ms = $1 where id = $2", args![to_ms, id]).await.map(drop)
}

/// Of these devices, those that are an agency's fixed cameras.
pub async fn fixed_cameras(tx: &mut Tx, agency: &str) -> Result<Vec<String>> {
    let sql = "select id from device where agency_id = $1 and kind = 'fixed_cctv' order by id";
    tx.rows(sql, args![agency]).await?.iter().map(|row| row.get("id")).collect()
}
