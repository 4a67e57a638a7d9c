-- The life of accounts: invitations, one-time links, quotas, deletion; and an audit
-- log that only grows. The twin for Postgres has the same tables, columns and
-- nullability.

-- The row outlives the account: what is in the logs was done by its id and devices.
ALTER TABLE users ADD COLUMN deleted_at INTEGER;
-- Absent: what is set for all.
ALTER TABLE users ADD COLUMN quota_spaces INTEGER;
ALTER TABLE users ADD COLUMN quota_documents INTEGER;
ALTER TABLE users ADD COLUMN quota_bytes INTEGER;
-- Both names in lower case, for administrators to search.
ALTER TABLE users ADD COLUMN search TEXT NOT NULL DEFAULT '';
UPDATE users SET search = name || ' ' || lower(display_name);
CREATE INDEX users_deleted ON users (id) WHERE deleted_at IS NOT NULL;

CREATE TABLE invitations (
    id BLOB PRIMARY KEY NOT NULL,
    -- SHA-256 of the token; the token itself is never stored.
    token_hash BLOB NOT NULL UNIQUE,
    note TEXT NOT NULL,
    -- Whether those who come by it govern accounts and the system.
    is_admin INTEGER NOT NULL,
    uses_max INTEGER NOT NULL,
    uses INTEGER NOT NULL,
    created_by BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;

-- A link by which a password is set, once. An account has one at a time.
CREATE TABLE password_resets (
    user_id BLOB PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX spaces_owner ON spaces (owner_id) WHERE deleted_at IS NULL;
CREATE INDEX log_names ON log (member_id) WHERE member_id IS NOT NULL;
CREATE INDEX audit_log_actor ON audit_log (actor_id, id);
CREATE INDEX audit_log_at ON audit_log (at);

-- Nothing is changed, and nothing goes before it is thirty days old, which is the
-- least that may be set.
CREATE TRIGGER audit_log_keeps BEFORE UPDATE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'the audit log only grows');
END;
CREATE TRIGGER audit_log_stays BEFORE DELETE ON audit_log
WHEN OLD.at > (unixepoch() - 30 * 86400) * 1000
BEGIN
    SELECT RAISE(ABORT, 'the audit log only grows');
END;
