"""The closed list of reasons and notes a figure can carry. Knows nothing of files, cities or Dash.

A figure that is missing says why; a figure that is not what it seems says so. Inside, the notes of one figure are one
small integer (an ``IntFlag``), so that a sum over tracts collects the notes of its parts with a single bitwise or; in
files and on pages they are the lower-case names joined by ``;`` in the order given here.
"""

from __future__ import annotations

import enum


class Flag(enum.IntFlag):
    """One bit a note. The order is the order in which notes are written and explained."""

    # Why there is no estimate.
    NOT_IN_RELEASE = enum.auto()  # the release does not give the lines this indicator is made of
    NOT_AT_LEVEL = enum.auto()  # the release gives them, but only for larger places
    NO_ESTIMATE = enum.auto()  # the Bureau published a code in place of the estimate
    NO_UNIVERSE = enum.auto()  # nobody to count: the share is undefined, the count is an honest 0
    # Why there is no margin.
    MARGIN_NOT_IN_HAND = enum.auto()  # the source at hand carries estimates only
    NO_MARGIN = enum.auto()  # the Bureau published a code in place of the margin
    NO_RULE = enum.auto()  # no published rule gives the margin of this combination
    # What to know about a figure that is there.
    CONTROLLED = enum.auto()  # the estimate is fixed to an official count: margin 0 by definition
    IDENTITY = enum.auto()  # total minus a part stands in for the lines, which the release lacks
    RECOVERED = enum.auto()  # worked back from percentages that were published to one decimal
    READ_BY_LABEL = enum.auto()  # the source has one count; what it contains follows from its label and its level
    RATIO_RULE = enum.auto()  # the share's margin comes from the ratio rule: the share rule had a negative radicand
    # What to know about a place.
    MOSTLY_OUTSIDE = enum.auto()  # less than half of the tract's households live in the city: shown, not ranked
    NO_HOUSEHOLDS_IN_CITY = enum.auto()  # the tract's part inside the city has no households: shown, not ranked
    # What to know about a margin that is there.
    MODELLED = enum.auto()  # the margin follows from a variance function, it was not published: indicative only
    # What to know about the method behind a figure.
    PUBLISHED_WHOLE = enum.auto()  # published for the city as a whole, not added up from its tracts


NONE = Flag(0)

NO_ESTIMATE_REASONS = Flag.NOT_IN_RELEASE | Flag.NOT_AT_LEVEL | Flag.NO_ESTIMATE
NO_MARGIN_REASONS = Flag.MARGIN_NOT_IN_HAND | Flag.NO_MARGIN | Flag.NO_RULE
NOT_RANKED = Flag.MOSTLY_OUTSIDE | Flag.NO_HOUSEHOLDS_IN_CITY


def names(value: int) -> list[str]:
    """The names of every note in ``value``, lower case, in the order of the list above."""
    return [flag.name.lower() for flag in Flag if value & flag]


def text(value: int) -> str:
    """As written in files: ``"identity;margin_not_in_hand"``; an empty text when there is nothing to say."""
    return ";".join(names(int(value)))
