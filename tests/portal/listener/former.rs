//! Segments that a release left which did not say under which mapping they were taken over.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use hipaa_auditor::config::Keys;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::harness::TestDb;

use super::{Listener, SECRET, counted, event, files, folder, map_anew, message, rejects, sending, until_rows};

/// Writes one as that release did: `HAJ2`, a nonce, and one group with its length and what checks it.
fn segment(dir: &Path, messages: &[String]) -> PathBuf {
    let mut plain = Vec::new();
    for message in messages {
        plain.push(0);
        plain.extend_from_slice(&u32::try_from(message.len()).expect("small").to_be_bytes());
        plain.extend_from_slice(message.as_bytes());
    }
    let (id, nonce) = (Uuid::now_v7(), [7, 7, 7, 7, 7, 7, 7, 7, 0, 0, 0, 0]);
    let keys = Keys::new(SECRET).expect("long enough");
    let cipher = ChaCha20Poly1305::new(&keys.derive("listener journal").into());
    let payload = Payload { msg: &plain, aad: id.as_bytes() };
    let sealed = cipher.encrypt(&nonce.into(), payload).expect("sealed");
    let length = u32::try_from(sealed.len()).expect("small").to_be_bytes();
    let check = Sha256::new().chain_update(nonce).chain_update(length).finalize();
    std::fs::create_dir_all(dir).expect("a folder");
    let path = dir.join(format!("{id}.segment"));
    let bytes = [b"HAJ2".as_slice(), &[7; 8], &length, &check[..4], &sealed].concat();
    std::fs::write(&path, bytes).expect("a file");
    path
}

async fn until_there(path: &Path) {
    for _ in 0..400 {
        if path.exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{} is not there", path.display());
}

async fn batches(db: &TestDb) -> i64 {
    db.value("SELECT count(*) FROM portal.import_batches WHERE started_by IS NULL").await
}

#[actix_web::test]
async fn messages_of_another_kind_than_the_newest_mapping_reads_are_kept_until_one_reads_them() {
    let db = sending("fhir").await;
    let spool = tempfile::tempdir().expect("a folder");
    let dir = folder(spool.path());
    let left = segment(&dir, &[message(1), message(2)]);
    let listener = Listener::start(&db, spool.path(), &[]);
    until_there(&left.with_extension("failed")).await;
    assert_eq!((batches(&db).await, files(&dir, "damaged")), (0, 0), "evidence is not thrown away as garbage");
    listener.send(&counted(&event(1))).await;
    until_rows(&db, 1).await;
    listener.kill();
    map_anew(&db, "dicom", "vendor").await;
    let _again = Listener::start(&db, spool.path(), &[]);
    until_rows(&db, 3).await;
    assert_eq!(rejects(&db).await, Vec::<String>::new());
}

#[actix_web::test]
async fn messages_of_which_one_is_read_are_imported_and_the_others_are_said() {
    let db = sending("fhir").await;
    let spool = tempfile::tempdir().expect("a folder");
    let left = segment(&folder(spool.path()), &[message(1), event(2)]);
    let _listener = Listener::start(&db, spool.path(), &[]);
    until_rows(&db, 1).await;
    crate::imports::until(
        &db,
        "SELECT bool_and(state = 'complete') FROM portal.import_batches WHERE started_by IS NULL",
    )
    .await;
    assert_eq!(rejects(&db).await, ["not_an_audit_event"]);
    assert!(!left.with_extension("failed").exists());
}
