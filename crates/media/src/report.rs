//! What an examination says.

use serde::{Deserialize, Serialize};

use crate::limits::ODDITIES_MAX;

/// 检视结果: what the bytes of one recording say about themselves. Claims of the container, not findings of fact.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Examination {
    pub container: Container,
    pub kind: Kind,
    pub mime: String,
    pub duration_ms: Option<u64>,
    /// When the container says it was made: milliseconds since 1970, UTC unless `created_is_local`.
    pub created_ms: Option<i64>,
    /// The container wrote the device's wall clock without a zone (EXIF, AVI, BWF): `created_ms` is that wall clock
    /// read as if it were UTC.
    pub created_is_local: bool,
    pub tracks: Vec<Track>,
    /// Breaks of at least 500 ms between packets, in order of track and time; at most 1,000.
    pub gaps: Vec<Gap>,
    pub oddities: Vec<Oddity>,
    /// Why the recording could not be examined, or not to its end. What was learned until then is kept.
    pub trouble: Option<Trouble>,
    pub gps: Vec<GpsPoint>,
    pub device: Option<Device>,
    pub playable: Playable,
}

#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[serde(rename_all = "snake_case")]
pub enum Container {
    Mp4,
    Mov,
    Avi,
    Matroska,
    Webm,
    MpegTs,
    MpegPs,
    Wav,
    Mp3,
    Aac,
    Jpeg,
    Png,
    Unknown,
}

#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Video,
    Audio,
    Image,
    Other,
}

/// One stream of a container, in the container's order. An image is one track of kind `image`.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Track {
    pub kind: TrackKind,
    /// `h264`, `hevc`, `mjpeg`, `mpeg4`, `mpeg2`, `aac`, `pcm`, `mp3`, `opus`, …; else the container's own code.
    pub codec: String,
    /// RFC 6381 string for Media Source Extensions, where it follows from the headers.
    pub codec_string: Option<String>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// Frames a second between breaks, rounded to thousandths.
    pub fps: Option<f64>,
    pub sample_rate: Option<u32>,
    pub channels: Option<u32>,
    /// Packets as the container counts them: frames of video, of PCM, of coded audio.
    pub samples: Option<u64>,
    pub duration_ms: Option<u64>,
}

#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[serde(rename_all = "snake_case")]
pub enum TrackKind {
    Video,
    Audio,
    Image,
    Other,
}

/// 中断: a break in the time stamps of one track (USE-17). The tolerance is the caller's.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Where the break begins, from the start of the recording; clock steps before it are not counted.
    pub at_ms: u64,
    pub length_ms: u64,
    /// Index into `tracks`.
    pub track: u32,
    pub kind: GapKind,
}

#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[serde(rename_all = "snake_case")]
pub enum GapKind {
    /// Time passes without packets.
    Gap,
    /// Time stamps step back: a clock set back, or two recordings joined.
    Backwards,
    /// Time stamps step forward by an hour or more, or where the container itself declares a new time base.
    Jump,
}

/// 异常: remarkable, not wrong. `docs/design/media.md` says what each one does not prove.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Oddity {
    /// The index follows the media: written when the recording was closed. Usual for cameras.
    MoovAtEnd,
    /// A list of cuts hides recorded media from players, or plays it in another order or speed.
    EditList {
        track: u32,
        entries: u32,
        hidden_ms: u64,
    },
    MissingIndex,
    /// `missing_bytes` is absent where the container does not say how long it should be.
    Truncated {
        missing_bytes: Option<u64>,
    },
    /// Written by a known editing or conversion program, or with its library.
    Remuxed {
        tool: String,
    },
    TrailingGarbage {
        bytes: u64,
    },
    TrackLengthsDiffer {
        shortest_ms: u64,
        longest_ms: u64,
    },
    NoMedia,
    Empty,
    /// The name says another format than the bytes.
    Extension {
        found: String,
        expected: String,
    },
    /// Longer than the limit: only so many bytes were looked at, breaks in the rest are not known.
    ScanLimited {
        scanned_bytes: u64,
    },
    /// More breaks than are reported.
    GapsLimited {
        reported: u32,
    },
    /// Lengths left at their initial value: the recorder never closed the file.
    UnfinishedHeader,
    /// Bytes that are not of the format, skipped on the way.
    Damaged {
        bytes: u64,
    },
    /// Packets missing by their counters (MPEG-TS).
    LostPackets {
        count: u64,
    },
}

/// 不能检视: why, as a stable code. The recording is sealed all the same.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Trouble {
    Truncated {
        missing_bytes: Option<u64>,
    },
    NoIndex,
    Unsupported {
        format: String,
    },
    Malformed {
        at: u64,
    },
    TooComplex {
        limit: String,
    },
    UnknownFormat,
    Empty,
    /// The storage did not give the bytes; nothing is said about the recording.
    Unreadable {
        at: u64,
    },
}

/// Degrees, WGS 84.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
pub struct GpsPoint {
    pub latitude: f64,
    pub longitude: f64,
}

/// What the container says about the device, bounded and without control characters.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq, Default)]
pub struct Device {
    pub make: Option<String>,
    pub model: Option<String>,
    pub software: Option<String>,
}

/// How a browser can play it.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[serde(rename_all = "snake_case")]
pub enum Playable {
    /// As it is, by range requests.
    Native,
    /// Through a preview made from it.
    NeedsPreview,
    /// Not as far as the container tells.
    None,
}

impl Examination {
    pub(crate) fn of(container: Container) -> Examination {
        Examination {
            container,
            kind: Kind::Other,
            mime: String::new(),
            duration_ms: None,
            created_ms: None,
            created_is_local: false,
            tracks: Vec::new(),
            gaps: Vec::new(),
            oddities: Vec::new(),
            trouble: None,
            gps: Vec::new(),
            device: None,
            playable: Playable::None,
        }
    }

    /// Adds an oddity once.
    pub(crate) fn note(&mut self, oddity: Oddity) {
        if self.oddities.len() < ODDITIES_MAX && !self.oddities.contains(&oddity) {
            self.oddities.push(oddity);
        }
    }

    /// The first trouble is the one that counts.
    pub(crate) fn trouble(&mut self, trouble: Trouble) {
        self.trouble.get_or_insert(trouble);
    }

    pub(crate) fn truncated(&mut self, missing_bytes: Option<u64>) {
        if !self.is_truncated() {
            self.note(Oddity::Truncated { missing_bytes });
        }
    }

    pub(crate) fn is_truncated(&self) -> bool {
        self.oddities.iter().any(|oddity| matches!(oddity, Oddity::Truncated { .. }))
    }

    /// Notes the text if it names a known editing or conversion program.
    pub(crate) fn tool(&mut self, text: &str) {
        if crate::tool::is_editor(text) {
            self.note(Oddity::Remuxed { tool: text.to_owned() });
        }
    }

    pub(crate) fn device(&mut self) -> &mut Device {
        self.device.get_or_insert_with(Device::default)
    }
}

impl Track {
    pub(crate) fn new(kind: TrackKind, codec: impl Into<String>) -> Track {
        Track {
            kind,
            codec: codec.into(),
            codec_string: None,
            width: None,
            height: None,
            fps: None,
            sample_rate: None,
            channels: None,
            samples: None,
            duration_ms: None,
        }
    }
}
