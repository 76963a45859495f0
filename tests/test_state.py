"""A link opens the view it names; what it names and does not exist falls back, and the page says so.

Silence would put words into somebody's mouth: a link to release 2017 must not quietly show 2024.
"""

import pytest

from equity import indicators
from equity import language as languages
from equity.atlas import Atlas
from equity.views import state

ENGLISH, SPANISH = languages.load("en"), languages.load("es")
SIDES = ["far_north", "northwest", "north", "central", "west", "southwest", "south", "far_southwest", "far_southeast"]


def read(atlas: Atlas, **query: str) -> state.State:
    return state.read(atlas, ENGLISH, query)


def only_notice(view: state.State) -> str:
    (notice,) = view.notices
    return notice


# --- what exists -----------------------------------------------------------------------------------------------------------


def test_without_a_word_it_is_the_plans_definition_in_the_newest_release_by_area(atlas: Atlas) -> None:
    assert read(atlas) == state.State("no_subscription", 2024, "area", "share", (), None, ())


@pytest.mark.parametrize("name", [name for name in state.KEYS if name != "lang"])
def test_an_empty_value_is_no_value(atlas: Atlas, name: str) -> None:
    """A form sends empty fields; that asks for nothing, so nothing is said about it."""
    assert read(atlas, **{name: ""}) == read(atlas)


@pytest.mark.parametrize("key", [what.key for what in indicators.REGISTRY])
@pytest.mark.parametrize("level", state.LEVELS)
def test_every_indicator_opens_in_a_release_that_gives_it(atlas: Atlas, key: str, level: str) -> None:
    view = read(atlas, indicator=key, level=level)
    assert view.indicator == key
    assert view.level == level
    assert atlas.gives(level, view.release, key)
    assert view.notices == ()


@pytest.mark.parametrize("key", ["no_subscription", "no_broadband", "no_access", "no_wired"])
@pytest.mark.parametrize("release", ["2018", "2019", "2020", "2021", "2022", "2023", "2024"])
@pytest.mark.parametrize("level", state.LEVELS)
def test_a_release_is_shown_or_its_absence_is_announced(atlas: Atlas, key: str, release: str, level: str) -> None:
    """Either the release that was asked for and no notice, or another one and one notice that names both."""
    view = read(atlas, indicator=key, release=release, level=level)
    if atlas.gives(level, int(release), key):
        assert (view.release, view.notices) == (int(release), ())
    else:
        assert view.release == atlas.newest(key, level)
        assert release in only_notice(view)
        assert str(view.release) in only_notice(view)
        assert indicators.get(key).label in only_notice(view)


def test_tracts_of_2020_are_answered_with_another_release_and_a_notice(atlas: Atlas) -> None:
    view = read(atlas, indicator="no_access", release="2020", level="tract")
    assert view.release == 2021
    assert only_notice(view) == (
        "Release 2020 does not give “No internet access at home” for these places; showing release 2021."
    )


@pytest.mark.parametrize("measure", ["share", "estimate"])
def test_both_measures_can_be_asked_for(atlas: Atlas, measure: str) -> None:
    view = read(atlas, measure=measure)
    assert (view.measure, view.notices) == (measure, ())


def test_sides_and_areas_can_be_mixed_and_keep_their_order(atlas: Atlas) -> None:
    view = read(atlas, areas="77,central,1, 42 ,far_southeast")
    assert view.areas == ("77", "central", "1", "42", "far_southeast")
    assert view.notices == ()


def test_all_areas_and_all_sides_are_known(atlas: Atlas) -> None:
    everything = [*(str(number) for number in range(1, 78)), *SIDES]
    view = read(atlas, areas=",".join(everything))
    assert view.areas == tuple(everything)
    assert view.notices == ()


def test_an_area_named_twice_is_chosen_once(atlas: Atlas) -> None:
    view = read(atlas, areas="42,42,, 42,west,west,")
    assert view.areas == ("42", "west")
    assert view.notices == ()


@pytest.mark.parametrize(("level", "place"), [("area", "42"), ("tract", "17031843900"), ("tract", "17031010100")])
def test_an_open_place_is_one_of_the_level(atlas: Atlas, level: str, place: str) -> None:
    view = read(atlas, level=level, place=place)
    assert (view.place, view.notices) == (place, ())


