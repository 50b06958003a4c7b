//! Delimited files: every sample with records and fields that were counted by hand, and every trap such exports set, under
//! its own name.

use std::io::Cursor;
use std::path::Path;

use chrono::{DateTime, Utc};
use hipaa_auditor::config::Keys;
use hipaa_auditor::ingest::encoding::Encoding;
use hipaa_auditor::ingest::header::Header;
use hipaa_auditor::ingest::mapping::Separator;
use hipaa_auditor::ingest::presets::{self, best_for, by_name, epic_access_log, shortcoming};
use hipaa_auditor::ingest::reader::{Next as Part, Record};
use hipaa_auditor::ingest::roster::{self, Standing};
use hipaa_auditor::ingest::targets::Target;
use hipaa_auditor::ingest::words::{Field, Reason};
use hipaa_auditor::ingest::{HeaderProblem, Next, Opened, Reject, Row, Spec, preview, rows};

/// Sample files that are read by the tests of this module.
pub const READ_ELSEWHERE: &[&str] = &[
    "ehr-export-headers/epic-research-extract.header.csv",
    "ehr-export-headers/openemr-log-table.header.csv",
    "ehr-export-headers/purview-epic.header.psv",
    "ehr-export-headers/purview-epic.header.tsv",
    "ehr-export-headers/purview-generic-healthcare.header.tsv",
    "hhs-ocr-breach-portal/breaches_all.head-1.records-1201-1500.csv",
    "hhs-ocr-breach-portal/breaches_new_or_updated.csv",
    "hris-roster/orangehrm-importData.header.csv",
    "redcap-logging-csv/log-read.2024-10-11.derived.csv",
    "training-moodle-csv/example.csv",
    "training-moodle-csv/fixtures/empty.csv",
    "training-moodle-csv/fixtures/notenoughcolumns.csv",
];

fn sample(path: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples").join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn keys() -> Keys {
    Keys::new(&"k".repeat(32)).expect("long enough")
}

fn now() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().expect("a time")
}

fn utc(row: &Row) -> String {
    DateTime::from_timestamp_micros(row.micros).expect("in range").to_rfc3339()
}

fn input(bytes: impl AsRef<[u8]>) -> hipaa_auditor::ingest::Input {
    Box::new(Cursor::new(bytes.as_ref().to_vec()))
}

fn preset(name: &str) -> Spec {
    by_name(name).expect("a preset").spec
}

/// A file's header, and every record's fields.
fn records(bytes: &[u8], separator: Separator) -> (Header, Vec<Vec<String>>) {
    let spec = Spec { separator, ..Spec::blank(Target::AccessLog, "x", "UTC") };
    let mut records = rows::records(input(bytes), &spec);
    let header = Header::read(&mut records).expect("memory").expect("a header");
    let (mut record, mut all) = (Record::default(), Vec::new());
    while let Part::Record = records.next(&mut record).expect("memory") {
        all.push((0..record.width()).map(|at| String::from_utf8_lossy(record.field(at)).into_owned()).collect());
    }
    (header, all)
}

fn read(bytes: impl AsRef<[u8]>, spec: &Spec) -> Result<Vec<Result<Row, Reject>>, HeaderProblem> {
    let mut rows = Opened::new(input(bytes), spec, &keys()).expect("memory")?.into_rows();
    let mut all = Vec::new();
    loop {
        match rows.next(now()).expect("memory") {
            Next::Row(row) => all.push(Ok(row)),
            Next::Reject(reject) => all.push(Err(reject)),
            Next::End => return Ok(all),
        }
    }
}

/// A small mapping of its own: `t` time, `u` user, `p` patient, `d` department, `n` last name.
fn small() -> Spec {
    let mut spec = Spec::blank(Target::AccessLog, "small", "America/New_York");
    let columns =
        [("action_at", "t"), ("actor_identifier", "u"), ("patient", "p"), ("place", "d"), ("patient_surname", "n")];
    for (field, column) in columns {
        spec.columns.insert(field.to_owned(), vec![column.to_owned()]);
    }
    spec
}

