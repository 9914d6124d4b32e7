//! An installation of its own for each test, made and used by the real executable.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::{ConnectOptions, Connection, Row};

use crate::client::Client;
use crate::postgres::{self, Database};
use crate::s3::{self, S3};

pub const PASSWORD: &str = "test-password-1";

/// Where rows and bytes lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pair {
    SqliteFolder,
    PostgresS3,
}

pub const PAIRS: [Pair; 2] = [Pair::SqliteFolder, Pair::PostgresS3];

/// Runs one test on both pairs.
pub fn both(test: impl Fn(&mut Site)) {
    for pair in PAIRS {
        eprintln!("on {pair:?}");
        test(&mut Site::new(pair));
    }
}

pub struct Site {
    pub pair: Pair,
    pub dir: tempfile::TempDir,
    pub database: Option<Database>,
    s3: Option<S3>,
    server: Option<Server>,
    /// What the product says to its log.
    pub log: &'static str,
}

struct Server {
    child: Child,
    url: String,
}

/// What a command did.
pub struct Done {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Done {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }

    /// Everything it said, once it is known to have ended well.
    #[track_caller]
    pub fn good(self) -> Done {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.err);
        self
    }
}

impl Site {
    /// Fresh, with the people and devices of [`fixture`].
    pub fn new(pair: Pair) -> Site {
        let site = Site::empty(pair);
        let fixture = site.path("fixture.json");
        std::fs::write(&fixture, fixture_json().to_string()).expect("fixture");
        site.cli(&["load", fixture.to_str().expect("UTF-8")]).good();
        site
    }

    /// Fresh, with nothing but its administrator `root`.
    pub fn empty(pair: Pair) -> Site {
        let site = Site::bare(pair);
        let store = site.s3.as_ref().map(S3::url);
        let mut init = site.command(&["init", "--admin", "root"]);
        if let (Some(store), Some(database)) = (&store, &site.database) {
            init.args(["--store", store, "--database", &database.url]);
        }
        finish(init).good();
        site
    }

