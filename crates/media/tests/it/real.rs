//! What is said of whole, real recordings, and that ffprobe says the same.

use expect_test::{Expect, expect};
use serde_json::Value;
use tiezheng_media::{Container, Examination, FileSource, extension_oddity};

use crate::made::{self, Studio, look, oddity_codes, summary};

/// Makes, examines, compares with the expected line and with ffprobe; a whole recording has no break and no trouble.
fn check(name: &str, pattern: &str, expected: Expect) -> Examination {
    let studio = Studio::new();
    let bytes = studio.make(name, &made::arguments(pattern));
    let x = look(&bytes);
    expected.assert_eq(&format!("{}\n{}\n", summary(&x), oddity_codes(&x).join(" ")));
    assert_eq!((x.trouble.clone(), &x.gaps[..]), (None, &[][..]), "{name}");
    agrees_with_ffprobe(name, &x, &made::ffprobe(&studio.path(name)));
    assert_eq!(extension_oddity(&x, name), None);
    let mut file = FileSource::new(std::fs::File::open(studio.path(name)).expect("open")).expect("file");
    assert_eq!(tiezheng_media::examine(&mut file), x, "{name}: from a file as from memory");
    let json = serde_json::to_string(&x).expect("JSON");
    assert_eq!(serde_json::from_str::<Examination>(&json).expect("read back"), x, "{name}");
    x
}

fn agrees_with_ffprobe(name: &str, x: &Examination, probe: &Value) {
    let number = |value: &Value| value.as_str().and_then(|text| text.parse::<f64>().ok());
    let still = matches!(x.container, Container::Jpeg | Container::Png);
    if let (Some(seconds), false) = (number(&probe["format"]["duration"]), still) {
        let ours = x.duration_ms.unwrap_or(0) as f64 / 1000.0;
        assert!((seconds - ours).abs() <= 0.085, "{name}: {ours} s, ffprobe {seconds} s");
    }
    let streams = probe["streams"].as_array().expect("streams");
    assert_eq!(streams.len(), x.tracks.len(), "{name}");
    for (track, stream) in x.tracks.iter().zip(streams) {
        let theirs = stream["codec_name"].as_str().unwrap_or_default();
        let theirs = match theirs {
            "mpeg2video" => "mpeg2",
            "mpeg1video" => "mpeg1",
            "mjpeg" if still => "jpeg",
            "pcm_f32le" if x.container == Container::Wav => "pcm_float",
            "pcm_alaw" | "pcm_mulaw" => theirs,
            name if name.starts_with("pcm_") => "pcm",
            name if name.starts_with("adpcm_ima") => "adpcm_ima",
            name => name,
        };
        assert_eq!(track.codec, theirs, "{name}");
        let field = |key: &str| stream[key].as_u64().and_then(|value| u32::try_from(value).ok());
        assert_eq!((track.width, track.height), (field("width"), field("height")), "{name}");
        if track.codec != "mp3" || track.channels.is_some() {
            assert_eq!(track.channels, field("channels"), "{name}");
        }
        let rate = number(&stream["sample_rate"]).map(|rate| rate as u32);
        assert_eq!(track.sample_rate, rate, "{name}");
        if let Some(samples) = number(&stream["nb_frames"]) {
            assert_eq!(track.samples, Some(samples as u64), "{name}");
        }
        if let Some(fps) = track.fps {
            let (over, under) =
                stream["avg_frame_rate"].as_str().and_then(|text| text.split_once('/')).expect("a rate");
            let theirs = over.parse::<f64>().unwrap_or(0.0) / under.parse::<f64>().unwrap_or(1.0);
            assert!((fps - theirs).abs() < 0.5, "{name}: {fps} fps, ffprobe {theirs}");
        }
        if let (Some(seconds), Some(ours)) = (number(&stream["duration"]), track.duration_ms) {
            assert!((seconds * 1000.0 - ours as f64).abs() <= 100.0, "{name}: {ours} ms, ffprobe {seconds} s");
        }
    }
}

