//! 审计: every act that touches custody, kept as an event and committed to the log as a leaf.
//!
//! One path for all leaves: the event is written in the transaction of the act it tells of; the sequencer then gives it
//! the next index, extends the tree and signs a checkpoint. So there is no leaf without its event, and a crash anywhere
//! is mended by running the sequencer again.

pub mod disclosure;
pub mod http;
pub mod store;

use serde_json::{Map, Value, json};
use tiezheng_vault::{Checkpoint, Leaf};

use crate::app::{App, new_id};
use crate::db::Tx;
use crate::error::{Problem, Result};
use crate::people::Actor;

/// Declares what can be done that leaves a mark, each act with its one name.
macro_rules! acts {
    ($($act:ident = $name:literal),* $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Act {
            $($act),*
        }

        impl Act {
            pub const ALL: &'static [Act] = &[$(Act::$act),*];

            pub fn name(self) -> &'static str {
                match self { $(Act::$act => $name),* }
            }
        }
    };
}

// The names are stored and committed to: never rename one.
acts! {
    InstallationMade = "installation.made",
    FixtureLoaded = "fixture.loaded",
    SignedIn = "session.opened",
    SignInRefused = "session.refused",
    SignedOut = "session.closed",
    PasswordChanged = "account.password_changed",
    AccountMade = "account.made",
    AccountChanged = "account.changed",
    GrantAsked = "grant.asked",
    GrantConfirmed = "grant.confirmed",
    GrantRefused = "grant.refused",
    TokenMade = "token.made",
    TokenRevoked = "token.revoked",
    UnitMade = "unit.made",
    UnitBound = "unit.bound",
    PersonMade = "person.made",
    PersonChanged = "person.changed",
    DutyDesignated = "responsibility.designated",
    DutyEnded = "responsibility.ended",
    HandoverOpened = "handover.opened",
    HandoverSigned = "handover.signed",
    HandoverDone = "handover.done",
    HandoverWithdrawn = "handover.withdrawn",
    HandoverEvaded = "handover.evaded",
    UnitStated = "unit.stated",
    PlanProposed = "plan.proposed",
    PlanApproved = "plan.approved",
    DeviationApproved = "deviation.approved",
    SiteMade = "site.made",
    SiteOut = "site.out",
    StandardEntered = "standard.entered",
    PurchaseMade = "purchase.made",
    PurchaseAccepted = "purchase.accepted",
    BudgetEntered = "budget.entered",
    DeviceMade = "device.made",
    DeviceDocked = "device.docked",
    DeviceActed = "device.acted",
    DeviceCorrected = "device.corrected",
    DeviceOrdered = "device.ordered",
    DeviceModelMade = "device_model.made",
    DeviceModelDeclared = "device_model.declared",
    UpkeepPlanned = "upkeep.planned",
    ActivityMade = "activity.made",
    ActivityExempted = "activity.exempted",
    RecordingSealed = "recording.sealed",
    RecordingCatalogued = "recording.catalogued",
    RecordingOfferedAgain = "recording.offered_again",
    RecordingIndexed = "recording.indexed",
    RecordingExtended = "recording.extended",
    RecordingViewed = "recording.viewed",
    RecordingVerified = "recording.verified",
    ReceiptTaken = "receipt.taken",
    CardCleared = "card.cleared",
    CardOfferedAgain = "card.offered_again",
    DerivativeMade = "derivative.made",
    RemainsRemoved = "ingest.remains_removed",
    IntegrityBegun = "integrity.begun",
    IntegrityChecked = "integrity.checked",
    KeysRotated = "keys.rotated",
    BackupMade = "backup.made",
    Exported = "installation.exported",
    RegistryLoaded = "registry.loaded",
    ListImported = "list.imported",
    ListExported = "list.exported",
    CheckpointWitnessed = "checkpoint.witnessed",
    BackupRestored = "backup.restored",
    CatalogueRebuilt = "catalogue.rebuilt",
    RegulationDecided = "regulation.decided",
    RegulationApproved = "regulation.approved",
    RegulationWithdrawn = "regulation.withdrawn",
    RegulationFileSealed = "regulation.file_sealed",
    RemindersSent = "reminders.sent",
    DocumentPrinted = "document.printed",
}

