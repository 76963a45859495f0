"""What comes from the Census API, held against what was asked. Asks nothing itself, and knows no city.

An answer is a list of lists, the header first: the columns asked for in their order, then those of the geography. What is
wrong with it and may be right the next time is a flaw; all else is raised with one sentence that begins with the address.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from equity import lines
from equity.errors import KeyRefused, SourceInvalid
from equity.sources.credentials import SIGN_UP
from equity.sources.web import Answer

Rows = list[list[str | None]]

WIDTHS = {"state": 2, "county": 3, "tract": 6, "place": 5, "block": 4}
#: Lines whose label at the API is another than the one in ``lines``, and means the same.
ALSO_SAID = {"B28011_006": "Total:!!With an Internet subscription:!!Other service"}

_GEOGRAPHY = re.compile(r"(\w+):(\S+)")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_TITLE = re.compile(r"<title>\s*(.*?)\s*</title>", re.IGNORECASE | re.DOTALL)
_SENTENCE = "There was an error while running your query"  # also with 400, where asking again helps all the same
AGAIN = "run the same command again, and tell the Bureau if it stays so"


def flaw(answer: Answer, keyed: bool = True) -> str | None:
    """What is wrong with an answer and may be right the next time; KeyRefused for what a key would mend.

    ``keyed``: whether it was asked with a key; if not, 401 and 403 say nothing about one.
    """
    title = found[1][:60] if (found := _TITLE.search(answer.text[:4096])) else ""
    elsewhere = answer.headers.get("location", "")
    if "missing" in f"{title} {elsewhere}".lower() and "key" in f"{title} {elsewhere}".lower():
        raise KeyRefused(f"the Census API says that the key is missing; get one free at {SIGN_UP} and set CENSUS_API_KEY")
    if "x-datawebapi-keyerror" in answer.headers or "invalid key" in title.lower() or (keyed and answer.status in (401, 403)):
        raise KeyRefused(
            f"the Census API refuses the key; look for a missing character, activate it by the link "
            f"in the Bureau's mail, or get another at {SIGN_UP}"
        )
    if _SENTENCE in answer.text:
        return f"fails (status {answer.status}: {_SENTENCE})"
    if answer.status == 200:
        try:
            _parsed(answer)
        except (ValueError, RecursionError):
            return f"sends a web page ({title}) instead of figures" if title else "sends JSON that breaks off, or none"
    return None


def rows(where: str, params: Mapping[str, str], answer: Answer) -> Rows:
    """The rows of an answer to ``params`` (get, for, in), header first; figures as published text, None for none.

    ``where`` is the address for messages. SourceInvalid for anything that is not what was asked for.
    """
    _status(where, answer)
    said = _parsed(answer)
    columns, geography = params["get"].split(","), dict(_GEOGRAPHY.findall(f"{params.get('in', '')} {params['for']}"))
    if not (isinstance(said, list) and said and all(isinstance(row, list) for row in said)):
        raise SourceInvalid(f"{where} does not give a list of rows; {AGAIN}")
    header, *body = said
    expected = [*columns, *geography]
    if header != expected:
        odd = next((pair for pair in zip(header, expected, strict=False) if pair[0] != pair[1]), None)
        told = f"the column {odd[0]!r} where {odd[1]} is" if odd else f"{len(header)} columns where {len(expected)} are"
        raise SourceInvalid(f"{where} gives {told} expected; {AGAIN}")
    if not body:
        raise SourceInvalid(f"{where} gives no rows for {params['for']} in {params.get('in', '')}; {AGAIN}")
    seen: set[str] = set()
    for number, row in enumerate(body, start=1):
        if len(row) != len(expected):
            raise SourceInvalid(f"{where} gives {len(row)} fields in row {number} where {len(expected)} are expected; {AGAIN}")
        place = _place(where, row[len(columns) :], geography)
        if place in seen:
            raise SourceInvalid(f"{where} gives {place} twice; {AGAIN}")
        seen.add(place)
        for column, figure in zip(columns, row, strict=False):
            if figure is not None and not (isinstance(figure, str) and _NUMBER.fullmatch(figure)):
                raise SourceInvalid(f"{where} gives {figure!r} as {column} of {place}, which is no number; {AGAIN}")
    return said


def variables(where: str, answer: Answer) -> dict[str, Any]:
    """The lines of a table as ``groups/<table>.json`` tells them: column -> its label and attributes."""
    _status(where, answer)
    said = _parsed(answer)
    told = said.get("variables") if isinstance(said, dict) else None
    if not isinstance(told, dict) or not all(isinstance(entry, dict) for entry in told.values()):
        raise SourceInvalid(f"{where} does not tell what its lines mean; {AGAIN}")
    return told


def compare(where: str, line: str, told: Mapping[str, Any], release: int) -> None:
    """The API's labels of a line's estimate and margin against ours: SourceInvalid where they do not say the same.

    Some releases write a colon after what has parts and some do not, so colons, case and spaces count for nothing.
    """
    for column in (f"{line}E", f"{line}M"):
        entry = told.get(column, {})
        if not entry and column.endswith("M") and column in str(told.get(f"{line}E", {}).get("attributes", "")).split(","):
            continue  # a margin that is listed as an attribute of its estimate has no label of its own
        ours = known(column, release)
        label = entry.get("label")
        if not isinstance(label, str):
            raise SourceInvalid(f"{where} has no line {column}; look up what release {release} has in its place")
        also = f"{ours.partition('!!')[0]}!!{ALSO_SAID[line]}" if line in ALSO_SAID else ours
        if _plain(label) not in (_plain(ours), _plain(also)):
            raise SourceInvalid(
                f"{where} says that {column} is {label!r} where {ours!r} is expected; look up where that line has moved to "
                f"in release {release}, and teach equity/lines.py"
            )


def known(column: str, release: int) -> str:
    """What we take a column to mean: SourceInvalid for one that nobody here knows, whichever way it came."""
    try:
        return lines.label(column, release)
    except KeyError:
        raise SourceInvalid(f"what {column[:-1]} means in release {release} is not known here; teach equity/lines.py") from None


def _status(where: str, answer: Answer) -> None:
    """SourceInvalid for every status but 200."""
    if answer.status == 200:
        return
    if answer.status == 204:
        raise SourceInvalid(f"{where} has no figures for the place that was asked for (status 204); look at city.toml's codes")
    if answer.status == 404:
        raise SourceInvalid(f"{where} is not there (status 404); look whether that release and table are published")
    if answer.status in (401, 403):
        raise SourceInvalid(f"{where} is not given out (status {answer.status}); try again later, or look at it in a browser")
    if 300 <= answer.status < 400:
        raise SourceInvalid(
            f"{where} sends us elsewhere (status {answer.status}); correct `api` under [addresses] in city.toml"
        )
    words = f": {answer.words}" if answer.words else ""
    raise SourceInvalid(f"{where} does not take the question (status {answer.status}{words}); look up the line in that release")


def _parsed(answer: Answer) -> Any:
    """JSON whose numbers stay text as published, whether the Bureau puts them in quotes or not."""
    return json.loads(answer.content.decode("utf-8-sig"), parse_int=str, parse_float=str, parse_constant=str)


def _place(where: str, codes: list[Any], geography: Mapping[str, str]) -> str:
    """The GEOID of a row, once its codes are of the right form and those that were asked for."""
    for (name, asked), code in zip(geography.items(), codes, strict=True):
        if not (isinstance(code, str) and code.isdecimal() and len(code) == WIDTHS[name]):
            raise SourceInvalid(f"{where} gives {code!r} as a {name}, which has {WIDTHS[name]} digits; {AGAIN}")
        if asked not in ("*", code):
            raise SourceInvalid(f"{where} gives {name} {code} where {asked} was asked for; {AGAIN}")
    return "".join(codes)


def _plain(label: str) -> str:
    return "!!".join(" ".join(part.split()).rstrip(": ").casefold() for part in label.split("!!"))
