"""Margins that a release lacks, from the frozen releases to the pages: written with their proof, or not at all."""

import dataclasses
import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from equity import cities, findings, modelled, snapshots
from equity import language as languages
from equity.atlas import Atlas
from equity.flags import Flag
from equity.views import companion, releases, text

CHICAGO = Path(__file__).parents[1] / "data" / "cities" / "chicago"
NAME = "modelled-2024"


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    """What a refresh has written of Chicago before it comes to modelled margins."""
    for file in [*CHICAGO.glob("snapshots/*-20*"), *CHICAGO.glob("crosswalk-2020.*")]:
        target = tmp_path / file.relative_to(CHICAGO)
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(file, target)
    return tmp_path


def model(stage: Path) -> snapshots.Snapshot:
    city = cities.load("chicago")
    (told,) = city.modelled
    modelled.freeze(city, told, stage)
    return snapshots.read(stage / "snapshots", NAME)


def test_the_committed_margins_follow_from_the_committed_releases(stage: Path) -> None:
    """Byte for byte, so that anybody can make them again from the files in the repository."""
    model(stage)
    for kind in ("csv", "json"):
        name = f"snapshots/{NAME}.{kind}"
        assert (stage / name).read_bytes() == (CHICAGO / name).read_bytes()


def test_the_proof_is_written_with_them(atlas: Atlas) -> None:
    """Areas unbiased within 5 % at the median and within 25 % for nine of ten, the city within 10 %."""
    meta = atlas.modelled[2024].meta
    assert meta["proven"] is True
    levels = {row["level"]: row for row in meta["validation"]["levels"]}
    assert (meta["validation"]["fitted_on"], meta["validation"]["held_against"]) == (2021, 2022)
    assert abs(levels["area"]["median"] - 1) <= 0.05
    assert levels["area"]["within_25"] >= 0.9
    assert abs(levels["city"]["median"] - 1) <= 0.10
    assert levels["area"]["places"] == 77
    assert meta["margins"] == "modelled"
    assert len(meta["notes"]) >= 4


def test_one_margin_can_be_made_on_a_calculator(atlas: Atlas) -> None:
    """The formula in the sidecar, with the two figures that the release publishes: every margin, to the household."""
    told = re.fullmatch(
        r"MOE_X\^2 = ([\d.]+) \* \(X \(1 - X/Y\)\)\^([\d.]+) \* \(MOE_Y\^2 / Y\)\^([\d.]+); X = 0: MOE_X = (\d+)",
        atlas.modelled[2024].meta["model"]["formula"],
    )
    scale, power, precision, zero = map(float, told.groups())
    rows = atlas.snapshots[2024].table.merge(atlas.modelled[2024].table, on="geoid")
    y, y_moe = rows["B28002_001E"], rows["B28002_001M"]
    for line, part in (("NOSUB", "B28002_002E"), ("NOBROAD", "B28002_004E")):
        x = rows[f"E_{line}"]
        assert (x == y - rows[part]).all()
        margin = (scale * (x * (1 - x / y)) ** power * (y_moe**2 / y) ** precision) ** 0.5
        margin = margin.mask(x == 0, zero)
        assert len(margin) == 801
        assert (margin - rows[f"M_{line}"]).abs().max() <= 0.5001
    assert (rows["E_NOSUB"] == 0).sum() > 5, "tracts where nobody is counted are among them"


def test_a_function_that_misses_is_not_used(stage: Path) -> None:
    """Release 2022 with margins half as wide: what was fitted on 2021 is then far off, and no row is written."""
    frozen = snapshots.read(stage / "snapshots", "svi-2022")
    halved = frozen.table.assign(M_NOINT=(frozen.table["M_NOINT"] / 2).round().astype(int))
    snapshots.write(stage / "snapshots", "svi-2022", halved, frozen.meta)
    found = model(stage)
    assert found.table.empty
    assert found.meta["proven"] is False
    assert found.meta["rows"] == 0
    assert [row["level"] for row in found.meta["validation"]["levels"]] == ["tract", "area", "city"], "why it was refused"


@pytest.mark.parametrize("code", ["en", "es"])
def test_without_a_proof_the_page_says_why_there_is_no_margin(atlas: Atlas, code: str) -> None:
    frozen, language = atlas.modelled[2024], languages.load(code)
    failed = dataclasses.replace(frozen, table=frozen.table.iloc[:0], meta=frozen.meta | {"proven": False})
    without = dataclasses.replace(atlas, modelled={2024: failed}, _kept={})
    said = releases.release_line(language, without, "no_subscription", 2024)
    assert {"en": "did not prove themselves", "es": "no superaron su prueba"}[code] in said
    assert "2022" in said
    assert "MOE_X^2" not in companion.text(without, language, "tract", 2024, [])


