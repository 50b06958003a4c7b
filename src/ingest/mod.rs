//! What comes in from other systems, before it meets a database: bytes to records, records to rows in our words, each with
//! the reason when it cannot. Knows neither SQL nor HTTP. `reader` splits delimited text, `mapping` says which column feeds
//! which field, `canonical` makes access rows; a format of messages is a module of its own that is [`Rows`] too.

pub mod canonical;
pub mod encoding;
pub mod formats;
mod hashes;
pub mod header;
pub mod layout;
pub mod lookup;
pub mod mapping;
pub mod presets;
pub mod preview;
pub mod reader;
pub mod roster;
pub mod rows;
pub mod targets;
pub mod text;
pub mod times;
pub mod words;

pub use canonical::{Reject, Row};
pub use header::HeaderProblem;
pub use mapping::{Spec, SpecProblem};
pub use rows::{Input, Next, Opened, Rows};
pub use text::normalise;
