//! 检视: what the bytes of a recording say: container, tracks, times, gaps, oddities.
//!
//! Bytes in, [`Examination`] out. No decoder, no process, no clock. Never panics, never trusts a length it read, and
//! does bounded work on hostile input ([`limits`]). An unknown or broken recording is not an error: it is examined as
//! far as it goes and says why no further ([`Trouble`]). Design: `docs/design/media.md`.

mod bits;
mod bytes;
mod codec;
pub mod limits;
mod mp4;
mod reader;
mod report;
mod source;
mod sps;
mod time;
mod timeline;
mod tool;
mod verdict;

pub use mp4::{Keyframe, keyframes};
pub use report::{
    Container, Device, Examination, Gap, GapKind, GpsPoint, Kind, Oddity, Playable, Track,
    TrackKind, Trouble,
};
pub use source::{FileSource, Source};
pub use verdict::extension_oddity;

use reader::{Fault, Reader};

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
    x.container = Container::Mp4;
    if let Err(fault) = mp4::examine(&mut reader, &mut x) {
        x.trouble(match fault {
            Fault::End => Trouble::Truncated {
                missing_bytes: None,
            },
            Fault::Limit(limit) => Trouble::TooComplex {
                limit: limit.to_owned(),
            },
            Fault::Unreadable { at } => Trouble::Unreadable { at },
            Fault::Malformed { at } => Trouble::Malformed { at },
        });
    }
    verdict::conclude(&mut x);
    x
}
