//! The syslog listener as an operator runs it: framings, garbage, TLS, and that nothing it took over is lost or doubled when
//! it is killed.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use hipaa_auditor::config::Keys;
use hipaa_auditor::listener::journal::{self, Entry};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use crate::exports::{SOURCE_NAME, database};
use crate::harness::TestDb;
use crate::imports::until;

mod former;

const SECRET: &str = "a secret of this test alone, long enough for every key";

/// A chart that somebody opened, as an archive tells it.
fn message(n: usize) -> String {
    format!(
        "<85>1 2026-11-18T10:00:00Z pacs-1 java 9293 IHE+RFC-3881 - <?xml version=\"1.0\"?>\
         <AuditMessage><EventIdentification EventActionCode=\"R\" EventDateTime=\"2026-11-18T{:02}:{:02}:{:02}Z\" EventOutcomeIndicator=\"0\">\
         <EventID csd-code=\"110110\" codeSystemName=\"DCM\" originalText=\"Patient Record\"/></EventIdentification>\
         <ActiveParticipant UserID=\"brac11\" UserIsRequestor=\"true\"/>\
         <AuditSourceIdentification AuditSourceID=\"PACS\"/>\
         <ParticipantObjectIdentification ParticipantObjectID=\"MRN-{n}\" ParticipantObjectTypeCode=\"1\" ParticipantObjectTypeCodeRole=\"1\">\
         <ParticipantObjectIDTypeCode csd-code=\"2\" codeSystemName=\"RFC-3881\" originalText=\"Patient Number\"/>\
         </ParticipantObjectIdentification></AuditMessage>",
        n / 3600,
        n / 60 % 60,
        n % 60
    )
}

/// A database whose source sends messages of that kind.
async fn sending(kind: &str) -> TestDb {
    let db = database().await;
    let spec = format!(
        r#"{{"format": 2, "name": "messages", "kind": "{kind}", "time_zone": "America/Chicago", "actor_kind": "vendor"}}"#
    );
    db.sql(&format!(
        "INSERT INTO portal.mappings (id, source_id, version, spec) VALUES (gen_random_uuid(), '{}', 3, '{spec}')",
        crate::fixtures::SOURCE
    ))
    .await;
    db
}

/// RFC 5425.
fn counted(text: &str) -> String {
    format!("{} {text}", text.len())
}

/// The program; gone with the test.
struct Listener {
    child: Child,
    port: u16,
}

