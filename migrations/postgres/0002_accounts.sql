-- The life of accounts: invitations, one-time links, quotas, deletion; and an audit
-- log that only grows. The twin for SQLite has the same tables, columns and
-- nullability.

-- The row outlives the account: what is in the logs was done by its id and devices.
ALTER TABLE users ADD COLUMN deleted_at BIGINT;
-- Absent: what is set for all.
ALTER TABLE users ADD COLUMN quota_spaces BIGINT;
ALTER TABLE users ADD COLUMN quota_documents BIGINT;
ALTER TABLE users ADD COLUMN quota_bytes BIGINT;
-- Both names in lower case, for administrators to search.
ALTER TABLE users ADD COLUMN search TEXT NOT NULL DEFAULT '';
UPDATE users SET search = name || ' ' || lower(display_name);
CREATE INDEX users_deleted ON users (id) WHERE deleted_at IS NOT NULL;

CREATE TABLE invitations (
    id UUID PRIMARY KEY,
    -- SHA-256 of the token; the token itself is never stored.
    token_hash BYTEA NOT NULL UNIQUE,
    note TEXT NOT NULL,
    -- Whether those who come by it govern accounts and the system.
    is_admin BOOLEAN NOT NULL,
    uses_max BIGINT NOT NULL,
    uses BIGINT NOT NULL,
    created_by UUID NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);

-- A link by which a password is set, once. An account has one at a time.
CREATE TABLE password_resets (
    user_id UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    token_hash BYTEA NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX spaces_owner ON spaces (owner_id) WHERE deleted_at IS NULL;
CREATE INDEX log_names ON log (member_id) WHERE member_id IS NOT NULL;
CREATE INDEX audit_log_actor ON audit_log (actor_id, id);
CREATE INDEX audit_log_at ON audit_log (at);

-- Nothing is changed, and nothing goes before it is thirty days old, which is the
-- least that may be set.
CREATE FUNCTION audit_log_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.at <= (EXTRACT(EPOCH FROM clock_timestamp()) - 30 * 86400) * 1000 THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'the audit log only grows';
END
$$;
CREATE TRIGGER audit_log_keeps BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_log_only_grows();
CREATE TRIGGER audit_log_stays BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_only_grows();
