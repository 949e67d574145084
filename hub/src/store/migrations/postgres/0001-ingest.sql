-- One row: which life of this database it is. Raised whenever it is brought back from a backup.
CREATE TABLE hub_identity (
    one        BIGINT PRIMARY KEY CHECK (one = 1),
    generation BIGINT NOT NULL
);
INSERT INTO hub_identity (one, generation) VALUES (1, 1);

CREATE TABLE box (
    box_id       BYTEA    PRIMARY KEY,
    fingerprint  BYTEA    NOT NULL UNIQUE,
    status       TEXT    NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'revoked')),
    latest_epoch BIGINT NOT NULL DEFAULT 0,
    entries      BIGINT NOT NULL DEFAULT 0,
    added_ms     BIGINT NOT NULL,
    heard_ms     BIGINT
);

-- What is remembered of each life of a box; see the rules in sync/README.md.
CREATE TABLE life (
    box_id     BYTEA    NOT NULL,
    epoch      BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    issued     BIGINT NOT NULL,
    confirmed  BIGINT NOT NULL,
    PRIMARY KEY (box_id, epoch)
);

-- The main chains, dense from 1. A row is written once. `quarantine` says why it is not applied.
CREATE TABLE entry (
    box_id       BYTEA    NOT NULL,
    epoch        BIGINT NOT NULL,
    lane         BIGINT NOT NULL,
    seq          BIGINT NOT NULL,
    hlc          BIGINT NOT NULL,
    boot         BIGINT NOT NULL,
    monotonic_ms BIGINT NOT NULL,
    frame        BYTEA    NOT NULL,
    hash         BYTEA    NOT NULL,
    quarantine   TEXT,
    PRIMARY KEY (box_id, epoch, lane, seq)
);

-- Other histories of the same keys, kept whole.
CREATE TABLE branch_entry (
    box_id       BYTEA    NOT NULL,
    epoch        BIGINT NOT NULL,
    lane         BIGINT NOT NULL,
    seq          BIGINT NOT NULL,
    hash         BYTEA    NOT NULL,
    hlc          BIGINT NOT NULL,
    boot         BIGINT NOT NULL,
    monotonic_ms BIGINT NOT NULL,
    frame        BYTEA    NOT NULL,
    PRIMARY KEY (box_id, epoch, lane, seq, hash)
);

CREATE TABLE alarm (
    box_id   BYTEA    NOT NULL,
    alarm_id BYTEA    NOT NULL,
    at_ms    BIGINT NOT NULL,
    what     TEXT    NOT NULL,
    PRIMARY KEY (box_id, alarm_id)
);

CREATE TABLE learner (
    learner_id BYTEA    PRIMARY KEY,
    box_id     BYTEA    NOT NULL,
    language   BYTEA    NOT NULL,
    age        BIGINT,
    name       BYTEA    NOT NULL,
    at_ms      BIGINT NOT NULL,
    deleted    BIGINT NOT NULL DEFAULT 0,
    model      BYTEA,
    folded_hlc BIGINT NOT NULL DEFAULT 0
);

-- What learner models are folded from: attempts, and placements. An attempt is known by its
-- own identifier, a placement by the head of its hash.
CREATE TABLE learning (
    learning_id BYTEA    NOT NULL,
    learner_id  BYTEA    NOT NULL,
    hlc         BIGINT NOT NULL,
    box_id      BYTEA    NOT NULL,
    epoch       BIGINT NOT NULL,
    seq         BIGINT NOT NULL,
    kind        BIGINT NOT NULL,
    schema      BIGINT NOT NULL,
    body        BYTEA    NOT NULL,
    PRIMARY KEY (box_id, learning_id)
);
CREATE INDEX learning_in_order ON learning (learner_id, hlc, box_id, epoch, seq);

-- Facts whose learner is not known yet: lanes may arrive in any order.
CREATE TABLE parked (
    learner_id BYTEA    NOT NULL,
    box_id     BYTEA    NOT NULL,
    epoch      BIGINT NOT NULL,
    lane       BIGINT NOT NULL,
    seq        BIGINT NOT NULL,
    PRIMARY KEY (learner_id, box_id, epoch, lane, seq)
);