fn one(bytes: impl AsRef<[u8]>, spec: &Spec) -> Row {
    let mut all = read(bytes, spec).expect("a good header");
    assert_eq!(all.len(), 1);
    all.remove(0).expect("a row")
}

fn refused(bytes: impl AsRef<[u8]>, spec: &Spec) -> (Option<Field>, Reason) {
    let reject = read(bytes, spec).expect("a good header").remove(0).expect_err("refused");
    (reject.field, reject.reason)
}

const TIME: &str = "2026-10-03 02:14:09";
const LINE: &str = "t,u,p,d,n\n2026-10-03 02:14:09,dmarsh,M100,Emergency,Example\n";

// samples

#[test]
fn every_header_of_an_export_is_known_by_its_preset() {
    for (path, target, name) in [
        ("ehr-export-headers/purview-epic.header.tsv", Target::AccessLog, "epic-access-log"),
        ("ehr-export-headers/purview-generic-healthcare.header.tsv", Target::AccessLog, "healthcare-access-log"),
        ("ehr-export-headers/openemr-log-table.header.csv", Target::AccessLog, "openemr-log"),
        ("redcap-logging-csv/log-read.2024-10-11.derived.csv", Target::AccessLog, "redcap-logging"),
        ("hris-roster/orangehrm-importData.header.csv", Target::Roster, "orangehrm-roster"),
    ] {
        let mut told = Spec::blank(target, "x", "UTC");
        let header = preview::look(&sample(path), &mut told).expect("memory").expect("a header");
        let (best, share) = best_for(&header, target).unwrap_or_else(|| panic!("{path}: none"));
        assert_eq!((best.name, share), (name, 100), "{path}");
        assert_eq!(told.separator, best.spec.separator, "{path}");
    }
}

#[test]
fn the_vertical_bars_of_the_other_epic_export_are_a_preset_too() {
    let header = sample("ehr-export-headers/purview-epic.header.psv");
    assert_eq!(read(&header, &preset("epic-access-log-psv")).expect("it fits").len(), 0);
    assert!(matches!(read(&header, &epic_access_log()), Err(HeaderProblem::Missing(_))));
    let line = format!(
        "{TIME}|Chart opened|WS-1|Chart|VIEW|M100|Ann||Example|1 Main St||Ames|5|IA|US|Emergency|||DMARSH|4711|Marsh|Dana\n"
    );
    let row = one([header, line.into()].concat(), &preset("epic-access-log-psv"));
    let read = (row.login.as_str(), row.patient.as_deref(), row.access_type.as_str());
    assert_eq!(read, ("DMARSH", Some("M100"), "view"));
}

#[test]
fn the_healthcare_export_of_any_ehr_reads() {
    let header = sample("ehr-export-headers/purview-generic-healthcare.header.tsv");
    let line = format!(
        "{TIME}\tView\tWS-1\tMedication list\tClinical\t77\tAnn\t\tExample\t1 Main St\t\tAmes\t5\tIA\tUS\tEmergency\t\
         Medical emergency\tfree words\tdana@example.org\tdmarsh\t4711\tMarsh\tDana\n"
    );
    let row = one([header, line.into()].concat(), &preset("healthcare-access-log"));
    let read = (row.login.as_str(), row.patient.as_deref(), row.place.as_deref());
    assert_eq!(read, ("dmarsh", Some("77"), Some("Emergency")));
    let read = (row.access_type.as_str(), row.resource_type.as_str(), row.access_reason.as_str());
    assert_eq!(read, ("view", "MedicationRequest", "ETREAT"));
    assert!(!format!("{row:?}").contains("free words"));
}

