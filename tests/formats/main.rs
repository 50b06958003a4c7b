//! What comes in, read from files.
