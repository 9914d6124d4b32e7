//! 演示音像: which recordings the demo has, and how they are made. The plan is data; [`make`] turns one file of it into
//! real media with ffmpeg and espeak-ng; [`card()`] makes big cards for tests and measurements without either.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::DateTime, tz::Offset};
use serde::Serialize;

use super::fixture::{Activity, Seed, Style, activities, device_id, officer_id, story};

mod card;
mod make;
mod track;

pub use card::{CardError, card};
pub use make::{MakeError, make, make_all};
pub use track::{Track, sidecar};

const CLOCK: Offset = Offset::constant(8);
const HOUR_MS: i64 = 3_600_000;

/// Container and codec of a recording.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipe {
    /// H.264/AAC, index before the media (ready to stream).
    Mp4Front,
    /// H.264/AAC, index after the media, as most cameras write.
    Mp4End,
    /// H.264/AAC in fragments: survives a flat battery.
    Mp4Fragmented,
    HevcMp4,
    HevcMkv,
    MjpegAvi,
    /// H.264/AAC in an MPEG transport stream.
    Ts,
    /// MPEG-2 video in a program stream.
    Ps,
    Wav,
    Mp3,
    Aac,
    Jpeg,
    Png,
}

impl Recipe {
    pub const ALL: [Recipe; 13] = [
        Recipe::Mp4Front,
        Recipe::Mp4End,
        Recipe::Mp4Fragmented,
        Recipe::HevcMp4,
        Recipe::HevcMkv,
        Recipe::MjpegAvi,
        Recipe::Ts,
        Recipe::Ps,
        Recipe::Wav,
        Recipe::Mp3,
        Recipe::Aac,
        Recipe::Jpeg,
        Recipe::Png,
    ];

    pub fn extension(self) -> &'static str {
        match self {
            Recipe::Mp4Front | Recipe::Mp4End | Recipe::Mp4Fragmented | Recipe::HevcMp4 => "MP4",
            Recipe::HevcMkv => "mkv",
            Recipe::MjpegAvi => "AVI",
            Recipe::Ts => "TS",
            Recipe::Ps => "mpg",
            Recipe::Wav => "WAV",
            Recipe::Mp3 => "MP3",
            Recipe::Aac => "aac",
            Recipe::Jpeg => "JPG",
            Recipe::Png => "png",
        }
    }

    pub fn is_image(self) -> bool {
        matches!(self, Recipe::Jpeg | Recipe::Png)
    }

    pub fn is_audio(self) -> bool {
        matches!(self, Recipe::Wav | Recipe::Mp3 | Recipe::Aac)
    }
}

/// What is wrong with a recording, or with how it was handed in.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Handed in more than a day after the activity.
    Late,
    /// Two captures in one file with a jump of [`GAP_S`] between their time stamps.
    Gap,
    /// The end is missing, as after a pulled battery.
    Truncated,
    /// Random bytes under the name of a recording.
    Garbage,
    Empty,
    /// Cut and written anew by an editor.
    Remuxed,
}

pub const GAP_S: u32 = 20;

/// One file of a demo card.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DemoFile {
    pub agency: String,
    pub device: String,
    pub officer: String,
    pub activity: String,
    /// Relative to the card of this device.
    pub path_on_card: String,
    /// True time; the device claims `began_ms + drift_ms`, in its names and in the picture.
    pub began_ms: i64,
    pub drift_ms: i64,
    pub length_s: u32,
    pub recipe: Recipe,
    /// Burned into the picture beside the running time.
    pub overlay: String,
    pub spoken_text: String,
    pub handed_in_ms: i64,
    pub key_mark: bool,
    pub fault: Option<Fault>,
    /// (number, count) of one continuous capture.
    pub part: Option<(u32, u32)>,
    pub track: Option<Track>,
    pub seed: u64,
}

impl DemoFile {
    pub fn ended_ms(&self) -> i64 {
        self.began_ms + i64::from(self.length_s) * 1000
    }

    /// What decides the bytes [`make`] writes: the key of a cache. Text, not a digest.
    pub fn recipe_key(&self) -> String {
        let claimed = self.began_ms + self.drift_ms;
        let (recipe, fault, length) = (self.recipe, self.fault, self.length_s);
        format!(
            "{} {recipe:?} {fault:?} {claimed} {length} {} {} {}",
            make::VERSION,
            self.seed,
            self.overlay,
            self.spoken_text
        )
    }
}

/// The demo's recordings, oldest first. `small` = a dozen and a half that still cover every recipe and fault.
pub fn plan(anchor_ms: i64, small: bool) -> Vec<DemoFile> {
    let mut counters = Counters::default();
    let mut files: Vec<DemoFile> = Vec::new();
    for (n, activity) in activities(anchor_ms).iter().enumerate() {
        files.extend(recordings(&mut counters, n, activity));
    }
    spoil(&mut files);
    hand_in(&mut files, anchor_ms);
    if small { covering(files) } else { files }
}

