//! What every room is handed: the database, the vault, the laws and the clock of one installation.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde::{Deserialize, Serialize};
use tiezheng_vault::note::{Kind, Verifier};
use tiezheng_vault::{Keys, Location, Vault};
use tokio::sync::{Mutex, MutexGuard, Notify};

use crate::db::{Db, Tx};
use crate::error::{Problem, Result};

/// `tiezheng.toml` in the data folder. `TIEZHENG_DATABASE`, `TIEZHENG_STORE` and the flags of the same names override it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Name of this installation's log, the first line of its checkpoints.
    pub origin: String,
    /// `sqlite`, or `postgres://…`.
    pub database: String,
    /// `folder`, or `s3://BUCKET/PREFIX?endpoint=…`.
    pub store: String,
    /// Public keys (vkeys) of the witnesses whose cosignatures receipts carry: bodies outside the agency.
    #[serde(default)]
    pub witnesses: Vec<String>,
    /// `https://HOST[:PORT]` where browsers find us, when a proxy before us changes `Host`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// Addresses of reverse proxies on other machines: what they say of whom they ask for (`X-Forwarded-For`) is believed.
    #[serde(default)]
    pub proxies: Vec<String>,
    #[serde(default, skip_serializing_if = "Uploads::is_default")]
    pub uploads: Uploads,
    /// Nobody is reminded outside the pages while this is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminders: Option<crate::remind::Settings>,
}

/// `[uploads]`: what may be under way at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Uploads {
    /// Uploads of one account.
    pub open_most: u64,
    /// Bytes received and announced by the uploads of one agency.
    pub bytes_most: u64,
    /// Bytes of the disk of the data folder that no upload may be begun for.
    pub keep_free: u64,
}

impl Default for Uploads {
    fn default() -> Uploads {
        Uploads { open_most: 256, bytes_most: 4 << 40, keep_free: 1 << 30 }
    }
}

impl Uploads {
    fn is_default(&self) -> bool {
        *self == Uploads::default()
    }
}

/// What a command line or the environment may say instead of the file.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Overrides {
    /// postgres://… instead of the SQLite file in the data folder
    #[arg(long, env = "TIEZHENG_DATABASE", global = true, hide_env_values = true)]
    pub database: Option<String>,
    /// s3://BUCKET?endpoint=… instead of the folder in the data folder
    #[arg(long, env = "TIEZHENG_STORE", global = true)]
    pub store: Option<String>,
}

/// The one clock. The demo and the tests can set it; everybody else is handed `now`.
#[derive(Clone, Default)]
pub struct Clock {
    ahead_ms: Arc<AtomicI64>,
}

impl Clock {
    /// UTC milliseconds since 1970.
    pub fn now(&self) -> i64 {
        jiff::Timestamp::now().as_millisecond() + self.ahead_ms.load(Ordering::Relaxed)
    }

    /// From now on, time passes from here.
    pub fn set(&self, now_ms: i64) {
        self.ahead_ms.store(now_ms - jiff::Timestamp::now().as_millisecond(), Ordering::Relaxed);
    }
}

#[derive(Clone)]
pub struct App(Arc<Inner>);

pub struct Inner {
    pub data: PathBuf,
    pub config: Config,
    pub db: Db,
    pub vault: Vault,
    pub keys: Keys,
    pub laws: crate::laws::Laws,
    /// The trusted ones, from the configuration.
    pub witnesses: Vec<Verifier>,
    /// Believed reverse proxies on other machines, from the configuration.
    pub proxies: Vec<IpAddr>,
    pub clock: Clock,
    /// Rung when an event is waiting for its leaf.
    pub events: Notify,
    /// Rung when a job is waiting.
    pub jobs: Notify,
    /// The demo's accounts, shown on its sign-in page.
    pub demo: std::sync::OnceLock<serde_json::Value>,
    /// What players are reading at this moment.
    pub looks: crate::recordings::viewing::InUse,
    sequencer: Mutex<()>,
}

impl std::ops::Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// Held while the log is being extended: one process at a time, whatever number of them share the installation.
pub struct Exclusive<'a> {
    _here: MutexGuard<'a, ()>,
    _others: Others,
}
enum Others {
    File { _lock: std::fs::File },
    Database { _tx: Box<Tx> },
}

impl Config {
    pub fn path(data: &Path) -> PathBuf {
        data.join("tiezheng.toml")
    }

