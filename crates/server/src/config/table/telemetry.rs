//! The settings of the log of requests.

use crate::config::RequestLevel;
use crate::config::parse;
use crate::config::setting::{Accept, Kind, Preset, Setting};

const LEVELS: [(&str, RequestLevel); 3] = [
    ("informational", RequestLevel::Informational),
    ("warning", RequestLevel::Warning),
    ("error", RequestLevel::Error),
];

/// All of them.
pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        key: "request_log.memory",
        environment: "CALLSIGN_REQUEST_LOG_MEMORY",
        flag: None,
        kind: Kind::Integer,
        preset: Preset::Value("10000"),
        values: "100 to 1000000 records",
        doc: "How many records of requests are kept in memory, where `callsign logs` and the portal find them: about a kilobyte each.",
        accept: Accept::One(|config, text| {
            config.request_log.memory = parse::whole(text, 100..=1_000_000, "of records")?;
            Ok(())
        }),
        show: |config| config.request_log.memory.to_string(),
    },
    Setting {
        key: "request_log.file",
        environment: "CALLSIGN_REQUEST_LOG_FILE",
        flag: None,
        kind: Kind::Path,
        preset: Preset::Described { words: "no file", sample: "requests.jsonl" },
        values: "the path of a file",
        doc: "The file that records of requests are appended to, each a line of JSON in the columns of ACSAuthIncomingOperations. \
              When it is moved away, a new one is begun.",
        accept: Accept::One(|config, text| {
            parse::path(text).map(|path| config.request_log.file = Some(path))
        }),
        show: |config| match &config.request_log.file {
            Some(path) => path.display().to_string(),
            None => super::NOT_SET.to_owned(),
        },
    },
    Setting {
        key: "request_log.file_mib",
        environment: "CALLSIGN_REQUEST_LOG_FILE_MIB",
        flag: None,
        kind: Kind::Integer,
        preset: Preset::Value("100"),
        values: "1 to 1000000 MiB",
        doc: "How large the file becomes before it is renamed to `<file>.1`, and the one before to `<file>.2`.",
        accept: Accept::One(|config, text| {
            config.request_log.file_mib = parse::whole(text, 1..=1_000_000, "of MiB")?;
            Ok(())
        }),
        show: |config| config.request_log.file_mib.to_string(),
    },
    Setting {
        key: "request_log.files",
        environment: "CALLSIGN_REQUEST_LOG_FILES",
        flag: None,
        kind: Kind::Integer,
        preset: Preset::Value("5"),
        values: "1 to 1000",
        doc: "How many files there are at most, the one that is written among them; the oldest is removed.",
        accept: Accept::One(|config, text| {
            config.request_log.files = parse::whole(text, 1..=1_000, "of files")?;
            Ok(())
        }),
        show: |config| config.request_log.files.to_string(),
    },
    Setting {
        key: "request_log.stdout",
        environment: "CALLSIGN_REQUEST_LOG_STDOUT",
        flag: None,
        kind: Kind::Boolean,
        preset: Preset::Value("false"),
        values: "`true` or `false`",
        doc: "Whether records of requests are written to standard output, for containers.",
        accept: Accept::One(|config, text| {
            parse::boolean(text).map(|written| config.request_log.stdout = written)
        }),
        show: |config| config.request_log.stdout.to_string(),
    },
    Setting {
        key: "request_log.level",
        environment: "CALLSIGN_REQUEST_LOG_LEVEL",
        flag: None,
        kind: Kind::Text,
        preset: Preset::Value("informational"),
        values: "`informational`, `warning` or `error`",
        doc: "The least important records that are written: all, those of requests that were refused, or those where the server was \
              at fault. Memory keeps all.",
        accept: Accept::One(|config, text| {
            parse::choice(text, &LEVELS).map(|level| config.request_log.level = level)
        }),
        show: |config| {
            let word = LEVELS.iter().find(|(_, level)| *level == config.request_log.level);
            word.map_or("", |(word, _)| word).to_owned()
        },
    },
    Setting {
        key: "otlp.endpoint",
        environment: "CALLSIGN_OTLP_ENDPOINT",
        flag: None,
        kind: Kind::Text,
        preset: Preset::Value("off"),
        values: "the address of a collector, such as `http://127.0.0.1:4318`, or `off`",
        doc: "Where spans, metrics and records of requests are sent by OTLP over HTTP, in protobuf: below this address to `/v1/traces`, \
              `/v1/metrics` and `/v1/logs`.",
        accept: Accept::One(|config, text| {
            parse::collector(text).map(|endpoint| config.otlp.endpoint = endpoint)
        }),
        show: |config| super::or(config.otlp.endpoint.as_ref(), parse::OFF),
    },
    Setting {
        key: "otlp.headers",
        environment: "CALLSIGN_OTLP_HEADERS",
        flag: None,
        kind: Kind::Secret,
        preset: Preset::Described { words: "none", sample: "" },
        values: "a secret: `name=value`, several parted by commas",
        doc: "Headers of each request to the collector, such as the key that it asks for.",
        accept: Accept::One(|config, text| {
            parse::headers(text).map(|headers| config.otlp.headers = Some(headers))
        }),
        show: |config| config.otlp.headers.as_ref().map_or(super::NOT_SET, |_| super::MASKED).to_owned(),
    },
    Setting {
        key: "otlp.metrics_seconds",
        environment: "CALLSIGN_OTLP_METRICS_SECONDS",
        flag: None,
        kind: Kind::Integer,
        preset: Preset::Value("30"),
        values: "1 to 3600 seconds",
        doc: "How often metrics are sent to the collector.",
        accept: Accept::One(|config, text| {
            config.otlp.metrics_seconds = parse::whole(text, 1..=3_600, "of seconds")?;
            Ok(())
        }),
        show: |config| config.otlp.metrics_seconds.to_string(),
    },
];
