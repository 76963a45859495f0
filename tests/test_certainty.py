"""How certain the figures are: counted again here, from the figures themselves, and against what is known of Chicago."""

import dataclasses
import math

import pandas as pd
import pytest

from equity import certainty
from equity import proof as proofs
from equity.atlas import Atlas
from equity.flags import NOT_RANKED

KEY = "no_subscription"


@pytest.fixture(scope="module")
def by_release(atlas: Atlas) -> pd.DataFrame:
    return certainty.by_release(atlas, KEY).set_index("release")


def test_only_releases_with_margins_are_told(atlas: Atlas) -> None:
    """Published in 2021 and 2022, modelled in 2024; of 2018, 2019, 2020 and 2023 the margins are not in hand."""
    assert certainty.with_margins(atlas, KEY) == (2021, 2022, 2024)
    assert [certainty.modelled(atlas, release, KEY) for release in (2021, 2022, 2024)] == [False, False, True]
    assert certainty.with_margins(atlas, "no_wired") == (2021,)


def test_the_median_margins_of_2021_are_those_that_are_known(by_release) -> None:
    """Release 2021: a tract's median margin is 6.9 points, a community area's 2.8, and no tract has a CV of 12 % or less."""
    row = by_release.loc[2021]
    assert round(row["tract_moe"] * 100, 1) == 6.9
    assert round(row["area_moe"] * 100, 1) == 2.8
    assert row["cv_high"] == 0


@pytest.mark.parametrize("release", [2021, 2022, 2024])
def test_every_tract_of_the_city_is_in_one_class(atlas: Atlas, by_release, release: int) -> None:
    """Counted again: margins up to 5 points, up to 10, over 10, among the tracts whose households are mostly in the city."""
    row, tracts = by_release.loc[release], atlas.table("tract", release, KEY)
    tracts = tracts[(tracts["flag"] & int(NOT_RANKED)) == 0]
    margins = list(tracts["share_moe"] * 100)
    counted = {
        "good": sum(moe <= 5 for moe in margins),
        "care": sum(5 < moe <= 10 for moe in margins),
        "too_uncertain": sum(moe > 10 for moe in margins),
        "missing": sum(math.isnan(moe) for moe in margins),
    }
    assert {name: row[name] for name in counted} == counted
    assert sum(counted.values()) == row["tracts"] == 792


def test_a_third_of_the_pairs_of_2021_can_be_told_apart(by_release) -> None:
    """77 areas make 77 x 76 / 2 = 2,926 pairs; 1,017 are in a sure order. 18 areas have a chance between 10 and 90 %."""
    row = by_release.loc[2021]
    assert (row["ranked"], row["pairs"], row["pairs_in_order"]) == (77, 77 * 76 / 2, 1017)
    assert row["rank_width"] == 53
    assert row["unsettled"] == 18
    assert f"{row['joint_z']:.4f}" == "3.2014", "Klein, Wright and Wieczorek (2020), 77 independent places at 90 %"
    assert row["joint_width"] > row["rank_width"]


def test_an_indicator_without_a_worse_end_has_margins_and_no_ranks(atlas: Atlas) -> None:
    row = certainty.by_release(atlas, "unpaid_access").iloc[0]
    assert row["tracts"] == 792
    assert row["area_moe"] > 0
    assert row[["ranked", "pairs", "rank_width", "joint_z"]].isna().all()


def test_the_ratio_rule_stood_in_for_thirty_tracts(atlas: Atlas) -> None:
    """Release 2021, no cable, fiber or DSL: where MOE_X^2 - p^2 MOE_Y^2 < 0 and p < 1, from the published lines 001 and 007."""
    table = atlas.snapshots[2021].table.set_index("geoid")
    tracts = atlas.tracts[2020].set_index("geoid")
    table = table[tracts["display"].reindex(table.index) == "whole"]
    part, part_moe, whole, whole_moe = (table[f"B28002_{line}"] for line in ("007E", "007M", "001E", "001M"))
    share = part / whole
    negative = (part_moe**2 - share**2 * whole_moe**2 < 0) & (share < 1)
    assert certainty.ratio_rule(atlas, 2021, "no_wired") == (int(negative.sum()), 792) == (30, 792)


