use chrono::{DateTime, Utc};

use super::{Plan, Reject, Row};
use crate::config::Keys;
use crate::ingest::header::{Header, HeaderProblem};
use crate::ingest::mapping::Spec;
use crate::ingest::presets::epic_access_log;
use crate::ingest::reader::{Next, Record, Records};
use crate::ingest::words::{Field, Reason};

const HEADER: &str = "ACCESS_LOG.ACCESS_TIME\tACCESS_LOG_METRIC.METRIC_NAME\tACCESS_LOG.WORKSTATION_ID\tZC_METRIC_GROUP.NAME\t\
    ZC_ACCESS_ACTION.NAME\tPATIENT.PAT_MRN_ID\tPATIENT.PAT_FIRST_NAME\tPATIENT.PAT_MIDDLE_NAME\tPATIENT.PAT_LAST_NAME\t\
    PATIENT.ADD_LINE_1\tPATIENT.ADD_LINE_2\tPATIENT.CITY\tPATIENT.ZIP\tZC_STATE.NAME\tZC_COUNTRY.NAME\tCLARITY_DEP.DEPARTMENT_NAME\t\
    ZC_BTG_REASON.NAME\tPAT_BTG_AUDIT.BTG_EXPLANATION\tEMP.SYSTEM_LOGIN\tCLARITY_EMP.USER_ID\temployee_last_name\temployee_first_name";
const GOOD: &str = "2026-10-03 02:14:09\tChart opened\tRVH-WS-0318\tChart\tVIEW\tM100\tAnn\t\tExample\t12 Main St.\t\tSpringfield\t01101\tMA\tUS\t\
    Emergency\t\tSecret words\tDMARSH\t4711\tMarsh\tDana";

pub(crate) fn sample_row() -> Row {
    rows(&format!("{HEADER}\n{GOOD}\n")).remove(0).expect("a good row")
}

fn keys() -> Keys {
    Keys::new(&"k".repeat(32)).expect("long enough")
}

fn now() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().expect("a time")
}

fn of_header(records: &mut Records<&[u8]>, spec: &Spec) -> Result<Plan, HeaderProblem> {
    Header::read(records).expect("memory").and_then(|header| Plan::new(&header, spec, &keys()))
}

/// A file's rows and rejects.
fn rows(file: &str) -> Vec<Result<Row, Reject>> {
    bytes(file.as_bytes())
}

fn bytes(file: &[u8]) -> Vec<Result<Row, Reject>> {
    let mut records = Records::new(file, b'\t');
    let mut plan = of_header(&mut records, &epic_access_log()).expect("a good header");
    let mut record = Record::default();
    let mut all = Vec::new();
    while let Next::Record = records.next(&mut record).expect("memory") {
        all.push(plan.row(&record, now()).map_err(|(field, reason)| Reject {
            line: record.line(),
            field,
            reason,
            sha256: record.sha256(),
        }));
    }
    all
}

/// The good row with one column replaced.
fn with(column: &str, value: &str) -> Result<Row, Reject> {
    let at = HEADER.split('\t').position(|name| name == column).expect("a column");
    let mut fields: Vec<_> = GOOD.split('\t').collect();
    fields[at] = value;
    rows(&format!("{HEADER}\n{}\n", fields.join("\t"))).remove(0)
}

fn refused(column: &str, value: &str) -> (Option<Field>, Reason) {
    let reject = with(column, value).expect_err("refused");
    (reject.field, reject.reason)
}

fn at(local: &str) -> String {
    let row = with("ACCESS_LOG.ACCESS_TIME", local).expect("accepted");
    DateTime::from_timestamp_micros(row.micros).expect("in range").to_rfc3339()
}

#[test]
fn an_epic_row_becomes_ours_without_its_names() {
    let row = sample_row();
    assert_eq!((row.line, row.login.as_str(), row.place.as_deref()), (2, "DMARSH", Some("Emergency")));
    assert_eq!(
        (row.access_type.as_str(), row.access_reason.as_str(), row.outcome.as_str()),
        ("view", "UNSTATED", "success")
    );
    assert_eq!((row.resource_type.as_str(), row.resource_word.as_deref()), ("Patient", Some("Chart")));
    assert_eq!((row.patient.as_deref(), row.resource_id.as_deref()), (Some("M100"), None));
    assert_eq!(at("2026-10-03 02:14:09"), "2026-10-03T06:14:09+00:00");
    assert_eq!(row.surname_hash, Some(keys().hash("surname", b"example")));
    assert!(row.name_hash.is_some() && row.name_hash != row.surname_hash, "first and last name together");
    assert_eq!(row.address_hash, Some(keys().hash("address", b"12 main st springfield 01101")));
    let all = format!("{row:?}");
    for dropped in ["Ann", "Example", "Main", "Springfield", "Secret", "Marsh", "Dana"] {
        assert!(!all.contains(dropped), "{dropped}");
    }
}

