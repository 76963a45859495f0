"""Do the margins cover? The project's statistics on made-up histories whose truth is known. Says nothing of Chicago itself.

Normal draws with the published margins would cover by construction and prove little. ``histories.py`` beside this file makes
finite samples whose margins are estimated from each draw, ``questions.py`` asks whether a 90 % interval then holds the truth
nine times in ten; here are the aims, and the section of RESULTS.md.

    python -m benchmarks.simulation --histories 1000
"""

from __future__ import annotations

import argparse
import concurrent.futures
import datetime
import itertools
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks import histories, questions, results
from benchmarks.histories import RELEASES, SPAN, YEARS, Histories, Survey, World
from benchmarks.questions import GAPS, TIERS, Found
from equity import atlas
from equity.stats import compare

COUNT = 1000
SEED = 2021
BLOCK = 50  # histories drawn and judged at once: some 100 MB a worker
WORKERS = 2
SIZES = (0, 0.05, 0.10, 0.20, 1)  # true shares of tracts, as they are reported
COVERAGE = (0.88, 0.92)  # of areas, on average; 0.90 is what a 90 % interval promises


class Part(NamedTuple):
    """A world, what is asked of it, and of which part of the histories: ranks are slow."""

    world: World
    questions: tuple[Callable[[Histories], Found], ...]
    one_in: int = 1


# Nothing changes; an area in four falls by 6 % of its first share a year; all errors lean the same way; all areas are alike.
PARTS = {
    "still": Part(World(), (questions.levels, questions.differences, questions.slopes, questions.lists, questions.ranks)),
    "quarter": Part(World(fall=0.06, every=4), (questions.differences, questions.slopes, questions.lists)),
    "common": Part(World(common=0.001), (questions.levels, questions.differences)),
    "alike": Part(World(alike=True), (questions.ranks,), one_in=4),
}

Answers = dict[str, Found]  # part -> question -> answers of all histories


class Gate(NamedTuple):
    """An aim: a mean over histories that has to lie between two others. ``error``: its standard error, of the simulation."""

    what: str
    found: float
    low: float
    high: float
    error: float

    @property
    def holds(self) -> bool:
        return self.low <= self.found <= self.high


# --- the run ---------------------------------------------------------------------------------------------------------


