//! Logins that belong to nobody on the roster: vendors' accounts, and those that nobody can name.

use chrono::NaiveTime;

use super::pen::Pen;
use super::workday::{Date, in_house, patient_run};
use super::{Row, STRANGERS, Who, metrics, planted};
use crate::demo::organisation::Organisation;

/// The day of the vendors' accounts.
pub(super) fn vendors(org: &Organisation, date: &Date, rows: &mut Vec<Row>) {
    for (vendor, firm) in org.vendors.iter().enumerate() {
        let (opening, lab) = match firm.service {
            "Image archive" => (&metrics::IMAGES, false),
            "Reference laboratory" => (&metrics::LAB, true),
            "Dictation and transcription" => (&metrics::RECORDS, true),
            "Release of information" => (&metrics::RECORDS, false),
            _ => (&metrics::ACCOUNTS, false),
        };
        for (account, holder) in firm.accounts.iter().enumerate() {
            let mut dice = date.dice(4, vendor * 10 + account);
            let share = if planted::needs_history(holder.login) { 850 } else { 450 };
            if date.weekend() && !lab || !dice.chance(share) {
                continue;
            }
            let at = date.day.and_time(NaiveTime::MIN);
            let workstation = format!("NMC-VPN-{:04}", 40 + vendor * 3 + account);
            let mut pen = Pen { rows, who: Who::Vendor(vendor, account), workstation, at };
            pen.wait(dice.between(8 * 3600, 15 * 3600));
            for _ in 0..dice.around(4) {
                let patient = patient_run(&mut dice, org, date);
                pen.open(&mut dice, opening, patient);
                pen.wait(dice.between(40, 700));
            }
        }
    }
}

/// The day of the logins that stand in no roster.
pub(super) fn strangers(org: &Organisation, date: &Date, rows: &mut Vec<Row>) {
    for (index, (_, _, workstation, place)) in STRANGERS.into_iter().enumerate() {
        let mut dice = date.dice(5, index);
        let Some(place) = org.departments.iter().find(|it| it.name == place) else {
            continue;
        };
        if !dice.chance(180) {
            continue;
        }
        let at = date.day.and_time(NaiveTime::MIN);
        let mut pen = Pen { rows, who: Who::Stranger(index), workstation: workstation.to_owned(), at };
        pen.wait(dice.between(6 * 3600, 22 * 3600));
        let patient = in_house(&mut dice, &place.patients, date.ago);
        pen.open(&mut dice, if index == 0 { &metrics::LAB } else { &metrics::CARE }, patient);
    }
}
