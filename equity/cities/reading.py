"""``city.toml`` into a ``City``, and what it may not contradict. Knows no figures, no geometry, and where no city lies."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from equity.cities import forms
from equity.cities.city import City, County, Crosswalk, Modelled, Release, Side, Source
from equity.errors import CityInvalid

LEVELS = ("tract", "area", "none")
WORDINGS = ("mixed", "clean")
PLAN = ("printed", "plan", "plan_date")


def read(said: dict[str, Any], folder: Path) -> City:
    """What a parsed city.toml says; KeyError, TypeError or ValueError where it says it badly."""
    releases, crosswalk = tuple(_release(r) for r in said["releases"]), said.get("crosswalk", {})
    return City(
        slug=said["slug"],
        name=said["name"],
        folder=folder,
        state_fips=said["state_fips"],
        state_name=said["state_name"],
        place_fips=said["place_fips"],
        counties=tuple(County(c["fips"], c["name"]) for c in said["counties"]),
        area_noun=said["area"]["noun"],
        area_nouns=said["area"]["nouns"],
        area_one=said["area"]["one"],
        map=said["map"],
        reliability=said["reliability"],
        baseline=_baseline(said["baseline"], releases),
        contact=said["contact"],
        calendar=said["calendar"],
        releases=releases,
        sides=tuple(Side(s["key"], s["name"], tuple(str(m) for m in _listed(s, "members"))) for s in said["sides"]),
        sources=tuple(_source(s) for s in said.get("sources", ())),
        acs=said.get("acs", {}),
        addresses=said.get("addresses", {}),
        modelled=tuple(Modelled(m["release"], tuple(m["fitted_on"]), m["snapshot"]) for m in said.get("modelled", ())),
        area_counts=said.get("area_counts", {}),
        crosswalk=crosswalk,
        crosswalks=tuple(Crosswalk(c["vintage"], c["file"], c["rows"], c["tracts"]) for c in crosswalk.get("files", ())),
        overlay=said.get("overlay", {}),
        boundaries=said.get("boundaries", {}),
        layers=tuple(said["layers"]),
        context=tuple(said.get("context", ())),
        households=said.get("households", {}),
        credits=said.get("credits", {}),
    )


def _baseline(said: dict[str, Any], releases: tuple[Release, ...]) -> dict[str, Any]:
    """``[baseline]``; where it names no release, or named none before, the newest that is loaded, or else that is listed."""
    if "release" in said and not said.get("newest"):
        return said
    loaded = [r.release for r in releases if r.snapshot] or [r.release for r in releases]
    return said | {"release": max(loaded), "newest": True}


def _in_hand(said: dict[str, Any], releases: tuple[Release, ...]) -> dict[str, Any]:
    """``[baseline]``; where the release it names is not loaded, the newest stands in, and the pages say so (``lacking``)."""
    loaded = [r.release for r in releases if r.snapshot]
    if said["release"] in loaded or not loaded or "plan" in said:
        return said
    return said | {"release": max(loaded), "newest": True, "lacking": said["release"]}


def _release(said: dict[str, Any]) -> Release:
    first, last = said["survey_years"]
    published = said["published"].isoformat() if "published" in said else None
    return Release(
        int(said["release"]), said["level"], said["tract_vintage"], (first, last), said["wording"], published,
        said.get("snapshot"), said.get("place_snapshot"), tuple(said.get("also", ())), said.get("one_year"),
    )  # fmt: skip


def _source(said: dict[str, Any]) -> Source:
    listed = {"columns": tuple(_listed(said, "columns")), "notes": tuple(said.get("notes", ()))}
    names = ("snapshot", "file", "rows", "dataset", "margins", "margins_note", "publisher", "licence", "citation")
    return Source(**{name: said[name] for name in names}, **listed, keep=said.get("keep", False))


def _listed(said: dict[str, Any], name: str) -> list[Any]:
    """A list; of a text, letter by letter would be taken. TypeError."""
    if not isinstance(said[name], list):
        raise TypeError(f"{name} = {said[name]!r} is no list")
    return said[name]


def with_in_hand(city: City, told: dict[str, Any]) -> City:
    """The city with what a refresh from the Bureau's sources wrote into ``in_hand.json`` in place of what city.toml loads.

    ``told``: {"releases": {release: the fields of ``Release`` that differ, or all of a release city.toml does not know}}. One
    that city.toml no longer lists, and that is not told whole, is no longer in hand.
    KeyError, TypeError or ValueError where it says it badly. Margins are modelled only for a release that is told to need it.
    """
    known, releases = {r.release: r for r in city.releases}, []
    unlisted = {int(year) for year, said in told["releases"].items() if int(year) not in known and "tract_vintage" in said}
    for release in sorted({*known, *unlisted}):
        said = dict(told["releases"].get(str(release), {"level": "none"}))
        modelled = said.pop("modelled", False)
        for name in ("survey_years", "also"):
            if name in said:
                said[name] = tuple(said[name])
        nothing = {"snapshot": None, "place_snapshot": None, "also": (), "one_year": None}
        facts = dataclasses.asdict(known[release]) if release in known else {"release": release, "published": None}
        releases.append((Release(**(facts | nothing | said)), modelled))
    needing, loaded = {r.release for r, modelled in releases if modelled}, tuple(r for r, _modelled in releases)
    return dataclasses.replace(
        city,
        baseline=_in_hand(_baseline(city.baseline, loaded), loaded),
        releases=loaded,
        modelled=tuple(told for told in city.modelled if told.release in needing),
    )


def check(city: City, path: Path) -> None:
    """What city.toml may not misspell, nor contradict: CityInvalid with one sentence."""
    for problem in forms.misspelt(city):
        raise CityInvalid(f"{path}: {problem}; correct it by hand")
    years = [r.release for r in city.releases]
    members = [m for side in city.sides for m in side.members]
    loaded = [r.snapshot for r in city.loaded]
    given = [s.snapshot for s in city.sources] + ([city.area_counts["snapshot"]] if city.area_counts else [])
    reliable, plan = city.reliability, city.baseline.keys() & set(PLAN)
    problems = {
        f"slug {city.slug!r} is not the folder's name": city.slug != city.folder.name,
        "a release is listed twice or out of order": years != sorted(set(years)),
        f"a release's level must be one of {', '.join(LEVELS)}": any(r.level not in LEVELS for r in city.releases),
        f"a wording must be one of {', '.join(WORDINGS)}": any(r.wording not in WORDINGS for r in city.releases),
        "survey_years must be five years that end with the release": any(
            r.survey_years != (r.release - 4, r.release) for r in city.releases
        ),
        "a release has a snapshot if and only if its level is not none": any(
            (r.level == "none") != (r.snapshot is None) for r in city.releases
        ),
        "the snapshots of [[releases]] are not those of [[sources]] and [area_counts]": sorted(loaded) != sorted(given),
        "an area is in two sides": len(members) != len(set(members)),
        "a side has no members": any(not side.members for side in city.sides),
        "[area] must say `one`, `noun` and `nouns` in the same languages": not (
            set(city.area_noun) == set(city.area_nouns) == set(city.area_one)
        ),
        "a side's name lacks a language of the area noun": any(set(s.names) != set(city.area_noun) for s in city.sides),
        "reliability must hold 0 < good < care": not 0 < reliable["good"] < reliable["care"],
        "a loaded release has no [[crosswalk.files]] of its tract vintage": bool(
            {r.tract_vintage for r in city.releases if r.level == "tract"} - {c.vintage for c in city.crosswalks}
        ),
        "a [[modelled]] release, and the two older ones it is fitted on, must be loaded by tract of one vintage": any(
            not _modellable(city, m) for m in city.modelled
        ),
        f"[baseline] must say {', '.join(PLAN)} and a release, or nothing of a plan": bool(plan)
        and (plan != set(PLAN) or city.baseline.get("newest", False)),
        "the baseline's release is not listed": city.baseline["release"] not in years,
    }
    for problem, present in problems.items():
        if present:
            raise CityInvalid(f"{path}: {problem}; correct it by hand")


def _modellable(city: City, told: Modelled) -> bool:
    """Whether a release can be given modelled margins: three releases by tract, in order, of the same tracts."""
    asked = [r for r in city.releases if r.release in (*told.fitted_on, told.release)]
    in_order = [r.release for r in asked] == [*told.fitted_on, told.release]
    return in_order and {r.level for r in asked} == {"tract"} and len({r.tract_vintage for r in asked}) == 1
