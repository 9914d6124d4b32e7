//! Bytes changed at random: never a panic, never more reading than the limits say.

use std::sync::LazyLock;

use proptest::prelude::*;
use tiezheng_media::{Source, examine, keyframes};

use crate::made::{Studio, everything};

static SEEDS: LazyLock<Vec<(&'static str, Vec<u8>)>> = LazyLock::new(|| {
    let studio = Studio::new();
    everything(&studio)
        .into_iter()
        .map(|(name, _, bytes)| (name, bytes))
        .collect()
});

/// Counts what is asked of it.
struct Counting<'a> {
    bytes: &'a [u8],
    read: u64,
    reads: u64,
}

impl Source for Counting<'_> {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> std::io::Result<usize> {
        self.reads += 1;
        let count = (&mut { self.bytes }).read_at(offset, buf)?;
        self.read += count as u64;
        Ok(count)
    }
}

fn bounded(name: &str, bytes: &[u8]) {
    let mut source = Counting {
        bytes,
        read: 0,
        reads: 0,
    };
    let x = examine(&mut source);
    let most = 16 * bytes.len() as u64 + (64 << 10);
    assert!(
        source.read <= most,
        "{name}: read {} of {}",
        source.read,
        bytes.len()
    );
    assert!(
        x.gaps.len() <= 1000 && x.oddities.len() <= 64 && x.tracks.len() <= 64,
        "{name}"
    );
    keyframes(&mut &bytes[..]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changed_bytes(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40)) {
        for (name, seed) in SEEDS.iter() {
            let mut bytes = seed.clone();
            for (place, value) in &changes {
                let place = place.index(bytes.len());
                bytes[place] = *value;
            }
            bounded(name, &bytes);
        }
    }

    /// Headers are dense at the beginning: the first two kilobytes are hit harder.
    #[test]
    fn changed_headers(changes in prop::collection::vec((0usize..2048, any::<u8>()), 1..12)) {
        for (name, seed) in SEEDS.iter() {
            let mut bytes = seed.clone();
            for (place, value) in &changes {
                if let Some(byte) = bytes.get_mut(*place) {
                    *byte = *value;
                }
            }
            bounded(name, &bytes);
        }
    }

    /// The index of an MP4 lies at the end.
    #[test]
    fn changed_endings(changes in prop::collection::vec((1usize..3000, prop::sample::select(vec![0u8, 1, 0x7f, 0x80, 0xff])), 1..12)) {
        for (name, seed) in SEEDS.iter() {
            let mut bytes = seed.clone();
            for (place, value) in &changes {
                if let Some(at) = bytes.len().checked_sub(*place) {
                    bytes[at] = *value;
                }
            }
            bounded(name, &bytes);
        }
    }

    #[test]
    fn pieces_removed_or_doubled(from in any::<prop::sample::Index>(), length in 1usize..5000, double in any::<bool>()) {
        for (name, seed) in SEEDS.iter() {
            let from = from.index(seed.len());
            let to = (from + length).min(seed.len());
            let rest = if double { from } else { to };
            bounded(name, &[&seed[..to.min(if double { to } else { from })], &seed[rest..]].concat());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn anything_at_all(bytes in prop::collection::vec(any::<u8>(), 0..3000), magic in 0usize..12) {
        const MAGIC: [&[u8]; 12] = [
            b"", b"\0\0\0\x10ftypisom\0\0\0\0", b"\0\0\0\x08moov", b"RIFF\xff\xff\xff\xffAVI LIST", b"RIFF\0\0\0\0WAVEfmt ",
            b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff", b"\x47\x40\0\x10", b"\0\0\x01\xba\x44",
            b"ID3\x04\0\0\0\0\0\x10", b"\xff\xf1\x50\x80", b"\xff\xd8\xff\xe1", b"\x89PNG\r\n\x1a\n",
        ];
        bounded("anything", &[MAGIC[magic], &bytes].concat());
    }
}
