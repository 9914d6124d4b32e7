//! Rows of integrity_run, and the figures of the workbench.

use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::args;
use crate::db::Tx;
use crate::error::Result;

/// 完整性检查
#[derive(Serialize, ToSchema)]
pub struct IntegrityRun {
    pub id: String,
    pub by: Option<String>,
    pub depth: String,
    pub began_ms: i64,
    pub ended_ms: Option<i64>,
    /// running, clean, findings, failed
    pub state: String,
    pub checked: i64,
    pub bytes: i64,
    #[schema(value_type = Vec<Object>)]
    pub findings: Value,
}

pub async fn begin_run(tx: &mut Tx, id: &str, account: Option<&str>, depth: &str, now: i64) -> Result<()> {
    tx.exec(
        "insert into integrity_run (id, account, depth, began_ms, state, checked, bytes, total_bytes, findings)
         values ($1, $2, $3, $4, 'running', 0, 0, 0, '[]')",
        args![id, account.map(str::to_owned), depth, now],
    )
    .await
    .map(drop)
}

pub async fn end_run(
    tx: &mut Tx,
    id: &str,
    now: i64,
    state: &str,
    checked: u64,
    bytes: u64,
    findings: &str,
) -> Result<()> {
    let sql =
        "update integrity_run set ended_ms = $1, state = $2, checked = $3, bytes = $4, findings = $5 where id = $6";
    tx.exec(sql, args![now, state, checked, bytes, findings, id]).await.map(drop)
}

pub async fn runs(tx: &mut Tx, before: Option<&str>, most: i64) -> Result<Vec<IntegrityRun>> {
    let sql =
        "select r.id, coalesce(a.name, r.account) as by_name, r.depth, r.began_ms, r.ended_ms, r.state, r.checked,
                 r.bytes, r.findings
               from integrity_run r left join account a on a.account = r.account
               where $1 is null or r.id < $1 order by r.id desc limit $2";
    tx.rows(sql, args![before.map(str::to_owned), most])
        .await?
        .iter()
        .map(|row| {
            Ok(IntegrityRun {
                id: row.get("id")?,
                by: row.get("by_name")?,
                depth: row.get("depth")?,
                began_ms: row.get("began_ms")?,
                ended_ms: row.get("ended_ms")?,
                state: row.get("state")?,
                checked: row.get("checked")?,
                bytes: row.get("bytes")?,
                findings: serde_json::from_str(&row.get::<String>("findings")?)?,
            })
        })
        .collect()
}

const DAY_MS: i64 = 86_400_000;
const CHINA_MS: i64 = 8 * 3_600_000;

/// Recordings received a day, how many of them late, and how many late when no regulation bound any more, for the last `days` legal days.
pub async fn trend(tx: &mut Tx, agency: Option<&str>, now: i64, days: i64) -> Result<Vec<Value>> {
    let today = (now + CHINA_MS).div_euclid(DAY_MS);
    let sql = "select (received_ms + $1) / $2 as day, count(*) as received,
                 cast(sum(case when hand_in = 'late' then 1 else 0 end) as bigint) as late,
                 cast(sum(case when hand_in = 'internal_deviation' then 1 else 0 end) as bigint) as deviations
               from recording_index
               where ($3 is null or agency_id = $3) and received_ms >= $4 and kind <> 'sidecar' group by 1 order by 1";
    let from = (today - days + 1) * DAY_MS - CHINA_MS;
    let mut found = Map::new();
    for row in tx.rows(sql, args![CHINA_MS, DAY_MS, agency.map(str::to_owned), from]).await? {
        let (received, late): (i64, i64) = (row.get("received")?, row.get("late")?);
        found.insert(row.get::<i64>("day")?.to_string(), json!([received, late, row.get::<i64>("deviations")?]));
    }
    Ok((today - days + 1..=today)
        .map(|day| {
            let figures = found.get(&day.to_string());
            let figure = |at: usize| figures.and_then(|f| f[at].as_i64()).unwrap_or(0);
            let date = crate::recordings::form::china_time(day * DAY_MS - CHINA_MS);
            json!({"day": &date[..10], "received": figure(0), "late": figure(1), "deviations": figure(2)})
        })
        .collect())
}

/// `{received, bytes}` since a moment.
pub async fn received_since(tx: &mut Tx, agency: Option<&str>, from_ms: i64) -> Result<Value> {
    let sql = "select count(*) as n, cast(coalesce(sum(bytes), 0) as bigint) as bytes from recording
               where received_ms >= $1 and ($2 is null or agency_id = $2)";
    let row = tx.row(sql, args![from_ms, agency.map(str::to_owned)]).await?;
    let of = |name: &str| row.as_ref().map_or(Ok(0), |row| row.get::<i64>(name));
    Ok(json!({"received": of("n")?, "bytes": of("bytes")?}))
}

pub async fn bytes_stored(tx: &mut Tx, agency: Option<&str>) -> Result<i64> {
    let sql = "select cast(coalesce(sum(bytes), 0) as bigint) from recording where $1 is null or agency_id = $1";
    tx.number(sql, args![agency.map(str::to_owned)]).await
}
