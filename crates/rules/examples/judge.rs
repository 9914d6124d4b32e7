//! Judges made-up recordings by the shipped regulations and counts (`bench/`).
//!
//! `judge ROWS` prints a line of counts for each regulation, `judge ROWS --csv` the recordings themselves, and
//! `judge ROWS --times N THREADS` judges and counts them N times and prints seconds by the wall and of CPU.

use std::io::{Error, ErrorKind, Result, Write};
use std::time::Instant;

use tiezheng_rules::Law;
use tiezheng_rules::batch::{
    CASE_TERM_MISSING, CASE_TERM_PERMANENT, Columns, Compiled, NONE_MS, NOT_RECEIVED, UNCLASSIFIED, ground_bit,
};
use tiezheng_rules::shipped::{calendar, shipped};
use tiezheng_rules::time::{DAY_MS, HOUR_MS};
use tiezheng_rules::vocab::Ground;

/// 2026-11-20 12:00 in Shanghai.
const NOW_MS: i64 = 1_795_147_200_000;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<usize>().map_err(|_| usage());
    match words[..] {
        [rows] => count(&Made::rows(number(rows)?)),
        [rows, "--csv"] => Made::rows(number(rows)?).csv(),
        [rows, "--times", times, threads] => measure(&Made::rows(number(rows)?), number(times)?, number(threads)?),
        _ => Err(usage()),
    }
}

fn usage() -> Error {
    Error::new(ErrorKind::InvalidInput, "judge ROWS [--csv | --times N THREADS]")
}

fn compiled() -> Compiled {
    Compiled::new(&shipped().iter().collect::<Vec<&Law>>(), calendar())
}

fn count(made: &Made) -> Result<()> {
    let mut out = std::io::stdout().lock();
    for (law, tally) in compiled().tally(&made.columns(), NOW_MS, 1).iter().enumerate() {
        let state = [tally.rows, tally.on_time, tally.extended, tally.late, tally.open];
        let term = [tally.held, tally.long_term, tally.forever, tally.eligible];
        let figures: Vec<String> = state.iter().chain(&term).map(u64::to_string).collect();
        writeln!(out, "{law}|{}", figures.join("|"))?;
    }
    Ok(())
}

fn measure(made: &Made, times: usize, threads: usize) -> Result<()> {
    let rules = compiled();
    let (began, cpu) = (Instant::now(), cpu_seconds()?);
    for _ in 0..times {
        std::hint::black_box(rules.tally(std::hint::black_box(&made.columns()), NOW_MS, threads));
    }
    println!("{} {}", began.elapsed().as_secs_f64(), cpu_seconds()? - cpu);
    Ok(())
}

/// Of this process, ended threads included; the kernel counts in hundredths.
fn cpu_seconds() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    let ticks = text.rsplit(") ").next().map(|rest| rest.split(' ').skip(11).take(2).flat_map(str::parse::<f64>).sum());
    ticks.map(|ticks: f64| ticks / 100.0).ok_or_else(|| Error::new(ErrorKind::InvalidData, "stat"))
}

#[derive(Default)]
struct Made {
    profile: Vec<u8>,
    recorded_to_ms: Vec<i64>,
    received_ms: Vec<i64>,
    grounds: Vec<u32>,
    activity_ended_ms: Vec<i64>,
    extended_due_ms: Vec<i64>,
    case_until_day: Vec<i32>,
}

impl Made {
    /// Five years of recordings in no order: most handed in on time, one in ten late, one in twenty still out.
    fn rows(rows: usize) -> Made {
        let mut made = Made::default();
        let mut dice = Dice(20_261_120);
        for _ in 0..rows {
            let recorded = NOW_MS - dice.below(1826 * DAY_MS);
            let taken = match dice.below(100) {
                0..85 => dice.below(20 * HOUR_MS),
                85..95 => dice.below(10 * DAY_MS),
                _ => NOT_RECEIVED - recorded,
            };
            let activity = if dice.below(10) == 0 { NONE_MS } else { recorded + dice.below(4 * HOUR_MS) };
            let extended = if dice.below(30) == 0 { recorded + 3 * DAY_MS } else { NONE_MS };
            let mut grounds = if dice.below(20) == 0 { UNCLASSIFIED } else { 0 };
            for _ in 0..[0, 0, 0, 0, 0, 0, 0, 1, 1, 2][dice.index(10)] {
                grounds |= ground_bit(Ground::ALL[1 + dice.index(Ground::ALL.len() - 1)]);
            }
            made.profile.push(dice.index(shipped().len()) as u8);
            made.recorded_to_ms.push(recorded);
            made.received_ms.push(recorded + taken);
            made.grounds.push(grounds);
            made.activity_ended_ms.push(activity);
            made.extended_due_ms.push(extended);
            made.case_until_day.push(match dice.below(4) {
                0 => CASE_TERM_PERMANENT,
                1 => 19_000 + dice.below(4_000) as i32,
                _ => CASE_TERM_MISSING,
            });
        }
        made
    }

    fn columns(&self) -> Columns<'_> {
        Columns {
            profile: &self.profile,
            recorded_to_ms: &self.recorded_to_ms,
            received_ms: &self.received_ms,
            grounds: &self.grounds,
            acted_ms: &self.recorded_to_ms,
            activity_ended_ms: &self.activity_ended_ms,
            extended_due_ms: &self.extended_due_ms,
            case_until_day: &self.case_until_day,
        }
    }

    fn csv(&self) -> Result<()> {
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        let maybe = |value: i64, missing: i64| if value == missing { String::new() } else { value.to_string() };
        for nth in 0..self.profile.len() {
            writeln!(
                out,
                "{},{},{},{},{},{},{}",
                self.profile[nth],
                self.recorded_to_ms[nth],
                maybe(self.received_ms[nth], NOT_RECEIVED),
                self.grounds[nth].cast_signed(),
                maybe(self.activity_ended_ms[nth], NONE_MS),
                maybe(self.extended_due_ms[nth], NONE_MS),
                maybe(self.case_until_day[nth].into(), CASE_TERM_MISSING.into()),
            )?;
        }
        out.flush()
    }
}

/// splitmix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((u128::from(z ^ (z >> 31)) * limit as u128) >> 64) as i64
    }

    fn index(&mut self, limit: usize) -> usize {
        self.below(limit as i64) as usize
    }
}