/// An event as it will be committed to: the payload is canonical JSON of everything but the salt.
#[derive(Clone, Debug)]
pub struct Event {
    pub id: String,
    pub at_ms: i64,
    pub agency: Option<String>,
    pub actor: Option<String>,
    pub act: String,
    pub subject: Option<String>,
    pub payload: Vec<u8>,
    pub salt: [u8; 32],
    pub log_index: Option<i64>,
}

/// Largest payload of an event, bytes; the log itself takes 1 MiB.
const PAYLOAD_MOST: usize = 1_000_000;

/// Rows told by one event, in bytes of JSON: the log takes a megabyte.
const ROWS_BYTES: usize = 256 << 10;

/// The event of an act, not yet written: sealing needs it before the object is closed, since the object carries it.
pub fn event(
    actor: &Actor,
    now: i64,
    act: Act,
    agency: Option<&str>,
    subject: Option<&str>,
    detail: Value,
) -> Result<Event> {
    telling(actor, now, act, agency, subject, detail, Vec::new())
}

/// `rows`: what became of the rows that were written, as `db::rows` tells them.
fn telling(
    actor: &Actor,
    now: i64,
    act: Act,
    agency: Option<&str>,
    subject: Option<&str>,
    detail: Value,
    rows: Vec<Value>,
) -> Result<Event> {
    let id = new_id(now);
    let mut payload = json!({
        "act": act.name(), "actor": actor.account, "agency": agency, "at_ms": now,
        "detail": detail, "id": id, "subject": subject,
    });
    if !rows.is_empty() {
        payload["rows"] = rows.into();
    }
    if act == Act::RecordingSealed {
        // What a receipt holds a file against (docs/design/log.md): under the same name in every log of this format.
        let detail = &payload["detail"];
        payload["digests"] = json!({
            "size": detail["bytes"], "sha256": detail["sha256"], "sm3": detail["sm3"], "tree": detail["tree"],
        });
    }
    let mut salt = [0u8; 32];
    // The operating system's generator does not fail once it has started; without it nothing may be committed to.
    getrandom::fill(&mut salt).expect("the operating system gives random bytes");
    let payload = tiezheng_vault::canonical::to_bytes(&payload)?;
    // A leaf the log cannot take would stop it for everybody: refused here, before anything is written.
    if payload.len() > PAYLOAD_MOST {
        return Err(Problem::refused(422, "event.too_large").with("most", PAYLOAD_MOST));
    }
    Ok(Event {
        id,
        at_ms: now,
        agency: agency.map(str::to_owned),
        actor: actor.account.clone(),
        act: act.name().to_owned(),
        subject: subject.map(str::to_owned),
        payload,
        salt,
        log_index: None,
    })
}

/// Records an act in the caller's transaction: both or neither. The event tells what became of every row the
/// transaction has written since its last one; where those are too many for one leaf, several events tell it.
pub async fn record(
    tx: &mut Tx,
    actor: &Actor,
    now: i64,
    act: Act,
    agency: Option<&str>,
    subject: Option<&str>,
    detail: Value,
) -> Result<()> {
    let (mut rows, mut bytes) = (Vec::new(), 0);
    for image in tx.images().await? {
        let length = image.to_string().len();
        if bytes + length > ROWS_BYTES && !rows.is_empty() {
            let some = std::mem::take(&mut rows);
            store::insert(tx, &telling(actor, now, act, agency, subject, detail.clone(), some)?).await?;
            bytes = 0;
        }
        rows.push(image);
        bytes += length;
    }
    store::insert(tx, &telling(actor, now, act, agency, subject, detail, rows)?).await
}

