//! Messages and files of other systems, read without a database: every sample against rows that were derived by hand,
//! every trap of the formats, and a fuzzer. The samples stand beside the repository; each file is read by some test.

mod atna_samples;
mod atna_traps;
mod delimited;
mod fhir_samples;
mod fhir_traps;
mod fuzz;
mod harness;
mod inventory;
mod mutation;
mod syslog_traps;
