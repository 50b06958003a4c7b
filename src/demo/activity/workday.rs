//! Ordinary work: shifts, openings of charts that write several rows within seconds, and patients taken
//! from the own department's census of the day. Shaped after `FORMATS.md` section 10, scaled down to
//! about 40,000 rows. Nobody here works after their last day, and nobody's day is far out of their usual.

use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta, Weekday};

use super::metrics::{self, Opening};
use super::pen::Pen;
use super::{Row, WINDOW, Who, outsiders, planted, seed};
use crate::demo::names::Dice;
use crate::demo::organisation::{Employment, Kind, Organisation, days_ago};

/// All ordinary rows; those of the night before the window and after it are still among them.
pub(super) fn rows(org: &Organisation, today: NaiveDate) -> Vec<Row> {
    let mut rows = Vec::new();
    for ago in (1..=WINDOW + 1).rev() {
        let date = Date { day: days_ago(today, ago), ago, seed: seed(today) };
        for person in 0..org.people.len() {
            workday(org, person, &date, &mut rows);
        }
        outsiders::vendors(org, &date, &mut rows);
        outsiders::strangers(org, &date, &mut rows);
    }
    rows
}

/// A day of the log.
pub(super) struct Date {
    pub day: NaiveDate,
    pub ago: u64,
    seed: u64,
}

impl Date {
    /// Dice for one purpose on this day.
    pub fn dice(&self, purpose: u64, index: usize) -> Dice {
        Dice::new(&[purpose, self.seed, self.ago, index as u64])
    }

    /// Saturday or Sunday.
    pub fn weekend(&self) -> bool {
        matches!(self.day.weekday(), Weekday::Sat | Weekday::Sun)
    }
}

/// How a job uses the EHR: share of working days (per mille), patients a day, what an opening looks like.
fn habit(kind: Kind, job: &str) -> Option<(usize, usize, &'static Opening)> {
    let seldom =
        [" manager", "supervisor", "lead", "Charge"].iter().any(|word| job.contains(word) && job != "Case manager");
    let (share, patients, opening) = match (kind, job) {
        (Kind::Privacy, "Release of information specialist") => (600, 4, &metrics::RECORDS),
        (Kind::Privacy, _) => return None,
        (_, "Unit clerk") | (Kind::Registration, _) => (440, 8, &metrics::DESK),
        (Kind::Billing, _) => (440, 11, &metrics::ACCOUNTS),
        (Kind::Imaging, _) => (440, 6, &metrics::IMAGES),
        (Kind::Laboratory, _) => (440, 6, &metrics::LAB),
        (Kind::FamilyMedicine, _) => (440, 6, &metrics::CARE),
        (Kind::Emergency | Kind::Inpatient | Kind::Surgery, _) => (440, 5, &metrics::CARE),
    };
    Some(if seldom { (share / 3, patients.min(4), opening) } else { (share, patients, opening) })
}

fn works_nights(login: &str, person: usize) -> bool {
    ["jwhitfield", "dokafor", "mfeldt"].contains(&login) || person % 5 < 2
}

/// Beginning and length of a person's working day in minutes, if they work.
fn shift(
    dice: &mut Dice,
    date: &Date,
    person: usize,
    nights: bool,
    all_week: bool,
    share: usize,
) -> Option<(usize, usize)> {
    if all_week {
        let turn = (usize::try_from(date.day.num_days_from_ce()).unwrap_or(0) + person * 3) % 7;
        let start = if nights { 19 * 60 } else { 7 * 60 };
        (turn < 3 && dice.chance(share + 100)).then_some((start, 11 * 60 + 30))
    } else if date.weekend() {
        dice.chance(14).then_some((9 * 60 + dice.below(120), 150))
    } else {
        dice.chance(share).then_some((7 * 60 + 5 + dice.below(75), dice.between(480, 555)))
    }
}

