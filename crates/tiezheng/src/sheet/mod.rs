//! 表格: ledgers and rosters in and out. Files as offices really have them become rows whose every problem is named; lists
//! become workbooks and comma separated files.

pub mod cell;
pub mod export;
pub mod http;
pub mod import;
pub mod read;
pub mod table;
pub mod words;
pub mod write;
