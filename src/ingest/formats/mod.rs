//! Messages of other systems as access rows.

pub mod syslog;
