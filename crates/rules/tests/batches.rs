//! Rows at once say what single verdicts say.

use proptest::prelude::*;
use tiezheng_rules::batch::{
    CASE_TERM_MISSING, CASE_TERM_PERMANENT, Columns, Compiled, NONE_MS, NOT_RECEIVED, Tally, UNCLASSIFIED, day_number,
    day_of_number, ground_bit, keep_until_day,
};
use tiezheng_rules::retention::CaseTerm;
use tiezheng_rules::shipped::{calendar, shipped};
use tiezheng_rules::time::{When, legal_day};
use tiezheng_rules::vocab::Ground;
use tiezheng_rules::{Law, RetentionFacts, UploadFacts, UploadState, upload_deadline, upload_status};

#[derive(Debug, Clone)]
struct Row {
    profile: u8,
    recorded: i64,
    activity: Option<i64>,
    received: Option<i64>,
    grounds: Vec<Ground>,
    classified: bool,
    case_until: Option<i32>,
}

fn row() -> impl Strategy<Value = Row> {
    // From 1970 on: before the tables, inside, across the versions.
    let instant = || prop_oneof![0_i64..500_000_000_000, 1_559_000_000_000_i64..1_900_000_000_000];
    let case = prop_oneof![Just(None), Just(Some(CASE_TERM_PERMANENT)), (18_000_i32..25_000).prop_map(Some)];
    let grounds = prop::sample::subsequence(&Ground::ALL[1..], 0..4);
    (0..5_u8, instant(), prop::option::of(instant()), prop::option::of(instant()), grounds, any::<bool>(), case)
        .prop_map(|(profile, recorded, activity, received, grounds, classified, case_until)| Row {
            profile,
            recorded,
            activity,
            received,
            grounds,
            classified,
            case_until,
        })
}

struct Table {
    profile: Vec<u8>,
    recorded: Vec<i64>,
    activity: Vec<i64>,
    received: Vec<i64>,
    extended: Vec<i64>,
    grounds: Vec<u32>,
    case_until: Vec<i32>,
}

impl Table {
    fn of(rows: &[Row]) -> Table {
        let bits = |row: &Row| {
            let bits = row.grounds.iter().fold(0, |bits, ground| bits | ground_bit(*ground));
            bits | if row.classified { 0 } else { UNCLASSIFIED }
        };
        Table {
            profile: rows.iter().map(|row| row.profile).collect(),
            recorded: rows.iter().map(|row| row.recorded).collect(),
            activity: rows.iter().map(|row| row.activity.unwrap_or(NONE_MS)).collect(),
            received: rows.iter().map(|row| row.received.unwrap_or(NOT_RECEIVED)).collect(),
            extended: vec![NONE_MS; rows.len()],
            grounds: rows.iter().map(bits).collect(),
            case_until: rows.iter().map(|row| row.case_until.unwrap_or(CASE_TERM_MISSING)).collect(),
        }
    }

    fn columns(&self) -> Columns<'_> {
        Columns {
            profile: &self.profile,
            recorded_to_ms: &self.recorded,
            activity_ended_ms: &self.activity,
            received_ms: &self.received,
            extended_due_ms: &self.extended,
            grounds: &self.grounds,
            case_until_day: &self.case_until,
        }
    }
}

fn upload_facts(row: &Row) -> UploadFacts {
    UploadFacts { activity_ended: row.activity.map(When), ..UploadFacts::ended(row.recorded) }
}

fn retention_facts(row: &Row) -> RetentionFacts {
    let mut facts = RetentionFacts::of(legal_day(row.recorded), row.grounds.iter().copied());
    facts.classified = row.classified;
    facts.case_term = row.case_until.map(|day| match day {
        CASE_TERM_PERMANENT => CaseTerm::Permanent,
        day => CaseTerm::Until(day_of_number(day)),
    });
    facts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_row_has_the_single_verdict(rows in prop::collection::vec(row(), 1..40)) {
        let laws: Vec<&Law> = shipped().iter().collect();
        let table = Table::of(&rows);
        let answers = COMPILED.evaluate(&table.columns());
        for (nth, row) in rows.iter().enumerate() {
            let law = [laws[usize::from(row.profile)]];
            let due = upload_deadline(&law, &upload_facts(row), calendar()).verdict.expect("deadline").due_ms;
            prop_assert_eq!(answers.due_ms[nth], due, "{:?}", row);
            prop_assert_eq!(answers.keep_until_day[nth], keep_until_day(&law, &retention_facts(row)), "{:?}", row);
        }
    }

    #[test]
    fn counts_are_those_of_single_verdicts(rows in prop::collection::vec(row(), 1..40), now in 1_600_000_000_000_i64..1_900_000_000_000, threads in 1..4_usize) {
        let table = Table::of(&rows);
        let tallies = COMPILED.tally(&table.columns(), now, threads);
        let mut expected = vec![Tally::default(); 5];
        for row in &rows {
            let law = [&shipped()[usize::from(row.profile)]];
            let status = upload_status(&law, &upload_facts(row), calendar(), row.received, now).verdict;
            let tally = &mut expected[usize::from(row.profile)];
            tally.rows += 1;
            match status.state {
                UploadState::Late => tally.late += 1,
                UploadState::Open => tally.open += 1,
                UploadState::OnTime => tally.on_time += 1,
                state => prop_assert!(false, "{:?}", state),
            }
            let keep = keep_until_day(&law, &retention_facts(row));
            tally.held += u64::from(keep == tiezheng_rules::batch::HOLD);
            tally.long_term += u64::from(keep == tiezheng_rules::batch::LONG_TERM);
            tally.forever += u64::from(keep == tiezheng_rules::batch::FOREVER);
            tally.eligible += u64::from(keep < day_number(now));
        }
        prop_assert_eq!(tallies, expected);
    }
}

static COMPILED: std::sync::LazyLock<Compiled> = std::sync::LazyLock::new(|| {
    let laws: Vec<&Law> = shipped().iter().collect();
    Compiled::new(&laws, calendar())
});

#[test]
fn a_granted_extension_counts_and_columns_of_unequal_length_end_with_the_shortest() {
    let row = Row {
        profile: 0,
        recorded: 1_790_000_000_000,
        activity: None,
        received: Some(1_790_000_000_000 + 30 * 3_600_000),
        grounds: Vec::new(),
        classified: true,
        case_until: None,
    };
    let mut table = Table::of(&[row.clone(), row]);
    table.extended[0] = 1_790_000_000_000 + 48 * 3_600_000;
    let tally = COMPILED.tally(&table.columns(), i64::MAX, 2)[0];
    assert_eq!((tally.rows, tally.extended, tally.late), (2, 1, 1));
    table.extended.clear();
    assert_eq!(COMPILED.tally(&table.columns(), i64::MAX, 2)[0].late, 2);
    table.grounds.pop();
    assert_eq!(COMPILED.evaluate(&table.columns()).due_ms.len(), 1);
    table.profile = vec![200];
    assert_eq!(COMPILED.evaluate(&table.columns()).keep_until_day, [tiezheng_rules::batch::HOLD]);
    assert_eq!(COMPILED.tally(&table.columns(), 0, 0).len(), 5);
}
