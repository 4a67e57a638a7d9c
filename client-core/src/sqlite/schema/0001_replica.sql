-- A replica: what one device holds of what its user has.
-- Ids are 16 bytes, hashes 32, instants milliseconds since the Unix epoch.

CREATE TABLE meta (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    account     TEXT,                       -- JSON: who is signed in, and where
    epoch       BLOB,                       -- of the server that the cursors are from
    synced      INTEGER,                    -- when everything was last in step
    last_number INTEGER NOT NULL DEFAULT 0  -- for groups and undo steps
) STRICT;
INSERT INTO meta (id) VALUES (1);

CREATE TABLE spaces (
    space      BLOB PRIMARY KEY,
    kind       TEXT NOT NULL,
    role       TEXT NOT NULL,
    cursor     INTEGER NOT NULL,            -- every log entry up to it is applied
    packed_to  BLOB,                        -- how far an unfinished cold start has come
    cold       INTEGER NOT NULL,
    round      INTEGER NOT NULL,            -- how many cold starts there were
    unsynced   INTEGER NOT NULL,            -- the server doesn't know of it yet
    recovering INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
    space BLOB NOT NULL,
    seq   INTEGER NOT NULL,                 -- the event's place in the log
    event BLOB NOT NULL,                    -- CBOR, as it came
    PRIMARY KEY (space, seq)
) STRICT, WITHOUT ROWID;

-- What lists and search need of a document: its facts, and its projection.
CREATE TABLE documents (
    id       INTEGER PRIMARY KEY,
    doc      BLOB NOT NULL UNIQUE,
    space    BLOB NOT NULL,
    kind     TEXT NOT NULL,
    creator  BLOB NOT NULL,
    privacy  TEXT NOT NULL,
    born     INTEGER NOT NULL,              -- the server knows of it
    seq      INTEGER NOT NULL,              -- log entries up to it are contained
    title    TEXT NOT NULL,
    starts   INTEGER,
    due      INTEGER,
    first    INTEGER,                       -- from when an agenda may show it
    last     INTEGER,                       -- until when; NULL with a first: for ever
    done     INTEGER NOT NULL,
    deleted  INTEGER NOT NULL,
    subject  BLOB,
    uid      TEXT,
    view     TEXT NOT NULL,                 -- all its fields, JSON
    text     TEXT NOT NULL                  -- all that people wrote in it
) STRICT;
CREATE INDEX documents_space ON documents (space, doc);
CREATE INDEX documents_due ON documents (due) WHERE due IS NOT NULL;
CREATE INDEX documents_first ON documents (first) WHERE first IS NOT NULL;
CREATE INDEX documents_subject ON documents (subject) WHERE subject IS NOT NULL;
CREATE INDEX documents_uid ON documents (uid) WHERE uid IS NOT NULL;

CREATE VIRTUAL TABLE words USING fts5 (
    title, text,
    content = 'documents', content_rowid = 'id',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
CREATE TRIGGER documents_added AFTER INSERT ON documents BEGIN
    INSERT INTO words (rowid, title, text) VALUES (new.id, new.title, new.text);
END;
CREATE TRIGGER documents_gone AFTER DELETE ON documents BEGIN
    INSERT INTO words (words, rowid, title, text)
    VALUES ('delete', old.id, old.title, old.text);
END;
CREATE TRIGGER documents_changed AFTER UPDATE OF title, text ON documents
WHEN old.title IS NOT new.title OR old.text IS NOT new.text BEGIN
    INSERT INTO words (words, rowid, title, text)
    VALUES ('delete', old.id, old.title, old.text);
    INSERT INTO words (rowid, title, text) VALUES (new.id, new.title, new.text);
END;

-- A document's accepted state, apart, so that lists needn't read over it.
CREATE TABLE contents (
    doc        BLOB PRIMARY KEY,
    round      INTEGER NOT NULL,            -- the cold start in which it last came
    generation BLOB,                        -- of this device's current actor id for it
    saved      BLOB,                        -- as Automerge saves it
    tail       BLOB NOT NULL                -- a run of changes since
) STRICT, WITHOUT ROWID;

-- Edits that wait for their verdict. AUTOINCREMENT: an order is never given twice.
CREATE TABLE pending (
    ord      INTEGER PRIMARY KEY AUTOINCREMENT,
    doc      BLOB NOT NULL,
    hash     BLOB NOT NULL,
    chunk    BLOB NOT NULL,
    intents  TEXT NOT NULL,                 -- JSON: what it did
    label    TEXT NOT NULL,
    made     INTEGER NOT NULL,
    grp      INTEGER,                       -- all or nothing
    creates  INTEGER NOT NULL,
    reissued INTEGER NOT NULL
) STRICT;
CREATE INDEX pending_doc ON pending (doc);

-- Changes that the server accepted and has lost since.
CREATE TABLE ahead (
    ord   INTEGER PRIMARY KEY AUTOINCREMENT,
    doc   BLOB NOT NULL,
    hash  BLOB NOT NULL,
    chunk BLOB NOT NULL,
    mine  INTEGER NOT NULL
) STRICT;
CREATE INDEX ahead_doc ON ahead (doc);

CREATE TABLE receipts (
    doc     BLOB NOT NULL,
    hash    BLOB NOT NULL,
    space   BLOB NOT NULL,
    seq     INTEGER NOT NULL,
    receipt BLOB NOT NULL,
    PRIMARY KEY (doc, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE commands (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    command BLOB NOT NULL                   -- CBOR, as it goes
) STRICT;

CREATE TABLE tray (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    doc        BLOB NOT NULL,
    space      BLOB NOT NULL,
    kind       TEXT NOT NULL,
    creator    BLOB NOT NULL,
    privacy    TEXT NOT NULL,
    space_kind TEXT NOT NULL,
    title      TEXT NOT NULL,
    label      TEXT NOT NULL,
    made       INTEGER NOT NULL,
    refused    INTEGER NOT NULL,
    reason     TEXT NOT NULL,               -- JSON
    creates    INTEGER NOT NULL,
    intents    TEXT NOT NULL,               -- JSON, each text with how it read before
    grp        INTEGER
) STRICT;

CREATE TABLE undo (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    redo    INTEGER NOT NULL,
    step    INTEGER NOT NULL,
    doc     BLOB NOT NULL,
    hash    BLOB NOT NULL,
    intents TEXT NOT NULL,                  -- JSON
    creates INTEGER NOT NULL,
    label   TEXT NOT NULL
) STRICT;
CREATE INDEX undo_step ON undo (redo, step);
CREATE INDEX undo_edit ON undo (doc, hash);

CREATE TABLE purges (
    ord    INTEGER PRIMARY KEY,             -- the order's number
    space  BLOB NOT NULL,
    doc    BLOB,
    reason TEXT NOT NULL,
    at     INTEGER NOT NULL
) STRICT;
