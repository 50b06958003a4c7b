//! One sentence for each kind of facts: the fact, the number against its baseline. No blame.

use chrono::NaiveDate;

use super::{Facts, KnownBy};
use crate::words::resource_label;

pub(super) fn of(facts: &Facts) -> String {
    match facts {
        Facts::SelfAccess { by } => format!("The record is the person's own: {}.", known(*by)),
        Facts::Household { same_surname: true } => {
            "The patient has the same home address and the same surname as this person.".to_owned()
        }
        Facts::Household { same_surname: false } => "The patient has the same home address as this person.".to_owned(),
        Facts::Coworker { same_department, by } => {
            let place = if *same_department { "department" } else { "facility" };
            format!("The patient worked in the same {place} as this person on that day: {}.", known(*by))
        }
        Facts::WatchList {} => "The patient is on the watch list; every access is looked at.".to_owned(),
        Facts::TerminatedUser { last_day, days_after } => match days_after {
            1 => format!("The login was used the day after its holder's last day of work, {}.", date(*last_day)),
            days => {
                format!("The login was used {days} days after its holder's last day of work, {}.", date(*last_day))
            }
        },
        Facts::InactiveUser { on_leave: true, since, .. } => {
            format!("The login was used while its holder was on leave, since {}.", date(*since))
        }
        Facts::InactiveUser { since, days, .. } => {
            format!("No record was opened with this login for {days} days, since {}.", date(*since))
        }
        Facts::BreakGlassNoReason { times: 1 } => "The glass was broken without a reason.".to_owned(),
        Facts::BreakGlassNoReason { times } => format!("The glass was broken {times} times without a reason."),
        Facts::BreakGlass { times: 1 } => "The glass was broken, with a reason.".to_owned(),
        Facts::BreakGlass { times } => format!("The glass was broken {times} times, with a reason."),
        Facts::VolumeSpike { patients, rows, usual, days, window, peers, .. } => {
            // a vendor's account and a login nobody holds have a usual, too: no word of a person
            let own = format!(
                "{patients} patients in {rows} rows on one day. The median before is {} a day, over {days} days with work of {window}.",
                trimmed(*usual)
            );
            peers.map_or_else(
                || own.clone(),
                |peers| format!("{own} Others in the same job at this facility: {} a day.", trimmed(peers)),
            )
        }
        Facts::RepeatSamePatient { days, window, usual, peers } => {
            let own = format!(
                "This patient's record was opened on {days} of {window} days. The median over all patients of that time is {}.",
                in_days(*usual)
            );
            peers.map_or_else(
                || own.clone(),
                |peers| format!("{own} Others in the same job at this facility: {}.", in_days(peers)),
            )
        }
        Facts::BulkExport { patients, rows } => {
            format!("Records of {patients} patients were printed, exported or disclosed in one day, in {rows} rows.")
        }
        Facts::AgreementLapsed { ended_on: Some(day), days_after: Some(1) } => {
            format!("The vendor's account was used the day after its agreement ended, {}.", date(*day))
        }
        Facts::AgreementLapsed { ended_on: Some(day), days_after } => format!(
            "The vendor's account was used {} days after its agreement ended, {}.",
            days_after.unwrap_or_default(),
            date(*day)
        ),
        Facts::AgreementLapsed { ended_on: None, .. } => {
            "The vendor's account was used before its agreement was in effect.".to_owned()
        }
        Facts::ReportedByPerson { reason } => format!("Reported to the privacy office: {}.", lower(reason.label())),
        Facts::Manual { reason } => format!("Flagged by the privacy office: {}.", lower(reason.label())),
        Facts::AfterHours { at, opens, closes, weekend } => {
            let day = if *weekend { " on a weekend" } else { "" };
            format!(
                "First access outside the department's hours at {at}{day}; they are {opens} to {closes}, Monday to Friday."
            )
        }
        Facts::ForeignFacility {} => {
            "The record belongs to another facility than any this person worked for on that day.".to_owned()
        }
        Facts::ForeignNetwork {} => "The address is in none of the organization's networks.".to_owned(),
        Facts::RoleMismatch { resource_type } => format!(
            "The site's table says that this job does not need this kind of record: {}.",
            lower(resource_label(resource_type))
        ),
        Facts::TrainingLapsed { expired_on, days, courses } => {
            let what = if *courses == 1 { "Training".to_owned() } else { format!("Training in {courses} courses") };
            format!("{what} had expired {days} days before, on {}, and was not taken again.", date(*expired_on))
        }
        Facts::UnmatchedIdentity {} => "Nobody is known to have held this login at that time.".to_owned(),
    }
}

const fn known(by: KnownBy) -> &'static str {
    match by {
        KnownBy::Linked => "the patient's record is linked to the workforce member",
        KnownBy::NameAndAddress => "name and home address are the same",
    }
}

fn date(day: NaiveDate) -> String {
    day.format("%b %-d, %Y").to_string()
}

fn in_days(days: f64) -> String {
    let days = trimmed(days);
    if days == "1" { "1 day".to_owned() } else { format!("{days} days") }
}

/// A label in the middle of a sentence.
fn lower(label: &str) -> String {
    let mut letters = label.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

pub(super) fn times(value: i64, usual: f64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "a day's patients are far below 2^52")]
    let ratio = value as f64 / usual.max(1.0);
    if ratio >= 10.0 { format!("{ratio:.0}") } else { trimmed((ratio * 10.0).round() / 10.0) }
}

fn trimmed(value: f64) -> String {
    if value.fract().abs() < 0.05 { format!("{value:.0}") } else { format!("{value:.1}") }
}
