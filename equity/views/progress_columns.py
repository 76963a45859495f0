"""What the columns of the progress page's files hold: of what kind each is, what it means, and every word that stands in it.

The text that goes with a file is written from these tables, and the file's decimals follow from them. Computes no figure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from equity import gap, indicators
from equity.atlas import Atlas
from equity.findings import Reason, Verdict
from equity.gap import Drawn, Series, Why
from equity.indicators import N_
from equity.language import Language
from equity.views import progress_chart, progress_log, progress_points, progress_state, standing, text

# What a column holds, by the word that stands behind its name.
HOUSEHOLDS, FRACTION, YEAR, NUMBER, YES, WORDS = "households", "fraction", "year", "number", "1 or 0", "text"
_UNITS: dict[str, str] = {
    HOUSEHOLDS: N_(
        "two decimals at most. They are not whole, because a tract that lies in several {areas}, or partly outside the city, "
        "is shared out"
    ),
    FRACTION: N_("a part of one, six decimals at most: 0.01 is one percent, or between two shares one percentage point"),
    YEAR: N_("four digits"),
    NUMBER: N_("a whole number"),
    YES: N_("1 for yes, 0 for no"),
    WORDS: N_("names as they are; of words in small letters each is explained below"),
}

Columns = dict[str, tuple[str, str]]  # name -> what it holds, what it means

_POINTS: Columns = {
    "indicator": (WORDS, N_("what is counted")),
    "release": (YEAR, N_("last survey year of the ACS 5-year release")),
    "series": (WORDS, N_("which points belong together: nothing is measured from one series to another")),
    "centre": (YEAR, N_("the year the figure stands for: the middle of its survey years")),
    "first_year": (YEAR, N_("first survey year")),
    "last_year": (YEAR, N_("last survey year")),
    "wording": (WORDS, N_("how its survey years asked the question")),
    "universe_estimate": (HOUSEHOLDS, N_("all households")),
    "universe_moe": (HOUSEHOLDS, N_("its 90% margin of error")),
    "estimate": (HOUSEHOLDS, N_("the count")),
    "moe": (HOUSEHOLDS, N_("90% margin of error of the count; empty where it is missing, never 0 for missing")),
    "share": (FRACTION, N_("estimate divided by universe_estimate")),
    "share_moe": (FRACTION, N_("90% margin of error of the share")),
    "flag": (WORDS, N_("why a figure is missing or what to know about it; several are joined by ;")),
    "modelled": (YES, N_("whether the margin is modelled, the published one not in hand")),
    "drawn": (WORDS, N_("how the chart draws it: the gravest of its notes")),
    "notes": (WORDS, N_("all that is to be known of how it is drawn; several are joined by ;")),
    "reason": (WORDS, N_("why there is no figure; empty where there is one")),
    "in_trend": (YES, N_("whether a line through the releases may use it")),
}
_WITHOUT = N_("whether it is larger than chance explains without allowing for shared years, a modelled margin taken as it is")
_AREAS: Columns = {
    "indicator": (WORDS, N_("what is counted")),
    "level": (WORDS, N_("what kind of place the row is about")),
    "place_id": (WORDS, N_("number of the {area}; of the city its place code")),
    "place_name": (WORDS, N_("its name")),
    "old": (YEAR, N_("the release a change is measured from")),
    "new": (YEAR, N_("the release it is measured to")),
    "shared_years": (NUMBER, N_("how many survey years the two releases share")),
    "modelled": (YES, N_("whether a margin of the two releases is modelled, the published one not in hand")),
    "universe_change": (HOUSEHOLDS, N_("how many households more there are; negative: fewer")),
    "universe_change_moe": (HOUSEHOLDS, N_("its 90% margin of error")),
    "change": (HOUSEHOLDS, N_("the count in the new release less that in the old")),
    "change_moe": (HOUSEHOLDS, N_("its 90% margin of error, not narrowed for shared years")),
    "change_moe_overlap": (HOUSEHOLDS, N_("the same allowing for shared years, which can be too bold")),
    "change_verdict": (WORDS, N_("what may be said of the change of the count")),
    "change_reason": (WORDS, N_("why nothing may be said of it")),
    "change_without_overlap": (YES, _WITHOUT),
    "growth": (
        HOUSEHOLDS,
        N_(
            "what the change in the number of households made of the change: the mean of both shares x universe_change; of the "
            "{areas} it does not add up to that of the city, because households also shift between places of different shares"
        ),
    ),
    "growth_moe": (HOUSEHOLDS, N_("its 90% margin of error")),
    "rate": (
        HOUSEHOLDS,
        N_("what the change of the share made of it: the mean of both numbers of households x share_difference"),
    ),
    "rate_moe": (HOUSEHOLDS, N_("its 90% margin of error")),
    "part": (
        FRACTION,
        N_("the place's change as a part of the city's, of the city itself 1; empty where the city's may be noise"),
    ),
    "part_moe": (
        FRACTION,
        N_(
            "its 90% margin of error, the change of the place being within that of the city; of the city itself 0, as it is all"
        ),
    ),
    "share_difference": (FRACTION, N_("the share in the new release less that in the old")),
    "share_difference_moe": (FRACTION, N_("its 90% margin of error, not narrowed for shared years")),
    "share_difference_moe_overlap": (FRACTION, N_("the same allowing for shared years, which can be too bold")),
    "share_verdict": (WORDS, N_("what may be said of the change of the share")),
    "share_reason": (WORDS, N_("why nothing may be said of it")),
    "share_without_overlap": (YES, _WITHOUT),
    "tested": (
        NUMBER,
        N_("how many shares were judged together: 1 for the city, which is judged alone, 0 where none can be"),
    ),
}
# The same change by published margins alone, where a margin of the columns above is modelled.
BY_PUBLISHED: dict[str, str] = {
    f"published_{name}": name
    for name in (
        "new", "change", "change_moe", "change_verdict", "change_reason", "share_difference", "share_difference_moe",
        "share_verdict", "share_reason",
    )
}  # fmt: skip
_AREAS["published_new"] = (
    YEAR,
    N_(
        "the release in the place of new that has no modelled margin, for these last columns; all are empty where nothing is "
        "modelled, as the columns before then say it"
    ),
)
_AREAS |= {name: (_AREAS[of][0], N_("{column}, from old to published_new")) for name, of in list(BY_PUBLISHED.items())[1:]}
_LOG: Columns = {
    "by": (WORDS, N_("what the row adds up by")),
    "name": (WORDS, N_("the month (YYYY-MM), the program or the name of the {area}; citywide reports have none")),
    "area_id": (WORDS, N_("number of the {area}; empty where the row is of none")),
    "kind": (WORDS, N_("what was counted")),
    "reported": (NUMBER, N_("how many the programs report; not a survey estimate, and without a margin of error")),
    "entries": (NUMBER, N_("how many entries of the log that is")),
}
COLUMNS: dict[str, Columns] = {"points": _POINTS, "areas": _AREAS, "log": _LOG}

_TITLES = {
    "points": N_("{city}: each count over time"),
    "areas": N_("{city}: change of each area since the baseline"),
    "log": N_("{city}: what programs report"),
}
_SUMMED = N_("5-year release, added up from its tracts, or from {areas} where only those are in hand")
_WORDING = {
    "clean": N_("all of them in one wording"),
    "mixed": N_("some of them as before 2016, so no change is measured from it"),
}
_LEVELS = {"city": N_("the city as a whole, judged alone"), "area": N_("{one}, judged together with all others")}
_BY = {"month": N_("the month of the report"), "programme": N_("the program"), "area": N_("the {area} it worked in")}
_INDICATIVE = N_(
    "Indicative. Where the column of the same change that ends with without_overlap is 1, only because a margin is modelled; "
    "where it is 0, because it shows only when the survey years that both releases share are allowed for, which narrows the "
    "margin and can be too bold. In the columns that begin with published_ no margin is modelled, so it is always the latter."
)
_VERDICTS = (Verdict.FELL, Verdict.ROSE, Verdict.PROBABLY_FELL, Verdict.PROBABLY_ROSE, Verdict.TOO_CLOSE)
_REASONS = (Reason.MISSING, Reason.WORDING, Reason.METHODS, Reason.NO_MARGIN)
# Why a count has no change to tell, and so no row.
_ABSENT: dict[str, str] = {
    Why.NO_START: N_("The release that changes are measured from does not give this figure."),
    Why.NO_LATER: N_("No later release here gives this figure, so there is nothing to compare."),
}


def fractions(kind: str) -> list[str]:
    """The columns of a file that hold fractions: they need more decimals than households do."""
    return [name for name, (unit, _meaning) in COLUMNS[kind].items() if unit == FRACTION]


def compared(atlas: Atlas) -> list[str]:
    """The counts whose change can be told: they have rows in the file of areas."""
    return [what.key for what in progress_state.offered(atlas) if not gap.split(atlas, what.key).empty]


def about(atlas: Atlas, language: Language, kind: str) -> str:
    """The text that goes with a file: what it is from, every column, and every word that stands in one."""
    _, nouns = language.gettext, text.nouns(language, atlas.city)
    columns = [
        f"{name} ({unit}): {_(meaning).format(column=BY_PUBLISHED.get(name), **nouns)}"
        for name, (unit, meaning) in COLUMNS[kind].items()
    ]
    held = {unit for unit, _meaning in COLUMNS[kind].values()}
    units = [f"{unit}: {_(said).format(**nouns)}" for unit, said in _UNITS.items() if unit in held]
    blocks = [(_("COLUMNS"), columns), (_("WHAT THEY HOLD"), units)]
    values = _("VALUES OF {columns}")
    blocks += [
        (values.format(columns=", ".join(names)), [f"{word}: {said}" for word, said in made(atlas, language).items()])
        for names, made in _CLOSED[kind].items()
    ]
    if kind == "areas":
        without = {
            what.key: gap.since_baseline(atlas, what.key, "estimate")["reason"] for what in progress_state.offered(atlas)
        }
        said = [f"{_counted(language, key)} {_(_ABSENT[why])}" for key, why in without.items() if why in _ABSENT]
        blocks += [(_("COUNTS THAT ARE NOT IN THIS FILE"), said)] if said else []
    if kind == "log":
        apart = _(
            "Reported by programs: never added to a survey estimate or taken from one. Kinds are never added to each other."
        )
        blocks.insert(0, (apart, []))
    else:
        blocks.insert(0, (_("SOURCE"), list(dict.fromkeys(_cited(atlas, kind)))))
    title = _(_TITLES[kind]).format(city=atlas.city.name)
    return "\n\n".join([title, *("\n".join([head, *lines]) for head, lines in blocks)]) + "\n"


# --- within ----------------------------------------------------------------------------------------------------------


def _counted(language: Language, key: str) -> str:
    """A count by its key, its name and its definition."""
    what = indicators.get(key)
    return f"{key}: {language.gettext(what.label)}. {language.gettext(what.sentence)}"


def _definitions(language: Language, keys: Iterable[str]) -> dict[str, str]:
    return {key: _counted(language, key).removeprefix(f"{key}: ") for key in keys}


def _drawn(atlas: Atlas, language: Language) -> dict[str, str]:
    nothing = language.gettext("not at all, as there is no figure: the column reason says why")
    return {Drawn.NOTHING: nothing} | {name: progress_chart.drawn_as(language, atlas, name) for name in progress_chart.DRAWN}


def _flags(atlas: Atlas, language: Language) -> dict[str, str]:
    return {note.name.lower(): text.note(language, atlas, note) for note in text.NOTES}


def _verdicts(atlas: Atlas, language: Language) -> dict[str, str]:
    _, told = language.gettext, {}
    for word in _VERDICTS:
        said, why = standing.VERDICTS[word]
        told[word] = f"{_(said)}. {_(_INDICATIVE if word in (Verdict.PROBABLY_FELL, Verdict.PROBABLY_ROSE) else why)}"
    none, reason = _(standing.VERDICTS[Verdict.NOT_COMPARABLE][0]), _("The column of its reason says why.")
    return told | {Verdict.NOT_COMPARABLE: f"{none}. {reason}"}


def _said(words: dict[str, str]) -> Callable[[Atlas, Language], dict[str, str]]:
    """Words whose meaning may speak of the city's areas."""

    def told(atlas: Atlas, language: Language) -> dict[str, str]:
        nouns = text.nouns(language, atlas.city)
        return {word: language.gettext(meaning).format(**nouns) for word, meaning in words.items()}

    return told


