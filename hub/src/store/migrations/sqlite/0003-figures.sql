-- What one learner did in one session on one local day, as facts arrive: smallest and largest
-- times and counts, so that any order of arrival gives the same row.
CREATE TABLE sitting (
    learner_id  BLOB    NOT NULL,
    session_id  BLOB    NOT NULL,
    day         INTEGER NOT NULL,
    box_id      BLOB    NOT NULL,
    first_ms    INTEGER NOT NULL,
    last_ms     INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    right_count INTEGER NOT NULL,
    channel     INTEGER NOT NULL,
    PRIMARY KEY (learner_id, session_id, day, box_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sitting_day ON sitting (day, learner_id);

-- How each session moved; the newest by time counts.
CREATE TABLE session (
    learner_id BLOB    NOT NULL,
    session_id BLOB    NOT NULL,
    box_id     BLOB    NOT NULL,
    module     INTEGER NOT NULL,
    state      INTEGER NOT NULL,
    at_ms      INTEGER NOT NULL,
    day        INTEGER NOT NULL,
    PRIMARY KEY (learner_id, session_id)
) STRICT, WITHOUT ROWID;

-- Evaluations of sessions by boxes: provisional until the hub judges.
CREATE TABLE evaluation (
    learner_id  BLOB    NOT NULL,
    session_id  BLOB    NOT NULL,
    at_ms       INTEGER NOT NULL,
    box_id      BLOB    NOT NULL,
    proficiency INTEGER,
    investment  INTEGER,
    reason      TEXT    NOT NULL,
    PRIMARY KEY (learner_id, session_id, at_ms, box_id)
) STRICT, WITHOUT ROWID;

-- Somebody should look at this learner.
CREATE TABLE ticket (
    learner_id BLOB    NOT NULL,
    at_ms      INTEGER NOT NULL,
    box_id     BLOB    NOT NULL,
    skill      TEXT,
    reason     TEXT    NOT NULL,
    PRIMARY KEY (learner_id, at_ms, box_id)
) STRICT, WITHOUT ROWID;

-- Of the fold, what lists are sorted by: told again at each fold.
ALTER TABLE learner ADD COLUMN mastered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE learner ADD COLUMN struggling INTEGER NOT NULL DEFAULT 0;
ALTER TABLE learner ADD COLUMN skills INTEGER NOT NULL DEFAULT 0;
ALTER TABLE learner ADD COLUMN first_day INTEGER;
ALTER TABLE learner ADD COLUMN last_day INTEGER;