fn command(db: &TestDb, spool: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hipaa-auditor"));
    command
        .args(["listen", "--source", SOURCE_NAME, "--address", "127.0.0.1:0"])
        .args(if arguments.contains(&"--segment-seconds") { &[][..] } else { &["--segment-seconds", "1"] })
        .args(arguments)
        .env_clear()
        .env("WORKER_DATABASE_URL", &db.worker_url)
        .env("HIPAA_AUDITOR_SECRET", SECRET)
        .env("HIPAA_AUDITOR_SPOOL_DIR", spool)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// What a listener says that does not run. One that runs after all is ended, and is what is wrong.
async fn refusal(mut command: Command) -> String {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts");
    for _ in 0..600 {
        if let Some(status) = child.try_wait().expect("its state") {
            let said = std::io::read_to_string(child.stderr.take().expect("its words")).expect("text");
            assert!(!status.success(), "{said}");
            return said;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    child.kill().and_then(|()| child.wait()).expect("its end");
    panic!("it listens");
}

impl Listener {
    fn start(db: &TestDb, spool: &Path, arguments: &[&str]) -> Self {
        let mut child = command(db, spool, arguments).spawn().expect("the program starts");
        let mut said = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut said).expect("a line");
        let address = said.trim().strip_prefix("listening for syslog on ").unwrap_or_else(|| panic!("{said:?}"));
        let port = address.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
        Self { child, port }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).await.expect("it listens")
    }

    async fn send(&self, text: &str) {
        let mut stream = self.connect().await;
        stream.write_all(text.as_bytes()).await.expect("sent");
        stream.shutdown().await.expect("said");
    }

    fn kill(mut self) {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("its end");
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where the source's journal lies.
fn folder(spool: &Path) -> std::path::PathBuf {
    spool.join("listener").join(crate::fixtures::SOURCE.to_string())
}

/// How many files of a kind lie there.
fn files(dir: &Path, kind: &str) -> usize {
    let there = std::fs::read_dir(dir).expect("readable").flatten();
    there.filter(|file| file.path().extension().is_some_and(|found| found == kind)).count()
}

const ROWS: &str = "SELECT count(*) FROM portal.access_logs WHERE (action_at AT TIME ZONE 'UTC')::date = '2026-11-18'";

async fn until_rows(db: &TestDb, rows: usize) {
    until(db, &format!("SELECT ({ROWS}) >= {rows}")).await;
    assert_eq!(db.value::<i64>(ROWS).await, i64::try_from(rows).expect("few"));
}

async fn rejects(db: &TestDb) -> Vec<String> {
    db.value("SELECT coalesce(array_agg(reason ORDER BY reason), '{}') FROM portal.import_rejects r JOIN portal.import_batches b ON b.id = r.batch_id WHERE b.started_by IS NULL")
        .await
}

#[actix_web::test]
async fn both_framings_come_in_and_garbage_is_kept_by_its_hash() {
    let db = sending("dicom").await;
    let spool = tempfile::tempdir().expect("a folder");
    let listener = Listener::start(&db, spool.path(), &["--message-bytes", "4096"]);
    let marked = message(3).replacen("- <?xml", "- \u{feff}<?xml", 1);
    listener.send(&format!("{}{}", counted(&message(1)), counted(&message(2)))).await;
    listener.send(&format!("{}{}\n{}\n", counted(&marked), message(4), message(5))).await;
    // said in pieces, a line broken off, and nothing of the kind at all
    let mut slow = listener.connect().await;
    for piece in counted(&message(6)).as_bytes().chunks(97) {
        slow.write_all(piece).await.expect("sent");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    drop(slow);
    listener.send("GET / HTTP/1.1\r\nHost: Hollingberry\r\n\r\n").await;
    listener.send(&counted(&message(7))[..300]).await;
    listener.send(&counted(&message(8).replace("PACS", &"x".repeat(5000)))).await;
    until_rows(&db, 6).await;
    until(&db, "SELECT count(*) = 3 FROM portal.import_rejects r JOIN portal.import_batches b ON b.id = r.batch_id WHERE b.started_by IS NULL").await;
    assert_eq!(rejects(&db).await, ["cut_short", "no_syslog_header", "too_long"]);
    until(&db, "SELECT bool_and(state = 'complete') FROM portal.import_batches").await;
    let system: bool = db
        .value("SELECT bool_and(actor_type = 'system' AND actor_id IS NULL) AND count(*) > 0 FROM audit.events WHERE action LIKE 'import.batch%'")
        .await;
    assert!(system, "the program's own work");
    // nothing waits, and a message that is sent again is known
    listener.send(&counted(&message(1))).await;
    until(&db, "SELECT sum(rows_known) = 1 FROM portal.import_batches WHERE started_by IS NULL").await;
    until_rows(&db, 6).await;
    listener.kill();
    assert!(journal::left_behind(&folder(spool.path())).expect("readable").len() <= 1);
}

#[actix_web::test]
async fn what_the_listener_took_over_survives_every_kill_and_nothing_is_doubled() {
    let db = sending("dicom").await;
    let spool = tempfile::tempdir().expect("a folder");
    let (dir, keys) = (folder(spool.path()), Keys::new(SECRET).expect("long enough"));
    let all: Vec<_> = (0..600).map(message).collect();
    let mut taken_over = 0;
    for moment in [40, 130, 400, 900, 1300_u64] {
        let listener = Listener::start(&db, spool.path(), &[]);
        let mut stream = listener.connect().await;
        let sending = all.clone();
        let sender = tokio::spawn(async move {
            for text in sending {
                if stream.write_all(counted(&text).as_bytes()).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        });
        tokio::time::sleep(Duration::from_millis(moment)).await;
        listener.kill();
        let _ = sender.await;
        // what the disk has now was taken over
        let mut held = std::collections::HashSet::new();
        for segment in journal::left_behind(&dir).expect("readable") {
            for entry in journal::read(&segment, &keys).expect("readable").entries {
                if let Entry::Message(raw) = entry {
                    held.insert(String::from_utf8(raw).expect("text"));
                }
            }
        }
        assert!(held.iter().all(|text| all.contains(text)), "whole messages");
        taken_over += held.len();
        // a restart that is told nothing new brings all of it in
        let listener = Listener::start(&db, spool.path(), &[]);
        for text in &held {
            let mrn = text.split("MRN-").nth(1).and_then(|rest| rest.split('"').next()).expect("a number");
            until(
                &db,
                &format!("SELECT EXISTS (SELECT 1 FROM portal.access_logs a JOIN portal.patient_ids i ON i.patient_id = a.patient_id WHERE i.source_patient_id = 'MRN-{mrn}')"),
            )
            .await;
        }
        listener.kill();
    }
    assert!(taken_over > 20, "{taken_over}: the kills met something");
    // the sender says everything again, as senders do that were cut off
    let listener = Listener::start(&db, spool.path(), &[]);
    listener.send(&all.iter().map(|text| counted(text)).collect::<String>()).await;
    until_rows(&db, all.len()).await;
    until(&db, "SELECT bool_and(state = 'complete') FROM portal.import_batches").await;
    assert_eq!(rejects(&db).await, Vec::<String>::new());
}

/// A certificate authority, and what it signed: certificate and key, in PEM.
struct Authority {
    pem: String,
    server: (String, String),
    client: (CertificateDer<'static>, PrivateKeyDer<'static>),
}

fn authority() -> Authority {
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut about = rcgen::CertificateParams::new(Vec::new()).expect("an authority");
    about.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let own = about.self_signed(&key).expect("signed");
    let issuer = rcgen::Issuer::new(about, key);
    let signed = |name: &str| {
        let key = rcgen::KeyPair::generate().expect("a key");
        let about = rcgen::CertificateParams::new(vec![name.to_owned()]).expect("a name");
        (about.signed_by(&key, &issuer).expect("signed"), key)
    };
    let (server, server_key) = signed("localhost");
    let (client, client_key) = signed("pacs-1");
    Authority {
        pem: own.pem(),
        server: (server.pem(), server_key.serialize_pem()),
        client: (client.der().clone(), PrivateKeyDer::try_from(client_key.serialize_der()).expect("a key")),
    }
}

/// Says something over TLS; whether the other side took it.
async fn say_over_tls(port: u16, authority: &Authority, with_certificate: bool, text: &str) -> std::io::Result<()> {
    use tokio_rustls::rustls::pki_types::pem::PemObject as _;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem.as_bytes()).expect("a certificate")).expect("a root");
    let builder = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots);
    let config = if with_certificate {
        let (certificate, key) = &authority.client;
        builder.with_client_auth_cert(vec![certificate.clone()], key.clone_key()).expect("a client's certificate")
    } else {
        builder.with_no_client_auth()
    };
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let name = ServerName::try_from("localhost").expect("a name");
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await?;
    // the other side's word on a certificate it does not accept comes with the first read
    tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 1]).await.map(|_| ())
}

