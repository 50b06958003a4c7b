//! The ledger beside the database: what was answered as done is there once, what was refused is not, what was lost is whole or
//! not there at all, and the trail says of every request what its answer says.

use std::collections::{HashMap, HashSet};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};
use uuid::Uuid;

use super::history::{ALWAYS, AT_LAST};
use super::ledger::{Entry, Kind, Ledger};
use super::people::Crowd;
use super::place::Place;

/// Connections of the portal's pools.
const CONNECTIONS: usize = 16 + 4;
/// Of one kind so many are told.
const TOLD: usize = 5;

/// Everything that is not as it should be, as sentences; of the end more is asked than of a moment.
pub async fn faults(place: &Place, crowd: &Crowd, at_last: bool) -> Vec<String> {
    let mut conn = place.superuser().await;
    sqlx::raw_sql("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").execute(&mut conn).await.expect("a snapshot");
    let ledger = crowd.ledger.borrow().entries.clone();
    let ledger = Ledger { entries: ledger };
    let mut faults = Vec::new();
    for (sentence, query) in ALWAYS.iter().chain(AT_LAST.iter().filter(|_| at_last)) {
        let query = query
            .replace("BEGUN", &crowd.begun)
            .replace("ROWS", &crowd.setup.rows.to_string())
            .replace("SOURCE", &crowd.setup.source.to_string())
            .replace("FIRST_DAY", crowd.setup.first_day);
        let against: Vec<String> = sqlx::query_scalar(AssertSqlSafe(query))
            .fetch_all(&mut conn)
            .await
            .unwrap_or_else(|error| panic!("{sentence}: {error}"));
        tell(&mut faults, &format!("not so: {sentence}"), against);
    }
    tell(&mut faults, "answered as nobody expects", answers(&ledger, crowd));
    tell(&mut faults, "an act is not as it was answered", acts(&mut conn, &ledger, crowd).await);
    tell(&mut faults, "the trail does not say what was answered", events(&mut conn, &ledger, &crowd.begun).await);
    tell(&mut faults, "an export is not as it came", exports(&mut conn, &ledger, &crowd.begun).await);
    tell(&mut faults, "an upload is not as it was answered", uploads(&mut conn, &ledger, &crowd.begun).await);
    conn.close().await.expect("closes");
    faults
}

fn tell(faults: &mut Vec<String>, what: &str, against: Vec<String>) {
    let more = against.len().saturating_sub(TOLD);
    faults.extend(against.into_iter().take(TOLD).map(|one| format!("{what}: {one}")));
    if more > 0 {
        faults.push(format!("{what}: and {more} more"));
    }
}

