//! A stand-in for a collector on loopback, which reads the messages by the published definitions.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};

use callsign_protocol::scope::{Scope, Scopes};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use prost::Message as _;

use super::super::columns::tests::sample;
use super::super::sink::Drain as _;
use super::super::trace_context::TraceContext;
use super::*;
use crate::config::Config;

/// One request: its head and its body.
type Request = (String, Vec<u8>);

/// Answers each connection once, with these statuses and bodies in turn, and gives what it was asked.
fn collector(answers: Vec<(u16, Vec<u8>)>) -> (String, Receiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (asked, requests) = channel();
    std::thread::spawn(move || {
        for (status, body) in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let request = read(&mut stream);
            let head = format!(
                "HTTP/1.1 {status} X\r\nContent-Type: application/x-protobuf\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(&[head.as_bytes(), &body].concat()).unwrap();
            let _ = asked.send(request);
        }
    });
    (endpoint, requests)
}

fn read(stream: &mut TcpStream) -> Request {
    let mut bytes = Vec::new();
    loop {
        let mut some = [0; 4096];
        let count = stream.read(&mut some).unwrap();
        bytes.extend_from_slice(&some[..count]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let body = &bytes[end + 4..];
        if body.len() == length.parse::<usize>().unwrap() {
            return (head, body.to_vec());
        }
    }
}

fn to(endpoint: &str, path: &str) -> Collector {
    Collector::new(endpoint, path, Some("x-key = planted ,x-tenant=1")).unwrap()
}

fn attribute(attributes: &[KeyValue], key: &str) -> Option<Value> {
    attributes.iter().find(|one| one.key == key).and_then(|one| one.value.clone()?.value)
}

fn word(text: &str) -> Option<Value> {
    Some(Value::StringValue(text.to_owned()))
}

#[test]
fn a_request_is_a_span_in_the_trace_of_its_caller() {
    let (endpoint, requests) = collector(vec![(200, Vec::new())]);
    let traced = TraceContext { trace_id: 7, parent_id: 9, is_sampled: true };
    let unsampled = TraceContext { is_sampled: false, ..traced };
    let batch = [
        Arc::new(Record { trace: Some(traced), ..sample() }),
        Arc::new(Record { trace: Some(unsampled), ..sample() }),
        Arc::new(Record { trace: None, status: 503, error_code: Some("Unavailable".into()), ..sample() }),
    ];
    Traces(to(&endpoint, "/v1/traces")).write(&batch).unwrap();
    let (head, body) = requests.recv().unwrap();
    assert!(head.starts_with("post /v1/traces http/1.1"), "{head}");
    for line in ["content-type: application/x-protobuf", "x-key: planted", "x-tenant: 1"] {
        assert!(head.lines().any(|other| other == line), "{line} is not in {head}");
    }
    let message = ExportTraceServiceRequest::decode(body.as_slice()).unwrap();
    let resource = message.resource_spans[0].resource.as_ref().unwrap();
    assert_eq!(attribute(&resource.attributes, "service.name"), word("callsign"));
    let spans = &message.resource_spans[0].scope_spans[0].spans;
    assert_eq!(spans.len(), 2, "the caller that keeps no trace gets no span");
    let (span, failed) = (&spans[0], &spans[1]);
    assert_eq!(span.trace_id, 7_u128.to_be_bytes());
    assert_eq!(span.parent_span_id, 9_u64.to_be_bytes());
    assert_eq!((span.name.as_str(), span.kind), ("CreateToken", 2));
    assert_eq!(span.end_time_unix_nano, 1_744_651_947_207_853_500);
    assert_eq!(span.end_time_unix_nano - span.start_time_unix_nano, 1_234_000);
    assert_eq!(attribute(&span.attributes, "http.response.status_code"), Some(Value::IntValue(200)));
    assert_eq!(attribute(&span.attributes, "callsign.identity.id"), word("8:acs:a_b"));
    assert_eq!(attribute(&span.attributes, "error.type"), None);
    assert!(failed.parent_span_id.is_empty() && failed.trace_id.len() == 16 && failed.span_id.len() == 8);
    assert_eq!((failed.status.as_ref().unwrap().code, span.status.as_ref().unwrap().code), (2, 0));
    assert_eq!(attribute(&failed.attributes, "error.type"), word("Unavailable"));
}

#[test]
fn a_record_is_a_log_record_with_its_columns() {
    let (endpoint, requests) = collector(vec![(200, Vec::new())]);
    let record = Record { status: 404, scopes: Scopes::new([Scope::Voip]), ..sample() };
    Logs(to(&endpoint, "/v1/logs")).write(&[Arc::new(record)]).unwrap();
    let message = ExportLogsServiceRequest::decode(requests.recv().unwrap().1.as_slice()).unwrap();
    let log = &message.resource_logs[0].scope_logs[0].log_records[0];
    // The numbers of the data model of logs: WARN is 13.
    assert_eq!((log.severity_number, log.severity_text.as_str()), (13, "Warning"));
    assert_eq!(log.trace_id, 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.to_be_bytes());
    assert_eq!(attribute(&log.attributes, "OperationName"), word("CreateToken"));
    assert_eq!(attribute(&log.attributes, "DurationMs"), Some(Value::IntValue(1)));
    assert!(
        matches!(attribute(&log.attributes, "Scopes"), Some(Value::ArrayValue(list)) if list.values.len() == 1)
    );
}

#[test]
fn metrics_are_sums_gauges_and_histograms_whose_buckets_do_not_add_up() {
    use prometheus::core::Collector as _;
    let counted = prometheus::IntCounter::new("a_total", "A.").unwrap();
    let measured = prometheus::Gauge::new("process_start_time_seconds", "B.").unwrap();
    let timed = prometheus::Histogram::with_opts(
        prometheus::HistogramOpts::new("c_seconds", "C.").buckets(vec![1.0, 2.0]),
    )
    .unwrap();
    counted.inc_by(3);
    measured.set(1_700_000_000.0);
    [0.5, 1.5, 1.6, 9.0].into_iter().for_each(|seconds| timed.observe(seconds));
    let families = [counted.collect(), measured.collect(), timed.collect()].concat();
    let (endpoint, requests) = collector(vec![(200, Vec::new())]);
    Metrics(to(&endpoint, "/v1/metrics")).write(&[Vec::new(), families]).unwrap();
    let message = ExportMetricsServiceRequest::decode(requests.recv().unwrap().1.as_slice()).unwrap();
    let metrics = &message.resource_metrics[0].scope_metrics[0].metrics;
    let data = |name: &str| metrics.iter().find(|metric| metric.name == name).unwrap().data.clone().unwrap();
    let Data::Sum(sum) = data("a_total") else { panic!("no sum") };
    // Cumulative is 2.
    assert_eq!((sum.is_monotonic, sum.aggregation_temporality), (true, 2));
    assert_eq!(sum.data_points[0].start_time_unix_nano, 1_700_000_000_000_000_000);
    assert!(matches!(data("process_start_time_seconds"), Data::Gauge(_)));
    let Data::Histogram(histogram) = data("c_seconds") else { panic!("no histogram") };
    let point = &histogram.data_points[0];
    assert_eq!(
        (point.explicit_bounds.as_slice(), point.bucket_counts.as_slice()),
        (&[1.0, 2.0][..], &[1, 2, 1][..])
    );
    assert_eq!((point.count, point.sum), (4, Some(12.6)));
}

#[test]
fn a_collector_that_is_busy_is_asked_again_and_one_that_refuses_is_not() {
    let (endpoint, requests) = collector(vec![(503, Vec::new()), (429, Vec::new()), (200, Vec::new())]);
    let batch = [Arc::new(sample())];
    Logs(to(&endpoint, "/v1/logs")).write(&batch).unwrap();
    assert_eq!(requests.iter().count(), 3);
    let (endpoint, requests) = collector(vec![(400, Vec::new())]);
    let lost = Logs(to(&endpoint, "/v1/logs")).write(&batch).unwrap_err();
    assert!(format!("{lost:?}").contains("it answers 400"), "{lost:?}");
    assert_eq!(requests.iter().count(), 1);
}

#[test]
fn what_a_collector_takes_in_part_is_counted_as_lost() {
    let partial = ExportTracePartialSuccess { rejected_spans: 2, error_message: "too old".to_owned() };
    let answer = ExportTraceServiceResponse { partial_success: Some(partial) }.encode_to_vec();
    let (endpoint, _requests) = collector(vec![(200, answer)]);
    let batch = [Arc::new(sample()), Arc::new(sample()), Arc::new(sample())];
    let traced = batch.map(|record| Arc::new(Record { trace: None, ..Record::clone(&record) }));
    let lost = Traces(to(&endpoint, "/v1/traces")).write(&traced).unwrap_err();
    assert!(format!("{lost:?}").contains("Some(2)") && format!("{lost:?}").contains("too old"), "{lost:?}");
}

#[test]
fn a_collector_that_is_gone_costs_spans_and_nothing_else() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut config = Config::ephemeral(Path::new("/nowhere")).otlp;
    config.endpoint = Some(format!("http://{nobody}"));
    let ([traces, logs], metrics) = start(&config).unwrap().unwrap();
    for _ in 0..100 {
        traces.offer(Arc::new(Record { trace: None, ..sample() }));
        logs.offer(Arc::new(sample()));
    }
    metrics.offer(Vec::new());
    // Retrying takes longer than a stop waits: what is still under way is left behind.
    [&traces, &logs].into_iter().for_each(|sink| sink.close());
    metrics.close();
    config.endpoint = None;
    assert!(start(&config).unwrap().is_none());
}
