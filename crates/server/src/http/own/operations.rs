//! What each operation of our own surface says of itself.

use callsign_core::Error;
use schemars::{Schema, SchemaGenerator, json_schema};

use super::description::{Description, Parameter, SchemaOf};
use super::identities::{
    DeletedIdentities, IdentityIds, IdentityList, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, PruneIdentities,
    PrunedIdentities, RevokedIdentities,
};
use super::introspection::{IntrospectToken, Introspection};
use super::logs::{LOGS_WAIT_SECONDS_MAX, Logs, RECORDS_DEFAULT, RECORDS_MAX};
use super::revocations::{NewRevocations, SNAPSHOT_TYPE, WAIT_SECONDS_MAX};
use crate::feed::NotRead;
use crate::http::error::Refusal;
use crate::http::reply::EVENT_STREAM;

/// A place in a feed, as it is written.
const PLACE_PATTERN: &str = "^[0-9]+-[0-9]+$";

pub(crate) fn introspect_access_token() -> Description {
    let reply: SchemaOf = SchemaGenerator::subschema_for::<Introspection>;
    Description::json("Whether an access token of the resource is good now (RFC 7662).", reply)
        .about(
            "The answer is read from the store: a token that was revoked, or whose identity was deleted, is inactive from \
             the moment that the revoke was answered.",
        )
        .taking_form(IntrospectToken::schema)
}

pub(crate) fn list_identities() -> Description {
    let reply: SchemaOf = SchemaGenerator::subschema_for::<IdentityList>;
    let instant = |name, about| Parameter::query(name, about, instant());
    Description::json("The identities of the resource, page by page, in the order of their ids.", reply)
        .about(
            "Filters that are given must all hold. A page looks at 10,000 identities at most, so it may be short, or empty, \
             and still have a `nextLink`. Identities that are created or deleted meanwhile may or may not be seen; every \
             other one is seen once.",
        )
        .with(vec![
            instant("createdAfter", "Created at that instant or later."),
            instant("createdBefore", "Created before that instant."),
            instant("lastIssuedAfter", "Got the last token at that instant or later."),
            instant("lastIssuedBefore", "Got the last token before that instant."),
            Parameter::query("neverIssued", "Never got a token.", json_schema!({ "type": "boolean" })),
            Parameter::query(
                "customId",
                "Has that custom id.",
                json_schema!({ "type": "string", "minLength": 1, "maxLength": 256 }),
            ),
            Parameter::query(
                "pageSize",
                "Most identities on the page.",
                json_schema!({
                    "type": "integer",
                    "minimum": 1,
                    "maximum": PAGE_SIZE_MAX,
                    "default": PAGE_SIZE_DEFAULT,
                }),
            ),
            Parameter::query(
                "continuation",
                "Where an earlier page ended; `nextLink` has it.",
                json_schema!({ "type": "string" }),
            ),
        ])
}

pub(crate) fn delete_identities() -> Description {
    let reply: SchemaOf = SchemaGenerator::subschema_for::<DeletedIdentities>;
    Description::json("Deletes identities, and with each every token that it had.", reply)
        .about("All in one step: when an id is malformed or of another resource, nothing is done.")
        .taking_json(IdentityIds::schema)
        .refusing(vec![Refusal::Rule(Error::IdentityNotOwned)])
}

pub(crate) fn revoke_identities() -> Description {
    let reply: SchemaOf = SchemaGenerator::subschema_for::<RevokedIdentities>;
    Description::json("Revokes every token that identities have so far.", reply)
        .about("All in one step: when an id is malformed or of another resource, nothing is done.")
        .taking_json(IdentityIds::schema)
        .refusing(vec![Refusal::Rule(Error::IdentityNotOwned)])
}

