//! `callsign connector`: what a connector of Power Platform is imported from.

use std::path::PathBuf;

use callsign_server::connector::Document as Exported;
use clap::{ArgGroup, Args, Subcommand, ValueEnum};

/// Print what a connector of Power Apps, Power Automate and Logic Apps is imported from
///
/// No server need run. One answers a connector when connector.enabled is true: see docs/guide/connector.md.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  callsign connector export --out connector
  callsign connector export definition --endpoint https://id.example.com")]
pub(crate) enum Connector {
    Export(Export),
}

/// Print a document of the connector, or write all of them as files
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).multiple(true).args(["document", "out"])))]
#[command(after_help = "\
Examples:
  callsign connector export --out connector
  callsign connector export --out connector --force    over files that are there
  callsign connector export definition
  callsign connector export definition --endpoint https://id.example.com
  callsign connector export icon > icon.png")]
pub(crate) struct Export {
    /// The document that is printed; with --out, the only one that is written
    #[arg(value_enum)]
    pub(crate) document: Option<Document>,
    /// The folder that the files are written into
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// The https address that Power Platform calls, with the name of a resource as its path if need be; public_url if not given
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: Option<String>,
    /// Write over files that are there
    #[arg(long, requires = "out")]
    pub(crate) force: bool,
}

/// A document of the connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Document {
    /// apiDefinition.swagger.json
    Definition,
    /// apiProperties.json
    Properties,
    /// icon.png
    Icon,
}

impl From<Document> for Exported {
    fn from(document: Document) -> Self {
        match document {
            Document::Definition => Self::Definition,
            Document::Properties => Self::Properties,
            Document::Icon => Self::Icon,
        }
    }
}
