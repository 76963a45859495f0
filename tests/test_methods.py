"""The methods page: it says each rule, with figures that are computed, in both languages, and can be linked to by section."""

import dataclasses
import re
from collections.abc import Iterator

import pytest
from dash.development.base_component import Component

from equity import certainty, findings, views
from equity import language as languages
from equity import proof as proofs
from equity.atlas import Atlas
from equity.flags import NOT_RANKED
from equity.language import Language
from equity.stats import compare
from equity.views import components, findings_explained, standing
from equity.views.pages import methods
from tests.test_language import Marking, is_said_in_the_catalogue, spoken_texts

ENGLISH, SPANISH = (languages.load(code) for code in ("en", "es"))
in_each_language = pytest.mark.parametrize("language", [ENGLISH, SPANISH], ids=lambda language: language.code)


def parts(node, kind: str) -> Iterator[Component]:
    """Every component of one kind below a node, in the page's order."""
    if isinstance(node, list | tuple):
        for one in node:
            yield from parts(one, kind)
    elif isinstance(node, Component):
        if type(node).__name__ == kind:
            yield node
        yield from parts(getattr(node, "children", None), kind)


def said(node) -> str:
    """The text of a node, as one line."""
    if isinstance(node, list | tuple):
        return " ".join(said(one) for one in node)
    return said(getattr(node, "children", None)) if isinstance(node, Component) else "" if node is None else str(node)


def section(atlas: Atlas, anchor: str, language: Language = ENGLISH) -> str:
    """What one section says."""
    return said(next(part for part in parts(methods.body(atlas, language), "Section") if part.id == anchor))


def row(atlas: Atlas, anchor: str, name: str) -> list[str]:
    """The cells of the row with this name, in the tables of one section."""
    found = next(part for part in parts(methods.body(atlas, ENGLISH), "Section") if part.id == anchor)
    rows = [[said(cell) for cell in line.children] for line in parts(found, "Tr")]
    return next(cells[1:] for cells in rows if cells[0] == name)


def tables(atlas: Atlas, anchor: str) -> list[dict[str, list[str]]]:
    """The tables of one section: name of a row -> its cells."""
    found = next(part for part in parts(methods.body(atlas, ENGLISH), "Section") if part.id == anchor)
    lines = [[[said(cell) for cell in line.children] for line in parts(table, "Tr")] for table in parts(found, "Table")]
    return [{cells[0]: cells[1:] for cells in table} for table in lines]


# -- what it says --------------------------------------------------------------------------------------------------------


def test_reliability_is_told_release_by_release(atlas: Atlas) -> None:
    """Release 2021: a tract's median margin is 6.9 points, an area's 2.8; 2024 is marked as modelled."""
    assert row(atlas, "reliability", "Median margin of a tract, in points")[0] == "6.9"
    assert row(atlas, "reliability", "Median margin of a community area, in points")[0] == "2.8"
    assert row(atlas, "reliability", "Tracts whose CV is 12% or less")[0] == "0"
    assert row(atlas, "reliability", "") == ["2021", "2022", "2024 (modelled)"]
    assert "up to 5 points" in section(atlas, "reliability")
    assert "up to 40%" in section(atlas, "reliability")


def test_ranks_are_told_with_what_is_sure_of_them(atlas: Atlas) -> None:
    """Release 2021: 1,017 of 77 x 76 / 2 = 2,926 pairs, a median range of 53 ranks, 18 areas unsettled, West Englewood 1-15."""
    text = section(atlas, "ranks")
    assert "Of the 2,926 pairs of community areas in release 2021, 1,017 can be told apart" in text
    assert "West Englewood, first in the list of release 2021, may be anywhere from 1 to 15 of 77" in text
    assert "18 areas have a chance between 10% and 90%" in text
    assert "3.2014 standard errors to either side, not 1.645" in text
    assert row(atlas, "ranks", "Ranks in the range of a community area, at the median")[0] == "53"


