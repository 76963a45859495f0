"""What the map page's script is told once: words, limits, colours, addresses, and the sentences of every view.

The script has no visible text of its own: what it writes, it writes from these templates. Knows no Dash callbacks.
"""

from __future__ import annotations

from collections.abc import Mapping

from dash import html

from equity import findings, indicators
from equity.atlas import Atlas
from equity.flags import NO_MARGIN_REASONS, NOT_RANKED, Flag
from equity.language import Language
from equity.views import classes, credits, downloads, payload, releases, standing, text
from equity.views.map import MapLabels


def config(atlas: Atlas, language: Language, files: Mapping[str, Mapping[str, str]]) -> dict:
    """Everything ``assets/equity_page.js`` needs that does not change while the page is open."""
    _ = language.gettext
    return {
        "lang": language.code,
        "tag": language.tag,
        "files": files,
        "downloads": _downloads(atlas),
        "indicators": {
            what.key: {"label": _(what.label), "of": _(what.universe), "group": what.group, "worse": what.worse}
            for what in indicators.REGISTRY
        },
        "releases": {str(release): _release(atlas, language, release) for release in atlas.releases},
        "breaks": payload.breaks(atlas),
        "colours": classes.COLOURS,
        "areas": atlas.area_names,
        "sides": {one.key: {"name": text.side(language, atlas.city, one), "members": one.members} for one in atlas.city.sides},
        "side_of": dict(zip(atlas.areas["area_id"], atlas.areas["side"], strict=True)),
        "flags": {
            "notes": {str(int(note)): text.note(language, atlas, note) for note in text.NOTES},
            "not_ranked": int(NOT_RANKED),
            "no_margin": int(NO_MARGIN_REASONS),
            "empty": int(Flag.NO_UNIVERSE | Flag.NO_HOUSEHOLDS_IN_CITY),
            "outside": int(Flag.MOSTLY_OUTSIDE),
            "modelled": int(Flag.MODELLED),
        },
        "reliabilities": findings.RELIABILITIES,
        "sentences": _sentences(atlas, language),
        "headlines": headlines(atlas, language, []),
        "words": words(atlas, language),
        "standing": standing.words(atlas, language) | {"path": standing.PATH},
        "defaults": {"indicator": indicators.DEFAULT, "level": "area", "measure": "share"},
    }


def headlines(atlas: Atlas, language: Language, tokens: list[str]) -> dict[str, dict[str, str]]:
    """Area ids and side keys -> {indicator: {release: sentence}} about these places together; no tokens: about the city.

    Every indicator and release at once, so that changing either asks the server for nothing.
    """
    where = text.places(language, atlas, tokens) if tokens else atlas.city.name
    said: dict[str, dict[str, str]] = {}
    for _, row in atlas.selections(atlas.expand(tokens) if tokens else atlas.area_names).iterrows():
        if not tokens:  # the city alone is shown as it was published, where that is in hand
            row = atlas.shown_total(row["release"], row["indicator"])
        sentence = text.headline(language, atlas, indicators.get(row["indicator"]), row, where)
        said.setdefault(row["indicator"], {})[str(row["release"])] = sentence
    return said


def ngettext(one: str, many: str) -> tuple[str, str]:
    """Mark a text with two forms for the translators; the script chooses between them by the number it writes."""
    return one, many


_ROWS = ngettext("{number} row: {indicator}, release {release}.", "{number} rows: {indicator}, release {release}.")


