//! 铁证 Tiezheng: one executable, one folder for each thing the regulations speak of.

use std::process::ExitCode;

fn main() -> ExitCode {
    tiezheng::cli::run()
}
