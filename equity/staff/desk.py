"""What every page of staff works with: the log, the city's places, the clock. Knows no request."""

from __future__ import annotations

import datetime
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from equity.atlas import Atlas
from equity.connections import accounts, database, history, log, places, schema, totals
from equity.connections.database import Log
from equity.connections.log import Clock
from equity.connections.places import Places
from equity.connections.rights import Actor
from equity.errors import LogUnavailable

REST = datetime.timedelta(seconds=10)  # so long a log that cannot be opened is not tried again: each try holds everybody up


@dataclass
class Desk:
    """``open_log`` is called once, at the first need; ``sign_in`` is ``accounts.sign_in`` or what stands in for it."""

    places: Places
    open_log: Callable[[], Log]
    clock: Clock
    sleep: Callable[[float], None]
    sign_in: Callable[..., Actor]
    _opened: Log | None = None
    _refused: tuple[datetime.datetime, LogUnavailable] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(
        cls, atlas: Atlas, environ: Mapping[str, str] = os.environ, *, clock: Clock = log.now,
        sleep: Callable[[float], None] = time.sleep, sign_in: Callable[..., Actor] = accounts.sign_in,
    ) -> Desk:  # fmt: skip
        """The desk of one city, its log where ``environ`` says."""
        tracts = [atlas.tracts_of(vintage) for vintage in sorted(atlas.tracts, reverse=True)]
        known = places.of(atlas.city.slug, atlas.city.name, atlas.areas, tracts)
        return cls(known, lambda: schema.upgrade(database.open_to_write(environ=environ)), clock, sleep, sign_in)

    @property
    def city(self) -> str:
        return self.places.slug

    @property
    def log(self) -> Log:
        """The log to write to. LogUnavailable now may be well at a request ten seconds later."""
        with self._lock:
            if self._opened is None:
                if self._refused and self.clock() < self._refused[0]:
                    raise self._refused[1]
                try:
                    self._opened = self.open_log()
                except LogUnavailable as error:
                    self._refused = self.clock() + REST, error
                    raise
            return self._opened

    def today(self) -> datetime.date:
        """The day in UTC, as on the command line."""
        return self.clock().astimezone(datetime.UTC).date()

    def totals(self) -> pd.DataFrame:
        """kind, reported, entries: all that counts in this city."""
        with self.log.reading() as connection:
            counted = history.entries(connection, self.city)
        return totals.totals(totals.entries(counted, self.places), "kind")
