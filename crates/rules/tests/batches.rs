//! Rows at once say what single verdicts say.

use std::sync::LazyLock;

use proptest::prelude::*;
use tiezheng_rules::batch::{
    CASE_TERM_MISSING, CASE_TERM_PERMANENT, Columns, Compiled, FOREVER, HOLD, LONG_TERM, NO_DEADLINE, NONE_MS,
    NOT_RECEIVED, Tally, UNCLASSIFIED, day_number, day_of_number, ground_bit, keep_until_day,
};
use tiezheng_rules::data::{RetentionRule, UploadRule};
use tiezheng_rules::retention::CaseTerm;
use tiezheng_rules::shipped::{calendar, shipped};
use tiezheng_rules::terms::{Keep, Within};
use tiezheng_rules::time::{DAY_MS, When, day_begins_ms, legal_day};
use tiezheng_rules::vocab::Ground;
use tiezheng_rules::{Law, RetentionFacts, UploadFacts, UploadState, upload_deadline, upload_status};

#[derive(Debug, Clone)]
struct Row {
    profile: u8,
    recorded: i64,
    acted: Option<i64>,
    activity: Option<i64>,
    received: Option<i64>,
    grounds: Vec<Ground>,
    classified: bool,
    case_until: Option<i32>,
}

/// Days on which something ends or begins: leap days, years, versions, holidays, the tables themselves.
const EDGES: &[&str] = &[
    "1900-01-03",
    "1969-12-31",
    "1970-01-01",
    "1990-01-01",
    "2019-12-31",
    "2020-02-29",
    "2023-02-28",
    "2024-02-29",
    "2024-08-31",
    "2024-12-31",
    "2025-01-01",
    "2025-01-27",
    "2025-09-30",
    "2026-02-14",
    "2026-05-06",
    "2026-05-07",
    "2028-02-29",
    "2100-02-28",
    "2149-06-06",
    "2149-06-07",
    "8999-12-31",
];

/// Any time between 1970 and the end of the tables, and (none before 1900, where facts are cut off) around the edges of days to the millisecond.
fn instant() -> impl Strategy<Value = i64> {
    let edge = prop::sample::select(EDGES).prop_map(|day| day_begins_ms(day.parse().expect("date")));
    let near = prop_oneof![-2_i64..=2, -DAY_MS..DAY_MS];
    prop_oneof![
        0_i64..5_600_000_000_000,
        1_559_000_000_000_i64..1_900_000_000_000,
        (edge, near).prop_map(|(edge, near)| edge + near),
    ]
}

fn row() -> impl Strategy<Value = Row> {
    let case = prop_oneof![Just(None), Just(Some(CASE_TERM_PERMANENT)), (18_000_i32..25_000).prop_map(Some)];
    let grounds = prop::sample::subsequence(&Ground::ALL[1..], 0..4);
    let profile = 0..u8::try_from(LAWS.len()).expect("few laws");
    let maybe = || prop::option::of(instant());
    (profile, instant(), maybe(), maybe(), maybe(), grounds, any::<bool>(), case).prop_map(
        |(profile, recorded, acted, activity, received, grounds, classified, case_until)| Row {
            profile,
            recorded,
            acted,
            activity,
            received,
            grounds,
            classified,
            case_until,
        },
    )
}

struct Table {
    profile: Vec<u8>,
    recorded: Vec<i64>,
    acted: Vec<i64>,
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
            acted: rows.iter().map(|row| row.acted.unwrap_or(NONE_MS)).collect(),
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
            acted_ms: &self.acted,
            activity_ended_ms: &self.activity,
            received_ms: &self.received,
            extended_due_ms: &self.extended,
            grounds: &self.grounds,
            case_until_day: &self.case_until,
        }
    }
}

fn upload_facts(row: &Row) -> UploadFacts {
    let (activity_began, activity_ended) = (row.acted.map(When), row.activity.map(When));
    UploadFacts { activity_began, activity_ended, ..UploadFacts::ended(row.recorded) }
}

