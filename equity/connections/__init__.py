"""The programme log: what programmes report of their own work. Knows no survey figure, and is never added to one.

It stands beside the house: the only thing that is written while pages are served, and only by those who may. Entries are
never changed and never deleted; a correction or a withdrawal is a new row that names the one it changes, and every write is
sealed with the one before it, so that a row that was altered or lost is found::

    a CSV file --> sheet --> rules         what is wrong, by row and column; nothing is written before all is right
                     |
                     v
    who asks --> log (add, correct, withdraw) --> tables in SQLite or PostgreSQL (database, schema, migrations, chain)
                     |                                 |
                     v                                 v
                  rights, accounts                  history --> totals (pandas), verify, copies (backup, restore)

``previews`` say what an import would do; ``commands`` are the verbs. ``tries`` slow down who guesses passwords, ``traces`` tell
what was done to accounts. A page that shows the log opens it with
``database.open_to_read``: its database refuses every write.
"""
