//! The socket as a command meets it, and as a stranger does.

use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt as _;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::*;
use crate::admin::office::tests::office;

/// A socket that is being served.
struct Open {
    path: PathBuf,
    changes: Arc<AtomicUsize>,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
    folder: tempfile::TempDir,
}

async fn open() -> Open {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("admin.sock");
    let socket = AdminSocket::bind(&path).unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let changes = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&changes);
    let on_change = move || {
        counted.fetch_add(1, Ordering::SeqCst);
        async { vec!["a note of the server".to_owned()] }.boxed()
    };
    let served = tokio::spawn(socket.serve(Arc::new(office().await), on_change, stopped.map(|_| ())));
    Open { path, changes, stop, served, folder }
}

impl Open {
    async fn say(&self, bytes: &[u8]) -> String {
        let mut stream = UnixStream::connect(&self.path).await.unwrap();
        // The server may answer and close before it has read all of a line that is too long.
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    }
}

#[tokio::test]
async fn a_line_is_answered_by_a_line() {
    let open = open().await;
    let answer = open.say(b"{\"ask\":\"resource-list\"}\n").await;
    assert!(answer.starts_with(r#"{"answer":{"reply":{"reply":"resources""#), "{answer}");
    assert!(answer.ends_with("}\n"));
    assert_eq!(open.changes.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn the_server_hears_of_a_change_before_the_answer_goes_out() {
    let open = open().await;
    let answer = open.say(b"{\"ask\":\"key-regenerate\",\"resource\":null,\"slot\":\"primary\"}\n").await;
    assert!(answer.contains("a note of the server"), "{answer}");
    assert_eq!(open.changes.load(Ordering::SeqCst), 1);
    let answer = open.say(b"{\"ask\":\"resource-delete\",\"name\":\"default\"}\n").await;
    assert!(answer.contains("last resource"), "{answer}");
    assert_eq!(open.changes.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_is_no_request_is_refused_in_a_sentence_and_the_socket_goes_on() {
    let open = open().await;
    for wrong in [&b"\n"[..], b"{}\n", b"\xff\n", b"GET / HTTP/1.1\n", b"{\"ask\":\"key-steal\"}\n"] {
        let answer = open.say(wrong).await;
        assert!(answer.starts_with(r#"{"refused":{"sentence":"the running server"#), "{answer}");
    }
    let long = open.say(&vec![b'x'; REQUEST_BYTES_MAX + 1]).await;
    assert!(long.is_empty() || long.contains("one line of at most"), "{long}");
    assert!(open.say(b"{\"ask\":\"status\"").await.contains("one line of at most"));
    assert!(open.say(b"{\"ask\":\"status\"}\n").await.contains("https://localhost:4431"));
}

#[tokio::test]
async fn the_socket_is_its_owners_alone_and_goes_with_the_server() {
    let open = open().await;
    let about = fs::metadata(&open.path).unwrap();
    assert!(about.file_type().is_socket());
    assert_eq!(about.permissions().mode() & 0o777, 0o600);
    open.stop.send(()).unwrap();
    open.served.await.unwrap();
    assert!(!open.path.exists());
}

#[tokio::test]
async fn a_socket_that_a_crash_left_behind_is_replaced() {
    let open = open().await;
    open.served.abort();
    let again = AdminSocket::bind(&open.path).unwrap();
    drop(again);
    assert!(open.folder.path().join("admin.sock").exists());
    AdminSocket::bind(&open.path).unwrap();
}

#[tokio::test]
async fn a_path_that_is_too_long_is_refused_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let long = folder.path().join("x".repeat(120));
    fs::create_dir(&long).unwrap();
    let refused = AdminSocket::bind(&long.join("admin.sock")).unwrap_err().to_string();
    assert!(refused.contains("shorter folder"), "{refused}");
}
