//! What is large: an export of every row of the sixty days against COPY of the same statement, imports with matching and rules
//! against COPY of the same rows into the same table, and what somebody who opens the queue notices of both.

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{NaiveDateTime, TimeDelta, Utc};
use hipaa_auditor::demo::activity::HEADER;
use hipaa_auditor::ingest::presets;

use super::Size;
use super::client::Client;
use super::load::load;
use super::peer::caught;
use super::place::{Place, run, tool};
use super::table::{Figure, Goal};

pub async fn measure(place: &Place, clients: &mut [Client], size: Size, figures: &mut Vec<Figure>) {
    place.psql("pages", &sources());
    let alone = load(&mut clients[..1], Duration::from_secs(size.seconds), async |client, _, _| {
        Some(client.get("/access-logs").await)
    })
    .await;
    export(place, clients, figures).await;
    let rows = size.rows / 5;
    let day = Utc::now().naive_utc().date().and_hms_opt(0, 0, 0).expect("midnight") - TimeDelta::days(1);
    let delimited = delimited(&place.dir.path().join("export.tsv"), rows, day);
    let ndjson = ndjson(&place.dir.path().join("export.ndjson"), rows, day);
    for (what, source, file, goal) in
        [("import, delimited", "Delimited", delimited, 0.5), ("import, FHIR NDJSON", "FHIR", ndjson, 0.3)]
    {
        let begun = Instant::now();
        let mut child = import(place, source, &file);
        let status = child.wait().await.expect("its end");
        assert!(status.success(), "the import ends well");
        compare(place, what, source, rows, begun.elapsed(), goal, figures);
    }
    under_way(place, clients, rows, alone.within(99), figures).await;
}

/// Two sources of the same accounts, each with a mapping of its own.
fn sources() -> String {
    let spec = |name: &str| {
        let mut spec = presets::by_name(name).expect("a preset").spec;
        "America/New_York".clone_into(&mut spec.time_zone);
        spec.to_json().to_string().replace('\'', "''")
    };
    let mut sql = "SET session_replication_role = replica;".to_owned();
    for (n, name, preset) in [(2, "Delimited", presets::EPIC_ACCESS_LOG), (3, "FHIR", "fhir-audit-event")] {
        sql += &format!(
            "INSERT INTO portal.sources (id, name, time_zone) VALUES (md5('source{n}')::uuid, '{name}', 'America/New_York');
             INSERT INTO portal.mappings (id, source_id, version, spec) VALUES (md5('mapping{n}')::uuid, md5('source{n}')::uuid, 1, '{}');
             INSERT INTO portal.ehr_logins (id, source_id, login, held)
               SELECT md5('login{n}' || l.login)::uuid, md5('source{n}')::uuid, l.login, true FROM portal.ehr_logins l
                WHERE l.source_id = md5('source1')::uuid;
             INSERT INTO portal.login_holders (id, login_id, person_id, vendor_id, valid_from, recorded_at)
               SELECT md5('holder{n}' || l.login)::uuid, md5('login{n}' || l.login)::uuid, h.person_id, h.vendor_id, h.valid_from, h.recorded_at
                 FROM portal.login_holders h JOIN portal.ehr_logins l ON l.id = h.login_id AND l.source_id = md5('source1')::uuid;",
            spec(preset)
        );
    }
    sql + "ANALYZE portal.ehr_logins; ANALYZE portal.login_holders;"
}

/// A number that looks like chance and is the same every time.
const fn dice(n: u64) -> u64 {
    n.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31)
}

/// One working day, of which every thousandth row is something for a rule.
fn moment(n: u64, rows: u64, day: NaiveDateTime) -> NaiveDateTime {
    day + TimeDelta::milliseconds(i64::try_from(8 * 3_600_000 + n * 36_000_000 / rows).expect("a day"))
}

