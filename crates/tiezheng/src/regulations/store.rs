//! Rows of regulation_decision and regulation_file, and the counts of the compliance page.

pub mod units;

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value as Json, json};
use tiezheng_rules::simulate::Row as SimulatedRow;
use tiezheng_rules::vocab::Ground;
use tiezheng_vault::{Digests, Place};
use utoipa::ToSchema;

use super::{Decision, Told};
use crate::args;
use crate::audit::Act;
use crate::db::{Row, Tx};
use crate::error::Result;
use crate::laws::{HandIn, Handed};

/// 正式文本: the official text of a regulation as the agency has it, sealed in the vault.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OfficialFile {
    /// Its event.
    pub id: String,
    /// The version it is the text of.
    pub version: String,
    pub name: String,
    pub mime: String,
    pub bytes: i64,
    pub sha256: String,
    pub sm3: String,
    pub at_ms: i64,
    pub account: Option<String>,
    /// What that person is called.
    pub by: Option<String>,
}

pub async fn put_decision(tx: &mut Tx, agency: &str, decision: &Decision) -> Result<()> {
    let told = serde_json::to_string(&decision.told)?;
    tx.exec(
        "insert into regulation_decision (event_id, agency_id, profile, told, settles, at_ms, account)
         values ($1, $2, $3, $4, $5, $6, $7)",
        args![
            decision.id.as_str(),
            agency,
            decision.told.profile.as_str(),
            told,
            decision.told.settles.clone(),
            decision.at_ms,
            decision.account.clone()
        ],
    )
    .await
    .map(drop)
}

const DECISION: &str = "event_id, told, at_ms, account,
  (select a.name from account a where a.account = regulation_decision.account) as entered_by";

/// What an agency has decided, oldest first, each with what became of it.
pub async fn decisions(tx: &mut Tx, agency: &str) -> Result<Vec<Decision>> {
    let sql = format!("select {DECISION} from regulation_decision where agency_id = $1 order by event_id");
    let (settling, mut decided): (Vec<Decision>, Vec<Decision>) = tx
        .rows(sql, args![agency])
        .await?
        .iter()
        .map(decision)
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .partition(|decision| decision.told.settles.is_some());
    for by in &settling {
        let of = |decision: &&mut Decision| by.told.settles.as_deref() == Some(&decision.id);
        if let Some(decision) = decided.iter_mut().find(of) {
            decision.settle(by);
        }
    }
    Ok(decided)
}

fn decision(row: &Row) -> Result<Decision> {
    let told: Told = serde_json::from_str(&row.get::<String>("told")?)?;
    let decision = Decision::entered(row.get("event_id")?, told, row.get("at_ms")?, row.get("account")?);
    Ok(Decision { by: row.get("entered_by")?, ..decision })
}

/// The agency of a decision and the first day it can touch: of a day of publication, every day.
pub async fn reach(tx: &mut Tx, id: &str) -> Result<Option<(String, String)>> {
    let sql = format!("select agency_id, {DECISION} from regulation_decision where event_id = $1");
    let Some(row) = tx.row(sql, args![id]).await? else { return Ok(None) };
    let told = decision(&row)?.told;
    let from = if told.published_on.is_some() { String::new() } else { told.effective_on };
    Ok(Some((row.get("agency_id")?, from)))
}

const FILE: &str = "event_id, agency_id, version, name, mime, bytes, sha256, sm3, tree, segment, segment_offset,
  segment_length, object, at_ms, account";
const BY: &str = "(select a.name from account a where a.account = regulation_file.account) as entered_by";

/// A sealed file on its way into the catalogue.
pub struct NewFile<'a> {
    pub agency: &'a str,
    pub profile: &'a str,
    pub file: &'a OfficialFile,
    pub digests: &'a Digests,
    pub place: &'a Place,
}

pub async fn put_file(tx: &mut Tx, new: &NewFile<'_>) -> Result<()> {
    let NewFile { agency, profile, file, digests, place } = new;
    tx.exec(
        format!(
            "insert into regulation_file (profile, {FILE})
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
        ),
        args![
            *profile,
            file.id.as_str(),
            *agency,
            file.version.as_str(),
            file.name.as_str(),
            file.mime.as_str(),
            file.bytes,
            &digests.sha256,
            &digests.sm3,
            &digests.tree,
            place.segment.as_str(),
            place.offset,
            place.length,
            place.object.as_str(),
            file.at_ms,
            file.account.clone()
        ],
    )
    .await
    .map(drop)
}

