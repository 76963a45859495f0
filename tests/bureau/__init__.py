"""A Census Bureau and a city portal on this machine: they answer as the real ones do, and misbehave when told to.

``server`` is the machinery; ``api``, ``summary`` and the others register what is asked of each real address, fed with the
figures in ``data/``. No test reaches further than 127.0.0.1.
"""
