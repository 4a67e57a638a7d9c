-- What proves who someone is beside a password: one-time codes, recovery codes,
-- passkeys; and the ceremonies in which they are enrolled and used.

-- Password sign-in is off: passkeys are the way in.
ALTER TABLE users ADD COLUMN passwordless BOOLEAN NOT NULL DEFAULT FALSE;

CREATE TABLE totp (
    user_id UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    -- Encrypted, under the key of this id.
    secret BYTEA NOT NULL,
    key_id BYTEA NOT NULL,
    -- The time step of the last code that was accepted: none is accepted twice.
    last_step BIGINT NOT NULL,
    enrolled_at BIGINT NOT NULL
);
CREATE INDEX totp_key ON totp (key_id);

CREATE TABLE recovery_codes (
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- SHA-256 of the code. A code that was used is gone.
    code_hash BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);

CREATE TABLE passkeys (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    credential_id BYTEA NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- The public key and what is known of the authenticator, as JSON.
    credential TEXT NOT NULL,
    -- The authenticator's count of its signatures; 0 where it keeps none.
    counter BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    -- When its counter went backwards, as that of a copy does. It opens nothing then.
    suspect_at BIGINT
);
CREATE INDEX passkeys_user ON passkeys (user_id, created_at);

CREATE TABLE ceremonies (
    -- SHA-256 of its token.
    token_hash BYTEA PRIMARY KEY,
    kind TEXT NOT NULL,
    -- Whose it is, and in which session it goes on; absent where nobody is known yet.
    user_id UUID REFERENCES users (id) ON DELETE CASCADE,
    session_id UUID REFERENCES sessions (id) ON DELETE CASCADE,
    state BYTEA NOT NULL,
    attempts BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX ceremonies_user ON ceremonies (kind, user_id, created_at);
CREATE INDEX ceremonies_owner ON ceremonies (user_id);
CREATE INDEX ceremonies_session ON ceremonies (session_id);
CREATE INDEX ceremonies_expiry ON ceremonies (expires_at);
