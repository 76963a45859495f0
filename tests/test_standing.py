"""What may be said of the areas, in words, by address and in a file: the three agree, and nothing is left unexplained."""

import csv
import io
import json
import math
import re

import pytest
from flask.testing import FlaskClient

from equity import exports, findings
from equity import language as languages
from equity.atlas import Atlas
from equity.errors import UsageError
from equity.stats import compare, rank
from equity.views import create_app, standing

WEST_ENGLEWOOD = "67"


@pytest.fixture(scope="module")
def client(atlas: Atlas) -> FlaskClient:
    return create_app(atlas).server.test_client()


def asked(client: FlaskClient, release: int, key: str = "no_subscription", measure: str = "share") -> dict:
    response = client.get(f"/findings/{release}/{key}/{measure}.json")
    assert response.status_code == 200
    return json.loads(response.text)


def rows(client: FlaskClient, release: int, query: str = "") -> list[dict[str, str]]:
    response = client.get(f"/download/chicago-comparisons-{release}.csv{query}")
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(response.text, newline="")))


# --- the table ---------------------------------------------------------------------------------------------------------------


def test_west_englewood_may_be_first_and_is_no_lower_than_fifteenth(atlas: Atlas) -> None:
    """Release 2021, the published worked case: range 1 to 15, and a chance above 99 % of being among the ten."""
    table = findings.of_areas(atlas, 2021, "no_subscription").set_index("place_id")
    row = table.loc[WEST_ENGLEWOOD]
    assert (row["rank_low"], row["rank_high"], row["ranked"]) == (1, 15, 77)
    assert row["chance_top10"] > 0.99
    assert row["top_group"] == 1
    assert row["city_verdict"] == "higher"
    assert list(table.index) == list(atlas.areas["area_id"])


def test_the_baseline_itself_has_no_change_and_says_so(atlas: Atlas) -> None:
    table = findings.of_areas(atlas, 2021, "no_subscription")
    assert set(table["change_reason"]) == {findings.NO_EARLIER}
    assert table["since"].isna().all()
    assert set(table["change_verdict"]) == {""}


def test_a_change_is_measured_from_the_baseline(atlas: Atlas) -> None:
    """2021 and 2024 share the survey years 2020 and 2021, 2021 and 2022 four of five."""
    for release, shared in ((2022, 4), (2024, 2)):
        table = findings.of_areas(atlas, release, "no_subscription")
        assert set(table["since"]) == {2021}
        assert set(table["shared_years"]) == {shared}
        before = atlas.table("area", 2021, "no_subscription")["share"]
        assert (table["figure"] - table["change_difference"]).to_numpy() == pytest.approx(before.to_numpy())


def test_counts_are_ranked_but_not_held_against_the_citys(atlas: Atlas) -> None:
    table = findings.of_areas(atlas, 2021, "no_subscription", "estimate").set_index("place_id")
    assert table["position"].idxmin() == atlas.table("area", 2021, "no_subscription").set_index("place_id")["estimate"].idxmax()
    assert set(table["city_reason"]) == {findings.SHARES_ONLY}


def test_what_cannot_be_said_has_its_reason(atlas: Atlas) -> None:
    without_margins = findings.of_areas(atlas, 2019, "no_subscription")
    assert set(without_margins["rank_reason"]) == set(without_margins["city_reason"]) == {"no_margin"}
    assert without_margins["chance_top10"].isna().all()
    neither_worse = findings.of_areas(atlas, 2021, "unpaid_access")
    assert set(neither_worse["rank_reason"]) == {findings.NO_WORSE_END}
    assert "higher" in set(neither_worse["city_verdict"]), "it can still be held against the city"


def test_an_unknown_measure_is_refused(atlas: Atlas) -> None:
    with pytest.raises(UsageError, match="choose one of: share, estimate"):
        findings.of_areas(atlas, 2021, "no_subscription", "percent")


# --- by address --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("release", [2019, 2021, 2022, 2024])
def test_the_page_and_the_file_agree(atlas: Atlas, client: FlaskClient, release: int) -> None:
    """Every area, every column they share, to six decimals."""
    page = asked(client, release)
    file = [row for row in rows(client, release) if row["indicator"] == "no_subscription"]
    assert [row["area_id"] for row in file] == list(atlas.areas["area_id"])
    shared = [name for name in page if name in file[0] and isinstance(page[name], list)]
    assert len(shared) == 16
    for at, row in enumerate(file):
        for name in shared:
            said = page[name][at]
            assert row[name] == ("" if said is None else said) or float(row[name]) == pytest.approx(said, abs=1e-6)


def test_an_answer_says_once_what_is_one_for_all(client: FlaskClient) -> None:
    said = asked(client, 2024)
    assert (said["ranked"], said["since"]) == (77, 2021)
    assert said["first_group"] == sum(low == 1 for low in said["rank_low"]) > 1
    assert asked(client, 2019)["ranked"] == 0
    assert asked(client, 2021)["since"] is None


