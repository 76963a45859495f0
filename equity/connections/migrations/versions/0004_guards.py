"""Guards against what the first ones let through, one for the end of the log, and what was done to accounts.

SQLite carries out INSERT OR REPLACE without telling a trigger on DELETE of the row it replaces. The end of the log may move
forward alone. A step down loses the traces of accounts and these guards, and no entry.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

SAID = "the programme log is append-only"
FORWARD = "the end of the programme log moves forward alone"
BACK = "NEW.batches <= OLD.batches OR NEW.rows <= OLD.rows"
# name -> (event and table, condition, what is said)
SQLITE = {
    "log_batch_no_replace": ("INSERT ON log_batch", "EXISTS (SELECT 1 FROM log_batch WHERE number = NEW.number)", SAID),
    "log_entry_no_replace": (
        "INSERT ON log_entry",
        "EXISTS (SELECT 1 FROM log_entry WHERE number = NEW.number OR changes = NEW.changes)",
        SAID,
    ),
    "log_trace_no_replace": ("INSERT ON log_trace", "EXISTS (SELECT 1 FROM log_trace WHERE number = NEW.number)", SAID),
    "log_trace_no_update": ("UPDATE ON log_trace", "", SAID),
    "log_trace_no_delete": ("DELETE ON log_trace", "", SAID),
    "log_head_no_replace": ("INSERT ON log_head", "EXISTS (SELECT 1 FROM log_head WHERE only = NEW.only)", SAID),
    "log_head_no_delete": ("DELETE ON log_head", "", SAID),
    "log_head_forward": ("UPDATE ON log_head", BACK, FORWARD),
}
# name -> (events and table, for each, function)
POSTGRESQL = {
    "log_trace_append_only": ("UPDATE OR DELETE OR TRUNCATE ON log_trace", "STATEMENT", "log_append_only"),
    "log_head_no_delete": ("DELETE OR TRUNCATE ON log_head", "STATEMENT", "log_append_only"),
    "log_head_forward": ("UPDATE ON log_head", "ROW", "log_only_forward"),
}


def upgrade() -> None:
    op.create_table(
        "log_trace",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("right", sa.String(20), nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        for name, (event, condition, said) in SQLITE.items():
            when = f"WHEN {condition} " if condition else ""
            op.execute(f"CREATE TRIGGER {name} BEFORE {event} {when}BEGIN SELECT RAISE(ABORT, '{said}'); END")
        return
    op.execute(
        f"CREATE FUNCTION log_only_forward() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {BACK} THEN "
        f"RAISE EXCEPTION '{FORWARD}'; END IF; RETURN NEW; END $$"
    )
    for name, (event, each, function) in POSTGRESQL.items():
        op.execute(f"CREATE TRIGGER {name} BEFORE {event} FOR EACH {each} EXECUTE FUNCTION {function}()")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in SQLITE:
            op.execute(f"DROP TRIGGER {name}")
    else:
        for name, (event, _, _) in POSTGRESQL.items():
            op.execute(f"DROP TRIGGER {name} ON {event.rpartition(' ')[2]}")
        op.execute("DROP FUNCTION log_only_forward()")
    op.drop_table("log_trace")
