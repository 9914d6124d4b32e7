//! 附属文件: which track goes with which recording.

use std::collections::HashMap;

use jiff::civil::Date;

use super::{
    Item, Profile, Role, TimeFrom,
    names::{RECORDED, extension, split},
};

/// A day's track beside more recordings than this is attached to the first of them only.
const SIDECAR_LINKS_MAX: usize = 1_000;

/// GPS tracks and the like: to the recording of the same stem in the same folder, else anywhere if there is but one,
/// else, for a track of a whole day, to that day's recordings.
pub fn link(order: &[&Profile], items: &mut [Item]) {
    let known = |item: &Item| {
        let ext = extension(split(&item.entry.path).1);
        order.iter().any(|profile| profile.sidecars.contains(&ext))
    };
    let mut near: HashMap<String, usize> = HashMap::new();
    let mut far: HashMap<String, Option<usize>> = HashMap::new();
    let mut days: HashMap<Date, Vec<usize>> = HashMap::new();
    for (at, item) in items.iter().enumerate().filter(|(_, item)| item.role == Role::Recording) {
        let (folder, name) = split(&item.entry.path);
        near.entry(format!("{folder}/{}", stem(name))).or_insert(at);
        far.entry(stem(name)).and_modify(|only| *only = None).or_insert(Some(at));
        if let Some(day) = item.name_day {
            days.entry(day).or_default().push(at);
        }
    }
    for at in 0..items.len() {
        if items[at].role == Role::Recording || !known(&items[at]) {
            continue;
        }
        let (folder, name) = split(&items[at].entry.path);
        let stem = stem(name);
        let same = near.get(&format!("{folder}/{stem}")).copied().or_else(|| far.get(&stem).copied().flatten());
        let of_day = || {
            let whole_day = items[at].name_day.filter(|_| items[at].time_from != Some(TimeFrom::Name));
            whole_day.and_then(|day| days.get(&day)).cloned().unwrap_or_default()
        };
        let owners = same.map_or_else(of_day, |owner| vec![owner]);
        for owner in owners.into_iter().take(SIDECAR_LINKS_MAX) {
            items[owner].sidecars.push(at);
            items[at].role = Role::Sidecar;
        }
    }
}

/// Lower case; `clip.mp4.xml` and `clip.xml` both go with `clip.mp4`.
fn stem(name: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let inner = stem.rsplit_once('.').filter(|_| RECORDED.contains(&extension(stem).as_str()));
    inner.map_or(stem, |(stem, _)| stem).to_lowercase()
}
