use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeZone, Timelike, Weekday};
use chrono_tz::America::New_York;

use super::*;
use crate::demo::organisation::{CLOSES, Kind, OPENS, Person, organisation};

/// Days whose windows hold both clock changes, a leap day and a year's end.
const DAYS: [(i32, u32, u32); 6] =
    [(2026, 11, 22), (2026, 11, 6), (2027, 1, 1), (2027, 3, 16), (2028, 3, 1), (2026, 7, 8)];

fn days() -> impl Iterator<Item = NaiveDate> {
    DAYS.into_iter().filter_map(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day))
}

struct Line {
    at: NaiveDateTime,
    cells: Vec<String>,
}

impl Line {
    fn login(&self) -> &str {
        &self.cells[18]
    }
    fn action(&self) -> &str {
        &self.cells[4]
    }
    fn mrn(&self) -> &str {
        &self.cells[5]
    }
    fn department(&self) -> &str {
        &self.cells[15]
    }
    fn reason(&self) -> &str {
        &self.cells[16]
    }
    fn glass_without_reason(&self) -> bool {
        self.action() == "BREAK GLASS" && self.reason().is_empty()
    }
}

fn lines(exports: &[Export]) -> Vec<Line> {
    let mut lines = Vec::new();
    for export in exports {
        let mut rows = export.text.strip_suffix("\r\n").expect("ends with CRLF").split("\r\n");
        assert_eq!(rows.next(), Some(HEADER));
        for row in rows {
            let cells: Vec<String> = row.split('\t').map(str::to_owned).collect();
            assert_eq!(cells.len(), 22, "{row}");
            let at = NaiveDateTime::parse_from_str(&cells[0], "%Y-%m-%d %H:%M:%S").expect("a time");
            lines.push(Line { at, cells });
        }
    }
    lines
}

struct Log {
    today: NaiveDate,
    org: Organisation,
    lines: Vec<Line>,
}

/// The roster by EHR login.
fn roster(org: &Organisation) -> BTreeMap<&str, &Person> {
    (org.people.iter()).filter_map(|person| Some((person.login.as_deref()?, person))).collect()
}

fn log(today: NaiveDate) -> Log {
    let org = organisation(today);
    let lines = lines(&exports(&org, today));
    Log { today, org, lines }
}

/// The logs of [`DAYS`], made once for all tests.
fn logs() -> &'static [Log] {
    static LOGS: LazyLock<Vec<Log>> = LazyLock::new(|| days().map(log).collect());
    &LOGS
}

#[test]
fn header_is_the_documented_one() {
    let documented = "ACCESS_LOG.ACCESS_TIME,ACCESS_LOG_METRIC.METRIC_NAME,ACCESS_LOG.WORKSTATION_ID,\
        ZC_METRIC_GROUP.NAME,ZC_ACCESS_ACTION.NAME,PATIENT.PAT_MRN_ID,PATIENT.PAT_FIRST_NAME,\
        PATIENT.PAT_MIDDLE_NAME,PATIENT.PAT_LAST_NAME,PATIENT.ADD_LINE_1,PATIENT.ADD_LINE_2,PATIENT.CITY,\
        PATIENT.ZIP,ZC_STATE.NAME,ZC_COUNTRY.NAME,CLARITY_DEP.DEPARTMENT_NAME,ZC_BTG_REASON.NAME,\
        PAT_BTG_AUDIT.BTG_EXPLANATION,EMP.SYSTEM_LOGIN,CLARITY_EMP.USER_ID,employee_last_name,\
        employee_first_name";
    assert_eq!(HEADER, documented.replace(',', "\t"));
}

#[test]
fn same_day_same_bytes() {
    for today in days().take(2) {
        assert_eq!(exports(&organisation(today), today), exports(&organisation(today), today));
    }
}

#[test]
fn size_window_and_clock() {
    for Log { today, lines, .. } in logs() {
        let today = *today;
        assert!((36_000..=44_000).contains(&lines.len()), "{today}: {}", lines.len());
        assert!(lines.is_sorted_by_key(|line| line.at));
        for line in lines {
            assert!((days_ago(today, WINDOW)..today).contains(&line.at.date()), "{today}: {}", line.at);
            assert!(New_York.from_local_datetime(&line.at).single().is_some(), "{}", line.at);
        }
    }
}

