//! What the demo's privacy office has asked: one question waits for the workforce member who has an account, one they have
//! answered, and one that somebody without an account should have answered by yesterday. Through the door, as the people who
//! ask and answer; only the day that the last one was due by is earlier than any form would take.

use chrono::{Days, NaiveDate};
use uuid::Uuid;

use super::organisation::Organisation;
use super::past::sign_in;
use crate::audit::{Actor, Db, Worker};
use crate::config::Keys;
use crate::error::AppError;
use crate::features::questions::{self, AnswerForm, Ask};
use crate::policy::Action;
use crate::words::{AccessQuestion, Addressee};

/// Whose overdue answer it is: an emergency nurse without an account, to be asked by phone.
const OVERDUE: &str = "dokafor";

/// Asks, answers, and notes what is overdue.
///
/// # Errors
/// What the door answers.
pub async fn ask(
    db: &Db,
    worker: &Worker,
    keys: &Keys,
    organisation: &Organisation,
    today: NaiveDate,
) -> Result<usize, AppError> {
    let member = &organisation.people[organisation.accounts.field_staff];
    let manager = sign_in(db, keys, &organisation.people[organisation.accounts.manager].username).await?;
    let (soon, yesterday) = (today + Days::new(7), today - Days::new(1));
    let mut asked = Vec::new();
    for (login, question, line, due) in [
        (member.key.as_str(), AccessQuestion::RoleInCare, "The same record was opened several times.", soon),
        (member.key.as_str(), AccessQuestion::CourseOfWork, "", soon),
        (OVERDUE, AccessQuestion::WhichTask, "", yesterday),
    ] {
        let Some(case) = case_of(db, &manager, login).await? else { continue };
        let made = questions::ask(db, &manager, case, |offer| {
            let person = offer.choices.iter().find(|choice| choice.addressee == Addressee::Person);
            let person = person.map(|choice| choice.person).unwrap_or_default();
            let line = Some(line.to_owned()).filter(|line| !line.is_empty());
            Ok(Ask { addressee: Addressee::Person, person, confidential: false, question, line, due })
        });
        if let Ok(id) = made.await? {
            asked.push((question, id));
        }
    }
    leave(db, &manager).await?;
    let answered = asked.iter().find(|(question, _)| *question == AccessQuestion::CourseOfWork);
    if let Some((_, id)) = answered {
        let person = sign_in(db, keys, &member.username).await?;
        let form = AnswerForm {
            answer: "caring".to_owned(),
            line: "She came to us from the fourth floor at noon.".to_owned(),
        };
        let answer =
            form.check().map_err(|_| AppError::Internal("an answer of the demo is none a person could give"))?;
        questions::answer(db, &person, *id, &answer).await?;
        leave(db, &person).await?;
    }
    questions::mark_overdue(worker).await?;
    Ok(asked.len())
}

async fn leave(db: &Db, actor: &Actor) -> Result<(), AppError> {
    db.write(actor.does(Action::SessionLogoutExecute).on(actor.id()), async |_| Ok(())).await
}

/// The newest case of a login that nobody has decided or asked about.
async fn case_of(db: &Db, actor: &Actor, login: &str) -> Result<Option<Uuid>, AppError> {
    db.read(actor.does(Action::ReviewCaseListRead), async |tx| {
        let row = tx
            .optional(sqlx::query!(
                "SELECT c.id FROM portal.review_cases c JOIN portal.ehr_logins l ON l.id = c.login_id
                  WHERE l.login = $1 AND c.person_id IS NOT NULL AND c.disposition IS NULL AND c.answer_due_at IS NULL
                  ORDER BY c.first_action_at DESC LIMIT 1",
                login
            ))
            .await?;
        Ok(row.map(|row| row.id))
    })
    .await
}
