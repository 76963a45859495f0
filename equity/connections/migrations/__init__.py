"""The steps by which the tables of the log came to be, for Alembic. A step that was published is never changed."""