#[test]
fn organisation_is_sound() {
    for today in days() {
        let org = organisation(today);
        let unique = |values: Vec<&str>| {
            let all = values.len();
            assert_eq!(values.into_iter().collect::<BTreeSet<_>>().len(), all);
        };
        assert_eq!((org.facilities.len(), org.people.len(), org.vendors.len(), org.patients.len()), (4, 120, 6, 2510));
        unique(org.people.iter().map(|it| it.key.as_str()).collect());
        unique(org.people.iter().map(|it| it.username.as_str()).collect());
        unique(org.people.iter().map(|it| it.email.as_str()).collect());
        unique(org.people.iter().map(|it| it.employee_number.as_str()).collect());
        unique(org.patients.iter().map(|it| it.mrn.as_str()).collect());
        unique(org.departments.iter().map(|it| it.name.as_str()).collect());
        let staff: BTreeSet<_> = org.people.iter().map(|it| it.last_name.as_str()).collect();
        // but for those who are, or live with, a member of the staff
        assert!(org.patients[..2500].iter().all(|it| !staff.contains(it.last_name.as_str())));
        let a = org.accounts;
        let names =
            [a.manager, a.coordinator, a.auditor, a.field_staff, a.admin].map(|it| org.people[it].username.as_str());
        assert_eq!(names, ["manager", "coordinator", "auditor", "field_staff", "admin"]);
        for person in &org.people {
            for pair in person.employment.windows(2) {
                assert_eq!(pair[0].to, pair[1].from.pred_opt());
            }
            for job in &person.employment {
                assert!(job.to.is_none_or(|to| job.from < to && to < today));
            }
        }
        let left = org.people.iter().filter(|it| it.employed_on(today).is_none()).count();
        let away = org.people.iter().filter(|it| it.employed_on(today).is_some_and(|job| job.leave)).count();
        assert_eq!((left, away), (6, 3));
    }
}

/// The planted cases are there, and the rules find nothing else.
fn check_cases(log: &Log) {
    let Log { today, org, lines } = log;
    let planted = planted(org, *today);
    let count = |rule| planted.iter().filter(|it| it.rule == rule).count();
    assert_eq!(count("terminated_user"), 10);
    assert_eq!(count("break_glass_no_reason"), 16);
    assert_eq!(count("volume_spike"), 8);
    let fresh = planted.iter().filter(|it| it.day >= days_ago(*today, 5)).count();
    assert!(fresh >= 15, "{today}: {fresh}");
    for case in &planted {
        assert!(
            lines.iter().any(|line| {
                line.login() == case.login
                    && line.at.date() == case.day
                    && case.mrn.as_deref().is_none_or(|mrn| line.mrn() == mrn)
                    && (case.rule != "break_glass_no_reason" || line.glass_without_reason())
            }),
            "{today}: {case:?}"
        );
    }
    let roster = roster(org);
    // And nothing else: the rules' answers are exactly the planted ones.
    let found: BTreeSet<_> = lines
        .iter()
        .filter(|line| line.glass_without_reason())
        .map(|line| (line.login(), line.at.date(), line.mrn()))
        .collect();
    assert_eq!(found.len(), 16);
    let after: BTreeSet<_> = lines
        .iter()
        .filter(|line| roster.get(line.login()).is_some_and(|it| it.employed_on(line.at.date()).is_none()))
        .filter(|line| !line.mrn().is_empty())
        .map(|line| (line.login(), line.at.date(), line.mrn()))
        .collect();
    assert_eq!(after.len(), 10, "{today}: {after:?}");
}

/// Login and day to rows and distinct patients.
type PersonDays<'a> = BTreeMap<(&'a str, NaiveDate), (usize, BTreeSet<&'a str>)>;

fn person_days(lines: &[Line]) -> PersonDays<'_> {
    let mut found = PersonDays::new();
    for line in lines {
        let day = found.entry((line.login(), line.at.date())).or_default();
        day.0 += 1;
        if !line.mrn().is_empty() {
            day.1.insert(line.mrn());
        }
    }
    found
}

