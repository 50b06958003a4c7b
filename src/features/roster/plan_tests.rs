use std::collections::HashSet;

use super::*;
use crate::features::roster::model::tests::{day, period, place};
use crate::features::roster::model::{Period, Supervisor};

const NURSE: u128 = 20;

fn row(number: &str) -> RosterRow {
    RosterRow {
        line: 2,
        employee_number: number.to_owned(),
        full_name: "Ada Byron".to_owned(),
        email: None,
        username: None,
        facility: Some("MAIN".to_owned()),
        department: Some("Emergency".to_owned()),
        job_role: Some("Nurse".to_owned()),
        supervisor_number: None,
        starts_on: None,
        hired_on: None,
        ends_on: None,
        standing: Standing::Active,
        secondary: false,
        name_hash: None,
        surname_hash: None,
        address_hash: None,
    }
}

fn person(id: u128, number: &str, periods: Vec<Period>) -> Person {
    Person {
        id: Uuid::from_u128(id),
        employee_number: Some(number.to_owned()),
        full_name: "Ada Byron".to_owned(),
        email: None,
        name_hash: None,
        surname_hash: None,
        address_hash: None,
        has_account: false,
        periods,
    }
}

/// MAIN is facility 1 with the department 101, "Emergency"; WEST is facility 2 with 102. The nurse works in MAIN since 2020.
fn state() -> State {
    let facility = |id: u128, name: &str, site_code: &str| Facility {
        id: Uuid::from_u128(id),
        name: name.to_owned(),
        site_code: site_code.to_owned(),
        covered: true,
    };
    State {
        me: Uuid::nil(),
        everybody: true,
        people: vec![person(NURSE, "E-1", vec![period(7, "2020-01-01", None)])],
        facilities: vec![facility(1, "Main Hospital", "MAIN"), facility(2, "West Clinic", "WEST")],
        departments: HashMap::from([
            ((Uuid::from_u128(1), "emergency".to_owned()), Uuid::from_u128(101)),
            ((Uuid::from_u128(2), "emergency".to_owned()), Uuid::from_u128(102)),
        ]),
        facility_words: HashMap::new(),
        department_words: HashMap::new(),
        elsewhere: HashSet::new(),
    }
}

fn one(row: RosterRow, state: &State) -> Item {
    plan(&[row], &[], state, day("2026-11-22")).remove(0)
}

#[test]
fn what_is_recorded_already_is_unchanged() {
    let item = one(row("E-1"), &state());
    assert_eq!((item.change, item.problem, item.steps), (RosterChange::Unchanged, None, Steps::default()));
}

#[test]
fn somebody_new_begins_on_the_first_day_the_file_knows_else_on_its_date() {
    let item = one(row("E-2"), &state());
    assert_eq!((item.change, item.effective), (RosterChange::Added, Some(day("2026-11-22"))));
    let hired = RosterRow { hired_on: Some(day("2024-02-01")), ..row("E-2") };
    assert_eq!(one(hired.clone(), &state()).effective, Some(day("2024-02-01")));
    let placed = RosterRow { starts_on: Some(day("2025-03-01")), ..hired };
    assert_eq!(one(placed, &state()).effective, Some(day("2025-03-01")));
}

#[test]
fn a_move_begins_on_the_rows_day_else_on_the_files() {
    let west = RosterRow { facility: Some("west clinic".to_owned()), ..row("E-1") };
    let item = one(west.clone(), &state());
    assert_eq!((item.change, item.effective), (RosterChange::Moved, Some(day("2026-11-22"))));
    assert_eq!(item.steps.add[0].ends_on, Some(day("2026-11-21")), "the period before ends the day before");
    assert_eq!(item.steps.add[1].placement, place(2));
    let dated = RosterRow { starts_on: Some(day("2026-06-01")), ..west.clone() };
    assert_eq!(one(dated, &state()).effective, Some(day("2026-06-01")));
    let absurd = RosterRow { starts_on: Some(day("2019-06-01")), ..west };
    assert_eq!(one(absurd, &state()).problem, Some(RosterProblem::DateDisorder));
}

