"""A PostgreSQL of the tests' own, a small made-up city, and a process that writes to its programme log."""
