//! What a file is, by its beginning. Nothing here decides whether a message is good; it decides who reads it, and what a
//! person is told who sent a workbook where a log was expected.

use super::{MessageKind, Release, syslog};

/// What the beginning of a file looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recognised {
    /// No bytes, or blanks alone.
    Empty,
    /// A header and columns.
    DelimitedText,
    /// Text without columns.
    PlainText,
    /// FHIR `AuditEvent`, or a Bundle that may hold some, as JSON.
    FhirJson(Release),
    /// The same as XML.
    FhirXml(Release),
    /// Another FHIR resource.
    OtherFhir,
    /// DICOM or RFC 3881 audit messages as XML.
    DicomAuditXml,
    /// RFC 5424 messages.
    SyslogFrames,
    /// The same, with FHIR in the first of them.
    FhirFrames,
    /// Learning records.
    Xapi,
    /// HL7 version 2 messages.
    Hl7v2,
    /// JSON of another kind.
    OtherJson,
    /// XML of another kind.
    OtherXml,
    /// A page of a web site.
    WebPage,
    /// An Excel workbook, new or old.
    Workbook,
    /// Another office document.
    OfficeDocument,
    /// A ZIP archive.
    Zip,
    /// Gzip or another single compressed file.
    Compressed,
    /// PDF.
    Pdf,
    /// UTF-16 text.
    Utf16,
    /// None of these, and not text.
    Binary,
}

impl Recognised {
    /// Whether such a file is one of that kind.
    #[must_use]
    pub const fn fits(self, kind: MessageKind) -> bool {
        match kind {
            MessageKind::Fhir => matches!(self, Self::FhirJson(_) | Self::FhirXml(_) | Self::FhirFrames),
            MessageKind::DicomAudit => matches!(self, Self::DicomAuditXml | Self::SyslogFrames),
        }
    }

    /// Whether some mapping could read it as a log.
    #[must_use]
    pub const fn may_be_log(self) -> bool {
        matches!(
            self,
            Self::DelimitedText
                | Self::FhirJson(_)
                | Self::FhirXml(_)
                | Self::FhirFrames
                | Self::DicomAuditXml
                | Self::SyslogFrames
                | Self::Utf16
        )
    }

    /// What it is and what to do, for whoever sent it where something else was expected.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Empty => "The file is empty.",
            Self::DelimitedText => "This is a text file with columns. Choose a source that reads such exports.",
            Self::PlainText => "This is plain text without columns. Send the export itself.",
            Self::FhirJson(Release::Older) | Self::FhirXml(Release::Older) => {
                "These are AuditEvents of a FHIR release before R4, or of a draft. Have the system send R4 or R5."
            }
            Self::FhirJson(_) => "This is FHIR JSON. Choose a source that sends FHIR AuditEvents.",
            Self::FhirXml(_) => "This is FHIR XML. Choose a source that sends FHIR AuditEvents.",
            Self::OtherFhir => "This is a FHIR resource of another kind. Send AuditEvents.",
            Self::DicomAuditXml => {
                "These are DICOM audit messages. Choose a source that sends DICOM or ATNA audit messages."
            }
            Self::SyslogFrames => "These are syslog messages. Choose a source that sends DICOM or ATNA audit messages.",
            Self::FhirFrames => {
                "These are syslog messages with FHIR inside. Choose a source that sends FHIR AuditEvents."
            }
            Self::Xapi => "These are xAPI learning records. They belong to training, not to an access log.",
            Self::Hl7v2 => "These are HL7 version 2 messages. They move records and are no log of who opened them.",
            Self::OtherJson => "This is JSON, but not FHIR AuditEvents.",
            Self::OtherXml => "This is XML, but neither FHIR AuditEvents nor DICOM audit messages.",
            Self::WebPage => {
                "This is a web page, perhaps a sign-in page saved in place of the file. Download the export again."
            }
            Self::Workbook => "This is an Excel workbook. Save it as CSV UTF-8 and send that.",
            Self::OfficeDocument => "This is an office document. Send the export itself.",
            Self::Zip => "This is a ZIP archive. Unpack it and send the file inside.",
            Self::Compressed => "This file is compressed. Unpack it first.",
            Self::Pdf => "This is a PDF, which has no columns to read. Export the log as CSV.",
            Self::Utf16 => "This file is UTF-16 text. Save messages as UTF-8.",
            Self::Binary => "This is no text file that the portal knows.",
        }
    }
}

