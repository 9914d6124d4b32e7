//! What lies on a card, and whose it is: everything that is known before the first byte is sealed.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::Request;
use super::file::{Task, blocking};
use crate::app::{App, new_id};
use crate::db::Tx;
use crate::equipment::{self, store::Origin};
use crate::error::{Problem, Result};
use crate::ingest::{Incoming, card, gps};
use crate::{people, recordings};

/// What the operator says of all files must be in the register: a slip of the keyboard would leave them to nobody.
pub(super) async fn known_to(app: &App, request: &Request) -> Result<()> {
    let (device, officer) = (request.device.as_deref(), request.officer.as_deref());
    let found =
        equipment::store::resolve(&mut app.db.read().await?, &request.agency, device, officer, app.now()).await?;
    let unknown = |code: &str, value: &str| {
        Problem::refused(404, code).with("value", value).with("agency", request.agency.as_str())
    };
    match (device, officer) {
        (Some(device), _) if found.device.is_none() => Err(unknown("ingest.unknown_device", device)),
        (_, Some(officer)) if found.officer.is_none() => Err(unknown("ingest.unknown_officer", officer)),
        _ => Ok(()),
    }
}

/// A card is never the installation, lies in it or holds it: its keys would be sealed, and cleared away.
pub(super) fn not_ourselves(app: &App, root: &Path) -> Result<()> {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (root, data) = (real(root), real(&app.data));
    let staged = root.starts_with(data.join("demo-cards"));
    if !staged && (root.starts_with(&data) || data.starts_with(&root)) {
        return Err(Problem::refused(422, "card.is_installation").with("path", root.display().to_string()));
    }
    Ok(())
}

/// A card as listed and understood.
pub(super) struct Looked {
    pub card: card::Card,
    pub problems: Vec<(String, &'static str)>,
    pub drift_ms: Option<i64>,
}

/// Reads the listing, understands the names, and the clock marker if a docking device wrote one.
pub(super) async fn look(app: &App, root: &Path) -> Result<Looked> {
    let (root, own, now) = (root.to_owned(), app.data.join("cards"), app.now());
    blocking(move || {
        let profiles = card::with_own(&own_profiles(&own)?).map_err(|(file, fault)| {
            Problem::refused(422, "card.profile").with("file", file).with("detail", fault.to_string())
        })?;
        let listing = card::list(&root).map_err(|error| {
            let code = if root.is_file() { "card.is_file" } else { "card.unreadable" };
            Problem::refused(404, code).with("path", root.display().to_string()).because(error)
        })?;
        let card = card::read(&profiles, &listing.entries);
        let marker = card.clock_marker.and_then(|at| card::open(&root, &card.items[at].entry).ok());
        let drift_ms = marker.and_then(|file| {
            let mut text = Vec::new();
            file.take(1 << 16).read_to_end(&mut text).ok()?;
            card::drift::from_marker(&text, jiff::tz::Offset::constant(8), now).ok()
        });
        Ok(Looked { card, problems: listing.problems, drift_ms })
    })
    .await
}

/// An agency's own card profiles: `DATA/cards/*.toml`.
fn own_profiles(folder: &Path) -> Result<Vec<(String, String)>> {
    let mut own = Vec::new();
    if folder.is_dir() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "toml") {
                own.push((path.display().to_string(), std::fs::read_to_string(&path)?));
            }
        }
    }
    Ok(own)
}

