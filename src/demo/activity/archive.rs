//! The image archive, the demo's second source: fourteen members of the staff use it under logins of its own that say more
//! or less plainly whose they are. Nobody has matched them yet.

use chrono::{NaiveDate, NaiveTime};

use super::pen::Pen;
use super::workday::in_house;
use super::{Export, HEADER, Who, metrics, unambiguous, write_row};
use crate::demo::names::Dice;
use crate::demo::organisation::{Organisation, days_ago};

/// Login, and whose it is.
pub(super) const LOGINS: [(&str, &str); 14] = [
    ("haddad_n", "nhaddad"),
    ("marcus.feldt", "mfeldt"),
    ("WHITFIELDJ", "jwhitfield"),
    ("dokafor", "dokafor"),
    ("keller.jonas", "jkeller"),
    ("kosei", "kosei"),
    ("paula.stenning@northfield.example", "pstenning"),
    ("adeyemi", "sadeyemi"),
    ("t_vasquez", "tvasquez"),
    ("LINDGREN_C", "clindgren"),
    ("g.mbeki", "gmbeki"),
    ("mei.zhang@northfield.example", "mzhang"),
    ("nakamurab", "bnakamura"),
    ("ibarra.p", "pibarra"),
];

/// Days the archive's export reaches back.
const DAYS: u64 = 28;

/// The archive's one export.
#[must_use]
pub fn archive(org: &Organisation, today: NaiveDate) -> Export {
    let mut rows = Vec::new();
    for ago in (1..=DAYS).rev() {
        let day = days_ago(today, ago);
        for (index, (_, key)) in LOGINS.iter().enumerate() {
            let mut dice = Dice::new(&[8, super::seed(today), ago, index as u64]);
            let job = org.people.iter().find(|person| person.key == *key).and_then(|person| person.employed_on(day));
            let Some(job) = job.filter(|job| !job.leave && dice.chance(300)) else { continue };
            let own = &org.departments[job.department];
            let busy = |place: &&crate::demo::organisation::Department| {
                place.facility == own.facility && !place.patients.is_empty()
            };
            let Some(place) = Some(own).filter(busy).or_else(|| org.departments.iter().find(busy)) else { continue };
            let at = day.and_time(NaiveTime::MIN);
            let mut pen =
                Pen { rows: &mut rows, who: Who::Archive(index), workstation: format!("PACS-{index:03}"), at };
            pen.wait(dice.between(8 * 3600, 17 * 3600));
            for _ in 0..dice.between(1, 3) {
                let patient = in_house(&mut dice, &place.patients, ago);
                pen.open(&mut dice, &metrics::IMAGES, patient);
                pen.wait(dice.between(60, 900));
            }
        }
    }
    for row in &mut rows {
        row.at = unambiguous(row.at);
    }
    rows.sort_by_key(|row| row.at);
    let mut text = format!("{HEADER}\r\n");
    for row in &rows {
        write_row(org, row, &mut text);
    }
    Export { file_name: format!("image-archive-{}.tsv", days_ago(today, 1)), text }
}