    /// A place for an installation that is not made yet.
    pub fn bare(pair: Pair) -> Site {
        let dir = tempfile::tempdir().expect("temporary folder");
        let (database, s3) = match pair {
            Pair::SqliteFolder => (None, None),
            Pair::PostgresS3 => (Some(postgres::cluster().database()), Some(block_on(s3::start()))),
        };
        Site { pair, dir, database, s3, server: None, log: "error" }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// The folder in which the stored files lie, also those of S3.
    pub fn store(&self) -> PathBuf {
        self.s3.as_ref().map_or_else(|| self.data().join("store"), S3::root)
    }

    /// `tiezheng ARGS`, on this installation.
    pub fn cli(&self, args: &[&str]) -> Done {
        finish(self.command(args))
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = program(args);
        command.env("TIEZHENG_DATA", self.data()).env("TIEZHENG_PASSWORD", PASSWORD);
        command.env("TIEZHENG_LOG", self.log).current_dir(self.dir.path());
        if let Some(s3) = &self.s3 {
            command.envs(s3.env());
        }
        if let Some(database) = &self.database {
            command.env("TIEZHENG_DATABASE", &database.url);
        }
        command
    }

    /// Seals a card of the first agency; the report of `--json`.
    pub fn ingest(&self, card: &Path, more: &[&str]) -> Value {
        self.try_ingest(card, more).json()
    }

    pub fn try_ingest(&self, card: &Path, more: &[&str]) -> Done {
        let card = card.to_str().expect("UTF-8");
        self.cli(&[&["ingest", "--agency", "fz", card, "--json"], more].concat())
    }

    /// `verify` of the whole installation: its exit code and report.
    pub fn verify(&self) -> (Option<i32>, Value) {
        let data = self.data();
        let done = self.cli(&["verify", data.to_str().expect("UTF-8"), "--json"]);
        if done.out.is_empty() {
            return (done.code, json!({"findings": [{"code": told(&done.err), "subject": "", "params": {}}]}));
        }
        (done.code, done.json())
    }

    #[track_caller]
    pub fn assert_clean(&self) -> Value {
        let (code, report) = self.verify();
        assert_eq!((code, &report["findings"]), (Some(0), &json!([])), "{report:#}");
        report
    }

    /// Starts the server, or starts it anew.
    pub fn serve(&mut self) -> &mut Site {
        self.kill();
        let said = self.path("server.log");
        let log = std::fs::File::create(&said).expect("log of the server");
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().expect("the server starts");
        self.server = Some(Server { child, url: String::new() });
        let url = wait_for("the server's address", || {
            let text = std::fs::read_to_string(&said).unwrap_or_default();
            let url = text.split_once("http://127.0.0.1:")?.1;
            let port: String = url.chars().take_while(char::is_ascii_digit).collect();
            (port.len() < url.len()).then(|| format!("http://127.0.0.1:{port}"))
        });
        if let Some(server) = &mut self.server {
            server.url = url;
        }
        self
    }

    /// kill -9
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.child.kill();
            let _ = server.child.wait();
        }
    }

    pub fn url(&self) -> &str {
        self.server.as_ref().map_or("", |server| &server.url)
    }

    /// Somebody who has not signed in.
    pub fn nobody(&self) -> Client {
        Client::new(self.url())
    }

    /// Signed in at the page.
    #[track_caller]
    pub fn sign_in(&self, account: &str) -> Client {
        let mut client = self.nobody();
        let body = json!({"account": account, "password": PASSWORD});
        let answer = client.post("/api/session", &body).is(200);
        let cookie = answer.header("set-cookie");
        client.cookie = cookie.split(';').next().map(str::to_owned);
        client
    }

    /// Signed in by a machine token, which no change of password ends.
    pub fn token(&self, account: &str) -> Client {
        let made = self.cli(&["admin", "token", "--account", account, "--json"]).good().json();
        let mut client = self.nobody();
        client.token = made["token"].as_str().map(str::to_owned);
        client
    }

    /// Statements behind the product's back, with no rule of the database in the way.
    pub fn tamper(&self, sql: &str) {
        match &self.database {
            Some(database) => {
                drop(postgres::psql(&database.url, &format!("set session_replication_role = replica; {sql}")))
            }
            None => block_on(async {
                let mut db = self.sqlite().await;
                sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut db).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
                db.close().await.expect("closed");
            }),
        }
    }

    /// Rows as text, columns by `|`. Columns that are no text are to be cast, bytes to be taken as [`Site::hex`] says.
    pub fn rows(&self, sql: &str) -> Vec<String> {
        let text = |row: &sqlx::sqlite::SqliteRow| {
            let columns = (0..row.len())
                .map(|at| row.try_get_unchecked::<Option<String>, _>(at).expect("text").unwrap_or_default());
            columns.collect::<Vec<_>>().join("|")
        };
        match &self.database {
            Some(database) => postgres::psql(&database.url, sql).lines().map(str::to_owned).collect(),
            None => block_on(async {
                let mut db = self.sqlite().await;
                let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).fetch_all(&mut db).await;
                let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error}"));
                db.close().await.expect("closed");
                rows.iter().map(text).collect()
            }),
        }
    }

    pub fn row(&self, sql: &str) -> String {
        self.rows(sql).into_iter().next().unwrap_or_else(|| panic!("no row: {sql}"))
    }

    /// An expression that gives a column of bytes as hex.
    pub fn hex(&self, column: &str) -> String {
        match self.pair {
            Pair::SqliteFolder => format!("lower(hex({column}))"),
            Pair::PostgresS3 => format!("encode({column}, 'hex')"),
        }
    }

    /// The same as a literal.
    pub fn bytes(&self, hex: &str) -> String {
        match self.pair {
            Pair::SqliteFolder => format!("x'{hex}'"),
            Pair::PostgresS3 => format!("'\\x{hex}'::bytea"),
        }
    }

    async fn sqlite(&self) -> sqlx::SqliteConnection {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.data().join("tiezheng.db"));
        options.foreign_keys(false).connect().await.expect("the database opens")
    }

    /// The database as it is now. On PostgreSQL nobody may be connected.
    pub fn copy_database(&self) -> Copied {
        match &self.database {
            Some(database) => Copied::Database(postgres::cluster().copy_of(database)),
            None => {
                // What a process that has ended left beside the file belongs into it.
                self.rows("pragma wal_checkpoint(truncate)");
                Copied::File(std::fs::read(self.data().join("tiezheng.db")).expect("database"))
            }
        }
    }

    /// Puts a copy in the place of the database. The copy is good for many times.
    pub fn put_database(&mut self, copy: &Copied) {
        match copy {
            Copied::Database(copy) => self.database = Some(postgres::cluster().copy_of(copy)),
            Copied::File(bytes) => {
                for beside in ["tiezheng.db-wal", "tiezheng.db-shm"] {
                    let _ = std::fs::remove_file(self.data().join(beside));
                }
                std::fs::write(self.data().join("tiezheng.db"), bytes).expect("database");
            }
        }
    }
}

/// A database put aside.
pub enum Copied {
    File(Vec<u8>),
    Database(Database),
}

impl Drop for Site {
    fn drop(&mut self) {
        self.kill();
    }
}

/// `tiezheng ARGS` with nothing of this process's own settings.
pub fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tiezheng"));
    for name in
        ["TIEZHENG_DATA", "TIEZHENG_DATABASE", "TIEZHENG_STORE", "TIEZHENG_PASSWORD", "LC_ALL", "LC_MESSAGES", "LANG"]
    {
        command.env_remove(name);
    }
    command.args(args).env("TIEZHENG_LOG", "error").stdin(Stdio::null());
    command
}

