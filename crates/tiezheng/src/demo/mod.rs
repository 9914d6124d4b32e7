//! 演示: five fictional agencies, one on each regulation, with real playable recordings made on the spot.

pub mod fixture;
mod history;
pub mod media;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use self::history::History;
use self::media::DemoFile;
use crate::app::{self, App, Clock, Overrides};
use crate::error::{Problem, Result};
use crate::ingest::run::{Progress, Request, run};
use crate::people::Actor;
use crate::{audit, load};

/// Opens the demo, making it first where it is not there yet.
pub async fn open(data: &Path, overrides: &Overrides, small: bool) -> Result<App> {
    let clock = Clock::default();
    if app::Config::path(data).exists() {
        let app = App::open(data, overrides, clock).await?;
        return if data.join("demo.json").exists() { with_accounts(app) } else { Err(not_a_demo(data)) };
    }
    app::init(data, overrides, clock.now()).await?;
    let app = App::open(data, overrides, clock).await?;
    // Files are made as they would have been handed in over half a year; the anchor is today's midnight in China.
    let anchor = (app.now() + 8 * 3_600_000).div_euclid(86_400_000) * 86_400_000 - 8 * 3_600_000;
    std::fs::write(data.join("demo.json"), json!({"anchor_ms": anchor, "small": small}).to_string())?;
    let text = serde_json::to_vec(&fixture::fixture(anchor))?;
    // The registers are as old as the first thing done with them.
    app.clock.set(anchor - fixture::REACH * 86_400_000);
    load::load(&app, &Actor::system(), &load::parse(&text)?).await?;
    let mut history = History::new(anchor)?;
    hand_in(&app, &mut history, anchor, small).await?;
    history.until(&app, anchor).await?;
    app.clock.set(jiff::Timestamp::now().as_millisecond());
    audit::sequence(&app).await?;
    with_accounts(app)
}

fn not_a_demo(data: &Path) -> Problem {
    Problem::refused(409, "demo.not_a_demo").with("data", data.display().to_string())
}

/// One card as it was docked: the files of one device that were handed in at one moment.
struct Card {
    files: Vec<DemoFile>,
    root: PathBuf,
}

fn cards(plan: Vec<DemoFile>, below: &Path) -> Vec<Card> {
    let mut groups: BTreeMap<(i64, String, String), Vec<DemoFile>> = BTreeMap::new();
    for file in plan {
        groups.entry((file.handed_in_ms, file.agency.clone(), file.device.clone())).or_default().push(file);
    }
    let card = |(n, files): (usize, Vec<DemoFile>)| Card { files, root: below.join(n.to_string()) };
    groups.into_values().enumerate().map(card).collect()
}

/// Makes the files, lays them out as cards, and hands each card in at its moment, after what was done before it.
async fn hand_in(app: &App, history: &mut History, anchor: i64, small: bool) -> Result<()> {
    let below = app.data.join("demo-cards");
    let cards = cards(media::plan(anchor, small), &below);
    let cards = tokio::task::spawn_blocking(move || make_all(&cards).map(|()| cards))
        .await
        .map_err(|error| Problem::internal(error.to_string()))?
        .map_err(|error| Problem::refused(503, "demo.media").with("detail", error.to_string()))?;
    for card in &cards {
        let Some(first) = card.files.first() else { continue };
        history.until(app, first.handed_in_ms).await?;
        app.clock.set(first.handed_in_ms);
        let request = Request {
            agency: first.agency.clone(),
            root: card.root.join(&first.agency).join(&first.device),
            clear: false,
            dry_run: false,
            source: "card",
            drift_ms: Some(first.drift_ms),
            device: Some(first.device.clone()),
            officer: Some(first.officer.clone()),
        };
        let report = run(app, &Actor::system(), &request, Arc::new(Progress::default())).await?;
        for file in report.files.iter().filter(|file| file.state == "sealed") {
            if let Some(id) = &file.recording {
                crate::jobs::wanted(app, "preview", id).await?;
            }
        }
    }
    std::fs::remove_dir_all(below)?;
    Ok(())
}

/// Two at a time: ffmpeg is the slow part.
fn make_all(cards: &[Card]) -> std::result::Result<(), media::MakeError> {
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(card) = cards.get(next.fetch_add(1, Ordering::Relaxed)) {
            media::make_all(&card.files, &card.root, 1)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(work);
        work()?;
        other.join().unwrap_or(Ok(()))
    })
}

fn with_accounts(app: App) -> Result<App> {
    let shown: Vec<_> = fixture::accounts()
        .into_iter()
        .map(|(account, name, roles, agency)| {
            json!({"account": account, "name": name, "role": roles.first(), "agency": agency})
        })
        .collect();
    let _ = app.demo.set(json!({"password": fixture::PASSWORD, "accounts": shown}));
    Ok(app)
}
