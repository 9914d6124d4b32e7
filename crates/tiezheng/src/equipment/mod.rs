//! 配备: the register of recording devices, as far as handing in needs it: which device, whose, when.

pub mod http;
pub mod store;
