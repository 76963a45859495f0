"""Raw wide tables into figures: every special code, and the counts that are worked back from percentages.

The codes are the Census Bureau's ("Notes on ACS Estimate and Annotation Values"); -999 is the CDC's.
"""

import math

import numpy as np
import pandas as pd
import pytest

from equity import tidy
from equity.errors import SourceInvalid
from equity.flags import Flag


def figures(**columns: list) -> pd.DataFrame:
    """Columns of one raw table -> its long form of release 2021, by variable and place."""
    rows = len(next(iter(columns.values())))
    wide = pd.DataFrame({"geoid": [f"1703100{row:04d}" for row in range(rows)], **columns})
    return tidy.long(wide, 2021).set_index(["variable", "place_id"])


def only(**columns: object) -> pd.Series:
    """The one figure of a table with one place and one line."""
    table = figures(**{name: [value] for name, value in columns.items()})
    assert len(table) == 1
    return table.iloc[0]


# --- what is there -------------------------------------------------------------------------------------------------


def test_a_published_figure_is_kept_as_it_is() -> None:
    row = only(B28002_013E=369, B28002_013M=162)
    assert (row["estimate"], row["moe"], row["flag"]) == (369, 162, 0)


def test_the_cdcs_names_are_read_like_the_bureaus() -> None:
    row = only(E_NOINT=278, M_NOINT=143)
    assert (row.name[0], row["estimate"], row["moe"]) == ("NOINT", 278, 143)


def test_a_zero_is_an_estimate_with_a_margin() -> None:
    row = only(B28002_010E=0, B28002_010M=12)
    assert (row["estimate"], row["moe"], row["flag"]) == (0, 12, 0)


def test_the_long_table_has_a_row_for_each_place_and_line() -> None:
    wide = pd.DataFrame(
        {
            "geoid": ["06001000200", "06001000100"],
            "B28002_013E": [5, 6],
            "B28002_013M": [2, 3],
            "B28002_001E": [50, 60],
            "B28002_001M": [20, 30],
        }
    )
    long = tidy.long(wide, 2021)
    assert list(long.columns) == ["place_id", "release", "variable", "estimate", "moe", "flag"]
    assert long["variable"].tolist() == ["B28002_001", "B28002_001", "B28002_013", "B28002_013"]
    assert long["place_id"].tolist() == ["06001000200", "06001000100"] * 2, "ids stay text, in the order given"
    assert long["estimate"].tolist() == [50, 60, 5, 6]
    assert long["moe"].tolist() == [20, 30, 2, 3]
    assert set(long["release"]) == {2021}


def test_the_table_that_is_given_is_not_changed() -> None:
    wide = pd.DataFrame({"geoid": ["a"], "B28002_001E": [-666666666], "B28002_001M": [-222222222]})
    before = wide.copy()
    tidy.long(wide, 2021)
    pd.testing.assert_frame_equal(wide, before)


def test_a_table_without_figures_gives_none() -> None:
    assert tidy.long(pd.DataFrame({"geoid": ["a", "b"]}), 2021).empty


# --- what stands in place of a figure --------------------------------------------------------------------------------


def test_a_controlled_estimate_has_a_margin_of_zero_and_says_so() -> None:
    row = only(B28002_001E=500, B28002_001M=-555555555)
    assert (row["estimate"], row["moe"]) == (500, 0)
    assert row["flag"] == Flag.CONTROLLED


@pytest.mark.parametrize("code", [-222222222, -333333333, -666666666, -888888888, -999999999, -999, None, math.nan])
def test_a_code_in_place_of_a_margin_leaves_the_estimate_without_one(code: float | None) -> None:
    """Missing, never 0: a margin that cannot be computed is not a margin of nothing."""
    row = only(B28002_001E=500, B28002_001M=code)
    assert row["estimate"] == 500
    assert math.isnan(row["moe"])
    assert row["flag"] == Flag.NO_MARGIN


@pytest.mark.parametrize("code", [-666666666, -888888888, -999999999, -999, None, math.nan])
@pytest.mark.parametrize("margin", [12, -222222222, -555555555, None])
def test_a_code_in_place_of_an_estimate_leaves_nothing_but_the_reason(code: float | None, margin: float | None) -> None:
    row = only(B28002_001E=code, B28002_001M=margin)
    assert math.isnan(row["estimate"])
    assert math.isnan(row["moe"]), "no margin of an estimate that is not there"
    assert row["flag"] == Flag.NO_ESTIMATE


