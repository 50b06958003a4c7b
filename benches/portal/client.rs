//! A client that costs little: one connection, plain HTTP/1.1, one request after the other. What a person's browser would do
//! more, it leaves out.

use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// An answer, and how long it took.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    pub cookie: Option<String>,
    pub first_byte: Duration,
    pub took: Duration,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A signed-in account's connection.
pub struct Client {
    port: u16,
    stream: BufReader<TcpStream>,
    cookie: String,
}

impl Client {
    pub async fn visitor(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("the portal listens");
        stream.set_nodelay(true).expect("a socket");
        Self { port, stream: BufReader::with_capacity(64 * 1024, stream), cookie: String::new() }
    }

    /// As this account.
    pub async fn of(port: u16, username: &str) -> Self {
        let mut client = Self::visitor(port).await;
        let answer = client.post("/sign-in", &format!("username={username}&password={}", super::PASSWORD)).await;
        assert_eq!(answer.status, 303, "{username} signs in, but: {}", answer.text());
        client.cookie = answer.cookie.expect("a session");
        client
    }

    /// Another connection of the same session.
    pub async fn again(&self) -> Self {
        let mut other = Self::visitor(self.port).await;
        other.cookie.clone_from(&self.cookie);
        other
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.fetch(path, "").await
    }

    /// A fragment, as htmx asks for one.
    pub async fn fragment(&mut self, path: &str, target: &str) -> Answer {
        self.fetch(path, &format!("HX-Request: true\r\nHX-Target: {target}\r\n")).await
    }

    async fn fetch(&mut self, path: &str, headers: &str) -> Answer {
        let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {}\r\n{headers}\r\n", self.cookie);
        self.send(request.as_bytes(), false).await
    }

    pub async fn post(&mut self, path: &str, body: &str) -> Answer {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.cookie,
            body.len()
        );
        self.send(request.as_bytes(), false).await
    }

    /// A download of any size: counted, not kept.
    pub async fn download(&mut self, path: &str) -> (Answer, u64) {
        let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {}\r\n\r\n", self.cookie);
        let mut answer = self.send(request.as_bytes(), true).await;
        let bytes = u64::from_le_bytes(std::mem::take(&mut answer.body).try_into().expect("a count"));
        (answer, bytes)
    }

    async fn send(&mut self, request: &[u8], count: bool) -> Answer {
        let mut begun = Instant::now();
        let (mut line, mut length, mut chunked) = (String::new(), 0_u64, false);
        let mut cookie = None;
        let sent = self.stream.get_mut().write_all(request).await;
        if sent.is_err() || !matches!(self.stream.read_line(&mut line).await, Ok(1..)) {
            // the portal keeps a connection for some seconds only
            self.stream = Self::visitor(self.port).await.stream;
            begun = Instant::now();
            self.stream.get_mut().write_all(request).await.expect("sent");
            self.stream.read_line(&mut line).await.expect("an answer");
        }
        let first_byte = begun.elapsed();
        let status = line
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok())
            .unwrap_or_else(|| panic!("a status line, not {line:?}"));
        loop {
            line.clear();
            self.stream.read_line(&mut line).await.expect("a header");
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().expect("a length"),
                "transfer-encoding" => chunked = true,
                "set-cookie" => cookie = value.split(';').next().map(str::to_owned),
                _ => {}
            }
        }
        let mut body = Vec::new();
        let mut bytes = 0;
        if chunked {
            loop {
                line.clear();
                self.stream.read_line(&mut line).await.expect("a chunk");
                let size = u64::from_str_radix(line.trim(), 16).expect("a chunk's size");
                bytes += self.take(size, (!count).then_some(&mut body)).await;
                self.take(2, None).await;
                if size == 0 {
                    break;
                }
            }
        } else {
            bytes = self.take(length, (!count).then_some(&mut body)).await;
        }
        if count {
            body = bytes.to_le_bytes().to_vec();
        }
        Answer { status, body, cookie, first_byte, took: begun.elapsed() }
    }

    async fn take(&mut self, mut size: u64, mut into: Option<&mut Vec<u8>>) -> u64 {
        let whole = size;
        while size > 0 {
            let buffer = self.stream.fill_buf().await.expect("a body");
            assert!(!buffer.is_empty(), "the answer was cut off");
            let length = buffer.len().min(usize::try_from(size).unwrap_or(usize::MAX));
            if let Some(into) = into.as_deref_mut() {
                into.extend_from_slice(&buffer[..length]);
            }
            self.stream.consume(length);
            size -= length as u64;
        }
        whole
    }
}
