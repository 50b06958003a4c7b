//! Every FHIR sample against rows derived by hand from the file.

use super::harness::{fhir, holds, line, sample};

/// What most of the profile's examples share.
const IP: &str = "2001:db8:85a3::8a2e:370:7334";

/// Name, then `user; kind; record; patient; access`, day, then `address; device; reason; place`.
const BALP: &[(&str, &str, &str, &str)] = &[
    (
        "AuthZconsent",
        "Practitioner/ex-practitioner; workforce; Consent/ex-consent; ex-patient; security",
        "2021-12-27",
        "IP; Device/ex-device; PATRQT; server.example.com",
    ),
    (
        "BasicCreate1",
        "Betty Jones; workforce; List/ex-list; ex-patient; create",
        "2020-04-29",
        "IP; myMachine.example.org; UNSTATED; server.example.com",
    ),
    (
        "BasicCreate2",
        "Charley Miller; workforce; List/ex-list; ex-patient; create",
        "2020-04-29",
        "IP; myMachine.example.org; UNSTATED; server.example.com",
    ),
    (
        "BasicCreateClient",
        "John Smith; workforce; List/ex-list; ex-patient; create",
        "2020-04-29",
        "IP; myMachine.example.org; UNSTATED; -",
    ),
    (
        "BasicCreateNoPatient",
        "John Smith; workforce; Other/ex-measurereport; -; create",
        "2020-04-29",
        "IP; myMachine.example.org; UNSTATED; server.example.com",
    ),
    (
        "BasicCreateNoUser",
        "myMachine.example.org; system; List/ex-list; ex-patient; create",
        "2020-04-29",
        "IP; myMachine.example.org; UNSTATED; server.example.com",
    ),
    (
        "BasicCreateNoUserJob",
        "myMachine.example.org; system; DocumentReference/ex-documentreference; ex-patient; create",
        "2020-04-29",
        "IP; myMachine.example.org; UNSTATED; server.example.com",
    ),
    (
        "BasicCreateServer",
        "John Smith; workforce; List/ex-list; ex-patient; create",
        "2020-04-29",
        "IP; myMachine.example.org; UNSTATED; -",
    ),
    (
        "BasicDeleteClient",
        "John Smith; workforce; List/ex-list; ex-patient; delete",
        "2020-04-29",
        "IP; myMachine.example.org; UNSTATED; -",
    ),
    (
        "BasicDeleteNoUser",
        "myMachine.example.org; system; List/ex-list; ex-patient; delete",
        "2020-04-29",
        "IP; myMachine.example.org; UNSTATED; -",
    ),
    (
        "BasicDeleteServer",
        "John Smith; workforce; List/ex-list; ex-patient; delete",
        "2020-04-29",
        "IP; myMachine.example.org; UNSTATED; -",
    ),
    (
        "BasicPatch",
        "John Smith; workforce; List/ex-list; ex-patient; update",
        "2020-04-29",
        "IP; myMachine.example.org; UNSTATED; server.example.com",
    ),
    (
        "BasicQueryGetNoPatient",
        "John Smith; workforce; Other/-; -; search",
        "2020-04-29",
        "IP; myMachine.example.org; UNSTATED; server.example.com",
    ),
    (
        "BasicQueryPost",
        "John Smith; workforce; Observation/-; ex-patient; search",
        "2020-04-29",
        "IP; myMachine.example.org; UNSTATED; server.example.com",
    ),
    (
        "BasicReadClient",
        "John Smith; workforce; List/ex-list; ex-patient; view",
        "2020-04-29",
        "IP; myMachine.example.org; UNSTATED; -",
    ),
    (
        "BasicReadNoPatient",
        "John Smith; workforce; Other/ex-measurereport; -; view",
        "2020-04-29",
        "IP; myMachine.example.org; UNSTATED; server.example.com",
    ),
    (
        "BasicReadNoUser",
        "myMachine.example.org; system; List/ex-list; ex-patient; view",
        "2020-04-29",
        "IP; myMachine.example.org; UNSTATED; server.example.com",
    ),
    (
        "BasicReadOClient",
        "JohnSmith; workforce; List/ex-list; ex-patient; view",
        "2020-04-29",
        "IP; myMachine.example.org; UNSTATED; -",
    ),
    (
        "BasicReadServer",
        "John Smith; workforce; List/ex-list; ex-patient; view",
        "2020-04-29",
        "IP; myMachine.example.org; UNSTATED; server.example.com",
    ),
    (
        "BasicUpdate1",
        "Betty Jones; workforce; List/ex-list; ex-patient; update",
        "2020-04-29",
        "IP; myMachine.example.org; UNSTATED; server.example.com",
    ),
    (
        "BasicUpdateNoPatient",
        "myMachine.example.org; system; DocumentReference/ex-documentreference; -; update",
        "2020-04-29",
        "IP; myMachine.example.org; UNSTATED; server.example.com",
    ),
    (
        "Poke-SAML-Comp",
        "05086900124; workforce; Consent/urn:uuid:a4b1d27e-5493-11ec-bf63-0242ac130002; -; view",
        "2021-12-03",
        "-; Device/ex-device; PATRQT; server.example.com",
    ),
    (
        "Poke-SAML-Min",
        "05086900124; workforce; Other/-; -; view",
        "2021-12-03",
        "-; Device/ex-device; UNSTATED; server.example.com",
    ),
    (
        "PrivacyDisclosure-recipient",
        "patient:#; patient; DocumentReference/ex-documentreference; ex-patient; disclose",
        "2020-04-29",
        "IP; myMachine.example.org; PATRQT; server.example.com",
    ),
    (
        "PrivacyDisclosure-source",
        "patient:#; patient; DocumentReference/ex-documentreference; ex-patient; disclose",
        "2020-04-29",
        "-; model number ABC, serial number 1234; PATRQT; mobile app foo-bar",
    ),
];