@pytest.mark.parametrize("code", ["en", "es"])
def test_the_page_and_the_file_say_that_margins_are_modelled(atlas: Atlas, code: str) -> None:
    language, row = languages.load(code), atlas.total(2024, "no_subscription")
    line = releases.release_line(language, atlas, "no_subscription", 2024)
    assert {"en": "modelled here, as the published ones are not in hand", "es": "modelados aquí, pues los publicados no están"}[
        code
    ] in line
    assert "2022" in line, "the newest release with published margins"
    assert text.notes(language, atlas, row["flag"])[-1].startswith({"en": "margin modelled", "es": "margen modelado"}[code])
    about = companion.text(atlas, language, "tract", 2024, [])
    assert atlas.modelled[2024].meta["model"]["formula"] in about
    assert "MOE_X^2" not in companion.text(atlas, language, "tract", 2022, [])


def test_verdicts_on_modelled_margins_are_never_more_than_indicative(atlas: Atlas) -> None:
    """From 2021 to 2024 the city's share fell by 4.7 points, some 20 standard errors, and still it *probably* fell."""
    city = findings.change_of_city(atlas, 2021, 2024, "no_subscription")
    assert city["z"] < -10
    assert city["verdict"] == "probably_fell"
    for found in (
        findings.changes(atlas, 2021, 2024, "no_subscription"),
        findings.changes(atlas, 2022, 2024, "no_subscription"),
        findings.against_city(atlas, 2024, "no_subscription"),
    ):
        verdicts = set(found["verdict"])
        assert not verdicts & {"fell", "rose", "lower", "higher"}
        assert verdicts & {"probably_fell", "probably_higher"}


def test_the_city_has_the_root_of_its_tracts_squares(atlas: Atlas) -> None:
    """125,146 +/- 3,086 (10.79 % +/- 0.26) and 126,104 +/- 3,099: weights squared, one widest zero, from the committed rows."""
    weights = atlas.crosswalks[2020].groupby("geoid")["weight"].sum()
    rows = atlas.modelled[2024].table.set_index("geoid")
    for line, count, margin in (("NOSUB", 125_146, 3_086), ("NOBROAD", 126_104, 3_099)):
        weight = weights.reindex(rows.index)
        moe = weight * rows[f"M_{line}"]
        zero = rows[f"E_{line}"] == 0
        total = ((moe[~zero] ** 2).sum() + (moe[zero] ** 2).max()) ** 0.5
        row = atlas.total(2024, {"NOSUB": "no_subscription", "NOBROAD": "no_broadband"}[line])
        assert round((weight * rows[f"E_{line}"]).sum()) == round(row["estimate"]) == count
        assert total == pytest.approx(row["moe"])
        assert abs(row["moe"] - margin) <= 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("fitted_on = [2021, 2022]", "fitted_on = [2022, 2021]"),
        ("fitted_on = [2021, 2022]", "fitted_on = [2019, 2022]"),  # other tracts
        ("fitted_on = [2021, 2022]", "fitted_on = [2020, 2022]"),  # areas only
        ("release = 2024\nfitted_on", "release = 2025\nfitted_on"),  # not loaded
    ],
)
def test_margins_are_modelled_only_from_older_releases_of_the_same_tracts(tmp_path: Path, before: str, after: str) -> None:
    said = (CHICAGO / "city.toml").read_text(encoding="utf-8")
    assert before in said
    (tmp_path / "chicago").mkdir()
    (tmp_path / "chicago" / "city.toml").write_text(said.replace(before, after), encoding="utf-8")
    with pytest.raises(cities.CityInvalid, match="must be loaded by tract of one vintage"):
        cities.load("chicago", tmp_path)


def test_the_sidecar_is_plain_json_with_its_sources() -> None:
    meta = json.loads((CHICAGO / "snapshots" / f"{NAME}.json").read_text(encoding="utf-8"))
    assert meta["source"] == "acs5_2021_tract.csv, acs5_2022_tract_svi.csv, acs5_2024_tract.csv"
    assert set(meta["labels"]) == {"E_NOSUB", "M_NOSUB", "E_NOBROAD", "M_NOBROAD"}
    assert isinstance(pd.DataFrame(meta["validation"]["levels"])["median"].iloc[0], float)


def test_a_margin_that_is_missing_was_not_modelled(atlas: Atlas) -> None:
    """One tract of Rogers Park without its modelled margin: the area's and the city's are missing, and not called modelled."""
    frozen = atlas.modelled[2024]
    hole = frozen.table.astype({"M_NOSUB": float}).assign(
        M_NOSUB=lambda table: table["M_NOSUB"].mask(table["geoid"] == "17031010100")
    )
    without = dataclasses.replace(atlas, modelled={2024: dataclasses.replace(frozen, table=hole)}, _kept={})
    for row in (without.total(2024, "no_subscription"), without.table("area", 2024, "no_subscription").iloc[0]):
        assert pd.isna(row["moe"])
        assert not row["flag"] & Flag.MODELLED
    assert without.table("area", 2024, "no_subscription").iloc[1]["flag"] & Flag.MODELLED, "West Ridge has all of its margins"
