//! Breaks in the time stamps of one track, found while the stamps pass by.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::limits::{GAP_MS_MIN, GAPS_MAX, JUMP_MS_MIN, REORDER_MS, REORDER_SAMPLES};
use crate::report::{Gap, GapKind};

/// Intervals seen before the usual one is decided.
const WARM_SAMPLES: u64 = 32;

/// Fed with decode times in order. A break is an interval longer than the usual one (the median of the first 32) by
/// 500 ms or more, so a picture a second is no break and a lost second is one.
pub(crate) struct Timeline {
    track: u32,
    /// Ticks a second.
    scale: i64,
    /// Milliseconds between the start of the recording and the first sample.
    pub offset_ms: i64,
    first: Option<i64>,
    last: i64,
    /// What clock steps have added to the stamps, taken back.
    shift: i64,
    usual: Option<i64>,
    warm: Vec<Interval>,
    warm_samples: u64,
    steady_intervals: u64,
    steady_ticks: i64,
    declared: bool,
    /// How long the last sample lasts, where it is known; else as long as usual.
    pub last_ticks: Option<i64>,
    pub samples: u64,
    pub gaps: Vec<Gap>,
    pub gaps_dropped: bool,
}

#[derive(Clone, Copy)]
struct Interval {
    from: i64,
    ticks: i64,
    count: u64,
    declared: bool,
}

impl Timeline {
    pub fn new(track: u32, ticks_a_second: u64) -> Timeline {
        Timeline {
            track,
            scale: i64::try_from(ticks_a_second).unwrap_or(i64::MAX).max(1),
            offset_ms: 0,
            first: None,
            last: 0,
            shift: 0,
            usual: None,
            warm: Vec::new(),
            warm_samples: 0,
            steady_intervals: 0,
            steady_ticks: 0,
            declared: false,
            last_ticks: None,
            samples: 0,
            gaps: Vec::new(),
            gaps_dropped: false,
        }
    }

    /// One sample at `at` ticks.
    pub fn at(&mut self, at: i64) {
        self.run(at, 0, 1);
    }

    /// `count` samples, `ticks` apart, the first at `at`.
    pub fn run(&mut self, at: i64, ticks: i64, count: u64) {
        if count == 0 {
            return;
        }
        if self.first.is_some() {
            let declared = std::mem::take(&mut self.declared);
            self.observe(Interval { from: self.last, ticks: at.saturating_sub(self.last), count: 1, declared });
        } else {
            self.first = Some(at);
        }
        if count > 1 {
            self.observe(Interval { from: at, ticks, count: count - 1, declared: false });
        }
        self.last = at.saturating_add(times(ticks, count - 1));
        self.last_ticks = (ticks > 0).then_some(ticks);
        self.samples = self.samples.saturating_add(count);
    }

    /// The container announces that the next stamp belongs to a new time base.
    pub fn declare_break(&mut self) {
        self.declared = self.first.is_some();
    }

    /// The next stamp is not compared with the last one: what lies between was not looked at.
    pub fn skip_to(&mut self, at: i64) {
        if self.first.is_some() {
            self.last = at;
        }
    }

    /// Ends the track: decides the usual interval if it has been too short for that.
    pub fn finish(&mut self) {
        self.decide_usual();
    }

    /// Time covered by the track from its first sample to the end of its last, in ms.
    pub fn elapsed_ms(&self) -> u64 {
        let Some(first) = self.first else { return 0 };
        let last_ticks = self.last_ticks.or(self.usual).unwrap_or(0);
        let end = self.last.saturating_add(self.shift).saturating_sub(first).saturating_add(last_ticks);
        self.ms(end)
    }

    /// The interval taken for the usual one, in ticks, once the track is finished.
    pub fn usual(&self) -> Option<i64> {
        self.usual
    }

    /// First stamp, in ticks.
    pub fn first(&self) -> Option<i64> {
        self.first
    }

    pub fn fps(&self) -> Option<f64> {
        if self.steady_intervals == 0 || self.steady_ticks <= 0 {
            return None;
        }
        let fps = self.steady_intervals as f64 * self.scale as f64 / self.steady_ticks as f64;
        Some(rounded(fps))
    }

    fn observe(&mut self, interval: Interval) {
        if self.usual.is_some() {
            return self.judge(interval);
        }
        self.warm.push(interval);
        self.warm_samples = self.warm_samples.saturating_add(interval.count);
        if self.warm_samples >= WARM_SAMPLES {
            self.decide_usual();
        }
    }

