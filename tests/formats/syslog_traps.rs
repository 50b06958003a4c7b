//! The traps of syslog framing, in files of frames.

use hipaa_auditor::ingest::formats::syslog::{Decoder, Frame};

use hipaa_auditor::ingest::formats::MessageKind;

use super::harness::{atna, fhir, line, read, rows, sample};

fn login() -> String {
    String::from_utf8(sample("atna-syslog-rfc5424/openhim/login.rfc3881.syslog")).expect("text").trim_end().to_owned()
}

#[test]
fn octet_counting_counts_the_byte_order_mark() {
    let marked = login().replacen("- <?xml", "- \u{feff}<?xml", 1);
    let file = format!("{} {marked}{} {marked}", marked.len(), marked.len());
    assert_eq!(rows(atna(file.as_bytes())).len(), 2);
}

#[test]
fn line_breaks_inside_the_message_end_no_frame() {
    let file = format!("{}\n{}\n", login(), login());
    assert_eq!(rows(atna(file.as_bytes())).len(), 2);
}

#[test]
fn a_file_longer_than_what_is_read_at_once_is_read_to_its_end() {
    let file = format!("{}\n", login()).repeat(200);
    assert!(file.len() > 128 * 1024, "{}", file.len());
    assert_eq!(rows(atna(file.as_bytes())).len(), 200);
}

#[test]
fn the_time_is_when_it_happened_and_not_when_it_was_sent() {
    let sent = login().replacen("2010-12-17T15:12:04.287-06:00", "2024-01-01T00:00:00Z", 1);
    assert!(line(&Ok(rows(atna(sent.as_bytes())).remove(0))).contains("2010-12-17T21:12:04.287Z"));
}

#[test]
fn host_and_process_may_be_absent() {
    let bare = login().replacen("cabig-h1 OHT 521", "- - -", 1);
    assert_eq!(rows(atna(bare.as_bytes())).len(), 1);
}

#[test]
fn a_resent_message_is_the_same_message_under_another_header() {
    let resent = login().replacen("<85>1 2010-12-17T15:12:04.287-06:00", "<85>1 2010-12-17T15:12:09.000-06:00", 1);
    let both = rows(atna(format!("{}\n{resent}\n", login()).as_bytes()));
    assert_eq!(both[0].source_event_id, both[1].source_event_id);
}

#[test]
fn garbage_is_kept_by_hash_and_place_and_the_next_message_is_read() {
    let malformed = String::from_utf8(sample("atna-syslog-rfc5424/openhim/malformed-1.syslog")).expect("text");
    let file = format!("{}\n{malformed}\n{}\nnonsense\n{}\n", login(), login(), login());
    let told: Vec<_> = atna(file.as_bytes()).iter().map(line).collect();
    assert_eq!(told.iter().filter(|line| line.starts_with("farley")).count(), 3);
    assert_eq!((told[1].as_str(), told[3].as_str()), ("rejected 2: not_xml", "rejected 4: no_syslog_header"));
}

#[test]
fn a_truncated_datagram_costs_itself() {
    let file = format!("{}\n{}\n", &login()[..400], login());
    let told: Vec<_> = atna(file.as_bytes()).iter().map(line).collect();
    assert!(told[0] == "rejected 1: cut_short" && told[1].starts_with("farley"), "{told:?}");
}

#[test]
fn a_connection_may_bring_its_bytes_in_any_pieces() {
    let message = login();
    let stream = format!("{} {message}{message}\n{} {message}", message.len(), message.len());
    let mut whole: Option<Vec<Frame>> = None;
    for size in [1, 7, 64, 1000, stream.len()] {
        let (mut decoder, mut frames) = (Decoder::default(), Vec::new());
        for piece in stream.as_bytes().chunks(size) {
            decoder.push(piece);
            frames.extend(std::iter::from_fn(|| decoder.next()));
        }
        frames.extend(std::iter::from_fn(|| decoder.finish()));
        assert_eq!(frames.len(), 3);
        assert_eq!(*whole.get_or_insert_with(|| frames.clone()), frames, "in pieces of {size}");
    }
}

/// R4 and R5, JSON and XML, as they come in a file of their own.
const RESOURCES: [&str; 3] = [
    "fhir-auditevent-r4/hl7-core/auditevent-example.json",
    "fhir-auditevent-r4/balp-1.1.4/AuditEvent-ex-auditBasicPatch.json",
    "fhir-auditevent-r5/auditevent-example-advanced-create.xml",
];

#[test]
fn an_audit_event_in_a_frame_is_the_row_that_it_is_in_a_file() {
    for path in RESOURCES {
        let text = String::from_utf8(sample(path)).expect("text").trim_end().to_owned();
        let alone = rows(fhir(text.as_bytes()));
        let message = format!("<85>1 2026-11-18T10:00:00Z ehr fhir 77 - - {text}");
        let marked = message.replacen("- - {", "- - \u{feff}{", 1);
        for file in [
            format!("{} {message}", message.len()),
            format!("{message}\n"),
            format!("{} {marked}", marked.len()),
            format!("{message}\n{message}\n"),
        ] {
            let framed = rows(fhir(file.as_bytes()));
            assert_eq!(framed.len() % alone.len(), 0, "{path}");
            assert_eq!(framed[..alone.len()], alone, "{path}");
            assert!(framed.iter().all(|row| row.source_event_id == alone[0].source_event_id), "{path}");
        }
    }
}

#[test]
fn frames_are_read_by_the_kind_of_their_texts_alone() {
    let event = "<85>1 - - - - - - {\"resourceType\":\"AuditEvent\"}\n";
    assert!(
        read(event.as_bytes(), MessageKind::DicomAudit).is_err()
            && read(login().as_bytes(), MessageKind::Fhir).is_err()
    );
    let both = format!("{event}{}\nnonsense\n<85>1 - - - - - - ok\n", login());
    let told: Vec<_> = fhir(both.as_bytes()).iter().map(line).collect();
    let wanted = ["1: missing_time", "2: not_an_audit_event", "3: no_syslog_header", "4: not_an_audit_event"];
    assert_eq!(told, wanted.map(|said| format!("rejected {said}")));
}
