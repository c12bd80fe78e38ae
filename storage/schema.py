"""The tables, as named, ordered, append-only migrations. SQLite's `user_version` counts those applied.

A migration is never changed once a database may have seen it: what is to be different comes in the next one.
"""

from __future__ import annotations

from storage.first_tables import FIRST

APPLICATION_ID = 0x6C61626C  # "labl"

# The model and the mode of a subscription were one text, cut at 300 characters. A mode is any word that somebody
# labels or chose; the two that are asked unless told otherwise may have no label yet.
SUBSCRIPTION_MODES = """
ALTER TABLE subscriptions ADD COLUMN mode TEXT;

WITH modes (mode) AS (
    SELECT mode FROM answers UNION SELECT mode FROM labelers WHERE mode IS NOT NULL
    UNION VALUES ('alignment'), ('formatting')
)
UPDATE subscriptions SET mode = modes.mode,
    model = rtrim(substr(model, 1, length(model) - length(modes.mode)))
FROM modes
WHERE substr(' ' || model, -length(modes.mode) - 1) = ' ' || modes.mode;
"""

# An answer given after a model's label was shown is marked, and so is every later one to the same item: what follows a
# marked answer in an older history was not blind either. `labels` keeps the last blind answer beside the last one.
BLIND_LABELS = """
CREATE TABLE shown_labels (
    sample_id INTEGER NOT NULL,
    mode TEXT NOT NULL,
    labeler_id INTEGER NOT NULL REFERENCES labelers,
    row_id INTEGER NOT NULL,
    shown_at REAL NOT NULL,
    PRIMARY KEY (sample_id, mode, labeler_id, row_id)
) STRICT, WITHOUT ROWID;

DROP INDEX answers_by_labeler;
CREATE INDEX answers_by_item ON answers (labeler_id, sample_id, mode, row_id);

INSERT INTO shown_labels
SELECT sample_id, mode, labeler_id, row_id, min(answered_at) FROM answers WHERE after_review
GROUP BY sample_id, mode, labeler_id, row_id;

UPDATE answers SET after_review = 1
FROM (
    SELECT sample_id, mode, labeler_id, row_id, min(answer_id) AS marked FROM answers WHERE after_review
    GROUP BY sample_id, mode, labeler_id, row_id
) AS first
WHERE answers.answer_id > first.marked AND answers.labeler_id = first.labeler_id
    AND answers.sample_id = first.sample_id AND answers.mode = first.mode AND answers.row_id = first.row_id;

CREATE INDEX marked_answers ON answers (sample_id, mode) WHERE after_review;

ALTER TABLE labels ADD COLUMN first_answer_id INTEGER;
ALTER TABLE labels ADD COLUMN blind_answer_id INTEGER;
ALTER TABLE labels ADD COLUMN blind_label TEXT;

UPDATE labels SET
    first_answer_id = (
        SELECT min(a.answer_id) FROM answers a WHERE a.labeler_id = labels.labeler_id
        AND a.sample_id = labels.sample_id AND a.mode = labels.mode AND a.row_id = labels.row_id
    ),
    blind_answer_id = (
        SELECT max(a.answer_id) FROM answers a WHERE a.labeler_id = labels.labeler_id
        AND a.sample_id = labels.sample_id AND a.mode = labels.mode AND a.row_id = labels.row_id
        AND NOT a.after_review
    );
UPDATE labels SET blind_label = (SELECT label FROM answers WHERE answer_id = blind_answer_id);

DROP TRIGGER answer_becomes_label;
CREATE TRIGGER answer_becomes_label AFTER INSERT ON answers BEGIN
    INSERT INTO labels (
        sample_id, mode, labeler_id, row_id, label, answer_id, first_answer_id, blind_answer_id, blind_label
    )
    VALUES (
        new.sample_id, new.mode, new.labeler_id, new.row_id, new.label, new.answer_id, new.answer_id,
        iif(new.after_review, NULL, new.answer_id), iif(new.after_review, NULL, new.label)
    )
    ON CONFLICT (sample_id, mode, labeler_id, row_id)
    DO UPDATE SET label = excluded.label, answer_id = excluded.answer_id,
        blind_answer_id = coalesce(excluded.blind_answer_id, blind_answer_id),
        blind_label = coalesce(excluded.blind_label, blind_label);
END;
CREATE TRIGGER mark_stays AFTER INSERT ON answers WHEN new.after_review BEGIN
    INSERT OR IGNORE INTO shown_labels
    VALUES (new.sample_id, new.mode, new.labeler_id, new.row_id, new.answered_at);
END;
"""

