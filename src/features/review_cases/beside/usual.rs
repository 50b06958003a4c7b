//! What is usual for a person and for a job, as numbers first and as small charts second. Geometry only; the numbers are the
//! page's.

use chrono::NaiveDate;

use super::model::median;
use super::queries::UsualDay;
use crate::web::time;

/// One column of a chart.
pub struct Bar {
    pub x: i64,
    pub y: i64,
    pub height: i64,
    pub class: &'static str,
}

/// A chart: its columns, its dashed line, and the finding that its title says.
pub struct Chart {
    pub title: String,
    pub bars: Vec<Bar>,
    /// Where the usual number lies.
    pub line: Option<i64>,
}

/// One day in numbers.
pub struct DayLine {
    pub day: String,
    pub patients: String,
    pub opened: String,
    pub peers: String,
    pub own: bool,
}

/// What a page shows of it.
pub struct Usual {
    /// `48 patients`
    pub today: String,
    /// `60 records opened`
    pub today_opened: String,
    /// `8`
    pub median: String,
    pub median_sub: String,
    /// None where nobody else has the job, or nobody asked.
    pub job: Option<(String, String)>,
    pub own: Chart,
    pub peers: Option<Chart>,
    pub hours: Option<Chart>,
    pub hours_text: String,
    pub days: Vec<DayLine>,
    pub by_hour: Vec<(String, String)>,
}

const HEIGHT: i64 = 56;
const STEP: i64 = 12;

/// From what was read: the days before and the case's own, in order, and the others' window.
pub fn usual(days: &[UsualDay], day: NaiveDate, hours: Option<&(Vec<i64>, Vec<i32>)>) -> Option<Usual> {
    let dated: Vec<_> = days.iter().filter_map(|one| Some((one.day?, one))).collect();
    let own = dated.iter().find(|(at, _)| *at == day).map(|(_, one)| *one)?;
    let before: Vec<_> = dated.iter().filter(|(at, one)| *at < day && one.patients > 0).map(|(_, one)| *one).collect();
    let usual = median(before.iter().map(|one| one.patients).collect());
    let usual_opened = median(before.iter().map(|one| one.opened).collect());
    let window = days.iter().find(|one| one.day.is_none()).filter(|one| one.people > 0);
    let most = dated.iter().map(|(_, one)| one.patients).max().unwrap_or(0).max(1);
    let most_of_peers = dated.iter().filter_map(|(_, one)| one.peers).fold(0.0, f64::max);
    let scale = as_number(most).max(most_of_peers).max(usual.unwrap_or(0.0));
    if before.is_empty() && own.patients == 0 && window.is_none() {
        return None;
    }
    let on = day.format("%b %-d");
    let (today, median_words) = (patients(own.patients), usual.map_or_else(|| "nothing".to_owned(), number));
    let peers = window.filter(|_| most_of_peers > 0.0).map(|window| Chart {
        title: format!(
            "Patients per day, the median of others in the same job. Usually {}; {} on {on}.",
            number(window.peers.unwrap_or(0.0)),
            number(own.peers.unwrap_or(0.0)),
        ),
        bars: columns(
            dated.iter().map(|(at, one)| (one.peers.unwrap_or(0.0), if *at == day { "c-brand" } else { "c-mut" })),
            scale,
        ),
        line: window.peers.map(|peers| level(peers, scale)),
    });
    Some(Usual {
        median: usual.map_or_else(|| "–".to_owned(), number),
        median_sub: match before.len() {
            0 => "no earlier day in 30".to_owned(),
            n => format!(
                "median of {} with work in 30, {} records",
                if n == 1 { "1 day".to_owned() } else { format!("{n} days") },
                usual_opened.map_or_else(String::new, number)
            ),
        },
        today_opened: format!("{} records opened", time::count(own.opened)),
        job: window.map(|window| {
            let people = if window.people == 1 { "1 person".to_owned() } else { format!("{} people", window.people) };
            let on_day = own.peers.map_or_else(String::new, |peers| format!("; {} on {on}", number(peers)));
            (window.peers.map_or_else(|| "–".to_owned(), number), format!("median of {people} in 30 days{on_day}"))
        }),
        own: Chart {
            title: format!(
                "Patients per day in the 30 days before and on {on}. Usually {median_words}; {} on {on}.",
                own.patients
            ),
            bars: columns(
                dated
                    .iter()
                    .map(|(at, one)| (as_number(one.patients), if *at == day { "c-critical" } else { "c-mut" })),
                scale,
            ),
            line: usual.map(|usual| level(usual, scale)),
        },
        peers,
        hours_text: hours.map_or_else(String::new, hours_text),
        by_hour: hours.map_or_else(Vec::new, |(before, _)| {
            before.iter().enumerate().map(|(hour, rows)| (format!("{hour:02}:00"), time::count(*rows))).collect()
        }),
        hours: hours.map(hours_chart),
        days: dated.iter().map(|(at, one)| day_line(*at, one, *at == day)).collect(),
        today,
    })
}

fn patients(n: i64) -> String {
    if n == 1 { "1 patient".to_owned() } else { format!("{} patients", time::count(n)) }
}

#[allow(clippy::cast_precision_loss, reason = "counts of a day")]
const fn as_number(n: i64) -> f64 {
    n as f64
}

/// `8`, or `8.5` where the middle lies between two.
fn number(n: f64) -> String {
    if n.fract() == 0.0 { format!("{n:.0}") } else { format!("{n:.1}") }
}

