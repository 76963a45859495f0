"""The map in a real browser, with made-up figures over the repository's outlines. Knows nothing of the page around it.

The application here is only `map_component` under the strict policy. The test plays the page's script: it calls
`equity.map.update(view)` and listens to what the map says. `open_page` fails a test for a line on the console, an uncaught
error or a request to another machine, so every test here is a test of those, too.
"""

import json
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from dash import Dash, Input, Output, dcc, html
from flask import send_from_directory

from equity import cities
from equity.views import security
from equity.views.map import MapLabels, map_component

ROOT = Path(__file__).parents[2]
OUTLINES = Path(cities.DATA) / "chicago" / "outlines"
COLOURS = ("#fbe6d4", "#f3b79b", "#d97f86", "#9f4e7d", "#541f5c")
BOUNDS = ((41.644, -87.941), (42.024, -87.523))
AREA, TRACT = "area", "tract-2020"
ENGLEWOOD, ROGERS_PARK = "68", "1"
AROUND_ENGLEWOOD = {"37", "40", "61", "67", "69", "71"}  # the areas that touch it
KEYS = ("ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight")

LABELS = MapLabels(
    name="Map of the city",
    help="Arrow keys go from place to place.",
    zoom_in="Zoom in",
    zoom_out="Zoom out",
    whole_city="Whole city",
    wheel_hint="Hold Ctrl to zoom",
    touch_hint="Use two fingers",
    unavailable="No outlines",
    credit="Outlines: the city",
)

# What the map says, kept for the test.
LISTEN = """() => {
    window.heard = [];
    document.addEventListener("equity:hover", (event) => window.heard.push(event.detail));
}"""


def features(layer: str) -> list[dict[str, Any]]:
    return json.loads((OUTLINES / f"{layer}.json").read_text())["features"]


def ids_of(layer: str) -> list[str]:
    """The places of a layer in the order of its file."""
    return [one["properties"]["id"] for one in features(layer)]


