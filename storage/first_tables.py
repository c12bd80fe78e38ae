"""The tables of the first version. See `storage.schema` for what was changed since."""

from __future__ import annotations

FIRST = """
CREATE TABLE samples (
    sample_id INTEGER PRIMARY KEY,
    stem TEXT NOT NULL UNIQUE,
    seed INTEGER NOT NULL,
    base_count INTEGER NOT NULL,
    digest TEXT NOT NULL,
    source TEXT NOT NULL,
    frozen_at REAL NOT NULL
) STRICT;

CREATE TABLE items (
    sample_id INTEGER NOT NULL REFERENCES samples,
    row_id INTEGER NOT NULL,
    feature_index INTEGER,
    feature_id TEXT,
    description TEXT,
    PRIMARY KEY (sample_id, row_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE labelers (
    labeler_id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL UNIQUE,
    admin INTEGER NOT NULL DEFAULT 0,
    mode TEXT,
    joined_at REAL,
    revoked_at REAL,
    welcomed INTEGER NOT NULL DEFAULT 0,
    card_chat INTEGER,
    card_message INTEGER
) STRICT;

CREATE TABLE answers (
    answer_id INTEGER PRIMARY KEY AUTOINCREMENT,
    sample_id INTEGER NOT NULL REFERENCES samples,
    mode TEXT NOT NULL,
    labeler_id INTEGER NOT NULL REFERENCES labelers,
    row_id INTEGER NOT NULL,
    label TEXT NOT NULL CHECK (label IN ('related', 'not-related')),
    tap_id TEXT NOT NULL UNIQUE,
    shown_at REAL,
    answered_at REAL NOT NULL,
    guide_version TEXT,
    after_review INTEGER NOT NULL DEFAULT 0,
    FOREIGN KEY (sample_id, row_id) REFERENCES items
) STRICT;

CREATE INDEX answers_by_labeler ON answers (labeler_id);

CREATE TABLE labels (
    sample_id INTEGER NOT NULL,
    mode TEXT NOT NULL,
    labeler_id INTEGER NOT NULL,
    row_id INTEGER NOT NULL,
    label TEXT NOT NULL,
    answer_id INTEGER NOT NULL REFERENCES answers,
    PRIMARY KEY (sample_id, mode, labeler_id, row_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX labels_by_answer ON labels (answer_id);

CREATE TRIGGER answer_becomes_label AFTER INSERT ON answers BEGIN
    INSERT INTO labels (sample_id, mode, labeler_id, row_id, label, answer_id)
    VALUES (new.sample_id, new.mode, new.labeler_id, new.row_id, new.label, new.answer_id)
    ON CONFLICT (sample_id, mode, labeler_id, row_id)
    DO UPDATE SET label = excluded.label, answer_id = excluded.answer_id;
END;

CREATE TABLE adjudications (
    adjudication_id INTEGER PRIMARY KEY AUTOINCREMENT,
    sample_id INTEGER NOT NULL,
    mode TEXT NOT NULL,
    row_id INTEGER NOT NULL,
    label TEXT NOT NULL CHECK (label IN ('related', 'not-related')),
    decided_by INTEGER REFERENCES labelers,
    decided_at REAL NOT NULL,
    UNIQUE (sample_id, mode, row_id),
    FOREIGN KEY (sample_id, row_id) REFERENCES items
) STRICT;

CREATE TABLE invitations (
    invitation_id INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash BLOB NOT NULL UNIQUE,
    admin INTEGER NOT NULL DEFAULT 0,
    uses INTEGER NOT NULL,
    made_at REAL NOT NULL,
    expires_at REAL
) STRICT;

CREATE TABLE invitation_uses (
    invitation_id INTEGER NOT NULL REFERENCES invitations,
    labeler_id INTEGER NOT NULL REFERENCES labelers,
    used_at REAL NOT NULL,
    PRIMARY KEY (invitation_id, labeler_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE chats (
    chat_id INTEGER PRIMARY KEY,
    served_since REAL NOT NULL
) STRICT;

CREATE TABLE subscriptions (
    chat_id INTEGER NOT NULL,
    thread_id INTEGER,
    model TEXT NOT NULL,
    last_fingerprint TEXT,
    PRIMARY KEY (chat_id)
) STRICT;

CREATE TABLE notes (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""
