//! Bytes changed at random: never a panic, never more reading than the limits say.

use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use tiezheng_media::{Source, examine, keyframes};

use crate::made::{Studio, everything};

static SEEDS: LazyLock<Vec<(&'static str, Vec<u8>)>> = LazyLock::new(|| {
    let studio = Studio::new();
    everything(&studio).into_iter().map(|(name, _, bytes)| (name, bytes)).collect()
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
    let mut source = Counting { bytes, read: 0, reads: 0 };
    let x = examine(&mut source);
    let most = 16 * bytes.len() as u64 + (64 << 10);
    assert!(source.read <= most, "{name}: read {} of {}", source.read, bytes.len());
    assert!(x.gaps.len() <= 1000 && x.oddities.len() <= 64 && x.tracks.len() <= 64, "{name}");
    keyframes(&mut &bytes[..]);
}

/// What happens to a recording.
#[derive(Clone, Debug)]
enum Harm {
    Anywhere(Vec<(Index, u8)>),
    /// Headers are dense at the beginning.
    AtTheStart(Vec<(usize, u8)>),
    /// The index of an MP4 lies at the end.
    AtTheEnd(Vec<(usize, u8)>),
    Removed(Index, usize),
    Doubled(Index, usize),
}

fn harm() -> impl Strategy<Value = Harm> {
    let telling = prop::sample::select(vec![0u8, 1, 0x7f, 0x80, 0xff]);
    prop_oneof![
        vec((any::<Index>(), any::<u8>()), 1..40).prop_map(Harm::Anywhere),
        vec((0usize..2048, any::<u8>()), 1..12).prop_map(Harm::AtTheStart),
        vec((1usize..3000, telling), 1..12).prop_map(Harm::AtTheEnd),
        (any::<Index>(), 1usize..5000).prop_map(|(at, length)| Harm::Removed(at, length)),
        (any::<Index>(), 1usize..5000).prop_map(|(at, length)| Harm::Doubled(at, length)),
    ]
}

fn harmed(seed: &[u8], harm: &Harm) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    let mut set = |at: Option<usize>, value: u8| {
        if let Some(byte) = at.and_then(|at| bytes.get_mut(at)) {
            *byte = value;
        }
    };
    match harm {
        Harm::Anywhere(changes) => changes.iter().for_each(|(at, value)| set(Some(at.index(seed.len())), *value)),
        Harm::AtTheStart(changes) => changes.iter().for_each(|(at, value)| set(Some(*at), *value)),
        Harm::AtTheEnd(changes) => changes.iter().for_each(|(back, value)| set(seed.len().checked_sub(*back), *value)),
        Harm::Removed(at, length) => {
            let from = at.index(seed.len());
            bytes.drain(from..(from + length).min(seed.len()));
        }
        Harm::Doubled(at, length) => {
            let from = at.index(seed.len());
            let to = (from + length).min(seed.len());
            bytes.splice(to..to, seed[from..to].iter().copied());
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn harmed_recordings(harm in harm()) {
        for (name, seed) in SEEDS.iter() {
            bounded(name, &harmed(seed, &harm));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn anything_at_all(bytes in vec(any::<u8>(), 0..3000), magic in 0usize..12) {
        const MAGIC: [&[u8]; 12] = [
            b"", b"\0\0\0\x10ftypisom\0\0\0\0", b"\0\0\0\x08moov", b"RIFF\xff\xff\xff\xffAVI LIST", b"RIFF\0\0\0\0WAVEfmt ",
            b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff", b"\x47\x40\0\x10", b"\0\0\x01\xba\x44",
            b"ID3\x04\0\0\0\0\0\x10", b"\xff\xf1\x50\x80", b"\xff\xd8\xff\xe1", b"\x89PNG\r\n\x1a\n",
        ];
        bounded("anything", &[MAGIC[magic], &bytes].concat());
    }
}