#[test]
fn another_job_or_supervisor_is_a_move() {
    let state = State { people: [state().people, vec![person(21, "E-5", Vec::new())]].concat(), ..state() };
    let job = RosterRow { job_role: Some("Charge nurse".to_owned()), ..row("E-1") };
    assert_eq!(one(job, &state).change, RosterChange::Moved);
    let under = RosterRow { supervisor_number: Some("E-5".to_owned()), ..row("E-1") };
    let item = one(under, &state);
    assert_eq!(item.change, RosterChange::Moved);
    assert_eq!(item.steps.add[1].placement.supervisor, Some(Supervisor::Known(Uuid::from_u128(21))));
}

#[test]
fn a_supervisor_may_stand_in_the_same_file_and_one_nobody_knows_is_left_as_it_was() {
    let under = |number: &str| RosterRow { supervisor_number: Some(number.to_owned()), ..row("E-1") };
    let items = plan(&[under("E-9"), row("E-9")], &[], &state(), day("2026-11-22"));
    assert_eq!(items[0].steps.add[1].placement.supervisor, Some(Supervisor::New("E-9".to_owned())));
    let item = one(under("E-8"), &state());
    assert_eq!((item.change, item.problem), (RosterChange::Unchanged, Some(RosterProblem::UnknownSupervisor)));
    assert_eq!(one(under("E-1"), &state()).problem, None, "nobody supervises themselves");
}

#[test]
fn leave_and_return_are_periods_of_their_own() {
    let away = RosterRow { standing: Standing::OnLeave, starts_on: Some(day("2020-01-01")), ..row("E-1") };
    let item = one(away.clone(), &state());
    assert_eq!((item.change, item.effective), (RosterChange::OnLeave, Some(day("2026-11-22"))));
    assert!(item.steps.add[1].on_leave && !item.steps.add[0].on_leave);
    let mut state = state();
    state.people[0].periods[0].on_leave = true;
    assert_eq!(one(away, &state).change, RosterChange::Unchanged);
    assert_eq!(one(row("E-1"), &state).change, RosterChange::Returned);
}

#[test]
fn a_termination_has_the_rows_last_day_else_the_files_date() {
    let gone = RosterRow { standing: Standing::Terminated, ..row("E-1") };
    let item = one(gone.clone(), &state());
    assert_eq!((item.change, item.effective), (RosterChange::Terminated, Some(day("2026-11-22"))));
    let dated = RosterRow { ends_on: Some(day("2026-11-12")), ..gone };
    let item = one(dated, &state());
    assert_eq!(item.steps.add[0].ends_on, Some(day("2026-11-12")));
    let soon = RosterRow { ends_on: Some(day("2026-12-31")), ..row("E-1") };
    let item = one(soon, &state());
    assert_eq!((item.change, item.effective), (RosterChange::Terminated, Some(day("2026-12-31"))));
}

#[test]
fn a_line_of_somebody_long_gone_changes_nothing_unless_it_knows_another_last_day() {
    let mut state = state();
    state.people[0].periods[0].ends_on = Some(day("2025-05-31"));
    let gone = RosterRow { standing: Standing::Terminated, ..row("E-1") };
    assert_eq!(one(gone.clone(), &state).change, RosterChange::Unchanged);
    let same = RosterRow { ends_on: Some(day("2025-05-31")), ..gone.clone() };
    assert_eq!(one(same, &state).change, RosterChange::Unchanged);
    let earlier = RosterRow { ends_on: Some(day("2025-05-15")), ..gone };
    assert_eq!(one(earlier, &state).steps.add[0].ends_on, Some(day("2025-05-15")));
}

#[test]
fn somebody_who_is_back_is_rehired_and_the_first_start_is_not_the_return() {
    let mut state = state();
    state.people[0].periods[0].ends_on = Some(day("2025-05-31"));
    let back = RosterRow { starts_on: Some(day("2020-01-01")), hired_on: Some(day("2020-01-01")), ..row("E-1") };
    let item = one(back.clone(), &state);
    assert_eq!((item.change, item.effective), (RosterChange::Rehired, Some(day("2026-11-22"))));
    assert!(item.steps.supersede.is_empty(), "what was stays");
    let dated = RosterRow { starts_on: Some(day("2026-09-01")), ..back };
    assert_eq!(one(dated, &state).effective, Some(day("2026-09-01")));
}

