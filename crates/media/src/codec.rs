//! Names of codecs, and what their configuration records say.

use crate::bits::Bits;
use crate::bytes::{be32, fourcc};
use crate::report::Track;
use crate::sps;

/// Fourcc of an ISO sample entry, an AVI stream or a VFW header, in any case.
pub(crate) fn from_fourcc(code: [u8; 4]) -> String {
    let name = match &code.map(|byte| byte.to_ascii_lowercase()) {
        b"avc1" | b"avc2" | b"avc3" | b"avc4" | b"h264" | b"x264" | b"davc" | b"vssh" => "h264",
        b"hvc1" | b"hev1" | b"dvh1" | b"dvhe" | b"hevc" | b"h265" | b"x265" => "hevc",
        b"mp4v" | b"xvid" | b"divx" | b"dx50" | b"fmp4" | b"m4s2" | b"mp4s" => "mpeg4",
        b"jpeg" | b"mjpg" | b"mjpa" | b"mjpb" | b"avrn" | b"ijpg" | b"ljpg" => "mjpeg",
        b"mpg1" | b"m1v " | b"mp1v" => "mpeg1",
        b"mpg2" | b"mpeg" | b"m2v1" | b"mp2v" | b"xdv2" => "mpeg2",
        b"vp80" | b"vp08" => "vp8",
        b"vp90" | b"vp09" => "vp9",
        b"av01" => "av1",
        b"h263" | b"s263" => "h263",
        b"apch" | b"apcn" | b"apcs" | b"apco" | b"ap4h" => "prores",
        b"mp4a" => "aac",
        b".mp3" | b"mp3 " => "mp3",
        b"sowt" | b"twos" | b"lpcm" | b"in24" | b"in32" | b"fl32" | b"fl64" | b"raw " | b"ipcm" | b"fpcm" | b"none" => {
            "pcm"
        }
        b"alaw" => "pcm_alaw",
        b"ulaw" => "pcm_mulaw",
        b"ac-3" => "ac3",
        b"ec-3" => "eac3",
        b"opus" => "opus",
        b"flac" => "flac",
        b"samr" => "amr_nb",
        b"sawb" => "amr_wb",
        [0, 0, 0, 0] => "rawvideo",
        [b'm', b's', 0, 2] => "adpcm_ms",
        [b'm', b's', 0, 0x11] => "adpcm_ima",
        _ => return fourcc(code),
    };
    name.to_owned()
}

/// WAVE format tag (RFC 2361).
pub(crate) fn from_wave_tag(tag: u16) -> String {
    let name = match tag {
        1 => "pcm",
        2 => "adpcm_ms",
        3 => "pcm_float",
        6 => "pcm_alaw",
        7 => "pcm_mulaw",
        0x11 => "adpcm_ima",
        0x31 => "gsm_ms",
        0x45 => "adpcm_g726",
        0x50 => "mp2",
        0x55 => "mp3",
        0xff | 0x1600 | 0x1610 | 0xa106 => "aac",
        0x2000 => "ac3",
        _ => return format!("0x{tag:04x}"),
    };
    name.to_owned()
}

/// AVCDecoderConfigurationRecord (ISO/IEC 14496-15 5.3.3).
pub(crate) fn avc_config(track: &mut Track, record: &[u8]) {
    if let &[1, profile, compatible, level, ..] = record {
        track.codec_string = Some(format!("avc1.{profile:02x}{compatible:02x}{level:02x}"));
    }
}

/// HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 8.3.3); `entry` is the sample entry it stands in.
pub(crate) fn hevc_config(track: &mut Track, record: &[u8], entry: &str) {
    let general: Option<[u8; 12]> = record.get(1..13).and_then(|bytes| bytes.try_into().ok());
    track.codec_string = general.map(|general| sps::hevc_string(entry, &general));
}

pub(crate) fn av1_config(track: &mut Track, record: &[u8]) {
    if let &[_, profile, flags, ..] = record {
        let tier = if flags & 0x80 == 0 { 'M' } else { 'H' };
        let depth = match (flags & 0x40 != 0, flags & 0x20 != 0) {
            (false, _) => 8,
            (true, false) => 10,
            (true, true) => 12,
        };
        track.codec_string = Some(format!("av01.{}.{:02}{tier}.{depth:02}", profile >> 5, profile & 0x1f));
    }
}

/// VPCodecConfigurationRecord, after version and flags.
pub(crate) fn vp9_config(track: &mut Track, record: &[u8]) {
    if let &[profile, level, depth, ..] = record {
        track.codec_string = Some(format!("vp09.{profile:02}.{level:02}.{:02}", depth >> 4));
    }
}

/// AudioSpecificConfig (ISO/IEC 14496-3 1.6.2.1): object type, rate, channels.
pub(crate) fn aac_config(track: &mut Track, config: &[u8]) -> Option<()> {
    let mut bits = Bits::new(config);
    let mut object = bits.take(5)?;
    if object == 31 {
        object = 32 + bits.take(6)?;
    }
    let index = bits.take(4)?;
    let rate = if index == 15 { Some(bits.take(24)?) } else { aac_rate(index) };
    let channels = bits.take(4)?;
    track.codec_string = Some(format!("mp4a.40.{object}"));
    track.sample_rate = rate.or(track.sample_rate);
    track.channels = match channels {
        1..=6 => Some(channels),
        7 => Some(8),
        _ => track.channels,
    };
    Some(())
}

