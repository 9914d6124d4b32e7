//! 测试用存储卡: big, playable, incompressible, made in seconds and without any other program.
//!
//! Each file is a QuickTime movie of motion JPEG: one tiny grey frame, shown once a second for as long as a camera would
//! take to fill the file at 4 Mbit/s. Behind it the media box is filled with seeded pseudo-random bytes.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::Path,
};

use jiff::{SignedDuration, civil};

use super::super::fixture::Seed;

const BYTES_PER_SECOND: u64 = 500_000;
const FRAME_SIDE: u16 = 64;

#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// Every file needs room for its head and one frame.
    #[error("demo.card.too_small: {least}")]
    TooSmall { least: u64 },
    #[error("demo.card.no_files")]
    NoFiles,
    #[error("demo.io: {0}")]
    Io(#[from] io::Error),
}

/// Fills `out` with `files` recordings of together exactly `total_bytes`, named like a body-worn camera's. The same
/// arguments give the same bytes. Sizes differ by up to a half from the average, as on real cards.
pub fn card(out: &Path, files: usize, total_bytes: u64, seed: u64) -> Result<(), CardError> {
    let mut seed = Seed(seed);
    let sizes = sizes(files, total_bytes, &mut seed)?;
    let folder = out.join("DCIM/100MEDIA");
    fs::create_dir_all(&folder)?;
    let mut began = civil::datetime(2026, 3, 1, 8, 0, 0, 0);
    for (no, size) in (1..).zip(sizes) {
        let seconds = (size / BYTES_PER_SECOND).max(1);
        let path = folder.join(format!("P10001_D2600101_{}_{no:05}.MP4", began.strftime("%Y%m%d%H%M%S")));
        movie(&path, size, seconds, &mut seed)?;
        let pause = SignedDuration::from_secs(i64::try_from(seconds + 1 + seed.below(600)).unwrap_or(1));
        began = began.saturating_add(pause);
    }
    Ok(())
}

fn sizes(files: usize, total: u64, seed: &mut Seed) -> Result<Vec<u64>, CardError> {
    let count = files as u64;
    let average = total.checked_div(count).ok_or(CardError::NoFiles)?;
    // The head grows by the table of frames; a quarter of the average holds it for every size above this.
    let least = 4 * (head(1, 0).len() + frame().len()) as u64;
    if average < least {
        return Err(CardError::TooSmall { least: least * count });
    }
    let mut sizes = Vec::with_capacity(files);
    for _ in 0..files / 2 {
        // In pairs, one as much above the average as the other below: the sum stays.
        let off = seed.below(average / 2 + 1);
        sizes.extend([average + off, average - off]);
    }
    sizes.resize(files, average);
    sizes[0] += total - average * count;
    Ok(sizes)
}

fn movie(path: &Path, size: u64, seconds: u64, seed: &mut Seed) -> io::Result<()> {
    let frame = frame();
    let head = head(seconds, size);
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    out.write_all(&head)?;
    out.write_all(&frame)?;
    let mut left = size - (head.len() + frame.len()) as u64;
    let mut block = vec![0; 1 << 18];
    while left > 0 {
        for word in block.chunks_exact_mut(8) {
            word.copy_from_slice(&seed.number().to_le_bytes());
        }
        let part = left.min(block.len() as u64);
        #[expect(clippy::cast_possible_truncation, reason = "at most the block's length")]
        out.write_all(&block[..part as usize])?;
        left -= part;
    }
    out.flush()
}

/// A grey picture of 64 × 64 in the fewest bytes: one quantisation table, and code tables of one code each, so that
/// every block is "no difference, end of block" = two zero bits.
fn frame() -> Vec<u8> {
    let mut jpeg = vec![0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0];
    jpeg.extend([16; 64]);
    let [high, low] = FRAME_SIDE.to_be_bytes();
    jpeg.extend([0xFF, 0xC0, 0, 11, 8, high, low, high, low, 1, 1, 0x11, 0]);
    for table in [0x00, 0x10] {
        jpeg.extend([0xFF, 0xC4, 0, 20, table, 1]);
        jpeg.extend([0; 16]); // 15 more lengths without codes, then the only symbol: 0
    }
    jpeg.extend([0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]);
    jpeg.extend([0; 16]); // 64 blocks × 2 bits
    jpeg.extend([0xFF, 0xD9]);
    jpeg
}

/// Everything before the frame: `ftyp`, `moov`, and the opening of a 64-bit `mdat` that reaches to the end of the file.
fn head(seconds: u64, size: u64) -> Vec<u8> {
    let brand = atom(b"ftyp", b"qt  \0\0\0\0qt  ");
    // The index holds the frame's place, and its own length decides that place: so it is measured first.
    let length = brand.len() + movie_atom(seconds, 0).len() + 16;
    let mut head = brand;
    head.extend(movie_atom(seconds, u32::try_from(length).unwrap_or(u32::MAX)));
    let body = size.saturating_sub((length - 16) as u64);
    head.extend([0, 0, 0, 1]);
    head.extend(b"mdat");
    head.extend(body.to_be_bytes());
    head
}

