//! Records of requests: which ones are asked for, and what is answered.

use std::sync::Arc;
use std::time::Duration;

use callsign_protocol::identity_id::IdentityId;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer};

use super::call::OwnMessage;
use super::fields::Fields;
use super::input::Input;
use super::value;
use crate::http::error::{InputFault, Refusal};
use crate::telemetry::{Columns, Filter, Page, Place, Record};

/// Records on a page whose size is not given.
pub(crate) const RECORDS_DEFAULT: u16 = 100;
/// Most records on a page.
pub(crate) const RECORDS_MAX: u16 = 1_000;
/// Longest time that a request waits for news, in seconds.
pub(crate) const LOGS_WAIT_SECONDS_MAX: u16 = 30;

/// Longest name of an operation.
const OPERATION_CHARACTERS_MAX: usize = 64;

/// `GET /callsign/v1/logs`.
#[derive(Debug)]
pub(crate) struct ListLogs {
    /// Which ones.
    pub(crate) filter: Filter,
    /// What comes after that place; without, the newest.
    pub(crate) after: Option<Place>,
    /// How long to wait when there is nothing after it.
    pub(crate) wait: Duration,
    /// How many.
    pub(crate) limit: usize,
}

impl OwnMessage for ListLogs {
    fn read(input: &Input<'_>) -> Result<Self, Refusal> {
        let read = |query: &mut Fields<String>| {
            let mut number =
                |name, range| query.take(name).map(|text| value::number(name, &text, range)).transpose();
            let (wait, page_size) =
                (number("wait", 0..=LOGS_WAIT_SECONDS_MAX)?, number("pageSize", 1..=RECORDS_MAX)?);
            let status = query.take("status").map(|text| status(&text)).transpose()?;
            let since = query.take("since").map(|text| value::instant("since", &text)).transpose()?;
            let after = query.take("after").map(|text| {
                text.parse().map_err(|_| value::invalid("after", "the `next` of an earlier reply"))
            });
            let filter = Filter {
                resource: Some(input.resource),
                identity: query.take("identity").map(|text| identity(&text, input)).transpose()?,
                operation: query.take("operation").map(operation).transpose()?,
                status,
                since,
            };
            Ok::<_, InputFault>(Self {
                filter,
                after: after.transpose()?,
                wait: Duration::from_secs(wait.unwrap_or(0).into()),
                limit: usize::from(page_size.unwrap_or(RECORDS_DEFAULT)),
            })
        };
        Ok(input.query(read)?)
    }
}

fn identity(text: &str, input: &Input<'_>) -> Result<String, InputFault> {
    let id = IdentityId::read(text, input.resource);
    id.map(|id| id.to_string()).map_err(|_| value::invalid("identity", "an identity id, 8:acs:<guid>_<guid>"))
}

fn operation(text: String) -> Result<String, InputFault> {
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == ' ';
    if (1..=OPERATION_CHARACTERS_MAX).contains(&text.len()) && text.chars().all(is_name) {
        return Ok(text);
    }
    Err(value::invalid("operation", "the name of an operation, such as CreateToken"))
}

/// `404` or `4xx`.
fn status(text: &str) -> Result<u16, InputFault> {
    let class = text.strip_suffix("xx").and_then(|class| value::number("status", class, 1..=5).ok());
    class
        .map_or_else(|| value::number("status", text, 100..=599), Ok)
        .map_err(|_| value::invalid("status", "an HTTP status, such as 404, or a class of them, such as 4xx"))
}

/// Some records.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct Logs {
    /// Those that match, oldest first.
    #[schemars(schema_with = "record_list")]
    records: Records,
    /// What to send as `after` for those that come later.
    next: String,
}

fn record_list(generator: &mut SchemaGenerator) -> Schema {
    <Vec<Columns<'static>>>::json_schema(generator)
}

/// Written one by one, as they stand in memory.
#[derive(Debug)]
struct Records(Vec<Arc<Record>>);

impl Serialize for Records {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for record in &self.0 {
            list.serialize_element(&Columns::from(record.as_ref()))?;
        }
        list.end()
    }
}

impl From<Page> for Logs {
    fn from(page: Page) -> Self {
        Self { records: Records(page.records), next: page.next.to_string() }
    }
}