    pub fn read(data: &Path, overrides: &Overrides) -> Result<Config> {
        let path = Config::path(data);
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Problem::refused(404, "data.not_initialised").with("data", data.display().to_string()).because(error)
        })?;
        let mut config: Config = toml::from_str(&text).map_err(|error| {
            Problem::refused(422, "config.invalid")
                .with("file", path.display().to_string())
                .with("detail", error.to_string())
        })?;
        if let Some(url) = config.public_url.as_deref().filter(|url| !is_origin(url)) {
            return Err(Problem::refused(422, "config.public_url").with("url", url));
        }
        if let Some(reminders) = &config.reminders {
            reminders.check(config.public_url.as_deref())?;
        }
        if let Some(database) = &overrides.database {
            config.database = database.clone();
        }
        if let Some(store) = &overrides.store {
            config.store = store.clone();
        }
        Ok(config)
    }

    pub fn location(&self, data: &Path) -> Result<Location> {
        match self.store.as_str() {
            "folder" => Ok(Location::Folder(data.join("store"))),
            other => Location::parse(other).map_err(Problem::from),
        }
    }

    /// The trusted witnesses. A log's own key is none: only what signs `cosignature/v1` is.
    pub fn witnesses(&self) -> Result<Vec<Verifier>> {
        let parse = |vkey: &String| {
            let witness = vkey.trim().parse::<Verifier>().ok().filter(|witness| witness.kind() == Kind::Cosignature);
            witness.ok_or_else(|| Problem::refused(422, "config.witness").with("vkey", vkey.as_str()))
        };
        self.witnesses.iter().map(parse).collect()
    }

    pub fn proxies(&self) -> Result<Vec<IpAddr>> {
        let parse = |proxy: &String| {
            proxy.trim().parse().map_err(|_| Problem::refused(422, "config.proxy").with("proxy", proxy.as_str()))
        };
        self.proxies.iter().map(parse).collect()
    }

    pub async fn database(&self, data: &Path) -> Result<Db> {
        match self.database.as_str() {
            "sqlite" => Db::sqlite(&data.join("tiezheng.db")).await,
            url if url.starts_with("postgres://") || url.starts_with("postgresql://") => Db::postgres(url).await,
            _ => Err(Problem::refused(422, "config.database")),
        }
    }
}

impl App {
    /// Opens an installation that `init` has made. Brings its schema up to date.
    pub async fn open(data: &Path, overrides: &Overrides, clock: Clock) -> Result<App> {
        let config = Config::read(data, overrides)?;
        let keys = Keys::open(&data.join("keys"))?;
        let db = config.database(data).await?;
        if !db.is_prepared().await? {
            return Err(Problem::refused(409, "data.database_empty"));
        }
        db.prepare().await?;
        let vault = Vault::open(&config.location(data)?, keys.clone()).await?;
        let laws = crate::laws::Laws::open(data)?;
        let (witnesses, proxies) = (config.witnesses()?, config.proxies()?);
        Ok(App(Arc::new(Inner {
            data: data.to_owned(),
            config,
            db,
            vault,
            keys,
            laws,
            witnesses,
            proxies,
            clock,
            events: Notify::new(),
            jobs: Notify::new(),
            demo: std::sync::OnceLock::new(),
            looks: Default::default(),
            sequencer: Mutex::new(()),
        })))
    }

    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Files being received, on the same disk as the data folder.
    pub fn staging(&self) -> PathBuf {
        self.data.join("staging")
    }

    /// Waits for its turn to extend the log.
    pub async fn exclusive(&self) -> Result<Exclusive<'_>> {
        let here = self.sequencer.lock().await;
        let others = if self.db.is_postgres() {
            let mut tx = self.db.begin().await?;
            tx.lock(0x5449_0002).await?;
            Others::Database { _tx: Box::new(tx) }
        } else {
            let path = self.data.join("sequencer.lock");
            let lock = tokio::task::spawn_blocking(move || -> std::io::Result<std::fs::File> {
                let file = std::fs::OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
                rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive)?;
                Ok(file)
            })
            .await
            .map_err(|error| Problem::internal(error.to_string()))??;
            Others::File { _lock: lock }
        };
        Ok(Exclusive { _here: here, _others: others })
    }
}