pub(crate) fn prune_identities() -> Description {
    let reply: SchemaOf = SchemaGenerator::subschema_for::<PrunedIdentities>;
    Description::json("Deletes identities that got no token for long, batch by batch.", reply)
        .about(
            "An identity that got a token meanwhile stays. A batch may be short, or empty, and still have a `continuation`: \
             send it with the next request until there is none.",
        )
        .taking_json(PruneIdentities::schema)
}

pub(crate) fn get_revocation_snapshot() -> Description {
    let bytes: SchemaOf = |_| Schema::default();
    Description::answering("All revocations of the resource that still matter.", (SNAPSHOT_TYPE, bytes))
        .about(
            "One line with a JWS that the server's keys sign (`typ` is `revocations+jwt`; its `body` is the SHA-256 of what \
             follows), a line feed, and the binary body.",
        )
        .with(vec![known_tags()])
        .tagged()
}

pub(crate) fn stream_revocations() -> Description {
    let events: SchemaOf = |_| json_schema!({ "type": "string" });
    Description::answering("Revocations of the resource as they happen, as server-sent events.", (EVENT_STREAM, events))
        .about(
            "An event without a name is an entry of the feed; its id is the place after it. Each second an event `heartbeat` \
             brings a JWS that says where the feed stands. An event `reset` ends the stream when it cannot be continued from \
             the reader's place: take a snapshot then.",
        )
        .with(vec![Parameter::header(
            "Last-Event-ID",
            "Where the reader stands; without it the stream begins where the feed stands.",
            place(),
        )])
}

pub(crate) fn poll_revocations() -> Description {
    let reply: SchemaOf = SchemaGenerator::subschema_for::<NewRevocations>;
    Description::json("Revocations of the resource after a place in its feed.", reply)
        .about("Without news the reply waits for as long as the reader asks.")
        .with(vec![
            Parameter::query("after", "Where the reader stands.", place()).required(),
            Parameter::query(
                "wait",
                "How many seconds to wait for news.",
                json_schema!({ "type": "integer", "minimum": 0, "maximum": WAIT_SECONDS_MAX, "default": 0 }),
            ),
        ])
        .refusing(vec![Refusal::Feed(NotRead::PositionGone)])
}

pub(crate) fn list_logs() -> Description {
    let reply: SchemaOf = SchemaGenerator::subschema_for::<Logs>;
    let text = || json_schema!({ "type": "string" });
    Description::json("Records of requests to the resource, in the columns of ACSAuthIncomingOperations.", reply)
        .about(
            "The newest that match, oldest first; filters that are given must all hold. The server keeps a bounded number of records \
             in memory. With `after`, what came after an earlier reply; without news it waits for as long as the reader asks. \
             Requests for records are not recorded.",
        )
        .with(vec![
            Parameter::query("identity", "About that identity.", text()),
            Parameter::query("operation", "Of that name, such as CreateToken, in any case.", text()),
            Parameter::query(
                "status",
                "Answered with that status, or with one of that class.",
                json_schema!({ "type": "string", "pattern": "^([1-5][0-9][0-9]|[1-5]xx)$" }),
            ),
            Parameter::query("since", "Answered at that instant or later.", instant()),
            Parameter::query(
                "pageSize",
                "Most records in the reply.",
                json_schema!({ "type": "integer", "minimum": 1, "maximum": RECORDS_MAX, "default": RECORDS_DEFAULT }),
            ),
            Parameter::query("after", "Where an earlier reply ended: its `next`.", place()),
            Parameter::query(
                "wait",
                "How many seconds to wait for news after that place.",
                json_schema!({ "type": "integer", "minimum": 0, "maximum": LOGS_WAIT_SECONDS_MAX, "default": 0 }),
            ),
        ])
}

fn instant() -> Schema {
    json_schema!({ "type": "string", "format": "date-time" })
}

fn place() -> Schema {
    json_schema!({ "type": "string", "pattern": PLACE_PATTERN })
}

fn known_tags() -> Parameter {
    let tags = json_schema!({ "type": "string" });
    Parameter::header("If-None-Match", "The entity tag of the snapshot that the reader has.", tags)
}
