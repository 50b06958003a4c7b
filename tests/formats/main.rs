//! Messages and files of other systems, read without a database: every sample against rows that were derived by hand,
//! every trap of the formats, and a fuzzer. The samples stand beside the repository; each file is read by some test.

mod delimited;