/// Makes a new installation: keys, database, store and an empty log. Refuses where one stands already.
///
/// A crash half-way leaves no `tiezheng.toml`, which is written last: running it again goes on.
pub async fn init(data: &Path, overrides: &Overrides, now: i64) -> Result<Config> {
    if Config::path(data).exists() {
        return Err(Problem::refused(409, "data.already_initialised").with("data", data.display().to_string()));
    }
    free_for_us(data)?;
    std::fs::create_dir_all(data.join("staging")).and_then(|()| private(data)).map_err(|error| {
        let problem = Problem::refused(422, "data.unwritable").with("data", data.display().to_string());
        problem.with("detail", error.to_string())
    })?;
    let installation = new_id(now);
    let config = Config {
        origin: format!("tiezheng.local/{}", &installation[24..]),
        database: overrides.database.clone().unwrap_or_else(|| "sqlite".into()),
        store: overrides.store.clone().unwrap_or_else(|| "folder".into()),
        witnesses: Vec::new(),
        public_url: None,
        proxies: Vec::new(),
        uploads: Uploads::default(),
        reminders: None,
    };
    let db = config.database(data).await?;
    if db.is_prepared().await? && config.database != "sqlite" {
        return Err(Problem::refused(409, "data.database_in_use"));
    }
    let folder = data.join("keys");
    let keys = match Keys::open(&folder) {
        Ok(keys) => keys,
        Err(_) => Keys::create(&folder, &config.origin)?,
    };
    Vault::create(&config.location(data)?, keys).await?;
    db.prepare().await?;
    let mut tx = db.begin().await?;
    tx.exec(
        "insert into meta (key, value) values ('installation', $1) on conflict (key) do nothing",
        crate::args![installation.as_str()],
    )
    .await?;
    tx.exec(
        "insert into log_head (id, numbered, published) values (1, 0, 0) on conflict (id) do nothing",
        crate::args![],
    )
    .await?;
    tx.commit().await?;
    db.close().await;
    let text = toml::to_string(&config).map_err(|error| Problem::internal(error.to_string()))?;
    let part = data.join("tiezheng.toml.part");
    std::fs::write(&part, text)?;
    std::fs::File::open(&part)?.sync_all()?;
    std::fs::rename(&part, Config::path(data))?;
    std::fs::File::open(data)?.sync_all()?;
    Ok(config)
}

/// A new installation gets a folder of its own: one inside another would be backed up, exported and cleared with it, and
/// what lies there already would become unreadable for its owner. What an `init` cut off has left is ours.
fn free_for_us(data: &Path) -> Result<()> {
    let whole = std::path::absolute(data)?;
    let real = whole.ancestors().find_map(|path| path.canonicalize().ok()).unwrap_or(whole);
    if let Some(other) = real.ancestors().find(|path| Config::path(path).exists()) {
        return Err(Problem::refused(409, "data.inside_another")
            .with("data", data.display().to_string())
            .with("other", other.display().to_string()));
    }
    let ours = ["staging", "keys", "store", "regulations", "cards", "lost+found"];
    for entry in std::fs::read_dir(data).into_iter().flatten() {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !ours.contains(&name.as_str()) && !name.starts_with("tiezheng.") {
            return Err(Problem::refused(409, "data.not_empty")
                .with("data", data.display().to_string())
                .with("found", name));
        }
    }
    Ok(())
}

/// Scheme and host, as browsers write an `Origin`.
fn is_origin(url: &str) -> bool {
    let host = url.strip_prefix("https://").or(url.strip_prefix("http://"));
    host.is_some_and(|host| {
        !host.is_empty() && !host.contains(['/', '?', '#', ' ', '@']) && *host == host.to_lowercase()
    })
}

/// Nobody but the service account reads keys, database or staged files.
fn private(data: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(data, std::fs::Permissions::from_mode(0o700))
}

/// A new id: UUID version 7, so that ids sort by time.
pub fn new_id(now_ms: i64) -> String {
    let (seconds, ms) = (now_ms.div_euclid(1000), now_ms.rem_euclid(1000));
    let stamp = uuid::Timestamp::from_unix(
        uuid::NoContext,
        u64::try_from(seconds).unwrap_or(0),
        u32::try_from(ms).unwrap_or(0) * 1_000_000,
    );
    uuid::Uuid::new_v7(stamp).to_string()
}

impl From<tiezheng_vault::Error> for Problem {
    fn from(error: tiezheng_vault::Error) -> Problem {
        let code = error.code();
        let status = if code == "vault.no_space" { 507 } else { 500 };
        let problem = Problem::refused(status, code).because(&error);
        error.params().into_iter().fold(problem, |problem, (name, value)| problem.with(name, value))
    }
}

/// SHA-256 of a few bytes.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut digest = [0u8; 32];
    digest.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref());
    digest
}
