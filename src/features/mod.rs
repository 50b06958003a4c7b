//! A feature is a folder: `mod` (routes), `model` (pure rules), `queries` (SQL), `handlers`, `views`. Features never
//! import each other; a noun they share moves to `policy` or becomes a column of the query that needs it.

pub mod access_logs;
pub mod account;
pub mod accounts;
pub mod alternates;
pub mod audit_trail;
pub mod complaints;
pub mod coverage;
pub mod exports;
pub mod facilities;
pub mod findings;
pub mod imports;
pub mod logins;
pub mod mappings;
pub mod questions;
pub mod resets;
pub mod review_cases;
pub mod reviews;
pub mod roster;
pub mod rules;
pub mod search;
pub mod second_reviews;
pub mod seen;
pub mod settings;
pub mod sign_in;
pub mod sign_up;
pub mod subjects;
pub mod workforce;

/// Every feature's routes.
pub fn routes(config: &mut actix_web::web::ServiceConfig) {
    sign_in::routes(config);
    review_cases::routes(config);
    second_reviews::routes(config);
    alternates::routes(config);
    questions::routes(config);
    access_logs::routes(config);
    findings::routes(config);
    reviews::routes(config);
    complaints::routes(config);
    coverage::routes(config);
    // before imports, whose `/imports/{id}` would take theirs
    mappings::routes(config);
    imports::routes(config);
    rules::routes(config);
    facilities::routes(config);
    workforce::routes(config);
    logins::routes(config);
    roster::routes(config);
    subjects::routes(config);
    audit_trail::routes(config);
    exports::routes(config);
    seen::routes(config);
    search::routes(config);
    settings::routes(config);
    accounts::routes(config);
    account::routes(config);
    sign_up::routes(config);
    resets::routes(config);
}
