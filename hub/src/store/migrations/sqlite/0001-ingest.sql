-- One row: which life of this database it is. Raised whenever it is brought back from a backup.
CREATE TABLE hub_identity (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    generation INTEGER NOT NULL
) STRICT;
INSERT INTO hub_identity (one, generation) VALUES (1, 1);

CREATE TABLE box (
    box_id       BLOB    PRIMARY KEY,
    fingerprint  BLOB    NOT NULL UNIQUE,
    status       TEXT    NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'revoked')),
    latest_epoch INTEGER NOT NULL DEFAULT 0,
    entries      INTEGER NOT NULL DEFAULT 0,
    added_ms     INTEGER NOT NULL,
    heard_ms     INTEGER
) STRICT, WITHOUT ROWID;

-- What is remembered of each life of a box; see the rules in sync/README.md.
CREATE TABLE life (
    box_id     BLOB    NOT NULL,
    epoch      INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    issued     INTEGER NOT NULL,
    confirmed  INTEGER NOT NULL,
    PRIMARY KEY (box_id, epoch)
) STRICT, WITHOUT ROWID;

-- The main chains, dense from 1. A row is written once. `quarantine` says why it is not applied.
CREATE TABLE entry (
    box_id       BLOB    NOT NULL,
    epoch        INTEGER NOT NULL,
    lane         INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    hlc          INTEGER NOT NULL,
    boot         INTEGER NOT NULL,
    monotonic_ms INTEGER NOT NULL,
    frame        BLOB    NOT NULL,
    hash         BLOB    NOT NULL,
    quarantine   TEXT,
    PRIMARY KEY (box_id, epoch, lane, seq)
) STRICT, WITHOUT ROWID;

-- Other histories of the same keys, kept whole.
CREATE TABLE branch_entry (
    box_id       BLOB    NOT NULL,
    epoch        INTEGER NOT NULL,
    lane         INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    hash         BLOB    NOT NULL,
    hlc          INTEGER NOT NULL,
    boot         INTEGER NOT NULL,
    monotonic_ms INTEGER NOT NULL,
    frame        BLOB    NOT NULL,
    PRIMARY KEY (box_id, epoch, lane, seq, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE alarm (
    box_id   BLOB    NOT NULL,
    alarm_id BLOB    NOT NULL,
    at_ms    INTEGER NOT NULL,
    what     TEXT    NOT NULL,
    PRIMARY KEY (box_id, alarm_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE learner (
    learner_id BLOB    PRIMARY KEY,
    box_id     BLOB    NOT NULL,
    language   BLOB    NOT NULL,
    age        INTEGER,
    name       BLOB    NOT NULL,
    at_ms      INTEGER NOT NULL,
    deleted    INTEGER NOT NULL DEFAULT 0,
    model      BLOB,
    folded_hlc INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- What learner models are folded from: attempts, and placements. An attempt is known by its
-- own identifier, a placement by the head of its hash.
CREATE TABLE learning (
    learning_id BLOB    NOT NULL,
    learner_id  BLOB    NOT NULL,
    hlc         INTEGER NOT NULL,
    box_id      BLOB    NOT NULL,
    epoch       INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    kind        INTEGER NOT NULL,
    schema      INTEGER NOT NULL,
    body        BLOB    NOT NULL,
    PRIMARY KEY (box_id, learning_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX learning_in_order ON learning (learner_id, hlc, box_id, epoch, seq);

-- Facts whose learner is not known yet: lanes may arrive in any order.
CREATE TABLE parked (
    learner_id BLOB    NOT NULL,
    box_id     BLOB    NOT NULL,
    epoch      INTEGER NOT NULL,
    lane       INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    PRIMARY KEY (learner_id, box_id, epoch, lane, seq)
) STRICT, WITHOUT ROWID;