def run(survey: Survey, count: int = COUNT, workers: int = WORKERS, narrowed: float = 1.0) -> Answers:
    """``count`` histories of each part, judged. The same answers for any number of workers; see ``_block`` for ``narrowed``."""
    counts = {name: max(1, count // part.one_in) for name, part in PARTS.items()}
    blocks = [(name, min(BLOCK, counts[name] - start)) for name in PARTS for start in range(0, counts[name], BLOCK)]
    seeds = np.random.SeedSequence(SEED).spawn(len(blocks))
    jobs = [(survey, *block, seed, narrowed) for block, seed in zip(blocks, seeds, strict=True)]
    if workers == 1:
        found = [_block(*job) for job in jobs]
    else:
        with concurrent.futures.ProcessPoolExecutor(workers) as pool:
            found = list(pool.map(_block, *zip(*jobs, strict=True)))
    answers: Answers = {}
    for part in PARTS:
        own = [one for (name, _), one in zip(blocks, found, strict=True) if name == part]
        answers[part] = {question: np.concatenate([one[question] for one in own]) for question in own[0]}
    return answers


def _block(survey: Survey, name: str, count: int, seed: np.random.SeedSequence, narrowed: float) -> Found:
    """Some histories of one part. ``narrowed`` multiplies the margins that are judged: at 0.8 the answers have to be bad."""
    part = PARTS[name]
    drawn = histories.draw(survey, part.world, count, seed)
    tables = [table.assign(share_moe=table["share_moe"] * narrowed) for table in drawn.places]
    drawn = drawn._replace(places=tables)
    return {question: found for ask in part.questions for question, found in ask(drawn).items()}


# --- the aims --------------------------------------------------------------------------------------------------------


def gates(answers: Answers) -> list[Gate]:
    """Every aim: means over areas between 88 and 92 %, false discoveries at most 10 %, ranges of ranks at least 90 %."""
    still, quarter = answers["still"], answers["quarter"]
    made = [_gate("shares of areas", of_areas(still["level"]), *COVERAGE)]
    for world, found in {"nothing changes": still, "a quarter falls": quarter}.items():
        for gap in GAPS:
            made.append(_gate(f"change, {gap} apart, {world}", of_areas(found[f"difference {gap}"]), *COVERAGE))
        made.append(_gate(f"slope, {world}", of_areas(found["slope"]), *COVERAGE))
        for tier, gap in itertools.product(TIERS, GAPS):
            false = found[f"false {tier} {gap}"]
            made.append(_gate(f"false discoveries, {tier}, {gap} apart, {world}", false, 0, compare.FALSE_DISCOVERIES))
    return [*made, *(_gate(f"ranges of ranks, {world}", answers[world]["rank"], 0.90, 1) for world in ("still", "alike"))]


def of_areas(found: np.ndarray) -> np.ndarray:
    """Answers by place without the city's, which come last."""
    return found[:, :-1]


def _gate(what: str, found: np.ndarray, low: float, high: float) -> Gate:
    """Answers, (histories,) or (histories, areas); a history's areas share their tracts' draws, so histories are the sample."""
    each = found.reshape(len(found), -1).mean(axis=1)
    return Gate(what, float(each.mean()), low, high, float(each.std() / np.sqrt(len(each))))


# --- the section -----------------------------------------------------------------------------------------------------


def section(survey: Survey, answers: Answers, seconds: float) -> str:
    """The part of RESULTS.md."""
    still, common, alike = answers["still"], answers["common"], answers["alike"]
    count, made = len(still["level"]), gates(answers)
    missed = "; ".join(f"{gate.what} {gate.found:.1%} ± {gate.error:.1%}" for gate in made if not gate.holds)
    reached = f"{sum(gate.holds for gate in made)} of {len(made)} aims reached. {f'Missed: {missed}.' if missed else ''}"
    how = f"""{datetime.date.today():%d %B %Y}; {count:,} made-up histories of each kind, seeded, in {seconds / 60:.1f} minutes.
        Written by `make bench`, or alone by `python -m benchmarks.simulation`. {reached}"""
    what = f"""A history is a city whose truth is known, asked for {YEARS} years: {len(survey.households)} tracts with the
        households of release {histories.RELEASE}, their shares smoothed so that a published 0 is small and not impossible.
        Every year some addresses of every tract are drawn; five years make a release, {RELEASES} in all, so that their overlap
        is real. Margins come from the draw; everything after it is the code that makes the pages. A tract's sample is as large
        as its published margin tells, one household in {1 / survey.interviews:.0f} on the whole: the ACS interviews about one
        in 8, but its weights cost precision. The margin of a share at the median:"""
    chance = f"""The aim is {COVERAGE[0]:.0%} to {COVERAGE[1]:.0%} for areas on average. The lowest and the highest differ by
        chance as well: what is told of a single area is known to ± {1.645 * np.sqrt(0.09 / count):.1%}. *A quarter falls*: one
        area in {PARTS["quarter"].world.every} loses {PARTS["quarter"].world.fall:.0%} of its first share a year."""
    lists = f"""*False* is the part of the areas named that did not change, or not that way, on average over histories; where
        nothing changes it is the chance that any area is named at all. Aim: at most {compare.FALSE_DISCOVERIES:.0%}, known here
        to ± {1.645 * np.sqrt(0.09 / count):.1%}. Releases one year apart differ by two survey years, in some tracts by a few
        interviews, so that large differences come by chance a little more often than normal errors have them."""
    ranks = f"""**Ranks.** An area's range holds its true rank in {still["rank"].mean():.2%} of cases, in
        {still["rank"].mean(axis=0).min():.1%} for the lowest area (aim: at least 90 %), and is
        {np.median(still["ranks"]):.0f} of {still["ranks"].shape[1]} ranks wide at the median. It is wide because its limit is
        set for places that are all alike. Of such areas {alike["any rank"].mean():.1%} are given every rank, where 90 % should
        be, because a share drawn low also gets a short margin and looks surely better; the range still holds the rank of
        {alike["rank"].mean():.1%} ({len(alike["rank"])} histories)."""
    beyond = f"""**What no such sample can show.** Tracts are added up as if their errors were independent. Where the errors of
        any two are correlated by {PARTS["common"].world.common:g}, the city's interval holds in
        {common["level"][:, -1].mean():.1%} of histories, an area's still in {of_areas(common["level"]).mean():.1%}; of changes
        five years apart {common[f"difference {SPAN}"][:, -1].mean():.1%} and
        {of_areas(common[f"difference {SPAN}"]).mean():.1%}. Published margins come from 80 replicates and scatter more than
        these do; weights, nonresponse and wording are not made up here."""
    tables = (
        f"|  | tract | area | city |\n|---|--:|--:|--:|\n{_margins(survey, still)}",
        "| a 90 % interval of | areas | lowest – highest | the city | areas without the overlap factor |\n"
        f"|---|--:|--:|--:|--:|\n{_intervals(answers)}",
        f"| tracts with a share of | {' | '.join(_sizes())} |\n|---|{'--:|' * len(_sizes())}\n{_tracts(survey, still)}",
        f"| lists of changed areas | {' | '.join(f'{gap} apart' for gap in GAPS)} |\n|---|{'--:|' * len(GAPS)}\n"
        f"{_lists(answers)}",
    )
    small = "Tracts are reported and not aimed at: few households make intervals that are lopsided and too short."
    parts = (how, what, tables[0], tables[1], chance, tables[2], small, tables[3], lists, ranks, beyond)
    told = (part if part.startswith("|") else textwrap.fill(" ".join(part.split()), 120) for part in parts)
    return "## What the margins cover\n\n" + "\n\n".join(told) + "\n"


def _margins(survey: Survey, still: Found) -> str:
    """Rows of the table of margins: published and made up."""
    made = {"tract": still["tract margin"], "area": of_areas(still["margin"]), "city": still["margin"][:, -1]}
    told = {"published": survey.published, "made up": {level: np.nanmedian(margins) for level, margins in made.items()}}
    return "\n".join(f"| {name} | {' | '.join(f'± {of[level]:.2%}' for level in made)} |" for name, of in told.items())


def _intervals(answers: Answers) -> str:
    """Rows of the first table."""
    still, quarter = answers["still"], answers["quarter"]
    asked = [("a share", still["level"], None)]
    for gap in GAPS:
        shared = max(0, SPAN - gap)
        told = f"a change, {gap} apart, {shared} of {SPAN} years shared"
        asked.append((told, still[f"difference {gap}"], still[f"unnarrowed {gap}"] if shared else None))
    asked += [(f"a change, {gap} apart, a quarter falls", quarter[f"difference {gap}"], None) for gap in (1, SPAN)]
    asked += [(f"a slope through {RELEASES} releases", still["slope"], None), ("… a quarter falls", quarter["slope"], None)]
    rows = []
    for told, found, plain in asked:
        each = of_areas(found).mean(axis=0)
        cells = [f"**{each.mean():.1%}**", f"{each.min():.1%} – {each.max():.1%}", f"{found[:, -1].mean():.1%}"]
        cells.append("" if plain is None else f"{of_areas(plain).mean():.1%}")
        rows.append(f"| {told} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _sizes() -> list[str]:
    """Headings of the classes of tracts."""
    return [f"{low:.0%} – {high:.0%}" if high < 1 else f"over {low:.0%}" for low, high in itertools.pairwise(SIZES)]


def _tracts(survey: Survey, still: Found) -> str:
    """Rows of the second table."""
    share = survey.without.sum(axis=0) / survey.households
    inside = [(low <= share) & (share < high) for low, high in itertools.pairwise(SIZES)]
    held = [f"{np.nanmean(still['tract'][:, those]):.1%}" for those in inside]
    return f"| tracts | {' | '.join(str(those.sum()) for those in inside)} |\n| held | {' | '.join(held)} |"


def _lists(answers: Answers) -> str:
    """Rows of the third table."""
    words = {"sure": "*fell*, *rose*", "both": "with *probably*"}
    asked = [("nothing changes: false", "still", "false"), ("one area in four falls: false", "quarter", "false")]
    asked.append(("… true changes named", "quarter", "named"))
    rows = []
    for told, part, what in asked:
        for tier, named in words.items():
            cells = [f"{answers[part][f'{what} {tier} {gap}'].mean():.1%}" for gap in GAPS]
            rows.append(f"| {told}, {named} | {' | '.join(cells)} |")
    return "\n".join(rows)


def measured(count: int = COUNT, workers: int = WORKERS, page: Path = results.PAGE) -> str:
    """Run everything and write the section into the page; what was written."""
    begun = time.perf_counter()
    survey = histories.survey(atlas.load("chicago"))
    answers = run(survey, count, workers)
    text = section(survey, answers, time.perf_counter() - begun)
    results.put(text, page)
    return text


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulation", description=__doc__.splitlines()[0])
    parser.add_argument("--histories", type=int, default=COUNT, help="of each kind (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=WORKERS, help="processes (default: %(default)s)")
    asked = parser.parse_args()
    print(measured(asked.histories, asked.workers))
