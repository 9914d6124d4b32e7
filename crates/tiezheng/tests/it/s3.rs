//! A real S3 server for the tests, in this process, on loopback: signed requests, conditional
//! writes, multipart, ranges. Its objects are plain files below `root`, where a test can damage them.

use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// What a client has to present; [`S3::env`] hands them to a child process.
pub const ACCESS_KEY_ID: &str = "tiezheng-test";
pub const SECRET_ACCESS_KEY: &str = "not-a-secret-9c1d";
pub const BUCKET: &str = "recordings";

/// A running server with one empty bucket. It ends, and its objects go, when this is dropped.
pub struct S3 {
    /// `http://127.0.0.1:PORT`
    pub endpoint: String,
    pub bucket: String,
    folder: tempfile::TempDir,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
}

/// Starts it on a thread and a runtime of its own, so that it also answers while the test blocks,
/// for instance on a child process.
pub async fn start() -> S3 {
    let folder = tempfile::tempdir().expect("temporary folder");
    std::fs::create_dir(folder.path().join(BUCKET)).expect("bucket");
    let service = service(folder.path());
    let (stop, stopped) = oneshot::channel();
    let (bound, address) = oneshot::channel();
    let server = std::thread::spawn(move || {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("runtime");
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            let _ = bound.send(listener.local_addr().expect("bound"));
            tokio::select! {
                () = serve(listener, service) => {}
                _ = stopped => {}
            }
        });
        runtime.shutdown_background();
    });
    let address = address.await.expect("the server started");
    S3 {
        endpoint: format!("http://{address}"),
        bucket: BUCKET.to_owned(),
        folder,
        stop: Some(stop),
        server: Some(server),
    }
}

fn service(root: &Path) -> S3Service {
    let files = FileSystem::new(root).expect("folder of the bucket");
    let mut builder = S3ServiceBuilder::new(files);
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY_ID, SECRET_ACCESS_KEY));
    builder.build()
}

async fn serve(listener: TcpListener, service: S3Service) {
    loop {
        let Ok((socket, _)) = listener.accept().await else {
            continue;
        };
        let service = service.clone();
        tokio::spawn(async move {
            let http = Builder::new(TokioExecutor::new());
            // A client that hangs up is its own affair.
            let _ = http.serve_connection(TokioIo::new(socket), service).await;
        });
    }
}

impl S3 {
    /// Environment for a child process that shall use this server.
    pub fn env(&self) -> [(&'static str, &'static str); 3] {
        [
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID),
            ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
            ("AWS_REGION", "us-east-1"),
        ]
    }

    /// As the product takes it: `--store s3://BUCKET?endpoint=…`.
    pub fn url(&self) -> String {
        format!("s3://{}?endpoint={}", self.bucket, self.endpoint)
    }

    /// The folder in which the object `key` is the file `key`.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join(&self.bucket)
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }
}
