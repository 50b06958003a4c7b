//! The statements that the program sent, from the server's log: what they are measured against is what they are, so there is
//! nothing to keep in step.

use std::time::Duration;

/// Has a role's statements in one database written to the log.
pub const LOGGED: [&str; 3] =
    ["log_min_duration_statement = 0", "log_parameter_max_length = -1", "log_error_verbosity = 'default'"];

/// A statement as the server logged it.
pub struct Sent {
    pub took: Duration,
    pub text: String,
    /// `$1 = 'a', $2 = NULL`: SQL literals.
    pub parameters: String,
}

impl Sent {
    /// What it is, in one line: where it writes, and for which rule.
    pub fn name(&self) -> String {
        let words: Vec<_> = self.text.split_whitespace().collect();
        let target = words.iter().position(|word| ["INTO", "UPDATE", "DELETE"].contains(word)).unwrap_or(0);
        let rule = self.parameters.split(", ").nth(1).filter(|word| word.len() < 30).unwrap_or_default();
        format!("{} {rule}", words[target..].iter().take(3).copied().collect::<Vec<_>>().join(" "))
    }

    /// The values of its parameters. None has such an arrow in it.
    pub fn values(&self) -> Vec<&str> {
        (1..)
            .map_while(|n| {
                let (_, rest) = self.parameters.split_once(&format!("${n} = "))?;
                Some(rest.split_once(&format!(", ${} = ", n + 1)).map_or(rest, |(value, _)| value))
            })
            .collect()
    }

    /// With its values in it.
    pub fn whole(&self) -> String {
        let values = self.values();
        let mut text = self.text.clone();
        for (n, value) in values.iter().enumerate().rev() {
            text = text.replace(&format!("${}", n + 1), value);
        }
        text
    }
}

/// Every statement of a log, in the order they were sent.
pub fn statements(log: &str) -> Vec<Sent> {
    let mut sent: Vec<Sent> = Vec::new();
    let mut lines = log.lines().peekable();
    while let Some(line) = lines.next() {
        let mut entry = line.to_owned();
        while let Some(more) = lines.next_if(|line| line.starts_with('\t')) {
            entry.push('\n');
            entry.push_str(&more[1..]);
        }
        if let Some((_, parameters)) = entry.split_once("DETAIL:  parameters: ") {
            if let Some(last) = sent.last_mut() {
                parameters.clone_into(&mut last.parameters);
            }
            continue;
        }
        let Some((_, rest)) = entry.split_once("LOG:  duration: ") else { continue };
        let Some((took, rest)) = rest.split_once(" ms  ") else { continue };
        let Some((_, text)) =
            rest.split_once(": ").filter(|(kind, _)| kind.starts_with("execute") || *kind == "statement")
        else {
            // a plan is made when the parameters are bound; its parameters stand below
            sent.push(Sent { took: milliseconds(took), text: String::new(), parameters: String::new() });
            continue;
        };
        sent.push(Sent { took: milliseconds(took), text: text.to_owned(), parameters: String::new() });
    }
    let mut planning = Duration::ZERO;
    sent.retain_mut(|one| {
        planning += one.took;
        if one.text.is_empty() {
            return false;
        }
        one.took = std::mem::take(&mut planning);
        true
    });
    sent
}

fn milliseconds(text: &str) -> Duration {
    Duration::from_secs_f64(text.parse::<f64>().unwrap_or_default() / 1000.0)
}
