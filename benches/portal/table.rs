//! What was measured beside what it is held against, as lines for a person and as Markdown for `docs/benchmarks.md`.

use std::fmt::Write as _;

/// One line of the table.
pub struct Figure {
    what: String,
    ours: String,
    limit: String,
    /// How far it got, and how far it should.
    reached: f64,
    goal: Goal,
}

/// What is good enough.
#[derive(Clone, Copy)]
pub enum Goal {
    /// At least so many times the limit.
    AtLeast(f64),
    /// At most so many times, or so much.
    AtMost(f64),
}

impl Figure {
    pub fn new(what: &str, ours: String, limit: String, reached: f64, goal: Goal) -> Self {
        let figure = Self { what: what.to_owned(), ours, limit, reached, goal };
        println!("{}", figure.line());
        figure
    }

    fn holds(&self) -> bool {
        match self.goal {
            Goal::AtLeast(goal) => self.reached >= goal,
            Goal::AtMost(goal) => self.reached <= goal,
        }
    }

    fn goal(&self) -> String {
        match self.goal {
            Goal::AtLeast(goal) => format!("≥ {goal}"),
            Goal::AtMost(goal) => format!("≤ {goal}"),
        }
    }

    fn line(&self) -> String {
        let mark = if self.holds() { "  " } else { "! " };
        format!("{mark}{:<46} {:<28} {:<34} {:>8.2} {}", self.what, self.ours, self.limit, self.reached, self.goal())
    }
}

/// How many figures miss their goal.
pub fn missed(figures: &[Figure]) -> usize {
    figures.iter().filter(|figure| !figure.holds()).count()
}

pub fn markdown(head: &str, figures: &[Figure]) -> String {
    let mut text = format!(
        "{head}\n\n| what | the portal | held against | reached | goal | |\n| --- | --- | --- | ---: | ---: | --- |\n"
    );
    for figure in figures {
        let Figure { what, ours, limit, reached, .. } = figure;
        let verdict = if figure.holds() { "" } else { "missed" };
        let _ = writeln!(text, "| {what} | {ours} | {limit} | {reached:.2} | {} | {verdict} |", figure.goal());
    }
    text
}
