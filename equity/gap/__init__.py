"""What may be said of a city's gap over time: its points, its change, the pace it needs, how it is spread. Tables and words.

The statistics of change and of findings applied to an atlas, and to what people wrote down beside it. Text belongs to the
views: here a word is a member of a closed list. Every figure is a stock of a changing city, so nothing here says, or may be
made to say, that households *were connected*.
"""

from __future__ import annotations

from equity.gap.change import Moved, Why, devices, movers, since_baseline, split, tally
from equity.gap.history import Drawn, Missing, Series, actuals, cited, line, points, printed
from equity.gap.judged import judged
from equity.gap.pace import MISFIT, Households, Outlook, Seen, State, needed, outlook, outlooks
from equity.gap.spread import NO_SURVEY, OUTCOMES, certification, held

__all__ = [
    "MISFIT",
    "NO_SURVEY",
    "OUTCOMES",
    "Drawn",
    "Households",
    "Missing",
    "Moved",
    "Outlook",
    "Seen",
    "Series",
    "State",
    "Why",
    "actuals",
    "certification",
    "cited",
    "devices",
    "held",
    "judged",
    "line",
    "movers",
    "needed",
    "outlook",
    "outlooks",
    "points",
    "printed",
    "since_baseline",
    "split",
    "tally",
]
