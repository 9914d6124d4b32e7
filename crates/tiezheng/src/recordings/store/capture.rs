//! 连续摄录: the parts of one capture, which is one recording to the rules (§6 T-13).

use super::list::Filter;
use super::{COLUMNS, FROM, RecordingRow, read_row, row_no, scoped};
use crate::args;
use crate::db::Tx;
use crate::error::Result;
use crate::laws::Handed;
use crate::people::Scope;

/// The parts of one continuous capture, in order.
pub async fn parts(tx: &mut Tx, scope: &Scope, capture: &str) -> Result<Vec<RecordingRow>> {
    let mut filter = Filter { sql: "where 1 = 1".into(), args: Vec::new() };
    scoped(&mut filter, scope);
    filter.and("i.capture = ?", args![capture]);
    let sql = format!("select {COLUMNS} {FROM} {} order by i.part_no, i.began_ms limit 1000", filter.sql);
    tx.rows(sql, filter.args).await?.iter().map(read_row).collect()
}

/// The parts of a capture that are in the lists already: first begin and last end of theirs, and of their activities.
#[derive(Default)]
pub struct SoFar {
    began_ms: Option<i64>,
    ended_ms: Option<i64>,
    activity_began_ms: Option<i64>,
    activity_ended_ms: Option<i64>,
}

impl SoFar {
    /// Judges a further part as the whole that it is part of.
    pub fn widen(&self, handed: &mut Handed) {
        handed.began_ms = handed.began_ms.into_iter().chain(self.began_ms).min();
        handed.ended_ms = self.ended_ms.map_or(handed.ended_ms, |before| handed.ended_ms.max(before));
        let began = handed.activity.map(|(began, _)| began).into_iter().chain(self.activity_began_ms).min();
        let ended = handed.activity.and_then(|(_, ended)| ended).max(self.activity_ended_ms);
        handed.activity = began.map(|began| (began, ended));
    }
}

/// What is there of a capture. Whoever enters the next part waits here; a first part that stood alone until now becomes
/// part 1.
pub async fn capture_so_far(tx: &mut Tx, capture: &str) -> Result<SoFar> {
    tx.lock(row_no(capture)).await?;
    let sql =
        "update recording_index set capture = recording_id, part_no = 1 where recording_id = $1 and capture is null";
    tx.exec(sql, args![capture]).await?;
    let sql =
        "select min(case when i.ended_ms is not null then i.began_ms end) as began_ms, max(i.ended_ms) as ended_ms,
                 min(a.began_ms) as activity_began_ms, max(a.ended_ms) as activity_ended_ms
               from recording_index i left join activity a on a.id = i.activity_id where i.capture = $1";
    let Some(row) = tx.row(sql, args![capture]).await? else { return Ok(SoFar::default()) };
    Ok(SoFar {
        began_ms: row.get("began_ms")?,
        ended_ms: row.get("ended_ms")?,
        activity_began_ms: row.get("activity_began_ms")?,
        activity_ended_ms: row.get("activity_ended_ms")?,
    })
}

/// The capture that a file stands in since an earlier run, and its place there. Path, size, device and the device's own time
/// are equal; whether the bytes are, nobody has looked at yet.
pub async fn part_before(
    tx: &mut Tx,
    agency: &str,
    device: &str,
    source_path: &str,
    bytes: u64,
    claimed_ms: i64,
) -> Result<Option<(String, i64)>> {
    const DAY_MS: i64 = 86_400_000; // a clock may have been measured anew since
    let sql = "select coalesce(i.capture, r.id) as capture, coalesce(i.part_no, 1) as part_no
               from recording_index i join recording r on r.id = i.recording_id
               where i.device_id = $1 and i.began_ms between $2 and $3 and r.agency_id = $4 and r.source_path = $5
                 and r.bytes = $6 and r.claimed_ms = $7
               order by r.id limit 1";
    let args = args![device, claimed_ms - DAY_MS, claimed_ms + DAY_MS, agency, source_path, bytes, claimed_ms];
    tx.row(sql, args).await?.map(|row| Ok((row.get("capture")?, row.get("part_no")?))).transpose()
}
