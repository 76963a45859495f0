"""Testville: a city of four tracts and two areas that is nowhere, known to every source of the fake Bureau.

Tracts of a kilometre by a kilometre lie in a row from west to east; a fifth lies apart, in the same county and not in the city.
The border between West and East runs through the middle of the third tract, but 60 of its 100 occupied units are west of it::

    tract   |   1   |   2   |   3   |   4   |     ...   | 9999
    area    |     West          |    East   |

    tract   households   without, but access (012)   no access at all (013)   subscribers (002)
    1           200            20 +-8                      30 +-9                  150
    2           100             5 +-4                      15, margin suppressed    80
    3            50             0 +-12                     10 +-6                   40
    4            40             4 +-3                       4 +-4                   32
    9999         10             1 +-1                       1 +-1                    8
"""

from __future__ import annotations

import functools
import io
import json
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from tests.bureau import api, summary, tiger
from tests.bureau.api import Api
from tests.bureau.server import Bureau
from tests.bureau.summary import Files
from tests.bureau.tiger import Tiger

METRES = "EPSG:26916"
WEST, SOUTH, SIDE = 445_000, 4_630_000, 1000
SUPPRESSED = "-222222222"
NAMES = {"17": "ILLINOIS"}
RELEASES = (2020, 2021, 2022, 2023, 2024)
TRACTS = ("000100", "000200", "000300", "000400", "999900")
EAST_OF = (0, 1000, 2000, 3000, 9000)  # metres from the city's western edge
#: households, 012, 013 and subscribers of each tract, with their margins.
FIGURES = {
    "000100": (("200", "20"), ("20", "8"), ("30", "9"), ("150", "19")),
    "000200": (("100", "10"), ("5", "4"), ("15", SUPPRESSED), ("80", "9")),
    "000300": (("50", "10"), ("0", "12"), ("10", "6"), ("40", "9")),
    "000400": (("40", "10"), ("4", "3"), ("4", "4"), ("32", "8")),
    "999900": (("10", "4"), ("1", "1"), ("1", "1"), ("8", "3")),
}
#: block -> metres east, and its occupied units in the Census of 2020.
BLOCKS = {
    "0001001000": (300, 190),
    "0002001000": (1300, 110),
    "0003001000": (2200, 60),
    "0003002000": (2800, 40),
    "0004001000": (3500, 30),
    "9999001000": (9500, 10),
}


@dataclass
class Testville:
    """The sources, which a test may change, and the codes that the city goes by there."""

    __test__ = False

    state: str
    county: str
    place: str
    api: Api
    files: Files
    tiger: Tiger

    @property
    def tracts(self) -> list[str]:
        """The GEOIDs of the city's tracts."""
        return [self.state + self.county + tract for tract in TRACTS[:4]]

    def feed(self, release: int, figures: pd.DataFrame) -> None:
        """Give a release to the API and to the summary files."""
        city = figures[figures["geoid"].str.len() == 7]
        self.api.datasets |= {f"{release}/acs/acs5": figures, f"{release}/acs/acs1": city}
        self.files.held |= {
            summary.path(release, table, span): body for (table, span), body in _tables(figures.to_csv()).items()
        }


@functools.cache
def _tables(written: str) -> dict[tuple[str, int], bytes]:
    """The summary files of these figures (as CSV), by table and span; of a single year, the city alone."""
    told = pd.read_csv(io.StringIO(written), dtype=str, keep_default_na=False, index_col=0)
    spans = {5: told, 1: told[told["geoid"].str.len() == 7]}
    return {
        (table, n): summary.content(table, rows)
        for table in ("B28002", "B28003", "B28011", "B19001")
        for n, rows in spans.items()
    }


def register(bureau: Bureau, state: str = "17", county: str = "031", place: str = "99999") -> Testville:
    """Make every source know Testville under these codes, in the releases from 2020 to 2024."""
    known = Testville(state, county, place, api.Api(), summary.Files(), tiger.register(bureau))
    bureau.route("/data/", known.api.answer)
    bureau.route(f"{summary.ROOT}/", known.files.answer)
    whole, units, zipped = _made(state, county, place)
    for release in RELEASES:
        known.feed(release, whole)
    known.api.datasets["2020/dec/pl"] = units
    known.tiger.held |= zipped
    return known


