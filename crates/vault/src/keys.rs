//! The key directory, which lies outside the store and is all that is secret:
//!
//! - `log.key`: the Ed25519 key that signs checkpoints (C2SP note key text); `log.vkey`: its public half
//! - `kek/<id>.key`: key-encryption keys; `kek/current`: the id of the one new files are wrapped with
//! - `log.seen`: the newest checkpoint ever signed, so that a log that became shorter is noticed; empty before the first
//!
//! All files have mode 0600. Who loses the directory loses the recordings: it is backed up apart.

use crate::durable::Disk;
use crate::error::{Error, Result};
use crate::note::{Kind, Note, Signer, Verifier};
use crate::suite::{Cipher, NONCE, Suite, TAG, random, sha256_of};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use uuid::Uuid;

/// Cheap to clone.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

struct Inner {
    dir: PathBuf,
    disk: Disk,
    signer: Signer,
    ring: RwLock<Ring>,
}

#[derive(Clone)]
struct Ring {
    current: Uuid,
    keks: BTreeMap<Uuid, Arc<Kek>>,
}

/// A key-encryption key.
pub(crate) struct Kek {
    pub id: Uuid,
    pub suite: Suite,
    cipher: Cipher,
}

impl Kek {
    /// nonce ‖ ciphertext ‖ tag of `plain`, bound to `aad`. Nonces are random: 2^32 wraps at most.
    pub fn wrap(&self, aad: &[u8], plain: &[u8]) -> Vec<u8> {
        let nonce = random::<NONCE>();
        let mut out = nonce.to_vec();
        self.cipher.seal(nonce, aad, plain, &mut out);
        out
    }

    /// `None` unless every byte of `wrapped` and `aad` is as it was.
    pub fn unwrap(&self, aad: &[u8], wrapped: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = wrapped.split_first_chunk::<NONCE>()?;
        let mut plain = vec![0; sealed.len().checked_sub(TAG)?];
        self.cipher.open(*nonce, aad, sealed, &mut plain).then_some(plain)
    }
}

impl Keys {
    /// New keys with the default suite (AES-256-GCM). `origin` names the log, e.g. `city.example/log`.
    pub fn create(dir: &Path, origin: &str) -> Result<Keys> {
        Keys::create_with(dir, origin, Suite::Aes, Disk::default())
    }

    pub fn create_with(dir: &Path, origin: &str, suite: Suite, disk: Disk) -> Result<Keys> {
        let log_key = dir.join("log.key");
        if disk.read(&log_key)?.is_some() {
            return Err(Error::KeysExist { path: dir.display().to_string() });
        }
        let signer = Signer::from_seed(origin, Kind::Note, random())?;
        // `log.key` comes last: a crash before it leaves keys that wrap nothing, and create runs again.
        add_kek(&disk, dir, suite)?;
        // From the first day on: that it is missing is then no accident.
        disk.replace(&dir.join("log.seen"), b"")?;
        disk.replace(&dir.join("log.vkey"), format!("{}\n", signer.verifier()).as_bytes())?;
        disk.replace(&log_key, format!("{}\n", signer.secret_text()).as_bytes())?;
        Keys::open_with(dir, disk)
    }

    pub fn open(dir: &Path) -> Result<Keys> {
        Keys::open_with(dir, Disk::default())
    }

    pub fn open_with(dir: &Path, disk: Disk) -> Result<Keys> {
        let path = dir.join("log.key");
        let text = text_file(&disk, &path)?;
        let signer = text.strip_suffix('\n').unwrap_or(&text).parse::<Signer>();
        let signer = signer.map_err(|_| bad(&path, "not a note signing key"))?;
        // What is handed to others as ours must be ours.
        let public = dir.join("log.vkey");
        if text_file(&disk, &public)?.trim_end() != signer.verifier().to_string() {
            return Err(bad(&public, "not the public half of log.key"));
        }
        let ring = RwLock::new(read_ring(&disk, dir)?);
        Ok(Keys(Arc::new(Inner { dir: dir.into(), disk, signer, ring })))
    }

    /// The line `log` of every checkpoint: the name of the signing key.
    pub fn origin(&self) -> &str {
        self.0.signer.verifier().name()
    }

    /// The public key of the log in C2SP vkey form.
    pub fn log_verifier(&self) -> String {
        self.0.signer.verifier().to_string()
    }

    pub(crate) fn verifier(&self) -> &Verifier {
        self.0.signer.verifier()
    }

    pub(crate) fn sign(&self, note: &mut Note) {
        self.0.signer.sign(note, 0);
    }

    /// The suite new objects are sealed with: that of the current key-encryption key.
    pub fn suite(&self) -> Suite {
        self.current().suite
    }

    /// Makes a new key-encryption key of this suite the current one. Old keys stay until
    /// [`crate::Vault::rewrap`] has come to its end and [`crate::Vault::retire_keys`] is called.
    pub fn rotate(&self, suite: Suite) -> Result<String> {
        let id = add_kek(&self.0.disk, &self.0.dir, suite)?;
        self.reload()?;
        Ok(id.to_string())
    }

    /// Ids of all key-encryption keys, oldest first; the current one last unless a crash left one unused.
    pub fn kek_ids(&self) -> Vec<String> {
        self.ring().keks.keys().map(Uuid::to_string).collect()
    }

    pub fn current_kek(&self) -> String {
        self.ring().current.to_string()
    }

    /// Reads the directory again, after another process rotated.
    pub fn reload(&self) -> Result<()> {
        let fresh = read_ring(&self.0.disk, &self.0.dir)?;
        *self.0.ring.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = fresh;
        Ok(())
    }

