//! What stands when fifty people fight over cases while imports and exports run without a pause, and what they wait for it:
//! every answer beside what the database then holds. With `HIPAA_AUDITOR_FORCE_KILLS=20` the portal is killed with SIGKILL so
//! often meanwhile, and Postgres with all of its processes a quarter as often. `HIPAA_AUDITOR_FORCE_SECONDS=60` and
//! `HIPAA_AUDITOR_FORCE_USERS=8` make it smaller; `HIPAA_AUDITOR_FORCE_SEED` repeats a run's chance.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::cast_precision_loss,
    clippy::format_push_string,
    reason = "a bench, not a part of the program"
)]
#![allow(clippy::print_stdout, reason = "a bench speaks to a person")]

#[path = "force/mod.rs"]
mod force;

use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use force::{Crowd, Dice, Kind, Ledger, Place, Setup};
use hipaa_auditor::auth::password;
use hipaa_auditor::demo::activity::HEADER;
use hipaa_auditor::ingest::presets;

const PASSWORD: &str = "quorum-lantern-oboe-fjord";
/// Of one file: more than one chunk.
const ROWS: u32 = 25_000;
/// What was there before: access rows of sixty days, and of each month before them.
const BEFORE: u64 = 50_000;
const HISTORY: u64 = 1_000;
/// What ninety-nine of a hundred answers stay within, of every kind but the export, in milliseconds.
const PATIENCE: f64 = 2_000.0;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// One working day of many logins, in the last fifty days.
fn file(nth: u32) -> String {
    let day = Utc::now().date_naive() - TimeDelta::days(2 + i64::from(nth % 50));
    let mut text = format!("{HEADER}\r\n");
    for n in 0..ROWS {
        let mut dice = Dice(u64::from(nth) << 32 | u64::from(n));
        let (patient, seconds) = (dice.below(60_000), 8 * 3600 + n);
        text.push_str(&format!(
            "{day} {:02}:{:02}:{:02}\tChart Opened\tWS-{nth}\tChart\t{}\tMRN-{patient}\tPrunella\tQ\tFamily{}\t{} Nightjar Lane\t\tDuluth\t55802\t\
             Minnesota\tUnited States\tDepartment {}\tDirect Patient Care\t\tu{}\t4711\tThistlewood\tBarnabas\r\n",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60,
            if n % 1000 == 0 { "BREAK GLASS" } else { "VIEW" },
            patient % 9000,
            patient % 500,
            dice.below(40),
            dice.below(2000),
        ));
    }
    text
}

/// A hospital group, and a source of its own for what is imported.
async fn fill(place: &Place) {
    let hash = password::hash(PASSWORD.to_owned()).await.expect("a hash");
    let data = include_str!("portal/data.sql")
        .replace("ROWS", &BEFORE.to_string())
        .replace("HISTORY", &HISTORY.to_string())
        .replace("HASH", &hash);
    let mut spec = presets::epic_access_log();
    "America/New_York".clone_into(&mut spec.time_zone);
    let spec = spec.to_json().to_string().replace('\'', "''");
    let source = format!(
        "INSERT INTO portal.sources (id, name, time_zone) VALUES (md5('source2')::uuid, 'Delimited', 'America/New_York');
         INSERT INTO portal.mappings (id, source_id, version, spec) VALUES (md5('mapping2')::uuid, md5('source2')::uuid, 1, '{spec}');
         INSERT INTO portal.ehr_logins (id, source_id, login, held)
           SELECT md5('login2' || l.login)::uuid, md5('source2')::uuid, l.login, true FROM portal.ehr_logins l WHERE l.source_id = md5('source1')::uuid;
         INSERT INTO portal.login_holders (id, login_id, person_id, vendor_id, valid_from, recorded_at)
           SELECT md5('holder2' || l.login)::uuid, md5('login2' || l.login)::uuid, h.person_id, h.vendor_id, h.valid_from, h.recorded_at
             FROM portal.login_holders h JOIN portal.ehr_logins l ON l.id = h.login_id AND l.source_id = md5('source1')::uuid;"
    );
    // no case is drawn for a blind second look: what was decided is compared with what stands in the case
    let unsampled = "INSERT INTO portal.sample_seeds (month, share)
         SELECT month::date, 0 FROM generate_series(date_trunc('month', now()) - interval '2 months', now() + interval '2 months', interval '1 month') month;";
    place.sql(&format!("{}{data}{source}{unsampled}", include_str!("hospital.sql"))).await;
    place.sql("VACUUM ANALYZE").await;
    // a recovery then reads what the run wrote, not what was filled in
    place.sql("CHECKPOINT").await;
}

