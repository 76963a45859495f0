"""Five classes that mean the same on every map, in five colours that nobody takes for one another."""

import itertools
import math

import numpy as np
import pytest

from equity import indicators
from equity import language as languages
from equity.atlas import Atlas
from equity.views import browser, classes, payload

# --- limits --------------------------------------------------------------------------------------------------------------


def rising(limits: list[float]) -> bool:
    return all(low < high for low, high in itertools.pairwise(limits))


def test_the_limits_of_one_to_a_hundred_are_its_quintiles() -> None:
    """Quintiles 20.8, 40.6, 60.4, 80.2 stand 19.8 apart; half of that allows steps of 5: 20, 40, 60, 80."""
    assert classes.breaks(np.arange(1, 101)) == [20, 40, 60, 80]


def test_the_limits_of_small_shares_are_numbers_people_say() -> None:
    """Quintiles of 0.001 ... 0.1: 0.0208, 0.0406, 0.0604, 0.0802: steps of half a point: 2, 4, 6 and 8 percent."""
    assert classes.breaks(np.arange(1, 101) / 1000) == [0.02, 0.04, 0.06, 0.08]


def test_nothing_has_no_limits() -> None:
    assert classes.breaks(np.array([])) == []
    assert classes.breaks(np.array([math.nan, math.nan])) == []
    assert classes.breaks(np.zeros(50)) == []


def test_missing_values_do_not_move_a_limit() -> None:
    values = np.arange(1.0, 101.0)
    assert classes.breaks(np.concatenate([values, np.full(900, math.nan)])) == classes.breaks(values)


def test_a_fifth_of_zeros_does_not_take_a_class_from_the_others() -> None:
    """Forty places without anybody and 1 to 100: the limits are those of 1 to 100, and the zeros fall below the first."""
    assert classes.breaks(np.concatenate([np.zeros(40), np.arange(1, 101)])) == [20, 40, 60, 80]


def test_equal_values_have_one_limit() -> None:
    assert classes.breaks(np.full(77, 5.0)) == [5]


def test_limits_of_counts_are_whole_households() -> None:
    assert classes.breaks(np.array([1, 2, 2, 3, 3, 4, 5, 5, 6, 9]), whole=True) == [2, 3, 4, 5]
    for seed in range(20):
        counts = np.random.default_rng(seed).poisson(4, 60)
        assert all(limit == int(limit) for limit in classes.breaks(counts, whole=True))


@pytest.mark.parametrize("seed", range(30))
def test_limits_rise_whatever_the_figures(seed: int) -> None:
    """Skewed, tiny, huge, tied: at most four limits, all above 0, none beyond the figures by more than rounding."""
    rng = np.random.default_rng(seed)
    values = rng.lognormal(rng.uniform(-12, 12), rng.uniform(0.01, 3), 200)
    if seed % 3 == 0:
        values = np.round(values, 2)
    if seed % 5 == 0:
        values[rng.integers(0, 200, 120)] = 0
    limits = classes.breaks(values)
    assert len(limits) <= 4
    assert rising([0, *limits])
    assert not limits or limits[-1] <= values.max() * 1.5


def test_the_values_are_not_changed() -> None:
    values = np.array([3.0, math.nan, 1.0, 2.0])
    classes.breaks(values)
    assert values[[0, 2, 3]].tolist() == [3, 1, 2]


# --- the limits of the city ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def limits(atlas: Atlas) -> dict[str, dict[str, list[float]]]:
    return payload.breaks(atlas)


@pytest.mark.parametrize("key", [what.key for what in indicators.REGISTRY])
def test_every_indicator_has_five_classes(limits: dict, key: str) -> None:
    """Four limits between five classes, for shares and for counts of areas and of tracts; counts in whole households."""
    assert set(limits[key]) == {"share", "area", "tract"}
    for kind, found in limits[key].items():
        assert rising([0, *found]), kind
        assert len(found) == 4, kind
    assert max(limits[key]["share"]) < 1
    assert all(isinstance(limit, int) or limit.is_integer() for kind in ("area", "tract") for limit in limits[key][kind])


