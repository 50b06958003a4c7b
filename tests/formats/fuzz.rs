//! Samples and small messages, mutated at random, against every parser: none panics, none gives more than it got, no field
//! is over its limit, and the same bytes give the same rows however they come in. `HIPAA_AUDITOR_FUZZ_SECONDS` says for how
//! long, `HIPAA_AUDITOR_FUZZ_SEED` repeats a run. What breaks is left in a file that the failure names.

use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use hipaa_auditor::ingest::formats::syslog::{Decoder, Frame};
use hipaa_auditor::ingest::formats::{MessageKind, open, recognise};
use hipaa_auditor::ingest::presets::epic_access_log;
use hipaa_auditor::ingest::text::{FIELD_CHARS, ID_CHARS};
use hipaa_auditor::ingest::words::{ACCESS_REASONS, ACCESS_TYPES, ACTOR_KINDS, OUTCOMES, RESOURCE_TYPES};
use hipaa_auditor::ingest::{Next, Opened, Reject, Row, Rows};

use super::harness::{keys, now, settings};
use super::mutation::{Random, corpus, epic_header, far, frame_soup, mutate};

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

/// The frames of a stream that comes in pieces of at most so many bytes; 0 is all at once.
fn frames(bytes: &[u8], kind: MessageKind, random: &mut Random, most: usize) -> Vec<Frame> {
    let mut decoder = Decoder::of(kind, 2000);
    let (mut all, mut rest) = (Vec::new(), bytes);
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(if most == 0 { rest.len() } else { 1 + random.below(rest.len().min(most)) });
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

const KINDS: [MessageKind; 2] = [MessageKind::Fhir, MessageKind::DicomAudit];

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
    let mut random = random.clone();
    let soup = frame_soup(&mut random);
    for (stream, kind) in [bytes, &soup].iter().flat_map(|&stream| KINDS.map(|kind| (stream, kind))) {
        let whole = frames(stream, kind, &mut random, 0);
        for most in [1, 12, 300] {
            assert_eq!(whole, frames(stream, kind, &mut random, most), "the same frames in pieces of at most {most}");
        }
    }
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
        let mut bytes = mutate(&mut random, &corpus);
        if random.below(4) == 0 {
            bytes = far(&mut random, &corpus, &bytes);
        }
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
