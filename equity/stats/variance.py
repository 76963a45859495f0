"""Modelled margins for a release that publishes counts without margins. Knows nothing of files, cities or Dash.

A generalized variance function: the margins that a neighbouring release does publish are described by one smooth formula,
and the formula stands in where they are missing (Wolter, *Introduction to Variance Estimation*, 2nd edition, chapter 7).
With X households of Y counted in a tract, p = X / Y, and the published margin of Y,

    MOE_X^2 = scale * (X (1 - p))^count_power * (MOE_Y^2 / Y)^precision_power

It is Wolter's logarithmic form, log relvariance = a - b log X, with the count of a share in the place of X, and with the
tract's own precision, which the release publishes for Y: heavy weights and few interviews show there too. The formula is
for the two counts in ``LINES`` alone: of access without a subscription (012) it makes margins 15 % too small.

Fitted by quasi-likelihood on the variances themselves, with a variance that grows like the mean. Its equations make the
modelled variances add up to the published ones in every release fitted; a fit on logarithms gives a typical tract its due
and leaves a sum of tracts short, because the few wide margins carry the sum. A tract's own departure from the formula is
not kept: it stays from 2021 to 2022 (correlation 0.75) because four fifths of the interviews do, while two counts of one
tract that share no household (012, 013) depart almost independently (0.07).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd

from equity import indicators
from equity.errors import SourceInvalid
from equity.stats import aggregate

#: The line that carries a count without a line of its own -> the indicator it is the count of.
LINES = {"NOSUB": "no_subscription", "NOBROAD": "no_broadband"}
FITTED_ON = "no_subscription"  # the count that releases 2021 and 2022 both publish margins for

# What the formula has to prove before a release is given margins: ratios of modelled to published, out of sample.
MEDIAN_WITHIN, AREA_WITHIN, AREAS_OF_ALL, CITY_WITHIN = 0.05, 0.25, 0.90, 0.10
RULE = {
    "area_median_within": MEDIAN_WITHIN,
    "area_within": AREA_WITHIN,
    "areas_of_all": AREAS_OF_ALL,
    "city_within": CITY_WITHIN,
}

CITATION = (
    "Margins modelled by a generalized variance function (Wolter, Introduction to Variance Estimation, 2nd edition, chapter 7) "
    "fitted on published margins of the American Community Survey 5-year estimates."
)
# What a reader of these margins has to know, beside the proof that is written with them.
LIMITS = (
    "The proof goes one year ahead, from one release to the next; the margins themselves go further from the releases fitted.",
    "The form of the function was chosen among some 25 with the newer release in view: it proved itself there, not on a third.",
    "For these two counts only: of other counts of the table the same function makes margins that are too small.",
    "Proved on the count without a subscription alone: of the other, no two releases in hand publish margins.",
    "A tract of which nobody is counted has the median margin that such tracts have in the newest release fitted or, if that "
    "is wider, the one that the release itself publishes for tracts without households.",
)

_COEFFICIENTS = 3
_STEPS, _STILL = 200, 1e-10
_EXACT = 1e-12  # 1 - 0.95 is a little more than 0.05 to a computer


@dataclass(frozen=True)
class Model:
    """A fitted variance function. Its coefficients are rounded as printed, so that a reader's calculator agrees.

    ``scales``: one a release of ``releases``, in their order, the powers being common to all; predictions take the newest,
    ``scale``. ``zero_moe``: the margin in households of an estimate of zero, which no formula in X can give (the Bureau
    models it too, by state and size of tract). ``tracts``: how many published margins it was fitted on.
    """

    releases: tuple[int, ...]
    scales: tuple[float, ...]
    count_power: float
    precision_power: float
    zero_moe: float
    tracts: int

    @property
    def scale(self) -> float:
        """The scale of the newest release fitted."""
        return self.scales[-1]

    def __str__(self) -> str:
        return (
            f"MOE_X^2 = {self.scale} * (X (1 - X/Y))^{self.count_power} * (MOE_Y^2 / Y)^{self.precision_power}; "
            f"X = 0: MOE_X = {self.zero_moe:g}"
        )


def counts(*releases: pd.DataFrame, key: str = FITTED_ON) -> pd.DataFrame:
    """Tidy figures of tracts, a table a release -> ``aggregate.TABLE``, one row a tract and release, oldest release first."""
    tables = []
    for figures in sorted(releases, key=lambda table: table["release"].iloc[0]):
        places = pd.Index(sorted(figures["place_id"].unique()))
        release = int(figures["release"].iloc[0])
        tables.append(aggregate.indicator(aggregate.by_line(figures, places), indicators.get(key), places, release))
    return pd.concat(tables, ignore_index=True)


def fit(figures: pd.DataFrame) -> Model:
    """release, universe_estimate, universe_moe, estimate, moe (all of tracts, in households) -> the function they follow.

    Solves sum (v - m) = 0 in each release and sum (v - m) log z = 0 for both terms z, where v is the published and m the
    modelled MOE^2: the iteratively reweighted least squares of Wolter's chapter 7, with weights 1 / m where he has 1 / m^2,
    so that sums agree. Rows without a margin, and those of which the formula has nothing to say (X = 0, X = Y), are left
    out. SourceInvalid when too few are left.
    """
    usable = figures[_follows(figures) & (figures["moe"] > 0)]
    releases = tuple(sorted(int(release) for release in usable["release"].unique()))
    if usable.groupby("release").size().lt(_COEFFICIENTS).any() or not releases:
        raise SourceInvalid(
            f"modelled margins need at least {_COEFFICIENTS} published margins a release, between none and all of the "
            "households of a tract; fit them on releases that publish margins"
        )
    published = usable["moe"].to_numpy(dtype=float) ** 2
    terms = np.column_stack([usable["release"] == release for release in releases] + list(_terms(usable))).astype(float)
    found = _quasi_likelihood(terms, published)
    newest = figures[figures["release"] == releases[-1]]
    return Model(
        releases=releases,
        scales=tuple(round(float(scale), 4) for scale in np.exp(found[: len(releases)])),
        count_power=round(float(found[-2]), 4),
        precision_power=round(float(found[-1]), 4),
        zero_moe=float(newest.loc[newest["estimate"] == 0, "moe"].median()),
        tracts=len(usable),
    )


def adapted(model: Model, figures: pd.DataFrame) -> Model:
    """The model for one release: its margin of zero is no narrower than the release's own for tracts without households."""
    empty = figures.loc[figures["universe_estimate"] == 0, "universe_moe"]
    return replace(model, zero_moe=float(np.fmax.reduce([model.zero_moe, *empty])))  # passes over what is missing