#[test]
fn a_new_name_an_address_or_a_mail_address_is_a_change_of_its_own() {
    let married = RosterRow { full_name: "Ada Lovelace".to_owned(), ..row("E-1") };
    assert_eq!(one(married.clone(), &state()).change, RosterChange::Renamed);
    let moved_house = RosterRow { address_hash: Some([7; 32]), ..row("E-1") };
    assert_eq!(one(moved_house, &state()).change, RosterChange::Renamed);
    let both = RosterRow { facility: Some("WEST".to_owned()), ..married };
    let item = one(both, &state());
    assert_eq!((item.change, item.renamed), (RosterChange::Moved, true));
}

#[test]
fn a_mail_address_that_somebody_else_has_is_left_out_and_said() {
    let mut state = state();
    state.people.push(Person { email: Some("a@b.c".to_owned()), ..person(21, "E-5", Vec::new()) });
    let taken = RosterRow { email: Some("A@b.c".to_owned()), ..row("E-1") };
    let item = one(taken.clone(), &state);
    assert_eq!((item.change, item.problem), (RosterChange::Unchanged, Some(RosterProblem::EmailTaken)));
    let twice = |number: &str| RosterRow { email: Some("new@b.c".to_owned()), ..row(number) };
    let items = plan(&[twice("E-6"), twice("E-7")], &[], &state, day("2026-11-22"));
    assert_eq!((items[0].problem, items[1].problem), (None, Some(RosterProblem::EmailTaken)));
}

#[test]
fn problems_stop_the_line_and_only_the_line() {
    for (row, problem) in [
        (RosterRow { facility: Some("EAST".to_owned()), ..row("E-2") }, RosterProblem::UnknownFacility),
        (RosterRow { facility: None, ..row("E-2") }, RosterProblem::NoFacility),
        (RosterRow { department: None, ..row("E-2") }, RosterProblem::NoDepartment),
        (RosterRow { job_role: None, ..row("E-2") }, RosterProblem::NoJob),
        (
            RosterRow { starts_on: Some(day("2026-02-01")), ends_on: Some(day("2026-01-01")), ..row("E-2") },
            RosterProblem::DateDisorder,
        ),
        (RosterRow { ends_on: Some(day("2019-01-01")), ..row("E-1") }, RosterProblem::DateDisorder),
    ] {
        let item = one(row, &state());
        assert_eq!((item.change, item.problem), (RosterChange::Problem, Some(problem)));
        assert_eq!(item.steps, Steps::default());
    }
    let items = plan(&[row("E-2"), row("E-2"), row("E-3")], &[], &state(), day("2026-11-22"));
    let problems: Vec<_> = items.iter().map(|item| item.problem).collect();
    let twice = Some(RosterProblem::DuplicateNumber);
    assert_eq!(problems, [twice, twice, None, None], "both lines, because nobody knows which holds");
}

#[test]
fn a_column_the_roster_lacks_says_nothing() {
    let bare = RosterRow { facility: None, department: None, job_role: None, ..row("E-1") };
    assert_eq!(one(bare, &state()).change, RosterChange::Unchanged);
}

#[test]
fn a_department_nobody_knows_is_made_and_said() {
    let item = one(RosterRow { department: Some("Pharmacy".to_owned()), ..row("E-1") }, &state());
    assert!(item.new_department && item.change == RosterChange::Moved);
}

#[test]
fn a_coordinator_changes_nobody_elsewhere() {
    let mut state = state();
    state.facilities[1].covered = false;
    let west = RosterRow { facility: Some("WEST".to_owned()), ..row("E-1") };
    assert_eq!(one(west, &state).problem, Some(RosterProblem::FacilityNotYours));
    state.elsewhere.insert(Uuid::from_u128(NURSE));
    assert_eq!(one(row("E-1"), &state).problem, Some(RosterProblem::WorksElsewhere));
}

