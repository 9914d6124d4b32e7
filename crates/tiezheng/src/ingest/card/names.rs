//! 目录与文件名: fitting a path to the layouts of a profile.

use super::{
    profile::{Layout, Profile, Segment},
    template::{Found, Template},
};

/// Longest path whose names are looked at, and the deepest. Longer ones are sealed without being read.
pub const PATH_BYTES_MAX: usize = 4_096;
const SEGMENTS_MAX: usize = 64;

/// Extensions of files that carry picture or sound; anything else is sealed too, but is no recording by name.
pub const RECORDED: &[&str] = &[
    "mp4", "mov", "m4v", "avi", "mkv", "webm", "ts", "mts", "m2ts", "mpg", "mpeg", "vob", "ps", "dav", "h264", "264",
    "h265", "265", "hevc", "3gp", "asf", "wmv", "flv", "wav", "mp3", "aac", "m4a", "amr", "wma", "ogg", "opus", "jpg",
    "jpeg", "png", "heic", "bmp", "tif", "tiff", "dng", "lrv", "rec",
];

/// Folder and name as found by the first layout that fits.
pub fn parts(profile: &Profile, path: &str) -> Option<(Vec<Found>, Vec<Found>)> {
    let segments = segments(path)?;
    let (name, folder) = segments.split_last()?;
    let ext = extension(name);
    let stem = if ext.is_empty() { name } else { &name[..name.len() - ext.len() - 1] };
    profile.layouts.iter().filter(|layout| layout.files.is_empty() || layout.files.contains(&ext)).find_map(|layout| {
        let above = layout.folders.iter().find_map(|pattern| folder_parts(profile, pattern, folder))?;
        Some((above, name_parts(profile, layout, stem)?))
    })
}

fn name_parts(profile: &Profile, layout: &Layout, stem: &str) -> Option<Vec<Found>> {
    let fixed = || layout.names.iter().find_map(|name| name.read(&profile.words, stem));
    let free = || layout.free.iter().find_map(|free| free.read(&profile.words, stem));
    fixed().or_else(free)
}

/// Matches folder names against a pattern; `**` takes as few folders as it can. Bounded by memory of failures.
pub fn folder_parts(profile: &Profile, pattern: &[Segment], folder: &[&str]) -> Option<Vec<Found>> {
    fn fits(
        profile: &Profile,
        pattern: &[Segment],
        folder: &[&str],
        failed: &mut [bool],
        found: &mut Vec<Found>,
    ) -> bool {
        let Some((segment, after)) = pattern.split_first() else {
            return folder.is_empty();
        };
        let slot = pattern.len() * (SEGMENTS_MAX + 1) + folder.len();
        if failed[slot] {
            return false;
        }
        let fit = match segment {
            Segment::Deep => (0..=folder.len()).any(|skip| fits(profile, after, &folder[skip..], failed, found)),
            Segment::One(template) => one(profile, template, after, folder, failed, found),
        };
        failed[slot] = !fit;
        fit
    }
    fn one(
        profile: &Profile,
        template: &Template,
        after: &[Segment],
        folder: &[&str],
        failed: &mut [bool],
        found: &mut Vec<Found>,
    ) -> bool {
        let Some((name, below)) = folder.split_first() else {
            return false;
        };
        let Some(parts) = template.read(&profile.words, name) else {
            return false;
        };
        let before = found.len();
        found.extend(parts);
        let fit = fits(profile, after, below, failed, found);
        if !fit {
            found.truncate(before);
        }
        fit
    }
    let mut failed = vec![false; (pattern.len() + 1) * (SEGMENTS_MAX + 1)];
    let mut found = Vec::new();
    fits(profile, pattern, folder, &mut failed, &mut found).then_some(found)
}

pub fn segments(path: &str) -> Option<Vec<&str>> {
    let segments: Vec<&str> = path.split('/').take(SEGMENTS_MAX + 1).collect();
    (path.len() <= PATH_BYTES_MAX && segments.len() <= SEGMENTS_MAX).then_some(segments)
}

pub fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Lower case, without the dot; empty when there is none.
pub fn extension(name: &str) -> String {
    let ext = name.rsplit_once('.').map_or("", |(stem, ext)| if stem.is_empty() { "" } else { ext });
    if ext.len() <= 8 && ext.is_ascii() { ext.to_ascii_lowercase() } else { String::new() }
}

pub fn marked_folder(profile: &Profile, path: &str) -> bool {
    let Some(segments) = segments(path) else {
        return false;
    };
    let folder = &segments[..segments.len() - 1];
    profile.mark_folders.iter().any(|pattern| folder_parts(profile, pattern, folder).is_some())
}
