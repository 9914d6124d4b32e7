//! Vaults to test on: `houses()` gives one in a folder and one on an S3 server of this process.

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Once;
use tiezheng_vault::verify::{self, Claim, Depth, Options, Report};
use tiezheng_vault::{Digests, Error, Keys, Leaf, Location, Result, Sealed, Vault, canonical};

pub const ORIGIN: &str = "vault.test/log";
pub const NOW_MS: i64 = 1_767_225_600_000;

pub struct House {
    pub dir: tempfile::TempDir,
    pub location: Location,
    pub vault: Vault,
}

impl House {
    pub fn keys_dir(&self) -> PathBuf {
        self.dir.path().join("keys")
    }

    pub fn store_dir(&self) -> PathBuf {
        self.dir.path().join("store")
    }

    /// The same vault as another process would open it.
    pub async fn reopened(&self) -> Vault {
        Vault::open(&self.location, Keys::open(&self.keys_dir()).unwrap()).await.unwrap()
    }
}

/// In memory where that is possible: thousands of fdatasync calls are made here.
pub fn tempdir() -> tempfile::TempDir {
    let memory = std::path::Path::new("/dev/shm");
    match memory.is_dir() {
        true => tempfile::tempdir_in(memory).unwrap(),
        false => tempfile::tempdir().unwrap(),
    }
}

pub async fn folder() -> House {
    let dir = tempdir();
    let location = Location::Folder(dir.path().join("store"));
    at(dir, location).await
}

async fn at(dir: tempfile::TempDir, location: Location) -> House {
    let keys = Keys::create(&dir.path().join("keys"), ORIGIN).unwrap();
    let vault = Vault::create(&location, keys).await.unwrap();
    House { dir, location, vault }
}

pub async fn s3() -> House {
    static CREDENTIALS: Once = Once::new();
    // SAFETY: before any other thread of this test reads the environment.
    CREDENTIALS.call_once(|| unsafe {
        std::env::set_var("AWS_ACCESS_KEY_ID", "test");
        std::env::set_var("AWS_SECRET_ACCESS_KEY", "test-secret");
    });
    let dir = tempdir();
    // s3s-fs keeps a bucket as a folder, so that tampering works alike on both stores.
    std::fs::create_dir_all(dir.path().join("bucket")).unwrap();
    let mut service = s3s::service::S3ServiceBuilder::new(s3s_fs::FileSystem::new(dir.path()).unwrap());
    service.set_auth(s3s::auth::SimpleAuth::from_single("test", "test-secret"));
    let service = service.build();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let service = service.clone();
            tokio::spawn(async move {
                let http = hyper_util::server::conn::auto::Builder::new(hyper_util::rt::TokioExecutor::new());
                let _ = http.serve_connection(hyper_util::rt::TokioIo::new(socket), service).await;
            });
        }
    });
    let text = format!("s3://bucket/some/prefix?endpoint=http://127.0.0.1:{port}&region=us-east-1");
    at(dir, Location::parse(&text).unwrap()).await
}

pub async fn houses() -> Vec<(&'static str, House)> {
    vec![("folder", folder().await), ("s3", s3().await)]
}

/// `size` bytes that no two sizes or seeds share.
pub fn bytes(size: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(size as u64) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..size).map(|_| next()).collect()
}

pub fn describe(name: &str) -> impl FnOnce(&Digests) -> Vec<u8> {
    let name = name.to_string();
    move |digests| canonical::to_bytes(&json!({"digests": digests.to_value(), "name": name})).unwrap()
}

/// Seals `bytes` alone, fed in uneven pieces.
pub async fn seal(vault: &Vault, bytes: &[u8], name: &str) -> Result<Sealed> {
    let mut writer = vault.start().await?;
    for piece in bytes.chunks(70_001) {
        writer.write(Bytes::copy_from_slice(piece)).await?;
    }
    writer.finish(describe(name)).await
}

pub async fn pack(vault: &Vault, files: &[(&str, Vec<u8>)]) -> Result<Vec<Sealed>> {
    let mut packer = vault.packer();
    for (name, bytes) in files {
        packer.add(Bytes::from(bytes.clone()), describe(name)).await?;
    }
    packer.flush().await
}

pub fn claim(what: &str, sealed: &Sealed) -> Claim {
    Claim { what: what.into(), place: sealed.place.clone(), digests: sealed.digests }
}

pub async fn check_with(vault: &Vault, claims: &[Claim], depth: Depth, options: &Options) -> Report {
    let claims = stream::iter(claims.to_vec()).map(Ok::<_, Error>);
    verify::store(vault, claims, depth, options).await.unwrap()
}

pub async fn check(vault: &Vault, claims: &[Claim], depth: Depth) -> Report {
    check_with(vault, claims, depth, &Options::default()).await
}

/// `code subject` of each finding, sorted.
pub fn found(report: &Report) -> Vec<String> {
    let mut lines: Vec<String> = report.findings.iter().map(|f| format!("{} {}", f.code, f.subject)).collect();
    lines.sort();
    lines.dedup();
    lines
}

pub fn leaf(n: u64) -> Leaf {
    let digests = Digests { size: n, sha256: [1; 32], sm3: [2; 32], tree: [3; 32] };
    let event = json!({"act": "sealed", "digests": digests.to_value(), "n": n});
    let mut salt = [7; 32];
    salt[..8].copy_from_slice(&n.to_be_bytes());
    Leaf { payload: canonical::to_bytes(&event).unwrap(), salt }
}

pub fn leaves(range: std::ops::Range<u64>) -> Vec<Leaf> {
    range.map(leaf).collect()
}

/// Every file below `dir`, relative, sorted.
pub fn files(dir: &std::path::Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => open.push(path),
                false => out.push(path.strip_prefix(dir).unwrap().to_path_buf()),
            }
        }
    }
    out.sort();
    out
}
