"""The registry is a contract: keys that stand in links and files, lines that make each quantity up, and honest words.

The lines are those of tables B28002 and B28003 as the Bureau labels them; the keys are what the first release promised.
The closed list of flags is checked here too: it is the other half of what a figure says about itself.
"""

import dataclasses
import itertools
import re

import pytest

from equity import flags, indicators, lines
from equity.errors import UsageError
from equity.flags import Flag
from equity.indicators import Recipe

KEYS = [
    "no_subscription", "no_access", "no_broadband", "no_wired", "cellular_only", "unpaid_access", "no_computer",
    "computer_no_subscription", "poverty", "disability", "limited_english", "age_65_plus", "age_17_under", "black",
    "hispanic", "asian", "no_vehicle", "income_under_35k",
]  # fmt: skip

FORMULAS = {  # key -> how each recipe reads, in the order of preference, with the base of its share
    "no_subscription": [
        ("B28002_012 + B28002_013", "B28002_001"),
        ("NOINT", "HH"),
        ("B28002_001 - B28002_002", "B28002_001"),  # counted by us, with a modelled margin
        ("B28002_001 - B28002_002", "B28002_001"),
    ],
    "no_access": [("B28002_013", "B28002_001")],
    "no_broadband": [
        ("B28002_003 + B28002_012 + B28002_013", "B28002_001"),
        ("B28002_001 - B28002_004", "B28002_001"),  # counted by us, with a modelled margin
        ("B28002_001 - B28002_004", "B28002_001"),
    ],
    "no_wired": [("B28002_001 - B28002_007", "B28002_001")],
    "cellular_only": [("B28002_006", "B28002_001")],
    "unpaid_access": [("B28002_012", "B28002_001")],
    "poverty": [("POV150", "TOTPOP")],
    "disability": [("DISABL", "TOTPOP")],
    "limited_english": [("LIMENG", "TOTPOP")],
    "age_65_plus": [("AGE65", "TOTPOP")],
    "age_17_under": [("AGE17", "TOTPOP")],
    "black": [("AFAM", "TOTPOP")],
    "hispanic": [("HISP", "TOTPOP")],
    "asian": [("ASIAN", "TOTPOP")],
    "no_vehicle": [("NOVEH", "HH")],
}

every_indicator = pytest.mark.parametrize("what", indicators.REGISTRY, ids=lambda what: what.key)


def test_the_keys_are_the_contract() -> None:
    assert [what.key for what in indicators.REGISTRY] == KEYS
    assert indicators.DEFAULT == "no_subscription", "the plan's own definition comes first"


@pytest.mark.parametrize("key", FORMULAS)
def test_an_indicator_is_made_of_its_lines(key: str) -> None:
    assert [(recipe.formula, recipe.universe) for recipe in indicators.get(key).recipes] == FORMULAS[key]


def test_devices_are_lines_005_and_006_of_b28003() -> None:
    """Both tables count the same households, so line 001 of either may be the base."""
    assert indicators.get("no_computer").recipes[0] == Recipe("B28003_001", ("B28003_006",))
    assert indicators.get("computer_no_subscription").recipes[0] == Recipe("B28003_001", ("B28003_005",))
    for key in ("no_computer", "computer_no_subscription"):
        assert {recipe.universe for recipe in indicators.get(key).recipes} <= {"B28002_001", "B28003_001"}


def test_an_income_under_35k_is_the_six_lowest_brackets() -> None:
    """B19001 002-007: under $10,000; 10-14,999; 15-19,999; 20-24,999; 25-29,999; 30-34,999."""
    (recipe,) = indicators.get("income_under_35k").recipes
    assert recipe.lines == tuple(f"B19001_00{line}" for line in range(2, 8))
    assert recipe.universe == "B19001_001"
    assert lines.LABELS["B19001_007"].endswith("$30,000 to $34,999")


def test_overlapping_lines_are_never_added() -> None:
    """A household can have a cellular plan (005), a wire (007) and satellite (009): only lines that exclude each other sum."""
    for what in indicators.REGISTRY:
        for recipe in what.recipes:
            assert len(set(recipe.lines) & {"B28002_005", "B28002_007", "B28002_009"}) == 0


@every_indicator
def test_sums_of_lines_come_before_differences(what: indicators.Indicator) -> None:
    """A difference of two large lines has a margin several times wider than the sum of the lines that make it up."""
    kinds = [bool(recipe.minus) for recipe in what.recipes]
    assert kinds == sorted(kinds)


@every_indicator
def test_a_difference_that_stands_in_for_lines_says_so(what: indicators.Indicator) -> None:
    stands_in = [recipe for recipe in what.recipes if (recipe.minus or recipe.counted) and len(what.recipes) > 1]
    assert all(recipe.note == Flag.IDENTITY for recipe in stands_in)
    assert not [recipe for recipe in what.recipes if recipe not in stands_in and recipe.note & Flag.IDENTITY]


@every_indicator
def test_a_count_of_our_own_is_the_difference_that_follows_it(what: indicators.Indicator) -> None:
    """NOSUB is 001 - 002: it reads like the recipe that stands in where no margin was modelled."""
    for ours, next_best in itertools.pairwise(what.recipes):
        if ours.counted:
            assert ours.lines[0] in lines.COUNTED
            assert lines.COUNTED[ours.lines[0]].endswith(ours.formula)
            assert next_best.minus
            assert next_best.formula == ours.formula


