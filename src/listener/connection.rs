//! One connection: bytes in, messages out, each group on disk before more is read.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::journal::{Entry, Handle};
use crate::ingest::formats::syslog::{Decoder, Frame};

/// How much is read at once.
const READ: usize = 64 * 1024;
/// How long a client may take for its greeting.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// What a connection may do.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long it may say nothing.
    pub idle: Duration,
    /// The longest message.
    pub message: usize,
}

/// Serves one connection to its end. Nothing of what it says reaches the log.
pub async fn serve(mut stream: TcpStream, tls: Option<TlsAcceptor>, journal: Handle, limits: Limits) {
    let ended = match tls {
        None => take_over(&mut stream, &journal, limits).await,
        Some(tls) => match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
            Ok(Ok(mut stream)) => {
                let ended = take_over(&mut stream, &journal, limits).await;
                // TLS has a way to say that this is the end and not a cut
                let _ = tokio::time::timeout(HANDSHAKE, stream.shutdown()).await;
                ended
            }
            Ok(Err(error)) => Err(error),
            Err(_) => Err(std::io::ErrorKind::TimedOut.into()),
        },
    };
    if let Err(error) = ended {
        tracing::warn!(kind = %error.kind(), "a syslog connection ended early");
    }
}

async fn take_over(stream: &mut (impl AsyncRead + Unpin), journal: &Handle, limits: Limits) -> std::io::Result<()> {
    let mut decoder = Decoder::with_limit(limits.message);
    let mut buffer = vec![0; READ];
    loop {
        let read = match tokio::time::timeout(limits.idle, stream.read(&mut buffer)).await {
            Ok(read) => read,
            Err(_) => Err(std::io::ErrorKind::TimedOut.into()),
        };
        let more = matches!(read, Ok(length) if length > 0);
        if let Ok(length) = read {
            decoder.push(&buffer[..length]);
        }
        let mut entries = Vec::new();
        while let Some(frame) = if more { decoder.next() } else { decoder.finish() } {
            entries.push(entry(frame));
        }
        if !entries.is_empty() {
            journal.keep(entries).await?;
        }
        if !more {
            return read.map(|_| ());
        }
    }
}

/// A message as it came; of what is none, or is cut off, only the hash.
fn entry(frame: Frame) -> Entry {
    match frame {
        Frame::Message(message) => Entry::Message(message.raw),
        Frame::Garbage(garbage) => Entry::Garbage(garbage.fault, garbage.sha256),
    }
}
