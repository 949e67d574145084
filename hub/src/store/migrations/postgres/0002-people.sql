-- region > district > school > class > group, below one root. `path` holds the identifiers from
-- the root down, so that "in this place" is one comparison.
CREATE TABLE place (
    place_id  TEXT PRIMARY KEY,
    parent_id TEXT,
    kind      TEXT NOT NULL CHECK (kind IN ('root', 'region', 'district', 'school', 'class', 'group')),
    name      TEXT NOT NULL,
    path      TEXT NOT NULL
);
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
    totp      BYTEA,
    totp_step BIGINT NOT NULL DEFAULT 0,
    failures  BIGINT NOT NULL DEFAULT 0,
    locked_ms BIGINT NOT NULL DEFAULT 0,
    active    BIGINT NOT NULL DEFAULT 1,
    added_ms  BIGINT NOT NULL
);
CREATE UNIQUE INDEX hub_user_login ON hub_user (login);

-- Whose parent a user is.
CREATE TABLE child (
    user_id    TEXT NOT NULL,
    learner_id BYTEA NOT NULL,
    PRIMARY KEY (user_id, learner_id)
);

-- Who is logged in. Only the hash of what the browser holds is kept.
CREATE TABLE login (
    token_hash BYTEA    PRIMARY KEY,
    user_id    TEXT    NOT NULL,
    csrf       TEXT    NOT NULL,
    made_ms    BIGINT NOT NULL,
    seen_ms    BIGINT NOT NULL
);
CREATE INDEX login_user ON login (user_id);

-- Who looked at what and changed what. Each row's hash covers the one before: none can be changed
-- or taken out unseen.
CREATE TABLE audit (
    number  BIGINT PRIMARY KEY,
    at_ms   BIGINT NOT NULL,
    user_id TEXT    NOT NULL,
    action  TEXT    NOT NULL,
    object  TEXT    NOT NULL,
    hash    BYTEA    NOT NULL
);

-- Codes by which a box may join, once. The box that used one is written in it.
CREATE TABLE claim (
    claim_id   BYTEA    PRIMARY KEY,
    secret     BYTEA    NOT NULL,
    name       TEXT    NOT NULL,
    place_id   TEXT    NOT NULL,
    made_ms    BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    box_id     BYTEA,
    used_ms    BIGINT,
    receipt    TEXT
);