def test_a_limit_does_not_depend_on_the_release(atlas: Atlas, limits: dict) -> None:
    """One list for all releases, so that a colour means the same on two maps laid side by side: no table brings its own."""
    told = browser.config(atlas, languages.load("en"), {"figures": {}, "outlines": {}, "table": ""})
    assert told["breaks"] == limits
    tables = payload.areas(atlas)["tables"]
    names = {name for release in tables.values() for table in release.values() for name in table}
    assert names == {"universe", "universe_moe", "estimate", "moe", "share", "share_moe", "flag", "reliability"}


@pytest.mark.parametrize("release", [2019, 2021, 2022, 2024])
def test_change_is_visible_between_releases(atlas: Atlas, limits: dict, release: int) -> None:
    """With limits from all releases together, 2019 has more areas in the darkest class than 2024 and fewer in the palest."""
    counts = {
        year: np.bincount(
            np.digitize(atlas.table("area", year, "no_subscription")["share"], limits["no_subscription"]["share"]), minlength=5
        )
        for year in (2019, release, 2024)
    }
    assert counts[release].sum() == 77
    assert counts[2024][4] <= counts[release][4] <= counts[2019][4]
    assert counts[2019][0] <= counts[release][0] <= counts[2024][0]
    assert counts[2019][4] > counts[2024][4]


# --- colours -----------------------------------------------------------------------------------------------------------------
# Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", IEEE
# Transactions on Visualization and Computer Graphics 15(6), 2009: the matrices for severity 1.0, on linear RGB.

VISION = {
    "typical": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    "none (print in black and white)": [[0.2126, 0.7152, 0.0722]] * 3,
}


def lightness(colour: str, vision: str = "typical") -> float:
    """CIE L* of an sRGB colour as this eye sees it: 0 black, 100 white."""
    encoded = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.asarray(VISION[vision]) @ linear, 0, 1)
    luminance = seen @ [0.2126, 0.7152, 0.0722]
    return 116 * luminance ** (1 / 3) - 16 if luminance > 0.008856 else 903.3 * luminance


def test_the_simulation_is_one() -> None:
    """White stays white and black black for every eye; red is darker for one who does not see it.

    Pure red has Y = 0.2126, L* = 53; protanopia sees 0.1523 and 0.1145 of red and green: Y = 0.1143, L* = 40.
    """
    for vision in VISION:
        assert lightness("#ffffff", vision) == pytest.approx(100, abs=0.1)
        assert lightness("#000000", vision) == pytest.approx(0, abs=0.1)
    assert round(lightness("#ff0000")) == 53
    assert round(lightness("#ff0000", "protanopia")) == 40


@pytest.mark.parametrize("vision", VISION)
def test_the_colours_are_told_apart_by_lightness_alone(vision: str) -> None:
    """Each class is at least 10 L* darker than the one below: a person sees a step of 1 to 2 side by side."""
    steps = [lightness(pale, vision) - lightness(dark, vision) for pale, dark in itertools.pairwise(classes.COLOURS)]
    assert len(steps) == 4
    assert min(steps) >= 10
    assert max(steps) <= 3 * min(steps), "and no step swallows the others"


@pytest.mark.parametrize("vision", VISION)
def test_the_palest_class_is_not_white(vision: str) -> None:
    """White is where there is no figure (under a hatch): the palest class is at least 5 L* darker for every eye."""
    assert classes.MISSING == "#ffffff"
    assert lightness(classes.MISSING, vision) - lightness(classes.COLOURS[0], vision) >= 5


def test_the_colours_are_five_and_opaque() -> None:
    assert len(set(classes.COLOURS)) == 5
    assert classes.MISSING not in classes.COLOURS
    assert all(len(colour) == 7 and colour.startswith("#") for colour in (*classes.COLOURS, classes.MISSING))
