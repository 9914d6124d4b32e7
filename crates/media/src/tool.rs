//! Names that editing and conversion programs leave in what they write.

const EDITORS: &[&str] = &[
    "lavf",
    "lavc",
    "ffmpeg",
    "x264",
    "x265",
    "handbrake",
    "adobe",
    "premiere",
    "photoshop",
    "lightroom",
    "after effects",
    "final cut",
    "imovie",
    "davinci",
    "resolve",
    "vegas",
    "avidemux",
    "virtualdub",
    "shotcut",
    "kdenlive",
    "openshot",
    "mkvmerge",
    "mkvtoolnix",
    "libebml",
    "l-smash",
    "gpac",
    "mp4box",
    "isomedia",
    "nero",
    "audacity",
    "gimp",
    "capcut",
    "jianying",
    "剪映",
    "格式工厂",
    "formatfactory",
    "camtasia",
    "movavi",
    "wondershare",
    "filmora",
    "edius",
    "corel",
    "videostudio",
    "paint.net",
    "picasa",
    "meitu",
    "美图",
    "snapseed",
    "gstreamer",
    "lame",
    "mencoder",
    "imagemagick",
    "windows movie maker",
    "acdsee",
    "goldwave",
    "cool edit",
    "mainconcept",
];

/// Whether the text names a program that edits, converts or re-packs, or the library such programs are built on.
pub(crate) fn is_editor(text: &str) -> bool {
    let lower = text.to_lowercase();
    EDITORS.iter().any(|name| lower.contains(name))
}

/// The mark an encoder leaves inside the coded pictures, if one is there.
pub(crate) fn encoder_mark(stream: &[u8]) -> Option<String> {
    [&b"x264 - core"[..], b"x265 (build", b"Lavc5", b"Lavc6", b"Lavf"].iter().find_map(|mark| {
        let at = crate::bytes::find(stream, mark)?;
        let end = stream.len().min(at + 24);
        let word = crate::bytes::text(&stream[at..end]);
        Some(word.split(" r").next().unwrap_or(&word).trim().to_owned())
    })
}
