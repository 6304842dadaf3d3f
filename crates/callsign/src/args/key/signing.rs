//! `callsign key signing`: the keys that sign access tokens.

use clap::{Args, Subcommand, ValueEnum};

use crate::args::Output;

/// List and rotate the keys that sign access tokens
///
/// They sign the tokens of all resources. Each key is in the key set before it signs and until its last token has ended, and the next one
/// takes over by itself (signing.rotate_every_days); nothing has to be done by hand unless a key is compromised. Works through the running
/// server, or on the data folder of a stopped one.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  callsign key signing list
  callsign key signing rotate
  callsign key signing rotate --compromised KID")]
pub(crate) enum Signing {
    /// Print every signing key with its state, since when it is in it and until when
    ///
    /// next: in the key set, does not sign yet. active: signs. retiring: in the key set until its last token has ended. retired: its last token
    /// has ended, it leaves the key set when the server is sure of that. revoked: nothing that it signed is accepted.
    #[command(after_help = "\
Examples:
  callsign key signing list
  callsign key signing list -o json")]
    List(Output),
    Rotate(Rotate),
}

/// Have the next signing key take over, or revoke a compromised one
///
/// The next key signs as soon as it has been in the key set for 15 minutes, which is mostly at once; tokens that the old key signed stay good. With
/// --compromised, the key is revoked instead: every token that it signed is refused at once by this server, and within seconds by verifiers that
/// follow it; readers that only fetch the key set keep the old one for up to 300 seconds.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  callsign key signing rotate
  callsign key signing rotate --algorithm ES256
  callsign key signing rotate --compromised KID
  callsign key signing rotate --compromised KID --yes    without asking, for scripts")]
pub(crate) struct Rotate {
    /// Which keys: those that sign by this algorithm
    #[arg(long, value_enum, ignore_case = true, default_value_t = Algorithm::Rs256)]
    pub(crate) algorithm: Algorithm,
    /// Revoke this key for ever, and with it every token that it signed
    // One key of 64 has an id that begins with a hyphen.
    #[arg(long, value_name = "KID", conflicts_with = "algorithm", allow_hyphen_values = true)]
    pub(crate) compromised: Option<String>,
    /// Do not ask; without --compromised nothing is asked
    #[arg(short = 'y', long)]
    pub(crate) yes: bool,
}

/// What tokens are signed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Algorithm {
    /// RSA, as Azure signs and as every client reads
    #[value(name = "RS256")]
    Rs256,
    /// ECDSA on P-256: shorter tokens
    #[value(name = "ES256")]
    Es256,
}

impl From<Algorithm> for callsign_protocol::algorithm::Algorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Rs256 => Self::Rs256,
            Algorithm::Es256 => Self::Es256,
        }
    }
}
