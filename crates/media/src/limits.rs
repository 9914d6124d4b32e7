//! What one examination may cost. Every loop and every allocation below is bounded by one of these.

/// Largest piece read at once; also the largest box, element or chunk body taken into memory.
pub const WINDOW_BYTES_MAX: usize = 1 << 20;
/// Smallest piece read: what a hop to a far header costs.
pub const WINDOW_BYTES_MIN: usize = 4 << 10;
/// A hop forward this short is read through instead of being a new read.
pub const HOP_BYTES: u64 = 16 << 10;
/// Bytes read from one recording before the rest is declared unexamined.
pub const SCAN_BYTES_MAX: u64 = 4 << 30;
/// The end of a stream longer than [`SCAN_BYTES_MAX`] that is looked at all the same.
pub const TAIL_BYTES: u64 = 64 << 20;
/// Headers (boxes, chunks, elements, frames) looked at in one recording.
pub const STEPS_MAX: u64 = 20_000_000;
/// Bytes of sample tables and fragment headers read from one MP4.
pub const TABLE_BYTES_MAX: u64 = 256 << 20;
/// One table held in memory, when key frames are listed: 8 million samples, 77 h at 30 frames a second.
pub const TABLE_HELD_BYTES_MAX: u64 = 32 << 20;
pub const TRACKS_MAX: usize = 64;
pub const FRAGMENTS_MAX: usize = 500_000;
pub const EDITS_MAX: usize = 4_096;
pub const GAPS_MAX: usize = 1_000;
pub const GPS_POINTS_MAX: usize = 100;
pub const ODDITIES_MAX: usize = 64;
pub const KEYFRAMES_MAX: usize = 200_000;
/// Text taken from a recording (tool, make, model), in characters.
pub const TEXT_CHARS_MAX: usize = 80;
/// Bytes of one elementary stream kept while its header is looked for, and in all.
pub const PROBE_BYTES: usize = 64 << 10;
pub const PROBE_BYTES_MAX: usize = 4 << 20;

/// A break shorter than this is not reported; the caller's tolerance lies above it.
pub const GAP_MS_MIN: u64 = 500;
/// A step forward this long is a clock being set, not an interruption.
pub const JUMP_MS_MIN: u64 = 3_600_000;
/// Time stamps of one track may be out of order by so much (B frames in Matroska).
pub const REORDER_MS: u64 = 1_000;
pub const REORDER_SAMPLES: usize = 16;
/// Tracks whose lengths differ by more are reported.
pub const LENGTHS_DIFFER_MS: u64 = 1_000;
