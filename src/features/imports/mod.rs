//! Imports: from a delimited export of the EHR to rows behind the gate, by upload or from the command line. `reader`
//! splits, `canonical` translates, `ids` names, `run` stores; `spool` keeps an upload encrypted until `jobs` takes it.

pub mod canonical;
mod ids;
mod lookup;
pub mod mapping;
pub mod presets;
pub mod reader;
mod repeats;
pub mod words;
