//! The audit chain: its records, page by page, and its head. Looking at it leaves no trace in it.

use callsign_core::directory::audit::{AuditFilter, Record};
use callsign_protocol::date::Timestamp;
use uuid::Uuid;

use super::{Office, Refused};
use crate::admin::{AUDIT_RECORDS_MAX, Answer, AuditEntry, AuditQuery, Reply};

impl Office {
    pub(super) async fn audit_records(&self, query: AuditQuery) -> Result<Answer, Refused> {
        let filter = AuditFilter {
            resource: query.resource.as_deref().map(|name| self.resource_id(name)).transpose()?,
            subject: query.subject,
            since: query.since_unix_ms.map(Timestamp::from_unix_milliseconds),
        };
        let limit = query.limit.clamp(1, AUDIT_RECORDS_MAX);
        let found = self.service.store.audit_records(&filter, query.after, limit).await;
        let resources = self.service.resources.all();
        let name = |id: Uuid| {
            let resource = resources.iter().find(|resource| resource.stored.id == id)?;
            Some(resource.stored.name.to_string())
        };
        let entry = |record: Record| {
            let name = record.resource.and_then(name);
            AuditEntry::of(record, name)
        };
        let records = found.map_err(Refused::because)?.into_iter().map(entry).collect();
        Ok(Answer::of(Reply::AuditRecords { records }))
    }

    pub(super) async fn audit_head(&self) -> Result<Answer, Refused> {
        let head = self.service.store.audit_head().await.map_err(Refused::because)?;
        Ok(Answer::of(Reply::AuditHead(head.into())))
    }

    /// Records outlive their resources, which only have ids then.
    fn resource_id(&self, name: &str) -> Result<Uuid, Refused> {
        match Uuid::parse_str(name) {
            Ok(id) => Ok(id),
            Err(_) => Ok(self.resource(Some(name))?.stored.id),
        }
    }
}
