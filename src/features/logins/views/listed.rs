//! What one tab of the list was read with, and what of it the trail is told was shown.

use std::collections::BTreeSet;

use chrono_tz::Tz;
use uuid::Uuid;

use super::super::model::{Candidate, Suggestion, suggest};
use super::super::queries::{Holding, Login, MOST_SHOWN, Unmatched};
use super::OFFERED;
use crate::web::paging;

/// What the list was read with.
#[derive(Default)]
pub struct Listed {
    pub sources: Vec<(Uuid, String)>,
    pub unmatched: Vec<Unmatched>,
    pub holdings: Vec<Holding>,
    pub systems: Vec<Login>,
    pub people: Vec<Candidate>,
    /// How many unmatched logins the page shows.
    pub size: usize,
}

impl Listed {
    /// Nothing yet, with room for a form of so many rows that comes back, and for a page of logins that came between them.
    #[must_use]
    pub fn of(rows: usize) -> Self {
        let size = if rows == 0 { paging::PAGE } else { (rows + paging::PAGE).min(MOST_SHOWN) };
        Self { size, ..Self::default() }
    }

    /// The logins that the page names.
    #[must_use]
    pub fn logins(&self) -> Vec<Uuid> {
        let unmatched = self.unmatched.iter().map(|row| row.id);
        let held = self.holdings.iter().map(|row| row.login_id);
        let all: Vec<_> = unmatched.chain(held).chain(self.systems.iter().map(|row| row.id)).collect();
        all.into_iter().take(self.size).collect()
    }
}

impl Listed {
    /// The people that the page names: all who are offered while typing, else those it suggests; and those who hold.
    #[must_use]
    pub fn persons(&self, zone: Tz) -> Vec<Uuid> {
        let day = |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&zone).date_naive();
        let held = self.holdings.iter().take(paging::PAGE).filter_map(|held| held.person_id);
        let mut all: BTreeSet<_> = held.collect();
        if self.people.len() <= OFFERED {
            all.extend(self.people.iter().map(|person| person.id));
        } else {
            for row in self.unmatched.iter().take(paging::PAGE) {
                if let Suggestion::One(at, _) = suggest(&row.login, day(row.first_at), day(row.last_at), &self.people) {
                    all.extend(self.people.get(at).map(|person| person.id));
                }
            }
        }
        all.into_iter().collect()
    }
}
