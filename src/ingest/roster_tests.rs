use std::io::Cursor;

use super::{Roster, Standing, halves, read};
use crate::config::Keys;
use crate::ingest::header::HeaderProblem;
use crate::ingest::presets::{by_name, epic_access_log};
use crate::ingest::words::{Field, Reason};

const HEADER: &str = "Employee ID,First Name,Last Name,Work Email,User Name,Location,Department,Job Title,Manager ID,Hire Date,Position Start Date,Termination Date,Address 1,Address 2,City,ZIP,Status";

fn keys() -> Keys {
    Keys::new(&"k".repeat(32)).expect("long enough")
}

fn roster(rows: &[&str]) -> Roster {
    let text = format!("{HEADER}\n{}\n", rows.join("\n"));
    let spec = by_name("hr-roster").expect("there").spec;
    read(Box::new(Cursor::new(text)), &spec, &keys()).expect("memory").expect("a good header")
}

#[test]
fn a_line_becomes_a_member_of_the_workforce() {
    let roster = roster(&[
        "00123,Dana,Marsh,dana.marsh@example.org,dmarsh,RVH,Emergency,Registered nurse,77,03/28/2019,01/01/2026,,12 Main St.,,Springfield,01101,Active",
    ]);
    let row = &roster.rows[0];
    assert_eq!((row.line, row.employee_number.as_str(), row.full_name.as_str()), (2, "00123", "Dana Marsh"));
    assert_eq!(
        (row.username.as_deref(), row.facility.as_deref(), row.supervisor_number.as_deref()),
        (Some("dmarsh"), Some("RVH"), Some("77"))
    );
    assert_eq!(row.hired_on.map(|day| day.to_string()).as_deref(), Some("2019-03-28"));
    assert_eq!((row.ends_on, row.standing), (None, Standing::Active));
    // the same as a patient's, see `an_epic_row_becomes_ours_without_its_names`
    assert_eq!(row.surname_hash, Some(keys().hash("surname", b"marsh")));
    assert_eq!(row.name_hash, Some(keys().hash("name", b"dana marsh")));
    assert_eq!(row.address_hash, Some(keys().hash("address", b"12 main st springfield 01101")));
    assert!(roster.rejects.is_empty());
}

#[test]
fn a_line_without_a_key_a_name_or_a_readable_day_is_rejected_with_its_field() {
    let tail = ",,,,,,,,,,Active";
    let roster = roster(&[
        &format!(",Dana,Marsh,,,,{tail}"),
        &format!("1,,,,,,{tail}"),
        "2,A,B,,,,,,,28/03/2019,,,,,,,Active",
        "3,A,B,,,,,,,03/28/2019,,03/27/2019,,,,,Terminated",
        "1.23E+09,A,B,,,,,,,,,,,,,,Active",
        "4,A,B,,,RVH,,,,,,,,,,,Active",
        "4,A,B,,,RVH,,,,,,,,,,,Active",
        "4,A,B,,,MLC,,,,,,,,,,,Active",
        // a column too few: what stands in the first one is not known to be the number
        "5,A,B,,,MLC,,,,,,,,,,Active",
    ]);
    let why: Vec<_> = roster
        .rejects
        .iter()
        .map(|reject| (reject.line, reject.employee_number.as_deref(), reject.field, reject.reason.expect("a reason")))
        .collect();
    assert_eq!(
        why,
        [
            (2, None, Some(Field::EmployeeNumber), Reason::MissingEmployeeNumber),
            (3, Some("1"), Some(Field::FullName), Reason::MissingName),
            (4, Some("2"), Some(Field::HiredOn), Reason::UnreadableDay),
            (5, Some("3"), Some(Field::EndsOn), Reason::DaysReversed),
            (6, None, Some(Field::EmployeeNumber), Reason::SpreadsheetNumber),
            (8, Some("4"), Some(Field::EmployeeNumber), Reason::RepeatedEmployee),
            (10, None, None, Reason::WrongColumnCount),
        ]
    );
    assert_eq!(roster.rows.len(), 2, "one person in two places is two lines");
}

#[test]
fn standing_is_the_source_s_word_or_else_what_the_last_day_says() {
    let of = |status: &str| roster(&[&format!("1,A,B,,,,,,,,,,,,,,{status}")]).rows[0].standing;
    assert_eq!(
        [of("Active"), of("Leave of absence"), of("TERMINATED")],
        [Standing::Active, Standing::OnLeave, Standing::Terminated]
    );
    let mut spec = by_name("hr-roster").expect("there").spec;
    spec.words.clear();
    let text = format!(
        "{HEADER}\n1,A,B,,,,,,,,,01/31/2020,,,,,\n2,A,B,,,,,,,,,01/31/2200,,,,,\n3,A,B,,,,,,,,,12/31/9999,,,,,\n"
    );
    let rows = read(Box::new(Cursor::new(text)), &spec, &keys()).expect("memory").expect("a good header").rows;
    assert_eq!(
        rows.iter().map(|row| row.standing).collect::<Vec<_>>(),
        [Standing::Terminated, Standing::Active, Standing::Active]
    );
    assert_eq!(rows[2].ends_on, None, "the end of time is no last day");
}

#[test]
fn a_full_name_has_a_first_and_a_last_and_what_stands_between_is_neither() {
    for (full, first, last) in [
        ("Dana Q. Marsh", "Dana", "Marsh"),
        ("Marsh, Dana Q.", "Dana", "Marsh"),
        ("de la Cruz, Ana", "Ana", "de la Cruz"),
        ("Prince", "", "Prince"),
    ] {
        assert_eq!(halves(full), (first.to_owned(), last.to_owned()), "{full}");
    }
}

#[test]
fn a_mapping_for_accesses_reads_no_roster() {
    let read = read(Box::new(Cursor::new("a\n")), &epic_access_log(), &keys()).expect("memory");
    assert_eq!(read.err(), Some(HeaderProblem::OtherTarget));
}
