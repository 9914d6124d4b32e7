//! Lists of recordings: filters, pages, counts.

use serde_json::{Map, Value as Json};

use super::{COLUMNS, FROM, RecordingRow, read_row};
use crate::args;
use crate::db::{Tx, Value, placeholders};
use crate::error::Result;
use crate::field;
use crate::ingest::FLAGS;
use crate::people::Scope;
use crate::recordings::text;

/// Filters of a list. Everything given must hold.
#[derive(Clone, Debug, Default, serde::Deserialize, utoipa::IntoParams)]
pub struct Wanted {
    /// Full text: file name, title, place, party, officer, device, unit.
    pub q: Option<String>,
    pub agency: Option<String>,
    pub unit: Option<String>,
    pub officer: Option<String>,
    pub device: Option<String>,
    pub activity: Option<String>,
    /// Begin, UTC milliseconds, inclusive.
    pub from: Option<i64>,
    /// Exclusive.
    pub to: Option<i64>,
    /// Our last byte, UTC milliseconds, inclusive.
    pub received_from: Option<i64>,
    /// Exclusive.
    pub received_to: Option<i64>,
    /// video, audio, image, other, sidecar. Sidecars are only shown when asked for.
    pub kind: Option<String>,
    /// sealing, sealed
    pub state: Option<String>,
    /// true: only those marked important
    pub mark: Option<bool>,
    /// on_time, extended, late, internal_deviation, pending, no_rule
    pub hand_in: Option<String>,
    /// Bound by one of these regulations: ids with commas between.
    pub profile: Option<String>,
    /// true: only those made when all their regulations had expired; false: only the others
    pub lapsed: Option<bool>,
    /// gap, broken, remuxed, drift, unlinked, time_unknown …
    pub flag: Option<String>,
    /// newest (default) or oldest
    pub sort: Option<String>,
    pub cursor: Option<String>,
    pub limit: Option<i64>,
}

const PROFILES_MOST: usize = 50;
const KINDS: [&str; 5] = ["video", "audio", "image", "other", "sidecar"];
const HAND_INS: [&str; 6] = ["on_time", "extended", "late", "internal_deviation", "pending", "no_rule"];

impl Wanted {
    /// A filter that is not understood is refused: leaving it out would show more than was asked for.
    pub fn check(&self) -> Result<()> {
        field::filter("kind", self.kind.as_deref(), &KINDS)?;
        field::filter("state", self.state.as_deref(), &["sealing", "sealed"])?;
        field::filter("hand_in", self.hand_in.as_deref(), &HAND_INS)?;
        field::filter("flag", self.flag.as_deref(), &FLAGS)?;
        field::filter("sort", self.sort.as_deref(), &["newest", "oldest"])?;
        field::cursor_by_time(self.cursor.as_deref()).map(drop)
    }
}

/// A growing `where`, with its parameters.
pub(super) struct Filter {
    pub sql: String,
    pub args: Vec<Value>,
}

impl Filter {
    pub fn and(&mut self, condition: &str, values: Vec<Value>) {
        let mut sql = condition.to_owned();
        for value in values {
            self.args.push(value);
            sql = sql.replacen('?', &format!("${}", self.args.len()), 1);
        }
        self.sql += &format!(" and {sql}");
    }

    fn among<'a>(&mut self, column: &str, values: impl Iterator<Item = &'a str>) {
        let values: Vec<Value> = values.map(Value::from).collect();
        let listed = if values.is_empty() { "null".into() } else { placeholders(self.args.len() + 1, values.len()) };
        self.sql += &format!(" and {column} in ({listed})");
        self.args.extend(values);
    }

    /// One of these, or nobody's yet: what a card's names did not tell must be found by those who can say whose it is.
    fn within_or_none(&mut self, column: &str, values: &[String]) {
        let listed = if values.is_empty() { "null".into() } else { placeholders(self.args.len() + 1, values.len()) };
        self.sql += &format!(" and ({column} in ({listed}) or {column} is null)");
        self.args.extend(values.iter().map(|value| value.as_str().into()));
    }
}

