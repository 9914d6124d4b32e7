//! 铁证 Tiezheng: one executable, one folder for each thing the regulations speak of.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Before any thread is started: a preview's ffmpeg begins its life as ourselves.
    tiezheng::recordings::confine::child_if_asked();
    tiezheng::cli::run()
}
