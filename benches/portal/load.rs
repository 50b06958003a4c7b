//! Many people at once, each with an account and a connection of their own, each waiting for the answer before asking again.

use std::time::{Duration, Instant};

use super::client::{Answer, Client};

/// How long answers took.
#[derive(Default)]
pub struct Times {
    milliseconds: Vec<f64>,
    whole: Duration,
}

impl Times {
    /// Answers a second.
    pub fn rate(&self) -> f64 {
        self.milliseconds.len() as f64 / self.whole.as_secs_f64()
    }

    /// The time that so many of a hundred stayed within, in milliseconds.
    pub fn within(&self, per_cent: usize) -> f64 {
        let mut sorted = self.milliseconds.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get((sorted.len().max(1) - 1) * per_cent / 100).copied().unwrap_or_default()
    }

    pub fn median(&self) -> f64 {
        self.within(50)
    }

    pub fn count(&self) -> usize {
        self.milliseconds.len()
    }

    pub fn add(&mut self, answer: &Answer) {
        assert!(matches!(answer.status, 200 | 303), "{}: {}", answer.status, answer.text());
        self.milliseconds.push(answer.took.as_secs_f64() * 1000.0);
    }
}

/// Everybody asks until the time is over, or until they have nothing more to ask.
pub async fn load(
    clients: &mut [Client],
    until: Duration,
    ask: impl AsyncFn(&mut Client, usize, usize) -> Option<Answer>,
) -> Times {
    let begun = Instant::now();
    let each = clients.iter_mut().enumerate().map(async |(who, client)| {
        let mut times = Times::default();
        let mut nth = 0;
        while begun.elapsed() < until {
            let Some(answer) = ask(client, who, nth).await else { break };
            times.add(&answer);
            nth += 1;
        }
        times
    });
    let mut all = Times::default();
    for times in futures_util::future::join_all(each).await {
        all.milliseconds.extend(times.milliseconds);
    }
    all.whole = begun.elapsed();
    all
}
