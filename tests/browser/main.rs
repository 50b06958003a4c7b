//! The main job in a real browser: by keyboard alone, without JavaScript, looked at by axe, and with patient data planted
//! wherever somebody can type.
//!
//! `chromium` starts Debian's Chromium through its chromedriver; `demo` gives each test a portal with the demo's
//! organisation, filled through the real importer. Set `HIPAA_AUDITOR_SCREENSHOTS` to a folder for pictures of the pages.
#![allow(clippy::format_push_string, clippy::disallowed_types, reason = "tests set up and look behind the door")]

mod accessibility;
mod accounts;
mod chromium;
mod demo;
mod findings;
#[allow(dead_code, reason = "shared with the portal's tests")]
#[path = "../portal/fixtures.rs"]
mod fixtures;
#[allow(dead_code, reason = "shared with the portal's tests")]
#[path = "../portal/harness.rs"]
mod harness;
mod leash;
mod mapping;
mod path;
mod people;
mod planted;
mod questions;
mod reviews;
mod rules;
mod triage;
