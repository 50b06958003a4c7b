//! What a day of a source should have brought, and what to call what it did bring.

use chrono::{Datelike as _, Days, Months, NaiveDate};

/// Weeks of history that a day is judged by: the same weekday in each.
pub const WEEKS: i32 = 8;
/// How many weeks are looked through for them.
pub const LOOKBACK: i32 = 52;
/// Fewer weeks than this say nothing.
pub const LEAST_WEEKS: usize = 3;

/// How a day looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// As expected.
    Arrived,
    /// Under half of what was expected.
    Low,
    /// Nothing, where something was expected.
    Gap,
    /// Over twice what was expected.
    Extra,
    /// Too little history to expect anything.
    NoHistory,
    /// The day is not over at the source.
    Open,
}

impl Status {
    /// Every status.
    #[cfg(test)]
    pub const ALL: [Self; 6] = [Self::Arrived, Self::Low, Self::Gap, Self::Extra, Self::NoHistory, Self::Open];

    /// The word of a file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Arrived => "ok",
            Self::Low => "low",
            Self::Gap => "gap",
            Self::Extra => "extra",
            Self::NoHistory => "no_history",
            Self::Open => "open",
        }
    }

    /// Whether somebody should say why.
    pub const fn wants_words(self) -> bool {
        matches!(self, Self::Low | Self::Gap | Self::Extra)
    }
}

/// What is usual after these weeks, oldest first. A week in which nothing came although something was expected says nothing
/// about what is usual: an outage does not become normal by lasting.
pub fn usual(weeks: &[i64]) -> Option<i64> {
    let mut known: Vec<i64> = Vec::new();
    let last = |known: &[i64]| expected(&known[known.len().saturating_sub(usize::try_from(WEEKS).unwrap_or(0))..]);
    for &received in weeks {
        if status(received, last(&known), true) != Status::Gap {
            known.push(received);
        }
    }
    last(&known)
}

/// What is usual: the median of the same weekday in the weeks before, without days that somebody explained. None while
/// fewer than [`LEAST_WEEKS`] of them are known.
fn expected(history: &[i64]) -> Option<i64> {
    if history.len() < LEAST_WEEKS {
        return None;
    }
    let mut sorted = history.to_vec();
    sorted.sort_unstable();
    let middle = sorted.len() / 2;
    Some(if sorted.len().is_multiple_of(2) {
        i64::midpoint(sorted[middle - 1], sorted[middle])
    } else {
        sorted[middle]
    })
}

/// What to call a day. `over` is whether the day has ended at the source.
pub fn status(received: i64, expected: Option<i64>, over: bool) -> Status {
    match expected {
        _ if !over => Status::Open,
        None => Status::NoHistory,
        Some(0) if received == 0 => Status::Arrived,
        Some(0) => Status::Extra,
        Some(_) if received == 0 => Status::Gap,
        Some(expected) if received.saturating_mul(2) < expected => Status::Low,
        Some(expected) if received > expected.saturating_mul(2) => Status::Extra,
        Some(_) => Status::Arrived,
    }
}

/// A month that a page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    /// Its first day.
    pub first: NaiveDate,
    /// Its last day.
    pub last: NaiveDate,
}

impl Month {
    /// The month of a day.
    pub fn of(day: NaiveDate) -> Self {
        let first = day.with_day(1).unwrap_or(day);
        let last = (first + Months::new(1)).checked_sub_days(Days::new(1)).unwrap_or(first);
        Self { first, last }
    }

    /// `2026-11`
    pub fn parse(text: &str) -> Option<Self> {
        let shaped = text.len() == 7 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let first = shaped.then(|| NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok()).flatten()?;
        (2000..2100).contains(&first.year()).then(|| Self::of(first))
    }

    /// As a URL has it.
    pub fn word(self) -> String {
        self.first.format("%Y-%m").to_string()
    }

    /// As people say it.
    pub fn label(self) -> String {
        self.first.format("%B %Y").to_string()
    }

    /// The month before.
    pub fn earlier(self) -> Self {
        Self::of(self.first.checked_sub_days(Days::new(1)).unwrap_or(self.first))
    }

    /// The month after.
    pub fn later(self) -> Self {
        Self::of(self.first + Months::new(1))
    }
}

#[cfg(test)]
mod tests {
    use super::{LEAST_WEEKS, Month, Status, expected, status, usual};

    #[test]
    fn what_is_usual_is_the_median_and_one_quiet_week_does_not_move_it() {
        assert_eq!(expected(&[100, 104, 0, 96, 100, 98, 101, 99]), Some(99));
        assert_eq!(expected(&[10, 30, 20]), Some(20));
        assert_eq!(expected(&[1; LEAST_WEEKS - 1]), None);
        assert_eq!(expected(&[]), None);
    }

    #[test]
    fn an_outage_does_not_become_normal_by_lasting_and_a_quiet_weekday_stays_quiet() {
        let mut weeks = vec![100; 8];
        weeks.extend([0; 20]);
        assert_eq!(usual(&weeks), Some(100));
        assert_eq!(usual(&[0; 20]), Some(0));
        assert_eq!(usual(&[0, 0, 0, 5, 0, 0]), Some(0), "now and then a row");
        assert_eq!(usual(&[900, 900, 900, 10, 10, 10, 10, 10, 10, 10, 10]), Some(10), "fewer, but not none");
    }

    #[test]
    fn a_day_is_called_what_it_is() {
        for (received, expected, over, called) in [
            (100, Some(100), true, Status::Arrived),
            (50, Some(100), true, Status::Arrived),
            (49, Some(100), true, Status::Low),
            (0, Some(100), true, Status::Gap),
            (200, Some(100), true, Status::Arrived),
            (201, Some(100), true, Status::Extra),
            (0, Some(0), true, Status::Arrived),
            (7, Some(0), true, Status::Extra),
            (0, Some(1), true, Status::Gap),
            (12, None, true, Status::NoHistory),
            (0, Some(100), false, Status::Open),
        ] {
            assert_eq!(status(received, expected, over), called, "{received} of {expected:?}");
        }
        assert!(Status::ALL.iter().filter(|status| status.wants_words()).count() == 3);
    }

    #[test]
    fn months_follow_each_other() {
        let month = Month::parse("2026-01").expect("a month");
        assert_eq!((month.earlier().word(), month.later().word()), ("2025-12".to_owned(), "2026-02".to_owned()));
        assert_eq!(month.later().last.to_string(), "2026-02-28");
        for bad in ["", "2026", "2026-13", "1999-01", "2026-1x", "+026-01"] {
            assert_eq!(Month::parse(bad), None, "{bad}");
        }
    }
}