#[test]
fn an_openemr_event_says_what_was_done_and_to_what() {
    let header = sample("ehr-export-headers/openemr-log-table.header.csv");
    let of = |event: &str, user: &str, patient: &str, success: &str| {
        let line =
            format!("9,{TIME},{event},Patients,{user},Default,c2VjcmV0,note,{patient},{success},x,x,open-emr,0,0\n");
        read([header.clone(), line.into()].concat(), &preset("openemr-log")).expect("it fits").remove(0)
    };
    for (event, access, resource) in [
        ("patient-record-select", "view", "Patient"),
        ("patient-record-insert", "create", "Patient"),
        ("patient-record-replace", "update", "Patient"),
        ("prescription-update", "update", "MedicationRequest"),
        ("order-delete", "delete", "Task"),
        ("scheduling-select", "view", "Appointment"),
        ("scheduling", "system", "Appointment"),
        ("http-request", "system", "Other"),
        ("security-administration", "security", "Other"),
        ("login", "login", "Other"),
        ("logout", "logout", "Other"),
    ] {
        let row = of(event, "admin", "4", "1").expect("a row");
        assert_eq!((row.access_type.as_str(), row.resource_type.as_str()), (access, resource), "{event}");
        assert_eq!((row.outcome.as_str(), row.source_event_id.as_deref()), ("success", Some("9")));
    }
    assert_eq!(of("login", "admin", "", "0").expect("a row").outcome, "serious_failure");
    assert_eq!(of("login", "", "", "0").expect_err("nobody").reason, Reason::MissingActor);
    assert!(!format!("{:?}", of("login", "admin", "", "1")).contains("c2VjcmV0"), "comments are not read");
}

#[test]
fn the_research_extract_of_epic_is_refused_because_it_names_no_user() {
    let (header, rows) = records(&sample("ehr-export-headers/epic-research-extract.header.csv"), Separator::Comma);
    assert_eq!(header.labels(), ["METRIC_NAME", "PAT_ID", "ACCESS_TIME", "ACCESS_INSTANT"]);
    assert_eq!((rows.len(), best_for(&header, Target::AccessLog)), (0, None));
    assert!(shortcoming(&header).is_some_and(|told| told.contains("does not say who")));
    let with = Header::new(["METRIC_NAME", "PAT_ID", "ACCESS_TIME", "USER_ID"].map(str::to_owned).into());
    assert_eq!(shortcoming(&with), None, "with a user it can be mapped");
}

#[test]
fn a_redcap_log_is_eighteen_rows_and_keeps_no_value_of_a_record() {
    let bytes = sample("redcap-logging-csv/log-read.2024-10-11.derived.csv");
    let rows: Vec<_> =
        read(bytes, &preset("redcap-logging")).expect("it fits").into_iter().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 18);
    // counted by hand: 11 exports through the API, 2 changes of a role, 5 records changed
    let of = |word: &str| rows.iter().filter(|row| row.access_type == word).count();
    assert_eq!((of("export"), of("security"), of("update")), (11, 2, 5));
    assert_eq!((rows[0].line, rows[0].login.as_str(), rows[0].patient.as_deref()), (2, "unittestphifree", None));
    assert_eq!(utc(&rows[0]), "2024-10-11T14:44:00+00:00");
    assert_eq!((rows[13].line, rows[13].patient.as_deref()), (15, Some("4")));
    assert_eq!(rows[13].resource_type, "QuestionnaireResponse");
    assert!(rows.iter().all(|row| row.access_word.is_none() && row.resource_word.is_none()));
    assert!(!format!("{rows:?}").contains("Trudy"));
}

