"""Sentences about figures, in the reader's language. Tables and a ``Language`` in, text out; knows no Dash and no files.

Percent is made here (and, for the cells and cards that the browser writes, from the templates given here): everywhere else
shares are fractions. No sentence gives an estimate without its margin or the reason why there is none.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import pandas as pd

from equity import indicators
from equity.atlas import Atlas
from equity.cities import City, Release, Side
from equity.flags import NO_MARGIN_REASONS, Flag
from equity.indicators import N_, Indicator, Recipe
from equity.language import Language

# Why a figure is missing, or what to know about it; said on the page, in the hover card and in the companion of a file, with
# the city's word for its areas (see ``note``).
NOTES: dict[Flag, str] = {
    Flag.NOT_IN_RELEASE: N_("not in hand of this release"),
    Flag.NOT_AT_LEVEL: N_("in hand for {areas} only, not for tracts"),
    Flag.NO_ESTIMATE: N_("no estimate was published"),
    Flag.NO_UNIVERSE: N_("nobody to count here"),
    Flag.MARGIN_NOT_IN_HAND: N_("margin not in hand"),
    Flag.NO_MARGIN: N_("no margin was published"),
    Flag.NO_RULE: N_("no rule gives its margin"),
    Flag.CONTROLLED: N_("fixed to an official count, so its margin is 0"),
    Flag.IDENTITY: N_("counted as the total minus those who have it"),
    Flag.RECOVERED: N_("recovered from rounded percentages"),
    Flag.READ_BY_LABEL: N_("published as one count, read by its label as lines 012 + 013 of table B28002"),
    Flag.RATIO_RULE: N_("margin by the ratio rule"),
    Flag.MOSTLY_OUTSIDE: N_("most of its households live outside the city: not ranked"),
    Flag.NO_HOUSEHOLDS_IN_CITY: N_("no households in the city: not ranked"),
    Flag.MODELLED: N_("margin modelled here, the published one is not in hand: indicative only"),
    Flag.PUBLISHED_WHOLE: N_("published for the city as a whole, not added up from its tracts"),
}


# What a count has to do with a plan that starts from the default indicator.
_OF_THE_PLAN: dict[str, str] = {
    "no_subscription": N_("The definition behind the City's {printed}."),
    "unpaid_access": N_("Part of the City's {printed}."),
}

# What is in hand of a release's margins, by the sidecar's word for it.
MARGINS: dict[str, str] = {
    "published": N_("Margins are the published 90% margins of error."),
    "standard error x 1.65": N_("Margins are 1.65 times the published standard error; income comes without margins."),
    "001 only": N_("Only the total of households comes with its margin; the margins of its parts are not in hand."),
    "none": N_("The margins are not in hand."),
}


def percent(language: Language, share: float, decimals: int = 1) -> str:
    """0.1079 -> "10.8%"."""
    return f"{language.number(share * 100, decimals)}%"


def points(language: Language, share_moe: float, decimals: int = 1) -> str:
    """0.0031 -> "0.3": a margin of a share, in percentage points."""
    return language.number(share_moe * 100, decimals)


def signed(language: Language, value: float, decimals: int = 0) -> str:
    """-46732.7 -> "−46,733", 6261.9 -> "+6,262": a difference, with its sign."""
    written = language.number(abs(value), decimals)
    return ("−" if value < 0 else "+") + written if written.strip("0.") else written


def limit(language: Language, share: float) -> str:
    """0.05 -> "5", 0.025 -> "2.5": a limit in percentage points, as people say it."""
    return points(language, share, 0 if round(share * 100, 6).is_integer() else 1)


def nouns(language: Language, city: City) -> dict[str, str]:
    """What the city calls its areas, for the holes of a sentence: {area}, several {areas}, {one} with its article.

    A Spanish sentence may take the word to be feminine.
    """
    said = {"area": city.area_noun, "areas": city.area_nouns, "one": city.area_one}
    return {hole: local(language, words) for hole, words in said.items()}


def capital(sentence: str) -> str:
    """A text that begins with a noun, as a sentence or a heading; the rest of it keeps its capitals."""
    return sentence[:1].upper() + sentence[1:]


def note(language: Language, atlas: Atlas, flag: Flag) -> str:
    """What one note of a figure means."""
    return language.gettext(NOTES[flag]).format(**nouns(language, atlas.city))


def notes(language: Language, atlas: Atlas, flag: int) -> list[str]:
    """What each note of a figure means, in the order of the closed list."""
    return [note(language, atlas, each) for each in NOTES if flag & each]


def count(language: Language, row: pd.Series) -> str:
    """ "171,879 ± 3,435", or the estimate alone where the margin is missing (the sentence around it says so)."""
    estimate = language.number(row["estimate"])
    return estimate if pd.isna(row["moe"]) else f"{estimate} ± {language.number(row['moe'])}"


def count_or_reason(language: Language, atlas: Atlas, row: pd.Series) -> str:
    """``count`` within a sentence that does not speak of margins: why there is none stands behind it. Empty without a count."""
    if pd.isna(row["estimate"]):
        return ""
    reasons = notes(language, atlas, int(row["flag"]) & int(NO_MARGIN_REASONS)) if pd.isna(row["moe"]) else []
    return count(language, row) + "".join(f" ({reason})" for reason in reasons)


def with_margin(language: Language, estimate: float, moe: float) -> str:
    """A count with its margin where there is one to speak of."""
    return language.number(estimate) + (f" ± {language.number(moe)}" if moe > 0 else "")


def share(language: Language, row: pd.Series) -> str:
    """ "15.5% ± 0.3", or the share alone where its margin is missing."""
    value = percent(language, row["share"])
    return value if pd.isna(row["share_moe"]) else f"{value} ± {points(language, row['share_moe'])}"


def years(known: Release) -> str:
    """ "2020–2024": the survey years of a release."""
    return "{}–{}".format(*known.survey_years)


def headline(language: Language, atlas: Atlas, what: Indicator, row: pd.Series, where: str) -> str:
    """One sentence to read aloud: the count, its share, its place, its years, and its margin or why there is none.

    ``where`` is the place as the sentence names it: "Chicago", "Englewood and West Englewood", "9 neighborhoods".
    """
    if pd.isna(row["estimate"]):
        reason = "; ".join(notes(language, atlas, row["flag"]))
        return language.gettext("Release {release} has no figure for this: {reason}.").format(
            release=row["release"], reason=reason
        )
    known = atlas.release(int(row["release"]))
    words = {
        "where": where,
        "count": count(language, row),
        "predicate": language.gettext(what.predicate),
        "share": "–" if pd.isna(row["share"]) else share(language, row),
        "universe": with_margin(language, row["universe_estimate"], row["universe_moe"]),
        "of": language.gettext(what.universe),
        "years": years(known),
    }
    if pd.isna(row["moe"]):
        words["reason"] = notes(language, atlas, int(row["flag"]) & int(NO_MARGIN_REASONS))[0]
        return language.gettext(
            "About {count} of the {universe} {of} in {where} ({share}) {predicate} in the survey years {years} ({reason})."
        ).format(**words)
    if row["flag"] & Flag.PUBLISHED_WHOLE:
        return language.gettext(
            "{count} of the {universe} {of} in {where} ({share} points) {predicate} in the survey years {years}, as published "
            "for the city as a whole."
        ).format(**words)
    if row["flag"] & Flag.MODELLED:
        return language.gettext(
            "{count} of the {universe} {of} in {where} ({share} points) {predicate} in the survey years {years} (margin "
            "modelled here, the published one is not in hand)."
        ).format(**words)
    return language.gettext(
        "{count} of the {universe} {of} in {where} ({share} points) {predicate} in the survey years {years}."
    ).format(**words)


def baseline(language: Language, atlas: Atlas) -> str:
    """What changes are measured from, said beside every headline: the count of the City's plan with its date, definition and
    margin; without a plan the count of the release that city.toml names; without that, that there is nothing."""
    said, row = atlas.city.baseline, atlas.baseline
    known, what = atlas.release(int(row["release"])), indicators.get(said["indicator"])
    if "lacking" in said:
        told = language.gettext("Changes over time are not told here: release {release}, to measure them from, is not in hand.")
        return told.format(release=said["lacking"])
    if said.get("newest"):
        return language.gettext("Changes over time are not told here: no release is chosen yet to measure them from.")
    if not atlas.city.has_plan:
        start = language.gettext("Later releases are compared with release {release}.").format(release=known.release)
        return f"{start} {headline(language, atlas, what, row, atlas.city.name)}"
    if pd.isna(row["moe"]) or what.key != indicators.DEFAULT:  # the sentence below is of one count, and with its margin
        start = language.gettext("The “{printed}” of the {plan} ({month}) is of release {release}.").format(
            printed=said["printed"],
            plan=local(language, said["plan"]),
            month=month(language, said["plan_date"]),
            release=known.release,
        )
        return f"{start} {headline(language, atlas, what, row, atlas.city.name)}"
    return language.gettext(
        "The “{printed}” of the {plan} ({month}): {count} households with no internet subscription at home ({share} points) in "
        "the survey years {years}. It is a baseline with a date, not today's count."
    ).format(
        printed=said["printed"],
        plan=local(language, said["plan"]),
        month=month(language, said["plan_date"]),
        years=years(known),
        count=count(language, row),
        share=share(language, row),
    )


def month(language: Language, iso_month: str) -> str:
    """ "2023-01" -> "January 2023"."""
    from babel.dates import format_skeleton

    year, number = map(int, iso_month.split("-"))
    return format_skeleton("yMMMM", datetime.date(year, number, 1), locale=language.locale)


def source(language: Language, atlas: Atlas, release: int) -> str:
    """Where the figures of a release come from, ready to quote."""
    known = atlas.release(release)
    weights, citation = atlas.weights.get(known.tract_vintage, {}), atlas.snapshots[release].meta["citation"]
    land = weights.get("weights") == "land"
    said = (
        language.gettext("Source: {citation} Weights of tracts by land: {publisher} ({vintage} Census).")
        if land
        else language.gettext("Source: {citation} Household weights of tracts: {publisher} ({vintage} Census).")
    )
    line = said.format(citation=citation, publisher=weights.get("publisher", "–"), vintage=known.tract_vintage)
    return line + (" " + by_land(language, atlas.city) if land else "")


def by_land(language: Language, city: City) -> str:
    """The warning that goes with weights for which no block counts were to be had."""
    return language.gettext(
        "Attention: households of a tract are shared out by its land here, not by where they live, so figures of {areas} "
        "that share tracts may be off."
    ).format(**nouns(language, city))


def definition(language: Language, atlas: Atlas, what: Indicator, recipe: Recipe | None) -> str:
    """Who is counted, from which lines, and what it has to do with the City's plan."""
    parts = [language.gettext(what.sentence)]
    if recipe is not None:
        parts.append(
            language.gettext("Lines: {formula}, of {universe}.").format(
                formula=recipe.formula.replace(" - ", language.gettext(" minus ")), universe=recipe.universe
            )
        )
    if atlas.city.has_plan and what.key in _OF_THE_PLAN and atlas.city.baseline["indicator"] == indicators.DEFAULT:
        parts.append(language.gettext(_OF_THE_PLAN[what.key]).format(printed=atlas.city.baseline["printed"]))
    if what.note:
        parts.append(language.gettext(what.note))
    return " ".join(parts)


def places(language: Language, atlas: Atlas, tokens: list[str]) -> str:
    """How a sentence names a choice of area ids and side keys: up to three names, else how many neighborhoods there are."""
    the_side = language.gettext("the {side}")
    sides = {one.key: the_side.format(side=side(language, atlas.city, one)) for one in atlas.city.sides}
    if len(sides) == 1:  # that is the whole city
        sides = dict.fromkeys(sides, atlas.city.name)
    if len(tokens) <= 3:
        return language.list_of([sides.get(token) or atlas.area_names[token] for token in tokens])
    number = len(atlas.expand(tokens))
    return language.ngettext("{number} neighborhood", "{number} neighborhoods", number).format(number=number)


def side(language: Language, city: City, one: Side) -> str:
    """How pages name a side of the city; the only one is the city itself."""
    return local(language, one.names) if len(city.sides) > 1 else city.name


def local(language: Language, said: Mapping[str, str]) -> str:
    """A text that city.toml gives by language; English where it has none for this one."""
    return said.get(language.code, said["en"])


def listed(language: Language, releases: list[int]) -> str:
    return language.list_of([str(release) for release in releases])
