"""What every ACS line means, in the Bureau's own words. Knows nothing of files, cities, releases in hand or sums.

A line number alone is not a meaning: DP02 lines moved by two between the releases of 2018 and 2023, and the 1-year
tables of 2013-2015 numbered B28002 otherwise. So a column is always looked up together with its release.
"""

from __future__ import annotations

import re

_SUB = "Total:!!With an Internet subscription"
_PC = "Total:!!Has one or more types of computing devices"
_MONEY = "Total:!!"
_ONLY = "with no other type of Internet subscription"

B28001 = {
    "B28001_001": "Total:",
    "B28001_002": f"{_PC}:",
}

B28002 = {
    "B28002_001": "Total:",
    "B28002_002": f"{_SUB}:",
    "B28002_003": f"{_SUB}:!!Dial-up {_ONLY}",
    "B28002_004": f"{_SUB}:!!Broadband of any type",
    "B28002_005": f"{_SUB}:!!Cellular data plan",
    "B28002_006": f"{_SUB}:!!Cellular data plan {_ONLY}",
    "B28002_007": f"{_SUB}:!!Broadband such as cable, fiber optic or DSL",
    "B28002_008": f"{_SUB}:!!Broadband such as cable, fiber optic or DSL {_ONLY}",
    "B28002_009": f"{_SUB}:!!Satellite Internet service",
    "B28002_010": f"{_SUB}:!!Satellite Internet service {_ONLY}",
    "B28002_011": f"{_SUB}:!!Other service {_ONLY}",
    "B28002_012": "Total:!!Internet access without a subscription",
    "B28002_013": "Total:!!No Internet access",
}

B28003 = {
    "B28003_001": "Total:",
    "B28003_002": "Total:!!Has a computer:",
    "B28003_003": "Total:!!Has a computer:!!With dial-up Internet subscription alone",
    "B28003_004": "Total:!!Has a computer:!!With a broadband Internet subscription",
    "B28003_005": "Total:!!Has a computer:!!Without an Internet subscription",
    "B28003_006": "Total:!!No computer",
}

B28011 = {
    "B28011_001": "Total:",
    "B28011_002": f"{_SUB}:",
    "B28011_003": f"{_SUB}:!!Dial-up alone",
    "B28011_004": f"{_SUB}:!!Broadband such as cable, fiber optic, or DSL",
    "B28011_005": f"{_SUB}:!!Satellite Internet service",
    "B28011_006": f"{_SUB}:!!Other",
    "B28011_007": "Total:!!Internet access without a subscription",
    "B28011_008": "Total:!!No Internet access",
}

_BRACKETS = (
    "Less than $10,000", "$10,000 to $14,999", "$15,000 to $19,999", "$20,000 to $24,999", "$25,000 to $29,999",
    "$30,000 to $34,999", "$35,000 to $39,999", "$40,000 to $44,999", "$45,000 to $49,999", "$50,000 to $59,999",
    "$60,000 to $74,999", "$75,000 to $99,999", "$100,000 to $124,999", "$125,000 to $149,999",
    "$150,000 to $199,999", "$200,000 or more",
)  # fmt: skip

B19001 = {"B19001_001": "Total:"} | {f"B19001_{i:03d}": f"{_MONEY}{name}" for i, name in enumerate(_BRACKETS, start=2)}

# The Social Vulnerability Index keeps the Bureau's counts under names of its own.
SVI = {
    "HH": "Households",
    "NOINT": "Households without an internet subscription",
    "TOTPOP": "Population",
    "POV150": "Persons below 150 % of the poverty level",
    "UNEMP": "Civilian persons (16 and over) unemployed",
    "NOHSDP": "Persons (25 and over) with no high school diploma",
    "AGE65": "Persons aged 65 and over",
    "AGE17": "Persons aged 17 and under",
    "DISABL": "Civilian noninstitutionalized persons with a disability",
    "LIMENG": "Persons (5 and over) who speak English less than well",
    "NOVEH": "Households with no vehicle available",
    "MINRTY": "Persons of a minority (all persons except white, non-Hispanic)",
    "AFAM": "Black or African American persons, not Hispanic or Latino",
    "HISP": "Hispanic or Latino persons",
    "ASIAN": "Asian persons, not Hispanic or Latino",
}

# Counts of our own: what a release gives as a total less a part, under one name so that it can carry a modelled margin.
COUNTED = {
    "NOSUB": "Households without an internet subscription: B28002_001 - B28002_002",
    "NOBROAD": "Households without broadband of any type: B28002_001 - B28002_004",
}

_DP02 = "COMPUTERS AND INTERNET USE!!Total households"
_DP02_TAILS = ("", "!!With a computer", "!!With a broadband Internet subscription")
# First line of the block "Computers and internet use" in data profile DP02, by release: the profile was renumbered.
DP02_FIRST = {2018: 150, 2023: 152}

#: Line id -> label, for the tables whose numbering is one and the same in every release used here (2017 and later).
LABELS: dict[str, str] = B28001 | B28002 | B28003 | B28011 | B19001 | SVI | COUNTED

_KINDS = {"E": "Estimate", "M": "Margin of Error", "PE": "Percent", "PM": "Percent Margin of Error"}
_CENSUS = re.compile(r"^([A-Z]+\d+[A-Z]*_\d{3,4})(E|M|PE|PM)$")
_SVI = re.compile(r"^(E|M)_(\w+)$")


def parts(column: str) -> tuple[str, str]:
    """A column name taken apart: ``B28002_012E`` -> (``B28002_012``, ``E``); ``M_HH`` -> (``HH``, ``M``).

    Raises ``KeyError`` for a name that is neither spelling.
    """
    if census := _CENSUS.match(column):
        return census[1], census[2]
    if svi := _SVI.match(column):
        return svi[2], svi[1]
    raise KeyError(column)


def label(column: str, release: int) -> str:
    """The Bureau's label of one column in one release, e.g. ``Estimate!!Total:!!No Internet access``.

    Raises ``KeyError`` for a column whose meaning in that release is not known here: no line is used unlabelled.
    """
    line, kind = parts(column)
    return f"{_KINDS[kind]}!!{meaning(line, release)}"


def meaning(line: str, release: int) -> str:
    """The label of one line in one release, without the kind of figure. Raises ``KeyError`` when unknown."""
    if line.startswith("DP02_"):
        tail = int(line.removeprefix("DP02_")) - DP02_FIRST[release]
        if tail not in range(len(_DP02_TAILS)):
            raise KeyError(line)
        return f"{_DP02}{_DP02_TAILS[tail]}"
    return LABELS[line]
