//! Samples and small messages, and what a bad day does to bytes.

use std::path::{Path, PathBuf};

use hipaa_auditor::ingest::formats::{HEAD_BYTES, MessageKind, recognise};

use super::harness::samples;

/// The longest input.
const LONGEST: usize = 256 * 1024;

/// `SplitMix64`: small, seeded, the same everywhere.
#[derive(Clone)]
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % (limit.max(1) as u64)).unwrap_or(0)
    }

    fn pick<'a, T: ?Sized>(&mut self, all: &'a [Box<T>]) -> &'a T {
        &all[self.below(all.len())]
    }

    fn range(&mut self, length: usize, most: usize) -> std::ops::Range<usize> {
        let from = self.below(length + 1);
        from..(from + self.below(most)).min(length)
    }
}

const WORDS: &[&str] = &[
    "<AuditMessage>",
    "</AuditMessage>",
    "<AuditMessage/>",
    "<AuditEvent xmlns=\"http://hl7.org/fhir\">",
    "</AuditEvent>",
    "<?xml version=\"1.0\" encoding=\"UTF-16\"?>",
    "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>",
    "&a;",
    "&#0;",
    "&#x110000;",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<resource>",
    "</resource>",
    "\"",
    "'",
    "<",
    ">",
    "</",
    "/>",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\\",
    "\\u0000",
    "\\ud800",
    "\"entry\":[",
    "\"resourceType\":\"AuditEvent\"",
    "\"resource\":",
    "null",
    "true",
    "1e999",
    "-0",
    "\u{feff}",
    "\0",
    "\r\n",
    "\n",
    "\t",
    " ",
    "<85>1 ",
    "<191>1 - - - - - - ",
    "<999>1 ",
    "9 <85>1 ",
    "999999999 <85>1 ",
    "00 <85>1 ",
    "[x@1 a=\"\\]\"]",
    "2026-10-03T02:14:09",
    "0000-00-00T00:00:00Z",
    "9999-12-31T23:59:60.9999999999+23:59",
    "-2026-10-03T02:14:09Z",
    "Patient/",
    "/_history/",
    "?",
    "#",
    "^^^&1.2&ISO",
    "~",
    "|",
    "<none>",
    "@1.2.3",
    "::ffff:1.2.3.4",
    "%11",
    "urn:ipv6:",
    "110122",
    "110113",
    "ATC_",
    "BTG",
    "\u{fc}\u{1f600}\u{0301}",
];
const NUMBERS: &[&str] =
    &["0", "-1", "18446744073709551616", "9223372036854775807", "1e400", "00000000", "4294967296", "0.1"];

/// Every sample file, and beginnings that make a parser take what follows.
pub fn corpus() -> Vec<Box<[u8]>> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let mut paths = Vec::new();
    walk(&samples(), &mut paths);
    paths.sort();
    let mut all: Vec<Box<[u8]>> = paths
        .iter()
        .filter_map(|path| std::fs::read(path).ok())
        .map(|bytes| bytes[..bytes.len().min(LONGEST / 4)].into())
        .collect();
    assert!(all.len() > 60, "the samples are there");
    // those that are read as messages come up more often
    let audit: Vec<_> = all
        .iter()
        .filter(|bytes| [MessageKind::Fhir, MessageKind::DicomAudit].iter().any(|kind| recognise(bytes).fits(*kind)))
        .cloned()
        .collect();
    all.extend(audit.iter().cloned().chain(audit.clone()));
    all.push(epic_row().into());
    for own in [
        "{\"resourceType\":\"AuditEvent\",\"recorded\":\"2026-10-03T02:14:09Z\",\"agent\":[{\"requestor\":true,\"altId\":\"x\"}]}\n",
        "<AuditMessage><EventIdentification EventDateTime=\"2026-10-03T02:14:09Z\"/><ActiveParticipant UserID=\"x\"/></AuditMessage>",
        "<85>1 - - - - - - {\"resourceType\":\"AuditEvent\",\"recorded\":\"2026-10-03T02:14:09Z\",\"agent\":[{\"requestor\":true,\"altId\":\"x\"}]}\n",
        "106 <85>1 - - - - - - <AuditMessage><EventIdentification EventDateTime=\"2026-10-03T02:14:09Z\"/></AuditMessage>",
    ] {
        all.push(own.as_bytes().into());
    }
    all
}

