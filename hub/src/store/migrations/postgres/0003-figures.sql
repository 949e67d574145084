-- What one learner did in one session on one local day, as facts arrive: smallest and largest
-- times and counts, so that any order of arrival gives the same row.
CREATE TABLE sitting (
    learner_id  BYTEA    NOT NULL,
    session_id  BYTEA    NOT NULL,
    day         BIGINT NOT NULL,
    box_id      BYTEA    NOT NULL,
    first_ms    BIGINT NOT NULL,
    last_ms     BIGINT NOT NULL,
    attempts    BIGINT NOT NULL,
    right_count BIGINT NOT NULL,
    channel     BIGINT NOT NULL,
    PRIMARY KEY (learner_id, session_id, day, box_id)
);
CREATE INDEX sitting_day ON sitting (day, learner_id);

-- How each session moved; the newest by time counts.
CREATE TABLE session (
    learner_id BYTEA    NOT NULL,
    session_id BYTEA    NOT NULL,
    box_id     BYTEA    NOT NULL,
    module     BIGINT NOT NULL,
    state      BIGINT NOT NULL,
    at_ms      BIGINT NOT NULL,
    day        BIGINT NOT NULL,
    PRIMARY KEY (learner_id, session_id)
);

-- Evaluations of sessions by boxes: provisional until the hub judges.
CREATE TABLE evaluation (
    learner_id  BYTEA    NOT NULL,
    session_id  BYTEA    NOT NULL,
    at_ms       BIGINT NOT NULL,
    box_id      BYTEA    NOT NULL,
    proficiency BIGINT,
    investment  BIGINT,
    reason      TEXT    NOT NULL,
    PRIMARY KEY (learner_id, session_id, at_ms, box_id)
);

-- Somebody should look at this learner.
CREATE TABLE ticket (
    learner_id BYTEA    NOT NULL,
    at_ms      BIGINT NOT NULL,
    box_id     BYTEA    NOT NULL,
    skill      TEXT,
    reason     TEXT    NOT NULL,
    PRIMARY KEY (learner_id, at_ms, box_id)
);

-- Of the fold, what lists are sorted by: told again at each fold.
ALTER TABLE learner ADD COLUMN mastered BIGINT NOT NULL DEFAULT 0;
ALTER TABLE learner ADD COLUMN struggling BIGINT NOT NULL DEFAULT 0;
ALTER TABLE learner ADD COLUMN skills BIGINT NOT NULL DEFAULT 0;
ALTER TABLE learner ADD COLUMN first_day BIGINT;
ALTER TABLE learner ADD COLUMN last_day BIGINT;
