//! The client from outside: against a server of this workspace, against scripted replies, and against what was recorded of the
//! live service.
#![expect(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test may fail loudly, say what it did not run, and take the time of the machine"
)]

mod alice;
mod assignments;
mod assignments_server;
mod construction;
mod directory;
mod directory_server;
mod entra;
mod entra_server;
mod examples;
mod house;
mod https;
mod identifier;
mod operations;
mod own_process;
mod published_assignments;
mod readme;
mod reference;
mod replay;
mod request_vectors;
mod retry;
mod service_errors;
mod signed_in;
mod token_credential;
mod tracing_spans;