#[test]
fn mp4_index_last() {
    check(
        "plain.mp4",
        "{V} {A} {H} -c:a aac",
        expect![[r#"
        mp4 video/mp4 native | h264 320x180 25 #50 avc1.4d400c | aac 44100 x1 #88 mp4a.40.2
        moov_at_end remuxed
    "#]],
    );
}

#[test]
fn mp4_index_first() {
    check(
        "fast.mp4",
        "{V} {A} {H} -c:a aac -movflags +faststart",
        expect![[r#"
            mp4 video/mp4 native | h264 320x180 25 #50 avc1.4d400c | aac 44100 x1 #88 mp4a.40.2
            remuxed
        "#]],
    );
}

#[test]
fn mp4_fragmented() {
    check(
        "fragmented.mp4",
        "{V} {A} {H} -c:a aac -movflags +frag_keyframe+empty_moov+default_base_moof",
        expect![[r#"
            mp4 video/mp4 native | h264 320x180 25 #50 avc1.4d400c | aac 44100 x1 #88 mp4a.40.2
            remuxed
        "#]],
    );
}

#[test]
fn mp4_fragmented_with_sidx() {
    check(
        "dash.mp4",
        "{V} {H} -movflags +frag_keyframe+empty_moov+default_base_moof+dash+global_sidx",
        expect![[r#"
            mp4 video/mp4 native | h264 320x180 25 #50 avc1.4d400c
            remuxed
        "#]],
    );
}

#[test]
fn mp4_hevc() {
    check(
        "hevc.mp4",
        "{V} {A} -c:v libx265 -preset ultrafast -x265-params log-level=error -tag:v hvc1 -c:a aac",
        expect![[r#"
            mp4 video/mp4 needs_preview | hevc 320x180 25 #50 hvc1.4.10.L60.9e.8 | aac 44100 x1 #88 mp4a.40.2
            moov_at_end remuxed
        "#]],
    );
}

#[test]
fn mp4_ten_bit_needs_a_preview() {
    check(
        "high10.mp4",
        "{V} -c:v libx264 -preset ultrafast -pix_fmt yuv420p10le",
        expect![[r#"
            mp4 video/mp4 needs_preview | h264 320x180 25 #50 avc1.6e000c
            moov_at_end remuxed
        "#]],
    );
}

#[test]
fn mp4_mpeg4_mp3() {
    check(
        "old.mp4",
        "{V} {A} -c:v mpeg4 -c:a libmp3lame",
        expect![[r#"
            mp4 video/mp4 needs_preview | mpeg4 320x180 25 #50 | mp3 44100 x0 #78 mp3
            moov_at_end remuxed
        "#]],
    );
}

#[test]
fn mp4_vp9_opus() {
    check(
        "vp9.mp4",
        "{V} {A} -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus -strict -2",
        expect![[r#"
            mp4 video/mp4 native | vp9 320x180 25 #50 vp09.01.11.08 | opus 48000 x1 #101 opus
            moov_at_end remuxed
        "#]],
    );
}

#[test]
fn m4a() {
    check(
        "sound.m4a",
        "{A} -c:a aac",
        expect![[r#"
        mp4 audio/mp4 native | aac 44100 x1 #88 mp4a.40.2
        moov_at_end remuxed
    "#]],
    );
}

#[test]
fn mp4_fractional_rate() {
    check(
        "ntsc.mp4",
        "-f lavfi -i testsrc=size=322x182:rate=30000/1001:duration=2 {H}",
        expect![[r#"
            mp4 video/mp4 native | h264 322x182 29.97 #60 avc1.4d400d
            moov_at_end remuxed
        "#]],
    );
}

#[test]
fn mov_mjpeg_pcm() {
    check(
        "mjpeg.mov",
        "{V} {A} -c:v mjpeg -c:a pcm_s16le",
        expect![[r#"
            mov video/quicktime needs_preview | mjpeg 320x180 25 #50 | pcm 44100 x1 #88200
            moov_at_end remuxed
        "#]],
    );
}

#[test]
fn mov_h264_alaw_stereo() {
    check(
        "alaw.mov",
        "{V} {A} {H} -c:a pcm_alaw -ac 2 -ar 8000",
        expect![[r#"
            mov video/quicktime needs_preview | h264 320x180 25 #50 avc1.4d400c | pcm_alaw 8000 x2 #16000
            moov_at_end remuxed
        "#]],
    );
}

#[test]
fn avi_mjpeg_pcm() {
    check(
        "mjpeg.avi",
        "{V} {A} -c:v mjpeg -c:a pcm_s16le",
        expect![[r#"
            avi video/x-msvideo needs_preview | mjpeg 320x180 25 #50 | pcm 44100 x1 #88200
            remuxed
        "#]],
    );
}

#[test]
fn avi_h264_mp3() {
    check(
        "h264.avi",
        "{V} {A} {H} -bf 0 -c:a libmp3lame",
        expect![[r#"
            avi video/x-msvideo needs_preview | h264 320x180 25 #51 | mp3 44100 x1 #78
            remuxed
        "#]],
    );
}

#[test]
fn avi_mpeg4_adpcm() {
    check(
        "old.avi",
        "{V} {A} -c:v mpeg4 -vtag XVID -c:a adpcm_ima_wav",
        expect![[r#"
            avi video/x-msvideo needs_preview | mpeg4 320x180 25 #50 | adpcm_ima 44100 x1 #44
            remuxed
        "#]],
    );
}

#[test]
fn mkv_h264_aac() {
    check(
        "h264.mkv",
        "{V} {A} {H} -c:a aac",
        expect![[r#"
        matroska video/x-matroska needs_preview | h264 320x180 25 #50 avc1.4d400c | aac 44100 x1 #88 mp4a.40.2
        remuxed
    "#]],
    );
}

#[test]
fn mkv_without_lengths() {
    check(
        "live.mkv",
        "{V} {A} {H} -c:a aac -live 1 -f matroska",
        expect![[r#"
            matroska video/x-matroska needs_preview | h264 320x180 25 #50 avc1.4d400c | aac 44100 x1 #88 mp4a.40.2
            missing_index remuxed unfinished_header
        "#]],
    );
}

#[test]
fn webm_vp8_opus() {
    check(
        "vp8.webm",
        "{V} {A} -c:v libvpx -deadline realtime -cpu-used 8 -c:a libopus",
        expect![[r#"
            webm video/webm native | vp8 320x180 25 #50 vp8 | opus 48000 x1 #101 opus
            remuxed
        "#]],
    );
}

#[test]
fn webm_vp9_vorbis() {
    check(
        "vp9.webm",
        "{V} {A} -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libvorbis",
        expect![[r#"
            webm video/webm native | vp9 320x180 25 #50 | vorbis 44100 x1 #88 vorbis
            remuxed
        "#]],
    );
}

#[test]
fn ts_h264_aac() {
    check(
        "h264.ts",
        "{V} {A} {H} -c:a aac",
        expect![[r#"
        mpeg_ts video/mp2t needs_preview | h264 320x180 25 #50 avc1.4d400c | aac 44100 x1 mp4a.40.2
        remuxed
    "#]],
    );
}

#[test]
fn ts_hevc() {
    check(
        "hevc.ts",
        "{V} -c:v libx265 -preset ultrafast -x265-params log-level=error",
        expect![[r#"
            mpeg_ts video/mp2t needs_preview | hevc 320x180 25 #50 hvc1.4.10.L60.9e.8
            remuxed
        "#]],
    );
}

#[test]
fn ts_of_192_bytes() {
    check(
        "h264.m2ts",
        "{V} {A} {H} -c:a aac -mpegts_m2ts_mode 1",
        expect![[r#"
            mpeg_ts video/mp2t needs_preview | h264 320x180 25 #50 avc1.4d400c | aac 44100 x1 mp4a.40.2
            remuxed
        "#]],
    );
}

#[test]
fn ts_mpeg2_mp2() {
    check(
        "mpeg2.ts",
        "{V} {A} -c:v mpeg2video -c:a mp2",
        expect![[r#"
            mpeg_ts video/mp2t needs_preview | mpeg2 320x180 25 #50 | mp2 44100 x1
            remuxed
        "#]],
    );
}

#[test]
fn ps_mpeg2_mp2() {
    check(
        "mpeg2.mpg",
        "{V} {A} -c:v mpeg2video -c:a mp2",
        expect![[r#"
            mpeg_ps video/mpeg needs_preview | mpeg2 320x180 25 | mp2 44100 x1

        "#]],
    );
}

#[test]
fn ps_h264() {
    check(
        "h264.mpg",
        "{V} {H} -bf 0 -f vob",
        expect![[r#"
            mpeg_ps video/mpeg needs_preview | h264 320x180 25 avc1.42c00c
            remuxed
        "#]],
    );
}

#[test]
fn ps_mpeg1() {
    check(
        "mpeg1.mpg",
        "{V} {A} -c:v mpeg1video -c:a mp2 -f mpeg",
        expect![[r#"
            mpeg_ps video/mpeg needs_preview | mpeg1 320x180 25 | mp2 44100 x1

        "#]],
    );
}

#[test]
fn wav_pcm() {
    check(
        "pcm.wav",
        "{A}",
        expect![[r#"
        wav audio/wav native | pcm 44100 x1 #88200
        remuxed
    "#]],
    );
}

#[test]
fn wav_float_stereo() {
    check(
        "float.wav",
        "{A} -c:a pcm_f32le -ac 2 -ar 48000",
        expect![[r#"
            wav audio/wav native | pcm_float 48000 x2 #96000
            remuxed
        "#]],
    );
}

#[test]
fn wav_adpcm() {
    check(
        "adpcm.wav",
        "{A} -c:a adpcm_ima_wav -ar 8000",
        expect![[r#"
            wav audio/wav needs_preview | adpcm_ima 8000 x1 #16328
            remuxed
        "#]],
    );
}

#[test]
fn wav_rf64() {
    check(
        "rf64.wav",
        "{A} -rf64 always",
        expect![[r#"
        wav audio/wav native | pcm 44100 x1 #88200
        remuxed
    "#]],
    );
}

#[test]
fn mp3_constant_rate() {
    check(
        "sound.mp3",
        "{A} -b:a 64k",
        expect![[r#"
        mp3 audio/mpeg native | mp3 44100 x1 #78 mp3
        remuxed
    "#]],
    );
}

#[test]
fn mp3_variable_rate() {
    check(
        "variable.mp3",
        "{A} -q:a 4 -ac 2",
        expect![[r#"
        mp3 audio/mpeg native | mp3 44100 x2 #78 mp3
        remuxed
    "#]],
    );
}

#[test]
fn mp3_without_tags() {
    check(
        "bare.mp3",
        "{A} -ar 22050 -id3v2_version 0 -write_xing 0",
        expect![[r#"
            mp3 audio/mpeg native | mp3 22050 x1 #79 mp3

        "#]],
    );
}

#[test]
fn aac_frames() {
    check(
        "sound.aac",
        "{A} -ac 2 -ar 48000",
        expect![[r#"
        aac audio/aac native | aac 48000 x2 #95 mp4a.40.2

    "#]],
    );
}

#[test]
fn jpeg() {
    check(
        "still.jpg",
        "{V} -frames:v 1",
        expect![[r#"
        jpeg image/jpeg native | jpeg 320x180
        remuxed
    "#]],
    );
}

#[test]
fn png() {
    check(
        "still.png",
        "{V} -frames:v 1",
        expect![[r#"
        png image/png native | png 320x180

    "#]],
    );
}
