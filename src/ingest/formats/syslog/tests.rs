use super::{Decoder, Fault, Frame, Header};
use crate::ingest::formats::MessageKind;

const HEAD: &str = "<85>1 2015-03-05T12:52:31.358+02:00 pacs-1 java 9293 IHE+RFC-3881 - ";

/// Every frame of a stream that came in pieces of so many bytes.
fn pieces(stream: &[u8], size: usize, limit: usize) -> Vec<Frame> {
    let mut decoder = Decoder::with_limit(limit);
    let mut frames = Vec::new();
    for piece in stream.chunks(size) {
        decoder.push(piece);
        frames.extend(std::iter::from_fn(|| decoder.next()));
    }
    frames.extend(std::iter::from_fn(|| decoder.finish()));
    frames
}

/// The texts of messages, and the faults of garbage, however the stream is cut.
fn told(stream: &[u8], limit: usize) -> Vec<Result<String, Fault>> {
    let whole = pieces(stream, stream.len().max(1), limit);
    for size in [1, 2, 3, 7, 16, 61, 100] {
        assert_eq!(pieces(stream, size, limit), whole, "in pieces of {size}");
    }
    whole
        .into_iter()
        .map(|frame| match frame {
            Frame::Message(message) => Ok(String::from_utf8_lossy(message.body()).into_owned()),
            Frame::Garbage(garbage) => Err(garbage.fault),
        })
        .collect()
}

fn all(stream: &str) -> Vec<Result<String, Fault>> {
    told(stream.as_bytes(), 4096)
}

#[allow(clippy::unnecessary_wraps, reason = "one element of what is told")]
fn ok(text: &str) -> Result<String, Fault> {
    Ok(text.to_owned())
}

#[test]
fn a_header_is_read_and_a_hyphen_is_none() {
    let text = b"<85>1 2010-12-17T15:12:04.287-06:00 cabig-h1 OHT - IHE+DICOM - \xEF\xBB\xBF<a/>";
    let (header, at) = Header::parse(text).expect("a header");
    assert_eq!((header.facility, header.severity), (10, 5));
    assert_eq!(header.sent.expect("a time").to_rfc3339(), "2010-12-17T15:12:04.287-06:00");
    assert_eq!((header.host.as_deref(), header.app.as_deref()), (Some("cabig-h1"), Some("OHT")));
    assert_eq!((header.procid, header.msgid.as_deref()), (None, Some("IHE+DICOM")));
    assert_eq!(&text[at..], b"<a/>");
}

#[test]
fn structured_data_is_passed_over_with_its_escapes() {
    let text = br#"<85>1 - - - - - [x@1 a="\]\"" b=" "][y] <a/>"#;
    let (_, at) = Header::parse(text).expect("a header");
    assert_eq!(&text[at..], b"<a/>");
    for bad in [
        "<85>1 - - - - - [x",
        "<85>1 - - - - - -<a/>",
        "<192>1 - - - - - - <a/>",
        "<85>2 - - - - - - <a/>",
        "<85>1 - -",
    ] {
        assert!(Header::parse(bad.as_bytes()).is_none(), "{bad}");
    }
}

#[test]
fn line_breaks_inside_the_xml_end_no_message() {
    let stream = format!(
        "{HEAD}<x>\n<85>\n</x>\n{HEAD}<y/>\r\n\r\n{HEAD}<AuditMessage>\n</AuditMessage> \nleft over\n{HEAD}<z/>"
    );
    assert_eq!(
        all(&stream),
        [ok("<x>\n<85>\n</x>"), ok("<y/>"), ok("<AuditMessage>\n</AuditMessage> "), Err(Fault::NoHeader), ok("<z/>")]
    );
}

#[test]
fn the_end_of_an_audit_message_is_the_end_of_its_frame_before_another_comes() {
    let mut decoder = Decoder::default();
    decoder.push(format!("{HEAD}<AuditMessage>\n</AuditMessage>\n").as_bytes());
    assert!(matches!(decoder.next(), Some(Frame::Message(_))));
}

#[test]
fn octet_counting_counts_the_byte_order_mark() {
    let message = format!("{HEAD}\u{feff}<a>\u{e9}</a>");
    let stream = format!("{} {message}{} {message}\n", message.len(), message.len());
    assert_eq!(all(&stream), [ok("<a>\u{e9}</a>"), ok("<a>\u{e9}</a>")]);
    let Frame::Message(second) = pieces(stream.as_bytes(), 5, 4096).remove(1) else { panic!("a message") };
    assert_eq!(second.raw, message.as_bytes());
    assert_eq!(usize::try_from(second.offset).ok(), stream.rfind("<85>"));
}

