//! The traps of syslog framing, in files of frames.

use hipaa_auditor::ingest::formats::syslog::{Decoder, Frame};

use super::harness::{atna, line, rows, sample};

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
