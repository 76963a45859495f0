"""Sessions of staff who are signed in in the browser. A step down signs everybody out, and loses no entry."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "log_session",
        sa.Column("token_sha256", sa.String(64), primary_key=True),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("began_at", sa.String(32), nullable=False),
        sa.Column("seen_at", sa.String(32), nullable=False),
        sa.Column("draft_file", sa.Text, nullable=False),
        sa.Column("draft", sa.LargeBinary, nullable=True),
    )


def downgrade() -> None:
    op.drop_table("log_session")
