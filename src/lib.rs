//! x
pub mod policy;
pub mod audit { pub mod vocabulary; }
