//! The hot paths: which functions make up each, and what is asked so that they run.

use clap::ValueEnum;

/// What is counted. Signatures of tokens are left out everywhere: one is more than all the rest, and not our code.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum HotPath {
    /// The check of the access key's signature, and of the body's hash, of one request
    Authenticate,
    /// One token, from the request's bytes to those of the reply, without its signature
    Issue,
    /// One identity, from the request's bytes to those of the reply, with its transaction in SQLite
    Create,
    /// The check of a token by a verifier, without the one of its signature
    Verify,
}

/// What runs the path.
#[derive(Clone, Copy)]
pub(super) enum Program {
    /// `callsign serve`, asked for this over one connection.
    Server(Operation),
    /// The test of the verifier that checks tokens in rounds.
    Verifier,
}

/// What the server is asked for.
#[derive(Clone, Copy)]
pub(super) enum Operation {
    Issue,
    Create,
}

/// All that is done on a connection is done in here. The loop of the runtime around it depends on the time, and what a thread does once
/// does not belong to a request.
const CONNECTION: &str = "callsign_server::serve::connection::serve::{{closure}}";
/// A transaction, from what waits to its answers. Checkpoints of the log come once in a hundred of them and are not counted.
const TRANSACTION: &str = "callsign_store::sqlite::writer::Desk::settle";

impl HotPath {
    /// The word of the command line and of the table.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Authenticate => "authenticate",
            Self::Issue => "issue",
            Self::Create => "create",
            Self::Verify => "verify",
        }
    }

    pub(super) const fn program(self) -> Program {
        match self {
            // Any request would do; this one waits for no signature.
            Self::Authenticate | Self::Create => Program::Server(Operation::Create),
            Self::Issue => Program::Server(Operation::Issue),
            Self::Verify => Program::Verifier,
        }
    }

    /// The functions that are counted, with all that they call. None calls another one.
    pub(super) const fn counted(self) -> &'static [&'static str] {
        match self {
            Self::Authenticate => &[
                "callsign_server::authenticate::access_key::authenticate",
                "callsign_server::authenticate::access_key::check_content",
            ],
            // Signing threads are other threads.
            Self::Issue => &[CONNECTION],
            Self::Create => &[CONNECTION, TRANSACTION],
            Self::Verify => &["callsign_verifier::verifier::Verifier::verify_offline"],
        }
    }

    /// What is left out of it.
    pub(super) const fn left_out(self) -> &'static [&'static str] {
        match self {
            Self::Authenticate | Self::Issue | Self::Create => &[],
            Self::Verify => &["callsign_protocol::key_set::verifying_key::VerifyingKey::verifies"],
        }
    }

    /// The function that is entered before each round, and after the last.
    pub(super) const fn marker(self) -> &'static str {
        match self.program() {
            Program::Server(_) => "callsign_server::handler::get_identity::get_identity",
            Program::Verifier => "it::offline_checks::check",
        }
    }

    /// Operations of the three rounds. The first takes with it what happens once: buffers that grow, statements that are prepared, the
    /// generator of random numbers. The third less the second is what `round` operations take.
    pub(super) const fn rounds(self) -> [usize; 3] {
        [5, self.round(), 2 * self.round()]
    }

    /// More, where counts differ more from operation to operation.
    pub(super) const fn round(self) -> usize {
        match self {
            Self::Authenticate | Self::Verify => 20,
            Self::Issue => 30,
            Self::Create => 60,
        }
    }
}
