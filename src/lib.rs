//! The HIPAA Privacy Auditor: a portal in which a privacy office reviews who opened which patient record, and whose own
//! looks each leave their row in an audit trail.

/// From a listener to a running server: middleware order and the features' routes.
pub mod app;
/// The only door to Postgres.
pub mod audit;
/// Who is signed in.
pub mod auth;
/// The time, injected.
pub mod clock;
/// What the operator sets.
pub mod config;
/// A small hospital group to try the portal with.
pub mod demo;
/// What can go wrong, in the portal's own terms.
pub mod error;
/// The typed facts of a flag, and the sentence each becomes.
pub mod facts;
/// One folder per feature.
pub mod features;
/// What comes in from other systems, before it meets a database.
pub mod ingest;
/// Work that outlives a request.
pub mod jobs;
/// Who may do what: the page an auditor reads first.
pub mod policy;
/// Finds or starts a private Postgres, for the demo and the tests.
pub mod postgres;
/// One running portal: pages and jobs together.
pub mod serve;
/// Uploads that wait on disk, encrypted.
pub mod spool;
/// The server's log: opaque ids only.
pub mod telemetry;
/// What every feature's pages share.
pub mod web;
/// The closed vocabularies of the review.
pub mod words;
