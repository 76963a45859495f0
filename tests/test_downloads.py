"""Files over HTTP, asked for as a browser asks: the right file with the right name, or a refusal in one sentence."""

import csv
import io
import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from equity import exports, flags, indicators
from equity.atlas import Atlas
from equity.views import create_app, downloads

TRACT_RELEASES = (2018, 2019, 2021, 2022, 2023, 2024)
RELEASES = (2018, 2019, 2020, 2021, 2022, 2023, 2024)


@pytest.fixture(scope="module")
def client(atlas: Atlas) -> FlaskClient:
    return create_app(atlas).server.test_client()


def rows(response: TestResponse) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.text, newline="")))


# --- what there is -----------------------------------------------------------------------------------------------------------


def test_every_release_has_its_files(atlas: Atlas) -> None:
    """Areas and comparisons always, tracts where the release has them, and a text that goes with each."""
    expected = {("area", release, kind) for release in RELEASES for kind in ("csv", "about")}
    expected |= {("comparison", release, kind) for release in RELEASES for kind in ("csv", "about")}
    expected |= {("tract", release, kind) for release in TRACT_RELEASES for kind in ("csv", "about")}
    files = downloads.files(atlas)
    assert set(files) == expected
    assert len(files) == len(expected)
    names = [downloads.file_name(atlas, *file) for file in files]
    assert len(set(names)) == len(names)
    assert "chicago-tracts-2021.csv" in names
    assert "chicago-areas-2020-about.txt" in names


@pytest.mark.parametrize("release", RELEASES)
def test_areas_come_as_one_row_each(client: FlaskClient, release: int) -> None:
    response = client.get(f"/download/chicago-areas-{release}.csv")
    assert response.status_code == 200
    assert response.mimetype == "text/csv"
    assert response.headers["Content-Disposition"] == f'attachment; filename="chicago-areas-{release}.csv"'
    table = rows(response)
    assert [row["area_id"] for row in table] == [str(number) for number in range(1, 78)]
    assert {row["release"] for row in table} == {str(release)}


def test_tracts_come_whole_without_a_filter(atlas: Atlas, client: FlaskClient) -> None:
    response = client.get("/download/chicago-tracts-2024.csv")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="chicago-tracts-2024.csv"'
    assert response.text == exports.to_csv(exports.wide(atlas, 2024)), "the file of the command line, byte for byte"
    assert len(rows(response)) == 801


def test_a_filter_keeps_the_tracts_of_its_areas(client: FlaskClient) -> None:
    table = rows(client.get("/download/chicago-tracts-2021.csv?areas=42"))
    assert 5 < len(table) < 30
    assert all("42" in (row["area_id"], row["area2_id"]) for row in table)
    assert "17031843900" in {row["geoid"] for row in table}, "shared with South Shore, where most of it lives"


def test_a_side_is_a_filter_too(client: FlaskClient) -> None:
    """Central is 8, 32 and 33; naming one of them besides adds nothing."""
    central = client.get("/download/chicago-areas-2021.csv?areas=central")
    assert [row["area_id"] for row in rows(central)] == ["8", "32", "33"]
    assert client.get("/download/chicago-areas-2021.csv?areas=central,33,central").data == central.data
    assert client.get("/download/chicago-areas-2021.csv?areas=33,8,32").data == central.data


def test_an_empty_filter_is_no_filter(client: FlaskClient) -> None:
    assert len(rows(client.get("/download/chicago-areas-2021.csv?areas="))) == 77
    assert len(rows(client.get("/download/chicago-areas-2021.csv?areas=,,"))) == 77


# --- what there is not -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "chicago-tracts-2020.csv",
        "chicago-tracts-2017.csv",
        "chicago-areas-2025.csv",
        "chicago-wards-2021.csv",
        "springfield-tracts-2021.csv",
        "chicago-tracts-2021",
        "chicago-tracts-2021.json",
        "Chicago-Tracts-2021.csv",
        "..%2f..%2fapp.py",
        "%2e%2e",
        "city.toml",
        "x" * 3000,
        "chicago-tracts-2021.csv%00",
    ],
)
def test_a_file_that_does_not_exist_is_not_found(client: FlaskClient, name: str) -> None:
    response = client.get(f"/download/{name}")
    assert response.status_code == 404
    assert "Content-Disposition" not in response.headers


@pytest.mark.parametrize("file", ["chicago-tracts-2021.csv", "chicago-tracts-2021-about.txt", "chicago-areas-2021.csv"])
@pytest.mark.parametrize(
    "areas", ["78", "Loop", "0", "042", "42,78", "78,42", "42,43,44,45,78", "%20", "'", "<b>", "%00", "9" * 5000]
)
def test_areas_that_do_not_exist_are_refused_in_one_sentence(client: FlaskClient, file: str, areas: str) -> None:
    """Also one among good ones: a file that silently lacks a neighborhood is worse than none."""
    response = client.get(f"/download/{file}?areas={areas}")
    assert response.status_code == 400
    assert response.mimetype == "text/plain"
    assert response.text == "The link asks for areas that do not exist here: open the map and choose again.\n"
    assert "Content-Disposition" not in response.headers


