//! `hipaa-auditor listen`: audit messages, DICOM's or FHIR's as the source's mapping says, by syslog over TCP or TLS (RFC
//! 5425, RFC 6587), taken over into an encrypted
//! journal and imported from it. Syslog has no answer that says "received": what a sender's TCP stack was told is received
//! may still be lost while it waits in this machine's memory. What the listener takes over is this: a message is whole, its
//! group is written to the journal, and the disk says so (fsync). Only then is more read from that connection, and only
//! what stands in the journal is ever called received here. Nothing of it is lost on a kill: the next start imports it,
//! and ids make whatever was imported already harmless.

mod connection;
mod feed;
pub mod journal;
mod peers;
mod segment;
mod settings;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};

use crate::audit::{Worker, install};
use crate::config::Config;
use crate::features::imports::{self, AfterBatch, NoStream, StreamSource};

use connection::Limits;
use peers::Peers;
pub use settings::{Segment, Settings, Tls};

/// Why the listener does not run.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The database is not safe to use, or cannot be reached.
    #[error(transparent)]
    Database(#[from] install::InstallError),
    /// The worker's URL is none.
    #[error("the worker's URL cannot be read")]
    Url,
    /// The source is not there, or sends no messages.
    #[error(transparent)]
    Source(#[from] NoStream),
    /// Clear text beyond this machine.
    #[error(
        "{0} can be reached from other machines and there is no certificate: messages name patients. Set a certificate and \
         a key, or say --without-tls if the network itself is encrypted"
    )]
    ClearText(SocketAddr),
    /// A certificate or key that cannot be used.
    #[error("{0}")]
    Tls(String),
    /// The address cannot be listened on.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, #[source] std::io::Error),
    /// Two programs would import each other's messages.
    #[error(
        "another listener of this source runs with the same spool folder; stop it first, or give this one a folder of its own"
    )]
    Taken,
    /// The journal's folder cannot be used.
    #[error("the journal cannot be written: {0}")]
    Journal(#[from] std::io::Error),
}

/// Listens until it is told to stop; `ready` is called with the address once connections are taken.
///
/// # Errors
/// Says what is in the way, before anything is taken over.
pub async fn run(
    config: Config,
    settings: Settings,
    after: AfterBatch,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), ListenError> {
    let url = config.worker_url.clone().unwrap_or_default();
    install::check_role(&url).await?;
    let worker = Worker::lazy(&url, 2).map_err(|_| ListenError::Url)?;
    let tls = settings.tls.as_ref().map(tls::acceptor).transpose()?;
    if tls.is_none() && !settings.address.ip().is_loopback() && !settings.clear_text {
        return Err(ListenError::ClearText(settings.address));
    }
    let source = imports::stream_source(&worker, &settings.source).await?;
    let folder = take_folder(&config, &source)?;
    let (closed, segments) = mpsc::unbounded_channel();
    for left in journal::left_behind(folder.path())? {
        let _ = closed.send(left);
    }
    let journal = journal::Journal::start(folder, &config.keys, settings.segment, closed)?;
    let listener =
        TcpListener::bind(settings.address).await.map_err(|error| ListenError::Listen(settings.address, error))?;
    ready(listener.local_addr().unwrap_or(settings.address));

    let messages = source.messages;
    let feed = feed::Feed { worker, config, source, after, tries: settings.tries, backlog: journal.backlog() };
    let importing = actix_web::rt::spawn(feed.run(segments));
    let seats = Arc::new(Semaphore::new(settings.max_connections));
    let peers = Peers::new(settings.max_per_peer);
    let limits = Limits { messages, idle: settings.idle, stall: settings.stall, message: settings.max_message };
    let mut stop = Box::pin(told_to_stop());
    loop {
        // a seat first: whoever finds none waits in the kernel, and sends nothing meanwhile
        let seat = tokio::select! {
            seat = Arc::clone(&seats).acquire_owned() => seat,
            () = &mut stop => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match (accepted, seat) {
            (Ok((stream, peer)), Ok(seat)) => {
                let Some(place) = peers.place(peer.ip()) else {
                    tracing::warn!("an address has as many connections as it may; one more is closed");
                    continue;
                };
                let (tls, journal) = (tls.clone(), journal.handle());
                tokio::spawn(async move {
                    connection::serve(stream, tls, journal, limits).await;
                    drop((seat, place));
                });
            }
            (Err(error), _) => {
                tracing::warn!(kind = %error.kind(), "a connection could not be taken");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            (_, Err(_)) => break,
        }
    }
    // what was taken over is on disk; whatever is not imported by then is at the next start
    journal.close().await;
    let _ = tokio::time::timeout(Duration::from_secs(20), importing).await;
    Ok(())
}

/// The folder of one source's journal, this process's alone. What an earlier release left beside it, in one folder for
/// all, goes to the first listener that starts, as it did then.
fn take_folder(config: &Config, source: &StreamSource) -> Result<journal::Folder, ListenError> {
    let all = config.spool_dir.join("listener");
    let folder =
        journal::Folder::take(all.join(source.id.to_string()), source.mapping_id)?.ok_or(ListenError::Taken)?;
    for left in journal::left_behind(&all)? {
        let name = left.path.file_name().unwrap_or_default();
        match std::fs::rename(&left.path, folder.path().join(name)) {
            Ok(()) => tracing::warn!(batch = %left.id, "a segment of an earlier release is taken up"),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(folder)
}

/// SIGTERM or Ctrl-C.
async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}
