"""What is said of Chicago's areas: ranks, comparisons and changes, against the facts of the method's own worked answers."""

import pytest

from equity import findings
from equity.atlas import Atlas


@pytest.fixture(scope="module")
def ranks(atlas: Atlas):
    found = findings.ranks(atlas, 2021, "no_subscription")
    names = found.table.assign(name=found.table["place_id"].map(atlas.area_names))
    return names.set_index("name")


def test_the_least_connected_have_ranges_and_chances(ranks) -> None:
    """Release 2021: West Englewood 1-15, above 99 % to be among the ten; Englewood 98 %, Auburn Gresham 88 %."""
    west = ranks.loc["West Englewood"]
    assert (west["position"], west["rank_low"], west["rank_high"]) == (1, 1, 15)
    assert west["chance_top10"] > 0.99
    assert round(ranks.loc["Englewood", "chance_top10"] * 100) == 98
    assert round(ranks.loc["Auburn Gresham", "chance_top10"] * 100) == 88


def test_most_ranges_are_wide_and_many_areas_cannot_be_called(ranks) -> None:
    """The median range is about 53 ranks wide, and 18 areas have a chance between 10 and 90 %."""
    width = (ranks["rank_high"] - ranks["rank_low"]).median()
    assert 50 <= width <= 55
    assert ((ranks["chance_top10"] > 0.1) & (ranks["chance_top10"] < 0.9)).sum() == 18
    assert abs(ranks["chance_top10"].sum() - 10) < 1e-9, "every draw has ten"


def test_draws_are_seeded(atlas: Atlas, ranks) -> None:
    again = findings.rank.ranking(atlas.table("area", 2021, "no_subscription"), "high").table
    assert list(again["chance_top10"]) == list(ranks["chance_top10"])


def test_a_release_without_margins_ranks_nothing(atlas: Atlas) -> None:
    assert findings.ranks(atlas, 2019, "no_subscription") is None
    assert findings.ranks(atlas, 2021, "unpaid_access") is None, "neither way is worse"


def test_changes_from_2021_to_2022_are_mostly_indicative(atlas: Atlas) -> None:
    """One by one: 2 areas fell without the overlap factor, 38 with it (four of five years are shared), and one rose."""
    found = findings.changes(atlas, 2021, 2022, "no_subscription")
    assert set(found["shared_years"]) == {4}
    assert ((found["z"] < -1.645).sum(), (found["z"] > 1.645).sum()) == (2, 0)
    assert ((found["z_overlap"] < -1.645).sum(), (found["z_overlap"] > 1.645).sum()) == (38, 1)
    assert set(found["tested"]) == {77}
    assert "rose" not in set(found["verdict"])


def test_what_cannot_be_compared_says_why(atlas: Atlas) -> None:
    assert set(findings.changes(atlas, 2021, 2023, "no_broadband")["reason"]) == {"no_margin"}
    assert set(findings.changes(atlas, 2019, 2021, "no_subscription")["reason"]) == {"wording"}
    by_tract = findings.changes(atlas, 2019, 2021, "no_subscription", level="tract")
    assert {"boundaries", "wording"} <= set(by_tract["reason"])


def test_the_city_fell_from_2021_to_2022(atlas: Atlas) -> None:
    """15.45 % +/- 0.30 to 14.05 % +/- 0.29: 1.40 +/- 0.42 points, far beyond chance even without the overlap factor."""
    row = findings.change_of_city(atlas, 2021, 2022, "no_subscription")
    assert row["verdict"] == "fell"
    assert round(row["difference"] * 100, 2) == -1.40
    assert round(row["difference_moe"] * 100, 2) == 0.42


def test_an_area_against_the_city_it_is_part_of(atlas: Atlas) -> None:
    found = findings.against_city(atlas, 2021, "no_subscription").set_index("place_id")
    assert found.loc["67", "verdict"] == "higher"
    assert found.loc["6", "verdict"] == "lower"
    assert set(found["tested"]) == {77}
