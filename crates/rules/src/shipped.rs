//! The regulations this product ships, compiled in: five profiles, our defaults, the calendar.

use std::sync::LazyLock;

use crate::calendar::Calendar;
use crate::fault::Fault;
use crate::law::Law;
use crate::parse::parse_calendar_year;
use crate::requirements::{Requirement, parse_requirements};
use crate::resolutions::{Resolution, parse_resolutions};

macro_rules! regulation {
    ($id:literal $(, $extra:literal)*) => {
        &[
            (concat!($id, "/rules.toml"), include_str!(concat!("../../../regulations/", $id, "/rules.toml"))),
            (concat!($id, "/articles.toml"), include_str!(concat!("../../../regulations/", $id, "/articles.toml"))),
            (concat!($id, "/cases.toml"), include_str!(concat!("../../../regulations/", $id, "/cases.toml"))),
            $((concat!($id, "/", $extra), include_str!(concat!("../../../regulations/", $id, "/", $extra))),)*
        ]
    };
}

macro_rules! year {
    ($year:literal) => {
        (concat!("calendar/", $year, ".toml"), include_str!(concat!("../../../regulations/calendar/", $year, ".toml")))
    };
}

/// A file of a regulation: path and text.
type File = (&'static str, &'static str);

/// The five folders, by path and text.
pub const FOLDERS: &[&[File]] = &[
    regulation!("caofeidian-amr"),
    regulation!("mingshan-hrss"),
    regulation!("fuzhou-urban"),
    regulation!("dalian-ftz", "checklist.toml"),
    regulation!("zhongwei"),
];

pub const CALENDAR: &[File] = &[
    year!("2019"),
    year!("2020"),
    year!("2021"),
    year!("2022"),
    year!("2023"),
    year!("2024"),
    year!("2025"),
    year!("2026"),
    year!("2027"),
];

/// `regulations/defaults.toml`.
pub const DEFAULTS: &str = include_str!("../../../regulations/defaults.toml");

/// `regulations/resolutions.toml`.
pub const RESOLUTIONS: &str = include_str!("../../../regulations/resolutions.toml");

static LAWS: LazyLock<Vec<Law>> = LazyLock::new(|| {
    // Compiled in and parsed by a test of this crate: a fault here cannot reach a release.
    FOLDERS.iter().map(|files| Law::parse(files).expect("shipped regulation")).collect()
});

static CALENDARS: LazyLock<Calendar> = LazyLock::new(|| {
    let year = |(file, text): &File| -> Result<_, Vec<Fault>> { parse_calendar_year(file, text) };
    Calendar::new(CALENDAR.iter().map(|file| year(file).expect("shipped calendar")))
});

static READINGS: LazyLock<Vec<Resolution>> =
    LazyLock::new(|| parse_resolutions("resolutions.toml", RESOLUTIONS).expect("shipped resolutions"));

static REQUIREMENTS: LazyLock<Vec<Requirement>> = LazyLock::new(|| {
    let text = include_str!("../../../regulations/requirements.toml");
    parse_requirements("requirements.toml", text).expect("shipped requirements")
});

/// Every requirement and what answers it today.
#[must_use]
pub fn requirements() -> &'static [Requirement] {
    &REQUIREMENTS
}

/// Every ambiguity of the five texts and how it is read.
#[must_use]
pub fn resolutions() -> &'static [Resolution] {
    &READINGS
}

/// The five regulations.
#[must_use]
pub fn shipped() -> &'static [Law] {
    &LAWS
}

/// One of the five by its id.
#[must_use]
pub fn law(id: &str) -> Option<&'static Law> {
    LAWS.iter().find(|law| law.id == id)
}

/// The statutory calendar.
#[must_use]
pub fn calendar() -> &'static Calendar {
    &CALENDARS
}