#[test]
fn three_hundred_breaches_of_the_hhs_portal_are_three_hundred_records() {
    let bytes = sample("hhs-ocr-breach-portal/breaches_all.head-1.records-1201-1500.csv");
    let (header, rows) = records(&bytes, Separator::Comma);
    assert_eq!((header.width(), rows.len()), (9, 300));
    assert!(rows.iter().all(|row| row.len() == 9));
    let first = ["Devereux Advanced Behavioral Health", "PA", "Healthcare Provider", "1758", "09/14/2020"];
    assert_eq!(rows[0][..5], first);
    assert_eq!(rows[299][0], "Personal Touch Home Care of Mass., Inc.");
    assert_eq!(rows[299][6], "Network Server, Other", "several values in one cell");
    assert_eq!(rows.iter().filter(|row| row[8].contains('\n')).count(), 11, "line breaks inside a field");
    assert_eq!(rows[8][8].matches('\n').count(), 1);
    assert_eq!(rows.iter().filter(|row| row[8] == "NA").count(), 28, "a word for nothing");
    let curly = rows.iter().filter(|row| row[8].contains(['\u{201c}', '\u{2019}'])).count();
    assert_eq!(curly, 56, "curly quotes are UTF-8");
}

#[test]
fn fifty_two_new_breaches_read_with_their_quoted_commas() {
    let (_, rows) = records(&sample("hhs-ocr-breach-portal/breaches_new_or_updated.csv"), Separator::Comma);
    assert_eq!(rows.len(), 52);
    assert_eq!(rows[6][..2], ["Healthcare Collections - I, LLC", "AZ"]);
    assert_eq!(rows[8][6], "Laptop, Other");
    assert_eq!(rows[22][8].matches('\n').count(), 2);
}

/// Moodle's completions are for training, which is no target yet: the reader takes them all the same.
fn moodle() -> Spec {
    let mut spec = Spec::blank(Target::Roster, "moodle", "UTC");
    spec.columns.insert("employee_number".to_owned(), vec!["courseidnumber".to_owned()]);
    spec.columns.insert("full_name".to_owned(), vec!["username".to_owned()]);
    spec
}

#[test]
fn moodle_completions_read_with_spaces_after_their_commas() {
    let bytes = sample("training-moodle-csv/example.csv");
    let (header, rows) = records(&bytes, Separator::Comma);
    assert_eq!(header.labels(), ["courseidnumber", "username", "useridnumber", "sectionname", "activityname"]);
    assert_eq!(rows, [["2020ENG", "student1", "STD1", "Topic 1", "Scorm Activity"]], "without the CR of its line");
    assert_eq!(roster::read(input(bytes), &moodle(), &keys()).expect("memory").expect("it fits").rows.len(), 1);
}

#[test]
fn an_empty_file_and_one_with_too_few_columns_are_refused() {
    let refused = |path| roster::read(input(sample(path)), &moodle(), &keys()).expect("memory").expect_err("refused");
    assert_eq!(refused("training-moodle-csv/fixtures/empty.csv"), HeaderProblem::Empty);
    let missing = ["courseidnumber", "username"].map(str::to_owned).to_vec();
    assert_eq!(refused("training-moodle-csv/fixtures/notenoughcolumns.csv"), HeaderProblem::Missing(missing));
}

#[test]
fn learning_records_and_the_text_of_an_agreement_are_no_delimited_export() {
    for path in ["training-xapi/long.json", "training-xapi/appendixA-simple.json"] {
        let told = read(sample(path), &small()).expect_err("refused").to_string();
        assert_eq!(told, "These are xAPI learning records. They belong to training, not to an access log.");
    }
    let agreement = sample("baa-texts/catalyze_hipaa_business_associate_agreement.md");
    assert!(matches!(read(agreement, &small()), Err(HeaderProblem::Missing(columns)) if columns.len() == 4));
}

