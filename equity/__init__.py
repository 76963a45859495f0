"""Chicago's least-connected neighborhoods: the map of the house.

Water comes in at one end, is stored in a sealed tank with a label, is filtered, measured, and comes out of taps.
No tap reaches back into the river::

    sources ---> snapshots ---> tidy ---> stats ---> atlas ---> findings, certainty ---> views, exports
    (the Bureau,   (data/)      (pure)    (pure)   (one object)  (what may be said)       (Dash) (files)
     raw files)      \\--> crosswalk (areas and households -> weights), neighbours (who touches whom)

A refresh is ``refresh``: figures by ``fetching`` (or ``rawfiles``), outlines and weights by ``groundwork`` and ``drawing``,
held against the last set by ``drift``, and put in its place by ``publish``, whole or not at all. ``standby`` opens a set for
whoever serves: the newest, or the last good one. ``gap`` tells what may be said of a city over time, held against what people
wrote into ``targets``.

On the wall of every room: ``indicators`` (what is measured), ``lines`` (what each ACS line means), ``cities`` (where),
``errors`` (what can go wrong); ``durable`` sees to it that what is written reaches the disk. Two trips, never mixed: *refresh*
may use geopandas and writes ``data/``; *serve* reads ``data/`` once and answers from memory (``serving``), with no network and
no geopandas.
Beside the house stands ``connections``, the log of what programmes report, the only thing that is written while serving;
``staff`` is its door in the browser, closed unless it is asked for.
``tests/test_architecture.py`` holds the table of who may import whom.
"""

__version__ = "0.1.0"
