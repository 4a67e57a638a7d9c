-- What proves who someone is beside a password: one-time codes, recovery codes,
-- passkeys; and the ceremonies in which they are enrolled and used.

-- Password sign-in is off: passkeys are the way in.
ALTER TABLE users ADD COLUMN passwordless INTEGER NOT NULL DEFAULT 0;

CREATE TABLE totp (
    user_id BLOB PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- Encrypted, under the key of this id.
    secret BLOB NOT NULL,
    key_id BLOB NOT NULL,
    -- The time step of the last code that was accepted: none is accepted twice.
    last_step INTEGER NOT NULL,
    enrolled_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX totp_key ON totp (key_id);

CREATE TABLE recovery_codes (
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- SHA-256 of the code. A code that was used is gone.
    code_hash BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, code_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE passkeys (
    id BLOB PRIMARY KEY NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    credential_id BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- The public key and what is known of the authenticator, as JSON.
    credential TEXT NOT NULL,
    -- The authenticator's count of its signatures; 0 where it keeps none.
    counter INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER,
    -- When its counter went backwards, as that of a copy does. It opens nothing then.
    suspect_at INTEGER
) STRICT;
CREATE INDEX passkeys_user ON passkeys (user_id, created_at);

CREATE TABLE ceremonies (
    -- SHA-256 of its token.
    token_hash BLOB PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    -- Whose it is, and in which session it goes on; absent where nobody is known yet.
    user_id BLOB REFERENCES users (id) ON DELETE CASCADE,
    session_id BLOB REFERENCES sessions (id) ON DELETE CASCADE,
    state BLOB NOT NULL,
    attempts INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX ceremonies_user ON ceremonies (kind, user_id, created_at);
CREATE INDEX ceremonies_owner ON ceremonies (user_id);
CREATE INDEX ceremonies_session ON ceremonies (session_id);
CREATE INDEX ceremonies_expiry ON ceremonies (expires_at);
