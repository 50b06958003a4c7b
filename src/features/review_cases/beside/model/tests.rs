use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn at(text: &str) -> DateTime<Utc> {
    format!("{text}T12:00:00Z").parse().expect("a time")
}

fn nurse() -> Employment {
    Employment {
        job_role: "Registered nurse".to_owned(),
        department: "Emergency".to_owned(),
        facility: "Cedar Hill".to_owned(),
        supervisor: None,
        starts_on: day("2020-01-01"),
        ends_on: None,
        on_leave: false,
        recorded_at: at("2020-01-02"),
        end_known_at: None,
        superseded_at: None,
    }
}

#[test]
fn an_end_that_was_entered_later_is_true_of_the_day_and_was_not_known_on_it() {
    // the period was superseded by one with an end, which keeps the day on which the beginning became known
    let periods = [
        Employment { ends_on: Some(day("2026-11-01")), end_known_at: Some(at("2026-11-09")), ..nurse() },
        Employment { superseded_at: Some(at("2026-11-09")), ..nurse() },
    ];
    let access = day("2026-11-05");
    let then = employed_on(&periods, access).expect("employed once");
    assert_eq!((then.standing, then.known_at()), (Standing::Ended(day("2026-11-01")), at("2026-11-09")));
    let known = employed_as_known(&periods, access, at("2026-11-05")).expect("employed");
    assert_eq!(known.standing, Standing::Active);
    assert!(!then.says_the_same(&known));
    let after = employed_as_known(&periods, access, at("2026-11-10")).expect("ended");
    assert!(then.says_the_same(&after), "from the day it was entered both say the same");
}

#[test]
fn a_job_that_was_corrected_later_was_another_one_as_it_was_known() {
    let periods = [
        Employment { job_role: "Registrar".to_owned(), recorded_at: at("2026-11-09"), ..nurse() },
        Employment { superseded_at: Some(at("2026-11-09")), ..nurse() },
    ];
    let job = |employed: Option<Employed<'_>>| employed.map(|employed| employed.period.job_role.clone());
    assert_eq!(job(employed_on(&periods, day("2026-11-05"))).as_deref(), Some("Registrar"));
    assert_eq!(
        job(employed_as_known(&periods, day("2026-11-05"), at("2026-11-05"))).as_deref(),
        Some("Registered nurse")
    );
    assert_eq!(job(employed_as_known(&periods, day("2026-11-05"), at("2019-01-01"))), None);
}

#[test]
fn of_several_periods_the_one_that_covers_the_day_counts_and_leave_is_said() {
    let leave =
        Employment { starts_on: day("2026-11-01"), ends_on: Some(day("2026-11-10")), on_leave: true, ..nurse() };
    let periods = [leave, nurse()];
    let standing = |on: &str| employed_on(&periods, day(on)).map(|employed| employed.standing);
    assert_eq!(standing("2026-11-05"), Some(Standing::OnLeave));
    assert_eq!(standing("2026-11-11"), Some(Standing::Active));
    assert_eq!(standing("2019-01-01"), None);
}

#[test]
fn a_course_lapses_on_its_first_day_without_effect_and_a_retake_mends_it() {
    let record = |completed: &str, expires: Option<&str>, recorded: &str| Training {
        course_code: "HIPAA-101".to_owned(),
        completed_at: at(completed),
        expires_on: expires.map(day),
        recorded_at: at(recorded),
    };
    let records = [record("2025-11-02", Some("2026-11-02"), "2025-11-02"), record("2026-11-12", None, "2026-11-12")];
    let lapsed = |on: &str, known: Option<&str>| -> Vec<_> {
        trained(&records, day(on), at(on), known.map(at)).into_iter().map(|course| course.lapsed).collect()
    };
    assert_eq!(lapsed("2026-11-01", None), [None]);
    assert_eq!(lapsed("2026-11-02", None), [Some(day("2026-11-02"))]);
    assert_eq!(lapsed("2026-11-13", None), [None]);
    assert_eq!(
        lapsed("2026-11-13", Some("2026-11-05")),
        [Some(day("2026-11-02"))],
        "as it was known before the retake"
    );
}

#[test]
fn an_agreement_covers_its_last_day_and_an_end_can_become_known_later() {
    let open = Agreement {
        effective_from: day("2019-01-01"),
        effective_to: None,
        recorded_at: at("2019-01-01"),
        superseded_at: Some(at("2026-11-09")),
    };
    let ended = Agreement {
        effective_to: Some(day("2026-10-31")),
        recorded_at: at("2026-11-09"),
        superseded_at: None,
        ..open.clone()
    };
    let both = [open.clone(), ended.clone()];
    assert_eq!(covered(&both, day("2026-10-31"), None), Covered::By(&ended));
    assert_eq!(covered(&both, day("2026-11-01"), None), Covered::Ended(&ended));
    assert_eq!(covered(&both, day("2026-11-01"), Some(at("2026-11-01"))), Covered::By(&open));
    assert_eq!(covered(&both, day("2018-01-01"), None), Covered::Never);
}

#[test]
fn the_median_is_the_middle() {
    assert_eq!(median(vec![]), None);
    assert_eq!(median(vec![9, 1, 2]), Some(2.0));
    assert_eq!(median(vec![1, 2, 3, 9]), Some(2.5));
}
