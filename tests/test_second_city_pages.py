"""A second city on the pages: every page, file and finding of Testville, and not a word in them that is true of Chicago alone.

What Testville is stands in tests/bureau/testville.py; here its border is drawn by households, so that of every release

    West       households 200 + 100 + 0.6 x 50 = 330, without 50 + 20 + 0.6 x 10 = 76, share 76 / 330 = 0.230303; no margin
    East       households 0.4 x 50 + 40 = 60, without 0.4 x 10 + 8 = 12, share 12 / 60 = 0.2, its margin 0.116857
    Testville  households 330 + 60 = 390, without 76 + 12 = 88, share 88 / 390 = 0.225641; no margin, for West has none
    of these   access without a subscription (012) 20 + 5 + 0 + 4 = 29, margin sqrt(8^2 + 4^2 + 3^2 + 12^2) = sqrt(233) = 15.26
"""

import csv
import dataclasses
import html
import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from equity import atlas as atlases
from equity import exports, indicators
from equity import language as languages
from equity.atlas import Atlas
from equity.errors import UsageError
from equity.views import browser, companion, create_app, downloads, panels, progress_drawing, progress_files, releases, text
from equity.views.pages import methods
from tests.bureau import settled, testville

CODES = list(languages.NAMES)
RELEASES = testville.RELEASES
# Names wherever they stand; "the City" is the one that made a plan, "the city" is any.
OF_CHICAGO = re.compile(
    r"(?i:chicago|\bcmap\b|cmapgeo|community[ -]area|comunitaria|\bcook\b|dupage|\bcta\b|park district|social explorer"
    r"|vulnerability|vulnerabilidad)|\b172K?\b|\bthe City\b|\bla Ciudad\b"
)
UPDATE = "/_dash-update-component"
in_each_language = pytest.mark.parametrize("code", CODES)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of cities; Testville is the only one."""
    return settled.settle(tmp_path_factory.mktemp("testville"))


@pytest.fixture(scope="module")
def town(root: Path) -> Atlas:
    return atlases.load("testville", root)


@pytest.fixture(scope="module")
def client(town: Atlas) -> FlaskClient:
    return create_app(town).server.test_client()


@pytest.fixture
def otherwise(root: Path, tmp_path: Path):
    """``otherwise((before, after), ...)``: Testville with another city.toml, loaded."""

    def load(*changes: tuple[str, str]) -> Atlas:
        copy = Path(shutil.copytree(root, tmp_path / "cities"))
        return atlases.load("testville", settled.edited(copy, *changes))

    return load


def shown(client: FlaskClient, path: str, search: str) -> str:
    """What Dash puts on the page at an address, as text: all that is said there, and all that the script is told."""
    asked = {
        "output": "page.children",
        "outputs": {"id": "page", "property": "children"},
        "inputs": [{"id": "url", "property": "pathname", "value": path}],
        "changedPropIds": ["url.pathname"],
        "state": [{"id": "url", "property": "search", "value": search}],
    }
    answer = client.post(UPDATE, json=asked)
    assert answer.status_code == 200, answer.text[:500]
    return json.dumps(answer.json["response"], ensure_ascii=False)


def of_chicago(said: str) -> list[str]:
    """Every word of Chicago with what stands around it; addresses of files are no words."""
    plain = re.sub(r'"/[^"\s]*"', "", html.unescape(said))
    return [plain[max(0, one.start() - 60) : one.end() + 60] for one in OF_CHICAGO.finditer(plain)]


def test_the_search_for_words_finds_them() -> None:
    said = "A community area of CHICAGO. Weights: CMAP; the 172K; áreas comunitarias; Cook County; CTA; the City's plan"
    assert len(of_chicago(said)) == 8
    assert of_chicago('the city counts 1,722 households in its areas, and 0.172415; {"file": "/f/cta-172.json"}') == []


# --- every address --------------------------------------------------------------------------------------------------


SEARCHES = (
    "",
    "level=tract",
    "areas=1&release=2021",
    "areas=left_bank,2&measure=estimate",
    "indicator=poverty&areas=78&place=17031000300&level=tract",
)


@in_each_language
@pytest.mark.parametrize(
    ("path", "search"),
    [
        *(("/", search) for search in SEARCHES),
        ("/progress", ""),
        ("/progress", "indicator=no_broadband&remaining=10&by=2030"),
        ("/methods", ""),
        ("/nowhere", ""),
    ],
)
def test_no_page_has_a_word_of_chicago(client: FlaskClient, code: str, path: str, search: str) -> None:
    asked = f"?{search}&lang={code}".replace("?&", "?")
    first = client.get(path + asked)
    assert first.status_code == (404 if path == "/nowhere" else 200)
    said = first.text + shown(client, path, asked)
    assert of_chicago(said) == []
    assert "Testville" in said
    assert not re.search(r"\bNaN\b|\bnan\b|\{(area|one|city|printed|plan)\}", said)
    assert re.findall(r'[^"]*\{areas\}', said) in ([], ["Part of {areas}"], ["Parte de {areas}"]), "the script's to fill"


@in_each_language
def test_no_file_has_a_word_of_chicago(client: FlaskClient, town: Atlas, code: str) -> None:
    """Tracts, areas and comparisons of five releases, each with its text: thirty files."""
    files = [downloads.file_name(town, *file) for file in downloads.files(town)]
    assert len(files) == 30
    for name in files:
        answer = client.get(f"/download/{name}?lang={code}")
        assert answer.status_code == 200, name
        assert of_chicago(answer.text) == [], name
        assert name.startswith("testville-")


@in_each_language
def test_the_files_of_the_progress_page_have_no_word_of_chicago(client: FlaskClient, town: Atlas, code: str) -> None:
    """Points, areas and reports, each with its text, and the chart in both widths."""
    files = [progress_files.address(town, kind, suffix) for kind in progress_files.FILES for suffix in ("csv", "about")]
    for address in [*files, *(f"{progress_files.CHART}?width={width}" for width in progress_drawing.WIDTHS)]:
        answer = client.get(f"{address}{'&' if '?' in address else '?'}lang={code}")
        assert answer.status_code == 200, address
        assert of_chicago(answer.text) == [], address
        assert "testville-progress" in address or address.startswith(progress_files.CHART)


def test_every_finding_and_every_file_of_the_map_is_there(client: FlaskClient, town: Atlas) -> None:
    files = set(re.findall(r'"(/files/[^"]+)"', shown(client, "/", "")))
    assert len(files) == 9, "figures of areas and of the tracts of five releases; outlines of areas, tracts and city"
    assert {client.get(address).status_code for address in files} == {200}
    for release in RELEASES:
        for what in indicators.REGISTRY:
            there = town.gives("area", release, what.key)
            for measure in ("share", "estimate"):
                answer = client.get(f"/findings/{release}/{what.key}/{measure}.json")
                assert answer.status_code == (200 if there else 404), (release, what.key)


def test_every_export_is_there_and_has_no_word_of_chicago(town: Atlas) -> None:
    for release in RELEASES:
        tables = [exports.wide(town, release), exports.wide(town, release, level="area"), exports.comparisons(town, release)]
        tables += [exports.long(town, level, release, what.key) for level in atlases.LEVELS for what in indicators.REGISTRY]
        assert [found for table in tables for found in of_chicago(exports.to_csv(table))] == []


# --- the figures ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (
            "en",
            "About 88 of the 390 households in Testville (22.6%) had no internet subscription at home in the survey years "
            "2020–2024 (no margin was published).",
        ),
        (
            "es",
            "Unos 88 de los 390 hogares en Testville (22.6%) no tenían suscripción a internet en casa en los años de encuesta "
            "2020–2024 (no se publicó ningún margen).",
        ),
    ],
)
def test_the_headline_is_the_sum_of_the_tracts(client: FlaskClient, code: str, sentence: str) -> None:
    """See above: 88 / 390."""
    assert sentence in shown(client, "/", f"?lang={code}")


def test_the_figures_of_the_areas_are_their_sums(client: FlaskClient) -> None:
    """See above; in the file that the page offers, and in what its map is painted from."""
    columns = [f"no_subscription_{name}" for name in ("universe_estimate", "estimate", "share", "share_moe", "flag")]
    rows = csv.DictReader(io.StringIO(client.get("/download/testville-areas-2024.csv").text))
    assert {row["area_name"]: [row[name] for name in columns] for row in rows} == {
        "West": ["330", "76", "0.230303", "", "no_margin"],
        "East": ["60", "12", "0.2", "0.116857", ""],
    }
    address = re.search(r'"(/[^"]*figures-area[^"]*)"', shown(client, "/", ""))[1]
    painted = client.get(address).json
    table = painted["tables"]["2024"]["no_subscription"]
    assert (painted["names"], table["estimate"], table["share"]) == (["West", "East"], [76, 12], [0.230303, 0.2])


@in_each_language
def test_a_count_stands_with_its_margin_or_with_why_it_has_none(client: FlaskClient, town: Atlas, code: str) -> None:
    """29 households with access and no subscription, +- 15 (see above); 13 of the second tract has no margin."""
    assert "29 ± 15 " in shown(client, "/", f"?lang={code}")
    language = languages.load(code)
    none = text.count_or_reason(language, town, town.total(2024, "no_access"))
    assert none == f"59 ({language.gettext('no margin was published')})", "30 + 15 + 10 + 4"


# --- what changes are measured from ---------------------------------------------------------------------------------


def test_without_a_release_to_measure_from_no_change_is_told(otherwise) -> None:
    bare = otherwise(("[baseline]\nrelease = 2020\n", "[baseline]\n"))
    client = create_app(bare).server.test_client()
    assert "Changes over time are not told here: no release is chosen yet" in shown(client, "/", "")
    assert "Aquí no se informa de cambios en el tiempo" in shown(client, "/", "?lang=es")
    told = browser.config(bare, languages.load("en"), {"figures": {}, "outlines": {}})
    assert told["sentences"]["changes"] == {}


def test_a_release_to_measure_from_that_is_not_in_hand_is_said(root: Path, tmp_path: Path) -> None:
    """What a refresh of later releases alone leaves in hand; the releases are in ``in_hand.json``."""
    copy = Path(shutil.copytree(root, tmp_path / "cities"))
    told = json.loads((copy / "testville" / "in_hand.json").read_text(encoding="utf-8"))
    del told["releases"]["2020"]
    (copy / "testville" / "in_hand.json").write_text(json.dumps(told), encoding="utf-8")
    later = atlases.load("testville", copy)
    assert text.baseline(languages.load("en"), later) == (
        "Changes over time are not told here: release 2020, to measure them from, is not in hand."
    )
    assert "la publicación 2020, a partir de la cual se miden" in text.baseline(languages.load("es"), later)
    assert shown(create_app(later).server.test_client(), "/methods", "")


NAMED = ("[baseline]\nrelease = 2020", "[baseline]\nrelease = 2021")
PLAN = 'printed = "88"\nplan = { en = "Plan of Testville", es = "Plan de Testville" }\nplan_date = "2023-05"'


def test_a_release_that_is_named_is_said_with_its_count(otherwise) -> None:
    loaded = otherwise(NAMED)
    assert text.baseline(languages.load("en"), loaded) == (
        "Later releases are compared with release 2021. About 88 of the 390 ± 26 households in Testville (22.6%) had no "
        "internet subscription at home in the survey years 2017–2021 (no margin was published)."
    ), "households +- sqrt(20^2 + 10^2 + 10^2 + 10^2) = sqrt(700) = 26.5, shown as 26"
    said = shown(create_app(loaded).server.test_client(), "/", "?lang=es")
    assert "Las publicaciones posteriores se comparan con la de 2021." in said
    assert of_chicago(said) == []


def test_a_plan_of_another_city_is_called_by_its_own_name(otherwise) -> None:
    """It prints 88, and has no margin to be said: so the sentence says the reason."""
    loaded = otherwise((NAMED[0], f"{NAMED[1]}\n{PLAN}"))
    said = text.baseline(languages.load("en"), loaded)
    assert said.startswith("The “88” of the Plan of Testville (May 2023) is of release 2021. About 88 of the 390")
    page = create_app(loaded).server.test_client()
    assert "Part of the City's 88." in shown(page, "/", "?indicator=unpaid_access")
    assert "Plan de Testville (mayo de 2023) para la línea de base" in shown(page, "/methods", "?lang=es")


# --- whose figures they are -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "credits"),
    [
        (
            "en",
            "Figures: U.S. Census Bureau, American Community Survey 5-year estimates (public domain). Household weights: U.S. "
            "Census Bureau (public domain). Boundaries: Surveyor of Testville; tract outlines: U.S. Census Bureau.",
        ),
        (
            "es",
            "Cifras: Oficina del Censo de EE. UU., estimaciones a 5 años de la Encuesta sobre la Comunidad Estadounidense "
            "(ACS) (dominio público). Ponderaciones por hogares: Oficina del Censo de EE. UU. (dominio público). Límites: "
            "Surveyor of Testville; contornos de tramos: Oficina del Censo de EE. UU.",
        ),
    ],
)
def test_the_foot_of_a_page_names_who_published_what_is_loaded(client: FlaskClient, code: str, credits: str) -> None:
    assert f'"{credits}"' in shown(client, "/", f"?lang={code}")


def test_the_map_and_the_methods_name_them_too(client: FlaskClient) -> None:
    assert "Outlines: U.S. Census Bureau and Surveyor of Testville. Map: " in shown(client, "/", "")
    cited = "2020 Census Redistricting Data (Public Law 94-171), table H1; TIGER/Line 2020 census blocks."
    assert cited in shown(client, "/methods", "")


def test_weights_by_land_are_owned_up_to_wherever_weights_are_spoken_of(town: Atlas) -> None:
    by_land = dataclasses.replace(town, weights={2020: town.weights[2020] | {"weights": "land"}}, _kept={})
    english = languages.load("en")
    said = shown(create_app(by_land).server.test_client(), "/methods", "")
    assert "1 lies in two areas; its households are shared out by land, for want of weights made from census blocks" in said
    for told in (text.source(english, by_land, 2024), companion.text(by_land, english, "tract", 2024, [])):
        assert "Attention: households of a tract are shared out by its land here" in told
    assert "Weights of tracts by land: US Census Bureau (2020 Census)." in text.source(english, by_land, 2024)
    page = shown(create_app(by_land).server.test_client(), "/", "")
    assert "Weights by land: U.S. Census Bureau (public domain)." in page
    assert "Household weights" not in page
    assert re.search(r'"children": ?"Attention: households of a tract[^"]*", ?"className": ?"by-land"', page)


def test_weights_by_households_need_no_warning(client: FlaskClient) -> None:
    assert "by-land" not in shown(client, "/", "")


# --- what the city calls its areas ----------------------------------------------------------------------------------


WARDS = (
    ('one = { en = "an area", es = "un área" }', 'one = { en = "a ward", es = "una sección" }'),
    ('noun = { en = "area", es = "área" }', 'noun = { en = "ward", es = "sección" }'),
    ('nouns = { en = "areas", es = "áreas" }', 'nouns = { en = "wards", es = "secciones" }'),
)


def test_areas_are_called_what_the_city_calls_them(otherwise) -> None:
    wards = otherwise(*WARDS)
    page = create_app(wards).server.test_client()
    for sentence in ("Least connected wards", "Wards (CSV)", "in hand for wards only, not for tracts", '"label": "Wards"'):
        assert sentence in shown(page, "/", "")
    for sentence in ("About the file of wards", "Judged together with all {tested} wards", "of the whole city: {worse} wards"):
        assert sentence in shown(page, "/", "")
    assert "Sobre el archivo de secciones" in shown(page, "/", "?lang=es")
    for sentence in ("A ward and its city", "A ward is part of its city", "Every ward rests in part", "Wards judged"):
        assert sentence in shown(page, "/methods", "")
    for sentence in ("Una sección y su ciudad", "Cada sección se apoya", "Secciones juzgadas"):
        assert sentence in shown(page, "/methods", "?lang=es")
    for sentence in ("Secciones menos conectadas", "Secciones (CSV)", "disponible solo por secciones"):
        assert sentence in shown(page, "/", "?lang=es")
    for sentence in ("A ward is the sum of its tracts.", "Median margin of a ward", "1 has households in two wards"):
        assert sentence in shown(page, "/methods", "")
    for sentence in ("Una sección es la suma", "Margen mediano de una sección", "Las secciones son pocas"):
        assert sentence in shown(page, "/methods", "?lang=es")
    about = companion.text(wards, languages.load("en"), "tract", 2024, [])
    assert "area_id: number of the ward, 1 to 2;" in about
    assert "A ward's count = sum of" in about
    with pytest.raises(UsageError, match="no ward '78' in testville; areas are numbered 1 to 2"):
        wards.selection(["78"], 2024, "no_subscription")


def test_an_unnamed_publisher_is_no_name(tmp_path: Path) -> None:
    """Without --publisher city.toml says how pages speak of that."""
    from equity import newcity

    drawn = testville.areas(tmp_path / "quarters.geojson")
    asked = newcity.Asked("testville", "Testville", "17", "99999", {"031": "Test County"}, drawn, "nr", "title")
    made = newcity.create(asked, tmp_path / "cities")
    assert made.credits == {"Not stated": {"en": "an unnamed publisher", "es": "una fuente no indicada"}}


# --- a city of few ---------------------------------------------------------------------------------------------------


def test_a_single_side_is_the_city_and_nothing_to_choose(root: Path, town: Atlas, otherwise) -> None:
    english = languages.load("en")
    assert browser.choices(town, english) == ["Left bank", "Right bank", "East", "West"]
    assert text.places(english, town, ["left_bank"]) == "the Left bank"
    told = (root / "testville" / "city.toml").read_text(encoding="utf-8")
    both = re.search(r'\[\[sides\]\]\nkey = "left_bank".*?members = \[2\]\n', told, flags=re.DOTALL)[0]
    one = otherwise((both, '[[sides]]\nkey = "all"\nname = { en = "All", es = "Todo" }\nmembers = [1, 2]\n'))
    assert browser.choices(one, english) == ["East", "West"]
    assert text.places(english, one, ["all"]) == "Testville"
    assert browser.config(one, english, {"figures": {}, "outlines": {}})["sides"]["all"]["name"] == "Testville"


def test_only_what_some_release_gives_can_be_picked(client: FlaskClient, town: Atlas) -> None:
    """The Bureau gives none of the CDC's counts of residents; a link to one says so."""
    picked = {option["value"] for option in panels_options(town)}
    assert {"no_subscription", "income_under_35k"} <= picked
    assert not {"poverty", "asian", "no_vehicle"} & picked
    said = shown(client, "/", "?indicator=poverty")
    assert "The link asks for “poverty” (what is counted), which does not exist here; showing No internet subscription" in said


