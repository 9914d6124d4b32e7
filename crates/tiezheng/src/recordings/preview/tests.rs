//! Real recordings made by ffmpeg, through the confined ffmpeg, looked at with ffprobe.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;
use tiezheng_media::{Examination, FileSource};

use super::ffmpeg::{Fault, Tools};
use super::recipes::{self, Kind};
use super::studio::{Made, Studio};
use crate::recordings::confine;

const PICTURE: &[&str] = &["-f", "lavfi", "-i", "testsrc2=s=640x360:r=10:d=9"];
const SOUND: &[&str] = &["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=16000:duration=9"];

struct Scene {
    folder: tempfile::TempDir,
    tools: Tools,
}

impl Scene {
    async fn new() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let tools = Tools::find(folder.path()).await.expect("these tests need ffmpeg: scripts/install-packages.sh");
        Scene { folder, tools }
    }

    /// A recording as some device would write it.
    fn record(&self, name: &str, args: &[&[&str]]) -> PathBuf {
        let path = self.folder.path().join(name);
        let made = Command::new("ffmpeg").args(["-v", "error", "-y"]).args(args.concat()).arg(&path).status().unwrap();
        assert!(made.success(), "{name}");
        path
    }

    /// Everything the recording needs, as the room makes it.
    async fn develop(&self, path: &Path, for_officers: bool) -> Result<(Examination, Vec<Made>), Fault> {
        let plain = File::open(path).unwrap();
        let examined = tiezheng_media::examine(&mut FileSource::new(plain.try_clone().unwrap()).unwrap());
        let mark = ("预览件 非原始 preview, not the original", "preview, not the original");
        let studio = Studio { tools: &self.tools, folder: self.folder.path(), examined: &examined, mark };
        let mut made = Vec::new();
        let kinds = recipes::needed(&examined, for_officers);
        let container = recipes::demuxer(examined.container).unwrap_or("mov");
        let (mut base, mut demuxer) = (plain.try_clone().unwrap(), container);
        if kinds.contains(&Kind::Preview) {
            let preview = studio.preview(&plain).await?;
            if preview.mime != "image/jpeg" {
                (base, demuxer) = (preview.file.try_clone().unwrap(), "mov");
            }
            made.push(preview);
        }
        let reel = match studio.film_of(&base).await? {
            Some(film) => film,
            None => studio.whole(base.try_clone().unwrap(), demuxer),
        };
        for kind in kinds {
            match kind {
                Kind::Preview => {}
                Kind::Poster => made.push(studio.poster(&reel).await?),
                Kind::Strip => made.push(studio.strip(&reel).await?),
                Kind::Waveform => made.push(studio.waveform(&base, demuxer).await?),
            }
        }
        Ok((examined, made))
    }

    /// What ffprobe says: `codec pix_fmt width×height` of each stream, then the seconds.
    fn probe(&self, file: &File) -> (Vec<String>, f64) {
        use std::os::fd::AsRawFd;
        let path = format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd());
        let args = ["-v", "error", "-show_streams", "-show_format", "-of", "json", &path];
        let said: Json = serde_json::from_slice(&Command::new("ffprobe").args(args).output().unwrap().stdout).unwrap();
        let streams = said["streams"].as_array().unwrap().iter().map(|stream| {
            let text = |key: &str| stream[key].as_str().unwrap_or("-").to_owned();
            let size = stream["width"].as_u64().map_or(String::new(), |w| format!(" {w}×{}", stream["height"]));
            format!("{} {}{size}", text("codec_name"), text("pix_fmt"))
        });
        let seconds = said["format"]["duration"].as_str().unwrap_or("0").parse().unwrap_or(0.0);
        (streams.collect(), seconds)
    }
}

