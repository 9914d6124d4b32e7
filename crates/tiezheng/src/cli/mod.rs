//! The command line. Others script against it from outside: names, `--json` and exit codes are frozen (design §10).
//!
//! Exit codes: 0 done and right, 1 refused or something found wrong (named), 2 wrong usage.

mod admin;
mod custody;
mod rules;
mod show;
mod simulate;
mod verify;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};
use serde_json::json;

use crate::app::{self, App, Clock, Overrides};
use crate::audit::{self, Act};
use crate::error::{Problem, Result};
use crate::ingest::{dock, run};
use crate::people::{self, Actor, NewAccount, Role};

#[derive(Parser)]
#[command(name = "tiezheng", version, about = "铁证：行政执法音像记录保管系统 · custody of enforcement recordings")]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    overrides: Overrides,
}

#[derive(clap::Args, Clone)]
struct Data {
    /// 数据目录 · folder that holds everything of this installation
    #[arg(long, value_name = "DIR", env = "TIEZHENG_DATA")]
    data: PathBuf,
}

/// No clock is further off: ten years.
const DRIFT_MOST_MS: i64 = 3_652 * 86_400_000;

#[derive(Subcommand)]
enum Command {
    /// 新建系统 · make a new installation; the password comes from TIEZHENG_PASSWORD
    Init {
        #[command(flatten)]
        data: Data,
        /// account of the first administrator
        #[arg(long)]
        admin: String,
    },
    /// 启动服务 · serve pages and API
    Serve {
        #[command(flatten)]
        data: Data,
        #[arg(long, default_value = "127.0.0.1:8620")]
        listen: SocketAddr,
    },
    /// 导入基础数据 · load agencies, people, devices, activities from a JSON file
    Load {
        #[command(flatten)]
        data: Data,
        fixture: PathBuf,
        #[arg(long)]
        json: bool,
    },
    /// 入库 · seal every file of a card or folder
    Ingest {
        #[command(flatten)]
        data: Data,
        /// agency the recordings belong to
        #[arg(long)]
        agency: String,
        path: PathBuf,
        /// erase files from the card once they have a receipt
        #[arg(long)]
        clear: bool,
        /// show what would be done
        #[arg(long)]
        dry_run: bool,
        /// device clock minus true time in milliseconds, if measured
        #[arg(long, allow_hyphen_values = true, value_name = "MS", value_parser = clap::value_parser!(i64).range(-DRIFT_MOST_MS..=DRIFT_MOST_MS))]
        drift_ms: Option<i64>,
        /// device (id, serial or asset number) of files whose names say nothing
        #[arg(long)]
        device: Option<String>,
        /// officer (id or certificate number) of files whose names say nothing
        #[arg(long)]
        officer: Option<String>,
        /// write a receipt for every sealed file into this folder
        #[arg(long, value_name = "DIR")]
        receipts: Option<PathBuf>,
        #[arg(long)]
        json: bool,
    },
    /// 采集站 · hand in every card that is put in
    Dock {
        #[command(flatten)]
        data: Data,
        #[arg(long)]
        agency: String,
        /// folders below which cards appear
        #[arg(long, default_values_os_t = [PathBuf::from("/media"), PathBuf::from("/run/media")])]
        below: Vec<PathBuf>,
        #[arg(long)]
        clear: bool,
        /// stop after the cards that are there now
        #[arg(long)]
        once: bool,
        #[arg(long)]
        json: bool,
    },
    /// 核验 · verify a data folder, a receipt, or an export
    Verify(verify::Arguments),
    /// 规定 · what the regulations say, with their articles
    #[command(subcommand)]
    Rules(rules::Command),
    /// 导出 · everything as plain files that prove themselves
    Export(custody::Export),
    /// 到期提醒 · send everybody today's reminder, by mail and webhook as configured; once a day, however often it is run
    Remind {
        #[command(flatten)]
        data: Data,
        /// show the messages instead
        #[arg(long)]
        dry_run: bool,
        #[arg(long)]
        json: bool,
    },
    /// 备份 · a consistent copy while the server runs (SQLite and folder)
    Backup(custody::Backup),
    /// 恢复 · a new installation out of a backup
    Restore(custody::Restore),
    /// 见证 · for a body outside the agency: hold the log to its word
    #[command(subcommand)]
    Witness(custody::Witness),
    /// 系统管理 · tokens, accounts, keys
    #[command(subcommand)]
    Admin(admin::Command),
    /// 演示 · five fictional agencies with real playable recordings
    Demo {
        /// made when absent; kept
        #[arg(long, value_name = "DIR", default_value = "demo-data")]
        data: PathBuf,
        #[arg(long, default_value = "127.0.0.1:8620")]
        listen: SocketAddr,
        /// a dozen recordings instead of sixty
        #[arg(long)]
        small: bool,
    },
    /// OpenAPI description of the server
    Openapi,
    #[command(hide = true)]
    ConfinedChild { spec: String },
}

