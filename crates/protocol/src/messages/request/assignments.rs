//! Bodies of assignments. Nobody recorded them: members are those of the published descriptions, texts are ours.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use uuid::Uuid;

use super::exchanges::guid;
use super::{InvalidMessage, object};
use crate::assignment::{Assignment, AssignmentKey, CLIENT_ID_BYTES_MAX, CLIENT_IDS_MAX, PrincipalType};

/// Most assignments that one request changes.
const CHANGES_MAX: usize = 1_000;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Members {
    tenant_id: Value,
    principal_type: Value,
    client_ids: Value,
}

/// `PUT` of one assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutAssignment(pub Assignment);

impl PutAssignment {
    /// Reads the body of the assignment that the path names.
    ///
    /// # Errors
    /// [`InvalidMessage`], naming the first member at fault.
    pub fn parse(key: AssignmentKey, body: &[u8]) -> Result<Self, InvalidMessage> {
        let members = if body.is_empty() { Members::default() } else { object(body)? };
        Ok(Self(assignment(key, &members)?))
    }
}

/// `PATCH` of the Entra assignments: each is put, or removed where there is `null` (RFC 7396).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateEntraAssignments(pub Vec<(AssignmentKey, Option<Assignment>)>);

impl UpdateEntraAssignments {
    /// Reads the body: an object of assignments by object id.
    ///
    /// # Errors
    /// [`InvalidMessage`], naming the first member at fault.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidMessage> {
        let Entries(entries) = if body.is_empty() { Entries(Vec::new()) } else { object(body)? };
        if entries.len() > CHANGES_MAX {
            let reason = "one request changes at most 1000 assignments; send more than one.";
            return Err(InvalidMessage::MemberInvalid { member: "body", reason });
        }
        let mut changes: Vec<(AssignmentKey, Option<Assignment>)> = Vec::with_capacity(entries.len());
        for (object_id, value) in entries {
            let object = guid(&object_id).ok_or(InvalidMessage::MemberNoGuid { member: "objectId" })?;
            let key = AssignmentKey::Entra(object);
            if changes.iter().any(|(other, _)| *other == key) {
                let reason = "each object id may stand once.";
                return Err(InvalidMessage::MemberInvalid { member: "objectId", reason });
            }
            let put = match value {
                Value::Null => None,
                value => {
                    let members = serde_json::from_value(value)
                        .map_err(|error| InvalidMessage::NotAnObject { reason: error.to_string() })?;
                    Some(assignment(key, &members)?)
                }
            };
            changes.push((key, put));
        }
        Ok(Self(changes))
    }
}

/// Members in order, each of them: a map would keep the last of those that stand twice.
struct Entries(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Entries;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object of assignments")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Read)
    }
}

fn assignment(key: AssignmentKey, members: &Members) -> Result<Assignment, InvalidMessage> {
    let principal = principal(key, &members.principal_type)?;
    let (tenant, client_ids) = match key {
        AssignmentKey::TeamsExtension { tenant, .. } => (tenant, client_ids(&members.client_ids)?),
        AssignmentKey::Entra(_) => {
            let client_ids = client_ids(&members.client_ids)?
                .ok_or(InvalidMessage::MemberMissing { member: "ClientIds" })?;
            (entra_tenant(&members.tenant_id)?, Some(client_ids))
        }
    };
    if principal == PrincipalType::Tenant && key.object() != tenant {
        let reason = "the object id of an assignment for a tenant is the tenant's own.";
        return Err(InvalidMessage::MemberInvalid { member: "tenantId", reason });
    }
    Ok(Assignment { key, tenant, principal, client_ids })
}

fn principal(key: AssignmentKey, value: &Value) -> Result<PrincipalType, InvalidMessage> {
    if value.is_null() {
        return Err(InvalidMessage::MemberMissing { member: "PrincipalType" });
    }
    let principal = value.as_str().and_then(|word| word.parse().ok());
    principal.filter(|principal| key.takes(*principal)).ok_or(InvalidMessage::MemberInvalid {
        member: "principalType",
        reason: match key {
            AssignmentKey::Entra(_) => "it is one of user, group and tenant.",
            AssignmentKey::TeamsExtension { .. } => "it is user or resourceAccount.",
        },
    })
}

fn entra_tenant(value: &Value) -> Result<Uuid, InvalidMessage> {
    if value.is_null() {
        return Err(InvalidMessage::MemberMissing { member: "TenantId" });
    }
    value.as_str().and_then(guid).ok_or(InvalidMessage::MemberNoGuid { member: "tenantId" })
}

