//! Makes small real recordings. ffmpeg is part of the tests' machine: without it they fail and say so.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use tiezheng_media::{Container, Examination, Oddity, TrackKind, examine};

pub const VIDEO: &str = "-f lavfi -i testsrc=size=320x180:rate=25:duration=2";
pub const SOUND: &str = "-f lavfi -i sine=frequency=440:sample_rate=44100:duration=2";
pub const H264: &str = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 25 -bf 2";

/// A folder for one test's files; gone when dropped.
pub struct Studio {
    folder: TempDir,
}

impl Studio {
    pub fn new() -> Studio {
        Studio { folder: TempDir::new().expect("a temporary folder") }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs ffmpeg with `arguments` (split at spaces) and gives the bytes of `name`.
    pub fn make(&self, name: &str, arguments: &str) -> Vec<u8> {
        let path = self.path(name);
        let fixed = ["-nostdin", "-y", "-v", "error", "-threads", "1"];
        run(Command::new("ffmpeg").current_dir(&self.folder).args(fixed).args(arguments.split_whitespace()).arg(&path));
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

pub fn ffprobe(path: &Path) -> Value {
    let fixed = ["-v", "error", "-show_format", "-show_streams", "-of", "json"];
    let output = run(Command::new("ffprobe").args(fixed).arg(path));
    serde_json::from_slice(&output).expect("ffprobe's JSON")
}

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap_or_else(|error| {
        panic!("{command:?}: {error}. These tests need ffmpeg and ffprobe (Debian: apt install ffmpeg)")
    });
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

pub fn look(bytes: &[u8]) -> Examination {
    examine(&mut &bytes[..])
}

pub fn is_truncated(x: &Examination) -> bool {
    x.oddities.iter().any(|oddity| matches!(oddity, Oddity::Truncated { .. }))
}

/// `mp4 video/mp4 native | h264 320x180 25 #50 | aac 44100 x1 #87`
pub fn summary(x: &Examination) -> String {
    let word = |value: &dyn erased::Word| value.word();
    let mut line = format!("{} {} {}", word(&x.container), x.mime, word(&x.playable));
    for track in &x.tracks {
        line.push_str(&format!(" | {}", track.codec));
        match track.kind {
            TrackKind::Audio => {
                let (rate, channels) = (track.sample_rate.unwrap_or(0), track.channels.unwrap_or(0));
                line.push_str(&format!(" {rate} x{channels}"));
            }
            TrackKind::Video | TrackKind::Image => {
                line.push_str(&format!(" {}x{}", track.width.unwrap_or(0), track.height.unwrap_or(0)));
            }
            TrackKind::Other => {}
        }
        if let Some(fps) = track.fps {
            line.push_str(&format!(" {fps}"));
        }
        if let Some(samples) = track.samples {
            line.push_str(&format!(" #{samples}"));
        }
        if let Some(name) = &track.codec_string {
            line.push_str(&format!(" {name}"));
        }
    }
    line
}

/// The stable code of an enum as it is written to JSON.
mod erased {
    pub trait Word {
        fn word(&self) -> String;
    }

    impl<T: serde::Serialize> Word for T {
        fn word(&self) -> String {
            serde_json::to_value(self).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
        }
    }
}

/// Codes of the oddities, in order of the alphabet.
pub fn oddity_codes(x: &Examination) -> Vec<String> {
    let code = |oddity| serde_json::to_value(oddity).expect("JSON")["code"].as_str().unwrap_or_default().to_owned();
    let mut codes: Vec<String> = x.oddities.iter().map(code).collect();
    codes.sort();
    codes.dedup();
    codes
}

/// One recording of each format, small, whole.
pub const ALL: &[(&str, &str, Container)] = &[
    ("plain.mp4", "{V} {A} {H} -c:a aac", Container::Mp4),
    ("fast.mp4", "{V} {A} {H} -c:a aac -movflags +faststart", Container::Mp4),
    ("fragmented.mp4", "{V} {A} {H} -c:a aac -movflags +frag_keyframe+empty_moov+default_base_moof", Container::Mp4),
    ("sound.m4a", "{A} -c:a aac", Container::Mp4),
    ("mjpeg.mov", "{V} {A} -c:v mjpeg -c:a pcm_s16le", Container::Mov),
    ("mjpeg.avi", "{V} {A} -c:v mjpeg -c:a pcm_s16le", Container::Avi),
    ("h264.avi", "{V} {A} {H} -bf 0 -c:a libmp3lame", Container::Avi),
    ("h264.mkv", "{V} {A} {H} -c:a aac", Container::Matroska),
    ("live.mkv", "{V} {A} {H} -c:a aac -live 1 -f matroska", Container::Matroska),
    ("vp8.webm", "{V} {A} -c:v libvpx -deadline realtime -cpu-used 8 -c:a libopus", Container::Webm),
    ("h264.ts", "{V} {A} {H} -c:a aac", Container::MpegTs),
    ("h264.m2ts", "{V} {A} {H} -c:a aac -mpegts_m2ts_mode 1", Container::MpegTs),
    ("mpeg2.mpg", "{V} {A} -c:v mpeg2video -c:a mp2", Container::MpegPs),
    ("pcm.wav", "{A}", Container::Wav),
    ("rf64.wav", "{A} -rf64 always", Container::Wav),
    ("sound.mp3", "{A}", Container::Mp3),
    ("sound.aac", "{A}", Container::Aac),
    ("still.jpg", "{V} -frames:v 1", Container::Jpeg),
    ("still.png", "{V} -frames:v 1", Container::Png),
];

pub fn arguments(pattern: &str) -> String {
    pattern.replace("{V}", VIDEO).replace("{A}", SOUND).replace("{H}", H264)
}

pub fn everything(studio: &Studio) -> Vec<(&'static str, Container, Vec<u8>)> {
    ALL.iter().map(|(name, pattern, container)| (*name, *container, studio.make(name, &arguments(pattern)))).collect()
}

pub fn trouble_code(x: &Examination) -> String {
    serde_json::to_value(&x.trouble).expect("JSON")["code"].as_str().unwrap_or("none").to_owned()
}
