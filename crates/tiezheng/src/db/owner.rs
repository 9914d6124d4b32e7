//! Whose a row is: what a body or a file refers to must exist, and in the same agency. Anybody else's answers like one
//! that never was.

use std::collections::HashMap;

use super::{Tx, Value, placeholders};
use crate::error::{Problem, Result};

/// Ids asked after in one statement; engines bound the number of parameters.
const ASKED_MOST: usize = 500;

/// The agency of each of these rows of `unit`, `person`, `device`, `purchase`, `case_file` or `activity`; unknown ids are left out.
pub async fn owners(tx: &mut Tx, table: &'static str, ids: &[&str]) -> Result<HashMap<String, String>> {
    let mut found = HashMap::new();
    for some in ids.chunks(ASKED_MOST) {
        let sql = format!("select id, agency_id from {table} where id in ({})", placeholders(1, some.len()));
        for row in tx.rows(sql, some.iter().map(|id| Value::from(*id)).collect()).await? {
            found.insert(row.get("id")?, row.get("agency_id")?);
        }
    }
    Ok(found)
}

/// # Errors
/// `field.unknown_reference` for the first that is not there or is another agency's.
pub async fn must_belong(tx: &mut Tx, agency: &str, table: &'static str, field: &str, ids: &[&str]) -> Result<()> {
    let found = owners(tx, table, ids).await?;
    match ids.iter().find(|id| found.get(**id).map(String::as_str) != Some(agency)) {
        Some(id) => Err(Problem::invalid(field, "field.unknown_reference").with("value", crate::field::short(id))),
        None => Ok(()),
    }
}