fn filter(postgres: bool, scope: &Scope, wanted: &Wanted) -> Filter {
    let mut filter = Filter { sql: "where 1 = 1".into(), args: Vec::new() };
    scoped(&mut filter, scope);
    for (column, value) in [
        ("i.agency_id", &wanted.agency),
        ("i.unit_id", &wanted.unit),
        ("i.officer_id", &wanted.officer),
        ("i.device_id", &wanted.device),
        ("i.activity_id", &wanted.activity),
        ("i.hand_in", &wanted.hand_in),
    ] {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            filter.and(&format!("{column} = ?"), args![value]);
        }
    }
    if let Some(profiles) = wanted.profile.as_deref().filter(|profiles| !profiles.is_empty()) {
        filter.among("i.profile", profiles.split(',').take(PROFILES_MOST));
    }
    match wanted.kind.as_deref() {
        Some(kind) if !kind.is_empty() => filter.and("i.kind = ?", args![kind]),
        _ => filter.and("i.kind <> 'sidecar'", args![]),
    }
    if let Some(lapsed) = wanted.lapsed {
        filter.and("i.lapsed = ?", args![lapsed]);
    }
    if let Some(from) = wanted.from {
        filter.and("i.began_ms >= ?", args![from]);
    }
    if let Some(to) = wanted.to {
        filter.and("i.began_ms < ?", args![to]);
    }
    if let Some(from) = wanted.received_from {
        filter.and("i.received_ms >= ?", args![from]);
    }
    if let Some(to) = wanted.received_to {
        filter.and("i.received_ms < ?", args![to]);
    }
    if wanted.mark == Some(true) {
        filter.and("i.key_mark = 1", args![]);
    }
    if let Some(flag) = wanted.flag.as_deref().filter(|flag| !flag.is_empty()) {
        filter.and("i.flags like ?", args![format!("% {flag} %")]);
    }
    match wanted.state.as_deref() {
        Some("sealed") => filter.and("e.log_index < (select published from log_head)", args![]),
        Some("sealing") => {
            filter.and("(e.log_index is null or e.log_index >= (select published from log_head))", args![]);
        }
        _ => {}
    }
    if let Some(q) = wanted.q.as_deref().filter(|q| !q.trim().is_empty()) {
        match if postgres { text::tsquery(q) } else { text::fts5(q) } {
            Some(query) if postgres => filter
                .and("i.row_no in (select row_no from recording_text where terms @@ cast(? as tsquery))", args![query]),
            Some(query) => {
                filter.and("i.row_no in (select rowid from recording_text where recording_text match ?)", args![query])
            }
            None => filter.and("1 = 0", args![]),
        }
    }
    filter
}

pub(super) fn scoped(filter: &mut Filter, scope: &Scope) {
    match scope {
        Scope::Nothing => filter.and("1 = 0", args![]),
        Scope::All => {}
        Scope::Agency(agency) => filter.and("i.agency_id = ?", args![agency.as_str()]),
        Scope::Own { person, agency } => {
            filter.and("i.agency_id = ? and i.officer_id = ?", args![agency.as_str(), person.as_str()]);
        }
        Scope::Units { agency, units } => {
            filter.and("i.agency_id = ?", args![agency.as_str()]);
            filter.within_or_none("i.unit_id", units);
        }
    }
}

