use std::io::{Read, Seek, SeekFrom};

use super::*;

const SPEC: &str = "TIEZHENG_CONFINED_CHILD";

/// Starts this test executable again so that it runs [`becomes_the_child`] and nothing else.
pub(super) fn ourselves(spec: &str) -> Command {
    let path = module_path!();
    let name = path.split_once("::").map_or(path, |(_, within)| within);
    let mut command = Command::new("sh");
    // `command` clears the environment, so the specification travels as an argument of a shell that sets it again.
    let script = format!("exec env {SPEC}=\"$1\" \"$2\" {name}::becomes_the_child --exact --nocapture");
    let own = std::env::current_exe().expect("a test executable knows where it is");
    command.args(["-c", &script, "sh", spec]).arg(own);
    command
}

/// Not a test by itself: the way for all others to start a child. Run by itself it only proves that a specification
/// that cannot be read is no way around the confinement.
#[test]
fn becomes_the_child() {
    match std::env::var(SPEC) {
        Ok(spec) => child_main(&spec),
        Err(_) => assert!(serde_json::from_str::<Spec>("{\"program\":\"sh\"}").is_err()),
    }
}

fn strings(args: &[&str]) -> Vec<OsString> {
    args.iter().map(OsString::from).collect()
}

fn limits() -> Limits {
    Limits { wall: Duration::from_secs(20), file_bytes: 1 << 20, ..Limits::default() }
}

/// Runs it with a nameless file as output; gives that file's content without the test harness's own lines.
async fn run_it(args: &[&str], limits: &Limits, input: Option<File>) -> (Ended, String) {
    let mut output = tempfile::tempfile().unwrap();
    let handed = output.try_clone().unwrap();
    let ended = run(args[0], &strings(&args[1..]), limits, input, Some(handed)).await.unwrap();
    let mut said = String::new();
    output.seek(SeekFrom::Start(0)).unwrap();
    output.read_to_string(&mut said).unwrap();
    (ended, said)
}

fn secret() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("original");
    std::fs::write(&path, "sealed").unwrap();
    (folder, path)
}

#[tokio::test]
async fn it_reads_what_it_was_handed_and_writes_its_output() {
    let folder = tempfile::tempdir().unwrap();
    let mut input = tempfile::tempfile_in(folder.path()).unwrap();
    std::io::Write::write_all(&mut input, b"from the recording").unwrap();
    let (ended, said) = run_it(&["cat", "/proc/self/fd/0"], &limits(), Some(input)).await;
    assert_eq!(ended.end, End::Done, "{ended:?}");
    assert!(said.contains("from the recording"), "{said}");
}

#[tokio::test]
async fn it_opens_its_output_again_to_write_and_read() {
    let script = "exec 5<>/proc/self/fd/1; echo written >&5";
    let (ended, said) = run_it(&["bash", "-c", script], &limits(), None).await;
    assert_eq!(ended.end, End::Done, "{ended:?}");
    assert!(said.contains("written"), "{said}");
}

/// What a hostile recording would try once it has taken over the program. Each ends with 0 where it succeeds.
fn attempts(secret: &std::path::Path, port: u16) -> Vec<(&'static str, String)> {
    let (path, own) = (secret.display(), std::process::id());
    let folder = secret.parent().unwrap().display();
    vec![
        ("read a file", format!("read line < {path} || [ \"$line\" = sealed ]")),
        ("read /etc/passwd", "read line < /etc/passwd".into()),
        ("list a folder", format!("cd {folder}; set -- *; [ \"$1\" != '*' ]")),
        ("write a file", format!("echo -n >> {path}")),
        ("make a file", format!("echo -n > {path}.new")),
        ("read our environment", format!("read -d '' line < /proc/{own}/environ")),
        ("open a socket", format!("exec 3<>/dev/tcp/127.0.0.1/{port}")),
        ("start a process", "( exit 0 ); [ $? = 0 ]".into()),
        ("signal us", format!("kill -0 {own}")),
        ("see our variables", "[ -n \"$CARGO_MANIFEST_DIR$HOME$USER\" ]".into()),
    ]
}

#[tokio::test]
async fn it_reaches_nothing_else() {
    let (_folder, secret) = secret();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    for (what, script) in attempts(&secret, listener.local_addr().unwrap().port()) {
        let (ended, said) = run_it(&["bash", "-c", &script], &limits(), None).await;
        assert!(matches!(ended.end, End::Failed(1 | 2 | 254)), "{what}: {ended:?} {said}");
        // That it did not only stumble: outside, the same script gets what it wants.
        assert!(Command::new("bash").args(["-c", &script]).status().unwrap().success(), "{what}, not confined");
    }
    assert_eq!(std::fs::read_to_string(&secret).unwrap(), "sealed");
}

#[tokio::test]
async fn it_may_use_only_so_much() {
    for (what, script, limits, end) in [
        ("file size", "printf '%2000000d' 1", limits(), &[End::Killed(25), End::Failed(1)][..]),
        (
            "memory",
            "a=x; while :; do a=$a$a; done",
            Limits { memory_bytes: 256 << 20, ..limits() },
            &[End::Failed(2), End::Killed(6)],
        ),
        ("processor", "while :; do :; done", Limits { cpu_seconds: 1, ..limits() }, &[End::Killed(24)]),
        ("time", "while :; do :; done", Limits { wall: Duration::from_millis(1500), ..limits() }, &[End::TimedOut]),
        (
            "open files",
            "for i in {3..200}; do eval \"exec $i</dev/null\" || exit 3; done",
            limits(),
            &[End::Failed(3), End::Failed(1)],
        ),
    ] {
        let (ended, said) = run_it(&["bash", "-c", script], &limits, None).await;
        assert!(end.contains(&ended.end), "{what}: {ended:?}");
        assert!(said.len() <= 1 << 20, "{what}: {} bytes", said.len());
    }
}

#[tokio::test]
async fn a_program_that_is_not_there_is_said_so() {
    let (ended, _) = run_it(&["no-such-program-here"], &limits(), None).await;
    assert_eq!(ended.end, End::NoProgram, "{ended:?}");
}

#[tokio::test]
async fn nothing_survives_a_run_that_is_dropped() {
    let (mut reader, writer) = std::io::pipe().unwrap();
    let writer = File::from(std::os::fd::OwnedFd::from(writer));
    let args = strings(&["-c", "echo begun; while :; do :; done"]);
    let long = Limits { wall: Duration::from_secs(600), cpu_seconds: 600, ..limits() };
    let run = run("bash", &args, &long, None, Some(writer));
    let begun = tokio::task::spawn_blocking(move || {
        let mut said = Vec::new();
        while !said.ends_with(b"begun\n") {
            let mut byte = [0];
            reader.read_exact(&mut byte).unwrap();
            said.extend(byte);
        }
        reader
    });
    let mut reader = tokio::select! {
        ended = run => panic!("an endless loop ended: {ended:?}"),
        reader = begun => reader.unwrap(),
    };
    // The pipe ends when nobody is left who could write to it; should the child live on, this never returns.
    assert_eq!(reader.read_to_end(&mut Vec::new()).unwrap(), 0);
}

#[test]
fn what_the_child_says_about_itself_is_no_complaint() {
    let said = format!("{NOTICE}landlock: not supported\nInvalid data found\n");
    assert_eq!(without_notices(&said), "Invalid data found");
}