def _cited(atlas: Atlas, kind: str) -> list[str]:
    """What the figures of a file are from."""
    if kind == "points":
        return [citation for what in progress_state.offered(atlas) for citation in gap.cited(atlas, what.key)]
    found = []
    for key in compared(atlas):
        sides = {side for published in (False, True) for side in gap.judged(atlas, key, published)[["old", "new"]].stack()}
        found += gap.cited(atlas, key, sides)
    return found


# file -> the columns of closed words -> every word that can stand in them, with its meaning
_CLOSED: dict[str, dict[tuple[str, ...], Callable[[Atlas, Language], dict[str, str]]]] = {
    "points": {
        ("indicator",): lambda atlas, language: _definitions(language, (what.key for what in progress_state.offered(atlas))),
        ("series",): _said(progress_chart.SERIES | {Series.SUMMED: _SUMMED}),
        ("wording",): _said(_WORDING),
        ("flag",): _flags,
        ("drawn", "notes"): _drawn,
        ("reason",): _said(progress_points.MISSING),
    },
    "areas": {
        ("indicator",): lambda atlas, language: _definitions(language, compared(atlas)),
        ("level",): _said(_LEVELS),
        tuple(name for name in _AREAS if name.endswith("_verdict")): _verdicts,
        tuple(name for name in _AREAS if name.endswith("_reason")): _said({word: standing.REASONS[word] for word in _REASONS}),
    },
    "log": {("by",): _said(_BY), ("kind",): _said(progress_log.KINDS)},
}