    fn decide_usual(&mut self) {
        if self.usual.is_some() || self.warm.is_empty() {
            return;
        }
        let mut sorted: Vec<(i64, u64)> = self.warm.iter().map(|seen| (seen.ticks.max(0), seen.count)).collect();
        sorted.sort_unstable();
        let mut below = 0u64;
        let median = sorted.iter().find(|(_, count)| {
            below = below.saturating_add(*count);
            // The lower median: of two intervals, the shorter is the usual one and the longer the break.
            below >= self.warm_samples.div_ceil(2)
        });
        self.usual = median.map(|(ticks, _)| *ticks);
        for interval in std::mem::take(&mut self.warm) {
            self.judge(interval);
        }
    }

    fn judge(&mut self, Interval { from, ticks, count, declared }: Interval) {
        let usual = self.usual.unwrap_or(0);
        let excess = ticks.saturating_sub(usual);
        if ticks < 0 {
            if self.ms(ticks.saturating_neg()) >= GAP_MS_MIN {
                self.report(from, usual, ticks.saturating_neg(), GapKind::Backwards);
                self.shift = self.shift.saturating_add(usual.saturating_sub(ticks));
            }
        } else if self.ms(excess) >= GAP_MS_MIN {
            let jump = declared || self.ms(excess) >= JUMP_MS_MIN;
            for index in 0..count {
                if self.gaps.len() >= GAPS_MAX {
                    self.gaps_dropped = true;
                    break;
                }
                let at = from.saturating_add(times(ticks, index));
                self.report(at, usual, excess, if jump { GapKind::Jump } else { GapKind::Gap });
                if jump {
                    self.shift = self.shift.saturating_sub(excess);
                }
            }
        } else {
            self.steady_intervals = self.steady_intervals.saturating_add(count);
            self.steady_ticks = self.steady_ticks.saturating_add(times(ticks, count));
        }
    }

    fn report(&mut self, from: i64, usual: i64, ticks: i64, kind: GapKind) {
        if self.gaps.len() >= GAPS_MAX {
            self.gaps_dropped = true;
            return;
        }
        let since_first = from.saturating_add(self.shift).saturating_sub(self.first.unwrap_or(0)).saturating_add(usual);
        let at_ms = i64::try_from(self.ms(since_first)).unwrap_or(i64::MAX).saturating_add(self.offset_ms);
        self.gaps.push(Gap {
            at_ms: u64::try_from(at_ms).unwrap_or(0),
            length_ms: self.ms(ticks),
            track: self.track,
            kind,
        });
    }

    fn ms(&self, ticks: i64) -> u64 {
        ticks_to_ms(ticks, self.scale)
    }
}

fn times(ticks: i64, count: u64) -> i64 {
    ticks.saturating_mul(i64::try_from(count).unwrap_or(i64::MAX))
}

/// To thousandths.
pub(crate) fn rounded(fps: f64) -> f64 {
    (fps * 1000.0).round() / 1000.0
}

/// Rounded to the nearest millisecond; 0 for negative time.
pub(crate) fn ticks_to_ms(ticks: i64, ticks_a_second: i64) -> u64 {
    let scale = i128::from(ticks_a_second.max(1));
    let ms = (i128::from(ticks.max(0)) * 1000 + scale / 2) / scale;
    u64::try_from(ms).unwrap_or(u64::MAX)
}

/// Puts presentation times back in order before they reach the timeline (Matroska writes no decode times).
#[derive(Default)]
pub(crate) struct Reorder {
    waiting: BinaryHeap<Reverse<i64>>,
    latest: Option<i64>,
}

impl Reorder {
    pub fn at(&mut self, at: i64, timeline: &mut Timeline) {
        let tolerance = timeline.scale.saturating_mul(REORDER_MS as i64) / 1000;
        if self.latest.is_some_and(|latest| at < latest.saturating_sub(tolerance)) {
            self.finish(timeline);
            self.latest = None;
        }
        self.latest = Some(self.latest.map_or(at, |latest| latest.max(at)));
        self.waiting.push(Reverse(at));
        if self.waiting.len() > REORDER_SAMPLES
            && let Some(Reverse(next)) = self.waiting.pop()
        {
            timeline.at(next);
        }
    }

    pub fn finish(&mut self, timeline: &mut Timeline) {
        while let Some(Reverse(next)) = self.waiting.pop() {
            timeline.at(next);
        }
    }
}
