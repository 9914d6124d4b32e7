//! 连续摄录: which files of a card are parts of one capture, and which numbers of the camera are not on it.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::profile::Follow;

/// One file as far as continuity needs it. `key` = what must be equal: folder, device, officer, extension.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    pub key: String,
    pub seq: Option<u64>,
    pub began_ms: i64,
    /// From the name, or began + the examined duration; `None` = not known yet.
    pub ended_ms: Option<i64>,
}

/// 同一次连续摄录的第几段: `first` is the index of the capture's first file, `no` counts from 1.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct PartOf {
    pub first: usize,
    pub no: u32,
    pub count: u32,
}

/// Joins spans into captures. `None` = stands alone, or nothing proves that it belongs to another.
///
/// A card gives it once from the names, and again when the durations are known: then `ended_ms` is filled and the
/// tolerance decides, not the camera's usual length of a file.
pub fn join(follow: &Follow, spans: &[Option<Span>]) -> Vec<Option<PartOf>> {
    let mut groups: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, span) in spans.iter().enumerate() {
        if let Some(span) = span {
            groups.entry(&span.key).or_default().push(at);
        }
    }
    let mut parts = vec![None; spans.len()];
    for mut group in groups.into_values() {
        group.sort_by_key(|at| spans[*at].as_ref().map(|span| (span.began_ms, span.seq)));
        let runs = group.chunk_by(|a, b| match (&spans[*a], &spans[*b]) {
            (Some(a), Some(b)) => follows(follow, a, b),
            _ => false,
        });
        for run in runs.filter(|run| run.len() > 1) {
            let count = u32::try_from(run.len()).unwrap_or(u32::MAX);
            for (no, at) in (1..).zip(run) {
                parts[*at] = Some(PartOf { first: run[0], no, count });
            }
        }
    }
    parts
}

/// Whether `next` goes on where `last` ended.
pub fn follows(follow: &Follow, last: &Span, next: &Span) -> bool {
    let numbered = match (follow.seq_step, last.seq, next.seq) {
        (0, _, _) => true,
        (step, Some(last), Some(next)) => last.checked_add(step) == Some(next),
        _ => false,
    };
    let near = |distance: Option<i64>| {
        distance.and_then(i64::checked_abs).is_some_and(|distance| distance <= follow.gap_ms_max)
    };
    let between = next.began_ms.checked_sub(last.began_ms);
    let timed = match last.ended_ms {
        Some(ended) => near(next.began_ms.checked_sub(ended)),
        None => follow
            .segment_s
            .iter()
            .any(|length| near(between.and_then(|between| between.checked_sub(length.checked_mul(1000)?)))),
    };
    numbered && timed
}

/// 缺号: numbers of the camera's own counting that are not on the card. An alert for a person, not a verdict: a number
/// may be missing because the file was handed in before.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Missing {
    /// Folder, device and day within which the camera counted on.
    pub key: String,
    /// At most [`NUMBERS_MAX`] of them; `total` counts all.
    pub numbers: Vec<u64>,
    pub total: u64,
}

pub const NUMBERS_MAX: usize = 100;
/// A jump wider than this is a counter set anew, not a loss.
const JUMP_MAX: u64 = 1_000;

/// Numbers missing between the lowest and the highest of each group.
pub fn missing(numbers: impl IntoIterator<Item = (String, u64)>) -> Vec<Missing> {
    let mut groups: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for (key, number) in numbers {
        groups.entry(key).or_default().push(number);
    }
    let mut found = Vec::new();
    for (key, mut present) in groups {
        present.sort_unstable();
        let mut gone = Missing { key, numbers: Vec::new(), total: 0 };
        for pair in present.windows(2) {
            let between = pair[1].saturating_sub(pair[0]).saturating_sub(1);
            if between < JUMP_MAX {
                gone.total += between;
                let room = NUMBERS_MAX - gone.numbers.len();
                gone.numbers.extend((pair[0] + 1..pair[1]).take(room));
            }
        }
        if gone.total > 0 {
            found.push(gone);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(seq: u64, began_s: i64, ended_s: Option<i64>) -> Option<Span> {
        Some(Span { key: "k".into(), seq: Some(seq), began_ms: began_s * 1000, ended_ms: ended_s.map(|s| s * 1000) })
    }

    #[track_caller]
    fn check(follow: &Follow, spans: &[Option<Span>], expected: &[(usize, u32, u32)]) {
        let parts: Vec<_> =
            join(follow, spans).into_iter().map(|p| p.map_or((9, 0, 0), |p| (p.first, p.no, p.count))).collect();
        assert_eq!(parts, expected);
    }

    const ALONE: (usize, u32, u32) = (9, 0, 0);

    #[test]
    fn parts_follow_by_number_and_by_time() {
        let follow = Follow::default();
        let three = [span(1, 0, Some(300)), span(2, 300, Some(600)), span(3, 602, Some(700))];
        check(&follow, &three, &[(0, 1, 3), (0, 2, 3), (0, 3, 3)]);
        // A pause of three seconds, a skipped number, an unknown end: each of them breaks the capture.
        check(&follow, &[span(1, 0, Some(300)), span(2, 303, None)], &[ALONE, ALONE]);
        check(&follow, &[span(1, 0, Some(300)), span(3, 300, None)], &[ALONE, ALONE]);
        check(&follow, &[span(1, 0, None), span(2, 300, None)], &[ALONE, ALONE]);
        check(&follow, &[None, span(2, 300, Some(400)), span(3, 400, None)], &[ALONE, (1, 1, 2), (1, 2, 2)]);
        check(&follow, &[], &[]);
    }

    #[test]
    fn a_camera_that_cuts_every_five_minutes_needs_no_end() {
        let follow = Follow { segment_s: vec![300], ..Follow::default() };
        check(&follow, &[span(2, 300, None), span(1, 0, None)], &[(1, 2, 2), (1, 1, 2)]);
        check(&follow, &[span(1, 0, None), span(2, 330, None)], &[ALONE, ALONE]);
    }

    #[test]
    fn extremes_do_not_overflow() {
        let at = |began_ms, ended_ms| Some(Span { key: "k".into(), seq: Some(u64::MAX), began_ms, ended_ms });
        check(&Follow::default(), &[at(i64::MIN, Some(i64::MIN)), at(i64::MAX, None)], &[ALONE, ALONE]);
        let follow = Follow { seq_step: 0, gap_ms_max: i64::MAX, segment_s: vec![i64::MAX] };
        check(&follow, &[at(i64::MIN, None), at(i64::MAX, None)], &[ALONE, ALONE]);
    }

    #[test]
    fn missing_numbers_are_named() {
        let of = |numbers: &[u64]| missing(numbers.iter().map(|n| ("d".to_owned(), *n)));
        assert_eq!(of(&[101, 102, 103, 105, 106])[0].numbers, [104]);
        assert_eq!(of(&[1, 2, 2, 3]), []);
        assert_eq!(of(&[1, 9_000]), [], "a counter set anew");
        let wide = &of(&[0, 500])[0];
        assert_eq!((wide.numbers.len(), wide.total), (NUMBERS_MAX, 499));
    }
}