# Decisions of admins had no history and no tap: an old one that was delivered again replaced the newer.
DECISIONS = """
CREATE TABLE decisions (
    decision_id INTEGER PRIMARY KEY AUTOINCREMENT,
    sample_id INTEGER NOT NULL,
    mode TEXT NOT NULL,
    row_id INTEGER NOT NULL,
    label TEXT NOT NULL CHECK (label IN ('related', 'not-related')),
    decided_by INTEGER REFERENCES labelers,
    decided_at REAL NOT NULL,
    tap_id TEXT UNIQUE,
    after_review INTEGER NOT NULL DEFAULT 0,
    FOREIGN KEY (sample_id, row_id) REFERENCES items
) STRICT;
CREATE INDEX decisions_by_item ON decisions (sample_id, mode, row_id);

INSERT INTO decisions
SELECT adjudication_id, sample_id, mode, row_id, label, decided_by, decided_at, NULL, EXISTS (
    SELECT 1 FROM shown_labels s WHERE s.sample_id = d.sample_id AND s.mode = d.mode AND s.row_id = d.row_id
    AND s.labeler_id = d.decided_by AND s.shown_at <= d.decided_at
)
FROM adjudications d;
DROP TABLE adjudications;

CREATE TABLE report_steps (
    sample_id INTEGER NOT NULL REFERENCES samples,
    mode TEXT NOT NULL,
    answer_id INTEGER NOT NULL DEFAULT 0,
    decision_id INTEGER NOT NULL DEFAULT 0,
    finished_answer_id INTEGER NOT NULL DEFAULT 0,
    finished_decision_id INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (sample_id, mode)
) STRICT, WITHOUT ROWID;
"""

# What else a labeler does, and the view of all taps: the same callback id again is known whatever it did.
SITTINGS = """
CREATE TABLE refused_taps (
    tap_id TEXT PRIMARY KEY,
    labeler_id INTEGER NOT NULL REFERENCES labelers,
    refused_at REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE skips (
    skip_id INTEGER PRIMARY KEY AUTOINCREMENT,
    sample_id INTEGER NOT NULL,
    mode TEXT NOT NULL,
    labeler_id INTEGER NOT NULL REFERENCES labelers,
    row_id INTEGER NOT NULL,
    tap_id TEXT NOT NULL UNIQUE,
    shown_at REAL,
    skipped_at REAL NOT NULL,
    FOREIGN KEY (sample_id, row_id) REFERENCES items
) STRICT;

CREATE TABLE repeats (
    repeat_id INTEGER PRIMARY KEY AUTOINCREMENT,
    sample_id INTEGER NOT NULL,
    mode TEXT NOT NULL,
    labeler_id INTEGER NOT NULL REFERENCES labelers,
    row_id INTEGER NOT NULL,
    label TEXT NOT NULL CHECK (label IN ('related', 'not-related')),
    earlier_label TEXT NOT NULL,
    tap_id TEXT NOT NULL UNIQUE,
    shown_at REAL,
    answered_at REAL NOT NULL,
    guide_version TEXT,
    UNIQUE (sample_id, mode, labeler_id, row_id),
    FOREIGN KEY (sample_id, row_id) REFERENCES items
) STRICT;

CREATE TABLE item_notes (
    note_id INTEGER PRIMARY KEY AUTOINCREMENT,
    sample_id INTEGER NOT NULL,
    mode TEXT NOT NULL,
    labeler_id INTEGER NOT NULL REFERENCES labelers,
    row_id INTEGER NOT NULL,
    text TEXT NOT NULL CHECK (length(text) <= 500),
    message_id INTEGER NOT NULL,
    noted_at REAL NOT NULL,
    UNIQUE (labeler_id, message_id),
    FOREIGN KEY (sample_id, row_id) REFERENCES items
) STRICT;

CREATE TABLE reminders (
    labeler_id INTEGER PRIMARY KEY REFERENCES labelers,
    minute INTEGER NOT NULL CHECK (minute BETWEEN 0 AND 1439),
    weekdays TEXT NOT NULL,
    zone TEXT,
    sent_at REAL,
    ignored INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE VIEW taps (tap_id, done, sample_id, mode, labeler_id, row_id, label) AS
    SELECT tap_id, 'answer', sample_id, mode, labeler_id, row_id, label FROM answers
    UNION ALL SELECT tap_id, 'repeat', sample_id, mode, labeler_id, row_id, label FROM repeats
    UNION ALL SELECT tap_id, 'skip', sample_id, mode, labeler_id, row_id, NULL FROM skips
    UNION ALL SELECT tap_id, 'decision', sample_id, mode, decided_by, row_id, label FROM decisions
    UNION ALL SELECT tap_id, 'refusal', NULL, NULL, labeler_id, NULL, NULL FROM refused_taps;
"""

