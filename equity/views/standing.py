"""How sure the order of the areas is, and what may be said of each: words for the page, and the figures behind them by address.

The draws of a ranking take a fraction of a second, so they are made when a view first asks for them, not at the start. The page
is painted without them and adds them when they come. Computes nothing: every figure is of ``findings.of_areas``.
"""

from __future__ import annotations

import flask

from equity import findings, indicators
from equity.atlas import Atlas
from equity.findings import NoRank, Reason, Verdict
from equity.flags import Flag
from equity.indicators import N_
from equity.language import Language
from equity.views import payload, text

PATH = "/findings"

_SURE = N_("The difference is larger than chance explains.")
_SURE_OVER_TIME = N_(
    "The difference is larger than chance explains, even if the survey years that both releases share are left aside."
)
_SHARED = N_(
    "Indicative: it shows only when the survey years that both releases share are allowed for, which narrows the margin and "
    "can be too bold."
)
_MODELLED = N_("Indicative, because it rests on a modelled margin.")
# Verdict -> the words on the page, and what they mean.
VERDICTS: dict[str, tuple[str, str]] = {
    Verdict.FELL: (N_("fell"), _SURE_OVER_TIME),
    Verdict.ROSE: (N_("rose"), _SURE_OVER_TIME),
    Verdict.PROBABLY_FELL: (N_("probably fell"), _SHARED),
    Verdict.PROBABLY_ROSE: (N_("probably rose"), _SHARED),
    Verdict.LOWER: (N_("lower"), _SURE),
    Verdict.HIGHER: (N_("higher"), _SURE),
    Verdict.PROBABLY_LOWER: (N_("probably lower"), _MODELLED),
    Verdict.PROBABLY_HIGHER: (N_("probably higher"), _MODELLED),
    Verdict.TOO_CLOSE: (
        N_("too close to call"),
        N_("The survey cannot tell the two apart: the difference may be chance. That is not to say that they are equal."),
    ),
    Verdict.NOT_COMPARABLE: (N_("not comparable"), ""),
}

# Why there is no verdict or no rank.
REASONS: dict[str, str] = {
    Reason.SAME_PLACE: N_("A place is not compared with itself."),
    Reason.MISSING: N_("One of the two has no figure."),
    Reason.BOUNDARIES: N_("The outline changed: these are two places with one name."),
    Reason.WORDING: N_("The question was worded differently in the two releases."),
    Reason.METHODS: N_("One figure is added up from tracts and the other published for the area."),
    Reason.NO_MARGIN: N_("A margin is not in hand, and without both margins nothing can be tested."),
    NoRank.NOT_RANKED: N_("Most of its households live outside the city."),
    findings.ALONE: N_("It alone has a margin, so there is nothing to rank it against."),
    findings.NO_WORSE_END: N_("Neither way is worse, so there is no rank."),
    findings.SHARES_ONLY: N_("Numbers are not held against the city's; shares are."),
    findings.NO_EARLIER: N_("There is no earlier release to measure from."),
}

_TOGETHER = N_("Judged together with all {tested} {areas}, so that of such words at most one in ten is wrong on average.")


def words(atlas: Atlas, language: Language) -> dict:
    """Every text about ranks and verdicts that the page's script writes, with {holes} it fills."""
    _, nouns = language.gettext, text.nouns(language, atlas.city)

    def of_areas(message: str) -> str:
        """With the city's word for its areas; the other holes are the script's."""
        return text.capital(message.replace("{areas}", nouns["areas"]))

    return {
        "verdicts": {str(verdict): _(word) for verdict, (word, _why) in VERDICTS.items()},
        "whys": {str(verdict): _(why) for verdict, (_word, why) in VERDICTS.items() if why},
        "why_modelled": _(_MODELLED),
        "reasons": {str(reason): _(sentence) for reason, sentence in REASONS.items()},
        "together": of_areas(_(_TOGETHER)),
        "city": _("Against {city} as a whole: {verdict}").replace("{city}", atlas.city.name),
        "since": _("Since release {since}: {verdict}"),
        "by_points": _("({difference} ± {moe} points)"),
        "by_points_overlap": _("({difference} ± {moe} points; ± {overlap} allowing for shared years)"),
        "by_count_overlap": _("({difference} ± {moe} {of}; ± {overlap} allowing for shared years)"),
        "by_count": _("({difference} ± {moe} {of})"),
        "rank": _("Rank: {range}"),
        "rank_by_number": _("Rank by number: {range}"),
        "range": _("{low} to {high} of {ranked}"),
        "chances": _("Chance of being among the ten: {ten}; among the twenty: {twenty}."),
        "chance_of_ten": _("Chance of being among the ten: {ten}."),
        "range_why": of_areas(
            _(
                "A 90% range. Surely further up in the list of the whole city: {worse} {areas}; surely further down: {better}; "
                "not to be told apart from it: {same}. It is wide because every one of these has to be ruled out at once."
            )
        ),
        "range_modelled": _("It rests on modelled margins, so it is indicative only."),
        "chance_spoken": _("chance of being among the ten:"),
        "row": _("Rank {low} to {high} of {ranked}. Chance of being among the twenty: {twenty}."),
        "row_of_few": _("Rank {low} to {high} of {ranked}."),
        "note": of_areas(_("Any of {number} {areas} could be the first of this list: its order is not sure.")),
        "note_one": _("Only one area can be the first of this list; the order of the others is not sure."),
        "note_chance": _("At the right, each area's chance of being among the ten."),
        "note_filtered": of_areas(_("In the whole city any of {number} {areas} could be the first: the order is not sure.")),
        "note_one_filtered": _("In the whole city only one area can be the first; the order of the others is not sure."),
        "note_chance_filtered": _("At the right, each area's chance of being among the city's ten."),
        "note_modelled": _("Margins are modelled: indicative only."),
        "note_tracts": _(
            "Among {ranked} tracts sure enough to rank. Of those that are not, {high} have a higher estimate than the tenth of "
            "this list."
        ),
        "note_unranked": of_areas(_("{areas} listed by their estimate alone, for want of a margin: {number}.")),
        "note_tracts_no_margin": _("Tracts listed by their estimate alone, for want of a margin: {number}."),
        "note_plain": _("Neighbors in this order may not really differ: compare their margins."),
        "note_no_margin": _("Without margins nobody can say how sure this order is."),
        "note_failed": _("The chances could not be loaded."),
    }