def test_a_source_without_margins_says_that_they_are_not_in_hand() -> None:
    row = only(B28002_001E=500)
    assert math.isnan(row["moe"])
    assert row["flag"] == Flag.MARGIN_NOT_IN_HAND


def test_a_code_touches_its_own_place_only() -> None:
    table = figures(B28002_013E=[5, -666666666, 7], B28002_013M=[2, 3, -222222222])
    assert table["estimate"].isna().tolist() == [False, True, False]
    assert table["moe"].isna().tolist() == [False, True, True]
    assert table["flag"].tolist() == [0, Flag.NO_ESTIMATE, Flag.NO_MARGIN]


# --- what must stop the house ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["B28002_001E", "B28002_001M"])
@pytest.mark.parametrize("code", [-444444444, -777777777, -100_000_001, -123456789012])
def test_an_unknown_code_is_refused(column: str, code: float) -> None:
    cells = {"B28002_001E": 500, "B28002_001M": 40} | {column: code}
    with pytest.raises(SourceInvalid, match=f"{column} of release 2021 holds {code}, an unknown special code"):
        only(**cells)


@pytest.mark.parametrize("column", ["B28002_001E", "B28002_001M"])
@pytest.mark.parametrize("figure", [-1, -0.5, -998, -1000, -100_000_000])
def test_any_other_negative_figure_is_refused(column: str, figure: float) -> None:
    cells = {"B28002_001E": 500, "B28002_001M": 40} | {column: figure}
    with pytest.raises(SourceInvalid, match=f"{column} of release 2021 holds .*, a negative figure"):
        only(**cells)


@pytest.mark.parametrize("code", [-222222222, -333333333, -555555555])
def test_a_code_for_margins_is_refused_in_an_estimate(code: float) -> None:
    with pytest.raises(SourceInvalid, match="B28002_001E"):
        only(B28002_001E=code, B28002_001M=12)


@pytest.mark.parametrize("column", ["B28002_001E", "B28002_001M"])
@pytest.mark.parametrize("text", ["many", "1,204", "*****", "-", "250,000+"])
def test_text_among_numbers_is_refused(column: str, text: str) -> None:
    cells = {"B28002_001E": 500, "B28002_001M": 40} | {column: text}
    with pytest.raises(SourceInvalid, match=f"{column} of release 2021 holds text where a number belongs"):
        only(**cells)


@pytest.mark.parametrize("name", ["households", "B28002_013", "B28002_013X", "b28002_013E", "X_NOINT", "E_", "", "EB28002"])
def test_a_column_that_is_no_line_is_refused(name: str) -> None:
    with pytest.raises(SourceInvalid, match="is not an ACS line"):
        tidy.split_name(name)


@pytest.mark.parametrize(
    ("name", "line", "kind"),
    [
        ("B28002_012E", "B28002_012", "E"),
        ("B28002_012M", "B28002_012", "M"),
        ("DP02_0153PE", "DP02_0153", "PE"),
        ("DP02_0153PM", "DP02_0153", "PM"),
        ("E_AGE65", "AGE65", "E"),
        ("M_HH", "HH", "M"),
    ],
)
def test_a_name_is_taken_apart_into_line_and_kind(name: str, line: str, kind: str) -> None:
    assert tidy.split_name(name) == (line, kind)


# --- counts worked back from percentages ------------------------------------------------------------------------------


def recovered(release: int, computers: float, with_computer: float | None, with_broadband: float | None) -> dict:
    """One place of a data profile -> line: (estimate, margin, flag)."""
    first = 151 if release == 2018 else 153
    wide = pd.DataFrame(
        {
            "geoid": ["17031010100"],
            f"DP02_0{first}E": [computers],
            f"DP02_0{first}PE": [with_computer],
            f"DP02_0{first + 1}PE": [with_broadband],
        }
    )
    return {row.variable: (row.estimate, row.moe, Flag(row.flag)) for row in tidy.long(wide, release).itertuples()}


