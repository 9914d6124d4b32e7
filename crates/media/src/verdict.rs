//! What follows from an examination: kind, MIME type, whether a browser can play it, whether the name fits.

use crate::report::{Container, Examination, Kind, Oddity, Playable, Track, TrackKind, Trouble};

pub(crate) fn conclude(x: &mut Examination) {
    x.kind = kind(x);
    x.mime = mime(x.container, x.kind).to_owned();
    x.playable = playable(x);
    x.gaps.sort_by_key(|gap| (gap.track, gap.at_ms));
}

fn kind(x: &Examination) -> Kind {
    let has = |kind| x.tracks.iter().any(|track| track.kind == kind);
    match x.container {
        Container::Unknown => Kind::Other,
        Container::Jpeg | Container::Png => Kind::Image,
        Container::Wav | Container::Mp3 | Container::Aac => Kind::Audio,
        _ if has(TrackKind::Video) || !has(TrackKind::Audio) => Kind::Video,
        _ => Kind::Audio,
    }
}

fn mime(container: Container, kind: Kind) -> &'static str {
    match (container, kind) {
        (Container::Mp4, Kind::Audio) => "audio/mp4",
        (Container::Mp4, _) => "video/mp4",
        (Container::Mov, _) => "video/quicktime",
        (Container::Avi, _) => "video/x-msvideo",
        (Container::Matroska, Kind::Audio) => "audio/x-matroska",
        (Container::Matroska, _) => "video/x-matroska",
        (Container::Webm, Kind::Audio) => "audio/webm",
        (Container::Webm, _) => "video/webm",
        (Container::MpegTs, _) => "video/mp2t",
        (Container::MpegPs, _) => "video/mpeg",
        (Container::Wav, _) => "audio/wav",
        (Container::Mp3, _) => "audio/mpeg",
        (Container::Aac, _) => "audio/aac",
        (Container::Jpeg, _) => "image/jpeg",
        (Container::Png, _) => "image/png",
        (Container::Unknown, _) => "application/octet-stream",
    }
}

fn playable(x: &Examination) -> Playable {
    let media = || x.tracks.iter().filter(|track| track.kind != TrackKind::Other);
    let nothing = media().next().is_none() || x.oddities.contains(&Oddity::NoMedia);
    if nothing {
        return Playable::None;
    }
    let plays: fn(&Track) -> bool = match x.container {
        Container::Mp4 => in_mp4,
        Container::Webm => in_webm,
        Container::Wav => |track| matches!(track.codec.as_str(), "pcm" | "pcm_float"),
        Container::Mp3 => |track| track.codec == "mp3",
        Container::Aac | Container::Jpeg | Container::Png => |_| true,
        _ => |_| false,
    };
    let container_of_boxes = matches!(x.container, Container::Mp4 | Container::Mov);
    match x.trouble {
        // Half an index helps no player.
        Some(Trouble::Truncated { .. }) if container_of_boxes => return Playable::None,
        Some(Trouble::Malformed { .. }) => return Playable::NeedsPreview,
        _ => {}
    }
    if media().all(plays) { Playable::Native } else { Playable::NeedsPreview }
}

/// What Chromium and Firefox both play: H.264 of 8 bits 4:2:0, AAC, MP3, and the free codecs.
fn in_mp4(track: &Track) -> bool {
    match track.codec.as_str() {
        "h264" => {
            let profile = track.codec_string.as_deref().and_then(|name| name.get(5..7));
            profile.is_some_and(|profile| matches!(profile, "42" | "4d" | "58" | "64"))
        }
        "aac" | "mp3" | "opus" | "flac" | "vp9" | "av1" => true,
        _ => false,
    }
}

fn in_webm(track: &Track) -> bool {
    matches!(track.codec.as_str(), "vp8" | "vp9" | "av1" | "opus" | "vorbis")
}

/// Whether the file's name says another format than its bytes. A name without extension says nothing.
pub fn extension_oddity(x: &Examination, file_name: &str) -> Option<Oddity> {
    let (stem, found) = file_name.rsplit_once('.')?;
    let found = found.to_ascii_lowercase();
    let expected: &[&str] = match x.container {
        Container::Mp4 => &["mp4", "m4v", "m4a", "3gp", "3g2", "f4v", "mov"],
        Container::Mov => &["mov", "qt", "mp4", "m4v"],
        Container::Avi => &["avi"],
        Container::Matroska => &["mkv", "mka", "mk3d"],
        Container::Webm => &["webm"],
        Container::MpegTs => &["ts", "m2ts", "mts", "m2t", "tp"],
        Container::MpegPs => &["mpg", "mpeg", "ps", "vob", "mp4", "dav"],
        Container::Wav => &["wav", "wave", "bwf", "rf64"],
        Container::Mp3 => &["mp3"],
        Container::Aac => &["aac", "adts"],
        Container::Jpeg => &["jpg", "jpeg", "jpe", "thm"],
        Container::Png => &["png"],
        Container::Unknown => return None,
    };
    if stem.is_empty() || expected.contains(&found.as_str()) {
        return None;
    }
    let found = found.chars().take(16).collect();
    Some(Oddity::Extension { found, expected: (*expected.first()?).to_owned() })
}
