//! The limit that a page is held against: the very statements of one request, event and ticket and all, replayed by pgbench
//! as the application's own role with as many clients. What the portal adds to them is what the ratio says.

use std::time::Duration;

use super::client::Client;
use super::place::{Place, Portal, run, tool};
use super::statements::{LOGGED, Sent, statements};

/// How every use of a connection ends.
const CLEANING: &str = "CLOSE ALL";

/// The statements of one request, after one like it has been made.
pub async fn caught(place: &Place, database: &str, account: &str, request: impl AsyncFn(&mut Client)) -> Vec<Sent> {
    for setting in LOGGED {
        place.psql("postgres", &format!("ALTER ROLE portal_app IN DATABASE {database} SET {setting}"));
    }
    let portal = Portal::start(place, database);
    let mut client = Client::of(portal.port, account).await;
    request(&mut client).await;
    let before = place.log_length();
    request(&mut client).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let sent = statements(&place.log_after(before));
    drop(portal);
    place.psql("postgres", &format!("ALTER ROLE portal_app IN DATABASE {database} RESET ALL"));
    assert!(sent.iter().any(|one| one.text.contains("audit.open")), "the request's statements were caught");
    sent
}

/// As a script of pgbench. The ids of events are made anew each time, so what names them takes the new one; `swaps` are other
/// literals to take from a variable.
pub fn script(sent: &[Sent], swaps: &[(&str, &str)]) -> String {
    let (mut text, mut events, mut opened) = (String::new(), Vec::<(String, usize)>::new(), 0);
    for one in sent {
        // a connection's cleaning is logged when it comes back to the pool, wherever the next one stands by then
        if one.text.starts_with(CLEANING) {
            continue;
        }
        let values = one.values();
        if let Some(event) = named_event(one, &values)
            && !events.iter().any(|(known, _)| known == event)
        {
            events.push((event.to_owned(), opened));
        }
        let mut line = one.whole().split_whitespace().collect::<Vec<_>>().join(" ");
        for (event, nth) in &events {
            line = line.replace(event.as_str(), &format!(":e{nth}_open"));
        }
        for (from, to) in swaps {
            line = line.replace(from, to);
        }
        if one.text.contains("SELECT audit.open(") {
            opened += 1;
            text += &format!("{line} \\gset e{opened}_\n");
        } else {
            text += &format!("{line};\n");
        }
        if one.text == "COMMIT" {
            text += &format!("{CLEANING}; SELECT audit.release();\n");
        }
    }
    text
}

/// The event that a statement says it belongs to.
fn named_event<'a>(one: &Sent, values: &[&'a str]) -> Option<&'a str> {
    if one.text.contains("audit.use_event(") {
        return values.first().copied();
    }
    one.text.contains("audit.shown(").then(|| values.get(1).copied()).flatten()
}

/// How much pgbench does of it: transactions a second, and how long one takes on average.
pub fn replay(place: &Place, database: &str, script: &str, clients: usize, amount: &[&str]) -> (f64, Duration) {
    let file = place.dir.path().join("replay.sql");
    std::fs::write(&file, script).expect("a file");
    let mut command = tool("pgbench");
    command.args(["-n", "-M", "prepared", "-j", "2", "-c", &clients.to_string()]).args(amount).arg("-f").arg(&file);
    let said = run(command.arg(place.url("portal_app", database)));
    let figure = |begin: &str| {
        let line = said.lines().find(|line| line.starts_with(begin)).unwrap_or_else(|| panic!("pgbench says: {said}"));
        let number = line[begin.len()..].split_whitespace().next().and_then(|number| number.parse::<f64>().ok());
        number.expect("a number")
    };
    (figure("tps = "), Duration::from_secs_f64(figure("latency average = ") / 1000.0))
}
