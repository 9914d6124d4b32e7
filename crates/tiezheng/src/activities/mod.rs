//! 使用: enforcement activities, as far as recordings are filed under them.

pub mod exemption;
pub mod http;
pub mod store;
