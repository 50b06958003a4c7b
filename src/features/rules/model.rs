//! The rules without a database: what each looks for, what a site may tune, what a form may propose, and how the signals of
//! a case make its risk.

mod meaning;
mod parameters;
mod typed;
pub mod weighing;

pub use meaning::looks_for;
pub use parameters::{Holds, JOB_GROUPS, Parameter, parameters, told};
pub use typed::Typed;