fn client_ids(value: &Value) -> Result<Option<Vec<String>>, InvalidMessage> {
    let invalid = |reason| InvalidMessage::MemberInvalid { member: "clientIds", reason };
    let list = match value {
        Value::Null => return Ok(None),
        Value::Array(list) if list.len() <= CLIENT_IDS_MAX => list,
        Value::Array(_) => return Err(invalid("an assignment names at most 100 applications.")),
        _ => return Err(invalid("it is a list of the ids of applications.")),
    };
    let fits =
        |text: &&str| (1..=CLIENT_ID_BYTES_MAX).contains(&text.len()) && !text.chars().any(char::is_control);
    let ids = list.iter().map(|item| item.as_str().filter(fits).map(str::to_owned)).collect::<Option<_>>();
    ids.map(Some).ok_or_else(|| invalid("the id of an application is a text of 1 to 256 bytes."))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "3f14cf17-84d5-42c2-8689-a6365c474b4e";
    const OBJECT: &str = "350adb03-7be9-4846-b078-35adb0d0e119";
    const CLIENT: &str = "07474a86-625a-452f-977b-db4e13f21260";

    fn key(text: &str) -> AssignmentKey {
        AssignmentKey::Entra(text.parse().unwrap())
    }

    fn put(body: &str) -> Result<Assignment, InvalidMessage> {
        PutAssignment::parse(key(OBJECT), body.as_bytes()).map(|put| put.0)
    }

    #[test]
    fn the_published_example_of_a_bulk_update_reads() {
        let body = format!(
            r#"{{"{OBJECT}":{{"principalType":"user","tenantId":"{TENANT}","clientIds":["{CLIENT}"]}},"d7233e76-d261-46c6-94b3-39073103ae81":null}}"#
        );
        let read = UpdateEntraAssignments::parse(body.as_bytes()).unwrap().0;
        let added = Assignment {
            key: key(OBJECT),
            tenant: TENANT.parse().unwrap(),
            principal: PrincipalType::User,
            client_ids: Some(vec![CLIENT.to_owned()]),
        };
        assert_eq!(read, [(key(OBJECT), Some(added)), (key("d7233e76-d261-46c6-94b3-39073103ae81"), None)]);
        assert_eq!(UpdateEntraAssignments::parse(b"{}").unwrap().0, []);
    }

    #[test]
    fn members_of_an_entra_assignment_are_all_required() {
        for (body, text) in [
            ("", "PrincipalType: The PrincipalType field is required."),
            (r#"{"principalType":"user"}"#, "ClientIds: The ClientIds field is required."),
            (r#"{"principalType":"user","clientIds":[]}"#, "TenantId: The TenantId field is required."),
            (
                r#"{"principalType":"user","clientIds":[],"tenantId":"x"}"#,
                "Provided TenantId has invalid format.",
            ),
            (r#"{"principalType":"resourceAccount"}"#, "PrincipalType: it is one of user, group and tenant."),
            (
                r#"{"principalType":"user","clientIds":"x"}"#,
                "ClientIds: it is a list of the ids of applications.",
            ),
            (
                r#"{"principalType":"user","clientIds":[""]}"#,
                "ClientIds: the id of an application is a text of 1 to 256 bytes.",
            ),
        ] {
            assert_eq!(put(body).unwrap_err().to_string(), text, "{body}");
        }
        let of_tenant = format!(r#"{{"principalType":"tenant","clientIds":[],"tenantId":"{TENANT}"}}"#);
        assert_eq!(put(&of_tenant).unwrap_err().target(), Some("tenantId"));
        assert!(PutAssignment::parse(key(TENANT), of_tenant.as_bytes()).is_ok());
    }

    #[test]
    fn a_teams_extension_assignment_needs_its_principal_only() {
        let key = AssignmentKey::TeamsExtension { tenant: Uuid::from_u128(1), object: Uuid::from_u128(2) };
        let put = |body: &str| PutAssignment::parse(key, body.as_bytes()).map(|put| put.0);
        let read = put(r#"{"principalType":"teamsResourceAccount"}"#).unwrap();
        assert_eq!((read.principal, read.client_ids), (PrincipalType::ResourceAccount, None));
        let read = put(r#"{"principalType":"user","clientIds":["a"]}"#).unwrap();
        assert_eq!((read.tenant, read.client_ids), (Uuid::from_u128(1), Some(vec!["a".to_owned()])));
        let refused = put(r#"{"principalType":"group"}"#).unwrap_err();
        assert_eq!(refused.to_string(), "PrincipalType: it is user or resourceAccount.");
    }

    #[test]
    fn a_bulk_update_is_bounded_and_says_one_thing_of_each() {
        let twice = format!(r#"{{"{OBJECT}":null,"{}":null}}"#, OBJECT.to_uppercase());
        assert_eq!(UpdateEntraAssignments::parse(twice.as_bytes()).unwrap_err().target(), Some("objectId"));
        assert_eq!(UpdateEntraAssignments::parse(br#"{"x":null}"#).unwrap_err().target(), Some("objectId"));
        let many: Vec<_> =
            (0..=CHANGES_MAX).map(|n| format!(r#""{}":null"#, Uuid::from_u128(n as u128))).collect();
        let many = format!("{{{}}}", many.join(","));
        assert_eq!(UpdateEntraAssignments::parse(many.as_bytes()).unwrap_err().target(), Some("body"));
    }
}
