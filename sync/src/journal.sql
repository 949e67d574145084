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