pub(crate) fn aac_rate(index: u32) -> Option<u32> {
    const RATES: [u32; 13] =
        [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];
    RATES.get(index as usize).copied()
}

/// Body of an `esds` box after version and flags: descriptors of ISO/IEC 14496-1 7.2.6.
pub(crate) fn elementary_descriptor(track: &mut Track, body: &[u8]) -> Option<()> {
    let (tag, inner) = descriptor(body)?;
    if tag != 3 {
        return None;
    }
    let flags = *inner.get(2)?;
    let mut at = 3;
    at += if flags & 0x80 != 0 { 2 } else { 0 };
    at += if flags & 0x40 != 0 { 1 + usize::from(*inner.get(at)?) } else { 0 };
    at += if flags & 0x20 != 0 { 2 } else { 0 };
    let (tag, config) = descriptor(inner.get(at..)?)?;
    if tag != 4 {
        return None;
    }
    let object = *config.first()?;
    let codec = match object {
        0x20 => "mpeg4",
        0x40 | 0x66..=0x68 => "aac",
        0x60..=0x65 => "mpeg2",
        0x69 | 0x6b => "mp3",
        0x6a => "mpeg1",
        0x6c => "mjpeg",
        0xa5 => "ac3",
        0xad => "opus",
        _ => return None,
    };
    codec.clone_into(&mut track.codec);
    if codec == "mp3" {
        track.codec_string = Some("mp3".to_owned());
        // The sample entry says 2 whatever the frames hold.
        track.channels = None;
    }
    if codec == "aac"
        && let Some((5, specific)) = config.get(13..).and_then(descriptor)
    {
        aac_config(track, specific);
    }
    Some(())
}

/// Tag and contents of one descriptor; contents are cut where the bytes end.
fn descriptor(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let tag = *bytes.first()?;
    let mut length = 0usize;
    for at in 1..5 {
        let byte = *bytes.get(at)?;
        length = length << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            let body = bytes.get(at + 1..)?;
            return Some((tag, &body[..length.min(body.len())]));
        }
    }
    None
}

/// BITMAPINFOHEADER of AVI and VFW: codec, width and height (negative: top down).
pub(crate) fn bitmap_header(track: &mut Track, header: &[u8]) -> Option<()> {
    let le = |at| be32(header, at).map(u32::swap_bytes);
    track.width = le(4).filter(|width| (1..=65_536).contains(width));
    track.height =
        le(8).map(|height| height.cast_signed().unsigned_abs()).filter(|height| (1..=65_536).contains(height));
    track.codec = from_fourcc(crate::bytes::four(header, 16)?);
    Some(())
}

/// WAVEFORMATEX: codec, rate, channels; returns bytes a second and bytes a block.
pub(crate) fn wave_format(track: &mut Track, format: &[u8]) -> Option<(u32, u16)> {
    use crate::bytes::{le16, le32};
    let mut tag = le16(format, 0)?;
    if tag == 0xfffe {
        tag = le16(format, 24).unwrap_or(tag);
    }
    track.codec = from_wave_tag(tag);
    track.channels = le16(format, 2).filter(|channels| *channels > 0).map(u32::from);
    track.sample_rate = le32(format, 4).filter(|rate| *rate > 0);
    if track.codec == "aac"
        && let Some(config) = format.get(18..)
    {
        aac_config(track, config);
    }
    Some((le32(format, 8)?, le16(format, 12)?))
}

/// Codec id of a Matroska track (RFC 9559 and its codec registry).
pub(crate) fn from_matroska(id: &str) -> String {
    let name = match id {
        "V_MPEG4/ISO/AVC" => "h264",
        "V_MPEGH/ISO/HEVC" => "hevc",
        "V_MJPEG" => "mjpeg",
        "V_MPEG1" => "mpeg1",
        "V_MPEG2" => "mpeg2",
        "V_VP8" => "vp8",
        "V_VP9" => "vp9",
        "V_AV1" => "av1",
        "A_OPUS" => "opus",
        "A_VORBIS" => "vorbis",
        "A_FLAC" => "flac",
        "A_MPEG/L3" => "mp3",
        "A_MPEG/L2" => "mp2",
        "A_AC3" => "ac3",
        "A_PCM/FLOAT/IEEE" => "pcm_float",
        _ if id.starts_with("V_MPEG4/ISO") => "mpeg4",
        _ if id.starts_with("A_AAC") => "aac",
        _ if id.starts_with("A_PCM") => "pcm",
        _ => id,
    };
    name.to_owned()
}

/// CodecPrivate of a Matroska track.
pub(crate) fn matroska_private(track: &mut Track, body: &[u8]) {
    match track.codec.as_str() {
        "h264" => avc_config(track, body),
        "hevc" => hevc_config(track, body, "hvc1"),
        "av1" => av1_config(track, body),
        "aac" => {
            aac_config(track, body);
        }
        "opus" => track.codec_string = Some("opus".to_owned()),
        "vp8" => track.codec_string = Some("vp8".to_owned()),
        "vorbis" => track.codec_string = Some("vorbis".to_owned()),
        "V_MS/VFW/FOURCC" => {
            bitmap_header(track, body);
        }
        "A_MS/ACM" => {
            wave_format(track, body);
        }
        _ => {}
    }
}
