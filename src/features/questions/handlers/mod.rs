//! The pages of questions: `own` for whoever is asked, `ask` and `phone` for the office.

pub mod ask;
pub mod own;
pub mod phone;

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use uuid::Uuid;

use crate::web::flash::{self, Done};
use crate::web::html;
use crate::words::QuestionDone;

/// The question in a case's path; what is no uuid is the nil id, which no row has.
pub struct Part(pub Uuid);

impl FromRequest for Part {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let part = request.match_info().get("part").and_then(|text| Uuid::try_parse(text).ok());
        ready(Ok(Self(part.unwrap_or_default())))
    }
}

/// Back to the case, with a line that says what was done.
fn told_of_case(case: Uuid, done: QuestionDone) -> HttpResponse {
    flash::tell(html::see(&format!("/access-logs/cases/{case}")), Done::Question(done))
}