def predict(model: Model, figures: pd.DataFrame) -> np.ndarray:
    """universe_estimate, universe_moe, estimate (of tracts, in households) -> 90 % margins of ``estimate``, in households.

    Nobody counted: the model's constant (see ``adapted``). Everybody counted: the total's own margin. Missing where the total
    of a tract with households has no margin, or one of 0 (a controlled total says nothing of the tract's precision).
    """
    count, total = figures["estimate"].to_numpy(dtype=float), figures["universe_estimate"].to_numpy(dtype=float)
    total_moe = figures["universe_moe"].to_numpy(dtype=float)
    follows = _follows(figures)
    on_count, on_precision = _terms(figures[follows])
    margins = np.full(len(figures), np.nan)
    margins[follows] = np.sqrt(model.scale * np.exp(model.count_power * on_count + model.precision_power * on_precision))
    everybody = (count == total) & (count > 0)
    margins[everybody] = total_moe[everybody]
    margins[count == 0] = model.zero_moe
    margins[(total > 0) & ~(total_moe > 0)] = np.nan
    return margins


def model_for(older: pd.DataFrame, newer: pd.DataFrame, wanted: pd.DataFrame) -> Model:
    """Tidy figures of tracts: the function that two releases with margins follow, adapted to the one without."""
    return adapted(fit(counts(older, newer)), counts(wanted))


def modelled_margins(older: pd.DataFrame, newer: pd.DataFrame, wanted: pd.DataFrame) -> pd.DataFrame:
    """Tidy figures of tracts: two releases with margins, one without -> place_id, release, variable, estimate, moe.

    One row for each line of ``LINES`` and tract of ``wanted``; households; margins are whole numbers, as the Bureau prints
    them. ``estimate`` is what the release gives (001 - 002, 001 - 004), so that the row is a figure of its own and adds up
    like any published line. A tract without an estimate has no row.
    """
    model = model_for(older, newer, wanted)
    tables = []
    for line, key in LINES.items():
        figures = counts(wanted, key=key)
        table = figures[["place_id", "release", "estimate"]].assign(variable=line, moe=np.round(predict(model, figures)))
        tables.append(table.dropna(subset="estimate"))
    return pd.concat(tables, ignore_index=True)[["place_id", "release", "variable", "estimate", "moe"]]


