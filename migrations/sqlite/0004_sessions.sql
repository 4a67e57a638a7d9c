-- Sessions and devices, the sign-in of devices by a code, API tokens and passwords
-- of calendar programs. The twin for Postgres has the same tables, columns and
-- nullability.

-- From where the session began, and with what program.
ALTER TABLE sessions ADD COLUMN address TEXT;
ALTER TABLE sessions ADD COLUMN agent TEXT;

-- When the device was ordered to remove everything, and when it had.
ALTER TABLE devices ADD COLUMN purge_at INTEGER;
ALTER TABLE devices ADD COLUMN purged_at INTEGER;

CREATE TABLE device_codes (
    id BLOB PRIMARY KEY NOT NULL,
    -- SHA-256 of the code that the device keeps.
    device_hash BLOB NOT NULL UNIQUE,
    -- HMAC of the code that a person types: it is too short for a plain hash.
    user_hash BLOB NOT NULL UNIQUE,
    -- What the device says of itself; an id where it had been signed in before.
    device_id BLOB,
    name TEXT NOT NULL,
    platform TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- How long the device has to wait between two questions, and when it last asked.
    pause INTEGER NOT NULL,
    polled_at INTEGER,
    -- Who has been shown the device and may decide now: SHA-256 of what the page holds.
    ticket_hash BLOB UNIQUE,
    ticket_user BLOB,
    ticket_until INTEGER,
    -- Who approved it; absent once it is decided: it was denied.
    user_id BLOB REFERENCES users (id) ON DELETE CASCADE,
    decided_at INTEGER
) STRICT;
CREATE INDEX device_codes_expiry ON device_codes (expires_at);

CREATE TABLE api_tokens (
    id BLOB PRIMARY KEY NOT NULL,
    -- SHA-256 of the token; the token itself is never stored.
    token_hash BLOB NOT NULL UNIQUE,
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- `read` or `write`.
    access TEXT NOT NULL,
    -- The kinds of spaces that it reaches, separated by spaces.
    kinds TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX api_tokens_user ON api_tokens (user_id);

CREATE TABLE app_passwords (
    id BLOB PRIMARY KEY NOT NULL,
    -- SHA-256: the password is drawn, and has 120 bits.
    secret_hash BLOB NOT NULL UNIQUE,
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER
) STRICT;
CREATE INDEX app_passwords_user ON app_passwords (user_id);

CREATE INDEX login_failures_age ON login_failures (failed_at);
