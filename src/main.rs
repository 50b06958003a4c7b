//! The command line.
fn main() { if std::env::args().nth(1).as_deref() == Some("vocabulary") { print!("{}", hipaa_auditor::audit::vocabulary::as_sql()); } }
