"""Where the method ends: modelled margins with their proof, and what no margin covers. Texts of the methods page.

Computes no figure. Only what others published is written as it stands.
"""

from __future__ import annotations

import pandas as pd
from dash import html
from dash.development.base_component import Component

from equity import indicators, proof
from equity.atlas import Atlas
from equity.language import Language
from equity.views import prose, releases, text

# Published by the Census Bureau: how far sums made by adding squares miss the margins it publishes itself, in percent, and
# one such example (Worked Examples for Approximating Standard Errors Using American Community Survey Data).
_MISSES = -18, 724
_ADDED, _PUBLISHED = 74_932, 20_689


def modelled(atlas: Atlas, language: Language) -> list[Component]:
    """The releases whose margins are modelled, or were not because the proof failed; nothing where none was tried."""
    return [part for release in sorted(atlas.modelled) for part in _modelled(atlas, language, release)]


def limits(atlas: Atlas, language: Language) -> list[Component]:
    """What no margin covers."""
    _ = language.gettext
    return [
        prose.words(
            *asked(atlas, language),
            (
                _("Who lives elsewhere"),
                _(
                    "Of households, occupied homes alone are counted: no dormitories, prisons or nursing homes, nobody "
                    "without a home."
                ),
            ),
            (
                _("Who was connected"),
                _(
                    "Two releases are two counts in a changing city, where people move in, out and about. A lower count does "
                    "not mean that the households counted before were connected."
                ),
            ),
            (_("How it was asked"), worded(atlas, language)),
            *pandemic(atlas, language),
            (
                _("Few answers"),
                _(
                    "Where few households were asked, or few of them are unconnected, intervals are lopsided and a little too "
                    "short: in simulated surveys those of tracts with a share under 5% hold the truth somewhat less often than "
                    "nine times in ten. The simulation is part of this project (“make bench”), with its results."
                ),
            ),
            (
                _("What tracts have in common"),
                _(
                    "Adding squares takes tracts to be independent. They are not quite, and the published figures do not say "
                    "how far from it: in the Census Bureau's own examples sums made in this way miss the margins it publishes "
                    "by {low}% to +{high}%. In one of them six margins make ±{added} together, where ±{published} is "
                    "published. The margins of areas are made in this way, and may be too narrow or too wide. So are the "
                    "city's, unless a figure published for the city as a whole is in hand; it then says so."
                ).format(
                    low=language.number(_MISSES[0]).replace("-", "−"),
                    high=_MISSES[1],
                    added=language.number(_ADDED),
                    published=language.number(_PUBLISHED),
                ),
            ),
        ),
        prose.source(
            _(
                "Sources: U.S. Census Bureau, “Worked Examples for Approximating Standard Errors Using American Community "
                "Survey Data”; tables B28002 and B28003 of the releases named."
            )
        ),
    ]


def asked(atlas: Atlas, language: Language) -> list[tuple[str, str]]:
    """What a household may have answered, and what it was not asked, with counts of the baseline's release that has them."""
    _, said = language.gettext, atlas.city.baseline
    unpaid, cellular = (
        text.count_or_reason(language, atlas, atlas.total(said["release"], key)) for key in ("unpaid_access", "cellular_only")
    )
    if atlas.city.has_plan:
        who_pays = _(
            "A household whose bill a program pays may answer that it has access without paying (line 012). It is then counted "
            "as having no subscription, like {count} households of the {printed}."
        )
    else:
        who_pays = _(
            "A household whose bill a program pays may answer that it has access without paying (line 012). It is then counted "
            "as having no subscription, like {count} households in release {release}."
        )
    how_good = _(
        "In the same release {count} connected households had only a cellular data plan. Speed, price and the number of people "
        "who share it are not asked."
    )
    told = [
        (unpaid, _("Who pays"), who_pays.format(count=unpaid, printed=said.get("printed"), release=said["release"])),
        (cellular, _("How good a connection is"), how_good.format(count=cellular)),
    ]
    return [(word, meaning) for count, word, meaning in told if count]


def worded(atlas: Atlas, language: Language) -> str:
    """Which releases mix two wordings, and what follows from it."""
    follows = language.gettext("No change is measured from a release that mixes them.")
    return releases.wording(language, atlas) + (f" {follows}" if releases.mixing(atlas) else "")


def pandemic(atlas: Atlas, language: Language) -> list[tuple[str, str]]:
    """What is odd about 2020, where a release holds that year."""
    spans = {release: atlas.release(release).survey_years for release in sorted(atlas.releases)}
    holding = [release for release, (first, last) in spans.items() if first <= 2020 <= last]
    said = language.gettext(
        "In the pandemic fewer households answered, and those that did were better off. The Census Bureau published no "
        "standard 1-year estimates for that year and weighted its answers anew before they entered the 5-year releases. Of "
        "the releases here, {releases} hold that year."
    )
    return [(language.gettext("The year 2020"), said.format(releases=text.listed(language, holding)))] if holding else []


# --- modelled margins ----------------------------------------------------------------------------------------------------


