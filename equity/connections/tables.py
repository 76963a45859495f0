"""The tables of the programme log. Knows nothing of where the database is; ``migrations`` make what is described here.

SQLAlchemy Core, not its ORM: an entry is a value that is written once and read many times, so there is no object whose changes
would have to be tracked, ten thousand rows are one statement, and every line of SQL can be read off the code that asks for it.
Text alone but for numbers: a moment is ISO 8601 in UTC, so that both databases give back the very signs that were sealed.
"""

from __future__ import annotations

import sqlalchemy as sa

#: What happened to an entry in a row of ``entry``.
ENTERED, CORRECTED, WITHDRAWN = "entered", "corrected", "withdrawn"
#: What a batch is.
IMPORT, CORRECTION, WITHDRAWAL = "import", "correction", "withdrawal"

METADATA = sa.MetaData()

# One row a write, numbered 1, 2, 3 without gaps, sealed with the one before it.
batch = sa.Table(
    "log_batch",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(20), nullable=False),  # import, correction, withdrawal
    sa.Column("city", sa.String(60), nullable=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("by", sa.String(100), nullable=False),  # name and door, see rights: what is sealed gets no further column
    sa.Column("reason", sa.Text, nullable=False),  # of a correction or a withdrawal
    sa.Column("file", sa.Text, nullable=False),  # of an import: the file's name, its sha256, its size, that of its reports
    sa.Column("file_sha256", sa.String(64), nullable=False),
    sa.Column("file_bytes", sa.Integer, nullable=False),
    sa.Column("content_sha256", sa.String(64), nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("seal", sa.String(64), nullable=False),
)

# One row a version of an entry, never changed. ``entry`` is the number of its first version, and the entry's own; ``changes``
# is the version before, and since no two rows may name the same one, an entry has one history. A withdrawal repeats what it
# withdraws.
entry = sa.Table(
    "log_entry",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("batch", sa.Integer, sa.ForeignKey("log_batch.number"), nullable=False, index=True),
    sa.Column("line", sa.Integer, nullable=False),  # the row of the file it came in; 0 for none
    sa.Column("entry", sa.Integer, sa.ForeignKey("log_entry.number"), nullable=False, index=True),
    sa.Column("changes", sa.Integer, sa.ForeignKey("log_entry.number"), nullable=True, unique=True),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("month", sa.String(7), nullable=False, index=True),
    sa.Column("programme", sa.Text, nullable=False),
    sa.Column("partner", sa.Text, nullable=False),
    sa.Column("level", sa.String(10), nullable=False),
    sa.Column("place", sa.String(11), nullable=False),
    sa.Column("kind", sa.String(30), nullable=False),
    sa.Column("count", sa.Integer, sa.CheckConstraint("count >= 0", name="count_not_negative"), nullable=False),
    sa.Column("funding", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)

# One row: where the log ends. Without it the last writes could be lost and the chain of the others would still hold.
head = sa.Table(
    "log_head",
    METADATA,
    sa.Column("only", sa.Integer, sa.CheckConstraint('"only" = 1', name="only_one"), primary_key=True, autoincrement=False),
    sa.Column("batches", sa.Integer, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("seal", sa.String(64), nullable=False),
)

# Staff who may sign in. Its rows change.
account = sa.Table(
    "log_account",
    METADATA,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("right", sa.String(20), nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("added_at", sa.String(32), nullable=False),
    sa.Column("added_by", sa.String(100), nullable=False),
)

# What was done to accounts, one row each, numbered without gaps, sealed with the one before it and never changed.
trace = sa.Table(
    "log_trace",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("by", sa.String(100), nullable=False),  # name and door
    sa.Column("what", sa.String(20), nullable=False),
    sa.Column("account", sa.String(64), nullable=False),
    sa.Column("right", sa.String(20), nullable=False),  # the one it has since; "" where it has none
    sa.Column("seal", sa.String(64), nullable=False),
)

# Who is signed in in the browser, and a file that waits there to be confirmed. Its rows come and go, and no backup brings them
# back: whoever is signed in signs in again.
session = sa.Table(
    "log_session",
    METADATA,
    sa.Column("token_sha256", sa.String(64), primary_key=True),
    sa.Column("account", sa.String(64), nullable=False),
    sa.Column("began_at", sa.String(32), nullable=False),
    sa.Column("seen_at", sa.String(32), nullable=False),
    sa.Column("draft_file", sa.Text, nullable=False),  # "" where no file waits
    sa.Column("draft", sa.LargeBinary, nullable=True),
)

# Tries to sign in, and where it was done: by account and address. Of no backup either.
attempt = sa.Table(
    "log_try",
    METADATA,
    sa.Column("account", sa.String(64), primary_key=True),
    sa.Column("address", sa.String(45), primary_key=True),  # of IPv4, or a network of IPv6; "" where it is not known
    sa.Column("failed", sa.Integer, nullable=False),  # wrong tries in a row
    sa.Column("today", sa.Integer, nullable=False),  # wrong tries on the day of ``tried_at``, in UTC
    sa.Column("tried_at", sa.String(32), nullable=False),
    sa.Column("closed_until", sa.String(32), nullable=False),  # "" when it is not
    sa.Column("signed_in_at", sa.String(32), nullable=False),  # the last time; "" for never
)

#: Every table of a backup, in the order in which rows can be put into an empty database.
IN_ORDER = (batch, entry, head, account, trace)
