//! The pages of accounts, and what is done on them.

pub mod changes;
pub mod create;
pub mod direct;
pub mod edit;
pub mod list;
pub mod page;
pub mod search;
pub mod sign_ups;

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use uuid::Uuid;

use crate::web::flash::{self, Done};
use crate::web::html;
use crate::words::AccountDone;

/// The second id of a path, of a change or an engagement; what is no uuid is the nil id, which no row has.
pub struct Part(pub Uuid);

impl FromRequest for Part {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let part = request.match_info().get("part").and_then(|text| Uuid::try_parse(text).ok());
        ready(Ok(Self(part.unwrap_or_default())))
    }
}

/// Back to the account, with a line that says what was done.
fn told(account: Uuid, done: AccountDone) -> HttpResponse {
    flash::tell(html::see(&format!("/settings/accounts/{account}")), Done::Account(done))
}