def test_margins_are_told_with_their_rules_and_the_two_areas_that_share_a_tract(atlas: Atlas) -> None:
    text = section(atlas, "margins")
    for formula in ("√( Σ (w · MOE)² )", "√( MOE(X)² − p² · MOE(Y)² ) / Y", "√( MOE(X)² + (1 − 2p) · MOE(Y)² )"):
        assert formula in text
    assert "Woodlawn and South Shore share a tract; together their count has a margin of ±656" in text
    assert "would have said ±630" in text
    assert "stood in for 30 of 792 tracts" in text
    assert "chapters 7 and 8" in text


def test_comparisons_are_told_with_both_tiers_and_every_reason(atlas: Atlas) -> None:
    text = section(atlas, "comparing")
    for word, _why in standing.VERDICTS.values():
        assert word in text
    # A place is never shown against itself, so that reason has no place on the page.
    assert {*findings_explained._REASONS, "same_place"} == {str(reason) for reason in compare.Reason}
    assert "the first to share none will be release 2026" in text
    assert row(atlas, "comparing", "Survey years shared") == ["4", "2"]
    assert row(atlas, "comparing", "Community areas that would pass the more generous test by themselves")[0] == "39"


def test_modelled_margins_are_told_with_their_proof_and_what_it_leaves_open(atlas: Atlas) -> None:
    """The city 3.4 % too narrow out of sample; fitted on 2022 and held against 2021 the areas' median would be 1.063."""
    text = section(atlas, "modelled")
    assert atlas.modelled[2024].meta["model"]["formula"] in text
    assert "came out 3.4% too narrow" in text
    assert "the areas' median is 1.063: it would not pass the rule" in text
    assert "of “No broadband of any type” only release 2021 publishes margins" in text
    assert "gets ±13 households" in text
    assert "65 tracts whose published margin is too wide" in text
    assert "51 the other way round" in text
    assert "Some 25 forms" in text
    assert "these two counts" in text
    assert "It did." in text


def test_limits_are_told_with_the_counts_they_concern(atlas: Atlas) -> None:
    """38,566 of the 172K have access without a subscription, 133,535 connected households a cellular plan alone."""
    text = section(atlas, "limits")
    for told in ("38,566", "133,535", "−18% to +724%", "±74,932", "±20,689", "2020, 2021, 2022, 2023, and 2024 hold that year"):
        assert told in text


def test_every_cell_of_every_table_is_in_its_row(atlas: Atlas) -> None:
    """Row by row against the tables behind the page, so that two rows, or two columns, cannot change places."""
    key = "no_subscription"
    releases = certainty.by_release(atlas, key).set_index("release")
    tracts = {r: findings.reliability_of(atlas, "tract", r, key).set_index("place_id") for r in releases.index}
    inside = {r: (atlas.table("tract", r, key).set_index("place_id")["flag"] & int(NOT_RANKED)) == 0 for r in releases.index}
    classes = {r: tracts[r][inside[r]]["reliability"].value_counts() for r in releases.index}
    for name, word in (("good", "good"), ("with care", "care"), ("too uncertain to rank", "too_uncertain")):
        assert row(atlas, "reliability", f"Reliability: {name}") == [str(classes[r][word]) for r in releases.index]
    assert row(atlas, "reliability", "No figure") == [str(classes[r]["missing"]) for r in releases.index]
    ranks = {r: findings.ranks(atlas, r, key) for r in releases.index}
    for name, low, high in (
        ("Ranks in the range of a community area, at the median", "rank_low", "rank_high"),
        ("Ranks in the range at that z, at the median", "joint_low", "joint_high"),
    ):
        widths = [(found.table[high] - found.table[low] + 1).median() for found in ranks.values()]
        assert row(atlas, "ranks", name) == [f"{width:.0f}" for width in widths]
    changes = {r: findings.changes(atlas, 2021, r, key)["verdict"].value_counts() for r in (2022, 2024)}
    against = {r: findings.against_city(atlas, r, key)["verdict"].value_counts() for r in releases.index}
    told = tables(atlas, "comparing")
    for table, found, words in (
        (told[0], changes, ("fell", "probably_fell", "too_close", "probably_rose", "rose")),
        (told[1], against, ("higher", "probably_higher", "too_close", "probably_lower", "lower")),
    ):
        for word in words:
            expected = [str(counts.get(word, 0)) for counts in found.values()]
            assert table[standing.VERDICTS[word][0]] == expected, word
    proof = proofs.proof(atlas, 2024)
    for table, decides in zip(tables(atlas, "modelled"), (True, False), strict=True):
        levels = proof[proof["decides"] == decides].set_index("level")
        for name, level in (("Tracts", "tract"), ("Community areas", "area"), ("Chicago", "city")):
            figures = levels.loc[level]
            ratios = [ENGLISH.number(figures[column], 3) for column in ("median", "lowest", "highest")]
            assert table[name] == [str(figures["places"]), *ratios, f"{100 * figures['within_25']:.0f}%"]