def why(language: Language, verdict: str, modelled: bool = False) -> str:
    """What a verdict of a change means; of one that is indicative because a margin is modelled, that."""
    indicative = modelled and verdict in (Verdict.PROBABLY_FELL, Verdict.PROBABLY_ROSE)
    return language.gettext(_MODELLED if indicative else VERDICTS[verdict][1])


def city_change(language: Language, atlas: Atlas, release: int, key: str) -> str:
    """How the city's own share changed since the plan's baseline, with its verdict; empty where there is no change to tell."""
    start = findings.since(atlas, release, key)
    if start is None:
        return ""
    _, row = language.gettext, findings.change_of_city(atlas, start, release, key)
    named = {"since": start, "release": release}
    if row["verdict"] == Verdict.NOT_COMPARABLE:
        said = _("From release {since} to {release} nothing may be said of the city's change: {reason}")
        why = _(REASONS[row["reason"]])
        return said.format(**named, reason=why[:1].lower() + why[1:])  # as it stands behind a colon
    word, _why = VERDICTS[row["verdict"]]
    named |= {"verdict": _(word), "moe": text.points(language, row["difference_moe"])}
    sign = "−" if row["difference"] < 0 else "+"
    named |= {"difference": sign + text.points(language, abs(row["difference"]))}
    if row["verdict"] == Verdict.TOO_CLOSE:
        said = _("From release {since} to {release} the change of the city's share is {verdict}: {difference} ± {moe} points.")
    else:
        said = _("From release {since} to {release} the city's share {verdict}: {difference} ± {moe} points.")
    indicative = " " + _(_MODELLED) if atlas.total(release, key)["flag"] & Flag.MODELLED else ""
    return said.format(**named) + indicative


def register(server: flask.Flask, atlas: Atlas) -> None:
    """``/findings/<release>/<indicator>/<measure>.json``: what may be said of the areas in that view."""

    @server.get(f"{PATH}/<int:release>/<key>/<measure>.json")
    def of_a_view(release: int, key: str, measure: str) -> flask.Response:
        known = release in atlas.releases and key in indicators.BY_KEY and measure in findings.MEASURES
        if not known or not atlas.gives("area", release, key):
            flask.abort(404)
        body = atlas.keep(("findings", release, key, measure), lambda: payload.as_json(areas(atlas, release, key, measure)))
        response = flask.Response(body, mimetype="application/json")
        response.add_etag()
        return response.make_conditional(flask.request)


def areas(atlas: Atlas, release: int, key: str, measure: str) -> dict:
    """``findings.of_areas`` as lists in the order of the area ids, null where missing, with what is one for all areas."""
    table = findings.of_areas(atlas, release, key, measure)
    first = table.iloc[0]
    ranked = int(table["ranked"].max()) if table["ranked"].notna().any() else 0
    numbers = {name: payload.numbers(table[name].round(payload.SHARE_DECIMALS)) for name in _NUMBERS}
    found = {
        "ranked": ranked,
        "first_group": int(table["top_group"].sum()),
        "since": None if table["since"].isna().all() else int(first["since"]),
        **numbers,
        **{name: list(table[name]) for name in _WORDS},
    }
    return found


_WORDS = ("rank_reason", "city_verdict", "city_reason", "change_verdict", "change_reason")
_NUMBERS = (
    "rank_low", "rank_high", "chance_top10", "chance_top20", "city_difference", "city_difference_moe", "city_tested",
    "change_difference", "change_difference_moe", "change_moe_overlap", "change_tested",
)  # fmt: skip
