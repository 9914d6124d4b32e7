//! 邮件: to a server of the agency's, by SMTP. Over TLS the server proves who it is to the operating system's authorities (or
//! those of `SSL_CERT_FILE`); in plain nothing goes further than this machine.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use serde::{Deserialize, Serialize};

use super::digest::Digest;
use crate::app::{App, sha256};
use crate::error::{Problem, Result};
use crate::field::is_hidden;

/// `[reminders.mail]`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `smtps://HOST[:465]`: TLS from the first byte. `smtp://HOST[:587]`: by STARTTLS, and without it nothing is sent.
    /// `smtp+plain://HOST[:25]`: without either, where HOST is this machine.
    pub server: String,
    /// `铁证 <tiezheng@example.gov.cn>`, or the address alone.
    pub from: String,
    /// The password: `TIEZHENG_SMTP_PASSWORD`, else the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
}

const PASSWORD: &str = "TIEZHENG_SMTP_PASSWORD";
/// For one command of the conversation.
const COMMAND_MOST: Duration = Duration::from_secs(20);
/// Of what the server said.
const DETAIL_MOST: usize = 300;

struct Server {
    host: String,
    port: u16,
    way: Way,
}

#[derive(Clone, Copy, PartialEq)]
enum Way {
    Tls,
    StartTls,
    Plain,
}

/// `localhost`, `127.0.0.1`, `::1`: this machine.
pub fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

impl Settings {
    pub fn check(&self) -> Result<()> {
        self.server()?;
        self.from().map(drop)
    }

    fn server(&self) -> Result<Server> {
        let wrong = || Problem::refused(422, "config.reminders_server").with("server", self.server.as_str());
        let url = reqwest::Url::parse(&self.server).map_err(|_| wrong())?;
        let bare = url.username().is_empty() && url.password().is_none() && matches!(url.path(), "" | "/");
        let (way, port) = match url.scheme() {
            "smtps" => (Way::Tls, 465),
            "smtp" => (Way::StartTls, 587),
            "smtp+plain" => (Way::Plain, 25),
            _ => return Err(wrong()),
        };
        let host = url.host_str().unwrap_or("").trim_matches(['[', ']']).to_lowercase();
        let far = way == Way::Plain && !is_here(&host);
        if !bare || far || url.query().is_some() || url.fragment().is_some() || host.is_empty() {
            return Err(wrong());
        }
        Ok(Server { host, port: url.port().unwrap_or(port), way })
    }

    fn from(&self) -> Result<Mailbox> {
        let from = self.from.parse().ok().filter(|_| !self.from.chars().any(is_hidden));
        from.ok_or_else(|| Problem::refused(422, "config.reminders_from").with("from", self.from.as_str()))
    }
}

pub struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// Of this installation: part of what makes a Message-ID its own.
    origin: String,
}

impl Mail {
    /// # Errors
    /// `config.reminders_secret`, `config.reminders_password`.
    pub fn new(app: &App, settings: &Settings) -> Result<Mail> {
        let (server, from) = (settings.server()?, settings.from()?);
        let failed = |error| failed(&error);
        type Transport = AsyncSmtpTransport<Tokio1Executor>;
        let mut builder = match server.way {
            Way::Tls => Transport::relay(&server.host).map_err(failed)?,
            Way::StartTls => Transport::starttls_relay(&server.host).map_err(failed)?,
            Way::Plain => Transport::builder_dangerous(&server.host),
        };
        if let Some(user) = &settings.user {
            let password = super::secret(&app.data, PASSWORD, settings.password_file.as_ref())?;
            let none = || Problem::refused(422, "config.reminders_password").with("user", user.as_str());
            builder = builder.credentials(Credentials::new(user.clone(), password.ok_or_else(none)?));
        }
        let hello = ClientId::Domain(from.email.domain().to_owned());
        let transport = builder.port(server.port).timeout(Some(COMMAND_MOST)).hello_name(hello).build();
        Ok(Mail { transport, from, origin: app.config.origin.clone() })
    }

    pub async fn send(&self, digest: &Digest, now: i64) -> Result<()> {
        let message = self.message(digest, now)?;
        self.transport.send(message).await.map(drop).map_err(|error| failed(&error))
    }

    /// One text, to one address. What stands in a header is ours or a checked address: nothing that people typed.
    fn message(&self, digest: &Digest, now: i64) -> Result<Message> {
        let address = digest.email.as_deref().unwrap_or("");
        let to = address.parse().map_err(|_| Problem::invalid("email", "field.email").with("value", address))?;
        // The same however often it is sent: a receiver shows it once.
        let id = sha256(format!("{}\n{}\n{}", self.origin, digest.day, digest.account).as_bytes());
        let id = format!("<{}@{}>", hex::encode(&id[..16]), self.from.email.domain());
        let at = UNIX_EPOCH + Duration::from_millis(now.unsigned_abs());
        let automatic = HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into());
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(&digest.subject)
            .date(at)
            .message_id(Some(id))
            .raw_header(automatic)
            .header(ContentType::TEXT_PLAIN)
            .body(digest.text.clone())
            .map_err(|error| Problem::internal(error.to_string()))
    }
}

/// What the server or the way to it said: never what was said to it.
fn failed(error: &lettre::transport::smtp::Error) -> Problem {
    let mut detail = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let said = inner.to_string();
        if !detail.contains(&said) {
            detail += &format!(": {said}");
        }
        cause = inner.source();
    }
    let detail: String = detail.chars().map(|c| if is_hidden(c) { ' ' } else { c }).take(DETAIL_MOST).collect();
    Problem::refused(502, "remind.mail").with("detail", detail)
}
