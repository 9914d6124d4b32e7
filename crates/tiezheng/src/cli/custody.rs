//! `export`, `backup`, `restore`, `witness`, and the `admin` commands that go with them: arguments and what is printed.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value, json};
use tiezheng_vault::note::Verifier;
use tiezheng_vault::verify::Depth;

use super::Data;
use super::show::{self, say};
use crate::app::{App, Clock, Overrides};
use crate::custody::tiles::Source;
use crate::custody::{backup, bag, export, rebuild, witness};
use crate::error::{Problem, Result};
use crate::locale::text;
use crate::people::Actor;

#[derive(clap::Args)]
pub struct Export {
    #[command(flatten)]
    data: Data,
    /// everything: originals, metadata, proofs
    #[arg(long, required = true)]
    all: bool,
    /// empty folder, or one of an earlier export of this installation
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// only this agency
    #[arg(long, value_name = "ID")]
    agency: Option<String>,
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub struct Backup {
    #[command(flatten)]
    data: Data,
    /// empty folder, or one with an earlier backup: only what is new is copied
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// the keys too: whoever has this backup can then open everything in it
    #[arg(long)]
    with_keys: bool,
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub struct Restore {
    /// a backup
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// data folder to be made; an existing installation is never written over
    #[arg(long, value_name = "NEWDIR")]
    data: PathBuf,
    /// the key folder that was kept apart
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
    /// the keys have signed more than the backup holds: put on record that it is lost
    #[arg(long)]
    accept_loss: bool,
    #[arg(long)]
    json: bool,
}

#[derive(clap::Subcommand)]
pub enum Witness {
    /// 新建见证人 · make the key of a witness and print its public half
    Init {
        #[arg(long)]
        dir: PathBuf,
        /// one word that names the body, e.g. sfj.example.gov.cn/witness
        #[arg(long)]
        name: String,
    },
    /// 见证 · check that the log goes on from what was seen before, and cosign it
    Watch {
        #[arg(long)]
        dir: PathBuf,
        /// https://…/log, or a folder with checkpoint and tile/
        #[arg(long, value_name = "URL_OR_FOLDER")]
        log: String,
        /// the log's public key, learnt from the agency
        #[arg(long, value_name = "VKEY")]
        key: String,
        /// look once
        #[arg(long)]
        once: bool,
        /// seconds between looks
        #[arg(long, default_value_t = 60)]
        every: u64,
        #[arg(long)]
        json: bool,
    },
}

pub async fn export(arguments: &Export, overrides: &Overrides) -> Result<bool> {
    let app = App::open(&arguments.data.data, overrides, Clock::default()).await?;
    let total = crate::supervision::store::bytes_stored(&mut app.db.read().await?, arguments.agency.as_deref()).await?;
    let watched = !arguments.json && std::io::stderr().is_terminal();
    let bar =
        if watched { indicatif::ProgressBar::new(total.unsigned_abs()) } else { indicatif::ProgressBar::hidden() };
    let style = "{bar:32} {binary_bytes}/{binary_total_bytes}  {binary_bytes_per_sec}  {eta}";
    if let Ok(style) = indicatif::ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    let (to, agency) = (&arguments.to, arguments.agency.as_deref());
    let done = export::export(&app, &Actor::system(), to, agency, |bytes| bar.inc(bytes)).await;
    bar.finish_and_clear();
    let report = done?;
    let good = report.failed.is_empty();
    if arguments.json {
        show::json(&with_ok(&report, good)?);
        return Ok(good);
    }
    for failed in &report.failed {
        let told = text(show::language(), &failed.code, &failed.params);
        show::out(format!("✘ recording {}: {told} [{}]", failed.recording, failed.code));
    }
    for bag in &report.bags {
        let figures = json!({
            "agency": bag.agency, "folder": bag.folder, "recordings": bag.recordings, "files": bag.files,
            "bytes": show::bytes(bag.bytes), "kept": bag.kept,
        });
        show::out(say("export.bag", figures));
    }
    show::out(say("export.done", json!({"to": report.to, "log_size": report.log_size})));
    Ok(good)
}

pub async fn backup(arguments: &Backup, overrides: &Overrides) -> Result<bool> {
    let app = App::open(&arguments.data.data, overrides, Clock::default()).await?;
    let done = backup::backup(&app, &Actor::system(), &arguments.to, arguments.with_keys).await?;
    if arguments.json {
        show::json(&with_ok(&done, true)?);
        return Ok(true);
    }
    let figures = json!({
        "to": done.to, "log_size": done.log_size, "copied": done.copied, "linked": done.linked, "kept": done.kept,
        "bytes": show::bytes(done.bytes),
    });
    show::out(say("backup.done", figures));
    if done.linked > 0 {
        show::out(say("backup.linked", json!({"linked": done.linked})));
    }
    let keys = app.data.join("keys").display().to_string();
    show::out(say(if done.with_keys { "backup.keys_inside" } else { "backup.keys_apart" }, json!({"keys": keys})));
    Ok(true)
}

pub async fn restore(arguments: &Restore) -> Result<bool> {
    let wanted = backup::Wanted {
        from: &arguments.from,
        data: &arguments.data,
        keys: arguments.keys.as_deref(),
        accept_loss: arguments.accept_loss,
    };
    let restored = backup::restore(&wanted).await?;
    let good = restored.verified.findings.is_empty();
    if arguments.json {
        show::json(&with_ok(&restored, good)?);
        return Ok(good);
    }
    for finding in &restored.verified.findings {
        show::out(format!("✘ {}", super::verify::sentence(finding)));
    }
    let at = crate::recordings::form::china_time(restored.backup_at_ms);
    let figures = json!({
        "data": restored.data, "at": at, "log_size": restored.log_size, "lost": restored.lost_entries,
        "recordings": restored.verified.recordings, "findings": restored.verified.findings.len(),
    });
    show::out(say("restore.done", figures.clone()));
    if restored.lost_entries > 0 {
        show::out(say("restore.lost", figures));
    }
    Ok(good)
}

pub async fn witness(command: Witness) -> Result<bool> {
    match command {
        Witness::Init { dir, name } => {
            show::out(witness::init(&dir, &name)?);
            Ok(true)
        }
        Witness::Watch { dir, log, key, once, every, json } => {
            let bad_key = || Problem::invalid("key", "witness.log_key");
            let verifier: Verifier = key.trim().parse().map_err(|_| bad_key())?;
            let (signer, source) = (witness::signer(&dir)?, Source::parse(&log)?);
            loop {
                let looked = witness::look(&dir, &signer, &verifier, &source, Clock::default().now()).await;
                match looked {
                    Ok(seen) if json => show::json(&with_ok(&seen, true)?),
                    Ok(seen) if once || seen.state != "same" => {
                        let state = say(&format!("witness.state.{}", seen.state), json!({}));
                        let told = json!({
                            "origin": seen.origin, "size": seen.size, "state": state, "cosigned": seen.cosigned,
                        });
                        show::out(say("witness.cosigned", told));
                    }
                    Ok(_) => {}
                    // What is out of reach now may be there a minute later; a broken promise is not taken back.
                    Err(problem) if !once && [404, 502].contains(&problem.status) => show::problem(&problem),
                    Err(problem) if json => {
                        show::json(&json!({"ok": false, "code": problem.code, "params": problem.params}));
                        show::problem(&problem);
                        return Ok(false);
                    }
                    Err(problem) => return Err(problem),
                }
                if once {
                    return Ok(true);
                }
                tokio::time::sleep(Duration::from_secs(every.max(1))).await;
            }
        }
    }
}

pub async fn rebuild(data: &Path, overrides: &Overrides, json: bool) -> Result<bool> {
    let report = rebuild::rebuild(data, overrides, Clock::default()).await?;
    let good = report.lost.is_empty();
    if json {
        show::json(&with_ok(&report, good)?);
        return Ok(good);
    }
    for lost in &report.lost {
        show::out(format!("✘ {}: {} [{}]", lost.subject, text(show::language(), &lost.code, &lost.params), lost.code));
    }
    for (what, ids) in &report.placeholders {
        let what = say(&format!("rebuild.what.{what}"), json!({}));
        show::out(format!("· {}", say("rebuild.placeholder", json!({"what": what, "ids": ids.join(", ")}))));
    }
    show::out(say("rebuild.done", serde_json::to_value(&report)?));
    show::out(say("rebuild.gone", json!({"accounts": report.accounts, "tokens": report.tokens})));
    Ok(good)
}

pub async fn add_cosignature(data: &Path, file: &Path, overrides: &Overrides, json: bool) -> Result<bool> {
    let app = App::open(data, overrides, Clock::default()).await?;
    let bytes = std::fs::read(file).map_err(|error| {
        Problem::refused(404, "file.unreadable").with("path", file.display().to_string()).because(error)
    })?;
    let attached = witness::attach(&app, &Actor::system(), &bytes).await?;
    if json {
        show::json(&with_ok(&attached, true)?);
    } else {
        let told = json!({"size": attached.size, "witnesses": attached.witnesses.join(", ")});
        show::out(say("witness.attached", told));
    }
    Ok(true)
}

/// `tiezheng verify` of a bag or of a folder of bags.
pub async fn verify_bag(target: &Path, depth: Depth, key: Option<&str>, json: bool) -> Result<bool> {
    let report = bag::check(target, depth, key).await?;
    let good = report.findings.is_empty();
    if json {
        show::json(&with_ok(&report, good)?);
        return Ok(good);
    }
    for finding in &report.findings {
        show::out(format!("✘ {}", super::verify::sentence(finding)));
    }
    let figures = json!({
        "bags": report.bags, "recordings": report.recordings, "files": report.files, "bytes": show::bytes(report.bytes),
        "events": report.events, "log_size": report.log_size, "findings": report.findings.len(),
    });
    show::out(say(if good { "bag.clean" } else { "bag.found" }, figures));
    if !report.trusted {
        show::out(say("bag.untrusted", json!({"vkey": report.vkey})));
    }
    Ok(good)
}

fn with_ok(report: &impl serde::Serialize, good: bool) -> Result<Value> {
    let mut told = match serde_json::to_value(report)? {
        Value::Object(told) => told,
        _ => Map::new(),
    };
    told.insert("ok".into(), good.into());
    Ok(told.into())
}
