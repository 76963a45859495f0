"""The map as a Dash component. Knows nothing of figures: the page's script hands those to ``assets/equity_map.js``.

Leaflet, by dash-leaflet, owns the map, its panes and the quiet context. The layer of places (id "layer") starts empty and
is drawn by the script, so that no change of indicator, release, measure, filter or layer asks the server for anything.
There is no tile layer: nothing here comes from another machine.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

import dash_leaflet as dl
from dash import html
from dash.development.base_component import Component

# From below to above; the number is the pane's z-index. Only "places" takes the pointer. Names and rings are drawn by the
# script into the pane "borders", which is above everything a colour could hide them under.
PANES = {"water": 350, "places": 400, "parks": 410, "rail": 420, "expressways": 430, "city": 440, "borders": 450}

# Context of a kind that has no file in this city is left out.
CONTEXT = ("water", "parks", "rail", "expressways", "city")

TALLEST, ROOM = 1.26, 1.12  # of the map's height to its width; how much more than the city it holds
MAX_ZOOM = 16  # a block fills the map
FAR_ZOOM = 7  # Leaflet's own limit; the script raises it to the zoom at which the whole city fits
ROAM = 0.35  # how far beyond the city one can pan, as a part of its height and width


@dataclass(frozen=True)
class MapLabels:
    """Every text of the map, translated. ``credit`` may be components (links to the publishers)."""

    name: str  # for screen readers: "Map of Chicago's community areas"
    help: str  # for screen readers: which keys do what
    zoom_in: str
    zoom_out: str
    whole_city: str
    wheel_hint: str  # said when the wheel scrolls the page: "Hold Ctrl and scroll to zoom the map"
    touch_hint: str  # said when one finger scrolls the page: "Move the map with two fingers"
    unavailable: str  # said when an outline file does not arrive
    credit: str | Component | list[str | Component]


def map_component(
    city_center: tuple[float, float],
    zoom: float,
    bounds: tuple[tuple[float, float], tuple[float, float]],
    outlines: Mapping[str, str],
    labels: MapLabels,
    map_id: str = "map",
    max_zoom: float = MAX_ZOOM,
) -> Component:
    """The map with its buttons, hover card and credit; all of it stays empty until ``equity.map.update(view)``.

    ``city_center`` is (latitude, longitude) and ``zoom`` where the map opens if it is still hidden; ``bounds``
    ((south, west), (north, east)) is what "the whole city" fits. ``outlines``: name of an outline -> URL of its file; "area" is
    needed (borders and places of the names), those of ``CONTEXT`` are drawn when given, the others are fetched by ``update``.
    ``map_id`` is "map" unless a page has two.
    """
    (south, west), (north, east) = bounds
    up, aside = (north - south) * ROAM, (east - west) * ROAM
    leaflet = dl.MapContainer(
        _panes(outlines, map_id),
        id=map_id,
        className="equity-map-leaflet",
        center=list(city_center),
        zoom=zoom,
        minZoom=FAR_ZOOM,
        maxZoom=max_zoom,
        maxBounds=[[south - up, west - aside], [north + up, east + aside]],
        maxBoundsViscosity=0.8,
        zoomSnap=0,  # without tiles every zoom is sharp, so the city can fill the map whatever its size
        zoomDelta=0.75,
        wheelPxPerZoomLevel=110,
        # The script turns these on for a mouse only: a page must scroll past its map.
        dragging=False,
        scrollWheelZoom=False,
        doubleClickZoom=False,  # a click selects; two should not do two things
        boxZoom=False,
        keyboard=False,  # the arrow keys go from place to place
        tapHold=False,
        zoomControl=False,
        attributionControl=False,
        trackViewport=False,  # each pan would go through Dash otherwise
        trackResize=False,  # the script watches the map's own size, not the window's
        eventHandlers={"layeradd": {"variable": "equity.map.onLayerAdd"}},
    )
    return html.Div(
        [
            html.P(labels.help, id=f"{map_id}-help", className="equity-map-help", hidden=True),
            html.Div(
                [
                    _button("in", labels.zoom_in, "+"),
                    _button("out", labels.zoom_out, "−"),
                    _button("city", labels.whole_city, ""),
                ],
                className="equity-map-buttons",
            ),
            leaflet,
            # Filled by the script, with textContent only. The card repeats what a focused place says to a screen reader.
            html.Div(className="equity-map-card", hidden=True, **{"aria-hidden": "true"}),
            html.Div(className="equity-map-hint", role="status"),
            html.P(labels.credit, className="equity-map-credit"),
        ],
        className="equity-map",
        style={"--map-shape": _shape(bounds)},
        **{
            "data-bounds": json.dumps(bounds),
            "data-labels": json.dumps(
                {
                    "name": labels.name,
                    "wheel_hint": labels.wheel_hint,
                    "touch_hint": labels.touch_hint,
                    "unavailable": labels.unavailable,
                }
            ),
        },
    )


def _shape(bounds: tuple[tuple[float, float], tuple[float, float]]) -> str:
    """How tall the map is for a width of 1, as the map draws it, with a little room; a city that is taller is given 1.26."""
    (south, west), (north, east) = bounds
    wide = (east - west) * math.cos(math.radians((south + north) / 2))
    return f"{min(TALLEST, ROOM * (north - south) / wide):.3f}"


def _panes(outlines: Mapping[str, str], map_id: str) -> list[Component]:
    """A pane for each kind of thing, so that the order does not depend on which file arrives first."""
    # Colours and widths are in equity_map.css: a rule there is stronger than the attributes Leaflet sets on a path. Dash's
    # own handlers are off, or every hover would go through Dash. `interactive` reaches the paths only as part of the style.
    quiet = {name: outlines[name] for name in CONTEXT if name in outlines} | {"borders": outlines["area"]}
    content = {
        name: dl.GeoJSON(url=url, style={"className": f"equity-{name}", "interactive": False}, disableDefaultEventHandlers=True)
        for name, url in quiet.items()
    }
    content["places"] = dl.GeoJSON(
        id="layer" if map_id == "map" else f"{map_id}-layer",
        style={"className": "equity-place", "fillOpacity": 1},
        disableDefaultEventHandlers=True,
    )
    return [
        dl.Pane(content[name], name=name, style={"zIndex": height} | ({} if name == "places" else {"pointerEvents": "none"}))
        for name, height in PANES.items()
        if name in content
    ]


def _button(action: str, title: str, sign: str) -> Component:
    """A native button of the map; the script listens to its ``data-map-action``."""
    return html.Button(
        html.Span(sign, **{"aria-hidden": "true"}),
        type="button",
        title=title,
        className="equity-map-button",
        **{"data-map-action": action, "aria-label": title},
    )