pub fn finish(mut command: Command) -> Done {
    let out = command.output().expect("the program runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Done { code: out.status.code(), out: text(&out.stdout), err: text(&out.stderr) }
}

/// The code of a problem, as the command line says it last: `[code {params}]`.
pub fn told(err: &str) -> String {
    let last = err.lines().rev().find_map(|line| line.trim().strip_prefix('[')).unwrap_or("");
    last.split([' ', ':', ']']).next().unwrap_or("").to_owned()
}

/// Asks until there is an answer. The limit only ends a test that would hang for ever.
#[track_caller]
pub fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("runtime").block_on(work)
}

/// 福州's rules for one agency, 大连's for the other; every role has an account of its own name.
pub fn fixture_json() -> Value {
    let person = |id: &str, agency: Option<&str>, unit: Option<&str>, name: &str, role: &str| {
        json!({"id": id, "agency": agency, "unit": unit, "name": name, "roles": [role], "account": id, "password": PASSWORD,
            "certificate_no": format!("CERT-{id}")})
    };
    json!({
        "format": "tiezheng-fixture/1",
        "agencies": [
            {"id": "fz", "name": "榕江市城市管理局", "short_name": "榕江城管", "profile": "fuzhou-urban"},
            {"id": "dl", "name": "滨海保税区管理委员会", "short_name": "滨海保税区", "profile": "dalian-ftz"},
        ],
        "units": [
            {"id": "fz-zd1", "agency": "fz", "parent": "fz-dd", "name": "一中队", "kind": "squad"},
            {"id": "fz-zd2", "agency": "fz", "parent": "fz-dd", "name": "二中队", "kind": "squad"},
            {"id": "fz-dd", "agency": "fz", "parent": null, "name": "执法大队", "kind": "brigade"},
            {"id": "dl-a", "agency": "dl", "parent": null, "name": "执法局", "kind": "bureau"},
        ],
        "people": [
            person("officer", Some("fz"), Some("fz-zd1"), "张伟", "officer"),
            person("officer2", Some("fz"), Some("fz-zd2"), "欧阳娜", "officer"),
            person("custodian", Some("fz"), Some("fz-dd"), "王芳", "custodian"),
            person("unit_head", Some("fz"), Some("fz-zd1"), "赵强", "unit_head"),
            person("unit_head2", Some("fz"), Some("fz-zd2"), "孙敏", "unit_head"),
            person("leader", Some("fz"), Some("fz-dd"), "周涛", "leader"),
            person("legal_office", Some("fz"), Some("fz-dd"), "吴静", "legal_office"),
            person("judicial_bureau", None, None, "郑洁", "judicial_bureau"),
            person("system_admin", None, None, "冯磊", "system_admin"),
            person("security_admin", None, None, "陈晨", "security_admin"),
            person("audit_admin", None, None, "褚宁", "audit_admin"),
            person("dl-officer", Some("dl"), Some("dl-a"), "卫东", "officer"),
            person("dl-custodian", Some("dl"), Some("dl-a"), "蒋平", "custodian"),
        ],
        "devices": [
            {"id": "cam-1", "agency": "fz", "unit": "fz-zd1", "kind": "body_worn_camera", "model": "K7", "serial_no": "D2600101"},
            {"id": "cam-2", "agency": "fz", "unit": "fz-zd2", "kind": "body_worn_camera", "model": "K7", "serial_no": "D2600102"},
            {"id": "cam-3", "agency": "dl", "unit": "dl-a", "kind": "body_worn_camera", "model": "K7", "serial_no": "D2600103"},
        ],
        "custody": [
            {"device": "cam-1", "holder": "officer", "from": "2020-01-01T08:00:00+08:00", "to": null},
            {"device": "cam-3", "holder": "dl-officer", "from": "2020-01-01T08:00:00+08:00", "to": null},
        ],
        "names": [
            {"agency": "fz", "kind": "officer", "code": "P10023", "id": "officer", "from": "2020-01-01", "to": null},
            {"agency": "fz", "kind": "officer", "code": "P10024", "id": "officer2", "from": "2020-01-01", "to": null},
        ],
        "activities": [
            {"id": "act-1", "agency": "fz", "unit": "fz-zd1", "title": "夜市占道经营整治", "occasion": "inspection",
             "place": "南门兜", "party": "林秀", "began": "2026-03-02T08:00:00+08:00", "ended": "2026-03-02T10:00:00+08:00",
             "officers": ["officer"], "devices": ["cam-1"], "case": "case-1", "grounds": []},
        ],
        "cases": [{"id": "case-1", "agency": "fz", "number": "榕城管罚〔2026〕1号", "title": "占道经营案", "closed_on": null}],
        "holidays": [{"date": "2026-10-01", "working": false, "note": "国庆节"}],
    })
}
