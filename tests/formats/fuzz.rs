//! Samples and small messages, mutated at random, against every parser: none panics, none gives more than it got, no field
//! is over its limit, and the same bytes give the same rows however they come in. `HIPAA_AUDITOR_FUZZ_SECONDS` says for how
//! long, `HIPAA_AUDITOR_FUZZ_SEED` repeats a run. What breaks is left in a file that the failure names.

use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hipaa_auditor::ingest::formats::syslog::{Decoder, Frame};
use hipaa_auditor::ingest::formats::{MessageKind, open, recognise};
use hipaa_auditor::ingest::presets::epic_access_log;
use hipaa_auditor::ingest::text::{FIELD_CHARS, ID_CHARS};
use hipaa_auditor::ingest::words::{ACCESS_REASONS, ACCESS_TYPES, ACTOR_KINDS, OUTCOMES, RESOURCE_TYPES};
use hipaa_auditor::ingest::{Next, Opened, Reject, Row, Rows};

use super::harness::{keys, now, samples, settings};

/// The longest input.
const LONGEST: usize = 256 * 1024;

/// `SplitMix64`: small, seeded, the same everywhere.
#[derive(Clone)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
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
fn corpus() -> Vec<Box<[u8]>> {
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
        "111 <85>1 - - - - - - <AuditMessage><EventIdentification EventDateTime=\"2026-10-03T02:14:09Z\"/></AuditMessage>",
    ] {
        all.push(own.as_bytes().into());
    }
    all
}

fn epic_header() -> Vec<u8> {
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

fn mutate(random: &mut Random, corpus: &[Box<[u8]>]) -> Vec<u8> {
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
                let start = corpus[corpus.len() - 1 - random.below(3)].to_vec();
                bytes.splice(0..0, start);
            }
        }
        bytes.truncate(LONGEST);
    }
    bytes
}

/// A source that gives as much at once as it likes.
struct Pieces {
    bytes: Cursor<Vec<u8>>,
    random: Random,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = match self.random.below(4) {
            0 => 1 + self.random.below(3),
            1 => 1 + self.random.below(200),
            _ => buffer.len(),
        };
        let most = most.min(buffer.len());
        self.bytes.read(&mut buffer[..most])
    }
}

type Told = Vec<Result<Row, Reject>>;

fn drain(mut rows: Box<dyn Rows>, length: usize) -> Told {
    let mut all = Vec::new();
    loop {
        match rows.next(now()).expect("memory") {
            Next::Row(row) => all.push(Ok(row)),
            Next::Reject(reject) => all.push(Err(reject)),
            Next::End => break,
        }
        assert!(all.len() <= length / 2 + 8, "more rows than bytes could say");
    }
    assert_eq!(rows.bytes(), length as u64);
    all
}

fn messages(bytes: &[u8], kind: MessageKind, random: &Random) -> Option<Told> {
    let of = |input| open(input, kind, settings(), &keys()).expect("memory").ok().map(|rows| drain(rows, bytes.len()));
    let whole = of(Box::new(Cursor::new(bytes.to_vec())));
    let pieces = of(Box::new(Pieces { bytes: Cursor::new(bytes.to_vec()), random: random.clone() }));
    assert_eq!(whole, pieces, "the same rows however the bytes come in");
    whole
}

fn delimited(bytes: &[u8]) -> Option<Told> {
    let mut file = epic_header();
    file.extend_from_slice(bytes);
    let of = || {
        let opened = Opened::new(Box::new(Cursor::new(file.clone())), &epic_access_log(), &keys()).expect("memory");
        opened.ok().map(|opened| drain(opened.into_rows(), file.len()))
    };
    let (once, again) = (of(), of());
    assert_eq!(once, again);
    once
}

