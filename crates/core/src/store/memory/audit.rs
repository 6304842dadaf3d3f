//! The audit chain of the model.

use async_trait::async_trait;

use super::MemoryStore;
use crate::directory::audit::{AuditFilter, Deed, Head, Record, Subject};
use crate::store::{Audit, StoreError};

#[async_trait]
impl Audit for MemoryStore {
    async fn record(&self, deed: &Deed, subject: &Subject<'_>) -> Result<(), StoreError> {
        self.state().note(deed, (subject.resource, subject.name), subject.changed);
        Ok(())
    }

    async fn audit_records(
        &self,
        filter: &AuditFilter,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let state = self.state();
        let wanted = state.records.iter().filter(|record| record.number > after && filter.matches(record));
        Ok(wanted.take(limit).cloned().collect())
    }

    async fn audit_head(&self) -> Result<Head, StoreError> {
        Ok(self.state().records.last().map(Record::head).unwrap_or_default())
    }
}