def words(atlas: Atlas, language: Language) -> dict[str, str]:
    """Every text the script writes, with {holes} it fills."""
    _, limits, nouns = language.gettext, atlas.city.reliability, text.nouns(language, atlas.city)

    def points(share: float) -> str:
        return text.limit(language, share)

    def heading(message: str) -> str:
        return text.capital(message.format(**nouns))

    return {
        "share": _("{share}"),
        "share_moe": _("{share} ± {moe} points"),
        "count": _("{estimate} of {universe} {of}"),
        "count_moe": _("{estimate} ± {moe} of {universe} {of}"),
        "count_moes": _("{estimate} ± {moe} of {universe} ± {universe_moe} {of}"),
        "no_figure": _("no figure"),
        "tract": _("Tract {number}"),
        "part_of": _("Part of {areas}"),
        "and": _("{a} and {b}"),
        "under": _("under {limit}"),
        "between": _("{low} to {high}"),
        "over": _("{limit} and over"),
        "places_in_class": _("({number})"),
        "missing": _("no figure"),
        "empty": _("no households in the city"),
        "care": _("paler: margin over {good} points, use with care").format(good=points(limits["good"])),
        "too_uncertain": _("striped: not ranked, margin over {care} points or mostly outside the city").format(
            care=points(limits["care"])
        ),
        "reliability_care": _("margin over {good} points: use with care").format(good=points(limits["good"])),
        "reliability_too_uncertain": _("margin over {care} points: too uncertain to rank").format(care=points(limits["care"])),
        "reliability_too_uncertain_area": _("margin over {care} points: very uncertain").format(care=points(limits["care"])),
        "ranking_uncertain": _("{number} places are too uncertain to rank, or mostly outside the city."),
        "legend": _("{indicator}, {measure}, release {release}. In brackets: how many places."),
        "legend_share": _("share of {of}"),
        "legend_estimate": _("number of {of}"),
        "ranking_most_area": heading(_("Largest numbers: {areas}")),
        "ranking_most_tract": _("Largest numbers: census tracts"),
        "ranking_least_area": heading(_("Least connected {areas}")),
        "ranking_least_tract": _("Least connected census tracts"),
        "ranking_highest_area": heading(_("Highest first: {areas}")),
        "ranking_highest_tract": _("Highest first: census tracts"),
        "ranking_rest": _("{shown} of {all} places; the table below has every one."),
        "ranking_none": _("No place here can be ranked."),
        "table_caption_one": language.ngettext(*_ROWS, 1),
        "table_caption": language.ngettext(*_ROWS, 2),
        "remove": _("Remove {name}"),
        "clear": _("Whole city"),
        "close": _("Close"),
        "no_tracts": _("Release {release} is in hand for {areas} only, so there is no tract file.").replace(
            "{areas}", nouns["areas"]
        ),
        "failed": _("The figures could not be loaded. Check the connection and reload the page."),
        "not_given": _("Release {asked} does not give “{label}” for these places; showing release {instead}."),
        "no_such_area": _("There is no neighborhood called “{name}”."),
        "several_areas": _("Several names have “{name}”: {names}."),
        "not_in_hand": _("(not given)"),
    }


def map_labels(atlas: Atlas, language: Language) -> MapLabels:
    """The texts of the map itself."""
    _ = language.gettext
    return MapLabels(
        name=_("Map of {city}").format(city=atlas.city.name),
        help=_(
            "Arrow keys go from place to place, Enter opens a place, Escape closes it. The table below holds the same figures."
        ),
        zoom_in=_("Zoom in"),
        zoom_out=_("Zoom out"),
        whole_city=_("Show the whole city"),
        wheel_hint=_("Hold Ctrl and scroll to zoom the map"),
        touch_hint=_("Move the map with two fingers"),
        unavailable=_("The map's outlines could not be loaded. The table below holds the same figures."),
        credit=[
            _("Outlines: {publishers}. Map: ").format(publishers=credits.of_the_map(language, atlas)),
            html.A("Leaflet", href="https://leafletjs.com", rel="noopener"),
        ],
    )


def choices(atlas: Atlas, language: Language) -> list[str]:
    """What can be typed into the filter: the sides of the city, where it has more than one, then the areas by name."""
    sides = [text.local(language, side.names) for side in atlas.city.sides]
    return [*(sides if len(sides) > 1 else []), *sorted(atlas.area_names.values())]


def release_label(language: Language, atlas: Atlas, release: int) -> str:
    """ "2024 (2020–2024)": as the picker shows it."""
    return f"{release} ({text.years(atlas.release(release))})"


def _release(atlas: Atlas, language: Language, release: int) -> dict:
    """What the script must know to offer a release: its label, its tract layer, and what it gives at each level."""
    known = atlas.release(release)
    gives = {
        level: [what.key for what in indicators.REGISTRY if atlas.gives(level, release, what.key)]
        for level in ("area", "tract")
    }
    return {"label": release_label(language, atlas, release), "tracts": f"tract-{known.tract_vintage}", "gives": gives}


def _sentences(atlas: Atlas, language: Language) -> dict:
    """indicator -> release -> line, under "releases", "changes" (of the city) and "definitions"; release -> line: "sources"."""
    lines: dict[str, dict[str, str]] = {}
    changes: dict[str, dict[str, str]] = {}
    definitions: dict[str, dict[str, str]] = {}
    for what in indicators.REGISTRY:
        for release in atlas.releases:
            recipe = atlas.recipe(release, what.key)
            if recipe is None:
                continue
            lines.setdefault(what.key, {})[str(release)] = releases.release_line(language, atlas, what.key, release)
            if change := standing.city_change(language, atlas, release, what.key):
                changes.setdefault(what.key, {})[str(release)] = change
            definitions.setdefault(what.key, {})[str(release)] = text.definition(language, atlas, what, recipe)
    sources = {str(release): text.source(language, atlas, release) for release in atlas.releases}
    return {"releases": lines, "changes": changes, "definitions": definitions, "sources": sources}


def _downloads(atlas: Atlas) -> dict[str, dict[str, str]]:
    """release -> {"tracts", "tracts-about", "areas", "areas-about"}: addresses; without tracts where a release has none."""
    found: dict[str, dict[str, str]] = {}
    for level, release, kind in downloads.files(atlas):
        name = f"{level}s" if kind == "csv" else f"{level}s-about"
        found.setdefault(str(release), {})[name] = f"/download/{downloads.file_name(atlas, level, release, kind)}"
    return found
