"""What the browser repaints from: the atlas's figures after rounding, null where they are missing, nothing else."""

import json

import numpy as np
import pytest

from equity import indicators
from equity.atlas import Atlas
from equity.views import payload

FILES = {  # file -> its places, and the releases it holds; release 2020 has no tracts
    "area": (77, [2018, 2019, 2020, 2021, 2022, 2023, 2024]),
    **{f"tract-{release}": (797, [release]) for release in (2018, 2019)},
    **{f"tract-{release}": (801, [release]) for release in (2021, 2022, 2023, 2024)},
}
COLUMNS = {  # the browser's name -> the atlas's, and the step it is rounded to
    "universe": ("universe_estimate", 1),
    "universe_moe": ("universe_moe", 1),
    "estimate": ("estimate", 1),
    "moe": ("moe", 1),
    "share": ("share", 1e-6),
    "share_moe": ("share_moe", 1e-6),
}


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


@pytest.fixture(scope="module")
def sent(atlas: Atlas) -> dict[str, dict]:
    """Each file as it comes out of the wire, read as strictly as a browser reads it."""
    files = payload.files(atlas)
    return {name: json.loads(payload.as_json(content), parse_constant=refuse) for name, content in files.items()}


def test_there_is_a_file_of_areas_and_one_of_the_tracts_of_each_release(sent: dict) -> None:
    assert set(sent) == set(FILES)


@pytest.mark.parametrize("layer", FILES)
def test_a_layer_has_all_its_places_in_one_order(sent: dict, layer: str) -> None:
    places, releases = FILES[layer]
    told = sent[layer]
    assert told["level"] == layer.split("-")[0]
    assert len(told["ids"]) == len(set(told["ids"])) == len(told["names"]) == len(told["areas"]) == places
    assert sorted(map(int, told["tables"])) == releases
    for tables in told["tables"].values():
        for table in tables.values():
            assert {len(column) for column in table.values()} == {places}
            assert set(table) == {*COLUMNS, "flag", "reliability"}


@pytest.mark.parametrize("layer", FILES)
def test_the_browsers_figures_are_the_atlass_after_rounding(atlas: Atlas, sent: dict, layer: str) -> None:
    """Counts to one household, shares to a millionth; null if and only if missing; the flags as they are."""
    told, level = sent[layer], "area" if layer == "area" else "tract"
    for release, tables in told["tables"].items():
        for key, table in tables.items():
            held = atlas.table(level, int(release), key).set_index("place_id").loc[told["ids"]]
            for name, (source, step) in COLUMNS.items():
                found, exact = np.array(table[name], dtype=float), held[source].to_numpy()
                assert (np.isnan(found) == np.isnan(exact)).all(), (release, key, name)
                assert np.nanmax(np.abs(found - exact), initial=0) <= step / 2 * (1 + 1e-9), (release, key, name)
            assert table["flag"] == held["flag"].tolist()


@pytest.mark.parametrize("layer", FILES)
def test_an_indicator_is_there_if_and_only_if_the_release_gives_it(atlas: Atlas, sent: dict, layer: str) -> None:
    level = "area" if layer == "area" else "tract"
    for release, tables in sent[layer]["tables"].items():
        assert list(tables) == [what.key for what in indicators.REGISTRY if atlas.gives(level, int(release), what.key)]


def test_missing_is_null_and_zero_is_zero(sent: dict) -> None:
    """Release 2019 has no margins in hand; a tract without households, as in 2024, has a count of 0 and no share."""
    table = sent["tract-2019"]["tables"]["2019"]["no_subscription"]
    assert set(table["moe"]) == {None}
    assert set(table["share_moe"]) == {None}
    assert None not in table["estimate"]
    table = sent["tract-2024"]["tables"]["2024"]["no_subscription"]
    empty = [at for at, universe in enumerate(table["universe"]) if universe == 0]
    assert empty
    assert all(table["estimate"][at] == 0 and table["share"][at] is None for at in empty)


def test_counts_are_whole_numbers(sent: dict) -> None:
    for told in sent.values():
        for tables in told["tables"].values():
            for table in tables.values():
                for name in ("universe", "estimate", "moe", "flag"):
                    assert all(value is None or type(value) is int for value in table[name])


def test_a_tract_is_called_by_the_number_the_bureau_prints(atlas: Atlas, sent: dict) -> None:
    """ "Census Tract 102.01, Cook County" is 17031010201; whole numbers have no decimals."""
    assert payload.tract_number("17031010201") == "102.01"
    assert payload.tract_number("17031837100") == "8371"
    for release, vintage in ((2019, 2010), (2021, 2020)):
        told = sent[f"tract-{release}"]
        printed = atlas.tracts[vintage].set_index("geoid")["name"].loc[told["ids"]]
        assert [name.split(",")[0].removeprefix("Census Tract ") for name in printed] == told["names"]


def test_a_place_knows_its_areas_most_households_first(sent: dict) -> None:
    tracts = sent["tract-2021"]
    of = dict(zip(tracts["ids"], tracts["areas"], strict=True))
    assert of["17031843900"] == ["43", "42"]
    assert of["17031831000"] == ["22", "24"]
    assert of["17031010100"] == ["1"]
    assert sent["area"]["areas"] == [[place] for place in sent["area"]["ids"]]
    assert all(1 <= len(areas) <= 2 for areas in of.values())


def test_the_same_figures_are_the_same_bytes(atlas: Atlas) -> None:
    """Its address carries a hash of it and it is cached for ever: it may not change without a change of figures."""
    content = payload.areas(atlas)
    assert payload.as_json(content) == payload.as_json(payload.areas(atlas))
    assert payload.as_json(content).startswith(b'{"level":"area","ids":["1","2"'), "compact, and ids are text"


def test_what_is_no_number_cannot_be_sent() -> None:
    with pytest.raises(ValueError, match="JSON"):
        payload.as_json({"share": float("nan")})


def test_a_layer_stays_light(sent: dict) -> None:
    """Whole counts and six decimals: ten digits a cell at the very most, brackets and flags included."""
    for told in sent.values():
        cells = len(told["ids"]) * sum(7 * len(tables) for tables in told["tables"].values())
        assert len(payload.as_json(told)) < 10 * cells
