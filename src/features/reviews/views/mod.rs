//! How reviews and the watch list are shown.

pub mod form;
pub mod list;
pub mod page;
pub mod watch;

use uuid::Uuid;

use crate::web::time;
use crate::words::pseudonym;

/// `1 row`, `1,204 rows`.
fn plural(count: i64, one: &str, many: &str) -> String {
    format!("{} {}", time::count(count), if count == 1 { one } else { many })
}

/// A patient's id in the source, or what stands for it.
fn patient(id: Option<Uuid>, source: Option<String>) -> Option<String> {
    id.map(|id| source.unwrap_or_else(|| pseudonym(id)))
}
