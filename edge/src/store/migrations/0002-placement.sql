-- Placements as their frozen event bodies: with the attempts they give the learner's model again.
CREATE TABLE placement (
    learner_id BLOB    NOT NULL,
    at_ms      INTEGER NOT NULL,
    body       BLOB    NOT NULL,
    PRIMARY KEY (learner_id, at_ms)
) STRICT, WITHOUT ROWID;
