-- The whole id of a user of Entra, whose local guid is a digest; NULL for users that are made here.
ALTER TABLE identity ADD COLUMN entra_id TEXT;

-- The least epoch of a user of Entra who was deleted and may come again. The guid is a digest: nobody is named.
CREATE TABLE identity_floor (
  resource INTEGER NOT NULL,
  identity BLOB NOT NULL CHECK (length(identity) = 16),
  epoch INTEGER NOT NULL CHECK (epoch >= 0),
  PRIMARY KEY (resource, identity)
) STRICT, WITHOUT ROWID;

CREATE TABLE assignment (
  resource INTEGER NOT NULL,
  -- x'01' and the object for Entra users; x'02', the tenant and the object for the Teams extension
  subject BLOB NOT NULL CHECK (length(subject) IN (17, 33)),
  tenant BLOB NOT NULL CHECK (length(tenant) = 16),
  principal TEXT NOT NULL,
  client_ids TEXT, -- a JSON array of texts, or NULL for any
  PRIMARY KEY (resource, subject)
) STRICT, WITHOUT ROWID;