#[allow(clippy::cast_possible_truncation, reason = "at most the chart's height")]
fn tall(n: f64, scale: f64) -> i64 {
    if n <= 0.0 { 0 } else { ((n / scale * as_number(HEIGHT)).round() as i64).max(2) }
}

fn level(n: f64, scale: f64) -> i64 {
    HEIGHT - tall(n, scale)
}

fn columns(values: impl Iterator<Item = (f64, &'static str)>, scale: f64) -> Vec<Bar> {
    let bars = (0_i64..).zip(values).map(|(n, (value, class))| {
        let height = tall(value, scale);
        Bar { x: n * STEP, y: HEIGHT - height, height, class }
    });
    bars.filter(|bar| bar.height > 0).collect()
}

fn hours_chart((before, own): &(Vec<i64>, Vec<i32>)) -> Chart {
    let most = before.iter().copied().max().unwrap_or(0).max(1);
    let is_own = |hour: usize| own.iter().any(|own| usize::try_from(*own) == Ok(hour));
    let bars = (0_i64..).zip(before).map(|(n, rows)| {
        let own = is_own(usize::try_from(n).unwrap_or(0));
        // an hour in which nothing was opened before is seen, too, if the case is in it
        let height = tall(as_number(*rows), as_number(most)).max(if own { 2 } else { 0 });
        Bar { x: n * 15, y: HEIGHT - height, height, class: if own { "c-critical" } else { "c-mut" } }
    });
    Chart {
        title: format!("Hours of the day in the 30 days before. {}", hours_text(&(before.clone(), own.clone()))),
        bars: bars.filter(|bar| bar.height > 0).collect(),
        line: None,
    }
}

/// `Of 1,204 records opened in the 30 days before, 3 were in the hours of this case (02:00).`
fn hours_text((before, own): &(Vec<i64>, Vec<i32>)) -> String {
    let mut own: Vec<_> = own.iter().filter_map(|hour| usize::try_from(*hour).ok()).collect();
    own.sort_unstable();
    let same: i64 = own.iter().filter_map(|hour| before.get(*hour)).sum();
    let said = own.iter().map(|hour| format!("{hour:02}:00")).collect::<Vec<_>>().join(", ");
    let all: i64 = before.iter().sum();
    let (was, hours) = (if same == 1 { "was" } else { "were" }, if own.len() == 1 { "hour" } else { "hours" });
    format!(
        "Of {} records opened in the 30 days before, {} {was} in the {hours} of this case ({said}).",
        time::count(all),
        time::count(same)
    )
}

fn day_line(at: NaiveDate, one: &UsualDay, own: bool) -> DayLine {
    let peers = match (one.peers, one.people) {
        (Some(peers), 1) => format!("{} (1 person)", number(peers)),
        (Some(peers), people) => format!("{} ({people} people)", number(peers)),
        (None, _) => "–".to_owned(),
    };
    DayLine {
        day: at.format("%a %b %-d").to_string(),
        patients: time::count(one.patients),
        opened: time::count(one.opened),
        peers,
        own,
    }
}

#[cfg(test)]
mod tests {
    use super::super::queries::UsualDay;
    use super::{hours_text, usual};
    use chrono::{Days, NaiveDate};

    fn days(patients: &[i64]) -> (NaiveDate, Vec<UsualDay>) {
        let day: NaiveDate = "2026-11-14".parse().expect("a day");
        let mut days: Vec<_> = (0_u64..)
            .zip(patients.iter().rev())
            .map(|(back, &patients)| UsualDay {
                day: day.checked_sub_days(Days::new(back)),
                opened: patients * 2,
                patients,
                people: 3,
                peers: Some(4.0),
            })
            .collect();
        days.reverse();
        days.push(UsualDay { day: None, opened: 0, patients: 0, people: 7, peers: Some(4.5) });
        (day, days)
    }

    #[test]
    fn the_usual_is_the_median_of_the_days_with_work_before() {
        let (day, days) = days(&[8, 0, 10, 6, 48]);
        let usual = usual(&days, day, None).expect("days");
        assert_eq!((usual.today.as_str(), usual.median.as_str()), ("48 patients", "8"));
        assert_eq!(usual.median_sub, "median of 3 days with work in 30, 16 records");
        assert_eq!(usual.job, Some(("4.5".to_owned(), "median of 7 people in 30 days; 4 on Nov 14".to_owned())));
        assert_eq!(usual.own.bars.len(), 4, "a day without work has no column");
        let own: Vec<_> = usual.own.bars.iter().filter(|bar| bar.class == "c-critical").collect();
        assert_eq!((own.len(), own[0].height), (1, 56), "the case's day is the tallest");
        assert!(usual.own.line.expect("a line") > own[0].y);
        assert_eq!(usual.days.len(), 5);
    }

    #[test]
    fn a_login_without_any_day_has_no_chart() {
        let (day, mut days) = days(&[0, 0]);
        days.retain(|one| one.day.is_some());
        assert!(usual(&days, day, None).is_none());
    }

    #[test]
    fn the_hours_of_the_case_are_counted_in_the_days_before() {
        let mut before = vec![0; 24];
        (before[2], before[9]) = (3, 1200);
        assert_eq!(
            hours_text(&(before, vec![2])),
            "Of 1,203 records opened in the 30 days before, 3 were in the hour of this case (02:00)."
        );
    }
}