@every_indicator
def test_every_line_is_one_whose_label_is_known(what: indicators.Indicator) -> None:
    assert all(line in lines.LABELS for recipe in what.recipes for line in recipe.needs)


def test_the_lines_mean_what_the_indicators_say() -> None:
    """The Bureau's labels: 012 is access without a subscription, 013 no access, B28003_006 no computer."""
    assert lines.LABELS["B28002_012"] == "Total:!!Internet access without a subscription"
    assert lines.LABELS["B28002_013"] == "Total:!!No Internet access"
    assert lines.LABELS["B28003_006"] == "Total:!!No computer"
    assert lines.LABELS["B28002_003"].startswith("Total:!!With an Internet subscription:!!Dial-up")


@every_indicator
def test_the_words_are_there_and_plain(what: indicators.Indicator) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", what.key)
    assert what.label[0].isupper()
    assert not what.label.endswith(".")
    assert what.sentence[0].isupper()
    assert what.sentence.endswith(".")
    assert what.predicate[0].islower()
    assert not what.predicate.endswith(".")
    assert what.universe in ("households", "residents")
    assert what.group in ("connection", "device", "context")
    assert what.worse in ("high", None)
    for text in (what.label, what.sentence, what.predicate, what.note):
        assert not set(text) & set("{}<>_"), "no holes, no markup, no variable names"


@pytest.mark.parametrize("field", ["key", "label", "sentence", "predicate"])
def test_no_two_indicators_share_their_words(field: str) -> None:
    said = [getattr(what, field) for what in indicators.REGISTRY]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("key", ["poverty", "disability", "limited_english"])
def test_a_smaller_published_base_is_admitted(key: str) -> None:
    assert "smaller base" in indicators.get(key).note
    assert "not in hand" in indicators.get(key).note


@pytest.mark.parametrize("key", ["black", "asian"])
def test_two_groups_are_counted_without_hispanics(key: str) -> None:
    assert "not Hispanic" in indicators.get(key).sentence


@pytest.mark.parametrize("key", ["black", "hispanic", "asian", "age_65_plus", "age_17_under"])
def test_who_lives_here_is_not_a_problem_to_fix(key: str) -> None:
    assert indicators.get(key).worse is None


@every_indicator
def test_the_words_for_the_base_fit_the_base(what: indicators.Indicator) -> None:
    bases = {recipe.universe for recipe in what.recipes}
    assert (bases == {"TOTPOP"}) == (what.universe == "residents")


def test_a_recipe_is_a_sum_or_a_difference_and_never_both_or_neither() -> None:
    with pytest.raises(AssertionError):
        Recipe("B28002_001")
    with pytest.raises(AssertionError):
        Recipe("B28002_001", ("B28002_013",), minus="B28002_002")


def test_a_recipe_names_every_line_it_reads() -> None:
    assert Recipe("B28002_001", ("B28002_012", "B28002_013")).needs == ("B28002_001", "B28002_012", "B28002_013")
    assert Recipe("B28002_001", minus="B28002_007").needs == ("B28002_001", "B28002_007")


def test_nothing_in_the_registry_can_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        indicators.get("no_access").key = "other"  # type: ignore[misc]


@pytest.mark.parametrize("key", ["", "No_access", "no_access ", "median_income", "__class__"])
def test_an_unknown_key_is_refused_with_the_known_ones(key: str) -> None:
    with pytest.raises(UsageError, match=r"no indicator .*; choose one of: no_subscription, no_access, .*income_under_35k"):
        indicators.get(key)


# --- flags -------------------------------------------------------------------------------------------------------------


def test_the_reasons_are_a_closed_list_in_a_fixed_order() -> None:
    """The names stand in files; the numbers in the figures a browser holds. New ones go to the end of their group."""
    assert [flag.name.lower() for flag in Flag] == [
        "not_in_release", "not_at_level", "no_estimate", "no_universe", "margin_not_in_hand", "no_margin", "no_rule",
        "controlled", "identity", "recovered", "read_by_label", "ratio_rule", "mostly_outside", "no_households_in_city",
        "modelled", "published_whole",
    ]  # fmt: skip
    assert [int(flag) for flag in Flag] == [2**position for position in range(len(Flag))]


def test_flags_are_written_by_name_in_that_order() -> None:
    assert flags.text(Flag.IDENTITY | Flag.MARGIN_NOT_IN_HAND) == "margin_not_in_hand;identity"
    assert flags.text(0) == ""
    assert flags.text(Flag.NO_UNIVERSE) == "no_universe"


def test_no_two_sets_of_flags_are_written_alike() -> None:
    pairs = [flags.text(a | b) for a, b in itertools.combinations(Flag, 2)] + [flags.text(a) for a in Flag]
    assert len(set(pairs)) == len(pairs) == 16 * 15 // 2 + 16
    assert flags.names(sum(Flag)) == [flag.name.lower() for flag in Flag]


def test_reasons_for_a_missing_estimate_and_for_a_missing_margin_are_apart() -> None:
    assert not flags.NO_ESTIMATE_REASONS & flags.NO_MARGIN_REASONS
    assert not flags.NOT_RANKED & (flags.NO_ESTIMATE_REASONS | flags.NO_MARGIN_REASONS)
