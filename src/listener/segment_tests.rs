use super::{Open, Waiting, check, cipher, groups, nonce_of, read};
use crate::config::Keys;
use crate::ingest::formats::syslog::Fault;
use crate::listener::journal::Entry;
use chacha20poly1305::aead::{Aead as _, Payload};
use std::io::ErrorKind;
use uuid::Uuid;

fn keys(secret: &str) -> Keys {
    Keys::new(&secret.repeat(32)).expect("long enough")
}

fn message(n: u8) -> Entry {
    Entry::Message(format!("<85>1 Hollingberry {n}").into_bytes())
}

/// Three groups of two entries, as they lie on disk.
fn written(dir: &std::path::Path) -> Waiting {
    let (cipher, mut open) = (cipher(&keys("k")), Open::create(dir, Uuid::now_v7()).expect("a file"));
    for n in 0..3 {
        let entries = [message(n), Entry::Garbage(Fault::TooLong, [n; 32])];
        open.append(&cipher, &groups(entries.iter(), 1000).expect("small")).expect("disk");
    }
    open.waiting
}

#[test]
fn a_segment_is_encrypted_and_a_cut_end_costs_only_its_own_group() {
    let dir = tempfile::tempdir().expect("a folder");
    let waiting = written(dir.path());
    let bytes = std::fs::read(&waiting.path).expect("a file");
    assert!(!bytes.windows(12).any(|window| window == b"Hollingberry"), "encrypted");
    assert_eq!(read(&waiting, &keys("k")).expect("whole").entries.len(), 6);
    // killed at any byte of the third group
    let group = (bytes.len() - 28) / 3;
    for cut in 1..group {
        std::fs::write(&waiting.path, &bytes[..bytes.len() - cut]).expect("cut");
        assert_eq!(read(&waiting, &keys("k")).expect("whole").entries.len(), 4, "{cut}");
    }
}

#[test]
fn whatever_else_does_not_open_is_an_error_and_never_fewer_messages() {
    let dir = tempfile::tempdir().expect("a folder");
    let waiting = written(dir.path());
    let bytes = std::fs::read(&waiting.path).expect("a file");
    let fails = |waiting: &Waiting, keys: &Keys| read(waiting, keys).expect_err("damaged").kind();
    assert_eq!(fails(&waiting, &keys("x")), ErrorKind::InvalidData, "another secret");
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        std::fs::write(&waiting.path, &changed).expect("changed");
        assert_eq!(fails(&waiting, &keys("k")), ErrorKind::InvalidData, "byte {at}");
    }
    std::fs::write(&waiting.path, &bytes).expect("as it was");
    let renamed = Waiting { id: Uuid::now_v7(), ..waiting };
    assert_eq!(fails(&renamed, &keys("k")), ErrorKind::InvalidData, "another segment's name");
}

#[test]
fn a_segment_of_the_earlier_release_is_still_read() {
    let dir = tempfile::tempdir().expect("a folder");
    let waiting = Waiting { id: Uuid::now_v7(), path: dir.path().join("earlier.segment") };
    let plain = groups([message(1)].iter(), 1000).expect("small").remove(0);
    let sealed = cipher(&keys("k")).encrypt(&nonce_of([7; 8], 0).into(), plain.as_slice()).expect("sealed");
    let mut bytes = b"HAJ1\x07\x07\x07\x07\x07\x07\x07\x07".to_vec();
    bytes.extend_from_slice(&u32::try_from(sealed.len()).expect("small").to_be_bytes());
    bytes.extend_from_slice(&sealed);
    std::fs::write(&waiting.path, &bytes).expect("disk");
    assert_eq!(read(&waiting, &keys("k")).expect("whole").entries, [message(1)]);
}

#[test]
fn a_segment_says_under_which_mapping_it_was_taken_over_and_one_of_the_last_release_does_not() {
    let dir = tempfile::tempdir().expect("a folder");
    let mapping = Uuid::now_v7();
    let mut open = Open::create(dir.path(), mapping).expect("a file");
    open.append(&cipher(&keys("k")), &groups([message(1)].iter(), 1000).expect("small")).expect("disk");
    assert_eq!(read(&open.waiting, &keys("k")).expect("whole").mapping, Some(mapping));

    let waiting = Waiting { id: Uuid::now_v7(), path: dir.path().join("last.segment") };
    let plain = groups([message(2)].iter(), 1000).expect("small").remove(0);
    let payload = Payload { msg: plain.as_slice(), aad: waiting.id.as_bytes() };
    let sealed = cipher(&keys("k")).encrypt(&nonce_of([7; 8], 0).into(), payload).expect("sealed");
    let length = u32::try_from(sealed.len()).expect("small");
    let head = [b"HAJ2".as_slice(), &[7; 8], &length.to_be_bytes(), &check([7; 8], 0, length)].concat();
    std::fs::write(&waiting.path, [head, sealed].concat()).expect("disk");
    let contents = read(&waiting, &keys("k")).expect("whole");
    assert_eq!((contents.mapping, contents.entries), (None, vec![message(2)]));
}

#[test]
fn entries_are_split_before_a_group_is_too_large_and_one_that_is_too_large_alone_is_refused() {
    let entries: Vec<_> = (0..5).map(|n| Entry::Message(vec![n; 95])).collect();
    let made = groups(entries.iter(), 250).expect("each fits");
    assert_eq!(made.iter().map(Vec::len).collect::<Vec<_>>(), [200, 200, 100]);
    let large = [Entry::Message(vec![0; 246])];
    assert_eq!(groups(large.iter(), 250).expect_err("too large").kind(), ErrorKind::FileTooLarge);
}
