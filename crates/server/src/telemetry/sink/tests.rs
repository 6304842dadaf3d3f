//! Sinks that are slow, full or gone, and files that are rotated and moved away.

use std::fs;
use std::path::Path;
use std::sync::mpsc;

use super::super::columns::tests::sample;
use super::*;

/// A drain that says when it was given records, and waits to be let go.
struct Gate {
    given: mpsc::Sender<usize>,
    go: Receiver<()>,
}

impl Drain<Arc<Record>> for Gate {
    fn write(&mut self, batch: &[Arc<Record>]) -> Result<(), Lost> {
        let _ = self.given.send(batch.len());
        self.go.recv().map_err(|_| Lost::all("it is gone".to_owned()))
    }
}

fn record(microseconds: u64) -> Arc<Record> {
    Arc::new(Record { microseconds, ..sample() })
}

fn config(path: &Path) -> Config {
    let mut config = Config::ephemeral(Path::new("/nowhere"));
    config.request_log.file = Some(path.to_owned());
    config
}

fn counts(sinks: &Sinks) -> (u64, u64) {
    sinks.counts().next().unwrap().1.read()
}

/// Durations of the records in a file, which tell them apart.
fn durations(path: &Path) -> Vec<u64> {
    tail(path, usize::MAX).iter().map(|record| record.microseconds).collect()
}

#[test]
fn a_sink_that_is_slow_holds_up_nobody_and_its_losses_are_counted() {
    let ((given, batches), (go, gate)) = (mpsc::channel(), mpsc::channel());
    let sink = Sink::start("gate", Gate { given, go: gate }).unwrap();
    let one = record(1);
    sink.offer(Arc::clone(&one));
    assert_eq!(batches.recv().unwrap(), 1);
    for _ in 0..WAITING_MAX + 10 {
        sink.offer(Arc::clone(&one));
    }
    assert_eq!(sink.counts.read(), (0, 10));
    // It goes on when it can: in batches, and nothing that waited is lost.
    for _ in 0..=WAITING_MAX.div_ceil(BATCH_MAX) {
        go.send(()).unwrap();
    }
    sink.close();
    assert_eq!(sink.counts.read(), (1 + u64::try_from(WAITING_MAX).unwrap(), 10));
    assert!(batches.iter().all(|size| size <= BATCH_MAX));
}

#[test]
fn a_sink_that_fails_loses_what_it_was_given_and_says_why() {
    let ((given, _batches), (go, gate)) = (mpsc::channel(), mpsc::channel());
    let sink = Sink::start("gate", Gate { given, go: gate }).unwrap();
    drop(go);
    for _ in 0..5 {
        sink.offer(record(1));
    }
    sink.close();
    assert_eq!(sink.counts.read(), (0, 5));
    assert_eq!(sink.counts.reason.lock().unwrap().as_deref(), Some("it is gone"));
}

#[test]
fn a_disk_that_is_full_costs_records_and_nothing_else() {
    let sinks = Sinks::start(&config(Path::new("/dev/full"))).unwrap();
    for _ in 0..100 {
        sinks.offer(&record(1));
    }
    sinks.close();
    assert_eq!(counts(&sinks), (0, 100));
    let missing = Sinks::start(&config(Path::new("/nowhere/requests.jsonl"))).unwrap();
    missing.offer(&record(1));
    missing.close();
    assert_eq!(counts(&missing), (0, 1));
}

#[test]
fn what_is_less_important_than_configured_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("requests.jsonl");
    let mut config = config(&path);
    config.request_log.level = RequestLevel::Warning;
    let sinks = Sinks::start(&config).unwrap();
    for status in [200, 404, 204, 503] {
        sinks.offer(&Arc::new(Record { status, ..sample() }));
    }
    sinks.close();
    let statuses: Vec<_> = tail(&path, 9).iter().map(|record| record.status).collect();
    assert_eq!(statuses, [404, 503]);
}

#[test]
fn a_file_that_was_moved_away_is_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (path, moved) = (folder.path().join("requests.jsonl"), folder.path().join("elsewhere"));
    let mut file = File::new(&path, 1, 3);
    file.write(&[record(1)]).unwrap();
    fs::rename(&path, &moved).unwrap();
    file.write(&[record(2)]).unwrap();
    fs::remove_file(&path).unwrap();
    file.write(&[record(3), record(4)]).unwrap();
    assert_eq!((durations(&moved), durations(&path)), (vec![1], vec![3, 4]));
}

#[test]
fn a_file_that_has_grown_is_rotated_and_the_oldest_goes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("requests.jsonl");
    let mut file = File::new(&path, 1, 3);
    let batch: Vec<_> = (0..1_000).map(record).collect();
    // A batch is more than half a MiB, so each begins a file.
    for _ in 0..5 {
        file.write(&batch).unwrap();
    }
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort_unstable();
    assert_eq!(names, ["requests.jsonl", "requests.jsonl.1", "requests.jsonl.2"]);
    for name in names {
        let path = folder.path().join(name);
        assert!(fs::metadata(&path).unwrap().len() <= 1024 * 1024);
        assert_eq!(durations(&path).len(), 1_000);
    }
    let mut one = File::new(&path, 1, 1);
    one.write(&batch).unwrap();
    one.write(&[record(7)]).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[test]
fn the_tail_is_of_the_newest_file_and_leaves_out_what_is_no_record() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("requests.jsonl");
    assert!(durations(&path).is_empty());
    let mut text = b"half a line\n\n".to_vec();
    for number in 1..=5 {
        text.extend(record(number).to_line());
    }
    fs::write(&path, &text).unwrap();
    assert_eq!(durations(&path), [1, 2, 3, 4, 5]);
    assert_eq!(tail(&path, 2).len(), 2);
    // One that was only just begun has nothing to tell.
    fs::rename(&path, folder.path().join("requests.jsonl.1")).unwrap();
    fs::write(&path, b"").unwrap();
    assert_eq!(durations(&path), [1, 2, 3, 4, 5]);
    assert!(tail(Path::new("/dev/zero"), 9).is_empty());
}
