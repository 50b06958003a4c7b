//! Times as messages write them: an ISO date and time with any offset, with 0 to 9 and more digits of a second, or with no
//! zone at all, which is the source's own. Never the time of the import.

use chrono::{DateTime, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

use crate::ingest::times::Moment;
use crate::ingest::words::Reason;

/// 2000-01-01, before which no access is taken.
const FIRST: i64 = 946_684_800;

/// The moment a text says.
pub(super) fn moment(text: &str, zone: Tz, now: DateTime<Utc>) -> Result<Moment, Reason> {
    let (local, offset) = parse(text).ok_or(Reason::UnreadableTime)?;
    let (at, repeated) = match offset {
        Some(offset) => {
            (offset.from_local_datetime(&local).single().ok_or(Reason::UnreadableTime)?.with_timezone(&Utc), false)
        }
        None => match zone.from_local_datetime(&local) {
            LocalResult::Single(at) => (at.with_timezone(&Utc), false),
            LocalResult::Ambiguous(earlier, _) => (earlier.with_timezone(&Utc), true),
            LocalResult::None => return Err(Reason::AbsentLocalTime),
        },
    };
    let first = DateTime::from_timestamp(FIRST, 0).unwrap_or_default();
    if at < first || at > now + TimeDelta::days(1) {
        return Err(Reason::TimeOutOfRange);
    }
    Ok(Moment { micros: at.timestamp_micros(), repeated })
}

fn parse(text: &str) -> Option<(NaiveDateTime, Option<FixedOffset>)> {
    let text = text.trim();
    if !text.is_ascii() || text.len() > 64 {
        return None;
    }
    let (date, rest) = text.split_at_checked(10)?;
    let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok().filter(|_| date.as_bytes()[4] == b'-')?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let split = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let (time, zone) = rest.split_at(split);
    let (clock, fraction) = time.split_once(['.', ',']).unwrap_or((time, ""));
    let parts: Option<Vec<u32>> = clock.trim_end().split(':').map(two_digits).collect();
    let (hour, minute, second) = match parts?[..] {
        [hour, minute] => (hour, minute, 0),
        // a leap second is the one before it
        [hour, minute, second] => (hour, minute, if second == 60 { 59 } else { second }),
        _ => return None,
    };
    let fraction = fraction.trim_end();
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let micro =
        fraction.bytes().chain(std::iter::repeat(b'0')).take(6).fold(0, |all, byte| all * 10 + u32::from(byte - b'0'));
    Some((date.and_hms_micro_opt(hour, minute, second, micro)?, offset(zone)?))
}

fn two_digits(text: &str) -> Option<u32> {
    (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// `Z`, `+02:00`, `+0200`, `+02`, or nothing.
#[allow(clippy::option_option, reason = "unreadable, absent, there")]
fn offset(text: &str) -> Option<Option<FixedOffset>> {
    if text.is_empty() {
        return Some(None);
    }
    if text.eq_ignore_ascii_case("z") {
        return Some(FixedOffset::east_opt(0));
    }
    let (sign, digits) = text.split_at(1);
    let digits = digits.replace(':', "");
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = if minutes.is_empty() { 0 } else { two_digits(minutes)? };
    let seconds = two_digits(hours)?.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?;
    let seconds = i32::try_from(seconds).ok()?;
    FixedOffset::east_opt(if sign == "-" { -seconds } else { seconds }).map(Some)
}

#[cfg(test)]
mod tests {
    use super::moment;
    use crate::ingest::words::Reason;
    use chrono::{DateTime, Utc};
    use chrono_tz::Tz;

    fn at(text: &str) -> Result<String, Reason> {
        let now = "2026-11-22T12:00:00Z".parse().expect("a time");
        let at = moment(text, Tz::America__New_York, now)?;
        assert_eq!(at.repeated, text == "2023-11-05T01:30:00", "{text}");
        Ok(DateTime::<Utc>::from_timestamp_micros(at.micros).expect("in range").format("%FT%T%.6f").to_string())
    }

    #[test]
    fn a_time_is_read_however_it_is_written_and_without_a_zone_in_the_sources() {
        for (text, utc) in [
            ("2023-09-11T14:18:27.579+02:00", "2023-09-11T12:18:27.579000"),
            ("2023-09-11T14:18:27.5791234567890Z", "2023-09-11T14:18:27.579123"),
            ("2023-09-11 14:18:27,5 -0600", "2023-09-11T20:18:27.500000"),
            ("2023-09-11T14:18+02", "2023-09-11T12:18:00.000000"),
            ("2023-01-11T14:18:27", "2023-01-11T19:18:27.000000"),
            ("2023-09-11t14:18:27", "2023-09-11T18:18:27.000000"),
            ("2023-11-05T01:30:00", "2023-11-05T05:30:00.000000"),
            ("2023-11-05T01:30:00-05:00", "2023-11-05T06:30:00.000000"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000000"),
        ] {
            assert_eq!(at(text), Ok(utc.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_time_that_is_none_is_refused() {
        for text in [
            "",
            "2023-09-11",
            "11/09/2023 14:18",
            "2023-09-11T14:18:27+02:00x",
            "2023-09-11T14:18:27+99:00",
            "2023-02-30T00:00:00Z",
            "2023-09-11T24:00:00Z",
            "2023-09-11Té:00",
            "+2023-9-11T00:00:00Z",
        ] {
            assert_eq!(at(text), Err(Reason::UnreadableTime), "{text}");
        }
        assert_eq!(at("2023-03-12T02:30:00"), Err(Reason::AbsentLocalTime));
        assert_eq!(at("1999-12-31T23:59:59Z"), Err(Reason::TimeOutOfRange));
        assert_eq!(at("9999-12-31T23:59:59Z"), Err(Reason::TimeOutOfRange));
    }
}