/// Runs what the command line asks for.
pub fn run() -> ExitCode {
    let matches = Cli::command().get_matches();
    let wants_json = asks_json(&matches);
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    if let Command::ConfinedChild { spec } = &cli.command {
        crate::recordings::confine::child_main(spec);
    }
    let filter = tracing_subscriber::EnvFilter::try_from_env("TIEZHENG_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,tiezheng=info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(dispatch(cli)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            if wants_json {
                show::problem_json(&problem);
            }
            show::problem(&problem);
            ExitCode::FAILURE
        }
    }
}

/// `--json` of whichever command it is.
fn asks_json(matches: &ArgMatches) -> bool {
    let own = matches.try_get_one::<bool>("json").ok().flatten() == Some(&true);
    own || matches.subcommand().is_some_and(|(_, below)| asks_json(below))
}

/// `Ok(false)`: done, and something was found wrong.
async fn dispatch(cli: Cli) -> Result<bool> {
    let overrides = cli.overrides;
    match cli.command {
        Command::Init { data, admin } => init(&data.data, &overrides, &admin).await,
        Command::Serve { data, listen } => {
            serve(App::open(&data.data, &overrides, Clock::default()).await?, listen).await
        }
        Command::Load { data, fixture, json } => {
            let app = App::open(&data.data, &overrides, Clock::default()).await?;
            let fixture = crate::load::parse(&crate::load::read(&fixture)?)?;
            let report = crate::load::load(&app, &Actor::system(), &fixture).await?;
            if json {
                show::json(&report)
            } else {
                show::loaded(&report)
            }
            Ok(true)
        }
        Command::Ingest { data, agency, path, clear, dry_run, drift_ms, device, officer, receipts, json } => {
            let app = App::open(&data.data, &overrides, Clock::default()).await?;
            let request =
                run::Request { agency, root: path, clear, dry_run, source: "command", drift_ms, device, officer };
            ingest(&app, &request, receipts.as_deref(), json).await
        }
        Command::Dock { data, agency, below, clear, once, json } => {
            let app = App::open(&data.data, &overrides, Clock::default()).await?;
            let watch = dock::Watch { agency, below, clear, once };
            let mut good = true;
            let progress = |_: &Path| Arc::new(run::Progress::default());
            let tell = |card: &Path, done: &Result<run::Report>| match done {
                Ok(report) => {
                    good &= report.failed == 0;
                    if json {
                        show::json(&json!({"card": card, "report": report}));
                    } else {
                        show::card(card, report);
                    }
                }
                Err(problem) => {
                    good = false;
                    show::problem(problem);
                }
            };
            dock::dock(&app, &Actor::system(), &watch, progress, tell).await?;
            Ok(good)
        }
        Command::Verify(arguments) => verify::verify(&arguments, &overrides).await,
        Command::Rules(command) => rules::run(command, &overrides).await,
        Command::Remind { data, dry_run, json } => {
            remind(&App::open(&data.data, &overrides, Clock::default()).await?, dry_run, json).await
        }
        Command::Export(arguments) => custody::export(&arguments, &overrides).await,
        Command::Backup(arguments) => custody::backup(&arguments, &overrides).await,
        Command::Restore(arguments) => custody::restore(&arguments).await,
        Command::Witness(command) => custody::witness(command).await,
        Command::Admin(command) => admin::run(command, &overrides).await,
        Command::Demo { data, listen, small } => {
            let app = crate::demo::open(&data, &overrides, small).await?;
            show::demo(&app, listen);
            serve(app, listen).await
        }
        Command::Openapi => {
            let text = crate::http::description().to_pretty_json().map_err(|e| Problem::internal(e.to_string()))?;
            show::out(text);
            Ok(true)
        }
        Command::ConfinedChild { .. } => Ok(true),
    }
}

