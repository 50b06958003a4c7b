//! The samples of delimited files.

/// Sample files that are read by tests of delimited text and rosters.
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