@functools.cache
def _made(state: str, county: str, place: str) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, bytes]]:
    """Figures, blocks with their tracts, and outlines: made once for all tests, which put others in their place."""
    units = [(state + county + block, occupied) for block, (_, occupied) in BLOCKS.items()]
    units += [(tract, sum(n for block, n in units if block.startswith(tract))) for tract in sorted({b[:11] for b, _ in units})]
    told = [{"geoid": geoid, "H1_001N": str(occupied + 5), "H1_002N": str(occupied)} for geoid, occupied in units]
    folder = f"TIGER2020PL/STATE/{state}_{NAMES[state]}/{state}{county}"
    outlines = {state + county + tract: square(east) for tract, east in zip(TRACTS, EAST_OF, strict=True)}
    points = [(state + county + block, *degrees(east, 500)) for block, (east, _) in BLOCKS.items()]
    zipped = {
        f"TIGER2023/TRACT/tl_2023_{state}_tract.zip": tiger.tracts(outlines, crs=METRES),
        f"{folder}/tl_2020_{state}{county}_tabblock20.zip": tiger.blocks(points),
    }
    return figures(state + county, state + place), pd.DataFrame(told), zipped


def square(east: float, width: float = SIDE) -> shapely.Polygon:
    """An outline in metres, a kilometre from south to north."""
    return shapely.box(WEST + east, SOUTH, WEST + east + width, SOUTH + SIDE)


def degrees(east: float, north: float) -> tuple[float, float]:
    """Metres from the city's south-western corner -> longitude, latitude."""
    point = gpd.GeoSeries([shapely.Point(WEST + east, SOUTH + north)], crs=METRES).to_crs(tiger.NAD83)[0]
    return point.x, point.y


def figures(county: str, place: str) -> pd.DataFrame:
    """Every line of the four tables, for the tracts, their county, and the city: the sums of its four tracts."""
    tracts = pd.DataFrame([_row(county + tract, *told) for tract, told in FIGURES.items()])
    return pd.concat([tracts, api.total(tracts, county), api.total(tracts[:4], place)], ignore_index=True)


def _row(geoid: str, households, access, nothing, subscribers) -> dict[str, str]:
    everyone, paying, free = int(households[0]), int(subscribers[0]), ("0", "12")
    half = (str(paying // 2), "9")
    parts = {1: households, 2: subscribers, 3: free, 4: subscribers, 5: half, 6: free, 7: half, 8: free, 9: free, 10: free}
    lines = {f"B28002_{n:03d}": told for n, told in (parts | {11: free, 12: access, 13: nothing}).items()}
    device, bare = (str(everyone - 2), "9"), (str(everyone - 2 - paying), "7")
    told = (households, device, free, subscribers, bare, ("2", "3"))
    lines |= {f"B28003_{n:03d}": figure for n, figure in enumerate(told, start=1)}
    told = (households, subscribers, free, half, free, free, access, nothing)
    lines |= {f"B28011_{n:03d}": figure for n, figure in enumerate(told, start=1)}
    poor = (str(everyone // 5), "8")
    incomes = {1: households, 2: poor, 17: (str(everyone - everyone // 5), "9")}
    lines |= {f"B19001_{n:03d}": incomes.get(n, free) for n in range(1, 18)}
    return {"geoid": geoid} | {
        f"{line}{kind}": value for line, told in lines.items() for kind, value in zip("EM", told, strict=True)
    }


def areas(path: Path, outlines: list | None = None, **columns: list) -> Path:
    """Write the file that a person hands in: West and East, with the columns nr, title and bank, and what a test wants.

    ``outlines`` in metres for others than these two; what ``columns`` does not tell of them is repeated.
    """
    shapes = gpd.GeoSeries(outlines or [square(0, 2500), square(2500, 1500)], crs=METRES).to_crs("EPSG:4326")
    told = {"nr": [1, 2], "title": ["West", "East"], "bank": ["Left bank", "Right bank"]} | columns
    rows = [{name: values[row % len(values)] for name, values in told.items()} for row in range(len(shapes))]
    features = [
        {"type": "Feature", "properties": row, "geometry": shapely.geometry.mapping(shape)}
        for row, shape in zip(rows, shapes, strict=True)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path