def panels_options(town: Atlas) -> Iterator[dict]:
    from equity.views import state

    english = languages.load("en")
    controls = panels.controls(town, english, state.read(town, english, {}))
    (picker,) = (part for part in controls._traverse() if getattr(part, "id", None) == "indicator")
    return picker.options


def test_one_area_with_a_margin_has_no_rank_among_itself(client: FlaskClient) -> None:
    """West's margin is suppressed, so there is no pair of areas to tell apart."""
    assert "No release in hand has the margins that a rank needs." in shown(client, "/methods", "")


def test_one_area_with_a_margin_has_no_rank_in_a_file_either(town: Atlas) -> None:
    """East is not the first of one: West, whose margin is suppressed, is worse (0.230 against 0.200)."""
    rows = csv.DictReader(io.StringIO(exports.to_csv(exports.comparisons(town, 2024))))
    told = {row["area_name"]: row for row in rows if row["indicator"] == "no_subscription"}
    assert (told["West"]["rank_reason"], told["East"]["rank_reason"]) == ("no_margin", "alone")
    empty = ("position", "rank_low", "rank_high", "chance_top10", "chance_top20", "top_group", "joint_low", "ranked")
    assert {row[name] for row in told.values() for name in empty} == {""}
    about = companion.text(town, languages.load("en"), exports.COMPARED, 2024, [])
    assert "alone: It alone has a margin, so there is nothing to rank it against." in about


