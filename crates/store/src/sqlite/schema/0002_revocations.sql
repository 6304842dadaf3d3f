ALTER TABLE resource ADD COLUMN signing_algorithm TEXT NOT NULL DEFAULT 'RS256';

ALTER TABLE signing_key ADD COLUMN algorithm TEXT NOT NULL DEFAULT 'RS256';

CREATE TABLE revoked_signing_key (
  key_id TEXT NOT NULL PRIMARY KEY,
  revoked_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Where each feed stands. The incarnation is kept beside the resource's epoch because so many raises of that may carry
-- into its upper bits, and the feed goes on nevertheless.
CREATE TABLE feed (
  resource INTEGER PRIMARY KEY,
  incarnation INTEGER NOT NULL CHECK (incarnation >= 0),
  count INTEGER NOT NULL CHECK (count >= 0),
  digest BLOB NOT NULL CHECK (length(digest) = 32)
) STRICT;

INSERT INTO feed (resource, incarnation, count, digest) SELECT key, epoch >> 24, 0, zeroblob(32) FROM resource;

CREATE TABLE revocation (
  resource INTEGER NOT NULL,
  number INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  entry TEXT NOT NULL, -- as it is hashed
  PRIMARY KEY (resource, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  number INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  resource BLOB CHECK (length(resource) = 16),
  subject TEXT NOT NULL,
  changed INTEGER NOT NULL CHECK (changed IN (0, 1)),
  detail TEXT NOT NULL,
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE INDEX audit_subject ON audit (subject);

-- Kept apart from the last record, so that one that is cut off is missed.
CREATE TABLE audit_head (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  number INTEGER NOT NULL CHECK (number >= 0),
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

INSERT INTO audit_head (only, number, hash) VALUES (1, 0, zeroblob(32));
