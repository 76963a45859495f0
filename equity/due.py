"""Whether the next release should be here by now. Knows what city.toml expects, and the day it is told."""

from __future__ import annotations

import datetime
import enum

from equity.cities import City


class Due(enum.StrEnum):
    """How the next release stands on a day."""

    LATER = "later"  # before the first day it is expected on
    NOW = "now"  # from then on: it may be published any day
    OVERDUE = "overdue"  # past the last day it is expected on: somebody should look, and refresh
    IN_HAND = "in_hand"  # it is here, or a later one: city.toml should say when the next is expected


def next_release(city: City, today: datetime.date) -> Due:
    """``[calendar]`` of city.toml (next_release, from, by) against the newest release in hand."""
    told = city.calendar
    if any(known.release >= told["next_release"] for known in city.loaded):
        return Due.IN_HAND
    if today < told.get("from", datetime.date.max):
        return Due.LATER
    return Due.NOW if today <= told.get("by", datetime.date.max) else Due.OVERDUE