fn kinds(made: &[Made]) -> String {
    made.iter().map(|made| made.kind.name()).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn what_no_browser_plays_plays_through_its_preview() {
    let scene = Scene::new().await;
    let hevc = &["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error"][..];
    let (h264, aac) = (&["-c:v", "libx264", "-preset", "ultrafast"][..], &["-c:a", "aac"][..]);
    let pcm = &["-c:a", "pcm_s16le"][..];
    let big = &["-f", "lavfi", "-i", "testsrc2=s=1920x1080:r=5:d=4"][..];
    let upright = &["-vf", "transpose=1,scale=1080:1920"][..];
    for (name, args, streams) in [
        ("hevc.mkv", vec![PICTURE, SOUND, hevc, pcm], vec!["h264 yuv420p 640×360", "aac -"]),
        ("ten-bit.mkv", vec![PICTURE, hevc, &["-pix_fmt", "yuv420p10le"]], vec!["h264 yuv420p 640×360"]),
        ("mjpeg.avi", vec![PICTURE, SOUND, &["-c:v", "mjpeg"], pcm], vec!["h264 yuv420p 640×360", "aac -"]),
        ("transport.ts", vec![PICTURE, SOUND, h264, aac], vec!["h264 yuv420p 640×360", "aac -"]),
        (
            "program.mpg",
            vec![PICTURE, SOUND, &["-c:v", "mpeg2video", "-r", "25"]],
            vec!["h264 yuv420p 640×360", "aac -"],
        ),
        ("big.mkv", vec![big, h264], vec!["h264 yuv420p 1280×720"]),
        ("upright.mkv", vec![big, upright, h264], vec!["h264 yuv420p 720×1280"]),
        ("anamorphic.mkv", vec![PICTURE, &["-vf", "scale=704:576,setsar=12/11"], h264], vec!["h264 yuv420p 768×576"]),
    ] {
        let path = scene.record(name, &args);
        let (examined, made) = scene.develop(&path, false).await.unwrap_or_else(|fault| panic!("{name}: {fault:?}"));
        let preview = &made[0];
        assert_eq!((preview.kind, preview.mime), (Kind::Preview, "video/mp4"), "{name}");
        let (told, seconds) = scene.probe(&preview.file);
        assert_eq!(told, streams, "{name}");
        let expected = examined.duration_ms.unwrap() as f64 / 1000.0;
        assert!((seconds - expected).abs() < 0.5, "{name}: {seconds} s of {expected}");
        assert_eq!(preview.facts["marked"], scene.tools.font.is_some(), "{name}");
        let seen = tiezheng_media::examine(&mut FileSource::new(preview.file.try_clone().unwrap()).unwrap());
        assert_eq!(seen.playable, tiezheng_media::Playable::Native, "{name}");
        assert!(!seen.oddities.contains(&tiezheng_media::Oddity::MoovAtEnd), "{name}: index first");
        let sound = if streams.len() > 1 { "preview poster strip waveform" } else { "preview poster strip" };
        assert_eq!(kinds(&made), sound, "{name}");
    }
}

#[tokio::test]
async fn a_preview_can_be_sought_every_two_seconds() {
    let scene = Scene::new().await;
    let path = scene.record("long-gop.mkv", &[PICTURE, &["-c:v", "libx264", "-g", "1000"]]);
    let (_, made) = scene.develop(&path, false).await.unwrap();
    let frames = tiezheng_media::keyframes(&mut FileSource::new(made[0].file.try_clone().unwrap()).unwrap());
    let times: Vec<u64> = frames.iter().map(|frame| frame.time_ms).collect();
    assert_eq!(times, [0, 2000, 4000, 6000, 8000]);
}

#[tokio::test]
async fn what_a_browser_plays_is_not_transcoded_unless_an_officer_asks() {
    let scene = Scene::new().await;
    let native = scene.record("native.mp4", &[PICTURE, SOUND, &["-c:v", "libx264", "-g", "10", "-pix_fmt", "yuv420p"]]);
    let wav = scene.record("voice.wav", &[SOUND]);
    let adpcm = scene.record("adpcm.wav", &[SOUND, &["-c:a", "adpcm_ima_wav"]]);
    let jpeg = scene.record("scene.jpg", &[PICTURE, &["-frames:v", "1"]]);
    let webm = scene.record("native.webm", &[PICTURE, &["-c:v", "libvpx", "-g", "10"]]);
    for (path, for_officers, expected, mime, streams) in [
        (&native, false, "poster strip waveform", "image/jpeg", vec!["mjpeg yuvj420p 640×360"]),
        (&native, true, "preview poster strip waveform", "video/mp4", vec!["h264 yuv420p 640×360", "aac -"]),
        (&webm, false, "poster strip", "image/jpeg", vec!["mjpeg yuvj420p 640×360"]),
        (&wav, false, "waveform", "image/png", vec!["png rgba 1600×160"]),
        (&wav, true, "preview waveform", "audio/mp4", vec!["aac -"]),
        (&adpcm, false, "preview waveform", "audio/mp4", vec!["aac -"]),
        (&jpeg, false, "poster", "image/jpeg", vec!["mjpeg yuvj420p 640×360"]),
        (&jpeg, true, "preview poster", "image/jpeg", vec!["mjpeg yuvj420p 640×360"]),
    ] {
        let (_, made) = scene.develop(path, for_officers).await.unwrap_or_else(|fault| panic!("{path:?}: {fault:?}"));
        assert_eq!(kinds(&made), expected, "{path:?}");
        assert_eq!(made[0].mime, mime, "{path:?}");
        assert_eq!(scene.probe(&made[0].file).0, streams, "{path:?}");
    }
}

#[tokio::test]
async fn a_strip_has_its_pictures_in_even_steps() {
    let scene = Scene::new().await;
    // Three colours, five seconds each: the middle of each picture tells which moment it shows.
    let colours = "color=red:s=320x180:r=10:d=5[a];color=lime:s=320x180:r=10:d=5[b];color=blue:s=320x180:r=10:d=5[c];\
                   [a][b][c]concat=n=3";
    for (name, codec) in [
        ("steps.mp4", &["-c:v", "libx264", "-g", "10", "-pix_fmt", "yuv420p"]),
        ("steps.mkv", &["-c:v", "libx265", "-g", "10", "-pix_fmt", "yuv420p"]),
        ("steps.webm", &["-c:v", "libvpx", "-g", "10", "-pix_fmt", "yuv420p"]),
    ] {
        let path = scene.record(name, &[&["-filter_complex", colours], codec]);
        let (_, made) = scene.develop(&path, false).await.unwrap();
        let strip = made.iter().find(|made| made.kind == Kind::Strip).unwrap();
        let facts = &strip.facts;
        assert_eq!(
            (facts["columns"].as_u64(), facts["rows"].as_u64(), facts["count"].as_u64()),
            (Some(8), Some(1), Some(8)),
            "{name}"
        );
        assert_eq!((facts["width"].as_u64(), facts["height"].as_u64()), (Some(160), Some(90)), "{name}");
        assert_eq!(facts["interval_ms"].as_u64().unwrap() / 10, 187, "{name}");
        let colours = centres(&scene, &strip.file, 8);
        assert_eq!(colours, ["red", "red", "red", "green", "green", "blue", "blue", "blue"], "{name}");
    }
}

/// The strongest colour in the middle of each picture of a strip of one row.
fn centres(scene: &Scene, file: &File, count: usize) -> Vec<&'static str> {
    use std::io::Seek;
    let copy = scene.folder.path().join("strip.jpg");
    let mut from = file.try_clone().unwrap();
    from.rewind().unwrap();
    std::io::copy(&mut from, &mut File::create(&copy).unwrap()).unwrap();
    let args = ["-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"];
    let pixels = Command::new("ffmpeg").arg("-i").arg(&copy).args(args).output().unwrap().stdout;
    let at = |i: usize| (45 * 160 * count + i * 160 + 80) * 3;
    (0..count)
        .map(|i| {
            let rgb = &pixels[at(i)..at(i) + 3];
            ["red", "green", "blue"][(0..3).max_by_key(|&c| rgb[c]).unwrap()]
        })
        .collect()
}

