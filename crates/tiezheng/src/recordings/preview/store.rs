//! What the catalogue and the list of jobs say about the derivatives of a recording.

use crate::args;
use crate::db::Tx;
use crate::error::Result;

/// The job that makes them: its state, and why it failed (JSON of code and params).
pub async fn job(tx: &mut Tx, recording: &str) -> Result<Option<(String, Option<String>)>> {
    let sql = "select state, problem from job where kind = 'preview' and subject = $1";
    let row = tx.row(sql, args![recording]).await?;
    row.map(|row| Ok((row.get("state")?, row.get("problem")?))).transpose()
}

/// Whether somebody opened it and got nothing, since a preview is all that person may see.
pub async fn asked(tx: &mut Tx, recording: &str) -> Result<bool> {
    let sql = "select count(*) from viewing where recording_id = $1 and kind = 'none'";
    Ok(tx.number(sql, args![recording]).await? > 0)
}