@pytest.fixture(scope="session")
def view_of(atlas) -> Callable[..., dict[str, Any]]:
    """`view_of(layer, seed, **changes)` -> a view; another seed is another indicator."""

    def make(layer: str = AREA, seed: int = 0, **changes: Any) -> dict[str, Any]:
        places = {}
        for i, place in enumerate(ids_of(layer)):
            share = (i * 37 + seed * 11) % 100
            name = atlas.area_names.get(place, f"Tract {place}")
            places[place] = {
                "fill": None if i % 29 == 7 else COLOURS[share // 20],
                "hatch": "missing" if i % 29 == 7 else "empty" if i % 41 == 3 else None,
                "quiet": i % 37 == 5,
                "label": f"{name}: {share} percent",
                "tip": [name, f"{share}% of households", "<b>text</b>"],
            }
        view = {"layer": layer, "url": f"/outlines/{layer}.json", "places": places, "names": dict(atlas.area_names)}
        return view | changes

    return make


@pytest.fixture(scope="session")
def map_address(serve) -> str:
    """A page with the map, /two with two of them, /none without, all under the strict policy."""
    app = Dash("map", assets_folder=str(ROOT / "assets"), assets_ignore="equity_(page|figures)", enable_mcp=False)
    outlines = {path.stem: f"/outlines/{path.name}" for path in OUTLINES.glob("*.json")}

    def panel(map_id: str = "map") -> html.Div:
        return html.Div(map_component((41.834, -87.732), 10, BOUNDS, outlines, LABELS, map_id), style={"maxWidth": 720})

    pages = {"/": panel(), "/none": html.P("no map"), "/two": html.Div([panel(), panel("other")])}
    app.layout = html.Main(
        [
            html.H1("A map"),
            dcc.Location(id="address"),
            dcc.Link("one", href="/", id="to-map"),
            dcc.Link("none", href="/none", id="to-none"),
            html.Div(id="page"),
            html.P("A page is longer than its map.", style={"height": 1200}),
            dcc.Store(id="selected-place"),
            html.Pre(id="told"),
        ]
    )
    app.config.suppress_callback_exceptions = True
    app.title, app.index_string = "A map", app.index_string.replace("<html>", '<html lang="en">')

    @app.callback(Output("page", "children"), Input("address", "pathname"))
    def show(path: str) -> Any:
        return pages[path]

    app.clientside_callback(
        "(told) => JSON.stringify(told ?? null)", Output("told", "children"), Input("selected-place", "data")
    )

    @app.server.get("/outlines/<name>")
    def outline(name: str) -> Any:
        return send_from_directory(OUTLINES, name, max_age=3600)

    security.protect(app)
    return serve(app)


class MapPage:
    """A page with the map on it, and the few questions that the tests ask of it."""

    def __init__(self, page: Any, until: Callable[..., Any]) -> None:
        self.page, self.until = page, until
        page.evaluate(LISTEN)

    def update(self, view: dict[str, Any], map_id: str = "map") -> None:
        """What the page's script does; returns when the places of the view are on the map."""
        self.page.evaluate("([view, id]) => window.equity.map.update(view, id)", [view, map_id])
        ready = """([id, ids]) => {
            const drawn = [...document.querySelectorAll(`#${id} path[data-place]`)].map((path) => path.dataset.place);
            const names = document.querySelector(`#${id} .equity-names`);
            return names && drawn.length === ids.length && ids.every((one, i) => one === drawn[i]);
        }"""
        self.until(self.page, ready, argument=[map_id, ids_of(view["layer"])])

    def ask(self, script: str, argument: Any = None) -> Any:
        return self.page.evaluate(script, argument)

    def place(self, place: str, map_id: str = "map") -> Any:
        return self.page.locator(f'#{map_id} path[data-place="{place}"]')

    def press(self, *keys: str) -> str | None:
        """Press keys -> the place that then has the focus."""
        for key in keys:
            self.page.keyboard.press(key)
        return self.focused()

    def focused(self) -> str | None:
        return self.ask("document.activeElement?.dataset?.place ?? null")

    def focus(self, place: str) -> None:
        self.place(place).focus()

    def told(self) -> dict[str, Any] | None:
        """What Dash has been told about the selection."""
        return json.loads(self.page.locator("#told").text_content() or "null")

    def zoom_in(self, steps: int) -> None:
        for _ in range(steps):
            before = self.drawing()
            self.page.locator('[data-map-action="in"]').first.click()
            self.redrawn(before)

    def drawing(self) -> str:
        """The outline of the city as it is on the screen: another one after every move."""
        return self.ask("document.querySelector('path.equity-city').getAttribute('d')")

    def redrawn(self, before: str) -> None:
        self.until(self.page, "(d) => document.querySelector('path.equity-city').getAttribute('d') !== d", argument=before)

    def name_boxes(self) -> list[dict[str, float]]:
        return self.ask(
            """() => [...document.querySelectorAll("#map .equity-names text")].map((text) => {
                const { left, right, top, bottom } = text.getBoundingClientRect();
                return { left, right, top, bottom };
            })"""
        )


@pytest.fixture
def open_map(open_page, map_address, until) -> Callable[..., MapPage]:
    """`open_map(path="/", width=1440, **options)` -> the page, its map still empty. Motion is off unless asked for."""

    def open_one(path: str = "/", width: int = 1440, height: int = 900, **options: Any) -> MapPage:
        page = open_page(map_address + path, width, height, **{"reduced_motion": "reduce"} | options)
        until(page, "!!document.querySelector('#map path.equity-city') && !!document.querySelector('#map .equity-borders')")
        return MapPage(page, until)

    return open_one


@pytest.fixture
def on_map(open_map, view_of) -> MapPage:
    """The page with the community areas painted."""
    on = open_map()
    on.update(view_of())
    return on


# ---- What is drawn -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("layer", "places"), [(AREA, 77), (TRACT, 801)])
def test_every_place_is_there_and_painted(open_map, view_of, layer, places) -> None:
    on = open_map()
    on.update(view_of(layer))
    fills = on.ask("[...document.querySelectorAll('#map path.leaflet-interactive')].map((path) => path.getAttribute('fill'))")
    assert len(fills) == places
    assert {fill for fill in fills if fill.startswith("#")} == set(COLOURS)


def test_a_missing_figure_is_hatched_with_a_pattern_that_exists(on_map, view_of) -> None:
    missing = next(place for place, given in view_of()["places"].items() if given["hatch"] == "missing")
    fill = on_map.place(missing).get_attribute("fill")
    assert fill == "url(#map-missing)"
    assert on_map.ask("document.querySelectorAll('#map pattern#map-missing path').length") == 1
    assert on_map.ask("[...document.querySelectorAll('pattern')].map((one) => one.id)") == [
        *dict.fromkeys(on_map.ask("[...document.querySelectorAll('pattern')].map((one) => one.id)"))
    ], "a pattern is made once"


def test_a_place_without_figures_is_missing_not_pale(on_map, view_of) -> None:
    view = view_of()
    del view["places"][ENGLEWOOD]
    on_map.update(view)
    assert on_map.place(ENGLEWOOD).get_attribute("fill") == "url(#map-missing)"


def test_another_indicator_repaints_the_same_paths_without_a_request(on_map, view_of) -> None:
    on_map.ask("window.before = [...document.querySelectorAll('path[data-place]')]")
    fill, requests = on_map.place(ENGLEWOOD).get_attribute("fill"), len(on_map.page.seen.requests)
    on_map.update(view_of(seed=3))
    assert on_map.ask("[...document.querySelectorAll('path[data-place]')].every((path, i) => path === window.before[i])")
    assert on_map.place(ENGLEWOOD).get_attribute("fill") != fill
    assert len(on_map.page.seen.requests) == requests


def test_an_outline_file_is_asked_for_once(on_map, view_of) -> None:
    for layer in (TRACT, AREA, TRACT):
        on_map.update(view_of(layer))
    asked = [url for url in on_map.page.seen.requests if url.endswith(f"/{TRACT}.json")]
    assert len(asked) == 1


def test_the_last_of_two_quick_changes_of_layer_wins(on_map, view_of) -> None:
    on_map.ask("(view) => window.equity.map.update(view)", view_of(TRACT))
    on_map.update(view_of(AREA, seed=2))
    on_map.page.wait_for_timeout(600)
    assert on_map.ask("document.querySelectorAll('path[data-place]').length") == 77


def test_a_view_that_comes_before_the_map_is_kept(open_page, map_address, until, view_of) -> None:
    page = open_page(map_address + "/none")
    until(page, "!!window.equity?.map && !!document.querySelector('#to-map')")
    page.evaluate("(view) => window.equity.map.update(view)", view_of())
    page.locator("#to-map").click()
    until(page, "document.querySelectorAll('#map path[data-place][aria-label]').length === 77")


def test_an_outline_that_does_not_arrive_is_said_and_asked_for_again(on_map, view_of) -> None:
    on_map.page.route("**/tract-2020.json", lambda route: route.abort())
    on_map.ask("(view) => window.equity.map.update(view)", view_of(TRACT))
    on_map.until(on_map.page, "document.querySelector('.equity-map-hint').textContent === 'No outlines'")
    on_map.page.unroute("**/tract-2020.json")
    on_map.update(view_of(TRACT))
    assert on_map.page.locator(".equity-map-hint").text_content() == ""
    on_map.page.seen.console.clear()


# ---- Names ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", [AREA, TRACT])
def test_names_never_overlap(open_map, view_of, layer) -> None:
    on = open_map()
    on.update(view_of(layer))
    counts = []
    for steps in (0, 1, 2):
        on.zoom_in(steps)
        boxes = on.name_boxes()
        counts.append(len(boxes))
        for a, b in combinations(boxes, 2):
            apart = a["right"] < b["left"] or b["right"] < a["left"] or a["bottom"] < b["top"] or b["bottom"] < a["top"]
            assert apart, f"{a} touches {b} after {steps} steps"
    assert counts[0] >= 25, "the whole city"
    assert counts[-1] >= 3, "a few square miles"


def test_names_are_broken_where_the_longest_line_is_shortest(on_map) -> None:
    lines = on_map.ask("['Uptown', 'Near West Side', 'Greater Grand Crossing'].map(window.equity.map.pure.linesOf)")
    assert lines == [
        [["Uptown"]],
        [["Near West Side"], ["Near", "West Side"], ["Near", "West", "Side"]],
        [["Greater Grand Crossing"], ["Greater Grand", "Crossing"], ["Greater", "Grand", "Crossing"]],
    ]


def test_a_filter_keeps_the_names_around_it_but_fainter(on_map, view_of) -> None:
    austin, west_town = "25", "24"
    on_map.update(view_of(shown=[west_town, austin]))
    names = "[...document.querySelectorAll('#map .equity-names text{}')].map((text) => text.dataset.name).sort()"
    assert on_map.ask(names.format(":not(.is-faint)")) == [west_town, austin]
    assert len(on_map.ask(names.format(".is-faint"))) > 20


# ---- Keyboard and screen reader --------------------------------------------------------------------------------------------


def test_arrows_walk_from_englewood_to_its_neighbours(on_map) -> None:
    reached = set()
    for key in KEYS:
        on_map.focus(ENGLEWOOD)
        reached.add(on_map.press(key))
    assert len(reached) == 4
    assert reached < AROUND_ENGLEWOOD


def test_arrows_reach_every_place(on_map) -> None:
    """From any area every other can be reached: nobody is stuck in a corner."""
    reached = on_map.ask(
        """([places, keys]) => {
            const points = places.map(({ id, at: [lon, lat] }) => ({ id, x: lon * 0.745, y: -lat }));
            const found = new Set([points[0].id]), queue = [points[0]];
            while (queue.length) {
                const from = queue.pop();
                for (const key of keys) {
                    const id = window.equity.map.pure.neighbour(points, from, key);
                    if (id !== null && !found.has(id)) { found.add(id); queue.push(points.find((one) => one.id === id)); }
                }
            }
            return found.size;
        }""",
        [[one["properties"] for one in features(AREA)], list(KEYS)],
    )
    assert reached == 77


def test_the_map_is_one_stop_of_the_tab_key(on_map) -> None:
    assert on_map.ask("document.querySelectorAll('path[data-place][tabindex=\"0\"]').length") == 1
    on_map.page.locator('[data-map-action="city"]').focus()
    first = on_map.press("Tab")
    assert first is not None
    moved = on_map.press("ArrowDown")
    assert moved not in (None, first)
    assert on_map.press("Tab") is None
    assert on_map.press("Shift+Tab") == moved, "one comes back to where one was"


def test_arrows_do_not_scroll_the_page_even_at_the_edge_of_the_city(on_map) -> None:
    on_map.focus(ROGERS_PARK)
    before = on_map.ask("window.scrollY")
    on_map.press("ArrowUp", "ArrowUp", "ArrowDown", "ArrowDown", "ArrowDown")
    assert on_map.ask("window.scrollY") == before


def test_a_place_says_its_figures_and_they_change_with_the_view(on_map, view_of) -> None:
    for seed in (0, 5):
        view = view_of(seed=seed)
        on_map.update(view)
        on_map.page.wait_for_timeout(100)  # the sentences follow the colours by a frame
        assert on_map.place(ENGLEWOOD).get_attribute("aria-label") == view["places"][ENGLEWOOD]["label"]
        assert on_map.place(ENGLEWOOD).get_attribute("role") == "button"


def test_focus_survives_another_indicator(on_map, view_of) -> None:
    on_map.focus(ENGLEWOOD)
    on_map.update(view_of(seed=4, selected="67"))
    assert on_map.focused() == ENGLEWOOD


def test_focus_stays_in_the_same_corner_when_the_layer_changes(on_map, view_of) -> None:
    on_map.focus(ENGLEWOOD)
    on_map.update(view_of(TRACT))
    tract = on_map.focused()
    assert tract in ids_of(TRACT)
    on_map.update(view_of(AREA))
    assert on_map.focused() in {ENGLEWOOD, *AROUND_ENGLEWOOD}


def test_a_focused_place_outside_the_view_is_brought_into_it(on_map) -> None:
    on_map.zoom_in(3)
    on_map.focus(ROGERS_PARK)
    on_map.page.keyboard.press("ArrowDown")
    box, frame = on_map.page.locator(":focus").bounding_box(), on_map.page.locator("#map").bounding_box()
    assert box["x"] < frame["x"] + frame["width"] and box["x"] + box["width"] > frame["x"]
    assert box["y"] < frame["y"] + frame["height"] and box["y"] + box["height"] > frame["y"]


def test_a_focused_place_wears_a_dark_ring_with_a_white_halo(on_map) -> None:
    on_map.page.locator('[data-map-action="city"]').focus()
    on_map.press("Tab", "ArrowDown")
    rings = on_map.ask("[...document.querySelectorAll('.equity-ring.is-focus')].map((ring) => getComputedStyle(ring).stroke)")
    assert rings == ["rgb(255, 255, 255)", "rgb(16, 22, 27)"]


def test_axe_finds_nothing_serious(on_map, axe) -> None:
    assert axe(on_map.page) == []


# ---- Selecting, pointing, filtering -------------------------------------------------------------------------------------


def test_click_and_enter_and_space_select_and_escape_clears(on_map) -> None:
    def told(place: str | None) -> bool:
        on_map.until(on_map.page, f"JSON.parse(document.querySelector('#told').textContent)?.id === {json.dumps(place)}")
        return on_map.told()["layer"] == AREA

    on_map.place(ENGLEWOOD).click()
    assert told(ENGLEWOOD)
    assert on_map.place(ENGLEWOOD).get_attribute("aria-pressed") == "true"
    on_map.page.keyboard.press("ArrowLeft")
    on_map.page.keyboard.press("Enter")
    assert told("67")
    assert on_map.place(ENGLEWOOD).get_attribute("aria-pressed") == "false"
    on_map.page.keyboard.press("ArrowRight")
    on_map.page.keyboard.press("Space")
    assert told(ENGLEWOOD)
    on_map.page.keyboard.press("Escape")
    assert told(None)
    assert on_map.ask("document.querySelectorAll('[aria-pressed=true]').length") == 0


def test_pointing_is_said_to_the_ranking_and_shown_on_a_card(on_map) -> None:
    on_map.place(ENGLEWOOD).hover()
    assert on_map.ask("window.heard.at(-1)") == {"id": ENGLEWOOD, "layer": AREA, "map": "map"}
    card = on_map.page.locator(".equity-map-card")
    assert card.locator("strong").text_content() == "Englewood"
    assert "<b>text</b>" in card.inner_text()
    on_map.page.mouse.move(1200, 20)
    assert on_map.ask("window.heard.at(-1).id") is None
    assert card.is_hidden()


def test_the_ranking_rings_a_place_without_moving_the_focus(on_map) -> None:
    on_map.focus(ROGERS_PARK)
    say = "(id) => document.dispatchEvent(new CustomEvent('equity:highlight', {detail: {id}}))"
    on_map.ask(say, ENGLEWOOD)
    ring = on_map.ask("document.querySelector('.equity-ring.is-highlight.line')?.getAttribute('d')")
    assert ring == on_map.place(ENGLEWOOD).get_attribute("d")
    assert on_map.focused() == ROGERS_PARK
    on_map.ask(say, None)
    assert on_map.ask("document.querySelectorAll('.is-highlight').length") == 0


def test_the_ring_of_the_selected_place_follows_the_map(on_map) -> None:
    on_map.place("30").click()
    on_map.zoom_in(2)
    on_map.until(
        on_map.page,
        "document.querySelector('.equity-ring.is-selected.line').getAttribute('d')"
        " === document.querySelector('[data-place=\"30\"]').getAttribute('d')",
    )


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("layer", [AREA, TRACT])
def test_the_card_is_whole_and_beside_its_place(open_map, view_of, layer, width) -> None:
    on = open_map(width=width)
    on.update(view_of(layer))
    frame = on.page.locator("#map").bounding_box()
    for place in ids_of(layer)[:: 11 if layer == AREA else 101]:
        on.ask(
            "(place) => document.querySelector(`[data-place='${place}']`)"
            ".dispatchEvent(new PointerEvent('pointerover', {bubbles: true, pointerType: 'mouse'}))",
            place,
        )
        card, box = on.page.locator(".equity-map-card").bounding_box(), on.place(place).bounding_box()
        assert card["x"] >= frame["x"] and card["x"] + card["width"] <= frame["x"] + frame["width"]
        assert card["y"] >= frame["y"] and card["y"] + card["height"] <= frame["y"] + frame["height"]
        beside = card["x"] >= box["x"] + box["width"] or card["x"] + card["width"] <= box["x"]
        assert beside or card["y"] >= box["y"] + box["height"] or card["y"] + card["height"] <= box["y"]


def test_a_filter_leaves_the_others_out_of_reach(on_map, view_of) -> None:
    on_map.focus("41")
    shown = [ENGLEWOOD, *AROUND_ENGLEWOOD]
    on_map.update(view_of(shown=shown, fit=shown))
    outside = on_map.ask("[...document.querySelectorAll('.equity-place.is-outside')].map((path) => path.dataset.place)")
    assert sorted(outside + shown, key=int) == sorted(ids_of(AREA), key=int)
    assert on_map.ask("document.querySelectorAll('.is-outside:is([tabindex], [role], [aria-label])').length") == 0
    assert on_map.ask("getComputedStyle(document.querySelector('.is-outside')).pointerEvents") == "none"
    assert on_map.focused() in shown, "who was outside is moved to the nearest place inside"
    assert {on_map.press(key) for key in KEYS * 4} <= set(shown)
    on_map.update(view_of())
    assert on_map.ask("document.querySelectorAll('.is-outside, [aria-hidden=true][data-place]').length") == 0


def test_the_filter_is_zoomed_to_and_the_city_comes_back(on_map, view_of) -> None:
    width = "document.querySelector(\"[data-place='68']\").getBoundingClientRect().width"
    whole = on_map.ask(width)
    on_map.update(view_of(shown=[ENGLEWOOD], fit=[ENGLEWOOD]))
    assert on_map.ask(width) > 3 * whole
    on_map.update(view_of(seed=2, shown=[ENGLEWOOD], fit=[ENGLEWOOD]))
    assert on_map.ask(width) > 3 * whole
    on_map.page.locator('[data-map-action="city"]').click()
    assert on_map.ask(width) == pytest.approx(whole, abs=1)


def test_a_repaint_does_not_move_the_map(on_map, view_of) -> None:
    on_map.zoom_in(2)
    before = on_map.drawing()
    on_map.update(view_of(seed=7))
    assert on_map.drawing() == before


# ---- A page that scrolls, prints, and is left and come back to --------------------------------------------------------------


def test_the_wheel_scrolls_the_page_and_zooms_with_ctrl(on_map) -> None:
    box, before = on_map.page.locator("#map").bounding_box(), on_map.drawing()
    on_map.page.mouse.move(box["x"] + 100, box["y"] + 100)
    on_map.page.mouse.wheel(0, 200)
    on_map.until(on_map.page, "window.scrollY > 100")
    assert on_map.drawing() == before
    assert on_map.page.locator(".equity-map-hint").text_content() == LABELS.wheel_hint
    on_map.page.keyboard.down("Control")
    on_map.page.mouse.wheel(0, -200)
    on_map.page.keyboard.up("Control")
    on_map.redrawn(before)


def test_one_finger_scrolls_the_page_and_a_tap_selects(open_map, view_of) -> None:
    on = open_map(width=390, height=844, has_touch=True, is_mobile=True)
    on.update(view_of())
    assert on.ask("getComputedStyle(document.querySelector('#map')).touchAction") == "pan-x pan-y"
    on.place(ENGLEWOOD).tap()
    on.until(on.page, "JSON.parse(document.querySelector('#told').textContent)?.id === '68'")
    assert on.page.locator(".equity-map-card strong").text_content() == "Englewood"
    assert on.ask("document.documentElement.scrollWidth <= window.innerWidth")


def test_two_fingers_move_the_map_and_one_the_page(open_map, view_of) -> None:
    on = open_map(width=390, height=844, has_touch=True, is_mobile=True)
    on.update(view_of())
    box, session = on.page.locator("#map").bounding_box(), on.page.context.new_cdp_session(on.page)
    x, y, whole = box["x"] + 180, box["y"] + 200, on.drawing()

    def swipe(*steps: list[tuple[float, float]]) -> None:
        for i, fingers in enumerate(steps):
            points = [{"x": x + right, "y": y + down, "id": n} for n, (right, down) in enumerate(fingers)]
            session.send("Input.dispatchTouchEvent", {"type": "touchMove" if i else "touchStart", "touchPoints": points})
            on.page.wait_for_timeout(16)
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    swipe(*([(12 * k, 0)] for k in range(8)))
    on.until(on.page, f"document.querySelector('.equity-map-hint').textContent === {json.dumps(LABELS.touch_hint)}")
    assert on.drawing() == whole
    swipe(*([(-20 - 5 * k, 0), (20 + 5 * k, 0)] for k in range(10)))
    on.redrawn(whole)
    assert on.ask("window.scrollY") == 0
    zoomed = on.drawing()
    swipe(*([(0, -12 * k)] for k in range(10)))
    on.until(on.page, "window.scrollY > 60")
    assert on.drawing() == zoomed


def test_the_whole_city_is_on_paper_and_the_screen_is_as_before(on_map) -> None:
    on_map.zoom_in(3)
    before, size = on_map.drawing(), on_map.page.locator("#map").bounding_box()
    on_map.ask("window.dispatchEvent(new Event('beforeprint'))")
    frame = on_map.page.locator("#map").bounding_box()
    city = on_map.page.locator("path.equity-city").bounding_box()
    assert city["x"] >= frame["x"] and city["x"] + city["width"] <= frame["x"] + frame["width"]
    assert city["y"] >= frame["y"] and city["y"] + city["height"] <= frame["y"] + frame["height"]
    on_map.ask("window.dispatchEvent(new Event('afterprint'))")
    assert on_map.drawing() == before
    assert on_map.page.locator("#map").bounding_box() == size


def test_a_map_that_nobody_moved_fits_a_new_size(on_map) -> None:
    on_map.page.set_viewport_size({"width": 420, "height": 800})
    inside = """() => {
        const city = document.querySelector("path.equity-city").getBoundingClientRect();
        const frame = document.querySelector("#map").getBoundingClientRect();
        return frame.width < 420 && city.left >= frame.left && city.right <= frame.right;
    }"""
    on_map.until(on_map.page, inside)


def test_two_maps_on_a_page_do_not_disturb_each_other(open_map, view_of) -> None:
    on = open_map("/two")
    on.update(view_of(seed=1))
    on.update(view_of(TRACT, seed=2), "other")
    on.place(ENGLEWOOD).click()
    on.until(on.page, "JSON.parse(document.querySelector('#told').textContent)?.map === 'map'")
    assert on.ask("document.querySelectorAll('#other .equity-ring').length") == 0
    ids = on.ask("[...document.querySelectorAll('[id]')].map((one) => one.id)")
    assert len(ids) == len(set(ids)), "an id is unique in the document"
    assert on.page.locator("#other path[data-place]").count() == 801


def test_twenty_visits_leave_nothing_behind(on_map, view_of) -> None:
    session = on_map.page.context.new_cdp_session(on_map.page)

    def counted() -> tuple[int, int]:
        session.send("HeapProfiler.collectGarbage")
        found = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        return found["Nodes"], found["JSEventListeners"]

    def visit() -> None:
        on_map.page.locator("#to-none").click()
        on_map.until(on_map.page, "!document.querySelector('#map')")
        on_map.page.locator("#to-map").click()
        on_map.until(on_map.page, "!!document.querySelector('#map .equity-borders')")
        on_map.update(view)

    session.send("Performance.enable")
    view = view_of()
    for _ in range(3):  # what is made once and kept (caches, templates) is not a leak
        visit()
    nodes, listeners = counted()
    for _ in range(20):
        visit()
    after_nodes, after_listeners = counted()
    assert after_listeners <= listeners + 5
    assert after_nodes <= nodes + 200  # one map left behind has more than 400
