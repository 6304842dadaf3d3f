//! What may be asked of a data folder and what is answered: one JSON line each on the admin socket.

use std::path::PathBuf;

use callsign_protocol::access_key::KeySlot;
use callsign_protocol::algorithm::Algorithm;
use serde::{Deserialize, Serialize};

use super::{
    AuditEntry, AuditMark, AuditQuery, RefusedRequest, Rekeying, Revealed, SigningKeyEntry,
    SigningKeyRotation,
};

/// A question or an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// Makes a resource with two fresh access keys.
    ResourceCreate {
        /// Its name.
        name: String,
        /// Where its data is said to lie.
        data_location: String,
        /// A port of its own.
        port: Option<u16>,
        /// Host names that lead to it.
        hosts: Vec<String>,
        /// What its tokens are signed by.
        signing_algorithm: Algorithm,
    },
    /// Has a resource's tokens signed by another algorithm.
    ResourceSetSigningAlgorithm {
        /// Its name.
        name: String,
        /// What its tokens are signed by from now on.
        algorithm: Algorithm,
    },
    /// All resources, oldest first.
    ResourceList {},
    /// One resource.
    ResourceShow {
        /// Its name.
        name: String,
    },
    /// Removes a resource with its keys and identities.
    ResourceDelete {
        /// Its name.
        name: String,
    },
    /// Both access keys of a resource and its connection strings.
    KeyList {
        /// Its name; the default resource if none is given.
        resource: Option<String>,
    },
    /// Replaces an access key by a fresh one.
    KeyRegenerate {
        /// The name of the resource; the default resource if none is given.
        resource: Option<String>,
        /// Which of the two.
        #[serde(with = "slot_as_word")]
        slot: KeySlot,
    },
    /// Every signing key with its state.
    SigningKeyList {},
    /// Has the next signing key take over.
    SigningKeyRotate {
        /// Of those that sign so.
        algorithm: Algorithm,
    },
    /// Revokes a compromised signing key, and with it every token that it signed.
    SigningKeyRevoke {
        /// Its `kid`.
        key_id: String,
    },
    /// Wraps every key anew under another key-encryption key.
    Rekey {
        /// Where the new key is, or shall be written; for a server whose key is configured.
        new_key_file: Option<PathBuf>,
    },
    /// Copies the database.
    BackupCreate {
        /// The file that is made: a whole path, as the server sees it.
        file: PathBuf,
    },
    /// How many identities of all resources together got a token that may be good still.
    LiveTokensOfAll {},
    /// How many identities got a token that may be good still.
    LiveTokens {
        /// The name of the resource; the default resource if none is given.
        resource: Option<String>,
    },
    /// Revokes every token that a resource has so far.
    ResourceRevoke {
        /// Its name.
        name: String,
    },
    /// Records of the audit chain, oldest first.
    AuditRecords(AuditQuery),
    /// The end of the audit chain, as it is kept apart from the records.
    AuditHead {},
    /// The environment variables that make a client find, sign for and trust the server.
    Environment {
        /// The name of the resource; the default resource if none is given.
        resource: Option<String>,
    },
    /// The requests whose signature was refused last, newest first. Only a running server has them.
    RefusedRequests {},
    /// A link that signs in to the portal once. Only a running server can make one.
    PortalLink {},
    /// What runs, and where.
    Status {},
}

impl Request {
    /// Whether it may change what a server has to listen for or to present, or must be the only change of its time.
    pub(super) fn changes(&self) -> bool {
        match self {
            Self::ResourceCreate { .. }
            | Self::ResourceDelete { .. }
            | Self::KeyRegenerate { .. }
            | Self::Rekey { .. } => true,
            Self::ResourceList {}
            | Self::ResourceSetSigningAlgorithm { .. }
            | Self::SigningKeyList {}
            | Self::SigningKeyRotate { .. }
            | Self::SigningKeyRevoke { .. }
            | Self::BackupCreate { .. }
            | Self::LiveTokensOfAll {}
            | Self::ResourceShow { .. }
            | Self::KeyList { .. }
            | Self::LiveTokens { .. }
            | Self::ResourceRevoke { .. }
            | Self::AuditRecords(_)
            | Self::AuditHead {}
            | Self::Environment { .. }
            | Self::RefusedRequests {}
            | Self::PortalLink {}
            | Self::Status {} => false,
        }
    }
}

/// What was found or done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "kebab-case")]
pub enum Reply {
    /// One resource: the one that was made, or asked for.
    Resource(ResourceEntry),
    /// All resources, oldest first.
    Resources {
        /// The resources.
        resources: Vec<ResourceEntry>,
    },
    /// The resource is gone.
    ResourceDeleted {
        /// The name that it had.
        name: String,
    },
    /// The access keys of a resource.
    Keys(ResourceKeys),
    /// The access key was replaced.
    KeyRegenerated {
        /// The name of the resource.
        resource: String,
        /// Which of the two.
        #[serde(with = "slot_as_word")]
        slot: KeySlot,
        /// How often it has been regenerated now.
        generation: u64,
    },
    /// Every signing key: those that live by algorithm and time, then those that were revoked.
    SigningKeys {
        /// The keys.
        keys: Vec<SigningKeyEntry>,
    },
    /// Another signing key takes over.
    SigningKeyRotated(SigningKeyRotation),
    /// The signing key is revoked.
    SigningKeyRevoked {
        /// Its `kid`.
        key_id: String,
        /// The `kid` of the key that signs now.
        active: String,
    },
    /// Every key is wrapped anew.
    Rekeyed(Rekeying),
    /// The copy is on the disk.
    BackupCreated {
        /// Its file.
        file: String,
        /// Its size.
        bytes: u64,
    },
    /// Identities that got a token in the last 24 hours.
    LiveTokens {
        /// How many.
        identities: u64,
    },
    /// Every token of the resource is revoked.
    ResourceRevoked {
        /// The name of the resource.
        name: String,
    },
    /// Records of the audit chain, oldest first.
    AuditRecords {
        /// The records.
        records: Vec<AuditEntry>,
    },
    /// The end of the audit chain.
    AuditHead(AuditMark),
    /// Environment variables.
    Environment {
        /// In the order in which they are printed.
        variables: Vec<Variable>,
    },
    /// Refused requests, newest first.
    RefusedRequests {
        /// The requests.
        requests: Vec<RefusedRequest>,
    },
    /// A link that signs in to the portal.
    PortalLink(PortalLink),
    /// What runs, and where.
    Status(Standing),
}

