-- The spine: who there is, what they share, and the log that orders it all.
-- The twin for Postgres has the same tables, columns and nullability.
-- Instants are milliseconds since the Unix epoch. Every key of a space's rows
-- begins with the space, so that it can serve as a partition or distribution key.

CREATE TABLE meta (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    epoch BLOB NOT NULL,
    receipt_key BLOB NOT NULL,
    -- For look-ups of names that mustn't be stored as they are (HMAC).
    lookup_key BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    restored_at INTEGER
) STRICT;

CREATE TABLE settings (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    id BLOB PRIMARY KEY NOT NULL,
    -- The sign-in name, normalised.
    name TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    password_hash TEXT,
    is_admin INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    disabled_at INTEGER
) STRICT;

CREATE TABLE devices (
    id BLOB PRIMARY KEY NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    platform TEXT NOT NULL,
    -- With what every actor id of the device begins.
    prefix BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;
CREATE INDEX devices_user ON devices (user_id);

CREATE TABLE sessions (
    id BLOB PRIMARY KEY NOT NULL,
    -- SHA-256 of the token; the token itself is never stored.
    token_hash BLOB NOT NULL UNIQUE,
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    device_id BLOB NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    -- `cookie` or `bearer`.
    kind TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    -- When the person last proved who they are.
    fresh_at INTEGER NOT NULL,
    -- The absolute end; absent for a device's own token.
    expires_at INTEGER
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id, seen_at);
CREATE INDEX sessions_device ON sessions (device_id);

CREATE TABLE login_failures (
    -- HMAC of the normalised name, so that names that don't exist count alike.
    key BLOB PRIMARY KEY NOT NULL,
    failures INTEGER NOT NULL,
    failed_at INTEGER NOT NULL,
    locked_until INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    at INTEGER NOT NULL,
    actor_id BLOB,
    subject_id BLOB,
    device_id BLOB,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    address TEXT,
    detail TEXT
) STRICT;
CREATE INDEX audit_log_subject ON audit_log (subject_id, id);

CREATE TABLE spaces (
    space BLOB PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    owner_id BLOB NOT NULL,
    -- The last sequence number of the log. Whoever writes to the space locks this row.
    head INTEGER NOT NULL,
    documents INTEGER NOT NULL,
    -- Waits for its owner after a restore.
    recovering INTEGER NOT NULL,
    -- The head when the space was last found restored.
    restored_head INTEGER,
    created_at INTEGER NOT NULL,
    -- The row outlives the space, so that its id is never taken again.
    deleted_at INTEGER,
    erased_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX spaces_personal ON spaces (owner_id) WHERE kind = 'personal' AND deleted_at IS NULL;
CREATE INDEX spaces_recovering ON spaces (space) WHERE recovering;
CREATE INDEX spaces_to_erase ON spaces (space) WHERE deleted_at IS NOT NULL AND erased_at IS NULL;

CREATE TABLE members (
    space BLOB NOT NULL,
    user_id BLOB NOT NULL,
    role TEXT NOT NULL,
    -- The log entry that says so.
    since_seq INTEGER NOT NULL,
    PRIMARY KEY (space, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_user ON members (user_id);

-- In which space a document is. On its own, so that the other tables can be
-- distributed by space while a document id stays unique over all of them.
CREATE TABLE homes (
    doc BLOB PRIMARY KEY NOT NULL,
    space BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE documents (
    space BLOB NOT NULL,
    doc BLOB NOT NULL,
    kind TEXT NOT NULL,
    creator_id BLOB NOT NULL,
    privacy TEXT NOT NULL,
    -- What a comment is about: its privacy and creator decide who sees the comment.
    subject BLOB,
    created_seq INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    -- The last change of its content.
    last_seq INTEGER NOT NULL,
    -- Changes up to here are in `saves`; 0 where none are.
    saved_seq INTEGER NOT NULL,
    saved_bytes INTEGER NOT NULL,
    -- How many changes, and how many bytes of them, are behind `saved_seq`.
    unfolded INTEGER NOT NULL,
    unfolded_bytes INTEGER NOT NULL,
    -- When the first of them came.
    unfolded_since INTEGER NOT NULL,
    -- The row outlives the document, so that its id is never taken again.
    purged_at INTEGER,
    PRIMARY KEY (space, doc)
) STRICT, WITHOUT ROWID;
CREATE INDEX documents_to_fold ON documents (unfolded_since) WHERE unfolded >= 16;
CREATE INDEX documents_heavy ON documents (space, doc) WHERE unfolded_bytes >= 131072;
CREATE INDEX documents_subject ON documents (space, subject) WHERE subject IS NOT NULL;
CREATE UNIQUE INDEX documents_prefs ON documents (space) WHERE kind = 'prefs' AND purged_at IS NULL;

CREATE TABLE saves (
    space BLOB NOT NULL,
    doc BLOB NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (space, doc)
) STRICT;

CREATE TABLE log (
    space BLOB NOT NULL,
    seq INTEGER NOT NULL,
    -- `founded`, `member`, `created`, `change`, `privacy` or `purged`.
    event TEXT NOT NULL,
    at INTEGER NOT NULL,
    -- Who did it, with which device, in which role. No role where it was
    -- accepted for its receipt after a restore.
    by_user BLOB NOT NULL,
    by_device BLOB,
    by_role TEXT,
    doc BLOB,
    -- `change`: the bytes go when they are folded into `saves`, the rest stays.
    hash BLOB,
    actor BLOB,
    actor_seq INTEGER,
    chunk BLOB,
    -- `created`: of the document; `founded`: of the space.
    kind TEXT,
    -- `created`, `privacy`: from here on; `privacy`: and before.
    privacy TEXT,
    privacy_was TEXT,
    -- `member`: who, as what from here on (absent: as none).
    member_id BLOB,
    member_name TEXT,
    member_role TEXT,
    -- `change`, `member`: the seal that was given.
    receipt BLOB,
    -- Where a restored server took it back for its receipt: the place and the
    -- seal that it had before.
    lost_seq INTEGER,
    lost_receipt BLOB,
    PRIMARY KEY (space, seq)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX log_actor ON log (space, doc, actor, actor_seq) WHERE actor IS NOT NULL;
CREATE INDEX log_unfolded ON log (space, doc, seq) WHERE chunk IS NOT NULL;
CREATE INDEX log_members ON log (space, member_id, seq) WHERE member_id IS NOT NULL;

CREATE TABLE views (
    space BLOB NOT NULL,
    doc BLOB NOT NULL,
    json TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    starts_at INTEGER,
    ends_at INTEGER,
    due_at INTEGER,
    done INTEGER NOT NULL,
    repeats INTEGER NOT NULL,
    -- When the server took the change that put it into the trash.
    deleted_at INTEGER,
    PRIMARY KEY (space, doc)
) STRICT;
CREATE INDEX views_trash ON views (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE purge_orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    device_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    space BLOB NOT NULL,
    doc BLOB,
    reason TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    confirmed_at INTEGER,
    -- The user may see it again before the device had confirmed.
    withdrawn_at INTEGER
) STRICT;
CREATE INDEX purge_orders_open ON purge_orders (device_id) WHERE confirmed_at IS NULL AND withdrawn_at IS NULL;
CREATE INDEX purge_orders_space ON purge_orders (space, id);
