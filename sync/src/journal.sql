-- The box's ordered facts. A row is written once, in the transaction of what it describes.
CREATE TABLE IF NOT EXISTS journal (
    epoch        INTEGER NOT NULL,
    lane         INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    hlc          INTEGER NOT NULL,
    boot         INTEGER NOT NULL,
    monotonic_ms INTEGER NOT NULL,
    frame        BLOB    NOT NULL,
    hash         BLOB    NOT NULL,
    PRIMARY KEY (epoch, lane, seq)
) STRICT, WITHOUT ROWID;

-- One row: who this box is, which of its lives this is, and the last position of its clock.
CREATE TABLE IF NOT EXISTS journal_identity (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    box_id BLOB    NOT NULL,
    epoch  INTEGER NOT NULL,
    boot   INTEGER NOT NULL,
    hlc    INTEGER NOT NULL
) STRICT;

-- One row: what the box remembers of its last session with the hub.
CREATE TABLE IF NOT EXISTS journal_contact (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    generation INTEGER NOT NULL,
    contact    INTEGER NOT NULL
) STRICT;

-- Up to where the hub holds a lane. May be older than the truth: that costs bytes, not facts.
CREATE TABLE IF NOT EXISTS journal_acked (
    epoch INTEGER NOT NULL,
    lane  INTEGER NOT NULL,
    seq   INTEGER NOT NULL,
    tag   BLOB    NOT NULL,
    PRIMARY KEY (epoch, lane)
) STRICT, WITHOUT ROWID;

-- Bytes each lane sent in a day, or has taken to send: a budget holds across sessions.
CREATE TABLE IF NOT EXISTS journal_spent (
    day   INTEGER NOT NULL,
    lane  INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (day, lane)
) STRICT, WITHOUT ROWID;