/// A resource, without its keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceEntry {
    /// Its name.
    pub name: String,
    /// The guid in each of its ids and tokens.
    pub id: String,
    /// Whether it answers where nothing names another: the oldest one does.
    pub is_default: bool,
    /// Where its data is said to lie.
    pub data_location: String,
    /// What its tokens are signed by.
    pub signing_algorithm: Algorithm,
    /// When it was created, in RFC 3339.
    pub created_at: String,
    /// What a client dials, without a slash at its end; `None` when the server has taken no port yet.
    pub endpoint: Option<String>,
    /// A port of its own.
    pub port: Option<u16>,
    /// Host names that lead to it besides `<name>.<any domain>`.
    pub hosts: Vec<String>,
}

/// The access keys of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceKeys {
    /// Its name.
    pub resource: String,
    /// What a client dials, as in [`ResourceEntry::endpoint`].
    pub endpoint: Option<String>,
    /// Both keys, primary first.
    pub keys: Vec<KeyEntry>,
}

/// An access key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyEntry {
    /// Which of the two.
    #[serde(with = "slot_as_word")]
    pub slot: KeySlot,
    /// How often it was regenerated.
    pub generation: u64,
    /// The key in base64.
    pub key: Revealed,
    /// The connection string with it; `None` when the server has taken no port yet.
    pub connection_string: Option<Revealed>,
}

/// An environment variable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value, which may be a secret.
    pub value: Revealed,
}

/// A link that signs in to the portal once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortalLink {
    /// What a browser opens.
    pub url: Revealed,
    /// Until when, in RFC 3339.
    pub expires_at: String,
}

/// What runs, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The version of the server.
    pub version: String,
    /// Its https address, without a slash at its end.
    pub https: Option<String>,
    /// Its plain http address, without a slash at its end.
    pub http: Option<String>,
    /// Its data folder.
    pub data_dir: String,
    /// How many resources it has.
    pub resources: usize,
    /// How its tokens are signed.
    pub signing: SigningStanding,
}

/// How tokens are signed, and what was signed since the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningStanding {
    /// The engine.
    pub engine: String,
    /// Why signatures are made one by one, where they are.
    pub why_one_by_one: Option<String>,
    /// Batches of one signature, of two, and so on.
    pub batches_by_size: Vec<u64>,
    /// How long all signatures together waited for their batch, in microseconds.
    pub waited_microseconds: u64,
    /// Signatures that were refused because too much waited.
    pub refused: u64,
}

/// A reply, and what else there is to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What was found or done.
    pub reply: Reply,
    /// Sentences for the operator.
    pub notes: Vec<String>,
}

/// The line that goes back.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Line {
    Answer(Answer),
    Refused { sentence: String },
}

mod slot_as_word {
    //! Writes a slot as the command line says it.

    use callsign_protocol::access_key::KeySlot;
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    // serde hands the field over by reference.
    pub(super) fn serialize<S: Serializer>(slot: &KeySlot, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(slot.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<KeySlot, D::Error> {
        let word = String::deserialize(deserializer)?;
        KeySlot::BOTH
            .into_iter()
            .find(|slot| slot.as_str() == word)
            .ok_or_else(|| D::Error::custom("a slot is primary or secondary"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_reads_back_and_an_unknown_one_is_refused() {
        let regenerate = Request::KeyRegenerate { resource: None, slot: KeySlot::Secondary };
        let line = serde_json::to_string(&regenerate).unwrap();
        assert_eq!(line, r#"{"ask":"key-regenerate","resource":null,"slot":"secondary"}"#);
        assert_eq!(serde_json::from_str::<Request>(&line).unwrap(), regenerate);
        for wrong in [
            "",
            "{}",
            r#"{"ask":"key-steal"}"#,
            r#"{"ask":"status","more":1}"#,
            r#"{"ask":"key-regenerate","resource":null,"slot":"third"}"#,
        ] {
            assert!(serde_json::from_str::<Request>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_reply_with_keys_does_not_print_them() {
        let key = Revealed::new("c2VjcmV0".to_owned());
        let entry =
            KeyEntry { slot: KeySlot::Primary, generation: 0, connection_string: Some(key.clone()), key };
        let keys = ResourceKeys { resource: "default".to_owned(), endpoint: None, keys: vec![entry] };
        let answer = Answer { reply: Reply::Keys(keys), notes: Vec::new() };
        assert!(!format!("{answer:?}").contains("c2VjcmV0"));
        let line = serde_json::to_string(&Line::Answer(answer.clone())).unwrap();
        let Line::Answer(back) = serde_json::from_str(&line).unwrap() else { panic!("{line}") };
        assert_eq!(back, answer);
    }
}
