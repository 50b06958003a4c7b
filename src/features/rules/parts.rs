//! Which parts a long period is judged in: whole days, oldest first, so that what was usual before a part is known when its
//! turn comes, and few enough rows that each step of a pass ends well before its ticket does.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

use crate::clock;

/// From one moment to another.
pub type Part = (DateTime<Utc>, DateTime<Utc>);

/// After how many rows a part is enough. A quarter of a million are some seconds for the slowest rule; a ticket is good for
/// a minute, on machines with other things to do, too.
const ROWS_AT_ONCE: i64 = 250_000;

fn begins(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// The days that rows are of, in parts; a day is never cut in two.
pub fn of_days(days: &[(NaiveDate, i64)]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut rows = ROWS_AT_ONCE;
    for (day, more) in days {
        if rows + more > ROWS_AT_ONCE {
            parts.push((begins(*day), begins(*day)));
            rows = 0;
        }
        rows += more;
        if let Some((_, until)) = parts.last_mut() {
            *until = begins(*day) + TimeDelta::days(1);
        }
    }
    parts
}

/// A period in parts that leave out no moment of it, whatever days are known to have rows.
pub fn of_period(days: &[(NaiveDate, i64)], from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<Part> {
    if from > until {
        return Vec::new();
    }
    let cuts = of_days(days).into_iter().skip(1).map(|(cut, _)| cut).filter(|cut| *cut > from && *cut < until);
    let mut parts = Vec::new();
    let mut begin = from;
    for cut in cuts {
        parts.push((begin, cut));
        begin = cut;
    }
    parts.push((begin, until));
    parts
}

/// What lies before any log or ahead of now holds no rows.
pub fn within_reach(from: DateTime<Utc>, until: DateTime<Utc>) -> Part {
    let earliest = DateTime::from_timestamp(946_684_800, 0).unwrap_or(from);
    (from.max(earliest), until.min(clock::now() + TimeDelta::days(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: i64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, 1).expect("a day") + TimeDelta::days(n)
    }

    fn at(n: i64) -> DateTime<Utc> {
        begins(day(n))
    }

    #[test]
    fn rows_are_judged_in_parts_of_whole_days() {
        assert_eq!(of_days(&[]), []);
        assert_eq!(of_days(&[(day(0), 10), (day(1), 20)]), [(at(0), at(2))], "few rows are one part");
        let large = [(day(0), 900_000), (day(1), 10)];
        assert_eq!(of_days(&large), [(at(0), at(1)), (at(1), at(2))], "no day is cut in two");
        let full = [(day(0), 100_000), (day(1), 150_000), (day(5), 1)];
        assert_eq!(of_days(&full), [(at(0), at(2)), (at(5), at(6))], "as many days as the limit lets in");
    }

    #[test]
    fn a_period_is_cut_where_its_rows_are_many_and_no_moment_of_it_is_left_out() {
        let (from, until) = (at(-3) + TimeDelta::hours(5), at(9) + TimeDelta::hours(7));
        assert_eq!(of_period(&[], from, until), [(from, until)]);
        let days = [(day(0), 200_000), (day(4), 200_000), (day(5), 10), (day(9), 240_000)];
        assert_eq!(of_period(&days, from, until), [(from, at(4)), (at(4), at(9)), (at(9), until)]);
        assert_eq!(of_period(&days, until, from), [], "a period that is over before it begins");
    }
}
