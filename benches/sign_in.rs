//! How long sign-in takes for an unknown user and for a wrong password, side by side in one run: a difference would tell
//! a stranger which accounts exist. `script/bench` runs it in a release build; the goal is medians within 5 %.
#![allow(
    missing_docs,
    dead_code,
    clippy::disallowed_types,
    clippy::format_push_string,
    reason = "a bench, on the tests' harness"
)]
#![allow(clippy::print_stdout, reason = "a bench speaks to a person")]

#[path = "../tests/portal/fixtures.rs"]
mod fixtures;
#[path = "../tests/portal/harness.rs"]
mod harness;

use std::time::Instant;

use harness::{Browser, TestPortal, form};

/// Attempts of each kind.
const ROUNDS: usize = 240;

#[actix_web::main]
async fn main() {
    let portal = TestPortal::start_with(|config| {
        // every attempt comes from an address of its own, so that no throttle steps in
        config.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a network")];
    })
    .await;
    let browser = portal.visitor();
    let accounts: Vec<_> = fixtures::ACCOUNTS.iter().map(|(username, ..)| *username).collect();
    let (mut unknown, mut wrong) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let stranger = format!("stranger-{round:04}");
        let account = accounts[round % accounts.len()];
        // either kind goes first as often as the other
        let order = if round % 2 == 0 { [true, false] } else { [false, true] };
        for is_unknown in order {
            let username = if is_unknown { stranger.as_str() } else { account };
            let took = attempt(&browser, username, round, is_unknown).await;
            if is_unknown { unknown.push(took) } else { wrong.push(took) }
        }
    }
    let (unknown, wrong) = (median(&mut unknown), median(&mut wrong));
    let gap = (unknown - wrong).abs() / wrong * 100.0;
    println!("sign-in, {ROUNDS} attempts each, medians");
    println!("  unknown user    {unknown:.2} ms");
    println!("  wrong password  {wrong:.2} ms");
    println!("  gap             {gap:.2} % (goal: under 5 %)");
}

async fn attempt(browser: &Browser, username: &str, round: usize, is_unknown: bool) -> f64 {
    let address = format!("10.{}.{}.{}", u8::from(is_unknown), round / 250, round % 250 + 1);
    let request =
        form(browser.request("POST", "/sign-in"), &[("username", username), ("password", "not the password")])
            .header("x-forwarded-for", address);
    let began = Instant::now();
    let answer = browser.send(request).await;
    let took = began.elapsed().as_secs_f64() * 1000.0;
    assert_eq!(answer.status, 422, "{username} is refused");
    took
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
