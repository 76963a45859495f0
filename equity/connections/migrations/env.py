"""What Alembic runs to take a step: on the connection and in the transaction that ``schema`` has opened."""

from alembic import context

from equity.connections import tables

told = context.config.attributes
context.configure(
    connection=told["connection"],
    target_metadata=tables.METADATA,
    version_table=told["version_table"],
    render_as_batch=True,  # SQLite alters a table by making it anew
)
with context.begin_transaction():
    context.run_migrations()
