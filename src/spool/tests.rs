use std::collections::HashSet;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{PIECE, SpoolReader, SpoolWriter, TAG, copy, path, sweep};
use crate::config::Keys;

fn keys(secret: &str) -> Keys {
    Keys::new(&secret.repeat(32)).expect("long enough")
}

fn written(dir: &Path, bytes: &[u8]) -> Uuid {
    let batch = Uuid::now_v7();
    let mut writer = SpoolWriter::create(dir, &keys("a"), batch).expect("disk");
    for part in bytes.chunks(10_007) {
        writer.add(part).expect("disk");
    }
    let spooled = writer.finish().expect("disk");
    assert_eq!(spooled.bytes, bytes.len() as u64);
    assert_eq!(spooled.sha256, <[u8; 32]>::from(Sha256::digest(bytes)));
    batch
}

fn read(dir: &Path, secret: &str, batch: Uuid) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    SpoolReader::open(dir, &keys(secret), batch)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn text(length: usize) -> Vec<u8> {
    b"Example, Ann\n".iter().copied().cycle().take(length).collect()
}

#[test]
fn a_file_of_any_size_comes_back_as_it_was_and_is_unreadable_meanwhile() {
    let dir = tempfile::tempdir().expect("a folder");
    for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE] {
        let batch = written(dir.path(), &text(length));
        assert_eq!(read(dir.path(), "a", batch).expect("whole"), text(length), "{length}");
        let on_disk = std::fs::read(path(dir.path(), batch)).expect("there");
        assert!(!on_disk.windows(7).any(|window| window == b"Example"));
        let mode = std::fs::metadata(path(dir.path(), batch)).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_cut_changed_reordered_or_foreign_file_is_an_error() {
    let dir = tempfile::tempdir().expect("a folder");
    let batch = written(dir.path(), &text(3 * PIECE));
    let file = path(dir.path(), batch);
    let whole = std::fs::read(&file).expect("there");
    let (head, sealed) = (4 + 7, PIECE + TAG);
    let mut changed = whole.clone();
    changed[head + 100] ^= 1;
    let swapped = [
        &whole[..head],
        &whole[head + sealed..head + 2 * sealed],
        &whole[head..head + sealed],
        &whole[head + 2 * sealed..],
    ]
    .concat();
    let cut_between = whole[..head + 2 * sealed].to_vec();
    for (what, bytes) in [
        ("changed", changed),
        ("swapped", swapped),
        ("cut between pieces", cut_between),
        ("cut", whole[..whole.len() - 1].to_vec()),
        ("longer", [whole.as_slice(), b"x"].concat()),
        ("foreign", b"hello".to_vec()),
    ] {
        std::fs::write(&file, bytes).expect("disk");
        assert_eq!(read(dir.path(), "a", batch).expect_err(what).kind(), std::io::ErrorKind::InvalidData, "{what}");
    }
    std::fs::write(&file, whole).expect("disk");
    assert!(read(dir.path(), "b", batch).is_err(), "another deployment's key");
}

#[test]
fn an_upload_that_breaks_off_leaves_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut writer = SpoolWriter::create(dir.path(), &keys("a"), Uuid::now_v7()).expect("disk");
    writer.add(&text(PIECE * 2)).expect("disk");
    drop(writer);
    assert_eq!(std::fs::read_dir(dir.path()).expect("there").count(), 0);
}

#[test]
fn a_sweep_keeps_what_waits_and_what_is_young() {
    let dir = tempfile::tempdir().expect("a folder");
    let (waits, orphan) = (written(dir.path(), b"a"), written(dir.path(), b"b"));
    sweep(dir.path(), &HashSet::from([waits]), Duration::from_hours(1));
    assert!(path(dir.path(), orphan).exists());
    sweep(dir.path(), &HashSet::from([waits]), Duration::ZERO);
    assert!(path(dir.path(), waits).exists() && !path(dir.path(), orphan).exists());
}

#[test]
fn a_file_in_another_ones_place_does_not_open_and_one_of_the_earlier_release_does() {
    let dir = tempfile::tempdir().expect("a folder");
    let (one, other) = (written(dir.path(), &text(100)), written(dir.path(), &text(200)));
    std::fs::rename(path(dir.path(), one), path(dir.path(), other)).expect("renamed");
    assert_eq!(read(dir.path(), "a", other).expect_err("not its own").kind(), std::io::ErrorKind::InvalidData);

    let nonce = [3; super::NONCE];
    let sealed = aead_stream::EncryptorBE32::from_aead(super::earlier_cipher(&keys("a")), &nonce.into())
        .encrypt_last(text(100).as_slice())
        .expect("sealed");
    std::fs::write(path(dir.path(), one), [b"HAS1".as_slice(), &nonce, &sealed].concat()).expect("disk");
    assert_eq!(read(dir.path(), "a", one).expect("whole"), text(100));
}

/// The names in a folder that are not a whole file's.
fn parts(dir: &Path) -> Vec<String> {
    let names = std::fs::read_dir(dir).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    names.filter_map(|name| name.into_string().ok()).filter(|name| !name.ends_with(".upload")).collect()
}

#[test]
fn a_copy_that_fails_leaves_what_waited_there_as_it_was() {
    let dir = tempfile::tempdir().expect("a folder");
    let (earlier, other) = (written(dir.path(), b"what waits"), written(dir.path(), &text(3 * PIECE)));
    let damaged = std::fs::read(path(dir.path(), other)).expect("there");
    std::fs::write(path(dir.path(), other), &damaged[..damaged.len() - 1]).expect("disk");
    let (from, to) = ((dir.path(), other), (dir.path(), earlier));
    assert!(copy(&keys("a"), from, to, u64::MAX, 0).is_err(), "cut in its last piece");
    assert_eq!(read(dir.path(), "a", earlier).expect("whole"), b"what waits");
    assert!(parts(dir.path()).is_empty(), "and nothing of the other one stays");
    std::fs::write(path(dir.path(), other), &damaged).expect("disk");
    copy(&keys("a"), from, to, u64::MAX, 0).expect("whole now");
    assert_eq!(read(dir.path(), "a", earlier).expect("whole"), text(3 * PIECE), "in its place");
}

#[test]
fn copies_to_one_place_at_once_do_not_meet() {
    let dir = tempfile::tempdir().expect("a folder");
    let target = Uuid::now_v7();
    let sources: Vec<_> = (1..9_u8).map(|n| (vec![n; 2 * PIECE], written(dir.path(), &vec![n; 2 * PIECE]))).collect();
    std::thread::scope(|scope| {
        for (_, source) in &sources {
            scope.spawn(|| {
                for _ in 0..5 {
                    let to = (dir.path(), target);
                    copy(&keys("a"), (dir.path(), *source), to, u64::MAX, 0).expect("each is written");
                }
            });
        }
    });
    let kept = read(dir.path(), "a", target).expect("one of them, whole");
    assert!(sources.iter().any(|(bytes, _)| *bytes == kept));
    assert!(parts(dir.path()).is_empty());
}

#[test]
fn a_part_that_a_killed_process_left_is_swept_once_it_is_old() {
    let dir = tempfile::tempdir().expect("a folder");
    let left = format!("{}.{}.part", Uuid::now_v7(), Uuid::now_v7());
    std::fs::write(dir.path().join(&left), b"sealed").expect("disk");
    sweep(dir.path(), &HashSet::<Uuid>::new(), Duration::from_hours(1));
    assert_eq!(parts(dir.path()), [left], "it may still be arriving");
    sweep(dir.path(), &HashSet::<Uuid>::new(), Duration::ZERO);
    assert!(parts(dir.path()).is_empty());
}
