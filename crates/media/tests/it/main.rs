//! One test binary: real recordings made by ffmpeg, broken ones, hostile ones.

mod boxes;
mod breaks;
mod cut;
mod details;
mod hostile;
mod made;
mod mutated;
mod odd;
mod pictures;
mod real;