/// Kills at moments that chance chooses: the portal so often, and Postgres a quarter as often.
async fn kill(crowd: &Crowd, place: &mut Place, seconds: u64, kills: u64, dice: &mut Dice) -> Vec<String> {
    let begun = Instant::now();
    let mut moments: Vec<_> = (0..kills + kills.div_ceil(4))
        .map(|n| (Duration::from_millis(seconds * 20 + dice.below(seconds * 960)), n < kills))
        .collect();
    moments.sort_unstable();
    let mut faults = Vec::new();
    for (at, portal) in moments {
        tokio::time::sleep(at.saturating_sub(begun.elapsed())).await;
        println!("  {:>6.1} s: kill {}", begun.elapsed().as_secs_f64(), if portal { "the portal" } else { "Postgres" });
        let found = if portal { crowd.kill_portal(place).await } else { crowd.kill_postgres(place).await };
        found.iter().for_each(|fault| println!("          {fault}"));
        faults.extend(found);
    }
    tokio::time::sleep(Duration::from_secs(seconds).saturating_sub(begun.elapsed())).await;
    faults
}

/// The figures; how many kinds keep people waiting for too long.
fn print(ledger: &Ledger, seconds: f64) -> usize {
    let mut slow = 0;
    println!("{:<10} {:>9} {:>9} {:>9} {:>10} {:>10}", "", "answered", "conflicts", "lost", "p50", "p99");
    for (kind, of) in ledger.summary() {
        println!(
            "{kind:<10?} {:>9} {:>9} {:>9} {:>7.1} ms {:>7.1} ms",
            of.answered, of.conflicts, of.lost, of.p50, of.p99
        );
        slow += usize::from(kind != Kind::Export && of.p99 > PATIENCE && !cfg!(debug_assertions));
    }
    println!("{:.1} requests/s, {} acts stand", ledger.entries.len() as f64 / seconds, ledger.acts());
    slow
}

#[actix_web::main]
async fn main() {
    let (seconds, users) =
        (number("HIPAA_AUDITOR_FORCE_SECONDS", 600), number("HIPAA_AUDITOR_FORCE_USERS", 50).min(62));
    let (kills, seed) = (number("HIPAA_AUDITOR_FORCE_KILLS", 0), number("HIPAA_AUDITOR_FORCE_SEED", 1));
    println!("{users} people for {seconds} s, {kills} kills, seed {seed}");
    let mut place = Place::new(80).await;
    fill(&place).await;
    assert!(place.is_durable().await, "what Postgres said is kept stays");
    place.start_portal();
    let setup = Setup {
        users: (1..=users + 2).map(|n| format!("account{n}")).collect(),
        password: PASSWORD,
        // two people to a case; none that waits for a second person once decided, so that it goes on
        cases: format!(
            "SELECT c.id FROM portal.review_cases c
              WHERE c.state = 'unassigned' AND portal.second_review_ground('appropriate', c.risk,
                      (SELECT array_agg(f.rule_code) FROM portal.case_flags f WHERE f.case_id = c.id), false) IS NULL
              ORDER BY c.id LIMIT {}",
            users.div_ceil(2)
        ),
        source: place.value("SELECT md5('source2')::uuid").await,
        file,
        rows: ROWS.into(),
        first_day: "2000-01-01",
        slow: cfg!(debug_assertions),
    };
    let crowd = Crowd::new(&place, setup, Duration::from_secs(2), seed).await;
    let begun = Instant::now();
    let mut faults = crowd.work(kill(&crowd, &mut place, seconds, kills, &mut Dice(seed))).await;
    let took = begun.elapsed().as_secs_f64();
    faults.extend(crowd.settle(&place).await);
    if kills > 0 {
        for (at, what) in crowd.diary.borrow().iter() {
            println!("  {:>6.1} s: {what}", at.as_secs_f64());
        }
    }
    let slow = print(&crowd.ledger.borrow(), took);
    faults.iter().for_each(|fault| println!("fault: {fault}"));
    println!("{} faults, {slow} kinds of request wait for more than {PATIENCE} ms", faults.len());
    // what runs for this one ends with it
    drop(place);
    std::process::exit(i32::from(!faults.is_empty() || slow > 0));
}