    /// Destroys one key that is not the current one. What it still wraps is lost: see `retire_keys`.
    pub(crate) fn destroy(&self, id: Uuid) -> Result<()> {
        if self.ring().current == id {
            return Err(Error::KeyInUse { kek: id.to_string(), uses: 0 });
        }
        let path = kek_path(&self.0.dir, id);
        self.0.disk.remove(&path)?;
        self.0.disk.sync_dir(&self.0.dir.join("kek"))?;
        self.reload()
    }

    pub(crate) fn disk(&self) -> Disk {
        self.0.disk.clone()
    }

    fn ring(&self) -> Ring {
        self.0.ring.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    pub(crate) fn current(&self) -> Arc<Kek> {
        let ring = self.ring();
        ring.keks[&ring.current].clone() // read_ring checked that it is there
    }

    pub(crate) fn kek(&self, id: Uuid) -> Result<Arc<Kek>> {
        if let Some(kek) = self.ring().keks.get(&id) {
            return Ok(kek.clone());
        }
        self.reload()?; // another process may have rotated
        self.ring().keks.get(&id).cloned().ok_or(Error::KeyMissing { kek: id.to_string() })
    }

    /// The newest checkpoint this key directory has seen signed; empty before the first. `None`: its memory is gone.
    pub(crate) fn seen(&self) -> Result<Option<Vec<u8>>> {
        self.0.disk.read(&self.0.dir.join("log.seen"))
    }

    pub(crate) fn remember(&self, checkpoint: &str) -> Result<()> {
        self.0.disk.replace(&self.0.dir.join("log.seen"), checkpoint.as_bytes())
    }

    /// After a restore from an older backup, decided by people and put on record by them: the shorter
    /// log is accepted from now on. Witnesses and receipts will still tell what is missing.
    pub fn forget_seen(&self) -> Result<()> {
        self.remember("")
    }
}

fn bad(path: &Path, detail: &'static str) -> Error {
    Error::KeyFile { path: path.display().to_string(), detail }
}

fn kek_path(dir: &Path, id: Uuid) -> PathBuf {
    dir.join("kek").join(format!("{id}.key"))
}

fn text_file(disk: &Disk, path: &Path) -> Result<String> {
    let bytes = disk.read(path)?.ok_or_else(|| bad(path, "missing"))?;
    String::from_utf8(bytes).map_err(|_| bad(path, "not text"))
}

/// Writes a new key, then makes it current; a crash between leaves an unused key.
fn add_kek(disk: &Disk, dir: &Path, suite: Suite) -> Result<Uuid> {
    let id = Uuid::now_v7();
    let key = random::<32>();
    let body =
        format!("tiezheng-kek/1\nid {id}\nsuite {}\nkey {}\n", suite as u8, BASE64.encode(&key[..suite.key_len()]));
    let text = format!("{body}check {}\n", check(&body));
    disk.replace(&kek_path(dir, id), text.as_bytes())?;
    disk.replace(&dir.join("kek/current"), format!("{id}\n").as_bytes())?;
    Ok(id)
}

/// Finds a mistyped or rotten key file before it is used; it is no protection against people.
fn check(body: &str) -> String {
    hex::encode(&sha256_of(&[body.as_bytes()])[..8])
}

fn read_ring(disk: &Disk, dir: &Path) -> Result<Ring> {
    let folder = dir.join("kek");
    let wrong = |error| Error::io("list", &folder, error);
    let mut keks = BTreeMap::new();
    for entry in std::fs::read_dir(&folder).map_err(wrong)? {
        let path = entry.map_err(wrong)?.path();
        if path.extension().is_some_and(|ext| ext == "key") {
            let kek = parse_kek(&path, &text_file(disk, &path)?)?;
            keks.insert(kek.id, Arc::new(kek));
        }
    }
    let path = folder.join("current");
    let current = text_file(disk, &path)?.trim_end().parse::<Uuid>();
    let current = current.map_err(|_| bad(&path, "not a key id"))?;
    if !keks.contains_key(&current) {
        return Err(Error::KeyMissing { kek: current.to_string() });
    }
    Ok(Ring { current, keks })
}

fn parse_kek(path: &Path, text: &str) -> Result<Kek> {
    let lines: Vec<&str> = text.lines().collect();
    let ["tiezheng-kek/1", id, suite, key, sum] = lines[..] else {
        return Err(bad(path, "not a tiezheng-kek/1 file"));
    };
    let body: String = lines[..4].iter().flat_map(|line| [line, "\n"]).collect();
    if sum.strip_prefix("check ") != Some(&check(&body)) {
        return Err(bad(path, "its check line does not fit"));
    }
    let id = id.strip_prefix("id ").and_then(|id| id.parse::<Uuid>().ok());
    let suite = suite.strip_prefix("suite ").and_then(|suite| suite.parse().ok());
    let key = key.strip_prefix("key ").and_then(|key| BASE64.decode(key).ok());
    let (Some(id), Some(suite), Some(key)) = (id, suite.and_then(Suite::from_byte), key) else {
        return Err(bad(path, "malformed line"));
    };
    if path.file_stem().and_then(|stem| stem.to_str()) != Some(&id.to_string()) {
        return Err(bad(path, "its name is not its id"));
    }
    let cipher = Cipher::new(suite, &key).ok_or_else(|| bad(path, "key of wrong length"))?;
    Ok(Kek { id, suite, cipher })
}
