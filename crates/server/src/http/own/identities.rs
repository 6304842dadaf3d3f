//! Many identities at once: what is asked when they are listed, deleted, revoked and pruned, and what is answered.

use std::collections::{BTreeMap, BTreeSet};

use callsign_core::operation::prune_identities::{Prune, Pruned};
use callsign_core::store::{Identity, IdentityFilter, IdentityPage};
use callsign_protocol::identity_id::IdentityId;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::call::OwnMessage;
use super::fields::Fields;
use super::input::Input;
use super::value::{self, IDS_MAX};
use crate::http::error::{InputFault, Refusal};

/// Identities on a page whose size is not given.
pub(crate) const PAGE_SIZE_DEFAULT: u16 = 100;
/// Most identities on a page.
pub(crate) const PAGE_SIZE_MAX: u16 = 1_000;

const CONTINUATION: &str = "continuation";

/// `GET /callsign/v1/identities`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ListIdentities {
    /// Which ones.
    pub(crate) filter: IdentityFilter,
    /// After that local guid, and how many.
    pub(crate) place: (Option<Uuid>, usize),
    /// The same request without its place.
    pub(crate) link: String,
}

impl OwnMessage for ListIdentities {
    fn read(input: &Input<'_>) -> Result<Self, Refusal> {
        let read = |query: &mut Fields<String>| {
            let mut instant = |name| query.take(name).map(|text| value::instant(name, &text)).transpose();
            let filter = IdentityFilter {
                created_after: instant("createdAfter")?,
                created_before: instant("createdBefore")?,
                last_issued_after: instant("lastIssuedAfter")?,
                last_issued_before: instant("lastIssuedBefore")?,
                never_issued: match query.take("neverIssued") {
                    Some(text) => value::flag("neverIssued", &text)?,
                    None => false,
                },
                custom_id: query
                    .take("customId")
                    .map(|text| value::custom_id("customId", text))
                    .transpose()?,
                unused_since: None,
            };
            let page_size = match query.take("pageSize") {
                Some(text) => value::number("pageSize", &text, 1..=PAGE_SIZE_MAX)?,
                None => PAGE_SIZE_DEFAULT,
            };
            let after =
                query.take(CONTINUATION).map(|text| value::continuation(CONTINUATION, &text)).transpose()?;
            Ok::<_, InputFault>((filter, (after, usize::from(page_size))))
        };
        let (filter, place) = input.query(read)?;
        Ok(Self { filter, place, link: link(input) })
    }
}

/// The request's own path and parameters but for its place, so that a reader follows it to the same resource.
fn link(input: &Input<'_>) -> String {
    let is_place =
        |pair: &&str| form_urlencoded::parse(pair.as_bytes()).any(|(name, _)| name == CONTINUATION);
    let mut link = format!("{}?", input.path);
    for pair in input.query.split('&').filter(|pair| !pair.is_empty() && !is_place(pair)) {
        link.push_str(pair);
        link.push('&');
    }
    link
}

/// A page of identities.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub(crate) struct IdentityList {
    /// Those that match, in the order of their ids.
    identities: Vec<ListedIdentity>,
    /// Where the next page is, from the root of this server. A page that is short, or empty, may still have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_link: Option<String>,
}

/// An identity of a page.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
struct ListedIdentity {
    /// `8:acs:<guid>_<guid>`
    id: String,
    /// When it was created.
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    /// When it last got a token, if it ever did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    last_issued_at: Option<String>,
    /// The caller's own name for it, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_id: Option<String>,
}

impl IdentityList {
    pub(crate) fn of(page: IdentityPage, link: &str) -> Self {
        let listed = |identity: Identity| ListedIdentity {
            id: identity.id.to_string(),
            created_at: identity.created_at.to_round_trip(),
            last_issued_at: identity.last_issued_at.map(|at| at.to_round_trip()),
            custom_id: identity.custom_id,
        };
        let next_link =
            page.next.map(|after| format!("{link}{CONTINUATION}={}", value::continuation_text(after)));
        Self { identities: page.identities.into_iter().map(listed).collect(), next_link }
    }
}

/// `POST /callsign/v1/identities/delete` and `…/revoke`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct IdentityIds {
    ids: Vec<IdentityId>,
}

impl OwnMessage for IdentityIds {
    fn read(input: &Input<'_>) -> Result<Self, Refusal> {
        let read = |members: &mut Fields<Value>| {
            Ok(Self { ids: value::ids("ids", &members.required("ids")?, input.resource)? })
        };
        Ok(input.json(read)?)
    }
}

