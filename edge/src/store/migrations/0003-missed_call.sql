-- One row: who waits to be called back, who was called today. Sealed, for it holds numbers.
CREATE TABLE missed_call (
    one          INTEGER PRIMARY KEY CHECK (one = 1),
    beeps_sealed BLOB    NOT NULL
) STRICT;
