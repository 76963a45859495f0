"""The table: every row of the view, the map's equal. Knows no figures; the page's script hands it rows.

The grid's code is as large as everything else on the page together, so it is not among the scripts a page begins with: the
page's script fetches it (``script``) once the map is painted, and only then is the grid itself put on the page (``grid``).
"""

from __future__ import annotations

import dash_ag_grid as dag
from dash import Dash
from dash.development.base_component import Component
from dash.fingerprint import build_fingerprint

from equity.language import Language

_BUNDLE = "dash_ag_grid.min.js"


def script(app: Dash) -> str:
    """Where the grid's code is; from now on no page of this process begins with it."""
    resource = next(one for one in dag._js_dist if one["relative_package_path"] == _BUNDLE)
    resource["dynamic"] = True  # Dash's word for "served when asked for, not put into the page"
    path = build_fingerprint(f"dash_ag_grid/{_BUNDLE}", dag.__version__, "0")
    return f"{app.config.requests_pathname_prefix}_dash-component-suites/{path}"


def grid(language: Language) -> Component:
    """The grid, still empty: name, figures with their margins, what the place is part of, notes."""
    _ = language.gettext
    narrow = {"share": 92, "share_moe": 92}  # on a phone the name, the share and its margin are in view together
    formats = (
        ("share", _("Share"), "EquityPercent"),
        ("share_moe", _("± points"), "EquityPoints"),
        ("estimate", _("Number"), "EquityCount"),
        ("moe", _("± number"), "EquityCount"),
        ("universe", _("Out of"), "EquityCount"),
        ("universe_moe", _("± out of"), "EquityCount"),
    )
    columns = [
        {"field": "name", "headerName": _("Place"), "width": 150, "wrapText": True, "autoHeight": True},
        *(
            {
                "field": field,
                "headerName": name,
                "valueFormatter": {"function": f"{shown}(params.value)"},
                "type": "rightAligned",
                "width": narrow.get(field, 108),
            }
            for field, name, shown in formats
        ),
        {"field": "part_of", "headerName": _("Part of"), "width": 190},
        {"field": "notes", "headerName": _("Notes"), "width": 415, "wrapText": True, "autoHeight": True},
    ]
    return dag.AgGrid(
        id="table",
        columnDefs=columns,
        defaultColDef={"sortable": True, "resizable": True, "suppressHeaderMenuButton": True},
        rowData=[],
        getRowId="params.data.id",
        dashGridOptions={
            "animateRows": False,
            "suppressColumnVirtualisation": True,
            "enableCellTextSelection": True,
            "ensureDomOrder": True,
            "localeText": {"noRowsToShow": _("No rows to show"), "loadingOoo": _("Loading…")},
        },
        className="table",
        style={"height": "440px"},
    )