def wide(margins: pd.DataFrame) -> pd.DataFrame:
    """What ``modelled_margins`` made -> geoid, E_<line>, M_<line>, ... as raw tables are: whole numbers, one row a tract."""
    spread = margins.pivot(index="place_id", columns="variable", values=["estimate", "moe"])
    columns = {
        f"{kind}_{line}": spread[column][line].round().astype("Int64")
        for line in LINES
        for kind, column in (("E", "estimate"), ("M", "moe"))
    }
    return pd.DataFrame(columns).rename_axis("geoid").reset_index()


def described(model: Model) -> dict[str, object]:
    """A fitted function as a sidecar states it: the formula with its numbers, and each coefficient by name."""
    return {"formula": str(model), **asdict(model)}


def validation(older: pd.DataFrame, newer: pd.DataFrame, crosswalk: pd.DataFrame, key: str = FITTED_ON) -> pd.DataFrame:
    """Fitted on the older release alone, held against the newer one's published margins of ``key``.

    Tidy figures of tracts, and geoid, area_id, weight -> level (tract, area, city), places, median, lowest, highest (of the
    ratios modelled / published) and within_25 (the part of the places whose ratio is within 25 % of 1). Areas and the city
    are summed from tracts, on both sides alike. Tracts where nobody is counted are left out: their margin is a constant.
    """
    published = counts(newer, key=key)
    modelled = published.assign(moe=predict(adapted(fit(counts(older)), published), published))
    areas = crosswalk["area_id"].unique()
    counted = (published["estimate"] > 0) & (published["moe"] > 0)
    ratios = {"tract": (modelled["moe"] / published["moe"])[counted]}
    for level, place_of_area in (("area", {area: area for area in areas}), ("city", dict.fromkeys(areas, "city"))):
        ratios[level] = _summed(modelled, crosswalk, place_of_area) / _summed(published, crosswalk, place_of_area)
    table = pd.DataFrame(
        {
            "places": len(ratio),
            "median": ratio.median(),
            "lowest": ratio.min(),
            "highest": ratio.max(),
            "within_25": (np.abs(ratio - 1) <= AREA_WITHIN).mean(),
        }
        for ratio in ratios.values()
    )
    table.insert(0, "level", list(ratios))
    return table


def proven(table: pd.DataFrame) -> bool:
    """Whether ``validation`` reached the rule: areas unbiased at the median, most of them close, and the city close."""
    by_level = table.set_index("level")
    area, city = by_level.loc["area"], by_level.loc["city"]
    return bool(
        abs(area["median"] - 1) <= MEDIAN_WITHIN + _EXACT
        and area["within_25"] >= AREAS_OF_ALL
        and abs(city["median"] - 1) <= CITY_WITHIN + _EXACT
    )


def _follows(figures: pd.DataFrame) -> np.ndarray:
    """The rows whose margin the formula gives: some are counted, not all, and the total has a margin."""
    some = (figures["estimate"] > 0) & (figures["estimate"] < figures["universe_estimate"])
    return (some & (figures["universe_moe"] > 0)).to_numpy()


def _terms(figures: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """log X (1 - p) and log MOE_Y^2 / Y of rows that follow the formula."""
    count, total = figures["estimate"].to_numpy(dtype=float), figures["universe_estimate"].to_numpy(dtype=float)
    return np.log(count * (1 - count / total)), np.log(figures["universe_moe"].to_numpy(dtype=float) ** 2 / total)


def _quasi_likelihood(terms: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The coefficients b of log m = terms b with terms' (values - m) = 0: a logarithmic link, the variance like the mean."""
    found = np.linalg.lstsq(terms, np.log(values), rcond=None)[0]
    for _ in range(_STEPS):
        modelled = np.exp(terms @ found)
        working = terms @ found + (values - modelled) / modelled
        heft = np.sqrt(modelled)
        step = np.linalg.lstsq(terms * heft[:, None], working * heft, rcond=None)[0]
        if np.abs(step - found).max() < _STILL:
            return step
        found = step
    raise SourceInvalid(f"the variance function did not settle in {_STEPS} steps; look at the margins it was fitted on")


def _summed(figures: pd.DataFrame, crosswalk: pd.DataFrame, place_of_area: dict[str, str]) -> pd.Series:
    """Rows of ``aggregate.TABLE`` for tracts -> the margins of places, by place, added up like any published line."""
    one_line = figures[["place_id", "release", "estimate", "moe", "flag"]].assign(variable=FITTED_ON)
    return aggregate.lines(one_line, aggregate.weights_for(crosswalk, place_of_area)).set_index("place_id")["moe"]