fn balp() -> Vec<(&'static str, String)> {
    BALP.iter()
        .map(|(name, who, day, rest)| {
            let rest = rest.replace("IP;", &format!("{IP};"));
            let (rest, place) = rest.rsplit_once("; ").expect("a place");
            (*name, format!("{who}; {day}T09:49:00.000Z; {rest}; success; {place}; -"))
        })
        .collect()
}

#[test]
fn every_example_of_the_basic_audit_log_patterns() {
    for (name, wanted) in balp() {
        let path = format!("fhir-auditevent-r4/balp-1.1.4/AuditEvent-ex-audit{name}.json");
        holds(name, &fhir(&sample(&path)), &[&wanted]);
    }
}

#[test]
fn the_same_examples_as_lines_of_a_bulk_export() {
    let all = fhir(&sample("fhir-auditevent-r4/balp-1.1.4.derived.ndjson"));
    let wanted = balp();
    holds("NDJSON", &all, &wanted.iter().map(|(_, line)| line.as_str()).collect::<Vec<_>>());
    let ordinals: Vec<_> = all.iter().flatten().map(|row| row.line).collect();
    assert_eq!(ordinals, (1..=25).collect::<Vec<_>>());
}

#[test]
fn the_read_that_client_and_server_both_logged_is_one_act() {
    let one = |name: &str| {
        let path = format!("fhir-auditevent-r4/balp-1.1.4/AuditEvent-ex-audit{name}.json");
        fhir(&sample(&path)).remove(0).expect("a row")
    };
    let (client, server) = (one("BasicReadClient"), one("BasicReadServer"));
    assert!(client.source_event_id.is_some() && client.source_event_id == server.source_event_id);
    assert_eq!(
        (client.micros, client.patient, client.resource_id),
        (server.micros, server.patient, server.resource_id)
    );
}

