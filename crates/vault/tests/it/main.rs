//! The vault from the outside. `house` makes vaults on both stores; each other module is one promise.

mod faults;
mod house;
mod independent;
mod labels;
mod logging;
mod power_cut;
mod receipts;
mod rotation;
mod sealing;
mod tamper;
mod vectors;
mod verifying;