#[test]
fn both_framings_may_follow_each_other() {
    let message = format!("{HEAD}<a/>");
    let stream = format!("{message}\n{} {message}{message}\n", message.len());
    assert_eq!(all(&stream), [ok("<a/>"), ok("<a/>"), ok("<a/>")]);
}

#[test]
fn a_wrong_length_costs_its_message_and_not_the_next() {
    let message = format!("{HEAD}<a/>");
    let short = format!("{} {message}{} {message}", message.len() - 3, message.len());
    assert_eq!(all(&short), [ok("<"), Err(Fault::NoHeader), ok("<a/>")]);
    assert_eq!(all(&format!("999 {message}")), [Err(Fault::Cut)]);
}

#[test]
fn garbage_keeps_its_place_and_hash_alone() {
    use sha2::{Digest as _, Sha256};
    let stream = format!("hello\nworld\n{HEAD}<a/>");
    let Frame::Garbage(garbage) = pieces(stream.as_bytes(), 4, 4096).remove(0) else { panic!("garbage") };
    assert_eq!((garbage.fault, garbage.offset, garbage.length), (Fault::NoHeader, 0, 12));
    assert_eq!(garbage.sha256, <[u8; 32]>::from(Sha256::digest("hello\nworld\n")));
    assert_eq!(all(&format!("{HEAD}this is a message?>")), [Err(Fault::OtherText)]);
    assert_eq!(all("<85>1 broken"), [Err(Fault::BadHeader)]);
    assert_eq!(all("<85>1 2015"), [Err(Fault::BadHeader)]);
    assert_eq!(all("<85>"), [Err(Fault::NoHeader)]);
    assert_eq!(all("\u{feff}\n\n"), []);
}

#[test]
fn a_message_over_the_limit_is_passed_over_without_keeping_it() {
    let long = format!("{HEAD}<a>{}</a>", "x\n".repeat(400));
    let message = format!("{HEAD}<a/>");
    let stream = format!("{long}\n{message}\n{} {long}{} {message}", long.len(), message.len());
    let told = told(stream.as_bytes(), 200);
    assert_eq!(told, [Err(Fault::TooLong), ok("<a/>"), Err(Fault::TooLong), ok("<a/>")]);
    let mut decoder = Decoder::with_limit(200);
    for _ in 0..1000 {
        decoder.push(long.as_bytes());
        while decoder.next().is_some() {}
        assert!(decoder.buffer.len() < 2000);
    }
    for _ in 0..1000 {
        decoder.push(&[b'x'; 100]);
        while decoder.next().is_some() {}
        assert!(decoder.buffer.len() < 2000);
    }
}

/// What an open connection has given so far, before anybody says that it ends.
fn given(kind: MessageKind, stream: &str) -> Vec<Result<String, Fault>> {
    let mut decoder = Decoder::of(kind, 4096);
    decoder.push(stream.as_bytes());
    std::iter::from_fn(|| decoder.next())
        .map(|frame| match frame {
            Frame::Message(message) => Ok(String::from_utf8_lossy(message.body()).into_owned()),
            Frame::Garbage(garbage) => Err(garbage.fault),
        })
        .collect()
}

#[test]
fn a_resource_in_a_line_ends_with_its_brace_or_its_tag_and_waits_for_nobody() {
    let bundle = "<Bundle xmlns=\"x\">\n<AuditEvent></AuditEvent>\n</Bundle>";
    for text in [
        "{\"resourceType\":\"AuditEvent\"}",
        "{\n  \"agent\": [{\n    \"who\": {}\n  }]\n}",
        "<AuditEvent xmlns=\"x\">\n</AuditEvent>",
        bundle,
    ] {
        for (end, frames) in [("\n", 1), (" \r\n", 1), ("", 0)] {
            let said = given(MessageKind::Fhir, &format!("{HEAD}{text}{end}"));
            assert_eq!(said.len(), frames, "{text:?} and {end:?}");
            assert!(said.iter().all(|said| said.as_ref().is_ok_and(|said| said.trim_end() == text)), "{said:?}");
        }
    }
    let two = format!("{HEAD}{{\n \"a\": {{}}\n}}\n{HEAD}{{}}\n");
    assert_eq!(given(MessageKind::Fhir, &two), [ok("{\n \"a\": {}\n}"), ok("{}")]);
    assert_eq!(given(MessageKind::Fhir, &format!("{HEAD}login ok\n{HEAD}{{}}\n"))[0], Err(Fault::OtherText));
    assert_eq!(given(MessageKind::DicomAudit, &format!("{HEAD}{{}}\n{HEAD}<a/>\n"))[0], Err(Fault::OtherText));
}