#[test]
fn an_orangehrm_roster_reads_by_employee_id_and_leaves_licences_and_birth_dates_alone() {
    let header = String::from_utf8(sample("hris-roster/orangehrm-importData.header.csv")).expect("text");
    assert!(header.contains("driver's_license_no") && header.contains("zip/postal_code"));
    let line =
        "Dana,Q,Marsh,0042,,D1234567,2030-01-01,Female,Single,US,1980-02-03,1 Main St,,Ames,IA,01101,US,,,,d@x.org,";
    let file = format!("{header}\n{line}\n");
    let roster = roster::read(input(file), &preset("orangehrm-roster"), &keys()).expect("memory").expect("it fits");
    let row = &roster.rows[0];
    let read = (row.employee_number.as_str(), row.full_name.as_str(), row.standing);
    assert_eq!(read, ("0042", "Dana Marsh", Standing::Active));
    assert_eq!((row.department.as_deref(), row.job_role.as_deref(), row.ends_on), (None, None, None));
    let all = format!("{row:?}");
    assert!(!all.contains("D1234567") && !all.contains("1980") && !all.contains("Ames"), "{all}");
}

#[test]
fn the_same_person_as_patient_and_as_employee_has_the_same_hashes() {
    let header = String::from_utf8(sample("ehr-export-headers/purview-epic.header.tsv")).expect("text");
    let access = format!(
        "{TIME}\tx\tWS\tChart\tVIEW\tM1\tDANA\tQ\tMarsh\t12 Main St\t\tSpringfield\t01101\tMA\tUS\tEmergency\t\t\tX\t1\tA\tB\n"
    );
    let patient = one(header.trim_end().to_owned() + "\n" + &access, &epic_access_log());
    let orange = String::from_utf8(sample("hris-roster/orangehrm-importData.header.csv")).expect("text");
    let line = "Dana,,MARSH,0042,,,,,,,,12 Main St.,,Springfield,MA,01101,US,,,,,";
    let roster = roster::read(input(format!("{orange}\n{line}\n")), &preset("orangehrm-roster"), &keys());
    let employee = roster.expect("memory").expect("it fits").rows.remove(0);
    assert!(patient.name_hash.is_some() && patient.surname_hash.is_some() && patient.address_hash.is_some());
    assert_eq!(patient.name_hash, employee.name_hash);
    assert_eq!(patient.surname_hash, employee.surname_hash);
    assert_eq!(patient.address_hash, employee.address_hash);
}

// traps

#[test]
fn trap_names_and_addresses_are_hashed_and_what_is_not_mapped_is_dropped() {
    let row = one(LINE, &small());
    assert!(row.surname_hash.is_some());
    assert!(!format!("{row:?}").contains("Example"));
    let mut spec = small();
    spec.columns.remove("patient_surname");
    assert_eq!(one(LINE, &spec).surname_hash, None);
}

#[test]
fn trap_separator_tab_comma_bar_or_semicolon() {
    for separator in Separator::ALL {
        let text = LINE.replace(',', &char::from(separator.byte()).to_string());
        let mut told = small();
        preview::look(text.as_bytes(), &mut told).expect("memory").expect("a header");
        assert_eq!(told.separator, separator);
        assert_eq!(one(&text, &told).login, "dmarsh", "{separator:?}");
    }
}

#[test]
fn trap_utf8_with_and_without_a_byte_order_mark() {
    assert_eq!(one(format!("\u{feff}{LINE}"), &small()), one(LINE, &small()));
}

#[test]
fn trap_utf16_from_sql_tools_with_and_without_its_mark() {
    let text = LINE.replace("dmarsh", "dmärsh");
    let bytes = |mark: bool, to: fn(u16) -> [u8; 2]| -> Vec<u8> {
        mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16()).flat_map(to).collect()
    };
    for encoding in [Encoding::Utf8, Encoding::Utf16Le] {
        let spec = Spec { encoding, ..small() };
        for mark in [true, false] {
            for to in [u16::to_le_bytes, u16::to_be_bytes] {
                assert_eq!(one(bytes(mark, to), &spec).login, "dmärsh");
            }
        }
    }
}

