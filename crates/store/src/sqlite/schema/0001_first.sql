-- `key` stands for the resource in every other table. It is never used again (AUTOINCREMENT), so that nothing left of a
-- deleted resource can come to belong to a new one.
CREATE TABLE resource (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  name TEXT NOT NULL UNIQUE,
  data_location TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  epoch INTEGER NOT NULL CHECK (epoch >= 0),
  port INTEGER UNIQUE CHECK (port BETWEEN 0 AND 65535),
  hosts TEXT NOT NULL -- a JSON array of texts
) STRICT;

CREATE TABLE access_key (
  resource INTEGER NOT NULL,
  slot INTEGER NOT NULL CHECK (slot IN (1, 2)),
  generation INTEGER NOT NULL CHECK (generation >= 0),
  wrapped BLOB NOT NULL,
  PRIMARY KEY (resource, slot)
) STRICT, WITHOUT ROWID;

CREATE TABLE identity (
  resource INTEGER NOT NULL,
  identity BLOB NOT NULL CHECK (length(identity) = 16),
  created_ms INTEGER NOT NULL,
  epoch INTEGER NOT NULL CHECK (epoch >= 0),
  last_issued_ms INTEGER,
  custom_id TEXT,
  PRIMARY KEY (resource, identity)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX identity_custom_id ON identity (resource, custom_id) WHERE custom_id IS NOT NULL;

CREATE TABLE signing_key (
  key_id TEXT NOT NULL PRIMARY KEY,
  created_ms INTEGER NOT NULL,
  activates_ms INTEGER NOT NULL,
  wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;