def test_two_areas_that_share_a_tract_are_not_independent(atlas: Atlas) -> None:
    """Woodlawn and South Shore share tract 17031843900, w1 + w2 = 1. Var(A + B) = Var(A) + Var(B) + 2 w1 w2 Var(T); the count
    is lines 012 + 013: 656^2 = 630^2 + 2 w1 w2 (MOE_012^2 + MOE_013^2).
    """
    pair = certainty.sharing(atlas, 2021, KEY)
    assert (pair["first"], pair["second"]) == ("Woodlawn", "South Shore")
    tract = atlas.snapshots[2021].table.set_index("geoid").loc["17031843900"]
    weights = atlas.crosswalks[2020].query("geoid == '17031843900'").set_index("area_id")["weight"]
    both = 2 * weights["42"] * weights["43"] * (tract["B28002_012M"] ** 2 + tract["B28002_013M"] ** 2)
    assert weights["42"] + weights["43"] == pytest.approx(1)
    assert pair["moe"] ** 2 == pytest.approx(pair["moe_apart"] ** 2 + both, rel=1e-3)
    assert (round(pair["moe"]), round(pair["moe_apart"])) == (656, 630)


def test_no_areas_share_a_tract_in_a_release_of_areas(atlas: Atlas) -> None:
    assert certainty.sharing(atlas, 2020, KEY) is None


def test_a_list_is_judged_together(atlas: Atlas) -> None:
    """From 2021 to 2022, one by one: 38 areas fell and one rose when shared years are allowed for. In the list fewer stand."""
    found = certainty.compared(atlas, KEY).set_index("new")
    row = found.loc[2022]
    assert (row["old"], row["shared_years"], row["tested"], row["alone"]) == (2021, 4, 77, 39)
    assert row["fell"] + row["rose"] + row["probably_fell"] + row["probably_rose"] < 39
    assert row[["fell", "rose", "probably_fell", "probably_rose", "too_close", "not_comparable"]].sum() == 77


def test_a_modelled_margin_supports_no_sure_verdict(atlas: Atlas) -> None:
    changed = certainty.compared(atlas, KEY).set_index("new").loc[2024]
    assert bool(changed["modelled"])
    assert changed["fell"] == changed["rose"] == 0 < changed["probably_fell"]
    city = certainty.against_city(atlas, 2024, KEY)
    assert city["lower"] == city["higher"] == 0 < city["probably_higher"]
    assert sum(certainty.against_city(atlas, 2021, KEY).values()) == 77


def test_a_trend_has_three_releases(atlas: Atlas) -> None:
    """One wording and a margin: 2021, 2022 and, modelled, 2024."""
    found = certainty.in_trend(atlas, KEY)
    assert dict(zip(found["release"], found["modelled"], strict=True)) == {2021: False, 2022: False, 2024: True}


def test_the_proof_can_be_made_again_from_the_figures(atlas: Atlas) -> None:
    """What the refresh wrote, made anew from the two releases; and the other way round, which would just miss the rule."""
    made = proofs.held_against(atlas, 2021, 2022).set_index("level")
    found = proofs.proof(atlas, 2024)
    written = found[found["decides"]].set_index("level")
    for column in ("places", "median", "lowest", "highest", "within_25"):
        assert list(made[column].round(4)) == list(written[column])
    assert 1 - written.loc["city", "median"] == pytest.approx(0.034)
    turned = found[~found["decides"].astype(bool)].set_index("level")
    assert set(turned["fitted_on"]) == {2022}
    assert set(turned["held_against"]) == {2021}
    assert turned.loc["area", "median"] == pytest.approx(1.063, abs=5e-4)


def test_without_modelled_margins_the_release_is_left_out(atlas: Atlas) -> None:
    bare = dataclasses.replace(atlas, modelled={}, _kept={})
    assert certainty.with_margins(bare, KEY) == (2021, 2022)
    assert list(certainty.compared(bare, KEY)["new"]) == [2022]


def test_nothing_is_computed_before_it_is_asked_for(atlas: Atlas) -> None:
    """An application made and its front page served: no draws yet, no proof. Asked for once, it is kept."""
    from equity import views

    fresh = dataclasses.replace(atlas, _kept={})
    views.create_app(fresh).server.test_client().get("/")
    assert not [key for key in fresh._kept if key[0] in ("certainty", "proof", "sharing", "ranks")]
    first = proofs.proof(fresh, 2024)
    assert proofs.proof(fresh, 2024) is first
