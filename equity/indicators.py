"""What is measured, of whom, and from which ACS lines. Knows nothing of files, cities, margins or Dash.

This is the one registry: the picker, the map, the legend, the ranking, the files and the tests follow from it. To add an
indicator, add one ``Indicator`` literal. There is no kind for medians, so a wrong sum cannot be written.

A recipe is tried in the order given, and the first whose lines a release has is used. Sums of lines come first: a
difference of two large lines has a margin several times wider than the sum of the small lines that make it up.
"""

from __future__ import annotations

from dataclasses import dataclass

from equity.errors import UsageError
from equity.flags import NONE, Flag


def N_(message: str) -> str:
    """Mark a text for the translators; it is translated where it is shown."""
    return message


@dataclass(frozen=True)
class Recipe:
    """How one release may give the quantity: the sum of ``lines``, or ``universe`` minus ``minus``; of ``universe``.

    ``note`` is carried by every figure the recipe makes. ``counted`` is for a line that is a count of our own (lines.COUNTED):
    the published lines it was counted from.
    """

    universe: str
    lines: tuple[str, ...] = ()
    minus: str | None = None
    note: Flag = NONE
    counted: str = ""

    def __post_init__(self) -> None:
        assert bool(self.lines) != bool(self.minus), "a recipe is either a sum of lines or a complement"

    @property
    def needs(self) -> tuple[str, ...]:
        """Every line the recipe reads."""
        return (self.universe, *(self.lines or (self.minus,)))

    @property
    def formula(self) -> str:
        """For people: ``B28002_012 + B28002_013`` or ``B28002_001 - B28002_002``."""
        return self.counted or (" + ".join(self.lines) if self.lines else f"{self.universe} - {self.minus}")


@dataclass(frozen=True)
class Indicator:
    """One quantity. ``key`` is part of the contract: it stands in URLs, files and the API, and never changes."""

    key: str
    label: str  # as in the picker
    sentence: str  # one plain sentence: who is counted
    predicate: str  # "12 of the 90 households in Chicago had no internet subscription at home"
    universe: str  # "households" or "residents": the words for the denominator
    recipes: tuple[Recipe, ...]
    group: str = "connection"  # "connection" | "device" | "context"
    worse: str | None = "high"  # which way is worse; None: neither (who lives here is not a problem to fix)
    note: str = ""


HOUSEHOLDS = N_("households")
RESIDENTS = N_("residents")

_SMALLER_BASE = N_(
    "Shown as a share of all residents. The published rate uses a smaller base that is not in hand, so it is a little higher."
)


def _residents(
    key: str, count: str, label: str, sentence: str, predicate: str, worse: str | None = None, note: str = ""
) -> Indicator:
    """A context count of residents from the CDC/ATSDR file of release 2022."""
    return Indicator(key, label, sentence, predicate, RESIDENTS, (Recipe("TOTPOP", (count,)),), "context", worse, note)