#[test]
fn trap_windows_1252_from_excel_is_read_when_declared_and_refused_field_by_field_when_not() {
    let bytes = b"t,u,p,d,n\n2026-10-03 02:14:09,dmarsh,M1,Caf\xE9 \x96 2,Jos\xE9\n";
    let mut told = small();
    preview::look(bytes, &mut told).expect("memory").expect("a header");
    assert_eq!(told.encoding, Encoding::Windows1252);
    let row = one(bytes, &told);
    assert_eq!(row.place.as_deref(), Some("Café – 2"));
    let utf8 = one("t,u,p,d,n\n2026-10-03 02:14:09,dmarsh,M1,x,José\n", &small());
    assert_eq!(row.surname_hash, utf8.surname_hash);
    assert_eq!(refused(bytes, &small()), (Some(Field::Place), Reason::NotUnicode));
}

#[test]
fn trap_crlf_trailing_separators_and_empty_lines() {
    let text = LINE.replace('\n', ",\r\n").replacen("\r\n", "\r\n\r\n,,,,,\r\n", 1);
    let row = one(text, &small());
    assert_eq!((row.line, row.login.as_str(), row.place.as_deref()), (4, "dmarsh", Some("Emergency")));
    assert_eq!(one(LINE.trim_end(), &small()).login, "dmarsh", "no line end at the end");
}

#[test]
fn trap_quoted_fields_with_commas_quotes_and_line_breaks() {
    let text = format!("t,u,p,d,n\n{TIME},dmarsh,M1,\"Unit 4, \"\"North\"\"\",\"O'Hara,\nAnn\"\n{TIME},x,M2,y,z\n");
    let all = read(text, &small()).expect("a header");
    assert_eq!(all[0].as_ref().expect("a row").place.as_deref(), Some("Unit 4, \"North\""));
    assert_eq!(all[1].as_ref().expect("a row").line, 4, "lines are counted as they stand in the file");
}

#[test]
fn trap_a_header_with_spaces_after_its_commas() {
    assert_eq!(one(LINE.replacen(',', " , ", 4), &small()).login, "dmarsh");
}

#[test]
fn trap_two_columns_of_one_name_are_told_apart_by_number() {
    let text = format!("t,u,p,u,n\n{TIME},first,M1,second,x\n");
    let mut spec = small();
    spec.columns.remove("place");
    let several = HeaderProblem::Twice(vec!["u".to_owned()]);
    assert_eq!(read(&text, &spec), Err(several), "none is guessed");
    for (column, login) in [("U (1)", "first"), ("u (2)", "second")] {
        spec.columns.insert("actor_identifier".to_owned(), vec![column.to_owned()]);
        assert_eq!(one(&text, &spec).login, login);
    }
    spec.columns.insert("actor_identifier".to_owned(), vec!["u (3)".to_owned()]);
    assert_eq!(read(&text, &spec), Err(HeaderProblem::Missing(vec!["u (3)".to_owned()])));
}

#[test]
fn trap_a_number_that_excel_rounded_is_refused() {
    let file = LINE.replace("M100", "1.23E+09");
    assert_eq!(refused(file, &small()), (Some(Field::Patient), Reason::SpreadsheetNumber));
}

#[test]
fn trap_zeros_that_excel_ate_come_back_when_the_mapping_says_how_wide_an_id_is() {
    let mut spec = small();
    spec.pad.insert("patient".to_owned(), 8);
    for (id, wide) in [("4711", "00004711"), ("00004711", "00004711"), ("123456789", "123456789"), ("A4711", "A4711")] {
        assert_eq!(one(LINE.replace("M100", id), &spec).patient.as_deref(), Some(wide));
    }
}

#[test]
fn trap_the_hour_that_clocks_repeat_is_the_earlier_and_marked_and_the_one_they_skip_is_refused() {
    let repeated = LINE.replace(TIME, "2026-11-01 01:30:00");
    assert_eq!(utc(&one(&repeated, &small())), "2026-11-01T05:30:00+00:00");
    let shown = preview::read(input(&repeated), &small(), &keys(), now()).expect("memory").expect("a header");
    assert_eq!((shown.repeated, shown.rows[0].cells[0].note.is_some()), (1, true));
    let skipped = LINE.replace(TIME, "2026-03-08 02:30:00");
    assert_eq!(refused(skipped, &small()), (Some(Field::ActionAt), Reason::AbsentLocalTime));
}

