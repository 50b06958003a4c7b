//! Correcting one login: other days for a holder, no holder, or what the login is. Nobody corrects their own.

use serde::Deserialize;
use uuid::Uuid;

use super::matching::{self, Typed};
use super::model::Span;
use super::queries;
use super::queries::Held;
use crate::audit::{Actor, AuditedTx};
use crate::clock;
use crate::error::AppError;

/// What the forms of one login post.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Correction {
    act: String,
    holder: String,
    from: String,
    to: String,
}

/// The same as it is carried out; what is wrong with it is said beside what was typed.
#[derive(Debug)]
pub struct Wanted {
    act: String,
    /// Whose period it is about.
    pub holder: Uuid,
    /// Its days as they were typed.
    pub typed: Typed,
}

impl Wanted {
    /// What was posted.
    #[must_use]
    pub fn of(posted: Correction) -> Self {
        let typed = Typed { from: posted.from.trim().to_owned(), to: posted.to.trim().to_owned(), ..Typed::default() };
        Self { act: posted.act, holder: Uuid::try_parse(&posted.holder).unwrap_or_default(), typed }
    }

    fn says_what_it_is(&self) -> bool {
        matches!(self.act.as_str(), "personal" | "system")
    }

    /// Writes it; the logins and the periods that it touches.
    ///
    /// # Errors
    /// [`AppError::NotFound`] out of scope, [`AppError::Invalid`] for what cannot be, [`AppError::Conflict`] where another holder came
    /// meanwhile; else what the database answers.
    pub async fn carry_out(
        &mut self,
        tx: &mut AuditedTx<'_>,
        actor: &Actor,
        login: Uuid,
    ) -> Result<(Vec<Uuid>, Vec<Span>), AppError> {
        if queries::in_scope(tx, &[login]).await?.is_empty() {
            return Err(AppError::NotFound);
        }
        let held = queries::spans(tx, &[login]).await?;
        self.not_by_its_holder(&held, actor)?;
        let (own, others): (Vec<_>, Vec<_>) = held.into_iter().partition(|held| held.id == self.holder);
        let mut touched: Vec<_> = own.iter().map(|held| held.span).collect();
        if self.says_what_it_is() {
            queries::set_kind(tx, &[login], &self.act).await?;
            return Ok((vec![login], touched));
        }
        if own.is_empty() {
            return Err(AppError::NotFound);
        }
        let mut logins = vec![login];
        if self.act == "remove" {
            // a person's day is the sum of their logins: without this one the others' is another
            let people: Vec<_> = own.iter().filter_map(|held| held.person).collect();
            logins.extend(queries::logins_of(tx, &people).await?.into_iter().filter(|other| *other != login));
            queries::remove(tx, login, self.holder).await?;
        } else {
            let span = self.fitted(&others, actor)?;
            queries::correct(tx, login, self.holder, span).await.map_err(matching::met_another)?;
            touched.push(span);
        }
        Ok((logins, touched))
    }

    fn not_by_its_holder(&mut self, held: &[Held], actor: &Actor) -> Result<(), AppError> {
        let any = self.says_what_it_is();
        match held.iter().find(|held| held.person == Some(actor.id()) && (any || held.id == self.holder)) {
            Some(mine) => {
                (self.holder, self.typed.error) = (mine.id, Some(matching::YOURS.to_owned()));
                Err(AppError::Invalid("Somebody else corrects one’s own logins.".to_owned()))
            }
            None => Ok(()),
        }
    }

    fn fitted(&mut self, others: &[Held], actor: &Actor) -> Result<Span, AppError> {
        let others: Vec<_> = others.iter().map(|held| held.span).collect();
        let zone = clock::zone(&actor.identity().time_zone);
        matching::fitted(&self.typed, &others, zone).map_err(|sentence| {
            self.typed.error = Some(sentence);
            AppError::Invalid("The days cannot be used.".to_owned())
        })
    }
}