#[test]
fn an_absent_local_hour_is_rejected_and_an_ambiguous_one_is_the_earlier() {
    assert_eq!(
        refused("ACCESS_LOG.ACCESS_TIME", "2026-03-08 02:30:00"),
        (Some(Field::ActionAt), Reason::AbsentLocalTime)
    );
    assert_eq!(at("2026-03-08 03:00:00"), "2026-03-08T07:00:00+00:00");
    assert_eq!(at("2026-11-01 01:30:00"), "2026-11-01T05:30:00+00:00");
}

#[test]
fn a_time_is_missing_unreadable_too_old_or_too_far_ahead() {
    let reason = |value| refused("ACCESS_LOG.ACCESS_TIME", value).1;
    assert_eq!(reason(" "), Reason::MissingTime);
    assert_eq!(reason("10/03/2026 02:14"), Reason::UnreadableTime);
    assert_eq!(reason("1999-12-31 18:59:59"), Reason::TimeOutOfRange);
    assert_eq!(reason("2026-11-23 07:00:01"), Reason::TimeOutOfRange);
    assert_eq!(at("2026-11-23 07:00:00"), "2026-11-23T12:00:00+00:00");
}

#[test]
fn a_row_needs_a_user_and_the_second_column_stands_in_for_the_first() {
    assert_eq!(with("EMP.SYSTEM_LOGIN", "").expect("accepted").login, "4711");
    let mut fields: Vec<_> = GOOD.split('\t').collect();
    (fields[18], fields[19]) = ("", "");
    let reject = rows(&format!("{HEADER}\n{}\n", fields.join("\t"))).remove(0).expect_err("refused");
    assert_eq!((reject.line, reject.field, reject.reason), (2, Some(Field::ActorIdentifier), Reason::MissingActor));
}

#[test]
fn words_are_ours_whatever_their_case_and_an_unknown_one_is_kept() {
    for (action, ours) in [
        ("view", "view"),
        ("Modify", "update"),
        ("PRINT", "print"),
        ("BREAK GLASS", "break_glass"),
        ("Break-the-glass", "break_glass"),
        ("LOGIN", "login"),
        ("LOGOUT", "logout"),
        ("Fax", "execute"),
    ] {
        let row = with("ZC_ACCESS_ACTION.NAME", action).expect("accepted");
        assert_eq!((row.access_type.as_str(), row.access_word.as_deref()), (ours, Some(action)));
    }
    assert_eq!(with("ACCESS_LOG_METRIC.METRIC_NAME", "Patient lookup").expect("accepted").access_type, "search");
    for (group, ours) in
        [("medications", "MedicationRequest"), ("Results", "Observation"), ("Billing", "Claim"), ("Genealogy", "Other")]
    {
        let row = with("ZC_METRIC_GROUP.NAME", group).expect("accepted");
        assert_eq!((row.resource_type.as_str(), row.resource_word.as_deref()), (ours, Some(group)));
    }
}

#[test]
fn a_chart_opened_with_a_reason_for_breaking_the_glass_was_broken_into() {
    let kind = |value| with("ZC_BTG_REASON.NAME", value).expect("accepted").access_type;
    assert_eq!([kind(""), kind("  "), kind("Direct care")], ["view", "view", "break_glass"]);
    let mut spec = epic_access_log().to_json();
    spec["words"]["access_type"]["filled"][0]["ours"] = "smash".into();
    assert!(Spec::parse(spec.clone()).is_err(), "only with a word of ours");
    spec["words"]["access_type"].as_object_mut().expect("a table").remove("filled");
    assert!(Spec::parse(spec).is_ok(), "mappings of before have none");
}

#[test]
fn openemr_names_what_is_done_to_accounts_as_what_it_is() {
    let table = crate::ingest::presets::by_name("openemr-log").expect("a preset").spec.words["access_type"].clone();
    let lookup = crate::ingest::lookup::Lookup::new(&table, Vec::new());
    for (event, ours) in [
        ("security-administration-update", "security"),
        ("security-administration-insert", "security"),
        ("patient-record-update", "update"),
    ] {
        assert_eq!(lookup.meaning(&[event.to_owned()]), ours);
    }
}

