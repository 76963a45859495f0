"""The log: batches, entries, and where it ends. Batches and entries can be added, and neither changed nor deleted."""

import sqlalchemy as sa
from alembic import op

from equity.errors import LogUnavailable

revision = "0001"
down_revision = None

KEPT = ("log_batch", "log_entry")
SAID = "the programme log is append-only"


def upgrade() -> None:
    op.create_table(
        "log_batch",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("city", sa.String(60), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("file_sha256", sa.String(64), nullable=False),
        sa.Column("file_bytes", sa.Integer, nullable=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
    )
    op.create_table(
        "log_entry",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("batch", sa.Integer, sa.ForeignKey("log_batch.number"), nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("entry", sa.Integer, sa.ForeignKey("log_entry.number"), nullable=False),
        sa.Column("changes", sa.Integer, sa.ForeignKey("log_entry.number"), nullable=True, unique=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("programme", sa.Text, nullable=False),
        sa.Column("partner", sa.Text, nullable=False),
        sa.Column("level", sa.String(10), nullable=False),
        sa.Column("place", sa.String(11), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("count", sa.Integer, sa.CheckConstraint("count >= 0", name="count_not_negative"), nullable=False),
        sa.Column("funding", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    for column in ("batch", "entry", "month"):
        op.create_index(f"ix_log_entry_{column}", "log_entry", [column])
    op.create_table(
        "log_head",
        sa.Column("only", sa.Integer, sa.CheckConstraint('"only" = 1', name="only_one"), primary_key=True, autoincrement=False),
        sa.Column("batches", sa.Integer, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
    )
    op.execute("INSERT INTO log_head VALUES (1, 0, 0, '')")
    if op.get_bind().dialect.name == "sqlite":
        for table in KEPT:
            for event in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{SAID}'); END"
                )
    else:
        op.execute(
            f"CREATE FUNCTION log_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{SAID}'; END $$"
        )
        for table in KEPT:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION log_append_only()"
            )


def downgrade() -> None:
    """A log that holds anything is not thrown away by a step."""
    (rows,) = op.get_bind().execute(sa.text("SELECT count(*) FROM log_batch")).one()
    if rows:
        raise LogUnavailable(f"the programme log holds entries (writes: {rows}) and this step would delete them; it is refused")
    for table in ("log_head", "log_entry", "log_batch"):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION log_append_only()")
