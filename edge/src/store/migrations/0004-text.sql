-- Messages as they came. A row means that the carrier was told that we have it.
CREATE TABLE inbox (
    inbox_id     INTEGER PRIMARY KEY,
    telephone_id BLOB    NOT NULL,
    route        TEXT    NOT NULL,
    session      INTEGER NOT NULL,
    channel      INTEGER NOT NULL,
    provider_id  BLOB,
    digest       BLOB    NOT NULL,
    length       INTEGER NOT NULL,
    sent_ms      INTEGER,
    at_ms        INTEGER NOT NULL,
    -- NULL once it is answered: the words live on in the learner's attempts only.
    text_sealed  BLOB,
    state        TEXT    NOT NULL CHECK (state IN ('waiting', 'answered', 'held')),
    reason       TEXT
) STRICT;
CREATE UNIQUE INDEX inbox_by_provider ON inbox (route, provider_id) WHERE provider_id IS NOT NULL;
CREATE INDEX inbox_by_telephone ON inbox (telephone_id, at_ms);
CREATE INDEX inbox_by_session ON inbox (session, at_ms);
CREATE INDEX inbox_waiting ON inbox (inbox_id) WHERE state = 'waiting';

-- Parts of long texts, in the order in which they came.
CREATE TABLE inbox_part (
    part_id       INTEGER PRIMARY KEY,
    telephone_id  BLOB    NOT NULL,
    route         TEXT    NOT NULL,
    session       INTEGER NOT NULL,
    channel       INTEGER NOT NULL,
    at_ms         INTEGER NOT NULL,
    part_sealed   BLOB    NOT NULL
) STRICT;
CREATE INDEX inbox_part_by_telephone ON inbox_part (telephone_id, part_id);

-- Messages to send. A reply is written in the transaction of the turn that it belongs to.
CREATE TABLE outbox (
    outbox_id    INTEGER PRIMARY KEY,
    telephone_id BLOB    NOT NULL,
    learner_id   BLOB,
    kind         TEXT    NOT NULL CHECK (kind IN ('reply', 'asked', 'unasked')),
    inbox_id     INTEGER,
    place        INTEGER NOT NULL,
    route        TEXT,
    -- The conversation is over with it: a menu is closed.
    ends         INTEGER NOT NULL DEFAULT 0,
    parts        INTEGER NOT NULL,
    text_sealed  BLOB,
    state        TEXT    NOT NULL
        CHECK (state IN ('waiting', 'submitted', 'delivered', 'failed', 'dead')),
    tries        INTEGER NOT NULL DEFAULT 0,
    due_ms       INTEGER NOT NULL,
    made_ms      INTEGER NOT NULL,
    submitted_ms INTEGER,
    reason       TEXT
) STRICT;
CREATE UNIQUE INDEX outbox_by_inbox ON outbox (inbox_id, place) WHERE inbox_id IS NOT NULL;
CREATE INDEX outbox_due ON outbox (due_ms) WHERE state = 'waiting';
CREATE INDEX outbox_by_telephone ON outbox (telephone_id, made_ms);

-- The carrier's names of parts. A receipt may come before the answer that names its part: then
-- there is no outbox_id yet.
CREATE TABLE outbox_part (
    route       TEXT    NOT NULL,
    provider_id TEXT    NOT NULL,
    outbox_id   INTEGER,
    fate        TEXT,
    at_ms       INTEGER NOT NULL,
    PRIMARY KEY (route, provider_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_part_by_outbox ON outbox_part (outbox_id);

-- What learners cost: parts out and messages in, by local day.
CREATE TABLE text_cost (
    telephone_id BLOB    NOT NULL,
    learner_id   BLOB    NOT NULL,
    day          INTEGER NOT NULL,
    parts_out    INTEGER NOT NULL,
    PRIMARY KEY (telephone_id, learner_id, day)
) STRICT, WITHOUT ROWID;

-- What could not be read or answered, for the technician; the oldest go when there are too many.
CREATE TABLE dead_letter (
    dead_letter_id INTEGER PRIMARY KEY,
    at_ms          INTEGER NOT NULL,
    route          TEXT    NOT NULL,
    reason         TEXT    NOT NULL,
    octets_sealed  BLOB    NOT NULL
) STRICT;