# -- and that it is computed ---------------------------------------------------------------------------------------------


def test_limits_of_the_classes_are_the_citys(atlas: Atlas) -> None:
    city = dataclasses.replace(atlas.city, reliability={"good": 0.04, "care": 0.08})
    text = section(dataclasses.replace(atlas, city=city, _kept={}), "reliability")
    assert "a margin of up to 4 points" in text
    assert "more than 8 points" in text


def test_a_function_that_did_not_prove_itself_is_said_to_be_refused(atlas: Atlas) -> None:
    frozen = atlas.modelled[2024]
    failed = dataclasses.replace(frozen, table=frozen.table.iloc[:0], meta=frozen.meta | {"proven": False})
    without = dataclasses.replace(atlas, modelled={2024: failed}, _kept={})
    text = section(without, "modelled")
    assert "It did not, so release 2024 is given no modelled margin." in text
    assert "What this leaves open" not in text
    assert row(without, "reliability", "") == ["2021", "2022"]


def test_a_city_without_modelled_margins_has_no_section_about_them(atlas: Atlas) -> None:
    bare = methods.body(dataclasses.replace(atlas, modelled={}, _kept={}), ENGLISH)
    assert "modelled" not in [part.id for part in parts(bare, "Section")]
    assert "#modelled" not in [link.href for link in parts(bare, "A")]


# -- how it is built -----------------------------------------------------------------------------------------------------


@in_each_language
def test_every_section_is_in_the_contents_and_names_its_source(atlas: Atlas, language: Language) -> None:
    page = methods.body(atlas, language)
    anchors = [part.id for part in parts(page, "Section")]
    assert anchors == list(methods.SECTIONS) == [link.href.removeprefix("#") for link in parts(page, "A")]
    for part in parts(page, "Section"):
        assert any(getattr(text, "className", "") == "source" for text in parts(part, "P")), f"{part.id} names no source"


@in_each_language
def test_no_hole_is_left_open_and_nothing_missing_is_written(atlas: Atlas, language: Language) -> None:
    text = said(methods.body(atlas, language))
    assert not re.search(r"\{\w*\}|\bnan\b|\bNone\b|<NA>", text)


def test_nothing_on_the_page_is_said_outside_the_catalogue(atlas: Atlas) -> None:
    """But for data: the name of the city, what it calls its areas, numbers of releases, the fitted formula."""
    marked = Language("en", Marking())
    page = methods.body(atlas, marked)
    areas = atlas.city.area_nouns["en"]
    data = {atlas.city.name, atlas.modelled[2024].meta["model"]["formula"], areas, areas.capitalize()}
    assert [text for text in spoken_texts(page) if text not in data and not is_said_in_the_catalogue(text)] == []
    assert is_said_in_the_catalogue(methods.title(atlas, marked) + methods.name(marked))


@in_each_language
def test_every_table_can_be_scrolled_with_the_keyboard_and_names_its_rows(atlas: Atlas, language: Language) -> None:
    page = methods.body(atlas, language)
    boxes = [box for box in parts(page, "Div") if getattr(box, "className", "") == "table-box"]
    assert len(boxes) == len(list(parts(page, "Table"))) >= 6
    assert all(box.tabIndex == "0" and box.role == "region" and getattr(box, "aria-label") for box in boxes)
    assert len({getattr(box, "aria-label") for box in boxes}) == len(boxes), "two regions with one name"
    for head in parts(page, "Thead"):
        assert {cell.scope for cell in parts(head, "Th")} == {"col"}
    for body in parts(page, "Tbody"):
        assert {line.children[0].scope for line in parts(body, "Tr")} == {"row"}