def test_it_is_asked_again_and_sent_once(client: FlaskClient) -> None:
    first = client.get("/findings/2021/no_subscription/share.json")
    again = client.get("/findings/2021/no_subscription/share.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    assert first.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "2017/no_subscription/share", "2021/nonsense/share", "2021/no_subscription/percent", "2024/no_wired/share",
        "x/no_subscription/share", "-2021/no_subscription/share",
    ],
)  # fmt: skip
def test_what_does_not_exist_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(f"/findings/{path}.json").status_code == 404


# --- words -------------------------------------------------------------------------------------------------------------------


def test_every_verdict_and_reason_has_its_words() -> None:
    ours = {findings.ALONE, findings.NO_WORSE_END, findings.SHARES_ONLY, findings.NO_EARLIER}
    assert set(standing.VERDICTS) == set(compare.Verdict)
    assert set(standing.REASONS) == set(compare.Reason) | set(rank.Reason) | ours
    indicative = {name: why for name, (_word, why) in standing.VERDICTS.items() if name.startswith("probably")}
    assert all(why.startswith("Indicative") for why in indicative.values())


@pytest.mark.parametrize("code", ["en", "es"])
def test_every_word_of_an_answer_can_be_said(atlas: Atlas, client: FlaskClient, code: str) -> None:
    words = standing.words(atlas, languages.load(code))
    for release, key in ((2019, "no_subscription"), (2021, "unpaid_access"), (2022, "poverty"), (2024, "no_broadband")):
        said = asked(client, release, key)
        for verdict in {*said["city_verdict"], *said["change_verdict"]} - {"", "not_comparable"}:
            assert words["verdicts"][verdict]
            assert words["whys"][verdict]
        for reason in {*said["rank_reason"], *said["city_reason"], *said["change_reason"]} - {""}:
            assert words["reasons"][reason]


# --- the file ----------------------------------------------------------------------------------------------------------------


def test_the_file_has_every_indicator_of_the_release(client: FlaskClient) -> None:
    assert {row["indicator"] for row in rows(client, 2024)} == {"no_subscription", "no_broadband"}
    assert len(rows(client, 2024)) == 2 * 77
    assert list(rows(client, 2024)[0]) == exports.wide_columns(exports.COMPARED)


def test_a_filter_leaves_rows_out_and_changes_none(client: FlaskClient) -> None:
    """The lists are controlled over all 77 areas, whichever of them are asked for."""
    whole = [row for row in rows(client, 2021) if row["area_id"] in ("25", WEST_ENGLEWOOD)]
    assert rows(client, 2021, "?areas=25,67") == whole
    assert {row["city_tested"] for row in whole if row["city_verdict"] != "not_comparable"} == {"77"}


def test_the_chances_of_an_indicator_add_up_to_ten_and_twenty(client: FlaskClient) -> None:
    mine = [row for row in rows(client, 2021) if row["indicator"] == "no_subscription"]
    assert math.fsum(float(row["chance_top10"]) for row in mine) == pytest.approx(10, abs=1e-3)
    assert math.fsum(float(row["chance_top20"]) for row in mine) == pytest.approx(20, abs=1e-3)


@pytest.mark.parametrize("code", ["en", "es"])
def test_everything_in_the_file_is_explained_beside_it(client: FlaskClient, code: str) -> None:
    about = client.get(f"/download/chicago-comparisons-2024-about.txt?lang={code}").text
    explained = {line.split(":")[0] for line in about.splitlines() if re.match(r"[a-z][a-z0-9_]*: \S", line)}
    assert set(exports.wide_columns(exports.COMPARED)) <= explained
    words = {row[name] for row in rows(client, 2024) for name in row if name.endswith(("verdict", "reason"))} - {""}
    assert words <= explained
    assert {*map(str, compare.Verdict), *standing.REASONS} <= explained


# --- the city ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("release", "key", "said"),
    [
        (2022, "no_subscription", r"From release 2021 to 2022 the city's share fell: −1\.4 ± 0\.4 points\."),
        (2024, "no_subscription", r"From release 2021 to 2024 the city's share probably fell: −4\.7 ± 0\.4 points\. Indic.*"),
        (2023, "no_broadband", r"From release 2021 to 2023 nothing may be said of the city's change: a margin .*"),
        (2021, "no_subscription", ""),
        (2019, "no_subscription", ""),
    ],
)
def test_the_citys_own_change_is_said_with_its_verdict(atlas: Atlas, release: int, key: str, said: str) -> None:
    """15.45 % in 2021, 14.05 % in 2022, 10.79 % in 2024; sqrt(0.297^2 + 0.295^2) = 0.42, sqrt(0.297^2 + 0.260^2) = 0.39."""
    assert re.fullmatch(said, standing.city_change(languages.load("en"), atlas, release, key))


def test_where_nothing_is_ranked_no_area_is_said_to_be_first(atlas: Atlas) -> None:
    assert findings.of_areas(atlas, 2019, "no_subscription")["top_group"].isna().all()
    assert asked_nothing(standing.areas(atlas, 2019, "no_subscription", "share"))


def asked_nothing(said: dict) -> bool:
    return said["ranked"] == 0 and said["first_group"] == 0