#[derive(Default)]
struct Counters {
    by_device: BTreeMap<String, u64>,
    by_style: BTreeMap<Style, usize>,
}

/// Bodies of a recording before it has a name: recipe, length, words.
fn recordings(counters: &mut Counters, n: usize, activity: &Activity) -> Vec<DemoFile> {
    let used = counters.by_style.entry(family(activity.device.style)).or_default();
    let recipes = recipes(activity.device.style);
    let said = fill(&activity.scene.said, activity);
    let phrase = activity.agency.phrase.clone().unwrap_or_default();
    let whole = if phrase.is_empty() { said.clone() } else { format!("{phrase}。{said}") };
    let closing = story().closing.clone();
    let bodies: Vec<(Recipe, String)> = if activity.in_parts {
        [whole, said, closing].map(|text| (Recipe::Mp4End, text)).to_vec()
    } else {
        // Photographs and sound are short work, so such devices hand in two files.
        let count = if matches!(activity.device.style, Style::Still | Style::Voice) { 2 } else { 1 };
        let first = *used;
        *used += count;
        let texts = [whole, closing].into_iter();
        (first..first + count).map(|at| recipes[at % recipes.len()]).zip(texts).collect()
    };
    let count = u32::try_from(bodies.len()).unwrap_or(0);
    let mut at_ms = activity.began_ms + 4 * 60_000;
    let mut files = Vec::new();
    for (no, (recipe, spoken_text)) in (1..).zip(bodies) {
        let length_s = if recipe.is_image() { 0 } else { seconds(&spoken_text) };
        let seq = counters.by_device.entry(device_id(activity)).or_insert(100);
        // One number of one camera is missing: somebody will have to say why (USE-20).
        *seq += if *seq == 101 && device_id(activity) == "fz-d02" { 2 } else { 1 };
        let drift_ms = activity.device.drift_s * 1000;
        let key_mark = activity.scene.key_mark && matches!(activity.device.style, Style::Law | Style::LawMarkFirst);
        files.push(DemoFile {
            agency: activity.agency.id.clone(),
            device: device_id(activity),
            officer: officer_id(activity),
            activity: activity.id.clone(),
            path_on_card: path(activity, at_ms + drift_ms, *seq, recipe, key_mark),
            began_ms: at_ms,
            drift_ms,
            length_s,
            recipe,
            overlay: format!("{} {} {}", activity.agency.short, activity.device.serial, activity.officers[0].name),
            spoken_text,
            handed_in_ms: activity.ended_ms,
            key_mark,
            fault: None,
            part: activity.in_parts.then_some((no, count)),
            track: track(n, activity.device.style, recipe),
            seed: (n * 10) as u64 + u64::from(no),
        });
        at_ms += i64::from(length_s) * 1000 + if activity.in_parts { 0 } else { 90_000 };
    }
    files
}

fn fill(text: &str, activity: &Activity) -> String {
    let text = text.replace("{agency}", &activity.agency.name).replace("{party}", activity.party);
    text.replace("{place}", activity.place)
}

/// Long enough for the words: about 0.35 s a character, and a breath.
fn seconds(text: &str) -> u32 {
    let chars = u32::try_from(text.chars().count()).unwrap_or(100);
    (chars * 35 / 100 + 2).clamp(10, 26)
}

/// Devices that share a list of recipes.
fn family(style: Style) -> Style {
    match style {
        Style::LawTimeFirst | Style::LawMarkFirst | Style::LawName => Style::Law,
        style => style,
    }
}

fn recipes(style: Style) -> &'static [Recipe] {
    match family(style) {
        Style::Android => &[Recipe::HevcMp4, Recipe::Mp4End, Recipe::Jpeg],
        Style::Dash => &[Recipe::Ts, Recipe::Mp4Front],
        Style::Dated => &[Recipe::MjpegAvi, Recipe::Ps, Recipe::HevcMkv],
        Style::Voice => &[Recipe::Wav, Recipe::Mp3, Recipe::Aac],
        Style::Still => &[Recipe::Jpeg, Recipe::Png],
        _ => &[Recipe::Mp4Front, Recipe::Mp4End, Recipe::HevcMp4, Recipe::Mp4Fragmented, Recipe::Ts],
    }
}

fn track(n: usize, style: Style, recipe: Recipe) -> Option<Track> {
    let moving = !recipe.is_image() && !recipe.is_audio() && n.is_multiple_of(2);
    match style {
        Style::Law | Style::LawTimeFirst if moving => Some(Track::Nmea),
        Style::LawMarkFirst | Style::Dash if moving => Some(Track::Xml),
        Style::Android if moving => Some(Track::Gpx),
        _ => None,
    }
}

