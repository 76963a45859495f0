"""The usual Dash map, to be measured beside ours: one plotly choropleth, built on the server in a callback and sent whole
at every change, as the tutorials have it. Knows none of our pages; it shares the outlines and the figures, nothing else.

It is kept honest: the same 801 tracts with the same simplified outlines, read once at start; no base map to fetch.
`USUAL_COMPRESSED=1` turns on Dash's own compression, which the tutorials leave off; `USUAL_OUTLINES` names another GeoJSON
file (property `id`), as a tutorial would take the published one.

    gunicorn benchmarks.usual_way:server
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import dash
import plotly.express as px
from dash import Input, Output, dcc, html

from equity import atlas as atlases
from equity import indicators

RELEASE = 2021
atlas = atlases.load("chicago")
drawn_from = Path(os.environ.get("USUAL_OUTLINES") or atlas.outline("tract-2020"))
outlines = json.loads(drawn_from.read_text(encoding="utf-8"))
shown = [what for what in indicators.REGISTRY if atlas.gives("tract", RELEASE, what.key)]
latitude, longitude = atlas.city.map["centre"]

app = dash.Dash("usual", include_assets_files=False, compress=os.environ.get("USUAL_COMPRESSED") == "1", enable_mcp=False)
app.layout = html.Div(
    [
        dcc.Dropdown(
            id="indicator",
            options=[{"label": what.label, "value": what.key} for what in shown],
            value=indicators.DEFAULT,
            clearable=False,
        ),
        dcc.Graph(id="map", style={"height": "80vh"}),
    ]
)


@app.callback(Output("map", "figure"), Input("indicator", "value"))
def draw(key: str):
    """The whole figure, outlines and all."""
    figure = px.choropleth_map(
        atlas.table("tract", RELEASE, key),
        geojson=outlines,
        locations="place_id",
        featureidkey="properties.id",
        color="share",
        hover_name="place_name",
        color_continuous_scale="Viridis",
        map_style="white-bg",
        zoom=9.5,
        center={"lat": latitude, "lon": longitude},
    )
    figure.update_layout(margin={"l": 0, "r": 0, "t": 0, "b": 0})
    return figure


server = app.server
