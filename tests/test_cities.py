"""A city is what its city.toml says, and a city.toml that contradicts itself is refused in one sentence."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from equity import cities
from equity.errors import CityInvalid


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of cities with a copy of Chicago's city.toml in it."""
    (tmp_path / "chicago").mkdir()
    shutil.copy(cities.DATA / "chicago" / "city.toml", tmp_path / "chicago" / "city.toml")
    return tmp_path


def test_chicago_has_its_areas_sides_and_releases() -> None:
    city = cities.load("chicago")
    assert city.area_ids == tuple(str(n) for n in range(1, 78))
    assert len(city.sides) == 9
    assert [r.release for r in city.loaded] == [2018, 2019, 2020, 2021, 2022, 2023, 2024]
    assert city.release(2017).snapshot is None, "published, and not loaded"
    assert city.release(2024).published == "2026-01-29"
    assert {r.tract_vintage for r in city.releases if r.release <= 2019} == {2010}
    assert {r.wording for r in city.releases if r.release >= 2020} == {"clean"}


def test_sides_and_counties_are_found_by_place() -> None:
    city = cities.load("chicago")
    assert city.side_of("68") == "southwest"
    assert city.side_of("32") == "central"
    assert city.county_name("17043840000") == "DuPage County"
    with pytest.raises(KeyError):
        city.side_of("78")


def test_every_side_has_a_name_in_both_languages() -> None:
    assert all(set(side.names) == {"en", "es"} and all(side.names.values()) for side in cities.load("chicago").sides)


def test_an_unknown_city_is_refused_with_the_ones_there_are(root: Path) -> None:
    with pytest.raises(CityInvalid, match=r"no city 'springfield'.*cities here: chicago"):
        cities.load("springfield", root)


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ('slug = "chicago"', 'slug = "gary"', "not the folder's name"),
        ('state_fips = "17"', "", "lacks 'state_fips'"),
        ('state_fips = "17"', "state_fips = 17", "two digits of text"),
        ('slug = "chicago"', 'slug = "chicago', "not valid TOML"),
        ("members = [8, 32, 33]", "members = 8", "wrong kind"),
        ('one = { en = "a community area", es = "un área comunitaria" }', "", "lacks 'one'"),
        ('nouns = { en = "community areas", es = "áreas comunitarias" }', 'nouns = { en = "areas" }', "in the same languages"),
        ('printed = "172K"', "", "must say printed, plan, plan_date and a release, or nothing of a plan"),
        ("\nrelease = 2021\nprinted", "\nprinted", "must say printed, plan, plan_date and a release"),
        ("survey_years = [2017, 2021]", "survey_years = [2016, 2021]", "five years that end with the release"),
        ("members = [8, 32, 33]", "members = [8, 32, 33, 1]", "an area is in two sides"),
        ("members = [8, 32, 33]", "members = []", "a side has no members"),
        ("good = 0.05", "good = 0.50", "0 < good < care"),
        ('level = "area"', 'level = "ward"', "level must be one of"),
        ('wording = "clean"', 'wording = "new"', "wording must be one of"),
        ('snapshot = "acs5-2024"\n\n#', "\n#", "snapshot if and only if"),
        ("release = 2018\nlevel", "release = 2019\nlevel", "twice or out of order"),
        ("\nrelease = 2021\nprinted", "\nrelease = 1999\nprinted", "baseline's release is not listed"),
    ],
)
def test_a_contradiction_is_one_sentence(root: Path, before: str, after: str, complaint: str) -> None:
    path = root / "chicago" / "city.toml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(CityInvalid, match=complaint) as caught:
        cities.load("chicago", root)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_environment_can_point_to_other_cities(root: Path) -> None:
    code = "from equity import cities; print(cities.load('chicago').folder)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[1],
        env={"EQUITY_DATA": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(root / "chicago")


def test_naming_a_city_does_not_wait_for_pandas() -> None:
    code = "import sys; from equity import cities; cities.load('chicago'); print('pandas' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