@pytest.mark.parametrize("release", [2018, 2023])
def test_households_and_broadband_are_recovered_by_division(release: int) -> None:
    """450 households with a computer are 90.0 %: 450 / 0.9 = 500 households. 80.0 % with broadband: 0.8 x 500 = 400."""
    found = recovered(release, 450, 90.0, 80.0)
    assert set(found) == {"B28002_001", "B28002_004", "B28003_001", "B28003_002"}
    estimates = {line: figure[0] for line, figure in found.items()}
    assert estimates == pytest.approx({"B28002_001": 500, "B28002_004": 400, "B28003_001": 500, "B28003_002": 450})


@pytest.mark.parametrize("release", [2018, 2023])
def test_what_is_recovered_says_so_and_claims_no_margin(release: int) -> None:
    for _estimate, margin, flag in recovered(release, 450, 90.0, 80.0).values():
        assert math.isnan(margin)
        assert flag == Flag.RECOVERED | Flag.MARGIN_NOT_IN_HAND


def test_rogers_parks_first_tract_by_hand() -> None:
    """Release 2023, tract 101: 2,009 are 91.7 %, so 2,190.84 households; 91.1 % of them, 1,995.85, have broadband."""
    found = recovered(2023, 2009, 91.7, 91.1)
    assert found["B28002_001"][0] == pytest.approx(2190.84, abs=0.005)
    assert found["B28002_004"][0] == pytest.approx(1995.85, abs=0.005)


def test_a_recovered_total_lies_within_the_rounding_of_its_percentage() -> None:
    """A percentage printed as P is between P - 0.05 and P + 0.05, so households are right within about 0.05 / P."""
    rng = np.random.default_rng(2023)
    for households in rng.integers(40, 4000, 200):
        computers = int(rng.integers(households // 2, households + 1))
        found = recovered(2023, computers, round(100 * computers / households, 1), 50.0)["B28002_001"][0]
        assert abs(found - households) <= households * 0.0501 / (100 * computers / households - 0.05)


def test_no_percentage_beside_no_computers_means_nobody_lives_there() -> None:
    """The Bureau prints no percentage where the base is zero: 0 households, an honest figure."""
    found = recovered(2023, 0, None, None)
    assert found["B28002_001"][0] == 0
    assert found["B28002_004"][0] == 0


@pytest.mark.parametrize("percent", [None, -888888888, 0.0])
def test_households_with_computers_but_without_a_percentage_cannot_be_recovered(percent: float | None) -> None:
    found = recovered(2023, 300, percent, 80.0)
    assert math.isnan(found["B28002_001"][0])
    assert found["B28002_001"][2] == Flag.NO_ESTIMATE
    assert math.isnan(found["B28002_004"][0])
    assert found["B28003_002"][0] == 300, "the count itself is there"


def test_households_none_of_which_has_a_computer_cannot_be_recovered() -> None:
    """0 computers are 0.0 % of any number of households: 0 / 0."""
    found = recovered(2023, 0, 0.0, 0.0)
    assert math.isnan(found["B28002_001"][0])
    assert found["B28002_001"][2] == Flag.NO_ESTIMATE


def test_a_missing_share_with_broadband_leaves_the_households() -> None:
    found = recovered(2023, 450, 90.0, None)
    assert found["B28002_001"][0] == pytest.approx(500)
    assert math.isnan(found["B28002_004"][0])
    assert found["B28002_004"][2] == Flag.NO_ESTIMATE


def test_the_profiles_two_numberings_are_never_mixed() -> None:
    """DP02_0151 and 0152 are computer and broadband in release 2018 only; in 2023 they are other questions."""
    wide = pd.DataFrame({"geoid": ["17031010100"], "DP02_0151E": [450], "DP02_0151PE": [90.0], "DP02_0152PE": [80.0]})
    assert "B28002_001" in set(tidy.long(wide, 2018)["variable"])
    assert "B28002_001" not in set(tidy.long(wide, 2023)["variable"])


def test_an_unknown_code_in_a_percentage_is_refused() -> None:
    with pytest.raises(SourceInvalid, match="DP02_0153"):
        recovered(2023, 450, -444444444, 80.0)
