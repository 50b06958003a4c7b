//! How complaints are shown.

pub mod form;
pub mod list;
pub mod page;

use super::model::ComplaintDisposition;

/// How a complaint stands: class, icon and words.
const fn badge(disposition: Option<ComplaintDisposition>) -> (&'static str, &'static str, &'static str) {
    match disposition {
        None => ("low", "progress", "Open"),
        Some(ComplaintDisposition::Substantiated) => ("high", "flag", "Substantiated"),
        Some(ComplaintDisposition::NotSubstantiated) => ("ok", "circle-check", "Not substantiated"),
        Some(ComplaintDisposition::CouldNotDetermine) => ("medium", "help", "Could not be determined"),
        Some(ComplaintDisposition::Referred) => ("", "arrow-right", "Referred elsewhere"),
        Some(ComplaintDisposition::Withdrawn) => ("", "circle-x", "Withdrawn"),
    }
}

/// `1 day late`, of one that is open and past its day.
fn late(open: bool, due: chrono::NaiveDate, today: chrono::NaiveDate) -> Option<String> {
    match (today - due).num_days() {
        1 if open => Some("1 day late".to_owned()),
        days if open && days > 0 => Some(format!("{days} days late")),
        _ => None,
    }
}
