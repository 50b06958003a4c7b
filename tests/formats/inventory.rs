//! No sample is forgotten, and files that belong elsewhere are refused with the right sentence.

use std::collections::BTreeSet;
use std::path::Path;

use hipaa_auditor::ingest::formats::{MessageKind, Recognised, recognise};

use super::delimited::READ_ELSEWHERE;
use super::harness::{read, sample, samples};
use super::{atna_samples, fhir_samples};

/// Samples that are no access log, and what a person is told of them.
const REFUSED: &[(&str, Recognised, &str)] = &[
    (
        "training-xapi/long.json",
        Recognised::Xapi,
        "These are xAPI learning records. They belong to training, not to an access log.",
    ),
    (
        "training-xapi/appendixA-simple.json",
        Recognised::Xapi,
        "These are xAPI learning records. They belong to training, not to an access log.",
    ),
    (
        "baa-texts/catalyze_hipaa_business_associate_agreement.md",
        Recognised::PlainText,
        "This is plain text without columns. Send the export itself.",
    ),
    (
        "fhir-auditevent-r4/balp-1.1.4/referenced/Device-ex-authz.json",
        Recognised::OtherFhir,
        "This is a FHIR resource of another kind. Send AuditEvents.",
    ),
    (
        "fhir-auditevent-r4/balp-1.1.4/referenced/Device-ex-device.json",
        Recognised::OtherFhir,
        "This is a FHIR resource of another kind. Send AuditEvents.",
    ),
    (
        "fhir-auditevent-r4/balp-1.1.4/referenced/Organization-ex-organization.json",
        Recognised::OtherFhir,
        "This is a FHIR resource of another kind. Send AuditEvents.",
    ),
    (
        "fhir-auditevent-r4/balp-1.1.4/referenced/Patient-ex-patient.json",
        Recognised::OtherFhir,
        "This is a FHIR resource of another kind. Send AuditEvents.",
    ),
    (
        "fhir-auditevent-r4/balp-1.1.4/referenced/Practitioner-ex-practitioner.json",
        Recognised::OtherFhir,
        "This is a FHIR resource of another kind. Send AuditEvents.",
    ),
];

fn files(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("the samples") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_none_or(|end| end != "md") || path.starts_with(samples().join("baa-texts")) {
            let name = path.strip_prefix(samples()).expect("inside").to_string_lossy().into_owned();
            found.extend((!name.ends_with("SOURCE.md")).then_some(name));
        }
    }
}

#[test]
fn every_sample_file_is_read_by_a_test() {
    let mut found = BTreeSet::new();
    files(&samples(), &mut found);
    let refused = REFUSED.iter().map(|(path, ..)| (*path).to_owned());
    let elsewhere = READ_ELSEWHERE.iter().map(|path| (*path).to_owned());
    let read: BTreeSet<_> = fhir_samples::read_here()
        .into_iter()
        .chain(atna_samples::read_here())
        .chain(refused)
        .chain(elsewhere)
        .collect();
    assert_eq!(found.difference(&read).collect::<Vec<_>>(), Vec::<&String>::new(), "read by no test");
    assert_eq!(read.difference(&found).collect::<Vec<_>>(), Vec::<&String>::new(), "no longer there");
}

#[test]
fn what_is_no_access_log_is_refused_with_a_sentence() {
    for (path, is, sentence) in REFUSED {
        for kind in [MessageKind::Fhir, MessageKind::DicomAudit] {
            assert_eq!(read(&sample(path), kind).err(), Some(*is), "{path}");
        }
        assert_eq!(is.sentence(), *sentence);
    }
}

#[test]
fn a_message_of_the_other_kind_is_refused_by_its_name() {
    let fhir = sample("fhir-auditevent-r4/hl7-core/auditevent-example.json");
    let atna = sample("atna-dicom-xml/ipf/start.xml");
    assert!(matches!(read(&fhir, MessageKind::DicomAudit), Err(Recognised::FhirJson(_))));
    assert!(matches!(read(&atna, MessageKind::Fhir), Err(Recognised::DicomAuditXml)));
}

#[test]
fn delimited_samples_are_recognised_as_text_with_columns() {
    for path in READ_ELSEWHERE {
        let bytes = sample(path);
        let wanted = match *path {
            "training-moodle-csv/fixtures/empty.csv" => Recognised::Empty,
            // one column is none
            "training-moodle-csv/fixtures/notenoughcolumns.csv" => Recognised::PlainText,
            _ => Recognised::DelimitedText,
        };
        assert_eq!(recognise(&bytes), wanted, "{path}");
    }
}