async fn rows(conn: &mut PgConnection, sql: String) -> Vec<sqlx::postgres::PgRow> {
    sqlx::query(AssertSqlSafe(sql.clone())).fetch_all(conn).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// Only answers that the table knows; others, and none, only around a kill.
fn answers(ledger: &Ledger, crowd: &Crowd) -> Vec<String> {
    let mut against = Vec::new();
    let mut late = 0;
    for entry in &ledger.entries {
        match entry.status {
            Some(503) if crowd.setup.slow => {}
            _ if entry.is_open() && entry.disturbed => {}
            // what a killed Postgres left behind in the portal's pools costs an answer each
            Some(500..) if crowd.postgres_kills.get() > 0 => late += 1,
            Some(status) if entry.kind.events(status).is_some() => {}
            _ => against.push(said(entry)),
        }
    }
    if late > CONNECTIONS * crowd.postgres_kills.get() {
        against.push(format!("{late} errors after Postgres was there again"));
    }
    against
}

fn said(entry: &Entry) -> String {
    format!("{:?} of user {}: {:?}, request {:?}", entry.kind, entry.who, entry.status, entry.request)
}

/// What was answered 303 stands once, what was answered 409 does not, and nothing stands that nobody asked for.
async fn acts(conn: &mut PgConnection, ledger: &Ledger, crowd: &Crowd) -> Vec<String> {
    let sql = format!(
        "SELECT case_id, seq, actor_id, coalesce(note, '') FROM portal.review_events WHERE at >= '{}' AND kind IN ('decided', 'reopened')",
        crowd.begun
    );
    // a decision is known by its note, a reversal by its case, its place in the history and its author
    let mut stand: HashMap<(Uuid, i32, Uuid, String), usize> = HashMap::new();
    for row in rows(conn, sql).await {
        *stand.entry((row.get(0), row.get(1), row.get(2), row.get(3))).or_default() += 1;
    }
    let mut asked: HashMap<(Uuid, i32, Uuid, String), Vec<&Entry>> = HashMap::new();
    for entry in ledger.entries.iter().filter(|entry| matches!(entry.kind, Kind::Decide | Kind::Reopen)) {
        let Some(case) = entry.case else { continue };
        asked.entry((case, entry.version + 1, crowd.ids[entry.who], entry.note.clone())).or_default().push(entry);
    }
    let mut against = Vec::new();
    for (act, entries) in &asked {
        let found = stand.remove(act).unwrap_or_default();
        let done = entries.iter().filter(|entry| entry.status == Some(303)).count();
        let open = entries.iter().filter(|entry| entry.is_open()).count();
        if found > 1 || found < done || found > done + open {
            against.push(format!(
                "{act:?} stands {found} times; answered {:?}",
                entries.iter().map(|entry| entry.status).collect::<Vec<_>>()
            ));
        }
    }
    against.extend(stand.into_keys().map(|act| format!("{act:?} was never asked for")));
    against
}

/// Of each request exactly the events that its answer stands for; of a lost one no more than it can have come to.
async fn events(conn: &mut PgConnection, ledger: &Ledger, begun: &str) -> Vec<String> {
    let sql = format!(
        "SELECT request_id, string_agg(action || coalesce('!' || outcome || '/' || outcome_code, ''), ' ' ORDER BY event_time, event_id)
           FROM audit.events WHERE event_time >= '{begun}' AND actor_type <> 'system' GROUP BY request_id"
    );
    let mut left: HashMap<Uuid, String> =
        rows(conn, sql).await.into_iter().map(|row| (row.get(0), row.get(1))).collect();
    let mut against = Vec::new();
    let mut lost = 0;
    for entry in &ledger.entries {
        let Some(request) = entry.request else {
            lost += 1;
            continue;
        };
        let events = left.remove(&request).unwrap_or_default();
        let right = match entry.status.and_then(|status| entry.kind.events(status)) {
            Some(expected) => events == expected,
            None => entry.kind.may_have_left(&events),
        };
        if !right {
            against.push(format!("{} left: {events}", said(entry)));
        }
    }
    if left.len() > lost {
        against.push(format!("{} requests that nobody sent, beside {lost} that were lost", left.len()));
    }
    let strange = left.values().filter(|events| !Kind::ALL.iter().any(|kind| kind.may_have_left(events)));
    against.extend(strange.map(|events| format!("a lost request left: {events}")));
    against
}

/// A file that came whole is recorded as complete with the very hash of what came.
async fn exports(conn: &mut PgConnection, ledger: &Ledger, begun: &str) -> Vec<String> {
    let sql = format!(
        "SELECT e.request_id, x.ended, x.sha256 FROM audit.events e LEFT JOIN audit.exports x USING (event_id)
          WHERE e.event_time >= '{begun}' AND e.action = 'access_log.list.export' AND e.outcome = 'success'"
    );
    let mut kept: HashMap<Uuid, (Option<String>, Option<Vec<u8>>)> =
        rows(conn, sql).await.into_iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect();
    let mut against = Vec::new();
    let mut lost = 0;
    for entry in ledger.entries.iter().filter(|entry| entry.kind == Kind::Export) {
        let record = entry.request.and_then(|request| kept.remove(&request)).unwrap_or_default();
        lost += usize::from(entry.is_open());
        let whole = (Some("complete"), Some(entry.sha256.as_slice()));
        if entry.status == Some(200) && (record.0.as_deref(), record.1.as_deref()) != whole {
            against.push(format!("{} is kept as {:?}", said(entry), record.0));
        }
    }
    let endless = kept.values().filter(|(ended, _)| ended.is_none()).count();
    if endless > lost {
        against.push(format!("{endless} exports have no end, {lost} were lost"));
    }
    against
}

/// An upload that was accepted is a batch; one that was lost is one or none.
async fn uploads(conn: &mut PgConnection, ledger: &Ledger, begun: &str) -> Vec<String> {
    let sql = format!("SELECT id FROM portal.import_batches WHERE created_at >= '{begun}'");
    let mut stand: HashSet<Uuid> = rows(conn, sql).await.into_iter().map(|row| row.get(0)).collect();
    let mut against = Vec::new();
    let mut lost = 0;
    for entry in ledger.entries.iter().filter(|entry| entry.kind == Kind::Upload) {
        lost += usize::from(entry.is_open());
        if entry.status == Some(303) && !entry.batch.is_some_and(|batch| stand.remove(&batch)) {
            against.push(format!("{} is no batch", said(entry)));
        }
    }
    if stand.len() > lost {
        against.push(format!("{} batches that nobody uploaded, beside {lost} that were lost", stand.len()));
    }
    against
}