fn movie_atom(seconds: u64, frame_at: u32) -> Vec<u8> {
    let count = u32::try_from(seconds).unwrap_or(u32::MAX);
    let frame_len = u32::try_from(frame().len()).unwrap_or(0);
    let unity = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000];
    let side = u32::from(FRAME_SIDE);
    // Times are zero: a camera whose clock the container does not tell. One unit of time is one second.
    let mvhd = words(&[&[0, 0, 0, 1, count, 0x10000, 0x0100_0000, 0, 0], &unity[..], &[0; 6], &[2]]);
    let tkhd = words(&[&[0xF, 0, 0, 1, 0, count, 0, 0, 0, 0], &unity[..], &[side << 16, side << 16]]);
    let mdhd = words(&[&[0, 0, 0, 1, count, 0]]);
    let hdlr = [&[0; 4][..], b"mhlrvide", &[0; 12], &[0]].concat();
    let mut entry = [&[0; 6][..], &[0, 1], &[0; 16]].concat();
    entry.extend([FRAME_SIDE, FRAME_SIDE].into_iter().flat_map(u16::to_be_bytes));
    entry.extend(words(&[&[0x0048_0000, 0x0048_0000, 0]]));
    entry.extend([0, 1]); // one frame a sample
    entry.extend([0; 32]); // no compressor's name
    entry.extend([0, 24, 0xFF, 0xFF]); // depth, default colours
    let stsd = [words(&[&[0, 1]]), atom(b"jpeg", &entry)].concat();
    let every = vec![frame_at; count as usize];
    let stbl = [
        atom(b"stsd", &stsd),
        atom(b"stts", &words(&[&[0, 1, count, 1]])),
        atom(b"stsc", &words(&[&[0, 1, 1, 1, 1]])),
        atom(b"stsz", &words(&[&[0, frame_len, count]])),
        atom(b"stco", &words(&[&[0, count], &every])), // each second shows the same bytes
    ];
    let dinf = atom(b"dinf", &atom(b"dref", &[words(&[&[0, 1]]), atom(b"url ", &words(&[&[1]]))].concat()));
    let vmhd = atom(b"vmhd", &words(&[&[1, 0, 0]]));
    let minf = [vmhd, dinf, atom(b"stbl", &stbl.concat())].concat();
    let mdia = [atom(b"mdhd", &mdhd), atom(b"hdlr", &hdlr), atom(b"minf", &minf)].concat();
    let trak = [atom(b"tkhd", &tkhd), atom(b"mdia", &mdia)].concat();
    atom(b"moov", &[atom(b"mvhd", &mvhd), atom(b"trak", &trak)].concat())
}

fn atom(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 8).unwrap_or(u32::MAX);
    [&length.to_be_bytes()[..], kind, body].concat()
}

fn words(parts: &[&[u32]]) -> Vec<u8> {
    parts.iter().flat_map(|part| part.iter().flat_map(|word| word.to_be_bytes())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(files: usize, total: u64, seed: u64) -> Vec<(String, Vec<u8>)> {
        let out = tempfile::tempdir().unwrap();
        card(out.path(), files, total, seed).unwrap();
        let mut all: Vec<_> = fs::read_dir(out.path().join("DCIM/100MEDIA"))
            .unwrap()
            .map(|item| item.unwrap())
            .map(|item| (item.file_name().into_string().unwrap(), fs::read(item.path()).unwrap()))
            .collect();
        all.sort();
        all
    }

    #[test]
    fn as_many_files_and_bytes_as_asked_for() {
        for (files, total) in [(1, 100_003), (2, 100_001), (7, 3_000_000), (40, 40_000_000)] {
            let all = made(files, total, 5);
            assert_eq!(all.len(), files);
            assert_eq!(all.iter().map(|(_, bytes)| bytes.len() as u64).sum::<u64>(), total);
        }
    }

    #[test]
    fn the_seed_decides_the_bytes() {
        assert_eq!(made(3, 90_000, 7), made(3, 90_000, 7));
        assert_ne!(made(3, 90_000, 7), made(3, 90_000, 8));
    }

    #[test]
    fn every_file_is_a_whole_movie() {
        for (name, bytes) in made(5, 5_000_000, 1) {
            let mut at = 0;
            let mut kinds = Vec::new();
            while at < bytes.len() {
                let word = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
                let long = || u64::from_be_bytes(bytes[at + 8..at + 16].try_into().unwrap()) as usize;
                kinds.push(String::from_utf8_lossy(&bytes[at + 4..at + 8]).into_owned());
                at += if word(at) == 1 { long() } else { word(at) };
            }
            assert_eq!((at, kinds.join(" ")), (bytes.len(), "ftyp moov mdat".to_owned()), "{name}");
            let stco = bytes.windows(4).position(|four| four == b"stco").unwrap();
            let frame_at = u32::from_be_bytes(bytes[stco + 12..stco + 16].try_into().unwrap()) as usize;
            assert_eq!(bytes[frame_at..frame_at + frame().len()], frame(), "{name}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let out = tempfile::tempdir().unwrap();
        assert!(matches!(card(out.path(), 0, 10, 1), Err(CardError::NoFiles)));
        assert!(matches!(card(out.path(), 10, 1_000, 1), Err(CardError::TooSmall { least }) if least > 1_000));
        assert!(
            card(
                out.path(),
                10,
                match card(out.path(), 10, 0, 1) {
                    Err(CardError::TooSmall { least }) => least,
                    _ => 0,
                },
                1
            )
            .is_ok()
        );
    }
}