fn frames(bytes: &[u8], random: &mut Random, whole: bool) -> Vec<Frame> {
    let mut decoder = Decoder::with_limit(2000);
    let (mut all, mut rest) = (Vec::new(), bytes);
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(if whole { rest.len() } else { 1 + random.below(rest.len().min(300)) });
        decoder.push(piece);
        all.extend(std::iter::from_fn(|| decoder.next()));
        rest = after;
    }
    all.extend(std::iter::from_fn(|| decoder.finish()));
    assert!(all.len() <= bytes.len(), "no frame without a byte");
    all
}

fn within_limits(row: &Row) {
    let now = now().timestamp_micros();
    assert!((946_684_800_000_000..=now + 86_400_000_000).contains(&row.micros), "a time in range");
    assert!(row.line >= 1 && !row.login.is_empty());
    let ids = [
        Some(&row.login),
        row.patient.as_ref(),
        row.resource_id.as_ref(),
        row.source_event_id.as_ref(),
        row.on_behalf_of.as_ref(),
    ];
    let texts = [row.place.as_ref(), row.device_label.as_ref(), row.access_word.as_ref(), row.resource_word.as_ref()];
    for (text, limit) in ids.iter().map(|id| (id, ID_CHARS)).chain(texts.iter().map(|text| (text, FIELD_CHARS))) {
        let Some(text) = text else { continue };
        assert!((1..=limit).contains(&text.chars().count()) && !text.chars().any(char::is_control), "{text:?}");
    }
    for (word, closed) in [
        (&row.actor_kind, &ACTOR_KINDS[..]),
        (&row.access_type, &ACCESS_TYPES),
        (&row.resource_type, &RESOURCE_TYPES),
        (&row.access_reason, &ACCESS_REASONS),
        (&row.outcome, &OUTCOMES),
    ] {
        assert!(closed.contains(&word.as_str()), "{word}");
    }
    assert!(row.patient.is_none() || row.resource_id != row.patient, "a patient's id outside of its column");
}

/// Everything that must hold of any bytes. How many rows there were.
fn check(bytes: &[u8], random: &Random) -> usize {
    let _ = recognise(bytes);
    let told = [
        messages(bytes, MessageKind::Fhir, random),
        messages(bytes, MessageKind::DicomAudit, random),
        delimited(bytes),
    ];
    let mut good = 0;
    for told in told.iter().flatten() {
        let mut last = 0;
        for next in told {
            let line = next.as_ref().map_or_else(|reject| reject.line, |row| row.line);
            assert!(line >= last, "in the order of the file");
            last = line;
            if let Ok(row) = next {
                within_limits(row);
                good += 1;
            }
        }
    }
    assert_eq!(frames(bytes, &mut random.clone(), true), frames(bytes, &mut random.clone(), false));
    good
}

#[test]
fn no_bytes_break_a_parser() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seconds = number("HIPAA_AUDITOR_FUZZ_SECONDS").unwrap_or(3);
    let seed = number("HIPAA_AUDITOR_FUZZ_SEED").unwrap_or_else(|| {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        since.as_secs() ^ u64::from(since.subsec_nanos()) << 20
    });
    println!("seed {seed}, {seconds} s");
    let corpus = corpus();
    let (begun, mut told) = (Instant::now(), Instant::now());
    let (mut inputs, mut rows) = (0_u64, 0);
    while begun.elapsed() < Duration::from_secs(seconds) {
        let mut random = Random(seed.wrapping_add(inputs.wrapping_mul(0x0100_0000_01B3)));
        let bytes = mutate(&mut random, &corpus);
        let Ok(good) = catch_unwind(AssertUnwindSafe(|| check(&bytes, &random))) else {
            let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{seed}-{inputs}.bin"));
            std::fs::write(&path, &bytes).expect("a place for what broke");
            panic!("input {inputs} of seed {seed} broke a parser; it is in {}", path.display());
        };
        rows += good;
        inputs += 1;
        if told.elapsed() > Duration::from_mins(1) {
            told = Instant::now();
            println!("{} s: {inputs} inputs, {rows} rows, none broke a parser", begun.elapsed().as_secs());
        }
    }
    println!("{inputs} inputs, {rows} rows, none broke a parser");
    assert!(rows > 0, "the parsers were met");
}
