-- region > district > school > class > group, below one root. `path` holds the identifiers from
-- the root down, so that "in this place" is one comparison.
CREATE TABLE place (
    place_id  TEXT PRIMARY KEY,
    parent_id TEXT,
    kind      TEXT NOT NULL CHECK (kind IN ('root', 'region', 'district', 'school', 'class', 'group')),
    name      TEXT NOT NULL,
    path      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX place_path ON place (path);
CREATE UNIQUE INDEX place_parent ON place (parent_id, name);
INSERT INTO place (place_id, parent_id, kind, name, path) VALUES ('all', NULL, 'root', 'All places', '/all/');

ALTER TABLE box ADD COLUMN place_id TEXT;
ALTER TABLE box ADD COLUMN name TEXT;
ALTER TABLE learner ADD COLUMN place_id TEXT;
CREATE INDEX learner_place ON learner (place_id);

-- Who logs in to the dashboard. `password` is a PHC string of Argon2id.
CREATE TABLE hub_user (
    user_id   TEXT    PRIMARY KEY,
    login     TEXT    NOT NULL,
    role      TEXT    NOT NULL,
    place_id  TEXT    NOT NULL,
    password  TEXT    NOT NULL,
    totp      BLOB,
    totp_step INTEGER NOT NULL DEFAULT 0,
    failures  INTEGER NOT NULL DEFAULT 0,
    locked_ms INTEGER NOT NULL DEFAULT 0,
    active    INTEGER NOT NULL DEFAULT 1,
    added_ms  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX hub_user_login ON hub_user (login);

-- Whose parent a user is.
CREATE TABLE child (
    user_id    TEXT NOT NULL,
    learner_id BLOB NOT NULL,
    PRIMARY KEY (user_id, learner_id)
) STRICT, WITHOUT ROWID;

-- Who is logged in. Only the hash of what the browser holds is kept.
CREATE TABLE login (
    token_hash BLOB    PRIMARY KEY,
    user_id    TEXT    NOT NULL,
    csrf       TEXT    NOT NULL,
    made_ms    INTEGER NOT NULL,
    seen_ms    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX login_user ON login (user_id);

-- Who looked at what and changed what. Each row's hash covers the one before: none can be changed
-- or taken out unseen.
CREATE TABLE audit (
    number  INTEGER PRIMARY KEY,
    at_ms   INTEGER NOT NULL,
    user_id TEXT    NOT NULL,
    action  TEXT    NOT NULL,
    object  TEXT    NOT NULL,
    hash    BLOB    NOT NULL
) STRICT;

-- Codes by which a box may join, once. The box that used one is written in it.
CREATE TABLE claim (
    claim_id   BLOB    PRIMARY KEY,
    secret     BLOB    NOT NULL,
    name       TEXT    NOT NULL,
    place_id   TEXT    NOT NULL,
    made_ms    INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    box_id     BLOB,
    used_ms    INTEGER,
    receipt    TEXT
) STRICT, WITHOUT ROWID;
