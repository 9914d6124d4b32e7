//! Custody of bytes: sealed objects, an append-only signed log, receipts, a verifier. Knows no officer,
//! no case and no database. `docs/design/vault.md` and `docs/design/log.md` say why it is so.

mod durable;
mod envelope;
mod error;
mod faults;
mod keys;
mod log;
mod object;
mod read;
mod scan;
mod seal;
mod store;

pub mod canonical;
pub mod note;
pub mod proof;
pub mod receipt;
pub mod suite;
pub mod verify;

pub use durable::Disk;
pub use error::{Error, Result};
pub use faults::{Fault, Faults};
pub use keys::Keys;
pub use log::{Checkpoint, Leaf, Log, commitment};
pub use object::Digests;
pub use read::{ObjectReader, SyncReader};
pub use scan::{Found, Rewrapped};
pub use seal::{Digested, Packer, Pending, SealWriter};
pub use store::Location;

use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::Store;
use uuid::Uuid;

/// Files from this size on lie alone in a segment; smaller ones are packed.
pub const ALONE_FROM: u64 = 8 << 20;
/// A pack is flushed when it has reached this size.
pub const PACK_FULL: usize = 64 << 20;

/// Says that a folder or bucket is a vault, and which keys it belongs to.
const MARKER: &str = "vault.txt";

/// A store and the keys to it. Cheap to clone.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    store: Arc<dyn Store>,
    keys: Keys,
    log: Log,
    /// Envelopes are rewritten (rewrapping, removal) by one task at a time.
    envelopes: tokio::sync::Mutex<()>,
}

/// Where a sealed object lies.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// UUID of the segment.
    pub segment: String,
    /// First byte of the object in its segment.
    pub offset: u64,
    /// Bytes of the sealed object.
    pub length: u64,
    /// UUID of the object.
    pub object: String,
}

/// A sealed object: durable, read back and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    pub place: Place,
    pub digests: Digests,
}

impl Place {
    fn segment_id(&self) -> Result<Uuid> {
        id(&self.segment)
    }

    fn object_id(&self) -> Result<Uuid> {
        id(&self.object)
    }
}

/// Only the usual spelling is accepted, since it becomes a path.
fn id(text: &str) -> Result<Uuid> {
    match text.parse::<Uuid>() {
        Ok(uuid) if uuid.to_string() == text => Ok(uuid),
        _ => Err(Error::BadPlace { text: text.into() }),
    }
}

impl Vault {
    /// Marks an empty folder or bucket as a vault. Doing it again with the same keys changes nothing.
    pub async fn create(location: &Location, keys: Keys) -> Result<Vault> {
        let store = location.store(keys.disk())?;
        if store.get(MARKER).await?.is_none() {
            store.put(MARKER, marker(&keys).into()).await?;
        }
        Vault::open(location, keys).await
    }

    pub async fn open(location: &Location, keys: Keys) -> Result<Vault> {
        let store = location.store(keys.disk())?;
        let place = || location.to_string();
        let Some(found) = store.get(MARKER).await? else {
            return Err(Error::NotAVault { location: place() });
        };
        if found != marker(&keys).as_bytes() {
            let found = String::from_utf8_lossy(&found[..found.len().min(400)]);
            let found = found.lines().nth(1).unwrap_or_default().to_string();
            return Err(Error::OtherVault { location: place(), found });
        }
        let log = Log::new(store.clone(), keys.clone());
        let envelopes = tokio::sync::Mutex::new(());
        Ok(Vault(Arc::new(Inner { store, keys, log, envelopes })))
    }

    pub fn log(&self) -> &Log {
        &self.0.log
    }

    pub fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// Space left for the store; `None` where nobody can tell (S3).
    pub async fn free_bytes(&self) -> Option<u64> {
        self.0.store.free_bytes().await
    }

    fn store(&self) -> &Arc<dyn Store> {
        &self.0.store
    }
}

fn marker(keys: &Keys) -> String {
    format!("tiezheng-vault/1\n{}\n", keys.log_verifier())
}
