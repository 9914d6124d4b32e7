//! One test binary: real recordings made by ffmpeg, broken ones, hostile ones.

mod breaks;
mod cut;
mod hostile;
mod made;
mod mutated;
mod pictures;
mod real;
