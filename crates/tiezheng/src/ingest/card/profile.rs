//! 存储卡格式: a card profile, read from TOML. Shipped ones lie in `cards/`; an agency adds its own in `DATA/cards/`.
//!
//! docs/manual/en/cards.md describes the file for the people who write one. Unknown keys are errors with their line.

use jiff::tz::Offset;
use serde::Deserialize;

use super::{
    free::Free,
    template::{Part, Shape, Template, TemplateError, Words},
};

/// Bounds on one profile file, so that a mistake in it cannot make reading a card slow.
const FILE_BYTES_MAX: usize = 64 * 1024;
const LAYOUTS_MAX: usize = 16;
const RULES_MAX: usize = 64;

#[derive(Clone, Debug)]
pub struct Profile {
    pub id: String,
    /// Among profiles that read equally many names the higher rank wins.
    pub rank: i32,
    /// The device's own clock against UTC: cameras keep local time without a zone.
    pub clock: Offset,
    pub layouts: Vec<Layout>,
    pub words: Words,
    /// 重点标记 by folder: cameras that move a marked file instead of renaming it.
    pub mark_folders: Vec<Vec<Segment>>,
    pub sidecars: Vec<String>,
    pub ignored: Vec<Ignore>,
    pub follow: Follow,
}

#[derive(Clone, Debug)]
pub struct Layout {
    pub folders: Vec<Vec<Segment>>,
    pub names: Vec<Template>,
    pub free: Vec<Free>,
    /// Lower-case extensions; empty = any.
    pub files: Vec<String>,
}

#[derive(Clone, Debug)]
pub enum Segment {
    /// `**`: any number of folders.
    Deep,
    One(Template),
}

/// 不收的文件: harmless by name, and only up to a size: a recording hidden under such a name is sealed.
#[derive(Clone, Debug)]
pub struct Ignore {
    pub folder: Vec<Segment>,
    pub name: Template,
    pub bytes_max: u64,
    pub reason: String,
}

/// 连续摄录: how the files of one capture follow each other.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Follow {
    /// The next file's number is this one's plus so much; 0 = the camera does not number its files.
    pub seq_step: u64,
    /// How far the next beginning may lie from this end, either way. Names count whole seconds.
    pub gap_ms_max: i64,
    /// Lengths at which the camera cuts a running capture, for names that tell no end.
    pub segment_s: Vec<i64>,
}