/// What a file is, from its first bytes; [`super::HEAD_BYTES`] of them are enough.
#[must_use]
pub fn recognise(head: &[u8]) -> Recognised {
    if let Some(binary) = by_signature(head) {
        return binary;
    }
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let text = text.trim_ascii_start();
    if text.is_empty() {
        return Recognised::Empty;
    }
    if begins_as_syslog(text) {
        let inside = syslog::first_text(text).map(|inside| match inside.trim_ascii_start().first() {
            Some(b'<') => of_xml(inside),
            Some(b'{') => of_json(inside),
            _ => Recognised::Binary,
        });
        return match inside {
            Some(Recognised::FhirJson(_) | Recognised::FhirXml(_) | Recognised::OtherFhir) => Recognised::FhirFrames,
            _ => Recognised::SyslogFrames,
        };
    }
    if [&b"MSH|"[..], b"\x0BMSH|", b"FHS|", b"BHS|"].iter().any(|start| text.starts_with(start)) {
        return Recognised::Hl7v2;
    }
    match text[0] {
        b'<' => of_xml(text),
        b'{' | b'[' => of_json(text),
        _ if text.iter().take(4096).any(|byte| *byte < 9 || (14..27).contains(byte)) => Recognised::Binary,
        _ => {
            let line = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
            let columns = line.iter().any(|byte| matches!(byte, b'\t' | b',' | b'|' | b';'));
            if columns { Recognised::DelimitedText } else { Recognised::PlainText }
        }
    }
}

fn by_signature(head: &[u8]) -> Option<Recognised> {
    let has = |text: &[u8]| head.windows(text.len()).any(|window| window == text);
    let starts = |signatures: &[&[u8]]| signatures.iter().any(|signature| head.starts_with(signature));
    Some(match () {
        () if starts(&[b"PK\x03\x04", b"PK\x05\x06"]) && has(b"xl/") => Recognised::Workbook,
        () if starts(&[b"PK\x03\x04"]) && (has(b"word/") || has(b"ppt/") || has(b"opendocument")) => {
            Recognised::OfficeDocument
        }
        () if starts(&[b"PK\x03\x04", b"PK\x05\x06"]) => Recognised::Zip,
        () if starts(&[b"\xD0\xCF\x11\xE0"]) => Recognised::Workbook,
        () if starts(&[b"\x1F\x8B", b"BZh", b"\x28\xB5\x2F\xFD", b"7z\xBC\xAF", b"\xFD7zXZ"]) => Recognised::Compressed,
        () if starts(&[b"%PDF"]) => Recognised::Pdf,
        () if starts(&[b"{\\rtf"]) => Recognised::OfficeDocument,
        () if starts(&[b"\xFF\xFE", b"\xFE\xFF"]) || looks_like_utf16(head) => Recognised::Utf16,
        () => return None,
    })
}

/// Every second byte of Latin text is zero.
fn looks_like_utf16(head: &[u8]) -> bool {
    let head = &head[..head.len().min(64)];
    let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    head.len() >= 8 && (zeros(0) * 3 > head.len() || zeros(1) * 3 > head.len()) && zeros(0).min(zeros(1)) == 0
}

fn begins_as_syslog(text: &[u8]) -> bool {
    let mut decoder = syslog::Decoder::default();
    decoder.push(&text[..text.len().min(128)]);
    match decoder.next() {
        Some(syslog::Frame::Garbage(garbage)) => garbage.fault != syslog::Fault::NoHeader,
        Some(syslog::Frame::Message(_)) => true,
        None => decoder.in_message(),
    }
}

/// The local name of the first element.
fn of_xml(text: &[u8]) -> Recognised {
    let head = String::from_utf8_lossy(text);
    if head.get(..14).is_some_and(|start| start.eq_ignore_ascii_case("<!doctype html")) {
        return Recognised::WebPage;
    }
    let has = |tag: &str| {
        head.match_indices(tag).any(|(at, _)| {
            let before = head.as_bytes().get(at.wrapping_sub(1)).copied().unwrap_or(b'<');
            let after = head.as_bytes().get(at + tag.len()).copied().unwrap_or(b'>');
            matches!(before, b'<' | b':') && (after.is_ascii_whitespace() || matches!(after, b'>' | b'/'))
        })
    };
    if has("AuditMessage") {
        return Recognised::DicomAuditXml;
    }
    if has("AuditEvent") {
        let older = ["<participant>", "<event>", "<object>"].iter().any(|tag| head.contains(tag));
        let newer = head.contains("<category>") || head.contains("<code>");
        let release = if older {
            Release::Older
        } else if newer {
            Release::R5
        } else {
            Release::R4
        };
        return Recognised::FhirXml(release);
    }
    match () {
        () if has("html") || has("HTML") => Recognised::WebPage,
        () if has("Bundle") && head.contains("http://hl7.org/fhir") => Recognised::FhirXml(Release::R4),
        () if head.contains("http://hl7.org/fhir\"") => Recognised::OtherFhir,
        () => Recognised::OtherXml,
    }
}

