//! 存储卡: what a card holds, read from its names alone.
//!
//! A card is untrusted twice over: its names may be hostile, and its clock may be wrong. So names are only ever labels
//! (files are opened by handle, see [`walk`]), modification times are never read, and every file is either an item to
//! seal or is listed with the reason why not. How the profiles look: docs/manual/en/cards.md.

use jiff::civil::{Date, DateTime, Time};
use serde::Serialize;

pub mod drift;
pub mod follow;
mod free;
mod names;
pub mod profile;
mod sidecar;
mod template;
pub mod walk;
mod when;

pub use follow::{Missing, PartOf, Span};
use names::{RECORDED, extension, folder_parts, marked_folder, parts, segments, split};
pub use profile::{Follow, Profile, shipped, with_own};
use template::Found;
pub use walk::{Entry, Listing, list, open};

/// How many files decide which profile a card has.
const SAMPLE_MAX: usize = 2_000;

/// A card as read. Each entry of the listing appears exactly once: in `items`, `ignored` or `refused`.
#[derive(Debug, Serialize)]
pub struct Card {
    /// The profile that read most names; `None` when none read any.
    pub profile: Option<String>,
    pub items: Vec<Item>,
    /// (path, reason code of the profile): known harmless, not sealed.
    pub ignored: Vec<(String, String)>,
    /// (path, stable code): cannot be a file of a card, so it is not touched. The walker never yields such a path.
    pub refused: Vec<(String, &'static str)>,
    pub missing: Vec<Missing>,
    /// Index into `items` of the clock marker, see [`drift`].
    pub clock_marker: Option<usize>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Recording,
    /// Belongs to one or more recordings (GPS track). Sealed like any other file.
    Sidecar,
    Other,
}

/// Where the claimed time comes from. A folder's time is when its session began, not when the file did.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeFrom {
    Name,
    NameAndFolder,
    Folder,
}

#[derive(Clone, Debug, Serialize)]
pub struct Item {
    #[serde(flatten)]
    pub entry: Entry,
    pub role: Role,
    /// The profile that read this name; may differ from the card's. `None` = the name says nothing we know.
    pub read_by: Option<String>,
    /// What the device claimed, device-local time turned into UTC milliseconds; uncorrected.
    pub name_time_ms: Option<i64>,
    pub name_end_ms: Option<i64>,
    pub time_from: Option<TimeFrom>,
    /// The day, when a name or folder tells no more than that.
    pub name_day: Option<Date>,
    pub officer_code: Option<String>,
    pub device_code: Option<String>,
    /// Every code in the name, also those of which the name does not tell whose they are: for the registry to decide.
    pub codes: Vec<String>,
    pub seq: Option<u64>,
    pub key_mark: bool,
    /// Indices into `items`.
    pub sidecars: Vec<usize>,
    pub part_of: Option<PartOf>,
}

/// Reads a card. Pure; time linear in the number of files, each bounded.
pub fn read(profiles: &[Profile], listing: &[Entry]) -> Card {
    let mut order: Vec<&Profile> = profiles.iter().collect();
    order.sort_by_key(|profile| std::cmp::Reverse(profile.rank));
    let best = best(&order, listing);
    if let Some(best) = best {
        order.retain(|profile| profile.id != best.id);
        order.insert(0, best);
    }
    let mut card = Card {
        profile: best.map(|profile| profile.id.clone()),
        items: Vec::new(),
        ignored: Vec::new(),
        refused: Vec::new(),
        missing: Vec::new(),
        clock_marker: None,
    };
    for entry in listing {
        if let Some(code) = unsafe_path(&entry.path) {
            card.refused.push((entry.path.clone(), code));
        } else if let Some(reason) = ignored(&order, entry) {
            card.ignored.push((entry.path.clone(), reason.to_owned()));
        } else {
            card.items.push(item(&order, entry));
        }
    }
    card.clock_marker =
        card.items.iter().position(|item| drift::MARKERS.iter().any(|name| item.entry.path.eq_ignore_ascii_case(name)));
    sidecar::link(&order, &mut card.items);
    let spans: Vec<_> = card.items.iter().map(|item| item.span(item.name_end_ms)).collect();
    if let Some(first) = order.first() {
        let parts = follow::join(&first.follow, &spans);
        card.items.iter_mut().zip(parts).for_each(|(item, part)| item.part_of = part);
    }
    card.missing = follow::missing(card.items.iter().filter_map(Item::counted));
    card
}

impl Item {
    /// What continuity needs of this file; `ended_ms` from the name, or began + the examined duration.
    pub fn span(&self, ended_ms: Option<i64>) -> Option<Span> {
        let timed = self.role == Role::Recording && self.time_from != Some(TimeFrom::Folder);
        let began_ms = self.name_time_ms.filter(|_| timed)?;
        Some(Span { key: self.series(), seq: self.seq, began_ms, ended_ms })
    }

    /// What one capture stays within: folder, device, officer, kind of file.
    fn series(&self) -> String {
        let (folder, name) = split(&self.entry.path);
        let code = |code: &Option<String>| code.clone().unwrap_or_default();
        format!("{folder} {} {} {}", code(&self.device_code), code(&self.officer_code), extension(name))
    }

    /// What a camera counts within. Pictures and videos share one counter on most cameras, so the kind is left out:
    /// a number too few named is better than an alarm at every photograph.
    fn counted(&self) -> Option<(String, u64)> {
        let seq = self.seq.filter(|_| self.role == Role::Recording)?;
        let device = self.device_code.as_deref().unwrap_or("-");
        let day = self.name_day.map_or("-".to_owned(), |day| day.to_string());
        Some((format!("{} {device} {day}", split(&self.entry.path).0), seq))
    }
}