# --- what does not exist ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("indicator", "broadband"),
        ("indicator", "No_Access"),
        ("level", "ward"),
        ("level", "city"),
        ("measure", "moe"),
        ("release", "2017"),
        ("release", "2025"),
        ("release", "newest"),
        ("release", "2024.0"),
        ("release", " 2024"),
        ("release", "-2024"),
        ("release", "２０２４"),
        ("areas", "78"),
        ("areas", "0"),
        ("areas", "042"),
        ("areas", "Loop"),
        ("areas", "17031843900"),
        ("place", "78"),
        ("place", "17031843900"),
    ],
)
def test_an_unknown_value_falls_back_with_a_notice_that_names_it(atlas: Atlas, name: str, value: str) -> None:
    view = read(atlas, **{name: value})
    assert view == state.State("no_subscription", 2024, "area", "share", (), None, view.notices)
    assert f"“{value.strip() if name == 'areas' else value}”" in only_notice(view)
    assert "does not exist here" in only_notice(view)


@pytest.mark.parametrize("place", ["42", "17031980200x", "17031 843900", "00000000000"])
def test_a_place_of_another_level_is_not_opened(atlas: Atlas, place: str) -> None:
    view = read(atlas, level="tract", place=place)
    assert view.place is None
    assert f"“{place}”" in only_notice(view)


def test_a_tract_of_another_vintage_is_not_opened(atlas: Atlas) -> None:
    """Tracts of 2010 and 2020 are different places, also where they share a number."""
    old = set(atlas.tracts[2010]["geoid"]) - set(atlas.tracts[2020]["geoid"])
    geoid = min(old)
    assert read(atlas, level="tract", release="2019", place=geoid).place == geoid
    assert read(atlas, level="tract", release="2024", place=geoid).place is None


def test_known_areas_stay_when_an_unknown_one_is_left_out(atlas: Atlas) -> None:
    view = read(atlas, areas="42,Atlantis,central")
    assert view.areas == ("42", "central")
    assert "“Atlantis”" in only_notice(view)


def test_every_unknown_value_has_its_own_notice(atlas: Atlas) -> None:
    view = read(atlas, indicator="a", level="b", measure="c", release="d", areas="e", place="f")
    assert view.areas == ()
    assert [next(letter for letter in "abcdef" if f"“{letter}”" in notice) for notice in view.notices] == list("abcdef")


def test_a_word_that_means_nothing_to_the_page_is_no_concern_of_it(atlas: Atlas) -> None:
    """Links come back from mail and social media with words of their own (utm_source, fbclid)."""
    assert read(atlas, fbclid="x", utm_source="y") == read(atlas)


def test_a_language_that_is_not_spoken_here_is_said(atlas: Atlas) -> None:
    assert [notice for notice in read(atlas, lang="tlh").notices if "“tlh” (language)" in notice]
    assert read(atlas, lang="es").notices == ()


def test_a_place_outside_the_chosen_neighborhoods_is_said(atlas: Atlas) -> None:
    """West Englewood (67) is not in Austin (25)."""
    view = read(atlas, areas="25", place="67")
    assert view.place is None
    assert "“67”" in view.notices[0]


def test_a_notice_is_in_the_readers_language(atlas: Atlas) -> None:
    query = {"indicator": "broadband", "release": "2018", "place": "78"}
    english, spanish = state.read(atlas, ENGLISH, query).notices, state.read(atlas, SPANISH, query).notices
    assert len(english) == len(spanish) == 3
    assert not set(english) & set(spanish)
    assert all("enlace" in notice or "2018" in notice for notice in spanish)


# --- what means harm ---------------------------------------------------------------------------------------------------------


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "x" * 100_000,
    "no\x00access",
    "{0.__class__.__mro__}",
    "{value}",
    "%(value)s %s",
    "'; DROP TABLE households; --",
    "../../../etc/passwd",
    "\u202eevil",
    "\ud800",
    "🗺" * 500,
]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("name", [name for name in state.KEYS if name != "lang"])
def test_a_hostile_value_comes_back_as_a_short_plain_text(atlas: Atlas, name: str, value: str) -> None:
    """The view is the default; the notice is a text (the page escapes it), quotes at most 40 characters and fills no hole."""
    view = read(atlas, **{name: value})
    assert view == state.State("no_subscription", 2024, "area", "share", (), None, view.notices)
    notice = only_notice(view)
    assert type(notice) is str
    assert f"“{value[:40]}”" in notice
    assert len(notice) < 200


def test_numbers_beyond_reason_are_just_unknown(atlas: Atlas) -> None:
    for value in ("9" * 5000, "1e3", "0x7e8", "nan", "-0", "2024\n"):
        assert read(atlas, release=value).release == 2024
        assert len(read(atlas, release=value).notices) == 1


def test_a_link_of_nonsense_gets_a_short_answer(atlas: Atlas) -> None:
    """Five thousand unknown areas, one of them many times: six notices, and the known area is still chosen."""
    view = read(atlas, areas=",".join(["25", *(f"x{at}" for at in range(5000)), "x1", "x1"]))
    assert view.areas == ("25",)
    assert len(view.notices) == 6 == len(set(view.notices))
