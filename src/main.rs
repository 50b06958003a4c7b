fn main(){ print!("{}", hipaa_auditor::audit::vocabulary::as_sql()); }