/// The official texts an agency has attached to a regulation, newest first.
pub async fn files(tx: &mut Tx, agency: &str, profile: &str) -> Result<Vec<OfficialFile>> {
    let sql = format!(
        "select {FILE}, {BY} from regulation_file where agency_id = $1 and profile = $2 order by event_id desc limit 200"
    );
    tx.rows(sql, args![agency, profile]).await?.iter().map(official).collect()
}

/// One of them with its place in the store.
pub async fn file(tx: &mut Tx, agency: &str, profile: &str, id: &str) -> Result<Option<(OfficialFile, Place)>> {
    let sql =
        format!("select {FILE}, {BY} from regulation_file where agency_id = $1 and profile = $2 and event_id = $3");
    let row = tx.row(sql, args![agency, profile, id]).await?;
    row.map(|row| Ok((official(&row)?, crate::recordings::store::place(&row)?))).transpose()
}

fn official(row: &Row) -> Result<OfficialFile> {
    Ok(OfficialFile {
        id: row.get("event_id")?,
        version: row.get("version")?,
        name: row.get("name")?,
        mime: row.get("mime")?,
        bytes: row.get("bytes")?,
        sha256: hex::encode(row.get::<Vec<u8>>("sha256")?),
        sm3: hex::encode(row.get::<Vec<u8>>("sm3")?),
        at_ms: row.get("at_ms")?,
        account: row.get("account")?,
        by: row.get("entered_by")?,
    })
}

/// What the sealing event of a file tells; a rebuild reads it back.
pub fn detail(profile: &str, file: &OfficialFile, tree: &[u8]) -> Json {
    json!({
        "profile": profile, "version": file.version, "name": file.name, "mime": file.mime, "bytes": file.bytes,
        "sha256": file.sha256, "sm3": file.sm3, "tree": hex::encode(tree),
    })
}

/// Rows that no longer tell what their event tells, and events without their row: `(event, what)`.
pub async fn altered(tx: &mut Tx) -> Result<Vec<(String, &'static str)>> {
    let mut found = Vec::new();
    for (act, table) in [
        (Act::RegulationDecided, "regulation_decision"),
        (Act::RegulationApproved, "regulation_decision"),
        (Act::RegulationWithdrawn, "regulation_decision"),
        (Act::RegulationFileSealed, "regulation_file"),
    ] {
        let sql = format!("select id from event where act = $1 and id not in (select event_id from {table})");
        for row in tx.rows(sql, args![act.name()]).await? {
            found.push((row.get("id")?, "missing"));
        }
    }
    let decided =
        "select event_id, agency_id, profile, told, settles, at_ms, account from regulation_decision order by event_id";
    for row in tx.rows(decided, args![]).await? {
        let told: Json = serde_json::from_str(&row.get::<String>("told")?).unwrap_or_default();
        if row.get::<Option<String>>("settles")?.as_deref() != told["settles"].as_str() {
            found.push((row.get("event_id")?, "row"));
        }
        let act = super::decide::act(told["kind"].as_str().unwrap_or(""));
        found.extend(differs(tx, &row, act, &told).await?);
    }
    for row in tx.rows(format!("select profile, {FILE}, {BY} from regulation_file order by event_id"), args![]).await? {
        let told = detail(&row.get::<String>("profile")?, &official(&row)?, &row.get::<Vec<u8>>("tree")?);
        found.extend(differs(tx, &row, Act::RegulationFileSealed, &told).await?);
    }
    Ok(found)
}

/// A row against its event, by everything the event tells.
async fn differs(tx: &mut Tx, row: &Row, act: Act, told: &Json) -> Result<Option<(String, &'static str)>> {
    let id: String = row.get("event_id")?;
    let Some(event) = crate::audit::store::by_id(tx, &id).await? else { return Ok(Some((id, "event"))) };
    let profile: String = row.get("profile")?;
    let same = event.act == act.name()
        && *told == Json::Object(event.detail())
        && told["profile"] == profile
        && event.subject.as_deref() == Some(&profile)
        && event.agency == row.get::<Option<String>>("agency_id")?
        && event.actor == row.get::<Option<String>>("account")?
        && event.at_ms == row.get::<i64>("at_ms")?;
    Ok((!same).then_some((id, "row")))
}

/// A recording whose hand-in can be judged again. A part of a capture has the begin and the ends of the whole.
pub struct HandedIn {
    pub recording: String,
    /// Who made it; of what nobody is known to have made, whose activity it belongs to.
    pub unit: Option<String>,
    pub handed: Handed,
    pub verdict: Option<HandIn>,
    /// The regulation it was judged by.
    pub profile: Option<String>,
}

