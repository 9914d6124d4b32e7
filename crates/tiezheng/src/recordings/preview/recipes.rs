//! What ffmpeg is told for each derivative. Pure: an examination in, arguments out.

use std::ffi::OsString;

use tiezheng_media::{Container, Examination, Kind as Medium, Playable, TrackKind};

/// 派生件
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What a browser plays in place of the original: H.264 and AAC in MP4, AAC alone, or a JPEG.
    Preview,
    /// One picture, JPEG.
    Poster,
    /// Pictures in even steps, in one JPEG.
    Strip,
    /// Loudness over time, PNG.
    Waveform,
}

pub const KINDS: [Kind; 4] = [Kind::Preview, Kind::Poster, Kind::Strip, Kind::Waveform];

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Preview => "preview",
            Kind::Poster => "poster",
            Kind::Strip => "strip",
            Kind::Waveform => "waveform",
        }
    }
}

/// What a recording needs. A preview only where no browser plays the original, or where somebody who may not have the
/// original has asked (`for_officers`).
pub fn needed(x: &Examination, for_officers: bool) -> Vec<Kind> {
    let preview = match x.playable {
        Playable::None => return Vec::new(),
        Playable::NeedsPreview => true,
        Playable::Native => for_officers,
    };
    KINDS
        .into_iter()
        .filter(|kind| match kind {
            Kind::Preview => preview,
            Kind::Poster => x.kind != Medium::Audio,
            Kind::Strip => x.kind == Medium::Video,
            Kind::Waveform => has_audio(x),
        })
        .collect()
}

pub fn has_audio(x: &Examination) -> bool {
    x.kind != Medium::Image && x.tracks.iter().any(|track| track.kind == TrackKind::Audio)
}

/// Pictures in a strip: one every two seconds at most, `most` at most, one at least.
pub fn pictures(duration_ms: u64, most: u64) -> u64 {
    duration_ms.div_ceil(2000).clamp(1, most)
}

pub const STRIP_MOST: u64 = 100;
const STRIP_COLUMNS: u64 = 10;
const STRIP_WIDTH: u64 = 160;

/// How the pictures of a strip lie: `columns` beside each other, `count` altogether, each for `interval_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    pub columns: u64,
    pub rows: u64,
    pub count: u64,
    pub interval_ms: u64,
}

impl Grid {
    pub fn new(count: u64, interval_ms: u64) -> Grid {
        let columns = count.clamp(1, STRIP_COLUMNS);
        Grid { columns, rows: count.div_ceil(columns).max(1), count, interval_ms: interval_ms.max(1) }
    }
}

/// The demuxer is named, so that bytes which look like a playlist are never taken for one.
pub fn demuxer(container: Container) -> Option<&'static str> {
    Some(match container {
        Container::Mp4 | Container::Mov => "mov",
        Container::Avi => "avi",
        Container::Matroska | Container::Webm => "matroska",
        Container::MpegTs => "mpegts",
        Container::MpegPs => "mpeg",
        Container::Wav => "wav",
        Container::Mp3 => "mp3",
        Container::Aac => "aac",
        Container::Jpeg => "jpeg_pipe",
        Container::Png => "png_pipe",
        Container::Unknown => return None,
    })
}

/// Square pixels, whole frames, then at most so large, even in both directions.
fn fit(long: u32, short: u32) -> String {
    format!(
        "scale=w='max(2,min(8192,trunc(iw*sar/2)*2))':h='max(2,trunc(ih/2)*2)',setsar=1,\
         scale=w='if(gte(iw,ih),min({long},iw),min({short},iw))':h='if(gte(iw,ih),min({short},ih),min({long},ih))'\
         :force_original_aspect_ratio=decrease:force_divisible_by=2"
    )
}

/// 非原始: the mark on a preview's pictures.
pub struct Mark<'a> {
    pub font: &'a str,
    pub text: &'a str,
}