/// Days with at least 40 rows and three times the person's own median, by rows and by patients.
fn spikes<'a>(days: &PersonDays<'a>) -> Vec<(&'a str, NaiveDate, bool, bool)> {
    let median = |mut values: Vec<usize>| {
        values.sort_unstable();
        values[values.len() / 2]
    };
    let mut found = Vec::new();
    for (&(login, day), (rows, patients)) in days {
        let before: Vec<_> = days.range((login, days_ago(day, 30))..(login, day)).map(|(_, it)| it).collect();
        if *rows < 40 || before.len() < 10 {
            continue;
        }
        let by_rows = *rows >= 3 * median(before.iter().map(|it| it.0).collect());
        let by_patients = patients.len() >= 3 * median(before.iter().map(|it| it.1.len()).collect());
        if by_rows || by_patients {
            found.push((login, day, by_rows, by_patients));
        }
    }
    found
}

/// The planted spikes are found by rows and by patients, and at most five other person-days by either.
fn check_spikes(log: &Log) {
    let Log { today, org, lines } = log;
    assert!((36_000..=44_000).contains(&lines.len()), "{today}: {}", lines.len());
    let mut found = spikes(&person_days(lines));
    for case in planted(org, *today).iter().filter(|it| it.rule == "volume_spike") {
        let expected = (case.login.as_str(), case.day, true, true);
        assert!(found.contains(&expected), "{today}: {case:?}");
        found.retain(|it| *it != expected);
    }
    assert!(found.len() <= 5, "{today}: {found:?}");
}

#[test]
fn rules_find_the_planted_cases() {
    for log in logs() {
        check_cases(log);
        check_spikes(log);
    }
}

#[test]
fn rules_find_the_planted_cases_throughout_two_years() {
    // every weekday, month's end and change of clocks comes near one of them
    let first = NaiveDate::from_ymd_opt(2026, 1, 3).expect("a day");
    (first.iter_days().step_by(61).take(12)).map(log).for_each(|log| {
        check_cases(&log);
        check_spikes(&log);
    });
}

#[test]
fn shape_is_believable() {
    for Log { today, org, lines } in logs() {
        let roster = roster(org);
        let planted = planted(org, *today);
        let count = |action: &str| lines.iter().filter(|line| line.action() == action).count();
        let (searches, views, changes) = (count("SEARCH"), count("VIEW"), count("MODIFY"));
        let reasoned = (lines.iter()).filter(|line| !line.reason().is_empty()).count();
        let unknown = (lines.iter()).filter(|line| STRANGERS.iter().any(|it| it.0 == line.login())).count();
        // Office people, their planted spikes apart; and how near the patients of everybody are.
        let (mut office, mut late, mut near, mut looks) = (0, 0, 0, 0);
        for line in lines {
            let Some(person) = roster.get(line.login()) else {
                continue;
            };
            let Some(job) = person.employed_on(line.at.date()) else {
                continue;
            };
            let spike = |it: &Planted| it.mrn.is_none() && it.login == line.login() && it.day == line.at.date();
            if planted.iter().any(spike) {
                continue;
            }
            let place = &org.departments[job.department];
            let weekend = matches!(line.at.weekday(), Weekday::Sat | Weekday::Sun);
            if !place.round_the_clock {
                office += 1;
                late += usize::from(weekend || !(OPENS..CLOSES).contains(&line.at.hour()));
            }
            let site = org.facilities[place.facility].site_code;
            if !line.mrn().is_empty() && place.kind != Kind::Billing {
                looks += 1;
                near += usize::from(line.department().starts_with(site));
            }
        }
        assert!((45..=75).contains(&(views * 10 / searches)));
        assert!((14..=26).contains(&(changes * 10 / searches)));
        assert!((25..=60).contains(&reasoned), "{reasoned}");
        assert!((80..=240).contains(&unknown), "{unknown}");
        assert!((15..=45).contains(&(late * 1000 / office)), "{late} of {office}");
        assert!(near * 100 / looks >= 94, "{near} of {looks}");
    }
}

#[test]
fn past_decisions_are_believable() {
    for today in days() {
        let org = organisation(today);
        let old = planted(&org, today).iter().filter(|it| it.day < days_ago(today, 7)).count();
        let decided = past_decisions(&org, today);
        assert!(decided.len() * 10 >= old * 6 && decided.len() * 10 <= old * 8, "{} of {old}", decided.len());
        for it in &decided {
            assert!(it.decided_at.date() < today && it.decided_at.date() > it.planted.day);
            assert!(it.second_review_by != Some(it.decided_by), "{it:?}");
        }
    }
}
