//! 检视: what the bytes of a recording say: container, tracks, times, gaps, oddities.
//!
//! Bytes in, [`Examination`] out. No decoder, no process, no clock. Never panics, never trusts a length it read, and
//! does bounded work on hostile input ([`limits`]). An unknown or broken recording is not an error: it is examined as
//! far as it goes and says why no further ([`Trouble`]). Design: `docs/design/media.md`.

mod avi;
mod bits;
mod bytes;
mod codec;
mod ebml;
mod exif;
mod jpeg;
pub mod limits;
mod matroska;
mod mp4;
mod mpegaudio;
mod pes;
mod png;
mod ps;
mod reader;
mod report;
mod riff;
mod sniff;
mod source;
mod sps;
mod time;
mod timeline;
mod tool;
mod ts;
mod verdict;
mod wav;

pub use mp4::{Keyframe, keyframes};
pub use report::{
    Container, Device, Examination, Gap, GapKind, GpsPoint, Kind, Oddity, Playable, Track, TrackKind, Trouble,
};
pub use source::{FileSource, Source};
pub use verdict::extension_oddity;

use reader::{Fault, Outcome, Reader};
use sniff::Found;

/// Examines one recording. Reads headers and tables, and of streams without them every packet's head.
pub fn examine(source: &mut dyn Source) -> Examination {
    let mut reader = Reader::new(source);
    let mut x = Examination::of(Container::Unknown);
    if reader.len() == 0 {
        x.note(Oddity::Empty);
        x.trouble(Trouble::Empty);
        verdict::conclude(&mut x);
        return x;
    }
    if let Err(fault) = take_apart(&mut reader, &mut x) {
        x.trouble(match fault {
            Fault::End => Trouble::Truncated { missing_bytes: None },
            Fault::Limit(limit) => Trouble::TooComplex { limit: limit.to_owned() },
            Fault::Unreadable { at } => Trouble::Unreadable { at },
            Fault::Malformed { at } => Trouble::Malformed { at },
        });
    }
    verdict::conclude(&mut x);
    x
}

fn take_apart(reader: &mut Reader, x: &mut Examination) -> Outcome<()> {
    let container = match sniff::sniff(reader)? {
        Found::Is(container) => container,
        Found::Unsupported(format) => {
            x.trouble(Trouble::Unsupported { format: format.to_owned() });
            return Ok(());
        }
        Found::Unknown => {
            x.trouble(Trouble::UnknownFormat);
            return Ok(());
        }
    };
    x.container = container;
    match container {
        Container::Mp4 | Container::Mov => mp4::examine(reader, x),
        Container::Avi => avi::examine(reader, x),
        Container::Matroska | Container::Webm => matroska::examine(reader, x),
        Container::MpegTs => ts::examine(reader, x),
        Container::MpegPs => ps::examine(reader, x),
        Container::Wav => wav::examine(reader, x),
        Container::Mp3 | Container::Aac => mpegaudio::examine(reader, x),
        Container::Jpeg => jpeg::examine(reader, x),
        Container::Png => png::examine(reader, x),
        Container::Unknown => Ok(()),
    }
}