#[actix_web::test]
async fn messages_come_over_tls_and_where_an_authority_is_set_only_from_its_clients() {
    let db = sending("dicom").await;
    let spool = tempfile::tempdir().expect("a folder");
    let authority = authority();
    let file = |name: &str, text: &str| {
        let path = spool.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path.to_str().expect("a path").to_owned()
    };
    let certificate = file("server.pem", &authority.server.0);
    let key = file("server.key", &authority.server.1);
    let ca = file("ca.pem", &authority.pem);

    let listener = Listener::start(&db, spool.path(), &["--certificate", &certificate, "--key", &key]);
    say_over_tls(listener.port, &authority, false, &counted(&message(1))).await.expect("taken");
    listener.send(&counted(&message(9))).await;
    until_rows(&db, 1).await;
    listener.kill();

    let mutual = ["--certificate", &certificate, "--key", &key, "--client-ca", &ca];
    let listener = Listener::start(&db, spool.path(), &mutual);
    assert!(
        say_over_tls(listener.port, &authority, false, &counted(&message(2))).await.is_err(),
        "nobody knows this client"
    );
    say_over_tls(listener.port, &authority, true, &counted(&message(3))).await.expect("taken");
    until_rows(&db, 2).await;
    assert_eq!(rejects(&db).await, Vec::<String>::new(), "clear text reaches nothing behind TLS");
}