impl IdentityIds {
    pub(crate) fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "properties": {
                "ids": {
                    "type": "array",
                    "description": "Identity ids. One that is named twice counts once, and is answered twice.",
                    "items": { "type": "string", "examples": ["8:acs:<guid>_<guid>"] },
                    "minItems": 1,
                    "maxItems": IDS_MAX,
                },
            },
            "required": ["ids"],
            "additionalProperties": false,
        })
    }

    /// Each id once.
    pub(crate) fn distinct(&self) -> Vec<IdentityId> {
        self.ids.iter().collect::<BTreeSet<_>>().into_iter().copied().collect()
    }

    /// What became of each, in the order of the request. `done` is in the order of [`Self::distinct`].
    fn results<S: Copy>(&self, done: &[bool], (yes, no): (S, S)) -> Vec<(String, S)> {
        let done: BTreeMap<_, _> = self.distinct().into_iter().zip(done.iter().copied()).collect();
        let status = |id| if done.get(id).copied().unwrap_or(false) { yes } else { no };
        self.ids.iter().map(|id| (id.to_string(), status(id))).collect()
    }
}

/// What became of identities that were to be deleted.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct DeletedIdentities {
    /// One for each id, in the order of the request.
    results: Vec<DeletedIdentity>,
}

/// What became of one.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct DeletedIdentity {
    id: String,
    status: Deletion,
}

#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Deletion {
    /// It is gone, and with it every token it had.
    Deleted,
    /// It was not there.
    Absent,
}

impl DeletedIdentities {
    pub(crate) fn of(asked: &IdentityIds, deleted: &[bool]) -> Self {
        let results = asked.results(deleted, (Deletion::Deleted, Deletion::Absent));
        Self { results: results.into_iter().map(|(id, status)| DeletedIdentity { id, status }).collect() }
    }
}

/// What became of identities whose tokens were to be revoked.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct RevokedIdentities {
    /// One for each id, in the order of the request.
    results: Vec<RevokedIdentity>,
}

/// What became of one.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct RevokedIdentity {
    id: String,
    status: Revocation,
}

#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Revocation {
    /// Every token that it had is dead.
    Revoked,
    /// It is not there, and so has no token.
    Absent,
}

impl RevokedIdentities {
    pub(crate) fn of(asked: &IdentityIds, revoked: &[bool]) -> Self {
        let results = asked.results(revoked, (Revocation::Revoked, Revocation::Absent));
        Self { results: results.into_iter().map(|(id, status)| RevokedIdentity { id, status }).collect() }
    }
}

/// `POST /callsign/v1/identities/prune`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PruneIdentities(pub(crate) Prune);

impl OwnMessage for PruneIdentities {
    fn read(input: &Input<'_>) -> Result<Self, Refusal> {
        let read = |members: &mut Fields<Value>| {
            let mut text = |name| members.take(name).map(|member| value::text(name, member)).transpose();
            let (unused_since, after) = (text("unusedSince")?, text(CONTINUATION)?);
            let unused_since = unused_since.ok_or_else(|| value::missing("unusedSince"))?;
            Ok::<_, InputFault>(Prune {
                unused_since: value::instant("unusedSince", &unused_since)?,
                // Nothing is deleted by a request that forgot to say so.
                dry_run: value::boolean("dryRun", &members.required("dryRun")?)?,
                after: after.map(|text| value::continuation(CONTINUATION, &text)).transpose()?,
            })
        };
        Ok(Self(input.json(read)?))
    }
}

impl PruneIdentities {
    pub(crate) fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "properties": {
                "unusedSince": {
                    "type": "string",
                    "format": "date-time",
                    "description": "Identities that got their last token, or were created when they never got one, before \
                                    this instant are deleted.",
                },
                "dryRun": { "type": "boolean", "description": "Only say which would be deleted." },
                CONTINUATION: { "type": "string", "description": "Where an earlier reply ended." },
            },
            "required": ["unusedSince", "dryRun"],
            "additionalProperties": false,
        })
    }
}

/// One batch of pruned identities.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct PrunedIdentities {
    /// The ids of those that were, or would be, deleted.
    identities: Vec<String>,
    /// What to send for the next batch. A batch that is short, or empty, may still have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    continuation: Option<String>,
}

impl PrunedIdentities {
    pub(crate) fn of(pruned: &Pruned) -> Self {
        Self {
            identities: pruned.ids.iter().map(ToString::to_string).collect(),
            continuation: pruned.next.map(value::continuation_text),
        }
    }
}
