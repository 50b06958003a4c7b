//! Real HTTP against a real Postgres: what the portal does, what it refuses, and what its trail says afterwards.
//!
//! `harness` starts one throw-away Postgres per run and gives every test a database of its own, filled with the small
//! organisation of `fixtures`. A feature's tests are one file each.
#![allow(clippy::disallowed_types, reason = "tests set up and look behind the door")]
#![allow(clippy::format_push_string, reason = "set-up reads better as one text after the other")]

mod accounts;
mod alternates;
mod architecture;
mod audit_fails_closed;
mod audit_is_complete;
mod bad_requests;
mod case_context;
mod command_line;
mod complaints;
mod conflicts;
mod coverage;
mod crash;
mod definers;
mod every_route;
mod evidence;
mod exports;
mod facilities;
mod finding_cases;
mod finding_steps;
mod findings;
mod fixtures;
mod force;
mod gate;
mod harness;
mod import_numbers;
mod import_retries;
mod imports;
mod listener;
mod lists;
mod logins;
mod mappings;
mod migrations_with_data;
mod parity;
mod people;
mod people_scopes;
mod questions;
mod reset_links;
mod review;
mod reviews;
mod roster;
mod routes;
mod rules;
mod searches;
mod second_factor;
mod second_review;
mod sessions;
mod sign_in;
mod styles;
mod subjects;
mod tampering;
mod triage;
mod vocabulary;
mod waiting_logins;
mod withdrawal;
