-- A telephone: a route to learners, never their key. Its identifier is a keyed hash of the number.
CREATE TABLE telephone (
    telephone_id  BLOB    PRIMARY KEY,
    number_sealed BLOB    NOT NULL,
    stopped       INTEGER NOT NULL DEFAULT 0,
    dialogue      BLOB
) STRICT, WITHOUT ROWID;

CREATE TABLE learner (
    learner_id  BLOB    PRIMARY KEY,
    name_sealed BLOB    NOT NULL,
    language    TEXT    NOT NULL,
    age         INTEGER,
    pace        TEXT    NOT NULL DEFAULT 'usual',
    enrolled_ms INTEGER NOT NULL,
    model       BLOB
) STRICT, WITHOUT ROWID;

-- A learner's own key, sealed with the box's. Without its row nothing sealed with it can be read.
CREATE TABLE learner_key (
    learner_id BLOB PRIMARY KEY,
    key_sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE telephone_learner (
    telephone_id BLOB    NOT NULL,
    learner_id   BLOB    NOT NULL,
    last_ms      INTEGER NOT NULL,
    PRIMARY KEY (telephone_id, learner_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE consent (
    learner_id BLOB    NOT NULL,
    given_ms   INTEGER NOT NULL,
    given_by   TEXT    NOT NULL,
    wording    INTEGER NOT NULL,
    PRIMARY KEY (learner_id, given_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    session_id BLOB    PRIMARY KEY,
    learner_id BLOB    NOT NULL,
    module     TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    started_ms INTEGER NOT NULL,
    moved_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_learner ON session (learner_id, moved_ms);

-- Attempts as their frozen event bodies: a fact is stored once, in the form that travels.
CREATE TABLE attempt (
    attempt_id BLOB    PRIMARY KEY,
    learner_id BLOB    NOT NULL,
    at_ms      INTEGER NOT NULL,
    body       BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_by_learner ON attempt (learner_id, at_ms);

CREATE TABLE evaluation (
    session_id  BLOB    PRIMARY KEY,
    learner_id  BLOB    NOT NULL,
    proficiency INTEGER,
    investment  INTEGER,
    reason      TEXT    NOT NULL,
    at_ms       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Messages that wait to be sent after a call.
CREATE TABLE homework (
    learner_id BLOB    NOT NULL,
    at_ms      INTEGER NOT NULL,
    lesson     TEXT    NOT NULL,
    text       TEXT    NOT NULL,
    PRIMARY KEY (learner_id, at_ms)
) STRICT, WITHOUT ROWID;

-- Signs that an officer must see. The words are sealed with the box's key, so that they can be
-- read by the officer even if the learner's data is deleted for another reason.
CREATE TABLE safeguarding (
    at_ms        INTEGER NOT NULL,
    telephone_id BLOB    NOT NULL,
    learner_id   BLOB,
    concern      TEXT    NOT NULL,
    words_sealed BLOB    NOT NULL,
    handled_ms   INTEGER,
    PRIMARY KEY (at_ms, telephone_id)
) STRICT, WITHOUT ROWID;