# -- its place in the application ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client(atlas: Atlas):
    return views.create_app(atlas).server.test_client()


def test_the_page_has_its_own_title_in_the_readers_language(client) -> None:
    assert "<title>How the figures are made</title>" in client.get("/methods").text
    assert "<title>Cómo se hacen las cifras</title>" in client.get("/methods?lang=es").text
    assert "Accept-Language" in client.get("/methods").headers["Vary"]


def test_the_page_asks_for_none_of_the_maps_files(client) -> None:
    assert 'rel="preload"' in client.get("/").text
    assert 'rel="preload"' not in client.get("/methods").text


@pytest.mark.parametrize("path", ["/methods/", "/methods/ranks", "/method"])
def test_an_address_beside_it_is_no_page(client, path: str) -> None:
    assert client.get(path).status_code == 404


def header(atlas: Atlas, language: Language, path: str, query: dict[str, str]) -> Component:
    return next(parts(components.frame(atlas, language, [], path, query, views.PAGES), "Header"))


@in_each_language
def test_the_header_links_to_every_page_and_says_which_is_open(atlas: Atlas, language: Language) -> None:
    links = list(parts(next(parts(header(atlas, language, "/methods", {}), "Ul")), "A"))
    assert [link.href for link in links] == [page.PATH for page in views.PAGES]
    assert [getattr(link, "aria-current", None) for link in links] == [None, None, "page"]
    names = {"en": ["Map", "Progress", "Methods"], "es": ["Mapa", "Avance", "Métodos"]}
    assert [said(link) for link in links] == names[language.code]


def test_a_language_that_was_asked_for_goes_along_and_any_other_word_does_not(atlas: Atlas) -> None:
    """A Spanish browser that asked for English stays in English; what a browser prefers by itself needs no asking."""
    for asked, suffix in (({"lang": "en"}, "?lang=en"), ({"lang": "es"}, "?lang=es"), ({}, ""), ({"lang": '"><b>'}, "")):
        links = list(parts(header(atlas, ENGLISH, "/methods", asked), "A"))
        pages = [link for link in links if getattr(link, "className", "") != "language-link"]
        assert {link.href for link in pages} == {f"/{suffix}", f"/progress{suffix}", f"/methods{suffix}"}


@in_each_language
def test_the_link_to_the_other_language_stays_on_the_page(atlas: Atlas, language: Language) -> None:
    other = {"en": "es", "es": "en"}[language.code]
    (link,) = [a for a in parts(header(atlas, language, "/methods", {}), "A") if getattr(a, "className", "") == "language-link"]
    assert link.href == f"/methods?lang={other}"


@pytest.mark.parametrize(
    ("code", "credits"),
    [
        (
            "en",
            "Figures: U.S. Census Bureau, American Community Survey 5-year estimates, and CDC/ATSDR Social Vulnerability Index "
            "2022 (public domain). Household weights: CMAP (MIT license). Boundaries, water, parks, expressways and rail: City "
            "of Chicago, Chicago Park District and CTA; tract outlines: U.S. Census Bureau.",
        ),
        (
            "es",
            "Cifras: Oficina del Censo de EE. UU., estimaciones a 5 años de la Encuesta sobre la Comunidad Estadounidense "
            "(ACS), e Índice de Vulnerabilidad Social 2022 de CDC/ATSDR (dominio público). Ponderaciones por hogares: CMAP "
            "(licencia MIT). Límites, agua, parques, autopistas y trenes: Ciudad de Chicago, Chicago Park District y CTA; "
            "contornos de tramos: Oficina del Censo de EE. UU.",
        ),
    ],
)
def test_everybody_whose_work_is_shown_is_named_below(atlas: Atlas, code: str, credits: str) -> None:
    """From the sidecars of what is loaded, with the short names of city.toml."""
    foot = components.footer(atlas, languages.load(code))
    assert foot[0].children == credits
    cited = "Chicago Metropolitan Agency for Planning (CMAP), cmapgeo, "
    assert cited in said(methods.body(atlas, languages.load(code)))
