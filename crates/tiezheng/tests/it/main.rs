//! The product from outside: the real executable, real servers, both pairs of engines.
//!
//! SQLite + folder and PostgreSQL + S3 answer alike, so most tests run on both: see [`site::both`].

mod bindings;
mod captures;
mod cards;
mod client;
mod crash;
mod custody;
mod documents;
mod duty;
mod equipment;
mod openapi;
mod people;
mod permissions;
mod postgres;
mod refusals;
mod regulations;
mod remind;
mod rows;
mod s3;
mod schema;
mod scopes;
mod sheets;
mod site;
mod statements;
mod stories;
mod tamper;
mod tidy;
mod uploads;
mod validity;
