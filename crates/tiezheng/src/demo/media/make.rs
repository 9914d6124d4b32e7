//! 制作: one file of the plan into real media. ffmpeg and espeak-ng do the work, pinned to one thread and to fixed
//! metadata, so that the same plan gives the same bytes on the same machine.

use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use jiff::Timestamp;

use super::{CLOCK, DemoFile, Fault, GAP_S, Recipe, Seed, sidecar};

/// Part of the cache key: raise it when the same plan gives other bytes.
pub const VERSION: u32 = 2;

#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// A program or font is not installed; `package` is Debian's.
    #[error("demo.missing: {what} (Debian: {package})")]
    Missing { what: &'static str, package: &'static str },
    /// `program` ended with an error; `detail` is the end of what it said.
    #[error("demo.failed: {program}: {detail}")]
    Failed { program: &'static str, detail: String },
    #[error("demo.io: {0}")]
    Io(#[from] io::Error),
}

type Result<T> = std::result::Result<T, MakeError>;

/// Makes one file at `out`, whole or not at all. Sidecars are not made here: see [`sidecar`].
pub fn make(file: &DemoFile, out: &Path) -> Result<()> {
    let work = Work::beside(out)?;
    let made = match file.fault {
        Some(Fault::Empty) => work.write("made", b"")?,
        Some(Fault::Garbage) => work.write("made", &garbage(file.seed))?,
        _ => encode(file, &work)?,
    };
    let made = match file.fault {
        Some(Fault::Truncated) => work.write("cut", &truncated(fs::read(made)?))?,
        None | Some(Fault::Late | Fault::Gap) if file.recipe == Recipe::HevcMkv => {
            work.write("camera", &unsigned(fs::read(made)?))?
        }
        Some(Fault::Remuxed) => remux(file, &work, &made)?,
        _ => made,
    };
    Ok(fs::rename(made, out)?)
}

/// Lays out files below `root`, each under its agency, device and path on the card, with its sidecar, on `workers`
/// threads. Stops at the first error.
pub fn make_all(files: &[DemoFile], root: &Path, workers: usize) -> Result<Vec<PathBuf>> {
    let next = AtomicUsize::new(0);
    let one = |file: &DemoFile| -> Result<PathBuf> {
        let card = root.join(&file.agency).join(&file.device);
        let out = card.join(&file.path_on_card);
        fs::create_dir_all(out.parent().unwrap_or(&card))?;
        make(file, &out)?;
        if let Some((path, text)) = sidecar(file) {
            fs::write(card.join(path), text)?;
        }
        Ok(out)
    };
    let work = || -> Result<()> {
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            one(file).inspect_err(|_| next.store(files.len(), Ordering::Relaxed))?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..workers.max(1)).map(|_| scope.spawn(work)).collect();
        running
            .into_iter()
            .try_for_each(|one| one.join().unwrap_or_else(|_| Err(io::Error::from(ErrorKind::Other).into())))
    })?;
    Ok(files.iter().map(|file| root.join(&file.agency).join(&file.device).join(&file.path_on_card)).collect())
}

/// A folder beside the result, gone afterwards whatever happens: rename stays within one file system.
struct Work(PathBuf);

