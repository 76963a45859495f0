"""The Census Bureau's data API, as public programs of 2020-2026 show it: what it asks for, how it answers, how it refuses.

Fed with the figures in ``data/``. The labels are the API's own words, written down here once more, so that they are held
against those in ``equity/lines.py`` and not copied from there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from tests.bureau.server import HTML, Answer, Bureau, Request

KEY = "5ec2e70000000000000000000000000000face55"
SNAPSHOTS = Path(__file__).parents[2] / "data" / "cities" / "chicago" / "snapshots"
#: digits of a GEOID -> its codes, as the API names them, and how long each is.
CODES = {
    5: (("state", 2), ("county", 3)),
    7: (("state", 2), ("place", 5)),
    11: (("state", 2), ("county", 3), ("tract", 6)),
    15: (("state", 2), ("county", 3), ("tract", 6), ("block", 4)),
}
_NET = "Estimate!!Total:!!With an Internet subscription"
_PC = "Estimate!!Total:!!Has a computer"
_CABLE = "Broadband such as cable, fiber optic or DSL"
_ONLY = "with no other type of Internet subscription"
LABELS = {
    "B28001": ["Estimate!!Total:", "Estimate!!Total:!!Has one or more types of computing devices:"],
    "B28002": [
        "Estimate!!Total:",
        _NET,
        f"{_NET}!!Dial-up {_ONLY}",
        f"{_NET}!!Broadband of any type",
        f"{_NET}!!Cellular data plan",
        f"{_NET}!!Cellular data plan {_ONLY}",
        f"{_NET}!!{_CABLE}",
        f"{_NET}!!{_CABLE} {_ONLY}",
        f"{_NET}!!Satellite Internet service",
        f"{_NET}!!Satellite Internet service {_ONLY}",
        f"{_NET}!!Other service {_ONLY}",
        "Estimate!!Total:!!Internet access without a subscription",
        "Estimate!!Total:!!No Internet access",
    ],
    "B28003": [
        "Estimate!!Total:",
        f"{_PC}:",
        f"{_PC}:!!With dial-up Internet subscription alone",
        f"{_PC}:!!With a broadband Internet subscription",
        f"{_PC}:!!Without an Internet subscription",
        "Estimate!!Total:!!No computer",
    ],
    "B28011": [
        "Estimate!!Total:",
        _NET,
        f"{_NET}!!Dial-up alone",
        f"{_NET}!!Broadband such as cable, fiber optic, or DSL",
        f"{_NET}!!Satellite Internet service",
        f"{_NET}!!Other service",
        "Estimate!!Total:!!Internet access without a subscription",
        "Estimate!!Total:!!No Internet access",
    ],
    "B19001": ["Estimate!!Total:", "Estimate!!Total:!!Less than $10,000"]
    + [
        f"Estimate!!Total:!!${low},000 to ${high},999"
        for low, high in zip(
            (10, 15, 20, 25, 30, 35, 40, 45, 50, 60, 75, 100, 125, 150),
            (14, 19, 24, 29, 34, 39, 44, 49, 59, 74, 99, 124, 149, 199),
            strict=True,
        )
    ]
    + ["Estimate!!Total:!!$200,000 or more"],
}


@dataclass
class Api:
    """What the fake knows. ``datasets``: ``2021/acs/acs5`` -> geoid (of any level) and the variables, all text, "" for none.

    ``labels``: table -> its labels, line by line; a release before 2019 says them without colons.
    """

    key: str = KEY
    datasets: dict[str, pd.DataFrame] = field(default_factory=dict)
    labels: dict[str, list[str]] = field(default_factory=lambda: {table: list(said) for table, said in LABELS.items()})

    def feed(self, release: int, tracts: pd.DataFrame) -> None:
        """Give a release these tracts (geoid and the variables, all text).

        The city's and its counties' figures, and those of the city's single year, are sums of these, without margins: made
        up, but of the right form.
        """
        city = total(tracts, "1714000")
        sums = [city] + [total(tracts[tracts["geoid"].str.startswith(c)], c) for c in tracts["geoid"].str[:5].unique()]
        self.datasets[f"{release}/acs/acs5"] = pd.concat([tracts, *sums], ignore_index=True)
        self.datasets[f"{release}/acs/acs1"] = city

    def answer(self, request: Request) -> Answer:
        """One request as the API takes it: /data/<release>/<dataset>?get=...&for=...&in=...&key=... or a table's labels."""
        path = request.path.removeprefix("/data/")
        if asked := re.fullmatch(r"(\d{4}/.+)/groups/(\w+)\.json", path):
            return self._group(asked[1], asked[2])
        if path not in self.datasets:
            return Answer.text("error: unknown dataset", 404)
        if "key" not in request.query:
            moved = {"Location": "/data/missing_key.html", "X-DataWebAPI-KeyError": "1", "Content-Type": HTML}
            return Answer(b"", 302, moved)
        if request.query["key"] != self.key:
            page = "<html><head><title>Invalid Key</title></head><body>A valid <em>key</em> must be included.</body></html>"
            return Answer(page.encode(), 200, {"Content-Type": HTML, "X-DataWebAPI-KeyError": "1"})
        return self._figures(self.datasets[path], request.query)

    def _figures(self, table: pd.DataFrame, query: Mapping[str, str]) -> Answer:
        columns = query["get"].split(",")
        if len(columns) > 50:
            return Answer.text("error: maximum number of variables (50) exceeded", 400)
        lines = {column[:-1] for column in table}
        unknown = [column for column in columns if column[:-1] not in lines]
        if unknown:
            return Answer.text(f"error: error: unknown variable '{unknown[0]}'", 400)
        asked = dict(code.split(":") for code in f"{query.get('in', '')} {query['for']}".split())
        names = tuple(asked)
        found = [digits for digits, codes in CODES.items() if tuple(name for name, _ in codes) == names]
        if not found:
            return Answer.text("error: unknown/unsupported geography hierarchy", 400)
        body = []
        for row in table[table["geoid"].str.len() == found[0]].iloc[::-1].to_dict("records"):  # in no order to rely on
            codes, rest = [], row["geoid"]
            for _, digits in CODES[found[0]]:
                codes.append(rest[:digits])
                rest = rest[digits:]
            if all(want in ("*", code) for want, code in zip(asked.values(), codes, strict=True)):
                body.append([row.get(column) or None for column in columns] + codes)
        return Answer.json([[*columns, *names], *body]) if body else Answer(b"", 204)

    def _group(self, dataset: str, table: str) -> Answer:
        if dataset not in self.datasets or table not in self.labels:
            return Answer.text("error: unknown variable group", 404)
        plain = int(dataset[:4]) < 2019
        told: dict[str, dict] = {"GEO_ID": {"label": "Geography"}, "NAME": {"label": "Geographic Area Name"}}
        for number, label in enumerate(self.labels[table], start=1):
            line, said = f"{table}_{number:03d}", label.replace(":", "") if plain else label
            others = f"{line}EA,{line}M,{line}MA"
            told[f"{line}E"] = {"label": said, "group": table, "predicateType": "int", "attributes": others}
            told[f"{line}M"] = {"label": said.replace("Estimate", "Margin of Error", 1), "group": table, "predicateType": "int"}
        return Answer.json({"variables": told})


def register(bureau: Bureau, releases: Mapping[int, str] | None = None) -> Api:
    """Answer below ``/data`` as the API does, with the snapshots of Chicago (release -> name; 2021 by default)."""
    api = Api()
    for release, name in (releases or {2021: "acs5-2021"}).items():
        api.feed(release, frozen(name))
    bureau.route("/data/", api.answer)
    return api


def frozen(name: str) -> pd.DataFrame:
    """A snapshot of the repository as published text, "" for none."""
    return pd.read_csv(SNAPSHOTS / f"{name}.csv", dtype=str, keep_default_na=False)


def total(tracts: pd.DataFrame, geoid: str) -> pd.DataFrame:
    """One row: the sums of the estimates, as text."""
    sums = {column: str(tracts[column].astype(int).sum()) for column in tracts if column.endswith("E")}
    return pd.DataFrame([{"geoid": geoid} | {column: sums.get(column, "") for column in tracts if column != "geoid"}])


def changed(api: Api, dataset: str, geoid: str, column: str, figure: str) -> None:
    """Put another figure in one cell."""
    table = api.datasets[dataset].copy()
    assert (table["geoid"] == geoid).any()
    table.loc[table["geoid"] == geoid, column] = figure
    api.datasets[dataset] = table
