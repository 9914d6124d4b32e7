//! `tiezheng verify`: a data folder against its log, a receipt or an export against nothing but itself.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value, json};
use tiezheng_vault::receipt::Receipt;
use tiezheng_vault::verify::Depth;

use super::show::{self, say};
use crate::app::{App, Clock, Config, Overrides};
use crate::error::{Problem, Result};
use crate::locale::text;
use crate::supervision::verify::{Finding, Options, Report, installation, parse_depth};

#[derive(clap::Args)]
pub struct Arguments {
    /// data folder, receipt (.json), or export (a bag, or the folder of all bags)
    target: PathBuf,
    /// presence: everything is there · size: and as long as it should be · digest: every byte
    #[arg(long, default_value = "digest", value_parser = ["presence", "size", "digest"])]
    depth: String,
    /// hold this file against the receipt
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// the log's verifier key as learnt from somebody you trust
    #[arg(long, value_name = "VKEY")]
    key: Option<String>,
    /// bytes a second at most
    #[arg(long, value_name = "BYTES")]
    rate: Option<u64>,
    /// go on behind this recording, as an interrupted run said
    #[arg(long, value_name = "ID")]
    resume: Option<String>,
    /// recompute flat SHA-256 and SM3 too, not only the tree of digests
    #[arg(long)]
    every_digest: bool,
    #[arg(long)]
    json: bool,
}

/// `true`: everything is as it should be.
pub async fn verify(arguments: &Arguments, overrides: &Overrides) -> Result<bool> {
    if Config::path(&arguments.target).exists() {
        return folder(arguments, overrides).await;
    }
    if crate::custody::bag::is_target(&arguments.target) {
        let depth = parse_depth(&arguments.depth).unwrap_or(Depth::Digest);
        return super::custody::verify_bag(&arguments.target, depth, arguments.key.as_deref(), arguments.json).await;
    }
    if arguments.target.is_file() {
        return receipt(arguments);
    }
    Err(Problem::refused(404, "verify.target").with("target", arguments.target.display().to_string()))
}

async fn folder(arguments: &Arguments, overrides: &Overrides) -> Result<bool> {
    let app = App::open(&arguments.target, overrides, Clock::default()).await?;
    let depth = parse_depth(&arguments.depth).unwrap_or(Depth::Digest);
    let total = crate::supervision::store::bytes_stored(&mut app.db.read().await?, None).await?.unsigned_abs();
    let watched = !arguments.json && std::io::stderr().is_terminal();
    let bar = if watched { indicatif::ProgressBar::new(total) } else { indicatif::ProgressBar::hidden() };
    let style = "{bar:32} {binary_bytes}/{binary_total_bytes}  {binary_bytes_per_sec}  {eta}  {msg}";
    if let Ok(style) = indicatif::ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    let drawn = bar.clone();
    let options = Options {
        rate_bytes_per_s: arguments.rate,
        resume_from: arguments.resume.clone(),
        every_digest: arguments.every_digest,
        progress: Some(Arc::new(move |progress| {
            drawn.set_position(progress.bytes);
            drawn.set_message(progress.at.clone());
        })),
    };
    let report = installation(&app, depth, &options).await?;
    bar.finish_and_clear();
    let good = report.findings.is_empty();
    if arguments.json {
        let mut told = serde_json::to_value(&report)?;
        told["ok"] = good.into();
        show::json(&told);
    } else {
        print(&report);
    }
    Ok(good)
}

fn print(report: &Report) {
    for finding in &report.findings {
        show::out(format!("✘ {}", sentence(finding)));
    }
    for remain in &report.remains {
        show::out(format!("· {}", sentence(remain)));
    }
    let figures = json!({
        "recordings": report.recordings, "events": report.events, "bytes": show::bytes(report.bytes),
        "log_size": report.log_size, "root": report.root, "findings": report.findings.len(),
        "depth": say(&format!("verify.depth.{}", report.depth), json!({})),
    });
    show::out(say(if report.findings.is_empty() { "verify.clean" } else { "verify.found" }, figures));
}

pub(super) fn sentence(finding: &Finding) -> String {
    let language = show::language();
    format!("{}: {} [{}]", finding.subject, text(language, &finding.code, &finding.params), finding.code)
}

fn receipt(arguments: &Arguments) -> Result<bool> {
    let bytes = std::fs::read(&arguments.target)?;
    let outcome = check_receipt(&bytes, arguments.key.as_deref(), arguments.file.as_deref());
    let told = match &outcome {
        Ok(told) => told.clone(),
        Err(problem) => json!({"ok": false, "code": problem.code, "params": problem.params}),
    };
    if arguments.json {
        show::json(&told);
    } else {
        match &outcome {
            Ok(told) => {
                show::out(say("verify.receipt", told.clone()));
                if told["trusted"] == false {
                    show::out(say("verify.receipt_untrusted", told.clone()));
                }
            }
            Err(problem) => {
                let none = Map::new();
                let params = if problem.params.is_empty() { &none } else { &problem.params };
                show::out(format!(
                    "✘ {}: {}",
                    arguments.target.display(),
                    text(show::language(), &problem.code, params)
                ));
            }
        }
    }
    Ok(outcome.is_ok())
}

/// Checks a receipt with nothing but itself, and the file it is for if given.
fn check_receipt(bytes: &[u8], key: Option<&str>, file: Option<&Path>) -> Result<Value> {
    let receipt = Receipt::parse(bytes)?;
    let verified = receipt.verify(key)?;
    if let Some(path) = file {
        let file = std::fs::File::open(path).map_err(|error| {
            Problem::refused(404, "file.unreadable").with("path", path.display().to_string()).because(error)
        })?;
        receipt.check_file(std::io::BufReader::with_capacity(1 << 20, file))?;
    }
    let detail = &receipt.event["detail"];
    Ok(json!({
        "ok": true, "origin": verified.origin, "index": verified.index, "size": verified.size,
        "root": hex::encode(verified.root), "signed_ms": verified.signed_ms, "trusted": verified.trusted,
        "vkey": receipt.vkey, "file_name": detail["file_name"], "bytes": detail["bytes"], "sha256": detail["sha256"],
        "sm3": detail["sm3"], "file_checked": file.is_some(),
    }))
}