/// When a recording began and ended and when its activity did: of a capture in parts the first begin and the last end of
/// its parts and of their activities (一次摄录，一个时限).
const SPAN: &str =
    "coalesce((select min(p.began_ms) from recording_index p where p.capture = i.capture and p.ended_ms is not null),
     i.began_ms) as began_ms,
   coalesce((select max(p.ended_ms) from recording_index p where p.capture = i.capture), i.ended_ms) as ended_ms,
   coalesce((select min(b.began_ms) from recording_index p join activity b on b.id = p.activity_id
     where p.capture = i.capture), a.began_ms) as activity_began_ms,
   coalesce((select max(b.ended_ms) from recording_index p join activity b on b.id = p.activity_id
     where p.capture = i.capture), a.ended_ms) as activity_ended_ms";

/// Recordings with all that [`read_handed_in`] reads; what comes behind begins with `and`.
fn handed_in_sql(further: &str) -> String {
    format!(
        "select i.recording_id, coalesce(i.unit_id, a.unit_id) as unit_id, {SPAN}, i.received_ms, i.verdict, i.profile, x.told
         from recording_index i left join activity a on a.id = i.activity_id
           left join hand_in_extension x on x.recording_id = i.recording_id
         where i.ended_ms is not null and i.kind <> 'sidecar' {further}"
    )
}

fn read_handed_in(row: &Row) -> Result<HandedIn> {
    let (verdict, told): (Option<String>, Option<String>) = (row.get("verdict")?, row.get("told")?);
    let extension = told.and_then(|told| serde_json::from_str(&told).ok());
    Ok(HandedIn {
        recording: row.get("recording_id")?,
        unit: row.get("unit_id")?,
        handed: Handed { extension, ..handed(row, row.get("ended_ms")?)? },
        verdict: verdict.and_then(|verdict| serde_json::from_str(&verdict).ok()),
        profile: row.get("profile")?,
    })
}

/// Of a row with [`SPAN`] and the last byte.
fn handed(row: &Row, ended_ms: i64) -> Result<Handed> {
    let began: Option<i64> = row.get("activity_began_ms")?;
    let ended: Option<i64> = row.get("activity_ended_ms")?;
    Ok(Handed {
        began_ms: row.get("began_ms")?,
        ended_ms,
        activity: began.map(|began| (began, ended)),
        received_ms: row.get("received_ms")?,
        extension: None,
    })
}

/// One of them; nothing where its device claimed no time.
pub async fn one_handed_in(tx: &mut Tx, recording: &str) -> Result<Option<HandedIn>> {
    let sql = handed_in_sql("and i.recording_id = $1");
    tx.row(sql, args![recording]).await?.map(|row| read_handed_in(&row)).transpose()
}

/// Recordings of an agency, or of one of its units, that ended, or whose activity ended, at or after `from`.
pub async fn handed_in(
    tx: &mut Tx,
    agency: &str,
    unit: Option<&str>,
    from: i64,
    after: &str,
    most: i64,
) -> Result<Vec<HandedIn>> {
    let sql = format!(
        "select * from ({}) h where (h.ended_ms >= $2 or h.activity_ended_ms >= $2) order by h.recording_id limit $4",
        handed_in_sql(
            "and i.agency_id = $1 and i.recording_id > $3 and ($5 is null or coalesce(i.unit_id, a.unit_id) = $5)"
        )
    );
    tx.rows(sql, args![agency, from, after, most, unit.map(str::to_owned)]).await?.iter().map(read_handed_in).collect()
}

/// The parts of a capture that were judged by another limit than `due_ms`.
pub async fn parts_judged_otherwise(tx: &mut Tx, capture: &str, due_ms: i64) -> Result<Vec<HandedIn>> {
    let sql = handed_in_sql("and i.capture = $1 and (i.due_ms is null or i.due_ms <> $2) order by i.recording_id");
    tx.rows(sql, args![capture, due_ms]).await?.iter().map(read_handed_in).collect()
}

/// A verdict, whether all its regulations had expired, and the regulation it rests on.
pub async fn put_hand_in(
    tx: &mut Tx,
    recording: &str,
    profile: Option<&str>,
    verdict: &HandIn,
    lapsed: bool,
) -> Result<()> {
    let told = serde_json::to_string(verdict)?;
    let sql = "update recording_index set hand_in = $1, due_ms = $2, verdict = $3, lapsed = $4, profile = $5
               where recording_id = $6";
    let profile = profile.map(str::to_owned);
    tx.exec(sql, args![verdict.status.as_str(), verdict.due_ms, told, lapsed, profile, recording]).await.map(drop)
}

/// A recording as a simulation looks at it; no `row` where its device claimed no time.
pub struct Catalogued {
    pub recording: String,
    pub file_name: String,
    pub title: Option<String>,
    pub row: Option<SimulatedRow>,
}