impl Event {
    /// The columns repeat the payload; `None` when they tell the same.
    pub fn mismatch(&self) -> Option<&'static str> {
        let Ok(Value::Object(told)) = serde_json::from_slice::<Value>(&self.payload) else {
            return Some("payload");
        };
        let text = |key: &str| told.get(key).and_then(Value::as_str).map(str::to_owned);
        let same = [
            ("id", text("id").as_deref() == Some(self.id.as_str())),
            ("act", text("act").as_deref() == Some(self.act.as_str())),
            ("actor", text("actor") == self.actor),
            ("agency_id", text("agency") == self.agency),
            ("subject", text("subject") == self.subject),
            ("at_ms", told.get("at_ms").and_then(Value::as_i64) == Some(self.at_ms)),
        ];
        same.into_iter().find(|(_, same)| !same).map(|(column, _)| column)
    }

    pub fn detail(&self) -> Map<String, Value> {
        match serde_json::from_slice::<Value>(&self.payload) {
            Ok(Value::Object(mut told)) => match told.remove("detail") {
                Some(Value::Object(detail)) => detail,
                _ => Map::new(),
            },
            _ => Map::new(),
        }
    }
}

/// Most leaves one checkpoint covers anew; more wait for the next.
const BATCH: i64 = 4096;

/// Gives waiting events their leaves and signs a checkpoint over them. Repeatable at any time; returns the newest one.
///
/// # Errors
/// `log.database_behind`: the store's log knows more leaves than the database: an older copy was put back.
pub async fn sequence(app: &App) -> Result<Option<Checkpoint>> {
    let _turn = app.exclusive().await?;
    let mut newest = app.vault.log().checkpoint().await?;
    loop {
        let mut tx = app.db.begin().await?;
        let head = store::head(&mut tx).await?;
        let signed = newest.as_ref().map_or(0, |checkpoint| checkpoint.size);
        if signed > head.numbered {
            return Err(Problem::refused(409, "log.database_behind")
                .with("log", signed)
                .with("database", head.numbered));
        }
        let numbered = store::number_waiting(&mut tx, head.numbered, BATCH).await?;
        // A crash before here: the events wait unnumbered. After here: they have their index for good, and the loop
        // below writes the same leaves again, which `extend` accepts.
        tx.commit().await?;
        if numbered == head.published && signed == numbered {
            return Ok(newest);
        }
        // Start at the store's own size, not at the database's idea of it: what is signed is never written again.
        let first = signed.min(head.published);
        let events = store::from_index(&mut app.db.read().await?, first, BATCH * 2).await?;
        let leaves: Vec<Leaf> =
            events.into_iter().map(|event| Leaf { payload: event.payload, salt: event.salt }).collect();
        let reached = first + leaves.len() as u64;
        if leaves.is_empty() {
            return Err(Problem::refused(409, "log.event_missing").with("index", first));
        }
        let now = app.now();
        let checkpoint = app.vault.log().extend(first, &leaves, now).await?;
        // A crash here: the checkpoint stands in the store; the next run finds it there and only notes it.
        let mut tx = app.db.begin().await?;
        store::publish(&mut tx, reached, &checkpoint.note, now).await?;
        tx.commit().await?;
        newest = Some(checkpoint);
    }
}

/// Runs in every server: whoever gets the turn does the work for all.
pub async fn sequencer(app: App) {
    loop {
        let waited = tokio::time::timeout(std::time::Duration::from_millis(900), app.events.notified()).await;
        // A short breath after the bell lets a batch gather under one signature.
        if waited.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        if let Err(problem) = work(&app).await {
            tracing::error!(%problem, "the log could not be extended");
            tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        }
    }
}

async fn work(app: &App) -> Result<()> {
    if store::is_behind(&mut app.db.read().await?).await? {
        sequence(app).await?;
    }
    Ok(())
}