impl Work {
    fn beside(out: &Path) -> Result<Work> {
        let name = out.file_name().unwrap_or_default().to_string_lossy();
        let folder = out.with_file_name(format!(".making-{name}"));
        let _ = fs::remove_dir_all(&folder); // what an earlier, killed run left
        fs::create_dir_all(&folder)?;
        Ok(Work(folder))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let path = self.0.join(name);
        fs::write(&path, bytes)?;
        Ok(path)
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn run(work: &Work, program: &'static str, package: &'static str, args: &[String]) -> Result<()> {
    // The folder is the program's own, so that no path with a colon or a quote reaches a filter.
    let mut command = Command::new(program);
    command.args(args).current_dir(&work.0).env("LC_ALL", "C.UTF-8").stdin(std::process::Stdio::null());
    let output = command.output().map_err(|error| match error.kind() {
        ErrorKind::NotFound => MakeError::Missing { what: program, package },
        _ => MakeError::Io(error),
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let tail = said.char_indices().rev().nth(600).map_or(&*said, |(at, _)| &said[at..]);
    Err(MakeError::Failed { program, detail: tail.trim().to_owned() })
}

fn ffmpeg(work: &Work, args: &[String]) -> Result<()> {
    let fixed = ["-hide_banner", "-nostdin", "-v", "error", "-y"].map(String::from);
    run(work, "ffmpeg", "ffmpeg", &[&fixed[..], args].concat())
}

/// The font that draws Chinese into the picture, found once.
fn font() -> Result<&'static Path> {
    static FONT: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
        let usual = [
            "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
            "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
            "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
        ];
        let asked = || {
            // fc-list, not fc-match: the latter answers with any font when none fits.
            let output = Command::new("fc-list").args([":lang=zh-cn", "file"]).output().ok()?;
            let text = String::from_utf8(output.stdout).ok()?;
            text.lines().map(|line| PathBuf::from(line.trim().trim_end_matches(':'))).find(|path| path.is_file())
        };
        usual.map(PathBuf::from).into_iter().find(|path| path.is_file()).or_else(asked)
    });
    FONT.as_deref().ok_or(MakeError::Missing { what: "font", package: "fonts-noto-cjk" })
}

fn encode(file: &DemoFile, work: &Work) -> Result<PathBuf> {
    let name = format!("made.{}", file.recipe.extension());
    let mut args = Vec::new();
    if !file.recipe.is_image() {
        speak(file, work)?;
    }
    let mut graph = Vec::new();
    if !file.recipe.is_audio() {
        let clock = (file.began_ms + file.drift_ms).div_euclid(1000) + i64::from(CLOCK.seconds());
        // drawtext reads this file itself: nothing in it is shell or filter syntax but the time.
        let text = format!("%{{pts:gmtime:{clock}:%Y-%m-%d %H\\:%M\\:%S}}\n{}", file.overlay.replace(['%', '\\'], " "));
        work.write("overlay.txt", text.as_bytes())?;
        graph.push(picture(file)?);
    }
    if !file.recipe.is_image() {
        args.extend(["-i", "said.wav"].map(String::from));
        graph.push(sound(file));
    }
    args.extend(["-filter_complex_threads", "1", "-filter_complex"].map(String::from));
    args.push(graph.join(";"));
    if !file.recipe.is_audio() {
        args.extend(["-map", "[v]"].map(String::from));
    }
    if !file.recipe.is_image() {
        args.extend(["-map", "[a]"].map(String::from));
    }
    args.extend(codec(file.recipe).split_whitespace().map(String::from));
    args.extend(fixed(file));
    args.push(name.clone());
    ffmpeg(work, &args)?;
    Ok(work.0.join(name))
}

/// Nothing that differs from run to run: no threads, no random ids, no clock but the device's.
fn fixed(file: &DemoFile) -> Vec<String> {
    let claimed = Timestamp::from_millisecond(file.began_ms + file.drift_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let fixed =
        "-threads 1 -fflags +bitexact -flags:v +bitexact -flags:a +bitexact -map_metadata -1 -fps_mode passthrough";
    let mut fixed: Vec<String> = fixed.split_whitespace().map(String::from).collect();
    fixed.extend(["-metadata".into(), format!("creation_time={claimed}")]);
    fixed
}

fn codec(recipe: Recipe) -> String {
    // The filter takes the encoder's own remark (SEI) out of the pictures: no camera writes one.
    const H264: &str = "-c:v libx264 -preset superfast -crf 28 -g 30 -pix_fmt yuv420p \
                        -bsf:v filter_units=remove_types=6 -c:a aac -b:a 48k";
    const HEVC: &str = "-c:v libx265 -preset ultrafast -crf 29 -g 24 -pix_fmt yuv420p \
                        -x265-params pools=none:frame-threads=1:log-level=none:info=0 -c:a aac -b:a 48k";
    match recipe {
        Recipe::Mp4End => H264.to_owned(),
        Recipe::Mp4Front => format!("{H264} -movflags +faststart"),
        Recipe::Mp4Fragmented => {
            format!("{H264} -movflags +frag_keyframe+empty_moov+default_base_moof")
        }
        Recipe::Ts => format!("{H264} -metadata service_provider=DEMO -metadata service_name=CAM -f mpegts"),
        Recipe::HevcMp4 => format!("{HEVC} -tag:v hvc1"),
        Recipe::HevcMkv => format!("{HEVC} -write_crc32 0"), // so that `unsigned` may change the name
        Recipe::MjpegAvi => "-c:v mjpeg -q:v 8 -pix_fmt yuvj420p -c:a pcm_s16le".to_owned(),
        Recipe::Ps => "-c:v mpeg2video -q:v 9 -g 15 -pix_fmt yuv420p -c:a mp2 -b:a 64k -f vob".to_owned(),
        Recipe::Wav => "-c:a pcm_s16le".to_owned(),
        Recipe::Mp3 => "-c:a libmp3lame -b:a 48k -write_xing 0 -id3v2_version 0".to_owned(),
        Recipe::Aac => "-c:a aac -b:a 48k -f adts".to_owned(),
        Recipe::Jpeg => "-frames:v 1 -q:v 4 -pix_fmt yuvj420p".to_owned(),
        Recipe::Png => "-frames:v 1 -pix_fmt rgb24".to_owned(),
    }
}

/// Width, height, frames a second.
fn size(recipe: Recipe) -> (u32, u32, u32) {
    match recipe {
        Recipe::HevcMp4 | Recipe::HevcMkv => (480, 270, 12),
        Recipe::MjpegAvi => (320, 240, 10),
        Recipe::Ps => (352, 288, 25),
        Recipe::Jpeg => (1280, 720, 1),
        _ => (640, 360, 15),
    }
}

/// A slow wash of colours with somebody walking through it, sensor noise, and the device's own time and number.
fn picture(file: &DemoFile) -> Result<String> {
    let (w, h, rate) = size(file.recipe);
    let mut seed = Seed(file.seed);
    let mut shade = |dark: u64| {
        let mut channel = || dark + seed.below(70);
        format!("0x{:02x}{:02x}{:02x}", channel(), channel(), channel())
    };
    let (sky, wall, ground, coat) = (shade(120), shade(80), shade(40), shade(20));
    let length = file.length_s.max(1);
    let (person_w, person_h, floor) = (w / 12, h / 3, h * 3 / 5);
    let font = font()?.display();
    let size = h / 18;
    Ok(format!(
        "gradients=s={small_w}x{small_h}:r={rate}:d={length}:c0={sky}:c1={wall}:c2={ground}:nb_colors=3:x0=0:y0=0:x1=0:y1={small_h}\
         :seed={number}:speed=0.001,scale={w}:{h}[back];\
         color=c={ground}:s={w}x{below}:r={rate}:d={length}[road];\
         color=c={coat}:s={person_w}x{person_h}:r={rate}:d={length}[person];\
         [back][road]overlay=0:{floor}[scene];\
         [scene][person]overlay=x='mod(t*{pace}+{start},{w}+{person_w})-{person_w}':y={feet},\
         noise=alls=3:allf=t:all_seed={number},{jump}\
         drawtext=fontfile='{font}':textfile=overlay.txt:x={size}:y={size}:fontsize={size}:line_spacing=4\
         :fontcolor=white:box=1:boxcolor=black@0.45:boxborderw=4[v]",
        number = file.seed + 1,
        small_w = w / 4,
        small_h = h / 4,
        below = h - floor,
        pace = w / 14,
        start = file.seed * 37 % u64::from(w),
        feet = floor + h / 10 - person_h,
        jump = jump(file, "setpts"),
    ))
}

/// From the middle on everything happens [`GAP_S`] later.
fn jump(file: &DemoFile, filter: &str) -> String {
    let middle = file.length_s / 2;
    let wanted = file.fault == Some(Fault::Gap);
    if wanted { format!("{filter}='PTS+gte(T,{middle})*{GAP_S}/TB',") } else { String::new() }
}

/// The words over a little street noise, exactly as long as the recording.
fn sound(file: &DemoFile) -> String {
    let length = file.length_s;
    let jump = jump(file, "asetpts");
    format!(
        "[0:a]aresample=16000,adelay=600,apad,atrim=duration={length}[words];\
         anoisesrc=c=brown:a=0.03:seed={}:r=16000:d={length}[street];\
         [words][street]amix=inputs=2:duration=first:normalize=0,alimiter=limit=0.9:level=0,aresample=16000,\
         aformat=channel_layouts=mono,{jump}anull[a]",
        file.seed + 1
    )
}

fn speak(file: &DemoFile, work: &Work) -> Result<()> {
    work.write("said.txt", file.spoken_text.as_bytes())?;
    let pitch = (35 + file.seed % 30).to_string();
    let args = ["-v", "cmn", "-s", "195", "-p", &pitch, "-w", "said.wav", "-f", "said.txt"];
    run(work, "espeak-ng", "espeak-ng", &args.map(String::from))
}

/// Cut at the front and written anew, with the writer's own name in the file.
fn remux(file: &DemoFile, work: &Work, made: &Path) -> Result<PathBuf> {
    let name = format!("again.{}", file.recipe.extension());
    let from = made.file_name().unwrap_or_default().to_string_lossy();
    let claimed = Timestamp::from_millisecond(file.began_ms + file.drift_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let creation = format!("creation_time={claimed}");
    let args = ["-ss", "2.5", "-i", &from, "-c", "copy", "-threads", "1", "-metadata", &creation, &name];
    ffmpeg(work, &args.map(String::from))?;
    Ok(work.0.join(name))
}

/// A Matroska file names its writer and nothing turns that off: the names become a camera's of the same length.
fn unsigned(mut bytes: Vec<u8>) -> Vec<u8> {
    let head = bytes.len().min(4096);
    for (name, camera) in [(&b"Lavf"[..], &b"DEMO"[..]), (b"Lavc libx265", b"DEMO camera ")] {
        for at in 0..head.saturating_sub(name.len()) {
            if bytes[at..].starts_with(name) {
                bytes[at..at + name.len()].copy_from_slice(camera);
            }
        }
    }
    bytes
}

/// Three fifths of the file: an MP4 without its index, a stream cut in the middle of a packet.
fn truncated(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() * 3 / 5 + 1);
    bytes
}

fn garbage(seed: u64) -> Vec<u8> {
    let mut seed = Seed(seed);
    (0..6_000).flat_map(|_| seed.number().to_le_bytes()).collect()
}