/// Recordings of an agency that a regulation binds, behind `after`, in the order of their ids.
pub async fn catalogue(tx: &mut Tx, agency: &str, profile: &str, after: &str, most: i64) -> Result<Vec<Catalogued>> {
    let sql = format!(
        "select i.recording_id, r.file_name, i.title, i.received_ms, {SPAN}, a.grounds
         from recording_index i join recording r on r.id = i.recording_id
           left join activity a on a.id = i.activity_id
         where i.agency_id = $1 and i.profile = $2 and i.kind <> 'sidecar' and i.recording_id > $3
         order by i.recording_id limit $4"
    );
    tx.rows(sql, args![agency, profile, after, most])
        .await?
        .iter()
        .map(|row| {
            let grounds: Option<String> = row.get("grounds")?;
            let grounds = grounds_of(grounds.as_deref());
            let ended: Option<i64> = row.get("ended_ms")?;
            let handed = ended.map(|ended| handed(row, ended)).transpose()?;
            Ok(Catalogued {
                recording: row.get("recording_id")?,
                file_name: row.get("file_name")?,
                title: row.get("title")?,
                row: handed.map(|handed| SimulatedRow {
                    recorded_to_ms: handed.ended_ms,
                    received_ms: handed.received_ms,
                    acted_ms: handed.at_ms(),
                    activity_ended_ms: handed.activity_ended_ms(),
                    grounds,
                }),
            })
        })
        .collect()
}

/// What an activity was classified as. Words we do not know are no classification: such a recording is held.
pub fn grounds_of(told: Option<&str>) -> BTreeSet<Ground> {
    let words: Vec<String> = told.and_then(|told| serde_json::from_str(told).ok()).unwrap_or_default();
    words.iter().filter_map(|word| Ground::from_code(word)).collect()
}

/// Counts of an agency that are no recordings' (`None`: all agencies). Activities: those that these regulations bind.
pub async fn counts(
    tx: &mut Tx,
    agency: Option<&str>,
    now: i64,
    profiles: &[&str],
) -> Result<Vec<(&'static str, i64)>> {
    const MONTH_MS: i64 = 30 * 86_400_000;
    let mut found = Vec::new();
    for (key, sql) in [
        (
            "devices",
            "select count(*) from device where status in ('in_store', 'issued', 'checked_out') and ($1 is null or agency_id = $1)",
        ),
        (
            "devices_held",
            "select count(distinct c.device_id) from device_custody c join device d on d.id = c.device_id
             where c.to_ms is null and ($1 is null or d.agency_id = $1)",
        ),
        (
            "custodians",
            "select count(distinct a.account) from account a join account_role r on r.account = a.account
             where r.role = 'custodian' and a.disabled = 0 and ($1 is null or a.agency_id = $1)",
        ),
    ] {
        found.push((key, tx.number(sql, args![agency.map(str::to_owned)]).await?));
    }
    let listed = if profiles.is_empty() { "null".into() } else { crate::db::placeholders(2, profiles.len()) };
    let bound = format!(
        "select count(*) from activity a join unit_regulation b on b.unit_id = a.unit_id and b.profile in ({listed})
           and b.from_ms <= a.began_ms and (b.to_ms is null or b.to_ms > a.began_ms)
         where ($1 is null or a.agency_id = $1)"
    );
    let unrecorded = format!(
        "{bound} and a.ended_ms is not null and not exists (select 1 from recording_index i where i.activity_id = a.id)"
    );
    for (key, sql) in [("activities", bound), ("activities_unrecorded", unrecorded)] {
        let args = std::iter::once(agency.map(str::to_owned).into()).chain(profiles.iter().map(|one| (*one).into()));
        found.push((key, tx.number(sql, args.collect()).await?));
    }
    for (key, act) in [("viewings", "recording.viewed"), ("cards_cleared", "card.cleared")] {
        let sql = "select count(*) from event where act = $1 and at_ms >= $2 and ($3 is null or agency_id = $3)";
        found.push((key, tx.number(sql, args![act, now - MONTH_MS, agency.map(str::to_owned)]).await?));
    }
    let sql = "select count(*) from integrity_run where state in ('clean', 'findings') and began_ms >= $1";
    found.push(("integrity_runs", tx.number(sql, args![now - MONTH_MS]).await?));
    let sql = "select state from integrity_run where ended_ms is not null order by id desc limit 1";
    let last = tx.row(sql, args![]).await?.map(|row| row.get::<String>("state")).transpose()?;
    found.push(("integrity_findings", i64::from(last.is_some_and(|state| state == "findings"))));
    Ok(found)
}