def test_an_error_is_reported_where_city_toml_says(client: FlaskClient, otherwise) -> None:
    assert "Found an error? Tell whoever runs this site." in shown(client, "/", "")
    reached = otherwise(("[contact]", '[contact]\naddress = "mailto:maps@example.org"'))
    said = shown(create_app(reached).server.test_client(), "/", "")
    assert re.search(r'"children": ?"Tell whoever runs this site", ?"href": ?"mailto:maps@example.org"', said)


def test_what_nothing_can_be_said_of_is_left_out_of_the_methods(otherwise, town: Atlas) -> None:
    """No release has a trend of Testville, for West's margin, so the city's, is suppressed; no tract is without a figure."""
    said = shown(create_app(town).server.test_client(), "/methods", "")
    assert "asked one wording in all their years." in said
    assert "these are now" not in said
    assert '"No figure"' not in said
    bare = shown(create_app(otherwise(("[baseline]\nrelease = 2020\n", "[baseline]\n"))).server.test_client(), "/methods", "")
    assert "What may be said of how the areas changed" in said
    assert "What may be said of how the areas changed" not in bare


@pytest.fixture(scope="module")
def sure(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    """Testville with every margin published."""
    return atlases.load("testville", settled.settle(tmp_path_factory.mktemp("sure"), settled.with_every_margin))


@pytest.mark.parametrize(
    ("code", "pair", "chance"),
    [
        ("en", "There is 1 pair of areas in release 2020", "the chance is the part of the draws"),
        ("es", "Hay 1 par de áreas en la publicación 2020", "la probabilidad es la parte de los sorteos"),
    ],
)
def test_of_two_areas_each_is_among_the_ten_so_no_chance_is_told(
    sure: Atlas, client: FlaskClient, code: str, pair: str, chance: str
) -> None:
    said = shown(create_app(sure).server.test_client(), "/methods", f"?lang={code}")
    assert pair in said
    assert chance not in said
    assert of_chicago(said) == []


def test_a_single_split_tract_is_one(client: FlaskClient) -> None:
    said = shown(client, "/methods", "")
    assert "Of the 4 tracts that touch Testville, 1 has households in two areas; these are counted where they live" in said
    assert "Every area rests in part on a tract that is shared out; the most is 33% of the households of East." in said, (
        "20 / 60"
    )


def test_releases_of_one_wording_say_so(town: Atlas) -> None:
    assert releases.wording(languages.load("en"), town).endswith("All releases here ask everybody in the new wording.")
    limits = json.dumps(methods.body(town, languages.load("en")), default=lambda part: part.to_plotly_json())
    assert "No change is measured from a release that mixes them" not in limits
