//! One connection: bytes in, messages out, each group on disk before more is read.

use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::journal::{Entry, Handle};
use crate::ingest::formats::MessageKind;
use crate::ingest::formats::syslog::{Decoder, Frame};

/// How much is read at once.
const READ: usize = 64 * 1024;
/// How long a client may take for its greeting.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// What a connection may do.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// What the source's messages are.
    pub messages: MessageKind,
    /// How long it may say nothing between two messages.
    pub idle: Duration,
    /// How long it may take for its first byte, and for a message that it has begun.
    pub stall: Duration,
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
    let mut decoder = Decoder::of(limits.messages, limits.message);
    let mut buffer = vec![0; READ];
    // a byte now and then does not hold a seat: a message that has begun, the first one before its first byte, has to end
    let mut begun = Some(Instant::now());
    loop {
        let patience = begun.map_or(limits.idle, |since| limits.stall.saturating_sub(since.elapsed()).min(limits.idle));
        let read = match tokio::time::timeout(patience, stream.read(&mut buffer)).await {
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
        let ended_one = !entries.is_empty();
        if ended_one {
            journal.keep(entries).await?;
        }
        begun = match begun.filter(|_| !ended_one) {
            _ if !decoder.has_begun() => None,
            Some(since) => Some(since),
            None => Some(Instant::now()),
        };
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

#[cfg(test)]
mod tests {
    use super::{Limits, take_over};
    use crate::config::Keys;
    use crate::ingest::formats::MessageKind;
    use crate::listener::journal::{Folder, Handle, Journal};
    use crate::listener::settings::Segment;
    use std::time::{Duration, Instant};
    use tokio::io::AsyncWriteExt as _;

    const LIMITS: Limits = Limits {
        messages: MessageKind::DicomAudit,
        idle: Duration::from_secs(20),
        stall: Duration::from_millis(300),
        message: 1 << 16,
    };

    fn journal(dir: &std::path::Path) -> (Journal, Handle) {
        let (closed, _) = tokio::sync::mpsc::unbounded_channel();
        let segment = Segment { age: Duration::from_mins(1), bytes: 1 << 20, backlog: 1 << 20 };
        let folder = Folder::take(dir.to_owned(), uuid::Uuid::nil()).expect("a folder").expect("free");
        let keys = Keys::new(&"k".repeat(32)).expect("long enough");
        let journal = Journal::start(folder, &keys, segment, closed).expect("it starts");
        let handle = journal.handle();
        (journal, handle)
    }

    /// Says something, then a byte now and then; how long the listener stands it.
    async fn stands(first: &[u8], after: Option<&[u8]>) -> Duration {
        let dir = tempfile::tempdir().expect("a folder");
        let (journal, handle) = journal(dir.path());
        let (mut here, mut there) = tokio::io::duplex(1 << 16);
        let begun = Instant::now();
        let speaking = async {
            here.write_all(first).await.expect("taken");
            loop {
                tokio::time::sleep(Duration::from_millis(40)).await;
                if let Some(byte) = after {
                    let _ = here.write_all(byte).await;
                }
            }
        };
        let listening = tokio::time::timeout(Duration::from_secs(3), take_over(&mut there, &handle, LIMITS));
        tokio::select! {
            _ = listening => {}
            () = speaking => {}
        }
        journal.close().await;
        begun.elapsed()
    }

    #[actix_web::test]
    async fn whoever_begins_a_message_ends_it_in_time_or_loses_the_seat() {
        let soon = Duration::from_secs(2);
        assert!(stands(b"", None).await < soon, "not a byte");
        assert!(stands(b"500 <85>1 ", Some(b"x")).await < soon, "a byte now and then");
        assert!(stands(b"x", Some(b"x")).await < soon, "nothing that is a message");
        let whole = b"36 <85>1 - - - - - - <AuditMessage/>   
";
        assert!(stands(whole, None).await > soon, "between two messages it may be quiet");
    }
}