#[tokio::test]
async fn a_strip_of_an_mp4_reads_its_key_frames_only() {
    let scene = Scene::new().await;
    let path = scene.record(
        "hour.mp4",
        &[&["-f", "lavfi", "-i", "testsrc2=s=320x180:r=5:d=600"], &["-c:v", "libx264", "-g", "10"]],
    );
    let mut source = FileSource::new(File::open(&path).unwrap()).unwrap();
    let frames = tiezheng_media::keyframes(&mut source);
    let choice = super::film::choose(&frames, 600_000, 30).unwrap();
    let film = super::film::film(&mut source, &choice).unwrap();
    assert_eq!((choice.frames.len(), choice.interval_ms), (30, 20_000));
    let frames: u64 = choice.frames.iter().map(|frame| u64::from(frame.size)).sum();
    assert!((film.len() as u64) < frames + 4096, "{} bytes for {frames} of frames", film.len());
    let examined = tiezheng_media::examine(&mut film.as_slice());
    assert_eq!((examined.trouble, examined.duration_ms), (None, Some(600_000)));
}

#[tokio::test]
async fn what_is_broken_is_told_and_never_a_panic() {
    let scene = Scene::new().await;
    let x265 = &["-c:v", "libx265", "-x265-params", "log-level=error"][..];
    let write = |name: &str, bytes: &[u8]| {
        let path = scene.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    // The index as it was, and noise where the pictures should be.
    let mut noise = std::fs::read(scene.record("noise.mp4", &[PICTURE, SOUND, x265])).unwrap();
    let place = |name: &[u8]| noise.windows(4).position(|window| window == name).unwrap();
    let (from, to) = (place(b"mdat") + 4, place(b"moov") - 4);
    let mut random = 12345u32;
    noise[from..to].iter_mut().for_each(|byte| {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = (random >> 24) as u8;
    });
    let noise = scene.develop(&write("noise.mp4", &noise), false).await;
    assert!(matches!(noise, Err(Fault::Failed("nothing" | "broken", _))), "{noise:?}");

    let bytes = std::fs::read(scene.record("whole.mkv", &[PICTURE, SOUND, x265])).unwrap();
    // Cut off: plays as far as it goes.
    let (_, made) = scene.develop(&write("cut.mkv", &bytes[..bytes.len() / 2]), false).await.unwrap();
    let (streams, seconds) = scene.probe(&made[0].file);
    assert_eq!(streams[0], "h264 yuv420p 640×360");
    assert!(seconds > 1.0 && seconds < 9.0, "{seconds}");

    for (name, bytes) in
        [("empty.mp4", &b""[..]), ("text.mp4", b"no recording"), ("playlist.m3u8", b"#EXTM3U\n/etc/passwd\n")]
    {
        let (_, made) = scene.develop(&write(name, bytes), true).await.unwrap();
        assert_eq!(kinds(&made), "", "{name}");
    }
}

#[tokio::test]
async fn a_run_ends_at_its_limits() {
    let scene = Scene::new().await;
    let path = scene.record("long.mkv", &[PICTURE, &["-c:v", "libx265", "-x265-params", "log-level=error"]]);
    let args = recipes::video("matroska", "libx264", None, None);
    let usual = super::ffmpeg::limits(Some(9000));
    for (limits, expected) in [
        (confine::Limits { wall: std::time::Duration::ZERO, ..usual.clone() }, "time"),
        (confine::Limits { file_bytes: 20_000, ..usual.clone() }, "too_large"),
        (usual, "done"),
    ] {
        let plain = File::open(&path).unwrap();
        let ended = match scene.tools.make(&args, &limits, &plain, scene.folder.path()).await {
            Ok(_) => "done",
            Err(Fault::TimedOut) => "time",
            Err(Fault::Failed(why, _)) => why,
            Err(fault) => panic!("{fault:?}"),
        };
        assert_eq!(ended, expected);
    }
}