fn marked(mark: Option<&Mark>) -> String {
    let Some(Mark { font, text }) = mark else { return String::new() };
    // What the filter's grammar takes for its own, shown by its full-width sister.
    let text: String = text
        .chars()
        .map(|c| match c {
            '\'' => '’',
            '\\' => '＼',
            ':' => '：',
            '%' => '％',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect();
    format!(
        ",drawtext=fontfile='{font}':text='{text}':expansion=none:fontsize='max(12,h/30)':fontcolor=white@0.9:box=1:\
         boxcolor=black@0.45:boxborderw=6:x=w-tw-12:y=12"
    )
}

fn input(demuxer: &str, more: &[&str]) -> Vec<OsString> {
    let before = ["-hide_banner", "-nostdin", "-v", "error", "-filter_threads", "2", "-filter_complex_threads", "2"];
    let about = ["-protocol_whitelist", "file", "-max_pixels", "268435456", "-threads", "2", "-f", demuxer];
    let args = before.iter().chain(more).chain(&about).chain(&["-i", "/proc/self/fd/0"]);
    args.map(OsString::from).collect()
}

fn with(mut args: Vec<OsString>, more: &[&str]) -> Vec<OsString> {
    args.extend(more.iter().map(OsString::from));
    args.extend(
        ["-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-threads", "2"].map(OsString::from),
    );
    args.extend(["-y", "/proc/self/fd/1"].map(OsString::from));
    args
}

/// H.264 and AAC, at most 1280×720 or upright 720×1280, a key frame every two seconds, index first.
pub fn video(demuxer: &str, encoder: &str, channels: Option<u32>, mark: Option<&Mark>) -> Vec<OsString> {
    let filters = format!("yadif=deint=interlaced,{}{},format=yuv420p", fit(1280, 720), marked(mark));
    let quality: &[&str] = match encoder {
        "libx264" => {
            &["-preset", "veryfast", "-profile:v", "main", "-crf", "27", "-maxrate", "1600k", "-bufsize", "3200k"]
        }
        _ => &["-b:v", "1500k"],
    };
    let mut more = vec!["-map", "0:V:0", "-vf", &filters, "-fpsmax", "30", "-c:v", encoder];
    more.extend(quality);
    more.extend(["-force_key_frames", "expr:gte(t,n_forced*2)"]);
    match channels {
        Some(channels) => more.extend(sound("0:a:0", channels)),
        None => more.push("-an"),
    }
    more.extend(["-sn", "-dn", "-max_muxing_queue_size", "4096", "-movflags", "+faststart", "-f", "mp4"]);
    with(input(demuxer, &[]), &more)
}

fn sound(track: &'static str, channels: u32) -> [&'static str; 8] {
    let (count, rate) = if channels == 1 { ("1", "64k") } else { ("2", "96k") };
    ["-map", track, "-c:a", "aac", "-ac", count, "-b:a", rate]
}

pub fn audio(demuxer: &str, channels: u32) -> Vec<OsString> {
    let mut more = vec!["-vn", "-sn", "-dn"];
    more.extend(sound("0:a:0", channels));
    more.extend(["-movflags", "+faststart", "-f", "ipod"]);
    with(input(demuxer, &[]), &more)
}

/// A preview of a picture.
pub fn image(demuxer: &str, mark: Option<&Mark>) -> Vec<OsString> {
    jpeg(input(demuxer, &[]), &format!("{}{}", fit(1600, 1600), marked(mark)))
}

/// The most telling of the first key frames.
pub fn poster(demuxer: &str) -> Vec<OsString> {
    jpeg(input(demuxer, &["-skip_frame", "nokey"]), &format!("thumbnail=5,{}", fit(640, 640)))
}

pub fn strip(demuxer: &str, grid: Grid) -> Vec<OsString> {
    let Grid { columns, rows, count, interval_ms } = grid;
    let filters = format!(
        "scale=w={STRIP_WIDTH}:h='max(2,min(320,trunc({STRIP_WIDTH}*ih/(iw*sar)/2)*2))',setsar=1,\
         fps=fps=1000/{interval_ms}:start_time=0:round=near,format=rgb24,tile={columns}x{rows}:nb_frames={count}"
    );
    jpeg(input(demuxer, &["-skip_frame", "nokey"]), &filters)
}

fn jpeg(input: Vec<OsString>, filters: &str) -> Vec<OsString> {
    let filters = format!("{filters},format=yuvj420p");
    with(
        input,
        &["-map", "0:v:0", "-an", "-vf", &filters, "-frames:v", "1", "-c:v", "mjpeg", "-q:v", "5", "-f", "image2pipe"],
    )
}

pub const WAVEFORM: (u64, u64) = (1600, 160);

/// At 4 kHz the filter, which holds all of it, needs 29 MB an hour.
pub fn waveform(demuxer: &str) -> Vec<OsString> {
    let (width, height) = WAVEFORM;
    let filters = format!(
        "[0:a:0]aformat=channel_layouts=mono,aresample=4000,showwavespic=s={width}x{height}:scale=sqrt:colors=0x5b7fa6"
    );
    let more = ["-filter_complex", &filters, "-frames:v", "1", "-c:v", "png", "-f", "image2pipe"];
    with(input(demuxer, &["-vn"]), &more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_holds_its_pictures() {
        for (count, columns, rows) in [(1, 1, 1), (7, 7, 1), (10, 10, 1), (11, 10, 2), (100, 10, 10), (0, 1, 1)] {
            let grid = Grid::new(count, 2000);
            assert_eq!((grid.columns, grid.rows), (columns, rows), "{count}");
        }
    }

    #[test]
    fn a_mark_cannot_leave_its_quotes() {
        let text = marked(Some(&Mark { font: "/f", text: "a':x=0,b%{pts}\\\n" }));
        assert!(text.contains("text='a’：x=0,b％{pts}＼ ':"), "{text}");
    }

    #[test]
    fn pictures_are_two_seconds_apart_or_more() {
        for (duration, count) in [(0, 1), (1, 1), (2000, 1), (2001, 2), (60_000, 30), (u64::MAX, 100)] {
            assert_eq!(pictures(duration, STRIP_MOST), count, "{duration}");
        }
    }
}