fn retention_facts(row: &Row) -> RetentionFacts {
    let mut facts = RetentionFacts::of(legal_day(row.recorded), row.grounds.iter().copied());
    facts.acted_on = row.acted.map(legal_day);
    facts.classified = row.classified;
    facts.case_term = row.case_until.map(|day| match day {
        CASE_TERM_PERMANENT => CaseTerm::Permanent,
        day => CaseTerm::Until(day_of_number(day)),
    });
    facts
}

/// The five, and what none of them has: several versions in and out of order, days and working days, terms whose
/// order depends on the month, a text silent on everything, more terms than a table holds.
static LAWS: LazyLock<Vec<Law>> = LazyLock::new(|| {
    let mut laws = shipped().to_vec();
    laws.push(with_versions(&[
        (None, Some(Within::Days(3)), &[Keep::Months(6), Keep::Days(183), Keep::CaseFile]),
        (Some("2020-02-29"), Some(Within::WorkingDays(2)), &[Keep::Days(0), Keep::LongTerm]),
        (Some("2025-01-01"), Some(Within::FirstMoment), &[Keep::Years(1), Keep::Months(12), Keep::Days(365)]),
        (Some("2026-05-07"), None, &[Keep::Years(9_000), Keep::Forever]),
    ]));
    laws.push(with_versions(&[(Some("2024-02-29"), Some(Within::Hours(0)), &[Keep::Months(1)]), (None, None, &[])]));
    laws.push(with_versions(&[(None, None, &[])]));
    let eight: Vec<Keep> = (1..9).map(Keep::Months).collect();
    laws.push(with_versions(&[(None, Some(Within::Hours(24)), &eight), (Some("2025-01-01"), None, &eight[1..])]));
    laws
});

type Text<'a> = (Option<&'a str>, Option<Within>, &'a [Keep]);

fn with_versions(texts: &[Text]) -> Law {
    let mut law = shipped()[4].clone();
    let like = law.versions[0].clone();
    let version = |(nth, (begins, within, keeps)): (usize, &Text)| {
        let mut version = like.clone();
        let rules = &mut version.rules;
        rules.version = nth.to_string();
        rules.in_force_on = begins.map(|day| day.parse().expect("date"));
        let upload = rules.upload.take();
        rules.upload = within.and_then(|within| upload.map(|upload| UploadRule { within, ..upload }));
        let rule = rules.retention[0].clone();
        // The first for every recording, each other one for a ground of its own.
        let grounds = [Ground::Any, Ground::Evidence, Ground::Conflict, Ground::SuddenIncident].into_iter().cycle();
        rules.retention = keeps
            .iter()
            .zip(grounds)
            .map(|(keep, ground)| RetentionRule { keep: *keep, ground, ..rule.clone() })
            .collect();
        version
    };
    law.versions = texts.iter().enumerate().map(version).collect();
    law
}

static COMPILED: LazyLock<Compiled> = LazyLock::new(|| Compiled::new(&LAWS.iter().collect::<Vec<_>>(), calendar()));

/// Deadline and last day of the single verdicts.
fn alone(row: &Row) -> (i64, i32) {
    let law = [&LAWS[usize::from(row.profile)]];
    let deadline = upload_deadline(&law, &upload_facts(row), calendar()).verdict;
    (deadline.map_or(NO_DEADLINE, |deadline| deadline.due_ms), keep_until_day(&law, &retention_facts(row)))
}

fn check(rows: &[Row]) {
    let answers = COMPILED.evaluate(&Table::of(rows).columns());
    for (nth, row) in rows.iter().enumerate() {
        assert_eq!((answers.due_ms[nth], answers.keep_until_day[nth]), alone(row), "{row:?}");
    }
}

