//! 连续摄录: the parts of one capture, which is one recording to the rules (§6 T-13).

use super::list::Filter;
use super::{COLUMNS, FROM, RecordingRow, read_row, row_no, scoped};
use crate::args;
use crate::db::Tx;
use crate::error::Result;
use crate::people::Scope;

/// The parts of one continuous capture, in order.
pub async fn parts(tx: &mut Tx, scope: &Scope, capture: &str) -> Result<Vec<RecordingRow>> {
    let mut filter = Filter { sql: "where 1 = 1".into(), args: Vec::new() };
    scoped(&mut filter, scope);
    filter.and("i.capture = ?", args![capture]);
    let sql = format!("select {COLUMNS} {FROM} {} order by i.part_no, i.began_ms limit 1000", filter.sql);
    tx.rows(sql, filter.args).await?.iter().map(read_row).collect()
}

/// When the parts of a capture that are in the lists ended, and the activities they belong to. Whoever enters the next part
/// waits here; a first part that stood alone until now becomes part 1.
pub async fn capture_ended(tx: &mut Tx, capture: &str) -> Result<(Option<i64>, Option<i64>)> {
    tx.lock(row_no(capture)).await?;
    let sql =
        "update recording_index set capture = recording_id, part_no = 1 where recording_id = $1 and capture is null";
    tx.exec(sql, args![capture]).await?;
    let sql = "select max(i.ended_ms) as ended_ms, max(a.ended_ms) as activity_ended_ms
               from recording_index i left join activity a on a.id = i.activity_id where i.capture = $1";
    let row = tx.row(sql, args![capture]).await?;
    row.map_or(Ok((None, None)), |row| Ok((row.get("ended_ms")?, row.get("activity_ended_ms")?)))
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
