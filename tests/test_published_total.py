"""The city's own row, where it was published for the city as a whole: shown and named, and never on one side of a comparison.

The place's figures here are made up, so that a mix-up with the sum of tracts shows: 170,000 +/- 2,500 and 1,000 +/- 100 more.
"""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from equity import atlas as atlases
from equity import exports, findings, snapshots
from equity import language as languages
from equity.atlas import Atlas
from equity.flags import Flag
from equity.views import browser

DATA = Path(__file__).parents[1] / "data" / "cities"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    """Chicago, with figures for the place of release 2021: 130,000 + 40,000 of 1,110,000 households."""
    root = tmp_path_factory.mktemp("cities")
    folder = Path(shutil.copytree(DATA / "chicago", root / "chicago"))
    said = (folder / "city.toml").read_text(encoding="utf-8")
    named = said.replace('snapshot = "acs5-2021"\n\n', 'snapshot = "acs5-2021"\nplace_snapshot = "place-2021"\n\n', 1)
    assert named != said
    (folder / "city.toml").write_text(named, encoding="utf-8")
    figures = {"001": (1_110_000, 2_000), "012": (40_000, 1_500), "013": (130_000, 2_000)}
    row = {"geoid": "1714000"}
    for line, (estimate, moe) in figures.items():
        row |= {f"B28002_{line}E": estimate, f"B28002_{line}M": moe}
    snapshots.write(folder / "snapshots", "place-2021", pd.DataFrame([row]), {"dataset": "made up", "release": 2021})
    return atlases.load("chicago", root)


def test_the_city_is_shown_as_it_was_published(published: Atlas) -> None:
    """40,000 +/- 1,500 and 130,000 +/- 2,000: 170,000 +/- sqrt(1,500^2 + 2,000^2) = 2,500, of 1,110,000."""
    row = published.shown_total(2021, "no_subscription")
    assert (row["estimate"], row["moe"], row["universe_estimate"]) == (170_000, 2_500, 1_110_000)
    assert row["share"] == pytest.approx(170 / 1110)
    assert row["flag"] == Flag.PUBLISHED_WHOLE
    assert list(row.index) == atlases.TABLE
    assert row["place_name"] == "Chicago"


def test_the_page_names_it(published: Atlas) -> None:
    for code, words in (("en", "as published for the city as a whole"), ("es", "publicado para la ciudad en su conjunto")):
        said = browser.headlines(published, languages.load(code), [])["no_subscription"]
        assert "170,000 ± 2,500" in said["2021"]
        assert words in said["2021"]
        assert words not in said["2022"], "of 2022 there is only the sum"


def test_a_choice_of_areas_is_a_sum_even_if_it_is_all_of_them(published: Atlas, atlas: Atlas) -> None:
    everywhere = [side.key for side in published.city.sides]
    said = browser.headlines(published, languages.load("en"), everywhere)["no_subscription"]["2021"]
    assert "171,879" in said


def test_the_file_of_the_city_has_it_and_says_so(published: Atlas) -> None:
    (row,) = exports.long(published, "city", 2021, "no_subscription").to_dict("records")
    assert (row["estimate"], row["flag"]) == (170_000, "published_whole")
    assert "170000" in exports.to_csv(exports.long(published, "city", 2021, "no_subscription"))


def test_comparisons_and_the_baseline_stay_with_the_sum(published: Atlas, atlas: Atlas) -> None:
    """One method on both sides: nothing that is compared has changed by a digit."""
    assert published.baseline.equals(atlas.baseline)
    assert published.total(2021, "no_subscription").equals(atlas.total(2021, "no_subscription"))
    for made, known in (
        (findings.against_city(published, 2021, "no_subscription"), findings.against_city(atlas, 2021, "no_subscription")),
        (findings.changes(published, 2021, 2022, "no_subscription"), findings.changes(atlas, 2021, 2022, "no_subscription")),
    ):
        pd.testing.assert_frame_equal(made, known)
    change = findings.change_of_city(published, 2021, 2022, "no_subscription", measure="estimate")
    assert round(change["difference"]) == 158_688 - 171_879


def test_what_was_not_published_for_the_place_is_the_sum(published: Atlas, atlas: Atlas) -> None:
    assert published.shown_total(2021, "no_computer").equals(atlas.total(2021, "no_computer")), "no line of it is in the file"
    assert published.shown_total(2022, "no_subscription").equals(atlas.total(2022, "no_subscription"))
    assert atlas.shown_total(2021, "no_subscription").equals(atlas.total(2021, "no_subscription"))


def test_the_file_belongs_to_what_serving_needs(published: Atlas, atlas: Atlas) -> None:
    assert "snapshots/place-2021.csv" in published.city.needs
    assert not [name for name in atlas.city.needs if "place" in name]