#[test]
fn a_break_glass_reason_is_a_code_and_its_words_are_dropped() {
    let reason = |value| with("ZC_BTG_REASON.NAME", value).expect("accepted").access_reason;
    assert_eq!([reason(""), reason("Direct care"), reason("Medical emergency")], ["UNSTATED", "BTG", "ETREAT"]);
}

#[test]
fn an_id_that_a_spreadsheet_rounded_is_refused() {
    assert_eq!(refused("PATIENT.PAT_MRN_ID", "1.23E+09"), (Some(Field::Patient), Reason::SpreadsheetNumber));
    assert!(with("PATIENT.PAT_MRN_ID", "E+09").is_ok());
}

#[test]
fn a_field_that_is_too_long_or_not_text_is_refused_where_it_is_kept() {
    assert_eq!(refused("ACCESS_LOG.WORKSTATION_ID", &"x".repeat(2001)), (Some(Field::DeviceLabel), Reason::TooLong));
    assert_eq!(refused("EMP.SYSTEM_LOGIN", &"x".repeat(201)), (Some(Field::ActorIdentifier), Reason::TooLong));
    let latin = |name: &[u8], place: &[u8]| {
        let good = GOOD.as_bytes().to_vec();
        let swap = |text: Vec<u8>, from: &[u8], to: &[u8]| {
            let at = text.windows(from.len()).position(|window| window == from).expect("there");
            [&text[..at], to, &text[at + from.len()..]].concat()
        };
        let line = swap(swap(good, b"Example", name), b"Emergency", place);
        bytes(&[HEADER.as_bytes(), b"\n", &line].concat()).remove(0)
    };
    assert_eq!(latin(b"Jos\xE9", b"Emergency").expect("a name is dropped anyway").surname_hash, None);
    assert_eq!(latin(b"Example", b"Caf\xE9").map_err(|reject| reject.reason), Err(Reason::NotUnicode));
}

#[test]
fn a_row_has_as_many_columns_as_the_header_and_may_end_with_a_separator() {
    assert!(rows(&format!("{HEADER}\t\n{GOOD}\t\n")).remove(0).is_ok());
    let count =
        |row: &str| rows(&format!("{HEADER}\n{row}\n")).remove(0).map_err(|reject| (reject.field, reject.reason));
    assert_eq!(count(&format!("{GOOD}\textra")), Err((None, Reason::WrongColumnCount)));
    assert_eq!(count("2026-10-03 02:14:09\tChart"), Err((None, Reason::WrongColumnCount)));
}

#[test]
fn a_header_without_a_needed_column_is_refused_by_its_name() {
    let header = |text: &str| {
        let mut records = Records::new(text.as_bytes(), b'\t');
        of_header(&mut records, &epic_access_log()).err()
    };
    assert_eq!(header(""), Some(HeaderProblem::Empty));
    let without = HEADER.replace("PATIENT.PAT_MRN_ID", "MRN");
    assert_eq!(header(&without), Some(HeaderProblem::Missing(vec!["PATIENT.PAT_MRN_ID".to_owned()])));
    assert_eq!(
        header(&HEADER.replace("PATIENT.PAT_LAST_NAME", "x").replace("PATIENT.ZIP", "y")),
        None,
        "names need not be sent"
    );
    assert_eq!(header(&HEADER.to_lowercase().replace('\t', " \t ")), None);
    let twice = HEADER.replace("PATIENT.PAT_FIRST_NAME", "PATIENT.PAT_MRN_ID");
    assert_eq!(header(&twice), Some(HeaderProblem::Twice(vec!["PATIENT.PAT_MRN_ID".to_owned()])));
}

#[test]
fn a_record_named_by_its_patients_id_has_no_id_of_its_own() {
    let mut spec = epic_access_log();
    spec.columns.insert("resource_id".to_owned(), vec!["ACCESS_LOG.WORKSTATION_ID".to_owned()]);
    let line = |device: &str| {
        let file = format!("{HEADER}\n{}\n", GOOD.replace("RVH-WS-0318", device));
        let mut records = Records::new(file.as_bytes(), b'\t');
        let mut plan = of_header(&mut records, &spec).expect("a good header");
        let mut record = Record::default();
        records.next(&mut record).expect("memory");
        plan.row(&record, now()).expect("accepted").resource_id
    };
    assert_eq!(line("M100"), None);
    assert_eq!(line("ORD-7").as_deref(), Some("ORD-7"));
}
