//! 铁证 Tiezheng: custody of audio-visual recordings of administrative enforcement. `ARCHITECTURE.md` is the map.

pub mod activities;
pub mod app;
pub mod audit;
pub mod cli;
pub mod custody;
pub mod db;
pub mod demo;
pub mod documents;
pub mod equipment;
pub mod error;
pub mod field;
pub mod http;
pub mod ingest;
pub mod jobs;
pub mod laws;
pub mod load;
pub mod locale;
pub mod people;
pub mod recordings;
pub mod regulations;
pub mod remind;
pub mod sheet;
pub mod supervision;