async fn init(data: &Path, overrides: &Overrides, admin: &str) -> Result<bool> {
    let password = std::env::var("TIEZHENG_PASSWORD").unwrap_or_default();
    if password.is_empty() {
        return Err(Problem::refused(422, "init.no_password"));
    }
    // Refused before anything is made: a password too short is no reason for half an installation.
    people::hash_password(&password)?;
    let config = app::init(data, overrides, Clock::default().now()).await?;
    let app = App::open(data, overrides, Clock::default()).await?;
    let (actor, now) = (Actor::system(), app.now());
    let mut tx = app.db.begin().await?;
    let detail =
        json!({"origin": config.origin, "store": config.store.split('?').next(), "log": app.keys.log_verifier()});
    audit::record(&mut tx, &actor, now, Act::InstallationMade, None, None, detail).await?;
    let roles = [Role::SystemAdmin, Role::SecurityAdmin];
    let new = NewAccount {
        account: admin,
        name: admin,
        person: None,
        agency: None,
        roles: &roles,
        password: Some(&password),
    };
    people::put_account(&mut tx, &actor, now, &new).await?;
    tx.commit().await?;
    audit::sequence(&app).await?;
    show::initialised(data, admin, &app.keys.log_verifier());
    Ok(true)
}

async fn serve(app: App, listen: SocketAddr) -> Result<bool> {
    let listener = tokio::net::TcpListener::bind(listen)
        .await
        .map_err(|error| Problem::refused(409, "serve.address").with("listen", listen.to_string()).because(error))?;
    let address = listener.local_addr()?;
    show::serving(address);
    crate::http::serve(app, listener).await.map_err(|error| Problem::internal(error.to_string()))?;
    Ok(true)
}

async fn remind(app: &App, dry_run: bool, json: bool) -> Result<bool> {
    if dry_run {
        let due = crate::remind::due(app, app.now()).await?;
        if json {
            show::json(&due)
        } else {
            due.iter().for_each(show::reminder)
        }
        return Ok(true);
    }
    let report = crate::remind::run(app, app.now()).await?;
    audit::sequence(app).await?;
    if json {
        show::json(&report)
    } else {
        show::reminded(&report)
    }
    Ok(report.is_whole())
}

async fn ingest(app: &App, request: &run::Request, receipts: Option<&Path>, json: bool) -> Result<bool> {
    if let Some(folder) = receipts {
        // Before the first byte is sealed: afterwards nobody would hear what became of the files.
        std::fs::create_dir_all(folder).map_err(|error| {
            let problem = Problem::refused(422, "file.unwritable").with("path", folder.display().to_string());
            problem.with("detail", error.to_string())
        })?;
    }
    let progress = Arc::new(run::Progress::default());
    let bar = (!json && !request.dry_run).then(|| show::bar(progress.clone()));
    let report = run::run(app, &Actor::system(), request, progress).await;
    if let Some(bar) = bar {
        bar.finish().await;
    }
    let report = report?;
    if let Some(folder) = receipts {
        for file in &report.files {
            let Some(id) = &file.recording else { continue };
            let recording = crate::recordings::store::evidence(&mut app.db.read().await?, id).await?;
            let event = audit::store::by_id(&mut app.db.read().await?, &recording.event).await?;
            let event = event.ok_or_else(|| Problem::refused(500, "event.missing").with("event", recording.event))?;
            let receipt = crate::recordings::receipt(app, &event).await?;
            crate::custody::put(&folder.join(format!("{id}.json")), &receipt.to_bytes()?)?;
        }
    }
    if json {
        show::json(&report)
    } else {
        show::report(&report)
    }
    Ok(report.failed == 0)
}