# What is still to be done about somebody who was forgotten, and who may not come back by open access.
DELETIONS = """
CREATE TABLE former_stems (
    stem TEXT PRIMARY KEY,
    sample_id INTEGER NOT NULL REFERENCES samples
) STRICT, WITHOUT ROWID;

CREATE TABLE owed_deletions (
    owed_id INTEGER PRIMARY KEY,
    pseudonym TEXT NOT NULL,
    stems TEXT NOT NULL,
    modes TEXT NOT NULL,
    card_chat INTEGER,
    card_message INTEGER
) STRICT;

CREATE TABLE bans (
    user_hash BLOB PRIMARY KEY,
    revoked_at REAL NOT NULL
) STRICT, WITHOUT ROWID;
"""

ORIGINS = """
ALTER TABLE items ADD COLUMN model_id TEXT;

ALTER TABLE items ADD COLUMN layer TEXT;
"""

# The items of a focus set are a sample of their own, so that answers, skips and notes of them lie where all others lie,
# and what is asked of one sample never finds those of another. Its stem has a slash, which no file name has.
FOCUS_SETS = """
CREATE TABLE focus_sets (
    focus_id INTEGER PRIMARY KEY AUTOINCREMENT,
    sample_id INTEGER NOT NULL REFERENCES samples,
    items_id INTEGER NOT NULL UNIQUE REFERENCES samples,
    name TEXT NOT NULL UNIQUE,
    mode TEXT NOT NULL,
    models TEXT NOT NULL,
    model_hashes TEXT NOT NULL,
    sizes TEXT NOT NULL,
    digest TEXT NOT NULL,
    begun_at REAL NOT NULL,
    state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'off', 'complete', 'ended'))
) STRICT;
CREATE UNIQUE INDEX active_focus_set ON focus_sets (sample_id) WHERE state = 'active';

CREATE TABLE focus_items (
    items_id INTEGER NOT NULL,
    row_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    stratum TEXT NOT NULL,
    PRIMARY KEY (items_id, row_id),
    FOREIGN KEY (items_id, row_id) REFERENCES items
) STRICT, WITHOUT ROWID;
"""

# Claims of a report rest on the size that was planned; one that was changed after labels were given is told.
GROWN_SAMPLES = """
ALTER TABLE samples ADD COLUMN grown_from INTEGER;
"""

# A yes that is delivered again after a later decision must not act again. `what` is a tap's id, or the message whose
# question was answered.
ACTED_TAPS = """
CREATE TABLE acted_taps (
    what TEXT PRIMARY KEY,
    labeler_id INTEGER NOT NULL REFERENCES labelers,
    acted_at REAL NOT NULL
) STRICT, WITHOUT ROWID;
"""

MIGRATIONS: tuple[tuple[str, str], ...] = (
    ("first tables", FIRST),
    ("subscriptions have a mode", SUBSCRIPTION_MODES),
    ("blind labels", BLIND_LABELS),
    ("decisions and report steps", DECISIONS),
    ("skips, repeats, notes, reminders", SITTINGS),
    ("owed deletions and bans", DELETIONS),
    ("where items are from", ORIGINS),
    ("focus sets", FOCUS_SETS),
    ("grown samples", GROWN_SAMPLES),
    ("taps that act once", ACTED_TAPS),
)
"""Each with its name and its statements."""
