"""The door: what raw figures may not say, whichever source they come from. Knows no files, no network and no places.

``where`` is what a sentence names: a file, or an address without its key. What a special code means is resolved in ``tidy``.
"""

from __future__ import annotations

import pandas as pd

from equity import lines
from equity.errors import SourceInvalid

#: Published in place of a figure: the Bureau's codes, and -999 of the Social Vulnerability Index.
CODES = (-999, -222222222, -333333333, -555555555, -666666666, -888888888, -999999999)
#: Of these, the ones that stand for a margin alone; no estimate has them.
MARGINS_ALONE = (-222222222, -333333333, -555555555)
WITHHELD = tuple(code for code in CODES if code != -555555555)  # that one says that there is no sampling error
WIDEST = 10  # times the largest estimate of the place, and 1,000 more: no margin is wider
CODED = 0.01  # of the tracts, or one: more of them without an estimate, and the file is no use
#: whole -> the parts that add up to it exactly, in every tract.
SUMS = (
    ("B28002_001", ("B28002_002", "B28002_012", "B28002_013")),
    ("B28002_002", ("B28002_003", "B28002_004")),
    ("B28002_001", ("B28003_001",)),
    ("B28002_001", ("B28003_002", "B28003_006")),
    ("B28003_002", ("B28003_003", "B28003_004", "B28003_005")),
    ("B28003_002", ("B28001_002",)),
    ("B28002_001", ("B28011_002", "B28011_007", "B28011_008")),
    ("B28002_002", ("B28011_002",)),
    # Access without a subscription, and no access: nothing but a second table tells the two apart, should a file swap them.
    ("B28002_012", ("B28011_007",)),
    ("B28002_013", ("B28011_008",)),
    ("B28002_001", ("B19001_001",)),
    ("B19001_001", tuple(f"B19001_{i:03d}" for i in range(2, 18))),
)
#: whole -> parts that overlap or are not all: none may be larger than the whole.
PARTS = (
    ("B28002_001", tuple(line for line in lines.LABELS if line.startswith(("B28002", "B28003", "B28011")))),
    ("B28002_002", tuple(f"B28002_{i:03d}" for i in range(3, 12))),
    ("B28002_004", tuple(f"B28002_{i:03d}" for i in range(5, 12))),
    ("B28002_005", ("B28002_006",)),
    ("B28002_007", ("B28002_008",)),
    ("B28002_009", ("B28002_010",)),
    ("HH", ("NOINT", "NOVEH")),
    ("TOTPOP", tuple(line for line in lines.SVI if line not in ("HH", "NOINT", "NOVEH", "TOTPOP"))),
)
_AGAIN = "get it again from its publisher"


def numbers(where: str, text: pd.Series, keys: pd.Series | pd.Index) -> pd.Series:
    """Text -> float; empty text -> NaN; anything else that is not a number is refused."""
    numbers = pd.to_numeric(text.where(text != ""), errors="coerce")
    odd = numbers.isna() & (text != "")
    if odd.any():
        place = next(iter(keys[odd.to_numpy()]))
        raise SourceInvalid(f"{where}: {text.name} of {place} is {text[odd].iloc[0]!r}, not a number; {_AGAIN}")
    return numbers.astype(float)


def figures(where: str, text: pd.DataFrame, within: float = 0.0) -> None:
    """Figures by place, one column a published figure: SourceInvalid for what is no number, what is negative without being a
    code, and what contradicts itself (a total that is not the sum of its parts within ``within``, a part above its whole)."""
    values = pd.DataFrame({name: numbers(where, text[name], text.index) for name in text})
    coded = values.isin(CODES)
    _refuse_cell(where, text, (values < 0) & ~coded, "below 0 and no known code")
    counts = [name for name in values if not name.endswith("M") and not name.startswith("M_")]
    _refuse_cell(where, text[counts], values[counts].isin(MARGINS_ALONE), "a code that only margins have")
    known = values.mask(coded)
    widest = known[counts].max(axis=1).fillna(0) * WIDEST + 1_000
    _refuse_cell(where, text, known.gt(widest, axis=0), "wider than any margin")
    estimates = {lines.parts(name)[0]: known[name] for name in known if lines.parts(name)[1] == "E"}
    for whole, parts in SUMS:
        if whole in estimates and all(part in estimates for part in parts):
            off = (estimates[whole] - sum(estimates[part] for part in parts)).abs() > within
            _refuse(where, off, f"{whole} is not {' + '.join(parts)}")
    for whole, parts in PARTS:
        for part in parts:
            if whole in estimates and part in estimates:
                _refuse(where, estimates[part] > estimates[whole] + within, f"{part} is larger than {whole}")
    for name in known:
        if name.endswith("PE"):
            _refuse(where, known[name] > 100, f"{name} is above 100 %")