impl Default for Follow {
    fn default() -> Follow {
        Follow { seq_step: 1, gap_ms_max: 2_000, segment_s: Vec::new() }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    #[error("card.profile.too_large")]
    TooLarge,
    /// Not TOML, an unknown key or a wrong type. `detail` is the parser's own message with line and column.
    #[error("card.profile.syntax: {detail}")]
    Syntax { detail: String },
    #[error("{code}: {text}")]
    Template { code: TemplateError, text: String },
    #[error("card.profile.clock: {0}")]
    Clock(String),
    #[error("card.profile.shape: {0}")]
    Shape(&'static str),
    #[error("card.profile.too_many: {0}")]
    TooMany(&'static str),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    #[serde(default)]
    rank: i32,
    clock: String,
    #[serde(default)]
    layout: Vec<FileLayout>,
    #[serde(default)]
    officer: Vec<Shape>,
    #[serde(default)]
    device: Vec<Shape>,
    #[serde(default = "seq_digits")]
    seq_digits: [usize; 2],
    #[serde(default)]
    mark: FileMark,
    #[serde(default)]
    sidecar: FileSidecar,
    #[serde(default)]
    ignore: Vec<FileIgnore>,
    #[serde(default)]
    follow: Follow,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileLayout {
    folders: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    free: Vec<Vec<String>>,
    #[serde(default = "separators")]
    separators: String,
    #[serde(default)]
    files: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct FileMark {
    words: Vec<String>,
    folders: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct FileSidecar {
    files: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileIgnore {
    path: String,
    bytes_max: u64,
    reason: String,
}

fn seq_digits() -> [usize; 2] {
    [1, 5]
}

fn separators() -> String {
    "_-@#+ ,.=~".to_owned()
}

impl Profile {
    pub fn parse(text: &str) -> Result<Profile, ProfileError> {
        if text.len() > FILE_BYTES_MAX {
            return Err(ProfileError::TooLarge);
        }
        let file: File = toml::from_str(text).map_err(|error| ProfileError::Syntax { detail: error.to_string() })?;
        let rules = file.ignore.len() + file.officer.len() + file.device.len() + file.mark.words.len();
        if file.layout.len() > LAYOUTS_MAX {
            return Err(ProfileError::TooMany("layout"));
        }
        if rules > RULES_MAX {
            return Err(ProfileError::TooMany("rules"));
        }
        let shapes = file.officer.iter().chain(&file.device);
        for shape in shapes {
            let ordered = [shape.letters, shape.digits, shape.han].iter().all(|range| range[0] <= range[1]);
            let short = shape.letters[1] + shape.digits[1] + shape.han[1] + shape.prefix.len() <= 40;
            if !(ordered && short && shape.prefix.is_ascii()) {
                return Err(ProfileError::Shape("code"));
            }
        }
        if file.seq_digits[0] == 0 || file.seq_digits[1] > 12 || file.seq_digits[0] > file.seq_digits[1] {
            return Err(ProfileError::Shape("seq_digits"));
        }
        if file.mark.words.iter().any(|word| word.is_empty() || !word.is_ascii()) {
            return Err(ProfileError::Shape("mark"));
        }
        Ok(Profile {
            clock: clock(&file.clock)?,
            layouts: file.layout.into_iter().map(layout).collect::<Result<_, _>>()?,
            mark_folders: file.mark.folders.iter().map(|text| folder(text)).collect::<Result<_, _>>()?,
            ignored: file.ignore.into_iter().map(ignore).collect::<Result<_, _>>()?,
            words: Words {
                officer: file.officer,
                device: file.device,
                seq_digits: file.seq_digits,
                marks: file.mark.words,
            },
            sidecars: file.sidecar.files.into_iter().map(|ext| ext.to_ascii_lowercase()).collect(),
            id: file.id,
            rank: file.rank,
            follow: file.follow,
        })
    }
}

/// `+08:00`. A fixed offset, because a camera knows no zone and no summer time.
pub fn clock(text: &str) -> Result<Offset, ProfileError> {
    let wrong = || ProfileError::Clock(text.to_owned());
    let (sign, rest) = match text.split_at_checked(1) {
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        _ => return Err(wrong()),
    };
    let (hours, minutes) = rest.split_once(':').ok_or_else(wrong)?;
    let two = |text: &str, most: i32| match text.parse::<i32>() {
        Ok(value) if text.len() == 2 && (0..=most).contains(&value) => Ok(value),
        _ => Err(wrong()),
    };
    let seconds = sign * (two(hours, 14)? * 3600 + two(minutes, 59)? * 60);
    Offset::from_seconds(seconds).map_err(|_| wrong())
}

fn template(text: &str) -> Result<Template, ProfileError> {
    Template::parse(text).map_err(|code| ProfileError::Template { code, text: text.to_owned() })
}

/// `DCIM/###ANDRO/**`; the empty text is the root of the card.
fn folder(text: &str) -> Result<Vec<Segment>, ProfileError> {
    let segments = text.split('/').filter(|segment| !segment.is_empty());
    segments
        .map(|segment| if segment == "**" { Ok(Segment::Deep) } else { template(segment).map(Segment::One) })
        .collect()
}

fn layout(file: FileLayout) -> Result<Layout, ProfileError> {
    if file.names.len() + file.free.len() + file.folders.len() > RULES_MAX {
        return Err(ProfileError::TooMany("names"));
    }
    let free = |list: &Vec<String>| {
        let parts = list.iter().map(|text| {
            let name = text.trim_end_matches('?');
            let part = Part::named(name).ok_or(TemplateError::UnknownPart);
            let part = part.map_err(|code| ProfileError::Template { code, text: text.clone() })?;
            Ok((part, name.len() < text.len()))
        });
        let separators = file.separators.chars().collect();
        Ok(Free { parts: parts.collect::<Result<_, ProfileError>>()?, separators })
    };
    Ok(Layout {
        folders: file.folders.iter().map(|text| folder(text)).collect::<Result<_, _>>()?,
        names: file.names.iter().map(|text| template(text)).collect::<Result<_, _>>()?,
        free: file.free.iter().map(free).collect::<Result<_, ProfileError>>()?,
        files: file.files.iter().map(|ext| ext.to_ascii_lowercase()).collect(),
    })
}

fn ignore(file: FileIgnore) -> Result<Ignore, ProfileError> {
    let (place, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
    Ok(Ignore { folder: folder(place)?, name: template(name)?, bytes_max: file.bytes_max, reason: file.reason })
}

/// The shipped profiles, the most particular first. A test proves that each parses.
pub fn shipped() -> Vec<Profile> {
    SHIPPED.iter().filter_map(|(_, text)| Profile::parse(text).ok()).collect()
}

/// Shipped profiles and an agency's own, given as (file name, text). Its own replace shipped ones of the same id.
/// The first file that cannot be read is the error: a profile that silently falls away would change what is found.
pub fn with_own(own: &[(String, String)]) -> Result<Vec<Profile>, (String, ProfileError)> {
    let mut profiles = shipped();
    for (name, text) in own {
        let profile = Profile::parse(text).map_err(|error| (name.clone(), error))?;
        profiles.retain(|other| other.id != profile.id);
        profiles.push(profile);
    }
    Ok(profiles)
}

const SHIPPED: &[(&str, &str)] = &[
    ("law-enforcement", include_str!("../../../../../cards/law-enforcement.toml")),
    ("android", include_str!("../../../../../cards/android.toml")),
    ("dash-cam", include_str!("../../../../../cards/dash-cam.toml")),
    ("dated-folders", include_str!("../../../../../cards/dated-folders.toml")),
    ("still-camera", include_str!("../../../../../cards/still-camera.toml")),
    ("voice-recorder", include_str!("../../../../../cards/voice-recorder.toml")),
    ("common", include_str!("../../../../../cards/common.toml")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_profile_parses_and_carries_its_file_name() {
        for (name, text) in SHIPPED {
            let profile = Profile::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(&profile.id, name);
            assert_eq!(profile.clock.seconds(), 8 * 3600, "{name}");
        }
        assert_eq!(shipped().len(), SHIPPED.len());
    }

    #[track_caller]
    fn refused(text: &str, expected: &str) {
        let error = Profile::parse(text).expect_err(text).to_string();
        assert!(error.starts_with(expected), "{text}: {error}");
    }

    #[test]
    fn a_broken_profile_says_what_is_wrong() {
        refused("id = 'a'\nclock = '+08:00'\ncolour = 'red'", "card.profile.syntax: TOML parse error at line 3");
        refused("id = 'a'", "card.profile.syntax");
        refused("id = 'a'\nclock = 'Asia/Shanghai'", "card.profile.clock");
        refused("id = 'a'\nclock = '+8:00'", "card.profile.clock");
        refused("id = 'a'\nclock = '+08:60'", "card.profile.clock");
        refused("id = 'a'\nclock = '+08:00'\nseq_digits = [0, 4]", "card.profile.shape: seq_digits");
        refused("id = 'a'\nclock = '+08:00'\nofficer = [{ digits = [5, 2] }]", "card.profile.shape: code");
        refused("id = 'a'\nclock = '+08:00'\nmark = { words = [''] }", "card.profile.shape: mark");
        refused(
            "id = 'a'\nclock = '+08:00'\nlayout = [{ folders = ['DCIM'], names = ['{badge}'] }]",
            "card.template.unknown_part: {badge}",
        );
        refused(
            "id = 'a'\nclock = '+08:00'\nlayout = [{ folders = ['DCIM'], free = [['badge?']] }]",
            "card.template.unknown_part: badge?",
        );
        refused(&"#".repeat(FILE_BYTES_MAX + 1), "card.profile.too_large");
        let many = "[[layout]]\nfolders = []\n".repeat(LAYOUTS_MAX + 1);
        refused(&format!("id = 'a'\nclock = '+08:00'\n{many}"), "card.profile.too_many: layout");
    }

    #[test]
    fn an_agency_replaces_a_shipped_profile_by_its_id() {
        let own = vec![("own.toml".to_owned(), "id = 'android'\nclock = '+09:00'".to_owned())];
        let profiles = with_own(&own).expect("reads");
        let android = profiles.iter().find(|profile| profile.id == "android").expect("there");
        assert_eq!((profiles.len(), android.clock.seconds()), (SHIPPED.len(), 9 * 3600));
        let (name, _) = with_own(&[("bad.toml".to_owned(), "id".to_owned())]).expect_err("broken");
        assert_eq!(name, "bad.toml");
    }
}
