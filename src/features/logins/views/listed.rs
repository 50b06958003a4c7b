//! What one tab of the list was read with, and what of it the trail is told was shown.

use std::collections::BTreeSet;

use chrono_tz::Tz;
use uuid::Uuid;

use super::super::filter::{Filter, View};
use super::super::model::{Candidate, Suggestion, suggest};
use super::super::queries::{self, COUNTED, Holding, Login, MOST_SHOWN, Unmatched};
use super::OFFERED;
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::web::paging::{self, FETCH};

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
    fn of(rows: usize) -> Self {
        let size = if rows == 0 { paging::PAGE } else { (rows + paging::PAGE).min(MOST_SHOWN) };
        Self { size, ..Self::default() }
    }

    /// The page of a filter; a form that came back brings its rows along.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn read(
        tx: &mut AuditedTx<'_>,
        filter: &Filter,
        zone: &str,
        everything: bool,
        rows: usize,
    ) -> Result<Self, AppError> {
        let mut listed = Self { sources: queries::sources(tx).await?, ..Self::of(rows) };
        let Filter { view, source, after } = *filter;
        match view {
            View::Unmatched => {
                let limit = i64::try_from(listed.size).unwrap_or(0) + 1;
                let unmatched = queries::unmatched(source, zone, after, Some(COUNTED + 1), Some(limit));
                listed.unmatched = tx.all(unmatched).await?;
                listed.people = queries::candidates(tx).await?;
            }
            View::System => listed.systems = tx.all(queries::systems(source, everything, after, Some(FETCH))).await?,
            View::Matched | View::Vendors => {
                let vendors = Some(view == View::Vendors);
                let holdings = queries::holdings(vendors, None, source, everything, after, Some(FETCH));
                listed.holdings = tx.all(holdings).await?;
            }
        }
        Ok(listed)
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