def told(where: str, table: pd.DataFrame, level: str) -> None:
    """geoid and figures of one level, as asked for: SourceInvalid where what nobody withholds is not there.

    Counts of a county or a city are always published, and those of nearly every tract; of a margin, some are withheld and
    never all.
    """
    for name in table.columns[1:]:
        values = numbers(where, table[name], table["geoid"])
        if name.endswith("M"):
            lacking, most = values.isna() | values.isin(WITHHELD), len(table) - 1 if level == "tract" else len(table)
        else:
            lacking, most = values.isna() | values.isin(CODES), max(1, CODED * len(table)) if level == "tract" else 0
        if lacking.sum() > most:
            place = table["geoid"][lacking.to_numpy()].iloc[0]
            raise SourceInvalid(
                f"{where}: {name} is not given for {lacking.sum():,} of {len(table):,} places, such as {place}; look whether "
                "the release publishes it, or take it out of [acs] columns in city.toml"
            )


def every_tract(where: str, geoids: pd.Series, expected: set[str], vintage: int) -> None:
    """SourceInvalid when one of the tracts that the weights of this vintage name did not come."""
    lacking = sorted(expected - set(geoids))
    if lacking:
        others = f" and {len(lacking) - 1:,} others" if len(lacking) > 1 else ""
        raise SourceInvalid(f"{where}: tract {lacking[0]} of the {vintage} Census is not there{others}; {_AGAIN}")


def nobody(where: str, table: pd.DataFrame, water: set[str]) -> None:
    """SourceInvalid where a tract that is water alone has households: then it is none, and its weights are lacking."""
    lived_in = table["geoid"].isin(water) & (numbers(where, table["B28002_001E"], table["geoid"]) > 0)
    if lived_in.any():
        place = table["geoid"][lived_in].iloc[0]
        raise SourceInvalid(
            f"{where}: tract {place} has households and is said to be water alone; make outlines anew: --outlines"
        )


def counties_add_up(where: str, tracts: pd.DataFrame, counties: pd.DataFrame) -> None:
    """geoid and figures of all tracts, and of their counties: SourceInvalid where an estimate is not the sum of its tracts.

    A row that was lost on the way, or came twice, is found here. Where a tract's estimate is withheld, its county has to have
    at least the sum of the others.
    """
    names = [name for name in tracts.columns[1:] if name.endswith("E") and name in counties.columns]
    by_county = tracts["geoid"].str[:5]
    for name in names:
        parts = numbers(where, tracts[name], tracts["geoid"])
        parts = parts.mask(parts.isin(CODES))
        summed, lacking = parts.groupby(by_county).sum(), parts.isna().groupby(by_county).any()
        told = numbers(where, counties[name], counties["geoid"]).set_axis(counties["geoid"])
        gap = summed.reindex(told.index) - told
        off = gap[(gap > 0) | ((gap != 0) & ~lacking.reindex(told.index, fill_value=False))]
        if len(off):
            problem = f"{name} of county {off.index[0]} is not the sum of its tracts, which is off by {off.iloc[0]:+,.0f}"
            raise SourceInvalid(f"{where}: {problem}; {_AGAIN}")


def _refuse_cell(where: str, text: pd.DataFrame, wrong: pd.DataFrame, problem: str) -> None:
    if wrong.any(axis=None):
        place, name = wrong.stack()[lambda flat: flat].index[0]
        raise SourceInvalid(f"{where}: {name} of {place} is {text.loc[place, name]}, {problem}; {_AGAIN}")


def _refuse(where: str, rows: pd.Series, problem: str) -> None:
    if rows.any():
        raise SourceInvalid(f"{where}: {problem} in {rows.index[rows.to_numpy()][0]}; {_AGAIN}")
