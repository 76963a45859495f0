"""Every way this project can refuse, as one small family. Knows nothing of files, cities or Dash.

The message of an error is one clear sentence: what is wrong, where, and what to do next.
The command line prints it and exits with the class's ``exit_code``; nothing else is printed.
"""


class EquityError(Exception):
    """Base of the family. ``exit_code`` is what ``python -m equity`` returns for it."""

    exit_code = 1


class UsageError(EquityError):
    """The reader asked for something that does not exist: a level, an indicator, a release, a place."""

    exit_code = 2


class SourceInvalid(EquityError):
    """A raw input is missing, damaged, or does not say what it is expected to say."""

    exit_code = 3


class SnapshotMissing(EquityError):
    """A file that ``refresh`` should have written is not there."""

    exit_code = 4


class SnapshotDamaged(EquityError):
    """A file in ``data/`` is not the one that was written: its sha256 or its shape differs."""

    exit_code = 5


class CityInvalid(EquityError):
    """``city.toml``, or what is written by hand beside it, is missing, cannot be read, or contradicts itself."""

    exit_code = 6


class SourceUnavailable(EquityError):
    """A source on the network cannot be reached, keeps failing, or is too slow."""

    exit_code = 7


class KeyRefused(EquityError):
    """The Census API's key is missing, or the Bureau refuses it. Never says the key itself."""

    exit_code = 8


class LogInvalid(EquityError):
    """What is to be written to the programme log is not fit for it: a row, a correction, a file that was imported before."""

    exit_code = 9


class LogUnavailable(EquityError):
    """The database of the programme log cannot be reached or written, is busy, or was made by a newer version of this program.

    Never says the password of its address.
    """

    exit_code = 10


class LogMissing(LogUnavailable):
    """There is no programme log yet: nobody has imported anything."""


class LogDamaged(EquityError):
    """The programme log, or a backup of it, is not what was written: a row was changed or lost."""

    exit_code = 11


class RightMissing(EquityError):
    """Whoever asks may not do this, or did not sign in. Says nothing of which accounts there are."""

    exit_code = 12
