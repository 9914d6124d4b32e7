//! Which format the bytes are, by content alone.

use crate::bytes::{four, text};
use crate::mpegaudio;
use crate::reader::{Outcome, Reader};
use crate::report::Container;
use crate::ts;

pub(crate) enum Found {
    Is(Container),
    /// Recognised, but nothing we take apart.
    Unsupported(&'static str),
    Unknown,
}

const HEAD_BYTES: usize = 4096;

pub(crate) fn sniff(reader: &mut Reader) -> Outcome<Found> {
    let head = reader.some(0, HEAD_BYTES)?.to_vec();
    let starts = |magic: &[u8]| head.starts_with(magic);
    let second = four(&head, 4).unwrap_or_default();
    let form = four(&head, 8).unwrap_or_default();
    let found = match &second {
        b"ftyp" => Found::Is(Container::Mp4),
        b"moov" | b"mdat" | b"wide" | b"pnot" | b"moof" | b"styp" => Found::Is(Container::Mov),
        b"free" | b"skip" if form != [0; 4] => Found::Is(Container::Mov),
        _ if (starts(b"RIFF") || starts(b"RF64") || starts(b"BW64")) && &form == b"WAVE" => Found::Is(Container::Wav),
        _ if starts(b"RIFF") && &form == b"AVI " => Found::Is(Container::Avi),
        _ if starts(b"RIFF") && &form == b"WEBP" => Found::Unsupported("webp"),
        _ if starts(&[0x1a, 0x45, 0xdf, 0xa3]) => Found::Is(Container::Matroska),
        _ if starts(&[0xff, 0xd8, 0xff]) => Found::Is(Container::Jpeg),
        _ if starts(&[0x89, b'P', b'N', b'G', 13, 10, 26, 10]) => Found::Is(Container::Png),
        _ if starts(&[0, 0, 1, 0xba]) || starts(b"IMKH") => Found::Is(Container::MpegPs),
        _ if starts(b"FLV\x01") => Found::Unsupported("flv"),
        _ if starts(b"OggS") => Found::Unsupported("ogg"),
        _ if starts(b"fLaC") => Found::Unsupported("flac"),
        _ if starts(b"#!AMR") => Found::Unsupported("amr"),
        _ if starts(&[0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11]) => Found::Unsupported("asf"),
        _ if starts(b"DHAV") || starts(b"DHII") => Found::Unsupported("dhav"),
        _ if starts(b"%PDF-") => Found::Unsupported("pdf"),
        _ if starts(b"PK\x03\x04") => Found::Unsupported("zip"),
        _ if starts(b"GIF8") => Found::Unsupported("gif"),
        _ if starts(b"BM") && head.get(6..10) == Some(&[0; 4]) => Found::Unsupported("bmp"),
        _ if starts(&[0, 0, 0, 1]) || starts(&[0, 0, 1]) => elementary(&head),
        _ => Found::Unknown,
    };
    if !matches!(found, Found::Unknown) {
        return Ok(found);
    }
    if ts::packets(&head, reader.len()).is_some() {
        return Ok(Found::Is(Container::MpegTs));
    }
    if let Some(container) = mpegaudio::sniff(reader)? {
        return Ok(Found::Is(container));
    }
    // A program stream behind a maker's own header.
    let later = head.windows(4).position(|code| code == [0, 0, 1, 0xba]);
    Ok(if later.is_some() { Found::Is(Container::MpegPs) } else { Found::Unknown })
}

fn elementary(head: &[u8]) -> Found {
    match crate::sps::in_stream(head, None).map(|picture| picture.codec) {
        Some("h264") => Found::Unsupported("h264_stream"),
        Some("hevc") => Found::Unsupported("hevc_stream"),
        Some(_) => Found::Unsupported("mpeg_video_stream"),
        None => Found::Unknown,
    }
}

/// EBML document type, from the first kilobytes.
pub(crate) fn is_webm(head: &[u8]) -> bool {
    crate::bytes::find(head, &[0x42, 0x82])
        .is_some_and(|at| text(head.get(at + 3..).unwrap_or(&[])).starts_with("webm"))
}