REGISTRY: tuple[Indicator, ...] = (
    Indicator(
        "no_subscription",
        N_("No internet subscription"),
        N_("Households that pay for no internet service at home: no access at all, or access without a subscription."),
        N_("had no internet subscription at home"),
        HOUSEHOLDS,
        (
            Recipe("B28002_001", ("B28002_012", "B28002_013")),
            Recipe("HH", ("NOINT",), note=Flag.READ_BY_LABEL),
            Recipe("B28002_001", ("NOSUB",), note=Flag.IDENTITY, counted="B28002_001 - B28002_002"),
            Recipe("B28002_001", minus="B28002_002", note=Flag.IDENTITY),
        ),
        note=N_(
            "A household whose bill a program pays may answer that it has access without paying, and is then counted here."
        ),
    ),
    Indicator(
        "no_access",
        N_("No internet access at home"),
        N_("Households with no internet access at home of any kind, paid or unpaid."),
        N_("had no internet access at home"),
        HOUSEHOLDS,
        (Recipe("B28002_001", ("B28002_013",)),),
    ),
    Indicator(
        "no_broadband",
        N_("No broadband of any type"),
        N_("Households with neither cable, fiber, DSL, satellite nor a cellular data plan; dial-up does not count."),
        N_("had no broadband of any type"),
        HOUSEHOLDS,
        (
            Recipe("B28002_001", ("B28002_003", "B28002_012", "B28002_013")),
            Recipe("B28002_001", ("NOBROAD",), note=Flag.IDENTITY, counted="B28002_001 - B28002_004"),
            Recipe("B28002_001", minus="B28002_004", note=Flag.IDENTITY),
        ),
    ),
    Indicator(
        "no_wired",
        N_("No cable, fiber or DSL"),
        N_("Households without a wired broadband subscription such as cable, fiber or DSL."),
        N_("had no cable, fiber or DSL subscription"),
        HOUSEHOLDS,
        (Recipe("B28002_001", minus="B28002_007"),),
    ),
    Indicator(
        "cellular_only",
        N_("Cellular data plan only"),
        N_("Households whose only internet subscription is a cellular data plan."),
        N_("had a cellular data plan as their only subscription"),
        HOUSEHOLDS,
        (Recipe("B28002_001", ("B28002_006",)),),
        note=N_("The question about cellular plans was reworded in 2016: do not compare releases before 2020 with later ones."),
    ),
    Indicator(
        "unpaid_access",
        N_("Access without a subscription"),
        N_("Households that have internet access at home but pay no subscription for it."),
        N_("had internet access but no subscription for it"),
        HOUSEHOLDS,
        (Recipe("B28002_001", ("B28002_012",)),),
        worse=None,
        note=N_("A household whose bill a program pays may answer this way."),
    ),
    Indicator(
        "no_computer",
        N_("No computer of any kind"),
        N_("Households with no desktop, laptop, tablet, smartphone or other computer."),
        N_("had no computer of any kind"),
        HOUSEHOLDS,
        (
            Recipe("B28003_001", ("B28003_006",)),
            Recipe("B28002_001", ("B28003_006",)),  # both tables count the same households
            Recipe("B28003_001", minus="B28003_002", note=Flag.IDENTITY),
        ),
        "device",
        note=N_("A smartphone counts as a computer here."),
    ),
    Indicator(
        "computer_no_subscription",
        N_("A computer but no subscription"),
        N_("Households that have a computer of some kind but no internet subscription."),
        N_("had a computer but no internet subscription"),
        HOUSEHOLDS,
        (
            Recipe("B28003_001", ("B28003_005",)),
            Recipe("B28002_001", ("B28003_005",)),  # both tables count the same households
        ),
        "device",
    ),
    _residents(
        "poverty",
        "POV150",
        N_("Below 150% of the poverty level"),
        N_("Residents whose income is below 150% of the federal poverty level."),
        N_("lived below 150% of the poverty level"),
        "high",
        _SMALLER_BASE,
    ),
    _residents(
        "disability",
        "DISABL",
        N_("With a disability"),
        N_("Residents with a disability, outside institutions."),
        N_("had a disability"),
        None,
        _SMALLER_BASE,
    ),
    _residents(
        "limited_english",
        "LIMENG",
        N_("Limited English"),
        N_("Residents aged 5 and over who speak English less than well."),
        N_("spoke English less than well"),
        None,
        _SMALLER_BASE,
    ),
    _residents("age_65_plus", "AGE65", N_("Aged 65 and over"), N_("Residents aged 65 and over."), N_("were aged 65 and over")),
    _residents(
        "age_17_under",
        "AGE17",
        N_("Aged 17 and under"),
        N_("Residents aged 17 and under."),
        N_("were aged 17 and under"),
    ),
    _residents(
        "black",
        "AFAM",
        N_("Black or African American"),
        N_("Black or African American residents, not Hispanic or Latino."),
        N_("were Black or African American, not Hispanic or Latino"),
    ),
    _residents(
        "hispanic",
        "HISP",
        N_("Hispanic or Latino"),
        N_("Hispanic or Latino residents of any race."),
        N_("were Hispanic or Latino"),
    ),
    _residents(
        "asian",
        "ASIAN",
        N_("Asian"),
        N_("Asian residents, not Hispanic or Latino."),
        N_("were Asian, not Hispanic or Latino"),
    ),
    Indicator(
        "no_vehicle",
        N_("No vehicle"),
        N_("Households with no vehicle available."),
        N_("had no vehicle"),
        HOUSEHOLDS,
        (Recipe("HH", ("NOVEH",)),),
        "context",
        None,
    ),
    Indicator(
        "income_under_35k",
        N_("Income under $35,000"),
        N_("Households with an income under $35,000 in the past 12 months."),
        N_("had an income under $35,000"),
        HOUSEHOLDS,
        (Recipe("B19001_001", tuple(f"B19001_{line:03d}" for line in range(2, 8))),),
        "context",
        "high",
    ),
)

BY_KEY: dict[str, Indicator] = {indicator.key: indicator for indicator in REGISTRY}
DEFAULT = "no_subscription"


def get(key: str) -> Indicator:
    """The indicator with this key; ``UsageError`` naming the known keys when there is none."""
    try:
        return BY_KEY[key]
    except KeyError:
        raise UsageError(f"no indicator {key!r}; choose one of: {', '.join(BY_KEY)}") from None