#[test]
fn who_is_missing_is_listed_and_ends_only_when_somebody_says_so() {
    let state = state();
    let mut items = plan(&[row("E-2")], &[], &state, day("2026-11-22"));
    assert_eq!((items[1].change, items[1].steps.clone()), (RosterChange::Missing, Steps::default()));
    end_missing(&mut items, &state, day("2026-11-20")).expect("they left");
    assert_eq!(items[1].steps.add[0].ends_on, Some(day("2026-11-20")));
    assert_eq!(items[0].change, RosterChange::Added, "nobody else changes");
    assert_eq!(end_missing(&mut items, &state, day("2019-11-20")), Err(RosterProblem::DateDisorder));
}

#[test]
fn the_hash_of_a_plan_is_what_it_does() {
    let state = state();
    let west = RosterRow { facility: Some("WEST".to_owned()), ..row("E-1") };
    let plan_of =
        |row: &RosterRow, state: &State| digest(&plan(std::slice::from_ref(row), &[], state, day("2026-11-22")));
    assert_eq!(plan_of(&west, &state), plan_of(&west, &state));
    let mut moved = state.people[0].clone();
    moved.periods = vec![Period { placement: place(2), ..period(8, "2026-01-01", None) }];
    let later = State { people: vec![moved], ..self::state() };
    assert_ne!(plan_of(&west, &state), plan_of(&west, &later));
}

#[test]
fn what_a_plan_made_leaves_nothing_to_do() {
    let mut state = state();
    let away = RosterRow { standing: Standing::OnLeave, facility: Some("WEST".to_owned()), ..row("E-1") };
    let item = one(away.clone(), &state);
    let person = &mut state.people[0];
    person.periods.retain(|period| !item.steps.supersede.contains(&period.id));
    person.periods.extend(item.steps.add.iter().map(|new| Period {
        id: Uuid::now_v7(),
        placement: new.placement.clone(),
        starts_on: new.starts_on,
        ends_on: new.ends_on,
        on_leave: new.on_leave,
    }));
    assert_eq!(one(away, &state).change, RosterChange::Unchanged);
}

#[test]
fn of_two_positions_the_primary_one_counts() {
    let other = RosterRow { line: 3, facility: Some("WEST".to_owned()), secondary: true, ..row("E-1") };
    let at = day("2026-11-22");
    let items = plan(&[row("E-1"), other.clone()], &[], &state(), at);
    let changes: Vec<_> = items.iter().map(|item| (item.change, item.problem)).collect();
    assert_eq!(changes, [(RosterChange::Unchanged, None), (RosterChange::OtherPosition, None)]);
    assert_eq!(items[1].steps, Steps::default());
    let twice = (RosterChange::Problem, Some(RosterProblem::DuplicateNumber));
    let first = RosterRow { secondary: true, ..row("E-1") };
    for unclear in [[first.clone(), other.clone()], [row("E-1"), RosterRow { secondary: false, ..other.clone() }]] {
        let items = plan(&unclear, &[], &state(), at);
        assert_eq!(items.iter().map(|item| (item.change, item.problem)).collect::<Vec<_>>(), [twice, twice]);
    }
    let alone = one(RosterRow { facility: Some("WEST".to_owned()), ..first }, &state());
    assert_eq!(alone.change, RosterChange::Moved, "a position that stands alone is the one there is");
}

#[test]
fn a_word_of_the_file_is_read_as_what_somebody_said_it_means() {
    let mut state = state();
    let foreign = RosterRow { facility: Some("Big House".to_owned()), department: Some("ED".to_owned()), ..row("E-1") };
    assert_eq!(one(foreign.clone(), &state).problem, Some(RosterProblem::UnknownFacility));
    state.facility_words.insert("big house".to_owned(), Uuid::from_u128(1));
    let item = one(foreign.clone(), &state);
    assert!(item.new_department && item.change == RosterChange::Moved);
    state.department_words.insert((Uuid::from_u128(1), "ed".to_owned()), Uuid::from_u128(101));
    let item = one(foreign, &state);
    assert_eq!((item.change, item.new_department), (RosterChange::Unchanged, false));
    state.facility_words.insert("west".to_owned(), Uuid::from_u128(1));
    let west = RosterRow { facility: Some("WEST".to_owned()), ..row("E-1") };
    assert_eq!(one(west, &state).facility, Some(Uuid::from_u128(2)), "a facility's own name goes before");
}
