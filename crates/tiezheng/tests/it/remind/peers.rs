//! The other side: a mail server (aiosmtpd), a receiver of webhooks, an authority that vouches for both.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

use crate::site::Site;
use crate::uploads::clients::python;

/// Ends when it is dropped.
pub struct MailServer {
    child: Child,
    pub port: u16,
    lines: Receiver<Value>,
}

impl MailServer {
    /// `how`: see `smtpd.py`.
    pub fn start(how: Value) -> MailServer {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/remind/smtpd.py");
        let mut command = Command::new(python());
        command.arg(script).arg(how.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the mail server starts");
        let out = BufReader::new(child.stdout.take().expect("output"));
        let (tell, lines) = channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let line = serde_json::from_str(&line).expect("JSON");
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        let first: Value = lines.recv_timeout(Duration::from_secs(60)).expect("the mail server listens");
        let port = first["port"].as_u64().and_then(|port| u16::try_from(port).ok()).expect("port");
        MailServer { child, port, lines }
    }

    /// What it has taken since it was asked last, by address.
    pub fn taken(&mut self) -> Vec<Value> {
        // It says what it takes before it answers the sender, and answers a line with a line.
        self.child.stdin.as_mut().expect("input").write_all(b"\n").expect("asked");
        let mut found = Vec::new();
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(60)).expect("a line");
            if line.get("end").is_some() {
                break;
            }
            found.push(line);
        }
        found.sort_by_key(|mail| mail["to"].to_string());
        found
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a receiver was sent.
pub struct Sent {
    pub head: String,
    pub body: String,
}

impl Sent {
    /// A header by its name in lower case.
    pub fn header(&self, name: &str) -> String {
        let line = self.head.lines().find(|line| line.to_lowercase().starts_with(&format!("{name}:")));
        line.and_then(|line| line.split_once(": ")).map_or(String::new(), |(_, value)| value.to_owned())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

/// Answers every request as it is told. It lives as long as the test.
pub struct Hook {
    pub port: u16,
    sent: Receiver<Sent>,
}

impl Hook {
    pub fn start(answer: &'static str) -> Hook {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("address").port();
        let (tell, sent) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mut stream = BufReader::new(stream);
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).is_ok_and(|read| read > 0) {}
                let mut one = Sent { head, body: String::new() };
                let length = one.header("content-length").parse().unwrap_or(0);
                let mut body = vec![0; length];
                stream.read_exact(&mut body).expect("body");
                one.body = String::from_utf8(body).expect("UTF-8");
                let known = tell.send(one);
                let _ = write!(stream.get_mut(), "HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                if known.is_err() {
                    return;
                }
            }
        });
        Hook { port, sent }
    }

    /// Everything since it was asked last. It is noted before it is answered.
    pub fn taken(&self) -> Vec<Sent> {
        self.sent.try_iter().collect()
    }

    /// The next one, however long it takes.
    pub fn next(&self) -> Sent {
        self.sent.recv_timeout(Duration::from_secs(60)).expect("a request")
    }
}

pub struct Certificate {
    pub authority: PathBuf,
    pub chain: PathBuf,
    pub key: PathBuf,
}

/// Of 127.0.0.1, by an authority of the test's own.
pub fn certificate(site: &Site) -> Certificate {
    let openssl = |args: &str| {
        let done = Command::new("openssl").args(args.split_whitespace()).current_dir(site.dir.path()).output();
        let done = done.expect("openssl runs");
        assert!(done.status.success(), "{args}: {}", String::from_utf8_lossy(&done.stderr));
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(&format!("req -x509 {key} -keyout ca.key -out ca.pem -days 2 -subj /CN=authority"));
    openssl(&format!("req {key} -keyout mail.key -out mail.csr -subj /CN=mail"));
    std::fs::write(site.path("names"), "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n").expect("file");
    openssl("x509 -req -in mail.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out mail.pem");
    Certificate { authority: site.path("ca.pem"), chain: site.path("mail.pem"), key: site.path("mail.key") }
}