#[actix_web::test]
async fn what_is_in_the_way_is_said_in_a_sentence_before_anything_is_taken() {
    let db = sending("dicom").await;
    let spool = tempfile::tempdir().expect("a folder");
    for (arguments, sentence) in [
        (&["--source", "Nobody's"][..], "there is no source named Nobody's with a mapping"),
        (&["--address", "0.0.0.0:0"], "can be reached from other machines and there is no certificate"),
        (&["--certificate", "/no/such.pem", "--key", "/no/such.key"], "/no/such.pem cannot be used for TLS"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hipaa-auditor"));
        command
            .arg("listen")
            .args(if arguments[0] == "--source" { &[][..] } else { &["--source", SOURCE_NAME] })
            .args(if arguments[0] == "--address" { &[][..] } else { &["--address", "127.0.0.1:0"] })
            .args(arguments)
            .env_clear()
            .env("WORKER_DATABASE_URL", &db.worker_url)
            .env("HIPAA_AUDITOR_SECRET", SECRET)
            .env("HIPAA_AUDITOR_SPOOL_DIR", spool.path());
        let said = refusal(command).await;
        assert!(said.contains(sentence), "{said}");
    }
    // a role that could walk past the gate is refused as elsewhere
    let mut command = command(&db, spool.path(), &[]);
    command.env("WORKER_DATABASE_URL", &db.superuser_url);
    let said = refusal(command).await;
    assert!(said.contains("is a superuser"), "{said}");
}

#[actix_web::test]
async fn a_segment_that_does_not_open_is_kept_and_the_next_ones_come_in() {
    let db = sending("dicom").await;
    let spool = tempfile::tempdir().expect("a folder");
    let dir = folder(spool.path());
    std::fs::create_dir_all(&dir).expect("a folder");
    let damaged = dir.join(format!("{}.segment", uuid::Uuid::now_v7()));
    std::fs::write(&damaged, b"HAJ2 but nothing that was ever sealed").expect("a file");
    let listener = Listener::start(&db, spool.path(), &[]);
    listener.send(&counted(&message(1))).await;
    until_rows(&db, 1).await;
    assert!(!damaged.exists() && damaged.with_extension("damaged").exists(), "kept");
    drop(listener);
}

#[actix_web::test]
async fn a_segment_that_cannot_be_imported_is_set_aside_and_tried_again_at_the_next_start() {
    let db = sending("dicom").await;
    let spool = tempfile::tempdir().expect("a folder");
    db.sql(
        "CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
         CREATE TRIGGER refuse BEFORE INSERT ON portal.access_logs FOR EACH ROW WHEN (new.outcome <> 'success') EXECUTE FUNCTION public.refuse()",
    )
    .await;
    let listener = Listener::start(&db, spool.path(), &["--segment-tries", "1"]);
    let poison = message(1).replace("EventOutcomeIndicator=\"0\"", "EventOutcomeIndicator=\"4\"");
    listener.send(&counted(&poison)).await;
    until(&db, "SELECT count(*) = 1 FROM portal.import_batches WHERE started_by IS NULL AND state = 'failed'").await;
    listener.send(&counted(&message(2))).await;
    until_rows(&db, 1).await;
    let dir = folder(spool.path());
    assert_eq!(files(&dir, "failed"), 1, "the refused one is kept");
    listener.kill();
    db.sql("DROP TRIGGER refuse ON portal.access_logs").await;
    let _again = Listener::start(&db, spool.path(), &[]);
    until_rows(&db, 2).await;
    until(&db, "SELECT bool_and(state = 'complete') FROM portal.import_batches").await;
    for _ in 0..200 {
        if files(&dir, "failed") == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("its rows are in, and its file stays");
}

#[actix_web::test]
async fn two_listeners_of_one_source_do_not_share_a_spool() {
    let db = sending("dicom").await;
    let spool = tempfile::tempdir().expect("a folder");
    let first = Listener::start(&db, spool.path(), &[]);
    let said = refusal(command(&db, spool.path(), &[])).await;
    assert!(said.contains("another listener of this source runs"), "{said}");
    first.kill();
    drop(Listener::start(&db, spool.path(), &[]));
}

#[actix_web::test]
async fn one_address_has_so_many_connections_and_no_more() {
    let db = sending("dicom").await;
    let spool = tempfile::tempdir().expect("a folder");
    let listener = Listener::start(&db, spool.path(), &["--connections-per-peer", "1"]);
    let _held = listener.connect().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut second = listener.connect().await;
    let read =
        tokio::time::timeout(Duration::from_secs(5), tokio::io::AsyncReadExt::read(&mut second, &mut [0; 1])).await;
    assert!(matches!(read, Ok(Ok(0) | Err(_))), "closed at once");
}

/// A chart that somebody opened, as a FHIR server tells it.
fn event(n: usize) -> String {
    format!(
        "<85>1 2026-11-18T10:00:00Z ehr fhir 77 - - {{\"resourceType\":\"AuditEvent\",\"id\":\"e{n}\",\"action\":\"R\",\
         \"recorded\":\"2026-11-18T10:00:{n:02}\",\"type\":{{\"code\":\"rest\"}},\
         \"agent\":[{{\"requestor\":true,\"altId\":\"brac11\"}}],\
         \"entity\":[{{\"what\":{{\"reference\":\"Patient/MRN-{n}\"}}}}]}}"
    )
}

#[actix_web::test]
async fn a_source_of_audit_events_is_read_as_its_newest_mapping_says() {
    let db = sending("fhir").await;
    let spool = tempfile::tempdir().expect("a folder");
    let listener = Listener::start(&db, spool.path(), &[]);
    // the connection stays open: a line is whole when it ends
    let mut open = listener.connect().await;
    open.write_all(format!("{}\n{}", event(1), counted(&event(2))).as_bytes()).await.expect("sent");
    until_rows(&db, 2).await;
    listener.send(&format!("{}\n{}{}", event(3), counted(&message(4)), counted("<85>1 - - - - - - login ok"))).await;
    until_rows(&db, 3).await;
    until(&db, "SELECT count(*) = 2 FROM portal.import_rejects r JOIN portal.import_batches b ON b.id = r.batch_id WHERE b.started_by IS NULL").await;
    assert_eq!(rejects(&db).await, ["not_an_audit_event", "not_an_audit_event"]);
    let read_so: bool = db
        .value(
            "SELECT bool_and(a.actor_kind = 'vendor' AND m.version = 3 AND extract(hour FROM a.action_at AT TIME ZONE 'UTC') = 16)
               FROM portal.access_logs a JOIN portal.import_batches b ON b.id = a.batch_id JOIN portal.mappings m ON m.id = b.mapping_id
              WHERE a.action_at::date = '2026-11-18'",
        )
        .await;
    assert!(read_so, "the mapping's zone and kind of account, and its version beside them");
}

#[actix_web::test]
async fn an_event_that_cannot_be_read_and_garbage_after_it_are_two_rejects() {
    let db = sending("fhir").await;
    let spool = tempfile::tempdir().expect("a folder");
    let listener = Listener::start(&db, spool.path(), &[]);
    let (header, good) =
        event(1).split_once('{').map(|(header, rest)| (header.to_owned(), format!("{{{rest}"))).expect("both");
    let bad = good.replace("\"recorded\"", "\"recorded-not\"");
    let bundle =
        format!("{header}{{\"resourceType\":\"Bundle\",\"entry\":[{{\"resource\":{good}}},{{\"resource\":{bad}}}]}}");
    // one group, and so one batch: the second event of the first message, then what is none
    listener.send(&format!("{}GET / HTTP/1.1\r\n", counted(&bundle))).await;
    until_rows(&db, 1).await;
    until(&db, "SELECT bool_and(state = 'complete') FROM portal.import_batches").await;
    assert_eq!(rejects(&db).await.len(), 2, "{:?}", rejects(&db).await);
}

#[actix_web::test]
async fn a_source_of_columns_is_refused_at_the_start_with_the_reason() {
    let db = database().await;
    let spool = tempfile::tempdir().expect("a folder");
    let said = refusal(command(&db, spool.path(), &[])).await;
    let reason =
        "Epic is mapped as Delimited text, whose columns are named in a file's first line; syslog messages have none";
    assert!(said.contains(reason), "{said}");
}

/// Makes version 4 of the source's mapping.
async fn map_anew(db: &TestDb, kind: &str, actor_kind: &str) {
    let spec = format!(
        r#"{{"format": 2, "name": "messages", "kind": "{kind}", "time_zone": "America/Chicago", "actor_kind": "{actor_kind}"}}"#
    );
    db.sql(&format!(
        "INSERT INTO portal.mappings (id, source_id, version, spec) VALUES (gen_random_uuid(), '{}', 4, '{spec}')",
        crate::fixtures::SOURCE
    ))
    .await;
}

/// Version of the mapping, and whose accounts: what its rows were read by.
const READ_BY: &str = "SELECT string_agg(DISTINCT concat_ws(' ', m.version, a.actor_kind), ', ')
   FROM portal.access_logs a JOIN portal.import_batches b ON b.id = a.batch_id JOIN portal.mappings m ON m.id = b.mapping_id
  WHERE (a.action_at AT TIME ZONE 'UTC')::date = '2026-11-18'";

#[actix_web::test]
async fn messages_are_read_by_the_mapping_under_which_they_were_taken_over() {
    for kind in ["fhir", "dicom"] {
        let db = sending("dicom").await;
        let spool = tempfile::tempdir().expect("a folder");
        let listener = Listener::start(&db, spool.path(), &["--segment-seconds", "3600"]);
        listener.send(&counted(&message(1))).await;
        let dir = folder(spool.path());
        for _ in 0..400 {
            if journal::left_behind(&dir)
                .expect("readable")
                .first()
                .is_some_and(|left| std::fs::metadata(&left.path).is_ok_and(|data| data.len() > 500))
            {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        listener.kill();
        map_anew(&db, kind, "workforce").await;
        let listener = Listener::start(&db, spool.path(), &[]);
        until(&db, "SELECT count(*) = 1 FROM portal.import_batches WHERE started_by IS NULL AND state = 'complete'")
            .await;
        assert_eq!(rejects(&db).await, Vec::<String>::new(), "{kind}");
        assert_eq!(db.value::<String>(READ_BY).await, "3 vendor", "{kind}");
        drop(listener);
    }
}

#[actix_web::test]
async fn a_batch_that_was_begun_goes_on_by_its_own_mapping() {
    let db = sending("dicom").await;
    let spool = tempfile::tempdir().expect("a folder");
    db.sql(
        "CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
         CREATE TRIGGER refuse BEFORE INSERT ON portal.access_logs FOR EACH ROW EXECUTE FUNCTION public.refuse()",
    )
    .await;
    let listener = Listener::start(&db, spool.path(), &[]);
    listener.send(&counted(&message(1))).await;
    until(&db, "SELECT count(*) = 1 FROM portal.import_batches WHERE started_by IS NULL").await;
    listener.kill();
    map_anew(&db, "dicom", "workforce").await;
    db.sql("DROP TRIGGER refuse ON portal.access_logs").await;
    let listener = Listener::start(&db, spool.path(), &[]);
    until_rows(&db, 1).await;
    assert_eq!(db.value::<String>(READ_BY).await, "3 vendor");
    drop(listener);
}
