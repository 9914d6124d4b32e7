//! Examines one file and prints what it found: `cargo run -p tiezheng-media --example examine -- FILE`.
//!
//! `--times N FILE` examines it N times and prints seconds by the wall and of CPU instead (`bench/`).

use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::time::Instant;

use tiezheng_media::{Examination, FileSource, examine};

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words[..] {
        [path] => {
            let found = once(path)?;
            println!("{}", serde_json::to_string_pretty(&found)?);
            Ok(())
        }
        ["--times", count, path] => {
            let count: u32 = count.parse().map_err(|_| usage())?;
            let (began, cpu) = (Instant::now(), cpu_seconds()?);
            for _ in 0..count {
                std::hint::black_box(once(path)?);
            }
            println!("{} {}", began.elapsed().as_secs_f64(), cpu_seconds()? - cpu);
            Ok(())
        }
        _ => Err(usage()),
    }
}

fn usage() -> Error {
    Error::new(ErrorKind::InvalidInput, "examine [--times N] FILE")
}

fn once(path: &str) -> Result<Examination> {
    Ok(examine(&mut FileSource::new(File::open(path)?)?))
}

/// Of this thread, which is the only one.
fn cpu_seconds() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/self/schedstat")?;
    let spent = text.split_whitespace().next().and_then(|nanos| nanos.parse::<f64>().ok());
    spent.map(|nanos| nanos / 1e9).ok_or_else(|| Error::new(ErrorKind::InvalidData, "schedstat"))
}