pub fn epic_header() -> Vec<u8> {
    let mut header = std::fs::read(samples().join("ehr-export-headers/purview-epic.header.tsv")).expect("the header");
    header.push(b'\n');
    header
}

/// Rows that fit the header.
fn epic_row() -> Vec<u8> {
    let header = String::from_utf8(epic_header()).expect("text");
    let value = |column: &str| match column.trim() {
        "ACCESS_LOG.ACCESS_TIME" => "2026-10-03 02:14:09",
        "ZC_ACCESS_ACTION.NAME" => "VIEW",
        "EMP.SYSTEM_LOGIN" => "DMARSH",
        _ => "x",
    };
    let row: Vec<_> = header.trim_end().split('\t').map(value).collect();
    format!("{}\n", row.join("\t")).repeat(4).into_bytes()
}

pub fn mutate(random: &mut Random, corpus: &[Box<[u8]>]) -> Vec<u8> {
    let mut bytes = random.pick(corpus).to_vec();
    for _ in 0..=random.below(5) {
        let length = bytes.len();
        let at = random.below(length + 1);
        match random.below(12) {
            0 if length > 0 => bytes[at % length] ^= 1 << random.below(8),
            1 if length > 0 => bytes[at % length] = random.next().to_le_bytes()[0],
            2 => drop(bytes.drain(random.range(length, 200))),
            3 => {
                let copy = bytes[random.range(length, 400)].to_vec();
                bytes.splice(at..at, copy);
            }
            4 => {
                let other = random.pick(corpus);
                let piece = other[random.range(other.len(), 2000)].to_vec();
                bytes.splice(random.range(length, 100), piece);
            }
            5 => bytes.truncate(at),
            6 | 7 => drop(bytes.splice(at..at, WORDS[random.below(WORDS.len())].bytes())),
            8 => {
                let number = bytes[at..].iter().position(u8::is_ascii_digit).map(|found| at + found);
                if let Some(from) = number {
                    let digits = bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                    bytes.splice(from..from + digits, NUMBERS[random.below(NUMBERS.len())].bytes());
                }
            }
            9 => {
                let piece = bytes[random.range(length, 60)].to_vec();
                let many = piece.repeat(random.below(300));
                bytes.splice(at..at, many);
            }
            10 => {
                let other = random.pick(corpus).to_vec();
                bytes.extend(other);
            }
            _ => {
                let start = corpus[corpus.len() - 1 - random.below(4)].to_vec();
                bytes.splice(0..0, start);
            }
        }
        bytes.truncate(LONGEST);
    }
    bytes
}

/// Small pieces of frames in any order: what framing is told apart by, far more often than in a mutated sample.
pub fn frame_soup(random: &mut Random) -> Vec<u8> {
    const PIECES: &[&str] = &[
        "<85>1 - - - - - - ",
        "<85>1 - - - - - [a@1 b=\"]\"] ",
        "<a>",
        "</a>",
        "{",
        "}",
        "</AuditEvent>",
        "<Bundle >",
        "</Bundle>",
        "<AuditMessage>",
        "</AuditMessage>",
        "\n",
        "\n",
        "\r\n",
        " ",
        "x",
        "26 <85>1 - - - - - - <x/>",
        "25 <85>1 - - - - - - \u{feff}<x/>",
        "9 ",
        "999 ",
        "3000 ",
        "0",
        "<85>",
        "<85>1",
        "1 ",
        "\u{feff}",
        "\0",
    ];
    let count = random.below(40);
    (0..count).flat_map(|_| PIECES[random.below(PIECES.len())].bytes()).collect()
}

/// Behind good messages and so many blanks that it lies where a file is read piece by piece.
pub fn far(random: &mut Random, corpus: &[Box<[u8]>], bytes: &[u8]) -> Vec<u8> {
    let first = &corpus[corpus.len() - 1 - random.below(4)];
    let mut file = first.repeat(1 + random.below(2));
    let short = random.below(2000);
    file.resize((HEAD_BYTES - short).max(file.len()), b' ');
    file.push(b'\n');
    file.extend_from_slice(bytes);
    file
}