#[test]
fn every_pair_of_grounds_has_the_single_verdict() {
    let mut rows = Vec::new();
    let edges = EDGES.iter().map(|day| day_begins_ms(day.parse().expect("date"))).cycle();
    let pairs = Ground::ALL.iter().flat_map(|one| Ground::ALL.iter().map(move |other| vec![*one, *other]));
    for (grounds, recorded) in pairs.zip(edges) {
        for profile in 0..u8::try_from(LAWS.len()).expect("few laws") {
            for case_until in [None, Some(20_000), Some(CASE_TERM_PERMANENT)] {
                let classified = rows.len() % 2 == 0;
                let (activity, received) = (None, None);
                rows.push(Row {
                    profile,
                    acted: None,
                    recorded,
                    activity,
                    received,
                    grounds: grounds.clone(),
                    classified,
                    case_until,
                });
            }
        }
    }
    check(&rows);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_row_has_the_single_verdict(rows in prop::collection::vec(row(), 1..40)) {
        check(&rows);
    }

    #[test]
    fn counts_are_those_of_single_verdicts(rows in prop::collection::vec(row(), 1..40), now in instant(), threads in 1..4_usize) {
        let table = Table::of(&rows);
        let tallies = COMPILED.tally(&table.columns(), now, threads);
        let mut expected = vec![Tally::default(); LAWS.len()];
        for row in &rows {
            let law = [&LAWS[usize::from(row.profile)]];
            let status = upload_status(&law, &upload_facts(row), calendar(), row.received, now).verdict;
            let tally = &mut expected[usize::from(row.profile)];
            tally.rows += 1;
            match (status.state, row.received) {
                (UploadState::Late, _) => tally.late += 1,
                (UploadState::Open, _) | (UploadState::NoDeadline, None) => tally.open += 1,
                (UploadState::OnTime, _) | (UploadState::NoDeadline, Some(_)) => tally.on_time += 1,
                state => prop_assert!(false, "{:?}", state),
            }
            let (_, keep) = alone(row);
            tally.held += u64::from(keep == HOLD);
            tally.long_term += u64::from(keep == LONG_TERM);
            tally.forever += u64::from(keep == FOREVER);
            tally.eligible += u64::from(keep < day_number(now));
        }
        prop_assert_eq!(tallies, expected);
    }
}

#[test]
fn any_number_at_all_is_some_day() {
    let row = |recorded| Row { recorded, ..ordinary() };
    let rows: Vec<Row> = [i64::MIN, i64::MIN + 1, -1, i64::MAX - 1, i64::MAX].map(row).to_vec();
    let mut table = Table::of(&rows);
    table.activity = vec![i64::MAX, i64::MAX, i64::MIN + 1, 0, i64::MAX];
    let answers = COMPILED.evaluate(&table.columns());
    assert_eq!(answers.due_ms.len(), 5);
    assert_eq!(day_of_number(answers.keep_until_day[4]).year(), 9001);
}

fn ordinary() -> Row {
    Row {
        profile: 0,
        recorded: 1_790_000_000_000,
        acted: None,
        activity: None,
        received: Some(1_790_000_000_000 + 30 * 3_600_000),
        grounds: Vec::new(),
        classified: true,
        case_until: None,
    }
}

#[test]
fn a_granted_extension_counts_and_columns_of_unequal_length_end_with_the_shortest() {
    let row = ordinary();
    let mut table = Table::of(&[row.clone(), row]);
    table.extended[0] = 1_790_000_000_000 + 48 * 3_600_000;
    let tally = COMPILED.tally(&table.columns(), i64::MAX, 2)[0];
    assert_eq!((tally.rows, tally.extended, tally.late), (2, 1, 1));
    table.extended.clear();
    assert_eq!(COMPILED.tally(&table.columns(), i64::MAX, 2)[0].late, 2);
    table.grounds.pop();
    assert_eq!(COMPILED.evaluate(&table.columns()).due_ms.len(), 1);
    table.profile = vec![200];
    assert_eq!(COMPILED.evaluate(&table.columns()).keep_until_day, [HOLD]);
    assert_eq!(COMPILED.tally(&table.columns(), 0, 0).len(), LAWS.len());
}