def test_the_refusal_is_in_the_readers_language(client: FlaskClient) -> None:
    response = client.get("/download/chicago-tracts-2021.csv?areas=78&lang=es")
    assert response.status_code == 400
    assert response.text.startswith("El enlace pide")


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_files_are_read_and_never_written(client: FlaskClient, method: str) -> None:
    assert getattr(client, method)("/download/chicago-tracts-2021.csv").status_code == 405


# --- the text that goes with a file --------------------------------------------------------------------------------------


def about(client: FlaskClient, level: str, release: int, query: str = "") -> str:
    response = client.get(f"/download/chicago-{level}s-{release}-about.txt{query}")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["Content-Disposition"] == f'attachment; filename="chicago-{level}s-{release}-about.txt"'
    return response.text


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize(
    ("level", "release"), [("tract", 2018), ("tract", 2021), ("tract", 2024), ("area", 2020), ("area", 2022)]
)
def test_every_column_of_the_file_is_explained(client: FlaskClient, level: str, release: int, lang: str) -> None:
    """A place column by its name, a figure as <indicator>_name, and every indicator that stands before one."""
    text = about(client, level, release, f"?lang={lang}")
    header = client.get(f"/download/chicago-{level}s-{release}.csv?areas=1").text.splitlines()[0].split(",")
    explained = dict(line.split(": ", 1) for line in text.splitlines() if re.match(r"[a-z<][a-z0-9_<>]*: ", line))
    figures = {name.removeprefix("<indicator>_") for name in explained if name.startswith("<indicator>_")}
    for column in header:
        figure = next((name for name in sorted(figures, key=len, reverse=True) if column.endswith(f"_{name}")), None)
        key = column.removesuffix(f"_{figure}")
        assert column in explained or (figure and key in explained), column
    assert {what.key for what in indicators.REGISTRY} <= set(explained)
    assert all(meaning.strip() for meaning in explained.values())


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_flag_is_explained(client: FlaskClient, lang: str) -> None:
    text = about(client, "tract", 2021, f"?lang={lang}")
    for flag in flags.Flag:
        assert re.search(rf"^{flag.name.lower()}: \S", text, re.MULTILINE)


def test_the_text_names_its_source_its_years_and_its_licenses(atlas: Atlas, client: FlaskClient) -> None:
    for release, years in ((2018, "2014–2018"), (2021, "2017–2021"), (2024, "2020–2024")):
        text = about(client, "tract", release)
        assert text.startswith(f"Chicago: census tracts, ACS 5-year release {release} (survey years {years})")
        assert atlas.snapshots[release].meta["citation"] in text
        assert "License: Public domain" in text
        assert "CMAP" in text
        assert "MIT License" in text


def test_the_text_says_which_margins_are_in_hand(client: FlaskClient) -> None:
    assert "90% margins of error" in about(client, "tract", 2022)
    assert "1.65 times the published standard error" in about(client, "tract", 2021)
    assert "Only the total of households comes with its margin" in about(client, "tract", 2024)
    assert "The margins are not in hand." in about(client, "tract", 2019)


def test_the_text_gives_the_lines_that_this_release_was_read_with(client: FlaskClient) -> None:
    """012 + 013 in 2021, one count by its label in 2022, a difference in 2024; where there are none it says so."""
    assert "Lines: B28002_012 + B28002_013, of B28002_001." in about(client, "tract", 2021)
    assert "Lines: NOINT, of HH." in about(client, "tract", 2022)
    assert "Lines: B28002_001 minus B28002_002, of B28002_001." in about(client, "tract", 2024)
    (poverty,) = [block for block in about(client, "tract", 2021).split("\npoverty: ")[1:]]
    assert "(not in hand of this release)" in poverty.split("\n")[1]


def test_the_formula_is_there_for_tracts_and_not_for_areas(client: FlaskClient) -> None:
    formula = "sum of area_weight x estimate over the rows whose area_id is the area"
    assert formula in about(client, "tract", 2021)
    assert formula not in about(client, "area", 2021)


def test_the_text_names_the_places_of_its_file(client: FlaskClient) -> None:
    assert "the whole city" in about(client, "tract", 2021)
    assert "Woodlawn and South Shore" in about(client, "tract", 2021, "?areas=42,43")
    assert "Woodlawn and South Shore" in about(client, "tract", 2021, "?areas=42,43,42,43"), "each once"
    assert "6 neighborhoods" in about(client, "tract", 2021, "?areas=42,43,44,central")


def test_the_text_speaks_spanish_when_asked(client: FlaskClient) -> None:
    """Columns and flags keep their names, which stand in the file; their meanings do not."""
    english, spanish = about(client, "tract", 2021), about(client, "tract", 2021, "?lang=es")
    for word in ("FUENTE", "COLUMNAS", "INDICADORES", "hogares", "toda la ciudad"):
        assert word in spanish
        assert word not in english
    for word in ("SOURCE", "COLUMNS", "census tracts", "margin of error", "neighborhood"):
        assert word not in spanish
    assert about(client, "tract", 2021, "?lang=tlh") == english


@pytest.mark.parametrize("query", ["", "?lang=es", "?areas=42", "?areas=42,43,44,central&lang=es"])
def test_no_hole_is_left_open_in_the_text(client: FlaskClient, query: str) -> None:
    assert not re.search(r"[{}]", about(client, "tract", 2021, query))