#[test]
fn trap_us_dates_iso_dates_and_seconds_dropped_are_declared_per_file() {
    for (notation, text) in [
        ("%m/%d/%Y %I:%M %p", "10/3/2026 2:14 AM"),
        ("%m/%d/%Y %H:%M", "10/03/2026 02:14"),
        ("%Y-%m-%d %H:%M", "2026-10-03 02:14"),
        ("%+", "2026-10-03T06:14:00Z"),
        ("%d.%m.%y %H:%M", "03.10.26 02:14"),
    ] {
        let spec = Spec { time_format: notation.to_owned(), ..small() };
        assert_eq!(utc(&one(LINE.replace(TIME, text), &spec)), "2026-10-03T06:14:00+00:00", "{notation}");
    }
    let spec = Spec { time_format: "%m/%d/%Y %H:%M".to_owned(), ..small() };
    let other = refused(LINE.replace(TIME, "23/10/2026 02:14"), &spec);
    assert_eq!(other, (Some(Field::ActionAt), Reason::UnreadableTime), "the order is not guessed row by row");
}

#[test]
fn trap_epics_access_instant_is_no_time_of_ours() {
    let mut spec = small();
    spec.columns.insert("action_at".to_owned(), vec!["ACCESS_INSTANT".to_owned()]);
    let file = "ACCESS_INSTANT,u,p,d\n5869140000,dmarsh,M1,x\n";
    assert_eq!(refused(file, &spec), (Some(Field::ActionAt), Reason::UnreadableTime));
    assert!(presets::all().iter().all(|preset| !preset.spec.named().any(|column| column.contains("INSTANT"))));
}

#[test]
fn trap_identical_rows_are_all_read() {
    let line = LINE.lines().nth(1).expect("a line");
    let rows = read(format!("{LINE}{line}\n{line}\n"), &small()).expect("a header");
    assert!(rows.len() == 3 && rows.iter().all(Result::is_ok));
}

/// The same line over and over.
struct Lines {
    left: usize,
    line: &'static [u8],
    at: usize,
}

impl std::io::Read for Lines {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.line.len() {
            (self.left, self.at) = (self.left.saturating_sub(1), 0);
        }
        if self.left == 0 {
            return Ok(0);
        }
        let length = buffer.len().min(self.line.len() - self.at);
        buffer[..length].copy_from_slice(&self.line[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

#[test]
fn trap_size_a_long_file_is_read_row_by_row() {
    const ROW: &[u8] = b"2026-10-03 02:14:09,dmarsh,M100,Emergency,Example\n";
    let body = Lines { left: 60_000, line: ROW, at: 0 };
    let file = std::io::Read::chain(Cursor::new(b"t,u,p,d,n\n".to_vec()), body);
    let mut rows = Opened::new(Box::new(file), &small(), &keys()).expect("memory").expect("it fits").into_rows();
    let mut count: u64 = 0;
    while let Next::Row(_) = rows.next(now()).expect("memory") {
        count += 1;
        assert!(rows.bytes() < 200_000 + ROW.len() as u64 * count, "no more is read ahead than a few pieces");
    }
    assert_eq!(count, 60_000);
}

#[test]
fn trap_a_workbook_an_archive_or_messages_are_named_instead_of_misread() {
    for (bytes, told) in [
        (&b"PK\x03\x04....xl/workbook.xml"[..], "Excel workbook"),
        (b"PK\x03\x04....log.csv", "ZIP archive"),
        (b"{\"resourceType\":\"AuditEvent\",\"recorded\":\"2026-03-28T14:05:09Z\"}", "FHIR"),
    ] {
        let problem = read(bytes, &small()).expect_err("refused").to_string();
        assert!(problem.contains(told), "{problem}");
    }
}