fn workday(org: &Organisation, index: usize, date: &Date, rows: &mut Vec<Row>) {
    let person = &org.people[index];
    let Some(job) = person.employed_on(date.day).filter(|job| !job.leave) else {
        return;
    };
    let place = &org.departments[job.department];
    let (Some(login), Some((share, median, opening))) = (person.login.as_deref(), habit(place.kind, job.job_role))
    else {
        return;
    };
    let share = if planted::needs_history(login) { 900 } else { share };
    let mut dice = date.dice(3, index);
    let nights = works_nights(login, index);
    let Some((start, length)) = shift(&mut dice, date, index, nights, place.round_the_clock, share) else {
        return;
    };

    let mut count = dice.around(median);
    if place.round_the_clock {
        // Half a night falls on either date: a busy one must not look like three usual days.
        count = count.min(if nights { median * 7 / 5 } else { median * 9 / 5 });
    }
    if !place.round_the_clock && date.weekend() {
        count = count / 2 + 1;
    }
    let mut minutes: Vec<usize> = (0..count).map(|_| start + dice.below(length)).collect();
    if !place.round_the_clock && !date.weekend() && dice.chance(75) {
        let late = 19 * 60 + 10 + dice.below(80);
        let stayed = count.div_ceil(3);
        for minute in minutes.iter_mut().take(stayed) {
            *minute = late + dice.below(50);
        }
    }
    minutes.sort_unstable();

    let midnight = date.day.and_time(NaiveTime::MIN);
    let site = org.facilities[place.facility].site_code;
    let seat = (index * 5 + dice.below(3)) % 24 + 1;
    let workstation = format!("{site}-WS-{}{seat:02}", desk_code(place.kind));
    let mut pen = Pen { rows, who: Who::Person(index), workstation, at: midnight };
    pen.wait(minutes[0] * 60);
    pen.write(&metrics::LOGIN, None);
    pen.wait(dice.between(8, 55));
    let mut seen = Vec::with_capacity(count);
    let run = patient_run(&mut dice, org, date);
    for minute in minutes {
        let due = midnight + TimeDelta::minutes(i64::try_from(minute).unwrap_or(0));
        pen.at = pen.at.max(due);
        pen.wait(dice.between(3, 58));
        if person.employed_on(pen.at.date()).is_none_or(|then| then.from != job.from) {
            return;
        }
        let again = dice.chance(160) && place.kind != Kind::Billing;
        let patient = match seen.last() {
            Some(_) if again => dice.pick(&seen),
            _ if place.kind == Kind::Billing => run + seen.len(),
            _ => somebody(&mut dice, org, job, date.ago, &seen),
        };
        seen.push(patient);
        if opening_breaks_glass(&mut dice, place.kind) {
            break_glass(&mut dice, org, &mut pen, patient);
        }
        pen.open(&mut dice, opening, patient);
    }
    if dice.chance(550) {
        pen.wait(dice.between(20, 200));
        pen.write(&metrics::LOGOUT, None);
    }
}

fn opening_breaks_glass(dice: &mut Dice, kind: Kind) -> bool {
    matches!(kind, Kind::Emergency | Kind::Inpatient | Kind::Surgery) && dice.chance(10)
}

fn break_glass(dice: &mut Dice, org: &Organisation, pen: &mut Pen, patient: usize) {
    pen.write(&metrics::GLASS, Some(patient));
    if let Some(row) = pen.rows.last_mut() {
        row.reason = dice.pick(&metrics::REASONS);
        if dice.chance(550) {
            row.explanation = dice.pick(&metrics::EXPLANATIONS).replace("{}", &org.patients[patient].last_name);
        }
    }
    pen.wait(dice.between(3, 15));
}

/// The department's part of a workstation's number.
fn desk_code(kind: Kind) -> &'static str {
    match kind {
        Kind::Emergency => "01",
        Kind::Inpatient => "02",
        Kind::Registration => "03",
        Kind::Surgery => "04",
        Kind::FamilyMedicine => "05",
        Kind::Imaging => "06",
        Kind::Laboratory => "07",
        Kind::Billing => "08",
        Kind::Privacy => "09",
    }
}

/// A patient for this job on this day: mostly of the own department, else of the site; seldom from elsewhere.
fn somebody(dice: &mut Dice, org: &Organisation, job: &Employment, ago: u64, seen: &[usize]) -> usize {
    let own = &org.departments[job.department];
    let mut found = 0;
    for _ in 0..8 {
        let everywhere = dice.chance(6);
        let strayed = everywhere || own.patients.is_empty() || dice.chance(40);
        let places: Vec<_> = (org.departments.iter())
            .filter(|place| !place.patients.is_empty() && (everywhere || place.facility == own.facility))
            .collect();
        let place = if strayed { dice.pick(&places) } else { own };
        found = in_house(dice, &place.patients, ago);
        if !seen.contains(&found) {
            break;
        }
    }
    found
}

/// Somebody of the department's census: a window that slides over its patients as the days go by.
pub(super) fn in_house(dice: &mut Dice, patients: &std::ops::Range<usize>, ago: u64) -> usize {
    let census = (patients.len() / 12).max(10);
    let gone = usize::try_from((WINDOW + 1).saturating_sub(ago)).unwrap_or(0);
    let first = (patients.len() - census) * gone / 61;
    patients.start + first + dice.below(census)
}

/// Where a biller's run of consecutive accounts begins: stays of the week before, any department.
pub(super) fn patient_run(dice: &mut Dice, org: &Organisation, date: &Date) -> usize {
    let places: Vec<_> = org.departments.iter().filter(|place| !place.patients.is_empty()).collect();
    let place = dice.pick(&places);
    let first = in_house(dice, &place.patients, date.ago + 6);
    first.min(org.patients.len() - 60)
}