fn of_json(text: &[u8]) -> Recognised {
    let head = String::from_utf8_lossy(text);
    let has = |member: &str| {
        let quoted = format!("\"{member}\"");
        head.match_indices(&quoted).any(|(at, _)| head[at + quoted.len()..].trim_start().starts_with(':'))
    };
    let kind = |kind: &str| head.contains(&format!("\"{kind}\""));
    if has("resourceType") {
        if !kind("AuditEvent") && !kind("Bundle") {
            return Recognised::OtherFhir;
        }
        let release = match () {
            () if has("participant") || (has("event") && !has("agent")) => Release::Older,
            () if has("category") => Release::R5,
            () => Release::R4,
        };
        return Recognised::FhirJson(release);
    }
    if has("actor") && has("verb") || has("statements") {
        return Recognised::Xapi;
    }
    Recognised::OtherJson
}

#[cfg(test)]
mod tests {
    use super::{MessageKind, Recognised, Release, recognise};

    #[test]
    fn a_file_is_recognised_by_its_beginning() {
        let utf16: Vec<u8> = "user\ttime\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (head, is) in [
            (&b""[..], Recognised::Empty),
            (b"\xEF\xBB\xBF \r\n", Recognised::Empty),
            (b"user,time\n", Recognised::DelimitedText),
            (b"# An agreement\n", Recognised::PlainText),
            (b"PK\x03\x04....xl/workbook.xml", Recognised::Workbook),
            (b"PK\x03\x04....word/document.xml", Recognised::OfficeDocument),
            (b"PK\x03\x04....log.csv", Recognised::Zip),
            (b"\xD0\xCF\x11\xE0", Recognised::Workbook),
            (b"\x1F\x8B\x08", Recognised::Compressed),
            (b"%PDF-1.7", Recognised::Pdf),
            (&utf16, Recognised::Utf16),
            (b"\x00\x01\x02\x03", Recognised::Binary),
            (b"MSH|^~\\&|A", Recognised::Hl7v2),
            (b"<85>1 2015-03-05T12:52:31Z h a 1 m - <AuditMessage>", Recognised::SyslogFrames),
            (b"312 <85>1 2015-03-05T12:52:31Z h a 1 m - <Audit", Recognised::SyslogFrames),
            (b"<85>1 - - - - - - {\"resourceType\": \"AuditEvent\"", Recognised::FhirFrames),
            (b"99 <85>1 - - - - - - <AuditEvent xmlns='http://hl7.org/fhir'>", Recognised::FhirFrames),
            (b"<85>1 - - - - - - {\"x\": 1}", Recognised::SyslogFrames),
            (b"<?xml version='1.0'?><!DOCTYPE x><ns:AuditMessage/>", Recognised::DicomAuditXml),
            (
                b"<AuditEvent xmlns='http://hl7.org/fhir'><type><code value='rest'/></type>",
                Recognised::FhirXml(Release::R4),
            ),
            (b"<AuditEvent><code><coding/></code>", Recognised::FhirXml(Release::R5)),
            (b"<AuditEvent><participant><userId value='x'/>", Recognised::FhirXml(Release::Older)),
            (b"<!DOCTYPE html><html>", Recognised::WebPage),
            (b"<data>data</data>", Recognised::OtherXml),
            (b"{\"resourceType\": \"AuditEvent\", \"agent\": []", Recognised::FhirJson(Release::R4)),
            (b"[{\"resourceType\": \"AuditEvent\", \"category\": []", Recognised::FhirJson(Release::R5)),
            (b"{\"resourceType\": \"AuditEvent\", \"participant\": []", Recognised::FhirJson(Release::Older)),
            (b"{\"resourceType\": \"Patient\"", Recognised::OtherFhir),
            (b"{\"actor\": {}, \"verb\": {}, \"object\": {}}", Recognised::Xapi),
            (b"[1, 2]", Recognised::OtherJson),
        ] {
            assert_eq!(recognise(head), is, "{}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn a_kind_takes_its_own_alone() {
        assert!(Recognised::FhirJson(Release::R5).fits(MessageKind::Fhir));
        assert!(
            !Recognised::DicomAuditXml.fits(MessageKind::Fhir) && !Recognised::Workbook.fits(MessageKind::DicomAudit)
        );
    }
}