/// Path, then the whole lines.
const OTHERS: &[(&str, &[&str])] = &[
    (
        "bwell-fhir-server/auditEvents.json",
        &[
            "patient:#; patient; Other/-; -; system; 2021-09-20T12:44:59.000Z; -; Organization/Mixpanel; UNSTATED; success; https://access.fake.org; -",
            "patient:#; patient; Other/-; -; system; 2021-09-17T14:27:30.000Z; -; Organization/Mixpanel; UNSTATED; success; https://access.fake.org; -",
        ],
    ),
    // the server's own test has taken id and time away
    (
        "bwell-fhir-server/expected_audit_events_3.json",
        &["rejected 1: missing_time", "rejected 2: missing_time", "rejected 3: missing_time"],
    ),
    ("bwell-fhir-server/expected_audit_event_patient_scope.json", &["rejected 1: missing_time"]),
    (
        "gematik-erezept/07_response_getAuditEvent.2024-11-01.json",
        &[
            "1-1.54.102323123404; workforce; Task/160.123.456.789.123.58; X123456789; create; 2020-02-27T08:04:27.434Z; -; Device/1234; UNSTATED; success; E-Rezept Fachdienst; -",
            "3-1.54.10123404; workforce; Task/160.123.456.789.123.58; X123456789; view; 2020-02-27T09:04:27.434Z; -; Device/5678; UNSTATED; success; E-Rezept Fachdienst; -",
            "3-1.54.10123404; workforce; Task/160.123.456.789.123.58; X123456789; update; 2020-02-27T10:04:27.434Z; -; Device/1234; UNSTATED; success; E-Rezept Fachdienst; -",
        ],
    ),
    (
        "hl7-core/auditevent-example.json",
        &[
            "Grahame; workforce; Other/ABCDEF; -; system; 2012-10-25T11:04:27.000Z; 127.0.0.1; Workstation1.ehr.familyclinic.com; UNSTATED; success; Development; -",
        ],
    ),
    (
        "ch-epr-atc/atc-doc-create-rep-pat.xml",
        &[
            "representative:#; representative; DocumentReference/1.2.3.4.5; 761337610469261945; create; 2020-10-10T16:29:00.000Z; -; urn:oid:7.8.9.10.11; UNSTATED; success; -; patient:#",
        ],
    ),
    (
        "ch-epr-atc/atc-doc-search.xml",
        &[
            "7601000050717; workforce; DocumentReference/urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d; 761337610469261945; break_glass; 2022-10-10T18:49:00.000Z; -; urn:oid:7.8.9.10.11; ETREAT; success; urn:oid:1.1.1.1.1; -",
        ],
    ),
    (
        "ch-epr-atc/atc-log-read.xml",
        &[
            "patient:#; patient; AuditEvent/-; 761337610469261945; view; 2020-09-22T08:47:00.000Z; -; urn:oid:7.8.9.10.11; UNSTATED; success; -; -",
        ],
    ),
    (
        "ch-epr-atc/atc-pol-create-acc-right.xml",
        &[
            "patient:#; patient; Other/7601000234438; 761337610469261945; security; 2020-10-09T07:47:00.000Z; -; urn:oid:7.8.9.10.12; UNSTATED; success; -; -",
        ],
    ),
];

#[test]
fn every_other_r4_sample() {
    for (path, wanted) in OTHERS {
        holds(path, &fhir(&sample(&format!("fhir-auditevent-r4/{path}"))), wanted);
    }
}

#[test]
fn the_r5_sample() {
    // the list has the patient's own id, `example`, which would stand outside of its column
    let wanted = format!(
        "Betty Jones; workforce; List/-; example; create; 2020-04-29T09:49:00.000Z; {IP}; myMachine.example.org; TREAT; success; http://server.example.com; -"
    );
    let all = fhir(&sample("fhir-auditevent-r5/auditevent-example-advanced-create.xml"));
    holds("R5", &all, &[&wanted]);
}

#[test]
fn no_sample_leaves_a_name_a_query_or_a_text_behind() {
    let names = [
        "Wieder-Gesund",
        "Helfe-Gern",
        "Allzeitbereit",
        "Musterfrau",
        "Müller",
        "Apotheke",
        "_lastUpdated",
        "Laptop",
        "test.fhir.org",
    ];
    let paths = OTHERS.iter().map(|(path, _)| format!("fhir-auditevent-r4/{path}"));
    for path in paths.chain(["fhir-auditevent-r4/balp-1.1.4.derived.ndjson".to_owned()]) {
        for row in fhir(&sample(&path)) {
            let all = format!("{row:?}");
            assert!(names.iter().all(|name| !all.contains(name)), "{path}: {}", line(&row));
        }
    }
}

/// Every FHIR sample that is read here.
pub fn read_here() -> Vec<String> {
    let balp = BALP.iter().map(|(name, ..)| format!("fhir-auditevent-r4/balp-1.1.4/AuditEvent-ex-audit{name}.json"));
    let others = OTHERS.iter().map(|(path, _)| format!("fhir-auditevent-r4/{path}"));
    let rest =
        ["fhir-auditevent-r4/balp-1.1.4.derived.ndjson", "fhir-auditevent-r5/auditevent-example-advanced-create.xml"];
    balp.chain(others).chain(rest.map(str::to_owned)).collect()
}