fn delimited(path: &Path, rows: u64, day: NaiveDateTime) -> PathBuf {
    let mut file = BufWriter::with_capacity(1 << 20, std::fs::File::create(path).expect("a file"));
    write!(file, "{HEADER}\r\n").expect("written");
    for n in 0..rows {
        let (at, dice) = (moment(n, rows, day), dice(n));
        let patient = dice >> 20 & 0xffff;
        write!(
            file,
            "{}\tChart Opened\tWS-{:04}\tChart\t{}\tMRN-{patient}\tPrunella\tQ\tFamily{}\t{} Nightjar Lane\t\tDuluth\t55802\tMinnesota\t\
             United States\tDepartment {}\t{}\t\tu{}\t4711\tThistlewood\tBarnabas\r\n",
            at.format("%Y-%m-%d %H:%M:%S"),
            dice % 900,
            if n % 1000 == 0 { "BREAK GLASS" } else { "VIEW" },
            patient % 9000,
            patient % 500,
            dice % 40,
            if n % 2000 == 0 { "" } else { "Direct Patient Care" },
            dice % 2000,
        )
        .expect("written");
    }
    file.flush().expect("written");
    path.to_owned()
}

fn ndjson(path: &Path, rows: u64, day: NaiveDateTime) -> PathBuf {
    let mut file = BufWriter::with_capacity(1 << 20, std::fs::File::create(path).expect("a file"));
    for n in 0..rows {
        let (at, dice) = (moment(n, rows, day), dice(n));
        writeln!(
            file,
            r#"{{"resourceType":"AuditEvent","id":"e{n}","type":{{"code":"rest"}},"subtype":[{{"code":"read"}}],"action":"R","recorded":"{}-05:00","outcome":"0","agent":[{{"type":{{"coding":[{{"code":"110153"}}]}},"who":{{"reference":"Device/server"}},"requestor":false,"network":{{"address":"10.1.2.3","type":"2"}}}},{{"type":{{"coding":[{{"code":"IRCP"}}]}},"who":{{"identifier":{{"value":"u{}"}}}},"requestor":true}}],"source":{{"site":"North","observer":{{"reference":"Device/server"}}}},"entity":[{{"what":{{"reference":"Observation/o{n}"}},"role":{{"code":"4"}}}},{{"what":{{"reference":"Patient/MRN-{}"}},"type":{{"code":"1"}},"role":{{"code":"1"}}}}]}}"#,
            at.format("%Y-%m-%dT%H:%M:%S"),
            dice % 2000,
            dice >> 20 & 0xffff,
        )
        .expect("written");
    }
    file.flush().expect("written");
    path.to_owned()
}

fn import(place: &Place, source: &str, file: &Path) -> tokio::process::Child {
    tokio::process::Command::new(env!("CARGO_BIN_EXE_hipaa-auditor"))
        .args(["import", "--source", source])
        .arg(file)
        .env("WORKER_DATABASE_URL", place.url("portal_worker", "pages"))
        .env("HIPAA_AUDITOR_SECRET", super::SECRET)
        .env("HIPAA_AUDITOR_SPOOL_DIR", place.dir.path())
        .env("RUST_LOG", "error")
        .stdout(Stdio::null())
        .spawn()
        .expect("the import starts")
}

/// Beside COPY of the rows that it stored into the same table of another copy of the database.
fn compare(place: &Place, what: &str, source: &str, rows: u64, ours: Duration, goal: f64, figures: &mut Vec<Figure>) {
    let file = place.dir.path().join("rows.copy");
    let batch = "(SELECT b.id FROM portal.import_batches b JOIN portal.sources s ON s.id = b.source_id";
    place.psql(
        "pages",
        &format!(
            "\\copy (SELECT * FROM portal.access_logs WHERE batch_id = {batch} AND s.name = '{source}')) TO '{}'",
            file.display()
        ),
    );
    let stored = place.psql(
        "pages",
        &format!("SELECT rows_stored FROM portal.import_batches WHERE id = {batch} AND s.name = '{source}')"),
    );
    assert_eq!(stored, rows.to_string(), "every row is stored");
    place.copy("copied");
    let begun = Instant::now();
    place.psql("copied", &format!("\\copy portal.access_logs FROM '{}'", file.display()));
    let peer = begun.elapsed();
    place.drop("copied");
    let rate = |took: Duration| rows as f64 / took.as_secs_f64();
    figures.push(Figure::new(
        &format!("{what}, {rows} rows, rules on"),
        format!("{:.0} rows/s", rate(ours)),
        format!("COPY {:.0} rows/s", rate(peer)),
        rate(ours) / rate(peer),
        Goal::AtLeast(goal),
    ));
}