def _modelled(atlas: Atlas, language: Language, release: int) -> list[Component]:
    """One release: what is modelled, the function, its test, what the test leaves open."""
    _, meta = language.gettext, atlas.modelled[release].meta
    model, test = meta["model"], meta["validation"]
    labels = [_("“{indicator}”").format(indicator=_(indicators.get(key).label)) for key in proof.MODELLED]
    named = {
        "release": release,
        "older": test["fitted_on"],
        "newer": test["held_against"],
        "newest": model["releases"][-1],
        "fitted": language.list_of([str(fitted) for fitted in model["releases"]]),
        "indicators": language.list_of(labels),
        "zero": language.number(model["zero_moe"]),
    }
    wolter = prose.source(
        _(
            "Source: K. M. Wolter, “Introduction to Variance Estimation”, 2nd edition (2007), chapter 7, generalized variance "
            "functions."
        )
    )
    in_hand = _(
        "Release {release} is in hand with its counts, but with one margin only: that of all households. Margins of two counts "
        "({indicators}) were therefore modelled: in releases {fitted} the published margins follow from the count, the share "
        "and the precision of the tract, and the same relation is applied to the counts of {release}."
    ).format(**named)
    rule, shown = prose.paragraphs(_rule(language, meta, named)), _proof(atlas, language, release)
    if not meta["proven"]:
        return [*prose.paragraphs(in_hand), *rule, *shown, wolter]
    return [
        *prose.paragraphs(
            in_hand,
            _("Such a margin is marked wherever it stands, and no verdict that rests on it goes beyond “probably”."),
        ),
        prose.formula(model["formula"]),
        *prose.paragraphs(_("X is the count, Y all households of the tract; MOE_Y comes with the release.")),
        *rule,
        *shown,
        html.H3(_("What this leaves open")),
        prose.items(*_open(atlas, language, release, named)),
        wolter,
    ]


def _rule(language: Language, meta: dict, named: dict) -> str:
    """What the function had to reach, and whether it did."""
    _, rule = language.gettext, {name: language.number(part * 100) for name, part in meta["rule"].items()}
    asked = _(
        "The relation had to prove itself first. Fitted on release {older} alone, it predicts the margins that release {newer} "
        "publishes, and it is used only if the predicted margin is within {area_median_within}% of the published one at the "
        "median of the areas, within {area_within}% for {areas_of_all}% of the areas, and within {city_within}% for the city."
    )
    passed = _("It did.") if meta["proven"] else _("It did not, so release {release} is given no modelled margin.")
    return f"{asked} {passed}".format(**named, **rule)


def _proof(atlas: Atlas, language: Language, release: int) -> list[Component]:
    """The test, and beside it the same the other way round, which decides nothing."""
    _ = language.gettext
    levels = {"tract": _("Tracts"), "area": text.capital(text.nouns(language, atlas.city)["areas"]), "city": atlas.city.name}
    within = language.number(atlas.modelled[release].meta["rule"]["area_within"] * 100)
    head = ["", _("Places"), _("Median"), _("Lowest"), _("Highest"), _("Within {percent}% of 1").format(percent=within)]
    tested = _("The test: modelled margin divided by the published one, fitted on {fitted_on}, held against {held_against}")
    turned = _("For comparison: the same ratio, fitted on {fitted_on}, held against {held_against}")
    tables = []
    for decides, part in proof.proof(atlas, release).groupby("decides", sort=False):
        rows = [
            (
                levels[row["level"]],
                language.number(row["places"]),
                *(language.number(row[name], 3) for name in ("median", "lowest", "highest")),
                text.percent(language, row["within_25"], 0),
            )
            for row in part.to_dict("records")
        ]
        caption = (tested if decides else turned).format(**part.iloc[0])
        tables.append(prose.table(caption, head, rows))
    return tables


def _open(atlas: Atlas, language: Language, release: int, named: dict) -> list[str]:
    """What the test does not show, each in a sentence."""
    _ = language.gettext
    found = proof.proof(atlas, release).set_index(["decides", "level"])["median"]
    city, back = found[True, "city"], found[False, "area"]
    miss = text.percent(language, abs(city - 1))
    kept, other = proof.holds_backwards(atlas, release), proof.other_count(atlas, release)
    return [
        (
            _("In the test the city's margin came out {miss} too narrow.")
            if city < 1
            else _("In the test the city's margin came out {miss} too wide.")
        ).format(miss=miss),
        _(
            "The test goes from release {older} to {newer}. The margins of {release} go further: the newest release fitted is "
            "{newest}."
        ).format(**named),
        _(
            "Some 25 forms of the function were compared with release {newer} in view. The one chosen proved itself there, and "
            "not on a release that nobody had looked at."
        ).format(**named),
        (
            _("The other way round, fitted on {newer} and held against {older}, the areas' median is {back}: it would pass.")
            if kept
            else _(
                "The other way round, fitted on {newer} and held against {older}, the areas' median is {back}: it would not "
                "pass the rule."
            )
        ).format(**named, back=language.number(back, 3)),
        *([] if other is None else [_of_other(language, other, named)]),
        _(
            "Of a single tract the modelled margin may be far off. In the test {lost} tracts whose published margin is too "
            "wide to rank them had a modelled one that is not, and {gained} the other way round."
        ).format(**proof.misjudged(atlas, release)),
        _("The function is for these two counts. Of other lines of the table it makes margins that are too narrow."),
        _(
            "A tract where nobody is counted gets ±{zero} households: the median margin of such tracts in release {newest} or, "
            "if it is wider, the one that release {release} publishes for tracts without households."
        ).format(**named),
    ]


def _of_other(language: Language, other: pd.DataFrame, named: dict) -> str:
    """What is known of the count that the test is not about."""
    medians = other.set_index("level")["median"]
    return language.gettext(
        "The test is of “{tested}” alone: of “{other}” only release {older} publishes margins. The function fitted on that "
        "release gives its “{other}” {area} times the published margin at the median of the areas, and {city} times for the "
        "city."
    ).format(
        **named,
        tested=language.gettext(indicators.get(proof.TESTED).label),
        other=language.gettext(indicators.get(other["key"].iloc[0]).label),
        area=language.number(medians["area"], 3),
        city=language.number(medians["city"], 3),
    )