/// The file's path in the manner of its device; `claimed_ms` is what the device's own clock says.
fn path(activity: &Activity, claimed_ms: i64, seq: u64, recipe: Recipe, key_mark: bool) -> String {
    let at = local(claimed_ms);
    let (day, time) = (at.strftime("%Y%m%d"), at.strftime("%H%M%S"));
    let ext = recipe.extension();
    let (serial, officer) = (&activity.device.serial, activity.officers[0]);
    match activity.device.style {
        Style::Law => {
            let mark = if key_mark { "IMP" } else { "" };
            format!("DCIM/100MEDIA/{}_{serial}_{day}{time}_{seq:04}{mark}.{ext}", officer.code)
        }
        Style::LawTimeFirst => format!("{day}-{time}-{}-{serial}-{seq:04}.{ext}", officer.code),
        Style::LawMarkFirst => {
            let mark = if key_mark { "[IMP]" } else { "" };
            format!("VIDEO/{day}/{mark}{seq:04}@{serial}@{}@{day}_{time}.{ext}", officer.code)
        }
        Style::LawName => format!("DCIM/{day}/{}_{serial}_{day}{time}_{seq:04}.{ext}", officer.code),
        Style::Android if recipe.is_image() => format!("DCIM/100ANDRO/IMG_{day}_{time}.{ext}"),
        Style::Android => format!("DCIM/100ANDRO/VID_{day}_{time}.{ext}"),
        Style::Dash => format!("CARDV/MOVIE/{}_{time}_{seq:04}.{ext}", at.strftime("%Y_%m%d")),
        Style::Dated | Style::None => format!("{day}/{time}.{ext}"),
        Style::Voice => format!("RECORD/R{day}_{time}.{ext}"),
        Style::Still => format!("DCIM/100DEMO/IMG_{seq:04}.{ext}"),
    }
}

fn local(ms: i64) -> DateTime {
    CLOCK.to_datetime(Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH))
}

/// Gives single files their faults: the n-th of a recipe, so that every kind of breakage meets every kind of container.
fn spoil(files: &mut [DemoFile]) {
    let faults = [
        (Recipe::Mp4Fragmented, 0, Fault::Gap),
        (Recipe::Ts, 1, Fault::Gap),
        (Recipe::Mp4Front, 1, Fault::Gap),
        (Recipe::Mp4End, 1, Fault::Truncated),
        (Recipe::Ts, 2, Fault::Truncated),
        (Recipe::MjpegAvi, 1, Fault::Truncated),
        (Recipe::Mp4Front, 2, Fault::Remuxed),
        (Recipe::HevcMp4, 1, Fault::Remuxed),
        (Recipe::Mp4Front, 3, Fault::Garbage),
        (Recipe::Wav, 1, Fault::Empty),
    ];
    let mut seen: BTreeMap<Recipe, usize> = BTreeMap::new();
    for file in files.iter_mut().filter(|file| file.part.is_none()) {
        let nth = seen.entry(file.recipe).or_default();
        file.fault = faults.iter().find(|(recipe, at, _)| *recipe == file.recipe && at == nth).map(|(_, _, f)| *f);
        *nth += 1;
    }
}

/// The files of one activity are handed in together. Most on the same day; one activity in nine only after more than a day, and is `Late`.
fn hand_in(files: &mut [DemoFile], anchor_ms: i64) {
    let latest = super::fixture::midnight(anchor_ms);
    let mut late: BTreeMap<String, bool> = BTreeMap::new();
    for file in files {
        let mut seed = Seed(file.seed / 10);
        let old = file.began_ms < latest - 100 * HOUR_MS;
        let next = late.len() % 9 == 4;
        let is_late = *late.entry(file.activity.clone()).or_insert(old && next);
        let minutes = i64::try_from(seed.below(180)).unwrap_or(0);
        if is_late {
            file.handed_in_ms += 30 * HOUR_MS + minutes * 10 * 60_000;
            file.fault = file.fault.or(Some(Fault::Late));
        } else {
            file.handed_in_ms += HOUR_MS + minutes * 60_000;
        }
    }
}

/// The fewest files, the latest of each, in order, that show every recipe, every fault, one capture in parts and one key mark.
fn covering(files: Vec<DemoFile>) -> Vec<DemoFile> {
    let (mut recipes, mut faults, mut capture, mut marked) = (Vec::new(), Vec::new(), None, false);
    let keep = |file: &DemoFile| {
        let mark = file.key_mark && !marked;
        marked |= mark;
        let part = file.part.is_some() && capture.get_or_insert_with(|| file.activity.clone()) == &file.activity;
        let fault = file.fault.is_some_and(|fault| !faults.contains(&fault));
        let whole = matches!(file.fault, None | Some(Fault::Late)) && file.part.is_none();
        let sound = whole && !recipes.contains(&file.recipe);
        if sound {
            recipes.push(file.recipe);
        }
        faults.extend(file.fault);
        part || fault || sound || mark
    };
    let mut kept: Vec<DemoFile> = files.into_iter().rev().filter(keep).collect();
    kept.reverse();
    kept
}

#[cfg(test)]
mod tests;