/// Every row of the sixty days.
async fn export(place: &Place, clients: &mut [Client], figures: &mut Vec<Figure>) {
    let from = Utc::now().date_naive() - TimeDelta::days(61);
    let path = format!("/access-logs/rows.csv?from={from}");
    let (answer, bytes) = clients[0].download(&path).await;
    assert_eq!(answer.status, 200, "the export is made");
    let ours = answer.took;
    let nth = std::cell::Cell::new(0);
    place.copy("peer");
    let sent = caught(place, "peer", "account60", async |client| {
        nth.set(nth.get() + 1);
        if nth.get() == 2 {
            client.download(&path).await;
        }
    })
    .await;
    // under the same event: the statement asks who reads
    let open = sent.iter().rfind(|one| one.text.contains("SELECT audit.open(")).expect("an event").whole();
    let select = sent.iter().max_by_key(|one| one.took).expect("statements").whole();
    let file = place.dir.path().join("copy.sql");
    let text =
        format!("{open} \\gset\nBEGIN;\nSELECT audit.use_event(:'open');\nCOPY ({select}) TO STDOUT;\nCOMMIT;\n");
    std::fs::write(&file, text).expect("a file");
    let begun = Instant::now();
    let mut psql = tool("psql");
    psql.args([
        "-X",
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
        "-o",
        "/dev/null",
        "-d",
        &place.server.superuser_url("peer"),
        "-f",
    ]);
    run(psql.arg(&file));
    let peer = begun.elapsed();
    place.drop("peer");
    figures.push(Figure::new(
        "CSV of every row of the sixty days",
        format!("{:.1} s, {} MB", ours.as_secs_f64(), bytes / 1_000_000),
        format!("COPY of its SELECT {:.1} s", peer.as_secs_f64()),
        peer.as_secs_f64() / ours.as_secs_f64(),
        Goal::AtLeast(0.5),
    ));
    let first = answer.first_byte.as_secs_f64() * 1000.0;
    figures.push(Figure::new("its first byte", format!("{first:.0} ms"), String::new(), first, Goal::AtMost(100.0)));
}

/// The queue's first page while an import and an export are under way.
async fn under_way(place: &Place, clients: &mut [Client], rows: u64, alone: f64, figures: &mut Vec<Figure>) {
    let day = Utc::now().naive_utc().date().and_hms_opt(0, 0, 0).expect("midnight") - TimeDelta::days(2);
    let file = delimited(&place.dir.path().join("meanwhile.tsv"), rows, day);
    let over = AtomicBool::new(false);
    let mut downloads = clients[0].again().await;
    let mut child = import(place, "Delimited", &file);
    let busy = async {
        let exports = async {
            while !over.load(Ordering::Relaxed) {
                downloads.download("/access-logs/rows.csv").await;
            }
        };
        let imports = async {
            child.wait().await.expect("its end");
            over.store(true, Ordering::Relaxed);
        };
        tokio::join!(exports, imports);
    };
    let pages = load(&mut clients[..1], Duration::from_hours(1), async |client, _, _| {
        if over.load(Ordering::Relaxed) { None } else { Some(client.get("/access-logs").await) }
    });
    let ((), pages) = tokio::join!(busy, pages);
    figures.push(Figure::new(
        "the queue while an import and an export run",
        format!("p99 {:.1} ms of {}", pages.within(99), pages.count()),
        format!("alone p99 {alone:.1} ms"),
        pages.within(99) / alone,
        Goal::AtMost(3.0),
    ));
}
