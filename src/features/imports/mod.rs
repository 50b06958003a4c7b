//! Imports: from a delimited export of the EHR to rows behind the gate, by upload or from the command line. `reader`
//! splits, `canonical` translates, `ids` names, `run` stores; `spool` keeps an upload encrypted until `jobs` takes it.

pub mod canonical;
mod chunks;
pub mod command;
mod ids;
pub mod jobs;
mod lookup;
pub mod mapping;
pub mod presets;
pub mod reader;
mod queries;
mod repeats;
pub mod run;
pub mod spool;
pub mod words;
