"""Whom the pages name: the publishers of figures, weights and outlines, from what is loaded. Knows no figures and no Dash."""

from __future__ import annotations

from collections.abc import Iterable

from equity.atlas import Atlas
from equity.cities import City
from equity.indicators import N_
from equity.language import Language
from equity.views import text

# What every city has, as sidecars write it -> as pages do. What else there is, city.toml names in each language.
_PUBLISHERS = {"US Census Bureau": N_("U.S. Census Bureau")}
_LICENCES = {
    "MIT License": N_("MIT license"),
    "Public domain (work of the US government)": N_("public domain"),
}
_CONTEXT = {"water": N_("water"), "parks": N_("parks"), "expressways": N_("expressways"), "rail": N_("rail")}
_VULNERABILITY = "CDC/ATSDR Social Vulnerability Index"


def named(language: Language, city: City, name: str) -> str:
    """A publisher or citation of a sidecar or of city.toml, as pages name it: ``[credits]`` of city.toml, else as it is."""
    if name in city.credits:
        return text.local(language, city.credits[name])
    return language.gettext(_PUBLISHERS.get(name, "")) or name


def of_everything(language: Language, atlas: Atlas) -> str:
    """Where figures, weights and outlines come from: the foot of every page."""
    return " ".join([_of_figures(language, atlas), *_of_weights(language, atlas), _of_outlines(language, atlas)])


def of_the_map(language: Language, atlas: Atlas) -> str:
    """Who publishes the outlines that the map draws as places."""
    names = _names(language, atlas.city, [*_tract_layers(atlas), _area_layer(atlas.city)])
    return joined(language, names)


def joined(language: Language, items: list[str]) -> str:
    """ "a, b and c": a list as credits have it, without the comma before the last."""
    if len(items) < 2:
        return "".join(items)
    return language.gettext("{a} and {b}").format(a=", ".join(items[:-1]), b=items[-1])


def _of_figures(language: Language, atlas: Atlas) -> str:
    """The survey, and the one other collection of its counts that can be loaded."""
    held = {release: (frozen, *atlas.also.get(release, ())) for release, frozen in atlas.snapshots.items()}
    counts = [
        release
        for release, tables in sorted(held.items())
        if any(one.meta["dataset"].startswith(_VULNERABILITY) for one in tables)
    ]
    if not counts:
        return language.gettext("Figures: U.S. Census Bureau, American Community Survey 5-year estimates (public domain).")
    return language.gettext(
        "Figures: U.S. Census Bureau, American Community Survey 5-year estimates, and CDC/ATSDR Social Vulnerability Index "
        "{releases} (public domain)."
    ).format(releases=text.listed(language, counts))


def _of_weights(language: Language, atlas: Atlas) -> list[str]:
    """Who counted the weights, a sentence for each publisher."""
    _ = language.gettext
    told = {
        (meta["publisher"], meta.get("weights") == "land"): meta["licence"].partition(".")[0]
        for _vintage, meta in sorted(atlas.weights.items())
    }
    by_land, by_households = _("Weights by land: {publisher} ({licence})."), _("Household weights: {publisher} ({licence}).")
    return [
        (by_land if land else by_households).format(
            publisher=named(language, atlas.city, name), licence=_(_LICENCES.get(licence, "")) or licence
        )
        for (name, land), licence in told.items()
    ]


def _of_outlines(language: Language, atlas: Atlas) -> str:
    """Who drew what is on the map: areas with their surroundings, and tracts."""
    drawn = [told for told in atlas.city.context if atlas.outline(told["name"]).is_file()]
    kinds = [language.gettext("boundaries"), *(language.gettext(_CONTEXT.get(one["name"], "")) or one["name"] for one in drawn)]
    return language.gettext("{kinds}: {publishers}; tract outlines: {tracts}.").format(
        kinds=text.capital(joined(language, kinds)),
        publishers=joined(language, _names(language, atlas.city, [_area_layer(atlas.city), *drawn])),
        tracts=joined(language, _names(language, atlas.city, _tract_layers(atlas))).removesuffix("."),  # it ends the sentence
    )


def _area_layer(city: City) -> dict:
    """The entry of city.toml that tells of the areas' outlines."""
    return next(told for told in city.layers if told["name"] == "area")


def _tract_layers(atlas: Atlas) -> list[dict]:
    """The entries of the tracts that are loaded."""
    names = [f"tract-{vintage}" for vintage in sorted(atlas.tracts)]
    return [told for told in atlas.city.layers if told["name"] in names]


def _names(language: Language, city: City, layers: Iterable[dict]) -> list[str]:
    """The publishers of layers, each once."""
    return list(dict.fromkeys(named(language, city, told["publisher"]) for told in layers))