/// A page of recordings. The cursor is `began_ms~id` of the last one before.
pub async fn list(tx: &mut Tx, scope: &Scope, wanted: &Wanted, most: i64) -> Result<Vec<RecordingRow>> {
    let mut filter = filter(tx.is_postgres(), scope, wanted);
    let oldest = wanted.sort.as_deref() == Some("oldest");
    if let Some((ms, id)) = field::cursor_by_time(wanted.cursor.as_deref())? {
        let sign = if oldest { '>' } else { '<' };
        filter.and(&format!("(i.began_ms, i.recording_id) {sign} (?, ?)"), args![ms, id]);
    }
    let order = if oldest { "asc" } else { "desc" };
    let sql = format!(
        "select {COLUMNS} {FROM} {} order by i.began_ms {order}, i.recording_id {order} limit ${}",
        filter.sql,
        filter.args.len() + 1
    );
    filter.args.push(most.into());
    tx.rows(sql, filter.args).await?.iter().map(read_row).collect()
}

/// The cursor of a row of `list`.
pub fn cursor(row: &RecordingRow) -> String {
    format!("{}~{}", row.began_ms.unwrap_or(row.received_ms), row.id)
}

/// Counts under the same filters.
pub async fn facets(tx: &mut Tx, scope: &Scope, wanted: &Wanted) -> Result<Json> {
    let filter = filter(tx.is_postgres(), scope, wanted);
    let mut found = Map::new();
    for (name, column) in [("by_kind", "i.kind"), ("by_hand_in", "coalesce(i.hand_in, 'no_rule')")] {
        let sql = format!("select {column} as name, count(*) as n {FROM} {} group by {column}", filter.sql);
        let mut counts = Map::new();
        for row in tx.rows(sql, filter.args.clone()).await? {
            counts.insert(row.get::<String>("name")?, row.get::<i64>("n")?.into());
        }
        found.insert(name.into(), counts.into());
    }
    let sql = format!(
        "select count(*) as total, cast(coalesce(sum(r.bytes), 0) as bigint) as bytes,
           cast(coalesce(sum(case when i.flags <> '  ' then 1 else 0 end), 0) as bigint) as flagged {FROM} {}",
        filter.sql
    );
    if let Some(row) = tx.row(sql, filter.args).await? {
        for name in ["total", "bytes", "flagged"] {
            found.insert(name.into(), row.get::<i64>(name)?.into());
        }
    }
    Ok(found.into())
}

/// Counts of the compliance page over what the reader sees of what these regulations bind: made under a text in force, or
/// after all had expired.
pub async fn tally(tx: &mut Tx, scope: &Scope, profiles: &[&str], lapsed: bool) -> Result<Vec<(&'static str, i64)>> {
    let mut filter = Filter { sql: "where i.kind <> 'sidecar'".into(), args: Vec::new() };
    scoped(&mut filter, scope);
    filter.among("i.profile", profiles.iter().copied());
    filter.and("i.lapsed = ?", args![lapsed]);
    const COUNTS: [(&str, &str); 13] = [
        ("hand_in_on_time", "i.hand_in = 'on_time'"),
        ("hand_in_extended", "i.hand_in = 'extended'"),
        ("hand_in_late", "i.hand_in = 'late'"),
        ("hand_in_deviation", "i.hand_in = 'internal_deviation'"),
        ("hand_in_pending", "i.hand_in = 'pending'"),
        ("unlinked", "i.flags like '% unlinked %'"),
        ("unindexed", "i.title is null"),
        ("broken", "i.flags like '% broken %'"),
        ("gaps", "i.flags like '% gap %'"),
        ("drift", "i.flags like '% drift %'"),
        ("time_unknown", "i.flags like '% time_unknown %'"),
        ("remuxed", "i.flags like '% remuxed %'"),
        ("no_officer", "i.flags like '% no_officer %'"),
    ];
    let sums = COUNTS
        .map(|(key, holds)| format!("cast(coalesce(sum(case when {holds} then 1 else 0 end), 0) as bigint) as {key}"));
    let sql = format!("select count(*) as recordings, {} from recording_index i {}", sums.join(", "), filter.sql);
    let Some(row) = tx.row(sql, filter.args).await? else { return Ok(Vec::new()) };
    let keys = std::iter::once("recordings").chain(COUNTS.map(|(key, _)| key));
    keys.map(|key| Ok((key, row.get(key)?))).collect()
}