/// A path shown to people: control characters and those that turn the writing direction are escaped.
pub fn shown(path: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    path.chars().map(|c| if hidden(c) { c.escape_unicode().to_string() } else { c.to_string() }).collect()
}

fn unsafe_path(path: &str) -> Option<&'static str> {
    let climbs = path.split('/').any(|segment| matches!(segment, "" | "." | ".."));
    if path.is_empty() || path.contains('\0') || climbs {
        return Some("card.path.unsafe");
    }
    (path.len() > names::PATH_BYTES_MAX * 4).then_some("card.path.too_long")
}

/// The profile under which most files have a name it reads; the higher rank when equal.
fn best<'a>(order: &[&'a Profile], listing: &[Entry]) -> Option<&'a Profile> {
    let step = listing.len().div_ceil(SAMPLE_MAX).max(1);
    let sample: Vec<&Entry> = listing.iter().step_by(step).filter(|entry| unsafe_path(&entry.path).is_none()).collect();
    let mut best: Option<((bool, usize), &Profile)> = None;
    for profile in order {
        let read = sample.iter().filter(|entry| parts(profile, &entry.path).is_some()).count();
        // A profile ranked below zero is a last resort: it reads anything with a date in it.
        let score = (read > 0).then_some((profile.rank >= 0, read));
        if score > best.map(|(score, _)| score) {
            best = score.map(|score| (score, *profile));
        }
    }
    best.map(|(_, profile)| profile)
}

fn ignored<'a>(order: &[&'a Profile], entry: &Entry) -> Option<&'a str> {
    let segments = segments(&entry.path)?;
    let (name, folder) = segments.split_last()?;
    order.iter().flat_map(|profile| profile.ignored.iter().map(move |rule| (profile, rule))).find_map(
        |(profile, rule)| {
            let fits = entry.bytes <= rule.bytes_max
                && rule.name.read(&profile.words, name).is_some()
                && folder_parts(profile, &rule.folder, folder).is_some();
            fits.then_some(rule.reason.as_str())
        },
    )
}

fn item(order: &[&Profile], entry: &Entry) -> Item {
    let (_, name) = split(&entry.path);
    let found = order.iter().find_map(|profile| Some((*profile, parts(profile, &entry.path)?)));
    let recorded = RECORDED.contains(&extension(name).as_str());
    let mut item = Item {
        entry: entry.clone(),
        role: if recorded { Role::Recording } else { Role::Other },
        read_by: None,
        name_time_ms: None,
        name_end_ms: None,
        time_from: None,
        name_day: None,
        officer_code: None,
        device_code: None,
        codes: Vec::new(),
        seq: None,
        key_mark: false,
        sidecars: Vec::new(),
        part_of: None,
    };
    let reader = found.as_ref().map(|(profile, _)| *profile).or(order.last().copied());
    if let Some(profile) = reader {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        item.codes = free::codes(&profile.words, stem);
    }
    item.key_mark = order.first().is_some_and(|profile| marked_folder(profile, &entry.path));
    if let Some((profile, (above, named))) = found {
        item.read_by = Some(profile.id.clone());
        item.take(profile, &above, &named);
        item.key_mark |= marked_folder(profile, &entry.path);
    }
    item
}

/// The instants among the parts found: whole ones, days, times of day.
#[derive(Default)]
struct Clock {
    stamps: Vec<DateTime>,
    day: Option<Date>,
    time: Option<Time>,
}

impl Clock {
    fn of(found: &[Found]) -> Clock {
        let mut clock = Clock::default();
        for part in found {
            match part {
                Found::Stamp(at) => clock.stamps.push(*at),
                Found::Date(day) => clock.day = Some(*day),
                Found::Time(time) => clock.time = Some(*time),
                _ => {}
            }
        }
        if let (true, Some(day), Some(time)) = (clock.stamps.is_empty(), clock.day, clock.time) {
            clock.stamps.push(day.to_datetime(time));
        }
        clock.stamps.sort_unstable();
        clock
    }
}

impl Item {
    fn take(&mut self, profile: &Profile, above: &[Found], named: &[Found]) {
        let (folder, name) = (Clock::of(above), Clock::of(named));
        let day_above = folder.day.or(folder.stamps.first().map(|at| at.date()));
        let across = day_above.zip(name.time).map(|(day, time)| day.to_datetime(time));
        let claimed = match (name.stamps.first(), across, folder.stamps.first()) {
            (Some(at), _, _) => Some((*at, TimeFrom::Name)),
            (None, Some(at), _) => Some((at, TimeFrom::NameAndFolder)),
            (None, None, Some(at)) if name.day.is_none() => Some((*at, TimeFrom::Folder)),
            _ => None,
        };
        self.name_time_ms = claimed.and_then(|(at, _)| when::utc_ms(profile.clock, at));
        self.time_from = claimed.map(|(_, from)| from);
        self.name_end_ms = name.stamps.get(1).and_then(|at| when::utc_ms(profile.clock, *at));
        self.name_day = claimed.map(|(at, _)| at.date()).or(name.day).or(day_above);
        // The name's own parts speak last: they are nearer to the file than its folder.
        for part in above.iter().chain(named) {
            match part {
                Found::Officer(code) => self.officer_code = Some(code.clone()),
                Found::Device(code) => self.device_code = Some(code.clone()),
                Found::Seq(number) => self.seq = Some(*number),
                Found::Mark(_) => self.key_mark = true,
                _ => {}
            }
        }
        for code in self.officer_code.iter().chain(&self.device_code) {
            if !self.codes.contains(code) {
                self.codes.push(code.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests;
