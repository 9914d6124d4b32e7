//! A simulation says of each row what the single verdicts say, before and after, and lets nothing go.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tiezheng_rules::batch::keep_until_day;
use tiezheng_rules::shipped::{calendar, shipped};
use tiezheng_rules::simulate::{Comparison, Row, What};
use tiezheng_rules::time::legal_day;
use tiezheng_rules::vocab::Ground;
use tiezheng_rules::{Law, RetentionFacts, UploadFacts, upload_status};

const DAY_MS: i64 = 86_400_000;

fn row() -> impl Strategy<Value = Row> {
    let grounds = prop::sample::subsequence(Ground::ALL.to_vec(), 0..4);
    let (later, activity) = (0..(90 * DAY_MS), 0..(2 * DAY_MS));
    (1_546_300_800_000_i64..1_800_000_000_000, later, activity.clone(), activity, any::<bool>(), grounds).prop_map(
        |(recorded_to_ms, later, before, activity, belongs, grounds)| Row {
            recorded_to_ms,
            received_ms: recorded_to_ms + later,
            acted_ms: recorded_to_ms - before,
            activity_ended_ms: belongs.then_some(recorded_to_ms + activity),
            grounds: grounds.into_iter().collect(),
        },
    )
}

fn single(law: &Law, row: &Row) -> (Option<i64>, i32) {
    let mut facts = UploadFacts::ended(row.recorded_to_ms);
    facts.activity_began = Some(tiezheng_rules::time::When(row.acted_ms));
    facts.activity_ended = row.activity_ended_ms.map(tiezheng_rules::time::When);
    let due = upload_status(&[law], &facts, calendar(), Some(row.received_ms), row.received_ms).verdict.deadline;
    let mut facts = RetentionFacts::of(legal_day(row.recorded_to_ms), row.grounds.iter().copied());
    facts.acted_on = Some(legal_day(row.acted_ms));
    facts.classified = !row.grounds.is_empty();
    (due.map(|due| due.due_ms), keep_until_day(&[law], &facts))
}

proptest! {
    #[test]
    fn every_difference_is_one_of_the_single_verdicts(
        rows in prop::collection::vec(row(), 1..20), before in 0..5_usize, after in 0..5_usize,
    ) {
        let (before, after) = (&shipped()[before], &shipped()[after]);
        let mut comparison = Comparison::new(vec![before], vec![after], calendar());
        let found = comparison.compare(&rows, 1_800_000_000_000);
        prop_assert_eq!(found.len(), rows.len());
        for (row, found) in rows.iter().zip(&found) {
            let (was, is) = (single(before, row), single(after, row));
            let whats: BTreeSet<What> = found.iter().map(|difference| difference.what).collect();
            prop_assert_eq!(whats.contains(&What::Deadline), was.0 != is.0, "{:?}", row);
            prop_assert_eq!(whats.contains(&What::Retention), was.1 != is.1, "{:?}", row);
            for difference in found {
                let shorter = difference.what == What::Retention && is.1 < was.1;
                prop_assert_eq!(difference.review, shorter, "a shorter term is always put before somebody: {:?}", row);
            }
        }
        let counted: u64 = comparison.groups.values().sum();
        prop_assert_eq!(counted, found.iter().map(|found| found.len() as u64).sum::<u64>());
        if before.id == after.id {
            prop_assert!(found.iter().all(Vec::is_empty));
        }
    }
}

#[test]
fn a_stack_is_judged_as_a_stack() {
    let (fuzhou, zhongwei) = (&shipped()[2], &shipped()[4]);
    let row = Row {
        recorded_to_ms: 1_700_000_000_000,
        received_ms: 1_700_000_000_000 + DAY_MS,
        acted_ms: 1_700_000_000_000,
        activity_ended_ms: None,
        grounds: BTreeSet::from([Ground::MassIncident]),
    };
    let mut comparison = Comparison::new(vec![fuzhou], vec![zhongwei, fuzhou], calendar());
    let found = comparison.compare(std::slice::from_ref(&row), row.received_ms);
    assert!(found[0].iter().all(|difference| !difference.review), "more rules never shorten a term: {found:?}");
}