/// Which device, whose, when: one task a file.
pub(super) async fn plan(
    app: &App,
    request: &Request,
    agency: &people::store::Agency,
    ingest: Option<&str>,
    looked: &Looked,
) -> Result<Vec<Task>> {
    let (now, items) = (app.now(), &looked.card.items);
    let ids: Vec<String> = items.iter().map(|_| new_id(now)).collect();
    let root = Arc::new(request.root.clone());
    let mut tx = app.db.read().await?;
    let mut tasks = Vec::new();
    // Of a capture that began on an earlier visit of this card: its id, and how many parts came before the first one here.
    let mut begun: HashMap<usize, (String, i64)> = HashMap::new();
    for (at, item) in items.iter().enumerate() {
        let codes =
            Codes { device: item.device_code.as_deref(), officer: item.officer_code.as_deref(), any: &item.codes };
        let when = item.name_time_ms.unwrap_or(now);
        let mut origin = resolve(&mut tx, request, &agency.id, &codes, when).await?;
        origin.drift_ms = request.drift_ms.or(looked.drift_ms).or(origin.drift_ms);
        let shown = item.entry.path.clone();
        // A folder's time is when its session began: too coarse to be the file's own.
        let named = item.name_time_ms.filter(|_| item.time_from != Some(card::TimeFrom::Folder));
        if let (Some(part), Some(device), Some(claimed)) = (item.part_of, &origin.device, named)
            && !begun.contains_key(&part.first)
            && let Some((capture, no)) =
                recordings::store::part_before(&mut tx, &agency.id, device, &shown, item.entry.bytes, claimed).await?
        {
            begun.insert(part.first, (capture, no - i64::from(part.no)));
        }
        let incoming = Incoming {
            id: ids[at].clone(),
            agency: agency.id.clone(),
            ingest: ingest.map(str::to_owned),
            file_name: shown.rsplit('/').next().unwrap_or(&shown).to_owned(),
            source_path: shown,
            raw_name_hex: item.entry.raw_hex.clone(),
            name_time_ms: named,
            sidecar: item.role == card::Role::Sidecar,
            origin,
            key_mark: item.key_mark,
            capture: item.part_of.map(|part| ids[part.first].clone()),
            part_no: item.part_of.map(|part| i64::from(part.no)),
            track: item.sidecars.iter().flat_map(|&beside| read_track(&root, &items[beside].entry)).collect(),
        };
        tasks.push(Task { root: root.clone(), entry: item.entry.clone(), incoming });
    }
    for (task, item) in tasks.iter_mut().zip(items) {
        if let Some((capture, before)) = item.part_of.and_then(|part| begun.get(&part.first)) {
            task.incoming.capture = Some(capture.clone());
            task.incoming.part_no = task.incoming.part_no.map(|no| no + before);
        }
    }
    // The last part first: it ends the capture, and those that follow are judged once. Captures in one order for all
    // lanes, which wait for each other there.
    tasks.sort_by(|a, b| {
        let order = |task: &Task| (task.incoming.capture.clone(), Reverse(task.incoming.part_no));
        order(a).cmp(&order(b))
    });
    Ok(tasks)
}

/// What a name says about whose recording it is. `any`: codes of which the name does not tell what they stand for.
struct Codes<'a> {
    device: Option<&'a str>,
    officer: Option<&'a str>,
    any: &'a [String],
}

/// The registry decides: first what the name says outright, then every other code, then what the operator gave.
async fn resolve(tx: &mut Tx, request: &Request, agency: &str, codes: &Codes<'_>, when: i64) -> Result<Origin> {
    let find = equipment::store::resolve;
    let mut found = find(tx, agency, codes.device, codes.officer, when).await?;
    for code in codes.any.iter().take(8) {
        if found.device.is_none() {
            let device = find(tx, agency, Some(code), None, when).await?;
            if device.device.is_some() {
                found = Origin { officer: found.officer.clone().or(device.officer.clone()), ..device };
                continue;
            }
        }
        if codes.officer.is_none() {
            let officer = find(tx, agency, None, Some(code), when).await?;
            if officer.officer.is_some() {
                found.officer = officer.officer;
                found.unit = officer.unit.or(found.unit);
            }
        }
    }
    if found.device.is_none() && found.officer.is_none() {
        found = find(tx, agency, request.device.as_deref(), request.officer.as_deref(), when).await?;
    }
    Ok(found)
}

/// GPS points beside a recording. A broken track loses the map, never the recording.
fn read_track(root: &Path, entry: &card::Entry) -> Vec<gps::Point> {
    const SIDECAR_MOST: u64 = 32 << 20;
    let mut text = Vec::new();
    match card::open(root, entry).and_then(|file| file.take(SIDECAR_MOST).read_to_end(&mut text)) {
        Ok(_) => gps::parse(&text, jiff::tz::Offset::constant(8)).points,
        Err(_) => Vec::new(),
    }
}
